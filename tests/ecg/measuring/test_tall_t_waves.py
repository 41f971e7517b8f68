"""T waves of 0.8 to 2.5 mV, also with a narrow top, beside QRS complexes of every kind, are not counted as beats."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.types import Record
from cessl_gui.ecg import synthetic
from cessl_gui.ecg.leads import with_derived
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.synthetic import ECTOPIC, LEFT_BUNDLE, NARROW, RIGHT_BUNDLE, Wave

DIPOLE = np.array(list(synthetic.DOWER.values()))
LEADS = np.vstack([DIPOLE, DIPOLE[1] - DIPOLE[0]])
RATES_BPM, HEIGHTS_MV, WIDTHS_S = range(40, 151, 10), (0.8, 1.2, 1.6, 2.0, 2.4, 2.5), (0.026, 0.034, 0.045)
DIRECTIONS = ((0.26, 0.24, -0.20), (0.1, 0.05, -0.3), (0.05, 0.3, 0.0), (-0.25, -0.1, -0.3))
EVERY = 97  # of the combinations, which are 864 of each QRS


def times(waves: tuple[Wave, ...], factor: float) -> tuple[Wave, ...]:
    return tuple(replace(w, peak_mv=tuple(factor * np.array(w.peak_mv))) for w in waves)


COMPLEXES = {
    "narrow": NARROW,
    "tall": times(NARROW, 1.8),
    "low": times(NARROW, 0.4),
    "right bundle branch block": RIGHT_BUNDLE,
    "left bundle branch block": LEFT_BUNDLE,
    "ventricular": ECTOPIC,
}


def made(rate_bpm: float, height_mv: float, width_s: float, qrs: tuple[Wave, ...], direction) -> Record:
    """10 s at a steady rate; the T wave of this height in the lead that shows it best."""
    time_s = np.arange(5000) / 500
    peak = np.array(direction) * height_mv / np.abs(LEADS @ np.array(direction)).max()
    t = replace(synthetic._late(synthetic.T, 60 / rate_bpm), width_s=width_s, peak_mv=tuple(peak))
    dipole = np.zeros((3, time_s.size))
    for at in 0.3 + np.arange(0, 10.1, 60 / rate_bpm):
        for w in (synthetic.P, *qrs, t):
            dipole += np.outer(w.peak_mv, np.exp(-0.5 * ((time_s - at - w.at_s) / w.width_s) ** 2))
    seen = DIPOLE @ dipole + 0.008 * np.random.default_rng(0).standard_normal((8, 5000))
    whole, leads, _ = with_derived(seen, list(synthetic.DOWER))
    return Record("made", "made", "", "", whole.astype(np.float32), 500.0, leads)


@pytest.mark.parametrize("name", COMPLEXES)
def test_tall_t_waves_do_not_change_the_rate(name):
    grid = [(r, h, w, d) for r in RATES_BPM for h in HEIGHTS_MV for w in WIDTHS_S for d in DIRECTIONS]
    refused = []
    for case in grid[list(COMPLEXES).index(name) :: EVERY]:
        rate_bpm, height_mv, width_s, direction = case
        m = measure(made(rate_bpm, height_mv, width_s, COMPLEXES[name], direction))
        refused += [case] if "rate" not in m.values else []
        # A beat that the recording cuts off may stand some ms aside.
        assert m.values.get("rate", rate_bpm) == pytest.approx(rate_bpm, rel=0.02) or "rate" in m.doubtful, case
    assert len(refused) <= (1 if name == "ventricular" else 0)


@pytest.mark.parametrize("width_s", WIDTHS_S)
@pytest.mark.parametrize("rate_bpm", [70, 90, 110, 130])
def test_t_waves_of_2_4_mv_are_no_beats_and_leave_the_rate_sure(rate_bpm, width_s):
    m = measure(made(rate_bpm, 2.4, width_s, NARROW, DIRECTIONS[0]))
    assert m.values["rate"] == pytest.approx(rate_bpm, rel=0.02)
    assert "rate" not in m.doubtful


def test_an_interpolated_ectopic_beat_is_one(monkeypatch):
    """It comes as early as a late T wave, but is there once and has a T wave of its own."""

    def beats(_rng, _rate_bpm) -> list[synthetic.Beat]:
        sinus = [synthetic.Beat(at, (synthetic.P, *NARROW, synthetic.T)) for at in np.arange(0.3, 10.4, 1.0)]
        return [*sinus, synthetic.Beat(4.3 + 0.5, (*ECTOPIC, synthetic.ECTOPIC_T))]

    monkeypatch.setitem(synthetic.KINDS, "made", synthetic.Kind((), (60, 60), beats))
    peaks_s = np.array(measure(synthetic.synthetic_record("made", 1)).peaks_s)
    assert np.abs(peaks_s - 4.85).min() < 0.06


BROAD = (synthetic.Wave(0.0, 0.03, (-0.8, 1.2, 1.0)),)
LOW = tuple(replace(w, peak_mv=tuple(0.45 * mv for mv in w.peak_mv)) for w in (*synthetic.ECTOPIC, synthetic.ECTOPIC_T))


def of_two_kinds(every: int, delay_s: float, rate_bpm: float = 70, other=BROAD) -> tuple[Record, int]:
    """After each so-manieth beat another, as slow as a T wave, or low, and a pause; and how many beats there are."""
    time_s, dipole = np.arange(5000) / 500, np.zeros((3, 5000))
    at_s, beats, rr_s = 0.4, 0, 60 / rate_bpm
    while at_s < 9.5:
        for w in (synthetic.P, *NARROW, synthetic._late(synthetic.T, rr_s)):
            dipole += np.outer(w.peak_mv, np.exp(-0.5 * ((time_s - at_s - w.at_s) / w.width_s) ** 2))
        beats += 1
        if beats % every == every - 1:
            for w in other:
                dipole += np.outer(w.peak_mv, np.exp(-0.5 * ((time_s - at_s - delay_s - w.at_s) / w.width_s) ** 2))
            beats, at_s = beats + 1, at_s + rr_s
        at_s += rr_s
    seen = DIPOLE @ dipole + 0.008 * np.random.default_rng(0).standard_normal((8, 5000))
    whole, leads, _ = with_derived(seen, list(synthetic.DOWER))
    return Record("made", "made", "", "", whole.astype(np.float32), 500.0, leads), beats


@pytest.mark.parametrize(("every", "delay_s"), [(3, 0.34), (3, 0.40), (3, 0.44), (4, 0.40), (5, 0.36), (2, 0.40)])
def test_slow_beats_that_look_like_t_waves_are_counted_or_make_the_rate_doubtful(every, delay_s):
    record, beats = of_two_kinds(every, delay_s)
    m = measure(record)
    assert abs(len(m.peaks_s) - beats) <= 1 or "rate" in m.doubtful


@pytest.mark.parametrize(
    ("every", "delay_s", "rate_bpm"), [(2, 0.40, 80), (2, 0.60, 80), (3, 0.38, 80), (4, 0.32, 80), (5, 0.32, 120)]
)
def test_nor_are_low_ectopic_beats_left_out_without_a_word(every, delay_s, rate_bpm):
    """Bigeminy and the like, the ectopic beats half as high as the others: at 80 a minute 40 were shown."""
    record, beats = of_two_kinds(every, delay_s, rate_bpm, LOW)
    m = measure(record)
    assert abs(len(m.peaks_s) - beats) <= 1 or "rate" in m.doubtful


@pytest.mark.parametrize(
    ("at_s", "rr_s", "t_mv"),
    [(0.15, 0.7, (0.5, 0.5, 0.3)), (0.18, 1.0, (1.04, 0.96, -0.8))],
)
def test_a_qrs_complex_into_which_the_t_wave_runs_is_doubtful(at_s, rr_s, t_mv):
    """A T wave that begins where QRS ends: 100 ms more were shown as QRS, without a word."""
    time_s, dipole = np.arange(5000) / 500, np.zeros((3, 5000))
    early = replace(synthetic.T, at_s=at_s, width_s=0.3 * at_s, peak_mv=t_mv)
    for beat_s in np.arange(0.4, 9.8, rr_s):
        for w in (synthetic.P, *NARROW, early):
            dipole += np.outer(w.peak_mv, np.exp(-0.5 * ((time_s - beat_s - w.at_s) / w.width_s) ** 2))
    whole, leads, _ = with_derived(DIPOLE @ dipole, list(synthetic.DOWER))
    m = measure(Record("made", "made", "", "", whole.astype(np.float32), 500.0, leads))
    assert m.values["qrs"] < 130 or "qrs" in m.doubtful
