"""How many more: one exact function used by status, lists and plans."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

Goal = Decimal | Fraction | str


def need(goal: Goal, amount: int) -> int:
    """
    Give the smallest whole part of an amount that reaches a goal.

    Parameters
    ----------
    goal
        Share between 0 and 1, decimal text or an exact number.
    amount
        What is counted, in whole units.

    Returns
    -------
    int
        ``ceil(goal * amount)``, computed exactly.

    Examples
    --------
    >>> need("0.80", 404), need("0.80", 405), need("0", 10), need("1", 10)
    (324, 324, 0, 10)
    """
    exact = Fraction(goal) * amount
    return -(-exact.numerator // exact.denominator)


def share(part: int, whole: int) -> Decimal | None:
    """
    Give a share to twelve digits, cut off and never rounded up; None when there is nothing.

    Examples
    --------
    >>> share(323, 404), share(4, 5), share(0, 0)
    (Decimal('0.799504950495'), Decimal('0.8'), None)
    """
    if not whole:
        return None
    cut = (Decimal(part * 10**12) / Decimal(whole)).to_integral_value(rounding=ROUND_DOWN)
    return shown(int(cut), 10**12)


def shown(value: int, scale: int) -> Decimal:
    """
    Give an amount in the unit people read.

    Examples
    --------
    >>> shown(83200, 1000), shown(5, 1)
    (Decimal('83.2'), Decimal('5'))
    """
    number = (Decimal(value) / Decimal(scale)).normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def status(met: int, unknown: int, amount: int, needed: int) -> str:
    """
    Give the status of an amount against what is needed.

    Examples
    --------
    >>> status(323, 0, 404, 324), status(323, 1, 404, 324), status(324, 0, 404, 324)
    ('unmet', 'undetermined', 'met')
    """
    if met >= needed:
        return "met"
    return "unmet" if met + unknown < needed or amount == 0 else "undetermined"
