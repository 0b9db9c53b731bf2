"""The quarantine: what a reader may not do, and one sentence for whatever goes wrong."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import layers.quarantine as module
from layers.errors import UsageError
from layers.quarantine import Quarantine, together
from layers.refusal import RefusalError

ROOT = Path(__file__).parents[1]
POINT = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "a"},'
    ' "geometry": {"type": "Point", "coordinates": [107.6, 35.7]}}]}'
)
VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{}</SrcDataSource>"
    "</OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as the product does: children of one's own, ended with the quarantine."""
    monkeypatch.setattr(module, "_shared", None)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder from which a reader called `misbehaves` is run in place of GeoJSON's."""
    package = tmp_path / "package"
    monkeypatch.setattr(module, "_shared", None)
    monkeypatch.setattr(module, "SECONDS", 3)
    boot = (
        "import sys; sys.path[:0] = sys.argv[3:]; import layers.reading as r; "
        f"r.__path__.insert(0, {str(package)!r}); "
        "from layers.reading.child import main; main(*sys.argv[1:3])"
    )
    monkeypatch.setattr(module, "_BOOT", boot)
    package.mkdir()
    return package


def misbehave(package: Path, body: str) -> None:
    lines = "\n    ".join(body.splitlines())
    (package / "geojson.py").write_text(
        "from layers.reading.answer import Answer\n"
        "import os, socket, subprocess, sys, time\n"
        "def told(value):\n"
        "    return Answer(facts={'told': value})\n"
        "def tried(act):\n"
        "    try:\n"
        "        act()\n"
        "    except BaseException as error:\n"
        "        return told(type(error).__name__)\n"
        "    return told('done')\n"
        f"def read(folder, file, asked):\n    {lines}\n",
        "utf-8",
    )


def run(tmp_path: Path) -> str:
    path = tmp_path / "a.geojson"
    path.write_text(POINT, "utf-8")
    with Quarantine() as quarantine:
        return str(quarantine.read(path).facts["told"])


# ---------------------------------------------------------------- what a reader may not do


@pytest.mark.parametrize(
    "act",
    [
        "return tried(lambda: open('/etc/passwd').read())",
        "return tried(lambda: open(os.path.expanduser('~/x'), 'w'))",
        "return tried(lambda: (folder.parent.parent / 'escaped').write_text('x'))",
        "return tried(lambda: os.listdir('/etc'))",
        "return tried(lambda: subprocess.run([sys.executable, '-c', 'pass']))",
        "return tried(lambda: os.system('true'))",
        "return tried(lambda: socket.create_connection(('127.0.0.1', 9), 1))",
        "return tried(lambda: socket.getaddrinfo('localhost', 80))",
        "return tried(lambda: __import__('ctypes').CDLL(None))",
    ],
)
def test_a_reader_reaches_nothing_but_its_folder(reader: Path, tmp_path: Path, act: str) -> None:
    misbehave(reader, act)
    assert run(tmp_path) == "PermissionError"


def test_a_reader_may_read_its_file_and_write_beside_it(reader: Path, tmp_path: Path) -> None:
    misbehave(reader, "(folder / 'x').write_text('y')\nreturn told(file.read_text()[:8])")
    assert run(tmp_path) == '{"type":'


