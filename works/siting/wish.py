"""What whoever plans sites asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import geopandas as gpd

from layers.wrong import WrongCallError

SERVICE = ("median", "center")
"""Models of ways: the least sum of them, and the least longest one."""
MODELS = ("per_village", "budget", "sites", *SERVICE)
WAYS = ("grid", "roads", "layer", "public", "repair")
"""Where candidates come from, beside files: a grid, roads, layers of the project, repairs."""
_NEEDS_METRES = ("grid", "roads")


@dataclass(frozen=True)
class Way:
    """One source of candidates, with its metres where it has any."""

    name: str
    metres: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}:{self.metres:g}" if self.name in _NEEDS_METRES else self.name


def way_of(text: str) -> Way | None:
    """
    Read a source of candidates, None where it is none of ours (a file).

    Raises
    ------
    UsageError
        If the metres are missing or no amount.

    Examples
    --------
    >>> way_of("grid:200"), way_of("places.csv")
    (Way(name='grid', metres=200.0), None)
    """
    name, _, rest = text.partition(":")
    if name not in WAYS:
        return None
    if name not in _NEEDS_METRES:
        return Way(name) if not rest else None
    try:
        metres = float(rest)
    except ValueError:
        metres = 0.0
    if not 1 <= metres <= 100_000:
        raise WrongCallError("no_metres", text=text, name=name)
    return Way(name, metres)


@dataclass(frozen=True)
class Wish:
    """
    What a plan is asked for.

    Attributes
    ----------
    target
        Id of the target.
    model
        per_village: fewest sites so that every village reaches its goal; budget or sites: most
        amount for that much; median or center: so many sites for the shortest ways.
    budget, sites
        Whole money, or a number.
    goal
        A share for every village in place of the standard's.
    ways
        Sources of candidates; none takes what the project has.
    given
        Candidates read from files, in the project's CRS.
    files
        What tells these files from any others: two wishes with other files are not the same.
    forced, forbidden
        Ids that must, and may not, be chosen.
    seconds
        How long an answer may be improved.
    unit_cost
        What a new one costs, in place of the table's.
    layer
        The layer to build in, where the target looks into several.
    max_slope
        Degrees in place of the table's.
    """

    target: str
    model: str = "per_village"
    budget: int | None = None
    sites: int | None = None
    goal: Fraction | None = None
    ways: tuple[Way, ...] = ()
    given: Sequence[gpd.GeoDataFrame] = field(default=(), compare=False)
    files: tuple[str, ...] = ()
    forced: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    seconds: float = 30.0
    unit_cost: int | None = None
    layer: str | None = None
    max_slope: float | None = None
