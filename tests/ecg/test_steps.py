"""The whole numbers behind voltages are found again."""

import numpy as np
import pytest

from cessl_gui.ecg.writers.steps import MISSING, counts_of


def numbers(largest, samples=3000, seed=0):
    return np.random.default_rng(seed).integers(-largest, largest + 1, samples)


@pytest.mark.parametrize("gain", [200, 1000, 204.8, 1 / 0.00488, 500.5, 20_000, 2_000_000, 306, 4880])
@pytest.mark.parametrize("largest", [40, 900, 32_767])
def test_the_numbers_of_any_gain_are_found_again(gain, largest):
    stored = numbers(largest)
    counts = counts_of((stored / gain).astype(np.float32))
    assert counts.exact
    assert np.array_equal(counts.stored, stored)
    assert counts.step_mv == pytest.approx(1 / gain, rel=1e-9)


def test_numbers_far_from_zero_keep_their_distance():
    stored = numbers(300) + 40_000
    counts = counts_of((stored / 1000).astype(np.float32))
    assert counts.exact
    assert counts.stored * counts.step_mv + counts.offset_mv == pytest.approx(stored / 1000, abs=1e-6)


@pytest.mark.parametrize("with_offset", [True, False])
def test_zero_between_two_numbers(with_offset):
    values = (numbers(3000) + 0.5) * 0.005
    counts = counts_of(values.astype(np.float32), with_offset)
    assert counts.exact
    assert counts.stored * counts.step_mv + counts.offset_mv == pytest.approx(values, abs=1e-6)
    assert with_offset or not counts.offset_mv


def test_even_numbers_only_and_no_value():
    row = (2 * numbers(500)).astype(np.float32) * np.float32(0.0025)
    row[7:20] = np.nan
    counts = counts_of(row)
    assert np.flatnonzero(counts.stored == MISSING).tolist() == list(range(7, 20))
    assert np.allclose(counts.stored[20:] * counts.step_mv, row[20:], atol=1e-7)


@pytest.mark.parametrize("far", [0, 30])
def test_what_was_never_whole_numbers_keeps_what_an_ecg_shows(far):
    row = np.random.default_rng(1).normal(far, 1, 5000).astype(np.float32)
    counts = counts_of(row, with_offset=False)
    assert not counts.exact
    assert (counts.offset_mv / counts.step_mv) == pytest.approx(round(counts.offset_mv / counts.step_mv), abs=1e-6)
    read = counts.stored * counts.step_mv + counts.offset_mv
    assert np.abs(read - row).max() <= np.ptp(row) / 128_000 * 1.01


@pytest.mark.parametrize("row", [np.zeros(50), np.full(50, 0.125), np.full(50, np.nan)])
def test_a_lead_of_one_value_or_none(row):
    counts = counts_of(row.astype(np.float32))
    back = np.where(counts.stored == MISSING, np.nan, counts.stored * counts.step_mv + counts.offset_mv)
    assert np.array_equal(np.isnan(back), np.isnan(row))
    assert np.allclose(back, row, equal_nan=True)
