"""The house rules that no linter knows: sizes, quiet imports, no network, true documents."""

import ast
import functools
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ROOMS = ("layers", "geo", "works", "ui")
DOOR = ROOT / "streamlit_app.py"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 90
# Files that hold one subject in more lines, up to 500, each with its reason.
LONGER_FILES: dict[str, str] = {}

NETWORK_MODULES = {"aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib"} | {
    "urllib.request",
    "urllib3",
}
LOADS = re.compile(
    r"""\bsrc\s*=\s*\\?["']?https?://|<link\b[^>]*href\s*=\s*\\?["']?https?://
    |url\(\s*\\?["']?https?://|@import\s+["']https?://|\bfetch\(\s*["']https?://
    |/vsicurl|https?://(?:cdn\.|cdnjs|unpkg|code\.jquery|d3js|netdna)""",
    re.VERBOSE,
)
# Spelled in pieces, or this file would name what it forbids.
REGISTRIES = tuple(
    ".".join(pair)
    for pair in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb.debian", "org"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.])/" + "(work|root|home|farm|Users)" + r"/\w")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".yml", ".cfg", ".csv", ""}


def sources() -> list[Path]:
    """List the Python files of the four rooms and the door."""
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [*found, *([DOOR] if DOOR.exists() else [])]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imported(path: Path) -> list[str]:
    """List the modules a file imports, wherever in the file it does so."""
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
    return found


def tracked() -> list[Path]:
    """List the project's own text files; vendored scripts keep their authors' words."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / raw for raw in listed.stdout.decode("utf-8").split("\0") if raw]
    return [
        path
        for path in paths
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and "assets" not in path.parts
        and path.stat().st_size < 2_000_000
    ]


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_room_has_files():
    # Every other rule here loops over this list: an empty one would pass them all.
    for room in ROOMS:
        assert (ROOT / room / "__init__.py").is_file()
    assert len(sources()) > 20


@pytest.mark.parametrize("path", sources(), ids=name)
def test_files_and_functions_stay_readable(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (500 if name(path) in LONGER_FILES else MAX_FILE_LINES)
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert not long


# Our modules are imported twice: the first round brings in the libraries, whose start is theirs;
# in the second every write, connection and child process is ours. (Byte code is not written: -B.)
IMPORT_ALL = """
import importlib, json, os, sys, threading
modules, rooms = json.loads(sys.argv[1]), set(json.loads(sys.argv[2]))
for module in modules:
    importlib.import_module(module)
for module in [m for m in sys.modules if m.split(".")[0] in rooms]:
    del sys.modules[module]
deeds, threads, environment = [], threading.active_count(), dict(os.environ)
def watch(event, args):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove"}:
        deeds.append(f"{event} {args[:2]}")
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        deeds.append(f"writes {args[0]}")
sys.addaudithook(watch)
for module in modules:
    before = len(deeds)
    importlib.import_module(module)
    deeds[before:] = [f"{module}: {deed}" for deed in deeds[before:]]
