"""Layers of points on a map: looks, tips as text, clicks; few travel, many are drawn."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hand import judged
from test_ui_maps import data_of
from test_ui_payloads import fetched, villages
from test_works_desk_points import HOMES, NEAR_A_LAMP, data

from layers.text import t
from ui.map_points import subject_layer, thing_layer
from ui.maps import build_map, standalone_html
from ui.maps.elements import VillageMap
from ui.maps.items import CELL_STEPS
from ui.payloads import MANY_POINTS
from ui.tiles import LOOKS, PointLayer, Points
from ui.tiles.store import STORE
from works.board import Board

HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}`\\"


@pytest.fixture(scope="module")
def board() -> Board:
    homes = [HOMES[0] | {"head": HOSTILE, "group": HOSTILE}, *HOMES[1:]]
    target = NEAR_A_LAMP | {"title": {"zh": HOSTILE, "en": HOSTILE}}
    return Board(judged(data(households=homes), target))


def clicked(key: str) -> dict[str, object]:
    return {"last_active_drawing": {"type": "Feature", "properties": {"k": key, "n": 1}}}


class Nobody:
    def identity(self, row: int) -> str:
        return [f"id{n}" for n in range(5000)][row]

    def tip(self, row: int) -> str:
        return f"tip{row}"


def many(n: int = 5000, **more: object) -> PointLayer:
    lon, lat = np.linspace(107, 107.1, n), np.full(n, 35.5)
    known: dict[str, object] = {
        "key": "many", "name": "<b>点</b>", "kind": "subject:x", "version": "1",
        "points": lambda: Points(lon, lat, (np.arange(n) % 2).astype(np.uint8)),
        "looks": (LOOKS["met"], LOOKS["unmet"]), "source": Nobody(),
    }  # fmt: skip
    return PointLayer(**known | more)  # type: ignore[arg-type]


def chart_with(*layers: PointLayer, by_route: bool = True) -> VillageMap:
    return build_map(villages(3), {}, by_route=by_route, layers=layers)


# ---------------------------------------------------------------------------------- layers


def test_subjects_of_a_target(board: Board) -> None:
    layer = subject_layer(board, "lit", "zh", "1")
    assert layer.counts == {"met": 1, "near": 0, "unknown": 0, "unmet": 1}
    assert layer.kind == "subject:households"
    assert layer.source.identity(0) == "h1"
    assert layer.looks[-1].key == "unmet"
    assert subject_layer(board, "lit", "en", "1").name == "Households by verdict"
    versions = {subject_layer(board, "lit", lang, v).version for lang in ("zh", "en") for v in "12"}
    assert len(versions) == 4


def test_things_of_a_layer(board: Board) -> None:
    layer = thing_layer(board, "streetlights", "zh", "1")
    assert layer.counts == {"working": 1, "planned": 1, "unknown": 1, "broken": 1}
    assert (layer.name, layer.shown) == ("路灯", False)
    tip = layer.source.tip(1)
    assert t("spot.broken", "zh") in tip
    assert "路灯" in tip
    plain = thing_layer(board, "garbage_sites", "en", "1").source.tip(0)
    assert t("spot.there", "en") not in plain


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_stay_text_in_a_tip(board: Board, lang: str) -> None:
    layer = subject_layer(board, "lit", lang, "1")
    for row in range(3):
        tip = layer.source.tip(row)
        assert "<img" not in tip
        assert not re.search(r"\{\{|\$\{|`|\\", tip)
    assert "&lt;img src=x" in layer.source.tip(0)
    assert t("spot.met", lang) in layer.source.tip(0)
    assert t("spot.unmet", lang) in layer.source.tip(1)
    assert "<small>" in layer.source.tip(1)
    assert "<small>" not in layer.source.tip(0)


# ---------------------------------------------------------------------------------- on a map


def test_many_points_are_drawn_by_the_server() -> None:
    layer = many()
    chart = chart_with(layer)
    page = standalone_html(chart)
    specs = [json.loads(one) for one in re.findall(r"= villageTiles\((\{.*?\})\);", page)]
    assert len(specs) == 1
    token = STORE.register(layer)
    assert specs[0]["tiles"] == f"../../planner/tiles/{token}/" + "{z}/{x}/{y}{r}.png"
    assert specs[0]["near"] == f"../../planner/near/{token}"
    assert specs[0]["key"] == "p0"
    name = json.dumps("点")[1:-1]
    assert name in page
    assert f"b>{name}" not in page
    assert len(page) < 400_000
    assert STORE.tile(token, 14, 0, 0, 1) is not None


def test_few_points_travel_with_their_looks() -> None:
    chart = chart_with(many(4))
    spec = fetched(chart)[-1]
    assert [one["form"] for one in spec["styles"]] == ["circle", "square"]
    known = [one["properties"] for one in spec["data"]]
    # The last look lies on top: its points come last.
    assert [one["l"] for one in known] == [0, 0, 1, 1]
    assert [one["k"] for one in known] == ["p0-0", "p0-2", "p0-1", "p0-3"]
    assert known[0]["tip"] == "tip0"


def test_a_layer_that_is_off_is_not_made_at_all() -> None:
    def never() -> Points:
        raise AssertionError

    chart = chart_with(many(points=never, shown=False))
    assert "villageTiles(" in standalone_html(chart)


def test_without_our_server_points_travel_and_are_capped_with_a_note() -> None:
    layer = many(MANY_POINTS + 500)
    chart = chart_with(layer, by_route=False)
    page = standalone_html(chart)
    assert "villageTiles({" not in page
    assert len(data_of(page)[-1]["features"]) == MANY_POINTS  # type: ignore[arg-type]
    note = t("tiles.capped", "zh", name=layer.name, shown=MANY_POINTS, n=MANY_POINTS + 500)
    assert chart.drawn.notes == [note]
    few = standalone_html(chart_with(many(3), by_route=False))
    assert few.count("vp-pt") > 2


def test_points_without_a_place_leave_no_layer() -> None:
    nowhere = np.full(3, np.nan)
    empty = many(points=lambda: Points(nowhere, nowhere, np.zeros(3, dtype=np.uint8)))
    assert chart_with(empty).point_layers == []


# ---------------------------------------------------------------------------------- clicks


@pytest.mark.parametrize("n", [4, 5000])
def test_a_click_is_told_by_kind_and_id(n: int) -> None:
    chart = chart_with(many(2, key="first", kind="a"), many(n, kind="b"))
    assert chart.clicked(clicked("p1-3")) == ("b", "id3")
    assert chart.clicked(clicked("p0-1")) == ("a", "id1")


@pytest.mark.parametrize(
    "key", ["p2-0", "p0-5000", "p0-99999999999", "p-1", "p0--1", "p0-1 ", "q", "", "p0-0x"]
)
def test_a_key_that_was_never_given_out_means_nothing(key: str) -> None:
    assert chart_with(many()).clicked(clicked(key)) is None
    assert chart_with(many()).clicked({"last_active_drawing": key}) is None


def test_a_village_is_still_told(board: Board) -> None:
    chart = chart_with(many())
    key = next(iter(chart.keys))
    assert chart.clicked(clicked(key)) == ("village", chart.keys[key][1])


# ---------------------------------------------------------------------------------- long lists


def long_list(n: int, **more: object) -> gpd.GeoDataFrame:
    frame = {"id": [f"g{i}" for i in range(n)], "target_id": "t", "village": HOSTILE, "unmet": 1,
             "unit": "household", "reason_zh": "没有登记"}  # fmt: skip
    shapes = shapely.points(np.linspace(107, 107.1, n), 35.5)
    return gpd.GeoDataFrame(frame | more, geometry=shapes, crs=4326)


def test_a_long_list_becomes_a_layer_with_tips_on_demand() -> None:
    chart = build_map(villages(3), {}, long_list(3000), by_route=True, targets={"t": "户厕"})
    (layer,) = chart.point_layers
    assert (layer.kind, layer.counts, chart.drawn.gaps) == ("unmet", {"unmet": 3000}, 3000)
    assert chart.clicked(clicked("p0-2999")) == ("unmet", "g2999")
    tip = layer.source.tip(2999)
    assert "户厕" in tip
    assert "没有登记" in tip
    assert "<img" not in tip


def test_lists_are_told_apart_by_their_rows_or_by_the_version_given() -> None:
    def version(frame: gpd.GeoDataFrame, said: str = "") -> str:
        chart = build_map(villages(3), {}, frame, by_route=True, version=said)
        return STORE.register(chart.point_layers[0])

    lists = [long_list(3000), long_list(3000, reason_zh="坏了"), long_list(3001)]
    tokens = [version(one) for one in lists]
    assert version(long_list(3000)) == tokens[0]
    assert len(set(tokens)) == 3
    assert version(lists[0], "1") == version(lists[0], "1") != version(lists[0], "2")


def test_population_cells_keep_their_sizes() -> None:
    people = np.where(np.arange(3000) % 2, 2.0, 100.0)
    chart = build_map(villages(3), {}, long_list(3000, people=people), by_route=True)
    (layer,) = chart.point_layers
    # sqrt(2) * 1.1 is below the least size, sqrt(100) * 1.1 = 11 below the sixth
    assert [layer.looks[n].size for n in layer.points().look[:2]] == [14.0, 2.5]
    assert len(layer.looks) == len(CELL_STEPS)
    assert all(one.fixed for one in layer.looks)


def test_shapes_that_are_no_points_stand_on_themselves() -> None:
    frame = long_list(3000)
    box = shapely.box(107, 35, 107.2, 35.2)
    frame.geometry = [box] * 3000
    chart = build_map(villages(3), {}, frame, by_route=True)
    found = chart.point_layers[0].points()
    assert shapely.contains_xy(box, found.lon[0], found.lat[0])


def test_a_map_lasts_while_its_layers_do() -> None:
    chart = chart_with(many())
    assert chart.lasting
    assert not chart.empty
    # What was drawn is dropped: it is drawn again.
    STORE.sets.__init__(STORE.sets.most)  # type: ignore[misc]
    STORE.tiles.__init__(STORE.tiles.most)  # type: ignore[misc]
    assert chart.lasting
