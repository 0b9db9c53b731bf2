"""The door: page settings and the list of pages, nothing else."""

import streamlit as st

from ui import nav
from ui.pages import data, gaps, intake, overview, progress, returns, start, village_map, work

st.set_page_config(
    page_title=nav.title("app.short"),
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.navigation(
    nav.listed(
        overview=overview.page,
        map=village_map.page,
        gaps=gaps.page,
        work=work.page,
        returns=returns.page,
        progress=progress.page,
        intake=intake.page,
        data=data.page,
        start=start.page,
    )
).run()
