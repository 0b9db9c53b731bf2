"""Gaps become kept work, and later assessments say what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hand import DAY, at, field, judged, line, project, standard

from geo.assess import Assessment, assess
from layers.frames import ProjectData
from layers.tasks.replay import as_json
from layers.tasks.store import MemoryStore, Said
from layers.work_form import Event, Item
from works.library import load_costs
from works.tasks.act import take_step
from works.tasks.register import GONE, THERE, UNKNOWN, Registered, register
from works.worklist import worklist

ME = Said("王某某", "assess")
VILLAGES = [{"id": "A", "name": "东沟村"}, {"id": "B", "name": "西沟村"}]
WATER = {
    "id": "water", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "exempt": ["declined"], "work": {"kind": "water-connection"},
}  # fmt: skip


class Kept:
    """A store in memory, and assessments registered in it one after the other."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def look(self, found: Assessment, **more: Any) -> Registered:
        numbers = {key: item["work_no"] for key, item in self.store.items().items()}
        work = worklist(found, load_costs(), numbers)
        with self.store.writing() as writer:
            return register(writer, found, work, ME, **more)

    def only(self) -> Item:
        (item,) = self.store.items().values()
        return item

    def by_part(self) -> dict[str | None, Item]:
        return {item["part"]: item for item in self.store.items().values()}

    def finish(self, keys: Sequence[str] | None = None) -> None:
        every = list(self.store.items()) if keys is None else list(keys)
        steps = ("done", "verify-township", "verify-county", "recheck", "close")
        for step in steps:
            assert take_step(self.store, every, step, ME).refused == {}


def homes(**cells: Mapping[str, Any]) -> ProjectData:
    rows = [{"id": key, "village_id": "A", **one} for key, one in cells.items()]
    return project(villages=VILLAGES, households=rows)


DRY, WET, BLANK = {"piped_water": False}, {"piped_water": True}, {"piped_water": None}


def seen(data: ProjectData, **more: Any) -> Assessment:
    return assess(data, standard(WATER, **more), as_of=DAY)


# ---------------------------------------------------------------- gone, there, unknown


@pytest.mark.parametrize(
    ("now", "gap"),
    [
        (homes(H1=WET), GONE),
        (homes(H1=DRY), THERE),
        (homes(H1=BLANK), UNKNOWN),
        (homes(H2=WET), GONE),
        (homes(H1={**DRY, "exempt": "declined"}), GONE),
    ],
    ids=["met", "unmet", "blank", "vanished", "set aside"],
)
def test_what_an_assessment_says_of_a_kept_gap(now: ProjectData, gap: str) -> None:
    kept = Kept()
    assert len(kept.look(seen(homes(H1=DRY))).made) == 1
    told = kept.look(seen(now))
    item = kept.only()
    assert item["gap"] == gap
    assert told.gone == ([item["work_id"]] if gap == GONE else [])
    # Nobody said that it was done: it stays as open as it was, under the version that is out.
    assert (item["state"], item["version"]) == ("open", 1)


def test_what_the_standard_or_the_scope_leaves_out_is_not_gone() -> None:
    kept = Kept()
    data = homes(H1=DRY)
    kept.look(seen(data))
    other = {**WATER, "id": "other", "column": "fiber"}
    kept.look(judged(data, other))
    assert kept.only()["gap"] == UNKNOWN
    kept.look(seen(data))
    assert kept.only()["gap"] == THERE
    elsewhere = {"name": ["西沟村"]}
    kept.look(seen(data, scope=elsewhere))
    assert kept.only()["gap"] == UNKNOWN


def test_a_village_s_work_is_gone_when_no_home_of_it_is_left_or_in_doubt() -> None:
    target = {**WATER, "work": {"kind": "water-connection", "per": "village"}}

    def found(data: ProjectData) -> Assessment:
        return assess(data, standard(target), as_of=DAY)

    kept = Kept()
    kept.look(found(homes(H1=DRY, H2=DRY)))
    item = kept.only()
    assert (item["subject_id"], item["gap"]) == ("A", THERE)
    gaps = []
    for homes_now in (homes(H1=WET, H2=DRY), homes(H1=WET, H2=BLANK), homes(H1=WET, H2=WET)):
        kept.look(found(homes_now))
        gaps.append(kept.only()["gap"])
    assert gaps == [THERE, UNKNOWN, GONE]


# ---------------------------------------------------------------- opened again


def test_what_fell_back_opens_again_with_nothing_said_of_it_yet() -> None:
    kept = Kept()
    kept.look(seen(homes(H1=DRY)))
    key = kept.only()["work_id"]
    with kept.store.writing() as writer:
        told = {"done_on": "2023-06-20", "progress": "100", "result": "已通水", "place": "1,2"}
        writer.keep([Event(key, "set", n, None, v) for n, v in told.items()], ME)
    kept.finish()
    assert kept.look(seen(homes(H1=WET))).gone == [key]
    version = kept.only()["version"]
    later = assess(homes(H1=DRY), standard(WATER), as_of=dt.date(2023, 9, 30))
    assert kept.look(later).reopened == [key]
    item = kept.only()
    assert (item["state"], item["version"]) == ("reopened", version + 1)
    empty = ("done_on", "progress", "result", "place", "township_check", "county_check", "recheck")
    assert [item[name] for name in empty] == [None] * len(empty)
    # Thirty days from the day that found it, not from the first time.
    assert item["due"] == "2023-10-30"
    # What was said the first time is in its history.
    history = kept.store.history()
    assert "已通水" in history["value"].tolist()
    assert kept.look(later) == Registered()


