"""Scenarios made: an empty one for a target, or one of the sites of a computed plan."""

from __future__ import annotations

import pandas as pd

from geo.assess import Assessment
from layers.settings import crs_text
from works.scenarios.ground import Kit
from works.scenarios.scenario import PLACE, REPAIR, Change, Scenario
from works.siting.plan import SitePlan

FROM_PLAN = "site"


def begun(found: Assessment, kit: Kit, name: str = "") -> Scenario:
    """
    Begin an empty scenario.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    kit
        What can be built for its target.
    name
        What it is called.
    """
    return Scenario(
        name=name, target=kit.target.id, layer=kit.layer, crs=crs_text(found.ground.data.crs),
        standard=found.standard.label, data_version=found.data_version,
    )  # fmt: skip


def of_plan(plan: SitePlan, name: str = "") -> Scenario:
    """
    Make a scenario of the sites of a computed plan, in build order.

    Parameters
    ----------
    plan
        The plan; what the scenario does is exactly what it promised.
    name
        What it is called.
    """
    asked = plan.asked
    layer = asked.question.layer
    changes = []
    for site in plan.sites.to_dict("records"):
        cost = None if pd.isna(site["cost"]) else int(site["cost"])
        key = str(site["row_id"])
        if site["source"] == "repair":
            changes.append(Change(REPAIR, layer, key, cost=cost))
            continue
        point = site["geometry"]
        cells = asked.making.of(site["capacity"])
        changes.append(
            Change(PLACE, layer, key, float(point.x), float(point.y), cells, cost,
                   str(site["name"] or ""))
        )  # fmt: skip
    found = asked.found
    return Scenario(
        name=name, target=asked.target.id, layer=layer, changes=tuple(changes),
        crs=crs_text(found.ground.data.crs), standard=found.standard.label,
        data_version=found.data_version, source=FROM_PLAN,
    )  # fmt: skip
