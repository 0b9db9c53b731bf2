"""What pages have prepared for the browser to fetch, kept in memory under unguessable addresses.

A map with many outlines or points would make every page heavy if they travelled inside it. So a
page publishes them here and the map fetches them from the same server (``ui.server``). Where the
planner's own server does not run, :func:`available` says so and maps carry everything inside.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

PREFIX = "planner"
KINDS = {"shapes": "application/geo+json"}
"""What can be published, and the content type it is served with."""
MOST_BYTES = 64 * 2**20
"""Memory all published data may take together; what was asked for longest ago goes first."""
COMPRESS_FROM = 1_024
KEPT_SECONDS = 3_600
"""So long a browser need not ask again: other data have another address."""
# Everything said at our addresses is for the page that asked, and is what its type says.
SAFE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}

# Addresses are made of the data and this key: the same data keep their address while the program
# runs, and nobody who does not have the page can work it out.
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True)
class Published:
    """
    Data as they are sent.

    Attributes
    ----------
    body
        The data, compressed when ``compressed``.
    content_type
        One of :data:`KINDS`.
    compressed
        True when ``body`` is gzip.
    """

    body: bytes
    content_type: str
    compressed: bool

    def plain(self) -> bytes:
        """Give the data as they were published."""
        return gzip.decompress(self.body) if self.compressed else self.body


class Shelf:
    """
    Published data, the least recently used dropped when there are too many bytes.

    Parameters
    ----------
    most_bytes
        What all bodies may take together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[str, Published] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Give the bytes that are kept."""
        with self._lock:
            return sum(len(each.body) for each in self._kept.values())

    def put(self, kind: str, data: bytes) -> str:
        """Keep data and give their token; data that are there already are not packed again."""
        token = hashlib.blake2b(data, key=_KEY, digest_size=20, person=kind.encode()).hexdigest()
        if self.get(token) is not None:
            return token
        compressed = len(data) >= COMPRESS_FROM
        body = gzip.compress(data, 6, mtime=0) if compressed else data
        if len(body) > self.most_bytes:
            msg = f"{kind}: {len(body)} bytes are more than may be published. Publish fewer."
            raise ValueError(msg)
        with self._lock:
            self._kept[token] = Published(body, KINDS[kind], compressed)
            total = sum(len(each.body) for each in self._kept.values())
            while total > self.most_bytes:
                total -= len(self._kept.popitem(last=False)[1].body)
        return token

    def get(self, token: str) -> Published | None:
        """Give what has this token, None if nothing has; it now counts as just used."""
        with self._lock:
            found = self._kept.get(token)
            if found is not None:
                self._kept.move_to_end(token)
            return found


_SHELF = Shelf()
_SERVING = threading.Event()


def available() -> bool:
    """Tell whether this process serves what is published; if not, a map carries all it shows."""
    return _SERVING.is_set()


def serving(yes: bool) -> None:
    """Say that the server of this process has begun, or stopped, to serve what is published."""
    (_SERVING.set if yes else _SERVING.clear)()


def publish(kind: str, data: bytes) -> str:
    """
    Keep data for the browser.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    data
        The bytes; text from a project is already escaped where it will be shown as HTML.

    Returns
    -------
    str
        Address below the app's own, such as ``planner/shapes/9f0c...``; the same for the same data
        while the program runs.

    Raises
    ------
    ValueError
        If the data alone are more than :data:`MOST_BYTES`.

    Examples
    --------
    >>> publish("shapes", b"{}") == publish("shapes", b"{}") != publish("shapes", b"[]")
    True
    """
    return f"{PREFIX}/{kind}/{_SHELF.put(kind, data)}"


def fetch(token: str) -> Published | None:
    """Give what was published under a token, None when it is unknown or was dropped."""
    return _SHELF.get(token)
