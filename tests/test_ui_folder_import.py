"""A folder of township ledgers through the command line: sent, not sent, sent again, undone."""

import json
from collections import Counter

import pytest
from township_ledgers import HEADS, code, rows_of, six_files, village_list, workbook

from layers.project import open_project


@pytest.fixture
def county(village_planner, tmp_path):
    """Give a project with the village list, and the folder of six files beside it."""
    village_list(tmp_path / "villages.xlsx")
    done = village_planner("import", tmp_path / "p", "villages", tmp_path / "villages.xlsx")
    assert done.code == 0
    return tmp_path / "p", six_files(tmp_path / "sent")


def stored(folder):
    """Give the toilets as comparable rows, in the order of their ids."""
    frame = open_project(folder).frame("toilets")
    return frame.sort_values("id").reset_index(drop=True)


def per_village(folder):
    frame = stored(folder)
    return dict(Counter(zip(frame["township"], frame["village"], strict=True)))


FIRST = {
    ("东沟镇", "石桥村"): 3,
    ("东沟镇", "王家庄村"): 2,
    ("东沟镇", "南坡村"): 1,
    ("西川乡", "北坡村"): 2,
    ("西川乡", "王家庄村"): 2,
    ("河川镇", "河口村"): 2,
    ("河川镇", "第三村"): 2,
    ("河川镇", "石桥沟村"): 1,
}


def test_a_folder_is_taken_whole_and_says_who_did_not_send(village_planner, county):
    project, sent = county
    done = village_planner("import", project, "auto", sent, "--json")
    assert done.code == 0, done.err
    told = done.json()
    assert per_village(project) == FIRST
    # 6 + 6 again + 2 + 2 + 5 records, and a total row in each of the five tables
    assert (told["rows_read"], told["rows_stored"]) == (26, 15)
    by_file = {(one["file"], one["sheet"]): one for one in told["files"]}
    assert {name for name, one in by_file.items() if one["status"] == "refused"} == {
        ("马岭街道户厕台账.xlsx", ""),
        ("说明.docx", ""),
    }
    assert by_file["东沟镇户厕台账.xlsx", ""]["rows_stored"] == 6
    again = by_file["东沟镇户厕台账 (1).xlsx", ""]
    assert (again["rows_read"], again["rows_stored"]) == (7, 0)
    assert {"repeated_id", "file_repeats"} <= {one["code"] for one in again["findings"]}
    senders = {one["file"]: one["sender"] for one in told["files"] if one["status"] != "refused"}
    assert senders == {
        "东沟镇户厕台账.xlsx": "东沟镇",
        "东沟镇户厕台账 (1).xlsx": "东沟镇",
        "西川/户厕.xlsx": "西川乡",
        "台账三.xlsx": "河川镇",
    }
    board = {one["township"]: one for one in told["table"]}
    assert [board[town]["state"] for town in ("东沟镇", "西川乡", "河川镇", "马岭街道")] == [
        "sent", "part", "part", "none",
    ]  # fmt: skip
    assert [board["西川乡"][key] for key in ("rows", "villages_sent", "villages")] == [4, 2, 3]
    assert board["河川镇"]["unplaced"] == 3
    assert {one["value"] for one in told["proposals"]} == {f"河川镇/第三村={code(3, 3)}"}


def test_every_row_read_is_stored_or_listed(village_planner, county):
    project, sent = county
    left = ("repeated_id", "total_row_skipped", "footer_row_skipped", "example_row_skipped")
    for one in village_planner("import", project, "auto", sent, "--json").json()["files"]:
        listed = sum(len(f["rows"]) for f in one["findings"] if f["code"] in left)
        assert one["rows_read"] == one["rows_stored"] + listed, one["file"]


def test_a_second_folder_import_changes_nothing(village_planner, county):
    project, sent = county
    village_planner("import", project, "auto", sent)
    before = stored(project)
    board = village_planner("board", project, "--json").json()["board"]
    findings = village_planner("check", project, "--json").json()["findings"]
    assert village_planner("import", project, "auto", sent).code == 0
    assert stored(project).equals(before)
    after = village_planner("board", project, "--json").json()["board"]
    for one in (*board, *after):
        one.pop("import")
    assert after == board
    assert village_planner("check", project, "--json").json()["findings"] == findings


