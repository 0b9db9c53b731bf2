"""The sheets of a blank ledger: heads, one example, framed rows, drop-downs, and what all means."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from layers.findings import layer_title
from layers.schema import Column, Layer
from layers.sheet.ledgers import between, columns_of, example_of, head_of, label_of, ledgers
from layers.text import t

LONGEST_LIST = 255
"""Signs a drop-down may hold in itself; longer ones, or words with commas, stand on a sheet."""
_TITLE, _PROMPT = 32, 255
_WHOLE, _DECIMAL = ("integer",), ("number",)
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "integer": "0"}


@dataclass(frozen=True)
class Blank:
    """
    One ledger to hand out.

    Attributes
    ----------
    layer, lang
        What it lists, and the language of its heads.
    placed
        Whether it asks for longitude and latitude.
    rows
        Rows it comes with, column to cell.
    places
        Township, name and id of the villages it may name.
    kept
        The villages' own positions stay, so none are asked.
    """

    layer: Layer
    lang: str
    placed: bool = True
    rows: Sequence[Mapping[str, Any]] = ()
    places: Sequence[tuple[str, str, str]] = ()
    kept: bool = False

    @property
    def columns(self) -> list[Column]:
        """Give its columns in their order."""
        return columns_of(self.layer, placed=self.placed)

    def choices(self, column: Column) -> list[str]:
        """Give the words of a column's drop-down, none where anything may be written."""
        at = {"township": 0, "village": 1, "village_id": 2}.get(column.name)
        if at is not None:
            return list(dict.fromkeys(place[at] for place in self.places if place[at]))
        codes = list(column.words)
        return list(dict.fromkeys(label_of(column, code, self.lang) for code in codes))


@dataclass
class _Book:
    """A workbook in the making, its styles, and the lists its drop-downs point to."""

    book: Any
    lang: str
    lists: dict[str, list[str]] = field(default_factory=dict)
    styles: dict[tuple[str, str], Any] = field(default_factory=dict)

    def style(self, kind: str, number: str = "General") -> Any:
        key = (kind, number)
        if key not in self.styles:
            looks: dict[str, dict[str, Any]] = {
                "head": {"bold": True, "bg_color": "#D9D9D9", "border": 1, "text_wrap": True,
                         "align": "center", "valign": "vcenter"},
                "needed": {"bold": True, "bg_color": "#BFBFBF", "border": 1, "text_wrap": True,
                           "align": "center", "valign": "vcenter", "underline": 1},
                "example": {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2",
                            "border": 1, "valign": "vcenter"},
                "cell": {"border": 1, "valign": "vcenter"},
                "open": {},
                "wrap": {"border": 1, "valign": "top", "text_wrap": True},
                "title": {"bold": True, "font_size": 14},
                "line": {"text_wrap": False},
            }  # fmt: skip
            self.styles[key] = self.book.add_format({**looks[kind], "num_format": number})
        return self.styles[key]


def ledger_bytes(blank: Blank) -> bytes:
    """
    Give a blank ledger as a workbook.

    Returns
    -------
    bytes
        An XLSX file: the ledger, how to fill it in, the villages, and a hidden sheet of long
        lists. No cell holds a formula; texts and codes stand in cells kept as text.
    """
    memory = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(memory, options)
    # The same project gives the same bytes: no hour of making is written into the file.
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    made = _Book(book, blank.lang)
    sheet = book.add_worksheet(layer_title(blank.layer.name, blank.lang).replace("/", "_")[:31])
    _ledger(made, sheet, blank)
    _guide(made, blank)
    if blank.places:
        _places(made, blank)
    if made.lists:
        _lists(made)
    sheet.activate()
    book.close()
    return memory.getvalue()


# ---------------------------------------------------------------- the ledger itself


def number_format(column: Column) -> str:
    """Give the format of a column's cells; text keeps codes, groups and dates as they are typed."""
    if column.type in ("text", "choice", "choices", "boolean"):
        return "@"
    return _FORMATS.get(column.type, "General")


