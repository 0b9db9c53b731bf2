"""Finished work on what people walk to: a broken facility that works again, or a new one."""

from __future__ import annotations

import numpy as np
import shapely

from geo.target import Measure
from layers.schema import schema
from works.changes.draft import Draft, Hindered, Row
from works.changes.job import Job
from works.changes.lines import broken_ones, mended


def reach(job: Job, body: Measure) -> Draft | Hindered | None:
    """
    Say what work on a facility changes.

    A new one needs a position somebody told: where it stands decides who is near enough.

    Parameters
    ----------
    job, body
        The piece of work and the ``reach`` question.
    """
    if job.rule.mends:
        return _mended(job, body)
    layer = str(body.keys["facilities"])
    form = schema(layer)
    tests = job.asking.tests(layer, body.keys.get("where"))
    if tests is None:
        return Hindered("near")
    filled = job.filled(tests, None, 0)
    if isinstance(filled, Hindered):
        return filled
    if "point" not in form.geometry:
        return Hindered("draw")
    if not job.place:
        return Hindered("needs_place", {"layer": layer})
    values = {**({"village_id": job.village} if job.village else {}), **filled.cells}
    row = Row(layer, job.free_ids(layer, 1)[0], values, None, job.place)
    return Draft((row,), filled.assumed, filled.short)


def _mended(job: Job, body: Measure) -> Draft | Hindered | None:
    """Let the nearest broken facility work again: nearest to where it was done, or to the home."""
    layer = str(body.keys["facilities"])
    items, broken = broken_ones(job, layer, body.keys.get("where"))
    if not len(broken):
        return Hindered("none_broken", {"layer": layer})
    here = job.asking.metres(job.place or job.own_place)
    if here is None:
        return Hindered("needs_place", {"layer": layer})
    away = shapely.distance(items.shapes[broken], here)
    # Of two at the same distance the one whose id comes first.
    order = np.lexsort((items.ids[broken].astype(str), away))
    return mended(job, items, [int(broken[order[0]])])
