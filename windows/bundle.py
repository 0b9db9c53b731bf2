"""Make the Windows zip: ``python -m windows.bundle [--python-embed FILE] [--out FILE]``."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from windows.dlls import AMD64, faults, machine
from windows.install import LONGEST_PATH, PACKAGES, PIP_DETOUR, measure, python_paths
from windows.wheels import (
    PYTHON_FULL,
    TARGET,
    BundleError,
    closure,
    downloader,
    pin_lines,
    pip,
    read_pins,
    unmet,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = "village-planner"
NAME = "乡村建设规划"
ZIP = ROOT / "dist" / f"{NAME}-windows.zip"
EMBED = f"python-{PYTHON_FULL}-embed-amd64.zip"
# The installer's own version is no pin of the planner's: the environment has its own pip.
PIP = "pip==26.3"
# What lies beside what: the file here, and its name and ending of lines at the office.
TEXTS = {
    "start.bat": ("启动.bat", "ascii"),
    "stop.bat": ("停止.bat", "ascii"),
    "readme.txt": ("使用说明.txt", "utf-8-sig"),
    "install.py": ("install.py", "utf-8"),
}
# A folder as deep as this must still do: D:\工具\乡村建设规划 has 12 letters, a desktop 60.
ROOM_FOR_FOLDER = 60
EPOCH = (1980, 1, 1, 0, 0, 0)


def build_own(folder: Path) -> Path:
    """Build the planner's own wheel.

    Parameters
    ----------
    folder : Path
        Where it goes; older ones there are removed.

    Returns
    -------
    Path
        The wheel.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("village_planner-*.whl"):
        old.unlink()
    line = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(line, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("village_planner-*.whl")
    return built


def lay_out(folder: Path, wheels: Mapping[str, Path], installer: Path, embed: Path | None) -> None:
    """Put the bundle together as it will lie on the office PC, without fetching anything.

    Parameters
    ----------
    folder : Path
        An empty or new folder.
    wheels : mapping of str to Path
        Wheel by canonical name, ours among them.
    installer : Path
        The wheel of pip.
    embed : Path or None
        The embeddable Python's zip, if the maker has it.

    Raises
    ------
    BundleError
        If that zip is not what is needed.
    """
    (folder / "wheels").mkdir(parents=True)
    (folder / "python").mkdir()
    for path in (installer, *wheels.values()):
        shutil.copyfile(path, folder / "wheels" / path.name)
    (folder / "wheels" / "pins.txt").write_bytes(pin_lines(wheels, installer).encode("ascii"))
    for source, (name, encoding) in TEXTS.items():
        text = (HERE / source).read_text(encoding="utf-8")
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode(encoding))
    if embed is None:
        told = f"请把 {EMBED} 里的全部文件解压到这个文件夹。\r\n详见“使用说明.txt”第二步。\r\n"
        (folder / "python" / "这里放入Python.txt").write_bytes(told.encode("utf-8-sig"))
    else:
        put_python(embed, folder / "python")


def put_python(embed: Path, folder: Path) -> None:
    """Unpack the embeddable Python and tell it where the planner will be.

    Parameters
    ----------
    embed : Path
        Its zip, as it comes from the Python site.
    folder : Path
        Where its files go.

    Raises
    ------
    BundleError
        If it is no zip, not the embeddable Python 3.11, or not for 64-bit Windows.
    """
    advice = f"Give the file {EMBED} from the Python site."
    if not embed.is_file():
        msg = f"{embed.name}: no such file. {advice}"
        raise BundleError(msg)
    if not zipfile.is_zipfile(embed) or embed.read_bytes()[:2] != b"PK":
        msg = f"{embed.name}: this is no zip file. {advice}"
        raise BundleError(msg)
    with zipfile.ZipFile(embed) as held:
        names = set(held.namelist())
        absent = [n for n in ("python.exe", "python311.dll", "python311._pth") if n not in names]
        if absent:
            msg = f"{embed.name}: {absent[0]} is not in it. {advice}"
            raise BundleError(msg)
        if machine(held.read("python311.dll")) != AMD64:
            msg = f"{embed.name}: it is not for 64-bit Windows (amd64). {advice}"
            raise BundleError(msg)
        if any(name.startswith("/") or ".." in Path(name).parts for name in names):
            msg = f"{embed.name}: a name in it leads out of its folder. {advice}"
            raise BundleError(msg)
        held.extractall(folder)
    paths = folder / "python311._pth"
    paths.write_bytes(python_paths(paths.read_text(encoding="utf-8")).encode("utf-8"))


