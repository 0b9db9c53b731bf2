"""Workbooks of papers: each table on a sheet of its own, figures as numbers, days as days."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from layers.text import t
from works.papers.letters import breadth, clean
from works.papers.model import Cell, Col, Heading, Notes, Paper, Say, Sign, Table, Text
from works.papers.setting import HIGH, LEFT, TOP, WIDE, lay
from works.papers.typst_out import sign_parts

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_INCH = 25.4
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\']+")
_NAME_MOST, _TEXT_MOST = 31, 32_000
_PLACES_MOST, _DIGITS_MOST = 6, 15
_NARROWEST, _WIDEST, _TEXT_WIDE, _UPRIGHT = 6, 46, 72, 110
_POINTS = 16.0
_FONTS = {"zh": "宋体", "en": "Times New Roman"}
_FILLS = {
    "met": "#D9F0E8",
    "undetermined": "#FBEBCB",
    "unmet": "#F8DDCB",
    "not_assessed": "#FFFFFF",
    "not_applicable": "#EEEEEE",
}


def xlsx(papers: Sequence[Paper]) -> bytes:
    """Give papers as one workbook; the same papers give the same bytes."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, _OPTIONS)
    first = papers[0]
    about = "; ".join(first.facts.values())
    title = clean(" ".join(first.title) or first.name)[:250]
    book.set_properties({"created": _MOMENT, "title": title, "comments": clean(about)[:250]})
    writer = _Book(book, first.lang)
    for paper in papers:
        writer.paper(paper)
    book.close()
    return memory.getvalue()


