"""Who lacks something a new thing could give them, and from where each would be served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.ground import Bools, Subjects
from geo.reaching.afoot import gait_of
from geo.reaching.byroad import limit_of
from geo.reaching.straight import limit_m
from geo.target import Body, Join, Measure, Target
from geo.verdicts import Verdicts
from layers.places import NOWHERE
from layers.schema import schema
from layers.wrong import WrongCallError, layer_named

Ints = npt.NDArray[np.int64]
_BY_PLACE = ("inside", "village_id")
_NOT_PLACE = ("date", "each", "until", "within_hours", "at_most", "no_item", "shared_by")


@dataclass(frozen=True)
class Question:
    """
    What of a target's question a new thing answers.

    Attributes
    ----------
    layer
        The layer a new thing is a row of.
    body
        The whole question.
    measures
        Those parts of it that look for things of this layer.
    reach_m
        How far from somebody a new thing can serve, in a straight line; None where its place in a
        village decides and not its distance.
    """

    layer: str
    body: Body
    measures: tuple[Measure, ...]
    reach_m: float | None

    @property
    def lines(self) -> bool:
        """Tell whether lines are judged by the metre."""
        return any(one.kind == "along" for one in self.measures)


def leaves(body: Body | None) -> Iterator[Measure]:
    """Go through the measures of a question."""
    if isinstance(body, Join):
        for member in body.members:
            yield from leaves(member)
    elif body is not None:
        yield body


def body_of(target: Target) -> Body | None:
    """Give the question a subject must pass: the target's own, or any of the grades that will."""
    if target.body is not None or target.met_from is None:
        return target.body
    names = [one.id for one in target.grades]
    enough = target.grades[: names.index(target.met_from) + 1]
    bodies = tuple(one.body for one in enough if one.body is not None)
    return Join("any_of", bodies) if len(bodies) > 1 else bodies[0] if bodies else None


def layer_of(measure: Measure) -> str | None:
    """Give the layer of which a new thing at the right place may answer a measure."""
    keys = measure.keys
    if measure.kind == "reach":
        return str(keys["facilities"])
    if measure.kind == "along":
        return str(keys["items"])
    if measure.kind != "count" or keys["items"] == "self" or any(key in keys for key in _NOT_PLACE):
        return None
    by_place = "within_m" in keys or keys.get("by") in _BY_PLACE
    return str(keys["items"]) if by_place else None


def question_of(target: Target, layer: str | None = None) -> Question:
    """
    Say what of a target a new thing answers.

    Parameters
    ----------
    target
        The rule.
    layer
        The layer to build in; where the target looks into several, the first one's when not given.

    Raises
    ------
    UsageError
        If no new thing at whatever place answers it.
    """
    body = body_of(target)
    found = [(layer_of(one), one) for one in leaves(body)]
    found = [(name, one) for name, one in found if name is None or _is_point(name)]
    there = list(dict.fromkeys(name for name, _ in found if name is not None))
    chosen = layer or next(iter(there), "")
    mine = tuple(one for name, one in found if name == chosen)
    code = _unfit(target, body, mine, chosen)
    if there and chosen not in there:
        code = "layer_not_asked"
    if code or body is None:
        raise WrongCallError(
            code, target=target.id, title=target.title or target.id, layer_id=chosen,
            layer=layer_named(chosen), others=[layer_named(one) for one in there],
        )  # fmt: skip
    far = [one for one in (_reach_m(one) for one in mine) if one is not None]
    return Question(chosen, body, mine, max(far) if far else None)


def _unfit(target: Target, body: Body | None, mine: Sequence[Measure], layer: str) -> str:
    """Say why no new thing of a layer answers a target: key ``wrong.<code>``, '' where one does."""
    if body is None or not mine:
        return "not_by_place"
    if layer == target.subjects:
        return "judges_itself"
    if any("max_gap_m" in one.keys for one in mine):
        return "longest_stretch"
    if any(one.kind == "along" for one in mine) and isinstance(body, Join):
        return "mixed_lines"
    return ""


