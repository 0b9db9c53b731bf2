"""The project folder as it lies on the disk: its layers, its tables, its settings, its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import CRS

from layers import gpkg, history
from layers.pending import plan, waiting_room, writing
from layers.schema import RASTERS, known, schema
from layers.settings import crs_of, read_settings, write_settings


class Store:
    """
    What a project folder holds, read and kept; ``Project`` changes it.

    Parameters
    ----------
    folder
        The folder; ``open_project`` checks it first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "project.gpkg"
        self.settings = read_settings(folder / "project.toml")

    # -------------------------------------------------- what it is

    @property
    def name(self) -> str:
        """Give the project's name."""
        return str(self.settings.get("name") or self.folder.name)

    @property
    def language(self) -> str:
        """Give the language of findings and reports, ``zh`` unless told otherwise."""
        return "en" if self.settings.get("language") == "en" else "zh"

    @property
    def crs(self) -> CRS | None:
        """Give the metric CRS, None while nothing has a position."""
        return crs_of(self.settings, self.folder.name)

    def data_version(self) -> str:
        """Give the mark of the data: it changes with every import and every undo."""
        with gpkg.reading(self.store) as connection:
            return str(connection.execute("SELECT max(fid) FROM imports").fetchone()[0] or 0)

    def layers(self) -> list[str]:
        """Name the layers the project holds; tables another program added are left alone."""
        with gpkg.reading(self.store) as connection:
            return [name for name in gpkg.layers_in(connection) if known(name)]

    def frame(self, name: str) -> pd.DataFrame | None:
        """Read one layer, None when the project does not have it."""
        with gpkg.reading(self.store) as connection:
            if name not in gpkg.layers_in(connection):
                return None
            return gpkg.read_layer(connection, schema(name), self.crs)

    def table(self, name: str) -> pd.DataFrame:
        """Read one of the planner's own tables, such as surveyed, imports, findings or blanks."""
        with gpkg.reading(self.store) as connection:
            heads, rows = gpkg.own_table(connection, name)
            return pd.DataFrame(rows, columns=pd.Index(heads))

    # -------------------------------------------------- history

    def _keep_history(self, changing: list[str]) -> int:
        """Keep what an import replaces, before the one writer writes; give the import's number."""
        before = {n: None if n in RASTERS else self.frame(n) for n in changing}
        tables = {name: self.table(name) for name in history.OWN_TABLES}
        number = int(self.data_version()) + 1
        history.keep(self.folder, number, before, tables)
        return number

    def _plan(self, number: int, moves: dict[str, Path | None], **changes: Any) -> None:
        """Let files and settings change together with import ``number``, or not at all."""
        if changes:
            held = waiting_room(self.folder, number) / "project.toml"
            write_settings(held, {**self.settings, **changes})
            moves = {**moves, held.name: held}
        plan(self.folder, number, moves)

    # -------------------------------------------------- settings

    def save_settings(self, **changes: Any) -> None:
        """Write ``project.toml`` anew with some settings changed; whole or not at all."""
        with writing(self.store):
            # Read again: another import may have fixed the CRS since this project was opened.
            path = self.folder / "project.toml"
            settings = {**read_settings(path), **changes}
            write_settings(path, settings)
        self.settings = settings
