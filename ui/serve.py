"""The life of the app: start it, find it running, stop it; every outcome is one sentence."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn

from layers.errors import ProjectError, UsageError
from layers.facts import data_dir
from layers.project import open_project
from layers.text import t
from ui import server
from ui.home import home, read_only, remember, write_whole
from ui.routes import PREFIX

PROJECT = "VILLAGE_PLANNER_PROJECT"
FIRST, LAST = 8501, 8520
"""Ports tried when none is asked for."""
ANSWER_SECONDS, START_SECONDS = 3.0, 20.0
"""How long to wait for whoever holds a port to say who it is, and for a planner of ours."""
SAVE_SECONDS, STOP_SECONDS = 10.0, 20.0
"""How long a stop waits for what is being saved, and whoever asked for the stop for the end."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """
    A server of ours, as its own file in the user's folder tells.

    Attributes
    ----------
    pid, host, port
        The process and where it listens.
    project
        Mark of its project.
    token
        What ends it.
    """

    pid: int
    host: str
    port: int
    project: str
    token: str

    @property
    def file(self) -> Path:
        """Give the file it is noted in."""
        return _notes() / f"{self.port}.json"


# ---------------------------------------------------------------------------------- start


def serve(folder: Path | None, host: str, port: int | None, *, browser: bool, say: Say) -> None:
    """
    Serve a project until the user stops it.

    Parameters
    ----------
    folder
        The project; None opens the one the environment names, else the demo county.
    host, port
        Where to listen; without a port the first free one of 8501 to 8520.
    browser
        Open a browser once the app answers.
    say
        Prints a sentence.

    Raises
    ------
    PlannerError
        If the project cannot be opened or there is nowhere to listen; nothing runs then.
    """
    named = folder or (Path(os.environ[PROJECT]) if os.environ.get(PROJECT) else None)
    shown, lang = (named or data_dir() / "demo").resolve(), "zh"
    if named is not None:
        lang = _checked(named)
    mark = mark_of(shown)
    if host in server.ANY:
        say(t("serve.open_to_all", lang))
    place = _place(host, port, mark, lang, say)
    if isinstance(place, str):
        say(t("serve.running", lang, url=place))
        if browser:
            _browse(place)
        return
    if named is not None:
        os.environ[PROJECT] = str(shown)
        remember(shown)
        if read_only(shown):
            say(t("serve.read_only", lang))
    _run(place, host, mark, browser=browser, lang=lang, say=say)
    say(t("serve.stopped", lang))
    _end()


def mark_of(folder: Path) -> str:
    """Name a project to another start of the planner without telling where it lies."""
    return hashlib.sha256(str(folder.resolve()).encode("utf-8", "replace")).hexdigest()[:16]


def _checked(folder: Path) -> str:
    """Open a project as the pages will, before any server starts; give its language."""
    project = open_project(folder)
    project.data_version()
    project.layers()
    return project.language


def _place(host: str, port: int | None, mark: str, lang: str, say: Say) -> socket.socket | str:
    """Give a socket that listens, or the address where this project is open already."""
    if port is None:
        for one in running():
            if one.project == mark and _who(one.host, one.port) == mark:
                return _url(one.host, one.port)
    taken, key = 0, ""
    for number in range(FIRST, LAST + 1) if port is None else (port,):
        try:
            found = _listen(host, number)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise UsageError(t("serve.no_host", lang, host=host)) from None
            who = _who(host, number) if error.errno == errno.EADDRINUSE else None
            if who == mark:
                return _url(host, number)
            if port is not None:
                key = "serve.taken" if error.errno == errno.EADDRINUSE else "serve.not_allowed"
                raise ProjectError(t(key, lang, port=port)) from None
            taken, key = taken or number, key or _why(who)
            continue
        if taken:
            say(t(key, lang, taken=taken, port=number))
        return found
    raise ProjectError(t("serve.no_port", lang, first=FIRST, last=LAST))


def _why(who: str | None) -> str:
    return "serve.next_port" if who is None else "serve.other_project"


def _listen(host: str, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform == "win32":
            # Otherwise two programs may listen on one port there, and neither is told.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
    except BaseException:
        found.close()
        raise
    return found


def _url(host: str, port: int) -> str:
    name = "127.0.0.1" if host in server.ANY else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self.ready()


def _run(place: socket.socket, host: str, mark: str, *, browser: bool, lang: str, say: Say) -> None:
    """
    Serve on a socket until told to stop; leaves no note behind.

    The note is there before the server answers, so that a second start waits for the first.
    """
    port = int(place.getsockname()[1])
    note = Running(os.getpid(), host, port, mark, secrets.token_urlsafe(32))
    began = threading.Event()

    def ready() -> None:
        began.set()
        say(t("serve.ready", lang, url=_url(host, port)))
        threading.Thread(target=_warm, daemon=True).start()
        if browser:
            threading.Thread(target=_browse, args=(_url(host, port),), daemon=True).start()

    def leave(*_: Any) -> None:
        # The server passes the signal on after it has stopped in good order.
        if not began.is_set():
            raise KeyboardInterrupt

    def stop() -> None:
        one.should_exit = True

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
    try:
        with contextlib.suppress(OSError):
            write_whole(note.file, json.dumps(asdict(note)))
        server.configure(
            server_address=host, server_port=port, server_headless=True, logger_level="error"
        )
        one = _Server(_config(server.make_app(host, mark, note.token, stop)), ready)
        one.run(sockets=[place])
    except KeyboardInterrupt:
        pass
    finally:
        place.close()
        note.file.unlink(missing_ok=True)
    _finish()


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, ws="websockets-sansio", log_config=None, log_level="critical", access_log=False,
        timeout_graceful_shutdown=3, server_header=False,
    )  # fmt: skip


def _warm() -> None:
    """Do what the first page needs while the browser is still opening; a page waits for it."""
    with contextlib.suppress(Exception):
        import ui.pages.overview  # noqa: F401
        from ui import state

        state.warm(state.served())


def _busy() -> list[threading.Thread]:
    here = threading.current_thread()
    return [one for one in threading.enumerate() if one is not here and not one.daemon]


def _finish() -> None:
    """Let what is being saved be saved."""
    end = time.monotonic() + SAVE_SECONDS
    for one in _busy():
        one.join(max(0.0, end - time.monotonic()))


def _end() -> None:
    """Leave at once if a page still calculates; a save is whole or did not happen in any case."""
    if _busy():
        sys.stdout.flush()
        os._exit(0)


def _browse(url: str) -> None:
    """Open a browser where there is a screen; a browser in the terminal would take it over."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform in ("win32", "darwin") or screen:
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(url)


