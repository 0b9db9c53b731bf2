"""Where to build, on the command line."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from geo.siting.problem import Siting
from layers.heed import Step, Stopped, heard
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import t
from layers.wrong import WrongCallError
from ui.console import plainly_said, say
from ui.options import AsJson, AsOfOption, ProjectFolder, ScopeOption, StandardOption
from ui.planned_work import Wanted, write_work
from ui.run import assess_project
from works.board import Board
from works.handout.files import KINDS
from works.handout.overlay import numbers_of
from works.library import load_costs
from works.papers.teller import Teller
from works.scenarios.effect import effect_of
from works.scenarios.keeping import check_name, save_scenario
from works.scenarios.making import of_plan
from works.siting.files import write_plan
from works.siting.given import Given, read_given
from works.siting.plan import SitePlan, plan_sites
from works.siting.robust import moved, neighbours, variants
from works.siting.told import Told, gap_text, told
from works.siting.upcoming import SECONDS, upcoming
from works.siting.wish import SERVICE, Way, Wish, way_of

commands = typer.Typer()
Ids = list[str] | None
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="covering|median|center",
        help="With --sites: most reached, the least mean way, or the least longest way.",
    ),
]
CandidatesOption = Annotated[
    Ids,
    typer.Option(
        "--candidates",
        metavar="FILE|grid:METRES|roads:METRES|layer|public|repair",
        help="Where something could be built; several compete.",
    ),
]
_BEFORE = ("site_candidates", "site_coverage")
_MONEY = {"亿": Decimal(100_000_000), "万": Decimal(10_000)}


@commands.command("site")
@plainly_said
def site_command(
    folder: ProjectFolder,
    target: Annotated[str, typer.Option("--target", metavar="ID", help="What is lacking.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")],
    per_village: Annotated[
        bool,
        typer.Option("--per-village", help="Fewest sites so that every village has its goal."),
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="MONEY", help="Most reached for it: 500000, 50万."),
    ] = None,
    sites: Annotated[
        int | None, typer.Option("--sites", metavar="N", min=0, help="Most reached with N sites.")
    ] = None,
    model: ModelOption = "covering",
    candidates: CandidatesOption = None,
    goal: Annotated[
        str | None, typer.Option("--goal", metavar="SHARE", help="For every village: 0.9 or 90%.")
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Look no longer.")] = 30.0,
    forced: Annotated[
        Ids, typer.Option("--forced", metavar="ID,...", help="Must be built.")
    ] = None,
    forbidden: Annotated[
        Ids, typer.Option("--forbidden", metavar="ID,...", help="May not be built.")
    ] = None,
    unit_cost: Annotated[
        str | None, typer.Option("--unit-cost", metavar="MONEY", help="What a new one costs.")
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", metavar="LAYER", help="Where a target looks in several."),
    ] = None,
    max_slope: Annotated[
        float | None, typer.Option("--max-slope", metavar="DEGREES", min=0, max=90)
    ] = None,
    robust: Annotated[
        bool,
        typer.Option("--robust", help="Plan again with other limits, goals and people."),
    ] = False,
    keep: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Keep it as a scenario too.")
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            "--work", metavar="FILE", help=f"Keep the sites as work; the list: {'|'.join(KINDS)}."
        ),
    ] = None,
    standard: StandardOption = None,
    scope: ScopeOption = None,
    as_of: AsOfOption = None,
    costs: Annotated[Path | None, typer.Option(help="Cost file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan where to build: sites in order, what they change, and how sure that is the best."""
    _files(out, work)
    model = _model(per_village, budget, sites, model)
    project = open_project(folder)
    if keep is not None:
        check_name(folder, keep)
    ways, given = _sources(project, candidates or [])
    wish = Wish(
        target=target, model=model, sites=sites, goal=_goal(goal), ways=ways,
        given=tuple(one.frame for one in given), files=tuple(one.mark for one in given),
        budget=None if budget is None else money(budget, "--budget"),
        unit_cost=None if unit_cost is None else money(unit_cost, "--unit-cost"),
        forced=_ids(forced), forbidden=_ids(forbidden), seconds=seconds, layer=layer,
        max_slope=max_slope,
    )  # fmt: skip
    found = assess_project(project, standard, scope, as_of)
    table, lang = load_costs(costs), project.language
    with _stoppable(lang, quiet=as_json) as better:
        plan = plan_sites(found, wish, table, improve=better)
    words = _words(plan, table, robust=robust, seconds=seconds)
    numbers = numbers_of(GeoPackageStore(project.store).items())
    made, names = write_plan(plan, words, table, out, teller=Teller(Board(found), lang),
                             numbers=numbers)  # fmt: skip
    if keep is not None:
        save_scenario(folder, of_plan(plan, keep))
    if as_json:
        say(json.dumps(made, ensure_ascii=False))
    else:
        _tell(words, names, keep, lang)
    if work is not None:
        effect = effect_of(found, of_plan(plan, keep or ""), table)
        write_work(project, effect, table, Wanted(work, work.suffix.lower()), quiet=as_json)


