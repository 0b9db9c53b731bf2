"""What stands on a list: the columns a receiver needs, and those to be filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.text import said, t
from layers.where.positions import WGS84
from layers.work_form import HandOut, Item
from works.library import load_costs

ABOUT = (
    "work_no", "title", "subject_name", "group", "address", "village", "township", "reason",
    "quantity", "unit", "due", "lead", "team", "person",
)  # fmt: skip
"""What there is to do, where, and until when."""
FILL = (
    "state", "progress", "done_on", "quantity_done", "result", "obstacle", "note", "filled_by",
)  # fmt: skip
"""What the receiver fills in; what is known already stands there."""
KEYS = ("work_id", "version", "list_no", "position")
"""By which a list that comes back is understood."""
COLUMNS = (*ABOUT, *FILL, *KEYS)
WHOLE, NUMBERS = ("version", "progress"), ("quantity", "quantity_done")
_NO_AREA = (-1, *range(3), 4, 5)
"""Types of shapes that have no rings to be turned: none, points and lines."""
UNTOUCHED = ("open", "reopened")
"""States in which nothing has been answered yet: on paper and phone the cell is left empty."""


def heads(lang: str) -> dict[str, str]:
    """Give the columns of a list with the heads people read."""
    return {name: t(f"handout.head.{name}", lang) for name in COLUMNS}


def table(items: Sequence[Item], handed: HandOut, lang: str) -> pd.DataFrame:
    """
    Give items as rows of a list.

    Parameters
    ----------
    items
        In the order of the list.
    handed
        The list they stand on; what it says of their versions stands in the rows.
    lang
        Language of titles, units and reasons. States stay codes.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``; cells are text, whole numbers, numbers, or None.
    """
    own: dict[str, Callable[[Item], Any]] = {
        "title": lambda item: item[f"title_{lang}"] or item["title_zh"],
        "reason": lambda item: item[f"reason_{lang}"] or item["reason_zh"],
        "unit": lambda item: unit_of(item, lang),
        "version": lambda item: handed.versions.get(item["work_id"], item["version"]),
        "list_no": lambda _: handed.list_no or None,
    }
    cells: dict[str, Any] = {}
    for name in COLUMNS:
        give = own.get(name)
        cells[name] = list(map(give or itemgetter(name), items))
    for name in WHOLE:
        cells[name] = [None if v is None else int(v) for v in cells[name]]
    for name in NUMBERS:
        read = {v: number(v) for v in set(cells[name])}
        cells[name] = [read[v] for v in cells[name]]
    return pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in cells.items()}, columns=COLUMNS)


def number(value: Any) -> int | float | None:
    """
    Read a kept number; one that has no fraction is whole.

    Examples
    --------
    >>> number("3"), number("83.2"), number(None), number("many")
    (3, 83.2, None, None)
    """
    try:
        read = float(value)
    except (TypeError, ValueError):
        return None
    if not np.isfinite(read):
        return None
    return int(read) if read.is_integer() else read


def unit_of(item: Item, lang: str) -> str | None:
    """Give the unit of work in a language; one the planner's own costs lack stays as it is."""
    units = _units(lang)
    return units.get(item["kind"] or "", item["unit"])


@cache
def _units(lang: str) -> dict[str, str]:
    return {key: said(kind.unit, lang) for key, kind in load_costs().items()}


def what_to_do(item: Item, lang: str) -> str:
    """Say what is to be done and how much of it: 新建或改建卫生户厕1户."""
    title = item[f"title_{lang}"] or item["title_zh"] or ""
    amount, unit = number(item["quantity"]), unit_of(item, lang) or ""
    if amount is None:
        return str(title)
    return f"{title}{amount}{unit}" if lang == "zh" else f"{title}, {amount} {unit}".strip()


def where_of(item: Item) -> str:
    """Say where it is as people look for it: village, group, address."""
    names = (item["village"], item["group"], item["address"])
    return " ".join(dict.fromkeys(str(one) for one in names if one))


def state_word(state: str | None, lang: str, *, blank: bool = True) -> str | None:
    """Give the word of a state; None where nothing was answered yet and ``blank`` is wanted."""
    if state is None or (blank and state in UNTOUCHED):
        return None
    return t(f"state.{state}", lang)


def points(items: Sequence[Item]) -> np.ndarray[Any, Any]:
    """Give the point of each item, None where it has no place."""
    x, y = (np.array([_degrees(item[name]) for item in items]) for name in ("lon", "lat"))
    there = np.isfinite(x) & np.isfinite(y)
    drawn: np.ndarray[Any, Any] = np.full(len(items), None, dtype=object)
    drawn[there] = shapely.points(x[there], y[there])
    return drawn


def _degrees(text: str | None) -> float:
    read = number(text)
    return math.nan if read is None else float(read)


def shapes(items: Sequence[Item]) -> np.ndarray[Any, Any]:
    """Give the line or outline of each item where it is no point, None elsewhere."""
    return shapely.from_wkt(np.array([item["shape"] for item in items], dtype=object))


def placed(items: Sequence[Item], handed: HandOut, lang: str) -> gpd.GeoDataFrame:
    """Give items as rows with their own shape: point, line or outline, None for no place."""
    own = shapes(items)
    drawn = np.where(shapely.is_missing(own), points(items), own)
    flat = ~np.isin(shapely.get_type_id(drawn), _NO_AREA)
    drawn[flat] = shapely.orient_polygons(drawn[flat])
    cells = table(items, handed, lang)
    cells.insert(0, "id", cells["work_id"])
    shown = gpd.GeoSeries(drawn, index=cells.index, crs=WGS84)
    return gpd.GeoDataFrame(cells, geometry=shown, crs=WGS84)
