"""The text to paste into a chat: as long as a phone shows it, in each language."""

from __future__ import annotations

from works.board import Board
from works.papers.totals import check_totals
from works.progress.overall import Progress


def paste_text(board: Board, progress: Progress, lang: str) -> str:
    """
    Write the text to paste into a chat.

    Parameters
    ----------
    board, progress
        What people read off the assessment, and the places and moves of the period.
    lang
        ``zh`` (at most 150 characters) or ``en`` (at most 400 letters: ``notice.LONGEST``).

    Raises
    ------
    ConservationError
        If a total does not add up: then there is no text.
    """
    check_totals(board)
    return progress.notice(lang)
