"""A plan of places as files: sites on a map, the plan as JSON, tables, the project library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.crs import transform
from layers.text import said, t
from layers.where.positions import WGS84
from works.export import csv_bytes, geojson_bytes, plain, save
from works.library import WorkKind
from works.papers.teller import Teller
from works.project_library import COLUMNS, FILE, PUBLIC_FILE, library_xlsx
from works.siting.plan import SitePlan
from works.siting.service import Serving, summary, ways_table
from works.siting.told import (
    LANGS,
    Told,
    excluded_text,
    gain_text,
    gap_text,
    how_text,
    status_text,
)
from works.siting.upcoming import next_dict
from works.tasks.planned import free_number, planned_id
from works.worklist import short_names

SITES = [
    "id", "work_id", "work_no", "version", "state", "priority", "kind", "title_zh", "title_en",
    "quantity", "unit", "cost", "currency", "lead", "team", "due", "expected", "target_id",
    "subject_id", "part", "subject_name", "group", "address", "village_id", "village", "township",
    "reason", "reason_zh", "reason_en", "lon", "lat", "position",
]  # fmt: skip
"""The columns of a work list."""
OWN = ["candidate_id", "source", "facility_id", "order", "gain", "reached", "households", "people",
       "capacity", "excluded", "robust_of", "robust", "moved_m", "moved_to", "moved_loses",
       "moved_mean", "moved_longest"]  # fmt: skip


def sites_frame(
    plan: SitePlan,
    words: Told,
    costs: Mapping[str, WorkKind],
    numbers: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Give the sites as work that teams can open: the columns of a work list, then what the plan says.

    Parameters
    ----------
    plan, words
        The plan, and what is said of it.
    costs
        The table of costs, for titles and units of the work.
    numbers
        Work id to the number kept work has: such a number is given to no other.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, in build order; ``id`` and ``work_id`` are the same in every run.
    """
    sites, asked = plan.sites, plan.asked
    crs = asked.found.ground.data.crs
    x, y = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    lon, lat = (x, y) if crs is None or not len(sites) else transform(x, y, crs, WGS84)
    lon, lat = np.round(lon, 7), np.round(lat, 7)
    names = plan.villages.set_index("village_id")
    rows = []
    lead = said(asked.target.lead, "zh") if asked.target.lead else ""
    given, taken = numbers or {}, set((numbers or {}).values())
    stems = short_names(asked.found.ground.villages)
    for at, site in enumerate(sites.to_dict("records")):
        repair = site["source"] == "repair"
        kind = costs.get(asked.places.thing.repair if repair else asked.places.thing.new)
        home = str(site["village_id"])
        village = names.loc[home] if home in names.index else {"village": "", "township": ""}
        key = planned_id(asked.target.id, asked.question.layer, str(site["row_id"]),
                         "repair" if repair else "place")  # fmt: skip
        near = [words.near[at].said(lang) for lang in LANGS]
        stem = f"{stems.get(home, '-')}-{_short(kind)}"
        number = given.get(key) or free_number(stem, int(site["order"]), taken)
        taken.add(number)
        rows.append(
            {
                "id": key, "work_id": key,
                "work_no": number,
                "version": 1, "state": "open", "priority": site["order"],
                "kind": "" if kind is None else kind.id,
                "title_zh": _title(plan, kind, "zh"), "title_en": _title(plan, kind, "en"),
                "quantity": 1, "unit": "" if kind is None else kind.unit["zh"],
                "cost": None if pd.isna(site["cost"]) else int(site["cost"]),
                "currency": asked.places.prices.currency, "lead": lead, "team": None, "due": None,
                "expected": None, "target_id": asked.target.id, "subject_id": site["row_id"],
                "part": None, "subject_name": site["name"] or None, "group": None,
                "address": near[0] or None, "village_id": home, "village": village["village"],
                "township": village["township"], "reason": "site_chosen",
                "reason_zh": words.cards["zh"][at], "reason_en": words.cards["en"][at],
                "lon": lon[at], "lat": lat[at], "position": "exact",
                **_own(plan, site, at, words),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=[*SITES, *OWN])
    shapes = gpd.points_from_xy(lon, lat) if len(rows) else []
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=WGS84))


