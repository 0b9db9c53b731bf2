"""Who gains and who loses as places to draw: every figure again from the scorecard's sums."""

from __future__ import annotations

import numpy as np
import pytest
from hand import at, judged, project
from test_works_scenarios import COSTS, put, seen, xy
from test_works_siting import TAP, A, B, homes

from geo.assess import Assessment, assess
from works.scenarios.effect import Effect, effect_of, totals
from works.scenarios.ground import changed, kit_of
from works.scenarios.making import begun
from works.scenarios.scenario import Scenario, deleted, moved, placed
from works.scenarios.seen import Seen, seen_of


def tried(held: Scenario, found: Assessment) -> Effect:
    return effect_of(found, held, COSTS)


def sums(found: Seen) -> tuple[float, float]:
    up = sum(one.amount for one in found.spots if one.gains) + found.unplaced_gained
    down = sum(one.amount for one in found.spots if not one.gains) + found.unplaced_lost
    return up, down


def test_each_home_that_gains_or_loses_has_one_mark() -> None:
    found = seen()
    empty = begun(found, kit_of(found, "t"))
    assert seen_of(tried(empty, found), "t") == Seen()
    # The tap at 25 goes (0 and 50 lose it); a new one at 425 gives 400 and 450.
    effect = tried(deleted(put(empty, 425), "water_points", "run"), found)
    shown = seen_of(effect, "t")
    assert [one.gains for one in shown.spots] == [True, True, False, False]
    assert not shown.by_village
    assert sums(shown) == (2, 2)
    lon = [one.lon for one in shown.spots]
    assert lon[2] < lon[3] < lon[0] < lon[1]
    # Fewer marks than that: one for each village and side.
    villages = seen_of(effect, "t", most=3)
    assert villages.by_village
    assert [(one.gains, one.amount) for one in villages.spots] == [(True, 2), (False, 2)]
    assert sums(villages) == (2, 2)


def test_who_has_no_place_is_counted_and_not_drawn() -> None:
    rule = {**TAP, "measure": "count", "items": "water_points", "by": "village_id", "at_least": 1}
    for name in ("facilities", "within_m"):
        del rule[name]
    people = [{"id": f"H{n}", "village_id": "A", "persons": 2, **({"geometry": at(n, 500)} if n
              else {})} for n in range(3)]  # fmt: skip
    found = judged(project(villages=[A], households=people, water_points=[]), rule)
    kit = kit_of(found, "t")
    effect = tried(placed(begun(found, kit), "water_points", kit.making.cells, xy(5)), found)
    shown = seen_of(effect, "t")
    assert (len(shown.spots), shown.unplaced_gained, shown.unplaced_lost) == (2, 1, 0)


ROOMY = {**TAP, "capacity": "max_users", "within_m": 250}


@pytest.mark.parametrize("seed", range(4))
def test_what_serves_only_so_many_is_judged_whole(seed: int) -> None:
    # Any mix of new, moved and taken away: the same as everything assessed anew, home by home.
    rng = np.random.default_rng(seed)
    where = rng.uniform(0, 1999, 30).round()
    taps = [
        {"id": f"p{n}", "status": "working", "max_users": int(rng.integers(1, 6)),
         "geometry": at(x, 500)}
        for n, x in enumerate(rng.uniform(0, 1999, 5).round())
    ]  # fmt: skip
    data = project(villages=[A, B], households=homes(*where), water_points=taps)
    both = {**ROOMY, "id": "other", "any_of": [
        {"measure": "attribute", "column": "persons", "at_least": 9},
        {key: ROOMY[key] for key in ("measure", "facilities", "where", "within_m", "capacity")},
    ]}  # fmt: skip
    for name in ("measure", "facilities", "where", "within_m", "capacity"):
        del both[name]
    found = judged(data, ROOMY, both)
    kit = kit_of(found, "t")
    held = placed(begun(found, kit), "water_points", kit.making.of(7), xy(float(where[0])))
    held = placed(held, "water_points", kit.making.cells, xy(float(where[1])))
    held = moved(held, "water_points", "p0", xy(float(where[2])), None)
    held = deleted(held, "water_points", "p1")
    effect = tried(held, found)
    assert effect.targets == ("t", "other")
    full = assess(changed(found, held), found.standard, as_of=found.as_of)
    for key in effect.targets:
        now = effect.verdicts(key)[1]
        want = next(one for one in full.found if one.key == key)
        assert now.rows.ids.tolist() == want.rows.ids.tolist()
        assert (now.met == want.met).all()
        assert (now.unknown == want.unknown).all()
        assert effect.after.rows("county", key).iloc[0]["met"] == int(want.met.sum())
        told = totals(effect, key)
        assert sums(seen_of(effect, key)) == (told["gained"], told["lost"])
        assert told["before"] + told["gained"] - told["lost"] == told["after"]
