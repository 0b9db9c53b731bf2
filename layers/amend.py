"""Rows that finished work changes or adds: checked like an import, kept in one, undone as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers import gpkg
from layers.correct import ValueRefusedError, allowed_words, as_written
from layers.errors import DataError, PlannerError
from layers.findings import Finding
from layers.intake import Intake, merge_once, understand
from layers.pending import writing
from layers.project import Project
from layers.read import Options, Source
from layers.refusal import RefusalError
from layers.request import ImportReport, Request
from layers.schema import Layer, schema
from layers.settings import crs_text, read_settings
from layers.settled import PLACE, SETTLED, WORK, settles
from layers.surveyed import standing_imports, write_import
from layers.table import PLACED, SOURCE_SUFFIX
from layers.where.positions import WGS84

_DROP = "drop"
MARKS = "work"
"""Key of an import's note: who the rows were for, and the mark of what was decided."""


@dataclass(frozen=True)
class Amendment:
    """
    One row of a layer to be changed, or to be added.

    Attributes
    ----------
    owner
        Whose it is (a piece of work): its rows go in together or not at all.
    layer, id
        The row.
    values
        Column to value, as a person would write it; '' empties the cell.
    before
        What stood in these columns when it was decided; None for a row to add.
    shape
        WKT in degrees of WGS 84 of a row to add, or where one stands from now on; '' for no place,
        or where it stays.
    drop
        The row is to be taken away.
    """

    owner: str
    layer: str
    id: str
    values: Mapping[str, str]
    before: Mapping[str, str] | None = None
    shape: str = ""
    drop: bool = False


@dataclass
class Amended:
    """
    What became of amendments.

    Attributes
    ----------
    number
        The import they stand in, None when nothing was written.
    done
        Owners whose rows stand now.
    earlier
        Owners whose rows stood already: the import in which.
    refused
        Owner to why nothing of theirs was written.
    """

    number: int | None = None
    done: list[str] = field(default_factory=list)
    earlier: dict[str, int] = field(default_factory=dict)
    refused: dict[str, PlannerError] = field(default_factory=dict)


def stood(imports: pd.DataFrame) -> dict[tuple[str, str], int]:
    """
    Give what work has changed and nobody has undone: owner and mark to the import.

    Parameters
    ----------
    imports
        The project's table ``imports``.
    """
    found = {}
    live = standing_imports(imports)
    for number, note in live.loc[live["mode"] == WORK, ["fid", "note"]].itertuples(index=False):
        for owner, mark in json.loads(note or "{}").get(MARKS, {}).items():
            found[str(owner), str(mark)] = int(number)
    return found


def amend(
    project: Project, rows: Sequence[Amendment], marks: Mapping[str, str], file: str
) -> Amended:
    """
    Change and add rows, all in one transaction that can be undone; what was surveyed stays.

    Parameters
    ----------
    project
        An open project.
    rows
        What to change.
    marks
        Owner to the mark of what was decided; one that stands already is not done again.
    file
        What the import is called.

    Returns
    -------
    Amended
        Owners done and refused: an import would have doubted a value, the row is gone, or somebody
        changed it since.
    """
    told = Amended()
    with writing(project.store) as connection:
        # One writer from here on: what is read, checked and kept is what is replaced.
        project.settings = read_settings(project.folder / "project.toml")
        known = stood(project.table("imports"))
        told.earlier = {o: known[o, m] for o, m in marks.items() if (o, m) in known}
        left = [one for one in rows if one.owner not in told.earlier]
        tables = _checked(project, left, told)
        told.done = list(dict.fromkeys(o.owner for o in left if o.owner not in told.refused))
        if not told.done:
            return told
        names = [one.name for one in tables]
        told.number = project._keep_history(names)
        gpkg.prepare(connection)
        crs = next((one.crs for one in tables if one.crs is not None), project.crs)
        for one in tables:
            gpkg.write_layer(connection, schema(one.name), one.after, crs)
        fixes = project.crs is None and crs is not None
        kept = {o: marks[o] for o in told.done}
        note = {"crs": crs_text(crs), "fixes_crs": fixes, MARKS: kept}
        count = sum(one.rows for one in tables)
        settled = [finding for one in tables for finding in one.settled]
        write_import(
            connection,
            ImportReport("accepted", names[0], count, count, settled),
            names,
            file,
            replace(Request(), mode=WORK),
            json.dumps(note, ensure_ascii=False),
        )
        if fixes:
            project._plan(told.number, {}, crs=crs_text(crs))
    project.settings = read_settings(project.folder / "project.toml")
    return told


@dataclass(frozen=True)
class _Changed:
    """One layer as it will be."""

    name: str
    after: pd.DataFrame
    crs: CRS | None
    rows: int
    settled: list[Finding]


