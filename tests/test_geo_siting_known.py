"""Covering: the published and enumerated answers."""

import ctypes
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.spatial import cKDTree

from geo.siting import Covering, fewest, most


@pytest.fixture(scope="module")
def francisco(shared):
    """205 tracts, 16 stores: metres of the way between them, and people."""
    folder = shared / "known_answers/spopt_sf205"
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    ways = pd.read_csv(folder / name)
    people = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv")
    people = people.assign(NAME=people["NAME"].astype(str)).sort_values("NAME")
    metres = ways.assign(to=ways["DestinationName"].astype(str)).pivot_table(
        values="distance", index="to", columns="name"
    )
    assert metres.shape == (205, 16)
    assert metres.index.to_numpy(float) == pytest.approx(sorted(people["NAME"].astype(float)))
    order = np.argsort(people["NAME"].astype(float).to_numpy(), kind="stable")
    metres = metres.iloc[np.argsort(metres.index.to_numpy(float), kind="stable")]
    return metres, people["POP2000"].to_numpy()[order]


@pytest.fixture(scope="module")
def answers(shared):
    text = (shared / "known_answers/covering/known_answers.json").read_text(encoding="utf-8")
    return json.loads(text)


def test_most_people_of_san_francisco(francisco, answers):
    metres, people = francisco
    problem = Covering.of((metres <= 5000).to_numpy(), people)
    expected = {1: 448255, 2: 671938, 3: 791499, 4: 875247}
    for p, value in expected.items():
        answer = most(problem, sites=p)
        assert (answer.value, answer.bound, answer.status) == (value, value, "optimal")
        listed = answers["spopt_SF_R5000"][str(p)]
        assert listed[0] == value
        assert sorted(metres.columns[answer.sites]) == listed[3]
        assert (~problem.reached(answer.sites)).sum() == listed[1]


def test_a_thousand_stores_are_all_that_help(francisco):
    metres, people = francisco
    answer = most(Covering.of((metres <= 5000).to_numpy(), people), sites=1000)
    assert answer.status == "optimal"
    assert answer.sites.size <= 16
    assert answer.value == people[(metres <= 5000).any(axis=1).to_numpy()].sum()


@pytest.mark.parametrize(("metres_away", "stores"), [(5000, 8), (8000, 3)])
def test_full_cover_of_san_francisco(francisco, metres_away, stores):
    metres, _ = francisco
    problem = Covering.of((metres <= metres_away).to_numpy(), np.ones(205, int))
    answer = fewest(problem, problem.best())
    assert (answer.cost, answer.bound, answer.status) == (stores, stores, "optimal")
    assert answer.value == problem.best()[0]
    # Each tract a village of its own asks for the same.
    alone = Covering.of(problem.covers, problem.weights, group=np.arange(205))
    assert fewest(alone, np.ones(205, int)).cost == stores


def test_full_cover_with_two_stores_forced(francisco):
    metres, _ = francisco
    forced = np.zeros(16, bool)
    forced[[11, 15]] = True
    problem = Covering.of((metres <= 8000).to_numpy(), forced=forced)
    assert fewest(problem, problem.best()).cost == 4


@pytest.mark.parametrize(("share", "stores"), [(80, 3), (90, 4)])
def test_partial_cover_of_san_francisco(francisco, share, stores):
    metres, people = francisco
    problem = Covering.of((metres <= 5000).to_numpy(), people)
    answer = fewest(problem, [-(-share * int(people.sum()) // 100)])
    assert (answer.cost, answer.bound, answer.status) == (stores, stores, "optimal")


def test_every_enumerated_case(shared):
    text = (shared / "known_answers/covering/tiny_bruteforce.json").read_text(encoding="utf-8")
    cases = json.loads(text)
    assert len(cases) > 1
    for case in cases:
        village = np.array(case["village"])
        problem = Covering.of(case["A"], case["w"], costs=case["cost"], group=village)
        assert most(problem, budget=case["budget"]).value == case["mclp_opt"]
        amounts = np.bincount(village, weights=case["w"])
        needs = [math.ceil(case["target"] * amount - 1e-9) for amount in amounts]
        answer = fewest(problem, needs)
        assert (answer.short.size > 0) == case["infeasible"]
        if not case["infeasible"]:
            assert answer.cost == case["psclp_opt"]


@pytest.fixture(scope="module")
def benchmark_problem():
    """100 sites and 100,000 clients on a grid of 30 x 30, from the C library's own numbers."""
    try:
        library = ctypes.CDLL("libc.so.6")
        assert library.gnu_get_libc_version
    except (OSError, AttributeError):
        pytest.skip("these numbers come from the GNU C library")
    library.srand(1)

    def numbers(count):
        return np.fromiter((library.rand() for _ in range(count)), np.int64, count)

    sites = np.round(numbers(200).reshape(100, 2) / 2147483647 * 30, 6)
    clients = np.round(numbers(200_000).reshape(100_000, 2) / 2147483647 * 30, 6)
    numbers(100)
    weights = numbers(100_000) % 100 + 1
    near = cKDTree(clients).sparse_distance_matrix(cKDTree(sites), 5.5, output_type="coo_matrix")
    covers = sparse.csr_array((np.ones(near.nnz), (near.row, near.col)), shape=near.shape)
    return Covering.of(covers, weights)


def test_the_benchmark_of_a_hundred_thousand_clients(benchmark_problem, answers):
    assert benchmark_problem.weights.sum() == 5040640
    answer = most(benchmark_problem, budget=10, seconds=300)
    expected = answers["bds_mclp_n100_m100000_R5.5_B10"]["seed1"]["opt"]
    assert (answer.value, answer.bound, answer.status) == (4431761, 4431761, "optimal")
    assert answer.value == expected
    assert answer.sizes["merged_rows"] < 2500


def test_six_sites_reach_sixty_of_a_hundred(benchmark_problem):
    need = -(-int(benchmark_problem.weights.sum()) * 6 // 10)
    answer = fewest(benchmark_problem, [need], seconds=300)
    assert (answer.cost, answer.bound, answer.status) == (6, 6, "optimal")
