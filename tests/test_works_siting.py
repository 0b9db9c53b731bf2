"""Plans of places: small counties counted by hand, then a real settlement; always confirmed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hand import DAY, METRIC, at, card, field, judged, project

from geo.assess import Assessment
from layers.errors import UsageError
from layers.frames import ProjectData, surveyed_table
from works.library import load_costs
from works.siting.asking import servable
from works.siting.built import assess_built, row_ids, with_built
from works.siting.plan import SitePlan, describe, plan_sites
from works.siting.robust import moved, neighbours, variants
from works.siting.rules import prices, rules
from works.siting.told import told, why_not
from works.siting.wish import Way, Wish

COSTS = load_costs()
TAP = {"subjects": "households", "measure": "reach", "facilities": "water_points",
       "where": {"status": ["working"]}, "within_m": 100, "goal": "0.8", "title": {"zh": "水",
       "en": "Water"}}  # fmt: skip
A = {"id": "A", "name": "东村", "township": "甲乡", "geometry": field(0, 0, 1000, 1000)}
B = {"id": "B", "name": "西村", "township": "甲乡", "geometry": field(1000, 0, 2000, 1000)}


def homes(*xs: float, y: float = 500, start: int = 0, persons: int = 3) -> list[dict[str, Any]]:
    return [{"id": f"H{start + n}", "persons": persons, "geometry": at(x, y)}
            for n, x in enumerate(xs)]  # fmt: skip


def spots(**xs: Any) -> gpd.GeoDataFrame:
    """Make candidates: id to x (at y = 500), or to x and other columns."""
    rows = [{"id": key, **({"x": one} if np.isscalar(one) else one)} for key, one in xs.items()]
    table = pd.DataFrame(rows)
    shapes = [at(x, 500) for x in table.pop("x")]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=METRIC)


def plan(data: ProjectData, wish: Wish, *targets: dict[str, Any]) -> SitePlan:
    return plan_sites(judged(data, *(targets or (TAP,))), wish, COSTS)


def wish(given: gpd.GeoDataFrame, **more: Any) -> Wish:
    return Wish("t", given=(given,), **more)


def confirmed(made: SitePlan) -> Assessment:
    """Assess the whole standard on the project with the sites built; hold the plan against it."""
    asked = made.asked
    data = with_built(asked.found.ground.data, asked.question.layer, made.sites, asked.making,
                      asked.mending)  # fmt: skip
    found = assess_built(asked.found, data, scope="all", scopes={})
    for row in made.villages.to_dict("records"):
        shown = card(found, "village", row["village_id"], asked.target.id)
        assert float(shown["met"]) == row["after"], row
        assert float(shown["amount"]) == row["amount"], row
        if row["status"] in ("reaches_goal", "had_goal") and asked.wish.goal is None:
            assert shown["status"] == "met"
        if row["status"] in ("below_goal", "cannot") and asked.wish.goal is None:
            assert shown["status"] in ("unmet", "undetermined", "not_assessed")
    return found


def ids(made: SitePlan) -> list[str]:
    return [str(one) for one in made.sites["id"]]


def reasons(made: SitePlan) -> dict[str, str]:
    return dict(zip(made.uncovered["subject_id"], made.uncovered["reason"], strict=True))


def test_fewest_sites_so_that_each_village_has_its_goal() -> None:
    # A: 5 homes, 80 % = 4. One candidate reaches three, another two: both are needed. B: 2 homes
    # have the old tap, so its goal is met and nothing is built there.
    data = project(
        villages=[A, B],
        households=homes(0, 50, 100, 400, 450) + homes(1500, 1550, start=5),
        water_points=[{"id": "old", "status": "working", "geometry": at(1525, 500)}],
    )  # fmt: skip
    made = plan(data, wish(spots(w=50, e=425, far=900, b=1500)))
    assert ids(made) == ["w", "e"]
    assert made.sites["gain"].tolist() == [3, 2]
    assert made.sites["people"].tolist() == [9, 6]
    assert made.siting.status == "optimal"
    assert made.villages["status"].tolist() == ["reaches_goal", "had_goal"]
    assert made.villages[["before", "after", "best", "need"]].to_numpy().tolist() == [
        [0, 5, 5, 4], [2, 2, 2, 0]
    ]  # fmt: skip
    assert reasons(made) == {}
    assert made.totals["after"] - made.totals["before"] == made.sites["gain"].sum()
    assert card(confirmed(made), "village", "A")["status"] == "met"


def test_the_exact_need_and_not_a_household_more() -> None:
    # 10 homes, 80 % = 8: one candidate reaches 8, another 9, a third the tenth alone.
    xs = [*range(0, 80, 10), 170, 900]
    data = project(villages=[A], households=homes(*xs), water_points=[])
    made = plan(data, wish(spots(eight=30, tenth=900)))
    assert ids(made) == ["eight"]
    assert reasons(made) == {"H8": "no_candidate", "H9": "goal_met"}
    made = plan(data, wish(spots(eight=30, tenth=900), goal=Fraction(9, 10)))
    assert ids(made) == ["eight", "tenth"]
    confirmed(made)


def test_a_village_that_cannot_is_part_of_the_answer() -> None:
    data = project(villages=[A], households=homes(0, 50, 500, 900), water_points=[])
    zone = gpd.GeoDataFrame({"id": ["Z"], "name": ["库区"]}, geometry=[field(850, 0, 950, 999)],
                            crs=METRIC)  # fmt: skip
    data = replace(data, frames={**data.frames, "exclusions": zone})
    made = plan(data, wish(spots(w=0, e=900)))
    row = made.villages.iloc[0]
    assert (row["status"], row["best"], row["after"], row["need"]) == ("cannot", 2, 2, 4)
    assert ids(made) == ["w"]
    assert reasons(made) == {"H2": "no_candidate", "H3": "excluded"}
    assert "在禁建区内（库区）" in why_not(made, "e", "zh")
    assert any("1个村" in one for one in told(made).lines["zh"])
    confirmed(made)


def test_a_repair_and_new_taps_compete_for_the_money() -> None:
    data = project(
        villages=[A], households=homes(0, 10, 20, 500, 510),
        water_points=[{"id": "broken", "status": "broken", "geometry": at(10, 500)},
                      {"id": "planned", "status": "planned", "geometry": at(505, 500)},
                      {"id": "doubt", "status": "unknown", "geometry": at(505, 500)}],
    )  # fmt: skip
    both = wish(spots(new=10, other=505), model="budget", ways=(Way("repair"),))
    # 3,000 mend the broken one; a new one costs 60,000. What is planned or unknown is no repair.
    assert ids(plan(data, replace(both, budget=3_000))) == ["broken"]
    made = plan(data, replace(both, budget=63_000))
    assert ids(made) == ["broken", "other"]
    assert made.totals["cost"] == 63_000
    assert reasons(plan(data, replace(both, budget=62_999))) == {"H3": "budget", "H4": "budget"}
    assert set(made.asked.places.frame["id"]) == {"new", "other", "broken"}
    confirmed(made)
    own = replace(both, given=(spots(new=10, other={"x": 505, "cost": 1000.2}),), budget=1001)
    assert ids(plan(data, own)) == ["other"]
    assert plan(data, replace(own, budget=1000)).totals["gain"] == 0


def test_of_as_few_sites_the_cheapest_are_taken() -> None:
    data = project(
        villages=[A], households=homes(0, 10, 20, 500, 510),
        water_points=[{"id": "broken", "status": "broken", "geometry": at(10, 500)}],
    )  # fmt: skip
    # Either new tap and the repair serve the first three homes; the other two need a new one.
    both = wish(spots(new=10, near={"x": 505, "cost": 900}, other=505, unknown=505),
                model="per_village", ways=(Way("repair"),), goal=Fraction(1))  # fmt: skip
    made = plan(data, both)
    assert sorted(ids(made)) == ["broken", "near"]
    assert (made.totals["cost"], made.siting.cost) == (3_900, 2)
    assert made.siting.money_proved
    assert "site.note.money" not in str(made.notes)
    guess = replace(made, siting=replace(made.siting, money_bound=0.0))
    assert [one["code"] for one in describe(made.asked, guess.siting).notes] == [
        *(one["code"] for one in made.notes), "money"]  # fmt: skip
    assert "未证明造价最低" in "".join(told(replace(made, notes=[{"code": "money"}])).lines["zh"])


def test_a_village_to_be_relocated_gets_nothing_new_unless_it_is_forced() -> None:
    moving = {**A, "class": "relocation"}
    data = project(
        villages=[moving, {**B, "class": "cluster"}],
        households=homes(500, 510) + homes(990, 1010, start=2), water_points=[],
    )  # fmt: skip
    given = spots(inside=505, border=1000.5)
    made = plan(data, wish(given, model="sites", sites=2))
    # From the other village one of its homes is reached all the same.
    assert ids(made) == ["border"]
    assert made.villages["after"].tolist() == [1, 1]
    assert made.villages["status"].tolist() == ["relocation", "reaches_goal"]
    assert reasons(made) == {"H0": "relocation", "H1": "relocation"}
    assert {"code": "relocation", "n": "1"} in made.notes
    made = plan(data, wish(given, forced=frozenset({"inside"})))
    assert ids(made) == ["inside", "border"]
    assert {"code": "forced_excluded", "id": "inside", "reason": "relocation"} in made.notes
    assert any("必建" in one for one in told(made).lines["zh"])
    confirmed(made)


def test_forced_and_forbidden() -> None:
    data = project(villages=[A], households=homes(0, 10, 500), water_points=[])
    given = spots(w=0, e={"x": 500, "state": "fixed"}, n={"x": 5, "state": "forbidden"})
    made = plan(data, wish(given, model="sites", sites=1))
    assert ids(made) == ["e"]
    made = plan(data, wish(given, model="sites", sites=3, forbidden=frozenset({"w"})))
    assert ids(made) == ["e"]
    assert reasons(made) == {"H0": "excluded", "H1": "excluded"}
    with pytest.raises(UsageError, match="--forced nobody: no candidate has this id"):
        plan(data, wish(given, forced=frozenset({"nobody"})))
    with pytest.raises(UsageError, match="is forbidden too"):
        plan(data, wish(given, forced=frozenset({"w"}), forbidden=frozenset({"w"})))


def test_nobody_is_counted_twice_and_the_order_of_rows_is_nothing() -> None:
    data = project(villages=[A, B], households=homes(*range(0, 1990, 30)), water_points=[])
    given = spots(**{f"c{x}": x for x in range(15, 2000, 60)})
    made = plan(data, wish(given, model="sites", sites=6))
    assert made.sites["gain"].sum() <= made.totals["amount"]
    assert made.sites["households"].sum() == made.totals["gain"]
    every = plan(data, wish(given, forced=frozenset({"c15", "c75", "c135"}), goal=Fraction(0)))
    # Two thirds of their ranges overlap: each household is told of once.
    assert len(every.sites) == 3
    assert every.sites["households"].sum() == every.totals["gain"] < every.sites["reached"].sum()
    assert every.sites["people"].sum() == 3 * every.totals["gain"]
    back = replace(data, frames={k: v.iloc[::-1] if k == "households" else v
                                 for k, v in data.frames.items()})  # fmt: skip
    again = plan(back, wish(given, model="sites", sites=6))
    assert ids(again) == ids(made)
    confirmed(made)


def test_moving_a_site_is_counted_anew() -> None:
    # Homes at 0 and 190: only within 5 m of 95 both are reached. East of it H0 is lost.
    data = project(villages=[A], households=homes(0, 190), water_points=[])
    made = plan(data, wish(spots(mid=95, old=600)))
    one = moved(made)[0]
    assert (one.metres, one.loses) == (20, 1)
    assert one.to in ("e", "w", "n", "s")
    text = told(made, moved(made)).cards
    assert "移20米，少覆盖1户" in text["zh"][0]
    assert "costs 1 household" in text["en"][0]
    assert "只再增" not in why_not(made, "old", "zh")
    assert why_not(made, "mid", "zh") == ""
    still = plan(project(villages=[A], households=homes(100), water_points=[]), wish(spots(c=100)))
    assert "四周20米" in told(still, moved(still)).cards["zh"][0]


def test_other_limits_and_goals_are_tried() -> None:
    data = project(villages=[A], households=homes(0, 100, 195), water_points=[])
    made = plan(data, wish(spots(w=0, mid=100)))
    found = variants(made, COSTS, 5.0)
    assert set(found.names) == {"limit_strict", "limit_loose", "goal_lower", "goal_higher"}
    # With 90 m the middle reaches nobody but its own home, and the goal of 3 cannot be had.
    table = found.table.set_index("variant")
    assert table.loc["limit_strict", "gain"] == 2
    assert table.loc["limit_loose", "gain"] == 3
    assert found.chosen["mid"] == 4
    cards = told(made, moved(made), found).cards
    assert "改变限值、目标的4种情形中，4种仍选此处或近旁。" in cards["zh"][0]
    people = plan(
        project(villages=[A, B], households=homes(0, 10, 20, 1500), water_points=[]),
        wish(spots(w=10, e=1500), model="sites", sites=1),
    )
    found = variants(people, COSTS, 5.0)
    assert set(found.names) >= {"people_large", "people_small"}
    text = told(people, moved(people), found).cards
    assert "改变限值、人数的4种情形中" in text["zh"][0]
    assert "in 4 of 4 variants of limits, numbers of people" in text["en"][0]


def test_nothing_to_do_and_nothing_that_fits_are_answers() -> None:
    here = {"id": "w", "status": "working", "geometry": at(0, 500)}
    full = project(villages=[A], households=homes(0), water_points=[here])
    for asked in (Wish("t"), Wish("t", model="budget", budget=9, ways=(Way("grid", 50),))):
        made = plan(full, asked)
        assert (ids(made), made.siting.status, len(made.uncovered)) == ([], "optimal", 0)
        assert told(made).lines["zh"][0] == "没有可新增的覆盖，未选任何点位"
    nowhere = project(villages=[{"id": "A", "name": "东"}], households=[
        {"id": "H", "village_id": "A"}], water_points=[])  # fmt: skip
    assert reasons(plan(nowhere, Wish("t"))) == {"H": "no_position"}
    data = project(villages=[A], households=homes(0, 500), water_points=[])
    for none in (wish(spots(w=0), model="sites", sites=0), wish(spots(w=0), goal=Fraction(0))):
        assert ids(plan(data, none)) == []
    assert ids(plan(data, wish(spots(w=0, e=500), model="sites", sites=99))) == ["w", "e"]
    both = wish(spots(w=0, e=500), model="sites", sites=1, forced=frozenset({"w", "e"}))
    made = plan(data, both)
    assert (made.siting.status, ids(made)) == ("infeasible", [])
    assert told(made).lines["en"][0] == "no plan meets all conditions"
    with pytest.raises(UsageError, match="has no goal for villages"):
        plan(data, wish(spots(w=0)), {**TAP, "goal_level": "county"})


def test_the_points_beside_a_plan() -> None:
    data = project(villages=[A], households=homes(0, 50, 400, 900), water_points=[])
    made = plan(data, wish(spots(two=25, one=400, last=900), model="sites", sites=2))
    assert made.totals["gain"] == 3
    points = neighbours(made, 5.0)
    assert [(one.budget, one.value) for one in points] == [(1, 2), (2, 3), (3, 4)]
    lines = told(made, curve=points).lines
    assert "建1处将少覆盖1户；建3处可再多覆盖1户" in lines["zh"]
    assert "with 1 sites it would be 1 household less" in "; ".join(lines["en"])
    assert neighbours(plan(data, wish(spots(two=25))), 5.0) == []


def test_what_people_can_be_told_in_one_sentence() -> None:
    data = project(villages=[A], households=homes(0), water_points=[], facilities=[
        {"id": "f", "kind": "school", "geometry": at(0, 0)}])  # fmt: skip
    free = {key: value for key, value in TAP.items() if key != "goal"}
    with pytest.raises(UsageError, match="has no goal for villages"):
        plan(data, wish(spots(w=0)), free)
    assert ids(plan(data, wish(spots(w=0), goal=Fraction(1)), free)) == ["w"]
    with pytest.raises(UsageError, match=r"has no such target\. Choose one of t\."):
        plan(data, replace(wish(spots(w=0)), target="x"))
    school = {**free, "facilities": "facilities", "where": {"kind": ["school"]}}
    with pytest.raises(UsageError, match="nobody knows what a new thing costs"):
        plan(data, wish(spots(w=50), model="budget", budget=5), {**school, "within_m": 60})
    with pytest.raises(UsageError, match="there is none"):
        plan(data, Wish("t", ways=(Way("repair"),)))
    assert servable(judged(data, TAP)) == ["t"]


def test_building_changes_nothing_that_was_there() -> None:
    data = project(
        villages=[A],
        households=homes(0),
        water_points=[
            {
                "id": "w",
                "status": "broken",
                "geometry": at(0, 500),
                "name": "泵",
                "year_built": 1990,
            }
        ],
    )
    before = data.frames["water_points"].copy()
    made = plan(data, wish(spots(c=0), ways=(Way("repair"),), forced=frozenset({"c", "w"})))
    asked = made.asked
    after = with_built(data, "water_points", made.sites, asked.making, asked.mending)
    pd.testing.assert_frame_equal(data.frames["water_points"], before)
    table = after.frames["water_points"]
    assert table["id"].tolist() == ["w", "site:c"]
    assert table["status"].tolist() == ["working", "working"]
    assert table.dtypes[before.columns].tolist() == before.dtypes.tolist()
    assert table["village_id"].tolist()[1] == "A"
    assert row_ids(made.sites) == [{"c": "site:c", "w": "w"}[one] for one in ids(made)]


def test_the_project_s_own_candidates_and_the_grid() -> None:
    own = gpd.GeoDataFrame(
        {"id": ["P1", "P2", "P3"], "kind": ["water_point", "clinic", None],
         "target_id": [None, None, "other"]},
        geometry=[at(0, 500), at(5, 500), at(9, 500)], crs=METRIC,
    )  # fmt: skip
    data = project(villages=[A], households=homes(0, 300), water_points=[])
    listed = replace(data, frames={**data.frames, "candidates": own})
    assert ids(plan(listed, Wish("t", model="sites", sites=5))) == ["P1"]
    made = plan(data, Wish("t", ways=(Way("grid", 50),)))
    assert len(made.sites) == 2
    assert made.totals["gain"] == 2
    confirmed(made)


def test_in_a_village_any_place_will_do_and_no_outline_no_place() -> None:
    clinic = {"subjects": "villages", "measure": "count", "items": "facilities",
              "by": "village_id", "where": {"kind": ["clinic"], "status": ["working"]},
              "goal": "1", "goal_level": "village"}  # fmt: skip
    data = project(villages=[A, B], facilities=[
        {"id": "old", "kind": "clinic", "status": "working", "geometry": at(1500, 500)},
    ])  # fmt: skip
    made = plan(data, Wish("t", ways=(Way("grid", 400),)), clinic)
    assert len(made.sites) == 1
    assert made.sites["village_id"].tolist() == ["A"]
    assert made.totals["cost"] == 150_000
    confirmed(made)


# ---------------------------------------------------------------------------------- a real place


@pytest.fixture(scope="module")
def camp(shared: Path) -> ProjectData:
    """Houses, bins and roads of a real settlement; its blocks stand for villages."""
    file = shared / "data" / "zaatari_d1_d6" / "zaatari_d1_d6.gpkg"

    def read(layer: str) -> gpd.GeoDataFrame:
        return gpd.read_file(file, layer=layer).to_crs(32637)

    blocks, houses = read("blocks"), read("households").drop_duplicates("house_id")
    bins, roads = read("garbage_bins"), read("roads")
    names = blocks["BLOCK_CODE"].astype("str")
    frames: dict[str, pd.DataFrame] = {
        "villages": gpd.GeoDataFrame({"id": names, "name": names}, geometry=blocks.geometry),
        "households": gpd.GeoDataFrame(
            {"id": houses["house_id"].astype("str")}, geometry=houses.geometry
        ).reset_index(drop=True),
        "garbage_sites": gpd.GeoDataFrame(
            {"id": [f"bin{n}" for n in range(len(bins))]}, geometry=bins.geometry
        ),
        "roads": gpd.GeoDataFrame(
            {"id": [f"road{n}" for n in range(len(roads))]}, geometry=roads.geometry
        ),
    }
    for frame in frames.values():
        frame["id"] = frame["id"].astype("str")
    known = [(name, "*", "*", True, pd.NaT, "camp") for name in frames]
    return ProjectData(frames, surveyed_table(known), crs=blocks.crs, name="camp")


def camp_plan(camp: ProjectData, target: dict[str, Any], **more: Any) -> SitePlan:
    found = judged(camp, target)
    assert found.as_of == DAY
    return plan_sites(found, Wish("t", **more), COSTS)


def test_bins_of_a_real_settlement(camp: ProjectData) -> None:
    bins = {"subjects": "households", "measure": "reach", "facilities": "garbage_sites",
            "within_m": 60, "goal": "0.9"}  # fmt: skip
    made = camp_plan(camp, bins, ways=(Way("grid", 25),))
    assert made.siting.status == "optimal"
    counts = made.villages["status"].value_counts()
    assert counts["reaches_goal"] > 10
    assert made.totals["after"] == made.totals["before"] + made.sites["gain"].sum()
    confirmed(made)
    money = camp_plan(camp, bins, ways=(Way("grid", 25),), model="budget", budget=20_000)
    assert money.totals["cost"] == 20_000
    assert len(money.sites) == 10
    confirmed(money)


def test_water_along_the_roads_of_a_real_settlement(camp: ProjectData) -> None:
    tap = {**TAP, "mode": "road", "within_m": 150, "goal": "0.5"}
    made = camp_plan(camp, tap, ways=(Way("roads", 60),), model="sites", sites=5)
    assert len(made.sites) == 5
    assert made.totals["gain"] > 500
    confirmed(made)


def test_every_thing_of_the_table_has_its_work_and_price() -> None:
    for thing in rules().thing:
        for kind in filter(None, (thing.new, thing.repair)):
            assert kind in COSTS, kind
            assert COSTS[kind].unit_cost > 0
    tap = rules().of("water_points", "")
    assert prices(tap, COSTS).new == 60_000
    assert prices(tap, COSTS, unit_cost=7).new == 7
    assert prices(tap, COSTS, unit_cost=7).repair == 3_000
    assert prices(rules().of("facilities", "school"), COSTS).new is None
