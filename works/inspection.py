"""What an inspection asks of a village in one folder: sheet, lists, map, photos, and an index.

The files are made in memory and named by us: a name from data never leads out of the folder, and
every system can write it. What cannot be made, such as a PDF on a computer without Chinese fonts,
is named in the index instead of stopping the rest.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import geopandas as gpd
import pandas as pd

from layers.errors import DataError
from layers.schema import schema
from layers.text import LANGUAGES, t
from layers.work_form import Item
from works.board import Board
from works.export import public as as_public
from works.export import xlsx_bytes
from works.figures import date_text, text
from works.kept_photos import SHOWN, PhotoOf, shots_of
from works.lists import TITLES, ListName, Lists, Wanted
from works.papers import draw
from works.papers.files import render
from works.papers.model import Cell, Col, Figure, Notes, Paper, Photo, Table
from works.papers.sheet import village_sheet
from works.papers.typst_out import drawings
from works.template import file_stem as stem_of
from works.workbook import EXCLUDED_HEADS, context, heads, titles, workbook

MAP = (180.0, 180.0)
"""Millimetres of the map."""
_DPI = 220
_LISTS: tuple[ListName, ...] = ("gaps", "survey", "work")
_HIDDEN = ("subject_name", "subject_id", "evidence")
"""Columns of the list of those left out that say who somebody is."""
_KEPT_AS = re.compile(r"photos/[0-9a-f]{16,64}(\.jpg|\.png|\.heic)")
"""What the file of a kept photo is called; anything else did not come from the planner."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class Folder:
    """
    The files of a village.

    Attributes
    ----------
    name
        The folder's name.
    files
        Name within the folder to content, in the order of the index.
    said
        Name to what it holds and how much, for the index.
    lacking
        What is not there and why.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    def add(self, name: str, content: bytes, holds: str, much: str) -> None:
        """Put in a file."""
        self.files[name] = content
        self.said[name] = (holds, much)


@dataclass(frozen=True)
class Source:
    """
    What the folders are made of.

    Attributes
    ----------
    board, lists
        What people read off the assessment, and its lists.
    items
        The kept pieces of work by their id.
    photo
        Gives a kept photo.
    lang
        ``zh`` or ``en``.
    public
        True leaves out photos, names, addresses and places of homes.
    """

    board: Board
    lists: Lists
    items: Mapping[str, Item]
    photo: PhotoOf
    lang: str
    public: bool = False


def pack(source: Source, villages: Sequence[str]) -> bytes:
    """
    Give the folders of villages as one ZIP file.

    Parameters
    ----------
    source
        What they are made of.
    villages
        Ids of the villages.

    Returns
    -------
    bytes
        The same bytes for the same project; names in UTF-8.
    """
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as made:
        for folder in folders(source, villages):
            for name, content in folder.files.items():
                entry = zipfile.ZipInfo(f"{folder.name}/{name}", _EPOCH)
                entry.external_attr = 0o644 << 16
                # A photo is packed already.
                photo = name.endswith((".jpg", ".png", ".heic"))
                entry.compress_type = zipfile.ZIP_STORED if photo else zipfile.ZIP_DEFLATED
                made.writestr(entry, content)
    return memory.getvalue()


def folders(source: Source, villages: Sequence[str]) -> Iterator[Folder]:
    """Make the folder of each village, one after the other: a county's do not fit into memory."""
    taken: set[str] = set()
    for village in villages:
        yield _folder(source, village, taken)


def _folder(source: Source, village: str, taken: set[str]) -> Folder:
    lang = source.lang
    name = _villages_name(source.board, village)
    town = source.board.townships().get(village, "")
    told = t("pack.folder", lang, township=_stem(town) if town else "", village=_stem(name))
    folder = Folder(_free(_stem(told.strip("_")), taken))
    photos = _photos(source, village, folder)
    _sheet(source, village, folder, photos)
    for name_of in _LISTS:
        _list(source, village, folder, name_of)
    _left_out(source, village, folder)
    _map(source, village, folder)
    for photo_name, content in photos:
        folder.files[photo_name] = content
    if photos:
        place = f"{t('pack.photos', lang)}/"
        folder.said[place] = (t("pack.photos", lang), t("pack.photos_n", lang, n=len(photos)))
    _index(source, village, folder)
    return folder


def _villages_name(board: Board, village: str) -> str:
    row = board.row("village", village)
    return (text(row["unit_name"]) if row is not None else "") or village


def _stem(name: str) -> str:
    """Give a name as part of a file's name; no dot: what stands before one may be a device's."""
    return stem_of(name.replace(".", "_"))


def _free(stem: str, taken: Collection[str]) -> str:
    """Give a name nothing else in the folder has, also where capitals make no difference."""
    found, count = stem, 2
    while found.casefold() in taken:
        found, count = f"{stem}-{count}", count + 1
    if isinstance(taken, set):
        taken.add(found.casefold())
    return found


def _numbered(folder: Folder, holds: str, suffix: str) -> str:
    """Name a file by its place in the index; the same paper in two kinds has one number."""
    stems = [one.rsplit(".", 1)[0] for one in folder.said]
    same = next((one for one in stems if one.endswith(f"-{holds}")), "")
    count = len(dict.fromkeys(stems)) + 1
    return (same or f"{count:02d}-{holds}") + suffix


# ---------------------------------------------------------------------------------- papers


