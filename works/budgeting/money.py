"""Money as people type it."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from layers.wrong import WrongCallError

_FORM = re.compile(r"(\d[\d,]*(?:\.\d+)?|\.\d+)\s*(亿|万|千)?\s*(元|[a-z]{3})?", re.IGNORECASE)
_TIMES = {"亿": 10**8, "万": 10**4, "千": 10**3, None: 1}


def money_of(typed: str, currency: str, option: str) -> Fraction:
    """
    Read an amount of money.

    Parameters
    ----------
    typed
        ``500000``, ``1,200,000``, ``50万``, ``50万元``, ``0.5亿``; the currency may stand behind.
    currency
        The project's.
    option
        What it was given for, for the error.

    Raises
    ------
    UsageError
        If it is no money, or of another currency.

    Examples
    --------
    >>> money_of("50万元", "CNY", "--budget"), money_of("1,200.50", "KES", "--budget")
    (Fraction(500000, 1), Fraction(2401, 2))
    """
    found = _FORM.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if found is None:
        raise WrongCallError("no_money", option=option, text=typed)
    digits, times, unit = found.groups()
    named = "CNY" if unit == "元" else (unit or currency).upper()
    if named != currency.upper():
        raise WrongCallError("other_currency", option=option, text=typed, currency=currency)
    return Fraction(digits.replace(",", "")) * _TIMES[times]
