"""
The quarantine: a file of unknown origin is copied aside and read by a child process.

The child has one kind of file to read, one GDAL driver at most, no network, little memory and
little time. What comes back is a plain table, and this side checks it before it is used.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from layers.errors import UsageError
from layers.kinds import LARGEST, Kind, kind_of
from layers.received import received
from layers.refusal import RefusalError
from layers.source import Raw

SECONDS = 30
"""Time for one file of up to ``ORDINARY`` bytes; larger ones, given by path, have more."""
ORDINARY = 100_000_000
_PREFIX = "planner-read-"
_FORGOTTEN = 6 * 3600
"""Seconds after which a private folder belongs to nobody: no import lasts that long."""
_BOOT = (
    "import sys; sys.path[:0] = sys.argv[3:]; "
    "from layers.reading.child import main; main(*sys.argv[1:3])"
)
_ROOT = str(Path(__file__).parents[1])
_SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")
_SAFE = {
    # No driver may call out: a proxy nobody answers at, and no second try.
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTPS_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "2",
    "GDAL_HTTP_CONNECTTIMEOUT": "2",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "GDAL_CACHEMAX": "64",
    "GDAL_NUM_THREADS": "1",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DRIVER_PATH": "disable",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "CPL_DEBUG": "OFF",
    "PROJ_NETWORK": "OFF",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUTF8": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
}
_KEPT_FROM_HERE = (
    "PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "LANG",
    "PYTHONHOME", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "PLANNER_READER_TRACE",
)  # fmt: skip
"""What a child learns of this process's surroundings: passwords and keys often lie there."""


@functools.cache
def _other_drivers(driver: str) -> str:
    """Name all GDAL drivers but one, as ``GDAL_SKIP`` wants them."""
    if driver in ("GTiff", "AAIGrid"):
        import rasterio

        with rasterio.Env() as env:
            names = set(env.drivers())
    else:
        import pyogrio

        names = set(pyogrio.list_drivers())
    return ",".join(sorted(names - {driver}))


class _Child:
    """One child process and the talk with it."""

    def __init__(self, module: str, driver: str, den: Path) -> None:
        here = {name: os.environ[name] for name in _KEPT_FROM_HERE if name in os.environ}
        environment = here | _SAFE | dict.fromkeys(_SINGLE, "1")
        if driver:
            skipped = _other_drivers(driver)
            environment |= {"GDAL_SKIP": skipped, "OGR_SKIP": skipped}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, module, str(den), _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if "PLANNER_READER_TRACE" in here else subprocess.DEVNULL,
            cwd=den,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._turn = threading.Lock()
        self._ready = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Pass lines on as they come: a pipe cannot be waited for with a limit on Windows."""
        out = self._process.stdout
        with contextlib.suppress(OSError, ValueError):
            for line in iter(out.readline, b"") if out else ():
                self._lines.put(line)
        self._lines.put(b"")

    def ask(self, order: dict[str, Any], name: str, seconds: float) -> dict[str, Any]:
        """Send an order and wait for its answer; a child that fails is ended."""
        with self._turn:
            try:
                line = b"" if self._ready else self._lines.get(timeout=seconds)
                if line or self._ready:
                    self._ready = True
                    pipe = self._process.stdin
                    if pipe is not None:
                        pipe.write(json.dumps(order).encode() + b"\n")
                        pipe.flush()
                    line = self._lines.get(timeout=seconds)
                told = json.loads(line) if line else None
            except queue.Empty:
                self.end()
                raise RefusalError("too_slow", name, seconds=int(seconds)) from None
            except (OSError, ValueError):
                told = None
            if not isinstance(told, dict):
                self.end()
                raise RefusalError("reader_stopped", name)
            return told

    @property
    def alive(self) -> bool:
        """Tell whether it can be asked again."""
        return self._process.poll() is None

    def end(self) -> None:
        """Stop it at once; what it wrote goes with the private folder."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _sweep() -> None:
    """Delete what imports that were broken off left: copies of people's data."""
    for left in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(left, ignore_errors=True)


class _Den:
    """A private folder and the children that work in it."""

    def __init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        self._children: dict[tuple[str, str], _Child] = {}
        self._turn = threading.Lock()

    def child(self, kind: Kind, size: int) -> _Child:
        """Give the child for a kind and a size of file, a fresh one where there is none."""
        driver = kind.driver if size >= kind.driver_from else ""
        with self._turn:
            found = self._children.get((kind.module, driver))
            if found is None or not found.alive:
                found = _Child(kind.module, driver, self.folder)
                self._children[kind.module, driver] = found
            return found

    def close(self) -> None:
        """End all children and delete the folder."""
        for child in self._children.values():
            child.end()
        self._children.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


