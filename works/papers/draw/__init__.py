"""Drawings for paper: maps, bars and their keys as SVG, made of nothing but shapes and words."""

from works.papers.draw.bars import bars, status_key
from works.papers.draw.region import county_map, township_map
from works.papers.draw.village import village_map

__all__ = ["bars", "county_map", "status_key", "township_map", "village_map"]
