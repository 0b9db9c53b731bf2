"""Workbooks of an assessment: lists and scorecard as people read them, in one language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.scorecard import ALL
from geo.settle import settle
from layers.schema import schema
from layers.text import said, t
from works.audit import audit, audit_all, audit_rule
from works.audit_text import sheet, sheet_heads
from works.denominators import denominator
from works.export import Sheets, plain, xlsx_bytes
from works.figures import date_text
from works.lamps_sheet import more_sheets
from works.library import load_costs
from works.report import scope_text
from works.sureness import in_words, least_sure

LIST_HEADS = (
    "target", "township", "village", "group", "subject_name", "address", "reason", "value",
    "limit", "unmet", "unknown", "unit", "call", "lead", "lon", "lat", "position", "id",
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
    "confidence",
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
SETTLE_HEADS = (
    "unit_id", "unit_name", "target", "unit", "unknown", "passes", "fails", "counted", "visits",
)  # fmt: skip
AUDIT_HEADS = (
    "target", "township", "village", "village_id", "unit", "reported", "amount", "reported_share",
    "share_low", "share_high", "difference", "verdict",
)  # fmt: skip
RULE_HEADS = (
    "target_id", "target", "theme", "kind", "weight", "goal", "lead", "source", "confidence",
)  # fmt: skip


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
            other = denominator(target, name, lang)
            names[f"{target.id}.{name}"] = f"{said(target.title, lang)}·{other}"
    return names


def readable(found: Assessment, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give a list with target titles, unit words and reasons in one language."""
    table = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    table["target"] = table["target_id"].map(titles(found, lang))
    if f"reason_{lang}" in table:
        table["reason"] = table[f"reason_{lang}"]
    if f"title_{lang}" in table:
        table["title"] = table[f"title_{lang}"]
        table["unit"] = _work_units(table, lang)
    elif "unit" in table:
        table["unit"] = [t(f"unit.{u}", lang) for u in table["unit"]]
    for column in ("value", "limit"):
        if column in table:
            table[column] = [_word(v, lang) for v in table[column]]
    for column, key in (("state", "state"), ("position", "position")):
        if column in table:
            table[column] = [t(f"{key}.{v}", lang) for v in table[column]]
    return table


def _work_units(table: pd.DataFrame, lang: str) -> list[Any]:
    """Give the units of work in one language; one the planner's own costs lack stays as it is."""
    kinds = load_costs()
    return [
        said(kinds[kind].unit, lang) if kind in kinds else unit
        for kind, unit in zip(table["kind"], table["unit"], strict=True)
    ]


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
    card["confidence"] = [_sure(found, key, lang) for key in card["target_id"]]
    rank = {"city": 0, "county": 1, "township": 2, "village": 3}
    card = card.iloc[card["level"].map(rank).argsort(kind="stable")].reset_index(drop=True)
    for column in ("share_low", "share_high", "goal"):
        card[column] = [percent_cell(value) for value in card[column]]
    levels = {k: said(v, lang) for k, v in found.levels.items()}
    card["level"] = [levels.get(v) or t(f"level.{v}", lang) for v in card["level"]]
    card["status"] = [t(f"status.{v}", lang) for v in card["status"]]
    card["kind"] = [t(f"kind.{v}", lang) for v in card["kind"]]
    card["unit"] = [t(f"unit.{v}", lang) for v in card["unit"]]
    return card


def _sure(found: Assessment, key: str, lang: str) -> str | None:
    """Say how sure the figures behind a row are; nothing for the whole, which has many."""
    if key == ALL:
        return None
    return t(f"confidence.{least_sure(found.target(key.partition('.')[0]), key)}", lang)


def percent_cell(value: Any) -> Any:
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


def settle_table(found: Assessment, lang: str) -> pd.DataFrame:
    """Give the undetermined villages, the one settled with the fewest visits first."""
    table = settle(found.scorecard, found.unsettled)
    table["target"] = table["target_id"].map(titles(found, lang))
    for column in ("unit", "counted"):
        table[column] = [t(f"unit.{v}", lang) for v in table[column]]
    return table


