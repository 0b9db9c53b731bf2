"""Further sheets: shares side by side, lamps along roads, long ways round."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.assess import Assessment
from geo.detours import detours
from geo.lamps import COUNTS, GAP, METRES, ROAD, lamp_table, questions
from layers.text import said, t
from works.denominators import denominators

Sheets = dict[str, tuple[pd.DataFrame, dict[str, str]]]
LAMP_HEADS = (
    "level", "unit_id", "unit_name", "village", "target", "roads", *METRES, *COUNTS,
    "spacing_median_m", "spacing_max_m", *GAP,
)  # fmt: skip
DETOUR_HEADS = (
    "target", "township", "village", "group", "subject_name", "address", "value", "limit",
    "straight_m", "ratio", "facility", "facility_id", "lon", "lat", "subject_id",
)  # fmt: skip


def lamps(found: Assessment) -> pd.DataFrame:
    """Give the lamps along the roads of every target that asks for them (``geo.lamps``)."""
    return found.ground.once(
        "lamps", lambda: lamp_table(found.ground, found.found, found.project_name)
    )


def long_ways(found: Assessment) -> pd.DataFrame:
    """Give who goes a long way round to what lies near (``geo.detours``)."""
    return found.ground.once("detours", lambda: detours(found.ground, found.found))


def more_sheets(found: Assessment, titles: Mapping[str, str], lang: str) -> Sheets:
    """
    Give the sheets of denominators, lamps and long ways; none where there is nothing to say.

    Parameters
    ----------
    found, lang
        The assessment, and ``zh`` or ``en``.
    titles
        Target id to what people call it.
    """
    sheets: Sheets = {}
    beside, beside_heads = denominators(found, lang)
    if len(beside):
        sheets[t("beside.title", lang)] = beside, beside_heads
    table = lamps(found)
    # Two targets that ask the same of the same roads (lit metres, longest gap) are told once.
    table = table[table["target_id"].isin(questions(found.found))]
    if len(table):
        sheets[t("lamps.title", lang)] = _lamps(found, table, titles, lang)
    table = long_ways(found)
    if len(table):
        table = table.assign(target=table["target_id"].map(titles))
        sheets[t("detours.title", lang)] = table, _heads(DETOUR_HEADS, lang)
    return sheets


def _lamps(
    found: Assessment, table: pd.DataFrame, titles: Mapping[str, str], lang: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    levels = {k: said(v, lang) for k, v in found.levels.items()}
    words = {v: levels.get(v) or t(f"level.{v}", lang) for v in set(table["level"]) - {ROAD}}
    words[ROAD] = t("layer.roads", lang)
    names = found.ground.villages["name"].to_dict()
    table = table.assign(
        level=table["level"].map(words),
        village=table["village_id"].map(names),
        target=table["target_id"].map(titles),
    )
    return table, _heads(LAMP_HEADS, lang)


def _heads(names: tuple[str, ...], lang: str) -> dict[str, str]:
    return {name: t(f"head.{name}", lang) for name in names}
