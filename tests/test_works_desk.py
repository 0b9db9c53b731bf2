"""What the pages of work say of kept work: picked, counted, told, and the shares that moved."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.tasks.replay import blank
from layers.tasks.store import HISTORY, MemoryStore, Said
from layers.text import LANGUAGES, t
from layers.work_form import Event, Item
from works.desk.periods import causes
from works.desk.picking import FLAGS, TODO, Wanted, figures, flagged, is_todo, leads, pick, teams
from works.desk.told import lines, moment, question_text, sentence, value_text
from works.tasks.life import states

DAY = dt.date(2023, 6, 30)


def item(key: str, state: str = "open", **more: str | None) -> Item:
    """Make a piece of work; its priority is the figure at the end of its key."""
    made = blank(key) | {"work_no": f"东-{key}", "state": state, "priority": key[-1]}
    return made | {"village_id": "v1", "lead": "农业局", "gap": "there"} | more


DESK = [
    item("w1", "open", due="2023-06-24"),
    item("w2", "accepted", team="一队", due="2023-07-10"),
    item("w3", "done", person="王某某", township_check="ok"),
    item("w4", "done", village_id="v2"),
    item("w5", "verified", team="二队"),
    item("w6", "closed", gap="gone", team="二队"),
    item("w7", "disputed", obstacle="不同意", team="一队"),
    item("w8", "reopened", gap="gone", team="一队", claims='{"note": [{"value": "x"}]}'),
    item("w9", "in_progress", team="一队", questions='[{"code": "far_away", "value": "800"}]'),
]


def keys(found: list[Item]) -> list[str]:
    return [one["work_id"] for one in found]


def test_what_is_still_to_do_comes_first_by_priority() -> None:
    assert keys(pick(DESK[::-1], Wanted(), DAY)) == [
        "w1", "w2", "w8", "w9", "w3", "w4", "w5", "w6", "w7",
    ]  # fmt: skip


def test_work_is_picked_by_place_state_team_and_flag() -> None:
    assert keys(pick(DESK, Wanted(villages=frozenset(["v2"])), DAY)) == ["w4"]
    assert keys(pick(DESK, Wanted(state=TODO), DAY)) == ["w1", "w2", "w8", "w9"]
    assert keys(pick(DESK, Wanted(state="closed"), DAY)) == ["w6"]
    assert keys(pick(DESK, Wanted(team="二队"), DAY)) == ["w5", "w6"]
    assert keys(pick(DESK, Wanted(lead="水务局"), DAY)) == []
    picked = {flag: keys(pick(DESK, Wanted(flag=flag), DAY)) for flag in FLAGS}
    assert picked == {
        "overdue": ["w1"],
        "unassigned": ["w1", "w4"],
        "clash": ["w8"],
        "question": ["w9"],
        "photo": [],
        "change": [],
        "gone": ["w8"],
        "paper": ["w5"],
    }


def test_figures_by_hand() -> None:
    found = figures(DESK, DAY)
    assert found.todo == 4
    assert (found.late, found.longest) == (1, 6)
    assert (found.township, found.county) == (1, 1)
    assert (found.unassigned, found.objected, found.clashes, found.questions) == (2, 1, 1, 1)
    # the disputed one, the one with two values, the one in doubt
    assert found.asking == 3
    assert (found.gone, found.paper, found.changes) == (1, 1, 0)
    assert sum(found.states.values()) == len(DESK)


@given(st.lists(st.sampled_from([*states()]), max_size=30))
def test_every_piece_of_work_is_counted_once(made: list[str]) -> None:
    items = [item(f"w{n}", state) for n, state in enumerate(made)]
    found = figures(items, DAY)
    assert sum(found.states.values()) == len(items)
    assert len(pick(items, Wanted(), DAY)) == len(items)
    parts = [len(pick(items, Wanted(state=one), DAY)) for one in states()]
    assert sum(parts) == len(items)
    assert found.todo == sum(map(is_todo, items)) == len(pick(items, Wanted(state=TODO), DAY))


def test_a_change_that_waits_is_flagged_until_it_is_decided() -> None:
    for state, waits in (("propose", True), ("apply", False), ("decline", False)):
        kept = json.dumps({"state": state}, ensure_ascii=False, sort_keys=True)
        assert flagged(item("w1", change=kept), "change", DAY) is waits


def test_teams_and_departments_are_named_once() -> None:
    assert teams(DESK) == ["一队", "二队"]
    assert leads(DESK) == ["农业局"]


# ---------------------------------------------------------------------------------- history


def history() -> pd.DataFrame:
    store = MemoryStore()
    with store.writing() as writer:
        writer.keep([Event("w1", "made", value='{"state": "open"}')], Said("", "assess"))
        events = [
            Event("w1", "set", "state", "open", "done", note="<b>好</b>"),
            Event("w1", "set", "progress", None, "100", note="<b>好</b>"),
        ]
        writer.keep(events, Said("一队", "return", 4))
        writer.keep([Event("w1", "claim", "note", None, "x", 1)], Said("二队", "return", 5))
        writer.keep([Event("w1", "question", "far_away", None, "820")], Said("一队", "return", 4))
        writer.keep([Event("w1", "refresh", value='{"value": "3"}')], Said("", "assess"))
        writer.keep([Event("w1", "refresh", value='{"gap": "gone"}')], Said("", "assess"))
    return store.history()


def test_a_history_reads_newest_first_with_who_and_from_which_file() -> None:
    told = lines(history(), {4: "一队.xlsx"}, "zh")
    assert [one.said for one in told] == [
        t("worked.gap.gone", "zh"),
        "提出疑点：报完成的位置离任务地点820米。",
        "备注另有说法：x，未采纳，待选定",
        "进度：100%",
        "状态：待签收 → 已完成待验收",
        "生成任务",
    ]
    assert told[4].way == "回收第4号 一队.xlsx"
    assert told[2].way == "回收第5号 "
    assert told[4].who == "一队"
    # one reason given with two fields is told once
    assert [one.note for one in told].count("<b>好</b>") == 1
    assert told[5].way == t("worked.via.assess", "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_action_has_a_sentence(lang: str) -> None:
    row = dict.fromkeys(HISTORY) | {"field": "note", "before": "a", "value": "b"}
    for action in ("made", "set", "settle", "claim", "late", "handed", "propose", "apply",
                   "decline", "question", "answer", "photo"):  # fmt: skip
        said = sentence(row | {"action": action}, lang)
        assert said, action
        assert "{" not in said
        assert not said.startswith("worked."), action


def test_values_are_written_as_people_write_them() -> None:
    assert value_text("state", "done", "zh") == t("state.done", "zh")
    assert value_text("progress", "60", "en") == "60%"
    assert value_text("township_check", "ok", "zh") == "通过"
    assert value_text("note", None, "zh") == ""
    assert question_text("far_away", "820", "en") == "told done 820 m from where the task is."
    assert question_text("new_doubt", "820", "zh") == "new_doubt 820"


def test_a_moment_is_told_to_the_minute_and_anything_else_as_it_is() -> None:
    there = dt.datetime(2023, 6, 30, 8, 15, tzinfo=dt.UTC).astimezone()
    assert moment("2023-06-30T08:15:59Z") == there.strftime("%Y-%m-%d %H:%M")
    assert moment("gestern") == "gestern"


def test_causes_are_counted_the_most_frequent_first() -> None:
    class Two:
        subjects = pd.DataFrame({"cause": ["new", "improved", "improved"]})

    assert list(causes(Two()).items()) == [("improved", 2), ("new", 1)]  # type: ignore[arg-type]


def test_no_word_of_the_program_stands_in_a_history() -> None:
    store = MemoryStore()
    with store.writing() as writer:
        writer.keep([Event("w1", "made", value='{"state": "done"}')], Said("", "assess"))
        for n, note in enumerate(("regression", "rest", "undone")):
            writer.keep(
                [Event("w1", "set", "progress", None, str(n), note=note)], Said("县", "cli")
            )
    notes = [one.note for one in lines(store.history(), {}, "zh") if one.note]
    assert notes == ["写入已撤销", "评估发现还有别的要做", "评估发现问题反弹"]
