"""The files of a budget plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd

from layers.text import t
from works.budgeting.plan import BudgetPlan, curve_table, packages_table
from works.budgeting.told import library_rows, plan_json, total_homes
from works.export import csv_bytes, save
from works.library import WorkKind
from works.papers.teller import Teller
from works.project_library import FILE, PUBLIC_FILE, library_xlsx


def write_plan(
    plan: BudgetPlan,
    work: gpd.GeoDataFrame,
    costs: Mapping[str, WorkKind],
    folder: Path,
    *,
    teller: Teller,
    funding: str = "",
    term: str = "",
) -> dict[str, Any]:
    """
    Write ``packages.csv``, ``curve.csv``, ``plan.json`` and the project library.

    Parameters
    ----------
    plan, work, costs
        The plan, and the work list and costs it was made of.
    folder
        Where to; made if need be.
    teller
        Says what papers of the assessment have in common, in the language of the library.
    funding, term
        Who pays and until when, where that is known.

    Returns
    -------
    dict
        What was written as ``plan.json``.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    lang = teller.lang
    told = plan_json(plan)
    rows = library_rows(plan, work, costs, lang, funding=funding, term=term)
    notes = [t("library.note_estimate", lang), t("library.note_households", lang)]
    if plan.funded["provisional"].any():
        notes.append(t("budget.provisional", lang))
    save(folder / "packages.csv", csv_bytes(packages_table(plan)))
    save(folder / "curve.csv", csv_bytes(curve_table(plan)))
    for name, public in ((FILE, False), (PUBLIC_FILE, True)):
        book = library_xlsx(
            replace(teller, public=public), rows, plan.packages.currency,
            households=total_homes(plan), notes=[teller.standard(), *notes],
        )  # fmt: skip
        save(folder / name, book)
    content = json.dumps(told, ensure_ascii=False, indent=1)
    save(folder / "plan.json", content.encode("utf-8"))
    return told
