"""The demo county's stories, each looked for where a reader would find it: in the results."""

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from conftest import run_command
from hand import LONG

from geo.assess import assess
from layers.cache import load
from layers.demo import make_demo
from layers.project import open_project
from layers.snapshot import load_snapshot, snapshots
from ui.checking import audit_project
from ui.run import assess_project
from works.audit import audit
from works.library import load_standard

DEMO = Path(__file__).parents[1] / "data" / "demo"
SIZE = 8_000_000
TOWNS = ("河川镇", "柳林镇", "北塬乡")
TOILET = "sanitary-toilet"
NEVER_ASKED = {
    "road-guardrails", "road-guardrails-steep", "roadside-green", "villageside-green",
    "waterside-green", "houseside-green", "water-quantity", "water-quality", "water-reliability",
    "not-income-support-only", "dropout-check", "garbage-other-24h", "hazard-shelter",
}  # fmt: skip
"""Targets whose layers or columns nobody in the county ever sent."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A copy of the committed county, so that reading it leaves no trace."""
    folder = tmp_path_factory.mktemp("kept") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("cache", "history"))
    return folder


@pytest.fixture(scope="module")
def out(kept, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "results"
    done = run_command("assess", kept, "--out", folder, "--json")
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="module")
def book(out):
    return openpyxl.load_workbook(out / "评估结果.xlsx")


@pytest.fixture(scope="module")
def checked(kept):
    return run_command("check", kept, "--json").json()


@pytest.fixture(scope="module")
def card(out):
    with (out / "scorecard.csv").open(encoding="utf-8-sig", newline="") as file:
        return pd.DataFrame(list(csv.DictReader(file)))


@pytest.fixture(scope="module")
def gaps(out):
    listed = json.loads((out / "gaps.geojson").read_text("utf-8"))["features"]
    return pd.DataFrame([feature["properties"] for feature in listed])


@pytest.fixture(scope="module", params=[1, 5] if LONG else [1])
def project(request, kept, tmp_path_factory):
    """The committed county, and one of another seed."""
    if request.param == 1:
        return open_project(kept)
    return make_demo(tmp_path_factory.mktemp("seed") / "demo", seed=request.param)


@pytest.fixture(scope="module")
def found(project):
    return assess_project(project)


def row(card, village, target, town=None):
    """One village's row, amounts as numbers."""
    rows = card[(card["level"] == "village") & (card["target_id"] == target)]
    rows = rows[rows["unit_name"] == village]
    if town is not None:
        place = {"河川镇": "101", "柳林镇": "102", "北塬乡": "201"}[town]
        rows = rows[rows["unit_id"].str[6:9] == place]
    assert len(rows) == 1, (village, target, len(rows))
    return rows.iloc[0]


def counts(line):
    return [int(line[name]) for name in ("amount", "met", "unmet", "unknown")]


def statuses(card, target="_all"):
    rows = card[(card["level"] == "village") & (card["target_id"] == target)]
    return dict(zip(rows["unit_id"], rows["status"], strict=True))


# ---------------------------------------------------------------- the county as a whole


def test_the_committed_county_is_what_the_command_makes(kept, tmp_path):
    made, there = load(make_demo(tmp_path / "again")), load(open_project(kept))
    assert set(made.frames) == set(there.frames)
    for name, frame in made.frames.items():
        pd.testing.assert_frame_equal(frame, there.frames[name])
    for name, raster in made.rasters.items():
        np.testing.assert_array_equal(raster.values, there.rasters[name].values)


def test_no_layer_gives_a_finding_but_the_households(kept):
    table = open_project(kept).table("findings")
    assert len(table)
    assert set(table["layer"]) <= {"households"}, table[["layer", "code", "detail"]]


def test_it_is_small_enough_to_be_sent(kept):
    assert sum(p.stat().st_size for p in DEMO.rglob("*") if p.is_file()) < SIZE


def test_villages_stand_in_official_order(kept):
    villages = open_project(kept).frame("villages")
    assert list(dict.fromkeys(villages["township"])) == list(TOWNS)
    assert villages.groupby("township", sort=False).size().tolist() == [9, 8, 7]
    assert villages["name"].iloc[[0, 9, 17]].tolist() == ["东沟村", "柳湾村", "高塬村"]
    order = open_project(kept).frame("townships").sort_values("sort")["name"]
    assert order.tolist() == list(TOWNS)


