"""Questions that name a list the county fills itself: until it is filled, nobody can answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.answers import Answer, Ints, answer
from geo.grammar import LISTED, lists_named
from geo.ground import Ground
from geo.logic import UNKNOWN, full
from geo.phrases import fill, list_name, listed, sentence


def unfilled(ground: Ground, keys: Mapping[str, Any]) -> list[str]:
    """
    Name the lists a measure asks for that the county has not filled, and note them.

    Parameters
    ----------
    ground
        The prepared data, with the lists that are filled.
    keys
        The measure's keys: its ``where`` and, of ``attribute``, its own tests.
    """
    own = {key: keys[key] for key in LISTED if key in keys}
    return lacking_of(ground, keys.get("where"), {"column": own} if own else None)


def lacking_of(ground: Ground, *conditions: Any) -> list[str]:
    """Name the lists in conditions that the county has not filled, and note them."""
    named = {name for one in conditions for name in lists_named(one)}
    lacking = sorted(name for name in named if not ground.data.lists.get(name))
    for name in lacking:
        ground.note("list_empty", list=name)
    return lacking


def not_filled(n: int, names: Sequence[str]) -> Answer:
    """
    Answer for n subjects that a list lacks: all unknown, and nothing was ever seen.

    Parameters
    ----------
    n
        How many subjects.
    names
        Ids of the lists.
    """
    told = answer(full(n, UNKNOWN), False, "list_empty", limit=", ".join(names))
    return Answer(
        told.state, told.seen, told.reason, told.value, told.limit, told.facility,
        why=ListWhy(tuple(names)),
    )  # fmt: skip


@dataclass(frozen=True)
class ListWhy:
    """Says which lists the county has not filled yet."""

    names: tuple[str, ...]

    def said(self, at: Ints) -> tuple[list[str], list[str]]:
        """Give the sentences for some subjects."""
        what = listed([list_name(name) for name in self.names], None, ("”“", "”, “"))
        zh, en = sentence(fill("why.list_empty", what=what))
        return [zh] * len(at), [en] * len(at)
