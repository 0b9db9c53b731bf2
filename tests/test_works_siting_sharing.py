"""Places of things that serve only so many: sums by hand, held against the target judged anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand import at, card, judged, project
from test_works_siting import COSTS, TAP, A, B, confirmed, homes, ids, reasons, spots

from layers.errors import ConservationError, UsageError
from layers.frames import ProjectData
from layers.text import t
from works.scenarios.effect import effect_of, totals
from works.scenarios.making import of_plan
from works.siting.asking import prepare
from works.siting.files import library_rows, sites_frame
from works.siting.plan import SitePlan, plan_sites
from works.siting.robust import neighbours
from works.siting.sharing import hold_sum
from works.siting.shown import curve_points, village_rows
from works.siting.told import beside, told, why_not
from works.siting.wish import Wish

PUMP = {**TAP, "capacity": 2}
OLD = {"id": "old", "status": "working", "geometry": at(0, 500)}


def shared(data: ProjectData, given: Any, target: dict[str, Any] | None = None,
           **more: Any) -> SitePlan:  # fmt: skip
    return plan_sites(judged(data, target or PUMP), Wish("t", given=(given,), **more), COSTS)


def test_two_at_one_place_where_one_is_full() -> None:
    # Five homes, the old pump serves two. Two new ones at one spot serve two and the last.
    data = project(villages=[A], households=homes(0, 10, 20, 30, 40), water_points=[OLD])
    made = shared(data, spots(a=20, b=20, far=900), model="sites", sites=3)
    assert sorted(ids(made)) == ["a", "b"]
    assert made.sites["gain"].tolist() == [2, 1]
    assert (made.totals["before"], made.totals["after"]) == (2, 5)
    assert (made.siting.status, made.siting.bound) == ("optimal", 3.0)
    assert made.sites["households"].tolist() == [2, 1]
    confirmed(made)
    one = shared(data, spots(a=20, b=20), model="sites", sites=1)
    assert one.totals["after"] == 4
    assert list(reasons(one).values()) == ["capacity"]
    assert "设施容量已满" in "".join(told(one).lines["zh"])
    assert "超出容量" in told(one).cards["zh"][0]
    assert neighbours(one, 1.0) == []
    confirmed(one)


def test_every_village_its_goal_and_what_stands_serves_first() -> None:
    # East: four homes, 80 % is 4 of 4, two a pump. West: the old pump serves both homes.
    data = project(
        villages=[A, B], households=homes(500, 510, 520, 530) + homes(1500, 1510, start=4),
        water_points=[{**OLD, "geometry": at(1500, 500)}],
    )  # fmt: skip
    made = shared(data, spots(a=505, b=525, c=600, w=1500))
    assert len(ids(made)) == 2
    assert "w" not in ids(made)
    assert made.villages["status"].tolist() == ["reaches_goal", "had_goal"]
    assert made.villages[["before", "after", "best"]].to_numpy().tolist() == [[0, 4, 4], [2, 2, 2]]
    assert (made.siting.status, made.siting.bound) == ("optimal", 2.0)
    assert card(confirmed(made), "village", "A")["status"] == "met"
    cannot = shared(data, spots(a=505))
    assert cannot.villages["status"].tolist() == ["cannot", "had_goal"]
    assert cannot.villages["after"].tolist() == [2, 2]


def test_for_money_and_with_the_usual_room_of_a_column() -> None:
    target = {**TAP, "capacity": "max_users"}
    pumps = [{**OLD, "max_users": 3}, {"id": "o2", "status": "working", "geometry": at(5, 500),
                                       "max_users": 1}]  # fmt: skip
    data = project(villages=[A], households=homes(0, 500, 510, 520), water_points=pumps)
    made = shared(data, spots(a={"x": 505, "cost": 9}), target, model="budget", budget=10)
    # The usual of 3 and 1 is 2: one of the three stays without.
    assert (ids(made), made.totals["gain"], made.totals["cost"]) == (["a"], 2, 9)
    assert any("max_users" in one.get("columns", "") for one in made.notes)
    confirmed(made)
    none = project(villages=[A], households=homes(0), water_points=[OLD])
    with pytest.raises(UsageError, match="nobody knows how many a new one serves"):
        shared(none, spots(a=0), target, model="sites", sites=1)


def test_a_promise_that_is_not_kept_is_a_mistake() -> None:
    data = project(villages=[A], households=homes(0, 10, 20), water_points=[OLD])
    found = judged(data, PUMP)
    made = shared(data, spots(a=20), model="sites", sites=1)
    asked = prepare(found, Wish("t", given=(spots(a=20),), model="sites", sites=1), COSTS)
    wrong = replace(made.siting, promised=2)  # type: ignore[call-arg]
    hold_sum(asked, replace(wrong, promised=2), asked.demand.verdicts)  # type: ignore
    with pytest.raises(ConservationError, match="3 were promised"):
        hold_sum(asked, made.siting, asked.demand.verdicts)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="serve only so many each"):
        shared(data, spots(a=20), model="median", sites=1)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_promised_is_what_is_judged(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = [{"id": f"H{n}", "geometry": at(x, y)} for n, (x, y) in
              enumerate(rng.uniform([0, 400], [1999, 600], (40, 2)).round())]  # fmt: skip
    stands = [{"id": f"p{n}", "status": "working", "geometry": at(x, 500)}
              for n, x in enumerate(rng.uniform(0, 2000, 3).round())]  # fmt: skip
    data = project(villages=[A, B], households=people, water_points=stands)
    given = spots(**{f"c{n}": float(x) for n, x in enumerate(rng.uniform(0, 2000, 14).round())})
    target = {**PUMP, "capacity": 4, "within_m": 250}
    for more in ({"model": "sites", "sites": 3}, {"goal": None}):
        made = shared(data, given, target, **more)
        assert made.totals["after"] == made.totals["before"] + made.sites["gain"].sum()
        assert made.siting.bound >= made.totals["gain"] or made.siting.aim == "fewest"
        assert made.villages["after"].sum() == made.totals["after"]
        confirmed(made)


# ---------------------------------------------------------------------------------- its own figure

ROOMY = {**TAP, "capacity": "max_users"}


def two_pumps() -> list[dict[str, Any]]:
    return [{**OLD, "max_users": 2, "geometry": at(900, 500)}]


def test_a_candidate_that_says_how_many_it_serves() -> None:
    # Four homes in range of both places; the usual pump serves two, "wide" says three.
    data = project(villages=[A], households=homes(0, 10, 20, 30), water_points=two_pumps())
    given = spots(usual=15, wide={"x": 15, "capacity": 3})
    made = shared(data, given, ROOMY, model="sites", sites=1)
    assert (ids(made), made.totals["gain"]) == (["wide"], 3)
    assert made.sites["serves"].tolist() == [3]
    assert not [one for one in made.notes if "max_users" in one.get("columns", "")]
    confirmed(made)
    both = shared(data, given, ROOMY, model="sites", sites=2)
    assert (both.sites["gain"].tolist(), both.sites["serves"].tolist()) == ([3, 1], [3, 2])
    words = told(both)
    frame = sites_frame(both, words, COSTS)
    assert frame["capacity"].tolist() == [3, 2]
    rows = library_rows(both, words, COSTS, "zh")
    assert "可服务3户" in rows["content"][0]
    assert "可服务2户" in rows["content"][1]
    assert "可服务3户" in words.cards["zh"][0]
    # What is kept and tried on the map does exactly the same.
    effect = effect_of(both.asked.found, of_plan(both), COSTS)
    assert totals(effect, "t")["after"] == both.totals["after"] == 4


def test_times_a_number_and_where_nobody_else_says_it() -> None:
    # One of the column is two homes: a candidate for three homes is written as 1.5.
    target = {**TAP, "capacity": {"column": "max_users", "n": 2}}
    dry = {"id": "dry", "status": "broken", "geometry": at(900, 500)}
    data = project(villages=[A], households=homes(0, 10, 20, 30), water_points=[dry])
    made = shared(data, spots(a={"x": 15, "capacity": 3}), target, model="sites", sites=1)
    assert (made.totals["gain"], made.asked.making.of(3)["max_users"]) == (3, "1.5")
    confirmed(made)
    effect = effect_of(made.asked.found, of_plan(made), COSTS)
    assert totals(effect, "t")["after"] == 3
    # Where the standard itself says how many, a candidate's own figure is left aside, and told.
    fixed = shared(data, spots(a={"x": 15, "capacity": 3}), PUMP, model="sites", sites=1)
    assert fixed.totals["gain"] == 2
    assert "capacity_unused" in [one["code"] for one in fixed.notes]


def crowded() -> tuple[ProjectData, Any]:
    """A's two homes lack a pump. B has its goal; its fifth home is nearest to the one place."""
    stands = [{**OLD, "id": f"p{x}", "geometry": at(x, 500)} for x in (1500, 1520)]
    people = homes(905, 910) + homes(1500, 1505, 1515, 1520, 1001, start=2)
    data = project(villages=[A, B], households=people, water_points=stands)
    return data, spots(a=990)


