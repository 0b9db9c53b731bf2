"""Backup of a whole project into one file, and its restore into an empty folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from layers import formats, saves
from layers.errors import ProjectError
from layers.pending import PLAN, writing
from layers.settings import read_settings

HEAD = "backup.json"
FORMAT = 1
"""Format of a backup; a higher one was written by a newer planner."""
_BASE = "project/"
_STORE = "project.gpkg"
_NEEDED = ("project.toml", _STORE)
_LEFT_OUT = ("cache",)
_CHUNK = 1 << 20
_MOST_FILES, _LARGEST_HEAD, _LONGEST = 200_000, 100 << 20, 1000
_BOMB_RATIO, _BOMB_BYTES = 200, 1 << 30
"""A file this much larger inside than outside, and this large, is no backup of ours."""
_PACKED = (".zip", ".jpg", ".jpeg", ".png", ".heic", ".webp", ".parquet", ".xlsx", ".docx")
# Names Windows keeps for devices, and signs it refuses: a backup may be restored there.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_SIGNS = re.compile(r'[\x00-\x1f\\<>:"|?*]')


@dataclass(frozen=True)
class Backup:
    """
    A backup: what is inside.

    Attributes
    ----------
    name, made
        The project's name, and when it was made by the clock of this computer, in UTC.
    store_format
        Format of its store.
    files, size
        How many files, and their bytes together.
    """

    name: str
    made: str
    store_format: int
    files: int
    size: int


# -------------------------------------------------- out


def backup(folder: Path, out: Path) -> Backup:
    """
    Write everything of a project but its ``cache`` into one ZIP; whole or not at all.

    Others may go on reading; who wants to write waits until the store and the files that change
    with it are copied. What never changes once written is copied after that.

    Parameters
    ----------
    folder
        The project.
    out
        The file, replaced if it is there; outside the project.

    Returns
    -------
    Backup
        What is inside.

    Raises
    ------
    ProjectError
        If the file lies inside the project, or cannot be written.
    """
    if folder.resolve() in (out.resolve(), *out.resolve().parents):
        msg = f"{out.name}: lies inside the project. Choose a place outside it, best another disk."
        raise ProjectError(msg)
    part = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            told = _written(folder, file)
            file.flush()
            os.fsync(file.fileno())
        _looked_through(part)
        part.replace(out)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        msg = f"{out.name}: the backup could not be written ({why}). "
        msg += "Make room on the disk, check who may write there, and try again."
        raise ProjectError(msg) from None
    finally:
        part.unlink(missing_ok=True)
    return told


def _written(folder: Path, file: IO[bytes]) -> Backup:
    with tempfile.TemporaryDirectory(prefix="backup-") as held:
        room = Path(held)
        with _nobody_writing(folder):
            names = sorted(_files(folder))
            formats.copy_store(folder / _STORE, room / _STORE)
            # Imports change these together with the store; the rest is never changed once written.
            beside = [name for name in names if "/" not in name and name != _STORE]
            for name in beside:
                shutil.copyfile(folder / name, room / name)
        settings = read_settings(room / "project.toml")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            rows = []
            for name in names:
                source = room / name if name in (*beside, _STORE) else folder / name
                row = _pack(packed, name, source)
                rows.extend([] if row is None else [row])
            head = {
                "format": FORMAT,
                "name": str(settings.get("name") or folder.name),
                "made": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "store_format": _format(room / _STORE),
                "files": rows,
            }
            packed.writestr(HEAD, json.dumps(head, ensure_ascii=False, indent=1))
    return _told(head)


@contextmanager
def _nobody_writing(folder: Path) -> Iterator[None]:
    """Hold the one write turn of a project, where it can be written to at all."""
    if os.access(folder / _STORE, os.W_OK) and os.access(folder, os.W_OK):
        with writing(folder / _STORE):
            yield
    else:
        yield


def _files(folder: Path) -> Iterator[str]:
    """Name what belongs into a backup: nothing half written, and no copy made for speed."""
    for here, inside, names in os.walk(folder):
        at = Path(here).relative_to(folder)
        skip = _LEFT_OUT if at == Path() else ("next",) if at.parent == Path("history") else ()
        inside[:] = [one for one in inside if one not in skip and not one.startswith(".part-")]
        for name in names:
            half = name.endswith((".part", "-journal", "-wal", "-shm")) or name == PLAN
            if not half and stat.S_ISREG((Path(here) / name).stat().st_mode):
                yield (at / name).as_posix()


def _pack(packed: zipfile.ZipFile, name: str, source: Path) -> dict[str, Any] | None:
    """Pack a file and give its row; None where somebody threw it away meanwhile."""
    kind = zipfile.ZIP_STORED if source.suffix.lower() in _PACKED else zipfile.ZIP_DEFLATED
    entry = zipfile.ZipInfo(_BASE + name)
    entry.compress_type, entry.external_attr = kind, 0o644 << 16
    digest, size = hashlib.sha256(), 0
    try:
        file = source.open("rb")
    except FileNotFoundError:
        return None
    with file, packed.open(entry, "w", force_zip64=True) as target:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return {"path": name, "size": size, "sha256": digest.hexdigest()}


def _looked_through(path: Path) -> None:
    """Read a backup once more: one that cannot be read is none."""
    with zipfile.ZipFile(path) as packed:
        spoilt = packed.testzip()
    if spoilt is not None:
        raise OSError(0, f"{spoilt} is not as it was written")


def _format(store: Path) -> int:
    connection = sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return formats.number_of(connection)
    finally:
        connection.close()


def _told(head: Mapping[str, Any]) -> Backup:
    size = sum(int(row["size"]) for row in head["files"])
    return Backup(head["name"], head["made"], head["store_format"], len(head["files"]), size)


# -------------------------------------------------- back


def restore(path: Path, folder: Path) -> Backup:
    """
    Put a backup back into an empty or new folder; whole or not at all.

    Parameters
    ----------
    path
        The backup.
    folder
        The folder; nothing of it is left behind when the backup is refused.

    Returns
    -------
    Backup
        What was inside.

    Raises
    ------
    ProjectError
        If the folder is not empty, the file is no backup, one of its parts is missing, changed or
        not to be trusted, a newer planner made it, or the disk is full.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder.name}: is not empty. Choose an empty or new folder."
        raise ProjectError(msg)
    if not path.is_file():
        msg = f"{path.name}: is not there. Check the name of the backup."
        raise ProjectError(msg)
    target = folder.resolve()
    made = [one for one in (target.parent, *target.parent.parents) if not one.exists()]
    part: Path | None = None
    done = False
    try:
        with zipfile.ZipFile(path) as packed:
            head = _head(packed, path)
            _room_for(head, target)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=".restore-", dir=target.parent))
            for row in head["files"]:
                _unpack(packed, row, part, path.name)
        _sound(part, path.name)
        part.chmod(0o755)
        if target.exists():
            target.rmdir()
        part.rename(target)
        done = True
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _refused(path.name, "is no backup, or was damaged on its way") from None
    except OSError as error:
        msg = f"{folder.name}: could not be restored ({error.strerror or error}). "
        msg += "Nothing was left behind. Check the disk and who may write there, and try again."
        raise ProjectError(msg) from None
    finally:
        if not done:
            _clear(part, made)
    return _told(head)


