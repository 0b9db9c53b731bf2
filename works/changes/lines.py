"""Finished work along a line: broken lamps that work again, new lamps along a dark stretch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely

from geo.conditions import evaluate
from geo.ground import Subjects
from geo.lines import GAP_EPSILON_M
from geo.logic import MET
from geo.stretches import would_pass
from geo.target import Measure
from layers.schema import schema
from works.changes.draft import Draft, Hindered, Row
from works.changes.job import Job


def along(job: Job, body: Measure) -> Draft | Hindered | None:
    """
    Say what work along a line changes.

    Parameters
    ----------
    job, body
        The piece of work, whose shape is the stretch, and the ``along`` question.
    """
    stretch = job.asking.metres(job.item["shape"])
    if stretch is None:
        return Hindered("needs_place", {"layer": str(body.keys["items"])})
    repair = job.asking.target.work.get("repair")
    if job.rule.mends or (repair is not None and job.item["kind"] == repair):
        return _mended(job, body, stretch)
    return _added(job, body, stretch)


def broken_ones(job: Job, layer: str, where: Any) -> tuple[Subjects, Any]:
    """Give the things of a layer and the positions of those that would pass if they worked."""
    ground = job.asking.ground
    items = ground.items(layer)
    failing = evaluate(ground, items, where) != MET
    return items, np.flatnonzero(items.placed & failing & would_pass(ground, items, where))


def _mended(job: Job, body: Measure, stretch: Any) -> Draft | Hindered | None:
    """Let the broken things near a stretch work again: those that left it dark."""
    keys = body.keys
    items, broken = broken_ones(job, str(keys["items"]), keys.get("where"))
    # The stretch is kept to a centimetre; a thing just at the distance covers nothing of it.
    reach = max(float(keys["within_m"]) - GAP_EPSILON_M, 0.0)
    near = broken[shapely.dwithin(items.shapes[broken], stretch, reach)]
    if not len(near):
        lit = shapely.dwithin(items.shapes[items.placed], stretch, reach).any()
        return None if lit else Hindered("none_broken", {"layer": items.layer})
    told = job.told_number
    if told is not None and told < len(near):
        return Hindered("partly", {"n": str(len(near)), "done": str(told), "layer": items.layer})
    return mended(job, items, near)


def mended(job: Job, items: Subjects, which: Any) -> Draft | Hindered | None:
    """Let things of a layer work again; None where all of them do."""
    whole: Draft | None = None
    for at in sorted((int(one) for one in which), key=lambda one: str(items.ids[one])):
        found = job.change(str(items.ids[at]), items, at, {"status": "working"})
        if found is not None:
            whole = found if whole is None else whole.and_then(found)
    return whole


def _added(job: Job, body: Measure, stretch: Any) -> Draft | Hindered:
    keys, layer = body.keys, str(body.keys["items"])
    form = schema(layer)
    tests = job.asking.tests(layer, keys.get("where"))
    if tests is None:
        return Hindered("near")
    filled = job.filled(tests, None, 0)
    if isinstance(filled, Hindered):
        return filled
    owner = {"village_id": job.village} if job.village else {}
    if "road_id" in form.columns and job.asking.rows.layer == "roads":
        owner["road_id"] = job.own_id
    values = {**owner, **filled.cells}
    notes: tuple[str, ...] = ("spaced",)
    if "point" in form.geometry:
        places = [shapely.from_wkt(job.place)] if job.place and job.told_number == 1 else []
        shapes = [job.place] if places else _spaced(job, stretch)
        notes = () if places else notes
    elif "line" in form.geometry:
        shapes, notes = [job.asking.degrees(stretch)], ("whole_stretch",)
    else:
        return Hindered("draw")
    ids = job.free_ids(layer, len(shapes))
    pairs = zip(ids, shapes, strict=True)
    rows = tuple(Row(layer, key, values, None, shape) for key, shape in pairs)
    return Draft(rows, filled.assumed, filled.short, notes)


def _spaced(job: Job, stretch: Any) -> list[str]:
    """Give the places of new things: as many as were told, else one per spacing of each piece."""
    pieces = shapely.get_parts(shapely.line_merge(stretch))
    lengths = shapely.length(pieces)
    spacing = job.asking.target.work.get("spacing_m")
    told = job.told_number or (None if spacing else 1)
    if told is None:
        counts = [max(1, math.ceil(size / float(str(spacing)) - 1e-3)) for size in lengths]
        marks = [
            (piece, (step + 0.5) * size / count)
            for piece, size, count in zip(pieces, lengths, counts, strict=True)
            for step in range(count)
        ]
    else:
        ends = np.cumsum(lengths)
        steps = (np.arange(told) + 0.5) * ends[-1] / told
        which = np.searchsorted(ends, steps)
        marks = [(pieces[p], s - (ends[p] - lengths[p])) for p, s in zip(which, steps, strict=True)]
    return [job.asking.degrees(piece.interpolate(at)) for piece, at in marks]
