"""The part of the page of standards where limits are tried, and kept as a standard of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from geo.rescore import Rescored
from geo.standard import Standard
from layers.errors import PlannerError, UsageError
from layers.project import open_project
from layers.text import said, t
from ui import jobs, look, standards_view, state
from ui.choices import chosen, keep, select
from ui.compare_data import tried_of
from ui.downloads import XLSX
from ui.kept_work import frozen, leave, say_frozen
from ui.links import linker
from works.board import Board
from works.export import xlsx_bytes
from works.figures import amount_text, goal_text, text
from works.library import load_costs
from works.standards.limits import KIND, KINDS, WEIGHT, Limit, figure, limits_of, moved
from works.standards.own import Head, base_of, default_title, keep_own, made_own, own_files
from works.standards.reading import by_goal
from works.standards.spoken import rule
from works.standards.trying import Tried, subjects_moved, tried
from works.workbook import context

TARGET, EDITS = "std_target", "std_edits"
MOST = 100
_PER_ROW = 4
_ID = re.compile(r"[^a-z0-9-]+")
Changes = dict[tuple[str, str], str]


# ---------------------------------------------------------------------------------- the draft


def changes_of(rules: Standard) -> Changes:
    """
    Give the figures the reader moved, as the address keeps them; what no rule has is passed over.

    Parameters
    ----------
    rules
        The standard they are of.
    """
    found: Changes = {}
    known = {one.id for one in rules.targets}
    for part in (chosen(EDITS) or "").split(","):
        target, _, rest = part.partition(":")
        path, _, value = rest.partition(":")
        if target not in known or not _fits(rules, target, path, value):
            continue
        found[target, path] = value
    return found


def _fits(rules: Standard, target: str, path: str, value: str) -> bool:
    """Tell whether a part of an address is a figure of a rule that may be so."""
    try:
        moved(rules, {(target, path): value})
    except UsageError:
        return False
    return True


def _keep(changes: Changes) -> None:
    told = ",".join(f"{target}:{path}:{value}" for (target, path), value in changes.items())
    keep(EDITS, told or None)


def _change(rules: Standard, target: str, path: str, now: str, value: str | None) -> None:
    """Note a figure, or forget it where it is as it was."""
    changes = changes_of(rules)
    changes.pop((target, path), None)
    if value is not None and value != now:
        changes[target, path] = value
    _keep(changes)


# ---------------------------------------------------------------------------------- the section


def try_section(shown: state.Seen, lang: str) -> None:
    """Draw the figures of a target to move, and what moving them changes."""
    rules, board = shown.assessment.standard, shown.board
    changes = changes_of(rules)
    titles = board.titles(lang)
    changed = {target for target, _ in changes}
    first = next(iter(changed), None) or _default(board)
    with st.container(horizontal=True, key="std-picks", vertical_alignment="bottom"):
        with st.container(width=420):
            target = select(TARGET, t("std.target", lang), list(titles), first,
                            lambda one: _offered(titles[one], one in changed, lang))  # fmt: skip
        st.caption(t("std.try_about", lang))
    st.html(standards_view.paragraph(rule(board.targets[target]).text(lang)))
    _figures(rules, target, changes, lang)
    if changes:
        _draft(rules, changes, titles, lang)
        key = (shown.folder, shown.mark, shown.asked, tuple(sorted(changes.items())))
        busy = t("also.compare_busy", lang)
        both = jobs.wanted(key, lambda: tried_of(shown, changes), lang, title=busy)
        if both is not None:
            _result(both, target, lang)
            _save(shown, both.also.standard, lang)
    else:
        st.html(standards_view.paragraph(t("std.nothing_tried", lang)))
    goal = board.targets[target].goal
    if goal is None or isinstance(goal, Decimal):
        st.html(look.heading(t("std.goals", lang), t("std.goals_note", lang)))
        st.html(standards_view.goals_html(by_goal(board, target), goal, lang))


def _default(board: Board) -> str:
    """Begin with the required target that villages fail most."""
    required = [key for key, one in board.targets.items()
                if one.kind == "required" and isinstance(one.goal, Decimal)]  # fmt: skip
    failing = [(list(board.statuses(key).values()).count("met"), key) for key in required
               if any(one in ("unmet", "undetermined")
                      for one in board.statuses(key).values())]  # fmt: skip
    return min(failing)[1] if failing else next(iter(board.targets))


def _offered(title: str, moved_: bool, lang: str) -> str:
    return f"{title} {t('std.draft_mark', lang)}" if moved_ else title


def _figures(rules: Standard, target: str, changes: Changes, lang: str) -> None:
    """Draw a field for every figure of the rule; those seldom asked about are folded."""
    every = limits_of(rules, target)
    first = [one for one in every if not one.rare]
    rare = [one for one in every if one.rare]
    for at in range(0, len(first), _PER_ROW):
        with st.container(horizontal=True, key=f"std-row-{at}", vertical_alignment="bottom"):
            for one in first[at : at + _PER_ROW]:
                _field(rules, one, changes, lang)
            if at == 0:
                _kind(rules, target, changes, lang)
    with st.expander(t("std.rare", lang)):
        entry = next(one for one in rules.targets if one.id == target)
        weight = Limit(target, WEIGHT, Decimal(str(float(entry.weight))), "", _pair("limit.weight"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for one in [*rare, weight]:
                _field(rules, one, changes, lang)


def _pair(key: str) -> tuple[str, str]:
    return t(key, "zh"), t(key, "en")


def shown_figure(one: Limit, value: Decimal | None) -> float | None:
    """Give a figure as people write it: shares in per cent."""
    if value is None:
        return None
    return float(value * 100) if one.share else float(value)


def _field(rules: Standard, one: Limit, changes: Changes, lang: str) -> None:
    given = changes.get((one.target, one.path))
    value = one.value if given is None else figure(given, one.path)
    widget = f"try-{one.target}-{one.path}"
    number = shown_figure(one, value)
    st.session_state[widget] = number
    now = "" if one.value is None else _text(one.value)
    with st.container(width=230):
        st.number_input(
            _label(one, lang),
            key=widget,
            min_value=0.0,
            max_value=100.0 if one.share else None,
            step=float(one.step),
            format="%.1f" if one.share and number is not None and number % 1 else "%g",
            placeholder=t("std.no_figure", lang),
            on_change=partial(_typed, rules, one, widget, now),
        )


def _label(one: Limit, lang: str) -> str:
    title = one.title[0 if lang == "zh" else 1]
    unit = t(f"unit.{one.unit}", lang) if one.unit else ""
    return look.plain(f"{title}（{unit}）" if unit and lang == "zh" else
                      f"{title} ({unit})" if unit else title)  # fmt: skip


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _typed(rules: Standard, one: Limit, widget: str, now: str) -> None:
    typed = st.session_state.get(widget)
    if typed is None:
        _change(rules, one.target, one.path, now, None)
        return
    value = Decimal(str(typed)) / (100 if one.share else 1)
    _change(rules, one.target, one.path, now, _text(value))


def _kind(rules: Standard, target: str, changes: Changes, lang: str) -> None:
    """Draw the choice between required and scored."""
    now = next(one.kind for one in rules.targets if one.id == target)
    widget = f"try-{target}-kind"
    st.session_state[widget] = changes.get((target, KIND), now)

    def taken() -> None:
        _change(rules, target, KIND, now, st.session_state.get(widget))

    with st.container(width=180):
        st.selectbox(t("limit.kind", lang), KINDS, key=widget, on_change=taken,
                     format_func=lambda one: t(f"kind.{one}", lang))  # fmt: skip


def _draft(rules: Standard, changes: Changes, titles: Mapping[str, str], lang: str) -> None:
    """Say what was changed so far, and let the reader take it back."""
    with st.container(horizontal=True, key="std-draft", vertical_alignment="center"):
        lines: dict[str, list[str]] = {}
        for where, value in changes.items():
            told = change_text(rules, where, value, lang)
            lines.setdefault(titles[where[0]], []).append(told)
        st.html(standards_view.draft_html(lines, lang))
        st.button(t("std.reset", lang), key="std-reset", on_click=partial(_keep, {}))


def change_text(rules: Standard, where: tuple[str, str], value: str, lang: str) -> str:
    """
    Say one change: which figure, from what to what.

    Parameters
    ----------
    rules
        The standard as it is.
    where, value
        Target and path, and the new figure.
    lang
        ``zh`` or ``en``.
    """
    target, path = where
    entry = next(one for one in rules.targets if one.id == target)
    limit = next((one for one in limits_of(rules, target) if one.path == path), None)
    if path == KIND:
        what, old, new = (t("limit.kind", lang), t(f"kind.{entry.kind}", lang),
                          t(f"kind.{value}", lang))  # fmt: skip
    elif limit is None:
        what, old, new = t("limit.weight", lang), f"{float(entry.weight):g}", value
    else:
        what = limit.title[0 if lang == "zh" else 1]
        old, new = (_shown(limit, one, lang) for one in (limit.value, Decimal(value)))
    return t("std.change_said", lang, what=what, old=old, new=new)


def _shown(one: Limit, value: Decimal | None, lang: str) -> str:
    if value is None:
        return t("std.none", lang)
    if one.share:
        return f"{goal_text(value)}%"
    return amount_text(value, one.unit, lang) if one.unit else f"{float(value):g}"


# ---------------------------------------------------------------------------------- the result


def _result(both: Rescored, target: str, lang: str) -> None:
    boards = Board(both.first), Board(both.also)
    made = tried(both, target, load_costs())
    st.html(standards_view.tried_html(made, boards, lang))
    link = linker()
    left, right = st.columns(2, gap="large")
    with left:
        title = t("std.flips", lang)
        st.html(standards_view.flips_html(made.flips, boards[1], title, link, lang))
    with right:
        title = t("std.whole_flips", lang)
        st.html(standards_view.flips_html(made.whole, boards[1], title, link, lang))
    _subjects(both, made, lang)


def _subjects(both: Rescored, made: Tried, lang: str) -> None:
    """List whose verdict changes, folded; the workbook has all of them."""
    table = subjects_moved(both, made.target)
    if table.empty:
        return
    unit = made.after.row["unit"] if made.after.row else ""
    told = t("std.subjects_n", lang, better=amount_text(made.better, unit, lang),
             worse=amount_text(made.worse, unit, lang))  # fmt: skip
    words = table.assign(
        **{
            name: [t(f"std.subject.{text(one) or 'none'}", lang) for one in table[name]]
            for name in ("state", "state_also")
        }
    )
    heads = {name: t(f"head.{name}", lang)
             for name in ("township", "village", "group", "subject_name", "address")}  # fmt: skip
    heads |= {name: t(f"std.head.{name}", lang) for name in ("state", "state_also")}
    title = t("std.subjects", lang)
    with st.expander(f"{title}（{len(table)}）" if lang == "zh" else f"{title} ({len(table)})"):
        st.html(standards_view.paragraph(told))
        shown = pd.DataFrame(words[list(heads)]).head(MOST).rename(columns=heads)
        st.dataframe(shown, hide_index=True, width="stretch")
        if len(table) > MOST:
            st.caption(t("ui.first_rows", lang, n=MOST))
        found = both.also
        st.download_button(
            t("cmp.file", lang),
            data=lambda: xlsx_bytes({title: (words, heads)}, title=found.project_name,
                                    notes=context(found, lang), lang=lang),
            file_name=f"{title}.xlsx", mime=XLSX, on_click="ignore", key="std-subjects",
        )  # fmt: skip


# ---------------------------------------------------------------------------------- to keep it


def _save(shown: state.Seen, wanted: Standard, lang: str) -> None:
    """Offer to keep the figures as a standard of one's own: in the project, or as a file."""
    rules = shown.assessment.standard
    own = next((one for one in own_files(shown.folder)
                if one.standard and one.standard.label == rules.label), None)  # fmt: skip
    base = base_of(own.path if own else None, rules)
    project = open_project(shown.folder)
    with st.expander(t("own.title", lang), key="std-own"):
        st.caption(t("own.about", lang, base=base.label))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            head = _head(rules, base, own is not None, lang)
        try:
            text_, made = made_own(shown.folder, base, wanted, head, lang)
        except PlannerError as error:
            st.warning(look.plain(error.say(lang)))
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            if not frozen(project):
                for name, use in (("keep_use", True), ("keep", False)):
                    st.button(
                        t(f"own.{name}", lang), key=f"own-{name}",
                        type="primary" if use else "secondary",
                        on_click=partial(_store, shown, text_, made, use, lang),
                    )  # fmt: skip
            st.download_button(t("own.file", lang), data=text_.encode(), mime="application/toml",
                               file_name=f"{made.id}.toml", on_click="ignore",
                               key="own-file")  # fmt: skip
        if frozen(project):
            say_frozen(project, lang)
        with st.expander(t("std.as_file", lang)):
            st.code(text_, language="toml")


