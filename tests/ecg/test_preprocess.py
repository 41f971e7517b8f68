"""What the model reads is exactly what the published code would have read, and bad signals become zeros, not NaN."""

import numpy as np
import pytest
from scipy import signal as dsp

from cessl_gui.core.errors import LeadsMissing
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.preprocess import BAND_HZ, INPUT_SAMPLES, ORDER, at_500_hz, to_model_input


def noise(samples=5000, leads=12, seed=0):
    return np.random.default_rng(seed).normal(0, 0.3, (leads, samples)).astype(np.float32)


def test_published_preprocessing_is_matched(cessl_parity):
    with np.load(cessl_parity / "preprocess_and_metrics.npz") as recorded:
        raw, expected = recorded["raw_millivolt"], recorded["preprocessed"]
    assert np.abs(to_model_input(raw, 500.0, LEADS_12) - expected.reshape(12, -1)).max() < 1e-4


@pytest.mark.parametrize("samples", [2, 5, 21, 22, 23, 5000])
def test_the_filter_is_scipys_to_the_bit(samples):
    x = noise(samples)
    b, a = dsp.butter(ORDER, BAND_HZ, btype="bandpass", fs=500.0)
    y = dsp.filtfilt(b, a, x.astype(np.float64), padlen=min(21, samples - 1))
    expected = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
    assert np.array_equal(to_model_input(x, 500.0, LEADS_12)[:, :samples], expected.astype(np.float32))


@pytest.mark.parametrize(("fs_hz", "up", "down"), [(100.0, 5, 1), (360.0, 25, 18), (1000.0, 1, 2)])
def test_resampling_is_scipys_to_the_bit(fs_hz, up, down):
    x = noise(1000)
    assert np.array_equal(at_500_hz(x, fs_hz), dsp.resample_poly(x, up, down, axis=-1, padtype="line"))


def test_rows_are_put_in_standard_order_by_name():
    x = noise()
    shuffled = np.random.default_rng(1).permutation(12)
    out = to_model_input(x[shuffled], 500.0, [LEADS_12[i] for i in shuffled])
    assert np.array_equal(out, to_model_input(x, 500.0, LEADS_12))


def test_a_flat_lead_an_empty_lead_and_an_absent_lead_are_zeros():
    x = noise()
    x[3] = 0.7
    x[4] = np.nan
    out = to_model_input(x[:11], 500.0, LEADS_12[:11])
    assert np.isfinite(out).all()
    for row in (3, 4, 11):
        assert not out[row].any()
    assert out[0].any()


def test_a_short_gap_is_bridged_and_leaves_the_rest_nearly_as_it_was():
    x = np.sin(np.arange(5000) / 40) * np.ones((12, 1))
    holed = x.copy()
    holed[2, 1000:1010] = np.nan
    whole, bridged = (to_model_input(s, 500.0, LEADS_12)[2] for s in (x, holed))
    assert np.abs(whole - bridged)[2000:5000].max() < 0.01


@pytest.mark.parametrize("fs_hz", [100.0, 125.0, 250.0, 360.0, 400.0, 1000.0, 257.0])
def test_other_rates_give_nearly_what_500_hz_gives(fs_hz):
    def beats(fs):
        t = np.arange(int(10 * fs)) / fs
        return sum(np.exp(-(((t - c) / 0.04) ** 2)) for c in np.arange(0.5, 10, 0.8)) * np.ones((12, 1))

    at_500, other = (to_model_input(beats(fs), fs, LEADS_12) for fs in (500.0, fs_hz))
    assert np.corrcoef(at_500[0, :4900], other[0, :4900])[0, 1] > 0.999


@pytest.mark.parametrize("samples", [0, 1, 2, 15, 100])
def test_very_short_recordings_do_not_fail(samples):
    out = to_model_input(noise(samples), 500.0, LEADS_12)
    assert out.shape == (12, INPUT_SAMPLES)
    assert np.isfinite(out).all()


@pytest.mark.parametrize("fs_hz", [20.0, 100_000.0])
def test_odd_rates_do_not_fail(fs_hz):
    assert np.isfinite(to_model_input(noise(int(fs_hz)), fs_hz, LEADS_12)).all()


def test_a_recording_without_any_standard_lead_is_refused_in_words():
    with pytest.raises(LeadsMissing, match="twelve standard leads"):
        to_model_input(noise(leads=2), 500.0, ["vx", "ABP"])
