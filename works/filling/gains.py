"""What each piece of work brings of its target's amount."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from geo.assess import Assessment
from works.figures import exact
from works.worklist import work_id


def gains_of(
    found: Assessment, work: pd.DataFrame, target_id: str, village: str | None = None
) -> dict[str, Fraction]:
    """
    Give what pieces of work bring, in the target's unit.

    Parameters
    ----------
    found
        The assessment.
    work
        Its work on the target (``works.worklist``).
    target_id, village
        The target; only one village where one is given.

    Returns
    -------
    dict
        Work id to what it brings.
    """
    rule = found.target(target_id).work
    per = rule.get("per", "subject")
    gaps = pd.DataFrame(found.gaps_by_subject if per == "subject" else found.gaps)
    gaps = gaps[gaps["target_id"] == target_id]
    if village is not None:
        gaps = gaps[gaps["village_id"] == village]
    whole: dict[str, Fraction] = {}
    if per == "village":
        for at, unmet in zip(gaps["village_id"], gaps["unmet"], strict=True):
            key = work_id(target_id, str(at))
            whole[key] = whole.get(key, Fraction(0)) + exact(unmet)
        return whole
    keys = [work_id(target_id, str(key)[len(target_id) + 1 :]) for key in gaps["id"]]
    whole = {key: exact(unmet) for key, unmet in zip(keys, gaps["unmet"], strict=True)}
    if "mends" in gaps.columns:
        # Mending lights what the broken ones reach, which may be less than the whole stretch.
        mended = set(work["work_id"][work["kind"] == rule.get("repair")])
        some_ = zip(keys, gaps["mends"], strict=True)
        whole |= {key: exact(gain) for key, gain in some_ if key in mended}
    return whole
