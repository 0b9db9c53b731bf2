"""Values and keys as TOML writes them: what we store is read back as it was."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any


def toml_value(item: Any) -> str:
    """
    Write one value.

    Parameters
    ----------
    item
        Text, number, boolean, date, or a list or table of these.

    Examples
    --------
    >>> toml_value({"kind": ["clinic"], "doctors": {"at_least": 1}})
    '{ "kind" = ["clinic"], "doctors" = { "at_least" = 1 } }'
    """
    if isinstance(item, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)} = {toml_value(i)}" for k, i in item.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(item, (list, tuple)):
        return "[" + ", ".join(toml_value(one) for one in item) + "]"
    if isinstance(item, (dt.date, dt.datetime, dt.time)):
        return item.isoformat()
    # A JSON string is a TOML string, but TOML also wants DEL escaped.
    return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(key: str) -> str:
    """
    Write a key: as it is where TOML allows that, else in quotes.

    Examples
    --------
    >>> toml_key("within_m"), toml_key("中文")
    ('within_m', '"中文"')
    """
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)
