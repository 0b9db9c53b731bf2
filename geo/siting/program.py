"""Linear programs with whole numbers in them: one call of the solver, and what it proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from layers.heed import Stopped, tell

Floats = npt.NDArray[np.float64]
SHORTEST_S = 0.05
"""Seconds a solver gets at least: less would not let it begin."""


@dataclass(frozen=True, eq=False)
class Program:
    """
    Minimise ``cost @ x`` where ``low <= matrix @ x <= high`` and ``0 <= x <= upper``.

    Attributes
    ----------
    cost, upper
        One number for each unknown; ``inf`` where nothing limits it.
    matrix
        Rules by unknowns.
    low, high
        Of each rule; ``-inf`` and ``inf`` where a side is open.
    whole
        Which unknowns are whole numbers.
    least
        The least each unknown may be; 0 where None.
    """

    cost: Floats
    matrix: sparse.csr_array
    low: Floats
    high: Floats
    upper: Floats
    whole: npt.NDArray[np.bool_]
    least: Floats | None = None


@dataclass(frozen=True, eq=False)
class Solved:
    """
    What the solver found.

    Attributes
    ----------
    x
        The best unknowns found, None where there are none.
    bound
        No answer is below it; ``-inf`` where nothing is proved.
    status
        optimal, infeasible, time_limit or stopped.
    """

    x: Floats | None
    bound: float
    status: str


def solve(
    program: Program,
    seconds: float,
    *,
    start: Floats | None = None,
    apart: float = 0.0,
    about: str = "",
    better: Callable[[Floats], None] | None = None,
) -> Solved:
    """
    Solve a program.

    Parameters
    ----------
    program
        What to solve.
    seconds
        How long at most.
    start
        Unknowns known to keep every rule: what to begin from.
    apart
        How far from the bound the best answer may stay; below 1 where every value is whole.
    about
        What is solved, told to whoever listens.
    better
        Called with each better answer of a program with whole unknowns.

    Returns
    -------
    Solved
        With status "stopped" where the listener did not want to wait; nothing is raised.

    Examples
    --------
    >>> one = np.ones(2)
    >>> knapsack = Program(-np.array([5.0, 4.0]), sparse.csr_array([[3.0, 2.0]]), -np.inf * one[:1],
    ...                    4 * one[:1], one, one > 0)
    >>> solve(knapsack, 9).x.round().tolist()
    [1.0, 0.0]
    """
    if not len(program.cost):
        fits = bool((program.low <= 0).all() and (program.high >= 0).all())
        return Solved(np.zeros(0), 0.0, "optimal") if fits else Solved(None, 0.0, "infeasible")
    solver = _loaded(program, seconds, apart)
    if start is not None:
        hint = highspy.HighsSolution()
        hint.col_value = start.tolist()
        solver.setSolution(hint)
    stopped = _heeding(solver, about)
    if better is not None:
        show = better

        def improved(event: Any) -> None:
            show(np.asarray(event.data_out.mip_solution, dtype=np.float64).copy())

        solver.cbMipImprovingSolution.subscribe(improved)
    solver.run()
    return _read(solver, bool(program.whole.any()), bool(stopped))


def _loaded(program: Program, seconds: float, apart: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 1),
        ("time_limit", max(seconds, SHORTEST_S)), ("mip_rel_gap", 0.0), ("mip_abs_gap", apart),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    matrix = program.matrix
    rules, unknowns = matrix.shape
    least = np.zeros(unknowns) if program.least is None else program.least
    solver.passModel(
        unknowns, rules, matrix.nnz, int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize), 0.0, program.cost.astype(np.float64), least,
        program.upper.astype(np.float64), program.low.astype(np.float64),
        program.high.astype(np.float64), matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32), matrix.data.astype(np.float64),
        program.whole.astype(np.int32),
    )  # fmt: skip
    return solver


def _heeding(solver: highspy.Highs, about: str) -> list[Stopped]:
    """Ask now and then whether anybody still wants the answer."""
    stopped: list[Stopped] = []

    def ask(event: Any) -> None:
        if not stopped:
            try:
                tell("site", about=about)
            except Stopped as stop:
                stopped.append(stop)
        if stopped:
            event.interrupt()

    solver.cbMipInterrupt.subscribe(ask)
    return stopped


def _read(solver: highspy.Highs, mixed: bool, stopped: bool) -> Solved:
    status, info = solver.getModelStatus(), solver.getInfo()
    none = {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}
    if status in none:
        return Solved(None, np.inf, "infeasible")
    done = status == highspy.HighsModelStatus.kOptimal
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(solver.getSolution().col_value) if found else None
    if mixed:
        bound = float(info.mip_dual_bound)
    else:
        bound = float(info.objective_function_value) if done else -np.inf
    said = "optimal" if done else "stopped" if stopped else "time_limit"
    return Solved(x, bound, said)
