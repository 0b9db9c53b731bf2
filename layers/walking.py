"""What stops people on foot, and how fast they walk where: ``data/walking.toml`` as objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from layers.errors import StandardError
from layers.facts import checked, data_dir, load_toml
from layers.schema import schema

Confidence = Literal["seen", "recalled", "default"]
_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
FILE = "walking.toml"


@dataclass(frozen=True)
class LandClass:
    """
    One class of land.

    Attributes
    ----------
    code
        Its value in the raster.
    zh, en
        Its name.
    share
        Speed on foot as a share of that on open ground; 0 where nobody walks.
    source, confidence
        Where the share comes from, '' as the scheme says.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    code: int
    zh: str
    en: str
    share: Annotated[float, Field(ge=0, le=1)]
    source: str = ""
    confidence: Confidence | Literal[""] = ""


@dataclass(frozen=True)
class Scheme:
    """The classes of one kind of land cover raster."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    id: str
    title: Mapping[str, str]
    source: str
    confidence: Confidence
    # In the file `class`, which is a word of Python's own.
    classes: tuple[LandClass, ...]

    @property
    def shares(self) -> dict[int, float]:
        """Give the share of open-ground speed of each code."""
        return {one.code: one.share for one in self.classes}


@dataclass(frozen=True)
class Blocks:
    """Which kinds of a layer stop people on foot unless a row says otherwise."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    layer: str
    kinds: Mapping[str, bool]
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Walking:
    """
    All of ``walking.toml``.

    Attributes
    ----------
    sources
        Tag to what it stands for.
    blocks
        One table for each layer of barriers.
    scheme
        The schemes of land classes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    sources: Mapping[str, str]
    blocks: tuple[Blocks, ...]
    scheme: tuple[Scheme, ...]

    @property
    def schemes(self) -> dict[str, Scheme]:
        """Give the schemes by id."""
        return {one.id: one for one in self.scheme}


@cache
def walking() -> Walking:
    """
    Read what stops people on foot, and the speeds over land.

    Raises
    ------
    StandardError
        With every mistake of the file.

    Examples
    --------
    >>> walking().schemes["esa-worldcover"].shares[10]
    0.5
    """
    table = load_toml(data_dir() / FILE)
    for scheme in table.get("scheme", []):
        scheme["classes"] = scheme.pop("class", [])
    found = checked(Walking, table, FILE)
    faults = []
    for blocks in found.blocks:
        known = schema(blocks.layer).columns["kind"].words
        faults += [
            f"blocks.{blocks.layer}.kinds: {kind} is given and {blocks.layer} has no such kind"
            for kind in blocks.kinds
            if kind not in known
        ]
    told = [one.source for one in found.blocks] + [one.source for one in found.scheme]
    told += [one.source for scheme in found.scheme for one in scheme.classes if one.source]
    lost = sorted(set(told) - found.sources.keys())
    faults += [f"source: {one} is not among the sources" for one in lost]
    if faults:
        raise StandardError(FILE, faults)
    return found
