"""Each change by itself: one search over all of them says what judging each singly says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hand import judged, often
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_works_scenarios import COSTS, EMPTY, FOUND, STEP, after, judge, moved, put, xy
from test_works_siting import TAP
from test_works_siting_lines import LIT
from test_works_siting_lines import county as street

from geo.assess import Assessment
from works.scenarios import alone as module
from works.scenarios.alone import Alone, alone
from works.scenarios.effect import Effect, effect_of, totals, villages
from works.scenarios.files import work_frame
from works.scenarios.ground import kit_of, where
from works.scenarios.making import begun
from works.scenarios.scenario import Change, Scenario, deleted, placed, repaired


def singly(effect: Effect, one: Change) -> Alone:
    """Judge one change as if it were the whole scenario."""
    each = effect_of(effect.before, replace(effect.scenario, changes=(one,)), COSTS)
    told, table = totals(each, "t"), villages(each, "t").set_index("village_id")
    shares = {str(key): (row["before"], row["after"], row["amount"])
              for key, row in table.iterrows()}  # fmt: skip
    names = ("unit", "gained", "lost", "people_gained", "people_lost")
    return Alone(**{name: told[name] for name in names}, shares=shares)


def same(made: Alone | None, judged_so: Alone) -> bool:
    assert made is not None
    told = {key: tuple(float(one) for one in made.shares[key]) for key in judged_so.shares}
    wanted = {key: tuple(map(float, row)) for key, row in judged_so.shares.items()}
    return told == wanted and replace(made, shares={}) == replace(judged_so, shares={})


@pytest.fixture(autouse=True)
def _never_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ALONE", 0)


@settings(max_examples=often(25, 300), deadline=None)
@given(st.lists(STEP, max_size=8))
@example([("move_run", 3), ("delete_dry", 0), ("place", 4), ("place", 3)])
def test_each_change_does_what_it_does_alone(steps: list[tuple[str, int]]) -> None:
    effect = judge(after(steps))
    for one, made in zip(effect.scenario.changes, alone(effect, COSTS), strict=True):
        assert same(made, singly(effect, one)), one


def test_a_home_with_two_taps_loses_neither_by_itself() -> None:
    # The homes at 0 and 50 have the tap at 25; with another that is new there it stays the same
    # two: taking the old one away alone loses both, and placing the new one alone gains nobody.
    held = deleted(put(EMPTY, 20), "water_points", "run")
    effect = judge(held)
    assert totals(effect, "t")["lost"] == 0
    new, gone = alone(effect, COSTS)
    assert new is not None
    assert gone is not None
    assert (new.gained, new.lost, gone.gained, gone.lost) == (0, 0, 0, 2)
    assert tuple(gone.shares["A"]) == (2, 0, 5)
    assert tuple(gone.shares["B"]) == (0, 0, 5)


def test_lamps_are_told_apart_by_the_metre() -> None:
    # The street runs from 100 to 300; the lamp at 100 lights 20 m of it.
    found = judged(street(), LIT)
    kit = kit_of(found, "t")
    held = begun(found, kit)
    for x in (150, 170, 290):
        held = placed(held, kit.layer, kit.making.cells, xy(x))
    held = repaired(held, kit.layer, "off")
    held = moved(held, kit.layer, "on", xy(210), where(found, kit.layer, "on"))
    effect = effect_of(found, held, COSTS)
    made = alone(effect, COSTS)
    # 130-170; 150-190; 270-300; 260-300; and 190-230 for 100-120.
    assert [one and (one.gained, one.lost) for one in made] == [
        (40, 0), (40, 0), (30, 0), (40, 0), (20, 0),
    ]  # fmt: skip
    for one, told in zip(held.changes, made, strict=True):
        assert same(told, singly(effect, one)), one


def many(found: Assessment, count: int) -> Scenario:
    held = begun(found, kit_of(found, "t"))
    for n in range(count):
        held = placed(held, "water_points", {"status": "working"}, xy(n * 40, 480))
    return held


def test_a_long_scenario_says_it_of_every_change() -> None:
    effect = judge(many(FOUND, 48))
    frame = work_frame(effect, COSTS)
    assert len(frame) == 48
    assert frame["expected"].notna().all()
    # At 400 metres: the homes at 400 and 450 beside those at 0 and 50.
    assert frame["expected"].iloc[10] == "40.0%→80.0%"


def test_where_two_things_are_wanted_at_once_few_are_judged_and_many_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twice = {**TAP, "measure": "count", "items": "water_points", "within_m": 100, "at_least": 2}
    twice.pop("facilities")
    found = judged(FOUND.ground.data, twice)
    effect = effect_of(found, many(found, 3), COSTS)
    assert alone(effect, COSTS) == [None, None, None]
    monkeypatch.setattr(module, "MOST_ALONE", 3)
    for one, made in zip(effect.scenario.changes, alone(effect, COSTS), strict=True):
        assert same(made, singly(effect, one))


def test_what_the_data_no_longer_have_is_left_open() -> None:
    effect = judge(deleted(put(EMPTY, 425), "water_points", "none"))
    first, second = alone(effect, COSTS)
    assert first is not None
    assert second is None
