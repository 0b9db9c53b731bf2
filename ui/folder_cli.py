"""Folders of ledgers on the command line: who sent what, what is missing, names to accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from geo.standard import layers_needed
from layers.accepting import accept_names, name_proposals
from layers.findings import layer_title
from layers.folders import FolderReport, lines, take_folder
from layers.project import Project, open_project
from layers.request import Request
from layers.senders import board, missing
from layers.text import t
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder, StandardOption
from ui.run import standard_of
from works.library import load_standard

commands = typer.Typer()
_SHOWN = 12


def import_folder(
    project: Project, layer: str, folder: Path, request: Request, *, as_json: bool
) -> FolderReport:
    """
    Take a folder in and say what became of it.

    Returns
    -------
    FolderReport
        What was taken; the command ends with 1 when nothing was.
    """
    report = take_folder(project, layer, folder, request)
    lang = project.language
    if as_json:
        say(json.dumps(report.as_dict(lang), ensure_ascii=False))
        return report
    for line in lines(report, lang):
        say(line)
    taken = sum(one.report is not None for one in report.files)
    key = "folders.looked" if request.dry_run else "folders.summary"
    say(t(key, lang, folder=report.folder, taken=taken, refused=len(report.files) - taken,
          read=report.rows_read, stored=report.rows_stored))  # fmt: skip
    for line in board_lines(report.table, lang):
        say(line)
    for one in report.proposals[:_SHOWN]:
        say(f"  {one.value}  {one.message(lang)}")
    if report.proposals:
        say("  " + t("names.how", lang))
    return report


def board_lines(table: pd.DataFrame, lang: str) -> list[str]:
    """Give a board as lines: per layer who lacks, then each township."""
    said: list[str] = []
    for layer in dict.fromkeys(table["layer"]) if len(table) else ():
        rows = table[table["layer"] == layer]
        towns = rows[rows["township"] != ""]
        lacking = list(towns.loc[towns["state"] == "none", "township"])
        key = "folders.sent" if lacking else "folders.all_sent"
        title = layer_title(layer, lang)
        if len(towns):
            said.append(t(key, lang, layer=title, sent=len(towns) - len(lacking),
                          lacking=_listed(lacking, lang)))  # fmt: skip
        for row in rows.to_dict("records"):
            number, day = row["import"], row["day"]
            when = "" if pd.isna(number) else t(
                "board.when", lang, day="—" if pd.isna(day) else day, file=row["file"],
                **{"import": int(number)},
            )  # fmt: skip
            told = {name: row[name] for name in ("villages_sent", "villages", "rows", "findings")}
            said.append(
                t("board.line", lang, township=row["township"] or t("board.nowhere", lang),
                  state=t(f"board.state.{row['state']}", lang), when=when, **told)
            )  # fmt: skip
    return said


def _listed(names: list[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(names)


@commands.command("board")
@plainly
def board_command(
    folder: ProjectFolder, standard: StandardOption = None, as_json: AsJson = False
) -> None:
    """Say which township has sent what, and what is still missing to judge."""
    project = open_project(folder)
    rules = load_standard(standard or standard_of(project))
    sent, lacks = board(project), missing(project, layers_needed(rules))
    lang = project.language
    if as_json:
        told = {"board": _records(sent), "missing": _records(lacks)}
        say(json.dumps(told, ensure_ascii=False))
        return
    if sent.empty:
        say(t("board.empty", lang))
    for line in board_lines(sent, lang):
        say(line)
    say(t("board.missing", lang))
    for line in missing_lines(lacks, lang):
        say(line)


def missing_lines(lacks: pd.DataFrame, lang: str) -> list[str]:
    """Give what is missing as one line per layer: the townships that lack it."""
    said = []
    for layer in dict.fromkeys(lacks["layer"]):
        rows = lacks[lacks["layer"] == layer]
        open_ = rows[rows["state"] != "complete"]
        if open_.empty:
            continue
        named = [
            f"{row['township']}（{t('board.state.part', lang)}）"
            if row["state"] == "part"
            else str(row["township"])
            for row in open_.to_dict("records")
        ]
        every = len(open_) == len(rows) and bool((open_["state"] == "none").all())
        where = t("board.whole", lang) if every else _listed(named, lang)
        said.append(t("board.lacks", lang, layer=layer_title(layer, lang), lacking=where))
    return said


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    cells = table.astype(object)
    return [
        {str(k): v for k, v in row.items()}
        for row in cells.where(cells.notna(), None).to_dict("records")
    ]


@commands.command("names")
@plainly
def names_command(
    folder: ProjectFolder,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="WRITTEN=VILLAGE_ID", help="Keep a name for a village."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose villages for names nobody knows, or keep the names that were accepted."""
    project = open_project(folder)
    lang = project.language
    kept = accept_names(project, accept) if accept else 0
    found = name_proposals(project)
    if as_json:
        told = [
            {"layer": layer, **one.as_dict(lang)} for layer, ones in found.items() for one in ones
        ]
        say(json.dumps({"accepted": kept, "proposals": told}, ensure_ascii=False))
        return
    if kept:
        say(t("names.accepted", lang, n=kept))
    for layer, ones in found.items():
        for one in ones:
            say(t("names.proposed", lang, value=one.value, certain=round(one.certain * 100),
                  n=len(one.rows), layer=layer_title(layer, lang),
                  why=one.message(lang)))  # fmt: skip
    say(t("names.how" if found else "names.none", lang))
