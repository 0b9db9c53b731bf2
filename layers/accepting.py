"""Names a person accepts for villages: kept in the village list, in an import one can undo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pandas as pd

from layers import gpkg
from layers.errors import DataError
from layers.pending import writing
from layers.project import Project
from layers.proposal import Proposal
from layers.request import ImportReport, Request
from layers.schema import schema
from layers.sent.names import accepted, propose
from layers.surveyed import write_import
from layers.text import t

NAMES = "names"
"""Mode under which accepted names stand among the imports."""


def name_proposals(
    project: Project, layers: Iterable[str] | None = None
) -> dict[str, list[Proposal]]:
    """
    Propose villages for the names in a project that no village has.

    Parameters
    ----------
    project
        The project.
    layers
        Layers to look at; all of them when not given.

    Returns
    -------
    dict
        Layer to proposals, rows counted as stored; layers without any are left out.
    """
    villages = project.frame("villages")
    if villages is None:
        return {}
    found: dict[str, list[Proposal]] = {}
    for name in project.layers() if layers is None else layers:
        frame = None if name == "villages" else project.frame(name)
        if frame is not None and "village" in frame.columns:
            rows = frame.set_axis(pd.RangeIndex(1, len(frame) + 1))
            told = propose(rows, villages)
            if told:
                found[name] = told
    return found


def accept_names(project: Project, said: Sequence[str]) -> int:
    """
    Keep names a person accepted; ``undo`` takes them back.

    Parameters
    ----------
    project
        The project.
    said
        ``NAME=VILLAGE_ID`` or ``TOWN/NAME=VILLAGE_ID``, as ``Proposal.value`` has them.

    Returns
    -------
    int
        How many names were kept.

    Raises
    ------
    PlannerError
        If one cannot be kept; none is kept then.
    """
    with writing(project.store) as connection:
        villages = project.frame("villages")
        if villages is None:
            msg = f"{project.folder.name}: has no villages. Import the village list first."
            raise DataError(msg)
        named = accepted(villages, said)
        project._keep_history(["villages"])
        gpkg.write_layer(connection, schema("villages"), named, project.crs)
        write_import(
            connection,
            ImportReport("accepted", "villages", len(said), len(said)),
            ["villages"],
            t("names.file", project.language, n=len(said)),
            Request(mode=NAMES),
            json.dumps({"accepted": list(said)}, ensure_ascii=False),
        )
    return len(said)
