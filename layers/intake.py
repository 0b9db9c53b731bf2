"""From a raw file to rows of a layer: fields, types, ids, positions, each doubt a finding."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.errors import DataError
from layers.findings import Finding, numbers
from layers.keyed import conserved, has_key, understood_heads
from layers.meanings import check_meanings, lookalikes
from layers.proposal import Proposal
from layers.read import Options, Source
from layers.refusal import RefusalError
from layers.schema import Layer, schema
from layers.sheet.ledgers import drop_examples
from layers.sheet.totals import drop_totals
from layers.sheet.wide import wide_figures
from layers.table import PLACED, RESERVED, SOURCE_SUFFIX, cast, drop_id_cards, text_of
from layers.text import plain
from layers.where.converted import Conversion
from layers.where.doubts import datum_doubts
from layers.where.neighbours import Known
from layers.where.positions import settle

SAME_PLACE_DIGITS = 2
"""Rows of one id stand at the same place when their coordinates agree to a centimetre."""


@dataclass(frozen=True)
class Intake:
    """
    What a file became.

    Attributes
    ----------
    frames
        Layer name to rows: the layer asked for and those its columns turned into; columns typed,
        ``geometry`` in ``crs`` where the file had positions.
    crs
        The project's metric CRS after this file, None while nothing has a position.
    findings
        Every doubt, with rows.
    proposals
        What the person may want to say differently.
    rows_read
        Rows of the file; rows stored and rows listed as repeats, totals or remarks add up to it.
    ids
        Row number of the file to the id its record got.
    conversion
        What was done to its coordinates, None when it had none.
    heads
        The sender's heads to the fields they are taken for; the others are kept as text.
    """

    frames: dict[str, pd.DataFrame]
    crs: CRS | None
    findings: list[Finding] = field(default_factory=list)
    rows_read: int = 0
    proposals: list[Proposal] = field(default_factory=list)
    ids: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))
    conversion: Conversion | None = None
    heads: dict[str, str] = field(default_factory=dict)


def understand(
    source: Source,
    layer: Layer,
    options: Options,
    project_crs: CRS | None = None,
    home: np.ndarray[Any, Any] | None = None,
    known: Known | None = None,
) -> Intake:
    """
    Turn a raw file into rows of a layer.

    Parameters
    ----------
    source, layer, options
        The file as read, the layer it is meant for, what the person said about it.
    project_crs, home
        The project's metric CRS and the bounds of its villages, None while unknown.
    known
        What the project holds already: positions are compared with it. The bounds alone when
        not given.

    Returns
    -------
    Intake
        Rows, CRS and findings. The source is not changed.

    Raises
    ------
    DataError
        If nothing of the file can be understood, or its CRS cannot be settled.
    UsageError
        If ``--map`` or ``--datum`` do not fit the file.
    """
    rows_read = len(source.table)
    # A list of a layer that names nothing says that there is none; anything else says nothing.
    if not rows_read and layer.name.startswith("reference/") and source.geometry is None:
        raise RefusalError("no_rows", source.name)
    table, findings = drop_id_cards(source.table, layer.name)
    findings += [replace(note, layer=layer.name) for note in source.notes]
    findings += wide_figures(table, layer.name)
    source = replace(source, table=table)
    heads = understood_heads(table, layer, options)
    if not heads and source.geometry is None and not layer.name.startswith("reference/"):
        shown = ", ".join(list(table.columns)[:8])
        msg = (
            f"{source.name}: no column of {layer.name} was found in {shown}. Name them with --map."
        )
        raise DataError(msg)
    if source.geometry is None:
        table, found, given = drop_examples(table, heads, layer)
        findings += found
        rows_read -= given
        table, found = drop_totals(table, heads, layer)
        findings += found
        source = replace(source, table=table)
    findings += has_key(source, heads, layer)
    known = known or Known(project_crs, home=home)
    settled = settle(source, heads, layer, options, project_crs, known)
    shapes, crs = settled.shapes, settled.crs
    findings += settled.findings
    frame, found = _typed(table, heads, layer)
    findings += found
    frame, found = check_meanings(table, heads, frame, layer)
    findings += found
    if shapes is not None and crs is not None:
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs))
    findings += _required(frame, layer)
    frame, found = _identified(frame, layer)
    findings += found
    origin = source.name, [str(head) for head in source.table.columns]
    found, proposals = datum_doubts(frame, layer, crs, known, options, origin)
    findings += found
    proposals = settled.proposals + proposals
    frame, found = _once(frame, layer)
    findings += found
    conserved(source.name, len(table), len(frame), found)
    frames = {layer.name: frame, **_becomes(frame, layer)}
    kept = {c: f for c in frame.columns if (f := _field(layer, str(c))) is None or not f.becomes}
    frames[layer.name] = frame[list(kept)].reset_index(drop=True)
    return Intake(
        frames,
        crs,
        findings,
        rows_read,
        proposals,
        ids=frame["id"],
        conversion=settled.conversion,
        heads=heads,
    )


def _field(layer: Layer, name: str) -> Any:
    return layer.columns.get(name)


def _typed(
    table: pd.DataFrame, heads: dict[str, str], layer: Layer
) -> tuple[pd.DataFrame, list[Finding]]:
    columns: dict[str, pd.Series] = {}
    extra: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for head in table.columns:
        name = heads.get(head)
        if name in PLACED and name not in columns:
            continue
        column = layer.columns.get(name) if name is not None else None
        if column is None:
            title = name or _free_name(head, layer, {*columns, *extra})
            extra[title] = pd.Series([text_of(v) for v in table[head]], table.index, dtype="str")
            continue
        values, words, found = cast(table[head], column, layer.name)
        columns[column.name] = values
        findings += found
        if column.type in ("choice", "choices"):
            other = words.where(words.ne(values.astype("str")) & words.notna())
            if other.notna().any():
                extra[column.name + SOURCE_SUFFIX] = other
    unknown = [t for t in extra if not t.endswith(SOURCE_SUFFIX)]
    if unknown:
        detail = ", ".join(unknown[:8]) + (" ..." if len(unknown) > 8 else "")
        findings.append(Finding("unknown_column", "info", layer.name, detail=detail))
    return pd.DataFrame({**columns, **extra}, index=table.index), findings


def _free_name(head: str, layer: Layer, taken: set[str]) -> str:
    name = head.strip() or "column"
    folded = {plain(one) for one in (*taken, *layer.columns, *RESERVED)}
    while plain(name) in folded:
        name += "_file"
    return name


def _required(frame: pd.DataFrame, layer: Layer) -> list[Finding]:
    lacking = [
        name
        for name, column in layer.columns.items()
        if column.required and name not in frame.columns and name != "id"
    ]
    return [Finding("missing_column", "warning", layer.name, name) for name in lacking]


def _content_ids(frame: pd.DataFrame, layer: Layer) -> pd.Series:
    """Give rows without an id one that depends on what they hold, not on where they stand."""
    shapes = frame.geometry.array if isinstance(frame, gpd.GeoDataFrame) else None
    body = pd.DataFrame(frame.drop(columns=["geometry", "row_no", "id"], errors="ignore"))
    hashed = pd.util.hash_pandas_object(body.astype("str").fillna(""), index=False)
    if shapes is not None:
        rounded = shapely.set_precision(np.asarray(shapes), 0.01, mode="pointwise")
        marks = pd.Series(shapely.to_wkb(rounded, hex=True), index=frame.index, dtype="str")
        placed = ~shapely.is_missing(np.asarray(shapes))
        by_place = pd.util.hash_pandas_object(marks.fillna(""), index=False)
        hashed = hashed.where(~placed, by_place)
    stem = layer.name.rsplit("/", 1)[-1][:1].upper()
    ids = pd.Series(
        [f"{stem}-{value:016x}"[:14] for value in hashed], index=frame.index, dtype="str"
    )
    copies = ids.groupby(ids).cumcount()
    return ids.where(copies == 0, ids + "-" + (copies + 1).astype("str"))


def _identified(frame: pd.DataFrame, layer: Layer) -> tuple[pd.DataFrame, list[Finding]]:
    """Give every row an id; a village without a code is called by township and name."""
    frame = frame.copy()
    given = "id" in frame.columns
    ids = frame["id"] if given else pd.Series(None, index=frame.index, dtype="str")
    blank = ids.isna()
    findings: list[Finding] = []
    if blank.any():
        if layer.name in ("villages", "townships") and "name" in frame.columns:
            parts = [frame[c] for c in ("township", "name") if c in frame.columns]
            named = parts[0] if len(parts) == 1 else parts[0].fillna("") + "-" + parts[1].fillna("")
            ids = ids.where(~blank, named.where(frame["name"].notna()))
        left = ids.isna()
        if left.any():
            ids = ids.where(~left, _content_ids(frame[left], layer).reindex(frame.index))
        severity = "warning" if given else "info"
        rows = numbers(frame.index[blank]) if given else ()
        findings.append(Finding("missing_id", severity, layer.name, "id", rows))
    if given:
        findings += lookalikes(ids, layer.name)
    frame["id"] = ids.astype("str")
    if "name" in layer.columns and layer.name == "villages":
        names = frame["name"] if "name" in frame.columns else ids
        frame["name"] = names.fillna(ids).astype("str")
    order = ["id", *[c for c in frame.columns if c != "id"]]
    return frame[order], findings


def _once(frame: pd.DataFrame, layer: Layer) -> tuple[pd.DataFrame, list[Finding]]:
    """Keep each id once; columns in which its rows differ become unknown in the row kept."""
    repeated = frame["id"].duplicated(keep=False)
    if not repeated.any():
        return frame, []
    group = pd.DataFrame(frame.loc[repeated]).drop(columns=["row_no"], errors="ignore")
    compared = group.copy()
    if "geometry" in compared.columns:
        shapes = np.asarray(compared["geometry"].array)
        step = 10.0**-SAME_PLACE_DIGITS
        rounded = shapely.set_precision(shapes, step, mode="pointwise")
        compared["geometry"] = pd.Series(shapely.to_wkb(rounded, hex=True), compared.index)
    spread = compared.groupby("id", sort=False).nunique(dropna=False)
    later = frame["id"].duplicated(keep="first")
    kept = frame.loc[~later].copy()
    differing: set[str] = set()
    for name in spread.columns:
        ids = spread.index[spread[name] > 1]
        if len(ids) and not str(name).endswith(SOURCE_SUFFIX):
            kept.loc[kept["id"].isin(ids), name] = None
            differing |= set(ids)
    rows = frame.index[later]
    named = tuple(dict.fromkeys(frame.loc[rows, "id"].astype(str)))
    found = [Finding("repeated_id", "warning", layer.name, "id", numbers(rows), named)]
    if differing:
        # Rows that were stored before count down from zero: they are in no file at hand.
        where = frame.index[frame["id"].isin(differing) & (frame.index > 0)]
        names = tuple(i for i in named if i in differing)
        found.append(Finding("differing_id", "warning", layer.name, "id", numbers(where), names))
    return kept, found


def _becomes(frame: pd.DataFrame, layer: Layer) -> dict[str, pd.DataFrame]:
    """Make rows of another layer from the columns of a ledger (a household's toilet)."""
    made: dict[str, dict[str, pd.Series]] = {}
    for name, column in layer.columns.items():
        if column.becomes and name in frame.columns:
            target, field_name = column.becomes.split(".")
            made.setdefault(target, {})[field_name] = frame[name]
            kept = name + SOURCE_SUFFIX
            if kept in frame.columns:
                made[target][field_name + SOURCE_SUFFIX] = frame[kept]
    result: dict[str, pd.DataFrame] = {}
    for target, columns in made.items():
        rows = pd.DataFrame(columns, index=frame.index)
        rows.insert(0, layer.key, frame["id"])
        rows.insert(0, "id", (frame["id"] + ":" + schema(target).name).astype("str"))
        result[target] = rows.reset_index(drop=True)
    return result


def _levelled(first: pd.DataFrame, second: pd.DataFrame) -> list[pd.DataFrame]:
    """Give both tables the same columns: a file without a column does not contradict the other."""
    result = [first.copy(), second.copy()]
    for name in first.columns.symmetric_difference(second.columns, sort=False):
        have, lack = result if name in first.columns else result[::-1]
        lack[name] = lack["id"].map(have.set_index("id")[name])
    return result


def merge_once(
    old: pd.DataFrame, new: pd.DataFrame, layer: Layer, *, update: bool
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Join rows that arrive with rows that are there.

    Parameters
    ----------
    old, new
        Stored rows and arriving rows, each with unique ids.
    layer
        Their layer.
    update
        True: an arriving cell that is filled replaces the stored one. False: a repeated id is
        treated like one repeated in a file.

    Returns
    -------
    frame
        One row per id, stored ones first.
    findings
        Repeats and differences when adding; none when updating.
    """
    crs = next((f.crs for f in (old, new) if isinstance(f, gpd.GeoDataFrame)), None)
    tables = [pd.DataFrame(f) for f in (old, new)]
    if update:
        first, second = (f.set_index("id") for f in tables)
        both = second.combine_first(first)
        order = [*first.index, *second.index[~second.index.isin(first.index)]]
        types = {**second.dtypes.to_dict(), **first.dtypes.to_dict()}
        joined = both.loc[order].astype({k: v for k, v in types.items() if k != "geometry"})
        joined = joined.rename_axis("id").reset_index()
        findings: list[Finding] = []
    else:
        joined = pd.concat(_levelled(*tables), ignore_index=True)
        joined.index = pd.RangeIndex(1 - len(old), len(new) + 1)
        joined, findings = _once(joined, layer)
    if crs is not None:
        shapes = gpd.GeoSeries(joined["geometry"].to_numpy(), index=joined.index, crs=crs)
        joined = gpd.GeoDataFrame(joined.drop(columns="geometry"), geometry=shapes)
    return joined.reset_index(drop=True), findings
