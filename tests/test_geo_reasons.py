"""What lists say of a gap: what is there, and why it does not count - in both languages."""

import datetime as dt
import re
from pathlib import Path

import pytest
from hand import at, field, flat, frame, judged, line, project

import geo
from geo.phrases import counter, thing
from layers.facts import words
from layers.schema import layer_names

HOME = {"id": "H1", "village_id": "V1"}
VILLAGE = [{"id": "V1", "name": "东沟村"}]
FIT = {"type": ["three_compartment"], "in_use": True, "defects": {"empty": True}}
TOILET = {
    "subjects": "households", "measure": "count", "items": "toilets", "by": "household_id",
    "at_least": 1, "where": FIT,
}  # fmt: skip
GOOD = {"type": "three_compartment", "in_use": True, "defects": "none"}


def why(data, rule, part="gaps", day=dt.date(2023, 6, 30)):
    """Give the one reason of a list, Chinese and English."""
    table = getattr(judged(data, rule, day=day), part)
    assert len(table) == 1
    return table["reason_zh"].iloc[0], table["reason_en"].iloc[0]


def county(toilets=None, **more):
    layers = {} if toilets is None else {"toilets": toilets}
    return project(villages=VILLAGE, households=[HOME], **layers, **more)


def toilet(number=1, **cells):
    return {"id": f"T{number}", "household_id": "H1", **GOOD, **cells}


def other(**cells):
    """Give a toilet of another household, so that the columns were sent."""
    return {"id": "T9", "household_id": "H9", **GOOD, **cells}


# ---------------------------------------------------------------- count: nothing, too few


def test_nothing_there():
    assert why(county([other()]), TOILET) == ("没有户厕", "No household toilet")


@pytest.mark.parametrize(
    ("cells", "zh", "en"),
    [
        ({"type": "dry_pit"}, "户厕类型：普通旱厕", "Household toilet type: plain dry pit"),
        ({"in_use": False}, "户厕未在用", "Household toilet: not in use"),
        ({"defects": "leak"}, "户厕问题：渗漏", "Household toilet problems: leak"),
        (
            {"defects": "leak|settled"},
            "户厕问题：渗漏、沉降",
            "Household toilet problems: leak, settled",
        ),
        (
            {"type": "dry_pit", "in_use": False, "defects": "leak"},
            "户厕类型：普通旱厕、未在用、问题：渗漏",
            "Household toilet type: plain dry pit, not in use, problems: leak",
        ),
    ],
)
def test_something_is_there_and_fails(cells, zh, en):
    assert why(county([toilet(**cells)]), TOILET) == (zh, en)


def test_of_several_things_the_one_nearest_to_passing_is_told():
    two = [toilet(1, type="dry_pit", in_use=False), toilet(2, defects="leak")]
    assert why(county(two), TOILET)[0] == "户厕问题：渗漏"
    assert why(county(two[::-1]), TOILET)[0] == "户厕问题：渗漏"


def test_of_several_ways_to_pass_the_nearest_is_told():
    rule = {**TOILET, "where": [{"type": ["double_urn"], "in_use": True}, {"in_use": True}]}
    assert why(county([toilet(type="dry_pit", in_use=False)]), rule)[0] == "户厕未在用"


def test_numbers_come_with_their_unit_and_the_limit():
    rule = {
        "subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
        "where": {
            "kind": ["clinic"], "floor_area_m2": {"at_least": 60}, "doctors": {"at_least": 1},
        },
    }  # fmt: skip
    clinic = {"id": "F1", "kind": "clinic", "village_id": "V1", "floor_area_m2": 45, "doctors": 2}
    assert why(project(villages=VILLAGE, facilities=[clinic]), rule) == (
        "村卫生室建筑面积45平方米，要求至少60平方米",
        "Clinic floor area: 45 m² (at least 60 m² needed)",
    )
    clinic["doctors"] = 0
    assert why(project(villages=VILLAGE, facilities=[clinic]), rule)[0] == (
        "村卫生室建筑面积45平方米，要求至少60平方米；乡村医生0人，要求至少1人"
    )
    # A shop is no clinic that fails: there is none.
    facilities = [{**clinic, "kind": "shop"}, {**clinic, "id": "F2", "village_id": "V9"}]
    assert why(project(villages=VILLAGE, facilities=facilities), rule) == (
        "本村没有村卫生室",
        "No clinic in the village",
    )


