"""Proposals: what the planner thinks a file means, said with its reason, for a person to accept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.findings import layer_title
from layers.schema import known
from layers.text import t

Option = Literal["layer", "crs", "datum", "swap_xy", "sheet", "sub_layer", "map", "village"]


@dataclass(frozen=True)
class Proposal:
    """
    One thing a person may accept; it is never applied unseen.

    Attributes
    ----------
    option
        The option of an import it would set.
    value
        What it would be set to: ``EPSG:4545``, ``gcj02``, ``yes``, ``COLUMN=FIELD`` ...
    code
        Why: key ``proposal.<code>`` of the words.
    detail
        Fills the sentence's ``{detail}``.
    certain
        From 0 (a guess) to 1 (nothing else fits).
    rows
        Row numbers it speaks of, () for the whole file.
    """

    option: Option
    value: str
    code: str
    detail: str = ""
    certain: float = 0.5
    rows: tuple[int, ...] = ()

    def message(self, lang: str = "zh") -> str:
        """Say what is proposed and why."""
        value, detail = self.value, self.detail
        if self.option == "layer":
            value = layer_title(value, lang)
            parts = [layer_title(one, lang) if known(one) else one for one in detail.split("、")]
            detail = ("、" if lang == "zh" else ", ").join(parts)
        return t(f"proposal.{self.code}", lang, value=value, detail=detail)

    def as_dict(self, lang: str = "zh") -> dict[str, object]:
        """Give what ``--json`` prints."""
        return {
            "option": self.option,
            "value": self.value,
            "certain": self.certain,
            "rows": list(self.rows),
            "message": self.message(lang),
        }
