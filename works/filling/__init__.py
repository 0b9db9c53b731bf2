"""The households-to-target list (补齐名单): what exactly lifts a village to its goal, in rounds."""

from __future__ import annotations

from works.filling.fill import Choice, Filling, fill_all, fill_list
from works.filling.told import as_dict, file_bytes, lines, list_file

__all__ = [
    "Choice", "Filling", "as_dict", "file_bytes", "fill_all", "fill_list", "lines", "list_file",
]  # fmt: skip
