"""What the village and township lists of the demo county say."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo.county import County
from layers.demo.facts import facts
from layers.demo.land import Floats
from layers.demo.people import LEFT, NEVER_SENT

QUALITY = {"河川镇": (0.25, 0.95), "柳林镇": (0.78, 0.80), "北塬乡": (0.84, 0.86)}
"""How much of what villages should have is there, in May and in June: one township caught up."""


def quality(county: County, *, may: bool) -> Floats:
    """Give for each village how much of what it should have is there, 0 to 1."""
    at = 0 if may else 1
    found = [QUALITY.get(town, (0.85, 0.87))[at] for town in county.plan["township"]]
    return np.array(found)


def placed(shapes: Any) -> Any:
    """Move shapes from the county's centre to their coordinates."""
    centre = np.array(facts()["centre"], dtype=float)
    return shapely.transform(shapes, lambda xy: np.round(xy + centre, 2))


def villages(county: County, people: pd.DataFrame, *, may: bool) -> gpd.GeoDataFrame:
    """Give the village list with outlines."""
    rng, n, plan = county.rng(20), len(county.plan), county.plan
    good = quality(county, may=may)
    there = rng.random((n, 8)) < good[:, None]
    group = people.groupby("village")
    here = people[people["state"] != "away"].groupby("village")
    persons = group["persons"].sum().reindex(range(n), fill_value=0).to_numpy()
    resident = here["persons"].sum().reindex(range(n), fill_value=0).to_numpy()
    homes_here = here.size().reindex(range(n), fill_value=0).to_numpy()
    due, poor = np.rint(persons * 0.17).astype(int), rng.integers(1, 7, n)
    lost = np.where(rng.random(n) < 0.4, rng.integers(4, 30, n), 0)
    records = np.rint(resident * rng.uniform(0.86, 0.99, n) * np.minimum(1, good + 0.4))
    civil = np.rint(plan["homes"] * rng.uniform(0.35, 0.75, n)).astype(int)
    month = rng.integers(3, 13, n)

    def yes(which: int) -> Any:
        return np.where(there[:, which], "是", "否")

    table: dict[str, Any] = {
        "行政村代码": plan["id"], "行政村": plan["name"], "乡镇": plan["township"],
        "乡镇代码": plan["township_id"], "县": facts()["county"],
        "示范村级别": plan["demo_level"], "示范村批次": plan["demo_batch"],
        "村庄分类": plan["class"], "脱贫村": np.where(plan["ex_poor"], "是", "否"),
        "总户数": plan["homes"], "常住户数": homes_here, "总人口": persons,
        "常住人口": resident, "通光纤宽带": "是", "失学辍学人数": 0,
        "应发放养老金人数": due, "已发放养老金人数": due,
        "特困人员数": poor, "已供养特困人员数": poor,
        "被征地农民数": lost, "被征地农民已参保人数": lost,
        "健康档案建档人数": records.astype(int),
        "保洁员人数": np.where(there[:, 0], 2 + resident // 800, 1),
        "最近文体活动日期": [f"2022-{m:02d}-15" if t else "2021-10-01"
                     for m, t in zip(month, there[:, 1], strict=True)],
        "是否文明村": yes(2), "文明户数": civil, "是否有村规民约": "是",
        "是否有红白理事会": yes(3), "是否实行积分制": yes(4), "是否实行清单制": yes(5),
        "是否开展数字化治理": np.where(rng.random(n) < 0.25, "是", "否"),
        "洗澡间计划户数": np.rint(plan["homes"] * 0.4).astype(int),
        "清洁取暖计划户数": np.rint(plan["homes"] * 0.55).astype(int),
        "上报卫生厕所户数": plan["reported"],
    }  # fmt: skip
    frame = pd.DataFrame(table)
    blank = list(table)[11:]
    never = (frame["行政村"] == NEVER_SENT) & plan["story"].to_numpy()
    for column in blank:
        frame[column] = frame[column].astype(object).where(~never, None)
    left = (frame["行政村"] == LEFT) & plan["story"].to_numpy()
    for column in ("洗澡间计划户数", "清洁取暖计划户数"):
        frame[column] = frame[column].where(~left, None)
    shapes = placed(county.outlines)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=facts()["epsg"])


