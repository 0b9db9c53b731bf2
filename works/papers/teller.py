"""What all papers of a project share: its name and month, the lines above and below, the marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

from geo.assess import Assessment
from layers.facts import words
from layers.schema import schema
from layers.text import LANGUAGES, percent, said, t
from works.board import Board, Row
from works.figures import date_text, exact, number, text
from works.papers.model import Block, Figure, Heading, Notes, Paper
from works.report import scope_text
from works.sentences import unsent
from works.tasks.life import rules

NUMERALS = "一二三四五六七八九十"
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
_LONGEST_NAME = 80


class Drawings(Protocol):
    """What draws the maps and bars of papers (``works.papers.draw``)."""

    def county_map(
        self,
        board: Board,
        target: str,
        lang: str,
        *,
        wide_mm: float,
        high_mm: float,
        public: bool = False,
        township: str | None = None,
    ) -> Figure:
        """Draw all villages, or those of a township, by the status of a target."""

    def village_map(
        self,
        board: Board,
        village: str,
        lang: str,
        *,
        wide_mm: float,
        high_mm: float,
        items: bool = True,
        public: bool = False,
    ) -> Figure:
        """Draw one village with what falls short there."""

    def bars(
        self,
        board: Board,
        rows: Sequence[Row],
        lang: str,
        wide_mm: float,
        *,
        title: str = "",
        counts: Mapping[str, int] | None = None,
    ) -> Figure:
        """Draw what is met, unknown and unmet of targets as bars."""


@dataclass(frozen=True)
class Teller:
    """
    Says what papers of one assessment have in common.

    Attributes
    ----------
    board
        What people read off the assessment.
    lang
        ``zh`` or ``en``.
    public
        True for papers anybody may see: no name of a person, no place of a home.
    demo
        True where all of it is invented; None asks the project's name.
    drawings
        What draws; None leaves drawings out.
    """

    board: Board
    lang: str
    public: bool = False
    demo: bool | None = None
    drawings: Drawings | None = None

    def say(self, key: str, **values: object) -> str:
        """Give words of ours with their places filled."""
        return t(key, self.lang, **values)

    # ------------------------------------------------------------------ names

    @property
    def found(self) -> Assessment:
        """Give the assessment."""
        return self.board.assessment

    @cached_property
    def invented(self) -> bool:
        """Tell whether all of it is invented."""
        if self.demo is not None:
            return self.demo
        return any(t("bar.demo", lang) in self.found.project_name for lang in LANGUAGES)

    @cached_property
    def project(self) -> str:
        """Give the project's name without the remark that it is invented: the mark says that."""
        name = self.found.project_name
        if self.invented:
            marks = "|".join(re.escape(t("bar.demo", lang)) for lang in LANGUAGES)
            name = re.sub(rf"\s*[（(]\s*(?:{marks})[^）)]*[）)]", "", name, flags=re.IGNORECASE)
        return name.strip() or self.found.project_name

    @cached_property
    def month(self) -> str:
        """Give the month the data are of."""
        day = self.found.as_of
        month = day.month if self.lang == "zh" else f"{day:%B}"
        return self.say("papers.month", year=day.year, month=month)

    @property
    def day(self) -> str:
        """Give the day the data are of."""
        return date_text(self.found.as_of, self.lang)

    def level(self, code: str) -> str:
        """Give what a level is called in this project."""
        word = said(self.found.levels.get(code), self.lang) or self.say(f"level.{code}")
        return word if self.lang == "zh" else word[:1].upper() + word[1:]

    def noun(self, code: str) -> str:
        """Give what a level is called within a sentence."""
        word = self.level(code)
        return word if self.lang == "zh" else word[:1].lower() + word[1:]

    def title(self, target: str) -> str:
        """Give a target's title, that of the whole for ``_all``."""
        return self.board.title(target, self.lang)

    def brief(self, target: str) -> str:
        """Give a target's title without what it explains in brackets."""
        full = self.title(target)
        return re.split(r" ?[（(]", full)[0] or full

    def unit(self, code: Any, *, one: bool = False) -> str:
        """Give the word for a unit as plain text; ``one``: beside the number 1."""
        entry = words().get(f"unit.{text(code)}")
        if entry is None:
            return text(code)
        single = one and self.lang == "en" and "one" in entry
        return entry["one"] if single else self.say(f"unit.{text(code)}")

    def amount(self, value: Any, code: Any) -> str:
        """Print an amount with its unit as plain text."""
        shown = number(value)
        gap = "" if self.lang == "zh" else " "
        return f"{shown}{gap}{self.unit(code, one=shown == '1')}"

    def listed(self, names: Iterable[str], most: int = 0) -> str:
        """List names; when there are more than ``most``, the first ones and how many there are."""
        every = list(names)
        shown = self.say("report.listing").join(every[:most] if most else every)
        if not most or len(every) <= most:
            return shown
        return self.say("papers.and_more", names=shown, n=len(every))

    def villages(self, ids: Iterable[str], most: int = 0) -> str:
        """List villages by names no other village has."""
        return self.listed((self.board.name(one) for one in ids), most)

    # ------------------------------------------------------------------ what is told first

    @cached_property
    def headline(self) -> str:
        """
        Give the target papers show first: the first required one of homes whose goal is a share.

        Where the standard has none, the first required target that was assessed, else the first
        that was assessed at all; '' where nothing was.
        """
        board, ways = self.board, []
        for order, (key, target) in enumerate(board.targets.items()):
            row = board.total(key)
            if row is None or not exact(row["amount"]) or row["status"] == "not_assessed":
                continue
            goal = text(row["goal"])
            share = bool(goal) and not board.planned(row) and exact(goal) < 1
            homes = row["unit"] in ("household", "person")
            rank = (target.kind != "required", row["unit"] == "village", not homes, not share)
            ways.append((*rank, order, key))
        return str(min(ways)[-1]) if ways else ""

    @cached_property
    def unsent(self) -> list[str]:
        """Give the villages whose ledger was never sent."""
        return unsent(self.board)

    # ------------------------------------------------------------------ lines above and below

    def meta(self, *units: str, filled: bool = True) -> tuple[str, ...]:
        """Give the line under a title: who fills it in, the day, the units of its figures."""
        line = [self.say("papers.of_unit")] if filled else []
        line.append(self.say("paper.as_of", day=self.day))
        known = list(dict.fromkeys(filter(None, units)))
        if known:
            line.append(self.say("paper.units", units=self.say("report.listing").join(known)))
        return tuple(line)

    def mark(self, *, names: bool = False) -> str:
        """Give what stands at the head of each page; ``names``: the paper names people."""
        marks = [self.say("demo_mark")] if self.invented else []
        if names:
            marks.append(self.say("paper.public" if self.public else "internal_mark"))
        return "　".join(marks) if self.lang == "zh" else " · ".join(marks)

    def heading(self, place: int, key: str, **values: object) -> Heading:
        """Give a numbered heading: 一、二、 in Chinese, 1. 2. in English."""
        sign = f"{NUMERALS[place - 1]}、" if self.lang == "zh" else f"{place}. "
        return Heading(sign + self.say(f"papers.part.{key}", **values))

    def standard(self, *, brief: bool = False) -> str:
        """Say by which standard and for which villages; ``brief``: without its label."""
        standard = self.found.standard
        label = f"{standard.id}@{standard.version}"
        title = said(standard.title, self.lang) or label
        named = title if brief else self.say("paper.standard", title=title, label=label)
        scope = scope_text(self.found.scope, self.lang)
        return self.say("papers.note.standard", standard=named, scope=scope)

    def counted(self, target: str) -> list[str]:
        """Say who is counted for a target and who is not and why, and that it adds up."""
        row = self.board.total(target) if target else None
        if row is None or not exact(row["amount"]):
            return []
        amount = self.amount(row["amount"], row["unit"])
        aside = ""
        if exact(row["excluded"]):
            left = self.amount(row["excluded"], row["unit"])
            aside = self.say("papers.note.aside", n=left, why=self.listed(self.reasons(target)))
        late = self._late(target) + self._nowhere(target)
        rule = self.say(
            "papers.note.counted", target=self.brief(target), n=amount, aside=aside, late=late
        )
        parts = self.say("papers.plus").join(
            number(row[one]) for one in ("met", "unmet", "unknown")
        )
        return [rule, self.say("papers.note.check", parts=parts, n=amount)]

    def _late(self, target: str) -> str:
        """Say how much of what is unknown lies in villages that sent nothing."""
        rows = [self.board.row("village", one, target) for one in self.unsent]
        unknown = sum((exact(row["unknown"]) for row in rows if row is not None), Fraction(0))
        if not unknown or not rows or rows[0] is None:
            return ""
        n = self.amount(unknown, rows[0]["unit"])
        return self.say("papers.note.late", names=self.villages(self.unsent, 3), n=n)

    def _nowhere(self, target: str) -> str:
        """Say how much lies in no known village: no total has it."""
        lost = self.board.residual(target)
        if lost is None:
            return ""
        return self.say("papers.note.nowhere", n=self.amount(lost["amount"], lost["unit"]))

    def reasons(self, target: str) -> list[str]:
        """Give why subjects of a target are left out, and how many for each reason."""
        table = self.found.excluded
        mine = table[(table["target_id"] == target)]
        if len(mine):
            mine = mine[mine["village_id"].isin(list(self.board.statuses()))]
        counts = Counter(mine["reason"].map(text).tolist())
        return [
            f"{reason_word(key, self.lang)}{self._n(count)}" for key, count in counts.most_common()
        ]

    def unranked(self, names: Iterable[str], most: int = 0) -> str:
        """Say which places have too little data to be ranked."""
        limit = percent(Fraction(str(rules().limits.rank_unknown)), 1).removesuffix(".0")
        return self.say("papers.note.unranked", n=limit, names=self.listed(names, most))

    def _n(self, count: int) -> str:
        return f"{count}" if self.lang == "zh" else f" {count}"

    def notes(self, *lines: str) -> Notes:
        """Give notes, numbered where there are several."""
        known = [line for line in lines if line]
        if len(known) < 2:
            return Notes(tuple(known))
        return Notes(tuple(f"{place}.{self._gap}{line}" for place, line in enumerate(known, 1)))

    @property
    def _gap(self) -> str:
        return "" if self.lang == "zh" else " "

    def paper(
        self,
        name: str,
        title: Sequence[str],
        blocks: Sequence[Block],
        *,
        meta: Sequence[str] = (),
        names: bool = False,
        attached: int = 0,
    ) -> Paper:
        """Put a paper together; ``attached`` is the number of the annex it is, 0 for none."""
        found = self.found
        facts = {
            "project": found.project_name,
            "standard": f"{found.standard.id}@{found.standard.version}",
            "scope": found.scope,
            "as_of": found.as_of.isoformat(),
            "data_version": text(found.data_version),
        }
        return Paper(
            name=file_name(name),
            title=tuple(title),
            meta=tuple(meta),
            blocks=tuple(blocks),
            lang=self.lang,
            mark=self.mark(names=names),
            attached=self.say("paper.annex", n=attached) if attached else "",
            facts=facts,
        )


def file_name(name: str) -> str:
    """
    Give a name a file may have everywhere.

    Examples
    --------
    >>> file_name("示例县/清河: 一页通"), file_name("...")
    ('示例县-清河- 一页通', '-')
    """
    return _NOT_IN_NAMES.sub("-", name).strip(" .")[:_LONGEST_NAME].strip(" .") or "-"


def reason_word(reason: str, lang: str) -> str:
    """Give the word for why somebody is left out of a count; an unknown reason stays as it is."""
    known = schema("households").columns["exempt"].words
    return known[reason][0 if lang == "zh" else 1] if reason in known else reason
