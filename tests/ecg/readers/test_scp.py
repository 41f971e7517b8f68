"""SCP-ECG: the shared records, and records of random signals that we encode."""

import struct

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from tests.ecg.readers import scp_files as scp
from tests.ecg.readers.scp_signals import NAMES, coded_by_own_tables, counts, own_tables, stored, with_beats


def test_the_shared_record_equals_its_copy_in_every_stored_sample(cessl_data):
    record = read_recording(cessl_data / "formats/scp/test.scp")
    copy = np.fromfile(cessl_data / "formats/scp/test.dat", "<i2").reshape(-1, 12)
    read = np.stack([record.signal_mv[record.leads.index(lead)] for lead in _COPIED], axis=1) * 200
    ours = [i for i, lead in enumerate(_COPIED) if lead not in record.derived]
    assert len(ours) * len(read) == 40_000
    assert np.array_equal(np.rint(read[:, ours]), copy[:, ours])
    assert np.abs(read[:, ours] - copy[:, ours]).max() < 1e-3
    assert np.abs(read - copy).max() < 0.501


_COPIED = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")


def test_what_the_shared_records_say_beside_the_signal(cessl_data):
    record = read_recording(cessl_data / "formats/scp/test.scp")
    assert (record.age, record.sex, record.recorded_at) == ("49", "Male", "2004-01-01 02:13:18")
    assert record.device == {
        "rr": 869, "pr": 170, "qrs": 104, "qt": 446, "p_axis": -18, "qrs_axis": -41, "t_axis": 118,
    }  # fmt: skip
    assert record.device_statements[0] == "Ectopic atrial rhythm"
    assert len(record.device_statements) == 6
    assert not record.warnings
    other = read_recording(cessl_data / "formats/scp/Example.scp")
    assert (other.fs_hz, other.duration_s, len(other.leads), other.derived) == (500, 10, 12, ())
    assert {name: other.device[name] for name in ("pr", "qrs", "qt", "qtc")} == {
        "pr": 148, "qrs": 120, "qt": 420, "qtc": 443,
    }  # fmt: skip
    assert "Clark" not in repr(other)


def test_ecgdatakit_reads_the_same(cessl_data, tmp_path):
    ecgdatakit = pytest.importorskip("ecgdatakit")
    files = [cessl_data / "formats/scp/Example.scp", scp.record(tmp_path, scp.simple(counts()))]
    for path in [*files, scp.record(tmp_path, with_beats()[0], name="beats")]:
        record = read_recording(path)
        for lead in ecgdatakit.FileParser().parse(str(path)).leads:
            uv = np.asarray(lead.samples) * (lead.resolution if lead.is_raw else {"mV": 1000, "uV": 1}[lead.units])
            assert np.abs(1000 * record.signal_mv[record.leads.index(lead.label)] - uv).max() <= 1e-2


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("largest", [5, 100, 3000])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_round_trip_with_the_default_table_is_exact(tmp_path, order, largest, seed):
    rows = counts(seed=seed, largest=largest)
    record = read_recording(scp.record(tmp_path, scp.simple(rows, order=order)))
    assert np.array_equal(stored(record), rows)
    assert not record.warnings


@pytest.mark.parametrize("order", [0, 1, 2])
def test_without_tables_each_value_has_sixteen_bits(tmp_path, order):
    rows, sections = counts(largest=3000), scp.simple(counts(largest=3000), order=order, code=scp.plain)
    del sections[2]
    assert np.array_equal(stored(read_recording(scp.record(tmp_path, sections))), rows)


def test_tables_of_the_file_and_changes_between_them(tmp_path):
    rows = np.cumsum(np.random.default_rng(3).integers(-1, 2, (3, 900)), axis=1)
    rows[:, 300:310] += 2000
    sections = scp.simple(rows, order=1, code=coded_by_own_tables) | {2: own_tables()}
    assert np.array_equal(stored(read_recording(scp.record(tmp_path, sections))), rows)


@pytest.mark.parametrize(("interval_us", "fs_hz"), [(1000, 1000), (2000, 500), (4000, 250)])
def test_the_rate_and_the_step_are_the_files(tmp_path, interval_us, fs_hz):
    rows = counts()
    record = read_recording(scp.record(tmp_path, scp.simple(rows, step_nv=4880, interval_us=interval_us)))
    assert record.fs_hz == fs_hz
    assert np.array_equal(stored(record, 0.00488), rows)


def test_sections_in_any_order_and_rubbish_versions(tmp_path):
    rows = counts()
    path = scp.record(tmp_path, scp.simple(rows), order=[6, 1, 3, 2], versions=(187, 3), mark=b"")
    record = read_recording(path)
    assert np.array_equal(stored(record), rows)
    assert not record.warnings


def test_patient_and_time_come_from_the_tag_that_holds_something(tmp_path):
    record = read_recording(scp.record(tmp_path, scp.simple(counts())))
    assert (record.age, record.sex, record.recorded_at) == ("61", "Female", "2011-03-09 14:05:59")
    assert record.patient
    assert "4711" not in repr(record)
    assert "Doe" not in repr(record)


@pytest.mark.parametrize(("age", "unit", "is_"), [(93, 1, "over 89"), (89, 1, "89"), (7, 2, "7 months"), (300, 1, "")])
def test_ages(tmp_path, age, unit, is_):
    entries = [(4, struct.pack("<HB", age, unit)), (5, struct.pack("<HBB", 0, 0, 0))]
    sections = scp.simple(counts()) | {1: scp.tags(entries=entries)}
    assert read_recording(scp.record(tmp_path, sections)).age == is_


