"""The tables of the pages: heads people read, columns left out where they say nothing."""

from __future__ import annotations

import pytest
from test_works_lists import made

from layers.text import LANGUAGES, t
from ui.tables import list_head, list_table
from works.lists import LISTS, ListName, Lists, Wanted


@pytest.fixture(scope="module")
def lists() -> Lists:
    return made()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LISTS)
def test_heads_are_words_and_rows_keep_their_order(lists: Lists, name: ListName, lang: str) -> None:
    frame = lists.whole(name)
    table = list_table(lists, name, frame, Wanted(), lang)
    assert len(table) == len(frame)
    assert not [head for head in table if not head or head.startswith(("head.", "list."))]
    assert len(set(table.columns)) == len(table.columns)
    village = table[t("head.village", lang)].tolist()
    names = {"v1": lists.village("甲村", "东镇", lang), "v2": "乙村"}
    assert village == [names[key] for key in frame["village_id"]]


def test_what_was_picked_by_is_not_repeated(lists: Lists) -> None:
    wanted = Wanted(village="v2", target="toilet")
    frame = lists.pick("gaps", wanted)
    table = list_table(lists, "gaps", frame, wanted, "zh")
    heads = {name: list_head(name, "gaps", "zh") for name in ("village", "target", "lead")}
    assert not set(heads.values()) & set(table.columns)
    first = table.iloc[0]
    assert first[list_head("spot", "gaps", "zh")] == "2组 3号"
    assert first[list_head("who", "gaps", "zh")] == "王某某"
    assert first[list_head("amount", "gaps", "zh")] == "1户"


def test_amounts_are_written_with_their_unit(lists: Lists) -> None:
    table = list_table(lists, "work", lists.work, Wanted(), "en")
    rows = table[[list_head(name, "work", "en") for name in ("title", "amount", "cost")]]
    found = {tuple(row) for row in rows.to_numpy().tolist()}
    assert found == {
        ("Build or rebuild a household toilet", "1 household", 1500),
        ("New solar street lamp", "4 lamps", 12000),
        ("Repair a street lamp", "3 lamps", 1500),
        ("Hand over to the department", "1 case", 0),
    }
    # nothing is due yet, nobody has taken anything up: those columns would be empty
    assert not {list_head(name, "work", "en") for name in ("team", "due", "state")} & set(table)


def test_an_empty_list_has_no_rows(lists: Lists) -> None:
    nothing = lists.pick("survey", Wanted(village="v1"))
    assert list_table(lists, "survey", nothing, Wanted(), "zh").empty
