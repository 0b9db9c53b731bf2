"""Points as pictures: exact pixels, no seams, the nearest is found, memory within its bytes."""

from __future__ import annotations

import gc
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ui.tiles import FROM_ZOOM, LOOKS, Look, PointLayer, Points
from ui.tiles.paint import EMPTY, TILE, draw, sprite, tile
from ui.tiles.points import PointSet, degrees, mercator
from ui.tiles.store import Bounded, TileStore

THREE = (LOOKS["met"], LOOKS["unknown"], LOOKS["unmet"])
RED = Look("red", "#FF0000", edge="#0000FF", shape="square", size=2.0, width=1.0, fixed=True)


def at(*pixels: tuple[float, float], zoom: float = 14, look: Any = 0) -> Points:
    """Make points at pixels of the world of a zoom."""
    world = 256 * 2**zoom
    places = np.array([degrees(x / world, y / world) for x, y in pixels]).reshape(-1, 2)
    looks = np.broadcast_to(np.asarray(look, dtype=np.uint8), len(places))
    return Points(places[:, 0], places[:, 1], looks)


def made(points: Points, looks: int = 1) -> PointSet:
    return PointSet(points, looks)


def picture(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def scattered(n: int = 4000, seed: int = 1) -> Points:
    rng = np.random.default_rng(seed)
    lon, lat = 107 + 0.05 * rng.random(n), 35 + 0.05 * rng.random(n)
    return Points(lon, lat, rng.integers(0, 3, n).astype(np.uint8))


class Behind:
    """A source that writes down what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def identity(self, row: int) -> str:
        return f"id{row}"

    def tip(self, row: int) -> str:
        self.asked.append(row)
        return f"tip{row}"


def layer(given_points: Points | None = None, **more: Any) -> PointLayer:
    places = at((100, 100)) if given_points is None else given_points
    known: dict[str, Any] = {
        "key": "k", "name": "点", "kind": "subject:x", "points": lambda: places,
        "looks": THREE, "source": Behind(), "version": "1",
    }  # fmt: skip
    return PointLayer(**known | more)


# ---------------------------------------------------------------------------------- pixels


def test_one_square_pixel_by_pixel() -> None:
    # Half 2 rounds to 2.5: five pixels, the outer ones the edge. The middle lies on pixel 10, 20.
    drawn = picture(tile(made(at((10.4, 20.9))), (RED,), 14, 0, 0, 1))
    assert drawn.shape == (256, 256, 4)
    there = np.argwhere(drawn[..., 3])
    assert there.min(axis=0).tolist() == [18, 8]
    assert there.max(axis=0).tolist() == [22, 12]
    assert len(there) == 25
    assert (drawn[18:23, 8:13, 3] == 255).all()
    inner = drawn[19:22, 9:12]
    assert (inner == [255, 0, 0, 255]).all()
    edge = np.ones((5, 5), dtype=bool)
    edge[1:4, 1:4] = False
    assert (drawn[18:23, 8:13][edge] == [0, 0, 255, 255]).all()


def test_for_a_fine_screen_the_same_twice_as_large() -> None:
    drawn = picture(tile(made(at((10.4, 20.9))), (RED,), 14, 0, 0, 2))
    assert drawn.shape == (512, 512, 4)
    there = np.argwhere(drawn[..., 3])
    # Half 4 becomes 4.5: nine pixels around pixel 20, 41.
    assert (there.min(axis=0).tolist(), there.max(axis=0).tolist()) == ([37, 16], [45, 24])


def test_a_zoom_between_two_has_a_world_of_its_own() -> None:
    points = made(at((1000, 1000), zoom=14))
    world = 2 ** (14.25 - 14) * 1000
    x, where = int(world // 256), int(world % 256)
    drawn = picture(tile(points, (RED,), 14.25, x, x, 1))
    assert np.argwhere(drawn[..., 3]).mean(axis=0).tolist() == [where, where]


def test_the_edge_of_a_circle_is_smooth() -> None:
    drawn = picture(tile(made(at((50.5, 50.5), zoom=17)), (LOOKS["unknown"],), 17, 0, 0, 1))
    alpha = drawn[..., 3]
    assert alpha[50, 50] == 255
    half = drawn[(alpha > 0) & (alpha < 255)]
    assert len(half) >= 8
    # A pixel partly covered has the colour of the edge, not a darker one.
    assert np.abs(half[:, :3].astype(int) - [0x1A, 0x24, 0x30]).max() <= 8


def test_the_last_look_and_of_one_look_the_last_row_lies_on_top() -> None:
    looks = tuple(Look(f"l{n}", c, edge=c, shape="square", size=2, width=0.5, fixed=True)
                  for n, c in enumerate(("#FF0000", "#00FF00", "#0000FF")))  # fmt: skip
    points = at((50.5, 50.5), (51.5, 50.5), (52.5, 50.5), look=[2, 0, 1])
    drawn = picture(tile(made(points, 3), looks, 14, 0, 0, 1))
    assert drawn[50, 48:53].tolist() == [[0, 0, 255, 255]] * 5
    assert drawn[50, 53:55].tolist() == [[0, 255, 0, 255]] * 2


@pytest.mark.parametrize("step", [2, -2])
def test_of_one_look_the_later_row_lies_on_top(step: int) -> None:
    drawn = picture(tile(made(at((50.5, 50.5), (50.5 + step, 50.5))), (RED,), 14, 0, 0, 1))
    # The second square is whole: the edge nearer to the first, and the middle of the first gone.
    near_edge = 50 + step - int(np.sign(step)) * 2
    assert drawn[50, near_edge].tolist() == [0, 0, 255, 255]
    assert drawn[50, 50 + step].tolist() == [255, 0, 0, 255]
    assert drawn[50, 50 - int(np.sign(step))].tolist() == [255, 0, 0, 255]
    assert drawn[50, 50 + int(np.sign(step))].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("key", sorted(LOOKS))
def test_every_look_has_its_shape_and_colours(key: str) -> None:
    look = LOOKS[key]
    image, mask, reach = sprite(look, 8.5, 2.0)
    cover, colours = np.asarray(mask) / 255, np.asarray(image)
    area = {"circle": np.pi * 8.5**2, "square": 17.0**2, "diamond": 2 * 8.5**2}[look.shape]
    assert cover.sum() == pytest.approx(area, rel=0.02)
    fill = [int(look.fill[n : n + 2], 16) for n in (1, 3, 5)]
    edge = [int(look.edge[n : n + 2], 16) for n in (1, 3, 5)]
    beside = colours[reach, reach - 4 if look.cross else reach, :3]
    assert beside.tolist() == fill
    assert colours[reach, 0, :3].tolist() == edge
    if look.cross:
        assert colours[reach, reach, :3].tolist() == edge


def test_shapes_tell_the_verdicts_apart_without_colour() -> None:
    grey = {key: (one.shape, one.edge == "#FFFFFF", one.cross) for key, one in LOOKS.items()}
    judged = [grey[key] for key in ("met", "unmet", "unknown", "near")]
    assert len(set(judged)) == 4
    stated = [grey[key] for key in ("working", "broken", "unknown")]
    assert len(set(stated)) == 3


def test_a_look_is_only_a_colour_and_a_shape() -> None:
    for wrong in ({"fill": "red"}, {"edge": "#00000"}, {"shape": "star"}, {"size": 40.0}):
        with pytest.raises(ValueError, match="look x"):
            Look(**{"key": "x", "fill": "#000000"} | wrong)  # type: ignore[arg-type]
    assert 'width="9.0"' in LOOKS["near"].mark()
    assert 'width="10.0"' in LOOKS["near"].mark(5)
    drawn = LOOKS["broken"].mark()
    assert (drawn.count("<path"), drawn.count("<rect")) == (1, 1)
    assert LOOKS["unknown"].fill in LOOKS["unknown"].mark()


# ---------------------------------------------------------------------------------- tiles meet


@pytest.mark.parametrize("zoom", [10.0, 11.5, 12.0, 13.25, 15.0])
@pytest.mark.parametrize("scale", [1, 2])
def test_tiles_together_are_the_whole_picture(zoom: float, scale: int) -> None:
    points = made(scattered(), 3)
    side, world = TILE * scale, 2**zoom
    x, y = mercator(np.array([107.025]), np.array([35.025]))
    left, top = int(x[0] * world), int(y[0] * world)
    whole = draw(points, THREE, zoom, (left * side, top * side, 2 * side, 2 * side), scale)
    assert whole is not None
    expected = picture(whole.png())
    found = np.zeros_like(expected)
    for across in (0, 1):
        for down in (0, 1):
            one = picture(tile(points, THREE, zoom, left + across, top + down, scale))
            if one.shape == (1, 1, 4):
                continue
            where = np.s_[down * side : (down + 1) * side, across * side : (across + 1) * side]
            found[where] = one
    assert (expected[..., 3] > 0).sum() > 500
    assert np.array_equal(found, expected)


@given(x=st.floats(-6, 262), y=st.floats(-6, 262))
def test_a_point_is_drawn_in_exactly_the_tiles_it_touches(x: float, y: float) -> None:
    points = made(at((x + 2560, y + 2560)))
    for across in (9, 10, 11):
        for down in (9, 10, 11):
            # Five pixels wide, the middle on the pixel that holds the point.
            left, top = np.floor(x + 2560) - 256 * across, np.floor(y + 2560) - 256 * down
            touches = -2 <= left < 258 and -2 <= top < 258
            drawn = tile(points, (RED,), 14, across, down, 1)
            assert (drawn is EMPTY) == (not touches)


def test_from_afar_each_point_counts_once_in_its_square() -> None:
    points = scattered(3000)
    made_ready = made(points, 3)
    keys, many, usual = made_ready.counted(10.25, 32)
    assert many.sum(axis=0).tolist() == np.bincount(points.look).tolist()
    across = int(np.ceil(32 * 2**10.25))
    x, y = mercator(points.lon, points.lat)
    part = 32 * 2**10.25
    own = np.floor(y * part).astype(int) * across + np.floor(x * part).astype(int)
    assert sorted(set(own.tolist())) == keys.tolist()
    assert usual >= np.quantile(many.sum(axis=1), 0.5)


def test_from_afar_a_dot_is_the_larger_the_more_points_it_stands_for() -> None:
    zoom = 11.0
    crowd = [(100.5 + n % 5 / 10, 100.5) for n in range(90)]
    points = at(*crowd, (140.5, 100.5), zoom=zoom, look=0)
    drawn = picture(tile(made(points, 3), THREE, zoom, 0, 0, 1))
    alpha = drawn[..., 3] / 255
    many, one = alpha[96:104, 96:104].sum(), alpha[96:104, 136:144].sum()
    # 0.42 of 8 pixels, in steps of a quarter.
    assert many == pytest.approx(np.pi * 3.25**2, rel=0.02)
    assert 2 < one < 8
    assert alpha.sum() == pytest.approx(many + one)
    assert drawn[0, 0, 3] == 0


def test_from_afar_the_rings_of_a_dot_are_the_shares_of_its_looks() -> None:
    points = at(*[(100.5, 100.5)] * 100, zoom=11.0, look=[0] * 75 + [2] * 25)
    drawn = picture(tile(made(points, 3), THREE, 11.0, 0, 0, 2))
    dot = drawn[192:208, 192:208].astype(int)
    red = (np.abs(dot[..., :3] - [0xD5, 0x5E, 0x00]).sum(axis=2) < 60).sum()
    green = (np.abs(dot[..., :3] - [0x00, 0x9E, 0x73]).sum(axis=2) < 60).sum()
    assert red / (red + green) == pytest.approx(0.25, abs=0.07)


def test_a_tile_without_a_point_is_one_clear_pixel() -> None:
    points = made(at((100, 100)))
    assert tile(points, (RED,), 14, 5, 5, 1) is EMPTY
    assert tile(points, (RED,), 9, 300, 300, 1) is EMPTY
    assert picture(EMPTY).tolist() == [[[0, 0, 0, 0]]]
    assert tile(made(at()), (RED,), 14, 0, 0, 1) is EMPTY


def test_points_without_a_place_are_left_out_and_bad_looks_refused() -> None:
    points = Points(np.array([np.nan, 107.0, 107.1]), np.array([35.0, np.nan, 35.1]),
                    np.array([0, 0, 0], dtype=np.uint8))  # fmt: skip
    found = made(points)
    assert (len(found), found.row.tolist()) == (1, [2])
    assert layer(points).counts == {"met": 1, "unknown": 0, "unmet": 0}
    with pytest.raises(ValueError, match="look 3 of 3"):
        made(at((1, 1), look=3), 3)


# ---------------------------------------------------------------------------------- nearest


@given(st.integers(0, 10**6), st.floats(12, 18), st.floats(1, 40))
def test_the_nearest_is_what_looking_at_all_of_them_finds(
    seed: int, zoom: float, reach: float
) -> None:
    rng = np.random.default_rng(seed)
    points = Points(107 + 0.01 * rng.random(200), 35 + 0.01 * rng.random(200),
                    np.zeros(200, dtype=np.uint8))  # fmt: skip
    lon, lat = 107 + 0.01 * rng.random(), 35 + 0.01 * rng.random()
    x, y = mercator(points.lon, points.lat)
    px, py = mercator(np.array([lon]), np.array([lat]))
    away = np.hypot(x - px, y - py) * 256 * 2**zoom
    found = made(points).nearest(lon, lat, zoom, reach)
    if away.min() > reach:
        assert found is None
    else:
        assert found is not None
        assert found[0] == int(away.argmin())
        assert found[1] == pytest.approx(away.min())


def test_of_equally_near_points_the_one_on_top_is_taken() -> None:
    points = at((50, 50), (50, 50), (50, 50), (80, 50), look=[0, 2, 1, 2])
    found = made(points, 3)
    place = found.place(1)
    assert found.nearest(*place, 14, 10) == (1, pytest.approx(0, abs=1e-6))
    assert (found.together(1), found.together(3)) == (3, 1)
    same_look = made(at((50, 50), (50, 50), look=0))
    assert same_look.nearest(*place, 14, 10)[0] == 1  # type: ignore[index]


def test_reach_is_measured_in_pixels_of_the_zoom() -> None:
    found = made(at((50, 50), zoom=16))
    lon, lat = at((58, 50), zoom=16)[:2]
    assert found.nearest(float(lon[0]), float(lat[0]), 16, 9) is not None
    assert found.nearest(float(lon[0]), float(lat[0]), 17, 9) is None


# ---------------------------------------------------------------------------------- memory


def test_what_is_kept_stays_within_its_bytes_and_the_oldest_goes() -> None:
    kept = Bounded(100)
    for name in "abc":
        kept.put(name, name, 30)
    assert kept.get("a") == "a"
    kept.put("d", "d", 30)
    assert [kept.get(name) for name in "abcd"] == ["a", None, "c", "d"]
    kept.put("a", "A", 40)
    assert (kept.get("a"), kept.size) == ("A", 100)
    kept.put("huge", "huge", 101)
    assert (kept.get("huge"), kept.size, len(kept)) == (None, 100, 3)


def test_two_hundred_pans_stay_within_the_bytes() -> None:
    store = TileStore(most_tile_bytes=60_000)
    shown = layer(scattered())
    token = store.register(shown)
    x, y = mercator(np.array([107.02]), np.array([35.02]))
    left, top = int(x[0] * 2**15), int(y[0] * 2**15)
    for step in range(200):
        store.tile(token, 15, left - 10 + step % 20, top - 5 + step // 20, 1)
        assert store.tiles.size <= 60_000
    assert 0 < len(store.tiles) < 200


def test_a_dropped_set_is_made_again() -> None:
    first, second = layer(scattered()), layer(scattered(seed=2), key="other")
    store = TileStore(most_set_bytes=PointSet(first.points(), 3).size + 100)
    one, two = store.register(first), store.register(second)
    before = store.points(one)
    store.points(two)
    assert len(store.sets) == 1
    again = store.points(one)
    assert again is not None
    assert again is not before
    assert before is not None
    assert np.array_equal(again.x, before.x)


def test_counts_kept_beside_the_points_never_take_more_than_they() -> None:
    points = made(scattered(), 3)
    for zoom in np.arange(6, 12, 0.25).tolist():
        points.counted(zoom, 32)
        assert points.counted_bytes <= points.size / 2
    assert points.counted_bytes > 0


def test_a_layer_lives_as_long_as_the_map_that_shows_it() -> None:
    store, shown = TileStore(), layer()
    token = store.register(shown)
    assert store.tile(token, 14, 0, 0, 1) is not None
    del shown
    gc.collect()
    assert store.layer(token) is None
    assert store.tile(token, 14, 0, 0, 1) is None
    with pytest.raises(KeyError):
        store.near(token, 107, 35, 14, 10)


def test_the_same_layer_of_two_readers_has_one_token() -> None:
    store = TileStore()
    mine, yours, other = layer(), layer(), layer(version="2")
    tokens = [store.register(one) for one in (mine, yours, mine, other)]
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert len(tokens[0]) == 40
    assert TileStore().register(mine) == tokens[0]
    del mine
    gc.collect()
    assert store.layer(tokens[0]) is yours


def test_nothing_is_made_of_a_layer_before_it_is_drawn() -> None:
    calls = []
    source = Behind()

    def points() -> Points:
        calls.append(1)
        return at((100, 100), (200, 100))

    store, shown = TileStore(), layer(None, points=points, source=source)
    token = store.register(shown)
    assert calls == []
    store.tile(token, 14, 0, 0, 1)
    store.tile(token, 14, 0, 1, 1)
    assert (calls, source.asked) == ([1], [])
    lon, lat = degrees(100 / 256 / 2**14, 100 / 256 / 2**14)
    found = store.near(token, lon, lat, 14, 10)
    assert found is not None
    assert (found.row, found.tip, found.together) == (0, "tip0", 1)
    assert source.asked == [0]


def test_a_key_is_plain_and_looks_are_few() -> None:
    for wrong in ("", "A", "a_b", "a/b", "x" * 41):
        with pytest.raises(ValueError, match="layer"):
            layer(key=wrong)
    with pytest.raises(ValueError, match="looks"):
        layer(looks=())


def test_points_are_drawn_one_by_one_from_the_zoom_said() -> None:
    points = made(at((100, 100), zoom=FROM_ZOOM))
    near, far = (picture(tile(points, (RED,), zoom, 0, 0, 1)) for zoom in (FROM_ZOOM, 11.75))
    assert (near[..., 3] > 0).sum() == 25
    assert 0 < (far[..., 3] > 0).sum() < 25
