"""Files in: the commands of the command line that take data into a project."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from layers.crs import parse_crs
from layers.errors import PlannerError, UsageError
from layers.findings import layer_title
from layers.project import Request, create_project, open_project, take_back
from layers.read import Options
from layers.refusal import RefusalError
from layers.text import t
from ui import options
from ui.console import plainly, say, show
from ui.folder_cli import import_folder
from ui.ledger_cli import check_annotated, write_annotated
from ui.options import AsJson, ProjectFolder
from ui.run import day_of

commands = typer.Typer()


@commands.command("import")
@plainly
def import_(
    folder: ProjectFolder,
    layer: options.LayerName,
    file: options.InputFile,
    sheet: options.Sheet = None,
    sub_layer: options.SubLayer = None,
    crs: options.Crs = None,
    datum: options.Datum = "wgs84",
    swap_xy: options.SwapXY = False,
    column_map: options.ColumnMap = None,
    mode: options.Mode = None,
    partial: options.Partial = False,
    complete_for: options.CompleteFor = None,
    blank: options.Blank = None,
    date: options.DataDate = None,
    dry_run: options.DryRun = False,
    annotate: options.Annotate = None,
    as_json: AsJson = False,
) -> None:
    """Take a file into a layer; makes the project if there is none."""
    if partial and complete_for:
        msg = "--partial and --complete-for: contradict each other. Give only one."
        raise UsageError(msg)
    columns, fields = options.mapping(column_map or [])
    reading = Options(
        sheet=sheet, sub_layer=sub_layer, crs=parse_crs(crs) if crs else None, datum=datum,
        swap_xy=swap_xy, columns=columns, fields=fields,
    )  # fmt: skip
    request = Request(
        reading,
        # A guess never takes away what other townships sent; a layer named is replaced, as it says.
        mode or ("sender" if layer == "auto" or file.is_dir() else "replace"),
        options.areas(complete_for),
        partial,
        options.blank_rules(blank or []),
        day_of(date, "--date"),
        dry_run,
    )
    _known_file(file)
    if annotate is not None:
        check_annotated(annotate, file)
    made, kept = not (folder / "project.toml").exists(), folder.is_dir()
    project = create_project(folder) if made else open_project(folder)
    try:
        if file.is_dir():
            taken = import_folder(project, layer, file, request, as_json=as_json)
            raise typer.Exit(0 if taken.stored else 1)
        report = project.import_file(layer, file, request)
    except PlannerError as error:
        if annotate is not None:
            write_annotated(annotate, file, reading, layer, error, project.language, quiet=as_json)
        if as_json:
            say(json.dumps(_refused(layer, error, project.language), ensure_ascii=False))
        raise
    finally:
        # Refused, failed or only looked at: no empty project stays behind.
        if made and not project.layers() and project.data_version() == "0":
            take_back(folder, keep_folder=kept)
    if annotate is not None:
        write_annotated(annotate, file, reading, layer, report, project.language, quiet=as_json)
    if as_json:
        say(json.dumps(report.as_dict(project.language), ensure_ascii=False))
        return
    key = "cli.looked" if dry_run else "cli.import"
    lang = project.language
    say(
        t(
            key,
            lang,
            layer=layer_title(report.layer, lang),
            read=report.rows_read,
            stored=report.rows_stored,
        )
    )
    show(report.findings, lang)


def _refused(layer: str, error: PlannerError, lang: str) -> dict[str, object]:
    """Give what ``--json`` prints of a file that is not taken."""
    finding: dict[str, object] = {
        "code": getattr(error, "code", "refused"),
        "severity": "error",
        "rows": [],
        "message": error.say(lang) if isinstance(error, RefusalError) else str(error),
    }
    told: dict[str, object] = {
        "status": "refused",
        "layer": layer,
        "rows_read": 0,
        "rows_stored": 0,
        "findings": [finding],
    }
    proposals = [one.as_dict(lang) for one in getattr(error, "proposals", ())]
    return {**told, "proposals": proposals} if proposals else told


def _known_file(file: Path) -> None:
    if not file.exists():
        msg = f"{file.name}: no such file. Check the path."
        raise UsageError(msg)
