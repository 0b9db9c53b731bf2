"""Hand-outs from the command line: one file each, right names, text as text, or one sentence."""

from __future__ import annotations

import functools
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import run_command
from test_ui_pages import HOSTILE, make_project

from layers.errors import ConservationError
from layers.text import t
from ui import report_cli
from works.papers.files import KINDS
from works.progress.notice import LONGEST

SIGNATURES = {".pdf": b"%PDF-", ".png": b"\x89PNG", ".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04"}
COMMANDS = {
    "report": ("--unit", "--kind", "--public", "--lang", "--out", "--json"),
    "map": ("--target", "--unit", "--public", "--lang", "--out", "--json"),
    "notice": ("--issued", "--due", "--public", "--lang", "--out", "--json"),
    "meeting": ("--public", "--lang", "--out", "--json"),
    "card": ("--village", "--public", "--lang", "--out", "--json"),
    "paste": ("--lang", "--json"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two villages in two townships; one of them, and a householder in it, have hostile names."""
    return make_project(tmp_path_factory.mktemp("reports") / "project")


@pytest.fixture(scope="module", autouse=True)
def _assessed_once() -> Iterator[None]:
    """Assess the project once for all calls that ask the same of it."""
    whole = report_cli._open
    report_cli._open = functools.cache(whole)
    yield
    report_cli._open = whole


def text_of(path: Path) -> str:
    """Give the words of a DOCX, an XLSX or an HTML page."""
    if path.suffix == ".html":
        page = re.sub(r"<style.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.S)
        from html import unescape

        return unescape(re.sub(r"<[^>]*>", "", page))
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    with zipfile.ZipFile(path) as packed:
        root = ET.fromstring(packed.read("word/document.xml"))
    return "".join(root.itertext())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_takes(
    village_planner: Callable[..., Any], command: str
) -> None:
    told = village_planner(command, "--help")
    assert told.code == 0
    assert [one for one in COMMANDS[command] if one not in told.out] == []


def test_wrong_calls_are_one_sentence_and_no_file(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "held"
    file.write_text("", encoding="utf-8")
    for call, said in (
        (("report", folder, "--out", tmp_path / "r.doc"), r"r\.doc: this kind of file .*\.docx"),
        (("map", folder, "--out", tmp_path / "m.docx"), r"m\.docx: this kind of file .*\.svg"),
        (("notice", folder, "--out", tmp_path / "n.xlsx"), r"n\.xlsx: this kind .*\.txt"),
        (("notice", folder, "--out", tmp_path / "n.docx", "--issued", "soon"), r"--issued"),
        (
            (
                "notice",
                folder,
                "--out",
                tmp_path / "n.docx",
                "--issued",
                "2031-02-01",
                "--due",
                "2031-01-31",
            ),
            r"--due 2031-01-31: lies before 2031-02-01.*later day",
        ),
        (("report", folder, "--kind", "x", "--out", tmp_path / "r.pdf"), "--kind x: .*leader"),
        (("report", folder, "--lang", "fr", "--out", tmp_path / "r.pdf"), "--lang fr: .*zh, en"),
        (("report", folder, "--unit", "没有村", "--out", tmp_path / "r.pdf"), "--unit 没有村: no"),
        (("card", folder, "--village", "东镇", "--out", tmp_path / "c.pdf"), "--village 东镇: no"),
        (("map", folder, "--target", "no", "--out", tmp_path / "m.svg"), "--target no: is not in"),
        (("map", folder, "--unit", "v1", "--out", tmp_path / "m.html"), r"--unit v1: .*\.svg"),
        (("meeting", folder, "--out", file), "--out held: is a file"),
        (
            ("report", folder, "--kind", "leader", "--unit", "v1", "--out", tmp_path / "r.pdf"),
            "--unit v1: the leader page is of the whole",
        ),
        (
            ("report", folder, "--kind", "card", "--out", tmp_path / "r.pdf"),
            "is no village. .*--village",
        ),
    ):
        done = run_command(*call)
        assert done.code == 2, (call, done.err)
        assert len(done.err.strip().splitlines()) == 1
        assert re.search(said, done.err), done.err
    assert [one.name for one in tmp_path.iterdir()] == ["held"]


def test_a_report_of_every_kind_of_file(folder: Path, tmp_path: Path) -> None:
    for suffix in KINDS:
        out = tmp_path / f"r{suffix}"
        kind = "leader" if suffix == ".png" else "full"
        done = run_command("report", folder, "--kind", kind, "--out", out, "--json")
        assert done.code == 0, done.err
        told = done.json()
        assert told["files"] == [str(out)]
        assert (told["kind"], told["standard"], told["public"]) == (kind, "small@1", False)
        assert out.read_bytes().startswith(SIGNATURES.get(suffix, b"<!doctype html>"))
        if suffix in (".docx", ".xlsx", ".html"):
            text = text_of(out)
            assert "甲村" in text, suffix
            assert HOSTILE in text, suffix
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "<script" not in page
    assert "1337" not in page


def test_a_report_of_one_place_and_in_english(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "town.docx"
    done = run_command("report", folder, "--unit", "东", "--lang", "en", "--out", out, "--json")
    assert done.code == 0, done.err
    assert (done.json()["level"], done.json()["lang"]) == ("township", "en")
    text = text_of(out)
    assert "甲村" in text
    assert HOSTILE not in text.replace("甲村", "")
    assert "Sanitary toilets" in text
    card = tmp_path / "card.html"
    done = run_command("card", folder, "--village", HOSTILE, "--out", card, "--json")
    assert done.code == 0, done.err
    assert done.json()["unit"] == "v2"
    assert HOSTILE in text_of(card)


@pytest.mark.parametrize("call", [("report", "--unit", "v2"), ("card", "--village", "v2")])
def test_public_papers_name_nobody(folder: Path, tmp_path: Path, call: tuple[str, ...]) -> None:
    shown = {}
    for name, more in (("internal", ()), ("public", ("--public",))):
        out = tmp_path / f"{name}.docx"
        done = run_command(call[0], folder, *call[1:], "--out", out, *more)
        assert done.code == 0, done.err
        shown[name] = text_of(out)
    # Three homes of v2 have no toilet; the report lists them, by the first sign of their name. A
    # paper that may hold names says how they are written.
    assert (shown["internal"].count("**") > 0) == (call[0] == "report")
    assert "户主姓名只列首字" in shown["internal"]
    assert "**" not in shown["public"]
    assert "户主姓名" not in shown["public"]


def test_a_map_as_drawing_picture_and_page(folder: Path, tmp_path: Path) -> None:
    for name in ("m.svg", "m.png", "m.pdf", "m.html", "p.html"):
        more = ["--public"] if name == "p.html" else []
        done = run_command("map", folder, "--target", "toilet", "--out", tmp_path / name, *more)
        assert done.code == 0, done.err
    drawn = ET.fromstring((tmp_path / "m.svg").read_text(encoding="utf-8"))
    # A label has no room for all of it.
    assert HOSTILE[:12] in "".join(drawn.itertext())
    assert not [one for one in drawn.iter() if one.tag.endswith(("script", "foreignObject"))]
    assert (tmp_path / "m.png").read_bytes().startswith(SIGNATURES[".png"])
    assert (tmp_path / "m.pdf").read_bytes().startswith(SIGNATURES[".pdf"])
    named = re.compile(r"(?:户|\\u6237)6")
    assert named.search((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert not named.search((tmp_path / "p.html").read_text(encoding="utf-8"))


def test_the_notice_and_the_text_to_paste(folder: Path, tmp_path: Path) -> None:
    told = run_command("paste", folder)
    assert told.code == 0
    text = told.out.strip()
    assert 20 < len(text) <= LONGEST["zh"]
    assert "示例县" in text
    assert run_command("paste", folder, "--json").json()["text"] == text
    assert run_command("notice", folder, "--out", tmp_path / "n.txt").code == 0
    # The mark tells the editor of an office PC that this is UTF-8.
    assert (tmp_path / "n.txt").read_bytes().decode("utf-8-sig") == text + "\r\n"
    assert run_command("notice", folder, "--out", tmp_path / "n.docx").code == 0
    assert "通报" in text_of(tmp_path / "n.docx")
    # In English it is as long as its own limit allows; help and documentation name both.
    spoken = run_command("paste", folder, "--lang", "en").out.strip()
    assert 20 < len(spoken) <= LONGEST["en"]
    page = (Path(__file__).parents[1] / "docs" / "handouts.md").read_text(encoding="utf-8")
    for limit in LONGEST.values():
        assert str(limit) in run_command("paste", "--help").out
        assert str(limit) in page


def test_a_notice_is_dated_and_asks_by_a_day(folder: Path, tmp_path: Path) -> None:
    days = ("--issued", "2031-02-01", "--due", "2031-03-15")
    assert run_command("notice", folder, "--out", tmp_path / "n.docx", *days).code == 0
    told = text_of(tmp_path / "n.docx")
    assert "2031年2月1日" in told
    assert "2031年3月15日" in told


def test_a_meeting_is_one_command(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "meeting"
    done = run_command("meeting", folder, "--out", out, "--json")
    assert done.code == 0, done.err
    names = [Path(one).name for one in done.json()["files"]]
    assert sorted(names) == sorted(one.name for one in out.iterdir())
    suffixes = [Path(one).suffix for one in names]
    # The leader page in three forms, the notice, the ranking and what is overdue as workbooks, the
    # map, the text.
    assert suffixes[:4] == [".docx", ".pdf", ".png", ".docx"]
    assert suffixes.count(".xlsx") >= 1
    assert suffixes[-2:] == [".png", ".txt"]
    assert [one[0] for one in names] == sorted(one[0] for one in names)
    assert t("reports.paste", "zh") in names[-1]


def test_totals_that_do_not_add_up_make_no_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from works.papers import leader

    def tampered(_: object) -> None:
        msg = "scorecard, v1: 3 and 1 are not 5. Report this."
        raise ConservationError(msg)

    monkeypatch.setattr(leader, "check_totals", tampered)
    out = tmp_path / "l.docx"
    done = run_command("report", folder, "--kind", "leader", "--out", out)
    assert (done.code, out.exists()) == (1, False)
    assert "3 and 1 are not 5" in done.err
    done = run_command("meeting", folder, "--out", tmp_path / "pack")
    assert (done.code, (tmp_path / "pack").exists()) == (1, False)


def test_a_file_that_is_open_elsewhere_is_one_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "一页通.xlsx"
    out.write_bytes(b"held")

    def busy(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(out))

    monkeypatch.setattr(Path, "replace", busy)
    done = run_command("report", folder, "--kind", "leader", "--out", out)
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert "一页通.xlsx" in done.err
    monkeypatch.undo()
    assert out.read_bytes() == b"held"
    assert [one.name for one in tmp_path.iterdir()] == ["一页通.xlsx"]


def test_json_survives_any_console(folder: Path) -> None:
    told = run_command("paste", folder, "--json")
    assert json.loads(told.out)["signs"] == len(json.loads(told.out)["text"])
    assert io.StringIO(told.out).readline().endswith("}\n")
