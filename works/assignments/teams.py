"""Which team does a piece of work: the one named for it, else by kind, villages and department."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.findings import Finding
from layers.frames import ProjectData
from layers.places import area_names, villages_in
from layers.text import plain
from works.assignments.posts import EVERYWHERE, Given, given, records, valid
from works.assignments.rules import team_kinds
from works.figures import blank, text
from works.tasks.life import states

_BETWEEN = re.compile(r"[、;；,，|]+")
STATIONED = "village_team"
SURVEY = "survey"


@dataclass(frozen=True)
class Team:
    """
    One team.

    Attributes
    ----------
    id, name, kind, lead, leader, phone
        As its list says, '' where it says nothing.
    villages
        Ids of the villages it works in, None for all.
    per_day
        Items it manages in a day, None where nobody says.
    """

    id: str
    name: str
    kind: str
    lead: str
    leader: str
    phone: str
    villages: frozenset[str] | None
    per_day: float | None


Item = Mapping[str, Any]


class Teams:
    """
    The teams of a day, and who of them does what.

    Parameters
    ----------
    data
        The project's layers.
    day
        Teams that have not begun or are over do nothing.
    told
        What the assignments say.
    """

    def __init__(self, data: ProjectData, day: dt.date, told: Given) -> None:
        self.findings: list[Finding] = []
        self.day = day
        areas = area_names(data.frames["villages"]) if "villages" in data.frames else {}
        self.all: dict[str, Team] = {}
        for row in records(data, "teams"):
            if valid(row, day):
                one = self._team(row, areas)
                self.all.setdefault(one.id, one)
        self._named = self._rows(told)
        self._dealt: dict[tuple[str, tuple[str, ...]], Team] = {}
        self._load: dict[str, float] = {}
        self.stationed = {
            village: one
            for one in reversed(self.all.values())
            if one.kind == STATIONED
            for village in one.villages or ()
        }

    def _team(self, row: Mapping[str, Any], areas: Mapping[str, Any]) -> Team:
        names = [part.strip() for part in _BETWEEN.split(text(row.get("villages")))]
        key, names = text(row.get("id")), [one for one in names if one]
        villages: set[str] = set()
        for name in names:
            here = villages_in(name, areas) if areas else set()
            villages |= here
            if not here:
                self._found("team_village_unknown", key, name, "villages")
        vacant = row.get("vacant_since")
        if not blank(vacant) and valid({"since": vacant}, self.day):
            self._found("team_vacant", key, text(row.get("name")), "vacant_since")
        speed = row.get("items_per_day")
        return Team(
            key,
            text(row.get("name")) or key,
            text(row.get("kind")),
            text(row.get("lead")),
            text(row.get("leader")),
            text(row.get("phone")),
            frozenset(villages) if names else None,
            None if blank(speed) or float(str(speed)) <= 0 else float(str(speed)),
        )

    def _found(self, code: str, key: str, detail: str, column: str = "") -> None:
        told = Finding(code, "warning", "teams", column, ids=(key,), detail=detail)
        self.findings.append(told)

    def _rows(self, told: Given) -> dict[tuple[str, str, str], Team]:
        """Give work, village and target to the team a row of the assignments names for it."""
        found: dict[tuple[str, str, str], Team] = {}
        for key, village, target, work in told.teams:
            if key in self.all:
                place = (work, "", EVERYWHERE) if work else ("", village or "", target)
                found.setdefault(place, self.all[key])
            else:
                lost = Finding("team_unknown", "warning", "assignments", "team_id", ids=(key,))
                self.findings.append(lost)
        return found

    # -------------------------------------------------- whose work it is

    def deal(self, items: Sequence[Item]) -> dict[str, Team]:
        """
        Give work id to team.

        Where several teams are equally fit, a village goes to one of them whole: villages with
        the most work first, each to the team that would be done soonest.
        """
        by_id: dict[str, Team] = {}
        by_name = {one.name: one for one in self.all.values()}
        open_ones: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for item in items:
            key, village = str(item["work_id"]), text(item["village_id"])
            set_one = by_name.get(text(item["team"]))
            one = set_one if text(item["team"]) else self._named_for(item)
            if one is not None:
                by_id[key] = one
                self._busy(item, one)
            elif not text(item["team"]):
                fit = self._fit(item)
                if fit:
                    open_ones.setdefault((village, tuple(t.id for t in fit)), []).append(key)
        order = sorted(open_ones.items(), key=lambda one: (-len(one[1]), one[0]))
        for (_, fit_ids), keys in order:
            chosen = min((self.all[one] for one in fit_ids), key=lambda t: self._days(t, len(keys)))
            self._load[chosen.id] = self._load.get(chosen.id, 0.0) + len(keys)
            by_id |= dict.fromkeys(keys, chosen)
        return by_id

    def _busy(self, item: Item, one: Team) -> None:
        if not ended(item):
            self._load[one.id] = self._load.get(one.id, 0.0) + 1

    def _days(self, one: Team, more: int) -> tuple[float, str]:
        return (self._load.get(one.id, 0.0) + more) / (one.per_day or 1.0), one.id

    def _named_for(self, item: Item) -> Team | None:
        village, target = text(item["village_id"]), text(item["target_id"])
        places = [(text(item[name]), "", EVERYWHERE) for name in ("work_id", "work_no")]
        places += [("", village, target), ("", village, EVERYWHERE), ("", "", target)]
        # A row that names neither work nor village nor target was never kept.
        found = (self._named.get(one) for one in places if any(one))
        return next((one for one in found if one is not None), None)

    def _fit(self, item: Item) -> list[Team]:
        """Give the teams that are equally fit for an item, none where none is."""
        village, lead = text(item["village_id"]), text(item["lead"])
        for kind in team_kinds(text(item["kind"])):
            mine = [one for one in self.all.values() if one.kind == kind]
            here = [one for one in mine if one.villages is not None and village in one.villages]
            wide = [one for one in mine if one.villages is None and kind != STATIONED]
            same = [one for one in here if _same(one.lead, lead)]
            fit = same or here or [one for one in wide if one.lead and _same(one.lead, lead)]
            fit = fit or [one for one in wide if not one.lead or not lead]
            if fit:
                return fit
        return [self.stationed[village]] if village in self.stationed else []

    # -------------------------------------------------- whether they manage

    def overloaded(self, items: Sequence[Item], dealt: Mapping[str, Team]) -> list[Finding]:
        """Say which teams have more to do by some due day than they manage until then."""
        due: dict[str, list[str]] = {}
        for item in items:
            one = dealt.get(str(item["work_id"]))
            waiting = not ended(item) and item["state"] != "done"
            if one is not None and one.per_day and waiting and item["due"]:
                due.setdefault(one.id, []).append(str(item["due"]))
        found = []
        for key, days in sorted(due.items()):
            speed = self.all[key].per_day or 1.0
            for until in sorted(set(days)):
                left = max(0, (dt.date.fromisoformat(until) - self.day).days)
                number = sum(one <= until for one in days)
                # What is overdue already is told of each piece of work; here it counts as work.
                if left and number > left * speed:
                    detail = f"{self.all[key].name}, {until}: {number} > {left} x {speed:g}"
                    told = Finding("team_overloaded", "warning", "teams", ids=(key,), detail=detail)
                    found.append(told)
                    break
        return found


def ended(item: Item) -> bool:
    """Tell whether no work is left on an item."""
    state = states().get(text(item["state"]))
    return state is not None and state.ended


def _same(one: str, other: str) -> bool:
    """Tell whether two departments are the same; a cell may name several."""
    mine = {plain(part) for part in _BETWEEN.split(one) if part.strip()}
    return bool(mine & {plain(part) for part in _BETWEEN.split(other) if part.strip()})


def paces(data: ProjectData, work: pd.DataFrame, day: dt.date) -> dict[tuple[str, str], int]:
    """
    Give village and target id to how many items in a day the team manages that would do the work.

    Parameters
    ----------
    data, day
        As for :func:`works.assignments.responsible`.
    work
        A work list (``works.worklist``); what nobody says the pace of is left out.
    """
    if "teams" not in data.frames:
        return {}
    deal = Teams(data, day, given(data, day))
    names = ["work_id", "work_no", "target_id", "village_id", "kind", "lead"]
    rows: list[Any] = pd.DataFrame(work)[names].to_dict("records")
    items = [{**row, "team": None, "state": "open"} for row in rows]
    dealt = deal.deal(items)
    found: dict[tuple[str, str], int] = {}
    for item in items:
        one = dealt.get(str(item["work_id"]))
        if one is not None and one.per_day:
            place = text(item["village_id"]), text(item["target_id"])
            found.setdefault(place, max(1, int(one.per_day)))
    return found