class _Book:
    """Writes papers into a workbook."""

    def __init__(self, book: Any, lang: str) -> None:
        self._book, self._lang = book, lang
        self._styles: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._names: set[str] = set()

    def paper(self, paper: Paper) -> None:
        """Write a paper: its tables, then what it says, where it says something."""
        tables = paper.tables
        for place, table in enumerate(tables, 1):
            self._table(paper, table, self._name(paper, table, place, len(tables)))
        if not tables or any(isinstance(one, Say | Text | Heading) for one in paper.each()):
            self._words(paper)

    # ------------------------------------------------------------------ tables

    def _table(self, paper: Paper, table: Table, name: str) -> None:
        columns = table.columns
        widths = [_wide(one, [cells[n] for cells in table.rows]) for n, one in enumerate(columns)]
        sheet = self._sheet(name, paper, turned=lay(table).turned or sum(widths) > _UPRIGHT)
        last = max(len(columns) - 1, 0)
        row = self._top(sheet, paper, table, last)
        for place, column in enumerate(columns):
            sheet.write_string(row, place, _head(column), self._style(kind="head"))
        lines = max((_head(one).count("\n") + 1 for one in columns), default=1)
        sheet.set_row(row, _POINTS * max(lines, 2) + 2)
        sheet.freeze_panes(row + 1, 0)
        sheet.repeat_rows(row)
        for n, cells in enumerate(table.rows, 1):
            strong = table.total and n == 1
            for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
                align = "center" if table.numbered and not place else column.align
                self._cell(sheet, row + n, place, cell, align, strong=strong)
        for place, wide in enumerate(widths):
            sheet.set_column(place, place, wide)
        self._foot(sheet, row + len(table.rows) + 1, paper, last)

    def _top(self, sheet: Any, paper: Paper, table: Table, last: int) -> int:
        """Write what stands above the head; give the row of the head."""
        row = 0
        if paper.attached:
            sheet.write_string(row, 0, clean(paper.attached), self._style(bold=True))
            row += 1
        title = self._style(kind="title")
        for line in paper.title:
            self._across(sheet, row, last, clean(line), title)
            sheet.set_row(row, 28)
            row += 1
        if table.title:
            self._across(sheet, row, last, clean(table.title), self._style(kind="subtitle"))
            row += 1
        meta = [clean(one) for one in paper.meta if one]
        if meta:
            sheet.write_string(row, 0, "　　".join(meta), self._style())
            row += 1
        return row

    def _across(self, sheet: Any, row: int, last: int, text: str, style: Any) -> None:
        """Put a line over the middle of a table without merging cells."""
        sheet.write_string(row, 0, text, style)
        for place in range(1, last + 1):
            sheet.write_blank(row, place, None, style)

    def _cell(
        self, sheet: Any, row: int, place: int, cell: Cell, align: str, *, strong: bool
    ) -> None:
        value = cell.value
        look: dict[str, Any] = {"border": 1, "align": align, "bold": strong}
        if cell.status in _FILLS:
            look["bg_color"] = _FILLS[cell.status]
        if isinstance(value, dt.datetime):
            value = value.date()
        if isinstance(value, dt.date):
            form = 'yyyy"年"m"月"d"日"' if self._lang == "zh" else "d mmm yyyy"
            sheet.write_datetime(row, place, value, self._style(num_format=form, **look))
        elif isinstance(value, int | Decimal) and not isinstance(value, bool) and _holds(value):
            form = _number_form(value, cell.text)
            sheet.write_number(row, place, value, self._style(num_format=form, **look))
        else:
            text = value if isinstance(value, str) else cell.text
            style = self._style(num_format="@", text_wrap=True, **look)
            sheet.write_string(row, place, clean(text, lines=True)[:_TEXT_MOST], style)

    def _foot(self, sheet: Any, row: int, paper: Paper, last: int) -> None:
        blocks = list(paper.each())
        small = self._style(kind="note")
        lead = t("paper.notes", self._lang)
        for notes in (one for one in blocks if isinstance(one, Notes)):
            for n, line in enumerate(one for one in notes.lines if one):
                sheet.write_string(row, 0, clean(line if n else lead + line), small)
                row += 1
        signs = [one for one in blocks if isinstance(one, Sign)]
        if signs and not signs[-1].dated:
            parts = sign_parts(self._lang)
            step = max((last + 1) // len(parts), 1)
            for n, part in enumerate(parts):
                sheet.write_string(row + n // (last + 1), min(n * step, last), part, self._style())

    # ------------------------------------------------------------------ words

    def _words(self, paper: Paper) -> None:
        sheet = self._sheet(self._free(t("paperfile.text_sheet", self._lang)), paper, turned=False)
        sheet.set_column(0, 0, _TEXT_WIDE)
        title = self._style(kind="title")
        for row, (text, style) in enumerate(self._lines(paper, title)):
            told = clean(text)[:_TEXT_MOST]
            sheet.write_string(row, 0, told, style)
            # A spreadsheet does not always make a row as high as its wrapped text.
            lines = -(-breadth(told) * style.font_size // (_TEXT_WIDE * 5.2))
            sheet.set_row(row, 28 if style is title else min(_POINTS * max(1, lines) + 2, 400))

    def _lines(self, paper: Paper, title: Any) -> list[tuple[str, Any]]:
        """Give what a paper says, line by line, each with its look."""
        bold, wrapped = self._style(text_wrap=True, bold=True), self._style(text_wrap=True)
        note = self._style(kind="note", text_wrap=True)
        lines = [(paper.attached, bold)] if paper.attached else []
        lines += [(one, title) for one in paper.title]
        meta = "　　".join(one for one in paper.meta if one)
        lines += [(meta, self._style())] if meta else []
        for block in paper.each():
            match block:
                case Say(label, text):
                    gap = " " if self._lang == "en" and label else ""
                    lines.append((label + gap + text, wrapped))
                case Text(text, strong, small):
                    lines.append((text, note if small else bold if strong else wrapped))
                case Heading(text):
                    lines.append((text, bold))
                case Notes(told):
                    lead = t("paper.notes", self._lang)
                    known = [one for one in told if one]
                    lines += [(one if n else lead + one, note) for n, one in enumerate(known)]
                case Sign(dated) if dated:
                    right = self._style(align="right")
                    lines += [(one, right) for one in dated.split("\n") if one]
                case _:
                    pass
        return lines

    # ------------------------------------------------------------------ sheets and styles

    def _sheet(self, name: str, paper: Paper, *, turned: bool) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(9)
        right, bottom = 210 - LEFT - WIDE, 297 - TOP - HIGH
        edges = (bottom, TOP, LEFT, right) if turned else (LEFT, right, TOP, bottom)
        left, right, top, bottom = (edge / _INCH for edge in edges)
        sheet.set_margins(left=left, right=right, top=top, bottom=bottom)
        if turned:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        mark = clean(paper.mark).replace("&", "&&")
        inch = {"margin": (22 if not turned else 15) / _INCH}
        sheet.set_header(f"&C&K737373{mark}"[:250] if mark else "", inch)
        sheet.set_footer("&C— &P —", {"margin": 22 / _INCH})
        return sheet

    def _name(self, paper: Paper, table: Table, place: int, tables: int) -> str:
        """Name a sheet by its table, else by its paper."""
        wanted = table.title or paper.name
        if not table.title and tables > 1:
            wanted = t("paperfile.sheet", self._lang, n=place)
        return self._free(wanted)

    def _free(self, wanted: str) -> str:
        """Give a name that no sheet has yet, as Excel allows it."""
        base = _NOT_IN_SHEETS.sub(" ", clean(wanted)).strip()[:_NAME_MOST].strip()
        base = base or t("paperfile.sheet", self._lang, n=len(self._names) + 1)
        # Excel keeps this name for itself.
        base = base + "_" if base.lower() == "history" else base
        name, again = base, 1
        while name.lower() in self._names:
            again += 1
            tail = f" ({again})"
            name = base[: _NAME_MOST - len(tail)] + tail
        self._names.add(name.lower())
        return name

    def _style(self, kind: str = "", **look: Any) -> Any:
        own: dict[str, dict[str, Any]] = {
            "": {"valign": "vcenter"},
            "title": {"bold": True, "font_size": 16, "center_across": True, "valign": "vcenter"},
            "subtitle": {"bold": True, "font_size": 12, "center_across": True},
            "head": {
                "bold": True, "bg_color": "#D9D9D9", "border": 1, "text_wrap": True,
                "align": "center", "valign": "vcenter",
            },
            "note": {"font_size": 9, "valign": "vcenter"},
        }  # fmt: skip
        wanted = {"font_name": _FONTS[self._lang], "font_size": 11, **own[kind], **look}
        key = tuple(sorted(wanted.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format(wanted)
        return self._styles[key]


def _head(column: Col) -> str:
    """Give what stands above a column; what it has in common with others comes again."""
    head = clean(column.head, lines=True)
    return f"{clean(column.group)}\n{head}" if column.group else head


def _holds(value: int | Decimal) -> bool:
    """Tell whether a cell can hold a number without changing it."""
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    return len(Decimal(value).as_tuple().digits) <= _DIGITS_MOST


def _number_form(value: int | Decimal, text: str) -> str:
    """Give the number format that prints a value as the paper does."""
    printed = re.fullmatch(r"[+\-−]?\d+(?:\.(\d+))?", text.strip())
    if printed:
        places = len(printed[1] or "")
    else:
        exponent = Decimal(value).as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
    places = min(places, _PLACES_MOST)
    return "0" + ("." + "0" * places if places else "")


def _wide(column: Col, cells: Sequence[Cell]) -> float:
    """Give the width of a column in digits."""
    lines = _head(column).split("\n")
    lines += [line for cell in cells[:400] for line in cell.text.split("\n")]
    longest = max((2 * breadth(line) for line in lines), default=0.0)
    return float(min(max(longest + 2, _NARROWEST), _WIDEST))