def test_an_age_follows_from_the_date_of_birth(tmp_path):
    entries = [(5, struct.pack("<HBB", 1950, 6, 1)), (25, struct.pack("<HBB", 2010, 5, 31))]
    sections = scp.simple(counts()) | {1: scp.tags(entries=entries)}
    assert read_recording(scp.record(tmp_path, sections)).age == "59"


def test_statements_and_measurements_are_the_devices(tmp_path):
    lines = [b"Sinus rhythm", b"Linksschenkelblock, H\xe4modynamik", b"Confirmed by Dr. Who", b""]
    sections = scp.simple(counts()) | {7: scp.measurements(), 8: scp.statements(lines)}
    record = read_recording(scp.record(tmp_path, sections))
    assert record.device_statements == ("Sinus rhythm", "Linksschenkelblock, Hämodynamik")
    assert record.device == {
        "rr": 850, "pr": 160, "qrs": 96, "qt": 400, "p_axis": 55, "qrs_axis": -1, "t_axis": 40, "rate": 71,
        "qtc_bazett": 433,
    }  # fmt: skip


def test_what_was_not_measured_is_not_there(tmp_path):
    waves = (0, 0, 200, 29999, 600, 29999, -41, 999)
    held = scp.measurements(waves, rr=29999, rate=0, qtc=29999, formula=3)
    record = read_recording(scp.record(tmp_path, scp.simple(counts()) | {7: held}))
    assert record.device == {"qt": 400, "qrs_axis": -41}


def test_what_follows_another_count_of_beats_is_not_taken_for_a_rate(tmp_path):
    held = scp.measurements(types=bytes(69))
    record = read_recording(scp.record(tmp_path, scp.simple(counts()) | {7: held}))
    assert "rate" not in record.device
    assert record.device["rr"] == 850


def test_intervals_that_stand_by_lead_only_are_their_median_and_said_to_be(tmp_path):
    by_lead = scp.lead_measurements((100, 160, 90, 390), (104, 29999, 96, 400), (98, 170, 94, 396))
    record = read_recording(scp.record(tmp_path, scp.simple(counts()) | {10: by_lead}))
    assert record.device == {"pr": 165, "qrs": 94, "qt": 396}
    assert any("PR, QRS, QT by lead only" in warning for warning in record.warnings)


def test_intervals_of_the_whole_ecg_go_before_those_of_its_leads(tmp_path):
    sections = {7: scp.measurements(), 10: scp.lead_measurements((100, 300, 200, 500))}
    record = read_recording(scp.record(tmp_path, scp.simple(counts()) | sections))
    assert (record.device["pr"], record.device["qrs"], record.device["qt"]) == (160, 96, 400)
    assert not any("by lead" in warning for warning in record.warnings)


def test_leads_that_begin_at_other_times_have_no_value_before(tmp_path):
    rows = counts()
    sections = scp.simple(rows) | {3: scp.leads(NAMES, 1200, starts=[1, 1, 501])}
    record = read_recording(scp.record(tmp_path, sections))
    last = record.signal_mv[record.leads.index("V1")]
    assert record.signal_mv.shape[1] == 1700
    assert np.isnan(last[:500]).all()
    assert np.array_equal(np.rint(last[500:] / 0.0025), rows[2])


def test_the_reference_beat_is_added_where_its_type_says(tmp_path):
    sections, signal, _, _ = with_beats()
    assert np.array_equal(stored(read_recording(scp.record(tmp_path, sections))), signal)


def test_a_coarse_residue_is_smoothed_outside_of_the_beats_only(tmp_path):
    sections, signal, left, beats = with_beats(step_nv=10_000)
    read = stored(read_recording(scp.record(tmp_path, sections)))
    sharp = np.zeros(signal.shape[1], bool)
    sharp[[0, -1]] = True
    for kind, first, _, last in beats:
        if kind == 0:
            sharp[first - 1 : last + 2] = True
    assert np.array_equal(read[:, sharp], signal[:, sharp])
    sums = np.apply_along_axis(np.convolve, 1, left, np.ones(3, int), "same")
    away_from_zero = np.sign(sums) * -(-np.abs(sums) // 3)
    assert np.array_equal(read[:, ~sharp], away_from_zero[:, ~sharp])


@pytest.mark.parametrize("factor", [2, 4])
def test_what_is_decimated_comes_back_and_qrs_complexes_are_exact(tmp_path, factor):
    samples, areas = 1200, [(101, 180), (501, 580), (901, 980)]
    smooth = np.rint(300 * np.sin(np.arange(samples)[None] / np.array([[55], [70], [90]]))).astype(int)
    parts, at = [], 0
    protected = np.zeros(samples, bool)
    for first, last in [*areas, (samples + 1, samples)]:
        outside = smooth[:, at : first - 1]
        parts += [np.rint(outside.reshape(3, -1, factor).mean(axis=2)).astype(int), smooth[:, first - 1 : last]]
        protected[first - 1 : last] = True
        at = last
    beats = [(1, 1, first + 20, 1) for first, _ in areas]
    sections = {
        2: scp.DEFAULT_TABLE,
        3: scp.leads(NAMES, samples),
        4: scp.beat_table(400, 80, beats, areas),
        5: scp.coded(counts(samples=200)),
        6: scp.coded(np.concatenate(parts, axis=1), interval_us=2000 * factor, decimated=1),
    }
    record = read_recording(scp.record(tmp_path, sections))
    assert record.fs_hz == 500
    read = record.signal_mv[[record.leads.index(name) for name in NAMES]] / 0.0025
    assert np.array_equal(np.rint(read[:, protected]), smooth[:, protected])
    assert np.abs(read - smooth).max() < 5 * factor
    assert not record.warnings
