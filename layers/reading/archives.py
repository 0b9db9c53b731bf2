"""Archives: names checked, sizes counted while unpacking, one readable file chosen."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from layers.reading.answer import Answer, Refused, note

MOST_MEMBERS = 200
MOST_PARTS = 5000
"""Parts of one document: a workbook has one per sheet, picture and drawing."""
LARGEST_RATIO = 100
LARGEST_TOTAL = 300_000_000
SMALL = 1_000_000
"""Members that unpack to less are never a bomb, however well they are packed."""
_PIECE = 1 << 16
_NESTED = (".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".kmz", ".jar", ".zst")
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def open_checked(file: Path) -> zipfile.ZipFile:
    """
    Open a zip (or a document packed as one) whose list of members is in order.

    Parameters
    ----------
    file
        The archive.

    Returns
    -------
    zipfile.ZipFile
        The open archive.

    Raises
    ------
    Refused
        If a name climbs out of the folder, or the list is damaged, locked, too long or too large.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise Refused("zip_broken") from None
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused("zip_many", count=len(members), most=MOST_MEMBERS)
    _checked_names(members)
    for member in members:
        _check_ratio(member.file_size, member.compress_size)
    total = sum(member.file_size for member in members)
    if total > LARGEST_TOTAL or _bodies_overlap(members):
        raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)
    return archive


def _checked_names(members: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for member in members:
        name = _member_name(member)
        if name in seen:
            raise Refused("zip_twice", where=_shown(name))
        seen.add(name)


def _check_ratio(size: int, packed: int) -> None:
    if size > SMALL and size > LARGEST_RATIO * max(packed, 1):
        raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)


def _bodies_overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Tell whether two members share bytes: an honest archive has each body once."""
    spans = sorted((m.header_offset, m.header_offset + 30 + m.compress_size) for m in members)
    return any(first[1] > second[0] for first, second in pairwise(spans))


def _member_name(member: zipfile.ZipInfo) -> str:
    """Give a member's name as its sender wrote it; refuse one that is not inside the archive."""
    # Not `filename`: some systems' own separators are already replaced there.
    name = original = member.orig_filename
    if not member.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    # Some programs of Windows write its own sign between folder and file.
    name = name.replace("\\", "/")
    parts = PurePosixPath(name).parts
    outside = name.startswith("/") or ".." in parts or ":" in name or "\x00" in original
    if outside or any(not part.strip(". ") for part in parts):
        raise Refused("zip_path", where=_shown(name))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused("zip_link", where=_shown(name))
    if member.flag_bits & 0x1:
        raise Refused("zip_password")
    return name


def _shown(name: str) -> str:
    """Cut a hostile name to something a sentence can hold."""
    clean = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    return clean if len(clean) <= 60 else clean[:57] + "..."


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path | None) -> int:
    """
    Unpack one member, counting what comes out: its stated size may be a lie.

    Parameters
    ----------
    archive, member
        The archive and one of its members.
    target
        Where to write it; None to count only.

    Returns
    -------
    int
        Bytes that came out.
    """
    size = 0
    try:
        with archive.open(member) as packed:
            out = target.open("wb") if target is not None else None
            try:
                while piece := packed.read(_PIECE):
                    size += len(piece)
                    _check_ratio(size, member.compress_size)
                    if size > LARGEST_TOTAL:
                        raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)
                    if out is not None:
                        out.write(piece)
            finally:
                if out is not None:
                    out.close()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError):
        raise Refused("zip_damaged", where=_shown(member.filename)) from None
    except (RuntimeError, NotImplementedError):
        raise Refused("zip_password") from None
    if size != member.file_size:
        raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)
    return size


def check_document(file: Path) -> None:
    """
    Check the members of a document that is packed as a zip, such as XLSX; its reader counts bytes.

    Raises
    ------
    Refused
        If a name climbs out of the container, points elsewhere or is there twice.
    """
    with file.open("rb") as raw:
        if raw.read(2) != b"PK":
            return
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    with archive:
        members = archive.infolist()
        if len(members) > MOST_PARTS:
            raise Refused("zip_many", count=len(members), most=MOST_PARTS)
        _checked_names(members)
        if _bodies_overlap(members):
            raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in (
        ".DS_Store", "Thumbs.db", "desktop.ini",
    )  # fmt: skip