def test_most_villages_are_judged_and_each_status_is_there(card):
    said = list(statuses(card).values())
    assert len(said) == 24
    assert [said.count(k) for k in ("met", "undetermined", "unmet")] == [12, 6, 6]


def test_nearly_every_target_is_assessed_and_one_is_honestly_not(card):
    county = card[(card["level"] == "county") & card["kind"].isin(["required", "scored"])]
    without = set(county.loc[county["status"] == "not_assessed", "target_id"])
    assert len(county) == 62
    assert "road-guardrails" in without
    assert without <= NEVER_ASKED
    line = county[county["target_id"] == "road-guardrails"].iloc[0]
    assert float(line["unknown"]) == float(line["amount"]) > 1000


def test_the_share_of_toilets_in_the_county(card):
    line = card[(card["level"] == "county") & (card["target_id"] == TOILET)].iloc[0]
    # 4,000 households less 12 exempt and 128 who live elsewhere
    assert counts(line) == [3860, 3064, 592, 204]
    assert 0.79 < float(line["share_low"]) < float(line["share_high"]) < 0.86


# ---------------------------------------------------------------- the stories


def test_four_of_six_demonstration_villages_pass(kept, found):
    villages = open_project(kept).frame("villages")
    demo = villages[villages["demo_level"] != "none"].set_index("id")["name"]
    said = statuses(found.scorecard)
    passed = {name for code, name in demo.items() if said[code] == "met"}
    assert len(demo) == 6
    assert passed == {"高塬村", "清泉村", "杨家湾村", "石桥村"}


def test_one_household_is_lacking_and_never_rounded_away(book, found):
    line = row(found.scorecard, "东沟村", TOILET)
    assert counts(line) == [404, 323, 81, 0]
    assert (line["status"], int(line["needed_low"]), int(line["needed_high"])) == ("unmet", 1, 1)
    others = found.scorecard
    others = others[(others["level"] == "village") & (others["unit_name"] == "东沟村")]
    others = others[(others["kind"] == "required") & (others["target_id"] != TOILET)]
    others = others[~others["target_id"].isin(NEVER_ASKED)]
    assert set(others["status"]) <= {"met", "not_applicable"}
    # 323 / 404 = 79.95 %
    rows = book["达标情况表"].iter_rows(values_only=True)
    printed = [r for r in rows if "东沟村" in r and "卫生户厕普及率" in r]
    assert len(printed) == 1
    assert printed[0].count(79.9) == 2


def test_seven_calls_settle_one_village(book, found):
    card = found.scorecard
    assert row(card, "柳湾村", "_all")["status"] == "undetermined"
    mine = card[(card["level"] == "village") & (card["unit_name"] == "柳湾村")]
    mine = mine[(mine["kind"] == "required") & (mine["status"] != "met")]
    assert set(mine.loc[mine["status"] == "undetermined", "target_id"]) == {TOILET}
    assert counts(row(card, "柳湾村", TOILET)) == [186, 142, 28, 16]
    # 80 % of 186 are 149: 7 more, or 10 failures of 16
    names = ["柳湾村", "李家河村", "塬头村", "张家岘村", "上川村"]
    assert [calls(book, name) for name in names] == [7, 8, 8, 9, 10]


def calls(book, village):
    """The number of visits in the sheet of villages to settle first."""
    sheet = next(
        s for s in book
        if any("卫生户厕普及率" in r and "柳湾村" in r and len(r) < 12
               for r in s.iter_rows(values_only=True))
    )  # fmt: skip
    rows = [r for r in sheet.iter_rows(values_only=True) if village in r and "卫生户厕普及率" in r]
    assert len(rows) == 1
    return [cell for cell in rows[0] if cell is not None][-1]


def test_a_ledger_says_86_and_the_count_62(found):
    line = row(found.scorecard, "红崖村", TOILET)
    assert line["status"] == "unmet"
    assert 0.62 <= float(line["share_low"]) < 0.63
    table = audit(found)
    doubtful = table[table["doubtful"]]
    assert doubtful["village"].tolist() == ["红崖村"]
    assert round(float(doubtful["reported_share"].iloc[0]), 2) == 0.86
    # everybody else is within two points of what was counted
    assert float(table.loc[~table["doubtful"], "difference"].max()) <= 2
    assert len(table) >= 22


