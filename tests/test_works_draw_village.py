from fractions import Fraction

import pytest
from draw_hand import HOSTILE, LAMPS, WATER, corners, county, root, texts, told, villages
from hand import at, line

from geo.assess import assess
from layers.text import t
from works.board import Board
from works.papers.draw import bars, status_key, village_map
from works.papers.draw.bars import GOAL, MET, OPEN, UNMET, goal_share
from works.papers.draw.items import items_of, sites_of
from works.papers.draw.pen import breadth, hatched, n, shortened
from works.papers.draw.scene import scene_of

SIZE = {"wide_mm": 100, "high_mm": 100}
SQUARE, RING = 'fill="#D55E00" stroke="#FFFFFF"', 'fill="#E69F00" stroke="#1A2430"'


def drawn(board, village, lang="zh", **more):
    return village_map(board, village, lang, **{**SIZE, **more}).svg


@pytest.fixture(scope="module")
def board():
    facilities = [
        {"id": "f1", "name": "卫生室", "village_id": "A", "kind": "clinic", "status": "working",
         "geometry": at(400, -1800)},
        {"id": "f2", "name": "学校", "village_id": "A", "kind": "school", "status": "broken",
         "geometry": at(900, -300)},
        {"id": "f3", "name": "无位置", "village_id": "A", "kind": "clinic", "status": "working"},
        {"id": "f4", "name": "别村", "village_id": "B", "kind": "shop", "status": "working",
         "geometry": at(2500, -300)},
    ]  # fmt: skip
    street = line((100, -1000), (1900, -1000))
    roads = [
        {"id": "r1", "name": "主街", "class": "village_main", "geometry": street},
        {"id": "r2", "class": "county", "geometry": line((-9000, 9000), (9000, -9000))},
    ]
    # One lamp lights 20 m to each side of it: 40 of 1800 m.
    lamps = [
        {"id": "l1", "status": "working", "road_id": "r1", "geometry": at(1000, -1000)},
        {"id": "l2", "status": "broken", "road_id": "r1", "geometry": at(1500, -1000)},
    ]
    return county(None, {"A": (4, 3, 2), "B": (1, 0, 0)}, WATER, LAMPS,
                  facilities=facilities, roads=roads, streetlights=lamps)  # fmt: skip


def test_each_gap_is_a_square_and_each_unknown_a_ring(board):
    svg = drawn(board, "A")
    # One more of each in the legend.
    assert (svg.count(SQUARE), svg.count(RING)) == (3 + 1, 2 + 1)
    assert {"必达指标未达标3处", "待核实2处"} <= set(texts(svg))


def test_a_public_map_has_no_home_on_it(board):
    svg = drawn(board, "A", public=True)
    assert (svg.count(SQUARE), svg.count(RING)) == (0, 0)
    assert t("draw.homes_left_out") in texts(svg)
    assert "王某某" not in svg
    found = items_of(board, scene_of(board), "A", public=True)
    assert (found.places, found.hidden) == (0, 5)
    # What is nobody's home stays.
    assert found.none.shapes or found.broken.shapes


def test_without_items_there_are_facilities_alone(board):
    svg = drawn(board, "A", items=False)
    assert (svg.count(SQUARE), svg.count(RING)) == (0, 0)
    assert "村卫生室2" in texts(svg)


def test_dark_stretches_are_thick_and_broken_ones_dashed(board):
    found = items_of(board, scene_of(board), "A", public=False)
    metres = found.none.metres + found.broken.metres
    assert metres == 1760
    assert all(shape.geom_type == "LineString" for shape in found.none.shapes)
    svg = drawn(board, "A")
    assert 'stroke="#1A2430" stroke-width="15"' in svg
    assert (
        'stroke="#FFFFFF" stroke-width="5.5" stroke-linejoin="round" stroke-dasharray="10 12"'
        in svg
    )


def test_a_line_judged_as_a_whole_is_drawn_by_its_pieces():
    gap = {**LAMPS, "id": "gap", "max_gap_m": 40}
    roads = [{"id": "r1", "class": "village_main", "geometry": line((100, -1000), (1900, -1000))}]
    lamps = [{"id": "l1", "status": "working", "road_id": "r1", "geometry": at(1000, -1000)}]
    both = county(None, {}, LAMPS, gap, roads=roads, streetlights=lamps)
    found = items_of(both, scene_of(both), "A", public=False)
    assert found.none.metres == 1760
    alone = county(None, {}, gap, roads=roads, streetlights=lamps)
    assert items_of(alone, scene_of(alone), "A", public=False).none.metres == 1800


