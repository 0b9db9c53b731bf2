"""The figures by which layers are worked out of others, read from ``data/derived.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from layers.facts import checked, data_dir, load_toml

Confidence = Literal["seen", "recalled", "default"]
Metres = Annotated[float, Field(gt=0)]
_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class EntranceFacts:
    """
    Where a road enters a village.

    Attributes
    ----------
    classes
        Roads that lead into a village.
    join_m
        How near the outline a road may end that another one carries on.
    apart_m
        Crossings of one village nearer to each other are one entrance.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    classes: tuple[str, ...]
    join_m: Metres
    apart_m: Metres
    confidence: Confidence = "default"


@dataclass(frozen=True)
class EdgeFacts:
    """
    How wide the strips are, in metres, and which roads have one.

    Attributes
    ----------
    carriageway_m
        Width of a road of which nobody wrote it down.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    village_m: Metres
    water_m: Metres
    road_m: Metres
    house_m: Metres
    road_classes: tuple[str, ...]
    carriageway_m: Metres
    confidence: Confidence = "default"


@dataclass(frozen=True)
class BitFacts:
    """
    Short pieces of road, in metres.

    Attributes
    ----------
    length_m
        The longest one.
    beside_m, every_m
        How far from the middle of the road the ground is looked at, and at places how far apart.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    length_m: Metres
    beside_m: Metres
    every_m: Metres
    confidence: Confidence = "default"


@dataclass(frozen=True)
class DerivedFacts:
    """All that ``data/derived.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    entrances: EntranceFacts
    edges: EdgeFacts
    road_bits: BitFacts


@cache
def derived_facts() -> DerivedFacts:
    """
    Read ``data/derived.toml``.

    Raises
    ------
    StandardError
        With every mistake in the file.
    """
    path = data_dir() / "derived.toml"
    return checked(DerivedFacts, load_toml(path), path.name)
