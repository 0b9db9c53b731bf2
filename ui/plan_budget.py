"""The part of the page of plans that spends one purse: most villages that pass, or households."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import streamlit as st

from geo.budget import AIMS, Aim
from layers.errors import PlannerError
from layers.project import open_project
from layers.text import t
from ui import jobs, look, plan_view, state
from ui.choices import select
from ui.downloads import XLSX
from ui.plan_choices import money, names, number
from works.budgeting.files import write_plan
from works.budgeting.plan import Asked, BudgetPlan, plan_budget
from works.budgeting.shown import (
    cannot_rows,
    curve_drawn,
    curve_ends,
    curve_rows,
    funded_rows,
    funded_total,
)
from works.budgeting.told import sentences
from works.library import load_costs
from works.papers.teller import Teller
from works.project_library import FILE, PUBLIC_FILE
from works.worklist import worklist

IN_ADDRESS = ("bud_money", "bud_aim", "bud_per", "bud_villages", "bud_targets")
MOST = 60
FILES: Mapping[str, tuple[str, str]] = {
    FILE: ("library", XLSX), PUBLIC_FILE: ("public", XLSX), "plan.json": ("plan",
    "application/json"), "packages.csv": ("packages", "text/csv"), "curve.csv": ("curve",
    "text/csv"),
}  # fmt: skip


def draw(shown: state.Seen, lang: str) -> None:
    """
    Draw the part.

    Parameters
    ----------
    shown
        The project, assessed.
    lang
        ``zh`` or ``en``.
    """
    asked = _asked(shown, lang)
    key = (str(shown.folder), shown.mark, shown.asked, asked)
    try:
        plan = jobs.wanted(key, lambda: _made(*key, shown), lang, title=t("plan.bud.busy", lang))
    except PlannerError as error:
        st.error(t("plan.refused", lang))
        st.text(error.say(lang))
        return
    if plan is not None:
        _result(shown, plan, lang)


def _asked(shown: state.Seen, lang: str) -> Asked:
    """Draw what is asked and give it."""
    board = shown.board
    known = sorted({one.currency for one in load_costs().values()})
    currency = known[0] if known else "CNY"
    with st.container(key="plan-picks"):
        one, two, three = st.columns(3, gap="small")
        with one:
            budget = money("bud_money", t("plan.bud.money", lang), currency,
                           50 if currency == "CNY" else 10_000, lang)  # fmt: skip
        with two:
            wanted = select(
                "bud_aim", t("plan.bud.aim", lang), AIMS, AIMS[0],
                lambda name: t(f"plan.bud.aim.{name}", lang),
            )  # fmt: skip
        with three:
            per = number("bud_per", t("plan.bud.per", lang), 0, 0, 1000)
        four, five = st.columns(2, gap="small")
        with four:
            villages = names(
                "bud_villages", t("plan.bud.villages", lang), list(board.statuses()),
                lambda key: look.plain(board.name(key)), t("plan.bud.any", lang),
            )  # fmt: skip
        with five:
            targets = names(
                "bud_targets", t("plan.bud.targets", lang), list(board.targets),
                lambda key: look.plain(board.title(key, lang)), t("plan.bud.any", lang),
            )  # fmt: skip
    aim: Aim = "gain" if wanted == "gain" else "passes"
    return Asked(Fraction(budget), aim, int(per or 0), (*villages, *targets))


@st.cache_resource(show_spinner=False, max_entries=2)
def _work(folder: str, mark: str, asked: state.Asked, _shown: state.Seen) -> gpd.GeoDataFrame:  # noqa: ARG001  folder, mark and choice are the key
    """Make the whole work list a budget chooses from."""
    return worklist(_shown.assessment, load_costs())


@st.cache_resource(show_spinner=False, max_entries=8)
def _made(folder: str, mark: str, of: state.Asked, asked: Asked, _shown: state.Seen) -> BudgetPlan:
    """Spend the budget; what was asked last is kept."""
    work = _work(folder, mark, of, _shown)
    return plan_budget(_shown.board, work, load_costs(), asked)


def _result(shown: state.Seen, plan: BudgetPlan, lang: str) -> None:
    lines = sentences(plan, lang)
    # Villages that need no money are told before how sure the answer is.
    sure = 2 if plan.free else 1
    notes = [*lines[1:sure], *lines[sure + 1 :]]
    st.html(plan_view.sentence_html(lines[0], lines[sure], notes))
    with st.container(key="plan-main"):
        left, right = st.columns([5, 4], gap="medium")
        with right, st.container(key="plan-curve"):
            _curve(plan, lang)
        with left:
            _funded(plan, lang)
            _files(shown, plan, lang)
    rows = cannot_rows(plan, lang)
    if rows:
        st.html(look.heading(t("plan.bud.cannot", lang)))
        heads = [t("plan.col.village", lang), t("plan.bud.col.missing", lang)]
        body = [(one.village, one.why) for one in rows]
        st.html(plan_view.table_html(heads, body))


def _funded(plan: BudgetPlan, lang: str) -> None:
    rows = funded_rows(plan, lang)
    st.html(look.heading(t("plan.bud.funded", lang), t("plan.bud.funded_small", lang)))
    if not rows:
        st.html(plan_view.note_html(t("plan.bud.none", lang)))
        return
    heads = [
        t("plan.col.village", lang),
        *(t(f"plan.bud.col.{one}", lang) for one in ("targets", "works")),
        t("plan.col.cost", lang),
        *(t(f"plan.bud.col.{one}", lang) for one in ("homes", "passes")),
    ]

    def cells(one: Any) -> tuple[str, ...]:
        name = " ".join(filter(None, (one.village, one.township)))
        return (name, one.targets, one.works, one.cost, one.homes, one.passes)

    total = cells(funded_total(plan, lang))
    body = [cells(one) for one in rows]
    st.html(plan_view.table_html(heads, body, numbers=(2, 3, 4), total=total))


def _curve(plan: BudgetPlan, lang: str) -> None:
    if len(plan.points) < 2:
        return
    kind: Literal["passes", "gain"] = plan.asked.aim
    st.html(look.heading(t("plan.bud.curve" if kind == "passes" else "plan.bud.curve_gain", lang)))
    first, last = curve_ends(plan, lang)
    points = curve_drawn(plan)
    top = f"{max(one[1] for one in points):g}"
    drawn = plan_view.curve_html(points, (first, "0"), (last, top), lang)
    heads = [
        *(t(f"plan.bud.col.{one}", lang) for one in ("next", "step", "sum")),
        t(f"plan.bud.col.value.{kind}", lang),
    ]
    rows = curve_rows(plan, lang)
    body = [(one.village, one.step, one.cost, one.value) for one in rows]
    marked = [n for n, one in enumerate(rows) if one.here]
    table = plan_view.table_html(heads, body, numbers=(1, 2, 3), marked=marked)
    more = t("plan.bud.curve_more", lang, n=len(plan.points))
    st.html(drawn + table + plan_view.note_html(more if len(plan.points) > len(rows) else ""))


def _files(shown: state.Seen, plan: BudgetPlan, lang: str) -> None:
    st.html(look.heading(t("plan.files", lang)))
    with st.container(horizontal=True, key="plan-files"):
        for name, (word, mime) in FILES.items():
            st.download_button(
                t(f"plan.file.{word}", lang), data=partial(_file, shown, plan, lang, name),
                file_name=name, mime=mime, on_click="ignore", key=f"plan-file-{word}",
            )  # fmt: skip


def _file(shown: state.Seen, plan: BudgetPlan, lang: str, name: str) -> bytes:
    return files(shown, plan, lang)[name]


def files(shown: state.Seen, plan: BudgetPlan, lang: str) -> dict[str, bytes]:
    """Give the files ``village-planner budget`` writes, by their names."""
    demo = True if open_project(shown.folder).settings.get("demo") is True else None
    work = _work(str(shown.folder), shown.mark, shown.asked, shown)
    with tempfile.TemporaryDirectory() as folder:
        teller = Teller(shown.board, lang, demo=demo)
        write_plan(plan, work, load_costs(), Path(folder), teller=teller)
        return {one.name: one.read_bytes() for one in Path(folder).iterdir()}
