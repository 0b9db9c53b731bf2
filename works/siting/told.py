"""A plan of places in words: the sentences above it, and a card for each site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from geo.siting.curve import Point
from geo.siting.lifting import Lifts
from geo.siting.problem import Siting
from layers.schema import schema
from layers.text import percent, said, t
from works.figures import amount_text
from works.plans import money_text
from works.siting.nearby import Place, nearby
from works.siting.plan import SitePlan
from works.siting.robust import Moved, Variants
from works.siting.service import Serving, summary
from works.siting.sharing import Sharing
from works.siting.upcoming import next_text, steps_text

LANGS = ("zh", "en")
_HOW = ("enumeration", "greedy", "lagrangian", "lp", "pricing", "highs", "blocks", "lines")
_NAMED = 8
"""So many villages are named in a sentence."""
_STEP_MONEY = 10_000
"""How much more money the shadow price is told for."""


@dataclass(frozen=True)
class Told:
    """
    What is said of a plan.

    Attributes
    ----------
    lines
        Language to the sentences above the list.
    cards
        Language to one text per site, in build order.
    near
        The nearest named thing of each site.
    moved, variants, curve
        How sure each site is, and what a little more or less would reach; None where not asked.
    next
        What further villages take to their goals; None where there is nothing to say.
    """

    lines: dict[str, list[str]]
    cards: dict[str, list[str]]
    near: list[Place]
    moved: Sequence[Moved] | None = None
    variants: Variants | None = None
    curve: Sequence[Point] | None = None
    next: Lifts | None = None


def gap_text(answer: Siting) -> str:
    """
    Give how far the answer may be from the best, in percent, rounded up: never better than it is.

    Examples
    --------
    >>> from types import SimpleNamespace as Answer
    >>> gap_text(Answer(gap=0.00801)), gap_text(Answer(gap=0.0))
    ('0.81', '0')
    """
    up = max(0.0, np.ceil(answer.gap * 10_000 - 1e-9) / 100)
    return f"{up:.2f}".rstrip("0").rstrip(".")


def status_text(answer: Siting, lang: str) -> str:
    """Say how sure the answer is."""
    if isinstance(answer, Sharing) and answer.left:
        return t("site.status.shared", lang, n=len(answer.left), gap=gap_text(answer))
    return t(f"site.status.{answer.status}", lang, gap=gap_text(answer))


def how_text(answer: Siting, lang: str) -> str:
    """Say how that was found out."""
    return t(f"site.how.{answer.how if answer.how in _HOW else 'other'}", lang)


def cost_text(plan: SitePlan, cost: Any, lang: str) -> str:
    """Print money of a plan."""
    if cost is None or cost != cost:
        return t("site.card.cost", lang)
    return money_text(Fraction(int(cost)), plan.asked.places.prices.currency, lang)


def told(
    plan: SitePlan,
    moved: Sequence[Moved] | None = None,
    variants: Variants | None = None,
    curve: Sequence[Point] | None = None,
    following: Lifts | None = None,
) -> Told:
    """
    Put a plan into words.

    Parameters
    ----------
    plan
        The plan.
    moved, variants, curve
        How sure each site is, and what a little more or less would reach, where that was asked.
    following
        What further villages take to their goals.
    """
    near = nearby(plan.asked.found.ground, plan.sites)
    lines = {lang: _lines(plan, curve or (), following, lang) for lang in LANGS}
    cards = {lang: _cards(plan, near, moved, variants, lang) for lang in LANGS}
    return Told(lines, cards, near, moved, variants, curve, following)


def gain_text(plan: SitePlan, value: Any, lang: str) -> str:
    """Print an amount of the plan's target with its unit."""
    return amount_text(value, plan.asked.demand.verdicts.unit, lang)


