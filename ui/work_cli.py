"""Work on the command line: lists that go out, and what happens to a piece of work."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from geo.assess import Assessment
from layers.errors import UsageError, some
from layers.facts import data_dir
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import MemoryStore, Said, TaskStore
from layers.text import t, township_key
from layers.work_form import HandOut
from ui.console import plainly, say
from ui.home import read_only
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption, a_folder
from ui.run import assess_project, day_of
from works.assignments import By
from works.changes.noticing import notice
from works.export import save
from works.handout.dealing import Asked, Dealt, deal
from works.handout.files import KINDS, file_bytes
from works.handout.look import look_of
from works.library import load_costs
from works.tasks.life import states
from works.template import file_stem

commands = typer.Typer()
SPLITS: tuple[By, ...] = ("township", "lead", "team", "village", "person")
_NAMED = "|".join(KINDS)
Villages = Annotated[list[str] | None, typer.Option("--village", metavar="ID")]
Targets = Annotated[list[str] | None, typer.Option("--target", metavar="ID")]
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE|DIR", help=f"File ({_NAMED}); DIR with --split.")
]
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who does this.")]


@commands.command("worklist")
@plainly
def worklist_command(
    folder: ProjectFolder,
    out: Out,
    village: Villages = None,
    target: Targets = None,
    lead: Annotated[str | None, typer.Option(help="Lead department, or a part of it.")] = None,
    township: Annotated[str | None, typer.Option(help="Only this township.")] = None,
    team: Annotated[str | None, typer.Option(help="Only what this team has.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="|".join(states()))
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N.")] = None,
    receiver: Annotated[str, typer.Option(metavar="NAME", help="Who gets the list.")] = "",
    due: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Until when; else as kept.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="|".join(SPLITS), help="One list for each.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--format", metavar="SUFFIX", help="Kind of file, with --split.")
    ] = ".xlsx",
    public: Annotated[
        bool, typer.Option("--public", help="No names, homes placed at their village.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write the file; keep nothing.")
    ] = False,
    who: Who = "",
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Make work of the gaps, keep it, and write the list that goes out, or one per receiver."""
    suffix = _suffix(out, split, kind)
    until = day_of(due, "--due")
    unknown = [one for one in state or [] if one not in states()]
    if unknown:
        msg = f"--state {unknown[0]}: no such state. Choose one of {', '.join(states())}."
        raise UsageError(msg)
    project = open_project(folder)
    found = assess_project(project, standard, scope, as_of)
    if until is not None and until < found.as_of:
        msg = f"--due {until}: lies before {found.as_of}, the day of the data. Name a later day."
        raise UsageError(msg)
    store = GeoPackageStore(project.store)
    asked = Asked(
        villages=villages_named(found, village), targets=_targets(found, target),
        leads=[lead] if lead else (), townships=_townships(found, township),
        teams=_teams(store, team), states=state or (), limit=limit, receiver=receiver,
        due=until, split=split if split in SPLITS else None,
    )  # fmt: skip
    why = "preview" if preview else stays(project)
    lists, files = _write(project, found, asked, Said(who, "cli"), out, suffix, why, public=public)
    tell_lists(lists, files, project.language, why, as_json=as_json)


def _suffix(out: Path, split: str | None, kind: str) -> str:
    """Give the kind of file that is wanted."""
    if split is not None and split not in SPLITS:
        msg = f"--split {split}: is not known. Choose one of {', '.join(SPLITS)}."
        raise UsageError(msg)
    suffix = (kind if split else out.suffix).lower()
    suffix = suffix if suffix.startswith(".") or not suffix else f".{suffix}"
    if suffix not in KINDS:
        named = f"--format {kind}" if split else f"--out {out.name}"
        msg = f"{named}: this kind of file is not written. Choose one of {', '.join(KINDS)}."
        raise UsageError(msg)
    if split:
        a_folder(out, "lists")
    return suffix


def stays(project: Project) -> str:
    """Say why nothing may be kept in a project, '' where it may."""
    if project.folder.resolve() == (data_dir() / "demo").resolve():
        return "example"
    return "read_only" if read_only(project.folder) else ""


