"""Work out which wheels the planner needs on 64-bit Windows, and fetch exactly the pinned ones."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

PYTHON = "3.11"
# The last 3.11 for which the Python site offers an embeddable zip.
PYTHON_FULL = "3.11.9"
TARGET = (
    "--only-binary=:all:", "--platform", "win_amd64",
    "--python-version", PYTHON, "--implementation", "cp",
)  # fmt: skip
WINDOWS = {
    "implementation_name": "cpython",
    "implementation_version": PYTHON_FULL,
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_release": "10",
    "platform_system": "Windows",
    "platform_version": "10.0.19045",
    "python_full_version": PYTHON_FULL,
    "python_version": PYTHON,
    "sys_platform": "win32",
}

Fetch = Callable[[list[str]], Mapping[str, Path]]


class BundleError(Exception):
    """One sentence for the maker: what was found, and what to do."""


def applies(need: Requirement, extras: Iterable[str] = ()) -> bool:
    """Tell whether a requirement holds on the office PC.

    Parameters
    ----------
    need : Requirement
        A line of a wheel's metadata or of the pins, with its marker.
    extras : iterable of str
        The extras asked of the package that has this need.

    Returns
    -------
    bool
        True without a marker, else what the marker says of Windows.
    """
    if need.marker is None:
        return True
    return any(need.marker.evaluate({**WINDOWS, "extra": one}) for one in ("", *extras))


def read_pins(text: str) -> dict[str, str]:
    """Read the pins that hold on Windows.

    Parameters
    ----------
    text : str
        What requirements.txt says.

    Returns
    -------
    dict of str to str
        Version by canonical package name.
    """
    lines = [line.strip() for line in text.splitlines()]
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if applies(pin)
    }


def needs_of(wheel: Path, extras: Iterable[str] = ()) -> list[Requirement]:
    """List what a wheel needs on Windows.

    Parameters
    ----------
    wheel : Path
        A wheel file.
    extras : iterable of str
        Extras asked of it.

    Returns
    -------
    list of Requirement
        Its needs, in the order of its metadata.
    """
    with zipfile.ZipFile(wheel) as held:
        inner = [name for name in held.namelist() if name.endswith(".dist-info/METADATA")]
        return _needs(held.read(min(inner, key=len)), extras)


def unmet(lib: Path) -> list[str]:
    """List what the packages of an installed `lib` need on Windows and do not find there.

    Parameters
    ----------
    lib : Path
        The folder the wheels were installed into.

    Returns
    -------
    list of str
        ``need, of package``; empty if all is there.
    """
    texts = {path.parent: path.read_bytes() for path in sorted(lib.glob("*.dist-info/METADATA"))}
    have = {
        canonicalize_name(name): Version(version)
        for name, version in (path.name.removesuffix(".dist-info").split("-") for path in texts)
    }
    return [
        f"{need.name}{need.specifier}, needed by {path.name.split('-')[0]}"
        for path, text in texts.items()
        for need in _needs(text)
        if canonicalize_name(need.name) not in have
        or not need.specifier.contains(have[canonicalize_name(need.name)], prereleases=True)
    ]


def _needs(metadata: bytes, extras: Iterable[str] = ()) -> list[Requirement]:
    lines = BytesParser().parsebytes(metadata).get_all("Requires-Dist", [])
    return [need for need in map(Requirement, lines) if applies(need, extras)]


def closure(own: Path, pins: Mapping[str, str], fetch: Fetch) -> dict[str, Path]:
    """Fetch all that our wheel needs, and what that needs in turn, read from the wheels themselves.

    Parameters
    ----------
    own : Path
        The planner's wheel.
    pins : mapping of str to str
        Version by canonical name.
    fetch : callable
        Gets ``name==version`` lines, gives the wheel of each canonical name.

    Returns
    -------
    dict of str to Path
        Wheel by canonical name, ours not among them.

    Raises
    ------
    BundleError
        If a need has no pin, or its pin is not what the wheel asks for.
    """
    have: dict[str, Path] = {}
    asked: set[tuple[str, str]] = set()
    todo = [(own.name.split("-")[0], need) for need in needs_of(own)]
    while todo:
        for parent, need in todo:
            check_pin(parent, need, pins)
        wanted = sorted({canonicalize_name(need.name) for _, need in todo} - have.keys())
        have.update(fetch([f"{name}=={pins[name]}" for name in wanted]) if wanted else {})
        following: list[tuple[str, Requirement]] = []
        for _, need in todo:
            name = canonicalize_name(need.name)
            for extra in ("", *sorted(need.extras)):
                if (name, extra) not in asked:
                    asked.add((name, extra))
                    following += [(name, one) for one in needs_of(have[name], (extra,))]
        todo = following
    return dict(sorted(have.items()))


def check_pin(parent: str, need: Requirement, pins: Mapping[str, str]) -> None:
    """Compare a need with the pins.

    Parameters
    ----------
    parent : str
        Who has the need.
    need : Requirement
        The need.
    pins : mapping of str to str
        Version by canonical name.

    Raises
    ------
    BundleError
        If it has no pin, or its pin is not what is asked for.
    """
    version = pins.get(canonicalize_name(need.name))
    if version is None:
        msg = (
            f"requirements.txt: {need.name} is not pinned for Windows, and {parent} needs it. "
            f"Add its pin."
        )
        raise BundleError(msg)
    if not need.specifier.contains(version, prereleases=True):
        msg = (
            f"requirements.txt, {need.name}: {version} is pinned, and {parent} needs "
            f"{need.specifier}. Change the pin."
        )
        raise BundleError(msg)


def pip(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the environment's pip.

    Parameters
    ----------
    *args : str
        Its command line.

    Returns
    -------
    CompletedProcess
        With what it printed.
    """
    line = [sys.executable, "-m", "pip", *args, "--disable-pip-version-check", "--no-input"]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8", check=False)


