"""The state of an item is the replay of its history: one pure fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from layers.work_form import COLUMNS, KEPT_BESIDE, MOVING, Event, Item


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


_FOLDS = {
    "made": _made, "refresh": _made, "set": _set, "settle": _settle, "claim": _claim,
    "late": _nothing, "question": _question, "answer": _answer, "photo": _photo,
    "handed": _handed, "propose": _change, "apply": _change, "decline": _change,
}  # fmt: skip


def stamped(events: Sequence[Event], items: Mapping[str, Item]) -> list[Event]:
    """
    Count the versions of events that are kept together.

    All events of one item in one transaction share a version: one more than before if any of them
    changes what a receiver holds.

    Parameters
    ----------
    events
        In order.
    items
        The items they are about, those there are.
    """
    moved = {one.work_id for one in events if one.action in MOVING}
    first = {one.work_id: one.version for one in events if one.action == "made" and one.version}
    result = []
    for one in events:
        stands = items[one.work_id]["version"] if one.work_id in items else 0
        version = first.get(one.work_id, stands + (one.work_id in moved))
        result.append(replace(one, version=version))
    return result


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
