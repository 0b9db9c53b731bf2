"""Why a store or a file could not be written: one sentence, in both languages, with the cause."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from layers.errors import DataError, ProjectError
from layers.text import t


class StoreError(ProjectError):
    """
    A save that did not happen; what was there before is untouched.

    Parameters
    ----------
    code
        Key ``store.fault.<code>`` of the words: ``held``, ``full``, ``closed``, ``no_text`` or
        ``other``.
    path
        The store.
    why
        What the database or the system said.
    """

    def __init__(self, code: str, path: Path, why: str) -> None:
        self.code = code
        self.place = f"{path.parent.name}/{path.name}"
        self.why = why
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give the sentence in a language."""
        return f"{self.place}: {t(f'store.fault.{self.code}', lang, why=self.why)}"


class FileError(DataError):
    """
    A file that could not be written; what was there before is untouched.

    Parameters
    ----------
    path
        The file.
    error
        What the system said.
    """

    def __init__(self, path: Path, error: OSError) -> None:
        self.code = _cause(error)
        self.name = path.name
        self.why = error.strerror or str(error)
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give the sentence in a language."""
        return f"{self.name}: {t(f'file.fault.{self.code}', lang, why=self.why)}"


def _cause(error: OSError) -> str:
    """Tell what stands behind it: on Windows a file open elsewhere is one nobody else may write."""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return "full"
    return "held" if isinstance(error, PermissionError) else "other"


_CODES = {
    sqlite3.SQLITE_BUSY: "held",
    sqlite3.SQLITE_LOCKED: "held",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_READONLY: "closed",
    sqlite3.SQLITE_CANTOPEN: "closed",
    sqlite3.SQLITE_PERM: "closed",
}


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Give the sentence for what a database or the system said."""
    if isinstance(error, OSError):
        code = {"held": "closed"}.get(_cause(error), _cause(error))
        return StoreError(code, path, error.strerror or str(error))
    # The lowest eight bits are the cause, those above say more of it.
    number = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreError(_CODES.get(number, "other"), path, str(error))