def test_neighbours_use_what_was_built_for_a_village() -> None:
    data, given = crowded()
    made = shared(data, given, PUMP)
    # The pump serves two of three, the nearest first: B's fifth home and one of A's.
    assert made.villages["after"].tolist() == [1, 5]
    assert made.siting.left == ("A",)  # type: ignore[attr-defined]
    assert (made.siting.status, made.siting.bound) == ("gap", 1.0)
    lines = told(made).lines
    assert "邻村用去" in "".join(lines["zh"])
    assert "东村" in "".join(lines["zh"])
    assert "已证明" not in "".join(lines["zh"])
    assert "not called the best: 1" in "".join(lines["en"])
    assert next(one.word for one in village_rows(made, "zh") if one.id == "A") == t(
        "site.village.shared", "zh"
    )
    confirmed(made)


def test_why_not_another_place_counts_what_is_served_and_not_who_is_near() -> None:
    data = project(villages=[A], households=homes(0, 10, 20, 30), water_points=[])
    made = shared(data, spots(a=15, b=20), model="sites", sites=1)
    # The one not chosen would serve the other two; coverage alone calls all four reached.
    (other,) = {"a", "b"} - set(ids(made))
    assert beside(made, [0 if other == "a" else 1]) == [2]
    assert curve_points(made, 1.0) == []
    full = shared(data, spots(a=15, b=20, c=15), model="sites", sites=2)
    (other,) = {"a", "b", "c"} - set(ids(full))
    assert why_not(full, other, "zh") == t("site.card.not_unserved", "zh")
