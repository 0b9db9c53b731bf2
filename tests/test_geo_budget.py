"""One purse for many villages: by hand, against full enumeration, and at the size of a county."""

import itertools
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hand import often
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.budget import choose, curve
from geo.budgeting.classes import classes
from geo.budgeting.dense import dense
from layers.errors import UsageError

NAMES = ["village", "township", "package", "cost", "gain", "passes"]


def table(*rows):
    return pd.DataFrame(list(rows), columns=NAMES)


# Three villages: A passes for 9, B for 6, C gains 8 for 2 and never passes.
HAND = table(
    ("A", "T", 1, 4, 30, False), ("A", "T", 2, 9, 40, True),
    ("B", "U", 1, 6, 35, True), ("C", "U", 1, 2, 8, False),
)  # fmt: skip


def test_money_goes_where_most_households_gain():
    # 10 buys A's small package (30) and B's (35); 12 buys C's 8 besides.
    assert (choose(HAND, 10).value, choose(HAND, 10).cost) == (65, 10)
    assert list(choose(HAND, 12).chosen) == [0, 2, 3]
    # 11: nothing more than at 10 fits.
    assert choose(HAND, 11).value == 65
    assert choose(HAND, 0).value == 0
    assert choose(HAND, 1000).value == 83


def test_most_villages_pass_the_cheapest_first():
    assert [choose(HAND, b, aim="passes").value for b in (5, 6, 14, 15)] == [0, 1, 1, 2]
    points = curve(HAND, "passes")
    assert points[["cost", "value"]].to_numpy().tolist() == [[0, 0], [6, 1], [15, 2]]
    assert points["village"].tolist() == [None, "B", "A"]
    # One village for the next 9 units of money.
    assert choose(HAND, 6, aim="passes").price == pytest.approx(1 / 9)


def test_each_township_gets_its_own():
    # T needs A at 9; then 3 are left: C for 2.
    one = choose(HAND, 15, per_township=1)
    assert (one.value, one.cost, list(one.chosen)) == (75, 15, [1, 2])
    with_less = choose(HAND, 14, per_township=1)
    assert (with_less.status, with_less.least, len(with_less.chosen)) == ("infeasible", 15, 0)
    # Two each are not to be had: one in T and one in U is all there is, and it is said.
    both = choose(HAND, 15, aim="passes", per_township=2)
    assert (both.value, both.short) == (2, {"T": 1, "U": 1})


def test_what_must_be_is_paid_first():
    assert list(choose(HAND, 10, must={1}).chosen) == [1]
    assert choose(HAND, 8, must={1}).status == "infeasible"
    assert choose(HAND, 8, must={1}, aim="passes").least == 9
    # One of two: the choice is still there.
    assert list(choose(HAND, 10, must={0, 1}).chosen) == [0, 2]


def test_the_curve_of_gain_is_the_envelope():
    points = curve(HAND)
    # Steps by what a unit of money brings: A 30/4, B 35/6, C 8/2, A 10/5.
    assert points["cost"].tolist() == [0, 4, 10, 12, 17]
    assert points["value"].tolist() == [0, 30, 65, 73, 83]
    assert points["village"].tolist() == [None, "A", "B", "C", "A"]


def test_a_budget_that_cannot_be_spent_whole_is_proved_all_the_same():
    # Even costs, an odd budget: the bound on the line lies above all there is.
    even = table(*((f"V{n}", "T", 1, 10, 10, True) for n in range(40)))
    found = choose(even, 195)
    assert (found.value, found.bound, found.status) == (190, 190.0, "optimal")


def test_where_the_short_search_grows_too_long_every_budget_is_looked_at(monkeypatch):
    packages = county(40)
    budget = 3001
    best = choose(packages, budget)
    assert (best.status, best.how) == ("optimal", "core")
    monkeypatch.setattr("geo.budgeting.core.MOST_STATES", 2)
    again = choose(packages, budget)
    assert (again.value, again.status, again.how) == (best.value, "optimal", "dp")
    # And where that is too much as well, a good choice comes with its bound.
    monkeypatch.setattr("geo.budget.MOST_CELLS", 0)
    good = choose(packages, budget)
    assert good.value <= best.value <= good.bound
    assert (good.status, good.how) == ("gap", "core")
    assert 0 < good.gap < 0.02


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": -1}, "no whole number"), ({"gain": 0.5}, "no whole number"),
        ({"village": None}, "is empty"), ({"cost": 10**18}, "larger unit"),
    ],
)  # fmt: skip
def test_what_cannot_be_reckoned_with_is_refused(change, said):
    with pytest.raises(UsageError, match=said):
        choose(HAND.assign(**change), 10)


