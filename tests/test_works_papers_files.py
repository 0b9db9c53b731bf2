"""Papers as files: the same bytes each time, house style read back, nothing in them runs."""

import io
import re
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest
import typst
from docx import Document
from lxml import etree
from papers_read import HOSTILE, MM, SVG, figure, hostile, paper, pdf_pages, table
from PIL import Image

from layers.errors import DataError, UsageError
from works.papers import fonts, typst_out
from works.papers.files import KINDS, page_count, previewed, render
from works.papers.model import (
    Beside,
    Break,
    Figure,
    Heading,
    Notes,
    Photo,
    Sign,
    Text,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def made():
    return {suffix: render([paper()], suffix) for suffix in KINDS}


@pytest.fixture(scope="module")
def nasty():
    return {suffix: render([hostile()], suffix) for suffix in KINDS}


def part(content: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(content)).read(name)


def joined(text: str) -> str:
    """Give a text without what only breaks its lines."""
    return re.sub(r"[\s\u200b]", "", text)


class Seen(HTMLParser):
    """Reads a page: its tags, its text, what it would load."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags, self.texts, self.loads, self.ids = set(), [], [], []
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data") or name.startswith("on"):
                self.loads.append((tag, name, value))
            if name == "id":
                self.ids.append(value)

    def handle_data(self, data):
        self.texts.append(data)


# ---------------------------------------------------------------------- all kinds


@pytest.mark.parametrize("suffix", KINDS)
def test_the_same_paper_gives_the_same_bytes(made, suffix):
    assert render([paper()], suffix) == made[suffix]


def test_a_file_of_no_kind_and_a_file_of_nothing_are_refused():
    with pytest.raises(UsageError, match=r"\.txt.*\.docx \.xlsx \.pdf"):
        render([paper()], ".txt")
    with pytest.raises(UsageError, match="没有内容"):
        render([], ".pdf")


def test_texts_that_try_to_run_are_texts_in_word(nasty):
    told = etree.fromstring(part(nasty[".docx"], "word/document.xml"))
    words = ["".join(one.itertext(f"{W}t")) for one in told.iter(f"{W}p")]
    for text in HOSTILE[:-1]:
        assert sum(text in one for one in words) >= 3
    assert not list(told.iter(f"{W}hyperlink"))


def test_texts_that_try_to_run_are_texts_in_excel(nasty):
    book = openpyxl.load_workbook(io.BytesIO(nasty[".xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    values = [cell.value for cell in cells]
    for text in HOSTILE[:-1]:
        assert text in values
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert all(len(one) <= 31 for one in book.sheetnames)
    assert "<f>" not in part(nasty[".xlsx"], "xl/worksheets/sheet1.xml").decode()


def test_texts_that_try_to_run_are_texts_in_html(nasty):
    seen = Seen(nasty[".html"])
    for text in HOSTILE[:-1]:
        assert sum(text in one for one in seen.texts) >= 3
    assert not seen.tags & {"script", "img", "link", "iframe", "object"}
    assert not seen.loads


def test_texts_that_try_to_run_are_texts_in_pdf(nasty):
    told = joined("".join(page.text for page in pdf_pages(nasty[".pdf"])))
    for text in (HOSTILE[1], HOSTILE[2], HOSTILE[3]):
        assert told.count(joined(text)) >= 3
    assert "#panic()$x$*a*_b_@ref<label>" in told
    assert b"/URI" not in nasty[".pdf"]
    assert Image.open(io.BytesIO(nasty[".png"])).width == 1080


def test_marks_that_turn_a_line_around_are_taken_out():
    turned = paper(blocks=(Text("甲\u202e乙\u2066丙\x00\x0b丁"),))
    assert "甲乙丙丁" in joined(pdf_pages(render([turned], ".pdf"))[0].text)
    assert "甲乙丙 丁" in "".join(Seen(render([turned], ".html")).texts)
    assert "甲乙丙 丁" in [
        one.text for one in Document(io.BytesIO(render([turned], ".docx"))).paragraphs
    ]


def test_a_very_long_word_stays_on_the_page(nasty):
    for page in pdf_pages(nasty[".pdf"]):
        for run in page.runs:
            # A letter is at least half as wide as it is small.
            wide = len(run.text.replace("\u200b", "")) * run.size * 0.25 / MM
            assert run.x + wide <= page.wide - 20


# ---------------------------------------------------------------------- PDF and picture


def test_a_pdf_is_a4_tagged_with_fonts_title_and_language(made):
    content = made[".pdf"]
    pages = pdf_pages(content)
    assert [(round(one.wide), round(one.high)) for one in pages] == [(210, 297)]
    assert len(content) < 3_000_000
    assert b"/Lang(zh-CN)" in content
    assert b"/MarkInfo" in content
    told = re.findall(rb"/FontDescriptor/FontName.*?>>", content, re.S)
    assert len(told) == content.count(b"/Subtype/Type0/") > 2
    assert all(b"/FontFile" in one for one in told)
    title = "示例县 2023年6月达标情况简报".encode("utf-16-be").hex().upper().encode()
    assert title in content
    assert "全县24个行政村中11个达标、5个待定、6个未达标；6个示范村4个达标。" in pages[0].text


def test_a_pdf_is_set_in_house_style(made):
    page = pdf_pages(made[".pdf"])[0]
    title = page.run("2023年6月达标")
    assert title.size == 22
    letters = "2023年6月达标情况简报"
    wide = sum(1 if one > "\u2e80" else 0.555 for one in letters) * 22 / MM
    assert title.x + wide / 2 == pytest.approx(28 + 156 / 2, abs=1.5)
    assert title.y - page.run("示例县").y == pytest.approx(30 / MM, abs=0.1)
    label = page.run("达标情况。")
    assert label.size == 16
    assert label.x == pytest.approx(28 + 32 / MM, abs=0.2)
    after = next(one for one in page.runs if one.size == 16 and one.y > label.y)
    assert after.x == pytest.approx(28, abs=0.1)
    assert after.y - label.y == pytest.approx(28 / MM, abs=0.1)
    # The first line is 30 points high, its letters stand on the lower fifth of it.
    assert page.run("示例县").y == pytest.approx(37 + 23.4 / MM, abs=0.3)
    number = page.number
    assert number.text == "— 1 —"
    assert number.x > 150
    assert number.y > 37 + 225
    assert page.run("演示数据").y < 30
    assert page.run("填表人").y <= 37 + 225
    assert page.run("合计").y < page.run("甲镇").y


def test_a_table_too_wide_lies_on_its_side_in_pages_of_its_own_and_repeats_its_head():
    wide = table(60, 16, title="分镇情况")
    held = [Text("正文。" * 60)] * 3
    made = paper(blocks=(*held, Heading("二、各镇"), wide, Notes(("注意",)), Break(), *held))
    pages = pdf_pages(render([made], ".pdf"))
    ways = [one.wide > one.high for one in pages]
    assert ways[0] is False
    assert ways[-1] is False
    turned = [one for one in pages if one.wide > one.high]
    assert len(turned) >= 2
    assert all("序号" in one.text and "户厕" in one.text for one in turned)
    assert turned[0].text.index("二、各镇") < turned[0].text.index("分镇情况")
    assert "注意" in turned[-1].text
    assert [one.number.text for one in pages[:2]] == ["— 1 —", "— 2 —"]
    assert pages[0].number.x > pages[0].wide / 2
    assert pages[1].number.x < pages[1].wide / 2
    word = Document(io.BytesIO(render([made], ".docx")))
    assert [one.page_width > one.page_height for one in word.sections] == [False, True, False]


def test_a_pdf_can_be_read_aloud():
    # Typst checks what it sets against the standard for it, and refuses what falls short.
    told = typst_out._told([paper()])
    assert typst_out._set(told, format="pdf", pdf_standards="ua-1")
    told["title"] = ""
    with pytest.raises(DataError, match="title"):
        typst_out._set(told, format="pdf", pdf_standards="ua-1")


def test_several_papers_begin_on_pages_of_their_own():
    pages = pdf_pages(render([paper(), paper(mark="内部资料 注意保管")], ".pdf"))
    assert len(pages) == 2 == page_count([paper(), paper()])
    assert pages[1].run("内部资料")
    assert pages[1].number.text == "— 2 —"


def test_a_picture_is_the_first_page_1080_wide(made):
    with Image.open(io.BytesIO(made[".png"])) as shown:
        assert shown.size == (1080, 1527)
        assert len(shown.convert("L").getcolors()) > 50
    several = previewed([paper(), paper()])
    assert len(several) == 2
    assert several[0] == made[".png"]


def test_figures_fill_the_room_beside_them(made):
    assert b"/Figure" in made[".pdf"]
    told = "示例县达标情况图".encode("utf-16-be").hex().upper().encode()
    assert told in made[".pdf"]
    assert "右边的说明" in pdf_pages(made[".pdf"])[0].text


def test_english_papers_are_set_without_indent():
    made = paper(lang="en", title=("Village sheet",), mark="Demonstration data", blocks=(
        Heading("1. Result"), Text("All is well with the villages. " * 8), Sign()))  # fmt: skip
    content = render([made], ".pdf")
    page = pdf_pages(content)[0]
    assert b"/Lang(en-GB)" in content
    assert page.run("All is well").x == pytest.approx(28, abs=0.1)
    assert page.run("All is well").size == 12
    assert page.run("Filled in by:")


def test_without_a_chinese_font_there_is_a_sentence_and_no_boxes(monkeypatch):
    monkeypatch.setattr(fonts, "installed", lambda: typst.Fonts(include_system_fonts=False))
    drawn = Figure(SVG.replace("</svg>", "<text>清河</text></svg>"), 30, 18)
    for suffix in (".pdf", ".png", ".docx"):
        with pytest.raises(DataError, match="没有中文字体"):
            render([paper(blocks=(drawn,))], suffix)
    english = paper(lang="en", title=("T",), meta=(), mark="", blocks=(Text("Plain words."),))
    assert "Plain words." in pdf_pages(render([english], ".pdf"))[0].text
    assert render([paper()], ".html")
    assert render([paper()], ".xlsx")


def test_fonts_are_named_as_windows_has_them():
    named = fonts.stacks("zh", {"SimHei", "FangSong", "KaiTi", "SimSun", "STZhongsong", "Arial"})
    assert named["body"][0] == "FangSong"
    assert named["kai"][0] == "KaiTi"
    assert named["hei"][0] == "SimHei"
    assert named["title"][0] == "STZhongsong"
    without = fonts.stacks("zh", {"SimHei", "FangSong", "SimSun", "Times New Roman"})
    assert without["title"][0] == "SimHei"
    assert without["body"][0] == {"name": "Times New Roman", "covers": "latin-in-cjk"}


def test_the_template_fetches_nothing(monkeypatch):
    source = typst_out._TEMPLATE.read_text(encoding="utf-8")
    assert "@preview" not in source
    assert not re.search(r"\b(read|eval|include|import|plugin)\b *\(|#import|#include", source)
    monkeypatch.setattr(typst_out, "_TEMPLATE", typst_out._TEMPLATE.with_name("nothing.typ"))
    monkeypatch.setattr(type(typst_out._TEMPLATE), "read_bytes", lambda _: b"#panic(1)")
    with pytest.raises(DataError, match="排版没有成功"):
        render([paper()], ".pdf")


# ---------------------------------------------------------------------- photos


def photo(**more) -> Photo:
    memory = io.BytesIO()
    exif = Image.Exif()
    exif[0x9003] = "2023:06:30 12:00:00"
    exif[0x8825] = {1: "N", 2: (35.0, 36.0, 1.0)}
    exif[0x0112] = 6
    Image.new("RGB", (1200, 900), (200, 80, 20)).save(memory, "JPEG", exif=exif)
    return Photo(**{"data": memory.getvalue(), "caption": "东沟-厕-017-后", **more})


def test_photos_are_upright_small_and_tell_no_place():
    content, wide, high = typst_out.jpeg(photo().data)
    assert (wide, high) == (825, 1100)
    with Image.open(io.BytesIO(content)) as small:
        assert small.size == (825, 1100)
        assert not small.getexif()
    made = paper(blocks=(photo(), photo(caption="之二")))
    # Both go into the same row.
    pages = pdf_pages(render([made], ".pdf"))
    assert len(pages) == 1
    assert pages[0].run("东沟").y == pages[0].run("之二").y
    assert content in render([made], ".pdf")
    word = zipfile.ZipFile(io.BytesIO(render([made], ".docx")))
    assert [one for one in word.namelist() if "media" in one] == ["word/media/image1.jpeg"]
    assert Seen(render([made], ".html")).loads[0][2].startswith("data:image/jpeg;base64,")


def test_a_photo_that_is_none_is_said_to_be_none():
    made = paper(blocks=(photo(data=b"not a photo"),))
    assert "照片文件无法显示" in Document(io.BytesIO(render([made], ".docx"))).paragraphs[3].text
    assert "照片文件无法显示。" in Seen(render([made], ".html")).texts
    assert render([made], ".pdf") != render([paper(blocks=())], ".pdf")


def test_drawings_of_one_page_keep_their_own_names():
    made = paper(blocks=(Beside((figure(), figure())), Figure(SVG, 30, 18)))
    seen = Seen(render([made], ".html"))
    assert sorted(seen.ids) == sorted(set(seen.ids))
    assert len(seen.ids) == 6
    content = render([made], ".html").decode()
    for name in seen.ids:
        if name.endswith("hat"):
            assert f"url(#{name})" in content
