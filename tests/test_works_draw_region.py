import re
from itertools import combinations

import pytest
from draw_hand import (
    HOSTILE,
    WATER,
    corners,
    county,
    overlap,
    root,
    signs,
    texts,
    told,
    villages,
)
from hand import at, line

from layers.escape import esc
from layers.facts import scopes
from layers.text import t
from works.board import ALL
from works.papers.draw import county_map, township_map
from works.papers.draw.pen import FILLS, clean
from works.papers.draw.scene import scene_of
from works.papers.draw.window import fitted, round_length

DEMO = scopes()["demo"]["where"]
SMALL = {"wide_mm": 98, "high_mm": 68}
PAGE = {"wide_mm": 156, "high_mm": 200}


@pytest.fixture(scope="module")
def board():
    # A and D pass 80 %, B does not, C may.
    return county()


def drawn(board, target=ALL, lang="zh", **more):
    return county_map(board, target, lang, **{**SMALL, **more}).svg


def test_the_legend_counts_each_status_and_adds_up(board):
    svg = drawn(board)
    assert [one for one in texts(svg) if one[-1].isdigit()][-4:] == [
        "达标2",
        "待定1",
        "未达标1",
        "合计4",
    ]
    # One sign for each village, and one in the legend.
    assert {s: len(signs(svg, s)) for s in ("met", "undetermined", "unmet", "not_assessed")} == {
        "met": 3, "undetermined": 2, "unmet": 2, "not_assessed": 0}  # fmt: skip


def test_a_village_nobody_sent_a_ledger_of_is_hatched_and_counted():
    rows = villages(5)
    board = county(rows, complete_for={"households": ["东镇", "D"]})
    svg = drawn(board)
    assert "未评估1" in texts(svg)
    assert "合计5" in texts(svg)
    assert len(signs(svg, "not_assessed")) == 2
    # White, not the colour of any verdict, with slanted lines across.
    assert f'fill="{FILLS["not_assessed"][0]}" stroke="#FFFFFF"' in svg
    slanted = re.findall(r'<path d="((?:M\d+ \d+l-?\d+ -?\d+)+)" fill="none" stroke="#8A949E"', svg)
    assert slanted


def test_failing_villages_are_the_darker_ones_in_grey_print(board):
    svg = drawn(board)
    dense = {
        name: f'fill="{colour}" fill-opacity="{part:g}"' for name, (colour, part) in FILLS.items()
    }
    counts = {name: svg.count(dense[name]) for name in ("met", "undetermined", "unmet")}
    assert counts == {"met": 2, "undetermined": 1, "unmet": 1}
    assert FILLS["met"][1] < FILLS["undetermined"][1] < FILLS["unmet"][1]


def test_title_day_disclaimer_scale_and_north_are_there(board):
    figure = county_map(board, "water", "zh", **SMALL)
    assert figure.title == "青川县安全饮水率达标情况图"
    said = texts(figure.svg)
    for one in (figure.title, "北", "数据截至：2023年6月30日", t("map_disclaimer"), "2 公里"):
        assert one in said
    assert not any("审图号" in one for one in said)
    assert any("审图号" in one for one in texts(drawn(board, public=True)))
    assert county_map(board, "water", "en", **SMALL).title == "青川县: Water at home"


def test_the_scale_bar_is_as_long_as_it_says(board):
    svg = drawn(board)
    left, right = signs(svg, "met")[0], signs(svg, "unmet")[0]
    bar = re.search(r'd="M(\S+) \S+L\1 (\S+)L(\S+) \2L\3 \S+"', svg)
    assert bar is not None
    # A and B lie side by side, 2 km from middle to middle.
    assert (float(bar[3]) - float(bar[1])) / 10 == pytest.approx(right[0] - left[0], abs=0.1)


@pytest.mark.parametrize(
    ("wide", "round_to"), [(4000, 1000), (9000, 2000), (21_000, 5000), (790, 100)]
)
def test_a_round_length_is_at_most_a_quarter_of_the_map(wide, round_to):
    window = fitted((0, 0, wide, wide / 2), (0, 0, 100, 60), 0)
    assert round_length(window) == round_to


def test_north_is_up_and_east_is_right(board):
    svg = drawn(board)
    a, d = signs(svg, "met")[:2]
    b, c = signs(svg, "unmet")[0], signs(svg, "undetermined")[0]
    assert a[0] < b[0]
    assert a[1] == pytest.approx(b[1], abs=0.1)
    assert c[1] > a[1]
    assert d[0] > c[0]


