"""The figures of the ledger audit, read from ``data/audit.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import ClassVar, Literal

from pydantic import ConfigDict

from layers.facts import checked, data_dir, load_toml

Certainty = Literal["certain", "likely", "possible"]
_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Pair:
    """
    Two columns of the villages of which one cannot be, or is rarely, larger than the other.

    Attributes
    ----------
    part, whole
        The columns.
    over, at_least
        Doubtful from ``part > whole * (1 + over)`` and ``part - whole >= at_least``.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    part: str
    whole: str
    certainty: Certainty
    over: float = 0.0
    at_least: float = 0.0


@dataclass(frozen=True)
class RuleFacts:
    """
    The figures of one rule.

    Attributes
    ----------
    limits
        Its figures by name.
    layers
        A figure by layer, or by ``layer.column``.
    pairs
        For the rules that hold columns against each other.
    source, confidence
        Where the figures come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    confidence: Literal["seen", "recalled", "default"]
    source: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, float] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class AuditRule:
    """
    What the audit goes by.

    Attributes
    ----------
    doubtful_above_points
        From how many points outside the counted range a reported share is doubtful.
    rule
        The figures of the other rules.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    doubtful_above_points: Decimal
    confidence: Literal["seen", "recalled", "default"] = "default"
    rule: Mapping[str, RuleFacts] = field(default_factory=dict)


@cache
def audit_rule() -> AuditRule:
    """
    Read ``data/audit.toml``.

    Raises
    ------
    StandardError
        With every mistake in the file.
    """
    path = data_dir() / "audit.toml"
    return checked(AuditRule, load_toml(path), path.name)
