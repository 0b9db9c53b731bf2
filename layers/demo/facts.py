"""What the demo county is called and made of: the tables of ``demo.toml`` as one frame."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.facts import load_toml

STORIES = 24
"""The first villages, of which the county's stories tell."""

_COUNTS = ("met", "unmet", "unknown", "exempt", "away")


@cache
def facts() -> dict[str, Any]:
    """Read the table of names and figures."""
    return load_toml(Path(__file__).with_name("demo.toml"))


def plan(
    villages: int, households: int | None, seed: int
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """
    Plan a county: who its villages are, and how many households each has.

    Parameters
    ----------
    villages, households
        How many; None gives the households of the story villages, and as many to each further one.
    seed
        Decides names and figures of the villages after the first 24.

    Returns
    -------
    villages
        One row per village in official order: ``id, name, township, township_id, demo_level,
        demo_batch, class, ex_poor, x, y`` (metres from the centre, NaN where not settled),
        households with a good toilet, without, not known (``met, unmet, unknown``), ``exempt``,
        ``away``, ``may`` (``met`` a month before), ``reported`` and ``homes``, all households.
    townships
        Name, code and order of each.
    """
    rng = np.random.default_rng([seed, 1])
    rows = [
        _row(town, number, village)
        for town in facts()["township"]
        for number, village in enumerate(town["village"], 1)
    ][:villages]
    towns = [
        {"name": town["name"], "id": facts()["code"] + town["code"], "leader": town["leader"]}
        for town in facts()["township"]
        if any(row["township"] == town["name"] for row in rows)
    ]
    table = pd.DataFrame(rows)
    if villages > STORIES:
        more, further = _more(villages - STORIES, rng)
        table, towns = pd.concat([table, more], ignore_index=True), [*towns, *further]
    return _sized(table, households, rng), towns


def _row(town: dict[str, Any], number: int, village: dict[str, Any]) -> dict[str, Any]:
    met, unmet, unknown = village["toilets"]
    level, batch = village.get("demo", ("否", None))
    x, y = village["at"]
    return {
        "id": f"{facts()['code']}{town['code']}{200 + number}", "name": village["name"],
        "township": town["name"], "township_id": facts()["code"] + town["code"],
        "demo_level": level, "demo_batch": batch, "class": village.get("class", "其他"),
        "ex_poor": village.get("ex_poor", False), "x": float(x), "y": float(y),
        "met": met, "unmet": unmet, "unknown": unknown, "exempt": village.get("exempt", 0),
        "away": village.get("away", 0), "may": village.get("may", met),
        "reported": village.get("reported", -1), "story": True,
    }  # fmt: skip


def _more(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Name the villages after the first 24, about 24 to a township."""
    words = facts()["more"]
    towns: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    names = [stem + end + "村" for stem in words["stems"] for end in words["ends"]]
    count = max(1, round(n / STORIES))
    for number, part in enumerate(np.array_split(np.arange(n), count)):
        base = words["townships"][number % len(words["townships"])]
        name = base if number < len(words["townships"]) else f"新{base}"
        code = f"{facts()['code']}{301 + number}"
        towns.append({"name": name, "id": code, "leader": "王某某"})
        for place, pick in enumerate(rng.choice(len(names), len(part), replace=False), 1):
            rows.append({"id": f"{code}{200 + place}", "name": names[pick], "township": name,
                         "township_id": code})  # fmt: skip
    table = pd.DataFrame(rows)
    draw = rng.random((n, 4))
    demo = draw[:, 0] < 0.12
    table["demo_level"] = np.where(demo, rng.choice(["省级", "市级", "县级"], n), "否")
    table["demo_batch"] = pd.Series(["2023年第一批"] * n).where(demo, None)
    table["class"] = rng.choice(["集聚提升", "特色保护", "其他"], n, p=[0.3, 0.1, 0.6])
    table["ex_poor"] = draw[:, 1] < 0.25
    table["x"], table["y"] = np.nan, np.nan
    size = np.rint(np.exp(rng.normal(5.0, 0.35, n))).astype(int)
    unknown = np.where(draw[:, 2] < 0.15, rng.integers(5, 25, n), 0)
    met = np.rint(size * rng.uniform(0.72, 0.93, n)).astype(int)
    unknown = np.minimum(unknown, size - met)
    table["met"], table["unknown"], table["unmet"] = met, unknown, size - met - unknown
    table["exempt"], table["away"] = 0, rng.integers(2, 7, n)
    table["may"], table["reported"], table["story"] = met, -1, False
    return table, towns


def _sized(table: pd.DataFrame, households: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Fit the number of households: further villages give way, the stories only if they must."""
    table = table.copy()
    counts = list(_COUNTS)
    if households is not None:
        story = table["story"].to_numpy(dtype=bool)
        told = int(table.loc[story, counts].to_numpy().sum())
        if story.all():
            _scale(table, story, households, rng)
        elif households >= told + 10 * int((~story).sum()):
            _scale(table, ~story, households - told, rng)
        else:
            _scale(table, np.full(len(table), True), households, rng)
    table["may"] = np.minimum(table["may"], table["met"])
    table["homes"] = table[counts].sum(axis=1)
    near = table["met"] + np.rint(0.008 * table["homes"]).astype(int)
    honest = np.minimum(near, table["homes"] - table["exempt"] - table["away"])
    table["reported"] = np.where(table["reported"] < 0, honest, table["reported"])
    return table


def _scale(table: pd.DataFrame, where: Any, households: int, rng: np.random.Generator) -> None:
    """Give some villages so many households in all, each village at least one."""
    counts = list(_COUNTS)
    now = table.loc[where, counts].to_numpy(dtype=float)
    if int(now.sum()) == households:
        return
    factor = households / now.sum()
    scaled = np.floor(now * factor).astype(int)
    scaled[scaled.sum(axis=1) == 0, 0] = 1
    rest = households - int(scaled.sum())
    rows = rng.permutation(len(scaled))
    for step in range(abs(rest)):
        row = rows[step % len(rows)]
        if rest > 0:
            scaled[row, 0] += 1
        elif scaled[row, 0] > 1:
            scaled[row, 0] -= 1
    table.loc[where, counts] = scaled
    for name in ("may", "reported"):
        told = table.loc[where, name].to_numpy(dtype=float)
        table.loc[where, name] = np.where(told < 0, -1, np.rint(told * factor)).astype(int)
