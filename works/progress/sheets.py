"""The workbook of progress: places, changes, forecasts, what is due, and how the work goes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.scorecard import ALL
from layers.text import said, t
from works.export import Sheets, xlsx_bytes
from works.figures import blank, date_text
from works.progress.notice import title
from works.progress.overall import Progress
from works.progress.samples import in_words
from works.ranking import arrow
from works.report import scope_text
from works.workbook import context as list_context
from works.workbook import titles

PLACE_HEADS = (
    "place", "unit_name", "township", "villages", "villages_met", "rate", "score", "points_unknown",
    "place_before", "moved", "not_assessed", "note",
)  # fmt: skip
CHANGE_HEADS = (
    "level", "unit_name", "township", "target", "unit", "met_before", "met_after", "change", "real",
    "data", "standard_part", "confirmed", "task_open", "no_task", "share_before", "share_after",
    "share_change", "status_before", "status_after", "cause",
)  # fmt: skip
MOVE_HEADS = (
    "unit_name", "township", "target", "status_before", "status_after", "cause", "score_before",
    "score_after",
)  # fmt: skip
AHEAD_HEADS = (
    "level", "unit_name", "township", "target", "unit", "met", "still_needed", "gained",
    "per_week_now", "finish", "due", "per_week", "said",
)  # fmt: skip
DUE_HEADS = (
    "target", "township", "village", "group", "subject_name", "address", "period", "last_day",
    "wanted", "had", "perhaps", "still", "last_seen", "lead",
)  # fmt: skip
GROUP_HEADS = (
    "by_group", "name", "all_work", "running", "done_work", "finished", "overdue", "overdue_days",
)  # fmt: skip
BOARD_HEADS = ("todo", "township", "n", "overdue")
STEP_HEADS = ("step", "n", "median", "longest")
PAPER_HEADS = ("work_no", "title", "township", "village", "subject_name", "state")


def progress_workbook(one: Progress, lang: str) -> bytes:
    """Give all tables of progress as one workbook in house style."""
    return xlsx_bytes(
        progress_sheets(one, lang),
        title=title(one.after, lang),
        notes=context(one, lang),
        lang=lang,
    )


def progress_sheets(one: Progress, lang: str) -> Sheets:
    """Give the sheets: name to a table in words and its heads."""
    names = titles(one.found, lang)
    if one.compared is not None:
        for target in [*one.after.standard.targets, *one.compared.before.standard.targets]:
            names.setdefault(target.id, said(target.title, lang))
    sheets: dict[str, tuple[pd.DataFrame, Mapping[str, str]]] = {}

    def add(key: str, table: pd.DataFrame, columns: tuple[str, ...]) -> None:
        sheets[t(f"progress.sheet.{key}", lang)] = (table, _heads(columns, lang))

    add("towns", _places(one, "township", lang), _without(PLACE_HEADS, "township"))
    add("villages", _places(one, "village", lang),
        _without(PLACE_HEADS, "villages", "villages_met", "rate"))  # fmt: skip
    if one.compared is not None:
        add("moves", _moves(one, names, lang), MOVE_HEADS)
        add("changes", _changes(one, names, lang), CHANGE_HEADS)
    add("forecast", _ahead(one, names, lang), AHEAD_HEADS)
    add("due", due_table(one.due, names, lang), DUE_HEADS)
    if one.work is not None:
        add("work", _groups(one, lang), GROUP_HEADS)
        add("board", _words(one.work.board, {"todo": "todo"}, lang), BOARD_HEADS)
        add("steps", _words(one.work.steps, {"step": "step"}, lang), STEP_HEADS)
    if one.paper:
        rows = [{**item, "title": item[f"title_{lang}"]} for item in one.paper]
        paper = _words(pd.DataFrame(rows), {"state": "state"}, lang)
        add("paper", paper, PAPER_HEADS)
    return sheets


def context(one: Progress, lang: str) -> tuple[str, ...]:
    """Give the lines below every table: what was compared, by which standard, in which scope."""
    side, told = one.after, []
    told.append(t("progress.note.after", lang, day=date_text(side.as_of, lang),
                  standard=side.standard.label, scope=scope_text(side.scope, lang),
                  data=side.data_version))  # fmt: skip
    if one.compared is not None:
        before = one.compared.before
        told.append(t("progress.note.before", lang, name=before.name,
                      day=date_text(before.as_of, lang), standard=before.standard.label,
                      data=before.data_version))  # fmt: skip
        if one.first is not None and not one.first.standard:
            told.append(t("progress.note.old", lang, standard=before.standard.label))
        told.append(t("progress.note.parts", lang))
    return (*told, t("progress.note.score", lang))


def _heads(columns: tuple[str, ...], lang: str) -> dict[str, str]:
    """Give columns their heads: those of progress first, else those every table uses."""
    result = {}
    for name in columns:
        own = t(f"progress.head.{name}", lang)
        result[name] = own if own != f"progress.head.{name}" else t(f"head.{name}", lang)
    return result


def _without(columns: tuple[str, ...], *names: str) -> tuple[str, ...]:
    return tuple(name for name in columns if name not in names)


def _words(table: pd.DataFrame, columns: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Put codes of some columns into words; nothing stays nothing."""
    table = table.copy()
    for name, key in columns.items():
        table[name] = [None if blank(v) else _word(key, v, lang) for v in table[name]]
    return table


