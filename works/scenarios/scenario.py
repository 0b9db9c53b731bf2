"""A scenario: a named list of changes on the ground, and how each is written into the list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from layers.text import LANGUAGES, t
from layers.wrong import WrongCallError

PLACE, MOVE, REPAIR, DELETE = "place", "move", "repair", "delete"
ACTS = (PLACE, MOVE, REPAIR, DELETE)
"""A new thing, one that stands elsewhere, a broken one mended, one taken away."""
NEW = "site:"
"""What the id of a thing that is not there yet begins with."""
MOST = 2_000
"""So many changes one scenario may have."""
_SAME_M = 0.005
_WIDEST = 1e8


@dataclass(frozen=True)
class Change:
    """
    One change on the ground.

    Attributes
    ----------
    act
        One of ``ACTS``.
    layer, key
        The layer, and the id of the row: its own, or one that begins with ``NEW``.
    x, y
        Where it stands then, in the CRS of the scenario; None for what is mended or taken away.
    cells
        Column to value of a new thing, as a person would write it.
    cost
        Whole money where somebody said; None takes the table's.
    name
        What it is called.
    """

    act: str
    layer: str
    key: str
    x: float | None = None
    y: float | None = None
    cells: Mapping[str, str] = field(default_factory=dict)
    cost: int | None = None
    name: str = ""

    @property
    def kind(self) -> str:
        """Give the kind of a new thing, '' where its layer has none."""
        return self.cells.get("kind", "")

    @property
    def at(self) -> tuple[float, float] | None:
        """Give where it stands then."""
        return None if self.x is None or self.y is None else (self.x, self.y)


@dataclass(frozen=True)
class Scenario:
    """
    A named list of changes.

    Attributes
    ----------
    name
        What it is called; also its file's name.
    target
        The target it was made for.
    layer
        The layer new things are rows of.
    changes
        In the order they are to be built: no two of one kind for one thing.
    crs
        CRS of the places, as ``project.toml`` writes it.
    standard, data_version
        What it was last looked at with: told where that is another one now.
    source
        Where its sites come from: '' from a person, ``site`` from a computed plan.
    """

    name: str = ""
    target: str = ""
    layer: str = ""
    changes: tuple[Change, ...] = ()
    crs: str = ""
    standard: str = ""
    data_version: str = ""
    source: str = ""

    def of(self, key: str) -> list[Change]:
        """Give the changes of one thing."""
        return [one for one in self.changes if one.key == key]

    def count(self, act: str) -> int:
        """Give how many changes of one kind there are."""
        return sum(one.act == act for one in self.changes)


def new_key(x: float, y: float, kind: str = "") -> str:
    """
    Name a new thing by its place: the same place has the same name in every scenario.

    Examples
    --------
    >>> new_key(500_010.2, 3_900_000.7), new_key(1, 2, "clinic")
    ('site:P500010-3900001', 'site:P1-2-clinic')
    """
    return f"{NEW}P{round(x)}-{round(y)}" + (f"-{kind}" if kind else "")


def is_new(key: str) -> bool:
    """Tell whether an id is that of a thing that is not there yet."""
    return key.startswith(NEW)


# ---------------------------------------------------------------------------------- one change


def placed(
    held: Scenario,
    layer: str,
    cells: Mapping[str, str],
    at: tuple[float, float],
    *,
    cost: int | None = None,
    name: str = "",
    key: str = "",
) -> Scenario:
    """
    Place a new thing; at a place where the same one is already, nothing changes.

    Parameters
    ----------
    held
        The scenario; it stays as it is.
    layer, cells, at, cost, name
        As for :class:`Change`.
    key
        Its id; by its place when not given.
    """
    x, y = _checked(at)
    one = Change(
        PLACE, layer, key or new_key(x, y, cells.get("kind", "")), x, y, dict(cells), cost, name
    )
    if any(each.key == one.key and each.layer == layer for each in held.changes):
        return held
    return _with(held, [*held.changes, one])


def moved(
    held: Scenario, layer: str, key: str, at: tuple[float, float], here: tuple[float, float] | None
) -> Scenario:
    """
    Move a thing; one moved back to where it stands is as if it had never been touched.

    Parameters
    ----------
    held
        The scenario.
    layer, key
        The thing; a new one is simply placed elsewhere.
    at
        Where to.
    here
        Where an existing one stands now in the data.
    """
    x, y = _checked(at)
    if is_new(key):
        own = next((one for one in held.of(key) if one.act == PLACE), None)
        if own is None:
            return held
        fresh = new_key(x, y, own.kind)
        if fresh != key and held.of(fresh):
            return held
        again = replace(own, x=x, y=y, key=fresh, name="")
        return _with(held, [again if one is own else one for one in held.changes])
    back = here is not None and math.dist(here, (x, y)) <= _SAME_M
    one = None if back else Change(MOVE, layer, key, x, y)
    return _put(held, key, MOVE, one, drop=(DELETE,))


def repaired(held: Scenario, layer: str, key: str) -> Scenario:
    """Mend a broken thing."""
    return _put(held, key, REPAIR, Change(REPAIR, layer, key), drop=(DELETE,))


def deleted(held: Scenario, layer: str, key: str) -> Scenario:
    """Take a thing away; a new one was then never placed."""
    if is_new(key):
        return without(held, key)
    return _put(held, key, DELETE, Change(DELETE, layer, key), drop=(MOVE, REPAIR))


def without(held: Scenario, key: str) -> Scenario:
    """Leave a thing as it is in the data."""
    return _with(held, [one for one in held.changes if one.key != key])


def _put(held: Scenario, key: str, act: str, one: Change | None, drop: Sequence[str]) -> Scenario:
    """Put one change of a thing in the place of those it takes the place of."""
    gone = {act, *drop}
    mine = [at for at, each in enumerate(held.changes) if each.key == key and each.act in gone]
    kept = [each for at, each in enumerate(held.changes) if at not in mine]
    if one is not None:
        kept.insert(mine[0] if mine else len(kept), one)
    return _with(held, kept)


def _with(held: Scenario, changes: Sequence[Change]) -> Scenario:
    if len(changes) > MOST:
        unnamed = {lang: t("wrong.scenario", lang) for lang in LANGUAGES}
        raise WrongCallError("too_many_changes", name=held.name or unnamed, most=MOST)
    return replace(held, changes=tuple(changes))


def _checked(at: tuple[float, float]) -> tuple[float, float]:
    x, y = float(at[0]), float(at[1])
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < _WIDEST):
        raise WrongCallError("no_place", x=at[0], y=at[1])
    return x, y
