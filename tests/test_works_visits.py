"""Which villages to visit, why, and what to do there."""

from __future__ import annotations

from typing import Any

from hand import at, field, line, project
from test_works_sentences import FOUR, WATER, cells, county, told

from works.board import Board
from works.library import load_costs
from works.visits import visits
from works.worklist import worklist


def chosen(data: Any, *targets: Any, lang: str = "zh", most: int = 5) -> list[tuple[str, ...]]:
    found = told(data, *(targets or (WATER,)))
    board = Board(found)
    return [
        (one.village, one.kind, *("".join(p.text for p in part) for part in (one.why, one.what)))
        for one in visits(board, worklist(found, load_costs()), lang, most)
    ]


def test_the_easiest_to_settle_and_the_nearest_come_first() -> None:
    ledgers = {**FOUR, "E": cells(6, 1, 3)}
    assert chosen(county(ledgers)) == [
        ("C", "undetermined", "自来水70.0%—90.0%（2户待核实）", "最少电话核实1户可判定"),
        ("E", "undetermined", "自来水60.0%—90.0%（3户待核实）", "最少电话核实2户可判定"),
        ("B", "near", "自来水7/10户＝70.0%，差1户未到80%", "新建或改建卫生户厕1户"),
        ("D", "near", "自来水5/10户＝50.0%，差3户未到80%", "新建或改建卫生户厕3户"),
    ]


def test_in_english() -> None:
    first, second = chosen(county(FOUR), lang="en", most=2)
    assert first[2:] == (
        "Piped water 70.0—90.0\xa0% (2 households to verify)",
        "Verify 1 household by phone at the least",
    )
    assert second[2:] == (
        "Piped water 7/10 households = 70.0\xa0%, 1 household short of 80\xa0%",
        "Build or rebuild a household toilet: 1 household",
    )


def test_each_village_once_and_no_more_than_asked_for() -> None:
    found = chosen(county(FOUR), most=2)
    assert [one[0] for one in found] == ["C", "B"]
    assert chosen(county({"A": cells(9, 1, 0)})) == []


def test_a_doubtful_ledger_stands_with_both_figures() -> None:
    data = county({"A": cells(12, 6, 2), "B": cells(16, 4, 0)})
    data.frames["villages"]["toilet_households_reported"] = [18.0, 16.0]
    rule = {**WATER, "reported": "toilet_households_reported"}
    # A: 18 of 20 said, 60 to 70 % counted; 16 are needed: 2 at least, 4 at most. B says what is so.
    # As a scored target it fails no village, so nothing else speaks for a visit.
    ((village, kind, why, what),) = chosen(data, {**rule, "kind": "scored"})
    assert (village, kind) == ("A", "doubtful")
    assert why == "自来水上报90.0%，核算60.0%—70.0%，请核对"
    assert what == "还差2—4户，入户核对台账"


def test_dark_stretches_are_told_apart_by_their_cause() -> None:
    # 200 m of main road; lamps reach 25 m each way: one works at 25, one is broken at 125
    roads = [{"id": "r", "class": "village_main", "geometry": line((0, 0), (200, 0))}]
    lamps = [
        {"id": "l1", "status": "working", "geometry": at(25, 0)},
        {"id": "l2", "status": "broken", "geometry": at(125, 0)},
    ]
    villages = [{"id": "v", "name": "v村", "geometry": field(-50, -50, 250, 50)}]
    data = project(villages=villages, roads=roads, streetlights=lamps)
    rule = {
        "id": "lit", "title": {"zh": "亮灯率", "en": "Lit"}, "kind": "scored", "subjects": "roads",
        "amount": "length", "measure": "along", "items": "streetlights", "within_m": 25,
        "where": {"status": ["working"]},
        "work": {"kind": "streetlight-new", "repair": "streetlight-repair", "per": "stretch",
                 "quantity": "length/spacing", "spacing_m": 30},
    }  # fmt: skip
    ((village, kind, why, what),) = chosen(data, rule)
    assert (village, kind) == ("v", "dark")
    assert why.startswith("亮灯率：")
    assert "灯坏" in why
    assert "（1盏）" in why
    assert "维修路灯1盏" in what


def test_a_village_without_a_ledger_is_asked_for_it() -> None:
    data = county({**FOUR, "E": []}, complete_for={"households": ["A", "B", "C", "D"]})
    found = chosen(data)
    assert found[-1] == ("E", "silent", "台账未报", "请催报台账")


def test_a_village_that_fails_and_is_doubtful_is_named_for_what_comes_first() -> None:
    data = county({"A": cells(12, 6, 2)})
    data.frames["villages"]["toilet_households_reported"] = [18.0]
    found = chosen(data, {**WATER, "reported": "toilet_households_reported"})
    assert [one[:2] for one in found] == [("A", "near")]
