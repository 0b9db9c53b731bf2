"""Angles as people write them: degrees, minutes and seconds, or degrees with a decimal comma."""

from __future__ import annotations

import re
import unicodedata

_HALVES = {"N": 1, "E": 1, "S": -1, "W": -1, "北": 1, "东": 1, "南": -1, "西": -1}
_WORDS = re.compile(r"经度?|纬度?|longitude|latitude|lon\b|lat\b|[:=]", re.IGNORECASE)
_DEGREES = "°º˚度dD*"
_MINUTES = "'′’‘´`分mM"
_SECONDS = '"″”“秒sS'
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_MARKED = re.compile(
    rf"{_NUMBER}\s*[{_DEGREES}]\s*(?:{_NUMBER}\s*(?:[{_MINUTES}]|$)\s*)?"
    rf"(?:{_NUMBER}\s*(?:[{_SECONDS}]|['′’]{{2}}|$))?"
)
_BARE = re.compile(r"(\d{1,3})[\s:\-]+(\d{1,2}(?:[.,]\d+)?)(?:[\s:\-]+(\d{1,2}(?:[.,]\d+)?))?")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")


def degrees_of(text: str) -> float | None:
    """
    Read an angle: 104.95, 104,95, 104°57'00"E, 东经104度57分, 104 57 0, 104°57.5'.

    Parameters
    ----------
    text
        One angle as a person wrote it.

    Returns
    -------
    float or None
        Degrees, negative in the south and west; None when it is no angle or impossible, such as
        75 minutes.

    Examples
    --------
    >>> degrees_of("104°57'00''E"), degrees_of("北纬25度6分"), degrees_of("104 57 0")
    (104.95, 25.1, 104.95)
    >>> degrees_of("33°30'S"), degrees_of("104,95"), degrees_of("约104度"), degrees_of("104°75'")
    (-33.5, 104.95, None, None)
    """
    folded = unicodedata.normalize("NFKC", _plain_marks(text)).strip()
    folded = re.sub(r"[东西南北](?=经|纬)", lambda half: half[0] + " ", folded)
    folded = _WORDS.sub(" ", folded).strip()
    sign, folded = _half(folded)
    if folded.startswith(("-", "+")):
        sign = -sign if folded[0] == "-" else sign
        folded = folded[1:].strip()
    if _PLAIN.fullmatch(folded):
        return sign * float(folded.replace(",", "."))
    found = _MARKED.fullmatch(folded) or _BARE.fullmatch(folded)
    if found is None:
        return None
    degrees, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    if minutes >= 60 or seconds >= 60 or (degrees % 1 and (minutes or seconds)):
        return None
    return sign * round(degrees + minutes / 60 + seconds / 3600, 12)


def is_angle(text: str) -> bool:
    """
    Tell an angle in minutes from a plain number: the former deserves a word to the sender.

    Examples
    --------
    >>> is_angle("104°57'"), is_angle("104.95")
    (True, False)
    """
    return degrees_of(text) is not None and not _PLAIN.fullmatch(text.strip().lstrip("+-"))


def _plain_marks(text: str) -> str:
    """Keep marks that folding would take apart into a blank and an accent."""
    return text.replace("´", "'").replace("˚", "°").replace("º", "°").replace("″", '"')


def _half(text: str) -> tuple[int, str]:
    """Take N, S, E or W (or their Chinese words) off either end."""
    for part in (text[:1], text[-1:]):
        if part.upper() in _HALVES:
            rest = text[1:] if part == text[:1] else text[:-1]
            return _HALVES[part.upper()], rest.strip()
    return 1, text
