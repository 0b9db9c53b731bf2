"""Hand-outs: choose a paper, of which place and for whom; look at it; take it along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.heed import Stopped
from layers.text import LANGUAGES, t
from ui import look, reports_data, state
from ui.choices import keep, kept, select, sync
from ui.reports_data import Made
from ui.shell import assessed_page, tell
from works.board import ALL, NOWHERE, Board
from works.handouts import (
    ARCHIVE,
    ATLAS,
    CARD,
    FULL,
    KINDS,
    LEADER,
    MAP,
    MEETING,
    NOTICE,
    OF_VILLAGE,
    Wanted,
)

IN_ADDRESS = ("paper", "place", "public", "paper_lang")
INTERNAL, PUBLIC = "internal", "public"
"""For whom a paper is; also in the address."""
WHOLE = "whole"
FORMATS: Mapping[str, Sequence[str]] = {
    LEADER: (".docx", ".pdf", ".png", ".xlsx", ".html"),
    FULL: (".docx", ".xlsx", ".pdf", ".html"),
    NOTICE: (".docx", ".pdf", ".html"),
    MEETING: (".zip",),
    CARD: (".docx", ".pdf", ".xlsx", ".png", ".html"),
    MAP: (".pdf", ".png", ".svg", ".html"),
    ARCHIVE: (".zip",),
    ATLAS: (".zip",),
}
"""The files of each kind of paper, the one most asked for first."""
_PAGE = "reports-page"
CSS = """
.st-key-reports-paper [data-testid=stImage] img{border:1px solid #C9D0D6;border-radius:0;
 width:100%!important;max-width:600px!important}