def test_the_border_between_townships_is_dashed_and_the_edge_is_not(board):
    svg = drawn(board)
    assert len(re.findall(r'stroke-dasharray="20 7 5 7"', svg)) == 1
    one = drawn(county(villages(4, township="东镇")))
    assert "stroke-dasharray" not in one


def test_villages_that_share_a_name_say_their_township():
    rows = villages()
    rows[3]["name"] = "甲家村"
    said = texts(drawn(county(rows)))
    assert said.count("甲家") == 2
    assert {"东镇", "西镇"} <= set(said)
    assert "东镇" not in texts(drawn(county()))


def test_villages_the_standard_binds_are_bold_and_starred():
    rows = villages()
    rows[1]["demo_level"] = "county"
    rules = {"scope": DEMO}
    svg = drawn(county(rows, rules=rules))
    assert [one.text for one in told(svg) if one.bold] == ["乙家*"]
    assert "青川县行政村达标情况图（*示范村）" in texts(svg)


def test_villages_outside_the_scope_are_grey_and_not_counted():
    rows = villages()
    rows[1]["demo_level"] = "county"
    rules = {"scope": DEMO}
    svg = county_map(county(rows, scope="standard", rules=rules), ALL, "zh", **PAGE).svg
    assert [one for one in texts(svg) if one[-1].isdigit() and one[0] in "达待未合"] == [
        "未达标1",
        "合计1",
    ]
    assert "不在评估范围" in texts(svg)
    assert len(signs(svg, "met")) == 0


def test_a_township_map_counts_its_own_villages_only(board):
    unit = board.units("township")[0][0]
    svg = township_map(board, unit, ALL, "zh", **PAGE).svg
    said = texts(svg)
    assert "东镇行政村达标情况图" in said
    assert [one for one in said if one[:2] in ("达标", "未达", "合计", "待定")] == [
        "达标1",
        "未达标1",
        "合计2",
    ]
    # Its neighbours are named, without a sign.
    assert {"丙家", "丁家"} & set(said)
    assert len(signs(svg, "undetermined")) == 0


# ---------------------------------------------------------------------------------- places


def test_villages_with_points_alone_have_a_map():
    rows = villages()
    for n, row in enumerate(rows):
        row["geometry"] = at(1000 * n, 500 * (n % 2))
    svg = drawn(county(rows))
    assert len(signs(svg, "met")) == 3
    assert {"甲家", "乙家", "丙家", "丁家"} <= set(texts(svg))


def test_without_any_place_a_sentence_stands_for_the_map():
    rows = [{k: v for k, v in row.items() if k != "geometry"} for row in villages()]
    svg = drawn(county(rows))
    assert t("draw.no_places") in texts(svg)
    assert {"达标2", "合计4"} <= set(texts(svg))
    assert len(signs(svg, "met")) == 1


def test_villages_without_a_place_are_counted_and_said_to_be_missing():
    rows = villages()
    rows[3]["geometry"] = None
    said = texts(drawn(county(rows)))
    assert "合计4" in said
    assert t("draw.without_place", n=1) in said
    assert "丁家" not in said


def test_a_point_far_off_does_not_shrink_the_map():
    rows = villages(6)
    for n, row in enumerate(rows):
        row["geometry"] = at(1000 * n, 500 * (n % 2))
    rows[5]["geometry"] = at(300_000, 200_000)
    svg = drawn(county(rows))
    assert t("draw.far_off", n=1) in texts(svg)
    places = signs(svg, "met")
    assert max(x for x, _ in places) - min(x for x, _ in places) > 20


# ---------------------------------------------------------------------------------- room


