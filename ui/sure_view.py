"""A short word beside a target whose figures nobody has seen in a source."""

from __future__ import annotations

from collections.abc import Iterable

from geo.target import Target
from layers.escape import esc
from layers.text import t
from works.sureness import in_words, least_sure

CSS = """
.vs-sure{display:inline-block;font-size:11px;line-height:15px;font-weight:400;color:#4F5B67;
 border:1px solid #C9D0D6;border-radius:3px;padding:0 3px;margin-left:5px;white-space:nowrap;
 vertical-align:1px}
.vs-sure.recalled{border-color:#8A949E;border-style:dashed;color:#1A2430}
.vs-key{font-size:12px;line-height:18px;color:#4F5B67;margin:6px 0 0}
.vs-key .vs-sure{margin:0 4px 0 0}.vs-key span+span+*{margin-left:12px}
"""
SHOWN = ("recalled", "default")
"""Seen in a source needs no word."""


def sure_html(target: Target | None, lang: str, key: str = "") -> str:
    """
    Give the word for how sure a target's figures are; empty where all were seen in the source.

    Parameters
    ----------
    target
        The rule, None for what is none.
    lang
        ``zh`` or ``en``.
    key
        Row of the scorecard, such as a grade's; the target's own when empty.
    """
    word = "seen" if target is None else least_sure(target, key or target.id)
    if target is None or word not in SHOWN:
        return ""
    return (
        f'<span class="vs-sure {word}" title="{esc(in_words(target, lang))}">'
        f"{esc(t(f'sure.short.{word}', lang))}</span>"
    )


def sure_key(targets: Iterable[Target], lang: str) -> str:
    """Give the key of the words that stand beside these targets; empty when none does."""
    there = {least_sure(target) for target in targets}
    parts = [
        f'<span><span class="vs-sure {word}">{esc(t(f"sure.short.{word}", lang))}</span>'
        f"{esc(t(f'sure.means.{word}', lang))}</span>"
        for word in SHOWN
        if word in there
    ]
    return f'<p class="vs-key">{"　".join(parts)}</p>' if parts else ""
