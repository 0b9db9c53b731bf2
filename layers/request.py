"""What a person asks of an import, and what they are told of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from layers.findings import Finding
from layers.read import Options

MODES = ("replace", "add", "update")


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