def _files(out: Path, work: Path | None) -> None:
    if out.exists() and not out.is_dir():
        raise WrongCallError("out_is_file", name=out.name)
    if work is not None and work.suffix.lower() not in KINDS:
        raise WrongCallError("ending", name=work.name, endings=KINDS)


def _tell(words: Told, names: list[str], keep: str | None, lang: str) -> None:
    for line in words.lines[lang]:
        say(line)
    for card in words.cards[lang][:10]:
        say("  " + card)
    say(t("site.files", lang, files=("、" if lang == "zh" else ", ").join(names)))
    if keep is not None:
        say(t("scenario.cli.saved", lang, name=keep))


def _words(plan: SitePlan, table: Any, *, robust: bool, seconds: float) -> Any:
    again = variants(plan, table, min(seconds, 10.0)) if robust else None
    beside = neighbours(plan, min(seconds, 5.0))
    return told(plan, moved(plan), again, beside, upcoming(plan, min(seconds, SECONDS)))


def _model(per_village: bool, budget: str | None, sites: int | None, model: str) -> str:
    asked = [
        name
        for name, wanted in (
            ("per_village", per_village),
            ("budget", budget is not None),
            ("sites", sites is not None),
        )
        if wanted
    ]  # fmt: skip
    if len(asked) != 1:
        raise WrongCallError("one_model")
    if model not in ("covering", *SERVICE):
        raise WrongCallError("model", model=model)
    if model in SERVICE and asked[0] != "sites":
        raise WrongCallError("model_sites", model=model)
    return model if model in SERVICE else asked[0]


def money(text: str, option: str) -> int:
    """
    Read money a person typed: 500000, 50万, 50万元; whole units, rounded down.

    Raises
    ------
    UsageError
        If it is no amount.

    Examples
    --------
    >>> money("50万元", "--budget"), money("500,000", "--budget")
    (500000, 500000)
    """
    plain = text.strip().replace(",", "").replace("，", "").removesuffix("元").strip()
    factor = Decimal(1)
    if plain and plain[-1] in _MONEY:
        factor, plain = _MONEY[plain[-1]], plain[:-1]
    try:
        amount = Decimal(plain) * factor
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < 2**53:
        raise WrongCallError("no_amount", option=option, text=text)
    return int(amount)


def _goal(text: str | None) -> Fraction | None:
    if text is None:
        return None
    plain = text.strip()
    try:
        share = Fraction(plain[:-1]) / 100 if plain.endswith("%") else Fraction(plain)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise WrongCallError("no_share", text=text)
    return share


def _ids(given: Ids) -> frozenset[str]:
    every = [one.strip() for text in given or [] for one in text.replace("，", ",").split(",")]
    return frozenset(one for one in every if one)


def _sources(project: Project, texts: list[str]) -> tuple[tuple[Way, ...], list[Given]]:
    """Tell our own sources from files, and read these."""
    ways, given = [], []
    for text in texts:
        way = way_of(text)
        if way is not None:
            ways.append(way)
        else:
            found = read_given(project, Path(text))
            if found.taken_as:
                own = t("plan.given.own_crs", project.language, crs=found.taken_as)
                say(found.name + own, error=True)
            given.append(found)
    return tuple(ways), given


@contextmanager
def _stoppable(lang: str, *, quiet: bool) -> Iterator[Any]:
    """Show better plans as they come; Ctrl-C ends the search and keeps the best."""
    start, state = time.perf_counter(), {"stop": False, "told": 0.0}

    def stop(_signal: int, _frame: Any) -> None:
        if state["stop"]:
            raise KeyboardInterrupt
        state["stop"] = True

    def listen(step: Step) -> None:
        if state["stop"] and step.stage in _BEFORE:
            raise KeyboardInterrupt
        if state["stop"] and step.stage == "site":
            raise Stopped

    def better(answer: Siting) -> None:
        now = time.perf_counter() - start
        if quiet or now - state["told"] < 1.0:
            return
        state["told"] = now
        known = np.isfinite(answer.bound)
        told_of = {"s": f"{now:.0f}", "n": len(answer.sites), "gap": gap_text(answer)}
        say(t("site.better" if known else "site.better_open", lang, **told_of), error=True)

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # not the main thread: nobody types there
        before = None
    try:
        with heard(listen):
            if not quiet:
                say(t("site.busy", lang), error=True)
            yield better
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
