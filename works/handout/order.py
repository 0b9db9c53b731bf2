"""The hand-over order 整改交办单: a letter, the list of tasks as an annex, and a reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from layers.text import LANGUAGES, said, t
from layers.work_form import HandOut, Item
from works.figures import date_text, text
from works.handout.docx_house import (
    HEI,
    HIGH,
    TITLE,
    WIDE,
    Cell,
    Column,
    Paper,
    Type,
    paragraph,
    table,
)
from works.handout.look import Look
from works.handout.paper import (
    Row,
    by_kind,
    by_village,
    day_text,
    money_of,
    place_text,
    rows_of,
    standard_text,
    twice_named,
)

_TITLE = Type(font=TITLE, size=22, line=35, align="center")
_PLAIN = Type()
_INDENTED = Type(indent=2)
_HEADING = Type(font=HEI, indent=2, keep=True)
_LEFT = Type(align="left")
_CENTRED = Type(align="center", after=12)
_SIGN = Type(align="left", keep=True)
_ANNEX = Type(font=HEI, align="left")
_SMALL = Type(size=10.5, line=16, align="left")
_NOTE = Type(size=10.5, line=16, align="left", keep=True)
_LINE = Type(size=12, line=22, align="left")


def order_docx(
    items: Iterable[Item], handed: HandOut, look: Look, lang: str, *, names: bool = True
) -> bytes:
    """
    Write the order that hands a list over.

    Parameters
    ----------
    items
        What the list holds, first what comes first.
    handed, look
        The list with its number, receiver and due day, and what may be shown beside it.
    lang
        ``zh`` or ``en``.
    names
        False for the version for everybody.

    Returns
    -------
    bytes
        A DOCX file: the letter upright, the list on its side, the reply upright; the same input
        gives the same bytes.
    """
    rows = rows_of(items, handed, look, lang, names=names)
    mark = t("internal_mark", lang) if names else ""
    demo = t("demo_mark", lang) if look.demo and not _says_so(look) else ""
    left = "　".join(filter(None, (mark, demo)))
    paper = Paper(lang, left, t("paper.list_no", lang, no=handed.list_no))
    paper.add(*_letter(rows, handed, look, lang))
    paper.turn(turned=True)
    paper.add(*_annex(rows, handed, look, lang, names=names))
    paper.turn(turned=False)
    paper.add(*_reply(rows, handed, lang))
    return paper.bytes(f"{t('handout_order', lang)} {handed.list_no}")


def _says_so(look: Look) -> bool:
    return any(t("bar.demo", lang) in look.project for lang in LANGUAGES)


# ---------------------------------------------------------------------------------- the letter


def _letter(rows: Sequence[Row], handed: HandOut, look: Look, lang: str) -> Iterator[str]:
    yield paragraph(look.project, _TITLE, lang)
    yield paragraph(t("handout_order", lang), _TITLE, lang)
    yield paragraph(t("paper.list_no", lang, no=handed.list_no), _CENTRED, lang)
    receiver = handed.receiver or t("paper.line", lang)
    yield paragraph(t("paper.to", lang, receiver=receiver), _LEFT, lang)
    yield paragraph(t("paper.one", lang), _HEADING, lang)
    yield paragraph(_what(rows, look, lang), Type(indent=2, after=4), lang)
    yield _kinds(rows, lang)
    yield paragraph(t("paper.two", lang), Type(font=HEI, indent=2, keep=True, before=8), lang)
    yield paragraph(_until(rows, handed, lang), _INDENTED, lang)
    yield paragraph(t("paper.three", lang), _HEADING, lang)
    photo = t("paper.photo", lang, no=rows[0].work_no if rows else handed.list_no)
    for key in ("sign", "return", "why_not", "check"):
        yield paragraph(t(f"paper.do.{key}", lang, photo=photo), _INDENTED, lang)
    yield paragraph(t("paper.annexes", lang), Type(indent=2, before=14, keep=True), lang)
    yield paragraph(t("paper.annexes_two", lang), Type(indent=2, keep=True), lang)
    yield paragraph("", _SIGN, lang)
    for key in ("paper.from", "paper.from_person", "report.telephone", "paper.date_blank"):
        line = t(key, lang) + (t("report.colon", lang) if key == "report.telephone" else "")
        yield _aside(line, lang)


def _aside(line: str, lang: str) -> str:
    """Set a line of the signature in the right half of the page."""
    made = paragraph(line, _SIGN, lang)
    return made.replace("<w:jc ", '<w:ind w:left="4200"/><w:jc ', 1)


def _what(rows: Sequence[Row], look: Look, lang: str) -> str:
    money = money_of(rows)
    key = "paper.handed_some" if money.unknown else "paper.handed"
    return t(
        key,
        lang,
        n=len(rows),
        villages=len(by_village(rows)),
        cost=money.text(lang),
        unknown=money.unknown,
        day=date_text(look.as_of, lang),
        standard=said(look.standard_title, lang) or look.standard,
    )


def _until(rows: Sequence[Row], handed: HandOut, lang: str) -> str:
    days = sorted({text(row.item["due"]) or handed.due for row in rows} - {""})
    if not days:
        return t("paper.due_open", lang)
    if len(days) == 1:
        return t("paper.due", lang, day=day_text(days[0], lang))
    first, last = (day_text(day, lang) for day in (days[0], days[-1]))
    return t("paper.due_between", lang, first=first, last=last)


def _kinds(rows: Sequence[Row], lang: str) -> str:
    """Sum the list by what is to be done, the sum of all first."""
    unit = money_of(rows).unit(lang)
    cost = t("paper.head.cost_in", lang, unit=unit) if unit else t("paper.head.cost", lang)
    columns = [
        Column(t("head.row_no", lang), 12, "center"),
        Column(t("paper.head.task", lang), 57),
        Column(t("paper.head.tasks", lang), 25, "right"),
        Column(t("paper.head.villages", lang), 29, "right"),
        Column(cost, 33, "right"),
    ]
    kinds = by_kind(rows, lang)

    def sums(mine: Sequence[Row]) -> list[Cell]:
        money = money_of(mine)
        cost = money.bare(lang) if unit else money.text(lang)
        return [Cell(one) for one in (str(len(mine)), str(len(by_village(mine))), cost)]

    total = [Cell(t("all_units_row", lang), span=2, align="center"), *sums(rows)]
    named = (
        [Cell(str(n)), Cell(title), *sums(mine)] for n, (title, mine) in enumerate(kinds.items(), 1)
    )
    return table(columns, [total, *named], lang)


# ---------------------------------------------------------------------------------- the list


def _annex(
    rows: Sequence[Row], handed: HandOut, look: Look, lang: str, *, names: bool
) -> Iterator[str]:
    day = date_text(look.as_of, lang)
    yield paragraph(t("paper.annex", lang, n=1), _ANNEX, lang)
    yield paragraph(handed.title or t("paper.list", lang), _TITLE, lang)
    gap = "　" * 4
    units = [t("paper.task_unit", lang), *filter(None, [money_of(rows).unit(lang)])]
    second = (
        t("paper.of_unit", lang) + gap + t("paper.as_of", lang, day=day),
        t("paper.units", lang, units=t("paper.joint", lang).join(units)),
    )
    yield paragraph(gap.join(second), _LINE, lang)
    yield _listed(rows, lang)
    for note in _notes(rows, look, lang, names=names):
        yield paragraph(note, _NOTE, lang)
    keys = ("report.filled_by", "report.checked_by", "report.telephone")
    colon = t("report.colon", lang)
    foot = gap.join(f"{t(key, lang)}{colon}{gap}" for key in keys)
    yield paragraph(foot, Type(size=12, line=22, align="left", before=6), lang)


def _listed(rows: Sequence[Row], lang: str) -> str:
    """Draw the list itself: the sum first, then every task."""
    heads = ("work_no", "place", "who", "lacks", "mend", "due", "office")
    wide = (28, 25, 25, 45, 36, 31, 25)
    columns = [Column(t("head.row_no", lang), HIGH - sum(wide), "center")]
    columns += [
        Column(t(f"paper.head.{head}", lang), mm) for head, mm in zip(heads, wide, strict=True)
    ]
    twice = twice_named(rows)
    sums = (
        t("paper.sum.villages", lang, n=len(by_village(rows))),
        t("paper.sum.tasks", lang, n=len(rows)),
        t("paper.sum.cost", lang, cost=money_of(rows).text(lang)),
    )
    total = [Cell(t("all_units_row", lang), span=2, align="center"), Cell(sums[0])]
    total += [Cell(sums[1], span=2), Cell(sums[2], span=3)]
    lines = [
        [
            Cell(str(n)),
            Cell(row.work_no),
            Cell(place_text(row, twice, lang)),
            Cell(" ".join(filter(None, (row.who, row.address))) or "—"),
            Cell(row.lacks),
            Cell(row.mend),
            Cell(row.due),
            Cell(row.office),
        ]
        for n, row in enumerate(rows, 1)
    ]
    return table(columns, [total, *lines], lang)


def _notes(rows: Sequence[Row], look: Look, lang: str, *, names: bool) -> Iterator[str]:
    day, standard = date_text(look.as_of, lang), standard_text(look, lang)
    villages = sum(len(mine) for mine in by_village(rows).values())
    kinds = sum(len(mine) for mine in by_kind(rows, lang).values())
    keys = ["count", "standard", "sums", "names" if names else "public", "cost"]
    for n, key in enumerate(keys, 1):
        note = t(
            f"paper.note.{key}",
            lang,
            n=n,
            standard=standard,
            day=day,
            villages=villages,
            kinds=kinds,
            all=len(rows),
        )
        yield t("paper.notes", lang) + note if n == 1 else note


# ---------------------------------------------------------------------------------- the reply


def _reply(rows: Sequence[Row], handed: HandOut, lang: str) -> Iterator[str]:
    yield paragraph(t("paper.annex", lang, n=2), _ANNEX, lang)
    yield paragraph(
        t("paper.reply", lang), Type(font=TITLE, size=22, line=40, align="center", after=8), lang
    )
    columns = [Column("", wide) for wide in (30, 48, 30, WIDE - 108)]

    def pair(first: str, mine: str, second: str, other: str) -> list[Cell]:
        heads = (t(f"paper.reply.{key}", lang) for key in (first, second))
        one, two = (Cell(head, align="center", grey=True) for head in heads)
        return [one, Cell(mine), two, Cell(other)]

    def broad(key: str, inner: str) -> list[Cell]:
        head = Cell(t(f"paper.reply.{key}", lang), align="center", grey=True)
        return [head, Cell(inner, span=3)]

    date = t("paper.date_blank", lang) if lang == "zh" else ""
    due = _until_short(rows, handed, lang)
    tasks = t("paper.sum.tasks", lang, n=len(rows))
    keys = ("counts", "counts_not", "why")
    counts = "\n".join(t(f"paper.reply.{key}", lang) for key in keys) + "\n" * 7
    lines = [
        pair("about", handed.list_no, "tasks", tasks),
        pair("unit", handed.receiver, "due", due),
        pair("signed", "", "signed_on", date),
        broad("state", counts),
        pair("done_on", date, "head", ""),
        broad("stamp", f"\n\n{date}"),
    ]
    high = (12, 12, 14, 90, 14, 40)
    yield table(columns, lines, lang, size=12, heads=False, high=high)
    yield paragraph(t("paper.reply.how", lang), _SMALL, lang)


def _until_short(rows: Sequence[Row], handed: HandOut, lang: str) -> str:
    days = sorted({text(row.item["due"]) or handed.due for row in rows} - {""})
    return day_text(days[-1], lang) if days else ""
