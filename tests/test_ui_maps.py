"""Maps: what they draw, what they leave out and say so, and that text from data never runs."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.text import t
from ui.chart import numbered
from ui.maps import build_map, legend_html, standalone_html
from ui.maps.elements import ASSETS, CSS_FILES, JS_FILES
from ui.payloads import MANY_POINTS

HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"
OWN_FILES = {"map.css", "map.js", "tiles.js", "base.css", "base.js", "assets.toml"}
STATUSES = {"a": "met", "b": "undetermined", "c": "unmet", "d": "not_assessed"}


def villages(names: tuple[str, ...] = ("甲村", "乙村", "丙村", "丁村")) -> gpd.GeoDataFrame:
    boxes = [shapely.box(x, 0, x + 1000, 1000) for x in range(500_000, 504_000, 1000)]
    boxes = [shapely.affinity.translate(each, 0, 3_980_000) for each in boxes]
    frame = {"name": names, "township": ["东镇", "东镇", "西乡", "西乡"]}
    return gpd.GeoDataFrame(frame, geometry=boxes, index=list("abcd"), crs=4545)


def items(kind: str, count: int, shape: object | None = None) -> gpd.GeoDataFrame:
    point = shape or shapely.Point(500_500, 3_980_500)
    frame = {
        "target_id": "t",
        "village": "甲村",
        "subject_name": "张三",
        kind: 1,
        "unit": "household",
        "reason_zh": "没有登记",
        "reason_en": "not listed",
    }
    rows = pd.DataFrame([frame] * count)
    return gpd.GeoDataFrame(rows, geometry=[point] * count, crs=4545).to_crs(4326)


def data_of(page: str) -> list[dict[str, object]]:
    """Read back every GeoJSON the page adds to its map."""
    found = re.findall(r"_add\((\{\"features\".*?\})\);", page)
    return [json.loads(text) for text in found]


class Loads(HTMLParser):
    """Collect what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"src", "href", "data", "poster", "srcset", "action"}
        self.addresses += [value or "" for name, value in attrs if name in wanted]


def loads(page: str) -> list[str]:
    parser = Loads()
    parser.feed(page)
    return parser.addresses


# ---------------------------------------------------------------------------------- assets


def manifest() -> list[Mapping[str, str]]:
    return tomllib.loads((ASSETS / "assets.toml").read_text("utf-8"))["file"]


def test_every_vendored_file_is_the_one_in_the_manifest() -> None:
    for entry in manifest():
        data = (ASSETS / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], entry["file"]
        assert entry["version"]
        assert entry["licence"]


def test_no_file_is_outside_the_manifest() -> None:
    there = {path.name for path in ASSETS.iterdir()}
    assert there == {entry["file"] for entry in manifest()} | OWN_FILES


def test_assets_load_nothing() -> None:
    for path in (*ASSETS.glob("*.js"), *ASSETS.glob("*.css")):
        text = path.read_text("utf-8")
        assert "sourceMappingURL" not in text
        if path.suffix == ".css":
            addresses = re.findall(r"url\(\s*['\"]?([^)'\"]{0,20})", text)
            assert all(each.startswith(("data:", "#")) for each in addresses), path.name


# ---------------------------------------------------------------------------------- drawing


def test_each_village_is_drawn_with_its_status_symbol_and_name() -> None:
    chart = build_map(villages(), STATUSES)
    page = standalone_html(chart)
    outlines, marks = data_of(page)[0], data_of(page)[-1]
    assert [one["properties"]["s"] for one in outlines["features"]] == [
        "unmet",
        "undetermined",
        "met",
        "not_assessed",
    ]
    assert len(marks["features"]) == 4
    for name in villages()["name"]:
        assert json.dumps(name)[1:-1] in page
    assert chart.drawn.counts == {"met": 1, "undetermined": 1, "unmet": 1, "not_assessed": 1}


def test_legend_counts_add_up_to_the_villages() -> None:
    chart = build_map(villages(), STATUSES)
    counts = [int(n) for n in re.findall(r"<b>(\d+)</b>", legend_html(chart))]
    assert sum(counts) == 4
    assert t("map.total", "zh", n=4) in legend_html(chart)


def test_a_village_without_a_status_is_not_assessed() -> None:
    assert build_map(villages(), {}).drawn.counts == {"not_assessed": 4}


def test_villages_as_points() -> None:
    frame = villages()
    chart = build_map(frame.set_geometry(frame.centroid), STATUSES)
    assert len(data_of(standalone_html(chart))) == 1
    assert not chart.empty
    assert chart.drawn.notes == []


def test_villages_as_a_plain_table_give_a_note_and_no_map() -> None:
    chart = build_map(pd.DataFrame(villages().drop(columns="geometry")), STATUSES)
    page = standalone_html(chart)
    assert chart.empty
    assert t("map.none", "zh") in page
    assert t("map.note.no_places", "zh", n=4) in page
    assert chart.drawn.counts["met"] == 1
    assert "<script" not in page


def test_villages_whose_geometry_is_missing_are_counted_in_a_note() -> None:
    frame = villages()
    frame.loc["b", "geometry"] = None
    chart = build_map(frame, STATUSES)
    assert chart.drawn.notes == [t("map.note.some_places", "zh", n=1)]
    assert sum(chart.drawn.counts.values()) == 4


