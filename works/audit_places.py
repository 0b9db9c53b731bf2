"""Rules on where things lie: outside their village, on the village office, far from their house."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.crs import transform
from layers.places import NOWHERE, shapes_of, stated_village
from layers.schema import keys
from layers.where.positions import WGS84
from works.audit_facts import RuleFacts
from works.audit_ledgers import Floats, Hit, Ledgers, Objects, by_village, column_of, groups

_PHOTO = re.compile(r"(照片|拍照|拍摄|photo|picture|image).*(经度|纬度|lon|lat)", re.IGNORECASE)


def outside_village(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find points that lie farther outside the village they state than a map is wrong."""
    found = []
    for layer in book.layers:
        frame = book.frame(layer)
        if not {"village_id", "village"} & set(frame.columns) or not len(book.outlines):
            continue
        points = book.points(layer)
        stated, _ = stated_village(frame, book.data.frames["villages"])
        stated = stated.where(stated.isin(book.outlines.index) & ~shapely.is_missing(points))
        far = _beyond(points, stated, book.outlines)
        for home, ids, rows in by_village(book, layer, far > facts.limits["metres"]):
            metres = float(far[rows].max())
            sure = metres > facts.limits["likely"]
            found.append(
                Hit(
                    home,
                    "likely" if sure else "possible",
                    layer,
                    "village_id",
                    ids,
                    found=round(metres),
                    against=facts.limits["metres"],
                )
            )
    return found


def _beyond(points: Objects, village: pd.Series, outlines: pd.Series) -> Floats:
    """Give the distance from each point to the outline of its village, NaN where none is known."""
    far = np.full(len(points), np.nan)
    x, y = shapely.get_x(points), shapely.get_y(points)
    for (home,), rows in groups(1, village=village.to_numpy(dtype=object)):
        ring: Any = outlines[home]
        shapely.prepare(ring)
        out = rows[~shapely.intersects_xy(ring, x[rows], y[rows])]
        far[rows] = 0
        far[out] = shapely.distance(ring, points[out])
    return far


def outside_county(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find points far from every village, where every village has an outline."""
    if not len(book.outlines) or len(book.outlines) < len(book.villages):
        return []
    rings = book.outlines.to_numpy()
    tree = shapely.STRtree(rings)
    found = []
    for layer in book.layers:
        points = book.points(layer)
        here = np.flatnonzero(~shapely.is_missing(points))
        if not len(here):
            continue
        # The outlines ask for the points: an outline is prepared once, a point would be each time.
        near = shapely.STRtree(points[here]).query(
            rings, predicate="dwithin", distance=facts.limits["metres"]
        )[1]
        lost = np.ones(len(here), dtype=bool)
        lost[near] = False
        far = np.zeros(len(points))
        out = here[lost]
        if len(out):
            far[out] = tree.query_nearest(points[out], return_distance=True, all_matches=False)[1]
        for home, ids, rows in by_village(book, layer, far > 0):
            found.append(
                Hit(
                    home,
                    "likely",
                    layer,
                    "geometry",
                    ids,
                    found=round(float(far[rows].max())),
                    against=facts.limits["metres"],
                )
            )
    return found


def on_the_office(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find things put on the village office, or in the middle of the village, for want of GPS."""
    spots = _spots(book)
    if not spots:
        return []
    places = np.array([point for _, point in spots], dtype=object)
    homes = np.array([village for village, _ in spots], dtype=object)
    found = []
    for layer, least in facts.layers.items():
        if layer not in book.layers:
            continue
        points, village = book.points(layer), book.village(layer)
        row, spot = shapely.STRtree(places).query(
            points, predicate="dwithin", distance=facts.limits["metres"]
        )
        mine = village[row] == homes[spot]
        where = np.zeros(len(points), dtype=bool)
        where[row[mine]] = True
        for home, ids, rows in by_village(book, layer, where):
            if len(rows) >= least:
                found.append(Hit(home, "likely", layer, "geometry", ids, found=len(ids)))
    return found


def _spots(book: Ledgers) -> list[tuple[str, Any]]:
    """Give the places where people put a thing without a position: offices, village middles."""
    found: list[tuple[str, Any]] = []
    for layer, kinds in (("public_places", {"committee"}), ("facilities", {"service_centre"})):
        frame = book.frame(layer)
        if "kind" in frame.columns:
            office = frame["kind"].isin(kinds).to_numpy(dtype=bool)
            found += list(zip(book.village(layer)[office], book.points(layer)[office], strict=True))
    shapes = shapes_of(book.data.frames["villages"])
    for village, shape in zip(book.villages.index, shapes, strict=True):
        if shape is not None:
            found += [(str(village), shape.centroid), (str(village), shape.representative_point())]
    return [(village, point) for village, point in found if point is not None]


def far_from_house(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find things that belong to a house and lie far from it."""
    parents = {key: layer for key, layer in keys().items() if layer != "villages"}
    found = []
    for layer, metres in facts.layers.items():
        if layer not in book.layers:
            continue
        frame, points = book.frame(layer), book.points(layer)
        for key, parent in parents.items():
            if key not in frame.columns or parent not in book.layers or parent == layer:
                continue
            if shapely.is_missing(points).all():
                continue
            place = pd.Index(book.ids(parent)).get_indexer(pd.Index(frame[key].astype(object)))
            houses = np.append(book.points(parent), np.array([None]))[
                place
            ]  # -1 is the None at the end
            far = shapely.distance(points, houses)
            found += _far(book, layer, key, far, metres, facts)
    return found


def photo_far(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find rows whose photograph was taken far from the place they state."""
    found = []
    for layer in book.layers:
        for lon, lat in _photos(book, layer):
            east, north = (column_of(book.frame(layer), one) for one in (lon, lat))
            points = book.points(layer)
            here = np.isfinite(east) & np.isfinite(north) & ~shapely.is_missing(points)
            here &= (abs(east) <= 180) & (abs(north) <= 90) & (abs(east) + abs(north) > 0)
            if not here.any() or book.data.crs is None:
                continue
            far = np.full(len(points), np.nan)
            x, y = transform(east[here], north[here], WGS84, book.data.crs)
            far[here] = shapely.distance(points[here], shapely.points(x, y))
            found += _far(book, layer, lon, far, facts.limits["metres"], facts)
    return found


def _photos(book: Ledgers, layer: str) -> Iterator[tuple[str, str]]:
    own = [name for name in book.own_columns(layer) if _PHOTO.search(name)]
    lons = [n for n in own if re.search(r"经度|lon", n, re.IGNORECASE)]
    lats = [n for n in own if re.search(r"纬度|lat", n, re.IGNORECASE)]
    if len(lons) == len(lats) == 1:
        yield lons[0], lats[0]


def _far(
    book: Ledgers, layer: str, column: str, far: Floats, metres: float, facts: RuleFacts
) -> list[Hit]:
    found = []
    for home, ids, rows in by_village(book, layer, far > metres):
        most = float(far[rows].max())
        sure = most > facts.limits.get("likely", math.inf) and home != NOWHERE
        found.append(
            Hit(
                home,
                "likely" if sure else "possible",
                layer,
                column,
                ids,
                found=round(most),
                against=metres,
            )
        )
    return found
