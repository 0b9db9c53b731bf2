"""What lists may show beside their items, from an assessment; and papers of the demo county."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hand import at, field, judged, line, project
from paper_hand import handed

from layers.project import open_project
from layers.tasks.store import MemoryStore, Said
from ui.run import assess_project
from works.export import public
from works.figures import text
from works.handout.look import as_public, look_of
from works.handout.order import order_docx
from works.handout.printed import printed_html
from works.library import load_costs
from works.tasks.register import register
from works.worklist import worklist

ROOT = Path(__file__).parents[1]
TOILET = {
    "id": "toilet",
    "title": {"zh": "户厕", "en": "Toilets"},
    "subjects": "households",
    "measure": "attribute",
    "column": "piped_water",
    "one_of": [True],
    "goal": "1",
    "work": {"kind": "water-connection"},
}
SITES = {
    "id": "sites",
    "subjects": "garbage_sites",
    "measure": "attribute",
    "column": "zone",
    "one_of": ["key"],
    "goal": "1",
    "work": {"kind": "keeper-named"},
}


def small():
    """Make two villages, a household in each, a garbage site and two roads, and judge them."""
    town = {"township": "东镇"}
    home = {"piped_water": False}
    left, right = field(0, 0, 1000, 1000), field(1000, 0, 2000, 1000)
    street, lane = line((0, 500), (1500, 500)), line((100, 0), (100, 400))
    data = project(
        villages=[
            {"id": "v2", "name": "乙村", "geometry": right, **town},
            {"id": "v1", "name": "甲村", "geometry": left, **town},
        ],
        households=[
            {"id": "h1", "village_id": "v1", "head": "王某某", "geometry": at(200, 300), **home},
            {"id": "h2", "village_id": "v2", "head": "王某", "geometry": at(1200, 300), **home},
        ],
        garbage_sites=[{"id": "g1", "name": "收集点", "zone": "other", "geometry": at(500, 500)}],
        roads=[
            {"id": "r1", "name": "主街", "class": "village_main", "geometry": street},
            {"id": "r2", "name": "巷", "class": "lane", "geometry": lane},
        ],
    )
    return judged(data, TOILET, SITES)


def kept(found):
    """Keep the whole work list of an assessment in memory and give its items."""
    store = MemoryStore()
    with store.writing() as writer:
        register(writer, found, worklist(found, load_costs()), Said("", "assess"))
    return list(store.items().values())


def test_what_a_list_may_show_comes_from_the_assessment():
    found = small()
    shown = look_of(found)
    assert (shown.project, shown.as_of, shown.standard) == ("county", found.as_of, "s@1")
    assert shown.order == ("v2", "v1")
    assert shown.villages.crs.to_epsg() == shown.roads.crs.to_epsg() == 4326
    assert dict(zip(shown.villages["id"], shown.villages["name"], strict=True)) == {
        "v1": "甲村",
        "v2": "乙村",
    }
    assert shown.villages.to_crs(4545).area.tolist() == pytest.approx([1e6, 1e6], rel=1e-6)
    assert dict(zip(shown.roads["name"], shown.roads["main"], strict=True)) == {
        "主街": True,
        "巷": False,
    }
    assert shown.homes == shown.named == {"toilet"}
    assert shown.target("toilet", "en") == "Toilets"
    assert shown.target("gone", "en") == "gone"
    assert shown.level("village", "zh") == "行政村"
    assert not shown.demo
    assert shown.centres.keys() == {"v1", "v2"}


def test_villages_without_outlines_give_a_look_without_maps():
    data = project(
        villages=[{"id": "v1", "name": "甲村"}], households=[{"id": "h1", "village_id": "v1"}]
    )
    shown = look_of(judged(data, TOILET))
    assert shown.villages is None
    assert shown.roads is None
    assert not shown.centres


def test_the_version_for_everybody_is_that_of_the_exports():
    found = small()
    work = worklist(found, load_costs())
    open_list = public(found, work).set_index("work_id")
    items = as_public(kept(found), look_of(found))
    assert len(items) == 3
    for one in items:
        row = open_list.loc[one["work_id"]]
        assert text(one["subject_name"]) == text(row["subject_name"])
        assert one["position"] == row["position"]
        places = [float(one["lon"]), float(one["lat"])], [row["lon"], row["lat"]]
        assert np.allclose(*places, atol=2e-7)


# ------------------------------------------------------------------ the demo county


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("paper") / "demo"
    shutil.copytree(ROOT / "data" / "demo", folder, ignore=shutil.ignore_patterns("snapshots"))
    found = assess_project(open_project(folder))
    return kept(found), look_of(found)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_papers_of_the_demo_hold_every_item_once_and_no_whole_name(demo, lang):
    items, shown = demo
    listed = handed(list_no="QD")
    assert shown.demo
    chosen = items[::20]
    assert len(chosen) > 100
    page = printed_html(chosen, listed, shown, lang).decode()
    with zipfile.ZipFile(io.BytesIO(order_docx(chosen, listed, shown, lang))) as packed:
        letter = packed.read("word/document.xml").decode()
    for paper in (page, letter):
        told = re.findall(r">([^<>]+-\d{3,})<", paper)
        assert sorted(told) == sorted(one["work_no"] for one in chosen)
        assert not re.search(r"王某", paper)
        assert "王**" in paper
    # Every place of the list lies on the map of its village.
    dots = re.findall(r'class="m-dot" cx="([\d.-]+)" cy="([\d.-]+)"', page)
    assert len(dots) > 90
    assert all(0 < float(x) < 178 and 0 < float(y) < 212 for x, y in dots)


def test_the_public_paper_of_the_demo_places_no_home(demo):
    items, shown = demo
    homes = [one for one in items if shown.about_home(one)][:200]
    page = printed_html(homes, handed(), shown, "zh", names=False).decode()
    assert "王" not in page.replace("王家庄", "")
    assert "m-sign" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "审图号" not in page
    assert page.count("没有可以上图的任务") > 3
