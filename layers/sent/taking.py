"""Tables of several senders: each takes the place of what its sender sent before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import CRS

from layers.errors import PlannerError
from layers.findings import Finding, worst
from layers.intake import Intake, merge_once
from layers.keyed import untouched
from layers.places import NOWHERE, villages_of
from layers.request import ImportReport, Request
from layers.schema import Layer, keys, schema
from layers.sent import sending
from layers.sent.areas import Reach, filled, lists_homes, sender_of, spoken_of
from layers.sent.names import kept_names
from layers.sent.running import told_apart
from layers.sent.sender_doubts import left_out, shared_names, strays
from layers.sent.sending import Sending
from layers.sent.taken import Arrival, Taken
from layers.settled import with_ids
from layers.source import Source
from layers.surveyed import newest_day, surveyed_rows
from layers.where.converted import Conversion

FIRST = ("villages", "townships", "households", "garbage_sites")
"""Layers others point to; they are taken before the others."""


Understand = Callable[[Source, Layer, CRS | None, pd.DataFrame | None], Intake]


class Taking:
    """
    Tables on their way into a project; nothing is written here.

    Parameters
    ----------
    stored
        Gives the rows of a layer as they are, None where there are none.
    tags, sendings
        The tables ``senders`` and ``sendings`` as they are.
    understand
        Turns a source into rows of a layer.
    request
        What the person asked for.
    crs
        The project's CRS, None while nothing has a position.
    number
        Number of the import.
    left_out
        Codes of findings whose rows are not stored.
    """

    def __init__(
        self,
        stored: Callable[[str], pd.DataFrame | None],
        tags: pd.DataFrame,
        sendings: pd.DataFrame,
        understand: Understand,
        request: Request,
        *,
        crs: CRS | None,
        number: int,
        left_out: Sequence[str],
    ) -> None:
        self._stored = stored
        self._tags_table, self._sendings = tags, sendings
        self._understand, self._request = understand, request
        self._number, self._left_out = number, tuple(left_out)
        self._before: dict[str, pd.DataFrame | None] = {}
        self._reach: tuple[pd.DataFrame | None, Reach] = (None, Reach(None))
        self._left: dict[str, frozenset[str]] = {}
        self._lying: dict[str, dict[str, str]] = {}
        self.crs = crs
        self.frames: dict[str, pd.DataFrame] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.taken: list[Taken] = []
        self.new: list[Sending] = []
        self.gone: list[str] = []
        self.whole: set[str] = set()
        self.conversion: Conversion | None = None

    # -------------------------------------------------- what is there

    def _old(self, layer: str) -> pd.DataFrame | None:
        if layer not in self._before:
            self._before[layer] = self._stored(layer)
        return self._before[layer]

    def frame(self, layer: str) -> pd.DataFrame | None:
        """Give the rows of a layer as they are now."""
        return self.frames[layer] if layer in self.frames else self._old(layer)

    @property
    def reported(self) -> list[Taken]:
        """Give the tables that were taken and say something."""
        return [told for told in self.taken if told.report is not None and not told.blank]

    @property
    def villages(self) -> pd.DataFrame | None:
        """Give the villages, those that arrive among them."""
        return self.frame("villages")

    def _homes(self, layer: str, frame: pd.DataFrame, *, now: bool) -> pd.Series:
        """Give the village of rows; ``now`` with what arrives, else as things are stored."""
        villages = self.villages
        if layer == "villages":
            return frame["id"].astype("str")
        if villages is None or not len(frame):
            return pd.Series(NOWHERE, index=frame.index, dtype="str")
        frames = {"villages": villages, layer: frame}
        parent = keys().get(schema(layer).village_from, "")
        rows = (self.frame(parent) if now else self._old(parent)) if parent else None
        if rows is not None and parent != layer:
            frames[parent] = rows
        return villages_of(layer, frames)

    def spoken_of(self, told: Taken) -> frozenset[str]:
        """Give the villages of its sender that a table has rows of."""
        return frozenset() if told.sender is None else told.homes & self.reach(told.sender.areas)

    @property
    def reach(self) -> Reach:
        """Give the villages of areas, as the village list stands now."""
        villages = self.villages
        if villages is not self._reach[0]:
            self._reach = (villages, Reach(villages))
        return self._reach[1]

    # -------------------------------------------------- taking

    def take(self, arrivals: Iterable[Arrival], *, one_file: bool = False) -> list[Taken]:
        """
        Take tables; the order in which they are given makes no difference.

        Parameters
        ----------
        arrivals
            The tables.
        one_file
            It is a single file: one that speaks for the whole project replaces its layers whole.

        Returns
        -------
        list of Taken
            One per table, in the order of layers and names.
        """
        rank = {name: n for n, name in enumerate(FIRST)}
        order = sorted(
            arrivals,
            key=lambda a: (
                # 台账.xlsx before 台账 (1).xlsx: of two copies the first is the one sent.
                rank.get(a.layer.name, len(rank)), a.layer.name,
                Path(a.name).with_suffix("").as_posix(), a.name, a.sheet,
            ),
        )  # fmt: skip
        for layer in dict.fromkeys(one.layer.name for one in order):
            self._take_layer([one for one in order if one.layer.name == layer], one_file=one_file)
        return self.taken

    def _each(self, arrivals: list[Arrival]) -> list[tuple[Taken, Intake]]:
        """Understand each table; blank ones and refused ones are noted and go no further."""
        group: list[tuple[Taken, Intake]] = []
        for arrival in arrivals:
            key = f"{self._number}-{len(self.taken) + 1}"
            told = Taken(arrival.name, arrival.sheet, arrival.layer.name, key)
            self.taken.append(told)
            if untouched(arrival.source, arrival.layer, self._request.options):
                told.blank, told.report = True, ImportReport("accepted", told.layer, 0, 0)
                continue
            try:
                group.append((told, self._one(told, arrival)))
            except PlannerError as error:
                told.refused = error
        return group

    def _take_layer(self, arrivals: list[Arrival], *, one_file: bool) -> None:
        group = self._each(arrivals)
        if one_file and group and self._speaks_for_all(*group[0]):
            self._whole(*group[0])
            return
        if group and group[0][0].layer != "villages":
            group = self._apart(group)
        now: dict[str, dict[str, frozenset[str]]] = {}
        for told, intake in group:
            for layer in intake.frames:
                if told.sender:
                    spoken = now.setdefault(layer, {})
                    before = spoken.get(told.sender.key, frozenset())
                    spoken[told.sender.key] = before | self.spoken_of(told)
        for layer, senders in now.items():
            self._drop(layer, senders)
        for told, intake in group:
            self._put(told, intake)
        for told in {told.sender.key: told for told, _ in group if told.sender}.values():
            here = frozenset().union(*(o.homes for o, _ in group if o.sender == told.sender))
            mine = self.reach(told.sender.areas) if told.sender else frozenset()
            others = self._left.get(told.layer, frozenset())
            found = left_out(told, self.villages, mine, here, others)
            if told.report is not None and found:
                told.report = replace(
                    told.report, status="warned", findings=[*told.report.findings, *found]
                )

    def _one(self, told: Taken, arrival: Arrival) -> Intake:
        file = arrival.name.rpartition("/")[2]
        at, rows = spoken_of(
            file, arrival.sheet or arrival.tab, arrival.source.titles, arrival.folders,
            self.villages, several=bool(arrival.sheet),
        )  # fmt: skip
        source, added = filled(arrival.source, arrival.layer, rows)
        intake = self._understand(source, arrival.layer, self.crs, self.villages)
        self.crs = intake.crs or self.crs
        frame = intake.frames[arrival.layer.name]
        told.lines = intake.ids.index
        homes = self._homes(arrival.layer.name, frame, now=True)
        told.homes = frozenset(homes.astype(str))
        told.sender = sender_of(at, frame, homes, self.villages, arrival.name)
        notes = strays(told, at, frame, homes, self.reach(told.sender.areas))
        notes += shared_names(told, frame, homes, self.villages)
        if added:
            detail = " ".join(part for part in (rows.township, rows.village) if part)
            notes.append(Finding("area_from_name", "info", arrival.layer.name, detail=detail))
        return replace(intake, findings=[*notes, *intake.findings])

    def _speaks_for_all(self, told: Taken, intake: Intake) -> bool:
        """Tell whether a file alone replaces its layers: no township or village sent them alone."""
        sender = told.sender
        if sender is None or (self._sendings["layer"].isin(list(intake.frames))).any():
            return False
        villages = self.villages
        mine = self.reach(sender.areas)
        every = frozenset() if villages is None else frozenset(villages["id"].astype(str))
        alone = sender.key.startswith(("township:", "village:")) and sender.stated
        return not alone or mine == every

    def _whole(self, told: Taken, intake: Intake) -> None:
        """Let one file replace its layers, as it does where there are no senders."""
        for layer, frame in intake.frames.items():
            self.whole.add(layer)
            self.frames[layer] = (
                kept_names(self._old(layer), frame) if layer == "villages" else frame
            )
            self.tags[layer] = {}
        told.sender = None
        self._tell(told, intake, [])

    def _apart(self, group: list[tuple[Taken, Intake]]) -> list[tuple[Taken, Intake]]:
        layer = group[0][0].layer
        titles = [told.sender.title if told.sender else "" for told, _ in group]
        intakes = [intake for _, intake in group]
        apart = told_apart(schema(layer), intakes, titles, self._whose(layer), self._ids_of)
        return [(told, intake) for (told, _), intake in zip(group, apart, strict=True)]

    def _whose(self, layer: str) -> dict[str, str]:
        """Give the title of who sent each stored row, '' where nobody is known."""
        old = self.frame(layer)
        if old is None:
            return {}
        titles = dict(zip(self._sendings["sender"], self._sendings["title"], strict=True))
        whose = old["id"].astype(str).map(self._tags(layer)).map(titles).astype("str").fillna("")
        return dict(zip(old["id"].astype(str), whose.astype(str), strict=True))

    def _ids_of(self, layer: str) -> set[str]:
        rows = self.frame(layer)
        return set() if rows is None else set(rows["id"].astype(str))

    # -------------------------------------------------- putting rows in their place

    def _tags(self, layer: str) -> dict[str, str]:
        if layer not in self.tags:
            self.tags[layer] = sending.tags_of(self._tags_table, layer)
        return self.tags[layer]

    def _drop(self, layer: str, senders: dict[str, frozenset[str]]) -> None:
        """Take away what the senders sent before."""
        held = self._sendings
        areas = sending.areas_of(held, self.reach)
        # What a village is spoken of by somebody else stays where the sender has no row of it.
        out = sending.overtaken(held, layer, areas, senders)
        self.gone += [f"{layer} {key}" for key in held.loc[out, "key"]]
        frame = self.frame(layer)
        if frame is None or not len(frame):
            return
        ids = frame["id"].astype(str)
        homes = ids.map(self._stored_homes(layer)).astype("str").fillna(NOWHERE)
        gone = sending.replaced(ids, homes, self._tags(layer), areas, senders)
        self.frames[layer] = frame[~gone.to_numpy()].reset_index(drop=True)
        self._left[layer] = frozenset(homes[~gone])
        tags, out_ids = self._tags(layer), set(ids[gone])
        self.tags[layer] = {one: tag for one, tag in tags.items() if one not in out_ids}

    def _stored_homes(self, layer: str) -> dict[str, str]:
        """Give the village of each stored row, id to village, worked out once."""
        if layer not in self._lying:
            old = self._old(layer)
            rows = pd.DataFrame({"id": []}) if old is None else old
            homes = self._homes(layer, rows, now=layer == "villages")
            self._lying[layer] = dict(zip(rows["id"].astype(str), homes.astype(str), strict=True))
        return self._lying[layer]

    def _put(self, told: Taken, intake: Intake) -> None:
        found: list[Finding] = []
        sender = told.sender
        for layer, frame in intake.frames.items():
            old, arriving = self.frame(layer), frame
            if layer == "villages":
                arriving = kept_names(self._old(layer), frame)
            if old is None or not len(old):
                self.frames[layer] = arriving
            else:
                joined, more = merge_once(old, arriving, schema(layer), update=False)
                self.frames[layer] = joined
                found += [replace(f, rows=told.numbers(f.rows)) for f in more]
            tags = self._tags(layer)
            tags |= dict.fromkeys(
                set(arriving["id"].astype(str)) - tags.keys(), sender.key if sender else ""
            )
        if any(f.code == "repeated_id" for f in found) and not self._count(told, intake, found):
            others = [s.file for s in self.new if s.layer == told.layer and s.sender == sender]
            detail = "、".join(dict.fromkeys(others))
            found.append(Finding("file_repeats", "warning", told.layer, detail=detail))
        self._tell(told, intake, found)
        if sender is None or told.report is None:
            return
        for layer, frame in intake.frames.items():
            own = layer == told.layer
            day = self._request.date or newest_day(schema(layer), frame)
            self.new.append(
                Sending(
                    told.key, layer, sender, told.name, self._number,
                    told.report.rows_read if own else len(frame),
                    told.report.rows_stored if own else len(frame),
                    day.isoformat() if day else None,
                )
            )  # fmt: skip

    def _tell(self, told: Taken, intake: Intake, found: list[Finding]) -> None:
        findings = with_ids([*intake.findings, *found], told.layer, intake.ids)
        stored = self._count(told, intake, found)
        told.frames = intake.frames
        self.conversion = intake.conversion or self.conversion
        told.report = ImportReport(
            worst(findings), told.layer, intake.rows_read, stored, findings, intake.proposals
        )

    def _count(self, told: Taken, intake: Intake, found: list[Finding]) -> int:
        """Count the rows that are stored: those read without those listed as left out."""
        left = [f for f in [*intake.findings, *found] if f.code in self._left_out]
        return intake.rows_read - sum(len(f.rows) for f in left if f.layer == told.layer)

    # -------------------------------------------------- what it means

    def surveyed(self, told: Taken, layer: str) -> list[tuple[Any, ...]]:
        """Give the rows of ``surveyed`` a table stands for."""
        sender = told.sender
        request = self._request
        if sender is not None and not request.complete_for:
            areas = sender.areas
            if lists_homes(layer):
                here = frozenset().union(*(self.spoken_of(o) for o in self._beside(told)))
                areas = areas if here >= self.reach(areas) else tuple(sorted(here))
            request = replace(request, complete_for=areas, partial=request.partial or not areas)
        title = told.name if sender is None or sender.areas else sender.title
        return surveyed_rows(schema(layer), told.frames[layer], title, request)

    def _beside(self, told: Taken) -> list[Taken]:
        """Give the tables its sender sent for the same layer, itself among them."""
        return [o for o in self.taken if o.sender == told.sender and o.layer == told.layer]


__all__ = ["Arrival", "Taken", "Taking"]
