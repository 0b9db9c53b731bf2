"""The small map of the page of work: the pieces of work the table shows, on their villages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.errors import ShapelyError

from layers.work_form import Item
from ui.chart import beneath
from ui.maps import build_map
from ui.maps.elements import VillageMap
from ui.routes import available
from ui.shapes import DEGREES
from works.board import ALL
from works.figures import exact, text
from works.lists import Lists

_COLUMNS = (
    *("work_id", "target_id", "subject_id", "subject_name", "group", "address", "village_id"),
    *("village", "township", "reason", "reason_zh", "reason_en", "kind", "quantity"),
)
_NAMED = {
    "map.unmet_points": "map.work_points",
    "map.unmet_lines": "map.work_lines",
    "map.note.unmet_without_place": "map.note.work_without_place",
    "map.note.unmet_capped": "map.note.work_capped",
}
"""What the map calls pieces of work: one that is finished is no gap."""


def shape_of(item: Item) -> Any:
    """Give where a piece of work lies, in degrees; None where nobody knows."""
    try:
        if item["shape"]:
            return shapely.from_wkt(item["shape"])
        if item["lon"] and item["lat"]:
            return shapely.Point(float(item["lon"]), float(item["lat"]))
    except (ShapelyError, ValueError):
        pass
    return None


def frame_of(lists: Lists, items: Sequence[Item], lang: str) -> gpd.GeoDataFrame:
    """Give pieces of work as rows the map draws: their quantity stands for what is missing."""
    table = pd.DataFrame([{name: one[name] for name in _COLUMNS} for one in items], dtype=object)
    shapes = gpd.GeoSeries([shape_of(one) for one in items], crs=DEGREES)
    frame = gpd.GeoDataFrame(table.rename(columns={"work_id": "id"}), geometry=shapes)
    units = [lists.unit(text(one["kind"]), lang) for one in items]
    return frame.assign(unmet=[exact(one["quantity"] or 0) for one in items], unit=units)


def work_chart(lists: Lists, items: Sequence[Item], target: str | None, lang: str) -> VillageMap:
    """Draw the villages with the pieces of work the table shows."""
    board = lists.board
    found, coloured = board.assessment, target or ALL
    return build_map(
        found.villages,
        board.statuses(coloured),
        frame_of(lists, items, lang) if items else None,
        None,
        found.roads,
        beneath=beneath(board),
        lang=lang,
        title=board.title(coloured, lang),
        details=board.details(coloured, lang),
        targets=board.titles(lang),
        by_route=available(),
        named=_NAMED,
    )