def _ledger(made: _Book, sheet: Any, blank: Blank) -> None:
    columns, last = blank.columns, ledgers().checked_rows
    for at, column in enumerate(columns):
        form = number_format(column)
        head = head_of(column, blank.layer, blank.lang)
        wide = sum(2 if ord(sign) > 0x2E80 else 1 for sign in head)
        sheet.set_column(at, at, max(10, min(26, wide + 4)), made.style("open", form))
        sheet.write_string(0, at, head, made.style("needed" if column.required else "head"))
        _write(sheet, 1, at, example_of(column, blank.lang), column, made.style("example", form))
        cell = made.style("cell", form)
        for number, row in enumerate(blank.rows, 2):
            _write(sheet, number, at, row.get(column.name), column, cell)
        for number in range(len(blank.rows) + 2, len(blank.rows) + 2 + ledgers().framed_rows):
            sheet.write_blank(number, at, None, cell)
        rule = _rule(made, column, blank)
        if rule:
            sheet.data_validation(1, at, max(last, len(blank.rows) + 2), at, rule)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(sheet: Any, row: int, at: int, value: Any, column: Column, style: Any) -> None:
    """Write a cell by its column's type: numbers and dates as such, everything else as text."""
    if value is None or value == "":
        sheet.write_blank(row, at, None, style)
    elif column.type in (*_WHOLE, *_DECIMAL):
        sheet.write_number(row, at, float(value), style)
    elif column.type in ("date", "datetime"):
        day = value if isinstance(value, dt.date) else dt.datetime.fromisoformat(str(value))
        sheet.write_datetime(row, at, day, style)
    else:
        sheet.write_string(row, at, str(value), style)


def _rule(made: _Book, column: Column, blank: Blank) -> dict[str, Any] | None:
    """Give the rule of a column's cells: a drop-down or a range, with what is said when broken."""
    lang = made.lang
    rule: dict[str, Any] = {"error_title": t("ledger.wrong", lang)[:_TITLE]}
    words = blank.choices(column)
    if words:
        rule |= {"validate": "list", "source": _source(made, column, words)}
        if column.type == "choices":
            # Several words may stand in one cell, which a drop-down cannot say.
            rule |= {"show_error": False}
        elif column.open:
            rule |= {"error_type": "warning", "error_message": t("ledger.wrong.open", lang)}
        else:
            rule |= {"error_message": t("ledger.wrong.list", lang)}
    elif column.type in ("integer", "number", "date", "datetime"):
        rule |= _range(column, lang)
    else:
        return None
    about = about_of(column, blank.layer, lang)
    if about:
        head = head_of(column, blank.layer, lang)
        rule |= {"input_title": head[:_TITLE], "input_message": about[:_PROMPT]}
    return rule


def _range(column: Column, lang: str) -> dict[str, Any]:
    low, high = between(column)
    if column.type in ("date", "datetime"):
        ends = [dt.date.fromisoformat(str(end)) for end in (low, high)]
        told = t("ledger.wrong.date", lang)
        return {"validate": "date", "criteria": "between", "minimum": ends[0], "maximum": ends[1],
                "error_message": told}  # fmt: skip
    kind = "integer" if column.type in _WHOLE else "decimal"
    told = t(f"ledger.wrong.{kind}", lang, low=low, high=high)
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high,
            "error_message": told}  # fmt: skip


def _source(made: _Book, column: Column, words: list[str]) -> Any:
    """Give the words themselves, or where they stand on the hidden sheet."""
    if len(",".join(words)) <= LONGEST_LIST and not any("," in word for word in words):
        return words
    made.lists[column.name] = words
    letters = xlsxwriter.utility.xl_col_to_name(list(made.lists).index(column.name), col_abs=True)
    name = t("ledger.sheet.lists", made.lang)
    return f"='{name}'!{letters}$1:{letters}${len(words)}"


