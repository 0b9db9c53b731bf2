"""Who answers for what on a day: the rows of the assignments, the townships and the households."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from layers.findings import Finding
from layers.frames import ProjectData
from layers.places import stated_village, villages_of
from layers.text import plain, township_key
from works.figures import text

RULES = ("task", "cadre", "grid_worker", "unit", "team_leader", "leader")
"""Whose person answers, the most specific first."""
EVERYWHERE = ""
"""The target of a row that speaks of every target."""


@dataclass(frozen=True)
class Post:
    """
    One who answers for something.

    Attributes
    ----------
    rule
        By which rule: one of ``RULES``.
    person, phone, office
        As written; '' where nothing is.
    place
        What it answers for, as people call it: a household, a grid, a village, a township.
    """

    rule: str
    person: str
    phone: str = ""
    office: str = ""
    place: str = ""


Posts = dict[tuple[str, str], Post]
"""Place (an id or a folded name) and target id (``EVERYWHERE``) to who answers."""


@dataclass
class Given:
    """
    What the rows of a day say.

    Attributes
    ----------
    tasks, cadres, grid_workers, units, leaders, village_leaders
        Who answers for a piece of work (id or number), a household, a grid (as written, within
        its village), a village, a township, a village in particular.
    teams
        Team id, villages (None for all), target, work (id or number) of rows that name a team.
    ended
        Names of those whose rows are over and who have no other.
    findings
        Rows that say nothing, point nowhere, or two that say different things.
    """

    tasks: Posts
    cadres: Posts
    grid_workers: Posts
    units: Posts
    leaders: Posts
    village_leaders: Posts
    teams: list[tuple[str, str | None, str, str]]
    ended: set[str]
    findings: list[Finding]


def valid(row: Mapping[str, Any], day: dt.date) -> bool:
    """
    Tell whether a row holds on a day: from ``since`` to ``until``, both counted; blank = always.

    Examples
    --------
    >>> row = {"since": dt.date(2023, 1, 1), "until": dt.date(2023, 6, 30)}
    >>> valid(row, dt.date(2023, 6, 30)), valid(row, dt.date(2023, 7, 1)), valid({}, dt.date.min)
    (True, False, True)
    """
    since, until = (_day(row.get(name)) for name in ("since", "until"))
    return (since is None or since <= day) and (until is None or day <= until)


def _day(value: Any) -> dt.date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def records(data: ProjectData, layer: str) -> list[dict[str, Any]]:
    """Give the rows of a layer as dicts, without shapes; none where there is no such layer."""
    frame = data.frames.get(layer)
    if frame is None:
        return []
    rows: list[Any] = (
        pd.DataFrame(frame).drop(columns="geometry", errors="ignore").to_dict("records")
    )
    return rows


def given(data: ProjectData, day: dt.date) -> Given:
    """
    Read who answers for what on a day.

    Parameters
    ----------
    data
        The project's layers: ``assignments``, ``townships`` (leader), ``households`` (responsible
        cadre). A row of the assignments goes before a cell elsewhere.
    day
        Rows that have not begun or are over say nothing.
    """
    told = Given({}, {}, {}, {}, {}, {}, [], set(), [])
    rows = records(data, "assignments")
    here = _villages(data)
    holding = set()
    for row, village in zip(rows, here, strict=True):
        if valid(row, day):
            holding.add(text(row.get("person")))
            _read(told, row, village, data)
    told.ended = {text(row.get("person")) for row in rows} - holding - {""}
    for row in records(data, "townships"):
        if text(row.get("leader")):
            name = text(row.get("name"))
            post = Post("leader", text(row.get("leader")), place=name)
            told.leaders.setdefault((township_key(name), EVERYWHERE), post)
    _cadres(told, data)
    return told


def _villages(data: ProjectData) -> Iterator[str]:
    """Give the village each assignment states, '' where it states none that is known."""
    frame = data.frames.get("assignments")
    if frame is None or frame.empty:
        return iter(())
    found, _ = stated_village(frame, data.frames["villages"])
    return iter(["" if pd.isna(one) else str(one) for one in found])


def _read(told: Given, row: Mapping[str, Any], village: str, data: ProjectData) -> None:
    """Put one row where it belongs; one that points nowhere is a finding."""
    role, target = text(row.get("role")), text(row.get("target_id"))
    work = text(row.get("work_id")) or text(row.get("work_no"))
    if role == "team" or (text(row.get("team_id")) and role not in RULES):
        team = text(row.get("team_id"))
        if team and (village or target or work):
            told.teams.append((team, village or None, target, work))
        else:
            _lost(told, row, "village_id" if team else "team_id")
        return
    town = township_key(row["township"]) if text(row.get("township")) else ""
    places = {
        "cadre": (told.cadres, text(row.get("household_id")), "household_id"),
        "grid_worker": (told.grid_workers, _grid_key(row, village), "grid_id"),
        "unit": (told.units, village, "village_id"),
        "leader": (told.leaders, town, "township"),
    }
    if role == "leader" and village:
        places["leader"] = (told.village_leaders, village, "village_id")
    if work and text(row.get("person")):
        _put(told, told.tasks, (work, EVERYWHERE), _post("task", row, work), row)
    elif role in places and places[role][1]:
        posts, key, _ = places[role]
        _put(told, posts, (key, target), _post(role, row, _name(row, village, role, data)), row)
    else:
        _lost(told, row, places[role][2] if role in places else "role")


def _grid_key(row: Mapping[str, Any], village: str) -> str:
    grid = text(row.get("grid_id"))
    return f"{village}\0{plain(grid)}" if grid else ""


def _post(rule: str, row: Mapping[str, Any], place: str) -> Post:
    person, phone, office = (text(row.get(name)) for name in ("person", "phone", "unit"))
    return Post(rule, person, phone, office, place)


def _name(row: Mapping[str, Any], village: str, role: str, data: ProjectData) -> str:
    """Give what people call the place of a row; a cadre's is filled in with the household's."""
    if role == "leader" and not village:
        return text(row.get("township"))
    if role in ("grid_worker", "cadre"):
        return text(row.get("grid_id" if role == "grid_worker" else "household_id"))
    return village_names(data).get(village, village)


def village_names(data: ProjectData) -> dict[str, str]:
    """Give village id to 乡镇 + 村, as people tell villages of one name apart."""
    rows = records(data, "villages")
    return {str(row["id"]): text(row.get("township")) + text(row.get("name")) for row in rows}


def _put(
    told: Given, posts: Posts, key: tuple[str, str], post: Post, row: Mapping[str, Any]
) -> None:
    """Keep the first of two rows on one place; a second name there is a finding."""
    stands = posts.setdefault(key, post)
    if (stands.person, stands.office) != (post.person, post.office):
        where = post.place or key[0]
        ids = (text(row.get("id")),)
        found = Finding("assigned_twice", "warning", "assignments", ids=ids, detail=where)
        told.findings.append(found)


def _lost(told: Given, row: Mapping[str, Any], column: str) -> None:
    ids = (text(row.get("id")),)
    told.findings.append(Finding("assigned_nowhere", "warning", "assignments", column, ids=ids))


def _cadres(told: Given, data: ProjectData) -> None:
    """Take the cadre the household ledger names, where no assignment names another."""
    frame = data.frames.get("households")
    if frame is None:
        return
    names = village_names(data)
    homes = villages_of("households", data.frames)
    place = {
        str(home): names.get(str(village), "")
        for home, village in zip(frame["id"], homes, strict=True)
    }
    for (home, target), post in list(told.cadres.items()):
        if home in place:
            # One cadre helps several homes of a village: it is the village that tells them apart.
            told.cadres[home, target] = replace(post, place=place[home])
        else:
            lost = Finding("cadre_nowhere", "warning", "assignments", "household_id", ids=(home,))
            told.findings.append(lost)
    if "responsible_cadre" in frame.columns:
        for home, person in zip(frame["id"].astype(str), frame["responsible_cadre"], strict=True):
            if text(person):
                post = Post("cadre", text(person), place=place[home])
                told.cadres.setdefault((home, EVERYWHERE), post)
