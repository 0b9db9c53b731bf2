"""What a village's map shows: where something falls short or is not known, and what is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.schema import schema
from layers.text import t
from works.board import Board
from works.export import at_home
from works.figures import blank, exact, text
from works.papers.draw.pen import Floats
from works.papers.draw.scene import Scene

KINDS = ("required", "scored", "unknown")
"""What a point may be, the most pressing first: of one place the first is drawn."""
_BROKEN = "stretch_broken"
_SITES = ("public_toilets", "water_points", "garbage_sites")
_NEAR_M = 1.0
"""Items closer than this stand at one place."""


@dataclass(frozen=True)
class Lines:
    """Stretches of one look: their shapes in metres and how many metres fall short."""

    shapes: tuple[Any, ...] = ()
    metres: Fraction = Fraction(0)


@dataclass(frozen=True)
class Items:
    """
    What is to be seen of a village's gaps.

    Attributes
    ----------
    points
        Kind of :data:`KINDS` to places in metres; one place has one kind.
    none, broken, unknown
        Stretches where nothing is, where it is broken, and where nobody knows.
    spots
        Items at places, more than the places where several stand at one.
    without
        Items that have no place of their own.
    hidden
        Items about homes that a map for everybody leaves out.
    """

    points: dict[str, Floats]
    none: Lines = Lines()
    broken: Lines = Lines()
    unknown: Lines = Lines()
    spots: int = 0
    without: int = 0
    hidden: int = 0

    @property
    def places(self) -> int:
        """Give how many places are drawn."""
        return sum(map(len, self.points.values()))


def items_of(board: Board, scene: Scene, village: str, *, public: bool) -> Items:
    """
    Collect the gaps of a village and what is to be verified there.

    Parameters
    ----------
    board
        What people read off the assessment.
    scene
        Its ground.
    village
        The village's id.
    public
        True leaves out everything about homes.
    """
    found = board.assessment
    rows = [
        *_rows(found.gaps, village, board, "unmet"),
        *_rows(found.survey, village, board, "unknown"),
    ]
    shown = [row for row in rows if not (public and _of_home(board, row))]
    lines, points, without = [], [], 0
    for row in shown:
        shape = row["geometry"]
        if shape is not None and not shape.is_empty and shapely.get_dimensions(shape) == 1:
            lines.append(row)
        elif _has_place(row):
            points.append(row)
        else:
            without += 1
    pieces = {text(row["subject_id"]) for row in lines if not blank(row.get("start_m"))}
    # A line that is judged as a whole and has pieces of its own is drawn by these.
    lines = [one for one in lines
             if not blank(one.get("start_m")) or text(one["subject_id"]) not in pieces]  # fmt: skip
    return Items(
        points=_places(points, scene),
        none=_lines([one for one in lines if _kind(one) == "none"], scene),
        broken=_lines([one for one in lines if _kind(one) == "broken"], scene),
        unknown=_lines([one for one in lines if _kind(one) == "unknown"], scene),
        spots=len(points),
        without=without,
        hidden=len(rows) - len(shown),
    )


def _rows(frame: gpd.GeoDataFrame, village: str, board: Board, part: str) -> list[dict[str, Any]]:
    mine = frame[(frame["village_id"] == village).to_numpy(dtype=bool)]
    records: list[Any] = pd.DataFrame(mine).to_dict("records")
    for row in records:
        target = board.targets.get(text(row["target_id"]))
        kind = "scored" if target is None else str(target.kind)
        row["draw"] = "unknown" if part == "unknown" else kind
    return [row for row in records if row["draw"] in KINDS]


def _of_home(board: Board, row: dict[str, Any]) -> bool:
    """Tell whether a row is about a home; one of a target nobody knows may be."""
    target = board.targets.get(text(row["target_id"]))
    return target is None or at_home(target.subjects)


def _has_place(row: dict[str, Any]) -> bool:
    own = text(row["subject_id"]) != text(row["village_id"])
    shape = row["geometry"]
    return own and row["position"] == "exact" and shape is not None and not shape.is_empty


def _kind(row: dict[str, Any]) -> str:
    if row["draw"] == "unknown":
        return "unknown"
    return "broken" if text(row.get("reason")) == _BROKEN else "none"


def _metres(shapes: Sequence[Any], scene: Scene) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=4326).to_crs(scene.crs)


def _lines(rows: Sequence[dict[str, Any]], scene: Scene) -> Lines:
    if not rows:
        return Lines()
    long = sum((exact(row["unmet"]) for row in rows if row.get("unit") == "m"
                and "unmet" in row), Fraction(0))  # fmt: skip
    return Lines(tuple(_metres([row["geometry"] for row in rows], scene)), long)


def _places(rows: Sequence[dict[str, Any]], scene: Scene) -> dict[str, Floats]:
    """Give one place for all that stands there, of the most pressing kind."""
    if not rows:
        return {kind: np.empty((0, 2)) for kind in KINDS}
    shapes = _metres([row["geometry"] for row in rows], scene)
    xy = shapely.get_coordinates(shapely.point_on_surface(np.asarray(shapes.array)))
    taken: set[tuple[int, int]] = set()
    points: dict[str, Floats] = {}
    cells = np.rint(xy / _NEAR_M).astype(int).tolist()
    for kind in KINDS:
        mine = []
        for at, row in enumerate(rows):
            cell = (cells[at][0], cells[at][1])
            if row["draw"] == kind and cell not in taken:
                taken.add(cell)
                mine.append(at)
        points[kind] = xy[mine]
    return points


# ---------------------------------------------------------------------------------- facilities


@dataclass(frozen=True)
class Site:
    """
    A kind of facility of a village.

    Attributes
    ----------
    mark
        The letter on the map.
    title
        What it is called, plain text.
    places
        Where its facilities are, in metres.
    works
        For each, whether it works; one nobody knows of counts as one that does not.
    count
        All of them, those without a place included.
    """

    mark: str
    title: str
    places: Floats
    works: tuple[bool, ...]
    count: int


def sites_of(board: Board, village: str, lang: str) -> list[Site]:
    """Collect the facilities of a village, kind by kind."""
    ground = board.assessment.ground
    found: list[Site] = []
    rows = ground.items("facilities")
    mine = np.flatnonzero(rows.village.astype(str) == village)
    table = board.assessment.ground.data.frames.get("facilities")
    if table is not None and len(mine) and "kind" in table.columns:
        kinds = np.array([text(one) for one in table["kind"]], dtype=object)
        words = schema("facilities").columns["kind"].words
        for kind in dict.fromkeys([*words, *kinds[mine].tolist()]):
            its = mine[kinds[mine] == kind]
            if len(its):
                names = words.get(kind, ())
                title = (names[1] if lang == "en" else names[0]) if len(names) > 1 else kind
                known = kind if kind in words else "other"
                found.append(_site(t(f"draw.mark.{known}", lang), title, rows, table, its))
    for layer in _SITES:
        rows, table = ground.items(layer), ground.data.frames.get(layer)
        its = np.flatnonzero(rows.village.astype(str) == village)
        if table is not None and len(its):
            mark, title = t(f"draw.mark.{layer}", lang), t(f"layer.{layer}", lang)
            found.append(_site(mark, title, rows, table, its))
    return found


def _site(mark: str, title: str, rows: Any, table: pd.DataFrame, its: Any) -> Site:
    there = its[rows.placed[its]]
    works: Iterable[bool] = [True] * len(there)
    if "status" in table.columns:
        states = table["status"].to_numpy(dtype=object)
        works = [text(states[at]) in ("", "working") for at in there]
    return Site(mark, title[:1].upper() + title[1:], rows.xy[there], tuple(works), len(its))
