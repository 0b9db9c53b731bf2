"""Photos of kept work as they stand on a paper: by number, the one before beside the one after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layers.tasks.replay import kept
from layers.text import t
from layers.work_form import Item
from works.figures import text
from works.papers.model import Photo
from works.returns.photos import AFTER, BEFORE, FOLDER, UNKNOWN

_ORDER = (BEFORE, AFTER, UNKNOWN)
_SHOWN = (".jpg", ".png")
"""Kinds of photo a paper can hold; others stay in the folder of an inspection."""


def photos_of(project: Path, items: Mapping[str, Item], village: str, lang: str) -> list[Photo]:
    """
    Give the photos of a village's work.

    Parameters
    ----------
    project
        Folder of the project; nothing from outside its photos is read, whatever an item says.
    items
        The kept pieces of work by their id.
    village
        Its id.
    lang
        Language of the captions.

    Returns
    -------
    list of Photo
        By number; of each number the photos before, then those after. One whose file is gone is
        left out.
    """
    room = (project / FOLDER).resolve()
    found = []
    for item in items.values():
        if text(item["village_id"]) != village:
            continue
        number = text(item["work_no"]) or text(item["work_id"])
        for about in kept(item, "photos"):
            path = (project / text(about.get("file"))).resolve()
            moment = about["moment"] if about.get("moment") in _ORDER else UNKNOWN
            if path.parent == room and path.suffix in _SHOWN:
                found.append((number, _ORDER.index(moment), moment, path))
    shown = []
    for number, _, moment, path in sorted(found):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        shown.append(Photo(data, t(f"pack.photo.{moment}", lang, no=number)))
    return shown
