"""From a finished piece of work to the rows it changes: one way for each kind of measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from geo.conditions import evaluate
from geo.count import window
from geo.grammar import tables_of
from geo.logic import MET
from geo.target import Body, Join, Measure
from layers.schema import schema
from layers.work_form import Item
from works.changes.asked import Asking, Counted, Test, layer_changed
from works.changes.draft import Draft, Hindered, Row
from works.changes.job import Filled, Job
from works.changes.lines import along
from works.changes.rules import rule_of
from works.changes.sites import reach
from works.changes.values import plain_number

Found = Draft | Hindered | None
"""What would change, why nothing can be told, or None where all of it is so already."""


def derive(asking: Asking, item: Item) -> Draft | Hindered:
    """
    Say what a finished piece of work changes in the layers.

    Parameters
    ----------
    asking
        Its target over the data as they are.
    item
        The piece of work.

    Returns
    -------
    Draft or Hindered
        The rows, or why there are none: it is so already, something was not told, or one piece of
        work cannot prove it.
    """
    body = asking.body
    date = str(body.keys.get("date", "")) if isinstance(body, Measure) else ""
    rule = rule_of(str(item["kind"]), date)
    if rule.nothing:
        return Hindered(rule.nothing)
    if body is None:
        return Hindered("no_rule")
    job = _job(asking, item)
    if isinstance(job, Hindered):
        return job
    if job.told_number == 0:
        return Hindered("nothing_done")
    found = _set_by_rule(job) if rule.sets else _ask(job, body)
    return Hindered("already") if found is None else found


def _job(asking: Asking, item: Item) -> Job | Hindered:
    key = str(item["subject_id"])
    date = ""
    if isinstance(asking.body, Measure):
        date = str(asking.body.keys.get("date", ""))
    rule = rule_of(str(item["kind"]), date)
    if asking.target.work.get("per") == "village" and asking.rows.layer != "villages":
        here = asking.of_village(key)
        return Job(asking, item, rule, here[0], whole=True) if here else Hindered("subject_gone")
    at = asking.at(key)
    return Hindered("subject_gone") if at is None else Job(asking, item, rule, at)


def _ask(job: Job, body: Body) -> Found:
    if isinstance(body, Join):
        return _any(job, body) if body.how == "any_of" else _all(job, body)
    return _MEASURES[body.kind](job, body)


def _any(job: Job, body: Join) -> Found:
    """Take the way the work is of, else the first that can be told; nothing if one is met."""
    members = list(body.members)
    subjects = job.asking.rows.layer
    if job.rule.layer:
        members.sort(key=lambda one: layer_changed(one, subjects) != job.rule.layer)
    why: Hindered | None = None
    if any(_met(job, one) for one in members):
        return None
    for one in members:
        if job.rule.layer and layer_changed(one, subjects) != job.rule.layer:
            break
        found = _ask(job, one)
        if not isinstance(found, Hindered):
            several = len(members) > 1 and not job.rule.layer
            return _with_note(found, "first_way") if several and found else found
        why = why or found
    return why or Hindered("no_rule")


def _met(job: Job, body: Body) -> bool:
    """Tell whether a subject's own cells, or what is counted, meet one way already."""
    if isinstance(body, Measure) and body.kind == "attribute":
        return isinstance(found := _attribute(job, body, try_only=True), Filled) and not found.cells
    if isinstance(body, Measure) and body.kind == "count" and body.keys["items"] != "self":
        counted = job.asking.counted(body)
        enough = counted.sure[job.at] >= counted.needed[job.at]
        return bool(enough) and "at_most" not in body.keys
    return False


def _with_note(draft: Draft, note: str) -> Draft:
    return Draft(draft.rows, draft.assumed, draft.short, (*draft.notes, note))


def _all(job: Job, body: Join) -> Found:
    whole: Draft | None = None
    for one in body.members:
        found = _ask(job, one)
        if isinstance(found, Hindered):
            return found
        if found is not None:
            whole = found if whole is None else whole.and_then(found)
    return whole


def _set_by_rule(job: Job) -> Found:
    row = job.row_of(job.asking.rows.layer)
    if isinstance(row, Hindered):
        return row
    values = {name: job.dated(text) for name, text in job.rule.sets.items()}
    if None in values.values():
        return Hindered("needs_day")
    return job.change(*row, {name: str(value) for name, value in values.items()})


# ---------------------------------------------------------------- the subject's own columns


