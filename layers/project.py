"""The project folder: one GeoPackage, its settings, imports with history, and undo."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import CRS

from layers import gpkg, history, saves
from layers.crs import check_datum
from layers.errors import DataError, ProjectError, UsageError
from layers.findings import Finding, worst
from layers.importing import check_areas, check_blanks, home_of, joined
from layers.intake import Intake, understand
from layers.keyed import untouched
from layers.pending import left_over, settle, waiting_room, writing
from layers.quarantine import Quarantine
from layers.rasters import Home, read_grid, write_grid
from layers.read import Options, Source
from layers.recipes import TABLE as RECIPES
from layers.recipes import recipes_of, remember
from layers.recognise import Recognised, recognised
from layers.refusal import RefusalError
from layers.request import MODES, ImportReport, Request
from layers.schema import Layer, schema
from layers.sent import arrived
from layers.sent.sender_doubts import unknown_rows
from layers.sent.sending import forget
from layers.sent.taken import Arrival
from layers.sent.taking import Taking
from layers.settings import FORMAT, crs_text, read_settings, write_settings
from layers.settled import with_ids
from layers.sheet.ledgers import SKIPPED_EXAMPLE
from layers.sheet.totals import SKIPPED
from layers.store import Store
from layers.surveyed import (
    findings_of,
    standing_imports,
    surveyed_rows,
    write_import,
    write_surveyed,
)
from layers.where.converted import position_note
from layers.where.neighbours import Known

__all__ = [
    "ImportReport",
    "Project",
    "Request",
    "create_project",
    "open_project",
    "stored_findings",
]


NOT_STORED = ("repeated_id", SKIPPED_EXAMPLE, *SKIPPED)
"""Findings whose rows were read and are not stored as rows of their own."""


class Project(Store):
    """
    An open project folder.

    Parameters
    ----------
    folder
        The folder; ``open_project`` checks it first.
    """

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
        with Quarantine() as quarantine:
            found = self.recognised(name, path, request.options, quarantine)
            if found.raw is None:
                return self._import_raster(found.layer, path, request, quarantine)
        request = replace(request, options=found.options)
        layer, source = schema(found.layer), found.source(found.raw)
        report = self._take_one(layer, source, path, request)
        return replace(report, proposals=[*report.proposals, *found.offered, *found.why])

    def recognised(
        self, name: str, path: Path, options: Options, quarantine: Quarantine
    ) -> Recognised:
        """Read a file and settle which layer it is for, by what was said of earlier files too."""
        recipes = recipes_of(self.table(RECIPES))
        return recognised(name, path, options, self.frame, quarantine, recipes)

    def consider(
        self, layer: Layer, source: Source, path: Path, request: Request
    ) -> tuple[ImportReport, pd.DataFrame | None]:
        """
        Tell what an import would do, and give the rows it would store; nothing is written.

        Parameters
        ----------
        layer, source
            The layer, and the file under its heads.
        path, request
            The file's name and what the person says about it.
        """
        check_blanks(layer, request)
        if untouched(source, layer, request.options):
            return ImportReport("accepted", layer.name, 0, 0), None
        if request.mode == "sender":
            report, frames = self._sent(path, layer, source, replace(request, dry_run=True))
        else:
            report, intake, _ = self._understood(layer, source, request)
            frames = intake.frames
        return self._with_unknown(report, frames), frames[layer.name]

    def _with_unknown(self, report: ImportReport, frames: dict[str, pd.DataFrame]) -> ImportReport:
        """Tell rows of unknown villages too; not stored, since every check says them anew."""
        found, told = unknown_rows(frames[report.layer], report.layer, self.frame("villages"))
        findings, told = [*report.findings, *found], [*report.proposals, *told]
        return replace(report, status=worst(findings), findings=findings, proposals=told)

    def _take_one(self, layer: Layer, source: Source, path: Path, request: Request) -> ImportReport:
        if request.dry_run or untouched(source, layer, request.options):
            return self.consider(layer, source, path, request)[0]
        check_blanks(layer, request)
        if request.mode == "sender":
            return self._with_unknown(*self._sent(path, layer, source, request))
        # One writer from here on: what is merged and kept for undo is what will be replaced.
        with writing(self.store) as connection:
            self.settings = read_settings(self.folder / "project.toml")
            report, intake, merged = self._understood(layer, source, request)
            number = self._keep_history(list(merged))
            gpkg.prepare(connection)
            if request.mode == "replace":
                forget(connection, merged)
            for changed, frame in merged.items():
                gpkg.write_layer(connection, schema(changed), frame, intake.crs)
                arrived = intake.frames[changed]
                rows = surveyed_rows(schema(changed), arrived, path.name, request)
                write_surveyed(connection, changed, rows, keep=request.mode != "replace")
            fixes = self.crs is None and intake.crs is not None
            done = position_note(intake.conversion)
            note = json.dumps({"crs": crs_text(intake.crs), "fixes_crs": fixes, **done})
            told = replace(report, findings=with_ids(report.findings, layer.name, intake.ids))
            write_import(connection, told, list(merged), path.name, request, note)
            remember(connection, source, path.name, layer.name, request.options)
            if fixes:
                self._plan(number, {}, crs=crs_text(intake.crs))
        self.settings = read_settings(self.folder / "project.toml")
        return self._with_unknown(report, intake.frames)

    def _sent(
        self, path: Path, layer: Layer, source: Source, request: Request
    ) -> tuple[ImportReport, dict[str, pd.DataFrame]]:
        arrival = Arrival(path.name, layer, source, request.options.sheet or "")
        told = self.take([arrival], request, path.name, one_file=True).taken[0]
        if told.report is None:
            raise told.refused or DataError(path.name)
        return told.report, told.frames

    def take(
        self, arrivals: Sequence[Arrival], request: Request, label: str, *, one_file: bool = False
    ) -> Taking:
        """
        Take tables of one or several senders, all in one transaction.

        Parameters
        ----------
        arrivals, request
            The tables and what the person says about them.
        label
            Name of the file or folder.
        one_file
            It is a single file, which may speak for the whole project.

        Returns
        -------
        Taking
            What became of each; nothing is stored on a dry run, or where all were refused.
        """
        if request.dry_run:
            return self._taking(arrivals, request, one_file=one_file)
        with writing(self.store) as connection:
            self.settings = read_settings(self.folder / "project.toml")
            taking = self._taking(arrivals, request, one_file=one_file)
            if taking.reported:
                number = self._keep_history(list(taking.frames))
                gpkg.prepare(connection)
                fixes = self.crs is None and taking.crs is not None
                done = position_note(taking.conversion)
                note = json.dumps({"crs": crs_text(taking.crs), "fixes_crs": fixes, **done})
                arrived.write(connection, taking, request, label, note)
                for one in arrivals[: 1 if one_file else 0]:
                    remember(connection, one.source, label, one.layer.name, request.options)
                if fixes:
                    self._plan(number, {}, crs=crs_text(taking.crs))
        self.settings = read_settings(self.folder / "project.toml")
        return taking

    def _taking(self, arrivals: Sequence[Arrival], request: Request, *, one_file: bool) -> Taking:
        def understood(
            source: Source, layer: Layer, crs: CRS | None, villages: pd.DataFrame | None
        ) -> Intake:
            home = None if layer.name == "villages" else home_of(villages)
            return understand(source, layer, request.options, crs, home, self._known(crs))

        check_areas(request.complete_for, self.frame("villages"))
        taking = Taking(
            self.frame, self.table("senders"), self.table("sendings"), understood, request,
            crs=self.crs, number=int(self.data_version()) + 1, left_out=NOT_STORED,
        )  # fmt: skip
        taking.take(arrivals, one_file=one_file)
        return taking

    def _understood(
        self, layer: Layer, source: Source, request: Request
    ) -> tuple[ImportReport, Intake, dict[str, pd.DataFrame]]:
        home = None if layer.name == "villages" else self._home()
        known = self._known(self.crs)
        intake = understand(source, layer, request.options, self.crs, home, known)
        villages = intake.frames.get("villages")
        check_areas(request.complete_for, self.frame("villages") if villages is None else villages)
        merged, repeats = joined(self.frame, intake, request.mode)
        findings = intake.findings + repeats
        left = sum(len(f.rows) for f in findings if f.code in NOT_STORED and f.layer == layer.name)
        read = intake.rows_read
        said = intake.proposals
        report = ImportReport(worst(findings), layer.name, read, read - left, findings, said)
        return report, intake, merged

    def _known(self, crs: CRS | None) -> Known:
        """Give what an arriving file may be compared with."""
        return Known(crs, tuple(self.layers()), self.frame)

    def _home(self) -> Any:
        return home_of(self.frame("villages"))

    def _import_raster(
        self, name: str, path: Path, request: Request, quarantine: Quarantine
    ) -> ImportReport:
        home = Home(self.crs, None if self.crs is None else self._home())
        try:
            grid = read_grid(quarantine, path, name, request.options.crs, home)
        except RefusalError as error:
            if error.code != "raster_no_position":
                raise
            return self._note_unplaced(name, path, request)
        found = grid.findings
        report = ImportReport(worst(found), name, 0, 0, found, grid.proposals)
        if request.dry_run:
            return report
        with writing(self.store) as connection:
            self.settings = read_settings(self.folder / "project.toml")
            number = self._keep_history([name])
            held = waiting_room(self.folder, number) / f"{name}.tif"
            write_grid(grid, held, path.name)
            write_import(connection, report, [name], path.name, Request(), "")
            self._plan(number, {held.name: held})
        return report

    def _note_unplaced(self, name: str, path: Path, request: Request) -> ImportReport:
        """Note that a raster came which lies nowhere: what is there stays, and nothing is used."""
        found = [Finding("raster_no_place", "warning", name)]
        report = ImportReport("warned", name, 0, 0, found)
        if not request.dry_run:
            with writing(self.store) as connection:
                self._keep_history([])
                write_import(connection, report, [], path.name, Request(mode="add"), "")
        return report

    # -------------------------------------------------- history

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
        with writing(self.store) as connection:
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
            version = int(cursor.lastrowid or 0)
            history.restore(connection, self.folder, number, changed, self.crs)
            room = waiting_room(self.folder, version)
            moves = history.rasters_before(self.folder, number, changed, room)
            fixed = json.loads(last["note"] or "{}").get("fixes_crs")
            # The file that chose the CRS is gone: the next one chooses again.
            self._plan(version, moves, **({"crs": ""} if fixed else {}))
        self.settings = read_settings(self.folder / "project.toml")
        return {"layer": last["layer"], "file": last["file"], "data_version": str(version)}


def stored_findings(project: Project) -> list[Finding]:
    """Read the findings of the imports that still stand, newest import of each layer last."""
    tables = (project.table(name) for name in ("findings", "imports", "sendings"))
    return findings_of(*tables)


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
    if folder.exists() and (not folder.is_dir() or not left_over(folder)):
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
    saves.check_version(folder / "project.gpkg")
    settle(folder / "project.gpkg")
    return Project(folder)
