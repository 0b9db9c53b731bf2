"""The printed list: maps whose numbers are those of the table, and pages a browser prints."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from paper_hand import HOSTILE, handed, item, look, site

from works.handout.paper import rows_of
from works.handout.printed import printed_html
from works.handout.sketch import WIDE, draw
from works.handout.spread import HIGH, ROOM, signs


class Pages(HTMLParser):
    """Read the pages of a list: rows as texts, words and numbers of its maps, its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.maps: list[list[str]] = []
        self.numbers: list[list[str]] = []
        self.tags: list[str] = []
        self.text = ""
        self._in, self._sign = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "svg" and dict(attrs).get("class") == "map":
            self.maps.append([])
            self.numbers.append([])
        self._in = tag if tag in ("td", "th", "text", "style") else self._in
        self._sign = dict(attrs).get("class") == "m-no"

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in in ("td", "th"):
            self.rows[-1][-1] += data
        elif self._in == "text":
            (self.numbers if self._sign else self.maps)[-1].append(data)
        self.text += "" if self._in == "style" else data

    @property
    def tasks(self) -> list[list[str]]:
        """Give the rows of tasks: number, task number and so on."""
        return [row for row in self.rows if len(row) == 9 and row[0].isdigit()]


def printed(items, lang="zh", *, names=True, beside=None, **cells) -> str:
    return printed_html(items, handed(**cells), beside or look(), lang, names=names).decode()


def spans(labels: list[str]) -> list[int]:
    """Give every number the signs of a map stand for."""
    found = []
    for label in labels:
        first, *last = map(int, label.split("–"))
        found += range(first, (last or [first])[0] + 1)
    return found


def test_a_page_says_which_list_it_is_and_what_is_to_be_done():
    pages = Pages(printed([item(1), site(5)]))
    for words in ("内部资料 注意保管", "甲村整改任务清单", "编号：QD-0007", "致：东镇人民政府",
                  "整改时限：2023年7月30日", "数据截至：2023年6月30日", "甲村整改任务位置图",
                  "行政界线仅为示意，不作为划界依据", "制图单位：", "小标准（small@1）",
                  "接收人（签字）：", "图例"):  # fmt: skip
        assert words in pages.text
    assert "审图号" not in pages.text
    heads = next(row for row in pages.rows if row[0] == "序号")
    assert heads == ["序号", "任务编号", "对象", "地址", "缺什么", "怎么改", "时限", "完成", "备注"]
    total = pages.rows[pages.rows.index(heads) + 1]
    assert total == ["合计", "2项任务", "投资估算0.15万元"]
    assert pages.tasks[0] == ["1", "甲-厕-001", "王**", "3社 1号", "户厕类型：普通旱厕",
                              "新建或改建卫生户厕", "2023年7月30日", "□", ""]  # fmt: skip
    assert "王某某" not in pages.text


def test_the_numbers_on_the_map_are_those_of_the_table():
    items = [item(n, lat=f"{35.602 + n % 13 * 0.001:.7f}") for n in range(1, 60)]
    pages = Pages(printed(items))
    assert [int(row[0]) for row in pages.tasks] == list(range(1, 60))
    assert sorted(spans(pages.numbers[0])) == list(range(1, 60))
    assert {row[1] for row in pages.tasks} == {one["work_no"] for one in items}


def placed(items, **cells):
    """Draw items of the first village and give each number with its dot, in millimetres."""
    rows = rows_of(items, handed(), look(), "zh")
    drawn = draw(rows, "v1", look(**cells), "zh")
    dots = re.findall(r'class="m-dot" cx="([\d.]+)" cy="([\d.]+)"', drawn.svg)
    return drawn, [(float(x), float(y)) for x, y in dots]


