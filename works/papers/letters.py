"""Letters on paper: what may be printed, how much room it takes, where a long word may break."""

from __future__ import annotations

import re
import unicodedata

_NOT_SHOWN = re.compile(
    # Control signs, halves of signs, and marks that turn the rest of a line around.
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_ENDS = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\s\u200b\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")
_NARROW, _WIDE_LETTERS = frozenset("fijlrt.,:;!|'()[]"), frozenset("mwMW@%")


def clean(text: object, *, lines: bool = False) -> str:
    r"""
    Give a text without what no paper can hold: control signs and marks that turn a line around.

    Parameters
    ----------
    text
        Any text.
    lines
        Whether its line ends stay.

    Examples
    --------
    >>> clean("a\x00b\u202ec\r\nd"), clean("a\r\nb", lines=True)
    ('abc d', 'a\nb')
    """
    kept = _NOT_SHOWN.sub("", _ENDS.sub("\n", str(text)).replace("\t", " "))
    return kept if lines else kept.replace("\n", " ")


def is_chinese(text: str) -> bool:
    """
    Tell whether a text needs a font with Chinese characters.

    Examples
    --------
    >>> is_chinese("ok"), is_chinese("80%（户）")
    (False, True)
    """
    return _CHINESE.search(text) is not None


def breadth(text: str) -> float:
    """
    Give the room a line of text takes, in heights of its letters.

    Examples
    --------
    >>> breadth("达标"), round(breadth("79.1"), 2)
    (2.0, 1.98)
    """
    return sum(_room(letter) for letter in text)


def _room(letter: str) -> float:
    if letter < "\u0300":
        if letter in _NARROW:
            return 0.3
        if letter in _WIDE_LETTERS:
            return 0.95
        return 0.72 if letter.isupper() else 0.56
    # Signs such as 、 — “ are as wide as a character in a Chinese font.
    return 0.0 if unicodedata.combining(letter) or letter == "\u200b" else 1.0


def longest_word(text: str) -> float:
    """
    Give the room of the longest piece of a text that no line end may divide.

    Examples
    --------
    >>> longest_word("达标 village")
    3.14
    """
    words = [breadth(word) for word in _WORD.findall(text)]
    return round(max([*words, 1.0 if _CHINESE.search(text) else 0.0]), 2)


def soft(text: str, room: float) -> str:
    r"""
    Let words that are wider than their line break anywhere.

    Parameters
    ----------
    text
        A text.
    room
        The width of the line in heights of its letters.

    Examples
    --------
    >>> soft("ab abcdefgh", 3).count("\u200b"), soft("ab abc", 3)
    (7, 'ab abc')
    """

    def divided(found: re.Match[str]) -> str:
        word = found[0]
        # Marks above a letter stay with it.
        return (
            word
            if breadth(word) <= room
            else re.sub(r"(?<=\w|\W)(?=[^\u0300-\u036f])", "\u200b", word)
        )

    return _WORD.sub(divided, text)
