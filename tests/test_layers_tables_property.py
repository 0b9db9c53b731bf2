"""Generated ledgers: whatever their heads, forms and encodings, the values come back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pandas as pd
from hand import often
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.findings import Finding
from layers.reading import books, sheets
from layers.reading.answer import Answer
from layers.schema import Column, Layer, schema
from layers.sheet.heads import cut
from layers.sheet.totals import drop_totals
from layers.source import Options
from layers.table import PLACED, cast, match_heads
from layers.text import plain

LAYERS = ("villages", "households", "toilets", "facilities", "streetlights", "roads")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk")
SEPARATORS = (",", ";", "\t", "|")
WORDS = ("东沟", "石桥湾", "南坡", "北塬", "王某某", "李某某", "第一组", "大柳树", "H001", "a b")
TITLES = (["某县情况登记台账"], ["某县情况登记台账", "填报时间：2023年6月"])
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDE = {code - 0xFEE0: code for code in range(0xFF10, 0xFF1A)}


@dataclass(repr=False)
class Ledger:
    layer: Layer
    columns: list[Column]
    heads: list[str]
    values: list[list[Any]]
    written: list[list[Any]]
    titles: list[str]
    total: str | None

    def __repr__(self) -> str:
        return "\n".join(map(str, [self.layer.name, *lines_of(self)]))


def forms_of(column: Column) -> list[str]:
    if column.unit == "share":
        return ["percent", "wide percent", "share", "hundred", "comma"]
    return {
        "integer": ["plain", "thousands", "wide", "point"],
        "number": ["plain", "thousands", "wide", "comma"],
        "date": ["-", "/", ".", "年", "compact", "serial", "wide 年", "named"],
    }.get(column.type, ["plain"])


def values_of(column: Column) -> st.SearchStrategy[Any]:
    if column.unit == "share":
        return st.sampled_from([0.0, 0.02, 0.125, 0.5, 0.85, 0.99])
    if column.type in ("choice", "boolean"):
        return st.sampled_from(sorted(column.words))
    if column.type == "choices":
        return st.sampled_from(sorted(column.words))
    if column.unit == "year":
        return st.integers(1950, 2030)
    return {
        "text": st.sampled_from(WORDS),
        "integer": st.integers(0, 99_999),
        "number": st.integers(1, 999_999).map(lambda n: n / 100),
        "date": st.dates(dt.date(1995, 1, 1), dt.date(2049, 12, 31)),
    }[column.type]


def written_as(value: Any, form: str, column: Column, word: int) -> str:
    if column.type in ("choice", "choices", "boolean"):
        said = [one for one in (value, *column.words[value]) if column.codes[plain(one)] == value]
        return said[word % len(said)]
    if column.unit == "share":
        hundred = f"{value * 100:g}"
        return {
            "percent": hundred + "%",
            "wide percent": hundred.translate(WIDE) + " ％",
            "share": str(value),
            "hundred": hundred,
            "comma": str(value).replace(".", ","),
        }[form]
    if column.type == "date":
        numbers = f"{value.year}年{value.month}月{value.day}日"
        return {
            "年": numbers,
            "wide 年": numbers.translate(WIDE),
            "compact": f"{value:%Y%m%d}",
            "serial": str((value - dt.date(1899, 12, 30)).days),
            "-": value.isoformat(),
            "named": f"{value.day} {MONTHS[value.month - 1]} {value.year}",
        }.get(form) or f"{value.year}{form}{value.month}{form}{value.day}"
    if column.type == "integer":
        big = f"{value:,}" if column.unit != "year" else str(value)
        return {
            "plain": str(value),
            "thousands": big,
            "wide": str(value).translate(WIDE),
            "point": f"{value}.0",
        }[form]
    if column.type == "number":
        return {
            "plain": f"{value:.2f}",
            "thousands": f"{value:,.2f}",
            "comma": f"{value:.2f}".replace(".", ","),
            "wide": f"{value:.2f}".translate(WIDE),
        }[form]
    return str(value)


def usable(layer: Layer) -> list[Column]:
    return [
        column
        for column in layer.columns.values()
        if column.name not in (*PLACED, "row_no")
        and column.type != "datetime"
        and not column.open
        and (column.zh or column.en)
        and (column.type not in ("choice", "choices", "boolean") or column.words)
    ]


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    layer = schema(draw(st.sampled_from(LAYERS)))
    every = usable(layer)
    columns = draw(
        st.lists(st.sampled_from(every), min_size=3, max_size=8, unique_by=lambda c: c.name)
    )
    # A place stands first, as in every ledger: lines of totals write their word there.
    first = layer.columns["township"]
    columns = [first, *[c for c in columns if c.name != first.name]]
    heads = []
    for column in columns:
        names = [h for h in (*column.zh, *column.en) if layer.aliases[plain(h)] == column.name]
        heads.append(draw(st.sampled_from(names or [column.name])))
    count = draw(st.integers(2, 6))
    forms = [draw(st.sampled_from(forms_of(column))) for column in columns]
    values, written = [], []
    for _ in range(count):
        row = [
            draw(st.sampled_from(WORDS)) if n == 0 else draw(st.none() | values_of(column))
            for n, column in enumerate(columns)
        ]
        values.append(row)
        written.append(
            [
                None if value is None else written_as(value, form, column, draw(st.integers(0, 9)))
                for value, form, column in zip(row, forms, columns, strict=True)
            ]
        )
    titles = list(draw(st.sampled_from([[], *TITLES])))
    total = draw(st.sampled_from([None, "合计", "合  计", "全县总计：", "Total"]))
    return Ledger(layer, columns, heads, values, written, titles, total)


def lines_of(ledger: Ledger) -> list[list[Any]]:
    width = len(ledger.heads)
    above = [[title, *[None] * (width - 1)] for title in ledger.titles]
    below = [[ledger.total, *[None] * (width - 1)]] if ledger.total else []
    return [*above, list(ledger.heads), *ledger.written, *below]


def as_csv(ledger: Ledger, folder: Path, encoding: str, separator: str) -> Answer:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(lines_of(ledger))
    said = text.getvalue()
    # Some marks, such as a heavy tick, are not in the older Chinese encoding.
    missing = encoding == "gbk" and "?" in said.encode("gbk", "replace").decode("gbk")
    (folder / "t.csv").write_bytes(said.encode("gb18030" if missing else encoding))
    return sheets.read(folder, folder / "t.csv", {})


def as_xlsx(ledger: Ledger, folder: Path, *, native: bool) -> Answer:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines_of(ledger):
        sheet.append(line)
    if native:
        top = len(ledger.titles) + 2
        for down, row in enumerate(ledger.values):
            for right, (value, column) in enumerate(zip(row, ledger.columns, strict=True)):
                if value is not None and column.type in ("integer", "number", "date"):
                    cell = sheet.cell(top + down, right + 1, value)
                    if column.unit == "share":
                        cell.number_format = "0.0%"
    if ledger.titles:
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(ledger.heads))
    book.save(folder / "t.xlsx")
    return books.read(folder, folder / "t.xlsx", {})


def check(ledger: Ledger, answer: Answer) -> None:
    assert answer.table is not None
    found = cut(answer.table.to_pandas(), "t", ledger.layer, (), answer.facts.get("merged", ()))
    heads = match_heads(list(found.table.columns), ledger.layer, Options())
    kept, told = drop_totals(found.table, heads, ledger.layer)
    assert len(found.table) == len(kept) + sum(len(one.rows) for one in told)
    told = [*told, *found.notes]
    fields = [field for head in found.table.columns if (field := heads.get(head))]
    assert fields == [column.name for column in ledger.columns]
    for n, column in enumerate(ledger.columns):
        head = next(head for head, field in heads.items() if field == column.name)
        values, _, doubts = cast(kept[head], column, ledger.layer.name)
        told += doubts
        wanted = [row[n] for row in ledger.values]
        read = values.tolist()
        for want, have in zip(wanted, read, strict=True):
            same(want, have, column)
    wrong: list[Finding] = [f for f in told if f.severity == "warning"]
    expected = {"total_row_skipped"} if ledger.total else set()
    expected |= {"titles_above"} if ledger.titles else set()
    assert {one.code for one in wrong} == expected, wrong
    assert len(found.titles) == len(ledger.titles)


def same(want: Any, have: Any, column: Column) -> None:
    if want is None:
        assert pd.isna(have), (column.name, have)
    elif column.type == "boolean":
        assert have is (want == "true")
    elif column.type == "date":
        assert pd.Timestamp(want) == have
    elif column.type == "number":
        assert abs(have - want) < 1e-9, (column.name, want, have)
    else:
        assert have == want, (column.name, want, have)


@settings(max_examples=often(30, 300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers(), st.sampled_from(ENCODINGS), st.sampled_from(SEPARATORS))
def test_a_text_table_gives_its_values_back(ledger: Ledger, encoding: str, separator: str) -> None:
    with TemporaryDirectory() as folder:
        check(ledger, as_csv(ledger, Path(folder), encoding, separator))


@settings(max_examples=often(12, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers(), st.booleans())
def test_a_workbook_gives_its_values_back(ledger: Ledger, native: bool) -> None:
    with TemporaryDirectory() as folder:
        check(ledger, as_xlsx(ledger, Path(folder), native=native))
