"""Candidates measured with a ruler: where they come from, and why some are excluded."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hand import EAST, METRIC, NORTH, at, field, flat, line

from geo.siting import candidates as places
from layers.errors import UsageError

HOME = np.array([[EAST + 100.0, NORTH + 100.0]])


def zones(**columns: object) -> gpd.GeoDataFrame:
    table = pd.DataFrame({"id": ["Z1"], **columns})
    return gpd.GeoDataFrame(table, geometry=[field(0, 0, 100, 100)], crs=METRIC)


def spots(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    shapes = [at(*one) for one in xy]
    return places.candidates([f"c{n}" for n in range(len(xy))], shapes, "given", METRIC)


def excluded(frame: gpd.GeoDataFrame) -> list[str]:
    return frame["excluded"].tolist()


def test_a_grid_lies_on_whole_multiples_and_within_reach_of_somebody() -> None:
    made = places.grid(HOME, 50, 60, METRIC)
    # 100,100 itself and its four neighbours at 50 m; the corners are 70.7 m away.
    here = sorted(
        (x - EAST, y - NORTH) for x, y in zip(made.geometry.x, made.geometry.y, strict=True)
    )
    assert here == [(50, 100), (100, 50), (100, 100), (100, 150), (150, 100)]
    other = places.grid(HOME + 7, 50, 60, METRIC)
    both = set(made["id"]) & set(other["id"])
    assert f"G{EAST + 100}-{NORTH + 100}" in both
    assert len(places.grid(np.empty((0, 2)), 50, 60, METRIC)) == 0


def test_too_fine_a_grid_is_refused_in_one_sentence() -> None:
    far = np.array([[EAST, NORTH], [EAST + 900_000.0, NORTH + 900_000.0]])
    assert len(places.grid(far, 100, 100, METRIC)) == 10
    with pytest.raises(UsageError, match=r"grid:1: makes up to .* places\. Choose a larger"):
        places.grid(np.repeat(far, 9, axis=0) + np.arange(18)[:, None], 1, 800, METRIC)


def test_roads_give_corners_and_places_between_them_once() -> None:
    roads = np.array([line((0, 0), (100, 0)), line((100, 0), (100, 30)), None], dtype=object)
    made = places.along_roads(roads, 25, HOME, 1000, METRIC)
    here = sorted(
        (x - EAST, y - NORTH) for x, y in zip(made.geometry.x, made.geometry.y, strict=True)
    )
    assert here == [(0, 0), (25, 0), (50, 0), (75, 0), (100, 0), (100, 15), (100, 30)]
    near = places.along_roads(roads, 25, HOME, 71, METRIC)
    # Only the end of the second road is within 71 m of somebody at 100, 100.
    assert near["id"].tolist() == [f"R{EAST + 100}-{NORTH + 30}"]
    assert len(places.along_roads(np.array([None], dtype=object), 25, HOME, 9, METRIC)) == 0


def test_an_outline_stands_for_a_point_of_it_and_no_place_is_no_candidate() -> None:
    rows = gpd.GeoDataFrame(
        {"id": ["a", "b"], "cost": [500.5, None], "state": ["fixed", "odd"]},
        geometry=[field(0, 0, 10, 10), None], crs=METRIC,
    )  # fmt: skip
    made = places.given(rows)
    assert made["id"].tolist() == ["a"]
    assert made["state"].tolist() == ["fixed"]
    assert made["cost"].tolist() == [500.5]
    assert field(0, 0, 10, 10).contains(made.geometry.iloc[0])


def test_sources_compete_and_ids_stay_apart() -> None:
    one, two = spots((0, 0)), places.candidates(["c0"], [at(5, 5)], "grid", METRIC)
    made = places.together([one, two], METRIC)
    assert made["id"].tolist() == ["c0", "grid:c0"]
    twice = places.candidates(["x", "x"], [at(0, 0), at(1, 1)], "given", METRIC)
    with pytest.raises(UsageError, match="several have the id x"):
        places.together([twice], METRIC)
    assert len(places.together([], METRIC)) == 0


def test_zones_exclude_with_their_buffer_for_what_they_apply_to() -> None:
    frame = spots((50, 50), (130, 50), (131, 50))
    named = zones(name=["库区"], buffer_m=[30.0], applies_to=[None])
    made = places.in_zones(frame, named, "zone")
    assert excluded(made) == ["zone", "zone", ""]
    assert made["excluded_by"].tolist() == ["库区", "库区", ""]
    other = zones(applies_to=["clinic、school"])
    assert excluded(places.in_zones(frame, other, "zone", {"water_points"})) == ["", "", ""]
    assert excluded(places.in_zones(frame, other, "zone", {"Clinic"})) == ["zone", "", ""]
    assert excluded(places.in_zones(frame, None, "zone")) == ["", "", ""]


def test_the_first_reason_stands() -> None:
    made = places.mark(spots((0, 0), (1, 1)), [True, False], "steep", "31")
    made = places.mark(made, [True, True], "zone", "Z")
    assert excluded(made) == ["steep", "zone"]
    assert made["excluded_by"].tolist() == ["31", "Z"]


def test_thirty_metres_from_a_well_is_far_enough() -> None:
    made = places.too_near(spots((0, 29.9), (0, 30)), [at(0, 0), None], 30, "water_source")
    assert excluded(made) == ["water_source", ""]


def test_steep_ground_is_excluded_and_unknown_ground_is_not() -> None:
    # West half flat, then 100 m up for every 100 m east: 45 degrees.
    heights = np.tile([0.0, 0, 0, 0, 0, 100, 200, 300, 400, 500], (20, 1))
    frame = spots((-750, 0), (-150, 0), (5_000, 0))
    made = places.too_steep(frame, flat(heights), 25, "steep")
    assert excluded(made) == ["", "steep", ""]
    assert made["excluded_by"].tolist() == ["", "45", ""]
    assert excluded(places.too_steep(frame, flat(heights), 46, "steep")) == ["", "", ""]
    assert excluded(places.too_steep(frame, None, 1, "steep")) == ["", "", ""]


def test_a_candidate_belongs_to_the_outline_around_it() -> None:
    outlines = pd.Series([field(0, 0, 100, 100)], index=["V1"])
    made = places.in_villages(spots((50, 50), (500, 500)), outlines)
    assert made["village_id"].tolist() == ["V1", "-"]
