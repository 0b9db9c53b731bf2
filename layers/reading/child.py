"""The child process: reads one kind of file, with little memory, no network and no other files."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from layers.reading.answer import Answer, Refused

LARGEST_MEMORY = 2 << 30
"""Bytes of address space a child may have."""
LARGEST_FILE = 2 << 30
"""Bytes of one file it may write."""
TRACE = "PLANNER_READER_TRACE"
"""Set in the surroundings, this shows on the console why a reader failed."""
PACKED = (".xlsx", ".xls", ".et")
"""Documents that may be packed as a zip."""
_CPU_SECONDS = 45
"""Processor time for one file: a belt, should nobody be left to stop the child."""
_UNNEEDED = ("pandas", "geopandas", "shapely", "matplotlib", "streamlit", "numba")
_PREPARED = ("encodings.idna", "encodings.gb18030", "encodings.utf_16", "encodings.big5")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink")
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.startfile", "ctypes.", "webbrowser.", "urllib.", "http.", "ftplib.", "smtplib.",
    "winreg.", "pty.",
)  # fmt: skip


def limit() -> None:
    """Take away what a reader does not need: memory, big files, the network."""
    _cut_network()
    try:
        import resource
    except ImportError:  # Windows: the time limit and the list of drivers remain.
        return
    for what, most in (
        (resource.RLIMIT_AS, LARGEST_MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def _cut_network() -> None:
    """Move into a network of its own that reaches nothing; not every system allows it."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(Exception):
        import ctypes

        new_user, new_net = 0x10000000, 0x40000000
        library = ctypes.CDLL(None, use_errno=True)
        if library.unshare(new_net) != 0:
            library.unshare(new_user | new_net)


def _renew_time() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + _CPU_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


class _Unneeded(importlib.abc.MetaPathFinder):
    """Tells libraries that the large ones they would offer their tables to are not here."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:  # noqa: ARG002
        """Refuse to find them; others are found as ever."""
        if fullname in _UNNEEDED:
            raise ModuleNotFoundError(fullname, name=fullname)


def _inside(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(one + os.sep) for one in folders)


def guard(den: Path) -> None:
    """
    Refuse sockets, other programs and foreign files from here on, in Python code at least.

    Parameters
    ----------
    den
        The private folder: the only one that may be written, and read beside the programs' own.
    """
    own = (os.path.realpath(den),)
    libraries = {sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}
    readable = (*own, *(os.path.realpath(one) for one in libraries if Path(one).is_absolute()))
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)
        if event in ("open", "sqlite3.connect", "os.listdir", "os.scandir"):
            if isinstance(args[0], int):
                return
            name = os.fsdecode(args[0]).removeprefix("file:").partition("?")[0]
            writes = event == "open" and bool((args[2] or 0) & writing)
            if not _inside(os.path.realpath(name), own if writes else readable):
                raise PermissionError(event)
        elif event in _CHANGES and not _inside(os.path.realpath(os.fsdecode(args[0])), own):
            raise PermissionError(event)

    sys.addaudithook(watch)


def keep(answer: Answer, folder: Path) -> dict[str, Any]:
    """Write the table of an answer into the private folder and give the rest as plain data."""
    if answer.table is not None:
        import pyarrow as pa

        with (
            pa.OSFile(str(folder / "answer.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, answer.table.schema) as writer,
        ):
            writer.write_table(answer.table)
    return {
        "table": answer.table is not None,
        "grid": answer.grid,
        "geometry": answer.geometry,
        "crs": answer.crs,
        "sheets": answer.sheets,
        "notes": answer.notes,
        "facts": answer.facts,
    }


def answered(read: Any, folder: Path, file: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one file and turn whatever happens into plain data."""
    try:
        if file.suffix in PACKED:
            from layers.reading.archives import check_document

            check_document(file)
        return keep(read(folder, file, asked), folder)
    except Refused as refused:
        values = {key: str(value) for key, value in refused.values.items()}
        return {"refused": refused.code, "where": refused.where, "values": values}
    except MemoryError:
        return {"refused": "too_much_memory", "where": "", "values": {}}
    except RecursionError:
        return {"refused": "too_deep", "where": "", "values": {}}
    except Exception as error:
        if "bad_alloc" in str(error) or type(error).__name__ == "ArrowMemoryError":
            return {"refused": "too_much_memory", "where": "", "values": {}}
        detail = type(error).__name__
        said = {"refused": "damaged", "where": "", "values": {"detail": detail}}
        if TRACE in os.environ:
            import traceback

            traceback.print_exc()
        return said


def _own_channel() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the two pipes for this module alone: libraries that print must not break the talk."""
    came, went = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for channel in (0, 1) if TRACE in os.environ else (0, 1, 2):
        os.dup2(nothing, channel)
    return os.fdopen(came, "rb"), os.fdopen(went, "wb")


def main(kind: str, den: str) -> None:
    """Answer one line of JSON with another, until the other side closes the pipe."""
    lines, out = _own_channel()
    limit()
    sys.meta_path.insert(0, _Unneeded())
    module = importlib.import_module(f"layers.reading.{kind}")
    if hasattr(module, "prepare"):
        module.prepare()
    for name in _PREPARED:
        importlib.import_module(name)
    # Millions of small values without circles: looking for circles would take half the time.
    gc.disable()
    guard(Path(den))
    out.write(b"{}\n")
    out.flush()
    for line in lines:
        _renew_time()
        order = json.loads(line)
        file = Path(order["file"])
        # Libraries that take addresses for names are given the bare, made-up name.
        os.chdir(file.parent)
        told = answered(module.read, Path(order["folder"]), file, order["asked"])
        out.write(json.dumps(told).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
