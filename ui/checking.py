"""What ``village-planner check`` tells: findings, what is missing to judge, the ledger audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assess import Assessment
from geo.standard import layers_needed
from layers.cache import load
from layers.check import check, missing_to_judge
from layers.errors import DataError, UsageError
from layers.findings import Finding
from layers.project import Project, stored_findings
from ui.run import assess_project, standard_of
from works.audit import doubt_text, doubts
from works.export import plain
from works.library import load_standard

AUDIT = (
    "village_id", "village", "township", "target_id", "reported", "reported_share", "share_low",
    "share_high", "difference",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """
    What is doubtful in a project.

    Attributes
    ----------
    findings
        Of the imports and of the layers as they are, and what is missing to judge.
    assessment
        The project as it is judged; None while it cannot be.
    doubts
        Rows of :func:`works.audit.doubts`; empty without an assessment.
    """

    findings: list[Finding]
    assessment: Assessment | None
    doubts: pd.DataFrame

    def lines(self, lang: str) -> list[str]:
        """Give the doubts as sentences."""
        if self.assessment is None:
            return []
        titles = {one.id: one.title for one in self.assessment.standard.targets}
        rows: list[Any] = self.doubts.to_dict("records")
        return [doubt_text(row, titles[row["target_id"]], lang) for row in rows]

    def as_dict(self, project: Project) -> dict[str, Any]:
        """Give all of it for programs."""
        rows = self.doubts.to_dict("records")
        return {
            "project": project.name,
            "data_version": project.data_version(),
            "findings": [one.as_dict(project.language) for one in self.findings],
            "audit": [{name: plain(row[name]) for name in AUDIT} for row in rows],
        }


def check_project(project: Project, standard: str | None = None) -> Checked:
    """
    Look through a project.

    Parameters
    ----------
    project
        The project.
    standard
        Whose layers are needed, and whose targets the ledgers are held to; the project's own when
        not given.

    Raises
    ------
    PlannerError
        If the project cannot be read, or the standard has mistakes.
    """
    data = load(project)
    try:
        found = assess_project(project, standard)
    except (DataError, UsageError):
        # Nothing to judge yet: the findings say what is missing.
        found = None
    rules = found.standard if found else load_standard(standard or standard_of(project))
    findings = [*stored_findings(project), *check(data)]
    findings += missing_to_judge(data, layers_needed(rules))
    return Checked(findings, found, doubts(found) if found else pd.DataFrame())
