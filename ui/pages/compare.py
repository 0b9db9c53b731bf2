"""Compare: townships side by side, two dates, two standards, and the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from geo.scorecard import ALL
from layers.errors import PlannerError
from layers.text import said, t
from ui import (
    compare_dates,
    compare_towns,
    compare_view,
    jobs,
    look,
    progress_view,
    state,
    work_view,
)
from ui.choices import chosen, kept, select, sync
from ui.compare_data import other_standards, rescored_of
from ui.downloads import XLSX
from ui.kept_work import kept_of
from ui.links import linker
from ui.progress_data import Told, earlier, history_of, named_periods
from ui.shell import assessed_page, tell
from works.board import Board
from works.desk.comparing import (
    EVERY,
    REQUIRED,
    columns_of,
    overall,
    people,
    side_by_side,
    side_sheet,
    steps,
    targets_of,
    themes,
    townships,
)
from works.export import Sheets, xlsx_bytes
from works.figures import bar_key, date_text, text
from works.progress.periods import NOW
from works.progress.sheets import PLACE_HEADS, progress_workbook
from works.ranking import LEVELS, arrow
from works.rescored import rescored_extra, rescored_lines
from works.workbook import context

PART = "cmp"
PARTS = ("towns", "dates", "standards", "ranking")
IN_ADDRESS = (
    PART, "cmp_of", "cmp_what", "cmp_unit", "cmp_target", "cmp_cause", "cmp_same",
    "period_a", "period_b", "also", "rank_level",
)  # fmt: skip
MOST = 200
_WHOLE, _NONE = "_whole", "_none"


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    styles = (work_view.CSS, progress_view.CSS, compare_view.CSS, compare_towns.CSS,
              compare_dates.CSS)  # fmt: skip
    st.html(f"<style>{''.join(styles)}</style>")
    with st.container(key="cmp-top", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.html(look.heading(t("page.compare", lang)))
        part = select(
            PART, t("cmp.what", lang), PARTS, PARTS[0], lambda one: t(f"cmp.part.{one}", lang),
            as_buttons=True, hide_label=True, width="content",
        )  # fmt: skip
    sections: Mapping[str, Callable[[], None]] = {
        "towns": partial(_towns, shown, lang),
        "dates": partial(_dates, shown, lang),
        "standards": partial(_standards, shown, lang),
        "ranking": partial(_ranking, shown, lang),
    }
    with st.container(key=f"cmp-{part}"), st.spinner(t("prog.busy", lang)):
        try:
            sections[part]()
        except PlannerError as error:
            tell(error, lang)


def _file(shown: state.Seen, sheets: Callable[[], Sheets], name: str, lang: str) -> None:
    """Offer what the page shows as a workbook, made when its button is pressed."""
    found = shown.assessment
    st.download_button(
        t("cmp.file", lang),
        data=lambda: xlsx_bytes(
            sheets(), title=found.project_name, notes=context(found, lang), lang=lang
        ),
        file_name=f"{name}.xlsx",
        mime=XLSX,
        on_click="ignore",
        key="cmp-file",
    )


# ---------------------------------------------------------------------------------- places


def _towns(shown: state.Seen, lang: str) -> None:
    board = shown.board
    named = {one.unit: one.name for one in townships(board)}
    if not named:
        st.html(work_view.empty_html(t("cmp.no_towns", lang), t("cmp.no_towns_do", lang)))
        return
    with st.container(horizontal=True, key="cmp-picks", vertical_alignment="bottom"):
        with st.container(width=260):
            of = select(
                "cmp_of", t("cmp.of_what", lang), [_WHOLE, *named], _WHOLE,
                lambda one: _places_word(board, one, named, lang),
            )  # fmt: skip
        words = {REQUIRED: t("cmp.required", lang, n=len(targets_of(board, REQUIRED))),
                 EVERY: t("cmp.every", lang, n=len(board.targets))}  # fmt: skip
        words |= themes(board, lang)
        with st.container(width=300):
            what = select("cmp_what", t("cmp.targets", lang), list(words), REQUIRED,
                          words.__getitem__)  # fmt: skip
        st.html(bar_key(lang))
    whole, places = columns_of(board, "" if of == _WHOLE else of)
    lines = side_by_side(board, whole, places, [ALL, *targets_of(board, what)])
    holds = ("township",) if of != _WHOLE else ()
    st.html(compare_towns.side_html(board, whole, places, lines, linker(holds), lang))
    st.html(work_view.note_html([t("cmp.note", lang), t("cmp.note_rate", lang)]))
    title = t("cmp.part.towns", lang)
    _file(shown, lambda: {title: side_sheet(board, whole, places, lines, lang)}, title, lang)


def _places_word(board: Board, one: str, named: Mapping[str, str], lang: str) -> str:
    if one == _WHOLE:
        return t("cmp.all_towns", lang, n=len(named))
    return t("cmp.villages_of", lang, town=named[one], n=len(board.villages_of(one)))


# ---------------------------------------------------------------------------------- dates


def _two(shown: state.Seen, lang: str) -> tuple[Told, tuple[str, str]]:
    """Draw the choice of two dates; give what is said of them, and what they are called."""
    store = kept_of(shown.folder)
    known = named_periods(history_of(store, shown))
    last = kept("period_b", list(known), NOW)
    before, begin = earlier(known, last)

    def name(one: str) -> str:
        named = t("prog.now", lang) if one == NOW else one
        return t("prog.period", lang, name=named, day=date_text(known[one].as_of, lang))

    first = ""
    if before:
        with st.container(width=260):
            first = select("period_a", t("prog.first", lang), before, begin, name)
    with st.container(width=260):
        last = select("period_b", t("prog.last", lang), list(known), NOW, name)
    days = (date_text(known[first].as_of, lang) if first else "",
            date_text(known[last].as_of, lang))  # fmt: skip
    return Told(store, shown, first, last), days


def _dates(shown: state.Seen, lang: str) -> None:
    board = shown.board
    with st.container(horizontal=True, key="cmp-picks", vertical_alignment="bottom"):
        told, days = _two(shown, lang)
        named = {one.unit: one.name for one in townships(board)}
        with st.container(width=220):
            unit = select(
                "cmp_unit", t("cmp.unit", lang), [_WHOLE, *named], _WHOLE,
                lambda one: t("cmp.whole", lang) if one == _WHOLE else named[one],
            )  # fmt: skip
    compared = told.compared
    if compared is None:
        st.html(work_view.empty_html(t("prog.none", lang), t("prog.none_do", lang)))
        return
    where = board.top if unit == _WHOLE else ("township", unit)
    st.html(progress_view.moves_html(compared, lang))
    st.html(look.heading(t("cmp.what_changed", lang), t("prog.causes_note", lang), bar_key(lang)))
    rows = steps(compared, *where)
    titles = board.titles(lang) | {
        one.id: said(one.title, lang) for one in compared.before.standard.targets
    }
    if not rows:
        st.html(work_view.note_html([t("prog.no_change", lang)]))
        return
    choices = {name: value for name in IN_ADDRESS if (value := chosen(name))} | {PART: "dates"}
    for name in ("cmp_target", "cmp_cause"):
        choices.pop(name, None)
    st.html(compare_dates.steps_html(rows, overall(compared, *where), titles, days,
                                     linker(), lang, choices))  # fmt: skip
    _people(told, board, titles, lang)
    with st.container(key="cmp-files"):
        st.download_button(
            t("prog.workbook", lang),
            data=lambda: progress_workbook(told.whole, lang),
            file_name=f"{t('cmp.part.dates', lang)}.xlsx",
            mime=XLSX,
            on_click="ignore",
            key="cmp-file",
        )


def _people(told: Told, board: Board, titles: Mapping[str, str], lang: str) -> None:
    """List the subjects behind the figure that was chosen."""
    compared = told.compared
    target = kept("cmp_target", [_NONE, *titles], _NONE)
    part = kept("cmp_cause", ["real", "data"], "real")
    if compared is None or target == _NONE:
        st.html(work_view.note_html([t("cmp.list.how", lang)]))
        return
    table = people(compared, board, target, part)
    title = t("cmp.list.title", lang, target=titles[target], cause=t(f"cmp.cause.{part}", lang))
    st.html('<a id="list"></a>' + look.heading(title, t("cmp.list.n", lang, n=len(table))))
    rows: list[Any] = table.head(MOST).to_dict("records")
    for row in rows:
        row["happened"] = t(f"cmp.happened.{row['cause']}", lang)
        row["work"] = t(f"cmp.work.{row['work']}", lang)
    st.html(compare_dates.people_html(rows, lang))
    if len(table) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))


# ---------------------------------------------------------------------------------- standards


def _standards(shown: state.Seen, lang: str) -> None:
    others = other_standards(shown)
    if not others:
        st.html(work_view.empty_html(t("cmp.no_other", lang), t("cmp.no_other_do", lang)))
        return
    names = {_NONE: t("cmp.choose", lang)}
    names |= {key: f"{said(one.name, lang)} {key}" for key, one in others.items()}
    st.html(work_view.note_html([t("also.compare_help", lang)]))
    label = select("also", t("also.compare_with", lang), list(names), _NONE, names.__getitem__,
                   width=420)  # fmt: skip
    if label == _NONE:
        return
    found = jobs.wanted(
        ("also", shown.folder, shown.mark, shown.asked, label),
        lambda: rescored_of(shown, others[label]),
        lang,
        title=t("also.compare_busy", lang),
    )
    if found is None:
        return
    st.html(work_view.note_html(rescored_lines(found, lang)))
    st.html(compare_view.compare_html(found, lang))
    st.html(look.heading(t("cmp.by_target", lang), t("cmp.by_target_note", lang), bar_key(lang)))
    st.html(compare_view.targets_html(found, lang))
    _file(shown, lambda: rescored_extra(found, lang).sheets, t("also.title", lang), lang)


# ---------------------------------------------------------------------------------- ranking


def _ranking(shown: state.Seen, lang: str) -> None:
    with st.container(horizontal=True, key="cmp-picks", vertical_alignment="bottom"):
        told, _ = _two(shown, lang)
        level = select(
            "rank_level", t("prog.level", lang), LEVELS, LEVELS[0],
            lambda one: t(f"head.{one}", lang), as_buttons=True, hide_label=True, width="content",
        )  # fmt: skip
    table = told.places(level)
    rows: list[Any] = table.to_dict("records")
    st.html(compare_towns.places_html(rows, level, linker(), lang))
    st.html(work_view.note_html([t("prog.rank_note", lang), t("cmp.rank_note", lang)]))
    st.html(look.heading(t("prog.notice", lang), t("prog.notice_note", lang)))
    st.code(told.notice(lang), language=None, wrap_lines=True)
    title = t("cmp.part.ranking", lang)
    _file(shown, lambda: {title: _places_sheet(table, level, lang)}, title, lang)


def _places_sheet(
    table: pd.DataFrame, level: str, lang: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give the ranking for a spreadsheet."""
    left = ("township",) if level == "township" else ("villages", "villages_met", "rate")
    names = [name for name in PLACE_HEADS if name not in left]
    made = table.assign(
        points_unknown=table["unknown"],
        moved=[arrow(one) for one in table["moved"]],
        note=[t(f"ranking.{text(one)}", lang) if text(one) else "" for one in table["unranked"]],
    )
    return made, {name: progress_view.head_of(name, lang) for name in names}
