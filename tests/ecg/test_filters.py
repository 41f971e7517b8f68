"""Display filters take away what they say, move nothing, and leave their input alone."""

import numpy as np
import pytest

from cessl_gui.ecg.filters import DisplayFilter

FS_HZ = 500.0
T = np.arange(5000) / FS_HZ


def amplitude(x: np.ndarray, hz: float) -> float:
    """Of one frequency, in the middle of the signal."""
    middle = x[1000:4000]
    return 2 * abs(np.mean(middle * np.exp(-2j * np.pi * hz * T[1000:4000])))


def tones(*hz: float) -> np.ndarray:
    return sum(np.sin(2 * np.pi * f * T) for f in hz)[None].astype(np.float32)


def test_the_mains_go_and_the_rest_stays():
    out = DisplayFilter(notch_hz=50).apply(tones(50, 10), FS_HZ)[0]
    assert amplitude(out, 50) < 0.03
    assert amplitude(out, 10) == pytest.approx(1, abs=0.02)


def test_low_pass_and_high_pass():
    out = DisplayFilter(low_pass_hz=40).apply(tones(10, 120), FS_HZ)[0]
    assert amplitude(out, 120) < 0.03 and amplitude(out, 10) == pytest.approx(1, abs=0.02)
    drift = tones(5) + np.float32(3)
    out = DisplayFilter(high_pass_hz=0.5).apply(drift, FS_HZ)[0]
    assert abs(out[1000:4000].mean()) < 0.1 and amplitude(out, 5) == pytest.approx(1, abs=0.03)


def test_nothing_moves_in_time():
    pulse = np.exp(-(((T - 5) / 0.02) ** 2))[None].astype(np.float32)
    out = DisplayFilter(0.5, 40, 50).apply(pulse, FS_HZ)[0]
    assert np.argmax(out) == np.argmax(pulse[0])


def test_the_input_is_never_written_to():
    signal = tones(10)
    signal.setflags(write=False)
    before = signal.copy()
    DisplayFilter(0.5, 40, 50).apply(signal, FS_HZ)
    assert np.array_equal(signal, before)
    assert DisplayFilter().apply(signal, FS_HZ) is signal


def test_gaps_stay_gaps_and_do_not_spread():
    signal = tones(10)
    signal[0, 2000:2500] = np.nan
    signal[0, 3000:3005] = np.nan
    out = DisplayFilter(0.5, 40, 50).apply(signal, FS_HZ)
    assert np.array_equal(np.isnan(out), np.isnan(signal))


@pytest.mark.parametrize("samples", [0, 1, 5, 30])
def test_short_and_empty_signals(samples):
    signal = np.ones((2, samples), np.float32)
    assert DisplayFilter(0.5, 40, 50).apply(signal, FS_HZ).shape == (2, samples)


def test_a_slow_rate_allows_only_some():
    assert DisplayFilter(0.5, 150, 60).possible(100) == DisplayFilter(0.5, None, None)
    assert np.isfinite(DisplayFilter(0.5, 150, 60).apply(tones(10), 100)).all()


def test_words_and_the_diagnostic_band():
    assert DisplayFilter().words == "as recorded"
    assert DisplayFilter(0.5, 40, 50).words == "0.5–40 Hz, notch 50 Hz"
    assert DisplayFilter(low_pass_hz=100).words == "to 100 Hz"
    assert DisplayFilter(high_pass_hz=0.05).words == "from 0.05 Hz"
    assert [DisplayFilter(0.05, 150).is_diagnostic, DisplayFilter(notch_hz=50).is_diagnostic] == [True, True]
    assert [DisplayFilter(0.5).is_diagnostic, DisplayFilter(None, 40).is_diagnostic] == [False, False]


@pytest.mark.parametrize("filters", [DisplayFilter(0.05, 40, 50), DisplayFilter(0.5), DisplayFilter(None, 40, 60)])
@pytest.mark.parametrize("start", [0, 3000, 50_001, 117_000])
def test_a_stretch_is_filtered_as_in_the_whole(filters, start):
    """Within 0.01 mV, while the line wanders by several mV."""
    rng = np.random.default_rng(5)
    beats = np.tile(np.exp(-(((np.arange(400) - 200) / 8) ** 2)), 300)
    signal = (np.cumsum(rng.normal(0, 0.01, (2, 120_000)), axis=1) + beats).astype(np.float32)
    assert np.ptp(signal) > 5
    signal[0, 49_000:49_400] = np.nan
    whole = filters.apply(signal, FS_HZ)[:, start : start + 3000]
    stretch = filters.apply_within(signal, FS_HZ, start, start + 3000)
    assert stretch.shape == (2, 3000)
    assert np.abs(stretch - whole).max() < 0.01
