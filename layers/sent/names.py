"""Names of villages as people write them: what is nearly one, for a person to accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from layers.errors import UsageError
from layers.facts import HERE, load_toml
from layers.findings import numbers
from layers.places import OTHER_NAMES, other_names, stated_village
from layers.proposal import Proposal
from layers.text import plain, township_key, village_key

LEAST = 0.35
"""What is less likely than this is not proposed."""
MOST = 3
"""Villages proposed for one written name."""
ALIKE = {
    "village_variant": 0.95,
    "village_prefix": 0.95,
    "village_bracket": 0.8,
    "village_part": 0.7,
    "village_merged": 0.6,
}
"""How sure each way is in which a written name holds a village's name."""
SOUND, FAMILY, ONE_SIGN, ONE_MORE = 0.85, 0.8, 0.6, 0.5
ELSEWHERE, NO_TOWN = 0.4, 0.8
_BRACKET = re.compile(r"^(.+?)[(（\[【](.+?)[)）\]】]\s*$")
_GROUP = re.compile(r"^(.+?)(?:第?[一二三四五六七八九十\d]+)(?:村民小组|小组|组|社|队|屯)$")
_INSIDE = re.compile(r"^(.{2,}?村).{1,6}(?:组|社|队|屯|庄|自然村)$")
_JOINED = re.compile(r"[、,，/+和与]|原")
_MARKS = re.compile(r"[、;；,，|/]+")
_ORDER = re.compile(r"^第|[第号]$")
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(frozen=True)
class _Signs:
    """What is known of signs: other forms, sounds, and signs that tell places apart."""

    forms: Mapping[int, str]
    sounds: Mapping[str, frozenset[int]]
    apart: frozenset[str]


@cache
def _signs() -> _Signs:
    table = load_toml(HERE / "sent" / "signs.toml")
    written, meant = table["forms"]["written"], table["forms"]["meant"]
    sounds: dict[str, set[int]] = {}
    for number, group in enumerate(table["sounds"]["alike"]):
        for sign in group:
            sounds.setdefault(sign, set()).add(number)
    return _Signs(
        dict(zip(map(ord, written), meant, strict=True)),
        {sign: frozenset(groups) for sign, groups in sounds.items()},
        frozenset(table["apart"]["signs"]),
    )


def simplified(text: str) -> str:
    """Give a text with the present form of signs that have several: 莊 becomes 庄."""
    return text.translate(_signs().forms)


def folded(name: object, key: Callable[[object], str] = village_key) -> str:
    """
    Fold a name so that other forms of its signs and ways to write numbers make no difference.

    Examples
    --------
    >>> folded("王家莊村") == folded("王家庄"), folded("第3村") == folded("三村")
    (True, True)
    """
    bare = key(key(simplified(plain(name))))
    return _ORDER.sub("", bare).translate(_DIGITS)


def likeness(written: str, meant: str) -> float:
    """
    Say how likely one folded name stands for another that differs from it in one sign.

    Examples
    --------
    >>> likeness("石乔", "石桥"), likeness("王庄", "王家庄"), likeness("东庄", "西庄")
    (0.85, 0.8, 0.0)
    """
    if not written or not meant or written == meant:
        return float(written == meant and bool(written))
    signs = _signs()
    if len(written) == len(meant):
        pairs = [(a, b) for a, b in zip(written, meant, strict=True) if a != b]
        if len(pairs) != 1 or all(sign in signs.apart for sign in pairs[0]):
            return 0.0
        one, other = (signs.sounds.get(sign, frozenset()) for sign in pairs[0])
        if one & other:
            return SOUND
        return ONE_SIGN if len(written) >= 3 and not signs.apart & set(pairs[0]) else 0.0
    short, long = sorted((written, meant), key=len)
    if len(long) - len(short) != 1 or len(short) < 2:
        return 0.0
    at = next((n for n, sign in enumerate(short) if sign != long[n]), len(short))
    if short[at:] != long[at + 1 :] or long[at] in signs.apart:
        return 0.0
    return FAMILY if long[at] == "家" else ONE_MORE


