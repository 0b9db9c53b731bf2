"""The meeting pack: leader page, notice, places, what is overdue, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd

from layers.work_form import Item
from works.board import Board
from works.figures import exact, text
from works.handout.look import look_of
from works.handout.paper import short_name
from works.papers import cells
from works.papers.cells import EMPTY, number_col, order_col
from works.papers.leader import leader_page
from works.papers.listing import plan_table, visit_table
from works.papers.model import Block, Cell, Col, Heading, Paper, Table, Text
from works.papers.notice import notice_paper, place_table, steps
from works.papers.sheet_work import why_of
from works.papers.teller import Drawings, Teller
from works.papers.totals import check_table
from works.plans import Plan
from works.progress.overall import Progress
from works.progress.work import TODO
from works.tasks.life import overdue_days
from works.visits import visits

LATE_ROWS = 50
"""So many overdue tasks are printed."""
_GROUPS = ("township", "lead")


def meeting_pack(
    board: Board,
    progress: Progress,
    lang: str,
    *,
    work: gpd.GeoDataFrame,
    plans: Sequence[Plan] = (),
    tasks: Sequence[Item] = (),
    issued: dt.date | None = None,
    due: dt.date | None = None,
    public: bool = False,
    demo: bool | None = None,
    drawings: Drawings | None = None,
) -> list[Paper]:
    """
    Give the papers of the monthly meeting, in the order in which they are turned over.

    Parameters
    ----------
    board
        What people read off the assessment, with that of the month before.
    progress
        Places, changes and how the work stands.
    lang
        ``zh`` or ``en``.
    work, plans
        The work list of the assessment, and what money would bring.
    tasks
        Work that is kept: what of it is overdue is listed.
    issued, due
        The day below the notice, and until when what it asks is to be done.
    public, demo, drawings
        As in ``works.papers.leader.leader_page``.

    Returns
    -------
    list of Paper
        Leader page, notice, places, what is overdue, next steps.

    Raises
    ------
    ConservationError
        If a total does not add up: then there is no pack.
    """
    places = progress.places["township"]
    page = leader_page(
        board, lang, plans=plans, places=places, public=public, demo=demo, drawings=drawings
    )
    told = notice_paper(board, progress, lang, plans=plans, issued=issued, due=due, demo=demo)
    made = _Pack(Teller(board, lang, public, demo, drawings), progress, work, plans, tasks)
    return [page, told, made.places(), made.overdue(), made.next()]


class _Pack:
    """Writes the tables of a meeting."""

    def __init__(
        self,
        teller: Teller,
        progress: Progress,
        work: gpd.GeoDataFrame,
        plans: Sequence[Plan],
        tasks: Sequence[Item],
    ) -> None:
        self.teller, self.board, self.progress = teller, teller.board, progress
        self.work, self.plans, self.tasks = work, plans, tasks
        self.say, self.lang = teller.say, teller.lang

    def _paper(self, key: str, blocks: Sequence[Block], *, names: bool = False) -> Paper:
        title = self.say(f"papers.meeting.{key}", month=self.teller.month)
        name = f"{self.teller.project} {title}"
        meta = self.teller.meta(filled=False)
        notes = self.teller.notes(self.teller.standard())
        return self.teller.paper(
            name, [self.teller.project, title], [*blocks, notes], meta=meta, names=names
        )

    def places(self) -> Paper:
        """Give townships and villages by their place."""
        blocks: list[Block] = []
        for level, places in self.progress.places.items():
            if not places.empty:
                title = self.say("papers.meeting.by_place", level=self.teller.level(level))
                blocks.append(place_table(self.teller, places, level, title=title))
        blocks.append(Text(self.say("papers.notice.score"), small=True))
        return self._paper("places", blocks)

    # ------------------------------------------------------------------ work

    def overdue(self) -> Paper:
        """Give how the work stands, who is waited for, and what is overdue."""
        return self._paper("overdue", list(self._work()), names=True)

    def _work(self) -> Iterator[Block]:
        report = self.progress.work
        if report is None:
            yield Text(self.say("papers.meeting.no_work"))
            return
        for by in _GROUPS:
            groups = report.groups[report.groups["by"] == by]
            records: list[Any] = groups.to_dict("records")
            yield self._groups(by, records)
        waiting: list[Any] = report.board.to_dict("records")
        if waiting:
            yield self._waiting(waiting)
        yield from self._late()

    def _groups(self, by: str, records: Sequence[Mapping[str, Any]]) -> Table:
        """Give the work by township or by department, the sum first."""
        say, names = self.say, ("all", "running", "done", "finished", "overdue")
        first = self.teller.level("township") if by == "township" else say("papers.head.lead")
        columns = (
            order_col(self.lang), Col(first, 2.0),
            *(number_col(say(f"papers.head.work_{name}"), 1.0) for name in names),
            number_col(say("papers.head.longest_late"), 1.1),
        )  # fmt: skip
        longest = max((int(row["overdue_days"]) for row in records), default=0)
        total = (
            EMPTY, Cell(say("all_units_row")),
            *(cells.count(sum(int(row[name]) for row in records)) for name in names),
            cells.count(longest),
        )  # fmt: skip
        rows = [
            (
                cells.count(place), Cell(text(row["name"]) or say("progress.nobody")),
                *(cells.count(int(row[name])) for name in names),
                cells.count(int(row["overdue_days"])),
            )
            for place, row in enumerate(records, 1)
        ]  # fmt: skip
        title = say("papers.meeting.by", name=first)
        table = Table(columns, (total, *rows), title=title, total=True, numbered=True)
        return check_table(table, range(2, 7))

    def _waiting(self, records: Sequence[Mapping[str, Any]]) -> Table:
        """Give what is waited for: step by step, and where most of it lies."""
        say = self.say
        columns = (
            order_col(self.lang), Col(say("progress.head.todo"), 2.0),
            number_col(say("papers.head.pieces"), 1.0),
            number_col(say("papers.head.work_overdue"), 1.0), Col(say("papers.head.where"), 3.5),
        )  # fmt: skip
        rows: list[tuple[Cell, ...]] = []
        for todo in TODO:
            mine = [row for row in records if row["todo"] == todo]
            if mine:
                named = [f"{text(row['township']) or say('progress.nobody')}{self._gap}{row['n']}"
                         for row in mine]  # fmt: skip
                rows.append(
                    (cells.count(len(rows) + 1), Cell(say(f"progress.todo.{todo}")),
                     cells.count(sum(int(row["n"]) for row in mine)),
                     cells.count(sum(int(row["overdue"]) for row in mine)),
                     Cell(self.teller.listed(named)))
                )  # fmt: skip
        return Table(columns, tuple(rows), title=say("papers.meeting.waiting"), numbered=True)

    @property
    def _gap(self) -> str:
        return "" if self.lang == "zh" else " "

    def _late(self) -> Iterator[Block]:
        """List the overdue tasks, the longest overdue first."""
        day = self.teller.found.as_of
        late = [(overdue_days(one, day), one) for one in self.tasks]
        late = sorted((pair for pair in late if pair[0] > 0), key=lambda pair: -pair[0])
        if not late:
            yield Text(self.say("papers.meeting.none_late"))
            return
        say, look = self.say, look_of(self.teller.found)
        columns = [
            order_col(self.lang), Col(say("papers.head.work_no"), 1.8),
            Col(self.teller.level("village"), 1.4), Col(say("papers.head.who"), 1.2),
            Col(say("papers.head.why_unmet"), 2.6), Col(say("papers.head.office"), 1.8),
            Col(say("papers.head.due"), 1.6), number_col(say("papers.head.days_late"), 0.9),
        ]  # fmt: skip
        rows = []
        for place, (days, one) in enumerate(late[:LATE_ROWS], 1):
            named = look.by_name(one)
            who = "" if named and self.teller.public else text(one["subject_name"])
            rows.append(
                (cells.count(place), cells.word(one["work_no"]), cells.word(one["village"]),
                 cells.word(short_name(who) if named else who), cells.word(why_of(one, self.lang)),
                 cells.word(text(one["office"]) or text(one["lead"])),
                 cells.day(one["due"], self.lang), cells.count(days))
            )  # fmt: skip
        shown = min(len(late), LATE_ROWS)
        title = say("papers.meeting.late", n=len(late), most=shown)
        yield Table(tuple(columns), tuple(rows), title=title, numbered=True)

    # ------------------------------------------------------------------ what comes next

    def next(self) -> Paper:
        """Give what comes next: what is asked, when goals are reached, money, visits."""
        blocks: list[Block] = []
        stop = self.say("say.stop")
        for place, one in enumerate(steps(self.teller, self.plans), 1):
            said = one.removesuffix(stop) + stop
            blocks.append(Text(self.say("papers.asked.n", n=place, said=said)))
        for key, table in (
            ("ahead", self._ahead()),
            ("plans", plan_table(self.teller, self.plans)),
            ("visits", visit_table(self.teller, visits(self.board, self.work, self.lang))),
        ):
            if table is not None:
                blocks += [Heading(self.say(f"papers.meeting.{key}"), 2), table]
        return self._paper("next", blocks or [Text(self.say("papers.report.nothing"))])

    def _ahead(self) -> Table | None:
        """Give when each goal of the whole is reached at the pace so far."""
        ahead, (level, unit) = self.progress.ahead, self.board.top
        mine = ahead[(ahead["level"] == level) & (ahead["unit_id"] == unit)]
        records: list[Any] = mine.to_dict("records")
        rows = [
            row
            for row in records
            if exact(row["missing"]) and row["target_id"] in self.board.targets
        ]
        if not rows:
            return None
        say = self.say
        columns = (
            order_col(self.lang), Col(say("papers.head.target"), 3.0),
            number_col(say("papers.head.needed"), 1.0), Col(say("papers.head.unit"), 0.8, "center"),
            Col(say("papers.head.ahead"), 4.0),
        )  # fmt: skip
        made = tuple(
            (cells.count(place), Cell(self.teller.brief(str(row["target_id"]))),
             cells.amount(row["missing"]), Cell(self.teller.unit(row["unit"])),
             Cell(text(row[f"said_{self.lang}"])))
            for place, row in enumerate(rows, 1)
        )  # fmt: skip
        return Table(columns, made, numbered=True)
