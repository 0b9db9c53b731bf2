"""A scenario as files: a work list teams can open, the sheet of the project library, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.crs import transform
from layers.places import NOWHERE
from layers.schema import schema
from layers.text import percent, said, t
from layers.where.positions import WGS84
from layers.work_form import HandOut, Item
from works.export import geojson_bytes, plain
from works.figures import amount_text
from works.handout.columns import placed
from works.handout.files import file_bytes
from works.handout.look import Look
from works.library import WorkKind
from works.papers.teller import Teller
from works.project_library import COLUMNS as LIBRARY
from works.project_library import library_xlsx
from works.scenarios.alone import Alone, alone
from works.scenarios.effect import Effect, others, shifts, totals, villages
from works.scenarios.ground import kit_of, sites_of, where
from works.scenarios.scenario import DELETE, MOVE, PLACE, REPAIR, Change
from works.siting.files import SITES
from works.siting.nearby import nearby
from works.siting.rules import rules
from works.tasks.planned import Plan, free_number, planned_id
from works.workbook import workbook
from works.worklist import short_names

OWN = ["act", "order", "gained", "lost", "people", "from_lon", "from_lat", "plan"]


def things(effect: Effect) -> gpd.GeoDataFrame:
    """
    Give every change with the place where work is done.

    Returns
    -------
    geopandas.GeoDataFrame
        In the project's CRS, in build order, without what has no place: ``key, act, layer, kind``
        (of the thing), ``name, cost, village_id`` (``-`` outside all), ``from_x, from_y`` of
        what is moved, and ``cells`` of what is new or makes a broken one pass.
    """
    found = effect.before
    each = [(effect.scenario.changes[at], effect.costs[at]) for at in _located(effect)]
    spots = sites_of(found, [_as_placed(effect, one) for one, _ in each])
    rows = []
    mend = {layer: kit_of(found, effect.scenario.target, layer).mending
            for layer in {one.layer for one, _ in each if one.act == REPAIR}}  # fmt: skip
    for one, cost in each:
        here = where(found, one.layer, one.key) if one.act != PLACE else None
        x, y = here if here is not None and one.act == MOVE else (np.nan, np.nan)
        cells = mend[one.layer].get(one.key, {}) if one.act == REPAIR else one.cells
        rows.append({"key": one.key, "act": one.act, "layer": one.layer,
                     "kind": _kind(effect, one), "name": one.name or _name(effect, one),
                     "cost": cost, "from_x": x, "from_y": y, "cells": dict(cells)})  # fmt: skip
    names = ["key", "act", "layer", "kind", "name", "cost", "from_x", "from_y", "cells"]
    table = pd.DataFrame(rows, columns=names)
    home = spots["village_id"].tolist() if len(spots) else []
    shapes = gpd.GeoSeries(spots.geometry.to_numpy() if len(spots) else [],
                           crs=found.ground.data.crs)  # fmt: skip
    table["village_id"] = pd.Series(home, dtype=object)
    return gpd.GeoDataFrame(table, geometry=shapes)


def _located(effect: Effect) -> list[int]:
    """Give the positions of the changes that do something at a place."""
    gone = {(one.layer, one.key) for one in effect.missing}
    return [
        at for at, one in enumerate(effect.scenario.changes)
        if (one.layer, one.key) not in gone
        and (one.at or where(effect.before, one.layer, one.key)) is not None
    ]  # fmt: skip


def _as_placed(effect: Effect, one: Change) -> Change:
    """Give a change as a place to be: where a thing stands after, or stood."""
    at = one.at or where(effect.before, one.layer, one.key) or (np.nan, np.nan)
    return replace(one, act=PLACE, x=at[0], y=at[1])


def _cell(effect: Effect, one: Change, column: str) -> str:
    items = effect.before.ground.items(one.layer)
    if column not in items.cells:
        return ""
    at = np.flatnonzero(items.ids.astype(str) == one.key)
    value = items.cells[column].iloc[int(at[0])] if len(at) else None
    return "" if value is None or pd.isna(value) else str(value)


def _kind(effect: Effect, one: Change) -> str:
    return one.kind if one.act == PLACE else _cell(effect, one, "kind")


def _name(effect: Effect, one: Change) -> str:
    if one.act == PLACE:
        return ""
    return _cell(effect, one, "name") or one.key


def title_of(act: str, layer: str, kind: str, costs: Mapping[str, WorkKind],
             lang: str) -> str:  # fmt: skip
    """Say what is done: the kind of work, or what is moved or taken away."""
    rule = rules().of(layer, kind)
    work = costs.get(rule.repair if act == REPAIR else rule.new)
    if act in (PLACE, REPAIR) and work is not None:
        return said(work.title, lang)
    return t(f"scenario.do.{act}", lang, thing=thing_title(layer, kind, lang))


def thing_title(layer: str, kind: str, lang: str) -> str:
    """Give what people call a thing of a layer, by its kind where it has one."""
    form = schema(layer)
    column = form.columns.get("kind")
    words = () if column is None else column.words.get(kind, ())
    if len(words) > 1:
        return words[0 if lang == "zh" else 1]
    return said(form.title, lang)


def work_frame(
    effect: Effect, costs: Mapping[str, WorkKind], numbers: Mapping[str, str] | None = None
) -> gpd.GeoDataFrame:
    """
    Give the changes as work: the columns of a work list, then what the scenario says.

    Parameters
    ----------
    effect
        The scenario, judged.
    costs
        The table of costs.
    numbers
        Work id to the number kept work has: such a number is given to no other.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, in build order. ``work_id`` is the same for the same thing and target in every
        run, and that of the sites of a plan; ``expected`` is the village's share before and after
        this change alone; ``plan`` (``works.tasks.planned.Plan``) is what the work is kept with.
    """
    found, held = effect.before, effect.scenario
    spots = things(effect)
    target = found.target(held.target)
    every = alone(effect, costs)
    each = [every[at] for at in _located(effect)]
    stems, near = short_names(found.ground.villages), nearby(found.ground, spots)
    exact = _degrees(effect, spots.geometry.x.to_numpy(), spots.geometry.y.to_numpy(), 15)
    lon, lat = (np.round(one, 7) for one in exact)
    given, taken = numbers or {}, set((numbers or {}).values())
    from_lon, from_lat = _degrees(effect, spots["from_x"].to_numpy(float),
                                  spots["from_y"].to_numpy(float))  # fmt: skip
    listed = found.villages.set_index(found.villages["id"].astype(str))
    lead = said(target.lead, "zh") if target.lead else None
    rows = []
    for at, one in enumerate(spots.to_dict("records")):
        rule = rules().of(one["layer"], one["kind"])
        work = costs.get(rule.repair if one["act"] == REPAIR else rule.new)
        home = str(one["village_id"])
        key = planned_id(held.target, one["layer"], one["key"], one["act"])
        told = each[at]
        titles = {lang: title_of(one["act"], one["layer"], one["kind"], costs, lang)
                  for lang in ("zh", "en")}  # fmt: skip
        why = {lang: _why(told, target.title, lang) for lang in ("zh", "en")}
        short = said(work.short, "zh") if work is not None and work.short else "点"
        number = given.get(key) or free_number(f"{stems.get(home, '-')}-{short}", at + 1, taken)
        taken.add(number)
        stays = one["act"] in (REPAIR, DELETE)
        spot = (None, None) if stays else (float(exact[0][at]), float(exact[1][at]))
        decided = Plan(one["act"], one["layer"], one["key"], one["cells"], *spot)
        rows.append(
            {
                "id": key, "work_id": key,
                "work_no": number, "version": 1, "state": "open", "priority": at + 1,
                "kind": "" if work is None else work.id,
                "title_zh": titles["zh"], "title_en": titles["en"], "quantity": 1,
                "unit": "" if work is None else said(work.unit, "zh"), "cost": one["cost"],
                "currency": effect.prices.currency, "lead": lead, "team": None, "due": None,
                "expected": _expected(told, home), "target_id": held.target,
                "subject_id": one["key"], "part": None, "subject_name": one["name"] or None,
                "group": None, "address": near[at].said("zh") or None,
                "village_id": home, "village": _listed(listed, home, "name"),
                "township": _listed(listed, home, "township"), "reason": f"scenario_{one['act']}",
                "reason_zh": why["zh"], "reason_en": why["en"], "lon": lon[at], "lat": lat[at],
                "position": "exact", "act": one["act"], "order": at + 1,
                "gained": None if told is None else told.gained,
                "lost": None if told is None else told.lost,
                "people": None if told is None else told.people_gained - told.people_lost,
                "from_lon": _seen(from_lon[at]), "from_lat": _seen(from_lat[at]),
                "plan": decided.text(),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=[*SITES, *OWN], dtype=object)
    shapes: Any = shapely.points(np.asarray(lon, float), np.asarray(lat, float)) if rows else []
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(shapes), crs=WGS84))


def _seen(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _degrees(effect: Effect, x: Any, y: Any, digits: int = 7) -> tuple[Any, Any]:
    crs = effect.before.ground.data.crs
    if crs is None or not len(x):
        return x, y
    known = np.isfinite(x)
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if known.any():
        lon[known], lat[known] = transform(x[known], y[known], crs, WGS84)
    return np.round(lon, digits), np.round(lat, digits)


def _listed(listed: pd.DataFrame, home: str, column: str) -> str | None:
    if home == NOWHERE or home not in listed.index or column not in listed.columns:
        return None
    value: Any = listed.loc[home, column]
    return None if pd.isna(value) else str(value)


def _expected(told: Alone | None, home: str) -> str | None:
    if told is None or home not in told.shares:
        return None
    before, after, amount = told.shares[home]
    return f"{share(before, amount)}%→{share(after, amount)}%" if amount else None


def share(part: Any, whole: Any) -> str:
    """Give a share in percent, never rounded up."""
    return percent(int(Decimal(str(part)) * 1000), int(Decimal(str(whole)) * 1000))


def _why(told: Alone | None, title: Mapping[str, str], lang: str) -> str:
    if told is None:
        return said(title, lang)
    return t("scenario.alone", lang, target=said(title, lang),
             gained=amount_text(told.gained, told.unit, lang),
             lost=amount_text(told.lost, told.unit, lang))  # fmt: skip


# ---------------------------------------------------------------------------------- files


def work_bytes(
    effect: Effect, costs: Mapping[str, WorkKind], ending: str, lang: str,
    numbers: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """
    Give the work list as a file.

    Parameters
    ----------
    effect, costs
        The scenario, judged, and the table of costs.
    ending
        ``.geojson`` or ``.xlsx``.
    lang
        Language of the sheet.
    numbers
        Work id to the number kept work has.
    """
    frame = work_frame(effect, costs, numbers).drop(columns="plan")
    if ending == ".geojson":
        return geojson_bytes(frame)
    return workbook(effect.before, frame, "ui.work_list", lang)


def list_bytes(
    work: gpd.GeoDataFrame, items: Sequence[Item], handed: HandOut, suffix: str, lang: str, *,
    look: Look, names: bool = True,
) -> bytes:  # fmt: skip
    """
    Give work that is kept as the file that goes out, in any format of a work list.

    Parameters
    ----------
    work
        The scenario's work (:func:`work_frame`).
    items, handed, suffix, lang, look, names
        As for :func:`works.handout.files.file_bytes`. A map (GeoJSON) says what each change does
        beside the columns every work list has.
    """
    if suffix != ".geojson" or not names:
        return file_bytes(suffix, items, handed, lang, look=look, names=names)
    shown = placed(items, handed, lang)
    more = [name for name in work.columns if name not in {*shown.columns, "plan", "geometry"}]
    beside = pd.DataFrame(work)[["work_id", *more]].set_index("work_id").reindex(shown["work_id"])
    for name in more:
        shown[name] = beside[name].to_numpy(dtype=object)
    return geojson_bytes(shown)


def library_rows(effect: Effect, costs: Mapping[str, WorkKind], lang: str) -> pd.DataFrame:
    """Give the changes as projects of the project library (``works.project_library.COLUMNS``)."""
    found, held = effect.before, effect.scenario
    target = found.target(held.target)
    spots, each = things(effect), alone(effect, costs)
    near = nearby(found.ground, spots)
    listed = found.villages.set_index(found.villages["id"].astype(str))
    told = [each[at] for at in _located(effect)]
    space = "" if lang == "zh" else " "
    rows = []
    for at, one in enumerate(spots.to_dict("records")):
        home = str(one["village_id"])
        title = title_of(one["act"], one["layer"], one["kind"], costs, lang)
        place = [_listed(listed, home, "township"), _listed(listed, home, "name"),
                 near[at].said(lang)]  # fmt: skip
        does = told[at]
        homes = does.gained if does is not None and target.subjects == "households" else None
        rows.append(
            {
                "name": t("site.library.new", lang, title=title, order=at + 1,
                          village=_listed(listed, home, "name") or ""),
                "place": space.join(text for text in place if text),
                "content": f"{title}{space}{one['name'] if one['act'] != PLACE else ''}".strip()
                + (t("site.library.gain", lang, gain=amount_text(
                    does.gained, does.unit, lang)) if does is not None else ""),
                "cost": one["cost"], "funding": "",
                "office": said(target.lead, lang) if target.lead else "",
                "households": None if homes is None else int(homes), "term": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(LIBRARY), dtype=object)


def library_bytes(
    effect: Effect, costs: Mapping[str, WorkKind], teller: Teller, notes: list[str]
) -> bytes:
    """
    Give the sheet of the project library, or its public version where the teller is public.

    Parameters
    ----------
    effect, costs
        The scenario, judged, and the table of costs.
    teller
        Says what papers of the assessment have in common.
    notes
        What is said below the table.
    """
    rows = library_rows(effect, costs, teller.lang)
    homes = None
    if effect.before.target(effect.scenario.target).subjects == "households":
        moved = shifts(effect, effect.scenario.target)
        homes = int((moved["after"] > moved["before"]).sum())
    return library_xlsx(teller, rows, effect.prices.currency, households=homes,
                        notes=[teller.standard(), *notes])  # fmt: skip


def as_dict(effect: Effect) -> dict[str, Any]:
    """Give what ``scenario show --json`` says."""
    held, found = effect.scenario, effect.before
    table = villages(effect, held.target)
    crs = found.ground.data.crs
    changes = []
    for one, cost in zip(held.changes, effect.costs, strict=True):
        told: dict[str, Any] = {"act": one.act, "layer": one.layer, "id": one.key, "cost": cost}
        if one.at is not None and crs is not None:
            lon, lat = _degrees(effect, np.array([one.x]), np.array([one.y]))
            told |= {"lon": float(lon[0]), "lat": float(lat[0])}
        changes.append(told)
    made = {
        "name": held.name, "target": held.target, "standard": found.standard.label,
        "as_of": found.as_of.isoformat(), "scope": found.scope,
        "data_version": found.data_version, "changes": changes,
        "totals": totals(effect, held.target), "others": others(effect, held.target),
        "villages": table[table["before"] != table["after"]].to_dict("records"),
        "missing": [one.key for one in effect.missing],
    }  # fmt: skip
    result: dict[str, Any] = _plain(made)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return plain(value)
