"""A plan of places as it is looked at: one sentence, rows to read, its curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np

from geo.assess import Assessment
from geo.siting import Covering, Point, curve
from geo.siting.problem import Siting
from layers.crs import transform
from layers.text import percent, t
from layers.where.positions import WGS84
from works.figures import amount_text, text
from works.siting.asking import Asked
from works.siting.plan import SitePlan
from works.siting.service import Serving
from works.siting.sharing import Sharing
from works.siting.told import (
    Told,
    cost_text,
    gain_text,
    gap_text,
    notes_text,
    price_text,
    status_text,
    ways_so_far,
    why_not,
)
from works.siting.wish import SERVICE

_HOW = ("enumeration", "greedy", "lagrangian", "lp", "pricing", "highs", "blocks")
_FIRST = ("reaches_goal", "below_goal", "cannot", "gains", "relocation")
"""Villages something is to be said of, in this order."""
_STEPS = 8
_MORE = 2


@dataclass(frozen=True)
class SiteRow:
    """One site to read: texts in one language, in build order."""

    id: str
    order: int
    work: str
    village: str
    township: str
    place: str
    gain: str
    people: str
    cost: str
    gain_sum: str
    cost_sum: str
    sure: str
    card: str


@dataclass(frozen=True)
class VillageRow:
    """One village before and after: texts in one language."""

    id: str
    village: str
    township: str
    before: str
    after: str
    goal: str
    best: str
    amounts: str
    sites: int
    status: str
    word: str


@dataclass(frozen=True)
class LeftRow:
    """Who stays without in one village for one reason: texts in one language."""

    village: str
    amount: str
    why: str


@dataclass(frozen=True)
class Step:
    """One point of the curve: what is spent, what it reaches, and what nothing exceeds."""

    at: int
    at_text: str
    value: float
    value_text: str
    bound: float
    proven: bool
    here: bool


@dataclass(frozen=True)
class Other:
    """A candidate near a site that was not chosen, and why."""

    id: str
    metres: int
    why: str


def has_goals(found: Assessment, target: str) -> bool:
    """Tell whether the standard gives the villages a goal for a target."""
    return not found.rows("village", target)["needed_high"].isna().all()


def headline(plan: SitePlan, lang: str) -> str:
    """
    Say a plan in one sentence: places, money, who gains, villages that come to their goal.

    Parameters
    ----------
    plan
        The plan.
    lang
        ``zh`` or ``en``.
    """
    if plan.siting.status == "infeasible":
        return status_text(plan.siting, lang) + t("plan.stop", lang)
    if not len(plan.sites):
        return t("site.nothing", lang) + t("plan.stop", lang)
    totals, sites = plan.totals, plan.sites
    mended = int((sites["source"] == "repair").sum())
    new = len(sites) - mended
    works = [t(f"plan.head.{name}", lang, n=n) for name, n in (("new", new), ("mend", mended)) if n]
    # Where the unit is persons already, all people of their homes would be a second count.
    homes = plan.asked.demand.verdicts.unit == "household" and totals["people"]
    people = t("plan.head.people", lang, n=totals["people"]) if homes else ""
    parts = [t("plan.head.build", lang, works=t("plan.and", lang).join(works))]
    if totals["cost"] is not None:
        parts.append(t("plan.head.cost", lang, cost=cost_text(plan, totals["cost"], lang)))
    parts.append(
        t("plan.head.gain", lang, gain=gain_text(plan, totals["gain"], lang), people=people)
    )
    if any(goal is not None for goal in plan.asked.goals):
        reach = int((plan.villages["status"] == "reaches_goal").sum())
        parts.append(t("plan.head.villages", lang, n=reach))
    return t("plan.comma", lang).join(parts) + t("plan.stop", lang)


def proof(plan: SitePlan, lang: str) -> str:
    """Say how sure a plan is the best, and how that was found out, in plain words."""
    answer = plan.siting
    how = answer.how if answer.how in _HOW else "other"
    side = t(f"plan.side.{answer.aim}", lang)
    line = t("plan.proof", lang, status=status_text(answer, lang),
             how=t(f"plan.how.{how}", lang, side=side))  # fmt: skip
    return line[:1].upper() + line[1:]


def so_far(asked: Asked, answer: Siting, lang: str) -> str:
    """Say how good the best answer is while others are still looked for."""
    gain = int(answer.gain.sum()) / asked.scale
    shown = int(gain) if gain == int(gain) else gain
    unit = asked.demand.verdicts.unit
    gap = gap_text(answer) if np.isfinite(answer.bound) else ""
    ways = ways_so_far(answer, asked.scale, lang) if isinstance(answer, Serving) else ""
    key = "found_ways" if ways else "so_far"
    said = {"n": len(answer.sites), "gain": amount_text(shown, unit, lang), "ways": ways}
    return t(f"plan.{key}" if gap else f"plan.{key}_open", lang, **said, gap=gap)


def lonlat(asked: Asked, frame: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    """Give longitude and latitude of candidates."""
    crs = asked.found.ground.data.crs
    x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    lon, lat = (x, y) if crs is None or not len(frame) else transform(x, y, crs, WGS84)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def spots(asked: Asked, answer: Siting) -> gpd.GeoDataFrame:
    """Give the candidates of an answer that is still being improved, in build order."""
    return asked.places.frame.iloc[answer.sites].reset_index(drop=True)


# ---------------------------------------------------------------------------------- rows


def site_rows(plan: SitePlan, words: Told, lang: str) -> list[SiteRow]:
    """
    Give the sites in build order, with what all up to each bring and cost.

    Parameters
    ----------
    plan, words
        The plan and what is said of it.
    lang
        ``zh`` or ``en``.
    """
    names, called = plan.villages.set_index("village_id"), _called(plan, lang)
    rows: list[SiteRow] = []
    gained, spent = 0, 0.0
    for at, site in enumerate(plan.sites.to_dict("records")):
        gained += site["gain"]
        spent += site["cost"]
        home = str(site["village_id"])
        known = home in names.index
        key = str(site["id"])
        sure = ""
        if words.variants is not None and words.variants.names:
            chosen = words.variants.chosen.get(key, 0)
            sure = t("plan.sure", lang, n=chosen, of=len(words.variants.names))
        rows.append(
            SiteRow(
                id=key, order=int(site["order"]), sure=sure, card=words.cards[lang][at],
                work=t("plan.mend" if site["source"] == "repair" else "plan.new", lang),
                village=called.get(home, "—"),
                township=text(names.loc[home, "township"]) if known else "",
                place=words.near[at].said(lang) or text(site["name"]) or key,
                gain=gain_text(plan, site["gain"], lang),
                people=str(site["people"]) if site["people"] else "—",
                cost=cost_text(plan, site["cost"], lang),
                gain_sum=gain_text(plan, gained, lang), cost_sum=cost_text(plan, spent, lang),
            )
        )  # fmt: skip
    return rows


def _called(plan: SitePlan, lang: str) -> dict[str, str]:
    """Give each village's name, with its township where several have that name."""
    names = plan.villages["village"].map(text)
    twice = names.duplicated(keep=False)
    towns = plan.villages["township"].map(text)
    return {
        str(key): t("plan.of_town", lang, village=name, town=town) if again and town else name
        for key, name, town, again in zip(
            plan.villages["village_id"], names, towns, twice, strict=True
        )
    }