def test_a_township_that_sends_again_changes_its_rows_only(village_planner, county, tmp_path):
    project, sent = county
    village_planner("import", project, "auto", sent)
    before = stored(project)
    fewer = rows_of(1, {"石桥村": 1, "王家庄村": 2})
    again = workbook(tmp_path / "again" / "东沟镇户厕台账.xlsx", {"Sheet1": fewer}, "农村户厕台账")
    told = village_planner("import", project, "toilets", again, "--mode", "sender", "--json").json()
    assert (told["layer"], told["rows_read"], told["rows_stored"]) == ("toilets", 4, 3)
    now = stored(project)
    kept = before[before["township"] != "东沟镇"].reset_index(drop=True)
    assert now[now["township"] != "东沟镇"].reset_index(drop=True).equals(kept)
    assert per_village(project) == {
        **{key: n for key, n in FIRST.items() if key[0] != "东沟镇"},
        ("东沟镇", "石桥村"): 1,
        ("东沟镇", "王家庄村"): 2,
    }
    # the doubts of the first sending are gone, those of the others stand
    codes = Counter(
        one["code"] for one in village_planner("check", project, "--json").json()["findings"]
    )
    assert codes["file_repeats"] == 0
    assert codes["total_row_skipped"] == 4
    assert codes["villages_without_rows"] == 3
    assert village_planner("undo", project).code == 0
    assert stored(project).equals(before)


def test_the_import_of_a_folder_can_be_undone(village_planner, county):
    project, sent = county
    village_planner("import", project, "auto", sent)
    assert json.loads(village_planner("undo", project, "--json").out)["file"] == "sent"
    held = open_project(project)
    assert held.layers() == ["villages"]
    assert held.table("senders").empty
    assert held.table("sendings").empty
    assert held.table("surveyed").query("layer == 'toilets'").empty


def test_completeness_is_said_for_the_township_that_sent(village_planner, county):
    project, sent = county
    village_planner("import", project, "auto", sent)
    said = open_project(project).table("surveyed").query("layer == 'toilets'")
    # a village without a single toilet in the list was not reported, it is not one without toilets
    assert dict(zip(said["area"], said["complete"], strict=True)) == {
        "东沟镇": 1,
        code(2, 1): 1,
        code(2, 2): 1,
        code(3, 1): 1,
    }
    missing = village_planner("board", project, "--json").json()["missing"]
    states = {one["township"]: one["state"] for one in missing if one["layer"] == "toilets"}
    assert states == {
        "东沟镇": "complete",
        "西川乡": "part",
        "河川镇": "part",
        "马岭街道": "none",
    }


def test_a_layer_replaced_by_name_forgets_who_sent_it(village_planner, county, tmp_path):
    project, sent = county
    village_planner("import", project, "auto", sent)
    whole = workbook(
        tmp_path / "全县.xlsx", {"Sheet1": rows_of(4, {"新庄村": 2})}, "户厕", merged=False
    )
    village_planner("import", project, "toilets", whole)
    held = open_project(project)
    assert len(held.frame("toilets")) == 2
    assert held.table("senders").empty
    codes = [one["code"] for one in village_planner("check", project, "--json").json()["findings"]]
    assert "villages_without_rows" not in codes


def test_a_folder_of_nothing_but_refused_files_ends_with_one(village_planner, county, tmp_path):
    project, _ = county
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "东沟镇户厕台账.xlsx").write_bytes(b"PK\x03\x04 damaged")
    before = (project / "project.gpkg").read_bytes()
    done = village_planner("import", project, "auto", bad, "--json")
    assert done.code == 1
    assert done.json()["status"] == "refused"
    assert (project / "project.gpkg").read_bytes() == before
    (bad / "东沟镇户厕台账.xlsx").unlink()
    assert village_planner("import", project, "auto", bad).code == 1


def test_a_look_at_a_folder_stores_nothing(village_planner, county):
    project, sent = county
    before = (project / "project.gpkg").read_bytes()
    told = village_planner("import", project, "auto", sent, "--dry-run", "--json").json()
    assert told["rows_stored"] == 15
    assert (project / "project.gpkg").read_bytes() == before


def test_accepted_names_serve_every_later_import(village_planner, county):
    project, sent = county
    village_planner("import", project, "auto", sent)
    value = f"河川镇/第三村={code(3, 3)}"
    told = village_planner("names", project, "--json").json()
    assert [(one["value"], one["rows"]) for one in told["proposals"]] == [(value, [9, 10])]
    assert village_planner("names", project, "--accept", value, "--json").json() == {
        "accepted": 1,
        "proposals": [],
    }
    lost = [f for f in village_planner("check", project, "--json").json()["findings"]
            if f["code"] == "village_unknown"]  # fmt: skip
    assert [len(one["rows"]) for one in lost] == [1]
    # a new list of the same villages keeps what was accepted
    village_planner("import", project, "villages", project.parent / "villages.xlsx")
    again = village_planner("import", project, "auto", sent, "--json").json()
    board = {one["township"]: one for one in again["table"]}
    assert (board["河川镇"]["unplaced"], board["河川镇"]["villages_sent"]) == (1, 2)
    wrong = village_planner("names", project, "--accept", f"东沟镇/石桥村={code(3, 3)}")
    assert wrong.code == 2
    assert "石桥村" in wrong.err


def test_text_output_names_those_who_did_not_send(village_planner, county):
    project, sent = county
    out = village_planner("import", project, "auto", sent).out
    assert "未报：马岭街道" in out
    assert "未导入" in out
    assert HEADS[0] not in out
