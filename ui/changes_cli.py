"""Changes of layers that finished work proposes, on the command line: list, accept, decline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from geo.assess import newest_date
from layers.cache import load
from layers.errors import UsageError, some
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.text import t
from ui.console import plainly, say
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.run import assess_project, day_of, standard_of
from works.changes.accepting import Accepted, accept
from works.changes.effect import Shift, shifts
from works.changes.proposals import (
    Proposed,
    by_hand,
    decline,
    pending,
    propose_for,
    tell_place,
)
from works.library import load_standard

commands = typer.Typer()

Numbers = Annotated[
    list[str] | None, typer.Option("--accept", metavar="WORK_NO", help="Accept this change.")
]
Declined = Annotated[
    list[str] | None, typer.Option("--decline", metavar="WORK_NO", help="Decline this change.")
]


@commands.command("changes")
@plainly
def changes(
    folder: ProjectFolder,
    take: Numbers = None,
    take_all: Annotated[
        bool, typer.Option("--accept-all", help="Accept every open change.")
    ] = False,
    leave: Declined = None,
    note: Annotated[str, typer.Option("--note", help="Why it is declined.")] = "",
    place: Annotated[
        list[str] | None,
        typer.Option("--place", metavar="WORK_NO=LON,LAT", help="Where it was built, WGS 84."),
    ] = None,
    who: Annotated[str, typer.Option("--who", help="Who decides.")] = "",
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """List what finished work would change in the layers; accept it or decline it."""
    project = open_project(folder)
    store = GeoPackageStore(project.store)
    said = Said(who, "cli")
    asked = (standard, scope, as_of)
    for pair in place or []:
        number, _, point = pair.rpartition("=")
        tell_place(store, _ids(store, [number])[0], point, said)
    _propose(project, store, said, standard, as_of)
    if leave:
        decline(store, _ids(store, leave), said, note)
    wanted = [one.item["work_id"] for one in pending(store)] if take_all else _ids(store, take)
    done, moved = Accepted(), list[Shift]()
    if wanted:
        before = assess_project(project, *asked)
        items = store.items(wanted)
        done = accept(project, store, wanted, said)
        after = assess_project(project, *asked) if done.number is not None else before
        moved = shifts(before, after, [items[key] for key in done.done])
    _tell(project, store, done, moved, as_json=as_json)


def _propose(
    project: Project,
    store: GeoPackageStore,
    said: Said,
    standard: str | None,
    as_of: str | None,
) -> None:
    own = project.settings.get("as_of")
    day = day_of(as_of, "--as-of") or day_of(str(own) if own else None, "project.toml, as_of")
    rules = load_standard(standard or standard_of(project), day or newest_date(load(project)))
    propose_for(project, store, rules, None, said, day=day)


def _ids(store: GeoPackageStore, numbers: Sequence[str] | None) -> list[str]:
    """Give the ids of pieces of work named by number or id."""
    if not numbers:
        return []
    items = store.items()
    known = {str(item["work_no"]): key for key, item in items.items()} | {k: k for k in items}
    lost = [number for number in numbers if number not in known]
    if lost:
        msg = f"{some(lost)}: is no piece of work of this project. Check its number."
        raise UsageError(msg)
    return [known[number] for number in dict.fromkeys(numbers)]


def _tell(
    project: Project,
    store: GeoPackageStore,
    done: Accepted,
    moved: Sequence[Shift],
    *,
    as_json: bool,
) -> None:
    lang = project.language
    left, rest = pending(store), by_hand(store)
    if as_json:
        told: dict[str, Any] = {
            **done.as_dict(lang),
            "shares": [one.as_dict() for one in moved],
            "pending": [one.as_dict(lang) for one in left],
            "by_hand": [one.as_dict(lang) for one in rest],
        }
        say(json.dumps(told, ensure_ascii=False))
        return
    if done.number is not None:
        say(t("change.accepted", lang, n=len(done.done)))
    for one in moved:
        say("  " + one.message(lang))
    items = store.items(list(done.refused))
    for key, why in done.refused.items():
        say("  " + t("change.refused", lang, number=items[key]["work_no"], why=why.say(lang)))
    _list(left, "change.pending", lang)
    _list(rest, "change.by_hand", lang)


def _list(listed: Sequence[Proposed], head: str, lang: str) -> None:
    say(t(head, lang, n=len(listed)))
    for one in listed:
        say(f"  {one.item['work_no']}  {one.sentence(lang)}")
