"""Village outlines that tile the county: cells around their middles, with winding borders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.demo.facts import STORIES
from layers.demo.land import Floats, size_of

STEP = 60.0
"""Metres between the corners of a border."""
SHIFT = 125.0
"""Borders wander about so far from the straight line, metres."""


def settle_middles(plan: pd.DataFrame, seed: int) -> Floats:
    """
    Give every village its middle: the story villages theirs, the others between and around.

    Returns
    -------
    numpy.ndarray
        n x 2 metres from the county's centre. Further villages are in an order that keeps the
        villages of a township together.
    """
    rng = np.random.default_rng([seed, 3])
    known = plan[["x", "y"]].to_numpy(dtype=float)
    told = min(len(plan), STORIES)
    middles = known.copy()
    middles[:told] += rng.uniform(-70, 70, (told, 2))
    n = len(plan) - told
    if not n:
        return middles
    half = size_of(len(plan))
    fixed = known[:told]
    ring = _strewn(n, half, fixed, rng)
    for _ in range(6):
        ring = _relaxed(ring, half, fixed)
    # Round the county sector by sector, so that each township is one piece.
    turn = np.arctan2(ring[:, 1] / half[1], ring[:, 0] / half[0])
    middles[told:] = ring[np.argsort(turn, kind="stable")]
    return middles


def _strewn(n: int, half: tuple[float, float], fixed: Floats, rng: np.random.Generator) -> Floats:
    """Strew n points over the county outside the part of the story villages."""
    found = np.empty((0, 2))
    while len(found) < n:
        some = rng.uniform(-1, 1, (4 * n, 2))
        some = some[(np.abs(some) ** 2.4).sum(axis=1) < 0.94] * np.array(half)
        away = np.sqrt(((some[:, None, :] - fixed[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
        found = np.concatenate([found, some[away > 1700]])
    return found[:n]


def _relaxed(ring: Floats, half: tuple[float, float], fixed: Floats) -> Floats:
    """Move points to the middle of what is nearest to them (Lloyd 1982), the fixed ones stay."""
    from scipy.spatial import cKDTree

    step = 260.0
    x, y = np.meshgrid(np.arange(-half[0], half[0], step), np.arange(-half[1], half[1], step))
    spots = np.column_stack([x.ravel(), y.ravel()])
    inside = (np.abs(spots / np.array(half)) ** 2.4).sum(axis=1) < 1
    spots = spots[inside]
    _, owner = cKDTree(np.concatenate([ring, fixed])).query(spots)
    n = len(ring)
    counts = np.bincount(owner, minlength=n + len(fixed))[:n]
    sums = [np.bincount(owner, weights=spots[:, k], minlength=n + len(fixed))[:n] for k in (0, 1)]
    moved = np.column_stack(sums) / np.maximum(counts, 1)[:, None]
    return np.where((counts > 0)[:, None], moved, ring)


def outlines(middles: Floats, seed: int) -> Any:
    """
    Draw the outline of every village.

    Parameters
    ----------
    middles
        n x 2, metres from the county's centre; the 24 story villages first. A smaller county
        keeps the outlines its villages have among the 24.

    Returns
    -------
    numpy.ndarray
        n polygons that share their borders corner by corner, without gaps or overlaps.
    """
    rng = np.random.default_rng([seed, 4])
    county = _county(size_of(len(middles)), rng)
    county = shapely.union(county, shapely.union_all(shapely.buffer(shapely.points(middles), 950)))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=county)
    )
    inside = shapely.intersection(cells, county)
    lines = shapely.unary_union(shapely.boundary(inside), grid_size=0.01)
    borders = shapely.get_parts(shapely.line_merge(lines))
    # Each border is bent once, so both its villages get the same corners.
    fine = shapely.segmentize(borders, STEP)
    bend = _waves(rng, SHIFT)
    tries = (_faces(fine, middles, bend, share) for share in (1.0, 0.7, 0.4, 0.0))
    return next(found for found in tries if found is not None)


def _faces(fine: Any, middles: Floats, bend: Any, share: float) -> Any:
    """Bend borders and give the outline around each middle; None where a border folds over."""
    bent = shapely.transform(fine, lambda xy: np.round(xy + share * bend(xy), 2))
    if not shapely.is_simple(bent).all():
        return None
    faces = shapely.get_parts(shapely.polygonize(bent))
    moved = middles + share * bend(middles)
    which, face = shapely.STRtree(faces).query(shapely.points(moved), predicate="intersects")
    if len(set(which)) < len(middles) or len(set(face)) < len(face):
        return None
    found = np.full(len(middles), None, dtype=object)
    found[which] = faces[face]
    for one in np.setdiff1d(np.arange(len(faces)), face):
        # A corner cut off by a bay of the county belongs to the village beside it.
        shared = shapely.length(shapely.intersection(found, faces[one]))
        found[np.argmax(shared)] = shapely.union(found[np.argmax(shared)], faces[one])
    one_piece = (shapely.get_type_id(found) == 3) & shapely.is_valid(found)
    return found if one_piece.all() else None


def _county(half: tuple[float, float], rng: np.random.Generator) -> Any:
    """Give the outline of the county: rounded, with a few bays."""
    turn = np.linspace(0, 2 * np.pi, 361)[:-1]
    radius = (np.abs(np.cos(turn)) ** 2.4 + np.abs(np.sin(turn)) ** 2.4) ** (-1 / 2.4)
    for k in range(2, 24):
        radius = radius + rng.normal(0, 0.085 / k) * np.cos(k * turn + rng.uniform(0, 2 * np.pi))
    return shapely.polygons(
        np.column_stack([half[0] * radius * np.cos(turn), half[1] * radius * np.sin(turn)])
    )


def _waves(rng: np.random.Generator, size: float) -> Any:
    """Give a smooth field of shifts: waves much longer than they are high."""
    parts = []
    for length, share in ((2600.0, 0.62), (1250.0, 0.27), (520.0, 0.08), (260.0, 0.03)):
        for _ in range(3):
            turn = rng.uniform(0, 2 * np.pi)
            wave = 2 * np.pi / length * np.array([np.cos(turn), np.sin(turn)])
            parts.append((wave, rng.uniform(0, 2 * np.pi, 2), size * share * rng.uniform(0.6, 1.2)))

    def shift(xy: Floats) -> Floats:
        moved = np.zeros_like(xy)
        for wave, phase, high in parts:
            at = xy @ wave
            moved[:, 0] += high * np.sin(at + phase[0])
            moved[:, 1] += high * np.sin(at + phase[1])
        return moved

    return shift
