"""Base maps a project names in ``project.toml``: map services, folders of tiles, MBTiles files.

What a project does not name is never asked for. A map that cannot be used is told in one sentence
and left out; the others stay.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from layers.errors import DataError
from layers.text import t

DATUMS = ("wgs84", "gcj02")
"""What tiles may be drawn in; tiles in the second are shifted to the data, never the data to them.
CGCS2000, which Tianditu uses, is WGS 84 here."""
KEYS = (
    *("name", "url", "folder", "mbtiles", "labels", "datum", "attribution"),
    *("min_zoom", "max_zoom", "subdomains", "scheme"),
)
SOURCES = ("url", "folder", "mbtiles")
DEEPEST = 22
LARGEST = 4 * 2**20
"""Bytes a tile may have; what is larger is no tile."""
MOST = 20
SUFFIXES = ("png", "jpg", "jpeg", "webp")
_DEFAULT_DEEPEST = 18
_OGC = {"tilematrix": "z", "tilerow": "y", "tilecol": "x", "style": "", "tilematrixset": ""}
_PLACE = re.compile(r"\{([A-Za-z]*)\}")
_PLACES = ("s", "x", "y", "z", "-y", "r")


class BaseMapError(DataError):
    """
    A base map of ``project.toml`` that cannot be used.

    Parameters
    ----------
    code
        Key ``basemap.<code>`` of the words: what was found and what to do.
    number
        Which of the base maps, counted from 1.
    name
        Its name, '' while it has none.
    values
        Fill the sentence's ``{name}`` places.
    """

    def __init__(self, code: str, number: int, name: str = "", **values: object) -> None:
        self.code, self.number, self.name, self.values = code, number, name, values
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give which base map it is, what was found and what to do."""
        place = f"project.toml, basemap {self.number}" + (f" ({self.name})" if self.name else "")
        return f"{place}: {t(f'basemap.{self.code}', lang, **self.values)}"


@dataclass(frozen=True)
class BaseMap:
    """
    One base map.

    Attributes
    ----------
    name
        What people choose it by; plain text.
    url
        Template of a map service with ``{z}``, ``{x}``, ``{y}`` and perhaps ``{s}``; '' for none.
    path
        A folder of tiles or an MBTiles file; None for a service.
    labels
        Template of a second service drawn above the first, such as Tianditu's names; '' for none.
    datum
        One of :data:`DATUMS`.
    attribution
        Whose map it is; plain text.
    min_zoom, max_zoom
        What there are tiles for; the deepest are enlarged beyond.
    subdomains
        What ``{s}`` may be, sign by sign.
    tms
        True when rows are counted from the south.
    """

    name: str
    url: str = ""
    path: Path | None = None
    labels: str = ""
    datum: str = "wgs84"
    attribution: str = ""
    min_zoom: int = 0
    max_zoom: int = _DEFAULT_DEEPEST
    subdomains: str = ""
    tms: bool = False


def read_basemaps(
    settings: Mapping[str, Any], folder: Path
) -> tuple[list[BaseMap], list[BaseMapError]]:
    """
    Read the base maps a project names.

    Parameters
    ----------
    settings
        What ``project.toml`` says.
    folder
        The project's folder: paths of folders and files may begin there.

    Returns
    -------
    maps
        Those that can be used, in their order.
    faults
        Why the others cannot, in the same order.
    """
    named = settings.get("basemap", [])
    if isinstance(named, Mapping):
        named = [named]
    if not isinstance(named, list):
        return [], [BaseMapError("no_table", 1)]
    maps: list[BaseMap] = []
    faults = [BaseMapError("too_many", MOST + 1, most=MOST)] if len(named) > MOST else []
    for number, entry in enumerate(named[:MOST], start=1):
        try:
            found = _read(entry, number, folder)
        except BaseMapError as fault:
            faults.append(fault)
            continue
        if found.name in {one.name for one in maps}:
            faults.append(BaseMapError("same_name", number, found.name))
        else:
            maps.append(found)
    return maps, faults


def _read(entry: Any, number: int, folder: Path) -> BaseMap:
    if not isinstance(entry, Mapping):
        raise BaseMapError("no_table", number)
    name = entry.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 60:
        raise BaseMapError("no_name", number)
    name = " ".join(name.split())
    wrong = [key for key in entry if key not in KEYS]
    if wrong:
        raise BaseMapError(
            "unknown_key", number, name, column=str(wrong[0])[:40], keys=", ".join(KEYS)
        )
    texts = {key: entry.get(key, "") for key in ("url", "folder", "mbtiles", "labels",
             "attribution", "subdomains")}  # fmt: skip
    for key, value in texts.items():
        if not isinstance(value, str):
            raise BaseMapError("no_text", number, name, column=key)
    given = [key for key in SOURCES if texts[key].strip()]
    if len(given) != 1:
        raise BaseMapError("one_source", number, name)
    datum, scheme = entry.get("datum", "wgs84"), entry.get("scheme", "xyz")
    if datum not in DATUMS:
        raise BaseMapError("datum", number, name, value=str(datum)[:40])
    if scheme not in ("xyz", "tms"):
        raise BaseMapError("scheme", number, name, value=str(scheme)[:40])
    least, most = _zooms(entry, number, name)
    common = {"datum": datum, "attribution": texts["attribution"].strip()[:200]}
    if given == ["url"]:
        url, subdomains = _template(texts["url"], number, name), texts["subdomains"] or "0123"
        labels = _template(texts["labels"], number, name) if texts["labels"].strip() else ""
        return BaseMap(
            name, url, None, labels, **common, min_zoom=least or 0, subdomains=subdomains[:20],
            max_zoom=_DEFAULT_DEEPEST if most is None else most, tms=scheme == "tms",
        )  # fmt: skip
    path = folder / texts[given[0]].strip()
    look = _folder if given == ["folder"] else _mbtiles
    first, last = look(path, number, name)
    # The MBTiles format counts rows from the south; a folder does where it says so.
    return BaseMap(
        name, path=path, **common, tms=given == ["mbtiles"] or scheme == "tms",
        min_zoom=first if least is None else least, max_zoom=last if most is None else most,
    )  # fmt: skip


