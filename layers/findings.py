"""Findings: doubtful rows, told with their rule, their rows and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from layers.errors import some
from layers.text import t

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """
    One doubtful thing in the data.

    Attributes
    ----------
    code
        The rule, a key ``finding.<code>`` of the words.
    severity
        ``error`` (the file is refused), ``warning`` or ``info``.
    layer, column
        Where; the column is '' when the finding is about whole rows.
    rows
        Row numbers in the sender's file, the first data row being 1.
    ids
        Ids of the same rows where they have any.
    detail
        What was found, such as the words not understood.
    """

    code: str
    severity: str
    layer: str
    column: str = ""
    rows: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    detail: str = ""

    def message(self, lang: str = "zh") -> str:
        """Say where, what was found and what to do, in one sentence of the errors' form."""
        place = ", ".join(part for part in (self.layer, self.column) if part)
        named = self.ids or self.rows
        where = f", {some(named)}" if named else ""
        sentence = t(
            f"finding.{self.code}", lang, n=len(self.rows) or len(self.ids), detail=self.detail
        )
        tail = f" [{self.detail}]" if self.detail and self.detail not in sentence else ""
        return f"{place}{where}: {sentence}{tail}"

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``--json`` prints: code, severity, rows, ids, column and the sentence."""
        return {
            "code": self.code,
            "severity": self.severity,
            "layer": self.layer,
            "column": self.column,
            "rows": list(self.rows),
            "ids": list(self.ids),
            "message": self.message(lang),
        }


def numbers(rows: Iterable[Any]) -> tuple[int, ...]:
    """Turn any row numbers into plain integers, in order."""
    return tuple(sorted(int(row) for row in rows))


def worst(findings: Sequence[Finding]) -> str:
    """Give the status of an import: ``refused``, ``warned`` or ``accepted``."""
    found = {finding.severity for finding in findings}
    if "error" in found:
        return "refused"
    return "warned" if "warning" in found else "accepted"
