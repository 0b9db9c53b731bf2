"""Rules on what changes on paper only: one day for a whole village, figures made to fit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geo.need import need
from layers.places import NOWHERE
from layers.schema import schema
from works.audit_facts import RuleFacts
from works.audit_ledgers import Hit, Ledgers, groups, sorted_ids

_DATED = re.compile(r"日期|时间|date", re.IGNORECASE)
ROUND_COLUMNS = (
    "households",
    "households_registered",
    "households_resident",
    "population",
    "population_resident",
)


def one_day(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages all of whose rows name one and the same day."""
    found = []
    for layer in book.layers:
        for column, days in _days(book, layer):
            least = facts.layers.get(f"{layer}.{column}", facts.limits["own_column"])
            if column in schema(layer).columns and f"{layer}.{column}" not in facts.layers:
                continue
            village = book.village(layer)
            several = days.groupby(village).nunique()
            share = days.notna().groupby(village).mean()
            for (home, day), rows in groups(least, village=village, day=days):
                if home != NOWHERE and several[home] == 1 and share[home] >= facts.limits["share"]:
                    ids = sorted_ids(book.ids(layer), rows)
                    found.append(
                        Hit(
                            str(home),
                            "possible",
                            layer,
                            column,
                            ids,
                            found=len(ids),
                            against=str(pd.Timestamp(str(day)).date()),
                        )
                    )
    return found


def _days(book: Ledgers, layer: str) -> Iterator[tuple[str, pd.Series]]:
    """Give every column of days of a layer, the sender's own ones read as dates too."""
    frame = book.frame(layer)
    for name, column in schema(layer).columns.items():
        if column.type in ("date", "datetime") and name in frame:
            yield name, pd.to_datetime(frame[name]).dt.normalize()
    for name in book.own_columns(layer):
        if _DATED.search(name):
            cells = frame[name].astype("str").str.strip()
            iso = cells.str.replace(r"[年月/.]", "-", regex=True).str.replace("日", "")
            days = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
            if days.notna().any():
                yield name, days


