"""The households-to-target list as people read it: sentences, tables and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.errors import UsageError
from layers.text import said, t
from layers.where.positions import WGS84
from works.export import csv_bytes, geojson_bytes, plain, save, xlsx_bytes
from works.figures import amount_text, exact, number, text
from works.filling.fill import STOPS, Choice, Filling
from works.plans import money_text

HEADS = (
    "round", "order", "work_no", "group", "name", "address", "title", "quantity", "cost",
    "currency", "gain", "walk_m", "anyway", "lon", "lat", "work_id",
)  # fmt: skip
SUFFIXES = (".xlsx", ".csv", ".geojson")
MOST_ROUNDS = 6
"""Rounds that get a sentence of their own."""


def lines(filling: Filling, lang: str) -> list[str]:
    """
    Say what lifts a village to its goal, as plain sentences.

    Parameters
    ----------
    filling
        What :func:`works.filling.fill_list` gave.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    list of str
        What is missing and what is enough for it, or why nothing is; what depends on what is to be
        verified; the rounds.
    """
    told = [_first(filling, lang)]
    chosen = filling.choice
    if chosen is None or chosen.stops.empty:
        return told
    told += _depends(filling, lang)
    if not chosen.exact:
        told.append(t("fill.enough", lang))
    walks = chosen.walks
    for round_no, stops, metres in walks[:MOST_ROUNDS]:
        key = "fill.round" if metres is not None else "fill.round_unplaced"
        key = "fill.round_one" if stops == 1 and metres is not None else key
        told.append(t(key, lang, round=round_no, n=stops, metres=number(round(metres or 0))))
    if len(walks) > MOST_ROUNDS:
        told.append(t("fill.more_rounds", lang, n=len(walks) - MOST_ROUNDS))
    return told


def _first(filling: Filling, lang: str) -> str:
    places: dict[str, Any] = {
        "village": filling.village,
        "target": said(filling.title, lang),
        "low": amount_text(filling.needed_low, filling.unit, lang),
        "high": amount_text(filling.needed_high, filling.unit, lang),
        "unknown": amount_text(filling.unknown, filling.unit, lang),
        "brings": amount_text(filling.brings, filling.unit, lang),
    }
    # Of a village that is judged as a whole "1 village missing" says nothing.
    itself = filling.unit == "village"
    if filling.sure is None:
        key = f"fill.why.{filling.why}"
        if itself and filling.why in ("verify", "no_work"):
            key = f"fill.itself.{filling.why}"
        return t(key, lang, **places)
    sure = filling.sure
    key = "fill.itself" if itself else "fill.sure"
    key += ".one" if len(sure.stops) == 1 and lang == "en" else ""
    return t(key, lang, n=len(sure.stops), cost=_cost(sure, lang), **places)


def _depends(filling: Filling, lang: str) -> list[str]:
    """Say what is needed in any case, where what is to be verified decides about the rest."""
    least, sure = filling.least, filling.sure
    if least is None:
        return []
    unknown = amount_text(filling.unknown, filling.unit, lang)
    places = {"n": len(least.stops), "cost": _cost(least, lang), "unknown": unknown}
    if sure is None:
        return [t("fill.only_if", lang, **places)]
    if filling.needed_low == filling.needed_high:
        return []
    if least.stops.empty:
        return [t("fill.perhaps_none", lang, **places)]
    return [t("fill.perhaps_less", lang, **places)]


def _cost(choice: Choice, lang: str) -> str:
    if choice.cost is None:
        return t("fill.no_cost", lang)
    if not choice.cost:
        return t("fill.free", lang)
    return money_text(choice.cost, choice.currency, lang)


def as_dict(filling: Filling, lang: str) -> dict[str, Any]:
    """Give a list for programs: figures, the two choices, the stops and the sentences."""
    return {
        "village_id": filling.village_id, "village": filling.village,
        "target_id": filling.target_id, "title": said(filling.title, lang), "unit": filling.unit,
        "needed_low": _plain(filling.needed_low), "needed_high": _plain(filling.needed_high),
        "unknown": _plain(filling.unknown), "brings": _plain(filling.brings),
        "offered": filling.offered, "why": filling.why,
        "sure": None if filling.sure is None else _choice(filling.sure),
        "least": None if filling.least is None else _choice(filling.least),
        "lines": lines(filling, lang),
    }  # fmt: skip


def _choice(choice: Choice) -> dict[str, Any]:
    rows: list[Any] = _readable(choice.stops).to_dict("records")
    walks = [{"round": n, "stops": k, "metres": m} for n, k, m in choice.walks]
    return {
        "cost": None if choice.cost is None else _plain(choice.cost),
        "currency": choice.currency, "gain": _plain(choice.gain), "exact": choice.exact,
        "rounds": walks,
        "stops": [{str(name): plain(value) for name, value in row.items()} for row in rows],
    }  # fmt: skip


def _plain(amount: Any) -> int | float:
    whole = exact(amount)
    return int(whole) if whole.denominator == 1 else round(float(whole), 6)


def _readable(stops: pd.DataFrame) -> pd.DataFrame:
    table = stops.copy()
    table["gain"] = pd.Series(
        [_plain(one) for one in table["gain"]], index=table.index, dtype=object
    )
    return table


def list_file(path: Path, fillings: Sequence[Filling], lang: str) -> None:
    """
    Write lists into one file.

    Parameters
    ----------
    path
        Ending in one of ``SUFFIXES``.
    fillings
        The lists; an XLSX has a sheet for each.
    lang
        Language of heads and notes.

    Raises
    ------
    UsageError
        If no such file is written.
    DataError
        If it cannot be written.
    """
    save(path, file_bytes(path.suffix.lower(), fillings, lang))


def file_bytes(suffix: str, fillings: Sequence[Filling], lang: str) -> bytes:
    """
    Give lists as the bytes of a file.

    Parameters
    ----------
    suffix
        One of ``SUFFIXES``.
    fillings, lang
        The lists, and the language of heads and notes.
    """
    if suffix not in SUFFIXES:
        msg = f"--out {suffix or 'FILE'}: this kind of file is not written."
        msg += f" Choose one of {', '.join(SUFFIXES)}."
        raise UsageError(msg)
    if suffix == ".xlsx":
        return _workbook(fillings, lang)
    parts = [_readable(one.rounds) for one in fillings]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(STOPS))
    if suffix == ".csv":
        return csv_bytes(table)
    lon, lat = (pd.to_numeric(table[name]).astype(float) for name in ("lon", "lat"))
    points = gpd.GeoSeries.from_xy(lon, lat, crs=WGS84)
    shapes = points.where(lon.notna() & lat.notna(), None)
    table.insert(0, "id", table["work_id"])
    return geojson_bytes(gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84))


def _workbook(fillings: Sequence[Filling], lang: str) -> bytes:
    heads = {name: t(f"fill.head.{name}", lang) for name in HEADS}
    sheets: dict[str, tuple[pd.DataFrame, dict[str, str]]] = {}
    notes: list[str] = []
    for number_, filling in enumerate(fillings, 1):
        table = _readable(filling.rounds)
        table["title"] = table[f"title_{lang}" if lang == "en" else "title_zh"]
        words = [t("word.true" if one else "word.false", lang) for one in table["anyway"]]
        table["anyway"] = pd.Series(words, index=table.index, dtype=object)
        sheets[_sheet_name(number_, filling, lang)] = (table, heads)
        notes += lines(filling, lang)
    names = list(dict.fromkeys(text(one.village) for one in fillings))
    title = t("fill.title", lang, village="、".join(names))
    if not sheets:
        sheets = {t("fill.sheet", lang): (pd.DataFrame(columns=list(HEADS)), heads)}
    return xlsx_bytes(sheets, title=title, notes=tuple(notes), lang=lang)


def _sheet_name(number_: int, filling: Filling, lang: str) -> str:
    """Give a sheet a name no other has, without the signs a workbook does not take."""
    name = "".join(" " if sign in "[]:*?/\\'" else sign for sign in said(filling.title, lang))
    return f"{number_} {name}"[:31].strip()
