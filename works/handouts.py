"""Hand-outs by name: what is asked for, of which unit, and the papers it comes to.

Pages and command line ask here; what a paper says is made in ``works.papers``, so both hand out
the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from layers.errors import UsageError, some
from layers.heed import tell
from layers.project import Project
from layers.tasks.store import TaskStore
from layers.text import plain, township_key, village_key
from layers.work_form import Item
from works.board import ALL, NOWHERE, Board
from works.kept_photos import photos_of
from works.lists import Lists
from works.papers import draw
from works.papers.leader import leader_page
from works.papers.meeting import meeting_pack
from works.papers.model import Paper, Photo
from works.papers.notice import notice_paper
from works.papers.paste import paste_text
from works.papers.sheet import village_sheet
from works.papers.teller import Teller
from works.papers.unit import unit_report
from works.plans import Plan
from works.progress.overall import Progress, progress_of

LEADER, FULL, CARD = "leader", "full", "card"
NOTICE, MEETING, MAP = "notice", "meeting", "map"
ARCHIVE, ATLAS = "archive", "atlas"
KINDS = (LEADER, FULL, NOTICE, MEETING, CARD, ARCHIVE, MAP, ATLAS)
"""What can be handed out, in the order people ask for it."""
OF_WHOLE = (LEADER, NOTICE, MEETING)
"""What is always about the whole."""
OF_VILLAGE = (CARD, ARCHIVE)
"""What is always about one village."""
MAP_MM = (156.0, 210.0)
"""How wide a map is drawn on a page of its own, and how high at the most."""
_LEAST, _AROUND = 110.0, 42.0
"""How high at the least, and what of it title and legend take."""

Unit = tuple[str, str]
"""Level and id of a place."""


@dataclass(frozen=True)
class Wanted:
    """
    What is asked for.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    unit
        Of which place; None for the whole.
    public
        True for a version anybody may see: no names of people, no places of homes.
    target
        What a map is coloured by; '' for the verdict on all required targets.
    issued, due
        The day below a notice, else the day of the data; until when what it asks is to be done.
    """

    kind: str
    unit: Unit | None = None
    public: bool = False
    target: str = ""
    issued: dt.date | None = None
    due: dt.date | None = None


class Material:
    """
    What papers are made of, each part made when a paper first needs it.

    Parameters
    ----------
    project, board
        The project, and what people read off its assessment.
    lists
        Gives its lists; the work list as it is kept.
    plans
        Gives what money would bring.
    store
        Where its work is kept.
    """

    def __init__(
        self,
        project: Project,
        board: Board,
        lists: Callable[[], Lists],
        plans: Callable[[], Sequence[Plan]],
        store: TaskStore,
    ) -> None:
        self.project, self.board, self.store = project, board, store
        self._lists, self._plans = lists, plans

    @property
    def demo(self) -> bool | None:
        """Tell whether the project says that it is invented; None where it says nothing."""
        return True if self.project.settings.get("demo") is True else None

    @cached_property
    def lists(self) -> Lists:
        """Give the gap, survey and work list."""
        return self._lists()

    @cached_property
    def plans(self) -> Sequence[Plan]:
        """Give what money would bring, village by village."""
        return self._plans()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Give the kept pieces of work by their id."""
        return self.store.items()

    @cached_property
    def progress(self) -> Progress:
        """Give what there is to say of the way since the period before."""
        tell("before")
        return progress_of(self.project, self.board.assessment, self.store)

    def photos(self, unit: Unit, lang: str) -> list[Photo]:
        """Give the photos of a village's work; none of any other place."""
        level, key = unit
        if level != "village":
            return []
        return photos_of(self.project.folder, self.items, key, lang)

    def papers(self, wanted: Wanted, lang: str) -> list[Paper]:
        """
        Write what is asked for.

        Parameters
        ----------
        wanted
            What, of which place, for whom.
        lang
            ``zh`` or ``en``.

        Returns
        -------
        list of Paper
            In the order they are handed out; a file holds them all.

        Raises
        ------
        UsageError
            If this kind of paper is not written of this place.
        ConservationError
            If a total in it does not add up: then there is no paper.
        """
        return _MAKERS[wanted.kind](self, wanted, fitting(self.board, wanted), lang)

    def paste(self, lang: str) -> str:
        """Give the short text to paste into a chat."""
        return paste_text(self.board, self.progress, lang)


def fitting(board: Board, wanted: Wanted) -> Unit:
    """
    Give the place a paper is of, the whole where none is named.

    Raises
    ------
    UsageError
        If this kind of paper is not written of this place.
    """
    unit = wanted.unit or board.top
    if wanted.kind in OF_WHOLE and unit != board.top:
        msg = f"--unit {unit[1]}: the {wanted.kind} page is of the whole. Leave --unit out."
        raise UsageError(msg)
    if wanted.kind in OF_VILLAGE and unit[0] != "village":
        msg = f"--unit {unit[1]}: is no village. The card is of one; choose it by --village."
        raise UsageError(msg)
    return unit