WALK = """
id = "walk"
version = "1"
effective_from = 2023-01-01
title = { zh = "步行取水", en = "Walk to water" }
source = "an example, not a rule"

[[target]]
id = "walk"
title = { zh = "步行取水", en = "Walk to water" }
kind = "scored"
weight = 100
subjects = "households"
of = { hamlet = ["崖背"] }
measure = "reach"
facilities = "water_points"
where = { status = ["working"] }
mode = "terrain"
minutes = 20
round_trip = true
speed_m_per_min = 80
source = "an example, not a rule"
confidence = "default"
"""


def beyond(found):
    homes = found.ground.data.frames["households"]
    mine = homes[(homes["village_id"] == "621099201202") & (homes["hamlet"] == "崖背")]
    assert len(mine) == 38
    return mine


def test_38_households_lack_water_though_it_is_400_m_away(found):
    homes = beyond(found)
    water = found.verdicts[found.verdicts["target_id"] == "drinking-water"]
    mine = water[water["subject_id"].isin(homes["id"])]
    assert mine["unmet"].sum() == len(mine) == 38
    assert int(row(found.scorecard, "石峡村", "drinking-water")["unmet"]) == 38
    points = found.ground.data.frames["water_points"]
    working = points[points["status"] == "working"]
    x = homes.geometry.x.to_numpy()[:, None] - working.geometry.x.to_numpy()
    y = homes.geometry.y.to_numpy()[:, None] - working.geometry.y.to_numpy()
    assert np.hypot(x, y).min() == pytest.approx(400, abs=10)


def test_the_walk_around_the_ravine_takes_34_minutes(found, tmp_path):
    homes = beyond(found)
    path = tmp_path / "walk.toml"
    path.write_text(WALK, encoding="utf-8")
    walked = assess(found.ground.data, load_standard(str(path), found.as_of), as_of=found.as_of,
                    scope="all").verdicts  # fmt: skip
    mine = walked[walked["subject_id"].isin(homes["id"])]
    assert mine["unmet"].sum() == len(mine) == 38
    minutes = pd.to_numeric(mine["value"])
    assert minutes.min() >= 33.5
    assert minutes.max() <= 34.5


def test_the_gap_list_says_why_the_water_is_out_of_reach(gaps):
    mine = gaps[(gaps["target_id"] == "drinking-water") & (gaps["village"] == "石峡村")]
    assert len(mine) == 38
    walks = mine["reason_zh"].str.extract(r"步行往返(\d+(?:\.\d)?)分钟")[0].astype(float)
    assert walks.between(33.5, 34.5).all()
    assert mine["reason_zh"].str.contains("高差超过80米").all()


def test_two_dark_stretches_one_broken_one_never_lit(found):
    mine = found.gaps[found.gaps["target_id"] == "main-road-lighting"]
    mine = mine[mine["village"] == "西沟村"].to_crs(4545)
    pieces = mine.explode(index_parts=False)
    assert sorted(pieces.geometry.length.round()) == pytest.approx([186, 412], abs=2)
    lamps = found.ground.data.frames["streetlights"]
    broken = lamps[(lamps["status"] == "broken") & lamps["id"].str.startswith("621099101202")]
    assert len(broken) == 3
    short, long = sorted(pieces.geometry, key=lambda g: g.length)
    assert broken.geometry.distance(short).max() < 3
    assert lamps.geometry.distance(long).min() > 19
    assert len(mine) == 2, "one row for each stretch"
    reasons = mine.set_index(mine.geometry.length.round())["reason"].sort_index().tolist()
    assert reasons == ["stretch_broken", "stretch_none"]


def test_eleven_toilets_are_lacking(found):
    line = row(found.scorecard, "南坡村", TOILET)
    assert (int(line["needed_low"]), int(line["needed_high"])) == (11, 11)
    assert line["status"] == "unmet"


