"""The next village after a plan of sites: what it takes to its goal, in words and in plan.json."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hand import project
from test_works_siting import A, B, homes, plan, spots, wish

from geo.siting.lifting import Lifts
from works.siting.files import plan_dict
from works.siting.plan import SitePlan
from works.siting.told import told
from works.siting.upcoming import next_text, upcoming


def county(**more: Any) -> SitePlan:
    """Plan one site of three: each village's goal is 80 %, and A needs one, B two."""
    data = project(
        villages=[A, B],
        households=[*homes(100, 110, 120, 130, 900), *homes(1100, 1110, 1500, 1510, start=5)],
        water_points=[],
    )
    given = spots(
        a={"x": 120, "cost": 50_000}, far={"x": 900, "cost": 9_000},
        b={"x": 1100, "cost": 30_000}, c={"x": 1500, "cost": 20_000},
    )  # fmt: skip
    return plan(data, wish(given, **more))


def test_the_next_village_and_those_after() -> None:
    made = county(model="budget", budget=9_000)
    assert made.sites["id"].tolist() == ["far"]
    found = upcoming(made)
    assert found is not None
    assert [(one.group, one.cost, one.proved) for one in found.each] == [
        (0, 50_000, True), (1, 50_000, True),
    ]  # fmt: skip
    assert [(one.cost, one.villages) for one in found.steps] == [(50_000, 1), (100_000, 2)]
    words = told(made, following=found)
    assert "再增1村达标需5.00万元（东村，再建1处）" in words.lines["zh"]
    assert "逐村往下推算：10.00万元增2个村（上限估计，可能更省）" in words.lines["zh"]
    assert any("One more village reaches its goal" in one for one in words.lines["en"])
    cells = plan_dict(made, words)["next_villages"]
    assert cells["villages"][0] == {
        "village_id": "A", "cost": 50_000, "at_least": 50_000, "proved": True, "sites": ["a"],
    }  # fmt: skip
    assert cells["villages"][1]["sites"] in (["b", "c"], ["c", "b"])
    assert cells["curve"] == [{"cost": 50_000, "villages": 1}, {"cost": 100_000, "villages": 2}]


def test_what_the_plan_builds_counts() -> None:
    made = county(model="sites", sites=2)
    # One site for A, one for B: the other half of B is what is left.
    assert sorted(made.sites["id"]) in (["a", "b"], ["a", "c"])
    found = upcoming(made)
    assert found is not None
    assert [one.group for one in found.each] == [1]
    assert found.each[0].cost in (20_000, 30_000)


def test_where_there_is_nothing_to_say() -> None:
    assert upcoming(county(model="per_village")) is None
    assert upcoming(county(model="sites", sites=4)) is None
    made = county(model="sites", sites=1)
    frame = made.asked.places.frame.copy()
    frame.loc[frame["id"] == "c", "cost"] = None
    places = replace(made.asked.places, frame=frame)
    unpriced = replace(made, asked=replace(made.asked, places=places))
    assert upcoming(unpriced) is None
    assert plan_dict(made, told(made))["next_villages"] is None


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有算完（2个村）"), ("en", "no time to find")])
def test_too_slow_is_said(lang: str, said: str) -> None:
    made = county(model="budget", budget=9_000)
    assert said in next_text(made, upcoming(made, 0.0), lang)[0]
    first = upcoming(made)
    assert first is not None
    loose = Lifts(first.each, 1, first.least)
    assert ("至多需" if lang == "zh" else "at most") in next_text(made, loose, lang)[0]
