"""Read from Windows program files which other files they load at start, and find what is absent."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

AMD64 = 0x8664
# What every 64-bit Windows 10 or 11 has. Names that begin with api-ms-win- are parts of these.
_SYSTEM = (
    "advapi32 bcrypt bcryptprimitives cfgmgr32 comctl32 comdlg32 crypt32 cryptbase dbghelp dnsapi "
    "gdi32 imm32 iphlpapi kernel32 mpr msvcrt mswsock ncrypt netapi32 normaliz ntdll ole32 "
    "oleaut32 pdh powrprof psapi rpcrt4 secur32 setupapi shell32 shlwapi synchronization ucrtbase "
    "user32 userenv version webservices winhttp wininet winmm wintrust wldap32 ws2_32 wsock32"
)
SYSTEM = frozenset(_SYSTEM.split())
# What the embeddable Python brings, and the C++ runtime that install.py lends it from the wheels.
PYTHON_BRINGS = frozenset({"python3", "python311", "vcruntime140", "vcruntime140_1"})
LENT, LENDER = "msvcp140.dll", "msvcp140-"
# numba tries these two ways to share work and takes its own third way where they do not load.
MAY_FAIL = ("numba/np/ufunc/omppool.", "numba/np/ufunc/tbbpool.")


def machine(data: bytes) -> int:
    """Read for which processor a program file is made.

    Parameters
    ----------
    data : bytes
        The file; its beginning is enough.

    Returns
    -------
    int
        The number of the processor, 0 if this is no program file.
    """
    if data[:2] != b"MZ" or len(data) < 0x40:
        return 0
    (start,) = struct.unpack_from("<I", data, 0x3C)
    if data[start : start + 4] != b"PE\0\0" or len(data) < start + 6:
        return 0
    return int(struct.unpack_from("<H", data, start + 4)[0])


def loads(data: bytes) -> list[str]:
    """List the libraries a 64-bit program file names in its table of imports.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    list of str
        Their names in small letters, with the ending.
    """
    (start,) = struct.unpack_from("<I", data, 0x3C)
    sections, optional_size = struct.unpack_from("<6xH12xH", data, start)
    optional = start + 24
    (table,) = struct.unpack_from("<I", data, optional + 112 + 8)
    rows = [
        struct.unpack_from("<8xIIII", data, optional + optional_size + 40 * number)
        for number in range(sections)
    ]

    def place(address: int) -> int:
        for size, begin, raw_size, raw in rows:
            if begin <= address < begin + max(size, raw_size):
                return int(address - begin + raw)
        return -1

    def names() -> Iterator[str]:
        at = place(table) if table else -1
        while at >= 0:
            (name,) = struct.unpack_from("<I", data, at + 12)
            if not name:
                return
            where = place(name)
            yield data[where : data.index(b"\0", where)].decode("ascii").lower()
            at += 20

    return list(names())


def faults(lib: Path) -> list[str]:
    """Look through an installed `lib` for what a bare 64-bit Windows could not load.

    Parameters
    ----------
    lib : Path
        The folder the wheels were installed into.

    Returns
    -------
    list of str
        One line per fault: a file for another system, or one that loads what nobody brings.
    """
    programs = sorted(p for p in lib.rglob("*") if p.suffix.lower() in {".pyd", ".dll"})
    brought = {path.name.lower() for path in programs}
    if any(name.startswith(LENDER) for name in brought):
        brought.add(LENT)
    told = [
        f"{path.relative_to(lib).as_posix()} is for another system"
        for path in sorted(lib.rglob("*"))
        if path.suffix in {".so", ".dylib"}
    ]
    for path in programs:
        data, name = path.read_bytes(), path.relative_to(lib).as_posix()
        if machine(data) != AMD64:
            told.append(f"{name} is for another processor")
            continue
        told += [
            f"{name} loads {other}, which nobody brings"
            for other in loads(data)
            if not name.startswith(MAY_FAIL)
            and other not in brought
            and not other.startswith(("api-ms-win-", "ext-ms-win-"))
            and other.rpartition(".")[0] not in SYSTEM | PYTHON_BRINGS
        ]
    return told
