"""Hand-outs on the command line: report, map, notice, meeting pack, village card, text to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from layers.errors import UsageError, some
from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import LANGUAGES, t
from ui.console import plainly, say
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.run import assess_project, assess_snapshot, day_of, map_page
from works.board import ALL, Board
from works.export import save
from works.handout.overlay import numbers_of, overlay
from works.handouts import CARD, FULL, LEADER, MAP, MEETING, NOTICE, Material, Wanted, unit_of
from works.library import load_costs
from works.lists import Lists
from works.meeting_files import meeting_files, text_file
from works.papers.files import KINDS, render
from works.plans import plans
from works.worklist import worklist

commands = typer.Typer()
REPORTS = (FULL, LEADER, CARD)
MAPS = (".html", ".png", ".pdf", ".svg")
NOTICES = (".docx", ".pdf", ".html", ".txt")

Lang = Annotated[
    str | None, typer.Option("--lang", metavar="zh|en", help="Language; else the project's.")
]
Public = Annotated[bool, typer.Option("--public", help="No names of people, no places of homes.")]


def _out(kinds: Sequence[str]) -> Any:
    return typer.Option("--out", metavar=f"FILE{'|'.join(kinds)}", help="Where to write the file.")


@dataclass(frozen=True)
class Opened:
    """A project, assessed, and what papers of it are made of."""

    material: Material
    lang: str


def _open(
    folder: Path, lang: str | None, standard: str | None, scope: str | None, as_of: str | None
) -> Opened:
    """Assess a project, beside the period before it."""
    if lang is not None and lang not in LANGUAGES:
        msg = f"--lang {lang}: is not spoken here. Choose one of {', '.join(LANGUAGES)}."
        raise UsageError(msg)
    project = open_project(folder)
    found = assess_project(project, standard, scope, as_of)
    board, costs = Board(found, assess_snapshot(project, found)), load_costs()
    store = GeoPackageStore(project.store)
    items = store.items()
    whole = worklist(found, costs, numbers_of(items))
    material = Material(
        project,
        board,
        lambda: Lists(board, overlay(whole, items), costs),
        lambda: plans(board, whole, costs),
        store,
    )
    return Opened(material, lang or project.language)


def _suffix(out: Path, kinds: Sequence[str]) -> str:
    """Give the kind of file that is asked for."""
    suffix = out.suffix.lower()
    if suffix not in kinds:
        msg = (
            f"--out {out.name}: this kind of file is not written. Choose one of {', '.join(kinds)}."
        )
        raise UsageError(msg)
    return suffix


def _written(opened: Opened, files: Sequence[Path], as_json: bool, **more: object) -> None:
    """Say which files were written."""
    if as_json:
        found = opened.material.board.assessment
        told = {"files": [str(one) for one in files], "standard": found.standard.label,
                "scope": found.scope, "as_of": found.as_of.isoformat(), "lang": opened.lang,
                "data_version": found.data_version, **more}  # fmt: skip
        say(json.dumps(told, ensure_ascii=False))
        return
    for one in files:
        say(t("cli.written", opened.lang, file=one.name))


def _paper(opened: Opened, wanted: Wanted, out: Path, as_json: bool) -> None:
    """Write one hand-out as one file."""
    papers = opened.material.papers(wanted, opened.lang)
    save(out, render(papers, out.suffix.lower()))
    unit = wanted.unit or opened.material.board.top
    _written(opened, [out], as_json, kind=wanted.kind, level=unit[0], unit=unit[1],
             public=wanted.public)  # fmt: skip


@commands.command()
@plainly
def report(
    folder: ProjectFolder,
    out: Annotated[Path, _out(KINDS)],
    unit: Annotated[
        str | None,
        typer.Option(metavar="ID", help="County, township or village: id, or a name of its own."),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            metavar="|".join(REPORTS),
            help="The full report, the page for leaders, or the sheet of a village.",
        ),
    ] = FULL,
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of the whole, a township or a village as one file."""
    _suffix(out, KINDS)
    if kind not in REPORTS:
        msg = f"--kind {kind}: is no kind of report. Choose one of {', '.join(REPORTS)}."
        raise UsageError(msg)
    opened = _open(folder, lang, standard, scope, as_of)
    place = unit_of(opened.material.board, unit) if unit is not None else None
    _paper(opened, Wanted(kind, place, public), out, as_json)