def test_years_are_early_or_late():
    rule = {**TOILET, "where": {"year_built": {"at_least": 2013}}}
    assert why(county([toilet(year_built=2010)]), rule) == (
        "户厕改厕年份2010年，要求不早于2013年",
        "Household toilet year built: 2010 (2013 or later needed)",
    )


def test_at_most_three_columns_are_named():
    where = {f"fn_{name}": True for name in ("office", "activity", "education", "finance")}
    rule = {
        "subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
        "where": {"kind": ["service_centre"], **where},
    }  # fmt: skip
    centre = {"id": "F1", "village_id": "V1", "kind": "service_centre"} | dict.fromkeys(
        where, False
    )
    assert why(project(villages=VILLAGE, facilities=[centre]), rule) == (
        "党群服务中心缺办公议事功能、缺党群活动功能、缺教育培训功能等",
        "Service centre: no office, no activities, no education and more",
    )


def test_too_few_pass():
    rule = {
        "subjects": "villages", "measure": "count", "items": "water_points", "by": "village_id",
        "at_least": 3, "where": {"status": ["working"]},
    }  # fmt: skip
    points = [{"id": f"W{n}", "village_id": "V1", "status": "working"} for n in (1, 2)]
    points += [{"id": "W3", "village_id": "V1", "status": "broken"}]
    assert why(project(villages=VILLAGE, water_points=points), rule) == (
        "本村合格的供水点2处，要求至少3处",
        "2 water points that pass in the village; at least 3 needed",
    )
    rule = {**rule, "where": {}, "at_least": 4}
    assert why(project(villages=VILLAGE, water_points=points), rule) == (
        "本村供水点3处，要求至少4处",
        "3 water points in the village; at least 4 needed",
    )
    # One is enough here, and the one there is does not pass.
    assert why(project(villages=VILLAGE, water_points=points[2:]), {**rule, "at_least": 1,
               "where": {"status": ["working"]}})[0] == "供水点已停用或损坏"  # fmt: skip


def test_nothing_near_and_nothing_inside():
    signs = [{"id": "S1", "kind": "village_name", "status": "working", "geometry": at(900, 0)}]
    places = [{"id": "P1", "kind": "village_entrance", "village_id": "V1", "geometry": at(0, 0)}]
    rule = {
        "subjects": "public_places", "measure": "count", "items": "signs", "within_m": 50,
        "where": {"kind": ["village_name"], "status": ["working"]},
    }  # fmt: skip
    data = project(villages=VILLAGE, public_places=places, signs=signs)
    assert why(data, rule) == ("50米内没有村名标识", "No village name sign within 50 m")
    villages = [{**VILLAGE[0], "geometry": field(0, 0, 10, 10)}]
    rule = {"subjects": "villages", "measure": "count", "items": "green_spaces", "by": "inside"}
    greens = [{"id": "B1", "geometry": field(900, 0, 910, 10)}]
    assert why(project(villages=villages, green_spaces=greens), rule) == (
        "范围内没有绿地",
        "No green space inside",
    )


def test_more_than_there_may_be():
    outline = {"id": "Z1", "has_plan": False, "geometry": field(-9, -9, 9, 9)}
    homes = [{**HOME, "geometry": at(0, 0)}]
    data = project(villages=VILLAGE, households=homes, hazards=[outline])
    rule = {
        "subjects": "households", "measure": "count", "items": "hazards", "within_m": 0,
        "at_most": 0, "where": {"has_plan": False},
    }  # fmt: skip
    assert why(data, rule) == (
        "位于1处灾害隐患点范围内（没有防灾预案）",
        "Lies inside 1 hazard area (no plan)",
    )
    points = [{"id": f"W{n}", "village_id": "V1", "status": "broken"} for n in (1, 2)]
    rule = {
        "subjects": "villages", "measure": "count", "items": "water_points", "by": "village_id",
        "at_most": 0, "where": {"status": ["broken"]},
    }  # fmt: skip
    data = project(villages=VILLAGE, water_points=points)
    assert why(data, rule)[0] == "本村有2处供水点（已停用或损坏），要求没有"
    assert why(data, {**rule, "at_most": 1, "where": {}}) == (
        "本村有2处供水点，要求不超过1处",
        "2 water points in the village; at most 1 allowed",
    )


