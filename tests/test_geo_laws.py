"""Laws that hold for every county: conservation, monotony, bounds, and indifference to order."""

import random

from hand import at, field, judged, line, often, project
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

PIPED = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
TOILET = {
    "measure": "count", "items": "toilets", "by": "household_id",
    "where": {"type": ["biogas"], "in_use": True},
}  # fmt: skip
CLINIC = {
    "measure": "reach", "facilities": "facilities", "within_m": 60,
    "where": {"kind": ["clinic"], "status": ["working"]},
}  # fmt: skip
LIT = {
    "measure": "along",
    "items": "streetlights",
    "within_m": 25,
    "where": {"status": ["working"]},
}
TARGETS = [
    {"id": "piped", "subjects": "households", "goal": "0.5", **PIPED},
    {"id": "toilet", "subjects": "households", "of": {"resident": True}, "goal": "0.8", **TOILET},
    {"id": "people", "subjects": "households", "amount": "persons", "goal": "0.6", **TOILET},
    {"id": "clinic", "subjects": "households", "exempt": ["away"], "goal": "0.9", **CLINIC},
    {"id": "both", "subjects": "households", "goal": "1", "kind": "required",
     "all_of": [PIPED, {"any_of": [TOILET, CLINIC]}], "beside": {"home": {"resident": True}}},
    {"id": "lit", "subjects": "roads", "amount": "length", "goal": "0.25", **LIT},
    {"id": "gap", "subjects": "roads", "amount": "length", "goal": "1", "max_gap_m": 80, **LIT},
    {"id": "few", "subjects": "villages", "goal": "1", "measure": "count", "items": "facilities",
     "by": "village_id", "at_most": 1, "where": {"kind": ["clinic"]}},
    {"id": "pension", "subjects": "villages", "goal": "0.8", "measure": "ratio",
     "numerator": "pension_paid", "denominator": "pension_due"},
    {"id": "green", "subjects": "villages", "amount": "area", "goal": "0.1", "measure": "area",
     "items": "green_spaces"},
    {"id": "dry", "subjects": "households", "met_from": "some", "goal": "0.5", "grade": [
        {"id": "good", "measure": "attribute", "column": "days_short", "at_most": 5},
        {"id": "some", "measure": "attribute", "column": "days_short", "at_most": 9},
        {"id": "none"}]},
]  # fmt: skip
GROWING = ("toilet", "people", "clinic", "both", "lit", "gap")

# A whole county is judged per example: few of them, and a failing one is shown as it was found.
FEW = settings(max_examples=often(8, 100), phases=[Phase.explicit, Phase.generate])

SIDE = line((5, 5), (90, 40))
truth = st.sampled_from([True, False, None])
place = st.one_of(
    st.none(), st.tuples(st.integers(-20, 320), st.integers(-40, 40)).map(lambda p: at(*p))
)
home_of = st.sampled_from(["A", "B", "X", None])
state = st.sampled_from(["working", "broken", "unknown", None])