def _clear(part: Path | None, made: list[Path]) -> None:
    if part is not None:
        shutil.rmtree(part, ignore_errors=True)
    for one in made:
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()


def _refused(name: str, why: str) -> ProjectError:
    return ProjectError(f"{name}: {why}. Nothing was restored. Take another backup.")


def _head(packed: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """Read what a backup says is inside, and refuse it where that is not what lies there."""
    entries = packed.infolist()
    names = [one.filename for one in entries]
    if HEAD not in names or packed.getinfo(HEAD).file_size > _LARGEST_HEAD:
        raise _refused(path.name, "is no backup of a project")
    try:
        head = json.loads(packed.read(HEAD))
        rows = [(str(r["path"]), int(r["size"]), str(r["sha256"])) for r in head["files"]]
        number, _ = int(head["format"]), (str(head["name"]), str(head["made"]))
        store_format = int(head["store_format"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _refused(path.name, "is no backup of a project") from None
    if number > FORMAT or store_format > formats.NEWEST:
        msg = f"{path.name}: was saved by a newer planner. Update the planner."
        raise ProjectError(msg)
    listed = [name for name, _, _ in rows]
    if len(rows) > _MOST_FILES or not all(_safe(name) for name in listed):
        raise _refused(path.name, "holds a file whose name leads out of the folder")
    folded = {name.casefold() for name in listed}
    if len(folded) != len(listed) or sorted(names) != sorted([HEAD, *(_BASE + n for n in listed)]):
        raise _refused(path.name, "does not hold the files it lists, each once")
    if not set(_NEEDED) <= set(listed):
        raise _refused(path.name, "lacks project.toml or project.gpkg")
    for name, size, _ in rows:
        entry = packed.getinfo(_BASE + name)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.flag_bits & 1 or kind not in (0, stat.S_IFREG) or entry.file_size != size:
            raise _refused(path.name, f"holds {PurePosixPath(name).name} not as it lists it")
    total = sum(size for _, size, _ in rows)
    if total > _BOMB_BYTES and total > _BOMB_RATIO * path.stat().st_size:
        raise _refused(path.name, "would become far larger than any project of its size")
    return dict(head)


def _safe(name: str) -> bool:
    """Tell whether a name stays inside the folder, on every system."""
    if not 0 < len(name) < _LONGEST or _SIGNS.search(name):
        return False
    # No name ends in a dot or a blank: '', '.' and '..' are among those.
    return all(
        part and part == part.rstrip(" .") and not _DEVICE.fullmatch(part)
        for part in name.split("/")
    )


def _room_for(head: Mapping[str, Any], target: Path) -> None:
    there = next(one for one in target.parents if one.exists())
    if shutil.disk_usage(there).free < sum(int(row["size"]) for row in head["files"]):
        raise OSError(28, "No space left on device")


def _unpack(packed: zipfile.ZipFile, row: Mapping[str, Any], part: Path, name: str) -> None:
    """Write one file out, no more of it than listed, and compare its digest."""
    target = part.joinpath(*PurePosixPath(row["path"]).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), int(row["size"])
    with packed.open(_BASE + row["path"]) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if left or digest.hexdigest() != row["sha256"]:
        raise _refused(name, f"holds {target.name} changed or cut off")


def _sound(part: Path, name: str) -> None:
    """Open what was restored as a project, before it takes its place."""
    try:
        read_settings(part / "project.toml")
        saves.check_version(part / _STORE)
    except ProjectError as error:
        raise ProjectError(str(error).replace(part.name, name)) from None
    connection = sqlite3.connect(f"{(part / _STORE).as_uri()}?mode=ro", uri=True)
    try:
        whole = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except sqlite3.Error:
        whole = False
    finally:
        connection.close()
    if not whole:
        raise _refused(name, "holds a damaged project.gpkg")
