"""What the list of the page of gaps is picked by: drawn as choices, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from geo.detours import LIMIT
from layers.text import said, t
from ui import near, state
from ui.choices import chosen, keep, kept, select
from works.board import ALL
from works.lists import FLAGS, PARTS, ListName, Lists, Wanted
from works.reasoned import whys

FLAG, REASON, STATE = "flag", "reason", "state"
EVERY = "_every"
"""In the choice of targets: scored ones too; without it the list is of the required ones."""
NONE = "none"
"""In the choice of states: no work is known for it."""
MOST_REASONS = 40
"""So many reasons are offered, those with most rows; a longer list helps nobody."""
OWN = ("item", FLAG, REASON, STATE, "order", "group")
"""Choices of the page of gaps alone; other pages leave them out of their address."""


def kept_wanted(lists: Lists, name: ListName) -> Wanted:
    """Give what the reader has picked so far, as far as there is such a thing."""
    town = kept("township", [ALL, *towns(lists)], ALL)
    village = kept("village", [ALL, *_villages(lists, town)], ALL)
    lead = kept("lead", [ALL, *lists.leads("zh")], ALL)
    target = kept("target", [ALL, EVERY, *_targets(lists, lead)], ALL)
    wanted = Wanted(
        township=None if town == ALL else town,
        village=None if village == ALL else village,
        target=None if target in (ALL, EVERY) else target,
        lead=None if lead == ALL else lead,
        required=target == ALL and bool(_required(lists)),
        flag=_flag(lists),
    )
    reason, its_state = chosen(REASON), chosen(STATE)
    if reason not in (None, ALL) and bool((lists.reasons(name) == reason).any()):
        wanted = wanted._replace(reason=reason)
    if its_state not in (None, ALL) and its_state in _states(lists, name):
        wanted = wanted._replace(state=its_state)
    return wanted


def towns(lists: Lists) -> dict[str, str]:
    """Give the townships by their units."""
    return dict(lists.board.units("township"))


def _villages(lists: Lists, town: str) -> list[str]:
    every = [unit for unit, _ in lists.board.of_villages()]
    inside = lists.board.villages_of(town) if town != ALL else every
    return [one for one in every if one in set(inside)]


def _targets(lists: Lists, lead: str) -> list[str]:
    """Give the assessed targets of a department, required ones first; one asked for stays."""
    board, asked = lists.board, chosen("target")
    there = [key for key in board.targets if key not in board.unassessed or key == asked]
    led = [key for key in there if lead in (ALL, said(board.targets[key].lead, "zh"))]
    return sorted(led, key=lambda key: board.targets[key].kind != "required")


def _required(lists: Lists) -> list[str]:
    return lists.targets(Wanted(required=True))


def _flags(lists: Lists) -> list[str]:
    """Give the flags that can be asked for: long ways round only where there are some."""
    return [one for one in FLAGS if one != "detour" or lists.detours]


def _flag(lists: Lists) -> str | None:
    flag = kept(FLAG, [ALL, *_flags(lists)], ALL)
    # What is near a limit is judged when somebody asks for it, not because of an address.
    return None if flag == ALL or (flag == "near" and lists.near is None) else flag


def _states(lists: Lists, name: ListName) -> list[str]:
    """Give the states the work on a list has; what nobody knows has no work yet."""
    return [] if name == "survey" else sorted(lists.states(name).unique())


def _reasons(lists: Lists, name: ListName, wanted: Wanted, lang: str) -> dict[str, str]:
    """Give the reasons there are in what is picked otherwise, those with most rows first."""
    rows = lists.pick(name, wanted._replace(reason=None))
    found = {one.key: one.said for one in whys(rows, PARTS[name], lang)[:MOST_REASONS]}
    if wanted.reason is not None and wanted.reason not in found:
        # Asked for by an address: the others may hide it.
        mine = lists.pick(name, Wanted(reason=wanted.reason))
        found |= {one.key: one.said for one in whys(mine, PARTS[name], lang)}
    return found


# ---------------------------------------------------------------------------------- drawing


def pick(shown: state.Seen, name: ListName, lang: str) -> Wanted:
    """
    Draw the choices a list is picked by.

    Parameters
    ----------
    shown
        The assessment.
    name
        The list.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    Wanted
        What is picked.
    """
    lists = shown.lists
    picks = _offers(lists, name, lang)
    with st.container(key="gap-picks"):
        places = st.columns(len(picks), gap="small")
    for place, (key, offered, word) in zip(places, picks, strict=True):
        with place:
            then = partial(_flag_chosen, shown) if key == FLAG else None
            head = "work.head.state" if key == STATE else f"head.{key}"
            select(key, t(head, lang), offered, offered[0], word, then=then)
    return kept_wanted(lists, name)


_Offer = tuple[str, Sequence[str], Callable[[str], str]]


def _offers(lists: Lists, name: ListName, lang: str) -> list[_Offer]:
    board, leads = lists.board, lists.leads(lang)
    wanted = kept_wanted(lists, name)
    rows, homes = dict(board.of_villages()), board.townships()
    villages = {
        one: lists.village(rows[one]["unit_name"], homes.get(one), lang)
        for one in _villages(lists, wanted.township or ALL)
    }
    targets = _targets(lists, wanted.lead or ALL)
    groups = {ALL: "list.required_targets", EVERY: "list.all_targets"}
    counts = {ALL: len(_required(lists)), EVERY: len(board.targets)}
    reasons = _reasons(lists, name, wanted, lang)

    def target(one: str) -> str:
        return t(groups[one], lang, n=counts[one]) if one in groups else board.title(one, lang)

    picks: list[_Offer] = [
        ("township", _all_or(list(towns(lists))), _word("township", towns(lists), lang)),
        ("village", _all_or(list(villages)), _word("village", villages, lang)),
        ("target", [*(groups if counts[ALL] else [EVERY]), *targets], target),
        ("lead", _all_or(list(leads)), _word("lead", leads, lang)),
        (REASON, _all_or(list(reasons)), _word("reason", reasons, lang)),
        (FLAG, _all_or(_flags(lists)), lambda one: _flag_word(one, lang)),
    ]
    if states := _states(lists, name):
        named = {one: _state_word(one, lang) for one in states}
        picks.insert(5, (STATE, _all_or(states), _word("state", named, lang)))
    return picks


def _state_word(code: str, lang: str) -> str:
    return t("gap.no_work" if code == NONE else f"state.{code}", lang)


def _flag_word(flag: str, lang: str) -> str:
    name = "none" if flag == ALL else flag
    return t(f"list.flag.{name}", lang, n=f"{LIMIT:g}", p=state.NEAR_SHARE)


def _flag_chosen(shown: state.Seen) -> None:
    """After a flag was chosen: look at all targets, and judge with moved limits if asked for."""
    flag = kept(FLAG, FLAGS, ALL)
    if flag != ALL and chosen("target") in (None, ALL):
        keep("target", EVERY)
    if flag == "near":
        near.ask(shown)


def _all_or(offered: Sequence[str]) -> list[str]:
    return [ALL, *offered]


def _word(name: str, names: Mapping[str, str], lang: str) -> Callable[[str], str]:
    every = t(f"list.all_{name}s", lang, n=len(names))
    return lambda one: every if one == ALL else names[one]
