"""The level of a lead is where its line lies: not where its waves, spikes, gaps or jumps would pull it."""

import numpy as np
import pytest

from cessl_gui.ecg.display.level import levels_mv

FS_HZ = 500.0


def ecg(seconds: float = 10, rate: float = 72) -> np.ndarray:
    """One lead with a line at 0 mV: QRS of 1.5 mV, T of 0.4 mV."""
    t = np.arange(int(seconds * FS_HZ)) / FS_HZ % (60 / rate)
    return 1.5 * np.exp(-(((t - 0.2) / 0.012) ** 2)) + 0.4 * np.exp(-(((t - 0.45) / 0.05) ** 2))


@pytest.mark.parametrize("offset", [-4.5, -0.7, 0.0, 2.2, 3.0])
@pytest.mark.parametrize("rate", [45, 72, 130])
def test_each_lead_has_its_own(offset, rate):
    found = levels_mv(np.stack([ecg(rate=rate) + offset, ecg(rate=rate)]), FS_HZ)
    assert found == pytest.approx([offset, 0], abs=0.07)


def test_values_that_are_missing_do_not_count():
    signal = np.stack([ecg() - 2] * 3)
    signal[0, :3000] = np.nan
    signal[1, ::2] = np.inf
    signal[2] = np.nan
    found = levels_mv(signal, FS_HZ)
    assert found[:2] == pytest.approx([-2, -2], abs=0.07)
    assert np.isnan(found[2])


@pytest.mark.parametrize("at", [1000, 2500, 3900])
def test_after_a_jump_it_is_that_of_one_side_and_of_the_longer_one(at):
    signal = ecg()
    signal[at:] -= 4.5
    expected = 0 if at > 2500 else -4.5 if at < 2500 else None
    found = float(levels_mv(signal[None], FS_HZ)[0])
    assert min(abs(found), abs(found + 4.5)) < 0.1
    assert expected is None or found == pytest.approx(expected, abs=0.1)


def test_saturation_for_a_while_does_not_move_it():
    signal = ecg() + 1
    signal[1000:2400] = 32767
    assert levels_mv(signal[None], FS_HZ)[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("samples", [0, 1, 2, 400, 5_000_000])
def test_any_length(samples):
    found = levels_mv(np.full((2, samples), 1.5, np.float32), FS_HZ)
    assert found.shape == (2,)
    assert np.isnan(found).all() if samples == 0 else (found == 1.5).all()
