"""Full reports of a county, a township or a village: the report and its annexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import pandas as pd

from layers.errors import UsageError
from layers.work_form import Item
from works.board import ALL, Board
from works.figures import text
from works.library import load_costs
from works.lists import Lists, Wanted
from works.papers import cells
from works.papers.leader import has_map, shown_targets
from works.papers.listing import (
    effort_table,
    excluded_table,
    gap_table,
    plan_table,
    survey_table,
    visit_table,
)
from works.papers.model import (
    Block,
    Heading,
    Paper,
    Photo,
    Say,
    Sign,
    Text,
)
from works.papers.notice import problems, steps
from works.papers.setting import WIDE
from works.papers.shares import beside_table, grade_table
from works.papers.sheet import village_sheet
from works.papers.tables import target_rows, target_table, town_table, village_table
from works.papers.teller import Drawings, Teller
from works.papers.totals import check_totals
from works.part import part_of
from works.plans import Plan
from works.sentences import sentences
from works.visits import visits

_MAP_HIGH = 110.0


def unit_report(
    board: Board,
    level: str,
    unit: str,
    lang: str,
    *,
    work: gpd.GeoDataFrame,
    plans: Sequence[Plan] = (),
    tasks: Sequence[Item] = (),
    photos: Sequence[Photo] = (),
    places: pd.DataFrame | None = None,
    public: bool = False,
    demo: bool | None = None,
    drawings: Drawings | None = None,
) -> list[Paper]:
    """
    Write the full report of a place: the report first, then its annexes.

    Parameters
    ----------
    board
        What people read off the assessment of the whole project.
    level, unit
        The place: the widest level, ``township`` or ``village``, and its id.
    lang
        ``zh`` or ``en``.
    work
        The work list of the assessment (``works.worklist``).
    plans
        What money would bring (``works.plans.plans``).
    tasks, photos
        Kept work and photos of a village; other places do not show them.
    places
        The ranking of the townships; made from the board where it is not given.
    public
        True for a report anybody may see.
    demo
        True where all of it is invented; None asks the project's name.
    drawings
        What draws (``works.papers.draw``); None leaves drawings out.

    Raises
    ------
    UsageError
        If there is no such place.
    ConservationError
        If a total does not add up: then there is no report.
    """
    check_totals(board)
    if level == "village":
        teller = Teller(board, lang, public, demo, drawings)
        first = village_sheet(
            board, unit, lang, work=work, tasks=tasks, photos=photos, public=public, demo=demo,
            drawings=drawings,
        )  # fmt: skip
        wanted = Wanted(village=unit)
        return [first, *_Report(teller, board, work, wanted, plans).village_annexes(unit)]
    if (level, unit) == board.top:
        teller = Teller(board, lang, public, demo, drawings)
        return _Report(teller, board, work, Wanted(), plans, places).papers()
    if level == "township" and board.row(level, unit) is not None:
        part = part_of(board, unit)
        teller = Teller(part, lang, public, demo, drawings)
        mine = [plan for plan in plans if plan.village in part.statuses()]
        return _Report(teller, board, work, Wanted(township=unit), mine, places).papers()
    msg = f"{unit}: there is no such {level}. Choose one of {_some(board, level)}."
    raise UsageError(msg)


def _some(board: Board, level: str) -> str:
    return ", ".join(f"{unit} ({name})" for unit, name in board.units(level)[:5]) or "another level"


class _Report:
    """Writes the report of a county or a township."""

    def __init__(
        self,
        teller: Teller,
        whole: Board,
        work: gpd.GeoDataFrame,
        wanted: Wanted,
        plans: Sequence[Plan],
        places: pd.DataFrame | None = None,
    ) -> None:
        self.teller, self.board, self.whole, self.work = teller, teller.board, whole, work
        self.wanted, self.plans, self.places_ = wanted, plans, places
        self.lists = Lists(whole, work, load_costs())
        self.say, self.lang = teller.say, teller.lang
        self.township = wanted.township or ""

    @property
    def name(self) -> str:
        """Give what the place is called."""
        if not self.township:
            return self.teller.project
        row = self.board.total()
        return self.township if row is None else text(row["unit_name"]) or self.township

    def papers(self) -> list[Paper]:
        """Give the report and its annexes."""
        return [self.report(), *self.annexes()]

    # ------------------------------------------------------------------ the report

    def report(self) -> Paper:
        """Give the report itself."""
        teller, say = self.teller, self.say
        above = [self.name] if not self.township else [f"{teller.project}{self.name}"]
        title = [*above, say("papers.report.title", month=teller.month)]
        towns = not self.township and bool(self.board.units("township"))
        parts = (
            ("overall", self.overall()), ("targets", self.targets()),
            ("townships" if towns else "villages", self.members()),
            ("problems", problems(teller, 5) or [Text(say("papers.problem.none"))]),
            ("money", self.next()),
        )  # fmt: skip
        blocks: list[Block] = []
        for place, (key, inner) in enumerate(parts, 1):
            level = teller.noun("township" if key == "townships" else "village")
            blocks += [teller.heading(place, key, level=level), *inner]
        blocks += [teller.notes(teller.standard(), *teller.counted(teller.headline),
                                say("report.read_range")), Sign()]  # fmt: skip
        meta = teller.meta(say("papers.unit.count"), "%", self._money())
        name = say("papers.report.name", place=self.name, month=teller.month)
        return teller.paper(name, title, blocks, meta=meta)

    def _money(self) -> str:
        frame = self.lists.pick("work", self.wanted)
        currencies = frame["currency"].map(text).unique().tolist() if len(frame) else []
        return cells.money_unit(currencies[0], self.lang) if len(currencies) == 1 else ""

    def overall(self) -> Iterator[Block]:
        """Say how it stands, and show it on a map."""
        for one in sentences(self.board, self.lang, self.plans):
            stop = "。" if self.lang == "zh" else "."
            yield Say(f"{one.label}{stop}", one.text)
        drawn = self.teller.drawings
        if drawn is not None and has_map(self.board):
            yield drawn.county_map(
                self.whole, ALL, self.lang, wide_mm=WIDE, high_mm=_MAP_HIGH,
                public=self.teller.public, township=self.township or None,
            )  # fmt: skip

    def targets(self) -> Iterator[Block]:
        """Give required targets with their bars, grades and other denominators."""
        top, teller = self.board.top, self.teller
        required = target_rows(self.board, *top, "required")
        rows = required or target_rows(self.board, *top)
        if not rows:
            yield Text(self.say("say.nothing"))
            return
        key = "papers.table.required" if required else "papers.table.all_targets"
        yield target_table(teller, rows, title=self.say(key), brief=True)
        if teller.drawings is not None and (shown := shown_targets(self.board)):
            yield teller.drawings.bars(self.board, shown, self.lang, WIDE)
        yield from self._scored()
        graded_ones = [str(row["target_id"]) for row in rows]
        for target in graded_ones:
            if (made := grade_table(teller, target)) is not None:
                yield made
        if (other := beside_table(teller)) is not None:
            yield other
        if missing := [teller.brief(key) for key in self.board.unassessed]:
            named = teller.listed(missing)
            yield Text(self.say("papers.report.missing", n=len(missing), names=named))

    def _scored(self) -> Iterator[Block]:
        scored = target_rows(self.board, *self.board.top, "scored")
        if scored and target_rows(self.board, *self.board.top, "required"):
            counts = {name: sum(row["status"] == name for row in scored)
                      for name in ("met", "undetermined", "unmet", "reported")}  # fmt: skip
            yield Text(self.say("papers.report.scored", n=len(scored), **counts))

    def members(self) -> Iterator[Block]:
        """Give the townships of a county, or the villages of a township."""
        towns = None if self.township else town_table(self.teller, self.places_)
        if towns is None:
            table = village_table(self.teller, self.township, brief=True)
            if table is not None:
                yield table
            return
        yield towns.table
        if towns.unranked:
            yield Text(self.teller.unranked(towns.unranked))
        for unit, name in self.board.units("township"):
            if self.board.villages_of(unit):
                told = sentences(part_of(self.board, unit), self.lang)[:2]
                yield Say(self.say("papers.report.place", name=name),
                          "".join(one.text + self._gap for one in told).strip())  # fmt: skip

    @property
    def _gap(self) -> str:
        return "" if self.lang == "zh" else " "

    def next(self) -> Iterator[Block]:
        """Give what is to be built and what it costs, which villages come first, what to do."""
        effort = effort_table(self.teller, self.lists, self.wanted)
        if effort is not None:
            yield self.part(1, "effort")
            yield effort
            if self.lists.rough(self.lists.pick("work", self.wanted)):
                yield Text(self.say("papers.report.rough"), small=True)
        plan = plan_table(self.teller, self.plans)
        if plan is not None:
            yield self.part(2 if effort else 1, "plans")
            yield plan
        yield self.part(1 + sum(one is not None for one in (effort, plan)), "next")
        inside_work = self.lists.pick("work", self.wanted)
        chosen = visit_table(self.teller, visits(self.board, inside_work, self.lang))
        told = steps(self.teller, self.plans)
        stop = self.say("say.stop")
        for place, one in enumerate(told, 1):
            yield Text(self.say("papers.asked.n", n=place, said=one.removesuffix(stop) + stop))
        if chosen is not None:
            yield Text(self.say("papers.report.visit"), strong=True)
            yield chosen
        if not told and chosen is None:
            yield Text(self.say("papers.report.nothing"))

    def part(self, place: int, key: str) -> Heading:
        """Give a heading of the second level."""
        sign = f"（{'一二三'[place - 1]}）" if self.lang == "zh" else f"({place}) "
        return Heading(sign + self.say(f"papers.part.{key}"), 2)

    # ------------------------------------------------------------------ annexes

    def annexes(self) -> list[Paper]:
        """Give the annexes: targets, villages, gaps, what is to be verified, who is left out."""
        top, say = self.board.top, self.say
        rows = target_rows(self.board, *top)
        parts: list[tuple[str, Sequence[Block], bool]] = []
        if rows:
            parts.append(("targets", [target_table(self.teller, rows)], False))
        if villages := list(self._villages()):
            parts.append(("villages", villages, False))
        return [
            self._annex(number, say(f"papers.annex.{key}", place=self.name), blocks, names)
            for number, (key, blocks, names) in enumerate([*parts, *self._lists(self.wanted)], 1)
        ]

    def village_annexes(self, village: str) -> list[Paper]:
        """Give the lists of one village as annexes."""
        place = self.board.name(village)
        return [
            self._annex(number, self.say(f"papers.annex.{key}", place=place), blocks, names)
            for number, (key, blocks, names) in enumerate(self._lists(self.wanted), 1)
        ]

    def _lists(self, wanted: Wanted) -> Iterator[tuple[str, Sequence[Block], bool]]:
        teller = self.teller
        must = wanted._replace(
            required=any(t.kind == "required" for t in self.board.targets.values())
        )
        for key, make in (("gaps", gap_table), ("survey", survey_table)):
            table = make(teller, self.lists, must) or make(teller, self.lists, wanted)
            if table is not None:
                yield key, [table], True
        aside = excluded_table(teller, wanted.village)
        if aside is not None:
            yield "excluded", [aside], True

    def _villages(self) -> Iterator[Block]:
        """Give the villages township by township."""
        units = [] if self.township else self.board.units("township")
        if not units:
            table = village_table(self.teller, self.township)
            if table is not None:
                yield table
        for unit, name in units:
            table = village_table(self.teller, unit, title=name)
            if table is not None:
                yield table
        inside_one = {one for unit, _ in units for one in self.board.villages_of(unit)}
        apart = [one for one in self.board.statuses() if one not in inside_one] if units else []
        title = self.say("papers.apart", level=self.teller.noun("township"))
        table = village_table(self.teller, villages=apart, title=title)
        if table is not None:
            yield table

    def _annex(self, number: int, title: str, blocks: Sequence[Block], names: bool) -> Paper:
        teller = self.teller
        meta = teller.meta(filled=False)
        last: list[Block] = [teller.notes(teller.standard()), Sign()]
        label = self.say("paper.annex", n=number)
        return teller.paper(
            f"{label} {title}", [title], [*blocks, *last], meta=meta, names=names, attached=number
        )
