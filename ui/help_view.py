"""The HTML pieces of the page of help: parts, the table of words, the glossary, the contents."""

from __future__ import annotations

from collections.abc import Sequence

from layers.escape import esc
from layers.text import said, t
from works.desk.guide import Meaning, Part, Word
from works.figures import sign

CSS = """
.vh-part{scroll-margin-top:12px}
.vh-part h3{font-size:16px;line-height:24px;font-weight:700;margin:0 0 4px;padding:0}
.vh-part ol,.vh-part ul{margin:0;padding:0 0 0 22px;font-size:14px;line-height:24px}
.vh-part li{margin:0 0 4px;padding:0;font-size:14px;overflow-wrap:anywhere}
.vh-words{border-collapse:collapse;width:100%;font-size:14px;margin:0 0 6px}
.vh-words td,.vh-words th{border:0;border-bottom:1px solid #E2E6EA;padding:7px 8px 7px 0;
 line-height:22px;vertical-align:top;text-align:left;font-weight:400}
.vh-words td:first-child{width:30px}
.vh-words th{white-space:nowrap;font-weight:700;padding-right:18px}
.vh-open{display:inline-block;width:18px;height:8px;background:#E69F00;vertical-align:2px}
.vh-box{border:1px solid #E2E6EA;border-radius:6px;padding:14px 18px}
.vh-box h3{font-size:14px;line-height:22px;font-weight:700;margin:0 0 6px;padding:0}
.vh-box ul{margin:0;padding:0;list-style:none}
.vh-box li{font-size:13px;line-height:26px;margin:0;padding:0}
.vh-box li a{color:#1F4E79;text-decoration:none;display:block;padding:1px 0}
.vh-box li a:hover{text-decoration:underline}
.vh-box dl{margin:0;font-size:13px;line-height:21px}
.vh-box dt{font-weight:700;margin:8px 0 0}.vh-box dt:first-child{margin-top:0}
.vh-box dd{margin:0!important;color:#4F5B67;overflow-wrap:anywhere}
.st-key-help [data-testid=stPageLink]{margin-top:-10px}
.st-key-help [data-testid=stPageLink] a{padding:0;background:none}
.st-key-help [data-testid=stPageLink] p{color:#1F4E79;font-size:13px;text-decoration:underline;
 text-underline-offset:3px}
@media (max-width:640px){.vh-part ul{padding-left:18px}.vh-words th{padding-right:10px}}
"""


def part_html(part: Part, lang: str) -> str:
    """Give one part: its heading, its sentences, and the words it explains."""
    lines = "".join(f"<li>{esc(said(one, lang))}</li>" for one in part.say)
    listed = f"<ul>{lines}</ul>" if len(part.say) > 1 else _alone(part, lang)
    table = _words(part.row, lang) if part.row else ""
    title = esc(said(part.title, lang))
    return f'<div class="vh-part" id="help-{esc(part.id)}"><h3>{title}</h3>{table}{listed}</div>'


def _alone(part: Part, lang: str) -> str:
    return "".join(f'<p class="vp-note">{esc(said(one, lang))}</p>' for one in part.say)


def _words(rows: Sequence[Meaning], lang: str) -> str:
    def picture(row: Meaning) -> str:
        return sign(row.status) if row.status else '<i class="vh-open"></i>'

    body = "".join(
        f'<tr><td>{picture(row)}</td><th scope="row">{esc(said(row.word, lang))}</th>'
        f"<td>{esc(said(row.says, lang))}</td></tr>"
        for row in rows
    )
    return f'<table class="vh-words"><tbody>{body}</tbody></table>'


def contents_html(parts: Sequence[Part], lang: str) -> str:
    """Give the contents: a link to each part of the page."""
    lines = "".join(
        f'<li><a href="#help-{esc(one.id)}">{esc(said(one.title, lang))}</a></li>' for one in parts
    )
    return f'<div class="vh-box"><h3>{esc(t("help.contents", lang))}</h3><ul>{lines}</ul></div>'


def glossary_html(words: Sequence[Word], lang: str) -> str:
    """Give the glossary; nothing where no word is left."""
    if not words:
        return ""
    lines = "".join(
        f"<dt>{esc(t(one.key, lang))}</dt><dd>{esc(said(one.says, lang))}</dd>" for one in words
    )
    return f'<div class="vh-box"><h3>{esc(t("help.glossary", lang))}</h3><dl>{lines}</dl></div>'
