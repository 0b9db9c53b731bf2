"""Conditions on rows, and three-valued logic."""

import itertools

import numpy as np
import pytest
from hand import judged, project, verdict
from hypothesis import given
from hypothesis import strategies as st
from test_geo_laws import FEW

from geo.logic import MET, UNKNOWN, UNMET, both, either, inverse, states

T, F, U = MET, UNMET, UNKNOWN
VILLAGES = [{"id": "V1", "name": "Dong"}]


def ask(rows, where, *, blanks=None, layer="toilets"):
    """Judge rows by a condition on themselves."""
    data = project(
        villages=VILLAGES, blanks=blanks, **{layer: [{"village_id": "V1", **row} for row in rows]}
    )
    found = verdict(data, subjects=layer, measure="count", items="self", where=where)
    return [found[row["id"]] for row in rows]


def test_logic_tables():
    for a, b in itertools.product((F, U, T), repeat=2):
        one, two = np.array([a]), np.array([b])
        wanted_and = F if F in (a, b) else U if U in (a, b) else T
        wanted_or = T if T in (a, b) else U if U in (a, b) else F
        assert both([one, two])[0] == wanted_and
        assert either([one, two])[0] == wanted_or
    assert inverse(np.array([F, U, T])).tolist() == [T, U, F]
    assert states(np.array([True, False, False]), np.array([True, True, False])).tolist() == [
        T,
        U,
        F,
    ]


def test_empty_with_blanks_that_mean_nothing_and_blanks_nobody_filled():
    rows = [{"id": "A", "defects": None}, {"id": "B", "defects": "leak"}]
    unsure = {"defects": {"empty": True}}, {"defects": {"empty": False}}
    assert ask(rows, unsure[0]) == ["unknown", "unmet"]
    assert ask(rows, unsure[1]) == ["unknown", "met"]
    said = {("toilets", "defects"): "none"}
    assert ask(rows, unsure[0], blanks=said) == ["met", "unmet"]
    assert ask(rows, unsure[1], blanks=said) == ["unmet", "met"]


def test_a_column_nobody_sent_is_unknown():
    assert ask([{"id": "A"}], {"in_use": True}) == ["unknown"]
    assert ask([{"id": "A"}], {"in_use": {"empty": False}}) == ["unknown"]
    assert ask([{"id": "A"}], {"year_built": {"at_least": 2000}}) == ["unknown"]


def test_the_word_unknown_answers_like_a_blank_unless_it_is_asked_for():
    rows = [{"id": "A", "status": "unknown"}, {"id": "B", "status": "working"}]
    where = {"status": ["working"]}
    assert ask(rows, where, layer="streetlights") == ["unknown", "met"]
    where = {"status": {"not_one_of": ["broken"]}}
    assert ask(rows, where, layer="streetlights") == ["unknown", "met"]
    assert ask(rows, {"status": ["unknown"]}, layer="streetlights") == ["met", "unmet"]
    assert ask(rows, {"status": {"empty": False}}, layer="streetlights") == ["unknown", "met"]


def test_a_blank_that_means_none_counts_as_no_and_as_nothing():
    rows = [{"id": "A", "in_use": None, "year_built": None}]
    said = {("toilets", "in_use"): "none", ("toilets", "year_built"): "none"}
    assert ask(rows, {"in_use": True}) == ["unknown"]
    assert ask(rows, {"in_use": True}, blanks=said) == ["unmet"]
    assert ask(rows, {"in_use": False}, blanks=said) == ["met"]
    assert ask(rows, {"year_built": {"at_most": 3}}, blanks=said) == ["met"]
    assert ask(rows, {"year_built": {"at_least": 3}}, blanks=said) == ["unmet"]


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ({"at_least": 2010}, ["met", "unmet", "unknown"]),
        ({"at_most": 2010}, ["met", "met", "unknown"]),
        ({"at_least": 2000, "at_most": 2009}, ["unmet", "met", "unknown"]),
        ({"one_of": [2010]}, ["met", "unmet", "unknown"]),
    ],
)
def test_limits(test, said):
    rows = [
        {"id": "A", "year_built": 2010},
        {"id": "B", "year_built": 2009},
        {"id": "C", "year_built": None},
    ]
    assert ask(rows, {"year_built": test}) == said


def test_a_list_of_tables_is_or_and_a_table_is_and():
    rows = [
        {"id": "A", "type": "dry_pit", "in_use": True},
        {"id": "B", "type": None, "in_use": False},
        {"id": "C", "type": "dry_pit", "in_use": False},
    ]
    where = [{"type": ["biogas"]}, {"in_use": True}]
    assert ask(rows, where) == ["met", "unknown", "unmet"]
    where = {"type": ["biogas"], "in_use": True}
    assert ask(rows, where) == ["unmet", "unmet", "unmet"]


