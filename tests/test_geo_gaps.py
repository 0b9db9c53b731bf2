"""Gap and survey list stretch by stretch: a road of 1000 m with lamps at given metres."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
import shapely
from hand import METRIC, at, card, judged, line, project
from hypothesis import given
from hypothesis import strategies as st

from geo.assess import Assessment
from works.library import load_costs
from works.outcome import summary
from works.worklist import work_id, worklist

V1 = [{"id": "V1", "name": "西沟村", "township": "河川镇"}]
LIT = {
    "subjects": "roads", "amount": "length", "measure": "along", "items": "streetlights",
    "where": {"status": ["working"]}, "within_m": 20, "goal": "0.9",
    "work": {
        "kind": "streetlight-new", "per": "stretch", "quantity": "length/spacing", "spacing_m": 30,
        "repair": "streetlight-repair",
    },
}  # fmt: skip
ROAD = line((0, 0), (1000, 0))


def lamps(*places, status="working", start=1):
    """Lamps on the road at these metres."""
    return [
        {"id": f"L{status}{n}", "status": status, "geometry": at(x, 0)}
        for n, x in enumerate(places, start)
    ]


def lit(*from_to):
    """Working lamps every 40 m, so that exactly from_to is lit at 20 m."""
    return [x for low, high in from_to for x in range(low + 20, high, 40)]


def made(items, shape=ROAD, rule=LIT, **more) -> Assessment:
    road = {"id": "Y012", "village_id": "V1", "geometry": shape}
    data = project(villages=V1, roads=[road], streetlights=items, **more)
    return judged(data, rule)


def rows(table, *columns):
    return [tuple(row) for row in table[list(columns)].itertuples(index=False)]


# 0-600 is lit (15 lamps), 600-800 dark with 3 broken lamps, 800-880 lit, 880-1000 never lit.
TWO = [*lamps(*lit((0, 600), (800, 880))), *lamps(640, 700, 760, status="broken")]


def test_two_dark_stretches_are_two_rows_each_with_its_cause():
    gaps = made(TWO).gaps
    assert rows(gaps, "id", "subject_id", "unmet", "value", "reason", "items") == [
        ("t:Y012@V1:0600", "Y012@V1", 200, "600-800", "stretch_broken", 3),
        ("t:Y012@V1:0880", "Y012@V1", 120, "880-1000", "stretch_none", 0),
    ]
    assert gaps["reason_zh"].tolist() == ["Y012，600-800米处：3盏路灯损坏", "Y012，880-1000米处：从未装灯"]  # fmt: skip  # noqa: E501
    assert gaps["reason_en"].tolist() == [
        "Y012, 600-800 m: 3 lamps broken", "Y012, 880-1000 m: never had a lamp",
    ]  # fmt: skip
    drawn = gaps.to_crs(METRIC).geometry
    assert drawn.geom_type.tolist() == ["LineString"] * 2
    ends = [[round(x - 500_000, 3) for x, _ in shape.coords] for shape in drawn]
    assert ends == [[600, 800], [880, 1000]]
    assert rows(gaps, "start_m", "end_m") == [(600, 800), (880, 1000)]


def test_one_lamp_is_said_of_one():
    gaps = made([*lamps(*lit((0, 960))), *lamps(980, status="broken")]).gaps
    assert gaps["reason_en"].tolist() == ["Y012, 960-1000 m: 1 lamp broken"]
    assert gaps["reason_zh"].tolist() == ["Y012，960-1000米处：1盏路灯损坏"]


def test_the_stretches_add_up_to_the_subject_and_the_scorecard():
    found = made(TWO)
    assert sum(found.gaps["unmet"]) == card(found, "village", "V1")["unmet"] == 320
    (whole,) = rows(found.gaps_by_subject, "id", "subject_id", "unmet", "reason")
    assert whole == ("t:Y012@V1", "Y012@V1", 320, "dark")
    assert found.gaps_by_subject.geometry.geom_type.tolist() == ["MultiLineString"]
    assert "items" not in found.gaps_by_subject.columns
    assert summary(found)["gaps"] == 1


def test_what_only_touches_a_stretch_does_not_explain_it():
    # Dark 600-1000. A broken lamp at 580 reaches 560-600: it ends where the dark begins.
    assert made([*lamps(*lit((0, 600))), *lamps(580, status="broken")]).gaps["items"].tolist() == [0]  # fmt: skip  # noqa: E501
    near = made([*lamps(*lit((0, 600))), *lamps(590, status="broken")]).gaps
    assert rows(near, "items", "mends") == [(1, 10)]


def test_planned_lamps_are_not_there_and_unfit_ones_are_not_broken():
    assert made(lamps(500, status="planned")).gaps["reason"].tolist() == ["stretch_none"]
    # Only lamps built since 2020 count: the old one works and is no reason to mend anything.
    rule = {**LIT, "where": {"status": ["working"], "year_built": {"at_least": 2020}}}
    old = [{**lamps(500)[0], "year_built": 2010}]
    found = made(old, rule=rule)
    assert found.gaps["reason"].tolist() == ["stretch_unfit"]
    broken = [{**lamps(500, status="broken")[0], "year_built": 2010}]
    assert made(broken, rule=rule).gaps["reason"].tolist() == ["stretch_unfit"]
    young = [{**lamps(500, status="broken")[0], "year_built": 2022}]
    assert made(young, rule=rule).gaps["reason"].tolist() == ["stretch_broken"]


def test_guardrails_are_called_guardrails_and_other_layers_things():
    rail = {"id": "G1", "status": "broken", "geometry": line((100, 5), (200, 5))}
    road = {"id": "Y012", "village_id": "V1", "geometry": ROAD}
    data = project(villages=V1, roads=[road], guardrails=[rail])
    found = judged(data, {**LIT, "items": "guardrails"})
    assert found.gaps["reason_en"].tolist() == ["Y012, 0-1000 m: 1 guardrail broken"]
    data = project(villages=V1, roads=[road], green_spaces=[])
    rule = {key: value for key, value in LIT.items() if key != "where"}
    assert judged(data, {**rule, "items": "green_spaces"}).gaps["reason_zh"].tolist() == [
        "Y012，0-1000米处：没有绿化"
    ]
    data = project(villages=V1, roads=[road], signs=[])
    assert judged(data, {**rule, "items": "signs"}).gaps["reason_zh"].tolist() == [
        "Y012，0-1000米处：20米内没有设施"
    ]


def test_the_survey_list_has_a_row_per_stretch_too():
    # Lit 0-400 and 560-960; lamps of unknown state would light 480-560 and 960-1000.
    items = [*lamps(*lit((0, 400), (560, 960))), *lamps(500, 540, 980, status="unknown")]
    found = made(items)
    assert rows(found.survey, "id", "unknown", "value", "reason", "items") == [
        ("t:Y012@V1:0480", 80, "480-560", "stretch_unknown", 2),
        ("t:Y012@V1:0960", 40, "960-1000", "stretch_unknown", 1),
    ]
    assert found.gaps["value"].tolist() == ["400-480"]
    part = made(lamps(*lit((400, 600))), partial=["streetlights"])
    assert rows(part.survey, "unknown", "value", "reason") == [
        (400, "0-400", "stretch_not_surveyed"), (400, "600-1000", "stretch_not_surveyed"),
    ]  # fmt: skip
    assert part.gaps.empty
    assert rows(part.survey_by_subject, "id", "unknown") == [("t:Y012@V1", 800)]


def test_a_road_nobody_knows_to_count_is_one_row():
    rule = {**LIT, "of": {"class": ["village_main"]}}
    road = {"id": "R", "village_id": "V1", "class": None, "geometry": ROAD}
    data = project(villages=V1, roads=[road], streetlights=[], partial=["streetlights"])
    survey = judged(data, rule).survey
    assert rows(survey, "id", "unknown", "reason") == [("t:R@V1", 1000, "eligibility_unknown")]


def test_the_longest_gap_is_a_question_to_the_whole_road():
    found = made(TWO, rule={**LIT, "max_gap_m": 40, "work": {"per": "none"}})
    assert rows(found.gaps, "id", "unmet", "value") == [("t:Y012@V1", 1000, 200)]


def test_a_name_stands_for_the_number_of_a_road():
    road = {"id": "R", "village_id": "V1", "name": "村主路", "geometry": ROAD}
    data = project(villages=V1, roads=[road], streetlights=[])
    assert judged(data, LIT).gaps["reason_zh"].tolist() == ["村主路，0-1000米处：从未装灯"]


def test_two_stretches_that_start_in_one_metre_have_ids_of_their_own():
    # At 0.2 m around each lamp: dark 0-100.3, 100.7-100.9, 101.3-1000.
    found = made(lamps(100.5, 101.1), rule={**LIT, "within_m": 0.2})
    assert [i.rpartition(":")[2] for i in found.gaps["id"]] == ["0000", "0100", "0101"]
    found = made(lamps(100.2, 100.7), rule={**LIT, "within_m": 0.1})
    assert [i.rpartition(":")[2] for i in found.gaps["id"]] == ["0000", "0100", "0100-2"]


# ------------------------------------------------------------------------------ ring road

# A square of 4 x 100 m that begins and ends at (0, 0).
RING = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))


def test_a_dark_stretch_across_the_start_of_a_ring_is_one():
    # The lamp in the far corner lights 180-220; all else is dark, 220 round to 180.
    far = [{"id": "L1", "status": "working", "geometry": at(100, 100)}]
    gaps = made(far, RING).gaps
    assert rows(gaps, "id", "unmet", "value") == [("t:Y012@V1:0220", 360, "220-400, 0-180")]
    drawn = gaps.to_crs(METRIC).geometry[0]
    assert drawn.geom_type == "LineString"
    assert drawn.length == pytest.approx(360, abs=1e-3)
    assert len(drawn.coords) == 5  # three corners between two ends
    near = made([*far, {"id": "L2", "status": "broken", "geometry": at(0, 10)}], RING).gaps
    # Reaches 360-400 and, 10 m off the corner, root(400 - 100) = 17.32 m into the first side.
    assert near["items"].tolist() == [1]
    assert float(near["mends"][0]) == pytest.approx(30 + 17.321, abs=0.002)


def test_the_longest_gap_of_a_ring_runs_across_its_start():
    # Lit 80-120 and 280-320: dark 120-280 is 160 m, 320 round to 80 is 160 m too.
    two = [
        {"id": "L1", "status": "working", "geometry": at(100, 0)},
        {"id": "L2", "status": "working", "geometry": at(0, 100)},
    ]
    rule = {**LIT, "work": {"per": "none"}}
    for limit, unmet in ((160, []), (159, [160])):
        found = made(two, RING, {**rule, "max_gap_m": limit})
        assert found.gaps["value"].tolist() == unmet


# ------------------------------------------------------------------------------- work list


def test_each_stretch_is_a_task_mended_or_built():
    work = worklist(made(TWO), load_costs()).sort_values("work_no")
    told = rows(work, "work_no", "kind", "title_zh", "quantity", "cost")
    assert told == [
        ("西沟-灯-001", "streetlight-repair", "维修路灯", 3, 1500),
        ("西沟-灯-002", "streetlight-new", "新装太阳能路灯", 4, 12000),
    ]
    assert work["reason_en"].str[6:].tolist() == [
        "600-800 m: 3 lamps broken", "880-1000 m: never had a lamp",
    ]  # fmt: skip
    assert work["work_id"].tolist() == [work_id("t", f"Y012@V1:{m}") for m in ("0600", "0880")]
    assert work["subject_id"].tolist() == ["Y012@V1"] * 2
    # 680 m are lit. Three lamps mended light 3 x 40 of the 200 m; four new ones all of 120 m.
    assert work["expected"].tolist() == ["68.0%→80.0%", "68.0%→80.0%"]


def test_without_a_kind_for_mending_all_is_built():
    rule = {**LIT, "work": {k: v for k, v in LIT["work"].items() if k != "repair"}}
    work = worklist(made(TWO, rule=rule), load_costs()).sort_values("work_no")
    # 200 / 30 and 120 / 30, rounded up
    assert rows(work, "kind", "quantity") == [("streetlight-new", 7), ("streetlight-new", 4)]
    costs = {k: v for k, v in load_costs().items() if k != "streetlight-repair"}
    assert worklist(made(TWO), costs)["kind"].tolist() == ["streetlight-new"] * 2


def test_work_per_road_or_village_is_one_task():
    for per, subject in (("subject", "Y012@V1"), ("village", "V1")):
        plain = {k: v for k, v in LIT["work"].items() if k != "repair"}
        work = worklist(made(TWO, rule={**LIT, "work": {**plain, "per": per}}), load_costs())
        assert rows(work, "subject_id", "quantity") == [(subject, 11)]
        assert work["work_id"].tolist() == [work_id("t", subject)]


def test_lists_of_another_day_have_the_same_ids():
    one, two = made(TWO), judged(made(TWO).ground.data, LIT, day=dt.date(2024, 1, 1))
    assert one.gaps["id"].tolist() == two.gaps["id"].tolist()


# ------------------------------------------------------------------------------------ laws

corner = st.tuples(st.integers(0, 400), st.integers(0, 400))
lamp = st.tuples(corner, st.sampled_from(["working", "broken", "unknown", "planned"]))


@given(st.lists(corner, min_size=2, max_size=6, unique=True), st.lists(lamp, max_size=8))
def test_stretches_always_add_up(corners, found):
    shape = shapely.LineString([(500_000 + x, 3_900_000 + y) for x, y in corners])
    items = [
        {"id": f"L{n}", "status": status, "geometry": at(*place)}
        for n, (place, status) in enumerate(found)
    ]
    result = made(items, shape)
    verdict = result.verdicts.iloc[0]
    for part, table in (("unmet", result.gaps), ("unknown", result.survey)):
        assert sum(table[part]) == Decimal(int(verdict[part])) / 1000
        assert table["id"].is_unique
        drawn = np.asarray(table.to_crs(METRIC).geometry.length)
        assert drawn == pytest.approx([float(v) for v in table[part]], abs=0.02)
