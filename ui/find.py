"""Finding villages by what people type: name, code, township, first letters of the pinyin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from layers.text import plain, township_key, village_key
from works.board import Board
from works.figures import text

VILLAGE, TOWNSHIP = "village", "township"
MOST = 12
"""So many places are offered for what was typed; more would be a list to search in itself."""
_LONGEST = 40
_SYLLABLES = 12
"""A name is read as far as this: nobody types more letters than that to find a village."""

Readings = Sequence[frozenset[str]]


@dataclass(frozen=True)
class Place:
    """
    A village or township that can be found.

    Attributes
    ----------
    kind
        ``village`` or ``township``.
    id
        Id of the village, or of the township's unit.
    name, township
        As they are written; a township has no township.
    keys
        The name folded, without its ending; the township folded; the code.
    readings
        Every reading of every sign of the name, as letters; the name of a township before it.
    """

    kind: str
    id: str
    name: str
    township: str
    keys: tuple[str, str, str]
    readings: tuple[Readings, Readings]

    @property
    def label(self) -> str:
        """Give the name with the township, as plain text."""
        return f"{self.name} · {self.township}" if self.township else self.name


@cache
def readings_of(sign: str) -> frozenset[str]:
    """
    Give every way a sign is read, in letters without tones; the sign itself if it is no hanzi.

    Examples
    --------
    >>> sorted(readings_of("长")), sorted(readings_of("b"))
    (['chang', 'zhang'], ['b'])
    """
    from pypinyin import Style, pinyin

    made: list[list[str]] = pinyin(sign, style=Style.NORMAL, heteronym=True)
    (found,) = made or [[sign]]
    return frozenset(plain(one) for one in found) or frozenset([plain(sign)])


def spelled(typed: str, readings: Readings) -> bool:
    """
    Tell whether letters are the beginning of a name: per sign its first letter, or a whole reading.

    Parameters
    ----------
    typed
        Folded letters.
    readings
        Of each sign of the name.

    Examples
    --------
    >>> long = [readings_of(sign) for sign in "长乐村"]
    >>> [spelled(one, long) for one in ("cl", "zlc", "changl", "chan", "lc", "clx")]
    [True, True, True, True, False, False]
    """
    if not typed:
        return True
    if not readings:
        return False
    rest = readings[1:]
    return any(
        one.startswith(typed)
        or (typed.startswith(one) and spelled(typed[len(one) :], rest))
        or (one[:1] == typed[0] and spelled(typed[1:], rest))
        for one in readings[0]
        if one
    )


class Index:
    """
    All places of an assessment, read once.

    Parameters
    ----------
    places
        In their official order.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)

    def find(self, typed: str, most: int = MOST) -> list[Place]:
        """
        Find places, those that fit best first, equal ones in their official order.

        Parameters
        ----------
        typed
            A name or part of one, a code or its beginning, a township, first letters of the
            pinyin in any reading, or two of these with a space between: township and village.
        most
            So many at most.
        """
        words = [plain(one) for one in typed[:_LONGEST].replace("·", " ").split()]
        words = [one for one in words if one]
        if not words:
            return []
        ranked = [
            (rank, order)
            for order, place in enumerate(self.places)
            if (rank := _rank_of(words, place)) is not None
        ]
        return [self.places[order] for _, order in sorted(ranked)[:most]]

    def one(self, typed: str) -> Place | None:
        """Give the only place that is meant; None when there is none, or more than one."""
        found = self.find(typed, most=2)
        if len(found) > 1:
            # The whole name or code of one is the beginning of another's.
            mine = [one for one in found if _whole(typed, one)]
            found = mine if len(mine) == 1 else []
        return found[0] if found else None


def _whole(typed: str, place: Place) -> bool:
    folded = plain(typed)
    return folded in (plain(place.name), place.keys[0]) or folded == place.keys[2]


def _rank_of(words: Sequence[str], place: Place) -> int | None:
    """Tell how well words fit a place, 0 best; None if they do not."""
    ranks = [_rank(word, place) for word in words]
    if all(rank is not None for rank in ranks):
        return min(rank for rank in ranks if rank is not None)
    return None


def _rank(word: str, place: Place) -> int | None:
    name, town, code = place.keys
    whole, own = plain(place.name), place.readings[0]
    tests: tuple[Callable[[], bool], ...] = (
        lambda: word in (whole, name, code) or village_key(word) == name,
        lambda: whole.startswith(word),
        lambda: word.isascii() and spelled(word, own),
        lambda: word in whole,
        lambda: town != "" and (town.startswith(word) or township_key(word) == town),
        lambda: code.startswith(word),
        lambda: town != "" and _both(word, town, whole),
        lambda: word.isascii() and not word.isdigit() and _anywhere(word, place.readings),
    )
    return next((rank for rank, test in enumerate(tests) if test()), None)


def _both(word: str, town: str, name: str) -> bool:
    """Tell whether a word is township and village written together: 河川王家庄."""
    rest = word.removeprefix(town)
    return rest != word and name.startswith(rest.lstrip("镇乡街道"))


def _anywhere(word: str, readings: tuple[Readings, Readings]) -> bool:
    """Tell whether letters begin at a later sign, at the township, or run from it to the name."""
    own, town = readings
    later = any(spelled(word, own[start:]) for start in range(1, len(own)))
    # 河川镇 is left out or typed with its ending: hcwjz, hczwjz.
    return later or any(spelled(word, [*each, *own]) for each in (town, town[:-1]) if each and word)


_KNOWN: WeakKeyDictionary[Board, Index] = WeakKeyDictionary()


def index_of(board: Board) -> Index:
    """Give the index of an assessment, made once for it."""
    found = _KNOWN.get(board)
    if found is None:
        found = _KNOWN[board] = Index(_places(board))
    return found


def villages_meant(board: Board, asked: str) -> list[str]:
    """
    Give the villages an address may mean that names one as people do.

    Parameters
    ----------
    board
        The assessment.
    asked
        What the address says.

    Returns
    -------
    list of str
        Ids: one where only one is meant; those of a township where that is named; none, or several
        of at most ``MOST``, to choose from.
    """
    index = index_of(board)
    one = index.one(asked)
    if one is not None:
        return [one.id] if one.kind == VILLAGE else board.villages_of(one.id)
    return [place.id for place in index.find(asked) if place.kind == VILLAGE]


def _places(board: Board) -> Iterable[Place]:
    towns, names = board.townships(), board.assessment.villages["name"]
    for unit, name in board.units("township"):
        if board.villages_of(unit):
            keys = (township_key(name), "", plain(unit))
            yield Place(TOWNSHIP, unit, name, "", keys, (_readings(name), ()))
    for village, _ in board.of_villages():
        name, town = text(names.get(village)) or village, towns.get(village, "")
        keys = (village_key(name), township_key(town), plain(village))
        yield Place(VILLAGE, village, name, town, keys, (_readings(name), _readings(town)))


def _readings(name: str) -> tuple[frozenset[str], ...]:
    return tuple(readings_of(sign) for sign in plain(name)[:_SYLLABLES])
