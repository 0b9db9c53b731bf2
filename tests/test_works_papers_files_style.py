"""House style of papers, read back out of Word files, workbooks and pages; how tables are laid."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from lxml import etree
from papers_read import figure, paper, pdf_pages, right, table

from works.papers.files import render
from works.papers.letters import breadth, clean, longest_word, soft
from works.papers.model import (
    Beside,
    Break,
    Cell,
    Col,
    Heading,
    Notes,
    Photo,
    Sign,
    Table,
    Text,
)
from works.papers.runs import sections
from works.papers.setting import HIGH, WIDE, beside_widths, lay, paired

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MM = 36_000


@pytest.fixture(scope="module")
def word():
    return Document(io.BytesIO(render([paper()], ".docx")))


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(render([paper()], ".xlsx")))


@pytest.fixture(scope="module")
def page():
    return render([paper()], ".html").decode()


def fonts(paragraph) -> list[str]:
    return [one.get(f"{W}eastAsia") for one in paragraph._p.iter(f"{W}rFonts")]


# ---------------------------------------------------------------------- Word


def test_a_word_file_has_the_margins_of_official_papers(word):
    section = word.sections[0]
    edges = ("top_margin", "left_margin", "right_margin", "bottom_margin")
    assert [round(getattr(section, one) / MM) for one in edges] == [37, 28, 26, 35]
    assert [round(one / MM) for one in (section.page_width, section.page_height)] == [210, 297]
    assert section.header.paragraphs[0].text == "演示数据（虚构）"
    assert 'w:val="737373"' in section.header.paragraphs[0]._p.xml
    assert " PAGE " in section.footer.paragraphs[0]._p.xml
    assert section.footer.paragraphs[0].text == "— 1 —"


def _stays(element) -> bool:
    """Tell whether all paragraphs of an element stay on the page of what follows."""
    whole = [element] if element.tag == f"{W}p" else list(element.iter(f"{W}p"))
    return all(one.find(f"{W}pPr/{W}keepNext") is not None for one in whole)


@pytest.mark.parametrize("rows", [3, 30])
def test_heading_and_foot_never_stand_alone_on_a_page(rows):
    blocks = (Heading("（二）", 2), table(rows), Notes(("一", "二")), Sign())
    made = Document(io.BytesIO(render([paper(blocks=blocks)], ".docx")))
    body = [one for one in made.element.body if one.tag in (f"{W}p", f"{W}tbl")]
    (at,) = (n for n, one in enumerate(body) if one.tag == f"{W}tbl")
    # From the heading over the gap to the first rows, from the last rows to the line to sign.
    assert all(_stays(one) for one in (*body[at - 2 : at], *body[at + 1 : -1]))
    assert not _stays(body[-1])
    lines = [_stays(one) for one in body[at].iter(f"{W}tr")]
    heads = len(lines) - rows
    assert all(lines[: heads + 1])
    assert all(lines[-2:])
    assert all(lines) is (rows == 3)


def test_what_announces_a_table_stays_with_it():
    blocks = (Text("建议先走访：", strong=True), table(12), Text("完"))
    made = Document(io.BytesIO(render([paper(blocks=blocks)], ".docx")))
    first = next(one for one in made.paragraphs if one.text == "建议先走访：")
    assert _stays(first._p)


def test_a_word_file_is_set_in_the_fonts_and_sizes_of_official_papers(word):
    title = word.paragraphs[0]
    assert title.text == "示例县"
    assert title.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert [one.font.size.pt for one in title.runs] == [22]
    assert fonts(title) == ["方正小标宋简体"]
    assert not any(one.font.bold for one in title.runs)
    said = next(one for one in word.paragraphs if one.text.startswith("达标情况。"))
    assert fonts(said) == ["黑体", "仿宋"]
    assert {one.font.size.pt for one in said.runs} == {16}
    assert said.paragraph_format.line_spacing.pt == 28
    assert said._p.pPr.ind.get(f"{W}firstLineChars") == "200"
    head = next(one for one in word.paragraphs if one.text == "一、总体情况")
    assert fonts(head) == ["黑体"]
    assert 'w:outlineLvl w:val="1"' in head._p.xml
    assert [one.text for one in word.paragraphs][-1] == "填表人：\t审核人：\t联系电话："


def test_headings_have_a_font_for_each_level():
    held = tuple(Heading(f"标题{n}", n) for n in (1, 2, 3))
    made = Document(io.BytesIO(render([paper(blocks=held)], ".docx")))
    assert [fonts(one)[0] for one in made.paragraphs if one.text.startswith("标题")] == [
        "黑体",
        "楷体",
        "仿宋",
    ]


def test_a_table_in_word_repeats_its_merged_grey_head_and_has_the_total_first(word):
    grid = word.tables[0]
    heads = [row for row in grid.rows if row._tr.xpath("./w:trPr/w:tblHeader")]
    assert len(heads) == 2
    assert [cell.text for cell in heads[0].cells] == [
        "序号",
        "乡镇",
        "户厕",
        "户厕",
        "指标2\n（%）",
        "判定",
    ]
    assert [cell.text for cell in heads[1].cells][2:4] == ["指标0\n（%）", "指标1\n（%）"]
    assert heads[0].cells[2]._tc is heads[0].cells[3]._tc
    assert heads[0].cells[0]._tc is heads[1].cells[0]._tc
    assert all('w:fill="E6E6E6"' in cell._tc.xml for cell in heads[0].cells)
    assert [cell.text for cell in grid.rows[2].cells][:3] == ["", "合计", "79.1"]
    assert grid.rows[2].cells[5].text == "■ 未达标"
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in grid.rows)
    assert sum(one.width for one in grid.columns) == pytest.approx(WIDE * MM, rel=0.01)
    sides = [cell.paragraphs[0].alignment for cell in grid.rows[3].cells]
    assert sides[0] == WD_ALIGN_PARAGRAPH.CENTER
    assert sides[2] == WD_ALIGN_PARAGRAPH.RIGHT


def test_a_drawing_in_word_is_a_sharp_picture_with_its_words(word):
    told = word.element.body.xpath(".//wp:docPr/@descr")
    assert told == ["示例县达标情况图"]
    (size,) = word.element.body.xpath(".//wp:extent")
    assert int(size.get("cx")) == 90 * MM
    pictures = list(word.part.package.image_parts)
    assert [one.image.px_width for one in pictures] == [pytest.approx(90 / 25.4 * 220, abs=1)]


def test_a_word_file_says_what_it_is_made_of(word):
    about = word.core_properties
    assert about.title == "示例县 2023年6月达标情况简报"
    assert about.subject == "small@1; 2023-06-30"
    assert about.language == "zh-CN"


def test_a_dated_sign_and_an_annex():
    held = (Text("正文。"), Sign("示例县农业农村局\n2023年7月5日"))
    made = Document(io.BytesIO(render([paper(blocks=held, attached="附件1")], ".docx")))
    words = [one.text for one in made.paragraphs]
    assert words[0] == "附件1"
    assert words[-2:] == ["示例县农业农村局", "2023年7月5日"]
    assert made.paragraphs[-1].alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_whom_a_paper_is_sent_to_stands_at_the_edge_and_headings_do_not():
    held = paper(blocks=(Text("各乡镇："), Text("通报如下："), Heading("一、总体情况")))
    made = Document(io.BytesIO(render([held], ".docx"))).paragraphs
    inner = {one.text: one._p.pPr.ind is not None for one in made}
    assert (inner["各乡镇："], inner["通报如下："], inner["一、总体情况"]) == (False, True, True)
    (seen,) = pdf_pages(render([held], ".pdf"))
    lefts = [round(seen.run(one).x, 1) for one in ("各乡镇：", "通报如下：", "一、总体情况")]
    assert lefts == [28, 39.3, 39.3]
    assert '<p class="to">各乡镇：</p><p>通报如下：</p>' in render([held], ".html").decode()


def test_many_papers_in_a_word_file_share_their_pages_where_they_are_alike():
    alike = Document(io.BytesIO(render([paper(), paper(), paper(mark="内部资料")], ".docx")))
    assert len(alike.sections) == 2
    assert alike.sections[1].header.paragraphs[0].text == "内部资料"
    assert alike.element.body.xpath("count(.//w:br[@w:type='page'])") == 1


# ---------------------------------------------------------------------- Excel


def cells_of(sheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_workbook_has_a_sheet_for_the_table_and_one_for_the_text(book):
    assert book.sheetnames == ["示例县简报", "文字说明"]
    rows = cells_of(book["示例县简报"])
    assert rows[0][0] == "示例县"
    assert rows[2][0] == "填报单位：（盖章）　　数据截至：2023年6月30日　　单位：户、%"
    assert rows[3] == [
        "序号",
        "乡镇",
        "户厕\n指标0\n（%）",
        "户厕\n指标1\n（%）",
        "指标2\n（%）",
        "判定",
    ]
    assert rows[4][:3] == [None, "合计", 79.1] or rows[4][:3] == ["", "合计", 79.1]
    assert rows[5][:3] == ["1", "甲镇", 79.1]
    assert [row[0] for row in rows[7:]] == [
        "注：1.统计口径：应计数3823户。",
        "2.平衡校验：一致。",
        "填表人：",
    ]
    words = [row[0] for row in cells_of(book["文字说明"])]
    assert "达标情况。全县24个行政村中11个达标、5个待定、6个未达标；6个示范村4个达标。" in words
    assert words[-2] == "注：1.统计口径：应计数3823户。"


def test_a_workbook_prints_on_a4_with_the_head_on_each_page(book):
    sheet = book["示例县简报"]
    assert sheet.page_setup.paperSize == 9
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert round(sheet.page_margins.left * 25.4) == 28
    assert round(sheet.page_margins.top * 25.4) == 37
    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$4:$4"
    assert not sheet.merged_cells.ranges
    assert sheet["A4"].fill.fgColor.rgb == "FFD9D9D9"
    assert sheet["B5"].font.bold
    assert not sheet["B6"].font.bold
    assert sheet.oddHeader.center.text == "演示数据（虚构）"
    assert sheet.oddFooter.center.text == "— &P —"


def test_cells_of_a_workbook_are_numbers_days_and_texts_as_they_are_meant():
    columns = tuple(Col(f"列{n}") for n in range(8))
    row = (
        Cell("79.10", Decimal("79.1")),
        Cell("3823", 3823),
        Cell("2023年6月30日", dt.date(2023, 6, 30)),
        Cell("621027100001", "621027100001"),
        Cell("79.1—85.3"),
        Cell("待核实"),
        Cell("62102710000112345678", 62102710000112345678),
        Cell("达标", status="met"),
    )
    made = render([paper(blocks=(Table(columns, (row,)),))], ".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
    cells = sheet[5]
    assert [cell.value for cell in cells] == [
        79.1, 3823, dt.datetime(2023, 6, 30), "621027100001", "79.1—85.3", "待核实",
        "62102710000112345678", "达标",
    ]  # fmt: skip
    assert [cell.number_format for cell in cells[:4]] == ["0.00", "0", 'yyyy"年"m"月"d"日"', "@"]
    assert cells[7].fill.fgColor.rgb == "FFD9F0E8"


def test_names_of_sheets_are_such_as_excel_allows_and_differ():
    titles = (
        "甲[乙]:*?/\\丙",
        "甲 乙 丙",
        "'" * 3,
        "history",
        "很长的名字" * 12,
        "很长的名字" * 12,
    )
    held = tuple(table(title=one) for one in titles)
    made = openpyxl.load_workbook(io.BytesIO(render([paper(blocks=held)], ".xlsx")))
    names = made.sheetnames
    assert len({one.lower() for one in names}) == len(titles)
    assert all(one and len(one) <= 31 and not re.search(r"[\[\]:*?/\\]", one) for one in names)
    assert names[1] == "甲 乙 丙 (2)"
    assert "history" not in names


def test_a_wide_table_lies_on_its_side_in_excel():
    made = openpyxl.load_workbook(io.BytesIO(render([paper(blocks=(table(3, 16),))], ".xlsx")))
    sheet = made.worksheets[0]
    assert sheet.page_setup.orientation == "landscape"
    assert round(sheet.page_margins.top * 25.4) == 28


# ---------------------------------------------------------------------- HTML


def test_a_page_needs_nothing_from_outside_and_runs_nothing(page):
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "<script" not in page
    assert page.startswith('<!doctype html><html lang="zh-CN">')


def test_a_page_prints_as_a4_in_house_style(page):
    assert "@page{size:A4;margin:37mm 26mm 35mm 28mm" in page
    assert 'content:"— " counter(page) " —"' in page
    assert "thead{display:table-header-group}" in page
    mark = "".join(f"\\{ord(one):x} " for one in "演示数据（虚构）")
    assert f'@page p0{{@top-center{{content:"{mark}"' in page
    assert '<section style="page:p0">' in page
    wide = render([paper(blocks=(table(3, 16),))], ".html").decode()
    assert '<section class="turned" style="page:t0">' in wide
    assert re.search(r"@page t0\{size:A4 landscape", wide)


def test_a_table_of_a_page_is_one_that_can_be_read_aloud(page):
    tree = etree.HTML(page)
    assert tree.xpath("//th[@scope='colgroup']/text()") == ["户厕"]
    assert tree.xpath("//th[@rowspan='2']/text()")[:2] == ["序号", "乡镇"]
    assert tree.xpath("//tr[@class='sum']/td[2]/text()") == ["合计"]
    assert tree.xpath("//figure/@aria-label") == ["示例县达标情况图"]
    assert len(tree.xpath("//td[last()]/*[local-name()='svg'][@aria-hidden='true']")) == 3
    assert [one.tag for one in tree.xpath("//h1|//h2")] == ["h1", "h2"]


# ---------------------------------------------------------------------- how tables are laid


def test_a_table_gets_smaller_letters_before_it_lies_on_its_side():
    laid = [lay(table(3, n)) for n in (10, 11, 12)]
    assert [(one.size, one.turned) for one in laid] == [(10.5, False), (9.5, False), (10.5, True)]
    wide = lay(table(3, 16))
    assert wide.turned
    assert sum(wide.widths) == pytest.approx(HIGH)
    assert not lay(table(3, 16), 70, may_turn=False).turned


def test_columns_get_what_they_need_and_no_more_while_another_folds():
    columns = (Col("序号"), Col("说明"), right("数量"))
    row = (Cell("1"), Cell("很长的说明" * 8), Cell("12345"))
    laid = lay(Table(columns, (row,)))
    assert sum(laid.widths) == pytest.approx(WIDE)
    assert laid.widths[1] > 120
    assert laid.room(2) >= breadth("12345")


def test_a_wish_for_width_counts_where_there_is_room():
    columns = (Col("甲", 1), Col("乙", 3))
    laid = lay(Table(columns, ((Cell("一"), Cell("二")),)))
    assert laid.widths[1] > 2 * laid.widths[0]


def test_a_short_piece_goes_along_with_the_table_that_lies_on_its_side():
    wide, long = table(5, 16), [Text("正文。" * 80)] * 6
    alone = sections(paper(blocks=(Text("短。"), wide, Notes(("注意",)), Sign())))
    assert [(one.turned, len(one.blocks)) for one in alone] == [(True, 4)]
    apart = sections(paper(blocks=(*long, Break(), Heading("二"), wide, Notes(("注",)), *long)))
    assert [(one.turned, len(one.blocks)) for one in apart] == [(False, 6), (True, 3), (False, 6)]
    assert sections(paper(blocks=()))[0].blocks == ()


def test_photos_stand_side_by_side_and_drawings_keep_their_widths():
    photos = [Photo(b"", str(n)) for n in range(3)]
    rows = list(paired([Text("a"), *photos, Text("b")], WIDE))
    assert [type(one).__name__ for one in rows] == ["Text", "Beside", "Photo", "Text"]
    assert rows[1] == Beside(tuple(photos[:2]))
    assert beside_widths((figure(), Text("")), WIDE) == [90, 62]
    assert sum(beside_widths((figure(), figure(), figure()), WIDE)) == pytest.approx(WIDE - 8)


def test_letters_are_measured_and_long_words_may_break():
    assert breadth("达标") == 2
    assert longest_word("示范村 abc") < 2
    long = soft("x" * 40, 10)
    assert long.replace("\u200b", "") == "x" * 40
    assert long.count("\u200b") == 39
    assert soft("达标" * 40, 10) == "达标" * 40
    assert clean("a\ud800\x07b") == "ab"


def test_a_long_list_goes_on_page_after_page():
    made = paper(blocks=(table(141, 16, title="分村情况"),))
    with zipfile.ZipFile(io.BytesIO(render([made], ".docx"))) as word:
        assert word.read("word/document.xml").count(b"<w:tr>") == 143
    assert render([made], ".pdf").count(b"/Type/Page/") >= 5
