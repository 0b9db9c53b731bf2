"""Pieces of work on the command line: how they stand, what happened to them, the next step."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from layers.errors import DataError, UsageError, some
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import kept
from layers.tasks.store import Said
from layers.text import plain, t
from layers.work_form import FIELDS, KEPT_BESIDE, Item
from ui.console import plainly, say
from ui.options import AsJson, ProjectFolder
from ui.run import day_of
from ui.work_cli import Who
from works.desk.told import field_name, lines, value_text
from works.handout.choosing import in_order
from works.handout.closing import must_tick
from works.handout.columns import what_to_do, where_of
from works.tasks.act import STEPS, Done, edit, open_steps, take_step
from works.tasks.life import overdue_days, states

commands = typer.Typer()
MOST = 40
"""Lines of a list that is printed; a program reads all."""


@commands.command("task")
@plainly
def task(
    folder: ProjectFolder,
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="[WORK_NO]...", help="Numbers or ids of work.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only in this state.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    step: Annotated[
        str | None, typer.Option("--step", metavar="STEP", help="|".join(STEPS))
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    fields: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Set a field.")
    ] = None,
    who: Who = "",
    as_json: AsJson = False,
) -> None:
    """List the work that is kept, show the life of a piece of it, or take a step with it."""
    unknown = [one for one in state or [] if one not in states()]
    if unknown:
        msg = f"--state {unknown[0]}: no such state. Choose one of {', '.join(states())}."
        raise UsageError(msg)
    if step is not None and step not in STEPS:
        msg = f"--step {step}: no such step. Choose one of {', '.join(STEPS)}."
        raise UsageError(msg)
    values = _values(fields or [])
    if (step or values) and not numbers:
        msg = "--step and --set: do not say of which work. Name its number: 东沟-厕-017."
        raise UsageError(msg)
    project = open_project(folder)
    store = GeoPackageStore(project.store)
    if not numbers:
        _list(project, store.items(), state or [], overdue=overdue, as_json=as_json)
        return
    ids = ids_of(store.items(), numbers)
    if step or values:
        _act(project, store, ids, step, values, note, Said(who, "cli"), as_json=as_json)
        return
    _show(project, store, ids, as_json=as_json)


def ids_of(items: Mapping[str, Item], numbers: Sequence[str]) -> list[str]:
    """
    Give the ids of work named by number or id; width, case and dashes make no difference.

    Raises
    ------
    UsageError
        If one names no kept work.
    """
    known = {plain(item["work_no"]): key for key, item in items.items()}
    known |= {plain(key): key for key in items}
    lost = [one for one in numbers if plain(one) not in known]
    if lost:
        msg = f"{some(lost)}: is no piece of work that is kept. Check the number."
        raise UsageError(msg)
    return list(dict.fromkeys(known[plain(one)] for one in numbers))


def _values(pairs: Sequence[str]) -> dict[str, str | None]:
    """Read ``--set``; nothing behind the equals sign empties the field."""
    wrong = [one for one in pairs if "=" not in one or not one.partition("=")[0].strip()]
    if wrong:
        msg = f"--set {wrong[0]}: is not FIELD=VALUE. Write the field, =, and its value."
        raise UsageError(msg)
    split = (one.partition("=") for one in pairs)
    return {name.strip(): value.strip() or None for name, _, value in split}


def _day(project: Project, items: Mapping[str, Item]) -> dt.date:
    """Give the day that decides what is overdue: the project's, else of the newest assessment."""
    own = project.settings.get("as_of")
    told = str(own) if own else max(str(item["as_of"] or "") for item in items.values())
    return day_of(told, "project.toml, as_of") or dt.date.min


# ---------------------------------------------------------------------------------- the list


def _list(
    project: Project, items: Mapping[str, Item], wanted: Sequence[str], *, overdue: bool,
    as_json: bool,
) -> None:  # fmt: skip
    lang = project.language
    if not items:
        say(json.dumps({"items": []}) if as_json else t("task.none", lang))
        return
    day = _day(project, items)
    late = {key: overdue_days(item, day) for key, item in items.items()}
    shown = [
        item
        for item in in_order(items.values())
        if (not wanted or item["state"] in wanted) and (late[item["work_id"]] or not overdue)
    ]
    # What is longest overdue comes first; the rest keeps its order.
    shown.sort(key=lambda item: -late[item["work_id"]])
    counts = Counter(str(item["state"]) for item in items.values())
    number = sum(1 for days in late.values() if days)
    if as_json:
        rows = [_brief(item) | {"overdue_days": late[item["work_id"]]} for item in shown]
        told = {"as_of": day.isoformat(), "states": counts, "overdue": number, "items": rows}
        say(json.dumps(told, ensure_ascii=False))
        return
    say(t("task.counts", lang, n=len(items), late=number, day=day.isoformat()))
    say("  " + "  ".join(f"{t(f'state.{one}', lang)} {counts[one]}" for one in states()))
    for item in shown[:MOST]:
        say("  " + _line(item, late[item["work_id"]], lang))
    if len(shown) > MOST:
        say("  " + t("task.more", lang, n=len(shown) - MOST))


