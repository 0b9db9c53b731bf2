"""Standards on the command line: listed, read, tried on a project, kept as the county's own."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.rescore import Rescored
from geo.standard import Standard
from layers.errors import UsageError
from layers.facts import data_dir
from layers.project import Project, open_project
from layers.text import said, t
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder
from ui.run import assess_project, standard_of
from works.export import save
from works.library import load_costs, load_standard, standards
from works.standards.limits import limits_of, moved
from works.standards.own import Head, base_of, default_title, keep_own, made_own, own_files
from works.standards.reading import entries, facts
from works.standards.trying import Side, tried, try_limits

commands = typer.Typer()
standard = typer.Typer(help="Read a standard, try other limits, keep the county's own.")
commands.add_typer(standard, name="standard")

Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="TARGET.KEY=FIGURE",
        help="A figure to move, such as sanitary-toilet.goal=0.85; may be given often.",
    ),
]
Lang = Annotated[str, typer.Option("--lang", help="zh or en.")]


@commands.command("standards")
@plainly
def list_standards(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[PROJECT]", help="Its own standards too.")
    ] = None,
    lang: Lang = "zh",
    as_json: AsJson = False,
) -> None:
    """List the standards there are: the planner's own, and those kept in a project."""
    rows: list[dict[str, Any]] = []
    used = ""
    if folder is not None:
        project = open_project(folder)
        lang, used = project.language, standard_of(project)
        for one in own_files(folder):
            row: dict[str, Any] = {"file": one.named, "fault": one.fault}
            if one.standard is not None:
                row |= _row(one.standard)
                row["used"] = str(one.path) == used
            rows.append(row)
    for table in standards():
        rules = load_standard(f"{table['id']}@{table.get('version', '1')}")
        rows.append(_row(rules) | {"file": "", "used": used in (rules.id, rules.label)})
    if as_json:
        say(json.dumps({"standards": rows}, ensure_ascii=False))
        return
    for row in rows:
        if row.get("fault"):
            say(f"{row['file']}  {row['fault']}")
            continue
        mark = t("std.used", lang) if row.get("used") else ""
        title = row[f"title_{'en' if lang == 'en' else 'zh'}"]
        say(f"{row['label']}  {title}  {t('std.rules_n', lang, n=row['targets'])}  {mark}".rstrip())


def _row(rules: Standard) -> dict[str, Any]:
    day = rules.effective_from
    return {
        "label": rules.label,
        "id": rules.id,
        "version": rules.version,
        "title_zh": said(rules.title, "zh"),
        "title_en": said(rules.title, "en"),
        "effective_from": day.isoformat() if day > dt.date.min else None,
        "targets": len(rules.targets),
        "required": sum(one.kind == "required" for one in rules.targets),
    }


@standard.command("show")
@plainly
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID_OR_FILE", help="Standard: id, id@version or TOML file.")
    ],
    target: Annotated[str | None, typer.Option("--target", help="Only this target.")] = None,
    lang: Lang = "zh",
    as_json: AsJson = False,
) -> None:
    """Say the rules of a standard in plain words, with the figures one may move."""
    rules = load_standard(wanted)
    listed = [one for one in entries(rules, load_costs(), lang) if target in (None, one.target.id)]
    if not listed:
        names = ", ".join(one.id for one in rules.targets)
        msg = f"--target {target}: {rules.label} has no such target. Choose one of {names}."
        raise UsageError(msg)
    if as_json:
        told = [
            {
                "id": one.target.id,
                "kind": one.target.kind,
                "goal": None if one.goal == "—" else one.goal,
                "weight": float(one.target.weight),
                "zh": one.rule.text("zh"),
                "en": one.rule.text("en"),
                "source": [tag for tag, _ in one.sources],
                "confidence": one.sure,
                "figures": {
                    limit.path: None if limit.value is None else float(limit.value)
                    for limit in limits_of(rules, one.target.id)
                },
            }
            for one in listed
        ]
        say(json.dumps(_row(rules) | {"rules": told}, ensure_ascii=False))
        return
    if target is None:
        say(said(rules.title, lang))
        for head, words in facts(rules, lang):
            say(f"  {head}{t('report.colon', lang)}{words}")
    for one in listed:
        kind = t(f"kind.{one.target.kind}", lang)
        say(f"{one.target.id}  {said(one.target.title, lang)}  [{kind}]")
        say(f"  {one.rule.text(lang)}")
        if target is not None:
            for limit in limits_of(rules, one.target.id):
                figure = "—" if limit.value is None else f"{limit.value.normalize():f}"
                say(f"  {limit.path} = {figure}  {limit.title[0 if lang == 'zh' else 1]}")


