"""Places of services: ways counted by hand on one street, confirmed by judging what is built."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand import at, judged, line, project
from test_works_siting import COSTS, A, B, homes, ids, spots

from geo.siting.trips import farther
from layers.errors import ConservationError, UsageError
from layers.frames import ProjectData
from works.siting.built import ground_of, with_built
from works.siting.files import plan_dict, sites_frame
from works.siting.plan import SitePlan, plan_sites
from works.siting.robust import moved, neighbours, variants
from works.siting.service import hold, summary, ways_table
from works.siting.shown import so_far
from works.siting.told import told
from works.siting.wish import Wish

SHOP = {"subjects": "households", "measure": "reach", "facilities": "facilities",
        "where": {"kind": ["clinic"], "status": ["working"]}, "within_m": 150,
        "title": {"zh": "卫生室", "en": "Clinic"}}  # fmt: skip
OLD = {"id": "old", "kind": "clinic", "status": "working", "geometry": at(0, 500)}
STREET = homes(0, 100, 600, 700, 950)


def placed(data: ProjectData, given: Any, model: str, sites: int, **more: Any) -> SitePlan:
    target = {**SHOP, **more.pop("target", {})}
    wish = Wish("t", model=model, sites=sites, given=(given,), **more)
    return plan_sites(judged(data, target), wish, COSTS)


def ways(made: SitePlan) -> dict[str, Any]:
    return summary(made.siting, made.asked.scale)  # type: ignore[arg-type]


def test_the_mean_way_and_the_longest_way() -> None:
    # Ways to what stands at 0: 0, 100, 600, 700, 950. A new one at 700 leaves 0, 100, 100, 0, 250
    # (mean 90); at 800 it leaves 0, 100, 200, 100, 150 (mean 110, but nobody has more than 200).
    data = project(villages=[A], households=STREET, facilities=[OLD])
    given = spots(m=700, c=800, w=0)
    made = placed(data, given, "median", 1)
    assert ids(made) == ["m"]
    found = ways(made)
    assert (found["mean_before"], found["mean_after"]) == (470.0, 90.0)
    assert (found["longest_before"], found["longest_after"]) == (950.0, 250.0)
    assert (found["bound"], made.siting.status, made.siting.gap) == (90.0, "optimal", 0.0)
    assert made.siting.users.tolist() == [3]  # type: ignore[attr-defined]
    # Two more are within 150 m: the shares are those of the project judged with it built.
    assert (made.totals["before"], made.totals["after"], made.totals["gain"]) == (2, 4, 2)
    assert made.sites["gain"].tolist() == [2]
    far = placed(data, given, "center", 1)
    assert ids(far) == ["c"]
    assert (ways(far)["longest_after"], ways(far)["bound"]) == (200.0, 200.0)
    assert ways(far)["mean_after"] == 110.0
    lines = told(made)
    assert "按直线计，平均路程由470米变为90米，最远由950米变为250米" in lines.lines["zh"]
    assert "Nearest for 3 households." in lines.cards["en"][0]
    assert neighbours(made, 1.0) == []
    cells = plan_dict(made, lines)
    assert cells["model"] == "median"
    assert cells["ways"]["users"] == {"m": 3}
    assert variants(made, COSTS, 2.0).chosen == {"m": 2}


def test_moving_a_service_makes_ways_longer() -> None:
    data = project(villages=[A], households=STREET, facilities=[OLD])
    # From 700 north: 104.4, 30 and 251.8 m in place of 100, 0 and 250, of five homes.
    made = placed(data, spots(m=700), "median", 1)
    one = moved(made)[0]
    assert (one.metres, one.to, one.loses) == (30, "n", 0)
    assert (round(one.mean, 1), round(one.longest, 1)) == (7.2, 1.8)
    text = told(made, moved(made)).cards
    assert "向北移30米，平均路程增加7.2米，最远增加1.8米。" in text["zh"][0]
    assert "30 m to the north: the mean way grows by 7.2 m, the longest by 1.8 m." in text["en"][0]
    cells = sites_frame(made, told(made, moved(made)), COSTS).iloc[0]
    assert (cells["moved_mean"], cells["moved_longest"]) == (7.2, 1.8)
    # The longest way from 800 is that to 600: it grows to the east, metre by metre.
    far = moved(placed(data, spots(c=800), "center", 1))[0]
    assert (far.to, round(far.longest, 1)) == ("e", 30.0)
    # Whoever stands nowhere near anything else may as well be here as there.
    alone = placed(project(villages=[A], households=homes(0), facilities=[OLD]), spots(c=900),
                   "median", 1)  # fmt: skip
    assert "移动，平均和最远路程都不增加" in told(alone, moved(alone)).cards["zh"][0]


def test_better_places_are_shown_on_the_way() -> None:
    data = project(villages=[A], households=STREET, facilities=[OLD])
    for model, value in (("median", "平均路程90米"), ("center", "最远250米")):
        found: list[Any] = []
        wish = Wish("t", model=model, sites=1, given=(spots(m=700, c=800, w=0),))
        made = plan_sites(judged(data, SHOP), wish, COSTS, improve=found.append)
        first = found[0]
        assert (first.status, len(first.gain)) == ("gap", 1)
        assert value in so_far(made.asked, first, "zh")
        assert "not known" not in so_far(made.asked, first, "en")
        assert "相差" not in so_far(made.asked, first, "zh")


def test_everybody_s_way_is_listed_and_confirmed() -> None:
    data = project(villages=[A], households=STREET, facilities=[OLD])
    made = placed(data, spots(m=700), "median", 1)
    table = ways_table(made.asked, made.siting).set_index("subject_id")  # type: ignore[arg-type]
    assert table["after"].tolist() == [0.0, 100.0, 100.0, 0.0, 250.0]
    assert table["goes_to"].tolist() == ["old", "old", "site:m", "site:m", "site:m"]
    asked = made.asked
    built = ground_of(asked.found, with_built(data, "facilities", made.sites, asked.making, {}))
    wrong = replace(made.siting, now=made.siting.now + np.array([0, 0, 0, 0, 1.0]))  # type: ignore
    with pytest.raises(ConservationError, match="1 ways are others"):
        hold(asked, wrong, built)  # type: ignore[arg-type]


def test_people_who_move_to_the_larger_villages_or_away() -> None:
    # West 10 homes, east 11. With 9 tenths of the east (9.9) and 11 of the west (11) west wins.
    tap = {**SHOP, "facilities": "water_points", "where": {"status": ["working"]}}
    west, east = [100.0] * 10, [1500.0] * 11
    data = project(villages=[A, B], households=homes(*west) + homes(*east, start=10),
                   water_points=[])  # fmt: skip
    made = plan_sites(judged(data, tap), Wish("t", model="sites", sites=1,
                                              given=(spots(w=100, e=1500),)), COSTS)  # fmt: skip
    assert ids(made) == ["e"]
    found = variants(made, COSTS, 2.0)
    assert found.table.set_index("variant").loc[["people_large", "people_small"], "gain"].tolist(
    ) == [11, 10]  # fmt: skip
    # A tenth stricter and looser limit and a larger east choose it; a larger west does not.
    assert (found.chosen, len(found.names)) == ({"e": 3}, 4)


def test_who_has_it_another_way_has_no_way_to_go() -> None:
    either = {"any_of": [{"measure": "attribute", "column": "piped_water", "one_of": [True]},
                         {key: SHOP[key] for key in ("measure", "facilities", "where",
                                                     "within_m")}]}  # fmt: skip
    alone = {key: one for key, one in SHOP.items()
             if key not in ("measure", "facilities", "where", "within_m")}  # fmt: skip
    people = [{**one, "piped_water": one["id"] == "H4"} for one in STREET]
    data = project(villages=[A], households=people, facilities=[OLD])
    found = judged(data, {**alone, **either})
    made = plan_sites(found, Wish("t", model="center", sites=1,
                                  given=(spots(m=650, c=800),)), COSTS)  # fmt: skip
    assert (ids(made), ways(made)["longest_after"]) == (["m"], 100.0)


def test_of_two_ways_the_first_that_can_be_measured() -> None:
    # No heights here: straight it is. Who is near what stands today counts with their way.
    reaches = [{"measure": "reach", "facilities": "facilities", "where": SHOP["where"], **more}
               for more in ({"mode": "terrain", "minutes": 5}, {"within_m": 150})]  # fmt: skip
    target = {"subjects": "households", "any_of": reaches}
    data = project(villages=[A], households=STREET, facilities=[OLD])
    made = plan_sites(judged(data, target), Wish("t", model="median", sites=2, given=(
        spots(m=700, w=0),), forced=frozenset({"w"})), COSTS)  # fmt: skip
    assert (ways(made)["mode"], ways(made)["mean_after"]) == ("straight", 90.0)
    # Both at 0 have it already: nobody is gained there.
    assert (ids(made), made.sites["people"].tolist()) == (["w", "m"], [0, 6])


def test_nothing_stands_more_sites_than_candidates_and_none() -> None:
    data = project(villages=[A], households=homes(0, 100, 300), facilities=[])
    made = placed(data, spots(a=0, b=300), "median", 5)
    assert set(ids(made)) == {"a", "b"}
    assert {"code": "all_sites"} in made.notes
    assert ways(made)["mean_before"] is None
    assert "Straight: nobody has a way today" in "".join(told(made).lines["en"])
    none = placed(data, spots(a={"x": 0, "state": "forbidden"}), "median", 1)
    assert (ids(none), {"code": "no_candidates"} in none.notes) == ([], True)
    assert ways(none)["unreachable"] == 3
    assert "3户到不了任何设施（见ways.csv）" in told(none).lines["zh"]
    both = placed(data, spots(a=0, b=300), "center", 1, forced=frozenset({"a", "b"}))
    assert (both.siting.status, ids(both)) == ("infeasible", [])
    assert placed(data, spots(a=0), "center", 0).totals["gain"] == 0
    last = placed(data, spots(a=0, b=300), "median", 1, forced=frozenset({"b"}))
    assert ids(last) == ["b"]


def test_along_roads_who_is_cut_off_is_told_apart() -> None:
    # Two roads that do not meet: what is built on one is no way for who lives on the other.
    roads = [{"id": "r1", "geometry": line((0, 500), (500, 500))},
             {"id": "r2", "geometry": line((0, 900), (500, 900))}]  # fmt: skip
    people = [*homes(0, 500), *homes(250, y=900, start=2)]
    data = project(villages=[A], households=people, facilities=[], roads=roads)
    made = placed(data, spots(a=0, b=500), "median", 1, target={"mode": "road"})
    assert ways(made)["unreachable"] == 1
    table = ways_table(made.asked, made.siting).set_index("subject_id")  # type: ignore[arg-type]
    assert table["after"].isna().tolist() == [False, False, True]
    assert ways(made)["longest_after"] == 500.0


def test_a_target_without_one_way_is_told() -> None:
    count = {"subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
             "where": {"kind": ["clinic"]}}  # fmt: skip
    data = project(villages=[A], facilities=[OLD])
    with pytest.raises(UsageError, match="Choose a target with reach"):
        plan_sites(judged(data, count), Wish("t", model="median", sites=1,
                                             given=(spots(a=1),)), COSTS)  # fmt: skip


def test_ways_are_searched_beyond_the_limit() -> None:
    minutes = {"facilities": "f", "minutes": 10, "speed_m_per_min": 80, "round_trip": True}
    assert farther({**minutes, "mode": "road"}, 10**9)["within_m"] == 1200.0
    assert farther({**minutes, "mode": "terrain"}, 1)["minutes"] == 30.0
    assert farther(minutes, 1)["within_m"] == 1e8
