"""Random samples for spot checks: stratified, and the same again for the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment
from geo.gaps import subject_columns
from layers.errors import UsageError, some
from layers.text import said
from layers.where.positions import WGS84
from layers.work_form import Item

COLUMNS = [
    "id", "stratum", "work_no", "target_id", "subject_id", "title_zh", "title_en", "kind",
    "township", "village", "group", "subject_name", "address", "state", "done_on", "team", "person",
    "village_id", "lon", "lat", "position",
]  # fmt: skip
STATES = ("done", "verified")
BY = ("township", "village", "kind")


def allotted(sizes: Sequence[int], wanted: int) -> list[int]:
    """
    Share out a sample over strata: in proportion, at least one of each, the largest rests first.

    Parameters
    ----------
    sizes
        How many there are in each stratum, at least 1.
    wanted
        How many to draw; not fewer than there are strata, all of them where there are fewer.

    Examples
    --------
    10 of 60, 30 and 10 are 6, 3 and 1; of 97, 2 and 1 they are 8, 1 and 1.

    >>> allotted([60, 30, 10], 10), allotted([97, 2, 1], 10), allotted([3, 2], 9)
    ([6, 3, 1], [8, 1, 1], [3, 2])
    """
    total = sum(sizes)
    wanted = min(wanted, total)
    exact = [Fraction(size * wanted, total) for size in sizes] if total else []
    given = [min(size, max(1, int(share))) for size, share in zip(sizes, exact, strict=True)]
    order = range(len(sizes))
    while sum(given) != wanted:
        step = 1 if sum(given) < wanted else -1
        free = [n for n in order if (given[n] < sizes[n] if step > 0 else given[n] > 1)]
        # The one whose share is furthest from what it has; the first of equals.
        best = max(free, key=lambda n: (step * (exact[n] - given[n]), -n))
        given[best] += step
    return given


def draw(strata: Sequence[str], keys: Sequence[str], size: int, seed: int) -> list[int]:
    """
    Draw positions at random, from every stratum in proportion and at least one.

    Parameters
    ----------
    strata, keys
        Stratum and id of each of n.
    size
        How many to draw.
    seed
        The same seed draws the same ids, in whatever order they come.

    Raises
    ------
    UsageError
        If there is nothing to draw from, or fewer are wanted than there are strata.
    """
    if not len(keys):
        msg = "sample: there is nothing to draw from. Choose other states or another target."
        raise UsageError(msg)
    members: dict[str, list[int]] = {}
    for at, stratum in enumerate(strata):
        members.setdefault(stratum, []).append(at)
    names = sorted(members)
    if size < min(len(names), len(keys)):
        msg = f"--size {size}: there are {len(names)} strata and each gives at least one. "
        msg += f"Ask for {len(names)} or more, or for coarser strata with --by township."
        raise UsageError(msg)
    counts = allotted([len(members[name]) for name in names], size)
    chosen: list[int] = []
    for name, count in zip(names, counts, strict=True):
        chosen += sorted(members[name], key=lambda at: _lot(seed, keys[at]))[:count]
    return chosen


def _lot(seed: int, key: str) -> bytes:
    """Give the lot of an id: as good as random, and the same on every machine and day."""
    return hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=16).digest()


def sample_of_work(
    items: Mapping[str, Item],
    size: int,
    seed: int = 1,
    *,
    states: Sequence[str] = STATES,
    by: Sequence[str] = ("township", "kind"),
    target: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Draw finished pieces of work to be looked at again.

    Parameters
    ----------
    items
        Kept work, by id.
    size, seed
        How many, and the seed.
    states
        In which states they are.
    by
        What the strata are made of: columns of an item.
    target
        Only work for this target.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, ``COLUMNS``, stratum by stratum in the order they were drawn.
    """
    mine = [
        item for item in items.values()
        if item["state"] in states and target in (None, item["target_id"])
    ]  # fmt: skip
    strata = [_stratum([item[name] for name in _named(by, "village")]) for item in mine]
    at = draw(strata, [item["work_id"] for item in mine], size, seed)
    rows = [
        {name: mine[n].get(name) for name in COLUMNS}
        | {"id": mine[n]["work_id"], "stratum": strata[n]}
        for n in at
    ]
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    for name in ("lon", "lat"):
        table[name] = pd.Series(
            [None if v is None else float(v) for v in table[name]], dtype=object
        )
    places = [
        None if x is None or y is None else shapely.Point(x, y)
        for x, y in zip(table["lon"], table["lat"], strict=True)
    ]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(places, crs=WGS84))


def in_words(drawn: pd.DataFrame, lang: str) -> list[str]:
    """
    Give the stratum of each row of a sample as people read it: the kind of work by its title.

    Parameters
    ----------
    drawn
        A sample.
    lang
        ``zh`` or ``en``.

    Examples
    --------
    >>> row = {"stratum": "河川镇／toilet", "kind": "toilet", "title_zh": "改厕"}
    >>> in_words(pd.DataFrame([row, row | {"kind": None}]), "zh")
    ['河川镇／改厕', '河川镇／toilet']
    """
    columns = ("stratum", "kind", f"title_{lang}")
    rows = zip(*(drawn[name] for name in columns), strict=True)
    return [
        str(stratum).replace(str(kind), str(title)) if kind and title else str(stratum)
        for stratum, kind, title in rows
    ]


def sample_of_met(
    found: Assessment,
    target: str,
    size: int,
    seed: int = 1,
    *,
    by: Sequence[str] = ("township",),
) -> gpd.GeoDataFrame:
    """
    Draw subjects of which a target says that all is well, to see whether it is.

    Parameters
    ----------
    found, target
        The assessment, and one of its targets.
    size, seed
        How many, and the seed.
    by
        What the strata are made of: ``township``, ``village``, or both.

    Raises
    ------
    UsageError
        If the standard has no such target, or nothing to draw from.
    """
    known = [one.id for one in found.standard.targets]
    if target not in known:
        msg = f"--target {target}: is not in the standard. Choose one of {some(known)}."
        raise UsageError(msg)
    one = next(one for one in found.found if one.key == target)
    at = np.flatnonzero((one.met > 0) & (one.met == one.amount))
    villages = found.ground.villages
    homes = {
        name: villages[name].reindex(one.rows.village[at]).to_numpy(dtype=object)
        for name in ("township", "name")
        if name in villages.columns
    }
    parts = [homes[name] for name in _named(by, "name") if name in homes]
    strata = [_stratum([part[n] for part in parts]) for n in range(len(at))]
    drawn = draw(strata, [str(key) for key in one.rows.ids[at]], size, seed)
    chosen = at[drawn]
    cells = subject_columns(found.ground, one, chosen, one.rows.shapes[chosen])
    nothing = pd.Series([None] * len(chosen), dtype=object)
    cells |= {
        "id": [f"{target}:{key}" for key in one.rows.ids[chosen]],
        "stratum": [strata[n] for n in drawn],
        "title_zh": said(one.target.title, "zh"),
        "title_en": said(one.target.title, "en"),
    }
    table = pd.DataFrame({name: cells.get(name, nothing) for name in [*COLUMNS, "geometry"]})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)


def _named(by: Sequence[str], village: str) -> list[str]:
    """Give the columns strata are made of; a village is told apart by its township too."""
    names = ["township" if "village" in by else "", *by]
    return list(dict.fromkeys(village if name == "village" else name for name in names if name))


def _stratum(parts: Sequence[Any]) -> str:
    return "／".join("-" if part is None or pd.isna(part) else str(part) for part in parts)
