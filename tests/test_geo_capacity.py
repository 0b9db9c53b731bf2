"""Reach with a capacity: taps that serve only so many, computed by hand."""

import numpy as np
import pytest
from hand import at, card, flat, judged, often, parts, project, standard, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import assess
from geo.reaching.capacity import rooms
from layers.errors import StandardError

V1 = [{"id": "V1", "name": "Dong"}]
TAP = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]}, "within_m": 100,
}  # fmt: skip


def home(number, x, y=0.0, village="V1", **more):
    return {"id": f"H{number}", "village_id": village, "geometry": at(x, y), **more}


def tap(number, x, y=0.0, status="working", **more):
    return {"id": f"P{number}", "status": status, "geometry": at(x, y), **more}


def why(made, subject):
    rows = made.gaps if subject in set(made.gaps["subject_id"]) else made.survey
    return rows.set_index("subject_id").loc[subject]


def test_the_nearest_are_served_and_the_rest_are_told_by_how_much():
    data = project(
        villages=V1,
        households=[home(n, 10 * n) for n in range(1, 6)],
        water_points=[tap(1, 0)],
    )
    made = judged(data, {**TAP, "capacity": 3})
    assert verdict(data, **TAP, capacity=3) == {
        "H1": "met", "H2": "met", "H3": "met", "H4": "unmet", "H5": "unmet",
    }  # fmt: skip
    rows = made.verdicts.set_index("subject_id")
    assert rows.loc["H3", ["value", "facility_id", "reason"]].tolist() == [30.0, "P1", "ok"]
    assert rows.loc["H4", ["value", "limit", "reason"]].tolist() == [5.0, "3", "capacity_full"]
    said = why(made, "H5")
    assert said["reason_zh"] == "最近的供水点服务能力已满：可服务3户，可达范围内需要5户，超出2户"
    assert "full" in said["reason_en"]


def test_somebody_moves_on_so_that_all_are_served():
    # Both are nearest to P1, which takes one; only H1 can go to P2 as well: 60 + 60 m.
    data = project(
        villages=V1,
        households=[home(1, 40), home(2, -60)],
        water_points=[tap(1, 0), tap(2, 100)],
    )
    made = judged(data, {**TAP, "capacity": 1})
    rows = made.verdicts.set_index("subject_id")
    assert rows["met"].tolist() == [1, 1]
    assert rows["facility_id"].to_dict() == {"H1": "P2", "H2": "P1"}
    assert rows["value"].to_dict() == {"H1": 60.0, "H2": 60.0}


def test_of_equals_the_first_id_is_served():
    data = project(
        villages=V1,
        households=[home(9, 10), home(3, -10), home(5, 0, 10)],
        water_points=[tap(1, 0)],
    )
    found = verdict(data, **TAP, capacity=1)
    assert found == {"H9": "unmet", "H3": "met", "H5": "unmet"}


def test_persons_share_a_tap_and_a_family_may_be_served_in_part():
    data = project(
        villages=V1,
        households=[home(1, 10, persons=4), home(2, 20, persons=5), home(3, 30, persons=None)],
        water_points=[tap(1, 0)],
    )
    rule = {**TAP, "amount": "persons", "capacity": 7}
    assert parts(data, **rule) == {"H1": (4, 0, 0), "H2": (3, 2, 0)}
    made = judged(data, rule)
    assert why(made, "H2")["reason_zh"] == "供水点服务能力不足：5人中只能服务3人，还差2人"
    assert made.verdicts["reason"].tolist() == ["ok", "capacity_part"]


@pytest.mark.parametrize(
    ("said", "met"),
    [
        (2, 2),
        ("households_served", 3),
        ({"column": "households_served"}, 3),
        ({"column": "households_served", "n": 0.5}, 1),  # 1.5 families: one
        ({"column": "households_served", "n": 2}, 5),
    ],
)
def test_capacity_is_a_number_or_a_column_or_a_column_times_n(said, met):
    data = project(
        villages=V1,
        households=[home(n, n) for n in range(1, 6)],
        water_points=[tap(1, 0, households_served=3)],
    )
    assert judged(data, {**TAP, "capacity": said}).verdicts["met"].sum() == met


def test_a_tap_whose_capacity_nobody_knows_may_serve_all():
    data = project(
        villages=V1,
        households=[home(n, n) for n in range(1, 5)],
        water_points=[tap(1, 0, households_served=1), tap(2, 50, households_served=None)],
    )
    made = judged(data, {**TAP, "capacity": "households_served"})
    assert made.verdicts["met"].tolist() == [1, 0, 0, 0]
    assert made.verdicts["unknown"].tolist() == [0, 1, 1, 1]
    assert why(made, "H4")["reason"] == "capacity_unknown"


