"""Checks between layers: one small project for every code, and a clean one without any."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from layers.check import check, missing_to_judge
from layers.frames import ProjectData, surveyed_table

CRS = 4545


def table(points: list[object] | None = None, **columns: list[object]) -> pd.DataFrame:
    kinds = {"households": "Int64"}
    frame = pd.DataFrame({k: pd.Series(v, dtype=kinds.get(k, "str")) for k, v in columns.items()})
    return frame if points is None else gpd.GeoDataFrame(frame, geometry=points, crs=CRS)


VILLAGES = table(
    [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), None],
    id=["V1", "V2", "V3"], name=["东沟村", "西沟村", "西沟"], households=[2, 1, None],
)  # fmt: skip


def found(villages: pd.DataFrame | None = VILLAGES, **frames: pd.DataFrame) -> dict[str, tuple[str, tuple[str, ...], tuple[int, ...]]]:  # fmt: skip  # noqa: E501
    layers = {**({} if villages is None else {"villages": villages}), **frames}
    result = check(ProjectData(layers, surveyed_table([])))
    assert len({f.code for f in result}) == len(result)
    assert all(f.message("zh") and "{" not in f.message("en") for f in result)
    return {f.code: (f.layer, f.ids, f.rows) for f in result}


def test_a_clean_project_has_none() -> None:
    houses = table(
        [shapely.Point(5, 5), None, shapely.Point(150, 5)],
        id=["H1", "H2", "H3"], village_id=["V1", "V1", "V2"],
    )  # fmt: skip
    toilets = table(id=["T1"], household_id=["H1"])
    assert found(households=houses, toilets=toilets) == {}


def test_no_villages() -> None:
    assert found(None, toilets=table(id=["T1"])) == {"no_villages": ("villages", (), ())}


def test_a_village_that_is_not_listed() -> None:
    sites = table(id=["G1", "G2"], village_id=["V1", "V8"])
    assert found(garbage_sites=sites) == {"village_unknown": ("garbage_sites", ("G2",), (2,))}


def test_a_village_name_that_several_have() -> None:
    sites = table(id=["G1", "G2", "G3"], village=["东沟", "西沟村", "南沟"])
    assert found(garbage_sites=sites) == {
        "village_ambiguous": ("garbage_sites", ("G2",), (2,)),
        "village_unknown": ("garbage_sites", ("G3",), (3,)),
    }


def test_a_thing_outside_the_village_it_states() -> None:
    sites = table(
        [shapely.Point(150, 5), shapely.Point(5, 5), shapely.Point(5, 5), shapely.Point(900, 5)],
        id=["G1", "G2", "G3", "G4"], village_id=["V1", "V1", "V3", "V1"],
    )  # fmt: skip
    # V3 has no outline, and G4 lies in no outline: neither contradicts what is stated.
    assert found(garbage_sites=sites) == {
        "outside_stated_village": ("garbage_sites", ("G1",), (1,))
    }


def test_a_thing_that_points_nowhere() -> None:
    houses = table(id=["H1", "H2", "H3"], village_id=["V1", "V1", "V2"])
    toilets = table(id=["T1", "T2", "T3"], household_id=["H1", "H9", None])
    assert found(households=houses, toilets=toilets) == {
        "parent_unknown": ("toilets", ("T2",), (2,))
    }


def test_the_declared_number_of_households() -> None:
    few = table(id=["H1", "H2"], village_id=["V1", "V2"])
    assert found(households=few) == {"fewer_listed_than_declared": ("villages", ("V1",), (1,))}
    many = table(id=["H1", "H2", "H3", "H4"], village_id=["V1", "V1", "V2", "V2"])
    assert found(households=many) == {"more_listed_than_declared": ("villages", ("V2",), (2,))}


def test_an_exemption_without_evidence() -> None:
    houses = table(
        id=["H1", "H2", "H3"], village_id=["V1", "V1", "V2"],
        exempt=["declined", "away", None], exempt_evidence=["No. 7", None, None],
    )  # fmt: skip
    assert found(households=houses) == {"exempt_without_evidence": ("households", ("H2",), (2,))}
    bare = houses.drop(columns="exempt_evidence")
    assert found(households=bare)["exempt_without_evidence"][1] == ("H1", "H2")


def test_outlines_that_overlap_by_more_than_a_sliver() -> None:
    shapes = [
        shapely.box(0, 0, 100, 100),
        shapely.box(99.5, 0, 200, 100),
        shapely.box(190, 0, 300, 100),
    ]
    villages = table(list(shapes), id=["V1", "V2", "V3"], name=["甲", "乙", "丙"])
    # V1 and V2 share 0.5 x 100 of 10,000 m2; V2 and V3 share 10 x 100 of 10,050.
    assert found(villages) == {"overlap_villages": ("villages", ("V2", "V3"), (2, 3))}


def test_what_is_missing_to_judge() -> None:
    data = ProjectData({"villages": VILLAGES}, surveyed_table([]))
    needed = {"villages": ["a"], "toilets": ["sanitary-toilet", "b"], "dem": ["c"]}
    result = missing_to_judge(data, needed)
    assert [(f.code, f.layer, f.detail, f.severity) for f in result] == [
        ("layer_missing", "dem", "c", "info"),
        ("layer_missing", "toilets", "sanitary-toilet, b", "info"),
    ]


def test_toilets_without_households_wait_for_them() -> None:
    toilets = table(id=["T1"], household_id=["H1"], village_id=["V1"])
    told = found(toilets=toilets)
    assert told["parent_layer_missing"] == ("toilets", (), (1,))
    both = found(toilets=toilets, households=table(id=["H1"], village_id=["V1"]))
    assert "parent_layer_missing" not in both
