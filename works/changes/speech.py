"""A proposed change in words: what is written where, what nobody told, why nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from layers.findings import layer_title
from layers.schema import Column, schema
from layers.table import LIST_MARK
from layers.text import t
from layers.work_form import Item
from works.changes.draft import Row
from works.changes.values import plain_number

_SHOWN = 3
"""Rows a sentence writes out before it counts the rest."""
_HIDDEN = ("household_id", "site_id", "village_id", "road_id")
"""Columns that only say whose a new row is."""


def sentence(item: Item, change: Mapping[str, Any], rows: Sequence[Row], lang: str) -> str:
    """
    Say what a change writes, or why nothing is written.

    Parameters
    ----------
    item, change, rows
        The piece of work, its change as it is kept, and its rows.
    lang
        ``zh`` or ``en``.
    """
    if not rows:
        return _why(change, lang)
    parts = [*_changed([r for r in rows if not r.new], lang), *_added(rows, lang)]
    names = {name: _column(rows, name) for row in rows for name in row.values}
    for key in ("assumed", "short"):
        told = [
            t("change.pair", lang, column=_label(names.get(name), name, lang),
              value=_word(names.get(name), value, lang))
            for name, value in change.get(key, {}).items()
        ]  # fmt: skip
        if told:
            parts.append(t(f"change.{key}", lang, pairs=_listed(told, lang)))
    parts += [t(f"change.note.{code}", lang) for code in change.get("notes", ())]
    if change.get("undone"):
        parts.append(t("change.note.undone", lang))
    if item["state"] == "done":
        parts.append(t("change.note.unverified", lang))
    return "".join(parts) if lang == "zh" else " ".join(parts)


def _changed(rows: Sequence[Row], lang: str) -> list[str]:
    said = []
    for row in rows[:_SHOWN]:
        named = {"layer": layer_title(row.layer, lang), "id": row.id}
        if row.drop:
            said.append(t("change.dropped", lang, **named))
            continue
        if row.shape:
            said.append(t("change.moved", lang, **named))
            continue
        cells = [
            t("change.cell", lang, column=_label(column, name, lang),
              before=_word(column, (row.before or {}).get(name, ""), lang),
              after=_word(column, value, lang))
            for name, value in row.values.items()
            for column in [schema(row.layer).columns.get(name)]
        ]  # fmt: skip
        said.append(t("change.set", lang, cells=_listed(cells, lang), **named))
    if len(rows) > _SHOWN:
        said.append(t("change.more", lang, n=len(rows)))
    return said


def _added(rows: Sequence[Row], lang: str) -> list[str]:
    """Say what is added: rows of one layer with the same cells together."""
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
    for row in rows:
        if row.new:
            shown = tuple((n, v) for n, v in row.values.items() if n not in _HIDDEN)
            groups[row.layer, shown] = groups.get((row.layer, shown), 0) + 1
    said = []
    for (layer, cells), count in groups.items():
        columns = schema(layer).columns
        pairs = [
            t("change.pair", lang, column=_label(columns.get(name), name, lang),
              value=_word(columns.get(name), value, lang))
            for name, value in cells
        ]  # fmt: skip
        said.append(t("change.added", lang, layer=layer_title(layer, lang), n=count,
                      cells=_listed(pairs, lang)))  # fmt: skip
    return said


def _why(change: Mapping[str, Any], lang: str) -> str:
    told = dict(change.get("told", {}))
    layer = str(told.get("layer", ""))
    column = schema(layer).columns.get(told["column"]) if layer and "column" in told else None
    if "column" in told:
        told["column"] = _label(column, told["column"], lang)
    if layer:
        told["layer"] = layer_title(layer, lang)
    return t(f"change.why.{change.get('why')}", lang, **told)


def _column(rows: Iterable[Row], name: str) -> Column | None:
    layer = next(row.layer for row in rows if name in row.values)
    return schema(layer).columns.get(name)


def _label(column: Column | None, name: str, lang: str) -> str:
    return column.label(lang) if column is not None else name


def _word(column: Column | None, value: str, lang: str) -> str:
    """Give a value as people read it: the label of a code, yes and no, a dash for nothing."""
    if not value:
        return t("change.nothing", lang)
    if column is not None and column.type in ("integer", "number"):
        return plain_number(value)
    if column is None or not column.words:
        return value
    label = 0 if lang == "zh" else 1
    parts = [column.words.get(one, (one,)) for one in value.split(LIST_MARK)]
    return _listed([words[min(label, len(words) - 1)] for words in parts], lang)


def _listed(parts: Sequence[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(parts)