def _attribute(job: Job, body: Measure, *, try_only: bool = False) -> Any:
    keys = body.keys
    asked = {k: v for k, v in keys.items() if k not in ("column", "per", "items")}
    if "per" in keys:
        limit = job.asking.needed(body)[job.at]
        if np.isnan(limit):
            return Hindered("limit_blank", {"column": str(keys["per"]["column"])})
        asked["at_least"] = int(limit)
    test = job.asking.test(job.asking.rows.layer, str(keys["column"]), asked)
    if test[0] != job.asking.rows.layer and not try_only:
        # Nobody moves a village into another water zone by laying a pipe.
        return Hindered("other_row", {"column": test[1], "layer": test[0]})
    row = job.row_of(test[0])
    if isinstance(row, Hindered):
        return row
    key, rows, at = row
    if job.whole:
        return Hindered("many")
    column = test[3]
    if column is not None and column.type in ("date", "datetime") and not try_only:
        if asked.get("empty") is False:
            return job.change(key, rows, at, {test[1]: job.day}) if job.day else _no_day()
        return Hindered("no_rule")
    filled = job.filled([test], rows, at)
    if try_only or isinstance(filled, Hindered):
        return filled
    return job.change(key, rows, at, filled.cells, assumed=filled.assumed, short=filled.short)


def _no_day() -> Hindered:
    return Hindered("needs_day")


def _ratio(job: Job, body: Measure) -> Found:
    """Add what was done to the numerator, up to the denominator."""
    layer, part, whole = (
        job.asking.rows.layer,
        *(str(body.keys[key]) for key in ("numerator", "denominator")),
    )
    row = job.row_of(layer)
    if isinstance(row, Hindered):
        return row
    numbers = [job.asking.ground.numbers(job.asking.rows, name)[job.at] for name in (part, whole)]
    if np.isnan(numbers).any() or numbers[0] > numbers[1]:
        return Hindered("limit_blank", {"column": part, "layer": layer})
    told = job.told_number
    added = numbers[1] - numbers[0] if told is None else float(told)
    text = plain_number(f"{min(numbers[0] + added, numbers[1]):.6f}")
    assumed = {part: text} if told is None else {}
    return job.change(*row, {part: text}, assumed=assumed)


# ---------------------------------------------------------------- things that are counted


def _count(job: Job, body: Measure) -> Found:
    keys = body.keys
    if "each" in keys or "until" in keys:
        return Hindered("one_event")
    if keys["items"] == "self":
        return _own_day(job, body)
    if job.whole and keys.get("by") != "village_id" and "at_most" not in keys:
        return Hindered("many")
    if "at_most" in keys and "at_least" not in keys:
        return _fewer(job, body)
    counted = job.asking.counted(body)
    limit = counted.needed[job.at]
    if np.isnan(limit):
        return Hindered("limit_blank", {"column": str(keys.get("per", {}).get("column", ""))})
    short = int(limit) - int(counted.sure[job.at])
    if "date" in keys:
        if short > 1:
            return Hindered("one_event")
        return _added(job, body, 1) if job.day else _no_day()
    if short <= 0 and not job.words:
        return None
    return _mended(job, body, counted, short)


def _own_day(job: Job, body: Measure) -> Found:
    """Write the day into the subject's own column of days, beside what else is asked of it."""
    layer = job.asking.rows.layer
    row = job.row_of(layer)
    tests = job.asking.tests(layer, body.keys.get("where"))
    if isinstance(row, Hindered) or tests is None:
        return row if isinstance(row, Hindered) else Hindered("near")
    if job.whole:
        return Hindered("many")
    filled = job.filled(tests, row[1], row[2])
    if isinstance(filled, Hindered):
        return filled
    if "date" in body.keys:
        if job.day is None:
            return _no_day()
        filled.cells[str(body.keys["date"])] = job.day
    return job.change(
        *row, filled.cells, assumed=filled.assumed, short=filled.short, notes=_outside(job, body)
    )


def _outside(job: Job, body: Measure) -> tuple[str, ...]:
    """Note a day that does not lie in the days that are judged: what is done closes no gap then."""
    days = window(body.keys, job.asking.ground.as_of)
    if days is None or job.day is None:
        return ()
    day = dt.date.fromisoformat(job.day)
    return () if (days[0] or day) <= day <= days[1] else ("day_outside",)


