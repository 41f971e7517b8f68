"""How a probability stands: one rule for lists, bars and commands."""

import pytest

from cessl_gui.core.reading.standing import Standing, figure, standing


@pytest.mark.parametrize(
    ("p", "threshold", "expected"),
    [
        (0.95, 0.6, Standing.LIKELY),
        (0.5, 0.5, Standing.LIKELY),
        (0.5, 0.003, Standing.LIKELY),
        (0.01, 0.005, Standing.ABOVE),
        (0.49, 0.49, Standing.ABOVE),
        (0.55, 0.7, Standing.BELOW),
        (0.01, 0.02, Standing.BELOW),
        (0.5, None, Standing.LIKELY),
        (0.49, None, Standing.BELOW),
    ],
)
def test_likely_takes_one_half_and_the_threshold(p, threshold, expected):
    assert standing(p, threshold) == expected


def test_each_standing_has_its_own_mark():
    assert len({one.mark for one in Standing}) == len(Standing)


@pytest.mark.parametrize(
    ("p", "words"), [(0.756, "0.76"), (0.0, "0.00"), (0.01, "0.01"), (0.0042, "0.004"), (0.00001, "below 0.0001")]
)
def test_a_small_figure_does_not_read_as_zero(p, words):
    assert figure(p) == words
