"""Meanings: what a column can hold by its head, checked wherever the column appears."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict

from layers.facts import HERE, checked, load_toml
from layers.findings import Finding, numbers
from layers.schema import Column, Layer
from layers.table import PLACED, cast, text_of
from layers.text import plain

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_CLOSED = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Meaning:
    """
    What a column of some head holds: a row of ``meanings.toml``.

    Attributes
    ----------
    name, kind
        What it is, and how its cells are read.
    units, heads, endings
        The units of schema columns, the heads and the ends of heads by which it is known.
    least, most
        The smallest and largest number, or the first and last year of a date.
    whole
        Fractions are mistakes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    name: str
    kind: Literal["share", "number", "date", "code"]
    units: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    least: float = -np.inf
    most: float = np.inf
    whole: bool = False


@dataclass(frozen=True)
class _Order:
    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class _Limit:
    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    column: str
    most: float


@dataclass(frozen=True)
class _Facts:
    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED

    meaning: tuple[Meaning, ...]
    order: tuple[_Order, ...]
    limit: tuple[_Limit, ...]
    alike: Mapping[str, str]


@cache
def _facts() -> _Facts:
    name = "meanings.toml"
    return checked(_Facts, load_toml(HERE / name), name)


@cache
def meaning_of(head: str) -> Meaning | None:
    """
    Give what a column holds by its head alone, None where the head does not tell.

    Examples
    --------
    >>> meaning_of("卫生厕所普及率").name, meaning_of("开工日期").name, meaning_of("颜色")
    ('share', 'date', None)
    """
    folded = plain(head)
    for one in _facts().meaning:
        if folded in {plain(known) for known in one.heads}:
            return one
    ended = [
        (len(ending), -place, one)
        for place, one in enumerate(_facts().meaning)
        for ending in one.endings
        if head.strip().casefold().endswith(ending.casefold())
    ]
    return max(ended, key=lambda found: found[:2])[2] if ended else None


def meaning_of_column(column: Column) -> Meaning | None:
    """Give what a column of a schema holds, by its unit or its type."""
    if column.type in ("date", "datetime"):
        return next(one for one in _facts().meaning if one.name == "date")
    if column.type in ("integer", "number"):
        return next((one for one in _facts().meaning if column.unit in one.units), None)
    return None


def lookalikes(ids: pd.Series, layer: str) -> list[Finding]:
    """
    Find ids that differ only in case, width, spaces or letters that look the same.

    Parameters
    ----------
    ids
        Ids as the sender wrote them, on his row numbers; missing where blank.
    layer
        Name of their layer.

    Returns
    -------
    list of Finding
        At most one, with all rows concerned.
    """
    given = ids.dropna().astype("str")
    letters = str.maketrans(dict(_facts().alike))
    unlike = given.drop_duplicates()
    folded = unlike.map(
        lambda text: "".join(unicodedata.normalize("NFKC", text).casefold().split()).translate(
            letters
        )
    )
    several = unlike[folded.duplicated(keep=False)]
    if several.empty:
        return []
    rows = given.index[given.isin(set(several))]
    names = tuple(several)
    return [Finding("lookalike_id", "warning", layer, "id", numbers(rows), names)]


