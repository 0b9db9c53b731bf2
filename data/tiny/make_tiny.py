"""Make the tiny project: six invented villages whose every figure can be checked by hand."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, Polygon

from layers.project import Project, Request, create_project
from layers.read import Options

CRS = 4545
X, Y = 464_000.0, 3_953_000.0
SIDE = 1000.0
"""Each village is a square of 1 km; the corner of the first lies at X, Y."""

GOOD, BAD = "三格式", "普通旱厕"

VILLAGES = [
    # id, name, township, demo level, declared households, column and row of its square
    ("621001100201", "王家庄村", "东沟镇", "省级", 10, (0, 1)),
    ("621001100202", "柳树湾村", "东沟镇", "市级", 10, (1, 1)),
    ("621001100203", "石桥村", "东沟镇", "县级", 10, (2, 1)),
    ("621001101201", "王家庄村", "西山镇", "省级", 10, (0, 0)),
    ("621001101202", "南坡村", "西山镇", "市级", 12, (1, 0)),
    ("621001101203", "大岭村", "西山镇", "否", 10, (2, 0)),
]
TOILETS = {
    # village: good, bad and not inspected toilets of its ten households
    "621001100201": (8, 2, 0),
    "621001100202": (7, 3, 0),
    "621001100203": (7, 1, 2),
    "621001101201": (8, 2, 0),
    "621001101202": (9, 1, 0),
}
LAMPS = {
    # village: places of working and of broken lamps on its road, metres from the road's beginning
    "621001100201": (range(20, 400, 40), ()),
    "621001100202": ((20, 60, 100, 140, 180), (220, 260, 300)),
    "621001100203": ((), ()),
    "621001101201": (range(20, 400, 40), ()),
    "621001101202": (range(20, 320, 40), ()),
}
CLEARED_DAYS = {
    "621001100201": 30,
    "621001100202": 30,
    "621001100203": 30,
    "621001101201": 28,
    "621001101202": 30,
}
"""Days of June 2023 on which the key garbage site was cleared."""


def corner(place: tuple[int, int]) -> tuple[float, float]:
    """Give the lower left corner of a village."""
    return X + place[0] * SIDE, Y + place[1] * SIDE


def _villages() -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for code, name, town, level, declared, place in VILLAGES:
        x, y = corner(place)
        shapes.append(Polygon([(x, y), (x + SIDE, y), (x + SIDE, y + SIDE), (x, y + SIDE)]))
        rows.append(
            {"id": code, "name": name, "township": town, "county": "示例县·清河",
             "demo_level": level, "households": declared, "population": declared * 4,
             "population_resident": declared * 4, "fiber": "是", "dropouts": 0,
             "pension_due": 20, "pension_paid": 19 if name == "石桥村" else 20, "cleaners": 2}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def _households() -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for code, _name, _town, _level, _declared, place in VILLAGES:
        x, y = corner(place)
        for number in range(10):
            home = f"{code}-{number + 1:02d}"
            rows.append(
                {"id": home, "village_id": code, "group": f"{number // 5 + 1}组",
                 "head": "王某某", "persons": 4, "resident": "是",
                 "housing_ok": "否" if home == "621001100202-10" else "是",
                 "education_ok": "是", "medical_ok": "是", "piped_water": "是",
                 "exempt": "自愿放弃" if home == "621001101201-10" else None,
                 "exempt_evidence": "承诺书1" if home == "621001101201-10" else None}
            )  # fmt: skip
            shapes.append(Point(x + 120 + 40 * number, y + 540))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def _toilets() -> pd.DataFrame:
    rows = []
    for code, (good, bad, open_ones) in TOILETS.items():
        kinds = [(GOOD, "是")] * good + [(BAD, "是")] * bad + [(None, None)] * open_ones
        for number, (kind, used) in enumerate(kinds, 1):
            home = f"{code}-{number:02d}"
            rows.append({"id": f"{home}-T", "household_id": home, "type": kind, "in_use": used,
                         "defects": None})  # fmt: skip
    return pd.DataFrame(rows)


def _on_roads() -> dict[str, gpd.GeoDataFrame]:
    roads, lamps, sites, places, clinics = [], [], [], [], []
    for code, *_rest, place in VILLAGES:
        x, y = corner(place)
        x, y = x + 100, y + 500
        line = LineString([(x, y), (x + 400, y)])
        roads.append({"id": f"{code}-R", "class": "村内主干道", "geometry": line})
        working, broken = LAMPS.get(code, ((), ()))
        lamps += [{"status": "正常", "geometry": Point(x + at, y)} for at in working]
        lamps += [{"status": "损坏", "geometry": Point(x + at, y)} for at in broken]
        sites.append({"id": f"{code}-G", "zone": "重点", "geometry": Point(x + 200, y - 20)})
        places.append({"id": f"{code}-P", "kind": "广场", "geometry": Point(x + 100, y + 10)})
        if code != "621001100203":
            clinics.append(
                {"id": f"{code}-C", "kind": "村卫生室", "status": "正常", "floor_area_m2": 80,
                 "doctors": 1, "geometry": Point(x + 50, y + 60)}
            )  # fmt: skip
    for number, lamp in enumerate(lamps, 1):
        lamp["id"] = f"L{number:03d}"
    found = {"roads": roads, "streetlights": lamps, "garbage_sites": sites,
             "public_places": places, "facilities": clinics}  # fmt: skip
    return {name: gpd.GeoDataFrame(rows, crs=CRS) for name, rows in found.items()}


def _clearances() -> pd.DataFrame:
    rows = [
        {"site_id": f"{code}-G", "date": f"2023-06-{day:02d}"}
        for code, days in CLEARED_DAYS.items()
        for day in range(31 - days, 31)
    ]
    return pd.DataFrame(rows)


def _send(project: Project, layer: str, frame: Any, work: Path, request: Request) -> None:
    path = work / f"{layer}.{'gpkg' if isinstance(frame, gpd.GeoDataFrame) else 'csv'}"
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_file(path)
    else:
        frame.to_csv(path, index=False)
    project.import_file(layer, path, request)


def make(folder: Path) -> Project:
    """
    Make the project anew.

    Parameters
    ----------
    folder
        Where to; an older copy is removed.

    Returns
    -------
    Project
        The project, with its default standard, scope and day.
    """
    shutil.rmtree(folder, ignore_errors=True)
    project = create_project(folder, name="示例县·清河（演示数据）")
    whole = Request(Options())
    surveyed = Request(Options(), complete_for=tuple(TOILETS), blanks=(("defects", "none"),))
    with tempfile.TemporaryDirectory() as held:
        work = Path(held)
        _send(project, "villages", _villages(), work, whole)
        _send(project, "households", _households(), work, whole)
        _send(project, "toilets", _toilets(), work, surveyed)
        for layer, frame in _on_roads().items():
            _send(project, layer, frame, work, whole)
        _send(project, "clearances", _clearances(), work, whole)
    project.save_settings(standard="qingyang-2023", scope="standard", as_of="2023-06-30")
    shutil.rmtree(folder / "history", ignore_errors=True)
    return project


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "project")
