"""Addresses no page has: sent on to a page that says so, before Streamlit shows its dialogue."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.facts import words

LOST = "lost"
"""The page such an address leads to."""


def names() -> frozenset[str]:
    """Give the names pages may have: each has the word ``page.<name>``."""
    head = "page."
    return frozenset(key.removeprefix(head) for key in words() if key.startswith(head))


class Known:
    """
    Send a browser that asks for a page there is none of to the page that says so.

    Only what a browser opens as a document, in one step below the root and without an ending, can
    be a page; everything else is answered as before.

    Parameters
    ----------
    app
        What answers.
    pages
        Names of the pages.
    base
        Path all addresses begin with, '' for none.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str], base: str = "") -> None:
        self.app = app
        self.pages = frozenset(pages)
        self.head = f"/{base}/" if base else "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or send on; what stands after the question mark goes along."""
        if scope["type"] == "http" and self._nowhere(scope):
            asked = scope.get("query_string", b"").decode("latin-1")
            where = self.head + LOST + (f"?{quote(asked, safe='=&%+')}" if asked else "")
            await RedirectResponse(where, 307)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _nowhere(self, scope: Scope) -> bool:
        path = str(scope["path"])
        if scope["method"] != "GET" or not path.startswith(self.head):
            return False
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            return False
        name = path.removeprefix(self.head).rstrip("/")
        return bool(name) and not any(sign in name for sign in "/._") and name not in self.pages