# ---------------------------------------------------------------- count: not known


def test_blank_columns_are_named():
    blank = toilet(type=None, in_use=None)
    assert why(county([blank]), TOILET, "survey") == (
        "户厕类型、是否在用未填",
        "Household toilet type, use not filled in",
    )
    assert why(county([toilet(in_use=None)]), TOILET, "survey")[0] == "户厕是否在用未填"
    # What certainly fails needs no survey, though a column is blank.
    assert why(county([toilet(type="dry_pit", in_use=None)]), TOILET)[0] == "户厕类型：普通旱厕"


def test_a_column_nobody_sent_and_a_status_nobody_knows():
    part = {key: cell for key, cell in toilet().items() if key != "in_use"}
    assert why(county([part]), TOILET, "survey") == (
        "台账缺“户厕是否在用”一栏",
        "The ledger has no column for household toilet use",
    )
    rule = {
        "subjects": "villages", "measure": "count", "items": "water_points", "by": "village_id",
        "where": {"status": ["working"]},
    }  # fmt: skip
    points = [{"id": "W1", "village_id": "V1", "status": "unknown"}]
    assert why(project(villages=VILLAGE, water_points=points), rule, "survey") == (
        "供水点状态不详",
        "Water point status not known",
    )


@pytest.mark.parametrize("word", ["旱厕", "<b>旱厕</b>{limit}{{7*7}}", "a;b，c"])
def test_a_word_the_schema_cannot_read_is_shown_as_it_was_sent(word):
    data = county([toilet(type=None, type_source=word), other(type_source="三格式")])
    assert why(data, TOILET, "survey") == (
        f"户厕类型写作“{word}”，无法归类",
        f"Household toilet type is written “{word}”, which can be read in several ways",
    )


def test_a_kind_of_the_senders_own_is_shown_as_it_was_sent():
    hostile = "{label}<script>"
    rule = {"subjects": "facilities", "measure": "attribute", "column": "owner", "one_of": ["村"]}
    data = project(villages=VILLAGE, facilities=[{"id": "F1", "kind": "shop", "owner": hostile,
                   "village_id": "V1"}])  # fmt: skip
    assert why(data, rule) == (f"权属：{hostile}", f"Owner: {hostile}")


def test_no_list_and_a_list_that_is_not_complete():
    assert why(county(), TOILET, "survey") == (
        "没有户厕台账",
        "No list of household toilets was sent",
    )
    assert why(county([other()], partial=["toilets"]), TOILET, "survey") == (
        "户厕台账未报全，没有登记不等于没有",
        "The list of household toilets is not complete here; not listed does not mean none",
    )
    broken = county([toilet(in_use=False)], partial=["toilets"])
    assert why(broken, TOILET, "survey")[0] == "户厕未在用；户厕台账未报全，没有登记不等于没有"


def test_the_figure_that_sets_the_requirement_is_blank():
    rule = {
        "subjects": "villages", "measure": "count", "items": "public_toilets", "by": "village_id",
        "per": {"column": "population_resident", "n": 600},
    }  # fmt: skip
    villages = [{**VILLAGE[0], "population_resident": None}]
    toilets = [{"id": "G1", "village_id": "V1"}]
    assert why(project(villages=villages, public_toilets=toilets), rule, "survey") == (
        "常住人口未填，算不出要求多少",
        "Resident population not filled in, so how many are needed is not known",
    )
    villages = [{**VILLAGE[0], "population_resident": 1300}]
    assert why(project(villages=villages, public_toilets=toilets), rule) == (
        "本村公共厕所1座，要求至少3座",  # 1300 / 600 rounded up
        "1 public toilet in the village; at least 3 needed",
    )


