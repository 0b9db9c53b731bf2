"""A list as a file: one function, and one row per kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from layers.errors import UsageError
from layers.text import t
from layers.work_form import HandOut, Item
from works.export import csv_bytes, geojson_bytes
from works.handout.columns import heads, placed, state_word, table
from works.handout.geopackage import gpkg_bytes
from works.handout.look import Look, as_public
from works.handout.phone import phone_bytes
from works.handout.waypoints import gpx_bytes, kml_bytes

Maker = Callable[[Sequence[Item], HandOut, Look, str, bool], bytes]


def file_bytes(
    suffix: str,
    items: Sequence[Item],
    handed: HandOut,
    lang: str,
    *,
    look: Look,
    names: bool = True,
) -> bytes:
    """
    Give a list as a file.

    Parameters
    ----------
    suffix
        One of :data:`KINDS`.
    items
        In the order of the list.
    handed
        Its number, receiver, title, due date, and the version of each item.
    lang
        Language of heads and words.
    look
        What it may show beside its items.
    names
        False for everybody to see: without names of people, homes placed at their village.

    Returns
    -------
    bytes
        The same bytes for the same list.

    Raises
    ------
    UsageError
        If this kind of file is not written.
    """
    make = KINDS.get(suffix.lower())
    if make is None:
        msg = f"{suffix}: this kind of file is not written. Choose one of {', '.join(KINDS)}."
        raise UsageError(msg)
    shown = items if names else as_public(items, look)
    return make(shown, handed, look, lang, names)


def _geojson(items: Sequence[Item], handed: HandOut, _look: Look, lang: str, _names: bool) -> bytes:
    return geojson_bytes(placed(items, handed, lang))


def _csv(items: Sequence[Item], handed: HandOut, _look: Look, lang: str, _names: bool) -> bytes:
    return csv_bytes(sheet(items, handed, lang))


def sheet(items: Sequence[Item], handed: HandOut, lang: str) -> pd.DataFrame:
    """Give items as people read them in a table: heads and states in words, places in degrees."""
    cells = table(items, handed, lang)
    cells["state"] = [state_word(state, lang) for state in cells["state"]]
    cells["position"] = [None if p is None else t(f"position.{p}", lang) for p in cells["position"]]
    for name in ("lon", "lat"):
        cells[name] = [item[name] for item in items]
    names = heads(lang) | {name: t(f"handout.head.{name}", lang) for name in ("lon", "lat")}
    return cells.rename(columns=names)


def _gpkg(items: Sequence[Item], handed: HandOut, _look: Look, lang: str, _names: bool) -> bytes:
    return gpkg_bytes(items, handed, lang)


def _xlsx(items: Sequence[Item], handed: HandOut, look: Look, lang: str, _names: bool) -> bytes:
    return phone_bytes(items, handed, look, lang)


def _kml(items: Sequence[Item], handed: HandOut, _look: Look, lang: str, _names: bool) -> bytes:
    return kml_bytes(items, handed, lang)


def _gpx(items: Sequence[Item], handed: HandOut, _look: Look, lang: str, _names: bool) -> bytes:
    return gpx_bytes(items, handed, lang)


def _docx(items: Sequence[Item], handed: HandOut, look: Look, lang: str, names: bool) -> bytes:
    # The maker of documents takes half a second to load: only who wants one waits for it.
    from works.handout.order import order_docx

    return order_docx(items, handed, look, lang, names=names)


def _html(items: Sequence[Item], handed: HandOut, look: Look, lang: str, names: bool) -> bytes:
    from works.handout.printed import printed_html

    return printed_html(items, handed, look, lang, names=names)


KINDS: Mapping[str, Maker] = {
    ".geojson": _geojson, ".gpkg": _gpkg, ".xlsx": _xlsx, ".csv": _csv, ".gpx": _gpx,
    ".kml": _kml, ".docx": _docx, ".html": _html,
}  # fmt: skip
