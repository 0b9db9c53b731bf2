"""A period of a large county: kept, read, compared with the present and with other rules."""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from geo.assess import Assessment, assess
from geo.progress import Compared
from layers.cache import load
from layers.demo import make_demo
from layers.facts import scopes
from layers.project import Project, open_project
from ui.run import assess_project
from works.progress.overall import progress_of
from works.progress.periods import History, keep

VILLAGES, HOUSEHOLDS = 420, 120_000
BUILT, TARGET = 2_000, "sanitary-toilet"
T = TypeVar("T")


def timed(name: str, do: Callable[[], T]) -> T:
    """Do something and say how long it took, and the most memory held so far."""
    start = time.perf_counter()
    made = do()
    spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"  {name}: {spent:.2f} s, peak {peak:.0f} MB\n")
    sys.stdout.flush()
    return made


def built(project: Project, found: Assessment) -> Assessment:
    """Give the county a month later: so many households got the toilet they lacked."""
    one = next(one for one in found.found if one.key == TARGET)
    lacking = set(one.rows.ids[one.unmet > 0][:BUILT])
    data = load(project)
    toilets = data.frames["toilets"].copy()
    mine = toilets["household_id"].isin(lacking)
    toilets.loc[mine, ["type", "in_use", "defects"]] = ["three_compartment", True, None]
    later = replace(data, frames={**data.frames, "toilets": toilets})
    return assess(later, found.standard, as_of=found.as_of, scope=found.scope, scopes=scopes())


def told(compared: Compared) -> str:
    """Say what changed in the whole county."""
    row = compared.rows("county", TARGET).iloc[0]
    parts = ", ".join(f"{name} {row[name]}" for name in ("change", "real", "data", "standard"))
    return f"  {TARGET}: {parts}; {compared.counts}\n"


def main() -> None:
    """Time the county named on the command line, or one made now."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("project", nargs="?", type=Path, help="copied, never written to")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held) / "county"
        if asked.project is None:
            make_demo(folder, villages=VILLAGES, households=HOUSEHOLDS)
        else:
            shutil.copytree(asked.project, folder)
            shutil.rmtree(folder / "snapshots", ignore_errors=True)
        project = open_project(folder)
        found = timed("assess", lambda: assess_project(project))
        earlier = replace(found, as_of=found.as_of.replace(day=1))
        timed("keep", lambda: keep(project, "first", earlier))
        later = built(project, found)
        history = History(project, later)
        first = history.period("first")
        timed("read", lambda: history.side(first))
        timed("count the present", lambda: history.side(history.now))
        sys.stdout.write(told(timed("compare", lambda: history.compare(first, history.now))))
        timed("all of progress", lambda: progress_of(project, later))


if __name__ == "__main__":
    main()