.st-key-reports-pages{max-width:600px;gap:8px!important}
.st-key-reports-pages>:first-child{margin-right:auto}
.st-key-reports-kind label{align-items:flex-start}
.vr-note{font-size:12px;line-height:20px;color:#4F5B67;margin:0}
.vr-list{margin:0;padding:0 0 0 18px;font-size:13px;line-height:22px}
.vr-list li{margin:0;padding:0;font-size:13px}
"""


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    st.html(f"<style>{CSS}</style>")
    st.html(look.heading(t("page.reports", lang), t("reports.about", lang)))
    left, right = st.columns([4, 7], gap="large")
    with left:
        wanted, tongue = _chosen(shown.board, lang)
        beside = st.container()
    with right, st.container(key="reports-paper"):
        try:
            done = reports_data.made(shown, wanted, tongue, lang)
        except Stopped as stopped:
            st.info(stopped.say(lang))
            st.button(t("job.again", lang), key="reports-again")
            return
        except PlannerError as error:
            tell(error, lang)
            return
        if done is not None:
            _buttons(shown, wanted, done, tongue, lang)
            _preview(wanted, done, tongue, lang)
    if done is not None:
        with beside:
            _beside(done, lang)


# ---------------------------------------------------------------------------------- choices


def _chosen(board: Board, lang: str) -> tuple[Wanted, str]:
    """Draw the choices; give what is asked for, and in which language."""
    kind = _kind(lang)
    unit, target = None, ALL
    if kind in (FULL, MAP):
        unit = _place(board, ("township", "village"), lang)
    elif kind == ATLAS:
        unit = _place(board, ("township",), lang)
    elif kind in OF_VILLAGE:
        unit = _village(board, lang)
    if kind == MAP:
        judged = [key for key in board.targets if key not in board.unassessed]
        target = select(
            "target", t("reports.target", lang), [ALL, *judged], ALL,
            lambda one: board.title(one, lang),
        )  # fmt: skip
    public = select(
        "public", t("reports.who", lang), (INTERNAL, PUBLIC), INTERNAL,
        lambda one: t(f"reports.{one}", lang), as_buttons=True,
    ) == PUBLIC  # fmt: skip
    note = t("reports.public_note" if public else "reports.internal_note", lang)
    st.html(f'<p class="vr-note">{note}</p>')
    names = {"zh": "中文", "en": "English"}
    tongue = select(
        "paper_lang", t("reports.lang", lang), LANGUAGES, lang, names.__getitem__, as_buttons=True
    )
    return Wanted(kind, unit, public, target), tongue


def _kind(lang: str) -> str:
    widget = "reports-kind"
    st.session_state[widget] = kept("paper", KINDS, LEADER)

    def taken() -> None:
        keep("paper", str(st.session_state[widget]))

    st.radio(
        t("reports.kind", lang),
        KINDS,
        format_func=lambda one: t(f"reports.kind.{one}", lang),
        captions=[t(f"reports.about.{one}", lang) for one in KINDS],
        key=widget,
        on_change=taken,
    )
    return kept("paper", KINDS, LEADER)


def _place(board: Board, levels: Sequence[str], lang: str) -> tuple[str, str] | None:
    """Draw the choice of a place: the whole, or one of a level below it."""
    places = {WHOLE: (board.top, t("reports.whole", lang))}
    for level in levels:
        for unit, name in board.units(level):
            if unit != NOWHERE and (level, unit) != board.top:
                shown = board.name(unit) if level == "village" else name
                word = t(f"level.{level}", lang)
                places[f"{level}:{unit}"] = ((level, unit), f"{word}　{shown}")
    chosen = select(
        "place", t("reports.unit", lang), list(places), WHOLE, lambda one: places[one][1]
    )
    return None if chosen == WHOLE else places[chosen][0]


def _village(board: Board, lang: str) -> tuple[str, str] | None:
    villages = [unit for unit, _ in board.of_villages()]
    if not villages:
        return None
    towns = board.townships()

    def name(one: str) -> str:
        town = towns.get(one, "")
        return f"{town}　{board.name(one)}" if town else board.name(one)

    nearest = next(iter(board.nearness), villages[0])
    return "village", select("village", t("reports.village", lang), villages, nearest, name)


# ---------------------------------------------------------------------------------- the paper


def _beside(done: Made, lang: str) -> None:
    """Draw what goes with a paper: the text to paste, the names of the files of a pack."""
    if done.paste:
        size = len(done.paste)
        st.html(look.heading(t("reports.paste", lang), t("reports.paste_note", lang, n=size)))
        st.code(done.paste, language=None, wrap_lines=True)
    if done.names:
        lines = "".join(f"<li>{esc(one)}</li>" for one in done.names)
        st.html(look.heading(t("reports.holds", lang)) + f'<ul class="vr-list">{lines}</ul>')


def _buttons(shown: state.Seen, wanted: Wanted, done: Made, tongue: str, lang: str) -> None:
    with st.container(horizontal=True, key="reports-files", gap="small"):
        for number, suffix in enumerate(FORMATS[wanted.kind]):
            st.download_button(
                t(f"reports.as.{suffix[1:]}", lang),
                data=partial(reports_data.file_of, shown, wanted, done, suffix, tongue),
                file_name=f"{done.name}{suffix}",
                mime=reports_data.MIME[suffix],
                type="primary" if number == 0 else "secondary",
                on_click="ignore",
                key=f"reports-as{suffix}",
            )


def _preview(wanted: Wanted, done: Made, tongue: str, lang: str) -> None:
    """Show one page of the paper, and the way to the others."""
    last = len(done.pages)
    # Another paper begins at its first page.
    name = f"{_PAGE}-{hash((wanted, tongue))}"
    here = min(int(st.session_state.get(name, 1)), last)

    def turn(by: int) -> None:
        st.session_state[name] = min(max(here + by, 1), last)

    with st.container(horizontal=True, vertical_alignment="center", key="reports-pages"):
        place = t("reports.page", lang, n=here, of=last)
        st.html(look.heading(t("reports.preview", lang), place))
        if last > 1:
            for key, by in (("before_page", -1), ("next_page", 1)):
                st.button(
                    t(f"reports.{key}", lang), key=f"reports-{key}", on_click=turn, args=(by,),
                    disabled=not 1 <= here + by <= last,
                )  # fmt: skip
    caption = look.plain(done.name)
    st.image(done.pages[here - 1], caption=caption, alt=caption, width="stretch")
    if done.cut:
        st.caption(t("reports.shortened", lang, n=reports_data.MOST_ROWS))
