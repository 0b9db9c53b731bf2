"""What an import did to coordinates, kept with the import and told in words."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from layers.text import t


@dataclass(frozen=True)
class Conversion:
    """
    How the coordinates of a file became the project's.

    Attributes
    ----------
    read
        The CRS the file states, '' when it states none.
    given
        The CRS a person named, '' when nobody did.
    taken
        The CRS that was used.
    datum
        ``gcj02`` or ``bd09`` where that shift was undone, ``mixed`` where rows differ.
    swapped
        x and y were exchanged.
    rows
        Rows whose coordinates were shifted back; 0 when none.
    metres
        Mean length of that shift.
    """

    read: str = ""
    given: str = ""
    taken: str = ""
    datum: str = "wgs84"
    swapped: bool = False
    rows: int = 0
    metres: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Give it as it is kept in the note of an import."""
        return asdict(self)


def converted_text(note: str, lang: str = "zh") -> str:
    """
    Say what an import did to the coordinates of its file.

    Parameters
    ----------
    note
        The note of the import, JSON.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        One sentence; '' when the file had no coordinates or the note is of an earlier planner.
    """
    try:
        kept = json.loads(note or "{}").get("position")
        done = Conversion(**kept) if kept else None
    except (ValueError, TypeError, AttributeError):
        return ""
    if done is None or not done.taken:
        return ""
    source = "given" if done.given else "read" if done.read else "assumed"
    parts = [t(f"converted.{source}", lang, crs=done.taken)]
    if done.swapped:
        parts.append(t("converted.swapped", lang))
    if done.rows:
        name = t(f"datum.{done.datum}", lang)
        parts.append(t("converted.shifted", lang, n=done.rows, datum=name, m=round(done.metres)))
    return t("converted.joined", lang, parts=t("converted.comma", lang).join(parts))


def position_note(done: Conversion | None) -> dict[str, Any]:
    """Give the part of an import's note that ``converted_text`` reads; empty without positions."""
    return {} if done is None else {"position": done.as_dict()}
