"""The tables of words hold what the planner says, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from layers.facts import words
from works.library import load_costs

ROOT = Path(__file__).parents[1]
SAYS = {"t", "say", "fill", "count", "has"}
"""The functions whose first argument is a key."""
BY_TABLE = {"goal", "map_disclaimer", "scope"}
"""Keys without a dot that reach ``t`` by a table; any other is written ``t("key")``."""
BUILT = {"reason.walk_beyond_both": "walk_beyond", "position.": "position"}
"""Keys (or their beginnings) that no f-string shows whole, and the piece the code must have."""
FILES = (".html", ".css", ".js", ".json", ".toml", ".bat")


class Spoken(NamedTuple):
    """What the code holds: first arguments of ``SAYS``, texts, f-strings as patterns, words."""

    said: set[str]
    texts: set[str]
    patterns: list[re.Pattern[str]]
    parts: set[str]


def pattern(node: ast.JoinedStr) -> str:
    """Give an f-string as a pattern with a group for each of its places."""
    pieces = (
        re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"([\w.-]*)"
        for one in node.values
    )
    return "".join(pieces)


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    said: set[str] = set()
    texts: set[str] = set()
    patterns: set[str] = set()
    parts: set[str] = set()
    rooms = (p for room in ("layers", "geo", "works", "ui") for p in (ROOT / room).rglob("*.py"))
    for path in (*rooms, ROOT / "streamlit_app.py"):
        code = path.read_text(encoding="utf-8")
        parts |= set(re.findall(r"[\w-]+", code))
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.add(pattern(node))
            elif isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name in SAYS and isinstance(first, ast.Constant):
                    said.add(str(first.value))
    for path in [*(ROOT / "layers/schemas").glob("*.toml"), *(ROOT / "data").rglob("*.toml")]:
        parts |= set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))
    keyed = [re.compile(one) for one in sorted(patterns) if re.match(r"[a-z_]+\\\.", one)]
    return Spoken(said, texts, keyed, parts)


def is_used(key: str, spoken: Spoken) -> bool:
    """Tell whether a key is written out, or comes of an f-string and words that are there."""
    if "." not in key:
        return key in spoken.said | (BY_TABLE & spoken.texts)
    if key in spoken.texts:
        return True
    if any(key.startswith(start) and part in spoken.parts for start, part in BUILT.items()):
        return True
    # Units of the costs are looked up by the form beside the number 1, to find their plural.
    one = words().get(key, {}).get("one")
    if one and one in {kind.unit["en"] for kind in load_costs().values()}:
        return True
    if key.endswith(".one"):
        return is_used(key.removesuffix(".one"), spoken)
    made = (found for pattern in spoken.patterns if (found := pattern.fullmatch(key)))
    return any(
        all(part in spoken.parts for hole in found.groups() for part in re.findall(r"[\w-]+", hole))
        for found in made
    )


def test_every_word_is_used(spoken: Spoken) -> None:
    assert not [key for key in words() if not is_used(key, spoken)]


@pytest.mark.parametrize("key", ["nobodysaysthis", "subject", "status.nosuchstatus", "ui.no_such"])
def test_a_word_nobody_says_is_seen(key: str, spoken: Spoken) -> None:
    assert not is_used(key, spoken)


def test_every_key_in_the_code_is_there(spoken: Spoken) -> None:
    families = {key.split(".")[0] for key in words() if "." in key}
    keys = {
        text
        for text in spoken.texts
        if re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)*\.[a-z0-9_]*[a-z0-9]", text)
        and text.split(".")[0] in families
        and not text.endswith(FILES)
    }
    assert len(keys) > 200
    assert not sorted(keys - set(words()))
    # A word without a dot: what `count` counts is a status, not a key.
    # Nor are the signs a text is searched for, or a language.
    bare = {key for key in spoken.said if re.fullmatch(r"[a-z]\w+", key)}
    bare -= {"met", "unmet", "undetermined", "en"}
    assert not sorted(bare - {"reported"} - set(words()))
