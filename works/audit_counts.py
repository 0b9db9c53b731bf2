"""Rules on who is counted: households that vanish, toilets without houses, figures over figures."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from layers.past import Past
from layers.places import NOWHERE
from works.audit_facts import RuleFacts
from works.audit_ledgers import Hit, Ledgers, by_village, column_of, groups, is_real, sorted_ids

COUNTS = {
    "households": "population",
    "households_registered": "population",
    "households_resident": "population_resident",
}
"""Declared households, and the people whose number explains theirs."""
LISTED = "listed"

# village, column, what was said then and is said now, people then and now (NaN where unknown)
Change = tuple[str, str, float, float, float, float]


def households_fell(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages with fewer households than before, by more than the people explain."""
    worst: dict[tuple[str, str], tuple[float, Hit]] = {}
    for then in book.past:
        for village, column, before, now, people, left in _changes(book, then):
            known = people > 0 and not math.isnan(left)
            expected = before * (min(left / people, 1) if known else 1)
            short = expected - now
            if before < facts.limits["from"] or not _much(short, before, facts):
                continue
            layer = "households" if column == LISTED else "villages"
            sure = known and (column != LISTED or book.complete("households"))
            hit = Hit(
                village,
                "likely" if sure else "possible",
                layer,
                "" if column == LISTED else column,
                found=now,
                against=before,
                since=then.name,
                lost=int(before - now),
            )
            worst[village, column] = max(
                worst.get((village, column), (0.0, hit)), (short, hit), key=lambda one: one[0]
            )
    return [hit for _, hit in worst.values()]


