"""Three-valued logic: unmet, unknown, met as 0, 1, 2: "and" is the least, "or" the most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

UNMET, UNKNOWN, MET = np.int8(0), np.int8(1), np.int8(2)
States = np.ndarray[Any, np.dtype[np.int8]]


def both(parts: Sequence[States]) -> States:
    """
    Join states by "and": unmet beats unknown beats met.

    Examples
    --------
    >>> both([np.array([2, 2, 1], np.int8), np.array([2, 1, 0], np.int8)]).tolist()
    [2, 1, 0]
    """
    result: States = np.minimum.reduce(list(parts))
    return result


def either(parts: Sequence[States]) -> States:
    """Join states by "or": met beats unknown beats unmet."""
    result: States = np.maximum.reduce(list(parts))
    return result


def inverse(state: States) -> States:
    """Turn met into unmet and back; unknown stays."""
    return (np.int8(2) - state).astype(np.int8)


def states(met: Any, unknown: Any) -> States:
    """
    Make states of two truth arrays: met where ``met``, else unknown where ``unknown``, else unmet.

    Examples
    --------
    >>> states(np.array([True, False]), np.array([True, False])).tolist()
    [2, 0]
    """
    return np.where(met, MET, np.where(unknown, UNKNOWN, UNMET)).astype(np.int8)


def full(n: int, state: np.int8) -> States:
    """Give n times the same state."""
    return np.full(n, state, dtype=np.int8)
