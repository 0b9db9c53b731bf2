"""Files people open: CSV, XLSX in house style, GeoJSON, all with text as text and saved whole."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xlsxwriter

from geo.assess import Assessment
from layers.escape import csv_safe
from layers.schema import schema
from layers.store_error import FileError
from layers.text import t
from layers.where.positions import WGS84
from works.figures import blank


def save(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    Raises
    ------
    DataError
        If it cannot be written, such as while it is open in a spreadsheet.
    """
    held: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False, suffix=".part") as part:
            held = Path(part.name)
            part.write(content)
        held.chmod(0o644)
        held.replace(path)
    except OSError as error:
        raise FileError(path, error) from None
    finally:
        if held is not None:
            held.unlink(missing_ok=True)


def plain(value: Any) -> Any:
    """Give a cell as JSON knows it: numbers, text, booleans, None; dates as ISO text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()[:10]
    return value


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Give a table as CSV that Excel reads as Chinese; what looks like a formula is text."""
    safe = frame.copy()
    for name in safe.columns:
        if safe[name].dtype == object or pd.api.types.is_string_dtype(safe[name]):
            # As objects: a count beside empty cells must not become 6.0.
            cells = [_csv_cell(v) for v in safe[name]]
            safe[name] = pd.Series(cells, index=safe.index, dtype=object)
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    value = plain(value)
    return csv_safe(value) if isinstance(value, str) else value


BLOCK_ROWS = 50_000
"""Rows of a list written at a time."""


def geojson_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """
    Give a list as GeoJSON (RFC 7946): lon/lat WGS 84, flat properties, a stable ``id``.

    Parameters
    ----------
    frame
        EPSG:4326; the column ``id`` becomes the feature's id too; a missing geometry is ``null``.
    """
    names = [str(c) for c in frame.columns if c != "geometry"]
    # Block by block: a county's list may have a million rows, and their texts many times its bytes.
    blocks = range(0, len(frame), BLOCK_ROWS)
    features = [_features(frame.iloc[first : first + BLOCK_ROWS], names) for first in blocks]
    inner = b",\n".join(features)
    return b'{"type":"FeatureCollection","features":[\n' + inner + b"\n]}\n"


def _features(frame: gpd.GeoDataFrame, names: list[str]) -> bytes:
    """Give the features of some rows of a list, at least one."""
    columns = [_plain_cells(frame[name]) for name in names]
    shapes = shapely.set_precision(
        np.asarray(frame.geometry.array, dtype=object), 1e-7, mode="pointwise"
    )
    drawn: Any = shapely.to_geojson(shapes)
    heads = [json.dumps(name, ensure_ascii=False).replace("%", "%%") + ":%s" for name in names]
    texts = [_json_cells(cells) for cells in columns]
    marks = texts[names.index("id")] if "id" in names else ["null"] * len(frame)
    body = ",".join(heads)
    line = '{"type":"Feature","id":%s,"geometry":%s,"properties":{' + body + "}}"
    places = [shape or "null" for shape in drawn.tolist()]
    return ",\n".join([line % row for row in zip(marks, places, *texts, strict=True)]).encode()


def _plain_cells(cells: pd.Series) -> list[Any]:
    values = cells.astype(object).tolist()
    return [v if v is None or type(v) is str else plain(v) for v in values]


def _json_cells(cells: list[Any]) -> list[str]:
    """Write cells as JSON; equal cells, of which lists have many, are written once."""
    result: list[str] = []
    if len({*map(type, cells)} - {type(None)}) <= 1:
        # Of one type, cells that are equal are the same.
        once = {cell: _json(cell) for cell in set(cells)}
        return [once[cell] for cell in cells]
    known: dict[tuple[type, Any], str] = {}
    for cell in cells:
        key = (type(cell), cell)
        text = known.get(key)
        if text is None:
            text = known[key] = _json(cell)
        result.append(text)
    return result


def _json(cell: Any) -> str:
    return encode_basestring(cell) if type(cell) is str else json.dumps(cell, ensure_ascii=False)


# ---------------------------------------------------------------------------------- for the public


