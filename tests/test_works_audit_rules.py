"""Every rule of the ledger audit: a village where it speaks, and one where it just does not."""

from decimal import Decimal

import pandas as pd
import pytest
from hand import at, field, frame, judged, often, project
from hypothesis import given, settings
from hypothesis import strategies as some

from layers.findings import Finding
from layers.past import Past
from layers.sheet.stated import read_differing
from works.audit import AUDIT_COLUMNS, CERTAINTIES, RULES, audit_all, audit_rule
from works.audit_ledgers import person, telephone
from works.audit_rows import namesakes
from works.audit_text import action, line, place, rule_title, sheet, what, why

TITLES = {"t": "卫生户厕", "toilet": "卫生户厕"}
HOUSES = {"id": "t", "subjects": "households", "measure": "attribute", "column": "piped_water",
          "one_of": [True], "goal": "0.8",
          "reported": "toilet_households_reported"}  # fmt: skip


def village(**more):
    return {"id": "A", "name": "东沟村", "township": "北塬乡", **more}


def homes(number, home="A", **columns):
    """Households A1, A2, ...; a column is one value, or a function of the number."""
    return [
        {
            "id": f"{home}{n}",
            "village_id": home,
            **{k: v(n) if callable(v) else v for k, v in columns.items()},
        }
        for n in range(1, number + 1)
    ]


def doubts(rule, past=(), findings=(), *, judge=None, partial=(), **layers):
    """Audit a project and give the rows of one rule."""
    layers.setdefault("villages", [village()])
    data = project(partial=partial, **layers)
    table = audit_all(judged(data, judge) if judge else data, past, findings)
    assert list(table.columns) == AUDIT_COLUMNS
    return [row for row in table.to_dict("records") if row["rule"] == rule]


def one(rule, *args, **layers):
    (row,) = doubts(rule, *args, **layers)
    return row


def then(name="2023-05", **layers):
    return Past(name, "snapshot", {layer: frame(layer, rows) for layer, rows in layers.items()})


# ---------------------------------------------------------------- the table itself


def test_every_rule_has_its_figures_and_its_words():
    assert set(audit_rule().rule) == set(RULES)
    row = dict.fromkeys(AUDIT_COLUMNS, "")
    row |= {"n": 1, "layer": "households", "ids": (), "share_low": None, "reported_share": None,
            "share_high": None, "difference": None, "certainty": "likely"}  # fmt: skip
    for rule in RULES:
        for lang in ("zh", "en"):
            row["rule"] = rule
            for told in (rule_title(rule, lang), why(row, lang), action(row, lang)):
                assert told
                assert "audit." not in told
            assert "{" not in what(row, {}, lang)


def test_a_project_without_villages_has_no_doubts():
    table = audit_all(project(households=homes(3)))
    assert (list(table.columns), len(table)) == (AUDIT_COLUMNS, 0)
    assert audit_all(project(villages=[])).empty


# ---------------------------------------------------------------- who is counted


@pytest.mark.parametrize(
    ("before", "now", "people", "left", "fires"),
    [
        (200, 190, 700, 700, True),  # 10 of 200 gone, and nobody left
        (200, 191, 700, 700, False),  # 9 are less than 5 %
        (200, 180, 700, 630, False),  # a tenth of the people went with a tenth of the houses
        (200, 169, 700, 630, True),  # 180 were to be expected; 11 fewer
        (200, 171, 700, 630, False),
        (60, 55, 200, 200, True),  # at least five households
        (60, 56, 200, 200, False),
        (19, 9, 60, 60, False),  # too small to say
    ],
)
def test_households_that_vanish(before, now, people, left, fires):
    old = then(villages=[village(households=before, population=people)])
    found = doubts("households_fell", [old],
                   villages=[village(households=now, population=left)])  # fmt: skip
    assert bool(found) is fires
    if fires:
        row = found[0]
        assert (row["found"], row["against"], row["since"]) == (now, before, "2023-05")
        assert (row["certainty"], row["column"], row["village_id"]) == (
            "likely", "households", "A",
        )  # fmt: skip


def test_without_people_a_fall_is_only_possible():
    old = then(villages=[village(households=200)])
    assert one("households_fell", [old], villages=[village(households=190)])["certainty"] == (
        "possible"
    )


