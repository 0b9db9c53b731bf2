"""Which item a row is about, and which version of it the sender had before them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from layers.tasks.replay import kept
from layers.tasks.store import Reader
from layers.work_form import Item
from works.returns.reading import Row, Sent

_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc_~-]+")


@dataclass(frozen=True)
class About:
    """
    What a row is about.

    Attributes
    ----------
    work_id
        Its item, '' where none was found.
    code
        Why none was found (``returns.refused.<code>``); ``number_new`` where its number differs.
    said
        What the row says of it, for the sentence.
    """

    work_id: str
    code: str = ""
    said: str = ""


def folded(text: str) -> str:
    """
    Fold an id or a number so that width, case, blanks and kinds of dash make no difference.

    Examples
    --------
    >>> folded(" 东沟－厕—０１７ ") == folded("东沟-厕-017"), folded("w000 ") == folded("W000")
    (True, True)
    """
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return "".join(text.split()).casefold().strip("-")


class Register:
    """
    The items rows may be about, found by id or number.

    Parameters
    ----------
    items
        Work id to item: all that are kept, or at least those the rows name.
    fresh
        Ids of items made for this return: the number their list had may be another's by now, so
        their id alone says which they are, and their numbers name nothing. The files of a plan may
        have gone out before its work was kept, so the id of such work says enough too.
    """

    def __init__(self, items: Mapping[str, Item], fresh: Collection[str] = ()) -> None:
        self._fresh = frozenset(fresh)
        self._ids = {folded(key): key for key in items}
        numbers = {key: folded(item["work_no"] or "") for key, item in items.items()}
        planned = {key for key, item in items.items() if item.get("plan")}
        self._by_id = self._fresh | planned
        self._own = {key: numbers[key] for key in self._by_id}
        self._numbers = {no: key for key, no in numbers.items() if no and key not in self._fresh}

    def about(self, row: Row) -> About:
        """Find the item of a row: by all it says of it, which must not disagree."""
        ids, numbers = row.cells.get("work_id", ()), row.cells.get("work_no", ())
        said = " / ".join((*numbers, *ids))
        by_id = {self._ids.get(folded(one), "") for one in ids}
        by_number = {self._numbers.get(folded(one), "") for one in numbers}
        if not ids and not numbers:
            labels = row.cells.get("label", ())
            by_number = {self._numbers.get(folded(one), "") for one in labels}
            said = " / ".join(labels)
        found = by_id | by_number
        if not found:
            return About("", "no_key")
        if len(found) == 1 and "" not in found:
            return About(found.pop())
        if len(by_id) == 1 and by_id <= self._by_id and by_number <= {""}:
            [key] = by_id
            same = {folded(one) for one in numbers} <= {self._own[key]}
            return About(key, "" if same else "number_new", "" if same else said)
        return About("", "keys_disagree" if found - {""} else "unknown", said)


def items_for(reader: Reader, sent: Sent) -> dict[str, Item]:
    """Read the items the rows of a file may be about: only those named where ids say all."""
    ids = {one for row in sent.rows for one in row.cells.get("work_id", ())}
    found = reader.items(ids)
    if len(found) == len(ids) and all("work_id" in row.cells for row in sent.rows):
        return found
    return reader.items()


def base_of(row: Row, sent: Sent, item: Item) -> tuple[int | None, bool]:
    """
    Give the version a sender had before them, None where nobody knows.

    Parameters
    ----------
    row, sent
        The row's own column goes first, then the number of its list, then that above the table.
    item
        What it is about.

    Returns
    -------
    base
        The version.
    clear
        False where something stands there that is no version, or no version there ever was.
    """
    for text in row.cells.get("version", ()):
        found = re.fullmatch(r"[vV]?(\d{1,9})(?:\.0+)?", unicodedata.normalize("NFKC", text))
        if found is None or int(found[1]) > item["version"]:
            return None, False
        return int(found[1]), True
    handed = {folded(key): int(value) for key, value in kept(item, "handed").items()}
    number = row.first("list_no") or sent.above.get("list_no", "")
    return handed.get(folded(number)) if number else None, True
