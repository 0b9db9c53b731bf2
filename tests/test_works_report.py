"""The report: right figures, total first, nothing loaded, text from data is only text."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from layers.text import t
from works.board import Board
from works.figures import bar, goal_text, needed_text, share_text
from works.report import report_html

HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"
HEADS = [
    *("level", "unit_id", "unit_name", "target_id", "kind", "unit", "amount", "met", "unmet"),
    *("unknown", "missing", "excluded", "share_low", "share_high", "goal", "status"),
    *("needed_low", "needed_high", "villages_met", "villages_unmet", "villages_undetermined"),
    "villages_not_assessed",
]

# Three villages in two townships. toilets: goal 0.80; water: goal 0.95; clinic: never surveyed.
# v1 8/10 toilets met, water all met -> passes. v2 323/404 -> fails by one. v3 3 met, 2 unknown of
# 5: 60-100 -> undetermined.
ROWS: list[tuple[Any, ...]] = [
    ("village", "v1", "甲村", "_all", "required", "target", 2, 2, 0, 0, "met"),
    ("village", "v2", "乙村", "_all", "required", "target", 2, 1, 1, 0, "unmet"),
    ("village", "v3", "丙村", "_all", "required", "target", 2, 1, 0, 1, "undetermined"),
    ("township", "东镇", "东镇", "_all", "required", "target", 2, 1, 1, 0, "unmet"),
    ("township", "西乡", "西乡", "_all", "required", "target", 2, 1, 0, 1, "undetermined"),
    ("county", "示例县", "示例县", "_all", "required", "target", 2, 1, 1, 0, "unmet"),
    ("village", "v1", "甲村", "toilet", "required", "household", 10, 8, 2, 0, "met"),
    ("village", "v2", "乙村", "toilet", "required", "household", 404, 323, 81, 0, "unmet"),
    ("village", "v3", "丙村", "toilet", "required", "household", 5, 3, 0, 2, "undetermined"),
    ("township", "东镇", "东镇", "toilet", "required", "household", 414, 331, 83, 0, "unmet"),
    ("township", "西乡", "西乡", "toilet", "required", "household", 5, 3, 0, 2, "undetermined"),
    (
        "county",
        "示例县",
        "示例县",
        "toilet",
        "required",
        "household",
        419,
        334,
        83,
        2,
        "undetermined",
    ),
    ("village", "v1", "甲村", "water", "required", "household", 10, 10, 0, 0, "met"),
    ("village", "v2", "乙村", "water", "required", "household", 404, 404, 0, 0, "met"),
    ("village", "v3", "丙村", "water", "required", "household", 5, 5, 0, 0, "met"),
    ("township", "东镇", "东镇", "water", "required", "household", 414, 414, 0, 0, "met"),
    ("township", "西乡", "西乡", "water", "required", "household", 5, 5, 0, 0, "met"),
    ("county", "示例县", "示例县", "water", "required", "household", 419, 419, 0, 0, "met"),
    *(
        (level, unit, unit, "clinic", "scored", "household", 0, 0, 0, 0, "not_assessed")
        for level, unit in (("village", "v1"), ("village", "v2"), ("village", "v3"))
    ),
    ("township", "东镇", "东镇", "clinic", "scored", "household", 0, 0, 0, 0, "not_assessed"),
    ("township", "西乡", "西乡", "clinic", "scored", "household", 0, 0, 0, 0, "not_assessed"),
    ("county", "示例县", "示例县", "clinic", "scored", "household", 0, 0, 0, 0, "not_assessed"),
]
# The two toilets of v3 that nobody verified.
OPEN_ROWS = {
    "target_id": "toilet", "village_id": ["v3", "v3"], "subject_id": ["h3", "h4"], "amount": 1,
    "visits": 1, "call": [1, 2], "scale": 1, "counted": "household",
}  # fmt: skip
GOALS = {"toilet": "0.80", "water": "0.95", "clinic": "0.90", "_all": None}
NEEDED = {("v2", "toilet"): (1, 1), ("v3", "toilet"): (0, 1), ("示例县", "toilet"): (0, 2)}


def scorecard(rename: dict[str, str] | None = None) -> pd.DataFrame:
    rows = []
    for level, unit, name, target, kind, word, amount, met, unmet, unknown, status in ROWS:
        low, high = NEEDED.get((unit, target), (0, 0))
        shares = (met / amount, (met + unknown) / amount) if amount else (None, None)
        rows.append(
            [
                *(level, unit, (rename or {}).get(name, name), target, kind, word),
                *(amount, met, unmet, unknown, 0, 0, *shares, GOALS[target], status),
                *(low, high, 1, 1, 1, 0),
            ]
        )
    return pd.DataFrame(rows, columns=HEADS)


def target(key: str, kind: str, zh: str, en: str) -> SimpleNamespace:
    return SimpleNamespace(
        id=key,
        kind=kind,
        title={"zh": zh, "en": en},
        lead={},
        goal=GOALS[key],
        subjects="households",
        beside={},
    )


def assessment(rename: dict[str, str] | None = None, **more: Any) -> SimpleNamespace:
    named = rename or {}
    villages = pd.DataFrame(
        {
            "id": ["v1", "v2", "v3"],
            "name": [named.get(name, name) for name in ("甲村", "乙村", "丙村")],
            "township": [named.get(name, name) for name in ("东镇", "东镇", "西乡")],
        },
        index=["v1", "v2", "v3"],
    )
    titles = ("卫生户厕普及率", "Sanitary toilets")
    standard = SimpleNamespace(
        id="s",
        version="1",
        title={"zh": "评估标准", "en": "Standard"},
        scope=None,
        targets=(
            target("toilet", "required", *(named.get(each, each) for each in titles)),
            target("water", "required", "安全饮水", "Water"),
            target("clinic", "scored", "卫生室", "Clinic"),
        ),
    )
    facts: dict[str, Any] = {
        "standard": standard,
        "project_name": "示例县",
        "as_of": dt.date(2023, 6, 30),
        "scope": "all",
        "crs": "EPSG:4545",
        "data_version": "3",
        "villages": villages,
        "bound": frozenset(villages.index),
        "scorecard": scorecard(rename),
        "unsettled": pd.DataFrame(OPEN_ROWS),
        "excluded": pd.DataFrame({"id": ["h1", "h2"]}),
        "found": (),
        "notes": [{"code": "as_of_assumed", "day": "2023-01-01"}] * 2,
    }
    return SimpleNamespace(**(facts | more))


class Text(HTMLParser):
    """The visible text of a page, its tags, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = tag
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.pieces.append(data)


