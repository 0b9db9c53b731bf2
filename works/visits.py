"""Which villages to visit: those a visit settles or moves most, each with why and what to do.

One village of each kind comes first, in the order of :data:`KINDS`: an undetermined one settled by
the fewest calls, one that fails by little, one whose ledger is doubtful, one with dark stretches,
one with homes far from what they need. Then come further undetermined and near ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from geo.target import Join, Measure, Target
from layers.text import percent
from works.audit import doubts
from works.board import Board, Row
from works.dark import dark_parts
from works.figures import (
    amount_text,
    blank,
    exact,
    needed_text,
    number,
    text,
)
from works.sentences import by_phone, calls, percent_text, unsent
from works.speech import Piece, Speech

Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Visit:
    """
    A village to visit.

    Attributes
    ----------
    village, status
        Its id and its verdict.
    kind
        One of :data:`KINDS`.
    why, what
        What is the matter there, and what to do.
    """

    village: str
    status: str
    kind: str
    why: Pieces
    what: Pieces


def visits(board: Board, work: pd.DataFrame, lang: str, most: int = 5) -> list[Visit]:
    """
    Choose the villages to visit.

    Parameters
    ----------
    board
        The assessment as it is read.
    work
        Its work list (``works.worklist``).
    lang
        ``zh`` or ``en``.
    most
        How many at most.

    Returns
    -------
    list of Visit
        In the order of :data:`KINDS`, each village once.
    """
    finder = _Finder(board, work, lang)
    waiting = {kind: find(finder) for kind, find in _FINDERS.items()}
    chosen: dict[str, Visit] = {}

    def take(kind: str) -> bool:
        found = next((one for one in waiting[kind] if one.village not in chosen), None)
        if found is not None:
            chosen[found.village] = found
        return found is not None

    for kind in KINDS:
        if len(chosen) < most:
            take(kind)
    # A second round of pointed remarks would hide how near the other villages are.
    while len(chosen) < most and any(take(kind) for kind in _AGAIN):
        pass
    found = sorted(chosen.values(), key=lambda visit: KINDS.index(visit.kind))
    return found[:most]


class _Finder:
    """Looks for villages of each kind, the first one to visit first."""

    def __init__(self, board: Board, work: pd.DataFrame, lang: str) -> None:
        self.board, self.work, self.lang = board, work, lang
        self.statuses = board.statuses()

    def speech(self) -> Speech:
        return Speech(self.lang)

    def title(self, speech: Speech, target: str) -> str:
        """Give a target's title without what it explains in brackets."""
        full = self.board.title(target, self.lang)
        return speech.data(re.split(r" ?[（(]", full)[0] or full)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        return pd.DataFrame(self.board.assessment.gaps)

    def visit(self, village: str, kind: str, speech: Speech, why: str, what: str) -> Visit:
        pieces = speech.pieces(why), speech.pieces(what)
        return Visit(village, self.statuses[village], kind, *pieces)

    # ---------------------------------------------------------------- one line per kind

    def undetermined(self) -> Iterator[Visit]:
        """Give undetermined villages, fewest calls first."""
        for village, rows in calls(self.board).groupby("unit_id", sort=False):
            speech, row = self.speech(), rows.iloc[0]
            found = self.board.row("village", str(village), str(row["target_id"]))
            if found is None:
                continue
            units = rows.groupby("unit", sort=False)["visits"].sum()
            counts = [speech.bold(amount_text(n, u, self.lang)) for u, n in units.items()]
            n = speech.say("over.and").join(counts)
            why = self.share(speech, "visit.open", found)
            what = speech.say(f"visit.{by_phone(units.index)}", n=n)
            yield self.visit(str(village), "undetermined", speech, why, what)

    def share(self, speech: Speech, key: str, row: Row) -> str:
        """Say a target's share in a village, and how much of it is to be verified."""
        unknown = amount_text(row["unknown"], row["unit"], self.lang)
        verify = speech.say("over.verify", n=unknown) if exact(row["unknown"]) else ""
        title = self.title(speech, str(row["target_id"]))
        share = percent_text(row, self.lang)
        return speech.say(key, target=title, share=share, verify=verify)

    def near(self) -> Iterator[Visit]:
        """Give villages that fail, those with the fewest failed targets and smallest step first."""
        for village in self.board.nearness:
            if self.statuses[village] != "unmet":
                continue
            lacks = self.board.lacking("village", village)
            failed = [row for row in lacks if row["status"] == "unmet"]
            speech = self.speech()
            why = self.fails(speech, failed[0])
            if len(failed) > 1:
                why += speech.say("visit.more", n=len(failed) - 1)
            what = self.to_do(speech, village, failed[0])
            doubt = sum((exact(row["unknown"]) for row in lacks if row not in failed), Fraction(0))
            units = {str(row["unit"]) for row in lacks if row not in failed}
            if doubt and len(units) == 1:
                n = amount_text(doubt, units.pop(), self.lang)
                what += speech.say("visit.also_verify", n=n)
            yield self.visit(village, "near", speech, why, what)

    def fails(self, speech: Speech, row: Row) -> str:
        """Say by how much a village misses a target."""
        title = self.title(speech, str(row["target_id"]))
        goal = self.board.goal(row, self.lang)
        if row["unit"] == "village" or goal == "—" or self.board.planned(row):
            return speech.say("visit.fails", target=title)
        if exact(row["unknown"]):
            return self.share(speech, "visit.open", row)
        return speech.say(
            "visit.near",
            target=title,
            met=number(row["met"]),
            amount=amount_text(row["amount"], row["unit"], self.lang),
            share=percent_text(row, self.lang),
            n=needed_text(row, self.lang),
            goal=speech.say("over.percent", n=goal),
        )

    def to_do(self, speech: Speech, village: str, row: Row) -> str:
        """Say what work brings a target to its goal: by its kind where there is one."""
        needed = speech.bold(needed_text(row, self.lang)) if row["unit"] != "village" else ""
        mine = self.work[
            (self.work["village_id"] == village) & (self.work["target_id"] == row["target_id"])
        ]
        titles = mine[f"title_{self.lang}"].map(text).unique() if len(mine) else []
        if len(titles) == 1 and titles[0]:
            title = speech.data(titles[0])
            return speech.say("visit.work", title=title, n=needed) if needed else title
        return speech.say("visit.do", n=needed) if needed else ""

    def doubtful(self) -> Iterator[Visit]:
        """Give villages that report a share outside what is counted, by how much that is."""
        rows = doubts(self.board.assessment).to_dict("records")
        rows.sort(key=lambda row: -exact(row["difference"]) * exact(row["amount"]))
        for row in rows:
            village, speech = str(row["village_id"]), self.speech()
            counted = self.board.row("village", village, str(row["target_id"]))
            if counted is None or village not in self.statuses:
                continue
            share = speech.say("over.percent", n=percent(exact(row["reported_share"]), 1))
            why = speech.say(
                "visit.reported",
                target=self.title(speech, str(row["target_id"])),
                said=share,
                share=percent_text(counted, self.lang),
            )
            short = not blank(counted["needed_high"]) and exact(counted["needed_high"]) > 0
            n = speech.bold(needed_text(counted, self.lang)) if short else ""
            what = speech.say("visit.check" if short else "visit.check_only", n=n)
            yield self.visit(village, "doubtful", speech, why, what)

    def dark(self) -> Iterator[Visit]:
        """Give villages with stretches of road not covered by lamps, the longest first."""
        for target, measure in self.measured("along"):
            if measure.keys.get("items") != "streetlights":
                continue
            for village, rows, _ in self.by_village(target):
                speech = self.speech()
                n = amount_text(len(rows), "piece", self.lang)
                parts = speech.say("over.and").join(self.stretches(speech, rows))
                title = self.title(speech, target.id)
                why = speech.say("visit.dark", target=title, n=n, parts=parts)
                yield self.visit(village, "dark", speech, why, self.works(speech, target, village))

    def stretches(self, speech: Speech, rows: pd.DataFrame) -> list[str]:
        """Say how many metres are dark for which reason, broken lamps first."""
        said = []
        for one in dark_parts(rows):
            metres = amount_text(round(one.metres), "m", self.lang)
            lamps = amount_text(one.lamps, "lamp", self.lang)
            key = one.cause if one.cause in ("broken", "none") else "other"
            said.append(speech.say(f"visit.dark.{key}", m=metres, n=lamps))
        return said

    def works(self, speech: Speech, target: Target, village: str) -> str:
        """Say how much of each kind of work there is."""
        mine = self.work[
            (self.work["village_id"] == village) & (self.work["target_id"] == target.id)
        ]
        said = []
        for title, rows in mine.groupby(f"title_{self.lang}", sort=False):
            amount = sum((exact(one) for one in rows["quantity"]), Fraction(0))
            n = speech.bold(f"{number(amount)}{self.unit(rows)}")
            said.append(speech.say("visit.work", title=speech.data(str(title)), n=n))
        return speech.say("over.and").join(said)

    def far(self) -> Iterator[Visit]:
        """Give villages with homes too far from water, the longest way first."""
        for target, measure in self.measured("reach"):
            if measure.keys.get("facilities") != "water_points":
                continue
            for village, rows, amount in self.by_village(target):
                speech = self.speech()
                n = amount_text(amount, rows["unit"].iloc[0], self.lang)
                walk = self.longest(rows)
                title = self.title(speech, target.id)
                why = speech.say("visit.far", target=title, n=n)
                if walk:
                    why = speech.say("visit.far_walk", why=why, walk=speech.data(walk))
                yield self.visit(village, "far", speech, why, self.works(speech, target, village))

    def longest(self, rows: pd.DataFrame) -> str:
        """Give the reason of the longest way; empty where no way was measured."""
        values = pd.to_numeric(rows["value"], errors="coerce").where(rows["reason"].isin(_WAYS))
        if values.isna().all():
            return ""
        return text(rows[f"reason_{self.lang}"].iloc[int(values.fillna(-1).to_numpy().argmax())])

    def silent(self) -> Iterator[Visit]:
        """Give villages whose ledger was never sent."""
        for village in unsent(self.board):
            speech = self.speech()
            why, what = speech.say("visit.unsent"), speech.say("visit.ask")
            yield self.visit(village, "silent", speech, why, what)

    # ---------------------------------------------------------------- help

    def unit(self, rows: pd.DataFrame) -> str:
        """Give the word for what work is counted in; the work list has it in Chinese alone."""
        return text(rows["unit"].iloc[0]) if self.lang == "zh" else ""

    def measured(self, kind: str) -> Iterator[tuple[Target, Measure]]:
        """Give the targets that ask a measure of a kind."""
        for target in self.board.targets.values():
            found = [one for one in _measures(target.body) if one.kind == kind]
            if found:
                yield target, found[0]

    def by_village(self, target: Target) -> Iterator[tuple[str, pd.DataFrame, Fraction]]:
        """Give the gaps of a target by village, the largest amount first."""
        mine = self.gaps[self.gaps["target_id"] == target.id]
        sums = []
        for village, rows in mine.groupby("village_id", sort=False):
            amount = sum((exact(one) for one in rows["unmet"]), Fraction(0))
            if str(village) in self.statuses:
                sums.append((amount, str(village), rows))
        sums.sort(key=lambda one: (self.statuses[one[1]] == "met", -one[0]))
        for amount, village, rows in sums:
            yield village, rows, amount


def _measures(body: Any) -> Iterator[Measure]:
    if isinstance(body, Measure):
        yield body
    elif isinstance(body, Join):
        for member in body.members:
            yield from _measures(member)


_WAYS = (
    "walk_too_long", "walk_too_long_both", "walk_too_long_wait", "walk_too_long_both_wait",
    "walk_round", "too_far",
)  # fmt: skip
_FINDERS: Mapping[str, Callable[[_Finder], Iterator[Visit]]] = {
    "undetermined": _Finder.undetermined,
    "near": _Finder.near,
    "doubtful": _Finder.doubtful,
    "far": _Finder.far,
    "dark": _Finder.dark,
    "silent": _Finder.silent,
}
KINDS = tuple(_FINDERS)
"""Why a village is worth a visit, in the order in which they are shown."""
_AGAIN = ("undetermined", "near", "silent")
