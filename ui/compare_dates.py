"""Two dates side by side, as HTML: shares before and after, and what made the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from geo.progress import PARTS
from layers.escape import esc
from layers.text import t
from ui.links import Link
from ui.progress_view import signed
from works.desk.comparing import Step
from works.figures import amount_text, bar, share_text, sign, status_word, text

CSS = """
table.cd{border-collapse:collapse;width:100%;font-size:14px;margin:0}
.cd th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;line-height:17px;
 border-bottom:1px solid #C9D0D6;padding:3px 8px;vertical-align:bottom}
.cd td,.cd tbody th{border:0;border-bottom:1px solid #E2E6EA;padding:6px 8px;line-height:20px;
 vertical-align:middle;font-size:14px;color:#1A2430;text-align:left}
.cd tbody th{padding-left:0;overflow-wrap:anywhere;min-width:130px}
.cd :is(td,th).n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.cd td.two{min-width:190px}.cd td.two div.r{display:grid;grid-template-columns:1fr 104px;gap:8px;
 align-items:center}.cd td.two div.r span{text-align:right;white-space:nowrap}
.cd td.two .vf-lh{height:16px}.cd td.two .was{opacity:.62}
.cd tr.tot :is(td,th){font-weight:700;background:#F5F7F9}
.cd a{color:inherit!important;text-decoration:underline dotted #8A949E 1.5px!important;
 text-underline-offset:4px}.cd a:hover{color:#1F4E79!important}
.cd td.st{white-space:nowrap}.cd .mut{color:#4F5B67;font-size:12px}
.cd td.st .vf-i{vertical-align:-3px}
@media (max-width:640px){.cd{font-size:13px}.cd td,.cd tbody th{padding:5px 4px;font-size:13px}
 .cd .hide{display:none}.cd td.two{min-width:120px}.cd tbody th{min-width:84px}
 .cd td.two div.r{grid-template-columns:1fr}.cd td.two .vf-lh{display:none}}
"""


def steps_html(
    rows: Sequence[Step],
    whole: Step | None,
    titles: Mapping[str, str],
    days: tuple[str, str],
    link: Link,
    lang: str,
    chosen: Mapping[str, str],
) -> str:
    """
    Give what became of every target: share then and now, change, and why.

    Parameters
    ----------
    rows, whole
        The targets, and all required ones together (``works.desk.comparing``).
    titles
        Target id to its title, also of targets that are no longer asked.
    days
        What the two dates are called.
    link
        Gives addresses; a figure opens the list of whom it counts.
    lang
        ``zh`` or ``en``.
    chosen
        Choices of the page that a link keeps.
    """
    heads = [(t("head.target", lang), ""), (t("cmp.shares", lang, a=days[0], b=days[1]), "")]
    heads += [(t("cmp.points", lang), "n")]
    heads += [(t(f"cmp.cause.{name}", lang), "n") for name in PARTS]
    heads += [(t("cmp.status", lang), "hide")]
    top = "".join(f'<th scope="col" class="{css}">{esc(word)}</th>' for word, css in heads)
    body = _whole(whole, lang) if whole else ""
    body += "".join(_step(one, titles, link, lang, chosen) for one in rows)
    return (
        f'<div class="cm-wrap" tabindex="0" role="region" '
        f'aria-label="{esc(t("cmp.part.dates", lang))}"><table class="cd"><thead><tr>{top}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _whole(one: Step, lang: str) -> str:
    """Give the row of all required targets together: points of 100."""
    # Points are kept in hundredths: printed so, the parts add up to the whole.
    cells = "".join(f'<td class="n">{_hundredths(one.parts[name])}</td>' for name in PARTS)
    change = sum((one.parts[name] or Fraction(0) for name in PARTS), Fraction(0))
    return (
        f'<tr class="tot"><th scope="row">{esc(t("cmp.score_row", lang))}</th>'
        f"<td class=two>{_two(one, lang)}</td>"
        f'<td class="n">{_hundredths(change)}</td>{cells}'
        f'<td class="st hide">{_statuses(one, lang)}</td></tr>'
    )


def _step(
    one: Step,
    titles: Mapping[str, str],
    link: Link,
    lang: str,
    chosen: Mapping[str, str],
) -> str:
    cells = []
    for name in PARTS:
        value = one.parts[name]
        figure = "—" if value is None else signed(value)
        value = value if figure.strip("0.+−") else None
        figure = figure if value or figure == "—" else "0"
        if value and name != "standard":
            address = link("compare", **chosen, cmp_target=one.target, cmp_cause=name)
            figure = f'<a href="{esc(address)}#list" target="_self">{figure}</a>'
        if value:
            figure += f' <span class="mut">{esc(_unit(one, value, lang))}</span>'
        cells.append(f'<td class="n">{figure}</td>')
    return (
        f'<tr><th scope="row">{esc(titles.get(one.target, one.target))}</th>'
        f"<td class=two>{_two(one, lang)}</td>"
        f'<td class="n">{one.change}</td>{"".join(cells)}'
        f'<td class="st hide">{_statuses(one, lang)}</td></tr>'
    )


def _hundredths(value: Fraction | None) -> str:
    """
    Print points with two decimals and a sign.

    Examples
    --------
    >>> _hundredths(Fraction(856, 100)), _hundredths(Fraction(0)), _hundredths(Fraction(-1, 10))
    ('+8.56', '0', '−0.10')
    """
    if value is None:
        return "—"
    if not value:
        return "0"
    return f"{'+' if value > 0 else '−'}{abs(float(value)):.2f}"


def _unit(one: Step, value: Fraction, lang: str) -> str:
    """Give the unit behind a signed figure."""
    return amount_text(abs(value), one.unit, lang).lstrip("0123456789. ")


def _two(one: Step, lang: str) -> str:
    """Draw the bars of both days, the earlier one paler, each with its figures."""
    lines = []
    for row, css in ((one.before, "r was"), (one.after, "r")):
        if row is None or row["status"] == "not_assessed":
            word = status_word("not_assessed", lang) if row else esc(t("cmp.not_asked", lang))
            lines.append(f'<div class="{css}"><span></span><span class="mut">{word}</span></div>')
            continue
        shown = {**row, "status": "met"} if row["status"] == "not_applicable" else row
        lines.append(f'<div class="{css}">{bar(shown, None)}<span>{share_text(row)}</span></div>')
    return "".join(lines)


def _statuses(one: Step, lang: str) -> str:
    """Give the status on both days; one word where it is the same."""
    told = [None if row is None else str(row["status"]) for row in (one.before, one.after)]
    words = [_status(status, lang) for status in dict.fromkeys(told)]
    return " → ".join(words)


def _status(status: str | None, lang: str) -> str:
    if status is None:
        return esc(t("cmp.not_asked", lang))
    return f"{sign(status, 14)} {status_word(status, lang)}"


def people_html(rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Give the subjects behind one figure: where, who, what happened, from what to what."""
    names = ("village", "who", "happened", "work")
    heads = "".join(f'<th scope="col">{esc(t(f"cmp.list.{name}", lang))}</th>' for name in names)
    body = "".join(
        f"<tr><td>{esc(text(row['village']))}</td><td>{esc(text(row['who']))}</td>"
        f"<td>{esc(text(row['happened']))}</td><td>{esc(text(row['work']))}</td></tr>"
        for row in rows
    )
    return (
        f'<div class="cm-wrap" tabindex="0"><table class="cd"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
