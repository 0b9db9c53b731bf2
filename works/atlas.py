"""The atlas of a county: an index and a page per township, files that need nothing beside them.

A page is opened from a folder or a USB stick: it asks nobody for anything, is reached by keyboard,
and prints every village on a page of its own. Every figure is read off the :class:`Board`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from layers.escape import esc
from layers.text import LANGUAGES, plain, said, t
from works.atlas_card import Cards, grid
from works.atlas_page import page, search_box
from works.board import ALL, Board
from works.figures import (
    STATUSES,
    date_text,
    status_word,
    symbol,
    text,
)
from works.lists import Lists, Wanted
from works.papers.draw import county_map
from works.report import scope_text
from works.template import file_stem

INDEX = "index.html"
_MAP = (190.0, 132.0)
"""Millimetres of the map of a township or the whole."""


@dataclass(frozen=True)
class Asked:
    """
    What an atlas is to hold.

    Attributes
    ----------
    lang
        ``zh`` or ``en``.
    townships
        Unit ids of the townships that get a page; all of them where it is empty.
    public
        True leaves out names, addresses and places of homes.
    keys
        Village id to more words it is found by, such as the first letters of its pinyin.
    """

    lang: str
    townships: Sequence[str] = ()
    public: bool = False
    keys: Mapping[str, str] | None = None


def atlas(board: Board, lists: Lists, asked: Asked) -> dict[str, str]:
    """
    Write the pages of an atlas.

    Parameters
    ----------
    board
        What people read off the assessment.
    lists
        Its lists; the work list as it is kept.
    asked
        What the atlas is to hold.

    Returns
    -------
    dict
        File name to the text of the page, the index first.
    """
    made = _Atlas(board, lists, asked)
    pages = {INDEX: made.index()}
    pages |= {made.files[unit]: made.township(unit) for unit in made.units}
    return pages


class _Atlas:
    """What all pages of an atlas share."""

    def __init__(self, board: Board, lists: Lists, asked: Asked) -> None:
        self.board, self.lists, self.asked, self.lang = board, lists, asked, asked.lang
        self.cards = Cards(board, lists, asked.lang, public=asked.public)
        self.names = dict(board.units("township"))
        wanted = set(asked.townships or self.names)
        self.units = [unit for unit in self.names if unit in wanted and board.villages_of(unit)]
        self.files = {
            unit: f"{count:02d}-{file_stem(self.names[unit])}.html"
            for count, unit in enumerate(self.units, 1)
        }
        self.homes = {key: unit for unit in self.units for key in board.villages_of(unit)}
        every = [key for key, _ in board.of_villages()]
        self.homeless = [] if asked.townships else [k for k in every if k not in self.homes]
        if self.homeless:
            # Villages without a township are no reason to leave them out.
            self.names[""] = t("atlas.other", self.lang)
            self.units.append("")
            self.files[""] = f"{len(self.units):02d}-{file_stem(self.names[''])}.html"
            self.homes |= dict.fromkeys(self.homeless, "")
        # An anchor is made of a count: an id from data has no place in an address.
        self.anchors = {key: f"v{count}" for count, key in enumerate(self.homes, 1)}

    def say(self, key: str, **values: object) -> str:
        """Give words with their places filled, escaped as a whole."""
        return esc(t(key, self.lang, **values))

    def villages(self, unit: str) -> list[str]:
        """Give the villages of a page."""
        return self.board.villages_of(unit) if unit else self.homeless

    @property
    def place(self) -> str:
        """Give the name of the whole."""
        row = self.board.row(*self.board.top)
        named = "" if row is None else text(row["unit_name"])
        return named or self.board.assessment.project_name

    def header(self, *, search: bool, up: bool) -> str:
        """Give what stands at the head of every page: what it rests on, and the search."""
        found = self.board.assessment
        joint = t("report.colon", self.lang)
        facts = [
            ("standard", f"{said(found.standard.title, self.lang)} {found.standard.label}"),
            ("scope", scope_text(found.scope, self.lang)),
            ("as_of", date_text(found.as_of, self.lang)),
            ("ui.data_version", found.data_version),
        ]
        cells = [f"<li>{self.say(key)}{joint}{esc(value)}</li>" for key, value in facts]
        marks = ["atlas.public" if self.asked.public else "internal_mark"]
        if any(t("bar.demo", one) in found.project_name for one in LANGUAGES):
            marks.append("bar.demo")
        cells += [f'<li class="mark">{self.say(key)}</li>' for key in marks]
        back = f'<p><a href="{INDEX}">{self.say("atlas.index")}</a></p>' if up else ""
        box = search_box(self.lang) if search else ""
        return f'<ul class="facts">{"".join(cells)}</ul>{back}{box}'

    def href(self, village: str, *, here: str = "") -> str:
        """Give the address of a village's card; '' for one that has none."""
        unit = self.homes.get(village)
        if unit is None:
            return ""
        anchor = f"#{self.anchors[village]}"
        return anchor if self.files[unit] == here else f"{_url(self.files[unit])}{anchor}"

    def keys(self, village: str) -> str:
        """Give what a village is found by, escaped: its name, township, code, and given letters."""
        name = self.board.names.get(village, village)
        town = self.board.townships().get(village, "")
        words = [plain(one) for one in (name, f"{town}{name}", village)]
        words += ((self.asked.keys or {}).get(village) or "").split()
        return esc(" ".join(dict.fromkeys(filter(None, words))))

    # ------------------------------------------------------------------ pages

    def index(self) -> str:
        """Write the page that leads to all others."""
        title = t("atlas.title", self.lang, place=self.place)
        links = {key: self.href(key) for key in self.homes}
        drawn = county_map(
            self.board,
            ALL,
            self.lang,
            wide_mm=_MAP[0],
            high_mm=_MAP[1],
            public=self.asked.public,
            links=links,
        )
        parts = [f'<section><figure class="map">{drawn.svg}</figure></section>']
        for unit in self.units:
            name = self.say(
                "atlas.township_table", name=self.names[unit], n=len(self.villages(unit))
            )
            items = "".join(self._entry(key) for key in self.villages(unit))
            link = f'<a href="{_url(self.files[unit])}">{name}</a>'
            parts.append(f'<section><h2>{link}</h2><ul class="list">{items}</ul></section>')
        return page(
            title, self.header(search=True, up=False), "".join(parts), self.lang, search=True
        )

    def _entry(self, village: str) -> str:
        status = self.board.statuses().get(village, "not_assessed")
        name = esc(self.board.name(village))
        word = status_word(status, self.lang)
        return (
            f'<li data-k="{self.keys(village)}">{symbol(status, 15)}'
            f'<a href="{self.href(village)}">{name}</a> <span class="mut small">{word}</span></li>'
        )

    def township(self, unit: str) -> str:
        """Write the page of a township: map, table, and the card of each village."""
        villages, file = self.villages(unit), self.files[unit]
        links = {key: self.href(key, here=file) for key in self.homes}
        drawn = county_map(
            self.board,
            ALL,
            self.lang,
            wide_mm=_MAP[0],
            high_mm=_MAP[1],
            public=self.asked.public,
            township=unit or None,
            links=links,
        )
        body = [
            f'<section id="top"><figure class="map">{drawn.svg}</figure></section>',
            f"<section><h2>{self.say('atlas.villages')}</h2>{self._table(unit)}</section>",
        ]
        for at, village in enumerate(villages):
            around = (
                villages[at - 1] if at else "",
                villages[at + 1] if at + 1 < len(villages) else "",
            )
            card = self.cards.html(village)
            if card:
                inner = card + self._steps(unit, around)
                anchor = self.anchors[village]
                body.append(f'<section class="village" id="{anchor}">{inner}</section>')
        header = self.header(search=True, up=True)
        return page(self.names[unit], header, "".join(body), self.lang, search=True)

    def _table(self, unit: str) -> str:
        """Give one row per village, the township's own first."""
        heads = [
            "",
            self.say("village"),
            self.say("head.status"),
            *(f">{self.say(key)}" for key in ("atlas.head.passed", "score", "atlas.head.tasks")),
        ]
        rows = [self._total(unit)] if unit else []
        for village in self.villages(unit):
            row = self.board.row("village", village)
            if row is None:
                continue
            met, judged = self.board.passed("village", village)
            tasks = self.lists.count(name="work", wanted=Wanted(village=village))
            name = esc(text(row["unit_name"]) or village)
            link = f'<a href="{self.href(village, here=self.files[unit])}">{name}</a>'
            rows.append(
                f'<tr data-k="{self.keys(village)}"><td class="s">{symbol(row["status"], 16)}</td>'
                f"<td>{link}</td><td>{status_word(row['status'], self.lang)}</td>"
                f'<td class="n">{met}/{judged}</td><td class="n">{self.board.score(row)}</td>'
                f'<td class="n">{tasks or "—"}</td></tr>'
            )
        return grid(heads, rows, "villages")

    def _total(self, unit: str) -> str:
        row = self.board.row("township", unit)
        if row is None:
            return ""
        met, judged = self.board.passed("township", unit)
        statuses = [self.board.statuses().get(key, "not_assessed") for key in self.villages(unit)]
        counts = "　".join(
            f"{status_word(name, self.lang)} {statuses.count(name)}"
            for name in STATUSES
            if name in statuses
        )
        each = (Wanted(village=village) for village in self.villages(unit))
        tasks = sum(self.lists.count(name="work", wanted=one) for one in each)
        return (
            f'<tr class="tot"><td class="s"></td><td>{self.say("all_units_row")}</td>'
            f"<td>{counts}</td>"
            f'<td class="n">{met}/{judged}</td><td class="n">{self.board.score(row)}</td>'
            f'<td class="n">{tasks or "—"}</td></tr>'
        )

    def _steps(self, unit: str, around: tuple[str, str]) -> str:
        links = [f'<a href="#top">{self.say("atlas.up", name=self.names[unit])}</a>']
        for key, village in zip(("atlas.previous", "atlas.next"), around, strict=True):
            if village:
                name = (
                    f"{self.say(key)}{t('report.colon', self.lang)}{esc(self.board.name(village))}"
                )
                links.append(f'<a href="#{self.anchors[village]}">{name}</a>')
        links.append(f'<a href="{INDEX}">{self.say("atlas.index")}</a>')
        return f'<nav class="step">{"".join(links)}</nav>'


def _url(name: str) -> str:
    """Give a file's name as an address beside this page."""
    return quote(name)
