"""What is kept of a piece of work: its columns, and the events its history is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MADE_OF = (
    "work_id", "work_no", "target_id", "subject_id", "part", "kind", "title_zh", "title_en",
    "quantity", "unit", "cost", "currency", "priority", "expected", "lead", "subject_name",
    "group", "address", "village_id", "village", "township", "reason", "reason_zh", "reason_en",
    "value", "limit", "lon", "lat", "position", "shape", "standard", "as_of", "gap", "plan",
)  # fmt: skip
"""
What an item is about, set when it is made and refreshed by later assessments. ``part`` is the metre
a stretch starts at (empty elsewhere), ``shape`` WKT in degrees of WGS 84 where it is no point,
``gap`` is ``there``, ``gone`` or ``unknown`` in the newest assessment, ``plan`` JSON of what a
planner decided (a new thing, one to mend, to move or to take away), empty where work follows from a
gap.
"""
FIELDS = (
    "state", "progress", "done_on", "quantity_done", "result", "obstacle", "note", "place",
    "filled_by", "office", "team", "person", "due", "township_check", "county_check", "recheck",
    "ticked",
)  # fmt: skip
"""What people say of an item: each change of one is an event. ``place`` is ``lon,lat``."""
RETURNED = (
    "state", "progress", "done_on", "quantity_done", "result", "obstacle", "note", "place",
    "filled_by",
)  # fmt: skip
"""The fields a list that comes back may fill in."""
KEPT_BESIDE = ("claims", "questions", "photos", "handed", "change")
"""
JSON beside the fields: open clashes (field to values), open questions, photos, the lists an item
was handed out in (list number to version), the proposed change of a layer.
"""
COLUMNS = (*MADE_OF, *FIELDS, *KEPT_BESIDE)
MOVING = ("made", "set", "settle")
"""Actions after which an item has a new version: what a receiver holds is older from then on."""

Item = dict[str, Any]
"""
One item: ``version`` (int), every one of ``COLUMNS`` (text or None), those of ``KEPT_BESIDE`` as
JSON text, '' for nothing.
"""


@dataclass(frozen=True, slots=True)
class Event:
    """
    One thing that happened to one item; nothing of it is ever changed.

    Attributes
    ----------
    work_id
        The item.
    action
        ``made`` (``value``: its columns as JSON), ``refresh`` (figures of a new assessment),
        ``set`` (a field got a value), ``claim`` (a value that clashes with the one that stands,
        which stays), ``late`` (a value overtaken by what came before), ``settle`` (somebody chose
        between claims), ``question`` and ``answer`` (a doubt, by its code in ``field``), ``photo``,
        ``handed`` (list number in ``field``), ``propose``, ``apply``, ``decline`` (a change of a
        layer).
    field, before, value
        The field, what stood there, and what was said.
    base
        The version the person had before them, None where nobody knows.
    note
        Why, in their words.
    version
        The item's version after this event; 0 lets the store count. Of ``made`` where it begins.
    """

    work_id: str
    action: str
    field: str = ""
    before: str | None = None
    value: str | None = None
    base: int | None = None
    note: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What became of one file that came back.

    Attributes
    ----------
    sender, file, mark
        Who sent it ('' where nobody said), its name, and a digest of what it says, which stays the
        same when another program saves it again.
    told
        Counts and lines, as the sender is told; fits into JSON.
    """

    sender: str
    file: str
    mark: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HandOut:
    """
    A list that was handed out.

    Attributes
    ----------
    list_no
        Its number, which no other list of the project has.
    receiver, title, due
        Who got it, what it is called, and when it is due ('' for neither).
    versions
        Work id to the version that was handed out.
    """

    list_no: str
    receiver: str
    title: str
    due: str
    versions: Mapping[str, int]