def test_no_place_and_no_owner():
    rule = {
        "subjects": "households", "measure": "count", "items": "hazards", "within_m": 0,
        "at_most": 0,
    }  # fmt: skip
    hazards = [{"id": "Z1", "geometry": field(-9, -9, 9, 9)}]
    data = project(villages=VILLAGE, households=[{**HOME, "geometry": None}], hazards=hazards)
    assert why(data, rule, "survey") == (
        "没有坐标，不知所在位置有没有灾害隐患点",
        "No coordinates, so whether there are hazard areas at this place is not known",
    )
    hazards = [{"id": "Z1", "village_id": "V1", "geometry": None}]
    homes = [{**HOME, "geometry": at(0, 0)}]
    data = project(villages=VILLAGE, households=homes, hazards=hazards)
    assert why(data, rule, "survey")[0] == "有的灾害隐患点没有坐标或归属，不能判断"


# ---------------------------------------------------------------- count: time


SITE = {"id": "G1", "village_id": "V1", "zone": "key"}
CLEARED = {
    "subjects": "garbage_sites", "measure": "count", "items": "clearances", "by": "site_id",
    "date": "date",
}  # fmt: skip


def cleared(*days):
    return [{"id": str(n), "site_id": "G1", "date": day} for n, day in enumerate(days)]


def site(*days, **more):
    return project(villages=VILLAGE, garbage_sites=[SITE], clearances=cleared(*days), **more)


def test_days_of_a_month():
    days = [f"2023-06-{n:02d}" for n in range(1, 22)]
    rule = {**CLEARED, "period": "month", "each": "day", "at_least_share": "1"}
    assert why(site(*days), rule) == (
        "6月清运21天，要求30天",
        "Cleared on 21 days in 2023-06; 30 days needed",
    )
    assert why(site(*days), {**rule, "period": "day"}, day=dt.date(2023, 6, 30))[0] == (
        "2023-06-29清运0天，要求1天"
    )


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("month", "2022年12月", "in 2022-12"),
        ("quarter", "2022年第4季度", "in quarter 4 of 2022"),
        ("half_year", "2022年下半年", "in the second half of 2022"),
        ("year", "2022年", "in 2022"),
    ],
)
def test_nothing_in_a_period(period, zh, en):
    rule = {**CLEARED, "period": period}
    assert why(site("2023-01-05"), rule, day=dt.date(2023, 1, 10)) == (
        f"{zh}没有清运记录",
        f"No recorded clearance {en}",
    )


def test_the_last_time_is_told():
    rule = {**CLEARED, "within_days": 7}
    assert why(site("2023-05-01", "2023-06-12"), rule) == (
        "近7天没有清运记录，最近一次2023-06-12",
        "No recorded clearance in the last 7 days; the last one was on 2023-06-12",
    )
    assert why(site("2023-06-29"), {**rule, "at_least": 2}) == (
        "近7天清运记录1次，要求至少2次",
        "1 recorded clearance in the last 7 days; at least 2 needed",
    )


def test_the_list_ends_before_the_period_does():
    data = site("2023-06-02", dates={"clearances": "2023-06-10"})
    assert why(data, {**CLEARED, "period": "month", "at_least": 3}, "survey") == (
        "清运记录台账只到2023-06-10，之后情况不明",
        "The list of recorded clearances ends on 2023-06-10; what came later is not known",
    )


def test_a_date_of_the_subject_itself():
    rule = {
        "subjects": "garbage_sites", "measure": "count", "items": "self", "date": "last_cleared",
        "within_days": 7,
    }  # fmt: skip
    data = project(villages=VILLAGE, garbage_sites=[{**SITE, "last_cleared": "2023-06-12"}])
    assert why(data, rule) == (
        "最近清运2023-06-12，已过18天，要求7天以内",
        "Last cleared 2023-06-12, 18 days ago; the limit is 7 days",
    )
    data = project(villages=VILLAGE, garbage_sites=[{**SITE, "last_cleared": None}])
    assert why(data, rule, "survey") == ("最近清运未填", "Last cleared not filled in")
    rule = {key: cell for key, cell in rule.items() if key != "within_days"} | {"period": "year"}
    data = project(villages=VILLAGE, garbage_sites=[{**SITE, "last_cleared": "2023-06-12"}])
    assert why(data, rule) == (
        "最近清运2023-06-12，不在2022年内",
        "Last cleared 2023-06-12, not in 2022",
    )


# ---------------------------------------------------------------- the other measures


