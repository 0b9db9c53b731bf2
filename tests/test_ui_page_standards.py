"""The page of standards without a browser: read, try, keep; and the same on the command line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from conftest import Done
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.escape import esc
from layers.project import open_project
from layers.text import LANGUAGES, t
from ui import shell, standards_view, state
from ui.pages.standards import IN_ADDRESS, PARTS
from ui.run import standard_of
from works.library import load_standard
from works.standards.own import own_files
from works.standards.reading import entries, source_name
from works.standards.spoken import rule

Command = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    monkeypatch.setattr(shell, "load_standard", cache(load_standard))
    yield folder
    st.cache_resource.clear()


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Collect what a page offers to take away, by the name of its file."""
    offered: dict[str, Any] = {}

    def button(*_: object, data: Any, file_name: str, **__: object) -> bool:
        offered[file_name] = data
        return False

    monkeypatch.setattr(st, "download_button", button)
    return offered


def draw() -> None:
    from ui.pages import standards

    standards.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def body(app: AppTest) -> str:
    return re.sub(r"<style>.*?</style>", "", said(app), flags=re.DOTALL)


def test_a_pack_is_read_in_plain_words(project: Path, files: dict[str, Any]) -> None:
    rules = load_standard(str(project / "small.toml"))
    for lang in LANGUAGES:
        page = body(run(lang=lang, std_theme="_every"))
        for target in rules.targets:
            told = rule(target)
            at = LANGUAGES.index(lang)
            for part in (told.counted, told.asked, told.goal):
                assert esc(part[at]) in page
        assert t("std.used", lang) in page
        assert "std=try&amp;std_target=toilet" in page
    # another one, from the shelf: nothing says how it stands here
    page = body(run(std_pack="water-tches18@1"))
    assert t("std.used", "zh") not in page
    assert "std_target=" not in page
    assert tomllib.loads(files["water-tches18.toml"].decode())["id"] == "water-tches18"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_documents_are_named_not_numbered(lang: str) -> None:
    for label in ("qingyang-2023", "assistance-visits-changde", "water-tches18"):
        rules = load_standard(label)
        page = (
            standards_view.head_html(rules, lang, used=True)
            + standards_view.entries_html(entries(rules, {}, lang), None, str, lang)
            + standards_view.sources_html(rules, lang)
        )
        assert not re.search(r">[^<]*(\[\d+\]|\bS\d+\b)[^<]*<", page), label
    # the name stands there, the whole title on pointing at it
    assert source_name("S9", "《标准》（GB/T 1—2021）第3条") == "《标准》"
    assert source_name("S9", "Standard (GB/T 1), clause 3") == "Standard"
    # what no table of sources explains: a county's own words stay, a bare mark is left out
    assert source_name("县里第3号文件", "县里第3号文件") == "县里第3号文件"
    assert source_name("[000]", "[000]") == ""


def test_a_goal_is_tried_kept_and_used(project: Path, files: dict[str, Any]) -> None:
    app = run(std="try", std_target="toilet", lang="en")
    assert t("std.nothing_tried", "en") in body(app)
    goal = app.number_input(key="try-toilet-goal")
    assert goal.value == 50.0
    goal.set_value(20.0).run()
    assert not app.exception
    page = body(app)
    # the second village has one of four: a quarter is a fifth, and no half
    assert t("std.say", "en", target="x", a=1, b=2, flips=1, c=1, d=2, whole=1)[3:] in (
        page.replace("</b>", "")
    )
    assert page.count('href="./village?') == 2
    # the address says it all: another reader sees the same
    kept = app.query_params["std_edits"]
    kept = kept[0] if isinstance(kept, list) else kept
    assert kept == "toilet:goal:0.2"
    again = run(std="try", std_target="toilet", lang="en", std_edits=kept)
    assert again.number_input(key="try-toilet-goal").value == 20.0
    # kept as a file of the project, and in use
    again.text_input(key="own-id").set_value("ours").run()
    again.text_input(key="own-source").set_value(f"No. 1 {HOSTILE}").run()
    assert tomllib.loads(files["ours.toml"].decode())["target"][0]["goal"] == "0.2"
    again.button(key="own-keep_use").click().run()
    assert not again.exception
    rules = load_standard(standard_of(open_project(project)))
    assert rules.label == "ours@1"
    assert str(rules.targets[0].goal) == "0.2"
    assert "std_edits" not in again.query_params
    assert again.number_input(key="try-toilet-goal").value == 20.0
    assert again.session_state["held"].assessment.standard.label == "ours@1"
    assert "<img" not in body(again)


def test_a_name_that_is_taken_is_said_and_nothing_is_kept(project: Path) -> None:
    app = run(std="try", std_target="toilet", std_edits="toilet:goal:0.2")
    app.text_input(key="own-id").set_value("qingyang-2023").run()
    assert not app.exception
    assert any("there is such a standard" in one.value for one in app.warning)
    assert not [one for one in app.button if one.key == "own-keep"]
    app.button(key="std-reset").click().run()
    assert t("std.nothing_tried", "zh") in body(app)
    assert own_files(project) == []