def _zooms(entry: Mapping[str, Any], number: int, name: str) -> tuple[int | None, int | None]:
    found = []
    for key in ("min_zoom", "max_zoom"):
        value = entry.get(key)
        known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= DEEPEST
        if value is not None and not known:
            raise BaseMapError("zoom", number, name, column=key, most=DEEPEST)
        found.append(value)
    least, most = found
    if least is not None and most is not None and least > most:
        raise BaseMapError("zooms", number, name)
    return least, most


def _template(url: str, number: int, name: str) -> str:
    """Check the address of a service; places named as WMTS names them become ours."""
    url = _PLACE.sub(lambda place: _named(place[1], place[0]), url.strip())
    try:
        head = urlsplit(url)
        known = head.scheme in ("http", "https") and bool(head.hostname) and not head.username
    except ValueError:
        known = False
    if not known or len(url) > 1_000 or re.search(r"[\s\"'<>\\`]", url):
        raise BaseMapError("no_url", number, name)
    bare = re.sub(r"\{(?:[sxyzr]|-y)\}", "", url)
    if any(f"{{{place}}}" not in url.replace("{-y}", "{y}") for place in "zxy") or "{" in bare:
        raise BaseMapError("no_places", number, name)
    return url


def _named(place: str, whole: str) -> str:
    ours = _OGC.get(place.casefold())
    return f"{{{ours}}}" if ours else whole


# ---------------------------------------------------------------------------------- local tiles


def _folder(path: Path, number: int, name: str) -> tuple[int, int]:
    """Find the zooms a folder ``Z/X/Y.png`` has."""
    try:
        zooms = sorted(
            int(one.name) for one in path.iterdir() if _is_number(one.name) and one.is_dir()
        )
    except OSError:
        raise BaseMapError("no_folder", number, name, path=str(path)) from None
    zooms = [zoom for zoom in zooms if zoom <= DEEPEST]
    if not zooms:
        raise BaseMapError("no_tiles", number, name, path=str(path))
    return zooms[0], zooms[-1]


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 2


def _open(path: Path) -> sqlite3.Connection:
    place = path.resolve().as_uri()
    return sqlite3.connect(f"{place}?mode=ro&immutable=1", uri=True, timeout=2)


def _mbtiles(path: Path, number: int, name: str) -> tuple[int, int]:
    """Find the zooms an MBTiles file has, and that its tiles are pictures."""
    if not path.is_file():
        raise BaseMapError("no_file", number, name, path=str(path))
    try:
        with closing(_open(path)) as connection:
            found = connection.execute(
                "SELECT min(zoom_level), max(zoom_level) FROM tiles"
            ).fetchone()
            some = connection.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
    except sqlite3.Error:
        raise BaseMapError("no_mbtiles", number, name, path=str(path)) from None
    if some is None or not all(isinstance(one, int) and 0 <= one <= DEEPEST for one in found):
        raise BaseMapError("no_tiles", number, name, path=str(path))
    if not isinstance(some[0], bytes) or picture(some[0]) is None:
        raise BaseMapError("no_pictures", number, name, path=str(path))
    return found[0], found[1]


def picture(data: bytes) -> str | None:
    r"""
    Tell the content type of a picture by its first bytes; None for anything else.

    Examples
    --------
    >>> picture(b"\x89PNG\r\n\x1a\n..."), picture(b"<svg onload=...")
    ('image/png', None)
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def local_tile(source: BaseMap, zoom: int, column: int, row: int) -> bytes | None:
    """
    Read one tile of a folder or an MBTiles file.

    Parameters
    ----------
    source
        A base map with a ``path``.
    zoom, column, row
        As maps count them, rows from the north.

    Returns
    -------
    bytes
        A picture; None where there is none, or what lies there is none.
    """
    side = 1 << zoom if 0 <= zoom <= DEEPEST else 0
    if source.path is None or not (0 <= column < side and 0 <= row < side):
        return None
    if source.tms:
        row = side - 1 - row
    data = (
        _from_mbtiles(source.path, zoom, column, row)
        if source.path.is_file()
        else _from_folder(source.path, zoom, column, row)
    )
    return data if data is not None and picture(data) else None


def _from_mbtiles(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    asked = "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?"
    try:
        with closing(_open(path)) as connection:
            found = connection.execute(asked, (zoom, column, row)).fetchone()
    except sqlite3.Error:
        return None
    data = found[0] if found else None
    return data if isinstance(data, bytes) and len(data) <= LARGEST else None


def _from_folder(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    home = path.resolve()
    for suffix in SUFFIXES:
        # A link in the folder may lead anywhere: only what lies in it is handed out.
        try:
            file = (home / str(zoom) / str(column) / f"{row}.{suffix}").resolve()
            if file.is_relative_to(home) and file.is_file() and file.stat().st_size <= LARGEST:
                return file.read_bytes()
        except OSError:
            continue
    return None
