"""What becomes of a return: every field of every row decided, nothing kept yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.work_form import RETURNED, Event, Item
from works.returns.matching import Register, base_of
from works.returns.places import (
    SAME_M,
    metres,
    own_place,
    place_of_text,
    place_text,
    said_place,
)
from works.returns.reading import Row, Sent
from works.returns.standing import Decided, Standing, Value
from works.returns.told import Entry, Returned
from works.returns.values import Days, names_of, understood
from works.tasks.life import may_follow, rules, states
from works.tasks.merge import Outcome, equal, merge

_BEGUN = ("done", "verified", "closed")
_EARLIEST = dt.date(2000, 1, 1)
"""Before this day no list of ours was made, whatever a device believes."""


def decide(sent: Sent, standing: Standing, sender: str) -> Decided:
    """
    Decide what becomes of every row of a return.

    Parameters
    ----------
    sent
        The file as read.
    standing
        What stands.
    sender
        Who sent it, '' where nobody said. What a row says was filled in by somebody is theirs,
        else whoever filled in the list, else the sender's.

    Returns
    -------
    Decided
        Events, and what the sender is told.
    """
    above = sent.above.get("filled_by", "")
    shown, who = sender or above or _only_name(sent), above or sender
    decided = Decided(Returned(sent.name, sender=shown, rows=len(sent.rows)))
    told = decided.told
    register, days = Register(standing.items, standing.fresh), Days(sent.rows)
    gathered: dict[str, list[Row]] = {}
    renamed: list[Entry] = []
    for row in sent.rows:
        about = register.about(row)
        if not about.work_id:
            told.refused.append({"code": about.code, "row": row.number, "value": about.said})
            continue
        if about.code:
            item = standing.items[about.work_id]
            renamed.append(_entry(item, about.code, row.number, value=about.said))
        gathered.setdefault(about.work_id, []).append(row)
    wrong_clock = [row.number for row in sent.rows if _no_clock(row, standing)]
    if wrong_clock:
        told.notes.append({"code": "time_implausible", "rows": wrong_clock, "word": "clock"})
    for code, numbers in sent.notes:
        told.notes.append({"code": code, "rows": list(numbers)})
    for key, rows in gathered.items():
        _Item(standing.items[key], rows, sent, standing, days, who, decided).settle()
    # Only of what is kept from now on: a number nobody was given has not changed.
    made = {event.work_id for events in decided.events.values() for event in events}
    told.notes += [one for one in renamed if one["work_id"] in made]
    _count(decided)
    return decided


def _count(decided: Decided) -> None:
    """Count every row once: by what was taken of it, else what clashes, else what was refused."""
    told = decided.told
    clashing = {one["row"] for one in told.conflicts} - decided.rows
    refused = {one["row"] for one in told.refused} - decided.rows - clashing
    told.taken, told.conflict_rows, told.refused_rows = (
        len(decided.rows), len(clashing), len(refused),
    )  # fmt: skip
    told.unchanged = told.rows - told.taken - told.conflict_rows - told.refused_rows


def _only_name(sent: Sent) -> str:
    names = {name for row in sent.rows if (name := names_of(row.cells))}
    return names.pop() if len(names) == 1 else ""


def _no_clock(row: Row, standing: Standing) -> bool:
    """Tell whether a device's clock cannot be right; it decides nothing either way."""
    text = row.first("updated_at")[:10].replace("/", "-")
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return False
    return day > standing.today + dt.timedelta(rules().limits.clock_days) or day < _EARLIEST


def _entry(item: Item, code: str, row: int | None, **more: Any) -> Entry:
    place = {name: item[name] for name in ("work_id", "work_no", "village")}
    return {"code": code, "row": row, **place, **more}


