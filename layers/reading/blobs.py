"""Geometry blobs of a GeoPackage: a head of their own, then WKB."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pyarrow as pa

from layers.reading.answer import note
from layers.reading.wkb import joined, plausible

_ENVELOPES = (0, 32, 48, 48, 64)


def points_of(blobs: list[Any], srs: int | None) -> pa.Array | None:
    """Cut the heads off blobs that are all plain points in the layer's CRS; None otherwise."""
    if not blobs or set(map(type, blobs)) != {bytes}:
        return None
    size = len(blobs[0])
    if set(map(len, blobs)) != {size} or size < 29:
        return None
    table = np.frombuffer(b"".join(blobs), np.uint8).reshape(-1, size)
    head, body = table[0, :8].tobytes(), table[0, size - 21 : size - 16].tobytes()
    envelope = (head[3] >> 1) & 7
    order = "<" if head[3] & 1 else ">"
    plain = (
        head[:2] == b"GP"
        and not head[3] & 0x20
        and envelope < 5
        and size == 29 + _ENVELOPES[envelope]
        and body == b"\x01\x01\x00\x00\x00"
        and struct.unpack(order + "i", head[4:])[0] in (srs, 0, -1)
    )
    if not plain or (table[:, :8] != table[0, :8]).any():
        return None
    if (table[:, size - 21 : size - 16] != table[0, size - 21 : size - 16]).any():
        return None
    return joined(np.ascontiguousarray(table[:, size - 21 :]).tobytes(), 21)


def shapes_of(
    blobs: list[Any] | pa.Array, srs: int | None
) -> tuple[list[bytes | None] | pa.Array, list[dict[str, Any]]]:
    """Cut the heads off the geometry blobs; what is no plain shape becomes None, with its row."""
    if isinstance(blobs, pa.Array):
        return blobs, []
    quick = points_of(blobs, srs)
    if quick is not None:
        return quick, []
    found: list[bytes | None] = []
    bad: list[int] = []
    others: list[int] = []
    own = struct.pack("<i", srs or 0), struct.pack(">i", srs or 0)
    unstated = {struct.pack(order + "i", n) for order in "<>" for n in (0, -1)}
    for row, blob in enumerate(blobs, 1):
        if blob is None:
            found.append(None)
            continue
        wkb = None
        if type(blob) is bytes and blob[:2] == b"GP" and len(blob) >= 8:
            flags = blob[3]
            envelope = (flags >> 1) & 7
            if not flags & 0x20 and envelope < 5:
                wkb = blob[8 + _ENVELOPES[envelope] :]
                mark = blob[4:8]
                if mark not in own and mark not in unstated:
                    others.append(row)
        if wkb is not None and (
            (len(wkb) == 21 and wkb[:5] == b"\x01\x01\x00\x00\x00") or plausible(wkb)
        ):
            found.append(wkb)
        else:
            found.append(None)
            bad.append(row)
    notes = [note("bad_geometry", rows=bad)] if bad else []
    if others:
        notes.append(note("srid_disagrees", rows=others))
    return found, notes
