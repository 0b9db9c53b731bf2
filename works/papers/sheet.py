"""The village sheet 一村一策表: every target, what is missing, what to do, who, until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import geopandas as gpd

from layers.errors import UsageError
from layers.text import said
from layers.work_form import Item
from works.board import Board, Row
from works.card import Card, Need, card_of
from works.figures import blank, exact, needed_text, number, text
from works.library import load_costs
from works.lists import plurals
from works.papers import cells
from works.papers.cells import DASH, EMPTY, number_col, order_col
from works.papers.leader import has_map
from works.papers.model import Beside, Block, Cell, Col, Paper, Photo, Say, Sign, Table, Text
from works.papers.sheet_work import calls_of, tasks_of
from works.papers.teller import Drawings, Teller
from works.papers.totals import check_table, check_totals
from works.plans import money_text

_PHOTOS = 8
_MAP_WIDE, _MAP_HIGH = 156.0, 84.0


def village_sheet(
    board: Board,
    village: str,
    lang: str,
    *,
    work: gpd.GeoDataFrame,
    tasks: Sequence[Item] = (),
    photos: Sequence[Photo] = (),
    public: bool = False,
    demo: bool | None = None,
    drawings: Drawings | None = None,
) -> Paper:
    """
    Write the sheet of a village.

    Parameters
    ----------
    board
        What people read off the assessment.
    village
        Its id.
    lang
        ``zh`` or ``en``.
    work
        The work list of the assessment.
    tasks
        Work that is kept; only that of the village is shown.
    photos
        Its photos, before and after beside each other.
    public
        True for a sheet anybody may see: no names, no homes, no responsible persons.
    demo
        True where all of it is invented; None asks the project's name.
    drawings
        What draws the map; None leaves it out.

    Raises
    ------
    UsageError
        If there is no such village.
    ConservationError
        If a total does not add up: then there is no sheet.
    """
    check_totals(board)
    card = card_of(board, village, work)
    if card is None:
        msg = f"{village}: there is no such village in the assessment. Choose one of its ids."
        raise UsageError(msg)
    teller = Teller(board, lang, public, demo, drawings)
    mine = [one for one in tasks if text(one["village_id"]) == village]
    made = _Sheet(teller, card, work, mine)
    title = teller.say("papers.sheet.title", village=made.name)
    # The first page is also the picture: what the village is, where it fails, whom to ask.
    blocks: list[Block] = [*made.basis(), *made.verdict(), *made.map(), *calls_of(teller, card)]
    blocks += [made.targets(), *tasks_of(teller, mine), *_pictures(photos, public)]
    blocks += [made.foot(), Sign()]
    where = teller.say("papers.sheet.of", project=teller.project, township=card.township)
    meta = (where, *teller.meta(made.money_unit, filled=False))
    name = teller.say("papers.sheet.name", village=made.name, month=teller.month)
    return teller.paper(name, [title], blocks, meta=meta, names=True)


class _Sheet:
    """Writes the parts of a village's sheet."""

    def __init__(
        self, teller: Teller, card: Card, work: gpd.GeoDataFrame, tasks: Sequence[Item]
    ) -> None:
        self.teller, self.board, self.card, self.tasks_ = teller, teller.board, card, tasks
        self.say, self.lang = teller.say, teller.lang
        rows = work[work["village_id"] == card.village] if "village_id" in work else work.iloc[:0]
        self.work: list[Row] = rows.drop(columns="geometry").to_dict("records")
        self.kinds = load_costs()

    @property
    def name(self) -> str:
        """Give the village's name."""
        return self.board.name(self.card.village)

    @property
    def money_unit(self) -> str:
        """Give the unit of money, where all work has one."""
        known = {text(row["currency"]) for row in self.work if not blank(row["cost"])}
        return cells.money_unit(known.pop(), self.lang) if len(known) == 1 else ""

    # ------------------------------------------------------------------ what it is

    def basis(self) -> Iterator[Block]:
        """Give what is known of the village in two columns of pairs."""
        card, place = self.card, self.card.place
        pairs = [
            (self.teller.level("township"), card.township or cells.NOTHING),
            (self.say("papers.sheet.kind"), self._kind()),
            (self.say("papers.sheet.households"), self._declared("households")),
            (self.say("papers.sheet.population"), self._declared("population")),
        ]
        if not blank(place.get("households_resident")):
            pairs.append((self.say("papers.sheet.resident"), self._declared("households_resident")))
        met, judged = card.passed
        known, every = card.assessed
        pairs += [
            (self.say("papers.sheet.passed"), f"{met}/{judged}" if judged else cells.NOTHING),
            (self.say("papers.sheet.assessed"), f"{known}/{every}"),
            (self.say("papers.sheet.score"), self._score()),
        ]
        if len(pairs) % 2:
            pairs.append(("", ""))
        heads = ("papers.head.item", "papers.head.content")
        columns = tuple(Col(self.say(head), 1.3) for _ in range(2) for head in heads)
        rows = tuple(
            tuple(Cell(one) for pair in pairs[place : place + 2] for one in pair)
            for place in range(0, len(pairs), 2)
        )
        yield Table(columns, rows, title=self.say("papers.sheet.basis"))

    def _declared(self, name: str) -> str:
        value = self.card.place.get(name)
        return self.say("papers.unknown") if blank(value) else number(value)

    def _kind(self) -> str:
        place = self.card.place
        tags = []
        level, kind = text(place.get("demo_level")), text(place.get("class"))
        if level in ("provincial", "municipal", "county"):
            said_ = self.say(f"card.level.{level}")
            tags.append(self.say("card.tag.demo_level", level=said_))
        if text(place.get("ex_poor")) == "True":
            tags.append(self.say("card.tag.ex_poor"))
        if kind in ("cluster", "suburban", "characteristic", "relocation"):
            tags.append(self.say(f"card.tag.class.{kind}"))
        return self.teller.listed(tags) or cells.NOTHING

    def _score(self) -> str:
        shown = self.board.score(self.card.whole)
        points = exact(self.card.whole["unknown"])
        if not points or shown == cells.NOTHING:
            return shown
        return self.say("papers.sheet.points", score=shown, n=number(points))

    # ------------------------------------------------------------------ the verdict

    def verdict(self) -> Iterator[Block]:
        """Say whether it passes, and what it lacks."""
        word = self.say(f"status.{self.card.status}.short")
        lacks = self.board.lacks(
            self.board.lacking("village", self.card.village), self.lang, most=6, plain=True
        )
        if self.card.village in self.teller.unsent:
            lacks = self.say("papers.unsent")
        said_ = self.say("papers.sheet.verdict", word=word, lacks=lacks) if lacks else word
        yield Say(self.say("papers.sheet.status"), said_ + self.say("say.stop"))
        for need in self.card.needs:
            if need.cost is not None and need.row["status"] == "unmet":
                yield Text(self._least(need))
        if missing := [self.teller.brief(key) for key in self.board.unassessed]:
            named = self.teller.listed(missing)
            yield Text(self.say("papers.report.missing", n=len(missing), names=named), small=True)
        if self.card.doubts:
            n = len(self.card.doubts)
            names = self.teller.listed(
                self.teller.brief(str(row["target_id"])) for row in self.card.doubts
            )
            yield Text(self.say("papers.sheet.doubts", n=n, names=names), small=True)

    def _least(self, need: Need) -> str:
        """Say what is enough for a target, and what that costs at the least."""
        assert need.cost is not None
        return self.say(
            "papers.sheet.least",
            target=self.teller.brief(str(need.row["target_id"])),
            n=needed_text(need.row, self.lang),
            money=money_text(need.cost, need.currency, self.lang),
        )

    # ------------------------------------------------------------------ all targets

    def targets(self) -> Table:
        """Give every target: how it is, the goal, what is missing, what to do, who, until when."""
        say = self.say
        unit = self.money_unit
        money = say("papers.head.cost_short", unit=unit) if unit else say("papers.head.cost_plain")
        columns = [
            order_col(self.lang), Col(say("papers.head.target"), 2.3),
            number_col(say("papers.head.now"), 1.3), number_col(say("papers.head.goal"), 0.9),
            Col(say("papers.head.status"), 1.1), number_col(say("papers.head.needed"), 1.0),
            Col(say("papers.head.do"), 2.4), number_col(money, 0.9),
            Col(say("papers.head.office"), 1.8), Col(say("papers.head.due"), 0.9, "center"),
        ]  # fmt: skip
        rows = [self._target(place, row) for place, row in enumerate(self._rows(), 1)]
        total = [EMPTY, Cell(say("all_units_row")), DASH, DASH, DASH, DASH, DASH]
        cost = sum((exact(row[7].value) for row in rows), Fraction(0))
        shown = cells.money_sum(cost, unit, self.lang) if unit else DASH
        table = Table(
            tuple(columns), ((*total, shown, DASH, DASH), *rows),
            title=say("papers.sheet.targets"), total=True, numbered=True,
        )  # fmt: skip
        return check_table(table, (7,) if unit else ())

    def _rows(self) -> list[Row]:
        """Give all targets that apply and are assessed anywhere: required ones first."""
        found = [
            row
            for key in self.board.targets
            if (row := self.board.row("village", self.card.village, key)) is not None
            and row["status"] != "not_applicable"
            and key not in self.board.unassessed
        ]
        return sorted(found, key=lambda row: row["kind"] != "required")

    def _target(self, place: int, row: Row) -> tuple[Cell, ...]:
        target = str(row["target_id"])
        mine = [one for one in self.work if one["target_id"] == target]
        return (
            cells.count(place), Cell(self.teller.brief(target)), self._now(row),
            self._goal(row), cells.status(row, self.lang),
            self._needed(row), cells.word(self._todo(row, mine)), self._cost(mine),
            cells.word(said(self.board.targets[target].lead, self.lang)), self._due(target),
        )  # fmt: skip

    def _now(self, row: Row) -> Cell:
        """Print how it is: a share with its count, or yes and no for the village itself."""
        if row["status"] == "not_assessed":
            return cells.unknown(self.lang)
        if _yes_or_no(row):
            if exact(row["unknown"]):
                return cells.unknown(self.lang)
            return Cell(self.say("word.true" if exact(row["met"]) else "word.false"))
        share = cells.share(row, self.lang)
        size = f"{number(row['met'])}/{number(row['amount'])}"
        return Cell(self.say("papers.sheet.now", share=share.text, size=size), share.value)

    def _goal(self, row: Row) -> Cell:
        if _yes_or_no(row):
            return Cell(self.say("word.true")) if text(row["goal"]) else DASH
        return cells.goal(self.board, row, self.lang)

    def _needed(self, row: Row) -> Cell:
        need = cells.needed(row, self.lang)
        if need.text == cells.NOTHING or row["status"] == "not_assessed":
            return need
        unit = self.teller.unit(row["unit"], one=need.text == "1")
        return Cell(f"{need.text}{'' if self.lang == 'zh' else ' '}{unit}", need.value)

    def _todo(self, row: Row, work: Sequence[Row]) -> str:
        """Say what work there is, kind by kind; else to verify, or to complete the ledger."""
        kinds: dict[str, Fraction] = {}
        for one in work:
            kinds[text(one["kind"])] = kinds.get(text(one["kind"]), Fraction(0)) + exact(
                one["quantity"]
            )
        told = []
        for kind, size in kinds.items():
            known = self.kinds.get(kind)
            title = said(known.title, self.lang) if known else self._title(work, kind)
            unit = said(known.unit, self.lang) if known else ""
            if self.lang == "en" and size != 1:
                unit = plurals().get(unit, unit)
            told.append(self.say("paper.mend", title=title, n=number(size), unit=unit))
        if row["status"] == "not_assessed":
            told.append(self.say("papers.sheet.survey"))
        elif exact(row["unknown"]):
            n = self.teller.amount(row["unknown"], row["unit"])
            told.append(self.say("papers.sheet.verify", n=n))
        return self.say("say.joint").join(told)

    def _title(self, work: Sequence[Row], kind: str) -> str:
        return next(text(one[f"title_{self.lang}"]) for one in work if text(one["kind"]) == kind)

    def _cost(self, work: Sequence[Row]) -> Cell:
        """Add up what work costs; — where there is none."""
        if not work:
            return DASH
        if any(blank(one["cost"]) for one in work):
            return cells.unknown(self.lang)
        total = sum((exact(one["cost"]) for one in work), Fraction(0))
        return cells.money_exact(total, text(work[0]["currency"]), self.lang)

    def _due(self, target: str) -> Cell:
        """Give when kept work on a target is due: the last day; — where none is kept."""
        days = [
            text(one["due"]) for one in self.tasks_ if one["target_id"] == target and one["due"]
        ]
        return cells.short_day(max(days), self.teller.found.as_of, self.lang) if days else DASH

    # ------------------------------------------------------------------ the map

    def map(self) -> Iterator[Block]:
        """Give the map of the village with what falls short there."""
        drawn = self.teller.drawings
        if drawn is not None and has_map(self.board):
            yield drawn.village_map(
                self.board, self.card.village, self.lang, wide_mm=_MAP_WIDE, high_mm=_MAP_HIGH,
                public=self.teller.public,
            )  # fmt: skip

    def foot(self) -> Block:
        """Give the notes: the standard, that it adds up, whose names are cut."""
        say = self.say
        target = self.teller.headline
        row = self.board.row("village", self.card.village, target) if target else None
        check = ""
        if row is not None and exact(row["amount"]):
            parts = say("papers.plus").join(number(row[one]) for one in ("met", "unmet", "unknown"))
            n = self.teller.amount(row["amount"], row["unit"])
            check = say("papers.sheet.check", target=self.teller.brief(target), parts=parts, n=n)
        hidden = "papers.sheet.public" if self.teller.public else "papers.sheet.names"
        return self.teller.notes(
            self.teller.standard(), check, say("papers.sheet.money"), say(hidden)
        )


def _yes_or_no(row: Row) -> bool:
    """Tell whether a target asks one question of the village itself."""
    return row["unit"] == "village" and exact(row["amount"]) == 1


def _pictures(photos: Sequence[Photo], public: bool) -> Iterator[Block]:
    """Give photos two by two; a paper for everybody shows none, for they may show anybody."""
    shown = () if public else photos[:_PHOTOS]
    for place in range(0, len(shown), 2):
        yield Beside(tuple(shown[place : place + 2]))
