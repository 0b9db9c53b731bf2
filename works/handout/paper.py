"""What papers say of items: rows in the county's order, as words, with names kept short."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from layers.text import said, t
from layers.work_form import HandOut, Item
from works.figures import date_text, number, text
from works.handout.look import Look, as_public
from works.library import WorkKind, load_costs
from works.lists import plurals
from works.plans import money_text

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_PHONES = (
    re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(0\d{2,3}-)\d{3,4}(\d{4})(?!\d)"),
    re.compile(r"(\+\d{2,3})[ -]?\d[\d -]{3,9}(\d{3})(?!\d)"),
)
"""Mobile numbers, those with an area code, and those with a country's; ids are longer or bare."""


@dataclass(frozen=True)
class Row:
    """
    One item as a paper shows it: text as people read it, nothing escaped.

    Attributes
    ----------
    item
        What it is about.
    village, group
        Where it is.
    who, address
        Whom or what it is about, names of people cut to their first letter; its address.
    lacks, mend
        What is missing, and what is to be done, with its quantity.
    due, office
        Until when, and who answers for it.
    """

    item: Item
    village: str
    group: str
    who: str
    address: str
    lacks: str
    mend: str
    due: str
    office: str

    @property
    def work_no(self) -> str:
        """Give the number of the task."""
        return text(self.item["work_no"])


def short_name(name: str) -> str:
    """
    Cut a person's name to its first letter, as papers show it.

    Examples
    --------
    >>> short_name("王某某"), short_name("Amina Al-Hassan"), short_name("")
    ('王**', 'A** A**', '')
    """
    name = name.strip()
    first = _CHINESE.search(name)
    if first:
        return f"{name[: first.end()]}**"
    return " ".join(f"{word[0]}**" for word in name.split())


def short_phones(words: str) -> str:
    """
    Blank the middle of telephone numbers.

    Examples
    --------
    >>> short_phones("王某某 13812341234，2023-06-30")
    '王某某 138****1234，2023-06-30'
    """
    for pattern in _PHONES:
        words = pattern.sub(r"\1****\2", words)
    return words


def rows_of(
    items: Iterable[Item], handed: HandOut, look: Look, lang: str, *, names: bool = True
) -> list[Row]:
    """
    Give items as rows of a paper, villages in the county's order, the order given within each.

    Parameters
    ----------
    items
        What the list holds, first what comes first.
    handed, look
        The list, and what may be shown beside it.
    lang
        ``zh`` or ``en``.
    names
        False for the version for everybody (``look.as_public``).
    """
    shown = list(items) if names else as_public(items, look)
    rank = {village: place for place, village in enumerate(look.order)}
    shown.sort(key=lambda item: rank.get(text(item["village_id"]), len(rank)))
    kinds = load_costs()
    return [_row(item, handed, look, kinds, lang) for item in shown]


def _row(item: Item, handed: HandOut, look: Look, kinds: Mapping[str, WorkKind], lang: str) -> Row:
    who = text(item["subject_name"])
    if item["subject_id"] == item["village_id"]:
        who = t("paper.whole_village", lang)
    who = short_name(who) if look.by_name(item) else who
    leads = [text(item["office"]) or text(item["lead"]), text(item["team"]), text(item["person"])]
    words = {
        "village": text(item["village"]) or t("unit_residual", lang),
        "group": text(item["group"]),
        "who": who,
        "address": text(item["address"]),
        "lacks": text(item[f"reason_{lang}"]) or text(item["reason_zh"]),
        "mend": mend(item, kinds, lang),
        "due": day_text(text(item["due"]) or handed.due, lang),
        "office": t("paper.joint", lang).join(dict.fromkeys(filter(None, leads))),
    }
    return Row(item=item, **{name: short_phones(word) for name, word in words.items()})


def mend(item: Item, kinds: Mapping[str, WorkKind], lang: str) -> str:
    """Say what is to be done, with its quantity where that is more than one thing."""
    title = text(item[f"title_{lang}"]) or text(item["title_zh"])
    size = text(item["quantity"])
    if size in ("", "1"):
        return title
    kind = kinds.get(text(item["kind"]))
    unit = text(item["unit"]) if kind is None else said(kind.unit, lang)
    if lang == "en":
        unit = plurals().get(unit, unit)
    return t("paper.mend", lang, title=title, n=number(size), unit=unit)


def day_text(day: str, lang: str) -> str:
    """
    Print a day kept as ISO text; what is no day stays as it is.

    Examples
    --------
    >>> day_text("2023-07-30", "zh"), day_text("", "zh"), day_text("soon", "en")
    ('2023年7月30日', '', 'soon')
    """
    try:
        return date_text(dt.date.fromisoformat(day), lang)
    except ValueError:
        return day


@dataclass(frozen=True)
class Money:
    """
    What items cost together.

    Attributes
    ----------
    sums
        Currency to sum.
    unknown
        Items whose cost nobody knows.
    """

    sums: Mapping[str, Decimal]
    unknown: int

    def text(self, lang: str) -> str:
        """Print it with its money; — where nothing is known."""
        sums = self.sums.items()
        shown = [money_text(Fraction(total), currency, lang) for currency, total in sums]
        return t("paper.joint", lang).join(shown) or "—"

    def unit(self, lang: str) -> str:
        """Give the unit for the head of a column; nothing where there are several or none."""
        (currency, *others) = self.sums or ("",)
        if others:
            return ""
        return t("unit.CNY10k", lang) if (currency, lang) == ("CNY", "zh") else currency

    def bare(self, lang: str) -> str:
        """Print it for a column whose head says the unit."""
        if not self.unit(lang):
            return self.text(lang)
        total = sum(self.sums.values())
        if self.unit(lang) == t("unit.CNY10k", lang):
            return f"{float(total) / 10_000:.2f}"
        return f"{float(total):,.0f}" if lang == "en" else f"{float(total):.0f}"


def money_of(rows: Iterable[Row]) -> Money:
    """Add up what rows cost, each currency by itself."""
    sums: dict[str, Decimal] = {}
    unknown = 0
    for row in rows:
        cost, currency = text(row.item["cost"]), text(row.item["currency"])
        if cost:
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(cost)
        else:
            unknown += 1
    return Money(sums, unknown)


def by_village(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Group rows by the id of their village, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text(row.item["village_id"]), []).append(row)
    return found


def by_kind(rows: Sequence[Row], lang: str) -> dict[str, list[Row]]:
    """Group rows by what is to be done, the most frequent first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        title = text(row.item[f"title_{lang}"]) or text(row.item["title_zh"])
        found.setdefault(title, []).append(row)
    return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))


def place_text(row: Row, twice: Iterable[str], lang: str) -> str:
    """Name a row's village with its group, with the township where two villages share a name."""
    village = village_text(row, twice, lang)
    return t("paper.place", lang, village=village, group=row.group) if row.group else village


def village_text(row: Row, twice: Iterable[str], lang: str) -> str:
    """Name a row's village, with its township where another has the same name."""
    township = text(row.item["township"])
    if row.village in twice and township:
        return t("say.place", lang, village=row.village, township=township)
    return row.village


def twice_named(rows: Iterable[Row]) -> set[str]:
    """Give the names that more than one village of a list has."""
    seen: dict[str, set[str]] = {}
    for row in rows:
        seen.setdefault(row.village, set()).add(text(row.item["village_id"]))
    return {name for name, ids in seen.items() if len(ids) > 1}


def standard_text(look: Look, lang: str) -> str:
    """Name the standard with its version."""
    title = said(look.standard_title, lang)
    return t("paper.standard", lang, title=title, label=look.standard) if title else look.standard
