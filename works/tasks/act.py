"""What people do with pieces of work: the steps of their life, one after the other, and edits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from layers.errors import UsageError
from layers.tasks.replay import kept
from layers.tasks.store import Said, TaskStore, Writer
from layers.work_form import Event, Item
from works.tasks.life import FINISHED, may_follow, states
from works.tasks.merge import Past, equal

EDITS = ("office", "team", "person", "due", "note", "progress", "done_on", "quantity_done",
         "result", "obstacle", "ticked")  # fmt: skip
"""Fields people set directly; the others change by a step."""
OK = "ok"
_CHECKS = ("township_check", "county_check", "recheck")
_LACKS = {
    "state": "needs_state", "township_check": "needs_township_check",
    "county_check": "needs_county_check", "recheck": "needs_recheck",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """
    One step of a life.

    Attributes
    ----------
    state
        The state it leads to, '' where it leaves the state.
    sets
        Fields it sets.
    clears
        Fields it empties.
    after
        What must stand before it: field to value.
    """

    state: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    clears: tuple[str, ...] = ()
    after: Mapping[str, str] = field(default_factory=dict)


STEPS: Mapping[str, Step] = {
    "accept": Step("accepted"),
    "start": Step("in_progress"),
    "done": Step("done"),
    "verify-township": Step(sets={"township_check": OK}, after={"state": "done"}),
    "verify-county": Step(
        "verified", {"county_check": OK}, after={"state": "done", "township_check": OK}
    ),
    "recheck": Step(sets={"recheck": OK}, after={"state": "verified"}),
    "close": Step("closed", after={"state": "verified", "recheck": OK}),
    "reopen": Step("reopened", clears=(*_CHECKS, "ticked")),
    "dispute": Step("disputed"),
    "not-feasible": Step("not_feasible"),
    "return-to-open": Step("open", clears=("obstacle",)),
    "strike-off": Step("closed"),
}
"""
签收, 处置, 完成, 乡镇初验, 县级验收, 回头看, 销号; sent back or fallen back, disputed, not
feasible; back to open where an objection is turned down, struck off where it is granted or nothing
is left to do (a reason must be given).
"""


@dataclass
class Done:
    """
    What came of a step or an edit.

    Attributes
    ----------
    changed, unchanged
        Work ids.
    clashes
        Work id, field, what stands, what was wanted: somebody else changed it in between.
    refused
        Work id to why not: a key of the words under ``task.refused.``.
    """

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    clashes: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def take_step(
    store: TaskStore,
    work_ids: Collection[str],
    step: str,
    said: Said,
    *,
    note: str = "",
    base: Mapping[str, int] | None = None,
    must_tick: Sequence[str] = (),
) -> Done:
    """
    Take one step with some pieces of work, all in one transaction.

    Parameters
    ----------
    store, work_ids
        Where they are kept, and which.
    step
        One of :data:`STEPS`.
    said, note
        Who says so, and why: needed to send back, to dispute, to strike off, where it is not
        feasible.
    base
        Work id to the version the person saw; as it is now when not given.
    must_tick
        Items of the county's list that must be ticked before ``close``.

    Raises
    ------
    UsageError
        If there is no such step, or a piece of work is unknown.
    """
    if step not in STEPS:
        msg = f"{step}: no such step. Choose one of {', '.join(STEPS)}."
        raise UsageError(msg)
    with store.writing() as writer:
        items = _known(writer, work_ids)
        done = Done()
        ready: dict[str, dict[str, str | None]] = {}
        for key, item in items.items():
            why = _hindered(item, step, note, must_tick)
            if why:
                done.refused[key] = why
            else:
                ready[key] = _fields(item, STEPS[step], note)
        _write(writer, items, ready, said, note, base, done)
    return done


def edit(
    store: TaskStore,
    values: Mapping[str, Mapping[str, str | None]],
    said: Said,
    *,
    note: str = "",
    base: Mapping[str, int] | None = None,
) -> Done:
    """
    Give fields of pieces of work new values, all in one transaction.

    Parameters
    ----------
    store
        Where they are kept.
    values
        Work id to field (one of :data:`EDITS`) to value; None empties it.
    said, note, base
        As for :func:`take_step`.

    Raises
    ------
    UsageError
        If a field cannot be set, a value does not fit it, or a piece of work is unknown.
    """
    for fields in values.values():
        for name, value in fields.items():
            _check(name, value)
    with store.writing() as writer:
        items = _known(writer, values)
        done = Done()
        wanted = {key: dict(values[key]) for key in items}
        _write(writer, items, wanted, said, note, base, done)
    return done


def _check(name: str, value: str | None) -> None:
    if name not in EDITS:
        msg = f"{name}: cannot be set. Choose one of {', '.join(EDITS)}."
        raise UsageError(msg)
    if name in ("due", "done_on") and value:
        try:
            plain = dt.date.fromisoformat(value).isoformat() == value
        except ValueError:
            plain = False
        if not plain:
            msg = f"{name} {value}: is not a day. Write it as 2023-06-30."
            raise UsageError(msg)
    digits = value is not None and value.isascii() and value.isdecimal()
    if name == "progress" and value and not (digits and int(value) <= 100):
        msg = f"progress {value}: is not a whole number from 0 to 100."
        raise UsageError(msg)


def _known(writer: Writer, work_ids: Collection[str]) -> dict[str, Item]:
    items = writer.items(work_ids)
    lost = [key for key in work_ids if key not in items]
    if lost:
        msg = f"{lost[0]}: is no piece of work of this project. Check its number."
        raise UsageError(msg)
    return items


def open_steps(item: Item, must_tick: Sequence[str] = ()) -> dict[str, str]:
    """
    Give the steps that lie before a piece of work now, each with what it still asks for.

    Parameters
    ----------
    item
        The piece of work.
    must_tick
        As for :func:`take_step`.

    Returns
    -------
    dict
        Step to '' where it can be taken at once, else ``needs_note``, ``needs_ticks`` or
        ``needs_answers``.
    """
    found = {}
    for step, rule in STEPS.items():
        why = _hindered(item, step, "", must_tick)
        moves = rule.state or any(item[name] != value for name, value in rule.sets.items())
        if moves and why in ("", "needs_note", "needs_ticks", "needs_answers"):
            found[step] = why
    return found


def _hindered(item: Item, step: str, note: str, must_tick: Sequence[str]) -> str:
    """Say why a step cannot be taken, '' when it can."""
    rule = STEPS[step]
    if any(item[name] != value for name, value in rule.after.items()):
        missing = [name for name, value in rule.after.items() if item[name] != value]
        return _LACKS[missing[0]]
    if rule.state and not may_follow(item["state"], rule.state):
        return "no_way"
    if step == "strike-off" and item["state"] in ("done", "verified"):
        return "no_way"
    needs_note = step in ("reopen", "strike-off") or bool(rule.state and states()[rule.state].needs)
    if needs_note and not note.strip():
        return "needs_note"
    ticked = set((item["ticked"] or "").split("、"))
    if step == "close" and not ticked >= set(must_tick):
        return "needs_ticks"
    if step in ("verify-county", "close") and kept(item, "questions"):
        return "needs_answers"
    return ""


def _fields(item: Item, rule: Step, note: str) -> dict[str, str | None]:
    fields: dict[str, str | None] = dict(rule.sets)
    if rule.state:
        fields["state"] = rule.state
        needs = states()[rule.state].needs
        if needs:
            fields[needs] = note
    return fields | {name: None for name in rule.clears if item[name]}


def _write(
    writer: Writer,
    items: Mapping[str, Item],
    wanted: Mapping[str, Mapping[str, str | None]],
    said: Said,
    note: str,
    base: Mapping[str, int] | None,
    done: Done,
) -> None:
    old = [key for key in wanted if base and base.get(key) != items[key]["version"]]
    past = Past(writer.history(old)) if old else None
    events: list[Event] = []
    for key, fields in wanted.items():
        item, mine, clashing = items[key], [], False
        seen = base.get(key) if base else item["version"]
        for name, value in fields.items():
            if equal(name, item[name], value):
                continue
            if past is not None and key in old:
                _, before = past.at(item, name, seen)
                if not equal(name, before, item[name]):
                    done.clashes.append((key, name, item[name], value))
                    clashing = True
                    continue
            mine.append(Event(key, "set", name, item[name], value, seen, note))
        events += mine
        if mine:
            done.changed.append(key)
        elif not clashing:
            done.unchanged.append(key)
    writer.keep(events, said)


def choose(
    store: TaskStore, work: str, name: str, value: str | None, said: Said, *, note: str = ""
) -> Done:
    """
    Choose between the values two people gave a field; any value that fits it may be chosen.

    Of a state only one that somebody gave; where it leads back, what was checked of the work
    counts no more.

    Raises
    ------
    UsageError
        If nothing is open there, or the value does not fit.
    """
    with store.writing() as writer:
        item = _known(writer, [work])[work]
        claims = kept(item, "claims")
        if name not in claims:
            msg = f"{item['work_no']}, {name}: there is nothing to choose. Look at its history."
            raise UsageError(msg)
        given = [item[name], *(one["value"] for one in claims[name])]
        if name in EDITS and value not in given:
            _check(name, value)
        wanted: dict[str, str | None] = {}
        if name == "state":
            if value not in given:
                msg = f"{item['work_no']}, state: nobody said {value}. Choose one of "
                raise UsageError(msg + ", ".join(str(one) for one in given) + ".")
            if value not in FINISHED:
                wanted = {one: None for one in (*_CHECKS, "ticked") if item[one]}
        events = [Event(work, "settle", name, item[name], value, item["version"], note)]
        for one, empty in wanted.items():
            events.append(Event(work, "set", one, item[one], empty, item["version"], note))
        writer.keep(events, said)
    return Done(changed=[work])
