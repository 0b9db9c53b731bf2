"""All files of one assessment, as other programs and people rely on them."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.scorecard import ALL
from layers.schema import schema
from layers.text import said, t
from works.export import csv_bytes, geojson_bytes, plain, save, xlsx_bytes
from works.library import WorkKind
from works.report import date_text, report_html, scope_text
from works.worklist import worklist

LIST_HEADS = (
    "target", "township", "village", "group", "subject_name", "address", "reason", "value",
    "limit", "unmet", "unknown", "unit", "lead", "lon", "lat", "position", "id",
)  # fmt: skip
WORK_HEADS = (
    "work_no", "priority", "title", "township", "village", "group", "subject_name", "address",
    "reason", "quantity", "unit", "cost", "currency", "lead", "team", "due", "state", "expected",
    "lon", "lat", "work_id",
)  # fmt: skip
CARD_HEADS = (
    "level", "unit_id", "unit_name", "target", "kind", "unit", "amount", "met", "unmet", "unknown",
    "excluded", "share_low", "share_high", "goal", "status", "needed_low", "needed_high",
    "villages_met", "villages_unmet", "villages_undetermined", "villages_not_assessed", "assessed",
)  # fmt: skip
EXCLUDED_HEADS = (
    "target",
    "township",
    "village",
    "subject_name",
    "subject_id",
    "exempt",
    "evidence",
)
VERSIONS = ("geopandas", "shapely", "pyogrio", "pyproj", "numpy", "pandas", "scipy")


def heads(names: tuple[str, ...], lang: str) -> dict[str, str]:
    """Give columns with the heads people read."""
    return {name: t(f"head.{name}", lang) for name in names}


def titles(found: Assessment, lang: str) -> dict[str, str]:
    """Give target id (grades and other denominators too) to its title."""
    names = {ALL: t("head.all", lang)}
    for target in found.standard.targets:
        names[target.id] = said(target.title, lang)
        for grade in target.grades:
            names[f"{target.id}.{grade.id}"] = (
                f"{said(target.title, lang)}·{said(grade.title, lang)}"
            )
        for name in target.beside:
            names[f"{target.id}.{name}"] = f"{said(target.title, lang)}·{name}"
    return names


def readable(found: Assessment, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give a list with target titles, unit words and reasons in one language."""
    table = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    table["target"] = table["target_id"].map(titles(found, lang))
    if f"reason_{lang}" in table:
        table["reason"] = table[f"reason_{lang}"]
    if f"title_{lang}" in table:
        table["title"] = table[f"title_{lang}"]
    elif "unit" in table:
        table["unit"] = [t(f"unit.{u}", lang) for u in table["unit"]]
    for column in ("value", "limit"):
        if column in table:
            table[column] = [_word(v, lang) for v in table[column]]
    for column, key in (("state", "state"), ("position", "position")):
        if column in table:
            table[column] = [t(f"{key}.{v}", lang) for v in table[column]]
    return table


def _word(value: Any, lang: str) -> Any:
    """Give yes and no in words; everything else as it is."""
    text = str(plain(value)).lower()
    return t(f"word.{text}", lang) if text in ("true", "false") else value


def card_table(found: Assessment, lang: str) -> pd.DataFrame:
    """Give the scorecard for a spreadsheet: the top level first, per cent, words for codes."""
    card = found.scorecard.copy()
    card["target"] = card["target_id"].map(titles(found, lang))
    known = {(level, unit) for level, unit in zip(card["level"], card["unit_id"], strict=True)}
    k_of_n = {pair: found.assessed(*pair) for pair in known}
    card["assessed"] = [
        f"{k_of_n[(r.level, r.unit_id)][0]}/{k_of_n[(r.level, r.unit_id)][1]}"
        if r.target_id == ALL
        else None
        for r in card.itertuples()
    ]
    rank = {"city": 0, "county": 1, "township": 2, "village": 3}
    card = card.iloc[card["level"].map(rank).argsort(kind="stable")].reset_index(drop=True)
    for column in ("share_low", "share_high", "goal"):
        card[column] = [_percent(value) for value in card[column]]
    levels = {k: said(v, lang) for k, v in found.levels.items()}
    card["level"] = [levels.get(v) or t(f"level.{v}", lang) for v in card["level"]]
    card["status"] = [t(f"status.{v}", lang) for v in card["status"]]
    card["kind"] = [t(f"kind.{v}", lang) for v in card["kind"]]
    card["unit"] = [t(f"unit.{v}", lang) for v in card["unit"]]
    return card


