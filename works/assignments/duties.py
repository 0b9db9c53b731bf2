"""Who has how much to do: a table per person and per team, and all that is doubtful."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from layers.findings import Finding, layer_title
from layers.text import t
from layers.work_form import Item
from works.assignments.teams import ended
from works.assignments.who import Responsible
from works.export import xlsx_bytes
from works.figures import text
from works.tasks.life import overdue_days

PERSON_COLUMNS = (
    "person", "phone", "of_whom", "place", "items", "overdue", "done", "next_due", "villages",
    "offices",
)  # fmt: skip
TEAM_COLUMNS = ("team", "per_day", "items", "overdue", "days", "villages")
FINDING_COLUMNS = ("code", "severity", "layer", "column", "id", "message_zh", "message_en")


def persons(told: Responsible, items: Mapping[str, Item], day: dt.date) -> pd.DataFrame:
    """
    Give a row per person who answers: how much is open, overdue, and where.

    People of one name are told apart by their telephone and by what they answer for.

    Parameters
    ----------
    told
        Who answers for what.
    items
        Pieces of work by id; what is finished is counted as done.
    day
        The day that decides what is overdue.

    Returns
    -------
    pandas.DataFrame
        ``PERSON_COLUMNS``, those with most overdue first; the last row, without a name, is the
        work nobody answers for.
    """
    rows = []
    for key, mine in _groups(told.table, ["person", "phone", "of_whom", "place"]):
        head = dict(zip(PERSON_COLUMNS, key, strict=False))
        own = [items[one] for one in mine.index]
        waiting = [one for one in own if not ended(one)]
        due = sorted(str(one["due"]) for one in waiting if one["due"])
        rows.append(
            head
            | _counts(waiting, day)
            | {
                "done": len(own) - len(waiting),
                "next_due": due[0] if due else None,
                "villages": _villages(own),
                "offices": "、".join(sorted(set(mine["office"]) - {""})),
            }
        )
    table = pd.DataFrame(rows, columns=pd.Index(PERSON_COLUMNS), dtype=object)
    table["nobody"] = table["person"] == ""
    order = ["nobody", "overdue", "items", "person", "of_whom", "place"]
    ascending = [True, False, False, True, True, True]
    table = table.sort_values(order, ascending=ascending, ignore_index=True)
    return table.drop(columns="nobody")


def teams(told: Responsible, items: Mapping[str, Item], day: dt.date) -> pd.DataFrame:
    """
    Give a row per team: how much is open, how many days that takes it, and where.

    Parameters
    ----------
    told, items, day
        As for :func:`persons`.
    """
    rows = []
    for key, mine in _groups(told.table[told.table["team"] != ""], ["team_id", "team"]):
        waiting = [items[one] for one in mine.index if not ended(items[one])]
        speed = mine["per_day"].iloc[0]
        counts = _counts(waiting, day)
        days = None if not speed else int(-(-counts["items"] // float(speed)))
        villages = _villages(waiting)
        shown = None if not speed else float(speed)
        pace = int(shown) if shown is not None and shown.is_integer() else shown
        row = {"team": key[1], "per_day": pace, "days": days, "villages": villages}
        rows.append(row | counts)
    return pd.DataFrame(rows, columns=pd.Index(TEAM_COLUMNS), dtype=object)


def _groups(table: pd.DataFrame, by: list[str]) -> Iterable[tuple[Any, pd.DataFrame]]:
    return table.groupby(by, sort=True, dropna=False)


def _counts(items: Sequence[Item], day: dt.date) -> dict[str, int]:
    late = sum(overdue_days(one, day) > 0 for one in items)
    return {"items": len(items), "overdue": late}


def _villages(items: Sequence[Item]) -> str:
    names = {text(one["township"]) + text(one["village"]) for one in items}
    return "、".join(sorted(names - {""}))


def findings_table(found: Sequence[Finding]) -> pd.DataFrame:
    """Give findings as a table: ``FINDING_COLUMNS``, a row for each id."""
    rows = [
        (one.code, one.severity, one.layer, one.column, key, one.message("zh"), one.message("en"))
        for each in found
        for key in each.ids
        for one in [replace(each, ids=(key,))]
    ]
    return pd.DataFrame(rows, columns=pd.Index(FINDING_COLUMNS), dtype=object)


def merged(found: Sequence[Finding]) -> list[Finding]:
    """
    Put findings of one kind together: one sentence names the first ids and counts the rest.

    Parameters
    ----------
    found
        One for each row, household or piece of work.

    Returns
    -------
    list of Finding
        In the order in which their kinds were found first.
    """
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for one in found:
        kinds.setdefault((one.code, one.layer, one.column), []).append(one)
    result = []
    for mine in kinds.values():
        ids = tuple(dict.fromkeys(key for one in mine for key in one.ids))
        details = list(dict.fromkeys(one.detail for one in mine if one.detail))
        result.append(replace(mine[0], ids=ids, detail="; ".join(details[:5])))
    return result


def duties_workbook(told: Responsible, items: Mapping[str, Item], day: dt.date, lang: str) -> bytes:
    """
    Give the duties as a workbook: persons, teams, and everything that is doubtful.

    Parameters
    ----------
    told, items, day
        As for :func:`persons`.
    lang
        ``zh`` or ``en``.
    """
    people = persons(told, items, day)
    people["of_whom"] = [t(f"duty.rule.{one or 'nobody'}", lang) for one in people["of_whom"]]
    found = findings_table(told.findings)
    found["message"] = found[f"message_{lang}" if lang == "en" else "message_zh"]
    found["layer"] = [layer_title(one, lang) for one in found["layer"]]
    names = ("persons", "teams", "findings")
    columns = (PERSON_COLUMNS, TEAM_COLUMNS, ("layer", "id", "message"))
    sheets = {
        t(f"duty.sheet.{name}", lang): (
            table,
            {one: t(f"duty.head.{one}", lang) for one in heads},
        )
        for name, table, heads in zip(names, (people, teams(told, items, day), found), columns,
                                      strict=True)
    }  # fmt: skip
    title = t("duty.title", lang, day=day.isoformat())
    return xlsx_bytes(sheets, title=title, lang=lang)
