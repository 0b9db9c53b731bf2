"""Text from data stays text: in HTML, in a page script, in a spreadsheet.

Names come from ledgers that anybody typed. The map library compiles strings a second time as
templates and puts them into script literals, so escaping HTML alone is not enough; a spreadsheet
runs a cell that begins with an equals sign. Every string from data passes one of these two
functions on its way out.
"""

from __future__ import annotations

import html
import re
from typing import Any

_BEYOND_HTML = re.compile(r"[`$\\{}]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}")


def esc(value: object) -> str:
    r"""Escape a value for HTML that may also pass through a template and a script literal.

    Parameters
    ----------
    value
        Anything; ``None`` gives an empty text, everything else its ``str``.

    Returns
    -------
    str
        Text a browser shows as exactly ``str(value)``. Beside the HTML signs, the backtick, the
        dollar, the backslash and the braces are numeric entities, so that neither a template
        (``{{ }}``) nor a script literal (``${ }``) finds anything to run.

    Examples
    --------
    >>> esc("<b>{{7*191}}")
    '&lt;b&gt;&#123;&#123;7*191&#125;&#125;'
    >>> esc(None)
    ''
    """
    if value is None:
        return ""
    text = html.escape(str(value), quote=True)
    return _BEYOND_HTML.sub(lambda sign: f"&#{ord(sign[0])};", text)


def csv_safe(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Parameters
    ----------
    value
        A cell. Anything that is not text is returned as it is, so a negative number stays one;
        so is a lone dash, the name of the unit of things in no known village.

    Returns
    -------
    Any
        The same value, or the text with a leading apostrophe.

    Examples
    --------
    >>> csv_safe("=1+1"), csv_safe("-"), csv_safe(-3), csv_safe("3-1")
    ("'=1+1", '-', -3, '3-1')
    """
    if isinstance(value, str) and value != "-" and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
