"""The Windows zip: laid out, zipped and installed here as far as a computer without Windows can."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pip
import pytest
from packaging.requirements import Requirement

from ui.folders import PROJECTS
from windows import bundle, dlls, install, wheels

ROOT = Path(__file__).parents[1]
FOLDER = "测试 & 文件夹 (1)!%TEMP%^x"
DISTLIB = Path(pip.__file__).parent / "_vendor" / "distlib"
PTH = "python311.zip\n.\n\n# Uncomment to run site.main() automatically\n#import site\n"
PTH_DONE = "python311.zip\n.\n..\\lib\\site-packages\nimport site\n"


def wheel_of(folder: Path, name: str, version: str, needs: tuple[str, ...] = (), **files: bytes):
    """Make a small wheel; `files` are its modules."""
    info = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{info}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    with zipfile.ZipFile(path, "w") as made:
        for module, body in files.items():
            made.writestr(f"{module}.py", body)
        made.writestr(f"{info}.dist-info/METADATA", "\n".join(lines) + "\n")
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        made.writestr(f"{info}.dist-info/WHEEL", tags)
        made.writestr(f"{info}.dist-info/RECORD", "")
    return path


@pytest.fixture(scope="module")
def pip_wheel(tmp_path_factory):
    """Pack the environment's own pip as the wheel it came from."""
    site = Path(pip.__file__).parents[1]
    path = tmp_path_factory.mktemp("pip") / f"pip-{pip.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        for folder in (site / "pip", site / f"pip-{pip.__version__}.dist-info"):
            for one in sorted(folder.rglob("*")):
                if one.is_file() and "__pycache__" not in one.parts:
                    made.write(one, one.relative_to(site).as_posix())
    return path


@pytest.fixture(scope="module")
def own_wheel(tmp_path_factory):
    return bundle.build_own(tmp_path_factory.mktemp("own"))


