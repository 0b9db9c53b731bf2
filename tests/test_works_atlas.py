import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from draw_hand import HOSTILE, WATER, county, villages

from layers.text import t
from ui.atlas_cli import search_keys
from works.atlas import INDEX, Asked, atlas
from works.library import load_costs
from works.lists import Lists
from works.worklist import worklist

WORK = {**WATER, "work": {"kind": "water-connection"}, "lead": {"zh": "县水务局", "en": "Water"}}


def lists_of(board):
    costs = load_costs()
    return Lists(board, worklist(board.assessment, costs), costs)


def pages_of(board, **asked):
    return atlas(board, lists_of(board), Asked(**{"lang": "zh", **asked}))


@pytest.fixture(scope="module")
def board():
    return county(None, {"A": (4, 1, 0), "B": (1, 4, 0), "C": (3, 0, 2), "D": (5, 0, 0)}, WORK)


@pytest.fixture(scope="module")
def pages(board):
    return pages_of(board, keys=search_keys(board))


class Read(HTMLParser):
    """Reads a page: its ids, addresses, tags, attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.tags, self.names, self.text = [], [], [], [], ""
        self.keys, self.skip = [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        cells = dict(attrs)
        self.tags.append(tag)
        self.names += cells
        self.ids += [cells["id"]] if "id" in cells else []
        self.links += [cells["href"]] if "href" in cells else []
        self.keys += [cells["data-k"]] if "data-k" in cells else []
        self.skip += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.skip -= tag in ("style", "script")

    def handle_data(self, data):
        self.text += "" if self.skip else data + "\n"


def test_there_is_an_index_and_a_page_per_township(pages):
    assert list(pages) == [INDEX, "01-东镇.html", "02-西镇.html"]
    said = Read(pages[INDEX]).text
    assert "青川县乡村建设图册" in said
    for one in ("甲家村", "乙家村", "丙家村", "丁家村", "东镇（2个村）"):
        assert one in said


def test_every_link_leads_to_something_that_is_there(pages):
    ids = {name: Read(page).ids for name, page in pages.items()}
    links = [(name, unquote(one)) for name, page in pages.items() for one in Read(page).links]
    assert len(links) > 20
    for name, link in links:
        file, _, anchor = link.partition("#")
        assert (file or name) in pages, link
        assert not anchor or anchor in ids[file or name], link
    for name, mine in ids.items():
        assert len(mine) == len(set(mine)), name


def test_the_pages_ask_nobody_for_anything(pages):
    for page in pages.values():
        left = page.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=", left)
        read = Read(page)
        assert not {"img", "iframe", "link", "object", "embed", "form", "base"} & set(read.tags)
        assert "eval(" not in page
        assert "Function(" not in page


def test_only_the_one_script_may_run(pages):
    for page in pages.values():
        scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
        assert len(scripts) == 1
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in page
        assert "default-src 'none'" in page
        assert not [name for name in Read(page).names if name.startswith("on")]


def test_each_village_has_its_card_with_what_is_missing(pages):
    page = pages["01-东镇.html"]
    cards = page.split('<section class="village"')[1:]
    assert len(cards) == 2
    first, second = (re.sub(r"<[^>]+>", "", one) for one in cards)
    assert "甲家村" in first
    assert t("atlas.lacks_none") in first
    # B: 1 of 5 homes, 80 % asked for: three more.
    assert "安全饮水率20.0%，目标80%，还差3户" in second
    assert cards[1].count("<svg xmlns") == 1
    assert "未达标" in second


def test_the_table_of_a_township_has_its_sum_first(pages):
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", pages["01-东镇.html"], re.S)
    told = [re.sub(r"<[^>]+>", "|", row) for row in rows]
    total = next(one for one in told if "合计" in one)
    assert "达标 1" in total
    assert "未达标 1" in total
    # One piece of work in A and four in B.
    assert total.rstrip("|").endswith("5")
    assert told.index(total) < next(n for n, one in enumerate(told) if "甲家村" in one)


def test_people_are_named_inside_and_nowhere_in_public(board):
    inside = pages_of(board)["01-东镇.html"]
    assert "王某某" in inside
    assert t("internal_mark") in inside
    for page in pages_of(board, public=True).values():
        assert "王某某" not in page
        assert t("internal_mark") not in page
        assert t("atlas.public") in page
        # No mark of a home: neither on the map nor in its legend.
        assert 'fill="#D55E00" stroke="#FFFFFF"' not in page
        assert 'fill="#E69F00" stroke="#1A2430"' not in page
    assert 'fill="#D55E00" stroke="#FFFFFF"' in inside


def test_villages_are_found_by_name_code_and_first_letters(board, pages):
    keys = [set(one.split()) for one in Read(pages[INDEX]).keys]
    assert len(keys) == 4
    assert {"甲家村", "东镇甲家村", "a", "jjc", "jiajiacun"} <= keys[0]
    page = Read(pages["01-东镇.html"])
    assert len(page.keys) == 2


def test_one_township_alone_has_an_index_of_its_own(board):
    unit = board.units("township")[1][0]
    pages = pages_of(board, townships=[unit])
    assert list(pages) == [INDEX, "01-西镇.html"]
    assert len(Read(pages[INDEX]).keys) == 2


def test_villages_without_a_township_have_a_page_too():
    rows = villages()
    rows[3]["township"] = None
    pages = pages_of(county(rows, {"A": (1, 0, 0), "D": (0, 1, 0)}, WORK))
    assert list(pages)[1:] == ["01-东镇.html", "02-西镇.html", "03-未归入乡镇.html"]
    assert "丁家村" in Read(pages["03-未归入乡镇.html"]).text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_are_text(lang):
    rows = villages()
    bad = HOSTILE.replace("\x00", "").replace("\ud800", "")
    rows[0]["name"] = bad
    rows[1]["name"] = "</script><script>document.title='hit'</script>"
    for row in rows[:2]:
        row["township"] = '../..\\con"><svg onload=1>'
    pages = pages_of(county(rows, {"A": (0, 1, 0)}, WORK), lang=lang)
    assert not [name for name in pages if re.search(r'[\\/:*?"<>|]', name)]
    for page in pages.values():
        read = Read(page)
        assert read.tags.count("script") == 1
        assert "img" not in read.tags
        assert not [name for name in read.names if name.startswith("on")]
        assert "{{" not in page
    assert "{{7*191}}" in Read(pages[INDEX]).text


def test_english_pages_have_no_chinese_of_ours(board):
    rows = villages(county="Qing", township="East")
    for n, row in enumerate(rows):
        row["name"] = f"Ward {n}"
    lead = {"zh": "县水务局", "en": "Water"}
    made = county(rows, {"A": (1, 4, 1)}, {**WORK, "lead": lead})
    for page in pages_of(made, lang="en", public=True).values():
        said = Read(page).text
        found = set(re.findall(r"[\u4e00-\u9fff]+", said))
        assert not found, found


@pytest.mark.browser
def test_an_atlas_opens_from_a_folder_and_is_worked_by_keyboard(page, tmp_path, board):
    rows = villages()
    rows[1]["name"] = "<img src=x onerror=document.title='hit'>"
    made = county(rows, {"A": (0, 1, 0), "C": (0, 2, 0)}, WORK)
    for name, text in pages_of(made, keys=search_keys(made)).items():
        (tmp_path / name).write_bytes(text.encode())
    asked, faults = [], []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: faults.append(one.text))
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.goto((tmp_path / INDEX).as_uri())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("bjc")
    assert page.inner_text("#found") == "找到1个"
    assert page.locator("li:visible").filter(has_text="丙家村").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**#v3")
    assert "丙家村" in page.inner_text("section:target")
    assert page.title() == "西镇"
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not [one for one in asked if not one.startswith("file:")]
    assert faults == []
