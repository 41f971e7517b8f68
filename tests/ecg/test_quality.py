"""Doubts about leads are named, and good leads carry none."""

import numpy as np

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.quality import lead_notes, limb_lead_hint


def ecg(seconds=10, fs_hz=500.0):
    """Twelve consistent leads of a plain beat at 75 a minute."""
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    beat = sum(np.exp(-(((t - c) / 0.02) ** 2)) for c in np.arange(0.4, seconds, 0.8))
    one, two = 0.6 * beat, 1.0 * beat
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    return np.stack(limb + [beat] * 6).astype(np.float32)


def record(signal, leads=LEADS_12, derived=(), fs_hz=500.0):
    return Record("id", "n", "s", "h", signal, fs_hz, tuple(leads), derived)


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


def test_odd_records_do_not_fail():
    for samples, fs_hz in ((0, 500.0), (1, 500.0), (30, 20.0), (1000, 100_000.0)):
        notes = lead_notes(record(np.zeros((12, samples), np.float32), fs_hz=fs_hz))
        assert notes["I"] in (("off",), ("flat",))
