"""Heads of lists that come back: as they were sent, or as some program renamed them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from layers.forms import form
from layers.schema import Layer
from layers.text import plain

FORM = "returns"
_NUMBERED = re.compile(r"[\s_.(（-]*\d{1,2}[)）]?$")
"""What programs put behind a head that is there twice: ``work_no_2``, ``版本 (2)``, ``note.1``."""
_CUT = 10
"""Bytes a shapefile keeps of a head."""


def columns() -> Layer:
    """Give the columns a list that comes back may have."""
    return form(FORM)


def fields(heads: Iterable[str]) -> dict[str, list[str]]:
    """
    Find out which heads stand for which column of a returned list.

    Parameters
    ----------
    heads
        Heads of the file.

    Returns
    -------
    dict
        Column to its heads: those written as agreed first, then renamed and cut ones.

    Examples
    --------
    >>> fields(["WORK_NO ", "任务编号_2", "quantity_d", "quantity", "完成情"])
    {'work_no': ['WORK_NO ', '任务编号_2'], 'quantity_done': ['quantity_d'], 'state': ['完成情']}
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for head in heads:
        sure, name = _field(head)
        if name:
            found.setdefault(name, []).append((sure, head))
    return {name: [head for _, head in sorted(held)] for name, held in found.items()}


def _field(head: str) -> tuple[int, str]:
    """Give the column a head stands for, '' for none, and how far it is from what was agreed."""
    known = columns().aliases
    folded = plain(head)
    if folded in known:
        return (0 if folded == plain(known[folded]) else 1), known[folded]
    if not folded:
        return 9, ""
    bare = plain(_NUMBERED.sub("", unicodedata.normalize("NFKC", head).strip()))
    if bare in known:
        return 2, known[bare]
    name = _cut(head.strip(), folded)
    return (3, name) if name else (9, "")


def _cut(head: str, folded: str) -> str:
    """Give the one column whose head a shapefile cut to this, '' where there is none or several."""
    if head.isascii():
        shortened = len(head) == _CUT
    else:
        lengths = (len(head.encode("utf-8")), len(head.encode("gb18030", "replace")))
        shortened = any(_CUT - 2 <= length <= _CUT for length in lengths)
    if not shortened or len(folded) < 3:
        return ""
    names = {name for alias, name in columns().aliases.items() if alias.startswith(folded)}
    return names.pop() if len(names) == 1 else ""