def check_meanings(
    raw: pd.DataFrame, heads: Mapping[str, str], frame: pd.DataFrame, layer: Layer
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Check what columns hold against what they mean.

    Parameters
    ----------
    raw
        n rows as the sender wrote them; the index counts his rows.
    heads
        Head to field, for the heads the layer understands.
    frame
        The same rows typed, on the same index.
    layer
        Their layer.

    Returns
    -------
    frame
        The rows, with impossible values of the layer's own columns blank; values of other
        columns stay as written.
    findings
        What cannot be, with rows.
    """
    changed = frame.copy(deep=False)
    found: list[Finding] = []
    dates: dict[str, tuple[str, pd.Series]] = {}
    for head in (str(one) for one in raw.columns):
        field = heads.get(head, "")
        column = layer.columns.get(field)
        if column is None:
            values, told = _shown(raw[head], head, layer.name)
            found += told
            if values is not None:
                dates[plain(head)] = (head, values)
        elif field in changed.columns and field not in PLACED:
            bad, told = _measured(changed[field], raw[head], column, layer.name)
            found += told
            if bad.any():
                changed[field] = changed[field].mask(bad)
            if column.type in ("date", "datetime"):
                dates[plain(field)] = dates[plain(head)] = (field, changed[field])
    crossed = _crossed(dates, layer.name)
    for one, rows, names in crossed:
        found.append(one)
        for name in names:
            if name in layer.columns:
                changed[name] = changed[name].mask(rows)
    return changed, found


def _told(code: str, layer: str, head: str, cells: pd.Series, where: Mask) -> list[Finding]:
    """Make one finding of all rows concerned, with up to five of the values."""
    if not where.any():
        return []
    said = list(dict.fromkeys(str(text_of(value)) for value in cells[where]))
    shown = ", ".join(one[:40] for one in said[:5]) + (" ..." if len(said) > 5 else "")
    rows = numbers(cells.index[where])
    return [Finding(code, "warning", layer, head, rows, detail=shown)]


# ---------------------------------------------------------------- columns of the layer


def _measured(
    values: pd.Series, cells: pd.Series, column: Column, layer: str
) -> tuple[Mask, list[Finding]]:
    """Tell which typed values cannot be; what could not be read was said by ``cast`` already."""
    nothing = np.zeros(len(values), dtype=bool)
    meaning = meaning_of_column(column)
    if meaning is None:
        return nothing, []
    if meaning.kind == "date":
        bad = _far_dates(values, meaning)
        return bad, _told("date_implausible", layer, column.name, cells, bad)
    limits = [one.most for one in _facts().limit if one.column == f"{layer}.{column.name}"]
    most = limits[0] if limits else meaning.most
    bad = _beyond(values, replace(meaning, most=most))
    return bad, _told("number_implausible", layer, column.name, cells, bad)


def _beyond(values: pd.Series, meaning: Meaning) -> Mask:
    known = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray((known < meaning.least) | (known > meaning.most), dtype=bool)


def _far_dates(values: pd.Series, meaning: Meaning) -> Mask:
    years = values.dt.year.to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray((years < meaning.least) | (years > meaning.most), dtype=bool)


# ---------------------------------------------------------------- columns that are only shown


def _shown(cells: pd.Series, head: str, layer: str) -> tuple[pd.Series | None, list[Finding]]:
    """Check a column no schema knows; give its dates where it holds dates."""
    meaning = meaning_of(head)
    if meaning is None or not _like_figures(cells):
        return None, []
    values, words, found = cast(cells, _as_column(meaning, head), layer)
    if meaning.kind == "code":
        return None, [replace(one, column=head) for one in found if one.code == "id_scientific"]
    if meaning.kind == "date":
        if values.isna().all():
            return None, []
        found += _told("date_implausible", layer, head, cells, _far_dates(values, meaning))
        return values, found
    if words.notna().sum() > 1 and values.isna().all():
        return None, []
    limits = replace(meaning, most=meaning.most / 100) if meaning.kind == "share" else meaning
    return None, found + _told("number_implausible", layer, head, cells, _beyond(values, limits))


def _as_column(meaning: Meaning, head: str) -> Column:
    """Describe a column as a schema would, so that its cells are read like all others."""
    if meaning.kind == "code":
        return Column("id")
    if meaning.kind == "date":
        return Column(head, "datetime")
    unit = "share" if meaning.kind == "share" else (*meaning.units, "")[0]
    return Column(head, "integer" if meaning.whole else "number", unit)


def _like_figures(cells: pd.Series) -> bool:
    """Tell whether a column holds figures at all: half of its filled cells have a digit."""
    texts = [text for value in cells if (text := text_of(value)) is not None]
    return sum(any(sign.isdigit() for sign in text) for text in texts) * 2 >= max(1, len(texts))


def _crossed(
    dates: Mapping[str, tuple[str, pd.Series]], layer: str
) -> list[tuple[Finding, Mask, tuple[str, str]]]:
    """Find rows whose end lies before their start."""
    found = []
    for order in _facts().order:
        begin = next((dates[plain(h)] for h in order.first if plain(h) in dates), None)
        end = next((dates[plain(h)] for h in order.last if plain(h) in dates), None)
        if begin is None or end is None:
            continue
        rows = (begin[1] > end[1]).to_numpy(dtype=bool)
        if rows.any():
            where = numbers(begin[1].index[rows])
            told = Finding("end_before_start", "warning", layer, f"{begin[0]}/{end[0]}", where)
            found.append((told, rows, (begin[0], end[0])))
    return found
