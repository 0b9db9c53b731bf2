"""What every file must have: columns that are understood, a key, and no row that gets lost."""

from __future__ import annotations

import pandas as pd

from layers.errors import ConservationError
from layers.findings import Finding
from layers.guess import id_head, points_elsewhere
from layers.refusal import RefusalError
from layers.schema import Layer, keys
from layers.sheet.ledgers import drop_examples
from layers.source import Options, Source
from layers.table import match_heads


def understood_heads(table: pd.DataFrame, layer: Layer, options: Options) -> dict[str, str]:
    """
    Match a file's heads to the layer's fields; a reference layer's id may go by any name.

    Parameters
    ----------
    table, layer, options
        The rows under the sender's heads, the layer, and what ``--map`` says.

    Returns
    -------
    dict
        Head to field.
    """
    heads = match_heads([str(head) for head in table.columns], layer, options)
    if layer.name.startswith("reference/") and "id" not in heads.values():
        own = id_head(table, heads)
        return heads if own is None else {**heads, own: "id"}
    return heads


def untouched(source: Source, layer: Layer, options: Options) -> bool:
    """Tell whether a table is a blank ledger as it was handed out: it says nothing, not "none"."""
    if source.geometry is not None:
        return False
    heads = understood_heads(source.table, layer, options)
    rows, found, given = drop_examples(source.table, heads, layer)
    return given > 0 and rows.empty and not found


def has_key(source: Source, heads: dict[str, str], layer: Layer) -> list[Finding]:
    """
    Refuse a list of which nobody can tell what its rows are; doubt one that stands nowhere.

    Parameters
    ----------
    source, heads, layer
        The file, its heads with their fields, and its layer; only what is shown and never measured
        is asked for a key here.

    Returns
    -------
    list of Finding
        ``no_place`` where rows have ids and neither positions nor villages nor ids of other
        records.

    Raises
    ------
    RefusalError
        If they have none of all these.
    """
    if not layer.name.startswith("reference/") or source.geometry is not None:
        return []
    fields = set(heads.values())
    placed = {"lon", "lat"} <= fields or {"x", "y"} <= fields
    if placed or fields & {"village", "village_id", *keys()} or points_elsewhere(source.table):
        return []
    if "id" not in fields:
        raise RefusalError("no_key", source.name)
    return [Finding("no_place", "warning", layer.name)]


def conserved(name: str, read: int, stored: int, found: list[Finding]) -> None:
    """
    Stop when a row would neither be stored nor listed: a mistake of the planner itself.

    Parameters
    ----------
    name
        Name of the file.
    read, stored
        Rows that came in, and rows that are kept.
    found
        What was said of them; repeats are listed.

    Raises
    ------
    ConservationError
        If they do not add up.
    """
    listed = sum(len(one.rows) for one in found if one.code == "repeated_id")
    if stored + listed != read:
        told = RefusalError("not_conserved", name, read=read, told=stored + listed)
        raise ConservationError(str(told))
