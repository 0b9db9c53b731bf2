"""Progress: periods kept and compared, places, forecasts, what waits, samples, a backup."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from layers.backup import backup
from layers.errors import PlannerError
from layers.text import t
from ui import downloads, look, progress_view, state, work_view
from ui.choices import kept, select, sync
from ui.kept_work import Kept, day_of, frozen, kept_of, leave, tell_left
from ui.progress_data import Told, due_of, earlier, history_of, named_periods, work_of
from ui.progress_sample import sample_section
from ui.shell import assessed_page, tell
from ui.stored import offer_copy, tell_last
from ui.work_do import named
from works.desk.periods import without_task
from works.export import xlsx_bytes
from works.figures import date_text, text
from works.progress.periods import NOW, keep
from works.progress.sheets import progress_workbook
from works.ranking import LEVELS

PART = "progress"
PARTS = ("compare", "ranking", "forecast", "work", "due", "sample")
IN_ADDRESS = (PART, "period_a", "period_b", "rank_level")
MOST = 200
_TURN = "progress-kept"


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    st.html(f"<style>{work_view.CSS}{progress_view.CSS}</style>")
    tell_last()
    _working(shown, lang)


@st.fragment
def _working(shown: state.Seen, lang: str) -> None:
    """Draw all of the page that changes with a choice; the bar above and the foot below stay."""
    store = kept_of(shown.folder)
    with st.container(
        key="progress-top",
        horizontal=True,
        vertical_alignment="bottom",
        horizontal_alignment="distribute",
    ):
        st.html(look.heading(t("page.progress", lang), t("prog.title", lang)))
        with st.container(horizontal=True, width="content", gap="small"):
            _keep_panel(store, shown, lang)
            _backup_panel(store, lang)
    tell_left()
    part = select(
        PART, t("prog.part", lang), PARTS, PARTS[0], lambda one: t(f"prog.part.{one}", lang),
        as_buttons=True, hide_label=True, width="content",
    )  # fmt: skip
    sections: Mapping[str, Callable[[], None]] = {
        "compare": partial(_compare, store, shown, lang),
        "ranking": partial(_ranking, store, shown, lang),
        "forecast": partial(_forecast, store, shown, lang),
        "work": partial(_work, store, shown, lang),
        "due": partial(_due, shown, lang),
        "sample": partial(sample_section, store, shown, lang),
    }
    with st.container(key=f"progress-{part}"), st.spinner(t("prog.busy", lang)):
        try:
            sections[part]()
        except PlannerError as error:
            tell(error, lang)


# ---------------------------------------------------------------------------------- periods


def _keep_panel(store: Kept, shown: state.Seen, lang: str) -> None:
    """Keep the assessment as a period."""
    # Once a period was kept the panel is another one, so it is closed.
    turn = st.session_state.get(_TURN, 0)
    with (
        st.container(key="open-keep", width="content"),
        st.popover(t("prog.keep", lang), key=f"keep-{turn}"),
    ):
        if frozen(store.project):
            if state.is_example(store.project.folder):
                offer_copy(store.project, lang)
            else:
                st.caption(t("work.read_only", lang))
            return
        st.caption(t("prog.keep_about", lang, day=date_text(day_of(shown), lang)))
        name = st.text_input(
            t("prog.keep_name", lang), key="period-name", max_chars=60,
            value=day_of(shown).strftime("%Y-%m"),
        ).strip()  # fmt: skip
        st.button(
            t("prog.keep_do", lang),
            type="primary",
            disabled=not name or state.changed(shown),
            key="period-keep",
            on_click=partial(_keep, store, shown, name, lang),
        )


def _keep(store: Kept, shown: state.Seen, name: str, lang: str) -> None:
    try:
        made = keep(store.project, name, shown.assessment)
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    leave(t("prog.kept", lang, name=made.name, day=date_text(made.as_of, lang)))


def _two(store: Kept, shown: state.Seen, lang: str) -> Told:
    """Draw the choice of two periods and give what is said of them."""
    known = named_periods(history_of(store, shown))
    last = kept("period_b", list(known), NOW)
    before, begin = earlier(known, last)

    def name(one: str) -> str:
        said = t("prog.now", lang) if one == NOW else one
        return t("prog.period", lang, name=said, day=date_text(known[one].as_of, lang))

    with st.container(horizontal=True, key="period-picks", vertical_alignment="bottom"):
        first = ""
        if before:
            with st.container(width=300):
                first = select("period_a", t("prog.first", lang), before, begin, name)
        with st.container(width=300):
            last = select("period_b", t("prog.last", lang), list(known), NOW, name)
    return Told(store, shown, first, last)


def _compare(store: Kept, shown: state.Seen, lang: str) -> None:
    told = _two(store, shown, lang)
    compared = told.compared
    if compared is None:
        st.html(work_view.empty_html(t("prog.none", lang), t("prog.none_do", lang)))
        return
    st.html(progress_view.moves_html(compared, lang))
    st.html(look.heading(t("prog.causes", lang), t("prog.causes_note", lang)))
    st.html(progress_view.causes_html(compared, shown.board, lang))
    notes = [progress_view.subject_causes(compared, lang)]
    if told.paper:
        numbers = {one["work_id"]: str(one["work_no"]) for one in told.paper}
        listed = named(numbers, list(numbers), lang)
        notes.append(t("prog.paper", lang, n=len(numbers), numbers=listed))
    alone = without_task(compared)
    if alone:
        notes.append(t("prog.without_task", lang, n=alone))
    st.html(work_view.note_html(notes))
    title = t("page.progress", lang)
    st.download_button(
        t("prog.workbook", lang),
        data=lambda: progress_workbook(told.whole, lang),
        file_name=f"{title}.xlsx",
        mime=downloads.XLSX,
        on_click="ignore",
        key="progress-file",
    )


def _ranking(store: Kept, shown: state.Seen, lang: str) -> None:
    told = _two(store, shown, lang)
    level = select(
        "rank_level", t("prog.level", lang), LEVELS, LEVELS[0], lambda one: t(f"head.{one}", lang),
        as_buttons=True, hide_label=True, width="content",
    )  # fmt: skip
    rows: list[Any] = told.places(level).to_dict("records")
    st.html(progress_view.ranking_html(rows, level, lang))
    st.html(work_view.note_html([t("prog.rank_note", lang)]))
    st.html(look.heading(t("prog.notice", lang), t("prog.notice_note", lang)))
    st.code(told.notice(lang), language=None, wrap_lines=True)


def _forecast(store: Kept, shown: state.Seen, lang: str) -> None:
    levels = [one for one in ("county", "township", "village") if one in shown.board.levels]
    above = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=300):
            due = st.date_input(
                t("prog.due", lang), value=dt.date(day_of(shown).year, 12, 31), key="forecast-due"
            )
        level = select(
            "forecast_level", t("prog.level", lang), levels, levels[0],
            lambda one: t(f"level.{one}", lang), as_buttons=True, hide_label=True, width="content",
        )  # fmt: skip
    with above:
        told = _two(store, shown, lang)
    table = told.ahead(due if isinstance(due, dt.date) else None)
    required = [key for key, one in shown.board.targets.items() if one.kind == "required"]
    mine = table[(table["level"] == level)]
    every = st.toggle(t("prog.scored", lang), key="forecast-scored")
    if required and not every:
        mine = mine[mine["target_id"].isin(required)]
    if mine.empty:
        st.caption(t("prog.all_met", lang))
        return
    rows: list[Any] = mine.head(MOST).to_dict("records")
    st.html(progress_view.forecast_html(rows, shown.board, lang))
    if len(mine) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))


# ---------------------------------------------------------------------------------- work, visits


def _work(store: Kept, shown: state.Seen, lang: str) -> None:
    if not store.items:
        st.html(work_view.empty_html(t("work.none", lang), t("prog.no_work", lang)))
        return
    told = work_of(store, shown)
    st.html(look.heading(t("prog.todo_head", lang), date_text(day_of(shown), lang)))
    st.html(progress_view.todo_html(told, lang))
    leads = shown.lists.leads(lang)
    for by in ("lead", "township"):
        st.html(look.heading(t(f"prog.by_{by}", lang)))
        st.html(progress_view.overdue_html(told, by, leads, lang))
    st.html(work_view.note_html([progress_view.steps_line(told, lang)]))


def _due(shown: state.Seen, lang: str) -> None:
    found = due_of(shown)
    if found.empty:
        st.caption(t("prog.nothing_due", lang))
        return
    st.html(look.heading(t("prog.part.due", lang), t("prog.due_note", lang, n=len(found))))
    rows: list[Any] = found.drop(columns="geometry").head(MOST).to_dict("records")
    st.html(progress_view.due_html(rows, shown.board, lang))
    if len(found) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))
    heads = {name: progress_view.head_of(name, lang) for name in _DUE}
    title = t("prog.part.due", lang)
    table = found.assign(target=[shown.board.title(text(one), lang) for one in found["target_id"]])
    st.download_button(
        "XLSX",
        data=lambda: xlsx_bytes({title: (table[list(_DUE)], heads)}, title=title, lang=lang),
        file_name=f"{title}.xlsx",
        mime=downloads.XLSX,
        on_click="ignore",
        key="due-file",
    )


_DUE = ("township", "village", "group", "subject_name", "address", "target", "last_day",
        "wanted", "had", "still", "last_seen")  # fmt: skip


# ---------------------------------------------------------------------------------- backup


def _backup_panel(store: Kept, lang: str) -> None:
    """Offer a backup of the whole project, and say how it is put back."""
    with st.popover(t("prog.more", lang), key="open-backup"):
        st.html(look.heading(t("prog.backup", lang)))
        st.caption(t("prog.backup_about", lang))
        folder = store.project.folder

        def packed() -> bytes:
            with tempfile.TemporaryDirectory(prefix="planner-backup-") as held:
                out = Path(held) / "backup.zip"
                backup(folder, out)
                return out.read_bytes()

        st.download_button(
            t("prog.backup_do", lang),
            data=packed,
            file_name=f"{folder.name}-{text(store.mark.split('-')[0])}.zip",
            mime="application/zip",
            on_click="ignore",
            key="backup-file",
        )
        st.caption(t("prog.restore_about", lang))
        st.code("village-planner restore BACKUP.zip FOLDER", language=None)
