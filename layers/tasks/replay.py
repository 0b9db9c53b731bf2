"""The state of an item is the replay of its history: one pure fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from layers.errors import DataError
from layers.work_form import COLUMNS, FIELDS, KEPT_BESIDE, MADE_OF, MOVING, Event, Item


def blank(work_id: str) -> Item:
    """Give an item of which nothing is known yet."""
    item: Item = dict.fromkeys(COLUMNS)
    return item | dict.fromkeys(KEPT_BESIDE, "") | {"work_id": work_id, "version": 0}


def kept(item: Item, name: str) -> Any:
    """Read what is kept beside the fields: a dict, or a list for photos and questions."""
    text = item[name]
    if text:
        return json.loads(text)
    return [] if name in ("photos", "questions") else {}


def as_json(value: Any) -> str:
    """Write a value as JSON, the same value always in the same way."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _keep(value: Any) -> str:
    return as_json(value) if value else ""


def fold(item: Item | None, event: Event, who: str = "") -> Item:
    """
    Give an item as it is after one more event; the item given is not changed.

    Parameters
    ----------
    item
        As it was; None before ``made``.
    event
        What happened, its version counted.
    who
        Who said it; kept with claims and questions.
    """
    new = blank(event.work_id) if item is None else dict(item)
    _FOLDS[event.action](new, event, who)
    new["version"] = event.version
    return new


def _made(item: Item, event: Event, _who: str) -> None:
    item.update(json.loads(event.value or "{}"))


def _set(item: Item, event: Event, _who: str) -> None:
    item[event.field] = event.value


def _settle(item: Item, event: Event, _who: str) -> None:
    claims = kept(item, "claims")
    claims.pop(event.field, None)
    item["claims"] = _keep(claims)
    item[event.field] = event.value


def _claim(item: Item, event: Event, who: str) -> None:
    claims = kept(item, "claims")
    mine = {"value": event.value, "who": who, "base": event.base}
    claims.setdefault(event.field, []).append(mine)
    item["claims"] = _keep(claims)


def _question(item: Item, event: Event, who: str) -> None:
    asked = [one for one in kept(item, "questions") if one["code"] != event.field]
    mine = {"code": event.field, "value": event.value, "who": who}
    item["questions"] = _keep([*asked, mine])


def _answer(item: Item, event: Event, _who: str) -> None:
    asked = [one for one in kept(item, "questions") if one["code"] != event.field]
    item["questions"] = _keep(asked)


def _photo(item: Item, event: Event, _who: str) -> None:
    item["photos"] = _keep([*kept(item, "photos"), json.loads(event.value or "{}")])


def _handed(item: Item, event: Event, _who: str) -> None:
    item["handed"] = _keep({**kept(item, "handed"), event.field: event.version})


def _change(item: Item, event: Event, _who: str) -> None:
    told = json.loads(event.value or "{}")
    item["change"] = _keep({**kept(item, "change"), **told, "state": event.action})


def _nothing(_item: Item, _event: Event, _who: str) -> None:
    """Leave the item as it is: what was said too late stands in the history alone."""


_MADE = frozenset(COLUMNS)
_REFRESHED = frozenset(MADE_OF)
_OF_FIELDS = ("set", "settle", "claim", "late")
_FOLDS = {
    "made": _made, "refresh": _made, "set": _set, "settle": _settle, "claim": _claim,
    "late": _nothing, "question": _question, "answer": _answer, "photo": _photo,
    "handed": _handed, "propose": _change, "apply": _change, "decline": _change,
}  # fmt: skip


def stamped(events: Sequence[Event], items: Mapping[str, Item]) -> list[Event]:
    """
    Count the versions of events that are kept together, and refuse what no item can hold.

    All events of one item in one transaction share a version: one more than before if any of them
    changes what a receiver holds.

    Parameters
    ----------
    events
        In order.
    items
        The items they are about, those there are.

    Raises
    ------
    DataError
        If an event is about an item nobody made, makes one a second time, or holds what the store
        could not give back as it was. A mistake of the program: nothing of it is kept.
    """
    _check(events, items)
    moved = {one.work_id for one in events if one.action in MOVING}
    first = {one.work_id: one.version for one in events if one.action == "made" and one.version}
    versions = {
        key: first.get(key, (items[key]["version"] if key in items else 0) + (key in moved))
        for key in {one.work_id for one in events}
    }
    return [
        Event(
            one.work_id, one.action, one.field, one.before, one.value, one.base, one.note,
            versions[one.work_id],
        )
        for one in events
    ]  # fmt: skip


def _check(events: Sequence[Event], items: Mapping[str, Item]) -> None:
    known = set(items)
    for one in events:
        fault = ""
        if (one.action == "made") == (one.work_id in known):
            fault = "is made already" if one.action == "made" else "was never made"
        elif one.action not in _FOLDS or not one.work_id:
            fault = f"{one.action}: no such event"
        elif one.action in _OF_FIELDS and one.field not in FIELDS:
            fault = f"{one.field}: no field people fill in"
        elif one.value is not None and type(one.value) is not str:
            fault = f"{one.field}: its value is no text"
        elif one.action in ("made", "refresh"):
            fault = _unfit(one)
        if fault:
            msg = f"work, {one.work_id}: {fault}. Nothing was kept; tell whoever keeps the planner."
            raise DataError(msg)
        known.add(one.work_id)


def _unfit(event: Event) -> str:
    """Say what of the columns of an item no store would give back as it was."""
    told = json.loads(event.value or "{}")
    allowed = _MADE if event.action == "made" else _REFRESHED
    wrong = [name for name in told if name not in allowed]
    plain = all(value is None or type(value) is str for value in told.values())
    own = told.get("work_id", event.work_id) == event.work_id
    if wrong:
        return f"{wrong[0]}: no column of it"
    return "" if plain and own else "its columns are no texts of its own"


def replay(history: Iterable[tuple[Event, str]]) -> dict[str, Item]:
    """
    Give every item as its history says.

    Parameters
    ----------
    history
        Events in the order they were kept, each with who said it.
    """
    items: dict[str, Item] = {}
    for event, who in history:
        items[event.work_id] = fold(items.get(event.work_id), event, who)
    return items
