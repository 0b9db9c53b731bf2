"""Another limit, and a standard of one's own: a village worked out by hand, then every figure."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hand import DAY, at, field, often, project, standard
from hypothesis import given
from hypothesis import strategies as st

import geo.rescore
import works.standards.own as own_module
from geo.assess import Assessment, assess
from geo.rescore import UNCHANGED, changes_of
from layers.errors import ProjectError, StandardError, UsageError
from layers.project import Project, create_project, open_project
from layers.text import LANGUAGES
from layers.toml_text import toml_key, toml_value
from ui.run import standard_of
from works.board import ALL, Board
from works.library import WorkKind, load_costs, load_standard, standards
from works.standards.limits import limits_of, moved
from works.standards.own import (
    Head,
    base_of,
    check_head,
    checked_own,
    keep_own,
    made_own,
    own_files,
    own_table,
    own_text,
    use_own,
)
from works.standards.reading import between, by_goal, cost_of, entries, facts, sources_of
from works.standards.trying import Flip, subjects_moved, tried, try_limits

PACKS = [load_standard(f"{one['id']}@{one['version']}") for one in standards()]
FIGURES = [(pack, limit) for pack in PACKS for target in pack.targets
           for limit in limits_of(pack, target.id)]  # fmt: skip
COSTS = {
    "pipe": WorkKind("pipe", {"zh": "接管", "en": "Pipe"}, {"zh": "户", "en": "household"},
                     Decimal(2000), "CNY"),
    "free": WorkKind("free", {"zh": "登记", "en": "Record"}, {"zh": "条", "en": "record"},
                     Decimal(0), "CNY"),
}  # fmt: skip
WATER = {"id": "water", "title": {"zh": "饮水", "en": "Water"}, "kind": "required",
         "subjects": "households", "measure": "reach", "facilities": "water_points",
         "within_m": 800, "goal": "0.80", "source": "A; B", "confidence": "seen",
         "work": {"kind": "pipe"}}  # fmt: skip
CARE = {"id": "care", "subjects": "households", "measure": "attribute", "column": "medical_ok",
        "one_of": [True], "kind": "required", "goal": "0.5", "work": {"kind": "free"}}  # fmt: skip


def county() -> Assessment:
    """
    Ten homes of the first village 100, 200 ... 1000 m from water, five of the second 50 m away.

    Within 800 m: 8 of 10 = the goal of 80 %, and 5 of 5. Of the second village's medical care
    nothing is written down for two homes.
    """
    homes = [
        {"id": f"h{n}", "village_id": "v1", "medical_ok": True, "geometry": at(100 * n, 0)}
        for n in range(1, 11)
    ]
    homes += [
        {
            "id": f"k{n}",
            "village_id": "v2",
            "medical_ok": None if n < 2 else True,
            "geometry": at(-50, n),
        }
        for n in range(5)
    ]
    data = project(
        villages=[
            {"id": "v1", "name": "甲村", "township": "东镇", "geometry": field(-20, -20, 1100, 20)},
            {"id": "v2", "name": "乙村", "township": "东镇", "geometry": field(-90, -20, -20, 20)},
        ],
        households=homes,
        water_points=[{"id": "w", "status": "working", "geometry": at(0, 0)}],
    )  # fmt: skip
    return assess(data, standard(WATER, CARE), as_of=DAY)


@pytest.fixture(scope="module")
def found() -> Assessment:
    return county()


# ---------------------------------------------------------------------------------- one limit


def test_a_shorter_way_by_hand(found: Assessment) -> None:
    both = try_limits(found, {("water", "within_m"): "500"})
    one = tried(both, "water", COSTS)
    # 500 m: homes 1 to 5 of the first village, 5 of 10; the second village stays.
    assert dict(one.before.villages) == {"met": 2}
    assert dict(one.after.villages) == {"unmet": 1, "met": 1}
    assert one.flips == [Flip("v1", "met", "unmet")]
    assert one.whole == [Flip("v1", "met", "unmet")]
    assert (one.better, one.worse, one.other) == (0, 3, 0)
    assert (one.before.money.pieces, one.after.money.pieces) == (2, 5)
    assert one.after.money.total == 5 * 2000
    # 8 of 10 are needed and 5 are there: three pipes.
    assert one.after.money.to_goal == 3 * 2000
    assert one.before.money.to_goal == 0
    table = subjects_moved(both, "water")
    assert list(table["subject_id"]) == ["h6", "h7", "h8"]
    assert set(table["state"]) == {"met"}
    assert set(table["state_also"]) == {"unmet"}


def test_a_longer_way_and_a_higher_goal_together(found: Assessment) -> None:
    one = tried(try_limits(found, {("water", "within_m"): "900", ("water", "goal"): "0.95"}),
                "water", COSTS)  # fmt: skip
    # nine of ten are met now, ten are needed
    assert one.better == 1
    assert one.flips == [Flip("v1", "met", "unmet")]
    assert one.after.row is not None
    assert one.after.row["needed_low"] == 1  # 0.95 of 15 = 15 needed, 14 there
    assert one.after.money.to_goal == 2000


def test_what_is_only_scored_fails_no_village(found: Assessment) -> None:
    changes = {("water", "within_m"): "500", ("water", "kind"): "scored"}
    one = tried(try_limits(found, changes), "water", COSTS)
    assert [flip.village for flip in one.flips] == ["v1"]
    assert one.whole == []


def test_only_a_changed_question_is_asked_again(
    found: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    judge = geo.rescore.judge
    monkeypatch.setattr(
        geo.rescore, "judge", lambda g, target: asked.append(target.id) or judge(g, target)
    )
    try_limits(found, {("water", "goal"): "0.9", ("care", "weight"): "3"})
    assert asked == []
    try_limits(found, {("water", "within_m"): "500"})
    assert asked == ["water"]


def test_there_and_back_is_as_before(found: Assessment) -> None:
    both = try_limits(found, {("water", "within_m"): "800", ("water", "goal"): "0.8"})
    assert tried(both, "water", COSTS).flips == []
    assert set(changes_of(both.first.standard, both.also.standard).values()) == {UNCHANGED}
    assert subjects_moved(both, "water").empty


def test_a_rule_without_a_goal_can_be_given_one() -> None:
    rules = standard({key: value for key, value in WATER.items() if key != "goal"})
    goal = limits_of(rules, "water")[0]
    assert (goal.path, goal.value) == ("goal", None)
    assert moved(rules, {("water", "goal"): "0.7"}).targets[0].goal == Decimal("0.7")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("fire", "goal"), "0.8"), (("water", "minutes"), "20"), (("water", "goal"), "1.2"),
        (("water", "goal"), "much"), (("water", "within_m"), "-5"), (("water", "within_m"), "nan"),
        (("water", "kind"), "optional"), (("water", "any_of[1].within_m"), "5"),
        (("water", "title"), "5"),
    ],
)  # fmt: skip
def test_what_cannot_be_moved_is_said(
    found: Assessment, where: tuple[str, str], value: str
) -> None:
    with pytest.raises(UsageError, match=r"^\w+.*: .+\. \w+|mistake"):
        moved(found.standard, {where: value})


def test_every_figure_of_every_pack_can_be_moved_and_is_named() -> None:
    assert len(FIGURES) > 200
    for pack, limit in FIGURES[:: often(3, 1)]:
        value = "0.77" if limit.share else f"{(limit.value or 1) + 1}"
        other = moved(pack, {(limit.target, limit.path): value})
        changes = changes_of(pack, other)
        assert [key for key, kind in changes.items() if kind != UNCHANGED] == [limit.target]
        again = next(one for one in limits_of(other, limit.target) if one.path == limit.path)
        assert again.value == Decimal(value)
        assert all(limit.title), limit.path
        assert not any("limit." in word or "_" in word for word in limit.title), limit


# ---------------------------------------------------------------------------------- goals


def test_villages_by_goal_by_hand(found: Assessment) -> None:
    told = {float(goal): counts for goal, counts in by_goal(Board(found), "water")}
    assert told[0.8] == {"met": 2, "unmet": 0, "undetermined": 0}
    assert told[0.85] == {"met": 1, "unmet": 1, "undetermined": 0}
    # of five homes three are known to be cared for, two nobody knows
    care = {float(goal): counts for goal, counts in by_goal(Board(found), "care")}
    assert care[0.6] == {"met": 2, "unmet": 0, "undetermined": 0}
    assert care[0.7] == {"met": 1, "unmet": 0, "undetermined": 1}
    # the same as judging anew by each goal
    for target, goal in (("water", 0.85), ("care", 0.7), ("care", 1.0)):
        counts = (told if target == "water" else care)[goal]
        both = try_limits(found, {(target, "goal"): str(goal)})
        statuses = list(Board(both.also).statuses(target).values())
        assert {name: statuses.count(name) for name in counts} == counts, (target, goal)


# ---------------------------------------------------------------------------------- a file


def head(**more: Any) -> Head:
    return Head(**({"id": "ours", "version": "1", "title": {"zh": "我县", "en": "Ours"}} | more))


def test_only_what_differs_is_written() -> None:
    base = load_standard("qingyang-2023@1")
    wanted = moved(base, {("sanitary-toilet", "goal"): "0.85"})
    text, made = made_own(None, base, wanted, head(source="文号1"), "zh")
    table = tomllib.loads(text)
    assert table["extends"] == "qingyang-2023@1"
    assert [one["id"] for one in table["target"]] == ["sanitary-toilet"]
    assert set(table["target"][0]) == {"id", "goal", "confidence", "source"}
    assert table["target"][0]["confidence"]["goal"] == "seen"
    assert table["target"][0]["source"].endswith("文号1")
    assert made.label == "ours@1"
    assert len(made.targets) == len(base.targets)
    # without a document the new figure is one to be checked
    text, made = made_own(None, base, wanted, head(), "en")
    assert tomllib.loads(text)["target"][0]["confidence"]["goal"] == "recalled"


def test_every_figure_of_every_pack_is_kept_as_it_was_meant() -> None:
    shelf = standards()
    for pack, limit in FIGURES[:: often(5, 1)]:
        value = "0.77" if limit.share else f"{(limit.value or 1) + 1}"
        wanted = moved(pack, {(limit.target, limit.path): value})
        text = own_text(own_table(pack, wanted, head()))
        made = checked_own(text, wanted, shelf)
        assert set(changes_of(wanted, made).values()) == {UNCHANGED}, (pack.label, limit.path)
        assert [one["id"] for one in tomllib.loads(text)["target"]] == [limit.target]


def test_a_target_left_out_and_one_added_are_written() -> None:
    base = standard(WATER, CARE)
    wanted = standard(WATER, {**CARE, "id": "care-2"})
    table = own_table(base, wanted, head())
    assert table["drop"] == ["care"]
    assert [one["id"] for one in table["target"]] == ["care-2"]


def test_what_a_difference_cannot_say_is_refused() -> None:
    base = load_standard("qingyang-2023@1")
    entries_ = [{k: v for k, v in one.items() if (one["id"], k) != ("sanitary-toilet", "exempt")}
                for one in base.written["target"]]  # fmt: skip
    wanted = standard(*entries_, scope=base.scope)
    with pytest.raises(StandardError, match="sanitary-toilet: reads back as another rule"):
        made_own(None, base, wanted, head(), "zh")


@pytest.mark.parametrize(
    "wrong",
    [{"id": ""}, {"id": "我县"}, {"id": "Ours"}, {"id": "../x"}, {"version": ""},
     {"version": "1 2"}, {"version": "../1"}, {"title": {"zh": " ", "en": "x"}},
     {"id": "qingyang-2023"}],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r": .+\. \w+"):
        check_head(head(**wrong), ["qingyang-2023@1"])
    check_head(head(), ["qingyang-2023@1"])


def test_a_base_nobody_could_find_again_is_written_in_full() -> None:
    base = standard(WATER, CARE)
    text, rules = made_own(None, base, moved(base, {("water", "goal"): "0.9"}), head(), "zh")
    table = tomllib.loads(text)
    assert "extends" not in table
    assert [one["id"] for one in table["target"]] == ["water", "care"]
    assert rules.label == "ours@1"
    assert rules.targets[0].goal == Decimal("0.9")


def test_hostile_words_stay_words() -> None:
    base = load_standard("gbt32000-2015@1")
    wanted = moved(base, {("medical-insured", "goal"): "0.95"})
    words = '"]\n[[target]]\nid = "x" # {{7*7}} \\ \x7f 中文'
    text, made = made_own(None, base, wanted, head(title={"zh": words, "en": words}, source=words),
                          "zh")  # fmt: skip
    assert made.title["zh"] == words
    assert made.source == words
    assert len(made.targets) == len(base.targets)
    assert len(tomllib.loads(text)["target"]) == 1


@given(st.recursive(
    st.text() | st.integers(-10**9, 10**9) | st.booleans() | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
), st.text(min_size=1))  # fmt: skip
def test_toml_reads_back_what_was_written(value: Any, key: str) -> None:
    text = f"{toml_key(key)} = {toml_value(value)}\n"
    assert tomllib.loads(text) == {key: value}


# ---------------------------------------------------------------------------------- in a project


@pytest.fixture
def home(tmp_path: Path) -> Project:
    return create_project(tmp_path / "county", name="县")


def made(home: Project, goal: str, **more: Any) -> tuple[str, Any, Any]:
    base = load_standard("gbt32000-2015@1")
    wanted = moved(base, {("medical-insured", "goal"): goal})
    return (*made_own(home.folder, base, wanted, head(**more), "zh"), wanted)


def test_a_standard_is_kept_found_and_used(home: Project) -> None:
    text, rules, _ = made(home, "0.95")
    kept = keep_own(home, text, rules, use=True)
    assert kept.named == "standards/ours.toml"
    again = open_project(home.folder)
    assert load_standard(standard_of(again)).label == "ours@1"
    assert [one.standard.label for one in own_files(home.folder) if one.standard] == ["ours@1"]
    use_own(again, "gbt32000-2015")
    assert standard_of(open_project(home.folder)) == "gbt32000-2015"


def test_the_next_version_builds_on_the_same_base(home: Project) -> None:
    text, rules, _ = made(home, "0.95")
    first = keep_own(home, text, rules, use=True)
    assert first.standard is not None
    base = base_of(first.path, first.standard)
    assert base.label == "gbt32000-2015@1"
    wanted = moved(first.standard, {("public-toilet", "per.n"): "500"})
    text, rules = made_own(home.folder, base, wanted, head(version="2"), "zh")
    second = keep_own(home, text, rules, use=False)
    assert second.named == "standards/ours-2.toml"
    told = {one["id"] for one in tomllib.loads(text)["target"]}
    assert told == {"medical-insured", "public-toilet"}
    assert standard_of(open_project(home.folder)) == str(first.path)
    with pytest.raises(UsageError, match="there is such a standard"):
        made_own(home.folder, base, wanted, head(version="2"), "zh")
    assert base_of(None, base) is base


def test_nothing_is_written_over_and_a_full_disk_leaves_nothing(
    home: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, rules, _ = made(home, "0.95")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own_module, "write_whole", full)
    with pytest.raises(ProjectError, match="cannot be written"):
        keep_own(home, text, rules, use=True)
    monkeypatch.undo()
    assert own_files(home.folder) == []
    assert "standard" not in open_project(home.folder).settings
    keep_own(home, text, rules, use=False)
    keep_own(home, text, rules, use=False)
    with pytest.raises(ProjectError, match="is there already"):
        keep_own(home, text, rules, use=False)


def test_a_broken_file_is_named_and_hides_no_other(home: Project) -> None:
    text, rules, _ = made(home, "0.95")
    keep_own(home, text, rules, use=False)
    (home.folder / "standards" / "a.toml").write_text("id = ", encoding="utf-8")
    (home.folder / "standards" / "b.toml").write_text(
        'id = "b"\nversion = "1"\nextends = "nobody@1"\n', encoding="utf-8"
    )
    found = {one.path.name: one for one in own_files(home.folder)}
    assert found["a.toml"].standard is None
    assert "a.toml" in found["a.toml"].fault
    assert "nobody" in found["b.toml"].fault
    assert found["ours.toml"].standard is not None


# ---------------------------------------------------------------------------------- to read


def test_what_a_pack_says_of_itself() -> None:
    pack = load_standard("qingyang-2023@1")
    for lang in LANGUAGES:
        words = " ".join(told for _, told in facts(pack, lang))
        assert "qingyang-2023@1" in words
        assert "62" in words
        assert "100" in words
    listed = entries(pack, load_costs(), "zh")
    assert [one.target.id for one in listed] == [one.id for one in pack.targets]
    toilet = next(one for one in listed if one.target.id == "sanitary-toilet")
    assert toilet.goal == "80%"
    assert "万元/" in toilet.cost
    assert all(title for _, title in toilet.sources)
    plan = next(one for one in listed if one.target.id == "bathroom")
    assert "%" not in plan.goal
    lit = next(one for one in pack.targets if one.id == "main-road-lighting")
    # building and mending are two prices
    assert cost_of(lit, load_costs(), "en").count("each (") == 2
    assert sources_of(pack, lit, "zh")


def test_two_standards_differ_target_by_target() -> None:
    base = standard(WATER, CARE)
    other = moved(standard(WATER, {**CARE, "id": "new"}), {("water", "within_m"): "500"})
    told = {one.target: one for one in between(base, other, "zh")}
    assert {key: one.change for key, one in told.items()} == {
        "water": "changed", "care": "dropped", "new": "added",
    }  # fmt: skip
    assert told["water"].said == "距离上限（米） 800 → 500"
    assert told["water"].before is not None
    assert "800米" in told["water"].before
    assert told["care"].after is None
    assert told["new"].before is None
    assert between(base, base, "zh") == []


def test_the_whole_is_looked_at_too(found: Assessment) -> None:
    assert Board(found).statuses(ALL) == {"v1": "met", "v2": "met"}
    # water 13 of 15, care 13 of 15 for sure: 86.66 points
    assert Fraction(str(found.rows("county")["met"].iloc[0])) == Fraction("86.66")
    assert found.as_of == dt.date(2023, 6, 30)
