"""The lists people work through: three villages of five households, a road with two dark ends."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hand import at, field, judged, line, project

from layers.text import percent
from works.board import Board
from works.effect import after
from works.export import public
from works.figures import exact
from works.items import called, find
from works.library import load_costs
from works.lists import LISTS, Lists, Wanted
from works.worklist import worklist

# Four of five are to have a toilet: in v1 one has, in v2 three, one more unknown, in v3 all.
WITH = {"v1": 1, "v2": 3, "v3": 5}
TOILET = {
    "id": "toilet", "kind": "required", "subjects": "households", "measure": "count",
    "items": "toilets", "by": "household_id", "where": {"in_use": True}, "goal": "0.80",
    "title": {"zh": "户厕", "en": "Toilets"}, "lead": {"zh": "农业局", "en": "Farm bureau"},
    "work": {"kind": "toilet-rebuild", "per": "subject"},
}  # fmt: skip
LIT = {
    "id": "lit", "kind": "scored", "weight": 1, "subjects": "roads", "amount": "length",
    "measure": "along", "items": "streetlights", "where": {"status": ["working"]}, "within_m": 20,
    "goal": "0.9", "lead": {"zh": "交通局", "en": "Transport bureau"},
    "work": {
        "kind": "streetlight-new", "per": "stretch", "quantity": "length/spacing", "spacing_m": 30,
        "repair": "streetlight-repair",
    },
}  # fmt: skip
FIBRE = {
    "id": "fibre", "kind": "scored", "weight": 1, "subjects": "households",
    "measure": "attribute", "column": "fiber", "one_of": [True], "goal": "1",
    "lead": {"zh": "工信局", "en": "Industry bureau"},
    "work": {"kind": "department-handover", "per": "village"},
}  # fmt: skip


def made() -> Lists:
    names = {"v1": ("甲村", "东镇"), "v2": ("乙村", "东镇"), "v3": ("甲村", "西镇")}
    villages, homes, toilets = [], [], []
    for number, (key, (name, town)) in enumerate(names.items()):
        west = number * 1000
        shape = field(west, -500, west + 1000, 500)
        villages.append({"id": key, "name": name, "township": town, "geometry": shape})
        for n in range(5):
            home = f"{key}h{n}"
            place = {"geometry": at(west + 100 + n * 50, 200), "group": f"{n % 2 + 1}组"}
            row = {"id": home, "village_id": key, "head": "王某某", "address": f"{n}号"}
            homes.append(row | place | {"fiber": key != "v2"})
            used = None if home == "v2h4" else n < WITH[key]
            toilets.append({"id": f"t{home}", "household_id": home, "in_use": used})
    # 1000 m through v2: lit to 600 m, three broken lamps to 800 m, lit to 880 m, then none at all
    spots = [(x, "working") for x in (*range(20, 600, 40), 820, 860)]
    spots += [(x, "broken") for x in (640, 700, 760)]
    lamps = [{"id": f"L{x}", "status": s, "geometry": at(1000 + x, 0)} for x, s in spots]
    road = {"id": "Y012", "village_id": "v2", "geometry": line((1000, 0), (2000, 0))}
    data = project(
        villages=villages, households=homes, toilets=toilets, roads=[road], streetlights=lamps
    )
    found = judged(data, TOILET, LIT, FIBRE)
    return Lists(Board(found), worklist(found, load_costs()), load_costs())


@pytest.fixture(scope="module")
def lists() -> Lists:
    return made()


def test_the_nearest_village_comes_first_then_the_targets_of_the_standard(lists: Lists) -> None:
    # a visit could settle v2, v1 lacks three toilets whatever happens
    rows = list(zip(lists.gaps["village_id"], lists.gaps["target_id"], strict=True))
    assert rows == [
        ("v2", "toilet"), *[("v2", "lit")] * 2, *[("v2", "fibre")] * 5, *[("v1", "toilet")] * 4,
    ]  # fmt: skip
    assert list(lists.gaps["id"][8:]) == [f"toilet:v1h{n}" for n in range(1, 5)]
    assert list(lists.survey["id"]) == ["toilet:v2h4"]


def test_what_is_picked_is_counted_and_adds_up(lists: Lists) -> None:
    every = Wanted()
    for wanted, rows in (
        (every, 12), (Wanted(required=True), 5), (Wanted(township="东镇"), 12),
        (Wanted(township="西镇"), 0), (Wanted(village="v1"), 4), (Wanted(target="lit"), 2),
        (Wanted(lead="工信局"), 5), (Wanted(lead="工信局", required=True), 0),
        (Wanted(target="fibre", required=True), 5), (Wanted(village="v1", target="lit"), 0),
    ):  # fmt: skip
        picked = lists.pick("gaps", wanted)
        assert (len(picked), lists.count("gaps", wanted)) == (rows, rows), wanted
        total = lists.total(picked)
        assert total.rows == rows == sum(number for _, number in total.layers)
    total = lists.total(lists.gaps)
    assert total.layers == (("households", 10), ("roads", 2))
    assert (total.targets, total.villages) == (3, 2)


def test_work_is_counted_by_kind_with_its_cost(lists: Lists) -> None:
    # 5 toilets at 1500; 120 m never lit: 4 lamps at 3000; 3 lamps to mend at 500; one letter
    found = {one.kind: (one.tasks, one.quantity, one.cost) for one in lists.efforts(lists.work)}
    assert found == {
        "toilet-rebuild": (5, 5, 7500), "streetlight-new": (1, 4, 12000),
        "streetlight-repair": (1, 3, 1500), "department-handover": (1, 1, 0),
    }  # fmt: skip
    assert lists.total(lists.work).costs == (("CNY", Fraction(21000)),)
    assert lists.rough(lists.work)
    assert not lists.rough(lists.pick("work", Wanted(target="toilet")))
    assert [lists.unit("streetlight-new", "en"), lists.unit("streetlight-new", "zh")] == [
        "lamps",
        "盏",
    ]


def test_figures_over_the_list_are_those_of_the_scorecard(lists: Lists) -> None:
    rows = lists.short("gaps", Wanted())
    assert [row["target_id"] for row in rows] == ["toilet", "lit", "fibre"]
    assert [int(row["unmet"]) for row in rows] == [5, 320, 5]
    assert [row["target_id"] for row in lists.short("survey", Wanted())] == ["toilet"]
    (only,) = lists.short("gaps", Wanted(village="v1"))
    assert (only["level"], int(only["unmet"]), int(only["needed_low"])) == ("village", 4, 3)
    assert [row["target_id"] for row in lists.short("gaps", Wanted(required=True))] == ["toilet"]


def test_an_item_tells_its_work_and_what_it_changes(lists: Lists) -> None:
    found = find(lists, "gaps", "toilet:v2h3")
    assert found is not None
    assert found.work is not None
    assert found.work["kind"] == "toilet-rebuild"
    assert (found.now["status"], found.then["status"]) == ("undetermined", "met")
    assert found.lacking == ()
    mended = find(lists, "gaps", "lit:Y012@v2:0600")
    # the lamps at 640, 700 and 760 m reach 120 m of the 200
    assert exact(mended.then["met"]) - exact(mended.now["met"]) == 120
    assert [row["target_id"] for row in mended.lacking] == ["toilet"]
    assert called(mended.row) == "Y012"
    letter = find(lists, "gaps", "fibre:v2h0")
    assert (letter.amount, letter.then["status"]) == (1, "met")
    assert find(lists, "gaps", "toilet:v3h0") is None
    seen = find(lists, "survey", "toilet:v2h4")
    # three of five and one unknown, four wanted: that one decides
    assert (seen.work, seen.then["status"], int(seen.then["needed_high"])) == (None, "met", 0)


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_every_list_can_be_opened(lists: Lists, name: Any) -> None:
    for key in lists.whole(name)["id"]:
        found = find(lists, name, key)
        assert found is not None
        now, then = found.now, found.then
        for row in (now, then):
            assert exact(row["met"]) + exact(row["unmet"]) + exact(row["unknown"]) == 5 or (
                row["target_id"] == "lit"
            )
        if name == "work":
            share = percent(exact(then["met"]), exact(then["amount"]))
            assert found.work["expected"].endswith(f"→{share}%")


def test_a_gap_has_the_number_of_its_work(lists: Lists) -> None:
    numbers = lists.numbers(lists.gaps)
    assert all(numbers)
    assert len(set(numbers)) == len(lists.work) == 8
    assert numbers[3:8] == [numbers[3]] * 5


def test_two_villages_of_one_name_are_told_apart(lists: Lists) -> None:
    assert lists.village("甲村", "东镇", "zh") == "甲村（东镇）"
    assert lists.village("乙村", "东镇", "zh") == "乙村"
    assert lists.leads("en") == {
        "农业局": "Farm bureau",
        "交通局": "Transport bureau",
        "工信局": "Industry bureau",
    }


def test_the_effect_never_passes_what_there_is() -> None:
    row = {
        "amount": 10, "met": 2, "unmet": 5, "unknown": 3, "status": "unmet", "goal": "0.80",
        "needed_low": 3, "needed_high": 6,
    }  # fmt: skip
    done = after(row, 99)
    assert (done["met"], done["unmet"], done["status"]) == (7, 0, "undetermined")
    assert (done["needed_low"], done["needed_high"]) == (0, 1)
    seen = after(row, 1, "unknown")
    # a visit that finds one in order brings what is sure nearer, not what is possible
    assert (seen["needed_low"], seen["needed_high"], seen["status"]) == (3, 5, "unmet")
    assert after({**row, "status": "reported", "needed_low": None}, 1)["status"] == "reported"


# ---------------------------------------------------------------------------------- the public


def test_for_the_public_nobody_is_named_or_placed(lists: Lists) -> None:
    shown = public(lists.board.assessment, lists.gaps)
    assert list(shown["target_id"]) == list(lists.gaps["target_id"])
    road = shown["target_id"] == "lit"
    assert list(shown.loc[road, "id"]) == list(lists.gaps.loc[road, "id"])
    known = dict(zip(lists.gaps["subject_id"], shown["subject_id"], strict=True))
    numbers = [known[one] for one in lists.gaps.loc[~road, "subject_id"].unique()]
    # One household has one number in a list, and its own is nowhere.
    assert sorted(map(int, numbers)) == list(range(1, len(numbers) + 1))
    hidden = shown.loc[~road, ["id", "subject_id"]].to_string()
    assert not re.search(r"v\dh\d", hidden)
    homes = shown["target_id"] != "lit"
    assert shown.loc[homes, ["subject_name", "address"]].isna().all(axis=None)
    assert set(shown.loc[homes, "position"]) == {"village"}
    # all of v1's stand at one point of v1, none where the household is
    points = shown.geometry[shown["village_id"] == "v1"]
    assert len(set(points.map(str))) == 1
    before = lists.gaps.geometry[lists.gaps["village_id"] == "v1"]
    assert not set(points.map(str)) & set(before.map(str))
    first = shown.iloc[0]
    assert (first["lon"], first["lat"]) == pytest.approx((first.geometry.x, first.geometry.y))
    # a road stays where it is
    road = shown["target_id"] == "lit"
    assert shown.geometry[road].geom_equals(lists.gaps.geometry[road]).all()
    assert set(lists.gaps["subject_name"].dropna()) == {"王某某"}, "the list itself was changed"


def test_the_work_list_for_the_public_is_of_the_same_rows(lists: Lists) -> None:
    shown = public(lists.board.assessment, lists.work)
    assert list(shown.columns) == list(lists.work.columns)
    assert list(shown["work_no"]) == list(lists.work["work_no"])
    assert "王某某" not in shown.drop(columns="geometry").to_string()


def test_households_a_village_has_not_listed_are_no_household() -> None:
    # the village declares five and lists two: one row stands for the other three
    village = {"id": "v1", "name": "甲村", "households": 5, "geometry": field(0, 0, 1000, 1000)}
    homes = [{"id": f"h{n}", "village_id": "v1", "geometry": at(100, n)} for n in range(2)]
    found = judged(project(villages=[village], households=homes, toilets=[]), TOILET)
    few = Lists(Board(found), worklist(found, load_costs()), load_costs())
    assert few.total(few.survey).layers == (("unlisted", 1),)
    assert few.total(few.gaps).layers == (("households", 2),)
    item = find(few, "survey", few.survey["id"].iloc[0])
    assert item is not None
    assert (item.amount, called(item.row)) == (3, "")
