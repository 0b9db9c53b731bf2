"""Cells in house style: one decimal and never up to a goal, 待核实 for unknown, — for nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from layers.text import percent, t
from works.board import Board, Row
from works.figures import STATUSES, blank, exact, number, share_text, text, whole
from works.papers.model import Cell, Col, Value
from works.plans import money_text

NOTHING = "—"
EMPTY = Cell("")
DASH = Cell(NOTHING)
JUDGED = ("met", "undetermined", "unmet")


def word(value: Any) -> Cell:
    """Give text as it is; — where there is none."""
    return Cell(text(value) or NOTHING)


def count(n: int) -> Cell:
    """Give a count; 0 is one too."""
    return Cell(str(n), n)


def amount(value: Any) -> Cell:
    """Give an amount without its unit, which stands in the head or beside it."""
    if blank(value):
        return DASH
    return Cell(number(value), plain_number(exact(value)))


def plain_number(value: Fraction) -> Value:
    """Give a number as a sheet may hold it."""
    if value.denominator == 1:
        return value.numerator
    return Decimal(value.numerator) / Decimal(value.denominator)


def unknown(lang: str) -> Cell:
    """Say that nobody knows yet."""
    return Cell(t("papers.unknown", lang))


def share(row: Row | None, lang: str) -> Cell:
    """
    Give a share in per cent: verified, or verified to highest possible.

    Examples
    --------
    >>> row = {"amount": 404, "met": 323, "unknown": 0, "status": "unmet"}
    >>> share(row, "zh").text, share({**row, "status": "not_assessed"}, "zh").text
    ('79.9', '待核实')
    >>> share(None, "zh").text, share({**row, "unknown": 40}, "zh").text
    ('—', '79.9—89.8')
    """
    if row is None or row["status"] == "not_applicable":
        return DASH
    if row["status"] == "not_assessed":
        return unknown(lang)
    if not exact(row["amount"]):
        return DASH
    shown = share_text(row)
    return Cell(shown, None if NOTHING in shown else Decimal(shown))


def goal(board: Board, row: Row | None, lang: str) -> Cell:
    """Give a goal: in per cent, or an amount where it is a plan's number."""
    shown = NOTHING if row is None else board.goal(row, lang)
    try:
        return Cell(shown, Decimal(shown))
    except ArithmeticError:
        return Cell(shown)


def needed(row: Row | None, lang: str) -> Cell:
    """
    Give what is still needed, without its unit: a range where what is unknown decides.

    Where what is unknown may be enough by itself, it is what is needed if none of it is counted on.

    Examples
    --------
    >>> row = {"needed_low": 0, "needed_high": 24, "status": "undetermined"}
    >>> needed(row, "zh").text, needed({**row, "needed_low": 3}, "zh").text
    ('24', '3—24')
    >>> needed({**row, "needed_high": 0, "status": "met"}, "zh").text
    '—'
    """
    if row is None or row["status"] not in (*JUDGED, "not_assessed"):
        return DASH
    if row["status"] == "not_assessed":
        return unknown(lang)
    low, high = number(row["needed_low"]), number(row["needed_high"])
    if high == "0":
        return DASH
    return Cell(high, plain_number(exact(high))) if low in ("0", high) else Cell(f"{low}—{high}")


def status(row: Row | None, lang: str) -> Cell:
    """Give a verdict: its word and its sign."""
    code = "not_assessed" if row is None else str(row["status"])
    code = code if code in STATUSES else "not_assessed"
    return Cell(t(f"status.{code}.short", lang), status=code)


def score(board: Board, row: Row | None) -> Cell:
    """Give the points of a row ``_all``."""
    shown = NOTHING if row is None else board.score(row)
    return DASH if shown == NOTHING else Cell(shown, Decimal(shown))


def villages_met(row: Row | None) -> Cell:
    """Give how many villages meet a target, of all that are to be judged: ``14/24``."""
    if row is None:
        return DASH
    names = ("villages_met", "villages_unmet", "villages_undetermined", "villages_not_assessed")
    met, *others = (whole(row[name]) for name in names)
    judged = met + sum(others[:2])
    return Cell(f"{met}/{judged + others[2]}") if judged else DASH


def rate(part: int, of: int) -> Cell:
    """Give a rate of villages in per cent; — where there are none."""
    shown = percent(part, of)
    return DASH if shown == NOTHING else Cell(shown, Decimal(shown))


def money(value: Any, currency: str, lang: str) -> Cell:
    """
    Give money for a column whose head says its unit: 万元 with two decimals in Chinese.

    Examples
    --------
    >>> money(72900, "CNY", "zh").text, money(72900, "CNY", "en").text
    ('7.29', '72,900')
    """
    if blank(value):
        return unknown(lang)
    total = exact(value)
    if (currency, lang) == ("CNY", "zh"):
        shown = f"{float(total) / 10_000:.2f}"
        return Cell(shown, Decimal(shown))
    shown = money_text(total, "", lang)
    return Cell(shown, plain_number(total))


def money_unit(currency: str, lang: str) -> str:
    """Give the unit of money for the head of a column."""
    return t("unit.CNY10k", lang) if (currency, lang) == ("CNY", "zh") else currency


def day(value: Any, lang: str) -> Cell:
    """Give a day, a real one for sheets; what is no day stays as it is."""
    try:
        found = dt.date.fromisoformat(text(value))
    except ValueError:
        return word(value)
    if lang != "zh":
        return Cell(f"{found.day} {found:%b} {found.year}", found)
    return Cell(f"{found.year}年{found.month}月{found.day}日", found)


def short_day(value: Any, near: dt.date, lang: str) -> Cell:
    """Give a day without its year where that is the year of another one."""
    shown = day(value, lang)
    if not isinstance(shown.value, dt.date) or shown.value.year != near.year:
        return shown
    found = shown.value
    return Cell(
        f"{found.month}月{found.day}日" if lang == "zh" else f"{found.day} {found:%b}", found
    )


def number_col(head: str, wide: float = 1.0, group: str = "") -> Col:
    """Make a column of figures."""
    return Col(head, wide, "right", group)


def order_col(lang: str) -> Col:
    """Make the column 序号, which stands first."""
    return Col(t("head.row_no", lang), 0.75, "center")


def points(value: Any) -> Cell:
    """Give points printed before; — where there are none."""
    return DASH if blank(value) or value == NOTHING else Cell(str(value), Decimal(str(value)))


def part(size: Fraction, of: Fraction) -> Cell:
    """Give what part of a whole something is, in per cent."""
    shown = percent(size, of)
    return DASH if shown == NOTHING else Cell(shown, Decimal(shown))


def money_exact(total: Fraction, currency: str, lang: str) -> Cell:
    """Give money as :func:`money` prints it; a sheet holds it exactly, so that sums are sums."""
    scale = 10_000 if (currency, lang) == ("CNY", "zh") else 1
    return Cell(money(total, currency, lang).text, plain_number(total / scale))


def money_sum(total: Fraction, unit: str, lang: str) -> Cell:
    """Give a sum of cells of :func:`money_exact`, whose head says their unit."""
    myriad = unit == t("unit.CNY10k", lang) and lang == "zh"
    return Cell(
        f"{float(total):.2f}" if myriad else money_text(total, "", lang), plain_number(total)
    )
