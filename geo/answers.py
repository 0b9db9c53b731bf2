"""What a measure gives back: a state per subject, or parts of its amount, with value and reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from geo.logic import UNKNOWN, UNMET, States, both, inverse

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Objects = np.ndarray[Any, np.dtype[np.object_]]


class Why(Protocol):
    """Explains an answer, once a list is made of it: what is there, and why it does not count."""

    def said(self, at: Ints) -> tuple[list[str], list[str]]:
        """Give the sentences, Chinese and English, for the subjects at these positions."""


@dataclass(frozen=True)
class Asked:
    """
    Whose answers are used, and what each of n subjects weighs.

    Attributes
    ----------
    wanted
        n states: MET where the answer is used, UNKNOWN where it may be, UNMET where it is not.
    amount
        n integers in the target's smallest unit, ``scale`` of them in one ``unit``.
    known
        n booleans: False where nobody wrote the amount down.
    """

    wanted: States
    amount: Ints
    known: Bools
    scale: int = 1
    unit: str = "site"

    @classmethod
    def all(cls, n: int) -> Asked:
        """Ask all of n subjects, each of which weighs 1."""
        return cls(inverse(np.full(n, UNMET)), np.ones(n, dtype=np.int64), np.ones(n, dtype=bool))

    def but(self, state: States) -> Asked:
        """Ask no more those that have passed already."""
        return replace(self, wanted=both([self.wanted, inverse(state)]))

    @property
    def used(self) -> Bools:
        """Tell whose answers may be used."""
        return np.asarray(self.wanted >= UNKNOWN)


@dataclass(frozen=True)
class Parts:
    """
    An amount that splits inside one subject (metres of a road), in the target's smallest unit.

    Attributes
    ----------
    amount, met, unknown
        n integers each; what is neither met nor unknown is unmet.
    known
        n booleans: False where the amount itself is not known.
    """

    amount: Ints
    met: Ints
    unknown: Ints
    known: Bools


@dataclass(frozen=True)
class Answer:
    """
    What a measure says of n subjects.

    Attributes
    ----------
    state
        n states; where there are ``parts``, the state of the whole.
    seen
        n booleans: something was ever surveyed there that can answer the question.
    reason
        n codes, keys ``reason.<code>`` of the words.
    value, limit
        n cells for display: what was found, and what was asked for.
    facility
        n ids of the facility that decides, '' where none does.
    unmet_shapes, unknown_shapes
        n geometries of what is missing or not known, where that is less than the whole subject.
    unmet_stretches, unknown_stretches
        The same taken apart where a line is judged by the metre (``geo.stretches``).
    why
        Explains the answer; None where the reason's code says all there is to say.
    at
        n positions among the subjects ``why`` knows, -1 for one it does not; None: the same n.
    detour
        n times the way to the facility is longer than the straight line to it, NaN where there is
        no way or no such line; None where no way was looked for.
    way_to
        n ids of the facility that way leads to, '' where there is none; None with ``detour``.
    """

    state: States
    seen: Bools
    reason: Objects
    value: Objects
    limit: Objects
    facility: Objects
    parts: Parts | None = None
    unmet_shapes: Objects | None = None
    unknown_shapes: Objects | None = None
    unmet_stretches: pd.DataFrame | None = None
    unknown_stretches: pd.DataFrame | None = None
    why: Why | None = None
    at: Ints | None = None
    detour: Floats | None = None
    way_to: Objects | None = None

    @property
    def places(self) -> Ints:
        """Give the position of each subject among those ``why`` knows."""
        return np.arange(len(self.state)) if self.at is None else self.at


def blank(n: int, text: object = "") -> Objects:
    """Give n equal cells."""
    return np.full(n, text, dtype=object)


def answer(
    state: States,
    seen: Any,
    reason: Any,
    *,
    value: Any = None,
    limit: Any = "",
    facility: Any = "",
    parts: Parts | None = None,
    unmet_shapes: Objects | None = None,
    unknown_shapes: Objects | None = None,
    unmet_stretches: pd.DataFrame | None = None,
    unknown_stretches: pd.DataFrame | None = None,
) -> Answer:
    """Make an answer, one cell standing for n where a single one is given."""
    n = len(state)

    def cells(given: Any) -> Objects:
        return np.asarray(given, dtype=object) if np.ndim(given) else blank(n, given)

    told = np.broadcast_to(np.asarray(seen, dtype=bool), n)
    return Answer(
        state,
        told,
        cells(reason),
        cells(value),
        cells(limit),
        cells(facility),
        parts,
        unmet_shapes,
        unknown_shapes,
        unmet_stretches,
        unknown_stretches,
    )


def select(told: Answer, keep: Bools) -> Answer:
    """Give the answers of some subjects."""

    def some(cells: Any) -> Any:
        return None if cells is None else cells[keep]

    parts = told.parts
    if parts is not None:
        parts = Parts(parts.amount[keep], parts.met[keep], parts.unknown[keep], parts.known[keep])
    return Answer(
        told.state[keep],
        told.seen[keep],
        told.reason[keep],
        told.value[keep],
        told.limit[keep],
        told.facility[keep],
        parts,
        some(told.unmet_shapes),
        some(told.unknown_shapes),
        _stretches_of(told.unmet_stretches, keep),
        _stretches_of(told.unknown_stretches, keep),
        told.why,
        told.places[keep],
        some(told.detour),
        some(told.way_to),
    )


def _stretches_of(table: pd.DataFrame | None, keep: Bools) -> pd.DataFrame | None:
    """Give the stretches of the subjects that are kept, counted anew."""
    if table is None:
        return None
    kept = table[keep[table["subject"].to_numpy(dtype=int)]]
    place = np.cumsum(keep) - 1
    moved: pd.DataFrame = kept.assign(subject=place[kept["subject"].to_numpy(dtype=int)])
    return moved.reset_index(drop=True)


def choose(*cases: tuple[Any, Any], default: Any, n: int) -> Objects:
    """
    Pick a cell per row: the first case that holds.

    Examples
    --------
    >>> choose((np.array([True, False]), "a"), default="b", n=2).tolist()
    ['a', 'b']
    """
    result = blank(n, default)
    for holds, cell in reversed(cases):
        result[np.asarray(holds, dtype=bool)] = (
            np.asarray(cell, dtype=object)[np.asarray(holds, dtype=bool)] if np.ndim(cell) else cell
        )
    return result
