"""The list that lifts a village to its goal: exactly enough, the cheapest, and walkable."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hand import at, card, field, judged, line, often, project
from hypothesis import given, settings
from hypothesis import strategies as st
from test_works_sentences import WATER, cells, county, told

from geo.assess import Assessment, assess
from layers.cache import load
from layers.errors import UsageError
from layers.frames import ProjectData
from layers.project import open_project
from layers.text import LANGUAGES
from works.filling import Filling, as_dict, file_bytes, fill_all, fill_list, lines
from works.filling.choosing import MOST_STATES, Offer, choose, tightest
from works.filling.walking import length, rounds, straight, two_opt, walk
from works.library import load_costs, load_standard
from works.worklist import worklist

DEMO = Path(__file__).parents[1] / "data" / "demo"
TINY = Path(__file__).parents[1] / "data" / "tiny" / "project"
TOILET = "sanitary-toilet"


def filled(found: Assessment, village: str, target: str = "water", **more: Any) -> Filling:
    return fill_list(found, worklist(found, load_costs()), village, target, **more)


def offer(key: str, gain: int, cost: int | None, x: float | None = None) -> Offer:
    money = None if cost is None else Fraction(cost)
    return Offer(key, Fraction(gain), money, None if x is None else (x, 0.0))


def taken(offers: list[Offer], needed: int) -> set[str]:
    chosen = choose(offers, Fraction(needed))
    assert chosen is not None
    return {offers[at].key for at in chosen.at}


# ---------------------------------------------------------------------------------- choosing


def test_the_cheapest_of_equal_amounts_are_taken_and_no_more() -> None:
    offers = [offer("a", 1, 9), offer("b", 1, 2), offer("c", 1, 5), offer("d", 1, 2)]
    assert taken(offers, 2) == {"b", "d"}
    assert taken(offers, 3) == {"b", "c", "d"}
    assert choose(offers, Fraction(5)) is None
    assert taken(offers, 0) == set()


def test_unequal_amounts_are_not_taken_by_their_price_alone() -> None:
    # 10 are needed: the best by price for what it brings (6 for 6) wants 5 more, 11 in all;
    # two of 5 cost 14, the one of 10 costs 10.
    offers = [offer("six", 6, 6), offer("x", 5, 7), offer("y", 5, 7), offer("ten", 10, 10)]
    assert taken(offers, 10) == {"ten"}
    assert taken(offers, 6) == {"six"}
    assert taken(offers, 11) == {"six", "x"} or taken(offers, 11) == {"six", "y"}


def test_what_has_no_price_is_taken_last() -> None:
    assert taken([offer("a", 1, None), offer("b", 1, 9000)], 1) == {"b"}
    assert taken([offer("a", 4, None), offer("b", 1, 9), offer("c", 1, 9)], 2) == {"b", "c"}


def test_among_equals_those_close_together_are_taken() -> None:
    row = [offer(f"h{x}", 1, 5, x) for x in (0, 400, 800, 810, 820, 3000)]
    assert taken(row, 3) == {"h800", "h810", "h820"}
    # one that is cheaper is taken anyway, and decides which of the others are near
    assert taken([*row, offer("cheap", 1, 1, 3010)], 2) == {"cheap", "h3000"}
    # a place nobody knows comes after all that are known
    assert taken([offer("a", 1, 5), offer("b", 1, 5, 9000.0)], 1) == {"b"}


def test_what_is_preferred_is_taken_first_among_equals_only() -> None:
    row = [offer(f"h{x}", 1, 5, x) for x in (0, 10, 5000)] + [offer("cheap", 1, 4, 9000)]
    chosen = choose(row, Fraction(2), prefer={"h0"})
    assert chosen is not None
    assert {row[at].key for at in chosen.at} == {"cheap", "h0"}
    assert taken(row, 2) == {"cheap", "h5000"}


offers_given = st.lists(
    st.tuples(st.integers(1, 6), st.one_of(st.none(), st.integers(0, 7)), st.integers(0, 50)),
    min_size=1,
    max_size=9,
)


def price(offers: Iterable[Offer]) -> tuple[int, Fraction]:
    mine = list(offers)
    return sum(one.cost is None for one in mine), sum((one.cost or 0 for one in mine), Fraction(0))


@given(offers_given, st.integers(1, 25), st.booleans())
def test_nothing_cheaper_is_enough_and_nothing_can_be_left_out(
    rows: list[tuple[int, int | None, int]], needed: int, alike: bool
) -> None:
    offers = [
        offer(f"k{n}", 2 if alike else gain, cost, x) for n, (gain, cost, x) in enumerate(rows)
    ]
    enough = [
        some
        for size in range(len(offers) + 1)
        for some in itertools.combinations(offers, size)
        if sum(one.gain for one in some) >= needed
    ]
    chosen = choose(offers, Fraction(needed))
    if not enough:
        assert chosen is None
        return
    assert chosen is not None
    assert chosen.exact
    mine = [offers[at] for at in chosen.at]
    assert price(mine) == min(price(some) for some in enough)
    total = sum(one.gain for one in mine)
    assert total >= needed
    assert all(total - one.gain < needed for one in mine)


@given(offers_given, st.integers(1, 12), st.randoms())
def test_the_order_of_the_offers_changes_nothing(
    rows: list[tuple[int, int | None, int]], needed: int, dice: Any
) -> None:
    offers = [offer(f"k{n}", gain, cost, x) for n, (gain, cost, x) in enumerate(rows)]
    mixed = offers.copy()
    dice.shuffle(mixed)
    one, other = choose(offers, Fraction(needed)), choose(mixed, Fraction(needed))
    keys = [
        None if found is None else {given_[at].key for at in found.at}
        for found, given_ in ((one, offers), (other, mixed))
    ]
    assert keys[0] == keys[1]


def test_where_too_many_sums_differ_the_choice_is_still_enough_and_says_so() -> None:
    # powers of two cost what they bring, less a little: every subset is worth looking at
    rng = np.random.default_rng(1)
    offers = [
        Offer(f"k{n:02}", Fraction(2**n), Fraction(2**n * 1000 + int(rng.integers(900))))
        for n in range(22)
    ]
    assert MOST_STATES < 2**22
    chosen = choose(offers, Fraction(2**21 + 12345))
    assert chosen is not None
    assert not chosen.exact
    gains = [offers[at].gain for at in chosen.at]
    assert sum(gains) >= 2**21 + 12345
    assert all(sum(gains) - one < 2**21 + 12345 for one in gains)


def test_places_grow_from_what_is_visited_anyway() -> None:
    xy = np.array([[0.0, 0], [10, 0], [20, 0], [1000, 0]])
    assert tightest(xy, 2, np.array([[1100.0, 0]])) == [3, 2]
    assert set(tightest(xy, 3, np.empty((0, 2)))) == {0, 1, 2}


# ---------------------------------------------------------------------------------- walking

places = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=24).map(
    lambda rows: np.array(rows, dtype=float)
)


def test_rounds_keep_neighbours_together() -> None:
    # three houses 10 m apart, and 500 m on three more: two rounds of 20 m each
    xy = np.array([[500.0, 0], [0, 0], [10, 0], [510, 0], [20, 0], [520, 0]])
    found = rounds(xy, 3)
    assert sorted(sorted(way) for way, _ in found) == [[0, 3, 5], [1, 2, 4]]
    assert [sum(steps) for _, steps in found] == [20.0, 20.0]
    assert [steps[0] for _, steps in found] == [0.0, 0.0]


def test_a_crossing_way_is_turned_round() -> None:
    square = straight(np.array([[0.0, 0], [100, 100], [0, 100], [100, 0]]))
    assert length([0, 1, 2, 3], square) > 380
    assert length(two_opt([0, 1, 2, 3], square), square) == 300


@given(places, st.randoms())
def test_turning_never_makes_a_way_longer_and_loses_no_stop(xy: Any, dice: Any) -> None:
    far = straight(xy)
    order = list(range(len(xy)))
    dice.shuffle(order)
    better = two_opt(order, far)
    assert sorted(better) == sorted(order)
    assert length(better, far) <= length(order, far) + 1e-6
    assert length(walk(far), far) <= length(better, far) * 1.5 + 1e-6


@given(places, st.integers(1, 7))
def test_every_stop_is_in_one_round_and_there_are_no_more_rounds_than_needed(
    xy: Any, most: int
) -> None:
    found = rounds(xy, most)
    assert sorted(at for way, _ in found for at in way) == list(range(len(xy)))
    assert all(1 <= len(way) <= most for way, _ in found)
    assert len(found) == -(-len(xy) // most)
    far = straight(xy)
    for way, steps in found:
        assert sum(steps) == pytest.approx(length(way, far))


def test_many_stops_are_walked_part_by_part() -> None:
    xy = np.random.default_rng(2).uniform(0, 3000, (1500, 2))
    found = rounds(xy, 7)
    assert sorted(at for way, _ in found for at in way) == list(range(1500))
    assert len(found) == -(-1500 // 7)
    # a round among neighbours, not across the county
    assert np.median([sum(steps) for _, steps in found]) < 700


# ---------------------------------------------------------------------------------- by hand


def test_exactly_what_is_missing_is_listed() -> None:
    # B needs 8 of 10 and has 7; D has 5: three of its five; 1500 each
    found = told(county({"B": cells(7, 3, 0), "D": cells(5, 5, 0)}))
    one, three = filled(found, "B"), filled(found, "D")
    assert (len(one.rounds), one.needed, one.cost, one.why) == (1, 1, 1500, "")
    assert (len(three.rounds), three.needed, three.cost) == (3, 3, 4500)
    assert three.sure is three.least
    assert list(three.rounds["round"]) == [1, 1, 1]
    assert three.rounds["walk_m"].isna().all()  # nobody knows where they live
    assert set(three.rounds["subject_id"]) <= {"D5", "D6", "D7", "D8", "D9"}


def test_what_depends_on_what_is_unknown_is_told_apart() -> None:
    # 5 met, 4 not, 1 unknown; 8 needed: 2 in any case, 3 to be sure
    found = told(county({"A": cells(5, 4, 1)}))
    list_ = filled(found, "A")
    assert list_.least is not None
    assert list_.sure is not None
    assert (len(list_.least.stops), len(list_.sure.stops)) == (2, 3)
    assert set(list_.least.stops["work_id"]) < set(list_.sure.stops["work_id"])
    assert list(list_.sure.stops["anyway"]).count(True) == 2
    assert "2项" in lines(list_, "zh")[1]
    # 5 met, 1 not, 4 unknown: nothing in any case, one that is not enough whatever is found
    open_ = filled(told(county({"A": cells(5, 1, 4)})), "A")
    assert open_.least is not None
    assert (open_.least.stops.empty, open_.sure, open_.why) == (True, None, "only_if")
    # 5 met, 2 not, 3 unknown, 8 needed: undetermined, none needed if all pass
    none = filled(told(county({"A": cells(6, 2, 2)})), "A")
    assert none.sure is not None
    assert len(none.sure.stops) == 2
    assert "先核实" in lines(none, "zh")[1]


NO_WORK = {**WATER, "work": {"per": "none"}}
NO_GOAL = {key: value for key, value in WATER.items() if key != "goal"}


@pytest.mark.parametrize(
    ("ledger", "target", "why"),
    [
        (cells(8, 2, 0), WATER, "met"),
        (cells(7, 3, 0), NO_WORK, "no_work"),
        (cells(7, 0, 3), WATER, "verify"),
        (cells(5, 1, 4), WATER, "only_if"),
    ],
)
def test_where_there_is_no_list_it_is_said_why(ledger: Any, target: Any, why: str) -> None:
    found = told(county({"A": ledger, "Z": cells(1, 0, 0)}), target)
    list_ = filled(found, "A")
    assert (list_.why, list_.sure) == (why, None)
    for lang in LANGUAGES:
        first = lines(list_, lang)[0]
        assert "{" not in first
        assert "fill.why" not in first


def test_what_nobody_ever_asked_is_not_assessed() -> None:
    data = county({"A": cells(0, 5, 0)})
    homes = data.frames["households"]
    data.frames["households"] = homes.drop(columns="piped_water")
    assert filled(told(data), "A").why == "not_assessed"


def test_a_target_that_is_only_counted_has_nothing_to_reach() -> None:
    found = told(county({"A": cells(1, 9, 0)}), {**NO_GOAL, "kind": "scored"})
    assert filled(found, "A").why == "no_goal"


def test_all_the_work_may_not_be_enough() -> None:
    # the household nobody listed cannot be worked on: 9 of 10 needed, 4 met, 3 can be built
    data = county({"A": cells(4, 3, 0)})
    data.frames["villages"]["households"] = pd.array([10], dtype="Float64")
    list_ = filled(told(data, {**WATER, "goal": "0.9"}), "A")
    assert (list_.why, list_.needed_low, list_.brings) == ("only_if", 2, 3)
    assert list_.needed_high == 5


def test_wrong_names_are_answered_with_the_right_ones() -> None:
    found = told(county({"B": cells(7, 3, 0)}))
    with pytest.raises(UsageError, match="--village X: is not in the assessment"):
        filled(found, "X")
    with pytest.raises(UsageError, match="--target no: is not in the standard"):
        filled(found, "B", "no")
    with pytest.raises(UsageError, match="at least one stop"):
        filled(found, "B", per_round=0)
    assert filled(found, "河川镇/B村").village_id == "B"


def test_two_villages_of_one_name_are_not_mixed_up() -> None:
    data = county({"A": cells(7, 3, 0), "B": cells(7, 3, 0)})
    data.frames["villages"]["name"] = ["王家庄村", "王家庄村"]
    data.frames["villages"]["township"] = ["河川镇", "柳林镇"]
    found = told(data)
    with pytest.raises(UsageError, match="name of several villages"):
        filled(found, "王家庄村")
    assert filled(found, "柳林镇/王家庄村").village_id == "B"


def test_a_round_holds_what_a_team_manages() -> None:
    found = told(county({"D": cells(0, 10, 0)}))
    assert list(filled(found, "D", per_round=3).rounds["round"]) == [1, 1, 1, 2, 2, 2, 3, 3]
    mine = filled(found, "D", per_round={("D", "water"): 5})
    assert mine.choice is not None
    assert [(n, k) for n, k, _ in mine.choice.walks] == [(1, 5), (2, 3)]


def test_stops_without_a_place_come_last() -> None:
    data = county({"D": cells(0, 5, 0)})
    homes = data.frames["households"]
    spots = [at(0, 0), at(300, 0), None, at(100, 0), None]
    shapes = gpd.GeoSeries(spots, crs=data.crs, index=homes.index)
    data.frames["households"] = gpd.GeoDataFrame(homes, geometry=shapes)
    stops = filled(told(data), "D", per_round=2).rounds
    assert len(stops) == 4
    placed = stops["walk_m"].notna()
    assert list(placed) == [True, True, True, False]
    assert stops["round"].is_monotonic_increasing
    assert stops.loc[placed, "walk_m"].sum() == pytest.approx(100, abs=1)


@settings(max_examples=often(8, 200))
@given(st.lists(st.integers(1, 7), min_size=2, max_size=8), st.integers(1, 9))
def test_unequal_amounts_reach_the_goal_and_none_can_be_left_out(
    persons: list[int], tenths: int
) -> None:
    goal = {**WATER, "id": "t", "amount": "persons", "goal": str(tenths / 10)}
    data = persons_of(persons)
    found = judged(data, goal)
    list_ = filled(found, "V", "t")
    assert card(found, "village", "V")["status"] == "unmet"
    mine = list(list_.rounds["subject_id"])
    need = -(-Fraction(str(tenths / 10)) * sum(persons) // 1)
    sizes = {f"H{n}": size for n, size in enumerate(persons)}
    enough = [
        sum(some)
        for size in range(len(persons) + 1)
        for some in itertools.combinations(persons, size)
        if sum(some) >= need
    ]
    assert sum(sizes[one] for one in mine) == min(enough)
    assert list_.cost == min(enough) * 1500
    assert card(judged(persons_of(persons, mine), goal), "village", "V")["status"] == "met"
    for less in mine:
        fewer = persons_of(persons, [one for one in mine if one != less])
        assert card(judged(fewer, goal), "village", "V")["status"] == "unmet"


def persons_of(persons: list[int], good: Iterable[str] = ()) -> ProjectData:
    done = set(good)
    homes = [
        {"id": f"H{n}", "village_id": "V", "persons": size, "piped_water": f"H{n}" in done}
        for n, size in enumerate(persons)
    ]
    return project(villages=[{"id": "V", "name": "V村"}], households=homes)


LIT = {
    "id": "lit", "kind": "required", "subjects": "roads", "amount": "length", "measure": "along",
    "items": "streetlights", "where": {"status": ["working"]}, "within_m": 50, "goal": "0.65",
    "work": {"kind": "streetlight-new", "repair": "streetlight-repair", "per": "stretch",
             "quantity": "length/spacing", "spacing_m": 50},
}  # fmt: skip


def test_of_dark_stretches_those_that_are_enough_are_listed() -> None:
    # A road of 1000 m, lit at 0-100, 200-500 and 600-700: 500 m; dark 100, 100 and 300 m. 650 m
    # are needed, 150 more: the long stretch alone takes 6 lamps, the two short ones 2 and 2.
    lamps = [
        {"id": f"L{x}", "village_id": "V", "status": "working", "geometry": at(x, 0)}
        for x in (50, 250, 350, 450, 650)
    ]
    road = {"id": "R", "village_id": "V", "geometry": line((0, 0), (1000, 0))}
    data = project(
        villages=[{"id": "V", "name": "V村", "geometry": field(-10, -500, 1010, 500)}],
        roads=[road], streetlights=lamps,
    )  # fmt: skip
    list_ = filled(judged(data, LIT), "V", "lit")
    assert list_.needed_low == 150
    assert [(row.lon is not None, row.quantity) for row in list_.rounds.itertuples()] == [
        (True, 2), (True, 2)
    ]  # fmt: skip
    assert list_.cost == 4 * 3000
    assert list_.choice is not None
    assert (list_.choice.gain, list_.choice.exact) == (200, True)
    ((round_, stops, metres),) = list_.choice.walks
    assert (round_, stops) == (1, 2)
    # from somewhere on the stretch at 100-200 to somewhere on that at 500-600
    assert metres is not None
    assert 300 <= metres <= 500


def test_a_village_judged_as_a_whole_is_not_said_to_lack_a_village() -> None:
    target = {
        "id": "t", "kind": "required", "subjects": "villages", "measure": "attribute",
        "column": "fiber", "one_of": [True], "goal": "1",
        "work": {"kind": "fiber-village", "per": "village"},
    }  # fmt: skip
    found = judged(project(villages=[{"id": "V", "name": "V村", "fiber": False}]), target)
    (line_, _) = lines(filled(found, "V", "t"), "zh")
    assert "未达标：做完1项即可达标，共5.00万元" in line_
    assert "村。" not in line_


def test_one_list_for_each_required_target_the_village_lacks() -> None:
    other = {**WATER, "id": "other", "goal": "0.9", "column": "fiber"}
    scored = {**WATER, "id": "scored", "kind": "scored"}
    found = told(county({"B": cells(7, 3, 0), "C": cells(9, 1, 0)}), WATER, scored)
    work = worklist(found, load_costs())
    assert [one.target_id for one in fill_all(found, work, "B")] == ["water"]
    assert fill_all(found, work, "C") == []
    data = county({"B": cells(7, 3, 0)})
    data.frames["households"]["fiber"] = data.frames["households"]["piped_water"]
    found = told(data, WATER, other)
    both = fill_all(found, worklist(found, load_costs()), "B")
    assert [(one.target_id, len(one.rounds)) for one in both] == [("water", 1), ("other", 2)]


# ---------------------------------------------------------------------------------- the county


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> ProjectData:
    folder = tmp_path_factory.mktemp("filling") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("cache", "raw", "snapshots"))
    return load(open_project(folder))


def toilets_only(data: ProjectData) -> Assessment:
    rules = load_standard("qingyang-2023")
    mine = [one for one in rules.targets if one.id == TOILET]
    alone = dataclasses.replace(rules, targets=type(rules.targets)(mine))
    return assess(data, alone, scope="all", scopes={})


def built(data: ProjectData, homes: Iterable[str]) -> ProjectData:
    """Give the county as it is once these households have a good toilet."""
    frame = data.frames["toilets"].copy()
    mine = frame["household_id"].isin(list(homes))
    assert mine.sum() >= len(set(homes))
    frame.loc[mine, "type"] = "three_compartment"
    frame.loc[mine, "in_use"] = True
    frame.loc[mine, "defects"] = None
    return dataclasses.replace(data, frames={**data.frames, "toilets": frame})


def statuses(found: Assessment) -> dict[str, str]:
    rows = found.rows("village", TOILET)
    return dict(zip(rows["unit_id"], rows["status"], strict=True))


@pytest.fixture(scope="module")
def lists(demo: ProjectData) -> Mapping[str, Filling]:
    found = toilets_only(demo)
    work = worklist(found, load_costs())
    wanted = [key for key, one in statuses(found).items() if one in ("unmet", "undetermined")]
    return {key: fill_list(found, work, key, TOILET) for key in wanted}


def test_a_list_lifts_its_village_and_one_household_less_does_not(
    demo: ProjectData, lists: Mapping[str, Filling]
) -> None:
    sure = {key: list(one.rounds["subject_id"]) for key, one in lists.items() if one.sure}
    assert len(sure) >= 8
    south = next(one for one in lists.values() if one.village == "南坡村")
    assert len(south.rounds) == 11
    after = statuses(toilets_only(built(demo, itertools.chain(*sure.values()))))
    assert {after[key] for key in sure} == {"met"}
    # one less, the dearest or any other: no village passes
    fewer = itertools.chain(*(homes[1:] for homes in sure.values()))
    without = statuses(toilets_only(built(demo, fewer)))
    assert "met" not in {without[key] for key in sure}


def test_what_is_needed_in_any_case_leaves_the_rest_to_the_survey(
    demo: ProjectData, lists: Mapping[str, Filling]
) -> None:
    cliff = next(one for one in lists.values() if one.village == "红崖村")
    assert cliff.least is not None
    assert cliff.sure is not None
    assert (len(cliff.least.stops), len(cliff.sure.stops), cliff.unknown) == (20, 28, 8)
    homes = list(cliff.least.stops["subject_id"])
    assert statuses(toilets_only(built(demo, homes)))[cliff.village_id] == "undetermined"
    assert statuses(toilets_only(built(demo, homes[1:])))[cliff.village_id] == "unmet"


def test_rounds_of_the_county_are_short_ways(lists: Mapping[str, Filling]) -> None:
    for one in lists.values():
        assert one.rounds["work_id"].is_unique
        assert one.choice is not None
        for _, stops, metres in one.choice.walks:
            assert stops <= 8
            assert metres is not None
            # houses of a village of a few kilometres, not criss-cross
            assert metres < 2500


def test_files_hold_the_same_rows(lists: Mapping[str, Filling]) -> None:
    chosen = [one for one in lists.values() if one.sure][:2]
    wanted = [row for one in chosen for row in one.rounds["work_id"]]
    told_ = json.loads(file_bytes(".geojson", chosen, "zh"))
    assert [one["properties"]["work_id"] for one in told_["features"]] == wanted
    assert all(one["geometry"]["type"] == "Point" for one in told_["features"])
    table = pd.read_csv(io.BytesIO(file_bytes(".csv", chosen, "zh")), encoding="utf-8-sig")
    assert list(table["work_id"]) == wanted
    book = openpyxl.load_workbook(io.BytesIO(file_bytes(".xlsx", chosen, "zh")))
    assert len(book.sheetnames) == 2
    sheet = book.worksheets[0]
    numbers = [cell.value for cell in sheet["D"]][3 : 3 + len(chosen[0].rounds)]
    assert numbers == list(chosen[0].rounds["work_no"])
    with pytest.raises(UsageError, match="kind of file is not written"):
        file_bytes(".pdf", chosen, "zh")
    given_ = json.loads(json.dumps(as_dict(chosen[0], "en")))
    assert [row["work_id"] for row in given_["sure"]["stops"]] == list(chosen[0].rounds["work_id"])


def test_sentences_have_no_holes(lists: Mapping[str, Filling]) -> None:
    for one in lists.values():
        for lang in LANGUAGES:
            told_ = lines(one, lang)
            assert not [line for line in told_ if "{" in line or "fill." in line]


def test_the_command_writes_the_list(village_planner: Callable[..., Any], tmp_path: Path) -> None:
    # ten households, seven with a good toilet: one more makes eight
    folder, out = tmp_path / "tiny", tmp_path / "list.csv"
    shutil.copytree(TINY, folder)
    asked = ("fill", folder, "--village", "621001100202", "--per-round", 4, "--out", out)
    told_ = village_planner(*asked, "--json").json()["lists"]
    toilets = next(one for one in told_ if one["target_id"] == TOILET)
    assert toilets["sure"]["rounds"] == [{"round": 1, "stops": 1, "metres": 0.0}]
    assert toilets["lines"][0].startswith("柳树湾村“卫生户厕普及率”还差1户：做完1项即可达标")
    assert list(pd.read_csv(out)["target_id"]).count(TOILET) == 1
    said = village_planner("fill", folder, "--village", "621001100202", "--target", TOILET)
    assert said.out.splitlines()[0] == toilets["lines"][0]
