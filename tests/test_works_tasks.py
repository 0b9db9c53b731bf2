"""The life of work and the merge of what people say of it: hand-worked, then laws."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hand import often
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import UsageError
from layers.tasks.replay import as_json, kept
from layers.tasks.store import MemoryStore, Said
from layers.work_form import FIELDS, RETURNED, Event
from works.tasks.act import EDITS, STEPS, choose, edit, open_steps, take_step
from works.tasks.life import FINISHED, further, may_follow, overdue_days, rules, states
from works.tasks.merge import Past, equal, merge, mergeable, open_claims

ME = Said("王某某", "page")


def work(**told: str) -> MemoryStore:
    store = MemoryStore()
    columns = {"work_id": "w", "work_no": "东沟-厕-001", "state": "open"} | told
    with store.writing() as writer:
        writer.keep([Event("w", "made", value=as_json(columns))], ME)
    return store


def said(store: MemoryStore, name: str, value: str, base: int | None, who: str = "甲") -> str:
    """Take one value that comes back, and give what became of it."""
    item, past = store.items()["w"], Past(store.history())
    outcome = merge(item, past, name, value, base, who)
    if outcome != "same":
        action = {"take": "set", "late": "late", "clash": "claim"}[outcome]
        with store.writing() as writer:
            event = Event("w", action, name, item[name], value, base)
            writer.keep([event], Said(who, "return", 1))
    return outcome


def step(store: MemoryStore, name: str, note: str = "") -> str:
    """Take a step; 'ok', or why not."""
    done = take_step(store, ["w"], name, ME, note=note)
    return "ok" if done.changed else done.refused.get("w", "unchanged")


# ------------------------------------------------------------ the rules of a life


def test_every_state_is_reached_and_named_ones_exist() -> None:
    known = set(states())
    reached = {one for state in states().values() for one in state.next}
    assert reached <= known
    assert known - reached == set()
    assert {one.state for one in STEPS.values() if one.state} <= known
    assert {one.needs for one in states().values()} - {""} <= set(FIELDS)
    assert set(FINISHED) <= known
    assert set(EDITS) <= set(FIELDS)
    assert rules().limits.due_days == 30


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([("accept", "ok"), ("start", "ok"), ("done", "ok")], "done"),
        ([("done", "ok"), ("verify-county", "needs_township_check")], "done"),
        ([("verify-township", "needs_state")], "open"),
        ([("done", "ok"), ("verify-township", "ok"), ("verify-county", "ok")], "verified"),
        ([("dispute", "needs_note")], "open"),
        ([("reopen", "no_way")], "open"),
        ([("close", "needs_state")], "open"),
    ],
)
def test_a_step_is_taken_only_where_the_rules_let_it(
    steps: list[tuple[str, str]], state: str
) -> None:
    store = work()
    for name, answer in steps:
        assert step(store, name) == answer
    assert store.items()["w"]["state"] == state


def test_the_whole_way_to_being_struck_off() -> None:
    store = work()
    for name in ("accept", "start", "done", "verify-township", "verify-county"):
        assert step(store, name) == "ok"
    assert step(store, "close") == "needs_recheck"
    assert step(store, "recheck") == "ok"
    short = take_step(store, ["w"], "close", ME, must_tick=["不漏水", "不冻"])
    assert short.refused == {"w": "needs_ticks"}
    edit(store, {"w": {"ticked": "不漏水、不冻"}}, ME)
    assert take_step(store, ["w"], "close", ME, must_tick=["不漏水", "不冻"]).changed == ["w"]
    item = store.items()["w"]
    assert (item["state"], item["township_check"], item["recheck"]) == ("closed", "ok", "ok")
    assert step(store, "reopen", "渗漏") == "ok"
    item = store.items()["w"]
    cleared = ("township_check", "county_check", "recheck", "ticked")
    assert [item[name] for name in cleared] == [None] * 4
    assert store.history()["note"].tolist()[-1] == "渗漏"


def test_a_reason_is_kept_as_the_obstacle_and_goes_when_it_is_turned_down() -> None:
    store = work()
    assert step(store, "not-feasible", "无地可建") == "ok"
    assert store.items()["w"]["obstacle"] == "无地可建"
    assert step(store, "return-to-open") == "ok"
    assert store.items()["w"]["obstacle"] is None
    assert step(store, "dispute", "户主不同意") == "ok"
    assert step(store, "strike-off") == "needs_note"
    assert step(store, "strike-off", "已核准") == "ok"
    assert store.items()["w"]["state"] == "closed"


def test_a_question_must_be_answered_before_the_county_verifies() -> None:
    store = work()
    for name in ("done", "verify-township"):
        assert step(store, name) == "ok"
    with store.writing() as writer:
        writer.keep([Event("w", "question", "far_away", value="300")], ME)
    assert step(store, "verify-county") == "needs_answers"
    assert open_steps(store.items()["w"])["verify-county"] == "needs_answers"
    with store.writing() as writer:
        writer.keep([Event("w", "answer", "far_away", note="看过")], ME)
    assert step(store, "verify-county") == "ok"


def test_a_step_somebody_else_took_meanwhile_is_a_clash() -> None:
    store = work()
    assert step(store, "accept") == "ok"
    done = take_step(store, ["w"], "done", ME, base={"w": 1})
    assert done.clashes == [("w", "state", "accepted", "done")]
    assert done.changed == done.unchanged == []
    assert store.items()["w"]["state"] == "accepted"
    # Of a version that is not there yet, such as before an older backup was restored, nothing
    # is known: only what nobody has touched is given up unasked.
    assert take_step(store, ["w"], "done", ME, base={"w": 9}).clashes


def test_edits_are_checked_before_anything_is_kept() -> None:
    store = work()
    for name, value in (
        ("due", "30.6.2023"), ("due", "20230630"), ("progress", "130"), ("progress", "²"),
        ("progress", "-1"), ("state", "done"), ("work_no", "x"),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            edit(store, {"w": {"team": "甲队", name: value}}, ME)
    with pytest.raises(UsageError, match="no piece of work"):
        edit(store, {"w": {"team": "甲队"}, "v": {"team": "甲队"}}, ME)
    assert store.items()["w"]["team"] is None
    assert edit(store, {"w": {"progress": "100", "team": None}}, ME).changed == ["w"]
    assert edit(store, {"w": {"progress": "100"}}, ME).unchanged == ["w"]
    assert edit(store, {"w": {"progress": None}}, ME).changed == ["w"]
    assert store.items()["w"]["progress"] is None
    with pytest.raises(UsageError, match="no such step"):
        take_step(store, ["w"], "fly", ME)


def test_two_people_edit_different_fields_without_a_clash() -> None:
    store = work()
    assert edit(store, {"w": {"team": "甲队"}}, ME, base={"w": 1}).changed == ["w"]
    assert edit(store, {"w": {"due": "2023-07-01"}}, ME, base={"w": 1}).changed == ["w"]
    clash = edit(store, {"w": {"team": "乙队", "person": "李某某"}}, ME, base={"w": 1})
    assert clash.clashes == [("w", "team", "甲队", "乙队")]
    assert clash.changed == ["w"]
    item = store.items()["w"]
    assert (item["team"], item["due"], item["person"]) == ("甲队", "2023-07-01", "李某某")


@pytest.mark.parametrize(
    ("state", "due", "days"),
    [("open", "2023-06-29", 1), ("open", "2023-06-30", 0), ("open", None, 0),
     ("done", "2023-06-01", 0), ("verified", "2023-06-01", 0), ("reopened", "2023-06-01", 29),
     ("disputed", "2023-06-20", 10)],
)  # fmt: skip
def test_overdue_counts_from_the_day_of_judgement(state: str, due: str | None, days: int) -> None:
    assert overdue_days({"state": state, "due": due}, dt.date(2023, 6, 30)) == days


# ------------------------------------------------------------ merge, by hand


def test_what_nobody_else_touched_is_taken_and_the_same_again_is_nothing() -> None:
    store = work()
    assert said(store, "progress", "60", 1) == "take"
    assert said(store, "progress", "60", 1) == "same"
    assert said(store, "progress", "60.0", 1) == "same"
    assert said(store, "progress", "60", 1, "乙") == "same"
    assert said(store, "progress", "", 1) == "same"
    assert len(store.history()) == 2


def test_two_different_answers_clash_and_both_are_kept() -> None:
    store = work()
    assert said(store, "progress", "60", 1) == "take"
    assert said(store, "progress", "40", 1, "乙") == "clash"
    item = store.items()["w"]
    assert item["progress"] == "60"
    assert kept(item, "claims") == {"progress": [{"value": "40", "who": "乙", "base": 1}]}
    assert said(store, "progress", "40", 1, "乙") == "same"


def test_a_sender_corrects_what_they_said_themselves() -> None:
    store = work()
    assert said(store, "note", "好", 1) == "take"
    assert said(store, "note", "不好", 1) == "take"
    assert said(store, "note", "好", 1) == "same"
    assert said(store, "note", "坏", 1, "") == "clash"
    assert store.items()["w"]["note"] == "不好"


def test_two_unnamed_senders_may_be_two_people() -> None:
    store = work()
    assert said(store, "note", "好", 1, "") == "take"
    assert said(store, "note", "不好", 1, "") == "clash"


def test_of_two_answers_on_the_way_the_further_one_holds() -> None:
    store = work()
    assert said(store, "state", "in_progress", 1) == "take"
    assert said(store, "state", "done", 1, "乙") == "take"
    assert said(store, "state", "accepted", 1, "丙") == "late"
    assert said(store, "state", "accepted", 1, "丙") == "same"
    assert said(store, "state", "disputed", 1, "丙") == "clash"
    assert store.items()["w"]["state"] == "done"


@pytest.mark.parametrize("state", ["verified", "closed"])
def test_what_is_looked_at_is_beyond_what_a_team_says_of_its_way_there(state: str) -> None:
    store = work()
    edit(store, {"w": {"due": "2023-07-01"}}, ME)
    for name in ("done", "verify-township", "verify-county", "recheck", "close"):
        assert step(store, name) == "ok"
        if store.items()["w"]["state"] == state:
            break
    assert said(store, "state", "in_progress", 1, "乙") == "late"
    assert said(store, "state", "disputed", 1, "乙") == "clash"
    assert store.items()["w"]["state"] == state


def test_who_did_not_know_that_it_was_sent_back_does_not_close_it_again() -> None:
    store = work()
    assert step(store, "accept") == "ok"
    assert said(store, "state", "done", 2) == "take"
    assert step(store, "reopen", "未完工") == "ok"
    assert store.items()["w"]["version"] == 4
    assert said(store, "state", "done", 1, "乙") == "clash"
    assert said(store, "state", "done", None, "丙") == "clash"
    assert said(store, "state", "done", 4, "甲") == "take"


def test_a_list_older_than_all_that_is_kept_gives_up_only_what_nobody_touched() -> None:
    store = work()
    for name in ("甲队", "乙队"):
        edit(store, {"w": {"team": name, "note": name}}, ME)
    past = Past(store.history())
    item = store.items()["w"]
    assert past.at(item, "note", 1) == (True, None)
    assert past.at(item, "note", 2) == (True, "甲队")
    assert past.at(item, "note", 3) == (True, "乙队")
    assert past.at(item, "note", 0) == (False, None)
    assert past.at(item, "note", 7) == (False, None)
    assert past.at(item, "progress", None) == (False, None)
    assert said(store, "note", "丙", None) == "clash"
    assert said(store, "progress", "20", None) == "take"


def test_what_the_sender_did_not_change_is_no_answer() -> None:
    store = work()
    edit(store, {"w": {"note": "先挖坑"}}, ME)
    edit(store, {"w": {"note": "先备料"}}, ME)
    assert said(store, "note", "先挖坑", 2) == "same"
    assert store.items()["w"]["note"] == "先备料"


def test_a_chosen_value_stands_against_the_same_return_again() -> None:
    store = work()
    said(store, "progress", "60", 1)
    said(store, "progress", "40", 1, "乙")
    choose(store, "w", "progress", "40", ME)
    assert store.items()["w"]["progress"] == "40"
    assert said(store, "progress", "60", 1) == "same"
    assert said(store, "progress", "40", 1, "乙") == "same"
    with pytest.raises(UsageError, match="nothing to choose"):
        choose(store, "w", "progress", "60", ME)


def test_a_choice_must_fit_its_field() -> None:
    store = work()
    said(store, "progress", "60", 1)
    said(store, "progress", "40.0", 1, "乙")
    with pytest.raises(UsageError, match="whole number"):
        choose(store, "w", "progress", "much", ME)
    assert choose(store, "w", "progress", "40.0", ME).changed == ["w"]


def test_a_choice_of_state_is_one_somebody_gave_and_undoes_what_was_checked() -> None:
    store = work()
    for name in ("done", "verify-township"):
        step(store, name)
    assert said(store, "state", "disputed", 1, "乙") == "clash"
    with pytest.raises(UsageError, match="nobody said verified"):
        choose(store, "w", "state", "verified", ME)
    choose(store, "w", "state", "disputed", ME)
    item = store.items()["w"]
    assert (item["state"], item["township_check"]) == ("disputed", None)
    step(store, "return-to-open")
    step(store, "done")
    assert step(store, "verify-county") == "needs_township_check"


def test_only_what_may_come_back_is_merged() -> None:
    told = {"progress": "60", "note": "", "team": "甲队", "place": None, "quantity": "9"}
    assert mergeable(told) == {"progress": "60"}
    assert set(RETURNED) <= set(FIELDS)


# ------------------------------------------------------------ laws

ON_THE_WAY = ("accepted", "in_progress", "done")
STATES = (*ON_THE_WAY, "disputed")
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["progress", "note", "state"]),
        st.integers(0, 3),
        st.sampled_from(["甲", "乙", "丙"]),
    ),
    min_size=2,
    max_size=often(3, 4),
    unique_by=lambda one: (one[0], one[2]),
)
WORDS = {"progress": ("20", "40", "60"), "note": ("好", "不好", "坏"), "state": STATES}


def word(name: str, n: int) -> str:
    return WORDS[name][n % len(WORDS[name])]


def outcome_of(answers: list[tuple[str, int, str]]) -> dict[str, set[str]]:
    store = work()
    for _ in range(2):
        for name, n, who in answers:
            said(store, name, word(name, n), 1, who)
    item = store.items()["w"]
    claims = open_claims(item)
    return {
        name: {str(item[name]), *(one["value"] for one in claims.get(name, []))}
        for name in ("progress", "note", "state")
    }


@given(ANSWERS)
def test_the_order_of_answers_does_not_change_what_is_on_the_table(
    answers: list[tuple[str, int, str]],
) -> None:
    found = [outcome_of(list(one)) for one in itertools.permutations(answers)]
    assert all(one == found[0] for one in found)


@given(ANSWERS)
def test_the_same_answers_again_are_nothing_new(answers: list[tuple[str, int, str]]) -> None:
    store = work()
    for name, n, who in answers:
        said(store, name, word(name, n), 1, who)
    for name, n, who in answers:
        assert said(store, name, word(name, n), 1, who) == "same"


def test_what_was_said_on_the_way_has_nothing_against_done() -> None:
    store = work()
    for value, who in (("disputed", "甲"), ("in_progress", "乙"), ("done", "丙")):
        said(store, "state", value, 1, who)
    assert [one["value"] for one in kept(store.items()["w"], "claims")["state"]] == [
        "in_progress", "done",
    ]  # fmt: skip
    assert [one["value"] for one in open_claims(store.items()["w"])["state"]] == ["done"]


@given(st.sampled_from(sorted(states())), st.sampled_from(sorted(states())))
def test_further_is_an_order_and_only_the_rules_let_a_state_follow(one: str, two: str) -> None:
    if further(one, two):
        assert further(two, one) is False
    if may_follow(one, two):
        assert one != two
        assert two in states()[one].next


@given(st.text(max_size=6), st.text(max_size=6))
def test_equal_is_symmetric(one: str, two: str) -> None:
    for name in ("progress", "note"):
        assert equal(name, one, two) == equal(name, two, one)
        assert equal(name, one, one)
