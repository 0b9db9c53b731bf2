"""A file that comes back, as rows of texts and places: what it says, before it is understood."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from layers.quarantine import Quarantine
from layers.read import headed, read_raw
from layers.refusal import RefusalError
from layers.source import Options, Raw, Source
from layers.table import drop_id_cards, text_of
from layers.text import plain
from works.returns.heads import columns, fields

_KEY_LINE = re.compile(r"(w-[0-9a-f]{16})(?:\s+(\d{1,9}))?(?:\s+(\S+))?", re.IGNORECASE)
"""The line by which a waypoint of ours says which piece of work it is: id, version, list."""
_LINE = re.compile(r"\s*([^:：]{1,30})\s*[:：]\s*(.*)")
_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINES, _LABELS = 20, 2
"""Lines looked at above a table, and the most labels such a line has: more are its heads."""
_APOSTROPHE = re.compile(r"'(?=[=+\-@\t\r＝])")
"""What was put before a text so that no spreadsheet runs it."""
Cells = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """
    One row of a file.

    Attributes
    ----------
    number
        Counted from 1 below the heads, on from sheet to sheet.
    cells
        Column to the different texts said of it, blank ones left out.
    shape
        Its geometry in degrees of WGS 84, None for none.
    """

    number: int
    cells: Cells
    shape: BaseGeometry | None = None

    def first(self, name: str) -> str:
        """Give the text that counts first for a column, '' for none."""
        return next(iter(self.cells.get(name, ())), "")


@dataclass(frozen=True)
class Sent:
    """
    A file that came back.

    Attributes
    ----------
    name
        Its name.
    rows
        What it says.
    above
        What stands above its table of ``list_no`` and ``filled_by``.
    notes
        Codes of what was doubtful while reading, each with its rows.
    """

    name: str
    rows: tuple[Row, ...]
    above: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @cached_property
    def mark(self) -> str:
        """A digest of what it says: the same when another program saved it again."""
        told = sorted(
            json.dumps([sorted(_content(row)), _drawn(row.shape)], ensure_ascii=False)
            for row in self.rows
        )
        whole = json.dumps([sorted(self.above.items()), told], ensure_ascii=False)
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def _content(row: Row) -> list[tuple[str, list[str]]]:
    # A device's clock is not what somebody says, and some programs write it anew.
    return [(name, sorted(texts)) for name, texts in row.cells.items() if name != "updated_at"]


def _drawn(shape: BaseGeometry | None) -> str:
    return "" if shape is None else str(shapely.to_wkt(shape, rounding_precision=6))


def read_return(path: Path, quarantine: Quarantine) -> Sent:
    """
    Read a list that comes back; every file is read in the quarantine.

    Parameters
    ----------
    path
        Any kind of file the planner reads.
    quarantine
        Where it is read.

    Returns
    -------
    Sent
        Its rows.

    Raises
    ------
    RefusalError
        If it cannot be read, or says nowhere which piece of work a row is about.
    """
    parts = [part for part in _parts(path, quarantine) if part is not None]
    keyed = [part for part in parts if _has_key(part[1])]
    if not keyed:
        raise RefusalError("return_no_key", path.name)
    rows: list[Row] = []
    above: dict[str, str] = {}
    notes: dict[str, list[int]] = {}
    for raw, source in keyed:
        table, cards = drop_id_cards(source.table, "")
        source = dataclasses.replace(source, table=table)
        first = len(rows)
        if cards:
            dropped = {n for one in cards for n in one.rows}
            at = {n: first + k for k, n in enumerate((int(i) for i in table.index), 1)}
            notes.setdefault("id_card_dropped", []).extend(sorted(at[n] for n in dropped))
        above = _above(raw) | above
        rows += _rows(source, first)
    told = tuple((code, tuple(found)) for code, found in notes.items())
    return Sent(path.name, tuple(rows), above, told)


def _has_key(source: Source) -> bool:
    """Tell whether a table says which pieces of work its rows are about."""
    held = fields(source.table.columns)
    # In a sheet "name" is somebody's name; on a map it is what a waypoint is called.
    named = "label" in held and source.geometry is not None
    return named or "work_id" in held or "work_no" in held


def _parts(path: Path, quarantine: Quarantine) -> Iterator[tuple[Raw, Source] | None]:
    """Give every table of a file: the sheets of a workbook, the layers of a GeoPackage."""
    try:
        raw = read_raw(path, quarantine=quarantine)
    except RefusalError as error:
        if error.code != "several_sheets":
            raise
        for sheet in str(error.values["sheets"]).split(", "):
            yield _source(read_raw(path, Options(sheet=sheet), quarantine), alone=False)
        return
    layers = () if raw.grid else raw.sheets[1:]
    yield _source(raw, alone=not layers)
    for layer in layers:
        yield _source(read_raw(path, Options(sub_layer=layer), quarantine), alone=False)


def _source(raw: Raw, *, alone: bool) -> tuple[Raw, Source] | None:
    """Put a table under its heads; one of several that has none is no list."""
    try:
        return raw, headed(raw, columns())
    except RefusalError:
        if alone:
            raise
        return None


def _above(raw: Raw) -> dict[str, str]:
    """Find the list's number, and who filled it in, in the lines above a table."""
    found: dict[str, str] = {}
    if not raw.grid:
        return found
    known = columns().aliases
    for line in raw.table.head(_LINES).astype(object).to_numpy().tolist():
        cells = [text_of(cell) or "" for cell in line]
        if sum(plain(cell) in known for cell in cells if cell) > _LABELS:
            break
        for cell, beside in zip(cells, [*cells[1:], ""], strict=True):
            head, _, inside = cell.replace("：", ":").partition(":")
            name = known.get(plain(head), "") if head else ""
            said = (inside or beside).strip()
            if name in ("list_no", "filled_by") and said and plain(said) not in known:
                found.setdefault(name, said[:60])
    return found


