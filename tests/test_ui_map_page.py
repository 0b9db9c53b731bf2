"""What stands around the map: legends that add up, own layers, two maps held side by side."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.errors import ProjectError
from layers.own_looks import COLOURS, FILE, OwnLook, read_looks, save_looks, usual_look
from layers.text import LANGUAGES, t
from ui import map_beside, map_themes
from ui.legend import Drawn, legend, legend_of_points
from ui.map_beside import Beside, line_html
from ui.own_layers import Own, legend_html, tip_of
from ui.tiles import LOOKS, PointLayer, Points
from works.board import ALL

HOSTILE = "</b><img src=x onerror=alert(1)>{{7*191}}${1}"


class Named:
    """Rows behind points, as far as these tests ask."""

    def identity(self, row: int) -> str:
        return str(row)

    def tip(self, row: int) -> str:
        return ""


def layer(*states: str, placed: int | None = None, name: str = "农户") -> PointLayer:
    keys = ("met", "unknown", "unmet")
    look = np.array([keys.index(one) for one in states], dtype=np.uint8)
    lon = np.full(len(look), 108.0)
    lon[len(look) if placed is None else placed :] = np.nan
    return PointLayer(
        key="subjects", name=name, kind="subject:households", version="1", source=Named(),
        points=lambda: Points(lon, lon - 72, look), looks=tuple(LOOKS[key] for key in keys),
    )  # fmt: skip


# ---------------------------------------------------------------------------------- legends


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_counts_of_a_layer_add_up_to_what_it_says_in_all(lang: str) -> None:
    states = ["met"] * 5 + ["unmet"] * 3 + ["unknown"] * 2
    told = legend_of_points([layer(*states, placed=9)], lang)
    counts = [int(one) for one in re.findall(r"<b>(\d+)</b>", told)]
    assert sorted(counts) == [1, 3, 5]  # one to verify has no place
    assert t("map.points.total", lang, n=10) in told
    assert t("map.points.no_place", lang, n=1) in told
    assert sum(counts) + 1 == 10
    assert t("map.points.no_place", lang, n=0) not in legend_of_points([layer(*states)], lang)


def test_a_look_nothing_has_is_not_in_the_legend_and_names_are_text() -> None:
    told = legend_of_points([layer("met", "met", name=HOSTILE)], "zh")
    assert told.count("<b>") == 1
    assert "<img" not in told
    assert "{{" not in told
    assert legend_of_points([], "zh") == ""


def test_what_is_switched_off_leaves_the_legend() -> None:
    drawn = Drawn({"met": 1}, gaps=4, unknowns=2, unknown_lines=1)
    whole, part = legend(drawn, "en"), legend(drawn, "en", ["gaps"])
    gaps, unknown = (t(f"map.{name}_points", "en") + " <b>" for name in ("unmet", "unknown"))
    assert gaps in whole
    assert gaps not in part
    assert unknown in part
    assert unknown not in legend(drawn, "en", ["unknown"])


def test_what_can_be_switched_is_what_there_is() -> None:
    drawn = Drawn(gaps=1, unknown_lines=1)
    found = map_themes.themes_of(drawn, [layer("met")], [own()], "zh")
    assert [one.key for one in found] == ["gaps", "unknown", "subjects", own().key]
    assert [one.shown for one in found] == [True, True, True, False]
    assert found[1].layers[2] == t("map.unknown_lines", "zh")
    assert map_themes.themes_of(Drawn(), [], [], "zh") == []


# ---------------------------------------------------------------------------------- own layers


def own(look: OwnLook | None = None, **cells: Any) -> Own:
    row = cells or {"名称": HOSTILE, "面积": "3"}
    frame = gpd.GeoDataFrame([row], geometry=[shapely.Point(108, 36)], crs=4326)
    return Own("保护区", look or OwnLook("#7B3F98"), frame, 2)


def test_the_tip_of_an_own_thing_is_text() -> None:
    one = own(OwnLook("#7B3F98", "名称"))
    told = tip_of(one, one.frame.iloc[0].to_dict())
    assert told.startswith("<b>&lt;/b&gt;&lt;img")
    assert "{{" not in told
    assert "面积 3" in told
    assert tip_of(own(), own().frame.iloc[0].to_dict()).startswith("<b>保护区</b>")
    assert own().columns == ["名称", "面积"]


def test_the_legend_of_own_layers_counts_all_rows() -> None:
    told = legend_html([own()], "zh")
    assert t("map.points.total", "zh", n=3) in told
    assert t("map.points.no_place", "zh", n=2) in told
    assert "#7B3F98" in told


def test_looks_are_kept_beside_those_of_other_layers(tmp_path: Path) -> None:
    assert read_looks(tmp_path) == {}
    save_looks(tmp_path, {"保护区": OwnLook("#112233", '名称 "a"')})
    save_looks(tmp_path, {"roads-2": OwnLook("#445566")})
    assert read_looks(tmp_path) == {
        "roads-2": OwnLook("#445566"), "保护区": OwnLook("#112233", "名称 \"a\""),
    }  # fmt: skip
    save_looks(tmp_path, {"保护区": OwnLook("#000000")})
    assert read_looks(tmp_path)["保护区"] == OwnLook("#000000")


@pytest.mark.parametrize(
    "told",
    [
        "[own",
        "own = 3",
        '[own.a]\ncolour = "red"',
        '[own.a]\ncolour = "#112233;x:y"',
        "[own]\na = 1",
    ],
)
def test_looks_that_cannot_be_read_were_never_chosen(told: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(told, encoding="utf-8")
    assert read_looks(tmp_path) == {}


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"maps.toml: could not be saved"):
        save_looks(tmp_path / "nowhere", {"a": usual_look(0)})


def test_own_colours_are_none_of_a_status() -> None:
    taken = {one.fill for one in LOOKS.values()} | {"#009E73", "#E69F00", "#D55E00", "#1F4E79"}
    assert not taken & set(COLOURS)
    assert usual_look(len(COLOURS)) == usual_look(0)


# ---------------------------------------------------------------------------------- side by side


class Board:
    """As much of an assessment as the line under two maps reads."""

    def __init__(self, targets: tuple[str, ...] = ("toilet",), **statuses: str) -> None:
        self._statuses, self.targets = statuses, dict.fromkeys(targets)

    def statuses(self, target: str) -> dict[str, str]:
        return self._statuses

    def name(self, village: str) -> str:
        return f"{village}村"


def beside(choice: str, **statuses: str) -> Beside:
    return Beside(choice, Board((), **statuses), "五月", "六月")  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_line_counts_every_village_once_and_names_those_that_moved(lang: str) -> None:
    now = Board(a="met", b="met", c="unmet", d="met", e="not_assessed", f="met")
    then = {"a": "unmet", "b": "undetermined", "c": "met", "d": "met", "e": "met"}
    told = line_html(now, beside("day:五月", **then), ALL, lang)  # type: ignore[arg-type]
    for part in (
        t("map.moves.days.better", lang, n=2) + t("map.moves.names", lang, names="a村、b村")
        if lang == "zh"
        else t("map.moves.days.better", lang, n=2),
        t("map.moves.days.worse", lang, n=1),
        t("map.moves.days.other", lang, n=1),
        t("map.moves.same", lang, n=1),
    ):
        assert part in told
    assert t("map.beside.no_target", lang) not in told


def test_a_target_the_other_map_does_not_have_is_said() -> None:
    now, other = Board(a="met"), beside("rules:x@1", a="unmet")
    assert map_beside.target_of(other.board, "toilet") == ALL
    told = line_html(now, other, "toilet", "zh")  # type: ignore[arg-type]
    assert t("map.beside.no_target", "zh") in told
    assert t("map.moves.rules.better", "zh", n=1) in told


def test_many_villages_are_not_all_named() -> None:
    now = {f"v{n}": "met" for n in range(9)}
    then = dict.fromkeys(now, "unmet")
    told = line_html(Board(**now), beside("day:x", **then), ALL, "zh")  # type: ignore[arg-type]
    assert "v5村" in told
    assert "v6村" not in told
    assert t("map.moves.days.better", "zh", n=9) in told