def zip_folder(folder: Path, target: Path) -> None:
    """Zip a folder below one top folder: same content, same bytes.

    Parameters
    ----------
    folder : Path
        What `lay_out` made.
    target : Path
        The zip; replaced whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as made:
        for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
            if path.is_dir():
                continue
            item = zipfile.ZipInfo(f"{NAME}/{path.relative_to(folder).as_posix()}", EPOCH)
            # Wheels are packed already; packing them again costs time and gains nothing.
            packed = path.suffix == ".whl"
            item.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            item.external_attr = 0o100644 << 16
            made.writestr(item, path.read_bytes())
    part.replace(target)


def check(folder: Path) -> list[str]:
    """Install a bundle's wheels as the office PC will, into a path with Chinese and spaces.

    Parameters
    ----------
    folder : Path
        What `lay_out` made.

    Returns
    -------
    list of str
        What was found good, line by line.

    Raises
    ------
    BundleError
        Naming what is missing or would not load.
    """
    with tempfile.TemporaryDirectory() as held:
        lib = Path(held) / "测试 文件夹 (1)" / "lib" / PACKAGES
        # pip reads the markers of this computer's system; what only Windows needs is on the list,
        # and `closure` read it from the same wheels.
        done = pip(
            "install", "--quiet", "--no-index", "--find-links", str(folder / "wheels"),
            "--target", str(lib), *TARGET, "--no-compile",
            "--require-hashes", "--requirement", str(folder / "wheels" / "pins.txt"),
        )  # fmt: skip
        if done.returncode:
            msg = f"The wheels do not install by themselves: {_last(done.stderr)}"
            raise BundleError(msg)
        absent = unmet(lib)
        if absent:
            msg = f"{absent[0]}: no wheel of it is in the bundle. Look at windows/wheels.py."
            raise BundleError(msg)
        wrong = faults(lib)
        if wrong:
            msg = f"{wrong[0]} ({len(wrong)} in all). Pin another version in requirements.txt."
            raise BundleError(msg)
        installed = len(list(lib.glob("*.dist-info")))
        programs = sum(1 for p in lib.rglob("*") if p.suffix.lower() in {".pyd", ".dll"})
    size, longest = measure((folder / "wheels").glob("*.whl"))
    if PIP_DETOUR + longest + ROOM_FOR_FOLDER > LONGEST_PATH:
        msg = f"A path inside the wheels has {longest} letters, too long for Windows. Pin another."
        raise BundleError(msg)
    return [
        f"{installed} packages install with no index, {size / 1e6:.0f} MB unpacked",
        f"{programs} program files are for 64-bit Windows, and each finds what it loads",
        f"the folder may lie up to {LONGEST_PATH - PIP_DETOUR - longest - 1} letters deep",
    ]


def _last(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.startswith("ERROR")]
    return (lines or ["no reason was given"])[-1].removeprefix("ERROR: ")


def make(target: Path, embed: Path | None, kept: Path) -> list[str]:
    """Fetch, lay out, check and zip.

    Parameters
    ----------
    target : Path
        The zip.
    embed : Path or None
        The embeddable Python's zip.
    kept : Path
        Where fetched wheels stay for the next time.

    Returns
    -------
    list of str
        What was made and found good.

    Raises
    ------
    BundleError
        With one sentence; the old zip stays.
    """
    own, fetch = build_own(kept), downloader(kept / "wheels")
    pins = read_pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    wheels = {**closure(own, pins, fetch), OURS: own}
    (installer,) = fetch([PIP]).values()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held) / NAME
        lay_out(folder, wheels, installer, embed)
        told = check(folder)
        zip_folder(folder, target)
    size = target.stat().st_size / 1e6
    python = "with Python" if embed else f"without Python: {EMBED} goes into its folder python"
    return [f"{target.name}: {len(wheels)} wheels, {size:.0f} MB, {python}", *told]


def main() -> int:
    """Read the command line and make the zip; 0 made, 1 with one sentence."""
    parser = argparse.ArgumentParser(prog="windows.bundle", description=__doc__)
    parser.add_argument("--python-embed", type=Path, help=f"the file {EMBED}")
    parser.add_argument("--out", type=Path, default=ZIP)
    asked = parser.parse_args()
    try:
        told = make(asked.out, asked.python_embed, ROOT / "build" / "windows")
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
