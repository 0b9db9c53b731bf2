"""A folder of ledgers: each file read once, all of them taken in one import, and who lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from layers.errors import PlannerError
from layers.findings import Finding, layer_title
from layers.guess import guess
from layers.kinds import GRIDS, READERS
from layers.project import Project
from layers.proposal import Proposal
from layers.quarantine import Quarantine
from layers.read import headed, read_raw
from layers.refusal import RefusalError
from layers.request import Request
from layers.schema import known, schema
from layers.senders import board
from layers.sent.sender_doubts import unknown
from layers.sent.taken import Arrival, Taken
from layers.sent.taking import Taking
from layers.source import Raw
from layers.text import t

MOST_FILES = 2000
"""Files of a folder that are read; more of them is a mistake in the path."""
_BESIDE = {suffix for kind in (READERS | GRIDS).values() for suffix in kind.sidecars}
_BESIDE |= {".sbn", ".sbx", ".qpj", ".qix", ".xml", ".aux", ".db", ".ini", ".lnk"}
"""Files that belong to others or to the system; nobody sends them."""


@dataclass
class FolderReport:
    """
    What became of a folder.

    Attributes
    ----------
    files
        One entry per table, refused files among them.
    table
        Rows of :func:`layers.senders.board` for the layers that came, after the import.
    proposals
        Villages that may have been meant by names nobody knows.
    """

    folder: str
    files: list[Taken] = field(default_factory=list)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Count the rows of all tables that were taken."""
        return sum(one.report.rows_read for one in self.files if one.report)

    @property
    def rows_stored(self) -> int:
        """Count the rows stored from them; the others are listed in findings."""
        return sum(one.report.rows_stored for one in self.files if one.report)

    @property
    def stored(self) -> bool:
        """Tell whether anything was taken."""
        return any(one.report for one in self.files)

    @property
    def status(self) -> str:
        """Give ``accepted``, ``warned`` or ``refused`` (nothing was taken)."""
        if not self.stored:
            return "refused"
        fine = all(one.status == "accepted" for one in self.files)
        return "accepted" if fine else "warned"

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``import --json`` prints of a folder."""
        return {
            "status": self.status,
            "layer": "auto",
            "folder": self.folder,
            "rows_read": self.rows_read,
            "rows_stored": self.rows_stored,
            "files": [_file_dict(one, lang) for one in self.files],
            "table": self.table.astype(object).where(self.table.notna(), None).to_dict("records"),
            "proposals": [one.as_dict(lang) for one in self.proposals],
        }


def _file_dict(one: Taken, lang: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": one.name,
        "sheet": one.sheet,
        "layer": one.layer,
        "sender": one.sender.title if one.sender else "",
        "status": one.status,
    }
    if one.report is None:
        told |= {"rows_read": 0, "rows_stored": 0, "findings": []}
        return told | {"refused": _reason(one.refused, lang)}
    made = one.report
    findings = [finding.as_dict(lang) for finding in made.findings]
    return told | {
        "rows_read": made.rows_read,
        "rows_stored": made.rows_stored,
        "findings": findings,
    }


def _reason(error: PlannerError | None, lang: str) -> str:
    return error.say(lang) if isinstance(error, RefusalError) else str(error or "")


def ledgers_in(folder: Path) -> list[tuple[str, Path]]:
    """
    List the files somebody sent in a folder and in the folders right inside it.

    Returns
    -------
    list
        Name inside the folder and path, sorted by name; hidden files, locks of open workbooks
        and the parts of shapefiles are left out.

    Raises
    ------
    RefusalError
        If there are none, or far too many.
    """
    found: list[tuple[str, Path]] = []
    for path in _inside(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in _BESIDE and not path.name.startswith((".", "~$")):
            found.append((name, path))
        if len(found) > MOST_FILES:
            raise RefusalError("folder_large", folder.name, most=f"{MOST_FILES:,}")
    if not found:
        raise RefusalError("folder_empty", folder.name)
    return sorted(found)


def _inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            continue
        if path.is_dir():
            yield from (p for p in sorted(path.iterdir()) if p.is_file() and not p.is_symlink())
        elif path.is_file():
            yield path


def take_folder(
    project: Project, layer: str, folder: Path, request: Request | None = None
) -> FolderReport:
    """
    Take a folder of ledgers, in one import that can be undone.

    Parameters
    ----------
    project
        The project.
    layer
        A layer for all of them, or ``auto`` to guess it for each.
    folder, request
        The folder, and what the person says about its files.

    Returns
    -------
    FolderReport
        One entry per table. Files that cannot be read are listed and store nothing; the others
        are stored.

    Raises
    ------
    PlannerError
        If the folder cannot be looked into, or the project does not allow it.
    """
    request = request or Request()
    report = FolderReport(folder.name)
    if layer != "auto":
        schema(layer)
    arrivals: list[Arrival] = []
    with Quarantine() as quarantine:
        reading = _Reading(project, layer, folder, request, quarantine)
        for name, path in ledgers_in(folder):
            try:
                arrivals += reading.tables(name, path)
            except PlannerError as error:
                report.files.append(
                    Taken(name, "", "" if layer == "auto" else layer, refused=error)
                )
    taking = project.take(arrivals, replace(request, mode="sender"), folder.name)
    report.files += taking.taken
    report.files.sort(key=lambda one: (one.name, one.sheet))
    _unknown(report, taking)
    wanted = [n for n in dict.fromkeys(one.layer for one in taking.taken) if known(n)]
    if not request.dry_run and wanted:
        report.table = board(project, wanted)
    return report


def _unknown(report: FolderReport, taking: Taking) -> None:
    """Tell rows of unknown villages and who may have been meant; said anew by every check."""
    for told in taking.taken:
        if told.report is not None:
            found, proposals = unknown(told, taking.villages)
            told.report = replace(
                told.report,
                findings=[*told.report.findings, *found],
                status="warned" if found else told.report.status,
            )
            report.proposals += proposals
    # The same name in two sheets is proposed once.
    report.proposals = list({(p.value, p.code): p for p in report.proposals}.values())


class _Reading:
    """The files of one folder, read in one quarantine."""

    def __init__(
        self, project: Project, layer: str, folder: Path, request: Request, quarantine: Quarantine
    ) -> None:
        self._project, self._layer, self._folder = project, layer, folder
        self._request, self._quarantine = request, quarantine

    def tables(self, name: str, path: Path) -> list[Arrival]:
        """Read a file: one table, or each sheet of a workbook that is one."""
        if path.suffix.lower() in GRIDS:
            raise RefusalError("folder_raster", name)
        options = self._request.options
        try:
            raws = [("", read_raw(path, options, self._quarantine))]
        except RefusalError as error:
            if error.code != "several_sheets" or options.sheet is not None:
                raise
            raws = self._sheets(path, str(error.values["sheets"]).split(", "))
        found: list[Arrival] = []
        refused: list[PlannerError] = []
        for sheet, raw in raws:
            try:
                found.append(self._table(name, sheet, raw))
            except PlannerError as error:
                refused.append(error)
        if not found:
            raise refused[0]
        return found

    def _sheets(self, path: Path, names: Sequence[str]) -> list[tuple[str, Raw]]:
        options = self._request.options
        return [
            (sheet, read_raw(path, replace(options, sheet=sheet), self._quarantine))
            for sheet in names
        ]

    def _table(self, name: str, sheet: str, raw: Raw) -> Arrival:
        layer = self._layer
        options = self._request.options
        if layer == "auto":
            told = guess(raw, name, options)
            layer = told[0].value
            if layer.startswith("reference/"):
                raise RefusalError("folder_no_layer", name, where=sheet, proposals=told[1:])
        source = headed(raw, schema(layer), options)
        folders = (*name.split("/")[-2:-1], self._folder.name)
        tab = raw.sheets[0] if raw.grid and raw.sheets and not sheet else ""
        return Arrival(name, schema(layer), source, sheet, tab, folders)


def lines(report: FolderReport, lang: str) -> list[str]:
    """Give what the command line prints of a folder: files, then who sent and who did not."""
    said = []
    for one in report.files:
        name = one.name + (f" [{one.sheet}]" if one.sheet else "")
        if one.report is None:
            said.append(t("folders.refused", lang, file=name, why=_reason(one.refused, lang)))
            continue
        made = one.report
        doubts = sum(f.severity == "warning" for f in made.findings)
        said.append(
            t("folders.file", lang, file=name, layer=layer_title(one.layer, lang),
              sender=one.sender.title if one.sender else "", read=made.rows_read,
              stored=made.rows_stored, n=doubts)
        )  # fmt: skip
        said += [
            f"    {t('severity.' + f.severity, lang)}  {f.message(lang)}"
            for f in _doubtful(made.findings)
        ]
    return said


def _doubtful(findings: Sequence[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity == "warning"]
