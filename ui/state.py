"""What the pages show: the project that is open, assessed once for each state of its data."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import streamlit as st

from geo.assess import Assessment
from geo.margin import SHARE, NearLimit, near_limit
from geo.rescore import Rescored, rescore
from layers.errors import PlannerError
from layers.facts import data_dir
from layers.heed import tell
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import LANGUAGES, t
from ui import jobs
from ui.choices import chosen, keep, kept
from ui.home import recent_projects, remember
from ui.run import assess_project, assess_snapshot
from works.board import Board
from works.handout.overlay import numbers_of, overlay
from works.lamps_sheet import lamps
from works.library import load_costs, load_standard
from works.lists import Lists
from works.plans import Plan, plans
from works.worklist import worklist

PROJECT = "VILLAGE_PLANNER_PROJECT"
NEAR_SHARE = f"{float(SHARE) * 100:g}"
"""By how many per cent limits are moved to find what is near them."""
MOST_OTHERS = 3
"""So many results by another standard are kept beside one assessment."""
_HELD, _BEFORE = "held", "held-before"


class Asked(NamedTuple):
    """What the reader wants the project held against; None = as the project says."""

    standard: str | None = None
    scope: str | None = None
    as_of: str | None = None


@dataclass(frozen=True)
class _Work:
    """The work list as one state of the kept work makes it: its numbers, all of it, the lists."""

    mark: str
    given: Mapping[str, str]
    whole: gpd.GeoDataFrame
    lists: Lists


@dataclass(frozen=True)
class Seen:
    """One assessed project, read only: every session of the page shares it."""

    assessment: Assessment
    folder: Path
    mark: str
    asked: Asked

    @cached_property
    def board(self) -> Board:
        """Give what people read off the assessment, beside that of the snapshot before it."""
        tell("before")
        return Board(self.assessment, assess_snapshot(open_project(self.folder), self.assessment))

    @property
    def work(self) -> gpd.GeoDataFrame:
        """Give the work list: kept work as it stands now, without what is verified or closed."""
        return self._now.lists.work

    @property
    def lists(self) -> Lists:
        """Give the gap, survey and work list in the order people work through them."""
        return self._now.lists

    @property
    def _now(self) -> _Work:
        """Give the lists with the kept work as it is, anew once any of it has been saved."""
        store = open_project(self.folder).store
        told = store.stat()
        mark = f"{told.st_mtime_ns:x}-{told.st_size:x}"
        held = self._works.get("now")
        if held is None or held.mark != mark:
            items = GeoPackageStore(store).items()
            given = numbers_of(items)
            same = held is not None and held.given == given
            whole = held.whole if same and held else worklist(self.assessment, load_costs(), given)
            lists = Lists(self.board, overlay(whole, items), load_costs())
            lists.near = self.near_known
            held = self._works["now"] = _Work(mark, given, whole, lists)
        return held

    @cached_property
    def _works(self) -> dict[str, _Work]:
        """Keep the newest lists of work."""
        return {}

    @cached_property
    def plans(self) -> list[Plan]:
        """Give what money would bring, village by village."""
        tell("lists")
        return plans(self.board, self._now.whole, load_costs())

    @cached_property
    def _asked_for(self) -> dict[str, NearLimit | Rescored]:
        """Keep what takes a second judging: made only when somebody asks."""
        return {}

    @property
    def near_known(self) -> NearLimit | None:
        """Give what is near the limit where somebody has asked for it, else None."""
        found = self._asked_for.get("")
        return found if isinstance(found, NearLimit) else None

    def find_near(self) -> NearLimit:
        """Find what is near the limit; the lists tell of it from then on."""
        found = self.near_known or near_limit(self.assessment)
        self._asked_for[""] = found
        self.lists.near = found
        return found

    def by_standard(self, label: str, *, ask: bool = True) -> Rescored | None:
        """Give the same data by another standard (``id@version``); None if nobody asked yet."""
        found = self._asked_for.get(label)
        if found is None and ask:
            found = rescore(self.assessment, load_standard(label))
            others = [key for key in self._asked_for if key]
            for key in others[: len(others) - MOST_OTHERS + 1]:
                self._asked_for.pop(key, None)
            self._asked_for[label] = found
        return found if isinstance(found, Rescored) else None


# ---------------------------------------------------------------------------------- language


def language() -> str:
    """Give the language of this reader: the one chosen, else the address's, else Chinese."""
    return kept("lang", LANGUAGES, "zh")


# ---------------------------------------------------------------------------------- project


def example() -> Path:
    """Give the folder of the demo county that comes with the planner."""
    return data_dir() / "demo"


def is_example(folder: Path) -> bool:
    """Tell whether a folder is the demo county that comes with the planner: it stays as it is."""
    return folder.resolve() == example().resolve()


def name_of(folder: Path) -> str:
    """Give the name of a project, or that of its folder when it cannot be opened."""
    try:
        return open_project(folder).name
    except PlannerError:
        return folder.name


