"""A list of villages pasted from a spreadsheet or a message, as a table with heads."""

from __future__ import annotations

import re

import pandas as pd

from layers.errors import DataError
from layers.schema import Layer, schema
from layers.text import plain

MOST_ROWS = 20_000
_TOWN = re.compile(r"(镇|乡|街道|办事处)$")
_BOTH = re.compile(r"^(.+?(?:镇|乡|街道|办事处))[\s-]*(.+)$")
_COUNTY = re.compile(r"(县|区|市|旗)$")
_CODE = re.compile(r"^\d{6,12}$")
_MOST = 0.6


def pasted_villages(text: str) -> pd.DataFrame:
    r"""
    Read pasted text as a list of villages.

    Parameters
    ----------
    text
        One village per line; cells apart by tabs, commas or spaces; with or without heads. A
        township given once for several lines, as merged cells are pasted, holds until the next.

    Returns
    -------
    pandas.DataFrame
        Text cells under heads the layer ``villages`` knows; columns nobody recognises keep a
        number for a head.

    Raises
    ------
    DataError
        If there is no line, too many, or no column of names.

    Examples
    --------
    >>> pasted_villages("东沟镇 石桥村\n东沟镇 南坡村").to_dict("list")
    {'乡镇': ['东沟镇', '东沟镇'], '行政村': ['石桥村', '南坡村']}
    """
    rows = [_cells(line, "\t" in text) for line in text.splitlines() if line.strip()]
    if not rows:
        msg = "villages: nothing was pasted. Paste one village per line, with its township."
        raise DataError(msg)
    if len(rows) > MOST_ROWS:
        msg = f"villages: {len(rows)} lines were pasted. Save so long a list as a file."
        raise DataError(msg)
    width = max(map(len, rows))
    table = pd.DataFrame([row + [""] * (width - len(row)) for row in rows], dtype=object)
    layer = schema("villages")
    heads = [plain(cell) for cell in table.iloc[0] if cell]
    known = _heads(layer)
    if heads and sum(head in known for head in heads) * 2 >= len(heads):
        table.columns = pd.Index([str(cell) or str(n + 1) for n, cell in enumerate(table.iloc[0])])
        table = table.iloc[1:]
    else:
        table = _named(table, layer)
    names = [head for head in table if plain(head) in _heads(layer, "name")]
    if not names or table[names[0]].eq("").all():
        msg = "villages: no column of village names was found. Paste the township and the village."
        raise DataError(msg)
    towns = [head for head in table if plain(head) in {plain(one) for one in ("乡镇", "township")}]
    for head in towns:
        table[head] = table[head].replace("", None).ffill().fillna("")
    return table.reset_index(drop=True)


def _cells(line: str, tabs: bool) -> list[str]:
    """Take a line apart; with tabs anywhere in the text, an empty cell is a cell too."""
    parts = line.split("\t") if tabs else re.split(r"[,，;；、]|\s+", line.strip())
    return [part.strip() for part in parts]


def _heads(layer: Layer, *fields: str) -> set[str]:
    columns = [layer.columns[name] for name in fields] if fields else layer.columns.values()
    return {plain(word) for one in columns for word in (one.name, *one.zh, *one.en)}


def _named(table: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Give columns without heads the heads their cells suggest."""
    if table.shape[1] == 1:
        table = _apart(table)
    heads: dict[object, str] = {}
    levels = layer.columns["demo_level"].words
    said = {plain(word) for words in levels.values() for word in words}
    tests = (
        ("行政村代码", lambda cell: bool(_CODE.match(cell))),
        ("乡镇", lambda cell: bool(_TOWN.search(cell))),
        ("示范村级别", lambda cell: plain(cell) in said),
        ("县", lambda cell: bool(_COUNTY.search(cell))),
        ("行政村", lambda cell: not cell.isdigit()),
    )
    for head, fits in tests:
        for column in table:
            cells = [cell for cell in table[column] if cell]
            if column not in heads and cells and sum(map(fits, cells)) >= _MOST * len(cells):
                heads[column] = head
                break
    open_ = [one for one in table if one not in heads and table[one].ne("").all()]
    first = next((one for one, head in heads.items() if head == "行政村"), None)
    if "乡镇" not in heads.values() and open_ and first == 0 and table[0].duplicated().any():
        # Names that repeat before names that follow are those of townships without a suffix.
        heads |= {0: "乡镇", open_[0]: "行政村"}
    return table.rename(columns={one: heads.get(one, str(n + 1)) for n, one in enumerate(table)})


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    """Take 东沟镇石桥村 apart, where most lines name town and village in one go."""
    found = [_BOTH.match(cell) for cell in table[0]]
    if sum(one is not None for one in found) < _MOST * len(found):
        return table
    pairs = [one.groups() if one else ("", cell) for one, cell in zip(found, table[0], strict=True)]
    return pd.DataFrame(pairs, dtype=object)
