"""The look of the pages: fixed styles, and the small HTML pieces the pages are made of."""

from __future__ import annotations

from collections.abc import Iterable

from layers.escape import esc
from layers.text import said, t
from ui.legend import LEGEND_CSS
from works.board import ALL, Board
from works.figures import bar_key, share_text, sign, text
from works.report import date_text, needed_text, notes_text, scope_text, villages_met

_CSS = """
.stMainBlockContainer{max-width:1320px;padding:20px 32px 48px}
.stAppHeader{height:0;min-height:0}.stMain{font-variant-numeric:tabular-nums}
.vp-bar{display:flex;flex-wrap:wrap;gap:4px 28px;align-items:baseline;line-height:1.35}
.vp-bar h1{font-size:18px;line-height:26px;font-weight:700;margin:0 auto 0 0;padding:0;
 overflow-wrap:anywhere}
.vp-bar div{font-size:14px;overflow-wrap:anywhere}.vp-bar small{display:block;font-size:12px;
 color:#4F5B67}
.vp-say{display:grid;grid-template-columns:64px 1fr;gap:4px 8px;margin:0 0 4px;padding:0;
 font-size:20px;line-height:32px}
.vp-say small{font-size:13px;color:#4F5B67}.vp-say div{overflow-wrap:anywhere}
.st-key-main iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.vp-t details{line-height:20px}.vp-t summary{cursor:pointer}
.vp-h{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin:0 0 4px}
.vp-h h2{font-size:16px;line-height:24px;font-weight:700;margin:0;padding:0}
.vp-h small{font-size:12px;color:#4F5B67}.vp-h .vf-key{margin-left:auto}
table.vp-t{border-collapse:collapse;width:100%;font-size:14px;margin:0}
.vp-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:4px 6px;white-space:nowrap}
.vp-t td{border:0;border-bottom:1px solid #E2E6EA;padding:5px 6px;line-height:20px}
.vp-t .n{text-align:right;white-space:nowrap}.vp-t .mut{color:#4F5B67;font-size:12px}
.vp-t .mut.wide{white-space:nowrap}
.vp-t .name{overflow-wrap:anywhere}.vp-t .bar{width:24%}.vp-t tr.on td{background:#EAF0F6}
.vp-t .tot td{font-weight:700;background:#F5F7F9}
.vp-foot{font-size:12px;line-height:20px;color:#4F5B67;border-top:1px solid #E2E6EA;
 padding-top:8px}
@media (max-width:640px){
 .stMainBlockContainer{padding:12px 16px 40px}
 .vp-say{display:block;font-size:17px;line-height:27px}
 .vp-say small{display:block;margin-top:8px;line-height:20px}
 .st-key-main [data-testid=stHorizontalBlock]{flex-direction:column-reverse}
 .vp-bar h1{width:100%}
 .vp-t thead,.vp-t .wide,.vp-t td:empty,.vp-t .nil{display:none}
 .vp-t tr{display:grid;grid-template-columns:26px 1fr auto;border-bottom:1px solid #E2E6EA;
  padding:6px 0}
 .vp-t td{border:0;padding:1px 4px}.vp-t td.share{grid-area:1/3}
 .vp-t td.bar{grid-area:2/2/3/4;width:auto}.vp-t td.need{grid-area:3/2;text-align:left;
  font-size:12px;color:#4F5B67}.vp-t td.vill{grid-area:3/3;font-size:12px;color:#4F5B67}
 .vp-t .tot td.vill{grid-area:1/3;font-size:14px;color:inherit}.vp-t .none td{grid-column:2/4}
 .vp-t .none td:first-child{grid-column:1}
}
"""


def style() -> str:
    """Give the styles of every page."""
    return f"<style>{_CSS}{LEGEND_CSS}</style>"


def heading(title: str, small: str = "", more: str = "") -> str:
    """Give a section's head: title and a small remark (both escaped here), then finished HTML."""
    return f'<div class="vp-h"><h2>{esc(title)}</h2><small>{esc(small)}</small>{more}</div>'


def bar_html(board: Board, lang: str) -> str:
    """Give the bar that says which project, standard, scope and day everything below speaks of."""
    assessment = board.assessment
    standard = assessment.standard
    facts = (
        ("standard", f"{said(standard.title, lang)} {standard.id}@{standard.version}"),
        ("scope", scope_text(assessment.scope, lang)),
        ("as_of", date_text(assessment.as_of, lang)),
    )
    cells = "".join(
        f"<div><small>{esc(t(key, lang))}</small>{esc(value)}</div>" for key, value in facts
    )
    return f'<div class="vp-bar"><h1>{esc(assessment.project_name)}</h1>{cells}</div>'


def sentences_html(board: Board, lang: str) -> str:
    """Give the result in words."""
    lines = "".join(
        f"<small>{label}</small><div>{line}</div>" for label, line in board.sentences(lang)
    )
    return f'<div class="vp-say">{lines}</div>'


def targets_html(board: Board, chosen: str, lang: str) -> str:
    """Give the scorecard of the whole: all required targets together first, then each target."""
    done, of = board.assessed
    head = heading(
        t("report.by_target", lang), t("ui.assessed_of", lang, k=done, n=of), bar_key(lang)
    )
    names = ("head.share", "head.goal", "needed", "report.villages_met")
    heads = "".join(
        f'<th class="n{" wide" if key == "head.goal" else ""}">{esc(t(key, lang))}</th>'
        for key in names
    )
    rows = "".join(_target_rows(board, chosen, lang))
    return (
        f'{head}<table class="vp-t"><thead><tr><th></th><th>{esc(t("target", lang))}</th>'
        f'<th class="wide"></th><th>{esc(t("report.bar", lang))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _target_rows(board: Board, chosen: str, lang: str) -> Iterable[str]:
    for target in (ALL, *board.targets):
        row = board.total(target)
        if row is None:
            continue
        css = " ".join(filter(None, ["tot" * (target == ALL), "on" * (target == chosen)]))
        first = f'<tr class="{css}"><td>{sign(row["status"])}</td>'
        name = f'<td class="name">{esc(board.title(target, lang))}</td>'
        kind = esc(t("kind." + text(row["kind"]), lang))
        if target == ALL:
            cells = '<td class="wide"></td><td></td><td></td><td class="wide"></td><td></td>'
            yield f'{first}{name}{cells}<td class="n vill">{villages_met(row)}</td></tr>'
        elif row["status"] != "not_assessed":
            needed, villages = needed_text(row, lang), villages_met(row)
            yield (
                f'{first}{name}<td class="mut wide kind">{kind}</td>'
                f'<td class="bar">{board.bar(row)}</td>'
                f'<td class="n share">{share_text(row)}</td>'
                f'<td class="n wide">{board.goal(row, lang)}</td>'
                f'<td class="n need{_nil(needed)}">{needed}</td>'
                f'<td class="n vill{_nil(villages)}">{villages}</td></tr>'
            )

    if board.unassessed:
        names = t("report.listing", lang).join(board.title(one, lang) for one in board.unassessed)
        head = t("page.unassessed", lang, n=len(board.unassessed))
        yield (
            f'<tr class="none"><td>{sign("not_assessed")}</td><td class="mut" colspan="7">'
            f"<details><summary>{esc(head)}</summary>{esc(names)}</details></td></tr>"
        )


def _nil(figure: str) -> str:
    return " nil" if figure == "—" else ""


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
