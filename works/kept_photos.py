"""Photos of kept work: by number, the ones before beside the ones after, for papers and folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.tasks.replay import kept
from layers.text import t
from layers.work_form import Item
from works.figures import text
from works.papers.model import Photo
from works.returns.photos import AFTER, BEFORE, FOLDER, UNKNOWN

PhotoOf = Callable[[str], bytes | None]
"""Gives the bytes of a kept photo by its name in the project's folder; None where it is gone."""
_ORDER = (BEFORE, AFTER, UNKNOWN)
KINDS = (".jpg", ".png", ".heic")
"""Kinds of photo that are kept."""
SHOWN = KINDS[:2]
"""Kinds a paper can hold; others stay in the folder of an inspection."""


@dataclass(frozen=True)
class Shot:
    """
    A kept photo.

    Attributes
    ----------
    number
        Number of the work it is of, else its id.
    moment
        ``before``, ``after`` or ``unknown``.
    kind
        Ending of its file.
    data
        Its bytes.
    """

    number: str
    moment: str
    kind: str
    data: bytes

    def caption(self, lang: str) -> str:
        """Say what it is of."""
        return t(f"pack.photo.{self.moment}", lang, no=self.number)


def shots_of(items: Mapping[str, Item], village: str, photo: PhotoOf) -> tuple[list[Shot], int]:
    """
    Give the photos of a village's work, and how many are lost.

    Parameters
    ----------
    items
        The kept pieces of work by their id.
    village
        Its id.
    photo
        Reads a kept photo, and nothing else whatever an item says (:func:`photos_in`).

    Returns
    -------
    list of Shot
        By number; of each number the photos before, then those after.
    int
        How many are named by work and not there.
    """
    found: list[tuple[str, int, str, str]] = []
    for item in items.values():
        if text(item["village_id"]) != village:
            continue
        number = text(item["work_no"]) or text(item["work_id"])
        for about in kept(item, "photos"):
            moment = about["moment"] if about.get("moment") in _ORDER else UNKNOWN
            found.append((number, _ORDER.index(moment), moment, text(about.get("file"))))
    shots, lost = [], 0
    for number, _, moment, place in sorted(found):
        kind = place[place.rfind(".") :]
        data = photo(place) if kind in KINDS else None
        if data is None:
            lost += 1
            continue
        shots.append(Shot(number, moment, kind, data))
    return shots, lost


def photos_in(folder: Path) -> PhotoOf:
    """Give what reads a kept photo out of a project's folder, and nothing from elsewhere."""
    room = (folder / FOLDER).resolve()

    def photo(name: str) -> bytes | None:
        try:
            path = (folder / name).resolve()
            return path.read_bytes() if path.parent == room else None
        except (OSError, ValueError):
            return None

    return photo


def photos_of(project: Path, items: Mapping[str, Item], village: str, lang: str) -> list[Photo]:
    """
    Give the photos of a village's work as they stand on a paper.

    Parameters
    ----------
    project
        Folder of the project.
    items, village
        As in :func:`shots_of`.
    lang
        Language of the captions.
    """
    shots, _ = shots_of(items, village, photos_in(project))
    return [Photo(one.data, one.caption(lang)) for one in shots if one.kind in SHOWN]