def _lines(plan: SitePlan, curve: Sequence[Point], following: Lifts | None, lang: str) -> list[str]:
    totals, answer, asked = plan.totals, plan.siting, plan.asked
    if answer.status == "infeasible":
        return [status_text(answer, lang), *_left(plan, lang), *notes_text(plan, lang)]
    if not len(plan.sites):
        found = [t("site.nothing", lang), *service_text(plan, lang)]
        found += next_text(plan, following, lang)
        return [*found, *_left(plan, lang), *notes_text(plan, lang)]
    found = [
        t("site.head", lang, target=said(asked.target.title, lang), n=len(plan.sites),
          gain=gain_text(plan, totals["gain"], lang)),
        t("site.shares", lang, before=_share(totals["before"], totals["amount"]),
          after=_share(totals["after"], totals["amount"]), status=status_text(answer, lang),
          how=how_text(answer, lang)),
    ]  # fmt: skip
    found += service_text(plan, lang)
    if totals["cost"] is not None:
        found.append(t("site.cost", lang, cost=cost_text(plan, totals["cost"], lang)))
    counts = plan.villages["status"].value_counts()
    if any(goal is not None for goal in asked.goals):
        found.append(
            t("site.goals", lang, reach=int(counts.get("reaches_goal", 0)),
              had=int(counts.get("had_goal", 0)), below=int(counts.get("below_goal", 0)),
              cannot=int(counts.get("cannot", 0)))
        )  # fmt: skip
    found += price_text(plan, lang) if plan.asked.wish.model == "budget" or not curve else []
    found += curve_text(plan, curve, lang)
    found += [*next_text(plan, following, lang), *steps_text(plan, following, lang)]
    return [*found, *_left(plan, lang), *notes_text(plan, lang)]


def service_text(plan: SitePlan, lang: str) -> list[str]:
    """Say how far people have before and after; nothing where no ways were planned."""
    if not isinstance(plan.siting, Serving):
        return []
    ways = summary(plan.siting, plan.asked.scale)
    unit = t(f"site.service.{ways['unit']}", lang)

    def shown(name: str) -> str:
        return f"{ways[name]:.1f}".removesuffix(".0") + unit

    found = []
    way = t(f"site.service.mode.{ways['mode']}", lang)
    if ways["mean_after"] is not None:
        names: tuple[str, ...] = ("mean_after", "longest_after")
        key = "site.service.first"
        if ways["mean_before"] is not None:
            key, names = "site.service.ways", (*names, "mean_before", "longest_before")
        found.append(t(key, lang, way=way, **{name: shown(name) for name in names}))
    more = ways["have_way_after"] - ways["have_way_before"]
    if more > 0 and ways["mean_before"] is not None:
        found.append(t("site.service.more", lang, n=gain_text(plan, more, lang)))
    if ways["unreachable"]:
        found.append(t("site.service.lost", lang, n=gain_text(plan, ways["unreachable"], lang)))
    return found


def ways_so_far(answer: Serving, scale: int, lang: str) -> str:
    """Give the mean and the longest way of an answer that is still being improved; '' for none."""
    ways = summary(answer, scale)
    if ways["mean_after"] is None:
        return ""
    unit = t(f"site.service.{ways['unit']}", lang)
    told = {name: f"{ways[f'{name}_after']:.1f}".removesuffix(".0") + unit
            for name in ("mean", "longest")}  # fmt: skip
    return t("site.service.so_far", lang, **told)


def _share(part: Any, whole: Any) -> str:
    return percent(Fraction(str(part)), Fraction(str(whole)))


def price_text(plan: SitePlan, lang: str) -> list[str]:
    """Say what more money, or one more site, would bring; nothing where it is not known."""
    price, model = plan.siting.price, plan.asked.wish.model
    if price is None or price <= 0 or model not in ("budget", "sites"):
        return []
    more = price * (_STEP_MONEY if model == "budget" else 1) / plan.asked.scale
    gain = gain_text(plan, round(more, 1), lang)
    if model == "sites":
        return [t("site.next", lang, gain=gain)]
    money = cost_text(plan, _STEP_MONEY, lang)
    return [t("site.price", lang, money=money, gain=gain)]