def _lost(option: str, lost: Sequence[str], known: Collection[str], where: str) -> UsageError:
    msg = f"--{option} {lost[0]}: is not {where}. "
    return UsageError(msg + (f"Choose one of {some(known)}." if known else "There is none."))


def villages_named(found: Assessment, wanted: list[str] | None) -> list[str]:
    """Give the ids of villages named by id or by name; two of one name are both meant."""
    table = found.villages
    ids = table["id"].astype(str).tolist()
    names = table["name"].astype(str).tolist()
    by_name = {name: [i for i, n in zip(ids, names, strict=True) if n == name] for name in names}
    lost = [one for one in wanted or [] if one not in ids and one not in by_name]
    if lost:
        raise _lost("village", lost, ids, "in the assessment")
    return [key for one in wanted or [] for key in ([one] if one in ids else by_name[one])]


def _targets(found: Assessment, wanted: list[str] | None) -> list[str]:
    known = [one.id for one in found.standard.targets]
    lost = [one for one in wanted or [] if one not in known]
    if lost:
        raise _lost("target", lost, known, "in the assessment")
    return wanted or []


def _townships(found: Assessment, wanted: str | None) -> list[str]:
    if not wanted:
        return []
    table = found.villages
    known = (
        list(dict.fromkeys(table["township"].dropna().astype(str))) if "township" in table else []
    )
    mine = [one for one in known if township_key(one) == township_key(wanted)]
    if not mine:
        raise _lost("township", [wanted], known, "in the assessment")
    return mine


def _teams(store: TaskStore, wanted: str | None) -> list[str]:
    if not wanted:
        return []
    known = sorted({str(item["team"]) for item in store.items().values() if item["team"]})
    if wanted not in known:
        raise _lost("team", [wanted], known, "a team that has work (village-planner assign)")
    return [wanted]


def _write(
    project: Project,
    found: Assessment,
    asked: Asked,
    said: Said,
    out: Path,
    suffix: str,
    why: str,
    *,
    public: bool,
) -> tuple[list[Dealt], list[Path]]:
    """Keep the lists and write their files: a list nobody could take along is not kept."""
    kept = GeoPackageStore(project.store)
    store: TaskStore = MemoryStore(kept.items()) if why else kept
    look, lang = look_of(found), project.language
    if not why:
        # What was undone since is no gap that fell back.
        notice(project, kept, said)
    with taken_back() as files, store.writing() as writer:
        lists = deal(writer, found, load_costs(), asked, said, lang, keep=not why)
        if not lists and not asked.split:
            lists = [Dealt("", HandOut("", asked.receiver, t("handout.title", lang), "", {}), [])]
        for number, one in enumerate(lists, 1):
            mark = one.handed.list_no or f"{number:02d}"
            name = file_stem(f"{mark}-{one.part or t('handout.no_name', lang)}")
            path = out / f"{name}{suffix}" if asked.split else out
            content = file_bytes(suffix, one.items, one.handed, lang, look=look, names=not public)
            save(path, content)
            files.append(path)
    return lists, files


@contextlib.contextmanager
def taken_back() -> Iterator[list[Path]]:
    """Hold the files that are written; where keeping their lists fails, they go too."""
    files: list[Path] = []
    try:
        yield files
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise


def tell_lists(
    lists: Sequence[Dealt], files: Sequence[Path], lang: str, why: str, *, as_json: bool
) -> None:
    """Say which lists were written, and why none of them is kept where that is so."""
    if as_json:
        rows = [
            {"list_no": one.handed.list_no or None, "receiver": one.handed.receiver,
             "due": one.handed.due or None, "items": len(one.items), "file": str(file)}
            for one, file in zip(lists, files, strict=True)
        ]  # fmt: skip
        told = {"kept": not why, "items": sum(len(one.items) for one in lists), "lists": rows}
        say(json.dumps(told, ensure_ascii=False))
        return
    for one, file in zip(lists, files, strict=True):
        number = one.handed.list_no
        key = "handout.written_as" if number else "cli.worklist"
        say(t(key, lang, n=len(one.items), file=file.name, list=number,
              receiver=one.handed.receiver or t("handout.anybody", lang)))  # fmt: skip
    if not any(one.items for one in lists):
        say(t("handout.nothing", lang))
    elif why:
        say(t(f"handout.not_kept.{why}", lang))
