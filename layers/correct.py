"""Corrections of one row where its doubt is shown: checked like an import, kept, undoable."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers import gpkg
from layers.errors import DataError, some
from layers.findings import Finding, layer_title
from layers.intake import Intake, understand
from layers.pending import writing
from layers.places import shapes_of
from layers.project import Project, stored_findings
from layers.read import Options, Source
from layers.refusal import RefusalError
from layers.request import ImportReport, Request
from layers.schema import Column, Layer, schema
from layers.settings import crs_text, read_settings
from layers.settled import CORRECT, PLACE, SETTLED, settles
from layers.surveyed import write_import
from layers.table import PLACED, SOURCE_SUFFIX
from layers.text import t
from layers.where.positions import WGS84

Point = tuple[float, float]
_NAMED = 14
"""Words a refusal offers."""


@dataclass(frozen=True)
class Change:
    """One cell or position: its column (``geometry`` for a position), before and after, as text."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Correction:
    """
    What a correction did.

    Attributes
    ----------
    layer, id
        The row.
    changes
        What was there before and what is there now.
    settled
        Doubts of this row that are no longer open.
    data_version
        The mark of the data now.
    """

    layer: str
    id: str
    changes: tuple[Change, ...]
    settled: int
    data_version: str

    def as_dict(self) -> dict[str, Any]:
        """Give what ``correct --json`` prints."""
        changes = [{"column": c.column, "before": c.before, "after": c.after} for c in self.changes]
        return {"layer": self.layer, "id": self.id, "changes": changes, "settled": self.settled,
                "data_version": self.data_version}  # fmt: skip

    def message(self, lang: str) -> str:
        """Say in one line what was corrected."""
        columns = schema(self.layer).columns
        told = []
        for one in self.changes:
            name = columns[one.column].label(lang) if one.column in columns else one.column
            name = t("correct.point", lang) if one.column == PLACE else name
            told.append(t("correct.change", lang, column=name, before=one.before or "—",
                          after=one.after or "—"))  # fmt: skip
        listing = "；" if lang == "zh" else "; "
        if self.settled:
            told.append(t("correct.closed", lang, n=self.settled))
        return t("correct.done", lang, layer=layer_title(self.layer, lang), id=self.id,
                 changes=listing.join(told))  # fmt: skip


class ValueRefusedError(RefusalError):
    """A new value or position that an import would have doubted; nothing is changed."""

    def __init__(self, layer: str, row: str, finding: Finding, value: str, words: str) -> None:
        self.finding = finding
        self.words = words
        where = ", ".join(part for part in (finding.column, row) if part)
        super().__init__("bad_value", layer, where=where, value=value)

    def say(self, lang: str) -> str:
        """Say what does not fit and what would."""
        key = f"refused.value.{self.finding.code}"
        told = t(key, lang, words=self.words)
        if told == key:
            told = t(f"finding.{self.finding.code}", lang, n=1, detail=self.finding.detail)
        sentence = t("refused.bad_value", lang, value=self.values["value"], told=told)
        return f"{self.name}, {self.where}: {sentence}"


def correct(project: Project, layer: str, row: str, column: str, value: str) -> Correction:
    """
    Give one cell of one row a new value.

    Parameters
    ----------
    project
        An open project.
    layer, row, column
        The layer, the id of the row, the field.
    value
        What a person would write in a ledger; '' empties the cell.

    Returns
    -------
    Correction
        What was there before and is there now.

    Raises
    ------
    RefusalError
        If there is no such row or column, or an import would doubt the value.
    """
    return change(project, layer, row, {column: value})


def move(project: Project, layer: str, row: str, lon: float, lat: float) -> Correction:
    """
    Give one row a new position, in degrees of WGS 84.

    Raises
    ------
    RefusalError
        If there is no such row, it is no point, or an import would doubt the position.
    """
    return change(project, layer, row, {}, (lon, lat))


