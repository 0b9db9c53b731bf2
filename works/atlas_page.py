"""The shell of an atlas page: style, search, and what keeps it from asking anybody for anything."""

from __future__ import annotations

import base64
import hashlib

from layers.escape import esc
from layers.text import t
from works.figures import FIGURE_CSS, FONT

_CSS = """
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:#F5F7F9;color:#1A2430;font:400 14px/1.55 FONT;
 font-variant-numeric:tabular-nums}
a{color:#1F4E79}a:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid #1F4E79;
 outline-offset:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:8px;top:8px;background:#fff;padding:8px;z-index:9}
header{background:#fff;border-bottom:1px solid #C9D0D6;padding:14px 24px 12px}
header h1{font-size:22px;line-height:30px;margin:0}
.facts{display:flex;flex-wrap:wrap;gap:2px 18px;margin:4px 0 0;padding:0;list-style:none;
 font-size:12px;color:#4F5B67}
.mark{font-weight:700;color:#1A2430}
.find{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center;margin:10px 0 0}
.find label{font-size:12px;color:#4F5B67;width:100%}
.find input{font:inherit;padding:6px 10px;border:1px solid #7B8794;border-radius:6px;
 width:min(360px,100%)}
main{max-width:1000px;margin:0 auto;padding:20px 24px 48px}
section{background:#fff;border:1px solid #E2E6EA;border-radius:6px;padding:18px 20px;
 margin:0 0 20px}
h2{font-size:18px;line-height:26px;margin:0 0 10px}
h3{font-size:15px;line-height:22px;margin:18px 0 6px}
.head{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin:0 0 10px}.head h2{margin:0}
.chip{display:inline-flex;gap:6px;align-items:center;border:1px solid #C9D0D6;border-radius:14px;
 padding:1px 12px 1px 8px;font-weight:700}
.tag{border:1px solid #7B8794;border-radius:3px;font-size:12px;padding:0 6px}
.mut{color:#4F5B67}.small{font-size:12px}
.figs{display:flex;flex-wrap:wrap;gap:6px 32px;margin:0 0 12px}
.figs b{font-size:24px;line-height:30px}
.figs small{display:block;color:#4F5B67;font-size:12px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{padding:5px 8px;border-bottom:1px solid #E2E6EA;text-align:left;vertical-align:middle;
 overflow-wrap:anywhere;unicode-bidi:isolate}
th{font-size:12px;color:#4F5B67;font-weight:400;border-bottom-color:#8A949E}
.n{text-align:right;white-space:nowrap}.tot td{font-weight:700;background:#F5F7F9}
td.bar{min-width:110px;width:26%}td.s{width:26px}
.lack{margin:0;padding-left:22px}
details{margin:8px 0 0}summary{cursor:pointer;color:#1F4E79}
figure{margin:14px 0 0}figure svg{display:block;width:100%;height:auto}
figure svg a:focus-visible{outline:3px solid #1F4E79}
nav.step{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;margin:14px 0 0}
.list{columns:3 220px;margin:0;padding:0;list-style:none}.list li{break-inside:avoid;padding:2px 0}
.list svg{margin-right:5px}
.sums{columns:3 240px;column-gap:28px;margin:0;padding:0;list-style:none}
.sums li{break-inside:avoid;display:flex;justify-content:space-between;gap:10px;padding:3px 0;
 border-bottom:1px solid #E2E6EA}
[hidden]{display:none!important}
@media (max-width:600px){header,main{padding-left:14px;padding-right:14px}section{padding:14px}
.wide table.t{min-width:560px}
 .targets th:nth-child(3),.targets td:nth-child(3),.targets th:nth-child(5),
 .targets td:nth-child(5),.villages th:nth-child(4),.villages td:nth-child(4){display:none}
 .villages td,.targets td{padding:5px 3px}.villages th.n{white-space:normal}}
@page{size:A4;margin:11mm 14mm}
@media print{body{background:#fff;font-size:9.5pt}header{padding:0 0 3mm}
 main{max-width:none;padding:0}
 section{border:0;padding:0;margin:0}section.village{break-before:page}
 .find,.skip,nav.step{display:none}
 tr,figure{break-inside:avoid}thead{display:table-header-group}a{color:inherit;text-decoration:none}
 h3{break-after:avoid;margin:3mm 0 1mm}th,td{padding:.45mm 1.6mm}h2{font-size:15pt}
 .figs{gap:0 10mm;margin:0 0 1mm}.figs b{font-size:14pt;line-height:1.2}.head{margin:0 0 1mm}
 figure{margin:2mm 0 0}.village figure.map svg{max-height:80mm}
 summary{color:inherit;list-style:none}
 .sums{columns:3}.sums li{padding:.3mm 0}details{margin:.6mm 0 0}
 .vf-lh{height:14px}.lack p,.mut{margin:1mm 0}}
"""
# Finds by what each entry says of itself. It reads text and sets text: nothing is ever run.
_SCRIPT = """
(function(){
var box=document.getElementById('find'),told=document.getElementById('found');
if(!box){return}
var rows=Array.prototype.slice.call(document.querySelectorAll('[data-k]'));
function fold(s){return (s.normalize?s.normalize('NFKC'):s).toLowerCase().replace(/\\s+/g,'')}
function hit(r,q){return r.getAttribute('data-k').split(' ').some(
 function(k){return k.indexOf(q)>=0})}
function look(){
 var q=fold(box.value),n=0;
 rows.forEach(function(r){var on=!q||hit(r,q);r.hidden=!on;if(on){n++}});
 var word=told.getAttribute(n?'data-some':'data-none');
 told.textContent=q?word.replace('{n}',n):'';
}
box.addEventListener('input',look);
box.addEventListener('keydown',function(e){
 if(e.key==='Escape'){box.value='';look()}
 if(e.key==='Enter'){
  e.preventDefault();
  var first=rows.filter(function(r){return !r.hidden})[0],a=first&&first.querySelector('a');
  if(a&&fold(box.value)){a.click()}
 }
});
})();
"""


