"""Places per person where people and facilities float: two-step floating catchments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from geo.answers import Floats, Ints

Weight = Callable[[Floats], Floats]


def gravity(power: float, least: float = 1.0) -> Weight:
    """
    Weigh a way by cost to the power of minus ``power``; ways below ``least`` count as that long.

    Examples
    --------
    >>> gravity(1)(np.array([0.5, 1.0, 40.0])).tolist()
    [1.0, 1.0, 0.025]
    """

    def weight(cost: Floats) -> Floats:
        return np.asarray(np.maximum(cost, least) ** -power)

    return weight


def steps(*bands: tuple[float, float]) -> Weight:
    """
    Weigh a way by the first band it lies in: (up to this cost, weight), beyond the last one 0.

    Examples
    --------
    >>> steps((10, 1.0), (20, 0.68), (30, 0.22))(np.array([10.0, 11.0, 31.0])).tolist()
    [1.0, 0.68, 0.0]
    """
    tops = np.array([top for top, _ in bands], dtype=float)
    weights = np.array([*(share for _, share in bands), 0.0])

    def weight(cost: Floats) -> Floats:
        return np.asarray(weights[np.searchsorted(tops, cost, side="left")])

    return weight


def two_step(
    demand: Sequence[float] | Floats,
    supply: Sequence[float] | Floats,
    pairs: tuple[Any, Any],
    cost: Any,
    weight: Weight | None = None,
    limit: float = np.inf,
) -> Floats:
    """
    Say how many places there are for each person, given that others want them too.

    Parameters
    ----------
    demand
        n people who want a place (P).
    supply
        m places: seats, taps, doctors (S).
    pairs
        Positions of subject and facility of k pairs; what is not listed is out of reach.
    cost
        k costs of the way (d), metres or minutes.
    weight
        What a way of some cost counts (w); None: all within the limit count alike.
    limit
        Ways of a higher cost do not count.

    Returns
    -------
    numpy.ndarray
        n places per person (A), 0 where none is within the limit.

    Notes
    -----
    Two-step floating catchment areas (Luo and Wang 2003), with weights of distance as in Luo and Qi
    (2009), sums over pairs within the limit::

        R_j = S_j / sum_i w(d_ij) P_i            A_i = sum_j w(d_ij) R_j

    Nothing is lost: the sum of P_i A_i is the sum of S_j over facilities that anybody can reach.
    It tells where places are scarce and does not say who gets one: that is ``geo.reaching.flow``.

    Examples
    --------
    >>> two_step([100, 300], [8], ([0, 1], [0, 0]), [200, 900]).tolist()  # 8 taps for 400 people
    [0.02, 0.02]
    """
    people, places = np.asarray(demand, dtype=float), np.asarray(supply, dtype=float)
    subject: Ints = np.asarray(pairs[0], dtype=np.int64)
    item: Ints = np.asarray(pairs[1], dtype=np.int64)
    way = np.asarray(cost, dtype=float)
    near = way <= limit
    subject, item, way = subject[near], item[near], way[near]
    share = np.ones(len(way)) if weight is None else weight(way)
    wanting = np.bincount(item, weights=share * people[subject], minlength=len(places))
    each = np.divide(places, wanting, out=np.zeros(len(places)), where=wanting > 0)
    found = np.bincount(subject, weights=share * each[item], minlength=len(people))
    return found.astype(float)
