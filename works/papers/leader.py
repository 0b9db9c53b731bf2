"""The leader page 达标情况简报: three sentences, the townships, the map, on one sheet of A4."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from works.board import ALL, Board, Row
from works.figures import text
from works.papers.cells import JUDGED
from works.papers.letters import breadth
from works.papers.model import Beside, Block, Figure, Paper, Say, Sign, Table
from works.papers.setting import HIGH, WIDE, Laid, lay
from works.papers.tables import TownTable, target_rows, town_table, worst
from works.papers.teller import Drawings, Teller
from works.papers.totals import check_totals
from works.plans import Plan
from works.sentences import sentences

_MAP_WIDE, _BARS_WIDE = 98.0, 55.0
_LEAST, _MOST = 44.0, 84.0
"""Heights between which the drawings read well."""
_BARS, _BAR, _BARS_FRAME = (2, 6), 11.4, 17.0
"""How many bars there are, how high each is, and what stands around them."""
_FEWEST, _NAMED, _SLIMMEST = 5, 3, 2
"""So many townships have a row of their own however little room there is."""
_POINT = 25.4 / 72
"""Millimetres."""
_LINE = {"zh": (16.0, 9.88, 0.0), "en": (12.0, 6.71, 1.06)}
"""Size of the text's letters in points, height of its lines and gap after a paragraph in mm."""
_NOTE = (9.0, 4.77)
_NOTES_IN, _HEAD_SCALE, _SERIF = 8.0, 0.9, 0.86
_META, _SIGN, _GAPS, _ROW = 6.8, 6.4, 8.9, 6.7
_TITLE = {"zh": (22.0, 10.6), "en": (20.0, 9.6)}


def leader_page(
    board: Board,
    lang: str,
    *,
    plans: Sequence[Plan] = (),
    places: pd.DataFrame | None = None,
    public: bool = False,
    demo: bool | None = None,
    drawings: Drawings | None = None,
) -> Paper:
    """
    Write the page a leader reads.

    Parameters
    ----------
    board
        What people read off the assessment, with that of the month before where there is one.
    lang
        ``zh`` or ``en``.
    plans
        What money would bring (``works.plans.plans``).
    places
        The ranking of the townships (``works.ranking``); made from the board where it is
        not given.
    public
        True for a page anybody may see.
    demo
        True where all of it is invented; None asks the project's name.
    drawings
        What draws the map and the bars (``works.papers.draw``); None leaves them out.

    Raises
    ------
    ConservationError
        If a total does not add up: then there is no page.
    """
    check_totals(board)
    teller = Teller(board, lang, public, demo, drawings)
    title = (teller.project, teller.say("papers.leader.title", month=teller.month))
    # How many targets fail stands over the bars where there are any.
    said = _said(board, lang, plans, brief=drawings is not None)
    towns = _towns(teller, places)
    high = _left(teller, title, said, towns)
    if drawings is not None and high < _LEAST and towns is not None:
        rows = len(towns.table.rows) - 1 - math.ceil((_LEAST - high) / _ROW)
        towns = _towns(teller, places, max(_FEWEST, rows))
        high = _left(teller, title, said, towns)
    figures: list[Block] = []
    if high >= _LEAST * 0.8:
        shown = shown_targets(board, min(_BARS[1], max(_BARS[0], _bars_in(high))))
        figures = _figures(teller, shown, min(high, _MOST))
    if not figures:
        said = _said(board, lang, plans, brief=False)
    blocks: list[Block] = [*said, *([] if towns is None else [towns.table]), *figures]
    blocks += [teller.notes(*_notes(teller, towns)), Sign()]
    say = teller.say
    meta = teller.meta(say("papers.unit.count"), "%", say("unit.point"))
    name = say("papers.leader.name", project=teller.project, month=teller.month)
    return teller.paper(name, title, blocks, meta=meta)


def _said(board: Board, lang: str, plans: Sequence[Plan], *, brief: bool) -> list[Say]:
    told = sentences(board, lang, plans, brief=brief)
    return [Say(_label(one.label, lang), one.text) for one in told]


def _towns(teller: Teller, places: pd.DataFrame | None, most: int = 0) -> TownTable | None:
    """Give the townships in a table that stays upright: with fewer columns where it must."""
    for slim in range(_SLIMMEST + 1):
        made = town_table(teller, places, most=most, slim=slim)
        if made is None or not lay(made.table).turned:
            break
    return made


