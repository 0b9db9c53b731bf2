"""The card of a village in an atlas: verdict, what is missing, map, targets, work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd

from layers.escape import esc
from layers.text import percent, said, t
from works.board import Board, Row
from works.card import Card, card_of
from works.figures import exact, needed_text, number, share_text, status_word, symbol, text
from works.items import called, spot
from works.lists import Effort, Lists, Wanted
from works.papers.draw import village_map

MOST_TASKS = 60
"""Tasks a village's card lists one by one; more stand in the work list."""
_MAP = (190.0, 122.0)
"""Millimetres of its map."""


def grid(heads: Iterable[str], rows: Iterable[str], css: str = "t") -> str:
    """Make a table of escaped heads and finished rows; a head starting with ``>`` is of figures."""
    cells = "".join(
        f'<th class="n">{head[1:]}</th>' if head.startswith(">") else f"<th>{head}</th>"
        for head in heads
    )
    return (
        f'<div class="wide" tabindex="0"><table class="{css}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


class Cards:
    """
    Writes the cards of villages.

    Parameters
    ----------
    board, lists
        What people read off the assessment, and its lists.
    lang
        ``zh`` or ``en``.
    public
        True leaves out names, addresses and places of homes.
    """

    def __init__(self, board: Board, lists: Lists, lang: str, *, public: bool) -> None:
        self.board, self.lists, self.lang, self.public = board, lists, lang, public

    def say(self, key: str, **values: object) -> str:
        """Give words with their places filled, escaped as a whole."""
        return esc(t(key, self.lang, **values))

    def html(self, village: str) -> str:
        """Write the card of a village; '' where the assessment has no such village."""
        card = card_of(self.board, village, self.lists.work)
        if card is None:
            return ""
        drawn = village_map(
            self.board, village, self.lang, wide_mm=_MAP[0], high_mm=_MAP[1], public=self.public
        )
        parts = [
            self._heading(card),
            self._figures(card),
            self._lacks(card),
            f'<figure class="map">{drawn.svg}</figure>',
            self._targets(card),
            self._work(village),
        ]
        return "".join(parts)

    def _heading(self, card: Card) -> str:
        known = self.board.tags(card.village, self.lang)
        tags = "".join(f'<span class="tag">{esc(one)}</span>' for one in known)
        chip = (
            f'<span class="chip">{symbol(card.status)} {status_word(card.status, self.lang)}</span>'
        )
        town = f'<span class="mut">{esc(card.township)}</span>' if card.township else ""
        return f'<div class="head"><h2>{esc(card.name)}</h2>{chip}{town}{tags}</div>'

    def _figures(self, card: Card) -> str:
        met, judged = card.passed
        done, of = card.assessed
        points = exact(card.whole["unknown"])
        small = t("card.score_small", self.lang, n=percent(points, 100)) if points else ""
        cells = (
            ("card.required", met, t("card.required_small", self.lang, n=judged)),
            ("card.assessed", done, t("card.assessed_small", self.lang, n=of)),
            ("card.score", self.board.score(card.whole), small),
        )
        inner = "".join(
            f"<div><small>{self.say(key)}</small><b>{esc(value)}</b> "
            f'<span class="mut">{esc(more)}</span></div>'
            for key, value, more in cells
        )
        return f'<div class="figs">{inner}</div>'

    def _lacks(self, card: Card) -> str:
        lines = [f"<li>{self.board.lack(need.row, self.lang)}</li>" for need in card.needs]
        inner = f'<ol class="lack">{"".join(lines)}</ol>'
        if not lines:
            key = "atlas.lacks_none" if card.required else "card.nothing"
            inner = f"<p>{self.say(key)}</p>"
        missing = [key for key in card.lacking if self.board.targets[key].kind == "required"]
        if missing:
            inner += f'<p class="mut">{self.say("card.missing_required", n=len(missing))}</p>'
        return f"<h3>{self.say('atlas.lacks')}</h3>{inner}"

    def _targets(self, card: Card) -> str:
        """Give required targets as a table, the others folded behind what they come to."""
        parts = []
        if card.required:
            parts.append(f"<h3>{self.say('kind.required')}</h3>{self._rows(card.required)}")
        if card.scored:
            statuses = [str(row["status"]) for row in card.scored]
            counts = {one: statuses.count(one) for one in ("met", "undetermined", "unmet")}
            head = self.say("card.scored", n=len(statuses), **counts)
            if reported := statuses.count("reported"):
                head += self.say("card.reported", n=reported)
            opened = "" if card.required else " open"
            rows = self._rows(card.scored)
            parts.append(f"<details{opened}><summary>{head}</summary>{rows}</details>")
        joint = t("report.listing", self.lang)
        for key, targets in (("card.lacking", card.lacking), ("card.aside", card.aside)):
            if targets:
                names = esc(joint.join(self.board.title(one, self.lang) for one in targets))
                head = self.say(key, n=len(targets))
                parts.append(f"<details><summary>{head}</summary><p>{names}</p></details>")
        return "".join(parts)

    def _rows(self, rows: Sequence[Row]) -> str:
        figures = (f">{self.say(key)}" for key in ("head.share", "head.goal", "needed"))
        heads = ["", self.say("target"), self.say("report.bar"), *figures]
        return grid(heads, map(self._target, rows), "targets")

    def _target(self, row: Row) -> str:
        title = esc(self.board.title(str(row["target_id"]), self.lang))
        return (
            f'<tr><td class="s">{symbol(row["status"], 16)}</td><td>{title}</td>'
            f'<td class="bar">{self.board.bar(row)}</td><td class="n">{share_text(row)}</td>'
            f'<td class="n">{self.board.goal(row, self.lang)}</td>'
            f'<td class="n">{needed_text(row, self.lang)}</td></tr>'
        )

    def _work(self, village: str) -> str:
        """Give the work of a village: sums by kind, then task by task where names may be shown."""
        mine = self.lists.pick("work", Wanted(village=village))
        head = f"<h3>{self.say('atlas.tasks')}</h3>"
        if mine.empty:
            return f"{head}<p>{self.say('atlas.tasks_none')}</p>"
        sums = [
            f"<li>{esc(said(one.title, self.lang))} "
            f"<b>{self.say('atlas.effort', n=one.tasks, quantity=self._quantity(one))}</b></li>"
            for one in self.lists.efforts(mine)
        ]
        parts = [head, f'<ul class="sums">{"".join(sums)}</ul>']
        if self.public:
            return "".join([*parts, f'<p class="mut small">{self.say("atlas.tasks_public")}</p>'])
        head = self.say("atlas.tasks_each", n=len(mine))
        rows = self._tasks(mine)
        return "".join([*parts, f"<details><summary>{head}</summary>{rows}</details>"])

    def _quantity(self, effort: Effort) -> str:
        shown = number(effort.quantity)
        unit = self.lists.unit(effort.kind, self.lang, one=shown == "1")
        return f"{shown}{' ' if self.lang == 'en' else ''}{unit}"

    def _tasks(self, mine: gpd.GeoDataFrame) -> str:
        names = ("work_no", "subject_name", "reason", "title", "lead")
        heads = [self.say(f"head.{one}") for one in names]
        rows = []
        for _, row in mine.head(MOST_TASKS).iterrows():
            cells: Row = {str(key): row[key] for key in mine.columns if key != "geometry"}
            who = " ".join(filter(None, [spot(cells), called(cells)]))
            told = (
                cells["work_no"],
                who,
                cells[f"reason_{self.lang}"],
                cells[f"title_{self.lang}"],
                cells["lead"],
            )
            rows.append("<tr>" + "".join(f"<td>{esc(text(one))}</td>" for one in told) + "</tr>")
        left = len(mine) - len(rows)
        more = f'<p class="mut small">{self.say("atlas.tasks_more", n=left)}</p>' if left else ""
        return grid(heads, rows) + more
