"""From raw tables to typed columns: heads to fields, words to codes, text to numbers and dates."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.cells.codes import is_id, read_ids
from layers.cells.days import date_of as date_of
from layers.cells.days import read_days
from layers.cells.figures import Reading, is_blank_word, read_numbers
from layers.cells.figures import number_of as number_of
from layers.errors import UsageError
from layers.findings import Finding, numbers
from layers.schema import Column, Layer
from layers.source import Options
from layers.text import plain

DTYPES = {
    "text": "str",
    "choice": "str",
    "choices": "str",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
    "date": "datetime64[us]",
    "datetime": "datetime64[us]",
}
LIST_MARK = "|"
"""Joins the codes of a ``choices`` cell."""
SOURCE_SUFFIX = "_source"
"""Column that keeps the sender's word beside the code of a choice."""

_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
_ID_CARD = re.compile(
    rf"(?<!\d)(?<!\d\.){_PROVINCE}\d{{4}}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}[\dXx]"
    r"|[3-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)"
)
# The old form has a two-digit year. Years below 30 are left out: 621002 100 201 001, the first
# house of a village whose code ends in 201, would read as somebody born on 1 February 1910.
_SPLIT = re.compile(r"[、,，;；|/]+")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060-\u2063\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs without a width that come in by copying and make two equal words differ."""
_FIGURES = re.compile(r"[\d.,%+\-\s]+")
_WHOLE = re.compile(r"\d{6,}\.0+")


def text_of(value: Any) -> str | None:
    """
    Give a cell as text: no trailing ``.0`` on whole numbers, no spaces around, None when blank.

    Examples
    --------
    >>> text_of(621001100201.0), text_of("621001100201.0"), text_of("  "), text_of("１２")
    ('621001100201', '621001100201', None, '12')
    """
    if isinstance(value, str):
        return _cleaned(value)
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (dt.datetime, pd.Timestamp)) and value.time() == dt.time():
        return value.date().isoformat()
    return _cleaned(str(value))


def _cleaned(text: str) -> str | None:
    text = text.strip()
    if not text.isascii():
        text = _UNSEEN.sub("", text).strip()
        digits = unicodedata.normalize("NFKC", text)
        text = digits if _FIGURES.fullmatch(digits) else text
    # A code that some program took for a number and wrote as text again.
    if text.endswith("0") and _WHOLE.fullmatch(text):
        text = text.split(".")[0]
    return text or None


def _choice(column: Column) -> Callable[[str], Any]:
    codes = column.codes

    def one(text: str) -> str | None:
        return codes.get(plain(text), text if column.open else None)

    def several(text: str) -> str | None:
        whole = codes.get(plain(text))
        if whole is not None:
            return whole
        found = [one(part) for part in _SPLIT.split(text) if part.strip()]
        if not found or any(part is None for part in found):
            # Survey programs put blanks between the answers, whose names hold none.
            found = [codes.get(plain(part)) for part in text.split()]
        if not found or any(part is None for part in found):
            return None
        return LIST_MARK.join(sorted({part for part in found if part is not None}))

    return several if column.type == "choices" else one


def _boolean(column: Column) -> Callable[[str], Any]:
    codes = column.codes
    return lambda text: {"true": True, "false": False}.get(codes.get(plain(text), ""))


def _read_words(texts: Sequence[str | None], column: Column) -> Reading:
    """Read words by the schema's table; a mark for "nothing filled in" is no word."""
    parse = _boolean(column) if column.type == "boolean" else _choice(column)
    reading = Reading([None] * len(texts))
    for at, text in enumerate(texts):
        if text is None:
            continue
        value = parse(text)
        if is_blank_word(text) and (value is None or plain(text) not in column.codes):
            continue
        if value is None:
            reading.doubt("word_unknown", at)
        elif column.open and plain(text) not in column.codes:
            reading.doubt("word_kept", at)
        reading.values[at] = value
    return reading