def _rows(source: Source, first: int) -> list[Row]:
    """Give the rows of one table, blank ones left out."""
    table, heads = source.table, fields(source.table.columns)
    texts: dict[str, list[list[str | None]]] = {
        name: [[_said(value) for value in table[head].astype(object)] for head in held]
        for name, held in heads.items()
    }
    shapes = _degrees(source)
    rows: list[Row] = []
    for at in range(len(table)):
        cells: dict[str, tuple[str, ...]] = {}
        for name, lists in texts.items():
            said = tuple(dict.fromkeys(v for one in lists if (v := one[at]) is not None))
            if said:
                cells[name] = said
        if "told" in cells:
            cells = _with_told(cells)
        shape = None if shapes is None else shapes[at]
        if cells or shape is not None:
            rows.append(Row(first + at + 1, cells, shape))
    return rows


def _said(value: Any) -> str | None:
    text = text_of(value)
    return None if text is None else _APOSTROPHE.sub("", text, count=1) or None


def _with_told(cells: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Take apart the free text of a waypoint: lines under a head, the line of keys, the rest."""
    found = {name: list(texts) for name, texts in cells.items() if name != "told"}
    known = columns()
    for line in "\n".join(_TAG.sub("\n", one) for one in cells["told"]).splitlines():
        line = line.strip()
        keys = _KEY_LINE.match(line)
        if keys:
            for name, text in zip(("work_id", "version", "list_no"), keys.groups(), strict=True):
                found.setdefault(name, [text] if text else [])
            continue
        headed_ = _LINE.fullmatch(line)
        if headed_:
            name = known.aliases.get(plain(headed_[1]), "")
            if name and name not in ("told", "label") and headed_[2].strip():
                found.setdefault(name, []).append(headed_[2].strip())
        elif plain(line) in known.columns["state"].codes:
            found.setdefault("state", []).append(line)
        elif line:
            found.setdefault("note", []).append(line)
    return {name: tuple(dict.fromkeys(texts)) for name, texts in found.items() if texts}


def _degrees(source: Source) -> list[BaseGeometry | None] | None:
    """Give the shapes in degrees of WGS 84; what cannot lie on the earth is no place."""
    if source.geometry is None:
        return None
    shapes = np.asarray(source.geometry, dtype=object)
    if source.crs is not None and source.crs.to_epsg() != 4326:
        turn = Transformer.from_crs(source.crs, "EPSG:4326", always_xy=True)
        shapes = shapely.transform(
            shapes, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))
        )
    return [_usable(one) for one in shapes]


def _usable(shape: BaseGeometry | None) -> BaseGeometry | None:
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    fits = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return shape if fits else None