@st.composite
def counties(draw):
    """Draw the layers of a small county of three villages in a row, two of them in township T."""
    outlines = draw(st.booleans())
    villages = [
        {
            "id": name, "name": name.lower(), "township": "T" if name != "C" else None,
            "households": draw(st.sampled_from([None, 1, 3])),
            "population": draw(st.sampled_from([None, 5])),
            "pension_due": draw(st.sampled_from([None, 0, 7])),
            "pension_paid": draw(st.sampled_from([None, 0, 5, 9])),
            "geometry": field(100 * n, -50, 100 * n + 100, 50) if outlines else None,
        }
        for n, name in enumerate("ABC")
    ]  # fmt: skip
    homes = [
        {
            "id": f"H{n}", "village_id": draw(home_of), "geometry": draw(place),
            "piped_water": draw(truth), "resident": draw(truth),
            "persons": draw(st.sampled_from([None, 0, 3])),
            "days_short": draw(st.sampled_from([None, 4, 8, 30])),
            "exempt": draw(st.sampled_from([None, "away", "declined"])),
        }
        for n in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    toilets = [
        {"id": f"T{n}", "household_id": draw(st.sampled_from(["H0", "H1", "H9", None])),
         "type": draw(st.sampled_from(["biogas", "dry_pit", None])), "in_use": draw(truth)}
        for n in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    facilities = [
        {"id": f"F{n}", "kind": draw(st.sampled_from(["clinic", "school"])), "status": draw(state),
         "village_id": draw(home_of), "geometry": draw(place)}
        for n in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    lamps = [
        {"id": f"L{n}", "status": draw(state), "village_id": draw(home_of), "geometry": draw(place)}
        for n in range(draw(st.integers(0, 4)))
    ]
    roads = [
        {"id": "R0", "village_id": draw(home_of), "geometry": line((-30, 0), (330, 0))},
{"id": "R1", "village_id": "A", "geometry": draw(st.sampled_from([None, SIDE]))},
    ]  # fmt: skip
    green = [{"id": "G0", "village_id": draw(home_of), "geometry": field(90, 0, 110, 10)}]
    return {
        "villages": villages, "households": homes, "toilets": toilets, "facilities": facilities,
        "streetlights": lamps, "roads": roads, "green_spaces": green,
    }  # fmt: skip


partials = st.sets(st.sampled_from(["toilets", "facilities", "streetlights", "green_spaces"]))


@FEW
@given(counties(), partials)
def test_met_unmet_and_unknown_make_the_amount_on_every_level(layers, partial):
    made = judged(project(partial=partial, **layers), *TARGETS)
    card = made.scorecard
    card = card[card["target_id"] != "_all"]
    parts = card["met"] + card["unmet"] + card["unknown"]
    assert (parts == card["amount"]).all()
    sums = card.groupby(["target_id", "level"])[["amount", "met", "unmet", "unknown"]].sum()
    for _, levels in sums.groupby(level="target_id"):
        assert (levels == levels.iloc[0]).all(axis=None)
    # The lists hold what the sums hold.
    for name, rows in made.verdicts.groupby("target_id"):
        scale = next(one.scale for one in made.found if one.key == name)
        gaps = made.gaps[made.gaps["target_id"] == name]["unmet"]
        survey = made.survey[made.survey["target_id"] == name]["unknown"]
        assert sum(gaps) * scale == int(rows["unmet"].sum())
        assert sum(survey) * scale == int(rows["unknown"].sum())


@FEW
@given(counties(), partials, st.sampled_from(["lamp", "toilet", "clinic"]), st.integers(-20, 320))
def test_building_something_that_works_never_lowers_what_is_met(layers, partial, kind, x):
    before = judged(project(partial=partial, **layers), *TARGETS).scorecard
    if kind == "lamp":
        name, row = "streetlights", {"status": "working", "geometry": at(x, 5)}
    elif kind == "toilet":
        name, row = "toilets", {"household_id": f"H{x % 5}", "type": "biogas", "in_use": True}
    else:
        name, row = "facilities", {"kind": "clinic", "status": "working", "geometry": at(x, 5)}
    more = {**layers, name: [*layers[name], {"id": "NEW", **row}]}
    after = judged(project(partial=partial, **more), *TARGETS).scorecard
    keys = ["level", "unit_id", "target_id"]
    grown = before.merge(after, on=keys, suffixes=("_before", "_after"))
    grown = grown[grown["target_id"].isin(GROWING)]
    assert len(grown)
    assert (grown["met_after"] >= grown["met_before"]).all()


# An answer can only narrow: `resident` may be answered yes (no would take the amount away).
ANSWERS = {
    ("households", "piped_water"): [True, False],
    ("households", "resident"): [True],
    ("households", "days_short"): [4, 8, 30],
    ("toilets", "in_use"): [True, False],
    ("toilets", "type"): ["biogas", "dry_pit"],
    ("facilities", "status"): ["working", "broken"],
    ("streetlights", "status"): ["working", "broken"],
}


@FEW
@given(counties(), partials, st.data())
def test_an_answer_to_what_was_unknown_stays_between_low_and_high(layers, partial, data):
    before = judged(project(partial=partial, **layers), *TARGETS).verdicts
    blank = [
        (name, n, column)
        for (name, column) in ANSWERS
        for n, row in enumerate(layers[name])
        if row[column] in (None, "unknown")
    ]
    if not blank:
        return
    name, n, column = data.draw(st.sampled_from(blank))
    told = data.draw(st.sampled_from(ANSWERS[name, column]))
    rows = [dict(row) for row in layers[name]]
    rows[n][column] = told
    after = judged(project(partial=partial, **{**layers, name: rows}), *TARGETS).verdicts
    both = before.merge(after, on=["target_id", "subject_id"], suffixes=("_before", "_after"))
    assert len(both) == len(before) == len(after)
    assert (both["met_after"] >= both["met_before"]).all()
    high = both["met_before"] + both["unknown_before"]
    assert (both["met_after"] + both["unknown_after"] <= high).all()


@FEW
@given(counties(), partials, st.integers(0, 999))
def test_the_order_of_rows_changes_nothing(layers, partial, seed):
    mixed = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in layers.items()}
    made = [judged(project(partial=partial, **rows), *TARGETS) for rows in (layers, mixed)]
    keys = ["target_id", "subject_id"]
    one, two = (m.verdicts.sort_values(keys, ignore_index=True) for m in made)
    assert one.equals(two)
    keys = ["level", "unit_id", "target_id"]
    one, two = (m.scorecard.sort_values(keys, ignore_index=True) for m in made)
    assert one.equals(two)
    for one, two in ((made[0].gaps, made[1].gaps), (made[0].survey, made[1].survey)):
        assert one.equals(two)
