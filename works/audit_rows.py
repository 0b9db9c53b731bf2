"""Rules on rows that repeat: owners, telephones, places, keepers, whole rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.places import NOWHERE
from layers.schema import keys, schema
from works.audit_facts import Certainty, RuleFacts
from works.audit_ledgers import Hit, Ledgers, groups, sorted_ids

HOMES = "households"


def owner_repeated(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find a name that owns more houses of a village than namesakes would."""
    if HOMES not in book.layers:
        return []
    village, name, ids = book.village(HOMES), book.people(HOMES, "head"), book.ids(HOMES)
    named = pd.Series(village[pd.notna(name)]).value_counts()
    share, chance = facts.limits["share"], facts.limits["chance"]
    least = {str(v): namesakes(int(n), share, chance) for v, n in named.items()}
    found = []
    for (home, _), rows in groups(facts.limits["at_least"], village=village, name=name):
        limit = max(least[str(home)], facts.limits["at_least"])
        if home != NOWHERE and len(rows) >= limit:
            mine = sorted_ids(ids, rows)
            found.append(
                Hit(
                    str(home),
                    "possible",
                    HOMES,
                    "head",
                    mine,
                    found=len(mine),
                    against=limit,
                    surplus=mine[1:],
                )
            )
    return found


def namesakes(people: int, share: float, chance: float) -> int:
    """
    Say from how many bearers on a name is more than namesakes explain.

    Parameters
    ----------
    people
        How many people have a name.
    share
        The part of them that the commonest full name has.
    chance
        How likely a false alarm may be, over all names of the village together.

    Returns
    -------
    int
        The smallest number k with people * P(X >= k) < chance, X Poisson of people * share.

    Examples
    --------
    >>> namesakes(200, 0.001, 0.01)
    5
    """
    mean = people * share
    term, tail, k = math.exp(-mean), 1.0, 0
    while people * tail >= chance and k < people:
        tail -= term
        k += 1
        term *= mean / k
    return k


