"""Guessing the CRS of coordinates that state none or a wrong one: candidates, tried on the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from pyproj import CRS

from layers.crs import CHINA, WGS84, transform
from layers.proposal import Proposal
from layers.where.whereabouts import Family, whereabouts

Floats = np.ndarray[Any, np.dtype[np.float64]]
Box = tuple[float, float, float, float]

FITS = 0.6
"""The part of the coordinates that must fall into the project's area."""
MOST = 4
"""Proposals for one file; more would not help to choose."""
TRIED = 400
"""Coordinates that are tried; they are taken evenly from the file."""
WEB = 3857
_MIDDLE_ZONES = (36, 37, 38)
_PREFIXED = 1_000_000


@dataclass(frozen=True)
class Guess:
    """
    A CRS the coordinates may be in.

    Attributes
    ----------
    code
        EPSG code.
    exchanged
        They make sense with x and y exchanged.
    share
        The part of them that falls into the project's area.
    """

    code: int
    name: str
    exchanged: bool
    share: float


@cache
def crs_of_code(code: int) -> CRS:
    """Give the CRS of an EPSG code."""
    return CRS.from_epsg(code)


def sample(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Take at most ``TRIED`` finite pairs, evenly."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(known) > TRIED:
        known = known[np.linspace(0, len(known) - 1, TRIED).astype(int)]
    return x[known], y[known]


def widened(box: Box) -> Box:
    """Widen an area by a tenth and by at least 0.05 degrees on each side."""
    west, south, east, north = box
    pad_x, pad_y = max(0.05, (east - west) * 0.1), max(0.05, (north - south) * 0.1)
    return west - pad_x, south - pad_y, east + pad_x, north + pad_y


def share_inside(lon: Floats, lat: Floats, box: Box) -> float:
    """Give the part of some places that lies in an area."""
    west, south, east, north = box
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return float(inside.mean()) if len(inside) else 0.0


def _codes(x: float, y: float, box: Box) -> Iterator[tuple[int, str]]:
    """Give the codes worth trying for an easting and a northing and an area in degrees."""
    middle, south = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 < 0
    prefix = int(x // _PREFIXED)
    for family in whereabouts().family:
        if family.utm and family.south != south:
            continue
        for zone in range(family.zones[0], family.zones[1] + 1):
            if family.prefix and zone != prefix:
                continue
            if abs(family.meridian(zone) - middle) <= family.width + 3:
                yield family.code(zone), family.name
    if abs(x) <= 2.1e7 and abs(y) <= 2.1e7:
        yield WEB, "Web Mercator"


def guesses(x: Floats, y: Floats, box: Box) -> list[Guess]:
    """
    Try every CRS in metres on an area.

    Parameters
    ----------
    x, y
        Coordinates as the file has them.
    box
        The area they should fall into: west, south, east, north in degrees.

    Returns
    -------
    list of Guess
        Those that bring at least ``FITS`` of them there, the best first; of two that mean the
        same lines on the same datum only the first.
    """
    x, y = sample(x, y)
    if not len(x):
        return []
    wide, found = widened(box), []
    for exchanged in (False, True):
        east, north = (y, x) if exchanged else (x, y)
        for code, name in _codes(float(np.median(east)), float(np.median(north)), box):
            lon, lat = transform(east, north, crs_of_code(code), WGS84)
            share = share_inside(lon, lat, wide)
            if share >= FITS:
                found.append((share_inside(lon, lat, box), Guess(code, name, exchanged, share)))
    found.sort(key=lambda pair: (-round(pair[1].share, 1), -round(pair[0], 1)))
    kept: list[Guess] = []
    for _, guess in found:
        if not any(_same(guess, other) for other in kept):
            kept.append(guess)
    return kept


def _same(one: Guess, other: Guess) -> bool:
    """Tell whether two CRSs are the same lines: a six-degree zone on a three-degree meridian."""
    if one.name != other.name or one.exchanged != other.exchanged:
        return False
    first, second = (_meridian(guess.code) for guess in (one, other))
    return first is not None and first == second


def _meridian(code: int) -> float | None:
    for family in whereabouts().family:
        zone = code - family.first + family.zones[0]
        if family.zones[0] <= zone <= family.zones[1]:
            return family.meridian(zone)
    return None


def told(guess: Guess) -> str:
    """Name a guess as people know it, with the part that fits."""
    return f"{crs_of_code(guess.code).name}, {guess.share:.0%}"


def proposals_for(x: Floats, y: Floats, home: Box | None) -> list[Proposal]:
    """
    Propose the CRS of coordinates in metres.

    Parameters
    ----------
    x, y
        Coordinates as the file has them.
    home
        The project's area in degrees, None when unknown: then the numbers themselves decide.

    Returns
    -------
    list of Proposal
        Options ``crs`` and, where x and y are exchanged, ``swap_xy``; the likeliest first.
    """
    found = guesses(x, y, home) if home is not None else []
    if not found:
        likely = _by_magnitude(*sample(x, y))
        # The county is known here: zones guessed without it would send the person astray.
        return [one for one in likely if home is None or one.code != "zone_unknown"]
    first = found[0]
    rivals = [g for g in found[1:] if round(g.share, 1) >= round(first.share, 1)]
    # An old datum on the same lines is a hundred metres away, other lines are kilometres.
    old = {one.datum for one in whereabouts().old}
    certain = 0.9 if all(g.name in old for g in rivals) else 0.6
    proposals = []
    for guess in found[:MOST]:
        sure = certain * guess.share if guess is first else 0.3 * guess.share
        reason = "fits_home_swapped" if guess.exchanged else "fits_home"
        proposals.append(Proposal("crs", f"EPSG:{guess.code}", reason, told(guess), round(sure, 2)))
    if first.exchanged:
        proposals.append(Proposal("swap_xy", "yes", "north_first", certain=round(certain, 2)))
    return proposals


def _by_magnitude(x: Floats, y: Floats) -> list[Proposal]:
    """Propose from the size of the numbers alone."""
    if not len(x):
        return []
    for east, north, exchanged in ((x, y, False), (y, x, True)):
        found = _of_size(float(np.median(east)), float(np.median(north)))
        if found and exchanged:
            found.append(Proposal("swap_xy", "yes", "north_first", certain=0.6))
        if found:
            return found
    return []


def _of_size(x: float, y: float) -> list[Proposal]:
    if not 1.5e6 <= y <= 6.2e6 and not 1.9e6 <= y <= 7.6e6:
        return []
    zone = int(x // _PREFIXED)
    prefixed = [f for f in whereabouts().family if f.prefix and f.zones[0] <= zone <= f.zones[1]]
    if prefixed and 1.2e5 <= x % _PREFIXED <= 8.8e5 and y <= 6.2e6:
        return [_zoned(family, zone, number) for number, family in enumerate(prefixed)]
    west, east = (transform(np.array([CHINA[n]]), np.array([30.0]), WGS84, crs_of_code(WEB))[0][0]
                  for n in (0, 2))  # fmt: skip
    if west <= x <= east and y >= 1.9e6:
        return [Proposal("crs", f"EPSG:{WEB}", "web_mercator", certain=0.6)]
    if 1e5 <= x <= 9e5 and y <= 6.2e6:
        plain = next(f for f in whereabouts().family if not f.prefix and f.width == 3)
        return [_unknown_zone(plain, zone) for zone in _MIDDLE_ZONES]
    return []


def _zoned(family: Family, zone: int, number: int) -> Proposal:
    code = family.code(zone)
    detail = f"{zone}, {crs_of_code(code).name}"
    return Proposal("crs", f"EPSG:{code}", "zone_prefix", detail, 0.6 if number == 0 else 0.2)


def _unknown_zone(family: Family, zone: int) -> Proposal:
    meridian = f"{family.meridian(zone):.0f}"
    return Proposal("crs", f"EPSG:{family.code(zone)}", "zone_unknown", meridian, certain=0.1)
