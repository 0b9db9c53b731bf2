"""Evidence: what heads, words, tags and names say of the layer a file is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import pandas as pd
from pydantic import ConfigDict

from layers.facts import HERE, checked, load_toml
from layers.schema import Column, Layer, layer_names, schema
from layers.source import Raw
from layers.table import date_of, number_of, text_of
from layers.text import plain

_LISTED, _ENDED = 3.0, 1.5
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TAG = re.compile(r'"([^"]+)"=>"([^"]*)"')


@dataclass(frozen=True)
class Signs:
    """What ``guess.toml`` says of one layer."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    names: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    not_with: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Facts:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id_heads: tuple[str, ...]
    id_endings: tuple[str, ...]
    own_names: tuple[str, ...]
    weak_heads: tuple[str, ...]
    people_names: tuple[str, ...]
    cover_names: tuple[str, ...]
    layer: Mapping[str, Signs]


@cache
def guess_facts() -> _Facts:
    """Give what ``guess.toml`` says."""
    name = "guess.toml"
    return checked(_Facts, load_toml(HERE / name), name)


@cache
def _weights() -> dict[str, float]:
    """Folded head to the evidence it is: the fewer layers know it, the more."""
    layers = layer_names()
    count: dict[str, int] = {}
    for name in layers:
        for alias in schema(name).aliases:
            count[alias] = count.get(alias, 0) + 1
    weak = {plain(head) for head in guess_facts().weak_heads}
    return {
        alias: min(0.5, found) if alias in weak else found
        for alias, found in ((a, math.log2(len(layers) / n)) for a, n in count.items())
    }


@cache
def _words() -> dict[str, float]:
    """Folded word of a choice to the evidence it is: the fewer layers use it, the more."""
    layers = layer_names()
    count: dict[str, int] = {}
    for name in layers:
        columns = schema(name).columns.values()
        known = {w for c in columns if c.type in ("choice", "choices") for w in c.codes}
        for word in known:
            count[word] = count.get(word, 0) + 1
    return {word: math.log2(len(layers) / n) for word, n in count.items()}


@cache
def _others_ids(layer: str) -> frozenset[str]:
    """Give the heads that are the id of another layer's things."""
    own = schema(layer).aliases
    ids = {a for n in layer_names() for a, f in schema(n).aliases.items() if f == "id"}
    return frozenset(ids - own.keys() - {plain(head) for head in guess_facts().weak_heads})


def layers_named(file: str, sheets: tuple[str, ...]) -> set[str]:
    """
    Name the layers that the name of a file, else of its sheet, speaks of.

    Parameters
    ----------
    file, sheets
        Name of the file, and of its sheets, the chosen one first.

    Examples
    --------
    >>> layers_named("河川镇公厕台账.xlsx", ()), layers_named("a.csv", ("street lamps",))
    ({'public_toilets'}, {'streetlights'})
    """
    facts = guess_facts()
    for text in (Path(file.replace("\\", "/")).stem, *sheets[:1]):
        folded = plain(text)
        words = [word.casefold() for word in _WORDS.findall(text)]
        found: dict[str, int] = {}
        for name, signs in facts.layer.items():
            sizes = [len(plain(w)) for w in signs.names if _speaks(w, folded, words)]
            if sizes:
                found[name] = max(sizes)
        # 行政村公厕 is about public toilets, 公厕 inside 公厕问题台账 about issues.
        things = {n: size for n, size in found.items() if n not in facts.own_names} or found
        if things:
            longest = max(things.values())
            return {name for name, size in things.items() if size == longest}
    return set()


def _speaks(word: str, folded: str, words: list[str]) -> bool:
    if not word.isascii():
        return plain(word) in folded
    parts = word.split()
    if "".join(parts) in words:
        return True
    return any(words[n : n + len(parts)] == parts for n in range(len(words)))


def layers_tagged(raw: Raw) -> set[str]:
    """
    Name the layers of whose OpenStreetMap tags most rows carry one.

    Parameters
    ----------
    raw
        The first rows of a file.
    """
    counts: dict[str, set[int]] = {}
    wanted = {tag for signs in guess_facts().layer.values() for tag in signs.tags}
    keys = {tag.partition("=")[0] for tag in wanted}
    for head in (h for h in raw.table.columns if str(h) in keys or str(h) == "other_tags"):
        for row, cell in enumerate(raw.table[head]):
            if isinstance(cell, str):
                pairs = _TAG.findall(cell) if head == "other_tags" else [(str(head), cell)]
                for key, value in pairs:
                    if f"{key}={value}" in wanted:
                        counts.setdefault(f"{key}={value}", set()).add(row)
    found = set()
    for name, signs in guess_facts().layer.items():
        rows = set().union(*(counts.get(tag, set()) for tag in signs.tags))
        if len(raw.table) and len(rows) > len(raw.table) / 2:
            found.add(name)
    return found


