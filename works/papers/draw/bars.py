"""Low-high bars for paper, with their key: the heights tell the parts apart without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import shapely

from layers.text import t
from works.board import Board, Row
from works.figures import STATUSES, exact, fraction, share_text
from works.papers.draw.furniture import Draw, Key, band, draw_band, sign_key
from works.papers.draw.pen import (
    INK,
    LINE,
    Box,
    breadth,
    drawing,
    hatched,
    line,
    outline,
    path,
    rect,
    shortened,
    sign,
    word,
)
from works.papers.model import Figure

MET, OPEN, UNMET, GOAL = 3.7, 2.1, 1.06, 5.3
"""Heights in millimetres: of what is met, to verify, falls short, and of the goal's tick."""
_PARTS = (("met", MET, "#009E73"), ("unknown", OPEN, "#E69F00"), ("unmet", UNMET, "#D55E00"))
_STEP = 11.4
"""From one bar to the next."""
_LETTERS = 2.75


def bars(
    board: Board,
    rows: Sequence[Row],
    lang: str,
    wide_mm: float,
    *,
    title: str = "",
    counts: Mapping[str, int] | None = None,
) -> Figure:
    """
    Draw scorecard rows as bars, each under its name and its share.

    Parameters
    ----------
    board
        What people read off the assessment.
    rows
        Scorecard rows of targets.
    lang
        ``zh`` or ``en``.
    wide_mm
        Width on paper; the height follows from the rows.
    title
        What stands above, plain text; else the kind of the targets.
    counts
        How many targets have which status, in a line under the title; None for no line.
    """
    kind = str(rows[0]["kind"]) if rows else "required"
    title = title or t("draw.bars.title", lang, kind=t(f"kind.{kind}", lang))
    keys = band(_keys(lang), min(_LETTERS * 0.9, wide_mm / 26), wide_mm, gap=0.9)
    tally = band(_tally(counts or {}, lang), _LETTERS * 0.88, wide_mm, gap=0.7)
    top = _LETTERS * 1.9 + tally.high
    high = top + len(rows) * _STEP + keys.high + 1.2
    heading = (wide_mm / 2, _LETTERS * 1.25)
    parts = [word(heading, title, _LETTERS * 1.08, anchor="middle")]
    parts += draw_band(tally, 0, _LETTERS * 1.6)
    for at, row in enumerate(rows):
        parts += _row(board, row, lang, top + at * _STEP, wide_mm)
    y = top + len(rows) * _STEP + 0.6
    parts += [line([(0, y), (wide_mm, y)], 0.15, INK), *draw_band(keys, 0, y)]
    return Figure(drawing((wide_mm, round(high, 1)), title, parts), wide_mm, round(high, 1), title)


def status_key(lang: str, wide_mm: float) -> Figure:
    """Draw the signs of all statuses with their words."""
    keys = [
        sign_key(status, t(f"status.{status}.short", lang))
        for status in STATUSES
        if status != "reported"
    ]
    rows = band(keys, _LETTERS, wide_mm)
    high = round(rows.high, 1)
    title = t("paper.map.key", lang)
    return Figure(drawing((wide_mm, high), title, draw_band(rows, 0, 0)), wide_mm, high, title)


def _row(board: Board, row: Row, lang: str, top: float, wide: float) -> list[str]:
    status = str(row["status"])
    share = "—" if status in ("not_assessed", "not_applicable") else share_text(row)
    left = _LETTERS * 1.75
    room = wide - left - breadth(share, _LETTERS) - 1.5
    name = shortened(board.title(str(row["target_id"]), lang), _LETTERS, room)
    base = top + _LETTERS * 1.05
    parts = [
        sign(status, (_LETTERS * 0.7, base - _LETTERS * 0.35), _LETTERS * 1.3),
        word((left, base), name, _LETTERS),
        word((wide, base), share, _LETTERS, anchor="end"),
    ]
    return parts + bar(row, goal_share(board, row), (left, base + 1.0, wide, base + 1.0 + GOAL))


def bar(row: Row, goal: Fraction | None, box: Box) -> list[str]:
    """
    Draw the low-high bar of a scorecard row.

    Parameters
    ----------
    row
        A scorecard row.
    goal
        The share to reach, marked by a tick; None where there is none.
    box
        Where it goes, in millimetres; as high as the tick.
    """
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    amount = exact(row["amount"])
    if row["status"] == "not_assessed":
        field = (left, middle - MET / 2, right, middle + MET / 2)
        lines = outline(hatched(shapely.box(*field), 0.9))
        return [rect(field, stroke=LINE, wide=0.2), path(lines, stroke=LINE, wide=0.15)]
    parts = [line([(left, middle), (right, middle)], 0.15, "#C9D0D6")]
    if not amount:
        return parts
    start = left
    for name, high, colour in _PARTS:
        end = start + float(exact(row[name]) / amount) * (right - left)
        if end - start > 0.005:
            parts.append(rect((start, middle - high / 2, end, middle + high / 2), fill=colour))
        start = end
    if goal is not None and 0 <= goal <= 1:
        x = left + float(goal) * (right - left)
        parts.append(rect((x - 0.45, top, x + 0.45, bottom), fill="#FFFFFF"))
        parts.append(rect((x - 0.26, top, x + 0.26, bottom), fill=INK))
    return parts


def goal_share(board: Board, row: Row) -> Fraction | None:
    """Give the share a row has to reach; None where its goal is no share."""
    goal, amount = fraction(row["goal"]), exact(row["amount"])
    if goal is None or not board.planned(row):
        return goal
    return goal / amount if amount else None


def _tally(counts: Mapping[str, int], lang: str) -> list[Key]:
    """Give the statuses with how many targets have them, those without any left out."""
    return [
        sign_key(status, t("draw.count", lang, word=t(f"status.{status}.short", lang), n=n))
        for status in STATUSES
        if (n := counts.get(status, 0))
    ]


def _keys(lang: str) -> list[Key]:
    words = ("met.amount", "unknown.amount", "unmet.amount")
    keys = [
        Key(_part(high, colour), t(key, lang), wide=1.5)
        for key, (_, high, colour) in zip(words, _PARTS, strict=True)
    ]
    return [*keys, Key(_tick, t("goal", lang), wide=0.4)]


def _part(high: float, colour: str) -> Draw:
    def draw(box: Box) -> str:
        middle = (box[1] + box[3]) / 2
        return rect((box[0], middle - high / 2, box[2], middle + high / 2), fill=colour)

    return draw


def _tick(box: Box) -> str:
    middle = (box[1] + box[3]) / 2
    return rect((box[0] + 0.2, middle - 2, box[0] + 0.72, middle + 2), fill=INK)
