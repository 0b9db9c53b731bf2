"""Standards and costs on the shelf: found, and refused with every mistake at once."""

import datetime as dt
from decimal import Decimal

import pytest

from layers.errors import DataError, StandardError, UsageError
from works.library import load_costs, load_standard, standards

COSTS = """
id = "costs"
[[kind]]
id = "toilet"
title = { zh = "改厕", en = "Toilet" }
unit = { zh = "户", en = "household" }
unit_cost = "1500.00"
currency = "CNY"
"""
STANDARD = """
id = "own"
version = "2"
effective_from = 2024-01-01
extends = "qingyang-2023@1"
[[target]]
id = "sanitary-toilet"
goal = "0.90"
"""


def written(folder, text, name="file.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_money_is_read_exactly(tmp_path):
    kind = load_costs(written(tmp_path, COSTS))["toilet"]
    assert kind.unit_cost == Decimal("1500.00")
    assert kind.confidence == "default"  # a figure whose origin nobody names is nobody's


def test_every_mistake_of_a_cost_file_is_named_at_once(tmp_path):
    text = COSTS.replace('currency = "CNY"\n', 'curency = "CNY"\n').replace("1500.00", "dear")
    with pytest.raises(StandardError) as told:
        load_costs(written(tmp_path, text))
    keys = {fault.split(":")[0] for fault in told.value.faults}
    assert keys == {"kind[1].currency", "kind[1].curency", "kind[1].unit_cost"}


def test_the_shipped_costs_say_where_each_figure_comes_from():
    kinds = load_costs()
    assert all(kind.source for kind in kinds.values())
    assert kinds["toilet-rebuild"].confidence == "seen"


def test_a_standard_file_finds_what_it_extends_on_the_shelf(tmp_path):
    found = load_standard(str(written(tmp_path, STANDARD)))
    assert found.label == "own@2"
    target = next(t for t in found.targets if t.id == "sanitary-toilet")
    assert target.goal == Decimal("0.90")
    assert target.subjects == "households"
    assert len(found.targets) == len(load_standard("qingyang-2023").targets)


def test_a_standard_beside_the_file_goes_before_nothing_else(tmp_path):
    base = STANDARD.replace('id = "own"', 'id = "base"').replace("0.90", "0.70")
    written(tmp_path, base, "base.toml")
    child = 'id = "child"\nversion = "1"\nextends = "base@2"\ndrop = ["clinic"]\n'
    found = load_standard(str(written(tmp_path, child, "child.toml")))
    assert next(t for t in found.targets if t.id == "sanitary-toilet").goal == Decimal("0.70")
    assert "clinic" not in {t.id for t in found.targets}


def test_an_unknown_standard_names_those_there_are():
    with pytest.raises(UsageError, match="qingyang-2023"):
        load_standard("beijing-2008")


def test_a_standard_not_yet_in_force_is_refused():
    with pytest.raises(UsageError, match="not in force"):
        load_standard("qingyang-2023", dt.date(2020, 1, 1))


@pytest.mark.parametrize("text", ["id = ", "\x00"])
def test_a_file_that_is_no_toml_is_refused_in_one_sentence(tmp_path, text):
    with pytest.raises(DataError, match=r"file\.toml"):
        load_standard(str(written(tmp_path, text)))


def test_the_shelf_holds_the_programme():
    assert "qingyang-2023" in {table["id"] for table in standards()}
