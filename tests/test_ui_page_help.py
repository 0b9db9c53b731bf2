"""Help: every part in both languages, found by its words; pages that are not there."""

from __future__ import annotations

import http.client
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, run, said

from layers.errors import StandardError
from layers.facts import checked, words
from layers.text import LANGUAGES, t
from ui import addresses, help_view, state
from works.desk.guide import Guide, guide
from works.figures import STATUSES

ROOT = Path(__file__).parents[1]
SIX = {"达标", "未达标", "待核实", "待定", "不适用", "未评估"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("help") / "project")


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui import nav
    from ui.pages import help as guide_page
    from ui.pages import lost

    nav.listed(lost.page, overview=lambda: None)
    guide_page.page()


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


# ---------------------------------------------------------------------------------- what it says


def test_everything_is_said_in_both_languages() -> None:
    table = tomllib.loads((ROOT / "data" / "help.toml").read_text(encoding="utf-8"))
    both = [one[name] for one in table["part"] for name in ("title",)]
    both += [line for one in table["part"] for line in one["say"]]
    both += [row[name] for one in table["part"] for row in one.get("row", []) for name in
             ("word", "says")]  # fmt: skip
    both += [one["says"] for one in table["word"]]
    assert len(both) > 80
    for one in both:
        assert set(one) == set(LANGUAGES)
        assert all(text.strip() for text in one.values())
        # A Chinese sentence in the English column, or the reverse, is a slip of the pen.
        assert any("一" <= sign <= "鿿" for sign in one["zh"])
        assert sum("一" <= sign <= "鿿" for sign in one["en"]) <= 8, one["en"]


def test_parts_lead_to_pages_and_words_are_ours() -> None:
    known = addresses.names()
    assert [one.page for one in guide().part if one.page and one.page not in known] == []
    assert [one.key for one in guide().word if one.key not in words()] == []
    rows = next(one.row for one in guide().part if one.id == "words")
    assert {one.word["zh"] for one in rows} == SIX
    assert {one.status for one in rows} - {""} <= set(STATUSES)
    assert len(guide().part[0].say) == 10


def test_a_mistake_in_the_table_is_named() -> None:
    with pytest.raises(StandardError, match=r"part\[1\].title"):
        checked(Guide, {"part": [{"id": "x"}], "word": []}, "help.toml")


@pytest.mark.parametrize(
    ("asked", "lang", "part"),
    [("备份", "zh", "backup"), ("BACK UP", "en", "backup"), ("gpkg", "zh", "files"),
     ("身份证", "zh", "sent"), ("undetermined", "en", "words")],
)  # fmt: skip
def test_a_search_finds_its_part(asked: str, lang: str, part: str) -> None:
    found = guide().find(asked, lang)
    assert part in [one.id for one in found.part]
    assert 0 < len(found.part) < len(guide().part)


def test_nothing_asked_is_everything_and_nonsense_is_nothing() -> None:
    assert guide().find("", "zh") == guide()
    assert guide().find("没有这个词呀", "zh") == Guide((), ())


# ---------------------------------------------------------------------------------- the page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_all_of_it(project: Path, lang: str) -> None:
    app = opened(lang=lang)
    assert not app.exception
    told = said(app)
    for part in guide().part:
        assert part.title[lang] in told
        assert f'id="help-{part.id}"' in told
        assert f'href="#help-{part.id}"' in told
    assert told.count('class="vh-part"') == len(guide().part)
    for word in guide().word:
        assert t(word.key, lang) in told


def test_a_search_on_the_page(project: Path) -> None:
    app = opened()
    app.text_input(key="help-search").set_value("备份").run()
    assert "备份和恢复" in said(app)
    assert "用键盘" not in said(app)
    app.text_input(key="help-search").set_value(HOSTILE).run()
    assert not app.exception
    assert [one.value for one in app.info] == [t("help.nothing", "zh")]
    assert "<img" not in said(app)


def test_help_needs_no_project_that_can_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(state.PROJECT, str(tmp_path / "nothing"))
    app = opened()
    assert not app.exception
    assert guide().part[0].title["zh"] in said(app)


def test_words_of_the_table_are_only_text() -> None:
    from works.desk.guide import Meaning, Part, Word

    both = {"zh": "<img src=x>", "en": "<img src=x>"}
    part = Part("x", both, (both, both), (Meaning(both, both, "met"),), "")
    made = help_view.part_html(part, "zh") + help_view.contents_html([part], "zh")
    made += help_view.glossary_html([Word("goal", both)], "zh")
    assert "<img" not in made
    assert made.count("&lt;img src=x&gt;") == 7


# ---------------------------------------------------------------------------------- addresses


def test_what_the_address_names_and_nobody_has_is_said(project: Path) -> None:
    app = run(standard="nonsense", scope=HOSTILE, as_of="yesterday")
    assert not app.exception
    told = [one.value for one in app.warning]
    wanted = [t("bar.lost", "zh", what=t(f"bar.lost_{one}", "zh"))
              for one in ("standard", "scope", "as_of")]  # fmt: skip
    assert told == wanted
    assert not run(standard="own", scope="all", as_of="2023-06-30").warning


class Served:
    """Pages behind the guard of addresses, in a real server."""

    def __init__(self, base: str = "") -> None:
        async def document(request: object) -> HTMLResponse:
            return HTMLResponse("here")

        app = Starlette(
            routes=[Route("/{rest:path}", document)],
            middleware=[Middleware(addresses.Known, pages=["map", "lost"], base=base)],
        )
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def ask(self, path: str, accept: str = "text/html", method: str = "GET") -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        line.request(method, path, headers={"Accept": accept})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer.status, answer.getheader("location") or ""

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()


def test_an_address_no_page_has_leads_to_the_page_that_says_so() -> None:
    one = Served()
    try:
        assert one.ask("/nonsense?lang=en") == (307, "/lost?lang=en")
        assert one.ask("/nonsense/") == (307, "/lost")
        assert one.ask("/%3Cscript%3E?a=%0d%0aX:1") == (307, "/lost?a=%0d%0aX%3A1")
        for path in ("/", "/map", "/map/", "/lost", "/static/js/index.js", "/favicon.png",
                     "/_stcore/health", "/component/x/index.html", "/a/b"):  # fmt: skip
            assert one.ask(path)[0] == 200, path
        assert one.ask("/nonsense", accept="*/*")[0] == 200
        assert one.ask("/nonsense", method="POST")[0] == 405
    finally:
        one.close()


def test_every_page_of_the_door_is_known_to_the_guard() -> None:
    door = (ROOT / "streamlit_app.py").read_text(encoding="utf-8")
    named = {line.split("=")[0].strip() for line in door.splitlines() if ".page," in line and "="
             in line}  # fmt: skip
    assert {"overview", "map", "reports", "help"} <= named
    assert named <= addresses.names()