def _readings(name: str, prefixes: Iterable[str]) -> list[tuple[str, str]]:
    """Give what a written name may hold, folded, with how it holds it."""
    found = [(folded(name), "village_variant")]
    bare = simplified(plain(name))
    for prefix in prefixes:
        if bare.startswith(prefix) and len(bare) > len(prefix) + 1:
            found.append((folded(bare.removeprefix(prefix)), "village_prefix"))
    bracket = _BRACKET.match(name.strip())
    if bracket:
        found.append((folded(bracket[1]), "village_bracket"))
    for pattern in (_GROUP, _INSIDE):
        part = pattern.match(plain(name))
        if part:
            found.append((folded(part[1]), "village_part"))
    inner = bracket[2] if bracket else name
    pieces = [piece for piece in _JOINED.split(inner) if len(piece.strip()) > 1]
    if bracket or len(pieces) > 1:
        found += [(folded(piece), "village_merged") for piece in pieces]
    return found


@dataclass(frozen=True)
class _Known:
    """The villages of a project, folded."""

    ids: list[str]
    names: list[str]
    towns: list[str]
    prefixes: tuple[str, ...]


def _known(villages: pd.DataFrame) -> _Known:
    prefixes: set[str] = set()
    for column in ("county", "township"):
        for value in villages[column].dropna().unique() if column in villages.columns else ():
            whole = simplified(plain(value))
            prefixes |= {whole, township_key(whole)}
    counties = [p for p in prefixes if p.endswith(("县", "区", "市"))]
    prefixes |= {county + town for county in counties for town in set(prefixes)}
    towns = (
        villages["township"] if "township" in villages.columns else villages["id"].map(lambda _: "")
    )
    return _Known(
        [str(one) for one in villages["id"]],
        [folded(name) for name in villages["name"]],
        ["" if pd.isna(town) else folded(town, township_key) for town in towns],
        tuple(sorted((p for p in prefixes if len(p) > 1), key=len, reverse=True)),
    )


def propose(frame: pd.DataFrame, villages: pd.DataFrame) -> list[Proposal]:
    """
    Propose villages for rows that name one the project does not know.

    Parameters
    ----------
    frame
        Rows of a layer, the index counting from 1; may have ``township`` and ``village``.
    villages
        The villages of the project.

    Returns
    -------
    list of Proposal
        Option ``village``, value ``TOWN/NAME=VILLAGE_ID`` as ``accepted`` reads it, the likeliest
        first for each written name; nothing is applied.
    """
    if "village" not in frame.columns or not len(frame) or not len(villages):
        return []
    _, failed = stated_village(frame, villages)
    open_ = frame[failed & frame["village"].notna()]
    if open_.empty:
        return []
    towns = (
        open_["township"] if "township" in open_.columns else open_["village"].map(lambda _: None)
    )
    pairs: dict[tuple[str, str], list[Any]] = {}
    for row, town, name in zip(open_.index, towns, open_["village"], strict=True):
        pairs.setdefault(("" if pd.isna(town) else str(town), str(name)), []).append(row)
    known = _known(villages)
    titles = dict(zip(known.ids, villages["name"].astype(str), strict=True))
    found: list[Proposal] = []
    for (town, name), rows in pairs.items():
        written = "/".join(_bare(part) for part in (town, name) if part)
        for village, code, certain in _candidates(town, name, known):
            detail = f"{written} → {titles[village]}"
            found.append(
                Proposal("village", f"{written}={village}", code, detail, certain, numbers(rows))
            )
    return found


def _bare(name: str) -> str:
    """Leave out the signs that stand between other names; they make no difference to a name."""
    return _MARKS.sub("", name).strip()


