"""Subjects by verdict and things by state: who is which, where, and what is said of one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hand import EAST, NORTH, at, field, judged, project
from pyproj import Transformer

from geo.assess import Assessment
from geo.margin import NearLimit
from layers.frames import ProjectData
from works.desk.points import STATES, VERDICTS, Judged, Things, point_layers, point_targets

VILLAGES = [
    {"id": "v1", "name": "甲村", "township": "东镇", "households": 5,
     "geometry": field(0, 0, 1000, 1000)},
]  # fmt: skip
HOMES = [
    {"id": "h1", "village_id": "v1", "head": "王某某", "group": "2组", "geometry": at(100, 100)},
    {"id": "h2", "village_id": "v1", "geometry": at(900, 900)},
    {"id": "h3", "village_id": "v1", "geometry": None},
]
LAMPS = [
    {"id": "l1", "status": "working", "village_id": "v1", "geometry": at(110, 100)},
    {"id": "l2", "status": "broken", "village_id": "v1", "geometry": at(300, 100)},
    {"id": "l3", "status": None, "village_id": "v1", "geometry": at(500, 100)},
    {"id": "l4", "status": "planned", "village_id": "v1", "geometry": at(700, 100)},
]
SITES = [{"id": "g1", "village_id": "v1", "name": "收集点", "geometry": at(50, 50)}]
NEAR_A_LAMP = {
    "id": "lit",
    "title": {"zh": "附近有灯", "en": "A lamp near by"},
    "subjects": "households",
    "kind": "required",
    "measure": "reach",
    "facilities": "streetlights",
    "where": {"status": ["working"]},
    "mode": "straight",
    "within_m": 50,
}


def data(**more: object) -> ProjectData:
    layers = {"villages": VILLAGES, "households": HOMES, "streetlights": LAMPS,
              "garbage_sites": SITES}  # fmt: skip
    return project(**layers | more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Assessment:
    return judged(data(), NEAR_A_LAMP)


def test_subjects_by_their_verdict(found: Assessment) -> None:
    points = Judged(found, "lit")
    said = dict(zip(points.rows.ids.tolist(), (VERDICTS[n] for n in points.state), strict=True))
    assert said["h1"] == "met"
    assert said["h2"] == "unmet"
    assert said["h3"] == "unknown"
    # Two of the five households declared are on no list.
    assert said["v1:unlisted"] == "unknown"


def test_places_are_those_of_the_rows(found: Assessment) -> None:
    points = Judged(found, "lit")
    lon, lat = points.lonlat
    back = Transformer.from_crs(4545, 4326, always_xy=True).transform(EAST + 100, NORTH + 100)
    row = points.rows.ids.tolist().index("h1")
    assert (lon[row], lat[row]) == pytest.approx(back, abs=1e-9)
    for nowhere in ("h3", "v1:unlisted"):
        assert np.isnan(lon[points.rows.ids.tolist().index(nowhere)])


def test_places_of_a_layer_are_made_once(found: Assessment) -> None:
    first, second = Things(found, "households").lonlat, Things(found, "households").lonlat
    assert first[0] is second[0]


def test_what_is_said_of_a_subject(found: Assessment) -> None:
    points = Judged(found, "lit")
    ids = points.rows.ids.tolist()
    one = points.spot(ids.index("h1"))
    assert (one.name, one.group, one.village, one.township) == ("王某某", "2组", "甲村", "东镇")
    assert (one.state, one.cells["met"], one.cells["target_id"]) == ("met", 1, "lit")
    other = points.spot(ids.index("h2"))
    assert (other.state, other.cells["unmet"]) == ("unmet", 1)
    mine = found.gaps.set_index("subject_id").loc["h2"]
    assert other.cells["reason_zh"] == mine["reason_zh"] != ""
    assert other.cells["reason_en"] == mine["reason_en"]
    rest = points.spot(ids.index("v1:unlisted"))
    assert (rest.name, rest.group, rest.state, rest.village) == ("", "", "unknown", "甲村")


def test_near_the_limit_is_met_and_marked(found: Assessment) -> None:
    table = pd.DataFrame({"target_id": ["lit", "lit", "other"], "subject_id": ["h1", "h2", "h3"]})
    near = NearLimit(None, table, table, table, {})  # type: ignore[arg-type]
    points = Judged(found, "lit", near)
    said = dict(zip(points.rows.ids.tolist(), (VERDICTS[n] for n in points.state), strict=True))
    assert [said[one] for one in ("h1", "h2", "h3")] == ["near", "unmet", "unknown"]


def test_things_by_their_state(found: Assessment) -> None:
    lamps = Things(found, "streetlights")
    assert [STATES[n] for n in lamps.state] == ["working", "broken", "unknown", "planned"]
    assert [lamps.identity(row) for row in range(4)] == ["l1", "l2", "l3", "l4"]
    assert [lamps.spot(row).state for row in (0, 1)] == ["working", "broken"]
    sites = Things(found, "garbage_sites")
    assert (sites.states, sites.state.tolist()) == (("there",), [0])
    assert sites.spot(0).name == "收集点"


def test_a_layer_that_was_sent_without_states_is_unknown() -> None:
    bare = [{k: v for k, v in one.items() if k != "status"} for one in LAMPS]
    lamps = Things(judged(data(streetlights=bare), NEAR_A_LAMP), "streetlights")
    assert [STATES[n] for n in lamps.state] == ["unknown"] * 4


def test_what_is_offered(found: Assessment) -> None:
    assert point_targets(found) == ["lit"]
    assert sorted(point_layers(found)) == ["garbage_sites", "streetlights"]


def test_without_positions_nothing_is_offered() -> None:
    bare = [{k: v for k, v in one.items() if k != "geometry"} for one in HOMES]
    assert point_targets(judged(data(households=bare), NEAR_A_LAMP)) == []