def _own(plan: SitePlan, site: Mapping[str, Any], at: int, words: Told) -> dict[str, Any]:
    cells: dict[str, Any] = {name: site.get(name) for name in OWN}
    # What it serves once built; a candidate's own figure counts only where a target asks for it.
    cells |= {"capacity": site.get("serves"), "candidate_id": site["id"]}
    cells |= {"facility_id": site["facility_id"] or None,
              "excluded": site["excluded"] or None}  # fmt: skip
    if words.variants is not None:
        cells["robust"] = words.variants.chosen.get(str(site["id"]), 0)
        cells["robust_of"] = len(words.variants.names)
    if words.moved is not None:
        one = words.moved[at]
        cells |= {"moved_m": one.metres, "moved_to": one.to or None, "moved_loses": one.loses}
        if isinstance(plan.siting, Serving):
            cells |= {"moved_mean": round(one.mean, 1), "moved_longest": round(one.longest, 1)}
    return cells


def _short(kind: WorkKind | None) -> str:
    return said(kind.short, "zh") if kind is not None and kind.short else "点"


def _title(plan: SitePlan, kind: WorkKind | None, lang: str) -> str:
    return said(plan.asked.target.title if kind is None else kind.title, lang)


def plan_dict(plan: SitePlan, words: Told) -> dict[str, Any]:
    """
    Give the plan as ``plan.json`` and ``--json`` hold it.

    Parameters
    ----------
    plan, words
        The plan, and what is said of it.
    """
    asked, answer = plan.asked, plan.siting
    frame = asked.places.frame
    left = plan.uncovered.groupby("reason")["lacking"].sum()
    excluded = frame.loc[frame["excluded"] != "", "excluded"].value_counts()
    made = {
        "project": asked.found.project_name, "standard": asked.found.standard.label,
        "scope": asked.found.scope, "as_of": asked.found.as_of.isoformat(),
        "crs": asked.found.crs, "data_version": asked.found.data_version,
        "target": asked.target.id, "title": dict(asked.target.title),
        "layer": asked.question.layer, "unit": asked.demand.verdicts.unit,
        "model": asked.wish.model,
        "model_said": {lang: t(f"site.model.{asked.wish.model}", lang) for lang in LANGS},
        "budget": asked.wish.budget, "sites_wanted": asked.wish.sites,
        "goal": None if asked.wish.goal is None else float(asked.wish.goal),
        "candidates": {
            "all": len(frame), "ways": [str(way) for way in asked.places.ways],
            "sources": _counts(frame["source"].value_counts()), "excluded": _counts(excluded),
        },
        "status": answer.status, "how": answer.how, "gap": answer.gap,
        "gap_percent": gap_text(answer),
        "bound": answer.bound / (asked.scale if answer.aim == "most" else 1), "aim": answer.aim,
        "money_proved": None if answer.money is None else answer.money_proved,
        "ways": _ways(plan),
        "price": answer.price, "sizes": answer.sizes,
        "confirmed": True, "totals": plan.totals,
        "sites": [str(one) for one in plan.sites["id"]],
        "villages": plan.villages.to_dict("records"),
        "uncovered": {str(key): value for key, value in left.items()},
        "currency": asked.places.prices.currency, "provisional": asked.places.prices.provisional,
        "new_thing": dict(asked.making.cells), "notes": plan.notes,
        "said": {lang: words.lines[lang] for lang in LANGS},
        "status_said": {lang: status_text(answer, lang) for lang in LANGS},
        "how_said": {lang: how_text(answer, lang) for lang in LANGS},
        "curve": [] if words.curve is None else [asdict(one) for one in words.curve],
        "next_villages": next_dict(plan, words.next),
        "variants": None if words.variants is None else words.variants.table.to_dict("records"),
        "seconds": plan.seconds,
    }  # fmt: skip
    found: dict[str, Any] = _plain(made)
    return found


