"""What a scenario changes: before and after, exact, with only what it can touch judged anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geo.again import judged_again
from geo.assess import Assessment
from geo.conditions import kinds_of
from geo.grammar import layers_near
from geo.ground import Ground
from geo.siting.demand import leaves
from geo.target import Target, layers_needed
from geo.verdicts import Verdicts, judge
from layers.heed import tell
from layers.schema import keys, layer_names, schema
from works.library import WorkKind
from works.scenarios.ground import changed, kit_of, missing
from works.scenarios.scenario import DELETE, MOVE, PLACE, REPAIR, Change, Scenario
from works.siting.rules import Prices, prices, rules

COUNTY = "county"


@dataclass(frozen=True)
class Effect:
    """
    What a scenario changes.

    Attributes
    ----------
    scenario
        The scenario.
    before, after
        The assessment of the project as it is, and with the changes made: the same scorecard,
        verdicts and lists as if all of it were assessed anew.
    targets
        Ids of the targets that were judged anew; the others read nothing that changed.
    costs
        Whole money of each change, None where nobody knows; taking away costs nothing.
    prices
        What a new and a mended thing cost, and in which money.
    missing
        Changes of things the data no longer have: they do nothing.
    """

    scenario: Scenario
    before: Assessment
    after: Assessment
    targets: tuple[str, ...]
    costs: tuple[int | None, ...]
    prices: Prices
    missing: tuple[Change, ...]

    @property
    def cost(self) -> int | None:
        """Give what all of it costs; None where a part has no price."""
        known = [one for one in self.costs if one is not None]
        return sum(known) if len(known) == len(self.costs) else None

    def verdicts(self, target: str) -> tuple[Verdicts, Verdicts]:
        """Give the verdicts of a target before and after."""
        both = (self.before, self.after)
        return tuple(next(one for one in each.found if one.key == target) for each in both)  # type: ignore[return-value]


def effect_of(found: Assessment, held: Scenario, costs: Mapping[str, WorkKind]) -> Effect:
    """
    Judge a scenario.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    held
        The scenario, its places in the project's CRS.
    costs
        The table of costs.

    Raises
    ------
    UsageError
        If a kind of thing of the scenario cannot be mended or priced in one money.
    """
    gone = tuple(missing(found, held))
    table = price_list(found, held, costs)
    each = tuple(_cost(one, table) for one in held.changes)
    if not held.changes:
        return Effect(held, found, found, (), each, table, gone)
    data = changed(found, held)
    ground = Ground(data, set(found.ground.in_scope), found.as_of)
    wanted = touched(found, held)
    fresh: list[Verdicts] = []
    for number, target in enumerate(one for one in found.standard.targets if one.id in wanted):
        tell("judge", number, len(wanted))
        fresh += judge(ground, target)
    again = {one.key: one for one in fresh}
    every = [again.get(one.key, one) for one in found.found]
    card = judged_again(ground, found.scorecard, every, fresh, found.project_name)
    after = replace(found, ground=ground, found=tuple(every), scorecard=card)
    order = [one.id for one in found.standard.targets if one.id in wanted]
    return Effect(held, found, after, tuple(order), each, table, gone)


def touched(found: Assessment, held: Scenario) -> set[str]:
    """Give the ids of the targets that read what a scenario changes."""
    needed = layers_needed(found.standard)
    result: set[str] = set()
    for layer in {one.layer for one in held.changes}:
        own = _own_targets(found, held, layer, needed.get(layer, []))
        result |= own
        # Rows that point to a thing lie in its village.
        for other in _pointing(layer):
            result |= set(needed.get(other, []))
    return result


def _pointing(layer: str) -> list[str]:
    found, waiting = [], [layer]
    while waiting:
        here = waiting.pop()
        more = [
            name for name in layer_names()
            if keys().get(schema(name).village_from) == here and name not in found
        ]  # fmt: skip
        found += more
        waiting += more
    return found


def _own_targets(found: Assessment, held: Scenario, layer: str, ids: Iterable[str]) -> set[str]:
    """Leave out targets that ask for other kinds of the layer than those that change."""
    kinds = _kinds(found, held, layer)
    if kinds is None:
        return set(ids)
    targets = {one.id: one for one in found.standard.targets}
    asked = {one: _asked(targets[one], layer) for one in ids}
    return {one for one, wanted in asked.items() if wanted is None or wanted & kinds}


def _kinds(found: Assessment, held: Scenario, layer: str) -> set[str] | None:
    """Give the kinds of the things that change; None where a layer has none or one is unknown."""
    if "kind" not in schema(layer).columns:
        return None
    items = found.ground.items(layer)
    known: dict[str, object] = {}
    if "kind" in items.cells:
        known = dict(zip(items.ids.astype(str), items.cells["kind"], strict=True))
    kinds: set[str] = set()
    for one in held.changes:
        if one.layer == layer:
            kind = one.kind if one.act == PLACE else known.get(one.key)
            if not isinstance(kind, str) or not kind:
                return None
            kinds.add(kind)
    return kinds


def _asked(target: Target, layer: str) -> set[str] | None:
    """Give the kinds of a layer a target asks for; None where it may ask for any."""
    columns = schema(layer).columns
    tables = [target.of, *target.beside.values()]
    bodies = [target.body, *(grade.body for grade in target.grades)]
    found: set[str] = set()
    for body in bodies:
        for one in leaves(body):
            tables.append(one.keys.get("where"))
            if one.keys.get("items") == layer or one.keys.get("facilities") == layer:
                wanted = kinds_of(columns, one.keys.get("where"))
                if wanted is None:
                    return None
                found |= set(wanted)
    if target.subjects == layer:
        wanted = kinds_of(columns, target.of)
        if wanted is None:
            return None
        found |= set(wanted)
    near = any(layer in layers_near(table) for table in tables)
    return None if near or not found else found


# ---------------------------------------------------------------------------------- money


def price_list(found: Assessment, held: Scenario, costs: Mapping[str, WorkKind]) -> Prices:
    """Look up what a new and a mended thing of a scenario cost."""
    kit = kit_of(found, held.target, held.layer or None)
    return prices(rules().of(kit.layer, kit.making.kind), costs)


def _cost(one: Change, table: Prices) -> int | None:
    """Give what a change costs: what is moved is built anew, what goes costs nothing."""
    if one.act == DELETE:
        return 0
    if one.cost is not None:
        return one.cost
    return table.repair if one.act == REPAIR else table.new


# ---------------------------------------------------------------------------------- figures


def shifts(effect: Effect, target: str) -> pd.DataFrame:
    """
    List who newly meets a target, and who no longer does.

    Returns
    -------
    pandas.DataFrame
        ``subject_id, village_id, before, after`` (met, in smallest units), ``amount``, ``persons``
        (0 where the subjects are no households); only rows that change.
    """
    first, then = effect.verdicts(target)
    tables = []
    for one in (first, then):
        people = _persons(effect, one)
        tables.append(
            pd.DataFrame({"subject_id": one.rows.ids.astype(str), "village_id": one.rows.village,
                          "amount": one.amount, "met": one.met, "persons": people})
        )  # fmt: skip
    both = tables[0].merge(tables[1], on="subject_id", how="outer", suffixes=("", "_after"))
    now = both["met"].fillna(0).astype(np.int64)
    later = both["met_after"].fillna(0).astype(np.int64)
    table = pd.DataFrame(
        {
            "subject_id": both["subject_id"],
            "village_id": both["village_id_after"].fillna(both["village_id"]),
            "before": now, "after": later,
            "amount": both["amount_after"].fillna(both["amount"]).astype(np.int64),
            "persons": both["persons_after"].fillna(both["persons"]).fillna(0).astype(np.int64),
        }
    )  # fmt: skip
    return table[table["before"] != table["after"]].reset_index(drop=True)


def _persons(effect: Effect, one: Verdicts) -> Any:
    if one.target.subjects != "households":
        return np.zeros(len(one.rows), dtype=np.int64)
    found = effect.before.ground.numbers(one.rows, "persons")
    return np.rint(np.nan_to_num(found)).astype(np.int64)


def villages(effect: Effect, target: str) -> pd.DataFrame:
    """
    Give each village before and after.

    Returns
    -------
    pandas.DataFrame
        ``village_id, village, township, amount, before, after, gained, lost, people`` (those who
        gain less those who lose), ``goal``, ``status_before, status_after, needed`` (still lacking
        after, at worst); amounts in the unit shown.
    """
    scale = effect.verdicts(target)[0].scale
    moved = shifts(effect, target)
    cards = [one.rows("village", target).set_index("unit_id") for one in
             (effect.before, effect.after)]  # fmt: skip
    listed = effect.before.villages
    towns = listed["township"] if "township" in listed.columns else pd.Series("", listed.index)
    rows = []
    by = dict(list(moved.groupby("village_id"))) if len(moved) else {}
    for key, name, town in zip(listed["id"].astype(str), listed["name"], towns, strict=True):
        first, then = (card.loc[key] for card in cards)
        mine = by.get(key)
        rows.append(
            {
                "village_id": key, "village": str(name), "township": _text(town),
                "amount": _number(then["amount"]), "before": _number(first["met"]),
                "after": _number(then["met"]), **_sides(mine, scale),
                "goal": then["goal"], "status_before": first["status"],
                "status_after": then["status"], "needed": _number(then["needed_high"]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _sides(moved: pd.DataFrame | None, scale: int) -> dict[str, Any]:
    """Sum up who gains and who loses."""
    if moved is None or not len(moved):
        return {"gained": 0, "lost": 0, "people": 0}
    step = (moved["after"] - moved["before"]).to_numpy()
    sign = np.sign(step)
    return {
        "gained": _scaled(step[step > 0].sum(), scale),
        "lost": _scaled(-step[step < 0].sum(), scale),
        "people": int((moved["persons"].to_numpy() * sign).sum()),
    }


def totals(effect: Effect, target: str) -> dict[str, Any]:
    """
    Sum a scenario up.

    Returns
    -------
    dict
        ``unit, amount, before, after, gained, lost`` in the unit shown, ``people_gained,
        people_lost``, ``met_before, met_after`` (villages that reach the goal), ``newly`` and
        ``no_longer`` (ids of villages), ``cost, currency``, ``placed, moved, repaired, deleted``,
        ``goal`` (True where villages have one).
    """
    first, then = effect.verdicts(target)
    moved = shifts(effect, target)
    step = (moved["after"] - moved["before"]).to_numpy()
    people = moved["persons"].to_numpy()
    table = villages(effect, target)
    was, now = (table[f"status_{name}"] == "met" for name in ("before", "after"))
    held = effect.scenario
    return {
        "unit": then.unit,
        "amount": _scaled(then.amount.sum(), then.scale),
        "before": _scaled(first.met.sum(), first.scale),
        "after": _scaled(then.met.sum(), then.scale),
        **{name: value for name, value in _sides(moved, then.scale).items() if name != "people"},
        "people_gained": int(people[step > 0].sum()),
        "people_lost": int(people[step < 0].sum()),
        "met_before": int(was.sum()), "met_after": int(now.sum()),
        "newly": table["village_id"][now & ~was].tolist(),
        "no_longer": table["village_id"][was & ~now].tolist(),
        "cost": effect.cost, "currency": effect.prices.currency,
        "provisional": effect.prices.provisional,
        "placed": held.count(PLACE), "moved": held.count(MOVE),
        "repaired": held.count(REPAIR), "deleted": held.count(DELETE),
        "goal": bool(table["goal"].notna().any()),
    }  # fmt: skip


def others(effect: Effect, target: str) -> list[dict[str, Any]]:
    """Give the other targets whose sums change: id, met and all before and after, as shown."""
    found = []
    for key in effect.targets:
        if key == target:
            continue
        first, then = effect.verdicts(key)
        both = [_scaled(one.met.sum(), one.scale) for one in (first, then)]
        if both[0] != both[1] or first.amount.sum() != then.amount.sum():
            sums = [_scaled(one.amount.sum(), one.scale) for one in (first, then)]
            found.append({"target": key, "unit": then.unit, "before": both[0], "after": both[1],
                          "amount_before": sums[0], "amount_after": sums[1]})  # fmt: skip
    return found


def _scaled(value: Any, scale: int) -> int | float:
    whole = int(value)
    return whole if scale == 1 else whole / scale


def _number(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return int(value) if value == int(value) else float(value)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
