"""Two files as they come from outside: a ledger without coordinates, and lamps on a shifted map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter

from layers.crs import to_gcj02
from layers.demo.county import County
from layers.demo.facts import facts
from layers.demo.people import SOMEBODY

LEDGER, LAMPS = "toilet-ledger.xlsx", "lamps-gcj02.csv"
LISTED = (("河川镇", "石桥村"), ("河川镇", "下川村"), ("柳林镇", "王家庄村"))
"""The ledger's villages: one has a namesake in another township."""
LIT = ("河川镇", "西沟村")
_HEADS = ("序号", "乡镇", "行政村", "社", "户编号", "户主", "家庭人口", "是否常住", "厕所类型",
          "厕所使用情况", "厕所存在问题", "改厕年份", "备注")  # fmt: skip
_WIDTHS = (6, 9, 11, 7, 19, 9, 9, 9, 18, 13, 14, 9, 10)


def write_raw(county: County, frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """
    Write the raw files beside a demo project.

    Parameters
    ----------
    county, frames
        The county, and its layers as they were sent.
    folder
        Where to. A file whose villages the county does not have is left out.
    """
    folder.mkdir()
    rows = _ledger(county, frames["households"], frames["toilets"])
    if rows:
        _write_ledger(rows, folder / LEDGER)
    lit = county.village(LIT[1], LIT[0])
    lamps = frames["streetlights"]
    if lit >= 0 and isinstance(lamps, gpd.GeoDataFrame):
        mine = lamps[lamps["灯杆编号"].str.startswith(county.plan["id"].iloc[lit])]
        _shifted(mine).to_csv(folder / LAMPS, index=False, encoding="utf-8-sig")


def _ledger(county: County, households: pd.DataFrame, toilets: pd.DataFrame) -> list[list[Any]]:
    """Give the rows of the ledger, in the words of the people who keep it."""
    ledger = households.drop_duplicates("户编号").merge(toilets, on="户编号")
    rows: list[list[Any]] = []
    for town, name in LISTED:
        place = county.village(name, town)
        code = county.plan["id"].iloc[place] if place >= 0 else "-"
        mine = ledger[ledger["行政村代码"] == code].astype(object)
        for home in mine.where(mine.notna(), None).to_dict("records"):
            used = {"是": "在用", "否": "停用"}.get(home["使用情况"])
            here = "常住" if home["是否常住"] == "是" else "外出"
            rows.append([len(rows) + 1, town, name, home["社"], home["户编号"], SOMEBODY,
                         home["家庭人口"], here, home["厕所类型"], used, home["存在问题"] or "无",
                         home["改厕年份"], None])  # fmt: skip
    return rows


def _write_ledger(rows: list[list[Any]], path: Path) -> None:
    """Write a sheet as offices keep it: title, unit line, heads, rows, 合计."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2023, 6, 30)})  # the same file every time
        sheet = book.add_worksheet("户厕台账")
        bold = book.add_format({"bold": True, "align": "center", "font_size": 16})
        head = book.add_format(
            {"bold": True, "border": 1, "align": "center", "bg_color": "#E7E6E6"}
        )
        cell = book.add_format({"border": 1})
        last = len(_HEADS) - 1
        sheet.merge_range(0, 0, 0, last, f"{facts()['county']}农村户厕台账（演示数据）", bold)
        sheet.merge_range(
            1, 0, 1, last, "填报单位：（盖章）    数据截至：2023年6月30日    单位：户、人"
        )
        for place, (name, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
            sheet.write(2, place, name, head)
            sheet.set_column(place, place, width)
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                if value is None:
                    sheet.write_blank(number, place, None, cell)
                else:
                    sheet.write(number, place, value, cell)
        foot = 3 + len(rows)
        sheet.write(foot, 0, "合计", head)
        sheet.write(foot, 5, f"{len(rows)}户", head)
        sheet.write(foot, 6, sum(row[6] or 0 for row in rows), head)


def _shifted(lamps: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give lamps with the coordinates a Chinese map service would show, to a centimetre."""
    degrees = lamps.geometry.to_crs(4326)
    lon, lat = to_gcj02(degrees.x.to_numpy(), degrees.y.to_numpy())
    return pd.DataFrame(
        {"灯杆编号": lamps["灯杆编号"], "亮灯情况": lamps["亮灯情况"],
         "经度": np.round(lon, 7), "纬度": np.round(lat, 7)}
    )  # fmt: skip
