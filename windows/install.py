"""Install the planner from the wheels beside this file: whole, or not at all.

Run at every start by the Python in the folder ``python``; when all is in place it does nothing and
says nothing. It knows only the standard library, since nothing else is there yet. It asks no
network, needs no administrator and changes nothing outside its own folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PIN = re.compile(r"^(?:# )?(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)
MARKER = "bundle.sha256"
# Streamlit takes itself for its own workshop, and will not start, unless a folder is called so.
PACKAGES = "site-packages"
# Windows programs without the administrator's permission for more see paths up to here.
LONGEST_PATH = 259
# pip unpacks into this much longer a path than `lib` itself before it moves the folders there.
PIP_DETOUR = len(r"lib.tmp\pip-target-12345678\lib\python") + 1
RUN_PIP = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)"
)
# The planner's own words are not installed yet, so the few of this step stand here.
WORDS = {
    "first": "正在安装，大约需要两三分钟。请不要关闭这个窗口……",
    "done": "安装完成，正在启动……",
    "wait": "另一个窗口正在安装，请稍候……",
    "python": "python 文件夹：这是 Python {found}，需要 64 位的 Python {needed}。"
    "请按“使用说明.txt”第二步换上正确的文件。",
    "pth": "python 文件夹：里面没有 python311._pth。请按“使用说明.txt”第二步重新放入。",
    "pins": "wheels 文件夹：缺少 pins.txt。请把压缩包重新完整解压一次。",
    "wheel": "wheels 文件夹：{name} 缺失或已损坏。请把压缩包重新完整解压一次。",
    "long": "本文件夹的路径太长，Windows 放不下。请把它移到例如 D:\\乡村建设 再启动。",
    "space": "磁盘空间不足：还需要约 {need} MB。请清理后重新启动，或把本文件夹移到别的盘。",
    "running": "程序正在运行，不能更新。请先双击“停止.bat”，再启动。",
    "readonly": "本文件夹不能写入（{why}）。请把整个文件夹复制到本机硬盘上再启动。",
    "pip": "安装没有成功，原来的程序没有改动。原因写在“安装记录.txt”里，请把它发给制作人。",
}


class InstallError(Exception):
    """One sentence for the person at the computer."""


def say(text: str) -> None:
    """Print a line; signs the console does not know become question marks, never an error."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)


def python_paths(text: str) -> str:
    """Add the planner's folder to the list of folders the embeddable Python looks in.

    Parameters
    ----------
    text : str
        What ``python311._pth`` says now.

    Returns
    -------
    str
        What it shall say; the same for a text that was changed before.
    """
    lib = rf"..\lib\{PACKAGES}"
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in kept if line not in {lib, "import site"} and not line.startswith("#")]
    return "\n".join([*kept, lib, "import site", ""])


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is the old one or the new one, never a half."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(text.encode("utf-8"))
    part.replace(path)


def untold(folder: Path) -> list[Path]:
    """List the files in which the Python of `folder` has still to be told where the planner is.

    Raises
    ------
    InstallError
        If that Python is there but has no such file.
    """
    files = sorted(folder.glob("python3*._pth"))
    if not files and (folder / "python.exe").exists():
        raise InstallError(WORDS["pth"])
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    return [path for path, text in texts.items() if python_paths(text) != text]


def check_python(version: tuple[int, int], bits: int) -> None:
    """Refuse a Python for which these wheels are not made.

    Raises
    ------
    InstallError
        Naming the Python that is there and the one that is needed.
    """
    if (version, bits) != ((3, 11), 64):
        found = f"{version[0]}.{version[1]}（{bits} 位）"
        raise InstallError(WORDS["python"].format(found=found, needed="3.11"))


def check_wheels(wheels: Path) -> list[Path]:
    """Find every wheel of the list by its checksum; what an older bundle left is not among them.

    Returns
    -------
    list of Path
        The wheels, first the one of pip.

    Raises
    ------
    InstallError
        Naming the first wheel that is absent or damaged.
    """
    bundle_version(wheels)
    held = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in wheels.glob("*.whl")}
    found = []
    for name, version, digest in PIN.findall((wheels / "pins.txt").read_text(encoding="ascii")):
        if digest not in held:
            raise InstallError(WORDS["wheel"].format(name=f"{name} {version}"))
        found.append(held[digest])
    return found


def bundle_version(wheels: Path) -> str:
    """Work out the version of this bundle: the checksum of its list of wheels."""
    pins = wheels / "pins.txt"
    if not pins.is_file():
        raise InstallError(WORDS["pins"])
    return hashlib.sha256(pins.read_bytes()).hexdigest()


def in_place(base: Path) -> bool:
    """Tell whether the planner of this very bundle is installed and its Python finds it."""
    marker = base / "lib" / MARKER
    if untold(base / "python"):
        return False
    return marker.is_file() and marker.read_text("ascii") == bundle_version(base / "wheels")


def measure(wheels: Iterable[Path]) -> tuple[int, int]:
    """Measure what wheels become: bytes on disk, and letters of the longest path inside."""
    size = longest = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as held:
            for item in held.infolist():
                size += item.file_size
                longest = max(longest, len(item.filename))
    return size, longest