def test_a_doubtful_tap_serves_as_many_as_it_can_and_takes_from_nobody():
    # P2 may work and takes 2: of the four P1 leaves, two may be served.
    data = project(
        villages=V1,
        households=[home(n, 10 * n) for n in range(1, 6)],
        water_points=[
            tap(1, 0, households_served=1),
            tap(2, 60, 0, "unknown", households_served=2),
        ],
    )
    made = judged(data, {**TAP, "capacity": "households_served"})
    rows = made.verdicts.set_index("subject_id")
    assert rows["met"].to_dict() == {"H1": 1, "H2": 0, "H3": 0, "H4": 0, "H5": 0}
    assert rows["unknown"].to_dict() == {"H1": 0, "H2": 0, "H3": 0, "H4": 1, "H5": 1}
    assert rows["unmet"].sum() == 2


def test_the_rest_is_open_where_the_list_is_not_complete():
    homes = [home(1, 10), home(2, 20), home(3, 500)]
    data = project(
        villages=V1, households=homes, water_points=[tap(1, 0)], partial=["water_points"]
    )
    found = verdict(data, **TAP, capacity=1)
    assert found == {"H1": "met", "H2": "unknown", "H3": "unknown"}
    made = judged(data, {**TAP, "capacity": 1})
    assert why(made, "H2")["reason"] == "capacity_open"
    lost = {"id": "P2", "village_id": "V1", "status": "working", "geometry": None}
    data = project(villages=V1, households=homes, water_points=[tap(1, 0), lost])
    assert verdict(data, **TAP, capacity=1)["H2"] == "unknown"


def test_a_home_without_a_place_is_open_and_uses_nothing():
    homes = [{"id": "H1", "village_id": "V1", "geometry": None}, home(2, 10)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 0)])
    assert verdict(data, **TAP, capacity=1) == {"H1": "unknown", "H2": "met"}


def test_who_has_piped_water_leaves_the_tap_to_others():
    homes = [home(n, n, piped_water=True) for n in range(1, 251)]
    homes += [home(n, 50 + n / 10, piped_water=False) for n in range(251, 451)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 0)])
    reach = {key: value for key, value in TAP.items() if key != "subjects"} | {"capacity": 200}
    piped = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    for members in ([piped, reach], [reach, piped]):  # in whatever order they are written
        made = judged(data, {"subjects": "households", "any_of": members})
        assert made.verdicts["met"].sum() == 450


def test_who_may_have_piped_water_comes_after_those_who_certainly_have_none():
    homes = [home(1, 10, piped_water=None), home(2, 90, piped_water=False)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 0)])
    reach = {key: value for key, value in TAP.items() if key != "subjects"} | {"capacity": 1}
    piped = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    rule = {"subjects": "households", "any_of": [piped, reach]}
    assert verdict(data, **rule) == {"H1": "unknown", "H2": "met"}
    # Before those who certainly have piped water, who do not come at all.
    homes = [home(1, 10, piped_water=True), home(2, 90, piped_water=None)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 0)])
    assert verdict(data, **rule) == {"H1": "met", "H2": "met"}


def test_only_those_the_target_counts_use_the_tap():
    homes = [home(1, 10, resident=False), home(2, 20, resident=True), home(3, 30, resident=True)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 0)])
    assert verdict(data, **TAP, capacity=1, of={"resident": True}) == {"H2": "met", "H3": "unmet"}
    # Under another denominator the others come after those the target itself names.
    rule = {**TAP, "capacity": 2, "of": {"resident": True}, "beside": {"all": {}}}
    made = judged(data, rule)
    assert card(made, "village", "V1")["met"] == 2
    row = card(made, "village", "V1", "t.all")
    assert (row["met"], row["unmet"]) == (2, 1)


def test_the_next_village_uses_the_tap_though_nobody_judges_it():
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    homes = [home(1, 10, village="V2"), home(2, 20, village="V1")]
    data = project(villages=villages, households=homes, water_points=[tap(1, 0)])
    rule = standard({**TAP, "capacity": 1})
    scopes = {"one": {"title": {"zh": "一", "en": "one"}, "where": {"name": ["Dong"]}}}
    made = assess(data, rule, scope="one", scopes=scopes)
    assert made.verdicts[["subject_id", "unmet"]].to_numpy().tolist() == [["H2", 1]]
    assert made.gaps["subject_id"].tolist() == ["H2"]
    # Alone it would be served, and with room for two it is.
    assert assess(data, standard({**TAP, "capacity": 2}), scope="one", scopes=scopes).verdicts[
        "met"
    ].tolist() == [1]


