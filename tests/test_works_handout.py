"""Which work goes on a list, what is kept of it, and how the present list shows what is kept."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import Any

import geopandas as gpd
import pytest
from hand import at, judged, project
from hypothesis import given
from hypothesis import strategies as st
from paper_hand import item, site

from geo.assess import Assessment
from layers.errors import DataError, ProjectError, UsageError
from layers.tasks.replay import kept
from layers.tasks.store import MemoryStore, Said
from layers.work_form import Event, Item
from works.handout.choosing import OPEN, hand_out, next_list_no, pick
from works.handout.closing import must_tick
from works.handout.dealing import Asked, deal
from works.handout.overlay import numbers_of, overlay
from works.library import load_costs
from works.tasks.act import edit, take_step
from works.tasks.life import states
from works.worklist import worklist

DAY = dt.date(2023, 6, 30)
SAID = Said("王某某", "cli")


def by_id(*items: Item) -> dict[str, Item]:
    return {one["work_id"]: one for one in items}


def numbers(found: list[Item]) -> list[str]:
    return [one["work_no"] for one in found]


# ---------------------------------------------------------------------------------- choosing

SOME = by_id(
    item(1, priority="10", team="一队"),
    item(2, priority="9", village_id="v2", township="西乡", due="2023-06-01"),
    site(3, priority="2", lead="县住房和城乡建设局", state="in_progress"),
    item(4, priority="1", state="closed"),
    item(5, priority="3", gap="gone"),
    item(6, priority=None, state="reopened"),
)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, "3 2 1 6"),
        ({"villages": ["v2"]}, "2"),
        ({"targets": ["site"]}, "3"),
        ({"leads": ["农业"]}, "2 1 6"),
        ({"townships": ["西"]}, "2"),
        ({"teams": ["一队"]}, "1"),
        ({"states": ["closed", "reopened"]}, "4 6"),
        ({"states": ["open"]}, "5 2 1"),
        ({"limit": 2}, "3 2"),
        ({"overdue_on": DAY}, "2"),
        ({"villages": ["v2"], "targets": ["site"]}, ""),
    ],
)
def test_what_is_picked_and_in_which_order(asked, wanted):
    assert [one["work_id"][-1] for one in pick(SOME, **asked)] == wanted.split()


@given(st.permutations(list(SOME)), st.sets(st.sampled_from(list(states()))), st.integers(1, 6))
def test_picking_does_not_mind_the_order(order, wanted, limit):
    shuffled = {key: SOME[key] for key in order}
    found = pick(shuffled, states=wanted, limit=limit)
    assert found == pick(SOME, states=wanted)[:limit]
    assert all(one["state"] in (wanted or OPEN) for one in found)


def stored(*items: Item) -> MemoryStore:
    return MemoryStore(by_id(*items))


def test_a_list_gets_a_number_no_other_has():
    store = stored(item(1), item(2, version=4))
    assert next_list_no(store) == "QD-0001"
    out = [store.items()[key] for key in ("w-0001", "w-0002")]
    first = hand_out(store, out, receiver="东镇", title="清单", due="2023-08-01", who="王某某")
    second = hand_out(store, out[:1], receiver="西乡", title="清单", due="", who="王某某")
    assert (first.list_no, second.list_no) == ("QD-0001", "QD-0002")
    assert first.versions == {"w-0001": 1, "w-0002": 4}
    now = store.items()
    # Handing out makes no new version: what the receiver holds is the newest there is.
    assert [now[key]["version"] for key in first.versions] == [1, 4]
    assert kept(now["w-0001"], "handed") == {"QD-0001": 1, "QD-0002": 1}
    assert kept(now["w-0002"], "handed") == {"QD-0001": 4}
    rows = store.handed().to_dict("records")
    assert [(row["list_no"], row["receiver"], row["due"]) for row in rows] == [
        ("QD-0001", "东镇", "2023-08-01"), ("QD-0002", "西乡", ""),
    ]  # fmt: skip
    assert json.loads(rows[0]["versions"]) == first.versions


def test_what_is_not_kept_is_not_handed_out():
    store = stored(item(1))
    with pytest.raises(UsageError, match="甲-厕-002: not among the work that is kept"):
        hand_out(store, [item(1), item(2)], receiver="", title="", due="", who="")
    assert len(store.handed()) == 0


def test_an_older_version_is_noted_as_what_the_receiver_holds():
    store = stored(item(1, version=3))
    handed = hand_out(store, [item(1, version=2)], receiver="", title="", due="", who="")
    assert handed.versions == {"w-0001": 2}


# ---------------------------------------------------------------------------------- dealing

RULE = {
    "id": "toilet", "kind": "required", "subjects": "households", "measure": "attribute",
    "column": "piped_water", "one_of": [True], "goal": "0.80",
    "lead": {"zh": "县水务局", "en": "Water"}, "work": {"kind": "water-connection"},
}  # fmt: skip


def county(*dry: str, homes: int = 4) -> Assessment:
    rows = [
        {"id": f"H{n}", "village_id": "V1" if n < 3 else "V2", "piped_water": f"H{n}" not in dry,
         "head": "王某某", "geometry": at(100.0 * n, 50)}
        for n in range(1, homes + 1)
    ]  # fmt: skip
    villages = [
        {"id": "V1", "name": "东沟村", "township": "河川镇", "geometry": at(0, 0)},
        {"id": "V2", "name": "西沟村", "township": "城关镇", "geometry": at(5000, 0)},
    ]
    return judged(project(villages=villages, households=rows), RULE)


def dealt(store: MemoryStore, found: Assessment, *, keep: bool = True, **asked: Any) -> list[Any]:
    with store.writing() as writer:
        return deal(writer, found, load_costs(), Asked(**asked), SAID, "zh", keep=keep)


def test_gaps_become_kept_work_on_a_numbered_list():
    store = MemoryStore()
    (one,) = dealt(store, county("H1", "H2", "H3"), villages=["V1"], receiver="一队",
                   due=dt.date(2023, 8, 15))  # fmt: skip
    items = store.items()
    assert numbers(one.items) == ["东沟-水-001", "东沟-水-002"]
    assert {i["work_no"] for i in items.values()} == set(numbers(one.items))
    assert {(i["state"], i["due"], i["version"]) for i in items.values()} == {
        ("open", "2023-08-15", 1)
    }
    assert (one.handed.list_no, one.handed.receiver, one.handed.due) == (
        "QD-0001", "一队", "2023-08-15",
    )  # fmt: skip
    assert one.handed.versions == dict.fromkeys(items, 1)
    # As they were when they went out: that they did is said after that.
    assert [i | {"handed": items[i["work_id"]]["handed"]} for i in one.items] == [
        items[i["work_id"]] for i in one.items
    ]


def test_a_second_list_keeps_numbers_and_moves_the_due_date():
    store = MemoryStore()
    (first,) = dealt(store, county("H1", "H2"), limit=1, due=dt.date(2023, 8, 1))
    (again,) = dealt(store, county("H1", "H2", "H3"), due=dt.date(2023, 9, 1))
    assert again.handed.list_no == "QD-0002"
    assert first.items[0]["work_no"] in numbers(again.items)
    mine = store.items()[first.items[0]["work_id"]]
    # A later day is news for whoever holds the first list: a version of its own.
    assert (mine["due"], mine["version"]) == ("2023-09-01", 2)
    assert again.handed.versions[mine["work_id"]] == 2
    assert kept(mine, "handed") == {"QD-0001": 1, "QD-0002": 2}
    assert len(set(numbers(again.items))) == 3


def test_what_is_done_or_gone_is_not_handed_out_again():
    store = MemoryStore()
    (first,) = dealt(store, county("H1", "H2", "H3"))
    done, gone, left = (one["work_id"] for one in first.items)
    by_subject = {one["work_id"]: one["subject_id"] for one in first.items}
    take_step(store, [done], "done", SAID)
    dry = [by_subject[done], by_subject[left]]
    (second,) = dealt(store, county(*dry))
    assert [one["work_id"] for one in second.items] == [left]
    assert store.items()[gone]["gap"] == "gone"
    # What came back after it was verified is open again, and on the list.
    for step in ("verify-township", "verify-county", "recheck", "close"):
        take_step(store, [done], step, SAID)
    assert dealt(store, county(by_subject[left]))[0].items[0]["work_id"] == left
    (third,) = dealt(store, county(*dry))
    assert {one["work_id"]: one["state"] for one in third.items} == {
        left: "open", done: "reopened",
    }  # fmt: skip


def test_a_look_keeps_nothing():
    store = MemoryStore()
    (one,) = dealt(store, county("H1", "H2"), keep=False)
    assert (one.handed.list_no, len(one.items), len(store.handed())) == ("", 2, 0)
    assert not dealt(store, county("H1"), villages=["V2"])


def test_a_list_for_each_township_and_team():
    store = MemoryStore()
    found = county("H1", "H3", "H4")
    lists = dealt(store, found, split="township")
    assert {one.part: len(one.items) for one in lists} == {"河川镇": 1, "城关镇": 2}
    assert [one.handed.receiver for one in lists] == [one.part for one in lists]
    assert [one.handed.list_no for one in lists] == ["QD-0001", "QD-0002"]
    first = lists[0].items[0]["work_id"]
    edit(store, {first: {"team": "一队"}}, SAID)
    parts = {one.part: one for one in dealt(store, found, split="team")}
    assert {part: len(one.items) for part, one in parts.items()} == {"一队": 1, "": 2}
    assert parts[""].handed.title == "整改任务清单（未分配）"
    assert numbers(dealt(store, found, teams=["一队"])[0].items) == [lists[0].items[0]["work_no"]]


def test_an_error_leaves_no_work_behind():
    store = MemoryStore()

    def broken() -> None:
        with store.writing() as writer:
            deal(writer, county("H1"), load_costs(), Asked(), SAID, "zh")
            raise sqlite3.OperationalError

    with pytest.raises(sqlite3.OperationalError):
        broken()
    assert (store.items(), len(store.handed())) == ({}, 0)


# ------------------------------------------------------------------- the present list


def test_the_work_list_shows_what_is_kept():
    store, found = MemoryStore(), county("H1", "H2", "H3", "H4")
    (one,) = dealt(store, found, limit=3, due=dt.date(2023, 8, 1))
    verified, started, _ = ids = [i["work_id"] for i in one.items]
    edit(store, {started: {"team": "一队"}}, SAID)
    take_step(store, [started], "start", SAID)
    for step in ("done", "verify-township", "verify-county"):
        take_step(store, [verified], step, SAID)
    items = store.items()
    work = worklist(found, load_costs(), numbers_of(items))
    shown = overlay(work, items).set_index("work_id")
    assert verified not in shown.index
    row = shown.loc[started]
    assert (row["state"], row["version"], row["team"], row["due"]) == (
        "in_progress", 3, "一队", "2023-08-01",
    )  # fmt: skip
    (new,) = set(shown.index) - set(ids)
    assert (shown.loc[new, "state"], shown.loc[new, "version"]) == ("open", 1)
    assert len(overlay(work, items, ended=True)) == 4
    # The list given stays as it is; without kept work it is the list itself.
    assert set(work["state"]) == {"open"}
    assert overlay(work, {}) is work
    assert isinstance(overlay(work, items), gpd.GeoDataFrame)


def test_a_closed_one_that_came_back_is_shown_as_such():
    store, found = MemoryStore(), county("H1")
    (one,) = dealt(store, found)
    key = one.items[0]["work_id"]
    with store.writing() as writer:
        writer.keep([Event(key, "set", "state", "open", "closed"),
                     Event(key, "refresh", value='{"gap": "gone"}')], SAID)  # fmt: skip
    shown = overlay(worklist(found, load_costs()), store.items())
    assert shown["state"].tolist() == ["reopened"]


# ---------------------------------------------------------------------------------- closing


def test_the_list_to_tick_before_closing():
    lists = {"lists": {"seven-open": {"items": ["甲", "乙"]}}}
    assert must_tick({}, "county") == ()
    assert must_tick({**lists, "work": {"close_list": "seven-open"}}, "county") == ("甲", "乙")
    with pytest.raises(ProjectError, match="the list six-visits has no items"):
        must_tick({**lists, "work": {"close_list": "six-visits"}}, "county")
    with pytest.raises(DataError, match=r"county/project\.toml, work: write \[work\]"):
        must_tick({"work": "seven-open"}, "county")
