"""Hours from one moment to another: done in time, late, or not to be told."""

import datetime as dt

import pandas as pd
import pytest
from hand import card, judged, project, verdict
from hypothesis import given
from hypothesis import strategies as st
from test_geo_laws import FEW

V1 = [{"id": "V1", "name": "东沟村"}]
SITES = [{"id": "S1", "village_id": "V1"}]
DAY = dt.date(2023, 6, 30)
EACH = {
    "subjects": "garbage_sites", "measure": "count", "items": "clearances", "by": "site_id",
    "date": "full_since", "until": "cleared_at", "within_hours": 24, "period": "month",
    "each": "item", "at_least_share": "1", "no_item": "met",
}  # fmt: skip


def times(*rows, **more):
    """Make a site's clearances: (full since, cleared at) in June, "3 08:00" or a bare day."""

    def stamp(text):
        if text is None:
            return None
        day, _, clock = text.partition(" ")
        return pd.Timestamp(f"2023-06-{int(day):02} {clock}")

    made = [
        {"id": f"C{n}", "site_id": "S1", "full_since": stamp(a), "cleared_at": stamp(b)}
        for n, (a, b) in enumerate(rows)
    ]
    return project(villages=V1, garbage_sites=SITES, clearances=made, **more)


def one(start, end, day=DAY, hours=24, **more):
    """Judge a site that was full once."""
    return verdict(times((start, end), **more), day, **{**EACH, "within_hours": hours})["S1"]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("3 08:00", "4 08:00", "met"),  # 24 h: the limit itself is in time
        ("3 08:00", "4 08:01", "unmet"),
        ("3 08:00", "3 08:00", "met"),
        # Days without a clock: the same day under 24 h, the next 0 to 48 h, two days on over 24 h
        ("3", "3", "met"),
        ("3", "4", "unknown"),
        ("3", "5", "unmet"),
        ("3 08:00", "4", "unknown"),  # 16 to 40 h
        ("3 00:01", "4", "unknown"),
        ("3 08:00", "5", "unmet"),  # 40 h at least
        ("3", "4 00:01", "unknown"),  # 0 to 24 h and a minute
        ("3", "5 00:01", "unmet"),
        ("4 08:00", "3 08:00", "unknown"),  # cleared before it was full: the times are wrong
        ("4", "3", "unknown"),
        (None, "3 08:00", "met"),  # never reported full: nothing is asked
    ],
)
def test_one_time(start, end, said):
    assert one(start, end) == said


@pytest.mark.parametrize(
    ("start", "said"),
    [("29 00:01", "unmet"), ("30 00:01", "met"), ("30", "met"), ("29", "unmet"), ("28", "unmet")],
)
def test_what_is_still_open_is_measured_to_the_end_of_the_day(start, said):
    # judged on 30 June at 24:00: 47 h 59 min; 23 h 59 min; 0 to 24 h; over 24 h; over 48 h
    assert one(start, None) == said


def test_what_was_cleared_after_the_day_was_open_on_it():
    data = times(("28 08:00", "29 07:00"))
    june = {key: value for key, value in EACH.items() if key != "period"}
    for day, said in ((28, "met"), (29, "met"), (30, "met")):
        assert verdict(data, dt.date(2023, 6, day), **june)["S1"] == said
    late = times(("26 08:00", "29 07:00"))
    for day, said in ((26, "met"), (27, "unmet"), (30, "unmet")):
        assert verdict(late, dt.date(2023, 6, day), **june)["S1"] == said


def test_where_the_list_ends_before_the_day_later_clearing_is_not_known():
    # The list ends on 20 June. Full on the 20th: perhaps cleared later; on the 18th: late by then.
    for start, said in (("20 08:00", "unknown"), ("18 08:00", "unmet")):
        assert one(start, None, dates={"clearances": "2023-06-20"}) == said
    # What was in time may have been followed by something late, which nobody has listed yet.
    assert one("3 08:00", "3 09:00", dates={"clearances": "2023-06-20"}) == "unknown"


def test_a_blank_means_open_only_where_it_means_that_there_is_none():
    unsure = {("clearances", "cleared_at"): "unknown"}
    assert one("3 08:00", None) == "unmet"
    assert one("3 08:00", None, blanks=unsure) == "unknown"
    never = project(villages=V1, garbage_sites=SITES, clearances=[
        {"id": "C", "site_id": "S1", "full_since": "2023-06-03 08:00"}])  # fmt: skip
    assert verdict(never, **EACH)["S1"] == "unknown"