_shared: _Den | None = None
_together: ContextVar[_Den | None] = ContextVar("_together", default=None)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """
    Let all quarantines share their children while this is open.

    For programs that read many files of their own, such as the tests; an import of somebody's
    file never shares a child with another.
    """
    global _shared
    before, _shared = _shared, _Den()
    den = _shared
    try:
        yield
    finally:
        _shared = before
        den.close()


@contextlib.contextmanager
def together() -> Iterator[None]:
    """
    Let the quarantines of this thread share their children while this is open.

    For a series of files the planner itself has just written: starting a child for each of them
    takes longer than reading it. Imports of other threads keep children of their own.
    """
    if _shared or _together.get():
        yield
        return
    den = _Den()
    mark = _together.set(den)
    try:
        yield
    finally:
        _together.reset(mark)
        den.close()


class Quarantine:
    """
    Where the files of one import are read; used as a context manager.

    Children are started when a kind of file is first met and end with the quarantine. Files a
    reader leaves in ``Raw.facts["folder"]`` are there until then.
    """

    def __init__(self) -> None:
        shared = _shared or _together.get()
        self._den = shared or _Den()
        self._own = shared is None
        self._folders: list[Path] = []

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._den.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, path: Path, asked: dict[str, Any] | None = None) -> Raw:
        """
        Read a file in a child process.

        Parameters
        ----------
        path
            The file, left as it is.
        asked
            ``sheet``, ``sub_layer`` and whatever else its reader knows.

        Returns
        -------
        Raw
            Its rows, checked.

        Raises
        ------
        RefusalError
            If the file is not taken; the sentence says why and what to do.
        UsageError
            If the path is a folder.
        """
        name = path.name
        if path.is_dir():
            msg = f"{name}: is a folder. Import its files one by one."
            raise UsageError(msg)
        if not path.is_file():
            raise RefusalError("no_file", name)
        kind = kind_of(path, name)
        folder = self._folder()
        file = _copied(path, kind, folder, name)
        said = asked or {}
        if kind.module == "archives":
            told = self._ask(kind, folder, file, said | {"kinds": _inner_kinds(path)}, name)
            inner = told["facts"]["inner"]
            file = folder / str(inner["file"])
            return self._inner(file, said, name, told)
        return received(self._ask(kind, folder, file, said, name), folder, name)

    def _inner(self, file: Path, asked: dict[str, Any], name: str, outer: dict[str, Any]) -> Raw:
        """Read the one file of an archive; which it is was settled by its own child."""
        kind = kind_of(file, name)
        folder = self._folder()
        # The name of a layer chose the member; inside it there is one layer, or it asks again.
        asked = {**asked, "sub_layer": None} if outer["facts"].get("chosen") else asked
        told = self._ask(kind, folder, file, asked, name)
        told["notes"] = [*outer["notes"], *told["notes"]]
        told["sheets"] = outer["sheets"] if len(outer["sheets"]) > 1 else told["sheets"]
        return received(told, folder, name)

    def _folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self._den.folder))
        self._folders.append(folder)
        return folder

    def _ask(
        self, kind: Kind, folder: Path, file: Path, asked: dict[str, Any], name: str
    ) -> dict[str, Any]:
        order = {"folder": str(folder), "file": str(file), "asked": asked}
        size = file.stat().st_size
        seconds = SECONDS * max(1.0, size / ORDINARY)
        told = self._den.child(kind, size).ask(order, name, seconds)
        if "refused" in told:
            values = {str(key): value for key, value in dict(told["values"]).items()}
            raise RefusalError(str(told["refused"]), name, where=str(told["where"]), **values)
        return told


def _inner_kinds(path: Path) -> list[str]:
    from layers.kinds import READERS

    if path.suffix.lower() == ".kmz":
        return [".kml"]
    return [one for one, kind in READERS.items() if kind.module != "archives"]


def _copied(path: Path, kind: Kind, folder: Path, name: str) -> Path:
    """Copy a file and what belongs to it under fixed names: the sender's never reach a library."""
    parts = [path]
    if kind.sidecars:
        parts += [
            one
            for one in sorted(path.parent.iterdir())
            if one.stem == path.stem
            and one.suffix.lower() in kind.sidecars
            # A received folder may hold links to files its sender cannot see.
            and one.is_file()
            and not one.is_symlink()
        ]
    if sum(part.stat().st_size for part in parts) > LARGEST:
        raise RefusalError("too_big", name, most=f"{LARGEST >> 30} GB")
    for part in parts:
        target = folder / f"input{part.suffix.lower()}"
        if not target.exists():
            shutil.copyfile(part, target)
    return folder / f"input{path.suffix.lower()}"