def curve_text(plan: SitePlan, curve: Sequence[Point], lang: str) -> list[str]:
    """
    Say what a little more and a little less would reach, by the points of the curve beside.

    Parameters
    ----------
    plan, curve
        The plan, and the points of its curve.
    lang
        ``zh`` or ``en``.
    """
    by_money = plan.asked.wish.model == "budget"
    here = plan.asked.wish.budget if by_money else len(plan.sites)
    now = next((one.value for one in curve if one.budget == here), None)
    if now is None:
        return []
    said_of = []
    for one in curve:
        if one.budget == here:
            continue
        more = one.value - now
        at = cost_text(plan, one.budget, lang) if by_money else str(one.budget)
        side = "more" if one.budget > (here or 0) else "less"
        unit = "money" if by_money else "sites"
        amount = gain_text(plan, abs(more) / plan.asked.scale, lang)
        said_of.append(t(f"site.curve.{side}.{unit}", lang, at=at, n=amount))
    return ["；".join(said_of) if lang == "zh" else "; ".join(said_of)] if said_of else []


def _left(plan: SitePlan, lang: str) -> list[str]:
    left = plan.uncovered
    if not len(left):
        return []
    sums = left.groupby("reason", sort=False)["lacking"].sum().sort_values(ascending=False)
    mark = "、" if lang == "zh" else ", "
    why = mark.join(
        f"{t(f'site.why.{code}', lang)} {gain_text(plan, value, lang)}"
        for code, value in sums.items()
    )
    return [t("site.left", lang, n=gain_text(plan, left["lacking"].sum(), lang), why=why)]


def notes_text(plan: SitePlan, lang: str) -> list[str]:
    """Give what the reader must know."""
    found = []
    for note in plan.notes:
        values = {key: value for key, value in note.items() if key != "code"}
        if "reason" in values:
            values["reason"] = excluded_text(values["reason"], "", lang)
        if "columns" in values:
            values["columns"] = _columns(plan, values["columns"].split(", "), lang)
        if note["code"] == "shared":
            values["names"] = _left_below(plan, lang)
        found.append(t(f"site.note.{note['code']}", lang, **values))
    return found


def _left_below(plan: SitePlan, lang: str) -> str:
    """Name the villages whose neighbours use what was counted on for them."""
    left = plan.siting.left if isinstance(plan.siting, Sharing) else ()
    names = dict(zip(plan.villages["village_id"], plan.villages["village"], strict=True))
    told_of = [str(names[one]) for one in left[:_NAMED]]
    more = "……" if lang == "zh" else " ..."
    return ("、" if lang == "zh" else ", ").join(told_of) + (more if len(left) > _NAMED else "")


def _columns(plan: SitePlan, names: list[str], lang: str) -> str:
    """Give columns the names people know them by."""
    known = schema(plan.asked.question.layer).columns
    heads = []
    for name in names:
        aliases = () if name not in known else known[name].zh if lang == "zh" else known[name].en
        heads.append(aliases[0] if aliases else name)
    return ("、" if lang == "zh" else ", ").join(heads)


def excluded_text(code: str, by: str, lang: str) -> str:
    """Say why a candidate is excluded."""
    return t(f"site.excluded.{code}", lang, by=by or "—") if code else ""


def _cards(
    plan: SitePlan,
    near: list[Place],
    moved: Sequence[Moved] | None,
    variants: Variants | None,
    lang: str,
) -> list[str]:
    cards = []
    space = "" if lang == "zh" else " "
    for at, site in enumerate(plan.sites.to_dict("records")):
        place = near[at].said(lang) or place_name(plan, site)
        people = t("site.card.people", lang, n=site["people"]) if site["people"] else ""
        repair = site["source"] == "repair"
        parts = [
            t(f"site.card.{'repair' if repair else 'new'}", lang, order=site["order"], place=place,
              name=site["name"] or site["facility_id"], people=people,
              gain=gain_text(plan, site["gain"], lang), cost=cost_text(plan, site["cost"], lang))
        ]  # fmt: skip
        if "serves" in site:
            parts.append(t("site.card.serves", lang, n=gain_text(plan, site["serves"], lang)))
        if isinstance(plan.siting, Serving):
            users = _scaled(plan.siting.users[at], plan.asked.scale)
            parts.append(t("site.card.users", lang, n=gain_text(plan, users, lang)))
        if round(site["reached"] - site["gain"], 1) > 0:
            word = "full" if isinstance(plan.siting, Sharing) else "shared"
            reached = gain_text(plan, site["reached"], lang)
            parts.append(t(f"site.card.{word}", lang, reached=reached))
        if moved is not None and moved[at].metres:
            parts.append(_moved_text(plan, moved[at], lang))
        if variants is not None and variants.names:
            chosen = variants.chosen.get(str(site["id"]), 0)
            what = _varied(variants.names, lang)
            parts.append(t("site.card.robust", lang, n=chosen, of=len(variants.names), what=what))
        cards.append(space.join(parts))
    return cards


