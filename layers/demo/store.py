"""Send the demo county to a project, layer by layer, as a county would: ledgers, maps, dates."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from layers.demo import people, villages, works
from layers.demo.county import LARGE, County, make_county
from layers.demo.facts import facts
from layers.demo.land import CELL
from layers.demo.people import NEVER_SENT
from layers.demo.raw import write_raw
from layers.errors import ProjectError, UsageError
from layers.frames import Raster
from layers.project import Project, Request, create_project
from layers.quarantine import together
from layers.raster import save_raster
from layers.schema import schema
from layers.snapshot import save_snapshot


@dataclass(frozen=True)
class _Sent:
    """One layer as it is sent: rows, and what is said about them."""

    layer: str
    frame: pd.DataFrame
    areas: tuple[str, ...] = ()
    blanks: tuple[tuple[str, str], ...] = ()
    monthly: bool = False


def make_demo(
    folder: Path, *, villages: int = 24, households: int | None = None, seed: int = 1
) -> Project:
    """
    Make a project of the demo county.

    Parameters
    ----------
    folder
        Where to; it must be empty or not there.
    villages, households
        How many; the stories are in the first 24 villages. None gives about 4,000 households, and
        more where there are more villages. The stories' figures hold while the households suffice.
    seed
        The same seed gives the same county: tables row by row, rasters cell by cell.

    Returns
    -------
    Project
        With all layers but one, two rasters, snapshots of two months (in counties of up to 100
        villages) and the folder ``raw``.

    Raises
    ------
    UsageError
        If a number is too small.
    ProjectError
        If the folder holds something or cannot be written.
    """
    if villages < 1 or (households is not None and households < villages):
        msg = "--villages, --households: a county has villages, and each of them a household. "
        msg += "Give larger numbers."
        raise UsageError(msg)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder.name}: is not empty. Choose an empty or new folder for the demo county."
        raise ProjectError(msg)
    kept = folder.exists()
    project = create_project(folder, name=facts()["name"])
    try:
        with tempfile.TemporaryDirectory() as held, together():
            _fill(project, make_county(villages, households, seed), Path(held))
    except BaseException:
        # Half a county would look like a whole one.
        shutil.rmtree(folder, ignore_errors=True)
        if kept:
            folder.mkdir(exist_ok=True)
        raise
    return project


def _fill(project: Project, county: County, work: Path) -> None:
    as_of, before = facts()["as_of"], facts()["before"]
    who = people.residents(county)
    project.save_settings(
        crs=f"EPSG:{facts()['epsg']}", standard=facts()["standard"], scope="all",
        as_of=as_of.isoformat(), demo=True,
    )  # fmt: skip
    first = len(county.plan) <= LARGE
    if first:
        for sent in _layers(county, who, before, may=True):
            _send(project, sent, work, before)
        _rasters(project, county, who, work)
        save_snapshot(project, before.strftime("%Y-%m"), before)
    frames = {}
    for sent in _layers(county, who, as_of, may=False):
        frames[sent.layer] = sent.frame
        if sent.monthly or not first:
            _send(project, sent, work, as_of)
    if first:
        save_snapshot(project, as_of.strftime("%Y-%m"), as_of)
    else:
        _rasters(project, county, who, work)
    write_raw(county, frames, project.folder / "raw")
    # What the making replaced is nobody's to take back, and the copies are made again when read.
    for part in ("history", "cache"):
        shutil.rmtree(project.folder / part, ignore_errors=True)


def _layers(county: County, who: pd.DataFrame, day: dt.date, *, may: bool) -> Iterator[_Sent]:
    """Give the layers in the order in which they are sent."""
    sent = _areas(county)
    yield _Sent("villages", villages.villages(county, who, may=may), monthly=True)
    yield _Sent("townships", villages.townships(county))
    ledger = people.households(county, who)
    yield _Sent("households", ledger, sent)
    yield _Sent("toilets", people.toilets(county, who, may=may), sent, (("defects", "none"),),
                monthly=True)  # fmt: skip
    yield _Sent("visits", people.visits(county, ledger, until=day), sent, monthly=True)
    yield _Sent("roads", works.roads(county))
    yield _Sent("streetlights", works.streetlights(county, may=may), monthly=True)
    yield _Sent("water_points", works.water_points(county))
    sites = works.garbage_sites(county, as_of=day, may=may)
    yield _Sent("garbage_sites", sites, sent, monthly=True)
    yield _Sent("clearances", works.clearances(county, sites, until=day), sent, monthly=True)
    keepers = (("keeper", "none"),)
    yield _Sent("facilities", works.facilities(county, may=may), blanks=keepers, monthly=True)
    yield _Sent("public_places", works.public_places(county))
    yield _Sent("public_toilets", works.public_toilets(county), blanks=keepers)
    yield _Sent("signs", works.signs(county, may=may), monthly=True)
    yield _Sent("hazards", works.hazards(county))
    yield _Sent("teams", villages.teams(county))
    yield _Sent("grids", villages.grids(county))
    yield _Sent("assignments", villages.assignments(county, ledger))


def _areas(county: County) -> tuple[str, ...]:
    """Name the areas whose ledgers are complete: every township, but of one only its villages."""
    lacking = county.village(NEVER_SENT)
    if lacking < 0:
        return ()
    home = county.plan["township_id"].iloc[lacking]
    others = tuple(town["id"] for town in county.towns if town["id"] != home)
    mine = county.plan[(county.plan["township_id"] == home)]
    return (*others, *(v for n, v in zip(mine.index, mine["id"], strict=True) if n != lacking))


def _send(project: Project, sent: _Sent, work: Path, day: dt.date) -> None:
    """Write a layer as the file somebody would send, and import it."""
    spatial = isinstance(sent.frame, gpd.GeoDataFrame)
    path = work / f"{day:%Y%m}-{schema(sent.layer).title['zh']}.{'gpkg' if spatial else 'csv'}"
    path.unlink(missing_ok=True)
    frame: Any = sent.frame
    if spatial:
        frame.to_file(path)
    else:
        frame.to_csv(path, index=False, encoding="utf-8-sig")
    request = Request(complete_for=sent.areas, blanks=sent.blanks, date=day)
    project.import_file(sent.layer, path, request)


def _rasters(project: Project, county: County, who: pd.DataFrame, work: Path) -> None:
    crs, (x, y) = CRS.from_epsg(facts()["epsg"]), facts()["centre"]
    land = county.land
    made: list[tuple[str, Any, tuple[float, float], float]] = [
        ("dem", land.heights, (x + land.west, y + land.north), CELL)
    ]
    cells, west, north = people.population(county, who)
    made.append(("population", cells, (x + west, y + north), 100.0))
    for name, values, corner, step in made:
        path = work / f"{name}.tif"
        save_raster(Raster(np.asarray(values), corner, (step, -step), crs), path)
        project.import_file(name, path)
