"""Which villages that fail could pass for the least money: the needed items at their unit cost.

Only what is known is said: a village counts when every required target it fails has work with a
cost in the tables, and nothing else keeps it from passing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from layers.text import t
from works.board import Board, Row
from works.figures import blank, exact, number, text
from works.library import WorkKind

PLACEHOLDER = "placeholder"
"""The source of a unit cost that is our own round figure."""
_MOST = 16

Item = tuple[Fraction, Fraction]
"""What a piece of work costs, and how much of the target's amount it brings."""


@dataclass(frozen=True)
class Plan:
    """
    What brings one village to pass.

    Attributes
    ----------
    village
        Its id.
    cost, currency
        Of the items needed, no more.
    sure
        False where the village passes only if all that is to be verified there passes.
    provisional
        True where a unit cost is a placeholder.
    """

    village: str
    cost: Fraction
    currency: str
    sure: bool
    provisional: bool


def least_cost(items: Iterable[Item], needed: Fraction) -> Fraction | None:
    """
    Give the least cost of items that together bring what is needed; None when all do not.

    Where very many different items are on offer it is a cost that is enough: they are then taken
    in the order of what they bring for their cost.

    Examples
    --------
    >>> least_cost([(Fraction(3), Fraction(2)), (Fraction(4), Fraction(3))], Fraction(3))
    Fraction(4, 1)
    >>> least_cost([(Fraction(5), Fraction(1)), (Fraction(3), Fraction(1))], Fraction(1))
    Fraction(3, 1)
    >>> least_cost([(Fraction(3), Fraction(2))], Fraction(3)) is None
    True
    """
    offered = sorted(items, key=lambda item: (item[0] / item[1], item[0]))
    if sum((gain for _, gain in offered), Fraction(0)) < needed:
        return None
    alike = len({gain for _, gain in offered}) == 1
    return _in_turn(offered, needed) if alike or len(offered) > _MOST else _best(offered, needed)


def _in_turn(offered: Iterable[Item], needed: Fraction) -> Fraction:
    had = paid = Fraction(0)
    for cost, gain in offered:
        if had >= needed:
            break
        had, paid = had + gain, paid + cost
    return paid


def _best(offered: Iterable[Item], needed: Fraction) -> Fraction:
    # What is brought, capped at the need, to its least cost.
    best: dict[Fraction, Fraction] = {Fraction(0): Fraction(0)}
    for cost, gain in offered:
        for had, paid in list(best.items()):
            total = min(had + gain, needed)
            if total not in best or paid + cost < best[total]:
                best[total] = paid + cost
    return best[needed]


def plans(board: Board, work: pd.DataFrame, costs: Mapping[str, WorkKind]) -> list[Plan]:
    """
    Give the villages that money would bring to pass, the cheapest first.

    Parameters
    ----------
    board
        The assessment as it is read.
    work
        Its work list (``works.worklist``).
    costs
        What a unit of each kind of work costs.
    """
    offers = _offers(board, work)
    found = []
    for order, (village, row) in enumerate(board.of_villages()):
        if row["status"] == "unmet":
            plan = _plan(village, board.lacking("village", village), offers, costs)
            if plan is not None:
                found.append((plan.cost, order, plan))
    found.sort(key=lambda one: one[:2])
    # Sums of different money would say nothing: then only the first kind is compared.
    return [plan for *_, plan in found if plan.currency == found[0][-1].currency]


def total_cost(chosen: Iterable[Plan]) -> Fraction:
    """Add up what villages cost."""
    return sum((plan.cost for plan in chosen), Fraction(0))


def money_text(amount: Fraction, currency: str, lang: str) -> str:
    """
    Print money: in Chinese 万元 with two decimals, elsewhere with its currency.

    Examples
    --------
    >>> money_text(Fraction(72900), "CNY", "zh"), money_text(Fraction(72900), "CNY", "en")
    ('7.29万元', 'CNY 72,900')
    >>> money_text(Fraction(1200), "KES", "en")
    'KES 1,200'
    """
    if currency == "CNY" and lang == "zh":
        return t("money.CNY", lang, n=f"{float(amount) / 10_000:.2f}")
    shown = f"{float(amount):,.0f}" if lang == "en" else number(round(amount))
    return f"{currency} {shown}".strip()


@dataclass(frozen=True)
class _Offer:
    """The work on one subject: its cost where that is known, and how much it brings."""

    cost: Fraction | None
    gain: Fraction
    currency: str
    kinds: set[str]

    def with_(self, other: _Offer) -> _Offer:
        """Join two pieces of work on one subject: what they bring is told once for it."""
        known = self.cost is not None and other.cost is not None
        cost = exact(self.cost) + exact(other.cost) if known else None
        return _Offer(cost, self.gain, self.currency, self.kinds | other.kinds)


_Offers = Mapping[tuple[str, str], list[_Offer]]


def _offers(board: Board, work: pd.DataFrame) -> _Offers:
    """Give for each village and target the work there."""
    gains = _gains(board)
    found: dict[tuple[str, str], list[_Offer]] = {}
    open_ones = {
        (village, str(row["target_id"]))
        for village, verdict in board.of_villages()
        if verdict["status"] == "unmet"
        for row in board.lacking("village", village)
    }
    # Several pieces of work on one subject, such as a road's stretches, go together.
    bundles: dict[tuple[str, str, str], _Offer] = {}
    names = ("village_id", "target_id", "subject_id", "cost", "currency", "kind")
    for village, target, subject, cost, currency, kind in zip(
        *(work[name] for name in names), strict=True
    ):
        key = (str(village), str(target), str(subject))
        gain = gains.get(key[1:], Fraction(0))
        if key[:2] in open_ones and gain > 0:
            one = _Offer(None if blank(cost) else exact(cost), gain, text(currency), {text(kind)})
            bundles[key] = bundles[key].with_(one) if key in bundles else one
    for (village, target, _), offer in bundles.items():
        found.setdefault((village, target), []).append(offer)
    return found


def _gains(board: Board) -> dict[tuple[str, str], Fraction]:
    """Give what is unmet by target and subject; by village where work is made per village."""
    gaps = board.assessment.gaps
    rules = {key: target.work or {} for key, target in board.targets.items()}
    together = {key for key, rule in rules.items() if rule.get("per") == "village"}
    found: dict[tuple[str, str], Fraction] = {}
    names = ("target_id", "village_id", "subject_id", "unmet")
    for target, village, subject, unmet in zip(*(gaps[name] for name in names), strict=True):
        key = (str(target), str(village if target in together else subject))
        found[key] = found.get(key, Fraction(0)) + exact(unmet)
    return found


def _plan(
    village: str, lacks: Iterable[Row], offers: _Offers, costs: Mapping[str, WorkKind]
) -> Plan | None:
    """Give what brings a village to pass; None when that is not known, or money is not enough."""
    total, sure, used = Fraction(0), True, []
    for row in lacks:
        mine = offers.get((village, str(row["target_id"])), [])
        items = [(one.cost, one.gain) for one in mine if one.cost is not None]
        cost = least_cost(items, exact(row["needed_low"]))
        if row["status"] != "unmet" or cost is None:
            return None
        total += cost
        sure = sure and exact(row["needed_low"]) == exact(row["needed_high"])
        used += mine
    currencies = {one.currency for one in used}
    if len(currencies) != 1:
        return None
    kinds = [costs[kind] for one in used for kind in one.kinds if kind in costs]
    own = any(kind.source == PLACEHOLDER and kind.unit_cost for kind in kinds)
    return Plan(village, total, currencies.pop(), sure, own)
