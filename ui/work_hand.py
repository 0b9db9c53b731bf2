"""Lists that go out: who gets them, until when, and the files to take along."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from layers.work_form import HandOut, Item
from ui import downloads, look, state
from ui.kept_work import Kept, day_of, leave, said
from works.figures import text
from works.handout.choosing import hand_out, in_order
from works.handout.files import file_bytes
from works.handout.look import look_of
from works.tasks.act import edit

LIST = "work-list"
"""In the session: number of the list whose files are offered."""
TURN = "work-hand-turn"
"""In the session: how often lists were handed out."""
SPLITS = ("none", "township", "lead", "team", "village")
FORMATS: Mapping[str, str] = {
    ".xlsx": downloads.XLSX,
    ".gpkg": "application/geopackage+sqlite3",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".geojson": downloads.GEOJSON,
    ".csv": "text/csv",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".gpx": "application/gpx+xml",
}


def hand_panel(kept: Kept, shown: state.Seen, items: Sequence[Item], lang: str) -> None:
    """
    Draw what hands out some pieces of work.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    items
        What is to be handed out: as the page is picked, or what was ticked.
    lang
        ``zh`` or ``en``.
    """
    split = st.selectbox(
        t("work.hand.split", lang), SPLITS, key="hand-split",
        format_func=lambda one: t(f"work.hand.split_{one}", lang),
    )  # fmt: skip
    parts = parted(items, split)
    receiver = ""
    if split == "none":
        receiver = st.text_input(
            t("work.hand.receiver", lang), key="hand-receiver", max_chars=60,
            placeholder=t("work.hand.receiver_here", lang),
        ).strip()  # fmt: skip
    due = st.date_input(
        t("work.hand.due", lang), value=None, key="hand-due", min_value=day_of(shown)
    )
    day = due.isoformat() if isinstance(due, dt.date) else ""
    st.caption(t("work.hand.about", lang, n=len(items), lists=len(parts)))
    st.button(
        t("work.hand.do", lang, n=len(items)),
        type="primary",
        disabled=not items,
        key="hand-do",
        on_click=partial(_hand_out, kept, parts, receiver, day, lang),
    )


def parted(items: Sequence[Item], by: str) -> dict[str, list[Item]]:
    """Give pieces of work in one part, or one for each township, department, team or village."""
    if by == "none":
        return {"": list(items)}
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(text(item[by]), []).append(item)
    return found


def _hand_out(
    kept: Kept, parts: Mapping[str, Sequence[Item]], receiver: str, due: str, lang: str
) -> None:
    numbers = []
    try:
        for name, items in parts.items():
            ids = [one["work_id"] for one in items]
            if due:
                edit(kept.store, {key: {"due": due} for key in ids}, said())
            fresh = in_order(kept.store.items(ids).values())
            title = t("work.hand.title", lang)
            handed = hand_out(
                kept.store, fresh, receiver=receiver or name, title=title, due=due,
                who=said().who, via="page",
            )  # fmt: skip
            numbers.append(handed.list_no)
    except PlannerError as error:
        leave(error.say(lang), good=False)
    if numbers:
        st.session_state[LIST] = numbers[0]
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
        joint = "、" if lang == "zh" else ", "
        leave(t("work.hand.done", lang, numbers=joint.join(numbers)))


# ---------------------------------------------------------------------------------- files


def files_panel(kept: Kept, shown: state.Seen, lang: str) -> None:
    """Offer the files of a list that was handed out, the newest first."""
    rows: list[Any] = kept.handed.to_dict("records")[::-1]
    if not rows:
        st.caption(t("work.files.none", lang))
        return
    numbers = [str(row["list_no"]) for row in rows]
    named = {str(row["list_no"]): _list_name(row, lang) for row in rows}
    asked = st.session_state.get(LIST)
    st.session_state["files-list"] = asked if asked in numbers else numbers[0]
    picked = st.selectbox(
        t("work.files.list", lang), numbers, key="files-list", format_func=named.__getitem__,
        on_change=lambda: st.session_state.update({LIST: st.session_state["files-list"]}),
    )  # fmt: skip
    public = st.toggle(t("list.public", lang), key="files-public", help=t("list.public_help", lang))
    row = next(one for one in rows if one["list_no"] == picked)
    handed = HandOut(
        picked, text(row["receiver"]), text(row["title"]), text(row["due"]),
        json.loads(row["versions"]),
    )  # fmt: skip
    name = "-".join(filter(None, [picked, *re.findall(r"\w+", handed.receiver)]))[:60]
    with st.container(key="files-buttons", horizontal=True, gap="small"):
        for number, (suffix, mime) in enumerate(FORMATS.items()):
            st.download_button(
                t(f"work.format.{suffix[1:]}", lang),
                data=_maker(kept, shown, handed, suffix, lang, names=not public),
                file_name=f"{name}{suffix}",
                mime=mime,
                type="primary" if number == 0 else "secondary",
                on_click="ignore",
                key=f"file-{suffix[1:]}",
            )
    st.caption(t("work.files.about", lang))


def _list_name(row: Mapping[str, Any], lang: str) -> str:
    parts = [str(row["list_no"]), text(row["receiver"]), text(row["due"])]
    count = t("work.count", lang, n=len(json.loads(row["versions"])))
    return " · ".join([*filter(None, parts), count])


def _maker(
    kept: Kept, shown: state.Seen, handed: HandOut, suffix: str, lang: str, *, names: bool
) -> Callable[[], bytes]:
    """Give what writes a file once its button is pressed."""

    def make() -> bytes:
        items = kept.store.items(list(handed.versions))
        # What the receiver holds is what went out: later versions come with a later list.
        out = [one | {"version": handed.versions[key]} for key, one in items.items()]
        return file_bytes(
            suffix, in_order(out), handed, lang, names=names, look=look_of(shown.assessment)
        )

    return make


def hand_label(items: Sequence[Item], lang: str) -> str:
    """Give the words of the button that opens the panel, as plain text."""
    return look.plain(t("work.hand.open", lang, n=len(items)))
