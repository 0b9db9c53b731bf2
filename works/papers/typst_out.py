"""PDF and picture of papers, set by Typst after ``house.typ``: no browser, no network.

The template is a fixed file; what a paper says reaches it as data and is never compiled.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typst
from PIL import Image, ImageOps

from layers.errors import DataError
from layers.text import t
from works.figures import STATUSES, symbol
from works.papers import fonts
from works.papers.letters import clean, is_chinese, soft
from works.papers.model import (
    Beside,
    Block,
    Figure,
    Heading,
    Notes,
    Paper,
    Photo,
    Say,
    Sign,
    Table,
    Text,
)
from works.papers.runs import Section, address, sections
from works.papers.setting import (
    WIDE,
    beside_widths,
    head_rows,
    lay,
    paired,
)

Data = dict[str, Any]
_TEMPLATE = Path(__file__).with_name("house.typ")
_NOWHERE = str(Path(__file__).with_name("no-packages"))
PICTURE_WIDE = 1080
"""Width of a picture of a page in pixels."""
_A4_INCHES = 210 / 25.4
_PHOTO_PIXELS, _PHOTO_QUALITY = 1100, 82
_MM = 72 / 25.4
_BODY_ROOM = WIDE * _MM / 16
_SVG = 'xmlns="http://www.w3.org/2000/svg"'


def pdf(papers: Sequence[Paper]) -> bytes:
    """Give papers as one PDF: A4, fonts embedded, tagged, the same bytes for the same papers."""
    return _set(_told(papers), format="pdf")[0]


def picture(paper: Paper) -> bytes:
    """Give the first page of a paper as a PNG of 1080 pixels' width."""
    return _set(_told([paper]), format="png", ppi=PICTURE_WIDE / _A4_INCHES)[0]


def pictures(papers: Sequence[Paper]) -> list[bytes]:
    """Give every page of papers as a PNG of 1080 pixels' width."""
    return _set(_told(papers), format="png", ppi=PICTURE_WIDE / _A4_INCHES)


def pages(papers: Sequence[Paper]) -> int:
    """Count the pages papers take."""
    return len(_set(_told(papers), format="png", ppi=4))


def drawings(figures: Sequence[Figure], lang: str, dpi: int) -> list[bytes]:
    """Give drawings as PNG, each of its size on paper."""
    if not figures:
        return []
    shown = [{"svg": one.svg, "wide": one.wide_mm, "high": one.high_mm} for one in figures]
    data = {"mode": "drawings", "lang": lang, "title": "", "about": "", "drawings": shown}
    return _set(data, format="png", ppi=dpi)


