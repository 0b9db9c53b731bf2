"""The hand-over order: margins, fonts, heads and rows read back out of the Word file."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn
from paper_hand import HOSTILE, handed, item, look, site

from works.handout.order import order_docx

MM = 36000
CHINESE = re.compile(r"[\u3400-\u9fff]")
ITEMS = [item(1), site(2), item(3, village_id="v2", village="乙村", group=None, cost=None)]


def made(items=ITEMS, lang="zh", *, names=True, **list_cells):
    return order_docx(items, handed(**list_cells), look(), lang, names=names)


def opened(content: bytes):
    return Document(io.BytesIO(content))


def cells(table) -> list[list[str]]:
    """Give the texts of a table as they are stored, one per cell."""
    rows = []
    for row in table._tbl.tr_lst:
        texts = [["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in c.p_lst]
                 for c in row.tc_lst]  # fmt: skip
        rows.append(["\n".join(lines) for lines in texts])
    return rows


def whole(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = [n for n in packed.namelist() if re.match(r"word/(document|header|footer)", n)]
        return " ".join(re.sub(r"<[^>]+>", "", packed.read(n).decode()) for n in names)


def test_pages_are_a4_with_the_margins_of_official_papers():
    pages = [
        [round(edge / MM) for edge in (s.page_width, s.page_height, s.top_margin, s.right_margin,
                                       s.bottom_margin, s.left_margin)]
        for s in opened(made()).sections
    ]  # fmt: skip
    # Upright 37 above, 28 left, 156 x 225 between; on its side the bound edge is the upper one.
    assert pages == [
        [210, 297, 37, 26, 35, 28],
        [297, 210, 28, 37, 26, 35],
        [210, 297, 37, 26, 35, 28],
    ]


def test_title_and_text_are_set_as_official_papers_are():
    document = opened(made())
    title = next(p for p in document.paragraphs if p.text == "整改交办单")
    letters = title._p.find(".//" + qn("w:rPr"))
    assert letters.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "方正小标宋简体"
    assert letters.find(qn("w:sz")).get(qn("w:val")) == "44"
    assert letters.find(qn("w:b")).get(qn("w:val")) == "0"
    assert title._p.find(".//" + qn("w:jc")).get(qn("w:val")) == "center"
    text = next(p for p in document.paragraphs if p.text.startswith("请于"))
    assert text._p.find(".//" + qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋"
    assert text._p.find(".//" + qn("w:sz")).get(qn("w:val")) == "32"
    spacing = text._p.find(".//" + qn("w:spacing"))
    assert 28 * 20 <= int(spacing.get(qn("w:line"))) <= 30 * 20
    assert spacing.get(qn("w:lineRule")) == "exact"
    heading = next(p for p in document.paragraphs if p.text.startswith("一、"))
    assert heading._p.find(".//" + qn("w:rFonts")).get(qn("w:eastAsia")) == "黑体"
    with zipfile.ZipFile(io.BytesIO(made())) as packed:
        fonts = packed.read("word/fontTable.xml").decode()
    assert 'w:name="方正小标宋简体"><w:altName w:val="FZXiaoBiaoSong-B05S,' in fonts


def test_the_letter_says_what_to_whom_and_until_when():
    document = opened(made())
    texts = [p.text for p in document.paragraphs]
    assert "编号：QD-0007" in texts
    assert "致：东镇人民政府" in texts
    assert "请于2023年7月30日前完成全部整改任务。" in texts
    assert any("小标准评估，数据截至2023年6月30日，现将2个村的3项整改任务" in one for one in texts)
    # 1500 + 0, and one cost that nobody knows.
    assert any("投资估算0.15万元（另有1项费用待核实）" in one for one in texts)
    assert texts[texts.index("致：东镇人民政府") - 1] == "编号：QD-0007"
    for line in ("交办单位（盖章）：", "经办人（签字）：", "　　年　　月　　日"):
        assert line in texts
    sums = cells(document.tables[0])
    assert sums[0] == ["序号", "整改任务", "任务数（项）", "涉及村数（个）", "投资估算（万元）"]
    assert sums[1] == ["合计", "3", "2", "0.15"]
    assert sums[2:] == [
        ["1", "新建或改建卫生户厕", "2", "2", "0.15"],
        ["2", "落实清运频次", "1", "1", "0.00"],
    ]


def test_due_days_that_differ_are_named():
    texts = [p.text for p in opened(made([item(1), item(2, due="2023-09-01")])).paragraphs]
    assert "请按附件1所列完成时限逐项完成，最早2023年7月30日，最迟2023年9月1日。" in texts
    none = [p.text for p in opened(made([item(1, due=None)], due="")).paragraphs]
    assert "完成时限由交办单位另行通知。" in none


def test_the_list_has_every_item_once_with_the_sum_first():
    document = opened(made())
    rows = cells(document.tables[1])
    assert rows[0] == ["序号", "任务编号", "村、组", "对象", "存在问题", "整改要求", "完成时限",
                       "责任单位、责任人"]  # fmt: skip
    assert rows[1] == ["合计", "2个村", "3项任务", "投资估算0.15万元"]
    assert rows[2] == ["1", "甲-厕-001", "甲村 3社", "王** 1号", "户厕类型：普通旱厕",
                       "新建或改建卫生户厕", "2023年7月30日", "县农业农村局"]  # fmt: skip
    assert [row[:2] for row in rows[3:]] == [["2", "甲-清-002"], ["3", "甲-厕-003"]]
    texts = [p.text for p in document.paragraphs]
    assert "3.平衡校验：各村3项=各类3项=合计3项。" in texts
    assert "2.评估标准：小标准（small@1），数据截至2023年6月30日。" in texts
    assert any(one.startswith("填报单位：（盖章）") and "单位：项、万元" in one for one in texts)


def test_tables_print_well():
    for table in opened(made()).tables:
        borders = table._tbl.tblPr.find(qn("w:tblBorders"))
        assert {(one.get(qn("w:val")), one.get(qn("w:sz")), one.get(qn("w:color")))
                for one in borders} == {("single", "4", "000000")}  # fmt: skip
        assert len(borders) == 6
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in table._tbl.tr_lst)
        # Rows are as wide as the table says, whatever cells they merge.
        wide = [int(one.get(qn("w:w"))) for one in table._tbl.tblGrid]
        for row in table._tbl.tr_lst:
            assert sum(int(c.tcPr.find(qn("w:tcW")).get(qn("w:w"))) for c in row.tc_lst) == (
                pytest.approx(sum(wide), abs=len(wide))
            )
    for table in opened(made()).tables[:2]:
        first, *others = table._tbl.tr_lst
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(row.trPr.find(qn("w:tblHeader")) is None for row in others)
        shades = {c.tcPr.find(qn("w:shd")).get(qn("w:fill")) for c in first.tc_lst}
        assert shades == {"D9D9D9"}


def test_the_reply_box_asks_for_all_that_comes_back():
    form = cells(opened(made()).tables[2])
    assert form[0] == ["清单编号", "QD-0007", "任务数", "3项任务"]
    assert form[1] == ["接收单位", "东镇人民政府", "整改时限", "2023年7月30日"]
    asked = {cell for row in form for cell in row[::2]}
    assert asked >= {"签收人", "签收日期", "整改情况", "完成日期", "单位负责人（签字）", "单位盖章"}


def test_every_page_is_numbered_and_says_whose_list_it_is():
    for section in opened(made()).sections:
        for place in (section.footer, section.even_page_footer):
            assert " PAGE " in place._element.xml
        for place in (section.header, section.even_page_header):
            assert place.paragraphs[0].text == "内部资料 注意保管\t编号：QD-0007"
    assert opened(made()).settings.odd_and_even_pages_header_footer


def test_names_are_cut_short_and_left_out_for_the_public():
    shown = made([item(1, person="王某 13812341234")])
    assert "王**" in whole(shown)
    assert "王某某" not in whole(shown)
    assert "13812341234" not in whole(shown)
    public = whole(made(names=False))
    assert "王" not in public
    assert "1号" not in public
    assert "内部资料" not in public
    assert "收集点2" in public
    assert "甲-厕-001" in public


def test_the_english_order_is_english():
    text = whole(made(lang="en"))
    data = {one for name in ITEMS for one in name.values() if isinstance(one, str)}
    own = {one for one in data if CHINESE.search(one)} | {"东镇人民政府", "示例县", "王**"}
    for word in sorted(own, key=len, reverse=True):
        text = text.replace(word, "")
    assert not CHINESE.findall(text)
    assert "Totals check: 3 by village = 3 by kind = 3 in all" in text
    assert "CNY 1,500" in text


def test_text_from_data_stays_text():
    named = ("work_no", "village", "group", "address", "reason_zh", "title_zh", "lead")
    hostile = dict.fromkeys(named, HOSTILE)
    content = made([site(1, subject_name=HOSTILE, **hostile)], receiver=HOSTILE, title=HOSTILE)
    shown = HOSTILE.replace("\x00\x0b", "")
    row = cells(opened(content).tables[1])[2]
    assert row[1:6] == [shown, f"{shown} {shown}", f"{shown} {shown}", shown, shown]
    texts = [p.text for p in opened(content).paragraphs]
    assert f"致：{shown}" in texts
    assert texts.index(shown) == texts.index("附件1") + 1


def test_the_same_list_gives_the_same_bytes_and_no_hour_of_making():
    assert made() == made()
    with zipfile.ZipFile(io.BytesIO(made())) as packed:
        assert {one.date_time[0] for one in packed.infolist()} == {1980}
        about = packed.read("docProps/core.xml").decode()
    assert "python-docx" not in about
    assert set(re.findall(r"20\d\d-\d\d-\d\d", about)) == {"2000-01-01"}


def test_an_empty_list_is_still_an_order():
    rows = cells(opened(made([])).tables[1])
    assert rows[1] == ["合计", "0个村", "0项任务", "投资估算—"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, bytes]], Path]:
    """Give what prints Word files to PDF, all in one start of the office program."""
    program = shutil.which("soffice")
    if not program or not shutil.which("pdfinfo"):
        pytest.skip("no LibreOffice or poppler on this machine")

    def printed(files: dict[str, bytes]) -> Path:
        folder = tmp_path_factory.mktemp("office")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
        subprocess.run(
            [program, home, "--headless", "--convert-to", "pdf", "--outdir", folder,
             *(folder / name for name in files)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return folder

    return printed


def ask(*command: object) -> str:
    return subprocess.run(
        [str(one) for one in command], check=True, capture_output=True, text=True
    ).stdout


def test_an_office_program_prints_it_on_a4(office):
    many = [item(n, group=f"{n % 9 + 1}社") for n in range(1, 81)]
    hostile = site(1, subject_name=HOSTILE, reason_zh=HOSTILE)
    files = {"zh.docx": made(many), "en.docx": made(lang="en"), "odd.docx": made([hostile])}
    folder = office(files)
    for name in files:
        pdf = (folder / name).with_suffix(".pdf")
        sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", ask("pdfinfo", "-l", 99, pdf))
        assert {tuple(sorted(round(float(one)) for one in size)) for size in sizes} == {(595, 842)}
    text = ask("pdftotext", "-layout", folder / "zh.pdf", "-").split("\f")
    assert "整改交办单" in text[0]
    assert "签收人" in text[-2]
    lists = [page for page in text if "甲-厕-" in page and "存在问题" in page]
    # The head comes again on every page of the list, and every task is on one of them.
    assert len(lists) > 3
    assert sorted(re.findall(r"甲-厕-\d{3}", "".join(lists))) == [one["work_no"] for one in many]
    assert re.search(r"— ?2 ?—", text[1])
    odd = ask("pdftotext", folder / "odd.pdf", "-")
    assert "{{7*191}}" in odd
    assert "1337" not in odd
