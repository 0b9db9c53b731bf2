"""The list of the page of gaps put together by place, department or target, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from layers.escape import esc
from layers.text import t
from ui.gap_view import cost_text
from ui.links import Link
from works.desk.groups import Group
from works.figures import amount_text, number
from works.lists import ListName, Lists

MOST_GROUPS = 12
"""So many groups stand open; the rest is folded."""
MOST_AMOUNTS = 3

CSS = """
.gg{border-bottom:1px solid #C9D0D6;margin:0 0 10px}
.gg>summary{cursor:pointer;font-size:13px;line-height:20px;padding:6px 0;color:#1A2430;
 font-weight:700}.gg>summary small{font-weight:400;color:#4F5B67;font-size:12px;margin-left:10px}
table.gg-t{border-collapse:collapse;width:100%;font-size:13px;margin:0;table-layout:fixed}
.gg-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:2px 6px;line-height:16px}
.gg-t td{border:0;border-bottom:1px solid #E2E6EA;padding:4px 6px;line-height:20px;
 overflow-wrap:anywhere}
.gg-t .n{text-align:right}.gg-t td.n{overflow-wrap:normal}
.gg-t :is(td,th):first-child{padding-left:0}
.gg-t a{color:inherit!important;text-decoration:underline dotted #8A949E 1.5px!important;
 text-underline-offset:4px}.gg-t a:hover{color:#1F4E79!important}
.gg .gg{border:0;margin:0}.gg .gg>summary{font-weight:400;color:#4F5B67}
.st-key-gap-turn{gap:8px!important}
.st-key-gap-turn [data-testid=stSelectbox] label{display:none}
@media (max-width:640px){.gg-t .hide{display:none}}
"""


def groups_html(
    lists: Lists, name: ListName, found: Sequence[Group], by: str, lang: str, link: Link
) -> str:
    """
    Give groups as a table to fold away: how many rows, how much, what it costs.

    Parameters
    ----------
    lists, name
        The lists of an assessment, and which of them is put together.
    found
        The groups.
    by
        What they are put together by.
    lang
        ``zh`` or ``en``.
    link
        Gives addresses; what else the list is picked by holds in them.
    """
    small = t("gap.groups_small", lang, n=len(found))
    head = f"{esc(t(f'gap.by.{by}', lang))}<small>{esc(small)}</small>"
    first = _table(lists, name, found[:MOST_GROUPS], by, lang, link, head=True)
    rest = found[MOST_GROUPS:]
    if rest:
        inner = _table(lists, name, rest, by, lang, link, head=False)
        more = esc(t("gap.groups_more", lang, n=len(rest)))
        first += f'<details class="gg"><summary>{more}</summary>{inner}</details>'
    return f'<details class="gg" open><summary>{head}</summary>{first}</details>'


def _table(
    lists: Lists,
    name: ListName,
    found: Sequence[Group],
    by: str,
    lang: str,
    link: Link,
    *,
    head: bool,
) -> str:
    heads = [(f"head.{by}", ""), ("gap.rows", ' class="n"'), ("gap.amounts", "")]
    heads += [(_COLUMNS[one], ' class="n hide"') for one in _columns(name, by)]
    names = "".join(f"<th{css}>{esc(t(key, lang))}</th>" for key, css in heads)
    top = f"<thead><tr>{names}</tr></thead>" if head else ""
    rows = "".join(_row(lists, name, one, by, lang, link) for one in found)
    last = '<col class="hide" style="width:104px">' * len(_columns(name, by))
    columns = f'<col style="width:32%"><col style="width:76px"><col>{last}'
    return f'<table class="gg-t"><colgroup>{columns}</colgroup>{top}<tbody>{rows}</tbody></table>'


def _row(lists: Lists, name: ListName, one: Group, by: str, lang: str, link: Link) -> str:
    title = one.name or t("gap.nowhere", lang)
    shown = esc(title)
    if one.key:
        address = link("gaps", **{by: one.key, "list": name})
        shown = f'<a href="{esc(address)}" target="_self">{shown}</a>'
    amounts = [_amount(lists, name, *each, lang) for each in one.amounts[:MOST_AMOUNTS]]
    if len(one.amounts) > MOST_AMOUNTS:
        amounts.append(esc(t("gap.more_kinds", lang, n=len(one.amounts) - MOST_AMOUNTS)))
    more = {
        "villages": str(one.villages),
        "targets": str(one.targets),
        "cost": esc(cost_text(one.cost, one.currency, lang)),
    }
    last = "".join(f'<td class="n hide">{more[key]}</td>' for key in _columns(name, by))
    return (
        f'<tr><td>{shown}</td><td class="n">{one.rows}</td>'
        f"<td>{t('report.listing', lang).join(amounts)}</td>{last}</tr>"
    )


_COLUMNS = {"villages": "gap.villages", "targets": "gap.targets", "cost": "list.head.cost"}


def _columns(name: ListName, by: str) -> list[str]:
    """Give what else is told of a group: not what is the same for each of them."""
    told = ["villages"] if by != "village" else []
    told += ["targets"] if by != "target" else []
    return [*told, *(["cost"] if name == "work" else [])]


def _amount(lists: Lists, name: ListName, unit: str, amount: object, lang: str) -> str:
    """Print how much, in the unit of the target or of the kind of work."""
    if name != "work":
        return amount_text(amount, unit, lang)
    figure = number(amount)
    word = esc(lists.unit(unit, lang, one=figure == "1"))
    return f"{figure}{' ' if lang == 'en' else ''}{word}"
