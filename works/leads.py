"""Lead departments side by side: their targets, what is short, and who answers for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from layers.text import said
from layers.work_form import Item
from works.assignments.posts import given
from works.assignments.teams import ended
from works.board import OPEN, Board
from works.figures import STATUSES, text
from works.lists import LISTS, Lists, Wanted
from works.tasks.life import overdue_days


@dataclass(frozen=True)
class Lead:
    """
    One row of the table.

    Attributes
    ----------
    key, name
        The department as the standard writes it in Chinese, and its name in one language.
    counts
        How many of its targets have each status in the place looked at.
    gaps, survey
        How many rows of the gap list and of the survey list are its business.
    villages
        Villages that miss a target of it.
    tasks, late
        Kept pieces of work still open, and those of them that are overdue.
    people
        Who answers, and for how many villages; those with most first.
    """

    key: str
    name: str
    counts: Mapping[str, int]
    gaps: int
    survey: int
    villages: tuple[str, ...]
    tasks: int
    late: int
    people: tuple[tuple[str, int], ...]

    @property
    def short(self) -> bool:
        """Tell whether anything of it is missing or to be verified."""
        return bool(self.gaps or self.survey or self.villages)


def leads(
    board: Board, lists: Lists, items: Collection[Item], lang: str, township: str | None = None
) -> list[Lead]:
    """
    Give the table of lead departments.

    Parameters
    ----------
    board
        The assessment as it is read: the whole, or the part of a township.
    lists
        The lists of the whole assessment.
    items
        Kept pieces of work of the place.
    lang
        ``zh`` or ``en``.
    township
        Unit of the township looked at; None for all.

    Returns
    -------
    list of Lead
        Those whose required targets fail first, then those with most villages and gaps.
    """
    named = {key: said(target.lead, "zh") for key, target in board.targets.items()}
    answering = _people(board, items)
    rows = []
    for lead, name in lists.leads(lang).items():
        mine = [key for key, its in named.items() if its == lead]
        wanted = Wanted(township=township, lead=lead)
        counts = {one: lists.count(one, wanted) for one in LISTS}
        tasks = [one for one in items if text(one["lead"]) == lead and not ended(one)]
        rows.append(
            Lead(
                key=lead,
                name=name,
                counts=_counts(board, mine),
                gaps=counts["gaps"],
                survey=counts["survey"],
                villages=_short(board, mine),
                tasks=len(tasks),
                late=sum(overdue_days(one, board.assessment.as_of) > 0 for one in tasks),
                people=answering.get(lead, ()),
            )
        )
    return sorted(rows, key=lambda one: _order(board, named, one))


def _counts(board: Board, targets: Collection[str]) -> dict[str, int]:
    rows = [row for key in targets if (row := board.total(key)) is not None]
    found = Counter(str(row["status"]) for row in rows)
    return {status: found[status] for status in STATUSES}


def _short(board: Board, targets: Collection[str]) -> tuple[str, ...]:
    """Give the villages where one of some targets is judged and not met."""
    missing = {
        village
        for key in targets
        for village, row in board.of_villages(key)
        if row["status"] == "unmet"
    }
    return tuple(village for village, _ in board.of_villages() if village in missing)


def _order(board: Board, named: Mapping[str, str], one: Lead) -> tuple[int, int, int]:
    """Put first who keeps villages from passing, then who has most villages and gaps."""
    held = 0
    for key, lead in named.items():
        if lead == one.key and board.targets[key].kind == "required":
            row = board.total(key)
            held += row is not None and row["status"] in OPEN
    return -held, -len(one.villages), -one.gaps


def _people(board: Board, items: Collection[Item]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Give who answers for a department's work: named on tasks, else its people in villages."""
    named: dict[str, dict[str, set[str]]] = {}
    for one in items:
        if text(one["person"]) and not ended(one):
            places = named.setdefault(text(one["lead"]), {})
            places.setdefault(text(one["person"]), set()).add(text(one["village_id"]))
    villages = {village for village, _ in board.of_villages()}
    posts: dict[str, dict[str, set[str]]] = {}
    told = given(board.assessment.ground.data, board.assessment.as_of)
    for (village, _target), post in told.units.items():
        if post.office and post.person and village in villages:
            posts.setdefault(post.office, {}).setdefault(post.person, set()).add(village)
    both = posts | named
    return {
        lead: tuple(sorted(((who, len(at)) for who, at in people.items()), key=lambda one: -one[1]))
        for lead, people in both.items()
    }
