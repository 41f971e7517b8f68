"""Flutter with 3, 4 or 5 waves to a beat under T waves has no PR; sinus rhythm keeps its own."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.types import Record
from cessl_gui.ecg import synthetic
from cessl_gui.ecg.leads import with_derived
from cessl_gui.ecg.measuring.measurements import measure

DIPOLE = np.array(list(synthetic.DOWER.values()))


def _shape(kind: str, phase: np.ndarray, cycle_s: float) -> np.ndarray:
    hump = lambda at, width_s: np.exp(-0.5 * ((phase - at) * cycle_s / width_s) ** 2)  # noqa: E731
    if kind == "saw":
        sharp = np.where(phase < 0.7, phase / 0.7, (1 - phase) / 0.3) * 2 - 1
        return np.convolve(np.pad(sharp, 10, "wrap"), np.hanning(21) / np.hanning(21).sum(), "valid")
    return 2 * hump(0.5, 0.025) - 0.6 if kind == "humps" else hump(0.3, 0.025) - hump(0.6, 0.03)


def flutter(kind: str, waves_to_a_beat: int, a_minute: float, mv: float, delay_s: float, seed: int) -> Record:
    """Flutter waves without a pause, each so many-th of them conducted; QRS and T waves of that rate upon them."""
    rng, time_s, cycle_s = np.random.default_rng(seed), np.arange(5000) / 500, 60 / a_minute
    wave = mv * _shape(kind, (time_s / cycle_s) % 1, cycle_s)
    down = rng.normal(0, [0.4, 1, 0.4])
    dipole = np.outer(down / np.linalg.norm(down), wave) + np.outer(rng.normal(0, 0.12, 3), np.roll(wave, 15))
    rr_s = waves_to_a_beat * cycle_s
    for at in np.arange(0.2, 10.4, rr_s) + delay_s:
        for w in (*synthetic.NARROW, synthetic._late(synthetic.T, rr_s)):
            dipole += np.outer(w.peak_mv, np.exp(-0.5 * ((time_s - at - w.at_s) / w.width_s) ** 2))
    whole, leads, _ = with_derived(DIPOLE @ dipole + 0.008 * rng.standard_normal((8, 5000)), list(synthetic.DOWER))
    return Record("made", "made", "", "", whole.astype(np.float32), 500.0, leads)


@pytest.mark.parametrize("waves_to_a_beat", [3, 4, 5])
@pytest.mark.parametrize("kind", ["saw", "humps", "biphasic"])
def test_flutter_under_t_waves_has_no_pr(kind, waves_to_a_beat):
    for seed, (a_minute, mv, delay_s) in enumerate(
        [(250, 0.2, 0.15), (300, 0.12, 0.1), (300, 0.2, 0.15), (335, 0.2, 0.05)]
    ):
        m = measure(flutter(kind, waves_to_a_beat, a_minute, mv, delay_s, seed))
        assert m.values["rate"] == pytest.approx(a_minute / waves_to_a_beat, abs=1)
        assert not m.values.keys() & {"p", "pr", "p_axis"}, seed


@pytest.mark.parametrize("rate_bpm", [50, 65, 80, 95, 110])
def test_sinus_rhythm_of_the_same_rates_keeps_its_pr(monkeypatch, rate_bpm):
    steady = replace(synthetic.KINDS["sinus rhythm"], rate_bpm=(rate_bpm, rate_bpm))
    monkeypatch.setitem(synthetic.KINDS, "sinus rhythm", steady)
    for seed in range(3):
        assert "pr" in measure(synthetic.synthetic_record("sinus rhythm", seed)).values, seed
