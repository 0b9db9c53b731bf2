"""Figures people read: symbols, low-high bars, shares and amounts as words.

The page, the map and the report draw from here, so that one number never comes from two places.
Everything returned as HTML is built from numbers, our own words and :func:`layers.escape.esc`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from layers.escape import esc
from layers.facts import words
from layers.text import percent, t

STATUSES = ("met", "undetermined", "unmet", "not_assessed", "not_applicable", "reported")
PLAIN = STATUSES[3:]
"""What is neither met nor open."""
FONT = (
    '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",'
    '"WenQuanYi Micro Hei",sans-serif'
)

# Shape and sign say the status without its colour. Drawn on a 20 x 20 field around 0, 0.
_SHAPES = {
    "met": '<circle r="8.2" fill="#009E73"/>'
    '<path d="M-4 .2-1.2 3 4-2.8" fill="none" stroke="#fff" stroke-width="2.2"/>',
    "undetermined": '<path d="M0-9.8 9.8 0 0 9.8-9.8 0Z" fill="#E69F00"/>'
    '<path d="M-2.5-2.2a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.7v.2" fill="none"'
    ' stroke="#1A2430" stroke-width="1.7"/><circle cy="4.5" r="1.2" fill="#1A2430"/>',
    "unmet": '<path d="M-8-8H8V8H-8Z" fill="#D55E00"/>'
    '<path d="M-3.6-3.6 3.6 3.6M3.6-3.6-3.6 3.6" stroke="#fff" stroke-width="2.2"/>',
    "not_assessed": '<path d="M-7.5-7.5H7.5V7.5H-7.5Z" fill="#fff" stroke="#4F5B67"'
    ' stroke-width="1.4"/><path d="M-7.5 0 0-7.5M-7.5 7.5 7.5-7.5M0 7.5 7.5 0" stroke="#8A949E"'
    ' stroke-width="1.1"/>',
    "not_applicable": '<circle r="8" fill="#E6E9EC" stroke="#8A949E" stroke-width="1"/>'
    '<path d="M-3.8 0h7.6" stroke="#4F5B67" stroke-width="1.8"/>',
    "reported": '<circle r="7.4" fill="#fff" stroke="#1F4E79" stroke-width="1.8"/>'
    '<circle r="2.6" fill="#1F4E79"/>',
}


def _picture(shape: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 20 20">{shape}</svg>'


FIGURE_CSS = """
.vf-lh{position:relative;height:20px;min-width:60px}
.vf-lh i{position:absolute;top:50%;transform:translateY(-50%);display:block;
 -webkit-print-color-adjust:exact;print-color-adjust:exact}
