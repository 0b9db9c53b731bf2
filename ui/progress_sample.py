"""Samples for spot checks on the page of progress: drawn again the same from the same seed."""

from __future__ import annotations

import streamlit as st

from layers.errors import UsageError
from layers.text import t
from ui import downloads, progress_view, state
from ui.kept_work import Kept
from works.export import geojson_bytes
from works.figures import text
from works.progress.samples import in_words, sample_of_met, sample_of_work
from works.progress.sheets import sample_workbook

FROM = ("verified", "done", "met")
_SHOWN = ("stratum", "work_no", "village", "group", "subject_name", "address")


def sample_section(kept: Kept, shown: state.Seen, lang: str) -> None:
    """
    Draw what a sample is drawn from, and the sample.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    lang
        ``zh`` or ``en``.
    """
    board = shown.board
    st.caption(t("prog.sample_about", lang))
    with st.container(horizontal=True, key="sample-picks", vertical_alignment="bottom"):
        source = st.selectbox(
            t("prog.sample_from", lang), FROM, key="sample-from", width=240,
            format_func=lambda one: t(f"prog.sample.{one}", lang),
        )  # fmt: skip
        target = None
        if source == "met":
            known = [key for key in board.targets if key not in board.unassessed]
            target = st.selectbox(
                t("head.target", lang), known, key="sample-target", width=280,
                format_func=lambda one: board.title(one, lang),
            )  # fmt: skip
        size = st.number_input(
            t("prog.sample_size", lang), 1, 5000, 20, key="sample-size", width=140
        )
        seed = st.number_input(
            t("prog.sample_seed", lang), 1, 10**6, 1, key="sample-seed", width=140
        )
    if source != "met" and not any(one["state"] == source for one in kept.items.values()):
        st.caption(t("prog.sample_none", lang))
        return
    try:
        if target is not None:
            drawn = sample_of_met(shown.assessment, target, int(size), int(seed))
        else:
            drawn = sample_of_work(kept.items, int(size), int(seed), states=(source,))
    except UsageError:
        # Nothing meets the target, or the sample is smaller than there are places and kinds.
        st.caption(t("prog.sample_small", lang))
        return
    heads = [
        (progress_view.head_of(name, lang), "no" if name == "work_no" else "name")
        for name in _SHOWN
    ]
    table = drawn.assign(stratum=in_words(drawn, lang))[list(_SHOWN)]
    cells = [[text(v) for v in row] for row in table.itertuples(index=False, name=None)]
    st.html(progress_view.escaped_table(heads, cells))
    title = t("prog.part.sample", lang)
    name = f"{title}-{int(seed)}"
    with st.container(horizontal=True):
        st.download_button(
            "XLSX",
            data=lambda: sample_workbook(drawn, shown.assessment.project_name, int(seed), lang),
            file_name=f"{name}.xlsx", mime=downloads.XLSX, on_click="ignore", key="sample-xlsx",
        )  # fmt: skip
        st.download_button(
            "GeoJSON", data=lambda: geojson_bytes(drawn), file_name=f"{name}.geojson",
            mime=downloads.GEOJSON, on_click="ignore", key="sample-geojson",
        )  # fmt: skip
