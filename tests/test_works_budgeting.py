"""A budget on a project: packages by hand, what cannot be promised, and the promise kept."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hand import DAY, often, project, standard
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import Assessment, assess
from layers.cache import load
from layers.errors import DataError, UsageError
from layers.frames import ProjectData
from layers.project import open_project
from layers.text import LANGUAGES
from works.board import Board
from works.budgeting.files import write_plan
from works.budgeting.money import money_of
from works.budgeting.plan import Asked, BudgetPlan, curve_table, packages_table, plan_budget
from works.budgeting.told import library_rows, plan_json, sentences, total_homes
from works.library import load_costs, load_standard
from works.papers.teller import Teller
from works.project_library import library_csv
from works.worklist import worklist

DEMO = Path(__file__).parents[1] / "data" / "demo"
WORK = {"per": "subject", "quantity": "amount"}
# Water costs 1,500 for a household and is required; a bathroom (3,000) is only scored.
WATER = {
    "id": "water", "title": {"zh": "自来水", "en": "Piped water"}, "kind": "required",
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
    "goal": "0.8", "work": {"kind": "toilet-rebuild", **WORK},
}  # fmt: skip
BATH = {
    "id": "bath", "title": {"zh": "洗澡间", "en": "Bathroom"}, "kind": "scored",
    "subjects": "households", "measure": "attribute", "column": "bathroom", "one_of": [True],
    "work": {"kind": "bathroom-new", **WORK},
}  # fmt: skip
FIBRE = {
    "id": "fibre", "title": {"zh": "光纤", "en": "Fibre"}, "kind": "required",
    "subjects": "villages", "measure": "attribute", "column": "fiber", "one_of": [True],
    "goal": "1", "work": {"kind": "fiber-village", "per": "village", "quantity": "amount"},
}  # fmt: skip
FREE = {**FIBRE, "id": "rules", "column": "village_rules",
        "work": {"kind": "rules-adopted", "per": "village", "quantity": "amount"}}  # fmt: skip
YES, NO, OPEN = True, False, None
RULES = (WATER, BATH, FIBRE)


def home(village: str, n: int, water: Any, bath: Any = True) -> dict[str, Any]:
    return {"id": f"{village}{n}", "village_id": village, "head": "王某某", "piped_water": water,
            "bathroom": bath, "resident": True}  # fmt: skip


def village(name: str, town: str = "河川镇", fiber: Any = True, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": f"{name}村", "township": town, "fiber": fiber,
            "village_rules": True, **more}  # fmt: skip


def county() -> ProjectData:
    """
    Five villages of ten households.

    A lacks 2 of 8 (3,000). B lacks 1 of 8 and fibre (1,500 + 50,000). C passes; two homes there
    have no bathroom. D lacks 3 and is to be relocated. E has 5, 1 without and 4 nobody asked.
    """
    homes = [
        *(home("A", n, n < 6) for n in range(10)),
        *(home("B", n, n < 7) for n in range(10)),
        *(home("C", n, n < 9, n > 1) for n in range(10)),
        *(home("D", n, n < 5) for n in range(10)),
        *(home("E", n, YES if n < 5 else NO if n < 6 else OPEN) for n in range(10)),
    ]
    villages = [
        village("A"), village("B", fiber=False), village("C", "柳林镇"),
        village("D", "柳林镇", **{"class": "relocation"}), village("E", "柳林镇"),
    ]  # fmt: skip
    return project(villages=villages, households=homes)


def judged(data: ProjectData, *rules: Mapping[str, Any]) -> Assessment:
    return assess(data, standard(*(rules or RULES)), as_of=DAY)


def planned(found: Assessment, budget: int, **asked: Any) -> BudgetPlan:
    costs = load_costs()
    return plan_budget(
        Board(found), worklist(found, costs), costs, Asked(Fraction(budget), **asked)
    )


def statuses(found: Assessment) -> dict[str, str]:
    return Board(found).statuses()


def built(data: ProjectData, plan: BudgetPlan) -> ProjectData:
    """Give the county with what a plan funds put right, household by household."""
    column = {"water": "piped_water", "bath": "bathroom", "fibre": "fiber",
              "rules": "village_rules"}  # fmt: skip
    frames = {name: table.copy() for name, table in data.frames.items()}
    work = worklist(plan.board.assessment, load_costs()).set_index("work_id")
    for target, subject in work.loc[plan.works][["target_id", "subject_id"]].itertuples(
        index=False
    ):
        layer = "villages" if target in ("fibre", "rules") else "households"
        frames[layer].loc[frames[layer]["id"] == subject, column[target]] = True
    return dataclasses.replace(data, frames=frames)


# ---------------------------------------------------------------------------------- by hand


def test_packages_are_nested_and_cost_what_the_list_says():
    plan = planned(judged(county()), 0)
    table = packages_table(plan)
    mine = table[table["village_id"] == "B"].to_dict("records")
    # Water first: 1,500 for one household; fibre closes no household's own gap.
    assert [(one["targets"], one["cost"], one["gain"], one["passes"]) for one in mine][:2] == [
        ("water", 1500, 1, False), ("water fibre", 51_500, 1, True),
    ]  # fmt: skip
    # Beyond the goal: both other households without water.
    assert ("water fibre water*", 54_500, 3, True) in [
        (one["targets"], one["cost"], one["gain"], one["passes"]) for one in mine
    ]
    # C passes already: only its two homes without a bathroom and the one without water are left.
    here = table[table["village_id"] == "C"]
    assert not here["passes"].any()
    assert here["gain"].max() == 3


def test_the_cheapest_villages_come_first_and_the_next_one_is_priced():
    plan = planned(judged(county()), 10_000)
    assert (plan.passing, plan.choice.status, plan.cost) == (["A"], "optimal", 3000)
    after = plan.following
    assert after is not None
    # B takes 51,500; 7,000 are left, so 44,500 are missing.
    assert (after.village, after.cost, after.more) == ("B", 51_500, 44_500)
    assert "再增1村达标需4.45万元（B村，该村共需5.15万元）" in "".join(sentences(plan, "zh"))
    assert curve_table(plan)[["cost", "value"]].to_numpy().tolist() == [
        [0, 0], [3000, 1], [54_500, 2],
    ]  # fmt: skip
    assert planned(judged(county()), 54_500).following is None


def test_what_cannot_be_promised_is_said_with_its_reason():
    plan = planned(judged(county()), 10_000_000)
    assert {(one.village, one.why, one.n) for one in plan.packages.lacks} == {
        ("D", "relocation", 3), ("E", "verify", 2),
    }  # fmt: skip
    assert plan.packages.leaving == ("D",)
    assert set(plan.passing) == {"A", "B"}
    told = plan_json(plan)
    assert told["relocation"] == ["D"]
    assert {one["why_zh"] for one in told["cannot"]} == {
        "自来水：本村属搬迁撤并类，不安排新建。", "自来水：能做的都做，仍须有2户经核实达标。",
    }  # fmt: skip
    for lang in LANGUAGES:
        assert not any("{" in line or "budget." in line for line in sentences(plan, lang))


def test_a_village_to_be_relocated_is_built_in_only_when_it_is_named():
    plan = planned(judged(county()), 10_000, must=["D"])
    assert set(plan.passing) == {"A", "D"}
    assert (plan.cost, plan.packages.leaving) == (7500, ())
    # Its water alone: the same here, as it lacks nothing else.
    assert "D" in planned(judged(county()), 10_000, must=["D村:water"]).passing
    with pytest.raises(UsageError, match="takes 4500 CNY"):
        planned(judged(county()), 4499, must=["D"])


def test_what_must_be_is_funded_and_wrong_names_are_answered():
    found = judged(county())
    assert set(planned(found, 60_000, must=["B"]).passing) == {"A", "B"}
    # A bathroom wherever one is lacking: both homes of C, 6,000.
    plan = planned(found, 8_999, must=["bath"])
    assert (plan.passing, plan.cost) == ([], 6000)
    assert planned(found, 9000, must=["bath"]).passing == ["A"]
    # What does not reach the goal for certain is done as far as it goes: one household of E.
    assert planned(found, 1500, must=["E:water"]).cost == 1500
    for wrong, said in (
        ("E", r"E村: no work on the list does that: water \(verify\)"), ("X", "neither a village"),
        ("X:water", "neither a village"), ("E村:nix", "neither a village"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            planned(found, 10**6, must=[wrong])


def test_work_without_cost_brings_a_village_to_pass_for_nothing():
    data = county()
    data.frames["villages"].loc[2, "village_rules"] = False
    plan = planned(judged(data, *RULES, FREE), 0)
    assert (plan.passing, plan.cost, plan.free) == (["C"], 0, 1)
    assert "其中1个村不需要工程投资" in "".join(sentences(plan, "zh"))
    # It is not bought, so nobody gains by it, and it is no project.
    named = {**BATH, "kind": "required", "goal": "1", "work": {"kind": "record-update", **WORK}}
    plan = planned(judged(county(), WATER, named), 0)
    assert (plan.passing, plan.cost, plan.funded["gain"].tolist()) == (["C"], 0, [0])
    rows = library_rows(plan, worklist(plan.board.assessment, load_costs()), load_costs(), "zh")
    assert rows.empty
    assert planned(judged(county(), WATER, named), 0, aim="gain").choice.value == 0


def test_each_township_gets_its_own_as_far_as_it_can():
    plan = planned(judged(county()), 60_000, per_township=2)
    assert (plan.passing, plan.choice.short) == (["A", "B"], {"柳林镇": 0})
    assert "柳林镇靠已知工程能达标的村只有0个" in "".join(sentences(plan, "zh"))


def test_most_households_gain_and_nobody_counts_twice():
    data = county()
    # Household A9 lacks water and a bathroom: it gains once.
    data.frames["households"].loc[9, "bathroom"] = False
    plan = planned(judged(data), 10**6, aim="gain")
    lacking = {"A6", "A7", "A8", "A9", "B7", "B8", "B9", "C0", "C1", "C9", "E5"}
    assert plan.choice.value == len(lacking)
    told = plan_json(plan)
    named = [one for village in told["villages"] for one in village["households"]]
    assert sorted(named) == sorted(lacking)


def test_costs_in_two_currencies_are_refused():
    found = judged(county())
    costs = dict(load_costs())
    costs["fiber-village"] = dataclasses.replace(costs["fiber-village"], currency="KES")
    with pytest.raises(DataError, match="CNY, KES stand side by side"):
        plan_budget(Board(found), worklist(found, costs), costs, Asked(Fraction(1)))


def test_costs_in_parts_of_a_unit_stay_exact():
    found = judged(county())
    costs = dict(load_costs())
    one = costs["toilet-rebuild"]
    costs["toilet-rebuild"] = dataclasses.replace(one, unit_cost=type(one.unit_cost)("1500.25"))
    board, work = Board(found), worklist(found, costs)
    for budget, passing in ((Fraction("3000.49"), []), (Fraction("3000.50"), ["A"])):
        assert plan_budget(board, work, costs, Asked(budget)).passing == passing


@pytest.mark.parametrize(
    ("typed", "money"),
    [("500000", 500_000), ("50万", 500_000), ("５０万元", 500_000), ("0.5亿", 50_000_000),
     ("1,200,000 CNY", 1_200_000), ("7.29 万元", 72_900)],
)  # fmt: skip
def test_money_is_read_as_people_type_it(typed, money):
    assert money_of(typed, "CNY", "--budget") == money


@pytest.mark.parametrize("typed", ["", "abc", "-5", "5 KES", "1e6", "50万万", "5.5.5"])
def test_what_is_no_money_is_refused(typed):
    with pytest.raises(UsageError, match="--budget"):
        money_of(typed, "CNY", "--budget")


# ---------------------------------------------------------------------------------- kept promises


def test_what_is_promised_is_what_assess_says_once_it_is_built():
    data = county()
    for budget, aim in itertools.product((2999, 3000, 60_000, 10**7), ("passes", "gain")):
        before = judged(data)
        plan = planned(before, budget, aim=aim)
        after = statuses(judged(built(data, plan)))
        newly = [k for k, one in after.items() if one == "met" and statuses(before)[k] != "met"]
        assert sorted(newly) == sorted(plan.passing)


@settings(max_examples=often(10, 200), deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from([YES, NO, OPEN]), st.booleans()), min_size=1,
                         max_size=6), min_size=1, max_size=4),
       st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 60_000),
       st.sampled_from(["passes", "gain"]))  # fmt: skip
def test_promises_are_kept_whatever_the_ledgers_say(ledgers, fibre, budget, aim):
    names = "ABCD"[: len(ledgers)]
    data = project(
        villages=[village(name, fiber=fibre[n]) for n, name in enumerate(names)],
        households=[home(name, n, *cells) for name, ledger in zip(names, ledgers, strict=True)
                    for n, cells in enumerate(ledger)],
    )  # fmt: skip
    before = judged(data)
    plan = planned(before, budget, aim=aim)
    assert plan.cost <= budget
    assert plan.choice.bound >= plan.choice.value
    after = judged(built(data, plan))
    # Never less than promised, and for villages exactly that.
    newly = {k for k, one in statuses(after).items() if one == "met"}
    assert newly == {k for k, one in statuses(before).items() if one == "met"} | set(plan.passing)
    homes = [one for village in plan_json(plan)["villages"] for one in village["households"]]
    assert len(homes) == len(set(homes)) <= sum(map(len, ledgers))
    if aim == "gain":
        assert len(homes) == plan.choice.value


def test_the_demo_county_keeps_what_a_budget_promises(tmp_path):
    import shutil

    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("cache", "raw", "snapshots"))
    data = load(open_project(folder))
    rules = load_standard("qingyang-2023")
    required = [one for one in rules.targets if one.kind == "required"]
    rules = dataclasses.replace(rules, targets=type(rules.targets)(required))
    before = assess(data, rules, scope="all", scopes={})
    plan = planned(before, 200_000)
    assert (plan.choice.value, plan.cost) == (11, 195_300)
    work = worklist(before, load_costs()).set_index("work_id").loc[plan.works]
    subjects = {str(key): set(mine["subject_id"]) for key, mine in work.groupby("target_id")}
    assert set(subjects) == {"sanitary-toilet", "housing-secured", "garbage-key-daily"}
    toilets, homes = (data.frames[name].copy() for name in ("toilets", "households"))
    mine = toilets["household_id"].isin(subjects["sanitary-toilet"])
    toilets.loc[mine, ["type", "in_use", "defects"]] = ["three_compartment", True, None]
    homes.loc[homes["id"].isin(subjects["housing-secured"]), "housing_ok"] = True
    days = pd.date_range(before.as_of.replace(day=1), before.as_of)
    daily = [{"id": f"new{n}{site}", "site_id": site, "date": day}
             for n, day in enumerate(days) for site in subjects["garbage-key-daily"]]  # fmt: skip
    old = data.frames["clearances"]
    cleared = pd.DataFrame(daily).reindex(columns=old.columns).astype(old.dtypes.to_dict())
    frames = {**data.frames, "toilets": toilets, "households": homes,
              "clearances": pd.concat([old, cleared], ignore_index=True)}  # fmt: skip
    after = statuses(assess(dataclasses.replace(data, frames=frames), rules, scope="all",
                            scopes={}))  # fmt: skip
    assert {after[village] for village in plan.passing} == {"met"}
    assert list(after.values()).count("met") == list(statuses(before).values()).count("met") + 11


# ---------------------------------------------------------------------------------- files


def test_the_files_hold_one_truth(tmp_path):
    found = judged(county())
    costs = load_costs()
    board, work = Board(found), worklist(found, costs)
    plan = plan_budget(board, work, costs, Asked(Fraction(60_000)))
    told = write_plan(plan, work, costs, tmp_path, teller=Teller(board, "zh"), funding="县级财政",
                      term="2024年")  # fmt: skip
    assert json.loads((tmp_path / "plan.json").read_text("utf-8")) == told
    assert (told["value"], told["cost"], told["left"], told["status"]) == (
        2,
        54_500,
        5500,
        "optimal",
    )
    rows = list(csv.DictReader(io.StringIO((tmp_path / "packages.csv").read_text("utf-8-sig"))))
    funded = [row for row in rows if row["chosen"] == "True"]
    assert sum(int(row["cost"]) for row in funded) == 54_500
    assert [row["village_id"] for row in funded] == ["A", "B"]
    curve = list(csv.DictReader(io.StringIO((tmp_path / "curve.csv").read_text("utf-8-sig"))))
    assert [row["village_id"] for row in curve] == ["", "A", "B"]
    book = openpyxl.load_workbook(tmp_path / "项目库.xlsx")
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    heads = [str(cell).replace("\n", "") for cell in lines[2]]
    assert heads[:9] == ["序号", "项目名称", "建设地点", "建设内容及规模", "投资估算（万元）",
                         "资金来源", "责任单位", "受益户数", "建设期限"]  # fmt: skip
    assert "单位：万元" in lines[1][0]
    assert (lines[3][1], lines[3][4]) == ("合计（3个项目）", 5.45)
    assert lines[4][1:6] == (
        "A村新建或改建卫生户厕",
        "河川镇A村",
        "新建或改建卫生户厕2户",
        0.3,
        "县级财政",
    )
    assert lines[4][7:9] == (2, "2024年")


def test_the_public_version_names_no_household(tmp_path):
    found = judged(county())
    costs = load_costs()
    board, work = Board(found), worklist(found, costs)
    plan = plan_budget(board, work, costs, Asked(Fraction(60_000)))
    write_plan(plan, work, costs, tmp_path, teller=Teller(board, "zh"))
    texts = {}
    for name in ("项目库.xlsx", "项目库_公示.xlsx"):
        sheet = openpyxl.load_workbook(tmp_path / name).worksheets[0]
        texts[name] = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert any("王" in cell for cell in texts["项目库.xlsx"])
    shown = texts["项目库_公示.xlsx"]
    assert not any("王" in cell or "经度" in cell or "涉及农户" in cell for cell in shown)
    assert any("公示" in cell for cell in shown)


def test_the_library_is_written_as_a_table_of_plain_cells_too():
    rows = pd.DataFrame(
        [
            {"name": "=1+1", "place": "A村", "content": "x", "cost": Fraction(3, 2), "funding": "",
             "office": "o", "households": 2, "term": "", "who": "王**", "where": "1,2"},
            {"name": "b", "place": "B村", "content": "y", "cost": None, "funding": "",
             "office": "o", "households": None, "term": "", "who": "", "where": ""},
        ]
    )  # fmt: skip
    for public in (False, True):
        told = library_csv(rows, "CNY", public=public).decode("utf-8-sig")
        one, two = csv.DictReader(io.StringIO(told))
        assert (one["no"], one["cost"], one["currency"]) == ("1", "1.5", "CNY")
        assert (two["no"], two["cost"]) == ("2", "")
        assert one["name"] != "=1+1"  # a spreadsheet takes it for text
        assert ("who" in one, "where" in one) == (not public, not public)


def test_work_for_the_households_of_a_village_counts_those_it_serves():
    venue = {**WATER, "id": "venue", "work": {"kind": "elderly-venue-new", "per": "village"}}
    plan = planned(judged(county(), venue), 200_000)
    rows = library_rows(plan, worklist(plan.board.assessment, load_costs()), load_costs(), "zh")
    # One house for the four of A who lack it; B's two and E's would take another 200,000 each.
    assert rows[["cost", "households"]].to_numpy().tolist() == [[200_000, 4]]
    assert plan.choice.value == 1


def test_households_served_count_each_once():
    found = judged(county())
    costs = load_costs()
    work = worklist(found, costs)
    plan = plan_budget(Board(found), work, costs, Asked(Fraction(3000)))
    rows = library_rows(plan, work, costs, "en")
    assert rows["households"].tolist() == [2]
    assert total_homes(plan) == 2
    assert rows["name"].tolist() == ["A村: Build or rebuild a household toilet"]
