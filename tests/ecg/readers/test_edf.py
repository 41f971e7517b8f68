"""EDF, EDF+C, EDF+D and BDF: files that we encode, the real ones, and edfio beside us."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from tests.ecg.recordings import refusal


def field(value, length):
    return str(value).encode("latin-1")[:length].ljust(length)


def edf(
    folder,
    rows,
    labels=("ECG I", "ECG II", "ECG V1"),
    unit="uV",
    per_record=100,
    seconds=0.2,
    kind="",
    times=None,
    records=None,
    patient="X X X X",
    start=("Startdate 02-MAR-2020 X X X", "02.03.20", "10.11.12"),
    limits=(-3276.8, 3276.7, -32768, 32767),
    extra=(),
    bits=16,
    name="e.edf",
):
    """Write rows (channels, samples). extra: (label, unit, samples a record) of further channels, all zeros."""
    rows = np.asarray(rows)
    count = rows.shape[1] // per_record
    channels = [(label, unit, per_record) for label in labels] + list(extra)
    notes = 20 if times is not None else 0
    if notes:
        channels.append(("EDF Annotations", "", notes))
    parts = [
        b"\xffBIOSEMI" if bits == 24 else b"0       ",
        field(patient, 80), field(start[0], 80), field(start[1], 8), field(start[2], 8),
        field(256 * (len(channels) + 1), 8), field(kind, 44), field(count if records is None else records, 8),
        field(seconds, 8), field(len(channels), 4),
    ]  # fmt: skip
    parts += (
        [field(c[0], 16) for c in channels] + [field("", 80) for _ in channels] + [field(c[1], 8) for c in channels]
    )
    for i in range(4):
        parts += [field(limits[i] if c[0] != "EDF Annotations" else (-1, 1, -32768, 32767)[i], 8) for c in channels]
    parts += [field("", 80) for _ in channels] + [field(c[2], 8) for c in channels] + [field("", 32) for _ in channels]
    for record in range(count):
        for row in rows:
            values = row[record * per_record : (record + 1) * per_record]
            parts.append(
                values.astype("<i2").tobytes()
                if bits == 16
                else values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
            )
        parts += [bytes(bits // 8 * c[2]) for c in extra]
        if notes:
            parts.append(f"+{times[record]}\x14\x14\0".encode().ljust(2 * notes, b"\0"))
    path = folder / name
    path.write_bytes(b"".join(parts))
    return path


def counts(leads=3, samples=1000, seed=0, high=20000):
    return np.random.default_rng(seed).integers(-high, high, (leads, samples))


def values(record, lead, step=1e-4):
    return record.signal_mv[record.leads.index(lead)] / step


def same(record, rows, step=1e-4):
    return all(
        np.array_equal(np.rint(values(record, lead, step)), row)
        for lead, row in zip(("I", "II", "V1"), rows, strict=True)
    )


def test_a_round_trip_is_exact(tmp_path):
    rows = counts()
    record = read_recording(edf(tmp_path, rows))
    assert same(record, rows)
    assert (record.fs_hz, record.format, record.recorded_at) == (500, "EDF", "2020-03-02 10:11:12")


def test_24_bits_are_read(tmp_path):
    rows = counts(high=8_000_000)
    limits = (-262144, 262143, -8388608, 8388607)
    record = read_recording(edf(tmp_path, rows, limits=limits, bits=24))
    assert record.format == "BDF"
    assert np.allclose(1000 * record.signal_mv[0], rows[0] * 524287 / 16777215, rtol=1e-5, atol=0.6)


@pytest.mark.parametrize(
    ("unit", "mv"), [("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6), ("µV", 1e-3), ("V", 1e3), ("mVolts", 1.0)]
)
def test_units(tmp_path, unit, mv):
    rows = counts()
    limits = (f"{-1 / mv:.7g}", f"{1 / mv:.7g}", -32768, 32767)
    record = read_recording(edf(tmp_path, rows, unit=unit, limits=limits))
    assert np.allclose(record.signal_mv[0], (rows[0] + 0.5) * 2 / 65535, rtol=1e-5, atol=1e-6)


def test_a_polarity_turned_round_by_the_limits_is_followed(tmp_path):
    rows = counts()
    record = read_recording(edf(tmp_path, rows, limits=(3276.7, -3276.8, -32768, 32767)))
    assert np.array_equal(np.rint(values(record, "II")), -rows[1] - 1)


def test_pieces_stand_at_their_times_with_gaps_between(tmp_path):
    rows = counts()
    times = [0, 0.2, 0.4, 1.4, 1.6, 1.8, 2, 5, 5.2, 5.4]
    record = read_recording(edf(tmp_path, rows, kind="EDF+D", times=times))
    assert record.signal_mv.shape[1] == 2800
    assert np.isnan(values(record, "I")[300:700]).all()
    assert np.array_equal(np.rint(values(record, "I")[700:800]), rows[0, 300:400])
    assert np.array_equal(np.rint(values(record, "I")[2500:]), rows[0, 700:])


def test_times_that_do_not_begin_at_nought_are_relative(tmp_path):
    times = [7.5 + 0.2 * i for i in range(10)]
    assert read_recording(edf(tmp_path, counts(), kind="EDF+D", times=times)).signal_mv.shape[1] == 1000


def test_times_that_contradict_are_a_warning(tmp_path):
    rows = counts()
    record = read_recording(edf(tmp_path, rows, kind="EDF+D", times=[0.2 * abs(i - 3) for i in range(10)]))
    assert same(record, rows)
    assert any("contradict" in warning for warning in record.warnings)


def test_a_gap_of_years_is_refused_and_not_allocated(tmp_path):
    times = [0.2 * i for i in range(9)] + [9e8]
    assert "too long to open" in refusal(edf(tmp_path, counts(), kind="EDF+D", times=times))


def test_a_continuous_file_ignores_its_times(tmp_path):
    rows = counts()
    record = read_recording(edf(tmp_path, rows, kind="EDF+C", times=[i * 9 for i in range(10)]))
    assert same(record, rows)
    assert record.format == "EDF+"


def test_a_file_cut_off_opens_with_what_is_there(tmp_path):
    rows = counts()
    path = edf(tmp_path, rows)
    path.write_bytes(path.read_bytes()[:-900])
    record = read_recording(path)
    assert same(record, rows[:, :800])
    assert "the file is cut off: 8 of 10 records are there" in record.warnings


def test_an_unknown_number_of_records_is_what_the_file_holds(tmp_path):
    rows = counts()
    assert same(read_recording(edf(tmp_path, rows, records=-1)), rows)


def test_channels_of_another_rate_are_left_out_by_name(tmp_path):
    rows = counts()
    record = read_recording(edf(tmp_path, rows, extra=[("ECG V6", "uV", 50)]))
    assert same(record, rows)
    assert "channel ECG V6 left out: it has 250 Hz, the others 500" in record.warnings


def test_what_is_no_ecg_is_left_out_where_some_channels_are(tmp_path):
    record = read_recording(edf(tmp_path, counts(), extra=[("EEG Fp1", "uV", 100), ("Resp", "Ohm", 10)]))
    assert record.leads[:2] == ("I", "II")
    assert "EEG Fp1" not in record.leads
    assert "channel Resp left out: its unit is Ohm" in record.warnings


def test_umlauts_and_dashes_are_read(tmp_path):
    path = edf(tmp_path, counts(), patient="Müller ö", start=("Müßig", "02-03-97", "10:11:12"))
    assert read_recording(path).recorded_at == "1997-03-02 10:11:12"


def test_the_patient_of_edf_plus_is_read(tmp_path):
    start = ("Startdate 24-JAN-2020 X X X", "24.01.yy", "04.05.56")
    path = edf(tmp_path, counts(), kind="EDF+C", patient="MCH-7 F 20-FEB-1998 Jane_Moore", start=start)
    record = read_recording(path)
    assert (record.age, record.sex, record.recorded_at) == ("21", "Female", "2020-01-24 04:05:56")
    assert "MCH-7" not in repr(record)


def test_a_word_for_nobody_as_the_code_does_not_hide_the_name(tmp_path):
    patients = ("X F X Jane_Moore", "keine_Angabe F X Jane_Moore")
    one, other = (read_recording(edf(tmp_path, counts(), kind="EDF+C", patient=patient)) for patient in patients)
    assert one.patient == other.patient != ""


def test_nobody_has_no_key(tmp_path):
    assert read_recording(edf(tmp_path, counts(), kind="EDF+C", patient="X F X X,X")).patient == ""


@pytest.mark.parametrize("labels", [("EKG I", "II", "V1"), ("I", "EKG_II", "ECG V1"), ("Lead I", "ecg II", "ECG: V1")])
def test_labels_in_any_spelling(tmp_path, labels):
    rows = counts()
    assert same(read_recording(edf(tmp_path, rows, labels=labels)), rows)


def test_the_sign_of_an_inverted_lead_is_kept(tmp_path):
    record = read_recording(edf(tmp_path, counts(), labels=("ECG -aVR", "EKG: -II", "ECG-V1")))
    assert (record.leads, record.derived) == (("V1", "-aVR", "-II"), ())


def test_a_dash_between_blanks_makes_a_lead_doubtful(tmp_path):
    record = read_recording(edf(tmp_path, counts(), labels=("ECG I", "ECG - II", "ECG V1")))
    assert (record.leads, record.warnings) == (
        ("I", "V1", "ECG - II"),
        ("ECG - II may be II or its inverse: taken for neither",),
    )


def test_no_sampling_rate_is_refused(tmp_path):
    assert "sampling rate" in refusal(edf(tmp_path, counts(), seconds=0))


def test_no_voltage_is_refused(tmp_path):
    assert "no channel that is a voltage" in refusal(edf(tmp_path, counts(), unit="mmHg"))


def test_edfio_reads_the_same(tmp_path):
    edfio = pytest.importorskip("edfio")
    path = edf(tmp_path, counts(), patient="X X X X", kind="EDF+C", times=[0.2 * i for i in range(10)])
    record = read_recording(path)
    for ours, theirs in zip(record.signal_mv[[0, 1, -1]], edfio.read_edf(path).signals, strict=True):
        assert 1000 * ours == pytest.approx(theirs.data, abs=1e-2)


def test_a_real_file_with_one_channel(cessl_data):
    record = read_recording(cessl_data / "formats" / "edf" / "test_utf8.edf")
    assert (record.leads, record.fs_hz, record.duration_s) == (("Fp1",), 128, 698)


def test_a_real_file_without_a_channel_is_refused(cessl_data):
    assert "annotations only" in refusal(cessl_data / "formats" / "edf" / "test_edfann.edf")


def test_a_reference_is_no_part_of_a_lead(tmp_path):
    rows = np.random.default_rng(0).integers(-900, 900, (3, 500))
    record = read_recording(edf(tmp_path, rows, labels=("I-Ref", "II-Ref", "V1_REF")))
    assert [lead for lead in record.leads if lead not in record.derived] == ["I", "II", "V1"]


def test_channels_that_are_left_out_are_named(tmp_path):
    rows = np.random.default_rng(0).integers(-900, 900, (3, 500))
    record = read_recording(edf(tmp_path, rows, labels=("ECG I", "EMG chin", "EEG Cz")))
    assert "channels that are not named as ECG left out: EMG chin, EEG Cz" in record.warnings
