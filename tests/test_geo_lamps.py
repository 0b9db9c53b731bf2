"""Lamps along roads in figures, with roads measured by hand."""

from decimal import Decimal
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hand import at, field, judged, line, project
from pandas import isna

from geo.lamps import COUNTS, METRES, lamp_table, questions
from geo.need import shown

LIT = {
    "subjects": "roads", "amount": "length", "measure": "along", "items": "streetlights",
    "where": {"status": ["working"]}, "within_m": 25,
}  # fmt: skip
V1 = [{"id": "V1", "name": "Dong"}]


def lamp(number, x, y=0, status="working", **more):
    return {"id": f"L{number}", "status": status, "geometry": at(x, y), **more}


def table(made):
    return lamp_table(made.ground, made.found, made.project_name)


def row(made, unit, target="t"):
    found = table(made)
    return dict(found[(found["unit_id"] == unit) & (found["target_id"] == target)].iloc[0])


def one_road(shape, lamps, **rule):
    data = project(villages=V1, roads=[{"id": "R", "village_id": "V1", "geometry": shape}],
                   streetlights=lamps)  # fmt: skip
    return row(judged(data, {**LIT, **rule}), "R@V1")


def test_lit_and_dark_metres_by_cause():
    """
    A road of 500 m, lamps that light 25 m to each side.

    Lit: 75-125 by L1. The broken L2 would light 175-225. L3 of unknown state: 275-325, to verify.
    L4 is planned. Dark 500 - 50 - 50 = 400, of which 50 by a broken lamp.
    """
    lamps = [lamp(1, 100), lamp(2, 200, 0, "broken"), lamp(3, 300, 0, "unknown"),
             lamp(4, 400, 0, "planned"), lamp(5, 450, 900)]  # fmt: skip
    found = one_road(line((0, 0), (500, 0)), lamps)
    assert {name: found[name] for name in METRES} == {
        "length_m": 500, "lit_m": 50, "dark_m": 400, "dark_no_lamp_m": 350, "dark_broken_m": 50,
        "dark_unfit_m": 0, "unknown_m": 50, "unknown_lamp_m": 50, "unknown_survey_m": 0,
        "unknown_road_m": 0,
    }  # fmt: skip
    states = ("working", "broken", "unknown", "planned")
    assert [found[f"lamps_{name}"] for name in states] == [1, 1, 1, 1]
    # No working lamp from 125 m to the end.
    assert (found["gap_m"], found["gap_at"]) == (375, "125-500")


def test_a_lamp_that_works_and_still_does_not_pass_is_a_cause_of_its_own():
    lamps = [lamp(1, 100, **{"power": "grid"}), lamp(2, 300, **{"power": "solar"})]
    found = one_road(line((0, 0), (400, 0)), lamps,
                     where={"status": ["working"], "power": ["solar"]})  # fmt: skip
    # Lit 275-325. The stretch 0-275 has a lamp that does not pass; 325-400 has none.
    assert [found[f"dark_{name}_m"] for name in ("no_lamp", "broken", "unfit")] == [75, 0, 275]
    assert (found["lamps_working"], found["lamps_unfit"]) == (1, 1)


def test_where_lamps_are_not_fully_listed_the_rest_is_not_surveyed():
    data = project(villages=V1, roads=[{"id": "R", "village_id": "V1",
                   "geometry": line((0, 0), (200, 0))}], streetlights=[lamp(1, 100)],
                   partial=["streetlights"])  # fmt: skip
    found = row(judged(data, LIT), "R@V1")
    assert [found[k] for k in ("lit_m", "dark_m", "unknown_lamp_m", "unknown_survey_m")] == [
        50, 0, 0, 150,
    ]  # fmt: skip


def test_a_road_of_unknown_kind_is_to_verify_as_a_whole():
    data = project(villages=V1, roads=[{"id": "R", "village_id": "V1", "class": None,
                   "geometry": line((0, 0), (200, 0))}], streetlights=[lamp(1, 100)])  # fmt: skip
    found = row(judged(data, {**LIT, "of": {"class": ["village_main"]}}), "R@V1")
    assert (found["length_m"], found["unknown_road_m"], found["lit_m"]) == (200, 200, 0)


def test_spacing_runs_along_the_road_and_not_across_a_bend():
    """Lamps at 10, 50 and 100 m of a road with a right angle at 60 m: 40 and 50 m apart."""
    bend = line((0, 0), (60, 0), (60, 60))
    lamps = [lamp(1, 10, 3), lamp(2, 50, -3), lamp(3, 57, 40), lamp(4, 63, 40)]
    found = one_road(bend, lamps)
    # Two lamps face to face at 100 m are one place.
    assert (found["spacing_median_m"], found["spacing_max_m"]) == (45, 50)
    assert found["lamps_working"] == 4
    assert one_road(bend, [lamp(1, 10)])["spacing_max_m"] is None
    assert one_road(bend, [lamp(1, 10), lamp(2, 50, 0, "broken")])["spacing_max_m"] is None


