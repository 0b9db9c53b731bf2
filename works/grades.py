"""Grades in figures: the share of each grade in a place, and the grade of each subject."""

from __future__ import annotations

from geo.assess import Assessment
from layers.text import said
from works.board import Board, Row
from works.figures import exact

NOT_KNOWN = ""
"""The grade of a subject of which nobody can tell yet."""


def graded(board: Board, level: str, unit: str, target: str, lang: str) -> list[tuple[str, Row]]:
    """
    Give each grade of a target with its row of the scorecard in a place, best first.

    Parameters
    ----------
    board
        What people read off the assessment.
    level, unit
        The place.
    target
        Id of a target.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    list
        Title and row; empty where the target has no grades or nothing is judged there.
    """
    rule = board.targets.get(target)
    own = board.row(level, unit, target)
    if rule is None or own is None or own["status"] == "not_assessed" or not exact(own["amount"]):
        return []
    rows = [(one, board.row(level, unit, f"{target}.{one.id}")) for one in rule.grades]
    return [(said(one.title, lang), row) for one, row in rows if row is not None]


def grade_of_subjects(found: Assessment, target: str) -> dict[str, str]:
    """
    Give the id of the grade each subject of a target has, :data:`NOT_KNOWN` where nobody knows.

    Empty where the target has no grades.
    """
    grades = {f"{target}.{one.id}": one.id for one in found.target(target).grades}
    result: dict[str, str] = {}
    for one in found.found:
        name = grades.get(one.key)
        if name is None or one.kind != "grade":
            continue
        for subject, met, unknown in zip(
            one.rows.ids.astype(str), one.met, one.unknown, strict=True
        ):
            if met:
                result[subject] = name
            elif unknown:
                result.setdefault(subject, NOT_KNOWN)
    return result
