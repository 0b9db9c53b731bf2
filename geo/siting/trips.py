"""How far everybody has to what stands and to what could be built, in a target's own mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.answers import Objects
from geo.ground import Bools, Floats, Ground, Subjects
from geo.logic import MET
from geo.measures import ask
from geo.reach import WAYS
from geo.reaching.byroad import limit_of
from geo.reaching.case import case_of
from geo.reaching.straight import limit_m
from geo.siting.demand import leaves
from geo.target import Body, Join, Measure

SEARCHED = 3
"""Where not every way can be measured, those up to this many times the limit are."""
PAIRS = 5_000_000
"""Up to so many pairs every way is measured, however long."""
_EVERY_M = 1e8


@dataclass(frozen=True, eq=False)
class Trips:
    """
    Ways of n subjects.

    Attributes
    ----------
    table
        Subjects by candidates: metres, on foot over heights minutes; what is not stored is out of
        reach, and a stored 0 is no way at all.
    before
        The way to the nearest thing that stands and passes; ``inf`` where there is none.
    nearest
        Its id, '' where there is none.
    unit
        metre or minute.
    mode
        straight, road or terrain.
    """

    table: sparse.csr_array
    before: Floats
    nearest: Objects
    unit: str
    mode: str = "straight"

    def with_before(self) -> sparse.csr_array:
        """Give the table with one more column in front: the nearest thing that stands."""
        there: Any = sparse.coo_array(self.table)
        has = np.flatnonzero(np.isfinite(self.before))
        row = np.concatenate([has, there.row])
        column = np.concatenate([np.zeros(len(has), np.int64), there.col + 1])
        ways = np.concatenate([self.before[has], there.data])
        n, m = self.table.shape
        made: sparse.csr_array = sparse.csr_array((ways, (row, column)), shape=(n, m + 1))
        return made


def trips(built: Ground, rows: Subjects, keys: Mapping[str, Any], ids: Sequence[str]) -> Trips:
    """
    Measure the ways of a target's ``reach`` beyond its limit too.

    Parameters
    ----------
    built
        The data with every candidate built and working.
    rows
        n subjects.
    keys
        Those of the measure. A limit of the climb says who is served, not how far it is.
    ids
        m ids, in the layer of the measure, of what would be built.

    Returns
    -------
    Trips
        On foot over heights up to three times the limit, else of any length as long as there are
        not too many pairs.
    """
    case = case_of(built, rows, keys)
    at = {str(key): place for place, key in enumerate(case.items.ids)}
    which = np.array([at[key] for key in ids], dtype=np.int64)
    column = np.full(len(case.items), -1, dtype=np.int64)
    column[which] = np.arange(len(ids))
    mode = str(keys.get("mode", "straight"))
    far = farther(keys, len(rows) * max(len(case.sure), 1))
    subject, item, way = WAYS[mode].sure(built, rows, case, far, case.sure)
    new = column[item] >= 0
    pairs = (way[new], (subject[new], column[item[new]]))
    table: sparse.csr_array = sparse.csr_array(pairs, shape=(len(rows), len(ids)))
    subject, item, way = subject[~new], item[~new], way[~new]
    order = np.lexsort((case.items.ids[item].astype(str), way, subject))
    one, first = np.unique(subject[order], return_index=True)
    before = np.full(len(rows), np.inf)
    nearest = np.full(len(rows), "", dtype=object)
    before[one], nearest[one] = way[order][first], case.items.ids[item[order][first]]
    return Trips(table, before, nearest, "minute" if mode == "terrain" else "metre", mode)


def farther(keys: Mapping[str, Any], pairs: int) -> dict[str, Any]:
    """
    Give the keys of a reach that looks farther than the target does.

    Examples
    --------
    >>> farther({"facilities": "water_points", "within_m": 100, "climb_m": 9}, 10**9)
    {'facilities': 'water_points', 'within_m': 300.0}
    """
    mode = str(keys.get("mode", "straight"))
    if mode == "terrain":
        return {**keys, "minutes": SEARCHED * float(keys["minutes"])}
    limit = limit_of(keys).metres if mode == "road" else limit_m(keys)
    kept = {name: one for name, one in keys.items() if name not in ("minutes", "climb_m", "wait")}
    return {**kept, "within_m": _EVERY_M if pairs <= PAIRS else SEARCHED * limit}


def served_otherwise(
    ground: Ground, rows: Subjects, body: Body, measures: Sequence[Measure]
) -> Bools:
    """
    Tell who needs no way at all, because something else answers the question for certain.

    Parameters
    ----------
    ground, rows
        The data and n subjects.
    body
        The whole question.
    measures
        The parts of it that are planned for.
    """
    done: npt.NDArray[np.bool_] = np.zeros(len(rows), dtype=bool)
    if not isinstance(body, Join):
        return done
    for member in body.members:
        if any(one is mine for one in leaves(member) for mine in measures):
            done |= served_otherwise(ground, rows, member, measures)
        elif body.how == "any_of":
            done |= ask(ground, rows, member).state == MET
    return done
