"""A budget plan as sentences, as rows of the project library, and as what programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.text import LANGUAGES, said, t
from works.budgeting.packages import homes_of, works_of
from works.budgeting.plan import BudgetPlan, decimal
from works.budgeting.steps import Step
from works.figures import amount_text, blank, exact, number, text, whole
from works.handout.paper import short_name
from works.library import WorkKind
from works.plans import money_text
from works.project_library import COLUMNS, PRIVATE

_SOME = 5


def sentences(plan: BudgetPlan, lang: str) -> list[str]:
    """
    Say what a budget does, what comes next, and what money cannot do.

    Parameters
    ----------
    plan
        The plan.
    lang
        ``zh`` or ``en``.
    """
    choice, board = plan.choice, plan.board

    def money(amount: Fraction) -> str:
        return money_text(amount, plan.packages.currency, lang)

    lines = [
        t(f"budget.said.{plan.asked.aim}", lang, budget=money(plan.asked.budget), n=choice.value,
          cost=money(plan.cost), left=money(plan.asked.budget - plan.cost))
    ]  # fmt: skip
    if plan.free:
        lines.append(t("budget.free", lang, n=plan.free))
    gap = f"{choice.gap * 100:.2f}"
    lines.append(t(f"budget.status.{choice.status}", lang, p=gap, how=t(f"budget.how.{choice.how}",
                   lang)))  # fmt: skip
    following = plan.following
    if following is not None:
        lines.append(
            t("budget.next", lang, more=money(following.more), cost=money(following.cost),
              village=board.name(following.village))
        )  # fmt: skip
    elif plan.asked.aim == "passes":
        lines.append(t("budget.no_next", lang))
    elif choice.price:
        each = money(Fraction(1 / choice.price) / plan.packages.coins)
        lines.append(t("budget.price", lang, money=each))
    for town, able in choice.short.items():
        named = (board.row("township", str(town)) or {}).get("unit_name", town)
        lines.append(t("budget.short", lang, town=named or town, n=able, k=plan.asked.per_township))
    for why, villages in _by_reason(plan).items():
        names = t("report.listing", lang).join(board.name(one) for one in villages[:_SOME])
        key = "budget.cannot_more" if len(villages) > _SOME else "budget.cannot"
        lines.append(t(key, lang, n=len(villages), names=names, why=t(f"budget.why.{why}", lang)))
    if plan.funded["provisional"].any():
        lines.append(t("budget.provisional", lang))
    return lines


def _by_reason(plan: BudgetPlan) -> dict[str, list[str]]:
    """Give the villages that cannot be promised to pass, by the first reason of each."""
    found: dict[str, list[str]] = {}
    done = set[str]()
    for lack in plan.packages.lacks:
        if lack.village not in done:
            done.add(lack.village)
            found.setdefault(lack.why, []).append(lack.village)
    return found


# ---------------------------------------------------------------------------------- projects


def library_rows(
    plan: BudgetPlan,
    work: gpd.GeoDataFrame,
    costs: Mapping[str, WorkKind],
    lang: str,
    *,
    funding: str = "",
    term: str = "",
) -> pd.DataFrame:
    """
    Give what is funded as rows of the project library: one for each village and kind of work.

    Parameters
    ----------
    plan, work
        The plan and the work list it was made of.
    costs
        Titles and units of the kinds of work.
    lang
        Language of the rows.
    funding, term
        Who pays and until when, where that is known.

    Returns
    -------
    pandas.DataFrame
        ``works.project_library.COLUMNS`` and ``PRIVATE``; work that costs nothing is no project.
        ``households`` are those whose own gap is closed, or all of the village where the work is
        for the village.
    """
    plain = pd.DataFrame(work.drop(columns="geometry")).set_index("work_id", drop=False)
    rows = []
    for label, package in plan.funded.iterrows():
        steps = plan.packages.steps[str(label)]
        mine = plain.loc[works_of(steps)]
        mine = mine[[not blank(one) and exact(one) > 0 for one in mine["cost"]]]
        for kind, works in mine.groupby("kind", sort=False):
            made = _project(plan, str(package["village"]), costs.get(str(kind)), works, lang)
            made["households"] = _profit(plan, str(package["village"]), steps, works)
            rows.append(made | {"funding": funding, "term": term})
    return pd.DataFrame(rows, columns=pd.Index([*COLUMNS, *PRIVATE]))


def _project(
    plan: BudgetPlan, village: str, kind: WorkKind | None, works: pd.DataFrame, lang: str
) -> dict[str, Any]:
    board = plan.board
    title = said(kind.title, lang) if kind else text(works["title_zh"].iloc[0])
    unit = said(kind.unit, lang) if kind else text(works["unit"].iloc[0])
    amount = number(sum((exact(one) for one in works["quantity"]), Fraction(0)))
    size = f"{amount}{unit}" if lang == "zh" else f"{amount} {unit}"
    town, name = board.townships().get(village, ""), text(board.name(village))
    judged = {board.targets[str(one)].subjects for one in works["target_id"]}
    names = works["subject_name"] if judged == {"households"} else works["subject_name"].iloc[:0]
    called = [short_name(text(one)) for one in names if text(one)]
    exactly = works[(works["position"] == "exact") & works["lon"].notna()]
    places = [f"{lon:.6f},{lat:.6f}" for lon, lat in zip(exactly["lon"], exactly["lat"],
                                                         strict=True)]  # fmt: skip
    leads = list(dict.fromkeys(text(one) for one in works["lead"] if text(one)))
    return {
        "name": t("budget.project", lang, village=name, title=title),
        "place": t("budget.place", lang, town=town, village=name) if town else name,
        "content": t("budget.content", lang, title=title, size=size),
        "cost": sum((exact(one) for one in works["cost"]), Fraction(0)),
        "office": t("report.listing", lang).join(_lead(board, works, leads, lang)),
        "who": t("report.listing", lang).join(called),
        "where": "; ".join(places),
    }


def _lead(board: Any, works: pd.DataFrame, leads: Sequence[str], lang: str) -> list[str]:
    """Give who answers for the work: what the list says, in Chinese, else the targets' leads."""
    if lang == "zh" and leads:
        return list(leads)
    named = [said(board.targets[str(one)].lead, lang) for one in works["target_id"].unique()]
    return list(dict.fromkeys(one for one in named if one)) or list(leads)


