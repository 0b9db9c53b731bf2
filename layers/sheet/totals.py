"""Rows of a ledger that are no records: totals, and the lines for names and remarks below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from layers.findings import Finding, numbers
from layers.schema import Layer, keys
from layers.sheet.stated import differing_totals
from layers.table import text_of
from layers.text import plain

_SEVERITY = {"total_row_skipped": "warning", "footer_row_skipped": "info"}
# A row taken for a total by mistake would be lost; a line of names would not.
SKIPPED = tuple(_SEVERITY)
"""Findings that list rows which were read and not stored."""

_PLACES = {"row_no", "city", "county", "township", "village", "hamlet", "group", "name"}
_ABOVE = {"row_no", "city", "county", "township"}
"""Where no record says that it adds others up, whatever stands below the head of its id."""
_SEVERAL = re.compile(r"共?\d+个(?:行政)?村|[全各](?:[县区市乡镇]|街道)?(?:各|所有)?村?")
"""What stands for a village in the row of a township above its villages."""
_TOTAL = re.compile(
    r"(?:.{0,20}(?:合计|总计|小计|共计|累计)数?(?:户|村|人|座|个|处|\d.{0,12})?)"
    r"|(?:sub|grand)?totals?|本页(?:合|小|共)计|平均(?:数|值)?|average"
)
_FOOTER = re.compile(
    r"(?:填表|填报|制表|报送|审核|复核|审批|统计|单位|分管|主要|联系|负责|经办|领导"
    r"|填写|注|备注|说明|校对|签字|签章|盖章|日期|时间|电话|村主任|村支书|书记|主任|站长"
    r"|乡镇长|镇长|乡长)[^\s:：]{0,8}\s*[:：]"
    r"|(?:prepared|checked|approved|signed|reported|date|notes?|source)(?: by)?\s*:"
    r"|第\s*\d+\s*页|共\s*\d+\s*页|page \d+( of \d+)?$"
    r"|[（(]?以下(?:空白|无正文)|制表人|\*?注\d?[:：.、]",
    re.IGNORECASE,
)


_HINTS = {
    _TOTAL: "(?i)计|平|tot|ｔ|average",
    _SEVERAL: "个|全|各",
    _FOOTER: "(?i)[:：.、]|页|page|以下|制表人|注|ｐ",
}
"""What a cell must hold to be looked at closely: most hold none of it."""


def _said(cells: pd.Series, pattern: re.Pattern[str], *, folded: bool) -> Any:
    """Tell which cells hold a word; each different cell is looked at once."""
    result = np.zeros(len(cells), dtype=bool)
    hints = cells.astype("str").str.contains(_HINTS[pattern], regex=True, na=False)
    places = np.flatnonzero(hints.to_numpy(dtype=bool))
    pieces, uniques = pd.factorize(cells.iloc[places], use_na_sentinel=True)
    texts = [text_of(value) or "" for value in uniques]
    if folded:
        hits = [pattern.fullmatch(plain(text)) is not None for text in texts]
    else:
        hits = [pattern.match(text) is not None for text in texts]
    result[places] = np.array([*hits, False], dtype=bool)[pieces]
    return result


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
    known, total, above, signed = np.zeros((4, len(table)), dtype=bool)
    for head, field in heads.items():
        if head in table and field in own | _PLACES:
            adds_up = _said(table[head], _TOTAL, folded=True)
            names = _said(table[head], _FOOTER, folded=False)
            if field in own:
                known |= ~_blank(table[head]) & ~adds_up & ~names
            elif field == "village" or (field, layer.name) == ("name", "villages"):
                adds_up |= _said(table[head], _SEVERAL, folded=True)
            total |= adds_up
            above |= adds_up if field in _ABOVE else False
            signed |= names if field == "row_no" else False
    first = _first_filled(table)
    total |= _said(first, _TOTAL, folded=True)
    footer = _said(first, _FOOTER, folded=False)
    total &= ~known | above
    footer &= ~total
    footer[footer] = ~(known[footer] & (_filled(table[footer]) > 1)) | signed[footer]
    found = [
        Finding(code, severity, layer.name, rows=numbers(table.index[where]))
        for (code, severity), where in zip(_SEVERITY.items(), (total, footer), strict=True)
        if where.any()
    ]
    if not found:
        return table, found
    kept = table[~(total | footer)]
    if total.any():
        # The ledger audit tells a total that is not the sum of its rows.
        found[0] = replace(found[0], detail=differing_totals(table[total], kept, heads, layer))
    return kept, found


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
    left = np.arange(len(table))
    for head in table.columns:
        cells = table[head].iloc[left]
        blank = _blank(cells)
        first.iloc[left[~blank]] = cells[~blank].astype(object).to_numpy()
        left = left[blank]
    return first