def test_north_is_up_and_the_scale_is_true():
    # 0.006 degrees of latitude at 35.6 are 665.7 m, 0.006 of longitude 543.5 m.
    items = [item(1, lon="107.907", lat="35.607"), item(2, lon="107.907", lat="35.613"),
             item(3, lon="107.913", lat="35.607")]  # fmt: skip
    drawn, dots = placed(items)
    (x, y), (north_x, north_y), (east_x, east_y) = dots
    assert north_x == pytest.approx(x, abs=0.02)
    assert east_y == pytest.approx(y, abs=0.02)
    assert north_y < y
    assert east_x > x
    wide = float(re.search(r"v1\.5h([\d.]+)v-1\.5", drawn.svg)[1])
    shown = float(re.search(r"m-mid\" x=\"[\d.]+\" y=\"[\d.]+\">(\d+) 米<", drawn.svg)[1])
    assert (y - north_y) * shown / wide == pytest.approx(665.7, rel=0.005)
    assert (east_x - x) * shown / wide == pytest.approx(543.5, rel=0.005)


def test_rows_follow_a_walk_from_the_most_urgent_place():
    # Given west, far east, near west: the walk is west, near west, far east.
    items = [item(1, lon="107.902"), item(2, lon="107.918"), item(3, lon="107.905")]
    drawn, _ = placed(items)
    assert drawn.order == (0, 2, 1)
    assert [row[1] for row in Pages(printed(items)).tasks] == [
        "甲-厕-001",
        "甲-厕-003",
        "甲-厕-002",
    ]


def test_tasks_at_one_place_share_a_sign():
    items = [item(1), item(2, lon="107.915"), item(3, lon=item(1)["lon"])]
    pages = Pages(printed(items))
    assert "1–2" in pages.numbers[0]
    assert [row[1][-3:] for row in pages.tasks] == ["001", "003", "002"]
    assert "相邻几项" in pages.text


def test_what_has_no_place_of_its_own_stands_apart():
    whole = item(4, subject_id="v1", subject_name="甲村", group=None, address=None)
    none = item(5, lon=None, lat=None, position="none")
    village = item(6, position="village")
    far = item(7, lon="107.99")
    pages = Pages(printed([none, item(1), whole, village, far]))
    apart = next(at for at, row in enumerate(pages.rows) if row[0].startswith("以下任务不在图上"))
    after = [row for row in pages.rows[apart:] if len(row) == 9]
    assert [row[:2] for row in after] == [["2", "甲-厕-005"], ["3", "甲-厕-004"],
                                          ["4", "甲-厕-006"], ["5", "甲-厕-007"]]  # fmt: skip
    assert after[1][2] == "全村"
    assert spans(pages.numbers[0]) == [1]


def test_a_village_without_outline_or_places_has_a_list_all_the_same():
    bare = look(villages=None, roads=None)
    pages = Pages(printed([item(1), item(2)], beside=bare))
    assert spans(pages.numbers[0]) == [1, 2]
    assert "村界" not in pages.text
    nowhere = Pages(printed([item(1, lon=None)], beside=bare))
    assert (len(nowhere.maps), len(nowhere.tasks)) == (0, 1)
    assert "没有可以上图的任务" in nowhere.text
    assert Pages(printed([])).rows[1][:3] == ["", "", "合计"]


def test_a_stretch_of_road_is_drawn_as_a_line():
    line = "LINESTRING (107.905 35.61, 107.912 35.61)"
    lamps = item(1, target_id="lamps", subject_id="r1", subject_name="主街", shape=line)
    html = printed([lamps])
    assert len(re.findall(r'<path class="m-cut" d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+"/>', html)) >= 1
    assert "未亮路段" in Pages(html).text
    assert "未亮路段" not in Pages(printed([item(1)])).text
    # A shape nobody can read is no reason to lose the list.
    assert len(Pages(printed([lamps | {"shape": "LINESTRING (broken"}])).tasks) == 1


