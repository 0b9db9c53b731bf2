"""People a village states beside those of the raster: a doubt where they do not fit, and why."""

from dataclasses import replace

import numpy as np
import pytest
from hand import EAST, METRIC, NORTH, field, project

from layers.frames import Raster
from works.audit import audit_all
from works.audit_text import what

# Village A is four cells of 100 m with 50 people each: 200 in the raster.
OUTLINE = field(0, -200, 200, 0)


def raster(heads, size=2):
    return Raster(np.full((size, size), float(heads)), (EAST, NORTH), (100, -100), METRIC)


def doubts(heads=50, people=None, homes=(), size=2, partial=(), outline=OUTLINE, **columns):
    shape = {} if outline is None else {"geometry": outline}
    data = project(
        villages=[{"id": "A", "name": "东沟村", "population": people, **columns, **shape}],
        partial=partial,
        **({"households": homes} if homes else {}),
    )
    grid = {} if heads is None else {"population": raster(heads, size)}
    table = audit_all(replace(data, rasters=grid))
    return [row for row in table.to_dict("records") if row["rule"] == "people_by_raster"]


def homes(number, persons):
    return [{"id": f"H{n}", "village_id": "A", "persons": persons} for n in range(number)]


@pytest.mark.parametrize(
    ("people", "fires"), [(99, True), (100, False), (400, False), (401, True), (None, False)]
)
def test_declared_people_outside_half_and_double(people, fires):
    found = doubts(people=people)
    assert bool(found) is fires
    if fires:
        (row,) = found
        assert (row["found"], row["against"], row["column"]) == (people, 200, "population")
        assert (row["village_id"], row["certainty"], row["ids"]) == ("A", "possible", ("A",))
        for lang, word in (("zh", "人口格网"), ("en", "raster")):
            assert word in what(row, {}, lang)
            assert str(people) in what(row, {}, lang)


def test_people_who_live_there_go_before_people_registered():
    assert not doubts(people=900, population_resident=300)
    assert doubts(people=300, population_resident=900)[0]["column"] == "population_resident"


def test_a_complete_list_of_households_goes_before_what_is_declared():
    (row,) = doubts(people=200, homes=homes(150, 3))
    assert (row["layer"], row["column"], row["found"]) == ("households", "persons", 450)
    # Half a list says nothing; then what is declared counts.
    assert not doubts(people=200, homes=homes(150, 3), partial=("households",))
    # Persons nobody wrote down: the village's own mean, else 2.6 (160 * 2.6 = 416 > 400).
    assert doubts(homes=homes(160, None))[0]["found"] == 416
    assert not doubts(homes=homes(150, None))
    mixed = [*homes(100, 5), {"id": "X", "village_id": "A"}]
    assert doubts(homes=mixed)[0]["found"] == 505


def test_what_cannot_be_compared_is_held_against_nobody():
    assert not doubts(heads=None, people=5000)
    assert not doubts(people=5000, outline=None)
    assert not doubts(people=5000, size=1)  # the raster ends inside the village
    assert not doubts(heads=1, people=99)  # 4 in the raster, 99 stated: too few to say
    assert doubts(heads=1, people=100)
    assert doubts(heads=0, people=100)[0]["against"] == 0
