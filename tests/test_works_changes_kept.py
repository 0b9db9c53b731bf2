"""Accepted changes: one import that can be undone, told to the work, nothing lost in between."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hand import standard

from geo.assess import Assessment, assess
from layers import amend as amending
from layers.cache import load
from layers.errors import UsageError
from layers.project import Project, create_project, stored_findings
from layers.request import Request
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import kept, replay
from layers.tasks.store import Said
from layers.work_form import Event, Item
from works.changes import accepting
from works.changes.accepting import accept
from works.changes.noticing import notice
from works.changes.proposals import (
    Proposed,
    by_hand,
    decline,
    pending,
    proposals,
    propose_for,
    tell_place,
)
from works.library import load_costs
from works.tasks.act import edit, take_step
from works.tasks.register import Registered, register
from works.worklist import worklist

VILLAGES = """行政村代码,行政村,乡镇,经度,纬度
V1,东沟村,城关镇,107.60,35.70
V2,西沟村,城关镇,107.62,35.70
"""
HOMES = """户编号,村代码,人口,自来水,取暖方式,经度,纬度
H1,V1,4,否,燃煤,107.6,35.7
H2,V1,3,否,煤改电,107.601,35.7
H3,V1,3,是,煤改气,107.602,35.7
H4,V2,5,否,,107.62,35.7
"""
TOILETS = """户厕编号,户编号,厕所类型,是否使用
T1,H1,普通旱厕,是
T2,H2,三格式,是
"""
PLACES = """编号,名称,类型,村代码,经度,纬度
P1,文化广场,广场,V1,107.6005,35.7
"""
LAMPS = """灯杆编号,村代码,状态,经度,纬度
L1,V2,正常,107.62,35.7
"""
WATER = {
    "id": "water", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "work": {"kind": "water-connection"},
}  # fmt: skip
TOILET = {
    "id": "toilet", "subjects": "households", "measure": "count", "items": "toilets",
    "by": "household_id", "where": {"type": ["three_compartment"], "in_use": True},
    "work": {"kind": "toilet-rebuild"},
}  # fmt: skip
SQUARE = {
    "id": "square", "subjects": "public_places", "measure": "reach", "facilities": "streetlights",
    "where": {"status": ["working"]}, "within_m": 25, "work": {"kind": "streetlight-new"},
}  # fmt: skip
RULES = standard(WATER, TOILET, SQUARE)
DAY = dt.date(2023, 6, 30)
ME = Said("王某某", "cli")


class County:
    """A project on the disk and its kept work."""

    def __init__(self, folder: Path) -> None:
        self.project = create_project(folder, name="某县")
        self.store = GeoPackageStore(self.project.store)
        for layer, text in {
            "villages": VILLAGES, "households": HOMES, "toilets": TOILETS,
            "public_places": PLACES, "streetlights": LAMPS,
        }.items():  # fmt: skip
            self.put(layer, text)
        self.look()

    def put(self, layer: str, text: str) -> None:
        path = self.project.folder.parent / f"{layer}.csv"
        path.write_text(text, "utf-8")
        self.project.import_file(layer, path, Request(date=DAY))

    def assess(self) -> Assessment:
        return assess(load(self.project), RULES, as_of=DAY)

    def look(self) -> Registered:
        found = self.assess()
        numbers = {key: item["work_no"] for key, item in self.store.items().items()}
        with self.store.writing() as writer:
            return register(writer, found, worklist(found, load_costs(), numbers), ME)

    def of(self, target: str, subject: str) -> Item:
        (found,) = (
            item for item in self.store.items().values()
            if (item["target_id"], item["subject_id"]) == (target, subject)
        )  # fmt: skip
        return found

    def done(self, target: str, subject: str, **told: str) -> str:
        key = str(self.of(target, subject)["work_id"])
        if told:
            edit(self.store, {key: told}, ME)
        take_step(self.store, [key], "done", ME)
        return key

    def propose(self) -> list[str]:
        return propose_for(self.project, self.store, RULES, None, ME, day=DAY)

    def change(self, key: str) -> Any:
        return kept(self.store.items([key])[key], "change")

    def rows(self, layer: str) -> pd.DataFrame:
        frame = self.project.frame(layer)
        assert frame is not None
        return frame.set_index("id")

    def replayed(self) -> bool:
        names = ("work_id", "action", "field", "before", "value", "base", "note", "version")
        events = [
            (Event(*(row[name] for name in names)), row["who"])
            for row in self.store.history().to_dict("records")
        ]
        return replay(events) == self.store.items()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return County(tmp_path_factory.mktemp("changes") / "p").project.folder


@pytest.fixture
def county(made: Path, tmp_path: Path) -> County:
    shutil.copytree(made, tmp_path / "p")
    copy = object.__new__(County)
    copy.project = Project(tmp_path / "p")
    copy.store = GeoPackageStore(copy.project.store)
    return copy


def test_what_is_accepted_stands_in_one_import_and_closes_its_gaps(county: County) -> None:
    keys = [county.done("water", "H1"), county.done("toilet", "H1"), county.done("toilet", "H3")]
    assert sorted(county.propose()) == sorted(keys)
    surveyed, imports = county.project.table("surveyed"), len(county.project.table("imports"))
    told = accept(county.project, county.store, keys, ME)
    assert (sorted(told.done), told.refused) == (sorted(keys), {})
    table = county.project.table("imports")
    assert len(table) == imports + 1
    last = table.iloc[-1]
    assert (last["mode"], set(json.loads(last["layers"]))) == ("work", {"households", "toilets"})
    assert set(json.loads(last["note"])["work"]) == set(keys)
    pd.testing.assert_frame_equal(county.project.table("surveyed"), surveyed)
    assert bool(county.rows("households").loc["H1", "piped_water"])
    toilets = county.rows("toilets")
    assert toilets["type"].tolist() == ["three_compartment"] * 3
    assert toilets["household_id"].tolist() == ["H1", "H2", "H3"]
    # What nobody touched is as it was, to the letter.
    assert toilets.loc["T2"].drop("type_source").to_dict() == {
        "household_id": "H2", "type": "three_compartment", "in_use": True
    }  # fmt: skip
    assert [county.change(key)["state"] for key in keys] == ["apply"] * 3
    assert sorted(county.look().gone) == sorted(keys)
    assert pending(county.store) == []
    assert county.replayed()


def test_what_stands_is_proposed_once_and_again_only_when_something_else_is_told(
    county: County,
) -> None:
    key = county.done("toilet", "H1")
    assert county.propose() == [key]
    before = len(county.store.history())
    assert county.propose() == []
    assert len(county.store.history()) == before
    edit(county.store, {key: {"result": "双瓮式"}}, ME)
    assert county.propose() == [key]
    (one,) = pending(county.store)
    assert one.rows[0].values == {"type": "double_urn"}
    assert "不合要求" in one.sentence("zh")
    assert "leaves the gap" in one.sentence("en")


def test_undo_opens_the_changes_again_and_reopens_nobodys_work(county: County) -> None:
    key = county.done("water", "H1")
    county.propose()
    accept(county.project, county.store, [key], ME)
    county.look()
    county.project.undo()
    assert notice(county.project, county.store, ME) == [key]
    assert notice(county.project, county.store, ME) == []
    # The team did its work; the data only do not say so any more.
    assert county.look().reopened == []
    item = county.of("water", "H1")
    assert (item["state"], item["gap"]) == ("done", "there")
    (one,) = pending(county.store)
    assert "撤销" in one.sentence("zh")
    assert accept(county.project, county.store, [key], ME).done == [key]
    assert county.look().gone == [key]
    assert county.replayed()


def test_a_program_that_ends_in_between_is_completed_by_the_next(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = county.done("water", "H1")
    county.propose()

    calls: list[Callable[..., Any]] = [accepting.notice]
    with monkeypatch.context() as patched:
        # Once before (nothing to note), then instead of telling the work.
        def once(*args: Any) -> list[str]:
            if not calls:
                raise KeyboardInterrupt
            return list(calls.pop()(*args))

        patched.setattr(accepting, "notice", once)
        with pytest.raises(KeyboardInterrupt):
            accept(county.project, county.store, [key], ME)
    assert bool(county.rows("households").loc["H1", "piped_water"])
    assert county.change(key)["state"] == "propose"
    version = county.project.data_version()
    assert notice(county.project, county.store, ME) == [key]
    assert county.change(key) | {"state": "apply", "import": int(version)} == county.change(key)
    with pytest.raises(UsageError, match="no open change"):
        accept(county.project, county.store, [key], ME)
    assert county.project.data_version() == version


def test_two_who_accept_the_same_change_write_it_once(county: County) -> None:
    key = county.done("toilet", "H3")
    county.propose()
    (one,) = pending(county.store)
    rows = [row.amendment(key) for row in one.rows]
    first = amending.amend(county.project, rows, {key: "0"}, "x")
    second = amending.amend(county.project, rows, {key: "0"}, "x")
    assert (first.done, second.done, second.number) == ([key], [], None)
    assert (second.earlier, second.refused) == ({key: first.number}, {})
    assert len(county.rows("toilets")) == 3


def test_a_row_somebody_changed_since_is_refused_and_the_others_go_in(county: County) -> None:
    keys = [county.done("toilet", "H1"), county.done("water", "H1"), county.done("water", "H4")]
    county.propose()
    county.put("toilets", TOILETS.replace("普通旱厕", "深坑式"))
    told = accept(county.project, county.store, keys, ME)
    assert sorted(told.done) == sorted(keys[1:])
    (key,) = told.refused
    assert key == keys[0]
    assert told.refused[key].say("zh") == (
        "toilets, type, T1: 提出修改时是“dry_pit”，现在是“deep_pit”。请重新提出修改。"
    )
    assert county.change(key)["state"] == "propose"
    # Proposed anew it goes in.
    assert county.propose() == [key]
    assert accept(county.project, county.store, [key], ME).done == [key]


def test_what_an_import_would_doubt_is_refused(county: County) -> None:
    key = county.done("square", "P1")
    assert county.propose() == []
    (one,) = by_hand(county.store)
    assert "补报位置" in one.sentence("zh")
    tell_place(county.store, key, "10.5,60.1", ME)
    assert county.propose() == [key]
    told = accept(county.project, county.store, [key], ME)
    assert list(told.refused) == [key]
    assert told.number is None
    assert len(county.rows("streetlights")) == 1
    tell_place(county.store, key, "107.6006,35.7", ME)
    county.propose()
    assert accept(county.project, county.store, [key], ME).done == [key]
    assert county.look().gone == [key]
    lamp = county.rows("streetlights").loc[key]
    assert (lamp["village_id"], lamp["status"]) == ("V1", "working")


@pytest.mark.parametrize("point", ["here", "107.6", "190,35", "107.6,nan"])
def test_a_place_that_is_none_is_wrong_usage(county: County, point: str) -> None:
    key = county.done("square", "P1")
    with pytest.raises(UsageError, match="no position"):
        tell_place(county.store, key, point, ME)


def test_an_open_doubt_or_clash_comes_first(county: County) -> None:
    keys = [county.done("water", "H1"), county.done("water", "H4")]
    county.propose()
    with county.store.writing() as writer:
        writer.keep([Event(keys[0], "question", "far", value="900")], ME)
        writer.keep([Event(keys[1], "claim", "state", "done", "disputed", 1)], ME)
    told = accept(county.project, county.store, keys, ME)
    assert (told.done, told.number) == ([], None)
    codes = {key: why.say("zh") for key, why in told.refused.items()}
    assert "疑点" in codes[keys[0]]
    assert "说法不同" in codes[keys[1]]
    with county.store.writing() as writer:
        writer.keep([Event(keys[0], "answer", "far", value="ok")], ME)
    assert accept(county.project, county.store, keys[:1], ME).done == keys[:1]


def test_declined_is_declined_until_it_is_done_anew(county: County) -> None:
    key = county.done("water", "H1")
    county.propose()
    with pytest.raises(UsageError, match="reason"):
        decline(county.store, [key], ME, " ")
    assert decline(county.store, [key], ME, "现场没有通水") == [key]
    assert pending(county.store) == []
    assert county.propose() == []
    with pytest.raises(UsageError, match="no open change"):
        decline(county.store, [key], ME, "再退一次")
    take_step(county.store, [key], "reopen", ME, note="没有通水")
    take_step(county.store, [key], "done", ME)
    assert county.propose() == [key]
    assert county.replayed()


def test_what_is_no_longer_done_cannot_be_accepted(county: County) -> None:
    key = county.done("water", "H1")
    county.propose()
    take_step(county.store, [key], "reopen", ME, note="没有通水")
    assert proposals(county.store) == []
    with pytest.raises(UsageError, match="not done any more"):
        accept(county.project, county.store, [key], ME)
    assert not bool(county.rows("households").loc["H1", "piped_water"])


def test_work_struck_off_undone_proposes_nothing(county: County) -> None:
    key = str(county.of("water", "H1")["work_id"])
    take_step(county.store, [key], "strike-off", ME, note="重复登记")
    assert county.propose() == []


def test_a_change_that_breaks_again_is_proposed_again(county: County) -> None:
    key = county.done("water", "H1")
    county.propose()
    accept(county.project, county.store, [key], ME)
    county.look()
    version = county.of("water", "H1")["version"]
    county.put("households", HOMES)
    assert county.look().reopened == [key]
    item = county.of("water", "H1")
    assert (item["state"], item["version"]) == ("reopened", version + 1)
    assert county.propose() == []
    county.done("water", "H1")
    assert county.propose() == [key]
    assert accept(county.project, county.store, [key], ME).done == [key]
    assert county.look().gone == [key]
    assert county.replayed()


def test_a_doubt_about_a_cell_is_settled_by_what_was_built(county: County) -> None:
    county.put("toilets", TOILETS.replace("普通旱厕", "说不清"))
    assert [one.ids for one in stored_findings(county.project)
            if one.code == "word_unknown"] == [("T1",)]  # fmt: skip
    rows = [amending.Amendment("w", "toilets", "T1", {"type": "三格式"}, {"type": ""})]
    amending.amend(county.project, rows, {"w": "0"}, "x")
    assert [one for one in stored_findings(county.project) if one.code == "word_unknown"] == []
    assert county.rows("toilets").loc["T1", "type"] == "three_compartment"


def test_two_pieces_of_work_in_one_cell(county: County) -> None:
    both = [
        amending.Amendment("w1", "toilets", "T1", {"type": "biogas"}, {"type": "dry_pit"}),
        amending.Amendment("w2", "toilets", "T1", {"type": "loft"}, {"type": "dry_pit"}),
        amending.Amendment("w2", "households", "H1", {"piped_water": "true"}, {}),
        amending.Amendment("w3", "toilets", "T1", {"in_use": "false"}, {"in_use": "true"}),
    ]
    told = amending.amend(county.project, both, dict.fromkeys(("w1", "w2", "w3"), "0"), "x")
    assert (told.done, list(told.refused)) == (["w1", "w3"], ["w2"])
    toilet = county.rows("toilets").loc["T1"]
    assert (toilet["type"], bool(toilet["in_use"])) == ("biogas", False)
    # The other row of the refused one stays out as well.
    assert not bool(county.rows("households").loc["H1", "piped_water"])


def test_the_command_lists_accepts_and_declines(
    county: County, village_planner: Callable[..., Any]
) -> None:
    folder = county.project.folder
    rules = folder / "rules.toml"
    rules.write_text(
        'id = "s"\nversion = "1"\neffective_from = 2020-01-01\n[[target]]\nid = "water"\n'
        'title = { zh = "自来水", en = "Piped water" }\nsubjects = "households"\n'
        'measure = "attribute"\ncolumn = "piped_water"\none_of = [true]\n'
        '[target.work]\nkind = "water-connection"\n',
        "utf-8",
    )
    county.project.save_settings(standard="rules.toml")
    county.done("water", "H1")
    county.done("water", "H4")
    listed = village_planner("changes", folder, "--json").json()
    assert [one["work_no"] for one in listed["pending"]] == ["东沟-水-001", "西沟-水-001"]
    left = village_planner("changes", folder, "--decline", "西沟-水-001", "--note", "未通水")
    assert left.code == 0, left.err
    assert "待接受的修改1项" in left.out
    done = village_planner("changes", folder, "--accept", "东沟-水-001")
    # One of three households had piped water before, two of three have it now.
    assert "东沟村　自来水：33.3% → 66.6%" in done.out
    assert "待接受的修改0项" in done.out
    lost = village_planner("changes", folder, "--accept", "东沟-水-099")
    assert (lost.code, "东沟-水-099" in lost.err) == (2, True)


def test_a_proposal_says_its_layer(county: County) -> None:
    county.done("water", "H1")
    county.propose()
    (one,) = pending(county.store)
    assert isinstance(one, Proposed)
    assert (one.layer, one.why) == ("households", "")
    assert one.as_dict("en")["message"] == (
        "Households H1: piped water from “no” to “yes”. Not verified yet."
    )
