"""Long survey lists folded: one row for a village nobody ever asked, and the same sums."""

import re

import pytest
from hand import at, judged, project

from geo.folded import folded
from geo.gaps import listing

VILLAGES = [{"id": "V1", "name": "Dong"}, {"id": "V2", "name": "Xi"}]
HOMES = [
    {"id": f"H{n}", "village_id": "V1" if n < 3 else "V2", "persons": n + 1, "geometry": at(n, 0)}
    for n in range(5)
]
RULE = {
    "subjects": "households", "amount": "persons", "measure": "reach",
    "facilities": "water_points", "within_m": 100,
}  # fmt: skip


def rows(found, longest):
    table = listing(found.ground, folded(found.found, longest), "unknown")
    return dict(zip(table["subject_id"], table["unknown"].map(int), strict=True))


def test_a_village_nobody_asked_is_one_row_with_its_whole_amount():
    found = judged(project(villages=VILLAGES, households=HOMES), RULE)
    assert rows(found, 4) == {"V1:all": 1 + 2 + 3, "V2:all": 4 + 5}
    assert rows(found, 5) == {"H0": 1, "H1": 2, "H2": 3, "H3": 4, "H4": 5}


def test_a_village_that_was_asked_keeps_its_rows():
    taps = [{"id": "P1", "village_id": "V1", "geometry": at(9_000, 0)}]
    data = project(villages=VILLAGES, households=HOMES, water_points=taps, partial=["water_points"])
    found = judged(data, RULE)
    assert rows(found, 1) == {"H0": 1, "H1": 2, "H2": 3, "H3": 4, "H4": 5}


def test_other_lists_and_the_verdicts_stay_as_they_were():
    found = judged(project(villages=VILLAGES, households=HOMES), RULE)
    before = found.verdicts.copy()
    folded(found.found, 0)
    assert found.verdicts.equals(before)


@pytest.mark.parametrize(
    "rule",
    [
        {"subjects": "households", "measure": "attribute", "column": "fiber", "one_of": [True]},
        {"subjects": "households", "measure": "reach", "facilities": "signs", "within_m": 100},
    ],
)
def test_a_folded_row_says_why_in_words(rule):
    found = judged(project(villages=VILLAGES, households=HOMES), rule)
    table = listing(found.ground, folded(found.found, 0), "unknown")
    assert table["subject_id"].tolist() == ["V1:all", "V2:all"]
    for lang in ("zh", "en"):
        for said in table[f"reason_{lang}"]:
            assert said
            assert not re.search(r"(reason|why)\.[a-z_]+", said)
