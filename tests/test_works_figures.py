"""Figures as words."""

from __future__ import annotations

import pytest

from layers.facts import words
from works.figures import amount_text


@pytest.mark.parametrize(
    ("amount", "unit", "zh", "en"),
    [
        (1, "household", "1户", "1 household"),
        (2, "household", "2户", "2 households"),
        (1, "facility", "1处", "1 facility"),
        (1, "m", "1米", "1 m"),
        ("1.04", "household", "1.0户", "1.0 households"),
        (0, "site", "0处", "0 sites"),
    ],
)
def test_one_is_singular_in_english(amount: object, unit: str, zh: str, en: str) -> None:
    assert (amount_text(amount, unit, "zh"), amount_text(amount, unit, "en")) == (zh, en)


def test_every_english_plural_has_its_singular() -> None:
    units = {k: v for k, v in words().items() if k.startswith("unit.") and v["en"].endswith("s")}
    assert [k for k, v in units.items() if "one" not in v] == []
