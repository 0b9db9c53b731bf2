"""The map page in a real browser: a click opens a card, a choice is marked, nothing is rebuilt."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hand import WIDE
from PIL import Image
from pyproj import Geod
from test_ui_browser import Watched, _until, chromium, served
from test_ui_page_gaps import with_work
from test_ui_pages import HOSTILE, make_project

from layers.crs import to_gcj02, to_wgs84
from layers.project import open_project
from layers.snapshot import save_snapshot
from layers.text import t

__all__ = ["chromium", "served"]

pytestmark = pytest.mark.browser
VILLAGES = "() => document.querySelectorAll('.vp-village').length"
# A large map, and one with layers to switch, is drawn on a canvas: its marks are counted as layers.
MARKS = """() => { let n = 0;
  map.eachLayer(one => { n += one.options.className === 'vp-mark' ? 1 : 0; });
  return n; }"""
SYMBOL = ".vp-village svg >> nth={}"
HEAD = ".vc-head h2"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_work(make_project(tmp_path_factory.mktemp("map") / "project"))
    source = folder.parent / "own.geojson"
    area = {"type": "Polygon", "coordinates": [[[108.015, 35.964], [108.018, 35.964],
            [108.018, 35.965], [108.015, 35.965], [108.015, 35.964]]]}  # fmt: skip
    one = {"type": "Feature", "properties": {"名称": HOSTILE}, "geometry": area}
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}), "utf-8")
    open_project(folder).import_file("reference/保护区", source)
    made = folder / "tiles" / "10" / "819"  # 108 E lies in column 819 of 1,024, 36 N in row 402
    made.mkdir(parents=True)
    for row in (401, 402, 403):
        Image.new("RGB", (2, 2), (90, 120, 90)).save(made / f"{row}.png")
    save_snapshot(open_project(folder), "上月", dt.date(2020, 1, 1))
    settings = folder / "project.toml"
    told = settings.read_text("utf-8") + '\n[[basemap]]\nname = "航片"\nfolder = "tiles"\n'
    settings.write_text(told, "utf-8")
    return folder


def open_map(chromium: Any, served: str, query: str, width: int = 1440) -> tuple[Any, Any]:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    seen.page.goto(f"{served}map?{query}")
    seen.page.wait_for_selector("iframe[title*='st_folium']", state="attached", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "the map's frame is missing", seen.page)
    _until(lambda: frame().evaluate(VILLAGES) == 2, "the villages are not drawn", seen.page)
    seen.page.wait_for_selector(HEAD)
    seen.page.wait_for_timeout(1000)
    frame().evaluate("window.__mark = 1")
    return seen, frame()


def shows(page: Any, name: str) -> bool:
    heads = page.locator(HEAD).all_inner_texts()
    return [" ".join(head.split()) for head in heads] == [name]


def find(page: Any, typed: str, lang: str = "zh") -> None:
    page.get_by_label(t("map.find", lang)).fill(typed)
    page.keyboard.press("Enter")


def click_at(frame: Any, lat: float, lon: float) -> None:
    at = frame.evaluate(f"(() => {{ const p = map.latLngToContainerPoint([{lat}, {lon}]);"
                        " return [p.x, p.y]; })()")  # fmt: skip
    frame.locator("#map_div").click(force=True, position={"x": at[0], "y": at[1]})


@pytest.mark.parametrize(("width", "lang"), WIDE)
def test_a_click_on_a_village_opens_its_card(
    chromium: Any, served: str, lang: str, width: int
) -> None:
    seen, frame = open_map(chromium, served, f"lang={lang}", width)
    page = seen.page
    assert frame.evaluate(MARKS) == 0
    # Villages that fail are drawn first: the hostile one.
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not open", page)
    _until(lambda: frame.evaluate(MARKS) == 2, "the village is not marked", page)
    assert t("card.to_pass", lang) in page.locator(".vc").inner_text()
    assert "village=v2" in page.url
    # v1 is the western of two squares of 1 km; its symbol stands in its middle
    click_at(frame, 35.9575, 108.0022)
    _until(lambda: shows(page, "甲村"), "the outline is no place to click", page)
    assert frame.evaluate("window.__mark") == 1, "the map was built again"
    assert page.locator("img[onerror]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.clean()


def test_every_click_counts_also_one_on_the_same_village(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not open", page)
    page.get_by_role("button", name=t("card.close", "zh")).click()
    _until(lambda: not shows(page, HOSTILE), "the card does not close", page)
    _until(lambda: frame.evaluate(MARKS) == 0, "the mark stays", page)
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the second click is lost", page)
    assert frame.evaluate("window.__mark") == 1
    assert seen.clean()


def test_moving_the_map_draws_nothing_anew(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    page.evaluate("document.querySelector('.vc').dataset.kept = 'yes'")
    frame.evaluate("void map.panBy([120, 40], {animate: false})")
    frame.evaluate("void map.setZoom(map.getZoom() - 1, {animate: false})")
    page.wait_for_timeout(1500)
    assert page.locator(".vc").get_attribute("data-kept") == "yes"
    assert page.locator("[data-testid=stStatusWidget]").count() == 0
    assert seen.clean()


def test_a_village_that_is_found_is_marked_and_looked_at(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    where = "[map.getCenter().lng, map.getZoom()]"
    before = frame.evaluate(where)
    find(page, "jc")
    _until(lambda: shows(page, "甲村"), "the card does not open", page)
    _until(lambda: frame.evaluate(MARKS) == 2, "the village is not marked", page)
    _until(lambda: frame.evaluate(where) != before, "the map does not move", page)
    page.wait_for_timeout(1000)
    # v1 is the western of two squares of 1 km: its middle is at 108.0055
    assert frame.evaluate("map.getCenter().lng") == pytest.approx(108.0055, abs=0.0005)
    frame.evaluate("void map.panBy([200, 0], {animate: false})")
    moved = frame.evaluate(where)
    # A village clicked is in sight already: the map stays where the reader has put it.
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not change", page)
    assert frame.evaluate(where) == moved
    assert frame.evaluate("window.__mark") == 1, "the map was built again"
    assert seen.clean()


def test_the_villages_work_is_handed_out(chromium: Any, served: str, tmp_path: Path) -> None:
    seen, _ = open_map(chromium, served, "lang=zh&village=v2")
    button = seen.page.get_by_role("button", name=t("card.work", "zh", kind="GeoJSON"))
    with seen.page.expect_download() as waiting:
        button.click()
    target = tmp_path / "work.geojson"
    waiting.value.save_as(target)
    assert waiting.value.suggested_filename == "work-v2.geojson"
    work = gpd.read_file(target)
    # three of its four households have no toilet
    assert sorted(work["subject_id"]) == ["h4", "h6", "h7"]
    assert seen.clean()


def test_from_the_card_to_its_gaps(chromium: Any, served: str) -> None:
    seen, _ = open_map(chromium, served, "lang=zh&village=v2")
    seen.page.get_by_role("button", name=t("card.gaps", "zh")).click()
    # the address is written choice by choice
    seen.page.wait_for_url("**/gaps?**village=v2**", timeout=30_000)
    assert "village=v2" in seen.page.url
    assert seen.clean()


def test_on_a_phone_the_map_is_low_and_stands_first(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh&village=v2", 390)
    box = seen.page.locator("iframe[title*='st_folium']").bounding_box()
    assert box["height"] == 360
    assert frame.evaluate("map.getSize().y") in (358, 360)  # with or without the frame's border
    assert box["y"] < seen.page.locator(HEAD).bounding_box()["y"]
    card = seen.page.locator(".st-key-map-card").bounding_box()
    assert (card["x"], card["width"]) == pytest.approx((box["x"], box["width"]), abs=1)
    assert seen.clean()


# ---------------------------------------------------------------------------------- tools


def test_two_corners_give_a_length_three_an_area_and_no_village(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=en")
    page = seen.page
    frame.evaluate("void map.setView([35.955, 108.0055], 14, {animate: false})")
    frame.locator(".vp-measure a").click()
    told = frame.locator(".vp-measured")
    corners = [(35.955, 108.0), (35.955, 108.011), (35.9595, 108.011)]
    for number, (lat, lon) in enumerate(corners):
        click_at(frame, lat, lon)
        _until(
            lambda n=number: frame.locator("#map_div").get_attribute("data-measured") == str(n + 1),
            "the corner is not taken", page,
        )  # fmt: skip
    length, area = frame.evaluate(
        "r => { const q = r.map(a => L.latLng(a[0], a[1]));"
        " return [villageEarth.length(q), villageEarth.area(q)]; }",
        [list(one) for one in corners],
    )
    earth = Geod(ellps="WGS84")
    lons, lats = [one[1] for one in corners], [one[0] for one in corners]
    exact, _ = earth.polygon_area_perimeter(lons, lats)
    assert length == pytest.approx(earth.line_length(lons, lats), rel=1e-5)
    assert area == pytest.approx(abs(exact), rel=1e-3)
    assert f"{t('map.measure.length', 'en')} 1.49 km" in told.inner_text()
    assert f"{t('map.measure.area', 'en')} 24" in told.inner_text()  # 0.5 x 992 m x 499 m
    # Without a mouse: a corner in the middle of the map, taken back, all cleared, and left.
    page.keyboard.press("Enter")
    assert frame.locator("#map_div").get_attribute("data-measured") == "4"
    page.keyboard.press("Backspace")
    assert frame.locator("#map_div").get_attribute("data-measured") == "3"
    page.keyboard.press("Escape")
    assert t("map.measure.first", "en") in told.inner_text()
    page.keyboard.press("Escape")
    assert told.is_hidden()
    assert frame.evaluate("[map.vpBusy, window.__mark]") == [False, 1]
    # No corner was told to the page as a village.
    assert "village=" not in page.url
    assert frame.evaluate(MARKS) == 0
    assert seen.clean()


def test_tiles_in_gcj02_lie_where_they_truly_are(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    places = np.array([[73.1, 18.2], [87.6, 43.8], [108.0055, 35.955], [121.5, 31.2], [36.3, 32.3]])
    there = np.column_stack(to_gcj02(places[:, 0], places[:, 1]))
    back = np.column_stack(to_wgs84(there[:, 0], there[:, 1], "gcj02"))
    ask = "r => r.map(a => villageShift.{}(a[0], a[1]))"
    shifted = frame.evaluate(ask.format("toGcj"), places.tolist())
    np.testing.assert_allclose(shifted, there, atol=1e-12)
    np.testing.assert_allclose(frame.evaluate(ask.format("toWgs"), there.tolist()), back, atol=1e-9)
    # The tile that holds a place in GCJ-02 is asked for, and put so that the place is where it is.
    off = frame.evaluate(
        """() => { const spec = { attribution: "", maxZoom: 22 };
        const one = new villageShiftedTiles("data:image/gif;base64,R0lGODlhAQABAAAAACw=#{z}{x}{y}",
          spec).addTo(map);
        map.setView([35.955, 108.0055], 15, {animate: false});
        const at = L.latLng(35.955, 108.0055), far = villageShift.toGcj(at.lng, at.lat);
        const pixel = map.project(L.latLng(far[1], far[0]), 15);
        const coords = pixel.divideBy(256).floor(); coords.z = 15;
        const inside = pixel.subtract(coords.scaleBy(L.point(256, 256)));
        const drawn = one._getTilePos(coords).add(inside);
        const level = one._level.origin.subtract(map.getPixelOrigin());
        const true_ = map.latLngToLayerPoint(at);
        const range = one._pxBoundsToTileRange(one._getTiledPixelBounds(map.getCenter()));
        const result = [drawn.add(level).distanceTo(true_), range.contains(coords)];
        map.removeLayer(one); return result; }"""
    )
    assert off[0] < 1.0
    assert off[1] is True
    assert seen.clean()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_maps_buttons_speak_the_language_of_the_page(
    chromium: Any, served: str, lang: str
) -> None:
    seen, frame = open_map(chromium, served, f"lang={lang}")
    for css, key in (("zoom-in", "map.closer"), ("zoom-out", "map.farther")):
        button = frame.locator(f".leaflet-control-{css}")
        said = [button.get_attribute(name) for name in ("title", "aria-label")]
        assert said == [t(key, lang)] * 2
    assert seen.clean()


def test_a_base_map_is_remembered_and_nothing_else_is_asked(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    names = frame.locator(".leaflet-control-layers-base label").all_text_contents()
    assert [one.strip() for one in names] == [t("basemap.none", "zh"), "航片"]
    drawn = "[...document.querySelectorAll('.vp-base img')].some(one => one.naturalWidth === 2)"
    assert frame.evaluate(drawn) is False
    frame.evaluate("document.querySelectorAll('.leaflet-control-layers-base input')[1].click()")
    _until(lambda: frame.evaluate(drawn), "no tile is shown", page)
    page.reload()
    _until(
        lambda: any(one.evaluate(drawn) for one in page.frames if "st_folium" in one.url),
        "the base map is forgotten", page,
    )  # fmt: skip
    page.evaluate("localStorage.removeItem('vp-base')")
    assert seen.clean()


def test_two_maps_look_at_the_same_place_and_nothing_is_drawn_anew(
    chromium: Any, served: str
) -> None:
    seen, _ = open_map(chromium, served, "lang=zh&beside=day:上月")
    page = seen.page
    frames = [one for one in page.frames if "st_folium" in one.url]
    if len(frames) < 2:
        _until(
            lambda: sum("st_folium" in one.url for one in page.frames) == 2,
            "there is one map",
            page,
        )
        frames = [one for one in page.frames if "st_folium" in one.url]
    for one in frames:
        _until(lambda it=one: it.evaluate("Boolean(window.map && map.vpTwin)"), "no twin", page)
    page.wait_for_timeout(800)
    view = "[map.getCenter().lat, map.getCenter().lng, map.getZoom()]"
    for one, other in (frames, frames[::-1]):
        one.evaluate("void map.setZoom(map.getZoom() + 1, {animate: false})")
        one.evaluate("void map.panBy([60, 30], {animate: false})")
        _until(lambda a=one, b=other: a.evaluate(view) == b.evaluate(view), "they differ", page)
    assert seen.clean()


def test_a_copied_address_shows_the_same_place(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh&village=v1")
    page = seen.page
    page.wait_for_timeout(1000)
    frame.evaluate("void map.setView([35.96, 108.01], 15, {animate: false})")
    _until(lambda: "#map=15.00/35.9" in page.url, "the place is not kept", page)
    again, other = open_map(chromium, served, page.url.split("?")[1])
    at = other.evaluate("[map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    assert at == pytest.approx([15, 35.96, 108.01], abs=1e-3)
    assert shows(again.page, "甲村")
    assert seen.clean()
    assert again.clean()


def test_own_layers_are_shown_as_text_in_their_colour(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    page.get_by_role("button", name="保护区").click()
    shown = """() => { let n = 0;
      map.eachLayer(one => { n += one.options.color === '#7B3F98' ? 1 : 0; });
      return n; }"""
    _until(lambda: frame.evaluate(shown) == 1, "the own layer is not drawn", page)

    def told() -> bool:
        # A click while the layer is still being drawn meets nothing.
        if frame.locator(".leaflet-popup-content").count() == 0:
            click_at(frame, 35.9645, 108.0165)
            page.wait_for_timeout(500)
        return bool(frame.locator(".leaflet-popup-content").count() == 1)

    _until(told, "no tip", page)
    assert HOSTILE in frame.locator(".leaflet-popup-content").inner_text()
    assert frame.locator("img[onerror]").count() == 0
    assert frame.evaluate("window.__mark") == 1
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="保护区").click()
    _until(lambda: frame.evaluate(shown) == 0, "the own layer stays", page)
    assert seen.clean()
