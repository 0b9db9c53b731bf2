"""One table on its way into a project: as it arrives, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from layers.errors import PlannerError
from layers.findings import numbers
from layers.request import ImportReport
from layers.schema import Layer
from layers.sent.areas import Sender
from layers.source import Source


@dataclass(frozen=True)
class Arrival:
    """
    One table that arrives: a file, or a sheet of one.

    Attributes
    ----------
    name, sheet
        Name of the file inside its folder, and of the sheet, '' for none.
    layer, source
        The layer it goes into, and its rows.
    tab, folders
        Name of its sheet where the workbook has one only, and names of the folders it lies in,
        the nearest first.
    """

    name: str
    layer: Layer
    source: Source
    sheet: str = ""
    tab: str = ""
    folders: tuple[str, ...] = ()


@dataclass
class Taken:
    """
    What became of one table.

    Attributes
    ----------
    name, sheet, layer
        Which table, and the layer it was meant for.
    key
        Number of the import and of the table in it.
    report
        Counts and findings; None where it was refused.
    refused
        Why it was not taken.
    sender
        Who sent it.
    frames
        What it became, by layer.
    lines
        Row numbers of the sender's sheet for the rows of ``frames``.
    blank
        It is a blank ledger as it was handed out: nobody has reported anything.
    homes
        The villages its rows are of.
    """

    name: str
    sheet: str
    layer: str
    key: str = ""
    report: ImportReport | None = None
    refused: PlannerError | None = None
    sender: Sender | None = None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    lines: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))
    blank: bool = False
    homes: frozenset[str] = frozenset()

    def numbers(self, places: Iterable[int]) -> tuple[int, ...]:
        """Turn places among the rows that arrived, from 1, into row numbers of the sheet."""
        return numbers(self.lines[one - 1] for one in places if 0 < one <= len(self.lines))

    @property
    def status(self) -> str:
        """Give ``accepted``, ``warned`` or ``refused``."""
        return "refused" if self.report is None else self.report.status
