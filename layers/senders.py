"""Who has reported: layer by township, what came, when, how much, and what is still missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from layers.frames import EVERYTHING
from layers.places import NOWHERE, villages_of
from layers.project import Project
from layers.schema import RASTERS, keys, schema
from layers.sent.areas import Reach, lists_homes
from layers.sent.sending import tags_of
from layers.surveyed import standing_imports
from layers.text import township_key

BOARD = (
    "layer", "township", "state", "villages_sent", "villages", "rows", "unplaced", "findings",
    "day", "file", "import",
)  # fmt: skip
"""Columns of the board; ``state`` is ``sent``, ``part`` or ``none``."""
MISSING = ("layer", "township", "state", "targets")
"""Columns of what is missing; ``state`` is ``complete``, ``part`` or ``none``."""
_NOT_SENT = ("villages", "townships", "teams", "assignments", "candidates", "exclusions")


def board(project: Project, layers: Iterable[str] | None = None) -> pd.DataFrame:
    """
    Say which township has sent what.

    Parameters
    ----------
    project
        The project.
    layers
        Layers to look at; those the project holds when not given.

    Returns
    -------
    pandas.DataFrame
        ``BOARD``: one row per layer and township, in the order of the village list, and one with
        township '' for rows of no known township. ``villages_sent`` counts villages with rows,
        ``unplaced`` rows whose village is unknown, ``findings`` warnings; ``day`` is the day the
        data speak of and ``import`` the number of the import: no clock of a machine decides.
    """
    held = project.layers()
    wanted = [n for n in (held if layers is None else layers) if not n.startswith("reference/")]
    if layers is None:
        wanted = [name for name in wanted if name not in _NOT_SENT]
    return _board(project, wanted, _Tables(project))


def _board(project: Project, layers: Iterable[str], tables: _Tables) -> pd.DataFrame:
    rows = [row for name in layers for row in _of_layer(project, name, tables)]
    return pd.DataFrame(rows, columns=pd.Index(BOARD))


class _Tables:
    """The project's tables, read once for a board."""

    def __init__(self, project: Project) -> None:
        self.senders = project.table("senders")
        self.sendings = project.table("sendings")
        self.villages = project.frame("villages")
        self.reach = Reach(self.villages)
        self.surveyed = project.table("surveyed")
        self.imports = standing_imports(project.table("imports"))
        found = project.table("findings")
        found["sending"] = found.get("sending", pd.Series(None, index=found.index, dtype=object))
        self.findings = found[found["severity"] == "warning"]

    def last(self, layer: str) -> tuple[str, int, str]:
        """Give file, number and mode of the newest import that changed a layer."""
        for row in reversed(self.imports.to_dict("records")):
            if layer in json.loads(row["layers"] or "[]"):
                return str(row["file"]), int(row["fid"]), str(row["mode"])
        return "", 0, ""


def _of_layer(project: Project, name: str, tables: _Tables) -> list[tuple[Any, ...]]:
    villages = tables.villages
    frame = project.frame(name)
    if frame is None:
        frame = pd.DataFrame({"id": pd.Series(dtype="str")})
    homes = _homes(project, name, frame, villages)
    towns = _towns(villages)
    town_of = {village: town for town, ids in towns.items() for village in ids}
    tags = tags_of(tables.senders, name)
    sent = tables.sendings[tables.sendings["layer"] == name]
    titles = _titles(sent, town_of)
    ids_ = frame["id"].astype(str).reset_index(drop=True)
    homes = homes.astype(str).reset_index(drop=True)
    said = ids_.map(tags).map(titles).astype("str")
    placed = pd.DataFrame(
        {
            "town": homes.map(town_of).astype("str").fillna(said).fillna(""),
            "home": homes,
            "id": ids_,
        }
    )
    names = [*towns, *([""] if (placed["town"] == "").any() else [])]
    made = []
    for town in names:
        here = placed[placed["town"] == town]
        ids = towns.get(town, frozenset())
        state, file, number, day = _state(name, town, ids, sent, tables, len(here))
        villages_sent = int(here.loc[here["home"] != NOWHERE, "home"].nunique())
        if state == "sent" and lists_homes(name) and villages_sent < len(ids):
            state = "part" if villages_sent else "none"
        made.append(
            (
                name, town, state, villages_sent,
                len(ids), len(here), int((here["home"] == NOWHERE).sum()),
                _doubts(name, town, here, sent, titles, tables), day, file, number,
            )
        )  # fmt: skip
    return made


def _homes(
    project: Project, name: str, frame: pd.DataFrame, villages: pd.DataFrame | None
) -> pd.Series:
    if villages is None or not len(frame):
        return pd.Series(NOWHERE, index=frame.index, dtype="str")
    frames = {"villages": villages, name: frame}
    parent = keys().get(schema(name).village_from, "")
    rows = project.frame(parent) if parent else None
    if rows is not None:
        frames[parent] = rows
    return villages_of(name, frames)


