"""What if: laws of scenarios on counties small enough to count, then files kept and compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hand import DAY, METRIC, at, card, field, judged, often, project, standard
from hypothesis import given, settings
from hypothesis import strategies as st
from test_works_siting import COSTS, TAP, A, B, homes, plan, spots, wish

from geo.assess import Assessment, assess
from layers.errors import UsageError
from layers.frames import ProjectData
from layers.text import LANGUAGES
from works.board import Board
from works.papers.teller import Teller
from works.scenarios import files, told
from works.scenarios.compare import as_dict, compare, head_rows, township_rows, village_rows
from works.scenarios.effect import Effect, effect_of, others, shifts, totals, touched, villages
from works.scenarios.ground import changed, kit_of, where
from works.scenarios.keeping import (
    FOLDER,
    ScenarioError,
    delete_scenario,
    in_crs,
    load_scenario,
    rename_scenario,
    save_scenario,
    scenario_text,
    scenarios,
)
from works.scenarios.making import begun, of_plan
from works.scenarios.scenario import (
    MOVE,
    PLACE,
    Change,
    Scenario,
    deleted,
    moved,
    new_key,
    placed,
    repaired,
    without,
)
from works.worklist import work_id

KEPT = {"id": "k", "subjects": "water_points", "measure": "attribute", "column": "keeper",
        "empty": False, "title": {"zh": "管护", "en": "Kept"}}  # fmt: skip
PIPED = {"id": "p", "subjects": "households", "measure": "attribute", "column": "piped_water",
         "one_of": [True], "title": {"zh": "入户", "en": "Piped"}}  # fmt: skip
TARGETS = (TAP, KEPT, PIPED)


def county(broken: bool = True) -> ProjectData:
    """Two villages of five homes; a tap that runs at x = 0, a broken one at 1500."""
    return project(
        villages=[A, B],
        households=homes(0, 50, 400, 450, 900) + homes(1100, 1150, 1500, 1550, 1900, start=5),
        water_points=[
            {"id": "run", "name": "东井", "status": "working", "geometry": at(25, 500)},
            {"id": "dry", "status": "broken" if broken else "working", "geometry": at(1525, 500)},
        ],
    )  # fmt: skip


def seen(data: ProjectData | None = None) -> Assessment:
    return judged(data if data is not None else county(), *TARGETS)


FOUND = seen()
KIT = kit_of(FOUND, "t")
EMPTY = begun(FOUND, KIT)


def xy(x: float, y: float = 500) -> tuple[float, float]:
    point = at(x, y)
    return point.x, point.y


def put(held: Scenario, x: float, y: float = 500) -> Scenario:
    return placed(held, "water_points", KIT.making.cells, xy(x, y))


def judge(held: Scenario, found: Assessment = FOUND) -> Effect:
    return effect_of(found, held, COSTS)


def whole(held: Scenario, found: Assessment = FOUND) -> Assessment:
    """Assess everything on the changed data."""
    return assess(changed(found, held), found.standard, as_of=found.as_of)


def met(held: Scenario) -> int:
    return int(totals(judge(held), "t")["after"])


# ---------------------------------------------------------------------------------- one by one


def test_a_new_tap_is_counted_before_and_after() -> None:
    # The tap at 25 has 0 and 50. A new one at 425 gives 400 and 450: four of A's five, its goal.
    effect = judge(put(EMPTY, 425))
    told_of = totals(effect, "t")
    assert (told_of["before"], told_of["after"], told_of["gained"], told_of["lost"]) == (2, 4, 2, 0)
    assert (told_of["people_gained"], told_of["people_lost"]) == (6, 0)
    assert told_of["newly"] == ["A"]
    assert told_of["met_after"] == 1
    assert shifts(effect, "t")["subject_id"].tolist() == ["H2", "H3"]
    table = villages(effect, "t").set_index("village_id")
    assert table.loc["A", ["before", "after", "status_before", "status_after"]].tolist() == [
        2, 4, "unmet", "met",
    ]  # fmt: skip
    assert table.loc["B", ["before", "after"]].tolist() == [0, 0]


def test_taking_away_loses_and_mending_gains() -> None:
    effect = judge(repaired(deleted(EMPTY, "water_points", "run"), "water_points", "dry"))
    told_of = totals(effect, "t")
    assert (told_of["gained"], told_of["lost"], told_of["after"]) == (2, 2, 2)
    assert (told_of["people_gained"], told_of["people_lost"]) == (6, 6)
    assert told_of["deleted"] == told_of["repaired"] == 1
    assert "不再达标" in told.head(effect, "zh")
    assert "no longer" in told.head(effect, "en")


def test_moving_takes_along_whom_it_served_and_what_village_it_is_in() -> None:
    data = county()
    frame = data.frames["water_points"].assign(village_id=pd.Series(["A", "B"], dtype="str"))
    found = seen(replace(data, frames={**data.frames, "water_points": frame}))
    held = moved(EMPTY, "water_points", "run", xy(1125), where(found, "water_points", "run"))
    made = changed(found, held).frames["water_points"].set_index("id")
    assert made.loc["run", "village_id"] == "B"
    assert made.loc["run", "status"] == "working"
    table = villages(judge(held, found), "t").set_index("village_id")
    assert table["after"].tolist() == [0, 2]
    assert (table.loc["A", "lost"], table.loc["B", "gained"]) == (2, 2)


def test_only_what_reads_the_layer_is_judged_anew() -> None:
    assert touched(FOUND, put(EMPTY, 425)) == {"t", "k"}
    effect = judge(put(EMPTY, 425))
    assert effect.targets == ("t", "k")
    first, then = (next(v for v in one.found if v.key == "p") for one in
                   (effect.before, effect.after))  # fmt: skip
    assert first is then
    assert others(effect, "t")[0]["amount_after"] == 3


def test_of_a_layer_with_kinds_only_targets_that_ask_for_the_kind() -> None:
    reach = {"subjects": "households", "measure": "reach", "facilities": "facilities",
             "within_m": 100, "title": {"zh": "近", "en": "Near"}}  # fmt: skip
    clinic = reach | {"id": "c", "where": {"kind": ["clinic"]}}
    school = reach | {"id": "s", "where": {"kind": ["school"]}}
    any_kind = reach | {"id": "a", "where": {"status": ["working"]}}
    data = project(villages=[A, B], households=homes(0, 400), facilities=[
        {"id": "F1", "kind": "clinic", "status": "working", "geometry": at(0, 500)},
        {"id": "F2", "kind": "school", "status": "working", "geometry": at(0, 500)}])  # fmt: skip
    found = judged(data, clinic, school, any_kind)
    kit = kit_of(found, "c")
    held = placed(begun(found, kit), kit.layer, kit.making.cells, xy(400))
    assert touched(found, held) == {"c", "a"}
    assert touched(found, deleted(begun(found, kit), "facilities", "F2")) == {"s", "a"}
    effect = judge(held, found)
    pd.testing.assert_frame_equal(effect.after.scorecard, whole(held, found).scorecard)


def test_an_empty_scenario_is_what_there_is() -> None:
    effect = judge(EMPTY)
    assert effect.after is FOUND
    assert totals(effect, "t")["after"] == totals(effect, "t")["before"] == 2
    assert effect.cost == 0


def test_what_the_data_no_longer_have_does_nothing_and_is_said() -> None:
    held = deleted(put(EMPTY, 425), "water_points", "gone")
    held = repaired(held, "water_points", "gone too")
    effect = judge(held)
    assert [one.key for one in effect.missing] == ["gone", "gone too"]
    assert met(held) == met(put(EMPTY, 425))
    assert any("gone too" in line for line in told.lines(effect, "en"))
    assert len(files.work_frame(effect, COSTS)) == 1


def test_a_thing_twice_at_one_place_is_one_thing() -> None:
    once = put(EMPTY, 425)
    assert put(once, 425) is once
    assert new_key(*xy(425)) == once.changes[0].key


def test_a_place_that_is_none_is_refused() -> None:
    for wrong in ((float("nan"), 0.0), (float("inf"), 1.0), (1e12, 0.0)):
        with pytest.raises(UsageError, match="no place"):
            placed(EMPTY, "water_points", {}, wrong)


# ---------------------------------------------------------------------------------- laws

STEP = st.tuples(st.sampled_from(["place", "move_run", "move_dry", "move_new", "delete_run",
                                  "delete_dry", "repair", "delete_new", "restore"]),
                 st.integers(0, 40))  # fmt: skip


def after(steps: list[tuple[str, int]]) -> Scenario:
    held = EMPTY
    for what, n in steps:
        spot = xy(n * 50)
        new = [one.key for one in held.changes if one.act == PLACE]
        act, _, thing = what.partition("_")
        key = (new[n % len(new)] if new else "") if thing == "new" else thing
        if act == "place":
            held = placed(held, "water_points", KIT.making.cells, spot)
        elif act == "move" and key:
            held = moved(held, "water_points", key, spot, where(FOUND, "water_points", key))
        elif act == "delete" and key:
            held = deleted(held, "water_points", key)
        elif act == "repair":
            held = repaired(held, "water_points", "dry")
        elif act == "restore":
            held = without(held, "run")
    return held


@settings(max_examples=often(25, 300), deadline=None)
@given(st.lists(STEP, max_size=8))
def test_before_and_after_are_what_assess_says(steps: list[tuple[str, int]]) -> None:
    held = after(steps)
    effect, full = judge(held), whole(held)
    pd.testing.assert_frame_equal(effect.after.scorecard, full.scorecard)
    pd.testing.assert_frame_equal(effect.after.verdicts, full.verdicts)
    told_of = totals(effect, "t")
    assert told_of["after"] - told_of["before"] == told_of["gained"] - told_of["lost"]
    assert told_of["after"] == int(card(full, "county", "county")["met"])
    table = villages(effect, "t")
    assert (table["after"] - table["before"] == table["gained"] - table["lost"]).all()


@settings(max_examples=often(25, 300), deadline=None)
@given(st.lists(STEP, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_changes_does_not_matter(steps: list[tuple[str, int]], turn: Any) -> None:
    held = after(steps)
    shuffled = list(held.changes)
    turn.shuffle(shuffled)
    other = replace(held, changes=tuple(shuffled))
    pd.testing.assert_frame_equal(judge(held).after.verdicts, judge(other).after.verdicts)
    first, then = (changed(FOUND, one).frames["water_points"] for one in (held, other))
    pd.testing.assert_frame_equal(first, then)


@settings(max_examples=often(25, 200), deadline=None)
@given(st.lists(STEP, max_size=5), st.integers(0, 40))
def test_there_and_back_changes_nothing(steps: list[tuple[str, int]], n: int) -> None:
    held = without(after(steps), "run")
    here = where(FOUND, "water_points", "run")
    assert here is not None
    away = moved(held, "water_points", "run", xy(n * 50, 400), here)
    assert away != held
    assert moved(away, "water_points", "run", here, here) == held
    start = placed(held, "water_points", KIT.making.cells, xy(n * 50, 400))
    new = new_key(*xy(n * 50, 400))
    there = moved(start, "water_points", new, xy(n * 50, 300), None)
    assert moved(there, "water_points", new_key(*xy(n * 50, 300)), xy(n * 50, 400), None) == start


def test_taken_away_and_placed_again_is_as_before() -> None:
    here = where(FOUND, "water_points", "run")
    assert here is not None
    held = deleted(EMPTY, "water_points", "run")
    assert met(held) == 0
    held = placed(held, "water_points", KIT.making.cells, here)
    effect = judge(held)
    told_of = totals(effect, "t")
    assert (told_of["gained"], told_of["lost"], told_of["after"]) == (0, 0, told_of["before"])
    assert not len(shifts(effect, "t"))


def test_a_new_thing_taken_away_was_never_placed() -> None:
    assert deleted(put(EMPTY, 425), "water_points", put(EMPTY, 425).changes[0].key) == EMPTY


# ---------------------------------------------------------------------------------- plans


def test_the_sites_of_a_plan_do_what_it_promised() -> None:
    made = plan(county(), wish(spots(w=425, e=1125, far=1900), ways=()))
    held = of_plan(made, "方案一")
    effect = judge(held, made.asked.found)
    told_of = totals(effect, "t")
    assert told_of["after"] == made.totals["after"]
    assert told_of["cost"] == made.totals["cost"]
    frame = files.work_frame(effect, COSTS)
    assert frame["subject_id"].tolist() == made.sites["row_id"].tolist()
    assert frame["work_id"].tolist() == [work_id("t", key) for key in made.sites["row_id"]]


# ---------------------------------------------------------------------------------- kept

NAMES = ["方案 A", "{{ 7 }}", "$x$ `b` _c_ &amp;", "a'b", "plan-2024"]


@pytest.mark.parametrize("name", NAMES)
def test_kept_and_read_back_it_is_the_same(tmp_path: Path, name: str) -> None:
    cells = {"status": "working", 'odd"\\\n': "\x7f"}
    held = placed(moved(EMPTY, "water_points", "run", xy(0.1), xy(25)), "water_points", cells,
                  xy(1 / 3), cost=7, name="名\n{{x}}")  # fmt: skip
    saved = save_scenario(tmp_path, replace(held, name=name))
    assert load_scenario(tmp_path, name) == saved == replace(held, name=name)
    assert [one.name for one in scenarios(tmp_path)] == [name]
    other = rename_scenario(tmp_path, name, "other")
    assert load_scenario(tmp_path, "other") == other
    delete_scenario(tmp_path, "other")
    assert scenarios(tmp_path) == []


@pytest.mark.parametrize("name", ["", " ", "../x", "a/b", "a\\b", "con", "a:b", "x" * 61, ".x",
                                  "a\nb", "<script>"])  # fmt: skip
def test_a_name_that_cannot_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError) as told_of:
        save_scenario(tmp_path, replace(EMPTY, name=name))
    assert told_of.value.exit_code == 2
    assert all(told_of.value.say(lang) for lang in LANGUAGES)
    assert not (tmp_path / FOLDER).exists()


def test_a_name_is_taken_whatever_its_case(tmp_path: Path) -> None:
    save_scenario(tmp_path, replace(EMPTY, name="Plan"))
    save_scenario(tmp_path, replace(EMPTY, name="other"))
    with pytest.raises(ScenarioError, match="already"):
        save_scenario(tmp_path, replace(EMPTY, name="plan"))
    with pytest.raises(ScenarioError, match="already"):
        rename_scenario(tmp_path, "other", "PLAN")
    held = put(replace(EMPTY, name="Plan"), 425)
    assert save_scenario(tmp_path, held, over=True) == held == load_scenario(tmp_path, "Plan")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("format = 2", "newer"), ("", "damaged"), ("format = 1\nchange = 3", "damaged"),
        ("\x00", "damaged"), ("format = 1\ntarget = 3", "damaged"),
        ("format = 1\n[[change]]\nact='place'\nlayer='water_points'\nid='site:x'\nx=nan\ny=1",
         "damaged"),
        ("format = 1\n[[change]]\nact='place'\nlayer='water_points'\nid='run'\nx=1\ny=1",
         "damaged"),
        ("format = 1\n[[change]]\nact='burn'\nlayer='water_points'\nid='run'", "damaged"),
        ("format = 1\n[[change]]\nact='delete'\nlayer='../x'\nid='run'", "damaged"),
        ("format = 1\n" + "[[change]]\nact='delete'\nlayer='water_points'\nid='run'\n" * 2,
         "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_listed_with_why(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.toml").write_text(text, encoding="utf-8")
    (one,) = scenarios(tmp_path)
    assert one.scenario is None
    assert isinstance(one.fault, ScenarioError)
    assert one.fault.code == code
    with pytest.raises(ScenarioError):
        load_scenario(tmp_path, "x")
    delete_scenario(tmp_path, "x")


def test_a_save_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = save_scenario(tmp_path, put(replace(EMPTY, name="x"), 425))

    def full(_path: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Exception, match=r"x\.toml"):
        save_scenario(tmp_path, put(held, 900), over=True)
    monkeypatch.undo()
    assert load_scenario(tmp_path, "x") == held
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["x.toml"]


def test_places_follow_the_project_into_another_crs() -> None:
    new = Change(PLACE, "water_points", "site:x", 105.0, 35.0, {"status": "working"})
    held = in_crs(replace(EMPTY, crs="EPSG:4326", changes=(new,)), METRIC)
    assert held.crs == "EPSG:4545"
    assert abs((held.changes[0].x or 0) - 500_000) < 300_000
    with pytest.raises(ScenarioError):
        in_crs(replace(put(EMPTY, 425), crs="nonsense"), METRIC)
    text = scenario_text(put(EMPTY, 425))
    assert 'crs = "EPSG:4545"' in text


# ---------------------------------------------------------------------------------- side by side


def test_side_by_side_says_where_they_differ() -> None:
    one = replace(put(put(EMPTY, 425), 1125), name="一")
    two = replace(repaired(put(EMPTY, 425), "water_points", "dry"), name="二")
    made = compare([judge(one), judge(two)])
    assert made.shared == (put(EMPTY, 425).changes[0].key,)
    assert made.only == ((new_key(*xy(1125)),), ("dry",))
    assert [side.totals["after"] for side in made.sides] == [6, 6]
    assert village_rows(made) == []
    assert township_rows(made, "zh") == [("甲乡", "20.0%", "60.0%", "60.0%")]
    for lang in LANGUAGES:
        rows = head_rows(made, lang)
        assert all(len(row) == 3 for row in rows)
    assert json.loads(json.dumps(as_dict(made)))["only"]["二"] == ["dry"]
    only_a = replace(put(EMPTY, 425), name="三")
    assert village_rows(compare([judge(one), judge(only_a)])) == [("甲乡 西村", "0", "2", "0")]
    for wrong in ([judge(one)], [judge(one)] * 5):
        with pytest.raises(UsageError, match="two to four"):
            compare(wrong)


# ---------------------------------------------------------------------------------- files


def test_work_and_library_say_what_is_done() -> None:
    held = repaired(put(EMPTY, 425), "water_points", "dry")
    held = moved(held, "water_points", "run", xy(900), xy(25))
    effect = judge(replace(held, name="x"))
    frame = files.work_frame(effect, COSTS)
    assert frame["act"].tolist() == ["place", "repair", "move"]
    assert frame["kind"].tolist() == ["water-point-site", "water-point-repair", "water-point-site"]
    assert frame["village_id"].tolist() == ["A", "B", "A"]
    assert frame["expected"].tolist() == ["40.0%→80.0%", "0.0%→40.0%", "40.0%→20.0%"]
    assert frame["gained"].tolist() == [2, 2, 1]
    assert frame["lost"].tolist() == [0, 0, 2]
    assert frame["work_id"].is_unique
    assert frame.crs == "EPSG:4326"
    teller = Teller(Board(FOUND), "zh", public=True)
    rows = files.library_rows(effect, COSTS, "zh")
    assert rows["households"].tolist() == [2, 2, 1]
    assert files.library_bytes(effect, COSTS, teller, ["说明"])[:2] == b"PK"
    assert files.work_bytes(effect, COSTS, ".xlsx", "en")[:2] == b"PK"
    features = json.loads(files.work_bytes(effect, COSTS, ".geojson", "zh"))["features"]
    assert [one["properties"]["order"] for one in features] == [1, 2, 3]
    assert json.loads(json.dumps(files.as_dict(effect)))["totals"]["after"] == 5


def test_a_moved_outline_keeps_its_shape() -> None:
    square = field(0, 0, 10, 10)
    lit = {"subjects": "households", "measure": "reach", "facilities": "public_places",
           "within_m": 100, "title": {"zh": "近", "en": "Near"}}  # fmt: skip
    data = project(villages=[A], households=homes(500), public_places=[
        {"id": "S", "kind": "square", "geometry": square}])  # fmt: skip
    found = assess(data, standard(lit), as_of=DAY)
    kit = kit_of(found, "t")
    held = moved(begun(found, kit), "public_places", "S", xy(500),
                 where(found, "public_places", "S"))  # fmt: skip
    assert held.count(MOVE) == 1
    shape = changed(found, held).frames["public_places"].geometry.iloc[0]
    assert shape.area == pytest.approx(100)
    assert totals(effect_of(found, held, COSTS), "t")["after"] == 1