def test_a_corner_of_a_village_is_shown_larger_with_an_inset():
    near = [item(1, lon="107.9050"), item(2, lon="107.9052")]
    assert "m-part" in placed(near)[0].svg
    wide = [item(1, lon="107.9002", lat="35.6003"), item(2, lon="107.9198", lat="35.6197")]
    assert "m-part" not in placed(wide)[0].svg
    # The neighbour is named where it is seen.
    assert ">乙村<" in placed([item(1, lon="107.919")])[0].svg


def test_the_version_for_everybody_shows_no_home():
    html = printed([item(1, note="王某某"), site(2, lon="107.913")], names=False)
    pages = Pages(html)
    assert "王" not in html
    assert "1号" not in pages.text
    assert item(1)["lon"] not in html
    assert html.count('class="m-dot" cx') - html.count('cx="8"') == 1
    assert "审图号：" in pages.text
    assert "内部资料" not in pages.text
    assert [row[1:3] for row in pages.tasks] == [["甲-清-002", "收集点2"], ["甲-厕-001", "农户"]]


def test_two_villages_are_summed_on_a_page_before_theirs():
    pages = Pages(printed([item(1), item(2, village_id="v2", village="乙村", lon="107.93")]))
    assert pages.tags.count("section") == 3
    assert pages.rows[0] == ["序号", "乡镇", "行政村", "任务数（项）", "投资估算（万元）"]
    assert pages.rows[1] == ["", "", "合计", "2", "0.30"]
    assert [row[2:4] for row in pages.rows[2:4]] == [["甲村", "1"], ["乙村", "1"]]
    assert Pages(printed([item(1)])).tags.count("section") == 1


def test_the_english_list_is_english():
    own = {"group": "3", "village": "Village A", "township": "Town", "address": "1"}
    home = item(1, subject_name="Amina Al-Hassan", work_no="A-1", **own)
    beside = look(project="County", villages=None)
    pages = Pages(printed([home], "en", receiver="Team 1", beside=beside))
    assert not re.findall(r"[\u3400-\u9fff]", pages.text)
    what = ["Household toilet type: plain dry pit", "Build or rebuild a household toilet"]
    assert pages.tasks[0][2:7] == ["A** A**", "3 1", *what, "30 July 2023"]


def test_three_hundred_tasks_of_twenty_villages_in_two_seconds():
    random = np.random.default_rng(1)
    beside = look(order=tuple(f"v{n}" for n in range(1, 21)))
    places = random.normal((107.91, 35.61), 0.002, (300, 2))
    items = [
        item(n, village_id=f"v{n % 20 + 1}", lon=str(x), lat=str(y))
        for n, (x, y) in enumerate(places.tolist())
    ]
    started = time.perf_counter()
    pages = Pages(printed(items, beside=beside))
    assert time.perf_counter() - started < 2
    assert len(pages.tasks) == 300
    assert len(pages.maps) == 20


# ------------------------------------------------------------------ laws of the signs


@given(
    some.lists(
        some.tuples(some.floats(1, 177), some.floats(1, 111), some.booleans()),
        min_size=1,
        max_size=80,
    ),
    some.sampled_from([0.02, 0.3, 1.0]),
)
def test_no_sign_covers_another_or_leaves_the_map(cells, spread):
    size, taken = (WIDE, 112.0), [(165.0, 0.0, 178.0, 19.0), (0.0, 101.0, 58.0, 112.0)]
    places = np.array([[89 + (x - 89) * spread, 56 + (y - 56) * spread] for x, y, _ in cells])
    # Some tasks are of one and the same house.
    places = np.vstack([places, places[[again for _, _, again in cells]]])
    found = signs(places, size, taken)
    members = [member for sign in found for member in sign.members]
    assert sorted(members) == list(range(len(places)))
    assert found[0].members[0] == 0
    assert [sign.first for sign in found] == [
        1 + sum(len(one.members) for one in found[:n]) for n in range(len(found))
    ]
    assert len(found) <= max(1, WIDE * 112 / ROOM)
    boxes = [
        (s.at[0] - s.wide / 2, s.at[1] - HIGH / 2, s.at[0] + s.wide / 2, s.at[1] + HIGH / 2)
        for s in found
    ]
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= WIDE
        assert bottom <= 112
        for other in [*boxes[:n], *taken]:
            apart = (other[0] >= right or other[2] <= left or other[1] >= bottom
                     or other[3] <= top)  # fmt: skip
            assert apart or len(found) == 1