def owner_twice(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find households of one name and one telephone: the same person twice."""
    return (
        _twice(
            book,
            facts,
            "head",
            "likely",
            name=book.people(HOMES, "head"),
            phone=book.people(HOMES, "phone"),
        )
        if HOMES in book.layers
        else []
    )


def number_twice(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find households with one number of the national system."""
    if HOMES not in book.layers or "ext_id" not in book.frame(HOMES):
        return []
    number = book.frame(HOMES)["ext_id"].astype(object)
    known = number.where(number.notna(), None).to_numpy()
    return _twice(book, facts, "ext_id", "likely", number=known)


def _twice(
    book: Ledgers, facts: RuleFacts, column: str, certainty: Certainty, **same: Any
) -> list[Hit]:
    village, ids = book.village(HOMES), book.ids(HOMES)
    rows: dict[str, list[int]] = {}
    spare: dict[str, list[str]] = {}
    for _, mine in groups(facts.limits["at_least"], **same):
        first = min(ids[mine])
        for at in mine:
            rows.setdefault(str(village[at]), []).append(at)
            if ids[at] != first:
                spare.setdefault(str(village[at]), []).append(str(ids[at]))
    return [
        Hit(
            home,
            certainty,
            HOMES,
            column,
            sorted_ids(ids, mine),
            found=len(mine),
            against=len(mine) - len(spare.get(home, [])),
            surplus=tuple(sorted(spare.get(home, []))),
        )
        for home, mine in sorted(rows.items())
    ]


def phone_repeated(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find one telephone for many households of a village."""
    if HOMES not in book.layers:
        return []
    village, ids = book.village(HOMES), book.ids(HOMES)
    return [
        Hit(
            str(home),
            "likely",
            HOMES,
            "phone",
            sorted_ids(ids, rows),
            found=len(rows),
            against=facts.limits["at_least"],
        )
        for (home, _), rows in groups(
            facts.limits["at_least"], village=village, phone=book.people(HOMES, "phone")
        )
        if home != NOWHERE
    ]


def family_of_owners(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find houses of one surname at one house number: a family listed as several households."""
    frame = book.frame(HOMES) if HOMES in book.layers else pd.DataFrame()
    if "address" not in frame:
        return []
    # Without a house number an address is that of a whole hamlet.
    exact = frame["address"].astype("str").str.contains(r"\d+(?:-\d+)?号?$", na=False)
    at = frame["address"].astype(object).where(exact, None)
    group = frame["group"].fillna("") if "group" in frame else ""
    name = book.people(HOMES, "head")
    surname = np.array([one[0] if one else None for one in name], dtype=object)
    village, ids = book.village(HOMES), book.ids(HOMES)
    keyed = groups(facts.limits["at_least"], village=village, at=at, group=group, surname=surname)
    return [
        Hit(
            str(key[0]),
            "possible",
            HOMES,
            "head",
            sorted_ids(ids, rows),
            found=len(rows),
            against=1,
            other="address",
            surplus=sorted_ids(ids, rows)[1:],
        )
        for key, rows in keyed
        if key[0] != NOWHERE
    ]


def one_keeper(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find a village all of whose rows name one and the same person."""
    found = []
    for place, least in facts.layers.items():
        layer, _, column = place.partition(".")
        if layer not in book.layers:
            continue
        people, ids = book.people(layer, column), book.ids(layer)
        several = pd.Series(people).groupby(book.village(layer)).nunique()
        for (village, _), rows in groups(least, village=book.village(layer), who=people):
            if village != NOWHERE and several[village] == 1:
                mine = sorted_ids(ids, rows)
                found.append(
                    Hit(str(village), "possible", layer, column, mine, found=len(mine), against=1)
                )
    return found


def place_repeated(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find things of one kind at exactly one place, more than one place holds."""
    found = []
    for layer, least in facts.layers.items():
        if layer not in book.layers:
            continue
        rows = _stacked(book, layer, least)
        ids, village = book.ids(layer), book.village(layer)
        for home in sorted(set(village[[at for one in rows for at in one]])):
            mine = [one for one in rows if village[one[0]] == home]
            many = max(len(one) for one in mine)
            sure: Certainty = "likely" if many >= facts.limits["likely"] else "possible"
            found.append(
                Hit(
                    str(home),
                    sure,
                    layer,
                    "geometry",
                    sorted_ids(ids, np.concatenate(mine)),
                    found=many,
                    against=len(mine),
                )
            )
    return found


def _stacked(book: Ledgers, layer: str, least: float) -> list[Any]:
    """Give the rows that share a place, and their kind where they have one."""
    points, frame = book.points(layer), book.frame(layer)
    here = np.flatnonzero(~shapely.is_missing(points))
    x, y = (np.full(len(points), np.nan) for _ in range(2))
    x[here], y[here] = shapely.get_x(points[here]), shapely.get_y(points[here])
    kind = frame["kind"].fillna("") if "kind" in frame else ""
    # To the centimetre: what a conversion of coordinates adds is less, what a person places more.
    keyed = groups(
        least, x=np.round(x, 2), y=np.round(y, 2), kind=kind, village=book.village(layer)
    )
    return [rows for _, rows in keyed]


def identical_rows(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find rows that say the same in every column and have two ids."""
    found = []
    for layer in book.layers:
        frame, shapes = book.frame(layer), book.ground.items(layer).shapes
        names = [str(n) for n in frame.columns if n not in ("id", "row_no", "fid")]
        where = pd.Series(shapely.to_wkb(shapes))
        # A place nobody else has is no repeat; most rows end here.
        rows = np.flatnonzero(
            (where.notna() & where.duplicated(keep=False)).to_numpy()
            | (where.isna().to_numpy() & _telling(book, layer, names))
        )
        filled = frame[names].iloc[rows].notna().sum(axis=1).to_numpy()
        rows = rows[filled + where.iloc[rows].notna().to_numpy() >= facts.limits["filled"]]
        order = sorted(names, key=lambda n: (n not in keys(), n != "phone"))
        same, codes = _alike(frame, where, order, rows)
        if len(same):
            found += _pairs(book, layer, same, codes)
    return found


def _alike(frame: pd.DataFrame, where: pd.Series, names: list[str], rows: Any) -> tuple[Any, Any]:
    """Give the rows that are alike, each with the number of its kind."""
    codes = np.zeros(len(rows), dtype=np.int64)
    # Column by column, the most telling first: few rows are left after the first ones.
    for cells in (where, *(frame[name] for name in names)):
        own, uniques = pd.factorize(cells.iloc[rows], use_na_sentinel=False)
        codes = pd.factorize(codes * (len(uniques) + 1) + own)[0].astype(np.int64)
        several = np.bincount(codes, minlength=1)[codes] > 1
        rows, codes = rows[several], codes[several]
        if not len(rows):
            break
    return rows, codes


def _telling(book: Ledgers, layer: str, names: Iterable[str]) -> Any:
    """Tell which rows hold something that two different things do not share by chance."""
    columns, frame = schema(layer).columns, book.frame(layer)
    told = np.zeros(len(frame), dtype=bool)
    phone = book.people(layer, "phone")
    told |= pd.notna(phone)
    day = [n for n in names if n in columns and columns[n].type in ("date", "datetime")]
    key = [n for n in names if n in keys() and n != "village_id"]
    if day and key:
        told |= frame[[day[0], key[0]]].notna().all(axis=1).to_numpy(dtype=bool)
    return told


def _pairs(book: Ledgers, layer: str, rows: Any, codes: Any) -> list[Hit]:
    ids, village = book.ids(layer), book.village(layer)
    spare: set[int] = set()
    for code in np.unique(codes):
        mine = rows[codes == code]
        spare |= set(mine[np.argsort(ids[mine], kind="stable")][1:])
    found = []
    for home in sorted(set(village[rows])):
        mine = rows[village[rows] == home]
        extra = sorted_ids(ids, [at for at in mine if at in spare])
        found.append(
            Hit(
                str(home),
                "likely",
                layer,
                "id",
                sorted_ids(ids, mine),
                found=len(mine),
                against=len(mine) - len(extra),
                surplus=extra if layer == HOMES else (),
            )
        )
    return found


def owner_under_age(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find owners whose age, in a column of the ledger's own, is that of a child."""
    found = []
    for column in _named(book, ("户主年龄", "年龄", "age", "ageofhead", "headage")):
        ages = book.numbers(HOMES, column)
        where = (ages >= 0) & (ages < facts.limits["age"])
        found += _where(book, column, where, "certain", facts.limits["age"])
    return found


def owner_gone(book: Ledgers, facts: RuleFacts) -> list[Hit]:  # noqa: ARG001  rules look alike
    """Find owners of whom the ledger itself says that they have died."""
    found = []
    for column in (
        *_named(book, ("户主状态", "人员状态", "户主情况", "状态", "headstatus")),
        "note",
    ):
        if HOMES not in book.layers or column not in book.frame(HOMES):
            continue
        cells = book.frame(HOMES)[column].astype("str")
        # 户主去世 and the like; a remark on a parent or a spouse says nothing of the owner.
        pattern = r"^(?:户主|本人)?(?:已)?(?:死亡|去世|病故|亡故|过世|故去)|(?:户主|本人)[已]?(?:死亡|去世|病故|亡故|过世)|^deceased$"  # noqa: E501
        where = cells.str.contains(pattern, na=False).to_numpy(dtype=bool)
        found += _where(book, column, where, "likely", None)
    return found


def _named(book: Ledgers, heads: Iterable[str]) -> list[str]:
    if HOMES not in book.layers:
        return []
    wanted = set(heads)
    folds = {n: n.casefold().replace("_", "").replace(" ", "") for n in book.own_columns(HOMES)}
    return [name for name, fold in folds.items() if fold in wanted]


def _where(book: Ledgers, column: str, where: Any, sure: Certainty, against: Any) -> list[Hit]:
    ids, village = book.ids(HOMES), book.village(HOMES)
    rows = np.flatnonzero(where)
    found = []
    for home in sorted(set(village[rows])):
        mine = sorted_ids(ids, rows[village[rows] == home])
        found.append(Hit(str(home), sure, HOMES, column, mine, found=len(mine), against=against))
    return found
