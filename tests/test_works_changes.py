"""Finished work and what it changes in the layers, in villages a child can measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hand import DAY, at, field, judged, line, project

from layers.frames import ProjectData
from layers.tasks.store import MemoryStore, Said
from layers.work_form import Event, Item
from works.changes.draft import Draft, Hindered, Row
from works.changes.proposals import drafts
from works.changes.speech import sentence
from works.library import load_costs
from works.tasks.register import register
from works.worklist import worklist

VILLAGES = [{"id": "A", "name": "东沟村", "population": 900}]
WORK = {"kind": "toilet-rebuild", "per": "subject", "quantity": "amount"}
ME = Said("王某某", "cli")


def done(
    data: ProjectData, target: Mapping[str, Any], **told: str
) -> tuple[dict[str, Item], dict[str, Draft | Hindered]]:
    """Do all the work of one target, and give items and what they change, by subject."""
    found = judged(data, target)
    store = MemoryStore()
    register(store, found, worklist(found, load_costs()), ME)
    events = [
        Event(key, "set", name, None, value)
        for key in store.items()
        for name, value in {"state": "done", **told}.items()
    ]
    store.keep(events, ME)
    items = {str(item["subject_id"]): item for item in store.items().values()}
    made = drafts(data, found.standard, items.values(), DAY)
    return items, {subject: made[item["work_id"]] for subject, item in items.items()}


def rows(found: Draft | Hindered) -> list[Row]:
    assert isinstance(found, Draft), found
    return list(found.rows)


def only(data: ProjectData, target: Mapping[str, Any], **told: str) -> Row:
    """Give the one row that the one piece of work changes."""
    _, found = done(data, target, **told)
    (draft,) = found.values()
    (row,) = rows(draft)
    return row


def why(data: ProjectData, target: Mapping[str, Any], **told: str) -> str:
    """Say why the one piece of work changes nothing."""
    _, found = done(data, target, **told)
    (hindered,) = found.values()
    assert isinstance(hindered, Hindered), hindered
    return hindered.code


# ---------------------------------------------------------------- the subject's own column

WATER = {
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
    "work": {**WORK, "kind": "water-connection"},
}  # fmt: skip
HEAT = {
    "subjects": "households", "measure": "attribute", "column": "heating",
    "one_of": ["electric", "gas"], "work": {**WORK, "kind": "heating-change"},
}  # fmt: skip


def homes(**cells: Any) -> ProjectData:
    return project(villages=VILLAGES, households=[{"id": "H1", "village_id": "A", **cells}])


def test_a_yes_no_column_gets_the_value_that_passes() -> None:
    row = only(homes(piped_water=False), WATER)
    assert row == Row("households", "H1", {"piped_water": "true"}, {"piped_water": "false"})


def test_of_several_values_the_first_is_assumed_and_said_so() -> None:
    items, found = done(homes(heating="coal"), HEAT)
    draft = found["H1"]
    assert [one.values for one in rows(draft)] == [{"heating": "electric"}]
    assert isinstance(draft, Draft)
    assert draft.assumed == {"heating": "electric"}
    told = sentence(items["H1"], draft.as_dict(), draft.rows, "zh")
    assert "取暖方式由“燃煤”改为“煤改电”" in told
    assert "未报具体内容" in told
    assert "尚未验收" in told


@pytest.mark.parametrize(
    ("told", "code", "short"),
    [("煤改气", "gas", False), ("燃煤炉", "electric", False), ("燃煤", "coal", True)],
)
def test_what_was_really_built_goes_before_what_is_assumed(
    told: str, code: str, short: bool
) -> None:
    _, found = done(homes(heating="firewood"), HEAT, result=told)
    draft = found["H1"]
    assert isinstance(draft, Draft)
    assert draft.rows[0].values == {"heating": code}
    # A word that is none of the column's says nothing: the first passing value is assumed.
    assert bool(draft.assumed) == (told == "燃煤炉")
    assert draft.short == ({"heating": "coal"} if short else {})


def test_a_limit_is_reached_and_no_more() -> None:
    litres = {
        "subjects": "households", "measure": "attribute", "column": "litres_per_person_day",
        "at_least": 20, "work": {**WORK, "kind": "water-supply-improved"},
    }  # fmt: skip
    assert only(homes(litres_per_person_day=12), litres).values == {"litres_per_person_day": "20"}
    told = only(homes(litres_per_person_day=12), litres, result="45")
    assert told.values == {"litres_per_person_day": "45"}
    short = {"subjects": "households", "measure": "attribute", "column": "days_short",
             "at_most": 36, "work": {**WORK, "kind": "water-supply-improved"}}  # fmt: skip
    assert only(homes(days_short=90), short).values == {"days_short": "36"}


def test_people_per_cleaner_decide_how_many_are_needed() -> None:
    # 900 people, one for each 400 begun: 3 cleaners, not the 2 every village has
    target = {
        "subjects": "villages", "measure": "attribute", "column": "cleaners", "at_least": 2,
        "per": {"column": "population", "n": 400}, "work": {"kind": "cleaner-post",
        "per": "village", "quantity": "amount"},
    }  # fmt: skip
    data = project(villages=[{**VILLAGES[0], "cleaners": 1}])
    assert only(data, target).values == {"cleaners": "3"}


def test_a_name_is_asked_for_and_never_invented() -> None:
    target = {
        "subjects": "streetlights", "measure": "attribute", "column": "keeper", "empty": False,
        "work": {**WORK, "kind": "keeper-named"},
    }  # fmt: skip
    lamp = {"id": "L1", "village_id": "A", "keeper": None}
    data = project(villages=VILLAGES, streetlights=[lamp])
    data.blanks[("streetlights", "keeper")] = "none"  # type: ignore[index]
    assert why(data, target) == "needs_word"
    assert only(data, target, result="王某某").values == {"keeper": "王某某"}


def test_a_village_counts_what_was_done_up_to_its_whole() -> None:
    target = {
        "subjects": "villages", "measure": "ratio", "numerator": "health_records",
        "denominator": "population", "work": {"kind": "record-update", "per": "village",
        "quantity": "amount"},
    }  # fmt: skip
    data = project(villages=[{**VILLAGES[0], "health_records": 700}])
    assert only(data, target).values == {"health_records": "900"}
    assert only(data, target, quantity_done="50").values == {"health_records": "750"}
    assert only(data, target, quantity_done="500").values == {"health_records": "900"}


def test_nothing_done_changes_nothing() -> None:
    assert why(homes(piped_water=False), WATER, quantity_done="0") == "nothing_done"


# ---------------------------------------------------------------- several ways

EITHER = {
    "subjects": "households",
    "any_of": [
        {"measure": "reach", "facilities": "water_points", "where": {"status": ["working"]},
         "within_m": 100},
        {"measure": "attribute", "column": "piped_water", "one_of": [True]},
    ],
    "work": {**WORK, "kind": "water-connection"},
}  # fmt: skip


def dry(kind: str = "water-connection", **told: str) -> Row:
    data = project(
        villages=VILLAGES,
        households=[{"id": "H1", "village_id": "A", "piped_water": False, "geometry": at(0, 0)}],
        water_points=[
            {"id": "W1", "status": "broken", "geometry": at(900, 0)},
            {"id": "W2", "status": "broken", "geometry": at(500, 0)},
        ],
    )
    return only(data, {**EITHER, "work": {**WORK, "kind": kind}}, **told)


def test_of_several_ways_the_one_the_work_is_of() -> None:
    assert (dry().layer, dry().values) == ("households", {"piped_water": "true"})
    mended = dry("water-point-repair")
    assert (mended.id, mended.values) == ("W2", {"status": "working"})
    new = dry("water-point-new", place="108.0005,35.2297")
    assert (new.new, new.shape) == (True, "POINT (108.0005000 35.2297000)")
    assert new.values == {"village_id": "A", "status": "working"}


def test_a_new_water_point_needs_the_place_somebody_told() -> None:
    with pytest.raises(AssertionError, match="needs_place"):
        dry("water-point-new")


def test_all_of_changes_what_fails_and_nothing_else() -> None:
    both = {
        "subjects": "households",
        "all_of": [
            {"measure": "attribute", "column": "litres_per_person_day", "at_least": 20},
            {"any_of": [
                {"measure": "attribute", "column": "village.water_zone", "one_of": ["short"]},
                {"measure": "attribute", "column": "litres_per_person_day", "at_least": 35},
            ]},
        ],
        "work": {**WORK, "kind": "water-supply-improved"},
    }  # fmt: skip
    zones = {"short": "20", "humid": "35"}
    for zone, litres in zones.items():
        data = project(
            villages=[{**VILLAGES[0], "water_zone": zone}],
            households=[{"id": "H1", "village_id": "A", "litres_per_person_day": 10}],
        )
        # Elsewhere the first way would be another water zone: nobody moves a village there.
        assert only(data, both).values == {"litres_per_person_day": litres}


# ---------------------------------------------------------------- things that are counted

TOILET = {
    "subjects": "households", "measure": "count", "items": "toilets", "by": "household_id",
    "where": {"type": ["three_compartment", "biogas"], "in_use": True, "defects": {"empty": True}},
    "work": WORK,
}  # fmt: skip


def toilet(**cells: Any) -> ProjectData:
    mine = [{"id": "T1", "household_id": "H1", **cells}] if cells else []
    return project(
        villages=VILLAGES,
        households=[{"id": "H1", "village_id": "A", "geometry": at(0, 0)}],
        toilets=mine or [{"id": "T9", "household_id": "H9", "type": "dry_pit"}],
    )


def test_the_toilet_that_is_there_gets_what_it_lacks() -> None:
    row = only(toilet(type="dry_pit", in_use=False, defects="leak"), TOILET)
    assert (row.id, row.new) == ("T1", False)
    assert row.values == {"type": "three_compartment", "in_use": "true", "defects": "none"}
    assert row.before == {"type": "dry_pit", "in_use": "false", "defects": "leak"}
    leaks = only(toilet(type="biogas", in_use=True, defects="leak"), TOILET)
    assert leaks.values == {"defects": "none"}


def test_what_passes_already_changes_only_where_something_else_was_built() -> None:
    there = toilet(type="three_compartment", in_use=False, defects="none")
    assert only(there, TOILET).values == {"in_use": "true"}
    assert only(there, TOILET, result="三格式").values == {"in_use": "true"}
    assert only(there, TOILET, result="沼气池").values == {"type": "biogas", "in_use": "true"}


def test_where_there_was_none_one_is_added_that_belongs_to_the_household() -> None:
    row = only(toilet(), TOILET, result="三格式")
    assert row.new
    assert row.values == {
        "household_id": "H1", "type": "three_compartment", "in_use": "true", "defects": "none"
    }  # fmt: skip
    assert row.id.startswith("w-")
    assert row.shape == ""


def test_of_two_toilets_the_one_nearest_to_passing() -> None:
    data = project(
        villages=VILLAGES,
        households=[{"id": "H1", "village_id": "A"}],
        toilets=[
            {"id": "T1", "household_id": "H1", "type": "dry_pit", "in_use": False,
             "defects": "none"},
            {"id": "T2", "household_id": "H1", "type": "biogas", "in_use": False,
             "defects": "none"},
        ],
    )  # fmt: skip
    assert only(data, TOILET) == Row("toilets", "T2", {"in_use": "true"}, {"in_use": "false"})


CLINIC = {
    "subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
    "where": {"kind": ["clinic"], "status": ["working"]},
    "work": {"kind": "clinic-new", "per": "village", "quantity": "amount"},
}  # fmt: skip


def test_a_school_is_never_made_a_clinic() -> None:
    school = {"id": "S", "village_id": "A", "kind": "school", "status": "working"}
    data = project(villages=VILLAGES, facilities=[school], sent=[
        ("facilities", "clinic", "*", True, "2023-06-01")])  # fmt: skip
    row = only(data, CLINIC)
    assert row.new
    assert row.values == {"village_id": "A", "kind": "clinic", "status": "working"}
    shut = {"id": "C", "village_id": "A", "kind": "clinic", "status": "broken"}
    mended = only(project(villages=VILLAGES, facilities=[shut]), CLINIC)
    assert (mended.id, mended.values) == ("C", {"status": "working"})


def test_a_thing_near_by_is_put_where_it_was_told_else_at_the_subject() -> None:
    target = {
        "subjects": "public_places", "measure": "count", "items": "signs", "within_m": 50,
        "where": {"kind": ["traffic"]}, "work": {**WORK, "kind": "sign-new"},
    }  # fmt: skip
    data = project(
        villages=VILLAGES,
        public_places=[{"id": "P", "village_id": "A", "kind": "square", "geometry": at(0, 0)}],
        signs=[{"id": "S", "kind": "traffic", "geometry": at(900, 0)}],
    )
    _, found = done(data, target)
    draft = found["P"]
    assert isinstance(draft, Draft)
    assert draft.notes == ("at_subject",)
    assert draft.rows[0].shape.startswith("POINT (108 35.229")
    told = only(data, target, place="108.0001,35.2298")
    assert told.shape == "POINT (108.0001000 35.2298000)"


def test_hazards_without_a_plan_get_one() -> None:
    target = {
        "subjects": "households", "measure": "count", "items": "hazards", "at_most": 0,
        "where": {"has_plan": False}, "within_m": 0,
        "work": {"kind": "hazard-plan-written", "per": "village"},
    }  # fmt: skip
    data = project(
        villages=VILLAGES,
        households=[{"id": f"H{n}", "village_id": "A", "geometry": at(100 * n, 0)}
                    for n in range(3)],
        hazards=[
            {"id": "Z1", "has_plan": False, "geometry": field(-10, -10, 10, 10)},
            {"id": "Z2", "has_plan": False, "geometry": field(90, -10, 110, 10)},
            {"id": "Z3", "has_plan": True, "geometry": field(190, -10, 210, 10)},
            {"id": "Z4", "has_plan": False, "geometry": field(900, -10, 950, 10)},
        ],
    )  # fmt: skip
    _, found = done(data, target)
    (draft,) = found.values()
    # Z3 has a plan and nobody lives in Z4
    assert [(one.id, one.values) for one in rows(draft)] == [
        ("Z1", {"has_plan": "true"}), ("Z2", {"has_plan": "true"})
    ]  # fmt: skip


# ---------------------------------------------------------------- events and days

VISITED = {
    "subjects": "households", "measure": "count", "items": "visits", "by": "household_id",
    "date": "date", "period": "quarter", "where": {"kind": ["home_visit"]},
    "work": {**WORK, "kind": "record-update"},
}  # fmt: skip


def visits() -> ProjectData:
    return project(
        villages=VILLAGES,
        households=[{"id": "H1", "village_id": "A"}],
        visits=[{"id": "V", "household_id": "H9", "date": "2023-06-29", "kind": "home_visit"}],
        dates={"visits": "2023-06-30"},
    )


def test_one_visit_is_one_row_of_its_day() -> None:
    assert why(visits(), VISITED) == "needs_day"
    row = only(visits(), VISITED, done_on="2023-06-12")
    assert row.values == {"household_id": "H1", "date": "2023-06-12", "kind": "home_visit"}


@pytest.mark.parametrize(("day", "notes"), [
    ("2023-03-31", ("day_outside",)), ("2023-04-01", ()), ("2023-06-30", ()),
    ("2023-07-01", ("day_outside",)),
])  # fmt: skip
def test_a_day_outside_the_quarter_is_written_and_said_to_close_nothing(
    day: str, notes: tuple[str, ...]
) -> None:
    items, found = done(visits(), VISITED, done_on=day)
    draft = found["H1"]
    assert isinstance(draft, Draft)
    assert (draft.rows[0].values["date"], draft.notes) == (day, notes)
    assert ("不在考核时段" in sentence(items["H1"], draft.as_dict(), draft.rows, "zh")) == bool(
        notes
    )


def test_one_visit_never_stands_for_two_and_one_clearing_never_for_a_month() -> None:
    assert why(visits(), {**VISITED, "at_least": 2}, done_on="2023-06-12") == "one_event"
    daily = {
        "subjects": "garbage_sites", "measure": "count", "items": "clearances", "by": "site_id",
        "date": "date", "period": "month", "each": "day", "at_least_share": "1",
        "work": {**WORK, "kind": "clearing-schedule"},
    }  # fmt: skip
    data = project(
        villages=VILLAGES, garbage_sites=[{"id": "G", "village_id": "A"}],
        clearances=[{"id": "C", "site_id": "G", "date": "2023-06-01"}],
        dates={"clearances": "2023-06-30"},
    )  # fmt: skip
    assert why(data, daily, done_on="2023-06-30") == "one_event"


def test_a_site_that_was_cleared_is_full_no_more() -> None:
    full = {
        "subjects": "garbage_sites", "of": {"full_since": {"empty": False}}, "measure": "count",
        "items": "self", "date": "full_since", "within_days": 1,
        "work": {**WORK, "kind": "clearing-schedule"},
    }  # fmt: skip
    weekly = {
        "subjects": "garbage_sites", "measure": "count", "items": "self", "date": "last_cleared",
        "within_days": 7, "work": {**WORK, "kind": "clearing-schedule"},
    }  # fmt: skip
    data = project(villages=VILLAGES, garbage_sites=[
        {"id": "G", "village_id": "A", "full_since": "2023-06-20", "last_cleared": "2023-06-10"}
    ])  # fmt: skip
    row = only(data, full, done_on="2023-06-29")
    assert row.values == {"full_since": "", "last_cleared": "2023-06-29"}
    assert only(data, weekly, done_on="2023-06-29").values == {"last_cleared": "2023-06-29"}
    assert why(data, weekly) == "needs_day"


# ---------------------------------------------------------------- along a line

LIT = {
    "subjects": "roads", "amount": "length", "measure": "along", "items": "streetlights",
    "where": {"status": ["working"]}, "within_m": 20,
    "work": {"kind": "streetlight-new", "per": "stretch", "quantity": "length/spacing",
             "spacing_m": 30, "repair": "streetlight-repair"},
}  # fmt: skip


def road(*lamps: tuple[float, str]) -> ProjectData:
    """Make a road of 300 m with lamps at so many metres."""
    return project(
        villages=[{**VILLAGES[0], "geometry": field(-50, -50, 350, 50)}],
        roads=[{"id": "R", "geometry": line((0, 0), (300, 0))}],
        streetlights=[
            {"id": f"L{n}", "status": status, "geometry": at(x, 0)}
            for n, (x, status) in enumerate(lamps, 1)
        ],
    )


def test_mending_lights_the_broken_lamps_of_its_stretch_and_no_others() -> None:
    # lit to 170 and from 230: the dark stretch 170-230 has L3 and L4; L5 stands within lit metres
    working = [(20.0 + 40 * n, "working") for n in range(4)]
    lamps = [*working, (180.0, "broken"), (215.0, "broken"), (250.0, "working"),
             (285.0, "working"), (100.0, "broken")]  # fmt: skip
    items, found = done(road(*lamps), LIT)
    (draft,) = found.values()
    assert [one["kind"] for one in items.values()] == ["streetlight-repair"]
    assert [(one.id, one.values) for one in rows(draft)] == [
        ("L5", {"status": "working"}), ("L6", {"status": "working"})
    ]  # fmt: skip


def test_who_mended_one_of_two_lamps_is_asked_which() -> None:
    lamps = [(180.0, "broken"), (215.0, "broken")]
    assert why(road(*lamps), LIT, quantity_done="1") == "partly"
    _, found = done(road(*lamps), LIT, quantity_done="2")
    assert len(rows(next(iter(found.values())))) == 2


def test_new_lamps_stand_at_the_spacing_of_the_standard() -> None:
    # dark from 40 to 300 m: 260 m at 30 m are 9 lamps, every 260 / 9 m, the first half a step in
    data = road((20.0, "working"))
    _, found = done(data, LIT)
    (draft,) = found.values()
    made = rows(draft)
    assert len(made) == 9
    assert {one.values["road_id"] for one in made} == {"R"}
    places = [_metres(data, one.shape) for one in made]
    assert places == [(pytest.approx(40 + (n + 0.5) * 260 / 9, abs=0.02), 0) for n in range(9)]
    assert len({one.id for one in made}) == 9


def test_as_many_lamps_as_were_told_are_spread_evenly() -> None:
    data = road((20.0, "working"))
    _, found = done(data, LIT, quantity_done="2")
    (draft,) = found.values()
    places = [_metres(data, one.shape)[0] for one in rows(draft)]
    assert places == [pytest.approx(105, abs=0.02), pytest.approx(235, abs=0.02)]


def _metres(data: ProjectData, wkt: str) -> tuple[float, float]:
    point = gpd.GeoSeries([shapely.from_wkt(wkt)], crs="EPSG:4326").to_crs(data.crs).iloc[0]
    return point.x - 500_000, round(point.y - 3_900_000, 1) + 0.0


def test_what_has_to_be_drawn_or_is_not_asked_any_more_is_said() -> None:
    green = {
        "subjects": "public_places", "measure": "area", "items": "green_spaces",
        "work": {**WORK, "kind": "greening"},
    }  # fmt: skip
    data = project(
        villages=VILLAGES,
        public_places=[
            {"id": "P", "village_id": "A", "kind": "square", "geometry": field(0, 0, 10, 10)}
        ],
        green_spaces=[{"id": "G", "geometry": field(90, 90, 99, 99)}],
    )
    assert why(data, green) == "draw"


def test_a_subject_that_is_gone_and_a_gap_that_is_closed_are_said() -> None:
    data = homes(piped_water=False)
    items, _ = done(data, WATER)
    rules = judged(data, WATER).standard
    later = {
        "closed": homes(piped_water=True),
        "gone": project(
            villages=VILLAGES, households=[{"id": "H2", "village_id": "A", "piped_water": False}]
        ),
    }
    codes = []
    for now in later.values():
        (found,) = drafts(now, rules, items.values(), DAY).values()
        assert isinstance(found, Hindered)
        codes.append(found.code)
    assert codes == ["already", "subject_gone"]
