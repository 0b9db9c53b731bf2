"""Workbooks: cells as a person sees them, everything doubtful told, nothing followed."""

from __future__ import annotations

import base64
import datetime as dt
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from layers.reading import books, oldbooks
from layers.reading.answer import Answer, Refused

HEADS = ["户编号", "乡镇", "常住人口"]
Sheet = Any


def made(path: Path, change: Callable[[Sheet], Any] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet: Sheet = book.active
    sheet.title = "户表"
    sheet.append(HEADS)
    for row in (["H1", "东沟镇", 4], ["H2", None, 3], ["H3", "南坡乡", 2]):
        sheet.append(row)
    if change is not None:
        change(sheet)
    book.save(path)
    return path


def rows(answer: Answer) -> list[list[str | None]]:
    assert answer.table is not None
    return [list(row.values()) for row in answer.table.to_pylist()]


def codes(answer: Answer) -> dict[str, list[int]]:
    return {note["code"]: note["rows"] for note in answer.notes}


def read(path: Path, **asked: object) -> Answer:
    return books.read(path.parent, path, asked)


def again(
    path: Path, part: str, change: Callable[[bytes], bytes], *more: tuple[str, bytes]
) -> Path:
    with zipfile.ZipFile(path) as old:
        kept = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in kept:
            new.writestr(name, change(content) if name == part else content)
        for name, content in more:
            new.writestr(name, content)
    return path


FIRST = "xl/worksheets/sheet1.xml"


def test_a_good_workbook_has_no_doubts(tmp_path: Path) -> None:
    answer = read(made(tmp_path / "a.xlsx"))
    assert rows(answer) == [HEADS, ["H1", "东沟镇", "4"], ["H2", None, "3"], ["H3", "南坡乡", "2"]]
    assert (answer.grid, answer.sheets, answer.notes) == (True, ["户表"], [])


@pytest.mark.parametrize(
    ("value", "form", "seen"),
    [
        (12.0, "General", "12"), (0.85, "0%", "85%"), (0.8525, "0.0%", "85.25%"), (7, "000", "007"),
        (621002100201, "0", "621002100201"), (dt.datetime(2023, 6, 30), "yyyy-mm-dd", "2023-06-30"),
        (dt.datetime(2023, 6, 30, 8, 30), "yyyy/m/d h:mm", "2023-06-30 08:30:00"),
        (45107, 'yyyy"年"m"月"d"日"', "2023-06-30"), (0.1, "General", "0.1"),
        (True, "General", "true"), (" a\u3000", "General", "a"), (1234.5, "#,##0.00", "1234.5"),
        (5, '0" 米"', "5"), ("'=1+1", "@", "'=1+1"),
    ],
)  # fmt: skip
def test_cells_as_a_person_sees_them(tmp_path: Path, value: object, form: str, seen: str) -> None:
    def change(sheet: Sheet) -> None:
        sheet["C2"] = value
        sheet["C2"].number_format = form

    assert rows(read(made(tmp_path / "a.xlsx", change)))[1][2] == seen


def test_days_counted_from_1904(tmp_path: Path) -> None:
    def change(sheet: Sheet) -> None:
        sheet.parent.epoch = CALENDAR_MAC_1904
        sheet["C2"] = dt.datetime(2023, 6, 30)

    assert rows(read(made(tmp_path / "a.xlsx", change)))[1][2] == "2023-06-30"


def test_merged_cells_are_filled_down_and_told(tmp_path: Path) -> None:
    answer = read(made(tmp_path / "a.xlsx", lambda sheet: sheet.merge_cells("B2:B3")))
    assert [row[1] for row in rows(answer)] == ["乡镇", "东沟镇", "东沟镇", "南坡乡"]
    assert codes(answer) == {"merged_cells": [3]}


def test_hidden_rows_columns_and_sheets_are_told(tmp_path: Path) -> None:
    def change(sheet: Sheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.column_dimensions["Z"].hidden = True
        for title, state in (("旧表", "hidden"), ("lists", "veryHidden")):
            other = sheet.parent.create_sheet(title)
            other.append(["x"])
            other.sheet_state = state

    answer = read(made(tmp_path / "a.xlsx", change))
    assert codes(answer) == {"hidden_rows": [3], "hidden_columns": [], "hidden_sheet": []}
    assert [n["detail"] for n in answer.notes if n["code"] != "hidden_rows"] == ["B", "旧表"]


def test_formulas_and_errors(tmp_path: Path) -> None:
    def change(sheet: Sheet) -> None:
        sheet["C2"] = "=1+1"
        sheet["C3"].value, sheet["C3"].data_type = "#N/A", "e"

    answer = read(made(tmp_path / "a.xlsx", change))
    assert [row[2] for row in rows(answer)] == ["常住人口", None, None, "2"]
    assert codes(answer) == {"formula_empty": [2], "error_cells": [3]}

    def stored(raw: bytes) -> bytes:
        return raw.replace(b"</f><v></v>", b"</f><v>2</v>").replace(b"</f><v />", b"</f><v>2</v>")

    answer = read(again(tmp_path / "a.xlsx", FIRST, stored))
    assert rows(answer)[1][2] == "2"
    assert codes(answer) == {"error_cells": [3]}


def test_the_sheet_with_the_table_is_taken_and_several_are_asked_about(tmp_path: Path) -> None:
    def text(sheet: Sheet) -> None:
        sheet.parent.create_sheet("说明", 0).append(["本表由各村填写"])

    answer = read(made(tmp_path / "a.xlsx", text))
    assert (answer.sheets, rows(answer)[0]) == (["户表", "说明"], HEADS)
    assert rows(read(tmp_path / "a.xlsx", sheet="说明")) == [["本表由各村填写"]]

    def second(sheet: Sheet) -> None:
        other = sheet.parent.create_sheet("户表 (2)")
        other.append(HEADS)
        other.append(["H9", "x", 1])

    path = made(tmp_path / "b.xlsx", second)
    with pytest.raises(Refused, match="several_sheets") as caught:
        read(path)
    assert caught.value.values == {"sheets": "户表, 户表 (2)"}
    assert len(rows(read(path, sheet="户表 (2)"))) == 2
    assert len(rows(read(path, own_sheets=["户表 (2)"]))) == 4
    with pytest.raises(Refused, match="no_sheet"):
        read(path, sheet="无此表")


def test_a_stray_cell_far_below_is_told_and_not_read(tmp_path: Path) -> None:
    answer = read(made(tmp_path / "a.xlsx", lambda sheet: sheet.cell(1_048_576, 2, "x")))
    assert len(rows(answer)) == 4
    assert codes(answer) == {"far_cells": []}


def test_what_a_workbook_says_of_its_size_is_not_believed(tmp_path: Path) -> None:
    path = again(
        made(tmp_path / "a.xlsx"), FIRST, lambda raw: raw.replace(b"A1:C4", b"A1:XFD1048576")
    )
    assert len(rows(read(path))) == 4


@pytest.mark.parametrize(
    ("part", "old", "new", "code"),
    [
        (FIRST, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', "book_xml"),
        ("xl/workbook.xml", b"<workbook", b'<!DOCTYPE x SYSTEM "file:///x"><workbook', "book_xml"),
        (FIRST, b"</sheetData>", b"</sheet>", "book_damaged"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet1", b"worksheets/none", "table_empty"),
    ],
)
def test_a_hostile_or_broken_workbook(
    tmp_path: Path, part: str, old: bytes, new: bytes, code: str
) -> None:
    path = again(made(tmp_path / "a.xlsx"), part, lambda raw: raw.replace(old, new, 1))
    with pytest.raises(Refused, match=code):
        read(path)


def test_programs_links_and_bombs(tmp_path: Path) -> None:
    link = ("xl/externalLinks/externalLink1.xml", b"<x/>")
    path = again(made(tmp_path / "a.xlsx"), "", bytes, link)
    assert codes(read(path)) == {"outside_link": []}
    with pytest.raises(Refused, match="book_program"):
        read(again(path, "", bytes, ("xl/vbaProject.bin", b"x")))
    swollen = again(made(tmp_path / "b.xlsx"), "", bytes, ("xl/media/a.bin", bytes(30_000_000)))
    with pytest.raises(Refused, match="book_swells"):
        read(swollen)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 and no more"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(Refused, match="book_"):
        read(tmp_path / "a.xlsx")


# ---------------------------------------------------------------- old workbooks

OLD = (
    r"c-rk)Pe@cj82`<CZ*_Okb=OqV!WN;eOu^`&9ds+KJ-KRoup%rs7YjvW>yn4GY$*sK2oHr2f(2cyAo`!#twW^LAqWCZJas8"
    r"3icnwQeEVLmwt@>LCGR)P_vZU%zHh#n`DW(5H#X`SAGljEfd#07ido%(v;>);>@XQOs9x7)(R|t|>lXeiIPA2LX*N8`e3d"
    r"TOP_Fj`6x`8X5CuL`K7<npcC<&lD~R3fLz9p`R0@q^PeDIr7xLM!Y^Fz<u3>tc+dgHwlO?@OE2-_cIEYbyu(-"
    r"mA<NZnz*SUxaJYb#oEZK%!yp(a=by>vQ+OR8nys2%~R}^X)7z71DAkrR*O5TnebPAxXtgKMW!c91V1BB9=n$qg(apX|24C"
    r"0&a1-_c6!id+BudG~v<Ui)i(-"
    r")D;1x+S*P)a6u(xNYvUr{um8~PC;w@wThxTnb)MU;n+U5t@V5g#N%baqaoRt6O3G>Ea5=b`@k^6=-"
    r"7uU7@N&+GagA}dY7Kp*Y!ipJX7$HB=ERqcrMg)W>V+0Vw|OH+{zEhJkXyxtb*bILo2&n)-"
    r"6Gb@vKat6_6WO3QU``Jx{p1$?vO-;DYf0!lRd{4!1vyE~v&~a93kg|(wcs#T%fMV9z%JdvtUB~4Dra9Dxp1!(Vqp-"
    r"J!+nncGAN8}H@z%d7p}d*Ou}}363uBZ1EmR%~OmyZ9z4H&Ch?b$5^kwQni6{}*u1Y-"
    r"en@?e!dmotQ|8WM|6}RELZd}<}n34OI;9)up7mwXzB#m`M5*@)hlEyi6M&q19ocfzn*^<d=#MumQlm(X0C{E-"
    r"2_8INtYbDq48P*afEobwH8ibtV*CUGIrJ7*NYuHlRRxyvvPMlz$r6qL{OH(|D3bz$TSZk<KvT<KJMt8>?mM_|{Xtd4Ye~U"
    r"JrGbEcc3l=O`uwcQ$zYO^XB=2(7c<;3tZ#e13f1Mf1v(|5tRf~P-pmd5p^7f#eo>81mDSq-"
    r"`6Q(V(L>=>gp+p1q9z`p{>_=<L@k?*0B5^!RR&+1l7D~1M*;M@e%l-cXvZE{8"
)
"""A small workbook of the old kind: a title, heads, two records, one row of them hidden."""
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def old_book() -> bytes:
    return zlib.decompress(base64.b85decode(OLD))


@pytest.mark.parametrize("name", ["a.xls", "a.et"])
def test_an_old_workbook(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(old_book())
    answer = oldbooks.read(tmp_path, path, {})
    assert rows(answer)[1:] == [
        ["户编号", "乡镇", "常住人口", "改厕率", "建设日期"],
        ["009", "东沟镇", "4", "85%", "2023-06-30"],
        ["010", "东沟镇", "4", "85%", "2023-06-30"],
    ]
    assert codes(answer) == {"merged_cells": [4], "hidden_rows": [4]}
    assert answer.sheets == ["户表", "空"]
    with pytest.raises(Refused, match="no_sheet"):
        oldbooks.read(tmp_path, path, {"sheet": "x"})
    with pytest.raises(Refused, match="book_old"):
        books.read(tmp_path, path, {})


def test_a_new_workbook_under_an_old_name(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx").rename(tmp_path / "a.xls")
    assert rows(oldbooks.read(tmp_path, path, {}))[0] == HEADS


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><table><tr><td>x</td></tr></table></html>", "book_is_page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "book_is_page"),
        (b"a\tb\n1\t2\n", "book_none"),
        (COMPOUND + bytes(2040), "book_damaged"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "book_locked"),
        (old_book()[:2500], "book_damaged"),
        (old_book() + "_VBA_PROJECT".encode("utf-16-le"), "book_program"),
    ],
)
def test_what_is_no_old_workbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, code: str
) -> None:
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(Refused, match=code):
        oldbooks.read(tmp_path, tmp_path / "a.xls", {})
    assert capsys.readouterr() == ("", "")


def test_a_damaged_old_workbook_is_refused_and_nothing_else(tmp_path: Path) -> None:
    whole = old_book()
    for at in range(600, len(whole), 37):
        broken = bytearray(whole)
        broken[at : at + 8] = bytes((at * 7 + n * 31) % 256 for n in range(8))
        (tmp_path / "a.xls").write_bytes(broken)
        try:
            oldbooks.read(tmp_path, tmp_path / "a.xls", {})
        except Refused:
            continue
