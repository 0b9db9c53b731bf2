"""Standards as HTML: a pack to read, what another limit changes, two packs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from geo.standard import Standard
from layers.escape import esc
from layers.text import said, t
from ui.links import Link
from works.board import ALL, Board
from works.figures import (
    amount_text,
    exact,
    goal_text,
    needed_text,
    share_text,
    sign,
    status_word,
    villages_met,
)
from works.plans import money_text
from works.standards.reading import Difference, Entry, facts, source_name
from works.standards.trying import Flip, Money, Side, Tried

MOST = 12
"""So many villages are listed; the others are folded."""
CSS = """
.sd-more summary{cursor:pointer;font-size:13px;line-height:32px;color:#4F5B67}
.sd-card{border:1px solid #C9D0D6;border-radius:6px;padding:14px 20px;margin:0 0 10px}
.sd-card h2{font-size:20px;line-height:28px;font-weight:700;margin:0 0 6px;padding:0;
 overflow-wrap:anywhere}
.sd-card h2 .vp-tag{font-weight:400;vertical-align:3px;margin-left:8px}
.sd-card :is(dl,dt,dd),.sd-rule :is(dl,dt,dd){margin:0!important;padding:0!important}
.sd-card dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:6px 24px;
 margin:0}.sd-card dt{font-size:12px;color:#4F5B67;line-height:18px;font-weight:400}
.sd-card dd{margin:0;font-size:14px;line-height:20px;overflow-wrap:anywhere}
h3.sd-h{font-size:16px;line-height:24px;font-weight:700;margin:16px 0 2px;padding:0}
h3.sd-h small{font-size:12px;font-weight:400;color:#4F5B67;margin-left:10px}
.sd-rule{border-bottom:1px solid #E2E6EA;padding:10px 0;display:grid;
 grid-template-columns:minmax(0,1fr) 400px;gap:4px 40px}
.sd-rule h4{font-size:15px;line-height:22px;font-weight:700;margin:0;padding:0;
 overflow-wrap:anywhere}.sd-rule h4 .vp-tag{font-weight:400;margin-left:8px}
.sd-rule p{font-size:14px;line-height:21px;margin:1px 0 0;overflow-wrap:anywhere}
.sd-rule p.mut,.sd-rule .mut{color:#4F5B67;font-size:12px;line-height:18px}
.sd-rule dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:1px 12px;margin:0;
 font-size:13px;line-height:20px;align-content:start}
.sd-rule dt{color:#4F5B67;font-size:12px;font-weight:400}.sd-rule dd{margin:0;
 overflow-wrap:anywhere}
.sd a,.sd-rule a{color:#1F4E79!important}
.sd-two{display:grid;grid-template-columns:minmax(0,7fr) minmax(0,5fr);gap:8px 32px;
 align-items:start}
table.sd{border-collapse:collapse;width:100%;font-size:14px;margin:0}
.sd th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;line-height:17px;
 border-bottom:1px solid #C9D0D6;padding:3px 8px 3px 0;vertical-align:bottom}
.sd td,.sd tbody th{border:0;border-bottom:1px solid #E2E6EA;padding:6px 8px 6px 0;
 line-height:20px;vertical-align:middle;text-align:left;font-size:14px;color:#1A2430}
.sd .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.sd .k{white-space:nowrap}.sd td.chg{font-weight:700}
.sd td.b{min-width:170px}.sd td.b .vf-lh{height:18px}
.sd .mut{color:#4F5B67;font-size:12px}
.sd tr.own td{background:#EAF0F6}.sd td.g{min-width:120px}
.sd-st{display:flex;height:16px;min-width:110px;width:100%}
.sd-st i{display:block;align-self:center}.sd-st .met{height:14px;background:#009E73}
.sd-st .undetermined{height:8px;background:#E69F00}.sd-st .unmet{height:4px;background:#D55E00}
.sd-say{font-size:20px;line-height:32px;margin:4px 0 8px;overflow-wrap:anywhere}
.sd-say b{font-weight:700}
.sd-p{font-size:14px;line-height:22px;margin:2px 0 6px;overflow-wrap:anywhere;max-width:900px}
.sd-wrap{overflow-x:auto}
.sd-d{border-bottom:1px solid #E2E6EA;padding:8px 0}
.sd-d>b{font-size:14px}.sd-d p{font-size:13px;line-height:20px;margin:2px 0 0}
.sd-d details{font-size:13px;margin-top:2px}.sd-d summary{cursor:pointer;color:#4F5B67;
 font-size:12px}
@media (max-width:640px){.sd-rule,.sd-two{grid-template-columns:minmax(0,1fr)}
 .sd-say{font-size:17px;line-height:27px}.sd td.b{min-width:90px}.sd-card{padding:12px 14px}
 .sd td,.sd tbody th{font-size:13px;padding-right:6px}.sd td.g{min-width:70px}
 .sd th.k{white-space:normal;min-width:84px}}
"""


# ---------------------------------------------------------------------------------- to read


def head_html(rules: Standard, lang: str, *, used: bool) -> str:
    """Give what is to be known of a standard itself."""
    tag = f'<span class="vp-tag">{esc(t("std.used", lang))}</span>' if used else ""
    pairs = "".join(
        f"<div><dt>{esc(head)}</dt><dd>{esc(words)}</dd></div>"
        for head, words in facts(rules, lang)
    )
    title = esc(said(rules.title, lang))
    return f'<div class="sd-card"><h2>{title}{tag}</h2><dl>{pairs}</dl></div>'


def entries_html(listed: Sequence[Entry], board: Board | None, link: Link, lang: str) -> str:
    """
    Give rules by theme, each as sentences with its figures beside it.

    Parameters
    ----------
    listed
        The rules to show (``works.standards.reading``).
    board
        The assessment by this standard, so that each rule says how it stands; None for another.
    link
        Gives addresses.
    lang
        ``zh`` or ``en``.
    """
    parts, theme = [], None
    for one in listed:
        now = said(one.target.theme, lang)
        if now != theme:
            theme = now
            number = sum(said(other.target.theme, lang) == now for other in listed)
            small = esc(t("std.rules_n", lang, n=number))
            name = esc(now or t("std.no_theme", lang))
            parts.append(f'<h3 class="sd-h">{name}<small>{small}</small></h3>')
        parts.append(_entry(one, board, link, lang))
    return "".join(parts)


def _entry(one: Entry, board: Board | None, link: Link, lang: str) -> str:
    at = 0 if lang == "zh" else 1
    target, told = one.target, one.rule
    lines = "".join(f"<p>{esc(part[at])}</p>" for part in (told.counted, told.asked, told.goal))
    more = f'<p class="mut">{esc(told.more[at])}</p>' if told.more[at] else ""
    tag = f'<span class="vp-tag">{esc(t(f"kind.{target.kind}", lang))}</span>'
    dot = t("over.dot", lang)
    weight = t("std.weight", lang, n=f"{float(target.weight):g}")
    rows = [(t("std.goal", lang), esc(one.goal) + esc(dot + weight))]
    if target.lead:
        rows.append((t("head.lead", lang), esc(said(target.lead, lang))))
    rows.append((t("head.source", lang), _sources(one) + esc(dot + one.sure)))
    if one.cost:
        rows.append((t("std.cost", lang), esc(one.cost)))
    if board is not None:
        rows.append((t("std.now", lang), _stands(board, target.id, lang)))
        rows.append(("", _links(target.id, link, lang)))
    pairs = "".join(f"<dt>{esc(head)}</dt><dd>{words}</dd>" for head, words in rows)
    return (
        f'<div class="sd-rule" id="{esc(target.id)}"><div><h4>{esc(said(target.title, lang))}{tag}'
        f"</h4>{lines}{more}</div><dl>{pairs}</dl></div>"
    )


def _sources(one: Entry) -> str:
    """Name the documents in short, in full when pointed at; a file's own mark tells nobody."""
    told = [
        f'<span title="{esc(title)}">{esc(name)}</span>'
        for tag, title in one.sources
        if (name := source_name(tag, title))
    ]
    return "<br>".join(dict.fromkeys(told)) or "—"


def _stands(board: Board, target: str, lang: str) -> str:
    row = board.total(target)
    if row is None or row["status"] == "not_assessed":
        return f"{sign('not_assessed', 14)} {status_word('not_assessed', lang)}"
    words = [f"{share_text(row)}%"]
    if villages_met(row) != "—":
        words.append(t("cmp.villages", lang, n=villages_met(row)))
    return f"{sign(str(row['status']), 14)} {esc(t('over.dot', lang).join(words))}"


def _links(target: str, link: Link, lang: str) -> str:
    trying = link("standards", std="try", std_target=target)
    lists = link("gaps", target=target, list="gaps")
    return (
        f'<a href="{esc(trying)}" target="_self">{esc(t("std.try_it", lang))}</a>　'
        f'<a href="{esc(lists)}" target="_self">{esc(t("std.see_list", lang))}</a>'
    )


def sources_html(rules: Standard, lang: str) -> str:
    """Give the documents behind a standard."""
    rows = "".join(
        f"<tr><td>{esc(said(title, lang))}</td></tr>" for title in rules.sources.values()
    )
    return f'<table class="sd"><tbody>{rows}</tbody></table>' if rows else ""


# ---------------------------------------------------------------------------------- tried


def tried_html(one: Tried, boards: tuple[Board, Board], lang: str) -> str:
    """Give one target by the rule as it is and as it was tried, in a sentence and a table."""
    return f'{_say(one, boards, lang)}<div class="sd-wrap">{_sides(one, boards, lang)}</div>'


def _say(one: Tried, boards: tuple[Board, Board], lang: str) -> str:
    """Say the result in one sentence: villages that meet the target, and villages that pass."""
    target = [side.villages.get("met", 0) for side in (one.before, one.after)]
    whole = [list(board.statuses(ALL).values()).count("met") for board in boards]
    words = t(
        "std.say", lang, target="\x00", a=target[0], b=target[1], flips=len(one.flips),
        c=whole[0], d=whole[1], whole=len(one.whole),
    )  # fmt: skip
    name = f"<b>{esc(boards[1].title(one.target, lang))}</b>"
    return f'<p class="sd-say">{esc(words).replace(esc(chr(0)), name)}</p>'


def _sides(one: Tried, boards: tuple[Board, Board], lang: str) -> str:
    sides = (one.before, one.after)
    heads = "".join(
        f'<th scope="col"{css}>{esc(t(f"std.{name}", lang))}</th>'
        for name, css in (("figure", ""), ("as_is", ""), ("as_tried", ""), ("change", ' class="n"'))
    )
    goals = [boards[n].goal(side.row, lang) if side.row else "—" for n, side in enumerate(sides)]
    rows = [_tr(t("head.goal", lang), goals, "")]
    bars = [_bar(boards[n], side) for n, side in enumerate(sides)]
    rows.append(_tr(t("std.share", lang), bars, _points(sides), css="b"))
    for name in ("met", "undetermined", "unmet"):
        counts = [side.villages.get(name, 0) for side in sides]
        words = [amount_text(n, "village", lang) for n in counts]
        head = f"{sign(name, 15)} {status_word(name, lang)}"
        rows.append(_tr(head, words, _plus(counts[1] - counts[0]), finished=True))
    needed = [needed_text(side.row, lang) if side.row else "—" for side in sides]
    rows.append(_tr(t("needed", lang), needed, ""))
    moneys = [side.money for side in sides]
    rows.append(_tr(t("std.money_goal", lang), [_to_goal(m, lang) for m in moneys], ""))
    rows.append(_tr(t("std.money_all", lang), [_all_gaps(m, lang) for m in moneys], ""))
    return (
        f'<table class="sd"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _tr(
    head: str, cells: Sequence[str], change: str, *, css: str = "", finished: bool = False
) -> str:
    name = head if finished else esc(head)
    told = "".join(f'<td class="{css}">{cell}</td>' for cell in cells)
    return (
        f'<tr><th scope="row" class="k">{name}</th>{told}<td class="n chg">{esc(change)}</td></tr>'
    )


def _bar(board: Board, side: Side) -> str:
    row = side.row
    if row is None or row["status"] == "not_assessed":
        return "—"
    return f"{board.bar(row)}<span>{sign(str(row['status']), 14)} {share_text(row)}%</span>"


def _points(sides: Sequence[Side]) -> str:
    lows = [side.row for side in sides]
    if any(row is None or not exact(row["amount"]) for row in lows):
        return ""
    first, also = (exact(row["met"]) / exact(row["amount"]) for row in lows if row is not None)
    tenths = int((also - first) * 1000)
    return "" if not tenths else f"{'+' if tenths > 0 else '−'}{abs(tenths) / 10:.1f}"


def _plus(number: int) -> str:
    return "" if not number else f"{'+' if number > 0 else '−'}{abs(number)}"


def _to_goal(money: Money, lang: str) -> str:
    if money.to_goal is None:
        return "—"
    return esc(money_text(money.to_goal, money.currency or "CNY", lang))


def _all_gaps(money: Money, lang: str) -> str:
    if not money.pieces:
        return "—"
    words = money_text(money.total, money.currency, lang) if money.currency else "—"
    told = [t("std.pieces", lang, n=money.pieces, money=words)]
    if money.unpriced and money.total:
        told.append(t("std.unpriced", lang, n=money.unpriced))
    return esc(t("over.dot", lang).join(told))


def flips_html(flips: Sequence[Flip], board: Board, title: str, link: Link, lang: str) -> str:
    """Give the villages whose status changes, each with what it was and would be."""
    if not flips:
        return f'<h3 class="sd-h">{esc(title)}<small>{esc(t("std.nobody", lang))}</small></h3>'
    rows = [
        f'<tr><td><a href="{esc(link("village", village=one.village))}" target="_self">'
        f"{esc(board.name(one.village))}</a></td>"
        f'<td class="k">{sign(one.before, 14)} {status_word(one.before, lang)}</td>'
        f'<td class="k">{sign(one.after, 14)} {status_word(one.after, lang)}</td></tr>'
        for one in flips
    ]
    names = ("head.village", "std.as_is", "std.as_tried")
    heads = "".join(f'<th scope="col">{esc(t(name, lang))}</th>' for name in names)
    small = esc(t("std.villages_n", lang, n=len(flips)))
    return (
        f'<h3 class="sd-h">{esc(title)}<small>{small}</small></h3><table class="sd"><thead><tr>'
        f"{heads}</tr></thead><tbody>{''.join(rows[:MOST])}</tbody></table>{_rest(rows, lang)}"
    )


def _rest(rows: Sequence[str], lang: str) -> str:
    """Fold what is more than people read at once."""
    if len(rows) <= MOST:
        return ""
    words = esc(t("std.rest", lang, n=len(rows) - MOST))
    more = "".join(rows[MOST:])
    return (
        f'<details class="sd-more"><summary>{words}</summary><table class="sd"><tbody>{more}'
        "</tbody></table></details>"
    )


def goals_html(
    rows: Sequence[tuple[Decimal, Mapping[str, int]]], own: Decimal | None, lang: str
) -> str:
    """Give how many villages would meet a target under other goals, bar beside figures."""
    names = ("met", "undetermined", "unmet")
    heads = f'<th scope="col" class="n">{esc(t("head.goal", lang))}</th><th></th>'
    heads += "".join(
        f'<th scope="col" class="n">{sign(n, 13)} {status_word(n, lang)}</th>' for n in names
    )
    body = ""
    for goal, counts in rows:
        every = sum(counts.values()) or 1
        parts = "".join(
            f'<i class="{name}" style="width:{100 * counts[name] / every:.2f}%"></i>'
            for name in names
        )
        cells = "".join(f'<td class="n">{counts[name]}</td>' for name in names)
        css = ' class="own"' if goal == own else ""
        body += (
            f'<tr{css}><td class="n">{goal_text(goal)}</td>'
            f'<td class="g"><div class="sd-st">{parts}</div></td>{cells}</tr>'
        )
    return f'<table class="sd"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def paragraph(words: str) -> str:
    """Give a text as a paragraph of readable width."""
    return f'<p class="sd-p">{esc(words)}</p>'


# ---------------------------------------------------------------------------------- two packs


def between_html(listed: Sequence[Difference], lang: str) -> str:
    """Give what differs between two standards, target by target."""
    if not listed:
        return f'<p class="sd-p">{esc(t("cmp.same_rules", lang))}</p>'
    parts, change = [], ""
    for one in listed:
        if one.change != change:
            change = one.change
            number = sum(other.change == change for other in listed)
            small = esc(t("std.rules_n", lang, n=number))
            word = esc(t(f"also.change.{change}", lang))
            parts.append(f'<h3 class="sd-h">{word}<small>{small}</small></h3>')
        parts.append(_difference(one, lang))
    return "".join(parts)


def _difference(one: Difference, lang: str) -> str:
    told = f"<p>{esc(one.said)}</p>" if one.said else ""
    texts = [
        f"<p><b>{esc(t(f'std.{side}', lang))}</b> {esc(words)}</p>"
        for side, words in (("first", one.before), ("also", one.after))
        if words is not None
    ]
    if one.before is not None and one.after is not None and one.before != one.after:
        inner = (
            f"<details><summary>{esc(t('std.in_full', lang))}</summary>{''.join(texts)}</details>"
        )
    elif one.before is None or one.after is None:
        inner = f"<p>{esc(one.before or one.after or '')}</p>"
    else:
        inner = ""
    return f'<div class="sd-d"><b>{esc(one.title)}</b>{told}{inner}</div>'


def link_html(address: str, words: str) -> str:
    """Give a link to another page of ours."""
    return f'<p class="sd-p sd"><a href="{esc(address)}" target="_self">{esc(words)}</a></p>'


def draft_html(lines: Mapping[str, Sequence[str]], lang: str) -> str:
    """Give what was changed so far: the changes of each target behind its title."""
    number = sum(map(len, lines.values()))
    rows = "".join(
        f"<div>{esc(title + t('report.colon', lang) + t('also.and', lang).join(told))}</div>"
        for title, told in lines.items()
    )
    return f'<div class="sd-p"><b>{esc(t("std.draft", lang, n=number))}</b>{rows}</div>'
