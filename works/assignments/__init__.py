"""Who answers for what: leader, office, team, grid and one person for each piece of work."""

from __future__ import annotations

from works.assignments.duties import (
    duties_workbook,
    findings_table,
    merged,
    persons,
    teams,
)
from works.assignments.giving import Assigned, By, assign, split_key
from works.assignments.teams import paces
from works.assignments.who import Responsible, chain_findings, responsible

__all__ = [
    "Assigned", "By", "Responsible", "assign", "chain_findings", "duties_workbook",
    "findings_table", "merged", "paces", "persons", "responsible", "split_key", "teams",
]  # fmt: skip
