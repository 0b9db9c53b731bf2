"""Sheets of the planner's own workbooks that are no ledgers, known by their names."""

from __future__ import annotations

from functools import cache

from layers.text import LANGUAGES, t

OWN_SHEETS = ("guide", "places", "lists", "doubts")
"""Keys ``ledger.sheet.<name>`` of the words."""


@cache
def own_sheets() -> frozenset[str]:
    """
    Give the names, in every language, of the sheets that explain a ledger or list its doubts.

    Examples
    --------
    >>> "填报说明" in own_sheets(), "户厕" in own_sheets()
    (True, False)
    """
    return frozenset(t(f"ledger.sheet.{name}", lang) for name in OWN_SHEETS for lang in LANGUAGES)