def test_more_points_than_a_browser_carries_are_capped_with_a_note() -> None:
    chart = build_map(villages(), STATUSES, items("unmet", MANY_POINTS + 5))
    assert chart.drawn.gaps == MANY_POINTS + 5
    assert chart.drawn.notes == [
        t("map.note.unmet_capped", "zh", shown=MANY_POINTS, n=MANY_POINTS + 5)
    ]
    drawn = [len(each["features"]) for each in data_of(standalone_html(chart))]
    assert MANY_POINTS in drawn
    assert MANY_POINTS + 5 not in drawn


def test_items_without_a_place_are_counted_in_a_note() -> None:
    gaps = items("unmet", 3)
    gaps.loc[1, "geometry"] = None
    chart = build_map(villages(), STATUSES, gaps, items("unknown", 2))
    assert (chart.drawn.gaps, chart.drawn.unknowns) == (2, 2)
    assert chart.drawn.notes == [t("map.note.unmet_without_place", "zh", n=1)]


def test_dark_stretches_are_lines() -> None:
    stretch = shapely.MultiLineString([[(500_000, 3_980_000), (500_400, 3_980_000)]])
    chart = build_map(villages(), STATUSES, items("unmet", 1, stretch))
    assert (chart.drawn.gaps, len(chart.drawn.stretches)) == (0, 1)
    assert "MultiLineString" in standalone_html(chart)


def test_outlines_with_many_corners_become_lighter_and_stay_joined() -> None:
    frame = villages()
    round_one = shapely.Point(502_000, 3_980_500).buffer(300, quad_segs=5000)
    shapes = [shapely.difference(each, round_one) for each in frame.geometry]
    chart = build_map(frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=4545)), STATUSES)
    page = standalone_html(chart)
    assert len(page) < 400_000
    drawn = [shapely.geometry.shape(one["geometry"]) for one in data_of(page)[0]["features"]]
    assert shapely.coverage_is_valid(drawn, 1e-6) or all(each.is_valid for each in drawn)


def test_the_frames_are_not_changed() -> None:
    frame, gaps = villages(), items("unmet", 3)
    kept, kept_gaps = frame.copy(), gaps.copy()
    build_map(frame, STATUSES, gaps, items("unknown", 1))
    pd.testing.assert_frame_equal(frame, kept)
    pd.testing.assert_frame_equal(gaps, kept_gaps)


# ---------------------------------------------------------------------------------- safety


def hostile_page(lang: str = "zh") -> str:
    frame = villages((HOSTILE, "a`b", "</script><b>", "\\u003c${x}"))
    frame["township"] = HOSTILE
    gaps = items("unmet", 1).assign(
        village=HOSTILE, subject_name=HOSTILE, address=HOSTILE, reason_zh=HOSTILE, unit=HOSTILE
    )
    roads = gpd.GeoDataFrame(
        {HOSTILE: [HOSTILE]},
        geometry=[shapely.LineString([(500_000, 3_980_000), (501_000, 3_981_000)])],
        crs=4545,
    )
    chart = build_map(
        frame,
        {**STATUSES, "a": "unmet"},
        gaps,
        gaps.rename(columns={"unmet": "unknown"}),
        roads,
        lang=lang,
        title=HOSTILE,
        details={"a": HOSTILE},
        targets={"t": HOSTILE},
    )
    return standalone_html(numbered(chart))


def test_hostile_names_stay_text() -> None:
    page = hostile_page()
    assert "1337" not in page
    assert "{{" not in re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert "<img" not in page.lower()
    assert "${1}" not in page
    assert page.count("</script>") == len(JS_FILES) + 1
    assert "&#123;&#123;7*191&#125;&#125;&lt;img src=x" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_file_loads_nothing(lang: str) -> None:
    page = hostile_page(lang)
    assert loads(page) == []
    styles = re.findall(r"<style>.*?</style>", page, flags=re.S)
    for address in re.findall(r"url\(\s*['\"]?([^)'\"]{0,30})", "".join(styles)):
        assert address.startswith(("data:", "#")), address
    assert "@import" not in page


def test_the_page_takes_its_scripts_from_the_assets_folder() -> None:
    chart = build_map(villages(), STATUSES, items("unmet", 1))
    elements = [chart, *chart._children.values()]
    links = [
        address
        for each in elements
        for _, address in [*getattr(each, "default_js", []), *getattr(each, "default_css", [])]
    ]
    assert sorted(links) == [
        f"../ui.maps.elements.assets/{name}" for name in sorted((*CSS_FILES, *JS_FILES))
    ]
    assert all((ASSETS / link.rsplit("/", 1)[-1]).is_file() for link in links)


def test_words_of_both_languages_are_on_the_map() -> None:
    for lang in ("zh", "en"):
        page = standalone_html(build_map(villages(), STATUSES, lang=lang))
        assert t("map_disclaimer", lang) != "map_disclaimer"
        assert json.dumps(t("map_disclaimer", lang))[1:-1] in page
        assert t("status.unmet.short", lang) in page


def test_no_script_or_style_we_carry_names_a_place_on_the_network_to_load() -> None:
    for name in (*JS_FILES, *CSS_FILES):
        text = (ASSETS / name).read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href)=\\?["']https?:|url\(["']?https?:""", text), name
