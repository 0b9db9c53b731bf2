"""Recipes: what a person said of a file, kept for the next file with the same heads."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from layers.crs import parse_crs
from layers.errors import PlannerError
from layers.findings import Finding
from layers.proposal import Proposal
from layers.read import headed
from layers.schema import known, schema
from layers.settings import crs_text
from layers.source import Options, Raw, Source
from layers.text import plain

TABLE = "recipes"
KEPT = 50
"""Recipes a project keeps; the oldest goes first."""
_TOP = 60


@dataclass(frozen=True)
class Recipe:
    """
    What was said of a file.

    Attributes
    ----------
    kind, heads
        The shape of the file: its extension, and its heads folded and sorted.
    layer, options
        Where it went, and what the person said about it.
    file
        Its name.
    """

    kind: str
    heads: tuple[str, ...]
    layer: str
    options: Options
    file: str


def _shape(heads: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(plain(head) for head in heads))


def _said(options: Options) -> dict[str, Any]:
    """Give the choices worth keeping, {} where the person said nothing."""
    told: dict[str, Any] = {}
    for name in ("sheet", "sub_layer", "swap_xy"):
        if getattr(options, name):
            told[name] = getattr(options, name)
    if options.crs is not None:
        told["crs"] = crs_text(options.crs)
    if options.datum != Options().datum:
        told["datum"] = options.datum
    if options.columns:
        told["columns"], told["fields"] = list(options.columns), list(options.fields)
    return told


def remember(
    connection: sqlite3.Connection, source: Source, file: str, layer: str, options: Options
) -> None:
    """
    Keep what was said of a file, inside the transaction of its import.

    Parameters
    ----------
    connection
        The open transaction.
    source, file
        The file as read, and its name.
    layer, options
        Where it went and what the person said; nothing is kept where nothing was said.
    """
    said = _said(options)
    if not said:
        return
    kind, heads = Path(file).suffix.lower(), json.dumps(_shape(source.table.columns))
    connection.execute(f"DELETE FROM {TABLE} WHERE kind = ? AND heads = ?", (kind, heads))
    connection.execute(
        f"INSERT INTO {TABLE} (kind, heads, layer, said, file) VALUES (?,?,?,?,?)",
        (kind, heads, layer, json.dumps(said, ensure_ascii=False), file),
    )
    connection.execute(
        f"DELETE FROM {TABLE} WHERE fid NOT IN (SELECT fid FROM {TABLE} ORDER BY fid DESC LIMIT ?)",
        (KEPT,),
    )


def recipes_of(table: pd.DataFrame) -> list[Recipe]:
    """Read a project's recipes, the newest first; what is no recipe any more is left out."""
    found = []
    for row in table.iloc[::-1].to_dict("records"):
        try:
            said = json.loads(row["said"])
            crs = parse_crs(said.pop("crs")) if "crs" in said else None
            columns, fields = (tuple(said.pop(key, ())) for key in ("columns", "fields"))
            options = replace(Options(crs=crs, columns=columns, fields=fields), **said)
            heads = tuple(json.loads(row["heads"]))
        except (ValueError, TypeError, KeyError, PlannerError):
            continue
        if known(row["layer"]):
            found.append(Recipe(row["kind"], heads, row["layer"], options, row["file"]))
    return found


def fitting(recipes: Sequence[Recipe], raw: Raw, layer: str | None = None) -> Recipe | None:
    """
    Find the recipe of an earlier file of the same shape.

    Parameters
    ----------
    recipes
        The project's recipes, the newest first.
    raw
        The file as read.
    layer
        The layer a person named, None where it is guessed.

    Returns
    -------
    Recipe or None
        The newest one whose file had the same extension and the same heads.
    """
    kind = Path(raw.name).suffix.lower()
    few = replace(raw, table=raw.table.head(_TOP), notes=()) if raw.grid else raw
    for one in recipes:
        if one.kind != kind or layer not in (None, one.layer):
            continue
        try:
            heads = headed(few, schema(one.layer), one.options).table.columns
        except PlannerError:
            continue
        if _shape(heads) == one.heads:
            return one
    return None


def followed(recipe: Recipe, options: Options) -> tuple[Options, list[Finding], list[Proposal]]:
    """
    Say of a file what was said of the last one of its shape.

    The column map is taken over and told; whatever moves positions is only proposed.

    Parameters
    ----------
    recipe, options
        The recipe, and what the person said this time, which always goes before it.

    Returns
    -------
    options
        With the recipe's column map where the person gave none.
    findings
        ``recipe_used`` where it was taken over.
    proposals
        CRS, datum and exchanged axes of the earlier file.
    """
    old, found = recipe.options, []
    taken = options
    if old.columns and not options.columns:
        taken = replace(options, columns=old.columns, fields=old.fields)
        pairs = ", ".join(f"{c}={f}" for c, f in zip(old.columns, old.fields, strict=True))
        found = [Finding("recipe_used", "info", "", detail=f"{recipe.file}: {pairs}")]
    offered = []
    if old.crs is not None and options.crs is None:
        offered.append(Proposal("crs", crs_text(old.crs), "recipe", recipe.file, 0.7))
    if old.datum != Options().datum and options.datum == Options().datum:
        offered.append(Proposal("datum", old.datum, "recipe", recipe.file, 0.7))
    if old.swap_xy and not options.swap_xy:
        offered.append(Proposal("swap_xy", "yes", "recipe", recipe.file, 0.7))
    return taken, found, offered


def inner_of(recipes: Sequence[Recipe], path: Path, offered: Sequence[str]) -> Options | None:
    """
    Choose among the sheets of a file as a person chose among those of an earlier one.

    Parameters
    ----------
    recipes, path
        The project's recipes, and the file.
    offered
        Its sheets or inner layers.

    Returns
    -------
    Options or None
        Only the sheet said; None where no recipe of that extension names one of them.
    """
    for one in recipes:
        if one.kind == path.suffix.lower() and one.options.sheet in offered:
            return Options(sheet=one.options.sheet)
    return None
