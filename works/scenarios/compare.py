"""Two to four scenarios side by side: what each builds, costs and changes, where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from layers.text import t
from layers.wrong import WrongCallError
from works.figures import amount_text
from works.plans import money_text
from works.scenarios.effect import Effect, totals, villages
from works.scenarios.files import share
from works.scenarios.scenario import ACTS

LEAST, MOST = 2, 4


@dataclass(frozen=True)
class Side:
    """
    One scenario of a comparison.

    Attributes
    ----------
    name
        What it is called.
    effect
        What it changes.
    totals
        :func:`works.scenarios.effect.totals`, for the target compared by.
    """

    name: str
    effect: Effect
    totals: dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """
    Scenarios side by side.

    Attributes
    ----------
    target
        The target compared by.
    sides
        The scenarios in the order asked for.
    townships
        ``township, amount, before`` and one column per scenario: met after, in the unit shown.
    villages
        Villages where they differ: ``village_id, village, township, before`` and one column per
        scenario.
    only
        Of each scenario the changes no other has: ids.
    shared
        Ids of the changes all have.
    """

    target: str
    sides: tuple[Side, ...]
    townships: pd.DataFrame
    villages: pd.DataFrame
    only: tuple[tuple[str, ...], ...]
    shared: tuple[str, ...]


def compare(effects: Sequence[Effect], target: str | None = None) -> Compared:
    """
    Hold scenarios side by side.

    Parameters
    ----------
    effects
        Two to four, of the same assessment, each with a name of its own.
    target
        The target compared by; that of the first when not given.

    Raises
    ------
    UsageError
        If there are fewer or more.
    """
    if not LEAST <= len(effects) <= MOST:
        raise WrongCallError("two_to_four", n=len(effects))
    asked = target or effects[0].scenario.target
    sides = tuple(Side(one.scenario.name, one, totals(one, asked)) for one in effects)
    tables = [villages(one, asked) for one in effects]
    first = tables[0][["village_id", "village", "township", "amount", "before"]]
    wide = first.assign(**{str(n): table["after"] for n, table in enumerate(tables)})
    columns = [str(n) for n in range(len(tables))]
    town = wide.groupby("township", sort=False)[["amount", "before", *columns]].sum()
    differs = wide[columns].ne(wide["0"], axis=0).any(axis=1)
    done = [{(c.act, c.layer, c.key) for c in one.scenario.changes} for one in effects]
    shared = set.intersection(*done)
    only = []
    for n, mine in enumerate(done):
        others = set().union(*(one for m, one in enumerate(done) if m != n))
        only.append(tuple(c.key for c in effects[n].scenario.changes
                          if (c.act, c.layer, c.key) in mine - others))  # fmt: skip
    return Compared(
        asked, sides, town.reset_index(), wide[differs].reset_index(drop=True), tuple(only),
        tuple(sorted({key for _, _, key in shared})),
    )  # fmt: skip


_Cell = Callable[[Side, str], str]


def _rows(lang: str) -> list[tuple[str, _Cell]]:
    """Give what is compared: key of the words and how it is written."""
    joint = t("scenario.joint", lang)

    def what(side: Side, _: str) -> str:
        return joint.join(
            t(f"scenario.n.{act}", lang, n=side.totals[name])
            for act, name in zip(ACTS, ("placed", "moved", "repaired", "deleted"), strict=True)
            if side.totals[name]
        ) or t("scenario.n.none", lang)  # fmt: skip

    def money(side: Side, _: str) -> str:
        return cost_said(side.totals, lang)

    def after(side: Side, _: str) -> str:
        told = side.totals
        if not told["amount"]:
            return "—"
        return f"{share(told['before'], told['amount'])}% → {share(told['after'], told['amount'])}%"

    def sums(name: str) -> _Cell:
        return lambda side, _: amount_text(side.totals[name], side.totals["unit"], lang)

    def people(side: Side, _: str) -> str:
        return str(side.totals["people_gained"] - side.totals["people_lost"])

    def reached(side: Side, _: str) -> str:
        if not side.totals["goal"]:
            return "—"
        return f"{side.totals['met_before']} → {side.totals['met_after']}"

    return [("what", what), ("cost", money), ("share", after), ("gained", sums("gained")),
            ("lost", sums("lost")), ("people", people), ("villages", reached)]  # fmt: skip


def cost_said(told: dict[str, Any], lang: str) -> str:
    """Print what a scenario costs."""
    if told["cost"] is None:
        return t("scenario.cost_unknown", lang)
    return money_text(Fraction(told["cost"]), told["currency"], lang)


def head_rows(made: Compared, lang: str) -> list[tuple[str, ...]]:
    """Give the comparison line by line: a title, then one text per scenario."""
    found = []
    for key, cell in _rows(lang):
        if key == "people" and not any(
            one.totals["people_gained"] or one.totals["people_lost"] for one in made.sides
        ):
            continue
        found.append((t(f"scenario.row.{key}", lang), *(cell(one, lang) for one in made.sides)))
    own = [str(len(one)) for one in made.only]
    found.append((t("scenario.row.only", lang), *own))
    return found


def township_rows(made: Compared, lang: str) -> list[tuple[str, ...]]:
    """Give the townships: name, share before, share after in each scenario."""
    rows = []
    for row in made.townships.to_dict("records"):
        sides = [share(row[str(n)], row["amount"]) for n in range(len(made.sides))]
        name = str(row["township"]) or t("scenario.no_township", lang)
        rows.append((name, share(row["before"], row["amount"]) + "%", *(f"{s}%" for s in sides)))
    return rows


def village_rows(made: Compared) -> list[tuple[str, ...]]:
    """Give the villages where the scenarios differ: name, before, after in each scenario."""
    rows = []
    for row in made.villages.to_dict("records"):
        name = " ".join(one for one in (row["township"], row["village"]) if one)
        cells = [_figure(row[str(n)]) for n in range(len(made.sides))]
        rows.append((name, _figure(row["before"]), *cells))
    return rows


def _figure(value: Any) -> str:
    return f"{value:.1f}".removesuffix(".0")


def as_dict(made: Compared) -> dict[str, Any]:
    """Give what ``scenario compare --json`` says."""
    names = [one.name for one in made.sides]

    def named(table: pd.DataFrame) -> list[dict[str, Any]]:
        found = []
        for row in table.to_dict("records"):
            after = {name: row.pop(str(n)) for n, name in enumerate(names)}
            found.append({**{str(key): value for key, value in row.items()}, "after": after})
        return found

    return {
        "target": made.target,
        "scenarios": [{"name": one.name, **one.totals} for one in made.sides],
        "townships": named(made.townships), "villages": named(made.villages),
        "only": dict(zip(names, map(list, made.only), strict=True)),
        "shared": list(made.shared),
    }  # fmt: skip
