"""Work lists: gaps turned into work by each target's rule, with cost, number and priority."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment
from geo.gaps import PLACE, STRETCH
from geo.scorecard import ALL
from geo.standard import Measure, Target
from layers.text import percent, said, township_key, village_key
from layers.where.positions import WGS84
from works.library import WorkKind

COLUMNS = [
    "id", "work_id", "work_no", "version", "state", "priority", "kind", "title_zh", "title_en",
    "quantity", "unit", "cost", "currency", "lead", "team", "due", "expected", "target_id",
    "subject_id", "part", *PLACE, "reason", "reason_zh", "reason_en", "lon", "lat", "position",
]  # fmt: skip
KEPT = [
    "target_id", "subject_id", "reason", "reason_zh", "reason_en", "lon", "lat", "position",
    "lead", "geometry",
]  # fmt: skip


def work_id(target_id: str, subject_id: str) -> str:
    """
    Give the id of a piece of work: the same for the same target and subject in every run.

    Parameters
    ----------
    target_id, subject_id
        The target, and the subject; for one stretch of a line ``subject:START`` as in the id of
        its gap.

    Examples
    --------
    >>> work_id("toilet", "H1") == work_id("toilet", "H1") != work_id("toilet", "H2")
    True
    """
    digest = hashlib.blake2s(f"{target_id}\0{subject_id}".encode(), digest_size=8)
    return f"w-{digest.hexdigest()}"


def worklist(
    found: Assessment,
    costs: Mapping[str, WorkKind],
    numbers: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Turn the gaps of an assessment into work.

    Parameters
    ----------
    found
        The assessment.
    costs
        Work kind to its cost; a kind that is not there leaves the cost empty.
    numbers
        Work id to the number it was given before, also of work that is no longer there: such a
        number is never given to other work.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, one row per piece of work, ``COLUMNS``, in order of ``priority`` (1 first):
        what is overdue, then villages nearest to passing, then most people per money.
    """
    parts = []
    persons: dict[str, float] = {}
    for target in found.standard.targets:
        rule = target.work
        per = rule.get("per", "subject")
        gaps = found.gaps_by_subject if per == "subject" else found.gaps
        mine = gaps[gaps["target_id"] == target.id]
        if mine.empty or not rule or per == "none":
            continue
        mine = mine.assign(**{name: None for name in STRETCH if name not in mine})
        mine["weight"] = _quantities(found, mine, target)
        mine["gained"] = mine["unmet"]
        mine["key"] = mine["id"].str.slice(len(target.id) + 1)
        if per == "village":
            mine = _per_village(mine, rule)
        mine["people"] = _people(found, mine, target, persons)
        parts += _by_kind(found, mine, target, costs)
    if not parts:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    table = pd.concat(parts, ignore_index=True)
    table["work_no"] = _numbers(found, table, numbers or {})
    table = _ranked(found, table)
    table["part"] = _parts(table)
    return gpd.GeoDataFrame(table[[*COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)


def _by_kind(
    found: Assessment, gaps: gpd.GeoDataFrame, target: Target, costs: Mapping[str, WorkKind]
) -> list[pd.DataFrame]:
    """Make gaps work: what is broken is mended where the rule says how, the rest is built."""
    kind = costs.get(str(target.work["kind"]))
    repair = costs.get(str(target.work.get("repair")))
    broken = (gaps["reason"] == "stretch_broken") & (repair is not None)
    if not broken.any():
        return [_items(found, gaps, target, kind)]
    mended = gaps[broken].copy()
    mended["weight"] = [Decimal(int(n)) for n in mended["items"]]
    # Mending lights what the broken ones reach, which may be less than the whole stretch.
    mended["gained"] = mended["mends"]
    parts = [_items(found, mended, target, repair, number_as=kind)]
    return parts if broken.all() else [_items(found, gaps[~broken], target, kind), *parts]


def _quantities(found: Assessment, gaps: gpd.GeoDataFrame, target: Target) -> list[Decimal]:
    """
    Give how much work each gap is: 1, the amount unmet, or lamps at a spacing per stretch.

    Where a gap is a line of several pieces, each piece is counted up by itself.
    """
    rule = target.work
    if "quantity" not in rule:
        return [Decimal(1)] * len(gaps)
    if rule["quantity"] == "amount":
        return [Decimal(v) for v in gaps["unmet"]]
    if gaps["start_m"].notna().all():
        step = Decimal(str(rule["spacing_m"]))
        return [(Decimal(v) / step).to_integral_value(ROUND_CEILING) for v in gaps["unmet"]]
    spacing = float(rule["spacing_m"])
    metres = gaps.geometry.to_crs(found.ground.data.crs)
    pieces, owner = shapely.get_parts(np.asarray(metres.array), return_index=True)
    lamps = np.ceil(shapely.length(pieces) / spacing - 1e-9)
    total = np.bincount(owner, weights=lamps, minlength=len(gaps))
    return [Decimal(int(v)) for v in np.maximum(total, 1)]


def _per_village(gaps: gpd.GeoDataFrame, rule: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Make one piece of work per village; its quantity is 1 or the sum of the gaps."""
    first = gaps.drop_duplicates("village_id").copy()
    totals = gaps.groupby("village_id")["weight"].sum()
    one = "quantity" not in rule
    first["weight"] = [Decimal(1) if one else totals[v] for v in first["village_id"]]
    first["subject_id"] = first["key"] = first["village_id"]
    first["subject_name"] = first["village"]
    for column in ("group", "address"):
        first[column] = None
    return first


def _items(
    found: Assessment,
    gaps: gpd.GeoDataFrame,
    target: Target,
    kind: WorkKind | None,
    *,
    number_as: WorkKind | None = None,
) -> pd.DataFrame:
    """Make gaps work of one kind, numbered among those of another kind where one is given."""
    title = kind.title if kind is not None else target.title
    quantity = gaps["weight"].tolist()
    prices = {} if kind is None else {one: one * kind.unit_cost for one in set(quantity)}
    ids = [work_id(target.id, str(key)) for key in _cells(gaps["key"])]
    table = pd.DataFrame(gaps)[[*PLACE, *KEPT, "key", "people"]].copy()
    table["work_id"], table["id"] = ids, ids
    table["version"], table["state"] = 1, "open"
    table["kind"] = kind.id if kind is not None else str(target.work["kind"])
    table["title_zh"], table["title_en"] = said(title, "zh"), said(title, "en")
    table["quantity"] = quantity
    table["unit"] = said(kind.unit, "zh") if kind is not None else ""
    table["cost"] = [prices.get(one) for one in quantity]
    table["currency"] = kind.currency if kind is not None else None
    table["team"], table["due"] = None, None
    table["expected"] = _expected(found, gaps, target)
    table["overdue"] = isinstance(target.body, Measure) and "date" in target.body.keys
    named = number_as or kind
    table["short"] = said(named.short or named.title, "zh") if named is not None else target.id
    return table.reset_index(drop=True)


def _expected(found: Assessment, gaps: gpd.GeoDataFrame, target: Target) -> list[str]:
    """Say what the village's share becomes: from now to after this piece of work alone."""
    card = found.rows("village", target.id)
    card = card[["unit_id", "met", "unmet", "amount"]]
    units: dict[str, Any] = {row["unit_id"]: row for row in card.to_dict("records")}
    per_village = target.work.get("per") == "village"
    known: dict[tuple[str, Any], str] = {}
    result = []
    for village, gained in zip(_cells(gaps["village_id"]), _cells(gaps["gained"]), strict=True):
        key = (village, gained)
        if key not in known:
            unit = units.get(village)
            known[key] = "" if unit is None else _change(unit, None if per_village else gained)
        result.append(known[key])
    return result


def _change(unit: Mapping[str, Any], gain: Any) -> str:
    met, amount = unit["met"], unit["amount"]
    gained = met + (unit["unmet"] if gain is None else Decimal(gain))
    before = percent(_whole(met), _whole(amount))
    return f"{before}%→{percent(_whole(gained), _whole(amount))}%"


def _whole(value: Decimal) -> int:
    return int(value * 10_000)


def _cells(values: pd.Series) -> list[Any]:
    """Give cells as plain objects: walking over texts as pandas keeps them is slow."""
    cells: list[Any] = values.to_numpy(dtype=object).tolist()
    return cells


def _people(
    found: Assessment, gaps: gpd.GeoDataFrame, target: Target, persons: dict[str, float]
) -> list[float]:
    """
    Give the people a piece of work serves: a household's persons, else the whole village.

    ``persons`` keeps the households' for the targets to come.
    """
    ground = found.ground
    if target.subjects == "households" and target.work.get("per") != "village":
        if not persons:
            rows = ground.subjects("households")
            known = pd.Series(ground.numbers(rows, "persons")).astype(float).fillna(1)
            persons |= zip(rows.ids.tolist(), known.tolist(), strict=True)
        return [persons.get(key, 1.0) for key in _cells(gaps["subject_id"])]
    villages = ground.villages
    if "population" not in villages.columns:
        return [1.0] * len(gaps)
    people = pd.to_numeric(villages["population"], errors="coerce").astype("Float64").fillna(1)
    return [float(v) for v in people.reindex(gaps["village_id"]).fillna(1)]


def short_names(villages: pd.DataFrame) -> dict[str, str]:
    """
    Give each village a short name that no other has, for work numbers.

    Villages of one name are told apart by their township, then by their id.
    """
    names = villages["name"].map(village_key)
    towns = villages.get("township", pd.Series("", index=villages.index)).fillna("")
    full = towns.map(township_key) + names
    shared = names.duplicated(keep=False)
    chosen = names.where(~shared, full)
    still = chosen.duplicated(keep=False)
    chosen = chosen.where(~still, chosen + villages["id"].astype(str))
    return dict(zip(villages["id"].astype(str), chosen, strict=True))


def _numbers(found: Assessment, table: pd.DataFrame, given: Mapping[str, str]) -> list[str]:
    """Give each piece of work its number, in order of the subjects: 东沟-厕-017."""
    names = short_names(found.ground.villages)
    place = table["village_id"].map(names).fillna("-")
    stem = place + "-" + table["short"]
    order = table.sort_values(["target_id", "subject_id", "key"]).index
    rank = stem.loc[order].groupby(stem.loc[order]).cumcount() + 1
    width = max(3, len(str(int(rank.max())))) if len(rank) else 3
    used = rank.groupby(stem.loc[order]).max().to_dict()
    for number in given.values():
        head, _, tail = number.rpartition("-")
        used[head] = max(used.get(head, 0), int(tail) if tail.isdigit() else 0)
    numbers = table["work_id"].map(given).astype(object)
    fresh = order[numbers.loc[order].isna()]
    taken, said = set(given.values()), list[str]()
    for head, n in zip(_cells(stem.loc[fresh]), rank.loc[fresh].tolist(), strict=True):
        number = f"{head}-{n:0{width}d}"
        if number in taken:
            # Its place in the row is a kept piece's: those never change, so it goes to the end.
            used[head] += 1
            number = f"{head}-{used[head]:0{width}d}"
        said.append(number)
    numbers.loc[fresh] = said
    return [str(one) for one in numbers]


def _parts(table: pd.DataFrame) -> list[str]:
    """Give the metre each stretch starts at, as in its id; '' for work on a whole subject."""
    keys = zip(*(map(str, _cells(table[name])) for name in ("key", "subject_id")), strict=True)
    return [key[len(subject) + 1 :] if key != subject else "" for key, subject in keys]


def _ranked(found: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    card = found.rows("village", ALL).set_index("unit_id")
    missing = pd.to_numeric(card["needed_high"], errors="coerce").fillna(99)
    passed = card["status"] == "met"
    nearness = missing.where(~passed, 98)
    per_target = found.scorecard
    own = per_target[(per_target["level"] == "village")]
    lows = zip(*(_cells(own[name]) for name in ("unit_id", "target_id", "needed_low")), strict=True)
    needed = {(unit, target): 0.0 if low is None else float(low) for unit, target, low in lows}
    table = table.copy()
    table["near"] = table["village_id"].map(nearness).fillna(99).astype(float)
    keys = zip(_cells(table["village_id"]), _cells(table["target_id"]), strict=True)
    table["short_of"] = [needed.get(key, 0.0) or 1e9 for key in keys]
    cost = pd.to_numeric(table["cost"], errors="coerce").astype(float)
    table["gain"] = -(table["people"] / cost.where(cost > 0, 1e-9))
    table = table.sort_values(
        ["overdue", "near", "short_of", "gain", "work_no"],
        ascending=[False, True, True, True, True],
        ignore_index=True,
    )
    table["priority"] = np.arange(1, len(table) + 1)
    return table
