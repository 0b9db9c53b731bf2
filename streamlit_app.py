"""The door: page settings and the list of pages, nothing else."""

import streamlit as st

from ui import nav
from ui.pages import (
    compare,
    data,
    gaps,
    intake,
    lost,
    overview,
    plan,
    progress,
    reports,
    returns,
    standards,
    start,
    village,
    village_map,
    work,
)
from ui.pages import help as guide

st.set_page_config(
    page_title=nav.title("app.short"),
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.navigation(
    nav.listed(
        lost.page,
        overview=overview.page,
        map=village_map.page,
        village=village.page,
        gaps=gaps.page,
        plan=plan.page,
        work=work.page,
        returns=returns.page,
        progress=progress.page,
        compare=compare.page,
        reports=reports.page,
        standards=standards.page,
        data=data.page,
        intake=intake.page,
        start=start.page,
        help=guide.page,
    ),
    expanded=True,
).run()