def _read(texts: Sequence[str | None], column: Column) -> Reading:
    if column.type in ("choice", "choices", "boolean"):
        return _read_words(texts, column)
    if column.type in ("integer", "number"):
        return _read_years(texts, column) if column.unit == "year" else read_numbers(texts, column)
    if column.type in ("date", "datetime"):
        return read_days(texts, times=column.type == "datetime")
    return read_ids(texts, column.name) if is_id(column.name) else Reading(list(texts))


def _read_years(texts: Sequence[str | None], column: Column) -> Reading:
    """Read years; where a day or a month is given, its year is what counts."""
    reading = read_numbers(texts, column)
    lost = [at for at in reading.doubts.pop("not_a_number", []) if texts[at] is not None]
    days = read_days([texts[at] for at in lost])
    for at, stamp in zip(lost, days.values, strict=True):
        if stamp is None:
            reading.doubt("not_a_number", at)
        else:
            reading.values[at] = stamp.year
    return reading


PLACED = ("lon", "lat", "x", "y")
"""Fields that become geometry and are not kept as columns; all other numbers count something."""
RESERVED = {"geometry", "geom", "fid", "position"}
_SEVERITY = {"word_kept": "info", "date_month": "info"}


def cast(raw: pd.Series, column: Column, layer: str) -> tuple[pd.Series, pd.Series, list[Finding]]:
    """
    Turn raw cells into a typed column.

    Parameters
    ----------
    raw
        n cells of any kind; the index counts the sender's rows.
    column
        Its schema.
    layer
        Name of the layer, for findings.

    Returns
    -------
    values
        n typed cells (``DTYPES``), missing where the cell is blank or not understood.
    words
        n texts: what the sender wrote, missing where blank.
    findings
        One for all cells of a kind of doubt, with their rows and words.
    """
    pieces, uniques = pd.factorize(raw, use_na_sentinel=True)
    texts = [text_of(value) for value in uniques]
    reading = _read(texts, column)
    values = pd.Series([*reading.values, None], dtype=DTYPES[column.type]).take(pieces)
    values.index = raw.index
    said = np.array([*texts, None], dtype=object)[pieces]
    words = pd.Series(said, index=raw.index, dtype="str")
    below = _negative(values, column)
    values = values.mask(below)
    wheres = {code: _marked(places, len(texts))[pieces] for code, places in reading.doubts.items()}
    wheres["negative_number"] = below
    found = [
        _words(layer, column, words, where, code, _SEVERITY.get(code, "warning"))
        for code, where in wheres.items()
    ]
    return values, words, [one for one in found if one is not None]


def _marked(places: list[int], count: int) -> Any:
    marks = np.zeros(count + 1, dtype=bool)
    marks[places] = True
    return marks


def _negative(values: pd.Series, column: Column) -> Any:
    if column.type not in ("integer", "number") or column.name in PLACED:
        return np.zeros(len(values), dtype=bool)
    return (values < 0).fillna(False).to_numpy(dtype=bool)


def _words(
    layer: str, column: Column, words: pd.Series, where: Any, code: str, severity: str
) -> Finding | None:
    if not where.any():
        return None
    said = list(dict.fromkeys(words[where]))
    shown = ", ".join(said[:5]) + (" ..." if len(said) > 5 else "")
    rows = numbers(words.index[where])
    return Finding(code, severity, layer, column.name, rows, detail=shown)


