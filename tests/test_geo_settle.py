"""Which undetermined village is settled with the fewest visits."""

from itertools import combinations

import pandas as pd
import pytest
from hand import judged, line, project
from hypothesis import given
from hypothesis import strategies as st

from geo import settle as settling
from geo.need import need, status
from geo.settle import calls, in_order


def ones(card):
    """What is to be verified when every subject weighs 1."""
    rows = card[card["status"] == "undetermined"].to_dict("records")
    made = [
        {"target_id": row["target_id"], "village_id": row["unit_id"], "subject_id": f"s{n}",
         "amount": 1, "visits": 1, "call": n + 1, "scale": 1, "counted": "household"}
        for row in rows if row["kind"] != "all" for n in range(int(row["unknown"]))
    ]  # fmt: skip
    return pd.DataFrame(made, columns=settling.OPEN)


def settle(card):
    return settling.settle(card, ones(card))


def fewest(card):
    return settling.fewest(card, ones(card))


def card(*villages):
    """Rows of one target with goal 0.8: (id, amount, met, unknown)."""
    rows = []
    for name, amount, met, unknown in villages:
        wanted = need("0.8", amount)
        rows.append(
            {"level": "village", "unit_id": name, "unit_name": name, "target_id": "toilet",
             "kind": "required", "unit": "household", "unknown": unknown,
             "needed_high": max(0, wanted - met), "status": status(met, unknown, amount, wanted)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def test_by_hand():
    # A: 80 of 100 needed, 73 met, 20 unknown: 7 passes, or 20 - 7 + 1 = 14 fails
    # B: 80 of 100 needed, 70 met, 12 unknown: 10 passes, or 12 - 10 + 1 = 3 fails
    # C passes already, D cannot pass any more: nothing to settle
    found = settle(card(("A", 100, 73, 20), ("B", 100, 70, 12), ("C", 10, 8, 2), ("D", 10, 1, 2)))
    assert found["unit_id"].tolist() == ["B", "A"]
    assert found[["passes", "fails", "visits"]].to_numpy().tolist() == [[10, 3, 3], [7, 14, 7]]


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(
    st.just(n), st.integers(0, n), st.integers(0, n))))  # fmt: skip
def test_the_last_visit_decides_and_the_one_before_does_not(drawn):
    amount, met, unknown = drawn
    unknown = min(unknown, amount - met)
    found = settle(card(("V", amount, met, unknown)))
    wanted = need("0.8", amount)
    if found.empty:
        assert status(met, unknown, amount, wanted) != "undetermined"
        return
    passes, fails = int(found["passes"][0]), int(found["fails"][0])
    assert passes + fails == unknown + 1
    assert status(met + passes, unknown - passes, amount, wanted) == "met"
    assert status(met, unknown - fails, amount, wanted) == "unmet"
    assert status(met + passes - 1, unknown - passes + 1, amount, wanted) == "undetermined"
    assert status(met, unknown - fails + 1, amount, wanted) == "undetermined"


