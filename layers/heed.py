"""Long work says how far it is, and stops when nobody wants it any more.

Whoever does something long calls :func:`tell` between its parts; whoever waits for it listens with
:func:`heard`. Where nobody listens nothing happens, so a function that tells stays a plain
function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from layers.errors import PlannerError

T = TypeVar("T")


class Step(NamedTuple):
    """
    How far long work is.

    Attributes
    ----------
    stage
        What is being done, a word such as ``judge``.
    done, of
        Parts done and parts in all; 0 of 0 where nobody can tell.
    about
        What the part is about, such as the id of a target; '' for nothing.
    """

    stage: str
    done: int = 0
    of: int = 0
    about: str = ""


class Stopped(PlannerError):  # noqa: N818  the work was stopped: nothing is wrong
    """The work was stopped before its end because nobody wants it any more."""


_LISTENER: ContextVar[Callable[[Step], None] | None] = ContextVar("listener", default=None)


def tell(stage: str, done: int = 0, of: int = 0, about: str = "") -> None:
    """
    Say how far the work is to whoever listens.

    Raises
    ------
    Stopped
        If the listener does not want the work any more; leave it through to the caller.
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(Step(stage, done, of, about))


def told(stage: str, parts: Iterable[tuple[str, T]], of: int) -> Iterator[T]:
    """
    Go through the parts of some work and say before each how far it is.

    Parameters
    ----------
    stage
        What is being done.
    parts
        What each part is about, and the part.
    of
        How many there are.

    Examples
    --------
    >>> seen = []
    >>> with heard(seen.append):
    ...     list(told("judge", [("a", 1), ("b", 2)], 2))
    [1, 2]
    >>> seen[1]
    Step(stage='judge', done=1, of=2, about='b')
    """
    for number, (about, part) in enumerate(parts):
        tell(stage, number, of, about)
        yield part


@contextmanager
def heard(listener: Callable[[Step], None]) -> Iterator[None]:
    """
    Listen to what is told within.

    Parameters
    ----------
    listener
        Gets every step; it may raise :class:`Stopped`.
    """
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)
