"""A village list pasted from Excel or a message becomes a table the villages layer understands."""

import pytest

from layers.errors import DataError
from layers.paste import MOST_ROWS, pasted_villages
from layers.project import create_project


def test_heads_of_the_paste_are_kept():
    table = pasted_villages("乡镇\t村名\t户数\n东沟镇\t石桥村\t120\n西山镇\t南坡村\t88\n")
    assert list(table) == ["乡镇", "村名", "户数"]
    assert table["户数"].tolist() == ["120", "88"]


def test_a_township_pasted_from_merged_cells_holds_for_the_lines_below():
    table = pasted_villages("东沟镇\t石桥村\n\t王家庄村\n西山镇\t王家庄村")
    assert table["乡镇"].tolist() == ["东沟镇", "东沟镇", "西山镇"]
    assert table["行政村"].tolist() == ["石桥村", "王家庄村", "王家庄村"]


@pytest.mark.parametrize("line", ["{t}，{v}", "{v} {t}", "{t}、{v}", "{t}{v}", "{t}\t{v}"])
def test_columns_are_told_apart_by_what_they_hold(line):
    pairs = [("东沟镇", "石桥村"), ("西山乡", "乡头村"), ("城关街道", "市口社区")]
    table = pasted_villages("\n".join(line.format(t=t, v=v) for t, v in pairs))
    assert table["乡镇"].tolist() == [town for town, _ in pairs]
    assert table["行政村"].tolist() == [village for _, village in pairs]


def test_a_repeated_name_before_another_is_a_township_without_suffix():
    table = pasted_villages("Hechuan, Donggou\nHechuan, Xigou\nLiulin, Qingquan")
    assert table["乡镇"].tolist() == ["Hechuan", "Hechuan", "Liulin"]
    assert table["行政村"].tolist() == ["Donggou", "Xigou", "Qingquan"]


def test_codes_and_levels_are_recognised():
    table = pasted_villages("621001100201,东沟镇,石桥村,省级\n621001100202,东沟镇,南坡村,否")
    assert table["行政村代码"].tolist() == ["621001100201", "621001100202"]
    assert table["示范村级别"].tolist() == ["省级", "否"]
    assert table["行政村"].tolist() == ["石桥村", "南坡村"]


def test_names_alone_are_enough():
    assert pasted_villages("石桥村\n南坡村")["行政村"].tolist() == ["石桥村", "南坡村"]


@pytest.mark.parametrize("text", ["", "  \n\t\n", "12\n13"])
def test_nothing_to_read_is_said(text):
    with pytest.raises(DataError, match="villages: n"):
        pasted_villages(text)


def test_a_paste_too_long_is_refused():
    with pytest.raises(DataError, match="lines were pasted"):
        pasted_villages("石桥村\n" * (MOST_ROWS + 1))


def test_what_was_pasted_can_be_imported(tmp_path):
    path = tmp_path / "villages.csv"
    table = pasted_villages("河川镇\t王家庄村\n\t石桥村\n柳林镇\t王家庄村")
    table.to_csv(path, index=False, encoding="utf-8-sig")
    project = create_project(tmp_path / "p")
    report = project.import_file("villages", path)
    assert report.rows_stored == 3
    stored = project.frame("villages")
    assert sorted(zip(stored["township"], stored["name"], strict=True)) == sorted(
        [("河川镇", "王家庄村"), ("河川镇", "石桥村"), ("柳林镇", "王家庄村")]
    )
    assert stored["id"].is_unique