def test_rows_that_vanish_from_the_ledger():
    old = then(households=homes(40, persons=3), villages=[village(population=120)])
    now = {"villages": [village(population=120)]}
    row = one("households_fell", [old], **now, households=homes(35, persons=3))
    assert (row["layer"], row["column"], row["found"], row["against"]) == ("households", "", 35, 40)
    assert row["certainty"] == "likely"
    assert not doubts("households_fell", [old], **now, households=homes(36, persons=3))
    partial = one("households_fell", [old], partial=["households"], **now, households=homes(35))
    assert partial["certainty"] == "possible"


def test_the_honest_rate_counts_those_who_vanished():
    # 40 houses, 24 pass; ten that failed are gone: 24 of 30 is 80 %, 24 of 40 is 60 %
    cells = {"piped_water": lambda n: n <= 24}
    old = then(households=homes(40, **cells), villages=[village(population=120)])
    row = one("households_fell", [old], judge=HOUSES, households=homes(30, **cells),
              villages=[village(population=120, toilet_households_reported=24)])  # fmt: skip
    assert row["reported_share"] == Decimal("0.8")
    # whether the ten would pass is unknown: 60 to 85 %
    assert (row["share_low"], row["share_high"]) == (Decimal("0.6"), Decimal("0.85"))
    assert "卫生户厕上报80.0%，按实计为60.0—85.0%" in line(row, TITLES, "zh")


@pytest.mark.parametrize(("now", "fires"), [(221, True), (219, False)])
def test_households_that_multiply(now, fires):
    old = then(villages=[village(households=200, population=700)])
    found = doubts("households_rose", [old], villages=[village(households=now, population=700)])
    assert bool(found) is fires
    grown = [village(households=now, population=800)]
    assert not doubts("households_rose", [old], villages=grown)


def test_a_ledger_that_is_being_completed_is_no_rise():
    old = then(households=homes(30))
    declared = [village(households=50)]
    assert not doubts("households_rose", [old], villages=declared, households=homes(50))
    assert doubts("households_rose", [old], villages=declared, households=homes(51))


@pytest.mark.parametrize(
    ("listed", "declared", "rule"),
    [
        (105, 100, "listed_over_declared"),
        (104, 100, None),
        (95, 100, "declared_over_listed"),
        (96, 100, None),
        (0, 100, None),  # nothing was sent: no doubt, but a gap
    ],
)
def test_declared_and_listed(listed, declared, rule):
    here = {"villages": [village(households=declared)], "households": homes(listed)}
    for name in ("listed_over_declared", "declared_over_listed"):
        found = doubts(name, **here)
        assert bool(found) is (name == rule)
        if found:
            assert (found[0]["found"], found[0]["against"]) == (listed, declared)
    if rule == "declared_over_listed":
        # who says that a list is partial has hidden nothing
        assert not doubts(rule, **here, partial=["households"])


def test_households_of_no_village():
    stray = [{"id": "x", "village_id": "?"}, {"id": "y", "village_id": "A"}]
    row = one("households_without_village", households=stray)
    assert (row["village_id"], row["ids"], place(row, "zh")) == ("-", ("x",), "未归村")
    assert not doubts("households_without_village", households=stray[1:])


@pytest.mark.parametrize(
    ("part", "whole", "values", "certainty"),
    [
        ("toilet_households_reported", "households", (101, 100), "certain"),
        ("toilet_households_reported", "households", (100, 100), None),
        ("pension_paid", "pension_due", (31, 30), "likely"),
        ("pension_paid", "pension_due", (30, 30), None),
        ("households_resident", "households_registered", (111, 100), "possible"),
        ("households_resident", "households_registered", (110, 100), None),
        ("population_resident", "population", (1101, 1000), "possible"),
        ("population_resident", "population", (1100, 1000), None),
    ],
)
def test_a_part_over_its_whole(part, whole, values, certainty):
    found = doubts("part_over_whole", villages=[village(**dict(zip((part, whole), values, strict=True)))])  # fmt: skip  # noqa: E501
    assert [row["certainty"] for row in found] == ([certainty] if certainty else [])
    if certainty:
        assert (found[0]["column"], found[0]["other"]) == (part, whole)
        assert (found[0]["found"], found[0]["against"]) == values


