"""Conditions on what lies near: ``near`` among those who are counted and what counts."""

import itertools

import pytest
from hand import at, card, field, judged, line, project, verdict
from hypothesis import given
from hypothesis import strategies as st
from test_geo_laws import FEW

from geo.standard import layers_needed
from geo.target import Standard

V = [{"id": "V1", "name": "Dong"}, {"id": "V2", "name": "Xi"}]
SLIDE = {"items": "hazards", "within_m": 0, "where": {"kind": ["landslide", "flood"]}}
AREA = {"id": "Z1", "village_id": "V1", "kind": "landslide", "geometry": field(0, 0, 10, 10)}


def home(name, x=None, y=0.0, village="V1", **cells):
    shape = None if x is None else at(x, y)
    return {"id": name, "village_id": village, "geometry": shape, **cells}


def said(near, homes, hazards=(AREA,), **more):
    """Judge households by what is near them: each counted is met, so the state is the answer."""
    data = project(villages=V, households=homes, hazards=hazards, **more)
    return verdict(data, subjects="households", measure="count", items="self", where={"near": near})


def test_inside_the_outline_on_its_edge_and_outside():
    homes = [home("IN", 5, 5), home("EDGE", 10, 5), home("OUT", 10.01, 5)]
    assert said(SLIDE, homes) == {"IN": "met", "EDGE": "met", "OUT": "unmet"}
    # 0.01 m outside, then 3-4-5 from the corner: the limit itself is within
    homes = [home("A", 13, 14), home("B", 13, 14.001)]
    assert said({**SLIDE, "within_m": 5}, homes) == {"A": "met", "B": "unmet"}


def test_what_must_not_be_near():
    homes = [home("IN", 5, 5), home("OUT", 20, 5), home("LOST")]
    found = said({**SLIDE, "is": False}, homes)
    assert found == {"IN": "unmet", "OUT": "met", "LOST": "unknown"}


@pytest.mark.parametrize(
    ("kind", "placed", "complete", "inside"),
    list(itertools.product(("landslide", None, "collapse"), *[(True, False)] * 3)),
)
def test_three_values(kind, placed, complete, inside):
    """Met needs a sure thing there; unmet needs that nothing can be there at all."""
    homes = [home("H", 5 if inside else 50, 5) if placed else home("H")]
    partial = () if complete else ("hazards",)
    # kinds are listed apart; a row without a kind does not say which list is complete
    sent = [("hazards", k, "*", complete, "2023-06-01") for k in ("landslide", "flood")]
    found = said(SLIDE, homes, [{**AREA, "kind": kind}], partial=partial, sent=sent)["H"]
    if kind == "collapse":
        wanted = "unmet" if complete else "unknown"  # nothing that counts is on the list
    elif placed and inside:
        wanted = "met" if kind == "landslide" else "unknown"
    else:
        wanted = "unmet" if placed and complete else "unknown"
    assert found == wanted


def test_a_thing_without_a_place_or_outline_leaves_its_own_village_open():
    homes = [home("H1", 50, 5), home("H2", 60, 5, village="V2")]
    for shape in (None, at(500, 500)):  # a point: nobody knows how far the landslide reaches
        lost = [{**AREA, "id": "Z2", "geometry": shape}]
        assert said(SLIDE, homes, lost) == {"H1": "unknown", "H2": "unmet"}
    # beyond 0 metres a point is a place like any other
    point = [{**AREA, "geometry": at(500, 500)}]
    assert said({**SLIDE, "within_m": 9}, homes, point) == {"H1": "unmet", "H2": "unmet"}
    # and the same in a count of things the subject lies in
    rule = {"subjects": "households", "measure": "count", "items": "hazards", "at_most": 0}
    data = project(villages=V, households=homes, hazards=[{**AREA, "geometry": at(500, 500)}])
    assert verdict(data, **rule, within_m=0) == {"H1": "unknown", "H2": "met"}


def test_of_counts_only_those_who_are_there_and_says_who_is_doubtful():
    homes = [home("IN", 5, 5), home("IN2", 6, 6), home("OUT", 50, 5), home("LOST")]
    made = judged(
        project(villages=V, households=[{**h, "resident": True} for h in homes], hazards=[AREA]),
        {"subjects": "households", "of": {"near": SLIDE}, "measure": "attribute", "column":
         "resident", "one_of": [True], "goal": "1"},
    )  # fmt: skip
    row = card(made, "village", "V1")
    assert (row["amount"], row["met"], row["unmet"], row["unknown"]) == (3, 2, 0, 1)
    survey = made.survey
    assert survey["subject_id"].tolist() == ["LOST"]
    assert survey["reason_zh"].tolist() == [
        "没有坐标，不知所在位置有没有滑坡或山洪，不知是否应计入"
    ]
    assert survey["reason_en"].tolist()[0].startswith("No coordinates, so whether there are")


@pytest.mark.parametrize(
    ("rows", "partial", "zh"),
    [
        ([{**AREA, "kind": None}], (), "所在位置有滑坡或山洪，但情况不明，不知是否应计入"),
        ([{**AREA, "geometry": None}], (), "本村有的滑坡或山洪没有坐标或范围，不知是否应计入"),
        ([], ("hazards",), "滑坡或山洪台账未报全，没有登记不等于没有，不知是否应计入"),
    ],
)
def test_why_it_is_not_known_who_counts(rows, partial, zh):
    sent = (
        [] if partial else [("hazards", k, "*", True, "2023-06-01") for k in ("landslide", "flood")]
    )
    data = project(villages=V, households=[home("H", 5, 5, persons=1)], hazards=rows,
                   partial=partial, sent=sent)  # fmt: skip
    rule = {"subjects": "households", "of": {"near": SLIDE}, "measure": "attribute",
            "column": "persons", "at_least": 1}  # fmt: skip
    assert judged(data, rule).survey["reason_zh"].tolist() == [zh]


