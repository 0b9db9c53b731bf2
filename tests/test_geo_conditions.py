"""Conditions on rows, and three-valued logic."""

import itertools

import numpy as np
import pytest
from hand import project, verdict

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
