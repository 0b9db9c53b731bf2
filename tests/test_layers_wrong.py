"""Refusals of sites, the budget and scenarios: whoever reads Chinese meets no English sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hand import at, standard

from geo.budget import choose
from geo.siting.candidates import candidates, together
from geo.siting.demand import question_of
from layers.errors import PlannerError
from layers.facts import words
from layers.wrong import WrongCallError
from ui import scenario_cli, site_cli
from works.budgeting.money import money_of
from works.scenarios.compare import compare
from works.siting.places import _held
from works.siting.rules import Thing, prices
from works.siting.service import measure_of
from works.siting.sharing import _measure
from works.siting.wish import Wish, way_of

ENGLISH = re.compile(r"[A-Za-z]{2,}[,:]? [a-z]{2,}[,:]? [a-z]{2,}")
"""Three words of English after one another: options and names are fewer."""
HERE = {"title": {"zh": "近处有厕", "en": "Near"}}
REACH = {"measure": "reach", "facilities": "toilets", "within_m": 100}


def asked(**rule: Any) -> Any:
    rule = {"subjects": "households", **rule}
    return question_of(standard({**HERE, **rule}).targets[0])


def places(*ids: str) -> Any:
    return candidates(list(ids), [at(0, 0)] * len(ids), "given", None)


CALLS: dict[str, Callable[[], Any]] = {
    "no_metres": lambda: way_of("grid:x"),
    "no_amount": lambda: site_cli.money("viel", "--budget"),
    "no_share": lambda: site_cli._goal("150%"),
    "one_model": lambda: site_cli._model(True, "5", None, "covering"),
    "model": lambda: site_cli._model(False, None, 3, "nearest"),
    "model_sites": lambda: site_cli._model(True, None, None, "center"),
    "no_money": lambda: money_of("much", "CNY", "--budget"),
    "other_currency": lambda: money_of("5 KES", "CNY", "--budget"),
    "below_zero": lambda: choose(None, -1),  # type: ignore[arg-type]
    "aim": lambda: choose(None, 1, aim="all"),  # type: ignore[arg-type]
    "action": lambda: scenario_cli._checked("burn", []),
    "names": lambda: scenario_cli._checked("show", []),
    "names_between": lambda: scenario_cli._checked("compare", ["a"]),
    "no_file": lambda: scenario_cli._ending("library", None),
    "two_to_four": lambda: compare([]),  # type: ignore[call-arg]
    "same_id": lambda: together([places("a", "a")], None),
    "no_such_candidate": lambda: _held(places("a"), Wish("t", forced=frozenset("b"))),
    "forced_forbidden": lambda: _held(
        places("a"), Wish("t", forced=frozenset("a"), forbidden=frozenset("a"))
    ),
    "two_currencies": lambda: prices(
        Thing("toilets", new="a", repair="b"),
        {key: SimpleNamespace(currency=money, title={"zh": "建厕", "en": "toilet"})  # type: ignore
         for key, money in (("a", "CNY"), ("b", "KES"))},
    ),
    "not_by_place": lambda: asked(measure="attribute", column="resident", one_of=[True]),
    "judges_itself": lambda: asked(**{**REACH, "subjects": "toilets"}),
    "layer_not_asked": lambda: question_of(
        standard({**HERE, "subjects": "households", **REACH}).targets[0], "signs"
    ),
    "ways_of_capacity": lambda: measure_of(_shared("reach", 1)),
    "no_way_asked": lambda: measure_of(_shared("count", 1)),
    "shared_twice": lambda: _measure(_shared("count", 2)),
}  # fmt: skip


def _shared(kind: str, n: int) -> Any:
    one = SimpleNamespace(kind=kind, keys={"capacity": 5} if kind == "reach" else {})
    return SimpleNamespace(layer="toilets", measures=(one,) * n)


@pytest.mark.parametrize("code", CALLS)
def test_a_refusal_is_said_in_both_languages(code: str) -> None:
    with pytest.raises(WrongCallError) as caught:
        CALLS[code]()
    error = caught.value
    assert (error.code, error.exit_code) == (code, 2)
    zh, en = error.say("zh"), error.say("en")
    assert not ENGLISH.search(zh), zh
    assert re.search("[\u4e00-\u9fff]{4}.*。$", zh)
    assert en == str(error)
    assert ENGLISH.search(en)
    assert not re.search(r"\{\w+\}", zh + en)


def test_every_refusal_has_a_chinese_text_of_its_own() -> None:
    told = {key: both for key, both in words().items() if key.startswith("wrong.")}
    assert len(told) > 40
    for key, both in told.items():
        assert not ENGLISH.search(re.sub(r"\{\w+\}", "X", both["zh"])), key
        places = [set(re.findall(r"\{\w+\}", both[lang])) for lang in ("zh", "en")]
        # Names differ by language, figures do not.
        apart = {"{title}", "{target}", "{layer}", "{layer_id}", "{others}"}
        assert places[0] - apart == places[1] - apart, key


def test_a_long_list_names_eight() -> None:
    error = WrongCallError("same_id", ids=list("abcdefghij"))
    assert (
        str(error)
        == "candidates: several have the id a, b, c, d, e, f, g, h (and 2 more). Give each its own."
    )
    assert "a、b、c、d、e、f、g、h（另有2个）" in error.say("zh")
    assert isinstance(error, PlannerError)
