"""Measurements: right on ECGs of known intervals and on cardiologists' marks, silent where nothing can be measured."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.signal import ludb
from cessl_gui.core.measurements import QUANTITIES
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.measuring.beats import find_beats, prepared
from cessl_gui.ecg.measuring.measurements import bazett_warning, intervals, measure, qtc
from cessl_gui.ecg.synthetic import synthetic_record

# In mV, of each lead, for a beat of Gaussian waves: P, R, S, T.
LEAD_SHAPES = {"I": (0.08, 0.8, -0.1, 0.2), "II": (0.12, 1.0, -0.15, 0.3), "V2": (0.05, 0.4, -1.2, 0.5)}


def made(rr_s=0.8, fs_hz=500.0, pr_s=0.16, qt_peak_s=0.28, seconds=10.0, noise_mv=0.005, p=1.0) -> Record:
    """A recording whose R peaks come each rr_s; P peaks pr_s before R, T peaks qt_peak_s after it."""
    time = np.arange(int(seconds * fs_hz)) / fs_hz
    gauss = lambda at, width: np.exp(-0.5 * ((time - at) / width) ** 2)  # noqa: E731
    signal = np.random.default_rng(0).normal(0, noise_mv, (3, time.size))
    for r in np.arange(0.4, seconds, rr_s):
        waves = (p * gauss(r - pr_s, 0.02), gauss(r, 0.011), gauss(r + 0.03, 0.01), gauss(r + qt_peak_s, 0.045))
        signal += np.array(list(LEAD_SHAPES.values())) @ np.array(waves)
    return Record("made", "made", "", "", signal.astype(np.float32), fs_hz, tuple(LEAD_SHAPES))


def test_known_intervals_come_back():
    m = measure(made())
    assert m.values["rate"] == pytest.approx(75, abs=0.2)
    assert m.values["rr"] == pytest.approx(800, abs=2)
    # Gaussians have no edges: within a few samples of where 3 standard deviations of QRS end, 2.5 of P, 2.2 of T.
    assert m.values["pr"] == pytest.approx(160 + 2.5 * 20 - 3 * 11, abs=16)
    assert m.values["qrs"] == pytest.approx(3 * 11 + 30 + 3 * 10, abs=12)
    assert m.values["qt"] == pytest.approx(3 * 11 + 280 + 2.2 * 45, abs=20)
    assert not m.missing.keys() & {"rate", "pr", "qrs", "qt"}
    assert m.values.keys() | m.missing.keys() == QUANTITIES.keys()


@pytest.mark.parametrize("shift_ms", [-30, 20, 40])
def test_a_wave_that_moves_moves_its_interval_by_as_much(shift_ms):
    shift_s = shift_ms / 1000
    before, after = measure(made()).values, measure(made(qt_peak_s=0.28 + shift_s, pr_s=0.16 + shift_s)).values
    assert after["qt"] - before["qt"] == pytest.approx(shift_ms, abs=5)
    assert after["pr"] - before["pr"] == pytest.approx(shift_ms, abs=5)
    assert after["qrs"] == pytest.approx(before["qrs"], abs=4)


@pytest.mark.parametrize("height_mv", [1.0, -3.0])
def test_a_paced_complex_begins_after_the_spike(height_mv):
    record = made()
    usual = measure(record)
    spiked = record.signal_mv.copy()
    for r in np.arange(0.4, 10, 0.8):
        at = round((r - 0.048) * 500)  # 20 ms before the complex begins; it lasts 2 ms and dies away
        spiked[:, at : at + 3] += height_mv * np.array([1, 0.4, 0.1], np.float32)
    paced = measure(replace(record, signal_mv=spiked))
    assert paced.values["qrs"] == pytest.approx(usual.values["qrs"], abs=6)
    assert any("spike" in note for note in paced.notes)
    assert not any("spike" in note for note in usual.notes)


@pytest.mark.parametrize("fs_hz", [100.0, 250.0, 257.0, 1000.0, 5000.0])
def test_the_sampling_rate_does_not_matter(fs_hz):
    usual, other = measure(made()).values, measure(made(fs_hz=fs_hz)).values
    for name in ("rr", "qrs", "qt", "pr"):
        assert other[name] == pytest.approx(usual[name], abs=12 if fs_hz == 100 else 6), name


def test_without_a_p_wave_nothing_is_invented():
    m = measure(made(p=0.0))
    assert not m.values.keys() & {"p", "pr", "p_axis"}
    assert "P wave" in m.missing["pr"]
    assert "qt" in m.values


def test_fibrillation_has_no_pr_and_ectopics_stay_out_of_the_median_beat():
    fibrillation = measure(synthetic_record("atrial fibrillation", 3))
    assert "pr" not in fibrillation.values
    assert "qrs" in fibrillation.values
    ectopics = measure(synthetic_record("ventricular ectopics", 3))
    assert len(ectopics.alike_s) < len(ectopics.peaks_s)
    assert ectopics.values["qrs"] < 125


def test_block_is_broad_and_axes_follow_the_leads():
    narrow, broad = (
        measure(synthetic_record("sinus rhythm", 1)),
        measure(synthetic_record("left bundle branch block", 1)),
    )
    assert broad.values["qrs"] > narrow.values["qrs"] + 30
    record = synthetic_record("sinus rhythm", 1)
    turned = record.signal_mv.copy()
    turned[[record.leads.index("I"), record.leads.index("aVL")]] *= -1
    axis, mirrored = narrow.values["qrs_axis"], measure(replace(record, signal_mv=turned)).values["qrs_axis"]
    assert 0 < axis < 90
    assert mirrored == pytest.approx(180 - axis, abs=1)


def test_limb_leads_under_each_others_names_have_no_axis():
    usual = synthetic_record("sinus rhythm", 1)
    names = [{"aVL": "aVF", "aVF": "aVL"}.get(lead, lead) for lead in usual.leads]
    measured = measure(replace(usual, leads=tuple(names)))
    assert "qrs_axis" in measure(usual).values
    assert not {"p_axis", "qrs_axis", "t_axis"} & measured.values.keys()
    assert measured.missing["qrs_axis"] == "By the other limb leads, aVL and aVF have each other's names."


def test_qtc_by_its_formulas():
    found = qtc(400.0, 640.0)
    assert found["qtc_bazett"] == pytest.approx(500.0)
    assert found["qtc_fridericia"] == pytest.approx(464.16, abs=0.01)
    assert found["qtc_framingham"] == pytest.approx(455.44)
    assert found["qtc_hodges"] == pytest.approx(459.06, abs=0.01)
    assert qtc(400.0, 1000.0) == dict.fromkeys(found, pytest.approx(400.0))
    assert intervals({"qrs_onset": -40.0, "qrs_offset": 50.0}, 800.0) == {"qrs": 90.0}
    assert "Bazett" in bazett_warning(110)
    assert "Bazett" in bazett_warning(48)
    assert bazett_warning(75) == ""


def bad(signal, fs_hz=500.0, leads=None) -> Record:
    signal = np.asarray(signal, np.float32)
    return Record("bad", "bad", "", "", signal, fs_hz, leads or LEADS_12[: len(signal)])


TIME = np.arange(5000) / 500
NOISE = np.random.default_rng(5).normal(0, 0.1, (12, 5000))
BAD = {
    "flat": bad(np.zeros((12, 5000))),
    "constant": bad(np.full((12, 5000), 3.0)),
    "all NaN": bad(np.full((12, 5000), np.nan)),
    "noise": bad(NOISE),
    "one lead of noise": bad(NOISE[:1]),
    "wander": bad(np.cumsum(NOISE, axis=1) / 5),
    "sine of 10 Hz": bad(np.sin(2 * np.pi * 10 * TIME)[None]),
    "mains": bad(np.sin(2 * np.pi * 50 * TIME)[None].repeat(12, axis=0)),
    "0.2 s": bad(np.zeros((12, 100))),
    "one sample": bad(np.ones((12, 1))),
    "no samples": bad(np.empty((12, 0))),
    "no leads": bad(np.empty((0, 5000))),
    "20 Hz": made(fs_hz=20.0),
    "infinite": bad(np.full((12, 5000), np.inf)),
    "one spike": bad(np.eye(1, 5000, 2500)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_ecg_is_not_measurable_and_says_why(name):
    m = measure(BAD[name])
    assert m.values == {}
    assert m.marks_ms == {}
    assert m.beat_mv is None
    assert m.missing.keys() == QUANTITIES.keys()
    assert all(m.missing.values())


def test_flat_and_lost_leads_do_not_disturb_the_others():
    whole = synthetic_record("sinus rhythm", 4)
    broken = whole.signal_mv.copy()
    broken[6] = np.nan
    broken[7] = 0
    m, n = measure(whole).values, measure(replace(whole, signal_mv=broken)).values
    for name in ("rate", "qrs", "qt", "pr"):
        assert n[name] == pytest.approx(m[name], abs=8), name


def test_a_gap_makes_no_long_interval():
    record = made()
    signal = record.signal_mv.copy()
    signal[:, 1700:2600] = np.nan
    assert measure(replace(record, signal_mv=signal)).values["rr"] == pytest.approx(800, abs=5)


def test_100_khz_and_a_long_recording_are_measured_from_their_beginning():
    assert measure(made(fs_hz=100_000.0, seconds=4)).values["rate"] == pytest.approx(75, abs=0.5)
    long = measure(made(seconds=70.0, fs_hz=250.0))
    assert long.peaks_s[-1] < 60
    assert any("60 s" in note for note in long.notes)
    assert long.values["rate"] == pytest.approx(75, abs=0.5)


def test_one_lead_is_enough_for_intervals_but_not_for_axes():
    record = made()
    one = measure(replace(record, signal_mv=record.signal_mv[1:2].copy(), leads=("II",)))
    assert "qt" in one.values
    assert "qrs_axis" in one.missing


def test_the_recording_is_left_as_it_is():
    record = synthetic_record("sinus rhythm", 4)
    before = record.signal_mv.copy()
    measure(record)
    np.testing.assert_array_equal(record.signal_mv, before)


def test_slow_and_quick_hearts_are_counted():
    for rr_s in (0.3, 1.9):
        found = find_beats(prepared(made(rr_s, seconds=20.0, qt_peak_s=0.16, pr_s=0.1).signal_mv, 500.0))
        assert np.median(np.diff(found)) / 500 == pytest.approx(rr_s, abs=0.004)


@pytest.fixture(scope="module")
def results(cessl_data):
    """Every fourth LUDB record, evaluated against the cardiologists."""
    return [ludb.evaluate(case) for case in ludb.cases(cessl_data / "ludb", every=4)]


def test_against_cardiologists(results):
    figures = ludb.summary(results)
    assert len(results) >= 20
    for name in ("R sensitivity", "R precision"):
        assert figures[name][0] >= ludb.LIMIT_R, name
    for name, limit_ms in ludb.LIMITS_MS.items():
        for level in {"qt": ("record",), "t_offset": ("beat", "record")}.get(name, ("beat", "whole")):
            value, n = figures[f"{name}, {level}"]
            assert value <= limit_ms, (name, level, value)
            assert n >= 20, (name, level, value)
    assert figures["P seen where marked"][0] >= 0.9
    assert not [r for r in results if r["unmeasured"]]
