"""Service places: known answers of other programs, and every small case by enumeration."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from geo.siting import offers
from geo.siting.center import center
from geo.siting.median import median
from geo.siting.median_capacity import median_limited
from layers.errors import UsageError
from layers.heed import Stopped, heard


@pytest.fixture(scope="session")
def stores(shared):
    """Walks from 205 districts of San Francisco to 16 stores, and who lives there."""
    folder = shared / "known_answers" / "spopt_sf205"
    ways = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv",
        dtype={"DestinationName": str},
    )
    people = pd.read_csv(
        folder / "SF_demand_205_centroid_uniform_weight.csv", dtype={"NAME": str}
    ).sort_values("NAME")
    table = ways.pivot_table(index="DestinationName", columns="name", values="distance")
    assert table.index.tolist() == people["NAME"].tolist()
    return table, people["POP2000"].to_numpy()


def test_four_stores_for_the_least_walk(stores):
    table, people = stores
    found = median(table.to_numpy(), people, 4)
    assert found.value == pytest.approx(2_848_268_129.7145, abs=1e-3)
    assert found.value / people.sum() == pytest.approx(2982.1268579891, abs=1e-6)
    assert (found.status, found.bound) == ("optimal", found.value)
    assert set(table.columns[found.sites]) == {"Store_2", "Store_11", "Store_12", "Store_15"}


@pytest.mark.parametrize("p", [1, 2, 3, 5, 8, 13, 16])
def test_stores_by_enumeration(stores, p):
    table, people = stores
    ways = table.to_numpy()
    every = [ways[:, list(some)].min(axis=1) for some in combinations(range(16), p)]
    found = median(ways, people, p)
    assert found.value == pytest.approx(min((people * one).sum() for one in every))
    assert found.status == "optimal"
    assert center(ways, p=p).value == min(one.max() for one in every)


def test_four_stores_for_the_shortest_longest_walk(stores):
    found = center(stores[0].to_numpy(), p=4)
    assert found.value == pytest.approx(7403.0638108498, abs=1e-6)
    assert (found.status, found.bound) == ("optimal", found.value)


@pytest.mark.parametrize("model", [median, center])
def test_more_sites_than_candidates(stores, model):
    table, people = stores
    found = model(table.to_numpy(), people, 1000)
    assert (sorted(found.sites), found.note) == (list(range(16)), "all_sites")
    assert found.value == model(table.to_numpy(), people, 16).value


@pytest.fixture(scope="session")
def schools(shared):
    start = shared / "known_answers" / "spopt_sf205"
    trips = pd.read_csv(start / "example_subject_student_school_journeys.csv")
    table = trips.pivot_table(index="student", columns="school", values="time").fillna(10_000)
    places = pd.read_csv(start / "example_subject_schools.csv").set_index("SE2 PP: Code")
    return table, places.loc[table.columns]


# Ten students, ten schools, seven of them given; each takes so many. Mean minutes of travel.
@pytest.mark.parametrize(("full", "minutes"), [(True, 87.2), (False, 81.6)])
def test_schools_that_take_so_many(schools, full, minutes):
    table, places = schools
    given_ones = (places["priority"] == 1).to_numpy()
    found = median_limited(
        table.to_numpy(), places["Count"], p=10, forced=given_ones, fill_forced=full
    )
    assert (found.value / 10, found.status) == (pytest.approx(minutes), "optimal")
    taken = np.bincount(found.assigned, minlength=len(places))
    assert (taken <= places["Count"].to_numpy()).all()
    assert not full or (taken == places["Count"].to_numpy())[given_ones].all()


@st.composite
def cases(draw):
    n, m = draw(st.integers(0, 14)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ways = rng.integers(0, 25, (n, m)).astype(float)
    ways[rng.random((n, m)) < draw(st.sampled_from([0.0, 0.3, 0.7]))] = np.inf
    mark = rng.integers(0, 6, m)
    p = draw(st.integers(0, m + 1))
    forced = (mark == 0) & (np.cumsum(mark == 0) <= p)
    return ways, rng.integers(0, 6, n), p, forced, mark == 1


def enumerated(ways, weights, p, forced, forbidden, longest):
    """Give the weight left unserved and the least cost of all sets of p allowed sites."""
    allowed = np.flatnonzero(~forbidden)
    reached = np.isfinite(ways[:, allowed]).any(axis=1)
    best = None
    for some in combinations(allowed, min(p, len(allowed))):
        if not set(np.flatnonzero(forced)) <= set(some):
            continue
        way = ways[:, list(some)].min(axis=1, initial=np.inf)
        here = np.isfinite(way) & (weights > 0)
        cost = way[here].max(initial=0.0) if longest else (weights[here] * way[here]).sum()
        lost = weights[~np.isfinite(way) & reached].sum()
        best = min(best, (lost, cost)) if best else (lost, cost)
    return best, weights[~reached].sum()


@pytest.mark.parametrize("model", [median, center])
@given(case=cases())
def test_the_same_as_trying_every_set(model, case):
    ways, weights, p, forced, forbidden = case
    found = model(ways, weights, p, forced=forced, forbidden=forbidden)
    best, apart = enumerated(ways, weights, p, forced, forbidden, model is center)
    assert (found.unserved, found.value) == best
    assert (found.unreachable, found.status, found.gap) == (apart, "optimal", 0.0)
    assert found.bound == found.value
    # Counted again from what is told of each row.
    some = np.flatnonzero(found.assigned >= 0)
    way = ways[some, found.assigned[some]]
    assert (way == ways[some][:, found.sites].min(axis=1, initial=np.inf)).all()
    assert set(np.flatnonzero(forced)) <= set(found.sites)
    assert not forbidden[found.sites].any()
    assert len(found.sites) == min(p, int((~forbidden).sum()))


def test_the_longest_way_of_many_different_ones():
    # No two ways are equal, so that one step too many of the search shows.
    rng = np.random.default_rng(8)
    nothing = np.zeros(9, dtype=bool)
    for _ in range(60):
        ways = rng.permutation(14 * 9).reshape(14, 9).astype(float)
        found = center(ways, p=3)
        best, _ = enumerated(ways, np.ones(14, dtype=int), 3, nothing, nothing, longest=True)
        assert (found.unserved, found.value, found.bound) == (*best, best[1])


@pytest.mark.parametrize("model", [median, center])
@given(case=cases(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(model, case, seed):
    ways, weights, p, forced, forbidden = case
    mixed = np.random.default_rng(seed).permutation(len(weights))
    one = model(ways, weights, p, forced=forced, forbidden=forbidden)
    two = model(ways[mixed], weights[mixed], p, forced=forced, forbidden=forbidden)
    assert (one.sites.tolist(), one.value) == (two.sites.tolist(), two.value)
    assert one.assigned[mixed].tolist() == two.assigned.tolist()


@given(case=cases())
def test_a_sparse_table_says_the_same(case):
    ways, weights, p, forced, forbidden = case
    rows, columns = np.nonzero(np.isfinite(ways))
    # A stored 0 is no distance at all, not one out of reach.
    table = sparse.csr_array((ways[rows, columns], (rows, columns)), shape=ways.shape)
    one = median(ways, weights, p, forced=forced, forbidden=forbidden)
    two = median(table, weights, p, forced=forced, forbidden=forbidden)
    assert (one.sites.tolist(), one.value) == (two.sites.tolist(), two.value)


@given(case=cases())
def test_places_that_take_enough_for_all_are_the_median(case):
    ways, weights, p, forced, _ = case
    if np.isinf(ways).any():
        ways = np.where(np.isinf(ways), 99.0, ways)
    free = median(ways, weights, p, forced=forced)
    tight = median_limited(ways, int(weights.sum()), weights, p, forced=forced)
    assert (tight.status, tight.value) == (free.status, pytest.approx(free.value))


def test_what_cannot_be_asked_is_said():
    with pytest.raises(UsageError, match="whole number of sites"):
        median([[1.0]], p=-1)
    with pytest.raises(UsageError, match=r"below 0 or not a number.*weights.*forced and forbidden"):
        median([[-1.0]], [0.5], forced=[0], forbidden=[0])
    none = median(np.zeros((3, 0)), [1, 2, 3], 2)
    assert (none.status, none.note, none.unreachable) == ("optimal", "no_candidates", 6)
    few = center([[1.0, 2.0]], p=1, forced=[0, 1])
    assert (few.status, few.note, len(few.sites)) == ("infeasible", "too_few_sites", 0)
    assert median([[1.0, 2.0]], [0], 1).note == "no_demand"
    full = median_limited([[1.0], [1.0]], 1, p=1)
    assert (full.status, full.unserved) == ("infeasible", 2)


def test_a_proof_that_takes_too_long_leaves_a_bound():
    rng = np.random.default_rng(3)
    ways = np.hypot(*(rng.random((2, 300, 1)) - rng.random((2, 1, 60)))) * 1000
    fast, best = median(ways, p=7, seconds=0), median(ways, p=7, seconds=60)
    assert best.status == "optimal"
    assert fast.bound <= best.value <= fast.value
    assert fast.gap < 0.05


@pytest.mark.parametrize("model", [median, center])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_who_stops_keeps_sites(model, after):
    rng = np.random.default_rng(4)
    ways, steps = rng.random((40, 12)), []

    def listen(step):
        steps.append(step)
        if len(steps) > after:
            raise Stopped("enough")

    with heard(listen):
        found = model(ways, p=4)
    assert len(found.sites) == 4
    assert found.status in {"stopped", "optimal"}
    assert found.bound <= found.value


@pytest.mark.parametrize("model", [median, center])
def test_places_shown_on_the_way_only_become_better(model, monkeypatch):
    monkeypatch.setattr(offers, "SHOW_SECONDS", 0.0)
    monkeypatch.setattr(offers, "SHOW_PAUSE", 0.0)
    random = np.random.default_rng(4)
    homes, spots = random.random((300, 2)), random.random((60, 2))
    away = np.hypot(*(homes[:, None] - spots[None]).transpose(2, 0, 1))
    away[away > 0.4] = np.inf
    seen = []
    people = random.integers(1, 9, 300)
    found = model(away, people, 7, improve=seen.append)
    assert len(seen) > 1
    worth = [(one.unserved, one.value) for one in seen]
    assert worth == sorted(worth, reverse=True)
    assert worth[-1] >= (found.unserved, found.value)
    assert all(one.bound <= found.value + 1e-9 and len(one.sites) == 7 for one in seen)
    assert found.value == model(away, people, 7).value
