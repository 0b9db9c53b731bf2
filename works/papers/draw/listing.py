"""Names under a map, for villages that had room for a number only."""

from __future__ import annotations

from collections.abc import Sequence

from works.papers.draw.furniture import EDGE, Page, rule
from works.papers.draw.pen import breadth, clean, shortened, word

_PART = 0.4
"""No list takes more of the paper's height than this."""
_LONGEST, _STEP = 14.0, 1.35
"""Width of a column at most, and height of a line, in letters."""


def _letters(page: Page) -> float:
    return page.letters * 0.8


def _columns(page: Page, names: Sequence[str]) -> int:
    """Give how many columns fit: as wide as the longest name, and a number before it."""
    longest = max((breadth(clean(one), 1.0) for one in names), default=1.0) + 3.0
    room = page.size[0] - 2 * EDGE - 4
    return max(int(room / (_letters(page) * min(longest, _LONGEST))), 1)


def list_high(page: Page, names: Sequence[str]) -> float:
    """Give the height a list of names takes, in millimetres; bounded, 0 for none."""
    if not names:
        return 0.0
    lines = -(-len(names) // _columns(page, names))
    wanted = lines * _letters(page) * _STEP + _letters(page) * 1.7
    return min(wanted, page.size[1] * _PART)


def capacity(page: Page, names: Sequence[str]) -> int:
    """Give how many names the list made for ``names`` holds."""
    high = list_high(page, names)
    lines = int((high - _letters(page) * 1.7) / (_letters(page) * _STEP) + 1e-6)
    return max(lines, 0) * _columns(page, names)


def draw_list(page: Page, rows: Sequence[tuple[int, str]], top: float) -> list[str]:
    """
    Write numbers and names under a map, column by column.

    Parameters
    ----------
    page
        The paper.
    rows
        Number and plain name.
    top
        Where the list begins, in millimetres.
    """
    if not rows:
        return []
    size, columns = _letters(page), _columns(page, [name for _, name in rows])
    lines = -(-len(rows) // columns)
    step = (page.size[0] - 2 * EDGE - 4) / columns
    parts = [rule(page.size, top)]
    for at, (number, name) in enumerate(rows):
        column, line = divmod(at, lines)
        x, y = EDGE + 2 + column * step, top + size * 1.5 + line * size * _STEP
        told = shortened(f"{number} {clean(name)}", size, step - size * 0.6)
        parts.append(word((x, y), told, size))
    return parts
