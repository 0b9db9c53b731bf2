"""From raw tables to typed columns: heads to fields, words to codes, text to numbers and dates."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from layers.errors import UsageError
from layers.findings import Finding, numbers
from layers.read import Options
from layers.schema import Column, Layer
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
_DATE = re.compile(
    r"^(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})日?(?:\D+(\d{1,2}):(\d{2})(?::(\d{2}))?.*)?$"
)
_SPLIT = re.compile(r"[、,，;；|/]+")


def text_of(value: Any) -> str | None:
    """
    Give a cell as text: no trailing ``.0`` on whole numbers, no spaces around, None when blank.

    Examples
    --------
    >>> text_of(621001100201.0), text_of("621001100201.0"), text_of("  "), text_of("１２")
    ('621001100201', '621001100201', None, '12')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (dt.datetime, pd.Timestamp)) and value.time() == dt.time():
        return value.date().isoformat()
    text = str(value).strip()
    digits = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    text = digits if re.fullmatch(r"[\d.,%+\-\s]+", digits) else text
    # A code that some program took for a number and wrote as text again.
    text = text.split(".")[0] if re.fullmatch(r"\d{6,}\.0+", text) else text
    return text or None


def number_of(text: str) -> float | None:
    """
    Read a number as ledgers write it: thousands commas, per cent.

    Examples
    --------
    >>> number_of("1,200"), number_of("86%"), number_of("约30")
    (1200.0, 0.86, None)
    """
    cleaned = text.replace(",", "").replace("，", "").strip()
    share = cleaned.endswith("%")
    try:
        value = float(cleaned.rstrip("%"))
    except ValueError:
        return None
    if not np.isfinite(value):
        return None
    return value / 100 if share else value


def date_of(text: str) -> pd.Timestamp | None:
    """
    Read a date: 2023-05-01, 2023/5/1, 2023.5.1, 2023年5月1日, 20230501, or an Excel day number.

    Examples
    --------
    >>> date_of("2023年5月1日").date().isoformat(), date_of("20230501").date().isoformat()
    ('2023-05-01', '2023-05-01')
    """
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    found = compact or _DATE.match(text.replace("T", " "))
    try:
        if found:
            parts = [int(part) for part in found.groups() if part is not None]
            return pd.Timestamp(dt.datetime(*parts))  # type: ignore[arg-type]
        if re.fullmatch(r"\d{5}", text):
            return pd.Timestamp(1899, 12, 30) + pd.Timedelta(days=int(text))
    except ValueError:
        return None
    return None


def _whole(text: str) -> int | None:
    value = number_of(text)
    return int(value) if value is not None and value.is_integer() else None


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
            return None
        return LIST_MARK.join(sorted({part for part in found if part is not None}))

    return several if column.type == "choices" else one


def _boolean(column: Column) -> Callable[[str], Any]:
    codes = column.codes
    return lambda text: {"true": True, "false": False}.get(codes.get(plain(text), ""))


def _parser(column: Column) -> Callable[[str], Any]:
    if column.type in ("choice", "choices"):
        return _choice(column)
    simple: dict[str, Callable[[str], Any]] = {
        "text": lambda text: text,
        "integer": _whole,
        "number": number_of,
        "date": lambda text: stamp.normalize() if (stamp := date_of(text)) is not None else None,
        "datetime": date_of,
    }
    return _boolean(column) if column.type == "boolean" else simple[column.type]


PLACED = ("lon", "lat", "x", "y")
"""Fields that become geometry and are not kept as columns; all other numbers count something."""
RESERVED = {"geometry", "geom", "fid", "position"}
_FAULT = {"integer": "not_a_number", "number": "not_a_number", "date": "not_a_date"}


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
        One for all cells that were not understood, with their rows and words.
    """
    pieces, uniques = pd.factorize(raw, use_na_sentinel=True)
    texts = np.array([text_of(value) for value in uniques] + [None], dtype=object)
    parse = _parser(column)
    parsed = [None if text is None else parse(text) for text in texts]
    lost = np.array(
        [t is not None and p is None for t, p in zip(texts, parsed, strict=True)], dtype=bool
    )
    values = pd.Series(parsed, dtype=DTYPES[column.type]).take(pieces)
    values.index = raw.index
    words = pd.Series(texts[pieces], index=raw.index, dtype="str")
    bad = lost[pieces]
    below = _negative(values, column)
    values = values.mask(below)
    if column.open and column.type in ("choice", "choices"):
        strange = np.array([t is not None and plain(t) not in column.codes for t in texts])[pieces]
        found = [_words(layer, column, words, strange, "word_kept", "info")]
    else:
        code = _FAULT.get(column.type, "word_unknown")
        found = [
            _words(layer, column, words, bad, code, "warning"),
            _words(layer, column, words, below, "negative_number", "warning"),
        ]
    return values, words, [one for one in found if one is not None]


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
        Head to field, each field at most once: a head that is the field's own name goes first,
        then the file's order. Heads without a field are left out.

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
    twice = [field for field in options.fields if options.fields.count(field) > 1]
    if twice:
        msg = f"--map ={twice[0]}: two columns are given for it. Choose one."
        raise UsageError(msg)
    unknown = [f for f in options.fields if not f.isidentifier() or f in RESERVED]
    if unknown:
        msg = f"--map ={unknown[0]}: not a field name. Use one of the layer's fields."
        raise UsageError(msg)
    found: dict[str, str] = {head: mapping[plain(head)] for head in heads if plain(head) in mapping}
    taken = set(found.values())
    exact = [head for head in heads if plain(head) in {plain(name) for name in layer.columns}]
    for head in [*exact, *heads]:
        field = layer.aliases.get(plain(head))
        if head not in found and field is not None and field not in taken:
            found[head] = field
            taken.add(field)
    return found


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
