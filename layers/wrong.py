"""Calls and data that cannot be planned with: one sentence, said in both languages by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layers.errors import DataError, PlannerError, UsageError
from layers.findings import layer_title
from layers.text import LANGUAGES, said, t

_MOST = 8


class _SaidError(PlannerError):
    """
    A refusal of both languages.

    Parameters
    ----------
    code
        Key ``wrong.<code>`` of the words: what was found and what to do.
    values
        Fill the sentence's ``{name}`` places: a text, a ``{zh, en}`` table, or a list of them, of
        which the first eight are named.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Give the sentence in a language."""
        told = {name: _worded(value, lang) for name, value in self.values.items()}
        return t(f"wrong.{self.code}", lang, **told)


class WrongCallError(_SaidError, UsageError):
    """The call itself is wrong, said in both languages."""


class WrongDataError(_SaidError, DataError):
    """Data that cannot be used, said in both languages."""


def _worded(value: object, lang: str) -> str:
    if isinstance(value, Mapping):
        return said(value, lang)
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = t("report.listing", lang).join(_worded(one, lang) for one in value[:_MOST])
        more = len(value) - _MOST
        return listed if more <= 0 else t("wrong.more", lang, listed=listed, n=more)
    return str(value)


def layer_named(layer: str) -> dict[str, str]:
    """
    Give a layer's name as people say it in Chinese, and its code elsewhere.

    Examples
    --------
    >>> layer_named("toilets")
    {'zh': '户厕', 'en': 'toilets'}
    """
    return {lang: layer_title(layer, lang) if lang == "zh" else layer for lang in LANGUAGES}