def _sheet(
    source: Source, village: str, folder: Folder, photos: Sequence[tuple[str, bytes]]
) -> None:
    lang = source.lang
    holds = t("pack.sheet", lang)
    shown = [
        Photo(content, name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        for name, content in photos
        if name.endswith(SHOWN)
    ]
    paper = village_sheet(
        source.board, village, lang, work=source.lists.work, tasks=list(source.items.values()),
        photos=shown, public=source.public, drawings=draw,
    )  # fmt: skip
    for suffix in (".docx", ".pdf"):
        _try(
            folder,
            _numbered(folder, holds, suffix),
            partial(render, [paper], suffix),
            holds,
            lang,
        )


def _try(folder: Folder, name: str, make: Callable[[], bytes], holds: str, lang: str) -> None:
    """Make a file; where this computer cannot, say so in the index and go on."""
    try:
        folder.add(name, make(), holds, t("pack.one", lang))
    except DataError as error:
        told = t("pack.without", lang, what=name, why=str(error).rstrip("。."))
        folder.lacking.append(told)


def _map(source: Source, village: str, folder: Folder) -> None:
    lang = source.lang
    drawn: Figure = draw.village_map(
        source.board, village, lang, wide_mm=MAP[0], high_mm=MAP[1], public=source.public
    )
    holds = t("pack.map", lang)
    _try(
        folder,
        _numbered(folder, holds, ".png"),
        lambda: drawings([drawn], lang, _DPI)[0],
        holds,
        lang,
    )


# ---------------------------------------------------------------------------------- lists


def _list(source: Source, village: str, folder: Folder, name: ListName) -> None:
    """Write a list of the village, also where it is empty: that nothing is open is an answer."""
    found = source.board.assessment
    frame = source.lists.pick(name, Wanted(village=village))
    shown = as_public(found, gpd.GeoDataFrame(frame)) if source.public else frame
    holds = t(TITLES[name], source.lang)
    content = workbook(found, shown, TITLES[name], source.lang)
    much = t("pack.rows", source.lang, n=len(frame))
    folder.add(_numbered(folder, holds, ".xlsx"), content, holds, much)


def _left_out(source: Source, village: str, folder: Folder) -> None:
    """Write who is not counted in a village, with reason and evidence."""
    found, lang = source.board.assessment, source.lang
    table = found.excluded
    mine = pd.DataFrame(table[(table["village_id"] == village).to_numpy(dtype=bool)])
    mine = mine.rename(columns={"reason": "exempt"})
    mine["target"] = mine["target_id"].map(titles(found, lang))
    reasons, at = schema("households").columns["exempt"].words, 0 if lang == "zh" else 1
    mine["exempt"] = [reasons[one][at] if one in reasons else one for one in mine["exempt"]]
    names = tuple(one for one in EXCLUDED_HEADS if not (source.public and one in _HIDDEN))
    holds = t("ui.excluded_list", lang)
    sheets = {holds: (mine, heads(names, lang))}
    content = xlsx_bytes(sheets, title=found.project_name, notes=context(found, lang), lang=lang)
    folder.add(_numbered(folder, holds, ".xlsx"), content, holds, t("pack.rows", lang, n=len(mine)))


# ---------------------------------------------------------------------------------- photos


def _photos(source: Source, village: str, folder: Folder) -> list[tuple[str, bytes]]:
    """Give the photos of the work of a village, named by number and moment."""
    lang = source.lang
    what = t("pack.photos", lang)
    if source.public:
        why = t("pack.why.public", lang)
        folder.lacking.append(t("pack.without", lang, what=what, why=why))
        return []
    taken: set[str] = set()
    # What was not kept by the planner is as good as lost: a name from data opens nothing.
    shots, lost = shots_of(source.items, village, lambda place: _kept(source, place))
    found = [
        (f"{what}/{_free(_stem(one.caption(lang)), taken)}{one.kind}", one.data) for one in shots
    ]
    if lost or not found:
        key = "pack.why.lost" if lost else "pack.why.none"
        folder.lacking.append(t("pack.without", lang, what=what, why=t(key, lang, n=lost)))
    return found


def _kept(source: Source, place: str) -> bytes | None:
    return source.photo(place) if _KEPT_AS.fullmatch(place) else None


# ---------------------------------------------------------------------------------- index


def _index(source: Source, village: str, folder: Folder) -> None:
    """Write what the folder holds, as text anybody can open and as a paper, first in the folder."""
    lang, found = source.lang, source.board.assessment
    title = t("pack.title", lang, village=source.board.name(village))
    notes = [*context(found, lang), *folder.lacking]
    if source.public:
        notes.append(t("pack.public", lang))
    rows = [(name, *said) for name, said in folder.said.items()]
    lines = [found.project_name, title, ""]
    lines += [f"{name}　{much}" for name, (_, much) in folder.said.items()]
    lines += ["", *notes]
    plain = "\r\n".join(" ".join(line.splitlines()) for line in lines) + "\r\n"
    stem = f"00-{t('pack.index', lang)}"
    first = {f"{stem}.txt": plain.encode("utf-8-sig", "replace")}
    columns = tuple(
        Col(t(f"pack.head.{key}", lang), wide)
        for key, wide in (("file", 3.0), ("holds", 2.0), ("rows", 0.8))
    )
    table = Table(columns, tuple(tuple(Cell(one) for one in row) for row in rows))
    demo = any(t("bar.demo", one) in found.project_name for one in LANGUAGES)
    marks = [] if source.public else [t("internal_mark", lang)]
    marks += [t("demo_mark", lang)] if demo else []
    day = t("paper.as_of", lang, day=date_text(found.as_of, lang))
    paper = Paper(
        stem, (title,), (found.project_name, day), (table, Notes(tuple(notes))), lang,
        "　".join(marks),
    )  # fmt: skip
    first[f"{stem}.docx"] = render([paper], ".docx")
    folder.files = first | folder.files
