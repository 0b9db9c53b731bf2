"""Rules of a standard in plain words: every measure, every key, every figure of every pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hand import standard

from geo.measure_keys import MEASURE_KEYS, PERIODS
from geo.standard import Standard
from geo.target import Measure, Target
from layers.text import LANGUAGES
from works.library import load_standard, standards
from works.standards.clauses import clause, clauses, near
from works.standards.measures import asked_by
from works.standards.spoken import rule, scope_said, work_said

PACKS = [load_standard(f"{one['id']}@{one['version']}") for one in standards()]
RULES = [(pack, target) for pack in PACKS for target in pack.targets]


def one(**target: Any) -> Target:
    return standard(target).targets[0]


# ---------------------------------------------------------------------------------- every pack


def figures(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Give every figure of what a target asks; names, weights and work rules are passed over."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("id", "title", "weight", "work", "confidence", "beside"):
                yield from figures(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from figures(inner, key)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield key, float(value)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.label)
def test_every_rule_of_every_pack_is_said_with_all_its_figures(pack: Standard) -> None:
    entries = {entry["id"]: entry for entry in pack.written["target"]}
    for target in pack.targets:
        zh, en = (rule(target).text(lang) for lang in LANGUAGES)
        # No code, no empty place and no key of ours is left in the words.
        assert not re.search(r"[a-z]+_[a-z]|\{|\}|rule\.", zh + en), (target.id, zh, en)
        assert re.search(r"[一-鿿]", zh)
        assert not re.search(r"[一-鿿]", en), (target.id, en)
        for key, figure in figures(entries[target.id]):
            if (key, figure) in (("at_least", 1.0), ("within_m", 0.0)):
                continue  # said as "there is one", and as "inside"
            for text in (zh, en):
                assert f"{figure:g}" in text, (target.id, key, figure, text)


def test_packs_hold_enough_to_try_the_words_on() -> None:
    assert len(RULES) > 100
    kinds = {body.kind for _, target in RULES if isinstance(body := target.body, Measure)}
    assert kinds == set(MEASURE_KEYS)


def test_two_rules_that_differ_are_not_said_alike() -> None:
    told: dict[str, tuple[Any, ...]] = {}
    for _, target in RULES:
        asked = (target.subjects, target.body, str(target.of), target.goal, target.goal_level,
                 target.exempt, str(target.beside), target.grades, target.amount, target.met_from,
                 target.reported)  # fmt: skip
        text = rule(target).text("zh")
        assert told.setdefault(text, asked) == asked, text


# ---------------------------------------------------------------------------------- every key

HOME = "households"
COUNT = {"items": "visits", "by": "household_id"}
DAILY = {"items": "clearances", "by": "site_id", "date": "date", "period": "month"}
TIMED = {"items": "clearances", "by": "site_id", "date": "full_since", "until": "cleared_at",
         "within_hours": 24}  # fmt: skip
KEYS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("attribute", "villages", {"column": "cleaners", "at_least": 1}, {"at_least": 3}),
    ("attribute", "villages", {"column": "cleaners", "at_least": 1}, {"at_most": 9}),
    ("attribute", "villages", {"column": "cleaners", "at_least": 1}, {"column": "dropouts"}),
    ("attribute", "villages", {"column": "cleaners", "at_least": 2},
     {"per": {"column": "population_resident", "n": 700}}),
    ("attribute", HOME, {"column": "house_grade", "one_of": ["A"]}, {"one_of": ["A", "B"]}),
    ("attribute", HOME, {"column": "house_grade", "one_of": ["A"]}, {"not_one_of": ["D"]}),
    ("attribute", HOME, {"column": "house_grade", "empty": True}, {"empty": False}),
    ("attribute", HOME, {"column": "measures", "one_of": ["job"]}, {"has_all": ["job"]}),
    ("attribute", HOME, {"column": "measures", "one_of": ["job"]}, {"has_none": ["job"]}),
    ("count", HOME, COUNT, {"items": "toilets"}),
    ("count", HOME, COUNT, {"by": "village_id"}),
    ("count", "villages", {"items": "facilities", "by": "village_id"}, {"by": "inside"}),
    ("count", HOME, COUNT, {"where": {"kind": ["home_visit"]}}),
    ("count", HOME, COUNT, {"at_least": 2}),
    ("count", HOME, COUNT, {"at_most": 4}),
    ("count", HOME, COUNT, {"date": "date", "within_days": 30}),
    *[("count", HOME, COUNT, {"date": "date", "period": period}) for period in PERIODS],
    ("count", "villages", {"items": "public_toilets", "by": "village_id"},
     {"per": {"column": "households", "n": 600}}),
    ("count", HOME, {"items": "toilets", "by": "household_id"}, {"within_m": 60}),
    ("count", "garbage_sites", DAILY, {"each": "day", "at_least_share": "0.9"}),
    ("count", "garbage_sites", {**DAILY, "each": "day", "at_least_share": "0.9"},
     {"at_least_share": "1"}),
    ("count", "garbage_sites", TIMED, {"within_hours": 48}),
    ("count", "garbage_sites", TIMED, {"until": ["cleared_at", "date"]}),
    ("count", "garbage_sites", TIMED, {"each": "item", "at_least_share": "0.8",
                                       "no_item": "unknown"}),
    *[("count", HOME, COUNT, {"no_item": word}) for word in ("met", "unmet", "unknown")],
    ("count", HOME, {"items": "toilets", "by": "household_id"}, {"shared_by": "address"}),
    ("count", "villages", {"items": "self", "date": "last_cultural_event", "period": "month"},
     {"period": "quarter"}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"within_m": 900}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"climb_m": 70}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"round_trip": True}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"mode": "road"}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"detour": 1.4}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"facilities": "facilities"}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800},
     {"where": {"status": ["working"]}}),
    ("reach", HOME, {"facilities": "water_points", "minutes": 20, "mode": "terrain"},
     {"minutes": 25}),
    ("reach", HOME, {"facilities": "water_points", "minutes": 20, "mode": "terrain"},
     {"round_trip": True}),
    ("reach", HOME, {"facilities": "water_points", "minutes": 20, "mode": "terrain"},
     {"speed_m_per_min": 66}),
    ("reach", HOME, {"facilities": "water_points", "minutes": 20, "mode": "terrain"},
     {"wait": "queue_minutes"}),
    ("reach", HOME, {"facilities": "water_points", "within_m": 800}, {"capacity": 250}),
    ("reach", HOME, {"facilities": "facilities", "within_m": 800}, {"capacity": "doctors"}),
    ("reach", HOME, {"facilities": "facilities", "within_m": 800, "capacity": "doctors"},
     {"capacity": {"column": "doctors", "n": 300}}),
    ("along", "roads", {"items": "streetlights", "within_m": 20}, {"within_m": 25}),
    ("along", "roads", {"items": "streetlights", "within_m": 20}, {"items": "guardrails"}),
    ("along", "roads", {"items": "streetlights", "within_m": 20}, {"max_gap_m": 45}),
    ("along", "roads", {"items": "streetlights", "within_m": 20},
     {"where": {"status": ["working"]}}),
    ("ratio", "villages", {"numerator": "pension_paid", "denominator": "pension_due"},
     {"numerator": "insured_persons"}),
    ("ratio", "villages", {"numerator": "pension_paid", "denominator": "pension_due"},
     {"denominator": "insurance_due"}),
    ("area", "edges", {"items": "green_spaces"}, {"items": "facilities"}),
    ("area", "edges", {"items": "green_spaces"}, {"where": {"status": ["working"]}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "subjects", "keys", "change"), KEYS)
def test_a_key_changes_the_words(
    kind: str, subjects: str, keys: dict[str, Any], change: dict[str, Any]
) -> None:
    before = asked_by(Measure(kind, keys), subjects)
    after = asked_by(Measure(kind, keys | change), subjects)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_every_key_of_the_grammar_is_tried() -> None:
    for kind, (allowed, _) in MEASURE_KEYS.items():
        tried = {key for k, _, keys, change in KEYS if k == kind for key in (*keys, *change)}
        assert tried == allowed, kind


# ---------------------------------------------------------------------------------- by hand


def test_a_rule_by_hand_in_both_languages() -> None:
    water = one(
        subjects="households",
        of={"resident": True},
        any_of=[
            {"measure": "attribute", "column": "piped_water", "one_of": [True]},
            {"measure": "reach", "facilities": "water_points", "mode": "terrain", "minutes": 20,
             "round_trip": True, "where": {"status": ["working"]}},
        ],
        goal="0.95",
        goal_level="county",
        exempt=["declined"],
    )  # fmt: skip
    assert rule(water).text("zh") == (
        "统计对象：农户（常住）。核查：符合下列一项即可：（1）自来水入户；"
        "（2）按地形步行往返20分钟内有供水点（正常）。目标：占比不低于95%，按全县判定。"
        "不计入：自愿放弃。"
    )
    assert rule(water).text("en") == (
        "Counted: households (living here). Asked: any one of these is enough: (1) piped water at "
        "home; (2) a water point (working) within 20 minutes on foot there and back, over the "
        "terrain. Goal: at least 95%, judged for the county. Left out of the count: declined."
    )


def test_other_parts_of_a_rule_are_said() -> None:
    base = {"subjects": "households", "measure": "attribute", "column": "medical_ok",
            "one_of": [True]}  # fmt: skip
    plain = rule(one(**base)).text("zh")
    for more in (
        {"goal": "1"}, {"goal": "0.9"}, {"goal": {"column": "bathroom_plan", "as": "amount"}},
        {"goal": {"column": "bathroom_plan"}}, {"amount": "persons"}, {"exempt": ["away"]},
        {"beside": {"all": {}}}, {"reported": "toilet_households_reported"},
        {"of": [{"resident": True}, {"relocated": True}]},
        {"of": {"near": {"items": "hazards", "within_m": 0}}},
        {"goal": "0.9", "goal_level": "township"},
    ):  # fmt: skip
        assert rule(one(**base, **more)).text("zh") != plain, more
    assert "没有规定" in plain


def test_conditions_by_hand() -> None:
    assert clauses([{"resident": True}, {"relocated": True}], HOME) == (
        "常住，或易地搬迁户", "living here; or relocated",
    )  # fmt: skip
    # A list of which one table asks nothing asks nothing at all.
    assert clauses([{"resident": True}, {}], HOME) == ("", "")
    assert near({"items": "hazards", "within_m": 50, "is": False}, HOME) == (
        "50米内没有灾害隐患点", "no hazard area within 50 m",
    )  # fmt: skip
    assert clause(HOME, "village.population_resident", {"at_least": 800})[0] == (
        "所在村常住人口不少于800人"
    )
    told = clause("visits", "checked", {"has_all": {"list": "six-visits"}})
    assert "六必访" in told[0]
    assert "6" in told[1]


def test_scope_and_work_are_said() -> None:
    assert scope_said({"demo_level": ["county"]}) == (
        "示范村级别为县级的行政村", "villages (demonstration level: county)",
    )  # fmt: skip
    base = {"subjects": "roads", "measure": "along", "items": "streetlights", "within_m": 20}
    words = {work_said(one(**base, work={"kind": "x", "per": per}))
             for per in ("subject", "village", "stretch", "none")}  # fmt: skip
    assert len(words) == 4
