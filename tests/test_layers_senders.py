"""Whose rows are whose: a sending replaces its sender's rows and no other's, in any order."""

import sqlite3

import pandas as pd
import pytest
from hand import often
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.intake import understand
from layers.project import Request, create_project, open_project, stored_findings
from layers.read import Options
from layers.schema import schema
from layers.senders import board, missing
from layers.sent.areas import Named, Sender, named, sender_of, spoken_of
from layers.sent.taken import Arrival
from layers.sent.taking import Taking
from layers.source import Source

VILLAGES = pd.DataFrame(
    {
        "id": ["A1", "A2", "B1", "B2", "C1"],
        "name": ["石桥村", "王家庄村", "北坡村", "王家庄村", "河口村"],
        "township": ["东沟镇", "东沟镇", "西川乡", "西川乡", "河川镇"],
    }
)
TOWN = {"A": "东沟镇", "B": "西川乡", "C": "河川镇"}
BY_SENDER = Request(mode="sender")


def table(rows):
    """Make households of (id, township, village), as a sender's sheet holds them."""
    made = pd.DataFrame(rows, columns=["户编号", "乡镇", "行政村"], dtype=object)
    return made.set_axis(range(1, len(made) + 1))


def arrival(name, rows, layer="households"):
    return Arrival(name, schema(layer), Source(name, table(rows)))


@pytest.fixture
def project(tmp_path):
    VILLAGES.rename(columns={"id": "行政村代码", "name": "行政村", "township": "乡镇"}).to_csv(
        tmp_path / "villages.csv", index=False
    )
    made = create_project(tmp_path / "p")
    made.import_file("villages", tmp_path / "villages.csv")
    return made


def send(project, *arrivals, request=BY_SENDER, one_file=False):
    return project.take(arrivals, request, "sent", one_file=one_file)


def held(project, layer="households"):
    frame = project.frame(layer)
    return sorted(frame["id"].astype(str))


A = arrival("东沟镇.xlsx", [("a1", None, "石桥村"), ("a2", None, "王家庄村")])
B = arrival("西川乡.xlsx", [("b1", None, "北坡村")])


# ---------------------------------------------------------------- who speaks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("东沟镇户厕台账.xlsx", ("东沟镇", "")),
        ("2023年東溝乡户厕(1).xlsx", ("东沟镇", "")),
        ("填报单位：西川乡人民政府", ("西川乡", "")),
        ("石桥", ("东沟镇", "石桥村")),
        ("西川王家庄户厕", ("西川乡", "王家庄村")),
        ("王家庄村", ("", "")),  # two of them
        ("东沟镇、西川乡汇总", ("", "")),
        ("全县户厕.xlsx", ("", "")),
    ],
)
def test_what_a_name_speaks_of(text, expected):
    found = named(text, VILLAGES)
    assert (found.township, found.village) == expected


def test_a_latin_name_ends_where_it_ends():
    wards = pd.DataFrame(
        {"id": ["1", "2"], "name": ["Kilo", "Lima"], "township": ["Ward 1", "Ward 12"]}
    )
    assert named("toilets_ward123.csv", wards).township == ""
    assert named("toilets ward 12.csv", wards).township == "Ward 12"
    assert named("ward_1-toilets.csv", wards).township == "Ward 1"


@pytest.mark.parametrize(
    ("file", "tab", "lines", "folders", "several", "sender", "village"),
    [
        ("东沟镇户厕.xlsx", "石桥村", [], [], True, ("东沟镇", ""), "石桥村"),
        ("户厕.xlsx", "王家庄村", [], ["西川乡"], True, ("西川乡", ""), "王家庄村"),
        ("户厕.xlsx", "王家庄村", [], ["西川乡"], False, ("西川乡", "王家庄村"), "王家庄村"),
        ("石桥村.xlsx", "Sheet1", [], ["东沟镇"], False, ("东沟镇", "石桥村"), "石桥村"),
        ("户厕.xlsx", "Sheet1", ["东沟镇户厕台账"], ["西川乡"], False, ("东沟镇", ""), ""),
        ("户厕.xlsx", "Sheet1", [], ["x"], False, ("", ""), ""),
    ],
)
def test_the_nearest_name_says_who_sends(file, tab, lines, folders, several, sender, village):
    at, rows = spoken_of(file, tab, lines, folders, VILLAGES, several=several)
    assert (at.township, at.village) == sender
    assert rows.village == village


