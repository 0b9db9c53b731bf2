"""What a reader in a child process gives back: a plain table and notes, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass
class Answer:
    """
    What was read.

    Attributes
    ----------
    table
        One row per record, or per row of a sheet when ``grid``; None for a raster.
    grid
        True for a sheet: text columns named ``0``, ``1`` ..., its titles and heads among the rows.
    geometry
        Name of the column that holds WKB, None when there is none.
    crs
        The stated CRS as WKT or ``EPSG:n``, None when the file states none.
    sheets
        Names of the sheets or inner layers to choose from, the chosen one first.
    notes
        What was doubtful, each made by ``note``.
    facts
        Anything else that fits into JSON, such as the size of a raster.
    """

    table: pa.Table | None = None
    grid: bool = False
    geometry: str | None = None
    crs: str | None = None
    sheets: list[str] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818  it is an answer, not a fault of the program
    """
    A file that is not taken.

    Parameters
    ----------
    code
        Key ``refused.<code>`` of the words.
    where
        What in the file: a sheet, a member of an archive; '' for the whole file.
    values
        Fill the sentence's places; numbers and texts only.
    """

    def __init__(self, code: str, where: str = "", **values: object) -> None:
        self.code = code
        self.where = where
        self.values = values
        super().__init__(code)


def note(
    code: str,
    severity: str = WARNING,
    column: str = "",
    rows: Iterable[int] = (),
    detail: str = "",
) -> dict[str, Any]:
    """
    Say one doubtful thing: a finding whose layer is not known yet.

    Parameters
    ----------
    code
        Key ``finding.<code>`` of the words.
    severity
        ``warning`` or ``info``.
    column
        Head of the column as the file writes it.
    rows
        Row numbers from 1: records, or rows of the sheet for a grid.
    detail
        What was found.
    """
    return {
        "code": code,
        "severity": severity,
        "column": column,
        "rows": sorted({int(row) for row in rows}),
        "detail": detail,
    }
