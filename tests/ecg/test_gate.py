"""One gate: every real ECG passes it, and nothing else does."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from benchmarks.signal.gate import AGREEING, OTHERS, WITHOUT_AN_ECG, other_signal, shuffled
from benchmarks.signal.signal_quality import cinc2011
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.gate import NOISE, OUT_OF_ORDER, Verdict, judge
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.synthetic import (
    ECTOPIC,
    KINDS,
    LEFT_BUNDLE,
    LEFT_BUNDLE_T,
    Beat,
    Kind,
    Wave,
    synthetic_record,
)
from tests.records import make_record

EVERY = 12  # of the real ECGs one is looked at here; benchmarks/signal/gate.py looks at all


def record(signal, fs_hz=500.0, leads=LEADS_12) -> Record:
    return make_record(signal, fs_hz=fs_hz, leads=leads)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(("fs_hz", "height_mv"), [(100.0, 3.0), (360.0, 0.1), (500.0, 1.0), (1000.0, 10.0)])
def test_a_signal_of_another_kind_is_no_ecg(kind, fs_hz, height_mv):
    for seed in range(2):
        assert judge(record(other_signal(kind, fs_hz, seed, height_mv), fs_hz)).reason, seed


# The others have the form of an ECG now and then: docs/benchmarks.md.
REFUSED = [kind for kind in AGREEING if kind.rpartition(", ")[2] in ("EEG", "bursts of muscle", "breathing")]
MOSTLY_REFUSED = ["limb leads agree, squares of 50 ms", "limb leads agree, pulse waves"]


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("fs_hz", [100.0, 500.0])
def test_limb_leads_that_agree_make_no_ecg_of_another_signal(kind, fs_hz):
    for seed in range(3):
        assert judge(record(other_signal(kind, fs_hz, seed, 1.0), fs_hz)).reason, seed


@pytest.mark.parametrize("kind", MOSTLY_REFUSED)
def test_pulses_of_few_waves_are_mostly_refused(kind):
    assert sum(bool(judge(record(other_signal(kind, 500.0, seed, 1.0), 500.0)).reason) for seed in range(10)) >= 9


@pytest.mark.parametrize(
    ("fs_hz", "block"), [(100.0, 3), (100.0, 5), (100.0, 10), (500.0, 5), (500.0, 20), (500.0, 30)]
)
def test_samples_out_of_order_are_no_ecg(fs_hz, block):
    for seed in range(3):
        ecg = synthetic_record("sinus rhythm", seed)
        x = ecg.signal_mv[:, :: round(ecg.fs_hz / fs_hz)]
        assert judge(record(shuffled(x, block, seed), fs_hz)).reason == OUT_OF_ORDER


SPIKE_MV = (0.5, 1.0, 0.5, -0.75, 0.0, 0.75, 0.6, 0.8, 1.0, 1.0, 0.8, 0.7)  # in the order of LEADS_12


def test_spikes_of_a_pacemaker_are_not_samples_out_of_order():
    ecg = synthetic_record("sinus rhythm", 1)
    x = ecg.signal_mv.copy()
    for at in range(200, x.shape[1] - 10, 250):  # twice a second, each with a slow return
        x[:, at : at + 10] += np.outer(SPIKE_MV, np.exp(-np.arange(10) / 3))
    assert judge(replace(ecg, signal_mv=x)).reason == ""


@pytest.mark.parametrize(
    ("signal", "fs_hz", "reason"),
    [
        (np.zeros((12, 5000)), 500, "all leads are flat"),
        (np.full((12, 5000), 3.3), 500, "all leads are flat"),
        (np.full((12, 5000), np.nan), 500, "it has no values"),
        (np.ones((12, 4)), 500, "it lasts 0.008 s, 2 s are needed"),
        (np.zeros((12, 0)), 500, "it lasts 0 s, 2 s are needed"),
        (np.random.default_rng(1).normal(size=(12, 600)), 1, "it has 1 samples a second, 80 are needed"),
        (np.random.default_rng(1).normal(size=(12, 600)), np.nan, "it has nan samples a second, 80 are needed"),
        (np.random.default_rng(1).normal(size=(12, 5000)), 500, NOISE),
    ],
)
def test_the_reason_names_what_is_wrong(signal, fs_hz, reason):
    assert judge(record(signal, fs_hz)).reason == reason


@pytest.mark.parametrize("factor", [1e3, 1e6, 1.4e16, 1e37])
def test_voltages_that_no_heart_gives_are_said_with_their_size(factor):
    ecg = synthetic_record("sinus rhythm", 1)
    reason = judge(replace(ecg, signal_mv=ecg.signal_mv * np.float32(factor))).reason
    assert reason.startswith("voltages of ")
    assert "the unit may be wrong" in reason


@pytest.mark.parametrize("factor", [1e-3, 1e-6])
def test_voltages_too_small_to_see_are_said(factor):
    ecg = synthetic_record("sinus rhythm", 1)
    assert "flat" in judge(replace(ecg, signal_mv=ecg.signal_mv * np.float32(factor))).reason


@pytest.mark.parametrize("factor", [0.1, 0.3, 3, 8])
def test_small_and_large_ecgs_are_ecgs(factor):
    ecg = synthetic_record("sinus rhythm", 1)
    assert judge(replace(ecg, signal_mv=ecg.signal_mv * np.float32(factor))).reason == ""


def test_none_of_the_twelve_leads_is_said():
    ecg = synthetic_record("sinus rhythm", 1)
    named = replace(ecg, leads=tuple(f"chest {i}" for i in range(12)))
    assert judge(named).reason == "it has none of the twelve standard leads"


def test_values_missing_most_of_the_time_are_said():
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[:, 1500:] = np.nan
    assert judge(record(signal)).reason == "a lead has values for 3 of 10 s, half of the time is needed"


def test_columns_of_two_and_a_half_seconds_are_said_as_they_are():
    signal = np.full((12, 5000), np.nan, np.float32)
    whole = synthetic_record("sinus rhythm", 1).signal_mv
    for row in range(12):
        column = slice(row // 3 * 1250, (row // 3 + 1) * 1250)
        signal[row, column] = whole[row, column]
    assert judge(record(signal)).reason == "a lead has values for 2.5 of 10 s, half of the time is needed"


def shaken(ecg: Record) -> Record:
    """As read from paper: each lead a little early or late, of its own scale and with its own noise."""
    rng, time = np.random.default_rng(0), np.arange(ecg.signal_mv.shape[1])
    rows = [
        rng.uniform(0.9, 1.1) * np.interp(time + rng.uniform(-4, 4), time, row) + 0.02 * rng.normal(size=len(row))
        for row in ecg.signal_mv
    ]
    return replace(ecg, signal_mv=np.array(rows, np.float32))


@pytest.mark.parametrize("kind", ["sinus rhythm", "left bundle branch block", "right bundle branch block"])
def test_limb_leads_that_disagree_are_no_reason_in_an_ecg(kind):
    assert judge(shaken(synthetic_record(kind, 1))).reason == ""


@pytest.mark.parametrize("one", ["aVL", "aVR", "II"])
def test_names_of_limb_leads_exchanged_are_no_reason(one):
    ecg = synthetic_record("sinus rhythm", 1)
    other = {"aVL": "aVF", "aVR": "aVL", "II": "III"}[one]
    names = {one: other, other: one}
    assert judge(replace(ecg, leads=tuple(names.get(lead, lead) for lead in ecg.leads))).reason == ""


def test_three_channels_with_names_of_limb_leads_are_an_ecg():
    ecg = synthetic_record("sinus rhythm", 1)
    rows = dict(zip(ecg.leads, ecg.signal_mv, strict=True))
    signal = np.array([rows["V5"], rows["V1"], rows["V5"]])
    signal = np.vstack([signal, -(signal[0] + signal[1]) / 2, signal[0] - signal[1] / 2, signal[1] - signal[0] / 2])
    holter = replace(ecg, signal_mv=signal, leads=LEADS_12[:6], derived=LEADS_12[3:6])
    assert judge(holter).reason == ""


def test_such_columns_with_a_rhythm_lead_rest_on_that_lead():
    signal = np.full((12, 5000), np.nan, np.float32)
    ecg = synthetic_record("sinus rhythm", 1)
    for row in range(12):
        column = slice(row // 3 * 1250, (row // 3 + 1) * 1250)
        signal[row, column] = ecg.signal_mv[row, column]
    signal[ecg.leads.index("II")] = ecg.signal_mv[ecg.leads.index("II")]
    assert judge(record(signal, leads=ecg.leads)) == Verdict("", ("II",))


@pytest.mark.parametrize("every", [2, 4])
def test_samples_missing_between_others_are_no_reason(every):
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[:, np.arange(signal.shape[1]) % every != 0] = np.nan
    verdict = judge(record(signal))
    assert verdict.reason == ""
    assert len(verdict.leads) == 12


def tachycardia(rate_bpm: float, broad: tuple[Wave, ...], monkeypatch, seed: int) -> Record:
    beats = lambda _rng, _rate: [Beat(at, broad) for at in np.arange(0.2, 10.5, 60 / rate_bpm)]  # noqa: E731
    monkeypatch.setitem(KINDS, "tachycardia", Kind((), (60, 60), beats))
    return synthetic_record("tachycardia", seed)


@pytest.mark.parametrize("rate_bpm", [110, 150, 180, 210])
@pytest.mark.parametrize("broad", [(*ECTOPIC, Wave(0.2, 0.04, (-0.3, -0.5, 0.2))), (*LEFT_BUNDLE, LEFT_BUNDLE_T)])
def test_a_broad_regular_tachycardia_is_an_ecg(monkeypatch, rate_bpm, broad):
    for seed in range(2):
        assert judge(tachycardia(rate_bpm, broad, monkeypatch, seed)).reason == ""


@pytest.mark.parametrize("overtone", [0.0, 0.05])
def test_sines_are_none_however_regular(overtone):
    rng, time_s = np.random.default_rng(0), np.arange(5000) / 500
    phases = rng.uniform(0, 6, (12, 1))
    for hz in (1.8, 2.5, 3.3, 4.0):
        signal = np.sin(2 * np.pi * hz * time_s + phases) + overtone * np.sin(4 * np.pi * hz * time_s + phases)
        assert judge(record(signal + 0.02 * rng.normal(size=signal.shape))).reason == NOISE


def test_a_gap_is_no_reason():
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[:, 1500:2600] = np.nan
    assert judge(record(signal)).reason == ""


@pytest.mark.parametrize("kind", KINDS)
def test_synthetic_ecgs_pass(kind):
    for seed in range(5):
        assert judge(synthetic_record(kind, seed)).reason == ""


def test_each_lead_alone_passes():
    ecg = synthetic_record("sinus rhythm", 3)
    for lead, row in zip(ecg.leads, ecg.signal_mv, strict=True):
        assert judge(record(row[None], 500.0, (lead,))).leads == (lead,)


def test_leads_without_a_signal_do_not_count():
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[0], signal[4], signal[6], signal[11] = np.nan, 0.2, 1e6 * signal[6], 0
    assert judge(record(signal)).leads == ("II", "III", "aVR", "aVF", "V2", "V3", "V4", "V5")


def test_leads_come_in_the_usual_order_and_other_leads_do_not_count():
    ecg = synthetic_record("sinus rhythm", 1)
    rows = {lead: ecg.signal_mv[ecg.leads.index(lead)] for lead in ("V5", "II")}
    assert judge(record([*rows.values(), rows["II"]], 500.0, ("V5", "II", "V3R"))).leads == ("II", "V5")


@pytest.mark.parametrize("seconds", [2.0, 2.5, 4.0, 300.0])
def test_short_and_long_ecgs_pass(seconds):
    signal = np.tile(synthetic_record("sinus rhythm", 2).signal_mv, 30)
    assert judge(record(signal[:, : round(seconds * 500)])).reason == ""


def test_fast_ecgs_pass(cessl_data):
    for name in ("fast_200", "fast_245", "tall_t", "one_jump"):
        assert judge(read_recording(cessl_data / "faults" / "measure" / f"{name}.hea")).reason == "", name


@pytest.mark.parametrize("folder", ["ptbxl/records100", "ptbxl_more/records100", "ludb", "challenge"])
def test_real_ecgs_pass(cessl_data, folder):
    found = find_recordings([cessl_data / folder])[::EVERY]
    refused = {path.stem: judge(read_recording(path)).reason for path in found}
    assert {name for name, reason in refused.items() if reason} <= WITHOUT_AN_ECG.keys()


def test_a_real_ecg_whose_beats_differ_passes(cessl_data):
    assert judge(read_recording(cessl_data / "ptbxl_more" / "records100" / "01461_lr.hea")).reason == ""


def test_real_ecgs_at_500_and_1000_hz_pass(cessl_data):
    for name, fs_hz in (("ptbxl_more/raw_500hz.h5", 500.0), ("ptb_diagnostic/ptb_1000hz.h5", 1000.0)):
        with h5py.File(cessl_data / name) as file:
            signals = file["signals"][::EVERY] * file.attrs["scale"]
        for signal in signals:
            assert judge(record(signal.T, fs_hz)).reason == ""


def test_what_people_call_acceptable_passes(cessl_data):
    records, bad = cinc2011(cessl_data)
    good = [ecg for ecg, is_bad in zip(records, bad, strict=True) if not is_bad][::4]
    assert sum(bool(judge(ecg).reason) for ecg in good) <= len(good) / 100
