"""The HTML pieces of the page of returns: what a file would change, clashes, shares that moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from layers.escape import esc
from layers.text import t
from works.board import Board
from works.desk.moved import Moved
from works.figures import share_text, sign
from works.returns.told import LISTS, Returned, field_name, sentences

MOST_LINES = 200
CSS = """
.vr-file{border:1px solid #C9D0D6;border-left:4px solid #009E73;border-radius:6px;
 padding:10px 14px;margin:0 0 4px}
.vr-file.asks{border-left-color:#E69F00}.vr-file.refused{border-left-color:#D55E00}
.vr-file h3{font-size:16px;line-height:24px;font-weight:700;margin:0;padding:0;
 overflow-wrap:anywhere}
.vr-file h3 small{font-size:12px;font-weight:400;color:#4F5B67;margin-left:8px}
.vr-file p{font-size:14px;line-height:22px;margin:2px 0 0;overflow-wrap:anywhere}
.vr-sum{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;line-height:22px;color:#4F5B67;
 margin:4px 0 0}
.vr-sum b{font-size:18px;line-height:26px;color:#1A2430;margin-right:4px}
.vr-file details{margin:6px 0 0;font-size:13px;line-height:20px}
.vr-file summary{cursor:pointer;color:#1A2430;font-weight:700}
.vr-file ul{margin:2px 0 0!important;padding:0!important;list-style:none}
.vr-file li{border-top:1px solid #E2E6EA;padding:4px 0;margin:0;font-size:13px;line-height:20px;
 overflow-wrap:anywhere}
.vr-two{display:grid;grid-template-columns:1fr 1fr;gap:10px;margin:0}
.vr-two div{border:1px solid #E2E6EA;border-radius:6px;padding:8px 12px;min-width:0;font-size:14px;
 line-height:21px;overflow-wrap:anywhere}
.vr-two b{display:block;font-size:16px;line-height:24px}
.vr-two small{display:block;font-size:12px;color:#4F5B67}
.vr-say{font-size:14px;line-height:21px;margin:0;overflow-wrap:anywhere}
.vr-say small{color:#4F5B67;font-size:12px;margin-left:6px}
.vr-moved{display:grid;grid-template-columns:minmax(0,2fr) 84px minmax(0,3fr) 84px minmax(0,3fr);
 gap:4px 12px;align-items:center;font-size:13px;line-height:22px;margin:0}
.vr-moved b{text-align:right;font-variant-numeric:tabular-nums}
.vr-moved span{overflow-wrap:anywhere;min-width:0}
.vr-moved .h{color:#4F5B67;font-size:12px}
.stVerticalBlock:is([class*=st-key-clash-],[class*=st-key-question-]){padding:10px 14px!important;
 gap:10px}
@media (max-width:640px){.vr-moved{grid-template-columns:1fr auto}
 .vr-moved .h{display:none}.vr-moved .bar{display:none}
 .vr-moved>span:first-child{grid-column:1/-1}}
"""


def returned_html(told: Returned, lang: str, *, dry: bool) -> str:
    """
    Give what became, or would become, of one file.

    Parameters
    ----------
    told
        What was told of it.
    lang
        ``zh`` or ``en``.
    dry
        It was only looked at.
    """
    name = esc(told.file)
    if told.refusal:
        why = esc(told.refusal.get(lang) or next(iter(told.refusal.values()), ""))
        return f'<div class="vr-file refused"><h3>{name}</h3><p>{why}</p></div>'
    asks = bool(told.conflicts or told.questioned or told.refused)
    number = ""
    if told.receipt is not None:
        number = f"<small>{esc(t('back.receipt_no', lang, n=told.receipt))}</small>"
    said = t("back.looked" if dry else "back.taken", lang)
    if told.same_as is not None:
        said = t("back.same", lang, n=told.same_as)
    body = _figures(told, lang) + "".join(_entries(told, lang))
    return (
        f'<div class="vr-file {"asks" if asks else ""}"><h3>{name}{number}</h3>'
        f"<p>{esc(said)}</p>{body}</div>"
    )


def _figures(told: Returned, lang: str) -> str:
    counts = (
        ("rows", told.rows), ("taken", told.taken), ("unchanged", told.unchanged),
        ("conflicts", len(told.conflicts)), ("refused", len(told.refused)),
        ("questioned", len(told.questioned)), ("photos", told.photos),
    )  # fmt: skip
    # A photo has no rows; of a list it is said also when none of it was taken.
    always = () if told.photos else ("rows", "taken")
    shown = "".join(
        f"<span><b>{number}</b>{esc(t(f'back.count.{name}', lang))}</span>"
        for name, number in counts
        if name in always or (number and not (told.photos and name == "rows"))
    )
    return f'<div class="vr-sum">{shown}</div>'


def _entries(told: Returned, lang: str) -> Iterable[str]:
    taken = [_taken(one, lang) for one in told.lines_taken]
    if taken:
        yield _folded(t("back.count.taken", lang), taken, len(taken), opened=False, lang=lang)
    for name in LISTS:
        entries: Sequence[dict[str, Any]] = getattr(told, name)
        if entries:
            lines = sentences(name, entries, lang)
            head = t(f"back.list.{name}", lang)
            yield _folded(head, lines, len(entries), opened=len(entries) <= 12, lang=lang)


def _taken(entry: dict[str, Any], lang: str) -> str:
    names = entry.get("fields") or []
    joint = "、" if lang == "zh" else ", "
    fields = joint.join(field_name(str(one), lang) for one in names)
    row = t("returns.row", lang, row=entry["row"]) if entry.get("row") else ""
    head = " ".join(filter(None, [row, str(entry.get("work_no") or "")]))
    return t("back.line", lang, head=head, fields=fields) if fields else head


def _folded(head: str, lines: Sequence[str], number: int, *, opened: bool, lang: str) -> str:
    rows = "".join(f"<li>{esc(one)}</li>" for one in lines[:MOST_LINES])
    if number > MOST_LINES:
        rows += f"<li>{esc(t('ui.first_rows', lang, n=MOST_LINES))}</li>"
    mark = " open" if opened else ""
    return f"<details{mark}><summary>{esc(head)} {number}</summary><ul>{rows}</ul></details>"


def two_html(sides: Sequence[tuple[str, str]]) -> str:
    """Give values side by side: each value with who said it; escaped here."""
    cells = "".join(
        f"<div><b>{esc(value)}</b><small>{esc(by)}</small></div>" for value, by in sides
    )
    return f'<div class="vr-two">{cells}</div>'


def say_html(sentence_: str, small: str = "") -> str:
    """Give one sentence with a small remark, both escaped here."""
    return f'<p class="vr-say">{esc(sentence_)}<small>{esc(small)}</small></p>'


def moved_html(rows: Sequence[Moved], before: Board, after: Board, lang: str) -> str:
    """Give the shares that moved: place and target, before and after, each with its bar."""
    head = "".join(
        f'<span class="h">{esc(t(key, lang)) if key else ""}</span>'
        for key in ("back.moved.what", "back.moved.before", "", "back.moved.after", "")
    )
    cells = "".join(
        f"<span>{esc(one.place)} · {esc(after.title(one.target, lang))}</span>"
        f"<b>{sign(str(one.before['status']), 14)} {share_text(one.before)}</b>"
        f'<span class="bar">{before.bar(one.before)}</span>'
        f"<b>{sign(str(one.after['status']), 14)} {share_text(one.after)}</b>"
        f'<span class="bar">{after.bar(one.after)}</span>'
        for one in rows
    )
    return f'<div class="vr-moved">{head}{cells}</div>'
