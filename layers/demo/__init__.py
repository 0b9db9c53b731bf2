"""The demo county: invented, the same for the same seed, sent to the planner as real data is."""

from __future__ import annotations

from layers.demo.facts import STORIES
from layers.demo.store import make_demo

__all__ = ["STORIES", "make_demo"]
