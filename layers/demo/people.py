"""Who lives in the demo county: households, their toilets and the visits they had, as ledgers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo.county import County
from layers.demo.facts import facts
from layers.demo.homes import RAVINE_VILLAGE
from layers.demo.land import Floats

STATES = ("met", "unknown", "exempt", "away", "unmet")
"""What is known of a household's toilet, in the order in which households take it."""
FAR = np.array([400_000.0, 0.0])
"""How far off a slip of the pen puts a house, metres."""
NEVER_SENT = "大岭村"
LEFT = "羊圈沟村"
"""The village whose households have moved away."""
SOMEBODY = "王某某"


def drawn(rng: np.random.Generator, words: str, n: int) -> Any:
    """Draw n words of a list, each as often as the table of facts says."""
    table = facts()["words"][words]
    share = np.array(list(table.values()), dtype=float)
    return rng.choice(np.array(list(table), dtype=object), n, p=share / share.sum())


def residents(county: County) -> pd.DataFrame:
    """
    Give every household of the county and what is known of it.

    Returns
    -------
    pandas.DataFrame
        One row per house of ``county.homes``: ``id, village, hamlet, x, y, state`` (one of
        ``STATES``), ``rank`` (place in the village among those of its state), ``persons``.
    """
    rng = county.rng(10)
    table = county.homes.houses.copy()
    n = len(table)
    key = rng.random(n)
    # The houses beyond the ravine take the last places: they have no good toilet.
    last = county.homes.hamlets.groupby("village")["hamlet"].max()
    beyond = (table["village"] == county.village(RAVINE_VILLAGE)) & (
        table["hamlet"] == table["village"].map(last)
    )
    table["beyond"] = beyond
    table["key"] = key + beyond
    table = table.sort_values(["village", "key"], kind="stable").reset_index(drop=True)
    counts = county.plan[list(STATES)].to_numpy(dtype=int)
    states = np.concatenate([np.repeat(STATES, row) for row in counts])
    table["state"] = states
    table["rank"] = table.groupby(["village", "state"], sort=False).cumcount()
    table = table.sort_values(["village", "hamlet", "key"], kind="stable").reset_index(drop=True)
    number = table.groupby("village").cumcount() + 1
    codes = county.plan["id"].to_numpy()[table["village"]]
    table["id"] = [f"{code}{one:04d}" for code, one in zip(codes, number, strict=True)]
    away = table["state"].isin(["away", "exempt"])
    persons = rng.choice(np.arange(1, 8), n, p=[0.08, 0.19, 0.24, 0.27, 0.13, 0.07, 0.02])
    table["persons"] = np.where(away, np.minimum(persons, 3), persons)
    return table.drop(columns="key")