def page(title: str, header: str, body: str, lang: str, *, search: bool) -> str:
    """
    Put a page together that opens from a folder without a network.

    Parameters
    ----------
    title
        Plain text.
    header, body
        Finished HTML; everything from data in it is escaped.
    lang
        ``zh`` or ``en``.
    search
        True for a page with entries to search in (:func:`search_box`).
    """
    script = f"<script>{_SCRIPT}</script>" if search else ""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode("utf-8")).digest()).decode("ascii")
    # Nothing but the one script above may run, and nothing may be fetched from anywhere.
    policy = (
        f"default-src 'none';style-src 'unsafe-inline';script-src 'sha256-{digest}';"
        "img-src data:;base-uri 'none';form-action 'none'"
    )
    css = _CSS.replace("FONT", FONT) + FIGURE_CSS
    name = esc(title)
    return (
        f'<!doctype html>\n<html lang="{"en" if lang == "en" else "zh-CN"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{css}</style></head>\n<body>"
        f'<a class="skip" href="#text">{esc(t("atlas.skip", lang))}</a>'
        f'<header><h1>{name}</h1>{header}</header>\n<main id="text" tabindex="-1">{body}</main>'
        f"{script}</body></html>\n"
    )


def search_box(lang: str) -> str:
    """Give the search box; what it searches carries ``data-k``: folded words, one space apart."""
    some, none = (esc(t(f"atlas.{key}", lang)) for key in ("found", "found_none"))
    # The place for the count is filled by the script, so its braces stay as they are.
    some = some.replace("&#123;n&#125;", "{n}")
    return (
        f'<div class="find" role="search"><label for="find">{esc(t("atlas.find", lang))}</label>'
        '<input id="find" type="search" autocomplete="off" spellcheck="false">'
        f'<span id="found" role="status" data-some="{some}" data-none="{none}"></span></div>'
    )