@pytest.mark.parametrize(
    ("people", "houses", "fires"),
    [(701, 100, True), (700, 100, False), (119, 100, True), (120, 100, False), (1900, 19, False)],
)
def test_people_and_households_that_do_not_fit(people, houses, fires):
    here = [village(population=people, households=houses)]
    assert bool(doubts("people_per_household", villages=here)) is fires


def test_a_house_with_too_many_or_nobody():
    row = one("people_in_house", households=homes(3, persons=lambda n: 14 + n))
    assert (row["ids"], row["found"], row["certainty"]) == (("A2", "A3"), 17, "possible")
    empty = homes(2, persons=0, resident=lambda n: n == 1)
    row = one("people_in_house", households=empty)
    assert (row["ids"], row["certainty"]) == (("A1",), "likely")


def toilets(*houses, **columns):
    return [{"id": f"T{n}", "household_id": h, "type": "double_urn", **columns}
            for n, h in enumerate(houses)]  # fmt: skip


def test_more_toilets_than_houses():
    here = {"households": homes(3)}
    row = one("more_toilets_than_houses", **here, toilets=toilets("A1", "A1", "A2", "A3"))
    assert (row["found"], row["against"], row["certainty"]) == (4, 3, "certain")
    assert not doubts("more_toilets_than_houses", **here, toilets=toilets("A1", "A2", "A3"))
    # the village declares a house that is not listed yet
    assert not doubts("more_toilets_than_houses", villages=[village(households=4)], **here,
                      toilets=toilets("A1", "A1", "A2", "A3"))  # fmt: skip
    # a row that says there is none is no toilet
    none = [*toilets("A1", "A2", "A3"), {"id": "x", "household_id": "A1", "type": "none"}]
    assert not doubts("more_toilets_than_houses", **here, toilets=none)


def test_several_toilets_of_one_house():
    here = {"households": homes(2)}
    row = one("several_toilets_one_house", **here, toilets=toilets("A1", "A1", "A2"))
    assert (row["certainty"], row["ids"], row["found"], row["against"]) == (
        "likely", ("T0", "T1"), 2, 1,
    )  # fmt: skip
    two = toilets("A1", "A1", "A2")
    two[1]["type"] = "biogas"
    assert not doubts("several_toilets_one_house", **here, toilets=two)
    three = [*two, {"id": "T9", "household_id": "A1", "type": "loft"}]
    assert one("several_toilets_one_house", **here, toilets=three)["certainty"] == "possible"


# ---------------------------------------------------------------- what repeats


def test_identical_rows_under_two_ids():
    lamp = {"status": "working", "keeper": "赵小明", "geometry": at(5, 5)}
    twice = [{"id": "L1", **lamp}, {"id": "L2", **lamp}]
    here = [village(geometry=field(0, 0, 100, 100))]
    row = one("identical_rows", villages=here, streetlights=twice)
    assert (row["ids"], row["found"], row["against"]) == (("L1", "L2"), 2, 1)
    twice[1]["status"] = "broken"
    assert not doubts("identical_rows", streetlights=twice)


def test_poor_rows_that_are_alike_are_no_doubt():
    # three persons and running water: many houses say just that
    alike = homes(9, persons=3, piped_water=True, resident=True)
    assert not doubts("identical_rows", households=alike)
    named = homes(9, persons=3, piped_water=True, phone="13800001234")
    assert one("identical_rows", households=named)["against"] == 1


def test_the_honest_rate_counts_repeats_once():
    # ten houses, five pass; five more repeat the first one that passes
    rows = homes(10, piped_water=lambda n: n <= 5, head=lambda n: f"赵小{chr(0x4E00 + n)}")
    rows += [{**rows[0], "id": f"B{n}"} for n in range(5)]
    rows = [{**row, "phone": "13800001234"} if row["head"] == rows[0]["head"] else row
            for row in rows]  # fmt: skip
    row = one("identical_rows", households=rows, judge=HOUSES,
              villages=[village(toilet_households_reported=10)])  # fmt: skip
    assert (row["found"], row["against"]) == (6, 1)
    assert row["reported_share"] == Decimal("0.666666666666")
    assert row["share_low"] == row["share_high"] == Decimal("0.5")


