"""The planner's own folder at a user's: which projects were opened, which servers run."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import sys
import tempfile
from pathlib import Path

HOME = "VILLAGE_PLANNER_HOME"
NAME = "village-planner"
RECENT = "recent.json"
MOST_RECENT = 12


def home() -> Path:
    """
    Give the folder, made if need be; it can always be written to.

    Returns
    -------
    Path
        What ``VILLAGE_PLANNER_HOME`` names; else the user's folder for programs' states; else,
        where that cannot be written, one below the folder for temporary files.
    """
    for folder in _wanted():
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _own(folder) and writable(folder):
                return folder
    return Path(tempfile.mkdtemp(prefix=f"{NAME}-"))


def _own(folder: Path) -> bool:
    """Tell whether a folder is this user's: below the temporary one anybody may have made it."""
    return sys.platform == "win32" or folder.stat().st_uid == os.getuid()


def _wanted() -> list[Path]:
    named, wanted = os.environ.get(HOME), []
    if named:
        wanted.append(Path(named))
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        wanted += [Path(local) / NAME] if local else []
    else:
        state = Path(os.environ.get("XDG_STATE_HOME", ""))
        with contextlib.suppress(RuntimeError):
            base = state if state.is_absolute() else Path.home() / ".local" / "state"
            wanted.append(base / NAME)
    return [*wanted, Path(tempfile.gettempdir()) / f"{NAME}-{_user()}"]


def _user() -> str:
    try:
        return re.sub(r"\W", "_", getpass.getuser())
    except (KeyError, OSError):
        return "user"


def writable(folder: Path) -> bool:
    """Tell whether files can be made in a folder, by making one that is gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def read_only(project: Path) -> bool:
    """Tell whether a project can be looked at but not changed."""
    try:
        with (project / "project.gpkg").open("r+b"):
            return not writable(project)
    except OSError:
        return True


def write_whole(path: Path, text: str) -> None:
    """
    Write a small file of ours whole or not at all, for its user alone to read.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    handle, part = tempfile.mkstemp(prefix=f"{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


# ---------------------------------------------------------------------------------- recent


def recent_projects() -> list[Path]:
    """Give the projects opened here that are still there, newest first, at most twelve."""
    found = (Path(one) for one in _recent())
    return [one for one in found if _is_there(one)][:MOST_RECENT]


def _recent() -> list[str]:
    try:
        listed = json.loads((home() / RECENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(listed, list):
        return []
    return list(dict.fromkeys(one for one in listed if isinstance(one, str) and one))


def _is_there(folder: Path) -> bool:
    try:
        return (folder / "project.toml").is_file()
    except (OSError, ValueError):
        return False


def remember(folder: Path) -> None:
    """Put a project first among those opened; that this cannot be written stops nobody."""
    first = str(folder.resolve())
    listed = [first, *(one for one in _recent() if one != first)][:MOST_RECENT]
    with contextlib.suppress(OSError):
        write_whole(home() / RECENT, json.dumps(listed, ensure_ascii=False, indent=1))
