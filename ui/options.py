"""Options of the command line, each said once: name, meaning, form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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

# ---- import

LayerName = Annotated[
    str, typer.Argument(metavar="LAYER", help="Layer, dem, population, or reference/NAME.")
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
Mode = Annotated[str, typer.Option("--mode", help="replace, add or update.")]
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
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, store nothing.")]
