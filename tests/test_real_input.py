"""Real districts, from files to results: a camp from three kinds of file, Gulu in a wrong zone."""

import csv
import json
from pathlib import Path

import pyogrio
import pytest
from hand import LONG

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
ZAATARI = Path("data") / "zaatari_d1_d6"
KINDS = {
    "gpkg": ("zaatari_d1_d6.gpkg", ("--sub-layer", "households")),
    "csv": ("raw/Households_2017_04.csv", ()),
    "xlsx": ("raw/households.xlsx", ()),
}


def card(folder):
    with (folder / "scorecard.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sums(rows, target):
    """Amounts of the whole district, things in no known block included."""
    mine = [r for r in rows if r["level"] == "county" and r["target_id"] == target]
    return {key: sum(int(r[key]) for r in mine) for key in ("amount", "met", "unmet", "unknown")}


@pytest.fixture(scope="module")
def camp(shared, tmp_path_factory):
    """Import the camp with the households of one kind of file and assess it."""
    from conftest import run_command

    made = {}

    def make(kind):
        if kind in made:
            return made[kind]
        folder = tmp_path_factory.mktemp(kind)
        source = shared / ZAATARI / "zaatari_d1_d6.gpkg"

        def take(layer, file, *options):
            done = run_command("import", folder / "camp", layer, file, *options, "--json")
            assert done.code == 0, done.err
            return done.json()

        heads = ("BLOCK_CODE=id", "NAME_EN=name", "DISTRICT=township")
        take("villages", source, "--sub-layer", "blocks", *(x for h in heads for x in ("--map", h)))
        name, options = KINDS[kind]
        report = take("households", shared / ZAATARI / name, *options)
        if kind == "gpkg":
            take("garbage_sites", source, "--sub-layer", "garbage_bins")
        else:
            take("garbage_sites", shared / ZAATARI / "raw/GarbageBins_2016_10.csv")
        for layer, inner in (("facilities", "facilities"), ("public_toilets", "wash_blocks")):
            take(layer, source, "--sub-layer", inner)
        out = folder / "out"
        done = run_command("assess", folder / "camp", "--standard", EXAMPLES / "zaatari.toml",
                           "--out", out)  # fmt: skip
        assert done.code == 0, done.err
        made[kind] = (report, out, folder / "camp")
        return made[kind]

    return make


@pytest.mark.parametrize("kind", KINDS if LONG else ["xlsx"])
def test_zaatari_gives_the_published_shares(camp, kind):
    # the shares are of the 6,378 unique houses with a sane position; the other 15 stay unknown
    _, out, _ = camp(kind)
    rows = card(out)
    shares = {"bin-100m": 99.9, "school-500m": 78.5, "health-500m": 93.7, "water-500m": 51.6}
    for target, published in shares.items():
        found = sums(rows, target)
        assert found["amount"] == 6393
        assert found["unknown"] == 6393 - 6378
        assert round(100 * found["met"] / (found["met"] + found["unmet"]), 1) == published
    toilets = sums(rows, "toilet-200m")
    assert toilets["met"] == 0
    assert toilets["unmet"] == 6393


def test_zaatari_median_distance_to_a_bin(camp):
    from geo.reaching.straight import nearest
    from layers.cache import load
    from layers.places import shapes_of
    from layers.project import open_project

    _, _, folder = camp("gpkg")
    data = load(open_project(folder))
    assert data.crs.to_epsg() == 32637
    homes, bins = (shapes_of(data.frames[n]) for n in ("households", "garbage_sites"))
    away = sorted(d for d in nearest(homes, bins).distance_m if d < 1e9)
    assert len(away) == 6378
    assert round(away[len(away) // 2], 1) == pytest.approx(35.5, abs=0.06)


@pytest.mark.parametrize("kind", KINDS if LONG else ["xlsx"])
def test_zaatari_faults_are_findings_and_not_counted_twice(camp, kind):
    report, _, _ = camp(kind)
    rows = {f["code"]: f["rows"] for f in report["findings"]}
    assert len(rows["repeated_id"]) == 264
    assert len(rows["missing_position"]) == 16
    assert len(rows["far_position"]) == 1
    assert report["rows_read"] == 6657
    assert report["rows_stored"] + len(rows["repeated_id"]) == 6657


def test_the_three_files_give_the_same_scorecard(camp):
    cards = [card(camp(kind)[1]) for kind in KINDS if LONG or kind != "gpkg"]
    assert all(one == cards[0] for one in cards[1:])


def test_gulu_is_measured_in_the_zone_of_the_place(shared, village_planner, tmp_path):
    source = shared / "data" / "gulu_uganda" / "gulu.gpkg"
    project, out = tmp_path / "gulu", tmp_path / "out"
    for layer, inner in (
        ("villages", "area"), ("households", "buildings_mit_points"), ("roads", "roads"),
    ):  # fmt: skip
        done = village_planner("import", project, layer, source, "--sub-layer", inner, "--json")
        assert done.code == 0, done.err
    assert "crs_wrong" in {f["code"] for f in done.json()["findings"]}
    done = village_planner("assess", project, "--standard", EXAMPLES / "gulu.toml", "--out", out)
    assert done.code == 0, done.err
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told["crs"] == "EPSG:32636"
    found = told["targets"]["road-500m"]
    assert found["amount"] == 26946
    assert round(100 * found["met"] / found["amount"], 1) == 71.1


def test_every_geojson_and_the_project_open_with_gdal(camp):
    _, out, folder = camp("gpkg")
    for name in ("gaps", "survey", "worklist"):
        frame = pyogrio.read_dataframe(out / f"{name}.geojson")
        assert len(frame)
        assert frame.crs.to_epsg() == 4326
        placed = frame[frame.geometry.notna()]
        # what is to be surveyed are the houses without a position: they have none to give
        assert len(placed) == (0 if name == "survey" else len(frame[frame["position"] != "none"]))
        if len(placed):
            west, south, east, north = placed.total_bounds
            assert 36.2 < west < east < 36.4
            assert 32.2 < south < north < 32.4
    info = pyogrio.read_info(folder / "project.gpkg", layer="households")
    assert info["features"] == 6393
    assert info["crs"] == "EPSG:32637"


def test_the_whole_chain_on_two_excel_files(village_planner, tmp_path):
    # a name list and a toilet ledger, nothing else: no crash, no false zero
    import openpyxl

    def book(name, *rows):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        made.save(tmp_path / name)
        return tmp_path / name

    names = book("村名单.xlsx", ("乡镇", "村名"), ("东沟镇", "王家庄村"), ("西山镇", "南坡村"))
    ledger = book(
        "户厕台账.xlsx",
        ("2023年户厕台账", None, None, None, None),
        ("户编号", "乡镇", "行政村", "是否常住", "厕所类型", "厕所是否使用"),
        ("H1", "东沟镇", "王家庄", "是", "三格式", "是"),
        ("H2", "东沟镇", "王家庄", "是", "普通旱厕", "是"),
        ("H3", "东沟镇", "王家庄", "是", "三格式", None),
        ("H4", "东沟镇", "王家庄", None, "三格式", "是"),
    )
    project, out = tmp_path / "county", tmp_path / "out"
    assert village_planner("new", project, "--villages", names).code == 0
    done = village_planner(
        "import", project, "households", ledger, "--blank", "toilet_defects=none"
    )
    assert done.code == 0, done.err
    done = village_planner("assess", project, "--scope", "all", "--out", out)
    assert done.code == 0, done.err
    rows = {(r["unit_name"], r["target_id"]): r for r in card(out) if r["level"] == "village"}
    # H1 met, H2 unmet (a plain dry pit), H3 in use or not?, H4 resident or not?
    first = rows[("王家庄村", "sanitary-toilet")]
    assert [first[k] for k in ("amount", "met", "unmet", "unknown")] == ["4", "1", "1", "2"]
    # nobody is listed in 南坡村, and it declares nobody: no share, least of all 0 %
    nobody = rows[("南坡村", "sanitary-toilet")]
    assert nobody["share_low"] == ""
    gaps = json.loads((out / "gaps.geojson").read_text("utf-8"))["features"]
    survey = json.loads((out / "survey.geojson").read_text("utf-8"))["features"]
    assert survey
    assert {f["properties"]["position"] for f in gaps + survey} == {"none"}
    assert all(f["geometry"] is None for f in gaps + survey)
    assert "王家庄村" in (out / "report.html").read_text("utf-8")
