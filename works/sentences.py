"""The three sentences a leader reads first: where it stands, what is missing most, what is next.

The page, the report and a message in a chat say the same words; on the page a figure leads to what
it counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from geo.settle import fewest
from layers.text import t
from works.board import ALL, OPEN, Board, Row, far, in_villages
from works.figures import (
    amount_text,
    blank,
    date_text,
    exact,
    needed_text,
    share_text,
    whole,
)
from works.plans import Plan, money_text, total_cost
from works.speech import Piece, Sentence, Speech

NAMED = 3
"""So many villages are named in a sentence."""


def sentences(
    board: Board, lang: str, plans: Sequence[Plan] = (), *, brief: bool = False
) -> list[Sentence]:
    """
    Say the result in words.

    Parameters
    ----------
    board
        The assessment as it is read, with that of an earlier day if there is one.
    lang
        ``zh`` or ``en``.
    plans
        What money would bring (:func:`works.plans.plans`); nothing is said of it when empty.
    brief
        True where the counts of targets stand beside the sentences and are not said twice.

    Returns
    -------
    list of Sentence
        Three, or two when there is nothing to do next.
    """
    found = [
        ("result", _result(board, Speech(lang))),
        ("short", _short(board, Speech(lang), brief=brief)),
        ("next", _next(board, Speech(lang), plans)),
    ]
    return [Sentence(t(f"say.label.{name}", lang), pieces) for name, pieces in found if pieces]


# ---------------------------------------------------------------------------------- the result


def _result(board: Board, speech: Speech) -> tuple[Piece, ...]:
    statuses = board.statuses()
    if not statuses or set(statuses.values()) == {"not_assessed"}:
        return speech.pieces(speech.say("say.nothing"))
    if _judges_nothing(board):
        counted = list(statuses.values()).count("reported")
        noun = _noun(board, len(statuses), speech)
        line = speech.say("say.reported_only", n=counted, noun=noun)
        return speech.pieces(line + speech.say("say.stop"))
    count = {name: list(statuses.values()).count(name) for name in ("met", *OPEN)}
    rest = len(statuses) - sum(count.values())
    parts = {
        name: speech.count(f"over.{name}", number, _PAGE[name], target=ALL, **_LIST[name])
        for name, number in count.items()
    }
    other = speech.say("over.other", n=rest) if rest else ""
    noun = _noun(board, len(statuses), speech)
    line = speech.say("over.result", n=len(statuses), noun=noun, other=other, **parts)
    told = [line]
    if board.bound:
        met = sum(statuses.get(village) == "met" for village in board.bound)
        figure = speech.count("over.met", met, "map", target=ALL)
        word = _lower(board.bound_word(speech.lang), speech) or speech.say("over.bound_plain")
        told.append(speech.say("over.bound", n=len(board.bound), noun=word, met=figure))
    change = _change(board, speech)
    tail = speech.say("over.comma") + change if change else ""
    return speech.pieces(speech.say("say.joint").join(told) + tail + speech.say("say.stop"))


_PAGE = {"met": "map", "undetermined": "gaps", "unmet": "gaps"}
_LIST: Mapping[str, Mapping[str, str]] = {
    "met": {},
    "undetermined": {"list": "survey"},
    "unmet": {"list": "gaps"},
}


def _noun(board: Board, n: int, speech: Speech) -> str:
    """Give what the villages counted are called: by the standard where it binds them all."""
    whole = len(board.assessment.bound) == len(board.assessment.villages)
    bound = board.bound_word(speech.lang) if whole else ""
    key = "over.villages.one" if n == 1 else "over.villages"
    return _lower(bound, speech) if bound else speech.say(key)


def _lower(word: str, speech: Speech) -> str:
    return word[:1].lower() + word[1:] if speech.lang == "en" else word


def _change(board: Board, speech: Speech) -> str:
    """Say how many more or fewer villages pass than on the earlier day, of those bound if apart."""
    if board.before is None:
        return ""
    now, then = (passing(one) for one in (board, board.before))
    when = when_text(board, speech.lang)
    if now == then:
        return speech.say("over.same", when=when)
    return speech.say("over.more" if now > then else "over.fewer", when=when, n=abs(now - then))


def passing(board: Board) -> int:
    """Count the villages that pass, of those the standard binds where they are told apart."""
    statuses = board.statuses()
    counted = board.bound or tuple(statuses)
    return sum(statuses.get(village) == "met" for village in counted)


def when_text(board: Board, lang: str) -> str:
    """Name the day of the earlier assessment: last month, or the date."""
    if board.before is None:
        return ""
    now, then = board.assessment.as_of, board.before.assessment.as_of
    first = now.replace(day=1)
    if (first - dt.timedelta(days=1)).replace(day=1) == then.replace(day=1):
        return t("over.last_month", lang)
    return t("over.on_day", lang, date=date_text(then, lang))


# ---------------------------------------------------------------------------------- what is short


def _short(board: Board, speech: Speech, *, brief: bool) -> tuple[Piece, ...]:
    rows = [row for target in board.targets if (row := board.total(target)) is not None]
    if not any(row["status"] not in ("not_assessed", "not_applicable") for row in rows):
        return ()
    lacking = [row for row in rows if row["status"] in OPEN or in_villages(row)]
    # What keeps most villages from passing; with a goal of all, one case fails a whole county.
    lacking.sort(key=lambda row: (row["kind"] != "required", -_failing(row), -far(row)))
    if not lacking and _judges_nothing(board):
        # Nothing has a goal: what is lowest says most.
        lacking = sorted((row for row in rows if row["status"] == "reported"), key=_low)[:1]
    told = [_worst(board, lacking[0], speech) if lacking else speech.say("say.no_short")]
    others = [row for row in lacking[1:] if row["kind"] == "required" and not brief]
    # What fails and what cannot be told yet are two counts: neither word covers the other.
    for unknown, said, opens in ((False, "over.others", "gaps"), (True, "over.open", "survey")):
        number = sum((row["status"] == "undetermined") is unknown for row in others)
        if number:
            figure = speech.count("over.count_required", number, "gaps", target=ALL, list=opens)
            told.append(speech.say(said, n=figure))
    missing = unsent(board)
    if missing:
        told.append(speech.say("over.unsent", names=_named(board, missing, speech)))
    stop, joint = speech.say("say.stop"), speech.say("say.joint")
    return speech.pieces(joint.join(one.removesuffix(stop) for one in told) + stop)


def _judges_nothing(board: Board) -> bool:
    """Tell whether villages are counted and none is judged: the standard sets no goal."""
    statuses = set(board.statuses().values())
    return "reported" in statuses and not statuses & {"met", *OPEN}


def _low(row: Row) -> float:
    """Give what part of a target has been found to meet it."""
    amount = exact(row["amount"])
    return float(exact(row["met"]) / amount) if amount else 1.0


def _failing(row: Row) -> int:
    """Count the villages a target keeps from passing."""
    return whole(row["villages_unmet"]) + whole(row["villages_undetermined"])


def _worst(board: Board, row: Row, speech: Speech) -> str:
    target = str(row["target_id"])
    title = speech.data(board.title(target, speech.lang))
    if in_villages(row) or row["unit"] == "village":
        figure = speech.count(
            "over.count_villages", _failing(row), "gaps", target=target, list="gaps"
        )
        return speech.say("over.in_villages", target=title, n=figure)
    share = percent_text(row, speech.lang)
    verify = lack = ""
    if exact(row["unknown"]):
        unknown = amount_text(row["unknown"], row["unit"], speech.lang)
        figure = speech.bold(unknown, "gaps", target=target, list="survey")
        verify = speech.say("over.verify", n=figure)
    if not blank(row["needed_high"]) and exact(row["needed_high"]):
        needed = needed_text(row, speech.lang)
        figure = speech.bold(needed, "gaps", target=target, list=where(row))
        lack = speech.say("over.lack", n=figure)
    goal = board.goal(row, speech.lang)
    if goal != "—" and not board.planned(row):
        goal = speech.say("over.percent", n=goal)
    return speech.say(
        "over.short_plain" if goal == "—" else "over.short",
        target=title,
        share=speech.bold(share, "gaps", target=target, list=where(row)),
        verify=verify,
        goal=goal,
        lack=lack,
    )


def where(row: Row) -> str:
    """Name the list that shows why a target is not reached: what fails, else what is unknown."""
    return "gaps" if exact(row["unmet"]) else "survey"


def percent_text(row: Row, lang: str) -> str:
    r"""
    Print a share in a sentence: verified and highest possible, each in per cent.

    Examples
    --------
    >>> row = {"amount": 3823, "met": 3024, "unknown": 238}
    >>> percent_text(row, "zh"), percent_text(row, "en")
    ('79.1%—85.3%', '79.1—85.3\xa0%')
    """
    shown = share_text(row)
    parts = shown.split("—") if lang == "zh" else [shown]
    return "—".join(t("over.percent", lang, n=part) for part in parts)


def unsent(board: Board) -> list[str]:
    """
    Give the villages whose ledger was never sent.

    Returns
    -------
    list of str
        Village ids: of the required targets that are judged from ledgers (anything but the
        village's own row) nothing has been assessed there, and elsewhere it has.
    """
    from_ledgers = [
        (target.kind, key)
        for key, target in board.targets.items()
        if target.subjects != "villages" and key not in board.unassessed
    ]
    required = [key for kind, key in from_ledgers if kind == "required"]
    told: dict[str, set[str]] = {}
    for target in required or [key for _, key in from_ledgers]:
        for village, row in board.of_villages(target):
            told.setdefault(village, set()).add(str(row["status"]))
    nothing = {"not_assessed", "not_applicable"}
    found = [one for one, said in told.items() if "not_assessed" in said and said <= nothing]
    return found if len(found) < len(told) else []


def _named(board: Board, villages: Sequence[str], speech: Speech) -> str:
    names = speech.say("report.listing").join(
        speech.data(board.name(one)) for one in villages[:NAMED]
    )
    many = len(villages) > NAMED
    return speech.say("over.and_more", names=names, n=len(villages)) if many else names


# ---------------------------------------------------------------------------------- what is next


def _next(board: Board, speech: Speech, plans: Sequence[Plan]) -> tuple[Piece, ...]:
    told = [line for line in (_calls(board, speech), _money(board, speech, plans)) if line]
    if not told and (near := board.nearest(1)):
        lacks = speech.data(board.lacks(near[0].lacks, speech.lang, plain=True))
        village = speech.bold(near[0].name)
        return speech.pieces(speech.say("say.next", village=village, lacks=lacks))
    if not told:
        return ()
    line = speech.say("say.joint").join(told) + speech.say("say.stop")
    return speech.pieces(line[:1].upper() + line[1:])


def _calls(board: Board, speech: Speech) -> str:
    """Say how few items, verified, settle the undetermined villages that sent a ledger."""
    found = calls(board)
    if found.empty:
        return ""
    by_unit = found.groupby("unit", sort=False)["visits"].sum().sort_values(ascending=False)
    targets = set(found["target_id"])
    chosen = targets.pop() if len(targets) == 1 else ALL
    amounts = [
        speech.bold(amount_text(visits, unit, speech.lang), "gaps", target=chosen, list="survey")
        for unit, visits in by_unit.items()
    ]
    settled = found["unit_id"].nunique()
    every = list(board.statuses().values()).count("undetermined")
    one = ".one" if settled == every == 1 and speech.lang == "en" else ""
    key = "over.open_villages" if settled == every else "over.some_villages"
    villages = speech.say(key + one, n=settled, of=every)
    n = speech.say("over.and").join(amounts)
    return speech.say(f"over.{by_phone(by_unit.index)}", n=n, k=villages)


def calls(board: Board) -> pd.DataFrame:
    """Give what to verify to settle villages (``geo.settle.fewest``), of those with a ledger."""
    found = fewest(board.assessment.scorecard, board.assessment.unsettled)
    asked = set(board.statuses()) - set(unsent(board))
    return found[found["unit_id"].isin(asked)].reset_index(drop=True)


def by_phone(units: Iterable[Any]) -> str:
    """Say ``calls`` where people can be asked, ``visits`` where one must go and look."""
    return "calls" if set(units) <= {"household", "village", "person"} else "visits"


def _money(board: Board, speech: Speech, plans: Sequence[Plan]) -> str:
    """Say what would bring the villages that need least money to pass."""
    chosen = plans[:NAMED]
    if not chosen:
        return ""
    total = total_cost(chosen)
    names = speech.say("report.listing").join(
        speech.data(_brief(board.name(plan.village), speech.lang)) for plan in chosen
    )
    shown = money_text(total, chosen[0].currency, speech.lang)
    sure = all(plan.sure for plan in chosen)
    return speech.say(
        "over.money" if total else "over.no_money",
        terms=speech.say("over.terms") if any(plan.provisional for plan in chosen) else "",
        money=speech.bold(shown, "gaps", target=ALL, list="work"),
        names=names,
        n=len(chosen),
        proviso="" if sure else speech.say("over.proviso"),
    )


def _brief(name: str, lang: str) -> str:
    """Drop the word village from a Chinese name that stays a name without it."""
    short = name.removesuffix("村")
    return short if lang == "zh" and len(short) > 1 else name
