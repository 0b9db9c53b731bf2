"""Starting and stopping the app as people do: one sentence and the right exit code each time."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from layers.errors import PlannerError
from layers.project import create_project
from layers.text import t
from ui import home, serve, state

ROOT = Path(__file__).parents[1]
# The command, with other ports to try than those a planner on this computer may be using.
RUN = """
import sys
import ui.serve
ui.serve.FIRST, ui.serve.LAST = int(sys.argv[1]), int(sys.argv[1]) + 2
sys.argv = ["village-planner", *sys.argv[2:]]
from ui.cli import main
main()
"""


def free_ports(count: int) -> int:
    """Find so many free ports in a row; give the first."""
    for first in range(20_000 + os.getpid() % 20_000, 60_000, count):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    one = held.enter_context(socket.socket())
                    one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    pytest.fail("no free ports")


class Desk:
    """A user at a computer: a folder of the planner's own, and ports."""

    def __init__(self, folder: Path, call: Callable[..., Any]) -> None:
        self.folder, self.ports, self.call = folder, free_ports(3), call
        self.children: list[subprocess.Popen[str]] = []
        self.home = folder / "home"

    def project(self, name: str) -> Path:
        return create_project(self.folder / name).folder

    def start(self, *args: object, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-B", "-c", RUN, str(self.ports), "serve", "--no-browser"]
        names = {home.HOME: str(self.home), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        child = subprocess.Popen(
            [*command, *map(str, args)],
            cwd=self.folder,
            env={**os.environ, **names},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )
        self.children.append(child)
        return child

    def run(self, *args: object) -> tuple[int, str, str]:
        """Call the command where nothing stays running, in this process: a start takes a while."""
        done = self.call("serve", "--no-browser", *args)
        return done.code, done.out.strip(), done.err.strip()

    def up(self, *args: object, **options: Any) -> tuple[subprocess.Popen[str], list[str]]:
        """Start and wait for the sentence that it answers; give the sentences before it, too."""
        child, said = self.start(*args, **options), []
        assert child.stdout is not None
        for line in child.stdout:
            said.append(line.strip())
            if "已启动" in line:
                return child, said
        assert child.stderr is not None
        pytest.fail(f"it did not start: {said} {child.stderr.read()}")

    def ready(self, number: int) -> str:
        return t("serve.ready", url=f"http://127.0.0.1:{self.ports + number}")

    def close(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.communicate()


@pytest.fixture
def desk(
    tmp_path: Path, village_planner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    made = Desk(tmp_path, village_planner)
    monkeypatch.setenv(home.HOME, str(made.home))
    monkeypatch.delenv(serve.PROJECT, raising=False)
    monkeypatch.setattr(serve, "FIRST", made.ports)
    monkeypatch.setattr(serve, "LAST", made.ports + 2)
    yield made
    made.close()


def ended(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = child.communicate(timeout=30)
    return child.returncode, out.strip(), err.strip()


def alive(port: int) -> dict[str, str] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/planner/alive", timeout=5) as told:
            return dict(json.load(told))
    except OSError:
        return None


STOPPED = (0, t("serve.stopped"), "")


def test_it_answers_when_it_says_so_and_ctrl_c_ends_it(desk: Desk) -> None:
    project = desk.project("示例 县")
    child, said = desk.up(project)
    assert said == [desk.ready(0)]
    told = alive(desk.ports)
    assert told is not None
    assert told["project"] == serve.mark_of(project)
    with urllib.request.urlopen(f"http://127.0.0.1:{desk.ports}/", timeout=5) as page:
        assert b"<title>" in page.read()
    child.send_signal(signal.SIGINT)
    assert ended(child) == STOPPED
    assert list((desk.home / "running").iterdir()) == []
    assert json.loads((desk.home / "recent.json").read_text("utf-8")) == [str(project.resolve())]


def test_started_twice_beside_another_and_stopped(desk: Desk) -> None:
    first, second = desk.project("a"), desk.project("b")
    one, _ = desk.up(first)
    url = f"http://127.0.0.1:{desk.ports}"
    assert ended(desk.start(first)) == (0, t("serve.running", url=url), "")
    assert desk.run(first) == (0, t("serve.running", url=url), "")
    assert desk.run(first, "--port", desk.ports) == (0, t("serve.running", url=url), "")

    code, out, err = desk.run(second, "--port", desk.ports)
    assert (code, out, err) == (1, "", t("serve.taken", port=desk.ports))

    two, said = desk.up(second)
    moved = t("serve.other_project", taken=desk.ports, port=desk.ports + 1)
    assert said == [moved, desk.ready(1)]

    assert desk.run("--stop", second) == STOPPED
    assert ended(two) == STOPPED
    assert alive(desk.ports) is not None
    assert desk.run("--stop") == STOPPED
    assert ended(one) == STOPPED
    assert desk.run("--stop") == (0, t("serve.nothing"), "")


def test_a_port_another_program_uses(desk: Desk) -> None:
    project = desk.project("a")
    with socket.socket() as other:
        other.bind(("127.0.0.1", desk.ports))
        other.listen()
        taken = desk.run(project, "--port", desk.ports)
        assert taken == (1, "", t("serve.taken", port=desk.ports))
        child, said = desk.up(project)
    assert said == [t("serve.next_port", taken=desk.ports, port=desk.ports + 1), desk.ready(1)]
    child.terminate()
    assert ended(child) == STOPPED


def test_a_project_that_cannot_be_opened_starts_nothing(desk: Desk) -> None:
    newer = desk.project("newer")
    settings = newer / "project.toml"
    settings.write_text(settings.read_text("utf-8").replace("format = 1", "format = 99"), "utf-8")
    store = desk.project("later")
    with contextlib.closing(sqlite3.connect(store / "project.gpkg")) as connection:
        connection.execute("PRAGMA user_version=20000")
    half = desk.project("half")
    (half / "project.gpkg").unlink()
    broken = desk.project("broken")
    (broken / "project.gpkg").write_bytes(b"SQLite format 3\x00" + b"x" * 500)
    for folder, said in (
        (newer, "newer: was saved by a newer planner. Update the planner."),
        (store, "later: was saved by a newer planner. Update the planner."),
        (half, "half: is not a project (project.gpkg is missing). Check the path."),
        (broken, "broken/project.gpkg: cannot be read"),
        (desk.folder / "nowhere", "nowhere: is not a project"),
    ):
        kept = {one: one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
        code, out, err = desk.run(folder)
        assert (code, out) == (1, "")
        assert err.startswith(said)
        assert "\n" not in err
        assert {one: one.read_bytes() for one in kept} == kept
    assert not desk.home.exists()


def without_privilege() -> None:
    """Let root, too, be bound by the rights of files: give up CAP_DAC_OVERRIDE for good."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="takes rights away as Linux does")
def test_a_read_only_project_opens_and_says_so(desk: Desk) -> None:
    project = desk.project("a")
    (project / "project.gpkg").chmod(0o444)
    project.chmod(0o555)
    try:
        child, said = desk.up(project, preexec_fn=without_privilege)
        assert said == [t("serve.read_only"), desk.ready(0)]
        child.terminate()
        assert ended(child) == STOPPED
    finally:
        project.chmod(0o755)


def test_killed_without_warning_it_leaves_nothing_in_the_way(desk: Desk) -> None:
    project = desk.project("a")
    child, _ = desk.up(project)
    child.kill()
    child.wait(10)
    assert len(list((desk.home / "running").iterdir())) == 1
    assert desk.run("--stop") == (0, t("serve.nothing"), "")
    assert list((desk.home / "running").iterdir()) == []


# ---------------------------------------------------------------------------------- in this process


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv(home.HOME, str(tmp_path / "home"))
    monkeypatch.delenv(serve.PROJECT, raising=False)
    monkeypatch.setattr(serve, "FIRST", 1)
    monkeypatch.setattr(serve, "LAST", 3)
    return []


def start(said: list[str], host: str = "127.0.0.1", port: int | None = None) -> None:
    serve.serve(None, host, port, browser=False, say=said.append)


def test_a_port_that_is_not_allowed(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, port: int) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(serve, "_listen", refuse)
    with pytest.raises(PlannerError) as told:
        start(said, port=80)
    assert (str(told.value), told.value.exit_code) == (t("serve.not_allowed", port=80), 1)
    with pytest.raises(PlannerError) as told:
        start(said)
    assert str(told.value) == t("serve.no_port", first=1, last=3)
    assert said == []


@pytest.mark.parametrize("host", ["203.0.113.7", "no such name", "2001:db8::7"])
def test_a_host_that_is_not_this_computer(said: list[str], host: str) -> None:
    with pytest.raises(PlannerError) as told:
        start(said, host, 20_000)
    assert (str(told.value), told.value.exit_code) == (t("serve.no_host", host=host), 2)


def test_open_to_the_network_is_said(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_place", lambda *_: "http://127.0.0.1:1")
    start(said, "0.0.0.0")
    assert said[0] == t("serve.open_to_all")
    said.clear()
    start(said)
    assert t("serve.open_to_all") not in said


def test_another_program_is_not_taken_for_the_planner() -> None:
    answers = (
        b"", b"220 smtp\r\n", b"HTTP/1.0 200 OK\r\n\r\n[]", b"HTTP/1.0 200 OK\r\n\r\n{",
        b'HTTP/1.0 200 OK\r\n\r\n{"program": "other", "project": "x"}',
        b'HTTP/1.0 404 No\r\n\r\n{"program": "village-planner", "project": "x"}',
    )  # fmt: skip
    for answer in answers:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()

            def reply(listening: socket.socket = other, body: bytes = answer) -> None:
                line, _ = listening.accept()
                line.recv(1000)
                line.sendall(body)
                line.close()

            thread = threading.Thread(target=reply)
            thread.start()
            assert serve._who("127.0.0.1", other.getsockname()[1]) is None
            thread.join()


def test_damaged_notes_are_passed_over(said: list[str]) -> None:
    folder = home.home() / "running"
    folder.mkdir()
    good = {"pid": 1, "host": "127.0.0.1", "port": 7, "project": "m", "token": "t"}
    for name, text in (
        ("1.json", ""), ("2.json", "[]"), ("3.json", "{}"), ("4.json", json.dumps(good)),
        ("7.json", json.dumps(good)),
    ):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    assert [one.port for one in serve.running()] == [7]


def test_a_second_start_waits_for_one_that_is_still_starting(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "ANSWER_SECONDS", 0.1)
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        port = slow.getsockname()[1]

        def answer() -> None:
            line, _ = slow.accept()
            line.recv(1000)
            time.sleep(0.5)
            told = json.dumps({"program": "village-planner", "project": "m"})
            line.sendall(f"HTTP/1.0 200 OK\r\n\r\n{told}".encode())
            line.close()

        for noted, mark in ((False, None), (True, "m")):
            if noted:
                note = serve.Running(1, "127.0.0.1", port, "m", "t")
                home.write_whole(note.file, json.dumps(asdict(note)))
            thread = threading.Thread(target=answer)
            thread.start()
            assert serve._who("127.0.0.1", port) == mark
            thread.join()


def test_the_pages_open_the_project_that_is_served() -> None:
    assert serve.PROJECT == state.PROJECT


def test_notes_are_for_their_user_alone(said: list[str]) -> None:
    one = serve.Running(1, "127.0.0.1", 7, "m", "t")
    home.write_whole(one.file, "{}")
    if sys.platform != "win32":
        assert one.file.stat().st_mode & 0o077 == 0
        assert one.file.parent.stat().st_mode & 0o077 == 0
    assert shutil.disk_usage(one.file).total > 0
    assert time.time() - one.file.stat().st_mtime < 60
