"""The work is told what stands in the layers: changes that were accepted, or taken back."""

from __future__ import annotations

from collections.abc import Mapping

from layers.amend import stood
from layers.project import Project
from layers.tasks.replay import as_json, kept
from layers.tasks.store import Said, TaskStore
from layers.work_form import Event, Item

PROPOSED, APPLIED, DECLINED = "propose", "apply", "decline"
"""States of a change beside its piece of work; each is the action of the event that led to it."""


def notice(project: Project, store: TaskStore, said: Said) -> list[str]:
    """
    Bring the work up to what stands in the layers.

    A change whose import stands is applied, also where the program ended before it could say so;
    one whose import was undone is open again.

    Parameters
    ----------
    project, store, said
        The layers, the kept work, and who asked for it.

    Returns
    -------
    list of str
        Work ids of which something was noted.
    """
    # Read first: what somebody accepts while we look is told by them.
    table = project.table("imports")
    imports, newest = stood(table), int(table["fid"].max()) if len(table) else 0
    changed = {key: item for key, item in store.items().items() if item["change"]}
    if not any(_news(item, imports, newest) for item in changed.values()):
        return []
    with store.writing() as writer:
        now = writer.items(list(changed)).values()
        events = [news for item in now if (news := _news(item, imports, newest)) is not None]
        writer.keep(events, said)
    return [one.work_id for one in events]


def _news(item: Item, imports: Mapping[tuple[str, str], int], newest: int) -> Event | None:
    """Give what the imports, read up to the newest, say of a change and the work does not know."""
    change = kept(item, "change")
    number = imports.get((item["work_id"], str(change.get("round", 0))))
    if number is not None and change.get("state") == PROPOSED:
        return Event(item["work_id"], APPLIED, value=as_json({"import": number, "undone": None}))
    stands = change.get("import")
    if number is None and change.get("state") == APPLIED and stands and stands <= newest:
        undone = {"import": None, "undone": stands}
        return Event(item["work_id"], PROPOSED, value=as_json(undone), note="undone")
    return None
