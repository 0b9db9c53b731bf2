"""Findings: doubtful rows, told with their rule, their rows and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from layers.errors import some
from layers.schema import RASTERS, schema
from layers.text import t

SHOWN = 5
"""Rows or ids a sentence names before it counts the rest."""


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

    def message(self, lang: str = "zh", *, codes: bool = False) -> str:
        """
        Say where, what was found and what to do, in one sentence of the errors' form.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        codes
            Name layer and column by their codes in Chinese too, as programs expect.
        """
        zh = lang == "zh" and not codes
        place = ", ".join(part for part in self._place(zh=zh) if part)
        where = "".join(f", {part}" for part in [self._named(zh=zh)] if part)
        sentence = t(
            f"finding.{self.code}", lang, n=len(self.rows) or len(self.ids), detail=self.detail
        )
        told = "{detail}" in t(f"finding.{self.code}", lang)
        tail = f" [{self.detail}]" if self.detail and not told else ""
        return f"{place}{where}: {sentence}{tail}"

    def _named(self, *, zh: bool) -> str:
        """Name the rows, by their ids where they have any: up to five, then how many more."""
        if not zh:
            word = "" if self.ids or not self.rows else "row " if len(self.rows) == 1 else "rows "
            return word + some(self.ids or self.rows)
        named: tuple[object, ...] = self.ids or self.rows
        more = f"等{len(named)}{'个' if self.ids else '行'}" if len(named) > SHOWN else ""
        shown = "、".join(str(one) for one in named[:SHOWN])
        return shown + more if self.ids or not self.rows else f"第{shown}行{more}"

    def _place(self, *, zh: bool) -> tuple[str, str]:
        """Give layer and column as people call them in Chinese, by their codes otherwise."""
        if not zh:
            return self.layer, self.column
        column = schema(self.layer).columns.get(self.column) if self.layer not in RASTERS else None
        return layer_title(self.layer, "zh"), column.label("zh") if column else self.column

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``--json`` prints: code, severity, rows, ids, column and the sentence."""
        return {
            "code": self.code,
            "severity": self.severity,
            "layer": self.layer,
            "column": self.column,
            "rows": list(self.rows),
            "ids": list(self.ids),
            "message": self.message(lang, codes=True),
        }


def layer_title(name: str, lang: str) -> str:
    """
    Give a layer, a raster or a reference layer the name people read.

    Examples
    --------
    >>> layer_title("toilets", "zh"), layer_title("reference/ponds", "en")
    ('户厕', 'Reference layer ponds')
    """
    head, _, own = name.partition("/")
    return t(f"layer.{head}", lang) + (" " + own if own else "")


def numbers(rows: Iterable[Any]) -> tuple[int, ...]:
    """Turn any row numbers into plain integers, in order."""
    return tuple(sorted(int(row) for row in rows))


def worst(findings: Sequence[Finding]) -> str:
    """Give the status of an import: ``refused``, ``warned`` or ``accepted``."""
    found = {finding.severity for finding in findings}
    if "error" in found:
        return "refused"
    return "warned" if "warning" in found else "accepted"
