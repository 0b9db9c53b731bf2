"""The totals that stand in the card's place while no village is chosen, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from layers.escape import esc
from layers.text import t
from ui.village_card import COLUMNS, head_html, heads_html
from works.board import ALL, Board, Row
from works.figures import (
    bar_key,
    needed_text,
    share_text,
    sign,
    status_word,
    text,
    villages_met,
    whole,
)

_COUNTED = ("met", "undetermined", "unmet")
_N = '"n"'


def totals_html(board: Board, target: str, township: str | None, lang: str) -> str:
    """
    Give what stands in the card's place while no village is chosen.

    Parameters
    ----------
    board
        What people read off the assessment.
    target
        Target the map is coloured by, or ``_all``.
    township
        A township's unit id: its villages are listed; None lists the townships.
    lang
        ``zh`` or ``en``.
    """
    place = board.top if township is None else ("township", township)
    row = board.row(*place, target)
    if row is None:
        return ""
    name = text(row["unit_name"]) or board.assessment.project_name
    status = str(row["status"])
    head = head_html(name, status, lang)
    inner = _counts(row, lang)
    if target != ALL:
        small = f"{board.title(target, lang)}　{board.share(row, lang)}"
        inner = (
            f'<div class="vc-sub">{esc(small)}</div><div class="vc-bar">{board.bar(row)}</div>'
            f"{bar_key(lang)}{inner}"
        )
    inner += _places(board, target, township, lang)
    return (
        f'<div class="vc">{head}{inner}<div class="vc-hint">{esc(t("map.click", lang))}</div></div>'
    )


def _counts(row: Row, lang: str) -> str:
    """Say how many villages pass, are undetermined, fail."""
    if not any(whole(row[f"villages_{name}"]) for name in _COUNTED):
        return ""
    cells = "".join(
        f"<div><small>{sign(name, 14)} {status_word(name, lang)}</small>"
        f"<b>{whole(row[f'villages_{name}'])}</b></div>"
        for name in _COUNTED
    )
    return f'<div class="vc-figs">{cells}</div>'


def _places(board: Board, target: str, township: str | None, lang: str) -> str:
    """List the townships with their villages that pass, or the villages of one township."""
    if township is None:
        units = [("township", unit, name) for unit, name in board.units("township")]
    else:
        names = dict(board.units("village"))
        units = [("village", one, names.get(one, one)) for one in board.villages_of(township)]
    rows = [(name, row) for level, unit, name in units if (row := board.row(level, unit, target))]
    if not rows:
        return ""
    first = "head.township" if township is None else "head.village"
    last = "report.villages_met" if township is None else "needed"
    if target == ALL:
        return _verdicts(board, rows, first, lang)
    lines = "".join(
        f"<tr><td>{sign(row['status'], 16)}</td><td>{esc(name)}</td>"
        f"<td>{board.bar(row)}</td><td class={_N}>{share_text(row)}</td>"
        f"<td class={_N}>{villages_met(row) if township is None else needed_text(row, lang)}</td>"
        "</tr>"
        for name, row in rows
    )
    return (
        f"<table class='tg'>{COLUMNS}{heads_html(first, last, lang)}<tbody>{lines}</tbody></table>"
    )


def _verdicts(board: Board, rows: Sequence[tuple[str, Row]], first: str, lang: str) -> str:
    """List places by the verdict on all required targets: those met, villages that pass."""
    towns = first == "head.township"
    words = [t(key, lang) for key in ("report.passed", "report.villages_met" if towns else "score")]
    heads = "".join(f"<th class={_N}>{esc(word)}</th>" for word in words)
    lines = []
    for name, row in rows:
        met, judged = board.passed(str(row["level"]), str(row["unit_id"]))
        last = villages_met(row) if towns else board.score(row)
        lines.append(
            f"<tr><td>{sign(row['status'], 16)}</td><td>{esc(name)}</td>"
            f"<td class={_N}>{met}/{judged}</td><td class={_N}>{last}</td></tr>"
        )
    return (
        f'<table><colgroup><col class="s"><col><col><col class="p"></colgroup><thead><tr><th></th>'
        f"<th>{esc(t(first, lang))}</th>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
