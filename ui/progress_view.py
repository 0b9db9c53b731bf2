"""The HTML pieces of the page of progress: tables of places, changes, forecasts, what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geo.progress import CROSSED, PARTS, SLIPPED, Compared
from layers.escape import esc
from layers.text import t
from works.board import Board
from works.desk.periods import causes, named_moves, of_whole
from works.figures import amount_text, date_text, number, text
from works.progress.forecast import ONE
from works.progress.work import WorkReport
from works.ranking import arrow

_HEADS = {"standard": "standard_part", "all": "all_work", "done": "done_work"}
"""Columns whose head is kept under another name."""
CSS = """
.vq-wrap{overflow-x:auto}
.vq-t{border-collapse:collapse;width:100%;font-size:14px;margin:0}
.vq-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:4px 8px;white-space:nowrap}
.vq-t td{border:0;border-bottom:1px solid #E2E6EA;padding:6px 8px;line-height:20px;
 vertical-align:top}
.vq-t .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.vq-t .name{overflow-wrap:anywhere;min-width:72px}
.vq-t .mut{color:#4F5B67;font-size:12px}.vq-t .no{white-space:nowrap}
.vq-t tr.tot td{font-weight:700;background:#F5F7F9}
.vq-moves{display:grid;grid-template-columns:1fr 1fr;gap:14px;margin:0 0 4px}
.vq-moves div{border:1px solid #C9D0D6;border-radius:6px;padding:10px 14px;min-width:0}
.vq-moves h3{font-size:14px;line-height:22px;font-weight:700;margin:0;padding:0}
.vq-moves p{font-size:13px;line-height:21px;margin:2px 0 0;overflow-wrap:anywhere}
.vq-moves small{color:#4F5B67;font-size:12px}
.vq-say{font-size:13px;line-height:20px;color:#4F5B67;margin:0}
@media (max-width:640px){.vq-moves{grid-template-columns:1fr}.vq-t{font-size:13px}
 .vq-t td,.vq-t th{padding:5px 5px}.vq-t th{white-space:normal;vertical-align:bottom;
  min-width:36px}}
"""


def table_html(
    heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], *, first_total: bool = False
) -> str:
    """
    Give a table.

    Parameters
    ----------
    heads
        Words of each column (escaped here) and its class: ``n`` for figures, ``name``, ``mut``.
    rows
        Finished HTML cells.
    first_total
        The first row is the total of the others.
    """
    top = "".join(f'<th class="{css}">{esc(word)}</th>' for word, css in heads)
    body = "".join(
        f"<tr{' class=tot' if first_total and number_ == 0 else ''}>"
        + "".join(
            f'<td class="{css}">{cell}</td>' for cell, (_, css) in zip(row, heads, strict=True)
        )
        + "</tr>"
        for number_, row in enumerate(rows)
    )
    return f'<div class="vq-wrap"><table class="vq-t"><tr>{top}</tr>{body}</table></div>'


def escaped_table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> str:
    """Give a table of plain texts, each escaped here."""
    return table_html(heads, ([esc(cell) for cell in row] for row in rows))


def head_of(name: str, lang: str) -> str:
    """Give the head of a column: that of progress, else the one every table uses."""
    own = t(f"progress.head.{name}", lang)
    return own if own != f"progress.head.{name}" else t(f"head.{name}", lang)


# ---------------------------------------------------------------------------------- compared


def moves_html(compared: Compared, lang: str) -> str:
    """Say which villages crossed the line, which slipped back, and by what cause."""
    boxes = []
    for move in (CROSSED, SLIPPED):
        lines = []
        for cause, names in named_moves(compared, move).items():
            joint = "、" if lang == "zh" else ", "
            why = esc(t(f"progress.cause.{cause}", lang))
            lines.append(f"<p><small>{why}</small> {esc(joint.join(names))}</p>")
        count = len(compared.moved(move))
        body = "".join(lines) or f"<p>{esc(t('prog.nobody', lang))}</p>"
        boxes.append(f"<div><h3>{esc(t(f'prog.{move}', lang, n=count))}</h3>{body}</div>")
    return f'<div class="vq-moves">{"".join(boxes)}</div>'


def causes_html(compared: Compared, board: Board, lang: str) -> str:
    """Give the change of every target, taken apart: on the ground, in the data, by the standard."""
    heads = [(t("head.target", lang), "name")]
    names = ("met_before", "met_after", "change", *PARTS)
    heads += [(head_of(_HEADS.get(name, name), lang), "n") for name in names]
    heads.append((head_of("confirmed", lang), "n"))
    rows = []
    for row in of_whole(compared):
        unit = row["unit"]
        cells = [esc(board.title(text(row["target_id"]), lang))]
        cells += [amount_text(row[name], unit, lang) for name in names[:2]]
        cells += [signed(row[name]) for name in names[2:]]
        rows.append([*cells, number(row["confirmed"])])
    if not rows:
        return f'<p class="vq-say">{esc(t("prog.no_change", lang))}</p>'
    return table_html(heads, rows)


def signed(value: Any) -> str:
    """
    Print a change with its sign.

    Examples
    --------
    >>> signed(3), signed(-2), signed(0), signed(None)
    ('+3', '−2', '0', '—')

    What is too small for a decimal of its own has no sign.

    >>> from fractions import Fraction
    >>> signed(Fraction(1, 100))
    '0.0'
    """
    if value is None:
        return "—"
    figure = number(value)
    if not figure.strip("-0."):
        return figure.lstrip("-")
    return "−" + figure[1:] if figure.startswith("-") else f"+{figure}"


def subject_causes(compared: Compared, lang: str) -> str:
    """Say how many subjects changed, and why, in one line."""
    joint = " · "
    parts = [
        t("prog.subjects", lang, cause=t(f"prog.subject.{cause}", lang), n=count)
        for cause, count in causes(compared).items()
    ]
    return joint.join(parts)


# ---------------------------------------------------------------------------------- places


def ranking_html(rows: Sequence[Mapping[str, Any]], level: str, lang: str) -> str:
    """
    Give the places.

    Parameters
    ----------
    rows
        Rows of ``works.ranking``.
    level
        ``township`` or ``village``.
    lang
        ``zh`` or ``en``.
    """
    towns = level == "township"
    heads = [(head_of("place", lang), "n"), (t(f"head.{level}", lang), "name")]
    if towns:
        heads += [(t("prog.head.villages_met", lang), "n"), (head_of("rate", lang), "n")]
    else:
        heads.append((t("head.township", lang), "name"))
    heads += [(head_of(name, lang), "n") for name in ("score", "points_unknown")]
    heads += [(head_of("place_before", lang), "n"), (head_of("moved", lang), "n")]
    return table_html(heads, [_place(row, lang, towns=towns) for row in rows])


def _place(row: Mapping[str, Any], lang: str, *, towns: bool) -> list[str]:
    why = text(row["unranked"])
    place = number(row["place"]) if row["place"] is not None else "—"
    note = f'<br><span class="mut">{esc(t(f"ranking.{why}", lang))}</span>' if why else ""
    cells = [place, esc(text(row["unit_name"])) + note]
    if towns:
        met, of = row["villages_met"], row["villages"]
        cells += [f"{number(met)}/{number(of)}" if of else "—", esc(text(row["rate"])) or "—"]
    else:
        cells.append(esc(text(row["township"])))
    cells += [esc(text(row["score"])) or "—", esc(text(row["unknown"])) or "—"]
    before = row["place_before"]
    moved = row["moved"]
    return [*cells, "—" if before is None else number(before), arrow(moved)]


# ---------------------------------------------------------------------------------- forecasts


def forecast_html(rows: Sequence[Mapping[str, Any]], board: Board, lang: str) -> str:
    """Give when goals will be reached, a sentence each."""
    heads = [
        (t("prog.head.unit", lang), "name"),
        (t("head.target", lang), "name"),
        (head_of("still_needed", lang), "n"),
        (head_of("per_week_now", lang), "n"),
        (head_of("said", lang), ""),
    ]
    cells = []
    for row in rows:
        unit = row["unit"]
        one = row["state"] == ONE
        cells.append(
            [
                esc(text(row["unit_name"])),
                esc(board.title(text(row["target_id"]), lang)),
                amount_text(row["missing"], unit, lang),
                "—" if one else signed(row["per_week_now"]),
                esc(text(row[f"said_{lang}"])),
            ]
        )
    return table_html(heads, cells)


# ---------------------------------------------------------------------------------- work


def overdue_html(told: WorkReport, by: str, leads: Mapping[str, str], lang: str) -> str:
    """Give the work of each department or township: all, finished, to verify, running, late."""
    names = ("all", "finished", "done", "running", "overdue", "overdue_days")
    heads = [(t(f"head.{by}", lang), "name")]
    heads += [(head_of(_HEADS.get(name, name), lang), "n") for name in names]
    rows: list[Any] = told.groups[told.groups["by"] == by].to_dict("records")
    cells = [
        [esc(leads.get(row["name"], row["name"]) or "—"), *(number(row[name]) for name in names)]
        for row in rows
    ]
    return table_html(heads, cells)


def todo_html(told: WorkReport, lang: str) -> str:
    """Give what waits for somebody, and how many of it in each township."""
    rows: list[Any] = told.board.to_dict("records")
    heads = [
        (head_of("todo", lang), "name"),
        (t("head.township", lang), "name"),
        (head_of("n", lang), "n"),
        (head_of("overdue", lang), "n"),
    ]
    cells = [
        [
            esc(t(f"progress.todo.{row['todo']}", lang)),
            esc(text(row["township"])) or "—",
            number(row["n"]),
            number(row["overdue"]),
        ]
        for row in rows
    ]
    return table_html(heads, cells)


def steps_line(told: WorkReport, lang: str) -> str:
    """Say how long each step took, from one word received to the next."""
    rows: list[Any] = told.steps.to_dict("records")
    parts = [
        t("prog.step", lang, step=t(f"progress.step.{row['step']}", lang), n=row["n"],
          median=row["median"], longest=row["longest"])
        for row in rows
        if row["n"]
    ]  # fmt: skip
    return " · ".join(parts) or t("prog.no_steps", lang)


def due_html(rows: Sequence[Mapping[str, Any]], board: Board, lang: str) -> str:
    """Give who still has to be visited in the running period."""
    heads = [
        (t("head.village", lang), "name"),
        (t("prog.head.who", lang), "name"),
        (t("head.target", lang), "name"),
        (head_of("last_day", lang), "n"),
        (head_of("still", lang), "n"),
        (head_of("last_seen", lang), "n"),
    ]
    cells = []
    for row in rows:
        spot = " ".join(filter(None, (text(row[n]) for n in ("group", "subject_name", "address"))))
        last = row["last_seen"]
        seen = date_text(last, lang) if isinstance(last, dt.date) else t("prog.never", lang)
        cells.append(
            [
                esc(text(row["village"])),
                esc(spot or text(row["subject_id"])),
                esc(board.title(text(row["target_id"]), lang)),
                esc(date_text(row["last_day"], lang)),
                number(row["still"]),
                esc(seen),
            ]
        )
    return table_html(heads, cells)
