"""Forms: lists people fill in and send back, each a table of columns that is no layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from pydantic import ConfigDict

from layers.facts import HERE, checked, load_toml
from layers.schema import Column, Layer


@dataclass(frozen=True)
class _FormFile:
    """What the file of a form says."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    form: str
    title: Mapping[str, str]
    column: tuple[Column, ...]


@cache
def form(name: str) -> Layer:
    """
    Give the columns of a form, as a layer nobody can import.

    Parameters
    ----------
    name
        Name of a file of ``layers/forms``.

    Raises
    ------
    StandardError
        If the file has mistakes, all of them named.

    Examples
    --------
    >>> form("returns").columns["state"].code("做完了")
    'done'
    """
    file = checked(_FormFile, load_toml(HERE / "forms" / f"{name}.toml"), f"{name}.toml")
    columns = {column.name: column for column in file.column}
    return Layer(file.form, file.title, ("none", "point", "line", "polygon"), columns)
