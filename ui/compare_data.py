"""What the pages that compare show, worked out once for each state of the data."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import streamlit as st

from geo.rescore import Rescored, rescore
from geo.standard import Standard
from layers.facts import data_dir
from ui import state
from works.library import load_standard, standards
from works.standards.own import own_files
from works.standards.trying import try_limits


def shelf() -> dict[str, Standard]:
    """Give the planner's own standards by label; read again once a file of theirs changes."""
    files = sorted((data_dir() / "standards").glob("*.toml"))
    return _shelf(tuple((path.name, path.stat().st_mtime_ns) for path in files))


@st.cache_resource(show_spinner=False, max_entries=2)
def _shelf(written: tuple[tuple[str, int], ...]) -> dict[str, Standard]:  # noqa: ARG001  the key
    labels = (f"{one['id']}@{one.get('version', '1')}" for one in standards())
    return {label: load_standard(label) for label in labels}


def all_standards(folder: Path) -> dict[str, Standard]:
    """Give every standard there is to read, by label: those kept in the project come first."""
    own = [one.standard for one in own_files(folder)]
    return {**{one.label: one for one in own if one is not None}, **shelf()}


def other_standards(shown: state.Seen) -> dict[str, Standard]:
    """
    Give the standards one can hold beside the one in force, by label, most alike first.

    Those that share no rule with it speak of other things and are left out.
    """
    mine = shown.assessment.standard
    known = {target.id for target in mine.targets}
    found = all_standards(shown.folder)
    shared = {
        label: len(known & {target.id for target in one.targets})
        for label, one in found.items()
        if label != mine.label
    }
    order = sorted((label for label, n in shared.items() if n), key=lambda one: (-shared[one], one))
    return {label: found[label] for label in order}


def mark_of(rules: Standard) -> str:
    """Give a short mark of what a standard says: another one once a word of it changes."""
    told = json.dumps(rules.written, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def rescored_of(shown: state.Seen, rules: Standard) -> Rescored:
    """Judge what is shown by another standard; every reader shares the result."""
    key = (str(shown.folder), shown.mark, shown.asked)
    return _rescored(key, mark_of(rules), shown, rules)


@st.cache_resource(show_spinner=False, max_entries=3)
def _rescored(
    key: tuple[str, str, state.Asked],  # noqa: ARG001  these two are the key
    mark: str,  # noqa: ARG001
    _shown: state.Seen,
    _rules: Standard,
) -> Rescored:
    return rescore(_shown.assessment, _rules)


def tried_of(shown: state.Seen, changes: dict[tuple[str, str], str]) -> Rescored:
    """
    Judge what is shown with some figures of its standard moved.

    Raises
    ------
    UsageError
        If a figure is not there or cannot be.
    """
    key = (str(shown.folder), shown.mark, shown.asked)
    return _tried(key, tuple(sorted(changes.items())), shown)


@st.cache_resource(show_spinner=False, max_entries=4)
def _tried(
    key: tuple[str, str, state.Asked],  # noqa: ARG001
    changes: tuple[tuple[tuple[str, str], str], ...],
    _shown: state.Seen,
) -> Rescored:
    return try_limits(_shown.assessment, dict(changes))
