"""Villages that share candidates, solved together: the best choice so far, and what is proved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from geo.siting.greedy import covered, needs_greedy
from geo.siting.model import linear, slip, solver, whole
from geo.siting.problem import Flags, Whole
from geo.siting.reduce import Rows, reduced

# Measured on loose villages: models this small are solved sooner as they are, from a good start.
PLAIN = {"presolve": "off", "mip_allow_restart": False, "mip_heuristic_effort": 0.0}


def within(rows: Rows) -> tuple[Rows, Whole]:
    """Give rows with their villages numbered from 0, and which village each number is."""
    villages, codes = np.unique(rows.group, return_inverse=True)
    return replace(rows, group=codes.astype(np.int64)), villages


@dataclass(eq=False)
class Block:
    """
    A part of a problem that has nothing to do with the others.

    Attributes
    ----------
    rows, needs
        The part, and what its villages need by the codes of its rows.
    villages
        The codes of its villages in the whole problem.
    chosen
        The best choice so far, which meets the needs.
    prices
        What is to be small: of each column, whole numbers.
    bound
        Nothing goes below.
    spend
        Least and most that the sites may cost by ``rows.costs``, where prices are something else.
    alone
        What each village by itself costs at least by ``rows.costs``; 0 where that is not known.
    """

    rows: Rows
    needs: Whole
    villages: Whole
    chosen: Flags
    prices: Whole
    bound: int = 0
    spend: tuple[int, int] | None = None
    alone: Whole = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, rows: Rows, needs: Whole, villages: Whole) -> Block:
        """Begin with a greedy choice; nothing is less than the cheapest site, as there is need."""
        chosen = needs_greedy(rows, rows.turned(), needs)
        zeros = np.zeros(needs.size, np.int64)
        least = int(rows.costs.min())
        return cls(rows, needs, villages, chosen, rows.costs, least, alone=zeros)

    @property
    def cost(self) -> int:
        """What the best choice so far comes to."""
        return int(self.prices[self.chosen].sum())

    @property
    def proved(self) -> bool:
        """Whether nothing comes to less."""
        return self.bound >= self.cost

    def offer(self, chosen: Flags) -> bool:
        """Keep a cheaper choice if every village has what it needs, counted in whole amounts."""
        if int(self.prices[chosen].sum()) >= self.cost:
            return False
        if self.spend is not None and int(self.rows.costs[chosen].sum()) > self.spend[1]:
            return False
        hit = covered(self.rows, chosen)
        have = np.zeros(self.needs.size, np.int64)
        np.add.at(have, self.rows.group[hit], self.rows.weights[hit])
        if (have < self.needs).any():
            return False
        self.chosen = chosen
        return True

    def limit(self, bound: float) -> None:
        """Keep a bound, rounded up: costs are whole."""
        if math.isfinite(bound):
            up = math.ceil(bound - slip(bound))
            self.bound = max(self.bound, min(up, self.cost))

    def _linear(self) -> Any:
        return linear(
            self.rows,
            self.prices.astype(np.float64),
            spend=self.spend,
            needs=self.needs,
            alone=self.alone,
        )

    def relax(self) -> None:
        """Find what sites in fractions would come to."""
        highs = solver(self._linear())
        highs.run()
        self.limit(float(highs.getInfo().objective_function_value))

    def work(self, steps: int, seconds: float, *, plain: bool = True) -> bool:
        """Let the solver look for something better; say whether it found it."""
        start = np.concatenate((self.chosen, ~covered(self.rows, self.chosen)))
        solved = whole(
            self._linear(),
            self.rows.shape[1],
            seconds=seconds,
            start=start.astype(np.float64),
            steps=steps,
            within=0.99,
            options=PLAIN if plain else {},
        )
        better = solved.columns is not None and self.offer(solved.columns)
        self.limit(solved.bound)
        return better

    def apart(self) -> None:
        """
        Find what each village costs by itself, then what sites in fractions would come to.

        Fractions of sites shared by villages are the weakness of the bound: a village that needs
        two sites is content with 1.4 of them. Told that it needs two, the bound is far better.
        Rounded up, fractions say so of a village: asking for more than that did not pay.
        """
        if self.needs.size < 2:
            return
        for village in range(self.needs.size):
            at = np.flatnonzero(self.rows.group == village)
            columns = np.unique(np.concatenate([self.rows.indices[a:b] for a, b in zip(
                self.rows.indptr[at], self.rows.indptr[at + 1], strict=True)]))  # fmt: skip
            part, code = within(self.rows.part(at, columns))
            one = Block.of(reduced(part), self.needs[code], code)
            if not one.proved:
                one.relax()
            self.alone[village] = one.bound
        self.relax()
