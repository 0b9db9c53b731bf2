"""Attribute, ratio, area and joins, with villages computed by hand."""

import itertools

import pytest
from hand import at, card, counts, field, judged, parts, project, verdict

V1 = [{"id": "V1", "name": "Dong"}]


def homes(**columns):
    """Make households H1, H2 ... from columns of cells."""
    rows = zip(*columns.values(), strict=True)
    return [
        {"id": f"H{n}", "village_id": "V1", **dict(zip(columns, row, strict=True))}
        for n, row in enumerate(rows, 1)
    ]


# --------------------------------------------------------------------------- attribute


def test_attribute():
    data = project(villages=V1, households=homes(piped_water=[True, False, None]))
    rule = {"subjects": "households", "measure": "attribute", "column": "piped_water"}
    found = verdict(data, **rule, one_of=[True])
    assert found == {"H1": "met", "H2": "unmet", "H3": "unknown"}
    found = verdict(data, **rule, not_one_of=[True])
    assert found == {"H1": "unmet", "H2": "met", "H3": "unknown"}


def test_attribute_nobody_sent_is_not_assessed():
    made = judged(
        project(villages=V1, households=homes(fiber=[True])),
        {"subjects": "households", "measure": "attribute", "column": "piped_water",
         "one_of": [True], "goal": "1"},
    )  # fmt: skip
    assert counts(made, "village", "V1") == (0, 0, 1)
    assert card(made, "village", "V1")["status"] == "not_assessed"


def test_attribute_of_the_village():
    villages = [
        {"id": "A", "name": "a", "water_zone": "short"},
        {"id": "B", "name": "b", "water_zone": None},
    ]
    rows = [{"id": "H1", "village_id": "A"}, {"id": "H2", "village_id": "B"}, {"id": "H3"}]
    found = verdict(
        project(villages=villages, households=rows),
        subjects="households", measure="attribute", column="village.water_zone", one_of=["short"],
    )  # fmt: skip
    assert found == {"H1": "met", "H2": "unknown", "H3": "unknown"}


def test_attribute_per():
    # one cleaner per 800: 800 -> 1, but at least 2; 1601 / 800 = 2.001 -> 3
    villages = [
        {"id": "A", "name": "a", "cleaners": 2, "population": 800},
        {"id": "B", "name": "b", "cleaners": 2, "population": 1601},
        {"id": "C", "name": "c", "cleaners": 9, "population": None},
        {"id": "D", "name": "d", "cleaners": None, "population": 5},
    ]
    found = verdict(
        project(villages=villages),
        subjects="villages", measure="attribute", column="cleaners", at_least=2,
        per={"column": "population", "n": 800},
    )  # fmt: skip
    assert found == {"A": "met", "B": "unmet", "C": "unknown", "D": "unknown"}


# ------------------------------------------------------------------------------- ratio


def test_ratio():
    villages = [
        {"id": "A", "name": "a", "pension_due": 10, "pension_paid": 8},  # 8 of 10
        {"id": "B", "name": "b", "pension_due": 10, "pension_paid": 11},  # cannot be
        {"id": "C", "name": "c", "pension_due": 10, "pension_paid": None},
        {"id": "D", "name": "d", "pension_due": 0, "pension_paid": 0},  # nothing to judge
        {"id": "E", "name": "e", "pension_due": None, "pension_paid": 3},  # nobody knows of whom
    ]
    rule = {
        "subjects": "villages", "measure": "ratio", "numerator": "pension_paid",
        "denominator": "pension_due", "goal": "0.8",
    }  # fmt: skip
    data = project(villages=villages)
    found = parts(data, **rule)
    assert found == {
        "A": (8, 2, 0), "B": (0, 0, 10), "C": (0, 0, 10), "D": (0, 0, 0),
    }  # fmt: skip
    made = judged(data, rule)
    said = [card(made, "village", v)["status"] for v in "ABCDE"]
    assert said == ["met", "undetermined", "undetermined", "not_applicable", "not_assessed"]
    assert card(made, "village", "E")["missing"] == 1
    assert counts(made, "county", "county") == (8, 2, 20)


# -------------------------------------------------------------------------------- area

AREA = {"subjects": "villages", "amount": "area", "measure": "area", "items": "green_spaces"}


