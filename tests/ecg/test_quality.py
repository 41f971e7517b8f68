"""Doubts about leads are named, and good leads carry none."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.signal.signal_quality import SWAPS, auc_interval, cinc2011, exchanged
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.quality import lead_notes, limb_lead_hint, reversal_hint, worst_lead
from cessl_gui.ecg.synthetic import synthetic_record
from tests.records import make_record


def ecg(seconds=10, fs_hz=500.0):
    """Twelve consistent leads of a plain beat at 75 a minute."""
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    beat = sum(np.exp(-(((t - c) / 0.02) ** 2)) for c in np.arange(0.4, seconds, 0.8))
    one, two = 0.6 * beat, 1.0 * beat
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    return np.stack(limb + [beat] * 6).astype(np.float32)


def record(signal, leads=LEADS_12, derived=(), fs_hz=500.0):
    return make_record(signal, leads=leads, derived=derived, fs_hz=fs_hz)


def test_a_clean_ecg_has_no_notes():
    assert lead_notes(record(ecg())) == {}
    assert limb_lead_hint(record(ecg())) == ""


def test_each_doubt_is_named():
    x = ecg()
    x[0] = np.nan
    x[1] = 0.3
    x[2] = np.clip(3 * np.sin(np.arange(x.shape[1]) / 50), -1, 1)
    x[3] += np.random.default_rng(0).normal(0, 0.2, x.shape[1]).astype(np.float32)
    x[6, :50] = np.nan
    notes = lead_notes(record(x[:11], LEADS_12[:11], derived=("aVF",)))
    assert notes["I"] == ("off",)
    assert notes["II"] == ("flat",)
    assert "clipped" in notes["III"]
    assert "noisy" in notes["aVR"]
    assert notes["V1"] == ("gaps",)
    assert notes["aVF"] == ("derived",)
    assert notes["V6"] == ("missing",)
    assert "V2" not in notes


def test_swapped_limb_leads_that_contradict_each_other_are_hinted_at():
    x = ecg()
    x[0] = x[0] * -3
    assert "I, II and III" in limb_lead_hint(record(x))


def test_limb_leads_under_each_others_names_are_hinted_at():
    x = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    assert limb_lead_hint(record(x)) == ""
    x[[4, 5]] = x[[5, 4]]
    assert limb_lead_hint(record(x)) == "By the other limb leads, aVL and aVF have each other's names."


def test_odd_records_do_not_fail():
    for samples, fs_hz in ((0, 500.0), (1, 500.0), (30, 20.0), (1000, 100_000.0)):
        odd = record(np.zeros((12, samples), np.float32), fs_hz=fs_hz)
        assert lead_notes(odd)["I"] in (("off",), ("flat",))
        assert worst_lead(odd)[1] == 1
        assert reversal_hint(odd) == ""
    assert worst_lead(record(np.empty((0, 5000)), ()))[1] == 1
    sentinels = np.random.default_rng(0).choice([-32768.0, 32767.0], (12, 5000)).astype(np.float32)
    assert "off scale" in lead_notes(record(sentinels))["V1"]
    assert worst_lead(record(sentinels))[1] == 1


def test_the_worst_lead_decides_by_the_time_that_is_lost():
    x = ecg() + np.random.default_rng(0).normal(0, 0.01, (12, 5000)).astype(np.float32)
    assert worst_lead(record(x.copy()))[1] == 0
    x[7, 1000:2500] = 0.2
    assert worst_lead(record(x.copy())) == ("V2", pytest.approx(0.3))
    x[9, 500:3000] = np.nan
    assert worst_lead(record(x.copy())) == ("V4", pytest.approx(0.5))
    x[2, :4000:50] = 12
    assert worst_lead(record(x.copy())) == ("III", pytest.approx(0.8))


def test_the_verdict_agrees_with_people_on_records_it_was_not_designed_on(cessl_data):
    records, bad = cinc2011(cessl_data)
    lost = np.array([worst_lead(one)[1] for one in records[1::2]])
    value, low, _ = auc_interval(bad[1::2].astype(float), lost)
    assert len(lost) == 249
    assert value >= 0.85
    assert low >= 0.85


def test_exchanged_arm_and_leg_electrodes_are_suspected():
    true = synthetic_record("sinus rhythm", 1)
    assert reversal_hint(true) == ""
    assert "left arm" in reversal_hint(exchanged(true, SWAPS["right arm, left arm"]))
    assert "left leg" in reversal_hint(exchanged(true, SWAPS["right arm, left leg"]))
    right_leg = exchanged(true, lambda one, two: (one - two, 0.02 * two))
    assert "right leg" in reversal_hint(right_leg)
    assert reversal_hint(record(true.signal_mv[:6], LEADS_12[:6])) == "", "nothing to hold it against"


def test_a_jump_in_one_part_of_a_recording_is_no_exchange():
    true = synthetic_record("sinus rhythm", 1)
    signal = true.signal_mv.copy()
    bump = 4 * np.hanning(round(0.2 * true.fs_hz))
    for lead, by in (("II", -1), ("III", -1), ("V5", 1), ("V6", 1)):
        signal[true.leads.index(lead), -len(bump) :] += by * bump
    assert reversal_hint(replace(true, signal_mv=signal.astype(np.float32))) == ""


@pytest.mark.parametrize("name", ["A0005", "Q0010"])  # A0005: an ectopic beat; Q0010: a jump in its last second
def test_electrodes_in_their_places_are_not_suspected(cessl_data, name):
    from cessl_gui.ecg.readers import read_recording

    assert reversal_hint(read_recording(next((cessl_data / "challenge").rglob(f"{name}.hea")))) == ""


def test_real_recordings_are_seldom_suspected(cessl_data):
    from cessl_gui.ecg.readers import find_recordings, read_recording

    true = [read_recording(path) for path in find_recordings([cessl_data / "ludb"])[:20]]
    assert sum(bool(reversal_hint(one)) for one in true) <= 1
    swapped = [exchanged(one, SWAPS["right arm, left arm"]) for one in true]
    assert sum(bool(reversal_hint(one)) for one in swapped) >= 17
