"""The least that gives every village what it needs (partial set covering, village by village)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np

from geo.siting.answer import Clock, counted, live_rows, told
from geo.siting.block import Block, within
from geo.siting.cheapest import alike, by_money, exchange
from geo.siting.problem import Covering, Improve, Siting, Whole
from geo.siting.reduce import Rows, components, reduced
from layers.errors import UsageError, some
from layers.heed import Stopped, tell

# Every block gets a little work before any gets much: nodes, the same on every machine.
ROUNDS = (50, 5_000, 2_000_000_000)
# A better answer is shown at most this often: counting it again takes time, too.
SHOW_SECONDS = 1.0
# And it never takes more than one part in so many of the time.
SHOW_PAUSE = 20.0
# In an early round no block takes more than this share of the time that is left.
SHARE_OF_TIME = 0.1
# Where money decides among plans of least cost, this share of the time is kept for it.
SHARE_FOR_MONEY = 0.2


@dataclass(eq=False)
class Money:
    """The search for the least money among plans of the cost found."""

    base: Whole
    unit: int
    blocks: list[Block]


@dataclass(eq=False)
class Plan:
    """The search for the least: blocks that have nothing to do with each other."""

    problem: Covering
    base: Whole
    unit: int
    short: Whole
    groups: int
    improve: Improve | None
    sizes: dict[str, int]
    blocks: list[Block] = field(default_factory=list)
    how: str = "greedy"
    next_show: float = -math.inf
    least: tuple[int, int] = (-1, -1)
    money: Money | None = None

    def answer(self, status: str) -> Siting:
        """Give the best so far, counted again; sites that add nothing are left out."""
        base_cost = int(self.problem.costs[self.base].sum())
        bound = base_cost + self.unit * sum(block.bound for block in self.blocks)
        done = all(block.proved for block in self.blocks)
        made = told(
            self.problem,
            self.sites,
            bound=float(bound),
            status="optimal" if done else status,
            how=self.how,
            sizes=self.sizes,
            aim="fewest",
            short=self.short,
            groups=self.groups,
        )
        free = (made.gain == 0) & (self.problem.costs[made.sites] == 0)
        idle = free & ~self.problem.forced[made.sites]
        made = replace(made, sites=made.sites[~idle], gain=made.gain[~idle])
        return made if self.problem.prices is None else self._in_money(made, self.problem.prices)

    @property
    def sites(self) -> Whole:
        """The best choice so far: by money as soon as that was looked at."""
        base, blocks = (
            (self.base, self.blocks) if self.money is None else (self.money.base, self.money.blocks)
        )
        return np.concatenate((base, *(one.rows.columns[one.chosen] for one in blocks)))

    def _in_money(self, made: Siting, prices: Whole) -> Siting:
        """Say what an answer comes to in money, and what is proved of that."""
        spent = int(prices[made.sites].sum())
        bound = 0
        if self.money is not None:
            bound = int(prices[self.money.base].sum())
            bound += self.money.unit * sum(block.bound for block in self.money.blocks)
        elif alike(self.problem):
            bound = spent
        return replace(made, money=spent, money_bound=float(bound))

    def show(self) -> None:
        """Offer the best so far, when it is better and the last one is a while ago."""
        spent = 0 if self.money is None else sum(block.cost for block in self.money.blocks)
        now = (sum(block.cost for block in self.blocks), spent)
        if self.improve is None or now == self.least:
            return
        begin = time.monotonic()
        if begin >= self.next_show:
            self.least = now
            self.improve(self.answer("gap"))
            took = time.monotonic() - begin
            self.next_show = begin + max(SHOW_SECONDS, SHOW_PAUSE * took)


def fewest(
    problem: Covering, needs: Any, *, seconds: float = 60.0, improve: Improve | None = None
) -> Siting:
    """
    Choose the sites of least cost that give every village what it needs.

    Parameters
    ----------
    problem
        What covers what.
    needs
        For each village code the amount to be covered in all: served rows, if the problem holds
        them, count towards it. What is above the best that can be reached is lowered to that, and
        the village is named in ``short``. The best of every village makes it a full set covering.
    seconds
        After this time the best found so far is given, with what is proved of it.
    improve
        Called with better answers, at most about once a second.

    Returns
    -------
    Siting
        Its `cost` is what was to be small, `bound` what nothing goes below.

    Raises
    ------
    UsageError
        If needs are no whole numbers of at least 0, one for each village.

    Examples
    --------
    >>> covers = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    >>> answer = fewest(Covering.of(covers, [5, 3, 4]), [9])
    >>> answer.sites, answer.gain, answer.cost, answer.status
    (array([0, 1]), array([8, 4]), 2, 'optimal')
    """
    clock = Clock(seconds)
    wanted = _checked(needs, problem)
    best = problem.best(wanted.size)
    short = np.flatnonzero(wanted > best)
    target = np.minimum(wanted, best)
    allowed = ~problem.forbidden & ~problem.forced
    base = np.flatnonzero(problem.forced | (allowed & (problem.costs == 0)))
    have = problem.per_group(problem.reached(base) | problem.served, wanted.size)
    left = np.maximum(target - have, 0)
    in_need = (problem.group >= 0) & (left[problem.group] > 0) if left.size else problem.served
    columns = np.flatnonzero(allowed & (problem.costs > 0))
    rows = reduced(live_rows(problem, base, columns, in_need))
    unit = math.gcd(*(int(cost) for cost in np.unique(rows.costs))) or 1
    rows = replace(rows, costs=rows.costs // unit)
    plan = Plan(problem, base, unit, short, wanted.size, improve, counted(problem, rows, 0))
    status = "gap"
    money = not alike(problem)
    try:
        _run(plan, rows, left, Clock(seconds * (1.0 - SHARE_FOR_MONEY)) if money else clock)
        if money:
            _save(plan, target, clock)
        status = "time_limit" if clock.left <= 0 else "gap"
    except Stopped:
        status = "stopped"
    return plan.answer(status)


def _checked(needs: Any, problem: Covering) -> Whole:
    """Read the needs: one whole number for each village."""
    raw = np.asarray(needs)
    if raw.ndim != 1 or raw.size < problem.groups:
        message = f"needs: {raw.shape} where one for each of {problem.groups} villages was expected"
        raise UsageError(message + ". Give one for each village code.")
    floats = raw.astype(np.float64)
    bad = np.flatnonzero(~(floats >= 0) | (floats != np.floor(floats)))
    if bad.size:
        message = f"needs: no whole numbers of at least 0 for {some(bad)}. Correct them."
        raise UsageError(message)
    return raw.astype(np.int64)


def _run(plan: Plan, rows: Rows, left: Whole, clock: Clock) -> None:
    """Find a plan greedily block by block, then work on the blocks in rounds."""
    # All greedy choices are made before anybody may stop the work: an answer must meet the needs.
    for at, columns in components(rows, by_group=True):
        part, villages = within(rows.part(at, columns))
        plan.blocks.append(Block.of(part, left[villages], villages))
    plan.sizes["components"] = len(plan.blocks)
    plan.show()
    _each(plan, plan.blocks, clock, lambda block, _: block.relax())
    plan.how = "lp"
    _each(plan, plan.blocks, clock, lambda block, _: block.apart())
    if clock.left > 0 and not all(block.proved for block in plan.blocks):
        plan.how = "blocks" if len(plan.blocks) > 1 else "highs"
    _rounds(plan, plan.blocks, clock)


def _save(plan: Plan, target: Whole, clock: Clock) -> None:
    """Look for less money at the cost found: exchanges first, then what the solver finds."""
    made = Money(*by_money(plan.problem, target, plan.blocks, plan.unit, plan.sites))
    for block in made.blocks:
        exchange(block)
    plan.money = made
    plan.show()
    _each(plan, made.blocks, clock, lambda block, _: block.relax())
    _rounds(plan, made.blocks, clock)


def _rounds(plan: Plan, blocks: list[Block], clock: Clock) -> None:
    """Let the solver work on the blocks that are not proved, a little more in each round."""
    last = len(ROUNDS) - 1
    for turn in count():
        still = sum(not block.proved for block in blocks)
        if clock.left <= 0 or not still:
            return
        # The last rounds share what time is left among those that are left.
        share = 1.0 / still if turn >= last else max(SHARE_OF_TIME, 1.0 / still)

        def work(block: Block, seconds: float, turn: int = turn, share: float = share) -> None:
            block.work(ROUNDS[min(turn, last)], seconds * share, plain=turn < last)

        _each(plan, blocks, clock, work)


def _each(
    plan: Plan, blocks: list[Block], clock: Clock, work: Callable[[Block, float], None]
) -> None:
    """Work on every block that is not proved, small ones first: they are soon done."""
    still = [block for block in blocks if not block.proved]
    still.sort(key=lambda block: block.rows.indices.size)
    for done, block in enumerate(still):
        tell("site", len(blocks) - len(still) + done, len(blocks), "blocks")
        if clock.left <= 0:
            return
        work(block, clock.left)
        plan.show()
