"""A list that a ledger spreads over columns: one yes/no column for each thing on it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd

from geo.rows import Cells
from layers.schema import schema
from layers.table import LIST_MARK

NOTHING = "none"
"""Code of a list on which nothing stands."""
UNKNOWN = "unknown"
"""Code of what nobody ticked nor crossed out."""


@cache
def _ticked_in(layer: str) -> Mapping[str, Mapping[str, str]]:
    """Map each list column of a layer to its yes/no columns: column name to code on the list."""
    found: dict[str, dict[str, str]] = {}
    for column in schema(layer).columns.values():
        if column.ticks:
            name, _, code = column.ticks.partition(".")
            found.setdefault(name, {})[column.name] = code
    return found


def cells_of(frame: Cells | pd.DataFrame, layer: str, name: str) -> pd.Series | None:
    """
    Give a column of a layer; a list that was not written in one cell is put together from ticks.

    Parameters
    ----------
    frame
        n rows of the layer.
    layer, name
        Which column is wanted.

    Returns
    -------
    pandas.Series
        n cells; None when nobody ever sent the column, nor one of its yes/no columns. A list put
        together holds the codes ticked, and ``unknown`` where one of its columns is blank or was
        never sent. What stands in one cell goes before the ticks.

    Examples
    --------
    >>> ticks = pd.DataFrame({"fn_office": [True, None], "fn_finance": [False, None]})
    >>> cells_of(ticks.astype("boolean"), "facilities", "functions").tolist()
    ['office|unknown', nan]
    """
    written: pd.Series | None = frame.get(name)
    columns = _ticked_in(layer).get(name, {})
    sent = [column for column in columns if column in frame]
    if not sent or (written is not None and bool(written.notna().all())):
        return written
    ticks = {column: frame[column].astype("boolean") for column in sent}
    parts = pd.Series("", index=range(len(frame)), dtype="str")
    for column in sent:
        yes = ticks[column].fillna(False).to_numpy(dtype=bool)
        parts = parts.where(~yes, parts + columns[column] + LIST_MARK)
    blanks = pd.DataFrame({column: cells.isna() for column, cells in ticks.items()})
    open_ = blanks.any(axis=1).to_numpy(dtype=bool) | (len(sent) < len(columns))
    parts = parts.where(~open_, parts + UNKNOWN)
    made = parts.str.removesuffix(LIST_MARK).replace("", NOTHING)
    made = made.mask(blanks.all(axis=1).to_numpy(dtype=bool))
    return made if written is None else written.where(written.notna(), made)