def match_heads(heads: list[str], layer: Layer, options: Options) -> dict[str, str]:
    """
    Match a file's heads to the layer's fields.

    Parameters
    ----------
    heads
        Heads of the file.
    layer, options
        The layer and what ``--map`` says; a mapping given wins over any alias.

    Returns
    -------
    dict
        Head to field, each field at most once: a cleaned column goes first, then a head that is
        the field's own name, then the file's order. Heads without a field, and those a person
        gave the field '', are left out.

    Raises
    ------
    UsageError
        If ``--map`` names a head the file lacks or a field neither known nor usable as a name.
    """
    mapping = options.mapping
    present = {plain(head) for head in heads}
    absent = [head for head in options.columns if plain(head) not in present]
    if absent:
        msg = f"--map {absent[0]}: the file has no such column. It has {', '.join(heads[:30])}."
        raise UsageError(msg)
    twice = [field for field in options.fields if field and options.fields.count(field) > 1]
    if twice:
        msg = f"--map ={twice[0]}: two columns are given for it. Choose one."
        raise UsageError(msg)
    unknown = [f for f in options.fields if f and (not f.isidentifier() or f in RESERVED)]
    if unknown:
        msg = f"--map ={unknown[0]}: not a field name. Use one of the layer's fields."
        raise UsageError(msg)
    found: dict[str, str] = {head: mapping[plain(head)] for head in heads if plain(head) in mapping}
    taken = set(found.values())
    inner = _inner_names(heads)
    for head in _in_turn(heads, layer):
        field = layer.aliases.get(plain(head)) or layer.aliases.get(plain(inner.get(head, "")))
        if head not in found and field is not None and field not in taken:
            found[head] = field
            taken.add(field)
    return {head: field for head, field in found.items() if field}


_GROUPED = re.compile(r"[A-Za-z_][\w-]*(?:[/:][A-Za-z_][\w-]*)+")
_DASHED = re.compile(r"[A-Za-z_]\w*(?:-[A-Za-z_]\w*)+")
_FROM_ODK = {"metainstanceid", "metainstancename", "submissiondate"}
"""Heads of an export of ODK that names groups before a dash."""


def _inner_names(heads: list[str]) -> dict[str, str]:
    """
    Give the questions' own names of heads that name their group first (``hh/toilet_type``).

    The answers of a question (``defects/leak`` beside ``defects``) and names that several groups
    have are left out.
    """
    dashed = any(plain(head) in _FROM_ODK and "-" in head for head in heads)
    found: dict[str, str] = {}
    for head in heads:
        form, signs = (_GROUPED, "[/:]") if _GROUPED.fullmatch(head) else (_DASHED, "-")
        parts = re.split(signs, head)
        group = head[: -len(parts[-1]) - 1]
        if form.fullmatch(head) and (form is _GROUPED or dashed) and group not in heads:
            found[head] = parts[-1]
    names = [plain(name) for name in found.values()]
    return {head: name for head, name in found.items() if names.count(plain(name)) == 1}


def _in_turn(heads: list[str], layer: Layer) -> list[str]:
    """
    Order heads by how surely they are what they say.

    A column somebody cleaned goes first, then a field's own name, then the file's order; what a
    survey program adds by itself (``_id``, ``_uuid``) goes last.
    """
    names = {plain(name) for name in layer.columns}
    own = [head for head in heads if plain(head) in names and not head.startswith("_")]
    cleaned = [head for head in heads if head.endswith("_clean")]
    asked = [head for head in heads if not head.startswith("_")]
    return [*cleaned, *own, *asked, *heads]


def _plain_digits(value: Any) -> str:
    text = text_of(value) or ""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def drop_id_cards(table: pd.DataFrame, layer: str) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Blank every cell that holds what looks like a Chinese identity-card number.

    Returns
    -------
    table
        The same rows and columns without those values.
    findings
        One per column concerned, with its rows; never the values themselves.
    """
    result = table
    found: list[Finding] = []
    for head in table.columns:
        cells = table[head]
        if cells.dtype.kind in "bM" or not len(cells):
            continue
        if cells.dtype.kind in "iuf" and not (cells.abs() >= 1e14).any():
            continue
        pieces, uniques = pd.factorize(cells, use_na_sentinel=True)
        hits = [bool(_ID_CARD.search(_plain_digits(value))) for value in uniques]
        where = np.array([*hits, False], dtype=bool)[pieces]
        if where.any():
            if result is table:
                result = table.copy()
            result[head] = cells.astype(object).mask(where, None)
            rows = numbers(table.index[where])
            found.append(Finding("id_card_dropped", "warning", layer, str(head), rows))
    return result, found
