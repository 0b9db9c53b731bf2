"""The wheel carries all that a machine without the checkout needs, and starts there."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pandas
import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("layers", "geo", "works", "ui")
TABLES = ("standards", "costs", "demo")


def run(*args: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        args,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("village_planner-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """Install the wheel alone, with no index to ask, away from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
    run(*pip, "--disable-pip-version-check", "--target", str(folder), str(wheel), cwd=folder)
    return folder


def files(folder: Path) -> set[str]:
    """List the files below a folder that belong to the project, by their path from the root."""
    assert folder.is_dir(), f"{folder.name} is missing"
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_rooms(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    assert "streamlit_app.py" in held
    for room in ROOMS:
        assert files(ROOT / room) <= held


def test_the_wheel_holds_schemas_words_and_assets(wheel):
    held = zipfile.ZipFile(wheel).namelist()
    assert "layers/words/terms.toml" in held
    assert "layers/schemas/villages.toml" in held
    assert [path for path in held if path.startswith("ui/assets/") and path.endswith(".js")]


def test_the_wheel_holds_the_tables_of_data(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    assert "layers/data/standards/qingyang-2023.toml" in held
    assert "layers/data/scopes.toml" in held
    assert "layers/data/help.toml" in held
    for table in TABLES:
        # what a demo project makes while it is looked at stays on this computer
        kept = {p for p in files(ROOT / "data" / table) if "/cache/" not in p}
        assert {f"layers/{path}" for path in kept} <= held


def test_the_wheel_holds_nothing_else(wheel):
    tops = {path.split("/")[0] for path in zipfile.ZipFile(wheel).namelist()}
    info = {top for top in tops if top.endswith(".dist-info")}
    assert tops - info == {*ROOMS, "streamlit_app.py"}


def test_an_installed_planner_reads_its_own_tables(site):
    code = "from layers.facts import data_dir; print(data_dir().resolve())"
    told = run(sys.executable, "-B", "-c", code, cwd=site, PYTHONPATH=str(site)).strip()
    assert Path(told) == (site / "layers" / "data").resolve()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """
    Install the wheel into an environment of its own, away from the checkout.

    The libraries are lent by this environment: a path named in a .pth file is searched, but the
    .pth files lying there, such as the one that names the checkout, are not read.
    """
    folder = tmp_path_factory.mktemp("环境 1")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "env"), cwd=folder)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = next(scripts.glob("python*"))
    own = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))",
                   cwd=folder).strip())  # fmt: skip
    lent = Path(pandas.__file__).parents[1]
    (own / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet")
    flags = ("--no-index", "--no-deps", "--disable-pip-version-check", "--force-reinstall")
    run(*pip, *flags, str(wheel), cwd=folder)
    return next(scripts.glob("village-planner*"))


def test_an_installed_planner_makes_assesses_and_serves_the_demo_county(installed, tmp_path):
    kept = {"VILLAGE_PLANNER_HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = str(installed)
    run(command, "demo", "county", "--villages", "3", "--households", "200", cwd=tmp_path, **kept)
    run(command, "assess", "county", "--out", "results", cwd=tmp_path, **kept)
    told = json.loads((tmp_path / "results" / "summary.json").read_text(encoding="utf-8"))
    assert told["conservation"]["ok"] is True
    assert told["villages"] == 3
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [command, "serve", "--no-browser", "--port", str(port)],
        cwd=tmp_path, env={**os.environ, **kept}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
                    assert b"<title>" in answer.read()
                    break
            except OSError:
                assert time.monotonic() < end, "it does not answer"
                assert server.poll() is None, "it has ended"
                time.sleep(0.3)
    finally:
        server.terminate()
        server.wait(20)


def test_an_installed_planner_has_the_look_of_its_pages(site):
    code = (
        "from ui import server; server.configure(server_port=1); "
        "from streamlit import config; "
        "print(config.get_option('theme.primaryColor'), "
        "config.get_option('server.fileWatcherType'),"
        " config.get_option('browser.gatherUsageStats'), server.__file__)"
    )
    told = run(sys.executable, "-B", "-c", code, cwd=site.parent, PYTHONPATH=str(site)).split()
    assert told[:3] == ["#1F4E79", "none", "False"]
    assert Path(told[3]).parent == site / "ui"


def test_an_installed_planner_answers(site):
    code = "import sys, ui.cli; sys.argv = ['village-planner', '--help']; ui.cli.main()"
    told = run(sys.executable, "-B", "-c", code, cwd=site, PYTHONPATH=str(site))
    assert "assess" in told
    assert (site / "bin" / "village-planner").exists() or (site / "Scripts").exists()
