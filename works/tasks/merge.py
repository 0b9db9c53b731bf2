"""Field-by-field merge: what a person had before them, what they say, what stands now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import pandas as pd

from layers.tasks.replay import kept
from layers.work_form import MOVING, RETURNED, Item
from works.tasks.life import FINISHED, further

Outcome = Literal["same", "take", "late", "clash"]
NUMERIC = ("progress", "quantity_done")


@dataclass(frozen=True)
class Known:
    """
    What was said of one field of one item before.

    Attributes
    ----------
    base, value, who
        The version the person had, the value, and who said it; ``base`` None for nobody knows.
    """

    base: int | None
    value: str | None
    who: str


class Past:
    """
    The history of some items, asked by field.

    Parameters
    ----------
    history
        Events of these items (``layers.tasks.store.HISTORY``), in order.
    """

    def __init__(self, history: pd.DataFrame) -> None:
        self._moves: dict[tuple[str, str], list[tuple[int, str | None, str | None]]] = {}
        self._said: dict[tuple[str, str], list[Known]] = {}
        self.first: dict[str, int] = {}
        names = ("work_id", "version", "who", "via", "action", "field", "before", "value", "base")
        for work, version, who, via, action, field, before, value, base in zip(
            *(history[name] for name in names), strict=True
        ):
            key = (str(work), str(field))
            if action == "made":
                self.first[str(work)] = int(version)
            elif action in MOVING:
                self._moves.setdefault(key, []).append((int(version), before, value))
            if via == "return" and action in ("set", "claim", "late"):
                held = None if base is None or pd.isna(base) else int(base)
                self._said.setdefault(key, []).append(Known(held, value, str(who)))

    def at(self, item: Item, field: str, base: int | None) -> tuple[bool, str | None]:
        """
        Give a field as it was in a version, and whether that is known.

        Without a version, or with one from before the item was kept here or from after now, its
        first version is taken: then only what nobody has touched since is given up unasked.
        """
        work = item["work_id"]
        first = self.first.get(work, 1)
        known = base is not None and first <= base <= item["version"]
        since = base if known and base is not None else first
        for version, before, _ in self._moves.get((work, field), ()):
            if version > since:
                return known, before
        return known, item[field]

    def turned_back(self, item: Item, base: int | None) -> bool:
        """Tell whether work was sent back, or fell back, after the version somebody had."""
        since = self.first.get(item["work_id"], 1) if base is None else base
        moves = self._moves.get((item["work_id"], "state"), ())
        return any(version > since and value == "reopened" for version, _, value in moves)

    def said(self, work: str, field: str) -> list[Known]:
        """Give what returns said of a field before, in order."""
        return self._said.get((work, field), [])


def equal(field: str, one: str | None, other: str | None) -> bool:
    """
    Tell whether two values of a field say the same.

    Examples
    --------
    >>> equal("progress", "60", "60.0"), equal("note", "a", " a "), equal("state", None, "")
    (True, True, True)
    """
    if field in NUMERIC and one and other:
        try:
            return Decimal(one) == Decimal(other)
        except InvalidOperation:
            pass
    return " ".join((one or "").split()) == " ".join((other or "").split())


def merge(
    item: Item, past: Past, field: str, value: str | None, base: int | None, who: str
) -> Outcome:
    """
    Say what becomes of a value that comes back.

    Parameters
    ----------
    item, past
        The item as it stands, and its history.
    field, value
        What is said; nothing said is no change.
    base
        The version the sender had before them, None where that is not known.
    who
        The sender, '' where nobody said: two unknown ones may be two people.

    Returns
    -------
    str
        ``same``: nothing new. ``take``: nobody else has touched the field, or the sender corrects
        what they said themselves, or the work has gone further. ``late``: the work has already gone
        further. ``clash``: two say different things; what stands stays, both are kept.

    Notes
    -----
    No clock of a device is asked. What was said before, of the same version, is nothing new, also
    when somebody has chosen against it since.
    """
    if not value:
        return "same"
    _, before = past.at(item, field, base)
    if equal(field, value, before) or equal(field, value, item[field]):
        return "same"
    said = past.said(item["work_id"], field)
    if any(one.base == base and equal(field, one.value, value) for one in said):
        return "same"
    if equal(field, item[field], before) or not item[field]:
        return "take"
    if field == "state":
        if further(value, "done") is not None and item[field] in FINISHED:
            # What is done, looked at or struck off lies beyond all a team says of its way there.
            return "late"
        onwards = further(item[field], value)
        if onwards is not None:
            # Whoever did not know that it was sent back speaks of the time before.
            back = onwards and past.turned_back(item, base)
            return "clash" if back else "take" if onwards else "late"
    own = who and said and said[-1].who == who and equal(field, said[-1].value, item[field])
    return "take" if own else "clash"


def open_claims(item: Item) -> dict[str, list[dict[str, Any]]]:
    """
    Give what is on the table beside what stands, by field.

    Of several answers on the way to done only the furthest counts, whatever came first: who says
    "in progress" has nothing against somebody else's "done".
    """
    claims: dict[str, list[dict[str, Any]]] = kept(item, "claims")
    said = claims.get("state", [])
    claims["state"] = [
        one for one in said if not any(further(one["value"], other["value"]) for other in said)
    ]
    return {name: rows for name, rows in claims.items() if rows}


def mergeable(values: Mapping[str, str | None]) -> dict[str, str]:
    """Give what a return says of the fields it may fill, nothing said left out."""
    return {name: value for name in RETURNED if (value := values.get(name))}
