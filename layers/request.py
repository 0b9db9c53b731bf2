"""What a person asks of an import, and what they are told of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.crs import parse_crs
from layers.errors import PlannerError
from layers.findings import Finding
from layers.proposal import Proposal
from layers.read import Options

MODES = ("replace", "add", "update", "sender")


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
    proposals
        What the person may want to say differently, each with its reason.
    """

    status: str
    layer: str
    rows_read: int
    rows_stored: int
    findings: list[Finding] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``import --json`` prints; ``proposals`` only where there are any."""
        told: dict[str, Any] = {
            "status": self.status,
            "layer": self.layer,
            "rows_read": self.rows_read,
            "rows_stored": self.rows_stored,
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }
        if self.proposals:
            told["proposals"] = [proposal.as_dict(lang) for proposal in self.proposals]
        return told


@dataclass(frozen=True)
class Request:
    """
    What a person asks of an import beside the file.

    Attributes
    ----------
    options
        How to read the file.
    mode
        ``replace`` the layer, ``add`` rows to it, ``update`` its rows by id, or replace only what
        the ``sender`` of the file sent before.
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


@dataclass(frozen=True)
class Looked:
    """
    What a person sees of a file before it is taken.

    Attributes
    ----------
    name, layer
        Name of the file, and the layer it would go into: the one asked for or the one guessed.
    why
        Why that layer, and other layers it might be, the likeliest first.
    first
        The first rows as the sender wrote them, under the sender's heads; the index counts rows
        from 1.
    columns
        The sender's head to the field it is taken for, '' where it is kept as text.
    sheets
        Sheets or inner layers to choose from, the chosen one first.
    report
        What the import would do; None when the file would be refused.
    refused
        The refusal, None when it would be taken.
    places
        At most 2,000 shapes in longitude and latitude (EPSG:4326), as they would be stored; None
        when there are none. The index is that of the rows.
    options
        What was taken as said: the person's word, or the recipe of an earlier file.
    """

    name: str
    layer: str
    why: tuple[Proposal, ...]
    first: pd.DataFrame
    columns: dict[str, str]
    sheets: tuple[str, ...] = ()
    report: ImportReport | None = None
    refused: PlannerError | None = None
    places: gpd.GeoSeries | None = None
    options: Options = field(default_factory=Options)

    @property
    def proposals(self) -> list[Proposal]:
        """Give what may be said differently, whether the file would be taken or refused."""
        if self.report is not None:
            return self.report.proposals
        return list(getattr(self.refused, "proposals", ()))


def accepting(options: Options, proposal: Proposal) -> Options:
    """
    Give the options with a proposal accepted.

    Parameters
    ----------
    options
        What was said so far; not changed.
    proposal
        What is accepted. One for a layer or a village changes no option.

    Raises
    ------
    UsageError
        If it names a CRS nobody knows.

    Examples
    --------
    >>> accepting(Options(), Proposal("datum", "gcj02", "shifted")).datum
    'gcj02'
    """
    value = proposal.value
    if proposal.option == "crs":
        return replace(options, crs=parse_crs(value))
    if proposal.option == "datum":
        return replace(options, datum=value)
    if proposal.option == "swap_xy":
        return replace(options, swap_xy=True)
    if proposal.option == "sheet":
        return replace(options, sheet=value)
    if proposal.option == "sub_layer":
        return replace(options, sub_layer=value)
    if proposal.option == "map":
        column, _, name = value.rpartition("=")
        return replace(options, columns=(*options.columns, column), fields=(*options.fields, name))
    return options
