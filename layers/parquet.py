"""Frames as Parquet files: the one way they are written to a folder and read back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layers.gpkg import table_name


def file_of(folder: Path, layer: str) -> Path:
    """
    Give the file of a layer in a folder of frames.

    Examples
    --------
    >>> file_of(Path("copy"), "reference/rivers").name
    'reference_rivers.parquet'
    """
    return folder / f"{table_name(layer)}.parquet"


def read_frame(path: Path) -> pd.DataFrame:
    """Read a Parquet file with or without geometry."""
    try:
        frame: pd.DataFrame = gpd.read_parquet(path)
    except ValueError:
        frame = pd.read_parquet(path)
    return frame


def write_frames(folder: Path, frames: Iterable[tuple[str, pd.DataFrame | None]]) -> None:
    """
    Write frames into a folder that is there, one file each.

    Parameters
    ----------
    folder
        Where to; files of the same layers are replaced.
    frames
        Layer and its rows, taken one at a time; None is passed over.
    """
    for name, frame in frames:
        if frame is not None:
            frame.to_parquet(file_of(folder, name))


def read_frames(folder: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """
    Read the frames of these layers, typed as they were written.

    Raises
    ------
    OSError
        If one of them is not there.
    """
    return {name: read_frame(file_of(folder, name)) for name in names}