def test_the_climb_holds_for_the_tap_that_serves():
    heights = np.full((20, 20), 1000.0)
    heights[:, 10:] = 1200.0  # 1000 m up to x = -50, 1160 m at x = 30
    homes = [home(1, -60), home(2, -70)]
    taps = [tap(1, -100), tap(2, 30)]
    data = project(villages=V1, households=homes, water_points=taps, dem=flat(heights))
    rule = {**TAP, "climb_m": 80, "capacity": 1}
    assert verdict(data, **rule) == {"H1": "unmet", "H2": "met"}
    # Where its height is not known the other may serve.
    heights[:, 10:] = np.nan
    data = project(villages=V1, households=homes, water_points=taps, dem=flat(heights))
    assert verdict(data, **rule) == {"H1": "unknown", "H2": "met"}


def test_a_wait_leaves_less_time_for_the_way():
    # 10 minutes at 80 m/min; 5 of them waiting at P1 leave 400 m, at P2 800 m.
    homes = [home(1, 400), home(2, 401), home(3, 5000)]
    taps = [tap(1, 0, queue_minutes=5), tap(2, 5800, queue_minutes=0)]
    rule = {
        "subjects": "households", "measure": "reach", "facilities": "water_points", "minutes": 10,
        "speed_m_per_min": 80, "wait": "queue_minutes", "capacity": 9,
    }  # fmt: skip
    data = project(villages=V1, households=homes, water_points=taps)
    assert judged(data, rule).verdicts["met"].tolist() == [1, 0, 1]


@pytest.mark.parametrize("mode", ["terrain", "road"])
def test_every_mode_shares_out(mode):
    homes = [home(1, 10), home(2, 20), home(3, 30)]
    data = project(
        villages=V1, households=homes, water_points=[tap(1, 0)], roads=[],
        dem=flat(np.full((20, 20), 1000.0)),
    )  # fmt: skip
    rule = {key: value for key, value in TAP.items() if key != "within_m"}
    rule |= {"mode": mode, "minutes": 10, "speed_m_per_min": 80, "capacity": 2}
    assert judged(data, rule).verdicts["met"].sum() == 2


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"capacity": "housholds_served"}, "households_served is meant"),
        ({"capacity": "name"}, "holds no numbers"),
        ({"capacity": -1}, "is not a number"),
        ({"capacity": {"n": 2}}, "column: is missing"),
        ({"capacity": 3, "subjects": "roads"}, "roads use up no capacity"),
        ({"capacity": 3, "amount": "area"}, "shared by number, not by area"),
    ],
)
def test_what_cannot_be_shared_is_refused(keys, said):
    with pytest.raises(StandardError, match=said):
        standard({**TAP, **keys})


def test_a_join_counts_whole_subjects_only():
    members = [{key: value for key, value in TAP.items() if key != "subjects"} | {"capacity": 3}]
    standard({"subjects": "households", "any_of": members})
    with pytest.raises(StandardError, match="judge whole subjects"):
        standard({"subjects": "households", "amount": "persons", "any_of": members})


def test_rooms_are_rounded_down_and_blank_is_without_limit():
    data = project(villages=V1, water_points=[tap(1, 0, households_served=n) for n in (3, None)])
    made = judged(data, {"subjects": "water_points", "measure": "attribute", "column": "status",
                         "one_of": ["working"]})  # fmt: skip
    items = made.ground.items("water_points")
    room, told = rooms(made.ground, items, {"column": "households_served", "n": 0.5}, 1)
    assert told.tolist() == [True, False]
    assert room[0] == 1
    assert room[1] > 10**12


spots = st.integers(0, 20).map(lambda n: n * 10)
homes_of = st.lists(st.tuples(spots, st.integers(1, 4)), min_size=1, max_size=8)
taps_of = st.lists(
    st.tuples(spots, st.sampled_from(["working", "broken", "unknown"]), st.integers(0, 6)),
    max_size=4,
)


@settings(max_examples=often(8, 200), deadline=None)
@given(homes_of, taps_of, st.integers(0, 6), spots)
def test_another_tap_never_lowers_what_is_met(homes, taps, room, spot):
    def sums(more):
        data = project(
            villages=V1,
            households=[home(n, x, persons=k) for n, (x, k) in enumerate(homes)],
            water_points=[
                tap(n, x, 0, s, households_served=k) for n, (x, s, k) in enumerate([*taps, *more])
            ],
        )
        rule = {**TAP, "amount": "persons", "capacity": "households_served"}
        return judged(data, rule).verdicts[["met", "unknown", "unmet"]].sum()

    before, after = sums([]), sums([(spot, "working", room)])
    assert before.sum() == after.sum() == sum(k for _, k in homes)
    assert after["met"] >= before["met"]
    assert after["unmet"] <= before["unmet"]
    # A tap that may work raises only what may be.
    doubtful = sums([(spot, "unknown", room)])
    assert doubtful["met"] == before["met"]
    assert doubtful["unmet"] == after["unmet"]
