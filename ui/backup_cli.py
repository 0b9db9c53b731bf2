"""Backup, restore and the format of the store on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from layers import formats
from layers.backup import backup, restore
from layers.errors import UsageError
from layers.migrate import migrate
from layers.project import open_project
from layers.text import t
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder

commands = typer.Typer()


@commands.command("backup")
@plainly
def backup_command(
    folder: ProjectFolder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="File to write.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole project into one file, with a digest of every part of it."""
    if out.suffix.lower() != ".zip":
        msg = f"--out {out.name}: a backup is a ZIP file. Choose a name with .zip."
        raise UsageError(msg)
    project = open_project(folder)
    told = backup(folder, out)
    if as_json:
        say(json.dumps({"file": out.name, "files": told.files, "bytes": told.size,
                        "store_format": told.store_format, "made": told.made}))  # fmt: skip
        return
    say(t("safekeep.made", project.language, file=out.name, n=told.files,
          mb=f"{told.size / 1e6:.1f}"))  # fmt: skip


@commands.command("restore")
@plainly
def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Backup to restore.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Empty or new folder.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup back into an empty or new folder."""
    told = restore(file, folder)
    if as_json:
        say(json.dumps({"folder": folder.name, "files": told.files, "bytes": told.size,
                        "store_format": told.store_format, "made": told.made}))  # fmt: skip
        return
    lang = open_project(folder).language
    say(t("safekeep.restored", lang, folder=folder.name, n=told.files, made=told.made))
    if told.store_format < formats.NEWEST:
        say(t("safekeep.older", lang, n=told.store_format))


@commands.command("migrate")
@plainly
def migrate_command(
    folder: ProjectFolder,
    to: Annotated[
        int | None, typer.Option("--to", metavar="N", help="Format; the newest when left out.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to what an older format cannot hold.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the store to the newest format, or down to one that an older planner reads."""
    project = open_project(folder)
    lang = project.language
    told = migrate(project.store, to, agreed=yes)
    if as_json:
        copy = _beside(told.copy) if told.copy else None
        say(json.dumps({"before": told.before, "after": told.after, "copy": copy,
                        "lost": dict(told.lost)}))  # fmt: skip
        return
    if told.copy is None:
        say(t("migrate.same", lang, n=told.after))
        return
    copy = _beside(told.copy)
    say(t("migrate.done", lang, before=told.before, after=told.after, copy=copy))
    if told.lost:
        rows = [t(f"migrate.table.{name}", lang, n=n) for name, n in told.lost.items()]
        between = "、" if lang == "zh" else ", "
        say("  " + t("migrate.lost", lang, rows=between.join(rows)))


def _beside(copy: Path) -> str:
    """Name a copy as people find it in the project's folder, however they named that."""
    return f"{copy.parent.name}/{copy.name}"
