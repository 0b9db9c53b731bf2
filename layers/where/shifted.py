"""Detecting shifted coordinates: an arriving file against what the project holds already."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.places import shapes_of, stated_village
from layers.schema import keys
from layers.text import township_key, village_key
from layers.where.coordinates import middles
from layers.where.neighbours import Known
from layers.where.offsets import KNOWN_SHIFTED, MOST_ROWS, Arriving, Offset
from layers.where.whereabouts import Near, whereabouts

Floats = np.ndarray[Any, np.dtype[np.float64]]
Shapes = np.ndarray[Any, Any]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

SMALL_M = 25.0
"""An offset below this is how well people find the same spot again."""
LARGE_M = 20_000.0
ENOUGH = 3
"""Rows with a partner that can tell an offset."""
Z_SURE = 4.0
BORDER_M = 60.0
"""Two people who draw the same border agree within this."""


FITS = Offset("none", 0.0, 0.0, "stated", 0, 1.0)


def find_offset(arriving: Arriving, known: Known) -> Offset | None:
    """
    Find out whether an arriving file is shifted against the project.

    The surest evidence that says anything decides: the same ids or names, the villages rows
    state, the outlines around them, the corners of outlines, what stands beside what.

    Parameters
    ----------
    arriving
        The rows.
    known
        The project's layers.

    Returns
    -------
    Offset or None
        None when nothing speaks for an offset.
    """
    found = _first(arriving, known)
    return None if found is None or found.datum == "none" else found


def fits_as_it_is(arriving: Arriving, known: Known) -> bool:
    """Tell whether the project proves that a file is not shifted."""
    found = _first(arriving, known)
    return found is not None and found.datum == "none"


def _first(arriving: Arriving, known: Known) -> Offset | None:
    if not len(arriving.xy):
        return None
    for evidence in (_by_ids, _by_stated, _by_outlines, _by_near, _by_inside):
        found = evidence(arriving, known)
        if found is not None:
            return found
    return None


# ---------------------------------------------------------------- the same ids or names


def _by_ids(arriving: Arriving, known: Known) -> Offset | None:
    name = arriving.layer.name
    references = tuple(n for n in known.names if n.startswith("reference/") and n != name)
    found = [one for other in dict.fromkeys((name, "villages", *references))
             if (one := _same_ids(arriving, known, other)) is not None]  # fmt: skip
    # The layer's own rows may have come from the same shifted file: they prove nothing right.
    right = next((one for one in found if one.datum == "none" and one.against != name), None)
    shifted = [one for one in found if one.datum != "none"]
    if right is not None:
        shifted = [one for one in shifted if one.against != name]
    if shifted or right is not None:
        return shifted[0] if shifted else right
    column = arriving.layer.village_from
    parent = keys().get(column, "")
    frame = known.frame(parent) if parent else None
    if frame is not None and column in arriving.frame.columns:
        return _paired(arriving, parent, arriving.frame[column], _where(frame, frame["id"]))
    return None


def _same_ids(arriving: Arriving, known: Known, other: str) -> Offset | None:
    """Compare with a layer by ids, villages with villages also by their names."""
    frame = known.frame(other)
    if frame is None:
        return None
    found = _paired(arriving, other, arriving.frame["id"], _where(frame, frame["id"]))
    if found is None and other == "villages" and arriving.layer.name == other:
        found = _paired(arriving, other, _named(arriving.frame), _where(frame, _named(frame)))
    return found


def _named(frame: pd.DataFrame) -> pd.Series:
    """Give township and village name without their endings, missing where either is."""
    if "name" not in frame.columns or "township" not in frame.columns:
        return pd.Series(None, index=frame.index, dtype="str")
    towns = frame["township"].map(township_key, na_action="ignore")
    return (towns + "\0" + frame["name"].map(village_key, na_action="ignore")).astype("str")


def _where(frame: pd.DataFrame, key: pd.Series) -> pd.DataFrame:
    """Give the places of a layer by a key that is there only once."""
    places = middles(shapes_of(frame))
    table = pd.DataFrame(places, columns=["x", "y"], index=key.to_numpy())
    known = np.isfinite(places).all(axis=1) & np.asarray(table.index.notna())
    table = table[known]
    return table[~table.index.duplicated(keep=False)]


def _paired(arriving: Arriving, other: str, key: pd.Series, there: pd.DataFrame) -> Offset | None:
    """Compare rows with the rows of the same key: one offset for all of them, or none."""
    partner = there.index.get_indexer(pd.Index(key.to_numpy()))
    mine = np.flatnonzero(partner >= 0)
    if len(mine) < ENOUGH or len(mine) < 0.2 * len(key):
        return None
    offset = arriving.xy[mine] - there.to_numpy()[partner[mine]]
    middle = np.median(offset, axis=0)
    spread = float(np.median(np.hypot(*(offset - middle).T)))
    length = float(np.hypot(*middle))
    if length < SMALL_M:
        fits = Offset(
            "none", float(middle[0]), float(middle[1]), "ids", len(mine), 1.0, against=other
        )
        return _some_shifted(arriving, other, mine, offset) or (fits if spread < 200 else None)
    if spread > max(15.0, 0.15 * length) or length > LARGE_M:
        return _some_shifted(arriving, other, mine, offset)
    datum = _explained(arriving, mine, offset, length)
    certain = 0.98 if datum else 0.9
    east, north = float(middle[0]), float(middle[1])
    return Offset(datum, east, north, "ids", len(mine), certain, against=other)


def _explained(arriving: Arriving, mine: Any, offset: Floats, length: float) -> str:
    """Name the datum whose shift explains the offsets, '' when none does."""
    left = {
        datum: float(np.median(np.hypot(*(offset - arriving.xy[mine]
                                          + arriving.back(arriving.xy[mine], datum)).T)))
        for datum in arriving.tried
    }  # fmt: skip
    best = min(left, key=left.__getitem__, default="")
    return best if best and left[best] < max(20.0, 0.08 * length) else ""


def _some_shifted(arriving: Arriving, other: str, mine: Any, offset: Floats) -> Offset | None:
    """Find the rows that are shifted while others lie where they belong."""
    for datum in arriving.tried:
        if datum == KNOWN_SHIFTED:
            continue
        xy = arriving.xy[mine]
        shift = xy - arriving.back(xy, datum)
        away = np.hypot(*(offset - shift).T) < 40
        right = np.hypot(*offset.T) < 60
        if away.sum() >= ENOUGH and away.sum() >= 0.05 * len(mine) and (away | right).mean() > 0.8:
            rows = tuple(int(place) for place in arriving.places[mine[away]])
            east, north = shift[away].mean(axis=0).tolist()
            return Offset(datum, east, north, "ids", len(rows), 0.9, rows, other)
    return None


# ---------------------------------------------------------------- inside, beside, along


def _chosen(
    arriving: Arriving, before: Bools, after: dict[str, Bools], evidence: str, against: str
) -> Offset | None:
    """Choose the hypothesis under which clearly more rows lie right than before."""
    if not after:
        return None
    best = max(after, key=lambda datum: int(after[datum].sum()))
    gained, lost = int((after[best] & ~before).sum()), int((before & ~after[best]).sum())
    z = (gained - lost) / np.sqrt(max(gained + lost, 1))
    share, was = float(after[best].mean()), float(before.mean())
    clear = z >= Z_SURE and share - was >= 0.05 and share >= 0.5
    # Few rows stand near a border: what comes in and what falls out speaks, not how many.
    few = gained >= ENOUGH + (was >= 0.95) and lost * 10 <= gained
    clean = few and share >= 0.95 and share - was >= 0.015
    if not (clear or clean):
        return None
    others = [int(hits.sum()) for datum, hits in after.items() if datum != best]
    rival = max(others, default=0) > 0.9 * after[best].sum()
    certain = min(0.95, 0.5 + 0.08 * float(z)) * (0.6 if rival else 1.0)
    east, north = arriving.vector(best).tolist()
    return Offset(best, east, north, evidence, gained - lost, round(certain, 2), against=against)


def _by_stated(arriving: Arriving, known: Known) -> Offset | None:
    """Compare rows with the outline of the village they state."""
    outlines, villages = known.outlines, known.villages
    if villages is None or not len(outlines) or not arriving.tried:
        return None
    if arriving.layer.name == "villages":
        return None
    stated, _ = stated_village(arriving.frame, villages)
    rows = np.flatnonzero(stated.isin(outlines.index))
    if len(rows) < ENOUGH:
        return None
    own = outlines.reindex(stated.iloc[rows]).to_numpy()
    shapely.prepare(own)

    def inside(xy: Floats) -> Bools:
        return np.asarray(shapely.contains_xy(own, xy[rows, 0], xy[rows, 1]), dtype=bool)

    before = inside(arriving.xy)
    after = {d: inside(arriving.back(arriving.xy, d)) for d in arriving.tried}
    found = _chosen(arriving, before, after, "stated", "villages")
    most = max(float(hits.mean()) for hits in after.values())
    right = len(rows) >= 20 and before.mean() >= max(0.9, most + 0.05)
    return found or (FITS if right else None)


def _by_inside(arriving: Arriving, known: Known) -> Offset | None:
    """Compare rows with all outlines together and count those inside any."""
    outlines = known.outlines.to_numpy()
    if len(outlines) < ENOUGH or not arriving.tried:
        return None
    if shapely.get_dimensions(arriving.shapes).max(initial=0) > 0:
        return None
    tree = shapely.STRtree(outlines)

    def inside(xy: Floats) -> Bools:
        hits = tree.query(shapely.points(xy), predicate="intersects")[0]
        found = np.zeros(len(xy), dtype=bool)
        found[hits] = True
        return found

    before = inside(arriving.xy)
    after = {d: inside(arriving.back(arriving.xy, d)) for d in arriving.tried}
    if sum(before) + max(int(hits.sum()) for hits in after.values()) < 20:
        return None
    return _chosen(arriving, before, after, "inside", "villages")


def _by_outlines(arriving: Arriving, known: Known) -> Offset | None:
    """Compare arriving outlines with known ones: most should run along their borders."""
    areal = np.isin(shapely.get_type_id(arriving.shapes), (3, 6))
    if not areal.any() or not arriving.tried:
        return None
    name = arriving.layer.name
    references = tuple(one for one in known.names if one.startswith("reference/"))
    borders = shapely.boundary(arriving.shapes[areal])
    for other in dict.fromkeys(("villages", "townships", name, *references)):
        shapes = known.shapes(other)
        shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
        if not len(shapes):
            continue
        found = _borders(arriving, borders, shapely.get_parts(shapely.boundary(shapes)), other)
        if found is not None:
            return found
    return None


def _borders(arriving: Arriving, borders: Shapes, lines: Shapes, other: str) -> Offset | None:
    """Count the outlines that run along known borders, before and after each shift."""
    corners, owner = shapely.get_coordinates(borders, return_index=True)
    if len(corners) > MOST_ROWS:
        taken = np.linspace(0, len(corners) - 1, MOST_ROWS).astype(int)
        corners, owner = corners[taken], owner[taken]
    tree = shapely.STRtree(lines)
    each = np.maximum(np.bincount(owner, minlength=len(borders)), 1)

    def along(xy: Floats) -> Floats:
        near = np.bincount(owner[_close(tree, xy, BORDER_M)], minlength=len(borders))
        return np.asarray(near / each, dtype=float)

    before = along(corners)
    after = {datum: along(arriving.back(corners, datum)) for datum in arriving.tried}
    best = max(after, key=lambda datum: float(after[datum].mean()))
    # A landslide meets a border by chance: most outlines have to, and did not before.
    better = (after[best] >= 0.5) & (after[best] - before >= 0.3)
    if better.mean() < 0.5:
        return None
    east, north = arriving.vector(best).tolist()
    certain = round(min(0.95, 0.6 + 0.1 * int(better.sum())), 2)
    return Offset(best, east, north, "outlines", int(better.sum()), certain, against=other)


def _by_near(arriving: Arriving, known: Known) -> Offset | None:
    """Compare things with what they stand beside."""
    for near in whereabouts().near:
        if near.layer != arriving.layer.name or not arriving.tried:
            continue
        shapes = known.shapes(near.beside)
        if len(shapes) < ENOUGH:
            continue
        points = arriving.xy
        if shapely.get_dimensions(arriving.shapes).max(initial=0) > 0:
            points = _corners(arriving.shapes)
        found = _along(arriving, points, shapely.get_parts(shapes), near)
        if found is not None:
            return found
    return None


def _corners(shapes: Shapes) -> Floats:
    """Take corners of lines, evenly, at most ``MOST_ROWS``."""
    found = shapely.get_coordinates(shapes)
    if len(found) > MOST_ROWS:
        found = found[np.linspace(0, len(found) - 1, MOST_ROWS).astype(int)]
    return np.asarray(found, dtype=float)


def _close(tree: shapely.STRtree, xy: Floats, metres: float) -> Bools:
    """Tell which places lie within some metres of anything in a tree."""
    hits = tree.query_nearest(shapely.points(xy), max_distance=metres, all_matches=False)[0]
    found = np.zeros(len(xy), dtype=bool)
    found[hits] = True
    return found


def _along(arriving: Arriving, points: Floats, lines: Shapes, near: Near) -> Offset | None:
    """Count the points that lie within some metres of anything, before and after each shift."""
    tree = shapely.STRtree(lines)

    before = _close(tree, points, near.metres)
    after = {d: _close(tree, arriving.back(points, d), near.metres) for d in arriving.tried}
    best = max(after, key=lambda datum: int(after[datum].sum()))
    # By chance some points come near something: the shift must bring far more of them.
    if after[best].mean() < max(0.2, before.mean() + 0.15):
        return None
    gained, lost = int((after[best] & ~before).sum()), int((before & ~after[best]).sum())
    z = (gained - lost) / np.sqrt(max(gained + lost, 1))
    if z < Z_SURE and not (gained >= 8 and lost == 0):
        return None
    east, north = arriving.vector(best).tolist()
    certain = round(min(0.95, 0.5 + 0.08 * float(z)), 2)
    return Offset(best, east, north, "near", gained - lost, certain, against=near.beside)
