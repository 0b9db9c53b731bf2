"""The receipt as a file for the sender: row by row what was taken, what was not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from layers.errors import UsageError
from layers.text import t
from works.export import save, xlsx_bytes
from works.returns.told import LISTS, Returned, field_name, sentence

KINDS = (".txt", ".xlsx")
HEADS = ("file", "row", "work_no", "village", "outcome", "told")
_OUTCOMES = {
    "conflicts": "conflict",
    "refused": "refused",
    "questioned": "question",
    "notes": "note",
}


def check_kind(path: Path) -> None:
    """
    Refuse a kind of file no receipt is written as, before anything is taken.

    Raises
    ------
    UsageError
        If it is neither text nor workbook.
    """
    if path.suffix.lower() not in KINDS:
        kinds = " or ".join(KINDS)
        msg = f"--receipt {path.name}: this kind of file is not written. Choose {kinds}."
        raise UsageError(msg)


def table(told: Sequence[Returned], lang: str) -> pd.DataFrame:
    """
    Give receipts row by row: one line per thing told, in order of the rows.

    Parameters
    ----------
    told
        What was answered, file by file.
    lang
        The language.

    Returns
    -------
    pandas.DataFrame
        ``HEADS``, all text.
    """
    rows: list[tuple[str, int, str, str, str, str]] = []
    for one in told:
        if one.refusal:
            why = one.refusal[lang if lang in one.refusal else "zh"]
            rows.append((one.file, 0, "", "", t("returns.outcome.refused", lang), why))
        own: list[tuple[str, int, str, str, str, str]] = []
        for entry in one.lines_taken:
            fields = t("returns.and", lang).join(field_name(f, lang) for f in entry["fields"])
            own.append(_row(one, entry, "taken", fields, lang))
        for name in LISTS:
            own += [
                _row(one, entry, _OUTCOMES[name], sentence(name, entry, lang), lang)
                for entry in getattr(one, name)
            ]
        rows += sorted(own, key=lambda row: row[1])
    cells = [[str(v) if v else "" for v in row] for row in rows]
    return pd.DataFrame(cells, columns=pd.Index(HEADS), dtype="str")


def _row(
    one: Returned, entry: dict[str, object], outcome: str, text: str, lang: str
) -> tuple[str, int, str, str, str, str]:
    row = entry.get("row")
    return (
        one.file, row if isinstance(row, int) else 0, str(entry.get("work_no") or ""),
        str(entry.get("village") or ""), t(f"returns.outcome.{outcome}", lang), text,
    )  # fmt: skip


def write_receipt(path: Path, told: Sequence[Returned], project: str, lang: str) -> None:
    """
    Write receipts as a text or a workbook, whole or not at all.

    Parameters
    ----------
    path
        ``.txt`` or ``.xlsx``.
    told, project, lang
        What was answered, the project's name, and the language.
    """
    check_kind(path)
    rows = table(told, lang)
    above = [line for one in told for line in one.lines(lang)[:3] if not line.startswith("  ")]
    title = t("returns.title", lang)
    if path.suffix.lower() == ".xlsx":
        heads = {name: t(f"returns.receipt.{name}", lang) for name in HEADS}
        book = xlsx_bytes({title: (rows, heads)}, title=project, notes=tuple(above), lang=lang)
        save(path, book)
        return
    lines = [project, title, "", *(line for one in told for line in [*one.lines(lang), ""])]
    taken = rows[rows["outcome"] == t("returns.outcome.taken", lang)]
    if len(taken):
        lines += [t("returns.list.taken", lang, n=len(taken))]
        said = zip(taken["row"], taken["work_no"], taken["told"], strict=True)
        lines += [f"  {t('returns.row', lang, row=row)} {no} {text}" for row, no, text in said]
    # With its mark at the start, or the notepad of an old office PC takes it for GBK.
    save(path, ("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-8"))