def whole(*villages):
    """Rows of several targets: (village, verdict, {target: (unknown, passes needed)})."""
    rows = []
    for name, verdict, targets in villages:
        base = {"level": "village", "unit_id": name, "unit_name": name}
        rows.append({**base, "target_id": "_all", "kind": "all", "status": verdict})
        rows += [
            {**base, "target_id": key, "kind": "scored" if key == "clinic" else "required",
             "unit": "household", "status": "undetermined", "unknown": k, "needed_high": a}
            for key, (k, a) in targets.items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_village_is_settled_by_one_fail_or_by_all_passes():
    # A: toilet 5 passes of 6 unknown, or 2 fails; water 1 pass of 9, or 9 fails: 2 fails decide
    # B: toilet 1 of 6, or 6 fails; water 2 of 9, or 8 fails: 1 + 2 passes decide
    # C fails already: nothing decides any more. The clinic is scored and decides nothing.
    found = fewest(
        whole(
            ("B", "undetermined", {"toilet": (6, 1), "water": (9, 2)}),
            ("A", "undetermined", {"toilet": (6, 5), "water": (9, 1), "clinic": (1, 1)}),
            ("C", "unmet", {"toilet": (6, 1)}),
        )
    )
    told = found[["unit_id", "target_id", "visits"]].to_numpy().tolist()
    assert told == [["A", "toilet", 2], ["B", "toilet", 1], ["B", "water", 2]]


def test_nothing_undetermined_needs_no_visit():
    assert fewest(whole(("C", "unmet", {"toilet": (6, 1)}))).empty


# ---------------------------------------------------------------------------------- unequal amounts

PEOPLE = {
    "id": "water", "kind": "required", "subjects": "households", "amount": "persons",
    "measure": "attribute", "column": "piped_water", "one_of": [True], "goal": "0.8",
}  # fmt: skip


def people(open_ones, met=0, unmet=0):
    """One village: homes of so many persons that are not verified, others that pass or fail."""
    cells = [(n, None) for n in open_ones] + [(n, True) for n in (met,) if n]
    cells += [(n, False) for n in (unmet,) if n]
    homes = [
        {"id": f"H{i}", "village_id": "V", "persons": n, "piped_water": cell}
        for i, (n, cell) in enumerate(cells)
    ]
    return judged(project(villages=[{"id": "V", "name": "v"}], households=homes), PEOPLE)


def test_the_largest_homes_settle_a_village_counted_in_persons():
    # 20 persons: 10 served, open homes of 1, 4, 2 and 3. 16 are needed: 6 more pass (4 + 3 do), or
    # 10 - 6 + 1 = 5 fail (4 + 3 do): two visits either way, not five or six
    found = people([1, 4, 2, 3], met=10)
    row = settling.settle(found.scorecard, found.unsettled).iloc[0]
    assert [int(row[k]) for k in ("unknown", "passes", "fails")] == [10, 6, 5]
    assert [row[k] for k in ("pass_visits", "fail_visits", "visits", "counted")] == [
        2, 2, 2, "household",
    ]  # fmt: skip


def test_each_call_says_what_is_left_to_pass_and_to_fail():
    found = people([1, 4, 2, 3], met=10)
    table = calls(found.scorecard, found.unsettled, "V", "water")
    rows = table[["subject_id", "order", "amount", "after_pass", "after_fail"]]
    assert [tuple(map(str, row)) for row in rows.to_numpy()] == [
        ("H1", "1", "4", "2", "1"),
        ("H3", "2", "3", "0", "0"),
        ("H2", "3", "2", "0", "0"),
        ("H0", "4", "1", "0", "0"),
    ]


def test_nothing_is_called_where_the_village_is_settled():
    found = people([1, 2], met=10)  # 13 persons, 11 are needed: 10 + 1 is enough. Open.
    assert len(calls(found.scorecard, found.unsettled, "V", "water")) == 2
    for done in (people([1], met=10), people([1, 2], unmet=10)):
        assert calls(done.scorecard, done.unsettled, "V", "water").empty
        assert settling.settle(done.scorecard, done.unsettled).empty


@given(st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(1, 30), st.integers(0, 12))
def test_no_smaller_set_of_subjects_settles_it(open_ones, met, unmet):
    found = people(open_ones, met, unmet)
    table = settling.settle(found.scorecard, found.unsettled)
    total, unknown = sum(open_ones) + met + unmet, sum(open_ones)
    wanted = need("0.8", total)
    if status(met, unknown, total, wanted) != "undetermined":
        assert table.empty
        return

    def smallest(settles):
        every = (
            chosen
            for size in range(1, len(open_ones) + 1)
            for chosen in combinations(open_ones, size)
        )
        return next(len(chosen) for chosen in every if settles(sum(chosen)))

    passing = smallest(lambda n: status(met + n, unknown - n, total, wanted) == "met")
    failing = smallest(lambda n: status(met, unknown - n, total, wanted) == "unmet")
    assert table[["pass_visits", "fail_visits"]].to_numpy().tolist() == [[passing, failing]]
    # and the order of calls settles it exactly there
    order = calls(found.scorecard, found.unsettled, "V", "water")
    assert int((order["after_pass"] > 0).sum()) + 1 == passing
    assert int((order["after_fail"] > 0).sum()) + 1 == failing


def test_metres_of_road_are_visited_as_stretches():
    # 100 m lit, 30 m and 20 m of roads nobody looked at, 90 % of 150 m = 135 m: 35 m more pass
    # (both roads), or 50 - 35 = 15 m and a millimetre fail (one road)
    roads = [
        {"id": name, "village_id": "V", "surface": cell, "geometry": line((0, y), (size, y))}
        for y, (name, size, cell) in enumerate(
            [("A", 100, "concrete"), ("B", 20, None), ("C", 30, None)]
        )
    ]
    target = {
        "id": "paved", "kind": "required", "subjects": "roads", "amount": "length",
        "measure": "attribute", "column": "surface", "one_of": ["concrete"], "goal": "0.9",
    }  # fmt: skip
    found = judged(project(villages=[{"id": "V", "name": "v"}], roads=roads), target)
    row = settling.settle(found.scorecard, found.unsettled).iloc[0]
    assert [str(row[k]) for k in ("passes", "fails")] == ["35", "15.001"]
    assert [row[k] for k in ("pass_visits", "fail_visits", "counted")] == [2, 1, "piece"]
    told = settling.fewest(found.scorecard, found.unsettled)
    assert told[["unit", "visits"]].to_numpy().tolist() == [["piece", 1]]
    order = calls(found.scorecard, found.unsettled, "V", "paved")
    assert order["subject_id"].tolist() == ["C@V", "B@V"]
    assert [str(n) for n in order["after_pass"]] == ["5", "0"]
    assert [str(n) for n in order["after_fail"]] == ["0", "0"]


def test_homes_nobody_listed_come_last_and_take_a_visit_each():
    # 20 declared, 10 listed: 8 served and 2 open. 16 are needed: 8 more of 12, or 5 fails
    homes = [
        {"id": f"H{n}", "village_id": "V", "piped_water": True if n < 8 else None}
        for n in range(10)
    ]
    data = project(villages=[{"id": "V", "name": "v", "households": 20}], households=homes)
    found = judged(data, {**PEOPLE, "amount": 1})
    rows = found.unsettled[["subject_id", "amount", "visits", "call"]].to_numpy().tolist()
    assert rows == [["H8", 1, 1, 1], ["H9", 1, 1, 2], ["V:unlisted", 10, 10, 3]]
    row = settling.settle(found.scorecard, found.unsettled).iloc[0]
    assert [row[k] for k in ("pass_visits", "fail_visits", "visits")] == [8, 5, 5]


@pytest.mark.parametrize("met", [10, 40])
def test_the_survey_list_gets_the_order_only_where_it_decides(met):
    found = people([1, 4], met=met, unmet=2)
    table = in_order(found.survey_by_subject, found.unsettled)
    order = dict(zip(table["subject_id"], table["call"], strict=True))
    # 17 persons, 14 needed, 10 to 15: open. 47 persons, 38 needed, 40 served: settled.
    assert order == ({"H1": 1, "H0": 2} if met == 10 else {"H1": None, "H0": None})
    assert table.geometry.name == "geometry"


@pytest.mark.parametrize(("needed", "visits"), [(3, 3), (2, 2), (1, 1)])
def test_a_goal_of_all_is_settled_by_visiting_all(needed, visits):
    # Three are unknown. Where each of them has to pass, one failure is nothing to count on.
    rows = [("_all", "all", "point", 0, 0), ("water", "required", "household", 3, needed)]
    names = ["target_id", "kind", "unit", "unknown", "needed_high"]
    card = pd.DataFrame(rows, columns=names).assign(
        level="village", unit_id="V", unit_name="A", status="undetermined"
    )
    assert fewest(card)["visits"].tolist() == [visits]
