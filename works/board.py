"""What people read off an assessment: its scorecard rows by place and target, and their words.

Every figure is a cell of the scorecard; only where the villages lie in several counties are the
counties added up to a whole. The page, the report and the map all read from one :class:`Board`, so
a number never differs between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geo.assess import Assessment
from geo.scorecard import units_of
from layers.escape import esc
from layers.facts import scopes
from layers.text import percent, said, t
from works.figures import amount_text, bar, exact, fraction, goal_text, share_text, text, whole
from works.sums import WHOLE, together

ALL = "_all"
NOWHERE = "-"
OPEN = ("unmet", "undetermined")
# Levels from the widest to the narrowest; a project may leave out or rename the upper ones.
_LEVELS = ("province", "city", "county", "township", "village")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Near:
    """A village that is close to passing, with the required targets it still lacks."""

    name: str
    township: str
    status: str
    lacks: tuple[Row, ...]


class Board:
    """
    The rows of one assessment, found by level, place and target.

    Parameters
    ----------
    assessment
        The finished assessment.
    before
        That of an earlier day by the same rules, to tell what has changed.
    """

    def __init__(self, assessment: Assessment, before: Assessment | None = None) -> None:
        self.assessment = assessment
        self.before = None if before is None else Board(before)
        self.targets = {target.id: target for target in assessment.standard.targets}
        self._rows: dict[tuple[str, str, str], Row] = {}
        records: list[Any] = assessment.scorecard.to_dict("records")
        for row in records:
            self._rows[str(row["level"]), text(row["unit_id"]), str(row["target_id"])] = row

    # ------------------------------------------------------------------ rows

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Give the levels the scorecard has, widest first."""
        there = list(dict.fromkeys(level for level, _, _ in self._rows))
        known = [level for level in _LEVELS if level in there]
        return (*[level for level in reversed(there) if level not in _LEVELS], *known)

    @cached_property
    def top(self) -> tuple[str, str]:
        """Give level and id of the whole: the only unit of the widest level, or all its units."""
        level = self.levels[0] if self.levels else WHOLE
        units = self.units(level)
        if len(units) == 1:
            return level, units[0][0]
        for target in (ALL, *self.targets):
            rows = [row for unit, _ in units if (row := self.row(level, unit, target)) is not None]
            if rows:
                self._rows[WHOLE, WHOLE, target] = together(rows)
        return WHOLE, WHOLE

    def units(self, level: str) -> list[tuple[str, str]]:
        """Give id and name of the places of a level, in the order of the scorecard."""
        return [
            (unit, text(row["unit_name"]) or unit)
            for (its_level, unit, target), row in self._rows.items()
            if its_level == level and target == ALL
        ]

    def row(self, level: str, unit: str, target: str = ALL) -> Row | None:
        """Give one scorecard row, None when there is none."""
        return self._rows.get((level, unit, target))

    def every(self, target: str = ALL) -> Iterator[Row]:
        """Give the rows of one target on every level, what lies nowhere included."""
        for (level, _, its_target), row in self._rows.items():
            if its_target == target and level != WHOLE:
                yield row

    def total(self, target: str = ALL) -> Row | None:
        """Give the row of the whole."""
        return self.row(*self.top, target)

    def of_villages(self, target: str = ALL) -> Iterator[tuple[str, Row]]:
        """Give village id and row of one target, in the order of the scorecard."""
        for (level, unit, its_target), row in self._rows.items():
            if level == "village" and its_target == target and unit != NOWHERE:
                yield unit, row

    def residual(self, target: str) -> Row | None:
        """Give the row of what lies in no known village; None when there is nothing."""
        row = self.row("village", NOWHERE, target)
        return row if row is not None and exact(row["amount"]) else None

    def statuses(self, target: str = ALL) -> dict[str, str]:
        """Give the status of each village for one target."""
        return {unit: str(row["status"]) for unit, row in self.of_villages(target)}

    # ------------------------------------------------------------------ words

    def title(self, target: str, lang: str) -> str:
        """Give a target's title as plain text; that of the whole for ``_all``."""
        if target == ALL:
            return t("row._all", lang)
        found = self.targets.get(target)
        return said(found.title, lang) if found else target

    def titles(self, lang: str) -> dict[str, str]:
        """Give every target's title as plain text."""
        return {target: self.title(target, lang) for target in self.targets}

    def details(self, target: str, lang: str) -> dict[str, str]:
        """Give each village's share for the map's tooltips, as plain text."""
        if target == ALL:
            return {}
        return {unit: self.share(row, lang) for unit, row in self.of_villages(target)}

    def share(self, row: Row, lang: str) -> str:
        """Give the share with what is still to verify, as plain text; — when nothing is judged."""
        if not exact(row["amount"]) or row["status"] == "not_assessed":
            return "—"
        key = "say.share_verify" if exact(row["unknown"]) else "say.share"
        unknown = amount_text(row["unknown"], row["unit"], lang)
        return t(key, lang, share=share_text(row), unknown=unknown)

    @cached_property
    def unassessed(self) -> list[str]:
        """Give the targets nobody has data for, in the order of the standard."""
        rows = {target: self.total(target) for target in self.targets}
        return [key for key, row in rows.items() if row is None or row["status"] == "not_assessed"]

    @property
    def assessed(self) -> tuple[int, int]:
        """Give how many targets have been assessed, and of how many."""
        return len(self.targets) - len(self.unassessed), len(self.targets)

    @property
    def has_goals(self) -> bool:
        """Tell whether anything is judged: without goals points and places would say nothing."""
        return any(target.goal is not None for target in self.targets.values())

    def score(self, row: Row) -> str:
        """Print the points of a row ``_all``; — when nothing is assessed."""
        return percent(exact(row["met"]), 100) if exact(row["amount"]) else "—"

    def planned(self, row: Row) -> bool:
        """Tell whether a row's goal is a plan's number instead of a share."""
        target = self.targets.get(str(row["target_id"]))
        return target is not None and isinstance(target.goal, Mapping) and "as" in target.goal

    def goal(self, row: Row, lang: str) -> str:
        """Print a row's goal: in per cent, or as an amount where it is a plan's number."""
        if self.planned(row):
            return amount_text(row["goal"], row["unit"], lang) if row["goal"] else "—"
        return goal_text(row["goal"])

    def bar(self, row: Row) -> str:
        """Draw a row's low-high bar with its goal."""
        goal, amount = fraction(row["goal"]), exact(row["amount"])
        if goal is not None and self.planned(row):
            goal = goal / amount if amount else None
        return bar(row, goal)

    # ------------------------------------------------------------------ what is lacking

    def lack(self, row: Row, lang: str, *, short: bool = False, plain: bool = False) -> str:
        """Say what one target lacks: what is still needed, or what to verify first."""
        safe, bold = (str, str) if plain else (esc, _bold)
        verify = row["status"] == "undetermined"
        title = safe(self.title(str(row["target_id"]), lang))
        if in_villages(row):
            return t(
                "say.target_villages", lang, target=title, n=bold(whole(row["villages_unmet"]))
            )
        if row["level"] == row["unit"] == "village":
            # "1 village is missing" says nothing of the village itself.
            return t("say.target_verify" if verify else "say.target_fails", lang, target=title)
        amount = amount_text(row["unknown"] if verify else row["needed_low"], row["unit"], lang)
        goal = goal_text(row["goal"])
        brief = short or goal == "—" or self.planned(row)
        return t(
            "say.target_short" if brief else "say.target",
            lang,
            target=title,
            share=bold(share_text(row)),
            goal=goal,
            lack=t("say.lack_verify" if verify else "say.lack", lang, n=bold(amount)),
        )

    def lacks(self, rows: Sequence[Row], lang: str, *, most: int = 2, plain: bool = False) -> str:
        """Say what several targets lack, the first ones by name."""
        said = [self.lack(row, lang, short=True, plain=plain) for row in rows[:most]]
        more = t("say.more", lang, n=len(rows) - most) if len(rows) > most else ""
        return t("say.joint", lang).join(said) + more

    def required(self, level: str, unit: str) -> list[Row]:
        """Give the rows of the required targets of a place."""
        keys = [key for key, target in self.targets.items() if target.kind == "required"]
        return [row for key in keys if (row := self.row(level, unit, key)) is not None]

    def lacking(self, level: str, unit: str) -> list[Row]:
        """Give the required targets a place still lacks: failed ones first, the nearest first."""
        rows = [row for row in self.required(level, unit) if row["status"] in OPEN]
        return sorted(rows, key=lambda row: (row["status"] != "unmet", far(row)))

    def passed(self, level: str, unit: str) -> tuple[int, int]:
        """Give how many required targets a place meets, and of how many that are judged there."""
        judged = [row for row in self.required(level, unit) if row["status"] in ("met", *OPEN)]
        return sum(row["status"] == "met" for row in judged), len(judged)

    # ------------------------------------------------------------------ nearest to passing

    @cached_property
    def _steps(self) -> list[tuple[str, Row, tuple[Row, ...]]]:
        """Give the villages that do not pass yet, nearest first, with what each one lacks."""
        found = []
        for order, (unit, row) in enumerate(self.of_villages()):
            if row["status"] not in OPEN:
                continue
            lacks = self.lacking("village", unit)
            failed = sum(one["status"] == "unmet" for one in lacks)
            step = max((far(one) for one in lacks), default=0)
            found.append(((failed, len(lacks), step, order), unit, row, tuple(lacks)))
        return [(unit, row, lacks) for _, unit, row, lacks in sorted(found, key=lambda one: one[0])]

    @cached_property
    def nearness(self) -> list[str]:
        """Give all village ids: those nearest to passing first, then the rest as in the card."""
        near = [unit for unit, _, _ in self._steps]
        return [*near, *(unit for unit, _ in self.of_villages() if unit not in set(near))]

    def nearest(self, most: int = 5) -> list[Near]:
        """Give the villages closest to passing: fewest failed targets, then the smallest step."""
        towns = self.townships()
        return [
            Near(text(row["unit_name"]) or unit, towns.get(unit, ""), str(row["status"]), lacks)
            for unit, row, lacks in self._steps[:most]
        ]

    @cached_property
    def _inside(self) -> dict[str, list[str]]:
        """Give the villages of each township unit, told apart as the scorecard tells them."""
        villages = self.assessment.villages
        frame = villages.assign(id=villages.index.astype(str))
        found: dict[str, list[str]] = {unit: [] for unit, _ in self.units("township")}
        for units in units_of(frame, self.assessment.project_name):
            if units.level == "township":
                for village, place in zip(frame["id"], units.of_village, strict=False):
                    found.setdefault(units.ids[place], []).append(str(village))
        return found

    def villages_of(self, unit: str) -> list[str]:
        """Give the ids of the villages of a township, in their official order."""
        return self._inside.get(unit, [])

    def townships(self) -> dict[str, str]:
        """Give each village's township name."""
        return self._column("township")

    def _column(self, name: str) -> dict[str, str]:
        villages = self.assessment.villages
        if name not in villages:
            return {}
        return {str(key): text(cell) for key, cell in villages[name].items()}

    # ------------------------------------------------------------------ names and tags

    @cached_property
    def bound(self) -> tuple[str, ...]:
        """Give the villages the standard binds, where they are some of those shown; else none."""
        bound = self.assessment.bound
        every = self.assessment.villages.index.astype(str)
        return tuple(one for one in every if one in bound) if len(bound) < len(every) else ()

    @cached_property
    def bound_scope(self) -> str:
        """Give the name of the scope the standard binds (``data/scopes.toml``); else empty."""
        wanted = self.assessment.standard.scope
        named = [name for name, scope in scopes().items() if scope.get("where") == wanted]
        return named[0] if wanted and named else ""

    def bound_word(self, lang: str) -> str:
        """Give what the villages the standard binds are called; empty when they have no name."""
        return said(scopes()[self.bound_scope]["title"], lang) if self.bound_scope else ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Give each village's name, with its township where two share it."""
        names = self._column("name")
        once = Counter(names.values())
        towns = self.townships()
        return {
            key: f"{name}（{towns[key]}）" if once[name] > 1 and towns.get(key) else name or key
            for key, name in names.items()
        }

    def name(self, village: str) -> str:
        """Give a village's name that no other in the assessment has, as far as townships tell."""
        return self.names.get(village, village)

    def tags(self, village: str, lang: str) -> list[str]:
        """Give what is to be known of a village beside its name, as plain words."""
        found = [self.bound_scope] if self.bound_scope and village in self.bound else []
        if self._column("ex_poor").get(village) == "True":
            found.append("ex_poor")
        return [t(f"tag.{name}", lang) for name in dict.fromkeys(found)]


def in_villages(row: Row) -> bool:
    """Tell whether villages fall short of a target that has no goal above them."""
    return row["status"] == "reported" and whole(row.get("villages_unmet")) > 0


def _bold(value: Any) -> str:
    return f"<b>{esc(value)}</b>"


def far(row: Row) -> float:
    """Tell how large the step to the goal is, as a share of what is counted."""
    amount = exact(row["amount"])
    step = exact(row["needed_low"]) or exact(row["needed_high"])
    return float(step / amount) if amount else 0.0
