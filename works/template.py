"""Blank ledgers to hand out: one workbook per layer, or per layer and township."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import UsageError, some
from layers.findings import layer_title
from layers.places import shapes_of
from layers.project import Project
from layers.schema import Column, layer_names, schema
from layers.sheet.ledgers import columns_of, label_of
from layers.table import LIST_MARK
from layers.text import township_key
from layers.where.positions import WGS84
from works.export import save
from works.ledger_sheet import Blank, ledger_bytes

PREFILLED = ("villages", "townships")
"""Layers whose known rows a ledger comes with: everybody fills in the same list."""
_SIGNS = re.compile(r'[/\\<>:"|?*\x00-\x1f]+')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Known:
    """
    What a project says of its places.

    Attributes
    ----------
    townships
        Names in their official order, else in the order of the villages.
    frames
        ``villages`` and ``townships`` where the project has them.
    """

    townships: tuple[str, ...] = ()
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)


def known_of(project: Project | None) -> Known:
    """Collect the townships and villages of a project; nothing without one."""
    if project is None:
        return Known()
    read = {name: project.frame(name) for name in PREFILLED}
    frames = {name: frame for name, frame in read.items() if frame is not None and len(frame)}
    names: list[str] = []
    towns, villages = frames.get("townships"), frames.get("villages")
    if towns is not None and "name" in towns.columns:
        order = towns.sort_values("sort", kind="stable") if "sort" in towns.columns else towns
        names += [str(name) for name in order["name"].dropna()]
    if villages is not None and "township" in villages.columns:
        names += [str(name) for name in villages["township"].dropna()]
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(township_key(name), name)
    return Known(tuple(first.values()), frames)


def layers_of(text: str) -> list[str]:
    """
    Read which ledgers are wanted: ``all``, a layer, or layers with commas between them.

    Raises
    ------
    UsageError
        If one is no layer.

    Examples
    --------
    >>> layers_of("toilets,visits")
    ['toilets', 'visits']
    """
    wanted = [name.strip() for name in re.split("[,，、]", text) if name.strip()]
    if wanted == ["all"]:
        return list(layer_names())
    lost = [name for name in wanted if name not in layer_names()]
    if lost or not wanted:
        msg = f"{lost[0] if lost else repr(text)}: no such layer. "
        msg += f"Choose all or some of {', '.join(layer_names())}."
        raise UsageError(msg)
    return list(dict.fromkeys(wanted))


def blank_of(name: str, known: Known, lang: str, township: str | None = None) -> Blank:
    """
    Say what the ledger of a layer comes with.

    Parameters
    ----------
    name
        The layer.
    known
        Places of the project.
    lang
        ``zh`` or ``en``: heads, words and explanations.
    township
        Only its villages; None for all.
    """
    layer = schema(name)
    villages = _of_township(known.frames.get("villages"), township, "township")
    rows, placed, kept = [], True, False
    frame = _of_township(
        known.frames.get(name) if name in PREFILLED else None,
        township,
        "name" if name == "townships" else "township",
    )
    if frame is not None:
        kinds = set(shapely.get_type_id(shapes_of(known.frames[name])).tolist())
        # Outlines cannot be written into a sheet: asking for points would put them at stake.
        placed = kinds == {0}
        kept = not placed
        rows = _cells(frame, columns_of(layer, placed=placed), lang)
    return Blank(layer, lang, placed, rows, _places(villages, known, township), kept)


def _of_township(
    frame: pd.DataFrame | None, township: str | None, column: str
) -> pd.DataFrame | None:
    if frame is None or township is None:
        return frame
    if column not in frame.columns:
        return frame.iloc[:0]
    mine = frame[column].map(township_key, na_action="ignore") == township_key(township)
    return frame[mine.fillna(value=False).to_numpy(dtype=bool)]


def _places(
    villages: pd.DataFrame | None, known: Known, township: str | None
) -> list[tuple[str, str, str]]:
    """Give township, name and id of every village, townships in their official order."""
    towns = [township] if township is not None else list(known.townships)
    if villages is None or not len(villages):
        return [(town, "", "") for town in towns]
    blank = pd.Series("", index=villages.index)
    stated = villages["township"].fillna("") if "township" in villages.columns else blank
    ids, names = villages["id"].astype(str), villages["name"].fillna("").astype(str)
    listed = list(zip(stated.astype(str), names, ids, strict=True))
    order = {township_key(town): number for number, town in enumerate(towns)}
    listed.sort(key=lambda place: order.get(township_key(place[0]), len(order)))
    have = {township_key(place[0]) for place in listed}
    return listed + [(town, "", "") for town in towns if township_key(town) not in have]


def _cells(frame: pd.DataFrame, columns: Sequence[Column], lang: str) -> list[dict[str, Any]]:
    """Give known rows as a person would have filled them in."""
    made: dict[str, list[Any]] = {}
    for column in columns:
        if column.name in frame.columns:
            made[column.name] = [_cell(value, column, lang) for value in frame[column.name]]
    made["row_no"] = [str(number) for number in range(1, len(frame) + 1)]
    if isinstance(frame, gpd.GeoDataFrame) and "lon" in {column.name for column in columns}:
        points = np.asarray(frame.to_crs(WGS84).geometry.array, dtype=object)
        made["lon"] = [None if p is None else round(float(p.x), 8) for p in points]
        made["lat"] = [None if p is None else round(float(p.y), 8) for p in points]
    names = list(made)
    return [dict(zip(names, row, strict=True)) for row in zip(*made.values(), strict=True)]


def _cell(value: Any, column: Column, lang: str) -> Any:
    if value is None or pd.isna(value):
        return None
    if column.type == "boolean":
        return label_of(column, "true" if value else "false", lang)
    if column.type in ("choice", "choices"):
        return "、".join(label_of(column, code, lang) for code in str(value).split(LIST_MARK))
    if column.type == "date":
        return pd.Timestamp(value).date()
    if column.type == "datetime":
        return pd.Timestamp(value).to_pydatetime()
    return value if column.type in ("integer", "number") else str(value)


def write_ledgers(
    project: Project | None,
    layers: Sequence[str],
    out: Path,
    *,
    by_township: bool = False,
    lang: str = "zh",
) -> list[Path]:
    """
    Write blank ledgers into a folder.

    Parameters
    ----------
    project
        Whose townships and villages the drop-downs offer; None for none.
    layers
        The layers wanted.
    out
        Folder for the workbooks, made if need be; several layers by township go into one folder
        per township.
    by_township
        One workbook for each township rather than one for all.
    lang
        Language of heads, words and explanations.

    Returns
    -------
    list of pathlib.Path
        The files written, in order.

    Raises
    ------
    UsageError
        If townships are asked for and the project knows none.
    DataError
        If a file cannot be written.
    """
    if out.exists() and not out.is_dir():
        msg = f"--out {out.name}: is a file. Name a folder for the ledgers."
        raise UsageError(msg)
    known = known_of(project)
    towns: list[str | None] = [None]
    if by_township:
        towns = list(known.townships)
        if not towns:
            msg = "--by township: no townships are known. Give --project with a list of villages."
            raise UsageError(msg)
    written: list[Path] = []
    for town in towns:
        stem = file_stem(town) if town else ""
        folder = out / stem if stem and len(layers) > 1 else out
        for name in layers:
            title = file_stem(layer_title(name, lang))
            path = folder / f"{stem}-{title}.xlsx" if stem else folder / f"{title}.xlsx"
            if path in written:
                msg = f"{some([town])}: two townships would share the file {path.name}. Rename one."
                raise UsageError(msg)
            save(path, ledger_bytes(blank_of(name, known, lang, town)))
            written.append(path)
    return written


def file_stem(name: str) -> str:
    """
    Give a name as part of a file's name, which every system takes.

    Examples
    --------
    >>> file_stem("东沟/镇"), file_stem("con"), file_stem(".."), file_stem("aux.txt")
    ('东沟_镇', 'con_', '_', '_aux.txt')
    """
    stem = _SIGNS.sub("_", name).strip(" .")[:_LONGEST_NAME].strip(" .") or "_"
    if stem.split(".")[0].rstrip(" ").casefold() not in _DEVICES:
        return stem
    # A device is a device whatever follows its point.
    return "_" + stem if "." in stem else stem + "_"
