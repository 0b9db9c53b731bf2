"""Who is counted and what they weigh, with villages computed by hand."""

import pytest
from hand import at, card, counts, field, judged, parts, project, verdict

from geo.standard import read_standard

V1 = [{"id": "V1", "name": "Dong", "township": "T1"}]
PIPED = {
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
}  # fmt: skip


def home(number, piped, **more):
    return {"id": f"H{number}", "village_id": "V1", "piped_water": piped, **more}


def made(rows, villages=V1, **target):
    return judged(project(villages=villages, households=rows), {**PIPED, **target})


# ------------------------------------------------------------------------- eligibility


def test_who_is_not_asked_is_left_out_and_who_may_be_asked_is_unknown():
    rows = [home(1, True, resident=True), home(2, False, resident=False), home(3, True)]
    found = made(rows, of={"resident": True})
    assert counts(found, "village", "V1") == (1, 0, 1)
    assert found.verdicts.reason.tolist() == ["ok", "eligibility_unknown"]


@pytest.mark.parametrize("reason", ["declined", None, "away", "to_be_relocated"])
def test_exemptions_are_set_aside_only_for_the_reasons_a_target_accepts(reason):
    rows = [home(1, False, exempt=reason, exempt_evidence="signed"), home(2, True)]
    found = made(rows, exempt=["declined", "away"])
    aside = reason in ("declined", "away")
    assert counts(found, "village", "V1") == ((1, 0, 0) if aside else (1, 1, 0))
    assert card(found, "village", "V1")["excluded"] == int(aside)
    assert found.excluded["evidence"].tolist() == (["signed"] if aside else [])


def test_an_exempt_household_is_set_aside_though_nobody_knows_whether_it_is_asked():
    # Asked or not, it never counts; certainly not asked, it is not even set aside.
    rows = [home(1, None, exempt="away"), home(2, None, exempt="away", resident=False)]
    found = made(rows, exempt=["away"], of={"resident": True})
    assert counts(found, "village", "V1") == (0, 0, 0)
    assert card(found, "village", "V1")["excluded"] == 1


def test_other_denominators_stand_beside_and_decide_nothing():
    # asked: H1 of H1, H2; all: H1 of H1, H2, H3; the declined H2 is set aside in the first only
    rows = [
        home(1, True, resident=True),
        home(2, False, resident=True, exempt="declined"),
        home(3, False, resident=False),
    ]
    beside = {"all": {}, "kept": {"exempt": {"empty": True}}}
    found = made(
        rows, kind="required", goal="1", of={"resident": True}, exempt=["declined"], beside=beside
    )
    assert counts(found, "village", "V1") == (1, 0, 0)
    assert counts(found, "village", "V1", "t.all") == (1, 2, 0)
    assert counts(found, "village", "V1", "t.kept") == (1, 1, 0)
    row = card(found, "village", "V1", "t.all")
    assert (row["kind"], row["goal"], row["status"], row["excluded"]) == (
        "beside", None, "reported", 0,
    )  # fmt: skip
    assert card(found, "village", "V1", "_all")["status"] == "met"
    assert len(found.gaps) == 0


# ----------------------------------------------------------------------------- unlisted


def declared(number, **more):
    return [{**V1[0], "households": number, **more}]


def test_declared_households_nobody_listed_are_one_unknown_row():
    found = made([home(1, True), home(2, False)], declared(5))
    rows = found.verdicts.set_index("subject_id")
    assert rows.unknown.to_dict() == {"H1": 0, "H2": 0, "V1:unlisted": 3}
    assert counts(found, "county", "county") == (1, 1, 3)
    assert found.survey.reason.tolist() == ["unlisted"]


@pytest.mark.parametrize("number", [2, 1, None, 0])
def test_no_such_row_when_no_more_are_declared(number):
    assert counts(made([home(1, True), home(2, False)], declared(number)), "village", "V1") == (
        1, 1, 0,
    )  # fmt: skip


def test_all_households_unlisted_is_not_assessed():
    found = judged(project(villages=declared(7)), {**PIPED, "goal": "0.5"})
    assert counts(found, "village", "V1") == (0, 0, 7)
    assert card(found, "village", "V1")["status"] == "not_assessed"


def test_households_not_asked_are_listed_all_the_same():
    # Two listed, one of them not asked; three declared: one is missing from the list.
    rows = [home(1, True, resident=True), home(2, True, resident=False)]
    assert counts(made(rows, declared(3), of={"resident": True}), "village", "V1") == (1, 0, 1)


def test_a_question_on_the_village_decides_about_unlisted_households_too():
    dry, wet = declared(3, water_zone="short"), declared(3, water_zone="wet")
    of = {"village.water_zone": ["short"]}
    assert counts(made([home(1, True)], dry, of=of), "village", "V1") == (1, 0, 2)
    assert counts(made([home(1, True)], wet, of=of), "village", "V1") == (0, 0, 0)