def _candidates(town: str, name: str, known: _Known) -> list[tuple[str, str, float]]:
    """Give the likeliest villages of a written name: id, why, how sure."""
    readings = _readings(name, known.prefixes)
    near = (
        _near_towns(folded(town, township_key), known) if town else dict.fromkeys(known.towns, 1.0)
    )
    best: dict[str, tuple[str, float]] = {}
    for village, own, its_town in zip(known.ids, known.names, known.towns, strict=True):
        sure = near.get(its_town, 0.0)
        options = [(code, ALIKE[code]) for form, code in readings if form == own]
        form, code = readings[0][0], "village_alike"
        options += [(code, alike)] if (alike := likeness(form, own)) and alike < 1 else []
        if not options:
            continue
        code, certain = max(options, key=lambda one: one[1])
        if not sure:
            code, certain = "village_elsewhere", certain * ELSEWHERE
        elif sure < 1 and code == "village_variant":
            code, certain = "township_alike", sure
        else:
            certain *= sure
        best[village] = (code, certain)
    top = sorted(best.items(), key=lambda one: (-one[1][1], one[0]))
    shared = sum(certain == top[0][1][1] for _, (_, certain) in top) if top else 1
    told = [(village, code, round(certain / shared, 2)) for village, (code, certain) in top]
    return [one for one in told if one[2] >= LEAST][:MOST]


def _near_towns(town: str, known: _Known) -> dict[str, float]:
    """Say how likely each township of the project is meant by a written one."""
    every = set(known.towns)
    if town in every:
        return {town: 1.0}
    found = {one: likeness(town, one) for one in every}
    near = {one: alike for one, alike in found.items() if alike}
    return near or dict.fromkeys(every, NO_TOWN)


def accepted(villages: pd.DataFrame, said: Iterable[str]) -> pd.DataFrame:
    """
    Give villages another name each, as a person accepted it.

    Parameters
    ----------
    villages
        The villages of a project; not changed.
    said
        ``NAME=VILLAGE_ID`` or ``TOWN/NAME=VILLAGE_ID``.

    Returns
    -------
    pandas.DataFrame
        The villages with their other names.

    Raises
    ------
    UsageError
        If one is no such pair, there is no such village, or the name is another village's.
    """
    result = villages.copy()
    if OTHER_NAMES not in result.columns:
        result[OTHER_NAMES] = pd.Series(None, index=result.index, dtype="str")
    for one in said:
        written, _, village = (part.strip() for part in one.rpartition("="))
        if not written or not village or not plain(written.rpartition("/")[2]):
            msg = (
                f"--accept {one}: is not WRITTEN=VILLAGE. Write the name, =, and the village's id."
            )
            raise UsageError(msg)
        here = result["id"].astype(str) == village
        if not here.any():
            msg = f"--accept {one}: there is no village {village}. Use an id of the village list."
            raise UsageError(msg)
        _check_free(result, written, village)
        row = result.index[here][0]
        names = other_names(result.loc[row, OTHER_NAMES])
        if written not in names:
            result.loc[row, OTHER_NAMES] = "、".join([*names, written])
    return result


def _check_free(villages: pd.DataFrame, written: str, village: str) -> None:
    town, _, name = written.rpartition("/")
    asked = pd.DataFrame({"township": [town or None], "village": [name]}, dtype="str")
    there = stated_village(asked, villages)[0].iloc[0]
    if not pd.isna(there) and str(there) != village:
        msg = f"--accept {written}={village}: is the name of {there}. Correct the rows instead."
        raise UsageError(msg)


def kept_names(old: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    """Carry other names over to a new list of the same villages: by id, else by town and name."""
    if old is None or OTHER_NAMES not in old.columns or old[OTHER_NAMES].isna().all():
        return new
    result = new.copy()
    if OTHER_NAMES not in result.columns:
        result[OTHER_NAMES] = pd.Series(None, index=result.index, dtype="str")
    named = old[old[OTHER_NAMES].notna()]
    asked = pd.DataFrame({"village": named["name"].astype("str"), "village_id": named["id"]})
    if "township" in named.columns:
        asked["township"] = named["township"]
    here, _ = stated_village(asked, result)
    places = {str(village): row for row, village in zip(result.index, result["id"], strict=True)}
    for names, village in zip(named[OTHER_NAMES], here, strict=True):
        if not pd.isna(village):
            row = places[str(village)]
            both = dict.fromkeys([*other_names(result.loc[row, OTHER_NAMES]), *other_names(names)])
            result.loc[row, OTHER_NAMES] = "、".join(both)
    return result
