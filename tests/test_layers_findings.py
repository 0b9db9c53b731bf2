"""Findings as people read them."""

from __future__ import annotations

from layers.findings import Finding


def test_chinese_sentences_name_layer_column_and_rows_in_chinese() -> None:
    one = Finding("word_unknown", "warning", "toilets", "type", (3, 5), detail="旱厕")
    assert one.message("zh").startswith("户厕, 厕所类型, 第3、5行: 有2行")
    assert one.message("en").startswith("toilets, type, rows 3, 5: 2 rows")
    assert one.as_dict("zh")["message"].startswith("toilets, type, rows 3, 5: 有2行")
    many = Finding("missing_position", "warning", "households", rows=tuple(range(1, 17)))
    assert "第1、2、3、4、5行等16行: " in many.message("zh")
    assert "rows 1, 2, 3, 4, 5 (and 11 more): " in many.message("en")


def test_the_words_not_understood_are_shown_even_when_the_sentence_holds_them() -> None:
    one = Finding("word_unknown", "warning", "toilets", "defects", (4,), detail="无")
    assert one.message("zh").endswith("[无]")


def test_layers_without_a_schema_have_a_name_too() -> None:
    assert Finding("layer_missing", "info", "dem").message("zh").startswith("高程: ")
    assert Finding("unknown_column", "info", "reference/x").message("zh").startswith("参考图层 x: ")
