"""Text tables: encodings, separators, quotes and rows of unequal length."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.reading import sheets
from layers.reading.answer import Answer, Refused
from layers.sheet.encoding import EncodingError, settled

TEXT = "户编号,乡镇,户主\nH1,东沟镇,王某某\nH2,石桥镇,李某某\nH3,南坡乡,赵某某\n"


def read(folder: Path, content: bytes) -> Answer:
    (folder / "t.csv").write_bytes(content)
    return sheets.read(folder, folder / "t.csv", {})


def rows(answer: Answer) -> list[list[str | None]]:
    assert answer.table is not None
    return [list(row.values()) for row in answer.table.to_pylist()]


def codes(answer: Answer) -> dict[str, list[int]]:
    return {note["code"]: note["rows"] for note in answer.notes}


PLAIN = [line.split(",") for line in TEXT.splitlines()]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gbk", "gb18030"],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_table_in_all_encodings(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    text = TEXT.replace(",", separator).replace("\n", end)
    answer = read(tmp_path, text.encode(encoding))
    assert rows(answer) == PLAIN
    assert answer.notes == []
    assert answer.grid


def test_four_byte_signs(tmp_path: Path) -> None:
    rare = TEXT.replace("石桥", "𠮷𡈽")
    assert rows(read(tmp_path, rare.encode("gb18030")))[2][1] == "𠮷𡈽镇"


def test_big5_is_read_and_doubted(tmp_path: Path) -> None:
    text = "編號,鄉鎮,戶主\nH1,東溝鎮,王某某\nH2,石橋鎮,陳某某\n"
    answer = read(tmp_path, text.encode("big5"))
    assert rows(answer)[1] == ["H1", "東溝鎮", "王某某"]
    assert codes(answer) == {"encoding_guessed": []}


def test_a_western_text_is_no_chinese(tmp_path: Path) -> None:
    text = "id,ménages,côté\n1,Café,Zürich\n2,Forêt,Málaga\n"
    answer = read(tmp_path, text.encode("cp1252"))
    assert rows(answer)[1] == ["1", "Café", "Zürich"]
    assert codes(answer) == {"encoding_guessed": []}


@pytest.mark.parametrize("first", ["utf-8", "gbk"])
def test_two_encodings_in_one_file_are_refused(tmp_path: Path, first: str) -> None:
    other = "gbk" if first == "utf-8" else "utf-8"
    mixed = TEXT.encode(first) + "H4,北塬镇大柳树,孙某某\n".encode(other)
    with pytest.raises(Refused, match="text_mixed"):
        read(tmp_path, mixed)


def test_a_file_cut_within_a_sign(tmp_path: Path) -> None:
    answer = read(tmp_path, (TEXT + "H4,东").encode()[:-1])
    assert codes(answer) == {"file_cut": [], "row_short": [5]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"\xef\xbb\xbf\r\n,,\r\n", "table_empty"),
        (b"\x00\x01\x02\x03" * 200, "no_text_table"),
        (b"PK\x03\x04abc", "no_text_table"),
        (b"<OGRVRTDataSource/>", "no_text_table"),
        (b'{"type": "FeatureCollection"}', "no_text_table"),
        (b"a,b\n\xff\xff\xff\n", "text_unknown"),
        (TEXT.replace("东沟镇", '"东沟镇').encode(), "quote_open"),
        (TEXT.replace("东沟镇", '"东沟镇').replace("南坡乡", '南坡乡"').encode(), "quote_open"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        read(tmp_path, content)


def test_quotes(tmp_path: Path) -> None:
    text = 'a,b,c\n1,"x, ""y""\n第二行",2\n3,5" 管,4\n'
    answer = read(tmp_path, text.encode())
    assert rows(answer)[1:] == [["1", 'x, "y"\n第二行', "2"], ["3", '5" 管', "4"]]
    assert answer.notes == []


def test_ragged_rows_lose_nothing_and_move_nothing(tmp_path: Path) -> None:
    answer = read(tmp_path, b"t\na,b,c\n1,2,3\n1,2,3,4,5\n1,2\n1,2,3,,\n")
    assert rows(answer)[3:] == [
        ["1", "2", "3", "4", "5"],
        ["1", "2", None, None, None],
        ["1", "2", "3", None, None],
    ]
    assert codes(answer) == {"row_long": [4], "row_short": [5]}


def test_a_separator_said_by_the_file(tmp_path: Path) -> None:
    assert rows(read(tmp_path, b"sep=;\r\na;b,c\r\n1;2,3\r\n")) == [["a", "b,c"], ["1", "2,3"]]


def test_decimal_commas_do_not_separate(tmp_path: Path) -> None:
    assert rows(read(tmp_path, b"id;lon;lat\nA;104,95;25,10\n"))[1] == ["A", "104,95", "25,10"]


def test_what_cannot_be_seen_goes(tmp_path: Path) -> None:
    text = "编号,名称\nP\x0001,\u3000东沟\u00a0\nP\u200b02,\ufeff西沟\u200e\n"
    answer = read(tmp_path, text.encode())
    assert rows(answer)[1:] == [["P01", "东沟"], ["P02", "西沟"]]
    assert codes(answer) == {"control_signs": [2]}


def test_endless_texts_are_cut_and_outlines_are_not(tmp_path: Path) -> None:
    outline = "POLYGON ((" + "1 2, " * 9000 + "1 2))"
    answer = read(tmp_path, f'a,b\n1,{"x" * 40_000}\n2,"{outline}"\n'.encode())
    assert [len(row[1] or "") for row in rows(answer)] == [1, 32_767, len(outline)]
    assert codes(answer) == {"text_cut": [2]}


def test_what_stands_far_below_is_told(tmp_path: Path) -> None:
    answer = read(tmp_path, b"a,b\n1,2\n" + b",\n" * 1500 + b"3,4\n")
    assert [row for row in rows(answer) if any(row)] == [["a", "b"], ["1", "2"]]
    assert codes(answer) == {"far_cells": []}


@pytest.mark.long
def test_more_than_a_million_rows(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="table_long"):
        read(tmp_path, b"a\n" + b"1\n" * 1_000_200)


@pytest.mark.parametrize("text", ["联通", "abc", "东沟村,户数12", "①②③，（一）"])
def test_short_texts_are_not_mistaken(text: str) -> None:
    assert settled(text.encode()).text == text
    if text != "联通":
        assert settled(text.encode("gbk")).text == text


def test_text_in_no_encoding() -> None:
    with pytest.raises(EncodingError):
        settled(b"\xff\xff\xff\xff")