def test_signs_of_a_crowded_corner_stay_near_their_places():
    # Ninety houses 1.3 mm apart: that many signs would spread over four times the room.
    places = np.array([[60 + 1.3 * (n % 10), 50 + 1.3 * (n // 10)] for n in range(90)])
    found = signs(places, (WIDE, 112.0), [])
    assert sum(len(sign.members) for sign in found) == 90
    assert 4 < len(found) < 90
    for n, sign in enumerate(found):
        assert np.hypot(*np.subtract(sign.at, sign.spot)) < 20
        for other in found[:n]:
            apart = np.abs(np.subtract(sign.at, other.at))
            assert apart[0] >= (sign.wide + other.wide) / 2 or apart[1] >= HIGH


# ------------------------------------------------------------------ in a browser


@pytest.mark.browser
def test_a_browser_shows_text_from_data_as_text_and_prints_a4(page, tmp_path):
    words = dict.fromkeys(("work_no", "village", "township", "group", "address", "reason_zh",
                           "title_zh", "title_en"), HOSTILE)  # fmt: skip
    items = [site(n, subject_name=HOSTILE, lon=str(107.91 + n * 0.0005), **words)
             for n in range(40)]  # fmt: skip
    villages = look().villages.assign(name=HOSTILE, township=HOSTILE)
    html = printed([*items, item(99, village_id="v2")], receiver=HOSTILE, title=HOSTILE,
                   list_no=HOSTILE, beside=look(villages=villages, project=HOSTILE))  # fmt: skip
    file = tmp_path / "list.html"
    file.write_text(html, encoding="utf-8")
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    assert page.evaluate("document.querySelectorAll('script, img, iframe, link').length") == 0
    assert page.title().startswith("整改任务清单 {{7*191}}<img")
    text = page.evaluate("document.body.textContent")
    assert HOSTILE.split("\x00", maxsplit=1)[0] in text
    assert "1337" not in text
    assert not said
    pdf = tmp_path / "list.pdf"
    page.pdf(path=str(pdf), prefer_css_page_size=True, print_background=True)
    if not shutil.which("pdfinfo"):
        return
    told = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
    wide, high = re.search(r"Page size: +([\d.]+) x ([\d.]+)", told).groups()
    assert (round(float(wide)), round(float(high))) == (595, 842)
    assert int(re.search(r"Pages: +(\d+)", told)[1]) >= 4


@pytest.mark.browser
def test_nothing_is_wider_than_the_page_and_every_map_fits_on_one(page, tmp_path):
    long = {"subject_name": "收集点" * 9, "target_id": "site", "reason_zh": "很长的问题说明" * 8}
    many = [item(n, lat=f"{35.602 + n % 13 * 0.001:.7f}", **long) for n in range(60)]
    file = tmp_path / "list.html"
    for lang in ("zh", "en"):
        file.write_text(printed(many, lang), encoding="utf-8")
        page.emulate_media(media="print")
        page.goto(file.as_uri())
        page.set_viewport_size({"width": 673, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= 674
        # 178 mm between the margins, 266 mm high, at 96 points an inch.
        high = page.evaluate("""() => {
            const top = document.querySelector('section').getBoundingClientRect().top;
            return document.querySelector('figure').getBoundingClientRect().bottom - top }""")
        assert high < 266 / 25.4 * 96
        tight = page.evaluate("""() => [...document.querySelectorAll('td,th')]
            .filter(cell => cell.scrollWidth > cell.clientWidth + 1).length""")
        assert tight == 0
