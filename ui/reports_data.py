"""What the page of hand-outs shows: papers and pictures of their pages, made once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from layers.heed import tell
from layers.text import t
from ui import jobs, state
from ui.atlas_cli import search_keys
from ui.kept_work import Kept, kept_of
from ui.run import map_page
from works.atlas import Asked, atlas
from works.handouts import ARCHIVE, ATLAS, MAP, MEETING, NOTICE, Material, Wanted, fitting
from works.inspection import Source, pack
from works.kept_photos import photos_in
from works.meeting_files import meeting_files, meeting_names, zipped
from works.papers.files import previewed, render
from works.papers.model import Beside, Block, Figure, Paper, Table
from works.papers.teller import Teller, file_name

MIME: Mapping[str, str] = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".zip": "application/zip",
}
WITH_TEXT = (NOTICE, MEETING)
"""Hand-outs with a text to paste beside them."""
MOST_ROWS = 24
"""So many rows of a table are drawn in a preview."""
_KEPT = 12


@dataclass(frozen=True)
class Made:
    """
    A hand-out as the page shows it.

    Attributes
    ----------
    papers
        The papers, whole.
    pages
        Pictures of its pages, long tables cut.
    cut
        True where a table was cut.
    name
        What its file is called, without ending.
    paste
        The text to paste into a chat; '' where the hand-out has none.
    names
        The files of a pack; none where it is one file.
    """

    papers: tuple[Paper, ...]
    pages: tuple[bytes, ...]
    cut: bool
    name: str
    paste: str = ""
    names: tuple[str, ...] = ()


def material(shown: state.Seen) -> Material:
    """Give what papers of the open project are made of; the same while data and work are."""
    kept = kept_of(shown.folder)
    return _material(str(shown.folder), kept.mark, shown.mark, shown.asked, shown, kept)


@st.cache_resource(show_spinner=False, max_entries=4)
def _material(
    folder: str,  # noqa: ARG001  folder, marks and what was asked for are the key
    work: str,  # noqa: ARG001
    data: str,  # noqa: ARG001
    asked: state.Asked,  # noqa: ARG001
    _shown: state.Seen,
    _kept: Kept,
) -> Material:
    return Material(
        _kept.project, _shown.board, lambda: _shown.lists, lambda: _shown.plans, _kept.store
    )


def made(shown: state.Seen, wanted: Wanted, lang: str, reader: str) -> Made | None:
    """
    Give a hand-out; None while it is being written, which the page then says.

    Parameters
    ----------
    shown
        The assessment.
    wanted, lang
        What is asked for, and in which language.
    reader
        The reader's own language.

    Raises
    ------
    PlannerError
        If it cannot be written.
    """
    source = material(shown)
    key = (str(shown.folder), kept_of(shown.folder).mark, shown.mark, *shown.asked)
    return jobs.awaited(
        ("hand-out", *key, wanted, lang),
        lambda: _made(key, wanted, lang, source),
        reader,
        title=t("reports.making", reader),
    )


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _made(
    key: tuple[str | None, ...],  # noqa: ARG001  names the state of data and work
    wanted: Wanted,
    lang: str,
    _source: Material,
) -> Made:
    tell("papers")
    papers = _source.papers(wanted, lang)
    tell("pages")
    short = [shortened(one) for one in papers]
    pages = tuple(previewed(short))
    name, paste = papers[0].name, ""
    names: tuple[str, ...] = ()
    if wanted.kind in WITH_TEXT:
        paste = _source.paste(lang)
    if wanted.kind == MEETING:
        project = Teller(_source.board, lang, demo=_source.demo).project
        name = t("reports.pack_name", lang, project=project)
        names = tuple(meeting_names(papers, lang))
    if wanted.kind in (ARCHIVE, ATLAS):
        name = f"{t(f'reports.kind.{wanted.kind}', lang)}-{name}"
    return Made(tuple(papers), pages, short != papers, file_name(name), paste, names)


def file_of(shown: state.Seen, wanted: Wanted, done: Made, suffix: str, lang: str) -> bytes:
    """
    Write a hand-out as a file.

    Parameters
    ----------
    shown, wanted, done
        The assessment, what is asked for, and what came of it.
    suffix
        A kind of file, such as ``.docx``.
    lang
        Its language.
    """
    tell("write")
    if wanted.kind == MEETING:
        return zipped(meeting_files(done.papers, done.paste, lang))
    if wanted.kind == ARCHIVE:
        return _archive(shown, wanted, lang)
    if wanted.kind == ATLAS:
        return _atlas(shown, wanted, lang)
    if wanted.kind == MAP and suffix == ".svg":
        return next(one.svg for one in done.papers[0].each() if isinstance(one, Figure)).encode()
    if wanted.kind == MAP and suffix == ".html":
        found = shown.assessment
        return map_page(found, lang, wanted.target, public=wanted.public).encode()
    return render(done.papers, suffix)


def _archive(shown: state.Seen, wanted: Wanted, lang: str) -> bytes:
    source, photo = material(shown), photos_in(shown.folder)
    village = fitting(source.board, wanted)[1]
    items = source.items
    return pack(Source(source.board, source.lists, items, photo, lang, wanted.public), [village])


def _atlas(shown: state.Seen, wanted: Wanted, lang: str) -> bytes:
    source, unit = material(shown), wanted.unit
    towns = [unit[1]] if unit is not None and unit[0] == "township" else []
    asked = Asked(lang, towns, wanted.public, search_keys(source.board))
    pages = atlas(source.board, source.lists, asked)
    return zipped({name: text.encode("utf-8") for name, text in pages.items()})


def shortened(paper: Paper) -> Paper:
    """Give a paper whose long tables end early, for a look at it."""
    return replace(paper, blocks=tuple(_short(block) for block in paper.blocks))


def _short(block: Block) -> Block:
    if isinstance(block, Beside):
        return Beside(tuple(_short(one) for one in block.parts))
    if isinstance(block, Table) and len(block.rows) > MOST_ROWS:
        return replace(block, rows=block.rows[:MOST_ROWS])
    return block
