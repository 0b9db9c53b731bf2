"""Items, lists and places written by hand, for the papers that are made of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
from shapely.geometry import LineString, box

from layers.work_form import COLUMNS, KEPT_BESIDE, HandOut, Item
from works.handout.look import Look

HOSTILE = "{{7*191}}<img src=x onerror=document.title='hit'>${1}&lt;]]>\x00\x0b"
TARGETS = {
    "toilet": {"zh": "卫生户厕普及率", "en": "Sanitary toilets"},
    "site": {"zh": "垃圾收集点", "en": "Garbage sites"},
    "clinic": {"zh": "卫生室", "en": "Clinic"},
    "lamps": {"zh": "主干道亮灯", "en": "Lit main roads"},
}
# Two squares of about 1.8 x 2.2 km side by side.
OUTLINES = {"v1": box(107.90, 35.60, 107.92, 35.62), "v2": box(107.92, 35.60, 107.94, 35.62)}


def item(number: int, **cells: Any) -> Item:
    """Make a toilet of a household in the first village; every cell may be given."""
    made: Item = {**dict.fromkeys(COLUMNS), **dict.fromkeys(KEPT_BESIDE, ""), "version": 1}
    place = {"lon": f"{107.905 + number * 0.0002:.7f}", "lat": "35.6100000", "position": "exact"}
    made |= place | {
        "work_id": f"w-{number:04}", "work_no": f"甲-厕-{number:03}", "target_id": "toilet",
        "subject_id": f"h{number}", "kind": "toilet-rebuild", "title_zh": "新建或改建卫生户厕",
        "title_en": "Build or rebuild a household toilet", "quantity": "1", "unit": "户",
        "cost": "1500", "currency": "CNY", "priority": str(number), "lead": "县农业农村局",
        "subject_name": "王某某", "group": "3社", "address": f"{number}号", "village_id": "v1",
        "village": "甲村", "township": "东镇", "reason_zh": "户厕类型：普通旱厕",
        "reason_en": "Household toilet type: plain dry pit", "due": "2023-07-30", "state": "open",
    }  # fmt: skip
    return made | cells


def site(number: int, **cells: Any) -> Item:
    """Make a garbage site: a thing with a name of its own that is nobody's home."""
    own = {"target_id": "site", "subject_id": f"g{number}", "subject_name": f"收集点{number}",
           "work_no": f"甲-清-{number:03}", "kind": "clearing-schedule", "cost": "0",
           "title_zh": "落实清运频次", "title_en": "Put the clearing schedule into practice",
           "group": None, "address": None}  # fmt: skip
    return item(number, **{**own, **cells})


def look(**cells: Any) -> Look:
    """Make two villages with a main road through both."""
    villages = gpd.GeoDataFrame(
        {"id": list(OUTLINES), "name": ["甲村", "乙村"], "township": ["东镇", "东镇"]},
        geometry=list(OUTLINES.values()),
        crs=4326,
    )
    road = LineString([(107.9, 35.61), (107.94, 35.61)])
    roads = gpd.GeoDataFrame({"name": ["主街"], "main": [True]}, geometry=[road], crs=4326)
    base: Mapping[str, Any] = {
        "project": "示例县",
        "as_of": dt.date(2023, 6, 30),
        "standard": "small@1",
        "standard_title": {"zh": "小标准", "en": "Small standard"},
        "villages": villages,
        "roads": roads,
        "centres": {"v1": (107.91, 35.611), "v2": (107.93, 35.612)},
        "order": ("v1", "v2"),
        "targets": TARGETS,
        "homes": frozenset({"toilet"}),
        "named": frozenset({"toilet"}),
    }
    return Look(**{**base, **cells})


def handed(**cells: Any) -> HandOut:
    """Make the list the items are handed out in."""
    base = {"list_no": "QD-0007", "receiver": "东镇人民政府", "title": "", "due": "2023-07-30"}
    return HandOut(**{**base, "versions": {}, **cells})
