"""``project.toml``: the settings of a project, read and written whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from layers.crs import is_metric
from layers.errors import CRSError, ProjectError
from layers.pending import write_whole
from layers.toml_text import toml_key, toml_value

FORMAT = 1
"""Format of the project folder; a higher one was written by a newer planner."""


def crs_text(crs: CRS | None) -> str:
    """Give a CRS as text such as ``EPSG:4545``, '' for none."""
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def crs_of(settings: Mapping[str, Any], name: str) -> CRS | None:
    """
    Read the metric CRS a project states, None while it states none.

    Raises
    ------
    CRSError
        If PROJ does not know it or it does not measure in metres.
    """
    text = str(settings.get("crs") or "")
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except ProjError:
        msg = f"{name}/project.toml, crs: {text[:60]} is not a known CRS. Write it as EPSG:4545."
        raise CRSError(msg) from None
    if not is_metric(crs):
        msg = f"{name}/project.toml, crs: {text[:60]} is not in metres. Choose one that is."
        raise CRSError(msg)
    return crs


def read_settings(path: Path) -> dict[str, Any]:
    """
    Read ``project.toml``.

    Raises
    ------
    ProjectError
        If it cannot be read, or a newer planner wrote it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path.parent.name}/project.toml: cannot be read ({error}). Correct or restore it."
        raise ProjectError(msg) from None
    number = table.get("format", FORMAT)
    if not isinstance(number, int) or number > FORMAT:
        msg = f"{path.parent.name}: was saved by a newer planner. Update the planner."
        raise ProjectError(msg)
    _check_levels(table.get("levels", {}), path)
    return table


def _check_levels(levels: Any, path: Path) -> None:
    """Refuse level names that are no table of ``{zh, en}`` texts, before a page asks for one."""
    names = levels.values() if isinstance(levels, dict) else [levels]
    if all(isinstance(n, dict) and all(isinstance(v, str) for v in n.values()) for n in names):
        return
    msg = f'{path.parent.name}/project.toml, levels: write each as village = {{ zh = "", en = "" }}'
    msg += " with its names. Correct or restore it."
    raise ProjectError(msg)


def write_settings(path: Path, settings: Mapping[str, Any]) -> None:
    """Write ``project.toml`` whole or not at all."""
    write_whole(path, _toml(settings).encode("utf-8"))


def _toml(settings: Mapping[str, Any]) -> str:
    flat = {k: v for k, v in settings.items() if not isinstance(v, dict)}
    lines = [f"{toml_key(key)} = {toml_value(item)}" for key, item in flat.items()]
    for key, item in settings.items():
        if isinstance(item, dict):
            lines += ["", f"[{toml_key(key)}]"]
            lines += [f"{toml_key(k)} = {toml_value(v)}" for k, v in item.items()]
    return "\n".join(lines) + "\n"
