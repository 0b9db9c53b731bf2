"""How a figure came about (口径说明): who is counted, by which rule, from which source."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.target import Target
from layers.text import said, t
from works.board import Board, Row
from works.figures import amount_text, date_text, exact, number
from works.standards.spoken import rule
from works.sureness import in_words


@dataclass(frozen=True)
class Explained:
    """
    What stands behind a figure, as plain text.

    Attributes
    ----------
    target, title
        The target and what people call it.
    lines
        What is told under which head: keys of words to sentences.
    """

    target: str
    title: str
    lines: tuple[tuple[str, str], ...]


def explained(
    board: Board, target: str, lang: str, place: tuple[str, str] | None = None
) -> Explained:
    """
    Say how the figure of a target came about.

    Parameters
    ----------
    board
        What people read off the assessment.
    target
        Its id.
    lang
        ``zh`` or ``en``.
    place
        Level and id of the place whose figure it is; the whole when not given.

    Returns
    -------
    Explained
        Who is counted, what is asked, the goal, who is left out, the sum that must hold, the
        source and how sure it is, the standard with the day of the data.
    """
    wanted, row = board.targets[target], board.row(*(place or board.top), target)
    at = 0 if lang == "zh" else 1
    words = rule(wanted)
    told = [
        ("explain.counted", words.counted[at]),
        ("explain.asked", words.asked[at]),
        ("explain.goal", words.goal[at]),
        ("explain.aside", _aside(words.more[at], row, lang)),
        ("explain.sum", _sum(row, lang)),
        ("explain.source", _source(board, wanted, lang)),
        ("explain.sure", in_words(wanted, lang)),
        ("explain.standard", _standard(board, lang)),
    ]
    lines = tuple((key, _bare(line)) for key, line in told if line)
    return Explained(target, board.title(target, lang), lines)


def _bare(line: str) -> str:
    """Take off the head a sentence of a rule begins with: the line has one of its own."""
    bare = re.sub(r"^(统计对象|核查|目标)：|^(Counted|Asked|Goal): ", "", line)
    return bare[:1].upper() + bare[1:]


def _aside(more: str, row: Row | None, lang: str) -> str:
    """Say who is left out, and how many that is here."""
    if row is None or not exact(row["excluded"]):
        return more
    here = t("explain.aside_here", lang, n=amount_text(row["excluded"], row["unit"], lang))
    return " ".join(filter(None, (more, here))) if lang == "en" else more + here


def _sum(row: Row | None, lang: str) -> str:
    if row is None or row["status"] in ("not_assessed", "not_applicable"):
        return t("explain.no_sum", lang)
    return t(
        "explain.sum_is",
        lang,
        met=number(row["met"]),
        unmet=number(row["unmet"]),
        unknown=number(row["unknown"]),
        amount=amount_text(row["amount"], row["unit"], lang),
    )


def _source(board: Board, target: Target, lang: str) -> str:
    """Name the sources by their titles; a tag without one stands as it is."""
    known = board.assessment.standard.sources
    tags = [one for one in re.split(r"\s*;\s*", str(target.source)) if one]
    names = [said(known[one], lang) if one in known else one for one in tags]
    return t("say.joint", lang).join(names) or t("explain.no_source", lang)


def _standard(board: Board, lang: str) -> str:
    found = board.assessment
    return t(
        "explain.standard_is",
        lang,
        title=said(found.standard.title, lang),
        label=found.standard.label,
        day=date_text(found.as_of, lang),
        data=found.data_version,
    )