def village_rows(plan: SitePlan, lang: str) -> list[VillageRow]:
    """Give the villages something is to be said of: those that reach their goal first."""
    rows = []
    left = plan.siting.left if isinstance(plan.siting, Sharing) else ()
    for row in plan.villages.to_dict("records"):
        if row["status"] not in _FIRST:
            continue
        word = "shared" if row["village_id"] in left else row["status"]
        rows.append(
            VillageRow(
                id=str(row["village_id"]), village=text(row["village"]),
                township=text(row["township"]),
                before=_share(row["before"], row["amount"]),
                after=_share(row["after"], row["amount"]),
                best=_share(row["best"], row["amount"]),
                goal="—" if row["goal"] is None or row["goal"] != row["goal"]
                else _share(round(row["goal"] * 1000), 1000),
                amounts=f"{text(row['before'])} → {text(row['after'])} / {text(row['amount'])}",
                sites=int(row["sites"]), status=row["status"],
                word=t(f"site.village.{word}", lang),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: _FIRST.index(row.status))


def _share(part: Any, whole: Any) -> str:
    return percent(Fraction(str(part)), Fraction(str(whole))) if whole else "—"


def left_rows(plan: SitePlan, lang: str) -> list[LeftRow]:
    """Give who stays without, village by village, the largest first."""
    left = plan.uncovered
    if not len(left):
        return []
    names = _called(plan, lang)
    sums = left.groupby(["village_id", "reason"], sort=False)["lacking"].sum()
    order = sums.sort_values(ascending=False, kind="stable")
    rows: list[Any] = order.reset_index().to_dict("records")
    return [
        LeftRow(text(names.get(str(row["village_id"]), "—")),
                gain_text(plan, row["lacking"], lang), t(f"site.why.{row['reason']}", lang))
        for row in rows
    ]  # fmt: skip


def notes(plan: SitePlan, lang: str) -> list[str]:
    """Give what the reader must know; villages that get nothing new are named."""
    gone = plan.villages[plan.villages["status"] == "relocation"]
    rest = replace(plan, notes=[one for one in plan.notes if one["code"] != "relocation"])
    # What one more site brings the curve says exactly.
    price = price_text(plan, lang) if plan.asked.wish.model == "budget" else []
    found = [*price, *notes_text(rest, lang)]
    if len(gone):
        names = t("report.listing", lang).join(text(one) for one in gone["village"].head(_STEPS))
        found.append(t("plan.relocated", lang, n=len(gone), names=names))
    return found


def others(plan: SitePlan, site: str, lang: str, most: int = 5) -> list[Other]:
    """
    Say of the nearest candidates that were not chosen why they were not.

    Parameters
    ----------
    plan
        The plan.
    site
        Id of one of its sites.
    lang
        ``zh`` or ``en``.
    most
        So many of them.
    """
    frame = plan.asked.places.frame
    mine = plan.sites[plan.sites["id"].astype(str) == site]
    if not len(mine):
        return []
    away = np.array(frame.geometry.distance(mine.geometry.iloc[0]), dtype=float)
    away[plan.siting.sites] = np.inf
    near = [int(at) for at in np.argsort(away, kind="stable")[:most] if np.isfinite(away[at])]
    ids = frame["id"].astype(str).to_numpy()
    return [Other(ids[at], round(away[at]), why_not(plan, ids[at], lang)) for at in near]


# ---------------------------------------------------------------------------------- curve


def curve_points(plan: SitePlan, seconds: float) -> list[Point]:
    """
    Give what fewer and more sites, or less and more money, would reach at best.

    Parameters
    ----------
    plan
        The plan.
    seconds
        For all points together.
    """
    asked, answer = plan.asked, plan.siting
    covering = asked.covering
    here = asked.wish.budget if asked.wish.model == "budget" else len(answer.sites)
    if asked.wish.model in SERVICE or not here or not len(answer.sites):
        return []
    if isinstance(answer, Sharing):  # the curve knows of no capacity
        return []
    return curve(covering, _budgets(covering, int(here), asked.wish.model), seconds=seconds)


def _budgets(covering: Covering, here: int, model: str) -> list[int]:
    if model == "budget":
        return sorted({round(here * k / (_STEPS / 2)) for k in range(_STEPS + 1)})
    step = max(1, round(here / (_STEPS - _MORE)))
    top = min(here + _MORE * step, int(covering.covers.shape[1]))
    return sorted({0, *range(here % step, top + 1, step), here})


def curve_steps(plan: SitePlan, points: Sequence[Point], lang: str) -> list[Step]:
    """Give the points of the curve to draw and to read."""
    scale, asked = plan.asked.scale, plan.asked
    by_money = asked.wish.model == "budget"
    here = asked.wish.budget if by_money else len(plan.siting.sites)
    steps = []
    for point in points:
        value = point.value / scale
        steps.append(
            Step(
                at=point.budget,
                at_text=cost_text(plan, point.budget, lang) if by_money
                else _places(point.budget, lang),
                value=value,
                value_text=gain_text(plan, int(value) if value == int(value) else value, lang),
                bound=point.bound / scale, proven=point.status == "optimal",
                here=point.budget == here,
            )
        )  # fmt: skip
    return steps


def _places(n: int, lang: str) -> str:
    return t("plan.sites_one", lang) if n == 1 else t("plan.sites_n", lang, n=n)


def next_step(plan: SitePlan, steps: Sequence[Step], lang: str) -> str:
    """Say what the next point of the curve brings; '' where more brings nothing or is not known."""
    here = next((at for at, one in enumerate(steps) if one.here), None)
    if here is None:
        return ""
    more = next((one for one in steps[here + 1 :] if one.value > steps[here].value), None)
    if more is None:
        last = steps[-1]
        flat = len(steps) > here + 1 and last.bound <= steps[here].value
        return t("plan.next_none", lang) if flat else ""
    gain = more.value - steps[here].value
    shown = gain_text(plan, int(gain) if gain == int(gain) else round(gain, 1), lang)
    if plan.asked.wish.model == "budget":
        extra = cost_text(plan, more.at - steps[here].at, lang)
    else:
        extra = _places(more.at - steps[here].at, lang)
    return t("plan.next", lang, extra=extra, gain=shown)
