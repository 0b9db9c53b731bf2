"""What every import asks before it stores: areas and blanks that exist, home, what joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.errors import UsageError
from layers.findings import Finding
from layers.intake import Intake, merge_once
from layers.places import area_names, shapes_of, villages_in
from layers.request import Request
from layers.schema import Layer, schema
from layers.sent.names import kept_names


def home_of(villages: pd.DataFrame | None) -> Any:
    """Give the bounds of the villages, None while they have none."""
    if villages is None or not isinstance(villages, gpd.GeoDataFrame):
        return None
    shapes = gpd.GeoSeries(shapes_of(villages))
    return None if shapes.isna().all() else shapes.total_bounds


def check_areas(areas: tuple[str, ...], villages: pd.DataFrame | None) -> None:
    """
    Refuse an area that is no village and no township.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if not areas or villages is None:
        return
    names = area_names(villages)
    lost = [area for area in areas if not villages_in(area, names)]
    if lost:
        msg = f"--complete-for {lost[0]}: no village or township of that name. Check the name."
        raise UsageError(msg)


def check_blanks(layer: Layer, request: Request) -> None:
    """
    Refuse a column the layer has not.

    Raises
    ------
    UsageError
        If ``--blank`` names one.
    """
    lost = [column for column, _ in request.blanks if column not in layer.columns]
    if lost:
        msg = f"--blank {lost[0]}: {layer.name} has no such column. Use one of its fields."
        raise UsageError(msg)


def joined(
    stored: Callable[[str], pd.DataFrame | None], intake: Intake, mode: str
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """
    Join what arrives with what is there, as the mode says.

    Parameters
    ----------
    stored
        Gives the rows of a layer, None where there are none.
    intake
        What arrives.
    mode
        ``replace``, ``add`` or ``update``.

    Returns
    -------
    frames
        The layers as they will be.
    findings
        Rows that repeat a stored one.
    """
    frames: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    for name, new in intake.frames.items():
        old = stored(name) if mode != "replace" or name == "villages" else None
        if mode == "replace" or old is None:
            frames[name] = kept_names(old, new) if name == "villages" else new
            continue
        frames[name], found = merge_once(old, new, schema(name), update=mode == "update")
        findings += found
    return frames, findings