def test_one_name_for_many_houses():
    # 100 houses: namesakes are four at most, says the chance of 1 in 100
    assert namesakes(100, 0.001, 0.01) == 4
    rows = homes(100, head=lambda n: "张三" if n <= 4 else f"赵小{chr(0x4E00 + n)}")
    row = one("owner_repeated", households=rows)
    assert (row["n"], row["found"], row["certainty"]) == (4, 4, "possible")
    fewer = homes(100, head=lambda n: "张三" if n <= 3 else f"赵小{chr(0x4E00 + n)}")
    assert not doubts("owner_repeated", households=fewer)


@pytest.mark.parametrize("name", ["王某某", "张*", "张**", "无", "村委会", "户主0012", "张", None])
def test_a_masked_name_is_nobody(name):
    assert not doubts("owner_repeated", households=homes(50, head=name))
    assert person(name) is None


def test_one_person_twice():
    rows = homes(3, head="赵小明", phone=lambda n: "13800001234" if n < 3 else "13900001234")
    row = one("owner_twice", households=rows)
    assert (row["ids"], row["against"], row["certainty"]) == (("A1", "A2"), 1, "likely")
    assert not doubts("owner_twice", households=rows[1:])


def test_one_person_in_two_villages():
    places = [village(), village(id="B", name="西沟村")]
    rows = [*homes(1, head="赵小明", phone="13800001234"),
            *homes(1, "B", head="赵小明", phone="13800001234")]  # fmt: skip
    found = doubts("owner_twice", villages=places, households=rows)
    assert [(row["village_id"], row["ids"]) for row in found] == [("A", ("A1",)), ("B", ("B1",))]


def test_one_number_of_the_national_system():
    rows = homes(3, ext_id=lambda n: "N1" if n < 3 else "N2")
    assert one("number_twice", households=rows)["ids"] == ("A1", "A2")
    assert not doubts("number_twice", households=rows[1:])


def test_one_telephone_for_many():
    assert one("phone_repeated", households=homes(5, phone="13800001234"))["n"] == 5
    assert not doubts("phone_repeated", households=homes(4, phone="13800001234"))
    assert not doubts("phone_repeated", households=homes(9, phone="138****1234"))
    assert telephone("00000000") is None


def test_a_family_as_several_households():
    rows = homes(3, head=lambda n: f"赵小{chr(0x4E00 + n)}", address="12号")
    assert one("family_of_owners", households=rows)["ids"] == ("A1", "A2", "A3")
    assert not doubts("family_of_owners", households=rows[:2])
    hamlet = homes(3, head=lambda n: f"赵小{chr(0x4E00 + n)}", address="东沟")
    assert not doubts("family_of_owners", households=hamlet)


def test_owners_under_age_and_gone_only_where_a_column_says_so():
    assert one("owner_under_age", households=homes(2, 户主年龄=lambda n: str(16 + n)))["ids"] == (
        "A1",
    )
    assert not doubts("owner_under_age", households=homes(2, 厕所年龄="3"))
    rows = homes(3, note=lambda n: ("户主已去世", "户主之父去世", "已安装")[n - 1])
    assert one("owner_gone", households=rows)["ids"] == ("A1",)


# ---------------------------------------------------------------- where things lie

HERE = [village(geometry=field(0, 0, 100, 100)),
        village(id="B", name="西沟村", geometry=field(100, 0, 200, 100))]  # fmt: skip


@pytest.mark.parametrize(("x", "certainty"), [(151, "possible"), (149, None), (-301, "likely")])
def test_a_point_outside_its_village(x, certainty):
    rows = homes(1, geometry=at(x, 50))
    found = doubts("outside_village", villages=HERE, households=rows)
    assert [row["certainty"] for row in found] == ([certainty] if certainty else [])


