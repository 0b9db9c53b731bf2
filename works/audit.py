"""
The ledger audit: figures that look fine on paper and are false on the ground.

Every rule is one function over the ledgers and one row of :data:`RULES`; its figures stand in
``data/audit.toml``. A doubt accuses nobody: it says what stands out, how sure that is, and what to
look at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.assess import Assessment
from layers.findings import Finding
from layers.frames import ProjectData
from layers.past import Past
from layers.places import NOWHERE
from works import (
    audit_counts,
    audit_paper,
    audit_places,
    audit_population,
    audit_rows,
    audit_stated,
)
from works.audit_facts import AuditRule, RuleFacts, audit_rule
from works.audit_ledgers import Hit, Ledgers
from works.audit_reported import audit, decimal, doubts

__all__ = [
    "AUDIT_COLUMNS", "CERTAINTIES", "PAST_LAYERS", "RULES", "AuditRule", "audit", "audit_all",
    "audit_rule", "doubts",
]  # fmt: skip

AUDIT_COLUMNS = [
    "rule", "certainty", "village_id", "village", "township", "layer", "column", "n", "ids",
    "found", "against", "other", "since", "target_id", "reported_share", "share_low",
    "share_high", "difference",
]  # fmt: skip
CERTAINTIES = ("certain", "likely", "possible")
PAST_LAYERS = ("villages", "households", "toilets", "streetlights", "water_points", "issues")
"""Layers of which earlier states are worth reading (``layers.past.past``)."""

Rule = Callable[[Ledgers, RuleFacts], list[Hit]]
RULES: Mapping[str, Rule] = {
    "reported_share": audit_stated.reported_share,
    "stated_share": audit_stated.stated_share,
    "stated_total": audit_stated.stated_total,
    "households_fell": audit_counts.households_fell,
    "households_rose": audit_counts.households_rose,
    "listed_over_declared": audit_counts.listed_over_declared,
    "declared_over_listed": audit_counts.declared_over_listed,
    "households_without_village": audit_counts.households_without_village,
    "part_over_whole": audit_counts.part_over_whole,
    "people_per_household": audit_counts.people_per_household,
    "people_by_raster": audit_population.people_by_raster,
    "people_in_house": audit_counts.people_in_house,
    "more_toilets_than_houses": audit_counts.more_toilets_than_houses,
    "several_toilets_one_house": audit_counts.several_toilets_one_house,
    "identical_rows": audit_rows.identical_rows,
    "number_twice": audit_rows.number_twice,
    "owner_twice": audit_rows.owner_twice,
    "owner_repeated": audit_rows.owner_repeated,
    "phone_repeated": audit_rows.phone_repeated,
    "family_of_owners": audit_rows.family_of_owners,
    "owner_under_age": audit_rows.owner_under_age,
    "owner_gone": audit_rows.owner_gone,
    "outside_village": audit_places.outside_village,
    "outside_county": audit_places.outside_county,
    "on_the_office": audit_places.on_the_office,
    "place_repeated": audit_rows.place_repeated,
    "far_from_house": audit_places.far_from_house,
    "photo_far": audit_places.photo_far,
    "only_dates_changed": audit_paper.only_dates_changed,
    "one_day": audit_paper.one_day,
    "too_many_a_day": audit_paper.too_many_a_day,
    "one_keeper": audit_rows.one_keeper,
    "same_size_everywhere": audit_paper.same_size_everywhere,
    "round_figures": audit_paper.round_figures,
    "just_enough": audit_paper.just_enough,
}


def audit_all(
    what: Assessment | ProjectData,
    past: Sequence[Past] = (),
    findings: Sequence[Finding] = (),
) -> pd.DataFrame:
    """
    Look for figures that are false on the ground.

    Parameters
    ----------
    what
        The project as it was judged; its layers alone give the doubts that need no standard.
    past
        Earlier states of its layers, the newest first (``layers.past.past``).
    findings
        Of the imports that stand: some hold the totals a ledger states of itself.

    Returns
    -------
    pandas.DataFrame
        ``AUDIT_COLUMNS``, one row per rule and village, the surest first, then in the order of
        ``RULES``; ``village_id`` is '' where a doubt is about a township or a ledger as a whole,
        ``-`` where the rows have no village. ``ids`` are the rows of ``layer`` to look at, ``n``
        their number. ``found`` is the figure that stands out and ``against`` what it is held to.
        Shares are Decimal or None: ``reported_share`` what the village states, ``share_low`` and
        ``share_high`` what the rows say once the doubtful ones count as they should,
        ``difference`` the points between. No name of a person is in any cell.
    """
    data, found = (what.ground.data, what) if isinstance(what, Assessment) else (what, None)
    if "villages" not in data.frames or data.frames["villages"].empty:
        return _table([])
    book = Ledgers(data, found, tuple(past), tuple(findings))
    facts = audit_rule().rule
    honest = _Honest(book)
    rows = []
    for name, rule in RULES.items():
        for hit in rule(book, facts[name]):
            rows.append(_row(name, hit, book) | honest.shares(hit))
    order = {name: number for number, name in enumerate(RULES)}
    rows.sort(
        key=lambda row: (
            CERTAINTIES.index(row["certainty"]),
            order[row["rule"]],
            row["township"] or "",
            row["village_id"],
            row["layer"],
            row["column"],
            row["ids"],
            str(row["found"]),
        )
    )
    return _table(rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in AUDIT_COLUMNS}
    )


def _row(rule: str, hit: Hit, book: Ledgers) -> dict[str, Any]:
    place: Any = book.villages.loc[hit.village] if hit.village in book.villages.index else {}
    town = place.get("township") if hit.village else hit.township
    name = place.get("name")
    return {
        "rule": rule,
        "certainty": hit.certainty,
        "village_id": hit.village,
        "village": hit.village if name is None or pd.isna(name) else str(name),
        "township": None if town is None or pd.isna(town) or not town else str(town),
        "layer": hit.layer,
        "column": hit.column,
        "n": len(hit.ids),
        "ids": hit.ids,
        "found": _whole(hit.found),
        "against": _whole(hit.against),
        "other": hit.other,
        "since": hit.since,
    }


def _whole(value: Any) -> Any:
    """Give a number as a plain one, an integer where it is whole."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


