"""Scenarios kept in a project: ``plans/NAME.toml``, whole or not at all, each read or refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from layers.crs import transform
from layers.errors import PlannerError
from layers.pending import write_whole
from layers.schema import layer_names
from layers.settings import crs_text
from layers.snapshot import can_be_named
from layers.store_error import FileError
from layers.text import t
from layers.toml_text import toml_key, toml_value
from works.scenarios.scenario import ACTS, MOST, MOVE, NEW, PLACE, Change, Scenario

FOLDER = "plans"
"""Folder of a project with its scenarios."""
FORMAT = 1
_ENDING = ".toml"
_MOST_BYTES = 4_000_000
_LONGEST = 200
_HEAD = ("target", "layer", "crs", "standard", "data_version", "source")


class ScenarioError(PlannerError, ValueError):
    """
    A scenario that cannot be kept, found or read, said in both languages.

    Parameters
    ----------
    code
        Word ``scenario.fault.<code>``.
    values
        What stands in it.
    """

    exit_code = 1

    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values
        if code in ("name", "taken", "unknown"):
            self.exit_code = 2
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give the sentence in a language."""
        return t(f"scenario.fault.{self.code}", lang, **self.values)


@dataclass(frozen=True)
class Kept:
    """
    One file of scenarios.

    Attributes
    ----------
    name
        Its name.
    scenario
        None where it cannot be read.
    fault
        Why not.
    """

    name: str
    scenario: Scenario | None
    fault: PlannerError | None = None


def scenarios(folder: Path) -> list[Kept]:
    """List the scenarios of a project by name, each read or with what is wrong with it."""
    home = folder / FOLDER
    found = []
    for path in sorted(home.glob(f"*{_ENDING}")) if home.is_dir() else []:
        if path.name.startswith("."):
            continue
        try:
            found.append(Kept(path.stem, _read(path)))
        except PlannerError as error:
            found.append(Kept(path.stem, None, error))
    return found


def load_scenario(folder: Path, name: str) -> Scenario:
    """
    Read a scenario of a project.

    Raises
    ------
    ScenarioError
        If there is none of this name, or its file cannot be read.
    """
    one = next((one for one in scenarios(folder) if one.name == name), None)
    if one is None:
        raise ScenarioError("unknown", name=name[:_LONGEST])
    if one.scenario is None:
        raise one.fault or ScenarioError("damaged", name=name)
    return one.scenario


def save_scenario(folder: Path, held: Scenario, *, over: bool = False) -> Scenario:
    """
    Keep a scenario; it is whole or what was there before is untouched.

    Parameters
    ----------
    folder
        The project.
    held
        The scenario under its name.
    over
        True where one of this name may be replaced.

    Raises
    ------
    ScenarioError
        If the name cannot be a file's, or is taken.
    FileError
        If it cannot be written.
    """
    held = replace(held, name=held.name.strip())
    check_name(folder, held.name, held.name if over else "")
    home = folder / FOLDER
    path = home / f"{held.name}{_ENDING}"
    try:
        home.mkdir(exist_ok=True)
        write_whole(path, scenario_text(held).encode())
    except OSError as error:
        raise FileError(path, error) from None
    return held


def rename_scenario(folder: Path, name: str, other: str) -> Scenario:
    """
    Give a scenario another name.

    Raises
    ------
    ScenarioError
        If there is none, or the new name cannot be used or is taken.
    """
    held, other = load_scenario(folder, name), other.strip()
    check_name(folder, other, name)
    home = folder / FOLDER
    try:
        (home / f"{name}{_ENDING}").replace(home / f"{other}{_ENDING}")
    except OSError as error:
        raise FileError(home / f"{other}{_ENDING}", error) from None
    return replace(held, name=other)


def delete_scenario(folder: Path, name: str) -> None:
    """
    Delete a scenario, also one that cannot be read.

    Raises
    ------
    ScenarioError
        If there is none of this name.
    """
    if name not in {one.name for one in scenarios(folder)}:
        raise ScenarioError("unknown", name=name[:_LONGEST])
    path = folder / FOLDER / f"{name}{_ENDING}"
    try:
        path.unlink()
    except OSError as error:
        raise FileError(path, error) from None


