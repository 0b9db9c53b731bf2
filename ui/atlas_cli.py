"""What is taken along: the atlas of a county, and the folder of a village for inspections."""

from __future__ import annotations

from io import BytesIO
from itertools import islice, product
from pathlib import Path
from typing import Annotated
from zipfile import ZipFile

import typer

from geo.assess import Assessment
from layers.errors import UsageError, some
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import LANGUAGES, t, township_key
from ui.console import plainly, say
from ui.find import VILLAGE, Readings, index_of
from ui.options import AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.run import assess_project
from ui.work_cli import villages_named
from works.atlas import INDEX, Asked, atlas
from works.board import Board
from works.export import save
from works.handout.overlay import numbers_of, overlay
from works.kept_photos import photos_in
from works.library import load_costs
from works.lists import Lists
from works.worklist import worklist

commands = typer.Typer()
Public = Annotated[bool, typer.Option("--public", help="No names of people, no places of homes.")]
Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="zh|en", help="Language; the project's when left out."),
]
_MOST_WAYS = 8
"""Ways to read a name that has signs with several readings; more nobody types."""


@commands.command("atlas")
@plainly
def atlas_command(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the pages.")],
    township: Annotated[
        list[str] | None, typer.Option("--township", metavar="T", help="Only this township.")
    ] = None,
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Write maps and cards of all villages as pages that open from a USB stick."""
    if out.exists() and not out.is_dir():
        msg = f"--out {out.name}: is a file. Name a folder for the pages."
        raise UsageError(msg)
    project = open_project(folder)
    language = language_of(project, lang)
    board, lists = read(project, assess_project(project, standard, scope, as_of))
    asked = Asked(language, _units(board, township), public, search_keys(board))
    pages = atlas(board, lists, asked)
    for name, text in pages.items():
        save(out / name, text.encode("utf-8"))
    size = sum(len(text.encode("utf-8")) for text in pages.values())
    shown = f"{size / 1e6:.1f} MB"
    say(t("cli.atlas", project.language, folder=out.name, n=len(pages), size=shown, first=INDEX))


def language_of(project: Project, lang: str | None) -> str:
    """Give the language asked for, else the project's."""
    if lang is not None and lang not in LANGUAGES:
        msg = f"--lang {lang}: is not known. Choose one of {', '.join(LANGUAGES)}."
        raise UsageError(msg)
    return lang or project.language


def read(project: Project, found: Assessment) -> tuple[Board, Lists]:
    """Give what people read off an assessment, and its lists with the work as it is kept."""
    board, costs = Board(found), load_costs()
    kept = GeoPackageStore(project.store).items()
    work = overlay(worklist(found, costs, numbers_of(kept)), kept)
    return board, Lists(board, work, costs)


def _units(board: Board, wanted: list[str] | None) -> list[str]:
    """Give the units of townships named by id or by name."""
    known = board.units("township")
    found = []
    for one in wanted or []:
        mine = [
            unit for unit, name in known if one == unit or township_key(name) == township_key(one)
        ]
        if not mine:
            msg = f"--township {one}: is not in the assessment. "
            msg += f"Choose one of {some([name for _, name in known])}."
            raise UsageError(msg)
        found += mine
    return found


def search_keys(board: Board) -> dict[str, str]:
    """Give each village the letters it is found by: first letters and whole pinyin."""
    return {
        place.id: " ".join(_spelled(place.readings[0]))
        for place in index_of(board).places
        if place.kind == VILLAGE
    }


def _spelled(readings: Readings) -> list[str]:
    letters = [sorted({way[:1] for way in one}) for one in readings]
    ways = [sorted(one) for one in readings]
    every = [*islice(product(*letters), _MOST_WAYS), *islice(product(*ways), _MOST_WAYS)]
    return list(dict.fromkeys("".join(one) for one in every))


@commands.command("inspection")
@plainly
def inspection_command(
    folder: ProjectFolder,
    village: Annotated[
        list[str], typer.Option("--village", metavar="ID", help="A village, by id or name.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR|FILE.zip", help="Folder, or one ZIP file.")
    ],
    public: Public = False,
    lang: Lang = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Put together what an inspection asks of villages: sheet, lists, map, photos, index."""
    from works.inspection import Source, folders, pack

    zipped = out.suffix.lower() == ".zip"
    if not zipped and out.exists() and not out.is_dir():
        msg = f"--out {out.name}: is a file. Name a folder, or a file that ends in .zip."
        raise UsageError(msg)
    project = open_project(folder)
    language = language_of(project, lang)
    found = assess_project(project, standard, scope, as_of)
    keys = villages_named(found, village)
    board, lists = read(project, found)
    items = GeoPackageStore(project.store).items()
    source = Source(board, lists, items, photos_in(project.folder), language, public)
    if zipped:
        content = pack(source, keys)
        save(out, content)
        files = len(ZipFile(BytesIO(content)).namelist())
    else:
        files = 0
        for one in folders(source, keys):
            for name, content in one.files.items():
                save(out / one.name / name, content)
            files += len(one.files)
    say(t("cli.pack", project.language, file=out.name, n=len(keys), files=files))
