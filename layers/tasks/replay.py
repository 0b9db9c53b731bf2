"""The state of an item is the replay of its history: one pure fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from json.encoder import encode_basestring
from typing import Any

from layers.errors import DataError
from layers.work_form import COLUMNS, FIELDS, KEPT_BESIDE, MADE_OF, MOVING, Event, Item


def blank(work_id: str) -> Item:
    """Give an item of which nothing is known yet."""
    return {**_BLANK, "work_id": work_id, "version": 0}


_BLANK: Item = {**dict.fromkeys(COLUMNS), **dict.fromkeys(KEPT_BESIDE, "")}


def kept(item: Item, name: str) -> Any:
    """Read what is kept beside the fields: a dict, or a list for photos and questions."""
    text = item[name]
    if text:
        return json.loads(text)
    return [] if name in ("photos", "questions") else {}


def as_json(value: Any) -> str:
    """Write a value as JSON, the same value always in the same way."""
    return _JSON(value)


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def texts_as_json(row: Mapping[str, str | None]) -> str:
    """
    Write texts by name as :func:`as_json` does, several times as fast.

    Examples
    --------
    >>> texts_as_json({"b": "a", "a": None}) == as_json({"b": "a", "a": None})
    True
    """
    names, told = _heads(tuple(row))
    cells = (row[name] for name in names)
    return told % tuple(["null" if one is None else encode_basestring(one) for one in cells])


@cache
def _heads(names: tuple[str, ...]) -> tuple[list[str], str]:
    """Give names in order, and an object of theirs with a mark for each value."""
    told = ", ".join(f"{encode_basestring(name)}: %s" for name in sorted(names))
    return sorted(names), "{" + told + "}"


def _keep(value: Any) -> str:
    return as_json(value) if value else ""


def fold(
    item: Item | None, event: Event, who: str = "", told: Mapping[str, Any] | None = None
) -> Item:
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
    told
        The columns its value holds, where they were read already.
    """
    new = blank(event.work_id) if item is None else dict(item)
    if told is None:
        _FOLDS[event.action](new, event, who)
    else:
        new.update(told)
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
_PLAIN = frozenset((str, type(None)))
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
    return _counted(events, items)


def applied(
    events: Sequence[Event], items: Mapping[str, Item], who: str
) -> tuple[list[Event], dict[str, Item]]:
    """
    Give events that are kept together as :func:`stamped`, and the items they are about after them.

    Parameters
    ----------
    events, items
        In order, and the items they are about, those there are.
    who
        Who says them.

    Raises
    ------
    DataError
        As :func:`stamped`.
    """
    told = _check(events, items)
    done = _counted(events, items)
    after: dict[str, Item] = {}
    for event, columns in zip(done, told, strict=True):
        key = event.work_id
        after[key] = fold(after.get(key) or items.get(key), event, who, columns)
    return done, after


def _counted(events: Sequence[Event], items: Mapping[str, Item]) -> list[Event]:
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


def _check(events: Sequence[Event], items: Mapping[str, Item]) -> list[Mapping[str, Any] | None]:
    """Refuse what no item can hold; give the columns of events that hold such, read once."""
    known = set(items)
    read: list[Mapping[str, Any] | None] = []
    for one in events:
        fault, told = "", None
        if (one.action == "made") == (one.work_id in known):
            fault = "is made already" if one.action == "made" else "was never made"
        elif one.action not in _FOLDS or not one.work_id:
            fault = f"{one.action}: no such event"
        elif one.action in _OF_FIELDS and one.field not in FIELDS:
            fault = f"{one.field}: no field people fill in"
        elif one.value is not None and type(one.value) is not str:
            fault = f"{one.field}: its value is no text"
        elif one.action in ("made", "refresh"):
            told = json.loads(one.value or "{}")
            fault = _unfit(one, told)
        if fault:
            msg = f"work, {one.work_id}: {fault}. Nothing was kept; tell whoever keeps the planner."
            raise DataError(msg)
        known.add(one.work_id)
        read.append(told)
    return read


def _unfit(event: Event, told: Mapping[str, Any]) -> str:
    """Say what of the columns of an item no store would give back as it was."""
    allowed = _MADE if event.action == "made" else _REFRESHED
    wrong = () if told.keys() <= allowed else [name for name in told if name not in allowed]
    plain = _PLAIN.issuperset(map(type, told.values()))
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
