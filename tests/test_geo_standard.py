"""Standards: every mistake at once, versions, extending, and the files the planner brings."""

import datetime as dt

import pytest

from geo.measure_keys import KNOWN_KEYS
from geo.shelf import choose, expand
from geo.standard import Join, Measure, layers_needed, read_standard
from geo.target import Standard
from layers.errors import StandardError, UsageError
from layers.schema import RASTERS, askable_names, schema
from works.library import load_costs, load_standard, standards

PIPED = {
    "id": "piped", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "goal": "0.8",
}  # fmt: skip


def book(*targets, **head):
    return {"id": "s", "version": "1", **head, "target": list(targets)}


def faults(*targets, **head):
    with pytest.raises(StandardError) as caught:
        read_standard(book(*targets, **head), "s.toml")
    return caught.value.faults


def test_three_mistakes_are_told_at_once_each_under_its_key():
    broken = {**PIPED, "goal": "80", "gaol_level": "village", "column": "piped_watr"}
    found = faults(broken)
    assert len(found) == 3
    assert {one.partition(":")[0] for one in found} == {
        "target piped.goal", "target piped.gaol_level", "target piped.column",
    }  # fmt: skip
    assert "goal_level is meant" in " ".join(found)
    assert "piped_water is meant" in " ".join(found)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"goal": "eighty"}, "goal"),
        ({"goal": "1.01"}, "goal"),
        ({"goal": {"column": "bathroom_gaol"}}, "goal.column"),
        ({"goal": {"column": "bathroom_goal", "as": "sum"}}, "goal.as"),
        ({"goal_level": "house"}, "goal_level"),
        ({"kind": "must"}, "kind"),
        ({"subjects": "houses"}, "subjects"),
        ({"weight": "10"}, "weight"),
        ({"amount": "head"}, "amount"),
        ({"amount": "person"}, "amount"),
        ({"title": "Piped"}, "title"),
        ({"of": {"residnt": True}}, "of.residnt"),
        ({"of": {"resident": "yes"}}, "of.resident"),
        ({"of": {"category": ["liftd"]}}, "of.category"),
        ({"of": {"persons": {"atleast": 3}}}, "of.persons.atleast"),
        ({"of": {"category": {"at_least": 3}}}, "of.category.at_least"),
        ({"beside": {"all": {"residnt": True}}}, "beside.all.residnt"),
        ({"beside": ["all"]}, "beside"),
        ({"exempt": ["declind"]}, "exempt"),
        ({"exempt": "declined"}, "exempt"),
        ({"one_of": []}, "one_of"),
        ({"one_of": ["yes"]}, "one_of"),
        ({"empty": "yes"}, "empty"),
        ({"within_m": 5}, "within_m"),
        ({"per": {"column": "persons", "n": 0}}, "per.n"),
        ({"per": 600}, "per"),
        ({"met_from": "basic"}, "met_from"),
        ({"work": {"per": "house"}}, "work.per"),
        ({"work": {"kind": "tap", "quantity": "length/spacing"}}, "work.spacing_m"),
        ({"id": "Piped water"}, "id"),
    ],
)
def test_every_key_of_a_target_is_checked(change, key):
    name = change.get("id", "piped")
    found = faults({**PIPED, **change})
    assert [one for one in found if one.startswith(f"target {name}.{key}:")], found


COUNT = {
    "id": "c", "subjects": "households", "measure": "count", "items": "visits",
    "by": "household_id", "date": "date",
}  # fmt: skip
REACH = {
    "id": "r", "subjects": "households", "measure": "reach", "facilities": "facilities",
    "within_m": 500,
}  # fmt: skip