def _is_point(layer: str) -> bool:
    """Tell whether a thing of a layer can be one place; lines and areas are drawn by others."""
    form = schema(layer)
    return "point" in form.geometry and not form.made_from


def _reach_m(measure: Measure) -> float | None:
    """Give how far a thing can serve in a straight line, whatever the way to it."""
    keys = measure.keys
    if measure.kind == "count" or measure.kind == "along":
        return float(keys["within_m"]) if "within_m" in keys else None
    mode = str(keys.get("mode", "straight"))
    if mode == "terrain":
        return gait_of(keys).bound_m(float(keys["minutes"]))
    return limit_of(keys).metres if mode == "road" else limit_m(keys)


# ---------------------------------------------------------------------------------- who lacks it


@dataclass(frozen=True)
class Demand:
    """
    Those who lack something, row by row of the verdicts of a target.

    Attributes
    ----------
    verdicts
        The target's own verdicts.
    rows
        n positions in them: not met today, unmet or unknown.
    lacking
        What each lacks, in the target's smallest unit.
    hindered
        Why no siting can help: ``no_position``, ``eligibility`` or ''.
    """

    verdicts: Verdicts
    rows: Ints
    lacking: Ints
    hindered: npt.NDArray[np.object_]

    @property
    def subjects(self) -> Subjects:
        """Give the subjects as the ground knows them."""
        return _some(self.verdicts.rows, self.rows)

    @property
    def open(self) -> Bools:
        """Tell whom a new thing could help."""
        return np.asarray(self.hindered == "")


def _some(rows: Subjects, at: Any) -> Subjects:
    return Subjects(rows.layer, rows.ids[at], rows.cells.take(at), rows.village[at],
                    rows.shapes[at])  # fmt: skip


def demand_of(verdicts: Verdicts, question: Question, *, everybody: bool = False) -> Demand:
    """
    List those who lack what a target asks for.

    Parameters
    ----------
    verdicts
        The target's own verdicts (``Assessment.found``).
    question
        What is to be built.
    everybody
        List those who lack nothing too, as lacking 0.
    """
    rows = np.flatnonzero((verdicts.met < verdicts.amount) | everybody)
    lacking = (verdicts.amount - verdicts.met)[rows]
    placed = ~shapely.is_missing(verdicts.rows.shapes[rows])
    # In a village without an outline a thing can still be in the village.
    if question.reach_m is None and not any(
        m.keys.get("by") == "inside" for m in question.measures
    ):
        placed |= verdicts.rows.village[rows] != NOWHERE
    doubtful = verdicts.told.reason[rows] == "eligibility_unknown"
    unlisted = verdicts.told.reason[rows] == "unlisted"
    hindered = np.where(doubtful, "eligibility", np.where(placed & ~unlisted, "", "no_position"))
    return Demand(verdicts, rows.astype(np.int64), lacking.astype(np.int64),
                  hindered.astype(object))  # fmt: skip


# ---------------------------------------------------------------------------------- how much


def groups(villages: npt.NDArray[np.object_], order: Sequence[str]) -> Ints:
    """
    Give each row the code of its village, -1 where it is none of them.

    Examples
    --------
    >>> groups(np.array(["b", "-", "a"], dtype=object), ["a", "b"]).tolist()
    [1, -1, 0]
    """
    place = {name: at for at, name in enumerate(order)}
    return np.array([place.get(str(one), -1) for one in villages], dtype=np.int64)


def sums(values: Ints, codes: Ints, n: int) -> Ints:
    """Add up whole numbers by code; those of -1 are left out."""
    total = np.zeros(n, dtype=np.int64)
    there = codes >= 0
    np.add.at(total, codes[there], values[there])
    return total


def wanted(goal: Fraction, amounts: Ints) -> Ints:
    """
    Give the least whole part of each amount that reaches a share.

    Examples
    --------
    >>> wanted(Fraction("0.8"), np.array([404, 405, 0])).tolist()
    [324, 324, 0]
    """
    top, below = goal.numerator, goal.denominator
    return np.array([-(-top * int(one) // below) for one in amounts], dtype=np.int64)
