"""What is built where a target lacks something, what it costs, and how far from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from layers.facts import checked, data_dir, load_toml
from layers.wrong import WrongCallError
from works.library import WorkKind

_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Thing:
    """
    One kind of thing that can be built.

    Attributes
    ----------
    layer, kind
        Its layer, and its kind where the layer has kinds.
    new, repair
        The work that makes one, and the work that mends a broken one; '' where there is none.
    water_source_m
        It stands at least so far from a well or spring people drink from.
    steep
        It may stand on steep ground.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    layer: str
    kind: str = ""
    new: str = ""
    repair: str = ""
    water_source_m: Annotated[float, Field(ge=0)] = 0.0
    steep: bool = False


@dataclass(frozen=True)
class Rules:
    """What ``data/siting.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    max_slope_deg: Annotated[float, Field(gt=0, le=90)]
    confidence: Literal["seen", "recalled", "default"]
    thing: tuple[Thing, ...]

    def of(self, layer: str, kind: str) -> Thing:
        """Give the rule of a thing; of a kind nobody wrote down, one that says nothing."""
        fits = [one for one in self.thing if one.layer == layer and one.kind in ("", kind)]
        return max(fits, key=lambda one: bool(one.kind), default=Thing(layer, kind))


@cache
def rules() -> Rules:
    """
    Give the rules of siting.

    Raises
    ------
    StandardError
        With every mistake of ``data/siting.toml``.

    Examples
    --------
    >>> rules().of("water_points", "").repair, rules().of("facilities", "clinic").new
    ('water-point-repair', 'clinic-new')
    """
    name = "siting.toml"
    return checked(Rules, load_toml(data_dir() / name), name)


@dataclass(frozen=True)
class Prices:
    """
    What a new and a mended thing cost.

    Attributes
    ----------
    new, repair
        Whole money units; None where nobody knows.
    currency
        Of the cost table, '' where nothing is priced.
    provisional
        A price is a placeholder of the table.
    """

    new: int | None
    repair: int | None
    currency: str
    provisional: bool


def prices(thing: Thing, costs: Mapping[str, WorkKind], unit_cost: int | None = None) -> Prices:
    """
    Look up what a thing costs.

    Parameters
    ----------
    thing
        What is built.
    costs
        The table of costs.
    unit_cost
        What a new one costs, said by whoever asks; None takes the table's.

    Raises
    ------
    UsageError
        If new and mended things are priced in different money.
    """
    new, repair = costs.get(thing.new), costs.get(thing.repair)
    used = [one for one in (new, repair) if one is not None]
    money = {one.currency for one in used}
    if len(money) > 1:
        raise WrongCallError(
            "two_currencies", kinds=[one.title for one in used], money=sorted(money)
        )
    ours = [one for one in used if one.source == "placeholder" and one.unit_cost]
    if unit_cost is not None:
        ours = [one for one in ours if one is not new]
    made = unit_cost if unit_cost is not None else _whole(new)
    return Prices(made, _whole(repair), money.pop() if money else "CNY", bool(ours))


def _whole(kind: WorkKind | None) -> int | None:
    """Give a unit cost in whole money, rounded up; nothing costs nothing."""
    if kind is None or kind.unit_cost <= 0:
        return None
    return int(kind.unit_cost.to_integral_value(rounding="ROUND_CEILING") or Decimal(0))
