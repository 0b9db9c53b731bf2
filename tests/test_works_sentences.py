"""The three sentences, from villages a child can count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from hand import project, standard

from geo.assess import Assessment, assess
from layers.facts import scopes
from works.board import ALL, Board
from works.library import load_costs
from works.plans import plans
from works.sentences import sentences, unsent
from works.worklist import worklist

DAY = dt.date(2023, 6, 30)
WATER = {
    "id": "water", "title": {"zh": "自来水", "en": "Piped water"}, "kind": "required",
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
    "goal": "0.8", "work": {"kind": "toilet-rebuild", "per": "subject", "quantity": "amount"},
}  # fmt: skip
DEMO = {"demo_level": ["provincial", "municipal", "county"]}
Cells = list[bool | None]


def cells(met: int, unmet: int, unknown: int) -> Cells:
    return [True] * met + [False] * unmet + [None] * unknown


def county(ledgers: Mapping[str, Cells], demo: str = "", **more: Any) -> Any:
    """Make a village per letter; those named in ``demo`` are demonstration villages."""
    villages = [
        {
            "id": name, "name": f"{name}村", "township": "河川镇",
            "demo_level": "provincial" if name in demo else "none",
        }
        for name in ledgers
    ]  # fmt: skip
    households = [
        {"id": f"{name}{n}", "village_id": name, "piped_water": cell}
        for name, ledger in ledgers.items()
        for n, cell in enumerate(ledger)
    ]
    return project(villages=villages, households=households, **more)


def told(data: Any, *targets: Mapping[str, Any], scope: str = "all", **more: Any) -> Assessment:
    rules = standard(*(targets or (WATER,)), **more)
    return assess(data, rules, as_of=DAY, scope=scope, scopes=scopes())


def said(found: Assessment, lang: str = "zh", before: Assessment | None = None) -> dict[str, str]:
    board = Board(found, before)
    costs = load_costs()
    money = plans(board, worklist(found, costs), costs)
    return {line.label: line.text for line in sentences(board, lang, money)}


# A 9 of 10 passes; B 7 of 10 fails by one; C 7 of 10, two unknown: 70 to 90 %; D 5 of 10 fails by 3
FOUR = {"A": cells(9, 1, 0), "B": cells(7, 3, 0), "C": cells(7, 1, 2), "D": cells(5, 5, 0)}


def test_the_three_sentences_in_both_languages() -> None:
    found = told(county(FOUR))
    # 28 of 40, 2 unknown: 70 to 75 %; 32 are needed: 2 at least, 4 if none of the two passes.
    # C: one more pass is enough. B and D: 1 + 3 toilets at 1500.
    assert said(found) == {
        "达标情况": "4个行政村中1个达标、1个待定、2个未达标。",
        "主要短板": "自来水70.0%—75.0%（2户待核实），目标80%，还差2—4户。",
        "下一步": "最少电话核实1户可判定1个待定村；投入0.60万元可使B村、D村2村达标。",
    }
    assert said(found, "en") == {
        "Result": "Of 4 villages: 1 met, 1 undetermined, 2 not met.",
        "Shortfall": "Piped water 70.0—75.0\xa0% (2 households to verify), goal 80\xa0%, "
        "2—4 households still needed.",
        "Next": "Verifying 1 household by phone, at the least, settles 1 undetermined village; "
        "CNY 6,000 would bring B村, D村 to pass.",
    }


def test_a_figure_leads_to_the_list_of_what_it_counts() -> None:
    board = Board(told(county(FOUR)))
    lead = {
        piece.text: (piece.page, dict(piece.choices))
        for line in sentences(board, "zh")
        for piece in line.pieces
        if piece.page
    }
    assert lead["2户"] == ("gaps", {"target": "water", "list": "survey"})
    assert lead["2—4户"] == ("gaps", {"target": "water", "list": "gaps"})
    assert lead["1户"] == ("gaps", {"target": "water", "list": "survey"})
    assert lead["1个达标"] == ("map", {"target": ALL})
    assert lead["2个未达标"] == ("gaps", {"target": ALL, "list": "gaps"})


def test_villages_the_standard_binds_are_told_apart_only_in_a_wider_scope() -> None:
    data = county(FOUR, demo="AC")
    wide = _bound(data, "all")
    assert said(wide)["达标情况"] == ("4个行政村中1个达标、1个待定、2个未达标；2个示范村1个达标。")
    assert said(wide, "en")["Result"].endswith("of 2 demonstration villages 1 met.")
    own = _bound(data, "standard")
    assert said(own)["达标情况"] == "2个示范村中1个达标、1个待定、0个未达标。"
    assert wide.bound == frozenset("AC")
    assert own.bound == frozenset("AC")


def _bound(data: Any, scope: str, day: dt.date = DAY) -> Assessment:
    rules = standard(WATER, scope=DEMO)
    return assess(data, rules, as_of=day, scope=scope, scopes=scopes())


@pytest.mark.parametrize(
    ("day", "ledger", "zh", "en"),
    [
        # A did not pass on the earlier day
        ("2023-05-31", cells(7, 3, 0), "较上月多1个", "1 more than last month"),
        ("2023-06-01", cells(7, 3, 0), "较2023年6月1日多1个", "1 more than on 1 June 2023"),
        ("2022-12-31", cells(9, 1, 0), "与2022年12月31日持平", "as many as on 31 December 2022"),
    ],
)
def test_the_comparison_names_the_earlier_day(day: str, ledger: Cells, zh: str, en: str) -> None:
    now = _bound(county(FOUR, demo="AC"), "all")
    then = _bound(county({**FOUR, "A": ledger}, demo="AC"), "all", dt.date.fromisoformat(day))
    assert said(now, "zh", then)["达标情况"].endswith(f"2个示范村1个达标，{zh}。")
    assert said(now, "en", then)["Result"].endswith(f"{en}.")


def test_fewer_is_said_too() -> None:
    # B, which the standard does not bind, passed then: that is not counted.
    then = county({"A": cells(9, 1, 0), "B": cells(9, 1, 0), "C": cells(9, 1, 0)}, demo="AC")
    now = county({"A": cells(9, 1, 0), "B": cells(7, 3, 0), "C": cells(7, 3, 0)}, demo="AC")
    before = _bound(then, "all", dt.date(2023, 5, 31))
    line = said(_bound(now, "all"), "zh", before)["达标情况"]
    assert line.endswith("2个示范村1个达标，较上月少1个。")


def test_calls_are_the_sum_of_the_smaller_way_in_each_village() -> None:
    # of 10, 8 are needed. C: 6 met, 3 unknown: 2 passes or 2 fails. E: 5 met, 4 unknown: 3 passes
    # or 2 fails. F: 7 met, 3 unknown: 1 pass or 3 fails. 2 + 2 + 1 = 5
    ledgers = {"C": cells(6, 1, 3), "E": cells(5, 1, 4), "F": cells(7, 0, 3)}
    assert said(told(county(ledgers)))["下一步"].startswith("最少电话核实5户可判定3个待定村")


FIBRE = {
    "id": "fibre", "title": {"zh": "光纤", "en": "Fibre"}, "kind": "required",
    "subjects": "villages", "measure": "attribute", "column": "fiber", "one_of": [True],
    "goal": "1", "goal_level": "village",
}  # fmt: skip


def with_fibre(data: Any, **cells: bool | None) -> Any:
    villages = data.frames["villages"]
    villages["fiber"] = [cells.get(name, True) for name in villages["id"]]
    villages["fiber"] = villages["fiber"].astype("boolean")
    return data


def test_a_village_that_sent_no_ledger_is_named_and_not_called() -> None:
    ledgers = {**FOUR, "E": []}
    data = county(ledgers, complete_for={"households": ["A", "B", "C", "D"]})
    # whether E has fibre is not known: it is open, but a call to its homes settles nothing
    found = told(with_fibre(data, E=None), WATER, FIBRE)
    assert unsent(Board(found)) == ["E"]
    lines = said(found)
    assert lines["达标情况"] == "5个行政村中1个达标、2个待定、2个未达标。"
    assert lines["主要短板"].endswith("；E村台账未报。")
    assert lines["下一步"].startswith("最少电话核实1户可判定2个待定村中的1个；")


def test_what_blocks_most_villages_comes_first_and_others_are_counted() -> None:
    # fibre fails in one village; water fails in two and is open in a third
    lines = said(told(with_fibre(county(FOUR), B=False), FIBRE, WATER))
    assert lines["主要短板"].startswith("自来水70.0%—75.0%")
    assert lines["主要短板"].endswith("；另有1项必达指标未达标。")
    lines = said(told(with_fibre(county(FOUR), A=False, B=False, C=False, D=False), FIBRE, WATER))
    assert lines["主要短板"].startswith("光纤有4个村未达标；另有1项")


def test_required_targets_that_are_open_are_not_said_to_fail() -> None:
    # 28 to 30 of 40: of 72 % it is not known
    water = {**WATER, "goal": "0.72"}
    lines = said(told(with_fibre(county(FOUR), A=False, B=False, C=False, D=False), FIBRE, water))
    assert lines["主要短板"].endswith("；另有1项必达指标待定。")
    assert "必达指标未达标" not in lines["主要短板"]


def test_where_the_standard_binds_no_village_they_are_plain_villages() -> None:
    assert said(_bound(county(FOUR), "all"))["达标情况"].startswith("4个行政村中1个达标")


def test_nothing_assessed_is_one_sentence() -> None:
    found = told(project(villages=[{"id": "A", "name": "A村"}]))
    assert said(found) == {"达标情况": "还没有可以评估的指标，请先导入数据。"}


def test_braces_and_signs_in_a_title_are_only_text() -> None:
    odd = {**WATER, "title": {"zh": "{n}<b>{goal}\0", "en": "x"}}
    _, short, _ = sentences(Board(told(county(FOUR), odd)), "zh")
    assert short.text.startswith("{n}<b>{goal}")
    assert "&lt;b&gt;" in short.html
