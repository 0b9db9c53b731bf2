"""What ``village-planner check`` tells: findings, what is missing to judge, the ledger audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assess import Assessment, newest_date
from geo.standard import layers_needed
from layers.cache import load
from layers.check import check, missing_to_judge
from layers.errors import DataError, UsageError
from layers.findings import Finding
from layers.frames import ProjectData
from layers.past import past
from layers.project import Project, stored_findings
from layers.tasks.gpkg_store import GeoPackageStore
from ui.run import assess_project, standard_of
from works.assignments import merged, responsible
from works.audit import AUDIT_COLUMNS, PAST_LAYERS, audit_all
from works.audit_text import certainty_word, line, rule_title, titles_of
from works.export import plain
from works.library import load_standard


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
        What :func:`works.audit.audit_all` found; without an assessment what needs no standard.
    """

    findings: list[Finding]
    assessment: Assessment | None
    doubts: pd.DataFrame

    def titles(self, lang: str) -> dict[str, str]:
        """Give target id to title."""
        return titles_of(self.assessment.standard.targets, lang) if self.assessment else {}

    def lines(self, lang: str) -> list[str]:
        """Give the doubts as sentences under the name of their rule."""
        titles = self.titles(lang)
        told: list[str] = []
        for rule, rows in self.doubts.groupby("rule", sort=False):
            told.append(f"{rule_title(str(rule), lang)} ({len(rows)})")
            records: list[Any] = rows.to_dict("records")
            told += [
                f"  {certainty_word(row['certainty'], lang)}  {line(row, titles, lang)}"
                for row in records
            ]
        return told

    def as_dict(self, project: Project) -> dict[str, Any]:
        """Give all of it for programs."""
        titles = self.titles(project.language)
        rows: list[Any] = self.doubts.to_dict("records")
        return {
            "project": project.name,
            "data_version": project.data_version(),
            "findings": [one.as_dict(project.language) for one in self.findings],
            "audit": [
                {name: plain(row[name]) for name in AUDIT_COLUMNS}
                | {
                    "ids": list(row["ids"]),
                    "reported": row["found"] if row["rule"] == "reported_share" else None,
                    "message": line(row, titles, project.language),
                }
                for row in rows
            ],
        }


def audit_project(project: Project, what: Assessment | ProjectData) -> pd.DataFrame:
    """
    Audit the ledgers of a project, with its earlier states and what its imports found.

    Parameters
    ----------
    project
        The open project.
    what
        The project as it is judged, or its layers.

    Returns
    -------
    pandas.DataFrame
        See :func:`works.audit.audit_all`.
    """
    return audit_all(what, past(project, PAST_LAYERS), stored_findings(project))


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
    findings += _who_answers(project, data, found)
    return Checked(findings, found, audit_project(project, found or data))


def _who_answers(project: Project, data: ProjectData, found: Assessment | None) -> list[Finding]:
    """Say where nobody answers, for the layers and for the work that is kept."""
    day = found.as_of if found is not None else newest_date(data)
    if day is None or "villages" not in data.frames:
        return []
    subjects = {one.id: one.subjects for one in found.standard.targets} if found else {}
    items = GeoPackageStore(project.store).items()
    return merged(responsible(data, items, day, subjects=subjects).findings)