def audit_table(found: Assessment, lang: str) -> pd.DataFrame:
    """Give what villages report beside what was counted, the largest difference first."""
    table = audit(found)
    table["target"] = table["target_id"].map(titles(found, lang))
    table["unit"] = [t(f"unit.{v}", lang) for v in table["unit"]]
    lacking = table["reported_share"].isna()
    for column in ("reported_share", "share_low", "share_high"):
        # A village may report more than there is: above 100 % is a share here, and no amount.
        table[column] = [None if v is None else int(v * 1000) / 10 for v in table[column]]
    table["difference"] = [None if v is None else int(v * 10) / 10 for v in table["difference"]]
    words = [
        "not_comparable" if none else "doubtful" if odd else "agrees"
        for none, odd in zip(lacking, table["doubtful"], strict=True)
    ]
    points = audit_rule().doubtful_above_points
    table["verdict"] = [t(f"audit.{word}", lang, points=points) for word in words]
    return table


def rules_table(found: Assessment, lang: str) -> pd.DataFrame:
    """Give the targets of the standard, each with its goal, source and how sure it is."""
    rows = []
    for target in found.standard.targets:
        rows.append(
            {
                "target_id": target.id,
                "target": said(target.title, lang),
                "theme": said(target.theme, lang),
                "kind": t(f"kind.{target.kind}", lang),
                "weight": float(target.weight),
                "goal": _goal(target.goal, lang),
                "lead": said(target.lead, lang),
                "source": _sources(found, str(target.source), lang),
                "confidence": in_words(target, lang),
            }
        )
    return pd.DataFrame(rows)


def _goal(goal: Any, lang: str) -> Any:
    if goal is None:
        return None
    if isinstance(goal, Decimal):
        return percent_cell(goal)
    column = schema("villages").columns.get(str(goal["column"]))
    return column.label(lang) if column is not None else str(goal["column"])


def _sources(found: Assessment, tags: str, lang: str) -> str:
    known = found.standard.sources
    return "; ".join(said(known[tag], lang) if tag in known else tag for tag in tags.split("; "))


def card_workbook(
    found: Assessment,
    lang: str,
    audited: pd.DataFrame | None = None,
    more: Sheets | None = None,
) -> bytes:
    """
    Give scorecard, villages to settle first, who was left out, doubts and rules, as a workbook.

    Parameters
    ----------
    found, lang
        The assessment, and the language of the workbook.
    audited
        What :func:`works.audit.audit_all` found with the project's earlier states; without them
        when not given.
    more
        Further sheets, put last.
    """
    doubtful = audit_all(found) if audited is None else audited
    left_out = found.excluded.rename(columns={"reason": "exempt"})
    left_out["target"] = left_out["target_id"].map(titles(found, lang))
    reasons = schema("households").columns["exempt"].words
    at = 0 if lang == "zh" else 1
    left_out["exempt"] = [reasons[v][at] if v in reasons else v for v in left_out["exempt"]]
    sheets = {
        t("scorecard", lang): (card_table(found, lang), heads(CARD_HEADS, lang)),
        t("settle_list", lang): (settle_table(found, lang), heads(SETTLE_HEADS, lang)),
        t("ui.excluded_list", lang): (left_out, heads(EXCLUDED_HEADS, lang)),
        **more_sheets(found, titles(found, lang), lang),
        **_audit_sheet(found, lang),
        t("audit.title", lang): (sheet(doubtful, titles(found, lang), lang), sheet_heads(lang)),
        t("standard", lang): (rules_table(found, lang), heads(RULE_HEADS, lang)),
        **(more or {}),
    }
    return xlsx_bytes(sheets, title=found.project_name, notes=context(found, lang), lang=lang)


def _audit_sheet(found: Assessment, lang: str) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Give the sheet of reported figures; none under a standard that asks for none."""
    if not any(target.reported for target in found.standard.targets):
        return {}
    table = audit_table(found, lang)
    return {t("audit.sheet", lang): (table, heads(AUDIT_HEADS, lang))}