def households(county: County, people: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give the household ledger, with the slips that real ledgers have."""
    rng, n = county.rng(11), len(people)
    here = people["state"] != "away"
    names = county.plan["name"].to_numpy()[people["village"]]
    moved = ((names == LEFT) & ~here).to_numpy()
    category = drawn(rng, "category", n)
    poor = county.plan["ex_poor"].to_numpy(dtype=bool)[people["village"]]
    category = np.where(poor & (rng.random(n) < 0.35), "脱贫户", category)
    watched = np.isin(category, ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"])
    hamlets = county.homes.hamlets.set_index(["village", "hamlet"])["name"]
    places = pd.MultiIndex.from_frame(people[["village", "hamlet"]])
    persons = people["persons"].to_numpy()
    # In the village by the ravine only the houses beyond it lack piped water.
    piped = (rng.random(n) < 0.955) | ~here.to_numpy() | (names == RAVINE_VILLAGE)
    piped &= ~people["beyond"].to_numpy()
    working = rng.binomial(np.maximum(persons - 1, 0), 0.38)
    evidence = np.array([f"承诺书第{k:02d}号" for k in range(1, n + 1)], dtype=object)
    excused = (people["state"] == "exempt").to_numpy()
    reason = np.where(np.arange(n) % 3 == 0, "长期外出", "自愿放弃").astype(object)
    paper = np.full(n, None, dtype=object)
    paper[excused] = evidence[: excused.sum()]
    ids = people["id"].to_numpy()
    table = {
        "户编号": ids, "行政村代码": county.plan["id"].to_numpy()[people["village"]],
        "自然村": hamlets.reindex(places).to_numpy(),
        "社": [f"{k + 1}社" for k in people["hamlet"]], "户主": SOMEBODY, "家庭人口": persons,
        "是否常住": np.where(here, "是", "否"),
        "不计入原因": _only(excused, reason), "佐证材料": paper,
        "户类型": category, "监测系统编号": _only(watched, "JC" + ids.astype(object)),
        "义务教育保障": "是", "基本医疗保障": "是",
        "住房安全保障": _housing(people, names),
        "是否有产业": _yes(rng, n, 0.92), "就业人数": working,
        "是否易地搬迁户": np.where(moved, "是", "否"),
        "宽带入户": _yes(rng, n, 0.985), "主要能源": drawn(rng, "main_energy", n),
        "取暖方式": drawn(rng, "heating", n), "洗澡间": _yes(rng, n, 0.9),
        "自来水": np.where(piped, "是", "否"),
        "饮水来源": np.where(piped, "自来水", drawn(rng, "water_source", n)),
        "60岁以上人数": rng.binomial(np.minimum(persons, 2), 0.42),
        "小学低年级学生数": rng.binomial(np.maximum(persons - 2, 0), 0.09),
    }  # fmt: skip
    at = people[["x", "y"]].to_numpy(dtype=float) + np.array(facts()["centre"])
    sent = names != NEVER_SENT
    frame = gpd.GeoDataFrame(table, geometry=shapely.points(at), crs=facts()["epsg"])
    frame = frame[sent].reset_index(drop=True)
    return _with_slips(frame, people[sent].reset_index(drop=True), county)


def _only(where: Any, values: Any) -> Any:
    """Give values where something holds, nothing elsewhere."""
    found = np.full(len(values), None, dtype=object)
    found[where] = values[where]
    return found


def _yes(rng: np.random.Generator, n: int, share: float) -> Any:
    return np.where(rng.random(n) < share, "是", "否")


def _housing(people: pd.DataFrame, names: Any) -> Any:
    """Three households of 西沟村 live in unsafe houses."""
    unsafe = (names == "西沟村") & (people["state"] == "unmet") & (people["rank"] < 3)
    return np.where(unsafe, "否", "是")


def _with_slips(frame: gpd.GeoDataFrame, people: pd.DataFrame, county: County) -> gpd.GeoDataFrame:
    """
    Put in what goes wrong in ledgers: places that cannot be, and rows sent twice.

    None of it touches what the stories count: the households state their village, have piped water
    and a good toilet.
    """
    frame = frame.copy()
    good = (people["state"] == "met") & (frame["自来水"] == "是")

    def pick(name: str, count: int) -> Any:
        mine = np.flatnonzero(good & (people["village"] == county.village(name, _TOWNS[name])))
        return mine[len(mine) // 3 :][:count]

    shapes = frame.geometry.to_numpy().copy()
    for row in pick("下川村", 1):
        shapes[row] = shapely.Point(0, 0)
    for row in pick("马家坪村", 1):
        shapes[row] = shapely.transform(shapes[row], lambda xy: xy + FAR)
    elsewhere = county.village("清泉村")
    for row in pick("槐树村", 1) if elsewhere >= 0 else []:
        there = county.middles[elsewhere] + np.array(facts()["centre"]) + 35
        shapes[row] = shapely.Point(there)
    frame["geometry"] = shapes
    equal = frame.iloc[pick("新城村", 3)]
    differing = frame.iloc[pick("槐树村", 4)[2:]].copy()
    differing["家庭人口"] += 1
    whole = pd.concat([frame, equal, differing], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=facts()["epsg"])


_TOWNS = {"下川村": "河川镇", "马家坪村": "河川镇", "新城村": "河川镇", "槐树村": "柳林镇"}


def toilets(county: County, people: pd.DataFrame, *, may: bool) -> pd.DataFrame:
    """Give the toilet ledger; ``may``: as it was before those of June were built."""
    rng = county.rng(12)
    n = len(people)
    state = people["state"].to_numpy()
    draw = rng.random((n, 3))
    good, poor = drawn(rng, "good_toilet", n), drawn(rng, "poor_toilet", n)
    year = rng.integers(2018, 2023, n)
    before = county.plan["may"].to_numpy()[people["village"]]
    new = (state == "met") & (people["rank"].to_numpy() >= before)
    fails = (state == "unmet") & (draw[:, 0] < 0.3) & ~people["beyond"].to_numpy()
    idle = fails & (draw[:, 1] < 0.45)
    has = (state == "met") | fails | ((state == "away") & (draw[:, 0] < 0.5))
    if may:
        has &= ~new
    kind: Any = np.where(has, good, poor).astype(object)
    used: Any = np.where(idle | (state == "away"), "否", "是").astype(object)
    defect = _only(fails & ~idle, drawn(rng, "defect", n))
    open_ones = state == "unknown"
    built = _only(has & ~open_ones, np.where(new, 2023, year).astype(object))
    half = open_ones & (draw[:, 2] < 0.5)
    kind[open_ones & ~half], used[open_ones] = None, None
    kind[half] = good[half]
    table = pd.DataFrame(
        {"户厕编号": people["id"] + "T", "户编号": people["id"], "厕所类型": kind,
         "使用情况": used, "存在问题": defect, "改厕年份": pd.array(built, dtype="Int64")}
    )  # fmt: skip
    names = county.plan["name"].to_numpy()[people["village"]]
    kept: pd.DataFrame = table[names != NEVER_SENT].reset_index(drop=True)
    return kept


def visits(county: County, ledger: pd.DataFrame, *, until: dt.date) -> pd.DataFrame:
    """Give the monthly visits to households that are or were poor, in May and June up to a day."""
    rng = county.rng(13)
    mine = ledger.drop_duplicates("户编号")
    mine = mine[(mine["户类型"] != "一般户") & (mine["是否常住"] == "是")]
    parts = []
    for month, length in ((5, 31), (6, 30)):
        came = rng.random(len(mine)) < 0.97
        day = rng.integers(1, length + 1, len(mine))
        kind = rng.choice(["入户走访", "电话联系"], len(mine), p=[0.86, 0.14])
        table = pd.DataFrame(
            {"户编号": mine["户编号"].to_numpy(), "走访日期": day, "走访类型": kind}
        )
        table["走访日期"] = [f"2023-{month:02d}-{d:02d}" for d in day]
        table["走访人类型"] = "帮扶责任人"
        table["走访人"] = SOMEBODY
        if month <= until.month:
            parts.append(table[came])
    whole = pd.concat(parts, ignore_index=True)
    whole.insert(0, "走访编号", [f"ZF{k:06d}" for k in range(1, len(whole) + 1)])
    return whole


def population(county: County, people: pd.DataFrame) -> tuple[Floats, float, float]:
    """
    Count people in cells of 100 m.

    Returns
    -------
    cells
        Persons per cell, all households, listed or not; 0 outside.
    west, north
        The upper left corner, metres from the county's centre.
    """
    side = 100.0
    bounds = shapely.total_bounds(county.outlines)
    west, south = np.floor(bounds[:2] / side) * side
    east, north = np.ceil(bounds[2:] / side) * side
    rows, columns = int((north - south) / side), int((east - west) / side)
    cells = np.zeros((rows, columns))
    column = np.floor((people["x"].to_numpy() - west) / side).astype(int)
    row = np.floor((north - people["y"].to_numpy()) / side).astype(int)
    np.add.at(cells, (row, column), people["persons"].to_numpy(dtype=float))
    return cells, float(west), float(north)