def read(page: str) -> Text:
    parser = Text()
    parser.feed(page)
    return parser


def words(page: str) -> str:
    return "".join(read(page).pieces)


def test_it_says_the_result_first() -> None:
    said = words(report_html(assessment()))
    assert "3个行政村中1个达标、1个待定、1个未达标。" in said
    assert said.index("3个行政村中") < said.index("目标值（%）")


def test_it_names_what_made_it() -> None:
    said = words(report_html(assessment()))
    for part in ("s@1", "全部行政村", "2023年6月30日", "EPSG:4545"):
        assert part in said
    assert t("conservation", "zh") in said
    assert said.count(t("note.as_of_assumed", "zh", day="2023-01-01")) == 1


def test_shares_are_never_rounded_up_to_the_goal() -> None:
    said = words(report_html(assessment()))
    assert "79.9" in said  # 323/404 = 0.79950...
    assert "79.7—80.1" in said  # 334/419 and 336/419
    assert "80.0" in said  # 8/10 of v1 only
    assert share_text({"amount": 404, "met": 323, "unknown": 0}) == "79.9"


def test_the_total_stands_first_in_every_table() -> None:
    page = report_html(assessment())
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, flags=re.S)
    totals = [body for body in bodies if "class" in body and t("all_units_row", "zh") in body]
    assert len(totals) == 4  # targets, townships, and the two townships' villages
    for body in totals:
        assert body.index(t("all_units_row", "zh")) < body.index("</tr>")


def test_a_target_nobody_surveyed_is_named_and_not_judged() -> None:
    page = report_html(assessment())
    assert f"{t('report.not_assessed', 'zh')}：卫生室" in words(page)
    first = re.search(r"<tbody>(.*?)</tbody>", page, flags=re.S)
    assert first is not None
    assert "卫生室" not in first[1]


def test_nearest_to_passing_comes_in_order() -> None:
    near = Board(assessment()).nearest()
    assert [one.name for one in near] == ["丙村", "乙村"]  # only to verify, then one short
    assert [row["target_id"] for row in near[1].lacks] == ["toilet"]


def test_county_status_is_not_the_villages_status() -> None:
    board = Board(assessment())
    assert board.top == ("county", "示例县")
    assert board.statuses("toilet") == {"v1": "met", "v2": "unmet", "v3": "undetermined"}
    assert board.assessed == (2, 3)


def test_english() -> None:
    said = words(report_html(assessment(), lang="en"))
    assert "Of 3 villages: 1 met, 1 undetermined, 1 not met." in said
    assert "30 June 2023" in said
    assert t("note.as_of_assumed", "en", day="2023-01-01") in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_is_in_the_table(lang: str) -> None:
    page = report_html(assessment(), lang=lang)
    assert not re.findall(r">(?:say|report|head|ui|map|status|kind)\.[a-z_.]+<", page)
    assert "{" not in words(page)


