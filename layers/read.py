"""Readers: one function per format, one row in ``READERS``; a file in, a raw table out."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pyogrio.errors
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from layers.encoding import decode, shape_encoding
from layers.errors import DataError, PlannerError, UsageError
from layers.heads import numbered, table_below
from layers.schema import Layer
from layers.text import plain

LARGEST_INFLATED = 500_000_000
"""Bytes a zip may hold unpacked: larger is a mistake or an attack."""
_EMPTY_ROWS = 1000


@dataclass(frozen=True)
class Source:
    """
    A file as it was read, before anything is understood.

    Attributes
    ----------
    name
        Name of the file as the person knows it.
    table
        One row per record, columns under their own heads, values as the file holds them; the
        index counts rows from 1, as in the sender's file.
    geometry
        One shapely geometry (or None) per row; None when the format has no geometry.
    crs
        CRS the file states, None when it states none.
    """

    name: str
    table: pd.DataFrame
    geometry: np.ndarray[Any, Any] | None = None
    crs: CRS | None = None


# ---------------------------------------------------------------- vector files


def _sub_layer(path: Path, name: str, wanted: str | None) -> str:
    found = [str(one) for one in pyogrio.list_layers(path)[:, 0]]
    if wanted is not None:
        if wanted not in found:
            msg = f"--sub-layer {wanted}: {name} has no such layer. It holds {', '.join(found)}."
            raise UsageError(msg)
        return wanted
    if len(found) == 1:
        return found[0]
    if not found:
        msg = f"{name}: holds no layer. Send a file with one."
        raise DataError(msg)
    msg = f"{name}: holds {len(found)} layers: {', '.join(found)}. Choose one with --sub-layer."
    raise UsageError(msg)


def _vector(path: Path, name: str, sub_layer: str | None, **options: Any) -> Source:
    try:
        # GDAL warns on the console of what it mends; what matters to a person is a finding.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = _sub_layer(path, name, sub_layer)
            frame = pyogrio.read_dataframe(
                path, layer=layer, use_arrow=True, on_invalid="fix", **options
            )
    except PlannerError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        msg = f"{name}: cannot be read. Save it again and send it."
        raise DataError(msg) from None
    except (UnicodeDecodeError, ValueError, RuntimeError, ProjError) as error:
        reason = type(error).__name__
        msg = f"{name}: is damaged ({reason}). Save it again and send it."
        raise DataError(msg) from None
    if "geometry" not in frame.columns:
        return Source(name, numbered(pd.DataFrame(frame)))
    shapes = np.asarray(frame.geometry.array)
    table = numbered(pd.DataFrame(frame.drop(columns="geometry")))
    return Source(name, table, shapes, frame.crs)


def _layered(path: Path, name: str, layer: Layer, options: Options) -> Source:  # noqa: ARG001
    return _vector(path, name, options.sub_layer)


def _shapefile(path: Path, name: str, layer: Layer, options: Options) -> Source:  # noqa: ARG001
    lacking = [s for s in (".shx", ".dbf") if not list(path.parent.glob(path.stem + _any(s)))]
    if lacking:
        msg = f"{name}: {' and '.join(lacking)} is missing. Send all parts of the shapefile."
        raise DataError(msg)
    return _vector(path, name, None, **shape_encoding(path))


def _any(suffix: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in suffix)


def _zip(path: Path, name: str, layer: Layer, options: Options) -> Source:
    """Read the one shapefile (or other taken file) inside a zip, unpacked by checked names."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        msg = f"{name}: not a zip file. Pack it again."
        raise DataError(msg) from None
    with archive, tempfile.TemporaryDirectory(prefix="planner-zip-") as folder:
        members = [m for m in archive.infolist() if not m.is_dir()]
        if sum(m.file_size for m in members) > LARGEST_INFLATED or len(members) > 200:
            msg = f"{name}: unpacks to too much. Send the files one by one."
            raise DataError(msg)
        kept: list[Path] = []
        for number, member in enumerate(members):
            inner = Path(member.filename.replace("\\", "/"))
            if inner.name.startswith(".") or "__MACOSX" in inner.parts:
                continue
            # The parts of one shapefile keep a common made-up name: the sender's name never
            # becomes a path.
            stem = f"f{sorted({_key(m) for m in members}).index(_key(member))}"
            target = Path(folder) / f"{stem}{inner.suffix.lower()}"
            if target.exists():
                target = Path(folder) / f"d{number}{inner.suffix.lower()}"
            try:
                with archive.open(member) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
                msg = f"{name}: is damaged or locked. Pack it again without a password."
                raise DataError(msg) from None
            kept.append(target)
        chosen = [p for p in kept if p.suffix in READERS and p.suffix != ".zip"]
        if len(chosen) != 1:
            msg = f"{name}: holds {len(chosen)} files to read. Pack exactly one into it."
            raise DataError(msg)
        _first_bytes(chosen[0], name)
        return READERS[chosen[0].suffix](chosen[0], name, layer, options)


def _key(member: zipfile.ZipInfo) -> str:
    return str(Path(member.filename.replace("\\", "/")).with_suffix(""))


# ---------------------------------------------------------------- tables


def _csv(path: Path, name: str, layer: Layer, options: Options) -> Source:
    raw = path.read_bytes()
    if b"\x00" in raw[:4096] and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        msg = f"{name}: is not a text table. Save it as CSV UTF-8."
        raise DataError(msg)
    text = decode(raw, name)
    first = "\n".join(text.split("\n", 15)[:15])
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        msg = f"{name}: is not a CSV table ({error}). Save it again."
        raise DataError(msg) from None
    return Source(name, table_below(rows, name, layer, options.columns))