def too_many_a_day(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find days on which one person is said to have done more than a day holds."""
    found = []
    for place, most in facts.layers.items():
        layer, column, who = place.split(".")
        if layer not in book.layers or column not in book.frame(layer):
            continue
        day = pd.to_datetime(book.frame(layer)[column]).dt.normalize()
        for (one, _), rows in groups(most + 1, day=day, who=book.people(layer, who)):
            homes = book.village(layer)[rows]
            for home in sorted(set(homes)):
                ids = sorted_ids(book.ids(layer), rows[homes == home])
                found.append(
                    Hit(
                        str(home),
                        "likely",
                        layer,
                        who,
                        ids,
                        found=len(rows),
                        against=most,
                        since=str(pd.Timestamp(str(one)).date()),
                    )
                )
    return found


def only_dates_changed(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages whose rows all came again with new dates and nothing else new."""
    found: dict[tuple[str, str], Hit] = {}
    for then in book.past:
        for layer in (name for name in then.frames if name in book.layers):
            for home, column, ids in _redated(book, then.frames[layer], layer, facts):
                found.setdefault(
                    (home, layer),
                    Hit(home, "likely", layer, column, ids, found=len(ids), since=then.name),
                )
    return list(found.values())


def _redated(
    book: Ledgers, then: pd.DataFrame, layer: str, facts: RuleFacts
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give village, column of dates and ids where only that column changed, in every row."""
    frame = book.frame(layer)
    old = then[~then["id"].duplicated(keep=False)].set_index(then["id"].astype(str))
    place = old.index.get_indexer(pd.Index(book.ids(layer)))
    rows = np.flatnonzero(place >= 0)
    dated = [n for n, _ in _days(book, layer) if n in old]
    plain = [n for n in frame.columns if n in old and n not in (*dated, "id", "row_no")]
    if not dated or not len(rows):
        return
    old = old.iloc[place[rows]]
    same = np.ones(len(rows), dtype=bool)
    for name in plain:
        same &= _equal(frame[name].iloc[rows], old[name])
    village = book.village(layer)
    sizes = pd.Series(village).value_counts()
    for column in dated:
        new = ~_equal(frame[column].iloc[rows], old[column])
        new &= frame[column].iloc[rows].notna().to_numpy() & old[column].notna().to_numpy()
        for home, mine in pd.Series(rows[same & new]).groupby(village[rows[same & new]]):
            enough = len(mine) >= facts.limits["at_least"]
            if home != NOWHERE and enough and len(mine) == sizes[home]:
                yield str(home), column, sorted_ids(book.ids(layer), mine.to_numpy())


def _equal(one: pd.Series, other: pd.Series) -> Any:
    left, right = one.astype(object).to_numpy(), other.astype(object).to_numpy()
    blank = pd.isna(left) & pd.isna(right)
    return np.asarray(blank | ((left == right) & ~pd.isna(left) & ~pd.isna(right)), dtype=bool)


def same_size_everywhere(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages in which every household has the same number of members."""
    if "households" not in book.layers:
        return []
    people = pd.Series(book.numbers("households", "persons"))
    village = book.village("households")
    several = people.groupby(village).nunique()
    return [
        Hit(
            str(home),
            "likely",
            "households",
            "persons",
            sorted_ids(book.ids("households"), rows),
            found=len(rows),
            against=float(str(size)),
        )
        for (home, size), rows in groups(facts.limits["at_least"], village=village, size=people)
        if home != NOWHERE and several[home] == 1
    ]


def round_figures(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find townships whose villages' figures end in 0 more often than counts do."""
    found = []
    for column in ROUND_COLUMNS:
        said = book.numbers("villages", column)
        for town, rows in _towns(book, said >= facts.limits["from"]):
            rounded = rows[said[rows] % 10 == 0]
            if len(rows) < facts.limits["at_least"]:
                continue
            if by_chance(len(rounded), len(rows), 0.1) < facts.limits["chance"]:
                ids = tuple(sorted(str(one) for one in book.villages.index[rounded]))
                found.append(
                    Hit(
                        "",
                        "possible",
                        "villages",
                        column,
                        ids,
                        found=len(ids),
                        against=len(rows),
                        township=town,
                    )
                )
    return found


def just_enough(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find townships whose villages report exactly what the goal asks, no household more."""
    found = []
    targets = book.found.standard.targets if book.found else ()
    for target in targets:
        goal = target.goal
        if (
            target.reported is None
            or book.found is None
            or goal is None
            or not isinstance(goal, Decimal)
            or goal > 1
        ):
            continue
        said = pd.Series(book.numbers("villages", str(target.reported)), book.villages.index)
        card = book.found.rows("village", target.id).set_index("unit_id")
        least = {
            str(v): need(goal, int(row["amount"]))
            for v, row in card[card["amount"] > 0].iterrows()
            if v in said.index
        }
        exact = np.array([said[v] == least.get(str(v), math.nan) for v in said.index])
        known = said.notna().to_numpy() & np.isin(said.index.astype(str), list(least))
        for town, rows in _towns(book, known):
            hits = rows[exact[rows]]
            if len(hits) < facts.limits["at_least"]:
                continue
            if by_chance(len(hits), len(rows), facts.limits["share"]) < facts.limits["chance"]:
                ids = tuple(sorted(str(one) for one in said.index[hits]))
                found.append(
                    Hit(
                        "",
                        "possible",
                        "villages",
                        str(target.reported),
                        ids,
                        found=len(ids),
                        against=len(rows),
                        township=town,
                    )
                )
    return found


def _towns(book: Ledgers, where: Any) -> Iterator[tuple[str, Any]]:
    """Give the townships with the positions of their villages for which a condition holds."""
    if "township" in book.villages.columns:
        rows = np.flatnonzero(where)
        towns = book.villages["township"].to_numpy(dtype=object)[rows]
        for (town,), mine in groups(1, town=towns):
            yield str(town), rows[mine]


def by_chance(hits: int, tries: int, share: float) -> float:
    """
    Say how likely so many hits or more are by chance.

    Examples
    --------
    >>> round(by_chance(2, 2, 0.1), 4), by_chance(0, 5, 0.1)
    (0.01, 1.0)
    """
    return sum(
        math.comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(hits, tries + 1)
    )
