"""Counties small enough to count on a drawing, and what reads a drawing back."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hand import DAY, at, field, project, standard

from geo.assess import assess
from works.board import Board
from works.papers.draw.pen import breadth

Rows = list[dict[str, Any]]
Counts = Mapping[str, tuple[int, int, int]]
"""Village to its homes that have water, have none, nobody knows."""
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "{{7*191}}<img src=x onerror=document.title='hit'>${1}&lt;]]>\x00\x0b\u202e\ud800"
WATER: Mapping[str, Any] = {
    "id": "water", "title": {"zh": "安全饮水率", "en": "Water at home"}, "subjects": "households",
    "measure": "attribute", "column": "piped_water", "one_of": [True], "goal": "0.80",
    "kind": "required",
}  # fmt: skip
LAMPS: Mapping[str, Any] = {
    "id": "lamps", "title": {"zh": "主干道亮灯", "en": "Lit roads"}, "subjects": "roads",
    "measure": "along", "items": "streetlights", "where": {"status": ["working"]},
    "within_m": 20, "amount": "length", "kind": "scored", "weight": 1,
    "of": {"class": ["village_main"]},
}  # fmt: skip
# Met, not met, not known, met.
HOMES = {"A": (4, 1, 0), "B": (1, 4, 0), "C": (3, 0, 2), "D": (5, 0, 0)}


def villages(count: int = 4, side: int = 2000, per_row: int = 2, **more: Any) -> Rows:
    """Give villages in squares, named 甲家村 and so on, half of them in 东镇."""
    rows = []
    for n in range(count):
        x, y = side * (n % per_row), -side * (n // per_row)
        town = "东镇" if n < count / 2 else "西镇"
        name = "甲乙丙丁戊己庚辛壬癸"[n % 10] + ("" if n < 10 else str(n // 10)) + "家村"
        shape = field(x, y - side, x + side, y)
        rows.append({"id": chr(65 + n) if n < 26 else f"V{n}", "name": name, "township": town,
                     "county": "青川县", "geometry": shape, **more})  # fmt: skip
    return rows


def homes(
    counts: Mapping[str, tuple[int, int, int]], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give homes at places of their own: one step of 50 m for each, from the village's corner."""
    placed = [row for row in rows if row.get("geometry") is not None]
    corners = {row["id"]: row["geometry"].bounds for row in placed}
    found: Rows = []
    for village, parts in counts.items():
        n = 0
        for water, size in zip((True, False, None), parts, strict=True):
            for _ in range(size):
                n += 1
                home: dict[str, Any] = {"id": f"{village}{n}", "village_id": village,
                                        "piped_water": water, "head": "王某某"}  # fmt: skip
                if village in corners:
                    west, south = corners[village][:2]
                    home["geometry"] = at(west - 500_000 + 300 + 50 * n, south - 3_900_000 + 700)
                found.append(home)
    return found


def county(
    rows: Rows | None = None,
    counts: Counts = HOMES,
    *targets: Mapping[str, Any],
    scope: str = "all",
    rules: Mapping[str, Any] | None = None,
    **layers: Any,
) -> Board:
    """Judge a county made by hand."""
    rows = villages() if rows is None else rows
    data = project(villages=rows, households=homes(counts, rows), **layers)
    held = standard(*(targets or (WATER,)), **(rules or {}))
    return Board(assess(data, held, as_of=DAY, scope=scope))


# ---------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Told:
    """A text of a drawing with the room it takes, in units of the drawing."""

    text: str
    box: tuple[float, float, float, float]
    size: float
    bold: bool


def root(svg: str) -> ET.Element:
    """Read a drawing as XML; what is no XML fails here."""
    return ET.fromstring(svg)


def told(svg: str) -> list[Told]:
    """Give all texts of a drawing."""
    found = []
    for one in root(svg).iter(f"{SVG}text"):
        text, size = one.text or "", float(one.get("font-size", "0"))
        bold = one.get("font-weight") == "700"
        wide = breadth(text, size, bold=bold)
        x, y = float(one.get("x", "0")), float(one.get("y", "0"))
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[one.get("text-anchor", "start")]
        found.append(Told(text, (left, y - 0.86 * size, left + wide, y + 0.2 * size), size, bold))
    return found


def texts(svg: str) -> list[str]:
    return [one.text for one in told(svg)]


def signs(svg: str, status: str) -> list[tuple[float, float]]:
    """Give the middles of the signs of a status, in millimetres; the legend's own is among them."""
    from works.figures import shape

    found = []
    for place, inner in re.findall(r'<g transform="translate\(([^)]*)\)[^>]*>(.*?)</g>', svg):
        if inner == shape(status):
            x, y = place.split()
            found.append((float(x) / 10, float(y) / 10))
    return found


def corners(svg: str) -> list[tuple[float, float]]:
    """Give all corners of all paths that are not part of a sign, in millimetres."""
    found = []
    bare = re.sub(r"<g transform=.*?</g>", "", svg)
    for d in re.findall(r' d="([^"]*)"', bare):
        x = y = 0.0
        for step, values in re.findall(r"([MLlz])([^MLlz]*)", d.replace("Z", "z")):
            if step == "z":
                continue
            dx, dy = map(float, values.split())
            x, y = (x + dx, y + dy) if step == "l" else (dx, dy)
            found.append((x / 10, y / 10))
    return found


def overlap(one: tuple[float, ...], other: tuple[float, ...], slack: float = 0.0) -> bool:
    """Tell whether two boxes cover each other by more than ``slack``."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > slack and high > slack
