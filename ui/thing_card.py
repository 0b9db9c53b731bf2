"""The card of one thing on the map: a household, a lamp, a site; every verdict on it, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from layers.escape import esc
from layers.findings import layer_title
from layers.text import t
from ui.legend import mark_html
from ui.map_points import SUBJECT, look_of
from works.board import Board
from works.desk.points import VERDICTS, Judged, Spot, Things, point_layers
from works.figures import text

CHOICE = "thing"
"""In the address: layer and id of the thing that is chosen."""

CSS = """
.tc{border-bottom:1px solid #E2E6EA;padding:0 0 10px;margin:0 0 10px}
.tc h3{font-size:16px;line-height:22px;font-weight:700;margin:0;padding:0;overflow-wrap:anywhere}
.tc .tc-sub{font-size:13px;line-height:20px;color:#4F5B67;margin:0 0 6px;overflow-wrap:anywhere}
.tc ul{list-style:none;margin:0;padding:0}
.tc li{display:grid;grid-template-columns:16px 1fr auto;gap:2px 8px;align-items:baseline;
 border-top:1px solid #E2E6EA;padding:5px 0;font-size:13px;line-height:19px;margin:0}
.tc li .vp-look{align-self:center;justify-self:center}
.tc li small{grid-column:2/-1;color:#4F5B67;font-size:12px;line-height:17px;overflow-wrap:anywhere}
"""


@dataclass(frozen=True)
class Thing:
    """
    A thing that was chosen.

    Attributes
    ----------
    layer, id, village
        Where it stands: its layer, its id there, and its village, '' for none.
    row
        Its position in the layer.
    """

    layer: str
    id: str
    village: str
    row: int

    @property
    def choice(self) -> str:
        """Give what the address calls it."""
        return f"{self.layer}:{self.id}"


def thing_of(board: Board, choice: str) -> Thing | None:
    """
    Find a thing by its layer and id, ``households:H17``; None when there is none.

    A layer that cannot be drawn as points holds nothing that could have been chosen.
    """
    layer, colon, identity = choice.removeprefix(SUBJECT).partition(":")
    found = board.assessment
    if not colon or layer not in {"households", *point_layers(found)}:
        return None
    rows = found.ground.items(layer)
    at = np.flatnonzero(np.asarray(rows.ids) == identity)
    if not len(at):
        return None
    home = str(rows.village[at[0]])
    known = home in found.villages.index
    return Thing(layer, identity, home if known else "", int(at[0]))


def place_of(board: Board, thing: Thing) -> tuple[float, float] | None:
    """Give longitude and latitude of a thing; None where nobody knows."""
    lon, lat = (one[thing.row] for one in Things(board.assessment, thing.layer).lonlat)
    return (float(lon), float(lat)) if np.isfinite(lon) and np.isfinite(lat) else None


def card_html(board: Board, thing: Thing, lang: str) -> str:
    """
    Give the card of a thing as HTML.

    Parameters
    ----------
    board
        The assessment.
    thing
        What was chosen.
    lang
        ``zh`` or ``en``.
    """
    things = Things(board.assessment, thing.layer)
    spot = things.spot(thing.row)
    layer = layer_title(thing.layer, lang)
    name = spot.name or layer
    where = " ".join(filter(None, (spot.village, spot.group, spot.address)))
    sub = t("map.thing.sub", lang).join(filter(None, (layer if name != layer else "", where)))
    lines = [_line(board, target, one, lang) for target, one in _verdicts(board, thing)]
    if spot.state != "there":
        lines.insert(0, _state(spot, lang))
    body = f"<ul>{''.join(lines)}</ul>" if lines else _no_verdict(lang)
    return f'<div class="tc"><h3>{esc(name)}</h3><p class="tc-sub">{esc(sub)}</p>{body}</div>'


def _no_verdict(lang: str) -> str:
    return f'<p class="tc-sub">{esc(t("map.thing.no_verdict", lang))}</p>'


def _state(spot: Spot, lang: str) -> str:
    word = esc(t(f"spot.{spot.state}", lang))
    return f"<li>{mark_html(look_of(spot.state))}<span>{word}</span></li>"


def _verdicts(board: Board, thing: Thing) -> Iterator[tuple[str, Spot]]:
    """Give what each target says of the thing, in the order of the standard."""
    found = board.assessment
    for one in found.found:
        if one.rows.layer != thing.layer or one.key not in board.targets:
            continue
        at = np.flatnonzero(np.asarray(one.rows.ids) == thing.id)
        if len(at):
            yield one.key, Judged(found, one.key).spot(int(at[0]))


def _line(board: Board, target: str, spot: Spot, lang: str) -> str:
    word = esc(t(f"spot.{spot.state}", lang))
    why: Any = spot.cells.get(f"reason_{lang}") if spot.state != VERDICTS[0] else ""
    reason = f"<small>{esc(text(why))}</small>" if text(why) else ""
    title = esc(board.title(target, lang))
    mark = mark_html(look_of(spot.state))
    return f"<li>{mark}<span>{title}</span><span>{word}</span>{reason}</li>"
