"""Sentences for the rows of a list: why each is on it, each distinct case put into words once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geo.answers import Bools, Ints
from geo.conditions import Part, parts_of
from geo.count_why import open_groups, open_sentence
from geo.ground import Ground
from geo.logic import UNKNOWN, UNMET
from geo.near import combined
from geo.phrases import NOTHING, fill, sentence
from geo.reasons import Texts, plain, some, spread
from geo.verdicts import Verdicts


def sentences(ground: Ground, one: Verdicts, keep: Ints) -> Texts:
    """
    Give the sentences of some rows of a target's verdicts.

    Parameters
    ----------
    ground
        The prepared data.
    one
        The verdicts.
    keep
        Positions of the rows wanted.

    Returns
    -------
    zh, en
        A sentence per row. Each distinct case is put into words once.
    """
    told = one.told
    code, at = told.reason[keep], told.places[keep]
    doubtful = code == "eligibility_unknown"
    silent = (at < 0) | (told.why is None)
    result = np.full((2, len(keep)), "", dtype=object)

    def put(where: Bools, texts: Texts) -> None:
        result[0, where], result[1, where] = texts

    if doubtful.any():
        put(doubtful, _doubts(ground, one, keep[doubtful]))
    if (bare := silent & ~doubtful).any():
        put(bare, _by_code(one, keep[bare]))
    if told.why is not None and (able := ~silent & ~doubtful).any():
        put(able, told.why.said(at[able]))
    return list(result[0]), list(result[1])


def _by_code(one: Verdicts, keep: Ints) -> Texts:
    told = one.told
    cells = [told.reason[keep], told.value[keep]]
    first, which = combined(cells)
    pairs = [fill(f"reason.{cells[0][k]}", value=plain(cells[1][k])) for k in first]
    return spread(pairs, which)


def _doubts(ground: Ground, one: Verdicts, keep: Ints) -> Texts:
    """Name the columns that leave open whether a subject is to be counted."""
    rows = some(one.rows, keep)
    tables = parts_of(ground, rows, one.target.of)
    scores = [
        sum(
            (np.where(p.state == UNMET, 100, p.state == UNKNOWN) for p in table),
            np.zeros(len(rows)),
        )
        for table in tables
    ]
    table = np.stack(scores).argmin(axis=0)
    first, which = combined([table, *_open_cells(tables)])
    pairs = []
    for k in first:
        parts = [part for part in tables[int(table[k])] if part.state[k] == UNKNOWN]
        what = open_sentence(open_groups(parts, int(k), NOTHING))
        pairs.append(sentence(fill("why.eligibility", what=what)))
    place = np.argsort(np.argsort(keep))
    return spread(pairs, which[place])


def _open_cells(tables: Sequence[Sequence[Part]]) -> list[Any]:
    cells: list[Any] = []
    for part in (part for table in tables for part in table):
        cells.append(part.state)
        open_: Bools = part.state == UNKNOWN
        for one in (part.values, part.source):
            if one is not None:
                cells.append(one.astype(object).where(open_, None).fillna("").to_numpy())
    return cells
