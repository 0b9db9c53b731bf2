"""Large maps: their shapes come from the server, small ones and files carry their own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.text import t
from ui import home, payloads, routes
from ui.maps import VillageMap, build_map, standalone_html

ROOT = Path(__file__).parents[1]
HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"
MANY = payloads.MANY_PLACES + 4


def villages(count: int = MANY) -> gpd.GeoDataFrame:
    boxes = [
        shapely.box(500_000 + n % 20 * 1000, 3_980_000 + n // 20 * 1000, 0, 0) for n in range(count)
    ]
    boxes = [
        shapely.box(*one.bounds[2:], one.bounds[2] + 1000, one.bounds[3] + 1000) for one in boxes
    ]
    names = [HOSTILE, *(f"{n}村" for n in range(1, count))]
    frame = {"name": names, "township": "东镇"}
    index = [f"v{n}" for n in range(count)]
    return gpd.GeoDataFrame(frame, geometry=boxes, index=index, crs=4545)


def items(count: int, kind: str = "unmet") -> gpd.GeoDataFrame:
    frame = {
        "id": [f"i{n}" for n in range(count)], "target_id": "t", "village": HOSTILE,
        "subject_name": "王某某", kind: 1, "unit": "household", "reason_zh": "没有登记",
    }  # fmt: skip
    at = shapely.points(np.linspace(500_000, 519_000, count), 3_980_500)
    return gpd.GeoDataFrame(pd.DataFrame(frame), geometry=at, crs=4545).to_crs(4326)


def fetched(chart: VillageMap) -> list[dict[str, Any]]:
    """Read what a map will fetch: its orders, each with the data behind its address."""
    page = standalone_html(chart)
    specs = [json.loads(one) for one in re.findall(r"= villageShapes\((\{.*?\})\);", page)]
    for spec in specs:
        found = routes.fetch(spec["url"].rsplit("/", 1)[1])
        assert found is not None
        spec["data"] = json.loads(found.plain())["features"]
    return specs


def test_a_large_map_fetches_its_villages() -> None:
    frame = villages()
    statuses = {"v1": "met", "v2": "unmet"}
    chart = build_map(frame, statuses, by_route=True)
    assert not chart.empty
    outlines, marks = fetched(chart)
    assert (outlines["draw"], marks["draw"]) == ("outlines", "marks")
    assert outlines["url"].startswith("../../planner/shapes/")
    for spec in (outlines, marks):
        assert len(spec["data"]) == MANY
        known = [one["properties"]["s"] for one in spec["data"]]
        assert sorted(set(known)) == ["met", "not_assessed", "unmet"]
    assert outlines["looks"]["unmet"] == payloads.outline_look("unmet")
    drawn = {tuple(np.round(shapely.geometry.shape(one["geometry"]).bounds, 6)) for one in
             outlines["data"]}  # fmt: skip
    assert drawn == {tuple(np.round(one.bounds, 6)) for one in frame.to_crs(4326).geometry}


def test_what_a_large_map_fetches_is_escaped() -> None:
    chart = build_map(
        villages(), {"v0": "unmet"}, items(5), by_route=True,
        details={"v0": HOSTILE}, targets={"t": HOSTILE},
    )  # fmt: skip
    for spec in fetched(chart):
        text = json.dumps(spec["data"], ensure_ascii=False)
        assert "191" in text
        for sign in ("{{", "<img", "${"):
            assert sign not in text
    page = standalone_html(build_map(villages(), {}, items(5), by_route=True))
    assert "<img" not in page
    assert "1337" not in page


def test_a_large_map_is_light() -> None:
    frame, gaps = villages(400), items(5000)
    light = len(standalone_html(build_map(frame, {}, gaps, by_route=True)))
    heavy = len(standalone_html(build_map(frame, {}, gaps)))
    assert light < 300_000 < heavy


def test_a_small_map_and_a_map_without_a_server_carry_their_shapes() -> None:
    assert "= villageShapes(" not in standalone_html(build_map(villages(9), {}, by_route=True))
    assert "= villageShapes(" not in standalone_html(build_map(villages(), {}, items(3000)))


def test_many_corners_are_fetched() -> None:
    frame = villages(150)
    winding = [shapely.segmentize(one, 3) for one in frame.geometry]
    frame.geometry = shapely.transform(
        np.array(winding), lambda at: at + np.c_[30 * np.sin(at[:, 1] / 4), 0 * at[:, 0]]
    )
    chart = build_map(frame, {}, by_route=True)
    corners = sum(
        shapely.get_num_coordinates(shapely.geometry.shape(one["geometry"]))
        for one in fetched(chart)[0]["data"]
    )
    assert corners > payloads.MANY_CORNERS


def test_as_many_points_as_a_browser_likes_are_fetched() -> None:
    gaps, survey = items(payloads.MANY_POINTS), items(3, "unknown")
    specs = fetched(build_map(villages(), {}, gaps, survey, by_route=True))
    assert [spec["draw"] for spec in specs] == ["outlines", "marks", "points", "points"]
    assert [len(spec["data"]) for spec in specs[2:]] == [len(gaps), 3]
    assert [spec["look"]["form"] for spec in specs[2:]] == ["square", "circle"]


def test_more_points_are_drawn_by_the_server_and_none_is_left_out() -> None:
    chart = build_map(villages(2), {}, items(5000), items(3, "unknown"), by_route=True)
    assert [spec["draw"] for spec in fetched(chart)] == ["outlines", "marks", "points"]
    assert [layer.counts for layer in chart.point_layers] == [{"unmet": 5000}]
    assert chart.drawn.notes == []


def test_without_a_server_points_are_thinned_evenly() -> None:
    chart = build_map(villages(2), {}, items(5000))
    page = standalone_html(chart)
    points = json.loads(re.findall(r"_add\((\{\"features\".*?\})\);", page)[-1])["features"]
    assert len(points) == payloads.MANY_POINTS
    east = [one["geometry"]["coordinates"][0] for one in points]
    steps = np.diff(east)
    assert steps.max() < 3 * steps.min()
    note = t("map.note.unmet_capped", "zh", shown=payloads.MANY_POINTS, n=5000)
    assert chart.drawn.notes == [note]


def test_villages_that_are_points_have_no_outlines_to_fetch() -> None:
    frame = villages()
    chart = build_map(frame.set_geometry(frame.centroid), {}, by_route=True)
    assert [spec["draw"] for spec in fetched(chart)] == ["marks"]


def test_the_same_data_keep_their_address_and_other_data_get_another() -> None:
    def addresses(statuses: dict[str, str]) -> list[str]:
        return [spec["url"] for spec in fetched(build_map(villages(), statuses, by_route=True))]

    assert addresses({"v1": "met"}) == addresses({"v1": "met"})
    assert not set(addresses({"v1": "met"})) & set(addresses({"v1": "unmet"}))


# ---------------------------------------------------------------------------------- in a browser

PAGE = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import streamlit as st
from test_ui_payloads import items, villages
from ui import routes
from ui.maps import build_map, show

st.set_page_config(layout="wide")
kinds = ["met", "unmet", "undetermined"]
statuses = {{f"v{{n}}": kinds[n % 3] for n in range(180)}}
chart = build_map(villages(), statuses, items(1500), items(20, "unknown"),
                  by_route=routes.available())
show(chart, key="m", height=500)
st.write("routes" if routes.available() else "inline")
"""
RUN = """
import sys
from pathlib import Path
import uvicorn
from ui import server
server.DOOR = Path(sys.argv[1])
server.configure(server_baseUrlPath=sys.argv[3], server_headless=True)
uvicorn.run(server.make_app(), port=int(sys.argv[2]), log_level="critical")
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as told:
            return bool(told.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module", params=["", "county/app"], ids=["root", "below a path"])
def address(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("door")
    door = folder / "door.py"
    door.write_text(PAGE.format(root=str(ROOT), tests=str(ROOT / "tests")), encoding="utf-8")
    port, base = free_port(), request.param
    environment = {**os.environ, "PYTHONPATH": str(ROOT), home.HOME: str(folder / "home")}
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, str(door), str(port), base],
        cwd=folder, env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/{base}".rstrip("/") + "/"
    try:
        end = time.monotonic() + 60
        while not answers(url + "planner/alive"):
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.2)
        yield url
    finally:
        child.terminate()
        child.wait(20)


@pytest.mark.browser
def test_a_browser_draws_what_it_fetched(page: Any, address: str) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(address)
    inside = page.frame_locator("iframe[title*='st_folium']")
    inside.locator(".vp-village").nth(MANY - 1).wait_for(timeout=60_000, state="attached")
    frame = next(one for one in page.frames if "st_folium" in one.url)
    count = """() => {
        const n = { outlines: 0, points: 0 };
        window.map.eachLayer(one => {
            if (one instanceof L.CircleMarker) { n.points += 1; }
            else if (one instanceof L.Polygon) { n.outlines += 1; }
        });
        return n;
    }"""
    end = time.monotonic() + 30
    while frame.evaluate(count) != {"outlines": MANY, "points": 1520}:
        assert time.monotonic() < end, frame.evaluate(count)
        page.wait_for_timeout(100)
    assert frame.locator("canvas").count() == 1
    assert len([one for one in asked if f"{address}planner/shapes/" in one]) == 4
    # The tooltip of a point and of an outline, found where they are drawn; hostile names as text.
    for find, word, beside in (
        ("one instanceof L.CircleMarker", "没有登记", 0),
        ("one instanceof L.Polygon && !(one instanceof L.CircleMarker)", "村", 6),
    ):
        x, y = frame.evaluate(
            f"""() => {{
                let found = null;
                window.map.eachLayer(one => {{ if ({find}) {{ found = one; }} }});
                const to = found.getLatLng ? found.getLatLng() : found.getBounds().getNorthWest();
                window.map.setView(to, 15, {{ animate: false }});
                const at = window.map.latLngToContainerPoint(to);
                return [at.x, at.y];
            }}"""
        )
        page.wait_for_timeout(300)
        canvas, tip = inside.locator(".leaflet-container"), inside.locator(".leaflet-tooltip")
        canvas.hover(position={"x": x + beside, "y": y + beside})
        tip.wait_for()
        assert word in tip.inner_text()
        canvas.hover(position={"x": 5, "y": 5})
    assert frame.locator("img").count() == 0
    assert faults == []


@pytest.mark.browser
def test_data_that_are_gone_are_said(page: Any, address: str) -> None:
    page.route("**/planner/shapes/*", lambda route: route.fulfill(status=404, body=""))
    page.goto(address)
    inside = page.frame_locator("iframe[title*='st_folium']")
    inside.locator(".vp-lost").wait_for(timeout=60_000)
    assert inside.locator(".vp-lost").inner_text() == t("map.lost")


@pytest.mark.browser
@pytest.mark.long
def test_without_our_server_the_page_carries_its_map(page: Any, tmp_path: Path) -> None:
    door = tmp_path / "door.py"
    door.write_text(PAGE.format(root=str(ROOT), tests=str(ROOT / "tests")), encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(door), "--server.headless", "true"]
    child = subprocess.Popen(
        [*command, "--server.port", str(port), "--browser.gatherUsageStats", "false"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    try:
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert time.monotonic() < end
            time.sleep(0.2)
        page.goto(f"http://127.0.0.1:{port}/")
        inside = page.frame_locator("iframe[title*='st_folium']")
        inside.locator(".vp-village").nth(MANY - 1).wait_for(timeout=60_000, state="attached")
        assert page.get_by_text("inline", exact=True).count() == 1
        assert not [one for one in asked if "planner" in one]
    finally:
        child.terminate()
        child.wait(20)
