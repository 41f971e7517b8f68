"""The demo's ECGs are what they say they are."""

import time

import numpy as np
import pytest
from scipy.signal import find_peaks

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.synthetic import KINDS, demo_records, from_source, synthetic_record


def lead(record, name):
    return record.signal_mv[record.leads.index(name)]


def peaks_s(record):
    """Times of the QRS complexes, from the steepness over all leads."""
    steep = np.abs(np.diff(record.signal_mv, axis=1)).sum(0)
    steep = np.convolve(steep, np.ones(25) / 25, "same")
    return find_peaks(steep, height=0.4 * steep.max(), distance=140)[0] / record.fs_hz


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_twelve_leads_that_agree_with_each_other(kind):
    record = synthetic_record(kind, 3)
    assert record.leads == LEADS_12
    assert record.signal_mv.shape == (12, 5000)
    assert record.synthetic
    assert all(vocabulary().find(code) for code in record.statements)
    assert np.allclose(lead(record, "II") - lead(record, "I"), lead(record, "III"), atol=1e-5)
    assert np.allclose(lead(record, "aVR") + lead(record, "aVL") + lead(record, "aVF"), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("sinus bradycardia", 38, 56), ("sinus rhythm", 60, 94), ("sinus tachycardia", 103, 142)]
)
def test_rates_are_those_of_the_kind(kind, low, high):
    for seed in range(5):
        rate = 60 / np.median(np.diff(peaks_s(synthetic_record(kind, seed))))
        assert low < rate < high


def test_fibrillation_is_irregular_and_sinus_rhythm_is_not():
    def irregularity(kind):
        intervals = [np.diff(peaks_s(synthetic_record(kind, seed))) for seed in range(6)]
        return np.median([i.std() / i.mean() for i in intervals])

    assert irregularity("atrial fibrillation") > 0.1 > 0.05 > irregularity("sinus rhythm")


def test_polarity_and_shape_are_those_of_an_ecg():
    normal = synthetic_record("sinus rhythm", 1)
    assert abs(lead(normal, "aVR").min()) > lead(normal, "aVR").max()
    assert abs(lead(normal, "V1").min()) > lead(normal, "V1").max()
    assert lead(normal, "V6").max() > abs(lead(normal, "V6").min())
    right = synthetic_record("right bundle branch block", 1)
    assert lead(right, "V1").max() > abs(lead(right, "V1").min())
    low = synthetic_record("low voltage", 1)
    assert np.ptp(low.signal_mv[:6], axis=1).max() < 0.8 < np.ptp(normal.signal_mv[:6], axis=1).max()


def test_the_same_seed_gives_the_same_bits_and_the_source_makes_it_again():
    one = synthetic_record("sinus rhythm", 5)
    again = from_source(one.source)
    assert again.id == one.id
    assert np.array_equal(again.signal_mv, one.signal_mv)
    assert synthetic_record("sinus rhythm", 6).id != one.id
    for source in ("synthetic:no such kind:1", "synthetic:sinus rhythm:x", "/etc/passwd"):
        with pytest.raises(UnreadableRecording):
            from_source(source)


def test_the_demo_has_every_kind_each_patient_twice_and_is_quick():
    began = time.process_time()
    records = demo_records()
    assert time.process_time() - began < 15
    assert len({record.id for record in records}) == 120
    assert {code for record in records for code in record.statements} == {c for k in KINDS.values() for c in k.codes}
    assert len({record.patient for record in records}) == 60
    assert len({(record.patient, record.recorded_at) for record in records}) == 120
