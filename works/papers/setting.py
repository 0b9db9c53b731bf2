"""How a paper is set: its page, which tables lie on their side, how wide each column is.

Word file, PDF and HTML are set from here, so that they break at the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from works.papers.letters import breadth, clean, is_chinese, longest_word
from works.papers.model import (
    Beside,
    Block,
    Col,
    Figure,
    Photo,
    Table,
)

TOP, LEFT, WIDE, HIGH = 37.0, 28.0, 156.0, 225.0
"""Margins and text block of an upright page in millimetres."""
GAP = 4.0
"""Between blocks side by side."""
SIZES = (10.5, 10.0, 9.5, 9.0)
"""Sizes of letters in tables, the first that fits."""
PAD = 0.8
"""Left and right of what stands in a cell, in millimetres."""
_MM = 72 / 25.4
_SIGN = 1.3
_HEAD_LINES, _HEAD_WHOLE, _MANY = 3, 3.5, 9
_HEAD_SCALE, _HEAVY_SCALE = 0.94, 0.99
"""Heads are a little smaller than cells; our own letters are heavy there, and so wider."""
_WRAPS_FROM, _EASY, _WORD_MOST, _LINE_MOST, _LONG = 6.0, 9.0, 9.0, 12.0, 110.0
_TINY = 8.0


@dataclass(frozen=True)
class Laid:
    """
    A table on paper.

    Attributes
    ----------
    table
        What it says.
    widths
        Of its columns, in millimetres.
    size
        Of its letters, in points.
    turned
        Whether it needs a page on its side.
    """

    table: Table
    widths: tuple[float, ...]
    size: float
    turned: bool

    def room(self, column: int) -> float:
        """Give the room a cell has, in heights of its letters."""
        return (self.widths[column] - 2 * PAD) * _MM / self.size


@dataclass(frozen=True)
class Heads:
    """A cell of the head: its text, how many columns and how many rows it takes."""

    text: str
    columns: int = 1
    rows: int = 1


def head_rows(columns: Sequence[Col]) -> list[list[Heads]]:
    """
    Give the head of a table: one row, or two where some columns have a head in common.

    Examples
    --------
    >>> rows = head_rows((Col("乡镇"), Col("达标", group="村"), Col("待定", group="村")))
    >>> [[(h.text, h.columns, h.rows) for h in row] for row in rows]
    [[('乡镇', 1, 2), ('村', 2, 1)], [('达标', 1, 1), ('待定', 1, 1)]]
    """
    if not any(column.group for column in columns):
        return [[Heads(column.head) for column in columns]]
    upper: list[Heads] = []
    lower: list[Heads] = []
    before = ""
    for column in columns:
        if not column.group:
            upper.append(Heads(column.head, rows=2))
        else:
            if column.group == before:
                upper[-1] = Heads(before, upper[-1].columns + 1)
            else:
                upper.append(Heads(column.group))
            lower.append(Heads(column.head))
        before = column.group
    return [upper, lower]


def lay(table: Table, wide: float = WIDE, *, may_turn: bool = True) -> Laid:
    """
    Find how a table goes on paper: with smaller letters before it lies on its side.

    Parameters
    ----------
    table
        What it says.
    wide
        The room it has upright, in millimetres.
    may_turn
        Whether it may lie on its side; one beside something else may not.
    """
    needs = [_need(table, place) for place in range(len(table.columns))]
    turns = may_turn and wide == WIDE
    upright = [(size, wide, False) for size in SIZES]
    aside = [(size, HIGH, True) for size in SIZES] if turns else []
    tries = [(one, True) for one in upright]
    if len(table.columns) > _MANY:
        tries += [(one, True) for one in aside]
        tries += [(upright[-1], False)]
    else:
        tries += [(upright[-1], False)] + [(one, True) for one in aside]
    last = (SIZES[-1], HIGH, True) if turns else (_TINY, wide, False)
    for (size, room, turned), at_ease in tries:
        if sum(_in_mm([need.easy if at_ease else need.least for need in needs], size)) <= room:
            return Laid(table, _shared(table, needs, room, size), size, turned)
    size, room, turned = last
    return Laid(table, _shared(table, needs, room, size), size, turned)


def _in_mm(needs: Iterable[float], size: float) -> list[float]:
    return [need * size / _MM + 2 * PAD for need in needs]


@dataclass(frozen=True)
class _Need:
    """The room of a column in heights of its letters: what it cannot do without, and more."""

    least: float
    easy: float
    best: float


def _need(table: Table, place: int) -> _Need:
    column = table.columns[place]
    least = _head_need(column.head)
    easy, best = least, max(breadth(line) for line in clean(column.head, lines=True).split("\n"))
    most = _WORD_MOST if column.align == "left" else _LINE_MOST
    for row in table.rows:
        cell = row[place]
        sign = _SIGN if cell.status else 0.0
        for line in clean(cell.text, lines=True).split("\n"):
            whole = breadth(line)
            word = min(longest_word(line), most)
            least = max(least, sign + max(word, min(whole, _WRAPS_FROM)))
            easy = max(easy, sign + max(word, min(whole, _EASY)))
            best = max(best, sign + whole)
    return _Need(least, max(least, easy), max(best, least, easy))


def _head_need(head: str) -> float:
    """Give the room of a head: on the lines it was given; a long one on two, words undivided."""
    lines = clean(head, lines=True).split("\n")
    if is_chinese(head):
        room = max(breadth(line) for line in lines)
        if len(lines) == 1 and room > _HEAD_WHOLE:
            room = max(longest_word(head), _HEAD_WHOLE, room / 2 + 0.5)
        return min(room * _HEAD_SCALE, _LINE_MOST)
    words = max(longest_word(line) for line in lines)
    folded = max(breadth(line) for line in lines) / _HEAD_LINES
    return min(max(words, folded) * _HEAVY_SCALE, _LINE_MOST)


def _shared(table: Table, needs: Sequence[_Need], wide: float, size: float) -> tuple[float, ...]:
    """Share a width out: to each column what it needs, the rest as the table asks."""
    least = _in_mm([need.least for need in needs], size)
    left = wide - sum(least)
    if left <= 0:
        return tuple(width * wide / sum(least) for width in least)
    best = _in_mm([need.best for need in needs], size)
    parts = [column.wide for column in table.columns]
    if len(set(parts)) == 1:
        # The table asks for nothing: what is long gets more.
        parts = [min(width, _LONG) for width in best]
    widths = list(least)
    # No column gets more than its longest line while another still has to fold its own.
    for _ in parts:
        open_ones = [n for n, width in enumerate(widths) if width < best[n] - 0.01]
        if left < 0.01 or not open_ones:
            break
        wished = sum(parts[n] for n in open_ones)
        given = [min(parts[n] / wished * left, best[n] - widths[n]) for n in open_ones]
        for n, more in zip(open_ones, given, strict=True):
            widths[n] += more
        left -= sum(given)
    # What is still left, and what rounding took; it must not make a table wider than its page.
    widths = [width + left * part / sum(parts) for width, part in zip(widths, parts, strict=True)]
    return tuple(width * wide / sum(widths) for width in widths)


def paired(blocks: Iterable[Block], wide: float) -> Iterator[Block]:
    """Put photos that follow each other side by side, as many as there is room for."""
    row: list[Photo] = []
    for block in blocks:
        if isinstance(block, Photo):
            if row and sum(one.wide_mm + GAP for one in row) + block.wide_mm > wide:
                yield _row(row)
                row = []
            row.append(block)
            continue
        if row:
            yield _row(row)
            row = []
        yield block
    if row:
        yield _row(row)


def _row(photos: list[Photo]) -> Block:
    return photos[0] if len(photos) == 1 else Beside(tuple(photos))


def beside_widths(parts: Sequence[Block], wide: float) -> list[float]:
    """
    Give the widths of blocks side by side: drawings keep theirs, the others share what is left.

    Examples
    --------
    >>> beside_widths((Figure("", 60, 40), Table((), ()), Table((), ())), 156)
    [60.0, 44.0, 44.0]
    """
    room = wide - GAP * (len(parts) - 1)
    fixed = [float(p.wide_mm) if isinstance(p, Figure | Photo) else 0.0 for p in parts]
    free = fixed.count(0.0)
    most = room - free * min(30.0, room / len(parts))
    taken = sum(fixed)
    if taken > most or not free:
        scale = min(1.0, most / taken) if taken else 1.0
        fixed = [width * scale for width in fixed]
    left = (room - sum(fixed)) / free if free else 0.0
    return [width or left for width in fixed]
