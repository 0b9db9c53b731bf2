"""What one looks up of a village beside its figures: whom to call, who is set aside, lamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.lamps import ROAD, questions
from geo.settle import calls
from layers.schema import schema
from layers.text import t
from works.board import Row
from works.figures import blank, exact, text
from works.items import called, spot
from works.lamps_sheet import lamps

UNLISTED_ROW = ":unlisted"


@dataclass(frozen=True)
class Call:
    """
    One subject to verify.

    Attributes
    ----------
    order, visits
        Its place in the order of calls, and how many it stands for (nobody listed them singly).
    place, name
        Where in the village it is and what it is called, as plain text.
    amount
        What it weighs in the target's unit.
    after_pass, after_fail
        So much is still needed when it and all before it have passed; so much would still have to
        fail when all of them have failed. 0 settles the village.
    """

    order: int
    visits: int
    place: str
    name: str
    amount: Any
    after_pass: Any
    after_fail: Any


@dataclass(frozen=True)
class Lamps:
    """
    The lamps along the roads a target of a village asks for.

    Attributes
    ----------
    row
        The village's row of ``geo.lamps.lamp_table``.
    road
        Plain name of the road the longest dark piece is on; empty where there is none.
    """

    row: Row
    road: str

    @property
    def figures(self) -> tuple[tuple[str, int], ...]:
        """Give how many lamps work, are broken, are of unknown state; the last two if any."""
        names = ("working", "broken", "unknown", "planned", "unfit")
        counts = [(name, int(self.row[f"lamps_{name}"] or 0)) for name in names]
        return tuple(one for one in counts if one[1] or one[0] == "working")

    @property
    def gap(self) -> Any:
        """Give the metres of the longest dark piece, None where all is lit."""
        value = self.row["gap_m"]
        return None if blank(value) else value


def first_calls(found: Assessment, village: str, target: str) -> list[Call]:
    """
    Give whom to verify in a village for an undetermined target, in the order that settles it first.

    Parameters
    ----------
    found
        The assessment.
    village, target
        Their ids.

    Returns
    -------
    list of Call
        All that is unknown there; empty where the target is not undetermined.
    """
    order: list[Any] = calls(found.scorecard, found.unsettled, village, target).to_dict("records")
    survey = found.survey
    mine = survey[(survey["village_id"] == village) & (survey["target_id"] == target)]
    mine = mine.drop_duplicates("subject_id").set_index("subject_id")
    rows: dict[Any, Any] = pd.DataFrame(mine.drop(columns="geometry")).to_dict("index")
    result = []
    for one in order:
        key = str(one["subject_id"])
        row: Any = {"subject_id": key, **rows.get(key, {})}
        listed = not key.endswith(UNLISTED_ROW)
        result.append(
            Call(
                order=int(one["order"]),
                visits=int(one["visits"]),
                place=spot(row) if listed else "",
                name=called(row) if listed else "",
                amount=one["amount"],
                after_pass=one["after_pass"],
                after_fail=one["after_fail"],
            )
        )
    return result


def set_aside(found: Assessment, village: str, lang: str) -> dict[str, list[tuple[str, str, str]]]:
    """
    Give who is set aside in a village, by target: name, reason and evidence as plain text.

    Parameters
    ----------
    found
        The assessment.
    village
        Its id.
    lang
        Language of the reasons.
    """
    table = found.excluded
    mine: list[Any] = table[table["village_id"] == village].to_dict("records")
    words = schema("households").columns["exempt"].words
    at = 0 if lang == "zh" else 1
    result: dict[str, list[tuple[str, str, str]]] = {}
    for row in mine:
        reason = text(row["reason"])
        said = words[reason][at] if reason in words else reason
        evidence = text(row["evidence"]) or t("card.aside_no_evidence", lang)
        result.setdefault(str(row["target_id"]), []).append((called(row), said, evidence))
    return result


def lamps_of(found: Assessment, village: str) -> dict[str, Lamps]:
    """
    Give the lamps of a village for each target that asks for them; of those that ask the same, one.

    Parameters
    ----------
    found
        The assessment.
    village
        Its id.
    """
    table = lamps(found)
    here = table["target_id"].isin(questions(found.found)) & (
        (table["unit_id"] == village) | (table["village_id"] == village)
    )
    rows: list[Any] = table[here].to_dict("records")
    roads = {
        (row["target_id"], row["unit_id"]): text(row["unit_name"])
        for row in rows
        if row["level"] == ROAD
    }
    return {
        str(row["target_id"]): Lamps(row, roads.get((row["target_id"], row["gap_road"]), ""))
        for row in rows
        if row["level"] == "village" and exact(row["length_m"])
    }
