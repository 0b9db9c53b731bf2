"""Scenarios on the command line: listed, shown, compared, written as work, renamed, deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.assess import Assessment
from layers.project import Project, open_project
from layers.text import t
from layers.wrong import WrongCallError
from ui.console import plainly_said, say
from ui.home import read_only
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.planned_work import Wanted, write_work
from ui.run import assess_project, day_of
from ui.work_cli import Who
from works.board import Board
from works.export import save
from works.handout.files import KINDS
from works.library import WorkKind, load_costs
from works.papers.teller import Teller
from works.scenarios import compare as sides
from works.scenarios import files, told
from works.scenarios.effect import Effect, effect_of
from works.scenarios.keeping import (
    ScenarioError,
    delete_scenario,
    in_crs,
    load_scenario,
    rename_scenario,
    scenarios,
)
from works.scenarios.scenario import ACTS, Scenario

commands = typer.Typer()
ACTIONS = ("list", "show", "compare", "worklist", "library", "rename", "delete")
_NAMES = {"list": (0, 0), "show": (1, 1), "compare": (2, 4), "worklist": (1, 1),
          "library": (1, 1), "rename": (2, 2), "delete": (1, 1)}  # fmt: skip


@commands.command("scenario")
@plainly_said
def scenario_command(
    folder: ProjectFolder,
    action: Annotated[str, typer.Argument(metavar="|".join(ACTIONS), help="What to do.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of scenarios.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=f"worklist: {'|'.join(KINDS)}; library: .xlsx."),
    ] = None,
    receiver: Annotated[
        str, typer.Option(metavar="NAME", help="worklist: who gets the list.")
    ] = "",
    due: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="worklist: until when.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="worklist: write the file; keep nothing.")
    ] = False,
    who: Who = "",
    public: Annotated[
        bool, typer.Option("--public", help="library: the version anybody may see.")
    ] = False,
    target: Annotated[
        str | None, typer.Option("--target", metavar="ID", help="compare: by this target.")
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    costs: Annotated[Path | None, typer.Option(help="Cost file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at what-if scenarios: what they change, side by side, as a work list."""
    given = _checked(action, names or [])
    ending = _ending(action, out)
    project = open_project(folder)
    lang = project.language
    if action == "list":
        _list(project, as_json=as_json)
    elif action == "rename":
        _may_change(project)
        rename_scenario(folder, *given)
        say(t("scenario.cli.renamed", lang, name=given[0], other=given[1]))
    elif action == "delete":
        _may_change(project)
        delete_scenario(folder, given[0])
        say(t("scenario.cli.deleted", lang, name=given[0]))
    else:
        held = [load_scenario(folder, one) for one in given]
        found, table = assess_project(project, standard, scope, as_of), load_costs(costs)
        effects = [_judged(found, one, table) for one in held]
        if action == "show":
            _show(effects[0], lang, as_json=as_json)
        elif action == "compare":
            _compare(effects, target, found, lang, as_json=as_json)
        elif action == "worklist" and out is not None:
            until = day_of(due, "--due")
            if until is not None and until < found.as_of:
                raise WrongCallError("due", until=until, day=found.as_of)
            work = Wanted(out, ending, receiver, until, who, preview=preview, public=public)
            write_work(project, effects[0], table, work, as_json=as_json)
        elif out is not None:
            demo = True if project.settings.get("demo") is True else None
            teller = Teller(Board(found), lang, public=public, demo=demo)
            notes = [told.head(effects[0], lang), *told.lines(effects[0], lang)]
            save(out, files.library_bytes(effects[0], table, teller, notes))
            say(t("site.files", lang, files=out.name))


def _checked(action: str, names: list[str]) -> list[str]:
    if action not in ACTIONS:
        raise WrongCallError("action", action=action, others=ACTIONS)
    least, most = _NAMES[action]
    if not least <= len(names) <= most:
        code = "names" if least == most else "names_between"
        raise WrongCallError(code, action=action, n=len(names), least=least, most=most)
    return names


def _ending(action: str, out: Path | None) -> str:
    known = {"worklist": tuple(KINDS), "library": (".xlsx",)}.get(action)
    if known is None:
        return ""
    if out is None:
        raise WrongCallError("no_file", action=action)
    if out.suffix.lower() not in known:
        raise WrongCallError("ending", name=out.name, endings=known)
    return out.suffix.lower()


def _may_change(project: Project) -> None:
    if read_only(project.folder):
        raise WrongCallError("read_only", name=project.folder.name)


def _judged(found: Assessment, held: Scenario, costs: dict[str, WorkKind]) -> Effect:
    if held.target not in {one.id for one in found.standard.targets}:
        raise WrongCallError("scenario_target", name=held.name, standard=found.standard.label,
                             target=held.target, own=held.standard)  # fmt: skip
    return effect_of(found, in_crs(held, found.ground.data.crs), costs)


def _list(project: Project, *, as_json: bool) -> None:
    lang, rows = project.language, list[dict[str, Any]]()
    for one in scenarios(project.folder):
        held = one.scenario
        row: dict[str, Any] = {"name": one.name}
        if held is None:
            row["fault"] = "" if one.fault is None else one.fault.say(lang)
        else:
            row |= {"target": held.target, "standard": held.standard, "source": held.source,
                    **{act: held.count(act) for act in ACTS}}  # fmt: skip
        rows.append(row)
    if as_json:
        say(json.dumps({"scenarios": rows}, ensure_ascii=False))
        return
    if not rows:
        say(t("scenario.cli.none", lang))
    joint = t("scenario.joint", lang)
    for row in rows:
        what = row.get("fault") or joint.join(
            t(f"scenario.n.{act}", lang, n=row[act]) for act in ACTS if row.get(act)
        )
        say(t("scenario.cli.line", lang, name=row["name"], target=row.get("target", "—"),
              what=what or t("scenario.n.none", lang)))  # fmt: skip


def _show(effect: Effect, lang: str, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(files.as_dict(effect), ensure_ascii=False))
        return
    say(told.head(effect, lang))
    for line in told.lines(effect, lang):
        say("  " + line)


def _compare(
    effects: Sequence[Effect], target: str | None, found: Assessment, lang: str, *, as_json: bool
) -> None:
    if target is not None and target not in {one.id for one in found.standard.targets}:
        raise WrongCallError("no_target_at_all", target=target, standard=found.standard.label)
    if len({one.scenario.name for one in effects}) < len(effects):
        raise ScenarioError("taken", name=effects[0].scenario.name)
    made = sides.compare(effects, target)
    if as_json:
        say(json.dumps(sides.as_dict(made), ensure_ascii=False))
        return
    say("  ".join(["", *(one.name for one in made.sides)]))
    for row in sides.head_rows(made, lang):
        say("  ".join(row))
    say("")
    say("  ".join(["", t("scenario.cli.before", lang), *(one.name for one in made.sides)]))
    for row in [*sides.township_rows(made, lang), *sides.village_rows(made)]:
        say("  ".join(row))