def test_a_gap_that_was_in_doubt_in_between_still_fell_back() -> None:
    kept = Kept()
    kept.look(seen(homes(H1=DRY)))
    key = kept.only()["work_id"]
    kept.finish()
    for now in (homes(H1=WET), homes(H1=BLANK)):
        kept.look(seen(now))
    assert kept.look(seen(homes(H1=DRY))).reopened == [key]


def test_what_was_only_ever_in_doubt_did_not_fall_back() -> None:
    kept = Kept()
    kept.look(seen(homes(H1=DRY)))
    key = kept.only()["work_id"]
    kept.finish()
    kept.look(seen(homes(H1=BLANK)))
    told = kept.look(seen(homes(H1=DRY)))
    assert (told.reopened, told.paper) == ([], [key])
    assert kept.only()["state"] == "closed"


def test_what_is_verified_while_its_gap_is_there_is_done_on_paper() -> None:
    kept = Kept()
    kept.look(seen(homes(H1=DRY, H2=DRY)))
    keys = sorted(kept.store.items())
    kept.finish(keys[:1])
    take_step(kept.store, keys[1:], "done", ME)
    told = kept.look(seen(homes(H1=DRY, H2=DRY)))
    # Done waits for the township's look: only what was verified is on paper.
    assert (told.paper, told.reopened) == (keys[:1], [])


def test_a_change_that_still_waits_did_not_fall_back() -> None:
    kept = Kept()
    kept.look(seen(homes(H1=DRY)))
    key = kept.only()["work_id"]
    kept.finish()
    with kept.store.writing() as writer:
        change = {"rows": [{"layer": "households"}]}
        writer.keep([Event(key, "propose", value=as_json(change))], ME)
    # A file without the household came and was taken back.
    kept.look(seen(homes(H2=WET)))
    assert kept.look(seen(homes(H1=DRY))).reopened == []


# ---------------------------------------------------------------- stretches of a road

LIT = {
    "id": "lit", "subjects": "roads", "amount": "length", "measure": "along",
    "items": "streetlights", "where": {"status": ["working"]}, "within_m": 20,
    "work": {"kind": "streetlight-new", "per": "stretch", "quantity": "length/spacing",
             "spacing_m": 30, "repair": "streetlight-repair"},
}  # fmt: skip


def road(**lamps: str) -> Assessment:
    """Make a road of 300 m with lamps `x40="working"` at so many metres, and judge it."""
    data = project(
        villages=[{"id": "A", "name": "东沟村", "geometry": field(-50, -50, 350, 50)}],
        roads=[{"id": "R", "geometry": line((0, 0), (300, 0))}],
        streetlights=[
            {"id": place, "status": status, "geometry": at(float(place[1:]), 0)}
            for place, status in lamps.items()
        ],
    )
    return assess(data, standard(LIT), as_of=DAY)


# Lit 0-60, 100-200 and 240-300; dark 60-100 by x80 and 200-240 by x220.
REST = {"x20": "working", "x40": "working", "x120": "working", "x160": "working",
        "x180": "working", "x260": "working", "x280": "working"}  # fmt: skip


def test_each_stretch_goes_and_comes_back_by_itself() -> None:
    kept = Kept()
    kept.look(road(**REST, x80="broken", x220="broken"))
    assert sorted(kept.by_part()) == ["0060", "0200"]
    kept.look(road(**REST, x80="working", x220="broken"))
    assert {part: item["gap"] for part, item in kept.by_part().items()} == {
        "0060": GONE, "0200": THERE
    }  # fmt: skip


def test_a_lamp_in_doubt_elsewhere_on_the_road_leaves_a_mended_stretch_gone() -> None:
    kept = Kept()
    kept.look(road(**REST, x80="broken", x220="broken"))
    kept.finish()
    # x80 burns; nobody knows of x220: its stretch is in doubt, the other is not.
    kept.look(road(**REST, x80="working", x220="unknown"))
    items = kept.by_part()
    assert (items["0060"]["gap"], items["0200"]["gap"]) == (GONE, UNKNOWN)
    told = kept.look(road(**REST, x80="broken", x220="unknown"))
    assert told.reopened == [items["0060"]["work_id"]]


def test_where_other_work_is_left_from_the_same_metre_on_it_opens_again() -> None:
    # Dark 60-300 with a broken lamp at 160 only: mended it lights 140-180 and no more.
    kept = Kept()
    first = {"x20": "working", "x40": "working", "x160": "broken"}
    kept.look(road(**first))
    item = kept.only()
    assert (item["part"], item["kind"]) == ("0060", "streetlight-repair")
    kept.finish()
    with kept.store.writing() as writer:
        writer.keep([Event(item["work_id"], "apply", value='{"import": 7}')], ME)
    told = kept.look(road(**{**first, "x160": "working"}))
    assert told.reopened == [item["work_id"]]
    parts = kept.by_part()
    assert sorted(parts) == ["0060", "0180"]
    assert (parts["0060"]["kind"], parts["0060"]["state"]) == ("streetlight-new", "reopened")
    # 80 m from 60 to 140 at 30 m are 3 lamps.
    assert parts["0060"]["quantity"] == "3"


def test_only_what_was_asked_for_is_kept_and_the_rest_refreshed() -> None:
    kept = Kept()
    found = road(**REST, x80="broken", x220="broken")
    work = worklist(found, load_costs())
    chosen = str(work["work_id"].iloc[0])
    assert kept.look(found, only=[chosen], due=dt.date(2023, 12, 31)).made == [chosen]
    assert kept.only()["due"] == "2023-12-31"
    kept.look(road(**REST, x80="working", x220="working"), only=[])
    assert kept.only()["gap"] == GONE