def test_chinese_words_and_heads_in_a_standard():
    rows = [{"id": "A", "type": "three_compartment"}, {"id": "B", "type": "dry_pit"}]
    assert ask(rows, {"type": ["三格式"]}) == ["met", "unmet"]


def test_a_cell_that_holds_several_words():
    rows = [
        {"id": "A", "defects": "leak|settled"},
        {"id": "B", "defects": "too_far"},
        {"id": "C", "defects": None},
    ]
    found = ask(rows, {"defects": ["leak"]})
    assert found == ["met", "unmet", "unknown"]


def test_who_writes_none_says_that_there_is_none():
    # a blank leaves open whether a toilet has defects; 无 (code none) does not
    rows = [
        {"id": "A", "defects": "none"},
        {"id": "B", "defects": "leak"},
        {"id": "C", "defects": None},
    ]
    assert ask(rows, {"defects": {"empty": True}}) == ["met", "unmet", "unknown"]
    assert ask(rows, {"defects": {"empty": False}}) == ["unmet", "met", "unknown"]


CELLS = [
    {"id": "A", "checked": "housing|school|water"},
    {"id": "B", "checked": "housing"},
    {"id": "C", "checked": "none"},
    {"id": "D", "checked": "housing|unknown"},
    {"id": "E", "checked": None},
]


def ticked(test, rows=CELLS, **more):
    rows = [{**row, "title": "x"} for row in rows]
    return ask(rows, {"checked": test}, layer="issues", **more)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        # A has both, B lacks one, C says there is nothing, D holds something nobody knows
        ({"has_all": ["housing", "water"]}, ["met", "unmet", "unmet", "unknown", "unknown"]),
        ({"has_all": ["housing"]}, ["met", "met", "unmet", "met", "unknown"]),
        ({"has_none": ["housing", "water"]}, ["unmet", "unmet", "met", "unmet", "unknown"]),
        ({"has_none": ["fire"]}, ["met", "met", "met", "unknown", "unknown"]),
        ({"one_of": ["housing", "fire"]}, ["met", "met", "unmet", "met", "unknown"]),
        ({"not_one_of": ["school"]}, ["unmet", "met", "met", "unknown", "unknown"]),
        (
            {"has_all": ["housing"], "has_none": ["water"]},
            ["unmet", "met", "unmet", "unknown", "unknown"],
        ),
    ],
)
def test_all_or_none_of_several_words_in_a_cell(test, said):
    assert ticked(test) == said


def test_a_blank_that_means_none_holds_no_word():
    said = {("issues", "checked"): "none"}
    assert ticked({"has_all": ["housing"]}, blanks=said)[-1] == "unmet"
    assert ticked({"has_none": ["housing"]}, blanks=said)[-1] == "met"
    assert ticked({"has_all": ["housing"]}, [{"id": "A"}]) == ["unknown"]  # never sent


def test_a_county_s_own_words_are_compared_whatever_their_width_and_spaces():
    rows = [{"id": "A", "checked": "住房安全（入户）|教育"}]
    assert ticked({"has_all": ["住房安全(入户)", " 教育"]}, rows) == ["met"]


def test_what_a_cell_lacks_is_named():
    checked = {"checked": {"has_all": ["住房", "教育", "饮水"], "has_none": ["隐患"]}}
    rule = {"subjects": "issues", "measure": "count", "items": "self", "where": checked}
    cells = ["住房|教育", "住房|教育|饮水|隐患", "none"]
    rows = [
        {"id": f"I{n}", "village_id": "V1", "title": "x", "checked": cell}
        for n, cell in enumerate(cells)
    ]
    gaps = judged(project(villages=VILLAGES, issues=rows), rule).gaps.set_index("subject_id")
    assert gaps["reason_zh"].to_dict() == {
        "I0": "核查内容缺：饮水", "I1": "核查内容：隐患", "I2": "核查内容缺：住房、教育、饮水",
    }  # fmt: skip
    assert gaps["reason_en"]["I0"] == "Items checked: 饮水 missing"


WORDS = st.sets(st.sampled_from(["a", "b", "c", "unknown"]), min_size=1)


@FEW
@given(st.lists(st.one_of(st.none(), WORDS), min_size=1, max_size=4), WORDS, WORDS)
def test_asking_for_more_words_never_raises_met(cells, some, more):
    rows = [
        {"id": str(n), "checked": None if one is None else "|".join(sorted(one))}
        for n, one in enumerate(cells)
    ]
    rank = {"unmet": 0, "unknown": 1, "met": 2}
    for test in ("has_all", "has_none"):
        few = ticked({test: sorted(some)}, rows)
        many = ticked({test: sorted(some | more)}, rows)
        assert all(rank[b] <= rank[a] for a, b in zip(few, many, strict=True))
