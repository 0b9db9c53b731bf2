"""The list that lifts one village to one goal: which pieces of work, in which rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assess import Assessment
from layers.errors import UsageError, some
from layers.text import plain as folded
from layers.where.positions import WGS84
from works.assignments.rules import assign_rules
from works.figures import blank, exact, text
from works.filling.choosing import Offer, choose
from works.filling.gains import gains_of
from works.filling.walking import rounds

STOPS = (
    "round", "order", "work_id", "work_no", "subject_id", "name", "group", "address", "title_zh",
    "title_en", "quantity", "unit", "gain", "cost", "currency", "walk_m", "anyway", "lon", "lat",
    "position", "village_id", "village", "township", "target_id", "reason_zh", "reason_en",
)  # fmt: skip
"""
Columns of a list. ``gain`` is what a piece of work brings in the target's unit, ``walk_m`` the
metres from the stop before it in its round (empty without a place); ``anyway`` False marks what is
only needed when nothing of what is unknown passes.
"""
Pace = int | Mapping[tuple[str, str], int] | None
"""
Stops of a round: one number, or village and target id to a number, the rest and None as
``data/assign.toml`` says.
"""


@dataclass(frozen=True)
class Choice:
    """
    What is enough, in the order it is walked to.

    Attributes
    ----------
    stops
        ``STOPS``, by round and order; what has no place of its own comes last.
    cost, currency
        What it costs; None and '' where something of it has no price or prices differ in money.
    gain
        What it brings.
    exact
        Nothing cheaper is enough; False where there were too many different sums to look at.
    """

    stops: pd.DataFrame
    cost: Fraction | None
    currency: str
    gain: Fraction
    exact: bool

    @property
    def walks(self) -> list[tuple[int, int, float | None]]:
        """Give each round with its stops and its metres, None where a stop has no place."""
        found: list[tuple[int, int, float | None]] = []
        for number, mine in self.stops.groupby("round", sort=True):
            steps = pd.to_numeric(mine["walk_m"])
            metres = None if steps.isna().any() else float(steps.sum())
            found.append((int(str(number)), len(mine), metres))
        return found


@dataclass(frozen=True)
class Filling:
    """
    What lifts one village to one goal.

    Attributes
    ----------
    village_id, village, target_id, title, unit
        The village, the target and its unit.
    needed_low, needed_high
        What is missing if all that is unknown passes, and if none of it does.
    unknown
        How much is unknown.
    brings, offered
        What all the work on offer brings, and how many pieces it is.
    sure
        The cheapest list that reaches the goal whatever is found out; None where there is none.
    least
        The cheapest list that is needed in any case; enough if all that is unknown passes. The
        same as ``sure`` where nothing unknown matters; None where even that is out of reach.
    why
        '' where ``sure`` is there; else ``met``, ``not_assessed``, ``not_applicable``, ``no_goal``,
        ``no_work``, ``not_enough``, ``only_if`` (``least`` is there), ``verify`` (nothing can be
        built, and what is unknown decides).
    """

    village_id: str
    village: str
    target_id: str
    title: Mapping[str, str]
    unit: str
    needed_low: Fraction
    needed_high: Fraction
    unknown: Fraction
    brings: Fraction
    offered: int
    sure: Choice | None
    least: Choice | None
    why: str

    @property
    def choice(self) -> Choice | None:
        """Give the list to work by: the sure one, else the one needed in any case."""
        return self.sure if self.sure is not None else self.least

    @property
    def rounds(self) -> pd.DataFrame:
        """Give the stops to walk to (``STOPS``); no rows where there are none."""
        chosen = self.choice
        return pd.DataFrame(columns=list(STOPS)) if chosen is None else chosen.stops

    @property
    def needed(self) -> Fraction:
        """Give what the list is to bring."""
        return self.needed_high if self.sure is not None else self.needed_low

    @property
    def cost(self) -> Fraction | None:
        """Give what the list costs; None where that is not known or there is none."""
        return None if self.choice is None else self.choice.cost


def fill_list(
    found: Assessment,
    work: gpd.GeoDataFrame,
    village_id: str,
    target_id: str,
    *,
    per_round: Pace = None,
) -> Filling:
    """
    Say what exactly lifts a village to its goal for a target, the cheapest that is enough.

    Parameters
    ----------
    found
        The assessment.
    work
        Its whole work list (``works.worklist``).
    village_id, target_id
        Which village (id, or a name only it has), and which target.
    per_round
        Stops a team manages in a day.

    Returns
    -------
    Filling
        With two lists where something is unknown: what is needed in any case, and what is enough
        whatever is found out.

    Raises
    ------
    UsageError
        If there is no such village or target, or a round holds nothing.
    """
    village = village_of(found, village_id)
    most = _stops(per_round, village, target_id)
    targets = {one.id: one for one in found.standard.targets}
    if target_id not in targets:
        msg = f"--target {target_id}: is not in the standard. Choose one of {some(targets)}."
        raise UsageError(msg)
    card = found.rows("village", target_id)
    row: dict[Any, Any] = card[card["unit_id"] == village].iloc[0].to_dict()
    mine = work[(work["village_id"] == village) & (work["target_id"] == target_id)]
    offers, priced = _offers(found, mine, target_id, village)
    low, high = exact(row["needed_low"]), exact(row["needed_high"])
    why = _settled(row)
    least = sure = None
    if not why:
        least = _choice(mine, offers, low, (), most, one_money=priced)
        already = () if least is None else tuple(least.stops["work_id"])
        sure = least
        if high != low:
            sure = _choice(mine, offers, high, already, most, one_money=priced)
        if sure is None:
            why = _lacking(offers, low, least)
    return Filling(
        village_id=village,
        village=text(row["unit_name"]),
        target_id=target_id,
        title=targets[target_id].title,
        unit=text(row["unit"]),
        needed_low=low,
        needed_high=high,
        unknown=exact(row["unknown"]),
        brings=sum((one.gain for one in offers), Fraction(0)),
        offered=len(offers),
        sure=sure,
        least=least,
        why=why,
    )


def fill_all(
    found: Assessment, work: gpd.GeoDataFrame, village_id: str, *, per_round: Pace = None
) -> list[Filling]:
    """
    Give one list for each required target a village lacks, in the order of the standard.

    Parameters
    ----------
    found, work, village_id, per_round
        As for :func:`fill_list`.
    """
    village = village_of(found, village_id)
    card = found.scorecard
    mine = card[(card["level"] == "village") & (card["unit_id"] == village)]
    open_ones = mine[mine["status"].isin(["unmet", "undetermined"])]["target_id"]
    wanted = [
        one.id
        for one in found.standard.targets
        if one.kind == "required" and one.id in set(open_ones)
    ]
    return [fill_list(found, work, village, one, per_round=per_round) for one in wanted]


def village_of(found: Assessment, wanted: str) -> str:
    """
    Give the id of a village by its id, its name or 乡镇/村 where only one is called so.

    Raises
    ------
    UsageError
        If no village in scope, or more than one, is called so.
    """
    table = found.villages
    if wanted in set(table["id"].astype(str)):
        return wanted
    town, _, name = wanted.rpartition("/")
    here = table["name"].map(folded) == folded(name)
    if town and "township" in table.columns:
        here &= table["township"].map(folded, na_action="ignore") == folded(town)
    ids = list(table["id"][here].astype(str))
    if len(ids) == 1:
        return ids[0]
    if ids:
        msg = f"--village {wanted}: is the name of several villages. Name one of {some(ids)}."
        raise UsageError(msg)
    known = some(table["id"].astype(str))
    msg = f"--village {wanted}: is not in the assessment. Choose one of {known}."
    raise UsageError(msg)


def _stops(per_round: Pace, village: str, target_id: str) -> int:
    if isinstance(per_round, Mapping):
        per_round = per_round.get((village, target_id))
    most = assign_rules().per_round if per_round is None else per_round
    if most < 1:
        msg = f"--per-round {most}: a round has at least one stop. Give 1 or more."
        raise UsageError(msg)
    return most


def _settled(row: Mapping[str, Any]) -> str:
    """Say why no list is made at all, '' where one is."""
    status = str(row["status"])
    if status == "met" or status in ("not_assessed", "not_applicable"):
        return status
    return "no_goal" if status == "reported" or blank(row["needed_high"]) else ""


def _lacking(offers: Sequence[Offer], low: Fraction, least: Choice | None) -> str:
    """Say why no list reaches the goal whatever is found out."""
    if not offers:
        return "verify" if not low else "no_work"
    return "not_enough" if least is None else "only_if"


def _offers(
    found: Assessment, mine: gpd.GeoDataFrame, target_id: str, village: str
) -> tuple[list[Offer], bool]:
    """Give the work on offer in a village, row by row, and whether all of it has a price."""
    if mine.empty:
        return [], True
    gains = gains_of(found, mine, target_id, village)
    money = {text(one) for one in mine["currency"]} - {""}
    places = _metres(found, mine)
    offers = []
    for key, cost, at in zip(mine["work_id"], mine["cost"], places, strict=True):
        price = None if blank(cost) or len(money) > 1 else exact(cost)
        gain = gains.get(str(key), Fraction(0))
        offers.append(Offer(str(key), gain, price, at))
    return [one for one in offers if one.gain > 0], len(money) <= 1


def _metres(found: Assessment, mine: gpd.GeoDataFrame) -> list[tuple[float, float] | None]:
    """Give the place of each piece of work in metres, None where it has none of its own."""
    crs = found.ground.data.crs
    own = (mine["position"] == "exact").to_numpy(dtype=bool) & mine["lon"].notna().to_numpy()
    if crs is None or not own.any():
        return [None] * len(mine)
    lon, lat = (pd.to_numeric(mine[name][own]).to_numpy(dtype=float) for name in ("lon", "lat"))
    points = gpd.GeoSeries.from_xy(lon, lat, crs=WGS84).to_crs(crs)
    places: list[tuple[float, float] | None] = [None] * len(mine)
    for at, x, y in zip(np.flatnonzero(own), points.x, points.y, strict=True):
        places[int(at)] = (round(float(x), 2), round(float(y), 2))
    return places


def _choice(
    mine: gpd.GeoDataFrame,
    offers: Sequence[Offer],
    needed: Fraction,
    prefer: Sequence[str],
    per_round: int,
    *,
    one_money: bool,
) -> Choice | None:
    chosen = choose(offers, needed, prefer=prefer)
    if chosen is None:
        return None
    taken = sorted((offers[at] for at in chosen.at), key=lambda one: one.key)
    stops = _walked(mine, taken, per_round)
    stops["anyway"] = stops["work_id"].isin(prefer) if prefer else True
    costs = [one.cost for one in taken]
    known = one_money and all(cost is not None for cost in costs)
    money = [text(one) for one in stops["currency"] if text(one)]
    return Choice(
        stops=stops,
        cost=sum((one for one in costs if one is not None), Fraction(0)) if known else None,
        currency=money[0] if known and money else "",
        gain=sum((one.gain for one in taken), Fraction(0)),
        exact=chosen.exact,
    )


def _walked(mine: gpd.GeoDataFrame, taken: Sequence[Offer], per_round: int) -> pd.DataFrame:
    """Put what is taken into rounds; what has no place comes last, by its number."""
    placed = [one for one in taken if one.xy is not None]
    rest = [one for one in taken if one.xy is None]
    rows: list[tuple[int, int, str, float | None]] = []
    xy = np.array([one.xy for one in placed], dtype=float).reshape(-1, 2)
    number = 0
    for number, (way, steps) in enumerate(rounds(xy, per_round), 1):
        for order, (at, metres) in enumerate(zip(way, steps, strict=True), 1):
            rows.append((number, order, placed[at].key, round(metres, 1)))
    names = dict(zip(mine["work_id"], mine["work_no"], strict=True))
    rest = sorted(rest, key=lambda one: str(names[one.key]))
    for at, one in enumerate(rest):
        rows.append((number + 1 + at // per_round, at % per_round + 1, one.key, None))
    columns = pd.Index(["round", "order", "work_id", "walk_m"])
    table = pd.DataFrame(rows, columns=columns).astype({"walk_m": object})
    cells = pd.DataFrame(mine).drop(columns="geometry", errors="ignore")
    cells = cells.rename(columns={"subject_name": "name"}).astype(object)
    gains = {one.key: one.gain for one in taken}
    table = table.merge(cells, on="work_id", how="left", sort=False)
    table["gain"] = pd.Series([gains[key] for key in table["work_id"]], dtype=object)
    return table.assign(anyway=True)[[*STOPS]]
