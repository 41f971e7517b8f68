"""Beats are found where they are, and one beat is laid on another."""

import numpy as np
import pytest

from cessl_gui.ecg.measuring.align import r_peaks_s, shift_s
from cessl_gui.ecg.readers import read_recording


def beats(at_s, seconds=10, fs_hz=500.0):
    """Beats with a T wave on a slow wander and some noise."""
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    x = sum(np.exp(-(((t - c) / 0.012) ** 2)) + 0.3 * np.exp(-(((t - c - 0.28) / 0.05) ** 2)) for c in at_s)
    return x + 0.5 * np.sin(t) + np.random.default_rng(0).normal(0, 0.02, len(t))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fs_hz", [100.0, 500.0])
def test_beats_are_found(sign, fs_hz):
    at_s = np.array([0.5, 1.3, 2.0, 2.9, 4.4, 5.1, 6.0, 7.2, 8.0, 9.3])
    found = r_peaks_s(sign * beats(at_s, fs_hz=fs_hz), fs_hz)
    assert found == pytest.approx(at_s, abs=1.01 / fs_hz)


def test_real_beats_agree_with_the_cardiologists(cessl_data):
    import wfdb

    hits = total = extra = 0
    for number in range(1, 40):
        name = cessl_data / "ludb" / str(number)
        if not name.with_suffix(".hea").exists():
            continue
        record = read_recording(name.with_suffix(".hea"))
        marks = wfdb.rdann(str(name), "ii")
        truth = np.array(marks.sample)[np.array(marks.symbol) == "N"] / record.fs_hz
        found = r_peaks_s(record.signal_mv[record.leads.index("II")], record.fs_hz)
        inside = found[(found > truth[0] - 0.15) & (found < truth[-1] + 0.15)]  # the first and last are not annotated
        near = np.abs(truth[:, None] - inside[None]).min(axis=1) < 0.08
        hits, total, extra = hits + near.sum(), total + len(truth), extra + len(inside) - near.sum()
    assert total > 150
    assert hits / total > 0.98
    assert extra / total < 0.02


def test_the_first_beat_of_a_stretch_falls_on_its_nearest():
    own, other = np.array([0.5, 1.3, 2.6, 3.4]), np.array([0.7, 1.9, 3.1])
    assert shift_s(own, other, 0, 2.5) == pytest.approx(0.2)
    assert shift_s(own, other, 2.5, 5) == pytest.approx(0.5)
    assert shift_s(own, other, 4, 5) is None
    assert shift_s(own, np.empty(0), 0, 5) is None


def test_no_beats_in_what_has_none():
    for x, fs_hz in ((np.zeros(5000), 500), (np.full(5000, np.nan), 500), (np.zeros(3), 500), (np.ones(200), 20)):
        assert r_peaks_s(x, fs_hz).size == 0
    gap = beats([1, 2, 3, 4, 5, 6, 7, 8, 9])
    gap[2200:2800] = np.nan
    assert not ((r_peaks_s(gap, 500) > 4.45) & (r_peaks_s(gap, 500) < 5.55)).any()