def attribute(column, cell, **test):
    rule = {"subjects": "households", "measure": "attribute", "column": column, **test}
    return project(villages=VILLAGE, households=[{**HOME, column: cell}]), rule


@pytest.mark.parametrize(
    ("column", "cell", "test", "zh", "en"),
    [
        ("education_ok", False, {"one_of": [True]}, "义务教育有保障：否",
         "Compulsory education secured: no"),
        ("relocated", True, {"one_of": [False]}, "是否易地搬迁户：是", "Relocated household: yes"),
        ("heating", "traditional_kang", {"not_one_of": ["traditional_kang"]}, "取暖方式：土炕",
         "Heating: traditional kang"),
        ("employed_members", 0, {"at_least": 1}, "就业人数0人，要求至少1人",
         "Employed members: 0 (at least 1 needed)"),
        ("days_short", 40.0, {"at_most": 18}, "年缺水天数40天，要求不超过18天",
         "Days short of water: 40 days (at most 18 days allowed)"),
        ("exempt_evidence", None, {"empty": False}, "没有登记佐证材料", "No evidence on record"),
        ("bathroom", False, {"one_of": [True]}, "没有洗澡间", "No bathroom"),
    ],
)  # fmt: skip
def test_a_column_of_the_subject(column, cell, test, zh, en):
    data, rule = attribute(column, cell, **test)
    assert why(data, rule) == (zh, en)


def test_a_blank_column_of_the_subject():
    data, rule = attribute("heating", None, one_of=["solar"])
    assert why(data, rule, "survey") == ("取暖方式未填", "Heating not filled in")
    data, rule = attribute("heating", "x", one_of=["solar"])
    data.frames["households"]["heating"] = frame("households", [{"heating": None}])["heating"]
    data.frames["households"]["heating_source"] = "火盆"
    assert why(data, rule, "survey")[0] == "取暖方式写作“火盆”，无法归类"


def test_every_row_gets_the_reason_of_its_own_cell():
    # Lists are sorted by village and id, columns are not: H3 burns coal, H1 wood.
    homes = [
        {"id": f"H{n}", "village_id": "V1", "main_energy": cell}
        for n, cell in ((3, "coal"), (2, "solar"), (1, "firewood"), (4, "coal"))
    ]
    rule = {"subjects": "households", "measure": "attribute", "column": "main_energy",
            "one_of": ["solar"]}  # fmt: skip
    gaps = judged(project(villages=VILLAGE, households=homes), rule).gaps
    assert dict(zip(gaps["subject_id"], gaps["reason_zh"], strict=True)) == {
        "H1": "主要能源：柴草", "H3": "主要能源：煤", "H4": "主要能源：煤",
    }  # fmt: skip


def test_a_limit_per_head():
    rule = {"subjects": "villages", "measure": "attribute", "column": "cleaners", "at_least": 2,
            "per": {"column": "population_resident", "n": 800}}  # fmt: skip
    villages = [{**VILLAGE[0], "cleaners": 2, "population_resident": 1700}]
    assert why(project(villages=villages), rule) == (
        "保洁员2人，要求至少3人",  # 1700 / 800 rounded up
        "Cleaners: 2 (at least 3 needed)",
    )
    villages = [{**VILLAGE[0], "cleaners": 2, "population_resident": None}]
    assert why(project(villages=villages), rule, "survey")[0] == "常住人口未填，算不出要求多少"


WATER = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]}, "mode": "straight", "within_m": 800,
}  # fmt: skip


def beside(x, status="working", **more):
    homes = [{**HOME, "geometry": at(0, 0)}]
    points = [{"id": "W1", "village_id": "V1", "status": status, "geometry": at(x, 0)}]
    return project(villages=VILLAGE, households=homes, water_points=points, **more)


def test_how_far_a_facility_is():
    assert why(beside(1250), WATER) == (
        "最近的可用供水点1250米，要求800米以内",
        "The nearest water point that works is 1250 m away; the limit is 800 m",
    )
    anything = {key: cell for key, cell in WATER.items() if key != "where"}
    assert why(beside(1250), anything)[0] == "最近的供水点1250米，要求800米以内"
    assert why(beside(10, "broken"), WATER) == (
        "没有可用供水点",
        "There is no water point that works",
    )
    assert why(beside(10, "unknown"), WATER, "survey")[0] == "附近有供水点，但情况不明，需核实"
    steep = flat([[0.0] * 15 + [300.0] * 15] * 20)
    assert why(beside(780, dem=steep), {**WATER, "climb_m": 80}) == (
        "800米以内的供水点高差超过80米",
        "Water points within 800 m lie more than 80 m higher or lower",
    )


