"""How much of a line lies near a passing item: exact intervals on the line, no buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.answers import Answer, Parts, answer, choose
from geo.conditions import evaluate, kinds_of
from geo.ground import Ground, Subjects
from geo.lines import (
    GAP_EPSILON_M,
    MM,
    Segments,
    around,
    complement,
    covered,
    cut,
    longest,
    merge,
    segments_of,
    total,
    without,
)
from geo.logic import MET, UNKNOWN, UNMET, states
from geo.stretches import Near, open_stretches, unmet_stretches
from layers.places import NOWHERE
from layers.schema import schema


def along(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Answer:
    """
    Ask how much of a line is near a passing item (lamp, guardrail, green).

    Parameters
    ----------
    ground, rows
        The prepared data and n lines.
    keys
        ``items``, ``where``, ``within_m``; with ``max_gap_m`` the longest uncovered stretch judges
        the whole line (exactly at the limit passes).

    Returns
    -------
    Answer
        With parts in mm and the stretches they are made of. What only an item of unknown state
        covers is unknown, and so is everything uncovered where the layer is not complete.
    """
    items = ground.items(keys["items"])
    passing = evaluate(ground, items, keys.get("where"))
    kinds = kinds_of(schema(keys["items"]).columns, keys.get("where"))
    complete = ground.complete(keys["items"], kinds, rows)
    homeless = items.village[~items.placed & (passing >= UNKNOWN)]
    complete = complete & ~np.isin(rows.village.astype(str), [v for v in homeless if v != NOWHERE])
    # Parts that touch are one line to walk along, and a gap may run from one into the next.
    lines = segments_of(shapely.line_merge(rows.shapes))
    radius = float(keys["within_m"])
    sure = covered(lines, items.shapes[items.placed & (passing == MET)], radius)
    perhaps = covered(lines, items.shapes[items.placed & (passing >= UNKNOWN)], radius)
    seen = ground.surveyed(keys["items"], kinds, rows)
    dark, surely_dark = complement(lines, sure), complement(lines, perhaps)
    if "max_gap_m" in keys:
        ringed = around(lines, dark), around(lines, surely_dark)
        return _gaps(rows, keys, ringed, complete, seen, lines)
    near = Near.of(ground, items, passing, keys)
    return _metres(rows, near, (sure, perhaps, dark, surely_dark), complete, seen, lines)


def _metres(
    rows: Subjects,
    near: Near,
    found: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame],
    complete: Any,
    seen: Any,
    lines: Segments,
) -> Answer:
    """Count met, unmet and unknown by the metre, and take what is not met apart."""
    n, radius = len(rows), near.radius
    sure, perhaps, dark, surely_dark = found
    linear = np.isin(shapely.get_type_id(rows.shapes), (1, 5))
    length = np.where(linear, shapely.length(rows.shapes), 0.0)
    amount = np.rint(np.nan_to_num(length) * MM).astype(np.int64)
    met = np.minimum(np.rint(total(sure, n) * MM).astype(np.int64), amount)
    top = np.minimum(np.rint(total(perhaps, n) * MM).astype(np.int64), amount)
    unknown = np.where(complete, np.maximum(top - met, 0), amount - met)
    doubtful = without(dark, surely_dark, lines)
    unmet_rows = surely_dark[complete[surely_dark["line"].to_numpy(dtype=int)]]
    open_rows = dark[~complete[dark["line"].to_numpy(dtype=int)]]
    unknown_rows = pd.concat(
        [doubtful[complete[doubtful["line"].to_numpy(dtype=int)]], open_rows], ignore_index=True
    )
    lamps = near.layer == "streetlights"
    reached = merge(pd.concat([perhaps, covered(lines, near.failing, radius)], ignore_index=True))
    broken = total(reached, n) > total(perhaps, n) + GAP_EPSILON_M
    reason = choose(
        (~linear, "no_position"),
        (met >= amount, "ok"),
        (~complete, "not_surveyed"),
        (met + unknown >= amount, "lamp_unknown" if lamps else "uncovered_unknown"),
        (broken, "dark" if lamps else "uncovered"),
        default="dark_no_lamp" if lamps else "uncovered_none",
        n=n,
    )
    return answer(
        states(met >= amount, (met + unknown) >= amount),
        seen,
        reason,
        value=np.array([round(m / MM, 1) for m in met], dtype=object),
        limit=f"{radius:g}",
        parts=Parts(amount, met, unknown, linear),
        unmet_shapes=cut(lines, unmet_rows, n),
        unknown_shapes=cut(lines, unknown_rows, n),
        unmet_stretches=unmet_stretches(lines, unmet_rows, amount - met - unknown, near),
        unknown_stretches=open_stretches(lines, unknown_rows, unknown, near, complete),
    )


def _gaps(
    rows: Subjects,
    keys: Mapping[str, Any],
    dark: tuple[pd.DataFrame, pd.DataFrame],
    complete: Any,
    seen: Any,
    lines: Segments,
) -> Answer:
    n, limit = len(rows), float(keys["max_gap_m"])
    worst, best = (longest(table, n) for table in dark)
    placed = np.isin(shapely.get_type_id(rows.shapes), (1, 5))
    passes = worst <= limit + GAP_EPSILON_M
    could = (best <= limit + GAP_EPSILON_M) | ~complete | ~placed
    state = states(passes & placed, could)
    reason = choose(
        (state == MET, "ok"), (state == UNMET, "gap_too_long"), (~placed, "no_position"),
        (~complete, "not_surveyed"), default="lamp_unknown", n=n,
    )  # fmt: skip
    long_ones = dark[0][dark[0]["end"] - dark[0]["start"] > limit + GAP_EPSILON_M]
    shapes = cut(lines, long_ones, n)
    value = np.array([round(float(v), 1) for v in worst], dtype=object)
    told = f"{limit:g}"
    return answer(
        state, seen, reason, value=value, limit=told, unmet_shapes=shapes, unknown_shapes=shapes
    )
