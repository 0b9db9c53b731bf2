"""The schemas of all layers, read from ``layers/schemas/*.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from layers.errors import UsageError
from layers.facts import HERE, load_toml
from layers.text import plain

TYPES = ("text", "integer", "number", "boolean", "date", "datetime", "choice", "choices")
RASTERS = ("dem", "population")
_REFERENCE = re.compile(r"reference/[\w-]{1,60}")


@dataclass(frozen=True)
class Column:
    """
    One column of a layer: a row of its schema.

    Attributes
    ----------
    name, type, unit
        Field name, one of ``TYPES``, and the unit of its numbers ('' for none).
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
    """

    name: str
    type: str = "text"
    unit: str = ""
    required: bool = False
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    description: str = ""
    blank: str = "unknown"
    open: bool = False
    personal: bool = False
    becomes: str = ""

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
    """

    name: str
    title: Mapping[str, str]
    geometry: tuple[str, ...]
    columns: Mapping[str, Column]
    key: str = ""
    village_from: str = ""
    by_kind: bool = False

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Folded head to column name; a column's own name wins, then the order of the schema."""
        found = {plain(name): name for name in self.columns}
        for name, column in self.columns.items():
            for head in (*column.zh, *column.en):
                found.setdefault(plain(head), name)
        return found


def _column(entry: Mapping[str, Any], boolean: Mapping[str, list[str]]) -> Column:
    words = {code: tuple(some) for code, some in entry.get("words", {}).items()}
    if entry.get("type") == "boolean":
        words = {code: (*boolean[code], *words.get(code, ())) for code in ("true", "false")}
    plain_keys = {k: v for k, v in entry.items() if k not in ("words", "zh", "en")}
    return Column(
        **plain_keys, zh=tuple(entry.get("zh", ())), en=tuple(entry.get("en", ())), words=words
    )


@cache
def _common() -> dict[str, Any]:
    return load_toml(HERE / "schemas" / "_common.toml")


@cache
def layer_names() -> tuple[str, ...]:
    """Name every layer that has a schema, in alphabetical order."""
    found = (HERE / "schemas").glob("*.toml")
    return tuple(sorted(path.stem for path in found if not path.stem.startswith("_")))


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

    Examples
    --------
    >>> schema("toilets").columns["household_id"].type
    'text'
    """
    common = _common()
    boolean = common["boolean"]
    shared = {entry["name"]: _column(entry, boolean) for entry in common["column"]}
    if name.startswith("reference/"):
        if not _REFERENCE.fullmatch(name):
            msg = f"{name}: not a usable name. Write reference/ and letters, digits, - or _."
            raise UsageError(msg)
        columns = {"id": Column("id"), "name": Column("name", zh=("名称",), en=("name",)), **shared}
        label = name.removeprefix("reference/")
        return Layer(
            name, {"zh": label, "en": label}, ("none", "point", "line", "polygon"), columns
        )
    if name not in layer_names():
        msg = f"{name}: no such layer. Choose one of {', '.join(layer_names())} or reference/NAME."
        raise UsageError(msg)
    table = load_toml(HERE / "schemas" / f"{name}.toml")
    own = {entry["name"]: _column(entry, boolean) for entry in table.get("column", ())}
    return Layer(
        name=name,
        title=table["title"],
        geometry=tuple(table["geometry"]),
        columns={**own, **{key: value for key, value in shared.items() if key not in own}},
        key=table.get("key", ""),
        village_from=table.get("village_from", ""),
        by_kind=table.get("by_kind", False),
    )


@cache
def keys() -> dict[str, str]:
    """Map each key column (``household_id``) to the layer it points to (``households``)."""
    return {schema(name).key: name for name in layer_names() if schema(name).key}
