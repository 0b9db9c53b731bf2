"""The command line of who answers: assigning work, duties, and the list that fills a village up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.assess import Assessment
from layers.errors import UsageError
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.text import t
from layers.work_form import Item
from ui.console import plainly, say, show
from ui.options import AsJson, AsOfOption, DryRun, ProjectFolder, ScopeOption, StandardOption
from ui.run import assess_project
from works.assignments import (
    Responsible,
    assign,
    duties_workbook,
    findings_table,
    merged,
    paces,
    persons,
    responsible,
    teams,
)
from works.export import plain, save
from works.filling import as_dict, fill_all, fill_list, lines, list_file
from works.library import load_costs
from works.worklist import worklist

commands = typer.Typer()
_NAMED = 3
"""Villages a line names before it counts the rest."""


def _kept(folder: Path) -> tuple[Project, Assessment, GeoPackageStore, dict[str, Item]]:
    """Open a project, assess it, and give the work that is kept in it."""
    project = open_project(folder)
    found = assess_project(project)
    store = GeoPackageStore(project.store)
    return project, found, store, store.items()


def _subjects(found: Assessment) -> dict[str, str]:
    return {one.id: one.subjects for one in found.standard.targets}


@commands.command("assign")
@plainly
def assign_command(
    folder: ProjectFolder,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Who assigns.")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write office, team and person onto kept pieces of work that have none."""
    project, found, store, items = _kept(folder)
    data, lang = found.ground.data, project.language
    told = assign(
        store, data, items, Said(who, "cli"), found.as_of, subjects=_subjects(found),
        dry_run=dry_run,
    )  # fmt: skip
    if as_json:
        rows = [one.as_dict(lang) for one in merged(told.findings)]
        say(json.dumps({"items": len(items), "dry_run": dry_run, **told.counts,
                        "of_whom": dict(told.of_whom), "nobody": told.nobody,
                        "findings": rows}, ensure_ascii=False))  # fmt: skip
        return
    if not items:
        say(t("assign.nothing", lang))
        return
    key = "assign.would" if dry_run else "assign.done"
    say(t(key, lang, n=len(items), **told.counts))
    for rule, count in told.of_whom.items():
        say("  " + t("assign.by_rule", lang, rule=t(f"duty.rule.{rule}", lang), n=count))
    show(merged(told.findings), lang)


@commands.command("duties")
@plainly
def duties_command(
    folder: ProjectFolder,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx", help="Write a workbook.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who answers for how much work, what of it is overdue, and where nobody answers."""
    if out is not None and out.suffix.lower() != ".xlsx":
        msg = f"--out {out.name}: this kind of file is not written. Choose a name with .xlsx."
        raise UsageError(msg)
    project, found, _, items = _kept(folder)
    lang, day = project.language, found.as_of
    told = responsible(found.ground.data, items, day, subjects=_subjects(found))
    if out is not None:
        save(out, duties_workbook(told, items, day, lang))
    if as_json:
        say(json.dumps(_duties(told, items, day), ensure_ascii=False))
        return
    if not items:
        say(t("assign.nothing", lang))
    people: list[Any] = persons(told, items, day).to_dict("records")
    for row in people:
        rule = t(f"duty.rule.{row['of_whom'] or 'nobody'}", lang)
        say(t("duty.line", lang, **{**row, "of_whom": rule, "villages": _some(row, lang)}))
    groups: list[Any] = teams(told, items, day).to_dict("records")
    for row in groups:
        key = "duty.team_line" if row["days"] is not None else "duty.team_line_unknown"
        say(t(key, lang, **{**row, "villages": _some(row, lang)}))
    show(merged(told.findings), lang)
    if out is not None:
        say(t("cli.written", lang, file=out.name))


def _some(row: dict[str, Any], lang: str) -> str:
    """Name the villages of a row, the first few where there are many."""
    names = str(row["villages"]).split("、")
    if len(names) <= _NAMED:
        return "、".join(names)
    return t("duty.villages", lang, first="、".join(names[:_NAMED]), n=len(names))


def _duties(told: Responsible, items: dict[str, Item], day: Any) -> dict[str, Any]:
    tables = {
        "persons": persons(told, items, day),
        "teams": teams(told, items, day),
        "findings": findings_table(told.findings),
        "items": told.table.reset_index(),
    }
    return {"as_of": day.isoformat()} | {
        name: [{k: plain(v) for k, v in row.items()} for row in table.to_dict("records")]
        for name, table in tables.items()
    }


@commands.command("fill")
@plainly
def fill_command(
    folder: ProjectFolder,
    village: Annotated[
        str, typer.Option("--village", metavar="ID", help="Village: id, name or TOWN/NAME.")
    ],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="ID", help="Left out: every required one it lacks."),
    ] = None,
    per_round: Annotated[
        int | None, typer.Option("--per-round", min=1, metavar="N", help="Stops of a round.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx|.csv|.geojson", help="The list.")
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Say exactly which work lifts a village to its goals, the cheapest, in walkable rounds."""
    project = open_project(folder)
    found = assess_project(project, standard, scope, as_of)
    lang = project.language
    numbers = GeoPackageStore(project.store).items()
    given = {key: str(item["work_no"]) for key, item in numbers.items()}
    work = worklist(found, load_costs(), given)
    most = per_round or paces(found.ground.data, work, found.as_of)
    if target is None:
        fillings = fill_all(found, work, village, per_round=most)
    else:
        fillings = [fill_list(found, work, village, target, per_round=most)]
    if out is not None:
        list_file(out, fillings, lang)
    if as_json:
        say(json.dumps({"lists": [as_dict(one, lang) for one in fillings]}, ensure_ascii=False))
        return
    if not fillings:
        say(t("fill.nothing", lang))
    for one in fillings:
        for number, line in enumerate(lines(one, lang)):
            say(("  " if number else "") + line)
    if out is not None:
        say(t("cli.written", lang, file=out.name))
