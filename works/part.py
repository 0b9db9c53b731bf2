"""A part of an assessment read as if it were the whole: one township, for the leader of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from works.board import ALL, NOWHERE, Board, Row


class Part(Board):
    """
    What people read off an assessment of one township: its own row is the whole.

    Every figure is a cell of the same scorecard, so the sentences, the targets and the villages of
    a township say what the table of townships says of it.

    Parameters
    ----------
    whole
        The board it is a part of.
    township
        Unit of a township of it.
    """

    def __init__(self, whole: Board, township: str) -> None:
        # The rows are those of the whole: read once, never copied.
        self.assessment, self.targets, self._rows = whole.assessment, whole.targets, whole._rows
        self.township = township
        self._mine = frozenset(whole.villages_of(township))
        known = whole.before
        there = known is not None and known.row("township", township) is not None
        self.before = Part(known, township) if known is not None and there else None

    @cached_property
    def top(self) -> tuple[str, str]:
        """Give level and id of the township."""
        return "township", self.township

    def units(self, level: str) -> list[tuple[str, str]]:
        """Give id and name of the places of a level that lie in the township, itself included."""
        inside = {"township": {self.township}, "village": self._mine}.get(level, set())
        return [one for one in super().units(level) if one[0] in inside]

    def of_villages(self, target: str = ALL) -> Iterator[tuple[str, Row]]:
        """Give village id and row of one target, of the township's villages alone."""
        return (one for one in super().of_villages(target) if one[0] in self._mine)

    def residual(self, target: str) -> Row | None:
        """Give nothing: what lies in no known village lies in no known township."""
        del target
        return None

    @cached_property
    def bound(self) -> tuple[str, ...]:
        """Give the township's villages the standard binds, where they are told apart at all."""
        return tuple(one for one in super().bound if one in self._mine)


def part_of(board: Board, township: str | None) -> Board:
    """Give the board of a township; the whole where none is named, or there is no such one."""
    known = {unit for unit, _ in board.units("township")} - {NOWHERE}
    return Part(board, township) if township in known and township is not None else board
