"""Rows of a ledger that are no records: totals, and the lines for names and remarks below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.findings import Finding, numbers
from layers.schema import Layer, keys
from layers.table import text_of
from layers.text import plain

SKIPPED = ("total_row_skipped", "footer_row_skipped")
"""Findings that list rows which were read and not stored."""

_PLACES = {"row_no", "city", "county", "township", "village", "hamlet", "group", "name"}
_TOTAL = re.compile(
    r"(?:.{0,20}(?:合计|总计|小计|共计|累计)数?(?:户|村|人|座|个|处)?)|(?:sub|grand)?totals?"
)
_FOOTER = re.compile(
    r"(?:填表|填报|制表|报送|审核|复核|审批|统计|单位|分管|主要|联系|负责|经办|领导"
    r"|填写|注|备注|说明)[^\s:：]{0,6}\s*[:：]|(?:prepared|checked|approved|signed) by\s*:",
    re.IGNORECASE,
)


def _said(cells: pd.Series, pattern: re.Pattern[str], *, folded: bool) -> Any:
    """Tell which cells hold a word; each different cell is looked at once."""
    pieces, uniques = pd.factorize(cells, use_na_sentinel=True)
    texts = [text_of(value) or "" for value in uniques]
    if folded:
        hits = [pattern.fullmatch(plain(text)) is not None for text in texts]
    else:
        hits = [pattern.match(text) is not None for text in texts]
    return np.array([*hits, False], dtype=bool)[pieces]


def drop_totals(
    table: pd.DataFrame, heads: Mapping[str, str], layer: Layer
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Leave out the rows of a sheet that add others up or are signed.

    Parameters
    ----------
    table
        Rows as the sheet holds them.
    heads
        Which of its heads are which fields.
    layer
        The layer; a row with an id of its own, or of the thing it belongs to, is a record
        whatever its name says.

    Returns
    -------
    table
        The rows that are records.
    findings
        The rows left out, by kind.
    """
    own = {"id", *keys()} - {"village_id"}
    known = np.zeros(len(table), dtype=bool)
    total = np.zeros(len(table), dtype=bool)
    for head, field in heads.items():
        if head in table and field in own | _PLACES:
            adds_up = _said(table[head], _TOTAL, folded=True)
            total |= adds_up
            if field in own:
                known |= ~_blank(table[head]) & ~adds_up
    first = _first_filled(table)
    total |= _said(first, _TOTAL, folded=True)
    footer = _said(first, _FOOTER, folded=False)
    total &= ~known
    footer &= ~(known & (_filled(table) > 1)) & ~total
    found = [
        Finding(code, "info", layer.name, rows=numbers(table.index[where]))
        for code, where in zip(SKIPPED, (total, footer), strict=True)
        if where.any()
    ]
    return (table[~(total | footer)] if found else table), found


def _blank(cells: pd.Series) -> Any:
    return (cells.isna() | cells.astype("str").str.strip().eq("")).to_numpy(dtype=bool)


def _filled(table: pd.DataFrame) -> Any:
    counts = np.zeros(len(table), dtype=int)
    for head in table.columns:
        counts += ~_blank(table[head])
    return counts


def _first_filled(table: pd.DataFrame) -> pd.Series:
    """Give the leftmost filled cell of every row."""
    first = pd.Series(None, index=table.index, dtype=object)
    for head in reversed(table.columns):
        cells = table[head].astype(object)
        first = cells.where(~_blank(table[head]), first)
    return first
