"""A side of a comparison as a snapshot keeps it, and read back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geo.scorecard import COLUMNS
from geo.sides import Counted, Side
from geo.standard import Standard, read_standard
from layers.errors import DataError, StandardError
from layers.snapshot import Judged, Snapshot

_COUNTS = (
    "villages_met", "villages_unmet", "villages_undetermined", "villages_not_assessed",
)  # fmt: skip
_TEXTS = ("level", "unit_id", "unit_name", "target_id", "kind", "unit", "goal", "status")
_NUMBERS = ("amount", "met", "unmet", "unknown")


def standard_of(snapshot: Snapshot) -> Standard:
    """
    Give the standard a snapshot was judged by, as it was then.

    Raises
    ------
    DataError
        If what was kept of it is no standard.
    """
    try:
        return read_standard(snapshot.told["standard"], snapshot.name)
    except (StandardError, KeyError, TypeError):
        raise DataError(_damaged(snapshot)) from None


def _damaged(snapshot: Snapshot) -> str:
    return f"{snapshot.name}: this snapshot is damaged. Choose another, or restore it."


def judged_of(one: Side) -> Judged:
    """Give a side as a snapshot keeps it: tables that Parquet can hold, and what made them."""
    told = {
        "label": one.standard.label, "standard": dict(one.standard.written), "scope": one.scope,
        "where": one.where, "project": one.project_name,
        "targets": [[c.target_id, c.scale, len(c)] for c in one.counted.values()],
    }  # fmt: skip
    card = pd.DataFrame(
        {name: [None if v is None else str(v) for v in one.scorecard[name]] for name in COLUMNS},
        dtype="str",
    )
    homes = one.homes.reset_index().astype("str")
    sums = {"scorecard": card, "homes": homes, "counted": _counted_frame(one)}
    return Judged(told, sums, one.data_version)


def _counted_frame(one: Side) -> pd.DataFrame:
    every = list(one.counted.values())

    def all_of(name: str) -> Any:
        parts = [getattr(c, name) for c in every]
        return np.concatenate(parts) if parts else np.empty(0, dtype=object)

    cells: dict[str, Any] = {
        "subject_id": pd.Series(all_of("subject"), dtype="str"),
        "village_id": pd.Categorical(all_of("village").astype(str)),
    }
    cells |= {name: all_of(name).astype(np.int64) for name in _NUMBERS}
    return pd.DataFrame(cells | {"aside": all_of("aside").astype(bool)})


def side_of_kept(snapshot: Snapshot, sums: Mapping[str, pd.DataFrame]) -> Side:
    """
    Give a side as it was when it was kept.

    Parameters
    ----------
    snapshot, sums
        The snapshot, and what ``layers.snapshot.load_sums`` reads of it.

    Raises
    ------
    DataError
        If it is damaged.
    """
    told, rules = snapshot.told, standard_of(snapshot)
    try:
        homes = sums["homes"].astype(object).set_index("id")
        homes = homes.where(homes.notna(), None)
        return Side(
            name=snapshot.name,
            standard=rules,
            as_of=snapshot.as_of,
            scope=told["scope"],
            where=told["where"],
            project_name=told["project"],
            data_version=snapshot.data_version,
            scorecard=card_of(sums["scorecard"]),
            homes=homes,
            counted=_counted(sums["counted"], told["targets"]),
        )
    except (KeyError, ValueError, TypeError):
        raise DataError(_damaged(snapshot)) from None


def card_of(kept: pd.DataFrame) -> pd.DataFrame:
    """Give a scorecard as it was before it was kept: amounts as decimals, counts as integers."""
    cells: dict[str, list[Any]] = {}
    for name in COLUMNS:
        kind: Any = str if name in _TEXTS else int if name in _COUNTS else Decimal
        cells[name] = [None if pd.isna(v) else kind(v) for v in kept[name]]
    return pd.DataFrame(cells, columns=COLUMNS, dtype=object)


def _counted(kept: pd.DataFrame, targets: list[list[Any]]) -> dict[str, Counted]:
    columns = {name: kept[name].to_numpy() for name in _NUMBERS}
    subject = kept["subject_id"].to_numpy(dtype=object)
    village = kept["village_id"].to_numpy(dtype=object)
    aside = kept["aside"].to_numpy(dtype=bool)
    found, start = {}, 0
    for key, scale, length in targets:
        mine = slice(start, start + length)
        numbers = {name: values[mine] for name, values in columns.items()}
        found[str(key)] = Counted(
            str(key), int(scale), subject[mine], village[mine], aside=aside[mine], **numbers
        )
        start += length
    return found
