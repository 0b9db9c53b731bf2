"""Lists behind a paper: what falls short, what is to verify, who is left out, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.text import said
from works.board import Row
from works.export import at_home, by_person, public
from works.figures import text
from works.handout.paper import short_name, short_phones
from works.items import called, spot
from works.lists import Lists, Wanted
from works.papers import cells
from works.papers.cells import DASH, EMPTY, number_col, order_col
from works.papers.model import Cell, Col, Table
from works.papers.teller import Teller, reason_word
from works.papers.totals import check_table
from works.plans import Plan, money_text, total_cost
from works.visits import Visit

HEAD_ROWS = 50
"""So many rows of a list are printed; all of them are in the list's own file."""


def gap_table(
    teller: Teller, lists: Lists, wanted: Wanted, *, most: int = HEAD_ROWS
) -> Table | None:
    """
    Give the first rows of the gap list of a place; None where nothing falls short.

    Parameters
    ----------
    teller, lists
        What the paper is about, and its lists.
    wanted
        The place, and which targets.
    most
        So many rows at most.
    """
    frame = lists.pick("gaps", wanted)
    title = _head_title(teller, "gaps", len(frame), most)
    return _listed(teller, frame, "unmet", title, most)


def survey_table(
    teller: Teller, lists: Lists, wanted: Wanted, *, most: int = HEAD_ROWS
) -> Table | None:
    """Give the first rows of the survey list of a place; None where nothing is to be verified."""
    frame = lists.pick("survey", wanted)
    title = _head_title(teller, "survey", len(frame), most)
    return _listed(teller, frame, "unknown", title, most)


def _head_title(teller: Teller, name: str, n: int, most: int) -> str:
    if n <= most:
        return teller.say(f"papers.list.{name}", n=n)
    return teller.say(f"papers.list.{name}_head", n=n, most=most)


def _listed(
    teller: Teller, frame: gpd.GeoDataFrame, part: str, title: str, most: int
) -> Table | None:
    if frame.empty:
        return None
    found, say = teller.found, teller.say
    shown = gpd.GeoDataFrame(frame.iloc[:most])
    if teller.public:
        shown = public(found, shown)
    rows: list[Any] = pd.DataFrame(shown.drop(columns="geometry")).to_dict("records")
    columns = [
        order_col(teller.lang), Col(say("papers.head.target"), 2.2),
        Col(teller.level("village"), 1.5), Col(say("papers.head.spot"), 1.1),
        Col(say("papers.head.who"), 1.3), Col(say(f"papers.head.why_{part}"), 3.4),
        number_col(say("papers.head.quantity"), 0.9), Col(say("papers.head.unit"), 0.8, "center"),
        Col(say("papers.head.lead"), 1.8),
    ]  # fmt: skip
    made = [_list_row(teller, row, part, place) for place, row in enumerate(rows, 1)]
    return Table(tuple(columns), tuple(made), title=title, numbered=True)


def _list_row(teller: Teller, row: Row, part: str, place: int) -> tuple[Cell, ...]:
    target = teller.board.targets[str(row["target_id"])]
    village = text(row["village_id"])
    name = teller.board.name(village) if village in teller.board.names else text(row["village"])
    why = text(row[f"reason_{teller.lang}"]) or text(row["reason_zh"])
    return (
        cells.count(place), Cell(teller.brief(target.id)),
        cells.word(name or teller.say("unit_residual")), cells.word(spot(row)),
        cells.word(whom(teller, row)), cells.word(short_phones(why)), cells.amount(row[part]),
        cells.word(teller.unit(row["unit"])), cells.word(_lead(teller, row)),
    )  # fmt: skip


def whom(teller: Teller, row: Row) -> str:
    """Name what a row is about; names of people are cut to their first letter, or left out."""
    target = teller.board.targets.get(str(row["target_id"]))
    if text(row["subject_id"]) == text(row["village_id"]):
        return teller.say("paper.whole_village")
    name = called(row)
    if target is None or by_name(teller, target.subjects):
        return "" if teller.public else short_name(name)
    return name


def by_name(teller: Teller, layer: str) -> bool:
    """Tell whether things of a layer carry names of people."""
    return at_home(layer) or by_person(teller.found, layer)


def _lead(teller: Teller, row: Row) -> str:
    return said(teller.board.targets[str(row["target_id"])].lead, teller.lang)


def excluded_table(teller: Teller, village: str | None = None) -> Table | None:
    """Give who is left out of the counts, why, and by which paper; None where nobody is."""
    table, say = teller.found.excluded, teller.say
    if len(table):
        here = list(teller.board.statuses()) if village is None else [village]
        table = table[table["village_id"].isin(here)]
    if not len(table):
        return None
    groups: dict[tuple[str, str, str], list[Row]] = {}
    records: list[Any] = table.to_dict("records")
    for row in records:
        key = (text(row["village_id"]), text(row["subject_id"]), text(row["reason"]))
        groups.setdefault(key, []).append(row)
    order = {village: n for n, village in enumerate(teller.board.statuses())}
    ordered = sorted(groups.items(), key=lambda one: order.get(one[0][0], len(order)))
    columns = [
        order_col(teller.lang), Col(teller.level("village"), 1.5), Col(say("papers.head.who"), 1.3),
        Col(say("papers.head.reason"), 1.6), Col(say("papers.head.evidence"), 1.8),
        Col(say("papers.head.of_targets"), 3.4),
    ]  # fmt: skip
    rows = []
    for place, ((village, _, reason), mine) in enumerate(ordered, 1):
        evidence = "" if teller.public else short_phones(text(mine[0]["evidence"]))
        named = teller.listed(teller.brief(str(row["target_id"])) for row in mine)
        rows.append(
            (
                cells.count(place), Cell(teller.board.name(village)),
                cells.word(whom(teller, mine[0])), Cell(reason_word(reason, teller.lang)),
                cells.word(evidence), Cell(named),
            )
        )  # fmt: skip
    title = say("papers.list.excluded", n=len(rows))
    return Table(tuple(columns), tuple(rows), title=title, numbered=True)


