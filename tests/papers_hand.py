"""A county small enough to count on paper, and a drawer that draws nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import geopandas as gpd
from hand import DAY, project, standard
from hand import field as area

from geo.assess import Assessment, assess
from works.board import Board, Row
from works.library import load_costs
from works.papers.model import Figure, Paper, Table
from works.plans import Plan, plans
from works.worklist import worklist

WATER: Mapping[str, Any] = {
    "id": "water", "title": {"zh": "安全饮水率（通水）", "en": "Homes with water (piped)"},
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
    "goal": "0.80", "kind": "required", "lead": {"zh": "县水务局", "en": "Water Bureau"},
    "exempt": ["declined", "away"], "work": {"kind": "water-connection"},
}  # fmt: skip
FIBRE: Mapping[str, Any] = {
    "id": "fibre", "title": {"zh": "通宽带", "en": "Fibre"}, "subjects": "households",
    "measure": "attribute", "column": "fiber", "one_of": [True], "kind": "scored", "weight": 1,
}  # fmt: skip
CLINIC: Mapping[str, Any] = {
    "id": "clinic", "title": {"zh": "卫生室", "en": "Clinic"}, "subjects": "villages",
    "measure": "count", "items": "facilities", "by": "village_id", "where": {"kind": ["clinic"]},
    "at_least": 1, "kind": "scored", "weight": 1,
}  # fmt: skip
TOWNS: Mapping[str, Mapping[str, tuple[int, int, int]]] = {
    "东镇": {"甲村": (8, 2, 0), "乙村": (323, 81, 0)},
    "西镇": {"丙村": (3, 0, 2)},
}
"""Township to its villages, each with its homes that have water, have none, nobody knows."""


Towns = Mapping[Any, Mapping[str, tuple[int, int, int]]]


def villages_of(
    towns: Mapping[str | None, Mapping[str, Any]], **cells: Any
) -> list[dict[str, Any]]:
    """Give the rows of the villages, in squares of a kilometre side by side."""
    rows: list[dict[str, Any]] = []
    for town, members in towns.items():
        for name in members:
            x = 1000 * len(rows)
            place = {"geometry": area(x, 0, x + 1000, 1000)}
            rows.append({"id": f"V{len(rows)}", "name": name, "township": town} | place | cells)
    return rows


def homes_of(towns: Towns) -> list[dict[str, Any]]:
    """Give the rows of the homes."""
    rows: list[dict[str, Any]] = []
    for place, counts in enumerate(one for members in towns.values() for one in members.values()):
        for water, n in zip((True, False, None), counts, strict=True):
            for _ in range(n):
                rows.append(
                    {"id": f"H{len(rows)}", "village_id": f"V{place}", "piped_water": water,
                     "head": "王某某", "group": "2社"}
                )  # fmt: skip
    return rows


def judged(
    towns: Towns = TOWNS,
    *targets: Mapping[str, Any],
    day: dt.date = DAY,
    homes: Sequence[Mapping[str, Any]] | None = None,
    name: str = "青川县",
    villages: Mapping[str, Any] | None = None,
    **head: Any,
) -> Assessment:
    """Judge a county made of counts."""
    data = project(
        villages=villages_of(towns, **(villages or {})),
        households=homes_of(towns) if homes is None else homes,
    )
    rules = standard(
        *(targets or (WATER, FIBRE, CLINIC)), title={"zh": "评估标准", "en": "Rules"}, **head
    )
    return assess(replace(data, name=name), rules, as_of=day, scope="all")


@cache
def small() -> Assessment:
    """Judge the county above once; nobody changes it."""
    return judged()


@cache
def small_work() -> gpd.GeoDataFrame:
    return worklist(small(), load_costs())


def board(
    towns: Mapping[Any, Any] = TOWNS, before: Mapping[Any, Any] | None = None, **more: Any
) -> Board:
    """Give what people read off it, held against an earlier month where one is given."""
    if towns is TOWNS and before is None and not more:
        return Board(small())
    earlier = None if before is None else judged(before, day=dt.date(2023, 5, 31), **more)
    return Board(judged(towns, **more), earlier)


def work_of(made: Board) -> gpd.GeoDataFrame:
    if made.assessment is small():
        return small_work()
    return worklist(made.assessment, load_costs())


def plans_of(made: Board) -> list[Plan]:
    return plans(made, work_of(made), load_costs())


def texts(paper: Paper) -> str:
    """Give all that a paper says, one piece a line."""
    told = [paper.name, *paper.title, *paper.meta, paper.mark, paper.attached]
    for block in paper.each():
        for name in ("label", "text", "title", "dated", "caption"):
            told.append(str(getattr(block, name, "")))
        told += list(getattr(block, "lines", ()))
        if isinstance(block, Table):
            told += [f"{col.group} {col.head}" for col in block.columns]
            told += [cell.text for row in block.rows for cell in row]
    return "\n".join(filter(None, told))


def heads(table: Table) -> list[str]:
    return [col.head.replace("\n", "") for col in table.columns]


def rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def column(table: Table, head: str) -> list[str]:
    place = heads(table).index(head)
    return [row[place].text for row in table.rows]


@dataclass
class Drawer:
    """Stands for what draws: it keeps what it was asked for."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    def county_map(self, board: Board, target: str, lang: str, **size: Any) -> Figure:
        self.asked.append(("county", size))
        return Figure("<svg/>", size["wide_mm"], size["high_mm"], "map")

    def village_map(self, board: Board, village: str, lang: str, **size: Any) -> Figure:
        self.asked.append(("village", size))
        return Figure("<svg/>", size["wide_mm"], size["high_mm"], "map")

    def bars(
        self,
        board: Board,
        rows: Sequence[Row],
        lang: str,
        wide_mm: float,
        *,
        title: str = "",
        counts: Mapping[str, int] | None = None,
    ) -> Figure:
        self.asked.append(("bars", [row["target_id"] for row in rows]))
        self.counts = dict(counts or {})
        return Figure("<svg/>", wide_mm, 11.4 * len(rows) + 11.5, title)
