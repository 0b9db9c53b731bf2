"""Ledgers out and back: blank ones, the sender's file with its doubts, corrections of one row."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer

from layers.correct import change
from layers.errors import PlannerError, UsageError
from layers.project import ImportReport, open_project
from layers.read import Options
from layers.schema import RASTERS, known
from layers.text import LANGUAGES, t
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder
from works.annotate import Told, annotated
from works.export import save
from works.template import layers_of, write_ledgers

commands = typer.Typer()


@commands.command("template")
@plainly
def template(
    layer: Annotated[
        str, typer.Argument(metavar="LAYER", help="Layer, layers with commas, or all.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the ledgers.")],
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="PROJECT", help="Whose townships and villages to offer."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="township", help="One workbook per township.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="zh|en", help="Language of the heads.")
    ] = None,
) -> None:
    """Write blank ledgers with drop-downs, one example and an explanation."""
    if by not in (None, "township"):
        msg = f"--by {by}: ledgers are not split like this. Write --by township."
        raise UsageError(msg)
    if lang not in (None, *LANGUAGES):
        msg = f"--lang {lang}: there is no such language. Choose one of {', '.join(LANGUAGES)}."
        raise UsageError(msg)
    wanted = layers_of(layer)
    held = open_project(project) if project is not None else None
    chosen = lang or (held.language if held is not None else "zh")
    written = write_ledgers(held, wanted, out, by_township=by is not None, lang=chosen)
    say(t("cli.ledgers", chosen, n=len(written), folder=out.name))


@commands.command("correct")
@plainly
def correct(
    folder: ProjectFolder,
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="Layer of the row.")],
    row: Annotated[str, typer.Argument(metavar="ID", help="Id of the row.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COLUMN=VALUE]...", help="Field and new value; '' empties it."),
    ] = None,
    lon: Annotated[float | None, typer.Option("--lon", help="New longitude, WGS 84.")] = None,
    lat: Annotated[float | None, typer.Option("--lat", help="New latitude, WGS 84.")] = None,
    as_json: AsJson = False,
) -> None:
    """Correct cells or the position of one row; checked like an import, and undoable."""
    if (lon is None) != (lat is None):
        msg = f"--{'lon' if lat is None else 'lat'}: a position needs --lon and --lat. Give both."
        raise UsageError(msg)
    wrong = [pair for pair in values or [] if not pair.partition("=")[0].strip() or "=" not in pair]
    if wrong:
        msg = f"{wrong[0]}: is not COLUMN=VALUE. Write the field, =, and its new value."
        raise UsageError(msg)
    pairs = {pair.partition("=")[0].strip(): pair.partition("=")[2] for pair in values or []}
    project = open_project(folder)
    point = None if lon is None or lat is None else (lon, lat)
    done = change(project, layer, row, pairs, point)
    if as_json:
        say(json.dumps(done.as_dict(), ensure_ascii=False))
        return
    say(done.message(project.language))


# ---------------------------------------------------------------- import --annotate


def check_annotated(out: Path, file: Path) -> None:
    """
    Refuse an output that cannot be the annotated file, before anything is imported.

    Raises
    ------
    UsageError
        If it is no XLSX file, is the sender's file itself, or a folder is imported.
    """
    if out.suffix.lower() != ".xlsx":
        msg = f"--annotate {out.name}: this kind of file is not written. Choose a name with .xlsx."
        raise UsageError(msg)
    if file.is_dir():
        msg = f"--annotate {out.name}: marks one file. Import the files of the folder one by one."
        raise UsageError(msg)
    if out.exists() and file.exists() and out.samefile(file):
        msg = f"--annotate {out.name}: is the file itself. Choose another name."
        raise UsageError(msg)


def write_annotated(
    out: Path,
    file: Path,
    options: Options,
    layer: str,
    found: ImportReport | PlannerError,
    lang: str,
    *,
    quiet: bool,
) -> None:
    """
    Write the sender's file with its doubts marked, beside what the import says.

    Parameters
    ----------
    out, file, options
        Where to, the file, and what the person said about it.
    layer, found, lang
        The layer asked for, what the import found or why it refused, and the language.
    quiet
        Say nothing: the console prints JSON.
    """
    if isinstance(found, PlannerError):
        name = layer if known(layer) and layer not in RASTERS else "reference/file"
        told = Told(name, (), getattr(found, "proposals", ()), found)
        # A file that cannot be read at all has nothing to mark; the refusal itself is told.
        with contextlib.suppress(PlannerError):
            save(out, annotated(file, told, options, lang))
        return
    if found.layer in RASTERS:
        msg = f"--annotate {out.name}: a raster has no rows to mark. Leave the option out."
        raise UsageError(msg)
    told = Told(found.layer, found.findings, found.proposals)
    save(out, annotated(file, told, options, lang))
    if not quiet:
        marked = sum(max(1, len(one.rows)) for one in found.findings)
        say(t("cli.annotated", lang, file=out.name, n=marked))
