"""The facts of ``where.toml``: families of CRS, old datums, who publishes shifted, what is near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from pydantic import ConfigDict

from layers.facts import HERE, checked, load_toml

_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Family:
    """
    CRSs in metres that differ by their zone.

    Attributes
    ----------
    first, zones
        EPSG code of the first zone, and the first and the last zone.
    width
        Degrees of longitude a zone is wide.
    prefix
        The number of the zone stands before the easting.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    name: str
    first: int
    zones: tuple[int, int]
    width: int
    prefix: bool = False
    south: bool = False

    @property
    def utm(self) -> bool:
        """Tell whether its zones are counted from 180 degrees west."""
        return self.zones == (1, 60)

    def meridian(self, zone: int) -> float:
        """Give the central meridian of a zone in degrees."""
        if self.utm:
            return 6.0 * zone - 183
        return 3.0 * zone if self.width == 3 else 6.0 * zone - 3

    def code(self, zone: int) -> int:
        """Give the EPSG code of a zone."""
        return self.first + zone - self.zones[0]


@dataclass(frozen=True)
class Old:
    """A datum of earlier surveys, and how far it is off: from, to, in metres."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    datum: str
    metres: tuple[int, int]


@dataclass(frozen=True)
class Near:
    """Things of ``layer`` stand within ``metres`` of things of ``beside``."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    layer: str
    beside: str
    metres: float


@dataclass(frozen=True)
class Publisher:
    """Somebody whose files are shifted, known by all of some heads or one of some words."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    name: str
    datum: Literal["gcj02", "bd09"]
    heads: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flags:
    """Heads of a column that says the datum of each row, and its words."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    heads: tuple[str, ...]
    datums: Mapping[str, Literal["gcj02", "bd09"]]


@dataclass(frozen=True)
class Wkt:
    """Heads of columns that hold shapes as text."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    heads: tuple[str, ...]


@dataclass(frozen=True)
class Whereabouts:
    """Everything ``where.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    family: tuple[Family, ...]
    old: tuple[Old, ...]
    near: tuple[Near, ...]
    publisher: tuple[Publisher, ...]
    flags: Flags
    wkt: Wkt


@cache
def whereabouts() -> Whereabouts:
    """
    Read ``where.toml``.

    Raises
    ------
    StandardError
        If it has mistakes, all of them named.

    Examples
    --------
    >>> [one.code(36) for one in whereabouts().family if one.width == 3][:2]
    [4524, 4545]
    """
    return checked(Whereabouts, load_toml(HERE / "where" / "where.toml"), "where.toml")
