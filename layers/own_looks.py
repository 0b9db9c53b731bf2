"""How a project's own layers, ``reference/NAME``, look on the map: ``maps.toml`` in its folder."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import ProjectError
from layers.pending import write_whole
from layers.toml_text import toml_key, toml_value

FILE = "maps.toml"
COLOURS = ("#7B3F98", "#0F6E6E", "#8A5A00", "#A02C5A", "#3D5A98", "#4F6B1F")
"""Given to layers in their order; none of them is the colour of a status."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class OwnLook:
    """
    The look of one layer.

    Attributes
    ----------
    colour
        As ``#RRGGBB``.
    label
        Column whose text stands beside each thing; '' for none.
    """

    colour: str
    label: str = ""


def usual_look(number: int) -> OwnLook:
    """Give the look of a layer nobody has given one; layers are counted from 0."""
    return OwnLook(COLOURS[number % len(COLOURS)])


def is_colour(value: object) -> bool:
    """
    Tell whether a value is a colour as we write it.

    Examples
    --------
    >>> is_colour("#0072B2"), is_colour("red"), is_colour("#0072B2;x")
    (True, False, False)
    """
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


def read_looks(folder: Path) -> dict[str, OwnLook]:
    """
    Read the looks a project keeps; what cannot be read counts as never chosen.

    Parameters
    ----------
    folder
        The project's folder.

    Returns
    -------
    dict
        Layer's name without ``reference/`` to its look.
    """
    try:
        table: Any = tomllib.loads((folder / FILE).read_text(encoding="utf-8-sig")).get("own", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    found = {}
    for name, look in table.items() if isinstance(table, dict) else ():
        if isinstance(look, dict) and is_colour(look.get("colour")):
            label = look.get("label", "")
            found[str(name)] = OwnLook(look["colour"], label if isinstance(label, str) else "")
    return found


def save_looks(folder: Path, looks: Mapping[str, OwnLook]) -> None:
    """
    Keep looks in a project, beside those it keeps of other layers.

    Raises
    ------
    ProjectError
        If the folder cannot be written to.
    """
    lines = ["# How own layers look on the map; the page of the map writes this file."]
    for name, look in sorted({**read_looks(folder), **looks}.items()):
        lines += ["", f"[own.{toml_key(name)}]", f"colour = {toml_value(look.colour)}"]
        lines += [f"label = {toml_value(look.label)}"] if look.label else []
    try:
        write_whole(folder / FILE, ("\n".join(lines) + "\n").encode("utf-8"))
    except OSError as error:
        msg = f"{folder.name}/{FILE}: could not be saved ({error.strerror}). "
        msg += "Check the disk and that you may write there, and try again."
        raise ProjectError(msg) from None
