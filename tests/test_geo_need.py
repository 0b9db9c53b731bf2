"""How many more: exact, and never rounded up to the goal."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from geo.need import need, share, shown, status


def test_need_agrees_with_fractions_for_every_goal_and_amount():
    amounts = np.arange(401)
    for hundredths in range(101):
        # goal x amount in hundredths, rounded up in whole numbers
        wanted = -(-(amounts * hundredths) // 100)
        text = f"{hundredths / 100:.2f}"
        assert [need(text, n) for n in range(401)] == wanted.tolist()
        assert need(Decimal(text), 404) == -(-404 * hundredths // 100)
    assert need(Fraction(1, 3), 10) == 4


def test_need_is_the_least_that_reaches_the_goal():
    for hundredths in range(101):
        goal = Fraction(hundredths, 100)
        for amount in (1, 3, 7, 99, 400):
            enough = need(goal, amount)
            assert Fraction(enough, amount) >= goal
            assert enough == 0 or Fraction(enough - 1, amount) < goal


def printed(part, whole):
    """Print a share in per cent with one decimal, as a reader of the scorecard would cut it."""
    found = share(part, whole)
    assert found is not None
    return f"{int(found * 1000) / 10:.1f}"


def test_323_of_404_is_never_printed_as_80():
    assert printed(323, 404) == "79.9"
    assert share(323, 404) < Decimal("0.80")


def test_no_share_below_a_goal_prints_as_the_goal():
    for whole in range(1, 401):
        for hundredths in range(1, 101):
            below = need(Fraction(hundredths, 100), whole) - 1
            if below >= 0:
                assert share(below, whole) < Decimal(hundredths) / 100
                assert float(printed(below, whole)) < hundredths


@pytest.mark.parametrize(
    ("met", "unknown", "amount", "needed", "said"),
    [
        (0, 0, 10, 0, "met"),  # goal 0 is always met
        (10, 0, 10, 10, "met"),
        (9, 1, 10, 10, "undetermined"),
        (9, 0, 10, 10, "unmet"),
        (0, 9, 10, 10, "unmet"),
        (5, 5, 10, 5, "met"),
    ],
)
def test_status(met, unknown, amount, needed, said):
    assert status(met, unknown, amount, needed) == said


def test_shown():
    assert str(shown(83_200, 1000)) == "83.2"
    assert str(shown(40_000, 1000)) == "40"
    assert str(shown(10**12, 1)) == str(10**12)
