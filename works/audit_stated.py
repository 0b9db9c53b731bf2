"""Rules on what a ledger states of itself: rates and totals, beside what its rows add up to."""

from __future__ import annotations

import difflib
import re
import unicodedata
from fractions import Fraction

from geo.target import Target
from layers.places import NOWHERE
from layers.sheet.stated import read_differing
from layers.text import plain
from works.audit_facts import RuleFacts, audit_rule
from works.audit_ledgers import Hit, Ledgers
from works.audit_reported import doubts

_RATE = re.compile(r"率|比例|占比|rate|share|percent|%", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")


def reported_share(book: Ledgers, facts: RuleFacts) -> list[Hit]:  # noqa: ARG001  rules look alike
    """Find villages whose own number of passes lies far from what was counted."""
    if book.found is None:
        return []
    column = {one.id: str(one.reported) for one in book.found.standard.targets}
    return [
        Hit(
            str(row["village_id"]),
            "likely",
            "villages",
            column[row["target_id"]],
            (str(row["village_id"]),),
            found=float(row["reported"]),
            against=float(row["amount"]),
            target=str(row["target_id"]),
            reported=Fraction(row["reported"]) / Fraction(row["amount"]),
        )
        for row in doubts(book.found).to_dict("records")
    ]


def stated_share(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find villages whose ledger states a rate, in a column of its own, that is not the counted."""
    if book.found is None:
        return []
    found = []
    limit = Fraction(audit_rule().doubtful_above_points) / 100
    for column in book.own_columns("villages"):
        target = _target_of(column, book.found.standard.targets, facts.limits["alike"])
        if target is None:
            continue
        said = dict(zip(book.villages.index, map(rate, book.villages[column]), strict=True))
        for row in book.found.rows("village", target.id).to_dict("records"):
            share, amount = said.get(row["unit_id"]), Fraction(row["amount"])
            if share is None or row["unit_id"] == NOWHERE or not amount:
                continue
            low = Fraction(row["met"]) / amount
            high = low + Fraction(row["unknown"]) / amount
            if max(share - high, low - share) > limit:
                village = str(row["unit_id"])
                found.append(
                    Hit(
                        village,
                        "possible",
                        "villages",
                        column,
                        (village,),
                        target=target.id,
                        reported=share,
                    )
                )
    return found


def rate(cell: object) -> Fraction | None:
    """
    Read a rate as people write it; None where there is none.

    Examples
    --------
    >>> [rate(one) for one in ("85%", "85", "0.85", 85.0, "无", "850%")]
    [Fraction(17, 20), Fraction(17, 20), Fraction(17, 20), Fraction(17, 20), None, None]
    """
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    share = Fraction(match[1])
    share = share / 100 if match[2] or share > 1 else share
    return share if share <= 1 else None


def _target_of(column: str, targets: tuple[Target, ...], alike: float) -> Target | None:
    """Give the target a head of the sender's own speaks of: one title is like it, no other is."""
    if not _RATE.search(column):
        return None
    head = plain(column)
    found = []
    for target in targets:
        ratios = (
            difflib.SequenceMatcher(None, head, plain(title)).ratio()
            for title in target.title.values()
        )
        found.append((max(ratios), target))
    near = sorted((one for one in found if one[0] >= alike), key=lambda one: -one[0])
    if not near or (len(near) > 1 and near[1][0] == near[0][0]):
        return None
    return near[0][1]


def stated_total(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """Find ledgers whose row of totals does not say what their rows add up to."""
    return [
        Hit("", "certain", finding.layer, column, found=stated, against=summed)
        for finding in book.findings
        if finding.code == "total_row_skipped" and finding.layer in book.data.frames
        for column, stated, summed in read_differing(finding.detail)
        if abs(stated - summed) > facts.limits["share"] * max(abs(summed), 1)
    ]