def _towns(villages: pd.DataFrame | None) -> dict[str, frozenset[str]]:
    """Give the villages of each township, in the order of the list; '' where it names none."""
    if villages is None:
        return {}
    ids = villages["id"].astype(str)
    if "township" not in villages.columns:
        return {"": frozenset(ids)}
    towns = villages["township"].fillna("").astype(str)
    return {town: frozenset(ids[towns == town]) for town in towns.unique()}


def _titles(sent: pd.DataFrame, town_of: Mapping[str, str]) -> dict[str, str]:
    """Give the township of each sender that has one."""
    by_key = {township_key(town): town for town in town_of.values() if town}
    found = {}
    for sender in sent["sender"].unique():
        kind, _, rest = str(sender).partition(":")
        if kind == "township":
            found[str(sender)] = by_key.get(rest, "")
        elif kind == "village":
            found[str(sender)] = town_of.get(rest, "")
    return found


def _state(
    layer: str,
    town: str,
    ids: frozenset[str],
    sent: pd.DataFrame,
    tables: _Tables,
    rows: int,
) -> tuple[str, str, int | None, str | None]:
    """Say whether a township sent a layer, in which file and import, and of which day it is."""
    covered: set[str] = set()
    mine = []
    for row in sent.sort_values("import").to_dict("records"):
        here = tables.reach(json.loads(row["areas"] or "[]")) & ids
        if here:
            covered |= here
            mine.append(row)
    if mine:
        days = [str(row["day"]) for row in mine if row["day"]]
        files = list(dict.fromkeys(str(row["file"]) for row in mine))
        state = "sent" if ids <= covered else "part"
        return state, "、".join(files), int(mine[-1]["import"]), max(days, default=None)
    file, number, mode = tables.last(layer)
    said = tables.surveyed[
        (tables.surveyed["layer"] == layer) & tables.surveyed["complete"].astype(bool)
    ]
    whole = [
        row for row in said.to_dict("records")
        if row["area"] == EVERYTHING or (town and ids <= tables.reach([row["area"]]))
    ]  # fmt: skip
    if whole and town:
        days = [str(row["date"]) for row in whole if row["date"]]
        return "sent", file, number or None, max(days, default=None)
    if rows and mode != "sender":
        return "part", file, number or None, None
    return ("part" if rows else "none"), "", None, None


def _doubts(
    layer: str,
    town: str,
    here: pd.DataFrame,
    sent: pd.DataFrame,
    titles: Mapping[str, str],
    tables: _Tables,
) -> int:
    """Count the warnings about a township's rows: those of its sendings, and those naming one."""
    own = set(sent.loc[sent["sender"].map(lambda one: titles.get(str(one), "")) == town, "key"])
    found = tables.findings[tables.findings["layer"] == layer]
    live = set(tables.imports["fid"])
    replaced = tables.imports[
        (tables.imports["layer"] == layer) & (tables.imports["mode"] == "replace")
    ]["fid"].max()
    ids = set(here["id"])
    count = 0
    for row in found.to_dict("records"):
        if not pd.isna(row["sending"]):
            count += row["sending"] in own
        elif row["import"] in live and not row["import"] < replaced:
            count += bool(ids & set(json.loads(row["ids"] or "[]")))
    return count


def missing(project: Project, needed: Mapping[str, list[str]]) -> pd.DataFrame:
    """
    Say what is still missing to judge, layer by township.

    Parameters
    ----------
    project
        The project.
    needed
        Layer to the targets that read it, as ``geo.standard.layers_needed`` gives it.

    Returns
    -------
    pandas.DataFrame
        ``MISSING``: one row per needed layer and township; a raster is one row with township ''.
        ``complete`` where the township's list is said to be complete, ``part`` where there are
        rows or a list of some of its villages.
    """
    tables = _Tables(project)
    towns = _towns(tables.villages)
    held = set(project.layers())
    made: list[tuple[Any, ...]] = []
    for layer, targets in needed.items():
        if layer in RASTERS:
            there = (project.folder / f"{layer}.tif").is_file()
            made.append((layer, "", "complete" if there else "none", targets))
            continue
        if layer == "villages":
            continue
        said = tables.surveyed[tables.surveyed["layer"] == layer]
        counts = _board(project, [layer], tables) if layer in held else None
        for town, ids in towns.items():
            covered: set[str] = set()
            for row in said[said["complete"].astype(bool)].to_dict("records"):
                whole = row["area"] == EVERYTHING
                covered |= ids if whole else tables.reach([row["area"]]) & ids
            rows = (
                0 if counts is None else int(counts.loc[counts["township"] == town, "rows"].sum())
            )
            state = "complete" if ids <= covered else "part" if covered or rows else "none"
            made.append((layer, town, state, targets))
    return pd.DataFrame(made, columns=pd.Index(MISSING))
