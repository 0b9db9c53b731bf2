"""Townships side by side: counts, shared places, who moved."""

from __future__ import annotations

from typing import Any

from hand import judged, project

from geo.assess import Assessment
from works.board import Board
from works.ranking import places
from works.towns import Town, towns

WATER = {
    "id": "water", "kind": "required", "subjects": "households", "measure": "attribute",
    "column": "piped_water", "one_of": [True], "goal": "0.8",
}  # fmt: skip


def county(**met: int) -> Assessment:
    """Make a township of one village for each letter: so many of ten homes have piped water."""
    villages = [{"id": f"v{one}", "name": one, "township": one} for one in met]
    homes: list[dict[str, Any]] = [
        {"id": f"{one}{n}", "village_id": f"v{one}", "piped_water": n < number}
        for one, number in met.items()
        for n in range(10)
    ]
    return judged(project(villages=villages, households=homes), WATER)


def by_name(rows: list[Town]) -> dict[str, Town]:
    return {row.name: row for row in rows}


def test_equals_share_a_place_and_the_next_comes_after_both() -> None:
    # 9, 8, 8 and 5 of ten: places 1, 2, 2, 4
    rows = towns(Board(county(A=8, B=9, C=8, D=5)), "zh")
    assert [row.name for row in rows] == ["合计", "A", "B", "C", "D"]  # the total, official order
    assert [row.place for row in rows] == [None, 2, 1, 2, 4]
    assert [row.score for row in rows] == ["75.0", "80.0", "90.0", "80.0", "50.0"]


def test_places_go_by_the_figure_that_is_read() -> None:
    assert places({"a": "88.0", "b": "100.0", "c": "88.0", "d": "9.9"}) == {
        "a": 2,
        "b": 1,
        "c": 2,
        "d": 4,
    }


def test_who_moved_since_the_earlier_day() -> None:
    # C was third and is first; A and B each fell by one
    rows = by_name(towns(Board(county(A=8, B=7, C=9), county(A=8, B=7, C=6)), "zh"))
    assert {name: rows[name].moved for name in "ABC"} == {"A": -1, "B": -1, "C": 2}
    assert rows["合计"].moved is None


def test_without_an_earlier_day_or_another_township_nothing_moves() -> None:
    assert {row.moved for row in towns(Board(county(A=8, B=7)), "zh")} == {None}
    (total, only) = towns(Board(county(A=8), county(A=7)), "zh")
    assert (total.counts["met"], only.place, only.moved) == (1, None, None)


def test_the_rows_add_up_to_the_total() -> None:
    total, *rest = towns(Board(county(A=8, B=7, C=3)), "zh")
    assert {one: sum(row.counts[one] for row in rest) for one in total.counts} == total.counts
    assert (total.counts["met"], total.counts["unmet"], total.other) == (1, 2, 0)


def test_without_townships_there_is_no_table() -> None:
    found = judged(project(villages=[{"id": "v", "name": "v"}]), WATER)
    assert towns(Board(found), "zh") == []