def downloader(folder: Path) -> Fetch:
    """Give a `fetch` that keeps what it fetched in a folder, so a second run fetches nothing.

    Parameters
    ----------
    folder : Path
        Where the wheels go.

    Returns
    -------
    callable
        For `closure`.
    """

    def fetch(pins: list[str]) -> Mapping[str, Path]:
        here = _held(folder, pins)
        absent = [pin for pin in pins if pin.partition("==")[0] not in here]
        if absent:
            done = pip("download", "--quiet", "--no-deps", *TARGET, "--dest", str(folder), *absent)
            if done.returncode:
                raise BundleError(_why(done.stderr, absent))
        return _held(folder, pins)

    return fetch


def _held(folder: Path, pins: Iterable[str]) -> dict[str, Path]:
    split = [pin.partition("==") for pin in pins]
    wanted = {(name, Version(version)) for name, _, version in split}
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        if (name, version) in wanted:
            found[str(name)] = path
    return found


def _why(told: str, asked: list[str]) -> str:
    missing = re.findall(r"No matching distribution found for (\S+)", told)
    if missing:
        return (
            f"{missing[0]}: there is no wheel for 64-bit Windows and Python {PYTHON}. "
            f"Pin a version that has one in requirements.txt."
        )
    last = (told.strip().splitlines() or ["no reason was given"])[-1]
    return f"{asked[0]} and the like: could not be fetched ({last}). Check the connection."


def sha256(path: Path) -> str:
    """Work out the checksum of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pin_lines(wheels: Mapping[str, Path], installer: Path) -> str:
    """Write the list the office PC installs from: every wheel with its checksum.

    Parameters
    ----------
    wheels : mapping of str to Path
        Wheel by canonical name, ours among them.
    installer : Path
        pip's own wheel; it is checked like the others and not installed.

    Returns
    -------
    str
        Lines that pip reads; the installer's is a comment to it.
    """

    def line(path: Path) -> str:
        name, version, _, _ = parse_wheel_filename(path.name)
        return f"{name}=={version} --hash=sha256:{sha256(path)}"

    return "\n".join(["# " + line(installer), *(line(wheels[name]) for name in sorted(wheels)), ""])
