"""What a click on a map means, what is chosen on it, and the stretches that fall short."""

from __future__ import annotations

import json
import re
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from test_ui_maps import HOSTILE, STATUSES, data_of, items, villages

from layers.text import t
from ui import payloads, routes
from ui.maps import build_map, legend_html, standalone_html
from ui.maps.elements import Marks, VillageMap, unchanged
from ui.marks import PROPOSAL, Mark, clicked, view_of, view_of_all, village_mark


def keyed(features: list[dict[str, Any]]) -> set[str]:
    return {one["properties"]["k"] for one in features if "k" in one["properties"]}


def test_everything_that_can_be_clicked_has_a_key_of_ours() -> None:
    gaps = items("unmet", 2).assign(id=["g1", HOSTILE])
    survey = items("unknown", 1).assign(id=["s1"])
    chart = build_map(villages(), STATUSES, gaps, survey)
    assert set(chart.keys.values()) == {
        *(("village", one) for one in "abcd"),
        *(("unmet", one) for one in ("g1", HOSTILE)),
        ("unknown", "s1"),
    }
    drawn = set().union(*(keyed(one["features"]) for one in data_of(standalone_html(chart))))
    assert drawn == set(chart.keys)
    assert all(re.fullmatch(r"[vuq]\d+", key) for key in drawn)


def test_outline_and_symbol_of_a_village_share_their_key() -> None:
    outlines, _, _, symbols = data_of(standalone_html(build_map(villages(), STATUSES)))
    assert keyed(outlines["features"]) == keyed(symbols["features"])


def test_a_large_map_fetches_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "MANY_PLACES", 3)
    gaps = items("unmet", 2).assign(id=["g1", "g2"])
    chart = build_map(villages(), STATUSES, gaps, by_route=True)
    page = standalone_html(chart)
    tokens = re.findall(r"planner/shapes/([0-9a-f]+)", page)
    found = [json.loads(one.plain()) for token in tokens if (one := routes.fetch(token))]
    assert len(found) == 3
    assert set().union(*(keyed(one["features"]) for one in found)) == set(chart.keys)
    assert chart.lasting
    monkeypatch.setattr(routes, "fetch", lambda _: None)
    assert not chart.lasting


def test_roads_of_a_large_map_are_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "MANY_PLACES", 3)
    line = shapely.LineString([(500_000, 3_980_000), (501_000, 3_981_000)])
    roads = gpd.GeoDataFrame({HOSTILE: [HOSTILE]}, geometry=[line], crs=4545)
    page = standalone_html(build_map(villages(), STATUSES, roads=roads, by_route=True))
    (spec,) = [
        one
        for text in re.findall(r"= villageShapes\((\{.*?\})\);", page)
        if (one := json.loads(text))["draw"] == "roads"
    ]
    assert [look["color"] for look in spec["looks"]] == ["#A3ACB5", "#FFFFFF"]
    data = routes.fetch(spec["url"].rsplit("/", 1)[1])
    assert data is not None
    assert b"1337" not in data.plain()
    assert b"onerror" not in data.plain()


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {},
        "v0",
        {"last_active_drawing": None},
        {"last_active_drawing": {"properties": None}},
        {"last_active_drawing": {"properties": {"k": ["v0"]}}},
        {"last_active_drawing": {"properties": {"k": "v9"}}},
        {"last_active_drawing": {"properties": {"k": {"v0": 1}}}},
    ],
)
def test_a_click_that_says_nothing_we_know_is_none(sent: Any) -> None:
    assert clicked({"v0": ("village", "a")}, sent) is None


def test_a_mark_is_made_of_numbers_our_kinds_and_escaped_text() -> None:
    mark = Mark(shapely.Point(108.12345678, 35.5), HOSTILE)
    assert mark.spec() == {
        "kind": "line",
        "tip": "",
        "shape": {"type": "Point", "coordinates": (108.123457, 35.5)},
    }


def test_a_proposal_is_told_as_one() -> None:
    assert Mark(shapely.Point(108, 35.5), PROPOSAL).spec()["kind"] == "proposal"


def test_the_mark_of_a_village_is_its_outline_in_degrees() -> None:
    frame = villages()
    mark = village_mark(frame, "b")
    assert mark is not None
    assert mark.shape.equals(frame.to_crs(4326).geometry["b"])
    frame.loc["b", "geometry"] = None
    assert village_mark(frame, "b") is None
    assert village_mark(pd.DataFrame(frame.drop(columns="geometry")), "b") is None


def test_a_view_shows_a_village_with_its_neighbours_and_is_never_given_twice() -> None:
    wide = villages().to_crs(4326)
    lat, lon, zoom = view_of(wide.geometry["b"])
    assert (round(lat, 3), round(lon, 3)) == (35.955, 108.017)
    everything = view_of_all(villages())
    assert everything is not None
    assert everything[2] < zoom
    # several villages fill the frame, one is shown among its neighbours
    box = shapely.box(*villages().to_crs(4326).total_bounds)
    assert everything[2] == pytest.approx(view_of(box)[2] + 1.25, abs=0.26)
    again = view_of(wide.geometry["b"], 1)
    assert again != (lat, lon, zoom)
    assert again == pytest.approx((lat, lon, zoom), abs=1e-6)


def test_a_map_can_be_written_again_after_marks_were_added() -> None:
    chart = build_map(villages(), STATUSES, items("unmet", 2))

    def written(chart: VillageMap) -> str:
        chart.get_root().render()
        return str(chart.get_root().script.render())

    with unchanged(chart):
        before = written(chart)
    with unchanged(chart):
        chart.add_child(Marks([Mark(shapely.Point(108, 35), "unmet")]))
        assert "villageMarks" in written(chart)
    with unchanged(chart):
        assert written(chart) == before


# ---------------------------------------------------------------------------------- stretches


def dark(*reasons: str) -> gpd.GeoDataFrame:
    line = shapely.LineString([(500_000, 3_980_000), (500_400, 3_980_000)])
    return items("unmet", len(reasons), line).assign(reason=reasons, unit="m", unmet="100.5")


def test_broken_stretches_have_white_dashes_and_their_own_line_in_the_legend() -> None:
    chart = build_map(villages(), STATUSES, dark("stretch_none", "stretch_broken"))
    legend = legend_html(chart)
    assert t("map.broken_lines", "zh") in legend
    assert t("map.none_lines", "zh") in legend
    assert legend.count("100.5米") == 2
    page = standalone_html(chart)
    # the ink of both, the white of one; the look of the ink stays what it was
    (at,) = {str(one.wkt) for one in dark("x").geometry.set_precision(1e-6)}
    drawn = [
        len(one["features"])
        for one in data_of(page)
        if shapely.geometry.shape(one["features"][0]["geometry"]).wkt == at
    ]
    assert drawn == [2, 1]
    styles = re.findall(r'return (\{"color": "#(?:1A2430|FFFFFF)".*?\});', page)
    looks = [(one["color"], one["weight"]) for one in map(json.loads, styles)]
    assert ("#1A2430", 6) in looks
    assert ("#FFFFFF", 2) in looks


def test_without_broken_ones_stretches_are_just_stretches() -> None:
    legend = legend_html(build_map(villages(), STATUSES, dark("stretch_none")))
    assert t("map.unmet_lines", "zh") in legend
    assert t("map.broken_lines", "zh") not in legend
