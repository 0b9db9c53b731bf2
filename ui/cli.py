"""The command line: every command calls one function of the rooms below and says what it did."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from layers.errors import UsageError
from layers.findings import layer_title
from layers.project import (
    create_project,
    open_project,
    take_back,
)
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import t
from ui import (
    assign_cli,
    atlas_cli,
    backup_cli,
    budget_cli,
    changes_cli,
    folder_cli,
    intake_cli,
    ledger_cli,
    list_cli,
    margin_cli,
    progress_cli,
    raster_cli,
    report_cli,
    returns_cli,
    scenario_cli,
    site_cli,
    standard_cli,
    task_cli,
    work_cli,
)
from ui.checking import audit_project, check_project
from ui.console import app, plainly, say, show
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption, a_folder
from ui.run import assess_project, assess_snapshot, map_page
from works.library import load_costs
from works.outcome import write_all

# The commands that take data in live in modules of their own.
app.add_typer(backup_cli.commands)
app.add_typer(intake_cli.commands)
app.add_typer(folder_cli.commands)
app.add_typer(ledger_cli.commands)
app.add_typer(list_cli.commands)
app.add_typer(raster_cli.commands)
app.add_typer(progress_cli.commands)
app.add_typer(assign_cli.commands)
app.add_typer(changes_cli.commands)
app.add_typer(work_cli.commands)
app.add_typer(task_cli.commands)
app.add_typer(returns_cli.commands)
app.add_typer(standard_cli.commands)
app.add_typer(report_cli.commands)
app.add_typer(atlas_cli.commands)
app.add_typer(site_cli.commands)
app.add_typer(scenario_cli.commands)
app.add_typer(budget_cli.commands)


@app.command()
@plainly
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    villages: Annotated[Path | None, typer.Option(help="List of villages to begin with.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the project.")] = None,
) -> None:
    """Make an empty project, or one with its list of villages."""
    kept = folder.is_dir()
    project = create_project(folder, name=name)
    if villages is not None:
        try:
            report = project.import_file("villages", villages)
        except BaseException:
            take_back(folder, keep_folder=kept)
            raise
        say(t("cli.imported", project.language, layer="villages", n=report.rows_stored))
    say(t("cli.made", project.language, name=project.name))


@app.command()
@plainly
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Empty or new folder.")],
    villages: Annotated[int, typer.Option(min=1, help="How many villages.")] = 24,
    households: Annotated[int | None, typer.Option(min=1, help="How many households.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another number, another county.")] = 1,
) -> None:
    """Make the demonstration county: invented data that looks like real data."""
    from layers.demo import make_demo

    project = make_demo(folder, villages=villages, households=households, seed=seed)
    listed = project.frame("villages")
    homes = 0 if listed is None else int(listed["households"].fillna(0).sum())
    say(t("demo.made", project.language, name=project.name, villages=villages,
          households=homes, layers=len(project.layers())))  # fmt: skip


@app.command()
@plainly
def undo(folder: ProjectFolder, as_json: AsJson = False) -> None:
    """Take back the newest import."""
    project = open_project(folder)
    told = project.undo()
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
        return
    lang = project.language
    say(t("cli.undone", lang, layer=layer_title(told["layer"], lang), file=told["file"]))


@app.command()
@plainly
def check(
    folder: ProjectFolder,
    standard: StandardOption = None,
    as_json: AsJson = False,
) -> None:
    """List what is doubtful in data and ledgers, and what is still missing to judge."""
    project = open_project(folder)
    checked = check_project(project, standard)
    if as_json:
        say(json.dumps(checked.as_dict(project), ensure_ascii=False))
        return
    lang = project.language
    say(t("cli.findings", lang, n=len(checked.findings)))
    show(checked.findings, lang)
    doubtful = checked.lines(lang)
    if doubtful:
        say(t("cli.audit", lang, n=len(checked.doubts)))
    for line in doubtful:
        say("  " + line)


@app.command("assess")
@plainly
def assess_command(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")],
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    costs: Annotated[Path | None, typer.Option(help="Cost file.")] = None,
    near: margin_cli.NearLimitOption = False,
    also: margin_cli.AlsoOption = None,
    snapshot: margin_cli.SnapshotOption = None,
    as_json: AsJson = False,
) -> None:
    """Measure every village and write scorecard, gaps, survey list, work list, map and report."""
    a_folder(out, "results")
    if snapshot is not None and also is None:
        msg = f"--snapshot {snapshot}: says which data --also judges. Give --also STANDARD too."
        raise UsageError(msg)
    project = open_project(folder)
    lang = project.language
    if snapshot is None:
        found = assess_project(project, standard, scope, as_of)
    else:
        found = margin_cli.assess_named(project, snapshot, standard, scope, as_of)
    extras = margin_cli.extras(found, lang, near=near, also=also)
    before = assess_snapshot(project, found)
    audited = audit_project(project, found) if snapshot is None else None
    told = write_all(
        found, load_costs(costs), out, map_html=map_page, lang=lang, before=before,
        audited=audited, extras=extras, kept=GeoPackageStore(project.store).items(),
    )  # fmt: skip
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
        return
    village = told["counts"].get("village", {})
    say(t("cli.assessed", lang, standard=told["standard"], as_of=told["as_of"], n=told["villages"]))
    say("  " + "  ".join(f"{t('status.' + k, lang)} {v}" for k, v in village.items()))
    say("  " + t("cli.lists", lang, gaps=told["gaps"], survey=told["survey"]))
    for line in [*(note[lang] for note in told["notes"]), *(x for e in extras for x in e.lines)]:
        say("  " + line)
    stages = "  ".join(f"{name} {value:.2f} s" for name, value in told["seconds"].items())
    say(f"  {stages}")


@app.command()
@plainly
def serve(
    folder: Annotated[Path | None, typer.Argument(metavar="[PROJECT]")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port to listen on; the first free one from 8501."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop what runs, here or PROJECT's.")
    ] = False,
) -> None:
    """Open the app in a browser, or stop it."""
    from ui import serve as life

    if stop:
        life.stop(folder, port, say=say)
    else:
        life.serve(folder, host, port, browser=browser, say=say)


def main() -> None:
    """Run the command line: 0 done, 1 refused, 2 wrong usage; never a traceback for bad input."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    try:
        ended = app(standalone_mode=False, prog_name="village-planner")
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except TyperException as error:
        told = " ".join(error.format_message().split()).rstrip(".")
        say(f"{told}. See village-planner --help.", error=True)
        sys.exit(2)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(ended if isinstance(ended, int) else 0)


if __name__ == "__main__":
    main()
