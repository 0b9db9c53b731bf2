"""What the sender is told: counts, and a sentence for everything that was not simply taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from layers.forms import form
from layers.text import t

Entry = dict[str, Any]
"""
One thing to tell: ``code``, and where known ``row``, ``work_id``, ``work_no``, ``village``,
``field``, ``value``, ``stands``, and what else its sentence names; ``word`` where its sentence
is not that of its code.
"""
LISTS = ("conflicts", "refused", "questioned", "notes")
NAMED = 5
"""Rows named of notes that are told together."""
_OWN = ("row", "work_id", "work_no", "village")
_KINDS = {"conflicts": "conflict", "refused": "refused", "questioned": "question", "notes": "note"}


@dataclass
class Returned:
    """
    What became of one file that came back.

    Attributes
    ----------
    file, sender
        Its name, and who sent it ('' where nobody said).
    receipt
        Number of its receipt, None where nothing was kept: refused as a whole, or only looked at.
    rows
        Rows read.
    taken, conflict_rows, refused_rows, unchanged
        Rows something of which was taken; of the others those with an answer that clashes; of the
        rest those with an answer that was refused; and all that say nothing new. Together they are
        the rows read. Of photos: those that were kept before.
    photos
        Photos kept.
    of_photos
        What came back are photos: ``rows`` counts them.
    conflicts, refused, questioned, notes
        What was not simply taken, and why.
    lines_taken
        Row, item and fields of what was taken.
    refusal
        Why the whole file was not taken, in both languages; empty where it was.
    same_as
        Number of the receipt by which the same file was taken before.
    """

    file: str
    receipt: int | None = None
    sender: str = ""
    rows: int = 0
    taken: int = 0
    unchanged: int = 0
    conflict_rows: int = 0
    refused_rows: int = 0
    photos: int = 0
    of_photos: bool = False
    conflicts: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)
    questioned: list[Entry] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)
    lines_taken: list[Entry] = field(default_factory=list)
    refusal: dict[str, str] = field(default_factory=dict)
    same_as: int | None = None

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``--json`` prints: counts and lists, each entry with its ``message``."""
        told: dict[str, Any] = {
            "file": self.file, "receipt": self.receipt, "sender": self.sender, "rows": self.rows,
            "taken": self.taken, "unchanged": self.unchanged,
            "conflict_rows": self.conflict_rows, "refused_rows": self.refused_rows,
            "photos": self.photos,
        }  # fmt: skip
        for name in LISTS:
            entries = getattr(self, name)
            told[name] = [e | {"message": sentence(name, e, lang)} for e in entries]
        if self.refusal:
            whole = {"code": "file", "file": self.file, "message": self.refusal[_known(lang)]}
            told["refused"].append(whole)
        return told

    def lines(self, lang: str = "zh") -> list[str]:
        """Give the receipt as sentences: first what it is, then counts, then each thing told."""
        return list(self._lines(lang))

    def _lines(self, lang: str) -> Iterator[str]:
        if self.refusal:
            yield t("returns.refused_whole", lang, why=self.refusal[_known(lang)])
            return
        key = "returns.head" if self.receipt is not None else "returns.head.looked"
        sender = self.sender or t("returns.nobody", lang)
        yield t(key, lang, n=self.receipt, file=self.file, sender=sender)
        if self.same_as is not None:
            yield t("returns.again", lang, n=self.same_as)
        key = "returns.counts.photos" if self.of_photos else "returns.counts"
        yield t(key, lang, rows=self.rows, taken=self.taken, same=self.unchanged,
                conflicts=self.conflict_rows, refused=self.refused_rows,
                questioned=len(self.questioned), photos=self.photos)  # fmt: skip
        for name in LISTS:
            entries = getattr(self, name)
            if entries:
                yield t(f"returns.list.{_KINDS[name]}", lang, n=len(entries))
                yield from ("  " + line for line in sentences(name, entries, lang))

    def as_told(self) -> dict[str, Any]:
        """Give what a receipt keeps: everything but its own number, without sentences."""
        told = asdict(self)
        told.pop("receipt")
        return told


def _known(lang: str) -> str:
    return lang if lang in ("zh", "en") else "zh"


def from_receipt(row: Mapping[str, Any]) -> Returned:
    """
    Give a kept receipt again as what was told.

    Parameters
    ----------
    row
        A row of ``TaskStore.receipts()``.
    """
    told = {k: v for k, v in json.loads(row["told"]).items() if k in Returned.__dataclass_fields__}
    return Returned(**told | {"receipt": int(row["number"])})


def field_name(name: str, lang: str) -> str:
    """Give a field the name people read."""
    column = form("returns").columns.get(name)
    return t("returns.place", lang) if name == "place" or column is None else column.label(lang)


def value_text(name: str, value: Any, lang: str) -> str:
    """Give a value as people read it: states in words, per cents with their sign."""
    if value is None or value == "":
        return t("returns.nothing", lang)
    if name == "state":
        word = t(f"state.{value}", lang)
        return str(value) if word == f"state.{value}" else word
    return f"{value}%" if name == "progress" else str(value)


def sentences(name: str, entries: Sequence[Entry], lang: str) -> list[str]:
    """
    Say each thing of a list; notes that are equal but for their row are said once.

    Parameters
    ----------
    name
        The list, one of :data:`LISTS`.
    entries, lang
        The things, and the language.
    """
    told: dict[object, list[Entry]] = {}
    for at, entry in enumerate(entries):
        alone = name != "notes" or not entry.get("row")
        same = {k: v for k, v in entry.items() if k not in _OWN}
        told.setdefault(at if alone else json.dumps(same, sort_keys=True), []).append(entry)
    return [
        sentence(name, one[0] if len(one) == 1 else _together(one, lang), lang)
        for one in told.values()
    ]


def _together(entries: Sequence[Entry], lang: str) -> Entry:
    """Give equal things as one that names the first rows and says how many there are."""
    rows = t("returns.and", lang).join(str(one["row"]) for one in entries[:NAMED])
    key = "returns.rows.more" if len(entries) > NAMED else "returns.rows"
    same = {name: value for name, value in entries[0].items() if name not in _OWN}
    return {**same, "where": t(key, lang, rows=rows, n=len(entries))}


def sentence(name: str, entry: Entry, lang: str) -> str:
    """
    Say one thing: where, what was found, what to do.

    Parameters
    ----------
    name
        The list it stands on, one of :data:`LISTS`.
    entry, lang
        The thing, and the language.
    """
    about = entry.get("field", "")
    # A sentence is one line, whatever was written.
    values = {
        key: " ".join(value.split()) if isinstance(value, str) else value
        for key, value in entry.items()
        if key not in ("code", "row", "rows")
    }
    for key in ("value", "stands"):
        # What was refused is shown as it was written.
        if key in values and (name != "refused" or about == "state"):
            values[key] = value_text(about, values[key], lang)
    if entry.get("rows"):
        shown = t("returns.and", lang).join(str(one) for one in entry["rows"][:8])
        values["rows"] = shown + ("…" if len(entry["rows"]) > 8 else "")
    told = t(f"returns.{_KINDS[name]}.{entry.get('word') or entry['code']}", lang, **values)
    where = [
        str(entry.get("where") or ""),
        t("returns.row", lang, row=entry["row"]) if entry.get("row") else "",
        str(entry.get("work_no") or ""),
        field_name(about, lang) if about else "",
    ]
    place = " ".join(one for one in where if one)
    return f"{place}{t('returns.colon', lang)}{told}" if place else told
