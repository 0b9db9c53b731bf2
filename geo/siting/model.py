"""Covering as a linear program for HiGHS: uncovered amounts are paid for, sites are bought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.siting.problem import Flags, Whole
from geo.siting.reduce import Rows
from layers.heed import Stopped, tell

Floats = npt.NDArray[np.float64]
NEAR = 1e-6
HALF = 0.5
# The solver's limits are never 0 seconds: that would be no limit of its own kind.
LEAST_SECONDS = 0.01


def slip(amount: float) -> float:
    """Give how far sums of such an amount may be off in floating point: far less than 1."""
    return NEAR + 1e-13 * abs(amount)


@dataclass(frozen=True, eq=False)
class Solved:
    """
    What the solver says of a model in which cost is to be small.

    Attributes
    ----------
    columns
        The best choice found; None where there is none.
    bound
        What no choice goes below.
    proved
        Whether the choice is as good as any.
    impossible
        Whether it is proved that there is no choice.
    """

    columns: Flags | None
    bound: float
    proved: bool
    impossible: bool = False


def linear(
    rows: Rows,
    prices: Floats,
    *,
    spend: tuple[float, float] | None = None,
    needs: Whole | None = None,
    alone: Whole | None = None,
) -> highspy.HighsLp:
    """
    Write a covering problem as rows and columns.

    One column buys each site, one leaves each row uncovered: ``sites + uncovered >= 1``.

    Parameters
    ----------
    rows
        The problem.
    prices
        Of each site in the objective.
    spend
        Least and most that the sites may cost together.
    needs
        Of each village (by the codes of the rows): then uncovered amounts cost nothing and may be
        as large as the need lets them. Without needs they cost their weight.
    alone
        What each village's own sites cost together at least, by the costs of the rows; 0 where
        that is not known. It only says in so many words what whole sites have to obey anyway.
    """
    n, m = rows.shape
    pattern = sparse.csr_array((np.ones(rows.indices.size), rows.indices, rows.indptr), (n, m))
    blocks: list[list[Any]] = [[pattern, sparse.eye_array(n)]]
    lower, upper = [np.ones(n)], [np.full(n, highspy.kHighsInf)]
    weights = rows.weights.astype(np.float64)
    top = np.ones(n)
    if spend is not None:
        blocks.append([sparse.csr_array(rows.costs[None, :].astype(np.float64)), None])
        lower.append(np.array([spend[0]]))
        upper.append(np.array([spend[1]]))
    if needs is not None:
        villages = needs.size
        amounts = sparse.csr_array((weights, (rows.group, np.arange(n))), (villages, n))
        blocks.append([None, amounts])
        spare = np.bincount(rows.group, weights=weights, minlength=villages) - needs
        lower.append(np.full(villages, -highspy.kHighsInf))
        upper.append(spare)
        # Whoever alone is more than a village can do without is never left out.
        top[weights > spare[rows.group]] = 0.0
    if alone is not None and (alone > 0).any():
        known = np.flatnonzero(alone > 0)
        blocks.append([_by_village(rows, alone.size)[known], None])
        lower.append(alone[known].astype(np.float64))
        upper.append(np.full(known.size, highspy.kHighsInf))
    lp = highspy.HighsLp()
    matrix = sparse.block_array(blocks, format="csr")
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_ = np.concatenate((prices, weights if needs is None else np.zeros(n)))
    lp.col_lower_ = np.zeros(m + n)
    lp.col_upper_ = np.concatenate((np.ones(m), top))
    lp.row_lower_ = np.concatenate(lower)
    lp.row_upper_ = np.concatenate(upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    return lp


def _by_village(rows: Rows, villages: int) -> sparse.csr_array:
    """Give the cost of each site in each village that it covers anything of."""
    ends = np.repeat(rows.group, np.diff(rows.indptr))
    size = (villages, rows.shape[1])
    found = sparse.coo_array((np.ones(ends.size), (ends, rows.indices)), size).tocsr()
    found.sum_duplicates()
    found.data = rows.costs[found.indices].astype(np.float64)
    return found


def solver(lp: highspy.HighsLp, **options: Any) -> highspy.Highs:
    """Give a quiet solver of one thread, which answers the same every time."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    return highs


def _watched(
    highs: highspy.Highs, sites: int, better: Callable[[Flags], None] | None
) -> list[Stopped]:
    """Ask now and then whether the work is still wanted; the list holds the answer no."""
    stopped: list[Stopped] = []

    def ask(event: Any) -> None:
        try:
            tell("site")
        except Stopped as stop:
            stopped.append(stop)
            event.interrupt()

    highs.cbMipInterrupt += ask
    if better is not None:
        offer = better

        def improved(event: Any) -> None:
            try:
                offer(np.asarray(event.data_out.mip_solution)[:sites] > HALF)
            except Stopped as stop:
                stopped.append(stop)

        highs.cbMipImprovingSolution += improved
    return stopped


def whole(
    lp: highspy.HighsLp,
    sites: int,
    *,
    seconds: float,
    start: Floats | None = None,
    steps: int | None = None,
    within: float = 0.0,
    better: Callable[[Flags], None] | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Solved:
    """
    Solve a model with whole sites.

    Parameters
    ----------
    lp
        From :func:`linear`.
    sites
        How many of its first columns are sites.
    seconds
        Time limit.
    start
        A solution to begin with, all columns.
    steps
        Limit of nodes; the same answer every time, where seconds are not.
    within
        How far from the best an answer may be and still count as best.
    better
        Called with every better choice of sites.
    options
        More options of the solver.

    Raises
    ------
    Stopped
        If nobody wants the work any more.
    """
    # Rows need not be whole: with whole sites nothing is won by a row that is covered in part.
    whole_ones = [highspy.HighsVarType.kInteger] * sites
    lp.integrality_ = whole_ones + [highspy.HighsVarType.kContinuous] * (lp.num_col_ - sites)
    limits = dict(options) if steps is None else {**options, "mip_max_nodes": steps}
    highs = solver(
        lp,
        time_limit=max(float(seconds), LEAST_SECONDS),
        mip_rel_gap=0.0,
        mip_abs_gap=within,
        **limits,
    )
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start
        highs.setSolution(given)
    stopped = _watched(highs, sites, better)
    highs.run()
    if stopped:
        raise stopped[0]
    status = highs.getModelStatus()
    info = highs.getInfo()
    impossible = status == highspy.HighsModelStatus.kInfeasible
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    columns = np.asarray(highs.getSolution().col_value[:sites]) > HALF if found else None
    bound = float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else -np.inf
    return Solved(columns, bound, status == highspy.HighsModelStatus.kOptimal, impossible)
