"""Recipes: what was said of a file is said again of the next one with the same heads."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from layers.crs import parse_crs
from layers.project import Project, create_project, open_project
from layers.read import Options
from layers.recipes import followed, recipes_of
from layers.request import ImportReport, Request

BLOCKS = "BLOCK_CODE,NAME_EN,PEOPLE\nB1,Block 1,40\nB2,Block 2,50\n"
MAP = Options(columns=("BLOCK_CODE", "NAME_EN"), fields=("id", "name"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p", name="某县")


def put(
    project: Project, layer: str, text: str, name: str, options: Options | None = None, **asked: str
) -> ImportReport:
    path = project.folder.parent / name
    path.write_text(text, "utf-8")
    return project.import_file(layer, path, Request(options or Options(), **asked))  # type: ignore[arg-type]


def test_the_columns_named_once_are_known_again(project: Project) -> None:
    put(project, "villages", BLOCKS, "blocks_2016.csv", MAP)
    again = put(project, "auto", BLOCKS.replace("40", "44"), "blocks_2017.csv")
    assert again.layer == "villages"
    assert [f.code for f in again.findings if f.code == "recipe_used"] == ["recipe_used"]
    assert "guess_recipe" in [one.code for one in again.proposals]
    frame = project.frame("villages")
    assert frame is not None
    assert frame["id"].tolist() == ["B1", "B2"]


def test_without_a_recipe_the_same_file_is_only_shown(project: Project) -> None:
    assert put(project, "auto", BLOCKS, "blocks_2017.csv").layer == "reference/blocks_2017"


def test_other_heads_are_another_shape(project: Project) -> None:
    put(project, "villages", BLOCKS, "a.csv", MAP)
    other = put(project, "auto", BLOCKS.replace("PEOPLE", "HOUSES"), "b.csv")
    assert other.layer == "reference/b"
    assert "recipe_used" not in [f.code for f in other.findings]


def test_what_the_person_says_goes_before_the_recipe(project: Project) -> None:
    put(project, "villages", BLOCKS, "a.csv", MAP)
    said = Options(columns=("NAME_EN",), fields=("name",))
    report = put(project, "reference/blocks", BLOCKS, "b.csv", said)
    assert report.layer == "reference/blocks"
    assert "recipe_used" not in [f.code for f in report.findings]


def test_positions_are_only_proposed(project: Project) -> None:
    lamps = "灯杆编号,亮灯情况,经度,纬度\nL1,正常,107.6043,35.7004\n"
    put(project, "streetlights", lamps, "lamps1.csv", Options(datum="gcj02"))
    again = put(project, "auto", lamps, "lamps2.csv")
    (offered,) = [one for one in again.proposals if one.code == "recipe"]
    assert (offered.option, offered.value) == ("datum", "gcj02")
    assert "lamps1.csv" in offered.message("zh")
    frame = project.frame("streetlights")
    assert frame is not None
    # Taken as it stands: 107.6043 E, not shifted back by some 500 m.
    assert frame.to_crs(4326).geometry.x.iloc[0] == pytest.approx(107.6043, abs=1e-6)  # type: ignore[operator]


def test_nothing_said_is_nothing_kept(project: Project) -> None:
    put(project, "reference/x", "id,lon,lat\n1,107.6,35.7\n", "x.csv")
    assert project.table("recipes").empty


def test_a_refused_file_leaves_no_recipe(project: Project) -> None:
    with pytest.raises(ValueError, match="no rows"):
        put(project, "reference/x", "BLOCK_CODE,NAME_EN,PEOPLE\n,,\n", "a.csv", MAP)
    assert project.table("recipes").empty


def test_the_newest_word_on_a_shape_stands(project: Project) -> None:
    put(project, "villages", BLOCKS, "a.csv", MAP)
    other = Options(columns=("BLOCK_CODE", "PEOPLE"), fields=("id", "population"))
    put(project, "villages", BLOCKS, "b.csv", other)
    (one,) = recipes_of(project.table("recipes"))
    assert one.options.fields == ("id", "population")


def test_a_sheet_is_chosen_as_last_time(project: Project) -> None:
    path = project.folder.parent / "book.xlsx"
    book = openpyxl.Workbook()
    for title, number in (("甲", 1), ("乙", 2)):
        page = book.create_sheet(title)
        page.append(["灯杆编号", "亮灯情况"])
        page.append([f"L{number}", "正常"])
        page.append([f"M{number}", "正常"])
    book.remove(book.worksheets[0])
    book.save(path)
    project.import_file("streetlights", path, Request(Options(sheet="乙")))
    project.import_file("auto", path, Request())
    frame = project.frame("streetlights")
    assert frame is not None
    assert frame["id"].tolist() == ["L2", "M2"]


def test_a_project_of_an_older_planner_gets_the_table(project: Project) -> None:
    with sqlite3.connect(project.store) as connection:
        connection.execute("DROP TABLE recipes")
        connection.execute("DELETE FROM gpkg_contents WHERE table_name = 'recipes'")
    connection.close()
    older = open_project(project.folder)
    assert older.table("recipes").empty
    put(older, "villages", BLOCKS, "a.csv", MAP)
    assert len(older.table("recipes")) == 1


def test_a_damaged_recipe_is_left_out() -> None:
    table = pd.DataFrame(
        [
            {"kind": ".csv", "heads": "[]", "layer": "toilets", "said": "{", "file": "a.csv"},
            {"kind": ".csv", "heads": "[]", "layer": "nowhere", "said": "{}", "file": "b.csv"},
            {"kind": ".csv", "heads": "[]", "layer": "toilets", "said": '{"new": 1}', "file": "c"},
            {"kind": ".csv", "heads": '["a"]', "layer": "toilets", "said": "{}", "file": "d.csv"},
        ]
    )
    assert [one.file for one in recipes_of(table)] == ["d.csv"]


def test_a_crs_comes_back_as_a_proposal() -> None:
    said = {"crs": "EPSG:4545", "swap_xy": True}
    table = pd.DataFrame(
        [{"kind": ".csv", "heads": "[]", "layer": "toilets", "said": json.dumps(said),
          "file": "a.csv"}]
    )  # fmt: skip
    (one,) = recipes_of(table)
    options, found, offered = followed(one, Options())
    assert options == Options()
    assert found == []
    assert [(o.option, o.value) for o in offered] == [("crs", "EPSG:4545"), ("swap_xy", "yes")]
    assert followed(one, Options(crs=parse_crs("EPSG:4490"), swap_xy=True))[2] == []


def test_taking_an_import_back_takes_back_what_was_said_of_it(project: Project) -> None:
    put(project, "villages", BLOCKS, "a.csv", MAP)
    other = Options(columns=("BLOCK_CODE", "PEOPLE"), fields=("id", "population"))
    put(project, "villages", BLOCKS, "b.csv", other)
    project.undo()
    (one,) = recipes_of(project.table("recipes"))
    assert (one.file, one.options.fields) == ("a.csv", ("id", "name"))
    project.undo()
    assert project.table("recipes").empty
