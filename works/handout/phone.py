"""The workbook a work team opens on a phone: nine columns, large letters, choices to tap."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from layers.text import t
from layers.work_form import HandOut, Item
from works.handout.columns import state_word, what_to_do, where_of
from works.handout.look import Look
from works.handout.waypoints import xml_text
from works.tasks.life import states

HEADS = (
    "handout.head.work_no", "handout.phone.subject_name", "handout.phone.where",
    "handout.phone.reason", "handout.phone.what", "handout.phone.due", "handout.head.state",
    "handout.head.done_on", "handout.head.note",
)  # fmt: skip
WIDTHS = (18, 15, 21, 32, 24, 12.5, 17, 12.5, 22)
"""Of the columns, in digits: together as wide as a page of A4 on its side."""
STATE, DAY, NOTE = 6, 7, 8
TOP = 4
"""Rows above the head: title, numbers, receiver, how to fill in."""
SPARE_ROWS = 200
"""Rows below the list whose cells offer the choices too: teams insert and copy rows."""
ROW, LINE = 30.0, 19.5
"""Points: the lowest row, which a finger still hits, and one more line."""
_FONT = "宋体"
_MARK = {"done": "#DDF0E7", "in_progress": "#FDF1D8", "not_feasible": "#F9E0D5",
         "disputed": "#F9E0D5"}  # fmt: skip


def phone_bytes(items: Sequence[Item], handed: HandOut, look: Look, lang: str) -> bytes:
    """
    Give a list as a workbook for the phone.

    Parameters
    ----------
    items
        In the order of the list.
    handed
        Its number, title, receiver and due date.
    look
        Project and day of the data, for the line below the title.
    lang
        Language of heads and choices.

    Returns
    -------
    bytes
        An XLSX file: one sheet, text as text, no formula, A4 on its side, one page wide.
    """
    memory = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "nan_inf_to_errors": True}  # fmt: skip
    book = xlsxwriter.Workbook(memory, options)
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    sheet = book.add_worksheet(t("handout.title", lang)[:31])
    styles = _styles(book)
    _above(sheet, styles, handed, look, lang)
    for column, key in enumerate(HEADS):
        sheet.write_string(TOP, column, t(key, lang), styles["head"])
        sheet.set_column(column, column, WIDTHS[column], styles["blank"])
    sheet.set_row(TOP, 30)
    for number, item in enumerate(items, TOP + 1):
        _row(sheet, styles, number, item, handed, lang)
    _choices(sheet, book, TOP + 1, max(TOP + len(items), TOP + 1) + SPARE_ROWS, lang)
    _page(sheet, handed, look, len(items))
    book.close()
    return memory.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    cell = {"font_name": _FONT, "font_size": 14, "border": 1, "valign": "vcenter",
            "text_wrap": True}  # fmt: skip
    fill = cell | {"bg_color": "#FFFBEA"}
    plain = {"font_name": _FONT, "font_size": 13, "valign": "vcenter"}
    given = {
        "title": plain | {"font_size": 20, "bold": True},
        "small": plain | {"font_size": 12, "font_color": "#333333"},
        "label": plain | {"align": "right"},
        "key": plain | {"bold": True, "num_format": "@"},
        "open": fill | {"num_format": "@"},
        "head": cell | {"bold": True, "bg_color": "#D9D9D9", "align": "center"},
        "text": cell | {"num_format": "@"},
        "no": cell | {"num_format": "@", "bold": True},
        "day": cell | {"num_format": "yyyy-mm-dd", "align": "center"},
        "fill": fill | {"num_format": "@"},
        "fill_day": fill | {"num_format": "yyyy-mm-dd", "align": "center"},
        "blank": {"font_name": _FONT, "font_size": 14, "num_format": "@"},
    }
    return {name: book.add_format(form) for name, form in given.items()}


def _above(sheet: Any, styles: Any, handed: HandOut, look: Look, lang: str) -> None:
    """Write what stands above the table: whose list it is, and where to say who filled it in."""
    sheet.write_string(0, 0, handed.title or t("handout.title", lang), styles["title"])
    sheet.set_row(0, 32)
    cells = (
        (1, 0, "handout.head.list_no", handed.list_no or t("handout.preview", lang), "key"),
        (1, 3, "handout.head.filled_by", "", "open"),
        (1, 5, "handout.phone.due", handed.due, "key"),
    )
    for row, column, key, text, style in cells:
        sheet.write_string(row, column, t(key, lang), styles["label" if column else "small"])
        if text:
            sheet.write_string(row, column + 1, text, styles[style])
        else:
            sheet.write_blank(row, column + 1, None, styles[style])
    told = t("handout.phone.of", lang, project=look.project, day=look.as_of.isoformat())
    if handed.receiver:
        told = t("handout.phone.to", lang, receiver=handed.receiver) + told
    sheet.write_string(2, 0, told, styles["small"])
    sheet.write_string(3, 0, t("handout.phone.howto", lang), styles["small"])
    for row in (1, 2, 3):
        sheet.set_row(row, 24)


def _row(sheet: Any, styles: Any, number: int, item: Item, handed: HandOut, lang: str) -> None:
    reason = item[f"reason_{lang}"] or item["reason_zh"]
    texts = (item["work_no"], item["subject_name"], where_of(item), reason, what_to_do(item, lang))
    for column, text in enumerate(texts):
        _text(sheet, number, column, text, styles["no" if column == 0 else "text"])
    told = {**dict(enumerate(texts)), NOTE: item["note"]}
    lines = max(_lines(str(text), WIDTHS[column]) for column, text in told.items() if text)
    sheet.set_row(number, max(ROW, lines * LINE + 8))
    _day(sheet, number, 5, item["due"] or handed.due, styles["day"])
    _text(sheet, number, STATE, state_word(item["state"], lang), styles["fill"])
    _day(sheet, number, DAY, item["done_on"], styles["fill_day"])
    _text(sheet, number, NOTE, item["note"], styles["fill"])


def _lines(text: str, width: float) -> int:
    """Tell in how many lines a text stands: a row of a new file is as high as it says."""
    room = width * 7 - 8
    pieces = (sum(19.0 if ord(sign) > 0x2E7F else 10.0 for sign in one) for one in text.split("\n"))
    return sum(max(1, math.ceil(wide / room)) for wide in pieces)


def _text(sheet: Any, row: int, column: int, text: str | None, style: Any) -> None:
    if text:
        sheet.write_string(row, column, xml_text(text), style)
    else:
        sheet.write_blank(row, column, None, style)


def _day(sheet: Any, row: int, column: int, text: str | None, style: Any) -> None:
    """Write a day as a day, so that a phone offers a calendar; what is none as text."""
    try:
        sheet.write_datetime(row, column, dt.date.fromisoformat(text or ""), style)
    except ValueError:
        _text(sheet, row, column, text, style)


def _choices(sheet: Any, book: Any, first: int, last: int, lang: str) -> None:
    """Offer the states a team may say, colour what was said, and ask for real days."""
    words = {key: t(f"state.{key}", lang) for key, one in states().items() if one.field}
    sheet.data_validation(first, STATE, last, STATE, {
        "validate": "list", "source": list(words.values()), "ignore_blank": True,
        "input_title": t("handout.phone.pick", lang)[:32],
        "input_message": t("handout.phone.pick_more", lang)[:255],
        # A warning, not a wall: what is typed in other words is understood when it comes back.
        "error_type": "warning", "error_message": t("handout.phone.pick", lang),
    })  # fmt: skip
    sheet.data_validation(first, DAY, last, DAY, {
        "validate": "date", "criteria": ">", "value": dt.date(2000, 1, 1), "ignore_blank": True,
        "error_type": "warning", "error_message": t("handout.phone.day", lang),
    })  # fmt: skip
    for key, colour in _MARK.items():
        sheet.conditional_format(first, STATE, last, STATE, {
            "type": "cell", "criteria": "==", "value": f'"{words[key]}"',
            "format": book.add_format({"bg_color": colour}),
        })  # fmt: skip


def _page(sheet: Any, handed: HandOut, look: Look, rows: int) -> None:
    sheet.freeze_panes(TOP + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(TOP)
    sheet.print_area(0, 0, TOP + max(rows, 1), len(HEADS) - 1)
    # An ampersand begins a code in a foot line; two stand for one.
    foot = f"{look.project}  {handed.list_no}".replace("&", "&&")
    sheet.set_footer(f"&L{foot}&R&P / &N")
