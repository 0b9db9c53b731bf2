"""Lamps along roads: planned by the metre, confirmed to the millimetre."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pytest
from hand import METRIC, at, card, field, judged, line, project

from layers.errors import UsageError
from layers.frames import ProjectData
from works.library import load_costs
from works.siting.built import assess_built, with_built
from works.siting.plan import SitePlan, plan_sites
from works.siting.told import told
from works.siting.wish import Way, Wish

LIT = {"subjects": "roads", "amount": "length", "measure": "along", "items": "streetlights",
       "where": {"status": ["working"]}, "within_m": 20, "goal": "0.8",
       "title": {"zh": "亮灯", "en": "Lit"}}  # fmt: skip
A = {"id": "A", "name": "东村", "geometry": field(0, 0, 1000, 1000)}
B = {"id": "B", "name": "西村", "geometry": field(1000, 0, 2000, 1000)}
STREET = {"id": "R", "geometry": line((100, 500), (300, 500))}


def county(**more: Any) -> ProjectData:
    lamps = [{"id": "on", "status": "working", "geometry": at(100, 500)},
             {"id": "off", "status": "broken", "geometry": at(280, 500)}]  # fmt: skip
    return project(**{"villages": [A, B], "roads": [STREET], "streetlights": lamps, **more})


def plan(data: ProjectData, target: dict[str, Any] | None = None, **wish: Any) -> SitePlan:
    made = plan_sites(judged(data, target or LIT), Wish("t", **wish), load_costs())
    asked = made.asked
    after = with_built(data, "streetlights", made.sites, asked.making, asked.mending)
    found = assess_built(asked.found, after)
    for row in made.villages.to_dict("records"):
        assert float(card(found, "village", row["village_id"])["met"]) == row["after"]
    assert abs(made.sites["gain"].sum() - (made.totals["after"] - made.totals["before"])) < 1e-6
    return made


def test_the_fewest_lamps_for_a_share_of_the_road() -> None:
    # 200 m, 20 m lit by the old lamp; 160 m are needed: 140 m more, 40 m a lamp, so 4 lamps.
    made = plan(county())
    assert len(made.sites) == 4
    assert (made.siting.status, made.siting.how) == ("optimal", "lines")
    row = made.villages.iloc[0]
    assert (row["before"], row["need"], row["best"]) == (20, 140, 200)
    assert row["after"] >= 160
    assert row["status"] == "reaches_goal"
    assert made.totals["cost"] == 4 * 3000
    assert set(made.uncovered["reason"]) <= {"goal_met"}
    assert "沿路逐段求解" in told(made).lines["zh"][1]


def test_a_mended_lamp_competes_with_new_ones() -> None:
    # Mending lights 40 m for 500; a new one costs 3,000.
    cheap = plan(county(), model="budget", budget=500)
    assert cheap.sites["id"].tolist() == ["off"]
    assert cheap.totals["after"] == 60
    made = plan(county(), model="budget", budget=6500, ways=(Way("repair"), Way("roads", 10)))
    assert made.totals["after"] == 140
    assert made.siting.status == "optimal"


def test_roads_of_a_village_to_be_relocated_stay_dark() -> None:
    moving = {**A, "class": "relocation"}
    there = {"id": "S", "geometry": line((1200, 500), (1240, 500))}
    made = plan(county(villages=[moving, B], roads=[STREET, there]))
    assert made.sites["village_id"].tolist() == ["B"]
    assert made.villages["status"].tolist() == ["relocation", "reaches_goal"]
    assert set(made.uncovered["reason"]) == {"relocation"}


def test_where_nothing_may_stand_other_places_are_taken() -> None:
    zone = gpd.GeoDataFrame({"id": ["Z"]}, geometry=[field(200, 480, 1000, 520)], crs=METRIC)
    data = county()
    data = replace(data, frames={**data.frames, "exclusions": zone})
    made = plan(data)
    # East of 200 nothing new may stand: the broken lamp is mended, the rest stays dark.
    new = made.sites[made.sites["source"] != "repair"]
    assert (new.geometry.x - 500_000).max() < 200
    assert "off" in set(made.sites["id"])
    every = made.asked.places.frame
    inside = every[every.geometry.intersects(zone.geometry.iloc[0])]
    assert set(inside.loc[inside["source"] != "repair", "excluded"]) == {"zone"}
    assert len(inside) > 5
    assert made.villages.iloc[0]["status"] == "cannot"
    assert made.siting.short.tolist() == [0]
    lines = told(made).lines
    assert any(
        "经过禁建区或灾害隐患区，区内不立杆" in one and "每隔5米" in one for one in lines["zh"]
    )
    assert any("every 5 m along the roads" in one for one in lines["en"])


def test_hazards_keep_lamps_off_too_and_what_lies_elsewhere_does_not() -> None:
    data = county()
    here = gpd.GeoDataFrame({"id": ["Z"]}, geometry=[field(200, 480, 1000, 520)], crs=METRIC)
    made = plan(replace(data, frames={**data.frames, "hazards": here}))
    new = made.sites[made.sites["source"] != "repair"]
    assert (new.geometry.x - 500_000).max() < 200
    assert "lamps_apart" in {one["code"] for one in made.notes}
    # Away from the roads, or for other things: lamps are worked out along them as before.
    for zone in ({"geometry": [field(0, 600, 1000, 900)]},
                 {"geometry": here.geometry.to_list(), "applies_to": ["toilets"]}):  # fmt: skip
        away = gpd.GeoDataFrame({"id": ["Z"], **zone}, geometry="geometry", crs=METRIC)
        free = plan(replace(data, frames={**data.frames, "exclusions": away}))
        assert (free.siting.how, len(free.sites)) == ("lines", 4)
        assert "lamps_apart" not in {one["code"] for one in free.notes}


def test_a_crossing_is_lit_once_for_both_roads() -> None:
    cross = {"id": "C", "geometry": line((200, 400), (200, 600))}
    made = plan(county(roads=[STREET, cross]), model="sites", sites=1, ways=(Way("roads", 10),))
    assert made.sites["gain"].tolist() == [80]
    assert made.sites.geometry.iloc[0].x == 500_200


def test_the_longest_dark_stretch_is_not_planned() -> None:
    with pytest.raises(UsageError, match="judges the longest dark stretch"):
        plan(county(), {**LIT, "max_gap_m": 40})
    rail = {**LIT, "items": "guardrails", "where": None}
    with pytest.raises(UsageError, match="no new place answers it"):
        plan(county(), {key: value for key, value in rail.items() if value is not None})