def invented(folder: Path) -> bool:
    """Tell whether a project says that its data are made up."""
    try:
        return open_project(folder).settings.get("demo") is True
    except PlannerError:
        return False


def served() -> Path:
    """Give the project the planner was started with: the one the environment names, or the demo."""
    named = os.environ.get(PROJECT)
    return Path(named) if named else example()


def token(folder: Path) -> str:
    """Name a project in an address without telling where it lies."""
    return hashlib.sha256(str(folder.resolve()).encode("utf-8", "replace")).hexdigest()[:12]


def project_folder() -> Path:
    """
    Give the folder of the open project.

    An address holds a token, never a path: only projects this computer has opened before, the one
    the planner was started with and the demo county can be asked for.
    """
    known = _known()
    return known[kept("project", list(known), token(served()))]


def _known() -> dict[str, Path]:
    return {token(one): one for one in (served(), example(), *recent_projects())}


def is_gone() -> bool:
    """Tell whether the project asked for is not among those known: another is shown instead."""
    asked = chosen("project")
    return asked is not None and asked not in _known()


def choose_project(folder: Path) -> None:
    """
    Open another project in this session; its own standard, scope and day hold again.

    Raises
    ------
    ProjectError
        If the folder is not a project this planner can open.
    """
    open_project(folder)
    remember(folder)
    keep("project", token(folder))
    for name in ("standard", "scope", "as_of", "target", "village", "township"):
        keep(name, None)
    st.session_state.pop(_HELD, None)


# ---------------------------------------------------------------------------------- assessment


def day_asked() -> str | None:
    """Give the day chosen in the bar, or named by the address; None when it is not a day."""
    day = chosen("as_of")
    try:
        return None if day is None else dt.date.fromisoformat(day).isoformat()
    except ValueError:
        return None


def mark_of(project: Project) -> str:
    """Name the state of a project's data and settings."""
    settings = (project.folder / "project.toml").stat().st_mtime_ns
    return f"{project.data_version()}-{settings}"


def seen(asked: Asked | None = None) -> Seen:
    """
    Give the open project, assessed; the work is done once per data version and choice.

    Parameters
    ----------
    asked
        What to hold it against; None keeps to the project's settings.

    Returns
    -------
    Seen
        When the data have changed since, still what was assessed before: see :func:`changed`.

    Raises
    ------
    PlannerError
        If the project cannot be opened or judged; the sentence says what to do.
    """
    folder, asked = project_folder(), asked or Asked()
    held: Seen | None = st.session_state.get(_HELD)
    if held is not None and (held.folder, held.asked) == (folder, asked):
        return held
    found = _seen(str(folder), asked, mark_of(open_project(folder)))
    st.session_state[_HELD] = found
    return found


def sought(asked: Asked, lang: str, above: Callable[[], None]) -> Seen | None:
    """
    Give what :func:`seen` gives while the page stays alive: None while the work goes on.

    Parameters
    ----------
    asked
        What to hold the project against.
    lang
        Language of the panel that says how far it is.
    above
        Draws what stands above that panel.

    Raises
    ------
    Stopped
        If the reader stopped it; what was shown before is shown again where there is any.
    PlannerError
        As for :func:`seen`.
    """
    folder = project_folder()
    held: Seen | None = st.session_state.get(_HELD)
    if held is not None and (held.folder, held.asked) == (folder, asked):
        return held
    key = (str(folder), asked, mark_of(open_project(folder)))
    title = t("job.assess", lang)
    found = jobs.awaited(key, lambda: _ready(*key), lang, title=title, above=above)
    if found is not None:
        st.session_state[_HELD] = found
    return found


def back() -> Seen | None:
    """Give what this session showed before work was stopped, and hold on to it."""
    found: Seen | None = st.session_state.get(_HELD) or st.session_state.get(_BEFORE)
    if found is None or found.folder != project_folder():
        return None
    st.session_state[_HELD] = found
    for name, value in found.asked._asdict().items():
        keep(name, value)
    return found


def warm(folder: Path) -> None:
    """Assess a project before the first page asks for it, and what its village cards share."""
    key = (str(folder), Asked(), mark_of(open_project(folder)))
    lamps(jobs.begin(key, lambda: _ready(*key)).result().assessment)


def _ready(folder: str, asked: Asked, mark: str) -> Seen:
    """Assess, and make what every page shows of it."""
    found = _seen(folder, asked, mark)
    _ = found.board, found.plans
    return found


def changed(shown: Seen) -> bool:
    """Tell whether the data or settings have changed since they were assessed."""
    return mark_of(open_project(shown.folder)) != shown.mark


def assess_again() -> None:
    """Let the next :func:`seen` assess the data as they are now."""
    st.session_state[_BEFORE] = st.session_state.pop(_HELD, None)


@st.cache_resource(show_spinner=False, max_entries=6)
def _seen(folder: str, asked: Asked, mark: str) -> Seen:
    path = Path(folder)
    return Seen(assess_project(open_project(path), *asked), path, mark, asked)