def test_a_point_outside_the_county():
    signs = [{"id": "S", "kind": "traffic", "geometry": at(701, 50)}]
    row = one("outside_county", villages=HERE, signs=signs)
    assert (row["village_id"], row["found"]) == ("-", 501)
    signs[0]["geometry"] = at(699, 50)
    assert not doubts("outside_county", villages=HERE, signs=signs)
    # a village without an outline may be where it lies
    unknown = [*HERE, village(id="C", name="南坡村")]
    signs[0]["geometry"] = at(5000, 50)
    assert not doubts("outside_county", villages=unknown, signs=signs)


def test_houses_put_on_the_office():
    office = [{"id": "P", "kind": "committee", "village_id": "A", "geometry": at(20, 20)}]
    rows = homes(3, geometry=lambda n: at(20 + n / 10, 20))
    row = one("on_the_office", villages=HERE, public_places=office, households=rows)
    assert row["ids"] == ("A1", "A2", "A3")
    assert not doubts("on_the_office", villages=HERE, public_places=office, households=rows[:2])
    near = homes(3, geometry=lambda n: at(22 + n, 20))
    assert not doubts("on_the_office", villages=HERE, public_places=office, households=near)
    # in the middle of the village, where a geocoder puts what it does not know
    middle = homes(3, geometry=at(50, 50))
    assert one("on_the_office", villages=HERE, households=middle)["n"] == 3


def test_several_houses_at_one_place():
    rows = homes(6, geometry=lambda n: at(5, 5) if n <= 3 else at(n, 9))
    row = one("place_repeated", villages=HERE, households=rows)
    assert (row["ids"], row["certainty"]) == (("A1", "A2", "A3"), "possible")
    assert not doubts("place_repeated", villages=HERE, households=rows[1:])
    many = homes(5, geometry=at(5, 5))
    assert one("place_repeated", villages=HERE, households=many)["certainty"] == "likely"


def test_a_clinic_and_a_shop_may_share_a_house():
    shared = [{"id": k, "kind": k, "geometry": at(5, 5)} for k in ("clinic", "shop")]
    assert not doubts("place_repeated", villages=HERE, facilities=shared)
    shared[1]["kind"] = "clinic"
    assert one("place_repeated", villages=HERE, facilities=shared)["n"] == 2


@pytest.mark.parametrize(("x", "certainty"), [(61, "possible"), (59, None), (211, "likely")])
def test_a_toilet_far_from_its_house(x, certainty):
    rows = toilets("A1", geometry=at(x, 10))
    found = doubts("far_from_house", households=homes(1, geometry=at(10, 10)), toilets=rows)
    assert [row["certainty"] for row in found] == ([certainty] if certainty else [])


def test_a_photograph_from_elsewhere():
    # 0.01 degrees of latitude are 1.1 km
    place = {"geometry": at(0, 0), "照片经度": "105.0"}
    spot = frame("toilets", [{"id": "x", "geometry": at(0, 0)}]).to_crs(4326).geometry[0]
    near = toilets("A1", **place | {"照片经度": str(spot.x), "照片纬度": str(spot.y)})
    far = toilets("A1", **place | {"照片经度": str(spot.x), "照片纬度": str(spot.y + 0.01)})
    row = one("photo_far", households=homes(1), toilets=far)
    assert (row["certainty"], row["found"]) == ("likely", pytest.approx(1109, abs=3))
    assert not doubts("photo_far", households=homes(1), toilets=near)


# ---------------------------------------------------------------- on paper only


def test_only_the_dates_changed():
    before = homes(10, persons=lambda n: n, 验收日期="2023-05-01")
    now = homes(10, persons=lambda n: n, 验收日期="2023-06-01")
    row = one("only_dates_changed", [then(households=before)], households=now)
    assert (row["n"], row["column"], row["since"]) == (10, "验收日期", "2023-05")
    now[0]["persons"] = 9
    assert not doubts("only_dates_changed", [then(households=before)], households=now)
    assert not doubts("only_dates_changed", [then(households=before)], households=before)
    small = [then(households=before[1:])]
    assert not doubts("only_dates_changed", small, households=now[1:])


def visits(number, *, day="2023-06-01", who="赵小明"):
    return [{"id": f"V{n}", "household_id": "A1", "visitor": who,
             "date": day(n) if callable(day) else day} for n in range(number)]  # fmt: skip