def _bars_in(high: float) -> int:
    return int((high - _BARS_FRAME) // _BAR)


def _label(label: str, lang: str) -> str:
    return f"{label}。" if lang == "zh" else f"{label}."


def shown_targets(board: Board, most: int = _BARS[1]) -> list[Row]:
    """
    Give the targets whose bars are shown: required ones, those that keep villages back first.

    Where the standard requires nothing, those it counts; in the order of the standard.
    """
    rows = target_rows(board, *board.top, "required") or target_rows(board, *board.top)
    judged = [row for row in rows if row["status"] in JUDGED]
    kept = [str(row["target_id"]) for row in [*worst(judged), *judged, *worst(rows), *rows]]
    chosen = list(dict.fromkeys(kept))[:most]
    return [row for row in rows if str(row["target_id"]) in chosen]


def _figures(teller: Teller, rows: Sequence[Row], high: float) -> list[Block]:
    """Give the map and the bars side by side."""
    drawn, board = teller.drawings, teller.board
    if drawn is None:
        return []
    parts: list[Figure] = []
    mapped = has_map(board)
    if mapped:
        parts.append(
            drawn.county_map(
                board, ALL, teller.lang, wide_mm=_MAP_WIDE, high_mm=high, public=teller.public
            )
        )
    if rows:
        wide = _BARS_WIDE if mapped else WIDE
        title, counts = _bars_title(teller, rows), _tally(teller, rows)
        parts.append(drawn.bars(board, rows, teller.lang, wide, title=title, counts=counts))
    return [Beside(tuple(parts))] if len(parts) > 1 else [*parts]


def _bars_title(teller: Teller, shown: Sequence[Row]) -> str:
    """Say what the bars are of, and how many more there are in the report."""
    kind = text(shown[0]["kind"])
    rows = target_rows(teller.board, *teller.board.top, kind)
    key = "papers.bars" if len(rows) == len(shown) else "papers.bars_some"
    return teller.say(key, kind=teller.say(f"kind.{kind}"), n=len(rows), k=len(shown))


def _tally(teller: Teller, shown: Sequence[Row]) -> Counter[str]:
    """Count the targets of which the shown ones are some, by their status."""
    rows = target_rows(teller.board, *teller.board.top, text(shown[0]["kind"]))
    return Counter(text(row["status"]) for row in rows)


def has_map(board: Board) -> bool:
    """Tell whether villages have places to draw."""
    ground = board.assessment.ground
    return ground.data.crs is not None and bool(ground.items("villages").placed.any())


def _notes(teller: Teller, towns: TownTable | None) -> list[str]:
    board, say = teller.board, teller.say
    first = teller.standard(brief=True)
    if missing := [teller.brief(key) for key in board.unassessed]:
        few = len(missing) <= _NAMED
        key = "papers.note.missing_few" if few else "papers.note.missing"
        first += say(key, n=len(missing), names=teller.listed(missing))
    lines = [first, *teller.counted(teller.headline)]
    if len(lines) > 1:
        lines[-1] += say("papers.note.range")
    last = ""
    if towns is not None and towns.left:
        n, level = towns.left, teller.noun("township")
        last = say("papers.note.some_towns", n=n, level=level)
    if towns is not None and towns.unranked:
        last += teller.unranked(towns.unranked, _NAMED)
    return [*lines, last]


# ---------------------------------------------------------------------------------- one sheet


def _left(
    teller: Teller, title: Sequence[str], said: Sequence[Say], towns: TownTable | None
) -> float:
    """Estimate how many millimetres are left for the drawings."""
    size, line, gap = _LINE["en" if teller.lang == "en" else "zh"]
    indent = 2.0 if teller.lang == "zh" else 0.0
    # Running text is set in narrower letters than tables, for which breadths are told.
    wide = WIDE / _SERIF if teller.lang == "en" else WIDE
    used = _META + _SIGN + _GAPS
    letters, high = _TITLE["en" if teller.lang == "en" else "zh"]
    used += sum(high * _lines(one, letters, wide) for one in title)
    used += sum(line * _lines(f"{one.label} {one.text}", size, wide, indent) + gap for one in said)
    for note in filter(None, _notes(teller, towns)):
        used += _NOTE[1] * _lines(note, _NOTE[0], wide * (1 - _NOTES_IN / WIDE))
    return HIGH - used - (0.0 if towns is None else _high(towns.table))


def _lines(text: str, size: float, wide: float, indent: float = 0.0) -> int:
    """Estimate how many lines a text takes."""
    return max(1, math.ceil((breadth(text) + indent) * size * _POINT / wide))


def _high(table: Table) -> float:
    """Estimate the height of a table as it is laid on paper."""
    laid = lay(table)
    rows = [_row_lines(laid, [cell.text for cell in row]) for row in table.rows]
    heads = _row_lines(laid, [col.head for col in table.columns], _HEAD_SCALE)
    points = laid.size * (1.25 * heads - 0.25) + 5.5
    points += sum(laid.size * (1.25 * lines + 0.51) + 0.5 for lines in rows)
    return points * _POINT


def _row_lines(laid: Laid, texts: Sequence[str], scale: float = 1.0) -> int:
    """Estimate how many lines the longest cell of a row takes."""
    return max(
        sum(
            max(1, math.ceil(breadth(line) * scale / laid.room(place))) for line in text.split("\n")
        )
        for place, text in enumerate(texts)
    )
