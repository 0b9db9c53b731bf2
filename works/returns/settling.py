"""What returns left open: answers that clash, questions, and how somebody settles them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from layers.errors import UsageError, some
from layers.tasks.replay import kept
from layers.tasks.store import Said, TaskStore
from layers.text import t
from layers.work_form import Event, Item
from works.returns.matching import folded
from works.returns.reading import Row
from works.returns.told import field_name, value_text
from works.returns.values import Days, understood
from works.tasks.merge import open_claims


@dataclass(frozen=True)
class Conflict:
    """
    A field of which people say different things.

    Attributes
    ----------
    work_id, work_no, village
        Its item.
    field, stands
        The field, and the value that stands.
    claims
        The other values: ``value``, ``who`` said it, of which version (``base``).
    """

    work_id: str
    work_no: str
    village: str
    field: str
    stands: str | None
    claims: list[dict[str, Any]]

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``--json`` prints."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "message": self.sentence(lang)}

    def sentence(self, lang: str) -> str:
        """Say what stands, and who says what else."""
        nobody = t("returns.nobody", lang)
        others = t("returns.and", lang).join(
            t("returns.says", lang, who=one["who"] or nobody,
              value=value_text(self.field, one["value"], lang))
            for one in self.claims
        )  # fmt: skip
        stands = value_text(self.field, self.stands, lang)
        about = f"{self.work_no} {field_name(self.field, lang)}"
        return t("returns.open", lang, about=about, stands=stands, others=others)


@dataclass(frozen=True)
class Question:
    """
    A doubt that must be answered before the county verifies.

    Attributes
    ----------
    work_id, work_no, village
        Its item.
    code, value, who
        ``far_away`` or ``photo_far``, the metres, and whose return raised it.
    """

    work_id: str
    work_no: str
    village: str
    code: str
    value: str
    who: str

    def as_dict(self, lang: str = "zh") -> dict[str, Any]:
        """Give what ``--json`` prints."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "message": self.sentence(lang)}

    def sentence(self, lang: str) -> str:
        """Say what is doubtful."""
        told = t(f"returns.asked.{self.code}", lang, metres=self.value)
        return f"{self.work_no}{t('returns.colon', lang)}{told}"


def conflicts(items: Mapping[str, Item] | Iterable[Item]) -> list[Conflict]:
    """
    List the fields of items of which people say different things.

    Parameters
    ----------
    items
        Items, or work id to item.

    Returns
    -------
    list of Conflict
        In order of their numbers; to settle one: ``works.tasks.act.choose``.
    """
    found = [
        Conflict(item["work_id"], item["work_no"] or item["work_id"], item["village"] or "", name,
                 item[name], claims)
        for item in _each(items)
        for name, claims in sorted(open_claims(item).items())
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.work_no, one.field))


def questions(items: Mapping[str, Item] | Iterable[Item]) -> list[Question]:
    """List the questions of items nobody has answered yet, in order of their numbers."""
    found = [
        Question(item["work_id"], item["work_no"] or item["work_id"], item["village"] or "",
                 one["code"], str(one["value"] or ""), one["who"])
        for item in _each(items)
        for one in kept(item, "questions")
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.work_no, one.code))


def _each(items: Mapping[str, Item] | Iterable[Item]) -> Iterable[Item]:
    return items.values() if isinstance(items, Mapping) else items


def find(store: TaskStore, number: str) -> Item:
    """
    Give the item of a number or an id, however it is typed.

    Raises
    ------
    UsageError
        If there is none.
    """
    wanted = folded(number)
    for item in store.items().values():
        if wanted in (folded(item["work_no"] or ""), folded(item["work_id"])):
            return item
    msg = f"{number}: is no piece of work of this project. Check its number."
    raise UsageError(msg)


def value_of(name: str, text: str) -> str:
    """
    Read the value somebody chose for a field, as a return would be read.

    Raises
    ------
    UsageError
        If it does not fit the field.

    Examples
    --------
    >>> value_of("state", "已完成"), value_of("progress", "60%"), value_of("note", "ok")
    ('done', '60', 'ok')
    """
    row = Row(0, {name: (text,)})
    said = understood(row, Days([row]))
    found = said.values.get(name, [text] if not said.bad else [])
    if len(found) != 1:
        msg = f"{name} {text}: does not fit this field. Choose one of the values listed."
        raise UsageError(msg)
    return found[0]


def answer(store: TaskStore, work: str, code: str, note: str, said: Said) -> None:
    """
    Answer a question about an item; what was asked and answered stays in its history.

    Parameters
    ----------
    store, work
        Where it is kept, and its id.
    code
        The question.
    note, said
        The answer, and who gives it.

    Raises
    ------
    UsageError
        If nothing of the kind is asked, or the answer is empty.
    """
    if not note.strip():
        msg = f"{code}: an answer needs words. Say with --note how that came."
        raise UsageError(msg)
    with store.writing() as writer:
        item = writer.items([work]).get(work)
        asked = [] if item is None else [one["code"] for one in kept(item, "questions")]
        if item is None or code not in asked:
            name = work if item is None else item["work_no"] or work
            open_ = f"Open there: {some(asked)}." if asked else "Nothing is open there."
            msg = f"{name}, {code}: is not asked. {open_}"
            raise UsageError(msg)
        writer.keep([Event(work, "answer", code, None, None, item["version"], note)], said)
