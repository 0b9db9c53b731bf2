"""The map seen from afar and on the whole screen, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from test_ui_browser import _until, chromium, served
from test_ui_browser_map import open_map, project

__all__ = ["chromium", "project", "served"]

pytestmark = pytest.mark.browser


def test_from_afar_signs_and_points_shrink_until_colours_say_it_alone(
    chromium: Any, served: str
) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    # One point as a large map draws its gaps.
    frame.evaluate(
        """() => { const one = { type: "Feature", id: "0", properties: { tip: "" },
          geometry: { type: "Point", coordinates: [108.0055, 35.955] } };
        const data = JSON.stringify({ type: "FeatureCollection", features: [one] });
        window.drawn = villageShapes({ draw: "points", lost: "", looks: {},
          url: "data:application/json," + encodeURIComponent(data),
          look: { form: "square", radius: 3.5, weight: 1 } }).addTo(map); }"""
    )
    _until(lambda: frame.evaluate("drawn.getLayers().length") == 1, "no point", page)
    sizes = """() => { const one = drawn.getLayers()[0].getLayers()[0];
      const sign = document.querySelector('.vp-village');
      return [one._radius, one.options.weight, sign.querySelector('svg')
        .getBoundingClientRect().width, getComputedStyle(sign).visibility]; }"""

    def at(zoom: int) -> list[Any]:
        frame.evaluate(f"void map.setZoom({zoom}, {{animate: false}})")
        page.wait_for_timeout(400)
        return frame.evaluate(sizes)  # type: ignore[no-any-return]

    near = at(15)
    assert near == [3.5, 1, 18, "visible"]
    assert at(12)[:2] == pytest.approx([1.96, 0.56])
    # Two squares of 1 km side by side: 8 pixels apart at zoom 10, 2 at zoom 8.
    assert at(10)[2:] == [10, "visible"]
    assert at(8)[3] == "hidden"
    # A point that is drawn small is hit beside its edge too.
    frame.evaluate("void map.setZoom(12, {animate: false})")
    hit = """() => { const one = drawn.getLayers()[0].getLayers()[0];
      return [3, 30].map(far => one._containsPoint(one._point.add(L.point(far, 0)))); }"""
    assert frame.evaluate(hit) == [True, False]
    assert at(15) == near
    assert seen.clean()


def test_the_whole_screen_shows_the_same_places_and_gives_the_view_back(
    chromium: Any, served: str
) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    view = "[map.getZoom(), map.getCenter().lat, map.getCenter().lng]"
    frame.evaluate("void map.setZoom(13, {animate: false})")
    before = frame.evaluate(view)
    frame.locator(".vp-full a").click()
    _until(lambda: frame.evaluate("map.getZoom()") > 13, "the view is not fitted", page)
    assert frame.evaluate(view)[1:] == pytest.approx(before[1:], abs=1e-3)
    frame.evaluate("void document.exitFullscreen()")
    _until(lambda: frame.evaluate("map.getZoom()") == 13, "the view is not given back", page)
    assert frame.evaluate(view) == pytest.approx(before, abs=1e-4)
    # A view the reader chose meanwhile stays.
    frame.locator(".vp-full a").click()
    _until(lambda: frame.evaluate("map.getZoom()") > 13, "the view is not fitted", page)
    frame.evaluate("void map.setZoom(16, {animate: false})")
    frame.evaluate("void document.exitFullscreen()")
    page.wait_for_timeout(1200)
    assert frame.evaluate("map.getZoom()") == 16
    assert seen.clean()
