"""Lamps along roads: lines judged by the metre, in pieces that each place lights whole or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from geo.conditions import evaluate
from geo.ground import Ground
from geo.lines import MM, segments_of
from geo.logic import MET
from geo.siting import demand as who
from geo.siting.line_lamps import Lamps, fewest_lamps
from geo.siting.lit import Lights
from geo.siting.problem import Siting
from geo.verdicts import Verdicts

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Roads:
    """
    The roads of a target, and what lights them.

    Attributes
    ----------
    verdicts
        The target's own verdicts.
    shapes
        Their lines; None where it is open whether they count.
    lamps
        Shapes of the passing items.
    radius
        How far one lights, metres.
    """

    verdicts: Verdicts
    shapes: Any
    lamps: Any
    radius: float

    @classmethod
    def of(cls, ground: Ground, verdicts: Verdicts, question: who.Question) -> Roads:
        """Prepare the roads of a target that is judged by the metre."""
        keys = question.measures[0].keys
        items = ground.items(question.layer)
        passing = evaluate(ground, items, keys.get("where"))
        shapes = verdicts.rows.shapes.copy()
        shapes[verdicts.told.reason == "eligibility_unknown"] = None
        lamps = items.shapes[items.placed & (passing == MET)]
        return cls(verdicts, shapes, lamps, float(keys["within_m"]))

    def lights(self, xy: Floats) -> Lights:
        """Cut what is dark into pieces that each of some places lights whole or not at all."""
        lines = segments_of(shapely.line_merge(self.shapes))
        return Lights.of(lines, self.lamps, xy, self.radius)

    def pieces(self, xy: Floats) -> tuple[who.Demand, sparse.csr_array]:
        """
        Give the dark pieces as demand, and which of some places light each.

        Returns
        -------
        demand, covers
            A row per dark piece, in millimetres rounded by itself; pieces by places.
        """
        made = self.lights(xy)
        every = np.rint(made.size * MM).astype(np.int64)
        dark = np.flatnonzero(every > 0)
        size = every[dark]
        covers: sparse.csr_array = sparse.csr_array(made.lights.T)[dark]
        none = np.full(len(dark), "", dtype=object)
        doubtful = np.flatnonzero(shapely.is_missing(self.shapes))
        lost = (self.verdicts.amount - self.verdicts.met)[doubtful]
        blank = sparse.csr_array((len(doubtful), len(xy)), dtype=np.int8)
        rows = np.concatenate([made.road[dark], doubtful]).astype(np.int64)
        hindered = np.concatenate([none, np.full(len(doubtful), "eligibility", dtype=object)])
        demand = who.Demand(self.verdicts, rows, np.concatenate([size, lost]), hindered)
        both: Any = [covers, blank]
        joined: sparse.csr_array = sparse.csr_array(sparse.vstack(both))
        return demand, joined

    def fewest(self, needs: Ints, villages: list[str], closed: frozenset[str]) -> Lamps:
        """
        Place the fewest lamps along the roads.

        Parameters
        ----------
        needs
            What each village lacks, millimetres.
        villages
            Their ids, in the order of the needs.
        closed
            Villages on whose roads none may stand.
        """
        codes = who.groups(self.verdicts.rows.village, villages)
        lit = who.sums(self.verdicts.met, codes, len(villages))
        free = ~np.isin(self.verdicts.rows.village.astype(str), sorted(closed))
        wanted = np.where(needs > 0, lit + needs, 0)
        return fewest_lamps(self.shapes, self.lamps, self.radius, wanted, codes, allowed=free)

    def in_order(self, answer: Siting, xy: Floats) -> Siting:
        """Put chosen places into the order of what each lights, counted as roads are judged."""
        if not len(answer.sites):
            return answer
        order, gain = self.lights(xy[answer.sites]).ordered(self.verdicts.amount)
        return _with(answer, answer.sites[order], gain)


def _with(answer: Siting, sites: Ints, gain: Ints) -> Siting:
    return replace(answer, sites=sites, gain=gain, value=int(gain.sum()))


def siting_of(lamps: Lamps) -> Siting:
    """Give lamps along roads as the answer of a covering model; each is a candidate of its own."""
    n = len(lamps.road)
    return Siting(
        sites=np.arange(n, dtype=np.int64), gain=lamps.gain, value=int(lamps.gain.sum()), cost=n,
        bound=float(lamps.bound), status=lamps.status, how=lamps.how, after=lamps.after,
        best=lamps.best, sizes=lamps.sizes, aim="fewest",
    )  # fmt: skip