def test_area_counts_overlaps_once_and_ground_where_it_lies():
    # A is 100 x 100. Green 0-60 and 40-100 x 0-10 overlap: 100 x 10 = 1000 m2 in all.
    # The last one lies across the border: 10 x 10 in each village.
    villages = [
        {"id": "A", "name": "a", "geometry": field(0, 0, 100, 100)},
        {"id": "B", "name": "b", "geometry": field(100, 0, 200, 100)},
    ]
    green = [
        {"id": "1", "geometry": field(0, 0, 60, 10)},
        {"id": "2", "geometry": field(40, 0, 100, 10)},
        {"id": "3", "geometry": field(90, 50, 110, 60)},
    ]
    found = parts(project(villages=villages, green_spaces=green), **AREA)
    assert found == {"A": (1100, 8900, 0), "B": (100, 9900, 0)}
    some = project(villages=villages, green_spaces=green, partial=["green_spaces"])
    assert parts(some, **AREA) == {"A": (1100, 0, 8900), "B": (100, 0, 9900)}


def test_area_an_item_of_unknown_state_makes_only_its_own_ground_unknown():
    # 10 x 100 working green, 20 x 100 of unknown kind of which 5 x 100 lies on the first
    villages = [{"id": "A", "name": "a", "geometry": field(0, 0, 100, 100)}]
    green = [
        {"id": "1", "kind": "village_edge", "geometry": field(0, 0, 10, 100)},
        {"id": "2", "kind": None, "geometry": field(5, 0, 25, 100)},
    ]
    found = parts(
        project(villages=villages, green_spaces=green), **AREA, where={"kind": ["village_edge"]}
    )
    assert found == {"A": (1000, 7500, 1500)}


def test_area_an_item_without_an_outline_leaves_its_village_unknown():
    villages = [
        {"id": "A", "name": "a", "geometry": field(0, 0, 10, 10)},
        {"id": "B", "name": "b", "geometry": field(20, 0, 30, 10)},
    ]
    green = [{"id": "1", "village_id": "A", "geometry": at(5, 5)}]
    found = parts(project(villages=villages, green_spaces=green), **AREA)
    assert found == {"A": (0, 0, 100), "B": (0, 100, 0)}


@pytest.mark.parametrize("shape", [None, at(0, 0)])
def test_area_without_an_outline_has_no_amount(shape):
    villages = [{"id": "A", "name": "a", "geometry": shape}]
    made = judged(project(villages=villages, green_spaces=[]), {**AREA, "goal": "0.1"})
    row = card(made, "village", "A")
    assert (row["amount"], row["missing"], row["status"]) == (0, 1, "not_assessed")


# ------------------------------------------------------------------------------- joins

WORDS = {True: "met", False: "unmet", None: "unknown"}


def column(name):
    return {"measure": "attribute", "column": name, "one_of": [True]}


def any_of(a, b):
    return True if True in (a, b) else None if None in (a, b) else False


def all_of(a, b):
    return False if False in (a, b) else None if None in (a, b) else True


def test_joins_over_all_combinations():
    cells = list(itertools.product((True, False, None), repeat=3))
    a, b, c = zip(*cells, strict=True)
    data = project(villages=V1, households=homes(piped_water=a, bathroom=b, fiber=c))
    p, q, r = column("piped_water"), column("bathroom"), column("fiber")
    cases = [
        ({"any_of": [p, q]}, [any_of(x, y) for x, y, _ in cells]),
        ({"all_of": [p, q]}, [all_of(x, y) for x, y, _ in cells]),
        ({"all_of": [{"any_of": [p, q]}, r]}, [all_of(any_of(x, y), z) for x, y, z in cells]),
        ({"any_of": [{"all_of": [p, q]}, r]}, [any_of(all_of(x, y), z) for x, y, z in cells]),
    ]
    for body, wanted in cases:
        found = verdict(data, subjects="households", **body)
        assert list(found.values()) == [WORDS[one] for one in wanted], body


def test_a_member_whose_layer_never_came_is_unknown_and_does_not_hide_the_other():
    data = project(villages=V1, households=homes(piped_water=[True, False]))
    toilet = {"measure": "count", "items": "toilets", "by": "household_id"}
    rule = {"subjects": "households", "goal": "1"}
    found = verdict(data, **rule, any_of=[column("piped_water"), toilet])
    assert found == {"H1": "met", "H2": "unknown"}
    found = verdict(data, **rule, all_of=[column("piped_water"), toilet])
    assert found == {"H1": "unknown", "H2": "unmet"}


def test_a_join_reports_the_member_that_decides():
    data = project(villages=V1, households=homes(piped_water=[False], persons=[3]))
    few = {"measure": "attribute", "column": "persons", "at_least": 5}
    made = judged(data, {"subjects": "households", "all_of": [column("piped_water"), few]})
    assert made.verdicts.limit.tolist() == ["true"]
    assert made.verdicts.reason.tolist() == ["attribute_fails"]