if threading.active_count() != threads: deeds.append("a thread was started")
if dict(os.environ) != environment: deeds.append("the environment was changed")
print("DEEDS" + json.dumps(deeds))
"""


def test_importing_does_nothing(tmp_path):
    modules = [
        name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in sources()
        # The door is run by Streamlit, not imported; __main__ is run by `python -m`.
        if path != DOOR and path.name != "__main__.py"
    ]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{IMPORT_ALL}"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, json.dumps(modules), json.dumps(ROOMS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed, _, deeds = done.stdout.partition("DEEDS")
    assert json.loads(deeds) == []
    assert (printed, done.stderr, list(tmp_path.iterdir())) == ("", "", [])


def test_nobody_imports_the_door_and_the_door_knows_only_ui():
    for path in sources():
        assert not [m for m in imported(path) if m.split(".")[0] == "streamlit_app"], name(path)
    roots = {module.split(".")[0] for module in imported(DOOR)}
    assert "streamlit" in roots
    assert not roots & {"layers", "geo", "works", "folium", "geopandas", "pandas"}


def test_nothing_is_loaded_from_the_network():
    folders = [ROOT / room for room in ROOMS]
    pages = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".toml", ".svg", ".j2"}
    ]
    assert pages
    loads = [f"{name(p)}: {m[0]}" for p in pages for m in LOADS.finditer(p.read_text("utf-8"))]
    assert not loads
    callers = {name(p): sorted(NETWORK_MODULES & set(imported(p))) for p in sources()}
    assert not {path: modules for path, modules in callers.items() if modules}


def test_the_load_pattern_sees_a_load():
    address = "https" + "://"
    assert LOADS.search(f'<script src="{address}example.com/a.js">')
    assert LOADS.search(f"<link rel='stylesheet' href='{address}example.com/a.css'>")
    assert LOADS.search(f"background: url({address}example.com/a.png)")
    assert not LOADS.search(f'<a href="{address}example.com/licence">')


def test_no_registry_and_no_machine_path_is_named():
    named = []
    for path in tracked():
        for number, line in enumerate(path.read_text("utf-8", errors="replace").split("\n"), 1):
            if any(host in line for host in REGISTRIES) or MACHINE_PATH.search(line):
                named.append(f"{name(path)}:{number}")
    assert not named


def test_tests_lie_flat():
    # tests/geo/ would hide the package geo from every test.
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert not folders & {*ROOMS, "streamlit_app"}
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_pins_are_exact_and_meet_the_project():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        pin = Requirement(line)
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), line
        assert not pin.url, line
        pins[pin.name.lower().replace("_", "-")] = str(pin.specifier)[2:]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    for text in wanted:
        need = Requirement(text)
        pinned = pins.get(need.name.lower().replace("_", "-"))
        assert pinned is not None, f"{need.name} is not pinned"
        assert need.specifier.contains(pinned, prereleases=True), f"{need} but {pinned} is pinned"


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", documents(), ids=name)
def test_documents_name_make_commands_that_exist(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"(?:^\$ |`)make ([a-z-]+)", text, re.MULTILINE)
    assert set(used) <= make_targets()


def test_the_two_commands_are_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"run", "test"} <= set(re.findall(r"^\$ make ([a-z]+)", text, re.MULTILINE))
    assert {"run", "test", "bench", "format", "clean"} <= make_targets()


def documented_calls(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """List every `village-planner COMMAND ... --option` a document shows, as (command, options)."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    command = r"(?:^\$ |`)(?:\S*/)?village-planner (standard [a-z]+|[a-z]+)([^\n`#]*)"
    shown = re.findall(command, text, re.MULTILINE)
    return [(command, tuple(re.findall(r"--[a-z][a-z-]*", rest))) for command, rest in shown]


@pytest.mark.parametrize("path", documents(), ids=name)
def test_documents_show_commands_and_options_that_exist(path, village_planner):
    for command, options in documented_calls(path):
        told = village_planner(*command.split(), "--help")
        assert told.code == 0, f"{name(path)} shows `village-planner {command}`"
        absent = [option for option in options if option not in told.out]
        assert not absent, f"{name(path)} shows {absent} for {command}"


def test_the_readme_shows_the_main_job():
    commands = {command for command, _ in documented_calls(ROOT / "README.md")}
    assert {"import", "assess", "worklist"} <= commands


@pytest.mark.parametrize("path", documents(), ids=name)
def test_tables_in_documents_are_toml(path):
    for block in re.findall(r"^```toml\n(.*?)^```", path.read_text("utf-8"), re.M | re.S):
        assert tomllib.loads(block)


@pytest.mark.parametrize("path", documents(), ids=name)
def test_links_and_pictures_are_there(path):
    text = path.read_text(encoding="utf-8")
    links = [m for m in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in m]
    assert not [link for link in links if not (path.parent / link).exists()]
