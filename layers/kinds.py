"""The kinds of file that are taken: who reads them, how they begin, what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from layers.refusal import RefusalError

LOOKED_AT = 4096
"""Bytes from the start of a file that must agree with its extension."""
LARGEST = 2 << 30
"""Bytes of the largest file that is taken by its path."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BOOK = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OTHERS = (*_ZIP, *_BOOK, b"SQLite format 3", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
"""Beginnings of files that are no text, whatever they are called."""


@dataclass(frozen=True)
class Kind:
    """
    How one extension is read.

    Attributes
    ----------
    module
        Module of ``layers.reading``, run in a child process of its own.
    begins
        The bytes it may begin with; () for text.
    text
        For text: what the first character may be, '' for any but ``<``.
    driver
        The only GDAL driver its child has, '' when it never loads GDAL.
    driver_from
        Bytes of a file from which it is used at all.
    sidecars
        Extensions of the files that belong to it and lie beside it.
    """

    module: str
    begins: tuple[bytes, ...] = ()
    text: str = ""
    driver: str = ""
    driver_from: int = 0
    sidecars: tuple[str, ...] = ()


READERS: dict[str, Kind] = {
    ".gpkg": Kind("geopackage", (b"SQLite format 3\x00",), driver="GPKG", driver_from=2_000_000),
    ".geojson": Kind("geojson", text="{["),
    ".json": Kind("geojson", text="{["),
    ".shp": Kind(
        "shapes",
        (b"\x00\x00\x27\x0a",),
        sidecars=(".shx", ".dbf", ".prj", ".cpg"),
    ),
    ".kml": Kind("placemarks", text="<"),
    ".kmz": Kind("archives", _ZIP),
    ".gpx": Kind("placemarks", text="<"),
    ".zip": Kind("archives", _ZIP),
    ".csv": Kind("sheets"),
    ".txt": Kind("sheets"),
    # A workbook locked with a password, or an old one renamed, begins otherwise; its reader knows.
    ".xlsx": Kind("books", (*_ZIP, *_BOOK)),
    ".xls": Kind("oldbooks", (*_BOOK, *_ZIP, b"<", b"\xef\xbb\xbf<", b"\t", b"\r", b"\n")),
    ".et": Kind("oldbooks", (*_BOOK, *_ZIP)),
}
"""Vector files and tables by extension."""

GRIDS: dict[str, Kind] = {
    ".tif": Kind("grids", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), driver="GTiff"),
    ".tiff": Kind("grids", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), driver="GTiff"),
    ".asc": Kind("grids", driver="AAIGrid", sidecars=(".prj",)),
}
"""Rasters by extension."""

KINDS = READERS | GRIDS


def kind_of(path: Path, name: str) -> Kind:
    """
    Find who reads a file and whether its first bytes agree with its extension.

    Parameters
    ----------
    path
        The file; its extension decides.
    name
        Its name as the person knows it.

    Returns
    -------
    Kind
        How it is read.

    Raises
    ------
    RefusalError
        If the kind is not taken, or the content is of another kind.
    """
    suffix = path.suffix.lower()
    kind = KINDS.get(suffix)
    if kind is None:
        taken = " ".join(one[1:] for one in KINDS)
        raise RefusalError("kind_not_taken", name, kind=suffix or "-", kinds=taken)
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if not head.strip(b"\x00 \t\r\n"):
        raise RefusalError("empty_file", name)
    if not (head.startswith(kind.begins) if kind.begins else _begins_as_text(head, kind)):
        raise RefusalError("wrong_content", name, kind=suffix)
    return kind


def _begins_as_text(head: bytes, kind: Kind) -> bool:
    if head.startswith(_OTHERS):
        return False
    encoding = "utf-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif head[1:2] == b"\x00" or head[:1] == b"\x00":
        encoding = "utf-16-le" if head[1:2] == b"\x00" else "utf-16-be"
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    return text[:1] in kind.text if kind.text else text[:1] != "<"