def change(
    project: Project,
    layer: str,
    row: str,
    values: Mapping[str, str],
    point: Point | None = None,
) -> Correction:
    """
    Correct cells and position of one row together, in one transaction that can be undone.

    Parameters
    ----------
    project, layer, row
        The project, the layer, the id of the row.
    values
        Field to new value, as a person would write it; '' empties the cell.
    point
        New longitude and latitude (WGS 84), None to leave the position.
    """
    if not values and point is None:
        raise RefusalError("nothing_to_correct", layer)
    form = schema(layer)
    with writing(project.store) as connection:
        # One writer from here on: what is read, checked and kept is what is replaced.
        project.settings = read_settings(project.folder / "project.toml")
        frame = project.frame(layer)
        if frame is None:
            raise RefusalError("no_such_layer", layer)
        at = np.flatnonzero(frame["id"].astype("str").to_numpy() == row)
        if len(at) != 1:
            raise RefusalError("no_such_row", layer, id=row)
        _allowed(form, frame, int(at[0]), row, values, moved=point is not None)
        intake = _looked(project, form, row, frame.iloc[[int(at[0])]], values, point)
        _doubted(form, row, intake, values, point)
        changed, changes = _changed(frame, int(at[0]), intake, form, values, point)
        asked = [*values, *([PLACE] if point is not None else [])]
        settled = _settled(project, layer, row, asked)
        number = project._keep_history([layer])
        gpkg.write_layer(connection, form, changed, intake.crs)
        fixes = project.crs is None and intake.crs is not None
        note = {"crs": crs_text(intake.crs), "fixes_crs": fixes, "row": row,
                "changes": [[c.column, c.before, c.after] for c in changes]}  # fmt: skip
        write_import(
            connection,
            ImportReport("accepted", layer, 1, 1, _marks(layer, row, changes, asked)),
            [layer],
            t("correct.file", project.language, id=row),
            replace(Request(), mode=CORRECT),
            json.dumps(note, ensure_ascii=False),
        )
        if fixes:
            project._plan(number, {}, crs=crs_text(intake.crs))
    project.settings = read_settings(project.folder / "project.toml")
    return Correction(layer, row, changes, settled, project.data_version())


# ---------------------------------------------------------------- may it be changed


def _allowed(
    layer: Layer,
    frame: pd.DataFrame,
    at: int,
    row: str,
    values: Mapping[str, str],
    *,
    moved: bool,
) -> None:
    known = [name for name in frame.columns if name not in ("geometry", "id")]
    for name, value in values.items():
        where = f"{name}, {row}"
        column = layer.columns.get(name)
        if name == "id":
            raise RefusalError("key_column", layer.name, where=where)
        if name in PLACED:
            raise RefusalError("place_column", layer.name, where=where)
        if (column is None and name not in frame.columns) or name in ("geometry", "fid"):
            raise RefusalError(
                "no_such_column", layer.name, where=where, columns=some(known, _NAMED)
            )
        if column is not None and column.becomes:
            raise RefusalError("other_layer", layer.name, where=where, layer_held=column.becomes)
        if column is not None and column.required and not value.strip():
            raise RefusalError("required_blank", layer.name, where=where)
    if not moved:
        return
    if "point" not in layer.geometry:
        raise RefusalError("no_points_here", layer.name, where=row)
    here = shapes_of(frame)[at]
    if here is not None and here.geom_type != "Point":
        raise RefusalError("not_a_point_row", layer.name, where=row)


# ---------------------------------------------------------------- what an import would say


def _looked(
    project: Project,
    layer: Layer,
    row: str,
    stored: pd.DataFrame,
    values: Mapping[str, str],
    point: Point | None,
) -> Intake:
    """Let the import understand the row as if it came in a file with its new cells."""
    cells = {
        str(name): [as_written(stored[name].iloc[0])]
        for name in stored.columns
        if name in layer.columns and name not in values
    }
    cells |= {name: [value.strip() or None] for name, value in values.items()}
    if point is not None:
        cells |= {"lon": [repr(float(point[0]))], "lat": [repr(float(point[1]))]}
    table = pd.DataFrame(cells, dtype=object, index=pd.RangeIndex(1, 2))
    names = tuple(str(name) for name in table.columns)
    options = Options(columns=names, fields=names)
    home = None if layer.name == "villages" else project._home()
    try:
        return understand(Source(layer.name, table), layer, options, project.crs, home)
    except DataError:
        if point is None:
            raise
        # A file would be refused with an option to set; here the two numbers are wrong.
        wrong = Finding("impossible_position", "error", layer.name)
        raise ValueRefusedError(layer.name, row, wrong, _said(point), "") from None


