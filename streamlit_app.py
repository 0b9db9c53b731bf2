"""The door: page settings and the list of pages, nothing else."""

import streamlit as st

from ui.pages import overview

st.set_page_config(
    page_title=overview.title(),
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.navigation([st.Page(overview.page, title=overview.title(), default=True)]).run()