_BROKEN_BOOK = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, SyntaxError, TypeError,
    AttributeError, IndexError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises on a workbook that is none; it has no error of its own for that."""


def _xlsx(path: Path, name: str, layer: Layer, options: Options) -> Source:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-downs and styles it does not keep; only values are read.
            warnings.simplefilter("ignore")
            rows = _cells(path, name, options)
    except PlannerError:
        raise
    except _BROKEN_BOOK:
        msg = f"{name}: is not an XLSX workbook, or a damaged one. Save it again as .xlsx."
        raise DataError(msg) from None
    return Source(name, table_below(rows, name, layer, options.columns))


def _cells(path: Path, name: str, options: Options) -> list[list[Any]]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_INFLATED:
            msg = f"{name}: unpacks to too much. Split the workbook."
            raise DataError(msg)
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheets = book.sheetnames
        if options.sheet is not None and options.sheet not in sheets:
            msg = (
                f"--sheet {options.sheet}: {name} has no such sheet. It holds {', '.join(sheets)}."
            )
            raise UsageError(msg)
        sheet = book[options.sheet] if options.sheet else book[sheets[0]]
        # Some programs state a sheet's size wrongly; the rows themselves are counted instead.
        sheet.reset_dimensions()
        return [list(row) for row in _until_empty(sheet.iter_rows(values_only=True))]
    finally:
        book.close()


def _until_empty(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Stop after a thousand empty rows: a stray cell far below is not a ledger."""
    empty = 0
    for row in rows:
        empty = 0 if any(cell not in (None, "") for cell in row) else empty + 1
        if empty > _EMPTY_ROWS:
            return
        yield row


# ---------------------------------------------------------------- the one door


@dataclass(frozen=True)
class Options:
    """What a person says about a file: sheet, sub-layer, CRS, datum, axis order, column names."""

    sheet: str | None = None
    sub_layer: str | None = None
    crs: CRS | None = None
    datum: str = "wgs84"
    swap_xy: bool = False
    columns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def mapping(self) -> dict[str, str]:
        """Folded head to field name, as given by ``--map``."""
        return {plain(c): f for c, f in zip(self.columns, self.fields, strict=True)}


Reader = Callable[[Path, str, Layer, Options], Source]

READERS: dict[str, Reader] = {
    ".gpkg": _layered,
    ".geojson": _layered,
    ".json": _layered,
    ".shp": _shapefile,
    ".zip": _zip,
    ".csv": _csv,
    ".txt": _csv,
    ".xlsx": _xlsx,
}

_BEGINNINGS = {
    ".gpkg": (b"SQLite format 3\x00",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".zip": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
}


def _first_bytes(path: Path, name: str) -> None:
    """Refuse a file whose first bytes are not of its extension: GDAL would open what it finds."""
    with path.open("rb") as file:
        head = file.read(64)
    suffix = path.suffix.lower()
    if not head:
        msg = f"{name}: is empty. Send the file again."
        raise DataError(msg)
    wanted = _BEGINNINGS.get(suffix)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    wrong = wanted is not None and not head.startswith(wanted)
    wrong |= suffix in (".geojson", ".json") and not text.startswith((b"{", b"["))
    if wrong:
        msg = f"{name}: its content is not {suffix}. Save it again in the right format."
        raise DataError(msg)


@contextmanager
def _own_copy(path: Path) -> Iterator[Path]:
    """Open a private copy under a fixed name: the sender's name and folder never reach GDAL."""
    with tempfile.TemporaryDirectory(prefix="planner-read-") as folder:
        suffix = path.suffix.lower()
        parts = [path]
        if suffix == ".shp":
            parts = [p for p in path.parent.glob("*") if p.stem == path.stem and p.is_file()]
        for part in parts:
            shutil.copyfile(part, Path(folder) / f"input{part.suffix.lower()}")
        yield Path(folder) / f"input{suffix}"


def _fitting(suffix: str, name: str, options: Options) -> None:
    """Refuse an option that says something of another kind of file."""
    for option, value, kinds in (
        ("--sheet", options.sheet, (".xlsx", ".zip")),
        ("--sub-layer", options.sub_layer, (".gpkg", ".geojson", ".json", ".zip")),
    ):
        if value is not None and suffix not in kinds:
            msg = f"{option} {value}: {name} is no {kinds[0]} file. Leave the option out."
            raise UsageError(msg)


def read_source(path: Path, layer: Layer, options: Options | None = None) -> Source:
    """
    Read any file the planner takes, without interpreting it.

    Parameters
    ----------
    path
        A GeoPackage, GeoJSON, Shapefile (loose or in a zip), CSV or XLSX file.
    layer
        The layer it is meant for: its heads help to find the head row of a table.
    options
        What the person says about it.

    Returns
    -------
    Source
        Rows as the file holds them.

    Raises
    ------
    DataError
        If the file is missing, empty, damaged or of no kind the planner takes.
    UsageError
        If it holds several layers and none was chosen, or an option is for another format.
    """
    options = options or Options()
    name = path.name
    if path.is_dir():
        msg = f"{name}: is a folder. Import its files one by one."
        raise UsageError(msg)
    if not path.is_file():
        msg = f"{name}: no such file. Check the path."
        raise DataError(msg)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(READERS)
        msg = f"{name}: the planner does not take this kind of file. Send one of {kinds}."
        raise DataError(msg)
    _fitting(path.suffix.lower(), name, options)
    _first_bytes(path, name)
    with _own_copy(path) as copy:
        return reader(copy, name, layer, options)