def test_facilities_are_letters_counted_by_kind(board):
    found = {
        site.title: (site.mark, len(site.places), site.works, site.count)
        for site in sites_of(board, "A", "zh")
    }
    assert found == {"村卫生室": ("医", 1, (True,), 2), "学校": ("学", 1, (False,), 1)}
    svg = drawn(board, "A")
    # The letter on the map and in the legend.
    assert texts(svg).count("医") == 2
    assert {"村卫生室2", "学校1", t("draw.idle")} <= set(texts(svg))
    assert 'stroke-dasharray="5 4"' in svg
    assert "店" not in texts(svg)


def test_several_at_one_place_are_drawn_once_and_said():
    second = {**WATER, "id": "second", "column": "fiber"}
    board = county(None, {"A": (0, 2, 0)}, WATER, {**second, "kind": "scored", "weight": 1})
    found = items_of(board, scene_of(board), "A", public=False)
    assert {kind: len(points) for kind, points in found.points.items()} == {
        "required": 2, "scored": 0, "unknown": 0}  # fmt: skip
    assert found.spots == 4
    assert t("draw.same_spot") in texts(drawn(board, "A"))


def test_items_without_a_place_are_counted():
    rows = [{k: v for k, v in row.items() if k != "geometry"} for row in villages()]
    rows[1]["geometry"] = villages()[1]["geometry"]
    board = county(rows, {"A": (0, 3, 0), "B": (0, 1, 0)})
    svg = drawn(board, "A")
    assert t("draw.no_village_place") in texts(svg)
    assert t("draw.no_spot", n=3) in texts(svg)


def test_a_point_far_off_is_left_out_and_counted():
    rows = villages()
    board = county(rows, {"A": (0, 3, 0)})
    frame = board.assessment.ground.data.frames["households"]
    geometry = frame.geometry.copy()
    geometry.iloc[0] = at(90_000, 90_000)
    data = board.assessment.ground.data
    data.frames["households"] = frame.set_geometry(geometry)

    moved = Board(
        assess(data, board.assessment.standard, as_of=board.assessment.as_of, scope="all")
    )
    svg = drawn(moved, "A")
    assert "必达指标未达标2处" in texts(svg)
    assert t("draw.no_spot", n=1) in texts(svg)


def test_where_little_is_filled_the_map_is_larger_with_an_inset(board):
    near = county(None, {"A": (0, 4, 0)})
    svg = drawn(near, "A")
    assert "500 米" in texts(svg) or "200 米" in texts(svg) or "100 米" in texts(svg)
    assert 'fill-opacity="0.18"' in svg
    # In the other one a road crosses the whole village.
    assert 'fill-opacity="0.18"' not in drawn(board, "A")


def test_a_broad_map_has_its_legend_beside_it(board):
    broad = told(drawn(board, "A", wide_mm=156, high_mm=84))
    square = told(drawn(board, "A"))
    side = next(one for one in broad if one.text == "村卫生室2")
    under = next(one for one in square if one.text == "村卫生室2")
    assert side.box[0] > 1000
    assert side.box[1] < 600
    assert under.box[1] > 600


