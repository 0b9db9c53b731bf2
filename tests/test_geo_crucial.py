"""Which water point matters most: the published rules, worked by hand, and laws."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.crucial import Coverage, coverage, crucial, new_points
from geo.reaching.straight import within


def taps(*rows):
    """Make points of x, status and capacity."""
    xs, status, room = zip(*[(*row, None)[:3] for row in rows], strict=True)
    table = {"status": list(status), "capacity": pd.array(room, dtype="Float64")}
    return gpd.GeoDataFrame(table, geometry=shapely.points([(x, 0.0) for x in xs]))


def folk(*rows):
    xs, persons = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"persons": list(persons)}, geometry=shapely.points([(x, 0.0) for x in xs])
    )


def test_one_point_is_wholly_crucial_and_of_two_each_is_half():
    people = folk((0, 10), (300, 5))
    assert crucial(taps((100, "working")), people)["crucialness"].tolist() == [1.0]
    both = crucial(taps((-200, "working"), (200, "working")), folk((0, 7)))
    assert both["crucialness"].tolist() == [0.5, 0.5]
    assert both["users"].tolist() == [3.5, 3.5]


def test_the_nearer_point_has_more_of_the_users():
    # 100 m and 300 m: three quarters and one quarter.
    both = crucial(taps((100, "working"), (-300, "working")), folk((0, 8)))
    assert both["users"].tolist() == pytest.approx([6, 2])
    assert both["crucialness"].sum() == pytest.approx(1)


def test_unknown_is_repaired_like_broken_and_planned_is_not_there():
    people = folk((0, 10), (900, 4))
    for status in ("broken", "unknown", None):
        table = crucial(taps((0, status)), people)
        assert table.loc[0, ["people_within", "gain", "crucialness"]].tolist() == [14, 14, 1.0]
    planned = crucial(taps((0, "planned"), (1, "working")), people)
    assert planned.loc[0].isna().all()
    assert planned["crucialness"].tolist()[1] == 1.0


def test_a_broken_point_beside_a_working_one_gains_nothing():
    people = folk((-500, 10), (500, 10), (1050, 3))
    table = crucial(taps((0, "working"), (100, "broken"), (1400, "broken")), people)
    assert table["gain"].tolist() == [0, 3, 3]
    assert table["people_within"].tolist() == [20, 23, 13]
    alone = crucial(taps((0, "working"), (100, "broken")), folk((-500, 10), (500, 10)))
    assert alone["gain"].tolist() == [0, 0]
    assert 0.4 < alone["crucialness"][1] < 0.6  # and would share its users


def test_pressure_is_users_over_capacity():
    table = crucial(taps((0, "working", 5), (5000, "working")), folk((10, 20), (5000, 1)))
    assert table["pressure"].tolist()[0] == 4.0
    assert table["pressure"].isna().tolist() == [False, True]


def test_served_unserved_and_uncharted_add_up():
    points = taps((0, "working", 6), (3000, "broken"), (3100, "unknown"), (9000, "planned"))
    people = folk((0, 10), (3000, 7), (9000, 5))
    assert coverage(points, people) == Coverage(22, served=6, unserved=11, uncharted=5, over=4)
    # Exactly 1 km away is within; a millimetre more is not.
    edge = coverage(taps((0, "working")), folk((1000, 3), (1000.001, 2)))
    assert (edge.served, edge.uncharted) == (3, 2)


def test_each_new_point_takes_away_the_people_it_covers():
    places = taps((0, "x"), (100, "x"), (5000, "x"))
    people = folk((0, 10), (900, 4), (1050, 2), (5000, 5))
    picked = new_points(places, people, 5)
    assert picked["gain"].to_dict() == {1: 16, 2: 5}
    # Ranked once, without taking anybody away, the sum is more than there are people.
    who, place, _ = within(people.geometry.to_numpy(), places.geometry.to_numpy(), 1000)
    once = np.bincount(place, weights=people["persons"].to_numpy()[who])
    assert once.sum() > people["persons"].sum() >= picked["gain"].sum()
    # Near a known point, working or not, nobody is uncharted.
    known = new_points(places, people, 5, points=taps((0, "broken")))
    assert known["gain"].to_dict() == {2: 5, 1: 2}


def test_who_is_covered_by_many_points_is_taken_away_once():
    # The 20 in the middle are near all three; each has some of its own behind it.
    around = np.array([(900, 0), (-900, 0), (0, 900)])
    places = gpd.GeoDataFrame(geometry=shapely.points(around))
    homes = shapely.points([(0, 0), (1500, 0), (-1500, 0), (0, 1500)])
    people = gpd.GeoDataFrame({"persons": [20, 8, 3, 2]}, geometry=homes)
    assert new_points(places, people, 3)["gain"].to_dict() == {0: 28, 1: 3, 2: 2}


rows_of = st.lists(
    st.tuples(
        st.integers(0, 6000), st.sampled_from(["working", "broken", "unknown", "planned"]),
        st.one_of(st.none(), st.integers(1, 40)),
    ),
    min_size=1, max_size=8,
)  # fmt: skip
folk_of = st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 30)), min_size=1, max_size=12)


@given(rows_of, folk_of)
def test_identities_hold_for_any_points_and_people(rows, homes):
    points, people = taps(*rows), folk(*homes)
    table, all_of = crucial(points, people), coverage(points, people)
    assert all_of.served + all_of.unserved + all_of.uncharted == all_of.people
    assert min(all_of.served, all_of.unserved, all_of.uncharted, all_of.over) >= 0
    works = points["status"] == "working"
    assert table.loc[works, "users"].sum() == pytest.approx(all_of.served + all_of.over)
    shares = table["crucialness"].dropna()
    assert shares.between(0, 1 + 1e-12).all()
    unlimited = points.drop(columns="capacity")
    before = coverage(unlimited, people)
    for row in table.index[(~works) & (points["status"] != "planned")]:
        mended = unlimited.copy()
        mended.loc[row, "status"] = "working"
        after = coverage(mended, people)
        assert after.served - before.served == table.loc[row, "gain"]
        again = crucial(mended, people)
        assert again.loc[row, "users"] == pytest.approx(table.loc[row, "users"])
        # A repair makes no working point more crucial.
        assert (again.loc[works, "users"] <= table.loc[works, "users"] + 1e-9).all()


@given(rows_of, folk_of, st.integers(0, 9))
def test_picks_count_nobody_twice_and_never_grow(rows, homes, number):
    points, people = taps(*rows), folk(*homes)
    picked = new_points(points, people, number)
    assert len(picked) <= number
    assert (picked["gain"].diff().dropna() <= 0).all()
    chosen = points.loc[picked.index].assign(status="working").drop(columns="capacity")
    covered = coverage(chosen, people).served if len(chosen) else 0
    assert picked["gain"].sum() == covered


def test_the_water_points_of_a_district(shared):
    path = shared / "data" / "malawi_waterpoints" / "waterpointfunctionality.csv"
    table = pd.read_csv(path, low_memory=False)
    states = {"Functional": "working", "Partially functional but in need of repair": "working"}
    points = gpd.GeoDataFrame(
        {
            "status": table["functional_status"].map(states).fillna("broken"),
            "capacity": 250.0,
            # Nobody was asked at broken points: as many as at a usual one.
            "persons": table["households_using_waterpoint"].fillna(60).clip(upper=1000) * 4,
        },
        geometry=gpd.points_from_xy(table["longitude"], table["latitude"], crs=4326),
    ).to_crs(32736)
    start = time.process_time()
    found, all_of = crucial(points, points), coverage(points, points)
    assert time.process_time() - start < 20
    assert all_of.served + all_of.unserved + all_of.uncharted == int(points["persons"].sum())
    assert (all_of.uncharted, len(found)) == (0, 11_409)
    works = points["status"] == "working"
    assert found.loc[works, "users"].sum() == pytest.approx(all_of.served + all_of.over)
    assert found.loc[works, "gain"].eq(0).all()
    unserved_without = all_of.unserved - all_of.over
    gains = found.loc[~works, "gain"]
    assert gains.max() <= unserved_without <= gains.sum()
    picked = new_points(points[~works], points, 40, points=points[works])
    assert picked["gain"].iloc[0] == gains.max()
    assert picked["gain"].sum() <= unserved_without