@pytest.mark.parametrize(
    ("target", "change", "key"),
    [
        (COUNT, {"items": "visit"}, "items"),
        (COUNT, {"within_m": 5}, ""),
        (COUNT, {"by": "houshold_id"}, "by"),
        (COUNT, {"date": "dte"}, "date"),
        (COUNT, {"date": "visitor"}, "date"),
        (COUNT, {"period": "week"}, "period"),
        (COUNT, {"period": "month", "within_days": 3}, "within_days"),
        (COUNT, {"each": "day"}, "at_least_share"),
        (COUNT, {"each": "day", "at_least_share": "0.9"}, "each"),
        (COUNT, {"each": "day", "at_least_share": "9", "period": "month"}, "at_least_share"),
        (COUNT, {"at_least": "two"}, "at_least"),
        (COUNT, {"no_item": "fine"}, "no_item"),
        (COUNT, {"where": {"kind": {"at_least": 3}}}, "where.kind.at_least"),
        (COUNT, {"where": {"kind": {"has_all": ["plan"]}}}, "where.kind.has_all"),
        (COUNT, {"where": {"checked": {"has_all": []}}}, "where.checked.has_all"),
        (
            COUNT,
            {"where": {"checked": {"has_all": {"list": "six-vists"}}}},
            "where.checked.has_all.list",
        ),
        (
            COUNT,
            {"where": {"checked": {"has_all": {"lst": "six-visits"}}}},
            "where.checked.has_all.lst",
        ),
        (COUNT, {"where": {"checked": {"list": "six-visits"}}}, "where.checked.list"),
        (COUNT, {"where": {"near": {"items": "hazard", "within_m": 0}}}, "where.near.items"),
        (COUNT, {"where": {"near": {"items": "assignments", "within_m": 0}}}, "where.near.items"),
        (COUNT, {"where": {"near": {"items": "hazards"}}}, "where.near.within_m"),
        (COUNT, {"where": {"near": {"items": "hazards", "within_m": "0"}}}, "where.near.within_m"),
        (COUNT, {"where": {"near": {"items": "hazards", "within_m": 0, "is": 1}}}, "where.near.is"),
        (
            COUNT,
            {"where": {"near": {"items": "hazards", "within_m": 0, "whre": {}}}},
            "where.near.whre",
        ),
        (COUNT, {"where": {"near": "hazards"}}, "where.near"),
        (
            COUNT,
            {
                "where": {
                    "near": {"items": "hazards", "within_m": 0, "where": {"kind": {"at_least": 3}}}
                }
            },
            "where.near.where.kind.at_least",
        ),
        (COUNT, {"until": "date"}, "within_hours"),
        (COUNT, {"within_hours": 24}, "within_hours"),
        (COUNT, {"until": "visitor", "within_hours": 24}, "until"),
        (COUNT, {"until": ["date", "dte"], "within_hours": 24}, "until"),
        (COUNT, {"until": [], "within_hours": 24}, "until"),
        (COUNT, {"until": "date", "within_hours": "24"}, "within_hours"),
        (COUNT, {"each": "week", "at_least_share": "1", "period": "month"}, "each"),
        (COUNT, {"each": "item", "at_least_share": "1", "no_item": "met"}, "each"),
        (
            COUNT,
            {"each": "item", "at_least_share": "1", "until": "date", "within_hours": 1},
            "no_item",
        ),
        (COUNT, {"each": "day", "at_least_share": "1", "period": "month", "at_most": 0}, "at_most"),
        (COUNT, {"each": "day", "at_least_share": "1", "period": "month", "items": "self"}, "each"),
        (COUNT, {"shared_by": "homestead"}, "shared_by"),
        (COUNT, {"shared_by": "house_id"}, "shared_by"),  # a head of the households' own id
        (COUNT, {"shared_by": "homestead_id", "by": "village_id"}, "shared_by"),
        (REACH, {"wait": "queue_minutes"}, "wait"),
        (
            {**REACH, "facilities": "water_points", "minutes": 20, "speed_m_per_min": 80},
            {"wait": "queue_minute"},
            "wait",
        ),
        (
            {**REACH, "facilities": "water_points", "minutes": 20, "speed_m_per_min": 80},
            {"wait": "year_built"},
            "wait",
        ),
        (REACH, {"facilities": "facility"}, "facilities"),
        (REACH, {"mode": "flying"}, "mode"),
        (REACH, {"within_m": "500"}, "within_m"),
        (REACH, {"within_m": -1}, "within_m"),
        ({**REACH, "minutes": 20}, {}, "speed_m_per_min"),
        ({**REACH, "measure": "reech"}, {}, "measure"),
    ],
)
def test_every_key_of_a_measure_is_checked(target, change, key):
    found = faults({**target, **change})
    head = f"target {target['id']}" + (f".{key}" if key else "")
    assert [one for one in found if one.startswith(head + ":")], found


