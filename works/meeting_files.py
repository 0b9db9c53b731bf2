"""The files of a meeting: each paper in the form it is used in, numbered in their order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from layers.text import t
from works.papers.files import render
from works.papers.model import Figure, Paper, Sign
from works.papers.teller import file_name

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same papers give the same bytes."""


def forms(paper: Paper) -> tuple[str, ...]:
    """
    Give the kinds of file a paper is used as.

    Parameters
    ----------
    paper
        A drawing alone is a picture to show. What has a drawing among its text is printed, and
        sent as a picture too. A letter, dated at its foot, is a text somebody goes on writing;
        other tables are also a workbook to sort and filter.
    """
    blocks = list(paper.each())
    if all(isinstance(block, Figure) for block in blocks):
        return (".png",)
    if any(isinstance(block, Figure) for block in blocks):
        return (".docx", ".pdf", ".png")
    letter = any(isinstance(block, Sign) and block.dated for block in blocks)
    return (".docx",) if letter or not paper.tables else (".docx", ".xlsx")


def meeting_names(papers: Sequence[Paper], lang: str) -> list[str]:
    """Give the names of the files, in order."""
    named = [f"{stem}{suffix}" for stem, paper in _numbered(papers) for suffix in forms(paper)]
    return [*named, f"{len(papers) + 1}-{_text_name(lang)}.txt"]


def meeting_files(papers: Sequence[Paper], paste: str, lang: str) -> dict[str, bytes]:
    """
    Write the files of a meeting.

    Parameters
    ----------
    papers
        What was written for it, in order.
    paste
        The text to paste into a chat.
    lang
        Language of the names.

    Returns
    -------
    dict
        Name to bytes.
    """
    made = {
        f"{stem}{suffix}": render([paper], suffix)
        for stem, paper in _numbered(papers)
        for suffix in forms(paper)
    }
    return made | {meeting_names(papers, lang)[-1]: text_file(paste)}


def text_file(text: str) -> bytes:
    """Give a text as a file whose mark tells the editor of an office PC that it is UTF-8."""
    return (text.replace("\n", "\r\n") + "\r\n").encode("utf-8-sig")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            # zipfile marks a name that is not ASCII as UTF-8 by itself.
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            out.writestr(info, content)
    return packed.getvalue()


def _text_name(lang: str) -> str:
    return file_name(t("reports.paste", lang))


def _numbered(papers: Iterable[Paper]) -> list[tuple[str, Paper]]:
    return [(f"{n}-{file_name(paper.name)}", paper) for n, paper in enumerate(papers, 1)]
