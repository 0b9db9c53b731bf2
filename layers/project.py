"""The project folder: one GeoPackage, its settings, imports with history, and undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from layers import gpkg, history
from layers.crs import check_datum
from layers.errors import DataError, ProjectError, UsageError
from layers.findings import Finding, worst
from layers.frames import Raster
from layers.intake import Intake, merge_once, understand
from layers.places import area_names, shapes_of, villages_in
from layers.raster import read_raster, save_raster
from layers.read import Source, read_source
from layers.request import MODES, ImportReport, Request
from layers.schema import RASTERS, Layer, known, schema
from layers.settings import FORMAT, crs_of, crs_text, read_settings, write_settings
from layers.surveyed import (
    findings_of,
    standing_imports,
    surveyed_rows,
    write_import,
    write_surveyed,
)
from layers.totals import SKIPPED

__all__ = [
    "ImportReport",
    "Project",
    "Request",
    "create_project",
    "open_project",
    "stored_findings",
]


NOT_STORED = ("repeated_id", *SKIPPED)
"""Findings whose rows were read and are not stored as rows of their own."""


class Project:
    """
    An open project folder.

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
        """Read one of the planner's own tables: surveyed, imports, findings or blanks."""
        with gpkg.reading(self.store) as connection:
            cursor = connection.execute(f"SELECT * FROM {gpkg.quoted(name)} ORDER BY fid")
            heads = [entry[0] for entry in cursor.description]
            return pd.DataFrame(cursor.fetchall(), columns=pd.Index(heads))

    # -------------------------------------------------- import

    def import_file(self, name: str, path: Path, request: Request | None = None) -> ImportReport:
        """
        Take a file into a layer, in one transaction.

        Parameters
        ----------
        name
            A layer, ``dem``, ``population`` or ``reference/NAME``.
        path, request
            The file and what the person says about it.

        Returns
        -------
        ImportReport
            Counts and findings; nothing is stored on a dry run.

        Raises
        ------
        PlannerError
            If the file, the options or the project do not allow it; nothing is stored then.
        """
        request = request or Request()
        if request.mode not in MODES:
            msg = f"--mode {request.mode}: not a mode. Choose one of {', '.join(MODES)}."
            raise UsageError(msg)
        check_datum(request.options.datum)
        if name in RASTERS:
            return self._import_raster(name, path, request)
        layer = schema(name)
        _check_blanks(layer, request)
        source = read_source(path, layer, request.options)
        if request.dry_run:
            return self._understood(layer, source, request)[0]
        settings = self.settings
        try:
            # One writer from here on: what is merged and kept for undo is what will be replaced.
            with gpkg.transaction(self.store) as connection:
                self.settings = read_settings(self.folder / "project.toml")
                report, intake, merged = self._understood(layer, source, request)
                self._keep_history(list(merged))
                for changed, frame in merged.items():
                    gpkg.write_layer(connection, schema(changed), frame, intake.crs)
                    arrived = intake.frames[changed]
                    rows = surveyed_rows(schema(changed), arrived, path.name, request)
                    write_surveyed(connection, changed, rows, keep=request.mode != "replace")
                fixes = self.crs is None and intake.crs is not None
                note = json.dumps({"crs": crs_text(intake.crs), "fixes_crs": fixes})
                write_import(connection, report, list(merged), path.name, request, note)
                settings = self.settings
                if fixes:
                    self.save_settings(crs=crs_text(intake.crs))
        except BaseException:
            if self.settings is not settings:
                self.save_settings(crs=settings.get("crs", ""))
            raise
        return report

    def _understood(
        self, layer: Layer, source: Source, request: Request
    ) -> tuple[ImportReport, Intake, dict[str, pd.DataFrame]]:
        home = None if layer.name == "villages" else self._home()
        intake = understand(source, layer, request.options, self.crs, home)
        self._check_areas(request.complete_for, intake.frames.get("villages"))
        merged, repeats = self._merged(intake, request.mode)
        findings = intake.findings + repeats
        left = sum(len(f.rows) for f in findings if f.code in NOT_STORED and f.layer == layer.name)
        read = intake.rows_read
        return (
            ImportReport(worst(findings), layer.name, read, read - left, findings),
            intake,
            merged,
        )

    def _home(self) -> Any:
        villages = self.frame("villages")
        if villages is None or not isinstance(villages, gpd.GeoDataFrame):
            return None
        shapes = gpd.GeoSeries(shapes_of(villages))
        return None if shapes.isna().all() else shapes.total_bounds

    def _check_areas(self, areas: tuple[str, ...], arriving: pd.DataFrame | None) -> None:
        villages = arriving if arriving is not None else self.frame("villages")
        if not areas or villages is None:
            return
        names = area_names(villages)
        lost = [area for area in areas if not villages_in(area, names)]
        if lost:
            msg = f"--complete-for {lost[0]}: no village or township of that name. Check the name."
            raise UsageError(msg)

    def _merged(self, intake: Intake, mode: str) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
        if mode == "replace":
            return dict(intake.frames), []
        merged: dict[str, pd.DataFrame] = {}
        findings: list[Finding] = []
        for name, new in intake.frames.items():
            old = self.frame(name)
            if old is None:
                merged[name] = new
                continue
            merged[name], found = merge_once(old, new, schema(name), update=mode == "update")
            findings += found
        return merged, findings

    def _import_raster(self, name: str, path: Path, request: Request) -> ImportReport:
        if not path.is_file():
            msg = f"{path.name}: no such file. Check the path."
            raise DataError(msg)
        raster: Raster = read_raster(path, crs=request.options.crs)
        report = ImportReport("accepted", name, 0, 0)
        if not request.dry_run:
            with gpkg.transaction(self.store) as connection:
                self._keep_history([name])
                write_import(connection, report, [name], path.name, Request(), "")
                save_raster(raster, self.folder / f"{name}.tif")
        return report

    # -------------------------------------------------- history

    def _keep_history(self, changing: list[str]) -> None:
        """Keep what an import replaces; called by the one writer before it writes."""
        before = {n: None if n in RASTERS else self.frame(n) for n in changing}
        tables = {name: self.table(name) for name in history.OWN_TABLES}
        history.keep(self.folder, int(self.data_version()) + 1, before, tables)

    def undo(self) -> dict[str, Any]:
        """
        Take back the newest import that was not taken back yet.

        Returns
        -------
        dict
            ``layer``, ``file`` and the new ``data_version``.

        Raises
        ------
        ProjectError
            If there is nothing to undo or its history is gone.
        """
        with gpkg.transaction(self.store) as connection:
            self.settings = read_settings(self.folder / "project.toml")
            standing = standing_imports(self.table("imports"))
            if standing.empty:
                msg = f"{self.folder.name}: there is no import to undo. Import a file first."
                raise ProjectError(msg)
            last = standing.iloc[-1]
            number, changed = int(last["fid"]), json.loads(last["layers"])
            if not history.folder_of(self.folder, number).is_dir():
                msg = f"{self.folder.name}: the history of import {number} is gone. Import again."
                raise ProjectError(msg)
            connection.execute("DELETE FROM findings WHERE import = ?", (number,))
            cursor = connection.execute(
                "INSERT INTO imports (layer, layers, file, mode, undoes) VALUES (?,?,?,?,?)",
                (last["layer"], last["layers"], last["file"], "undo", number),
            )
            version = str(cursor.lastrowid)
            history.restore(connection, self.folder, number, changed, self.crs)
        if json.loads(last["note"] or "{}").get("fixes_crs"):
            # The file that chose the CRS is gone: the next one chooses again.
            self.save_settings(crs="")
        return {"layer": last["layer"], "file": last["file"], "data_version": version}

    # -------------------------------------------------- settings

    def save_settings(self, **changes: Any) -> None:
        """Write ``project.toml`` anew with some settings changed; whole or not at all."""
        self.settings = {**self.settings, **changes}
        write_settings(self.folder / "project.toml", self.settings)


