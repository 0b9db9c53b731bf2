"""What villages report, held against what is counted: ten households each, by hand."""

import io
from decimal import Decimal

import openpyxl
import pytest
from hand import judged, project, standard

from geo.standard import read_standard
from layers.errors import StandardError
from works.audit import audit, audit_all, audit_rule
from works.audit_text import line
from works.outcome import summary
from works.workbook import card_workbook

TOILET = {
    "id": "toilet", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "goal": "0.8", "reported": "toilet_households_reported",
}  # fmt: skip


def county(**reported):
    """Villages of 20 households: 12 pass, 2 are unknown, 6 fail, so 60 to 70 %."""
    villages = [
        {
            "id": name,
            "name": f"{name}村",
            "township": "北塬乡",
            "toilet_households_reported": number,
        }
        for name, number in reported.items()
    ]
    cells = [True] * 12 + [None] * 2 + [False] * 6
    households = [
        {"id": f"{name}{n}", "village_id": name, "piped_water": cell}
        for name in reported
        for n, cell in enumerate(cells)
    ]
    return project(villages=villages, households=households)


def test_the_figure_stands_in_the_table():
    assert audit_rule().doubtful_above_points == 5


@pytest.mark.parametrize(
    ("reported", "share", "difference", "doubtful"),
    [
        (17, "0.85", "15", True),  # 85 % said, at most 70 % counted
        (15, "0.75", "5", False),  # exactly 5 points above is no doubt
        (14, "0.7", "0", False),
        (13, "0.65", "0", False),  # in the range: what is unknown is held against nobody
        (12, "0.6", "0", False),
        (11, "0.55", "5", False),
        (10, "0.5", "10", True),  # fewer reported than counted
        (0, "0", "60", True),
        (21, "1.05", "35", True),  # more than there are
    ],
)
def test_a_reported_share_is_doubtful_outside_the_counted_range(
    reported, share, difference, doubtful
):
    (row,) = audit(judged(county(A=reported), TOILET)).to_dict("records")
    assert (row["village_id"], row["village"], row["township"]) == ("A", "A村", "北塬乡")
    assert (row["target_id"], row["unit"], row["reported"], row["amount"]) == (
        "toilet", "household", reported, 20,
    )  # fmt: skip
    assert (row["share_low"], row["share_high"]) == (Decimal("0.6"), Decimal("0.7"))
    assert row["reported_share"] == Decimal(share)
    assert row["difference"] == Decimal(difference)
    assert row["doubtful"] is doubtful


def test_the_largest_difference_comes_first_and_who_said_nothing_is_left_out():
    found = judged(county(A=13, B=10, C=None, D=20), TOILET)
    table = audit(found)
    assert table["village_id"].tolist() == ["D", "B", "A"]
    assert table["doubtful"].tolist() == [True, True, False]
    assert summary(found)["audit_doubtful"] == 2


def test_where_nothing_was_counted_nothing_is_compared():
    villages = [{"id": "A", "name": "A村", "toilet_households_reported": 5}]
    (row,) = audit(judged(project(villages=villages, households=[]), TOILET)).to_dict("records")
    assert (row["amount"], row["reported_share"], row["difference"]) == (0, None, None)
    assert row["doubtful"] is False
    # Never surveyed: everything from 0 to 100 % is possible.
    villages[0] |= {"households": 10}
    (row,) = audit(judged(project(villages=villages), TOILET)).to_dict("records")
    assert (row["share_low"], row["share_high"], row["difference"]) == (0, 1, 0)


def test_targets_and_projects_without_reported_figures_give_no_rows():
    plain = {key: value for key, value in TOILET.items() if key != "reported"}
    assert audit(judged(county(A=17), plain)).empty
    assert audit(judged(project(villages=[{"id": "A", "name": "a"}]), TOILET)).empty
    assert summary(judged(county(A=17), plain))["audit_doubtful"] == 0


def test_the_workbook_has_the_sheet():
    found = judged(county(A=13, B=17), TOILET)
    book = openpyxl.load_workbook(io.BytesIO(card_workbook(found, "zh")))
    head, *rows = list(book["上报与核算"].iter_rows(values_only=True))[2:5]
    assert head[1:] == (
        "指标", "乡镇", "行政村", "行政村代码", "单位", "上报数", "应达标数", "上报率（%）",
        "已核实达标率（%）", "最高可能达标率（%）", "相差（百分点）", "核对结果",
    )  # fmt: skip
    assert rows[0][3:] == (
        "B村", "B", "户", 17, 20, 85, 60, 70, 15, "疑点：相差超过5个百分点，请核对台账",
    )  # fmt: skip
    assert rows[1][3:] == ("A村", "A", "户", 13, 20, 65, 60, 70, 0, "相符")
    english = openpyxl.load_workbook(io.BytesIO(card_workbook(found, "en")))
    assert "Reported and counted" in english.sheetnames
    plain = {key: value for key, value in TOILET.items() if key != "reported"}
    other = openpyxl.load_workbook(io.BytesIO(card_workbook(judged(county(A=17), plain), "zh")))
    assert "上报与核算" not in other.sheetnames


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("toilet_household_reported", "villages has no column toilet_household_reported; "
         "toilet_households_reported is meant?"),
        ("fiber", "'fiber' is not a column of numbers"),
        (5, "5 is not the name of a column of villages"),
    ],
)  # fmt: skip
def test_a_wrong_column_is_told_with_the_standard(written, fault):
    with pytest.raises(StandardError) as caught:
        standard({**TOILET, "reported": written})
    assert caught.value.faults == [f"target toilet.reported: {fault}"]


def test_a_head_people_write_names_the_column_too():
    made = read_standard({"id": "s", "target": [{**TOILET, "reported": "上报卫生厕所户数"}]}, "s")
    assert made.targets[0].reported == "上报卫生厕所户数"
    (row,) = audit(judged(county(A=17), {**TOILET, "reported": "上报卫生厕所户数"})).to_dict("records")  # fmt: skip  # noqa: E501
    assert row["reported"] == 17


def test_a_doubt_is_one_sentence_in_both_languages():
    table = audit_all(judged(county(A=17, B=14), TOILET))
    (row,) = table.to_dict("records")
    titles = {"toilet": "卫生户厕"}
    assert line(row, titles, "zh") == (
        "A村（北塬乡）：卫生户厕上报85.0%，核算60.0—70.0%，相差15.0个百分点。请核对台账。"
    )
    assert line(row | {"township": None, "share_high": row["share_low"]}, {}, "en") == (
        "A村: toilet: 85.0 % reported, 60.0 % counted, 15.0 points apart. Check the ledger."
    )


def test_the_workbook_lists_every_doubt():
    found = judged(county(A=13, B=17), TOILET)
    book = openpyxl.load_workbook(io.BytesIO(card_workbook(found, "zh")))
    head, row = list(book["台账核查"].iter_rows(values_only=True))[2:4]
    told = dict(zip(head, row, strict=True))
    assert (told["确定程度"], told["规则"], told["行政村"], told["编号"]) == (
        "很可能", "上报率与核算率不符", "B村", "B",
    )  # fmt: skip
    assert (told["上报率（%）"], told["最高可能达标率（%）"], told["相差（百分点）"]) == (
        85,
        70,
        15,
    )
    given = card_workbook(found, "en", audit_all(found).iloc[:0])
    assert openpyxl.load_workbook(io.BytesIO(given))["Ledger audit"]["A4"].value != 1
