"""Two ways to give a sheet back with its doubts: in the sender's own workbook, or from its rows."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import xlsxwriter
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, Font, PatternFill

from layers.read import Raw
from layers.text import t

LARGEST_BOOK, LARGEST_INFLATED = 4_000_000, 40_000_000
"""Bytes of a workbook, packed and unpacked, up to which its own styles are kept."""
MOST_CELLS = 2_000_000
"""Cells of a sheet that is written anew; above that only the list of doubts is given."""
MOST_COMMENTS, MOST_COLOURED, MOST_LINES = 2_000, 20_000, 50_000
"""A spreadsheet opens thousands of comments slowly; the list beside them names all."""

COLOURS = {"error": "F8CBAD", "warning": "FFE699", "info": "DDEBF7"}
_WIDTHS = (8, 12, 12, 20, 26, 90)
_HEADS = ("no", "severity", "row", "column", "value", "told")
_LONGEST_CELL = 32_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

# ---- What is loaded of a sender's workbook: cells, styles and comments, nothing that is drawn,
# ---- linked, queried or run.
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:sharedStrings|styles)\.xml|xl/theme/[^/]+\.xml|xl/worksheets/[^/]+\.xml"
    r"|xl/worksheets/_rels/[^/]+\.rels|xl/(?:comments/)?comments?\d*\.xml|xl/tables/[^/]+\.xml"
)
_KEPT_LINKS = ("/comments", "/hyperlink", "/table")
_PLAIN_RULE = re.compile(
    r'"[^"]*"|-?[\d.]+|(?:(?:\'[^\'\[\]]+\'|[\w（）]+)!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?'
)
_UNLOADABLE = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, RuntimeError,
    NotImplementedError, RecursionError, ElementTree.ParseError, zipfile.BadZipFile,
)  # fmt: skip
"""What openpyxl raises on a workbook it cannot keep; it has no error of its own for that."""


@dataclass(frozen=True)
class Mark:
    """A doubt at one cell: row of the sheet from 1, column from 0, severity and sentence."""

    row: int
    column: int
    severity: str
    text: str


@dataclass(frozen=True)
class Line:
    """A doubt in the list: severity, row of the sheet (0 for the file), column, value, sentence."""

    severity: str
    row: int
    column: str
    value: str
    text: str


@dataclass(frozen=True)
class Marked:
    """Everything to mark in a file, the rows its heads end at, and how many lines there were."""

    name: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    below: int
    all_lines: int

    def cells(self) -> dict[tuple[int, int], list[Mark]]:
        """Group the marks by row and column, in the order they were made."""
        found: dict[tuple[int, int], list[Mark]] = {}
        for mark in self.marks:
            if len(found) < MOST_COLOURED or (mark.row, mark.column) in found:
                found.setdefault((mark.row, mark.column), []).append(mark)
        return found

    def title(self, lang: str) -> str:
        """Say how much there is to look at."""
        if not self.lines:
            return t("doubts.none", lang, file=self.name)
        told = t("doubts.title", lang, file=self.name, n=self.all_lines)
        if self.all_lines > len(self.lines):
            told += " " + t("doubts.first", lang, n=len(self.lines), all=self.all_lines)
        return told

    def table(self, lang: str) -> list[list[str]]:
        """Give the list as texts, heads first."""
        rows = [[t(f"doubts.head.{head}", lang) for head in _HEADS]]
        for number, line in enumerate(self.lines, 1):
            where = str(line.row) if line.row else t("doubts.whole", lang)
            severity = t(f"severity.{line.severity}", lang)
            rows.append([str(number), severity, where, line.column, line.value, line.text])
        return [[clean(cell) for cell in row] for row in rows]


def clean(text: str) -> str:
    """Leave out signs no workbook may hold, and what passes the length of a cell."""
    return _CONTROL.sub("", text)[:_LONGEST_CELL]


def _severest(marks: Sequence[Mark]) -> str:
    return min((mark.severity for mark in marks), key=list(COLOURS).index)


def _comment_of(marks: Sequence[Mark], lang: str) -> str:
    told = [f"{t(f'severity.{mark.severity}', lang)}：{mark.text}" for mark in marks]
    return clean("\n".join(dict.fromkeys(told)))


# ---------------------------------------------------------------- the sender's own workbook


def from_book(path: Path, sheet: str, marked: Marked, lang: str) -> bytes | None:
    """
    Mark the sender's own workbook, its styles kept.

    Parameters
    ----------
    path
        A copy of the workbook, read in the quarantine before.
    sheet
        The sheet that was read.
    marked, lang
        What to mark, in which language.

    Returns
    -------
    bytes or None
        The workbook; None where it is too large or cannot be kept: then its rows are used.
    """
    try:
        packed = _stripped(path)
        if packed is None:
            return None
        with warnings.catch_warnings():
            # openpyxl warns of parts it does not keep; they were left out before.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(packed, data_only=True, keep_links=False)
            if sheet not in book.sheetnames:
                return None
            _calm(book)
            _mark(book[sheet], marked, lang)
            _listed(book, marked, lang, book.sheetnames.index(sheet) + 1)
            book.active = book.sheetnames.index(sheet)
            memory = io.BytesIO()
            book.save(memory)
    except _UNLOADABLE:
        return None
    return memory.getvalue()


def _stripped(path: Path) -> io.BytesIO | None:
    """Copy the parts that are kept; None when they are too large to load or hold entities."""
    if path.stat().st_size > LARGEST_BOOK:
        return None
    memory = io.BytesIO()
    left = LARGEST_INFLATED
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if not _PARTS.fullmatch(member.filename):
                continue
            with old.open(member) as part:
                content = part.read(left + 1)
            left -= len(content)
            if left < 0 or b"<!" in content.replace(b"<!--", b"") or b"\x00" in content:
                return None
            if member.filename.startswith("xl/worksheets/_rels/"):
                content = _links(content)
            new.writestr(member.filename, content)
    memory.seek(0)
    return memory


def _links(content: bytes) -> bytes:
    """Leave a sheet only its links to comments, tables and addresses."""
    root = ElementTree.fromstring(content)
    for link in list(root):
        if not link.get("Type", "").endswith(_KEPT_LINKS):
            root.remove(link)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _calm(book: Any) -> None:
    """Take out everything that could compute or lead out of the workbook."""
    book.defined_names.clear()
    for sheet in book.worksheets:
        sheet.defined_names.clear()
        sheet.conditional_formatting = ConditionalFormattingList()
        for name in list(sheet.tables):
            del sheet.tables[name]
        rules = sheet.data_validations.dataValidation
        sheet.data_validations.dataValidation = [rule for rule in rules if _is_plain(rule)]
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, MergedCell):
                    continue
                if cell.hyperlink is not None:
                    cell.hyperlink = None
                if cell.data_type == "f":
                    _text(cell, str(cell.value))


def _is_plain(rule: Any) -> bool:
    """Tell whether a drop-down only names words, numbers or cells of the workbook itself."""
    formulas = [one for one in (rule.formula1, rule.formula2) if one not in (None, "")]
    return all(_PLAIN_RULE.fullmatch(str(one).strip()) for one in formulas)


def _text(cell: Cell, text: str) -> None:
    """Write a text as text, whatever sign it begins with."""
    cell.value = "-"
    # Set by value, a text with an equals sign would become a formula.
    cell._value = clean(text)  # type: ignore[attr-defined]
    cell.data_type = "s"


def _mark(sheet: Any, marked: Marked, lang: str) -> None:
    for number, ((row, column), marks) in enumerate(marked.cells().items()):
        cell = _shown(sheet, sheet.cell(row, column + 1))
        cell.fill = PatternFill("solid", fgColor=COLOURS[_severest(marks)])
        if number < MOST_COMMENTS:
            told = _comment_of(marks, lang)
            if cell.comment is not None:
                told = f"{cell.comment.text}\n{told}"
            cell.comment = Comment(told, t("doubts.author", lang), height=120, width=300)


def _shown(sheet: Any, cell: Any) -> Any:
    """Give the cell a person sees: a merged one shows its first cell."""
    if not isinstance(cell, MergedCell):
        return cell
    for box in sheet.merged_cells.ranges:
        if cell.coordinate in box:
            return sheet.cell(box.min_row, box.min_col)
    return cell


def _listed(book: Any, marked: Marked, lang: str, at: int) -> None:
    name = t("ledger.sheet.doubts", lang)
    if name in book.sheetnames:
        # The list of an earlier round is out of date.
        at -= book.sheetnames.index(name) < at
        del book[name]
    sheet = book.create_sheet(name, at)
    sheet.sheet_properties.tabColor = "D55E00"
    _text(sheet.cell(1, 1), marked.title(lang))
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for number, row in enumerate(marked.table(lang)):
        for column, text in enumerate(row):
            cell = sheet.cell(number + 3, column + 1)
            _text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=column == len(row) - 1)
            if number == 0:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor="D9D9D9")
    for column, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(65 + column)].width = width
    sheet.freeze_panes = "A4"


# ---------------------------------------------------------------- from the rows


def from_rows(raw: Raw, marked: Marked, lang: str) -> bytes:
    """
    Write the rows as they were read into a new workbook, every cell a text, and mark it.

    Parameters
    ----------
    raw
        The file as the quarantine gave it.
    marked, lang
        What to mark, in which language.
    """
    memory = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "constant_memory": True}  # fmt: skip
    book = xlsxwriter.Workbook(memory, options)
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    looks = {"": book.add_format({"num_format": "@"})}
    for severity, colour in COLOURS.items():
        looks[severity] = book.add_format({"num_format": "@", "bg_color": f"#{colour}"})
    if raw.table.size <= MOST_CELLS:
        _rows(book, looks, raw, marked, lang)
    _list(book, marked, lang)
    book.close()
    return memory.getvalue()


def _rows(book: Any, looks: dict[str, Any], raw: Raw, marked: Marked, lang: str) -> None:
    sheet = book.add_worksheet(_sheet_name(raw))
    cells = marked.cells()
    noted = set(list(cells)[:MOST_COMMENTS])
    columns = [list(raw.table.iloc[:, n]) for n in range(raw.table.shape[1])]
    lines = zip(*columns, strict=True) if columns else iter(())
    above = [] if raw.grid else [list(raw.table.columns)]
    sheet.set_column(0, max(0, len(columns) - 1), 16, looks[""])
    for number, row in enumerate([*above, *lines], 1):
        for column, value in enumerate(row):
            text = "" if value is None or pd.isna(value) else clean(str(value))
            marks = cells.get((number, column), [])
            look = looks[_severest(marks) if marks else ""]
            if text:
                sheet.write_string(number - 1, column, text, look)
            elif marks:
                sheet.write_blank(number - 1, column, None, look)
            if (number, column) in noted:
                sheet.write_comment(
                    number - 1, column, _comment_of(marks, lang),
                    {"author": t("doubts.author", lang), "x_scale": 2.4, "y_scale": 1.6},
                )  # fmt: skip
    if marked.below:
        sheet.freeze_panes(marked.below, 0)


def _sheet_name(raw: Raw) -> str:
    """Give the sheet the name it had, else that of the file, without signs no sheet may have."""
    stem = raw.sheets[0] if raw.sheets else Path(raw.name).stem
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", stem).strip("' ")[:31] or "1"
    taken = {t("ledger.sheet.doubts", one).casefold() for one in ("zh", "en")} | {"history"}
    return f"{name[:29]}_1" if name.casefold() in taken else name


def _list(book: Any, marked: Marked, lang: str) -> None:
    sheet = book.add_worksheet(t("ledger.sheet.doubts", lang))
    sheet.set_tab_color("#D55E00")
    head = book.add_format({"bold": True, "bg_color": "#D9D9D9", "num_format": "@"})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    title = book.add_format({"bold": True, "font_size": 14})
    sheet.write_string(0, 0, clean(marked.title(lang)), title)
    for number, row in enumerate(marked.table(lang)):
        for column, text in enumerate(row):
            sheet.write_string(number + 2, column, text, wrap if number else head)
    sheet.freeze_panes(3, 0)