def test_twelve_households_are_exempt_with_reason_and_paper(found):
    card = found.scorecard
    line = card[(card["level"] == "county") & (card["target_id"] == TOILET)].iloc[0]
    assert int(line["excluded"]) == 12
    listed = found.excluded[found.excluded["target_id"] == TOILET]
    assert len(listed) == 12
    assert set(listed["reason"]) == {"declined", "away"}
    assert listed["evidence"].notna().all()


def test_check_names_the_village_whose_ledger_says_more(kept, checked):
    (line,) = [row for row in checked["audit"] if row["rule"] == "reported_share"]
    assert (line["village"], line["township"], line["target_id"]) == ("红崖村", "北塬乡", TOILET)
    assert line["reported_share"] == pytest.approx(0.86, abs=0.005)
    assert line["share_low"] == pytest.approx(0.62, abs=0.005)
    assert line["difference"] == pytest.approx((line["reported_share"] - line["share_high"]) * 100)
    told = run_command("check", kept).out.splitlines()
    assert [row for row in told if "红崖" in row and "上报86.2%" in row and "核算62.0" in row]


def test_the_ledger_audit_tells_the_stories_and_nothing_else(project, found):
    table = audit_project(project, found)
    told = sorted(zip(table["rule"], table["certainty"], table["village"], strict=True))
    assert told == [("outside_village", "likely", "槐树村"), ("reported_share", "likely", "红崖村")]
    # the layers alone give what needs no standard
    alone = audit_project(project, found.ground.data)
    assert alone["rule"].tolist() == ["outside_village"]


def test_slips_are_told_and_change_no_count(kept, checked, found):
    told = {f["code"]: f for f in checked["findings"]}
    for code, rows in (("zero_position", 1), ("far_position", 1), ("outside_stated_village", 1),
                       ("repeated_id", 5), ("differing_id", 4),
                       ("fewer_listed_than_declared", 1)):  # fmt: skip
        assert len(told[code]["rows"]) == rows, code
    # rows in = rows stored + rows listed
    imports = open_project(kept).table("imports")
    ledger = imports[imports["layer"] == "households"].iloc[-1]
    assert (ledger["rows_read"], ledger["rows_stored"]) == (3907, 3902)
    assert counts(row(found.scorecard, "槐树村", TOILET)) == [154, 137, 16, 1]
    assert counts(row(found.scorecard, "新城村", TOILET)) == [198, 174, 24, 0]


def test_lamps_without_a_status_are_not_taken_for_dark(found):
    line = row(found.scorecard, "上川村", "main-road-lighting")
    assert float(line["unknown"]) > 50


def test_two_villages_of_one_name(found):
    villages = found.ground.data.frames["villages"]
    twins = villages[villages["name"] == "王家庄村"]
    assert twins["township"].tolist() == ["河川镇", "柳林镇"]
    one, two = (row(found.scorecard, "王家庄村", TOILET, town) for town in twins["township"])
    assert (counts(one)[0], counts(two)[0]) == (162, 136)


def test_a_key_site_was_cleared_on_21_of_30_days(found):
    line = row(found.scorecard, "双庙村", "garbage-key-daily")
    assert line["status"] == "unmet"
    mine = found.gaps[found.gaps["target_id"] == "garbage-key-daily"]
    assert mine["village"].tolist() == ["双庙村"]
    assert [int(mine[name].iloc[0]) for name in ("value", "limit")] == [21, 30]


def test_a_ledger_that_never_came_is_no_failure(found):
    card = found.scorecard
    line = row(card, "大岭村", TOILET)
    assert (counts(line), line["status"]) == ([98, 0, 0, 98], "not_assessed")
    mine = card[(card["unit_name"] == "大岭村") & (card["kind"] == "required")]
    assert set(mine["status"]) <= {"not_assessed", "undetermined"}
    assert row(card, "大岭村", "_all")["status"] in ("not_assessed", "undetermined")


def test_most_people_of_one_village_have_moved(found):
    homes = found.ground.data.frames["households"]
    mine = homes[homes["village_id"] == "621099201204"]
    moved = mine["relocated"].astype(bool) & ~mine["resident"].astype(bool)
    assert (len(mine), moved.sum()) == (46, 41)
    assert counts(row(found.scorecard, "羊圈沟村", TOILET))[0] == 5


# ---------------------------------------------------------------- a month before


