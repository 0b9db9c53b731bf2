"""The guide: what the page of help says, read from its table and searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from layers.facts import checked, data_dir, load_toml
from layers.text import plain, said, t

FILE = "help.toml"

Both = Mapping[str, str]
"""A text in both languages: ``zh`` and ``en``."""


@dataclass(frozen=True)
class Meaning:
    """
    A word and what it means.

    Attributes
    ----------
    word, says
        The word, and its meaning.
    status
        The status whose sign stands before it; '' for none.
    """

    word: Both
    says: Both
    status: str = ""


@dataclass(frozen=True)
class Part:
    """
    One part of the guide.

    Attributes
    ----------
    id, title
        Its name in an address, and its heading.
    say
        Its sentences.
    row
        Words it explains, in a table.
    page
        The page it leads to; '' for none.
    """

    id: str
    title: Both
    say: tuple[Both, ...] = ()
    row: tuple[Meaning, ...] = ()
    page: str = ""

    def holds(self, asked: str, lang: str) -> bool:
        """Tell whether a folded text stands somewhere in it."""
        texts = [self.title, *self.say, *(one for row in self.row for one in (row.word, row.says))]
        return any(asked in plain(said(one, lang)) for one in texts)


@dataclass(frozen=True)
class Word:
    """A word of the glossary: its key among the words, and what it means."""

    key: str
    says: Both

    def holds(self, asked: str, lang: str) -> bool:
        """Tell whether a folded text stands in it."""
        return asked in plain(t(self.key, lang)) or asked in plain(said(self.says, lang))


@dataclass(frozen=True)
class Guide:
    """The whole guide: its parts, and its glossary."""

    part: tuple[Part, ...]
    word: tuple[Word, ...]

    def find(self, asked: str, lang: str) -> Guide:
        """
        Give what holds a text, whatever its case, width and spaces.

        Parameters
        ----------
        asked
            What the reader typed; nothing gives all.
        lang
            ``zh`` or ``en``.
        """
        wanted = plain(asked)
        return Guide(
            tuple(one for one in self.part if one.holds(wanted, lang)),
            tuple(one for one in self.word if one.holds(wanted, lang)),
        )


@cache
def guide() -> Guide:
    """
    Read the guide.

    Raises
    ------
    DataError
        If its file is missing or not TOML.
    StandardError
        If a key of it is not known.
    """
    return checked(Guide, load_toml(data_dir() / FILE), FILE)
