"""What a planner decided becomes kept items: each once, under the id it has in every plan."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd

from geo.assess import Assessment
from layers.tasks.replay import texts_as_json
from layers.tasks.store import Said, Writer
from layers.work_form import Event
from works.tasks.life import rules
from works.tasks.planned import GONE, UNKNOWN, free_number, standing
from works.tasks.register import Registered, made_of, seen_again


def keep_decided(
    writer: Writer, found: Assessment, work: gpd.GeoDataFrame, said: Said, *,
    due: dt.date | None = None,
) -> Registered:  # fmt: skip
    """
    Keep the work of a plan or a scenario.

    Parameters
    ----------
    writer
        An open transaction.
    found
        The assessment it was decided on.
    work
        Its work list, with the column ``plan`` (``works.tasks.planned.Plan``).
    said
        Who asked for it.
    due
        Until when new ones are due; ``due_days`` after the as-of date when not given.

    Returns
    -------
    Registered
        What is new. What is kept already gets the figures of this plan and stays what it was:
        neither its state nor its number changes.
    """
    items = writer.items()
    until = due or found.as_of + dt.timedelta(days=rules().limits.due_days)
    taken = {str(item["work_no"]) for item in items.values()}
    told = Registered()
    events: list[Event] = []
    now = standing(found, items)
    for key, row in made_of(found, work, None):
        if key in items:
            # Of what is built already the plan has nothing more to tell.
            fresh = row if now.get(key) != GONE else {"as_of": row["as_of"]}
            events += seen_again(items[key], fresh | {"gap": now.get(key, UNKNOWN)})
            continue
        stem, _, wanted = str(row["work_no"]).rpartition("-")
        number = free_number(stem, int(wanted), taken)
        taken.add(number)
        begun = row | {"work_no": number, "state": "open", "due": until.isoformat()}
        events.append(Event(key, "made", value=texts_as_json(begun)))
        told.made.append(key)
    writer.keep(events, said)
    return told