def test_a_reader_does_not_learn_our_surroundings(
    reader: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_PASSWORD", "secret")
    misbehave(reader, "return told(os.environ.get('SOME_PASSWORD', 'unknown'))")
    assert run(tmp_path) == "unknown"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces are Linux's")
def test_a_reader_has_no_network_where_the_system_allows_it(reader: Path, tmp_path: Path) -> None:
    allowed = subprocess.run(
        [sys.executable, "-c", "import ctypes; print(ctypes.CDLL(None).unshare(0x50000000))"],
        capture_output=True,
        check=True,
    )
    if allowed.stdout.strip() != b"0":
        pytest.skip("this system gives no network of one's own")
    (reader / "geojson.py").write_text(
        "import socket\n"
        "from layers.reading.answer import Answer\n"
        "names = []\n"
        "def prepare():\n"
        "    names.extend(name for _, name in socket.if_nameindex())\n"
        "def read(folder, file, asked):\n"
        "    return Answer(facts={'told': names})\n",
        "utf-8",
    )
    assert run(tmp_path) in ("['lo']", "[]")


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("time.sleep(60)", "too_slow"),
        ("while True: pass", "too_slow"),
        ("os._exit(3)", "reader_stopped"),
        ("os.kill(os.getpid(), 11)", "reader_stopped"),
        ("os.abort()", "reader_stopped"),
        ("def deeper(n): return deeper(n + 1) + 1\ndeeper(0)", "too_deep"),
        ("raise KeyError('x')", "damaged"),
        ("raise MemoryError", "too_much_memory"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence(
    reader: Path, tmp_path: Path, act: str, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    misbehave(reader, act)
    begun = time.monotonic()
    with pytest.raises(RefusalError, match=r"^a\.geojson: [^\n]+\.$") as caught:
        run(tmp_path)
    assert caught.value.code == code
    assert time.monotonic() - begun < 10
    assert capfd.readouterr().err == ""
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_memory_is_limited(reader: Path, tmp_path: Path) -> None:
    misbehave(reader, "held = bytearray(3 << 30)\nreturn told(len(held))")
    with pytest.raises(RefusalError) as caught:
        run(tmp_path)
    assert caught.value.code == "too_much_memory"


def test_what_a_reader_prints_does_not_disturb(reader: Path, tmp_path: Path) -> None:
    misbehave(reader, "print('{}', flush=True)\nos.write(1, b'x\\n')\nreturn told('fine')")
    assert run(tmp_path) == "fine"


def test_a_false_table_is_not_believed(reader: Path, tmp_path: Path) -> None:
    misbehave(
        reader,
        "import pyarrow as pa\n"
        "ends = pa.py_buffer(b'\\x00\\x00\\x00\\x00\\x02\\x00\\x00\\x00')\n"
        "raw = pa.py_buffer(b'ab')\n"
        "made = pa.table({'a': pa.Array.from_buffers(pa.string(), 1, [None, ends, raw])})\n"
        "import layers.reading.child as child\n"
        "real = child.keep\n"
        "def keep(answer, folder):\n"
        "    told = real(answer, folder)\n"
        "    kept = bytearray((folder / 'answer.arrow').read_bytes())\n"
        "    at = kept.index(b'\\x00\\x00\\x00\\x00\\x02\\x00\\x00\\x00' + bytes(8))\n"
        "    kept[at + 4:at + 8] = b'\\xff\\xff\\xff\\x7f'\n"
        "    (folder / 'answer.arrow').write_bytes(bytes(kept))\n"
        "    return told\n"
        "child.keep = keep\n"
        "return Answer(made)",
    )
    path = tmp_path / "a.geojson"
    path.write_text(POINT, "utf-8")
    with Quarantine() as quarantine:
        assert quarantine.read(path).table["a"].tolist() == ["ab"]
        with pytest.raises(RefusalError) as caught:
            quarantine.read(path)
    assert caught.value.code == "reader_stopped"


# ---------------------------------------------------------------- children and folders


@pytest.mark.usefixtures("alone")
def test_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(POINT, "utf-8")
    with Quarantine() as quarantine:
        den = quarantine._den
        quarantine.read(path)
        quarantine.read(path)
        children = list(den._children.values())
        assert len(children) == 1
        assert children[0].alive
        assert den.folder.is_dir()
    assert not den.folder.exists()
    assert not children[0].alive


@pytest.mark.usefixtures("alone")
def test_what_a_broken_off_import_left_is_deleted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    for name, age in (("planner-read-old", 7 * 3600), ("planner-read-new", 60), ("other", 9**9)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "input.csv").write_text("x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with Quarantine():
        pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other", "planner-read-new"]


@pytest.mark.usefixtures("alone")
def test_a_child_is_used_for_one_import_only(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(POINT, "utf-8")
    pids = []
    for _ in range(2):
        with Quarantine() as quarantine:
            quarantine.read(path)
            pids += [c._process.pid for c in quarantine._den._children.values()]
    assert len(set(pids)) == 2


@pytest.mark.usefixtures("alone")
def test_a_series_of_our_own_files_shares_one_child_and_other_threads_do_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(POINT, "utf-8")
    dens: list[module._Den] = []

    def read() -> None:
        with Quarantine() as quarantine:
            quarantine.read(path)
            dens.append(quarantine._den)

    with together():
        read()
        read()
        (child,) = dens[0]._children.values()
        elsewhere = threading.Thread(target=read)
        elsewhere.start()
        elsewhere.join()
        with together():
            read()
        assert child.alive
        assert dens[0].folder.is_dir()
    assert dens[0] is dens[1] is dens[3] is not dens[2]
    assert not child.alive
    assert not dens[0].folder.exists()
    read()
    assert dens[4] is not dens[0]


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    with Quarantine() as quarantine:
        with pytest.raises(UsageError, match="is a folder"):
            quarantine.read(tmp_path)
        with pytest.raises(RefusalError, match="no such file"):
            quarantine.read(tmp_path / "x.csv")


def test_a_link_beside_a_shapefile_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.shp").write_bytes(b"\x00\x00\x27\x0a" + bytes(100))
    (tmp_path / "secret").write_bytes(b"x" * 100)
    with contextlib.suppress(OSError):
        (tmp_path / "a.dbf").symlink_to(tmp_path / "secret")
    with Quarantine() as quarantine, pytest.raises(RefusalError) as caught:
        quarantine.read(tmp_path / "a.shp")
    assert caught.value.code == "shp_no_table"


# ---------------------------------------------------------------- content, not names


@pytest.mark.parametrize(
    "suffix",
    [".geojson", ".json", ".shp", ".gpkg", ".kml", ".csv", ".xlsx", ".zip", ".tif", ".gpx"],
)
def test_a_disguised_vrt_never_opens_another_file(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "canary.csv").write_text("WKT,name\nPOINT (1 2),CANARY\n", "utf-8")
    path = tmp_path / f"a{suffix}"
    path.write_text(VRT.format(tmp_path / "canary.csv"), "utf-8")
    with Quarantine() as quarantine, pytest.raises(RefusalError, match=r"^a\.") as caught:
        quarantine.read(path)
    assert "CANARY" not in str(caught.value)


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server and the list of what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x", asked
    server.shutdown()
    server.server_close()


def test_no_address_in_a_file_is_ever_asked(tmp_path: Path, canary: tuple[str, list[str]]) -> None:
    url, asked = canary
    crs = {"type": "link", "properties": {"href": url, "type": "ogcwkt"}}
    (tmp_path / "a.geojson").write_text(json.dumps({**json.loads(POINT), "crs": crs}), "utf-8")
    name = {"type": "name", "properties": {"name": url}}
    (tmp_path / "b.geojson").write_text(json.dumps({**json.loads(POINT), "crs": name}), "utf-8")
    (tmp_path / "c.kml").write_text(
        "<kml><Document><NetworkLink><Link><href>" + url + "</href></Link></NetworkLink>"
        "<Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>",
        "utf-8",
    )
    codes = []
    with Quarantine() as quarantine:
        for file in ("a.geojson", "b.geojson", "c.kml"):
            raw = quarantine.read(tmp_path / file)
            codes.append([(note.code, note.severity) for note in raw.notes])
            assert raw.crs is None or file == "c.kml"
    assert codes == [[("crs_unknown", "warning")]] * 2 + [[("link_ignored", "warning")]]
    assert asked == []