@pytest.mark.parametrize(
    "size", [{"wide_mm": 100, "high_mm": 100}, {"wide_mm": 156, "high_mm": 84}]
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_drawn_outside_the_frame(board, size, lang):
    svg = drawn(board, "A", lang, **size)
    for x, y in corners(svg):
        assert -0.1 <= x <= size["wide_mm"] + 0.1
        assert -0.1 <= y <= size["high_mm"] + 0.1
    for one in told(svg):
        assert one.box[2] <= 10 * size["wide_mm"] - 5, one.text
        assert one.box[3] <= 10 * size["high_mm"] - 5, one.text


def test_hostile_kinds_and_names_are_text():
    rows = villages()
    rows[0]["name"] = HOSTILE.replace("\x00", "").replace("\ud800", "")
    site = {"id": "f", "name": "x", "village_id": "A", "status": "working"}
    kinds = [site | {"kind": "<script>{{1}}", "geometry": at(500, -500)}]
    board = county(rows, {"A": (0, 1, 0)}, facilities=kinds)
    svg = drawn(board, "A")
    assert {one.tag.split("}")[1] for one in root(svg).iter()} <= {
        "svg", "title", "rect", "path", "g", "text", "circle"}  # fmt: skip
    assert "<script" not in svg
    assert "{{" not in svg


# ---------------------------------------------------------------------------------- bars


def row(met, unmet, unknown, **more):
    base = {"target_id": "water", "kind": "required", "level": "village", "unit": "household",
            "goal": "0.80", "amount": met + unmet + unknown, "met": met, "unmet": unmet,
            "unknown": unknown, "status": "unmet"}  # fmt: skip
    return {**base, **more}


def rects(svg):
    return [
        (*(float(one.get(k, "0")) / 10 for k in ("x", "width", "height")), one.get("fill"))
        for one in root(svg).iter("{http://www.w3.org/2000/svg}rect")
    ]


def test_the_parts_of_a_bar_are_as_long_as_their_shares_and_differ_in_height(board):
    figure = bars(board, [row(6, 1, 3)], "zh", 50)
    found = {colour: (x, wide, high) for x, wide, high, colour in rects(figure.svg)[:3]}
    x, wide, high = found["#009E73"]
    whole = wide / 0.6
    assert high == pytest.approx(MET, abs=0.01)
    assert found["#E69F00"][1:] == pytest.approx((whole * 0.3, OPEN), abs=0.02)
    assert found["#D55E00"][1:] == pytest.approx((whole * 0.1, UNMET), abs=0.02)
    assert x + whole == pytest.approx(50, abs=0.02)
    assert MET > OPEN > UNMET
    # The goal's tick stands at 80 % and is higher than all of them.
    tick = next(one for one in rects(figure.svg) if one[3] == "#1A2430")
    assert tick[0] + tick[1] / 2 == pytest.approx(x + 0.8 * whole, abs=0.03)
    assert tick[2] == pytest.approx(GOAL)


def test_a_share_is_never_rounded_up_to_its_goal(board):
    said = texts(bars(board, [row(323, 81, 0)], "zh", 50).svg)
    assert "79.9" in said
    assert "必达指标（%）" in said
    assert "60.0—90.0" in texts(bars(board, [row(6, 1, 3)], "zh", 50).svg)


def test_what_was_not_assessed_is_hatched_and_has_no_share(board):
    figure = bars(board, [row(0, 0, 5, status="not_assessed")], "zh", 50)
    assert "—" in texts(figure.svg)
    assert not [one for one in rects(figure.svg)[:1] if one[3] == "#009E73"]
    assert 'stroke="#8A949E"' in figure.svg
    nothing = bars(board, [row(0, 0, 0, status="not_applicable")], "zh", 50)
    assert "—" in texts(nothing.svg)


def test_a_goal_that_is_a_number_stands_where_its_share_is():
    plan = {
        **WATER,
        "goal": {"column": "households", "as": "amount"},
        "kind": "scored",
        "weight": 1,
    }
    board = county(villages(4, households=4), {"A": (1, 4, 0)}, plan)
    mine = board.row("village", "A", "water")
    assert goal_share(board, mine) == Fraction(4, 5)


def test_figures_are_as_high_as_their_rows(board):
    one, three = (bars(board, [row(1, 0, 0)] * count, "en", 50) for count in (1, 3))
    assert three.high_mm - one.high_mm == pytest.approx(22.8)
    assert f'height="{one.high_mm:g}mm"' in one.svg
    assert texts(status_key("zh", 120).svg) == ["达标", "待定", "未达标", "未评估", "不适用"]


def test_hatching_stays_inside_and_runs_through_neighbours():
    from shapely.geometry import box

    left, right = box(0, 0, 10, 10), box(10, 0, 20, 10)
    both = hatched(box(0, 0, 20, 10), 1.0)
    assert both.length == pytest.approx(hatched(left, 1.0).length + hatched(right, 1.0).length)
    assert left.buffer(1e-6).contains(hatched(left, 1.0))
    assert n(12.34) == "123.4"
    assert shortened("abc", 2.0, 99) == "abc"
    assert breadth("村", 2.0, bold=True) > breadth("村", 2.0)


def test_a_drawing_becomes_a_picture(board):
    import io

    from PIL import Image

    from works.papers.typst_out import drawings

    png = drawings([village_map(board, "A", "zh", **SIZE)], "zh", 60)[0]
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.size == pytest.approx((236, 236), abs=2)
    colours = {colour for _, colour in image.getcolors(maxcolors=10**6)}
    assert any(r > 200 and 60 < g < 130 and b < 60 for r, g, b in colours)
