"""Open, assess and draw: what the pages and the command line do in the same way."""

from __future__ import annotations

import datetime as dt
import time

from geo.assess import Assessment, assess, newest_date
from layers.cache import load
from layers.errors import DataError, UsageError
from layers.facts import scopes
from layers.heed import tell
from layers.project import Project
from layers.snapshot import load_snapshot, snapshots
from works.board import ALL, Board
from works.library import load_standard

DEFAULT_STANDARD = "qingyang-2023"


def day_of(text: str | None, option: str) -> dt.date | None:
    """
    Read a day a person typed.

    Raises
    ------
    UsageError
        If it is not written as 2023-06-30.

    Examples
    --------
    >>> day_of("2023-06-30", "--as-of")
    datetime.date(2023, 6, 30)
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        msg = f"{option} {text}: is not a day. Write it as 2023-06-30."
        raise UsageError(msg) from None


def standard_of(project: Project) -> str:
    """Give the standard a project names: its id, or a file beside the project's settings."""
    named = str(project.settings.get("standard") or DEFAULT_STANDARD)
    beside = project.folder / named
    return str(beside) if named.endswith(".toml") and beside.is_file() else named


def assess_project(
    project: Project,
    standard: str | None = None,
    scope: str | None = None,
    as_of: str | None = None,
) -> Assessment:
    """
    Assess an open project by what was asked, else by its own settings.

    Parameters
    ----------
    project
        The project.
    standard, scope, as_of
        Options of the command line; None takes ``project.toml``, then the planner's default.

    Returns
    -------
    Assessment
        With the seconds of loading added.

    Raises
    ------
    PlannerError
        If the project, the standard or an option does not allow it.
    """
    start = time.perf_counter()
    tell("load")
    data = load(project)
    loaded = round(time.perf_counter() - start, 3)
    own = project.settings.get("as_of")
    day = day_of(as_of, "--as-of") or day_of(str(own) if own else None, "project.toml, as_of")
    rules = load_standard(standard or standard_of(project), day or newest_date(data))
    chosen = scope or str(project.settings.get("scope") or "standard")
    found = assess(data, rules, as_of=day, scope=chosen, scopes=scopes())
    found.seconds["load"] = loaded
    return found


def assess_snapshot(project: Project, found: Assessment) -> Assessment | None:
    """
    Assess the newest snapshot older than an assessment by the same rules; None if there is none.

    Parameters
    ----------
    project
        The project both belong to.
    found
        What the data say now.
    """
    earlier = [one for one in snapshots(project) if one.as_of < found.as_of]
    if not earlier:
        return None
    last = earlier[-1]
    data = load_snapshot(project, last)
    try:
        return assess(data, found.standard, as_of=last.as_of, scope=found.scope, scopes=scopes())
    except DataError:
        # The villages of then may all lie outside the scope of now.
        return None


def map_page(found: Assessment, lang: str, target: str = ALL, *, public: bool = False) -> str:
    """
    Draw the map of an assessment as HTML text that needs no network.

    Parameters
    ----------
    found
        The assessment.
    lang
        ``zh`` or ``en``.
    target
        What it is coloured by.
    public
        True for the villages alone, without what falls short in them.
    """
    from ui.chart import chart, numbered
    from ui.maps import standalone_html

    return standalone_html(numbered(chart(Board(found), target, lang, items=not public)))
