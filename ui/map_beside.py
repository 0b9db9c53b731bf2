"""A second map beside the first: the same villages on an earlier day, or by another standard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from geo.assess import assess
from geo.rescore import Rescored
from geo.standard import Standard
from layers.escape import esc
from layers.facts import scopes
from layers.project import open_project
from layers.snapshot import Snapshot, load_snapshot, snapshots
from layers.text import said, t
from ui import jobs, state
from ui.choices import select
from works.board import ALL, Board
from works.figures import date_text
from works.library import comparable

CHOICE = "beside"
NONE = ""
DAY, RULES = "day", "rules"
"""What a choice begins with: a kept day, or another standard."""
_BOARDS, _OTHERS = "map-beside-boards", "map-beside-others"
_MOST = 12
_FEW = 6
_ORDER = {"unmet": 0, "undetermined": 1, "met": 2}

CSS = """
.mb-head{font-size:14px;font-weight:700;line-height:22px;margin:0 0 4px}
.mb-head small{font-size:12px;font-weight:400;color:#4F5B67}
.mb-line{font-size:14px;line-height:22px;margin:2px 0 4px}
.mb-line b{font-variant-numeric:tabular-nums}
"""


@dataclass(frozen=True)
class Beside:
    """
    The other map.

    Attributes
    ----------
    choice
        What was chosen.
    board
        What people read off the other assessment.
    title, own
        What stands above the other map and above the first, as plain text.
    """

    choice: str
    board: Board
    title: str
    own: str


@dataclass(frozen=True)
class Moves:
    """
    What differs between two maps of the same villages.

    Attributes
    ----------
    better, worse, other
        Villages whose status is better or worse on the first map, or changed without being either:
        ids in their official order.
    same
        How many have the same status on both.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    other: tuple[str, ...]
    same: int


def moves_of(now: dict[str, str], then: dict[str, str]) -> Moves:
    """
    Compare two maps.

    Parameters
    ----------
    now, then
        Status of each village on the first and on the other map; villages of one alone are left
        out.

    Examples
    --------
    >>> moves_of({"a": "met", "b": "unmet", "c": "met"}, {"a": "unmet", "b": "unmet", "c": "x"})
    Moves(better=('a',), worse=(), other=('c',), same=1)
    """
    both = [(key, now[key], then[key]) for key in now if key in then]
    steps = {key: _ORDER[a] - _ORDER[b] for key, a, b in both if a != b and {a, b} <= _ORDER.keys()}
    return Moves(
        tuple(key for key, step in steps.items() if step > 0),
        tuple(key for key, step in steps.items() if step < 0),
        tuple(key for key, a, b in both if a != b and key not in steps),
        sum(a == b for _, a, b in both),
    )


# ---------------------------------------------------------------------------------- choosing


def choose(shown: state.Seen, lang: str) -> str:
    """Draw the choice of what to put beside the map; give it, '' for nothing."""
    offered, names = [NONE], {NONE: t("map.beside.none", lang)}
    for one in _days(shown):
        key = f"{DAY}:{one.name}"
        names[key] = t("map.beside.day", lang, name=one.name, day=date_text(one.as_of, lang))
    for key, name in _others(shown.assessment.standard, lang):
        names[f"{RULES}:{key}"] = t("map.beside.rules", lang, name=name)
    offered = list(names)
    return select(CHOICE, t("map.beside", lang), offered, NONE, names.__getitem__)


def _others(standard: Standard, lang: str) -> list[tuple[str, str]]:
    """Give the standards one can hold beside this one, those with most of its rules first."""
    held = st.session_state.get(_OTHERS)
    if held is None or held[0] != standard.label:
        # Reading all of them takes long enough to be felt at every click.
        held = st.session_state[_OTHERS] = (standard.label, comparable(standard))
    found: list[Standard] = held[1]
    names = [said(one.name, lang) for one in found]
    return [
        (one.label, f"{name} {one.label}" if names.count(name) > 1 else name)
        for one, name in zip(found, names, strict=True)
    ]


def _days(shown: state.Seen) -> list[Snapshot]:
    """Give the kept days before the one shown, newest first."""
    day = shown.assessment.as_of
    kept_ones = snapshots(open_project(shown.folder))
    return [one for one in reversed(kept_ones) if one.as_of < day][:_MOST]


def beside(shown: state.Seen, choice: str, lang: str) -> Beside | None:
    """
    Give the other map's assessment; made once, and kept with the first.

    Parameters
    ----------
    shown
        The project, assessed.
    choice
        What :func:`choose` gave.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    Beside
        None where nothing was chosen.

    Raises
    ------
    PlannerError
        If the other cannot be judged.
    """
    kind, _, name = choice.partition(":")
    own = shown.assessment
    if kind == DAY:
        one = next((one for one in _days(shown) if one.name == name), None)
        if one is None:
            return None
        key = (str(shown.folder), shown.mark, shown.asked, one.name)
        busy = t("map.beside.busy", lang)
        board = jobs.wanted(key, lambda: _on(*key, shown), lang, title=busy)
        if board is None:
            return None
        return Beside(choice, board, date_text(one.as_of, lang), date_text(own.as_of, lang))
    if kind == RULES:
        known = (shown.folder, shown.mark, shown.asked, name)
        busy = t("map.beside.busy", lang)
        found = jobs.wanted(known, lambda: shown.by_standard(name), lang, title=busy)
        if found is None:
            return None
        titles = [said(one.standard.name, lang) for one in (found.also, own)]
        return Beside(choice, _board_of(found), titles[0], titles[1])
    return None


@st.cache_resource(show_spinner=False, max_entries=4)
def _on(folder: str, mark: str, asked: state.Asked, name: str, _shown: state.Seen) -> Board:  # noqa: ARG001  folder, mark and choice are the key
    """Judge a kept day by the rules of now; the day before is judged already."""
    project, found = open_project(_shown.folder), _shown.assessment
    one = next(each for each in snapshots(project) if each.name == name)
    before = _shown.board.before
    if before is not None and before.assessment.as_of == one.as_of:
        return before
    data = load_snapshot(project, one)
    made = assess(data, found.standard, as_of=one.as_of, scope=found.scope, scopes=scopes())
    return Board(made)


def _board_of(found: Rescored) -> Board:
    """Give the board of another standard; the one made last is kept."""
    held = st.session_state.get(_BOARDS)
    if held is None or held[0] is not found:
        held = st.session_state[_BOARDS] = (found, Board(found.also))
    board: Board = held[1]
    return board


# ---------------------------------------------------------------------------------- saying


def target_of(other: Board, target: str) -> str:
    """Give the target the other map is coloured by: the same one where it has it."""
    return target if target == ALL or target in other.targets else ALL


def head_html(title: str, small: str = "") -> str:
    """Give what stands above one of the maps."""
    more = f" <small>{esc(small)}</small>" if small else ""
    return f'<p class="mb-head">{esc(title)}{more}</p>'


def line_html(first: Board, other: Beside, target: str, lang: str) -> str:
    """Give the differences in one line: how many villages are better or worse, and which."""
    there = target_of(other.board, target)
    now, then = first.statuses(target), other.board.statuses(there)
    moves = moves_of(now, then)
    kind = "days" if other.choice.startswith(DAY) else "rules"
    parts = [
        f"{esc(t(f'map.moves.{kind}.{name}', lang, n=len(ids)))}{_named(first, ids, lang)}"
        for name, ids in (("better", moves.better), ("worse", moves.worse), ("other", moves.other))
        if ids
    ]
    parts.append(esc(t("map.moves.same", lang, n=moves.same)))
    lead = esc(t("map.moves", lang, what=other.title))
    alone = "" if there == target else f" <small>{esc(t('map.beside.no_target', lang))}</small>"
    return f'<p class="mb-line">{lead}{t("map.moves.joint", lang).join(parts)}{alone}</p>'


def _named(board: Board, ids: Sequence[str], lang: str) -> str:
    names = t("report.listing", lang).join(board.name(one) for one in ids[:_FEW])
    more = t("map.moves.more", lang) if len(ids) > _FEW else ""
    return esc(t("map.moves.names", lang, names=names + more))