def test_wrong_asking_is_refused():
    for asked, said in (
        ({"aim": "all"}, "aim"), ({"per_township": -1}, "per_township"), ({"must": {99}}, "must"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            choose(HAND, 10, **asked)
    with pytest.raises(UsageError, match="budget"):
        choose(HAND, -1)
    with pytest.raises(UsageError, match="township"):
        choose(HAND.assign(township=["T", "U", "U", "U"]), 10)


def test_nothing_to_choose_from():
    assert choose(HAND.iloc[:0], 10).value == 0
    assert len(curve(HAND.iloc[:0])) == 0


# ---------------------------------------------------------------------------------- enumeration


@st.composite
def instances(draw):
    rows, labels = [], []
    for village in range(draw(st.integers(1, 6))):
        town = draw(st.integers(0, 1))
        for package in range(draw(st.integers(1, 3))):
            money, gain = draw(st.integers(0, 12)), draw(st.integers(0, 9))
            rows.append((f"V{village}", f"T{town}", package, money, gain, draw(st.booleans())))
            labels.append(f"{village}-{package}")
        rows[-1 - package :] = [(*one[:1], f"T{town}", *one[2:]) for one in rows[-1 - package :]]
    packages = pd.DataFrame(rows, columns=NAMES, index=labels)
    must = draw(st.sets(st.sampled_from(labels), max_size=2))
    return packages, draw(st.integers(0, 50)), draw(st.integers(0, 2)), frozenset(must)


def enumerated(packages, budget, per_township, must):
    """Give most gain and most villages passing among all choices; None where none is allowed."""
    options, towns = [], []
    for _, rows in packages.groupby("village", sort=False):
        mine = [(int(r.cost), int(r.gain), bool(r.passes)) for r in rows.itertuples()]
        wanted = [one for one, label in zip(mine, rows.index, strict=True) if label in must]
        options.append(wanted or [(0, 0, False), *mine])
        towns.append(rows["township"].iloc[0])
    need = {
        town: min(per_township, sum(any(o[2] for o in mine) for mine, t in
                                    zip(options, towns, strict=True) if t == town))
        for town in set(towns)
    }  # fmt: skip
    best = None
    for one in itertools.product(*options):
        passing = dict.fromkeys(need, 0)
        for town, row in zip(towns, one, strict=True):
            passing[town] += row[2]
        if sum(r[0] for r in one) <= budget and all(passing[t] >= n for t, n in need.items()):
            gain, many = sum(r[1] for r in one), sum(passing.values())
            best = (gain, many) if best is None else (max(best[0], gain), max(best[1], many))
    return best


def recounted(packages, found, aim):
    mine = packages.loc[found.chosen]
    assert mine["village"].is_unique
    assert int(mine["cost"].sum()) == found.cost
    return int(mine["passes"].sum() if aim == "passes" else mine["gain"].sum())


@settings(max_examples=often(120, 5000), deadline=None)
@given(instances())
def test_every_answer_equals_full_enumeration(instance):
    packages, budget, k, must = instance
    best = enumerated(packages, budget, k, must)
    for number, aim in enumerate(("gain", "passes")):
        found = choose(packages, budget, aim=aim, per_township=k, must=must)
        if best is None:
            assert found.status == "infeasible"
            assert found.least > budget
            continue
        assert found.least <= budget
        assert (found.value, found.status) == (best[number], "optimal")
        assert found.bound >= found.value == recounted(packages, found, aim)
        assert found.cost <= budget
        # The points of the curve are true at their own budgets, and none lies above the bound.
        points = curve(packages, aim, per_township=k, must=must)
        assert points["cost"].iloc[0] == found.least
        for point in points.itertuples():
            there = choose(packages, point.cost, aim=aim, per_township=k, must=must)
            assert there.value == point.value
        line = np.interp(budget, points["cost"].astype(float), points["bound"].astype(float))
        if aim == "gain":
            assert found.value <= line + 1e-9
        else:
            assert found.value == points.loc[points["cost"] <= budget, "value"].max()


@settings(max_examples=often(40, 1000), deadline=None)
@given(instances(), st.integers(0, 30), st.randoms(use_true_random=False))
def test_more_money_never_brings_less_and_order_changes_nothing(instance, more, shuffle):
    packages, budget, k, must = instance
    order = list(range(len(packages)))
    shuffle.shuffle(order)
    for aim in ("gain", "passes"):
        asked = {"aim": aim, "per_township": k, "must": must}
        now, then = choose(packages, budget, **asked), choose(packages, budget + more, **asked)
        assert then.value >= now.value
        again = choose(packages.iloc[order], budget, **asked)
        assert list(again.chosen) == list(now.chosen)


def mixed(seed):
    """Give packages of a few villages; gains of four kinds, most of them hard to tell apart."""
    rng = np.random.default_rng(seed)
    rows = []
    for village, package in itertools.product(
        range(rng.integers(5, 40)), range(rng.integers(1, 5))
    ):
        cost = int(rng.integers(0, 200))
        gains = int(rng.integers(0, 60)), cost, cost // 3 + int(rng.integers(0, 3)), 10 * package
        cost = cost // 20 * 20 if seed % 4 == 3 else cost
        passes = bool(rng.integers(0, 2))
        rows.append((village, village % 3, package, cost, gains[seed % 4], passes))
    packages = table(*rows)
    must = rng.choice(len(packages), size=rng.integers(0, 3), replace=False).tolist()
    budget = int(packages.groupby("village")["cost"].max().sum() * rng.uniform())
    return packages, budget, int(rng.integers(0, 6)), frozenset(must)


@pytest.mark.parametrize("first", range(0, 4))
def test_the_short_search_equals_the_table_of_every_budget(first):
    for seed in range(first, often(200, 4000), 4):
        packages, budget, k, must = mixed(seed)
        found = choose(packages, budget, per_township=k, must=must)
        ready = classes(packages, per_township=k, must=must)
        rows = dense(ready, budget)
        if rows is None:
            assert found.status == "infeasible", seed
            continue
        assert (found.value, found.status) == (ready.totals(rows)[1], "optimal"), seed
        assert found.value == recounted(packages, found, "gain")
        passing = packages.loc[found.chosen].groupby("township")["passes"].sum()
        for town, need in zip(ready.towns, ready.need.tolist(), strict=True):
            assert passing.get(town, 0) >= need, seed


# ---------------------------------------------------------------------------------- a county


def county(villages, seed=1):
    """Give five packages for each village; twelve villages to a township."""
    rng = np.random.default_rng(seed)
    cost = np.c_[np.zeros(villages, int), rng.integers(30, 120, (villages, 4)).cumsum(axis=1)]
    gain = np.c_[np.zeros(villages, int), rng.integers(3, 30, (villages, 4)).cumsum(axis=1)]
    own = np.repeat(np.arange(villages), 5)
    return pd.DataFrame(
        {
            "village": own, "township": own // 12, "package": np.tile(np.arange(5), villages),
            "cost": cost.ravel(), "gain": gain.ravel(),
            "passes": np.tile(np.arange(5) == 4, villages),
        }
    )  # fmt: skip


def known(shared: Path):
    table = pd.read_csv(shared / "known_answers" / "covering" / "budget_420x5.csv")
    table.columns = pd.Index(NAMES)
    return table.astype({"passes": bool})


def test_the_known_county_of_420_villages(shared):
    packages = known(shared)
    found = choose(packages, 35_865)
    assert (found.value, found.bound, found.status) == (37_931, 37_931.0, "optimal")
    ready = classes(packages)
    rows = dense(ready, 35_865)
    assert rows is not None
    assert ready.totals(rows) == (found.cost, found.value) or ready.totals(rows)[1] == found.value
    # Cheapest attainable first, added up by hand.
    cheapest = np.sort(packages[packages["passes"]].groupby("village")["cost"].min())
    most = int((cheapest.cumsum() <= 35_865).sum())
    assert choose(packages, 35_865, aim="passes").value == most == 219
    assert len(curve(packages, "passes")) == len(cheapest) + 1


def test_a_province_of_16000_villages_is_proved_with_its_whole_curve():
    packages = county(16_000)
    budget = int(packages.groupby("village")["cost"].max().sum() * 0.3)
    start = time.process_time()
    found, points = choose(packages, budget), curve(packages)
    seconds = time.process_time() - start
    assert found.status == "optimal"
    assert points["value"].iloc[-1] == packages.groupby("village")["gain"].max().sum()
    assert points["bound"].is_monotonic_increasing
    # Twice the goal: other work shares these machines.
    assert seconds < 1.0
