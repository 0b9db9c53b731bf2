"""The work of a scenario on the command line: kept, numbered, and written as a list to hand out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.project import Project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import MemoryStore, Said, TaskStore
from layers.text import t
from layers.work_form import HandOut
from ui.console import say
from ui.work_cli import stays, taken_back, tell_lists
from works.changes.noticing import notice
from works.export import save
from works.handout.dealing import Asked, Dealt, deal_decided
from works.handout.look import look_of
from works.handout.overlay import numbers_of
from works.library import WorkKind
from works.scenarios.effect import Effect
from works.scenarios.files import list_bytes, work_frame


@dataclass(frozen=True)
class Wanted:
    """
    Which file is wanted, and for whom.

    Attributes
    ----------
    out, suffix
        The file, and its kind.
    receiver, due, who
        Who gets the list, until when, and who hands it out.
    preview
        Write the file and keep nothing.
    public
        Without names, homes placed at their village.
    """

    out: Path
    suffix: str
    receiver: str = ""
    due: dt.date | None = None
    who: str = ""
    preview: bool = False
    public: bool = False


def write_work(
    project: Project,
    effect: Effect,
    costs: Mapping[str, WorkKind],
    wanted: Wanted,
    *,
    as_json: bool = False,
    quiet: bool = False,
) -> None:
    """
    Keep the changes of a scenario as work and write their list; say so.

    Parameters
    ----------
    project
        The project; of one that can only be read the list is written and nothing kept.
    effect, costs
        The scenario, judged, and the table of costs.
    wanted
        The file.
    as_json, quiet
        Say it as JSON, or not at all.
    """
    why = "preview" if wanted.preview else stays(project)
    kept, lang = GeoPackageStore(project.store), project.language
    store: TaskStore = MemoryStore(kept.items()) if why else kept
    said, found = Said(wanted.who, "cli"), effect.before
    if not why:
        # What was undone since is no work that fell back.
        notice(project, kept, said)
    # Before the transaction: nobody waits to write while each change is looked at.
    before = store.items()
    work = work_frame(effect, costs, numbers_of(before))
    asked = Asked(receiver=wanted.receiver, due=wanted.due)
    with taken_back() as files, store.writing() as writer:
        lists = deal_decided(writer, found, work, asked, said, lang, keep=not why)
        if not lists:
            empty = HandOut("", wanted.receiver, t("handout.title", lang), "", {})
            lists = [Dealt("", empty, [])]
        content = list_bytes(
            work, lists[0].items, lists[0].handed, wanted.suffix, lang, look=look_of(found),
            names=not wanted.public,
        )  # fmt: skip
        save(wanted.out, content)
        files.append(wanted.out)
    if quiet:
        return
    tell_lists(lists, files, lang, why, as_json=as_json)
    again = sum(str(key) in before for key in work["work_id"])
    left = len(work) - len(lists[0].items)
    if not as_json:
        for key, n in (("again", again), ("not_listed", left)):
            if n:
                say(t(f"scenario.cli.{key}", lang, n=n))
