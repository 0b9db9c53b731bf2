"""Which layer a file is for: the one a person named, or the likeliest one, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import UsageError
from layers.findings import Finding
from layers.guess import Held, guess, raster_guess
from layers.kinds import GRIDS
from layers.proposal import Proposal
from layers.quarantine import Quarantine
from layers.read import headed, read_raw
from layers.recipes import Recipe, fitting, followed, inner_of
from layers.refusal import RefusalError
from layers.schema import RASTERS, schema
from layers.sent.areas import spoken_of
from layers.source import Options, Raw, Source

AUTO = "auto"


@dataclass(frozen=True)
class Recognised:
    """
    A file as read, and the layer it is for.

    Attributes
    ----------
    raw
        Its rows; None for a raster, which is read by ``layers.rasters``.
    layer
        The layer.
    options
        What the person said, and the columns and the sheet said of the last file of its shape.
    why
        The reasons of a guess, the likeliest layer first; () where a person named the layer.
    offered
        What was said of the last file of its shape and is only proposed.
    notes
        What was taken over from there.
    """

    raw: Raw | None
    layer: str
    options: Options
    why: tuple[Proposal, ...] = ()
    offered: tuple[Proposal, ...] = ()
    notes: tuple[Finding, ...] = ()

    def source(self, raw: Raw) -> Source:
        """Give its rows under their heads."""
        source = headed(raw, schema(self.layer), self.options)
        return replace(source, notes=(*source.notes, *self.notes))


def recognised(
    name: str,
    path: Path,
    options: Options,
    held: Held,
    quarantine: Quarantine,
    recipes: Sequence[Recipe] = (),
) -> Recognised:
    """
    Read a file, and settle which layer it is for.

    Parameters
    ----------
    name
        A layer, a raster, or ``auto``.
    path, options
        The file and what the person says about it.
    held
        Gives the rows a layer of the project has, None for one it has not.
    quarantine
        Where it is read.
    recipes
        What was said of earlier files, the newest first.

    Returns
    -------
    Recognised
        Its rows, its layer and the reasons.

    Raises
    ------
    UsageError
        If there is no such layer.
    RefusalError
        If the file cannot be taken.
    """
    grid = path.suffix.lower() in GRIDS
    if name == AUTO and grid:
        why = raster_guess(path.name)
        return Recognised(None, why[0].value, options, tuple(why))
    if name in RASTERS:
        return Recognised(None, name, options)
    if name != AUTO:
        schema(name)
    if grid:
        msg = f"{name}: {path.name} is a raster. Import it as one of {', '.join(RASTERS)}."
        raise UsageError(msg)
    raw, options = _opened(path, options, quarantine, recipes)
    recipe = fitting(recipes, raw, None if name == AUTO else name)
    if name != AUTO:
        # Who names the layer says all there is to say; the rest is offered.
        again = followed(recipe, options)[2] if recipe else []
        return Recognised(raw, name, options, (), tuple(again))
    notes: list[Finding] = []
    offered: list[Proposal] = []
    if recipe is not None:
        options, notes, offered = followed(recipe, options)
    found = _guessed(raw, path, options, held, recipe if notes else None)
    return Recognised(raw, found[0].value, options, tuple(found), tuple(offered), tuple(notes))


def _opened(
    path: Path, options: Options, quarantine: Quarantine, recipes: Sequence[Recipe]
) -> tuple[Raw, Options]:
    """Read a file; where a sheet must be chosen, choose as for the last file of its kind."""
    try:
        return read_raw(path, options, quarantine), options
    except RefusalError as error:
        sheets = str(error.values.get("sheets", "")).split(", ")
        inner = inner_of(recipes, path, sheets) if error.code == "several_sheets" else None
        if inner is None:
            raise
    chosen = replace(options, sheet=inner.sheet)
    return read_raw(path, chosen, quarantine), chosen


def _guessed(
    raw: Raw, path: Path, options: Options, held: Held, recipe: Recipe | None
) -> list[Proposal]:
    """Guess the layer; columns mapped by hand speak for the layer they were mapped for."""
    found = guess(raw, path.name, options, held)
    if found[0].code == "guess_held" and _names_us(raw, path.name, found[1].value, options, held):
        # A township's new ledger may share no id with the old one; what it names is ours.
        found = found[1:]
    if recipe is not None and found[0].code != "guess_held":
        known = Proposal("layer", recipe.layer, "guess_recipe", recipe.file, 0.9)
        return [known, *(one for one in found if one.value != recipe.layer)]
    return found


def _names_us(raw: Raw, file: str, layer: str, options: Options, held: Held) -> bool:
    """Tell whether a file's name, sheet or title names a township or village of the project."""
    villages = held("villages")
    titles = headed(raw, schema(layer), options).titles
    tab = raw.sheets[0] if raw.grid and raw.sheets else ""
    at, _ = spoken_of(file, tab, titles, (), villages)
    return bool(at.township or at.village)