def _checked(project: Project, rows: Sequence[Amendment], told: Amended) -> list[_Changed]:
    """Make the layers as they will be; owners of whom one row is refused are left out whole."""
    frames = {name: project.frame(name) for name in dict.fromkeys(one.layer for one in rows)}
    for one in rows:
        why = _hindered(one, frames[one.layer])
        if why is not None:
            told.refused.setdefault(one.owner, why)
    _twice(rows, told)
    # Understood once to hear every doubt, and again without those who are refused by then.
    for _ in range(2):
        left = [one for one in rows if one.owner not in told.refused]
        found = [
            _layer(project, name, frame, [one for one in left if one.layer == name], told)
            for name, frame in frames.items()
            if any(one.layer == name for one in left)
        ]
        if all(one.owner not in told.refused for one in left):
            return found
    return []  # pragma: no cover  leaving rows out never makes the others doubtful


def _hindered(one: Amendment, frame: pd.DataFrame | None) -> RefusalError | None:
    form = schema(one.layer)
    for name in one.values:
        column = form.columns.get(name)
        if name == "id" or name in PLACED or name == PLACE or (column and column.becomes):
            return RefusalError("key_column", one.layer, where=f"{name}, {one.id}")
    ids = [] if frame is None else frame["id"].astype("str").tolist()
    here = [at for at, key in enumerate(ids) if key == one.id]
    if one.before is None:
        return RefusalError("row_there", one.layer, where=one.id) if len(here) else None
    if frame is None or len(here) != 1:
        return RefusalError("no_such_row", one.layer, id=one.id)
    for name, value in one.before.items():
        now = as_written(frame[name].iloc[here[0]]) if name in frame.columns else None
        if (now or "") != value:
            return RefusalError(
                "row_changed", one.layer, where=f"{name}, {one.id}", before=value or "—",
                now=now or "—",
            )  # fmt: skip
    return None


def _twice(rows: Sequence[Amendment], told: Amended) -> None:
    """Refuse the later of two that want to write different things into one cell."""
    wanted: dict[tuple[str, str, str], str] = {}
    for one in rows:
        if one.owner in told.refused:
            continue
        cells = {(one.layer, one.id, name): value for name, value in one.values.items()}
        # Where a row stands is a cell too, and of one that is taken away all of them are.
        if one.before is not None and (one.shape or one.drop):
            cells[one.layer, one.id, PLACE] = _DROP if one.drop else one.shape
        lost = one.drop or wanted.get((one.layer, one.id, PLACE)) == _DROP
        clash = [key for key, value in cells.items() if wanted.get(key, value) != value]
        if lost and not clash:
            clash = [k for k, v in wanted.items() if k[:2] == (one.layer, one.id) and v != _DROP]
            clash = clash or ([] if one.drop else [(one.layer, one.id, PLACE)])
        if clash:
            where = f"{clash[0][2]}, {one.id}"
            told.refused[one.owner] = RefusalError("row_twice", one.layer, where=where)
            continue
        wanted |= cells


def _layer(
    project: Project,
    name: str,
    frame: pd.DataFrame | None,
    rows: Sequence[Amendment],
    told: Amended,
) -> _Changed:
    form = schema(name)
    gone = {one.id for one in rows if one.drop}
    old = [one for one in rows if one.before is not None and not one.drop]
    fresh = [one for one in rows if one.before is None]
    after, crs, settled, count = frame, None, [], 0
    if old and after is not None:
        ids = list(dict.fromkeys(one.id for one in old))
        at = pd.Index(after["id"].astype("str")).get_indexer(pd.Index(ids))
        cells = {i: dict[str, str]() for i in ids}
        for one in old:
            cells[one.id] |= one.values
        places = {one.id: shapely.from_wkt(one.shape) for one in old if one.shape}
        moved = np.array([places.get(i) for i in ids], dtype=object) if places else None
        intake = _understood(project, form, _stored(after.iloc[at], form, cells), moved)
        _doubts(form, intake, [[o for o in old if o.id == i] for i in ids], told)
        before = after
        after = _written(after, at, intake.frames[name], form, cells)
        if places:
            after = _stood(after, at, intake.frames[name], places)
        settled, count = _settled(form, before, after, at, cells), len(ids)
    if gone and after is not None:
        left = ~after["id"].astype("str").isin(gone)
        after, count = after[left].reset_index(drop=True), count + len(gone)
    if fresh:
        table = pd.DataFrame([{"id": o.id, **o.values} for o in fresh], dtype=object)
        table = table.where(table.notna(), None).set_axis(pd.RangeIndex(1, len(fresh) + 1))
        shapes = [shapely.from_wkt(o.shape) if o.shape else None for o in fresh]
        placed = np.array(shapes, dtype=object) if any(o.shape for o in fresh) else None
        intake = _understood(project, form, table, placed)
        _doubts(form, intake, [[one] for one in fresh], told)
        crs, count = intake.crs if placed is not None else None, count + len(fresh)
        new = intake.frames[name]
        after = new if after is None else merge_once(after, new, form, update=True)[0]
    assert after is not None
    return _Changed(name, after, crs, count, settled)


