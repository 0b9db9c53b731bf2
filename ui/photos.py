"""Photos of work as small pictures for a page, without what a camera wrote into them."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps

MOST_PIXELS = 60_000_000
"""A larger picture is not opened: it may be made to fill the memory."""
_SIDE = 480
_FORMATS = ("JPEG", "PNG")


def small_picture(path: Path) -> str:
    """
    Give a photo as a small JPEG inside its own address; '' where it cannot be shown.

    Parameters
    ----------
    path
        The kept file; its name tells its content.
    """
    try:
        size = path.stat().st_size
    except OSError:
        return ""
    return _small(str(path), size)


@st.cache_resource(show_spinner=False, max_entries=200)
def _small(path: str, size: int) -> str:  # noqa: ARG001  the size is part of the key
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return ""
                picture.draft("RGB", (_SIDE, _SIDE))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((_SIDE, _SIDE))
        written = io.BytesIO()
        # Place and device the camera wrote down stay behind.
        upright.save(written, "JPEG", quality=78, exif=b"")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")