def check_name(folder: Path, name: str, mine: str = "") -> None:
    """
    Check that a scenario can have a name; ``mine`` is the one it has already.

    Raises
    ------
    ScenarioError
        If it cannot be a file's, or is taken.
    """
    if name.startswith(".") or not can_be_named(name):
        raise ScenarioError("name", name=name[:60])
    taken = {one.name.casefold() for one in scenarios(folder)} - {mine.casefold()}
    if name.casefold() in taken:
        raise ScenarioError("taken", name=name)


# ---------------------------------------------------------------------------------- the file


def scenario_text(held: Scenario) -> str:
    """Write a scenario as its file holds it; read back it is the same."""
    lines = [f"format = {FORMAT}"]
    lines += [f"{key} = {toml_value(getattr(held, key))}" for key in _HEAD]
    for one in held.changes:
        told: dict[str, Any] = {"act": one.act, "layer": one.layer, "id": one.key}
        told |= {} if one.at is None else {"x": one.x, "y": one.y}
        told |= {} if one.cost is None else {"cost": one.cost}
        told |= {"name": one.name} if one.name else {}
        told |= {"cells": dict(one.cells)} if one.cells else {}
        lines += ["", "[[change]]", *(f"{toml_key(k)} = {toml_value(v)}" for k, v in told.items())]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> Scenario:
    name = path.stem
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScenarioError("damaged", name=name)
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise ScenarioError("damaged", name=name) from None
    if not isinstance(table.get("format"), int) or table["format"] > FORMAT:
        raise ScenarioError("newer" if isinstance(table.get("format"), int) else "damaged",
                            name=name)  # fmt: skip
    head = {key: table.get(key, "") for key in _HEAD}
    listed = table.get("change", [])
    if not all(isinstance(one, str) for one in head.values()) or not isinstance(listed, list):
        raise ScenarioError("damaged", name=name)
    if len(listed) > MOST:
        raise ScenarioError("damaged", name=name)
    changes = tuple(_change(one, name) for one in listed)
    pairs = [(one.layer, one.key, one.act) for one in changes]
    if len(set(pairs)) < len(pairs):
        raise ScenarioError("damaged", name=name)
    return Scenario(name=name, changes=changes, **head)


def _change(told: Any, name: str) -> Change:
    """Read one change; a file somebody wrote may say anything."""
    fault = ScenarioError("damaged", name=name)
    if not isinstance(told, Mapping):
        raise fault
    act, layer, key = (told.get(one) for one in ("act", "layer", "id"))
    if act not in ACTS or not isinstance(layer, str) or not isinstance(key, str):
        raise fault
    x, y, cost = told.get("x"), told.get("y"), told.get("cost")
    numbers = all(isinstance(one, (int, float)) and np.isfinite(one) for one in (x, y))
    if (act in (PLACE, MOVE) and not numbers) or (act == PLACE) != key.startswith(NEW):
        raise fault
    if cost is not None and not (isinstance(cost, int) and 0 <= cost < 2**53):
        raise fault
    cells = told.get("cells", {})
    if not isinstance(cells, Mapping) or not all(isinstance(one, str) for one in cells.values()):
        raise fault
    if layer not in layer_names():
        raise fault
    if act not in (PLACE, MOVE):
        x = y = None
    place = (None, None) if x is None or y is None else (float(x), float(y))
    return Change(act, layer, key, place[0], place[1], dict(cells), cost, str(told.get("name", "")))


# ---------------------------------------------------------------------------------- where


def in_crs(held: Scenario, crs: CRS | None) -> Scenario:
    """
    Bring the places of a scenario into the project's CRS.

    Parameters
    ----------
    held
        The scenario.
    crs
        The project's.

    Raises
    ------
    ScenarioError
        If nobody knows what its places mean.
    """
    if crs is None or held.crs == crs_text(crs) or not held.changes:
        return replace(held, crs=held.crs if crs is None else crs_text(crs))
    try:
        own = CRS.from_user_input(held.crs)
    except Exception as error:
        raise ScenarioError("damaged", name=held.name) from error
    made = []
    for one in held.changes:
        if one.at is not None:
            x, y = transform(np.array([one.x]), np.array([one.y]), own, crs)
            one = replace(one, x=float(x[0]), y=float(y[0]))
        made.append(one)
    return replace(held, changes=tuple(made), crs=crs_text(crs))
