"""A list spread over yes/no columns reads like a list written in one cell."""

import pandas as pd
import pytest
from hand import project, verdict

from geo.ticks import cells_of
from layers.schema import askable_names, schema

FIVE = ["office", "activity", "education", "culture_sport", "finance"]


def ticks(**cells):
    whole = {f"fn_{name}": cells.get(name, [True]) for name in FIVE}
    return pd.DataFrame(whole).astype("boolean")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({}, "|".join(FIVE)),
        ({"finance": [False]}, "|".join(FIVE[:-1])),
        ({"finance": [None]}, "|".join([*FIVE[:-1], "unknown"])),
        ({name: [False] for name in FIVE}, "none"),
        ({name: [None] for name in FIVE}, None),
    ],
)
def test_what_is_ticked_stands_on_the_list(cells, told):
    (cell,) = cells_of(ticks(**cells), "facilities", "functions")
    assert cell == told if told else pd.isna(cell)


def test_a_column_that_was_never_sent_leaves_the_list_open():
    frame = ticks().drop(columns="fn_finance")
    assert cells_of(frame, "facilities", "functions").tolist() == [
        "|".join([*FIVE[:-1], "unknown"])
    ]


def test_what_is_written_in_one_cell_goes_before_the_ticks():
    frame = ticks(**{name: [True, True] for name in FIVE})
    frame["functions"] = pd.Series(["office", None], dtype="str")
    assert cells_of(frame, "facilities", "functions").tolist() == ["office", "|".join(FIVE)]


def test_a_column_without_ticks_is_given_as_it_is():
    frame = pd.DataFrame({"owner": ["V", None]})
    assert cells_of(frame, "facilities", "owner").tolist()[0] == "V"
    assert cells_of(frame, "facilities", "functions") is None


def test_the_arguments_are_left_as_they_were():
    frame = ticks(finance=[None])
    before = frame.copy()
    cells_of(frame, "facilities", "functions")
    pd.testing.assert_frame_equal(frame, before)


def test_every_tick_means_a_word_of_a_list():
    found = 0
    for layer in askable_names():
        columns = schema(layer).columns
        for column in columns.values():
            if column.ticks:
                name, _, code = column.ticks.partition(".")
                assert columns[name].type == "choices"
                assert code in columns[name].words
                assert column.type == "boolean"
                found += 1
    assert found == 5


def test_a_question_for_one_function_reads_the_ticks_too():
    rows = [
        {"id": "1", "kind": "service_centre", "village_id": "V", "fn_finance": True},
        {"id": "2", "kind": "service_centre", "village_id": "V", "fn_finance": False},
        {"id": "3", "kind": "service_centre", "village_id": "V", "fn_finance": None},
    ]
    data = project(villages=[{"id": "V", "name": "V"}], facilities=rows)
    asked = {"subjects": "facilities", "measure": "attribute", "column": "functions"}
    # 2 has no finance, and nobody ever asked about the other four
    assert verdict(data, **asked, one_of=["finance"]) == {
        "1": "met",
        "2": "unknown",
        "3": "unknown",
    }
