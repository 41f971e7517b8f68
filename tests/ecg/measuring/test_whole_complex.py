"""The QRS complex of all leads, the beat of bigeminy, and no PR where there is no P wave: made ECGs and real ones."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.types import Record
from cessl_gui.ecg import synthetic
from cessl_gui.ecg.measuring.measurements import KINDS, QRS_SAID, measure
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import ECTOPIC, ECTOPIC_T, NARROW, Beat, Kind, P, T, Wave, synthetic_record


def bigeminy(_rng, rate_bpm) -> list[Beat]:
    """An ectopic beat and a sinus beat by turns, the ectopic first, so that it is no rarer."""
    rr_s = 60 / rate_bpm
    pairs = np.arange(0.25, synthetic.DURATION_S, 2 * rr_s)
    return [beat for at in pairs for beat in (Beat(at, (*ECTOPIC, ECTOPIC_T)), Beat(at + 1.4 * rr_s, (P, *NARROW, T)))]


def flutter(waves_to_a_beat: int):
    """300 flutter waves a minute, conducted by equal numbers."""

    def beats(_rng, _rate_bpm) -> list[Beat]:
        wave = (Wave(-0.06, 0.025, (0.02, -0.16, 0.05)), Wave(0.0, 0.03, (0.02, 0.16, -0.05)))
        at = np.arange(0.2, synthetic.DURATION_S, 0.2)
        return [Beat(a, wave) for a in at] + [Beat(a + 0.15, NARROW) for a in at[::waves_to_a_beat]]

    return beats


def made(monkeypatch, beats, seed: int, rate_bpm=(70, 80)) -> Record:
    monkeypatch.setitem(synthetic.KINDS, "made", Kind((), rate_bpm, beats))
    return synthetic_record("made", seed)


def with_late_wave(record: Record, *leads: str) -> Record:
    """A low slow wave after each QRS complex, in these leads only."""
    signal = record.signal_mv.copy()
    time_s = np.arange(signal.shape[1]) / record.fs_hz
    for r_s in measure(record).peaks_s:
        wave = 0.3 * np.exp(-0.5 * ((time_s - r_s - 0.075) / 0.012) ** 2)
        for lead in leads:
            signal[record.leads.index(lead)] += wave.astype(np.float32)
    return replace(record, signal_mv=signal)


def test_what_two_leads_show_counts_and_what_one_shows_does_not():
    record = synthetic_record("sinus rhythm", 1)
    usual, one, two = (
        measure(r).values["qrs"] for r in (record, with_late_wave(record, "V1"), with_late_wave(record, "V1", "V2"))
    )
    assert one == pytest.approx(usual, abs=6)
    assert two > usual + 20


def test_it_is_said_from_where_to_where_qrs_runs():
    record = synthetic_record("sinus rhythm", 1)
    assert QRS_SAID[True] in measure(record).notes
    three = replace(record, signal_mv=record.signal_mv[:3].copy(), leads=record.leads[:3])
    assert QRS_SAID[False] in measure(three).notes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_bigeminy_the_sinus_beat_is_measured_and_several_kinds_are_said(monkeypatch, seed):
    m = measure(made(monkeypatch, bigeminy, seed))
    assert len(m.alike_s) == pytest.approx(len(m.peaks_s) / 2, abs=1)
    assert m.values["qrs"] < 125
    assert m.values["pr"] == pytest.approx(150, abs=25)
    assert KINDS in m.notes


def test_single_ectopics_are_no_second_kind():
    m = measure(synthetic_record("ventricular ectopics", 3))
    assert len(m.alike_s) < len(m.peaks_s)
    assert KINDS not in m.notes


@pytest.mark.parametrize("waves_to_a_beat", [2, 3, 4])
def test_flutter_conducted_by_equal_numbers_has_no_pr(monkeypatch, waves_to_a_beat):
    for seed in range(3):
        m = measure(made(monkeypatch, flutter(waves_to_a_beat), seed))
        assert m.values["rate"] == pytest.approx(300 / waves_to_a_beat, abs=1)
        assert "qrs" in m.values
        assert not m.values.keys() & {"p", "pr", "p_axis"}
        assert "P wave" in m.missing["pr"]


def unrelated(p_bpm: float, qrs_bpm: float):
    """Complete AV block: P waves and QRS complexes each at a rate of their own."""

    def beats(_rng, _rate_bpm) -> list[Beat]:
        atria = [Beat(at, (replace(P, at_s=0.0),)) for at in np.arange(0.1, synthetic.DURATION_S, 60 / p_bpm)]
        return atria + [Beat(at, (*NARROW, T)) for at in np.arange(0.3, synthetic.DURATION_S, 60 / qrs_bpm)]

    return beats


def every_second_conducted(_rng, rate_bpm) -> list[Beat]:
    rr_s = 60 / rate_bpm
    atria = [Beat(at, (replace(P, at_s=0.0),)) for at in np.arange(0.2, synthetic.DURATION_S, rr_s)]
    return atria + [Beat(at + 0.18, (*NARROW, T)) for at in np.arange(0.2, synthetic.DURATION_S, 2 * rr_s)]


@pytest.mark.parametrize(("p_bpm", "qrs_bpm"), [(72, 38), (85, 31), (110, 45)])
def test_complete_av_block_has_no_pr(monkeypatch, p_bpm, qrs_bpm):
    m = measure(made(monkeypatch, unrelated(p_bpm, qrs_bpm), 1))
    assert m.values["rate"] == pytest.approx(qrs_bpm, abs=1)
    assert "pr" not in m.values


def test_a_wave_that_comes_again_before_the_next_beat_gives_no_pr(monkeypatch):
    m = measure(made(monkeypatch, every_second_conducted, 1, (80, 90)))
    assert "there again before the next beat" in m.missing["pr"]


@pytest.mark.parametrize("kind", ["sinus tachycardia", "first degree AV block"])
def test_a_p_wave_at_a_quick_rate_or_far_off_is_one(kind):
    for seed in range(3):
        m = measure(synthetic_record(kind, seed))
        assert "pr" in m.values, (seed, m.missing)


def real(cessl_data, path: str):
    return measure(read_recording(cessl_data / path))


def test_right_bundle_branch_block_is_wide(cessl_data):
    """Its slow end is steep in few leads: by the velocity of all leads together it measured 66 ms."""
    assert real(cessl_data, "challenge/cpsc2018/A0028.hea").values["qrs"] >= 115


def test_real_bigeminy(cessl_data):
    m = real(cessl_data, "challenge/cpsc2018/A0144.hea")
    assert m.values["qrs"] < 120
    assert m.values.get("pr", 150) < 250
    assert KINDS in m.notes


@pytest.mark.parametrize("path", ["ludb/101", "challenge/cpsc_extra/Q0096", "ptbxl/records100/00020_lr"])
def test_real_fibrillation_and_flutter_have_no_pr(cessl_data, path):
    m = real(cessl_data, f"{path}.hea")
    assert "qrs" in m.values
    assert "pr" not in m.values
