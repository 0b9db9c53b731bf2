"""Long ways round: whose way to a facility is far longer than the straight line to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.gaps import subject_columns
from geo.ground import Bools, Ground
from geo.target import Body, Join, Measure
from geo.verdicts import Verdicts

LIMIT = 2.0
"""A way more than this many times the straight line is flagged."""
WALKED = ("terrain", "road")
COLUMNS = [
    "target_id", "subject_id", "subject_name", "group", "address", "village_id", "village",
    "township", "value", "limit", "ratio", "straight_m", "facility", "facility_id", "lon", "lat",
    "position",
]  # fmt: skip


def detours(ground: Ground, found: Sequence[Verdicts]) -> pd.DataFrame:
    """
    List the subjects that go a long way round.

    Parameters
    ----------
    ground
        The prepared data.
    found
        Verdicts of all targets; grades and other denominators are passed over.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, by target, the longest way round first. ``ratio`` is the way over the straight
        line to the same facility; ``value`` and ``limit`` are those of the verdict, None where a
        yes/no column decided it. ``straight_m``, ``facility`` (its name) and ``facility_id`` are
        None where the verdict names no facility.

    Notes
    -----
    It is a flag and not a verdict: behind it stands a river, a ravine, a wall - or a missing
    bridge, a gap in the roads, a wrong coordinate.
    """
    tables = [_of_target(ground, one) for one in found if _far(one).any()]
    if not tables:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def note_detours(ground: Ground, found: Sequence[Verdicts]) -> None:
    """Note for each target how many of its subjects go a long way round."""
    for one in found:
        if n := int(_far(one).sum()):
            ground.note("detours", target=one.key, n=str(n), times=f"{LIMIT:g}")


def _far(one: Verdicts) -> Bools:
    ratio = one.told.detour
    if ratio is None or one.kind not in ("required", "scored"):
        return np.zeros(len(one.rows), dtype=bool)
    with np.errstate(invalid="ignore"):
        return np.asarray(ratio > LIMIT, dtype=bool)


def _of_target(ground: Ground, one: Verdicts) -> pd.DataFrame:
    assert one.told.detour is not None
    at = np.flatnonzero(_far(one))
    ratio = one.told.detour[at]
    ids = one.rows.ids[at].astype(str)
    order = np.lexsort((ids, -ratio))
    at, ratio = at[order], ratio[order]
    table = pd.DataFrame(subject_columns(ground, one, at, one.rows.shapes[at]))
    facility, name, straight = _facilities(ground, one, at)
    value, limit = one.told.value[at].astype(object), one.told.limit[at].astype(object)
    # A joined question may have been decided by a yes/no column: that is no way.
    apart = np.array([str(cell).lower() in ("true", "false") for cell in value], dtype=bool)
    value[apart], limit[apart] = None, None
    return table.assign(
        value=value,
        limit=limit,
        ratio=np.round(ratio, 2),
        straight_m=straight,
        facility=name,
        facility_id=facility,
    )


def _walks(body: Body | None) -> Iterator[Measure]:
    """Give the questions of a target that look for a way on foot or by road."""
    if isinstance(body, Join):
        for member in body.members:
            yield from _walks(member)
    elif body is not None and body.kind == "reach" and body.keys.get("mode") in WALKED:
        yield body


def _facilities(ground: Ground, one: Verdicts, at: Any) -> tuple[Any, Any, Any]:
    """Give the facility of each subject where it is one a way was looked for, and how far it is."""
    facility, name, straight = (np.full(len(at), None, dtype=object) for _ in range(3))
    bodies = [one.target.body, *(grade.body for grade in one.target.grades)]
    layers = {str(walk.keys["facilities"]) for body in bodies for walk in _walks(body)}
    assert one.told.way_to is not None
    wanted = one.told.way_to[at].astype(str)
    for layer in sorted(layers):
        items = ground.items(layer)
        where = pd.Index(items.ids.astype(str)).get_indexer(pd.Index(wanted))
        mine = np.flatnonzero(where >= 0)
        here = where[mine]
        away = shapely.distance(one.rows.shapes[at[mine]], items.shapes[here])
        facility[mine] = items.ids[here]
        straight[mine] = [None if np.isnan(v) else round(float(v), 1) for v in away]
        if "name" in items.frame.columns:
            named = items.frame["name"].astype(object)
            name[mine] = named.where(named.notna(), None).to_numpy(dtype=object)[here]
    return facility, name, straight
