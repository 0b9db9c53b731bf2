"""The project folder: one GeoPackage, its settings, imports with history, and undo."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from layers import gpkg
from layers.errors import DataError, ProjectError, UsageError
from layers.findings import Finding, numbers, worst
from layers.frames import EVERYTHING
from layers.intake import Intake, merge_once, understand
from layers.places import shapes_of
from layers.raster import keep_copy, read_raster, save_raster
from layers.read import Options, read_source
from layers.schema import RASTERS, Layer, schema
from layers.text import plain

MODES = ("replace", "add", "update")
FORMAT = 1
"""Format of the project folder; a higher one was written by a newer planner."""


@dataclass(frozen=True)
class ImportReport:
    """
    What an import did.

    Attributes
    ----------
    status
        ``accepted``, ``warned`` or ``refused``.
    rows_read, rows_stored
        Rows of the file, and rows now stored from it; the difference is listed in ``findings``.
    """

    status: str
    layer: str
    rows_read: int
    rows_stored: int
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``import --json`` prints."""
        return {
            "status": self.status,
            "layer": self.layer,
            "rows_read": self.rows_read,
            "rows_stored": self.rows_stored,
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }


@dataclass(frozen=True)
class Request:
    """
    What a person asks of an import beside the file.

    Attributes
    ----------
    options
        How to read the file.
    mode
        ``replace`` the layer, ``add`` rows to it, or ``update`` its rows by id.
    complete_for
        Areas (village or township, code or name) the file is complete for; empty = everywhere.
    partial
        The file is not complete anywhere.
    blanks
        Column to ``none`` or ``unknown``: what its empty cells mean.
    date
        The day the data speaks of; the newest date in it when not given.
    """

    options: Options = field(default_factory=Options)
    mode: str = "replace"
    complete_for: tuple[str, ...] = ()
    partial: bool = False
    blanks: tuple[tuple[str, str], ...] = ()
    date: dt.date | None = None
    dry_run: bool = False


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
        self.settings = _settings(folder / "project.toml")

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
        text = str(self.settings.get("crs") or "")
        return CRS.from_user_input(text) if text else None

    def data_version(self) -> str:
        """Give the mark of the data: it changes with every import and every undo."""
        with closing(self._reading()) as connection:
            return str(connection.execute("SELECT max(fid) FROM imports").fetchone()[0] or 0)

    def _reading(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(f"file:{self.store.as_posix()}?mode=ro", uri=True, timeout=30)
        except sqlite3.Error as error:
            msg = f"{self.folder.name}: project.gpkg cannot be opened ({error}). Check the folder."
            raise ProjectError(msg) from None

    def layers(self) -> list[str]:
        """Name the layers the project holds."""
        with closing(self._reading()) as connection:
            return gpkg.layers_in(connection)

    def frame(self, name: str) -> pd.DataFrame | None:
        """Read one layer, None when the project does not have it."""
        with closing(self._reading()) as connection:
            if name not in gpkg.layers_in(connection):
                return None
            return gpkg.read_layer(connection, schema(name), self.crs)

    def table(self, name: str) -> pd.DataFrame:
        """Read one of the planner's own tables (``surveyed``, ``imports``, ``findings``, ``blanks``)."""
        with closing(self._reading()) as connection:
            sql = f"SELECT * FROM {gpkg.quoted(name)} ORDER BY fid"
            return pd.read_sql_query(sql, connection)

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
        if name in RASTERS:
            return self._import_raster(name, path, request)
        layer = schema(name)
        source = read_source(path, layer, request.options)
        home = None if name == "villages" else self._home()
        intake = understand(source, layer, request.options, self.crs, home)
        self._check_areas(request.complete_for, intake.frames.get("villages"))
        merged, repeats = self._merged(intake, request.mode)
        findings = intake.findings + repeats
        left = sum(len(f.rows) for f in findings if f.code == "repeated_id")
        status = worst(findings)
        report = ImportReport(status, name, intake.rows_read, intake.rows_read - left, findings)
        if not request.dry_run:
            self._store(name, path, intake, merged, request, report)
        return report

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
        columns = [c for c in ("id", "name", "township", "township_id", "county") if c in villages]
        known = {plain(v) for c in columns for v in villages[c].dropna()}
        lost = [area for area in areas if plain(area) not in known]
        if lost:
            msg = f"--complete-for {lost[0]}: no village or township of that name. Check the name."
            raise UsageError(msg)

    def _merged(
        self, intake: Intake, mode: str
    ) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
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

    def _store(
        self,
        name: str,
        path: Path,
        intake: Intake,
        merged: dict[str, pd.DataFrame],
        request: Request,
        report: ImportReport,
    ) -> None:
        if self.crs is None and intake.crs is not None:
            self.save_settings(crs=_crs_text(intake.crs))
        number = int(self.data_version()) + 1
        self._keep_history(number, list(merged))
        with gpkg.transaction(self.store) as connection:
            for changed, frame in merged.items():
                gpkg.write_layer(connection, schema(changed), frame, intake.crs)
                rows = _surveyed_rows(schema(changed), intake.frames[changed], path.name, request)
                _write_surveyed(connection, changed, rows, keep=request.mode != "replace")
            for column, meaning in request.blanks:
                connection.execute(
                    "INSERT INTO blanks (layer, column_name, meaning) VALUES (?,?,?)",
                    (name, column, meaning),
                )
            note = json.dumps({"crs": _crs_text(intake.crs), "datum": request.options.datum})
            cursor = connection.execute(
                "INSERT INTO imports (layer, layers, file, mode, rows_read, rows_stored, note)"
                " VALUES (?,?,?,?,?,?,?)",
                (
                    name,
                    json.dumps(list(merged)),
                    path.name,
                    request.mode,
                    report.rows_read,
                    report.rows_stored,
                    note,
                ),
            )
            _write_findings(connection, int(cursor.lastrowid or 0), report.findings)

    def _import_raster(self, name: str, path: Path, request: Request) -> ImportReport:
        if not path.is_file():
            msg = f"{path.name}: no such file. Check the path."
            raise DataError(msg)
        raster = read_raster(path, crs=request.options.crs)
        if not request.dry_run:
            number = int(self.data_version()) + 1
            self._keep_history(number, [name])
            save_raster(raster, self.folder / f"{name}.tif")
            with gpkg.transaction(self.store) as connection:
                connection.execute(
                    "INSERT INTO imports (layer, layers, file, mode, rows_read, rows_stored)"
                    " VALUES (?,?,?,?,?,?)",
                    (name, json.dumps([name]), path.name, "replace", 0, 0),
                )
        return ImportReport("accepted", name, 0, 0)

    # -------------------------------------------------- history

    def _history(self, number: int) -> Path:
        return self.folder / "history" / f"{number:05d}"

    def _keep_history(self, number: int, changing: list[str]) -> None:
        """Keep what an import replaces, so that it can be undone."""
        folder = self._history(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in changing:
            if name in RASTERS:
                keep_copy(self.folder / f"{name}.tif", folder)
                continue
            frame = self.frame(name)
            if frame is not None:
                frame.to_parquet(folder / f"{gpkg.table_name(name)}.parquet")
        for name in ("surveyed", "blanks"):
            self.table(name).to_parquet(folder / f"_{name}.parquet")

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
        imports = self.table("imports")
        undone = set(imports["undoes"].dropna().astype(int))
        open_ones = imports[imports["undoes"].isna() & ~imports["fid"].isin(undone)]
        if open_ones.empty:
            msg = f"{self.folder.name}: there is no import to undo. Import a file first."
            raise ProjectError(msg)
        last = open_ones.iloc[-1]
        number, changed = int(last["fid"]), json.loads(last["layers"])
        folder = self._history(number)
        if not folder.is_dir():
            msg = f"{self.folder.name}: the history of import {number} is gone. Import again."
            raise ProjectError(msg)
        for name in (n for n in changed if n in RASTERS):
            target, held = self.folder / f"{name}.tif", folder / f"{name}.tif"
            if held.exists():
                keep_copy(held, self.folder)
            else:
                target.unlink(missing_ok=True)
        with gpkg.transaction(self.store) as connection:
            for name in (n for n in changed if n not in RASTERS):
                self._restore(connection, name, folder)
            for name in ("surveyed", "blanks"):
                rows = pd.read_parquet(folder / f"_{name}.parquet").drop(columns="fid")
                connection.execute(f"DELETE FROM {name}")
                marks = ",".join("?" * len(rows.columns))
                values = rows.astype(object).where(rows.notna(), None).to_numpy().tolist()
                connection.executemany(
                    f"INSERT INTO {name} ({','.join(rows.columns)}) VALUES ({marks})", values
                )
            connection.execute("DELETE FROM findings WHERE import = ?", (number,))
            cursor = connection.execute(
                "INSERT INTO imports (layer, layers, file, mode, undoes) VALUES (?,?,?,?,?)",
                (last["layer"], last["layers"], last["file"], "undo", number),
            )
            version = str(cursor.lastrowid)
        return {"layer": last["layer"], "file": last["file"], "data_version": version}

    def _restore(self, connection: sqlite3.Connection, name: str, folder: Path) -> None:
        held = folder / f"{gpkg.table_name(name)}.parquet"
        if not held.exists():
            gpkg.drop_layer(connection, name)
            return
        try:
            frame: pd.DataFrame = gpd.read_parquet(held)
        except ValueError:
            frame = pd.read_parquet(held)
        gpkg.write_layer(connection, schema(name), frame, self.crs)

    # -------------------------------------------------- settings

    def save_settings(self, **changes: Any) -> None:
        """Write ``project.toml`` anew with some settings changed; whole or not at all."""
        self.settings = {**self.settings, **changes}
        part = self.folder / "project.toml.part"
        part.write_text(_toml(self.settings), encoding="utf-8")
        part.replace(self.folder / "project.toml")


def _crs_text(crs: CRS | None) -> str:
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def _settings(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path.parent.name}/project.toml: cannot be read ({error}). Correct or restore it."
        raise ProjectError(msg) from None
    if int(table.get("format", FORMAT)) > FORMAT:
        msg = f"{path.parent.name}: was saved by a newer planner. Update the planner."
        raise ProjectError(msg)
    return table


def _toml(settings: dict[str, Any]) -> str:
    """Write flat settings and one level of tables as TOML (JSON strings are TOML strings)."""

    def value(item: Any) -> str:
        if isinstance(item, dict):
            pairs = (f"{key} = {value(one)}" for key, one in item.items())
            return "{ " + ", ".join(pairs) + " }"
        if isinstance(item, (dt.date, dt.datetime)):
            return item.isoformat()
        return json.dumps(item, ensure_ascii=False)

    flat = {k: v for k, v in settings.items() if not isinstance(v, dict)}
    lines = [f"{key} = {value(item)}" for key, item in flat.items()]
    for key, item in settings.items():
        if isinstance(item, dict):
            lines += ["", f"[{key}]", *(f"{k} = {value(v)}" for k, v in item.items())]
    return "\n".join(lines) + "\n"


def _newest(layer: Layer, frame: pd.DataFrame) -> dt.date | None:
    """Give the newest date the rows of a layer hold."""
    dates = [n for n, c in layer.columns.items() if c.type in ("date", "datetime") and n in frame]
    newest = [frame[n].max() for n in dates if frame[n].notna().any()]
    return max(newest).date() if newest else None


def _surveyed_rows(
    layer: Layer, frame: pd.DataFrame, source: str, request: Request
) -> list[tuple[Any, ...]]:
    """Say for which kinds and areas a file is complete."""
    kinds = [EVERYTHING]
    if layer.by_kind and "kind" in frame.columns and len(frame):
        kinds = sorted(frame["kind"].dropna().unique()) or [EVERYTHING]
    areas = list(request.complete_for) or [EVERYTHING]
    date = request.date or _newest(layer, frame)
    return [
        (layer.name, kind, area, int(not request.partial), date and date.isoformat(), source)
        for kind in kinds
        for area in areas
    ]


def _write_surveyed(
    connection: sqlite3.Connection, layer: str, rows: list[tuple[Any, ...]], *, keep: bool
) -> None:
    if not keep:
        connection.execute("DELETE FROM surveyed WHERE layer = ?", (layer,))
        connection.execute("DELETE FROM blanks WHERE layer = ?", (layer,))
    connection.executemany(
        "INSERT INTO surveyed (layer, kind, area, complete, date, source) VALUES (?,?,?,?,?,?)",
        rows,
    )


def _write_findings(connection: sqlite3.Connection, number: int, found: list[Finding]) -> None:
    connection.executemany(
        "INSERT INTO findings (import, code, severity, layer, column_name, row_numbers, ids, detail)"
        " VALUES (?,?,?,?,?,?,?,?)",
        [
            (
                number,
                f.code,
                f.severity,
                f.layer,
                f.column,
                json.dumps(f.rows),
                json.dumps(f.ids, ensure_ascii=False),
                f.detail,
            )
            for f in found
        ],
    )


def stored_findings(project: Project) -> list[Finding]:
    """Read the findings of the imports that still stand, newest import of each layer last."""
    table, imports = project.table("findings"), project.table("imports")
    undone = set(imports["undoes"].dropna().astype(int))
    live = imports[imports["undoes"].isna() & ~imports["fid"].isin(undone)]
    replaced = live[live["mode"] == "replace"].groupby("layer")["fid"].max().to_dict()
    kept = [
        int(row.fid) for row in live.itertuples() if int(row.fid) >= replaced.get(row.layer, 0)
    ]
    return [
        Finding(
            row.code,
            row.severity,
            row.layer,
            row.column_name or "",
            numbers(json.loads(row.row_numbers)),
            tuple(json.loads(row.ids)),
            row.detail or "",
        )
        for row in table[table["import"].isin(kept)].itertuples()
    ]


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
        (folder / "project.toml").write_text(_toml({**settings, "levels": levels}), "utf-8")
    except OSError as error:
        msg = f"{folder.name}: cannot be made ({error.strerror}). Choose a folder you may write to."
        raise ProjectError(msg) from None
    return Project(folder)


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
    return Project(folder)


def crs_text(project: Project) -> str:
    """Give the project's CRS as text such as ``EPSG:4545``, '' while there is none."""
    return _crs_text(project.crs)