def test_rows_that_lie_elsewhere_outweigh_a_name():
    frame = pd.DataFrame({"id": ["1", "2", "3"], "township": ["西川乡"] * 3})
    homes = pd.Series(["B1", "B1", "A1"])
    at = Named("东沟镇")
    assert sender_of(at, frame, homes, VILLAGES, "x.xlsx").key == "file:x.xlsx"
    own = pd.Series(["A1", "A1", "B1"])
    assert sender_of(at, frame, own, VILLAGES, "x.xlsx") == Sender(
        "township:东沟", "东沟镇", ("东沟镇",)
    )


# ---------------------------------------------------------------- what is replaced


def test_a_sender_replaces_its_own_rows_only(project):
    send(project, A, B)
    send(project, arrival("东沟镇户厕.xlsx", [("a3", None, "石桥村")]), one_file=True)
    assert held(project) == ["a3", "b1"]
    project.undo()
    assert held(project) == ["a1", "a2", "b1"]


def test_a_row_another_township_sent_stays_its_word(project):
    stray = arrival("西川乡.xlsx", [("b1", None, "北坡村"), ("s1", "东沟镇", "石桥村")])
    told = send(project, A, stray).taken[1]
    found = {f.code: (f.rows, f.ids) for f in told.report.findings if f.severity == "warning"}
    assert found["rows_of_others"] == ((2,), ("s1",))
    send(project, A)
    assert held(project) == ["a1", "a2", "b1", "s1"]
    send(project, B)
    assert held(project) == ["a1", "a2", "b1"]


def test_a_township_takes_its_part_out_of_a_countys_file(project, tmp_path):
    county = [("c1", "东沟镇", "石桥村"), ("c2", "西川乡", "北坡村"), ("c3", "河川镇", "河口村")]
    table(county).to_csv(tmp_path / "all.csv", index=False)
    project.import_file("households", tmp_path / "all.csv")
    only = arrival("东沟镇.xlsx", [("a2", None, "王家庄村")])
    told = send(project, only, one_file=True).taken[0]
    # of 石桥村 it says nothing: what the county's file says of it stays, and is told
    assert held(project) == ["a2", "c1", "c2", "c3"]
    assert [f.ids for f in told.report.findings if f.code == "others_kept"] == [("A1",)]
    send(project, A, one_file=True)
    assert held(project) == ["a1", "a2", "c2", "c3"]
    # the county's file, by its own name, replaces all of it again
    project.import_file("households", tmp_path / "all.csv")
    assert held(project) == ["c1", "c2", "c3"]
    assert project.table("senders").empty


def test_a_village_speaks_for_itself_inside_its_township(project):
    send(project, A, B)
    send(project, arrival("石桥村户厕.xlsx", [("v1", None, None)]), one_file=True)
    assert held(project) == ["a2", "b1", "v1"]
    send(project, A)
    assert held(project) == ["a1", "a2", "b1"]


def test_an_unknown_file_takes_nothing_from_others(project):
    send(project, A, B)
    send(project, arrival("x.xlsx", [("x1", None, "远方村")]), one_file=True)
    assert held(project) == ["a1", "a2", "b1", "x1"]
    said = project.table("surveyed").query("layer == 'households'")
    assert set(zip(said["area"], said["complete"], strict=True)) == {
        ("东沟镇", 1),
        ("B1", 1),
        ("*", 0),
    }
    send(project, arrival("x.xlsx", [("x2", None, "远方村")]), one_file=True)
    assert held(project) == ["a1", "a2", "b1", "x2"]


def test_a_single_file_for_everybody_replaces_the_layer(project):
    whole = [("w1", "东沟镇", "石桥村"), ("w2", "西川乡", "北坡村"), ("w3", "河川镇", "河口村")]
    send(project, arrival("全县.xlsx", whole), one_file=True)
    send(project, arrival("全县新.xlsx", whole[:2]), one_file=True)
    assert held(project) == ["w1", "w2"]
    said = project.table("surveyed").query("layer == 'households'")
    assert list(zip(said["area"], said["complete"], strict=True)) == [("*", 1)]