def households_rose(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages with more households than before, by more than the people explain."""
    worst: dict[tuple[str, str], tuple[float, Hit]] = {}
    declared = book.said("households")
    for then in book.past:
        for village, column, before, now, people, left in _changes(book, then):
            known = people > 0 and not math.isnan(left)
            more = now - before * (max(left / people, 1) if known else 1)
            if before < facts.limits["from"] or not _much(more, before, facts):
                continue
            if column == LISTED and not now > declared[village]:
                continue  # a ledger that is being completed
            layer = "households" if column == LISTED else "villages"
            hit = Hit(
                village,
                "possible",
                layer,
                "" if column == LISTED else column,
                found=now,
                against=before,
                since=then.name,
            )
            worst[village, column] = max(
                worst.get((village, column), (0.0, hit)), (more, hit), key=lambda one: one[0]
            )
    return [hit for _, hit in worst.values()]


def _much(change: float, before: float, facts: RuleFacts) -> bool:
    return change >= max(facts.limits["at_least"], facts.limits["share"] * before)


def _changes(book: Ledgers, then: Past) -> Iterator[Change]:
    """Give every number of households of an earlier state beside that of today."""
    old = then.frames.get("villages")
    if old is not None:
        # Two rows of one id are no state to compare with.
        old = old[~old["id"].duplicated(keep=False)].set_index("id")
        yield from _declared(book, old)
    if "households" in then.frames and "households" in book.layers:
        counted = book.villages_then(then, "households").value_counts().to_dict()
        today = book.said("population")
        were = today if old is None else pd.Series(column_of(old, "population"), index=old.index)
        people = were.to_dict()
        for village in book.village_ids:
            before, now = counted.get(village, 0), int(book.listed[village])
            if before and now:
                yield (
                    village, LISTED, float(before), float(now),
                    people.get(village, math.nan), float(today[village]),
                )  # fmt: skip


def _declared(book: Ledgers, old: pd.DataFrame) -> Iterator[Change]:
    both = book.villages.index.intersection(old.index)
    for column, people in COUNTS.items():
        before, now = (column_of(f.loc[both], column).tolist() for f in (old, book.villages))
        were, are = (column_of(f.loc[both], people).tolist() for f in (old, book.villages))
        for change in zip(both.astype(str), before, now, were, are, strict=True):
            village, then_said, said, then_people, has = change
            if then_said > 0 and said > 0:
                yield village, column, then_said, said, then_people, has


def part_over_whole(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages that declare more of a part than of the whole."""
    found = []
    for pair in facts.pairs:
        part, whole = (book.numbers("villages", one) for one in (pair.part, pair.whole))
        over = (part > whole * (1 + pair.over)) & (part - whole >= pair.at_least)
        for at in np.flatnonzero(over).tolist():
            village = book.village_ids[at]
            found.append(
                Hit(
                    village,
                    pair.certainty,
                    "villages",
                    pair.part,
                    (village,),
                    found=part[at],
                    against=whole[at],
                    other=pair.whole,
                )
            )
    return found


def more_toilets_than_houses(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages with more toilets than houses: one dwelling, one toilet."""
    if "toilets" not in book.layers:
        return []
    real = is_real(book.frame("toilets"))
    toilets = pd.Series(book.village("toilets")[real]).value_counts()
    declared = book.said("households")
    houses = book.listed.astype(float).clip(lower=declared.fillna(0))
    over = facts.limits["over"]
    return [
        Hit(
            str(village),
            "certain",
            "toilets",
            found=int(toilets[village]),
            against=houses[village],
            other="households",
        )
        for village in book.villages.index
        if houses[village] > 0 and toilets.get(village, 0) > houses[village] + over
    ]


def several_toilets_one_house(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find households with more toilets than a household has; alike ones sooner than others."""
    if "toilets" not in book.layers:
        return []
    frame, ids = book.frame("toilets"), book.ids("toilets")
    real = is_real(frame)
    house = frame["household_id"].astype(object).where(frame["household_id"].notna() & real, None)
    kept = [n for n in frame.columns if n not in ("id", "row_no", "note")]
    alike = frame[kept].duplicated(keep=False).to_numpy(dtype=bool)
    rows: dict[tuple[str, str], list[int]] = {}
    for _, mine in groups(min(facts.limits["alike"], facts.limits["any"]), house=house.to_numpy()):
        same = alike[mine].all() and len(mine) >= facts.limits["alike"]
        if same or len(mine) >= facts.limits["any"]:
            key = (str(book.village("toilets")[mine[0]]), "likely" if same else "possible")
            rows.setdefault(key, []).extend(mine)
    return [
        Hit(
            village,
            "likely" if sure == "likely" else "possible",
            "toilets",
            "household_id",
            sorted_ids(ids, mine),
            found=len(mine),
            against=int(pd.Series(house.to_numpy()[mine]).nunique()),
        )
        for (village, sure), mine in sorted(rows.items())
    ]


def listed_over_declared(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages that list more households than they declare: the whole is stated too small."""
    return _listed(book, facts, 1)


def declared_over_listed(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages whose complete ledger lists fewer households than they declare."""
    return _listed(book, facts, -1) if book.complete("households") else []


def _listed(book: Ledgers, facts: RuleFacts, sign: int) -> list[Hit]:
    if "households" not in book.layers:
        return []
    declared = book.numbers("villages", "households")
    listed = book.listed.to_numpy(dtype=float)
    gap = sign * (listed - declared)
    least = np.maximum(facts.limits["at_least"], facts.limits["share"] * declared)
    odd = (declared > 0) & (listed > 0) & (gap >= least)
    return [
        Hit(
            book.village_ids[at],
            "likely" if sign > 0 else "possible",
            "villages",
            "households",
            (book.village_ids[at],),
            found=listed[at],
            against=declared[at],
            other="households",
        )
        for at in np.flatnonzero(odd).tolist()
    ]


def people_per_household(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages whose people and households do not fit together."""
    found = []
    low, high = facts.limits["low"], facts.limits["high"]
    for column, other in (
        ("population", "households"),
        ("population_resident", "households_resident"),
    ):
        people, homes = (book.numbers("villages", one) for one in (column, other))
        size = np.divide(people, homes, out=np.full(len(homes), np.nan), where=homes > 0)
        odd = (homes >= facts.limits["from"]) & ((size < low) | (size > high))
        for at in np.flatnonzero(odd).tolist():
            village = book.village_ids[at]
            against = low if size[at] < low else high
            found.append(
                Hit(
                    village,
                    "possible",
                    "villages",
                    column,
                    (village,),
                    found=round(size[at], 1),
                    against=against,
                    other=other,
                )
            )
    return found


def people_in_house(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find households with more members than a household has, or lived in by nobody."""
    if "households" not in book.layers:
        return []
    people, frame = book.numbers("households", "persons"), book.frame("households")
    many = people > facts.limits["high"]
    lived = np.zeros(len(frame), dtype=bool)
    if "resident" in frame.columns:
        lived = frame["resident"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    found = []
    for sure, where in (("possible", many), ("likely", lived & (people == 0))):
        for village, ids, mine in by_village(book, "households", where):
            found.append(
                Hit(
                    village,
                    "likely" if sure == "likely" else "possible",
                    "households",
                    "persons",
                    ids,
                    found=float(people[mine].max()),
                    against=facts.limits["high"] if sure == "possible" else 0,
                    other="resident" if sure == "likely" else "",
                )
            )
    return found


def households_without_village(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find households that enter no village's rate."""
    if "households" not in book.layers:
        return []
    lost = book.village("households") == NOWHERE
    if lost.sum() < facts.limits["at_least"]:
        return []
    ids = sorted_ids(book.ids("households"), np.flatnonzero(lost))
    return [Hit(NOWHERE, "certain", "households", "village_id", ids, found=len(ids))]
