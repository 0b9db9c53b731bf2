"""What is asked of the lists people work through, and what is counted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class Wanted(NamedTuple):
    """
    Which rows of a list a reader wants; None = of all.

    ``required``: of no scored target. ``flag``: only rows with one of ``works.lists.FLAGS``.
    ``reason``: a key of :func:`works.reasoned.keys`. ``state``: of the work, ``none`` without any.
    """

    township: str | None = None
    village: str | None = None
    target: str | None = None
    lead: str | None = None
    required: bool = False
    flag: str | None = None
    reason: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Total:
    """
    How many rows there are.

    Attributes
    ----------
    rows
        All of them.
    layers
        Layer of the items and how many rows are about them, ``unlisted`` for the rows that each
        stand for all households a village has not listed; adds up to ``rows``.
    targets, villages
        How many different ones.
    costs
        Currency and sum of the costs; of the work list only.
    """

    rows: int
    layers: tuple[tuple[str, int], ...]
    targets: int
    villages: int
    costs: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True)
class Effort:
    """
    The work of one kind in a list.

    Attributes
    ----------
    kind, title
        Id of the kind and its title in both languages.
    tasks, quantity
        How many pieces of work, and how much in the unit of the kind.
    cost, currency
        What it costs together; None where there is no price.
    """

    kind: str
    title: Mapping[str, str]
    tasks: int
    quantity: Fraction
    cost: Fraction | None
    currency: str