def test_a_scope_does_not_ask_what_is_near():
    near = {"near": {"items": "hazards", "within_m": 0}}
    found = faults(PIPED, scope=near)
    assert any(one.startswith("scope.near: cannot be asked here") for one in found)
    read_standard(book({**PIPED, "of": near, "beside": {"all": {}, "there": near}}), "s")


def test_what_the_grammar_takes():
    queue = {**REACH, "facilities": "water_points", "minutes": 20, "speed_m_per_min": 80}
    del queue["within_m"]
    hours = {"until": ["date"], "within_hours": 24}
    for target in (
        {**queue, "wait": "queue_minutes"},
        {**COUNT, **hours, "at_least": 2},
        {**COUNT, **hours, "each": "item", "at_least_share": "0.9", "no_item": "met"},
        {**COUNT, "shared_by": "homestead_id"},
        {**COUNT, "where": {"checked": {"has_all": {"list": "six-visits"}, "has_none": ["x"]}}},
    ):
        read_standard(book(target), "s")


JUNK = [7, -1, 1.5, "", "x", True, [], ["x"], [7], {}, {"x": 1}, [{}], [["x"]]]


@pytest.mark.parametrize("target", [PIPED, COUNT, REACH], ids=["attribute", "count", "reach"])
@pytest.mark.parametrize("junk", JUNK, ids=map(repr, JUNK))
def test_junk_under_any_key_is_a_fault_or_fine_and_hides_no_other(target, junk):
    other = {**PIPED, "id": "other", "gaol": "0.8"}
    for key in sorted(KNOWN_KEYS - {"id"}):
        found = faults({**target, key: junk}, other)
        assert [one for one in found if one.startswith("target other.gaol:")], key
        rest = [one for one in found if not one.startswith("target other")]
        assert all(one.startswith(f"target {target['id']}") for one in rest), (key, rest)


def test_joins_nest_twice_and_take_only_what_judges_a_whole_subject():
    piped = {k: v for k, v in PIPED.items() if k in ("measure", "column", "one_of")}
    head = {"id": "t", "subjects": "households"}
    deep = {"any_of": [{"all_of": [piped, {"any_of": [piped]}]}]}
    assert any("nested" in one for one in faults({**head, **deep}))
    made = read_standard(book({**head, "any_of": [{"all_of": [piped, piped]}, piped]}), "s")
    assert isinstance(made.targets[0].body, Join)
    split = {"measure": "along", "items": "streetlights", "within_m": 20}
    rule = {"id": "t", "subjects": "roads"}
    assert any("whole subject" in one for one in faults({**rule, "any_of": [split]}))
    read_standard(book({**rule, "any_of": [{**split, "max_gap_m": 40}]}), "s")
    assert any("any_of" in one for one in faults({**head, "any_of": []}))
    assert any("exactly one" in one for one in faults({**PIPED, "any_of": [piped]}))


def test_grades_are_checked():
    full = {"id": "full", "measure": "attribute", "column": "days_short", "at_most": 18}
    target = {"id": "g", "subjects": "households", "met_from": "full", "grade": [full]}
    read_standard(book(target), "s")
    assert any("there is no grade" in one for one in faults({**target, "met_from": "best"}))
    found = faults({**target, "grade": [{"id": "none"}, full]})
    assert any("only the last grade" in one for one in found)
    assert any("asks nothing" in one for one in faults({"id": "g", "subjects": "households"}))


def test_mistakes_outside_the_targets():
    assert any(one.startswith("target: there is no") for one in faults())
    found = faults(PIPED, PIPED, efective_from=dt.date(2023, 1, 1), scope={"demo_levl": ["county"]})
    assert [one.partition(":")[0] for one in found] == [
        "efective_from", "scope.demo_levl", "target piped",
    ]  # fmt: skip
    assert any(one.startswith("effective_from") for one in faults(PIPED, effective_from="2023"))
    assert any("head of its own" in one for one in faults("piped"))


