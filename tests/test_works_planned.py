"""Work a planner decided on: kept once, done as it was told, held against what stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from hand import METRIC, at, project
from test_works_scenarios import COSTS, EMPTY, FOUND, county, judge, moved, put, seen, xy
from test_works_siting import spots

from geo.assess import Assessment
from geo.ground import Ground
from layers.amend import Amendment, amend
from layers.crs import transform
from layers.project import create_project
from layers.tasks.replay import as_json
from layers.tasks.store import MemoryStore, Said
from layers.where.positions import WGS84
from layers.work_form import Event, Item
from works.changes.draft import Draft, Hindered, Row, rows_of
from works.changes.planned import planned
from works.handout.dealing import Asked, deal, deal_decided
from works.progress.work import on_paper
from works.scenarios.files import work_frame
from works.scenarios.making import of_plan
from works.scenarios.scenario import Scenario, deleted, repaired
from works.siting.files import sites_frame
from works.siting.plan import plan_sites
from works.siting.told import told as sited
from works.siting.wish import Way, Wish
from works.tasks.planned import GONE, THERE, UNKNOWN, not_done, plan_of, planned_id, standing
from works.tasks.register import Registered, register
from works.worklist import worklist

ME = Said("王某某", "cli")
ALL = moved(
    repaired(put(EMPTY, 425), "water_points", "dry"), "water_points", "run", xy(900), xy(25)
)


def kept(held: Scenario = ALL, store: MemoryStore | None = None) -> MemoryStore:
    """Keep the work of a scenario and hand it out."""
    store = store or MemoryStore()
    with store.writing() as writer:
        work = work_frame(judge(held), COSTS)
        deal_decided(writer, FOUND, work, Asked(receiver="水利队"), ME, "zh")
    return store


def by_act(store: MemoryStore) -> dict[str, Item]:
    found = {}
    for item in store.items().values():
        plan = plan_of(item)
        if plan is not None:
            found[plan.act] = item
    return found


def told(store: MemoryStore, act: str, **fields: str) -> Item:
    key = by_act(store)[act]["work_id"]
    with store.writing() as writer:
        writer.keep([Event(key, "set", name, None, value) for name, value in fields.items()], ME)
    return store.items()[key]


def row(found: Draft | Hindered | None) -> Row:
    assert isinstance(found, Draft)
    (only,) = found.rows
    return only


def metres(wkt: str) -> tuple[float, float]:
    point = shapely.from_wkt(wkt)
    x, y = transform(point.x, point.y, WGS84, METRIC)
    return float(x), float(y)


def degrees(x: float, y: float = 500) -> str:
    lon, lat = transform(*xy(x, y), METRIC, WGS84)
    return f"{float(lon):.6f},{float(lat):.6f}"


# ---------------------------------------------------------------------------------- kept


def test_a_scenario_is_kept_once_under_the_ids_it_has_in_every_plan() -> None:
    store = kept()
    frame = work_frame(judge(ALL), COSTS)
    assert list(store.items()) == frame["work_id"].tolist()
    item = by_act(store)["place"]
    assert (item["state"], item["version"], item["gap"]) == ("open", 1, "there")
    assert item["expected"] == "40.0%→80.0%"
    before = store.items()
    kept(ALL, store)
    assert len(store.items()) == 3
    assert len(store.handed()) == 2
    assert {key: one["version"] for key, one in store.items().items()} == {
        key: one["version"] for key, one in before.items()
    }


def test_a_household_called_as_a_well_is_has_other_work() -> None:
    assert planned_id("t", "water_points", "1", "repair") != planned_id("t", "wells", "1", "repair")
    store = kept()
    assert by_act(store)["repair"]["work_id"] == planned_id("t", "water_points", "dry", "repair")


def test_a_number_kept_work_has_is_given_to_no_other() -> None:
    frame = work_frame(judge(ALL), COSTS)
    taken = {"other": str(frame["work_no"].iloc[0])}
    store = MemoryStore()
    with store.writing() as writer:
        made = as_json({"work_no": taken["other"], "state": "open"})
        writer.keep([Event("other", "made", value=made)], ME)
    kept(ALL, store)
    numbers = [item["work_no"] for item in store.items().values()]
    assert len(set(numbers)) == 4
    again = work_frame(judge(ALL), COSTS, {key: i["work_no"] for key, i in store.items().items()})
    assert again["work_no"].tolist() == numbers[1:]


def test_it_stands_on_the_lists_of_gaps_too_until_it_is_done() -> None:
    store = kept()

    def listed() -> set[str]:
        with store.writing() as writer:
            (one,) = deal(writer, FOUND, COSTS, Asked(targets=["t"]), ME, "zh")
        return {item["work_id"] for item in one.items}

    assert set(store.items()) == listed()
    done = told(store, "place", state="done")["work_id"]
    assert listed() == set(store.items()) - {done}


# ---------------------------------------------------------------------------------- done


def test_what_was_told_without_a_place_stands_exactly_where_it_was_planned() -> None:
    item = told(kept(), "place", state="done")
    made = planned(FOUND.ground, item)
    only = row(made)
    assert isinstance(made, Draft)
    assert made.notes == ("as_planned",)
    assert (only.layer, only.id, only.new) == ("water_points", item["work_id"], True)
    assert dict(only.values) == {"village_id": "A", "status": "working"}
    assert metres(only.shape) == pytest.approx(xy(425), abs=1e-7)


def test_it_stands_where_it_was_told_and_belongs_to_the_village_there() -> None:
    item = told(kept(), "place", state="done", place=degrees(1425), result="损坏")
    made = planned(FOUND.ground, item)
    only = row(made)
    assert metres(only.shape) == pytest.approx(xy(1425), abs=0.2)
    assert dict(only.values) == {"village_id": "B", "status": "broken"}
    assert isinstance(made, Draft)
    assert (dict(made.short), made.notes) == ({"status": "broken"}, ())


def test_mending_moving_and_taking_away_change_the_row_that_is_there() -> None:
    store = kept()
    only = row(planned(FOUND.ground, told(store, "repair", state="done")))
    assert (only.id, dict(only.values), only.before) == (
        "dry", {"status": "working"}, {"status": "broken"},
    )  # fmt: skip
    only = row(planned(FOUND.ground, told(store, "move", state="done")))
    assert (only.id, only.new, only.drop) == ("run", False, False)
    assert metres(only.shape) == pytest.approx(xy(900), abs=1e-7)
    store = kept(deleted(EMPTY, "water_points", "run"))
    only = row(planned(FOUND.ground, told(store, "delete", state="done")))
    assert (only.id, only.new, only.drop) == ("run", False, True)
    # As it is kept beside the work and read again.
    again = rows_of(json.loads(as_json(Draft((only,)).as_dict())))
    assert again == (replace(only, before={}),)


def test_what_is_so_already_or_cannot_be_is_said() -> None:
    store = kept()
    mended = Ground(county(broken=False), {"A", "B"})
    empty = Ground(project(villages=county().frames["villages"].to_dict("records")), {"A", "B"})

    def why(ground: Ground, item: Item) -> str:
        found = planned(ground, item)
        assert isinstance(found, Hindered)
        return found.code

    assert why(mended, told(store, "repair", state="done")) == "already"
    assert why(empty, told(store, "repair", state="done")) == "subject_gone"
    assert why(empty, told(store, "move", state="done")) == "subject_gone"
    assert why(FOUND.ground, told(store, "place", quantity_done="0")) == "nothing_done"
    gone = kept(deleted(EMPTY, "water_points", "run"))
    assert why(empty, told(gone, "delete", state="done")) == "already"
    assert planned(FOUND.ground, {**told(store, "place"), "plan": ""}) is None


# ---------------------------------------------------------------------------------- held against


def seen_with(*wells: dict[str, Any]) -> Assessment:
    data = county()
    other = project(villages=data.frames["villages"].to_dict("records"), water_points=wells)
    frames = {**data.frames, "water_points": other.frames["water_points"]}
    return seen(replace(data, frames=frames))


RUN = {"id": "run", "status": "working", "geometry": at(25, 500)}
DRY = {"id": "dry", "status": "broken", "geometry": at(1525, 500)}


@pytest.mark.parametrize(
    ("act", "wells", "gap"),
    [
        ("place", [RUN, DRY], THERE),
        # Sent again by the township, under a name of its own, ten metres off.
        ("place", [RUN, DRY, {"id": "N", "status": "working", "geometry": at(435, 500)}], GONE),
        ("place", [RUN, DRY, {"id": "N", "status": "broken", "geometry": at(425, 500)}], THERE),
        ("place", [RUN, DRY, {"id": "N", "status": "working", "geometry": at(475, 500)}], THERE),
        ("repair", [RUN, DRY], THERE),
        ("repair", [RUN, {**DRY, "status": "working"}], GONE),
        ("repair", [RUN], UNKNOWN),
        ("move", [RUN, DRY], THERE),
        ("move", [{**RUN, "geometry": at(905, 500)}, DRY], GONE),
        ("move", [DRY], UNKNOWN),
    ],
)
def test_whether_it_is_so_is_asked_of_the_layer(
    act: str, wells: list[dict[str, Any]], gap: str
) -> None:
    store = kept()
    item = told(store, act, state="done")
    found = seen_with(*wells)
    assert standing(found, {item["work_id"]: item}) == {item["work_id"]: gap}
    assert not_done(found, {item["work_id"]: item}) == (
        {item["work_id"]} if gap == THERE else set()
    )


def test_taken_away_is_gone_and_nobody_built_what_only_stood_there_before() -> None:
    store = kept(deleted(EMPTY, "water_points", "run"))
    item = by_act(store)["delete"]
    assert standing(FOUND, {"w": item}) == {"w": THERE}
    assert standing(seen_with(DRY), {"w": item}) == {"w": GONE}
    # Not told as done: a well that always stood ten metres off is not the planned one.
    item = by_act(kept())["place"]
    near = seen_with(RUN, DRY, {"id": "N", "status": "working", "geometry": at(435, 500)})
    assert standing(near, {"w": item}) == {"w": THERE}


def test_what_broke_again_opens_again_and_what_was_never_built_is_on_paper_only() -> None:
    store = kept()

    def look(found: Assessment) -> Registered:
        with store.writing() as writer:
            return register(writer, found, worklist(found, COSTS), ME, only=())

    mended = told(store, "repair", state="done")["work_id"]
    paper = told(store, "place", state="verified")["work_id"]
    first = look(seen(county(broken=False)))
    assert (first.gone, first.paper, first.reopened) == ([mended], [paper], [])
    assert [
        item["work_id"] for item in on_paper(store.items(), not_done(FOUND, store.items()))
    ] == [paper]
    assert look(FOUND).reopened == [mended]
    assert store.items()[mended]["state"] == "reopened"


def test_the_sites_of_a_plan_and_its_scenario_have_one_id() -> None:
    asked = Wish("t", sites=2, given=(spots(c=425),), ways=(Way("repair"),))
    made = plan_sites(FOUND, asked, COSTS)
    assert sorted(made.sites["source"]) == ["given", "repair"]
    sites = sites_frame(made, sited(made), COSTS)["work_id"].tolist()
    effect = judge(of_plan(made))
    assert work_frame(effect, COSTS)["work_id"].tolist() == sites


def test_two_who_want_different_things_of_one_row(tmp_path: Path) -> None:
    wells = tmp_path / "w.csv"
    wells.write_text("编号,状态,经度,纬度\nA,损坏,107.6,35.7\nB,正常,107.61,35.7\n", "utf-8")
    made = create_project(tmp_path / "p")
    made.import_file("water_points", wells)
    here, there = "POINT (107.605 35.7)", "POINT (107.606 35.7)"

    def asked(*rows: tuple[str, dict[str, Any]]) -> list[str]:
        every = [Amendment(f"w{n}", "water_points", key, **{"values": {}, "before": {}, **more})
                 for n, (key, more) in enumerate(rows)]  # fmt: skip
        told = amend(made, every, {f"w{n}": "0" for n in range(len(rows))}, "x")
        made.undo()
        return sorted(told.refused)

    mend = {"values": {"status": "working"}, "before": {"status": "broken"}}
    assert asked(("A", {"shape": here}), ("A", {"shape": there})) == ["w1"]
    assert asked(("A", {"shape": here}), ("A", mend), ("B", {"drop": True})) == []
    assert asked(("A", {"drop": True}), ("A", mend), ("A", {"shape": here})) == ["w1", "w2"]
    assert asked(("A", mend), ("A", {"drop": True})) == ["w1"]
    assert asked(("A", {"drop": True}), ("A", {"drop": True})) == []