def test_one_column_over_another():
    rule = {"subjects": "villages", "measure": "ratio", "numerator": "pension_paid",
            "denominator": "pension_due"}  # fmt: skip
    villages = [{**VILLAGE[0], "pension_paid": 90, "pension_due": 100}]
    assert why(project(villages=villages), rule) == (
        "已发放养老金人数90人，应发放养老金人数100人",
        "Pensions paid: 90; pensions due: 100",
    )
    villages = [{**VILLAGE[0], "pension_paid": None, "pension_due": 100}]
    assert why(project(villages=villages), rule, "survey") == (
        "已发放养老金人数未填",
        "Pensions paid not filled in",
    )


def test_how_much_is_covered():
    villages = [{**VILLAGE[0], "geometry": field(0, 0, 10, 10)}]
    greens = [{"id": "B1", "geometry": field(0, 0, 5, 10)}]
    rule = {"subjects": "villages", "measure": "area", "items": "green_spaces"}
    assert why(project(villages=villages, green_spaces=greens), rule) == (
        "有绿地的面积50平方米，其余没有",
        "50 m² have green spaces, the rest has not",
    )
    roads = [{"id": "R1", "village_id": "V1", "geometry": line((0, 0), (100, 0))}]
    lamps = [{"id": "L1", "geometry": at(0, 0)}]
    rule = {"subjects": "roads", "measure": "along", "items": "streetlights", "within_m": 20,
            "max_gap_m": 40}  # fmt: skip
    assert why(project(villages=VILLAGE, roads=roads, streetlights=lamps), rule) == (
        "最长一段80米不亮灯，要求不超过40米",
        "The longest dark stretch is 80 m; the limit is 40 m",
    )


# ---------------------------------------------------------------- several measures, grades


def test_every_limb_that_fails_is_told():
    homes = [{**HOME, "piped_water": False, "water_minutes": 30, "geometry": at(0, 0)}]
    points = [{"id": "W1", "village_id": "V1", "status": "working", "geometry": at(900, 0)}]
    data = project(villages=VILLAGE, households=homes, water_points=points)
    limbs = [
        {"measure": "attribute", "column": "piped_water", "one_of": [True]},
        {"measure": "reach", "facilities": "water_points", "mode": "straight", "within_m": 800},
        {"measure": "attribute", "column": "piped_water", "one_of": [True]},
        {"measure": "attribute", "column": "water_minutes", "at_most": 20},
    ]
    rule = {"subjects": "households", "any_of": limbs}
    table = judged(data, rule).gaps
    assert why(data, rule) == (
        "未通自来水；最近的供水点900米，要求800米以内；取水往返30分钟，要求不超过20分钟",
        "No piped water. The nearest water point is 900 m away; the limit is 800 m. "
        "Fetching water: 30 minutes (at most 20 minutes allowed)",
    )
    assert table["reason"].tolist() == ["attribute_fails"]  # the code of the first that decides
    # Of "all of", those that pass are not told.
    homes[0]["piped_water"] = True
    data = project(villages=VILLAGE, households=homes, water_points=points)
    rule = {"subjects": "households", "all_of": [limbs[0], limbs[3]]}
    assert why(data, rule)[0] == "取水往返30分钟，要求不超过20分钟"


def test_a_column_two_limbs_ask_for_is_named_once():
    # Enough for everybody, or enough for a village short of water: both look at one column.
    amount = {"measure": "attribute", "column": "litres_per_person_day"}
    dry = {"measure": "attribute", "column": "village.water_zone", "one_of": ["short"]}
    limbs = [{**amount, "at_least": 20}, {"any_of": [dry, {**amount, "at_least": 35}]}]
    rule = {"subjects": "households", "all_of": limbs}
    assert why(project(villages=VILLAGE, households=[HOME]), rule, "survey") == (
        "台账缺“人均日用水量”一栏；台账缺“供水分区”一栏",
        "The ledger has no column for litres per person per day. "
        "The ledger has no column for water zone",
    )


