"""How sure the figures of a rule are, in words: seen in a source, recalled, or our own."""

from __future__ import annotations

from collections.abc import Mapping

from geo.target import Target
from layers.facts import words
from layers.schema import schema
from layers.text import said, t

WORST_FIRST = ("recalled", "default", "seen")
"""What a reader must hear of first: a figure from memory may be wrong, our own cannot be."""


def figures(target: Target) -> Mapping[str, str]:
    """
    Give how sure each figure of a rule is.

    Returns
    -------
    Mapping
        What of the rule (a key of the target, the id of a grade, a column, or ``rule`` for the
        duty itself) to ``seen``, ``recalled`` or ``default``; ``""`` stands for all of it.
    """
    sure = target.confidence
    return {"": str(sure)} if isinstance(sure, str) else {str(k): str(v) for k, v in sure.items()}


def least_sure(target: Target, key: str = "") -> str:
    """
    Give the word that weighs most on a result: recalled before default before seen.

    Parameters
    ----------
    target
        The rule.
    key
        Its id, or ``id.grade`` of a row of the scorecard. A grade better than the one that meets
        the target weighs on its own row only.

    Examples
    --------
    >>> least_sure(Target("t", {}, "scored", "villages", None, confidence={"goal": "recalled"}))
    'recalled'
    """
    told = dict(figures(target))
    ids = [grade.id for grade in target.grades]
    grade = key.removeprefix(f"{target.id}.")
    if grade in ids and grade in told:
        return told[grade]
    if target.met_from in ids:
        for better in ids[: ids.index(target.met_from)]:
            told.pop(better, None)
    return next((word for word in WORST_FIRST if word in told.values()), "default")


def in_words(target: Target, lang: str) -> str:
    """
    Say how sure the figures of a rule are, those of one kind together.

    Examples
    --------
    >>> in_words(Target("t", {}, "scored", "villages", None, confidence="seen"), "en")
    'Seen in the source'
    """
    by_word: dict[str, list[str]] = {}
    for key, word in figures(target).items():
        by_word.setdefault(word, []).append(key)
    colon, comma, mark = (t(f"sure.{sign}", lang) for sign in ("colon", "comma", "stop"))
    told = []
    for word in sorted(by_word, key=WORST_FIRST.index):
        named = [_figure(target, key, lang) for key in by_word[word] if key]
        told.append(t(f"confidence.{word}", lang) + (colon + comma.join(named) if named else ""))
    return mark.join(told)


def _figure(target: Target, key: str, lang: str) -> str:
    """Name a figure: by the words for its key, its grade's title, or the head of its column."""
    if f"sure.{key}" in words():
        return t(f"sure.{key}", lang)
    grade = next((grade for grade in target.grades if grade.id == key), None)
    if grade is not None:
        return t("sure.grade", lang, grade=said(grade.title, lang))
    for layer in (target.subjects, "facilities", "villages"):
        column = schema(layer).columns.get(key)
        if column is not None:
            return column.label(lang)
    return key
