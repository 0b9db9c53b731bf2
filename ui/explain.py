"""How a figure came about, folded beside it: opens without a word to the server."""

from __future__ import annotations

from layers.escape import esc
from layers.text import t
from works.board import Board
from works.explain import explained

CSS = """
.ex{display:inline;margin:0 0 0 5px;font-size:12px;line-height:18px}
.ex>summary{display:inline;cursor:pointer;list-style:none;font-size:11px;line-height:15px;
 color:#4F5B67;border-bottom:1px dotted #8A949E;white-space:nowrap;font-weight:400}
.ex>summary::-webkit-details-marker{display:none}
.ex>summary:hover,.ex[open]>summary{background:#EAF0F6;color:#1F4E79}
.ex>dl{position:absolute;z-index:30;left:0;right:0;top:100%;margin:0!important;
 padding:10px 14px;background:#FFF;border:1px solid #C9D0D6;border-radius:6px;display:grid;
 grid-template-columns:max-content minmax(0,1fr);gap:3px 12px;text-align:left;white-space:normal}
.ex dt{font-size:12px;line-height:19px;font-weight:400;color:#4F5B67;margin:0!important;padding:0}
.ex dd{font-size:12px;line-height:19px;color:#1A2430;margin:0!important;padding:0;
 overflow-wrap:anywhere;font-weight:400}
tr:has(.ex){position:relative}
@media (max-width:640px){.ex>dl{grid-template-columns:minmax(0,1fr);gap:0}
 .ex dd{padding-bottom:4px!important}}
@media print{.ex:not([open]){display:none}.ex>dl{position:static}}
"""


def explain_html(board: Board, target: str, lang: str, place: tuple[str, str] | None = None) -> str:
    """
    Give the way to what stands behind a target's figures; the row it is in holds its box.

    Parameters
    ----------
    board, target
        What people read off the assessment, and a target's id.
    lang
        ``zh`` or ``en``.
    place
        Level and id of the place the figures are of; the whole when not given.
    """
    found = explained(board, target, lang, place)
    lines = "".join(
        f"<dt>{esc(t(key, lang))}</dt><dd>{esc(line)}</dd>" for key, line in found.lines
    )
    head = esc(t("explain.of", lang, target=found.title))
    return (
        f'<details class="ex"><summary aria-label="{head}" title="{head}">'
        f"{esc(t('explain', lang))}</summary><dl>{lines}</dl></details>"
    )
