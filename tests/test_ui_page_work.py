"""The pages of work without a browser: a list is made, handed out, comes back, and is accepted."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest
from test_ui_page_gaps import with_work
from test_ui_pages import HOSTILE, make_project, said

from layers.escape import esc
from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.text import LANGUAGES, t
from layers.work_form import Event
from ui import downloads, state
from ui.run import assess_project
from ui.work_hand import FORMATS, parted
from works.handout.files import KINDS
from works.library import load_costs
from works.tasks.act import edit, take_step
from works.tasks.register import register
from works.worklist import worklist

PAGES = ("work", "returns", "progress")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the project once; every test works on a copy of it."""
    return with_work(make_project(tmp_path_factory.mktemp("work") / "project"))


@pytest.fixture
def project(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    shutil.copytree(source, folder)
    settings = folder / "project.toml"
    told = settings.read_text("utf-8").replace(str(source), str(folder))
    settings.write_text(told, "utf-8")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw(name: str) -> None:
    import importlib

    importlib.import_module(f"ui.pages.{name}").page()


def run(page: str, **query: str) -> AppTest:
    app = AppTest.from_function(draw, args=(page,), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    """Give all a page says: finished HTML, captions, messages, and code to copy."""
    plain = [*app.caption, *app.success, *app.warning, *app.error, *app.text, *app.code]
    return said(app) + "\n".join(re.sub(r"\\(.)", r"\1", str(one.value)) for one in plain)


def made(project: Path) -> GeoPackageStore:
    """Make tasks of all three gaps, and give the store."""
    opened = open_project(project)
    store = GeoPackageStore(opened.store)
    found = assess_project(opened)
    with store.writing() as writer:
        register(writer, found, worklist(found, load_costs()), Said("王某某", "page"))
    return store


def tiles(app: AppTest) -> list[int]:
    return [int(one) for one in re.findall(r'class="vk-tile"><h3>[^<]*</h3><p><b>(\d+)', said(app))]


# ---------------------------------------------------------------------------------- 任务


@pytest.mark.parametrize("lang", LANGUAGES)
def test_gaps_become_tasks_with_a_name_behind_them(project: Path, lang: str) -> None:
    app = run("work", lang=lang)
    assert t("work.none", lang) in words(app)
    assert t("work.make.do", lang, n=3) in [one.label for one in app.button]
    app.text_input(key="work-who-typed").set_value("王某某").run()
    app.button(key="make-do").click().run()
    assert not app.exception
    assert tiles(app) == [3, 0, 0, 0, 0]
    (table,) = app.dataframe
    assert table.value[t("work.head.village", lang)].tolist() == [HOSTILE] * 3
    store = GeoPackageStore(open_project(project).store)
    assert {one["state"] for one in store.items().values()} == {"open"}
    assert set(store.history()["who"]) == {"王某某"}
    assert "<img" not in said(app)


def test_fewer_may_be_made_and_the_rest_later(project: Path) -> None:
    app = run("work")
    app.number_input(key="make-most-3").set_value(2).run()
    app.button(key="make-do").click().run()
    assert tiles(app)[0] == 2
    assert t("work.make.do", "zh", n=1) in [one.label for one in app.button]
    app.button(key="make-do").click().run()
    assert tiles(app)[0] == 3
    numbers = [
        one["work_no"] for one in GeoPackageStore(open_project(project).store).items().values()
    ]
    assert len(set(numbers)) == 3


def test_a_task_is_taken_through_its_life_step_by_step(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    app = run("work", task=key)
    assert 'class="vg-card"' in said(app)
    for step in ("accept", "start", "done", "verify-township", "verify-county", "recheck", "close"):
        app.button(key=f"one-{step}").click().run()
        assert not app.exception
    item = store.items()[key]
    assert (item["state"], item["township_check"], item["recheck"]) == ("closed", "ok", "ok")
    page = said(app)
    assert "状态：整改中 → 已完成待验收" in page
    assert page.index("已验收 → 已销号") < page.index("待签收 → 已签收")
    assert "one-done" not in {str(one.key) for one in app.button}


def test_what_needs_a_reason_is_not_done_without_one(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    app = run("work", task=key)
    app.button(key="one-dispute").click().run()
    assert t("work.why.needs_note", "zh") in words(app)
    assert store.items()[key]["state"] == "open"
    app.text_input(key="one-note").set_value(HOSTILE).run()
    app.button(key="one-dispute").click().run()
    assert store.items()[key]["obstacle"] == HOSTILE
    assert "<img" not in said(app)


def test_the_countys_list_is_ticked_before_closing(project: Path) -> None:
    settings = project / "project.toml"
    text = settings.read_text("utf-8")
    settings.write_text(
        text + '\n[work]\nclose_list = "seven"\n[lists.seven]\nitems = ["甲", "乙"]\n', "utf-8"
    )
    store = made(project)
    key = next(iter(store.items()))
    for step in ("done", "verify-township", "verify-county", "recheck"):
        take_step(store, [key], step, Said("", "page"))
    app = run("work", task=key)
    app.button(key="one-close").click().run()
    assert t("work.why.needs_ticks", "zh") in words(app)
    for number in range(2):
        version = store.items()[key]["version"]
        app.checkbox(key=f"one-tick-{number}-{key}-{version}").check().run()
    app.button(key="one-keep-ticks").click().run()
    assert store.items()[key]["ticked"] == "甲、乙"
    app.button(key="one-close").click().run()
    assert store.items()[key]["state"] == "closed"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    app = run("work", task=key)
    take_step(store, [key], "not-feasible", Said("别人", "page"), note="没有地方")
    app.button(key="one-accept").click().run()
    assert store.items()[key]["state"] == "not_feasible"
    assert store.items()[key]["work_no"] in words(app)


def test_filters_are_in_the_address_and_hold(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    take_step(store, [key], "done", Said("", "page"))
    app = run("work", work_state="done")
    assert app.dataframe[0].value.shape[0] == 1
    # the figures are of the place, whatever the state
    assert tiles(app) == [2, 0, 1, 0, 0]
    app = run("work", work_flag="unassigned", as_of="2023-12-31")
    assert app.dataframe[0].value.shape[0] == 3
    app = run("work", village="v1")
    assert t("work.empty", "zh") in words(app)
    app = run("work", work_state=HOSTILE, work_flag=HOSTILE, team=HOSTILE, task=HOSTILE)
    assert not app.exception
    assert app.dataframe[0].value.shape[0] == 3


def test_overdue_is_counted_by_the_day_shown(project: Path) -> None:
    store = made(project)
    edit(store, {key: {"due": "2023-06-24"} for key in store.items()}, Said("", "page"))
    app = run("work", as_of="2023-06-30", work_flag="overdue")
    assert tiles(app)[1] == 3
    assert app.dataframe[0].value[t("work.head.due", "zh")].tolist() == ["逾期6天"] * 3
    assert tiles(run("work", as_of="2023-06-24"))[1] == 0


def test_duties_are_written_onto_what_is_picked(project: Path) -> None:
    store = made(project)
    app = run("work")
    app.text_input(key="duty-team").set_value("一队").run()
    app.button(key="duty-write").click().run()
    assert {one["team"] for one in store.items().values()} == {"一队"}
    assert "一队" in app.selectbox(key="choice-team").options
    app.button(key="assign-do").click().run()
    assert not app.exception
    # nobody is named in any table of this project, and the page says so
    assert t("work.assign.nobody", "zh", n=3, numbers="").split("：", maxsplit=1)[0] in words(app)


def test_a_list_goes_out_in_every_format_and_may_be_split(project: Path) -> None:
    store = made(project)
    app = run("work")
    app.text_input(key="hand-receiver").set_value(HOSTILE).run()
    app.button(key="hand-do").click().run()
    assert not app.exception
    handed = store.handed()
    assert handed["list_no"].tolist() == ["QD-0001"]
    assert handed["receiver"].tolist() == [HOSTILE]
    assert len(json.loads(handed["versions"][0])) == 3
    offered = {str(one.key) for one in app.download_button}
    assert {f"file-{suffix[1:]}" for suffix in FORMATS} <= offered
    assert set(FORMATS) == set(KINDS)
    assert "<img" not in said(app)
    app.selectbox(key="hand-split").set_value("village").run()
    app.button(key="hand-do").click().run()
    assert store.handed()["receiver"].tolist() == [HOSTILE, HOSTILE]
    items = list(store.items().values())
    assert [len(part) for part in parted(items, "lead").values()] == [3]


def test_a_shared_date_is_written_onto_all_that_goes_out(project: Path) -> None:
    import datetime as dt

    store = made(project)
    app = run("work", as_of="2023-06-30")
    app.date_input(key="hand-due").set_value(dt.date(2023, 8, 1)).run()
    app.button(key="hand-do").click().run()
    assert {one["due"] for one in store.items().values()} == {"2023-08-01"}
    versions = json.loads(store.handed()["versions"][0])
    assert versions == {key: one["version"] for key, one in store.items().items()}


# ---------------------------------------------------------------------------------- 回收


def filled(
    project: Path, *rows: tuple[str, str], name: str = "一队.xlsx"
) -> tuple[str, bytes, str]:
    """Make a list filled in: number and state of each row."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["任务编号", "完成情况", "完成日期"])
    for number, word in rows:
        sheet.append([number, word, "2023-06-28"])
    memory = io.BytesIO()
    book.save(memory)
    return name, memory.getvalue(), downloads.XLSX


def drop(app: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    app.get("file_uploader")[0].set_value(list(files))
    return app.run()


def test_a_return_is_looked_at_then_taken_then_accepted_and_the_share_rises(project: Path) -> None:
    store = made(project)
    numbers = {key: one["work_no"] for key, one in store.items().items()}
    first = sorted(numbers.values())[0]
    app = run("returns")
    app.text_input(key="returned-sender").set_value("一队").run()
    drop(app, filled(project, (first, "已完成"), ("没有-1", "已完成")))
    assert not app.exception
    page = words(app)
    assert t("back.looked", "zh") in page
    assert "没有-1" in page
    # looking keeps nothing
    assert {one["state"] for one in store.items().values()} == {"open"}
    assert store.receipts().empty
    app.button(key="back-take").click().run()
    assert not app.exception
    assert sorted(one["state"] for one in store.items().values()) == ["done", "open", "open"]
    assert "接收回执 第1号" in words(app)
    # the same once more is nothing new
    drop(app, filled(project, (first, "已完成"), ("没有-1", "已完成"), name="副本.xlsx"))
    app.button(key="back-take").click().run()
    assert t("back.same", "zh", n=1) in words(app)
    assert len(store.receipts()) == 1
    assert len(store.history()[store.history()["action"] == "set"]) == 2

    app = run("returns", returns="changes")
    assert not app.exception
    before = app.session_state["held"].board.row("village", "v2", "toilet")
    assert (int(before["met"]), int(before["amount"])) == (1, 4)
    app.button(key="changes-accept").click().run()
    assert not app.exception
    after = app.session_state["held"].board.row("village", "v2", "toilet")
    assert (int(after["met"]), int(after["amount"])) == (2, 4)
    page = words(app)
    assert t("back.accepted", "zh", n=1) in page
    assert "vr-moved" in page
    assert "<img" not in page
    # the kept work has learned that the gap is gone
    (done,) = [one for one in store.items().values() if one["state"] == "done"]
    assert done["gap"] == "gone"


def test_a_change_is_declined_with_a_reason(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    take_step(store, [key], "done", Said("", "page"))
    app = run("returns", returns="changes")
    assert app.button(key="changes-decline").disabled
    app.text_input(key="changes-why").set_value("没有照片").run()
    app.button(key="changes-decline").click().run()
    assert json.loads(store.items()[key]["change"])["state"] == "decline"
    assert t("back.no_change", "zh") in words(app)


def test_two_values_stand_side_by_side_until_one_is_chosen(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    with store.writing() as writer:
        writer.keep([Event(key, "set", "note", None, "好了", 1)], Said("一队", "return", 1))
        writer.keep([Event(key, "claim", "note", None, HOSTILE, 1)], Said("二队", "return", 2))
    app = run("returns", returns="clashes")
    page = said(app)
    assert "好了" in page
    assert "二队" in page
    assert "<img" not in page
    radio = app.radio[0]
    assert radio.value is None
    radio.set_value(1).run()
    button = next(one for one in app.button if one.label == t("back.settle", "zh"))
    button.click().run()
    assert store.items()[key]["note"] == HOSTILE
    assert store.items()[key]["claims"] == ""
    assert t("back.no_clash", "zh") in words(app)


def test_a_doubt_is_answered_with_words(project: Path) -> None:
    store = made(project)
    key = next(iter(store.items()))
    with store.writing() as writer:
        writer.keep([Event(key, "question", "far_away", None, "820")], Said("一队", "return", 1))
    app = run("returns", returns="questions")
    assert "820" in said(app)
    button = next(one for one in app.button if one.label == t("back.answered", "zh"))
    button.click().run()
    assert store.items()[key]["questions"]
    note = next(one for one in app.text_input if str(one.key).startswith("question-"))
    note.set_value("电话核实").run()
    next(one for one in app.button if one.label == t("back.answered", "zh")).click().run()
    assert store.items()[key]["questions"] == ""


def test_a_photo_is_shown_small_and_without_what_the_camera_wrote(project: Path) -> None:
    store = made(project)
    key, item = next(iter(store.items().items()))
    picture = Image.new("RGB", (900, 600), (90, 120, 80))
    memory = io.BytesIO()
    facts = Image.Exif()
    facts[0x010F] = "secret camera"
    picture.save(memory, "JPEG", exif=facts)
    app = run("returns")
    drop(app, (f"{item['work_no']}-后.jpg", memory.getvalue(), "image/jpeg"))
    app.button(key="back-take").click().run()
    assert not app.exception
    page = said(run("work", task=key))
    (source,) = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)"', page)
    small = base64.b64decode(html.unescape(source))
    assert b"secret" not in small
    assert max(Image.open(io.BytesIO(small)).size) == 480
    assert t("worked.photo.after", "zh") in page
    assert esc(f"{item['work_no']}-后.jpg") in page


def test_an_earlier_receipt_can_be_read_again(project: Path) -> None:
    store = made(project)
    first = sorted(one["work_no"] for one in store.items().values())[0]
    app = run("returns")
    drop(app, filled(project, (first, "已完成"), name=f"{HOSTILE.replace('/', '')}.xlsx"))
    app.button(key="back-take").click().run()
    app = run("returns", returns="receipts")
    assert not app.exception
    assert "接收回执 第1号" in words(app)
    assert "<img" not in said(app)


# ---------------------------------------------------------------------------------- 进展


def test_every_part_of_progress_speaks_both_languages(project: Path) -> None:
    made(project)
    app = run("progress", period_a=HOSTILE, period_b=HOSTILE, progress=HOSTILE)
    for lang in LANGUAGES:
        app.button_group(key="choice-lang").set_value(lang).run()
        for part in ("ranking", "forecast", "work", "due", "sample", "compare"):
            app.button_group(key="choice-progress").set_value(part).run()
            assert not app.exception
            assert not app.error
            page = words(app)
            assert "<img" not in said(app)
            # every key of our words has become words
            assert not re.findall(r"\b(?:prog|progress|work|back)\.[a-z_]+", page), part


def test_a_period_is_kept_and_compared(project: Path) -> None:
    app = run("progress", as_of="2023-05-31")
    assert t("prog.none", "zh") in words(app)
    app.text_input(key="period-name").set_value("2023-05").run()
    app.button(key="period-keep").click().run()
    assert not app.exception
    assert t("prog.kept", "zh", name="2023-05", day="2023年5月31日") in words(app)
    # a name is taken once
    app.button(key="period-keep").click().run()
    assert app.warning
    app = run("progress", as_of="2023-06-30")
    assert t("prog.no_change", "zh") in words(app)
    app = run("progress", as_of="2023-06-30", progress="ranking")
    assert "—" in said(app)
    assert "2023" not in words(app).split(t("prog.notice", "zh"))[0].split("vq-t")[-1]
    (notice,) = [one.value for one in app.code if "【" in one.value]
    assert "示例县" in notice


# ---------------------------------------------------------------------------------- the demo


@pytest.mark.parametrize("name", PAGES)
def test_the_demo_stays_as_it_is_and_a_copy_is_offered(
    name: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project
    monkeypatch.setattr(state, "example", lambda: folder)
    before = (folder / "project.gpkg").read_bytes()
    app = run(name)
    assert not app.exception
    assert t("data.copy", "zh") in [one.label for one in app.button]
    keys = {str(one.key) for one in app.button}
    assert not keys & {"make-do", "hand-do", "back-take", "period-keep"}
    assert (folder / "project.gpkg").read_bytes() == before


def test_rows_of_the_gaps_page_become_tasks(project: Path) -> None:
    app = run("gaps", list="work")
    assert t("work.make.rows", "zh", n=3) in [one.label for one in app.button]
    app.button(key="make-rows").click().run()
    store = GeoPackageStore(open_project(project).store)
    assert len(store.items()) == 3


def test_a_village_card_tells_of_its_tasks_and_what_lifts_it(project: Path) -> None:
    made(project)
    app = run("village_map", village="v2")
    assert not app.exception
    told = t("work.of_village", "zh", n=3, todo=3, late=0, done=0, ended=0)
    assert told in words(app)
