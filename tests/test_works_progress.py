"""Places, forecasts, samples, what is due and how the work goes: figures worked out beside them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hand import at, often, project, standard
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import assess
from geo.due import running_period, still_due
from geo.sides import side_of
from layers.errors import UsageError
from layers.tasks.replay import blank
from layers.tasks.store import HISTORY
from works.progress.forecast import Pace, Point, forecast
from works.progress.notice import LONGEST, notice
from works.progress.samples import allotted, draw, sample_of_met, sample_of_work
from works.progress.work import hours_of, on_paper, todo_of, work_on, work_report
from works.ranking import ranking

DAY = dt.date(2023, 6, 30)
WATER = {
    "id": "water", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "goal": "0.80", "kind": "required",
}  # fmt: skip


def judge(towns, day=DAY, name="now", targets=(WATER,), **head):
    """Judge a county; `towns` is town to (met, unmet, unknown) homes of its one village."""
    homes = []
    for town, counts in towns.items():
        told = [v for v, n in zip((True, False, None), counts, strict=True) for _ in range(n)]
        homes += [
            {"id": f"{town}{n}", "village_id": f"V{town}", "piped_water": v}
            for n, v in enumerate(told)
        ]
    data = project(
        villages=[{"id": f"V{t}", "name": f"{t}村", "township": f"{t}镇"} for t in towns],
        households=homes,
    )
    return side_of(assess(data, standard(*targets, **head), as_of=day), None, name)


# ---------------------------------------------------------------- places


def test_equal_scores_share_a_place_and_the_next_is_left_out():
    now = judge({"甲": (8, 2, 0), "乙": (9, 1, 0), "丙": (8, 2, 0), "丁": (7, 3, 0)})
    table = ranking(now)
    assert list(zip(table["unit_name"], table["place"], table["score"], strict=True)) == [
        ("乙镇", 1, "90.0"), ("甲镇", 2, "80.0"), ("丙镇", 2, "80.0"), ("丁镇", 4, "70.0"),
    ]  # fmt: skip
    assert list(table["villages_met"]) == [1, 1, 1, 0]
    assert list(table["rate"]) == ["100.0", "100.0", "100.0", "0.0"]


def test_places_are_held_against_the_earlier_period():
    before = judge({"甲": (9, 1, 0), "乙": (8, 2, 0), "丙": (7, 3, 0)})
    now = judge({"甲": (8, 2, 0), "乙": (9, 1, 0), "丙": (7, 3, 0), "丁": (1, 9, 0)})
    table = ranking(now, before).set_index("unit_name")
    assert table["moved"].to_dict() == {"乙镇": 1, "甲镇": -1, "丙镇": 0, "丁镇": None}
    assert table.loc["甲镇", "score_before"] == "90.0"


def test_too_much_unknown_has_no_place():
    """20 % unknown may be ranked, 30 % not: the places of the others close up."""
    now = judge({"甲": (7, 0, 3), "乙": (7, 1, 2), "丙": (6, 4, 0)})
    table = ranking(now).set_index("unit_name")
    assert table["place"].to_dict() == {"乙镇": 1, "丙镇": 2, "甲镇": None}
    assert table["unranked"].to_dict() == {"乙镇": "", "丙镇": "", "甲镇": "incomplete"}
    assert (table.loc["甲镇", "score"], table.loc["甲镇", "unknown"]) == ("70.0", "30.0")


def test_to_send_nothing_lifts_no_place():
    """A town without any toilets list would be first by its water alone."""
    toilets = {
        "id": "toilet", "subjects": "households", "measure": "count", "items": "toilets",
        "by": "household_id", "goal": "0.80", "kind": "required",
    }  # fmt: skip
    homes = [{"id": f"{v}{n}", "village_id": v, "piped_water": v == "A"} for v in "AB"
             for n in range(2)]  # fmt: skip
    data = project(
        villages=[{"id": v, "name": v, "township": f"T{v}"} for v in "AB"],
        households=homes,
        toilets=[{"id": "t1", "household_id": "B0"}, {"id": "t2", "household_id": "B1"}],
        complete_for={"toilets": ["B"]},
    )
    now = side_of(assess(data, standard(WATER, toilets), as_of=DAY))
    table = ranking(now).set_index("unit_name")
    assert table.loc["TA", "not_assessed"] == "50.0"
    assert table["place"].to_dict() == {"TB": 1, "TA": None}


def test_villages_are_ranked_with_their_township():
    table = ranking(judge({"甲": (8, 2, 0), "乙": (9, 1, 0)}), level="village")
    assert list(table["township"]) == ["乙镇", "甲镇"]
    assert list(table["villages"]) == [None, None]


# ---------------------------------------------------------------- forecasts


def point(towns, day, **more):
    made = judge(towns, day, **more)
    return Point(day.isoformat(), day, made.standard, made.where, made.scorecard)


def test_a_goal_is_reached_at_the_pace_of_the_last_four_periods():
    """
    400 of 1000 homes are needed 800. Met 100, 250, 300, 350, 400 on days 0, 30, 60, 90, 120.

    The last four: 150 in 90 days; 400 more take 240 days, to 25 February. 153 days to 30 November
    are 153/7 weeks: 400 * 7 / 153 = 18.3, so 19 a week.
    """
    first = DAY - dt.timedelta(days=120)
    met = (100, 250, 300, 350, 400)
    points = [
        point({"甲": (n, 1000 - n, 0)}, first + dt.timedelta(days=30 * k))
        for k, n in enumerate(met)
    ]
    table = forecast(points, dt.date(2023, 11, 30), levels=("village",))
    (told,) = table.to_dict("records")
    assert (told["periods"], told["gained"], told["missing"]) == (4, 150, 400)
    assert (told["state"], told["finish"]) == ("pace", DAY + dt.timedelta(days=240))
    assert told["per_week_now"] == Decimal("11.6")  # 150 * 7 / 90 = 11.66
    assert told["per_week"] == 19
    assert told["said_zh"] == "按近4期进度2024年2月25日达标；按期完成每周需19户"


def test_without_progress_it_will_not_be_reached():
    points = [
        point({"甲": (5, 5, 0)}, DAY - dt.timedelta(days=30)), point({"甲": (5, 5, 0)}, DAY),
    ]  # fmt: skip
    table = forecast(points, dt.date(2023, 7, 20), levels=("village",))
    # 3 more in 20 days: 3 * 7 / 20 = 1.05, so 2 a week
    assert table.iloc[0]["said_zh"] == "按近2期进度无法完成；按期完成每周需2户"
    assert forecast(points[1:], levels=("village",)).iloc[0]["said_zh"] == (
        "只有一期数据，无法推算进度"
    )
    past = forecast(points, dt.date(2023, 6, 24), levels=("village",)).iloc[0]
    assert past["said_zh"] == "按近2期进度无法完成；已过期限6天，还差3户"
    assert past["per_week"] is None


def test_what_is_met_has_no_forecast():
    assert forecast([point({"甲": (9, 1, 0)}, DAY)]).empty


def test_other_rules_are_no_pace():
    may = point({"甲": (1, 9, 0)}, DAY - dt.timedelta(days=60))
    other = point({"甲": (1, 9, 0)}, DAY - dt.timedelta(days=30),
                  targets=(WATER | {"goal": "0.90"},))  # fmt: skip
    now = point({"甲": (5, 5, 0)}, DAY)
    assert forecast([may, now], levels=("village",)).iloc[0]["periods"] == 2
    # With other rules in between, what lies before them is no history either.
    assert forecast([may, other, now], levels=("village",)).iloc[0]["state"] == "one"


@pytest.mark.parametrize(
    ("missing", "left", "expected"),
    [(10, 20, 4), (10, 7, 10), (10, 3, 10), (10, 70, 1), (11, 70, 2), (10, 0, None)],
)
def test_what_each_week_must_bring(missing, left, expected):
    pace = Pace(Fraction(missing), Fraction(0), 0, DAY, DAY + dt.timedelta(days=left))
    assert pace.per_week == expected


@given(
    missing=st.integers(1, 500), gained=st.integers(1, 500), days=st.integers(1, 200),
    left=st.integers(7, 500),
)  # fmt: skip
def test_paces_are_enough_and_no_more(missing, gained, days, left):
    pace = Pace(Fraction(missing), Fraction(gained), days, DAY, DAY + dt.timedelta(days=left))
    if pace.finish is not None:
        needed = (pace.finish - DAY).days
        assert gained * needed >= missing * days > gained * (needed - 1)
    weeks = Fraction(left, 7)
    assert pace.per_week * weeks >= missing > (pace.per_week - 1) * weeks


# ---------------------------------------------------------------- samples


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8), more=st.integers(0, 80))
def test_every_stratum_gives_its_part(sizes, more):
    wanted = len(sizes) + more
    given_ = allotted(sizes, wanted)
    assert sum(given_) == min(wanted, sum(sizes))
    assert all(1 <= n <= size for n, size in zip(given_, sizes, strict=True))
    shares = [Fraction(size * sum(given_), sum(sizes)) for size in sizes]
    # More than the share rounded up only where one is the least.
    assert all(n <= max(1, -(-share // 1)) for n, share in zip(given_, shares, strict=True))


def test_the_same_seed_draws_the_same_whatever_the_order():
    strata = ["a"] * 30 + ["b"] * 10
    keys = [f"k{n}" for n in range(40)]
    first = {keys[n] for n in draw(strata, keys, 8, seed=7)}
    turned = draw(strata[::-1], keys[::-1], 8, seed=7)
    assert {keys[::-1][n] for n in turned} == first
    assert {keys[n] for n in draw(strata, keys, 8, seed=8)} != first
    assert sum(key in keys[30:] for key in first) == 2  # 10 of 40 of 8


@settings(max_examples=often(8, 200))
@given(seed=st.integers(0, 10**6))
def test_everybody_may_be_drawn(seed):
    """A larger sample of the same seed holds the smaller one: lots, not places, decide."""
    keys = [f"k{n}" for n in range(12)]
    small, large = (set(draw(["a"] * 12, keys, n, seed)) for n in (3, 6))
    assert small < large


def test_over_many_seeds_each_is_drawn_as_often():
    keys = [f"k{n}" for n in range(10)]
    hits = [0] * 10
    for seed in range(1000):
        for n in draw(["a"] * 10, keys, 3, seed):
            hits[n] += 1
    # 300 expected of each, standard deviation 14.5
    assert all(240 < n < 360 for n in hits)


def item(key, state="done", township="东镇", **more):
    cells = {"work_id": key, "work_no": f"东沟-水-{key}", "state": state, "township": township,
             "village": "东沟村", "village_id": "V1", "target_id": "water", "subject_id": key,
             "kind": "pipe", "lon": "107.6", "lat": "35.7", "lead": "水务局"}  # fmt: skip
    return blank(key) | cells | more


def test_spot_checks_are_drawn_from_finished_work():
    items = {f"w{n}": item(f"w{n}", state) for n, state in enumerate(["done", "open"] * 10)}
    items |= {f"x{n}": item(f"x{n}", "verified", "西镇") for n in range(5)}
    drawn = sample_of_work(items, 6, seed=3)
    # 10 in the east, 5 in the west: 4 and 2
    assert drawn["stratum"].value_counts().to_dict() == {"东镇／pipe": 4, "西镇／pipe": 2}
    assert set(drawn["state"]) == {"done", "verified"}
    assert drawn.geometry.iloc[0].x == 107.6
    assert len(sample_of_work(items, 99)) == 15
    with pytest.raises(UsageError, match="there are 2 strata and each gives at least one"):
        sample_of_work(items, 1)
    with pytest.raises(UsageError, match="nothing to draw from"):
        sample_of_work(items, 5, states=("closed",))


def test_spot_checks_are_drawn_from_what_meets_a_target():
    homes = [{"id": f"{v}{n}", "village_id": v, "piped_water": n < 4, "geometry": at(n, 0)}
             for v in "AB" for n in range(6)]  # fmt: skip
    data = project(
        villages=[{"id": v, "name": v, "township": f"T{v}"} for v in "AB"], households=homes
    )
    found = assess(data, standard(WATER), as_of=DAY)
    drawn = sample_of_met(found, "water", 4, seed=2)
    assert drawn["township"].value_counts().to_dict() == {"TA": 2, "TB": 2}
    assert all(int(key[1:]) < 4 for key in drawn["subject_id"])
    assert drawn["position"].eq("exact").all()
    with pytest.raises(UsageError, match="fire: is not in the standard"):
        sample_of_met(found, "fire", 4)


# ---------------------------------------------------------------- what is due


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        ("2023-06-30", "month", "2023-06-01", "2023-06-30"),
        ("2023-12-31", "month", "2023-12-01", "2023-12-31"),
        ("2024-02-10", "quarter", "2024-01-01", "2024-03-31"),
        ("2023-07-01", "half_year", "2023-07-01", "2023-12-31"),
        ("2023-07-01", "year", "2023-01-01", "2023-12-31"),
    ],
)
def test_the_running_period(day, period, first, last):
    days = running_period(dt.date.fromisoformat(day), period)
    assert [one.isoformat() for one in days] == [first, last]


VISIT = {
    "id": "visits", "subjects": "households", "measure": "count", "items": "visits",
    "by": "household_id", "where": {"role": ["village_cadre"]}, "date": "date", "period": "month",
    "at_least": 2,
}  # fmt: skip


def visits(*rows):
    return [
        {"id": f"v{n}", "household_id": home, "date": day, "role": role}
        for n, (home, day, role) in enumerate(rows)
    ]


def test_who_has_not_yet_had_what_the_month_asks():
    """Two visits a month; on 20 June H1 had two, H2 one, H3 none since April, H4 never any."""
    role = "village_cadre"
    data = project(
        villages=[{"id": "V", "name": "V"}],
        households=[{"id": f"H{n}", "village_id": "V"} for n in range(1, 5)],
        visits=visits(
            ("H1", "2023-06-02", role),
            ("H1", "2023-06-19", role),
            ("H2", "2023-06-05", role),
            ("H2", "2023-05-30", role),
            ("H3", "2023-04-11", role),
            ("H3", "2023-06-25", role),  # after the day
            ("H4", "2023-06-06", "work_team"),
            ("H2", None, role),
        ),
        dates={"visits": "2023-06-20"},
    )
    found = assess(data, standard(VISIT), as_of=dt.date(2023, 6, 20))
    table = still_due(found.ground, found.found)
    told = table[["subject_id", "had", "perhaps", "still", "last_seen"]].to_dict("split")["data"]
    assert told == [
        ["H4", 0, 0, 2, None],
        ["H3", 0, 0, 2, dt.date(2023, 4, 11)],
        ["H2", 1, 1, 1, dt.date(2023, 6, 5)],
    ]
    assert set(table["last_day"]) == {dt.date(2023, 6, 30)}
    assert set(table["days_left"]) == {10}
    assert set(table["data_until"]) == {dt.date(2023, 6, 20)}


def test_where_nobody_keeps_a_log_nothing_is_due():
    data = project(
        villages=[{"id": "V", "name": "V"}], households=[{"id": "H1", "village_id": "V"}]
    )
    found = assess(data, standard(VISIT), as_of=DAY)
    assert still_due(found.ground, found.found).empty


# ---------------------------------------------------------------- the work


def history(*rows):
    """Make a history; a row is (work_id, hour, action, field, value)."""
    base = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
    made = [
        {"number": n, "work_id": key, "version": n, "who": "", "via": "cli", "receipt": None,
         "at": (base + dt.timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ"),
         "action": action, "field": field, "before": None, "value": value, "base": None,
         "note": ""}
        for n, (key, hour, action, field, value) in enumerate(rows)
    ]  # fmt: skip
    return pd.DataFrame(made, columns=list(HISTORY))


def test_hours_per_step_come_from_what_we_received():
    """
    Handed out at 5, accepted at 8 (3 h), done at 32 (24 h), verified at 33 (1 h).

    Opened again at 40, done at 50 without being accepted: 10 h from there.
    """
    told = hours_of(
        history(
            ("w", 0, "made", "", "{}"), ("w", 5, "handed", "QD-1", None),
            ("w", 8, "set", "state", "accepted"), ("w", 9, "set", "state", "in_progress"),
            ("w", 20, "set", "note", "x"), ("w", 32, "set", "state", "done"),
            ("w", 33, "set", "state", "verified"), ("w", 40, "set", "state", "reopened"),
            ("w", 50, "settle", "state", "done"),
        )
    )  # fmt: skip
    assert told == {"accept": [3], "handle": [24, 10], "verify": [1]}


def test_how_the_work_stands():
    items = {
        "a": item("a", "open", due="2023-06-24"),
        "b": item("b", "in_progress", due="2023-07-24"),
        "c": item("c", "done", due="2023-06-01", township_check="ok"),
        "d": item("d", "closed", "西镇", due="2023-06-01"),
        "e": item("e", "accepted", "西镇", due="2023-06-29", lead=None,
                  questions='[{"code": "far", "value": null, "who": ""}]'),
    }  # fmt: skip
    events = history(
        ("a", 0, "made", "", "{}"), ("b", 0, "made", "", "{}"),
        ("b", 2, "set", "state", "accepted"), ("e", 0, "made", "", "{}"),
        ("e", 5, "set", "state", "accepted"),
    )  # fmt: skip
    told = work_report(items, events, DAY)
    assert {k: v for k, v in told.states.items() if v} == {
        "open": 1, "accepted": 1, "in_progress": 1, "done": 1, "closed": 1,
    }  # fmt: skip
    # a is 6 days late and e 1; what is done or closed is not
    assert told.overdue == 2
    towns = told.groups[told.groups["by"] == "township"].set_index("name")
    assert towns.loc["东镇"].drop("by").to_dict() == {
        "all": 3, "finished": 0, "done": 1, "running": 2, "overdue": 1, "overdue_days": 6,
    }  # fmt: skip
    leads = told.groups[told.groups["by"] == "lead"].set_index("name")
    assert leads["all"].to_dict() == {"水务局": 4, "": 1}
    steps = told.steps.set_index("step")
    assert (steps.loc["accept", "n"], steps.loc["accept", "median"]) == (2, 3.5)
    assert steps.loc["verify", "median"] is None
    board = {(r.todo, r.township): (r.n, r.overdue) for r in told.board.itertuples()}
    assert board == {
        ("to_accept", "东镇"): (1, 1), ("to_do", "东镇"): (1, 0), ("to_do", "西镇"): (1, 1),
        ("to_check_county", "东镇"): (1, 0), ("to_answer", "西镇"): (1, 1),
    }  # fmt: skip
    assert told.as_dict()["overdue"] == 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"state": "reopened"}, "to_accept"), ({"state": "done"}, "to_check_township"),
        ({"state": "verified"}, "to_recheck"), ({"state": "verified", "recheck": "ok"}, "to_close"),
        ({"state": "not_feasible"}, "to_decide"), ({"state": "closed"}, None),
    ],
)  # fmt: skip
def test_what_is_waited_for(cells, expected):
    assert todo_of(blank("w") | cells) == ([] if expected is None else [expected])


def test_work_says_what_it_did_and_what_is_finished_on_paper():
    items = {
        "a": item("a", "closed"), "b": item("b", "open"), "c": item("c", "verified"),
        # two stretches of one road: one done, one not
        "d": item("d", "done", subject_id="R"), "e": item("e", "open", subject_id="R"),
    }  # fmt: skip
    assert work_on(items.values()) == {
        "water": {"a": "done", "b": "open", "c": "done", "R": "done"}
    }
    assert [one["work_id"] for one in on_paper(items, {"a", "b", "d"})] == ["a"]
    # Whose change waits for a planner is not finished on paper: the data cannot know yet.
    items["a"]["change"] = '{"state": "propose", "rows": [{}]}'
    assert on_paper(items, {"a", "b", "d"}) == []
    assert todo_of(items["a"]) == ["to_apply"]


# ---------------------------------------------------------------- the notice


def test_the_notice_fits_into_150_signs_whatever_the_county():
    towns = {f"{name}河川大镇": (n, 20 - n, 0) for n, name in enumerate("甲乙丙丁戊己庚辛壬癸", 5)}
    now = judge(towns)
    places = ranking(now, judge({name: (n, 20 - n, 0) for n, name in enumerate(towns)}))
    for lang in ("zh", "en"):
        text = notice(now, places, lang=lang)
        assert len(text) <= LONGEST[lang]
        assert "癸河川大镇" in text
        assert "1." in text
        assert "10." in text


def test_the_notice_says_who_is_not_ranked():
    now = judge({"甲": (7, 0, 3), "乙": (7, 1, 2), "丙": (6, 4, 0)})
    text = notice(now, ranking(now))
    assert text == (
        "【county】截至6月30日，标准规定的村3个，0个达标。乡镇排名：1.乙镇70.0分，2.丙镇60.0分。"
        "甲镇数据不全，暂不排名。请对照清单限期整改。"
    )