def _mended(job: Job, body: Measure, counted: Counted, short: int) -> Found:
    """Make things the subject has pass, the nearest to passing first; add what still lacks."""
    items, keys = counted.items, body.keys
    tests = job.asking.tests(items.layer, keys.get("where"))
    if tests is None:
        return Hindered("near")
    whole: Draft | None = None
    options: list[tuple[int, str, int, Filled]] = []
    for at in counted.of(job.at):
        if not _same_kind(job, counted, at, tests):
            continue
        filled = job.filled(tests, items, at)
        if isinstance(filled, Hindered):
            return filled
        done = counted.passing[at] == MET
        if done and not filled.cells:
            continue
        options.append((len(filled.cells), str(items.ids[at]), at, filled))
    wanted = max(short, 1 if job.words and options else 0)
    for _, key, at, filled in sorted(options, key=lambda one: one[:2])[:wanted]:
        found = job.change(key, items, at, filled.cells, assumed=filled.assumed, short=filled.short)
        if found is not None:
            whole = found if whole is None else whole.and_then(found)
        wanted -= 1
    if wanted <= 0 or short <= 0:
        return whole
    added = _added(job, body, wanted)
    if isinstance(added, Hindered) or whole is None:
        return added
    return whole if added is None else whole.and_then(added)


def _same_kind(job: Job, counted: Counted, at: int, tests: list[Test]) -> bool:
    """Tell whether a thing is of the kind asked for: a school is never made a clinic."""
    kinds = {name: test for _, name, test, _, _ in tests if name == "kind"}
    if not kinds:
        return True
    one = np.array([at])
    rows = type(counted.items)(
        counted.items.layer, counted.items.ids[one], counted.items.cells.take(one),
        counted.items.village[one], counted.items.shapes[one],
    )  # fmt: skip
    return bool(evaluate(job.asking.ground, rows, kinds)[0] == MET)


def _added(job: Job, body: Measure, count: int) -> Found:
    """Add things that belong to the subject and pass."""
    keys, layer = body.keys, str(body.keys["items"])
    form = schema(layer)
    if form.made_from:
        return Hindered("derived", {"layer": layer})
    tests = job.asking.tests(layer, keys.get("where"))
    if tests is None:
        return Hindered("near")
    filled = job.filled(tests, None, 0)
    if isinstance(filled, Hindered):
        return filled
    owner = _belongs(job, keys)
    if isinstance(owner, Hindered):
        return owner
    shape = ""
    if "point" in form.geometry:
        shape = job.place
    if not shape and ("within_m" in keys or keys.get("by") == "inside"):
        shape = job.own_place
        if not shape:
            return Hindered("needs_place", {"layer": layer})
    if not shape and "none" not in form.geometry:
        return Hindered("draw" if "point" not in form.geometry else "needs_place")
    if shape and "point" not in form.geometry:
        return Hindered("draw")
    dated = {str(keys["date"]): str(job.day)} if "date" in keys else {}
    values = {**owner, **dated, **filled.cells}
    rows = tuple(Row(layer, key, values, None, shape) for key in job.free_ids(layer, count))
    notes = (*(("at_subject",) if shape and shape != job.place else ()), *_outside(job, body))
    return Draft(rows, filled.assumed, filled.short, notes)


def _belongs(job: Job, keys: Mapping[str, Any]) -> dict[str, str] | Hindered:
    """Give the columns that say whose a new thing is."""
    by = str(keys.get("by", ""))
    if by in ("", "inside", "village_id"):
        return {"village_id": job.village} if job.village else {}
    if schema(job.asking.rows.layer).key == by:
        return {by: job.own_id}
    value = job.asking.cell(job.asking.rows, job.at, by)
    return {by: value} if value else Hindered("limit_blank", {"column": by})


def _fewer(job: Job, body: Measure) -> Found:
    """Make things that count against the subject count no more, by the one yes/no they go by."""
    counted = job.asking.counted(body)
    where = tables_of(body.keys.get("where"))[0]
    tests = job.asking.tests(counted.items.layer, body.keys.get("where"))
    if tests is None or len(where) != 1 or int(body.keys["at_most"]) != 0:
        return Hindered("no_rule")
    _, name, test, column, _ = tests[0]
    if column is None or column.type != "boolean" or not test.get("one_of"):
        return Hindered("no_rule")
    other = "false" if str(test["one_of"][0]).lower() == "true" else "true"
    homes = job.asking.of_village(str(job.item["subject_id"])) if job.whole else [job.at]
    mine = {at for home in homes for at in counted.of(home) if counted.passing[at] == MET}
    whole: Draft | None = None
    for at in sorted(mine, key=lambda one: str(counted.items.ids[one])):
        found = job.change(str(counted.items.ids[at]), counted.items, at, {name: other})
        if found is not None:
            whole = found if whole is None else whole.and_then(found)
    return whole


def _never(_job: Job, _body: Measure) -> Found:
    """Leave outlines to those who draw them."""
    return Hindered("draw")


_MEASURES: dict[str, Callable[[Job, Measure], Found]] = {
    "attribute": _attribute, "ratio": _ratio, "count": _count, "reach": reach, "along": along,
    "area": _never,
}  # fmt: skip
