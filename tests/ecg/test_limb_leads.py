"""The limb leads are two voltages seen from six sides, whatever their scales; other signals are not."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.limb_leads import SIDES, contradict, misnamed, mostly_contradict
from cessl_gui.ecg.synthetic import synthetic_record

SHARE = 2e-3
NAMES = tuple(SIDES)


@pytest.fixture
def limb() -> np.ndarray:
    ecg = synthetic_record("sinus rhythm", 1)
    return ecg.signal_mv[[ecg.leads.index(lead) for lead in NAMES]]


def random(leads: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(leads, 1000)).astype(np.float32)


def test_the_sides_are_in_the_order_of_the_twelve():
    assert LEADS_12[:6] == NAMES


def test_an_ecg_does_not_contradict_itself(limb):
    assert not contradict(limb, NAMES, SHARE)


def test_leads_scaled_one_by_one_do_not(limb):
    assert not contradict(limb / limb.std(axis=1, keepdims=True), NAMES, SHARE)


@pytest.mark.parametrize("exchanged", [("aVL", "aVF"), ("I", "II"), ("aVR", "aVF")])
def test_two_names_exchanged_do_not(limb, exchanged):
    rows = {lead: NAMES.index(lead) for lead in NAMES}
    one, other = exchanged
    rows[one], rows[other] = rows[other], rows[one]
    assert not contradict(limb[list(rows.values())], NAMES, SHARE)


def test_a_lead_upside_down_does_not(limb):
    limb[3] *= -1
    assert not contradict(limb, NAMES, SHARE)


def test_a_flat_lead_does_not(limb):
    limb[4] = 0
    assert not contradict(limb, NAMES, SHARE)


@pytest.mark.parametrize("count", [4, 5, 6])
def test_noise_of_its_own_in_each_lead_does(count):
    assert contradict(random(count), NAMES[:count], SHARE)


def test_two_waves_of_any_height_in_each_lead_do():
    waves = np.random.default_rng(1).normal(size=(6, 2)).astype(np.float32) @ random(2)
    assert contradict(waves, NAMES, SHARE)


def test_another_signal_in_one_lead_does(limb):
    limb[2] = random(1)[0, :500].repeat(10)
    assert contradict(limb, NAMES, SHARE)


def test_the_chest_leads_are_not_asked(limb):
    assert not contradict(np.vstack([limb, random(6)[:, :500].repeat(10, axis=1)]), LEADS_12, SHARE)


def test_three_of_them_are_too_few():
    assert not contradict(random(3), NAMES[:3], SHARE)


def test_noise_in_one_part_says_nothing_of_the_others(limb):
    limb[:, 500:1000] = random(6)[:, :500]
    parts = limb.reshape(6, 10, 500)
    assert contradict(parts[:, 1], NAMES, SHARE)
    assert not mostly_contradict(parts, NAMES, SHARE)


def test_noise_in_all_parts_does():
    assert mostly_contradict(random(6).reshape(6, 5, 200), NAMES, SHARE)


@pytest.mark.parametrize("exchanged", [("aVL", "aVF"), ("aVR", "aVL"), ("II", "III")])
@pytest.mark.parametrize("scales", [1.0, "of each lead"])
def test_two_names_exchanged_are_told(limb, exchanged, scales):
    one, other = map(NAMES.index, exchanged)
    limb[[one, other]] = limb[[other, one]]
    if scales != 1.0:
        limb *= np.linspace(0.5, 1.5, 6, dtype=np.float32)[:, None]
        assert "have each other's names" in misnamed(limb, NAMES)  # a scale of its own may hide which
    else:
        assert misnamed(limb, NAMES) == f"{exchanged[0]} and {exchanged[1]} have each other's names"


@pytest.mark.parametrize("lead", NAMES)
def test_a_lead_upside_down_is_told(limb, lead):
    limb[NAMES.index(lead)] *= -1
    assert misnamed(limb, NAMES) == f"{lead} is upside down"


def test_right_names_raise_no_doubt(limb):
    assert misnamed(limb, NAMES) == ""
    assert misnamed(limb * np.linspace(0.5, 1.5, 6)[:, None], NAMES) == ""
    assert misnamed(np.where(np.arange(limb.shape[1]) < 500, np.nan, limb), NAMES) == ""


def test_fewer_leads_or_flat_ones_are_not_asked(limb):
    assert misnamed(-limb[:5], NAMES[:5]) == ""
    limb[2] = 0
    assert misnamed(limb, NAMES) == ""
    assert misnamed(np.full_like(limb, np.nan), NAMES) == ""