def evidence_of(table: pd.DataFrame, heads: Mapping[str, str], layer: Layer) -> dict[str, float]:
    """
    Give each understood head the evidence it is: how rare, and whether its cells fit it.

    Parameters
    ----------
    table, heads, layer
        First rows, head to field, and the layer whose fields they are.

    Returns
    -------
    dict
        Head to evidence: about 4 for a head that only this layer knows.
    """
    weights = _weights()
    found = {}
    for head, field in heads.items():
        column = layer.columns.get(field)
        if column is None:
            continue
        # Survey programs put the group before the question: hh/toilet_type.
        asked = plain(re.split("[/:-]", head)[-1])
        weight = weights.get(plain(head), weights.get(asked, weights.get(plain(field), 1.0)))
        # A toilet column in a ledger of households says as much of a ledger of toilets.
        weight *= 0.5 if column.becomes else 1.0
        found[head] = max(weight * _quality(table[head], column), _spoken(table[head], column))
    return found


def _spoken(cells: pd.Series, column: Column) -> float:
    """Give the evidence of the words in a choice column, whatever its head."""
    if column.type not in ("choice", "choices") or column.becomes:
        return 0.0
    texts = {text for value in cells if (text := text_of(value)) is not None}
    said = [_words().get(plain(text), 0.0) for text in texts if plain(text) in column.codes]
    return 0.8 * sum(said) / len(texts) if texts else 0.0


def _quality(cells: pd.Series, column: Column) -> float:
    """Tell from 0 to 1 whether the cells of a column can be what its head says."""
    texts = {text for value in cells if (text := text_of(value)) is not None}
    if not texts or column.type == "text":
        return 1.0
    if column.type in ("choice", "choices", "boolean"):
        known = [plain(text) in column.codes for text in texts]
        several = [
            any(plain(p) in column.codes for p in re.split(r"[、,，;；|/\s]+", t)) for t in texts
        ]
        share = max(sum(known), sum(several)) / len(texts)
        return max(share, 0.6 if column.open else 0.2)
    reads = date_of if column.type in ("date", "datetime") else number_of
    return max(0.2, sum(reads(text) is not None for text in texts) / len(texts))


def list_evidence(table: pd.DataFrame, fields: Mapping[str, str], signs: Signs) -> float:
    """
    Give what speaks for a list of places: names of the right ending, each of them once.

    Parameters
    ----------
    table, fields, signs
        First rows, field to head, and how the names of such places end.
    """
    if not signs.endings or "name" not in fields or not len(table):
        return 0.0
    columns = [fields[f] for f in ("township", "name") if f in fields]
    rows = table[columns].map(text_of).dropna(subset=[fields["name"]])
    if not len(rows) or len(rows.drop_duplicates()) < 0.95 * len(rows):
        return 0.0
    names = rows[fields["name"]].str.replace(r"\d+$", "", regex=True)
    ended = names.str.endswith(signs.endings).mean()
    own = plain(fields["name"]) != "name"
    return _LISTED * float(own or ended > 0.5) + _ENDED * float(ended > 0.5)


def fits(
    heads: list[str],
    fields: Mapping[str, str],
    told: Mapping[str, float],
    layer: Layer,
    signs: Signs,
    *,
    sure: bool,
) -> bool:
    """
    Tell whether a file has what every file of the layer has, and nothing that speaks against.

    Parameters
    ----------
    heads, fields, told
        Its heads, field to head, and the evidence of each head.
    layer, signs
        The layer.
    sure
        Its name, its tags or its list of places speak of the layer already.
    """
    required = [n for n, c in layer.columns.items() if c.required and n != "id"]
    groups = [*signs.needs, *((name,) for name in required)]
    if not all(any(field in fields for field in group) for group in groups):
        return False
    if any(field in fields for field in signs.not_with):
        return False
    if signs.endings and any(_another_thing(h, layer) for h in heads if h not in fields.values()):
        return False
    strongest = max(told.values(), default=0.0)
    return sure or strongest >= 2.0


def _another_thing(head: str, layer: Layer) -> bool:
    """Tell whether a head is the id of something that is no place."""
    return plain(head) in _others_ids(layer.name) or head.strip().endswith("编号")
