"""Jumps of a lead's line are found where they are; beats, drifts and pauses are none."""

import numpy as np
import pytest

from cessl_gui.ecg.display.steps import steps
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import synthetic_record

FS_HZ = 500.0


def beats() -> np.ndarray:
    return synthetic_record("sinus rhythm", 1).signal_mv[:2].copy()


@pytest.mark.parametrize("by_mv", [-4.5, -0.9, 0.9, 3.0])
@pytest.mark.parametrize("at_s", [1.0, 4.37, 9.0])
def test_a_jump_is_found_within_a_large_box(at_s, by_mv):
    signal = beats()
    signal[1, int(at_s * FS_HZ) :] += by_mv
    none, (jump,) = steps(signal, FS_HZ, 0.5)
    assert none == []
    assert jump.sample / FS_HZ == pytest.approx(at_s, abs=0.2)
    assert jump.by_mv == pytest.approx(by_mv, abs=0.2)


def test_there_and_back_are_two_jumps():
    signal = beats()
    signal[0, 2000:3500] += 2.0
    (there, back), _ = steps(signal, FS_HZ, 0.5)
    assert there.by_mv == pytest.approx(2.0, abs=0.2)
    assert back.by_mv == pytest.approx(-2.0, abs=0.2)


def test_a_drift_is_no_jump():
    signal = beats() + np.linspace(0, 4, 5000)
    assert steps(signal, FS_HZ, 0.5) == [[], []]


@pytest.mark.parametrize("odd", [np.nan, np.inf, 0.0])
def test_leads_without_values_have_none(odd):
    assert steps(np.full((2, 5000), odd, np.float32), FS_HZ, 0.5) == [[], []]


@pytest.mark.parametrize("samples", [0, 1, 99, 350])
def test_short_stretches_have_none(samples):
    assert steps(np.zeros((2, samples), np.float32), FS_HZ, 0.5) == [[], []]


def test_real_ecgs_have_no_jumps(cessl_data):
    found = 0
    for path in sorted((cessl_data / "challenge").rglob("A00*.hea"))[:30]:
        record = read_recording(path)
        found += sum(map(bool, steps(record.signal_mv[:, : int(10 * record.fs_hz)], record.fs_hz, 0.8)))
    assert found <= 2, "of 360 leads"
