"""The look of the pages: fixed styles, and the small HTML pieces the pages are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layers.escape import esc
from layers.text import t
from ui.legend import LEGEND_CSS
from works.board import Board
from works.figures import text
from works.report import notes_text

_CSS = """
.stMainBlockContainer{max-width:1304px;padding:0 32px 48px}
.stMain{font-variant-numeric:tabular-nums}
.stAppHeader{height:0!important;min-height:0!important;background:none}
.stAppHeader:has([data-testid=stExpandSidebarButton]){height:52px!important;width:48px!important;
 min-width:0}
.stApp:has([data-testid=stExpandSidebarButton]) .st-key-bar{padding-left:48px}
.stSidebar[data-collapsed=false]{width:200px!important;min-width:200px!important}
[data-testid=stSidebarContent]{padding:0!important;display:flex;flex-direction:column;min-height:100%}
[data-testid=stSidebarHeader]{height:60px;padding:0 12px 0 20px;margin:0}
[data-testid=stSidebarHeader] [data-testid=stLogoSpacer]{display:none}
[data-testid=stSidebarHeader]::before{content:var(--vp-name);font-size:16px;font-weight:700;
 color:#1A2430;white-space:nowrap;flex:1}
[data-testid=stSidebarNav]{padding:0!important}
[data-testid=stSidebarNavItems]{padding:0 12px!important;gap:2px}
[data-testid=stSidebarNavLinkContainer]{margin:0}
[data-testid=stSidebarNavSeparator]{display:none}
[data-testid=stSidebarNavItems] li:has(a[href$="/standards"]){border-top:1px solid #D5DBE1;
 margin-top:8px;padding-top:8px}
[data-testid=stSidebarNavLink]{height:34px;padding:0 8px;margin:0;border-radius:6px;
 background:none}
[data-testid=stSidebarNavLink] :is(span,p){font-size:14px!important;color:#1A2430!important}
[data-testid=stSidebarNavLink]:hover{background:#EEF1F4}
[data-testid=stSidebarNavLink][aria-current=page]{background:#EAF0F6!important}
[data-testid=stSidebarNavLink][aria-current=page] :is(span,p){color:#1F4E79!important;
 font-weight:700}
[data-testid=stSidebarUserContent]{margin-top:auto;padding:16px 12px 18px 20px!important}
.vp-side{font-size:12px;line-height:20px;color:#4F5B67;overflow-wrap:anywhere}
.vp-side b{display:block;color:#1A2430}
.st-key-bar{min-height:60px;border-bottom:1px solid #E2E6EA;margin:0 -32px 10px;
 padding:6px 32px;width:calc(100% + 64px)!important;max-width:none;gap:4px 18px!important;
 align-items:center!important}
.st-key-bar>:first-child{margin-right:auto;min-width:0;width:auto!important;flex:0 1 auto}
.st-key-bar [data-testid=stCaptionContainer]{margin:0}
[data-testid=stCaptionContainer]{opacity:1}
[data-testid=stCaptionContainer] p{color:#4F5B67}
.st-key-bar [data-testid=stCaptionContainer] p{font-size:12px;line-height:18px;color:#4F5B67;
 margin:0}
.st-key-bar [data-testid=stPopover] button{min-height:22px;height:22px;padding:0;border:0;
 font-size:14px}
.st-key-bar [data-testid=stPopover] button p{font-size:14px;line-height:22px;
 max-width:var(--vp-rules);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.vp-state{font-size:14px;line-height:22px;white-space:nowrap}
.vp-tag{font-size:12px;line-height:18px;border:1px solid #8A949E;border-radius:4px;padding:0 6px;
 color:#4F5B67;white-space:nowrap}
.vp-bar{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:center}
.vp-bar h1{font-size:16px;line-height:24px;font-weight:700;margin:0;padding:0;
 overflow-wrap:anywhere}
.vp-h{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin:0 0 4px}
.vp-h h2{font-size:16px;line-height:24px;font-weight:700;margin:0;padding:0}
.vp-h small{font-size:12px;color:#4F5B67}.vp-h .vf-key{margin-left:auto}
table.vp-t{border-collapse:collapse;width:100%;font-size:14px;margin:0}
.vp-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:4px 6px;white-space:nowrap}
.vp-t td{border:0;border-bottom:1px solid #E2E6EA;padding:5px 6px;line-height:20px}
.vp-t .n{text-align:right;white-space:nowrap}.vp-t .mut{color:#4F5B67;font-size:12px}
.vp-t .name{overflow-wrap:anywhere}.vp-t .tot td{font-weight:700;background:#F5F7F9}
.vp-foot{font-size:12px;line-height:20px;color:#4F5B67;border-top:1px solid #E2E6EA;
 padding-top:8px}
@media (max-width:640px){
 .stMainBlockContainer{padding:0 16px 40px}
 .vp-h .vf-key{margin-left:0}
 .st-key-bar{margin:0 -16px 6px;padding:8px 16px 8px;width:calc(100% + 32px)!important;
  gap:2px 14px!important;min-height:52px}
 .stApp:has([data-testid=stExpandSidebarButton]) .st-key-bar{padding-left:16px}
 .stApp:has([data-testid=stExpandSidebarButton]) .st-key-bar>:first-child{padding-left:32px}
 .st-key-bar>:first-child{flex:1 1 60%;order:0}.st-key-bar>.st-key-choice-lang{order:1}
 .st-key-bar>*{order:2}.st-key-bar [data-testid=stCaptionContainer],
 .st-key-bar-result,.st-key-assess-again:has(button:disabled){display:none!important}
 .st-key-bar>:has(>.st-key-bar-result){display:none}
 .st-key-bar [data-testid=stPopover] button p{font-size:13px;max-width:56vw}
}
"""


def style(lang: str) -> str:
    """Give the styles of every page; the planner's short name stands at the head of the side."""
    name = t("app.short", lang)
    wide = "330px" if lang == "zh" else "200px"
    return f'<style>:root{{--vp-name:"{name}";--vp-rules:{wide}}}{_CSS}{LEGEND_CSS}</style>'


def heading(title: str, small: str = "", more: str = "") -> str:
    """Give a section's head: title and a small remark (both escaped here), then finished HTML."""
    return f'<div class="vp-h"><h2>{esc(title)}</h2><small>{esc(small)}</small>{more}</div>'


def project_html(name: str, invented: bool, lang: str) -> str:
    """Give the project's name for the bar, marked where its data are invented."""
    marked = t("bar.demo", lang) in name
    tag = f'<span class="vp-tag">{esc(t("demo_mark", lang))}</span>'
    mark = tag if invented and not marked else ""
    return f'<div class="vp-bar"><h1>{esc(name)}</h1>{mark}</div>'


def place_html(name: str, where: str) -> str:
    """Give a project's name with the place it lies in below."""
    return f'<div class="vp-place"><b>{esc(name)}</b><small>{esc(where)}</small></div>'


def state_html(word: str) -> str:
    """Give one word of the bar that is no button."""
    return f'<div class="vp-state">{esc(word)}</div>'


def targets_table(
    rows: Sequence[str],
    keys: Sequence[str],
    widths: Sequence[int],
    kind: str,
    lang: str,
    *,
    head: bool = True,
) -> str:
    """
    Give a table of targets with fixed widths, so that tables below one another stand in line.

    Parameters
    ----------
    rows
        Its lines, finished HTML: sign, name, bar, and a figure for each of ``keys``.
    keys
        Keys of the words above the figures.
    widths
        Of all columns in pixels; 0 takes what is left.
    kind
        Its style classes.
    lang
        ``zh`` or ``en``.
    head
        False for a part that stands below one that has the words.
    """
    cells = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in keys)
    names = f"<th></th><th>{esc(t('target', lang))}</th><th>{esc(t('over.bar', lang))}</th>"
    top = f"<thead><tr>{names}{cells}</tr></thead>" if head else ""
    columns = "".join(f'<col style="width:{w}px">' if w else "<col>" for w in widths)
    return (
        f'<table class="{kind}"><colgroup>{columns}</colgroup>{top}'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def plain(text: str) -> str:
    r"""
    Give a text for a label that would be read as Markdown, so that it shows as it is.

    Examples
    --------
    >>> plain("A*b")
    'A\\*b'
    """
    return re.sub(r"([\\`*_{}\[\]()#+.!|$:<>~^-])", r"\\\1", text)


def side_html(board: Board, lang: str) -> str:
    """Give the foot of the side: that nothing leaves this computer, and the data shown."""
    words = t("ui.data_version", lang) + t("report.colon", lang) + board.assessment.data_version
    return f'<div class="vp-side"><b>{esc(t("side.local", lang))}</b>{esc(words)}</div>'


def foot_html(board: Board, lang: str) -> str:
    """Give the foot: the totals check, the notes, the data version and the coordinates."""
    assessment = board.assessment
    joint = t("report.colon", lang)
    facts = (("ui.data_version", assessment.data_version), ("ui.crs", text(assessment.crs) or "—"))
    lines = [
        t("conservation", lang),
        *notes_text(assessment, lang),
        t("report.read_range", lang),
        "　".join(f"{t(key, lang)}{joint}{value}" for key, value in facts),
    ]
    return '<div class="vp-foot">' + "<br>".join(esc(line) for line in lines) + "</div>"