def test_round_a_ring_the_last_lamp_is_the_neighbour_of_the_first():
    """
    A square of 4 x 100 m from its corner at 0; lamps at 50 m and 250 m.

    They are 200 m apart both ways. Lit 25-75 and 225-275, so dark 75-225 and 275-400, 0-25: both
    150 m; the one that starts first is named. Without the second lamp 75 to 400 and on to 25.
    """
    ring = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    found = one_road(ring, [lamp(1, 50), lamp(2, 50, 100)])
    assert (found["lit_m"], found["spacing_median_m"], found["spacing_max_m"]) == (100, 200, 200)
    assert (found["gap_m"], found["gap_at"]) == (150, "75-225")
    found = one_road(ring, [lamp(1, 50)])
    assert (found["gap_m"], found["gap_at"]) == (350, "75-400, 0-25")
    assert found["spacing_max_m"] is None


VILLAGES = [
    {"id": "A", "name": "a", "township": "T", "geometry": field(0, -50, 100, 50)},
    {"id": "B", "name": "b", "township": "T", "geometry": field(100, -50, 200, 50)},
]
THROUGH = [{"id": "R1", "geometry": line((0, 0), (230, 0))},
           {"id": "R2", "geometry": line((50, -40), (50, 40))}]  # fmt: skip


def test_a_road_through_two_villages_and_a_lamp_at_two_roads():
    """
    R1 runs 100 m through A, 100 m through B and 30 m outside; R2 80 m in A crosses it.

    L1 at the crossing lights 50 m of each; L2 on the border 25 m of R1 in A and 25 m in B. L3
    stands 45 m off in B, L4 nowhere.
    """
    lost = {"id": "L4", "status": "broken", "village_id": "A", "geometry": None}
    lamps = [lamp(1, 50), lamp(2, 100), lamp(3, 160, 45), lost]
    made = judged(project(villages=VILLAGES, roads=THROUGH, streetlights=lamps), LIT)
    found = table(made)
    assert list(found["unit_id"]) == ["county", "-", "T", "-", "A", "B", "-", "R1@A", "R2@A",
                                      "R1@B", "R1@-"]  # fmt: skip
    assert dict(zip(found["unit_id"], found["lit_m"], strict=True)) == {
        "county": 150, "-": 0, "T": 150, "A": 125, "B": 25, "R1@A": 75, "R2@A": 50, "R1@B": 25,
        "R1@-": 0,
    }  # fmt: skip
    # A lamp is counted once in a unit, however many roads it lights there.
    working = found["lamps_working"].tolist()
    assert working == [2, 0, 2, 0, 2, 1, 0, 2, 1, 1, 0]
    inside = found.set_index("unit_id").loc[["T", "A", "B"], ["lamps_apart", "lamps_unplaced"]]
    assert inside.to_numpy().tolist() == [[1, 1], [0, 1], [1, 0]]
    whole = found.iloc[0]
    assert sum(whole[name] for name in COUNTS) == len(lamps)
    assert (whole["gap_m"], whole["gap_road"], whole["gap_at"]) == (75, "R1@B", "25-100")


def test_the_ends_of_the_longest_gap_are_places_on_the_ground():
    found = one_road(line((0, 0), (500, 0)), [lamp(1, 100)])
    ends = shapely.points([[found["gap_lon"], found["gap_lat"]],
                           [found["gap_to_lon"], found["gap_to_lat"]]])  # fmt: skip
    back = gpd.GeoSeries(ends, crs=4326).to_crs(4545)
    wanted = [at(125, 0), at(500, 0)]
    assert [a.distance(b) < 0.02 for a, b in zip(back, wanted, strict=True)] == [True, True]