def test_of_several_columns_the_first_that_is_filled_ends_it():
    rows = [{"id": "C", "site_id": "S1", "full_since": "2023-06-03 08:00", "cleared_at": None,
             "date": "2023-06-03"}]  # fmt: skip
    data = project(villages=V1, garbage_sites=SITES, clearances=rows)
    assert verdict(data, **EACH)["S1"] == "unmet"
    assert verdict(data, **{**EACH, "until": ["cleared_at", "date"]})["S1"] == "met"


# -------------------------------------------------------------------- several at one site

GOOD, LATE, BLURRED = ("3 08:00", "3 20:00"), ("10 08:00", "11 15:00"), ("20", "21")


@pytest.mark.parametrize(
    ("rows", "share", "said"),
    [
        ([GOOD, GOOD], "1", "met"),
        ([GOOD, LATE], "1", "unmet"),
        ([GOOD, LATE], "0.5", "met"),
        ([GOOD, LATE], "0.51", "unmet"),
        ([GOOD, BLURRED], "1", "unknown"),
        ([GOOD, BLURRED], "0.5", "met"),
        ([LATE, BLURRED], "1", "unmet"),
        ([LATE, BLURRED], "0.5", "unknown"),
        ([LATE, BLURRED], "0.6", "unmet"),
        ([LATE, LATE, GOOD, GOOD, GOOD], "0.6", "met"),  # exactly three of five
    ],
)
def test_a_share_of_them(rows, share, said):
    assert verdict(times(*rows), **{**EACH, "at_least_share": share})["S1"] == said


def test_only_those_that_fell_due_in_the_window_are_asked_and_none_is_what_the_rule_says():
    for no_item in ("met", "unmet", "unknown"):
        rule = {**EACH, "no_item": no_item}
        assert verdict(times(), **rule)["S1"] == no_item
        may = verdict(times(LATE), dt.date(2023, 6, 15), **rule)["S1"]  # asked about May
        assert may == no_item
    partial = {**EACH, "no_item": "met"}
    assert verdict(times(partial=["clearances"]), **partial)["S1"] == "unknown"


def test_in_an_open_list_one_late_row_decides_only_if_all_must_be_in_time():
    for rows, share, said in (
        ([LATE], "1", "unmet"), ([LATE], "0.9", "unknown"), ([GOOD], "1", "unknown"),
    ):  # fmt: skip
        data = times(*rows, partial=["clearances"])
        assert verdict(data, **{**EACH, "at_least_share": share})["S1"] == said


def test_a_row_that_may_not_be_asked_about_at_all():
    # Without a date nobody knows whether it fell due in June; blank means unknown here.
    unsure = {("clearances", "full_since"): "unknown"}
    assert one(None, "3 08:00", blanks=unsure) == "unknown"
    rows = [GOOD, (None, "3 08:00")]
    found = verdict(times(*rows, blanks=unsure), **{**EACH, "at_least_share": "0.5"})
    assert found["S1"] == "met"  # one of one, or one of two


def test_a_row_in_time_that_may_not_be_asked_about_leaves_open_whether_any_was():
    # In time, but perhaps not of the kind asked for: met if it counts, else what the rule says.
    rows = [{"id": "C", "site_id": "S1", "full_since": "2023-06-03 08:00",
             "cleared_at": "2023-06-03 09:00", "bin": None}]  # fmt: skip
    data = project(villages=V1, garbage_sites=SITES, clearances=rows)
    for no_item, said in (("met", "met"), ("unmet", "unknown"), ("unknown", "unknown")):
        rule = {**EACH, "where": {"bin": ["large"]}, "no_item": no_item}
        assert verdict(data, **rule)["S1"] == said


def test_a_site_without_a_row_and_one_without_clearing_are_told_apart():
    data = times(LATE, GOOD)
    made = judged(data, EACH, day=DAY)
    row = made.verdicts.iloc[0]
    assert (row["value"], row["limit"], row["reason"]) == (1, 2, "late")
    # 31 h: 10 June 08:00 to 11 June 15:00
    assert made.gaps["reason_zh"].tolist() == [
        "6月满溢2次，其中1次超过24小时才清运，最长31小时，超出7小时"
    ]
    assert made.gaps["reason_en"].tolist()[0].startswith("Full 2 times in 2023-06, 1 of them")
    none = judged(times(), {**EACH, "no_item": "unmet"}, day=DAY)
    assert none.gaps["reason_zh"].tolist() == ["6月没有清运记录"]
    blurred = judged(times(BLURRED), EACH, day=DAY).survey["reason_zh"].tolist()
    assert blurred == ["满溢或清运只记了日期，不能判断是否超过24小时"]


