"""
Points beyond a few thousand, drawn by the server as pictures while the map is moved.

A page says what could be drawn, as :class:`~ui.tiles.points.PointLayer`, and gives it to
``ui.maps.build_map(..., layers=[...])``::

    PointLayer(
        key="toilets",  # of ours: a-z, 0-9, -; the same whenever the map is built again
        name="卫生厕所",  # plain text for the layer control
        kind="subject",  # what on_click(kind, id) is told after a click on one of the points
        points=lambda: Points(lon, lat, look),  # called when they are first drawn
        looks=(LOOKS["met"], LOOKS["unknown"], LOOKS["unmet"]),  # the last is drawn on top
        source=source,  # source.identity(row) -> id, source.tip(row) -> escaped HTML, on demand
        version=shown.mark,  # changes whenever points, ids or tips may have changed
        shown=True,  # False: offered in the layer control, nothing is asked for until switched on
    )

``lon`` and ``lat`` are float64 in degrees (NaN: no place), ``look`` is the position in ``looks``
of each point. No text is made of a point before somebody clicks it. ``layer.counts`` says how many
there are of each look, ``look.mark()`` draws a look for a legend. ``ui.map_points`` makes such
layers of an assessment: ``subject_layer(board, target, lang, version)`` for a target of
``works.desk.points.point_targets(assessment)``, by verdict; ``thing_layer(board, layer, lang,
version)`` for a layer of ``point_layers(assessment)``, by state. A click on them is told as
``on_click("subject:households", id)``.

Up to :data:`~ui.payloads.MANY_POINTS` points travel as marks of their own, as they do where our
server does not run (then capped, with a note). More are tiles: below zoom :data:`FROM_ZOOM` a dot
per small square says how many there are and what they are; from there each point is drawn. A click
takes the nearest point within reach, opens its tip and tells the page; anything else clicked is
told as before. A script that sets ``map.vpBusy = true`` (measuring) keeps the clicks for itself.

Layers are kept alive by the map that shows them; what is drawn of them is kept here within bytes
and drawn again when it was dropped. The lists of gaps and of items to verify that ``build_map`` is
given become such layers by themselves when they are long; give it ``version`` as well, then they
need not be compared.
"""

from ui.tiles.looks import LOOKS, Look
from ui.tiles.points import FROM_ZOOM, PointLayer, Points, Source

__all__ = ["FROM_ZOOM", "LOOKS", "Look", "PointLayer", "Points", "Source"]
