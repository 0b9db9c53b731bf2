"""Refusals: why a file was not taken, in one sentence of both languages, and a way on."""

from __future__ import annotations

from collections.abc import Sequence

from layers.errors import DataError
from layers.proposal import Proposal
from layers.text import t


class RefusalError(DataError):
    """
    A file that is not taken; nothing of it is stored.

    Parameters
    ----------
    code
        Key ``refused.<code>`` of the words: what was found and what to do.
    name
        Name of the file as the person knows it.
    where
        What in it: a column, a member of an archive; '' for the whole file.
    proposals
        What the person may say so that the file is taken, each with its reason.
    values
        Fill the sentence's ``{name}`` places.
    """

    def __init__(
        self,
        code: str,
        name: str,
        *,
        where: str = "",
        proposals: Sequence[Proposal] = (),
        **values: object,
    ) -> None:
        self.code = code
        self.name = name
        self.where = where
        self.proposals = tuple(proposals)
        self.values = values
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give ``<file>[, where]: what was found. What to do.`` and what is proposed."""
        place = ", ".join(part for part in (self.name, self.where) if part)
        told = " ".join(one.message(lang) for one in self.proposals)
        return f"{place}: {t(f'refused.{self.code}', lang, **self.values)} {told}".rstrip()