@pytest.fixture
def laid(tmp_path, own_wheel, pip_wheel):
    """Lay out a bundle that holds our wheel and one more."""
    folder = tmp_path / FOLDER
    other = wheel_of(tmp_path, "neighbour", "1.0", neighbour=b"ANSWER = 1\n")
    bundle.lay_out(folder, {"village-planner": own_wheel, "neighbour": other}, pip_wheel, None)
    (folder / "python" / "python311._pth").write_text(PTH, encoding="utf-8")
    return folder


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what 启动.bat does first."""
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-s", str(folder / "install.py")],
        cwd=folder.parent,
        # What somebody once told another pip on this computer does not matter here.
        env={**os.environ, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_USER": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def files(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}


def replace_neighbour(folder: Path, version: str, body: bytes) -> Path:
    """Bring a bundle with another version of a wheel, as unzipping a newer one over it does."""
    wheel = wheel_of(folder / "wheels", "neighbour", version, neighbour=body)
    pins = folder / "wheels" / "pins.txt"
    line = f"neighbour=={version} --hash=sha256:{wheels.sha256(wheel)}"
    pins.write_text(re.sub(r"(?m)^neighbour==.*$", line, pins.read_text("ascii")), "ascii")
    return wheel


# ---------------------------------------------------------------------------- the installer


def test_the_first_start_installs_and_the_second_does_nothing(laid):
    first = start(laid)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [install.WORDS["first"], install.WORDS["done"]]
    packages = laid / "lib" / "site-packages"
    assert (packages / "ui" / "cli.py").is_file()
    assert (packages / "neighbour.py").is_file()
    assert not (packages / "pip").exists()
    assert not (packages / "bin").exists()
    assert {p.name for p in laid.iterdir() if p.name.startswith("lib")} == {"lib"}
    before = files(laid)
    second = start(laid)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert files(laid) == before


@pytest.mark.long
def test_an_updated_bundle_installs_anew(laid):
    start(laid)
    replace_neighbour(laid, "2.0", b"ANSWER = 2\n")
    # What an older pip left behind does not confuse the step.
    (laid / "wheels" / "pip-1.0-py3-none-any.whl").write_bytes(b"")
    (laid / "lib.part" / "site-packages").mkdir(parents=True)
    (laid / "lib.part" / "site-packages" / "half.py").touch()
    assert start(laid).stdout.splitlines() == [install.WORDS["first"], install.WORDS["done"]]
    packages = laid / "lib" / "site-packages"
    assert "2" in (packages / "neighbour.py").read_text("utf-8")
    assert not (packages / "neighbour-1.0.dist-info").exists()
    assert not (packages / "half.py").exists()


def test_a_damaged_wheel_is_named_and_leaves_the_old_planner(laid):
    start(laid)
    wheel = replace_neighbour(laid, "2.0", b"ANSWER = 2\n")
    before = files(laid / "lib")
    wheel.write_bytes(wheel.read_bytes()[:200])
    told = start(laid)
    assert (told.returncode, told.stderr) == (1, "")
    assert told.stdout.splitlines()[1:] == [install.WORDS["wheel"].format(name="neighbour 2.0")]
    wheel.unlink()
    assert "neighbour 2.0" in start(laid).stdout
    assert files(laid / "lib") == before
    assert not (laid / "lib.part").exists()


def test_a_failing_pip_leaves_the_old_planner_and_a_record(laid):
    start(laid)
    before = files(laid / "lib")
    # Its checksum is right, and yet it is no wheel: only pip notices.
    wheel = replace_neighbour(laid, "2.0", b"")
    wheel.write_bytes(b"no zip")
    pins = laid / "wheels" / "pins.txt"
    digest = wheels.sha256(wheel)
    pins.write_text(re.sub(r"(?<=neighbour==2.0 ).*", f"--hash=sha256:{digest}", pins.read_text()))
    monkey = (
        (laid / "install.py").read_text("utf-8").replace("        check_room(base, wheels)\n", "")
    )
    (laid / "install.py").write_text(monkey, "utf-8")
    told = start(laid)
    assert told.stdout.splitlines()[1:] == [install.WORDS["pip"]]
    assert (told.returncode, told.stderr) == (1, "")
    assert "neighbour" in (laid / "安装记录.txt").read_text("utf-8-sig")
    assert files(laid / "lib") == before
    assert not [p.name for p in laid.iterdir() if p.name.startswith("lib.")]


def test_a_start_cut_off_between_the_renames_is_mended(laid):
    start(laid)
    (laid / "lib").rename(laid / "lib.old")
    (laid / "lib.part").mkdir()
    told = start(laid)
    assert (told.returncode, told.stdout) == (0, "")
    assert (laid / "lib" / "site-packages" / "ui").is_dir()


def test_a_failed_second_rename_puts_the_old_planner_back(tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "old").touch()
    monkeypatch.setattr(install.time, "sleep", lambda seconds: None)
    move = Path.rename

    def rename(self, new):
        if self.name == "lib.part":
            raise PermissionError(13, "held by a scanner")
        return move(self, new)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(install.InstallError, match="停止"):
        install.swap(tmp_path, tmp_path / "lib.part")
    assert (tmp_path / "lib" / "old").exists()


def test_two_windows_install_once(laid):
    line = [sys.executable, "-X", "utf8", str(laid / "install.py")]
    pair = [
        subprocess.Popen(line, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for _ in range(2)
    ]
    told = [one.communicate(timeout=120)[0] for one in pair]
    assert [one.returncode for one in pair] == [0, 0]
    assert "".join(told).count(install.WORDS["done"]) == 1


def test_the_installed_planner_is_found_by_a_python_with_such_a_file(laid):
    # Every Python reads a ._pth file that lies beside it; so this one plays the embeddable.
    start(laid)
    program = laid / "python" / "python.exe"
    shutil.copy(Path(sys.executable).resolve(), program)
    standard = Path(os.__file__).parent
    lines = [str(standard), str(standard / "lib-dynload"), "../lib/site-packages", "import site"]
    program.with_name("python.exe._pth").write_text("\n".join(lines), encoding="utf-8")
    code = "import layers.errors, neighbour, sys; print(neighbour.__file__, sys.flags.isolated)"
    done = subprocess.run(
        [str(program), "-X", "utf8", "-s", "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == f"{laid}/lib/site-packages/neighbour.py 1".split()


def test_the_list_of_folders_of_the_embeddable_python(laid):
    assert install.python_paths(PTH) == PTH_DONE
    assert install.python_paths(PTH_DONE) == PTH_DONE
    start(laid)
    assert (laid / "python" / "python311._pth").read_bytes() == PTH_DONE.encode()


def test_a_python_without_its_list_or_of_another_version_is_refused(tmp_path):
    (tmp_path / "python.exe").touch()
    with pytest.raises(install.InstallError, match=r"python311\._pth"):
        install.untold(tmp_path)
    install.check_python((3, 11), 64)
    for version, bits in (((3, 12), 64), ((3, 11), 32)):
        with pytest.raises(install.InstallError, match=rf"{version[0]}\.{version[1]}（{bits} 位）"):
            install.check_python(version, bits)


def test_no_room_and_no_right_to_write_are_one_sentence(laid, monkeypatch, capsys):
    full = shutil.disk_usage(laid)._replace(free=1_000_000)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda base: full)
    monkeypatch.setattr(install, "__file__", str(laid / "install.py"))
    assert install.main() == 1
    assert "磁盘空间不足" in capsys.readouterr().out.splitlines()[-1]

    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(install, "alone", denied)
    assert install.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        install.WORDS["readonly"].format(why="Permission denied")
    ]
    assert not (laid / "lib").exists()


def test_the_newest_runtime_is_lent_to_the_embeddable_python(tmp_path):
    def runtime(name: str, minor: int) -> bytes:
        path = tmp_path / "lib" / "site-packages" / f"{name}.libs" / f"msvcp140-{name}.dll"
        path.parent.mkdir(parents=True)
        fixed = b"\xbd\x04\xef\xfe" + b"\0" * 4 + bytes([minor, 0, 14, 0]) + bytes(4)
        path.write_bytes(b"MZ" + fixed + name.encode())
        return path.read_bytes()

    runtime("a", 40), runtime("c", 38)
    newest = runtime("b", 44)
    python = tmp_path / "python"
    python.mkdir()
    install.lend_runtime(tmp_path / "lib", python)
    assert not list(python.iterdir())
    (python / "python.exe").touch()
    install.lend_runtime(tmp_path / "lib", python)
    assert (python / "msvcp140.dll").read_bytes() == newest


# ---------------------------------------------------------------------------- what lies in it


def test_the_batch_files_are_ascii_and_quote_every_path(laid):
    for name in ("启动.bat", "停止.bat"):
        data = (laid / name).read_bytes()
        text = data.decode("ascii")
        assert data.count(b"\n") == data.count(b"\r\n") > 10
        assert text.startswith("@echo off\r\n")
        # A bare %~dp0 would break at a space, an ampersand or a bracket in the folder's name.
        places = [m.start() for m in re.finditer("%~dp0", text)]
        assert places
        for place in places:
            line = text[text.rfind("\n", 0, place) + 1 :].split("\r\n")[0]
            assert re.search(r'"%~dp0[\w.*\\-]*"', line), line
            assert len(re.findall("%~dp0", line)) == len(re.findall(r'"%~dp0[\w.*\\-]*"', line))
        assert 'set "PYTHONUTF8=1"' in text
        assert "pause" in text
        # A bracketed block would be read at once, and a bracket in a path would close it.
        assert not re.search(r"(?m)\($", text)
        labels = set(re.findall(r"(?m)^:(\w+)", text))
        assert set(re.findall(r"goto (\w+)", text)) <= labels
        assert not re.search(r"(?i)setx|reg add|runas|chcp", text)
    assert b"-m ui.cli serve\r\n" in (laid / "启动.bat").read_bytes()
    assert b"-m ui.cli serve --stop\r\n" in (laid / "停止.bat").read_bytes()


def test_the_instructions_say_every_step_and_leave_nothing_open(laid):
    data = (laid / "使用说明.txt").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    text = data.decode("utf-8-sig")
    for step in (
        "解压", "启动.bat", "停止.bat", "Edge", "http://127.0.0.1:8501", "更新程序", "换一台电脑",
        "管理员", bundle.EMBED, PROJECTS.name,
    ):  # fmt: skip
        assert step in text, step
    assert not re.search(r"TODO|XXX|\{|\}|<[a-z]", text)
    named = set(re.findall(r"[“ ]([\w]+\.(?:bat|txt))", text)) - {"安装记录.txt"}
    assert named == {"启动.bat", "停止.bat", "使用说明.txt"} & named
    assert all((laid / name).exists() for name in named)


def test_the_installer_knows_only_the_standard_library():
    text = (ROOT / "windows" / "install.py").read_text("utf-8")
    modules = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    assert modules <= sys.stdlib_module_names


def test_the_zip_holds_what_was_laid_out_and_is_the_same_twice(laid, tmp_path):
    one, two = tmp_path / "一.zip", tmp_path / "二.zip"
    bundle.zip_folder(laid, one)
    os.utime(laid / "install.py", (1e9, 1e9))
    bundle.zip_folder(laid, two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as held:
        assert held.testzip() is None
        names = held.namelist()
        assert names == sorted(names)
        assert {name.split("/")[0] for name in names} == {"乡村建设规划"}
        inner = {name.partition("/")[2] for name in names}
        assert {"install.py", "启动.bat", "停止.bat", "使用说明.txt", "wheels/pins.txt"} <= inner
        assert {n for n in inner if n.endswith(".whl")} == {
            f"wheels/{path.name}" for path in (laid / "wheels").glob("*.whl")
        }
        # Without this flag Windows reads the names in its own code page.
        assert all(i.flag_bits & 0x800 for i in held.infolist())
    assert not one.with_suffix(".part").exists()


def embeddable(path: Path, *, leave_out: str = "", program: str = "t64.exe", **extra: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        inner = {name: (DISTLIB / program).read_bytes() for name in ("python.exe", "python311.dll")}
        inner |= {"python311._pth": PTH.encode(), **{k: v.encode() for k, v in extra.items()}}
        for name, data in inner.items():
            if name != leave_out:
                made.writestr(name, data)
    return path


def test_the_given_python_is_put_in_and_told_where_the_planner_is(tmp_path):
    bundle.put_python(embeddable(tmp_path / "python.zip"), tmp_path / "python")
    assert (tmp_path / "python" / "python.exe").is_file()
    assert (tmp_path / "python" / "python311._pth").read_bytes() == PTH_DONE.encode()


def test_a_wrong_python_is_refused_with_the_right_name(tmp_path):
    text = tmp_path / "text.zip"
    text.write_text("no zip")
    for wrong, why in (
        (tmp_path / "absent.zip", "no such file"),
        (text, "no zip file"),
        (embeddable(tmp_path / "1.zip", leave_out="python311.dll"), "python311.dll is not in it"),
        (embeddable(tmp_path / "2.zip", leave_out="python311._pth"), "python311._pth is not in"),
        (embeddable(tmp_path / "3.zip", program="t32.exe"), "not for 64-bit Windows"),
        (embeddable(tmp_path / "4.zip", program="t64-arm.exe"), "not for 64-bit Windows"),
        (embeddable(tmp_path / "5.zip", **{"../out.txt": ""}), "leads out"),
    ):
        with pytest.raises(bundle.BundleError, match=rf"^{wrong.name}: .*{why}.*{bundle.EMBED}"):
            bundle.put_python(wrong, tmp_path / "python")
    assert not (tmp_path / "python").exists()


# ---------------------------------------------------------------------------- which wheels


def test_the_closure_is_what_windows_needs_and_no_more(tmp_path):
    for args in (
        ("click", "8.0", ("colorama; sys_platform == 'win32'", "fcntl-x; os_name == 'posix'")),
        ("web", "1.0", ("Click>=8", "speed; extra == 'fast'", "docs; extra == 'doc'")),
        ("colorama", "0.4", ()),
        ("speed", "3.0", ("web",)),
    ):
        wheel_of(tmp_path, *args)
    own = wheel_of(tmp_path, "ours", "1", ("web[fast]>=1", "old; python_version < '3.11'"))
    text = "# pins\nclick==8.0\nweb==1.0\nColorama==0.4 ; sys_platform == 'win32'\nspeed==3.0\n"
    pins = wheels.read_pins(text + "pytest==9.0\nuvloop==1.0 ; sys_platform != 'win32'\n")
    assert "uvloop" not in pins
    fetch = wheels.downloader(tmp_path)
    assert set(wheels.closure(own, pins, fetch)) == {"click", "colorama", "speed", "web"}
    with pytest.raises(wheels.BundleError, match=r"colorama is not pinned.*click needs it"):
        wheels.closure(own, {k: v for k, v in pins.items() if k != "colorama"}, fetch)
    with pytest.raises(wheels.BundleError, match=r"7\.0 is pinned, and web needs >=8"):
        wheels.closure(own, {**pins, "click": "7.0"}, fetch)


def test_a_missing_wheel_is_told_by_its_name(tmp_path, monkeypatch):
    told = "ERROR: No matching distribution found for numba==0.1\n"
    failed = subprocess.CompletedProcess([], 1, "", told)
    monkeypatch.setattr(wheels, "pip", lambda *args: failed)
    with pytest.raises(wheels.BundleError, match=r"^numba==0\.1: there is no wheel for 64-bit"):
        wheels.downloader(tmp_path)(["click==8.0", "numba==0.1"])


def test_every_runtime_need_of_the_project_is_pinned_for_windows(own_wheel):
    pins = wheels.read_pins((ROOT / "requirements.txt").read_text("utf-8"))
    needs = wheels.needs_of(own_wheel)
    assert {"tzdata", "streamlit"} <= {need.name for need in needs}
    for need in needs:
        wheels.check_pin("village-planner", need, pins)


def test_an_installed_folder_tells_what_it_lacks(tmp_path):
    lib = tmp_path / "lib"
    for name, needs in (("click", ("colorama; sys_platform == 'win32'",)), ("web", ("click>=9",))):
        with zipfile.ZipFile(wheel_of(tmp_path, name, "8.0", needs)) as held:
            held.extractall(lib)
    assert wheels.unmet(lib) == ["colorama, needed by click", "click>=9, needed by web"]


def test_markers_are_those_of_the_office_computer():
    assert wheels.applies(Requirement("a; platform_machine == 'AMD64' and os_name == 'nt'"))
    assert not wheels.applies(Requirement("a; python_version >= '3.12' or extra == 'b'"))
    assert wheels.applies(Requirement("a; extra == 'b'"), ("b",))


# ---------------------------------------------------------------------------- program files


def test_program_files_tell_their_processor_and_what_they_load():
    data = (DISTLIB / "t64.exe").read_bytes()
    assert dlls.machine(data) == dlls.AMD64
    assert dlls.machine((DISTLIB / "t64-arm.exe").read_bytes()) not in (0, dlls.AMD64)
    assert dlls.machine(b"MZ" + bytes(100)) == dlls.machine(b"") == 0
    assert "kernel32.dll" in dlls.loads(data)


def test_what_a_bare_windows_could_not_load_is_told(tmp_path, monkeypatch):
    (tmp_path / "good.pyd").write_bytes((DISTLIB / "t64.exe").read_bytes())
    assert dlls.faults(tmp_path) == []
    (tmp_path / "arm.dll").write_bytes((DISTLIB / "t64-arm.exe").read_bytes())
    (tmp_path / "mac.dylib").touch()
    assert dlls.faults(tmp_path) == [
        "mac.dylib is for another system",
        "arm.dll is for another processor",
    ]
    (tmp_path / "arm.dll").unlink()
    (tmp_path / "mac.dylib").unlink()
    needs = ["kernel32.dll", "msvcp140.dll", "own.dll"]
    monkeypatch.setattr(dlls, "loads", lambda data: needs)
    assert dlls.faults(tmp_path) == [
        "good.pyd loads msvcp140.dll, which nobody brings",
        "good.pyd loads own.dll, which nobody brings",
    ]
    for name in ("own.dll", "msvcp140-1a2b.dll"):
        (tmp_path / name).write_bytes((DISTLIB / "t64.exe").read_bytes())
    assert dlls.faults(tmp_path) == []
