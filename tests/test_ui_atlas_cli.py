import zipfile

import pytest

from layers.project import create_project
from works import inspection


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    listed = folder / "村名单.csv"
    rows = ["村代码,乡镇,村名,户数", "1,东镇,甲村,20", "2,东镇,乙村,30", "3,西镇,丙村,25"]
    listed.write_text("\n".join(rows), encoding="utf-8")
    project = create_project(folder / "county", name="青川县")
    project.import_file("villages", listed)
    return folder / "county"


def test_the_atlas_is_written_as_files(village_planner, county, tmp_path):
    out = tmp_path / "图册"
    done = village_planner("atlas", county, "--out", out, "--scope", "all", "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert sorted(one.name for one in out.iterdir()) == [
        "01-东镇.html",
        "02-西镇.html",
        "index.html",
    ]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "Internal - handle with care" in page
    # A list of names is enough: without places the map is a sentence.
    assert "No village has a place" in page
    assert "3" in done.out


def test_wrong_options_are_said(village_planner, county, tmp_path):
    for more in (["--township", "不存在镇"], ["--lang", "fr"]):
        done = village_planner("atlas", county, "--scope", "all", "--out", tmp_path / "a", *more)
        assert done.code == 2
        assert more[1] in done.err
        assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("x")
    assert village_planner("atlas", county, "--out", tmp_path / "file").code == 2
    lost = ("inspection", county, "--scope", "all", "--village", "没有")
    done = village_planner(*lost, "--out", tmp_path / "x.zip")
    assert done.code == 2
    assert not (tmp_path / "x.zip").exists()


def test_a_village_goes_into_a_folder_or_one_file(village_planner, county, tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "render", lambda *_: b"paper")
    monkeypatch.setattr(inspection, "drawings", lambda *_: [b"png"])
    # By its name, and by its code.
    asked = ("inspection", county, "--scope", "all", "--village")
    done = village_planner(*asked, "乙村", "--out", tmp_path / "x.zip")
    assert (done.code, done.err) == (0, "")
    with zipfile.ZipFile(tmp_path / "x.zip") as made:
        names = made.namelist()
    assert len(names) == 9
    done = village_planner(*asked, "2", "--out", tmp_path / "dir")
    assert done.code == 0
    written = [one for one in (tmp_path / "dir").rglob("*") if one.is_file()]
    assert sorted(one.relative_to(tmp_path / "dir").as_posix() for one in written) == sorted(names)
