"""A made-up county of any size, as the files a planner would be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

X, Y, CELL, CRS = 500_000.0, 3_900_000.0, 2_000.0, 4545


class County:
    """
    Frames of a county: square villages, everything else strewn over them.

    Parameters
    ----------
    villages, households
        How many of each.
    seed
        The same seed gives the same county.
    """

    def __init__(self, villages: int = 420, households: int = 120_000, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.n, self.homes = villages, households
        self.side = int(np.ceil(np.sqrt(villages)))
        self.codes = np.array([f"6210{number:08d}" for number in range(villages)])

    def _somewhere(self, n: int) -> tuple[Any, Any]:
        village = self.rng.integers(0, self.n, n)
        x = X + (village % self.side) * CELL + self.rng.uniform(0, CELL, n)
        y = Y + (village // self.side) * CELL + self.rng.uniform(0, CELL, n)
        return village, gpd.points_from_xy(x, y)

    def places(self, n: int) -> Any:
        """Give points alone."""
        return np.asarray(self._somewhere(n)[1], dtype=object)

    def _yes(self, n: int) -> Any:
        return self.rng.choice(["是", "否", None], n, p=[0.7, 0.2, 0.1])

    def villages(self) -> gpd.GeoDataFrame:
        """Give the outlines and what the village list says."""
        at = np.arange(self.n)
        x, y = X + (at % self.side) * CELL, Y + (at // self.side) * CELL
        people = self.rng.integers(600, 2000, self.n)
        table = {
            "id": self.codes, "name": [f"村{i}村" for i in at],
            "township": [f"镇{i // 26}镇" for i in at], "county": "演示县", "demo_level": "县级",
            "households": self.homes // self.n, "population": people,
            "population_resident": people, "fiber": self._yes(self.n), "pension_due": 200,
            "pension_paid": self.rng.integers(190, 201, self.n), "dropouts": 0, "cleaners": 2,
        }  # fmt: skip
        return gpd.GeoDataFrame(table, geometry=shapely.box(x, y, x + CELL, y + CELL), crs=CRS)

    def households(self) -> gpd.GeoDataFrame:
        """Give the household ledger with positions."""
        village, points = self._somewhere(self.homes)
        flags = ("resident", "education_ok", "medical_ok", "housing_ok", "piped_water", "bathroom",
                 "fiber", "has_industry", "relocated")  # fmt: skip
        table = {
            "id": [f"H{i:06d}" for i in range(self.homes)], "village_id": self.codes[village],
            "head": "王某某", "persons": self.rng.integers(1, 7, self.homes),
            "category": self.rng.choice(["脱贫户", "一般户", "边缘户"], self.homes),
            "main_energy": self.rng.choice(["电", "煤", "天然气"], self.homes),
            "elders": self.rng.integers(0, 3, self.homes),
            "primary_pupils": self.rng.integers(0, 2, self.homes),
            **{name: self._yes(self.homes) for name in flags},
        }  # fmt: skip
        return gpd.GeoDataFrame(table, geometry=points, crs=CRS)

    def toilets(self) -> pd.DataFrame:
        """Give one toilet per household."""
        n = self.homes
        return pd.DataFrame(
            {"id": [f"T{i}" for i in range(n)], "household_id": [f"H{i:06d}" for i in range(n)],
             "type": self.rng.choice(["三格式", "双瓮式", "普通旱厕"], n), "in_use": self._yes(n),
             "defects": self.rng.choice(["渗漏", None], n)}
        )  # fmt: skip

    def roads(self, n: int = 3000) -> gpd.GeoDataFrame:
        """Give bent roads, two pieces each."""
        _, points = self._somewhere(n)
        start = shapely.get_coordinates(points)
        middle = start + self.rng.uniform(100, 900, (n, 2))
        lines = shapely.linestrings(
            np.stack([start, middle, middle + self.rng.uniform(100, 900, (n, 2))], axis=1)
        )
        kinds = self.rng.choice(["村内主干道", "巷道"], n)
        table = {"id": [f"R{i}" for i in range(n)], "class": kinds}
        return gpd.GeoDataFrame(table, geometry=lines, crs=CRS)

    def points(self, stem: str, n: int, **columns: list[str]) -> gpd.GeoDataFrame:
        """Give points with columns drawn from lists of words."""
        _, points = self._somewhere(n)
        table = {"id": [f"{stem}{i}" for i in range(n)]}
        drawn = {name: self.rng.choice(words, n) for name, words in columns.items()}
        return gpd.GeoDataFrame({**table, **drawn}, geometry=points, crs=CRS)

    def files(self, folder: Path) -> dict[str, Path]:
        """Write every layer into a folder; give layer name to file."""
        states = ["正常", "损坏", "不详"]
        frames: dict[str, Any] = {
            "villages": self.villages(),
            "households": self.households(),
            "toilets": self.toilets(),
            "water_points": self.points("W", 1500, status=states),
            "streetlights": self.points("L", 20_000, status=states),
            "roads": self.roads(),
            "public_places": self.points("P", 1200, kind=["广场", "村委会", "村口"]),
            "facilities": self.points(
                "F", 2000, kind=["卫生室", "学校", "幸福院"], status=["正常"]
            ),
            "garbage_sites": self.points("G", 1000, zone=["重点", "其他"]),
        }
        days = pd.date_range("2023-05-01", "2023-06-30")
        sites = np.repeat([f"G{i}" for i in range(1000)], 40)
        frames["clearances"] = pd.DataFrame(
            {"site_id": sites, "date": self.rng.choice(days, len(sites))}
        )
        found = {}
        for name, frame in frames.items():
            spatial = isinstance(frame, gpd.GeoDataFrame)
            found[name] = folder / f"{name}.{'gpkg' if spatial else 'csv'}"
            if spatial:
                frame.to_file(found[name])
            else:
                frame.to_csv(found[name], index=False)
        return found
