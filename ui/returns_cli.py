"""Lists that come back, on the command line: taking them, and settling what they leave open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from layers.errors import ProjectError, UsageError
from layers.facts import data_dir
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said, TaskStore
from layers.text import t
from ui.console import plainly, say
from ui.home import read_only
from ui.options import AsJson, ProjectFolder
from ui.run import assess_project
from works.returns.receipt_file import check_kind, write_receipt
from works.returns.settling import answer, conflicts, find, questions, value_of
from works.returns.taking import take_returns
from works.returns.told import LISTS, Returned, field_name, value_text
from works.tasks.act import choose

commands = typer.Typer()
VIA = "cli"
COUNTS = ("rows", "taken", "unchanged", "conflict_rows", "refused_rows", "photos")
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who decides.")]


@commands.command("returns")
@plainly
def returns(
    folder: ProjectFolder,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Lists in any format, photos, folders or archives of them."
        ),
    ],
    sender: Annotated[str, typer.Option("--from", metavar="NAME", help="Who sent them.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; keep nothing.")] = False,
    receipt: Annotated[
        Path | None,
        typer.Option(
            "--receipt", metavar="OUT.txt|.xlsx", help="Also write the receipt for the sender."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take filled-in lists and photos back from the field; a receipt says what was taken."""
    if receipt is not None:
        check_kind(receipt)
    project = open_project(folder)
    if not dry_run:
        _changeable(project)
    lang = project.language
    store = GeoPackageStore(project.store)
    told = take_returns(
        project, store, files, sender=sender.strip(), dry_run=dry_run,
        assess=lambda: assess_project(project),
    )  # fmt: skip
    if receipt is not None:
        write_receipt(receipt, told, project.name, lang)
    if as_json:
        say(json.dumps(summed(told, lang), ensure_ascii=False))
    for one in told:
        # A file refused as a whole is an error of the command, told where errors are told.
        for line in () if as_json and not one.refusal else one.lines(lang):
            say(line, error=bool(one.refusal))
    if any(one.refusal for one in told):
        raise typer.Exit(1)


def summed(told: Sequence[Returned], lang: str) -> dict[str, Any]:
    """Give what ``--json`` prints: sums over all files, and every file's receipt."""
    each = [one.as_dict(lang) for one in told]
    result: dict[str, Any] = {name: sum(one[name] for one in each) for name in COUNTS}
    for name in LISTS:
        result[name] = [{"file": one["file"], **entry} for one in each for entry in one[name]]
    kept = ("file", "receipt", "sender", *COUNTS)
    result["receipts"] = [
        {**{name: one[name] for name in kept}, "refused_whole": bool(full.refusal),
         "already": full.same_as}
        for one, full in zip(each, told, strict=True)
    ]  # fmt: skip
    return result


def _changeable(project: Project) -> None:
    """Refuse to keep anything in the example that comes along, or where nobody may write."""
    shipped = project.folder.resolve() == (data_dir() / "demo").resolve()
    if shipped or read_only(project.folder):
        msg = f"{project.folder.name}: {t('refused.return_read_only', 'en')}"
        raise ProjectError(msg)


@commands.command("conflicts")
@plainly
def conflicts_command(
    folder: ProjectFolder,
    number: Annotated[
        str | None, typer.Argument(metavar="[WORK_NO]", help="Number of a task.")
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="[FIELD]", help="Field to settle, such as progress.")
    ] = None,
    take: Annotated[str | None, typer.Option("--take", metavar="VALUE", help="Use this.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave what stands.")] = False,
    code: Annotated[
        str | None,
        typer.Option("--answer", metavar="CODE", help="Answer a question: far_away, photo_far."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Why, in your words.")] = "",
    who: Who = "",
    as_json: AsJson = False,
) -> None:
    """List answers that clash and open questions, choose between answers, or answer a question."""
    project = open_project(folder)
    store, said = GeoPackageStore(project.store), Said(who, VIA)
    chosen = [take is not None, keep, code is not None]
    if sum(chosen) > 1:
        msg = "--take, --keep and --answer: say different things. Give only one."
        raise UsageError(msg)
    if not any(chosen):
        _list(store, number, name, project.language, as_json=as_json)
        return
    if number is None:
        msg = "--take, --keep, --answer: do not say of which task. Give its number."
        raise UsageError(msg)
    _changeable(project)
    item = find(store, number)
    lang = project.language
    no = item["work_no"] or item["work_id"]
    if code is not None:
        answer(store, item["work_id"], code, note, said)
        say(t("returns.answered", lang, no=no))
        return
    if name is None:
        msg = f"{no}: --take and --keep do not say which field. Name it, such as progress."
        raise UsageError(msg)
    value = item.get(name) if take is None else value_of(name, take)
    choose(store, item["work_id"], name, value, said, note=note)
    told = value_text(name, value, lang)
    say(t("returns.settled", lang, no=no, field=field_name(name, lang), value=told))


def _list(
    store: TaskStore, number: str | None, name: str | None, lang: str, *, as_json: bool
) -> None:
    items = list(store.items().values()) if number is None else [find(store, number)]
    clashing = [one for one in conflicts(items) if name in (None, one.field)]
    asked = questions(items) if name is None else []
    if as_json:
        told = {
            "conflicts": [one.as_dict(lang) for one in clashing],
            "questions": [one.as_dict(lang) for one in asked],
        }
        say(json.dumps(told, ensure_ascii=False))
        return
    for line in [*(one.sentence(lang) for one in clashing), *(one.sentence(lang) for one in asked)]:
        say(line)
    if not clashing and not asked:
        say(t("returns.none_open", lang))