def _ways(plan: SitePlan) -> dict[str, Any] | None:
    """Give how far people have, and how many go to each site; None where no ways were planned."""
    answer, scale = plan.siting, plan.asked.scale
    if not isinstance(answer, Serving):
        return None
    users = answer.users / scale if scale != 1 else answer.users
    named = [str(one) for one in plan.sites["id"]]
    return {**summary(answer, scale), "users": dict(zip(named, users, strict=True))}


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(key): int(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return plain(value)


def candidates_csv(plan: SitePlan) -> pd.DataFrame:
    """Give every candidate with its place, its cost, and why it may not be chosen."""
    asked = plan.asked
    frame = asked.places.frame
    crs = asked.found.ground.data.crs
    x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    lon, lat = (x, y) if crs is None else transform(x, y, crs, WGS84)
    table = pd.DataFrame(frame.drop(columns="geometry"))
    pairs = list(zip(table["excluded"], table["excluded_by"], strict=True))
    for lang in LANGS:
        table[f"excluded_{lang}"] = [excluded_text(str(a), str(b), lang) for a, b in pairs]
        table[f"source_{lang}"] = [t(f"site.source.{one}", lang) for one in table["source"]]
    chosen = np.isin(np.arange(len(table)), plan.siting.sites)
    return table.assign(chosen=chosen, lon=np.round(lon, 7), lat=np.round(lat, 7))


def uncovered_csv(plan: SitePlan) -> pd.DataFrame:
    """Give who is still not reached, and why."""
    table = plan.uncovered
    cells = {
        f"reason_{lang}": [t(f"site.why.{one}", lang) for one in table["reason"]] for lang in LANGS
    }
    return table.assign(**cells)


def villages_csv(plan: SitePlan) -> pd.DataFrame:
    """Give the villages before and after, and how each stands."""
    table = plan.villages
    cells = {
        f"status_{lang}": [t(f"site.village.{one}", lang) for one in table["status"]]
        for lang in LANGS
    }
    return table.assign(**cells)


def library_rows(
    plan: SitePlan, words: Told, costs: Mapping[str, WorkKind], lang: str
) -> pd.DataFrame:
    """
    Give the sites as projects of the project library (``works.project_library.COLUMNS``).

    Parameters
    ----------
    plan, words, costs
        The plan, what is said of it, and the table of costs.
    lang
        ``zh`` or ``en``.
    """
    asked = plan.asked
    names = plan.villages.set_index("village_id")
    lead = said(asked.target.lead, lang) if asked.target.lead else ""
    homes = asked_homes(plan)
    rows = []
    for at, site in enumerate(plan.sites.to_dict("records")):
        rule = asked.places.thing
        kind = costs.get(rule.repair if site["source"] == "repair" else rule.new)
        home = str(site["village_id"])
        village = str(names.loc[home, "village"]) if home in names.index else ""
        town = str(names.loc[home, "township"]) if home in names.index else ""
        title, unit = _title(plan, kind, lang), "" if kind is None else said(kind.unit, lang)
        near = words.near[at].said(lang)
        space = "" if lang == "zh" else " "
        content = t("site.library.content", lang, title=title, unit=unit)
        if "serves" in site:
            content += t("site.library.capacity", lang, n=gain_text(plan, site["serves"], lang))
        content += t("site.library.gain", lang, gain=gain_text(plan, site["gain"], lang))
        rows.append(
            {
                "name": t("site.library.new", lang, village=village, title=title,
                          order=site["order"]),
                "place": space.join(one for one in (town, village, near) if one),
                "content": content,
                "cost": None if pd.isna(site["cost"]) else int(site["cost"]),
                "funding": "", "office": lead,
                "households": site["households"] if homes else None, "term": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def asked_homes(plan: SitePlan) -> bool:
    """Tell whether those who lack it are households."""
    return plan.asked.target.subjects == "households"


def write_plan(
    plan: SitePlan,
    words: Told,
    costs: Mapping[str, WorkKind],
    out: Path,
    *,
    teller: Teller,
    numbers: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """
    Write all files of a plan.

    Parameters
    ----------
    plan, words, costs
        The plan, what is said of it, and the table of costs.
    out
        Folder; made if there is none.
    teller
        Says what papers of the assessment have in common, in the language of the project library.
    numbers
        Work id to the number kept work has.

    Returns
    -------
    told, names
        What ``plan.json`` holds, and the files written.
    """
    sites = sites_frame(plan, words, costs, numbers)
    made = plan_dict(plan, words)
    files = {
        "sites.geojson": geojson_bytes(sites),
        "plan.json": json.dumps(made, ensure_ascii=False, indent=1).encode(),
        "villages.csv": csv_bytes(villages_csv(plan)),
        "candidates.csv": csv_bytes(candidates_csv(plan)),
        "uncovered.csv": csv_bytes(uncovered_csv(plan)),
    }
    if isinstance(plan.siting, Serving):
        files["ways.csv"] = csv_bytes(ways_table(plan.asked, plan.siting))
    rows = library_rows(plan, words, costs, teller.lang)
    homes = plan.totals["households"] if asked_homes(plan) else None
    for name, public in ((FILE, False), (PUBLIC_FILE, True)):
        files[name] = library_xlsx(
            replace(teller, public=public), rows, plan.asked.places.prices.currency,
            households=homes, notes=[teller.standard(), *words.lines[teller.lang]],
        )  # fmt: skip
    for name, content in files.items():
        save(out / name, content)
    return made, list(files)