def check_room(base: Path, wheels: Iterable[Path]) -> None:
    """Refuse a folder that is too deep, or a disk that is too full.

    Raises
    ------
    InstallError
        With what to do about it.
    """
    size, longest = measure(wheels)
    if os.name == "nt" and len(str(base)) + 1 + PIP_DETOUR + longest > LONGEST_PATH:
        raise InstallError(WORDS["long"])
    need = size * 11 // 10
    if shutil.disk_usage(base).free < need:
        raise InstallError(WORDS["space"].format(need=need // 1_000_000 + 1))


def move(old: Path, new: Path) -> None:
    """Rename a folder; a virus scanner may hold it for a moment, so ask more than once."""
    for wait in (0.2, 0.5, 1, 2, 0):
        try:
            old.rename(new)
        except PermissionError:
            if not wait:
                raise InstallError(WORDS["running"]) from None
            time.sleep(wait)
        else:
            return


def run_pip(base: Path, installer: Path, target: Path, temporary: Path) -> None:
    """Let the wheel of pip install all the others; what it says goes into a file.

    Raises
    ------
    InstallError
        If it did not end well.
    """
    wheels = base / "wheels"
    line = [sys.executable, "-X", "utf8", "-s", "-c", RUN_PIP, str(installer)]
    line += ["--isolated", "--no-input", "--disable-pip-version-check", "--no-cache-dir"]
    line += ["install", "--no-index", "--find-links", str(wheels), "--no-deps", "--no-compile"]
    line += ["--only-binary=:all:", "--require-hashes", "--requirement", str(wheels / "pins.txt")]
    line += ["--target", str(target), "--progress-bar", "off"]
    # Unpacked on the same disk, the folders are renamed into place and not copied a second time.
    here = dict.fromkeys(("TMP", "TEMP", "TMPDIR"), str(temporary))
    done = subprocess.run(
        line, env={**os.environ, **here}, capture_output=True, text=True, encoding="utf-8",
        errors="replace", check=False,
    )  # fmt: skip
    write_whole(base / "安装记录.txt", "\ufeff" + done.stdout + done.stderr)
    if done.returncode:
        raise InstallError(WORDS["pip"])


def lend_runtime(lib: Path, python: Path) -> None:
    """Put the newest C++ runtime of the wheels beside the embeddable Python, which lacks it.

    Most wheels carry their own under a changed name; numba expects that Windows has it, and an
    office computer may not.
    """
    found = sorted((lib / PACKAGES).glob("*.libs/msvcp140-*.dll"), key=_file_version)
    if found and (python / "python.exe").exists():
        data, place = found[-1].read_bytes(), python / "msvcp140.dll"
        if not place.exists() or place.read_bytes() != data:
            part = place.with_suffix(".part")
            part.write_bytes(data)
            part.replace(place)


def _file_version(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    at = data.find(b"\xbd\x04\xef\xfe")
    high, low = struct.unpack_from("<II", data, at + 8) if at >= 0 else (0, 0)
    return int(high), int(low)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one window install at a time; the lock goes with the process that holds it."""
    with path.open("a+b") as stream:
        told = False
        while not _lock(stream.fileno()):
            if not told:
                say(WORDS["wait"])
            told = True
            time.sleep(0.5)
        yield


def _lock(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(number, 0, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def swap(base: Path, target: Path) -> None:
    """Put the finished folder in the place of the old one, or leave the old one there."""
    lib, old = base / "lib", base / "lib.old"
    if lib.exists():
        move(lib, old)
    try:
        move(target, lib)
    except (OSError, InstallError):
        if old.exists():
            old.rename(lib)
        raise
    shutil.rmtree(old, ignore_errors=True)


def install(base: Path) -> bool:
    """Bring the folder in order.

    Parameters
    ----------
    base : Path
        The folder of the bundle.

    Returns
    -------
    bool
        True if something was installed, False if all was in place.

    Raises
    ------
    InstallError
        With one sentence, and the old `lib` untouched.
    """
    lib, target, old = (base / name for name in ("lib", "lib.part", "lib.old"))
    temporary = base / "lib.tmp"
    if in_place(base):
        # A Python that was put in anew lacks what the first one was lent.
        lend_runtime(lib, base / "python")
        return False
    with alone(base / "install.lock"):
        # A start that was cut off between two renames left the old planner under its second name.
        if old.exists() and not lib.exists():
            move(old, lib)
        for path in untold(base / "python"):
            write_whole(path, python_paths(path.read_text(encoding="utf-8")))
        if in_place(base):
            return False
        say(WORDS["first"])
        wheels = check_wheels(base / "wheels")
        check_room(base, wheels)
        for folder in (target, temporary, old):
            shutil.rmtree(folder, ignore_errors=True)
        if lib.exists():
            # A running planner holds its folder. Better to hear it now than after three minutes.
            move(lib, old)
            move(old, lib)
        try:
            temporary.mkdir()
            run_pip(base, wheels[0], target / PACKAGES, temporary)
            # The starters in bin name this very folder, and nothing here calls them.
            shutil.rmtree(target / PACKAGES / "bin", ignore_errors=True)
            lend_runtime(target, base / "python")
            write_whole(target / MARKER, bundle_version(base / "wheels"))
            swap(base, target)
        finally:
            for folder in (target, temporary):
                shutil.rmtree(folder, ignore_errors=True)
    say(WORDS["done"])
    return True


def main() -> int:
    """Install beside this file; 0 done, 1 with one sentence said."""
    # Not resolve(): it would turn a drive letter of the office network into its long server name.
    base = Path(os.path.abspath(__file__)).parent  # noqa: PTH100
    try:
        if sys.platform == "win32":
            check_python(sys.version_info[:2], struct.calcsize("P") * 8)
        install(base)
    except InstallError as told:
        say(str(told))
        return 1
    except OSError as error:
        say(WORDS["readonly"].format(why=error.strerror or type(error).__name__))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