# ---------------------------------------------------------------- the sheets beside it


def about_of(column: Column, layer: Layer, lang: str) -> str:
    """Say what a column means to the person who fills it in, '' where its head says all."""
    for key in (f"about.{layer.name}.{column.name}", f"about.{column.name}"):
        told = t(key, lang)
        if told != key:
            return told
    return column.description if lang == "en" else ""


def _guide(made: _Book, blank: Blank) -> None:
    """Write what every column means, its unit and words, what a blank says, who is counted."""
    lang, layer = made.lang, blank.layer
    sheet = made.book.add_worksheet(t("ledger.sheet.guide", lang))
    title = layer_title(layer.name, lang)
    sheet.write_string(0, 0, t("guide.title", lang, layer=title), made.style("title"))
    at = 1
    for line in _rules(blank):
        sheet.write_string(at, 0, line, made.style("line"))
        at += 1
    at += 1
    heads = ("column", "needed", "what", "unit", "words", "blank", "about")
    for position, head in enumerate(heads):
        sheet.write_string(at, position, t(f"guide.head.{head}", lang), made.style("head"))
        sheet.set_column(position, position, (22, 10, 26, 8, 52, 18, 60)[position])
    for number, column in enumerate(blank.columns, at + 1):
        for position, text in enumerate(_told(column, blank)):
            sheet.write_string(number, position, text, made.style("wrap"))
    sheet.freeze_panes(at + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _rules(blank: Blank) -> list[str]:
    names = ["rows", "example", "id", "private"]
    columns = {column.name for column in blank.columns}
    if "lon" in columns:
        names.append("place")
    if blank.kept:
        names.append("outline")
    elif "point" not in blank.layer.geometry and blank.layer.geometry != ("none",):
        names.append("shape")
    if any(column.unit == "share" for column in blank.columns):
        names.append("percent")
    lines = [t(f"guide.rule.{name}", blank.lang) for name in names]
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    key = f"guide.who.{blank.layer.name}"
    who = t(key, blank.lang)
    return numbered if who == key else [*numbered, t("guide.who", blank.lang) + who]


def _told(column: Column, blank: Blank) -> tuple[str, ...]:
    lang = blank.lang
    words = blank.choices(column)
    kind = "choice" if words and column.type == "text" else column.type
    what = t(f"guide.type.{kind}", lang) + (t("guide.open", lang) if column.open else "")
    unit = "" if column.unit in ("", "share", "year") else t(f"unit.{column.unit}", lang)
    listed = words if column.type != "text" else []
    meaning = "needed" if column.required else column.blank
    return (
        head_of(column, blank.layer, lang),
        t("guide.yes" if column.required else "guide.no", lang),
        what,
        unit,
        ("、" if lang == "zh" else ", ").join(listed),
        t(f"guide.blank.{meaning}", lang),
        about_of(column, blank.layer, lang),
    )


def _places(made: _Book, blank: Blank) -> None:
    """Write the villages with their codes, so that a code can be looked up."""
    sheet = made.book.add_worksheet(t("ledger.sheet.places", made.lang))
    for at, head in enumerate(("township", "village", "id")):
        sheet.write_string(0, at, t(f"ledger.places.{head}", made.lang), made.style("head"))
        sheet.set_column(at, at, 20)
        for number, place in enumerate(blank.places, 1):
            sheet.write_string(number, at, place[at], made.style("cell", "@"))
    sheet.freeze_panes(1, 0)


def _lists(made: _Book) -> None:
    sheet = made.book.add_worksheet(t("ledger.sheet.lists", made.lang))
    for at, words in enumerate(made.lists.values()):
        for number, word in enumerate(words):
            sheet.write_string(number, at, word)
    # Hidden so that only a program shows it: a sheet a person hid might hold data.
    sheet.very_hidden()
