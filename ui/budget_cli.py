"""The county budget on the command line: which villages a sum of money brings to pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, get_args

import typer

from geo.budget import Aim
from layers.project import open_project
from layers.text import t
from layers.wrong import WrongCallError
from ui.console import plainly_said, say
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.run import assess_project
from works.board import Board
from works.budgeting.files import write_plan
from works.budgeting.money import money_of
from works.budgeting.plan import Asked, plan_budget
from works.budgeting.told import sentences
from works.library import load_costs
from works.papers.teller import Teller
from works.worklist import worklist

commands = typer.Typer()


@commands.command("budget")
@plainly_said
def budget_command(
    folder: ProjectFolder,
    budget: Annotated[
        str, typer.Option("--budget", metavar="MONEY", help="500000, 50万 or 50万元.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")],
    per_township: Annotated[
        int,
        typer.Option(min=0, metavar="K", help="Bring so many villages of each township to pass."),
    ] = 0,
    aim: Annotated[
        str,
        typer.Option(
            metavar="passes|gain", help="Most villages that pass, or most households that gain."
        ),
    ] = "passes",
    must: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="VILLAGE must pass, VILLAGE:TARGET or TARGET must be done. May be repeated.",
        ),
    ] = None,
    funding: Annotated[str, typer.Option(help="Who pays, for the project library.")] = "",
    term: Annotated[str, typer.Option(help="Time of building, for the project library.")] = "",
    costs: Annotated[Path | None, typer.Option(help="Cost file.")] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Choose which works to fund: proved best for the money, with what the next village costs."""
    if out.exists() and not out.is_dir():
        raise WrongCallError("out_is_file", name=out.name)
    wanted: Aim | None = next((one for one in get_args(Aim) if one == aim), None)
    if wanted is None:
        raise WrongCallError("aim", aim=aim, others=list(get_args(Aim)))
    prices = load_costs(costs)
    # A plain number is read in the costs' own currency before anything is assessed.
    currencies = sorted({kind.currency for kind in prices.values()})
    money = money_of(budget, currencies[0] if currencies else "CNY", "--budget")
    project = open_project(folder)
    lang = project.language
    found = assess_project(project, standard, scope, as_of)
    board = Board(found)
    work = worklist(found, prices)
    asked = Asked(money, wanted, per_township, tuple(must or ()))
    plan = plan_budget(board, work, prices, asked)
    demo = True if project.settings.get("demo") is True else None
    teller = Teller(board, lang, demo=demo)
    told = write_plan(plan, work, prices, out, teller=teller, funding=funding, term=term)
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
        return
    for line in sentences(plan, lang):
        say(line)
    say(t("budget.written", lang, folder=out.name))