def townships(county: County) -> gpd.GeoDataFrame:
    """Give the townships in official order, each with the outline of its villages."""
    rows, shapes = [], []
    for order, town in enumerate(county.towns, 1):
        mine = (county.plan["township"] == town["name"]).to_numpy()
        rows.append({"乡镇代码": town["id"], "乡镇": town["name"], "包抓领导": town["leader"],
                     "排序": order, "示范乡镇": "是" if order == 1 else "否"})  # fmt: skip
        shapes.append(shapely.union_all(placed(county.outlines[mine])))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=facts()["epsg"])


def grids(county: County) -> gpd.GeoDataFrame:
    """Give the grid cells of each village: its western and its eastern half."""
    rows, shapes = [], []
    for number, outline in enumerate(county.outlines):
        west, south, east, north = outline.bounds
        middle = county.middles[number][0]
        code, name = county.plan["id"].iloc[number], county.plan["name"].iloc[number]
        halves = ((west, middle), (middle, east))
        for k, (left, right) in enumerate(halves, 1):
            members = 6 + (number * 7 + k) % 9
            rows.append({"网格编号": f"{code}W{k}", "行政村代码": code,
                         "网格名称": f"{name}第{k}网格", "网格员": "王某某",
                         "党员数": members, "辅助员数": 2})  # fmt: skip
            shapes.append(shapely.intersection(outline, shapely.box(left, south, right, north)))
    return gpd.GeoDataFrame(rows, geometry=placed(np.array(shapes)), crs=facts()["epsg"])


def teams(county: County) -> pd.DataFrame:
    """Give the teams stationed in villages, and those that survey, repair and build."""
    plan = county.plan
    mine = plan[(plan["demo_level"] != "否") | plan["ex_poor"]]
    rows = [
        {"队伍编号": f"D{k:03d}", "队伍名称": f"驻{v.name}工作队", "队伍类型": "驻村工作队",
         "派出单位": "县乡村振兴局", "队长": "王某某", "队员人数": 3, "负责村": v.id,
         "每日可完成数": 6, "驻村起始日期": "2021-07-01"}
        for k, v in enumerate(mine[["id", "name"]].itertuples(index=False), 1)
    ]  # fmt: skip
    more = [
        ("核查一队", "核查队", "县农业农村局", 25),
        ("核查二队", "核查队", "县住房和城乡建设局", 25),
        ("路灯维修队", "维修队", "县住房和城乡建设局", 8),
        ("改厕施工队", "施工队", "县农业农村局", 2),
    ]
    for name, kind, unit, speed in more:
        rows.append({"队伍编号": f"D{len(rows) + 1:03d}", "队伍名称": name, "队伍类型": kind,
                     "派出单位": unit, "队长": "王某某", "队员人数": 5, "负责村": None,
                     "每日可完成数": speed, "驻村起始日期": "2023-01-01"})  # fmt: skip
    return pd.DataFrame(rows)


UNITS = (
    "县农业农村局",
    "县住房和城乡建设局",
    "县水务局",
    "县交通运输局",
    "县卫生健康局",
    "县教育局",
)
"""Departments that help a village each, in turn."""


def assignments(county: County, ledger: pd.DataFrame) -> pd.DataFrame:
    """
    Say who answers for what: a leader for a township, a unit for a village, a cadre for a home.

    Every other village that is none of demonstration has no unit: there the grid's worker or the
    township's leader answers. One unit handed its village on at the turn of the year.
    """
    plan, since = county.plan, "2023-01-01"
    rows = [
        {"责任类型": "包抓领导", "责任层级": "乡镇", "乡镇": town["name"], "责任人": town["leader"],
         "单位": "县委办公室", "起始日期": since}
        for town in county.towns
    ]  # fmt: skip
    helped = plan[(plan["demo_level"] != "否") | plan["ex_poor"] | (np.arange(len(plan)) % 2 == 0)]
    for k, village in enumerate(helped["id"]):
        row = {"责任类型": "帮扶单位", "责任层级": "行政村", "行政村代码": village,
               "责任人": "王某某", "单位": UNITS[k % len(UNITS)], "起始日期": since}  # fmt: skip
        rows.append(row)
        if k == 0:
            before = {"单位": UNITS[-1], "起始日期": "2021-07-01", "结束日期": "2022-12-31"}
            rows.append(row | before)
    watched = ledger.drop_duplicates("户编号")
    watched = watched[watched["监测系统编号"].notna()]
    rows += [
        {"责任类型": "帮扶责任人", "责任层级": "农户", "户编号": home, "责任人": "王某某",
         "单位": UNITS[k % len(UNITS)], "起始日期": since}
        for k, home in enumerate(watched["户编号"])
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.insert(0, "分工编号", [f"FG{k:04d}" for k in range(1, len(table) + 1)])
    return table
