"""Figures typed in full width: read as figures, and told: other programs take them for text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.findings import Finding, numbers

_WIDE = "[０-９]"
_FIGURE = r"[\s０-９0-9．.，,％%－\-+]+"


def wide_figures(table: pd.DataFrame, layer: str) -> list[Finding]:
    """
    Find cells that hold nothing but a figure with full-width digits.

    Parameters
    ----------
    table
        Rows under the sender's heads, the index counting the sender's rows.
    layer
        Name of the layer, for the finding.

    Returns
    -------
    list of Finding
        ``wide_figures`` for all such cells together, with their rows; empty when there are none.

    Examples
    --------
    >>> wide_figures(pd.DataFrame({"户数": ["１２", "3", "甲１组"]}, index=[1, 2, 3]), "x")[0].rows
    (1,)
    """
    rows: set[int] = set()
    heads: list[str] = []
    for head in table.columns:
        cells = table[head]
        if cells.dtype.kind in "iufbM":
            continue
        pieces, uniques = pd.factorize(cells, use_na_sentinel=True)
        texts = pd.Series(uniques, dtype=object).astype("str")
        hits = texts.str.contains(_WIDE) & texts.str.fullmatch(_FIGURE)
        where = np.array([*hits.fillna(False), False], dtype=bool)[pieces]
        if where.any():
            rows |= {int(one) for one in table.index[where]}
            heads.append(str(head))
    if not rows:
        return []
    return [Finding("wide_figures", "warning", layer, rows=numbers(rows), detail=", ".join(heads))]
