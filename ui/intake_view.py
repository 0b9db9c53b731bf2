"""The pieces of the import page: first rows with what each column is taken for, doubts, counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from layers.escape import esc
from layers.findings import Finding, layer_title
from layers.proposal import Proposal
from layers.refusal import RefusalError
from layers.request import ImportReport, Looked
from layers.schema import RASTERS, schema
from layers.text import t
from works.figures import text

MOST_SHOWN, MOST_CELL, MOST_DOUBTS = 6, 60, 60

CSS = """
[data-testid=stFileUploaderDropzone]{border:1px dashed #8A949E;background:#F5F7F9;
 min-height:112px;align-items:center;justify-content:center;flex-wrap:wrap;gap:8px 14px}
[data-testid=stFileUploaderDropzone]:has([data-testid=stFileChip]){min-height:0;padding:4px 10px;
 justify-content:flex-start;border-style:solid;border-color:#E2E6EA;background:none}
[data-testid=stFileChip]{background:none}
.vp-first{overflow:auto;border:1px solid #E2E6EA;border-radius:6px;max-height:330px}
.vp-first table{border-collapse:separate;border-spacing:0;margin:0;font-size:13px;
 line-height:19px;min-width:100%}
.vp-first :is(th,td){border:0;border-bottom:1px solid #E2E6EA;padding:5px 10px;text-align:left;
 white-space:nowrap;max-width:220px;overflow:hidden;text-overflow:ellipsis}
.vp-first tbody tr:last-child td{border-bottom:0}
.vp-first th{background:#F5F7F9;font-weight:700;color:#1A2430}
.vp-first tr.as th{font-weight:400;font-size:12px;line-height:18px;color:#1F4E79;
 background:#EAF0F6;padding:3px 10px}
.vp-first tr.as th.text{color:#4F5B67;background:#F5F7F9}
.vp-first :is(th,td).no{width:1%;color:#4F5B67;font-weight:400;text-align:right;
 position:sticky;left:0;background:#F5F7F9;border-right:1px solid #E2E6EA}
.vp-verdict{border:1px solid #C9D0D6;border-left:4px solid #009E73;border-radius:6px;
 padding:10px 14px;margin:0 0 4px}
.vp-verdict.warned{border-left-color:#E69F00}.vp-verdict.refused{border-left-color:#D55E00}
.vp-verdict b{font-size:16px;line-height:24px;font-weight:700;display:block}
.vp-verdict p{font-size:14px;line-height:22px;margin:2px 0 0;overflow-wrap:anywhere}
.vp-verdict p.small{color:#4F5B67;font-size:13px;line-height:20px}
.vp-sum{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline;font-size:13px;
 line-height:20px;color:#4F5B67;margin:4px 0 0}
.vp-sum b{display:inline;font-size:20px;line-height:28px;color:#1A2430;margin-right:3px}
.vp-sum i{font-style:normal;color:#8A949E}
.vp-why{font-size:13px;line-height:20px;color:#4F5B67;margin:0;overflow-wrap:anywhere}
.vp-proposal{font-size:14px;line-height:21px;margin:0;overflow-wrap:anywhere}
[class*=st-key-proposal-]{padding:8px 12px!important;background:#EAF0F6}
[class*=st-key-proposal-]>div:first-child{flex:1 1 220px!important;min-width:0}
.vp-doubts{font-size:14px;line-height:21px}
.vp-doubts ul{margin:0;padding:0;list-style:none}
.vp-doubts li{border-bottom:1px solid #E2E6EA;padding:6px 0;margin:0;overflow-wrap:anywhere;
 font-size:14px}
.vp-doubts summary{cursor:pointer;padding:6px 0;color:#4F5B67;font-size:13px}
.vp-sev{font-style:normal;font-size:12px;border:1px solid #C9D0D6;border-radius:3px;
 padding:0 5px;margin-right:8px;white-space:nowrap;color:#1A2430}
.vp-sev.warning{border-color:#E69F00}.vp-sev.error{border-color:#D55E00}
.vp-key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12px;line-height:20px;color:#4F5B67;
 margin:4px 0 0}
.vp-key span{white-space:nowrap}
.vp-key i{display:inline-block;width:11px;height:11px;margin:0 6px 0 0;vertical-align:-1px}
.vp-key i.ours{border:1.5px solid #8A949E;background:#FFF}
.vp-key i.file{border:1px solid #1A2430;background:#1F4E79;border-radius:50%}
.vp-none{border:1px solid #E2E6EA;border-radius:6px;padding:14px 16px;font-size:13px;
 line-height:20px;color:#4F5B67;background:#F5F7F9}
.vp-name{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin:0}
.vp-name b{font-size:16px;line-height:24px;overflow-wrap:anywhere}
.vp-name small{font-size:12px;color:#4F5B67}
.st-key-decide button[kind=primary]{padding-left:28px;padding-right:28px}
"""

# On the command line these are switches; on the page the same things stand under "More".
_SWITCH = re.compile(
    r"--(crs|datum|sheet|sub-layer|swap-xy|map)(?: EPSG:(?:号|N\b)| \w+=\w+)?", re.ASCII
)
_TAIL = re.compile(r"\s*[：:;；]\s*--[a-z-]+[^。]*。?$", re.ASCII)


def spoken(sentence: str, lang: str) -> str:
    """
    Give a sentence with the switches of the command line called as the page calls them.

    Examples
    --------
    >>> spoken("Read so they fit: --crs EPSG:4545.", "en")
    'Read so they fit.'
    """
    cut = _TAIL.sub("." if lang == "en" else "。", sentence)
    return _SWITCH.sub(lambda one: t(f"intake.say.{one[1]}", lang), cut)


def reason(one: Proposal, lang: str) -> str:
    """Give the reason of a proposal, safe to show."""
    return esc(spoken(one.message(lang), lang))


def name_html(name: str, size: int, lang: str) -> str:
    """Give the file at hand: its name and how large it is."""
    large = t("intake.mb", lang, n=f"{size / 1e6:.1f}") if size >= 100_000 else ""
    small = large or (t("intake.kb", lang, n=max(1, round(size / 1000))) if size else "")
    return f'<div class="vp-name"><b>{esc(name)}</b><small>{esc(small)}</small></div>'


# ---------------------------------------------------------------------------------- first rows


def first_html(looked: Looked, lang: str) -> str:
    """Give the first rows under the sender's heads and, below each head, its field."""
    heads = [str(one) for one in looked.first.columns]
    top = "".join(f"<th>{_short(one)}</th>" for one in heads)
    fields = "".join(_field_html(looked, one, lang) for one in heads)
    body = "".join(
        f'<tr><td class="no">{esc(number)}</td>{"".join(_cell(one) for one in cells)}</tr>'
        for number, cells in zip(
            looked.first.index[:MOST_SHOWN],
            looked.first.head(MOST_SHOWN).itertuples(index=False, name=None),
            strict=True,
        )
    )
    corner = f'<th class="no">{esc(t("intake.row", lang))}</th>'
    return (
        f'<div class="vp-first" tabindex="0"><table><thead><tr>{corner}{top}</tr>'
        f'<tr class="as"><th class="no"></th>{fields}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _field_html(looked: Looked, head: str, lang: str) -> str:
    field = looked.columns.get(head, "")
    if not field:
        return f'<th class="text">{esc(t("intake.as_text", lang))}</th>'
    return f"<th>{esc(field_names(looked.layer, lang).get(field, field))}</th>"


def field_names(layer: str, lang: str) -> dict[str, str]:
    """Give the fields a column of a layer may stand for, by the names people read."""
    if not layer or layer in RASTERS:
        return {}
    return {name: column.label(lang) for name, column in schema(layer).columns.items()}


def choice_names(layer: str, lang: str) -> dict[str, str]:
    """Give the fields by names no two share: a choice is known to Streamlit by its words."""
    names = field_names(layer, lang)
    first = {word: name for name, word in reversed(names.items())}
    return {n: word if first[word] == n else f"{word}（{n}）" for n, word in names.items()}


def _cell(value: Any) -> str:
    return f"<td>{_short(text(value))}</td>"


def _short(value: str) -> str:
    return esc(value if len(value) <= MOST_CELL else value[:MOST_CELL] + "…")


# ---------------------------------------------------------------------------------- the verdict


def verdict_html(looked: Looked, lang: str) -> str:
    """Say whether the file can be taken, and that every row is accounted for."""
    if looked.report is None:
        said = refusal(looked, lang)
        if len(looked.sheets) > 1 and not (looked.options.sheet or looked.options.sub_layer):
            # Nothing is wrong with it yet: it only asks which part is meant.
            head = esc(t("intake.choose_first", lang))
            return f'<div class="vp-verdict warned"><b>{head}</b><p>{esc(said)}</p></div>'
        nothing = esc(t("intake.nothing_stored", lang))
        return (
            f'<div class="vp-verdict refused"><b>{esc(t("intake.refused", lang))}</b>'
            f'<p>{esc(said)}</p><p class="small">{nothing}</p></div>'
        )
    report = looked.report
    doubts = sum(one.severity != "info" for one in report.findings)
    word = t("intake.look_first", lang, n=doubts) if doubts else t("intake.fine", lang)
    kind = "warned" if doubts else "accepted"
    rows = "" if looked.layer in RASTERS else sum_html(report, lang)
    return f'<div class="vp-verdict {kind}"><b>{esc(word)}</b>{rows}</div>'


def refusal(looked: Looked, lang: str) -> str:
    """Give the reason of a refusal without its proposals: those stand below it, with buttons."""
    error = looked.refused
    if error is None:
        return ""
    if not isinstance(error, RefusalError):
        return spoken(error.say(lang), lang)
    whole = error.say(lang)
    for one in error.proposals:
        whole = whole.replace(one.message(lang), "")
    return spoken(whole.strip(), lang)


def sum_html(report: ImportReport, lang: str) -> str:
    """Show that the rows add up: read = stored + not stored."""
    left = report.rows_read - report.rows_stored
    parts = (("read", report.rows_read), ("stored", report.rows_stored), ("left", left))
    told = [f"<span><b>{n}</b>{esc(t(f'intake.rows.{name}', lang))}</span>" for name, n in parts]
    return f'<div class="vp-sum">{told[0]}<i>=</i>{told[1]}<i>+</i>{told[2]}</div>'


def why_html(looked: Looked, lang: str) -> str:
    """Say why the file was taken for this layer."""
    return f'<p class="vp-why">{reason(looked.why[0], lang)}</p>'


def doubts_html(found: Sequence[Finding], lang: str) -> str:
    """List what is doubtful, the gravest first; mere notes are folded."""
    grave = [one for level in ("error", "warning") for one in found if one.severity == level]
    notes = [one for one in found if one.severity == "info"]
    body = _list(grave, lang)
    if notes:
        head = esc(t("intake.notes", lang, n=len(notes)))
        body += f"<details><summary>{head}</summary>{_list(notes, lang)}</details>"
    return f'<div class="vp-doubts">{body}</div>'


def _list(found: Sequence[Finding], lang: str) -> str:
    items = "".join(_doubt(one, lang) for one in found[:MOST_DOUBTS])
    if len(found) > MOST_DOUBTS:
        items += f"<li>{esc(t('ui.first_rows', lang, n=MOST_DOUBTS))}</li>"
    return f"<ul>{items}</ul>" if items else ""


def _doubt(one: Finding, lang: str) -> str:
    word = esc(t(f"severity.{one.severity}", lang))
    sentence = esc(spoken(one.message(lang), lang))
    return f'<li><i class="vp-sev {one.severity}">{word}</i><span>{sentence}</span></li>'


# ---------------------------------------------------------------------------------- the map's words


def key_html(villages: int, positions: int, rows: int, lang: str) -> str:
    """Give the legend of the small map, with counts."""
    ours = esc(t("intake.key_villages", lang, n=villages))
    name = "intake.key_file" if positions >= rows else "intake.key_some"
    file = esc(t(name, lang, n=positions, rows=rows))
    left = f'<span><i class="ours"></i>{ours}</span>' if villages else ""
    return f'<div class="vp-key">{left}<span><i class="file"></i>{file}</span></div>'


def none_html(words: str) -> str:
    """Say in a quiet box that there is nothing to show here."""
    return f'<div class="vp-none">{esc(words)}</div>'


def stored_html(layers: Sequence[str], file: str, report: ImportReport, lang: str) -> str:
    """Say what was stored of a file that was taken."""
    named = t("report.listing", lang).join(layer_title(one, lang) for one in layers)
    title = esc(t("intake.taken", lang, layer=named))
    rows = "" if layers[0] in RASTERS else sum_html(report, lang)
    return f'<div class="vp-verdict accepted"><b>{title}</b><p>{esc(file)}</p>{rows}</div>'
