"""Progress on the command line: keep a period, compare two, draw spot checks, list what is due."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pandas as pd
import typer

from geo.assess import Assessment
from geo.due import still_due
from layers.errors import UsageError
from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import t
from ui.console import plainly, say
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption, a_folder
from ui.run import assess_project, day_of
from works.export import csv_bytes, geojson_bytes, plain, save
from works.figures import amount_text, date_text
from works.progress.outcome import write_progress
from works.progress.overall import Progress, progress_of
from works.progress.periods import NOW, check_compared, check_period, keep
from works.progress.samples import BY, sample_of_met, sample_of_work
from works.progress.sheets import due_workbook, sample_workbook

commands = typer.Typer()
_FILES = (".xlsx", ".csv", ".geojson")


@commands.command("progress")
@plainly
def progress_command(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")],
    snapshot: Annotated[
        str | None,
        typer.Option("--snapshot", metavar="NAME", help="Keep the project as it is, as a period."),
    ] = None,
    compared: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--compare",
            metavar="A B",
            help="Two periods, the earlier first; now is the project as it is.",
        ),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="YYYY-MM-DD", help="Until when goals should be reached."),
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed and why, who stands where, when goals are reached; keep a period."""
    a_folder(out, "results")
    project = open_project(folder)
    lang = project.language
    own = project.settings.get("due")
    until = day_of(due, "--due") or day_of(str(own) if own else None, "project.toml, due")
    first, last = compared or (None, NOW)
    if first is not None:
        check_compared(project, first, last)
    if snapshot is not None:
        check_period(project, snapshot)
    found = assess_project(project, standard, scope, as_of)
    one = progress_of(
        project, found, GeoPackageStore(project.store), first=first, last=last, due=until
    )
    # What is asked for can be said; only then is a period kept, and never a part of one.
    kept = None if snapshot is None else keep(project, snapshot, found)
    told = write_progress(one, out, lang)
    if as_json:
        say(json.dumps(told | {"kept": snapshot}, ensure_ascii=False))
        return
    if kept is not None:
        day = date_text(kept.as_of, lang)
        say(t("cli.progress.kept", lang, name=kept.name, day=day))
    for line in _lines(one, lang):
        say(line)


def _lines(one: Progress, lang: str) -> list[str]:
    told = []
    if one.compared is None or one.first is None:
        told.append(t("cli.progress.alone", lang))
    else:
        counts = one.compared.counts
        moves = ("crossed", "slipped", "other")
        told.append(
            t("cli.progress.compared", lang, before=_period(one.first.name, lang),
              after=_period(one.last.name, lang),
              crossed=sum(counts["crossed"].values()), slipped=sum(counts["slipped"].values()),
              data=sum(counts[move]["data"] for move in moves),
              standard=sum(counts[move]["standard"] for move in moves))
        )  # fmt: skip
    if one.work is not None:
        told.append(
            t("cli.progress.work", lang, untasked=len(one.without_task), paper=len(one.paper),
              overdue=one.work.overdue)
        )  # fmt: skip
    return [*told, one.notice(lang)]


@commands.command("sample")
@plainly
def sample_command(
    folder: ProjectFolder,
    size: Annotated[int, typer.Option("--size", min=1, help="How many to draw.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx|.csv|.geojson")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same.")] = 1,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="done|verified|finished|met",
            help="Work in this state (finished: done or verified), or what meets a target.",
        ),
    ] = "finished",
    target: Annotated[str | None, typer.Option("--target", metavar="ID")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="What strata are made of: township, village, kind."),
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Draw a random sample for spot checks, from every township and kind of work."""
    _check_file(out)
    lost = [name for name in by or [] if name not in BY]
    if lost:
        msg = f"--by {lost[0]}: is no stratum. Choose one of {', '.join(BY)}."
        raise UsageError(msg)
    states = {"done": ("done",), "verified": ("verified",), "finished": ("done", "verified")}
    if source not in (*states, "met"):
        msg = f"--from {source}: is no such group. Choose one of {', '.join([*states, 'met'])}."
        raise UsageError(msg)
    project = open_project(folder)
    if source == "met":
        if target is None:
            msg = "--from met: does not say of which target. Give --target ID too."
            raise UsageError(msg)
        found = assess_project(project, standard, scope, as_of)
        drawn = sample_of_met(found, target, size, seed, by=by or ("township",))
    else:
        items = GeoPackageStore(project.store).items()
        drawn = sample_of_work(
            items, size, seed, states=states[source], by=by or ("township", "kind"), target=target
        )
    lang = project.language
    if out.suffix.lower() == ".xlsx":
        save(out, sample_workbook(drawn, project.name, seed, lang))
    else:
        _write(out, drawn)
    say(t("cli.sample", lang, n=len(drawn), strata=drawn["stratum"].nunique(), seed=seed,
          file=out.name))  # fmt: skip


@commands.command("due")
@plainly
def due_command(
    folder: ProjectFolder,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.xlsx|.csv|.geojson", help="Write the list."),
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """List who has not yet had what this month, quarter or year asks, with the last date seen."""
    if out is not None:
        _check_file(out)
    project = open_project(folder)
    found = assess_project(project, standard, scope, as_of)
    table = still_due(found.ground, found.found)
    if out is not None and out.suffix.lower() == ".xlsx":
        save(out, due_workbook(found, table, project.language))
    elif out is not None:
        _write(out, table)
    if as_json:
        rows = pd.DataFrame(table).drop(columns="geometry").to_dict("records")
        told = [{str(name): plain(value) for name, value in row.items()} for row in rows]
        say(json.dumps({"as_of": found.as_of.isoformat(), "due": told}, ensure_ascii=False))
        return
    for line in due_lines(found, table, project.language):
        say(line)


def due_lines(found: Assessment, table: gpd.GeoDataFrame, lang: str) -> list[str]:
    """Say of every target how many still lack what the running period asks."""
    told = []
    for key, mine in table.groupby("target_id", sort=False):
        row, target = mine.iloc[0], found.target(str(key))
        unit = next(one.unit for one in found.found if one.key == key)
        told.append(
            t("cli.due", lang, target=target.title.get(lang, target.id),
              n=amount_text(len(mine), unit, lang),
              period=t(f"progress.period.{row['period']}", lang),
              day=date_text(row["last_day"], lang))
        )  # fmt: skip
    return told or [t("cli.due.none", lang)]


def _check_file(out: Path) -> None:
    if out.suffix.lower() not in _FILES:
        msg = f"--out {out.name}: this kind of file is not written. "
        msg += f"Choose one of {', '.join(_FILES)}."
        raise UsageError(msg)


def _write(out: Path, table: gpd.GeoDataFrame) -> None:
    if out.suffix.lower() == ".geojson":
        save(out, geojson_bytes(table))
    else:
        save(out, csv_bytes(pd.DataFrame(table).drop(columns="geometry")))


def _period(name: str, lang: str) -> str:
    """Name a period, the data as they are in words."""
    return t("cli.progress.now", lang) if name == NOW else name