def _brief(item: Item) -> dict[str, Any]:
    names = ("work_no", "work_id", "version", "state", "due", "title_zh", "title_en", "village_id",
             "village", "target_id", "team", "person", "gap")  # fmt: skip
    return {name: item[name] for name in names}


def _line(item: Item, late: int, lang: str) -> str:
    parts = [
        str(item["work_no"]), t(f"state.{item['state']}", lang), str(item["due"] or ""),
        t("task.late", lang, n=late) if late else "", what_to_do(item, lang), where_of(item),
        str(item["subject_name"] or ""), str(item["team"] or ""),
    ]  # fmt: skip
    return "  ".join(part for part in parts if part)


# ---------------------------------------------------------------------------------- one of them


def _show(project: Project, store: GeoPackageStore, ids: Sequence[str], *, as_json: bool) -> None:
    lang, items = project.language, store.items(ids)
    history, receipts = store.history(ids), store.receipts()
    files = dict(zip(receipts["number"], receipts["file"], strict=True))
    day = _day(project, items)
    told = []
    for key in ids:
        item, mine = items[key], history[history["work_id"] == key]
        steps = open_steps(item)
        if as_json:
            beside = {name: kept(item, name) for name in KEPT_BESIDE}
            rows = json.loads(mine.to_json(orient="records", force_ascii=False))
            told.append(item | beside | {"overdue_days": overdue_days(item, day), "steps": steps,
                                         "history": rows})  # fmt: skip
            continue
        say(_line(item, overdue_days(item, day), lang))
        for name in FIELDS:
            if item[name] and name != "state":
                value = value_text(name, item[name], lang)
                head = field_name(name, lang)
                say("  " + t("handout.line", lang, head=head, text=value))
        say("  " + t("task.history", lang))
        for line in lines(mine, files, lang):
            parts = (line.at, line.who, line.way, line.said, line.note)
            say("    " + "  ".join(part for part in parts if part))
        if steps:
            say("  " + t("task.steps", lang, steps=", ".join(steps)))
    if as_json:
        say(json.dumps({"items": told}, ensure_ascii=False))


# ---------------------------------------------------------------------------------- acting


def _act(
    project: Project,
    store: GeoPackageStore,
    ids: Sequence[str],
    step: str | None,
    values: Mapping[str, str | None],
    note: str,
    said: Said,
    *,
    as_json: bool,
) -> None:
    """Set fields, then take the step; what is refused is told, and makes the exit code 1."""
    ticks = must_tick(project.settings, project.name) if step == "close" else ()
    parts = []
    if values:
        parts.append(edit(store, dict.fromkeys(ids, values), said, note=note))
    if step:
        parts.append(take_step(store, ids, step, said, note=note, must_tick=ticks))
    done = _joined(parts)
    lang, items = project.language, store.items(ids)
    refused = {
        str(items[key]["work_no"]): why_not(items[key], why, ticks, lang)
        for key, why in done.refused.items()
    }
    if as_json:
        say(json.dumps(_as_dict(done, items, refused), ensure_ascii=False))
    else:
        for name, keys in (("changed", done.changed), ("unchanged", done.unchanged)):
            if keys:
                listed = "、".join(str(items[key]["work_no"]) for key in keys)
                say(t(f"task.{name}", lang, numbers=listed))
        for key, name, stands, wanted in done.clashes:
            say(t("task.clash", lang, number=items[key]["work_no"], field=field_name(name, lang),
                  stands=value_text(name, stands, lang),
                  wanted=value_text(name, wanted, lang)))  # fmt: skip
    if refused:
        told = (t("task.refused", lang, number=no, why=why) for no, why in refused.items())
        raise DataError("\n".join(told))


def why_not(item: Item, why: str, ticks: Sequence[str], lang: str) -> str:
    """Say as a sentence why a step cannot be taken."""
    done = set((item["ticked"] or "").split("、"))
    missing = "、".join(one for one in ticks if one not in done)
    return t(f"task.refused.{why}", lang, state=t(f"state.{item['state']}", lang), missing=missing)


def _joined(parts: Sequence[Done]) -> Done:
    changed = list(dict.fromkeys(key for one in parts for key in one.changed))
    same = dict.fromkeys(key for one in parts for key in one.unchanged)
    return Done(
        changed=changed,
        unchanged=[key for key in same if key not in changed],
        clashes=[clash for one in parts for clash in one.clashes],
        refused={key: why for one in parts for key, why in one.refused.items()},
    )


def _as_dict(done: Done, items: Mapping[str, Item], refused: Mapping[str, str]) -> dict[str, Any]:
    def named(keys: Sequence[str]) -> list[str]:
        return [str(items[key]["work_no"]) for key in keys]

    clashes = [
        {"work_no": items[key]["work_no"], "field": name, "stands": stands, "wanted": wanted}
        for key, name, stands, wanted in done.clashes
    ]
    return {"changed": named(done.changed), "unchanged": named(done.unchanged),
            "clashes": clashes, "refused": refused,
            "items": [_brief(item) for item in items.values()]}  # fmt: skip