@pytest.mark.parametrize(("count", "size"), [(12, SMALL), (40, SMALL), (60, PAGE), (200, PAGE)])
def test_no_name_covers_another_or_a_sign(count, size):
    rows = villages(count)
    for n, row in enumerate(rows):
        # Here and there two lie next to each other.
        row["geometry"] = at(7919 * (n - n % 3 // 2) % 20_011 + 150 * (n % 3), 104_729 * n % 15_013)
    svg = county_map(county(rows, {}), ALL, "zh", **size).svg
    places = signs(svg, "not_assessed") + signs(svg, "not_applicable")
    names = [one for one in told(svg) if re.fullmatch(r"[甲乙丙丁戊己庚辛壬癸]\d*家|\d+", one.text)]
    assert len(names) > min(count, 8)
    for one, other in combinations(names, 2):
        assert not overlap(one.box, other.box, 0.6), (one.text, other.text)
    for one in names:
        for x, y in places:
            assert not overlap(one.box, (10 * x - 4, 10 * y - 4, 10 * x + 4, 10 * y + 4), 1.0), (
                one.text
            )


def test_where_it_is_crowded_every_village_has_its_sign_and_the_rest_is_said():
    count = 420
    rows = villages(count, side=900, per_row=21)
    svg = drawn(county(rows, {}))
    assert len(svg) < 400_000
    status = "not_assessed" if "未评估420" in texts(svg) else "not_applicable"
    assert len(signs(svg, status)) == count + 1
    note = next(one for one in texts(svg) if "未注名" in one)
    named = sum(bool(re.fullmatch(r"[甲乙丙丁戊己庚辛壬癸]\d*家", one)) for one in texts(svg))
    assert note == t("draw.unnamed", n=count - named)


def test_numbers_on_a_page_stand_in_the_list_under_it():
    count = 260
    rows = villages(count, side=900, per_row=16)
    for row in rows:
        row["name"] = "长名字的" + row["name"]
    all_fail = {row["id"]: (0, 1, 0) for row in rows}
    svg = county_map(county(rows, all_fail), ALL, "zh", **PAGE).svg
    numbers = {one for one in texts(svg) if one.isdigit()}
    assert len(numbers) > 5
    listed = {one.split()[0] for one in texts(svg) if re.match(r"\d+ 长名字的", one)}
    assert numbers == listed


# ---------------------------------------------------------------------------------- text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_are_text_and_the_drawing_stays_xml(lang):
    rows = villages()
    rows[0]["name"] = HOSTILE.replace("\x00", "").replace("\ud800", "")
    rows[1]["township"] = "</text><script>alert(1)</script>"
    for row in rows:
        row["county"] = "<b>&amp;'\"{{1}}"
    board = county(rows)
    for svg in (
        drawn(board, lang=lang),
        township_map(board, board.units("township")[0][0], ALL, lang, **SMALL).svg,
    ):
        names = {one.tag.split("}")[1] for one in root(svg).iter()}
        assert names <= {"svg", "title", "rect", "path", "g", "text", "circle"}
        assert "{{" not in svg
        assert "<script" not in svg


@pytest.mark.parametrize("text", [HOSTILE, "\x85\x9f", "a\ufffeb", "\u2028河口"])
def test_what_xml_cannot_hold_is_left_out(text):
    assert root(f"<svg>{esc(clean(text))}</svg>").text == (clean(text) or None)
    assert not set(clean(text)) & set("\x00\x0b\u202e\ud800\ufffe\x85\u2028")


def test_long_names_are_cut():
    rows = villages()
    rows[0]["name"] = "很长很长很长很长很长很长很长很长很长的村"
    said = texts(drawn(county(rows)))
    assert "很长很长很长很长…" in said


@pytest.mark.parametrize("size", [SMALL, PAGE])
def test_nothing_is_drawn_outside_the_frame(size):
    roads = [{"id": "r", "class": "village_main", "geometry": line((-9000, 9000), (9000, -9000))}]
    board = county(roads=roads)
    unit = board.units("township")[0][0]
    both = (county_map(board, ALL, "zh", **size), township_map(board, unit, ALL, "en", **size))
    for svg in (one.svg for one in both):
        for x, y in corners(svg):
            assert -0.1 <= x <= size["wide_mm"] + 0.1
            assert -0.1 <= y <= size["high_mm"] + 0.1
        for one in told(svg):
            assert one.box[0] >= 10
            assert one.box[2] <= 10 * size["wide_mm"] - 10, one.text
            assert one.box[3] <= 10 * size["high_mm"] - 10, one.text


def test_links_lead_from_the_sign_and_the_area(board):
    svg = drawn(board, links={"A": "01-x.html#v1", "B": 'x"onload="1'})
    places = [one.get("href") for one in root(svg).iter("{http://www.w3.org/2000/svg}a")]
    assert places.count("01-x.html#v1") == 2
    assert places.count('x"onload="1') == 2
    # By keyboard each village is reached once.
    assert svg.count('tabindex="-1"') == 2


def test_the_same_county_gives_the_same_drawing(board):
    assert drawn(board) == drawn(county())
    assert scene_of(board) is scene_of(board)


def test_target_with_no_row_counts_as_not_assessed():
    board = county(None, {"A": (1, 0, 0)}, WATER)
    said = texts(drawn(board, "water"))
    assert "合计4" in said
