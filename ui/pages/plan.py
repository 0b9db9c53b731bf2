"""Plan: where to build what is lacking, what a budget brings, and what if."""

from __future__ import annotations

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import (
    gap_view,
    look,
    plan_asks,
    plan_budget,
    plan_map,
    plan_sites,
    plan_view,
    plan_whatif,
    state,
)
from ui.choices import select, sync
from ui.shell import assessed_page, tell

PART = "plan_part"
PARTS = {"sites": plan_sites.draw, "budget": plan_budget.draw, "whatif": plan_whatif.draw}
"""The parts of the page, by their names in the address."""
IN_ADDRESS = (PART, "plan_site", *plan_asks.IN_ADDRESS, *plan_budget.IN_ADDRESS,
              *plan_whatif.IN_ADDRESS)  # fmt: skip


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    st.html(f"<style>{gap_view.CSS}{plan_view.CSS}{plan_map.CSS}</style>")
    with st.container(key="plan-top", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.html(look.heading(t("page.plan", lang), t("plan.about", lang)))
        part = select(
            PART, t("plan.what", lang), list(PARTS), "sites", lambda one: t(f"plan.part.{one}",
            lang), as_buttons=True, hide_label=True, width="content",
        )  # fmt: skip
    with st.container(key=f"plan-{part}"):
        try:
            PARTS[part](shown, lang)
        except PlannerError as error:
            tell(error, lang)
