"""Shares under every denominator a standard names, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.scorecard import LEVELS
from geo.target import Target
from layers.escape import esc
from layers.text import said, t
from works.board import Board, Row
from works.figures import amount_text, fraction, share_text
from works.sums import WHOLE, together

OWN = ""
FIGURES = ("amount", "met", "unknown", "share_low", "share_high")


def denominator(target: Target, name: str, lang: str) -> str:
    """
    Give what people call one of a target's denominators.

    Parameters
    ----------
    target, lang
        The target, and ``zh`` or ``en``.
    name
        Its name in the standard; '' for the target's own, which decides.

    Returns
    -------
    str
        The standard's title for it, else ours, else its name.
    """
    if name == OWN:
        return t("beside.own", lang)
    key = f"denominator.{name}"
    ours = t(key, lang)
    return said(target.beside_title.get(name, {}), lang) or (name if ours == key else ours)


def denominators(found: Assessment, lang: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """
    Give a row for each unit and target with other denominators, and the heads of the columns.

    Returns
    -------
    table
        The highest level first, targets in the order of the standard: ``level, unit_id, unit_name,
        target, unit, goal, status, excluded``, and under each denominator amounts and shares in
        per cent, cut off; None where a target does not have it.
    heads
        Column to what people read. Denominators of one name stand in the same columns.
    """
    targets = [target for target in found.standard.targets if target.beside]
    titles: dict[str, str] = {OWN: t("beside.own", lang)}
    for target in targets:
        for name in target.beside:
            titles.setdefault(name, denominator(target, name, lang))
    card = found.scorecard
    by_key = {(r["level"], r["unit_id"], r["target_id"]): r for r in card.to_dict("records")}
    rows = []
    for level in reversed(LEVELS):
        for unit_id in dict.fromkeys(card.loc[card["level"] == level, "unit_id"]):
            for target in targets:
                own = by_key.get((level, unit_id, target.id))
                if own is None:
                    continue
                row = _unit(found, own, target, lang)
                for name in (OWN, *target.beside):
                    one = by_key[level, unit_id, f"{target.id}.{name}" if name else target.id]
                    row |= {f"{key} {name}": _figure(one, key) for key in FIGURES}
                rows.append(row)
    first = ("level", "unit_id", "unit_name", "target", "unit", "goal", "status", "excluded")
    heads = {name: t(f"head.{name}", lang) for name in first}
    joint = t("report.colon", lang)
    heads |= {
        f"{key} {name}": title + joint + t(f"head.{key}", lang)
        for name, title in titles.items()
        for key in FIGURES
    }
    return pd.DataFrame(rows, columns=list(heads)), heads


def _unit(found: Assessment, own: Mapping[Any, Any], target: Target, lang: str) -> dict[str, Any]:
    title = found.levels.get(own["level"])
    return {
        "level": said(title, lang) if title else t(f"level.{own['level']}", lang),
        "unit_id": own["unit_id"],
        "unit_name": own["unit_name"],
        "target": said(target.title, lang),
        "unit": t(f"unit.{own['unit']}", lang),
        "goal": _goal(own["goal"]),
        "status": t(f"status.{own['status']}", lang),
        "excluded": own["excluded"],
    }


def _goal(goal: Any) -> int | float | None:
    """Give a goal that is a share in per cent."""
    share = fraction(goal)
    if share is None or share > 1:
        return None
    return int(share * 100) if (share * 100).denominator == 1 else float(share * 100)


def _figure(row: Mapping[Any, Any], key: str) -> Any:
    value = row[key]
    if key.startswith("share") and value is not None:
        return int(value * 1000) / 10
    return value


def beside_html(board: Board, level: str, unit: str, lang: str) -> str:
    """
    Give the shares of one unit under every denominator as a table of HTML.

    Parameters
    ----------
    board
        What people read off the assessment.
    level, unit
        The unit.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        '' where the standard names no other denominator, or nothing is counted there.
    """
    lines = []
    for target in board.assessment.standard.targets:
        own = _row(board, level, unit, target.id)
        if not target.beside or own is None or own["status"] == "not_assessed":
            continue
        lines.append(f'<tr class="tot"><td colspan="3">{esc(said(target.title, lang))}</td></tr>')
        for name in (OWN, *target.beside):
            row = _row(board, level, unit, f"{target.id}.{name}" if name else target.id)
            if row is not None:
                lines.append(_line(denominator(target, name, lang), row, lang))
    if not lines:
        return ""
    heads = "".join(
        f"<th{style}>{esc(t(key, lang))}</th>"
        for key, style in (("head.denominator", ""), ("head.share", ' class="n"'),
                           ("head.amount", ' class="n"'))
    )  # fmt: skip
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _row(board: Board, level: str, unit: str, key: str) -> Row | None:
    """Give a row; that of the whole is the sum of its units where there are several."""
    if level != WHOLE:
        return board.row(level, unit, key)
    top = board.levels[0]
    rows = [row for unit, _ in board.units(top) if (row := board.row(top, unit, key)) is not None]
    return together(rows) if rows else None


def _line(name: str, row: Row, lang: str) -> str:
    return (
        f'<tr><td>{esc(name)}</td><td class="n">{share_text(row)}</td>'
        f'<td class="n">{amount_text(row["amount"], row["unit"], lang)}</td></tr>'
    )