def _profit(
    plan: BudgetPlan, village: str, steps: Sequence[Step], works: pd.DataFrame
) -> int | None:
    """Count the households that profit, each once; all of the village where it is for all."""
    board = plan.board
    if {board.targets[str(one)].subjects for one in works["target_id"]} != {"households"}:
        return _declared(plan, village)
    own = {str(one) for one in works["subject_id"]}
    # One piece of work for the households of a village: those whose gap it closes.
    wide = set(works["target_id"][works["subject_id"].astype(str) == village])
    homes = homes_of([step for step in steps if step.target in wide])
    return len((own - {village}) | homes)


def _declared(plan: BudgetPlan, village: str) -> int | None:
    villages = plan.board.assessment.villages
    if "households" not in villages.columns or blank(villages["households"].get(village)):
        return None
    return whole(villages["households"].get(village))


# ---------------------------------------------------------------------------------- for programs


def plan_json(plan: BudgetPlan) -> dict[str, Any]:
    """Give ``plan.json``: what was asked, by which data and rules, what is funded, what is not."""
    found, choice = plan.board.assessment, plan.choice
    following = plan.following
    return {
        "project": found.project_name,
        "standard": found.standard.label,
        "scope": found.scope,
        "as_of": found.as_of.isoformat(),
        "data_version": found.data_version,
        "aim": plan.asked.aim,
        "budget": decimal(plan.asked.budget),
        "currency": plan.packages.currency,
        "per_township": plan.asked.per_township,
        "must": list(plan.asked.must),
        "status": choice.status,
        "how": choice.how,
        "value": choice.value,
        "bound": choice.bound,
        "gap": round(choice.gap, 6),
        "cost": decimal(plan.cost),
        "left": decimal(plan.asked.budget - plan.cost),
        "price": None if choice.price is None else choice.price * plan.packages.coins,
        "next": None
        if following is None
        else {
            "village_id": following.village,
            "village": plan.board.name(following.village),
            "cost": decimal(following.cost),
            "more": decimal(following.more),
        },
        "passing": plan.passing,
        "villages": [_village(plan, str(label), row) for label, row in plan.funded.iterrows()],
        "cannot": [
            {"village_id": one.village, "village": plan.board.name(one.village),
             "target_id": one.target, "why": one.why, "missing": decimal(one.n),
             **{f"why_{lang}": _why(plan, one.why, one.target, one.n, lang) for lang in LANGUAGES}}
            for one in plan.packages.lacks
        ],
        "relocation": list(plan.packages.leaving),
        "short": {str(town): n for town, n in choice.short.items()},
        "sentences": {lang: sentences(plan, lang) for lang in LANGUAGES},
    }  # fmt: skip


def _why(plan: BudgetPlan, why: str, target: str, n: Fraction, lang: str) -> str:
    row = plan.board.total(target)
    size = amount_text(n, "" if row is None else row["unit"], lang)
    return t(f"budget.because.{why}", lang, target=plan.board.title(target, lang), n=size)


def _village(plan: BudgetPlan, label: str, row: Any) -> dict[str, Any]:
    village, steps = str(row["village"]), plan.packages.steps[label]
    return {
        "village_id": village,
        "village": plan.board.name(village),
        "township": plan.board.townships().get(village, ""),
        "package": int(row["package"]),
        "targets": [_target(step) for step in steps],
        "cost": decimal(row["money"]),
        "gain": int(row["gain"]),
        "passes": bool(row["passes"]),
        "provisional": bool(row["provisional"]),
        "households": sorted(homes_of(steps)),
        "work_ids": works_of(steps),
    }


def _target(step: Step) -> dict[str, Any]:
    return {"target_id": step.target, "level": step.level, "works": len(step.works),
            "cost": decimal(step.cost), "households": len(step.households)}  # fmt: skip


def total_homes(plan: BudgetPlan) -> int | None:
    """
    Count the households that profit of all that is funded, each once.

    In a village where anything is for the whole village, all of it; None where a village that
    counts whole declares no households.
    """
    total = 0
    for label, row in plan.funded.iterrows():
        village = str(row["village"])
        steps = plan.packages.steps[str(label)]
        paid = [step for step in steps if step.cost]
        if any(plan.board.targets[step.target].subjects != "households" for step in paid):
            declared = _declared(plan, village)
            if declared is None:
                return None
            total += declared
        else:
            total += len(homes_of(paid))
    return int(np.int64(total))
