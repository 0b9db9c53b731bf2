"""The engine cases: tiny projects with answers computed by hand, run through the command line."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from conftest import SHARED, run_command

FOLDER = SHARED / "known_answers" / "engine_cases"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.toml"))

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder `shared` is not beside this checkout"
)


@pytest.fixture(scope="module")
def cases() -> ModuleType:
    """Load the cases' own runner, with the command called inside this process."""
    spec = importlib.util.spec_from_file_location("run_cases", FOLDER / "run_cases.py")
    assert spec is not None
    assert spec.loader is not None
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)

    def command(exe: object, args: list[str], cwd: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd)
            done = run_command(*args)
        if "Traceback" in done.err or done.code != 0:
            raise runner.Failure(f"{' '.join(args[:3])}: exit {done.code}: {done.err.strip()}")

    runner.command = command  # type: ignore[attr-defined]
    return runner


def test_there_are_cases():
    assert len(CASES) >= 18


@pytest.mark.parametrize("name", CASES)
def test_case(cases, name):
    assert cases.run_case(FOLDER / name, [], keep=False) == []


def test_a_wrong_figure_is_noticed(cases, tmp_path):
    # The runner above must be able to fail: 3 of 6 households met, and the copy expects 4.
    for path in (FOLDER / "01_toilet_count").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    expected = (tmp_path / "expected.csv").read_text(encoding="utf-8-sig")
    lines = expected.splitlines()
    head = lines[0].split(",")
    cells = lines[1].split(",")
    cells[head.index("met")] = "4"
    lines[1] = ",".join(cells)
    (tmp_path / "expected.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    problems = cases.run_case(tmp_path, [], keep=False)
    assert len(problems) == 1
    assert "4 expected" in problems[0]