def _varied(names: Sequence[str], lang: str) -> str:
    """Say what was changed in the variants: limits, goals, numbers of people."""
    kinds = dict.fromkeys(name.partition("_")[0] for name in names)
    return t("report.listing", lang).join(t(f"site.varied.{kind}", lang) for kind in kinds)


def _scaled(value: Any, scale: int) -> int | float:
    return int(value) if scale == 1 else float(value) / scale


def _moved_text(plan: SitePlan, one: Moved, lang: str) -> str:
    ways = isinstance(plan.siting, Serving)
    if not one.to:
        return t("site.card.still_ways" if ways else "site.card.still", lang, m=one.metres)
    to = t(f"site.to.{one.to}", lang)
    if isinstance(plan.siting, Serving):
        unit = t(f"site.service.{plan.siting.trips.unit}", lang)
        grows = (("mean", one.mean), ("longest", one.longest))
        told = [t(f"site.card.grows.{name}", lang, n=f"{more:.1f}".removesuffix(".0") + unit)
                for name, more in grows if round(more, 1) > 0]  # fmt: skip
        if one.loses:
            told.append(t("site.card.grows.lost", lang, n=gain_text(plan, one.loses, lang)))
        mark = "，" if lang == "zh" else ", "
        return t("site.card.move_ways", lang, to=to, m=one.metres, what=mark.join(told))
    return t("site.card.move", lang, to=to, m=one.metres, n=gain_text(plan, one.loses, lang))


def place_name(plan: SitePlan, site: dict[str, Any]) -> str:
    """Give the name of a site's village, else its id."""
    names = dict(zip(plan.villages["village_id"], plan.villages["village"], strict=True))
    return str(names.get(str(site["village_id"]), site["id"]))


def why_not(plan: SitePlan, candidate: str, lang: str) -> str:
    """
    Say why a candidate is not part of the plan; '' where it is.

    Parameters
    ----------
    plan
        The plan.
    candidate
        Its id.
    lang
        ``zh`` or ``en``.
    """
    frame = plan.asked.places.frame
    at = int(np.flatnonzero(frame["id"].to_numpy(dtype=object) == candidate)[0])
    if at in plan.siting.sites:
        return ""
    row = frame.iloc[at]
    if row["forbidden"]:
        return excluded_text(str(row["excluded"]), str(row["excluded_by"]), lang)
    more = beside(plan, np.array([at]))[0]
    if not more:
        word = "unserved" if isinstance(plan.siting, Sharing) else "nobody"
        return t(f"site.card.not_{word}", lang)
    return t("site.card.not", lang, gain=gain_text(plan, more, lang))


def beside(plan: SitePlan, which: Any) -> list[int | float]:
    """Give what each of some candidates would reach beside the chosen sites."""
    asked = plan.asked
    if isinstance(plan.siting, Sharing):
        return [asked.shown(plan.siting.would(int(at))) for at in which]
    left = np.where(asked.covering.reached(plan.siting.sites), 0, asked.demand.lacking)
    columns = asked.covering.covers.tocsc()[:, np.asarray(which, dtype=np.int64)]
    sums = np.asarray(columns.T @ left).ravel()
    return [int(one) if asked.scale == 1 else float(one) / asked.scale for one in sums]
