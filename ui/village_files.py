"""The papers of one village: its sheet in every kind of file, and the folder for an inspection."""

from __future__ import annotations

from functools import partial

import streamlit as st

from layers.text import t
from ui import reports_data, state
from works.handouts import ARCHIVE, CARD, Wanted
from works.papers.files import render
from works.papers.teller import file_name

SUFFIXES = (".docx", ".pdf", ".xlsx", ".png", ".html")
_NOTHING = reports_data.Made((), (), cut=False, name="")


def village_files(shown: state.Seen, village: str, name: str, lang: str) -> None:
    """
    Draw the row of files; each is made only when its button is pressed.

    Parameters
    ----------
    shown
        The assessment.
    village, name
        Its id, and what people call it.
    lang
        ``zh`` or ``en``.
    """
    unit = ("village", village)
    stem = file_name(f"{t('page.village', lang)}-{name}")
    with st.container(key="vil-files", horizontal=True, vertical_alignment="center"):
        st.html(f'<span class="vl-note">{t("vil.sheet", lang)}</span>', width="content")
        for suffix in SUFFIXES:
            st.download_button(
                suffix.removeprefix(".").upper(),
                data=partial(_sheet, shown, unit, suffix, lang),
                file_name=stem + suffix,
                mime=reports_data.MIME[suffix],
                on_click="ignore",
                key=f"vil-file-{suffix.removeprefix('.')}",
            )
        st.download_button(
            t("vil.archive", lang),
            data=partial(
                reports_data.file_of, shown, Wanted(ARCHIVE, unit), _NOTHING, ".zip", lang
            ),
            file_name=file_name(f"{t('reports.kind.archive', lang)}-{name}") + ".zip",
            mime=reports_data.MIME[".zip"],
            on_click="ignore",
            key="vil-file-zip",
        )
        st.html(f'<span class="vl-note">{t("vil.print", lang)}</span>', width="content")


def _sheet(shown: state.Seen, unit: tuple[str, str], suffix: str, lang: str) -> bytes:
    papers = reports_data.material(shown).papers(Wanted(CARD, unit), lang)
    return render(papers, suffix)
