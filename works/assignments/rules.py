"""Which kind of team does which kind of work: ``data/assign.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from pydantic import ConfigDict

from layers.facts import checked, data_dir, load_toml

_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Suits:
    """A kind of team and the kinds of work it does."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    kind: str
    work: tuple[str, ...]


@dataclass(frozen=True)
class AssignRules:
    """
    What ``data/assign.toml`` says.

    Attributes
    ----------
    per_round
        Stops of a round where nobody says how many.
    team
        Kinds of teams in the order they are asked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    per_round: int
    team: tuple[Suits, ...]


@cache
def assign_rules() -> AssignRules:
    """
    Read the rules.

    Raises
    ------
    StandardError
        With every mistake of the file.
    """
    name = "assign.toml"
    return checked(AssignRules, load_toml(data_dir() / name), name)


def team_kinds(work_kind: str) -> list[str]:
    """
    Give the kinds of teams that do a kind of work, the fittest first.

    Examples
    --------
    >>> team_kinds("streetlight-repair"), team_kinds("nobody-knows")
    (['repair', 'construction'], [])
    """
    return [one.kind for one in assign_rules().team if work_kind in one.work]