def _head(rules: Standard, base: Standard, own: bool, lang: str) -> Head:
    """Ask for the name, id, version and document of the standard."""
    stem = _ID.sub("-", base.id.lower()).strip("-") or "standard"
    version = f"{int(rules.version) + 1}" if own and rules.version.isdigit() else "1"
    with st.container(width=320):
        default = rules.title if own else default_title(base)
        title = st.text_input(
            t("own.name", lang), value=said(default, lang), max_chars=80, key="own-name"
        ).strip()
    with st.container(width=220):
        name = st.text_input(t("own.id", lang), max_chars=60, key="own-id",
                             value=rules.id if own else f"{stem}-own")  # fmt: skip
    with st.container(width=90):
        number = st.text_input(t("own.version", lang), value=version, max_chars=20,
                               key="own-version")  # fmt: skip
    with st.container(width=320):
        source = st.text_input(t("own.source", lang), max_chars=120, key="own-source")
    # Whoever leaves the name as it is means it in both languages.
    both = default if title == said(default, lang) else {"zh": title, "en": title}
    return Head(name.strip(), number.strip(), both, source.strip())


def _store(shown: state.Seen, text_: str, made: Standard, use: bool, lang: str) -> None:
    try:
        kept_ = keep_own(open_project(shown.folder), text_, made, use=use)
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    if use:
        keep("standard", None)
        keep(EDITS, None)
        state.assess_again()
    key = "own.kept_use" if use else "own.kept"
    leave(t(key, lang, file=kept_.named, label=made.label))