def test_a_grade_speaks_for_the_one_that_would_be_enough():
    def grade(name, *kinds):
        where = {"type": list(kinds), "in_use": True}
        body = {"measure": "count", "items": "toilets", "by": "household_id", "where": where}
        return {"id": name, "title": {"zh": name, "en": name}, **body}

    rule = {
        "subjects": "households", "met_from": "basic",
        "grade": [
            grade("best", "sewered_flush"), grade("basic", "three_compartment"),
            {"id": "none", "title": {"zh": "无", "en": "none"}},
        ],
    }  # fmt: skip
    # The best grade would also blame the type, which is good enough.
    assert why(county([toilet(in_use=False)]), rule)[0] == "户厕未在用"


def test_who_is_to_be_counted_is_not_known():
    rule = {**TOILET, "of": {"resident": True}}
    data = project(villages=VILLAGE, households=[{**HOME, "resident": None}], toilets=[toilet()])
    assert why(data, rule, "survey") == (
        "是否常住未填，不知是否应计入",
        "Resident not filled in, so whether it is to be counted is not known",
    )


def test_every_household_gets_its_own_reason():
    # Sent in another order than the lists are in, and toilets in another order than households.
    homes = [
        {"id": f"H{n}", "village_id": "V1", "resident": cell, "relocated": moved}
        for n, cell, moved in (
            (5, None, None), (3, True, False), (1, True, False), (4, True, None), (2, True, False),
        )
    ]  # fmt: skip
    toilets = [
        {**GOOD, "id": "T1", "household_id": "H3", "type": "dry_pit"},
        {**GOOD, "id": "T2", "household_id": "H1", "defects": "leak"},
        {**GOOD, "id": "T3", "household_id": "H4"},
    ]
    found = judged(
        project(villages=VILLAGE, households=homes, toilets=toilets),
        {**TOILET, "of": {"resident": True, "relocated": False}},
    )
    said = [
        dict(zip(table["subject_id"], table["reason_zh"], strict=True))
        for table in (found.gaps, found.survey)
    ]
    assert said == [
        {"H1": "户厕问题：渗漏", "H2": "没有户厕", "H3": "户厕类型：普通旱厕"},
        {"H4": "是否易地搬迁户未填，不知是否应计入",
         "H5": "是否常住、是否易地搬迁户未填，不知是否应计入"},
    ]  # fmt: skip


def test_households_not_listed_keep_their_sentence():
    villages = [{**VILLAGE[0], "households": 3}]
    data = project(villages=villages, households=[HOME], toilets=[toilet(in_use=False)])
    found = judged(data, TOILET)
    assert found.gaps["reason_zh"].tolist() == ["户厕未在用"]
    assert found.survey["reason_zh"].tolist() == ["本村上报户数多于台账所列，其余2户未列入，需补报"]


def test_every_code_of_a_measure_has_a_sentence():
    # Codes are the words in quotes that stand last in a case of ``choose``, or after ``default=``.
    code = re.compile(r'(?:, |default=)(?:f?)"([a-z_]+)(?:\{both_ways\})?"[,)]')
    said = re.compile(r"(?:why|reason)\.(\w+)")
    spoken = {found[1] for key in words() if (found := said.match(key))}
    folder = Path(geo.__file__).parent
    used = {
        name
        for module in ("reach", "reaching/straight", "reaching/afoot", "along", "measures")
        for block in (folder / f"{module}.py").read_text(encoding="utf-8").split("choose(")[1:]
        for name in code.findall(block.split("n=")[0])
    }
    assert {"too_far", "walk_round", "not_surveyed", "ratio_short", "area_unknown"} <= used
    # These columns and figures are told apart from their codes.
    assert used - spoken == {"attribute_fails", "attribute_blank", "ratio_blank"}


@pytest.mark.parametrize("layer", layer_names())
def test_every_layer_has_a_name_for_one_of_its_things(layer):
    zh, en = thing(layer)
    many = thing(layer, many=True)[1]
    assert zh
    assert en == en.lower()
    assert en != many
    assert counter(layer)
