"""The most that a budget, or a number of sites, can cover (maximal covering with costs)."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.siting.answer import Clock, counted, live_rows, told, whole_number
from geo.siting.greedy import covered, filled, most_greedy
from geo.siting.model import NEAR, linear, slip, whole
from geo.siting.pricing import Priced, combine, lost
from geo.siting.problem import Covering, Flags, Improve, Siting, Whole
from geo.siting.reduce import Rows, reduced
from layers.errors import UsageError
from layers.heed import Stopped, tell

# Prices of money are tried this often at most: each halves what is left, or better.
PRICES = 40
# One part this large a share of all is no part: the whole is then solved at once.
MOST_OF_ALL = 0.5
# Where less than this would change, nothing whole does.
HALF_A_UNIT = 0.5
# A part's whole-site answer may take this share of the time left.
SHARE_OF_TIME = 0.25


@dataclass(eq=False)
class Search:
    """The search for the best choice of columns: what is found, what is proved, and how."""

    problem: Covering
    base: Whole
    rows: Rows
    turned: tuple[Whole, Whole]
    budget: int
    unit: int
    clock: Clock
    improve: Improve | None
    chosen: Flags
    known: int
    bound: float
    sizes: dict[str, int]
    how: str = "greedy"
    price: float | None = None

    @property
    def proved(self) -> bool:
        """Whether nothing can cover more: amounts are whole."""
        return math.floor(self.bound + slip(self.known)) <= self.known

    def offer(self, chosen: Flags) -> None:
        """Keep a choice if it keeps to the budget and covers more than the best so far."""
        if int(self.rows.costs[chosen].sum()) > self.budget:
            return
        value = int(self.rows.weights[covered(self.rows, chosen)].sum())
        if value > self.known:
            self.known, self.chosen = value, chosen
            self.show()

    def limit(self, bound: float, how: str) -> None:
        """Keep a bound if it is lower than the best so far."""
        if bound < self.bound - NEAR:
            self.bound, self.how = bound, how

    def show(self) -> None:
        """Offer the best so far to whoever waits for it."""
        if self.improve is not None:
            self.improve(self.answer("gap"))

    def answer(self, status: str) -> Siting:
        """Give the best so far, counted again; sites that add nothing are left out."""
        sites = np.concatenate((self.base, self.rows.columns[self.chosen]))
        gained = self.problem.newly(self.base)
        bound = max(math.floor(self.bound + slip(self.known)), self.known)
        made = told(
            self.problem,
            sites,
            bound=float(gained + bound),
            status="optimal" if self.proved else status,
            how=self.how,
            price=self.price,
            sizes=self.sizes,
        )
        idle = (made.gain == 0) & ~self.problem.forced[made.sites]
        if not idle.any():
            return made
        cost = int(self.problem.costs[made.sites[~idle]].sum())
        return replace(made, sites=made.sites[~idle], gain=made.gain[~idle], cost=cost)


def most(
    problem: Covering,
    *,
    budget: Any = None,
    sites: Any = None,
    seconds: float = 30.0,
    improve: Improve | None = None,
) -> Siting:
    """
    Choose the sites that newly cover the largest amount for a budget or a number of sites.

    Parameters
    ----------
    problem
        What covers what; forced sites are paid from the same budget, or count among the sites.
    budget, sites
        Most money, or most sites; one of both.
    seconds
        After this time the best found so far is given, with what is proved of it.
    improve
        Called with each better answer.

    Returns
    -------
    Siting
        Status ``infeasible`` and no sites where forced ones alone are too dear.

    Raises
    ------
    UsageError
        If not exactly one of budget and sites is given, or it is no whole number.

    Examples
    --------
    >>> covers = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    >>> answer = most(Covering.of(covers, [5, 3, 4]), sites=1)
    >>> answer.sites, answer.value, answer.bound, answer.status
    (array([0]), 8, 8.0, 'optimal')
    """
    clock = Clock(seconds)
    if (budget is None) == (sites is None):
        message = "covering: the limit is a budget or a number of sites. Give one of both."
        raise UsageError(message)
    counting = problem
    if sites is not None:
        counting = replace(problem, costs=np.ones(problem.costs.size, np.int64))
    limit = whole_number("sites", sites) if budget is None else whole_number("budget", budget)
    answer = _search(counting, limit, clock, improve if sites is None else None, problem, improve)
    return _costed(answer, problem)


def _costed(answer: Siting, problem: Covering) -> Siting:
    """Say what the sites really cost where they were only counted."""
    return replace(answer, cost=int(problem.costs[answer.sites].sum()))


def _search(
    problem: Covering,
    limit: int,
    clock: Clock,
    improve: Improve | None,
    priced: Covering,
    original: Improve | None,
) -> Siting:
    if improve is None and original is not None:
        offer = original

        def improve(better: Siting) -> None:
            offer(_costed(better, priced))

    forced = np.flatnonzero(problem.forced)
    left = limit - int(problem.costs[forced].sum())
    if left < 0:
        nothing = np.zeros(0, np.int64)
        free = replace(problem, forced=np.zeros(problem.forced.size, bool))
        return told(free, nothing, bound=0.0, status="infeasible", how="enumeration")
    allowed = ~problem.forbidden & ~problem.forced
    # What costs nothing is built: it takes nothing from the rest.
    base = np.flatnonzero(problem.forced | (allowed & (problem.costs == 0)))
    open_ones = np.flatnonzero(allowed & (problem.costs > 0) & (problem.costs <= left))
    everything = np.ones(problem.weights.size, bool)
    rows = live_rows(problem, base, open_ones, everything)
    rows = reduced(replace(rows, group=np.zeros(rows.shape[0], np.int64)))
    unit = math.gcd(*(int(c) for c in np.unique(rows.costs))) or 1
    rows = replace(rows, costs=rows.costs // unit)
    search = Search(
        problem,
        base,
        rows,
        rows.turned(),
        left // unit,
        unit,
        clock,
        improve,
        np.zeros(rows.shape[1], bool),
        0,
        float(rows.weights.sum()),
        counted(problem, rows, 0),
    )
    return _run(search)


def _run(search: Search) -> Siting:
    """Find a good choice at once, then prove it or better it until the time is over."""
    status = "gap"
    try:
        tell("site", 0, 0, "greedy")
        chosen, picked = most_greedy(search.rows, search.turned, search.budget)
        search.offer(chosen)
        if search.proved:
            # Everything is covered: more money would cover nothing more.
            search.price = 0.0
        else:
            _prove(search, picked)
        status = "time_limit" if search.clock.left <= 0 else "gap"
    except Stopped:
        status = "stopped"
    return search.answer(status)


def _prove(search: Search, picked: Whole) -> None:
    priced = Priced(search.rows)
    search.sizes["components"] = len(priced.parts)
    price = _best_price(search, priced, _first_price(search, picked))
    search.price = price / search.unit
    largest = max(part.columns.size for part in priced.parts)
    if not search.proved and largest <= MOST_OF_ALL * search.rows.shape[1]:
        _by_parts(search, priced, price)
    elif not search.proved:
        _combined(search, priced, price)
    if not search.proved and search.clock.left > 0:
        _at_once(search)


def _first_price(search: Search, picked: Whole) -> float:
    """Begin at what the last greedy choice added for its cost; never at 0, where all is bought."""
    before = np.zeros(search.rows.shape[1], bool)
    before[picked[:-1]] = True
    after = before.copy()
    after[picked[-1:]] = True
    both = [int(search.rows.weights[covered(search.rows, one)].sum()) for one in (before, after)]
    return max((both[1] - both[0]) / float(search.rows.costs[picked[-1]]), NEAR)


def _best_price(search: Search, priced: Priced, price: float) -> float:
    """Find the price of money at which the bound is lowest: where the budget is just spent."""
    best = price
    dear: float | None = None
    cheap: float | None = None
    for _ in range(PRICES):
        tops, spent = priced.at(price)
        bound = tops + price * search.budget
        if bound < search.bound:
            best = price
        search.limit(bound, "lp")
        if abs(spent - search.budget) <= NEAR or search.clock.left <= 0:
            break
        if spent > search.budget:
            cheap = price
        else:
            dear = price
        if cheap is None or dear is None:
            price = price * 1.1 if dear is None else price * 0.9
            # Cheaper still would change less than one unit of amount.
            if price * search.budget < HALF_A_UNIT:
                break
            continue
        # Where the two straight lines that are known to be below the bound's curve meet.
        fixed = [priced.tops[p].sum() + p * priced.spent[p] for p in (cheap, dear)]
        price = (fixed[0] - fixed[1]) / (priced.spent[cheap] - priced.spent[dear])
        if not cheap < price < dear or price in priced.tops:
            break
    return best


def _combined(search: Search, priced: Priced, price: float) -> bool:
    """Combine what is known of the parts; say whether every combination was looked at."""
    columns, everything = combine(priced, price, search.budget, search.known)
    if columns is not None:
        chosen = np.zeros(search.rows.shape[1], bool)
        chosen[columns] = True
        search.offer(filled(search.rows, search.turned, search.budget, chosen))
    return everything


def _by_parts(search: Search, priced: Priced, price: float) -> None:
    """Ask the parts for whole sites: first at the best price, then wherever one could do better."""
    _combined(search, priced, price)
    halved = np.flatnonzero(priced.halved[price])
    for done, k in enumerate(halved):
        tell("site", done, halved.size, "parts")
        if search.clock.left <= 0 or search.proved:
            return
        priced.sharpen(int(k), price, search.clock.left * SHARE_OF_TIME)
        bound = float(priced.tops[price].sum()) + price * search.budget
        search.limit(bound, "pricing")
    _combined(search, priced, price)
    if search.proved:
        return
    # Lines from other prices say what a part loses by spending otherwise.
    for factor in (0.5, 0.8, 0.95, 1.05, 1.25, 2.0):
        if search.clock.left > 0:
            priced.at(price * factor)
    _combined(search, priced, price)
    if not search.proved:
        _close(search, priced, price)


def _close(search: Search, priced: Priced, price: float) -> None:
    """
    Look at every other sum a part could spend without losing more than is left to be gained.

    When no part has one any more, the best combination of what is known is the best of all.
    """
    total = float(priced.tops[price].sum()) + price * search.budget
    waiting: list[tuple[float, int, int, int]] = []

    def wait(k: int, low: int, high: int) -> None:
        if low <= high:
            loss = lost(priced, k, price, (low, high))
            heapq.heappush(waiting, (loss, k, low, high))

    for k, part in enumerate(priced.parts):
        ends = sorted(part.exact)
        most_spent = min(int(search.rows.costs[part.columns].sum()), search.budget)
        for low, high in zip(ends, [*ends[1:], most_spent + 1], strict=True):
            wait(k, low + 1, min(high - 1, most_spent))
    asked = 0
    slack = total - search.known - 1 + slip(search.known)
    while waiting and waiting[0][0] <= slack:
        if search.clock.left <= 0:
            return
        _, k, low, high = heapq.heappop(waiting)
        asked += 1
        tell("site", asked, asked + len(waiting), "parts")
        top, cost = priced.exactly(k, price, search.clock.left * SHARE_OF_TIME, (low, high))
        if priced.tops[price][k] - top > slack:
            continue
        if cost < 0:
            return
        wait(k, low, cost - 1)
        wait(k, cost + 1, high)
        if asked % 25 == 0:
            _combined(search, priced, price)
            slack = total - search.known - 1 + slip(search.known)
    if _combined(search, priced, price):
        search.limit(float(search.known), "pricing")


def _at_once(search: Search) -> None:
    """Give the whole reduced problem to the solver, with the best so far to begin with."""
    rows = search.rows
    m = rows.shape[1]
    total = float(rows.weights.sum())
    lp = linear(rows, np.zeros(m), spend=(0.0, float(search.budget)))
    uncovered = ~covered(rows, search.chosen)
    start = np.concatenate((search.chosen, uncovered)).astype(np.float64)
    solved = whole(lp, m, seconds=search.clock.left, start=start, within=0.99, better=search.offer)
    if solved.columns is not None:
        search.offer(solved.columns)
    search.limit(float(search.known) if solved.proved else total - solved.bound, "highs")
