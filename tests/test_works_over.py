"""A township alone, lead departments, reasons told together, groups, how a figure came about."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from test_works_lists import LIT, TOILET, made

from layers.text import LANGUAGES, t
from works.board import Board
from works.dark import dark_of
from works.desk.groups import GROUPS, ORDERS, arranged, groups
from works.explain import explained
from works.figures import exact
from works.leads import leads
from works.lists import LISTS, PARTS, Lists, Wanted
from works.part import part_of
from works.reasoned import keys, together, whys
from works.sentences import calls, sentences
from works.towns import towns
from works.visits import visits
from works.whys import lacks_of


@pytest.fixture(scope="module")
def lists() -> Lists:
    return made()


def spoken(board: Board) -> str:
    return "".join(piece.text for line in sentences(board, "zh") for piece in line.pieces)


# ---------------------------------------------------------------------------------- a township


def test_a_township_says_what_its_own_row_says(lists: Lists) -> None:
    board = lists.board
    for unit, name in board.units("township"):
        part = part_of(board, unit)
        own = board.row("township", unit, "toilet")
        assert part.total("toilet") is own
        assert [one for one, _ in part.of_villages()] == board.villages_of(unit)
        assert part.units("township") == [(unit, name)]
        assert set(part.statuses()) == set(board.villages_of(unit))
        (whole, only) = towns(part, "zh")
        assert whole.statuses == only.statuses
        assert f"{len(whole.statuses)}个" in spoken(part)


def test_townships_add_up_to_the_whole(lists: Lists) -> None:
    board = lists.board
    parts = [part_of(board, unit) for unit, _ in board.units("township")]
    for name in ("amount", "met", "unmet", "unknown"):
        total = sum((exact((part.total("toilet") or {})[name]) for part in parts), Fraction(0))
        assert total == exact((board.total("toilet") or {})[name])
    # a call settles a village of one township alone
    assert [len(calls(part)) for part in parts] == [len(calls(board)), 0]
    every = {one.village for part in parts for one in visits(part, lists.work, "zh", most=9)}
    assert every == {one.village for one in visits(board, lists.work, "zh", most=9)}


def test_an_unknown_township_is_the_whole(lists: Lists) -> None:
    assert part_of(lists.board, None) is lists.board
    assert part_of(lists.board, "nowhere") is lists.board


# ---------------------------------------------------------------------------------- departments


def test_departments_have_the_gaps_and_villages_of_their_targets(lists: Lists) -> None:
    board = lists.board
    rows = {one.key: one for one in leads(board, lists, [], "zh")}
    assert {key: one.gaps for key, one in rows.items()} == {
        key: lists.count("gaps", Wanted(lead=key)) for key in ("农业局", "交通局", "工信局")
    }
    assert rows["农业局"].villages == ("v1",)
    assert rows["农业局"].survey == 1
    assert sum(sum(one.counts.values()) for one in rows.values()) == len(board.targets)
    # who keeps villages from passing stands first
    assert next(iter(rows)) == "农业局"
    town = dict(board.units("township"))
    east = next(unit for unit, name in town.items() if name == "东镇")
    (first, *_) = leads(part_of(board, east), lists, [], "en", east)
    assert (first.name, first.gaps) == ("Farm bureau", rows["农业局"].gaps)
    west = next(unit for unit, name in town.items() if name == "西镇")
    assert not any(one.short for one in leads(part_of(board, west), lists, [], "zh", west))


def test_who_is_named_on_tasks_answers(lists: Lists) -> None:
    task = {"lead": "农业局", "person": "王某某", "village_id": "v1", "state": "open", "due": None}
    late = {**task, "due": "2023-06-01", "village_id": "v2"}
    done = {**task, "state": "verified", "person": "王某"}
    (first, *_) = leads(lists.board, lists, [task, late, done], "zh")
    assert first.people == (("王某某", 2),)
    assert (first.tasks, first.late) == (2, 1)


# ---------------------------------------------------------------------------------- reasons


def test_reasons_that_differ_in_figures_are_one() -> None:
    said = [
        "沿道路3324.5米，要求2000米以内", "沿道路2100米，要求2000米以内",
        "西沟路，184-370米处：3盏路灯损坏", "东沟路，20-90米处：2盏路灯损坏", "没有户厕",
    ]  # fmt: skip
    names = [None, None, "西沟路", "东沟路", "户6"]
    rows = pd.DataFrame({
        "reason": ["far", "far", "lamp", "lamp", "none"], "reason_zh": said, "reason_en": said,
        "subject_name": names, "unmet": [1, 2, 186.3, 70, 1],
    })  # fmt: skip
    assert keys(rows).nunique() == 3
    found = whys(rows, "unmet", "zh")
    assert [(one.said, one.rows, float(one.amount)) for one in found] == [
        ("沿道路…米，要求2000米以内", 2, 3.0),
        ("西沟路，…米处：…盏路灯损坏", 2, 256.3),
        ("没有户厕", 1, 1.0),
    ]
    assert sum(one.rows for one in found) == len(rows)


def test_sentences_of_different_shapes_are_not_mixed() -> None:
    assert together(pd.Series(["差3户", "没有"])) == "差3户"


def test_what_a_village_lacks_adds_up_to_its_row(lists: Lists) -> None:
    for village in ("v1", "v2", "v3"):
        for one in lacks_of(lists, village, "zh"):
            amount = sum((why.amount for why in one.whys), Fraction(0))
            assert amount == exact(one.row[one.part])
            assert exact(one.row[one.part])
    first = lacks_of(lists, "v1", "zh")[0]
    assert (first.target, first.part) == ("toilet", "unmet")
    assert not [one for one in lacks_of(lists, "v3", "zh") if one.target == "toilet"]


def test_picking_by_reason_and_state_takes_whole_reasons(lists: Lists) -> None:
    every = lists.whole("gaps")
    told = lists.reasons("gaps")
    for key in set(told):
        picked = lists.pick("gaps", Wanted(reason=key))
        assert len(picked) == int((told == key).sum())
        assert lists.count("gaps", Wanted(reason=key)) == len(picked)
    assert sum(int((told == key).sum()) for key in set(told)) == len(every)
    assert set(lists.states("gaps")) == {"open"}
    assert len(lists.pick("gaps", Wanted(state="open"))) == len(every)
    assert lists.pick("gaps", Wanted(state="none")).empty


def test_rows_of_gaps_lead_to_their_work_once(lists: Lists) -> None:
    ids = lists.work_ids("gaps", lists.gaps)
    assert sorted(ids) == sorted(set(lists.work["work_id"].astype(str)))
    assert len(ids) < len(lists.gaps)  # fibre: one piece of work for the gaps of a village
    assert lists.work_ids("survey", lists.survey) == []
    assert lists.work_ids("work", lists.work.head(2)) == list(lists.work["work_id"].head(2))


# ---------------------------------------------------------------------------------- groups


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("by", GROUPS)
def test_groups_have_every_row_once(lists: Lists, name: str, by: str) -> None:
    frame = lists.whole(name)  # type: ignore[arg-type]
    found = groups(lists, name, frame, by, "zh")  # type: ignore[arg-type]
    assert sum(one.rows for one in found) == len(frame)
    total = sum((amount for one in found for _, amount in one.amounts), Fraction(0))
    assert total == sum((exact(one) for one in frame[PARTS[name]]), Fraction(0))
    assert [one.rows for one in found] == sorted((one.rows for one in found), reverse=True)
    if name == "work":
        cost = sum((one.cost or 0 for one in found), Fraction(0))
        assert cost == sum((exact(one) for one in frame["cost"]), Fraction(0))


def test_groups_of_places_are_called_by_their_names(lists: Lists) -> None:
    towns_of = {one.name for one in groups(lists, "gaps", lists.gaps, "township", "zh")}
    assert towns_of == {"东镇"}
    titles = {one.name for one in groups(lists, "gaps", lists.gaps, "lead", "en")}
    assert titles == {"Farm bureau", "Transport bureau", "Industry bureau"}


def test_every_order_keeps_every_row(lists: Lists) -> None:
    for order in ORDERS:
        found = arranged(lists, "work", lists.work, order)
        assert sorted(found["work_id"]) == sorted(lists.work["work_id"])
    amounts = arranged(lists, "work", lists.work, "amount")["quantity"].map(float).tolist()
    assert amounts == sorted(amounts, reverse=True)
    costs = arranged(lists, "work", lists.work, "cost")["cost"].map(float).tolist()
    assert costs == sorted(costs, reverse=True)
    targets = arranged(lists, "gaps", lists.gaps, "target")["target_id"].tolist()
    assert targets == sorted(targets, key=["toilet", "lit", "fibre"].index)
    assert arranged(lists, "gaps", lists.gaps, "worth") is lists.gaps


# ---------------------------------------------------------------------------------- dark, explained


def test_dark_stretches_have_one_length(lists: Lists) -> None:
    parts = dark_of(lists.board, "v2", "lit")
    row = lists.board.row("village", "v2", "lit") or {}
    assert [one.cause for one in parts] == ["broken", "none"]
    assert sum((one.metres for one in parts), Fraction(0)) == exact(row["unmet"])
    assert parts[0].lamps == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_tells_who_is_counted_by_which_rule_and_that_it_adds_up(
    lists: Lists, lang: str
) -> None:
    told = explained(lists.board, "toilet", lang)
    lines = dict(told.lines)
    assert told.title == TOILET["title"][lang]
    row = lists.board.total("toilet") or {}
    figures = [str(int(exact(row[name]))) for name in ("met", "unmet", "unknown", "amount")]
    found = t("explain.sum_is", lang, met=figures[0], unmet=figures[1], unknown=figures[2],
              amount={"zh": "15户", "en": "15 households"}[lang])  # fmt: skip
    assert lines["explain.sum"] == found[:1].upper() + found[1:]
    assert "80%" in lines["explain.goal"]
    assert lines["explain.counted"] == {"zh": "农户。", "en": "Households."}[lang]
    assert lists.board.assessment.standard.label in lines["explain.standard"]
    assert lines["explain.source"] == t("explain.no_source", lang)
    # the village's own sum, not the whole's
    own = dict(explained(lists.board, "toilet", lang, ("village", "v1")).lines)
    assert own["explain.sum"].lower() != found.lower()
    assert "1" in own["explain.sum"]
    assert LIT["id"] in lists.board.targets
