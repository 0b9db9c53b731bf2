"""The notice 通报: how it stands, the places, what is wrong, what is asked; unit and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geo.progress import CROSSED, SLIPPED, Compared
from layers.text import said
from works.board import Board, Row
from works.desk.periods import named_moves
from works.figures import blank, exact, text
from works.papers import cells
from works.papers.cells import DASH, number_col
from works.papers.model import Block, Cell, Col, Paper, Say, Sign, Table, Text
from works.papers.tables import failing, target_rows, worst
from works.papers.teller import Teller
from works.papers.totals import check_totals
from works.plans import Plan, money_text, total_cost
from works.progress.overall import Progress
from works.ranking import INCOMPLETE, arrow
from works.sentences import by_phone, calls, percent_text, sentences

WORST = 3
_NAMED = 5


def notice_paper(
    board: Board,
    progress: Progress,
    lang: str,
    *,
    plans: Sequence[Plan] = (),
    issued: dt.date | None = None,
    due: dt.date | None = None,
    demo: bool | None = None,
) -> Paper:
    """
    Write the monthly notice to the townships.

    Parameters
    ----------
    board
        What people read off the assessment.
    progress
        The places, what changed since the earlier period, and how the work stands.
    lang
        ``zh`` or ``en``.
    plans
        What money would bring.
    issued
        The day below it; the day of the data where it is not given.
    due
        Until when what it asks is to be done; left open where it is not given.
    demo
        True where all of it is invented; None asks the project's name.

    Raises
    ------
    ConservationError
        If a total does not add up: then there is no notice.
    """
    check_totals(board)
    teller = Teller(board, lang, public=True, demo=demo)
    made = _Notice(teller, progress, plans, due)
    say = teller.say
    title = say("papers.notice.title", project=teller.project, month=teller.month, noun=made.noun)
    blocks: list[Block] = [Text(say("papers.notice.to", level=teller.noun("township")))]
    blocks.append(Text(say("papers.notice.begin", day=teller.day, standard=teller.standard())))
    blocks += [teller.heading(1, "overall"), *made.overall()]
    blocks += [teller.heading(2, "places"), *made.places()]
    blocks += [teller.heading(3, "problems"), *made.problems()]
    blocks += [teller.heading(4, "asked"), *made.asked()]
    blocks.append(Sign(say("papers.notice.signed", unit=teller.project, day=made.day(issued))))
    return teller.paper(title, [title], blocks)


class _Notice:
    """Writes the parts of a notice."""

    def __init__(
        self, teller: Teller, progress: Progress, plans: Sequence[Plan], due: dt.date | None
    ) -> None:
        self.teller, self.progress, self.plans, self.due = teller, progress, plans, due
        self.board, self.say, self.lang = teller.board, teller.say, teller.lang

    @property
    def noun(self) -> str:
        """Give what the programme builds: the villages the standard binds, if they have a name."""
        word = self.board.bound_word(self.lang)
        return word if self.lang == "zh" else word.lower()

    def day(self, issued: dt.date | None) -> str:
        """Print the day below the notice."""
        return cells.day((issued or self.teller.found.as_of).isoformat(), self.lang).text

    # ------------------------------------------------------------------ how it stands

    def overall(self) -> list[Block]:
        """Say how it stands, and who moved since the earlier period."""
        said = sentences(self.board, self.lang, self.plans)
        told: list[Block] = [Text(one.text) for one in said[:2]]
        compared = self.progress.compared
        if compared is not None and (moves := self.moves(compared)):
            told.append(Text(moves))
        return told

    def moves(self, compared: Compared) -> str:
        """Name the villages that crossed the line or slipped, and what alone made them move."""
        told = []
        for move in (CROSSED, SLIPPED):
            named = named_moves(compared, move)
            parts = [
                self.say(
                    "papers.notice.cause",
                    names=self.teller.listed(names, _NAMED),
                    cause=self.say(f"progress.cause.{cause}"),
                )
                for cause, names in named.items()
            ]
            if parts:
                n = sum(len(names) for names in named.values())
                names = self.say("say.joint").join(parts)
                told.append(self.say(f"papers.notice.{move}", n=n, names=names))
        return "".join(told)

    # ------------------------------------------------------------------ places

    def places(self) -> list[Block]:
        """Give the table of places, and who has none."""
        places = self.progress.places["township"]
        if places.empty:
            return [Text(self.say("papers.notice.no_places"))]
        blocks: list[Block] = [Text(self.say("papers.notice.places", month=self.teller.month))]
        blocks.append(place_table(self.teller, places, "township"))
        lost = [text(name) for name in places.loc[places["unranked"] == INCOMPLETE, "unit_name"]]
        if lost:
            blocks.append(Text(self.teller.unranked(lost)))
        blocks.append(Text(self.say("papers.notice.score"), small=True))
        return blocks

    # ------------------------------------------------------------------ what is wrong

    def problems(self) -> list[Block]:
        """Name the worst targets with their villages, ledgers not sent, and work overdue."""
        told = problems(self.teller)
        work = self.progress.work
        if work is not None and work.overdue:
            told.append(Say(self.say("papers.problem.overdue"), self.overdue()))
        if self.progress.paper:
            n = len(self.progress.paper)
            label = self.say("papers.problem.paper")
            told.append(Say(label, self.say("papers.problem.paper_said", n=n)))
        return list(told) or [Text(self.say("papers.problem.none"))]

    def overdue(self) -> str:
        """Say how much work is overdue, and where most."""
        assert self.progress.work is not None
        groups = self.progress.work.groups
        rows: list[Any] = groups[(groups["by"] == "township") & (groups["overdue"] > 0)].to_dict(
            "records"
        )
        named = [
            self.say("papers.problem.late_in", name=text(row["name"]), n=row["overdue"])
            for row in rows
        ]
        return self.say(
            "papers.problem.overdue_said",
            n=self.progress.work.overdue,
            names=self.teller.listed(named, _NAMED),
        )

    # ------------------------------------------------------------------ what is asked

    def asked(self) -> list[Block]:
        """Say what the townships are to do next."""
        due = self.say("papers.asked.by", day=self.day(self.due)) if self.due else ""
        told = [one for one in steps(self.teller, self.plans, due) if one]
        if due and not told:
            # The day is never lost, also where no step is to be named.
            told.append(self.say("papers.asked.lists") + due)
        work = self.progress.work
        if work is not None and work.overdue:
            told.append(self.say("papers.asked.overdue", n=work.overdue))
        told.append(self.say("papers.asked.report"))
        stop = self.say("say.stop")
        return [
            Text(self.say("papers.asked.n", n=place, said=one.removesuffix(stop) + stop))
            for place, one in enumerate(told, 1)
        ]


# ---------------------------------------------------------------------------------- shared parts


def place_table(teller: Teller, places: pd.DataFrame, level: str, *, title: str = "") -> Table:
    """
    Give units by their place.

    Parameters
    ----------
    teller
        What the paper is about.
    places
        Their ranking (``works.ranking``).
    level
        ``township`` or ``village``.
    title
        Title of the table.
    """
    say, towns = teller.say, level == "township"
    columns = [Col(say("papers.head.place"), 0.9, "center"), Col(teller.level(level), 1.7)]
    if towns:
        columns += [number_col(say("papers.head.villages", level=teller.level("village")), 1.1)]
        columns += [number_col(say("papers.head.met_villages"), 1.1)]
        columns += [number_col(say("papers.head.rate"), 1.1)]
    else:
        columns += [Col(teller.level("township"), 1.4)]
    columns += [number_col(say("papers.head.score"), 1.0)]
    columns += [number_col(say("papers.head.points_unknown"), 1.1)]
    columns += [Col(say("papers.head.place_before"), 1.0, "center")]
    columns += [Col(say("papers.head.change"), 0.9, "center")]
    records: list[Any] = places.to_dict("records")
    rows = tuple(_place_row(teller, row, towns) for row in records)
    return Table(tuple(columns), rows, title=title)


def _place_row(teller: Teller, row: Mapping[str, Any], towns: bool) -> tuple[Cell, ...]:
    lang = teller.lang
    if row["unranked"]:
        known = row["unranked"] == INCOMPLETE
        place = Cell(teller.say("papers.unranked" if known else "status.not_assessed.short"))
    else:
        place = cells.count(int(row["place"]))
    name = text(row["unit_name"]) if towns else teller.board.name(str(row["unit_id"]))
    line = [place, Cell(name)]
    if towns:
        line += [cells.count(int(row["villages"])), cells.count(int(row["villages_met"]))]
        line.append(cells.rate(int(row["villages_met"]), int(row["villages"])))
    else:
        line.append(cells.word(row["township"]))
    nothing = blank(row["score"]) or row["score"] == cells.NOTHING
    line += [cells.unknown(lang) if nothing else cells.points(row["score"])]
    line += [cells.points(row["unknown"])]
    before = DASH if blank(row["place_before"]) else cells.count(int(row["place_before"]))
    return (*line, before, Cell(arrow(None if blank(row["moved"]) else int(row["moved"]))))


def problems(teller: Teller, most: int = WORST) -> list[Block]:
    """Say which targets keep most villages from passing, with the villages; who sent nothing."""
    board, say = teller.board, teller.say
    told: list[Block] = []
    rows = target_rows(board, *board.top)
    short = [row for row in worst(rows) if row["kind"] == "required"]
    for row in (short or worst(rows))[:most]:
        told.append(Say(_labelled(teller, row), _problem(teller, row)))
    if teller.unsent:
        names = teller.villages(teller.unsent, _NAMED)
        label, said = say("papers.problem.unsent"), say("papers.problem.unsent_said", names=names)
        told.append(Say(label, said))
    return told


def _labelled(teller: Teller, row: Row) -> str:
    return teller.say("papers.problem.label", target=teller.brief(str(row["target_id"])))


def _problem(teller: Teller, row: Row) -> str:
    """Say a target's share, what is needed, and the villages that fail or are not known."""
    board, say, target = teller.board, teller.say, str(row["target_id"])
    told = []
    if row["unit"] != "village" and exact(row["amount"]):
        share = say("papers.problem.share", share=percent_text(row, teller.lang))
        if exact(row["unknown"]):
            share += say("over.verify", n=teller.amount(row["unknown"], row["unit"]))
        told.append(share)
    need = cells.needed(row, teller.lang)
    if need.text != cells.NOTHING:
        told.append(
            say("papers.problem.needed", n=f"{need.text}{_gap(teller)}{_unit(teller, row)}")
        )
    villages = list(board.statuses())
    for status in ("unmet", "undetermined"):
        names = failing(board, target, villages, status)
        if names:
            told.append(
                say(f"papers.problem.{status}", n=len(names),
                    names=teller.villages(names, _NAMED))
            )  # fmt: skip
    return say("say.joint").join(told) + say("say.stop")