# ----------------------------------------------------------------------------- versions

BASE = book({**PIPED, "of": {"resident": True}}, {**PIPED, "id": "gone"}, version="1") | {
    "id": "base", "effective_from": dt.date(2023, 1, 1),
}  # fmt: skip
NEWER = BASE | {"version": "2", "effective_from": dt.date(2024, 1, 1)}
SHELF = [NEWER, BASE]


def child(**more):
    return {"id": "child", "version": "1", "effective_from": dt.date(2024, 6, 1), **more}


def test_an_id_alone_is_the_newest_in_force():
    assert choose(SHELF, "base", dt.date(2023, 6, 1))["version"] == "1"
    assert choose(SHELF, "base", dt.date(2024, 1, 1))["version"] == "2"
    assert choose(SHELF, "base", None)["version"] == "2"
    assert choose(SHELF, "base@1", dt.date(2025, 1, 1))["version"] == "1"
    with pytest.raises(UsageError, match="not in force on 2022-12-31"):
        choose(SHELF, "base", dt.date(2022, 12, 31))
    with pytest.raises(UsageError, match="Choose one of base"):
        choose(SHELF, "bass", None)


def test_extending_changes_only_the_keys_named():
    given = child(extends="base@1", drop=["gone"], target=[{"id": "piped", "goal": "0.5"}])
    made = read_standard(expand(given, SHELF), "child")
    (target,) = made.targets
    assert (str(target.goal), target.of) == ("0.5", {"resident": True})
    assert isinstance(target.body, Measure)
    assert target.body.keys["column"] == "piped_water"
    assert made.label == "child@1"


def test_a_new_question_replaces_the_old_one_whole():
    question = {"id": "piped", "measure": "attribute", "column": "persons", "at_least": 2}
    given = child(extends="base@1", target=[question])
    target = read_standard(expand(given, SHELF), "child").targets[0]
    assert isinstance(target.body, Measure)
    assert dict(target.body.keys) == {"column": "persons", "at_least": 2}
    assert target.of == {"resident": True}
    grades = [{"id": "good", "measure": "attribute", "column": "persons", "at_least": 2}]
    given = child(extends="base@1", target=[{"id": "piped", "met_from": "good", "grade": grades}])
    target = read_standard(expand(given, SHELF), "child").targets[0]
    assert (target.body, target.met_from) == (None, "good")


def test_the_same_measure_named_again_keeps_its_other_keys():
    question = {"id": "piped", "measure": "attribute", "column": "fiber"}
    target = read_standard(expand(child(extends="base@1", target=[question]), SHELF), "c").targets[
        0
    ]
    assert isinstance(target.body, Measure)
    assert dict(target.body.keys) == {"column": "fiber", "one_of": [True]}


@pytest.mark.parametrize(
    ("change", "gone", "kept"),
    [
        ({"within_days": 30}, "period", {"by": "household_id", "within_days": 30}),
        ({"within_m": 50}, "by", {"within_m": 50, "period": "month"}),
    ],
)
def test_a_key_that_excludes_another_one_takes_its_place(change, gone, kept):
    visited = {
        "id": "t",
        "subjects": "households", "measure": "count", "items": "visits", "by": "household_id",
        "date": "date", "period": "month",
    }  # fmt: skip
    base = book(visited, version="1") | {"id": "base", "effective_from": dt.date(2023, 1, 1)}
    given = child(extends="base@1", target=[{"id": "t", **change}])
    target = read_standard(expand(given, [base]), "child").targets[0]
    assert isinstance(target.body, Measure)
    assert gone not in target.body.keys
    assert kept.items() <= target.body.keys.items()


