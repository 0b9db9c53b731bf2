"""Places: the stated village, else the one a thing points to, else the outline, else none."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.places import containing_village, outlines_of, stated_village, villages_of

CRS = 4545
VILLAGES = gpd.GeoDataFrame(
    {
        "id": ["V2", "V1", "V3", "V4"],
        "name": ["西沟村", "东沟村", "王庄村", "王庄村"],
        "township": ["城关镇", "城关镇", "城关镇", "北塬乡"],
    },
    geometry=[
        shapely.box(100, 0, 200, 100),
        shapely.box(0, 0, 100, 100),
        None,
        shapely.Point(5, 5),
    ],
    crs=CRS,
)


def rows(**columns: list[object]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    table = {"id": [f"R{n}" for n in range(length)], **columns}
    return pd.DataFrame({k: pd.Series(v, dtype="str") for k, v in table.items()})


def stated(**columns: list[object]) -> list[tuple[object, bool]]:
    found, failed = stated_village(rows(**columns), VILLAGES)
    return [(None if pd.isna(v) else v, bool(f)) for v, f in zip(found, failed, strict=True)]


def test_by_code() -> None:
    assert stated(village_id=["V1", "V9", None]) == [("V1", False), (None, True), (None, False)]


def test_by_town_and_name_whatever_their_endings() -> None:
    towns: list[object] = ["城关", "城关镇 ", "北塬乡", "北塬"]
    names: list[object] = ["东沟", "东沟村委会", "王庄村", "王庄"]
    found = stated(township=towns, village=names)
    assert found == [("V1", False), ("V1", False), ("V4", False), ("V4", False)]


def test_a_name_alone_decides_only_when_one_village_has_it() -> None:
    assert stated(village=["西沟", "王庄", "不存在村"]) == [
        ("V2", False),
        (None, True),
        (None, True),
    ]


def test_a_known_town_that_lacks_the_name_is_no_match() -> None:
    assert stated(township=["北塬乡", "别处镇"], village=["东沟村", "东沟村"]) == [
        (None, True),
        ("V1", False),
    ]


def test_the_code_wins_over_the_name_and_the_name_helps_where_the_code_fails() -> None:
    found = stated(village_id=["V2", "V9"], township=["城关镇"] * 2, village=["东沟村", "东沟村"])
    assert found == [("V2", False), ("V1", False)]


def around(shapes: list[object]) -> list[object]:
    found = containing_village(np.array(shapes, dtype=object), outlines_of(VILLAGES))
    return [None if pd.isna(v) else v for v in found]


def test_the_outline_around_a_thing() -> None:
    assert outlines_of(VILLAGES).index.tolist() == ["V1", "V2"]
    point = shapely.Point
    assert around([point(50, 50), point(150, 50), point(250, 50), None]) == ["V1", "V2", None, None]
    # On the shared border the first id, on the outer border the village itself.
    assert around([point(100, 50), point(0, 0), point(200, 100)]) == ["V1", "V1", "V2"]


def test_an_area_counts_where_its_middle_lies() -> None:
    assert around([shapely.box(90, 40, 160, 60), shapely.box(40, 40, 110, 60)]) == ["V2", "V1"]


def test_the_order_of_trust() -> None:
    houses = gpd.GeoDataFrame(
        rows(village_id=["V2", None, None, "V9"]),
        geometry=[shapely.Point(50, 50)] * 2 + [None, shapely.Point(150, 5)],
        crs=CRS,
    )
    toilets = rows(household_id=["R0", "R1", "R2", "R3", "R7", None])
    toilets["village_id"] = pd.Series([None] * 5 + ["V3"], dtype="str")
    frames = {"villages": VILLAGES, "households": houses, "toilets": toilets}
    assert villages_of("households", frames).tolist() == ["V2", "V1", "-", "V2"]
    assert villages_of("toilets", frames).tolist() == ["V2", "V1", "-", "V2", "-", "V3"]
    assert villages_of("villages", frames).tolist() == ["V2", "V1", "V3", "V4"]


def test_rows_in_another_order_give_the_same_villages() -> None:
    houses = gpd.GeoDataFrame(
        rows(village_id=["V2", None, None]),
        geometry=[shapely.Point(50, 50), shapely.Point(150, 50), shapely.Point(100, 5)],
        crs=CRS,
    )
    one = villages_of("households", {"villages": VILLAGES, "households": houses})
    turned = houses.iloc[::-1].reset_index(drop=True)
    two = villages_of("households", {"villages": VILLAGES.iloc[::-1], "households": turned})
    assert dict(zip(houses["id"], one, strict=True)) == dict(zip(turned["id"], two, strict=True))
    assert one.tolist() == ["V2", "V2", "V1"]