def jpeg(data: bytes) -> tuple[bytes, int, int]:
    """
    Give a photo as it goes into a file: upright, small, without the place it was taken at.

    Returns
    -------
    tuple
        A JPEG with its width and height; of a file that is no photo, a grey field that says so.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return b"", 4, 3
    upright.thumbnail((_PHOTO_PIXELS, _PHOTO_PIXELS))
    memory = io.BytesIO()
    # A fresh picture carries no camera, day or position.
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    fresh.save(memory, "JPEG", quality=_PHOTO_QUALITY)
    return memory.getvalue(), *upright.size


def _set(data: Data, **how: Any) -> list[bytes]:
    """Let Typst set data after the template."""
    have = fonts.installed()
    told = data | {
        "fonts": fonts.stacks(data["lang"], have.families()),
        "signs": {one: symbol(one).replace("<svg", f"<svg {_SVG}", 1) for one in STATUSES},
    }
    text = json.dumps(told, ensure_ascii=False)
    if is_chinese(text):
        fonts.need_chinese(have, data["lang"])
    try:
        made = typst.compile(
            _TEMPLATE.read_bytes(),
            root=str(_TEMPLATE.parent),
            font_paths=have,
            ignore_system_fonts=True,
            sys_inputs={"paper": text},
            package_path=_NOWHERE,
            package_cache_path=_NOWHERE,
            # The hour of making is not part of a paper.
            timestamp=0,
            **how,
        )
    except typst.TypstError as error:
        name = data["title"] or "house.typ"
        raise DataError(t("paperfile.failed", data["lang"], name=name, why=error)) from error
    # Several pages as pictures come as a list, which the stubs of Typst leave out.
    found: Any = made
    return found if isinstance(found, list) else [found]


def _told(papers: Sequence[Paper]) -> Data:
    """Tell the template what papers say."""
    first = papers[0]
    return {
        "mode": "papers",
        "lang": first.lang,
        "title": clean(" ".join(first.title) or first.name),
        "about": "; ".join(clean(one) for one in first.facts.values()),
        "papers": [_paper(one) for one in papers],
    }


def _paper(paper: Paper) -> Data:
    top: list[Data] = []
    if paper.attached:
        top.append({"kind": "attached", "text": clean(paper.attached)})
    if any(paper.title):
        top.append({"kind": "title", "lines": [soft(clean(one), 20) for one in paper.title]})
    if any(paper.meta):
        top.append({"kind": "meta", "parts": [soft(clean(one), 40) for one in paper.meta if one]})
    made = [_section(one, paper.lang) for one in sections(paper)]
    if address(paper):
        made[0]["blocks"][0]["style"] = "address"
    made[0]["blocks"] = top + made[0]["blocks"]
    return {"mark": clean(paper.mark), "sections": made}


def _section(section: Section, lang: str) -> Data:
    blocks = _blocks(section.blocks, lang, section.wide, turned=section.turned)
    return {"turned": section.turned, "wide": section.wide, "blocks": blocks}


def _blocks(blocks: Iterable[Block], lang: str, wide: float, *, turned: bool = False) -> list[Data]:
    return [_block(one, lang, wide, turned=turned) for one in paired(blocks, wide)]


def _block(block: Block, lang: str, wide: float, *, turned: bool) -> Data:
    told = partial(soft, room=wide / WIDE * _BODY_ROOM)
    match block:
        case Say():
            return {
                "kind": "say",
                "label": told(clean(block.label)),
                "text": told(clean(block.text)),
            }
        case Text():
            style = "strong" if block.strong else "small" if block.small else "body"
            return {"kind": "text", "text": told(clean(block.text)), "style": style}
        case Heading():
            return {"kind": "heading", "text": told(clean(block.text)), "level": block.level}
        case Table():
            return _table(block, wide, may_turn=not turned)
        case Figure():
            size = {"wide": block.wide_mm, "high": block.high_mm}
            return {"kind": "figure", "svg": block.svg, **size, "alt": clean(block.title) or "—"}
        case Photo():
            return _photo(block, lang)
        case Beside():
            widths = beside_widths(block.parts, wide)
            parts = [
                _blocks([one], lang, width) for one, width in zip(block.parts, widths, strict=True)
            ]
            return {"kind": "beside", "parts": parts, "widths": widths}
        case Notes():
            return {"kind": "notes", "head": t("paper.notes", lang), "lines": note_lines(block)}
        case Sign():
            dated = [soft(clean(one), 24) for one in block.dated.split("\n") if one]
            return {"kind": "sign", "dated": dated, "parts": sign_parts(lang)}
        case _:
            return {"kind": "break"}


def sign_parts(lang: str) -> list[str]:
    """Give what the line for signatures asks for."""
    return [t(f"paperfile.sign.{one}", lang) for one in ("by", "checked", "phone")]


def note_lines(notes: Notes) -> list[str]:
    """Give the notes as their maker numbered them."""
    return [soft(clean(one), 40) for one in notes.lines if one]


def _table(table: Table, wide: float, *, may_turn: bool) -> Data:
    laid = lay(table, wide, may_turn=may_turn)
    rooms = [laid.room(place) for place in range(len(table.columns))]
    rows = [
        [
            _cell(clean(cell.text, lines=True), cell.status, room)
            for cell, room in zip(row, rooms, strict=True)
        ]
        for row in table.rows
    ]
    heads = [
        [{"text": clean(h.text, lines=True), "columns": h.columns, "rows": h.rows} for h in row]
        for row in head_rows(table.columns)
    ]
    aligns = [column.align for column in table.columns]
    if table.numbered:
        aligns[0] = "center"
    return {
        "kind": "table",
        "title": clean(table.title),
        "widths": laid.widths,
        "size": laid.size,
        "heads": heads,
        "rows": rows,
        "aligns": aligns,
        "total": table.total,
    }


def _cell(text: str, status: str, room: float) -> str | list[str]:
    told = soft(text, room)
    return [told, status] if status in STATUSES else told


def _photo(photo: Photo, lang: str) -> Data:
    content, across, down = jpeg(photo.data)
    if content:
        coded = base64.b64encode(content).decode("ascii")
        inner = f'<image width="{across}" height="{down}" href="data:image/jpeg;base64,{coded}"/>'
    else:
        across, down = 400, 300
        inner = (
            '<rect width="400" height="300" fill="#eee" stroke="#999"/><text x="200" y="155"'
            f' font-size="18" text-anchor="middle">{t("paperfile.no_photo", lang)}</text>'
        )
    svg = f'<svg {_SVG} viewBox="0 0 {across} {down}">{inner}</svg>'
    caption = clean(photo.caption)
    return {
        "kind": "photo",
        "svg": svg,
        "wide": photo.wide_mm,
        "caption": caption,
        "alt": caption or "—",
    }