def test_an_extended_id_alone_is_the_newest_in_force_on_the_day_of_judgement():
    given = child(extends="base", effective_from=dt.date(2020, 1, 1))
    other = NEWER | {"target": [{**PIPED, "id": "new"}]}
    for day, ids in ((dt.date(2023, 6, 1), ["piped", "gone"]), (dt.date(2024, 1, 1), ["new"])):
        made = expand(given, [other, BASE], day)
        assert [target["id"] for target in made["target"]] == ids


def test_a_scope_is_inherited_and_may_be_lifted():
    base = BASE | {"scope": {"demo_level": ["county"]}}
    made = read_standard(expand(child(extends="base@1"), [base]), "child")
    assert made.scope == {"demo_level": ["county"]}
    assert not read_standard(expand(child(extends="base@1", scope={}), [base]), "child").scope


def test_dropping_what_is_not_there_is_told_with_the_other_mistakes():
    given = child(extends="base@1", drop=["gnoe"], target=[{"id": "piped", "goal": "7"}])
    with pytest.raises(StandardError) as caught:
        read_standard(expand(given, SHELF), "child")
    assert [one.partition(":")[0] for one in caught.value.faults] == ["drop", "target piped.goal"]


def test_standards_that_extend_each_other_in_a_circle():
    one = {"id": "one", "version": "1", "extends": "two@1"}
    two = {"id": "two", "version": "1", "extends": "one@1"}
    with pytest.raises(StandardError, match="leads back"):
        expand(one, [one, two])
    with pytest.raises(UsageError, match="no such standard"):
        expand(child(extends="nobody@1"), SHELF)


def test_a_standard_without_a_date_may_extend_one_with_a_date():
    made = expand({"id": "x", "version": "1", "extends": "base"}, SHELF)
    assert made["effective_from"] == dt.date(2024, 1, 1)


# --------------------------------------------------------------------- the planner's own

OWN = sorted(f"{table['id']}@{table['version']}" for table in standards())


def test_there_is_a_standard():
    assert "qingyang-2023@1" in OWN


@pytest.mark.parametrize("label", OWN)
def test_every_standard_the_planner_brings_is_sound(label):
    made: Standard = load_standard(label)
    assert made.label == label
    costs = load_costs()
    for target in made.targets:
        kind = target.work.get("kind")
        assert kind is None or kind in costs, target.id
        assert {"zh", "en"} <= set(target.title), target.id
        assert target.lead, target.id
        assert target.source, target.id
        for name in columns_of(target):
            layer, _, column = name.partition(".")
            assert column in schema(layer).columns, f"{target.id}: {name}"
    assert set(layers_needed(made)) <= {*askable_names(), *RASTERS}


def columns_of(target):
    """List the columns a target reads, as layer.column."""
    from geo.grammar import resolve

    def named(conditions, layer):
        tables = conditions if isinstance(conditions, list) else [conditions or {}]
        names = [str(name) for table in tables for name in table if name != "near"]
        found = [".".join(resolve(name, layer)) for name in names]
        for near in (table["near"] for table in tables if "near" in table):
            found += named(near.get("where"), near["items"])
        return found

    def walk(body):
        if isinstance(body, Join):
            return [name for member in body.members for name in walk(member)]
        if body is None:
            return []
        keys = body.keys
        items = keys.get("items", keys.get("facilities", "self"))
        layer = target.subjects if items == "self" else items
        found = named(keys.get("where"), layer)
        own = [keys[k] for k in ("column", "numerator", "denominator") if k in keys]
        own += [keys["per"]["column"]] if "per" in keys else []
        found += [".".join(resolve(name, target.subjects)) for name in own]
        until = keys.get("until", [])
        dates = [keys["date"]] if "date" in keys else []
        dates += until if isinstance(until, list) else [until]
        shared = [f"{target.subjects}.{keys['shared_by']}"] if "shared_by" in keys else []
        return found + shared + [f"{layer}.{name}" for name in dates]

    bodies = [target.body, *(grade.body for grade in target.grades)]
    found = [name for body in bodies for name in walk(body)]
    for conditions in (target.of, *target.beside.values()):
        found += named(conditions, target.subjects)
    if isinstance(target.goal, dict):
        found.append(f"villages.{target.goal['column']}")
    return found
