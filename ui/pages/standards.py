"""Standards: read one in plain words, try another limit, see what differs between two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from geo.standard import Standard
from layers.errors import PlannerError
from layers.project import open_project
from layers.text import said, t
from ui import look, standards_try, standards_view, state, work_view
from ui.choices import keep, kept, select, sync
from ui.compare_data import all_standards
from ui.kept_work import frozen, leave, say_frozen, tell_left
from ui.links import linker
from ui.shell import assessed_page, tell
from works.desk.comparing import REQUIRED
from works.library import load_costs
from works.standards.own import own_files, own_text, use_own
from works.standards.reading import between, entries, themes_of

PART = "std"
PARTS = ("read", "try", "versions")
IN_ADDRESS = (
    PART, "std_pack", "std_theme", "std_a", "std_b", "also",
    standards_try.TARGET, standards_try.EDITS,
)  # fmt: skip
_EVERY = "_every"


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    st.html(f"<style>{work_view.CSS}{standards_view.CSS}</style>")
    with st.container(key="std-top", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.html(look.heading(t("page.standards", lang)))
        part = select(
            PART, t("std.part", lang), PARTS, PARTS[0], lambda one: t(f"std.part.{one}", lang),
            as_buttons=True, hide_label=True, width="content",
        )  # fmt: skip
    tell_left()
    sections: Mapping[str, Callable[[], None]] = {
        "read": partial(_read, shown, lang),
        "try": partial(standards_try.try_section, shown, lang),
        "versions": partial(_versions, shown, lang),
    }
    with st.container(key=f"std-{part}"):
        try:
            sections[part]()
        except PlannerError as error:
            tell(error, lang)


def _named(known: Mapping[str, Standard], lang: str) -> dict[str, str]:
    return {key: f"{said(one.name, lang)} {key}" for key, one in known.items()}


# ---------------------------------------------------------------------------------- to read


def _read(shown: state.Seen, lang: str) -> None:
    mine = shown.assessment.standard
    known = {mine.label: mine, **all_standards(shown.folder)}
    names = _named(known, lang)
    with st.container(horizontal=True, key="std-picks", vertical_alignment="bottom"):
        with st.container(width=420):
            label = select("std_pack", t("std.pack", lang), list(known), mine.label,
                           names.__getitem__)  # fmt: skip
        # What is shown is judged by the rules as they were read then.
        rules = mine if label == mine.label else known[label]
        required = sum(one.kind == REQUIRED for one in rules.targets)
        words = {REQUIRED: t("cmp.required", lang, n=required)} if required else {}
        words |= {_EVERY: t("cmp.every", lang, n=len(rules.targets)), **themes_of(rules, lang)}
        with st.container(width=300):
            theme = select("std_theme", t("std.which", lang), list(words), next(iter(words)),
                           words.__getitem__)  # fmt: skip
    used = label == mine.label
    st.html(standards_view.head_html(rules, lang, used=used))
    listed = [
        one
        for one in entries(rules, load_costs(), lang)
        if theme in (_EVERY, one.target.kind, said(one.target.theme, "zh"))
    ]
    board = shown.board if used else None
    st.html(standards_view.entries_html(listed, board, linker(), lang))
    if rules.sources:
        with st.expander(t("std.sources", lang)):
            st.html(standards_view.sources_html(rules, lang))
    _advanced(shown, rules, lang, used=used)


def _advanced(shown: state.Seen, rules: Standard, lang: str, *, used: bool) -> None:
    """Give the file itself, and let the project take this standard."""
    project = open_project(shown.folder)
    own = own_files(shown.folder)
    if broken := [one for one in own if one.standard is None]:
        names = t("report.listing", lang).join(one.path.name for one in broken)
        st.warning(look.plain(t("std.broken", lang, n=len(broken), files=names)))
    with st.expander(t("std.advanced", lang)):
        file = next(
            (one for one in own if one.standard and one.standard.label == rules.label), None
        )
        text = file.path.read_text(encoding="utf-8") if file else own_text(rules.written, lang)
        st.caption(t("std.as_file", lang))
        st.code(text, language="toml", height=320)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                t("std.take_file", lang), data=text.encode(), file_name=f"{rules.id}.toml",
                mime="application/toml", on_click="ignore", key="std-file",
            )  # fmt: skip
            if not used and not frozen(project):
                named = file.named if file else rules.id
                st.button(t("std.use", lang), key="std-use",
                          on_click=partial(_use, shown, named, rules.label, lang))  # fmt: skip
                st.caption(t("std.use_about", lang))
        if not used and frozen(project):
            say_frozen(project, lang)


def _use(shown: state.Seen, named: str, label: str, lang: str) -> None:
    try:
        use_own(open_project(shown.folder), named)
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    keep("standard", None)
    keep(standards_try.EDITS, None)
    state.assess_again()
    leave(t("std.now_used", lang, label=label))


# ---------------------------------------------------------------------------------- two of them


def _versions(shown: state.Seen, lang: str) -> None:
    mine = shown.assessment.standard
    known = {**all_standards(shown.folder), mine.label: mine}
    names = _named(known, lang)
    with st.container(horizontal=True, key="std-picks", vertical_alignment="bottom"):
        with st.container(width=380):
            first = select("std_a", t("std.a", lang), list(known), mine.label, names.__getitem__)
        nearest = sorted((key for key in known if key != first), key=partial(_far, known, first))
        with st.container(width=380):
            also = select("std_b", t("std.b", lang), list(known),
                          kept("std_b", list(known), nearest[0] if nearest else first),
                          names.__getitem__)  # fmt: skip
    if first == also:
        st.html(standards_view.paragraph(t("std.two_same", lang)))
        return
    listed = between(known[first], known[also], lang)
    counts = {kind: sum(one.change == kind for one in listed)
              for kind in ("added", "dropped", "changed")}  # fmt: skip
    same = len({one.id for one in known[first].targets} & {one.id for one in known[also].targets})
    counts["unchanged"] = same - counts["changed"]
    st.html(standards_view.paragraph(t("also.said.targets", lang, **counts)))
    if mine.label in (first, also):
        other = also if first == mine.label else first
        address = linker()("compare", cmp="standards", also=other)
        st.html(standards_view.link_html(address, t("std.effect", lang)))
    st.html(standards_view.between_html(listed, lang))


def _far(known: Mapping[str, Standard], first: str, also: str) -> tuple[int, str]:
    """Put standards with most rules of the same names first."""
    mine = {one.id for one in known[first].targets}
    return -len(mine & {one.id for one in known[also].targets}), also
