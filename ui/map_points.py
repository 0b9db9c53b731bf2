"""Layers of points for the map: subjects of a target by verdict, things of a layer by state."""

from __future__ import annotations

from geo.margin import NearLimit
from layers.escape import esc
from layers.schema import schema
from layers.text import said, t
from ui.tiles import LOOKS, Look, PointLayer, Points
from works.board import Board
from works.desk.points import PLAIN, Judged, Things
from works.figures import text

SUBJECT = "subject:"
"""A click on a subject or thing is told as this and its layer, with its id."""
LOOKS_THERE = Look("there", "#1F4E79", size=3.0)


class Source:
    """
    What the tips of a layer say.

    Parameters
    ----------
    behind
        The things.
    title
        Plain title of what they are judged by, empty for none.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, behind: Judged | Things, title: str, lang: str) -> None:
        self.behind, self.title, self.lang = behind, title, lang

    def points(self) -> Points:
        """Give the places and looks."""
        return Points(*self.behind.lonlat, self.behind.state)

    def identity(self, row: int) -> str:
        """Give the id of a row."""
        return self.behind.identity(row)

    def tip(self, row: int) -> str:
        """Give the tip of a row: who, where, what, why; finished HTML."""
        one = self.behind.spot(row)
        lang, cells = self.lang, one.cells
        kind = kind_word(self.behind.layer, one.kind, lang)
        name = one.name or kind or title_of(self.behind.layer, lang)
        where = " ".join(filter(None, (one.village, one.group, one.address)))
        word = esc(t(f"spot.{one.state}", lang))
        lines = [f"<b>{esc(name)}</b>", esc(where)]
        if kind and kind != name:
            lines.append(esc(kind))
        if self.title:
            lines.append(esc(self.title))
        if one.state not in PLAIN:
            lines.append(f"{look_of(one.state).mark()} {word}")
        reason = text(cells.get(f"reason_{lang}"))
        if reason and one.state != "met":
            lines.append(f"<small>{esc(reason)}</small>")
        return "<br>".join(filter(None, lines))


def kind_word(layer: str, kind: str, lang: str) -> str:
    """Give what a kind of a layer is called; a kind of the sender's own as it is."""
    column = schema(layer).columns.get("kind")
    if column is None or kind not in column.words:
        return kind
    return column.words[kind][0 if lang == "zh" else 1]


def title_of(layer: str, lang: str) -> str:
    """Give what a layer is called, also one worked out of others."""
    return said(schema(layer).title, lang)


def look_of(state: str) -> Look:
    """Give the look of a state."""
    return LOOKS.get(state, LOOKS_THERE)


def subject_layer(
    board: Board,
    target: str,
    lang: str,
    version: str,
    near: NearLimit | None = None,
    *,
    shown: bool = True,
) -> PointLayer:
    """
    Make a layer of all subjects of a target by their verdict.

    Parameters
    ----------
    board
        The assessment.
    target
        One of ``works.desk.points.point_targets``.
    lang
        ``zh`` or ``en``.
    version
        Changes whenever the assessment or the names in it may have.
    near
        What is near the limit, where somebody has asked for it.
    shown
        False: offered, but not switched on.
    """
    behind = Judged(board.assessment, target, near)
    source = Source(behind, board.title(target, lang), lang)
    title = t("tiles.subjects", lang, layer=title_of(behind.layer, lang))
    return PointLayer(
        key="subjects",
        name=title,
        kind=SUBJECT + behind.layer,
        points=source.points,
        looks=tuple(map(look_of, behind.states)),
        source=source,
        version=f"{version} {target} {lang} {near is not None}",
        shown=shown,
    )


def thing_layer(
    board: Board, layer: str, lang: str, version: str, *, shown: bool = False
) -> PointLayer:
    """
    Make a layer of the things of a project's layer by their state.

    Parameters
    ----------
    board, lang, version, shown
        As for :func:`subject_layer`.
    layer
        One of ``works.desk.points.point_layers``.
    """
    behind = Things(board.assessment, layer)
    source = Source(behind, "", lang)
    return PointLayer(
        key=layer.replace("_", "-"),
        name=title_of(layer, lang),
        kind=SUBJECT + layer,
        points=source.points,
        looks=tuple(map(look_of, behind.states)),
        source=source,
        version=f"{version} {layer} {lang}",
        shown=shown,
    )
