"""The HTML pieces of the page of plans: sentences, tables, the curve."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from layers.escape import esc
from layers.text import t
from works.siting.shown import LeftRow, Other, SiteRow, Step, VillageRow

CSS = """
.pl-say{font-size:20px;line-height:30px;font-weight:700;margin:6px 0 2px;overflow-wrap:anywhere}
.pl-proof{font-size:14px;line-height:22px;margin:0;overflow-wrap:anywhere}
.pl-notes{font-size:13px;line-height:20px;color:#4F5B67;margin:2px 0 0!important;
 padding:0!important;list-style:none}
.pl-notes li{margin:0!important;padding:0!important;font-size:13px;overflow-wrap:anywhere}
.pl-t{overflow-x:auto}
.pl-t table{border-collapse:collapse;width:100%;font-size:13px;margin:0}
.pl-t :is(th,td){border:0;border-bottom:1px solid #E2E6EA;padding:5px 8px 5px 0;line-height:19px;
 text-align:left;vertical-align:top;color:#1A2430}
.pl-t th{font-size:12px;font-weight:400;color:#4F5B67;border-bottom-color:#C9D0D6;
 vertical-align:bottom}
.pl-t .n{text-align:right;white-space:nowrap}.pl-t .name{overflow-wrap:anywhere;min-width:4.5em}
.pl-t tr.here td{background:#EAF0F6;font-weight:700}.pl-t tr.tot td{background:#F5F7F9;
 font-weight:700}
.pl-t small{font-size:12px;color:#4F5B67}
.pl-card{border:1px solid #C9D0D6;border-radius:6px;padding:14px 16px 12px;font-size:14px;
 line-height:22px;overflow-wrap:anywhere}
.pl-card h3{font-size:16px;line-height:24px;font-weight:700;margin:0 0 4px;padding:0}
.pl-card h3 small{font-size:12px;font-weight:400;color:#4F5B67;margin-left:8px}
.pl-card h4{font-size:13px;line-height:20px;font-weight:400;color:#4F5B67;margin:8px 0 2px;
 padding:8px 0 0;border-top:1px solid #E2E6EA}
.pl-card p{margin:0 0 2px;font-size:14px;line-height:21px}
.pl-card p.o{font-size:13px;line-height:20px}.pl-card p.o small{font-size:12px;color:#4F5B67}
.pl-curve{display:block;width:100%;aspect-ratio:16/7;max-height:260px;
 background:center/contain no-repeat;margin:4px 0}
.st-key-plan-picks{gap:10px}.st-key-plan-go [data-testid=stCaptionContainer]{max-width:640px}
.pl-note{font-size:12px;line-height:18px;color:#4F5B67;margin:4px 0 0}
.pl-next{font-size:14px;line-height:22px;margin:2px 0}
@media (max-width:640px){
 .pl-say{font-size:17px;line-height:26px}
 .st-key-plan-main>div>[data-testid=stHorizontalBlock],
 .st-key-plan-main>[data-testid=stHorizontalBlock]{flex-direction:column-reverse}
 .st-key-plan-main [data-testid=stColumn]{width:100%;min-width:100%}
}
"""
_W, _H, _LEFT, _RIGHT, _TOP, _LOW = 640, 280, 64, 16, 14, 40


def sentence_html(line: str, proof: str, notes: Sequence[str]) -> str:
    """Give the answer: one sentence, how sure it is, and what is to be known."""
    small = "".join(f"<li>{esc(one)}</li>" for one in notes if one)
    told = f'<p class="pl-proof">{esc(proof)}</p>' if proof else ""
    more = f'<ul class="pl-notes">{small}</ul>' if small else ""
    return f'<p class="pl-say">{esc(line)}</p>{told}{more}'


def note_html(line: str) -> str:
    """Give a remark below something."""
    return f'<p class="pl-note">{esc(line)}</p>' if line else ""


def next_html(line: str) -> str:
    """Give what the next step brings."""
    return f'<p class="pl-next">{esc(line)}</p>' if line else ""


def table_html(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
    marked: Sequence[int] = (),
    total: Sequence[str] | None = None,
) -> str:
    """
    Give a table of plain texts.

    Parameters
    ----------
    heads, rows
        Plain texts.
    numbers
        Columns that hold figures.
    marked
        Rows that stand out.
    total
        A first row over all.

    Examples
    --------
    >>> "&lt;b&gt;" in table_html(["a"], [["<b>"]])
    True
    """

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} class="{"n" if n in numbers else "name"}">{esc(one)}</{tag}>'
            for n, one in enumerate(row)
        )

    body = "" if total is None else f'<tr class="tot">{cells(total, "td")}</tr>'
    for n, row in enumerate(rows):
        css = ' class="here"' if n in marked else ""
        body += f"<tr{css}>{cells(row, 'td')}</tr>"
    return (
        f'<div class="pl-t" tabindex="0" role="group"><table><thead><tr>{cells(heads, "th")}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def villages_html(rows: Sequence[VillageRow], lang: str) -> str:
    """Give the villages before and after."""
    names = ("before", "after", "goal", "best", "amounts", "sites", "word")
    heads = [t("plan.col.village", lang), *(t(f"plan.village.{one}", lang) for one in names)]
    return table_html(
        heads,
        [
            (_named(one.village, one.township), one.before, one.after, one.goal, one.best,
             one.amounts, str(one.sites or "—"), one.word)
            for one in rows
        ],
        numbers=range(1, 7),
    )  # fmt: skip


def _named(village: str, township: str) -> str:
    return f"{village} {township}" if township else village


def left_html(rows: Sequence[LeftRow], most: int, lang: str) -> str:
    """Give who stays without."""
    heads = [t(f"plan.col.{one}", lang) for one in ("village", "left", "why")]
    body = [(one.village, one.amount, one.why) for one in rows[:most]]
    more = t("plan.left_more", lang, n=len(rows) - most) if len(rows) > most else ""
    return table_html(heads, body, numbers=(1,)) + note_html(more)


def card_html(row: SiteRow, near: Sequence[Other], lang: str) -> str:
    """Give the card of one site: why it is there, and why its neighbours are not."""
    where = " ".join(one for one in (row.township, row.village) if one)
    others = "".join(
        f'<p class="o"><small>{esc(t("plan.card.away", lang, m=one.metres, id=one.id))}</small><br>'
        f"{esc(one.why)}</p>"
        for one in near
    )
    head = f"<h4>{esc(t('plan.card.not', lang))}</h4>" if near else ""
    return (
        f'<div class="pl-card"><h3>{esc(t("plan.spot", lang, n=row.order))}'
        f"<small>{esc(where)}</small></h3><p>{esc(row.card)}</p>{head}{others}</div>"
    )


def curve_rows(steps: Sequence[Step], lang: str) -> str:
    """Give the points of a curve as a table."""
    heads = [t(f"plan.curve.{one}", lang) for one in ("at", "value", "proof")]
    rows, marked = [], []
    for n, one in enumerate(steps):
        if one.here:
            marked.append(n)
        sure = t("plan.curve.proven", lang)
        if not one.proven:
            sure = t("plan.curve.bound", lang, n=f"{one.bound:g}")
        at = one.at_text + (f" {t('plan.curve.here', lang)}" if one.here else "")
        rows.append((at, one.value_text, sure))
    return table_html(heads, rows, numbers=(1,), marked=marked)


def curve_html(
    points: Sequence[tuple[float, float, bool]],
    first: tuple[str, str],
    last: tuple[str, str],
    lang: str,
) -> str:
    """
    Draw a curve: what is spent to the right, what it reaches upwards.

    Parameters
    ----------
    points
        Spent, reached, and whether it is the plan shown; by what is spent.
    first, last
        Words at the ends of the lower and of the left axis: (spent, reached) least and most.
    lang
        ``zh`` or ``en``.
    """
    if len(points) < 2:
        return ""
    wide = max(one[0] for one in points) or 1.0
    high = max(one[1] for one in points) or 1.0

    def at(one: tuple[float, float, bool]) -> tuple[float, float]:
        x = _LEFT + (_W - _LEFT - _RIGHT) * one[0] / wide
        return round(x, 1), round(_H - _LOW - (_H - _LOW - _TOP) * one[1] / high, 1)

    line = " ".join(f"{x},{y}" for x, y in map(at, points))
    dots = ""
    few = len(points) <= 40
    for one in points:
        x, y = at(one)
        if one[2]:
            dots += f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{_H - _LOW}" stroke="#1F4E79" '
            dots += f'stroke-dasharray="4 4"/><circle cx="{x}" cy="{y}" r="7" fill="#1F4E79"/>'
        elif few:
            dots += f'<circle cx="{x}" cy="{y}" r="4" fill="#fff" stroke="#1F4E79" '
            dots += 'stroke-width="2"/>'
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_W} {_H}" font-size="15" '
        'font-family="sans-serif" fill="#4F5B67">'
        f'<path d="M{_LEFT} {_TOP}V{_H - _LOW}H{_W - _RIGHT}" fill="none" stroke="#8A949E"/>'
        f'<polyline points="{line}" fill="none" stroke="#1F4E79" stroke-width="2.5"/>{dots}'
        f'<text x="{_LEFT}" y="{_H - _LOW + 20}">{esc(first[0])}</text>'
        f'<text x="{_W - _RIGHT}" y="{_H - _LOW + 20}" text-anchor="end">{esc(last[0])}</text>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 12}" text-anchor="end">{esc(last[1])}</text>'
        f'<text x="{_LEFT - 6}" y="{_H - _LOW}" text-anchor="end">{esc(first[1])}</text></svg>'
    )
    alt = esc(t("plan.curve.alt", lang))
    image = f"background-image:url(data:image/svg+xml,{quote(drawn, safe='')})"
    return f'<div class="pl-curve" role="img" aria-label="{alt}" style="{image}"></div>'
