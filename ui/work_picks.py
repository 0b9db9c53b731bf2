"""What the page of work is picked by: the choices, and the pieces of work they leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from layers.text import t
from layers.work_form import Item
from ui import state
from ui.choices import kept, select
from ui.kept_work import Kept, day_of
from works.board import ALL
from works.desk.picking import FLAGS, TODO, Figures, Wanted, figures, leads, pick, teams
from works.figures import text
from works.lists import Lists
from works.lists import Wanted as OfLists
from works.tasks.life import states

IN_ADDRESS = ("team", "work_state", "work_flag", "task")


@dataclass(frozen=True)
class Desk:
    """What one drawing of the page is about."""

    shown: state.Seen
    kept: Kept
    wanted: Wanted
    lang: str

    @property
    def lists(self) -> Lists:
        """Give the lists of the assessment."""
        return self.shown.lists

    @cached_property
    def items(self) -> list[Item]:
        """Give the pieces of work the reader wants, in order."""
        return pick(self.kept.items.values(), self.wanted, day_of(self.shown))

    @cached_property
    def figures(self) -> Figures:
        """Count those of the place, target and department, whatever their state."""
        wider = self.wanted._replace(state=None, flag=None)
        return figures(pick(self.kept.items.values(), wider, day_of(self.shown)), self.day)

    @property
    def day(self) -> dt.date:
        """Give the day that decides what is overdue."""
        return day_of(self.shown)

    @property
    def of_lists(self) -> OfLists:
        """Give the same place, target and department for the lists of the assessment."""
        town, village = place_of(self.shown)
        return OfLists(
            township=town, village=village, target=self.wanted.target, lead=self.wanted.lead
        )

    @property
    def where(self) -> str:
        """Say what the page is picked by."""
        board = self.shown.board
        town, village = place_of(self.shown)
        row = board.row("village", village) if village else None
        parts = [dict(board.units("township")).get(town or "", "")]
        parts.append(text(row["unit_name"]) if row else "")
        parts.append(board.title(self.wanted.target, self.lang) if self.wanted.target else "")
        parts.append(self.wanted.lead or "")
        return " · ".join(filter(None, parts)) or t("work.everywhere", self.lang)


def place_of(shown: state.Seen) -> tuple[str | None, str | None]:
    """Give the township and the village that are chosen, None for all."""
    towns = dict(shown.board.units("township"))
    town = kept("township", [ALL, *towns], ALL)
    village = kept("village", [ALL, *_villages(shown, town)], ALL)
    return (None if town == ALL else town), (None if village == ALL else village)


def _villages(shown: state.Seen, town: str) -> list[str]:
    board = shown.board
    every = [unit for unit, _ in board.of_villages()]
    inside = set(board.villages_of(town)) if town != ALL else set(every)
    return [one for one in every if one in inside]


def _targets(shown: state.Seen, store: Kept) -> list[str]:
    """Give the targets that have work or may get it, required ones first."""
    board = shown.board
    there = {str(item["target_id"]) for item in store.items.values()}
    found = [key for key, one in board.targets.items() if key in there or one.work]
    return sorted(found, key=lambda key: board.targets[key].kind != "required")


def _leads(shown: state.Seen, store: Kept) -> dict[str, str]:
    named = shown.lists.leads(state.language())
    return named | {one: named.get(one, one) for one in leads(store.items.values())}


def wanted_of(shown: state.Seen, store: Kept) -> Wanted:
    """Give what the choices made so far ask for."""
    town, village = place_of(shown)
    ids = None
    if village is not None:
        ids = frozenset([village])
    elif town is not None:
        ids = frozenset(shown.board.villages_of(town))

    def one(name: str, offered: Sequence[str]) -> str | None:
        value = kept(name, [ALL, *offered], ALL)
        return None if value == ALL else value

    return Wanted(
        villages=ids,
        target=one("target", _targets(shown, store)),
        lead=one("lead", list(_leads(shown, store))),
        team=one("team", teams(store.items.values())),
        state=one("work_state", [TODO, *states()]),
        flag=one("work_flag", FLAGS),
    )


def draw_picks(desk: Desk, *, every: bool = True) -> None:
    """Draw the choices the work is picked by; without ``every`` those gaps have too."""
    shown, lang, board = desk.shown, desk.lang, desk.shown.board
    towns, rows, homes = dict(board.units("township")), dict(board.of_villages()), board.townships()
    villages = {
        one: desk.lists.village(rows[one]["unit_name"], homes.get(one), lang)
        for one in _villages(shown, place_of(shown)[0] or ALL)
    }
    picks: list[tuple[str, str, Mapping[str, str]]] = [
        ("township", t("head.township", lang), towns),
        ("village", t("head.village", lang), villages),
        (
            "target",
            t("head.target", lang),
            {one: board.title(one, lang) for one in _targets(shown, desk.kept)},
        ),
        ("lead", t("head.lead", lang), _leads(shown, desk.kept)),
    ]
    if every:
        flags = {one: t(f"work.flag.{one}", lang) for one in FLAGS}
        named = {one: one for one in teams(desk.kept.items.values())}
        picks += [
            ("team", t("worked.field.team", lang), named),
            ("work_state", t("work.head.state", lang), _state_words(desk.figures, lang)),
            ("work_flag", t("work.flag", lang), flags),
        ]
    with st.container(key="work-picks"):
        places = st.columns(len(picks), gap="small")
    for place, (name, head, words) in zip(places, picks, strict=True):
        with place:
            select(name, head, [ALL, *words], ALL, _word(name, words, lang))


def _word(name: str, words: Mapping[str, str], lang: str) -> Callable[[str], str]:
    key = "work.any" if name in ("team", "work_state", "work_flag") else "work.all"
    every = t(key, lang, n=len(words))
    return lambda one: every if one == ALL else words[one]


def _state_words(found: Figures, lang: str) -> dict[str, str]:
    counts = {TODO: found.todo, **found.states}
    names = {TODO: t("work.tile.todo", lang)} | {one: t(f"state.{one}", lang) for one in states()}
    return {one: t("list.count", lang, name=names[one], n=counts[one]) for one in counts}