def test_items_count_only_where_they_stand():
    # A clinic must not stand in a flood zone: F1 does, F2 does not.
    clinics = [
        {"id": "F1", "kind": "clinic", "village_id": "V1", "geometry": at(5, 5)},
        {"id": "F2", "kind": "clinic", "village_id": "V2", "geometry": at(50, 5)},
    ]
    rule = {
        "subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
        "where": {"kind": ["clinic"], "near": {**SLIDE, "is": False}},
    }  # fmt: skip
    made = judged(project(villages=V, facilities=clinics, hazards=[AREA]), rule)
    assert made.verdicts.set_index("subject_id")["met"].to_dict() == {"V1": 0, "V2": 1}
    (zh,), (en,) = made.gaps["reason_zh"], made.gaps["reason_en"]
    assert (zh, en) == ("位于滑坡或山洪范围内", "Inside a landslide or flood")


def test_roads_and_outlines_may_be_asked_too():
    roads = [
        {"id": "R1", "village_id": "V1", "geometry": line((-50, 5), (50, 5))},
        {"id": "R2", "village_id": "V1", "geometry": line((-50, 30), (50, 30))},
    ]
    data = project(villages=V, roads=roads, hazards=[AREA])
    rule = {"subjects": "roads", "measure": "count", "items": "self"}
    assert verdict(data, **rule, where={"near": SLIDE}) == {"R1@V1": "met", "R2@V1": "unmet"}
    near = {**SLIDE, "within_m": 20}  # 30 - 10 = 20 m
    assert set(verdict(data, **rule, where={"near": near}).values()) == {"met"}


def test_near_may_itself_ask_what_is_near():
    # A working lamp at most 5 m from a square, at most 20 m from home.
    lamps = [
        {"id": "L1", "village_id": "V1", "geometry": at(0, 0), "status": "working"},
        {"id": "L2", "village_id": "V1", "geometry": at(100, 0), "status": "working"},
    ]
    square = [{"id": "P", "kind": "square", "village_id": "V1", "geometry": at(3, 4)}]
    near = {"items": "streetlights", "within_m": 20,
            "where": {"near": {"items": "public_places", "within_m": 5,
                               "where": {"kind": ["square"]}}}}  # fmt: skip
    data = project(villages=V, households=[home("A", 10), home("B", 90)], streetlights=lamps,
                   public_places=square)  # fmt: skip
    rule = {"subjects": "households", "measure": "count", "items": "self", "where": {"near": near}}
    assert verdict(data, **rule) == {"A": "met", "B": "unmet"}


def test_a_village_that_declares_more_homes_than_are_listed_may_have_them_there():
    villages = [{"id": "V1", "name": "Dong", "households": 3}]
    rule = {"subjects": "households", "of": {"near": SLIDE}, "measure": "attribute",
            "column": "persons", "at_least": 1}  # fmt: skip
    homes = [home("H", 5, 5, persons=1)]
    found = verdict(project(villages=villages, households=homes, hazards=[AREA]), **rule)
    assert found == {"H": "met", "V1:unlisted": "unknown"}
    none = project(villages=villages, households=homes, hazards=[])
    assert verdict(none, **rule) == {}  # no hazard anywhere: nobody is in one


def test_the_layer_asked_for_is_among_those_a_standard_needs():
    from hand import standard

    rule = {"subjects": "households", "of": {"near": SLIDE}, "measure": "count", "items": "toilets",
            "by": "household_id", "where": {"near": {"items": "roads", "within_m": 9}}}  # fmt: skip
    made: Standard = standard(rule)
    assert {"households", "toilets", "hazards", "roads"} <= set(layers_needed(made))


PLACE = st.one_of(st.none(), st.tuples(st.integers(-5, 40), st.integers(-5, 15)))


@FEW
@given(
    st.lists(PLACE, min_size=1, max_size=5),
    st.lists(st.tuples(PLACE, st.sampled_from(["landslide", "collapse", None])), max_size=3),
    st.booleans(),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted),
)
def test_wider_never_finds_less_and_the_order_of_rows_means_nothing(places, areas, whole, widths):
    homes = [home(f"H{n}", *(p or (None,))) for n, p in enumerate(places)]
    hazards = [
        {"id": f"Z{n}", "village_id": "V1", "kind": kind,
         "geometry": None if p is None else field(p[0], p[1], p[0] + 8, p[1] + 8)}
        for n, (p, kind) in enumerate(areas)
    ]  # fmt: skip
    more = {"partial": () if whole else ("hazards",)}
    close, far = ({**SLIDE, "within_m": w} for w in widths)
    rank = {"unmet": 0, "unknown": 1, "met": 2}
    low, high = said(close, homes, hazards, **more), said(far, homes, hazards, **more)
    assert all(rank[low[name]] <= rank[high[name]] for name in low)
    back = said(close, homes[::-1], hazards[::-1], **more)
    assert back == low
    opposite = said({**close, "is": False}, homes, hazards, **more)
    assert all(rank[opposite[name]] == 2 - rank[low[name]] for name in low)
