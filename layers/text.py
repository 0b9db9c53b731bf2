"""Words and numbers as people read them, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction

from layers.facts import words

LANGUAGES = ("zh", "en")
_DROPPED = re.compile(r"[\s_\-()\[\]{}<>/\\.,:;#*'\"、·]+")


def t(key: str, lang: str = "zh", **values: object) -> str:
    """
    Give the sentence for a key.

    Parameters
    ----------
    key
        Key of ``layers/words/*.toml``.
    lang
        ``zh`` or ``en``; anything else reads as ``zh``.
    values
        Fill the sentence's ``{name}`` places.

    Returns
    -------
    str
        The sentence; the key itself when it is not in the table, so that nothing is ever blank.

    Examples
    --------
    >>> t("status.met", "en")
    'Met'
    """
    entry = words().get(key)
    if entry is None:
        return key
    text = entry.get(lang if lang in LANGUAGES else "zh") or key
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def said(both: Mapping[str, str] | None, lang: str = "zh") -> str:
    """Give the title in one language from a ``{zh, en}`` table, else in the other."""
    if not both:
        return ""
    return both.get(lang) or next(iter(both.values()), "")


def percent(part: int | Fraction, whole: int | Fraction) -> str:
    """
    Print a share in per cent, cut off after one decimal: it never reads as a goal it misses.

    Parameters
    ----------
    part, whole
        The share is ``part / whole``.

    Returns
    -------
    str
        Such as ``79.9``; ``—`` when there is nothing to judge.

    Examples
    --------
    >>> percent(323, 404), percent(4, 5), percent(0, 0)
    ('79.9', '80.0', '—')
    """
    if not whole:
        return "—"
    head, tail = divmod(int(Fraction(part) * 1000 / Fraction(whole)), 10)
    return f"{head}.{tail}"


def plain(value: object) -> str:
    """
    Fold a head or a word so that case, width, spaces and brackets make no difference.

    Examples
    --------
    >>> plain("乡（镇）") == plain("乡镇"), plain("House_ID ")
    (True, 'houseid')
    """
    folded = unicodedata.normalize("NFKC", str(value)).casefold()
    return _DROPPED.sub("", folded)


_VILLAGE_ENDINGS = ("村民委员会", "村委会", "居委会", "行政村", "社区", "村")
_TOWN_ENDINGS = ("街道办事处", "办事处", "街道", "镇", "乡")


def _without(name: object, endings: tuple[str, ...]) -> str:
    folded = plain(name)
    for ending in endings:
        if folded.endswith(ending) and len(folded) > len(ending):
            return folded.removesuffix(ending)
    return folded


def village_key(name: object) -> str:
    """
    Fold a village name to what it is compared by.

    Examples
    --------
    >>> village_key("王家庄村"), village_key("王家庄村委会"), village_key("村")
    ('王家庄', '王家庄', '村')
    """
    return _without(name, _VILLAGE_ENDINGS)


def township_key(name: object) -> str:
    """
    Fold a township name to what it is compared by.

    Examples
    --------
    >>> township_key("东沟镇") == township_key("东沟")
    True
    """
    return _without(name, _TOWN_ENDINGS)