def _choices(names: dict[str, zipfile.ZipInfo], kinds: list[str]) -> dict[str, list[str]]:
    """Give what can be read: its name to the names of all its parts, itself first."""
    found: dict[str, list[str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() not in kinds:
            continue
        beside = [
            other
            for other in names
            if path.suffix.lower() == ".shp"
            and other != name
            and PurePosixPath(other).suffix.lower() in _PARTS
            and str(PurePosixPath(other).with_suffix("")).lower()
            == str(path.with_suffix("")).lower()
        ]
        found[name] = [name, *beside]
    return found


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:
    """
    Unpack the one file of an archive that can be read.

    Parameters
    ----------
    folder, file
        The private folder and the archive in it.
    asked
        ``kinds``: extensions that can be read; ``sub_layer``: the member wanted.

    Returns
    -------
    Answer
        No table; ``facts["inner"]`` names the unpacked file in the folder.
    """
    with open_checked(file) as archive:
        names = {
            name: member
            for member in archive.infolist()
            if not member.is_dir() and not _is_junk(name := _member_name(member))
        }
        nested = [name for name in names if name.lower().endswith(_NESTED)]
        if nested:
            raise Refused("zip_nested", where=_shown(nested[0]))
        choices = _choices(names, asked["kinds"])
        if not choices:
            lone = [n for n in names if n.lower().endswith(_PARTS)]
            raise Refused("shp_missing" if lone else "zip_nothing")
        wanted = _wanted(choices, asked.get("sub_layer"))
        # A KMZ holds one document beside its pictures; several are layers as in any archive.
        chosen = wanted or _first(choices)
        inner = _unpacked(archive, names, choices[chosen], folder)
    others = [name for name in choices if name != chosen]
    notes = []
    if others and wanted is None:
        notes.append(note("several_layers", detail=_listed(chosen, others)))
    sheets = [chosen, *others]
    return Answer(
        sheets=[_shown(name) for name in sheets],
        notes=notes,
        facts={"inner": {"file": inner}, "chosen": bool(wanted)},
    )


def _listed(chosen: str, others: list[str]) -> str:
    shown = [_shown(name) for name in (chosen, *others)]
    return ", ".join(shown[:8]) + (" ..." if len(shown) > 8 else "")


def _first(choices: dict[str, list[str]]) -> str:
    if "doc.kml" in choices:
        return "doc.kml"
    # A text beside a map is what somebody wrote about it.
    return min(choices, key=lambda name: name.lower().endswith(".txt"))


def _wanted(choices: dict[str, list[str]], name: str | None) -> str | None:
    """Find the member a person named, by its whole name, its last part or without extension."""
    if not name:
        return None
    for choice in choices:
        path = PurePosixPath(choice)
        if name in (choice, _shown(choice), path.name, path.stem):
            return choice
    if len(choices) == 1 and not next(iter(choices)).lower().endswith((".shp", ".csv", ".txt")):
        return None
    raise Refused("no_inner_layer", wanted=name, held=_listed(*_split(choices)))


def _split(choices: dict[str, list[str]]) -> tuple[str, list[str]]:
    first, *rest = choices
    return first, rest


def _unpacked(
    archive: zipfile.ZipFile,
    names: dict[str, zipfile.ZipInfo],
    parts: list[str],
    folder: Path,
) -> str:
    """Unpack all members, keep the parts of the chosen one under fixed names."""
    place = folder / "unpacked"
    place.mkdir()
    total = 0
    for name, member in names.items():
        target = None
        if name in parts:
            target = place / f"input{PurePosixPath(name).suffix.lower()}"
            if target.exists():
                raise Refused("zip_twice", where=_shown(name))
        total += unpack(archive, member, target)
        if total > LARGEST_TOTAL:
            raise Refused("zip_large", most=LARGEST_TOTAL // 1_000_000)
    return f"unpacked/input{PurePosixPath(parts[0]).suffix.lower()}"
