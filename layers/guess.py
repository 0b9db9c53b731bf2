"""Guesses: which layer a file is, from its shapes, heads, words and name, and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.evidence import (
    Signs,
    evidence_of,
    fits,
    guess_facts,
    layers_named,
    layers_tagged,
    list_evidence,
)
from layers.proposal import Proposal
from layers.read import headed
from layers.refusal import RefusalError
from layers.schema import RASTERS, Layer, layer_names, schema
from layers.source import Options, Raw
from layers.table import match_heads, text_of
from layers.text import plain

ENOUGH = 4.0
"""Evidence a layer needs: about one head that only this layer knows."""
CLEARLY = 1.5
"""How much more evidence the likeliest layer needs than the next one."""
SAMPLE = 200
"""Rows that are looked at."""
_NAMED, _TAGGED = 4.5, 5.0
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_NO_NAME = re.compile(r"[^\w-]+")

Held = Callable[[str], pd.DataFrame | None]


@dataclass(frozen=True)
class Score:
    """
    How well a layer fits a file.

    Attributes
    ----------
    layer
        Its name.
    points
        The evidence; 0 where something rules the layer out.
    heads
        The heads that say most, the strongest first.
    why
        ``guess_name``, ``guess_values`` or ``guess_columns``: what spoke loudest.
    """

    layer: str
    points: float
    heads: tuple[str, ...] = ()
    why: str = "guess_columns"


def reference_name(file: str) -> str:
    """
    Make a layer's name of a file's name.

    Examples
    --------
    >>> reference_name("../户厕 台账(2023).xlsx"), reference_name("dem.tif")
    ('reference/户厕_台账_2023', 'reference/dem_file')
    """
    stem = unicodedata.normalize("NFKC", Path(file.replace("\\", "/")).stem)
    stem = re.sub(r"\.(?:shp|tar|geo)$", "", stem, flags=re.IGNORECASE)
    kept = _NO_NAME.sub("_", stem).strip("_-")[:60].strip("_-") or "file"
    taken = kept.casefold() in (*RASTERS, *layer_names())
    return "reference/" + (kept[:55] + "_file" if taken else kept)


def id_head(table: pd.DataFrame, heads: Mapping[str, str]) -> str | None:
    """
    Find the column that tells the rows of a reference layer apart.

    Parameters
    ----------
    table
        The rows under the sender's heads.
    heads
        Heads already understood; they are not taken again.

    Returns
    -------
    str or None
        The head, None where no column looks like an id and tells most rows apart.
    """
    facts = guess_facts()
    free = [str(head) for head in table.columns if head not in heads]
    first = [plain(one) for one in facts.id_heads]
    named = sorted((h for h in free if plain(h) in first), key=lambda h: first.index(plain(h)))
    ended = [h for h in free if h not in named and not h.startswith("_") and _ends(h)]
    for head in [*named, *ended]:
        values = [text_of(value) for value in table[head]]
        filled = [value for value in values if value is not None]
        if filled and len(set(filled)) >= len(filled) / 2 and len(filled) >= len(values) / 2:
            return head
    return None


@cache
def _links() -> frozenset[str]:
    """Give the heads by which rows of some layer name a record of another (``work_id``)."""
    columns = [c for name in layer_names() for c in schema(name).columns.values()]
    linked = [c for c in columns if c.name.endswith("_id")]
    return frozenset(plain(head) for c in linked for head in (c.name, *c.zh, *c.en))


def points_elsewhere(table: pd.DataFrame) -> bool:
    """Tell whether a table names records of other layers, whose places are then its own."""
    return any(plain(head) in _links() for head in table.columns)


def _ends(head: str) -> bool:
    folded = unicodedata.normalize("NFKC", head).strip()
    # HOUSE_ID and house_id, but not grid.
    return any(
        folded.casefold().endswith(one.casefold()) if one[0] in "_ " else folded.endswith(one)
        for one in guess_facts().id_endings
    )


def guess(
    raw: Raw, file: str, options: Options | None = None, held: Held | None = None
) -> list[Proposal]:
    """
    Say which layer a file is, the likeliest first, each with its reason.

    Parameters
    ----------
    raw
        The file as read.
    file
        Name of the file, which may say what it is about.
    options
        What the person said about it: heads named by ``--map`` count like any other.
    held
        Gives the rows a layer of the project has, None for one it has not; a list of villages or
        townships is not mixed with other places by a guess.

    Returns
    -------
    list of Proposal
        Of option ``layer``; the first is ``reference/NAME`` where no layer fits or where two fit
        equally well.
    """
    scores = scored(raw, file, options)
    inner = options and (options.sub_layer or options.sheet)
    other = reference_name(str(inner) if inner and len(raw.sheets) > 1 else file)
    told = [_said(score) for score in scores[:3]]
    if not scores:
        return [Proposal("layer", other, "guess_nothing", certain=0.5)]
    best = scores[0]
    next_best = scores[1].points if len(scores) > 1 else 0.0
    if best.points - next_best < CLEARLY:
        detail = "、".join(score.layer for score in scores[:2])
        return [Proposal("layer", other, "guess_doubtful", detail, 0.4), *told]
    places = bool(guess_facts().layer.get(best.layer, Signs()).endings)
    rows = held(best.layer) if places and held is not None else None
    if rows is not None and not _same_things(raw, best.layer, options, rows):
        return [Proposal("layer", other, "guess_held", best.layer, 0.4), *told]
    return told


def raster_guess(file: str) -> list[Proposal]:
    """
    Say by its name whether a raster is people or classes of land: heights where nothing tells.

    Examples
    --------
    >>> [one.value for one in raster_guess("人口2020.tif")], raster_guess("a.tif")[0].value
    (['population', 'dem', 'landcover'], 'dem')
    """
    folded = plain(Path(file.replace("\\", "/")).stem)
    people = any(word in folded for word in guess_facts().people_names)
    cover = any(word in folded for word in guess_facts().cover_names)
    first = "landcover" if cover else "population" if people else "dem"
    order = (first, *(name for name in RASTERS if name != first))
    return [
        Proposal("layer", name, "guess_raster", certain=0.8 if name == first else 0.1)
        for name in order
    ]


def _said(score: Score) -> Proposal:
    certain = round(min(0.95, score.points / (score.points + 4)), 2)
    detail = "、".join(score.heads[:4])
    return Proposal("layer", score.layer, score.why, detail, certain)


def scored(raw: Raw, file: str, options: Options | None = None) -> list[Score]:
    """
    Weigh every layer against a file.

    Returns
    -------
    list of Score
        Layers with enough evidence, the best first, equal ones by name.
    """
    options = options or Options()
    few = _few(raw)
    kind = _kind(few.geometry)
    called = layers_named(file, raw.sheets)
    tags = layers_tagged(few)
    found = []
    for name in layer_names():
        one = _score(few, schema(name), options, kind, named=name in called, tags=tags)
        if one is not None and one.points >= ENOUGH:
            found.append(one)
    return sorted(found, key=lambda score: (-score.points, score.layer))


def _few(raw: Raw) -> Raw:
    shapes = None if raw.geometry is None else raw.geometry[:SAMPLE]
    return replace(raw, table=raw.table.head(SAMPLE), geometry=shapes, notes=())


def _kind(shapes: np.ndarray[Any, Any] | None) -> str | None:
    """Give the geometry most rows have, None for a table; ``mixed`` for what no layer takes."""
    if shapes is None:
        return None
    kinds = [_KINDS.get(int(n), "mixed") for n in shapely.get_type_id(shapes) if n >= 0]
    return max(sorted(set(kinds)), key=kinds.count) if kinds else None


def _score(
    raw: Raw, layer: Layer, options: Options, kind: str | None, *, named: bool, tags: set[str]
) -> Score | None:
    """Weigh one layer; None where something rules it out."""
    if kind is not None and kind not in layer.geometry:
        return None
    signs = guess_facts().layer.get(layer.name, Signs())
    try:
        table = headed(raw, layer, options).table
    except RefusalError:
        return None
    # A file may lack columns the person named: that is said when the layer is known.
    present = {plain(head) for head in table.columns}
    if not all(plain(head) in present for head in options.columns):
        options = Options()
    heads = match_heads([str(head) for head in table.columns], layer, options)
    fields = {field: head for head, field in heads.items()}
    if kind is None and "point" not in layer.geometry and {"lon", "lat"} <= fields.keys():
        return None
    told = evidence_of(table, heads, layer)
    listed = list_evidence(table, fields, signs)
    tagged = layer.name in tags
    sure = named or tagged
    if not fits(
        [str(h) for h in table.columns], fields, told, layer, signs, sure=sure or listed > 0
    ):
        return None
    points = sum(told.values()) + _NAMED * named + _TAGGED * tagged + listed
    why = "guess_name" if named else "guess_values" if tagged else "guess_columns"
    strong = sorted((h for h, w in told.items() if w > 0.4), key=lambda h: (-told[h], h))
    if named and strong and told[strong[0]] > _NAMED:
        why = "guess_columns"
    if why == "guess_columns" and not strong:
        strong = [fields[f] for f in ("name", "id") if f in fields]
    return Score(layer.name, round(points, 2), tuple(strong), why)


def _same_things(raw: Raw, name: str, options: Options | None, rows: pd.DataFrame) -> bool:
    """
    Tell whether a file speaks of the places a layer has.

    Some of its ids or names are there, or its codes are of the same county.
    """
    layer = schema(name)
    table = headed(_few(raw), layer, options).table
    heads = match_heads([str(head) for head in table.columns], layer, options or Options())
    fields = {field: head for head, field in heads.items()}
    for field in ("id", "name"):
        if field not in fields or field not in rows.columns:
            continue
        sent = {text for value in table[fields[field]] if (text := text_of(value)) is not None}
        known = set(rows[field].dropna().astype("str"))
        if sent and len(sent & known) >= 0.3 * len(sent):
            return True
        if field == "id" and sent and _counties(sent) and _counties(sent) == _counties(known):
            return True
    return False


def _counties(codes: set[str]) -> set[str]:
    """Give the counties of national division codes: their first six digits."""
    return {code[:6] for code in codes if len(code) in (9, 12) and code.isdigit()}
