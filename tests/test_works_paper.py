"""What papers say of items: rows, names cut short, sums, and the version for everybody."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from paper_hand import handed, item, look, site

from works.handout.look import as_public
from works.handout.paper import (
    by_kind,
    by_village,
    money_of,
    place_text,
    rows_of,
    short_name,
    short_phones,
    twice_named,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王某某", "王**"),
        (" 王某 ", "王**"),
        ("王某某、王某", "王**"),
        ("户主王某某", "户**"),
        ("Amina Al-Hassan", "A** A**"),
        ("أمينة حسن", "أ** ح**"),
        ("", ""),
    ],
)
def test_names_keep_their_first_letter(name, shown):
    assert short_name(name) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("王某某 13812341234", "王某某 138****1234"),
        ("138 1234 1234", "138****1234"),
        ("0934-8612345", "0934-****2345"),
        ("+962 7 9012 3456", "+962****456"),
        ("2023-06-01至2023-06-30", "2023-06-01至2023-06-30"),
        ("621099102208", "621099102208"),
        ("东沟-厕-017", "东沟-厕-017"),
        ("步行43.1分钟，要求15分钟以内", "步行43.1分钟，要求15分钟以内"),
    ],
)
def test_telephone_numbers_lose_their_middle_and_nothing_else_does(words, shown):
    assert short_phones(words) == shown


def test_a_row_as_people_read_it():
    # 9 lamps, an office of its own, a person with a telephone number.
    lamps = item(
        1,
        target_id="lamps",
        subject_id="r1",
        subject_name="甲村主街",
        title_zh="新装太阳能路灯",
        quantity="9",
        kind="streetlight-new",
        office="镇政府",
        person="王某 13812341234",
        team="一队",
    )
    row = rows_of([lamps], handed(), look(), "zh")[0]
    assert (row.work_no, row.village, row.group, row.who) == (
        "甲-厕-001",
        "甲村",
        "3社",
        "甲村主街",
    )
    assert (row.mend, row.due) == ("新装太阳能路灯 9盏", "2023年7月30日")
    assert row.office == "镇政府、一队、王某 138****1234"
    english = rows_of([lamps | {"title_en": "New solar lamp"}], handed(), look(), "en")[0]
    assert (english.mend, english.due) == ("New solar lamp: 9 lamps", "30 July 2023")


def test_the_due_day_of_the_list_counts_where_an_item_has_none():
    row = rows_of([item(1, due=None)], handed(due="2023-08-01"), look(), "zh")[0]
    assert row.due == "2023年8月1日"


def test_villages_stand_in_the_order_of_the_county_and_items_as_given_within():
    given_items = [item(1, village_id="v2"), item(3), item(2), item(4, village_id="v9")]
    rows = rows_of(given_items, handed(), look(), "zh")
    assert [row.item["work_id"] for row in rows] == ["w-0003", "w-0002", "w-0001", "w-0004"]


def test_two_villages_of_one_name_are_told_apart():
    items = [item(1), item(2, village_id="v2", township="西镇", group=None)]
    rows = rows_of(items, handed(), look(), "zh")
    twice = twice_named(rows)
    assert [place_text(row, twice, "zh") for row in rows] == ["甲村（东镇） 3社", "甲村（西镇）"]
    assert twice_named(rows[:1]) == set()


def test_the_version_for_everybody_says_nothing_about_a_home():
    said = {"note": "王某某不在家", "person": "王某", "filled_by": "王某", "place": "107.9,35.6"}
    shown = as_public([item(1, photos="[1]", **said), site(2, **said)], look())
    home, bin_ = shown
    for name in ("subject_name", "address", "place", "note", "person", "filled_by", "shape"):
        assert home[name] is None
    assert home["photos"] == ""
    assert (home["lon"], home["lat"], home["position"]) == ("107.9100000", "35.6110000", "village")
    # A site keeps its name and its place; what people wrote of it is left out all the same.
    assert (bin_["subject_name"], bin_["lon"]) == ("收集点2", site(2)["lon"])
    assert bin_["note"] is bin_["person"] is None
    assert as_public(shown, look()) == shown


def test_a_target_nobody_knows_any_more_may_be_about_a_home():
    assert as_public([item(1, target_id="old")], look())[0]["subject_name"] is None
    whole = item(1, target_id="old", subject_id="v1", subject_name="甲村")
    assert as_public([whole], look())[0]["subject_name"] == "甲村"
    # A home in a village without a point has no place at all.
    assert as_public([item(1, village_id="v9")], look())[0]["position"] == "none"


def test_money_of_two_currencies_is_not_added_up():
    items = [item(1), item(2), item(3, cost="40", currency="USD"), item(4, cost=None)]
    money = money_of(rows_of(items, handed(), look(), "zh"))
    assert money.sums == {"CNY": Decimal(3000), "USD": Decimal(40)}
    assert (money.unknown, money.text("zh")) == (1, "0.30万元、USD 40")
    assert money_of([]).text("zh") == "—"


@given(some.lists(some.tuples(some.sampled_from(["v1", "v2", "v9", None]), some.booleans())))
def test_every_way_of_adding_up_gives_the_whole(cells):
    items = [(item if home else site)(n, village_id=v) for n, (v, home) in enumerate(cells)]
    rows = rows_of(items, handed(), look(), "zh")
    for groups in (by_village(rows), by_kind(rows, "zh")):
        assert sum(map(len, groups.values())) == len(items)
    assert {row.item["work_id"] for row in rows} == {one["work_id"] for one in items}
    assert money_of(rows).sums.get("CNY", 0) == 1500 * sum(home for _, home in cells)
