"""Rasters out: minutes on foot from everywhere to a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from geo.walking.gait import OWN_SPEED, Gait
from geo.walking.traveltime import walk_raster
from layers.cache import load
from layers.errors import UsageError
from layers.project import open_project
from layers.raster import save_raster
from layers.schema import layer_names, schema
from layers.text import t
from ui.console import plainly, say
from ui.options import ProjectFolder

commands = typer.Typer()


@commands.command("walktime")
@plainly
def walktime(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.tif", help="GeoTIFF to write.")],
    layer: Annotated[
        str, typer.Option("--layer", metavar="LAYER", help="Layer people walk to.")
    ] = "water_points",
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Look no further than this.")
    ] = None,
    round_trip: Annotated[
        bool, typer.Option("--round-trip", help="Count the way back too.")
    ] = False,
    speed: Annotated[
        float, typer.Option("--speed", help="Metres a minute on level open ground.")
    ] = round(OWN_SPEED, 2),
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="COLUMN=WORD", help="Only rows with this word."),
    ] = None,
) -> None:
    """Write the minutes on foot from every cell of the elevation model to a layer."""
    if out.suffix.lower() not in (".tif", ".tiff"):
        msg = f"--out {out.name}: rasters are written as GeoTIFF. Choose a name with .tif."
        raise UsageError(msg)
    if layer not in layer_names():
        msg = f"--layer {layer}: no such layer. Choose one of {', '.join(layer_names())}."
        raise UsageError(msg)
    for name, figure in (("--minutes", minutes), ("--speed", speed)):
        if figure is not None and not (0 < figure < np.inf):
            msg = f"{name} {figure:g}: is no amount. Give a number above 0."
            raise UsageError(msg)
    project = open_project(folder)
    raster, notes = walk_raster(
        load(project), layer, Gait(speed, round_trip), minutes or np.inf, _asked(layer, where or [])
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    save_raster(raster, out)
    lang = project.language
    known = np.isfinite(raster.values)
    say(t("cli.walktime", lang, file=out.name, n=int(known.sum()), all=known.size))
    for note in notes:
        said = {key: value for key, value in note.items() if key != "code"}
        say("  " + t(f"note.{note['code']}", lang, **said))


def _asked(layer: str, pairs: list[str]) -> dict[str, list[object]]:
    """Read COLUMN=WORD pairs; several words of one column are alternatives."""
    asked: dict[str, list[object]] = {}
    for pair in pairs:
        head, sign, word = pair.partition("=")
        known = schema(layer)
        name = known.aliases.get(head.strip().casefold(), head.strip())
        if not sign or name not in known.columns:
            msg = f"--where {pair}: is not COLUMN=WORD of {layer}. Write a field, =, and its word."
            raise UsageError(msg)
        column = known.columns[name]
        code = column.codes.get(word.strip().casefold(), word.strip())
        value: object = code == "true" if column.type == "boolean" else code
        asked.setdefault(name, []).append(value)
    return asked