@pytest.fixture(scope="module")
def months(project):
    """The scorecards of May and June, from the snapshots beside the project."""
    cards = {}
    for one in snapshots(project):
        data, rules = load_snapshot(project, one), load_standard("qingyang-2023", one.as_of)
        cards[one.as_of.isoformat()] = assess(data, rules, as_of=one.as_of, scope="all").scorecard
    assert list(cards) == ["2023-05-31", "2023-06-30"]
    return list(cards.values())


def test_june_is_what_the_project_holds(months, found):
    pd.testing.assert_frame_equal(months[1], found.scorecard)


def test_one_township_rose_from_third_to_first(months):
    ranks = []
    for card in months:
        rows = card[(card["level"] == "township") & (card["target_id"] == "_all")]
        points = rows.set_index("unit_name")["met"].astype(float)
        assert points.is_unique
        ranks.append(points.rank(ascending=False)["河川镇"])
    assert ranks == [3, 1]


def test_one_demonstration_village_was_not_there_yet_in_may(months):
    before, after = (row(card, "杨家湾村", TOILET) for card in months)
    assert (counts(before)[:2], counts(after)[:2]) == ([174, 138], [174, 146])
    assert [row(card, "杨家湾村", "_all")["status"] for card in months] == ["unmet", "met"]


def test_one_village_slipped_back(months):
    before, after = map(statuses, months)
    fell = [code for code in before if (before[code], after[code]) == ("met", "unmet")]
    # 双庙: its key site was cleared on every day of May
    assert fell == ["621099102208"]
    assert [row(card, "双庙村", "garbage-key-daily")["status"] for card in months] == [
        "met",
        "unmet",
    ]


# ---------------------------------------------------------------- files from outside


def test_the_raw_lamps_come_back_to_their_places(kept, tmp_path):
    project = tmp_path / "own"
    shutil.copytree(kept, project)
    there = open_project(project).frame("streetlights").set_index("id")
    raw = project / "raw" / "lamps-gcj02.csv"
    for datum, near in (("wgs84", False), ("gcj02", True)):
        done = run_command("import", project, "streetlights", raw, "--datum", datum, "--json")
        assert done.code == 0, done.err
        lamps = open_project(project).frame("streetlights").set_index("id")
        away = lamps.geometry.distance(there.geometry.reindex(lamps.index))
        assert len(lamps) > 15
        assert (away.max() < 0.5) if near else (away.min() > 100), datum


def test_the_raw_ledger_is_found_by_township_and_name(kept, tmp_path):
    project = tmp_path / "own"
    raw = kept / "raw" / "toilet-ledger.xlsx"
    villages = open_project(kept).frame("villages")
    listed = tmp_path / "villages.csv"
    villages[["township", "name"]].to_csv(listed, index=False)
    assert run_command("import", project, "villages", listed).code == 0
    done = run_command("import", project, "households", raw, "--json")
    assert done.code == 0, done.err
    # the line of the total is listed and not stored
    told = done.json()
    assert told["rows_read"] - told["rows_stored"] == 1
    found = assess_project(open_project(project), standard="qingyang-2023", as_of="2023-06-30",
                           scope="all").scorecard  # fmt: skip
    rows = found[(found["level"] == "village") & (found["target_id"] == TOILET)]
    filled = rows[rows["amount"].astype(int) > 0]
    # the sheet does not say who is exempt: one household more in each village than in the county
    expected = {"河川镇-石桥村": 191 + 1, "河川镇-下川村": 166 + 1, "柳林镇-王家庄村": 136 + 1}
    amounts = dict(zip(filled["unit_id"], filled["amount"].astype(int), strict=True))
    assert amounts == expected
    assert int(row(found, "石桥村", TOILET)["met"]) == 169


def test_the_report_says_what_has_changed_since_the_snapshot(out, kept, tmp_path):
    said = re.sub("<[^>]*>", "", (out / "report.html").read_text(encoding="utf-8"))
    assert "6个示范村4个达标，较上月多1个" in said
    assert run_command("report", kept, "--out", tmp_path / "r.html").code == 0
    alone = re.sub("<[^>]*>", "", (tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "较上月多1个" in alone
    assert "万元可使" in alone