def test_one_day_for_a_whole_village():
    here = {"households": homes(1)}
    row = one("one_day", **here, visits=visits(20))
    assert (row["n"], row["against"]) == (20, "2023-06-01")
    assert not doubts("one_day", **here, visits=visits(19))
    mixed = visits(21, day=lambda n: f"2023-06-{1 if n else 2:02}")
    assert not doubts("one_day", **here, visits=mixed)
    own = homes(30, 验收日期="2023年6月1日")
    assert one("one_day", households=own)["column"] == "验收日期"
    assert not doubts("one_day", households=own[1:])


def test_more_than_a_day_holds():
    here = {"households": homes(1)}
    row = one("too_many_a_day", **here, visits=visits(31))
    assert (row["found"], row["n"], row["since"]) == (31, 31, "2023-06-01")
    assert not doubts("too_many_a_day", **here, visits=visits(30))
    assert not doubts("too_many_a_day", **here, visits=visits(31, who="王某某"))


def test_one_keeper_for_a_whole_village():
    rows = homes(40, responsible_cadre="赵小明")
    assert one("one_keeper", households=rows)["column"] == "responsible_cadre"
    assert not doubts("one_keeper", households=rows[1:])
    rows[0]["responsible_cadre"] = "钱小红"
    assert not doubts("one_keeper", households=[*rows, *homes(9, "B", responsible_cadre="赵小明")])
    assert not doubts("one_keeper", households=homes(60, responsible_cadre="王某某"))


def test_every_household_of_one_size():
    assert one("same_size_everywhere", households=homes(20, persons=4))["against"] == 4
    assert not doubts("same_size_everywhere", households=homes(19, persons=4))
    rows = homes(21, persons=lambda n: 3 if n == 1 else 4)
    assert not doubts("same_size_everywhere", households=rows)


def town(figures, column="population"):
    return [village(id=f"V{n}", name=f"村{n}", **{column: said}) for n, said in enumerate(figures)]


def test_figures_too_round():
    # five of five ends in 0: 0.1 ** 5 = 0.00001
    row = one("round_figures", villages=town([500, 610, 720, 830, 940]))
    assert (row["village_id"], row["township"], row["found"], row["against"]) == (
        "", "北塬乡", 5, 5,
    )  # fmt: skip
    # four of five: 5 * 0.1 ** 4 * 0.9 = 0.00046
    assert not doubts("round_figures", villages=town([500, 610, 720, 830, 941]))
    assert not doubts("round_figures", villages=town([500, 610, 720, 830]))


def test_exactly_enough_to_pass():
    # the goal is 80 % of ten households: eight
    places = [f"V{n}" for n in range(5)]
    rows = [row for name in places for row in homes(10, name, piped_water=True)]

    def told(figures):
        return doubts("just_enough", judge=HOUSES, households=rows,
                      villages=town(figures, "toilet_households_reported"))  # fmt: skip

    (row,) = told([8, 8, 8, 8, 9])
    assert (row["found"], row["against"], row["ids"]) == (4, 5, ("V0", "V1", "V2", "V3"))
    assert not told([8, 8, 8, 9, 9])


# ---------------------------------------------------------------- what a ledger states of itself


def test_a_rate_written_in_the_ledger():
    def told(written, head="卫生户厕普及率"):
        rule = {**HOUSES, "title": {"zh": "卫生户厕普及率", "en": "Sanitary toilets"}}
        rows = homes(20, piped_water=lambda n: n <= 14)  # 70 %
        return doubts("stated_share", judge=rule, households=rows,
                      villages=[village(**{head: written})])  # fmt: skip

    (row,) = told("76%")
    assert (row["reported_share"], row["share_low"], row["difference"]) == (
        Decimal("0.76"), Decimal("0.7"), 6,
    )  # fmt: skip
    assert told("0.76", "卫生厕所普及率")[0]["column"] == "卫生厕所普及率"
    assert not told("75%")
    assert not told("76%", "自来水普及率")
    assert not told("见附表")


def test_a_total_that_is_not_the_sum():
    def told(detail):
        found = [Finding("total_row_skipped", "info", "households", rows=(9,), detail=detail)]
        return doubts("stated_total", (), found, households=homes(3, persons=3))

    (row,) = told("persons=12/9")
    assert (row["found"], row["against"], row["column"]) == (12, 9, "persons")
    assert place(row, "zh") == "农户"
    assert not told("")
    assert read_differing("persons=1.5e+06/9, elders=1/2")[1] == ("elders", 1, 2)