def changes_of(given: list[str] | None, rules: Standard) -> dict[tuple[str, str], str]:
    """
    Read ``--set TARGET.KEY=FIGURE``.

    Parameters
    ----------
    given
        What was typed.
    rules
        The standard they are of.

    Raises
    ------
    UsageError
        If one is written in another way, or nothing is set.
    """
    known = {one.id for one in rules.targets}
    found: dict[tuple[str, str], str] = {}
    for text in given or ():
        where, equals, value = text.partition("=")
        target, dot, path = where.strip().partition(".")
        if not equals or not dot or not path:
            msg = f"--set {text}: is not TARGET.KEY=FIGURE. Write sanitary-toilet.goal=0.85."
            raise UsageError(msg)
        if target not in known:
            msg = f"--set {text}: {rules.label} has no target {target}. "
            raise UsageError(msg + "See `village-planner standard show`.")
        found[target, path.strip()] = value.strip()
    if not found:
        msg = "--set: is missing. Say which figure to move: --set sanitary-toilet.goal=0.85."
        raise UsageError(msg)
    return found


@standard.command("try")
@plainly
def try_command(folder: ProjectFolder, sets: Sets = None, as_json: AsJson = False) -> None:
    """Say what other limits would change; the project stays as it is."""
    project = open_project(folder)
    found = assess_project(project)
    both = try_limits(found, changes_of(sets, found.standard))
    lang = project.language
    told = _told(both, changes_of(sets, found.standard))
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
        return
    whole = told["villages"]
    for target, one in told["targets"].items():
        words = t("std.say", lang, target=said(found.target(target).title, lang),
                  a=one["before"]["villages"].get("met", 0),
                  b=one["after"]["villages"].get("met", 0), flips=len(one["flips"]),
                  c=whole["before"].get("met", 0), d=whole["after"].get("met", 0),
                  whole=len(whole["flips"]))  # fmt: skip
        say(words)


def _told(both: Rescored, changes: dict[tuple[str, str], str]) -> dict[str, Any]:
    costs = load_costs()
    targets, flips = {}, []
    for target in dict.fromkeys(key for key, _ in changes):
        one = tried(both, target, costs)
        flips = [vars(flip) for flip in one.whole]
        targets[target] = {
            "before": _side(one.before),
            "after": _side(one.after),
            "flips": [vars(flip) for flip in one.flips],
        }
    counts = both.counts()
    villages = {"before": counts["first"], "after": counts["also"], "flips": flips}
    return {"standard": both.first.standard.label, "targets": targets, "villages": villages}


def _side(one: Side) -> dict[str, Any]:
    row, money = one.row, one.money
    return {
        "villages": dict(one.villages),
        "amount": float(row["amount"]) if row else None,
        "met": float(row["met"]) if row else None,
        "unknown": float(row["unknown"]) if row else None,
        "status": row["status"] if row else None,
        "cost_all": float(money.total),
        "cost_to_goal": None if money.to_goal is None else float(money.to_goal),
        "currency": money.currency,
    }


@standard.command("own")
@plainly
def own(
    folder: ProjectFolder,
    sets: Sets = None,
    base: Annotated[
        str | None,
        typer.Option("--from", metavar="ID_OR_FILE", help="Build on it; else the project's."),
    ] = None,
    name: Annotated[str, typer.Option("--id", help="Its id: small letters, digits and -.")] = "",
    version: Annotated[str, typer.Option("--version", help="Its version.")] = "1",
    title: Annotated[str, typer.Option("--title", help="What it is called.")] = "",
    source: Annotated[str, typer.Option("--source", help="The document behind it.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.toml", help="Write it there instead.")
    ] = None,
    use: Annotated[bool, typer.Option("--use", help="Make it the project's standard.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep moved limits as the county's own standard: only what differs is written."""
    if out is not None and (use or out.suffix.lower() != ".toml"):
        said_ = "--use needs it in the project" if use else "is no TOML file"
        msg = f"--out {out.name}: {said_}. Leave one of them out, or choose a name with .toml."
        raise UsageError(msg)
    project = open_project(folder)
    lang = project.language
    wanted = base or standard_of(project)
    rules = load_standard(wanted)
    path = Path(wanted) if wanted.endswith(".toml") else None
    below = base_of(path, rules)
    both = {"zh": title, "en": title} if title else default_title(below)
    head = Head(name or f"{rules.id}-own", version, both, source)
    text, made = made_own(project.folder, below, moved(rules, changes_of(sets, rules)), head, lang)
    file = _written(project, text, made, out, use=use)
    if as_json:
        say(json.dumps(_row(made) | {"file": file, "extends": below.label, "used": use},
                       ensure_ascii=False))  # fmt: skip
        return
    say(t("own.kept_use" if use else "own.kept", lang, file=file, label=made.label))


def _written(project: Project, text: str, made: Standard, out: Path | None, *, use: bool) -> str:
    """Write a standard into its project, or where it was asked for; give the name of the file."""
    if out is not None:
        save(out, text.encode("utf-8"))
        return out.name
    if project.folder.resolve() == (data_dir() / "demo").resolve():
        msg = f"{project.folder.name}: is the example that comes along and stays as it is. "
        raise UsageError(msg + "Name a file with --out, or copy the example first.")
    return keep_own(project, text, made, use=use).named
