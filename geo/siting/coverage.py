"""Which new thing would meet whom for certain: pairs of subject and candidate, no full table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from geo.conditions import evaluate
from geo.count import pairs as counted_pairs
from geo.count import per_limit
from geo.ground import Bools, Ground, Subjects
from geo.logic import MET, UNKNOWN
from geo.measures import ask
from geo.reach import WAYS
from geo.reaching.case import case_of
from geo.siting.demand import Demand, Question
from geo.target import Body, Join
from layers.wrong import WrongCallError, layer_named


def coverage(
    ground: Ground, built: Ground, demand: Demand, question: Question, ids: Sequence[str]
) -> sparse.csr_array:
    """
    Say which new things would meet whom for certain.

    Parameters
    ----------
    ground
        The data as they are.
    built
        The same with every candidate built and working.
    demand
        n who lack something.
    question
        What is asked.
    ids
        m ids, in the layer of the question, of what would be built.

    Returns
    -------
    scipy.sparse.csr_array
        n rows, m columns: with this one thing alone, and nothing else new, the subject meets the
        target.

    Raises
    ------
    UsageError
        If subjects need more than one new thing: what one thing does says nothing then.
    """
    subjects = demand.subjects
    shapes = subjects.shapes.copy()
    shapes[~demand.open] = None
    made = _Covers(ground, built, replace(subjects, shapes=shapes), question, list(ids))
    found = made.of(question.body)
    return kept(found, demand.open)


def kept(pattern: sparse.csr_array, rows: Bools) -> sparse.csr_array:
    """
    Leave only some rows of a pattern their pairs.

    Parameters
    ----------
    pattern
        Rows by columns.
    rows
        Which rows keep theirs.
    """
    keep = np.repeat(rows, np.diff(pattern.indptr))
    made: sparse.csr_array = sparse.csr_array(
        (np.where(keep, pattern.data, 0).astype(np.int8), pattern.indices.copy(),
         pattern.indptr.copy()),
        shape=pattern.shape,
    )  # fmt: skip
    made.eliminate_zeros()
    return made


class _Covers:
    """The pairs of subject and new thing, question by question."""

    def __init__(
        self, ground: Ground, built: Ground, rows: Subjects, question: Question, ids: list[str]
    ) -> None:
        self.ground, self.built, self.rows, self.question = ground, built, rows, question
        items = built.items(question.layer)
        at = {str(key): place for place, key in enumerate(items.ids)}
        self.which = np.array([at[key] for key in ids], dtype=np.int64)
        self.column = np.full(len(items), -1, dtype=np.int64)
        self.column[self.which] = np.arange(len(ids))
        self.shape = (len(rows), len(ids))

    def of(self, body: Body) -> sparse.csr_array:
        if isinstance(body, Join):
            return self._any(body) if body.how == "any_of" else self._all(body)
        if not any(body is one for one in self.question.measures):
            return self._none()
        return self._reach(body.keys) if body.kind == "reach" else self._count(body.keys)

    def _none(self) -> sparse.csr_array:
        empty: Any = sparse.csr_array(self.shape, dtype=np.int8)
        made: sparse.csr_array = empty
        return made

    def _any(self, body: Join) -> sparse.csr_array:
        found: Any = sparse.csr_array(self.shape, dtype=np.int8)
        for member in body.members:
            found = found.maximum(self.of(member))
        made: sparse.csr_array = sparse.csr_array(found)
        return made

    def _all(self, body: Join) -> sparse.csr_array:
        """Take a thing where it alone answers all that is not answered already."""
        found = []
        some: Any = sparse.csr_array(self.shape, dtype=np.int16)
        today = np.zeros(self.shape[0], dtype=np.int64)
        for member in body.members:
            met = ask(self.ground, self.rows, member).state == MET
            today += met
            found.append(kept(self.of(member), ~met))
            some = sparse.csr_array(some + found[-1].astype(np.int16))
        helped: Any = sparse.coo_array(some)
        need = len(body.members) - today
        enough = helped.data >= need[helped.row]
        partly = self._pairs(helped.row[~enough], helped.col[~enough])
        # Two things that each answer a part would together do what neither is said to do.
        parts = sum(np.diff(one.multiply(partly).tocsr().indptr) > 0 for one in found) + today
        several = (np.diff(partly.indptr) > 0) & (parts >= len(body.members))
        if several.any():
            layer = layer_named(self.question.layer)
            raise WrongCallError("needs_several", layer=layer, n=int(several.sum()))
        return self._pairs(helped.row[enough], helped.col[enough])

    def _pairs(self, subject: Any, column: Any) -> sparse.csr_array:
        ones = np.ones(len(subject), dtype=np.int8)
        pairs: Any = sparse.coo_array((ones, (subject, column)), shape=self.shape)
        made: sparse.csr_array = sparse.csr_array(pairs)
        made.sum_duplicates()
        made.data[:] = 1
        return made

    def _reach(self, keys: Mapping[str, Any]) -> sparse.csr_array:
        case = case_of(self.built, self.rows, keys)
        which = np.intersect1d(self.which, case.sure)
        if not len(which):
            return self._none()
        find = WAYS[str(keys.get("mode", "straight"))].sure
        subject, item, _ = find(self.built, self.rows, case, keys, which)
        return self._pairs(subject, self.column[item])

    def _count(self, keys: Mapping[str, Any]) -> sparse.csr_array:
        items = self.built.items(self.question.layer)
        passing = evaluate(self.built, items, keys.get("where"))
        subject, item, _ = counted_pairs(self.built, self.rows, items, keys, passing >= UNKNOWN)
        subject, item = np.asarray(subject, np.int64), np.asarray(item, np.int64)
        sure = passing[item] == MET
        new = self.column[item] >= 0
        have = np.bincount(subject[sure & ~new], minlength=len(self.rows))
        lacks = per_limit(self.ground, self.rows, keys) - have
        several = lacks > 1
        if several.any():
            layer = layer_named(self.question.layer)
            raise WrongCallError("needs_more_than_one", layer=layer, n=int(several.sum()))
        keep = sure & new
        return self._pairs(subject[keep], self.column[item[keep]])
