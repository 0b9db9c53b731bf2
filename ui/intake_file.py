"""The file on the import page: where it comes from, what was said of it, how it was understood."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from layers.read import Options
from layers.recognise import AUTO
from layers.request import Request
from layers.schema import RASTERS
from layers.text import t
from ui import look

T = TypeVar("T")
FILES, SAID, SEEN = "intake-files", "intake-said", "intake-seen"
KEPT_LOOKS = 4
"""Ways of reading the file at hand that are kept, so that going back to one costs nothing."""
_AT_ONCE = 0.4


@dataclass(frozen=True)
class Arrival:
    """
    What a person dropped or named.

    Attributes
    ----------
    name, mark, size
        Its name as the person knows it, what tells it from any other, and its bytes.
    parts
        Uploaded files with their names; none for a path on this computer.
    place
        The path a person named; None for uploaded files.
    """

    name: str
    mark: str
    size: int
    parts: tuple[tuple[str, Any], ...] = ()
    place: Path | None = None

    @property
    def many(self) -> bool:
        """Tell whether it is a folder, or several files that are no parts of one."""
        if self.place is not None:
            return self.place.is_dir()
        return len(self.parts) > 1 and main_part([name for name, _ in self.parts]) is None

    @contextmanager
    def path(self) -> Iterator[Path]:
        """Give the file, or the folder of the files, where it can be read."""
        if self.place is not None:
            yield self.place
            return
        with tempfile.TemporaryDirectory(prefix="planner-drop-") as held:
            names = [name for name, _ in self.parts]
            for name, file in self.parts:
                (Path(held) / name).write_bytes(file.getbuffer())
            whole = names[0] if len(names) == 1 else main_part(names)
            yield Path(held) if whole is None else Path(held) / whole


def main_part(names: Sequence[str]) -> str | None:
    """
    Give the file among several that the others belong to: a shapefile beside its parts.

    Examples
    --------
    >>> main_part(["road.dbf", "road.shp", "road.shx"])
    'road.shp'
    >>> main_part(["east.xlsx", "west.xlsx"])
    """
    if len({Path(name).stem.lower() for name in names}) > 1:
        return None
    return next((name for name in names if name.lower().endswith(".shp")), None)


def dropped(files: Sequence[Any]) -> Arrival | None:
    """Give uploaded files as what arrived; None while there are none."""
    if not files:
        return None
    # The sender's name is a label; it must not lead out of the folder.
    parts = tuple((Path(one.name.replace("\\", "/")).name or "file", one) for one in files)
    mark = "-".join(str(one.file_id) for one in files)
    names = [name for name, _ in parts]
    name = names[0] if len(names) == 1 else main_part(names) or "、".join(names)
    return Arrival(name, mark, sum(one.size for one in files), parts)


def named(path: Path) -> Arrival:
    """Give a file or folder of this computer as what arrived."""
    try:
        facts = path.stat()
        mark, size = f"{path}-{facts.st_size}-{facts.st_mtime_ns}", facts.st_size
    except (OSError, ValueError):
        mark, size = str(path), 0
    return Arrival(path.name or str(path), mark, size, place=path)


# ---------------------------------------------------------------------------------- what was said


@dataclass
class Said:
    """What the person said about the file at hand; forgotten with the file."""

    mark: str = ""
    layer: str = AUTO
    options: Options = field(default_factory=Options)
    cover: str = "whole"
    areas: tuple[str, ...] = ()
    mode: str = "sender"

    def request(self) -> Request:
        """Give it as an import is asked."""
        if self.layer in RASTERS:
            return Request(self.options)
        areas = self.areas if self.cover == "areas" else ()
        # "Some townships" without one named is not yet an answer: nothing is complete until it is.
        partial = self.cover == "part" or (self.cover == "areas" and not areas)
        return Request(self.options, self.mode, areas, partial=partial)


def said_of(arrival: Arrival) -> Said:
    """Give what was said of a file so far."""
    said: Said = st.session_state.setdefault(SAID, Said())
    if said.mark != arrival.mark:
        said = st.session_state[SAID] = Said(arrival.mark)
    return said


def next_file() -> None:
    """Forget the file: the place for the next one is a new one, and empty."""
    st.session_state[FILES] = st.session_state.get(FILES, 0) + 1
    for name in (SAID, SEEN):
        st.session_state.pop(name, None)


# ---------------------------------------------------------------------------------- reading it


def seen_once(key: tuple[Any, ...], read: Callable[[], T]) -> T:
    """Give what reading gives, once for each thing said of the file."""
    held: list[tuple[Any, Any]] = st.session_state.setdefault(SEEN, [])
    for known, found in held:
        if known == key:
            return found  # type: ignore[no-any-return]
    made = read()
    held.append((key, made))
    del held[:-KEPT_LOOKS]
    return made


def shown_working(
    words: str, steps: Sequence[str], work: Callable[[], T], lang: str, *, finish: bool = False
) -> T:
    """
    Do a longer piece of work while the page says what is going on and for how long.

    Parameters
    ----------
    words, steps
        What is done, and the steps it has.
    work
        Runs beside the page; must not draw.
    lang
        ``zh`` or ``en``.
    finish
        Wait for it even if the reader goes elsewhere meanwhile: for what writes.
    """
    pool = ThreadPoolExecutor(1)
    begun = time.monotonic()
    place = st.empty()
    try:
        task = pool.submit(work)
        wait([task], _AT_ONCE)
        if not task.done():
            with place.container(), st.status(look.plain(words), expanded=True) as status:
                for step in steps:
                    st.text(step)
                while not task.done():
                    wait([task], 0.3)
                    seconds = round(time.monotonic() - begun)
                    status.update(
                        label=look.plain(t("intake.seconds", lang, what=words, n=seconds))
                    )
        return task.result()
    finally:
        pool.shutdown(wait=finish)
        place.empty()
