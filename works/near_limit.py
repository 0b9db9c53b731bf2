"""Subjects and villages near the limit, as tables people read and a line of the summary."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.margin import STATES, NearLimit
from geo.scorecard import ALL
from layers.findings import layer_title
from layers.text import t
from works.extra import Extra
from works.workbook import heads, titles

SUBJECT_HEADS = (
    "target", "township", "village", "group", "subject_name", "address", "value", "limit",
    "state_now", "state_strict", "state_loose", "by", "lon", "lat", "subject_id",
)  # fmt: skip
VILLAGE_HEADS = ("target", "village", "status", "status_strict", "status_loose", "by", "village_id")


def near_limit_extra(found: Assessment, near: NearLimit, lang: str) -> Extra:
    """
    Give what an assessment says of what is near the limit.

    Parameters
    ----------
    found, near
        The assessment, and what :func:`geo.margin.near_limit` found in it.
    lang
        Language of the sheets and lines.

    Returns
    -------
    Extra
        ``near_limit.csv``, ``near_limit_villages.csv``, a sheet for each, and ``near_limit`` of
        the summary.
    """
    return Extra(
        files={"near_limit.csv": near.subjects, "near_limit_villages.csv": near.villages},
        sheets={
            t("near.villages", lang): (_villages(found, near, lang), heads(VILLAGE_HEADS, lang)),
            t("near.subjects", lang): (_subjects(found, near, lang), heads(SUBJECT_HEADS, lang)),
        },
        summary={"near_limit": near_limit_summary(near)},
        lines=near_limit_lines(near, lang),
    )


def near_limit_summary(near: NearLimit) -> dict[str, Any]:
    """
    Give the counts for ``summary.json``.

    Returns
    -------
    dict
        ``share``; ``subjects`` and ``villages`` by what was moved; ``targets``: target to the
        limits that were moved; ``accuracy``: what states none.
    """

    def counted(table: pd.DataFrame) -> dict[str, int]:
        return {by: int((table["by"] == by).sum()) for by in ("limit", "place")}

    return {
        "share": str(near.share),
        "subjects": counted(near.subjects),
        "villages": counted(near.villages[near.villages["target_id"] == ALL]),
        "targets": {key: list(told) for key, told in near.moved.items()},
        "accuracy": near.accuracy.to_dict("records"),
    }


def near_limit_lines(near: NearLimit, lang: str) -> list[str]:
    """Say in a few lines what hangs on a little, and where no accuracy is stated."""
    counts = near_limit_summary(near)
    share = f"{float(near.share) * 100:g}"
    lines = [
        t("near.said.limit", lang, p=share, n=counts["subjects"]["limit"],
          villages=counts["villages"]["limit"])
    ]  # fmt: skip
    if (near.accuracy["rows"] > near.accuracy["without_accuracy"]).any():
        lines.append(
            t("near.said.place", lang, n=counts["subjects"]["place"],
              villages=counts["villages"]["place"])
        )  # fmt: skip
    without = near.accuracy[near.accuracy["without_accuracy"] > 0]
    if len(without):
        told = [
            t("near.said.layer", lang, layer=layer_title(str(row["layer"]), lang),
              n=row["without_accuracy"], of=row["rows"])
            for row in without.to_dict("records")
        ]  # fmt: skip
        lines.append(t("near.said.without", lang, layers=t("also.and", lang).join(told)))
    return lines


def _subjects(found: Assessment, near: NearLimit, lang: str) -> pd.DataFrame:
    table = near.subjects.copy()
    table["target"] = table["target_id"].map(titles(found, lang))
    for name in STATES:
        table[name] = [t(f"near.state.{word}", lang) if word else "" for word in table[name]]
    table["by"] = [t(f"near.by.{by}", lang) for by in table["by"]]
    return table.rename(columns={"state": "state_now"})


def _villages(found: Assessment, near: NearLimit, lang: str) -> pd.DataFrame:
    table = near.villages.copy()
    table["target"] = table["target_id"].map(titles(found, lang))
    for name in ("status", "status_strict", "status_loose"):
        table[name] = [t(f"status.{word}", lang) for word in table[name]]
    table["by"] = [t(f"near.by.{by}", lang) for by in table["by"]]
    # Whether a village passes stands above the targets that make it so.
    first = table["target_id"] != ALL
    return table.iloc[first.argsort(kind="stable")].reset_index(drop=True)
