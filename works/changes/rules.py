"""What a kind of work does to the layers, where its target alone does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from pydantic import ConfigDict

from layers.facts import checked, data_dir, load_toml

_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
DONE_ON = "{done_on}"
"""In ``sets``: the day the work was done."""


@dataclass(frozen=True)
class Rule:
    """
    One row of ``data/changes.toml``.

    Attributes
    ----------
    kind
        The kind of work.
    layer
        The layer it changes where a target has several ways to be met, '' for the first way.
    mends
        It makes a broken thing work again; else a new thing is added.
    nothing
        Why it changes no layer, a key ``change.why.<word>``; '' where it does.
    date, sets
        Where the target counts by this column of days: column to value.
    source
        Who says so.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    kind: str
    layer: str = ""
    mends: bool = False
    nothing: str = ""
    date: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class _File:
    """What ``data/changes.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    change: tuple[Rule, ...]


@cache
def _rules() -> tuple[Rule, ...]:
    name = "changes.toml"
    return checked(_File, load_toml(data_dir() / name), name).change


def rule_of(kind: str, date: str = "") -> Rule:
    """
    Give the rule of a kind of work; one that says nothing where there is none.

    Parameters
    ----------
    kind
        The kind of work.
    date
        The column of days its target counts by, '' for none.

    Raises
    ------
    StandardError
        With every mistake of ``data/changes.toml``.

    Examples
    --------
    >>> rule_of("streetlight-repair").mends, rule_of("streetlight-new").mends
    (True, False)
    """
    fits = [one for one in _rules() if one.kind == kind and one.date in ("", date)]
    return max(fits, key=lambda one: bool(one.date), default=Rule(kind))
