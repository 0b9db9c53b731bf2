"""What an assessment is asked for beside its own files: more tables, and lines of the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Sheets = Mapping[str, tuple[pd.DataFrame, Mapping[str, str]]]
FILES = ("near_limit.csv", "near_limit_villages.csv", "rescored.csv", "rescored_rules.csv")
"""Every file an extra may write: one of an earlier run that was not asked for now is removed."""


@dataclass(frozen=True)
class Extra:
    """
    Something more to write with an assessment.

    Attributes
    ----------
    files
        File name (one of ``FILES``) to a table, written as CSV.
    sheets
        Further sheets of the workbook: name to a table and its heads.
    summary
        Further keys of ``summary.json``.
    lines
        What the console says of it.
    """

    files: Mapping[str, pd.DataFrame]
    sheets: Sheets
    summary: Mapping[str, Any]
    lines: Sequence[str] = field(default_factory=tuple)


def all_sheets(extras: Sequence[Extra]) -> dict[str, tuple[pd.DataFrame, Mapping[str, str]]]:
    """Give the sheets of several, in order."""
    return {name: sheet for one in extras for name, sheet in one.sheets.items()}


def all_files(extras: Sequence[Extra]) -> dict[str, pd.DataFrame | None]:
    """Give every file that may be there to its table, None for one that was not asked for."""
    made = {name: table for one in extras for name, table in one.files.items()}
    return {name: made.get(name) for name in FILES}