def public(found: Assessment, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give a list as it may be shown to anybody: without names of people, homes placed at the village.

    Parameters
    ----------
    found
        The assessment the list is of.
    frame
        Rows of its gap, survey or work list, EPSG:4326.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns in the same order. Where a row is about a household, name and
        address are empty, the place is that of its village, and a running number stands for the
        household's own, which is in no file anybody may see; where a layer of other things is
        kept by somebody's name, the name is empty.
    """
    layers = {target.id: target.subjects for target in found.standard.targets}
    about = frame["target_id"].map(layers)
    known = set(layers.values())
    homes = about.isin([one for one in known if at_home(one)]).to_numpy(dtype=bool)
    named = about.isin([one for one in known if by_person(found, one)]).to_numpy(dtype=bool)
    shown = frame.copy()
    for name, hidden in (("subject_name", homes | named), ("address", homes)):
        shown[name] = np.where(hidden, None, shown[name].to_numpy(dtype=object))
    return _at_villages(found, _renumbered(shown, homes), homes)


_THINGS = ("items", "mends")
"""Columns of a list that name what belongs to a household by its id."""


def _renumbered(
    frame: gpd.GeoDataFrame, homes: np.ndarray[Any, np.dtype[np.bool_]]
) -> gpd.GeoDataFrame:
    """Put running numbers for the ids of households; a village's own row keeps its id."""
    villages = frame["village_id"].tolist()
    subjects = [None if blank(one) else str(one) for one in frame["subject_id"]]
    marks = frame["id"].tolist()
    known: dict[str, str] = {}
    for at in np.flatnonzero(homes):
        own = subjects[at]
        if own is None or own == villages[at]:
            continue
        subjects[at] = number = known.setdefault(own, str(len(known) + 1))
        # The id of a gap is made of that of its subject; that of work says nothing of it.
        head = f"{frame['target_id'].iloc[at]}:"
        rest = str(marks[at]).removeprefix(head + own)
        marks[at] = f"{head}{number}{rest}" if rest != str(marks[at]) else marks[at]
    frame["subject_id"] = pd.Series(subjects, index=frame.index, dtype=object)
    frame["id"] = pd.Series(marks, index=frame.index, dtype=object)
    for name in _THINGS:
        if name in frame.columns:
            frame[name] = np.where(homes, None, frame[name].to_numpy(dtype=object))
    return frame


def at_home(layer: str) -> bool:
    """Tell whether things of a layer are homes, or stand at one."""
    return layer == "households" or "household_id" in schema(layer).columns


def by_person(found: Assessment, layer: str) -> bool:
    """Tell whether a layer of a project is kept by names of people."""
    frame = found.ground.data.frames.get(layer)
    return frame is not None and "head" in frame.columns


def _at_villages(
    found: Assessment, frame: gpd.GeoDataFrame, moved: np.ndarray[Any, np.dtype[np.bool_]]
) -> gpd.GeoDataFrame:
    """Place the marked rows at a point of their village; without one they have no place."""
    if not moved.any() or found.ground.data.crs is None:
        return frame
    items = found.ground.items("villages")
    points = shapely.points(np.where(items.placed[:, None], items.xy, 0.0))
    places = gpd.GeoSeries(points, index=items.ids.astype(str), crs=found.ground.data.crs)
    places = places.to_crs(WGS84).where(items.placed, None)
    home = places.reindex(frame["village_id"].astype(str)).to_numpy(dtype=object)
    there = ~shapely.is_missing(home)
    x, y = (np.round(get(home), 7).astype(object) for get in (shapely.get_x, shapely.get_y))
    cells: dict[str, Any] = {
        "lon": np.where(there, x, None),
        "lat": np.where(there, y, None),
        "position": np.where(there, "village", "none"),
    }
    for name, values in cells.items():
        frame[name] = np.where(moved, values, frame[name].to_numpy(dtype=object))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    shapes[moved] = home[moved]
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=WGS84))


Sheets = Mapping[str, tuple[pd.DataFrame, Mapping[str, str]]]
MOST_ROWS = 50_000
"""Rows a sheet holds: more is no list to work with, and takes a spreadsheet minutes to open."""


WIDTH_ROWS, WIDEST = 200, 46
"""Rows that say how wide a column is, and the widest one, in digits."""


def xlsx_bytes(
    sheets: Sheets, *, title: str = "", notes: tuple[str, ...] = (), lang: str = "zh"
) -> bytes:
    """
    Give tables as a workbook in house style.

    Parameters
    ----------
    sheets
        Sheet name to a table and its heads (column to head); only columns with a head are shown.
    title, notes
        A line above each table, and lines below it.
    lang
        Language of the head 序号 / No.

    Returns
    -------
    bytes
        An XLSX file: grey heads, thin lines, first column 序号, ids as text, no formula anywhere.
    """
    memory = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "constant_memory": False, "nan_inf_to_errors": True}  # fmt: skip
    book = xlsxwriter.Workbook(memory, options)
    # The same tables give the same bytes: no hour of making is written into the file.
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    heading = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#D9D9D9", "border": 1, "text_wrap": True,
                            "align": "center", "valign": "vcenter"})  # fmt: skip
    cell = book.add_format({"border": 1, "valign": "vcenter"})
    small = book.add_format({"font_size": 9, "font_color": "#4F5B67"})
    for name, (frame, heads) in sheets.items():
        sheet = book.add_worksheet(name[:31])
        top = 0
        if title:
            sheet.write_string(0, 0, title, heading)
            top = 2
        columns = [c for c in heads if c in frame.columns]
        if len(frame) > MOST_ROWS:
            left = t("export.first_rows", lang, n=MOST_ROWS, all=len(frame))
            sheet.write_string(top, 0, left, small)
            top, frame = top + 1, frame.head(MOST_ROWS)
        sheet.write_string(top, 0, t("head.row_no", lang), head)
        for position, column in enumerate(columns, 1):
            sheet.write_string(top, position, heads[column], head)
        values = [[plain(v) for v in frame[c]] for c in columns]
        for number in range(len(frame)):
            sheet.write_number(top + 1 + number, 0, number + 1, cell)
            for position, column_values in enumerate(values, 1):
                _write(sheet, top + 1 + number, position, column_values[number], cell)
        sheet.freeze_panes(top + 1, 0)
        _widths(sheet, [[heads[c], *v[:WIDTH_ROWS]] for c, v in zip(columns, values, strict=True)])
        for offset, note in enumerate(notes):
            sheet.write_string(top + 2 + len(frame) + offset, 0, note, small)
    book.close()
    return memory.getvalue()


def _widths(sheet: Any, columns: Sequence[Sequence[Any]]) -> None:
    """Make columns as wide as what stands in their first rows, up to a limit."""
    sheet.set_column(0, 0, 6)
    for position, cells in enumerate(columns, 1):
        longest = max((_breadth(str(cell)) for cell in cells if cell is not None), default=0)
        sheet.set_column(position, position, min(max(longest + 2, 6), WIDEST))


def _breadth(text: str) -> int:
    """Give the room a text takes, in digits: a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        sheet.write_string(row, column, str(value), style)
    else:
        sheet.write_number(row, column, value, style)
