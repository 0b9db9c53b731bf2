"""The schemas of all layers, read from ``layers/schemas/*.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import ClassVar, Literal

from pydantic import ConfigDict

from layers.errors import UsageError
from layers.facts import HERE, checked, load_toml
from layers.text import plain

ColumnType = Literal[
    "text", "integer", "number", "boolean", "date", "datetime", "choice", "choices"
]
Geometry = Literal["none", "point", "line", "polygon"]
_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
RASTERS = ("dem", "population", "landcover")
_REFERENCE = re.compile(r"reference/[\w-]{1,60}")


@dataclass(frozen=True)
class Column:
    """
    One column of a layer: a row of its schema.

    Attributes
    ----------
    name, type, unit
        Field name, what its cells hold, and the unit of its numbers ('' for none).
    zh, en
        Heads it may have in a file; the first of each is the label people see.
    words
        Code to the words that mean it; first the Chinese, then the English label.
    blank
        What an empty cell means: ``unknown``, or ``none`` for "there is none".
    open
        A word outside ``words`` is kept as a value of its own instead of being unknown.
    becomes
        ``layer.column`` when the column of a ledger turns into rows of another layer.
    ticks
        ``column.code`` when a yes here means that the code stands on a list of the same layer.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    name: str
    type: ColumnType = "text"
    unit: str = ""
    required: bool = False
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    description: str = ""
    blank: Literal["unknown", "none"] = "unknown"
    open: bool = False
    personal: bool = False
    becomes: str = ""
    ticks: str = ""

    @cached_property
    def codes(self) -> dict[str, str]:
        """Folded word to code, for choices and booleans."""
        found: dict[str, str] = {}
        for code, synonyms in self.words.items():
            found.setdefault(plain(code), code)
            for word in synonyms:
                found.setdefault(plain(word), code)
        return found

    def label(self, lang: str) -> str:
        """Give the head people see."""
        heads = self.zh if lang == "zh" else self.en
        return heads[0] if heads else self.name

    def code(self, word: object) -> object:
        """Give the code a word stands for; the word itself when the schema does not know it."""
        if isinstance(word, str) and self.type in ("choice", "choices"):
            return self.codes.get(plain(word), word)
        return word


@dataclass(frozen=True)
class Layer:
    """
    One layer: its title, the geometry it may have, and its columns.

    Attributes
    ----------
    key
        The column by which other layers point to it (``household_id``), '' for none.
    village_from
        The key column of another layer from whose row this layer's village comes, '' for none.
    by_kind
        Its kinds are surveyed apart: a list of clinics says nothing about schools.
    shared
        Columns that every layer may have and this one did not define.
    made_from
        Layers and rasters it is worked out from; empty for a layer that people send.
    """

    name: str
    title: Mapping[str, str]
    geometry: tuple[Geometry, ...]
    columns: Mapping[str, Column]
    key: str = ""
    village_from: str = ""
    by_kind: bool = False
    shared: frozenset[str] = frozenset()
    made_from: tuple[str, ...] = ()

    @cached_property
    def aliases(self) -> dict[str, str]:
        """
        Folded head to column name: the layer's own columns first, then those every layer may have.

        Of either, a column's own name wins, then the order of the schema.
        """
        found: dict[str, str] = {}
        own = {n: c for n, c in self.columns.items() if n not in self.shared}
        for columns in (own, self.columns):
            for name in columns:
                found.setdefault(plain(name), name)
            for name, column in columns.items():
                for head in (*column.zh, *column.en):
                    found.setdefault(plain(head), name)
        return found


@dataclass(frozen=True)
class _CommonFile:
    """What ``_common.toml`` says: the words of yes and no, and columns every layer may have."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    boolean: Mapping[str, tuple[str, ...]]
    column: tuple[Column, ...]


@dataclass(frozen=True)
class _LayerFile:
    """What the file of a layer says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    layer: str
    title: Mapping[str, str]
    geometry: tuple[Geometry, ...]
    key: str = ""
    village_from: str = ""
    by_kind: bool = False
    made_from: tuple[str, ...] = ()
    column: tuple[Column, ...] = ()


def _spoken(column: Column, boolean: Mapping[str, tuple[str, ...]]) -> Column:
    """Give a yes/no column the words of yes and no beside its own."""
    if column.type != "boolean":
        return column
    own = column.words
    return replace(
        column, words={code: (*boolean[code], *own.get(code, ())) for code in ("true", "false")}
    )


@cache
def _common() -> _CommonFile:
    name = "_common.toml"
    return checked(_CommonFile, load_toml(HERE / "schemas" / name), name)


@cache
def askable_names() -> tuple[str, ...]:
    """Name every layer a standard may ask about, those worked out of others too, in order."""
    found = (HERE / "schemas").glob("*.toml")
    return tuple(sorted(path.stem for path in found if not path.stem.startswith("_")))


@cache
def layer_names() -> tuple[str, ...]:
    """Name every layer people send, in alphabetical order."""
    return tuple(name for name in askable_names() if not schema(name).made_from)


def known(name: str) -> bool:
    """Tell whether a name is that of a layer."""
    return name in layer_names() or _REFERENCE.fullmatch(name) is not None


@cache
def schema(name: str) -> Layer:
    """
    Give the schema of a layer.

    Parameters
    ----------
    name
        Name of a layer, or ``reference/NAME`` for one that is shown and never measured.

    Raises
    ------
    UsageError
        If there is no such layer.
    StandardError
        If its file has mistakes, all of them named.

    Examples
    --------
    >>> schema("toilets").columns["household_id"].type
    'text'
    """
    common = _common()
    shared = {column.name: _spoken(column, common.boolean) for column in common.column}
    if name.startswith("reference/"):
        if not _REFERENCE.fullmatch(name):
            msg = f"{name}: not a usable name. Write reference/ and letters, digits, - or _."
            raise UsageError(msg)
        columns = {"id": Column("id"), "name": Column("name", zh=("名称",), en=("name",)), **shared}
        label = name.removeprefix("reference/")
        return Layer(
            name, {"zh": label, "en": label}, ("none", "point", "line", "polygon"), columns
        )
    if name not in askable_names():
        msg = f"{name}: no such layer. Choose one of {', '.join(layer_names())} or reference/NAME."
        raise UsageError(msg)
    file = checked(_LayerFile, load_toml(HERE / "schemas" / f"{name}.toml"), f"{name}.toml")
    own = {column.name: _spoken(column, common.boolean) for column in file.column}
    if file.made_from:  # nobody writes its rows, so nobody gives them a township or an address
        shared = {}
    return Layer(
        name=name,
        title=file.title,
        geometry=file.geometry,
        columns={**own, **{key: value for key, value in shared.items() if key not in own}},
        key=file.key,
        village_from=file.village_from,
        by_kind=file.by_kind,
        shared=frozenset(shared.keys() - own.keys()),
        made_from=file.made_from,
    )


@cache
def keys() -> dict[str, str]:
    """Map each key column (``household_id``) to the layer it points to (``households``)."""
    return {schema(name).key: name for name in layer_names() if schema(name).key}
