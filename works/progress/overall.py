"""All there is to say of a project's progress, gathered in one call."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from geo.assess import Assessment
from geo.due import still_due
from geo.progress import Compared
from geo.sides import Side
from geo.subject_changes import NONE
from layers.project import Project
from layers.tasks.store import TaskStore
from layers.work_form import Item
from works.library import load_costs
from works.progress.forecast import forecast
from works.progress.notice import notice
from works.progress.periods import NOW, History, Period
from works.progress.work import WorkReport, finished, on_paper, work_on, work_report
from works.ranking import LEVELS, ranking
from works.tasks.planned import not_done
from works.worklist import worklist


@dataclass(frozen=True)
class Progress:
    """
    What there is to say of a project's progress.

    Attributes
    ----------
    found
        What the project's data say now; the lists of what is still due are of now.
    first, last
        The periods compared; ``first`` is None where there is no earlier one.
    after
        What was counted in the later one.
    compared
        What changed between them; None without an earlier one.
    places
        Level to its ranking (``works.ranking``), held against the earlier period.
    ahead
        When goals will be reached (``works.progress.forecast``).
    due
        What the running month, quarter or year still asks (``geo.due``).
    work
        How the work stands; None where none is kept.
    paper
        Work verified or struck off though its gap is still there.
    seconds
        Time per stage.
    """

    found: Assessment
    first: Period | None
    last: Period
    after: Side
    compared: Compared | None
    places: Mapping[str, pd.DataFrame]
    ahead: pd.DataFrame
    due: gpd.GeoDataFrame
    work: WorkReport | None
    paper: Sequence[Item]
    seconds: dict[str, float] = field(default_factory=dict)

    def notice(self, lang: str) -> str:
        """Give the text to paste into a chat."""
        return notice(self.after, self.places[LEVELS[0]], self.compared, lang)

    @property
    def without_task(self) -> pd.DataFrame:
        """Give the subjects that improved though no work was kept for them."""
        if self.compared is None:
            return pd.DataFrame()
        told = self.compared.subjects
        return told[(told["cause"] == "improved") & (told["work"] == NONE)]


def progress_of(
    project: Project,
    found: Assessment,
    store: TaskStore | None = None,
    *,
    first: str | None = None,
    last: str = NOW,
    due: dt.date | None = None,
) -> Progress:
    """
    Say all there is to say of a project's progress.

    Parameters
    ----------
    project, found
        An open project, and what its data say now.
    store
        Where its work is kept; None for none.
    first, last
        Names of the periods compared, ``now`` for the project as it is. Without ``first`` the
        newest period older than the last one.
    due
        Until when goals should be reached.

    Raises
    ------
    UsageError
        If there is no such period, or the first is not the earlier one.
    """
    seconds: dict[str, float] = {}
    start = time.perf_counter()

    def timed(stage: str) -> None:
        nonlocal start
        seconds[stage] = round(time.perf_counter() - start, 3)
        start = time.perf_counter()

    history = History(project, found)
    end = history.period(last)
    begin = history.before(end) if first is None else history.period(first)
    items = {} if store is None else store.items()
    after = history.side(end)
    timed("read")
    compared = None if begin is None else history.compare(begin, end, work_on(items.values()))
    timed("compare")
    before = None if begin is None else history.side(begin)
    places = {level: ranking(after, before, level) for level in LEVELS}
    ahead = forecast(history.points(end), due, towns=_towns(after))
    timed("places and forecast")
    waiting = still_due(found.ground, found.found)
    timed("due")
    report, paper = None, []
    if store is not None and items:
        report = work_report(items, store.history(), found.as_of)
        # The list is only made where something finished can be on it.
        if finished(items.values()):
            gaps = set(worklist(found, load_costs())["work_id"])
            gaps |= not_done(found, items)
            paper = on_paper(items, gaps)
    timed("work")
    return Progress(
        found, begin, end, after, compared, places, ahead, waiting, report, paper, seconds
    )


def _towns(side: Side) -> dict[str, str]:
    """Give each village's township by its name; nothing where it has none."""
    names = zip(side.homes.index, side.homes["town"], strict=True)
    return {str(key): str(town) for key, town in names if town is not None}
