"""Sentences in pieces: words of ours, text from data, and figures that lead to what they count.

A sentence is a row of pieces. A piece that leads somewhere names the page and the choices that
show what its figure counts; who writes the sentence down decides what becomes of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.escape import esc
from layers.facts import words
from layers.text import t


@dataclass(frozen=True)
class Piece:
    """Plain text; a figure is ``strong``, and may lead to a ``page`` with ``choices`` made."""

    text: str
    strong: bool = False
    page: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """Give the sentence as plain text."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def html(self) -> str:
        """Give the sentence as HTML, its figures bold."""
        return "".join(
            f"<b>{esc(piece.text)}</b>" if piece.strong else esc(piece.text)
            for piece in self.pieces
        )


class Speech:
    """
    Fills sentences with pieces: text from data never meets the places a sentence has to fill.

    Examples
    --------
    >>> speech = Speech("en")
    >>> [piece.text for piece in speech.pieces(speech.say("over.met", n=speech.bold("3")))]
    ['3', ' met']
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._held: list[Piece] = []

    def say(self, key: str, **values: object) -> str:
        """Give words of ours with their places filled."""
        return t(key, self.lang, **values)

    def _hold(self, piece: Piece) -> str:
        self._held.append(piece)
        return f"\0{len(self._held) - 1}\0"

    def data(self, text: str) -> str:
        """Put in text from data."""
        return self._hold(Piece(text))

    def bold(self, text: str, page: str = "", **choices: str) -> str:
        """Put in a figure, and where it leads."""
        return self._hold(Piece(text, True, page, choices))

    def count(self, key: str, n: int, page: str = "", **choices: str) -> str:
        """Put in a number with its word, in English the one for a single thing beside 1."""
        one = f"{key}.one" if n == 1 and self.lang == "en" and f"{key}.one" in words() else key
        return self.bold(self.say(one, n=n), page, **choices)

    def pieces(self, sentence: str) -> tuple[Piece, ...]:
        """Give a filled sentence piece by piece."""
        parts = re.split("\0(\\d+)\0", sentence)
        found = [self._held[int(part)] if n % 2 else Piece(part) for n, part in enumerate(parts)]
        return tuple(piece for piece in found if piece.text)
