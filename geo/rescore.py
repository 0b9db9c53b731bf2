"""The same data under another standard or version: both results, and what the rules changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.detours import note_detours
from geo.ground import Ground
from geo.scorecard import ALL, scorecard
from geo.target import Body, Grade, Join, Standard, Target
from geo.verdicts import Verdicts, judge
from layers.heed import told

ADDED, DROPPED, CHANGED, UNCHANGED = "added", "dropped", "changed", "unchanged"
FIGURES = (
    "status", "share_low", "share_high", "goal", "needed_low", "needed_high", "met", "unknown",
)  # fmt: skip
ALSO = "_also"
"""Ends the name of a column that holds what the other standard says."""
UNIT = ["level", "unit_id", "unit_name", "target_id"]
COLUMNS = [
    *UNIT, "change", *(name + end for name in FIGURES for end in ("", ALSO)), "because",
]  # fmt: skip
DIFFERENCES = ["target_id", "change", "key", "value", "value_also"]
_JUDGING = ("kind", "subjects", "amount", "of", "exempt", "goal", "goal_level", "weight")
"""What of a target, beside its question, bears on a result; titles and sources do not."""


@dataclass(frozen=True)
class Rescored:
    """
    One set of data held against two standards, on the same day and for the same villages.

    Attributes
    ----------
    first, also
        The two assessments.
    table
        ``COLUMNS``: one row per unit and target of either standard, and ``_all``. ``change``:
        the target was added, dropped or changed, or is unchanged; of ``_all`` it says whether the
        status changed. Figures end in ``_also`` under the other standard; for ``_all`` ``met``
        and ``unknown`` are points. ``because``: of an ``_all`` row whose status changed, the
        required targets that are not the same in both and whose status differs there: those that
        fail or are open under one of them, else those that are met.
    differences
        ``DIFFERENCES``: key by key, what is written in the one standard and in the other; None
        where a standard does not have the key. Titles, departments and sources are passed over.
    """

    first: Assessment
    also: Assessment
    table: pd.DataFrame
    differences: pd.DataFrame

    @property
    def changes(self) -> dict[str, str]:
        """Give target id to added, dropped, changed or unchanged."""
        return changes_of(self.first.standard, self.also.standard)

    def counts(self) -> dict[str, Any]:
        """
        Count villages by status under both, and what changed.

        Returns
        -------
        dict
            ``first`` and ``also``: status to villages; ``villages_changed``: villages whose
            verdict is another one; ``better`` and ``worse``, of those that were and are decided;
            ``targets``: how many were added, dropped, changed or unchanged; ``because``: of the
            villages changed, how many have a target of each kind among the reasons.
        """
        mine = self.table[(self.table["level"] == "village") & (self.table["target_id"] == ALL)]
        moved = mine[mine["change"] == CHANGED]
        kinds = self.changes
        reasons = [{kinds[key] for key in told.split(", ") if key} for told in moved["because"]]
        order = pd.Series({"unmet": 0, "undetermined": 1, "met": 2})
        step = moved["status_also"].map(order) - moved["status"].map(order)
        return {
            "first": {str(k): int(v) for k, v in mine["status"].value_counts().items()},
            "also": {str(k): int(v) for k, v in mine["status_also"].value_counts().items()},
            "villages_changed": len(moved),
            "better": int((step > 0).sum()),
            "worse": int((step < 0).sum()),
            "targets": {
                kind: list(kinds.values()).count(kind)
                for kind in (ADDED, DROPPED, CHANGED, UNCHANGED)
            },
            "because": {
                kind: sum(kind in some for some in reasons) for kind in (ADDED, DROPPED, CHANGED)
            },
        }


def rescore(found: Assessment, standard: Standard) -> Rescored:
    """
    Judge the same data by another standard, or another version of the same one.

    Parameters
    ----------
    found
        An assessment: its data, day and villages are kept, whatever villages the other standard
        binds itself.
    standard
        The other standard.

    Returns
    -------
    Rescored
        Both results. A target that asks the same question in both is not asked again, so that what
        is the same in both rules is the same in both results.

    Examples
    --------
    See ``tests/test_geo_rescore.py``: a village worked out by hand under both versions.
    """
    ground = replace(found.ground, notes=[])
    known = {one.id: one for one in found.standard.targets}
    judged: list[Verdicts] = []
    asked = [(target.id, target) for target in standard.targets]
    for target in told("judge", asked, len(asked)):
        old = known.get(target.id)
        if old is not None and question(old) == question(target):
            judged += [
                replace(one, target=target, kind=target.kind if one.key == target.id else one.kind)
                for one in found.found
                if one.target is old
            ]
        else:
            judged += judge(ground, target)
    note_detours(ground, judged)
    also = replace(
        found,
        standard=standard,
        found=tuple(judged),
        scorecard=scorecard(ground, judged, found.project_name),
        # What lists keep on the ground of the first assessment is not what they say of this one.
        ground=Ground(found.ground.data, found.ground.in_scope, found.as_of, ground.notes),
        notes=ground.notes,
        seconds={},
    )
    return Rescored(found, also, _table(found, also), differences_of(found.standard, standard))


def question(target: Target) -> tuple[Any, ...]:
    """Give what decides the verdicts of a target: everything but its goal, weight and words."""
    return (
        target.subjects, target.body, target.of, dict(target.beside), target.exempt, target.amount,
        target.met_from, tuple((grade.id, grade.body) for grade in target.grades),
    )  # fmt: skip


# ---------------------------------------------------------------------------------- both results


def _table(first: Assessment, also: Assessment) -> pd.DataFrame:
    own = {one.id for rules in (first.standard, also.standard) for one in rules.targets} | {ALL}
    sides = []
    for one, end in ((first, ""), (also, ALSO)):
        card = one.scorecard[one.scorecard["target_id"].isin(own)]
        sides.append(card[[*UNIT, *FIGURES]].rename(columns={n: n + end for n in FIGURES}))
    order = {key: place for place, key in enumerate(_ids(first.standard, also.standard))}
    units = pd.concat([side[UNIT] for side in sides])
    places = {unit: n for n, unit in enumerate(dict.fromkeys(zip(*_cells(units), strict=True)))}
    table = sides[0].merge(sides[1], on=UNIT, how="outer").astype(object)
    table = table.where(table.notna(), None)
    rank = [
        (places[unit], order[key])
        for unit, key in zip(zip(*_cells(table), strict=True), table["target_id"], strict=True)
    ]
    table = table.iloc[sorted(range(len(rank)), key=rank.__getitem__)].reset_index(drop=True)
    kinds = changes_of(first.standard, also.standard)
    differs = table["status"] != table["status_also"]
    table["change"] = [
        (CHANGED if other else UNCHANGED) if key == ALL else kinds[key]
        for key, other in zip(table["target_id"], differs, strict=True)
    ]
    rules = [*first.standard.targets, *also.standard.targets]
    required = frozenset(one.id for one in rules if one.kind == "required")
    # A target that is no longer required hinders no more, though its own status stays.
    before, after = ({t.id: t.kind for t in one.standard.targets} for one in (first, also))
    other_kind = {key for key in required if before.get(key) != after.get(key)}
    moved = differs | table["target_id"].isin(other_kind)
    table["because"] = _because(table, differs, moved, required)
    return table[COLUMNS]


def _cells(table: pd.DataFrame) -> list[pd.Series]:
    return [table["level"], table["unit_id"]]


def _ids(first: Standard, also: Standard) -> list[str]:
    """Give the targets of both, in the order of the first; what was added comes last."""
    return [ALL, *dict.fromkeys(one.id for rules in (first, also) for one in rules.targets)]


def _because(
    table: pd.DataFrame, differs: pd.Series, moved: pd.Series, required: frozenset[str]
) -> list[str]:
    """Name, for the rows ``_all`` that changed, the required targets that may have changed them."""
    moving = table[moved & table["target_id"].isin(required) & (table["change"] != UNCHANGED)]
    # What hindered, or hinders now, comes first; only where nothing does, what merely counts.
    named: list[dict[tuple[Any, Any], list[str]]] = []
    for words in (("unmet", "undetermined"), ("met",)):
        mine = moving[moving["status"].isin(words) | moving["status_also"].isin(words)]
        named.append({})
        for level, unit, key in zip(*_cells(mine), mine["target_id"], strict=True):
            named[-1].setdefault((level, unit), []).append(str(key))
    return [
        ", ".join(named[0].get((level, unit), named[1].get((level, unit), ())))
        if key == ALL and other
        else ""
        for level, unit, key, other in zip(*_cells(table), table["target_id"], differs, strict=True)
    ]


# ---------------------------------------------------------------------------------- both rules


def changes_of(first: Standard, also: Standard) -> dict[str, str]:
    """
    Say of every target of two standards whether it was added, dropped, changed or is unchanged.

    Titles, departments, sources and work rules change no result and are passed over.
    """
    old, new = ({one.id: one for one in rules.targets} for rules in (first, also))
    result = {}
    for key in _ids(first, also)[1:]:
        if key not in old or key not in new:
            result[key] = ADDED if key in new else DROPPED
        else:
            same = _written(old[key]) == _written(new[key])
            result[key] = UNCHANGED if same else CHANGED
    return result


def differences_of(first: Standard, also: Standard) -> pd.DataFrame:
    """
    Give key by key what is written in the one standard and in the other, as ``DIFFERENCES``.

    Parameters
    ----------
    first, also
        Two standards, or two versions of one.
    """
    old, new = ({one.id: one for one in rules.targets} for rules in (first, also))
    rows: list[dict[str, Any]] = []
    for key, change in changes_of(first, also).items():
        if change == CHANGED:
            before, after = _written(old[key]), _written(new[key])
            rows += [
                {"target_id": key, "change": change, "key": name, "value": before.get(name),
                 "value_also": after.get(name)}
                for name in dict.fromkeys([*before, *after])
                if before.get(name) != after.get(name)
            ]  # fmt: skip
        elif change != UNCHANGED:
            rows.append({"target_id": key, "change": change})
    table = pd.DataFrame(rows, columns=DIFFERENCES, dtype=object)
    return table.where(table.notna(), None)


def _written(target: Target) -> dict[str, str]:
    """Write out what bears on a target's result: key to text, in the order of the standard."""
    cells: dict[str, Any] = {name: getattr(target, name) for name in _JUDGING}
    cells["met_from"] = target.met_from
    told = dict(_flat("", cells))
    for name, of in target.beside.items():
        told |= _flat(f"beside.{name}", of)
    told |= _asked("", target.body)
    for grade in target.grades:
        told |= _grade(grade)
    return told


def _grade(grade: Grade) -> dict[str, str]:
    return {f"grade.{grade.id}": "", **_asked(f"grade.{grade.id}", grade.body)}


def _asked(path: str, body: Body | None) -> dict[str, str]:
    if body is None:
        return {}
    dot = f"{path}." if path else ""
    if isinstance(body, Join):
        told: dict[str, str] = {}
        for number, member in enumerate(body.members, 1):
            told |= _asked(f"{dot}{body.how}[{number}]", member)
        return told
    return {f"{dot}measure": body.kind, **dict(_flat(path, body.keys))}


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Write out a value of a standard; tables by their keys, lists of words as one text."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), one)
    elif isinstance(value, (list, tuple)) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value, 1):
            yield from _flat(f"{path}[{number}]", one)
    elif isinstance(value, (list, tuple)):
        if value:
            yield path, ", ".join(_text(one) for one in value)
    elif value is not None:
        yield path, _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