def _gap(teller: Teller) -> str:
    return "" if teller.lang == "zh" else " "


def _unit(teller: Teller, row: Row) -> str:
    return teller.unit(row["unit"], one=cells.needed(row, teller.lang).text == "1")


def steps(teller: Teller, plans: Sequence[Plan], due: str = "") -> list[str]:
    """Say what comes next: ledgers, calls, works; ``due`` stands behind each."""
    board, say, told = teller.board, teller.say, []
    if teller.unsent:
        told.append(say("papers.asked.unsent", names=teller.villages(teller.unsent, _NAMED)) + due)
    found = calls(board)
    if not found.empty:
        sums = found.groupby("unit", sort=False)["visits"].sum()
        amounts = teller.listed(teller.amount(n, unit) for unit, n in sums.items())
        names = teller.villages(dict.fromkeys(found["unit_id"].map(str)), _NAMED)
        told.append(say(f"papers.asked.{by_phone(sums.index)}", n=amounts, names=names) + due)
    if plans:
        chosen = list(plans[:_NAMED])
        money = money_text(total_cost(chosen), chosen[0].currency, teller.lang)
        names = teller.villages(plan.village for plan in chosen)
        told.append(say("papers.asked.work", names=names, money=money) + due)
    rows = [row for row in target_rows(board, *board.top, "required") if row["status"] == "unmet"]
    leads = dict.fromkeys(lead for row in worst(rows) if (lead := _lead(teller, row)))
    if leads:
        told.append(say("papers.asked.leads", names=teller.listed(leads, _NAMED)) + due)
    return told


def _lead(teller: Teller, row: Row) -> str:
    return said(teller.board.targets[str(row["target_id"])].lead, teller.lang)
