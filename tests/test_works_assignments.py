"""Who answers for a piece of work: the most specific rule that names somebody, and never nobody."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hand import DAY, at, field, often, project
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import blank
from layers.tasks.store import MemoryStore, Said
from layers.text import LANGUAGES
from layers.work_form import Event, Item
from works.assignments import (
    assign,
    chain_findings,
    duties_workbook,
    findings_table,
    merged,
    paces,
    persons,
    responsible,
    split_key,
    teams,
)
from works.assignments.grids import Grids
from works.assignments.posts import valid
from works.library import load_costs
from works.tasks.act import take_step
from works.tasks.register import register
from works.worklist import worklist

TINY = Path(__file__).parents[1] / "data" / "tiny" / "project"
VILLAGES = [
    {"id": "A", "name": "东沟村", "township": "河川镇", "geometry": field(0, 0, 1000, 1000)},
    {"id": "B", "name": "王家庄村", "township": "河川镇", "geometry": field(1000, 0, 2000, 1000)},
    {"id": "C", "name": "王家庄村", "township": "柳林镇", "geometry": field(2000, 0, 3000, 1000)},
]
HOMES = [
    {"id": "A1", "village_id": "A", "group": "1社", "geometry": at(100, 500)},
    {"id": "A2", "village_id": "A", "group": "2社", "geometry": at(600, 500)},
    {"id": "B1", "village_id": "B", "group": "1社", "geometry": at(1500, 500)},
]
WEST = {"id": "G1", "name": "第1网格", "village_id": "A", "worker": "网格甲",
        "geometry": field(0, 0, 500, 1000)}  # fmt: skip
EAST = {"id": "G2", "name": "第2网格", "village_id": "A", "worker": "网格乙",
        "geometry": field(500, 0, 1000, 1000)}  # fmt: skip
Rows = list[dict[str, Any]]


def data_of(assignments: Rows | None = None, **more: Rows) -> Any:
    layers: dict[str, Rows] = {"villages": VILLAGES, "households": HOMES, **more}
    if assignments is not None:
        rows = [{"id": f"F{n}", **row} for n, row in enumerate(assignments, 1)]
        layers["assignments"] = rows
    return project(**layers)


def item(subject: str = "A1", village: str = "A", **more: Any) -> Item:
    place = next(one for one in VILLAGES if one["id"] == village)
    key = str(more.pop("work_id", f"w-{subject}"))
    made = {
        "work_no": f"号-{subject}", "target_id": "toilet", "subject_id": subject,
        "village_id": village,
        "village": place["name"], "township": place["township"], "kind": "toilet-rebuild",
        "lead": "县农业农村局", "state": "open", "due": "2023-07-10", "position": "exact",
    }  # fmt: skip
    return blank(key) | made | more


def of(*items: Item) -> dict[str, Item]:
    return {str(one["work_id"]): one for one in items}


def told(data: Any, *items: Item, day: dt.date = DAY) -> dict[str, dict[str, Any]]:
    table = responsible(data, of(*items), day).table
    rows: dict[Any, Any] = table.to_dict("index")
    return {str(key).removeprefix("w-"): row for key, row in rows.items()}


def codes(data: Any, *items: Item, day: dt.date = DAY) -> list[tuple[str, str]]:
    found = responsible(data, of(*items), day).findings
    return sorted((one.code, key) for one in found for key in one.ids)


def someone(role: str, person: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "person": person, **more}


LEADER = someone("leader", "领导丙", township="河川", unit="县委办公室")
UNIT = someone("unit", "干部丁", village_id="A", unit="县水务局", phone="138")
CADRE = someone("cadre", "干部戊", household_id="A1")


# ---------------------------------------------------------------------------------- the person


def test_the_most_specific_rule_that_names_somebody_decides() -> None:
    grids = {"grids": [WEST, EAST]}
    stationed = {"id": "D1", "name": "驻东沟村工作队", "kind": "village_team", "leader": "队长己",
                 "villages": "东沟村"}  # fmt: skip
    ways: list[tuple[Any, str, str]] = [
        (data_of([LEADER, UNIT, CADRE], teams=[stationed], **grids), "干部戊", "cadre"),
        (data_of([LEADER, UNIT], teams=[stationed], **grids), "网格甲", "grid_worker"),
        (data_of([LEADER, UNIT], teams=[stationed]), "干部丁", "unit"),
        (data_of([LEADER], teams=[stationed]), "队长己", "team_leader"),
        (data_of([LEADER]), "领导丙", "leader"),
        (data_of([]), "", ""),
    ]
    for data, person, rule in ways:
        row = told(data, item())["A1"]
        assert (row["person"], row["of_whom"]) == (person, rule)


def test_a_person_named_for_the_work_itself_goes_before_all() -> None:
    named = someone("cadre", "专人庚", work_no="号-A1", household_id="A1")
    rows = told(data_of([CADRE, named]), item(), item("A2"))
    assert (rows["A1"]["person"], rows["A1"]["of_whom"]) == ("专人庚", "task")
    assert rows["A2"]["person"] == ""


def test_what_is_written_on_the_work_stands() -> None:
    rows = told(data_of([UNIT]), item(person="王某某", office="某单位", team="某队"), item("A2"))
    assert [rows["A1"][k] for k in ("person", "of_whom", "office", "team")] == [
        "王某某", "set", "某单位", "某队"
    ]  # fmt: skip
    # the one the rules give keeps its rule and its telephone once it is written
    same = told(data_of([UNIT]), item(person="干部丁"))["A1"]
    assert (same["of_whom"], same["phone"]) == ("unit", "138")


def test_each_column_tells_its_own_rule() -> None:
    data = data_of([LEADER, UNIT, CADRE], grids=[WEST, EAST])
    row = told(data, item())["A1"]
    assert (row["leader"], row["office"], row["grid"]) == ("领导丙", "县水务局", "第1网格")
    # where no unit helps the village the lead department is the responsible one
    assert told(data, item("B1", "B"))["B1"]["office"] == "县农业农村局"


def test_rows_for_one_target_go_before_rows_for_all() -> None:
    water = someone("unit", "水务壬", village_id="A", unit="县水务局", target_id="water")
    data = data_of([UNIT, water], households=[])
    rows = told(data, item("x", target_id="water"), item("y"))
    assert (rows["x"]["person"], rows["y"]["person"]) == ("水务壬", "干部丁")


def test_leaders_of_the_list_of_townships_serve_where_no_row_names_one() -> None:
    towns = [{"id": "T1", "name": "河川镇", "leader": "镇表甲"}, {"id": "T2", "name": "柳林镇"}]
    data = data_of([], townships=towns)
    assert told(data, item())["A1"]["person"] == "镇表甲"
    assert told(data_of([LEADER], townships=towns), item())["A1"]["person"] == "领导丙"
    assert told(data, item("c", "C"))["c"]["person"] == ""


def test_a_cadre_of_the_household_ledger_counts() -> None:
    homes = [{**HOMES[0], "responsible_cadre": "台账甲"}, *HOMES[1:]]
    row = told(data_of([], households=homes), item())["A1"]
    assert (row["person"], row["of_whom"], row["place"]) == ("台账甲", "cadre", "河川镇东沟村")
    # an assignment goes before the ledger
    assert told(data_of([CADRE], households=homes), item())["A1"]["person"] == "干部戊"


def test_a_toilet_is_at_its_household() -> None:
    toilets = [{"id": "T9", "household_id": "A1"}]
    row = told(data_of([CADRE], toilets=toilets), item("T9"))["T9"]
    assert row["person"] == "干部戊"


def test_a_site_with_a_household_s_number_is_no_household() -> None:
    sites = [{"id": "A1", "village_id": "A", "geometry": at(10, 10)}]
    data = data_of([CADRE, UNIT], garbage_sites=sites)
    assert told(data, item())["A1"]["person"] == "干部丁"
    named = responsible(data, of(item()), DAY, subjects={"toilet": "households"}).table
    assert named["person"].iloc[0] == "干部戊"


def test_rows_hold_from_their_first_to_their_last_day() -> None:
    first = {**UNIT, "since": "2023-01-01", "until": "2023-06-30"}
    then = {**UNIT, "person": "新人癸", "since": "2023-07-01", "until": None}
    data = data_of([first, then])
    by_day = {
        day: told(data, item(), day=dt.date.fromisoformat(day))["A1"]["person"]
        for day in ("2022-12-31", "2023-01-01", "2023-06-30", "2023-07-01")
    }
    assert list(by_day.values()) == ["", "干部丁", "干部丁", "新人癸"]
    assert valid({"since": pd.NaT, "until": None}, DAY)


# ---------------------------------------------------------------------------------- teams

BUILDERS = {"id": "D1", "name": "施工一队", "kind": "construction", "items_per_day": 2.0}
MENDERS = {"id": "D2", "name": "路灯队", "kind": "repair", "lead": "县住建局", "items_per_day": 8.0}


def test_a_team_is_found_by_kind_villages_and_department() -> None:
    local = {"id": "D3", "name": "东沟施工队", "kind": "construction", "villages": "东沟"}
    data = data_of(teams=[BUILDERS, MENDERS, local])
    lamp = item("L", "A", kind="streetlight-repair", lead="县住建局")
    rows = told(data, item("a"), item("b", "B"), lamp, item("n", kind="department-handover"))
    assert [rows[k]["team"] for k in "abLn"] == ["东沟施工队", "施工一队", "路灯队", ""]
    # a lamp of another department is not the lamp team's; the builders have no department
    other = told(data, item("L", "B", kind="streetlight-repair", lead="县交通局"))
    assert other["L"]["team"] == "施工一队"


def test_a_row_that_names_a_team_goes_before_its_kind() -> None:
    rows = [
        {"role": "team", "team_id": "D2", "village_id": "A"},
        {"role": "team", "team_id": "D1", "work_id": "w-b"},
        {"role": "team", "team_id": "D1", "village_id": "A", "target_id": "water"},
    ]
    data = data_of(rows, teams=[BUILDERS, MENDERS])
    mine = told(data, item("a"), item("b"), item("c", target_id="water"))
    assert [mine[k]["team"] for k in "abc"] == ["路灯队", "施工一队", "施工一队"]
    assert mine["a"]["per_day"] == 8


def test_villages_are_dealt_whole_to_teams_that_are_equally_fit() -> None:
    two = {**BUILDERS, "id": "D9", "name": "施工二队", "items_per_day": 1.0}
    items = [item(f"a{n}") for n in range(6)] + [item(f"b{n}", "B") for n in range(3)]
    rows = told(data_of(teams=[BUILDERS, two]), *items)
    # six at two a day take three days, three at one a day take three
    assert {rows[f"a{n}"]["team"] for n in range(6)} == {"施工一队"}
    assert {rows[f"b{n}"]["team"] for n in range(3)} == {"施工二队"}


def test_a_stationed_team_stands_in_for_every_other() -> None:
    own = {"id": "D1", "name": "驻村队", "kind": "village_team", "leader": "队长己",
           "villages": "A、柳林镇"}  # fmt: skip
    rows = told(data_of(teams=[own]), item("a"), item("b", "B"), item("c", "C"))
    assert [rows[k]["team"] for k in "abc"] == ["驻村队", "", "驻村队"]
    assert rows["c"]["person"] == "队长己"
    assert rows["b"]["person"] == ""


def test_more_work_than_a_team_manages_in_time_is_said() -> None:
    data = data_of(teams=[BUILDERS])
    many = [item(f"a{n}", due="2023-07-02") for n in range(5)]  # two days, two a day
    found = [one for one in responsible(data, of(*many), DAY).findings if one.layer == "teams"]
    assert [(one.code, one.detail) for one in found] == [
        ("team_overloaded", "施工一队, 2023-07-02: 5 > 2 x 2")
    ]
    assert ("team_overloaded", "D1") not in codes(data, *many[:4])
    finished = {**many[4], "state": "closed"}
    assert ("team_overloaded", "D1") not in codes(data, *many[:4], finished)


def test_doubtful_teams_are_said() -> None:
    odd = {**BUILDERS, "villages": "东沟村、无此村", "vacant_since": "2023-06-01"}
    over = {**MENDERS, "until": "2023-05-31"}
    rows = [{"role": "team", "team_id": "D2", "village_id": "A"}]
    led = [{"id": name, "name": name, "leader": "甲"} for name in ("河川镇", "柳林镇")]
    found = codes(data_of(rows, teams=[odd, over], townships=led))
    assert found == [("team_unknown", "D2"), ("team_vacant", "D1"), ("team_village_unknown", "D1")]


def test_the_pace_of_a_round_is_that_of_the_team() -> None:
    work = pd.DataFrame([item("a"), item("b", "B", kind="visit")])
    assert paces(data_of(teams=[BUILDERS]), work, DAY) == {("A", "toilet"): 2}
    assert paces(data_of(), work, DAY) == {}


# ---------------------------------------------------------------------------------- grids


def grid_of(data: Any) -> dict[str, str]:
    found, _ = Grids(data).of_households
    return {key: one.id for key, one in found.items()}


def in_grids(grids: Rows, homes: Rows) -> tuple[dict[str, str], list[tuple[str, str]]]:
    data = data_of(grids=grids, households=homes)
    found = Grids(data).of_households[1]
    return grid_of(data), [(one.code, one.ids[0]) for one in found]


def test_every_household_is_in_exactly_one_grid_or_it_is_said() -> None:
    wide = {**EAST, "id": "G3", "name": "第3网格", "geometry": field(400, 0, 1000, 1000)}
    homes = [*HOMES, {"id": "A3", "village_id": "A", "geometry": at(450, 10)}]
    assert in_grids([WEST, EAST], HOMES) == ({"A1": "G1", "A2": "G2"}, [("grid_none", "B1")])
    mine, doubts = in_grids([WEST, wide], homes)
    assert mine == {"A1": "G1", "A2": "G3"}
    assert doubts == [("grid_none", "B1"), ("grid_several", "A3")]


def test_a_house_on_the_border_of_two_grids_is_in_one() -> None:
    homes = [{"id": "A1", "village_id": "A", "geometry": at(500, 10)}]
    assert in_grids([EAST, WEST], homes) == ({"A1": "G1"}, [])


def test_the_grid_a_ledger_states_decides() -> None:
    homes = [
        {**HOMES[0], "grid_id": "G1"},
        {**HOMES[1], "grid_id": "第1网格"},  # drawn in the second
        {"id": "A3", "village_id": "A", "grid_id": "G1、G2"},
        {"id": "A4", "village_id": "A", "grid_id": "G7"},
        {"id": "A5", "village_id": "A", "grid_id": "第2 网格"},
    ]
    mine, doubts = in_grids([WEST, EAST], homes)
    assert mine == {"A1": "G1", "A2": "G1", "A5": "G2"}
    assert doubts == [("grid_differs", "A2"), ("grid_several", "A3"), ("grid_unknown", "A4")]


def test_grids_of_one_name_are_told_apart_by_their_village() -> None:
    rows = [
        {"id": "X", "name": "一格", "village_id": "A"},
        {"id": "Y", "name": "一格", "village_id": "B"},
    ]
    homes = [{**HOMES[0], "grid_id": "一格"}, {**HOMES[2], "grid_id": "一格"}]
    assert in_grids(rows, homes) == ({"A1": "X", "B1": "Y"}, [])


def test_a_grid_without_outline_has_its_groups_or_its_whole_village() -> None:
    by_group = [
        {"id": "X", "name": "一格", "village_id": "A", "group": "1社、3社"},
        {"id": "Y", "name": "二格", "village_id": "A", "group": "2社"},
        {"id": "Z", "name": "乙村格", "village_id": "B"},
    ]
    assert in_grids(by_group, HOMES) == ({"A1": "X", "A2": "Y", "B1": "Z"}, [])


def test_a_house_drawn_in_another_village_s_grid_is_not_put_there() -> None:
    strange = [{"id": "B1", "village_id": "B", "geometry": at(100, 100)}]
    assert in_grids([WEST, EAST], strange) == ({}, [("grid_elsewhere", "B1")])


def test_without_grids_nobody_is_missing_one() -> None:
    assert in_grids([], HOMES) == ({}, [])


@settings(max_examples=often(12, 200))
@given(st.lists(st.tuples(st.integers(-5, 1005), st.integers(-5, 1005)), max_size=12))
def test_no_household_is_lost_between_grids_and_findings(spots: list[tuple[int, int]]) -> None:
    homes = [
        {"id": f"H{n}", "village_id": "A", "geometry": at(x, y)} for n, (x, y) in enumerate(spots)
    ]
    mine, doubts = in_grids([WEST, EAST], homes or [{"id": "H", "village_id": "A"}])
    lost = {key for _, key in doubts}
    assert not mine.keys() & lost
    assert mine.keys() | lost == {str(one["id"]) for one in homes or [{"id": "H"}]}
    for key, (x, y) in zip([f"H{n}" for n in range(len(spots))], spots, strict=True):
        assert (key in lost) == (not (0 <= x <= 1000 and 0 <= y <= 1000))


def test_a_worker_named_by_an_assignment_goes_before_the_list_of_grids() -> None:
    rows = [someone("grid_worker", "新格员", village_id="A", grid_id="第1网格", phone="139")]
    mine = told(data_of(rows, grids=[WEST, EAST]), item(), item("A2"))
    assert (mine["A1"]["person"], mine["A1"]["phone"]) == ("新格员", "139")
    assert (mine["A2"]["person"], mine["A2"]["place"]) == ("网格乙", "河川镇东沟村第2网格")


def test_a_thing_at_an_exact_place_is_in_the_grid_around_it() -> None:
    data = data_of([], grids=[WEST, EAST])
    corner = data.frames["households"].to_crs(4326).geometry
    spots = {"lon": str(corner.iloc[1].x), "lat": str(corner.iloc[1].y)}
    lamp = item("L", kind="streetlight-repair", **spots)
    row = told(data, lamp, item("R", **spots, shape="LINESTRING (0 0, 1 1)"))
    assert (row["L"]["grid_id"], row["L"]["person"]) == ("G2", "网格乙")
    assert row["R"]["grid_id"] == ""  # a road lies in many


# ---------------------------------------------------------------------------------- the chain


def test_where_nobody_answers_it_is_said_with_what_to_do() -> None:
    data = data_of([UNIT, {**LEADER, "township": "柳林镇"}])
    found = responsible(data, of(item(), item("b", "B", lead=None)), DAY).findings
    assert [(one.code, one.ids) for one in found] == [
        ("village_nobody", ("B",)), ("work_nobody", ("号-b",)), ("work_no_office", ("号-b",)),
    ]  # fmt: skip
    table = findings_table(found)
    assert list(table["severity"]) == ["warning"] * 3
    assert "请" in table["message_zh"].iloc[0]
    assert "Name" in table["message_en"].iloc[0]
    # finished work needs nobody any more
    closed = item("b", "B", lead=None, state="closed")
    assert not [one for one in codes(data, closed) if one[0].startswith("work")]


def test_rows_that_say_nothing_are_said() -> None:
    rows = [
        someone("leader", "甲"),
        someone("unit", "乙", village="无此村"),
        someone("cadre", "丙"),
        someone("cadre", "丁", household_id="无此户"),
        someone("grid_worker", "戊", village_id="A", grid_id="G9"),
        someone("team", "己"),
        UNIT,
        {**UNIT, "person": "别人"},
    ]
    found = codes(data_of(rows, grids=[WEST, EAST, {**EAST, "id": "G0", "worker": None}]))
    assert [one for one in found if not one[0].startswith(("village", "grid_none"))] == [
        ("assigned_nowhere", "F1"), ("assigned_nowhere", "F2"), ("assigned_nowhere", "F3"),
        ("assigned_nowhere", "F6"), ("assigned_twice", "F8"), ("cadre_nowhere", "无此户"),
        ("grid_no_worker", "G0"), ("grid_several", "A2"), ("grid_worker_nowhere", "G9"),
    ]  # fmt: skip


def test_a_person_whose_time_is_over_is_said() -> None:
    data = data_of([{**UNIT, "until": "2023-05-31"}])
    assert ("work_person_ended", "号-A1") in codes(data, item(person="干部丁"))
    again = data_of([{**UNIT, "until": "2023-05-31"}, {**UNIT, "since": "2023-06-01"}])
    assert ("work_person_ended", "号-A1") not in codes(again, item(person="干部丁"))


def test_a_project_that_says_nothing_of_who_answers_is_not_asked() -> None:
    assert chain_findings(data_of(), DAY) == []
    assert [one.code for one in chain_findings(data_of([]), DAY)] == ["village_nobody"] * 3


def test_findings_of_one_kind_are_one_sentence() -> None:
    found = merged(chain_findings(data_of([]), DAY))
    assert [(one.code, one.ids) for one in found] == [("village_nobody", ("A", "B", "C"))]
    for lang in LANGUAGES:
        assert "3" in found[0].message(lang)
        assert "{" not in found[0].message(lang)


# ---------------------------------------------------------------------------------- writing


def kept(*items: Item) -> MemoryStore:
    store = MemoryStore()
    told_ = {key: dict(one) for key, one in of(*items).items()}
    with store.writing() as writer:
        made = [
            Event(key, "made", value=pd.Series(row).drop("version").to_json(force_ascii=False))
            for key, row in told_.items()
        ]
        writer.keep(made, Said("", "test"))
    return store


def test_only_what_is_empty_is_written_and_only_once() -> None:
    store = kept(item(person="王某某"), item("A2"), item("b", "B"))
    data = data_of([UNIT], teams=[BUILDERS])
    done = assign(store, data, store.items(), Said("计划员", "cli"), DAY)
    rows = store.items()
    assert [rows["w-A1"][k] for k in ("office", "team", "person")] == [
        "县水务局",
        "施工一队",
        "王某某",
    ]
    assert [rows["w-A2"][k] for k in ("office", "team", "person")] == [
        "县水务局",
        "施工一队",
        "干部丁",
    ]
    assert (rows["w-b"]["person"], done.nobody) == (None, ["号-b"])
    assert (done.counts, done.of_whom) == ({"office": 3, "team": 3, "person": 1}, {"unit": 1})
    history = store.history()
    assert list(history["who"].unique()) == ["", "计划员"]
    again = assign(store, data, store.items(), Said("计划员", "cli"), DAY)
    assert again.events == []
    assert len(store.history()) == len(history)


def test_a_dry_run_writes_nothing_and_says_the_same() -> None:
    store = kept(item(), item("A2"))
    before = store.items()
    dry = assign(store, data_of([UNIT]), before, Said("", "cli"), DAY, dry_run=True)
    assert store.items() == before
    wet = assign(store, data_of([UNIT]), before, Said("", "cli"), DAY)
    assert [(one.work_id, one.field, one.value) for one in dry.events] == [
        (one.work_id, one.field, one.value) for one in wet.events
    ]


def test_what_somebody_filled_in_meanwhile_is_left() -> None:
    store = kept(item(), item("A2"), item("A3"))
    seen = store.items()
    with store.writing() as writer:
        events = [
            Event("w-A1", "set", "person", None, "抢先"),
            Event("w-A2", "set", "state", "open", "closed"),
        ]
        writer.keep(events, Said("", "page"))
    assign(store, data_of([UNIT]), seen, Said("", "cli"), DAY)
    rows = store.items()
    assert (rows["w-A1"]["person"], rows["w-A1"]["office"]) == ("抢先", "县水务局")
    assert rows["w-A2"]["person"] is None  # no work is left there
    assert rows["w-A3"]["person"] == "干部丁"


def test_finished_work_that_nobody_answers_for_is_not_counted() -> None:
    store = kept(item("b", "B"), item("B2", "B", state="verified"))
    done = assign(store, data_of([UNIT]), store.items(), Said("", "cli"), DAY)
    assert done.nobody == ["号-b"]


# ---------------------------------------------------------------------------------- duties


def test_a_table_per_person_counts_what_is_open_and_overdue() -> None:
    data = data_of([UNIT, {**UNIT, "village_id": "B", "phone": "139"}])
    items = of(
        item(due="2023-06-29"), item("A2"), item("x", state="closed"), item("b", "B"),
        item("c", "C"),
    )  # fmt: skip
    found = responsible(data, items, DAY)
    table = persons(found, items, DAY)
    names = ["person", "place", "items", "overdue", "done", "next_due"]
    assert table[names].values.tolist() == [
        ["干部丁", "河川镇东沟村", 2, 1, 1, "2023-06-29"],
        ["干部丁", "河川镇王家庄村", 1, 0, 0, "2023-07-10"],
        ["", "", 1, 0, 0, "2023-07-10"],
    ]
    assert table["items"].sum() + table["done"].sum() == len(items)


def test_a_table_per_team_says_how_many_days_it_takes() -> None:
    items = of(*(item(f"a{n}") for n in range(5)), item("d", state="verified"))
    found = responsible(data_of(teams=[BUILDERS]), items, DAY)
    rows: list[Any] = teams(found, items, DAY).to_dict("records")
    assert rows == [
        {"team": "施工一队", "per_day": 2, "items": 5, "overdue": 0, "days": 3,
         "villages": "河川镇东沟村"}
    ]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workbook_has_persons_teams_and_every_doubt(lang: str) -> None:
    items = of(item(), item("c", "C"))
    found = responsible(data_of([UNIT], teams=[BUILDERS]), items, DAY)
    book = openpyxl.load_workbook(io.BytesIO(duties_workbook(found, items, DAY, lang)))
    assert len(book.sheetnames) == 3
    doubts = book.worksheets[2]
    ids = [cell.value for cell in doubts["C"]][3:]
    assert ids == ["B", "C", "号-c"]


def test_lists_are_told_apart_by_more_than_a_name() -> None:
    one, other = item("b", "B", person="王某某"), item("c", "C", person="王某某")
    assert split_key(one, "village") != split_key(other, "village")
    assert split_key(one, "person") != split_key(other, "person")
    assert split_key(one, "lead") == split_key(other, "lead") == "县农业农村局"
    assert (split_key(one, "township"), split_key(one, "team")) == ("河川镇", "")
    assert split_key(item(), "person") == ""


# ---------------------------------------------------------------------------------- a project


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Give a small project whose work is kept, with leaders for one of its two townships."""
    from ui.run import assess_project

    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    sheet = tmp_path / "责任分工.csv"
    place = open_project(folder)
    towns = place.frame("villages")
    assert towns is not None
    town = str(towns["township"].iloc[0])
    sheet.write_text(f"责任类型,乡镇,责任人\n包抓领导,{town},王某某\n", encoding="utf-8-sig")
    place.import_file("assignments", sheet)
    found = assess_project(place)
    with GeoPackageStore(place.store).writing() as writer:
        register(writer, found, worklist(found, load_costs()), Said("", "test"))
    return folder


