"""Photos that come back: whose they are by their name, where they were taken by their own data."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from shapely.geometry import Point

from layers.errors import ProjectError
from layers.pending import write_whole
from layers.tasks.replay import as_json, kept
from layers.tasks.store import Reader
from layers.work_form import Event, Item
from works.returns.gathering import Pile
from works.returns.matching import folded
from works.returns.places import metres, own_place
from works.returns.standing import Decided
from works.returns.told import Returned
from works.tasks.life import rules

FOLDER = "photos"
MOST_PIXELS = 250_000_000
BEFORE, AFTER, UNKNOWN = "before", "after", "unknown"
_MOMENTS = {BEFORE: ("前", "before"), AFTER: ("后", "後", "after")}
_GPS = 0x8825
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True)
class Shot:
    """
    One photo.

    Attributes
    ----------
    name, digest, suffix
        Its name as sent, a digest of its bytes, and the ending it is kept under.
    size
        Its bytes, counted.
    place
        Where it was taken; None where it does not say.
    """

    name: str
    digest: str
    suffix: str
    size: int
    place: Point | None

    @property
    def file(self) -> str:
        """The name it is kept under, made of its content alone."""
        return f"{self.digest}{self.suffix}"


def shots_of(pile: Pile) -> Iterator[tuple[Shot, bytes]]:
    """Give photos and their bytes; what is no photo, or too large to look at, is left aside."""
    for name, data in pile.bytes_of():
        kind = _kind(data)
        if not kind:
            pile.lost.append((name, "photo_none"))
            continue
        place: Point | None = None
        if kind != ".heic":
            size, place = _looked_at(data)
            if size is None:
                pile.lost.append((name, "photo_damaged"))
                continue
            if size > MOST_PIXELS:
                pile.lost.append((name, "photo_large"))
                continue
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        yield Shot(name, digest, kind, len(data), place), data


def _kind(data: bytes) -> str:
    """Give the ending a photo is kept under by what it holds, '' for no photo."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return ".jpg" if kind == "JPEG" else ".png"
    return ".heic" if data[4:8] == b"ftyp" and data[8:12] in _HEIC else ""


def _looked_at(data: bytes) -> tuple[int | None, Point | None]:
    """Give pixels and place of a photo; only its head is read, never the picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
                size = image.width * image.height
                gps = dict(image.getexif().get_ifd(_GPS)) if size <= MOST_PIXELS else {}
    except Image.DecompressionBombError:
        return MOST_PIXELS + 1, None
    except Exception:
        # The library meets hostile files unprepared: any of its faults means the same.
        return None, None
    return size, _place(gps)


def _place(gps: Mapping[int, Any]) -> Point | None:
    """Give the place of a photo's own data; what is not whole, or cannot be, is none."""
    try:
        lat, lon = (_degrees(gps[tag], str(gps[tag - 1])) for tag in (2, 4))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, ArithmeticError):
        return None
    if not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0):
        return None
    return Point(lon, lat)


def _degrees(parts: Any, side: str) -> float:
    whole, minutes, seconds = (float(part) for part in parts)
    value = whole + minutes / 60 + seconds / 3600
    return -value if side.strip("\x00 ").upper() in ("S", "W") else value


# ---------------------------------------------------------------------------------- whose it is


def numbers_of(items: Mapping[str, Item]) -> dict[str, str]:
    """Give folded numbers of items to their ids."""
    return {folded(item["work_no"]): key for key, item in items.items() if item["work_no"]}


def whose(name: str, numbers: Mapping[str, str]) -> tuple[str, str]:
    """
    Find the item a photo is of by the number in its name, and the moment it was taken at.

    Parameters
    ----------
    name
        Name of the file.
    numbers
        Folded number to work id.

    Returns
    -------
    work_id
        The item; '' where the name holds no number, or more than one.
    moment
        ``before``, ``after`` or ``unknown``.

    Examples
    --------
    >>> known = numbers_of({"w-1": {"work_no": "东沟-厕-017"}})
    >>> whose("东沟-厕-017-后.jpg", known), whose("IMG_2 东沟_厕_017 前(1).JPG", known)
    (('w-1', 'after'), ('w-1', 'before'))
    >>> whose("西东沟-厕-017-后.jpg", known), whose("东沟-厕-0171.jpg", known)
    (('', 'unknown'), ('', 'unknown'))
    """
    stem = unicodedata.normalize("NFKC", name).rsplit(".", 1)[0].casefold()
    marked = re.sub(r"[\s_\-\u2010-\u2015.,，、()（）\[\]+]+", "-", stem)
    found = _numbers_in(marked, numbers)
    if len({numbers[one] for one in found}) != 1:
        return "", UNKNOWN
    rest = marked.replace(max(found, key=len), " ")
    moments = [key for key, words in _MOMENTS.items() if any(word in rest for word in words)]
    return numbers[found[0]], moments[0] if len(moments) == 1 else UNKNOWN


