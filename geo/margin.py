"""Near the limit: whose verdict changes when a limit moves a little, or a place by its accuracy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geo.assess import Assessment
from geo.astray import astray, stated
from geo.gaps import PLACE, subject_columns
from geo.grammar import NEAR, resolve
from geo.reaching.byroad import limit_of
from geo.reaching.straight import limit_m
from geo.scorecard import ALL, scorecard
from geo.target import Body, Grade, Join, Measure, Target
from geo.verdicts import Verdicts, judge
from layers.heed import told
from layers.places import NOWHERE
from layers.schema import schema

SHARE = Decimal("0.1")
"""By how much a limit is moved, either way."""
LIMITS = {"reach": ("within_m", "minutes", "climb_m"), "along": ("within_m", "max_gap_m")}
"""The limits of a measure that are distances or times: the smaller, the stricter."""
MEASURED = frozenset({"m", "m2", "km", "minute", "litre", "share"})
"""Units of columns that are measured, not counted: only their limits move."""
STATES = ("state", "state_strict", "state_loose")
SUBJECTS = [
    "target_id", "subject_id", *PLACE, "value", "limit", *STATES, "by", "lon", "lat", "position",
]  # fmt: skip
VILLAGES = [
    "target_id", "village_id", "village", "status", "status_strict", "status_loose", "by",
]  # fmt: skip
Sides = tuple[list[Verdicts], list[Verdicts]]
ACCURACY = ["layer", "rows", "without_accuracy"]


@dataclass(frozen=True)
class NearLimit:
    """
    What hangs on a little.

    Attributes
    ----------
    share
        By how much limits were moved.
    subjects
        ``SUBJECTS``: subjects whose verdict changes. ``state`` is met, unmet, unknown, or part
        (of a line); ``by`` says what was moved: ``limit``, made stricter and looser by the share,
        or ``place``, where the accuracy stated of the places lets it come out worse or better.
    villages
        ``VILLAGES``: villages whose status changes, for a target and for ``_all``, when all its
        limits (for ``_all``, those of all targets) move together.
    accuracy
        ``ACCURACY``: layers that are placed, and how many rows state no accuracy: of those nothing
        is claimed.
    moved
        Target to the limits that were moved, ``key value``.
    """

    share: Decimal
    subjects: pd.DataFrame
    villages: pd.DataFrame
    accuracy: pd.DataFrame
    moved: Mapping[str, tuple[str, ...]]

    def counts(self, village: str | None = None) -> dict[str, int]:
        """
        Count what is near the limit, everywhere or in one village.

        Returns
        -------
        dict
            ``limit`` and ``place``: subjects and targets; ``targets``: targets whose status there
            changes; ``villages``: villages whose verdict on all required targets does.
        """
        rows, units = self.subjects, self.villages
        if village is not None:
            rows, units = rows[rows["village_id"] == village], units[units["village_id"] == village]
        whole = units["target_id"] == ALL
        return {
            "limit": int((rows["by"] == "limit").sum()),
            "place": int((rows["by"] == "place").sum()),
            "targets": len(units.loc[~whole, ["target_id", "village_id"]].drop_duplicates()),
            "villages": int(units.loc[whole, "village_id"].nunique()),
        }


def near_limit(found: Assessment, share: Decimal | float | str = SHARE) -> NearLimit:
    """
    Find whose verdict changes when the limits move by a share, or places by their accuracy.

    Parameters
    ----------
    found
        An assessment.
    share
        By how much limits move, such as 0.1.

    Returns
    -------
    NearLimit
        Subjects and villages that change, each with its verdict now, worse and better.

    Notes
    -----
    What moves are measured limits: ``within_m``, ``minutes`` and ``climb_m`` of a reach,
    ``within_m`` and ``max_gap_m`` along a line, ``within_m`` of a count, and ``at_least`` /
    ``at_most`` of columns measured in ``MEASURED`` units, asked of the subject (``attribute``) or
    of what serves it (``where``, such as floor area). What is counted does not move (1 toilet, 2
    doctors, 5 households: a tenth of a thing is none), nor do choices, days and periods, the goal
    (agreed, not measured), speeds, nor ``of``: that says who is counted, not who passes. The
    question is asked again with the moved figures, on the same ground; where more is worse
    (``at_most`` things nearby), stricter means a longer distance. A count with both ``at_least``
    and ``at_most``, or with ``no_item``, has no stricter side; its distance stays. So the met
    amount is never larger with stricter limits and never smaller with looser ones.

    Of places, see :func:`geo.astray.astray`.
    """
    by = Fraction(str(share))
    now = [one for one in found.found if one.kind in ("required", "scored")]
    moved = {one.key: moves(one.target, by, strict=True)[1] for one in now}
    parts = [(one.key, (one, side)) for side in (True, False) for one in now]
    again = [_again(found, one, by, side) for one, side in told("limits", parts, len(parts))]
    stricter, looser = again[: len(now)], again[len(now) :]
    sides: dict[str, Sides] = {"limit": (stricter, looser), "place": _placed(found, now)}
    rows = [
        _changed(found, (one, low, high), name)
        for name, (worse, better) in sides.items()
        for one, low, high in zip(now, worse, better, strict=True)
        if low is not one or high is not one
    ]
    units = [_units(found, now, pair, name) for name, pair in sides.items()]
    return NearLimit(
        Decimal(str(share)),
        _joined(rows, SUBJECTS),
        _joined(units, VILLAGES),
        pd.DataFrame(stated(found.ground, now), columns=ACCURACY),
        {key: told for key, told in moved.items() if told},
    )


def _joined(tables: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    kept = [one for one in tables if len(one)]
    if not kept:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return pd.concat(kept, ignore_index=True)[columns]


def _again(found: Assessment, one: Verdicts, share: Fraction, strict: bool) -> Verdicts:
    """Judge a target again with its limits moved; the same verdicts where none moves."""
    target, told = moves(one.target, share, strict=strict)
    ground = replace(found.ground, notes=[])  # what there is to note has been noted
    return judge(ground, target)[0] if told else one


def _placed(found: Assessment, now: Sequence[Verdicts]) -> Sides:
    """Give the verdicts at worst and at best for what the accuracy of places allows."""
    pairs = [astray(found.ground, one) or (one, one) for one in now]
    return [low for low, _ in pairs], [high for _, high in pairs]


# ---------------------------------------------------------------------------------- what changes


def states_of(one: Verdicts) -> Any:
    """
    Give each subject's verdict in a word: met, unmet, unknown, or part where it is split.

    A subject that weighs nothing has none ('').
    """
    words = np.full(len(one.rows), "part", dtype=object)
    for name in ("met", "unmet", "unknown"):
        words[getattr(one, name) == one.amount] = name
    words[one.amount == 0] = ""
    return words


def _changed(
    found: Assessment, sides: tuple[Verdicts, Verdicts, Verdicts], by: str
) -> pd.DataFrame:
    """List the subjects whose state is not the same now, at worst and at best."""
    now = sides[0]
    words = [states_of(one) for one in sides]
    at = np.flatnonzero((words[0] != words[1]) | (words[0] != words[2]))
    at = at[np.lexsort((now.rows.ids[at].astype(str), now.rows.village[at].astype(str)))]
    value, limit = now.told.value[at].copy(), now.told.limit[at].copy()
    # Where several questions are joined, the one that nearly passes says by how much.
    texts = _moved_texts(now.target.body, sides[2].target.body)
    better = [(n, texts.get(str(sides[2].told.limit[i]))) for n, i in enumerate(at)]
    for n, text in better:
        if text is not None and words[2][at[n]] != words[0][at[n]]:
            value[n], limit[n] = sides[2].told.value[at[n]], text
    cells = {
        **subject_columns(found.ground, now, at, now.rows.shapes[at]),
        "value": value,
        "limit": limit,
        **{name: told[at] for name, told in zip(STATES, words, strict=True)},
        "by": by,
    }
    return pd.DataFrame(cells)[SUBJECTS]


def _moved_texts(now: Body | None, moved: Body | None) -> dict[str, str]:
    """Give the limits of ways as a moved question writes them, each to what it was."""
    if isinstance(now, Join) and isinstance(moved, Join):
        pairs = zip(now.members, moved.members, strict=True)
        return {k: v for a, b in pairs for k, v in _moved_texts(a, b).items()}
    if not (isinstance(now, Measure) and isinstance(moved, Measure) and now.kind == "reach"):
        return {}
    return {_limit_text(moved.keys): _limit_text(now.keys)}


def _limit_text(keys: Mapping[str, Any]) -> str:
    """Write the limit of a way as its answer does."""
    mode = keys.get("mode", "straight")
    if mode == "road":
        return limit_of(keys).text
    if mode == "terrain":
        return f"{float(keys['minutes']):g}"
    return f"{limit_m(keys):g}" + (f" (↑{float(keys['climb_m']):g})" if "climb_m" in keys else "")


def _units(
    found: Assessment,
    now: Sequence[Verdicts],
    pair: Sides,
    by: str,
) -> pd.DataFrame:
    """Give the villages whose status changes."""
    if all(a is b for side in pair for a, b in zip(now, side, strict=True)):
        return pd.DataFrame(columns=VILLAGES)
    key = ["target_id", "unit_id"]
    card = found.scorecard
    table = card[(card["level"] == "village") & (card["unit_id"] != NOWHERE)]
    table = table[table["kind"].isin(["required", "scored", "all"])]
    table = table[[*key, "unit_name", "status"]]
    for name, side in zip(("strict", "loose"), pair, strict=True):
        other = scorecard(found.ground, list(side), found.project_name)
        other = other[other["level"] == "village"]
        said = pd.Series(
            other["status"].to_numpy(), index=pd.MultiIndex.from_frame(other[key]), dtype=object
        )
        at = pd.MultiIndex.from_frame(table[key])
        table = table.assign(**{f"status_{name}": said.reindex(at).to_numpy()})
    changed = (table["status"] != table["status_strict"]) | (
        table["status"] != table["status_loose"]
    )
    names = {"unit_id": "village_id", "unit_name": "village"}
    return table[changed].rename(columns=names).assign(by=by)[VILLAGES]


# ---------------------------------------------------------------------------------- moving limits


def moves(target: Target, share: Fraction, *, strict: bool) -> tuple[Target, tuple[str, ...]]:
    """
    Move the limits of a target.

    Parameters
    ----------
    target
        The rule.
    share
        By how much.
    strict
        Make them stricter, else looser.

    Returns
    -------
    target
        The rule with its limits moved, without other denominators and without the grades that do
        not decide.
    told
        The limits that were moved, as they were: ``within_m 800``.

    Examples
    --------
    >>> body = Measure("reach", {"facilities": "water_points", "within_m": 800})
    >>> target = Target("t", {}, "scored", "households", body)
    >>> new, told = moves(target, Fraction(1, 10), strict=True)
    >>> new.body.keys["within_m"], told
    (720.0, ('within_m 800',))
    """
    mover = _Mover(target.subjects, share, strict)
    grades: tuple[Grade, ...] = ()
    if target.body is None:
        names = [grade.id for grade in target.grades]
        enough = target.grades[: names.index(str(target.met_from)) + 1]
        grades = tuple(replace(one, body=mover.body(one.body)) for one in enough)
    new = replace(target, body=mover.body(target.body), grades=grades, beside={})
    return new, tuple(mover.told)


class _Mover:
    """Walks through a question and moves its limits one way."""

    def __init__(self, subjects: str, share: Fraction, strict: bool) -> None:
        self.subjects, self.share, self.strict = subjects, share, strict
        self.told: list[str] = []

    def body(self, body: Body | None) -> Body | None:
        if body is None:
            return None
        if isinstance(body, Join):
            found = (self.body(one) for one in body.members)
            return Join(body.how, tuple(one for one in found if one is not None))
        return Measure(body.kind, _MOVERS.get(body.kind, _Mover.where)(self, body.keys))

    def figure(self, name: str, value: Any, *, up: bool) -> Any:
        """Move one figure; 0 has no tenth, and is left as it is."""
        exact = Fraction(str(value))
        if not exact:
            return value
        self.told.append(f"{name} {value}")
        return float(exact + (abs(exact) if up else -abs(exact)) * self.share)

    def reach(self, keys: Mapping[str, Any], kind: str = "reach") -> dict[str, Any]:
        smaller = {
            key: self.figure(key, keys[key], up=not self.strict)
            for key in LIMITS[kind]
            if key in keys
        }
        return {**self.where(keys), **smaller}

    def along(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        return self.reach(keys, "along")

    def count(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        few = "at_most" in keys and "at_least" not in keys and "per" not in keys
        if "at_most" in keys and not few:
            return dict(keys)
        mine = _Mover(self.subjects, self.share, self.strict != few)
        found = mine.where(keys)
        if "within_m" in keys and "no_item" not in keys:
            found["within_m"] = mine.figure("within_m", keys["within_m"], up=not mine.strict)
        self.told += mine.told
        return found

    def attribute(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        if "per" in keys:
            return dict(keys)
        return {**keys, **self.test(str(keys["column"]), keys, self.subjects)}

    def where(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        layer = keys.get("items") or keys.get("facilities")
        layer = self.subjects if layer == "self" else layer
        if "where" not in keys or layer is None:
            return dict(keys)
        given = keys["where"]
        tables = given if isinstance(given, list) else [given]
        new = [
            {
                name: {**test, **self.test(str(name), test, str(layer))}
                if isinstance(test, Mapping)
                else test
                for name, test in table.items()
            }
            for table in tables
        ]
        return {**keys, "where": new if isinstance(given, list) else new[0]}

    def near(self, test: Mapping[str, Any]) -> dict[str, Any]:
        """Give the distance within which something must be, or (``is = false``) must not be."""
        wanted = bool(test.get("is", True))
        metres = self.figure("near within_m", test["within_m"], up=self.strict != wanted)
        return {"within_m": metres}

    def test(self, name: str, test: Mapping[str, Any], layer: str) -> dict[str, Any]:
        """Give the limits of a test of a measured column, moved; nothing for any other column."""
        if name == NEAR:
            return self.near(test)
        owner, field = resolve(name, layer)
        column = schema(owner).columns.get(field)
        if column is None or column.type != "number" or column.unit not in MEASURED:
            return {}
        return {
            key: self.figure(f"{name} {key}", test[key], up=(key == "at_least") == self.strict)
            for key in ("at_least", "at_most")
            if key in test
        }


_MOVERS: dict[str, Callable[[_Mover, Mapping[str, Any]], dict[str, Any]]] = {
    "reach": _Mover.reach,
    "along": _Mover.along,
    "count": _Mover.count,
    "attribute": _Mover.attribute,
}
