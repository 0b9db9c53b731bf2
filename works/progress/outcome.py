"""The files of a project's progress: tables, a workbook, a notice and a summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from geo.progress import CROSSED, PARTS, SLIPPED, Compared
from geo.scorecard import ALL
from layers.text import LANGUAGES
from works.export import csv_bytes, plain, save
from works.progress.overall import Progress
from works.progress.periods import Period
from works.progress.sheets import progress_workbook


def summary(one: Progress) -> dict[str, Any]:
    """Give ``summary.json``: what was compared, what changed and why, places, texts."""
    told: dict[str, Any] = {
        "project": one.after.project_name,
        "scope": one.after.scope,
        "before": None if one.first is None else _period(one.first, one),
        "after": _period(one.last, one),
        "counts": {}, "crossed": [], "slipped": [], "targets": {}, "rules_changed": {},
    }  # fmt: skip
    if one.compared is not None:
        told |= {
            "counts": one.compared.counts,
            "crossed": _villages(one.compared, CROSSED),
            "slipped": _villages(one.compared, SLIPPED),
            "targets": _targets(one.compared),
            "rules_changed": {k: v for k, v in one.compared.rules.items() if v != "unchanged"},
        }
    return told | {
        "ranking": {level: _records(table) for level, table in one.places.items()},
        "forecast": len(one.ahead),
        "due": _due(one.due),
        "without_task": len(one.without_task),
        "paper": [str(item["work_no"]) for item in one.paper],
        "work": None if one.work is None else one.work.as_dict(),
        "notice": {lang: one.notice(lang) for lang in LANGUAGES},
        "conservation": {"ok": True},
        "seconds": one.seconds,
    }


def write_progress(one: Progress, folder: Path, lang: str) -> dict[str, Any]:
    """
    Write everything that is to say of progress.

    Parameters
    ----------
    one
        What there is to say.
    folder
        Where to; made if need be. ``progress.csv``, ``ranking.csv``, ``forecast.csv``, ``due.csv``,
        ``进展.xlsx``, ``通报.txt`` and ``summary.json``.
    lang
        Language of the workbook and the notice.

    Returns
    -------
    dict
        What was written as ``summary.json``.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    tables = {
        "progress": None if one.compared is None else one.compared.table,
        "ranking": pd.concat(list(one.places.values()), ignore_index=True),
        "forecast": one.ahead,
        "due": pd.DataFrame(one.due).drop(columns="geometry"),
    }
    for name, table in tables.items():
        if table is None:
            (folder / f"{name}.csv").unlink(missing_ok=True)  # of an earlier run
        else:
            save(folder / f"{name}.csv", csv_bytes(table))
    save(folder / "进展.xlsx", progress_workbook(one, lang))
    save(folder / "通报.txt", (one.notice(lang) + "\r\n").encode("utf-8-sig"))
    told = summary(one)
    save(folder / "summary.json", json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8"))
    return told


def _period(one: Period, whole: Progress) -> dict[str, Any]:
    side = whole.after
    if one is whole.first and whole.compared is not None:
        side = whole.compared.before
    return {
        "name": one.name, "as_of": one.as_of.isoformat(), "standard": side.standard.label,
        "data_version": side.data_version, "kept_whole": bool(one.standard),
    }  # fmt: skip


def _villages(compared: Compared, move: str) -> list[dict[str, Any]]:
    names = ("unit_id", "unit_name", "township", "status_before", "status_after", "cause")
    rows = compared.moved(move)
    return [{name: row[name] for name in names} for row in rows.to_dict("records")]


def _targets(compared: Compared) -> dict[str, dict[str, Any]]:
    """Add up every target over the widest level; how many villages crossed the line or slipped."""
    table = compared.table
    top = "city" if (table["level"] == "city").any() else "county"
    names = ("met_before", "met_after", "change", *PARTS, "improved", "worsened", "confirmed",
             "task_open", "no_task")  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for row in table[(table["level"] == top) & (table["target_id"] != ALL)].to_dict("records"):
        mine = found.setdefault(str(row["target_id"]), {"unit": row["unit"]})
        for name in names:
            mine[name] = mine.get(name, 0) + plain(row[name])
    villages = table[(table["level"] == "village") & (table["target_id"] != ALL)]
    for move in (CROSSED, SLIPPED):
        counts = villages.loc[villages["move"] == move, "target_id"].value_counts()
        for key, mine in found.items():
            mine[move] = int(counts.get(key, 0))
    return found


def _due(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found = {}
    for key, mine in table.groupby("target_id", sort=False):
        row = mine.iloc[0]
        found[str(key)] = {
            "period": row["period"], "last_day": row["last_day"].isoformat(),
            "subjects": len(mine), "still": int(mine["still"].sum()),
        }  # fmt: skip
    return found


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.to_dict("records")
    return [{str(name): plain(value) for name, value in row.items()} for row in rows]
