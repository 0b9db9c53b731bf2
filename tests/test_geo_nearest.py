"""The nearest facility and all within a distance, against every distance there is."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.reaching.straight import nearest, within


def first_of_the_nearest(homes, taps):
    away = np.hypot(*(homes[:, None, :] - taps[None, :, :]).transpose(2, 0, 1))
    return away.min(axis=1), away.argmin(axis=1)  # argmin gives the first


@pytest.mark.parametrize("taps", [
    [(10, 0), (-10, 0), (0, 10), (0, -10)],
    [(6, 8), (-6, -8), (10, 0)],
    [(10, 0)] * 40,
    [(99, 0)] + [(np.cos(a) * 10, np.sin(a) * 10) for a in (0, np.pi)] * 20,
])  # fmt: skip
def test_of_equally_near_facilities_it_is_the_first(taps):
    """All lie 10 m off the home in the middle; the one listed first is named, in any order."""
    middle = shapely.points([(0.0, 0.0)])
    for order in (range(len(taps)), range(len(taps))[::-1]):
        given_taps = np.array([taps[i] for i in order], dtype=float)
        found = nearest(middle, shapely.points(given_taps))
        _, which = first_of_the_nearest(np.zeros((1, 2)), given_taps)
        assert (found.distance_m[0], found.facility[0]) == (pytest.approx(10), which[0])


lattice = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=60)


@given(lattice, lattice)
def test_on_a_lattice_where_ties_abound_it_equals_every_distance(homes, taps):
    homes, taps = np.array(homes, dtype=float), np.array(taps, dtype=float)
    found = nearest(shapely.points(homes), shapely.points(taps))
    away, which = first_of_the_nearest(homes, taps)
    assert found.facility.tolist() == which.tolist()
    assert found.distance_m == pytest.approx(away, abs=1e-12)


def test_many_points_equal_every_distance():
    draw = np.random.default_rng(5)
    homes, taps = draw.uniform(0, 9000, (2000, 2)), draw.uniform(0, 9000, (700, 2))
    found = nearest(shapely.points(homes), shapely.points(taps))
    away, which = first_of_the_nearest(homes, taps)
    assert (found.facility == which).all()
    assert found.distance_m == pytest.approx(away, abs=1e-9)


@pytest.mark.parametrize("limit", [5.0, 500.0])
def test_within_a_distance_is_the_set_every_distance_gives(limit):
    """Whole metres, so that many pairs lie exactly at the limit (3-4-5): they are within."""
    draw = np.random.default_rng(6)
    side = 40 if limit < 100 else 4000
    scale = limit / 5
    homes = draw.integers(0, side / scale, (300, 2)) * scale
    taps = draw.integers(0, side / scale, (200, 2)) * scale
    subject, facility, away = within(shapely.points(homes), shapely.points(taps), limit)
    square = ((homes[:, None, :] - taps[None, :, :]) ** 2).sum(axis=2)
    exact = {tuple(pair) for pair in np.argwhere(square <= limit**2).tolist()}
    assert set(zip(subject.tolist(), facility.tolist(), strict=True)) == exact
    assert len(subject) == len(exact)
    assert (square == limit**2).any()
    assert away == pytest.approx(np.sqrt(square[subject, facility]))
