"""A scenario in words: one sentence first, then what else is to be known."""

from __future__ import annotations

from typing import Any

from layers.text import said, t
from works.figures import amount_text, number
from works.scenarios.compare import cost_said
from works.scenarios.effect import Effect, others, totals
from works.scenarios.files import share

_FEW = 6


def head(effect: Effect, lang: str) -> str:
    """Say what a scenario changes in one sentence."""
    target = effect.scenario.target
    told = totals(effect, target)
    if not effect.scenario.changes:
        return t("scenario.nothing", lang)
    shares = [share(told[name], told["amount"]) if told["amount"] else "—"
              for name in ("before", "after")]  # fmt: skip
    title = said(effect.before.target(target).title, lang)
    if told["before"] == told["after"] and not told["gained"]:
        return t("scenario.same", lang, target=title, share=shares[0])
    parts = [
        t(f"scenario.{name}", lang, n=amount_text(told[name], told["unit"], lang),
          people=_people(told[f"people_{name}"], lang))
        for name in ("gained", "lost") if told[name]
    ]  # fmt: skip
    what = t("scenario.joint", lang).join(parts)
    return t("scenario.head", lang, target=title, before=shares[0], after=shares[1], what=what)


def _of(row: dict[str, Any], side: str, lang: str) -> str:
    """Say how many of how many meet another target."""
    return t("scenario.of", lang, n=number(row[side]),
             of=amount_text(row[f"amount_{side}"], row["unit"], lang))  # fmt: skip


def _people(n: int, lang: str) -> str:
    return t("site.card.people", lang, n=n) if n else ""


def lines(effect: Effect, lang: str) -> list[str]:
    """Say what else is to be known of a scenario."""
    target = effect.scenario.target
    told = totals(effect, target)
    found = []
    names = {str(key): str(name) for key, name in effect.before.villages["name"].items()}
    for key in ("newly", "no_longer"):
        if told[key]:
            listed = [names.get(str(one), str(one)) for one in told[key][:_FEW]]
            more = t("map.moves.more", lang) if len(told[key]) > _FEW else ""
            found.append(t(f"scenario.{key}", lang, n=len(told[key]),
                           names=t("report.listing", lang).join(listed) + more))  # fmt: skip
    if effect.scenario.changes:
        found.append(t("scenario.cost", lang, cost=cost_said(told, lang)))
        if told["provisional"]:
            found.append(t("site.note.placeholder", lang))
    for row in others(effect, target):
        title = said(effect.before.target(row["target"]).title, lang)
        found.append(t("scenario.other", lang, target=title,
                       before=_of(row, "before", lang), after=_of(row, "after", lang)))  # fmt: skip
    if effect.missing:
        ids = t("report.listing", lang).join(one.key for one in effect.missing[:_FEW])
        found.append(t("scenario.missing", lang, n=len(effect.missing), ids=ids))
    if effect.scenario.changes and effect.scenario.standard not in (
        "", effect.before.standard.label,
    ):  # fmt: skip
        found.append(t("scenario.other_standard", lang, label=effect.scenario.standard))
    return found