def _stored(
    stored: pd.DataFrame, form: Layer, cells: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """Give stored rows as a ledger would hold them, with their new cells."""
    touched = {name for values in cells.values() for name in values}
    known = [str(n) for n in stored.columns if n in form.columns or n in touched]
    names = [n for n in known if n != PLACE] + sorted(touched - set(known))
    table: dict[str, list[str | None]] = {}
    for name in names:
        held = [as_written(v) for v in stored[name]] if name in stored.columns else []
        table[name] = held or [None] * len(stored)
    for number, values in enumerate(cells.values()):
        for name, value in values.items():
            table[name][number] = value.strip() or None
    return pd.DataFrame(table, dtype=object, index=pd.RangeIndex(1, len(stored) + 1))


def _understood(
    project: Project, form: Layer, table: pd.DataFrame, shapes: np.ndarray[Any, Any] | None = None
) -> Intake:
    """Let the import understand rows as if they came in a file."""
    names = tuple(str(name) for name in table.columns)
    options = Options(columns=names, fields=names)
    home = None if form.name == "villages" else project._home()
    source = Source(form.name, table, shapes, WGS84 if shapes is not None else None)
    return understand(source, form, options, project.crs, home)


def _doubts(
    form: Layer, intake: Intake, owners: Sequence[Sequence[Amendment]], told: Amended
) -> None:
    """Refuse the owners of rows of which an import would doubt a new value or place."""
    for finding in intake.findings:
        if finding.severity == "info" and finding.code != "missing_position":
            continue
        for number in finding.rows or range(1, len(owners) + 1):
            for one in owners[number - 1]:
                placed = bool(one.shape) and settles(finding, PLACE)
                if not placed and finding.column not in one.values:
                    continue
                column = form.columns.get(finding.column)
                words = allowed_words(column) if column is not None and not placed else ""
                value = one.shape if placed else one.values[finding.column]
                fault = ValueRefusedError(form.name, one.id, finding, value, words)
                told.refused.setdefault(one.owner, fault)


def _written(
    frame: pd.DataFrame,
    at: np.ndarray[Any, Any],
    new: pd.DataFrame,
    form: Layer,
    cells: Mapping[str, Mapping[str, str]],
) -> pd.DataFrame:
    """Write the new cells and the words they came in; all other cells stay."""
    result = frame.copy()
    if len(new) != len(at):
        msg = f"{form.name}: {len(at)} rows were to be changed, {len(new)} came back. Report it."
        raise DataError(msg)
    for name in dict.fromkeys(n for values in cells.values() for n in values):
        for one in (name, name + SOURCE_SUFFIX):
            kind = form.columns[one].type if one in form.columns else "text"
            if one not in result.columns and one not in new.columns:
                continue
            old = result[one] if one in result.columns else pd.Series([None] * len(result))
            values = list(old.astype(object).where(old.notna(), None))
            for number, wanted in enumerate(cells.values()):
                if name in wanted:
                    value = new[one].iloc[number] if one in new.columns else None
                    values[at[number]] = None if value is None or pd.isna(value) else value
            result[one] = gpkg.typed(values, kind).set_axis(result.index)
    return result


def _stood(
    frame: pd.DataFrame, at: np.ndarray[Any, Any], new: pd.DataFrame, places: Mapping[str, Any]
) -> pd.DataFrame:
    """Put moved rows where they stand from now on; all other shapes stay."""
    result = frame.copy()
    shapes = result[PLACE].to_numpy(dtype=object, copy=True)
    for number, key in enumerate(new["id"].astype("str")):
        if key in places:
            shapes[at[number]] = new[PLACE].iloc[number]
    result[PLACE] = gpd.GeoSeries(shapes, index=result.index, crs=frame[PLACE].crs)
    return result


def _settled(
    form: Layer,
    before: pd.DataFrame,
    after: pd.DataFrame,
    at: np.ndarray[Any, Any],
    cells: Mapping[str, Mapping[str, str]],
) -> list[Finding]:
    """Give the notes by which the doubts about these cells are settled from now on."""
    found = []
    for number, (row, values) in enumerate(cells.items()):
        for name in values:
            cell = [
                (as_written(f[name].iloc[at[number]]) if name in f.columns else None) or ""
                for f in (before, after)
            ]
            detail = " → ".join(cell)
            found.append(Finding(SETTLED, "info", form.name, name, ids=(row,), detail=detail))
    return found
