"""What the page of progress shows, counted once for each state of the data and the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.due import still_due
from geo.progress import Compared
from layers.work_form import Item
from ui import state
from ui.kept_work import Kept, day_of
from works.figures import text
from works.library import load_costs
from works.progress.forecast import forecast
from works.progress.notice import notice
from works.progress.overall import Progress, progress_of
from works.progress.periods import NOW, History, Period
from works.progress.work import WorkReport, on_paper, work_on, work_report
from works.ranking import LEVELS, ranking
from works.tasks.planned import not_done
from works.worklist import worklist

T = TypeVar("T")
_MADE = "progress-made"
_MOST = 16
"""Results that are kept, so that going back to one costs nothing."""


class Told:
    """
    Two periods of a project and what is said of them, each part made when it is asked for.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    first, last
        Names of the earlier and the later period; ``first`` '' where there is no earlier one.
    """

    def __init__(self, kept: Kept, shown: state.Seen, first: str, last: str) -> None:
        self.kept, self.shown, self.first, self.last = kept, shown, first, last
        self.history = history_of(kept, shown)

    def _once(self, name: str, make: Callable[[], T]) -> T:
        key = (name, self.kept.mark, id(self.history), self.first, self.last)
        return _once(key, make)

    @property
    def _end(self) -> Period:
        return self.history.period(self.last)

    @property
    def compared(self) -> Compared | None:
        """Give what changed; None without an earlier period."""
        if not self.first:
            return None
        begin = self.history.period(self.first)
        work = work_on(self.kept.items.values())
        return self._once("compared", lambda: self.history.compare(begin, self._end, work))

    def places(self, level: str) -> pd.DataFrame:
        """Give the places of a level."""
        before = self.history.side(self.history.period(self.first)) if self.first else None
        after = self.history.side(self._end)
        return self._once(f"places-{level}", lambda: ranking(after, before, level))

    def ahead(self, due: dt.date | None) -> pd.DataFrame:
        """Give when each goal will be reached."""
        homes = self.history.side(self._end).homes
        towns = {str(key): text(town) for key, town in homes["town"].items()}
        points = self.history.points(self._end)
        return self._once(f"ahead-{due}", lambda: forecast(points, due, towns=towns))

    def notice(self, lang: str) -> str:
        """Give the text to paste."""
        after = self.history.side(self._end)
        return notice(after, self.places(LEVELS[0]), self.compared, lang)

    @property
    def paper(self) -> list[Item]:
        """Give the work verified or struck off though its gap is still there."""
        found = self.shown.assessment
        key = ("gaps", str(self.shown.folder), self.shown.mark, self.shown.asked)
        gaps = _once(key, lambda: set(worklist(found, load_costs())["work_id"]))
        return list(on_paper(self.kept.items, gaps | not_done(found, self.kept.items)))

    @property
    def whole(self) -> Progress:
        """Give everything at once, for the workbook."""
        return progress_of(
            self.kept.project, self.shown.assessment, self.kept.store,
            first=self.first or None, last=self.last,
        )  # fmt: skip


def named_periods(history: History) -> dict[str, Period]:
    """Give the periods by name, newest first, the project as it is before all."""
    return {one.name: one for one in [history.now, *reversed(history.periods)]}


def earlier(known: dict[str, Period], last: str) -> tuple[list[str], str]:
    """Give the names of the periods not after one, newest first, and the one to begin with."""
    day = known[last].as_of
    found = [one.name for one in known.values() if one.name not in (last, NOW) and one.as_of <= day]
    # Two periods of one day are rarely what is asked about.
    older = [name for name in found if known[name].as_of < day]
    return found, next(iter([*older, *found]), "")


def history_of(kept: Kept, shown: state.Seen) -> History:
    """Give a project's periods up to what is shown; anew once one was made."""
    try:
        made = (kept.project.folder / "snapshots").stat().st_mtime_ns
    except OSError:
        made = 0
    key = ("history", str(shown.folder), shown.mark, shown.asked, made)
    return _once(key, lambda: History(kept.project, shown.assessment))


def work_of(kept: Kept, shown: state.Seen) -> WorkReport:
    """Give how the work goes."""
    day = day_of(shown)
    key = ("work", kept.mark, str(shown.folder), day)
    return _once(key, lambda: work_report(kept.items, kept.store.history(), day))


def due_of(shown: state.Seen) -> gpd.GeoDataFrame:
    """Give what the running month, quarter or year still asks."""
    found = shown.assessment
    key = ("due", str(shown.folder), shown.mark, shown.asked)
    return _once(key, lambda: still_due(found.ground, found.found))


def _once(key: tuple[object, ...], make: Callable[[], T]) -> T:
    """Give what was made for a key in this session, else make it."""
    held: list[tuple[tuple[object, ...], object]] = st.session_state.setdefault(_MADE, [])
    for known, found in held:
        if known == key:
            return found  # type: ignore[return-value]
    made = make()
    held.append((key, made))
    del held[:-_MOST]
    return made