def _check_blanks(layer: Layer, request: Request) -> None:
    lost = [column for column, _ in request.blanks if column not in layer.columns]
    if lost:
        msg = f"--blank {lost[0]}: {layer.name} has no such column. Use one of its fields."
        raise UsageError(msg)


def stored_findings(project: Project) -> list[Finding]:
    """Read the findings of the imports that still stand, newest import of each layer last."""
    return findings_of(project.table("findings"), project.table("imports"))


def create_project(folder: Path, *, name: str | None = None) -> Project:
    """
    Make an empty project folder.

    Raises
    ------
    ProjectError
        If the folder holds something else already or cannot be written.
    """
    if (folder / "project.toml").exists():
        msg = f"{folder.name}: is a project already. Open it, or choose another folder."
        raise ProjectError(msg)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder.name}: is not empty and no project. Choose an empty or new folder."
        raise ProjectError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        gpkg.create(folder / "project.gpkg")
        settings = {"format": FORMAT, "name": name or folder.name, "language": "zh", "crs": ""}
        levels = {
            "village": {"zh": "行政村", "en": "Village"},
            "township": {"zh": "乡镇", "en": "Township"},
            "county": {"zh": "县", "en": "County"},
        }
        write_settings(folder / "project.toml", {**settings, "levels": levels})
    except OSError as error:
        msg = f"{folder.name}: cannot be made ({error.strerror}). Choose a folder you may write to."
        raise ProjectError(msg) from None
    return Project(folder)


def take_back(folder: Path, *, keep_folder: bool) -> None:
    """Leave no empty project behind when the import that was to begin it was refused."""
    for part in (folder / "project.toml", folder / "project.gpkg"):
        part.unlink(missing_ok=True)
    if not keep_folder and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def open_project(folder: Path) -> Project:
    """
    Open a project folder.

    Raises
    ------
    ProjectError
        If it is missing, incomplete, or from a newer planner.
    """
    for part in ("project.toml", "project.gpkg"):
        if not (folder / part).is_file():
            msg = f"{folder.name}: is not a project ({part} is missing). Check the path."
            raise ProjectError(msg)
    project = Project(folder)
    gpkg.check_version(project.store)
    return project
