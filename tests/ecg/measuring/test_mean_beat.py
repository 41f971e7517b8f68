"""What lies between the mean beats, and of how many waves they are."""

import numpy as np
import pytest

from cessl_gui.ecg.measuring.mean_beat import BEFORE_S, beside_waves, cut_out, share_between

FS_HZ = 100.0
BEATS = np.arange(50, 950, 100)


def train(*waves: tuple[float, float, float]) -> np.ndarray:
    """(1, samples): Gaussians about each beat, of middle and width in s and height."""
    time_s = np.arange(1000) % 100 / FS_HZ - 0.5
    return sum(high * np.exp(-0.5 * ((time_s - at_s) / width_s) ** 2) for at_s, width_s, high in waves)[None]


def between(*waves: tuple[float, float, float], apart_s: float = 1.0) -> float:
    return float(share_between(cut_out(train(*waves), BEATS, FS_HZ).mean(axis=1), FS_HZ, apart_s)[0])


def test_nothing_is_between_bare_complexes():
    assert between((0, 0.02, 1.0)) < 0.001


@pytest.mark.parametrize("at_s", [-0.3, -0.25, 0.25, 0.35])
def test_a_wave_before_or_after_the_complex_is_seen(at_s):
    assert between((0, 0.02, 1.0), (at_s, 0.04, 0.2)) == pytest.approx(0.2, abs=0.03)


def test_a_wave_of_the_next_beat_does_not_count():
    assert between((0, 0.02, 1.0), (0.4, 0.02, 0.5), apart_s=0.45) < 0.001


def test_beats_that_are_not_whole_are_left_out():
    assert cut_out(train((0, 0.02, 1.0)), np.array([10, 150, 990]), FS_HZ).shape[1] == 1


def test_where_none_is_whole_all_are_taken():
    signal = np.arange(60.0)[None]
    assert cut_out(signal, np.array([20]), FS_HZ)[0, 0, int(BEFORE_S * FS_HZ)] == 20


@pytest.mark.parametrize(("waves", "few"), [(1, False), (2, True), (3, True)])
def test_two_waves_are_counted_through_noise(waves, few):
    rng = np.random.default_rng(0)
    beat = rng.normal(size=(12, 2)) @ rng.normal(size=(2, 80))
    shapes = beat[:, None] + 0.3 * rng.normal(size=(12, 10, 80))
    assert (beside_waves(shapes, waves, 6) < 0.01) == few


def test_leads_with_nothing_in_common_are_of_many_waves():
    rng = np.random.default_rng(0)
    shapes = rng.normal(size=(12, 1, 80)) + 0.1 * rng.normal(size=(12, 10, 80))
    assert beside_waves(shapes, 2, 6) > 0.5


@pytest.mark.parametrize(("leads", "beats"), [(5, 10), (12, 1)])
def test_few_leads_or_one_beat_do_not_say(leads, beats):
    assert np.isnan(beside_waves(np.random.default_rng(0).normal(size=(leads, beats, 80)), 2, 6))