# ---------------------------------------------------------------------------------- money


def effort_table(teller: Teller, lists: Lists, wanted: Wanted) -> Table | None:
    """
    Give what is to be built and what it costs, kind by kind, the sum first.

    Parameters
    ----------
    teller, lists, wanted
        What the paper is about, its lists, and the place.

    Returns
    -------
    Table or None
        None where there is no work; of several currencies each cost is printed with its own.
    """
    every = lists.efforts(lists.pick("work", wanted))
    if not every:
        return None
    must = {one.kind: one for one in lists.efforts(lists.pick("work", _required(wanted)))}
    say, lang = teller.say, teller.lang
    currencies = {one.currency for one in every if one.cost is not None}
    currency = currencies.pop() if len(currencies) == 1 else ""
    unit = cells.money_unit(currency, lang)
    columns = [
        order_col(lang), Col(say("papers.head.work"), 3.0),
        number_col(say("papers.head.tasks"), 1.0),
        number_col(say("papers.head.quantity"), 1.0),
        Col(say("papers.head.unit"), 0.9, "center"), number_col(_cost_head(teller, unit), 1.3),
        number_col(say("papers.head.must_tasks"), 1.2),
    ]  # fmt: skip
    known = sum((one.cost for one in every if one.cost is not None), Fraction(0))
    total = (
        EMPTY, Cell(say("all_units_row")), cells.count(sum(one.tasks for one in every)), DASH, DASH,
        _cost(known, currency, lang) if currency else DASH,
        cells.count(sum(one.tasks for one in must.values())),
    )  # fmt: skip
    rows = [total]
    for place, one in enumerate(every, 1):
        needed = must.get(one.kind)
        rows.append(
            (
                cells.count(place), Cell(one.title[lang] or one.title["zh"]),
                cells.count(one.tasks), cells.amount(one.quantity),
                cells.word(lists.unit(one.kind, lang)),
                _cost(one.cost, one.currency, lang, bare=bool(currency)),
                cells.count(0 if needed is None else needed.tasks),
            )
        )  # fmt: skip
    table = Table(tuple(columns), tuple(rows), total=True, numbered=True)
    return check_table(table, (2, 5, 6) if currency else (2, 6))


def _cost_head(teller: Teller, unit: str) -> str:
    say = teller.say
    return say("papers.head.cost", unit=unit) if unit else say("papers.head.cost_plain")


def _required(wanted: Wanted) -> Wanted:
    return wanted._replace(required=True)


def _cost(value: Fraction | None, currency: str, lang: str, *, bare: bool = True) -> Cell:
    """Print a cost; with its currency where the head cannot say it."""
    if value is None:
        return cells.unknown(lang)
    shown = cells.money_exact(value, currency, lang)
    return shown if bare else Cell(money_text(value, currency, lang), shown.value)


def plan_table(teller: Teller, plans: Sequence[Plan]) -> Table | None:
    """Give the villages that money would bring to pass, the cheapest first; the sum on top."""
    if not plans:
        return None
    say, lang, currency = teller.say, teller.lang, plans[0].currency
    unit = cells.money_unit(currency, lang)
    head = _cost_head(teller, unit)
    towns = teller.board.townships()
    columns = [
        order_col(lang), Col(teller.level("village"), 1.6), Col(teller.level("township"), 1.4),
        Col(say("papers.head.lacks"), 3.6), number_col(head, 1.3),
        Col(say("papers.head.note"), 2.0),
    ]  # fmt: skip
    rows = [
        (EMPTY, Cell(say("all_units_row")), DASH, DASH,
         _cost(total_cost(plans), currency, lang), DASH)
    ]  # fmt: skip
    for place, plan in enumerate(plans, 1):
        lacks = teller.board.lacks(
            teller.board.lacking("village", plan.village), lang, most=3, plain=True
        )
        remarks = [] if plan.sure else [say("papers.plan.unsure")]
        remarks += [say("papers.plan.provisional")] if plan.provisional else []
        rows.append(
            (cells.count(place), Cell(teller.board.name(plan.village)),
             cells.word(towns.get(plan.village)), cells.word(lacks),
             _cost(plan.cost, currency, lang), cells.word(say("say.joint").join(remarks)))
        )  # fmt: skip
    return check_table(Table(tuple(columns), tuple(rows), total=True, numbered=True), (4,))


def visit_table(teller: Teller, visits: Sequence[Visit]) -> Table | None:
    """Give the villages to visit: why, and what to do there."""
    if not visits:
        return None
    say = teller.say
    columns = (
        order_col(teller.lang), Col(teller.level("village"), 1.6),
        Col(say("papers.head.status"), 1.1), Col(say("papers.head.why_visit"), 4.2),
        Col(say("papers.head.do"), 3.0),
    )  # fmt: skip
    rows = []
    for place, one in enumerate(visits, 1):
        why, what = ("".join(piece.text for piece in pieces) for pieces in (one.why, one.what))
        row: Mapping[str, Any] = {"status": one.status}
        rows.append(
            (cells.count(place), Cell(teller.board.name(one.village)),
             cells.status(row, teller.lang), cells.word(why), cells.word(what))
        )  # fmt: skip
    return Table(columns, tuple(rows), numbered=True)
