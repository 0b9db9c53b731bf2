"""What a list that goes out may show beside its items: places to draw, names, what it is of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from geo.assess import Assessment
from layers.text import LANGUAGES, said, t
from layers.where.positions import WGS84
from layers.work_form import Item
from works.export import at_home, by_person
from works.figures import text

_OF_HOMES = ("subject_id", "subject_name", "address", "place", "shape")
"""What the version for everybody leaves out of an item about a home."""
_IN_OWN_WORDS = ("note", "result", "obstacle", "filled_by", "person")
_BESIDE = ("photos", "claims", "questions")
"""What it leaves out of every item: free words may name anybody."""


@dataclass(frozen=True)
class Look:
    """
    What a list may show beside its items.

    Attributes
    ----------
    project
        The project's name.
    as_of
        The day the data are of.
    standard, standard_title
        The standard's label (``id@version``) and its title in zh and en.
    levels
        What the levels are called here: code to names in zh and en; our own words where empty.
    villages
        Outlines in WGS 84 with ``id``, ``name``, ``township``; None where there are none.
    roads
        Roads in WGS 84 with ``name`` and ``main`` (bool); None where there are none.
    centres
        Village id to the longitude and latitude of a point of it.
    order
        Ids of all villages in the county's order.
    targets
        Target id to its title in zh and en.
    homes, named
        Targets about homes, and those about things kept under somebody's name.
    demo
        True where all of it is invented.
    """

    project: str
    as_of: dt.date
    standard: str = ""
    standard_title: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    villages: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None
    centres: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    homes: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    demo: bool = False

    def level(self, code: str, lang: str) -> str:
        """Give what a level is called here."""
        return said(self.levels.get(code), lang) or t(f"level.{code}", lang)

    def target(self, target_id: str, lang: str) -> str:
        """Give a target's title; its id where the standard does not have it any more."""
        return said(self.targets.get(target_id), lang) or target_id

    def disclaimer(self, lang: str) -> str:
        """Give the sentence that stands on every map."""
        return t("map_disclaimer", lang)

    def about_home(self, item: Item) -> bool:
        """Tell whether an item is about a home; one of a target nobody knows any more may be."""
        if item["subject_id"] and item["subject_id"] == item["village_id"]:
            return False
        return item["target_id"] in self.homes or item["target_id"] not in self.targets

    def by_name(self, item: Item) -> bool:
        """Tell whether an item's subject carries the name of a person."""
        if item["subject_id"] and item["subject_id"] == item["village_id"]:
            return False
        return item["target_id"] in self.named or self.about_home(item)


def look_of(found: Assessment) -> Look:
    """
    Collect what lists made from an assessment may show.

    Parameters
    ----------
    found
        The assessment; all villages and roads of its project are shown, also outside the scope.
    """
    subjects = {target.id: target.subjects for target in found.standard.targets}
    homes = {key for key, layer in subjects.items() if at_home(layer)}
    named = {key for key, layer in subjects.items() if by_person(found, layer)}
    marks = {t("bar.demo", lang) for lang in LANGUAGES}
    return Look(
        project=found.project_name,
        as_of=found.as_of,
        standard=found.standard.label,
        standard_title=found.standard.title,
        levels=found.levels,
        villages=_villages(found),
        roads=_roads(found),
        centres=_centres(found),
        order=tuple(found.ground.villages.index.astype(str)),
        targets={target.id: target.title for target in found.standard.targets},
        homes=frozenset(homes),
        named=frozenset(named),
        demo=any(mark in found.project_name for mark in marks),
    )


def as_public(items: Iterable[Item], look: Look) -> list[Item]:
    """
    Give items as they may be shown to anybody; the ones given stay as they are.

    Of a home, id, name, address and place are left out: it stands at a point of its village. What
    people wrote in their own words, and who they are, is left out of every item.
    """
    return [_public(item, look) for item in items]


def _public(item: Item, look: Look) -> Item:
    shown = item | dict.fromkeys(_IN_OWN_WORDS) | dict.fromkeys(_BESIDE, "")
    if look.by_name(item):
        shown["subject_name"] = None
    if look.about_home(item):
        centre = look.centres.get(text(item["village_id"]))
        lon, lat = (None, None) if centre is None else (f"{v:.7f}" for v in centre)
        position = "none" if centre is None else "village"
        shown |= dict.fromkeys(_OF_HOMES) | {"lon": lon, "lat": lat, "position": position}
    return shown


def _villages(found: Assessment) -> gpd.GeoDataFrame | None:
    outlines, crs = found.ground.outlines, found.ground.data.crs
    if crs is None or outlines.empty:
        return None
    rows = found.ground.villages.reindex(outlines.index)
    ids = outlines.index.astype(str).tolist()
    cells = {
        name: [text(value) for value in rows[name]] if name in rows.columns else [""] * len(ids)
        for name in ("name", "township")
    }
    shapes = gpd.GeoSeries(outlines.to_numpy(dtype=object), crs=crs).to_crs(WGS84)
    return gpd.GeoDataFrame({"id": ids, **cells}, geometry=shapes, crs=WGS84)


def _roads(found: Assessment) -> gpd.GeoDataFrame | None:
    frame = found.roads
    if frame is None or frame.crs is None:
        return None
    frame = gpd.GeoDataFrame(frame[shapely.length(np.asarray(frame.geometry.array)) > 0])
    if frame.empty:
        return None
    blank = [""] * len(frame)
    names = [text(v) for v in frame["name"]] if "name" in frame.columns else blank
    kinds = [text(v) for v in frame["class"]] if "class" in frame.columns else blank
    shapes = frame.geometry.to_crs(WGS84).reset_index(drop=True)
    cells = {"name": names, "main": [kind.endswith("_main") for kind in kinds]}
    return gpd.GeoDataFrame(cells, geometry=shapes, crs=WGS84)


def _centres(found: Assessment) -> dict[str, tuple[float, float]]:
    rows, crs = found.ground.items("villages"), found.ground.data.crs
    if crs is None or not rows.placed.any():
        return {}
    points = gpd.GeoSeries(shapely.points(rows.xy[rows.placed]), crs=crs).to_crs(WGS84)
    ids = rows.ids[rows.placed].astype(str).tolist()
    places = zip(points.x.tolist(), points.y.tolist(), strict=True)
    return dict(zip(ids, places, strict=True))
