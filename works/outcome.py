"""All files of one assessment, as other programs and people rely on them."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.assess import Assessment
from geo.scorecard import ALL
from geo.settle import in_order
from layers.work_form import Item
from works.audit import audit
from works.board import Board
from works.export import csv_bytes, geojson_bytes, plain, save
from works.extra import Extra, all_files, all_sheets
from works.handout.overlay import numbers_of, overlay
from works.lamps_sheet import lamps, long_ways
from works.library import WorkKind
from works.plans import plans
from works.report import note_text, report_html
from works.workbook import card_workbook, workbook
from works.worklist import worklist

VERSIONS = ("geopandas", "shapely", "pyogrio", "pyproj", "numpy", "pandas", "scipy", "numba")


def totals(found: Assessment) -> dict[str, dict[str, Any]]:
    """Give the sums of every target over all units of the highest level."""
    result: dict[str, dict[str, Any]] = {}
    card = found.scorecard
    top = "city" if (card["level"] == "city").any() else "county"
    for row in card[(card["level"] == top) & (card["target_id"] != ALL)].to_dict("records"):
        mine = result.setdefault(row["target_id"], {"unit": row["unit"]})
        for key in ("amount", "met", "unmet", "unknown", "missing", "excluded"):
            mine[key] = mine.get(key, 0) + (plain(row[key]) or 0)
    return result


def summary(found: Assessment) -> dict[str, Any]:
    """Give ``summary.json``: what made the result, counts by status, totals, time per stage."""
    card = found.scorecard
    counts: dict[str, dict[str, int]] = {}
    for level, mine in card[card["target_id"] == ALL].groupby("level", sort=False):
        counts[str(level)] = {str(k): int(v) for k, v in mine["status"].value_counts().items()}
    units = [
        {
            "level": r["level"], "unit_id": r["unit_id"], "unit_name": r["unit_name"],
            "status": r["status"], "score": plain(r["met"]), "score_unknown": plain(r["unknown"]),
            "weight_not_assessed": plain(r["missing"]),
            **dict(zip(("assessed", "of"), found.assessed(r["level"], r["unit_id"]), strict=True)),
        }
        for r in card[card["target_id"] == ALL].to_dict("records")
    ]  # fmt: skip
    return {
        "project": found.project_name,
        "standard": found.standard.label,
        "standard_title": dict(found.standard.title),
        "scope": found.scope,
        "as_of": found.as_of.isoformat(),
        "crs": found.crs,
        "data_version": found.data_version,
        "villages": len(found.villages),
        "counts": counts,
        "targets": totals(found),
        "units": units,
        "gaps": len(found.gaps_by_subject),
        "survey": len(found.survey_by_subject),
        "audit_doubtful": int(audit(found)["doubtful"].sum()),
        "conservation": {"ok": True, "rows": len(card)},
        "notes": notes(found),
        "seconds": found.seconds,
        "software": {name: importlib.metadata.version(name) for name in VERSIONS}
        | {"python": platform.python_version()},
    }


def notes(found: Assessment) -> list[dict[str, str]]:
    """Give what the reader must know, each as one sentence in both languages."""
    result = []
    for note in found.notes:
        both = {lang: note_text(found, note, lang) for lang in ("zh", "en")}
        result.append({"code": note["code"], **both})
    return result


MapMaker = Callable[[Assessment, str], str]


def write_all(
    found: Assessment,
    costs: Mapping[str, WorkKind],
    folder: Path,
    *,
    map_html: MapMaker,
    lang: str = "zh",
    before: Assessment | None = None,
    audited: pd.DataFrame | None = None,
    extras: Sequence[Extra] = (),
    kept: Mapping[str, Item] | None = None,
) -> dict[str, Any]:
    """
    Write everything an assessment owes.

    Parameters
    ----------
    found, costs
        The assessment, and what work costs.
    folder
        Where to; made if need be.
    map_html
        Makes the finished map as HTML text.
    lang
        Language of report, map and workbooks.
    before
        The assessment of an earlier day, to say in the report what has changed.
    audited
        What :func:`works.audit.audit_all` found with the project's earlier states; without them
        when not given.
    extras
        What was asked for beside: more files, sheets and keys of the summary.
    kept
        Pieces of work that are kept: they keep their numbers, and the work list says how they
        stand; what is verified or struck off is not on it.

    Returns
    -------
    dict
        What was written as ``summary.json``.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    start = time.perf_counter()
    work = worklist(found, costs, numbers_of(kept or {}))
    to_do = overlay(work, kept or {})
    found.seconds["lists"] = round(time.perf_counter() - start, 3)
    start = time.perf_counter()
    save(folder / "scorecard.csv", csv_bytes(found.scorecard))
    save(folder / "评估结果.xlsx", card_workbook(found, lang, audited, all_sheets(extras)))
    for name, table in (("lamps", lamps(found)), ("detours", long_ways(found))):
        if len(table):
            save(folder / f"{name}.csv", csv_bytes(table))
        else:
            (folder / f"{name}.csv").unlink(missing_ok=True)  # of an earlier run
    for file, asked_for in all_files(extras).items():
        if asked_for is not None:
            save(folder / file, csv_bytes(asked_for))
        else:
            (folder / file).unlink(missing_ok=True)
    # Programs join the lists with verdicts by subject; people read them stretch by stretch.
    for name, joined, frame, title in (
        ("gaps", found.gaps_by_subject, found.gaps, "ui.gap_list"),
        ("survey", *_called(found), "ui.survey_list"),
        ("worklist", to_do, to_do, "ui.work_list"),
    ):
        save(folder / f"{name}.geojson", geojson_bytes(joined))
        save(folder / f"{name}.xlsx", workbook(found, frame, title, lang))
    drawn = map_html(found, lang)
    save(folder / "map.html", drawn.encode("utf-8"))
    board = Board(found, before)
    money = plans(board, work, costs)
    report = report_html(found, map_html=drawn, lang=lang, board=board, plans=money)
    save(folder / "report.html", report.encode("utf-8"))
    found.seconds["write"] = round(time.perf_counter() - start, 3)
    told = summary(found)
    for one in extras:
        told |= one.summary
    save(folder / "summary.json", json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8"))
    return told


def _called(found: Assessment) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Give both forms of the survey list with the order in which calls settle a village."""
    return (
        in_order(found.survey_by_subject, found.unsettled),
        in_order(found.survey, found.unsettled),
    )
