"""Schemas and words: every head and word leads to one field, every sentence exists in both."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from layers.errors import StandardError, UsageError
from layers.facts import checked, words
from layers.read import Options
from layers.schema import ColumnType, _LayerFile, known, layer_names, schema
from layers.table import match_heads
from layers.text import percent, plain, t, township_key, village_key


@pytest.mark.parametrize("name", layer_names())
def test_a_schema_is_sound(name: str) -> None:
    layer = schema(name)
    assert layer.title["zh"]
    assert layer.title["en"]
    assert set(layer.geometry) <= {"none", "point", "line", "polygon"}
    assert "id" in layer.columns
    for column in layer.columns.values():
        assert column.type in get_args(ColumnType)
        assert column.blank in ("none", "unknown")
        assert bool(column.words) == (column.type in ("choice", "choices", "boolean"))
        if column.becomes:
            target, field = column.becomes.split(".")
            made = schema(target).columns[field]
            assert column.type == made.type
            assert set(column.words) <= set(made.words)


@pytest.mark.parametrize("name", layer_names())
def test_a_word_means_one_thing(name: str) -> None:
    for column in schema(name).columns.values():
        meanings: dict[str, str] = {}
        for code, synonyms in column.words.items():
            for word in (code, *synonyms):
                assert meanings.setdefault(plain(word), code) == code, (name, column.name, word)


def test_heads_are_matched_whatever_their_case_width_and_brackets() -> None:
    heads = ["户编号", "乡(镇)", "行政村", "Toilet Type", "没见过的列"]
    found = match_heads(heads, schema("households"), Options())
    assert found == {
        "户编号": "id",
        "乡(镇)": "township",
        "行政村": "village",
        "Toilet Type": "toilet_type",
    }


def test_a_field_s_own_name_wins_over_an_alias_before_it() -> None:
    found = match_heads(["编号", "id"], schema("facilities"), Options())
    assert found == {"id": "id"}


def test_map_wins_and_its_mistakes_are_told() -> None:
    layer = schema("facilities")
    given = Options(columns=("TYPE", "X1"), fields=("kind", "lon"))
    assert match_heads(["TYPE", "X1", "类型"], layer, given) == {"TYPE": "kind", "X1": "lon"}
    for columns, fields, said in (
        (("nope",), ("kind",), "--map nope: the file has no such column"),
        (("TYPE",), ("no field!",), "--map =no field!: not a field name"),
        (("TYPE",), ("geometry",), "--map =geometry: not a field name"),
        (("TYPE", "X1"), ("kind", "kind"), "--map =kind: two columns"),
    ):
        with pytest.raises(UsageError, match=re.escape(said)):
            match_heads(["TYPE", "X1"], layer, Options(columns=columns, fields=fields))


def test_layers_that_do_not_exist() -> None:
    with pytest.raises(UsageError, match="nonsense: no such layer"):
        schema("nonsense")
    for name in ("reference/", "reference/../x", 'reference/a"b', "reference/a/b"):
        assert not known(name)
        with pytest.raises(UsageError, match="not a usable name"):
            schema(name)
    assert known("reference/老地图-1")
    assert schema("reference/老地图-1").geometry == ("none", "point", "line", "polygon")


def test_every_sentence_is_there_in_both_languages_with_the_same_places() -> None:
    for key, entry in words().items():
        assert {"zh", "en"} <= set(entry), key
        # Chinese needs measure words and counts where English needs none.
        optional = {"n", "unit", "counter"}
        zh, en = (set(re.findall(r"\{(\w+)\}", entry[lang])) - optional for lang in ("zh", "en"))
        assert zh == en, key
    assert t("no.such.key") == "no.such.key"


def test_names_are_compared_without_their_endings() -> None:
    assert village_key("东沟村") == village_key("东沟 村委会") == village_key("东沟")
    assert village_key("东沟") != village_key("西沟")
    assert township_key("城关镇") == township_key("城关街道") == township_key("城关")
    assert township_key("镇") == "镇"


def test_a_share_is_never_rounded_up() -> None:
    assert percent(323, 404) == "79.9"
    assert percent(1, 3) == "33.3"
    assert percent(9_999, 10_000) == "99.9"


def test_every_mistake_of_a_schema_file_is_named_at_once() -> None:
    table = {
        "layer": "wells",
        "title": {"zh": "水井", "en": "Wells"},
        "geometry": ["pont"],
        "column": [{"name": "a", "tpye": "text"}, {"name": "b", "type": "txt"}],
    }
    with pytest.raises(StandardError) as told:
        checked(_LayerFile, table, "wells.toml")
    keys = {fault.split(":")[0] for fault in told.value.faults}
    assert keys == {"geometry[1]", "column[1].tpye", "column[2].type"}
