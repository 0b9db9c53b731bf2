"""Shares under several denominators, exempt households, and households with several toilets."""

import io
import tomllib
from pathlib import Path

import openpyxl
import pytest
from hand import card, judged, project

from geo.standard import read_standard
from layers.errors import StandardError
from works.board import Board
from works.denominators import beside_html, denominator, denominators
from works.workbook import card_workbook

STANDARD = Path(__file__).parents[1] / "data" / "standards" / "qingyang-2023.toml"
TOILET = next(
    dict(target)
    for target in tomllib.loads(STANDARD.read_text(encoding="utf-8"))["target"]
    if target["id"] == "sanitary-toilet"
)
V1 = [{"id": "V1", "name": "Dong"}]
GOOD = {"type": "three_compartment", "in_use": True}


def home(number, **more):
    return {"id": f"H{number}", "village_id": "V1", "resident": True, **more}


def toilet(number, house, **more):
    return {"id": f"T{number}", "household_id": f"H{house}", **{**GOOD, **more}}


def asked(homes, toilets):
    blanks = {("toilets", "defects"): "none", ("households", "exempt"): "none"}
    data = project(villages=V1, households=homes, toilets=toilets, blanks=blanks)
    return judged(data, TOILET)


def sums(made, key="sanitary-toilet"):
    row = card(made, "village", "V1", key)
    return tuple(int(row[name]) for name in ("amount", "met", "unmet", "unknown", "excluded"))


@pytest.fixture(scope="module")
def ten():
    """
    Ten households, one good toilet each for H1 to H6.

    H1-H5 live there. H6 works elsewhere and has a toilet. H7 declined, H8 is away all year, both
    live there by the list and have none. H9 has a pit, H10 has none and is not resident.
    """
    homes = [home(n) for n in range(1, 6)]
    homes += [
        home(6, resident=False), home(7, exempt="declined", exempt_evidence="letter 3"),
        home(8, exempt="away"), home(9), home(10, resident=False),
    ]  # fmt: skip
    toilets = [toilet(n, n) for n in range(1, 7)] + [toilet(9, 9, type="pit")]
    return asked(homes, toilets)


def test_the_same_under_every_denominator(ten):
    # Decides: resident and not exempt, H1-H5 and H9; H7 and H8 are set aside.
    assert sums(ten) == (6, 5, 1, 0, 2)
    # All ten: 6 toilets. Without the exempt two: 6 of 8. Resident and not exempt: 5 of 6.
    assert sums(ten, "sanitary-toilet.all") == (10, 6, 4, 0, 0)
    assert sums(ten, "sanitary-toilet.registered_not_exempt") == (8, 6, 2, 0, 0)
    assert sums(ten, "sanitary-toilet.resident_not_exempt") == (6, 5, 1, 0, 0)
    shares = {key: str(card(ten, "county", "county", f"sanitary-toilet{key}")["share_low"])
              for key in ("", ".all", ".registered_not_exempt")}  # fmt: skip
    assert shares == {"": "0.833333333333", ".all": "0.6", ".registered_not_exempt": "0.75"}
    # Only the one that decides has a goal and a status; the others are reported.
    assert card(ten, "village", "V1", "sanitary-toilet")["status"] == "met"
    assert card(ten, "village", "V1", "sanitary-toilet.all")["status"] == "reported"


def test_who_is_left_out_stands_in_a_list_with_reason_and_evidence(ten):
    found = ten.excluded.set_index("subject_id")
    assert found["reason"].to_dict() == {"H7": "declined", "H8": "away"}
    assert found.loc["H7", "evidence"] == "letter 3"


