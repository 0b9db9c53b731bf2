"""Why rows of a list stand on it, told together: reasons that differ in figures alone are one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from works.figures import exact, text

_FIGURE = re.compile(r"\d+(?:[.\-:/]\d+)*")
_BLANK = "…"


@dataclass(frozen=True)
class Why:
    """
    One reason and how much of a list it is.

    Attributes
    ----------
    key
        Names it in an address.
    said
        The reason as plain text; a figure that differs from row to row is left out.
    rows
        How many rows have it.
    amount
        How much is missing or to be verified, in the target's unit.
    """

    key: str
    said: str
    rows: int
    amount: Fraction


def keys(frame: pd.DataFrame) -> pd.Series:
    """
    Name the reason of each row of a list.

    Parameters
    ----------
    frame
        Rows of a gap, survey or work list.

    Returns
    -------
    pandas.Series
        Eight letters or digits; the same for reasons that differ in figures and names alone.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "reason": "far", "reason_zh": ["最近的灯25米", "最近的灯31.5米", "没有灯"],
    ...     "subject_name": None,
    ... })
    >>> [keys(rows)[0] == one for one in keys(rows)]
    [True, True, False]
    """
    names = ("reason", "reason_zh", "subject_name")
    told = [_key(*cells) for cells in zip(*(frame[name].map(text) for name in names), strict=True)]
    return pd.Series(told, index=frame.index, dtype="str")


def _key(reason: str, said: str, name: str) -> str:
    shape = _shape(said, name)
    return hashlib.blake2s(
        f"{reason}\0{shape}".encode("utf-8", "replace"), digest_size=4
    ).hexdigest()


def _shape(said: str, name: str) -> str:
    """Give a reason without its figures and without the name of the thing it is about."""
    return _FIGURE.sub(_BLANK, said.replace(name, "") if name else said)


def whys(frame: pd.DataFrame, part: str, lang: str) -> list[Why]:
    """
    Give the reasons of rows, those with most rows first.

    Parameters
    ----------
    frame
        Rows of a list.
    part
        Its column that says how much.
    lang
        ``zh`` or ``en``.
    """
    if frame.empty:
        return []
    found = []
    for key, mine in frame.assign(_why=keys(frame)).groupby("_why", sort=False):
        amount = sum((exact(one) for one in mine[part]), Fraction(0))
        found.append(Why(str(key), together(mine[f"reason_{lang}"]), len(mine), amount))
    return sorted(found, key=lambda one: -one.rows)


def together(said: pd.Series) -> str:
    """
    Give one sentence for several that differ in figures alone: those that differ are left out.

    Examples
    --------
    >>> together(pd.Series(["最近的灯25米，要求20米", "最近的灯31.5米，要求20米"]))
    '最近的灯…米，要求20米'
    """
    texts = list(dict.fromkeys(said.map(text)))
    figures = [_FIGURE.findall(one) for one in texts]
    first = texts[0]
    if len({len(one) for one in figures}) > 1:
        return str(first)
    same = iter([each[0] if len(set(each)) == 1 else _BLANK for each in zip(*figures, strict=True)])
    return _FIGURE.sub(lambda _found: str(next(same)), str(first))