@commands.command()
@plainly
def card(
    folder: ProjectFolder,
    out: Annotated[Path, _out(KINDS)],
    village: Annotated[str, typer.Option(metavar="ID", help="The village: id, or its name.")],
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the sheet of one village: how it stands, what it takes to pass, its tasks."""
    _suffix(out, KINDS)
    opened = _open(folder, lang, standard, scope, as_of)
    place = unit_of(opened.material.board, village, "village", "--village")
    _paper(opened, Wanted(CARD, place, public), out, as_json)


@commands.command("map")
@plainly
def map_command(
    folder: ProjectFolder,
    out: Annotated[Path, _out(MAPS)],
    unit: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this township or village, drawn.")
    ] = None,
    target: Annotated[
        str, typer.Option(metavar="ID", help="What it is coloured by; else all required targets.")
    ] = ALL,
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Draw the map: .html to move about in without a network, the others to print."""
    suffix = _suffix(out, MAPS)
    if unit is not None and suffix == ".html":
        msg = f"--unit {unit}: the .html map shows the whole. Choose .pdf, .png or .svg."
        raise UsageError(msg)
    opened = _open(folder, lang, standard, scope, as_of)
    board = opened.material.board
    if target not in (ALL, *board.targets):
        msg = f"--target {target}: is not in the assessment. Choose one of {some(board.targets)}."
        raise UsageError(msg)
    place = unit_of(board, unit) if unit is not None else None
    wanted = Wanted(MAP, place, public, target)
    if suffix == ".html":
        drawn = map_page(board.assessment, opened.lang, target, public=public)
        save(out, drawn.encode("utf-8"))
    elif suffix == ".svg":
        figure = next(opened.material.papers(wanted, opened.lang)[0].each())
        save(out, getattr(figure, "svg", "").encode("utf-8"))
    else:
        save(out, render(opened.material.papers(wanted, opened.lang), suffix))
    _written(opened, [out], as_json, kind=MAP, target=target, public=public)


@commands.command()
@plainly
def notice(
    folder: ProjectFolder,
    out: Annotated[Path, _out(NOTICES)],
    issued: Annotated[
        str | None,
        typer.Option("--issued", metavar="YYYY-MM-DD", help="The day below it; else of the data."),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="YYYY-MM-DD", help="Until when what it asks is to be done."),
    ] = None,
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the monthly notice to the townships; .txt is the text to paste into a chat."""
    suffix = _suffix(out, NOTICES)
    below, until = day_of(issued, "--issued"), day_of(due, "--due")
    opened = _open(folder, lang, standard, scope, as_of)
    if suffix == ".txt":
        save(out, text_file(opened.material.paste(opened.lang)))
        _written(opened, [out], as_json, kind=NOTICE, public=public)
        return
    found = opened.material.board.assessment
    if until is not None and until < (below or found.as_of):
        msg = f"--due {until}: lies before {below or found.as_of}, the day of the notice. "
        msg += "Name a later day."
        raise UsageError(msg)
    _paper(opened, Wanted(NOTICE, None, public, issued=below, due=until), out, as_json)


@commands.command()
@plainly
def paste(
    folder: ProjectFolder,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Print a text to paste into a chat: at most 150 signs, in English 400 letters."""
    opened = _open(folder, lang, standard, scope, as_of)
    text = opened.material.paste(opened.lang)
    if as_json:
        _written(opened, [], as_json, text=text, signs=len(text))
    else:
        say(text)


@commands.command()
@plainly
def meeting(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Write all of a monthly meeting: leader page, notice, ranking, overdue work, text, map."""
    if out.exists() and not out.is_dir():
        msg = f"--out {out.name}: is a file. Name a folder for the files."
        raise UsageError(msg)
    opened = _open(folder, lang, standard, scope, as_of)
    # All are made before one is written: a pack is whole or not there.
    source, tongue = opened.material, opened.lang
    papers = source.papers(Wanted(MEETING, None, public), tongue)
    made = meeting_files(papers, source.paste(tongue), tongue)
    for name, content in made.items():
        save(out / name, content)
    _written(opened, [out / name for name in made], as_json, public=public)
