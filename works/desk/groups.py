"""A list put together by village, township, department or target, and put in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from works.board import Board
from works.figures import exact, text
from works.lists import PARTS, ListName, Lists

GROUPS = ("township", "village", "lead", "target")
"""What rows can be put together by."""
ORDERS = ("worth", "place", "target", "amount", "cost")
"""Orders of a list: as it is worth working on it, by place, by target, the largest first."""


@dataclass(frozen=True)
class Group:
    """
    The rows of a list that have one thing in common.

    Attributes
    ----------
    key, name
        What they have in common, and what people call it.
    rows, villages, targets
        How many rows, and in how many villages and of how many targets.
    amounts
        Unit and sum of what is missing, to be verified or to be done, the largest number of rows
        first; of different units several.
    cost, currency
        What the work costs together; None where a price is not known.
    """

    key: str
    name: str
    rows: int
    villages: int
    targets: int
    amounts: tuple[tuple[str, Fraction], ...]
    cost: Fraction | None
    currency: str


def groups(
    lists: Lists, name: ListName, frame: gpd.GeoDataFrame, by: str, lang: str
) -> list[Group]:
    """
    Put rows of a list together.

    Parameters
    ----------
    lists, name
        The lists of an assessment, and which of them the rows are of.
    frame
        Rows of it.
    by
        One of :data:`GROUPS`.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    list of Group
        Those with most rows first; together they have every row once.
    """
    if frame.empty:
        return []
    table = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    keys = _keys(lists.board, table, by)
    names = _names(lists, by, lang)
    found = [
        _group(name, str(key), names(str(key)), mine)
        for key, mine in table.groupby(keys, sort=False)
    ]
    return sorted(found, key=lambda one: -one.rows)


def _group(name: ListName, key: str, title: str, rows: pd.DataFrame) -> Group:
    units = rows["unit"].map(text) if name != "work" else rows["kind"].map(text)
    amounts = [
        (str(unit), len(mine), sum((exact(one) for one in mine), Fraction(0)))
        for unit, mine in rows[PARTS[name]].groupby(units.to_numpy(), sort=False)
    ]
    amounts.sort(key=lambda one: -one[1])
    cost, currency = _cost(rows) if name == "work" else (None, "")
    return Group(
        key=key,
        name=title,
        rows=len(rows),
        villages=int(rows["village_id"].nunique()),
        targets=int(rows["target_id"].nunique()),
        amounts=tuple((unit, amount) for unit, _, amount in amounts),
        cost=cost,
        currency=currency,
    )


def _cost(rows: pd.DataFrame) -> tuple[Fraction | None, str]:
    currencies = {text(one) for one in rows["currency"]}
    if len(currencies) != 1 or bool(rows["cost"].isna().any()):
        return None, ""
    return sum((exact(one) for one in rows["cost"]), Fraction(0)), currencies.pop()


def _keys(board: Board, table: pd.DataFrame, by: str) -> Any:
    """Give what each row is put together by, as text."""
    if by == "township":
        homes = {
            one: unit for unit, _ in board.units("township") for one in board.villages_of(unit)
        }
        return table["village_id"].map(lambda one: homes.get(text(one), "")).to_numpy()
    column = {"village": "village_id", "lead": "lead", "target": "target_id"}[by]
    return table[column].map(text).to_numpy()


def _names(lists: Lists, by: str, lang: str) -> Callable[[str], str]:
    known: Mapping[str, str] = {
        "township": lambda: dict(lists.board.units("township")),
        "village": lambda: lists.board.names,
        "lead": lambda: lists.leads(lang),
        "target": lambda: lists.board.titles(lang),
    }[by]()
    return lambda key: known.get(key, key)


def arranged(lists: Lists, name: ListName, frame: gpd.GeoDataFrame, order: str) -> gpd.GeoDataFrame:
    """
    Put rows of a list in another order; rows that are equal in it keep their own.

    Parameters
    ----------
    lists, name
        The lists of an assessment, and which of them the rows are of.
    frame
        Rows of it.
    order
        One of :data:`ORDERS`.
    """
    if order == "worth" or frame.empty:
        return frame
    ranks = _RANKS[order](lists, name, frame)
    at = np.argsort(ranks, kind="stable")
    return gpd.GeoDataFrame(frame.iloc[at].reset_index(drop=True))


def _by_place(lists: Lists, _name: ListName, frame: pd.DataFrame) -> Any:
    rank = {village: n for n, (village, _) in enumerate(lists.board.of_villages())}
    return frame["village_id"].map(rank).fillna(len(rank)).to_numpy(dtype=float)


def _by_target(lists: Lists, _name: ListName, frame: pd.DataFrame) -> Any:
    rank = {key: n for n, key in enumerate(lists.board.targets)}
    return frame["target_id"].map(rank).fillna(len(rank)).to_numpy(dtype=float)


def _by_amount(_lists: Lists, name: ListName, frame: pd.DataFrame) -> Any:
    return -pd.to_numeric(frame[PARTS[name]]).fillna(0).to_numpy(dtype=float)


def _by_cost(_lists: Lists, _name: ListName, frame: pd.DataFrame) -> Any:
    if "cost" not in frame:
        return np.zeros(len(frame))
    return -pd.to_numeric(frame["cost"]).fillna(-1).to_numpy(dtype=float)


_RANKS: Mapping[str, Callable[[Lists, ListName, pd.DataFrame], Any]] = {
    "place": _by_place,
    "target": _by_target,
    "amount": _by_amount,
    "cost": _by_cost,
}
