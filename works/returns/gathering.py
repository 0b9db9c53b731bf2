"""What came back: lists and photos, out of folders and archives, each by its own way."""

from __future__ import annotations

import contextlib
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from layers.kinds import READERS

PHOTOS = (".jpg", ".jpeg", ".png", ".heic", ".heif")
LARGEST = 40_000_000
"""Bytes of the largest photo that is taken."""
MOST = 5_000
"""Photos of one folder or archive."""
_IN_ALL = 4_000_000_000
_DEEP = 6
_BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError,
)  # fmt: skip
"""What a damaged, locked or strange member of an archive ends in."""


class Marked(Protocol):
    """Something with a digest and a name."""

    @property
    def digest(self) -> str:
        """The digest of its bytes."""

    @property
    def name(self) -> str:
        """Its name."""


@dataclass
class Pile:
    """
    What came back together.

    Attributes
    ----------
    name
        Of the folder, the archive, or the photos given one by one.
    lists
        Lists in files of their own.
    photos
        Photos: files, or members of the archive ``source``.
    lost
        Photos left aside: name and why (``returns.refused.<code>``).
    """

    name: str
    lists: list[Path] = field(default_factory=list)
    photos: list[Path | zipfile.ZipInfo] = field(default_factory=list)
    source: Path | None = None
    lost: list[tuple[str, str]] = field(default_factory=list)

    def bytes_of(self) -> Iterator[tuple[str, bytes]]:
        """Give name and bytes of each photo; one that is too large or damaged is left aside."""
        if self.source is None:
            for photo in self.photos:
                if isinstance(photo, Path):
                    yield from self._file(photo)
            return
        with zipfile.ZipFile(self.source) as archive:
            for photo in self.photos:
                if isinstance(photo, zipfile.ZipInfo):
                    yield from self._member(archive, photo)

    def _file(self, photo: Path) -> Iterator[tuple[str, bytes]]:
        try:
            with photo.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError:
            self.lost.append((photo.name, "photo_damaged"))
            return
        if len(data) > LARGEST:
            self.lost.append((photo.name, "photo_large"))
        else:
            yield photo.name, data

    def _member(
        self, archive: zipfile.ZipFile, photo: zipfile.ZipInfo
    ) -> Iterator[tuple[str, bytes]]:
        name = plain_name(photo)
        if photo.file_size > LARGEST:
            self.lost.append((name, "photo_large"))
            return
        try:
            with archive.open(photo) as file:
                # What an archive says of sizes may be a lie: bytes are counted while reading.
                data = file.read(LARGEST + 1)
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ):
            self.lost.append((name, "photo_damaged"))
            return
        if len(data) > LARGEST:
            self.lost.append((name, "photo_large"))
        else:
            yield name, data

    def mark(self, shots: Iterable[Marked]) -> str:
        """Give a digest of all photos, in whichever order."""
        told = sorted(f"{one.digest} {one.name}" for one in shots)
        return hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()


def plain_name(member: zipfile.ZipInfo) -> str:
    """
    Give the name of a member without its folders, in Chinese also where an old program packed it.

    Windows packs names in GBK without saying so; read as the code page of 1981 they are noise.
    """
    name = member.filename
    if not member.flag_bits & 0x800:
        for encoding in ("utf-8", "gb18030"):
            with contextlib.suppress(UnicodeError):
                name = member.filename.encode("cp437").decode(encoding)
                break
    return PurePosixPath(name.replace("\\", "/")).name


def gathered(files: Sequence[Path]) -> Iterator[Pile]:
    """
    Sort what came back into lists and photos.

    Parameters
    ----------
    files
        Files and folders, in the order they were named.

    Returns
    -------
    iterator of Pile
        One per folder or archive, one per list; photos named one by one lie on one pile, last.
    """
    loose = Pile("")
    for file in files:
        if file.is_dir():
            yield _folder(file)
        elif file.suffix.lower() in PHOTOS:
            loose.photos.append(file)
        elif file.suffix.lower() == ".zip":
            yield _archive(file)
        else:
            yield Pile(file.name, [file])
    if loose.photos:
        first = loose.photos[0]
        loose.name = first.name if isinstance(first, Path) else ""
        loose.name += f" (+{len(loose.photos) - 1})" if len(loose.photos) > 1 else ""
        yield loose


def _folder(folder: Path) -> Pile:
    pile = Pile(folder.name)
    for path in sorted(_below(folder, _DEEP)):
        suffix = path.suffix.lower()
        if suffix in PHOTOS:
            if len(pile.photos) < MOST:
                pile.photos.append(path)
            else:
                pile.lost.append((path.name, "photo_many"))
        elif suffix in READERS:
            pile.lists.append(path)
    return pile


def _below(folder: Path, deep: int) -> Iterator[Path]:
    """Give the files below a folder; links lead nowhere, and what is hidden is not looked at."""
    for path in folder.iterdir():
        if path.is_symlink() or path.name.startswith((".", "~$")):
            continue
        if path.is_dir() and deep:
            yield from _below(path, deep - 1)
        elif path.is_file():
            yield path


def _archive(file: Path) -> Pile:
    """Sort an archive; one without photos is a list, and so is one that cannot be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(b"") if not file.is_file() else file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return Pile(file.name, [file])
    pile = Pile(file.name, source=file)
    in_all = 0
    for member in members:
        suffix = PurePosixPath(member.filename).suffix.lower()
        if member.is_dir() or member.filename.startswith("__MACOSX/"):
            continue
        if suffix in PHOTOS and not stat.S_ISLNK(member.external_attr >> 16):
            in_all += member.file_size
            if len(pile.photos) >= MOST or in_all > _IN_ALL:
                pile.lost.append((plain_name(member), "photo_many"))
            else:
                pile.photos.append(member)
        elif suffix in READERS:
            pile.lists = [file]
    if not pile.photos and not pile.lost:
        pile.lists = [file]
    return pile
