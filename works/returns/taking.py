"""Files that come back are taken: each in one transaction, together with its receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from geo.assess import Assessment
from layers.errors import PlannerError
from layers.quarantine import Quarantine
from layers.refusal import RefusalError
from layers.tasks.replay import as_json, fold
from layers.tasks.store import Reader, Said, TaskStore, Writer
from layers.work_form import Event, Item, Receipt
from works.handout.overlay import numbers_of as numbers_of_kept
from works.library import load_costs
from works.returns.deciding import decide
from works.returns.gathering import Pile, gathered
from works.returns.matching import folded, items_for
from works.returns.photos import (
    Shot,
    numbers_of,
    settle_photos,
    shots_of,
    whose,
    write_photo,
)
from works.returns.reading import Sent, read_return
from works.returns.standing import Decided, Standing, asked_before
from works.returns.told import Returned
from works.tasks.life import rules
from works.tasks.merge import Past
from works.tasks.register import made_of
from works.worklist import worklist

VIA = "return"


class Folder(Protocol):
    """What is asked of a project: where its folder is."""

    @property
    def folder(self) -> Path:
        """Its folder."""


def take_returns(
    project: Folder,
    store: TaskStore,
    files: Sequence[Path],
    *,
    sender: str = "",
    assess: Callable[[], Assessment] | None = None,
    dry_run: bool = False,
    day: dt.date | None = None,
) -> list[Returned]:
    """
    Take files that come back from the field: lists in any format, photos, folders, archives.

    Parameters
    ----------
    project, store
        Whose work it is, and where it is kept.
    files
        What came back.
    sender
        Who sent it; else what the files say themselves.
    assess
        Gives the assessment whose work list may name work that is not kept yet; it is asked only
        where a row names such work. Without it such rows are refused.
    dry_run
        Only look: nothing is kept.
    day
        The day it is received; by our own clock when not given.

    Returns
    -------
    list of Returned
        One per list, and one for the photos of each folder, archive or call. A file refused as a
        whole says so; the others are taken all the same.
    """
    today = day or dt.datetime.now(dt.UTC).date()
    known = _Known(assess, store)
    told: list[Returned] = []
    with Quarantine() as quarantine:

        def take_list(file: Path) -> Returned:
            sent = read_return(file, quarantine)
            return take_sent(
                store, sent, sender=sender, today=today, fresh=known.items, dry_run=dry_run
            )

        for pile in gathered(files):
            told += [_guarded(file.name, sender, partial(take_list, file)) for file in pile.lists]
            if pile.photos or pile.lost:
                take = partial(
                    take_photos, project.folder, store, pile, sender=sender, dry_run=dry_run
                )
                told.append(_guarded(pile.name, sender, take))
            elif not pile.lists:
                told.append(_guarded(pile.name, sender, partial(_nothing, pile.name)))
    return told


def _nothing(name: str) -> Returned:
    raise RefusalError("return_nothing", name)


def _guarded(name: str, sender: str, take: Callable[[], Returned]) -> Returned:
    """Answer for a file that is refused, so that the others are taken."""
    try:
        return take()
    except PlannerError as error:
        why = {lang: error.say(lang) for lang in ("zh", "en")}
    return Returned(name, sender=sender, refusal=why)


def take_sent(
    store: TaskStore,
    sent: Sent,
    *,
    sender: str = "",
    today: dt.date,
    fresh: Callable[[Iterable[str]], Mapping[str, Item]] | None = None,
    dry_run: bool = False,
) -> Returned:
    """
    Take one list that was read: its values, and its receipt, in one transaction.

    Parameters
    ----------
    store, sent, sender
        Where it is kept, what it says, and who sent it.
    today
        The day it is received.
    fresh
        Gives the work of the present list for ids nobody keeps yet.
    dry_run
        Only look.

    Returns
    -------
    Returned
        What its sender is told. A file that says nothing new after it was taken once changes
        nothing, not even the receipts.
    """
    # Asked before the transaction: an assessment takes longer than others may wait to write.
    new = _unkept(store, sent, fresh)
    if dry_run:
        return _decided(store, sent, sender, today, new).told
    if _taken_before(store, sent.mark) is not None:
        # Nobody waits for a list that says nothing new.
        decided = _decided(store, sent, sender, today, new)
        if decided.nothing():
            decided.told.receipt = decided.told.same_as
            return decided.told
    with store.writing() as writer:
        decided = _decided(writer, sent, sender, today, new)
        told = decided.told
        if decided.nothing() and told.same_as is not None:
            told.receipt = told.same_as
            return told
        shown = Receipt(told.sender, sent.name, sent.mark, told.as_told())
        told.receipt = writer.give_receipt(shown)
        said = Said(told.sender, VIA, told.receipt)
        named = {event.work_id for events in decided.events.values() for event in events}
        writer.keep([_made(new[key]) for key in new if key in named], said)
        _keep(writer, decided, told.receipt)
    return told


def _keep(writer: Writer, decided: Decided, receipt: int) -> None:
    for who, events in decided.events.items():
        writer.keep(events, Said(who, VIA, receipt))


def _made(item: Item) -> Event:
    columns = {name: value for name, value in item.items() if value not in (None, "")}
    columns.pop("version")
    return Event(str(item["work_id"]), "made", value=as_json(columns))


def _unkept(
    store: TaskStore,
    sent: Sent,
    fresh: Callable[[Iterable[str]], Mapping[str, Item]] | None,
) -> dict[str, Item]:
    """Give the work of the present list that rows name by id and nobody keeps yet."""
    if fresh is None:
        return {}
    ids = {folded(one) for row in sent.rows for one in row.cells.get("work_id", ())}
    known = {folded(key) for key in items_for(store, sent)}
    missing = ids - known
    return dict(fresh(missing)) if missing else {}


class _Known:
    """The work of the present list, asked for once and only where it is needed."""

    def __init__(self, assess: Callable[[], Assessment] | None, store: TaskStore) -> None:
        self._assess, self._store = assess, store
        self._found: dict[str, Item] | None = None

    def items(self, ids: Iterable[str]) -> dict[str, Item]:
        """Give what the list has under these folded ids, as items that are just made."""
        if self._assess is None:
            return {}
        if self._found is None:
            found = self._assess()
            due = found.as_of + dt.timedelta(days=rules().limits.due_days)
            begun = {"state": "open", "due": due.isoformat()}
            work = worklist(found, load_costs(), numbers_of_kept(self._store.items()))
            self._found = {
                folded(key): fold(None, Event(key, "made", value=as_json(row | begun), version=1))
                for key, row in made_of(found, work, None)
            }
        return {
            str(item["work_id"]): item for one in ids if (item := self._found.get(one)) is not None
        }


def _decided(
    reader: Reader, sent: Sent, sender: str, today: dt.date, new: Mapping[str, Item]
) -> Decided:
    """Decide a return against what stands now."""
    items = items_for(reader, sent)
    added = {key: item for key, item in new.items() if key not in items}
    numbers = {item["work_no"] for item in items.values()}
    for key in [key for key, item in added.items() if item["work_no"] in numbers]:
        del added[key]
    items |= added
    history = reader.history(_named(items, sent))
    standing = Standing(items, Past(history), today, frozenset(added), asked_before(history))
    decided = decide(sent, standing, sender)
    told = decided.told
    made = {e.work_id for events in decided.events.values() for e in events} & set(added)
    if made:
        told.notes.append({"code": "registered", "n": len(made)})
    told.same_as = _taken_before(reader, sent.mark)
    return decided


def _named(items: Mapping[str, Item], sent: Sent) -> list[str]:
    """Give the ids of the items the rows name: of the others no history is needed."""
    names = ("work_id", "work_no", "label")
    said = {folded(one) for row in sent.rows for name in names for one in row.cells.get(name, ())}
    return [
        key
        for key, item in items.items()
        if folded(key) in said or folded(item["work_no"] or "") in said
    ]


def _taken_before(reader: Reader, mark: str) -> int | None:
    """Give the number of the receipt by which the same was taken, None for none."""
    receipts = reader.receipts()
    same = receipts["number"][receipts["mark"] == mark]
    return None if same.empty else int(same.iloc[0])


def take_photos(
    folder: Path, store: TaskStore, pile: Pile, *, sender: str = "", dry_run: bool = False
) -> Returned:
    """
    Take the photos of a folder, an archive or a call: files first, then what is kept of them.

    Parameters
    ----------
    folder
        The project's folder; photos are kept in ``photos`` there, named by their content.
    store, pile, sender, dry_run
        Where work is kept, the photos, who sent them, and whether only to look.

    Notes
    -----
    A photo whose program is killed in between is a file nobody names; what is named is there.
    """
    shots: list[Shot] = []
    numbers = numbers_of(store.items())
    for shot, data in shots_of(pile):
        if not dry_run and whose(shot.name, numbers)[0]:
            write_photo(folder, shot, data)
        shots.append(shot)
    if dry_run:
        return settle_photos(store, shots, pile, sender).told
    with store.writing() as writer:
        decided = settle_photos(writer, shots, pile, sender)
        told, mark = decided.told, pile.mark(shots)
        told.same_as = _taken_before(writer, mark)
        if decided.nothing() and told.same_as is not None:
            told.receipt = told.same_as
            return told
        told.receipt = writer.give_receipt(Receipt(told.sender, pile.name, mark, told.as_told()))
        _keep(writer, decided, told.receipt)
    return told
