"""The small map of the gaps page: the rows the table shows, on the villages they lie in."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from ui.chart import beneath, with_people
from ui.maps import build_map
from ui.maps.elements import VillageMap
from ui.routes import available
from ui.shapes import in_degrees, placed
from works.board import ALL, Board
from works.figures import text
from works.lists import PARTS, ListName, Lists, Wanted


def as_item(lists: Lists, row: Any, name: ListName, lang: str) -> dict[str, Any]:
    """Give a row as the map's tooltips read it: a task's amount is its quantity."""
    if name != "work":
        return dict(row)
    return dict(row) | {"unmet": row["quantity"], "unit": lists.unit(text(row["kind"]), lang)}


def gap_chart(
    lists: Lists, rows: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> VillageMap:
    """Draw the villages with the rows the table shows."""
    board = lists.board
    found, target = board.assessment, wanted.target or ALL
    if name == "work":
        units = [lists.unit(text(kind), lang) for kind in rows["kind"]]
        rows = rows.assign(unmet=rows["quantity"], unit=units)
    else:
        rows = with_people(board, rows, PARTS[name])
    return build_map(
        found.villages,
        board.statuses(target),
        None if name == "survey" else rows,
        rows if name == "survey" else None,
        found.roads,
        beneath=beneath(board),
        lang=lang,
        title=board.title(target, lang),
        details=board.details(target, lang),
        targets=board.titles(lang),
        by_route=available(),
    )


def village_chart(lists: Lists, village: str, lang: str) -> VillageMap:
    """Draw the villages with what one of them lacks and what is to be verified there."""
    board = lists.board
    found = board.assessment
    wanted = Wanted(village=village, required=bool(lists.targets(Wanted(required=True))))
    gaps, survey = (lists.pick(name, wanted) for name in ("gaps", "survey"))
    return build_map(
        found.villages,
        board.statuses(ALL),
        with_people(board, gaps, PARTS["gaps"]),
        with_people(board, survey, PARTS["survey"]),
        found.roads,
        beneath=beneath(board),
        lang=lang,
        title=board.name(village),
        targets=board.titles(lang),
        by_route=available(),
    )


def part_chart(board: Board, lang: str) -> VillageMap:
    """Draw the villages of a part of an assessment by their verdict, and nothing else."""
    found, statuses = board.assessment, board.statuses()
    villages = found.villages[found.villages.index.astype(str).isin(list(statuses))]
    roads = found.roads
    if roads is not None and len(roads) and "geometry" in villages:
        around = shapely.union_all(villages.geometry.dropna().to_numpy())
        roads = roads[roads.intersects(around)]
        roads = roads.set_geometry(roads.geometry.intersection(around))
    return build_map(
        villages, statuses, None, None, roads,
        lang=lang, title=board.title(ALL, lang), by_route=available(),
    )  # fmt: skip


def view_of_wanted(lists: Lists, wanted: Wanted) -> Any:
    """Give the shape of the place that was picked, in degrees; None for the whole."""
    if wanted.village is None and wanted.township is None:
        return None
    ids = [wanted.village] if wanted.village else lists.board.villages_of(wanted.township or "")
    villages = lists.board.assessment.villages
    found = in_degrees(placed(villages[villages.index.astype(str).isin(ids)]))
    return None if found.empty else shapely.box(*found.total_bounds)