def test_what_a_blank_means_says_nothing_about_households_nobody_listed():
    # `exempt` is blank where there is no exemption; an unlisted household may well have one.
    of = {"exempt": {"empty": False}}
    assert counts(made([home(1, True)], declared(3), of=of), "village", "V1") == (0, 0, 2)
    of = {"exempt": {"empty": True}}
    assert counts(made([home(1, True)], declared(3), of=of), "village", "V1") == (1, 0, 2)


def test_unlisted_persons():
    # 10 people in 4 households declared, 6 in 2 listed: 4 people nobody listed
    rows = [home(1, True, persons=4), home(2, False, persons=2)]
    villages = declared(4, population=10)
    assert counts(made(rows, villages, amount="persons"), "village", "V1") == (4, 2, 4)
    complete = declared(2, population=10)  # no household is missing: persons are just out of date
    assert counts(made(rows, complete, amount="persons"), "village", "V1") == (4, 2, 0)


# ------------------------------------------------------------------------------ amounts


def test_persons_zero_and_blank():
    rows = [home(1, True, persons=4), home(2, False, persons=0), home(3, False)]
    found = made(rows, amount="persons", goal="1")
    row = card(found, "village", "V1")
    assert counts(found, "village", "V1") == (4, 0, 0)
    assert (row["unit"], row["missing"]) == ("person", 1)


def test_length_and_area_as_amounts():
    places = [
        {"id": "P1", "village_id": "V1", "paved": True, "geometry": field(0, 0, 20, 10.5)},
        {"id": "P2", "village_id": "V1", "paved": False, "geometry": at(0, 0)},
    ]
    data = project(villages=V1, public_places=[{"kind": "square", **p} for p in places])
    rule = {
        "subjects": "public_places", "amount": "area", "measure": "attribute", "column": "kind",
        "one_of": ["square"],
    }  # fmt: skip
    assert parts(data, **rule) == {"P1": (210, 0, 0)}
    assert card(judged(data, rule), "village", "V1")["missing"] == 1


# ------------------------------------------------------------------------------- places


def test_a_household_over_the_border_stays_with_its_stated_village():
    villages = [
        {"id": "A", "name": "a", "geometry": field(0, 0, 10, 10)},
        {"id": "B", "name": "b", "geometry": field(10, 0, 20, 10)},
    ]
    rows = [
        {"id": "H1", "village_id": "A", "piped_water": True, "geometry": at(15, 5)},
        {"id": "H2", "piped_water": True, "geometry": at(15, 5)},
        {"id": "H3", "piped_water": True, "geometry": at(50, 5)},
        {"id": "H4", "village": "b", "piped_water": True, "geometry": None},
    ]
    found = made(rows, villages).verdicts.set_index("subject_id").village_id.to_dict()
    assert found == {"H1": "A", "H2": "B", "H3": "-", "H4": "B"}


# ------------------------------------------------------------------------------- grades

GRADES = [
    {"id": "full", "measure": "attribute", "column": "days_short", "at_most": 18},
    {"id": "basic", "measure": "attribute", "column": "days_short", "at_most": 36},
    {"id": "none"},
]


def test_a_subject_gets_the_first_grade_it_passes():
    rows = [home(n, None, days_short=days) for n, days in enumerate((18, 19, 37, None), 1)]
    target = {"subjects": "households", "met_from": "basic", "grade": GRADES, "goal": "0.5"}
    found = judged(project(villages=V1, households=rows), target)
    assert counts(found, "village", "V1") == (2, 1, 1)
    assert counts(found, "village", "V1", "t.full") == (1, 2, 1)
    assert counts(found, "village", "V1", "t.basic") == (1, 2, 1)
    assert counts(found, "village", "V1", "t.none") == (1, 2, 1)
    assert card(found, "village", "V1", "t.basic")["kind"] == "grade"


def test_met_may_be_certain_while_the_grade_is_not():
    rows = [home(1, None, days_short=10, water_quality=None)]
    grades = [
        {"id": "full", "all_of": [
            {"measure": "attribute", "column": "days_short", "at_most": 18},
            {"measure": "attribute", "column": "water_quality", "one_of": ["meets_gb5749"]},
        ]},
        *GRADES[1:],
    ]  # fmt: skip
    target = {"subjects": "households", "met_from": "basic", "grade": grades}
    found = judged(project(villages=V1, households=rows), target)
    assert counts(found, "village", "V1") == (1, 0, 0)
    assert counts(found, "village", "V1", "t.full") == (0, 0, 1)
    assert counts(found, "village", "V1", "t.basic") == (0, 0, 1)


def test_nothing_given_is_changed():
    rows = [home(1, True), home(2, None)]
    data = project(villages=declared(5), households=rows)
    before = {name: frame.copy(deep=True) for name, frame in data.frames.items()}
    judged(data, PIPED)
    assert all(frame.equals(before[name]) for name, frame in data.frames.items())
    table = {"id": "s", "target": [{"id": "t", **PIPED}]}
    assert read_standard(table, "x").targets[0].id == "t"
    assert table == {"id": "s", "target": [{"id": "t", **PIPED}]}


def test_villages_alone_are_enough():
    assert verdict(project(villages=V1), **PIPED) == {}