# ---------------------------------------------------------------------------------- stop


def stop(folder: Path | None, port: int | None, *, say: Say) -> None:
    """
    Stop the servers that run: all of this user's, or those of a project or on a port.

    Raises
    ------
    ProjectError
        If one does not answer.
    """
    stopped = False
    for one in running():
        if folder is not None and one.project != mark_of(folder):
            continue
        if port is not None and one.port != port:
            continue
        stopped = _stop(one) or stopped
    say(t("serve.stopped" if stopped else "serve.nothing"))


def _stop(one: Running) -> bool:
    """End one server; False when its note was only left behind."""
    answer = _ask(one.host, one.port, "POST", "stop", one.token)
    if answer is None or answer[0] != 200:
        if _who(one.host, one.port) == one.project:
            raise ProjectError(t("serve.no_answer", port=one.port, pid=one.pid))
        one.file.unlink(missing_ok=True)
        return False
    end = time.monotonic() + STOP_SECONDS
    while one.file.exists() or _who(one.host, one.port) is not None:
        if time.monotonic() > end:
            raise ProjectError(t("serve.no_answer", port=one.port, pid=one.pid))
        time.sleep(0.1)
    return True


# ---------------------------------------------------------------------------------- who runs


def _notes() -> Path:
    folder = home() / "running"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def running() -> list[Running]:
    """Give the servers this user's folder tells of; damaged notes are passed over."""
    found = []
    for file in sorted(_notes().glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            one = Running(**json.loads(file.read_text(encoding="utf-8")))
            if one.file == file:
                found.append(one)
    return found


def _who(host: str, port: int) -> str | None:
    """
    Give the mark of the project a planner serves there; None where none answers.

    One that noted itself on that port may still be starting, and is given more time.
    """
    noted = any(one.port == port for one in running())
    answer = _ask(host, port, "GET", "alive", seconds=START_SECONDS if noted else ANSWER_SECONDS)
    if answer is None or answer[0] != 200:
        return None
    try:
        told = json.loads(answer[1])
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("program") != server.PROGRAM:
        return None
    return str(told.get("project", ""))


def _ask(
    host: str, port: int, method: str, name: str, token: str = "", seconds: float = START_SECONDS
) -> tuple[int, bytes] | None:
    """Ask one of our addresses on this computer; None when nobody answers in time."""
    at = "127.0.0.1" if host in server.ANY else host
    shown = f"[{at}]" if ":" in at else at
    lines = [f"{method} /{PREFIX}/{name} HTTP/1.0", f"Host: {shown}:{port}"]
    lines += [f"{server.TOKEN_HEADER}: {token}"] if token else []
    lines += ["Content-Length: 0", "", ""]
    try:
        with socket.create_connection((at, port), timeout=seconds) as line:
            line.sendall("\r\n".join(lines).encode())
            got = b""
            while len(got) < 65_536 and (part := line.recv(8_192)):
                got += part
    except OSError:
        return None
    head, _, body = got.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return None
    return int(words[1]), body
