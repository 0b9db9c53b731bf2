"""Every table of facts (TOML) as plain objects, found in a checkout and in an installed wheel."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from layers.errors import DataError, StandardError

HERE = Path(__file__).resolve().parent


def load_toml(path: Path) -> dict[str, Any]:
    """
    Read one TOML file.

    Parameters
    ----------
    path
        The file, UTF-8 with or without a byte-order mark.

    Returns
    -------
    dict
        The file's tables.

    Raises
    ------
    DataError
        If the file is missing, not UTF-8 or not TOML; the sentence names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        msg = f"{path.name}: no such file. Check the name."
        raise DataError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else error.strerror
        msg = f"{path.name}: cannot be read ({reason}). Save it as UTF-8 text."
        raise DataError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{path.name}: not a TOML file ({error}). Correct the line named."
        raise DataError(msg) from None


Fact = TypeVar("Fact")


def checked(kind: type[Fact], table: dict[str, Any], source: str) -> Fact:
    """
    Make a table an object of a dataclass, every key and value checked.

    Parameters
    ----------
    kind
        The dataclass; its fields say which keys there are and what they hold.
    table
        What the file says.
    source
        Name of the file.

    Raises
    ------
    StandardError
        With every mistake, each under its key; places in lists are counted from 1.
    """
    try:
        return TypeAdapter(kind).validate_python(table)
    except ValidationError as error:
        faults = []
        for fault in error.errors(include_url=False):
            steps = [f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in fault["loc"]]
            faults.append(f"{''.join(steps).lstrip('.')}: {fault['msg']}")
        raise StandardError(source, faults) from None


@cache
def data_dir() -> Path:
    """
    Find the folder that holds ``standards/``, ``costs/`` and ``scopes.toml``.

    A wheel carries it inside ``layers``; a checkout has it beside the packages.

    Raises
    ------
    DataError
        If neither place has it: the installation is incomplete.
    """
    for folder in (HERE / "data", HERE.parent / "data"):
        if (folder / "standards").is_dir():
            return folder
    msg = "data: the folder with standards and costs is missing. Install the planner again."
    raise DataError(msg)


@cache
def words() -> dict[str, dict[str, str]]:
    """
    Read every word and sentence of the planner: key to ``{"zh": ..., "en": ...}``.

    Raises
    ------
    DataError
        If two files of ``layers/words`` say the same key.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted((HERE / "words").glob("*.toml")):
        table = load_toml(path)
        twice = sorted(found.keys() & table.keys())
        if twice:
            msg = f"words/{path.name}, {', '.join(twice)}: said in another file too. Keep one."
            raise DataError(msg)
        found |= {key: dict(value) for key, value in table.items()}
    return found


@cache
def scopes() -> dict[str, dict[str, Any]]:
    """Read the named scopes: name to ``{"title": {...}, "where": {...}}``."""
    return load_toml(data_dir() / "scopes.toml")
