"""When a goal will be reached at the pace of the last periods, and what each week must bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.rescore import UNCHANGED, changes_of
from geo.scorecard import ALL
from geo.standard import Standard
from layers.text import t
from works.figures import amount_text, exact

PERIODS = 4
"""How many periods a pace is taken from."""
FURTHEST = 36_500
"""Days: what would take longer will not be done at this pace."""
COLUMNS = [
    "level", "unit_id", "unit_name", "township", "target_id", "unit", "met", "missing", "periods",
    "since", "gained", "per_week_now", "state", "finish", "due", "days_left", "per_week",
    "said_zh", "said_en",
]  # fmt: skip
MET, PACE, STILL, ONE = "met", "pace", "still", "one"
"""The goal is reached; will be on a day; will not be at this pace; only one period is known."""


@dataclass(frozen=True)
class Point:
    """
    The scorecard of one period.

    Attributes
    ----------
    name, as_of
        The period, and its day.
    standard, where
        The rules, and the condition on villages that was its scope.
    scorecard
        Its sums.
    """

    name: str
    as_of: dt.date
    standard: Standard
    where: Any
    scorecard: pd.DataFrame


@dataclass(frozen=True)
class Pace:
    """What is missing of a goal, what was gained in how many days, and when it is due."""

    missing: Fraction
    gained: Fraction
    days: int
    day: dt.date
    due: dt.date | None = None

    @property
    def finish(self) -> dt.date | None:
        """
        Give the day on which the goal is reached at this pace; None where it never is.

        Examples
        --------
        10 missing, 4 gained in 30 days: 75 days.

        >>> Pace(Fraction(10), Fraction(4), 30, dt.date(2023, 6, 30)).finish
        datetime.date(2023, 9, 13)
        """
        if self.gained <= 0:
            return None
        needed = -(-self.missing * self.days // self.gained)
        return self.day + dt.timedelta(days=int(needed)) if needed <= FURTHEST else None

    @property
    def days_left(self) -> int | None:
        """Give the days up to the due date, below 0 when it is past; None without one."""
        return None if self.due is None else (self.due - self.day).days

    @property
    def per_week(self) -> int | None:
        """
        Give how much each week must bring, in whole units; None where there is no time left.

        Examples
        --------
        10 missing in 20 days: 10 / (20 / 7) = 3.5, so 4.

        >>> Pace(Fraction(10), Fraction(0), 0, dt.date(2023, 6, 10), dt.date(2023, 6, 30)).per_week
        4
        """
        left = self.days_left
        if left is None or left <= 0:
            return None
        # In less than a week all of it must be brought, and not more.
        return int(-(-self.missing * 7 // max(left, 7)))

    @property
    def weekly(self) -> Decimal:
        """Give what a week brought, to one decimal, cut off towards 0."""
        if not self.days:
            return Decimal(0)
        return Decimal(int(self.gained * 70 / self.days)) / 10


def forecast(
    points: Sequence[Point],
    due: dt.date | None = None,
    *,
    levels: Sequence[str] = ("county", "township", "village"),
    towns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Say of every goal that is not reached when it will be.

    Parameters
    ----------
    points
        Periods, oldest first; the last one is what is asked about. Of the earlier ones, those are
        used that ask the same of the same villages: what other rules changed is no pace.
    due
        Until when it should be.
    levels
        For which levels.
    towns
        Village id to its township.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``; ``missing`` is what is still needed if nothing of what is unknown counts.
        ``per_week_now`` is what a week brought over the last four periods, ``per_week`` what each
        week must bring up to the due date.
    """
    last = points[-1]
    cards = [_rows_of(point) for point in points]
    usable = _usable(points)
    made: list[dict[str, Any]] = []
    targets = {target.id for target in last.standard.targets}
    for key, row in cards[-1].items():
        level, unit, target = key
        lacks = exact(row["needed_high"])
        if level not in levels or target not in targets or unit == "-" or not lacks:
            continue
        if row["status"] not in ("unmet", "undetermined"):
            continue
        mine = [n for n in usable[target] if key in cards[n]][-PERIODS:]
        first = mine[0]
        days = (last.as_of - points[first].as_of).days
        gained = exact(row["met"]) - exact(cards[first][key]["met"])
        pace = Pace(lacks, gained, days, last.as_of, due)
        state = ONE if not days else STILL if pace.finish is None else PACE
        made.append(
            {
                "level": level, "unit_id": unit, "unit_name": row["unit_name"],
                "township": (towns or {}).get(unit) if level == "village" else None,
                "target_id": target, "unit": row["unit"], "met": row["met"],
                "missing": row["needed_high"], "periods": len(mine),
                "since": points[first].as_of, "gained": _decimal(gained),
                "per_week_now": pace.weekly, "state": state, "finish": pace.finish, "due": due,
                "days_left": pace.days_left, "per_week": pace.per_week,
                **{f"said_{lang}": sentence(pace, state, len(mine), str(row["unit"]), lang)
                   for lang in ("zh", "en")},
            }
        )  # fmt: skip
    cells = {name: [row[name] for row in made] for name in COLUMNS}
    return pd.DataFrame(cells, columns=COLUMNS, dtype=object)


def sentence(pace: Pace, state: str, periods: int, unit: str, lang: str) -> str:
    """Say when a goal is reached, and what each week must bring until it is due."""
    if state == ONE:
        told = t("forecast.one", lang)
    elif pace.finish is None:
        told = t("forecast.still", lang, n=periods)
    else:
        told = t("forecast.pace", lang, n=periods, day=_day(pace.finish, pace.day, lang))
    left = pace.days_left
    if left is None:
        return told
    if left <= 0:
        return told + t(
            "forecast.past", lang, n=-left, missing=amount_text(pace.missing, unit, lang)
        )
    return told + t("forecast.weekly", lang, amount=amount_text(pace.per_week, unit, lang))


def _day(day: dt.date, asked: dt.date, lang: str) -> str:
    """Print a day without its year where that is the year of asking."""
    if lang == "en":
        return f"{day.day} {day:%B}" + ("" if day.year == asked.year else f" {day.year}")
    return ("" if day.year == asked.year else f"{day.year}年") + f"{day.month}月{day.day}日"


def _rows_of(point: Point) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    card = point.scorecard
    card = card[card["kind"].isin(["required", "scored"]) & (card["target_id"] != ALL)]
    rows: list[Any] = card.to_dict("records")
    return {(str(r["level"]), str(r["unit_id"]), str(r["target_id"])): r for r in rows}


def _usable(points: Sequence[Point]) -> dict[str, list[int]]:
    """Give, for each target, the periods in a row before the last that ask the same."""
    last = points[-1]
    found = {target.id: [len(points) - 1] for target in last.standard.targets}
    going = set(found)
    for number in range(len(points) - 2, -1, -1):
        point = points[number]
        if point.where != last.where:
            break
        changes = changes_of(point.standard, last.standard)
        going = {key for key in going if changes[key] == UNCHANGED}
        for key in going:
            found[key].insert(0, number)
    return found


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