.vf-lh .t{left:0;right:0;height:1px;background:#C9D0D6}
.vf-lh .m{left:0;height:14px;background:#009E73}.vf-lh .u{height:8px;background:#E69F00}
.vf-lh .x{height:4px;background:#D55E00}
.vf-lh .g{width:2px;height:20px;background:#1A2430;margin-left:-1px;outline:1px solid #fff}
.vf-lh .h{left:0;right:0;height:14px;border:1px solid #8A949E;box-sizing:border-box;
 background:repeating-linear-gradient(135deg,#fff 0 3px,#A3ACB5 3px 4px)}
.vf-key{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12px;color:#4F5B67;align-items:center}
.vf-key span{display:inline-flex;gap:6px;align-items:center}.vf-key i{display:inline-block;
 width:22px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.vf-key .k1{height:14px;background:#009E73}.vf-key .k2{height:8px;background:#E69F00}
.vf-key .k3{height:4px;background:#D55E00}.vf-key i.k4{width:2px;height:18px;background:#1A2430}
.vf-s{width:18px;height:18px;overflow:visible;vertical-align:-4px;flex:none}
"""


SIGN_CSS = ".vf-i{display:inline-block;flex:none;vertical-align:-3px}" + "".join(
    f'.vf-{name}{{background:url("data:image/svg+xml,{quote(_picture(shape))}") center/contain'
    " no-repeat;-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    for name, shape in _SHAPES.items()
)


def shape(status: str) -> str:
    """Give what a status's symbol is drawn of, on a field of 20 x 20 around 0, 0."""
    return _SHAPES.get(status, _SHAPES["not_assessed"])


def sign(status: str, size: int = 18) -> str:
    """Give the symbol of a status for pages that strip inline SVG; it needs ``SIGN_CSS``."""
    name = status if status in _SHAPES else "not_assessed"
    return f'<i class="vf-i vf-{name}" style="width:{int(size)}px;height:{int(size)}px"></i>'


def symbol(status: str, size: int = 18) -> str:
    """Give the inline SVG of a status; an unknown code looks like "not assessed"."""
    shape = _SHAPES.get(status, _SHAPES["not_assessed"])
    return (
        f'<svg class="vf-s" viewBox="-10 -10 20 20" style="width:{int(size)}px;'
        f'height:{int(size)}px" aria-hidden="true">{shape}</svg>'
    )


def exact(value: Any) -> Fraction:
    """
    Read an amount exactly: an integer, fraction, decimal, float or text; nothing is 0.

    Examples
    --------
    >>> exact(83.2) == Fraction(832, 10), exact(None) == 0
    (True, True)
    """
    if isinstance(value, Fraction):
        return value
    return Fraction(0) if blank(value) else Fraction(Decimal(str(value)))


def whole(value: Any) -> int:
    """Read a count as an integer; nothing counts as 0."""
    return int(exact(value))


def number(value: Any) -> str:
    """
    Print an amount: whole numbers as they are, others to one decimal.

    Examples
    --------
    >>> number(35), number(1483.0), number("83.25")
    ('35', '1483', '83.3')
    """
    amount = exact(value)
    if amount.denominator == 1:
        return str(amount.numerator)
    tenths = int(amount * 10 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"


def blank(value: Any) -> bool:
    """Say whether a cell holds nothing (None, NaN, NA, empty text)."""
    return value is None or value == "" or bool(value != value) if _plain(value) else True


def text(value: Any) -> str:
    """Give a cell as text; nothing is an empty text."""
    return "" if blank(value) else str(value)


def _plain(value: Any) -> bool:
    """Tell a value that can be compared from pandas' NA, which refuses."""
    try:
        bool(value != value)
    except TypeError:
        return False
    return True


def fraction(value: Any) -> Fraction | None:
    """Read a goal written as decimal text; None when it is not one number (a column, a grade)."""
    if blank(value):
        return None
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError):
        return None


def goal_text(goal: Any) -> str:
    """
    Print a goal in per cent without needless zeros.

    Examples
    --------
    >>> goal_text("0.80"), goal_text("0.995"), goal_text(None)
    ('80', '99.5', '—')
    """
    share = fraction(goal)
    return "—" if share is None else percent(share, 1).removesuffix(".0")


def share_text(row: Mapping[str, Any]) -> str:
    """
    Print the verified and the highest possible share, one figure when they agree.

    Examples
    --------
    >>> share_text({"amount": 3823, "met": 3024, "unknown": 238})
    '79.1—85.3'
    >>> share_text({"amount": 404, "met": 323, "unknown": 0})
    '79.9'
    """
    amount, met, unknown = (exact(row[name]) for name in ("amount", "met", "unknown"))
    low, high = percent(met, amount), percent(met + unknown, amount)
    return low if not unknown or low == high == "—" else f"{low}—{high}"


def unit_text(unit: Any, lang: str, *, one: bool = False) -> str:
    """Give the word for a unit code; ``one``: beside the number 1; an unknown code is escaped."""
    key = f"unit.{unit}"
    word = t(key, lang)
    if one and lang == "en":
        word = words().get(key, {}).get("one", word)
    return esc("" if blank(unit) else unit) if word == key else word


def amount_text(amount: Any, unit: Any, lang: str) -> str:
    """Print an amount with its unit: ``35户`` in Chinese, ``35 households`` in English."""
    shown = number(amount)
    word = unit_text(unit, lang, one=shown == "1")
    return f"{shown}{' ' if lang == 'en' else ''}{word}"


def bar(row: Mapping[str, Any], goal: Fraction | None) -> str:
    """
    Draw the low-high bar of a scorecard row; the heights tell the parts apart without colour.

    Parameters
    ----------
    row
        A scorecard row with ``amount, met, unknown, status``.
    goal
        The share to reach, marked by a tick.

    Returns
    -------
    str
        HTML made of numbers and fixed class names.
    """
    amount = exact(row["amount"])
    if not amount or row["status"] == "not_assessed":
        inner = '<i class="h"></i>' if row["status"] == "not_assessed" else '<i class="t"></i>'
        return f'<div class="vf-lh">{inner}</div>'
    met, unknown = (float(100 * exact(row[name]) / amount) for name in ("met", "unknown"))
    parts = [
        '<i class="t"></i>',
        f'<i class="m" style="width:{met:.2f}%"></i>',
        f'<i class="u" style="left:{met:.2f}%;width:{unknown:.2f}%"></i>',
        f'<i class="x" style="left:{met + unknown:.2f}%;width:{100 - met - unknown:.2f}%"></i>',
    ]
    if goal is not None and 0 <= goal <= 1:
        parts.append(f'<i class="g" style="left:{float(goal) * 100:.2f}%"></i>')
    return f'<div class="vf-lh" role="img" aria-label="{share_text(row)}">{"".join(parts)}</div>'


def bar_key(lang: str) -> str:
    """Give the key of the bars: met, to verify, falls short, goal."""
    keys = ("met.amount", "unknown.amount", "unmet.amount", "goal")
    spans = (
        f'<span><i class="k{n}"></i>{esc(t(key, lang))}</span>' for n, key in enumerate(keys, 1)
    )
    return f'<div class="vf-key">{"".join(spans)}</div>'


def status_word(status: Any, lang: str) -> str:
    """Give the short word of a status, escaped."""
    return esc(t(f"status.{status}.short" if status in STATUSES else "status.not_assessed", lang))


def needed_text(row: Mapping[str, Any], lang: str) -> str:
    """
    Print what is still needed: a range when unknown items decide how much, — when nothing is.

    Where those to be verified may be enough by themselves, it is what is needed if none of them is
    counted on.

    Examples
    --------
    >>> row = {"unit": "household", "needed_low": 1, "needed_high": 3}
    >>> needed_text(row, "zh"), needed_text({**row, "needed_low": 0}, "zh")
    ('1—3户', '3户')
    """
    low, high = number(row["needed_low"]), number(row["needed_high"])
    if low == high == "0":
        return "—"
    figure = high if low in ("0", high) else f"{low}—{high}"
    word = unit_text(row["unit"], lang, one=figure == "1")
    return f"{figure}{' ' if lang == 'en' else ''}{word}"


def villages_met(row: Mapping[str, Any]) -> str:
    """Print how many villages meet a target, of how many that are judged: ``15/22``."""
    met, rest = whole(row["villages_met"]), ("villages_unmet", "villages_undetermined")
    judged = met + sum(whole(row[name]) for name in rest)
    return f"{met}/{judged}" if judged else "—"


def date_text(date: Any, lang: str) -> str:
    """
    Print a date the way people read it.

    Examples
    --------
    >>> date_text(dt.date(2023, 6, 30), "zh"), date_text(dt.date(2023, 6, 30), "en")
    ('2023年6月30日', '30 June 2023')
    """
    if not isinstance(date, dt.date):
        return text(date)
    if lang == "en":
        return f"{date.day} {date:%B} {date.year}"
    return f"{date.year}年{date.month}月{date.day}日"
