"""Which undetermined village is settled with the fewest visits."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.need import need, status
from geo.settle import fewest, settle


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
