"""A small tree of XML elements, kept only as long as one placemark is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 100
"""Levels of elements within elements; real files have a dozen or two."""


@dataclass
class Node:
    """One element: its name without prefix, its attributes, texts and the elements in it."""

    name: str
    values: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Give its own text."""
        return "".join(self.texts).strip()

    def first(self, name: str) -> Node | None:
        """Give the first element of a name directly in it."""
        return next((one for one in self.children if one.name == name), None)

    def all(self, name: str) -> Iterator[Node]:
        """Give the elements of a name directly in it."""
        return (one for one in self.children if one.name == name)

    def said(self, *names: str) -> str:
        """Give the text of an element found by its path, '' when there is none."""
        node: Node | None = self
        for name in names:
            node = node.first(name) if node is not None else None
        return node.text if node is not None else ""