def unit_of(board: Board, named: str, level: str = "", option: str = "--unit") -> Unit:
    """
    Find a place by its id or by its name.

    Parameters
    ----------
    board
        What people read off the assessment.
    named
        An id, or a name with or without its ending (东沟, 东沟村, 东沟村民委员会), or
        ``township:ID`` where two levels have the same.
    level
        The level it must be of; '' for any.
    option
        What the reader wrote it after.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    head, joint, tail = named.partition(":")
    if joint and not level and head in board.levels:
        level, named = head, tail
    levels = [one for one in board.levels if level in ("", one)]
    every = [(one, unit, name) for one in levels for unit, name in board.units(one)
             if unit != NOWHERE]  # fmt: skip
    for same in (lambda one: one[1] == named, lambda one: _called(board, one, named)):
        found = [one for one in every if same(one)]
        if len(found) == 1:
            return found[0][0], found[0][1]
        if found:
            told = some(f"{one[0]}:{one[1]} ({_place(board, one)})" for one in found)
            msg = f"{option} {named}: names {len(found)} places. Give one of {told}."
            raise UsageError(msg)
    known = some(f"{unit} ({name})" for _, unit, name in every)
    msg = f"{option} {named}: no such place in the assessment. Give one of {known}."
    raise UsageError(msg)


def _called(board: Board, place: tuple[str, str, str], named: str) -> bool:
    """Tell whether a place has a name, its ending and a township beside it left aside."""
    level, _, name = place
    fold = {"village": village_key, "township": township_key}.get(level, plain)
    return named in (name, _place(board, place)) or fold(name) == fold(named)


def _place(board: Board, place: tuple[str, str, str]) -> str:
    level, unit, name = place
    return board.name(unit) if level == "village" else name


# ---------------------------------------------------------------------------------- papers


def _leader(made: Material, wanted: Wanted, _: Unit, lang: str) -> list[Paper]:
    return [
        leader_page(
            made.board, lang, plans=made.plans, public=wanted.public, demo=made.demo,
            drawings=draw,
        )
    ]  # fmt: skip


def _full(made: Material, wanted: Wanted, unit: Unit, lang: str) -> list[Paper]:
    return unit_report(
        made.board, *unit, lang, work=made.lists.work, plans=made.plans,
        tasks=list(made.items.values()), photos=made.photos(unit, lang), public=wanted.public,
        demo=made.demo, drawings=draw,
    )  # fmt: skip


def _card(made: Material, wanted: Wanted, unit: Unit, lang: str) -> list[Paper]:
    return [
        village_sheet(
            made.board, unit[1], lang, work=made.lists.work, tasks=list(made.items.values()),
            photos=made.photos(unit, lang), public=wanted.public, demo=made.demo, drawings=draw,
        )
    ]  # fmt: skip


def _notice(made: Material, wanted: Wanted, _: Unit, lang: str) -> list[Paper]:
    return [
        notice_paper(
            made.board, made.progress, lang, plans=made.plans, issued=wanted.issued,
            due=wanted.due, demo=made.demo,
        )
    ]  # fmt: skip


def _meeting(made: Material, wanted: Wanted, unit: Unit, lang: str) -> list[Paper]:
    pack = meeting_pack(
        made.board, made.progress, lang, work=made.lists.work, plans=made.plans,
        tasks=list(made.items.values()), public=wanted.public, demo=made.demo, drawings=draw,
    )  # fmt: skip
    return [*pack, *_map(made, wanted, unit, lang)]


def _map(made: Material, wanted: Wanted, unit: Unit, lang: str) -> list[Paper]:
    level, key = unit
    wide, high = MAP_MM[0], _high(made.board, unit)
    if level == "village":
        figure = draw.village_map(
            made.board, key, lang, wide_mm=wide, high_mm=high, public=wanted.public
        )
    else:
        town = key if level == "township" else None
        target = wanted.target or ALL
        figure = draw.county_map(
            made.board, target, lang, wide_mm=wide, high_mm=high, public=wanted.public,
            township=town,
        )  # fmt: skip
    teller = Teller(made.board, lang, wanted.public, made.demo)
    # What stands in brackets explains a sign of the map.
    name = re.split(r" ?[（(]", figure.title)[0] or figure.title
    return [teller.paper(name, (), [figure])]


def _high(board: Board, unit: Unit) -> float:
    """Give a map the shape of its place, so that it fills its frame."""
    villages = board.assessment.villages
    if not hasattr(villages, "geometry"):
        return _LEAST
    level, key = unit
    inside = {"village": [key], "township": board.villages_of(key)}.get(level)
    shapes = (villages if inside is None else villages.loc[inside]).geometry.dropna()
    if shapes.empty:
        return _LEAST
    west, south, east, north = shapes.total_bounds
    shape = (north - south) / (east - west) if east > west else 1.0
    return float(min(max(MAP_MM[0] * shape + _AROUND, _LEAST), MAP_MM[1]))


_MAKERS: Mapping[str, Callable[[Material, Wanted, Unit, str], list[Paper]]] = {
    LEADER: _leader,
    FULL: _full,
    CARD: _card,
    NOTICE: _notice,
    MEETING: _meeting,
    MAP: _map,
    # The folder of an inspection begins with the sheet, an atlas with the map.
    ARCHIVE: _card,
    ATLAS: _map,
}