def _percent(value: Any) -> Any:
    """Give a share in per cent with one decimal, cut off; a goal that is an amount stays one."""
    if value is None:
        return None
    share = Decimal(value)
    return int(share * 1000) / 10 if share <= 1 else float(share)


def context(found: Assessment, lang: str) -> tuple[str, ...]:
    """Give the lines that say what made a result."""
    standard = said(found.standard.title, lang)
    lines = {
        "standard": f"{standard} ({found.standard.label})",
        "as_of": date_text(found.as_of, lang),
        "scope": scope_text(found.scope, lang),
        "ui.data_version": f"{found.data_version}  {found.crs}",
    }
    colon = t("report.colon", lang)
    told = [t(key, lang) + colon + text for key, text in lines.items()]
    return (*told, t("conservation", lang))


def workbook(found: Assessment, frame: pd.DataFrame, name: str, lang: str) -> bytes:
    """Give a list (gaps, survey or work) as a workbook in one language."""
    columns = WORK_HEADS if "work_no" in frame.columns else LIST_HEADS
    sheets = {t(name, lang): (readable(found, frame, lang), heads(columns, lang))}
    return xlsx_bytes(sheets, title=found.project_name, notes=context(found, lang), lang=lang)


def card_workbook(found: Assessment, lang: str) -> bytes:
    """Give the scorecard, and who was left out of the count, as a workbook."""
    left_out = found.excluded.rename(columns={"reason": "exempt"})
    left_out["target"] = left_out["target_id"].map(titles(found, lang))
    reasons = schema("households").columns["exempt"].words
    at = 0 if lang == "zh" else 1
    left_out["exempt"] = [reasons[v][at] if v in reasons else v for v in left_out["exempt"]]
    sheets = {
        t("scorecard", lang): (card_table(found, lang), heads(CARD_HEADS, lang)),
        t("ui.excluded_list", lang): (left_out, heads(EXCLUDED_HEADS, lang)),
    }
    return xlsx_bytes(sheets, title=found.project_name, notes=context(found, lang), lang=lang)


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
        "gaps": len(found.gaps),
        "survey": len(found.survey),
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
        key = f"note.{note['code']}"
        both = {lang: t(key, lang, **_said(note, lang)) for lang in ("zh", "en")}
        result.append({"code": note["code"], **both})
    return result


def _said(note: Mapping[str, str], lang: str) -> dict[str, str]:
    values = {key: value for key, value in note.items() if key != "code"}
    return {k: t(f"layer.{v}", lang) if k == "facilities" else v for k, v in values.items()}


MapMaker = Callable[[Assessment, str], str]


def write_all(
    found: Assessment,
    costs: Mapping[str, WorkKind],
    folder: Path,
    *,
    map_html: MapMaker,
    lang: str = "zh",
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
    work = worklist(found, costs)
    found.seconds["lists"] = round(time.perf_counter() - start, 3)
    start = time.perf_counter()
    save(folder / "scorecard.csv", csv_bytes(found.scorecard))
    save(folder / "评估结果.xlsx", card_workbook(found, lang))
    for name, frame, title in (
        ("gaps", found.gaps, "ui.gap_list"),
        ("survey", found.survey, "ui.survey_list"),
        ("worklist", work, "ui.work_list"),
    ):
        save(folder / f"{name}.geojson", geojson_bytes(frame))
        save(folder / f"{name}.xlsx", workbook(found, frame, title, lang))
    drawn = map_html(found, lang)
    save(folder / "map.html", drawn.encode("utf-8"))
    report = report_html(found, map_html=drawn, lang=lang)
    save(folder / "report.html", report.encode("utf-8"))
    found.seconds["write"] = round(time.perf_counter() - start, 3)
    told = summary(found)
    save(folder / "summary.json", json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8"))
    return told
