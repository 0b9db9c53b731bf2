"""What planners do with kept work on a page: steps of a life, duties, the county's list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from layers.work_form import Item
from ui import look
from ui.kept_work import Kept, leave, said
from works.handout.closing import must_tick
from works.tasks.act import Done, edit, open_steps, take_step

_FORWARD = ("accept", "start", "done", "verify-township", "verify-county", "recheck", "close")
"""Steps on the way to the end; the first that can be taken is the button that stands out."""


def offered(items: Sequence[Item], ticks: Sequence[str]) -> dict[str, str]:
    """
    Give the steps that lie before at least one of some pieces of work, with what they ask for.

    Parameters
    ----------
    items, ticks
        The pieces of work, and the county's list.
    """
    found: dict[str, str] = {}
    for item in items:
        for step, needs in open_steps(item, ticks).items():
            found[step] = needs if step not in found or not needs else found[step]
    return found


def steps_panel(kept: Kept, items: Sequence[Item], key: str, lang: str) -> None:
    """
    Draw the steps that can be taken with some pieces of work.

    Parameters
    ----------
    kept, items
        The kept work, and those the reader chose.
    key
        Beginning of the widgets' names.
    lang
        ``zh`` or ``en``.
    """
    ticks = must_tick(kept.project.settings, kept.project.name)
    steps = offered(items, ticks)
    if not steps:
        st.caption(t("work.no_step", lang))
        return
    if ticks and "close" in steps:
        _checklist(kept, items, ticks, key, lang)
    note = st.text_input(
        t("work.note", lang), key=f"{key}-note", max_chars=300,
        placeholder=t("work.note_here", lang), label_visibility="collapsed",
    )  # fmt: skip
    first = next((one for one in _FORWARD if one in steps), "")
    with st.container(key=f"{key}-steps", horizontal=True, gap="small"):
        for step, needs in steps.items():
            st.button(
                t(f"work.step.{step}", lang),
                type="primary" if step == first else "secondary",
                key=f"{key}-{step}",
                help=t(f"work.why.{needs}", lang) if needs else None,
                disabled=needs == "needs_answers",
                on_click=partial(_step, kept, items, step, note, ticks, lang),
            )


def _step(
    kept: Kept, items: Sequence[Item], step: str, note: str, ticks: Sequence[str], lang: str
) -> None:
    able = [one for one in items if step in open_steps(one, ticks)]
    base = {one["work_id"]: one["version"] for one in able}
    word = t(f"work.step.{step}", lang)
    told(
        kept,
        lambda: take_step(
            kept.store, list(base), step, said(), note=note, base=base, must_tick=ticks
        ),
        word,
        lang,
    )


def told(kept: Kept, act: Callable[[], Done], word: str, lang: str) -> None:
    """
    Do something with kept work and leave a sentence on what came of it.

    Parameters
    ----------
    kept
        The kept work, for the numbers of what could not be done.
    act
        Does it.
    word
        What was done, as the button said.
    lang
        ``zh`` or ``en``.
    """
    try:
        done = act()
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    if done.changed:
        leave(t("work.done", lang, what=word, n=len(done.changed)))
    elif done.unchanged and not done.refused and not done.clashes:
        leave(t("work.unchanged", lang, what=word))
    for why in dict.fromkeys(done.refused.values()):
        ids = [key for key, one in done.refused.items() if one == why]
        numbers = named(kept.numbers, ids, lang)
        reason = t(f"work.why.{why}", lang)
        leave(t("work.refused", lang, numbers=numbers, why=reason), good=False)
    if done.clashes:
        ids = list(dict.fromkeys(key for key, *_ in done.clashes))
        leave(t("work.clashed", lang, numbers=named(kept.numbers, ids, lang)), good=False)


def named(numbers: Mapping[str, str], ids: Sequence[str], lang: str, most: int = 3) -> str:
    """
    Name some pieces of work by their numbers, the rest counted.

    Examples
    --------
    >>> named({"a": "东-1", "b": "东-2"}, ["a", "b"], "zh", most=1)
    '东-1等2项'
    """
    joint = "、" if lang == "zh" else ", "
    first = joint.join(numbers.get(one, one) for one in ids[:most])
    return first if len(ids) <= most else t("work.and_more", lang, first=first, n=len(ids))


# ---------------------------------------------------------------------------------- the list


def _checklist(
    kept: Kept, items: Sequence[Item], ticks: Sequence[str], key: str, lang: str
) -> None:
    """Let the county's own list be ticked before a case is closed."""
    st.caption(t("work.tick", lang))
    standing = [set((one["ticked"] or "").split("、")) for one in items]
    chosen = [
        one
        for number, one in enumerate(ticks)
        if st.checkbox(
            look.plain(one),
            value=all(one in each for each in standing),
            key=f"{key}-tick-{number}-{items[0]['work_id']}-{items[0]['version']}",
        )
    ]
    if any(set(chosen) != each & set(ticks) for each in standing):
        st.button(
            t("work.keep_ticks", lang),
            key=f"{key}-keep-ticks",
            on_click=partial(_keep_ticks, kept, items, chosen, lang),
        )


def _keep_ticks(kept: Kept, items: Sequence[Item], chosen: Sequence[str], lang: str) -> None:
    base = {one["work_id"]: one["version"] for one in items}
    values = {key: {"ticked": "、".join(chosen) or None} for key in base}
    told(
        kept,
        lambda: edit(kept.store, values, said(), base=base),
        t("work.keep_ticks", lang),
        lang,
    )


# ---------------------------------------------------------------------------------- duties

DUTIES = ("office", "team", "person", "due")


def duties_panel(kept: Kept, items: Sequence[Item], lang: str) -> None:
    """Let the responsible and the due date of some pieces of work be written down."""
    places = st.columns(2, gap="small")
    values: dict[str, str | None] = {}
    for number, name in enumerate(DUTIES):
        with places[number % 2]:
            if name == "due":
                day = st.date_input(t("work.card.due", lang), value=None, key="duty-due")
                values[name] = None if day is None else day.isoformat()
            else:
                typed = st.text_input(t(f"worked.field.{name}", lang), key=f"duty-{name}")
                values[name] = typed.strip() or None
    wanted = {name: value for name, value in values.items() if value}
    st.button(
        t("work.write_duties", lang, n=len(items)),
        type="primary",
        disabled=not (wanted and items),
        key="duty-write",
        on_click=partial(_duties, kept, items, wanted, lang),
    )


def _duties(kept: Kept, items: Sequence[Item], values: Mapping[str, str | None], lang: str) -> None:
    base = {one["work_id"]: one["version"] for one in items}
    told(
        kept,
        lambda: edit(kept.store, dict.fromkeys(base, values), said(), base=base),
        t("work.duties", lang),
        lang,
    )
