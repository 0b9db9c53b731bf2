"""What becomes of the rows of a list that comes back, each case worked by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returned import DAY, LAT, LON, codes, fill, first, items_of, kept_store, row, said, sent, take
from shapely.geometry import LineString, Point

from layers.tasks.replay import kept
from layers.tasks.store import MemoryStore, Said
from layers.text import LANGUAGES
from layers.work_form import HandOut
from works.handout.choosing import hand_over
from works.returns.heads import fields
from works.returns.matching import folded
from works.returns.settling import answer, conflicts, questions
from works.returns.taking import take_sent
from works.returns.told import LISTS, from_receipt
from works.tasks.act import choose, edit, take_step

ID, NO = "w-0000000000000001", "东沟-厕-001"


# ------------------------------------------------------------ taken


def test_what_a_row_says_is_taken_and_kept_with_who_said_it():
    store = kept_store()
    told = take(
        store,
        row(1, work_no=NO, version="1", state="已完成", done_on="2023年7月3日", note="好了"),
        row(2, work_no="东沟-厕-002", version="1"),
        sender="一队",
    )
    assert (told.rows, told.taken, told.unchanged, told.receipt) == (2, 1, 1, 1)
    item = first(store)
    assert (item["state"], item["done_on"], item["note"]) == ("done", "2023-07-03", "好了")
    assert item["version"] == 2
    assert first(store, 2)["version"] == 1
    assert {who for _, _, who in said(store, "set")} == {"一队"}
    assert store.history()["receipt"].dropna().unique().tolist() == [1]


@pytest.mark.parametrize(
    ("text", "state"),
    [("已完成", "done"), ("做完了", "done"), ("√", "done"), ("Done, not yet checked", "done"),
     ("DONE ", "done"), ("完 成", "done"), ("进行中", "in_progress"), ("已签收", "accepted"),
     ("整改中", "in_progress"), ("accepted", "accepted")],
)  # fmt: skip
def test_states_are_understood_as_people_write_them(text, state):
    store = kept_store()
    take(store, row(work_no=NO, version="1", state=text))
    assert first(store)["state"] == state


@pytest.mark.parametrize("text", ["没做", "未开始", "待签收", "open", "否", "", "—", "待定"])
def test_nothing_done_yet_is_no_news(text):
    store = kept_store()
    told = take(store, row(work_no=NO, version="1", state=text))
    assert (told.unchanged, told.refused, said(store)) == (1, [], [])


def test_words_under_the_wrong_head_are_understood():
    store = kept_store()
    take(store, row(work_no=NO, version="1", progress="已完成"))
    take(store, row(work_no="东沟-厕-002", version="1", state="60％"))
    assert first(store)["state"] == "done"
    assert (first(store, 2)["state"], first(store, 2)["progress"]) == ("open", "60")


@pytest.mark.parametrize(
    "number", ["东沟-厕-001", " 东沟－厕－００１", "东沟 — 厕 — 001", "东沟_厕_001"]
)
def test_numbers_are_found_however_they_are_typed(number):
    store = kept_store()
    assert take(store, row(work_no=number, version="1", progress="50")).taken == 1


def test_the_version_comes_from_the_row_the_list_or_nowhere():
    store = kept_store()
    with store.writing() as writer:
        handed = hand_over(writer, list(store.items().values()), receiver="一队", title="",
                           due="", said=Said("p", "cli"))  # fmt: skip
    assert isinstance(handed, HandOut)
    edit(store, {ID: {"note": "先看现场"}}, Said("planner", "page"))
    # The team held version 1 and says something else of the note.
    told = take(store, row(work_no=NO, note="已看过"), list_no=handed.list_no.lower())
    assert codes(told.conflicts) == ["clash"]
    assert said(store, "claim") == [("note", "已看过", "")]
    told = take(store, row(work_no=NO, version="2", note="已看过两次"))
    assert (told.taken, first(store)["note"]) == (1, "已看过两次")


@pytest.mark.parametrize("text", ["99", "三", "-1"])
def test_a_version_that_cannot_be_is_told_and_taken_as_not_known(text):
    store = kept_store()
    told = take(store, row(work_no=NO, version=text, progress="50"))
    assert codes(told.notes) == ["version_unclear"]
    assert first(store)["progress"] == "50"


def test_the_reporter_named_in_the_list_speaks_and_both_are_remembered():
    store = kept_store()
    take(store, row(work_no=NO, version="1", progress="50"), filled_by="王某某", sender="东沟镇")
    take(store, row(work_no=NO, version="2", note="路远", filled_by="李某某"))
    assert first(store)["filled_by"] == "李某某、王某某"
    assert ("progress", "50", "王某某") in said(store, "set")
    assert ("note", "路远", "李某某") in said(store, "set")


# ------------------------------------------------------------ two people, late, again


def test_two_answers_are_both_kept_and_what_stands_stays():
    store = kept_store()
    take(store, row(work_no=NO, version="1", progress="50"), sender="一队")
    told = take(store, row(work_no=NO, version="1", progress="80"), sender="二队")
    assert (told.taken, codes(told.conflicts)) == (0, ["clash"])
    assert first(store)["progress"] == "50"
    [open_] = conflicts(store.items())
    assert (open_.work_no, open_.field, open_.stands) == (NO, "progress", "50")
    assert open_.claims == [{"value": "80", "who": "二队", "base": 1}]
    assert "80%" in open_.sentence("zh")
    choose(store, ID, "progress", "80", Said("planner", "cli"))
    assert (conflicts(store.items()), first(store)["progress"]) == ([], "80")
    # Once settled, the list that lost changes nothing when it comes again.
    before = len(store.history())
    take(store, row(work_no=NO, version="1", progress="50"), sender="一队")
    assert len(store.history()) == before


def test_what_one_says_corrects_what_the_same_one_said():
    store = kept_store()
    take(store, row(work_no=NO, version="1", progress="50"), sender="一队")
    told = take(store, row(work_no=NO, version="1", progress="70"), sender="一队")
    assert (told.taken, told.conflicts, first(store)["progress"]) == (1, [], "70")


def test_a_late_list_does_not_turn_the_work_back():
    store = kept_store()
    take(store, row(work_no=NO, version="1", state="已完成"), sender="一队")
    told = take(store, row(work_no=NO, version="1", state="进行中"), sender="二队")
    assert codes(told.notes) == ["late"]
    assert first(store)["state"] == "done"
    assert ("state", "in_progress", "二队") in said(store, "late")


def test_a_version_older_than_all_that_is_kept_never_overwrites():
    store = MemoryStore()
    fill(store, items_of(1, progress="40"), version=3)
    told = take(store, row(work_no=NO, version="1", progress="10"))
    assert (codes(told.conflicts), first(store)["progress"]) == (["clash"], "40")


def test_the_same_list_again_changes_nothing_and_says_so():
    store = kept_store()
    rows = [row(1, work_no=NO, version="1", state="已完成", note="x", lon="105.01", lat="35")]
    one = take(store, *rows)
    before = (store.items(), len(store.history()), len(store.receipts()))
    two = take_sent(store, sent(rows, "another name.xlsx"), today=DAY)
    assert (two.receipt, two.same_as, two.taken, two.unchanged) == (one.receipt, 1, 0, 1)
    assert (store.items(), len(store.history()), len(store.receipts())) == before
    assert "第1号" in "".join(two.lines("zh"))
    assert len(one.questioned) == 1
    assert two.questioned == []


def test_missing_rows_and_empty_cells_take_nothing_back():
    store = kept_store()
    take(store, row(work_no=NO, version="1", progress="50", note="x"))
    take(store, row(work_no="东沟-厕-002", version="1", progress="10"))
    take(store, row(work_no=NO, version="1"))
    assert (first(store)["progress"], first(store)["note"]) == ("50", "x")


def test_only_looking_keeps_nothing():
    store = kept_store()
    rows = sent([row(work_no=NO, version="1", progress="50")])
    told = take_sent(store, rows, today=DAY, dry_run=True)
    assert (told.taken, told.receipt) == (1, None)
    assert (said(store), len(store.receipts())) == ([], 0)


# ------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"work_no": "东沟-厕-999"}, "unknown"),
     ({"work_id": "w-ffffffffffffffff"}, "unknown"),
     ({"note": "合计"}, "no_key"),
     ({"work_no": NO, "work_id": "w-0000000000000002"}, "keys_disagree"),
     ({"work_no": "东沟-厕-999", "work_id": ID}, "keys_disagree"),
     ({"work_no": (NO, "东沟-厕-002")}, "keys_disagree")],
)  # fmt: skip
def test_a_row_of_no_item_is_refused_and_makes_none(cells, code):
    store = kept_store()
    told = take(store, row(4, **cells, progress="50"))
    assert codes(told.refused) == [code]
    assert told.refused[0]["row"] == 4
    assert (len(store.items()), said(store)) == (3, [])


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"state": "差不多了"}, "state_word"), ({"progress": "130"}, "progress_range"),
     ({"progress": "六成"}, "progress_word"), ({"progress": "-5"}, "progress_range"),
     ({"progress": "33.3"}, "progress_range"), ({"done_on": "上周"}, "day_word"),
     ({"done_on": "03/04/2023"}, "day_unclear"), ({"quantity_done": "几个"}, "number_word"),
     ({"quantity_done": "-2"}, "number_below"), ({"note": "长" * 2001}, "too_long"),
     ({"state": "已验收"}, "not_yours"), ({"state": "销号"}, "not_yours"),
     ({"state": "不具备条件"}, "needs_reason"), ({"state": "有异议"}, "needs_reason"),
     ({"note": ("甲", "乙")}, "said_twice"), ({"lon": "95", "lat": "105"}, "place_word"),
     ({"place": "村口"}, "place_word")],
)  # fmt: skip
def test_what_cannot_be_is_not_stored_and_told(cells, code):
    store = kept_store()
    told = take(store, row(work_no=NO, version="1", **cells))
    assert codes(told.refused) == [code]
    assert (told.taken, told.unchanged, said(store)) == (0, 0, [])


def test_done_at_twenty_per_cent_is_refused_unless_the_twenty_stood_there_before():
    store = kept_store(progress="20")
    told = take(store, row(work_no=NO, version="1", state="完成", progress="30"))
    assert codes(told.refused) == ["done_unfinished"] * 2
    assert said(store) == []
    told = take(store, row(work_no=NO, version="1", state="完成", progress="20"))
    assert (told.refused, first(store)["state"]) == ([], "done")


def test_a_reason_may_stand_in_its_column_or_in_the_note():
    store = kept_store()
    take(store, row(1, work_no=NO, version="1", state="无法整改", note="户主不同意"))
    take(store, row(1, work_no="东沟-厕-002", version="1", state="有异议", obstacle="本来就有"))
    assert [first(store)[k] for k in ("state", "obstacle")] == ["not_feasible", "户主不同意"]
    assert [first(store, 2)[k] for k in ("state", "obstacle")] == ["disputed", "本来就有"]


def test_one_item_twice_in_a_file():
    store = kept_store()
    told = take(
        store,
        row(1, work_no=NO, version="1", progress="50", note="一样"),
        row(2, work_id=ID, version="1", progress="60", note=" 一样 "),
        row(3, work_no=NO, version="1", quantity_done="1"),
    )
    assert [(one["code"], one["row"], one["field"]) for one in told.refused] == [
        ("two_rows", 1, "progress"),
        ("two_rows", 2, "progress"),
    ]
    item = first(store)
    assert (item["progress"], item["note"], item["quantity_done"]) == (None, "一样", "1")


def test_of_two_columns_for_one_field_the_one_that_was_changed_counts():
    store = kept_store()
    take(store, row(work_no=NO, version="1", state=("open", "已完成")))
    assert first(store)["state"] == "done"


def test_a_state_that_may_not_follow_is_refused_with_what_stands():
    store = kept_store()
    for step in ("done", "verify-township", "verify-county"):
        take_step(store, [ID], step, Said("p", "page"))
    version = str(first(store)["version"])
    told = take(store, row(work_no=NO, version=version, state="已完成"))
    assert [(one["code"], one["stands"]) for one in told.refused] == [("no_way", "verified")]
    assert first(store)["state"] == "verified"
    told = take(store, row(work_no=NO, version=version, state="没做"))
    assert codes(told.refused) == ["not_open"]


# ------------------------------------------------------------ days, places


@pytest.mark.parametrize(
    ("day", "taken"),
    [("2023-07-22", True), ("2023-07-23", False), ("2023-06-28", True), ("2023-06-27", False),
     ("2099-01-01", False)],
)  # fmt: skip
def test_days_that_cannot_be_are_left_out_and_decide_nothing(day, taken):
    store = kept_store()
    told = take(store, row(work_no=NO, version="1", state="已完成", done_on=day))
    assert first(store)["done_on"] == (day if taken else None)
    assert first(store)["state"] == "done"
    assert codes(told.notes) == ([] if taken else ["time_implausible"])


def test_the_clock_of_a_device_decides_nothing():
    one, two = kept_store(), kept_store()
    for store, moments in ((one, ("2099-01-01", "1999-01-01")), (two, ("", ""))):
        take(store, row(work_no=NO, version="1", progress="1", updated_at=moments[0]), sender="a")
        told = take(
            store, row(work_no=NO, version="1", progress="2", updated_at=moments[1]), sender="b"
        )
        assert codes(told.conflicts) == ["clash"]
        assert codes(told.notes) == (["time_implausible"] if moments[0] else [])
    assert one.items() == two.items()


@pytest.mark.parametrize(
    ("shape", "metres"),
    [(Point(LON, LAT), None), (Point(LON + 0.001, LAT), None), (Point(LON + 0.0012, LAT), 109),
     (Point(LON, LAT + 0.01), 1109)],
)  # fmt: skip
def test_done_from_far_away_is_taken_and_questioned(shape, metres):
    store = kept_store()
    told = take(store, row(work_no=NO, version="1", state="已完成", shape=shape), sender="一队")
    assert first(store)["state"] == "done"
    if metres is None:
        assert told.questioned == []
        return
    [asked] = told.questioned
    assert asked["code"] == "far_away"
    assert asked["metres"] == pytest.approx(metres, abs=2)
    [question] = questions(store.items())
    assert (question.code, question.work_no) == ("far_away", NO)
    take_step(store, [ID], "verify-township", Said("t", "page"))
    refused = take_step(store, [ID], "verify-county", Said("c", "page")).refused
    assert refused == {ID: "needs_answers"}
    answer(store, ID, "far_away", "在村委会填的", Said("c", "page"))
    assert take_step(store, [ID], "verify-county", Said("c", "page")).changed == [ID]


@pytest.mark.parametrize("position", ["village", "none"])
def test_where_the_subject_is_not_known_nothing_is_asked(position):
    store = kept_store(position=position)
    far = Point(LON + 0.1, LAT)
    told = take(store, row(work_no=NO, version="1", state="已完成", shape=far))
    assert (told.questioned, questions(store.items())) == ([], [])
    assert first(store)["place"] == "105.100000,35.000000"


def test_columns_of_degrees_tell_a_place_and_two_places_none():
    store = kept_store()
    take(store, row(work_no=NO, version="1", lon="105.0500", lat="35.0", shape=Point(LON, LAT)))
    assert first(store)["place"] == "105.050000,35.000000"
    cells = {"lon": "105.05", "lat": "35.0", "shape": Point(105.2, 35.0)}
    told = take(store, row(work_no="东沟-厕-002", version="1", **cells))
    assert (codes(told.refused), first(store, 2)["place"]) == (["place_twice"], None)


def test_a_list_for_everybody_with_homes_at_their_village_tells_no_places():
    store = kept_store()
    far = Point(LON + 0.1, LAT)
    told = take(store, row(work_no=NO, version="1", state="已完成", position="仅到村", shape=far))
    assert (told.questioned, first(store)["place"], told.taken) == ([], None, 1)


def test_two_people_at_one_spot_do_not_clash_and_two_spots_do():
    store = kept_store()
    for east, clashes in ((0.05, 0), (0.0501, 0), (0.0503, 1)):
        spot = Point(LON + east, LAT)
        told = take(store, row(work_no=NO, version="1", shape=spot), sender=f"队{east}")
        assert len(told.conflicts) == clashes
    assert first(store)["place"] == "105.050000,35.000000"


def test_a_stretch_is_as_far_as_its_nearest_metre():
    line = LineString([(LON, LAT), (LON + 0.02, LAT)])
    store = kept_store(shape=line.wkt, lon=str(LON + 0.01), lat=str(LAT))
    along = take(
        store, row(work_no=NO, version="1", state="已完成", shape=Point(LON + 0.019, LAT + 0.0005))
    )
    beside = take(
        store,
        row(work_no="东沟-厕-002", version="1", state="已完成", shape=Point(LON, LAT + 0.002)),
    )
    drawn = take(store, row(work_no="东沟-厕-003", version="1", state="已完成", shape=line))
    assert (codes(along.questioned), codes(beside.questioned)) == ([], ["far_away"])
    assert (drawn.questioned, first(store, 3)["place"]) == ([], None)


# ------------------------------------------------------------ laws


def test_texts_stay_texts():
    store = kept_store()
    hostile = '=HYPERLINK("x") <img src=x onerror=1> {{7*191}} \'; DROP TABLE work_items; --'
    told = take(store, row(work_no=NO, version="1", note=hostile, filled_by="{{7*191}}"))
    assert (first(store)["note"], first(store)["filled_by"]) == (hostile, "{{7*191}}")
    for lang in LANGUAGES:
        assert "1337" not in json.dumps([told.as_dict(lang), told.lines(lang)])


CELLS = st.fixed_dictionaries(
    {
        "work_no": st.sampled_from([NO, "东沟-厕-002", "东沟-厕-003", "东沟-厕-009", ""]),
        "version": st.sampled_from(["", "1", "2", "x"]),
        "state": st.sampled_from(["", "已完成", "进行中", "没做", "有异议", "已验收", "哈"]),
        "progress": st.sampled_from(["", "20", "50", "100", "200"]),
        "note": st.sampled_from(["", "甲", "乙"]),
        "done_on": st.sampled_from(["", "2023-07-01", "2099-01-01"]),
        "lon": st.sampled_from(["", "105.1"]),
        "lat": st.just("35.0"),
    }
)
FILES = st.lists(
    st.tuples(st.lists(CELLS, min_size=1, max_size=4), st.sampled_from(["", "一队", "二队"])),
    max_size=5,
)


@given(FILES)
def test_whatever_comes_back_nothing_is_lost_and_a_second_time_changes_nothing(files):
    store = kept_store()
    for rows, sender in files:
        written = [row(n, **cells) for n, cells in enumerate(rows, 1)]
        before = store.items()
        told = take(store, *written, sender=sender)
        now = store.items()
        moved = [key for key in now if now[key]["state"] != before[key]["state"]]
        assert len(store.items()) == 3
        counted = (told.taken, told.unchanged, told.conflict_rows, told.refused_rows)
        assert (sum(counted), min(counted) >= 0) == (len(rows), True)
        assert len(moved) <= told.taken
        if told.same_as is None:
            kept_so = from_receipt(store.receipts().iloc[told.receipt - 1])
            assert kept_so.as_dict() == told.as_dict()
        for lang in LANGUAGES:
            assert not [line for line in told.lines(lang) if "{" in line or "returns." in line]
            assert all("message" in e for name in LISTS for e in told.as_dict(lang)[name])
        count = len(store.history())
        again = take(store, *written, sender=sender)
        assert (len(store.history()), again.taken, again.receipt) == (count, 0, told.receipt)
    # No value that stood and was agreed on is gone from the history.
    values = {(f, v) for f, v, _ in said(store, "set", "claim", "late", "settle")}
    for item in store.items().values():
        for name in ("progress", "note", "done_on"):
            assert item[name] is None or (name, item[name]) in values
        for name, claims in kept(item, "claims").items():
            assert {(name, one["value"]) for one in claims} <= values


@given(st.permutations([(1, "50"), (2, "50"), (3, "60"), (1, "70")]))
def test_different_items_and_people_in_any_order_give_the_same(said_by):
    store = kept_store()
    for number, progress in said_by:
        take(store, row(work_no=f"东沟-厕-{number:03d}", version="1", progress=progress),
             sender=f"队{progress}")  # fmt: skip
    found = {
        key: {item["progress"], *(c["value"] for c in kept(item, "claims").get("progress", ()))}
        for key, item in store.items().items()
    }
    assert list(found.values()) == [{"50", "70"}, {"50"}, {"60"}]


# ------------------------------------------------------------ heads


@pytest.mark.parametrize(
    ("head", "name"),
    [("任务编号", "work_no"), ("work_no_2", "work_no"), (" WORK_NO ", "work_no"),
     ("任务编号 (2)", "work_no"), ("Task number", "work_no"), ("_base_version", "version"),
     ("_base_vers", "version"), ("quantity_d", "quantity_done"), ("完成情", "state"),
     ("完成日", "done_on"), ("Status", "state"), ("填报人：", "filled_by"), ("note.1", "note")],
)  # fmt: skip
def test_heads_renamed_by_programs_are_known(head, name):
    assert fields([head]) == {name: [head]}


@pytest.mark.parametrize(
    "head", ["quantity", "title_zh", "reason_zh", "完成时限", "单位", "", "12"]
)
def test_heads_that_say_something_else_are_left_alone(head):
    assert fields([head]) == {}


def test_folding_keeps_numbers_apart():
    assert folded("东沟-厕-001") != folded("东沟-厕-0011") != folded("东沟厕-001")


def test_every_row_is_counted_once():
    store = kept_store(5)
    take(store, row(1, work_no="东沟-厕-002", version="1", progress="30"), sender="一队")
    numbers = [f"东沟-厕-{n:03d}" for n in range(1, 6)]
    told = take(
        store,
        row(1, work_no=numbers[0], version="1", state="已完成", progress="多"),
        row(2, work_no=numbers[1], version="1", progress="60"),
        row(3, work_no=numbers[2], version="1", progress="多", quantity_done="-1"),
        row(4, work_no=numbers[3], version="1", done_on="2099-01-01"),
        row(5, work_no=numbers[4], version="1"),
        row(6, work_no=numbers[0], version="1", state="已完成"),
        row(7, state="已完成"),
        sender="二队",
    )
    assert (told.rows, told.taken, told.conflict_rows, told.refused_rows, told.unchanged) == (
        7, 1, 1, 2, 3,
    )  # fmt: skip
    assert "读到7行：采纳1行，无变化3行，填报不一致1行，未采纳2行" in told.lines("zh")[1]


def test_equal_notes_are_told_in_one_line_and_kept_one_by_one():
    store = kept_store(7)
    told = take(store, *(
        row(n, work_no=f"东沟-厕-{n:03d}", version="1", done_on="2099-01-01") for n in range(1, 8)
    ))  # fmt: skip
    lines = [line for line in told.lines("zh") if "2099-01-01" in line]
    assert len(lines) == 1
    assert lines[0].startswith("  第1、2、3、4、5等7行 完成日期：")
    assert [one["row"] for one in told.as_dict()["notes"]] == list(range(1, 8))


def test_a_sentence_is_one_line_whatever_was_written():
    store = kept_store()
    take(store, row(work_no=NO, version="1", note="甲\n乙"), sender="一队")
    told = take(store, row(work_no=NO, version="1", note="丙\r\n丁"), sender="二队")
    assert [line.splitlines() for line in told.lines("zh")] == [[x] for x in told.lines("zh")]
    assert told.conflicts[0]["value"] == "丙\r\n丁"