def test_the_commands_assign_and_tell(
    tiny: Path, tmp_path: Path, village_planner: Callable[..., Any]
) -> None:
    store = GeoPackageStore(open_project(tiny).store)
    before = store.items()
    dry = village_planner("assign", tiny, "--dry-run", "--json").json()
    assert store.items() == before
    done = village_planner("assign", tiny, "--who", "计划员")
    assert done.code == 0, done.err
    items = store.items()
    with_one = [one for one in items.values() if one["person"]]
    assert dry["person"] == len(with_one) > 0
    assert {one["person"] for one in with_one} == {"王某某"}
    assert sorted(dry["nobody"]) == sorted(
        str(one["work_no"]) for one in items.values() if not one["person"]
    )
    assert dry["nobody"]
    out = tmp_path / "duties.xlsx"
    told_ = village_planner("duties", tiny, "--json", "--out", out).json()
    assert sum(row["items"] for row in told_["persons"]) == len(items)
    assert {row["code"] for row in told_["findings"]} >= {"village_nobody", "work_nobody"}
    assert len(openpyxl.load_workbook(out).sheetnames) == 3
    checked = village_planner("check", tiny, "--json").json()["findings"]
    nobody = next(one for one in checked if one["code"] == "work_nobody")
    assert sorted(nobody["ids"]) == sorted(dry["nobody"])
    assert village_planner("duties", tiny, "--out", tmp_path / "x.pdf").code == 2


def test_work_that_is_taken_on_keeps_its_person() -> None:
    store, data = kept(item(), item("A2")), data_of([LEADER])
    assign(store, data, store.items(), Said("", "cli"), DAY)
    take_step(store, ["w-A1"], "accept", Said("", "cli"))
    rows = store.items()
    assert rows["w-A1"]["state"] == "accepted"
    found = told(data, *rows.values())
    assert {one["person"] for one in found.values()} == {"领导丙"}
    assert {one["of_whom"] for one in found.values()} == {"leader"}