def test_the_example_that_comes_along_is_not_changed(
    project: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, Any]
) -> None:
    monkeypatch.setattr(state, "is_example", lambda _: True)
    app = run(std="try", std_target="toilet", std_edits="toilet:goal:0.2")
    assert not [one for one in app.button if str(one.key).startswith("own-keep")]
    assert [name for name in files if name.endswith(".toml")]


def test_two_packs_differ_in_words(project: Path) -> None:
    page = body(run(std="versions", std_a="gbt32000-2015@1", std_b="qingyang-2023@1"))
    assert t("also.change.added", "zh") in page
    assert "<summary>" in page
    assert t("std.in_full", "zh") in page
    same = body(run(std="versions", std_a="gbt32000-2015@1", std_b="gbt32000-2015@1"))
    assert t("std.two_same", "zh") in same


def test_a_standard_that_cannot_be_read_is_named(project: Path) -> None:
    (project / "standards").mkdir()
    (project / "standards" / "bad.toml").write_text("id = ", "utf-8")
    app = run()
    assert any("bad" in one.value for one in app.warning)


@pytest.mark.parametrize("part", PARTS)
def test_what_the_address_says_counts_only_if_it_is_offered(part: str, project: Path) -> None:
    wild = {name: HOSTILE for name in IN_ADDRESS if name != "std"}
    wild["std_edits"] = f"toilet:goal:{HOSTILE},{HOSTILE}:goal:1,toilet:{HOSTILE}:1,toilet:goal"
    page = body(run(std=part, **wild))
    assert "<img" not in page
    assert t("std.draft", "zh", n=1) not in page


# ---------------------------------------------------------------------------------- command line


def test_the_command_line_lists_shows_tries_and_keeps(
    project: Path, village_planner: Command, tmp_path: Path
) -> None:
    told = village_planner("standards", project, "--json").json()["standards"]
    assert {"qingyang-2023@1", "water-tches18@1"} <= {one["label"] for one in told}
    shown = village_planner("standard", "show", "qingyang-2023", "--json").json()
    assert len(shown["rules"]) == shown["targets"] == 62
    water = next(one for one in shown["rules"] if one["id"] == "drinking-water")
    assert water["figures"]["any_of[2].minutes"] == 20
    words = village_planner("standard", "show", "qingyang-2023", "--target", "clinic").out
    assert "any_of[1].where.floor_area_m2.at_least = 60" in words

    tried = village_planner("standard", "try", project, "--set", "toilet.goal=0.2", "--json").json()
    side = tried["targets"]["toilet"]
    assert (side["before"]["villages"], side["after"]["villages"]) == (
        {"met": 1, "unmet": 1}, {"met": 2},
    )  # fmt: skip
    assert [one["village"] for one in side["flips"]] == ["v2"]
    assert "2" in village_planner("standard", "try", project, "--set", "toilet.goal=0.2").out

    out = tmp_path / "own.toml"
    args = ("--from", "gbt32000-2015", "--set", "public-toilet.per.n=500", "--id", "ours")
    made = village_planner("standard", "own", project, *args, "--out", out, "--json").json()
    assert (made["label"], made["extends"]) == ("ours@1", "gbt32000-2015@1")
    assert load_standard(str(out)).label == "ours@1"
    kept = village_planner("standard", "own", project, *args, "--use")
    assert kept.code == 0
    assert "standards/ours.toml" in kept.out
    listed = village_planner("standards", project, "--json").json()["standards"]
    assert [one["label"] for one in listed if one["used"]] == ["ours@1"]
    assert t("std.used", "zh") in village_planner("standards", project).out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("standard", "show", "nobody"), 2),
        (("standard", "show", "qingyang-2023", "--target", "nothing"), 2),
        (("standard", "try", "{project}"), 2),
        (("standard", "try", "{project}", "--set", "toilet"), 2),
        (("standard", "try", "{project}", "--set", "fire.goal=1"), 2),
        (("standard", "try", "{project}", "--set", "toilet.goal=7"), 2),
        (("standard", "own", "{project}", "--set", "toilet.goal=0.2", "--out", "x.txt"), 2),
        (("standard", "own", "{demo}", "--set", "sanitary-toilet.goal=0.2"), 2),
    ],
)
def test_wrong_use_is_one_sentence(
    args: tuple[str, ...], code: int, project: Path, village_planner: Command
) -> None:
    places = {"project": project, "demo": state.example()}
    done = village_planner(*(one.format(**places) for one in args))
    assert done.code == code, done.err
    assert re.match(r"^\S.*: .+\. \w", done.err), done.err
    assert "Traceback" not in done.err
    assert not (state.example() / "standards").exists()


def test_what_is_listed_as_json_can_be_read_elsewhere(village_planner: Command) -> None:
    told = json.loads(village_planner("standards", "--json").out)["standards"]
    assert all(one["title_zh"] and one["title_en"] for one in told)
