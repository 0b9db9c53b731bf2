"""What accepted changes did to the shares: the same rows of the scorecard before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from geo.assess import Assessment
from layers.text import percent, said, t
from layers.work_form import Item

_SHOWN = ("amount", "met", "unmet", "unknown", "status")


@dataclass(frozen=True)
class Shift:
    """
    One village and target, before and after.

    Attributes
    ----------
    village_id, village, target_id
        Where, and which rule.
    title
        The rule's title in zh and en.
    before, after
        ``amount, met, unmet, unknown, status`` of the scorecard; None where there is no such row.
    """

    village_id: str
    village: str
    target_id: str
    title: dict[str, str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def message(self, lang: str) -> str:
        """Say in one line how the share went."""
        shares = [_share(row) for row in (self.before, self.after)]
        status = t(f"status.{self.after['status']}", lang) if self.after else ""
        return t("change.shift", lang, village=self.village, target=said(self.title, lang),
                 before=shares[0], after=shares[1], status=status)  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Give what ``changes --json`` prints of it."""
        both = [
            None if row is None else {name: _plain(value) for name, value in row.items()}
            for row in (self.before, self.after)
        ]
        return {"village_id": self.village_id, "village": self.village,
                "target_id": self.target_id, "before": both[0], "after": both[1]}  # fmt: skip


def shifts(before: Assessment, after: Assessment, items: Iterable[Item]) -> list[Shift]:
    """
    Give the shares of the villages and targets some work is about, before and after.

    Parameters
    ----------
    before, after
        Two assessments by the same rules.
    items
        The pieces of work.

    Returns
    -------
    list of Shift
        By village and target; each once.
    """
    told = {(str(i["village_id"]), str(i["target_id"])): i for i in items if i["village_id"]}
    old, new = _rows(before), _rows(after)
    titles = {one.id: dict(one.title) for one in after.standard.targets}
    return [
        Shift(key[0], str(item["village"] or key[0]), key[1], titles.get(key[1], {}),
              old.get(key), new.get(key))
        for key, item in sorted(told.items())
    ]  # fmt: skip


def _rows(found: Assessment) -> dict[tuple[str, str], dict[str, Any]]:
    card = found.scorecard
    mine = card[card["level"] == "village"]
    keys = zip(mine["unit_id"], mine["target_id"], strict=True)
    cells = mine[list(_SHOWN)].to_dict("records")
    return {
        (str(unit), str(target)): {str(name): value for name, value in row.items()}
        for (unit, target), row in zip(keys, cells, strict=True)
    }


def _share(row: dict[str, Any] | None) -> str:
    if row is None:
        return "—"
    # Shares are of whole numbers of the smallest unit; a thousandth is small enough for all.
    amount, met = (int(row[name] * 1000) for name in ("amount", "met"))
    return percent(met, amount)


def _plain(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    number = float(value)
    return int(number) if number.is_integer() else number