def _levels(one: Progress, table: pd.DataFrame, lang: str) -> list[str]:
    levels = {code: said(both, lang) for code, both in one.found.levels.items()}
    return [levels.get(code) or t(f"level.{code}", lang) for code in table["level"]]


_PLAIN = ("state", "status", "unit", "level")
"""Codes whose words every page uses."""


def _word(key: str, code: Any, lang: str) -> str:
    return t(f"{key}.{code}" if key in _PLAIN else f"progress.{key}.{code}", lang)


def _places(one: Progress, level: str, lang: str) -> pd.DataFrame:
    table = one.places[level].copy()
    table["points_unknown"] = _numbers(table["unknown"])
    for name in ("score", "rate", "not_assessed"):
        table[name] = _numbers(table[name])
    table["moved"] = [arrow(moved) for moved in table["moved"]]
    table["note"] = [t(f"ranking.{why}", lang) if why else "" for why in table["unranked"]]
    return table


def _numbers(cells: pd.Series) -> list[float | None]:
    return [None if blank(v) or v == "—" else float(v) for v in cells]


def _moves(one: Progress, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Give the villages whose verdict changed, then their targets whose status did."""
    assert one.compared is not None
    table = one.compared.table
    table = table[(table["level"] == "village") & (table["move"] != "")].copy()
    table["score_before"] = table["met_before"].where(table["target_id"] == ALL, None)
    table["score_after"] = table["met_after"].where(table["target_id"] == ALL, None)
    first = table["target_id"] != ALL
    table = table.iloc[first.to_numpy(dtype=bool).argsort(kind="stable")]
    return _told(one, table, names, lang)


def _changes(one: Progress, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Give every row with a change, the widest level first."""
    assert one.compared is not None
    table = one.compared.table
    table = table[(table["change"] != 0) & (table["target_id"] != ALL)].copy()
    rank = table["level"].map({"city": 0, "county": 1, "township": 2, "village": 3})
    table = table.iloc[rank.to_numpy().argsort(kind="stable")]
    for name in ("share_before", "share_after", "share_change"):
        table[name] = [_points(value) for value in table[name]]
    table["standard_part"] = table["standard"]
    return _told(one, table, names, lang)


def _told(one: Progress, table: pd.DataFrame, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    table["target"] = table["target_id"].map(names)
    table["level"] = _levels(one, table, lang)
    words = {"status_before": "status", "status_after": "status", "unit": "unit",
             "cause": "cause"}  # fmt: skip
    return _words(table, words, lang)


def _points(value: Any) -> float | None:
    """Give a share in per cent, or a change of one in points, cut off after one decimal."""
    return None if blank(value) else int(Decimal(value) * 1000) / 10


def _ahead(one: Progress, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    table = one.ahead.copy()
    table["said"] = table[f"said_{lang}"]
    table["still_needed"] = table["missing"]
    table["target"] = table["target_id"].map(names)
    table["level"] = _levels(one, table, lang)
    return _words(table, {"unit": "unit"}, lang)


def due_table(table: pd.DataFrame, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Give the list of what is still due in words."""
    table = pd.DataFrame(table).drop(columns="geometry")
    table["target"] = table["target_id"].map(names)
    return _words(table, {"period": "period"}, lang)


def _groups(one: Progress, lang: str) -> pd.DataFrame:
    assert one.work is not None
    table = one.work.groups.rename(columns={"all": "all_work", "done": "done_work"})
    table["by_group"] = [t(f"head.{by}", lang) for by in table["by"]]
    table["name"] = [name or t("progress.nobody", lang) for name in table["name"]]
    return table


SAMPLE_HEADS = (
    "stratum", "work_no", "title", "township", "village", "group", "subject_name", "address",
    "state", "done_on", "lon", "lat", "outcome", "checked_on", "checked_by", "note",
)  # fmt: skip
"""The last four are empty: whoever looks fills them in."""


def sample_workbook(drawn: pd.DataFrame, project: str, seed: int, lang: str) -> bytes:
    """Give a sample as a workbook to take along, with room for what is found."""
    table = _words(pd.DataFrame(drawn).drop(columns="geometry"), {"state": "state"}, lang)
    table["title"], table["stratum"] = table[f"title_{lang}"], in_words(table, lang)
    for name in SAMPLE_HEADS[-4:]:
        table[name] = None
    sheets = {t("progress.sheet.sample", lang): (table, _heads(SAMPLE_HEADS, lang))}
    note = t(
        "progress.note.sample", lang, n=len(table), strata=table["stratum"].nunique(), seed=seed
    )
    return xlsx_bytes(sheets, title=project, notes=(note,), lang=lang)


def due_workbook(found: Assessment, table: pd.DataFrame, lang: str) -> bytes:
    """Give the list of what is still due as a workbook."""
    sheets = {
        t("progress.sheet.due", lang): (
            due_table(table, titles(found, lang), lang), _heads(DUE_HEADS, lang)
        )
    }  # fmt: skip
    return xlsx_bytes(sheets, title=found.project_name, notes=list_context(found, lang), lang=lang)