class _Item:
    """Settles what all rows of a return about one item say."""

    def __init__(
        self,
        item: Item,
        rows: list[Row],
        sent: Sent,
        standing: Standing,
        days: Days,
        who: str,
        decided: Decided,
    ) -> None:
        self.item, self.rows, self.sent, self.standing = item, rows, sent, standing
        self.days, self.who, self.decided = days, who, decided
        self.told = decided.told
        self.values: dict[str, list[Value]] = {}
        self.events: list[tuple[str, Event]] = []
        self.taken: list[str] = []

    # ------------------------------------------------------------ what the rows say

    def settle(self) -> None:
        """Gather the values of the rows, refuse what cannot be, and merge the rest."""
        for row in self.rows:
            self._gather(row)
        values = {name: one for name in RETURNED if (one := self._one(name)) is not None}
        done = values.get("state")
        self._contradictions(values)
        self._states(values)
        self._day(values)
        place = values.get("place")
        for name, value in values.items():
            self._merge(name, value)
        if done is not None and done.text == "done" and place is not None and self._said(values):
            self._far(place, done)
        self._reporter()
        self._finish()

    def _gather(self, row: Row) -> None:
        base, clear = base_of(row, self.sent, self.item)
        if not clear:
            self.told.notes.append(
                _entry(self.item, "version_unclear", row.number, value=row.first("version"))
            )
        who = names_of(row.cells) or self.who
        said = understood(row, self.days)
        for bad in said.bad:
            self._refuse(bad.code, row.number, field=bad.field, value=bad.text)
        shape, code = said_place(row, self.item)
        if code:
            self._refuse(code, row.number, field="place", value=self._place_words(row))
        elif shape is not None:
            said.add("place", place_text(shape))
        for name, texts in said.values.items():
            # Of several cells for one field those count that are not as they were sent.
            new = [one for one in texts if not self._as_sent(name, one, base)] or texts[:1]
            if len(new) > 1:
                self._refuse("said_twice", row.number, field=name, value=" / ".join(new))
            else:
                value = Value(new[0], base, who, row.number)
                self.values.setdefault(name, []).append(value)

    @staticmethod
    def _place_words(row: Row) -> str:
        return row.first("place") or f"{row.first('lon')},{row.first('lat')}"

    def _as_sent(self, name: str, text: str, base: int | None) -> bool:
        _, before = self.standing.past.at(self.item, name, base)
        return equal(name, text, before) or equal(name, text, self.item[name])

    def _one(self, name: str) -> Value | None:
        """Give the one value of a field; where rows say different things, none."""
        held = self.values.get(name, [])
        if len(held) > 1 and not all(equal(name, one.text, held[0].text) for one in held):
            for one in held:
                others = [str(other.row) for other in held if other.row != one.row]
                self._refuse(
                    "two_rows", one.row, field=name, value=one.text, other="、".join(others)
                )
            return None
        return held[0] if held else None

    # ------------------------------------------------------------ what cannot be

    def _contradictions(self, values: dict[str, Value]) -> None:
        """Refuse a "done" at 20 %, unless the 20 % only stand there from before."""
        state, progress = values.get("state"), values.get("progress")
        if state is None or progress is None or state.text != "done" or progress.text == "100":
            return
        if self._as_sent("progress", progress.text, progress.base):
            return
        for name in ("state", "progress"):
            gone = values.pop(name)
            self._refuse("done_unfinished", gone.row, field=name, value=gone.text,
                         progress=progress.text)  # fmt: skip

    def _states(self, values: dict[str, Value]) -> None:
        """Refuse states a team may not say, and those without the reason they need."""
        state = values.get("state")
        if state is None or self._as_sent("state", state.text, state.base):
            return
        rule = states()[state.text]
        if not rule.field:
            del values["state"]
            if state.text != "open":
                self._refuse("not_yours", state.row, field="state", value=state.text)
            elif self.item["state"] in _BEGUN:
                self._refuse(
                    "not_open", state.row, field="state", value="open", stands=self.item["state"]
                )
            return
        if not rule.needs or rule.needs in values:
            return
        note = values.get("note")
        if note is None:
            del values["state"]
            self._refuse("needs_reason", state.row, field="state", value=state.text)
        else:
            values[rule.needs] = note

    def _day(self, values: dict[str, Value]) -> None:
        """Leave out a day after today, or before anybody knew of the work."""
        day = values.get("done_on")
        if day is None or self._as_sent("done_on", day.text, day.base):
            return
        said, slack = dt.date.fromisoformat(day.text), dt.timedelta(rules().limits.clock_days)
        try:
            first = dt.date.fromisoformat(str(self.item["as_of"])[:10])
        except ValueError:
            first = _EARLIEST
        if not first - slack <= said <= self.standing.today + slack:
            del values["done_on"]
            self.told.notes.append(
                _entry(self.item, "time_implausible", day.row, field="done_on", value=day.text)
            )

    def _refuse(self, code: str, row: int, **more: Any) -> None:
        self.told.refused.append(_entry(self.item, code, row, **more))

    # ------------------------------------------------------------ what is kept

    def _merge(self, name: str, value: Value) -> None:
        outcome = self._outcome(name, value)
        if outcome == "same":
            return
        stands = self.item[name]
        if name == "state" and outcome == "take" and not self._follows(value):
            self._refuse("no_way", value.row, field=name, value=value.text, stands=stands)
            return
        action = {"take": "set", "late": "late", "clash": "claim"}[outcome]
        event = Event(self.item["work_id"], action, name, stands, value.text, value.base)
        self.events.append((value.who, event))
        if outcome == "take":
            self.taken.append(name)
            self.decided.rows.add(value.row)
            return
        entry = _entry(self.item, outcome, value.row, field=name, value=value.text, stands=stands)
        if outcome == "clash":
            self.told.conflicts.append(entry)
        else:
            self.told.notes.append(entry)

    def _outcome(self, name: str, value: Value) -> Outcome:
        past, first = self.standing.past, self.standing.past.first
        if name == "place" and self._known_place(value):
            return "same"
        outcome = merge(self.item, past, name, value.text, value.base, value.who)
        older = value.base is not None and value.base < first.get(self.item["work_id"], 1)
        # Older than all that is kept: what the sender had before them is not known.
        return "clash" if outcome == "take" and older and name != "state" else outcome

    def _known_place(self, value: Value) -> bool:
        here = place_of_text(value.text)
        said = self.standing.past.said(self.item["work_id"], "place")
        known = [self.item["place"], *(one.value for one in said)]
        spots = [spot for text in known if (spot := place_of_text(text)) is not None]
        return here is not None and any(metres(here, spot) <= SAME_M for spot in spots)

    def _follows(self, value: Value) -> bool:
        """Tell whether a state may be taken: it follows what stands, or corrects one's own."""
        _, before = self.standing.past.at(self.item, "state", value.base)
        stands = str(self.item["state"])
        corrects = not equal("state", stands, before) and may_follow(str(before), value.text)
        return may_follow(stands, value.text) or corrects

    def _said(self, values: Mapping[str, Value]) -> bool:
        """Tell whether "done" was not refused."""
        return "state" in values and not any(
            one["code"] == "no_way" and one["work_id"] == self.item["work_id"]
            for one in self.told.refused
        )

    def _far(self, place: Value, done: Value) -> None:
        """Question a "done" told from far away; where the subject lies must be known."""
        here, subject = place_of_text(place.text), own_place(self.item)
        if here is None or subject is None:
            return
        far = metres(here, subject)
        asked = (self.item["work_id"], "far_away", str(round(far)), place.text)
        if far <= rules().limits.far_m or asked in self.standing.asked:
            return
        event = Event(
            self.item["work_id"], "question", "far_away", None, str(round(far)), done.base,
            note=place.text,
        )  # fmt: skip
        self.events.append((place.who, event))
        self.told.questioned.append(
            _entry(self.item, "far_away", place.row, field="place", metres=round(far))
        )

    def _reporter(self) -> None:
        """Keep who filled the item in, beside those who did so before."""
        said = [event for _, event in self.events if event.action in ("set", "late")]
        names = [name for row in self.rows if (name := self._name(row))]
        if not said or not names:
            return
        known = set(filter(None, (self.item["filled_by"] or "").split("、")))
        both = "、".join(sorted(known | {part for name in names for part in name.split("、")}))
        if both != (self.item["filled_by"] or ""):
            key, stands = self.item["work_id"], self.item["filled_by"]
            event = Event(key, "set", "filled_by", stands, both, said[0].base)
            self.events.append((self.events[0][0], event))

    def _name(self, row: Row) -> str:
        return names_of(row.cells) or self.sent.above.get("filled_by", "")

    def _finish(self) -> None:
        for who, event in self.events:
            self.decided.keep(who, event)
        if self.taken:
            rows = sorted({row.number for row in self.rows})
            self.told.lines_taken.append(
                _entry(self.item, "taken", rows[0], fields=self.taken, rows=rows)
            )
