"""The county's own lists on the command line: which are filled, and filling one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from layers.checklists import Checklist, checklists, known_list, lists_of, read_items, with_items
from layers.errors import DataError, UsageError
from layers.project import open_project
from layers.schema import schema
from layers.text import said, t
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder

commands = typer.Typer()
_LARGEST = 100_000
"""Bytes of a file of items: a list is a page, not a book."""


@commands.command("lists")
@plainly
def lists(
    folder: ProjectFolder,
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="List to fill or to show: id or name.")
    ] = None,
    items: Annotated[
        str | None,
        typer.Option("--items", metavar='FILE.txt|"a;b;c"', help="Its items; '' empties it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the lists that documents name and the county must write out, or fill one."""
    if items is not None and name is None:
        msg = "--items: does not say of which list. Name it: lists PROJECT ID --items FILE."
        raise UsageError(msg)
    chosen = None if name is None else known_list(name)
    project = open_project(folder)
    if chosen is not None and items is not None:
        told = () if not items.strip() else read_items(*_text_of(items))
        project.save_settings(lists=with_items(project.settings, chosen, told))
    filled = lists_of(project.settings, project.name)
    shown = list(checklists().values()) if chosen is None else [chosen]
    if as_json:
        rows = [_row(one, filled.get(one.id, ())) for one in shown]
        say(json.dumps({"lists": rows}, ensure_ascii=False))
        return
    for one in shown:
        _tell(one, filled.get(one.id, ()), project.language, whole=chosen is not None)


def _text_of(items: str) -> tuple[str, str]:
    """Give the text of ``--items`` and what to call it: a text file's, or the option's own."""
    if not items.lower().endswith(".txt"):
        return items, "--items"
    path = Path(items)
    try:
        if path.stat().st_size > _LARGEST:
            msg = f"{path.name}: is too large for a list. Write one item per line."
            raise DataError(msg)
        raw = path.read_bytes()
    except OSError as error:
        msg = f"{path.name}: cannot be read ({error.strerror}). Check the name."
        raise DataError(msg) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding), path.name
        except UnicodeDecodeError:
            continue
    msg = f"{path.name}: is not a text file. Save it as UTF-8 text."
    raise DataError(msg)


def _row(one: Checklist, items: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": one.id, "title_zh": one.title["zh"], "title_en": one.title["en"],
        "expected": one.expected, "filled": bool(items), "items": list(items),
        "layer": one.layer, "column": one.column, "source": one.source,
    }  # fmt: skip


def _tell(one: Checklist, items: tuple[str, ...], lang: str, *, whole: bool) -> None:
    layer = schema(one.layer)
    places = {
        "id": one.id, "title": one.title[lang], "n": len(items), "expected": one.expected,
        "layer": said(layer.title, lang), "column": layer.columns[one.column].label(lang),
    }  # fmt: skip
    key = "lists.empty"
    if items:
        key = "lists.filled" if len(items) == one.expected else "lists.other_number"
    say(t(key, lang, **places))
    for number, item in enumerate(items if whole else (), 1):
        say(f"  {number}. {item}")