def test_people_see_them_side_by_side(ten):
    frame, heads = denominators(ten, "zh")
    village = frame[frame["unit_id"] == "V1"].iloc[0]
    names = {head: village[column] for column, head in heads.items()}
    assert [names[f"{name}：已核实达标率（%）"] for name in
            ("考核口径", "全部户籍户", "户籍户（不含不计入的）")] == [83.3, 60, 75]  # fmt: skip
    assert (names["目标值（%）"], names["不计入"]) == (80, 2)
    book = openpyxl.load_workbook(io.BytesIO(card_workbook(ten, "zh")))
    rows = list(book["不同口径对照"].iter_rows(min_row=3, values_only=True))
    assert rows[0][1:4] == ("层级", "单位代码", "单位名称")
    assert len([row for row in rows if isinstance(row[0], int)]) == 2  # county, village
    shown = beside_html(Board(ten), "village", "V1", "zh")
    assert shown.count("<tr>") == 1 + 4
    for text in ("全部户籍户", "60.0", "10户"):
        assert text in shown


def test_a_standard_gives_its_denominators_titles():
    own = {"zh": "在册户", "en": "Registered"}
    beside = {"all": {}, "x": {"title": own, "resident": True}}
    rule = {"id": "t", "subjects": "households", "measure": "attribute", "column": "piped_water",
            "one_of": [True], "beside": beside}  # fmt: skip
    made = judged(project(villages=V1, households=[home(1, piped_water=True)]), rule)
    target = made.target("t")
    assert target.beside["x"] == {"resident": True}
    assert denominator(target, "x", "zh") == "在册户"
    assert denominator(target, "all", "en") == "All households"
    assert denominator(target, "", "en") == "The one that decides"
    assert sums(made, "t.x") == (1, 1, 0, 0, 0)
    head = {
        "id": "s",
        "version": "1",
        "target": [{**rule, "beside": {"x": {"title": {"zh": "甲"}}}}],
    }
    with pytest.raises(StandardError, match=r"beside\.x\.title"):
        read_standard(head, "hand")


def test_without_other_denominators_there_is_no_table():
    rule = {"subjects": "households", "measure": "attribute", "column": "piped_water",
            "one_of": [True]}  # fmt: skip
    made = judged(project(villages=V1, households=[home(1, piped_water=True)]), rule)
    assert denominators(made, "zh")[0].empty
    assert beside_html(Board(made), "village", "V1", "zh") == ""
    assert (
        "不同口径对照"
        not in openpyxl.load_workbook(io.BytesIO(card_workbook(made, "zh"))).sheetnames
    )


@pytest.mark.parametrize(("toilets", "grade"), [
    ([{}], "harmless"),
    ([{"type": "pit"}, {}], "harmless"),
    ([{}, {"type": "pit"}], "harmless"),
    ([{"type": "loft"}, {"type": "pit"}], "sanitary"),
    ([{"type": "loft"}, {}], "harmless"),
    ([{"in_use": False}, {"type": "loft"}], "sanitary"),
    ([{"in_use": False}, {"type": "pit"}], "none"),
    ([], "none"),
])  # fmt: skip
def test_one_house_counts_once_and_its_best_toilet_counts(toilets, grade):
    """One house one toilet: two good ones make one household, never two."""
    made = asked([home(1)], [toilet(n, 1, **more) for n, more in enumerate(toilets)])
    grades = {name: sums(made, f"sanitary-toilet.{name}")[1]
              for name in ("harmless", "sanitary", "none")}  # fmt: skip
    assert grades == {"harmless": 0, "sanitary": 0, "none": 0, grade: 1}
    met = int(grade != "none")
    assert sums(made) == (1, met, 1 - met, 0, 0)


def test_a_toilet_two_households_name_serves_the_one_it_is_listed_under():
    made = asked([home(1), home(2)], [toilet(1, 1), toilet(2, 1)])
    assert sums(made) == (2, 1, 1, 0, 0)


def test_a_better_toilet_that_is_not_known_to_work_leaves_the_grade_open_and_not_the_target():
    made = asked([home(1)], [toilet(1, 1, in_use=None), toilet(2, 1, type="loft")])
    assert sums(made) == (1, 1, 0, 0, 0)
    assert sums(made, "sanitary-toilet.harmless")[3] == 1