def test_a_reported_rate_far_from_the_count():
    rows = homes(20, piped_water=lambda n: n <= 14)
    row = one("reported_share", judge=HOUSES, households=rows,
              villages=[village(toilet_households_reported=16)])  # fmt: skip
    assert (row["reported_share"], row["difference"], row["certainty"]) == (
        Decimal("0.8"), 10, "likely",
    )  # fmt: skip
    assert not doubts("reported_share", judge=HOUSES, households=rows,
                      villages=[village(toilet_households_reported=15)])  # fmt: skip


# ---------------------------------------------------------------- privacy and laws


def crowd():
    """A village in which many rules speak, and nothing but doubts."""
    rows = homes(45, head="赵小明", phone="13800001234", persons=4, responsible_cadre="钱小红",
                 ext_id="N1", geometry=at(50, 50), 验收日期="2023-06-01")  # fmt: skip
    places = [HERE[0] | {"households": 30, "population": 400}, HERE[1]]
    return {"villages": places, "households": rows,
            "toilets": toilets(*(row["id"] for row in rows), "A1", "A1"),
            "visits": visits(31)}  # fmt: skip


def test_no_name_of_a_person_is_told():
    table = audit_all(project(**crowd()))
    assert len(set(table["rule"])) >= 10
    for lang in ("zh", "en"):
        shown = sheet(table, TITLES, lang).to_csv() + table.to_csv()
        shown += "".join(line(row, TITLES, lang) for row in table.to_dict("records"))
        assert not [word for word in ("赵小明", "钱小红", "13800001234") if word in shown]


def test_the_surest_come_first():
    sure = audit_all(project(**crowd()))["certainty"].map(CERTAINTIES.index)
    assert sure.is_monotonic_increasing


ROW = some.fixed_dictionaries(
    {
        "village_id": some.sampled_from(["A", "B", "?"]),
        "head": some.sampled_from(["赵小明", "钱小红", "王某某", None]),
        "phone": some.sampled_from(["13800001234", "13900001234", None]),
        "persons": some.sampled_from([0, 3, 4, 16]),
        "ext_id": some.sampled_from(["N1", "N2", None]),
        "geometry": some.sampled_from([at(5, 5), at(50, 50), at(170, 5), at(900, 900), None]),
    }
)


@settings(max_examples=often(6, 100))
@given(some.lists(ROW, min_size=1, max_size=16), some.randoms(use_true_random=False))
def test_laws(rows, chance):
    rows = [{"id": f"H{n:02}", **row} for n, row in enumerate(rows)]
    pits = toilets(*(row["id"] for row in rows[::2]), rows[0]["id"])
    older = then(households=rows[: len(rows) // 2])
    data = project(villages=HERE, households=rows, toilets=pits)
    kept = {name: one.copy(deep=True) for name, one in data.frames.items()}
    table = audit_all(data, [older])
    # arguments stay as they are
    for name, before in kept.items():
        pd.testing.assert_frame_equal(before, data.frames[name])
    # the order of rows says nothing
    chance.shuffle(rows)
    chance.shuffle(pits)
    mixed = audit_all(project(villages=HERE[::-1], households=rows, toilets=pits), [older])
    pd.testing.assert_frame_equal(table, mixed)
    # a village that has nothing to do with them changes nothing
    far = village(id="Z", name="远村", township="远乡", geometry=field(9000, 0, 9100, 100))
    more = homes(3, "Z", head="孙小亮", geometry=lambda n: at(9000 + n, 5))
    wider = audit_all(project(villages=[*HERE, far], households=[*rows, *more], toilets=pits), [older])  # fmt: skip  # noqa: E501
    pd.testing.assert_frame_equal(table, wider)
    # every row named is there, once
    for row in table.to_dict("records"):
        assert row["n"] == len(row["ids"]) == len(set(row["ids"]))
        assert set(row["ids"]) <= set(data.frames[row["layer"]]["id"])
        assert row["rule"] in RULES
        assert row["certainty"] in CERTAINTIES
