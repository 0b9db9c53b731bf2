"""Villages made by hand: rows written as dicts in, verdicts out."""

import contextlib
import datetime as dt
import os
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from geo.assess import Assessment, assess
from geo.standard import Standard, read_standard
from layers.frames import EVERYTHING, ProjectData, Raster, surveyed_table
from layers.schema import schema

METRIC = CRS.from_epsg(4545)
# A place where EPSG:4545 is true; tests write only the last digits.
EAST, NORTH = 500_000, 3_900_000
DAY = dt.date(2023, 6, 30)

Rows = Iterable[Mapping[str, Any]]


def at(x: float, y: float) -> Point:
    return Point(EAST + x, NORTH + y)


def line(*corners: tuple[float, float]) -> LineString:
    return LineString([(EAST + x, NORTH + y) for x, y in corners])


def field(x1: float, y1: float, x2: float, y2: float) -> Any:
    return box(EAST + x1, NORTH + y1, EAST + x2, NORTH + y2)


def frame(name: str, rows: Rows) -> pd.DataFrame:
    """Make a layer; a row may have `geometry`, a date may be ISO text."""
    table = pd.DataFrame(list(rows))
    if "id" not in table.columns:
        table["id"] = pd.Series(dtype="str")
    shapes = table.pop("geometry") if "geometry" in table.columns else None
    for column in table.columns:
        known = schema(name).columns.get(column)
        kind = known.type if known else "text"
        if kind in ("date", "datetime"):
            table[column] = pd.to_datetime(table[column]).astype("datetime64[us]")
        elif kind in ("integer", "number"):
            table[column] = pd.to_numeric(table[column]).astype("Float64")
        elif kind == "boolean":
            table[column] = table[column].astype("boolean")
        else:
            table[column] = table[column].astype("str")
    if shapes is None:
        return table
    cells = [None if s is None or (isinstance(s, float) and np.isnan(s)) else s for s in shapes]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(cells, crs=METRIC, index=table.index))


def project(
    *,
    partial: Iterable[str] = (),
    complete_for: Mapping[str, Iterable[str]] | None = None,
    dates: Mapping[str, str] | None = None,
    blanks: Mapping[tuple[str, str], str] | None = None,
    sent: Iterable[tuple[str, str, str, bool, str]] = (),
    dem: Raster | None = None,
    **layers: Rows,
) -> ProjectData:
    """
    Make a project; what is given was sent as complete, for its kinds where they are sent apart.

    A layer left out was never sent. `sent` adds rows (layer, kind, area, complete, date).
    """
    frames = {name: frame(name, rows) for name, rows in layers.items()}
    known = [(*row[:4], pd.Timestamp(row[4]), "hand") for row in sent]
    for name, table in frames.items():
        kinds = [EVERYTHING]
        if schema(name).by_kind and len(table):
            kinds = sorted(table["kind"].dropna().unique())
        date = pd.Timestamp((dates or {})[name]) if name in (dates or {}) else pd.NaT
        for area in (complete_for or {}).get(name, [EVERYTHING]):
            known += [(name, kind, area, name not in partial, date, "hand") for kind in kinds]
    return ProjectData(
        frames=frames,
        surveyed=surveyed_table(known),
        blanks=blanks or {},
        rasters={} if dem is None else {"dem": dem},
        crs=METRIC,
        name="county",
    )


def standard(*targets: Mapping[str, Any], **head: Any) -> Standard:
    """Make a standard; a target without an id is called t."""
    entries = [{"id": "t", **target} for target in targets]
    base = {"id": "s", "version": "1", "effective_from": dt.date(2020, 1, 1)}
    return read_standard({**base, **head, "target": entries}, "hand")


def judged(data: ProjectData, *targets: Mapping[str, Any], day: dt.date = DAY) -> Assessment:
    return assess(data, standard(*targets), as_of=day)


def verdict(data: ProjectData, day: dt.date = DAY, **target: Any) -> dict[str, str]:
    """Say met, unmet or unknown for each subject of one target; `part` where it is split."""
    table = judged(data, target, day=day).verdicts
    words = {}
    for row in table.itertuples():
        parts = {"met": row.met, "unmet": row.unmet, "unknown": row.unknown}
        whole = [name for name, size in parts.items() if size == row.amount]
        words[str(row.subject_id)] = whole[0] if whole and row.amount else "part"
    return words


def parts(data: ProjectData, day: dt.date = DAY, **target: Any) -> dict[str, tuple[float, ...]]:
    """Give met, unmet, unknown of each subject of one target, in the unit people read."""
    found = judged(data, target, day=day).found[0]
    sizes = np.column_stack([found.met, found.unmet, found.unknown]) / found.scale
    return {str(i): tuple(row) for i, row in zip(found.rows.ids, sizes.tolist(), strict=True)}


def card(made: Assessment, level: str, unit: str, target: str = "t") -> dict[str, Any]:
    """Give one row of the scorecard."""
    rows = made.scorecard
    mine = rows[(rows["level"] == level) & (rows["unit_id"] == unit)]
    return dict(mine[mine["target_id"] == target].iloc[0])


def counts(made: Assessment, level: str, unit: str, target: str = "t") -> tuple[int, int, int]:
    """Give met, unmet, unknown of one row of the scorecard."""
    row = card(made, level, unit, target)
    return int(row["met"]), int(row["unmet"]), int(row["unknown"])


def flat(heights: Any, step: float = 100) -> Raster:
    """Make a raster of heights whose upper left corner lies at (-1000, 1000)."""
    values = np.asarray(heights, dtype=float)
    return Raster(values, (EAST - 1000, NORTH + 1000), (step, -step), METRIC)


# ---------------------------------------------------------------------------------- how much

LONG = bool(os.environ.get("LONG"))
"""Set by `make soak`: every long series runs whole instead of as a fixed sample."""


def often(few: int, many: int) -> int:
    """Give how many of a series are tried: a sample in every run, the whole in the long one."""
    return many if LONG else few


SCREENS = [(1440, "zh"), (390, "en")] + ([(1440, "en"), (390, "zh")] if LONG else [])
"""Widths and languages a page is looked at in; the other two pairs in the long run."""
WIDE, NARROW = (SCREENS, SCREENS) if LONG else (SCREENS[:1], SCREENS[1:])
"""The same for a way through several pages: one of both in every run, all in the long one."""


_FREE: dict[int, Any] = {}
_USED: list[Any] = []


def page_of(browser: Any, width: int, height: int) -> Any:
    """Give an empty page: the one an earlier test has left, for it has read the scripts already."""
    size = {"width": width, "height": height}
    page = _FREE.pop(id(browser), None)
    if page is None:
        page = browser.new_page(viewport=size, reduced_motion="reduce")
        page.set_default_timeout(60_000)
    else:
        page.set_viewport_size(size)
    _USED.append(page)
    return page


def put_back(browser: Any) -> None:
    """Keep one page for the next test, empty and forgetful; close all others a test has opened."""
    kept = next((page for page in _USED if not page.is_closed()), None) or _FREE.get(id(browser))
    _USED.clear()
    _FREE.pop(id(browser), None)
    for context in list(browser.contexts):
        if kept not in context.pages:
            context.close()
    if kept is not None:
        kept.context.set_offline(False)
        with contextlib.suppress(Exception):  # a page from a file keeps nothing
            kept.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        kept.goto("about:blank")
        _FREE[id(browser)] = kept
