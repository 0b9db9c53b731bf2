"""Results under two standards side by side, and the rules that differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.rescore import ALSO, Rescored
from layers.facts import words
from layers.text import said, t
from works.extra import Extra
from works.figures import blank
from works.workbook import heads, percent_cell, titles

FIGURES = ("status", "share_low", "share_high", "needed_low", "needed_high", "goal")
HEADS = (
    "level", "unit_id", "unit_name", "target", "change",
    *(name + end for name in FIGURES for end in ("", ALSO)), "because",
)  # fmt: skip
_COUNTS = {"first": "villages", "also": "villages_also"}
PLAIN = (
    *("kind", "weight", "goal", "goal_level"),
    *("within_m", "minutes", "climb_m", "max_gap_m"),
)
"""Keys of a rule whose values are figures or words everybody reads."""
RULE_HEADS = ("target_id", "target", "change", "key_title", "value_first", "value_also", "said")


def rescored_extra(found: Rescored, lang: str) -> Extra:
    """
    Give what an assessment says of the same data under another standard.

    Parameters
    ----------
    found
        What :func:`geo.rescore.rescore` found.
    lang
        Language of the sheets and lines.

    Returns
    -------
    Extra
        ``rescored.csv`` (both results), ``rescored_rules.csv`` (what differs in the rules), a sheet
        for each, and ``rescored`` of the summary.
    """
    return Extra(
        files={"rescored.csv": found.table, "rescored_rules.csv": found.differences},
        sheets={
            t("also.title", lang): (_table(found, lang), _heads(found, HEADS, lang)),
            t("also.rules", lang): (_rules(found, lang), _heads(found, RULE_HEADS, lang)),
        },
        summary={"rescored": rescored_summary(found)},
        lines=rescored_lines(found, lang),
    )


def rescored_summary(found: Rescored) -> dict[str, Any]:
    """Give the counts for ``summary.json``: both standards, villages by status, and why."""
    return {
        "standard": found.first.standard.label,
        "also": found.also.standard.label,
        "as_of": found.first.as_of.isoformat(),
        "data_version": found.first.data_version,
        **{_COUNTS.get(key, key): one for key, one in found.counts().items()},
    }


def rescored_lines(found: Rescored, lang: str) -> list[str]:
    """Say in a few lines what another standard makes of the same data."""
    counts = found.counts()
    targets = counts["targets"]
    return [
        t("also.said.villages", lang, also=found.also.standard.label,
          met=counts["also"].get("met", 0), met_first=counts["first"].get("met", 0),
          n=counts["villages_changed"]),
        t("also.said.targets", lang, **targets),
    ]  # fmt: skip


def differences_text(found: Rescored, target: str, lang: str) -> str:
    """
    Say what differs between the two rules of a target: ``goal 0.80 → 0.85; within_m 800 → 1000``.

    Empty where nothing that bears on the result differs.
    """
    rows = found.differences[found.differences["target_id"] == target].to_dict("records")
    return t("also.and", lang).join(_said(row, lang) for row in rows)


def plain_differences(found: Rescored, target: str, lang: str) -> str:
    """
    Say what differs as :func:`differences_text`, in words alone.

    Keys that stand deeper in a rule, and those written in codes of layers, columns and values, are
    said in one phrase; the sheet of the rules lists them.
    """
    return plain_rows(found.differences, target, lang)


def plain_rows(differences: pd.DataFrame, target: str, lang: str) -> str:
    """
    Say of one target what differs in two standards, in words alone.

    Parameters
    ----------
    differences
        What :func:`geo.rescore.differences_of` gives.
    target
        The target.
    lang
        ``zh`` or ``en``.
    """
    rows = differences[differences["target_id"] == target].to_dict("records")
    told = [
        _said(row, lang, plain=True) for row in rows if row["key"] in PLAIN or blank(row["key"])
    ]
    if len(told) < len(rows):
        told.append(t("also.conditions", lang))
    return t("also.and", lang).join(told)


def _said(row: Mapping[Any, Any], lang: str, plain: bool = False) -> str:
    if blank(row["key"]):
        return t(f"also.change.{row['change']}", lang)
    key = str(row["key"])
    say = _plain if plain else _value
    old, new = (say(key, row[name], lang) for name in ("value", "value_also"))
    return f"{_key(key, lang)} {old} → {new}"


def _value(key: str, value: Any, lang: str) -> str:
    if blank(value):
        return t("also.none", lang)
    return t(f"kind.{value}", lang) if key == "kind" else str(value)


def _plain(key: str, value: Any, lang: str) -> str:
    """Give a value as pages write it: shares per cent, levels by name."""
    if not blank(value) and key == "goal_level":
        return t(f"level.{value}", lang)
    if not blank(value) and key == "goal" and float(value) <= 1:
        return t("over.percent", lang, n=f"{percent_cell(value):g}")
    return _value(key, value, lang)


def _key(key: str, lang: str) -> str:
    """Give a key of a standard in words, with the way to it where it stands deeper."""
    path, _, last = key.rpartition(".")
    name = f"also.key.{last}"
    title = t(name, lang) if name in words() else last
    return f"{title} ({path})" if path else title


def _heads(found: Rescored, names: tuple[str, ...], lang: str) -> dict[str, str]:
    """Give heads that name the standard each column is of."""
    labels = found.first.standard.label, found.also.standard.label
    if labels[0] == labels[1]:
        labels = labels[0], t("also.other", lang)
    result = {}
    for name, head in heads(tuple(n.removesuffix(ALSO) for n in FIGURES), lang).items():
        result[name] = f"{head} {labels[0]}"
        result[name + ALSO] = f"{head} {labels[1]}"
    result |= {"value_first": labels[0], "value_also": labels[1]}
    plain = heads(tuple(n for n in names if n not in result), lang)
    return {name: (result | plain)[name] for name in names}


def _titles(found: Rescored, lang: str) -> dict[str, str]:
    return titles(found.also, lang) | titles(found.first, lang)


def _table(found: Rescored, lang: str) -> pd.DataFrame:
    """Give both results in words and per cent, side by side."""
    table, names = found.table.copy(), _titles(found, lang)
    levels = {code: said(both, lang) for code, both in found.first.levels.items()}
    for end in ("", ALSO):
        for name in ("share_low", "share_high", "goal"):
            table[name + end] = [percent_cell(value) for value in table[name + end]]
        table[f"status{end}"] = [
            t("also.none", lang) if blank(v) else t(f"status.{v}", lang)
            for v in table[f"status{end}"]
        ]
    table["target"] = table["target_id"].map(names)
    table["level"] = [levels.get(code) or t(f"level.{code}", lang) for code in table["level"]]
    table["because"] = [
        t("also.and", lang).join(names[key] for key in told.split(", ") if key)
        for told in table["because"]
    ]
    return _changes(table, lang)


def _rules(found: Rescored, lang: str) -> pd.DataFrame:
    """Give what differs in the rules, key by key; what is the same in both is not listed."""
    table, names = found.differences.copy(), _titles(found, lang)
    rows = table.to_dict("records")
    table["target"] = table["target_id"].map(names)
    table["key_title"] = ["" if blank(r["key"]) else _key(str(r["key"]), lang) for r in rows]
    for name, own in (("value_first", "value"), ("value_also", "value_also")):
        table[name] = ["" if blank(r["key"]) else _value(str(r["key"]), r[own], lang) for r in rows]
    table["said"] = [_said(row, lang) for row in rows]
    return _changes(table, lang)


def _changes(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    return table.assign(change=[t(f"also.change.{one}", lang) for one in table["change"]])