def test_hostile_names_stay_text() -> None:
    hostile = dict.fromkeys(("乙村", "东镇", "卫生户厕普及率", "丙村"), HOSTILE)
    page = report_html(
        assessment(
            hostile,
            project_name=HOSTILE,
            scope=HOSTILE,
            notes=[{"code": "as_of_assumed", "day": HOSTILE}],
        ),
        map_html=f"<p>{HOSTILE}</p>",
    )
    parsed = read(page)
    assert "img" not in parsed.tags
    assert "script" not in parsed.tags
    assert "".join(parsed.pieces).count(HOSTILE) >= 6
    assert "1337" not in page


def test_the_map_stands_in_its_own_frame() -> None:
    inner = '<!doctype html><p title="a">\u5730\u56fe & "</p><script>1</script>'
    page = report_html(assessment(), map_html=inner)
    frame = re.search(r'srcdoc="([^"]*)"', page)
    assert frame is not None
    assert read(page).tags.isdisjoint({"script"})
    import html

    assert html.unescape(frame[1]) == inner


def test_nothing_is_loaded() -> None:
    page = report_html(assessment())
    assert read(page).loads == []
    assert "http" not in page
    assert "url(" not in page


def test_an_assessment_of_nothing_still_makes_a_report() -> None:
    empty = scorecard().assign(status="not_assessed", amount=0, met=0, unmet=0, unknown=0)
    said = words(report_html(assessment(scorecard=empty)))
    assert t("say.nothing", "zh") in said


def test_bar_parts_fill_the_line_and_zero_amounts_have_none() -> None:
    row = {"amount": 4, "met": 1, "unknown": 1, "unmet": 2, "status": "unmet"}
    drawn = bar(row, Fraction(4, 5))
    assert re.findall(r"width:([\d.]+)%", drawn) == ["25.00", "25.00", "50.00"]
    assert 'class="g" style="left:80.00%"' in drawn
    assert 'class="g"' not in bar(row, None)
    nothing = row | {"amount": 0, "met": 0, "unknown": 0, "unmet": 0, "status": "not_assessed"}
    assert re.findall(r'<i class="(\w)"', bar(nothing, None)) == ["h"]


@pytest.mark.parametrize(
    ("goal", "printed"), [("0.80", "80"), ("0.995", "99.5"), ("1", "100"), ({"column": "x"}, "—")]
)
def test_goals(goal: Any, printed: str) -> None:
    assert goal_text(goal) == printed


def test_several_counties_are_added_up_to_a_whole() -> None:
    rows = scorecard()
    more = rows[rows["level"] == "county"].assign(unit_id="另一县", unit_name="另一县")
    board = Board(assessment(scorecard=pd.concat([rows, more], ignore_index=True)))
    assert board.top == ("whole", "whole")
    total = board.total("toilet")
    assert total is not None
    assert (total["amount"], total["met"], total["unknown"]) == (838, 668, 4)
    # 80 % of 838 is 670.4, so 671: two or three more than the 668 that pass, 4 are unknown.
    assert (total["status"], total["needed_low"], total["needed_high"]) == ("undetermined", 0, 3)
    whole = board.total()
    assert whole is not None
    assert (whole["status"], board.score(whole), whole["villages_met"]) == ("unmet", "—", 2)


def test_townships_of_one_name_in_two_counties_keep_their_villages() -> None:
    rows = scorecard()
    towns = rows["level"] == "township"
    rows.loc[towns, "unit_name"] = "城关镇"
    rows.loc[towns, "unit_id"] = rows.loc[towns, "unit_id"].map(
        {"东镇": "甲县/城关镇", "西乡": "乙县/城关镇"}
    )
    found = assessment(scorecard=rows)
    found.villages = found.villages.assign(township="城关镇", county=["甲县", "甲县", "乙县"])
    board = Board(found)
    assert board.villages_of("甲县/城关镇") == ["v1", "v2"]
    assert board.villages_of("乙县/城关镇") == ["v3"]


def test_a_plan_s_number_is_no_share() -> None:
    rows = scorecard()
    rows.loc[rows["target_id"] == "toilet", "goal"] = "8"
    found = assessment(scorecard=rows)
    found.standard.targets[0].goal = {"column": "bathroom_plan", "as": "amount"}
    board = Board(found)
    row = board.row("village", "v1", "toilet")
    assert row is not None
    assert board.goal(row, "zh") == "8户"
    assert 'class="g" style="left:80.00%"' in board.bar(row)


def test_one_is_said_in_the_singular() -> None:
    row = {"needed_low": 1, "needed_high": 1, "unit": "person"}
    assert needed_text(row, "en") == "1 person"
    assert needed_text({**row, "needed_high": 3}, "en") == "1—3 persons"
    assert needed_text(row, "zh") == "1人"