def random_county(seed):
    draw = np.random.default_rng(seed)
    villages = [{"id": f"V{i}", "name": f"v{i}", "township": f"T{i % 2}",
                 "geometry": field(300 * (i % 3), 300 * (i // 3), 300 * (i % 3) + 300,
                                   300 * (i // 3) + 300)} for i in range(6)]  # fmt: skip
    roads = []
    for number in range(12):
        corners = draw.uniform(-60, 960, (int(draw.integers(2, 6)), 2))
        if number % 4 == 0:
            corners = np.vstack([corners, corners[:1]]) if len(corners) > 2 else corners
        kind = draw.choice(["village_main", "lane", None], p=[0.7, 0.2, 0.1])
        roads.append({"id": f"R{number}", "class": kind, "geometry": line(*map(tuple, corners))})
    states = ["working", "broken", "unknown", "planned"]
    lamps = [lamp(i, *draw.uniform(-60, 960, 2), str(draw.choice(states))) for i in range(160)]
    lamps += [{"id": "X", "status": "broken", "village_id": "V1", "geometry": None}]
    some = {"streetlights": ["V0", "V1", "V2", "V4"]} if seed % 2 else None
    return project(villages=villages, roads=roads, streetlights=lamps, complete_for=some), lamps


@pytest.mark.parametrize("seed", range(6))
def test_every_metre_and_every_lamp_is_told_once(seed):
    """The table adds up to the verdicts and to the scorecard, to the millimetre, on every level."""
    data, lamps = random_county(seed)
    made = judged(data, {**LIT, "of": {"class": ["village_main"]}, "goal": "0.9"})
    found = table(made)
    for dark, causes in (
        ("dark_m", ("dark_no_lamp_m", "dark_broken_m", "dark_unfit_m")),
        ("unknown_m", ("unknown_lamp_m", "unknown_survey_m", "unknown_road_m")),
        ("length_m", ("lit_m", "dark_m", "unknown_m")),
    ):
        assert all(r[dark] == sum(r[c] for c in causes) for r in found.to_dict("records"))
    card = made.scorecard[made.scorecard["target_id"] == "t"].set_index(["level", "unit_id"])
    units = found[found["level"] != "road"]
    with_roads = units[units["roads"] > 0]
    for one in with_roads.to_dict("records"):
        mine = card.loc[(one["level"], one["unit_id"])]
        assert (one["length_m"], one["lit_m"], one["dark_m"], one["unknown_m"]) == (
            mine["amount"], mine["met"], mine["unmet"], mine["unknown"],
        )  # fmt: skip
    rows = found[found["level"] == "road"].set_index("unit_id")
    for one in made.verdicts.to_dict("records"):
        assert rows.loc[one["subject_id"], "lit_m"] == shown(one["met"], 1000)
        assert rows.loc[one["subject_id"], "dark_m"] == shown(one["unmet"], 1000)
    for level, mine in units.groupby("level"):
        for name in METRES:
            assert sum(mine[name], Decimal(0)) == sum(rows[name], Decimal(0)), (level, name)
    # What the gap list says of broken lamps is what the table says.
    mends = sum((v for v in made.gaps["mends"] if not isna(v)), Decimal(0))
    assert sum(rows["dark_broken_m"], Decimal(0)) == mends
    county = units[units["level"] == "county"].set_index("unit_id")
    lines = made.found[0].rows
    points = np.array([one["geometry"] for one in lamps if one["geometry"] is not None])
    close = shapely.distance(points[:, None], lines.shapes[None, :]) < 25
    outside = lines.village.astype(str) == "-"
    for unit, mine in (("county", close[:, ~outside]), ("-", close[:, outside])):
        if unit in county.index:
            kinds = ("working", "broken", "unknown", "planned", "unfit")
            assert sum(county.loc[unit, [f"lamps_{k}" for k in kinds]]) == mine.any(axis=1).sum()
    apart = county[["lamps_apart", "lamps_unplaced"]].to_numpy().sum()
    assert apart == len(lamps) - close.any(axis=1).sum()


def test_the_longest_gap_says_the_same_as_the_target_that_judges_it():
    data, _ = random_county(1)
    gap = {**LIT, "id": "gap", "max_gap_m": 40, "of": {"class": ["village_main"]}}
    made = judged(data, {**LIT, "of": {"class": ["village_main"]}}, gap)
    found = table(made)
    assert questions(made.found) == ["t"]
    roads = found[found["level"] == "road"].set_index(["target_id", "unit_id"])
    judged_rows = made.verdicts[made.verdicts["target_id"] == "gap"]
    for one in judged_rows.to_dict("records"):
        mine = roads.loc[("gap", one["subject_id"])]
        assert (mine["gap_m"] or 0) == pytest.approx(one["value"])
        same = roads.loc[("t", one["subject_id"])]
        pd.testing.assert_series_equal(mine, same, check_names=False)


def test_without_lamps_roads_or_a_target_there_is_nothing_to_break():
    none = judged(project(villages=V1), LIT)
    assert table(none)["roads"].tolist() == [0, 0]
    dark = judged(project(villages=V1, roads=[{"id": "R", "village_id": "V1",
                  "geometry": line((0, 0), (90, 0))}], streetlights=[]), LIT)  # fmt: skip
    assert row(dark, "V1")["dark_no_lamp_m"] == 90
    other = judged(project(villages=V1), {"subjects": "villages", "measure": "attribute",
                   "column": "fiber", "one_of": [True]})  # fmt: skip
    assert table(other).empty


def test_neighbours_are_told_apart_from_five_metres_on():
    spots = [0, 4.9, 20, 25]
    found = one_road(line((0, 0), (40, 0)), [lamp(i, x) for i, x in enumerate(spots)])
    places = [0, 20, 25]
    assert found["spacing_median_m"] == np.median([b - a for a, b in pairwise(places)])