def test_a_partial_list_takes_completeness_from_its_villages_only(project, tmp_path):
    table([("c1", "东沟镇", "石桥村"), ("c2", "西川乡", "北坡村")]).to_csv(tmp_path / "all.csv")
    project.import_file("households", tmp_path / "all.csv")
    send(project, A, request=Request(mode="sender", partial=True), one_file=True)
    lacks = missing(project, {"households": ["t"], "dem": ["d"]})
    states = dict(zip(lacks["township"], lacks["state"], strict=True))
    assert states == {"东沟镇": "part", "西川乡": "complete", "河川镇": "complete", "": "none"}
    whole = send(project, A, one_file=True)
    assert whole.taken[0].status == "accepted"
    lacks = missing(project, {"households": ["t"]})
    assert lacks["state"].tolist() == ["complete"] * 3


# ---------------------------------------------------------------- ids, findings, other programs


def test_running_numbers_of_two_townships_are_told_apart(project):
    one = arrival("东沟镇.xlsx", [("1", None, "石桥村"), ("2", None, "石桥村")])
    other = arrival("西川乡.xlsx", [("1", None, "北坡村"), ("900000000001", None, "北坡村")])
    both = send(project, one, other)
    ids = ["1@东沟镇", "1@西川乡", "2", "900000000001"]
    assert held(project) == ids
    assert [told.report.rows_stored for told in both.taken] == [2, 2]
    homes = pd.DataFrame(
        {"户编号": ["1", "900000000001"], "厕所类型": ["三格式", "三格式"]}, dtype=object
    )
    toilets = Source("西川乡户厕.xlsx", homes.set_axis([1, 2]))
    send(project, Arrival("西川乡户厕.xlsx", schema("toilets"), toilets))
    assert sorted(project.frame("toilets")["household_id"]) == ["1@西川乡", "900000000001"]
    # sent again alone, a number keeps the name it got
    send(project, one)
    assert held(project) == ids


def test_doubts_go_with_the_sending_that_raised_them(project):
    bad = arrival(
        "东沟镇.xlsx", [("a1", None, "石桥村"), ("a1", None, "石桥村"), ("a2", None, "王家庄村")]
    )
    send(project, bad, arrival("西川乡.xlsx", [("b1", None, "北坡村"), ("b1", None, "北坡村")]))
    codes = [(f.code, f.ids) for f in stored_findings(project) if f.code == "repeated_id"]
    assert codes == [("repeated_id", ("a1",)), ("repeated_id", ("b1",))]
    send(project, A)
    codes = [(f.code, f.ids) for f in stored_findings(project) if f.code == "repeated_id"]
    assert codes == [("repeated_id", ("b1",))]
    project.undo()
    assert len([f for f in stored_findings(project) if f.code == "repeated_id"]) == 2


def test_rows_edited_in_another_program_find_their_sender(project):
    send(project, A, B)
    with sqlite3.connect(project.store) as other:
        other.execute("UPDATE households SET id = 'q1' WHERE id = 'a1'")
        other.execute("DELETE FROM households WHERE id = 'a2'")
        other.execute(
            "INSERT INTO households (id, township, village) VALUES ('q2','西川乡','北坡村')"
        )
    other.close()
    send(project, A)
    assert held(project) == ["a1", "a2", "b1", "q2"]
    send(project, B)
    assert held(project) == ["a1", "a2", "b1"]


def test_a_project_of_an_older_planner_learns_its_senders(project, tmp_path):
    table([("c1", "东沟镇", "石桥村"), ("c2", "西川乡", "北坡村")]).to_csv(tmp_path / "all.csv")
    project.import_file("households", tmp_path / "all.csv")
    old = sqlite3.connect(project.store)
    old.executescript(
        "DROP TABLE senders; DROP TABLE sendings; ALTER TABLE findings DROP COLUMN sending;"
        "DELETE FROM gpkg_contents WHERE table_name IN ('senders','sendings');"
    )
    old.close()
    for kept in (project.folder / "history").glob("*/_send*.parquet"):
        kept.unlink()
    again = open_project(project.folder)
    assert board(again)["state"].tolist() == ["part", "part", "none"]
    assert stored_findings(again) is not None
    send(again, A)
    assert held(again) == ["a1", "a2", "c2"]
    again.undo()
    assert held(again) == ["c1", "c2"]
    again.undo()
    assert again.layers() == ["villages"]


def test_the_board_says_who_sent_and_who_did_not(project):
    send(project, A, arrival("西川.xlsx", [("b1", "西川乡", "北坡村"), ("b9", "西川乡", "无名村")]))
    rows = board(project).set_index("township")
    assert rows["state"].to_dict() == {"东沟镇": "sent", "西川乡": "part", "河川镇": "none"}
    assert rows["rows"].tolist() == [2, 2, 0]
    assert rows["unplaced"].tolist() == [0, 1, 0]
    assert rows["villages_sent"].tolist() == [2, 1, 0]
    assert rows["import"].tolist()[:2] == [2, 2]
    assert rows["file"].tolist() == ["东沟镇.xlsx", "西川.xlsx", ""]
    assert board(project, ["toilets"])["state"].tolist() == ["none"] * 3