class _Honest:
    """The rate of a village once doubtful rows count as they should."""

    def __init__(self, book: Ledgers) -> None:
        self.book = book
        self.verdicts: dict[str, pd.DataFrame] = {}
        targets = book.found.standard.targets if book.found else ()
        homes = (one.id for one in targets if one.reported and one.subjects == "households")
        self.main = next(homes, "")

    def shares(self, hit: Hit) -> dict[str, Any]:
        """Give target, stated rate, and the two ends of the honest one."""
        target = hit.target or (self.main if hit.surplus or hit.lost else "")
        row = self._card(target, hit.village)
        blank = {"target_id": "", "reported_share": None, "share_low": None, "share_high": None,
                 "difference": None}  # fmt: skip
        if row is None:
            return blank
        amount, met, unknown = (Fraction(row[name]) for name in ("amount", "met", "unknown"))
        if hit.surplus:
            mine = self._of(target).reindex(hit.surplus).fillna(0).sum()
            amount -= Fraction(int(mine["amount"]))
            met -= Fraction(int(mine["met"]))
            unknown -= Fraction(int(mine["unknown"]))
        amount, unknown = amount + hit.lost, unknown + hit.lost
        stated = hit.reported
        if stated is None:
            stated = self._stated(target, hit.village, Fraction(row["amount"]))
        if amount <= 0:
            return blank
        low, high = met / amount, (met + unknown) / amount
        outside = None if stated is None else max(stated - high, low - stated, Fraction(0)) * 100
        return {
            "target_id": target,
            "reported_share": None if stated is None else decimal(stated),
            "share_low": decimal(low),
            "share_high": decimal(high),
            "difference": None if outside is None else decimal(outside),
        }

    def _card(self, target: str, village: str) -> Any:
        if not target or self.book.found is None or village in ("", NOWHERE):
            return None
        rows = self.book.found.rows("village", target)
        mine: list[Any] = rows[rows["unit_id"] == village].to_dict("records")
        return mine[0] if mine and mine[0]["amount"] else None

    def _of(self, target: str) -> pd.DataFrame:
        """Give the verdicts of a target's households, in households."""
        if target not in self.verdicts and self.book.found is not None:
            one = next(one for one in self.book.found.found if one.key == target)
            table = one.frame().set_index("subject_id")[["amount", "met", "unknown"]]
            self.verdicts[target] = table[~table.index.duplicated()] // one.scale
        return self.verdicts[target]

    def _stated(self, target: str, village: str, amount: Fraction) -> Fraction | None:
        assert self.book.found is not None
        column = self.book.found.target(target).reported
        number = self.book.villages.get(str(column))
        said = None if number is None else number.get(village)
        return None if said is None or pd.isna(said) else Fraction(str(said)) / amount
