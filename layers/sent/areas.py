"""Which township or village a file speaks for: by its name, sheet, title, folder and rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from layers.places import NOWHERE, area_names, villages_in
from layers.schema import Layer, schema
from layers.sent.names import simplified
from layers.source import Source
from layers.table import text_of
from layers.text import plain, township_key, village_key

_TOWN = r"(?:街道办事处|办事处|街道|镇|乡)?"
_VILLAGE = r"(?:村民委员会|村委会|居委会|行政村|社区|村)?"
_AFTER_TOWN = re.compile(r"(?:村|社区|居委会)")


@dataclass(frozen=True)
class Named:
    """
    What a name speaks of, as the project writes it.

    Attributes
    ----------
    township, village
        Names; '' where none is spoken of.
    village_id
        Id of the village, '' without one.
    """

    township: str = ""
    village: str = ""
    village_id: str = ""


def _open(text: object) -> str:
    """Fold a text, its separators kept as spaces: where a Latin name ends still shows."""
    folded = simplified(unicodedata.normalize("NFKC", str(text)).casefold())
    return re.sub(r"[\s_\-()\[\]{}<>/\\.,:;#*'\"、·]+", " ", folded).strip()


def _spans(text: str, key: str, endings: str) -> Iterable[tuple[int, int, bool]]:
    """Find a name in a text: where, and whether with an ending that says what it is."""
    if len(key) < 2 and not key.isdigit():
        return
    edge = [
        r"(?<![a-z0-9])" if key[0].isascii() else "",
        r"(?![a-z0-9])" if key[-1].isascii() else "",
    ]
    body = r"\s?".join(map(re.escape, key))
    for found in re.finditer(f"{edge[0]}{body}{edge[1]}({endings})", text):
        yield found.start(), found.end(), bool(found[1])


def named(text: object, villages: pd.DataFrame | None) -> Named:
    """
    Find the township and the village a name speaks of.

    Parameters
    ----------
    text
        Name of a file, a sheet or a folder, or a title line.
    villages
        The villages of the project.

    Returns
    -------
    Named
        Empty where none, or more than one, is spoken of.

    Examples
    --------
    >>> known = pd.DataFrame({"id": ["1"], "name": ["石桥村"], "township": ["东沟镇"]})
    >>> named("2023年东沟乡户厕台账.xlsx", known).township
    '东沟镇'
    """
    if villages is None or not len(villages):
        return Named()
    where = _open(text)
    towns: dict[str, tuple[int, int, bool]] = {}
    if "township" in villages.columns:
        for town in villages["township"].dropna().astype(str).unique():
            for start, end, sure in _spans(where, simplified(township_key(town)), _TOWN):
                if sure or not _AFTER_TOWN.match(where[end:].strip()):
                    towns[town] = max(
                        towns.get(town, (0, 0, False)), (start, end, sure), key=_length
                    )
    towns = _longest(towns)
    town = next(iter(towns)) if len(towns) == 1 else ""
    rows: dict[str, tuple[int, int, bool]] = {}
    for row in villages.itertuples():
        if town and _town(row) and township_key(_town(row)) != township_key(town):
            continue
        for start, end, sure in _spans(where, simplified(village_key(row.name)), _VILLAGE):
            inside = any(start >= s and end <= e for s, e, _ in towns.values())
            if not inside and (sure or start == 0 or any(start == e for _, e, _ in towns.values())):
                rows[str(row.id)] = (start, end, sure)
    rows = _longest(rows)
    if len(rows) != 1 or (len(towns) > 1):
        return Named(town)
    row = next(one for one in villages.itertuples() if str(one.id) in rows)
    return Named(town or _town(row), str(row.name), str(row.id))


def _town(row: Any) -> str:
    town = getattr(row, "township", None)
    return "" if town is None or pd.isna(town) else str(town)


def _length(span: tuple[int, int, bool]) -> tuple[bool, int]:
    return span[2], span[1] - span[0]


def _longest(found: Mapping[str, tuple[int, int, bool]]) -> dict[str, tuple[int, int, bool]]:
    """Leave out names that are part of a longer one, and bare ones where one has its ending."""
    kept = {
        name: (start, end, sure)
        for name, (start, end, sure) in found.items()
        if not any(s <= start and end <= e and e - s > end - start for s, e, _ in found.values())
    }
    surest = any(sure for _, _, sure in kept.values())
    return {name: span for name, span in kept.items() if span[2] == surest}


def spoken_of(
    file: str,
    tab: str,
    lines: Iterable[str],
    folders: Iterable[str],
    villages: pd.DataFrame | None,
    *,
    several: bool = False,
) -> tuple[Named, Named]:
    """
    Say who sends a table, and what its rows are of where they do not say.

    Parameters
    ----------
    file, tab, lines, folders
        Name of the file, of the sheet ('' for none), the sheet's title lines, and the folders it
        lies in, the nearest first.
    villages
        The villages of the project.
    several
        The workbook has several sheets: a sheet says what its rows are of, and who sends them
        only where neither file nor folder does.

    Returns
    -------
    sender
        What the file's name speaks of, else its titles, else the sheet, else the folder.
    rows
        The same, and the village that sheet or title name inside the sender's township.
    """
    inner = [one for one in (*lines, tab) if one]
    outer = list(folders)
    texts = [file, *outer, *inner] if several else [file, *inner, *outer]
    found = ((text, one) for text in texts if (one := named(text, villages)) != Named())
    where, at = next(found, ("", Named()))
    if villages is None or not at.township or at.village:
        return at, at
    keys = villages["township"].map(township_key, na_action="ignore")
    near = villages[keys == township_key(at.township)]
    inside = [one for text in (file, *inner) if (one := named(text, near)).village]
    if not inside:
        return at, at
    # A file that names a village in the folder of its township speaks for the village; a sheet of
    # a township's file does not.
    narrow = named(file, near).village or (where in outer and not several)
    return (inside[0] if narrow else at), inside[0]


def filled(source: Source, layer: Layer, rows: Named) -> tuple[Source, tuple[str, ...]]:
    """
    Write township and village into the rows that lack them.

    Parameters
    ----------
    source, layer
        A table and the layer it is meant for.
    rows
        What its rows are of.

    Returns
    -------
    source
        The table, columns added or their blanks filled.
    added
        The fields that were filled.
    """
    wanted = {"township": rows.township, "village": rows.village}
    if layer.name == "villages":
        wanted.pop("village")
    table = source.table.copy(deep=False)
    heads = {layer.aliases.get(plain(head)): head for head in table.columns}
    stated = {heads[one] for one in ("village_id", "village") if one in heads}
    added: list[str] = []
    for name, value in wanted.items():
        if not value or (name == "village" and "village_id" in heads):
            continue
        head = heads.get(name)
        if head is None:
            table[name] = pd.Series([value] * len(table), table.index, dtype=object)
            added.append(name)
            continue
        blank = table[head].map(lambda cell: text_of(cell) is None).to_numpy(dtype=bool)
        if name == "village" or blank.all() or not stated:
            table[head] = table[head].astype(object).where(~blank, value)
            added += [name] if blank.any() else []
    if not added:
        return source, ()
    return replace(source, table=table), tuple(added)


@dataclass(frozen=True)
class Sender:
    """
    Who sends rows: a township, a village, or a file where neither is known.

    Attributes
    ----------
    key
        ``township:NAME``, ``village:ID`` or ``file:NAME``.
    title
        As people call it.
    areas
        Townships or villages it speaks for, as ``surveyed`` names them.
    stated
        The rows or names say so; False where only positions do.
    """

    key: str
    title: str
    areas: tuple[str, ...] = ()
    stated: bool = True


def sender_of(
    at: Named, frame: pd.DataFrame, homes: pd.Series, villages: pd.DataFrame | None, file: str
) -> Sender:
    """
    Say who sends rows.

    Parameters
    ----------
    at
        What names and titles speak of.
    frame, homes
        The rows, and the village of each.
    villages
        The villages of the project.
    file
        Name of the file, for a sender that is nothing else.
    """
    town_of: dict[str, str] = {}
    if villages is not None and "township" in villages.columns:
        named_ = villages[villages["township"].notna()]
        town_of = dict(zip(named_["id"].astype(str), named_["township"].astype(str), strict=True))
    by_key = {township_key(town): town for town in town_of.values()}
    stated: dict[str, str] = {}
    if "township" in frame.columns:
        for town in frame["township"].dropna().astype(str).unique():
            key = township_key(town)
            if key in by_key or not by_key:
                stated[key] = by_key.get(key, town)
    lying = {township_key(t): t for v in homes.unique() if (t := town_of.get(str(v)))}
    towns = {**stated, **lying}
    own = township_key(at.township) if at.township else ""
    ours = [
        v
        for v in homes
        if v != NOWHERE and (not own or township_key(town_of.get(str(v), "")) == own)
    ]
    # A name speaks for the rows unless most of them are of other places.
    fits = 2 * len(ours) >= int((homes != NOWHERE).sum())
    if at.village_id and fits and (not towns or own in towns or not own):
        return Sender(f"village:{at.village_id}", at.village, (at.village_id,))
    if own and fits and (not towns or own in towns):
        return Sender(f"township:{own}", at.township, (at.township,))
    if len(towns) == 1:
        key, town = next(iter(towns.items()))
        return Sender(f"township:{key}", town, (town,), bool(stated) or "village" in frame.columns)
    here = [v for v in homes.unique() if v != NOWHERE]
    if not town_of and len(here) == 1:
        return Sender(f"village:{here[0]}", str(here[0]), (str(here[0]),))
    areas = tuple(sorted(towns.values())) or tuple(sorted(map(str, here)))
    return Sender(f"file:{file}", file, areas, bool(stated))


def lists_homes(layer: str) -> bool:
    """
    Tell whether every village has rows in a layer, so that one without any was not reported.

    Examples
    --------
    >>> lists_homes("toilets"), lists_homes("streetlights")
    (True, False)
    """
    return layer == "households" or schema(layer).village_from == "household_id"


class Reach:
    """
    The villages of areas, by name or id.

    Parameters
    ----------
    villages
        The villages of the project, None while it has none.
    """

    def __init__(self, villages: pd.DataFrame | None) -> None:
        self._names = None if villages is None else area_names(villages)

    def __call__(self, areas: Iterable[str]) -> frozenset[str]:
        """Give the ids of the villages in some areas."""
        if self._names is None:
            return frozenset()
        return frozenset(v for area in areas for v in villages_in(area, self._names))
