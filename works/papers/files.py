"""Papers as files: Word, Excel, PDF, HTML and a picture, all from the same blocks.

:func:`render` is all that the rest of the planner needs. The house style is the same in all kinds:
A4 with margins of 37 mm above and 28 mm at the left (a text block of 156 x 225 mm), titles of 22
points, text of 16 points on lines of 28 points, tables with a grey head and the total first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from layers.errors import UsageError
from layers.text import t
from works.papers import typst_out
from works.papers.docx_out import docx
from works.papers.html_out import html
from works.papers.model import Paper
from works.papers.xlsx_out import xlsx

KINDS = (".docx", ".xlsx", ".pdf", ".html", ".png")


def render(papers: Sequence[Paper], suffix: str) -> bytes:
    """
    Write papers as one file.

    Parameters
    ----------
    papers
        One or more; each begins on a new page, its tables on sheets of their own. Their language
        and the file's title are those of the first.
    suffix
        One of :data:`KINDS`. ``.png`` shows the first page of the first paper, 1080 pixels wide.

    Returns
    -------
    bytes
        The file. The same papers give the same bytes.

    Raises
    ------
    UsageError
        If there is no such kind of file, or no paper.
    DataError
        If a PDF or picture needs Chinese characters and this computer has no font with them.
    """
    if suffix not in _WRITERS:
        lang = papers[0].lang if papers else "zh"
        raise UsageError(t("paperfile.no_kind", lang, suffix=suffix, kinds=" ".join(KINDS)))
    if not papers:
        raise UsageError(t("paperfile.nothing"))
    return _WRITERS[suffix](papers)


def previewed(papers: Sequence[Paper]) -> list[bytes]:
    """Give every page of papers as a PNG, to be looked at on a screen."""
    return typst_out.pictures(papers)


def page_count(papers: Sequence[Paper]) -> int:
    """Count the pages papers take as a PDF."""
    return typst_out.pages(papers)


def _picture(papers: Sequence[Paper]) -> bytes:
    return typst_out.picture(papers[0])


_WRITERS: dict[str, Callable[[Sequence[Paper]], bytes]] = {
    ".pdf": typst_out.pdf,
    ".png": _picture,
    ".docx": docx,
    ".xlsx": xlsx,
    ".html": html,
}
