"""Running numbers for ids: what several senders count from 1 gets the sender's name behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from layers.findings import Finding
from layers.intake import Intake
from layers.schema import Layer, keys, schema

RUNNING = re.compile(r"\d{1,6}")
"""An id that only counts the lines of one ledger: another sender counts them too."""
_LONGEST = 6
_MARK = "@"


def told_apart(
    layer: Layer,
    intakes: Sequence[Intake],
    titles: Sequence[str],
    whose: Mapping[str, str],
    ids_of: Callable[[str], set[str]],
) -> list[Intake]:
    """
    Tell the running numbers of several senders apart.

    Parameters
    ----------
    layer
        The layer the tables go into.
    intakes, titles
        The tables, and who sends each.
    whose
        Stored id to who sent it.
    ids_of
        Gives the stored ids of a layer.

    Returns
    -------
    list of Intake
        The tables; a number that two senders use reads ``7@TOWN`` in both, and rows that point to
        it point to their own sender's. An id of more than six digits is a person's or a house's
        wherever it stands, and left alone.
    """
    used: dict[str, set[str]] = {}
    for intake, title in zip(intakes, titles, strict=True):
        for one in _running(intake.frames[layer.name]["id"]):
            used.setdefault(one, set()).add(title)
    if used:
        for one, title in whose.items():
            bare = one.partition(_MARK)[0]
            if bare in used:
                used[bare].add(title)
    shared = {one for one, senders in used.items() if len(senders) > 1}
    if not shared and not keys().get(layer.village_from):
        return list(intakes)
    return [
        _renamed(intake, layer, title, shared, ids_of)
        for intake, title in zip(intakes, titles, strict=True)
    ]


def _running(ids: pd.Series) -> list[str]:
    short = ids[ids.str.len() <= _LONGEST].astype(str)
    return [one for one in short if RUNNING.fullmatch(one)]


def _renamed(
    intake: Intake, layer: Layer, title: str, shared: set[str], ids_of: Callable[[str], set[str]]
) -> Intake:
    ids = intake.frames[layer.name]["id"].astype(str)
    new = {one: f"{one}{_MARK}{title}" for one in ids[ids.isin(shared)]}
    frames = dict(intake.frames)
    if new:
        frames = {name: _with_ids(frame, new) for name, frame in frames.items()}
    for name, frame in frames.items():
        column = schema(name).village_from
        parent = keys().get(column, "")
        if parent and column in frame.columns:
            known = set(frames[parent]["id"].astype(str)) if parent in frames else ids_of(parent)
            marked = {one: f"{one}{_MARK}{title}" for one in frame[column].dropna().unique()}
            marked = {one: there for one, there in marked.items() if there in known}
            if marked:
                frames[name] = frame.assign(
                    **{column: frame[column].map(lambda o, m=marked: m.get(o, o)).astype("str")}
                )
    if not new:
        return replace(intake, frames=frames)
    told = Finding("running_ids", "info", layer.name, "id", ids=tuple(new.values()))
    stands = intake.ids.map(lambda one: new.get(one, one)).astype("str")
    return replace(intake, frames=frames, findings=[*intake.findings, told], ids=stands)


def _with_ids(frame: pd.DataFrame, new: Mapping[str, str]) -> pd.DataFrame:
    """Give rows their new ids; the id of a row made from another keeps what follows it."""
    parts = frame["id"].astype(str).str.partition(":")
    ids = parts[0].map(lambda one: new.get(one, one)) + parts[1] + parts[2]
    return frame.assign(id=ids.astype("str"))