# ---------------------------------------------------------------- laws


def taken(frames, tags, sendings, arrivals, number):
    """Take tables in memory; give the layer, its tags and the sendings that stand."""

    def understood(source, layer, crs, villages):
        return understand(source, layer, Options())

    taking = Taking(
        frames.get, tags, sendings, understood, BY_SENDER, crs=None, number=number,
        left_out=("repeated_id",),
    )  # fmt: skip
    told = taking.take(arrivals)
    for one in told:
        listed = sum(len(f.rows) for f in one.report.findings if f.code == "repeated_id")
        assert one.report.rows_read == one.report.rows_stored + listed
    rows = [("households", i, s) for i, s in taking.tags["households"].items()]
    stand = [
        (s.key, s.layer, s.sender.key, s.sender.title, f'["{s.sender.areas[0]}"]', s.file)
        for s in taking.new
        if s.sender.areas
    ]
    return (
        {**frames, **taking.frames},
        pd.DataFrame(rows, columns=["layer", "id", "sender"]),
        pd.DataFrame(stand, columns=["key", "layer", "sender", "title", "areas", "file"]),
    )


EMPTY = (
    pd.DataFrame(columns=["layer", "id", "sender"]),
    pd.DataFrame(columns=["key", "layer", "sender", "title", "areas", "file"]),
)
sheets = st.fixed_dictionaries(
    {
        letter: st.lists(
            st.tuples(
                st.one_of(
                    st.integers(1, 4).map(str),
                    st.integers(1, 9).map(lambda n, a=letter: f"{a}-{n:07d}"),
                ),
                st.sampled_from(list(VILLAGES.loc[VILLAGES["id"].str[0] == letter, "name"])),
            ),
            min_size=1,
            max_size=6,
        )
        for letter in "ABC"
    }
)


def arrivals_of(sent, order):
    made = [
        arrival(f"{TOWN[letter]}.xlsx", [(i, None, v) for i, v in rows])
        for letter, rows in sorted(sent.items())
    ]
    return [made[n] for n in order]


def comparable(frame):
    plain = pd.DataFrame(frame)
    return plain.sort_values("id").reset_index(drop=True)


@settings(max_examples=often(10, 25))
@given(sheets, st.permutations(range(3)))
def test_the_order_of_files_makes_no_difference_and_sending_twice_changes_nothing(sent, order):
    start = {"villages": VILLAGES.astype("str")}
    first = taken(start, *EMPTY, arrivals_of(sent, range(3)), 2)
    other = taken(start, *EMPTY, arrivals_of(sent, order), 2)
    pd.testing.assert_frame_equal(first[0]["households"], other[0]["households"])
    again = taken(*first, arrivals_of(sent, order), 3)
    pd.testing.assert_frame_equal(again[0]["households"], first[0]["households"])
    assert set(again[1].itertuples(index=False)) == set(first[1].itertuples(index=False))


@settings(max_examples=often(10, 25))
@given(sheets, sheets)
def test_a_township_alone_changes_its_own_rows_only(sent, later):
    start = {"villages": VILLAGES.astype("str")}
    first = taken(start, *EMPTY, arrivals_of(sent, range(3)), 2)
    again = taken(*first, arrivals_of(later, [0]), 3)
    rest = [comparable(f[0]["households"].query("township != '东沟镇'")) for f in (first, again)]
    pd.testing.assert_frame_equal(*rest)
    mine = again[0]["households"].query("township == '东沟镇'")
    assert {one.partition("@")[0] for one in mine["id"]} == {i for i, _ in later["A"]}


def test_a_name_that_two_villages_share_is_told_where_nothing_decides(project, tmp_path):
    file = tmp_path / "h.csv"
    file.write_text("户编号,乡镇,行政村\na1,,王家庄\na2,东沟镇,王家庄村\na3,,石桥村\n", "utf-8")
    report = project.import_file("households", file, BY_SENDER)
    assert [(f.code, f.rows, f.ids) for f in report.findings if f.severity == "warning"] == [
        ("village_ambiguous", (1,), ("a1",))
    ]