def _numbers_in(marked: str, numbers: Mapping[str, str]) -> list[str]:
    """Give the numbers a name holds as whole words: nothing before them, no digit behind."""
    starts = [0, *(at + 1 for at, sign in enumerate(marked) if sign == "-")]
    ends = [
        at + 1
        for at, sign in enumerate(marked)
        if sign.isdigit() and not marked[at + 1 : at + 2].isdigit()
    ]
    pairs = ((start, end) for start in starts for end in ends if start < end)
    return [one for start, end in pairs if (one := marked[start:end]) in numbers]


# ---------------------------------------------------------------------------------- what is kept


def settle_photos(reader: Reader, shots: Collection[Shot], pile: Pile, sender: str) -> Decided:
    """
    Decide what is kept of photos; where they cannot be told apart they are listed.

    Parameters
    ----------
    reader
        What stands.
    shots, pile
        The photos, and where they came from.
    sender
        Who sent them.
    """
    decided = Decided(Returned(pile.name, sender=sender, rows=len(shots) + len(pile.lost)))
    decided.told.of_photos = True
    told = decided.told
    told.refused += [{"code": code, "value": name} for name, code in pile.lost]
    items = reader.items()
    numbers = numbers_of(items)
    held = {key: {one["digest"] for one in kept(item, "photos")} for key, item in items.items()}
    unplaced = 0
    for shot in shots:
        key, moment = whose(shot.name, numbers)
        if not key:
            told.refused.append({"code": "photo_unmatched", "value": shot.name})
            continue
        if shot.digest in held[key]:
            told.unchanged += 1
            continue
        held[key].add(shot.digest)
        told.photos += 1
        unplaced += shot.place is None
        item = items[key]
        far = _far(shot, item)
        about = {
            "file": f"{FOLDER}/{shot.file}", "name": shot.name, "digest": shot.digest,
            "moment": moment, "lon": None if shot.place is None else round(shot.place.x, 6),
            "lat": None if shot.place is None else round(shot.place.y, 6), "dist_m": far,
        }  # fmt: skip
        decided.keep(sender, Event(key, "photo", "", None, as_json(about)))
        if far is not None and far > rules().limits.photo_far_m:
            question = Event(key, "question", "photo_far", None, str(far), note=shot.name)
            decided.keep(sender, question)
            entry = {name: item[name] for name in ("work_id", "work_no", "village")}
            told.questioned.append(
                {"code": "photo_far", **entry, "value": shot.name, "metres": far}
            )
    told.refused_rows = len(told.refused)
    if unplaced:
        told.notes.append({"code": "photo_unplaced", "n": unplaced})
    return decided


def _far(shot: Shot, item: Item) -> int | None:
    """Give the metres from photo to subject, None where one of the two places is not known."""
    subject = own_place(item)
    if shot.place is None or subject is None:
        return None
    return round(metres(shot.place, subject))


def write_photo(folder: Path, shot: Shot, data: bytes) -> None:
    """
    Write a photo whole into the project's folder, before anybody names it.

    Raises
    ------
    ProjectError
        If it cannot be written.
    """
    room = folder / FOLDER
    target = room / shot.file
    try:
        if target.is_file() and target.stat().st_size == shot.size:
            return
        room.mkdir(exist_ok=True)
        write_whole(target, data)
    except OSError as error:
        msg = f"{shot.name}: could not be saved ({error.strerror or error}). "
        msg += "Make room on the disk, check who may write there, and send the photos again."
        raise ProjectError(msg) from None
