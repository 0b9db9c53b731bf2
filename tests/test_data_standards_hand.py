"""The shipped standards on villages small enough to count by hand."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hand import DAY, EAST, METRIC, NORTH, at, card, counts, field, flat, line, project

from geo.assess import assess
from layers.frames import Raster
from works.library import load_standard

VILLAGE = {"id": "V", "name": "V", "geometry": field(-900, -900, 900, 900)}
PLAIN = flat(np.zeros((20, 20)))


def held(data, name, day=DAY):
    return assess(data, load_standard(name), as_of=day, scope="all")


def sums(made, *keys):
    """Give met, unmet, unknown of the village for some targets or grades."""
    return {key: counts(made, "village", "V", key) for key in keys}


# ------------------------------------------------------------------ water, by its limbs

GOOD = {
    "village_id": "V", "litres_per_person_day": 60, "water_quality": "meets_gb5749",
    "piped_water": True, "days_short": 10, "geometry": at(0, 0),
}  # fmt: skip
HOMES = [  # each weighs its persons, so that a sum names its households
    {**GOOD, "id": "full", "persons": 1},
    {**GOOD, "id": "basic", "persons": 2, "litres_per_person_day": 36, "days_short": 36,
     "water_quality": "meets_relaxed"},
    {**GOOD, "id": "dry", "persons": 4, "litres_per_person_day": 34},
    {**GOOD, "id": "dirty", "persons": 8, "water_quality": "fails"},
    # 600 m to the pump and 600 m back at 80 m a minute are 15 minutes: more than 10, less than 20
    {**GOOD, "id": "walks", "persons": 16, "piped_water": False, "geometry": at(-600, 0)},
    {**GOOD, "id": "unasked", "persons": 32, "days_short": None},
]  # fmt: skip
PUMP = {"id": "W", "village_id": "V", "status": "working", "source_type": "borehole"}


@pytest.fixture(scope="module")
def water():
    data = project(
        villages=[{**VILLAGE, "water_zone": "wet"}],
        households=HOMES,
        water_points=[{**PUMP, "geometry": at(0, 0)}],
        dem=PLAIN,
    )
    return held(data, "water-tches18")


def test_each_limb_of_safe_water(water):
    everybody = 1 + 2 + 4 + 8 + 16 + 32
    assert sums(water, "water-quantity", "water-quality", "water-convenience") == {
        "water-quantity": (everybody - 4, 4, 0),
        "water-quality": (everybody - 8, 8, 0),
        "water-convenience": (everybody, 0, 0),
    }
    assert sums(water, "water-convenience.full", "water-convenience.basic") == {
        "water-convenience.full": (everybody - 16, 16, 0),
        "water-convenience.basic": (16, everybody - 16, 0),
    }
    assert counts(water, "village", "V", "water-reliability") == (everybody - 32, 0, 32)
    assert counts(water, "village", "V", "water-reliability.full") == (1 + 4 + 8 + 16, 2, 32)


def test_safe_water_takes_all_four_limbs(water):
    assert sums(water, *("water-safe" + grade for grade in ("", ".full", ".basic", ".none"))) == {
        "water-safe": (1 + 2 + 16, 4 + 8, 32),
        "water-safe.full": (1, 2 + 4 + 8 + 16, 32),
        "water-safe.basic": (2 + 16, 1 + 4 + 8, 32),
        "water-safe.none": (4 + 8, 1 + 2 + 16, 32),
    }
    assert card(water, "village", "V", "water-safe")["status"] == "reported"  # no share is asked


@pytest.mark.parametrize(
    ("zone", "litres", "basic", "full"),
    [
        ("wet", 34, "unmet", "unmet"),
        ("wet", 35, "met", "unmet"),
        ("wet", 60, "met", "met"),
        ("short", 19, "unmet", "unmet"),
        ("short", 20, "met", "unmet"),
        ("short", 40, "met", "met"),
        (None, 19, "unmet", "unmet"),  # too little anywhere
        (None, 20, "unknown", "unmet"),
        (None, 34, "unknown", "unmet"),
        (None, 40, "met", "unknown"),
        (None, 60, "met", "met"),
    ],
)
def test_how_much_water_is_enough_depends_on_the_area(zone, litres, basic, full):
    home = {**GOOD, "id": "H", "persons": 1, "litres_per_person_day": litres}
    made = held(project(villages=[{**VILLAGE, "water_zone": zone}], households=[home]),
                "water-tches18")  # fmt: skip
    place = {"met": (1, 0, 0), "unmet": (0, 1, 0), "unknown": (0, 0, 1)}
    assert counts(made, "village", "V", "water-quantity") == place[basic]
    assert counts(made, "village", "V", "water-quantity.full") == place[full]


# ------------------------------------------------------------------ the ladder

RUNGS = [
    ("safely_managed", "piped", True, None, True, True),
    ("basic", "protected_well", False, 30, True, True),
    ("limited", "borehole", False, 31, True, True),
    ("unimproved", "unprotected_spring", False, 5, True, True),
    ("none", "surface", False, 5, True, True),
    ("unasked", "borehole", False, None, True, True),  # basic or limited: nobody knows
    ("untested", "piped", True, None, True, None),  # safely managed or basic: met either way
]


def test_one_household_on_each_rung():
    homes = [
        {"id": name, "village_id": "V", "persons": 2**k, "water_source": source,
         "water_on_premises": home, "water_minutes": minutes, "water_available": there,
         "water_clean": clean}
        for k, (name, source, home, minutes, there, clean) in enumerate(RUNGS)
    ]  # fmt: skip
    made = held(project(villages=[VILLAGE], households=homes), "sdg6-jmp-water")
    ladder = "drinking-water-ladder"
    assert counts(made, "village", "V", ladder) == (1 + 2 + 64, 4 + 8 + 16, 32)
    unknown = {"safely_managed": 64, "basic": 32 + 64, "limited": 32}
    for k, (name, *_) in enumerate(RUNGS[:5]):
        met, _, open_ = counts(made, "village", "V", f"{ladder}.{name}")
        assert (met, open_) == (2**k, unknown.get(name, 0)), name


@pytest.mark.parametrize(("queue", "state"), [(10, "met"), (11, "unmet"), (None, "unknown")])
def test_the_queue_counts_as_much_as_the_walk(queue, state):
    # 800 m there and 800 m back at 80 m a minute, along the middles of the cells: 20 minutes
    data = project(
        villages=[VILLAGE],
        households=[{"id": "H", "village_id": "V", "persons": 3, "geometry": at(-450, 50)}],
        water_points=[{**PUMP, "queue_minutes": queue, "geometry": at(350, 50)}],
        dem=PLAIN,
    )
    made = held(data, "sdg6-jmp-water")
    place = {"met": (3, 0, 0), "unmet": (0, 3, 0), "unknown": (0, 0, 3)}
    assert counts(made, "village", "V", "improved-water-within-30-minutes") == place[state]


def test_people_of_the_raster_where_no_home_is_mapped():
    # Two cells of 900 m: the middle of one lies at the pump, that of the other 900 m away:
    # there and back 22.5 minutes and 10 in the queue.
    people = Raster(np.array([[7.0, 5.0]]), (EAST - 900, NORTH + 450), (900, -900), METRIC)
    data = project(
        villages=[VILLAGE],
        water_points=[{**PUMP, "queue_minutes": 10, "geometry": at(-450, 0)}],
        dem=PLAIN,
    )
    data = dataclasses.replace(data, rasters={**data.rasters, "population": people})
    made = held(data, "sdg6-jmp-water")
    assert counts(made, "village", "V", "people-within-30-minutes") == (7, 5, 0)


# ------------------------------------------------------------------ the ten zeros


def test_the_ten_zeros_of_four_households():
    poor = {"category": "unstable", "has_industry": False, "employed_members": 0,
            "safety_net": False, "responsible_cadre": "王某某"}  # fmt: skip
    fine = {"village_id": "V", "relapsed": False, "newly_poor": False, "house_grade": "A",
            "house_lived_in": True, "policies_entitled": 2, "policies_received": 2,
            "category": "ordinary"}  # fmt: skip
    homes = [
        {**fine, "id": "h1", **poor, "has_industry": True, "geometry": at(-500, 0)},
        {**fine, "id": "h2", "house_grade": "C", "house_lived_in": False, "relapsed": True,
         "policies_received": 1, "geometry": at(-400, 0)},
        {**fine, "id": "h3", "house_grade": "D", "geometry": at(500, 0)},
        {**fine, "id": "h4", **poor, "house_grade": None, "geometry": at(0, 800)},
    ]  # fmt: skip
    seen = {"kind": "home_visit", "actor": "responsible_cadre"}
    data = project(
        villages=[{**VILLAGE, "dropouts": 0, "village_plan": True}],
        households=homes,
        visits=[
            {**seen, "id": "1", "household_id": "h1", "date": "2023-05-04"},  # this quarter
            {**seen, "id": "2", "household_id": "h4", "date": "2023-03-31"},  # the one before
        ],
        grids=[
            {"id": "g1", "geometry": field(-900, -900, 900, 500)},
            {"id": "g2", "geometry": field(300, -900, 900, 500)},  # h3 lies in both
        ],
        facilities=[
            {"id": "f1", "kind": "clinic", "public_use": True, "owner": "V", "village_id": "V",
             "geometry": at(0, 0)},
            {"id": "f2", "kind": "clinic", "public_use": True, "owner": "V", "village_id": "V",
             "geometry": None},
        ],
        dates={"visits": "2023-06-30"},
    )  # fmt: skip
    made = held(data, "ten-zeros")
    assert sums(made, "no-relapse", "no-new-poverty", "no-unsafe-house", "no-dropouts",
                "no-omission", "no-gap", "no-lapse-of-care", "grid-covered", "asset-owner",
                "full-coverage-visits", "village-plan") == {
        "no-relapse": (3, 1, 0),
        "no-new-poverty": (4, 0, 0),
        "no-unsafe-house": (2, 1, 1),  # h2 is empty; nobody graded h4
        "no-dropouts": (1, 0, 0),
        "no-omission": (7, 1, 0),  # policies, not households
        "no-gap": (1, 1, 0),  # of the two monitored ones
        "no-lapse-of-care": (1, 1, 0),
        "grid-covered": (2, 2, 0),  # h3 in two, h4 in none
        "asset-owner": (1, 0, 1),  # nobody knows where f2 stands
        "full-coverage-visits": (1, 3, 0),
        "village-plan": (1, 0, 0),
    }  # fmt: skip
    assert card(made, "village", "V", "no-relapse")["status"] == "unmet"
    assert card(made, "village", "V", "no-unsafe-house")["status"] == "unmet"
    assert card(made, "village", "V", "asset-owner")["status"] == "undetermined"


# ------------------------------------------------------------------ visits


def test_lists_the_county_has_not_filled_are_not_assessed_and_then_they_are():
    home = {"village_id": "V", "category": "marginal"}
    visit = {"kind": "home_visit", "actor": "responsible_cadre", "date": "2023-05-04"}
    data = project(
        villages=[VILLAGE],
        households=[{**home, "id": "h1"}, {**home, "id": "h2"}],
        visits=[
            {**visit, "id": "1", "household_id": "h1", "checked": "住房|饮水"},
            {**visit, "id": "2", "household_id": "h2", "checked": "住房"},
        ],
        dates={"visits": "2023-06-30"},
    )
    made = held(data, "assistance-visits")
    assert counts(made, "village", "V", "six-checks") == (0, 0, 2)
    assert card(made, "village", "V", "six-checks")["status"] == "not_assessed"
    filled = dataclasses.replace(data, lists={"six-checks": ("住房", "饮水")})
    made = held(filled, "assistance-visits")
    assert counts(made, "village", "V", "six-checks") == (1, 1, 0)
    assert card(made, "village", "V", "six-visits")["status"] == "not_assessed"


def test_a_visit_in_may_is_enough_for_the_half_year_and_not_for_the_month_of_june():
    home = {"id": "h", "village_id": "V", "category": "marginal", "responsible_cadre": "王某某"}
    visit = {"id": "1", "household_id": "h", "date": "2023-05-04", "kind": "home_visit",
             "actor": "responsible_cadre"}  # fmt: skip
    data = project(villages=[VILLAGE], households=[home], visits=[visit],
                   dates={"visits": "2023-06-30"})  # fmt: skip
    made = {name: held(data, name) for name in ("assistance-visits", "assistance-visits-qinzhou")}
    assert counts(made["assistance-visits"], "village", "V", "visit-focus") == (0, 1, 0)
    assert counts(made["assistance-visits"], "village", "V", "visit-cadre") == (1, 0, 0)
    assert counts(made["assistance-visits-qinzhou"], "village", "V", "visit-cadre") == (1, 0, 0)
    assert counts(made["assistance-visits-qinzhou"], "village", "V", "good-deed") == (0, 1, 0)


# ------------------------------------------------------------------ what is new in Qingyang


def test_nobody_able_to_work_is_left_to_low_income_support_alone():
    home = {"village_id": "V", "low_income_support": True, "labour_members": 1}
    homes = [
        {**home, "id": "helped", "measures": "low_income_support|public_post"},
        {**home, "id": "alone", "measures": "low_income_support"},
        {**home, "id": "blank", "measures": None},
        {**home, "id": "old", "labour_members": 0, "measures": "low_income_support"},
        {**home, "id": "other", "low_income_support": False, "measures": "none"},
    ]
    made = held(project(villages=[VILLAGE], households=homes), "qingyang-2023")
    assert counts(made, "village", "V", "not-income-support-only") == (1, 1, 1)


def test_only_homes_in_a_hazard_area_need_a_plan_there():
    homes = [{"id": str(k), "village_id": "V", "geometry": at(x, 0)}
             for k, x in enumerate((-100, 100, 500))]  # fmt: skip
    hazards = [
        {"id": "a", "has_plan": True, "geometry": field(-150, -50, -50, 50)},
        {"id": "b", "has_plan": False, "geometry": field(50, -50, 150, 50)},
    ]
    made = held(project(villages=[VILLAGE], households=homes, hazards=hazards), "qingyang-2023")
    assert counts(made, "village", "V", "hazard-plan") == (1, 1, 0)


def test_signs_stand_at_the_entrances_a_road_makes():
    road = {"id": "R", "class": "access", "geometry": line((-1500, 0), (1500, 0))}
    sign = {"id": "S", "kind": "village_name", "status": "working", "geometry": at(-880, 5)}
    made = held(project(villages=[VILLAGE], roads=[road], signs=[sign]), "qingyang-2023")
    assert counts(made, "village", "V", "village-name-sign") == (1, 1, 0)


def test_four_kinds_of_greening_are_shares_of_strips():
    road = {"id": "R", "class": "village_main", "geometry": line((-500, 0), (500, 0))}
    green = {"id": "G", "kind": "roadside", "geometry": field(-500, -50, 0, 50)}
    made = held(project(villages=[VILLAGE], roads=[road], green_spaces=[green]), "qingyang-2023")
    row = card(made, "village", "V", "roadside-green")
    assert row["unit"] == "m2"
    assert float(row["met"]) == pytest.approx(float(row["unmet"]), rel=0.01)  # half of the road
    assert float(row["amount"]) > 10_000


@pytest.mark.parametrize(
    ("cleared", "state"),
    [("2023-06-11T08:00", "met"), ("2023-06-11T08:01", "unmet"), (None, "unmet")],
)
def test_a_full_site_is_cleared_within_24_hours(cleared, state):
    log = {"id": "C", "site_id": "S", "date": "2023-06-11", "full_since": "2023-06-10T08:00",
           "cleared_at": cleared}  # fmt: skip
    data = project(
        villages=[VILLAGE],
        garbage_sites=[
            {"id": "S", "village_id": "V", "zone": "other"},
            {"id": "quiet", "village_id": "V", "zone": "other"},
        ],
        clearances=[log],
        dates={"clearances": "2023-06-30"},
    )
    place = {"met": (1, 0, 1), "unmet": (0, 1, 1)}  # of the other site nobody wrote anything
    assert counts(held(data, "qingyang-2023"), "village", "V", "garbage-other-24h") == place[state]


def test_a_service_centre_has_all_five_functions_in_a_list_or_in_ticks():
    centre = {"kind": "service_centre", "status": "working"}
    five = "office|activity|education|culture_sport|finance"
    ticks = {f"fn_{name}": True for name in five.split("|")}
    rows = [
        {**centre, "id": "list", "village_id": "A", "functions": five},
        {**centre, "id": "short", "village_id": "B", "functions": five.removesuffix("|finance")},
        {**centre, "id": "ticks", "village_id": "C", **ticks},
        {**centre, "id": "crossed", "village_id": "D", **ticks, "fn_finance": False},
        {**centre, "id": "open", "village_id": "E", **ticks, "fn_finance": None},
    ]
    villages = [{"id": name, "name": name} for name in "ABCDE"]
    made = held(project(villages=villages, facilities=rows), "qingyang-2023")
    told = {name: counts(made, "village", name, "service-centre") for name in "ABCDE"}
    met, unmet, unknown = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    assert told == {"A": met, "B": unmet, "C": met, "D": unmet, "E": unknown}


def test_the_day_each_standard_came_into_force_lies_before_the_data():
    for name in ("ten-zeros", "assistance-visits-changde"):
        assert load_standard(name).effective_from == dt.date(2021, 1, 1)
