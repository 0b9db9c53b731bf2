"""Of the things that fell due, how many were done in time: counts with ``each = "item"``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from geo.answers import Answer, Bools, Floats, Ints, answer, choose
from geo.count_why import CountWhy, beyond, rounded
from geo.logic import MET, UNKNOWN, UNMET, States, states
from geo.near import Saw, combined
from geo.phrases import counter, fill, first_of, sentence
from geo.spans import Spans


def item_by_item(
    saw: Saw, took: Spans, asked: States, keys: Mapping[str, Any], closed: Bools, seen: Any
) -> Answer:
    """
    Ask whether enough of the things that are asked about were done in time.

    Parameters
    ----------
    saw
        The n subjects, the m things and the pairs of both.
    took
        How long each thing took.
    asked
        m states: the thing is asked about (it passes ``where``, its date lies in the window).
    keys
        ``at_least_share`` and ``no_item``: the state of a subject of whom nothing is asked.
    closed
        n booleans: everything asked about is listed.
    seen
        n booleans: the layer was surveyed there.

    Returns
    -------
    Answer
        Met when the share is reached even if all that is doubtful counts against it; unmet when it
        is not even if all counts for it. Where the list is open only one thing that is late
        decides, and only if all must be in time. Value: things certainly in time; limit: how many
        of those certainly asked about must be.
    """
    n = len(closed)
    due, in_time = asked[saw.item], took.state[saw.item]

    def number(which: Any) -> Ints:
        return np.bincount(saw.subject[which], minlength=n).astype(np.int64)

    sure, perhaps = due == MET, due == UNKNOWN
    good = number(sure & (in_time == MET))
    late = number(sure & (in_time == UNMET))
    against = number((sure | perhaps) & (in_time != MET))
    for_it = number((sure | perhaps) & (in_time != UNMET))
    share = Fraction(str(keys["at_least_share"]))
    worst = _holds(good, good + against, share) & (closed | (share == 0))
    best = np.where(closed, _holds(for_it, for_it + late, share), (late == 0) | (share < 1))
    state = states(worst, best)
    none = {"met": MET, "unmet": UNMET, "unknown": UNKNOWN}[keys["no_item"]]
    certain, possible = number(sure), number(sure | perhaps)
    empty = closed & (possible == 0)
    state = np.where(empty, none, state).astype(np.int8)
    # Perhaps nothing is asked of them at all; then both answers have to be the same.
    state[(certain == 0) & ~empty & (state != none)] = UNKNOWN
    reason = choose(
        (state == MET, "ok"), ((state == UNMET) & empty, "not_listed"), (state == UNMET, "late"),
        (~saw.listed, "not_surveyed"), (~closed & (possible == certain), "after_data_date"),
        default="count_unknown_items", n=n,
    )  # fmt: skip
    needed = -(-certain * share.numerator // share.denominator)
    told = answer(state, seen, reason, value=good.astype(object), limit=needed.astype(object))
    wanted = np.where(empty, 1.0, np.inf)
    hours = np.full(n, np.nan)
    which = sure & (in_time == UNMET)
    np.fmax.at(hours, saw.subject[which], took.least[saw.item[which]])
    return replace(told, why=InTimeWhy(CountWhy(saw, told, wanted), certain, late, hours))


def _holds(part: Ints, whole: Ints, share: Fraction) -> Bools:
    """Tell where a part reaches a share of the whole; nothing of nothing does."""
    reached: Bools = part * share.denominator >= whole * share.numerator
    return reached


@dataclass(frozen=True)
class InTimeWhy:
    """
    Says how many were late and the longest of them; of the rest what a count says.

    Attributes
    ----------
    count
        Explains what is open, and what is not there at all.
    due, late, hours
        Of n subjects, how many things were asked about, how many certainly late, and the hours the
        longest of these took, NaN for none.
    """

    count: CountWhy
    due: Ints
    late: Ints
    hours: Floats

    def said(self, at: Ints) -> tuple[list[str], list[str]]:
        """Give the sentences for some subjects."""
        result = np.full((2, len(at)), "", dtype=object)
        own = self.count.told.reason[at] == "late"
        if (~own).any():
            result[0, ~own], result[1, ~own] = self.count.said(at[~own])
        if own.any():
            mine = at[own]
            cells = [self.due[mine], self.late[mine], self.hours[mine]]
            first, which = combined(cells)
            pairs = [sentence(self._one(*(cell[k] for cell in cells))) for k in first]
            result[0, own] = [pairs[k][0] for k in which]
            result[1, own] = [pairs[k][1] for k in which]
        return list(result[0]), list(result[1])

    def _one(self, due: Any, late: Any, hours: Any) -> tuple[str, str]:
        saw = self.count.saw
        layer, limit = saw.items.layer, float(saw.keys["within_hours"])
        return fill(
            first_of(f"why.late.{layer}", "why.late"),
            n=due, late=late, unit=counter(layer), thing=saw.name, things=saw.many,
            period=saw.period, limit=rounded(limit), value=rounded(beyond(hours)),
            over=rounded(beyond(hours) - limit),
        )  # fmt: skip
