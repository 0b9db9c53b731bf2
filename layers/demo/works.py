"""What was built in the demo county: roads and lamps, water, garbage sites, facilities, signs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layers.demo.county import ACCESS, LANE, MAIN, County
from layers.demo.facts import facts
from layers.demo.homes import RAVINE_TAP, RAVINE_VILLAGE, ravine_homes
from layers.demo.land import Floats
from layers.demo.people import NEVER_SENT, SOMEBODY
from layers.demo.villages import placed, quality

SPACING = 30.0
"""Metres between lamps."""
BESIDE = 2.5
"""Lamps stand so far from the middle of the road, metres."""
DARK_VILLAGE = "西沟村"
OLD_SPACING = 56.5
"""The lamps of the stretch with broken ones stand further apart: 3 broken leave 186 m dark."""
NEVER_LIT = 452.0
"""Between two working lamps where none was ever put up: 412 m dark."""
DRY_AROUND = 1500.0
"""No other water point is so near to the houses beyond the ravine, metres."""
MISSED_VILLAGE, MISSED_DAYS = "双庙村", 9
"""A key site that was not cleared on so many days of June."""


def _frame(table: Any, shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=placed(shapes), crs=facts()["epsg"])


def roads(county: County) -> gpd.GeoDataFrame:
    """Give the roads; the ones along steep drops say so."""
    rng = county.rng(30)
    table = county.roads
    n = len(table)
    kind = table["class"].to_numpy()
    middle = shapely.line_interpolate_point(table.geometry.to_numpy(), 0.5, normalized=True)
    steep = county.land.at(county.land.slopes, shapely.get_x(middle), shapely.get_y(middle))
    risk = np.where((kind == ACCESS) & (steep > 0.22), "临崖",
                    np.where((kind == ACCESS) & (steep > 0.12), "陡坡", "无"))  # fmt: skip
    code = county.plan["id"].to_numpy()[table["village"]]
    name = county.plan["name"].to_numpy()[table["village"]]
    letter = {MAIN: "Z", ACCESS: "T", LANE: "X"}
    count = table.groupby(["village", "class"]).cumcount().to_numpy() + 1
    rows = {
        "道路编号": [f"{c}{letter[k]}{i}" for c, k, i in zip(code, kind, count, strict=True)],
        "道路名称": [f"{v.removesuffix('村')}{k}" for v, k in zip(name, kind, strict=True)],
        "道路类型": kind, "路侧风险": risk,
        "路宽": np.select([kind == MAIN, kind == ACCESS], [5.0, 4.5], 3.0),
        "是否硬化": np.where((kind != LANE) | (rng.random(n) < 0.7), "已硬化", "未硬化"),
    }  # fmt: skip
    return _frame(rows, table.geometry.to_numpy())


def _stations(length: float) -> Floats:
    """Give the places of lamps along a road so that its whole length is lit."""
    count = max(2, int(np.ceil((length - 2 * 14.0) / SPACING)) + 1)
    return np.linspace(14.0, length - 14.0, count)


def _dark_road(length: float) -> tuple[Floats, Any]:
    """Give the lamps of the road with two dark stretches: places, and which are broken."""
    first, second = 164.0, 164.0 + 4 * OLD_SPACING
    third = second + 60.0
    fourth = third + NEVER_LIT
    before = np.linspace(14.0, first, 6)
    broken = first + OLD_SPACING * np.arange(1, 4)
    between = np.array([second, second + 30.0, third])
    after = np.linspace(fourth, length - 14.0, max(2, int((length - 14 - fourth) / 30) + 2))
    at = np.concatenate([before, broken, between, after])
    return at, np.isin(at, broken)


def streetlights(county: County, *, may: bool) -> gpd.GeoDataFrame:
    """Give the lamps along the main roads, some broken, some never reported on."""
    rng = county.rng(31)
    good = quality(county, may=may)
    tables, shapes = [], []
    demo = (county.plan["demo_level"] != "否").to_numpy()
    for number, name in enumerate(county.plan["name"]):
        draw, lots = rng.random(), rng.random((3, 3))
        lines = county.roads[(county.roads["village"] == number) & (county.roads["class"] == MAIN)]
        if lines.empty:
            continue
        road = lines.geometry.iloc[0]
        length = shapely.length(road)
        status: Any
        if number == county.village(DARK_VILLAGE):
            at, broken = _dark_road(length)
            status = np.where(broken, "损坏", "正常").astype(object)
        else:
            at = _stations(length)
            status = np.full(len(at), "正常", dtype=object)
            for first, many, poor in zip(*lots, strict=True):
                begin = int(first * len(at))
                if poor > 0.25 + 0.75 * good[number]:
                    status[begin : begin + 1 + int(many * 5)] = "损坏"
            if draw > good[number] and not demo[number]:
                at, status = at[: -int(4 + draw * 6)], status[: -int(4 + draw * 6)]
            if name in ("上川村", "李家河村"):
                status[3:7] = None
        side = np.where(np.arange(len(at)) % 2 == 0, BESIDE, -BESIDE)
        shapes.append(_beside(road, at, side))
        code = county.plan["id"].iloc[number]
        ids = [f"{code}L{k:03d}" for k in range(1, len(at) + 1)]
        tables.append(
            pd.DataFrame({"灯杆编号": ids, "亮灯情况": status, "所在道路编号": f"{code}Z1",
                          "安装年份": 2019 + (number % 4), "管护人": SOMEBODY})
        )  # fmt: skip
    return _frame(pd.concat(tables, ignore_index=True), np.concatenate(shapes))


def _beside(road: Any, at: Floats, side: Any) -> Any:
    """Give points beside a line, ``side`` metres to its left."""
    here = shapely.get_coordinates(shapely.line_interpolate_point(road, at))
    near = shapely.get_coordinates(shapely.line_interpolate_point(road, np.maximum(at - 1, 0)))
    far = shapely.get_coordinates(shapely.line_interpolate_point(road, at + 1))
    along = far - near
    along = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    return shapely.points(here + across * np.asarray(side)[:, None])


def _near_hamlets(county: County, rng: np.random.Generator, spread: float) -> pd.DataFrame:
    """Give a place near each hamlet."""
    table = county.homes.hamlets.copy()
    table[["x", "y"]] += rng.normal(0, spread, (len(table), 2))
    table["code"] = county.plan["id"].to_numpy()[table["village"]]
    return table


def _points(table: pd.DataFrame) -> Any:
    return shapely.points(table[["x", "y"]].to_numpy(dtype=float))


def water_points(county: County) -> gpd.GeoDataFrame:
    """Give the water points: near most hamlets, one across the ravine, a broken one before it."""
    rng = county.rng(32)
    table = _near_hamlets(county, rng, 45)
    dry = ravine_homes()
    away = cKDTree(dry).query(table[["x", "y"]].to_numpy(dtype=float))[0]
    table = pd.DataFrame(table[away > DRY_AROUND]).reset_index(drop=True)
    first = table["hamlet"] == 0
    kept = (first | (rng.random(len(table)) < 0.62)).to_numpy(dtype=bool)
    table = pd.DataFrame(table[kept]).reset_index(drop=True)
    n = len(table)
    table["类型"] = rng.choice(["集中供水点", "机井", "有防护泉水"], n, p=[0.5, 0.3, 0.2])
    state = rng.choice(["正常", "损坏", "不详"], n, p=[0.9, 0.07, 0.03])
    table["运行状态"] = np.where(table["hamlet"] == 0, "正常", state)
    beyond = county.village(RAVINE_VILLAGE)
    if beyond >= 0:
        code = county.plan["id"].iloc[beyond]
        more = pd.DataFrame(
            {"village": beyond, "hamlet": 0, "x": [RAVINE_TAP[0], dry[0][0]],
             "y": [RAVINE_TAP[1], dry[0][1] - 40], "code": code, "类型": ["有防护泉水", "机井"],
             "运行状态": ["正常", "损坏"], "name": ["崖下", "崖背"]}
        )  # fmt: skip
        table = pd.concat([table, more], ignore_index=True)
    count = table.groupby("village").cumcount() + 1
    rows = {
        "供水点编号": [f"{c}S{k}" for c, k in zip(table["code"], count, strict=True)],
        "名称": table["name"] + "供水点", "行政村代码": table["code"], "类型": table["类型"],
        "运行状态": table["运行状态"], "排队时间": 2, "管护人": SOMEBODY,
    }  # fmt: skip
    return _frame(rows, _points(table))


def garbage_sites(county: County, *, as_of: dt.date, may: bool) -> gpd.GeoDataFrame:
    """Give the garbage sites: key ones at the main hamlet, others at the further hamlets."""
    rng = county.rng(33)
    table = _near_hamlets(county, rng, 30)
    table = table[(county.plan["name"] != NEVER_SENT).to_numpy()[table["village"]]]
    key = (table["hamlet"] == 0) | ((table["hamlet"] == 1) & (table["village"] % 3 == 0))
    n = len(table)
    good = quality(county, may=may)[table["village"]]
    late = rng.random(n) > good
    days = np.where(late, rng.integers(9, 21, n), rng.integers(0, 6, n))
    full = ~key.to_numpy() & (rng.random(n) < 0.12)
    since = np.where(late, 3, 0)
    count = table.groupby("village").cumcount() + 1
    rows = {
        "收集点编号": [f"{c}G{k}" for c, k in zip(table["code"], count, strict=True)],
        "名称": table["name"].to_numpy() + "收集点", "行政村代码": table["code"].to_numpy(),
        "区域类型": np.where(key, "重点区域", "其他区域"),
        "最近清运日期": [None if k else str(as_of - dt.timedelta(days=int(d)))
                   for k, d in zip(key, days, strict=True)],
        "满溢时间": [f"{as_of - dt.timedelta(days=int(s))} 08:30:00" if f else None
                 for f, s in zip(full, since, strict=True)],
    }  # fmt: skip
    return _frame(rows, _points(table))


def clearances(county: County, sites: gpd.GeoDataFrame, *, until: dt.date) -> pd.DataFrame:
    """Give the log of key sites: every day of May and June up to a day, but for one site."""
    key = sites["收集点编号"][sites["区域类型"] == "重点区域"].to_numpy(dtype=object)
    days = pd.date_range("2023-05-01", until)
    table = pd.DataFrame(
        {"收集点编号": np.repeat(key, len(days)), "清运日期": np.tile(days, len(key))}
    )
    missed = county.village(MISSED_VILLAGE)
    if missed >= 0:
        site = county.plan["id"].iloc[missed] + "G1"
        gone = pd.date_range("2023-06-03", periods=MISSED_DAYS, freq="3D")
        skipped = (table["收集点编号"] == site) & table["清运日期"].isin(gone)
        table = table[~skipped].reset_index(drop=True)
    table["清运日期"] = table["清运日期"].dt.strftime("%Y-%m-%d")
    table.insert(0, "清运编号", [f"QY{k:06d}" for k in range(1, len(table) + 1)])
    return table


KINDS = (
    # kind, letter, share of villages that have one beside how well the village is off, floor m2
    ("村卫生室", "W", 1.0, 85), ("综合性文化服务中心", "C", 0.94, 240),
    ("党群服务中心", "D", 1.0, 320), ("幸福院", "X", 1.0, 180),
    ("快递网点", "K", 0.7, 30), ("农资店", "N", 0.8, 45),
    ("益农信息社", "I", 0.75, 25), ("商店", "B", 0.9, 40), ("小学", "S", 0.34, 900),
    ("幼儿园", "Y", 0.34, 350), ("村史馆", "H", 0.22, 90), ("文物点", "M", 0.25, 60),
)  # fmt: skip


def facilities(county: County, *, may: bool) -> gpd.GeoDataFrame:
    """Give the public facilities around the middle of each village."""
    rng, n = county.rng(34), len(county.plan)
    good = quality(county, may=may)
    demo = (county.plan["demo_level"] != "否").to_numpy()
    tables = []
    for k, (kind, letter, share, floor) in enumerate(KINDS):
        draw, place = rng.random((n, 9)), rng.normal(0, 60, (n, 2))
        has = (draw[:, 0] < share) & ((draw[:, 1] < good + 0.1) | (k in (0, 2)))
        fine = draw[:, 2] < good
        table = pd.DataFrame({"village": np.arange(n), "类型": kind, "letter": letter, "has": has})
        table[["x", "y"]] = county.middles + place + np.array([70 * np.cos(k), 70 * np.sin(k)])
        table["办学层次"] = "小学" if kind == "小学" else None
        table["状态"] = np.where(draw[:, 3] < 0.97, "正常", "停用")
        table["是否公益设施"] = "否" if kind in ("商店", "快递网点", "农资店") else "是"
        table["管护人"] = pd.Series([SOMEBODY] * n).where((draw[:, 4] < good + 0.08) | demo, None)
        table["建筑面积"] = np.where(fine, floor, floor * 0.6).round()
        clinic, centre = kind == "村卫生室", kind == "党群服务中心"
        table["医生人数"] = np.where(fine, 1, 0).astype(object) if clinic else None
        for j, head in enumerate(("设备是否齐全", "药品是否齐全")):
            ready = np.where(draw[:, 5 + j] < good + 0.06, "齐全", "不齐全")
            table[head] = ready if clinic else None
        for head in ("办公议事", "党群活动", "教育培训", "文化体育", "金融服务"):
            lacks = head in ("金融服务", "教育培训")
            word = np.where(fine | (draw[:, 7] < 0.3) | (not lacks), "是", "否")
            table[head] = word if centre else None
        tables.append(table[table["has"]])
    whole = pd.concat(tables, ignore_index=True)
    code = county.plan["id"].to_numpy()[whole["village"]]
    name = county.plan["name"].to_numpy()[whole["village"]]
    whole.insert(0, "设施编号", code.astype(object) + whole["letter"])
    whole.insert(1, "名称", name.astype(object) + whole["类型"])
    whole.insert(2, "行政村代码", code)
    return _frame(whole.drop(columns=["village", "letter", "has", "x", "y"]), _points(whole))


def public_places(county: County) -> gpd.GeoDataFrame:
    """Give squares, committees, bus stops and the entrances of each village along its main road."""
    rng = county.rng(35)
    parts = []
    places = (("村委会", 0.5, 12.0), ("文化广场", 0.42, -14.0), ("候车点", 0.7, 6.0),
              ("进村路口", 0.02, 5.0), ("进村路口", 0.98, 5.0))  # fmt: skip
    lines = county.roads[county.roads["class"] == MAIN]
    for k, (kind, share, side) in enumerate(places):
        off = side + rng.uniform(-2, 2, len(lines))
        shapes = [_beside(road, np.array([shapely.length(road) * share]), [o])[0]
                  for road, o in zip(lines.geometry, off, strict=True)]  # fmt: skip
        codes = county.plan["id"].to_numpy()[lines["village"]]
        names = county.plan["name"].to_numpy()[lines["village"]]
        table = pd.DataFrame({"场所编号": codes.astype(object) + f"P{k + 1}",
                              "名称": names.astype(object) + kind, "行政村代码": codes,
                              "类型": kind, "geometry": shapes})  # fmt: skip
        parts.append(table)
    whole = pd.concat(parts, ignore_index=True)
    return _frame(whole.drop(columns="geometry"), whole["geometry"].to_numpy(dtype=object))


def _entrances(county: County) -> pd.DataFrame:
    """Give where main and access roads cross the outline of each village: village, x, y."""
    ways = county.roads[county.roads["class"].isin([MAIN, ACCESS])].geometry.to_numpy()
    edges = shapely.boundary(county.outlines)
    village, way = shapely.STRtree(ways).query(edges, predicate="intersects")
    points, owner = shapely.get_parts(
        shapely.intersection(edges[village], ways[way]), return_index=True
    )
    table = pd.DataFrame({"village": village[owner], "x": shapely.get_x(points).round(1),
                          "y": shapely.get_y(points).round(1)})  # fmt: skip
    table = table[shapely.get_type_id(points) == 0].drop_duplicates()
    ordered: pd.DataFrame = table.sort_values(["village", "x", "y"])
    return ordered.reset_index(drop=True)


def signs(county: County, *, may: bool) -> gpd.GeoDataFrame:
    """Give the signs at the entrances of the villages, where they are."""
    rng = county.rng(36)
    good = quality(county, may=may)
    parts = []
    places = _entrances(county)
    for kind in ("村名标识", "交通标志"):
        there = rng.random(len(places)) < good[places["village"]] + 0.08
        # A few metres inside the outline, so that each sign stands in its own village.
        inner = shapely.buffer(county.outlines, -rng.uniform(4, 9))[places["village"]]
        way_in = shapely.shortest_line(shapely.points(places[["x", "y"]].to_numpy()), inner)
        codes = county.plan["id"].to_numpy()[places["village"]]
        table = pd.DataFrame({"行政村代码": codes, "标识类型": kind, "状态": "正常",
                              "geometry": shapely.get_point(way_in, 1)})  # fmt: skip
        parts.append(table[there])
    whole = pd.concat(parts, ignore_index=True)
    count = whole.groupby("行政村代码").cumcount() + 1
    whole.insert(
        0, "标识编号", [f"{c}B{k}" for c, k in zip(whole["行政村代码"], count, strict=True)]
    )
    return _frame(whole.drop(columns="geometry"), whole["geometry"].to_numpy(dtype=object))


def public_toilets(county: County) -> gpd.GeoDataFrame:
    """Give the public toilets near the middle of most villages."""
    rng, n = county.rng(37), len(county.plan)
    has = rng.random(n) < 0.85
    at = county.middles[has] + rng.normal(0, 50, (int(has.sum()), 2))
    plan = county.plan[has]
    rows = {"公厕编号": plan["id"].to_numpy() + "C1", "公厕名称": plan["name"].to_numpy() + "公厕",
            "行政村代码": plan["id"].to_numpy(), "公厕类型": "水冲式", "建成时间": 2021,
            "管护人": pd.Series([SOMEBODY] * len(plan)).where(rng.random(len(plan)) < 0.9, None),
            "使用状态": "正常"}  # fmt: skip
    return _frame(rows, shapely.points(at))


def hazards(county: County) -> gpd.GeoDataFrame:
    """Give landslide areas beside hamlets on steep ground; one has no plan yet."""
    hamlets = county.homes.hamlets
    steep = county.land.at(county.land.slopes, hamlets["x"] + 60, hamlets["y"] + 60)
    count = min(max(4, len(county.plan) // 4), len(hamlets))
    chosen = hamlets.iloc[np.sort(np.argsort(-steep, kind="stable")[:count])]
    turn = np.linspace(0, 2 * np.pi, 25)[:-1]
    ring = np.column_stack([np.cos(turn) * 95, np.sin(turn) * 60])
    shapes = shapely.polygons(chosen[["x", "y"]].to_numpy(dtype=float)[:, None, :] + 70 + ring)
    codes = county.plan["id"].to_numpy()[chosen["village"]]
    rows = {"隐患点编号": [f"Z{k:03d}" for k in range(1, count + 1)],
            "隐患点名称": chosen["name"].to_numpy() + "滑坡", "行政村代码": codes,
            "灾害类型": "滑坡", "监测责任人": SOMEBODY,
            "是否有预案": np.where(np.arange(count) == 2, "无预案", "有预案")}  # fmt: skip
    return _frame(rows, shapes)
