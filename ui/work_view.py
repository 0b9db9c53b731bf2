"""The HTML pieces of the page of work: figures on top, one item's card, its history, photos."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from layers.escape import esc
from layers.tasks.replay import kept
from layers.text import t
from layers.work_form import Item
from ui.gap_view import cost_text
from works.desk.picking import Figures
from works.desk.told import Line, field_name, question_text, value_text
from works.figures import date_text, number, text
from works.lists import Lists
from works.tasks.life import overdue_days

CSS = """
.vk-tiles{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);
 border-top:1px solid #E2E6EA;border-bottom:1px solid #E2E6EA;padding:10px 0;margin:0}
.vk-tile{min-width:0;padding:0 16px;border-left:1px solid #E2E6EA}
.vk-tile:first-child{border-left:0;padding-left:0}
.vk-tile h3{font-size:13px;line-height:20px;font-weight:400;margin:0;padding:0;color:#1A2430}
.vk-tile p{margin:0;font-size:13px;line-height:32px;color:#4F5B67;white-space:nowrap}
.vk-tile p b{font-size:26px;font-weight:700;color:#1A2430;margin-right:4px}
.vk-tile small{font-size:12px;line-height:18px;color:#4F5B67;display:block}
.vk-note{font-size:12px;line-height:18px;color:#4F5B67;margin:8px 0 0;overflow-wrap:anywhere}
.vk-log{list-style:none;margin:0!important;padding:0!important;font-size:13px;line-height:19px}
.vk-log li{border-left:2px solid #C9D0D6;margin:0;padding:0 0 8px 12px;position:relative;
 font-size:13px;overflow-wrap:anywhere}
.vk-log li::before{content:"";position:absolute;left:-5px;top:6px;width:8px;height:8px;
 background:#FFF;border:1.5px solid #1F4E79;border-radius:50%;box-sizing:border-box}
.vk-log li:last-child{padding-bottom:0}
.vk-log small{color:#4F5B67;font-size:12px;display:block}.vk-log i{font-style:normal;color:#4F5B67}
.vk-ask{border-left:3px solid #E69F00;padding:2px 0 2px 10px;margin:10px 0 0;font-size:13px;
 line-height:20px;overflow-wrap:anywhere}
.vk-head{font-size:13px;line-height:20px;font-weight:700;margin:12px 0 4px;color:#1A2430}
.vk-late{font-weight:700;border:1px solid #1A2430;border-radius:3px;padding:0 5px;font-size:12px;
 white-space:nowrap}
.vk-photos{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin:4px 0 0}
.vk-photos figure{margin:0;min-width:0}
.vk-photos img{width:100%;height:132px;object-fit:cover;border:1px solid #C9D0D6;border-radius:4px;
 display:block}
.vk-photos figcaption{font-size:12px;line-height:18px;color:#4F5B67;overflow-wrap:anywhere}
.vk-empty{border:1px dashed #C9D0D6;border-radius:6px;padding:20px 24px;font-size:14px;
 line-height:22px;color:#4F5B67}
.vk-empty b{display:block;font-size:16px;line-height:26px;color:#1A2430}
.st-key-work-main iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-work-main .vp-legend{font-size:12px;gap:2px 14px}
.st-key-work-main .vp-legend .vp-all{margin:0}
.st-key-one-steps,.st-key-ticked-steps{gap:8px!important}
@media (max-width:640px){
 .vk-tiles{grid-auto-flow:row;grid-template-columns:1fr 1fr;padding:4px 0}
 .vk-tile,.vk-tile:first-child{padding:6px 8px 6px 0;border-left:0}
 .vk-tile p b{font-size:22px}
 .st-key-work-picks [data-testid=stHorizontalBlock]{gap:8px}
 .st-key-work-picks [data-testid=stColumn]{min-width:calc(50% - 4px);flex:1 1 calc(50% - 4px)}
 .st-key-work-main>div>[data-testid=stHorizontalBlock],
 .st-key-work-main>[data-testid=stHorizontalBlock]{flex-direction:column-reverse}
 .st-key-work-main [data-testid=stColumn]{width:100%;min-width:100%}
 .vk-photos img{height:108px}
}
"""


# ---------------------------------------------------------------------------------- figures


def tiles_html(found: Figures, day: dt.date, lang: str) -> str:
    """
    Give what stands where as five figures.

    Parameters
    ----------
    found
        The figures.
    day
        The day they are of.
    lang
        ``zh`` or ``en``.
    """

    def counted(*names: str) -> list[str]:
        return [
            t("work.tile.state", lang, state=t(f"state.{name}", lang), n=found.states[name])
            for name in names
            if found.states[name]
        ]

    late = [t("work.tile.day", lang, day=date_text(day, lang))]
    if found.longest:
        late.insert(0, t("work.tile.longest", lang, n=found.longest))
    asking = [
        t(f"work.tile.{name}", lang, n=number_of)
        for name, number_of in (
            ("clashes", found.clashes),
            ("questions", found.questions),
            ("objected", found.objected),
        )
        if number_of
    ]
    todo = counted("open", "accepted", "in_progress", "reopened")
    if found.unassigned:
        todo.append(t("work.tile.unassigned", lang, n=found.unassigned))
    checks = [
        t("work.tile.township", lang, n=found.township),
        t("work.tile.county", lang, n=found.county),
    ]
    tiles = (
        ("todo", found.todo, todo),
        ("late", found.late, late),
        ("done", found.township + found.county, checks),
        ("ended", found.states["verified"] + found.states["closed"], counted("verified", "closed")),
        ("asking", found.asking, asking or [t("work.tile.nothing", lang)]),
    )
    joint = " · "
    return (
        '<div class="vk-tiles">'
        + "".join(
            f'<div class="vk-tile"><h3>{esc(t(f"work.tile.{name}", lang))}</h3>'
            f"<p><b>{figure}</b>{esc(t('work.items', lang))}</p>"
            f"<small>{esc(joint.join(small))}</small></div>"
            for name, figure, small in tiles
        )
        + "</div>"
    )


def note_html(lines: Sequence[str]) -> str:
    """Give remarks; each is escaped here."""
    return '<p class="vk-note">' + "<br>".join(esc(line) for line in lines if line) + "</p>"


def empty_html(head: str, body: str) -> str:
    """Give a box that says why there is nothing and what to do; both are escaped here."""
    return f'<div class="vk-empty"><b>{esc(head)}</b>{esc(body)}</div>'


def head_html(words: str) -> str:
    """Give a small head inside a card, escaped here."""
    return f'<p class="vk-head">{esc(words)}</p>'


# ---------------------------------------------------------------------------------- one item


def card_html(lists: Lists, item: Item, day: dt.date, bars: str, lang: str) -> str:
    """
    Give one piece of work in full.

    Parameters
    ----------
    lists
        The lists of the assessment, for names and units.
    item
        The kept piece of work.
    day
        The day that decides what is overdue.
    bars
        Finished HTML of what it changes for its village; '' for nothing.
    lang
        ``zh`` or ``en``.
    """
    state = f"<em>{esc(t('state.' + text(item['state']), lang))}</em>"
    rows = "".join(
        f"<dt>{esc(head)}</dt><dd>{value}</dd>"
        for head, value in _facts(lists, item, day, lang)
        if value
    )
    asked = "".join(f'<div class="vk-ask">{esc(one)}</div>' for one in asked_of(item, lang))
    return (
        f'<div class="vg-card"><h3><span>{esc(text(item["work_no"]))}</span>{state}</h3>'
        f"<dl>{rows}</dl>{asked}{bars}</div>"
    )


def _facts(lists: Lists, item: Item, day: dt.date, lang: str) -> list[tuple[str, str]]:
    village = lists.village(item["village"], item["township"], lang)
    town = text(item["township"])
    where = t("say.place", lang, village=village, township=town) if town else village
    name = text(item["subject_name"]) or text(item["subject_id"]).split("@")[0]
    named = "" if name in (text(item["village"]), text(item["village_id"])) else name
    places = [where, text(item["group"]), text(item["address"]), named]
    said = [" · ".join(esc(one) for one in places if one)]
    rough = item["position"] not in ("exact", None)
    if rough:
        said.append(f"<small>{esc(t('position.' + text(item['position']), lang))}</small>")
    title = lists.board.title(text(item["target_id"]), lang)
    missing = "<br>".join(filter(None, [esc(title), esc(text(item[f"reason_{lang}"]))]))
    gap = text(item["gap"])
    if gap and gap != "there":
        missing += f"<br><small>{esc(t(f'worked.gap.{gap}', lang))}</small>"
    facts = [
        (t("list.card.where", lang), " ".join(said)),
        (t("list.card.unmet", lang), missing),
        (t("list.card.work", lang), _work(lists, item, lang)),
        (t("work.card.due", lang), due_html(item, day, lang)),
        (t("work.card.duty", lang), _duty(lists, item, lang)),
    ]
    facts += [
        (field_name(name, lang), esc(value_text(name, item[name], lang)))
        for name in (
            *("progress", "done_on", "quantity_done", "result", "obstacle", "note", "filled_by"),
            *("township_check", "county_check", "recheck", "ticked"),
        )
    ]
    handed = "、".join(kept(item, "handed")) if lang == "zh" else ", ".join(kept(item, "handed"))
    return [*facts, (t("work.card.handed", lang), esc(handed))]


def _work(lists: Lists, item: Item, lang: str) -> str:
    quantity = number(item["quantity"])
    unit = esc(lists.unit(text(item["kind"]), lang, one=quantity == "1"))
    cost = cost_text(item["cost"] or None, text(item["currency"]), lang)
    gap = " " if lang == "en" else ""
    colon = t("report.colon", lang)
    title = esc(text(item[f"title_{lang}"]))
    return f"{title}{colon}{quantity}{gap}{unit} · {esc(cost)}"


def _duty(lists: Lists, item: Item, lang: str) -> str:
    lead = text(item["lead"])
    parts = [lists.leads(lang).get(lead, lead)]
    parts += [text(item[name]) for name in ("office", "team", "person")]
    said = " · ".join(esc(one) for one in dict.fromkeys(parts) if one)
    if not (item["team"] or item["person"]):
        said += f" <small>{esc(t('work.card.nobody', lang))}</small>"
    return said


def due_html(item: Item, day: dt.date, lang: str) -> str:
    """Give when a piece of work is due, with the days it is late."""
    if not item["due"]:
        return ""
    said = esc(date_text(dt.date.fromisoformat(item["due"]), lang))
    late = overdue_days(item, day)
    mark = f' <span class="vk-late">{esc(t("work.late", lang, n=late))}</span>' if late else ""
    return said + mark


def asked_of(item: Item, lang: str) -> list[str]:
    """Say as plain text what is open about a piece of work: clashes, doubts, a change."""
    told = []
    for field, values in kept(item, "claims").items():
        each = "；" if lang == "zh" else "; "
        others = each.join(
            t("work.claim", lang, value=value_text(field, one["value"], lang) or "—",
              who=one["who"] or t("work.nobody", lang))
            for one in values
        )  # fmt: skip
        stands = value_text(field, item[field], lang) or t("worked.nothing", lang)
        told.append(
            t("work.claims", lang, field=field_name(field, lang), stands=stands, others=others)
        )
    told += [
        t("work.asked", lang, what=question_text(one["code"], one["value"], lang))
        for one in kept(item, "questions")
    ]
    change = kept(item, "change")
    if change.get("state") == "propose" and change.get("rows"):
        told.append(t("work.change_waits", lang))
    return told


def log_html(lines: Sequence[Line], lang: str) -> str:
    """Give the history of a piece of work, newest first."""
    rows = "".join(_logged(line, lang) for line in lines)
    return f'<ol class="vk-log">{rows}</ol>'


def _logged(line: Line, lang: str) -> str:
    note = f" <i>{esc(t('work.quoted', lang, note=line.note))}</i>" if line.note else ""
    by = " · ".join(esc(one) for one in (line.at, line.who, line.way) if one)
    return f"<li>{esc(line.said)}{note}<small>{by}</small></li>"


def photos_html(photos: Sequence[tuple[str, Mapping[str, Any]]], lang: str) -> str:
    """
    Give the photos of a piece of work, those before the work first.

    Parameters
    ----------
    photos
        Each as the address of its picture (ours; '' where there is none) and what is known of it.
    lang
        ``zh`` or ``en``.
    """
    order = {"before": 0, "after": 1}
    ranked = sorted(photos, key=lambda one: order.get(str(one[1].get("moment")), 2))
    return '<div class="vk-photos">' + "".join(_photo(*one, lang) for one in ranked) + "</div>"


def _photo(source: str, told: Mapping[str, Any], lang: str) -> str:
    moment = str(told.get("moment") or "unknown")
    words = [t(f"worked.photo.{moment if moment in ('before', 'after') else 'unknown'}", lang)]
    metres = told.get("dist_m")
    if isinstance(metres, int | float):
        words.append(t("work.photo.away", lang, n=round(metres)))
    elif told.get("lon") is None:
        words.append(t("work.photo.no_place", lang))
    picture = f'<img src="{esc(source)}" alt="{esc(words[0])}">' if source else ""
    name = esc(text(told.get("name") or told.get("file")))
    return f"<figure>{picture}<figcaption>{esc(' · '.join(words))}<br>{name}</figcaption></figure>"
