"""The same data under two standards, side by side, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geo.rescore import ADDED, ALSO, CHANGED, Rescored
from layers.escape import esc
from layers.text import said, t
from works.board import ALL, Board
from works.figures import STATUSES, exact, share_text, sign, status_word, text, villages_met
from works.rescored import plain_differences

FEW = 3
"""So many targets are named behind a change."""

CSS = """
.cv{display:grid;grid-template-columns:minmax(0,4fr) minmax(0,8fr);gap:8px 28px;align-items:start}
.cv h3{font-size:14px;line-height:22px;font-weight:700;margin:8px 0 2px;padding:0}
.cv table{border-collapse:collapse;width:100%;font-size:13px;margin:0;table-layout:auto}
.cv th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:3px 16px 3px 0;line-height:17px;vertical-align:bottom}
.cv td{border:0;border-bottom:1px solid #E2E6EA;padding:4px 6px 4px 0;line-height:19px;
 overflow-wrap:anywhere}
.cv :is(th,td).n{text-align:right}.cv td.t{width:34%;min-width:8em}
.cv td.k{white-space:nowrap}.cv td.v{min-width:5em}
.cv .mut{color:#4F5B67;font-size:12px}
.cv p{font-size:13px;line-height:20px;margin:4px 0 0}
.cv details{font-size:13px;margin-top:8px;grid-column:1/-1}.cv summary{cursor:pointer}
.cv1{display:block}.cv-wrap{overflow-x:auto}
.cv th[scope=row]{font-size:13px;color:#1A2430;vertical-align:top;padding-top:6px;
 border-bottom-color:#E2E6EA}.cv1 td.k{vertical-align:top;padding-top:6px}
.cv td.s{min-width:170px;padding-right:18px}.cv td.s .vf-lh{height:16px}
@media (max-width:640px){.cv td.s{min-width:120px}.cv{grid-template-columns:minmax(0,1fr)}}
"""


def compare_html(found: Rescored, lang: str) -> str:
    """
    Give both results: villages by status, those that change and why, and what differs in the rules.

    Parameters
    ----------
    found
        What :func:`geo.rescore.rescore` found.
    lang
        ``zh`` or ``en``.
    """
    return (
        f'<div class="cv"><div>{_statuses(found, lang)}</div>'
        f"<div>{_villages(found, lang)}</div>{_rules(found, lang)}</div>"
    )


def targets_html(found: Rescored, lang: str) -> str:
    """
    Give the targets that differ in both, and those added: share, goal and villages by both rules.

    Parameters
    ----------
    found
        What :func:`geo.rescore.rescore` found.
    lang
        ``zh`` or ``en``.
    """
    boards = Board(found.first), Board(found.also)
    kinds = {key: kind for key, kind in found.changes.items() if kind in (CHANGED, ADDED)}
    if not kinds:
        return f"<p>{esc(t('cmp.same_rules', lang))}</p>"
    kinds = dict(sorted(kinds.items(), key=lambda one: one[1] == ADDED))
    names = _names(found, lang)
    heads = [t("head.target", lang), t("also.head.change", lang), *names]
    top = "".join(f'<th scope="col">{esc(one)}</th>' for one in heads)
    body = ""
    for key, kind in kinds.items():
        sides = "".join(f'<td class="s">{_side(board, key, lang)}</td>' for board in boards)
        body += (
            f'<tr><th scope="row">{esc(_title(found, key, lang))}</th>'
            f'<td class="k">{esc(t(f"also.change.{kind}", lang))}</td>{sides}</tr>'
        )
    return (
        f'<div class="cv cv1"><div class="cv-wrap" tabindex="0"><table><thead><tr>{top}</tr>'
        f"</thead><tbody>{body}</tbody></table></div></div>"
    )


def _side(board: Board, key: str, lang: str) -> str:
    """Give a target by one of the rules: status, share, its bar, villages that meet it."""
    row = board.total(key)
    if row is None:
        return "—"
    if row["status"] == "not_assessed" or not exact(row["amount"]):
        return f"{sign(str(row['status']), 14)} {status_word(row['status'], lang)}"
    goal = board.goal(row, lang)
    small = [t("std.no_figure", lang) if goal == "—" else t("ui.goal", lang, goal=goal)]
    if villages_met(row) != "—":
        small.append(t("cmp.villages", lang, n=villages_met(row)))
    return (
        f"<span>{sign(str(row['status']), 14)} {share_text(row)}%</span>{board.bar(row)}"
        f'<span class="mut">{esc(t("over.dot", lang).join(small))}</span>'
    )


def _names(found: Rescored, lang: str) -> tuple[str, str]:
    rules = found.first.standard, found.also.standard
    names = said(rules[0].name, lang), said(rules[1].name, lang)
    return names if names[0] != names[1] else (rules[0].label, rules[1].label)


def _statuses(found: Rescored, lang: str) -> str:
    counts = found.counts()
    rows = "".join(
        f'<tr><td class="k">{sign(name, 15)} {status_word(name, lang)}</td>'
        + "".join(
            f'<td class="n">{counts[side].get(name, 0) or "—"}</td>' for side in ("first", "also")
        )
        + "</tr>"
        for name in STATUSES
        if any(counts[side].get(name) for side in ("first", "also"))
    )
    heads = "".join(f'<th class="n">{esc(one)}</th>' for one in _names(found, lang))
    first = esc(t("also.head.status", lang))
    return f"<table><thead><tr><th>{first}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _villages(found: Rescored, lang: str) -> str:
    table = found.table
    mine = table[
        (table["level"] == "village") & (table["target_id"] == ALL) & (table["change"] == CHANGED)
    ]
    if mine.empty:
        return f"<p>{esc(t('also.changed_none', lang))}</p>"
    records: list[Any] = mine.to_dict("records")
    rows = "".join(
        f'<tr><td class="v">{esc(text(row["unit_name"]))}</td>'
        + "".join(
            f'<td class="k">{sign(row[name], 15)} {status_word(row[name], lang)}</td>'
            for name in ("status", f"status{ALSO}")
        )
        + f'<td class="mut">{_because(found, row, lang)}</td></tr>'
        for row in records
    )
    cells = [t("head.village", lang), *_names(found, lang), t("also.why", lang)]
    heads = "".join(f"<th>{esc(one)}</th>" for one in cells)
    title = esc(t("also.changed", lang, n=len(mine)))
    return f"<h3>{title}</h3><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _because(found: Rescored, row: Any, lang: str) -> str:
    """Name the targets behind a change, each with what became of its rule."""
    keys = [key for key in str(row["because"] or "").split(", ") if key]
    kinds = found.changes
    parts = [
        t("also.because", lang, target=_title(found, key, lang),
          change=t(f"also.change.{kinds[key]}", lang))
        for key in keys[:FEW]
    ]  # fmt: skip
    more = t("also.more", lang, n=len(keys)) if len(keys) > FEW else ""
    return esc(t("report.listing", lang).join(parts) + more)


def _title(found: Rescored, key: str, lang: str) -> str:
    for one in (found.first, found.also):
        target = next((each for each in one.standard.targets if each.id == key), None)
        if target is not None:
            return said(target.title, lang)
    return key


def _rules(found: Rescored, lang: str) -> str:
    """Fold what differs in the rules: changed ones with their figures, then added and dropped."""
    kinds = found.changes
    parts = [_changed(found, [key for key, kind in kinds.items() if kind == CHANGED], lang)]
    for kind in ("added", "dropped"):
        keys = [key for key, one in kinds.items() if one == kind]
        if keys:
            names = t("report.listing", lang).join(_title(found, key, lang) for key in keys)
            head = t(f"also.change.{kind}", lang) + t("report.colon", lang)
            parts.append(f"<p><b>{esc(head)}</b>{esc(names)}</p>")
    head = esc(t("also.rules_of", lang, **found.counts()["targets"]))
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _changed(found: Rescored, keys: Sequence[str], lang: str) -> str:
    rows = "".join(
        f'<tr><td class="t">{esc(_title(found, key, lang))}</td>'
        f'<td class="mut">{esc(plain_differences(found, key, lang))}</td></tr>'
        for key in keys
    )
    return f"<table><tbody>{rows}</tbody></table>" if rows else ""