# ------------------------------------------------------------------------ the site itself

OWN = {
    "subjects": "garbage_sites", "measure": "count", "items": "self", "date": "full_since",
    "until": "cleared_at", "within_hours": 24, "of": {"full_since": {"empty": False}}, "goal": "1",
}  # fmt: skip


def site(start, end):
    return {"id": "S1", "village_id": "V1", "full_since": start, "cleared_at": end}


@pytest.mark.parametrize(
    ("start", "end", "said", "zh"),
    [
        ("2023-06-03 08:00", "2023-06-04 07:00", "met", ""),
        ("2023-06-03 08:00", "2023-06-04 15:00", "unmet",
         "满溢到清运用时31小时，要求24小时以内，超出7小时"),
        ("2023-06-03 08:00", "2023-06-04 08:01", "unmet",
         "满溢到清运用时24.1小时，要求24小时以内，超出0.1小时"),
        ("2023-06-29 08:00", None, "unmet",
         "满溢已过40小时，还没有清运，要求24小时以内，超出16小时"),
        ("2023-06-30 08:00", None, "met", ""),
        ("2023-06-03", "2023-06-05", "unmet",
         "满溢到清运超过24小时（只记了日期），要求24小时以内"),
        ("2023-06-03", "2023-06-04", "unknown", "满溢或清运只记了日期，不能判断是否超过24小时"),
        ("2023-06-03 08:00", "2023-06-02 08:00", "unknown", "清运早于满溢，时间有误，需核实"),
    ],
)  # fmt: skip
def test_a_site_that_says_itself_when_it_was_full_and_cleared(start, end, said, zh):
    made = judged(project(villages=V1, garbage_sites=[site(start, end)]), OWN, day=DAY)
    row = made.verdicts.iloc[0]
    assert row[said] == 1
    told = made.gaps if said == "unmet" else made.survey
    assert told["reason_zh"].tolist() == ([zh] if zh else [])
    if said == "unmet":
        assert row["reason"] == "late"
    status = card(made, "village", "V1")["status"]
    assert status == {"met": "met", "unmet": "unmet", "unknown": "undetermined"}[said]


def test_a_count_of_things_in_time():
    rule = {key: EACH[key] for key in EACH if key not in ("each", "at_least_share", "no_item")}
    data = times(GOOD, LATE, BLURRED)
    for least, said in ((1, "met"), (2, "unknown"), (3, "unmet")):
        assert verdict(data, **rule, at_least=least)["S1"] == said


# ---------------------------------------------------------------------------------- laws

moment = st.one_of(
    st.none(),
    st.tuples(st.integers(1, 30), st.sampled_from(["", "00:01", "08:00", "23:59"])).map(
        lambda p: f"{p[0]} {p[1]}".strip()
    ),
)
rows_ = st.lists(st.tuples(moment, moment), max_size=4)
RANK = {"unmet": 0, "unknown": 1, "met": 2}


@FEW
@given(rows_, st.booleans(), st.sampled_from(["met", "unmet", "unknown"]),
       st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted),
       st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted))  # fmt: skip
def test_a_stricter_limit_never_raises_met_and_order_means_nothing(
    rows, whole, none, hours, quarters
):
    more = {"partial": [] if whole else ["clearances"]}
    strict = {**EACH, "no_item": none, "within_hours": hours[0]}
    loose = {**strict, "within_hours": hours[1]}
    data = times(*rows, **more)
    first = verdict(data, DAY, **strict)["S1"]
    assert RANK[first] <= RANK[verdict(data, DAY, **loose)["S1"]]
    low, high = (
        verdict(data, DAY, **{**strict, "at_least_share": str(q / 4)})["S1"] for q in quarters
    )
    assert RANK[high] <= RANK[low]
    assert verdict(times(*rows[::-1], **more), DAY, **strict)["S1"] == first


@FEW
@given(rows_)
def test_what_is_certain_holds_for_every_clock(rows):
    """Give the days without a clock one: a sure answer stays, whatever the clock says."""
    first = verdict(times(*rows), DAY, **EACH)["S1"]
    for clock in ("00:01", "12:00", "23:59"):
        filled = [tuple(f"{t} {clock}" if t and " " not in t else t for t in row) for row in rows]
        # a moment before its own start is a mistake in the data, not an answer
        if any(a and b and _at(b) < _at(a) for a, b in filled):
            continue
        found = verdict(times(*filled), DAY, **EACH)["S1"]
        assert first in ("unknown", found)


def _at(text):
    day, _, clock = text.partition(" ")
    return int(day), clock
