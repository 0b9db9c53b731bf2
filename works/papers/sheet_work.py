"""Of a village's sheet: whom to ask first, and the work that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from layers.work_form import Item
from works.card import Card, Need
from works.card_more import Call, first_calls
from works.figures import text, whole
from works.handout.look import look_of
from works.handout.paper import short_name, short_phones
from works.papers import cells
from works.papers.cells import EMPTY, number_col, order_col
from works.papers.listing import by_name
from works.papers.model import Block, Cell, Col, Table, Text
from works.papers.teller import Teller
from works.tasks.life import overdue_days, states

CALLS, TASKS = 12, 40
"""So many of those to ask, and of the tasks, are printed."""


def calls_of(teller: Teller, card: Card) -> Iterator[Block]:
    """Give whom to verify first, for each undetermined target of a village."""
    for need in card.needs:
        if need.row["status"] != "undetermined":
            continue
        found = first_calls(teller.found, card.village, str(need.row["target_id"]))
        if found:
            yield _calls(teller, need, found)


def _calls(teller: Teller, need: Need, found: Sequence[Call]) -> Block:
    say, target = teller.say, str(need.row["target_id"])
    visits = len(found) if need.visits is None else whole(need.visits)
    n = teller.amount(visits, need.counted or need.row["unit"])
    title = say("papers.sheet.calls", target=teller.brief(target), n=n)
    named = any(one.name or one.place for one in found)
    if teller.public or not named or need.counted == "village":
        return Text(title)
    columns = (
        order_col(teller.lang), Col(say("papers.head.spot"), 1.5),
        Col(say("papers.head.who"), 1.5), number_col(say("papers.head.quantity"), 1.0),
        Col(say("papers.head.result"), 2.0),
    )  # fmt: skip
    person = by_name(teller, teller.board.targets[target].subjects)
    rows = tuple(
        (
            cells.count(one.order), cells.word(one.place),
            cells.word(short_name(one.name) if person else one.name),
            cells.amount(one.amount), EMPTY,
        )
        for one in found[: max(visits, 1)][:CALLS]
    )  # fmt: skip
    return Table(columns, rows, title=title, numbered=True)


def tasks_of(teller: Teller, tasks: Sequence[Item]) -> Iterator[Block]:
    """Give the work that is kept: what is not finished, the earliest due day first."""
    if not tasks:
        return
    running = [one for one in tasks if not _ended(one)]
    say, done = teller.say, len(tasks) - len(running)
    title = say("papers.sheet.tasks", n=len(tasks), done=done)
    if not running:
        yield Text(title)
        return
    running.sort(key=lambda one: (text(one["due"]) or "9", text(one["work_no"])))
    columns = [
        order_col(teller.lang), Col(say("papers.head.work_no"), 1.7),
        Col(say("papers.head.who"), 1.5), Col(say("papers.head.why_unmet"), 2.4),
        Col(say("papers.head.state"), 1.3), Col(say("papers.head.due"), 1.4),
    ]  # fmt: skip
    if not teller.public:
        columns.append(Col(say("papers.head.person"), 1.6))
    look = look_of(teller.found)
    rows = []
    for place, one in enumerate(running[:TASKS], 1):
        named = look.by_name(one)
        who = "" if named and teller.public else text(one["subject_name"])
        row = [
            cells.count(place), cells.word(one["work_no"]),
            cells.word(short_name(who) if named else who), cells.word(why_of(one, teller.lang)),
            _state(teller, one), cells.day(one["due"], teller.lang),
        ]  # fmt: skip
        if not teller.public:
            names = filter(None, (text(one["office"]) or text(one["team"]), text(one["person"])))
            row.append(cells.word(short_phones(teller.listed(names))))
        rows.append(tuple(row))
    yield Table(tuple(columns), tuple(rows), title=title, numbered=True)


def why_of(item: Mapping[str, Any], lang: str) -> str:
    """Say what is missing at a piece of work, telephone numbers cut."""
    return short_phones(text(item[f"reason_{lang}"]) or text(item["reason_zh"]))


def _state(teller: Teller, item: Mapping[str, Any]) -> Cell:
    word = teller.say(f"state.{item['state']}")
    late = overdue_days(item, teller.found.as_of)
    return Cell(teller.say("papers.sheet.late", state=word, n=late) if late > 0 else word)


def _ended(item: Mapping[str, Any]) -> bool:
    state = str(item["state"])
    return state in states() and states()[state].ended
