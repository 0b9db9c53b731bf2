"""Options of the command line, each said once: name, meaning, form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from layers.errors import UsageError

ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder of the project.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
StandardOption = Annotated[
    str | None,
    typer.Option("--standard", metavar="ID_OR_FILE", help="Standard: id, id@version or TOML file."),
]
ScopeOption = Annotated[
    str | None, typer.Option("--scope", help="standard, all, demo or another named scope.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help="Day of judgement; the newest date in the data when left out.",
    ),
]

HtmlFile = Annotated[
    Path, typer.Option("--out", metavar="FILE.html", help="Where to write the file.")
]

# ---- import

LayerName = Annotated[
    str,
    typer.Argument(
        metavar="LAYER", help="Layer, raster (dem, population, landcover), or reference/NAME."
    ),
]
InputFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="GeoPackage, GeoJSON, Shapefile, CSV, XLSX or GeoTIFF."),
]
Sheet = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")]
SubLayer = Annotated[str | None, typer.Option("--sub-layer", help="Layer of a GeoPackage.")]
Crs = Annotated[str | None, typer.Option("--crs", help="CRS of the coordinates, as EPSG:N.")]
Datum = Annotated[str, typer.Option("--datum", help="wgs84, gcj02 or bd09.")]
SwapXY = Annotated[bool, typer.Option("--swap-xy", help="Exchange X and Y.")]
ColumnMap = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=FIELD", help="Which column is which field."),
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode",
        help="replace, add, update, or sender: only what the file's sender sent before."
        " Left out: sender for auto and folders, else replace.",
    ),
]
Partial = Annotated[bool, typer.Option("--partial", help="The list is not complete anywhere.")]
CompleteFor = Annotated[
    str | None,
    typer.Option(
        "--complete-for",
        metavar="AREA,...",
        help="Villages or townships the list is complete for.",
    ),
]
Blank = Annotated[
    list[str] | None,
    typer.Option("--blank", metavar="FIELD=none", help="An empty cell means there is none."),
]
DataDate = Annotated[
    str | None,
    typer.Option("--date", metavar="YYYY-MM-DD", help="Day the data speaks of."),
]
Annotate = Annotated[
    Path | None,
    typer.Option(
        "--annotate", metavar="OUT.xlsx", help="Write the file again with every doubt marked."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, store nothing.")]


def mapping(pairs: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Read ``--map``: heads and the fields they are; a head may hold an equals sign, a field not.

    Raises
    ------
    UsageError
        If one is no pair, or a head is given twice.

    Examples
    --------
    >>> mapping(["a=b=id"])
    (('a=b',), ('id',))
    """
    if not pairs:
        return (), ()
    wrong = [p for p in pairs if not all(part.strip() for part in p.rpartition("="))]
    if wrong:
        msg = f"--map {wrong[0]}: is not COLUMN=FIELD. Write the file's column, =, and the field."
        raise UsageError(msg)
    split = [pair.rsplit("=", 1) for pair in pairs]
    columns, fields = (tuple(part.strip() for part in side) for side in zip(*split, strict=True))
    twice = [one for one in columns if columns.count(one) > 1]
    if twice:
        msg = f"--map {twice[0]}: is given two fields. Choose one."
        raise UsageError(msg)
    return columns, fields


def blank_rules(pairs: list[str]) -> tuple[tuple[str, str], ...]:
    """
    Read ``--blank``: fields and what their empty cells mean.

    Raises
    ------
    UsageError
        If one is neither ``none`` nor ``unknown``.
    """
    found = []
    for pair in pairs:
        column, _, meaning = pair.partition("=")
        if meaning not in ("none", "unknown"):
            msg = f"--blank {pair}: is not COLUMN=none or COLUMN=unknown. Say what blanks mean."
            raise UsageError(msg)
        found.append((column, meaning))
    return tuple(found)


def areas(text: str | None) -> tuple[str, ...]:
    """
    Read ``--complete-for``: names with commas between them, Chinese commas too.

    Raises
    ------
    UsageError
        If it names nothing.
    """
    found = tuple(name.strip() for name in re.split("[,，、]", text or "") if name.strip())
    if text is not None and not found:
        msg = f"--complete-for {text}: names no area. Name villages or townships."
        raise UsageError(msg)
    return found


def a_folder(out: Path, of: str) -> None:
    """
    Check that files can be written into a folder, which need not be there yet.

    Parameters
    ----------
    out
        What ``--out`` names.
    of
        What is written there, such as ``results``.

    Raises
    ------
    UsageError
        If it is a file.
    """
    if out.exists() and not out.is_dir():
        msg = f"--out {out.name}: is a file. Name a folder for the {of}."
        raise UsageError(msg)
