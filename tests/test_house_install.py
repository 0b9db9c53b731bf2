"""The wheel carries all that a machine without the checkout needs, and starts there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

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


def test_an_installed_planner_answers(site):
    code = "import sys, ui.cli; sys.argv = ['village-planner', '--help']; ui.cli.main()"
    told = run(sys.executable, "-B", "-c", code, cwd=site, PYTHONPATH=str(site))
    assert "assess" in told
    assert (site / "bin" / "village-planner").exists() or (site / "Scripts").exists()
