"""Places: townships and villages in order of their score, and how they moved since last time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.scorecard import ALL, COUNTED
from geo.sides import Side, side_of
from layers.text import percent
from works.board import Board, Row
from works.figures import exact
from works.tasks.life import rules

COLUMNS = [
    "level", "place", "unit_id", "unit_name", "township", "villages", "villages_met", "rate",
    "score", "unknown", "not_assessed", "status", "place_before", "score_before", "moved",
    "unranked",
]  # fmt: skip
INCOMPLETE, NOTHING = "incomplete", "nothing"
LEVELS = ("township", "village")


def ranking(after: Side, before: Side | None = None, level: str = "township") -> pd.DataFrame:
    """
    Rank the units of a level, inside the scope of what was counted.

    Parameters
    ----------
    after
        The period that is ranked.
    before
        The earlier period the places are held against.
    level
        ``township`` or ``village``.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, by place, equals in their official order, those without a place last. ``score``
        as printed decides: two that read alike share a place, and the next place is left out.
        ``unknown`` are the points that are still to be verified, ``not_assessed`` the weight of
        100 of which nobody has data. ``moved``: by how many places up (down where below 0), None
        where one of the two periods gives no place. ``unranked``: ``incomplete`` where too much is
        unknown (``rank_unknown`` of ``data/work.toml``), ``nothing`` where nothing is assessed.

    Notes
    -----
    Unknown is the weighted share that is to be verified. Where others have data for a target and a
    unit has none, that weight counts as unknown too: to send nothing must not lift a place.
    """
    rows = _rows(after, level)
    then = {} if before is None else {row["unit_id"]: row for row in _rows(before, level)}
    made = []
    for row in rows:
        old = then.get(row["unit_id"], {})
        moved = None
        if old.get("place") is not None and row["place"] is not None:
            moved = old["place"] - row["place"]
        made.append(
            row
            | {"place_before": old.get("place"), "score_before": old.get("score"), "moved": moved}
        )
    made.sort(key=lambda row: (row["place"] is None, row["place"] or 0))
    cells = {name: [row[name] for row in made] for name in COLUMNS}
    return pd.DataFrame(cells, columns=COLUMNS, dtype=object)


def rank_board(board: Board, level: str = "township") -> pd.DataFrame:
    """Rank the units of a level as :func:`ranking` does, against the board's earlier day."""
    before = None if board.before is None else side_of(board.before.assessment)
    return ranking(side_of(board.assessment), before, level)


def by_unit(places: pd.DataFrame) -> dict[str, Row]:
    """Give the rows of a ranking by unit."""
    rows: list[Any] = places.to_dict("records")
    return {str(row["unit_id"]): row for row in rows}


def _rows(side: Side, level: str) -> list[dict[str, Any]]:
    card = side.scorecard
    mine = card[(card["level"] == level) & (card["target_id"] == ALL)]
    rows: list[Any] = mine.to_dict("records")
    lacking = [exact(row["missing"]) for row in rows if exact(row["amount"])]
    common = min(lacking, default=Fraction(0))
    towns = side.homes["town"]
    found = []
    for row in rows:
        why = _unranked(row, common)
        villages = _villages(row)
        found.append(
            {
                "level": level,
                "unit_id": str(row["unit_id"]),
                "unit_name": row["unit_name"],
                "township": towns.get(str(row["unit_id"])) if level == "village" else None,
                "villages": villages,
                "villages_met": None if villages is None else row["villages_met"],
                "rate": None if not villages else percent(int(row["villages_met"]), villages),
                "score": percent(exact(row["met"]), 100) if why != NOTHING else None,
                "unknown": percent(exact(row["unknown"]), 100) if why != NOTHING else None,
                "not_assessed": percent(exact(row["missing"]), 100),
                "status": row["status"],
                "unranked": why,
            }
        )  # fmt: skip
    place = places({row["unit_id"]: row["score"] for row in found if not row["unranked"]})
    return [row | {"place": place.get(row["unit_id"])} for row in found]


def _unranked(row: Mapping[str, Any], common: Fraction) -> str:
    """Say why a unit has no place, '' where it has one."""
    if not exact(row["amount"]):
        return NOTHING
    limit = Fraction(str(rules().limits.rank_unknown))
    unknown, missing = exact(row["unknown"]) / 100, exact(row["missing"]) / 100
    alone = missing - common / 100
    whole = alone + unknown * (1 - missing)
    return INCOMPLETE if max(unknown, whole) > limit else ""


def _villages(row: Mapping[str, Any]) -> int | None:
    """Count the villages that are judged; what nobody assessed counts, what does not apply not."""
    if row["level"] == "village":
        return None
    return sum(int(row[f"villages_{name}"]) for name in COUNTED)


def places(scores: Mapping[str, str]) -> dict[str, int]:
    """
    Give places by score; equals share one, and the next comes after all of them.

    Parameters
    ----------
    scores
        Points as printed, so that two that read alike are equal; — has no place.

    Examples
    --------
    >>> places({"a": "88.0", "b": "92.4", "c": "88.0", "d": "76.8", "e": "—"})
    {'a': 2, 'b': 1, 'c': 2, 'd': 4}
    """
    points = {unit: Fraction(score) for unit, score in scores.items() if score != "—"}
    return {
        unit: 1 + sum(other > mine for other in points.values()) for unit, mine in points.items()
    }


def arrow(moved: int | None) -> str:
    """
    Print how a place moved.

    Examples
    --------
    >>> arrow(2), arrow(-1), arrow(0), arrow(None)
    ('↑2', '↓1', '—', '—')
    """
    if not moved:
        return "—"
    return f"↑{moved}" if moved > 0 else f"↓{-moved}"
