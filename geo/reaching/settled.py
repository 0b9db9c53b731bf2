"""Of equally good ways to share out capacity the one that goes by the order of the ids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_SINK = -1


def settled(
    used: list[dict[int, int]], tight: Sequence[Sequence[int]], room: Sequence[int | None]
) -> None:
    """
    Let the first subject use the first facility most, as far as that costs nobody anything.

    Parameters
    ----------
    used
        What each of n subjects uses: facility to amount. Changed in place.
    tight
        The facilities each subject may use at no other cost, in their order.
    room
        What each of m facilities could give beside; None where it is full and must stay so.

    Notes
    -----
    ``used`` is one of the cheapest ways to serve the same people, so every other one differs from
    it by closed chains of moves among ``tight``. Subject by subject, and for each from the first
    facility on, such chains are sought that bring more of it there without touching the subjects
    before. Facilities in no such ring are left alone, which is nearly all of them where distances
    are measured and not made up.
    """
    rings = _in_rings(tight, room)
    free = [one for one, places in enumerate(tight) if sum(p in rings for p in places) > 1]
    if not free:
        return
    left = [spare if spare is not None else 0 for spare in room]
    at_sink = {place for place, spare in enumerate(room) if spare is not None and place in rings}
    moves: list[dict[int, set[int]]] = [{} for _ in room]
    for one in free:
        for place in used[one]:
            _link(moves, one, place, tight[one], add=True)
    into: list[set[int]] = [set() for _ in room]
    for one in free:
        for place in tight[one]:
            into[place].update(tight[one])
    for one in free:
        for place in used[one]:
            _link(moves, one, place, tight[one], add=False)
        while _improve(one, used, tight, moves, into, left, at_sink):
            pass


def _link(
    moves: list[dict[int, set[int]]], one: int, place: int, places: Sequence[int], *, add: bool
) -> None:
    for other in places:
        if other != place and place < len(moves):
            some = moves[place].setdefault(other, set())
            (some.add if add else some.discard)(one)


def _improve(
    one: int,
    used: list[dict[int, int]],
    tight: Sequence[Sequence[int]],
    moves: list[dict[int, set[int]]],
    into: Sequence[set[int]],
    left: list[int],
    at_sink: set[int],
) -> bool:
    """Bring some of a subject to an earlier facility by a closed chain of moves, if there is."""
    best: tuple[int, list[int]] | None = None
    for donor in sorted((place for place in used[one] if place < len(left)), reverse=True):
        towards = _who_reaches(donor, moves, into, left, at_sink)
        first = next((p for p in tight[one] if p in towards and p < donor), donor)
        if first < donor and (best is None or first < best[0]):
            best = first, _chain(first, donor, towards)
    if best is None:
        return False
    _push(one, best[1], used, tight, moves, left)
    return True


def _chain(place: int, donor: int, towards: dict[int, int]) -> list[int]:
    chain = [place]
    while chain[-1] != donor:
        chain.append(towards[chain[-1]])
    return chain


def _push(
    one: int,
    chain: list[int],
    used: list[dict[int, int]],
    tight: Sequence[Sequence[int]],
    moves: list[dict[int, set[int]]],
    left: list[int],
) -> None:
    """Move as much as can be along a chain, and the subject from its end to its beginning."""
    place, donor = chain[0], chain[-1]
    steps = list(pairwise(chain))
    movers = [(min(moves[here][there]), here, there) for here, there in steps
              if _SINK not in (here, there)]  # fmt: skip
    rooms = [left[here] for here, there in steps if there == _SINK]
    size = min(used[one][donor], *rooms, *(used[mover][here] for mover, here, _ in movers))
    for here, there in steps:
        if there == _SINK:
            left[here] -= size
        elif here == _SINK:
            left[there] += size
    for mover, here, there in movers:
        _shift(used[mover], here, there, size)
        if here not in used[mover]:
            _link(moves, mover, here, tight[mover], add=False)
        _link(moves, mover, there, tight[mover], add=True)
    _shift(used[one], donor, place, size)


def _shift(mine: dict[int, int], here: int, there: int, size: int) -> None:
    mine[here] -= size
    mine[there] = mine.get(there, 0) + size
    if not mine[here]:
        del mine[here]


def _who_reaches(
    donor: int,
    moves: list[dict[int, set[int]]],
    into: Sequence[set[int]],
    left: list[int],
    at_sink: set[int],
) -> dict[int, int]:
    """Give the facilities from which load can be moved to the donor, each with the next step."""
    towards = {donor: donor}
    queue = [donor]
    for place in queue:
        if place == _SINK:
            before = sorted(p for p in at_sink if left[p] > 0)
        else:
            before = [p for p in sorted(into[place]) if moves[p].get(place)]
            if place in at_sink:
                before.append(_SINK)
        for other in before:
            if other not in towards:
                towards[other] = place
                queue.append(other)
    return towards


def _in_rings(tight: Sequence[Sequence[int]], room: Sequence[int | None]) -> set[int]:
    """
    Give the facilities that may lie on a closed chain of moves.

    Subjects, facilities and the sink are joined where load may move; what hangs on by one thread
    only is taken off until nothing does.
    """
    by_subject = {one: set(places) for one, places in enumerate(tight) if len(places) > 1}
    by_place: dict[int, set[int]] = {}
    for one, places in by_subject.items():
        for place in places:
            by_place.setdefault(place, set()).add(one)
    open_ones = {place for place in by_place if room[place] is not None}
    queue = [*by_place]
    while queue:
        place = queue.pop()
        degree = len(by_place[place]) + (place in open_ones and len(open_ones) > 1)
        if degree > 1 or not by_place[place]:
            continue
        (one,) = by_place[place]
        by_place[place].clear()
        open_ones.discard(place)
        by_subject[one].discard(place)
        if len(by_subject[one]) == 1:
            (last,) = by_subject[one]
            by_subject[one].clear()
            by_place[last].discard(one)
            queue.append(last)
        if len(open_ones) == 1:
            queue.extend(open_ones)
    return {place for place, some in by_place.items() if some}