def _said(point: Point) -> str:
    return f"{point[0]}, {point[1]}"


def as_written(value: Any) -> str | None:
    """Give a stored cell as a ledger would hold it."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    return str(value)


def _doubted(
    layer: Layer, row: str, intake: Intake, values: Mapping[str, str], point: Point | None
) -> None:
    """Refuse what the import would have listed as a doubt about these cells."""
    for finding in intake.findings:
        if finding.severity == "info" and finding.code != "missing_position":
            continue
        if point is not None and settles(finding, PLACE):
            raise ValueRefusedError(layer.name, row, finding, _said(point), "")
        if finding.column in values:
            column = layer.columns.get(finding.column)
            words = allowed_words(column) if column is not None else ""
            raise ValueRefusedError(layer.name, row, finding, values[finding.column], words)


def allowed_words(column: Column) -> str:
    """Name the words a column takes, as many as a refusal can say."""
    named = ["/".join(words[:2]) or code for code, words in column.words.items()]
    return "、".join(named[:_NAMED]) + (" ..." if len(named) > _NAMED else "")


# ---------------------------------------------------------------- the change itself


def _changed(
    frame: pd.DataFrame,
    at: int,
    intake: Intake,
    layer: Layer,
    values: Mapping[str, str],
    point: Point | None,
) -> tuple[pd.DataFrame, tuple[Change, ...]]:
    new = intake.frames[layer.name]
    result = frame.copy()
    changes = []
    for name in values:
        before = as_written(frame[name].iloc[at]) if name in frame.columns else None
        for one in (name, name + SOURCE_SUFFIX):
            result = _put(result, at, one, new[one].iloc[0] if one in new.columns else None, layer)
        after = as_written(result[name].iloc[at]) if name in result.columns else None
        changes.append(Change(name, before or "", after or ""))
    if point is not None:
        before = _degrees(shapes_of(frame)[at], getattr(frame, "crs", None))
        crs = intake.crs
        shape = shapes_of(new)[0]
        shapes = shapes_of(result)
        shapes[at] = shape
        rest = result.drop(columns=["geometry"], errors="ignore")
        placed = gpd.GeoSeries(shapes, index=result.index, crs=crs)
        result = gpd.GeoDataFrame(rest, geometry=placed)
        changes.append(Change(PLACE, before, _degrees(shape, crs)))
    return result, tuple(changes)


def _put(frame: pd.DataFrame, at: int, name: str, value: Any, layer: Layer) -> pd.DataFrame:
    """Set one cell; a column nobody filled so far appears with its first value."""
    kind = layer.columns[name].type if name in layer.columns else "text"
    if name not in frame.columns:
        if value is None or pd.isna(value):
            return frame
        frame[name] = gpkg.typed([None] * len(frame), kind).set_axis(frame.index)
    cells = list(frame[name].astype(object).where(frame[name].notna(), None))
    cells[at] = None if value is None or pd.isna(value) else value
    frame[name] = gpkg.typed(cells, kind).set_axis(frame.index)
    return frame


def _degrees(shape: Any, crs: CRS | None) -> str:
    """Give a point as longitude and latitude, '' for none."""
    if shape is None or crs is None:
        return ""
    point = gpd.GeoSeries([shape], crs=crs).to_crs(WGS84).iloc[0]
    return f"{shapely.get_x(point):.6f}, {shapely.get_y(point):.6f}"


def _settled(project: Project, layer: str, row: str, columns: Sequence[str]) -> int:
    """Count the open doubts about this row that the new values answer."""
    return sum(
        one.layer == layer and row in one.ids and any(settles(one, name) for name in columns)
        for one in stored_findings(project)
    )


def _marks(
    layer: str, row: str, changes: Sequence[Change], columns: Sequence[str]
) -> list[Finding]:
    """Give the notes by which the doubts about these cells are settled from now on."""
    return [
        Finding(SETTLED, "info", layer, name, ids=(row,), detail=f"{one.before} → {one.after}")
        for name, one in zip(columns, changes, strict=True)
    ]
