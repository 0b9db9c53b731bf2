"""The doubts of the audit as people read them: sentences, and the table of a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from layers.findings import layer_title
from layers.places import NOWHERE
from layers.schema import RASTERS, schema
from layers.text import percent, said, t

SHEET_COLUMNS = (
    "certainty", "rule", "township", "village", "village_id", "layer", "column", "what", "n",
    "ids", "found", "against", "reported_share", "share_low", "share_high", "difference", "why",
    "do",
)  # fmt: skip
_OWN_RATES = ("reported_share", "stated_share")
_MOST_IDS = 50


def rule_title(rule: str, lang: str) -> str:
    """Give a rule the name people read."""
    return t(f"audit.rule.{rule}", lang)


def certainty_word(certainty: str, lang: str) -> str:
    """Say how sure a doubt is."""
    return t(f"audit.sure.{certainty}", lang)


def what(row: Mapping[str, Any], titles: Mapping[str, str], lang: str) -> str:
    """
    Say what stands out, as plain text without the place.

    Parameters
    ----------
    row
        A row of :func:`works.audit.audit_all`.
    titles
        Target id to its title.
    lang
        ``zh`` or ``en``.
    """
    target = titles.get(row["target_id"], row["target_id"])
    rates = _rates(row)
    sentence = t(
        f"audit.said.{row['rule']}",
        lang,
        n=row["n"],
        found=_plain(row["found"]),
        against=_plain(row["against"]),
        times=_times(row),
        layer=layer_title(row["layer"], lang),
        column=column_title(row["layer"], row["column"], lang),
        other=_other(row, lang),
        since=row["since"],
        target=target,
        **rates,
    )
    if row["share_low"] is None or row["rule"] in _OWN_RATES:
        return sentence
    key = "audit.counted" if row["reported_share"] is None else "audit.both_rates"
    return sentence + t(key, lang, target=target, **rates)


def place(row: Mapping[str, Any], lang: str) -> str:
    """Say where: village and township, township, or the ledger as a whole."""
    if row["village_id"] == NOWHERE:
        return t("audit.nowhere", lang)
    if not row["village_id"]:
        return str(row["township"] or layer_title(row["layer"], lang))
    if not row["township"]:
        return str(row["village"])
    return t("say.place", lang, village=row["village"], township=row["township"])


def line(row: Mapping[str, Any], titles: Mapping[str, str], lang: str) -> str:
    """Say a doubt in one line: where, what stands out, what to do."""
    return t(
        "audit.told",
        lang,
        place=place(row, lang),
        what=what(row, titles, lang),
        do=t(f"audit.do.{row['rule']}", lang),
    )


def why(row: Mapping[str, Any], lang: str) -> str:
    """Say why a doubt is as sure as it is, and what else may explain it."""
    return t(f"audit.why.{row['rule']}", lang)


def action(row: Mapping[str, Any], lang: str) -> str:
    """Say what to do about a doubt."""
    return t(f"audit.do.{row['rule']}", lang)


def titles_of(targets: Any, lang: str) -> dict[str, str]:
    """Give target id to title."""
    return {one.id: said(one.title, lang) for one in targets}


def sheet(table: pd.DataFrame, titles: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Give the doubts for a spreadsheet: ``SHEET_COLUMNS`` in one language, shares in per cent."""
    records: list[Any] = table.to_dict("records")
    rows = [
        {
            "certainty": certainty_word(row["certainty"], lang),
            "rule": rule_title(row["rule"], lang),
            "township": row["township"],
            "village": None if row["village_id"] == NOWHERE else row["village"] or None,
            "village_id": None if row["village_id"] == NOWHERE else row["village_id"] or None,
            "layer": layer_title(row["layer"], lang),
            "column": column_title(row["layer"], row["column"], lang),
            "what": what(row, titles, lang),
            "n": row["n"] or None,
            "ids": listed(row["ids"], lang),
            "found": row["found"],
            "against": row["against"],
            **{
                name: None if row[name] is None else int(row[name] * 1000) / 10
                for name in ("reported_share", "share_low", "share_high")
            },
            "difference": None if row["difference"] is None else int(row["difference"] * 10) / 10,
            "why": why(row, lang),
            "do": action(row, lang),
        }
        for row in records
    ]
    return pd.DataFrame(rows, columns=list(SHEET_COLUMNS), dtype=object)


def sheet_heads(lang: str) -> dict[str, str]:
    """Give the columns of the sheet with the heads people read."""
    own = ("certainty", "rule", "what", "n", "ids", "found", "against", "why", "do", "layer",
           "column")  # fmt: skip
    return {
        name: t(f"audit.head.{name}", lang) if name in own else t(f"head.{name}", lang)
        for name in SHEET_COLUMNS
    }


def listed(ids: tuple[str, ...], lang: str) -> str:
    """Name rows by their ids, the first fifty and then how many more."""
    text = t("report.listing", lang).join(ids[:_MOST_IDS])
    more = len(ids) - _MOST_IDS
    return text + t("audit.more", lang, n=more) if more > 0 else text


def column_title(layer: str, column: str, lang: str) -> str:
    """Give a column the head people know; its own name where the schema has none."""
    if column == "geometry":
        return t("audit.position", lang)
    known = None if layer in RASTERS or not layer else schema(layer).columns.get(column)
    return known.label(lang) if known else column


def _other(row: Mapping[str, Any], lang: str) -> str:
    other = str(row["other"])
    if not other:
        return ""
    if other in schema(row["layer"]).columns:
        return column_title(row["layer"], other, lang)
    return layer_title(other, lang)


def _times(row: Mapping[str, Any]) -> str:
    """Say by how many a figure lies away from the other."""
    numbers = [one for one in (row["found"], row["against"]) if isinstance(one, (int, float))]
    return _plain(abs(numbers[0] - numbers[1])) if len(numbers) == 2 else ""


def _rates(row: Mapping[str, Any]) -> dict[str, str]:
    shares = {name: row[name] for name in ("reported_share", "share_low", "share_high")}
    low, high = (
        "" if shares[name] is None else percent(Fraction(shares[name]), 1)
        for name in ("share_low", "share_high")
    )
    reported = shares["reported_share"]
    points = row["difference"]
    return {
        "reported": "" if reported is None else percent(Fraction(reported), 1),
        "counted": low if low == high else f"{low}—{high}",
        "points": "" if points is None else percent(Fraction(points), 100),
    }


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)
