"""CSV and TXT in the dialects that programs and clinics write, and the real ones."""

import numpy as np
import pytest

from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.given import Given, parse
from tests.ecg.recordings import refusal


def counts(columns=3, samples=1000, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (columns, samples))


def table(folder, rows, heading="", separator=",", comma=False, name="t.csv", encoding="utf-8", ends="\n", index=None):
    lines = []
    for i, row in enumerate(np.asarray(rows).T):
        cells = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.tolist()]
        cells = [*([str(index(i))] if index else []), *cells]
        lines.append(separator.join(cell.replace(".", ",") if comma else cell for cell in cells))
    path = folder / name
    path.write_bytes((heading + ends.join(lines) + ends).encode(encoding))
    return path


def same(record, rows, step=1e-3, leads=("I", "II", "V1")):
    found = [record.signal_mv[record.leads.index(lead)] for lead in leads]
    return np.allclose(found, np.asarray(rows) * step, atol=1e-6)


HEAD = "time (s),I (uV),II (uV),V1 (uV)\n"


def test_headings_name_leads_units_and_time(tmp_path):
    rows = counts()
    record = read_recording(table(tmp_path, rows, HEAD, index=lambda i: i * 0.004))
    assert same(record, rows)
    assert record.fs_hz == 250
    assert record.guesses == ()


@pytest.mark.parametrize(
    ("heading", "index", "hz"),
    [
        ("time (ms),I [uV],II [uV],V1 [uV]\n", lambda i: i * 2, 500),
        ("Time,I_uV,II_uV,V1_uV\n", lambda i: round(i / 360, 6), 360),
        ("time_us,I (uV),II (uV),V1 (uV)\n", lambda i: i * 2000, 500),
        ("Time [µs],I (uV),II (uV),V1 (uV)\n", lambda i: i * 1000, 1000),
        ("timestamp (ns),I (uV),II (uV),V1 (uV)\n", lambda i: i * 4_000_000, 250),
        ("Sampling rate: 1 kHz\nsample,I (uV),II (uV),V1 (uV)\n", lambda i: i, 1000),
        ("ms,I (uV),II (uV),V1 (uV)\n", lambda i: i, 1000),
        ("# fs=300\nsample,I (uV),II (uV),V1 (uV)\n", lambda i: i, 300),
        ("Sampling frequency: 512 Hz\nindex,I (uV),II (uV),V1 (uV)\n", lambda i: i, 512),
    ],
)
def test_the_rate_comes_from_the_clock_or_a_line_above(tmp_path, heading, index, hz):
    rows = counts()
    record = read_recording(table(tmp_path, rows, heading, index=index))
    assert record.fs_hz == pytest.approx(hz, rel=1e-3)
    assert same(record, rows)


@pytest.mark.parametrize("heading", ["Time,I,II,V1\ns,uV,uV,uV\n", "'time','I','II','V1'\n'seconds','uV','uV','uV'\n"])
def test_units_may_stand_in_a_line_below_the_names(tmp_path, heading):
    rows = counts()
    record = read_recording(table(tmp_path, rows, heading, index=lambda i: i * 0.002))
    assert same(record, rows)
    assert (record.leads[:2], record.fs_hz, record.guesses) == (("I", "II"), 500, ())


def test_the_separator_that_excel_is_told_is_no_heading(tmp_path):
    rows = counts()
    path = tmp_path / "excel.csv"
    lines = ["sep=;", "Zeit (s);I (uV);II (uV);V1 (uV)"]
    lines += [f"{i * 0.002:.3f};{a};{b};{c}".replace(".", ",") for i, (a, b, c) in enumerate(rows.T)]
    path.write_text("\n".join(lines))
    record = read_recording(path)
    assert same(record, rows)
    assert (record.fs_hz, record.guesses) == (500, ())


def test_a_rate_that_the_clock_contradicts_is_said(tmp_path):
    record = read_recording(table(tmp_path, counts(), "# fs=500\n" + HEAD, index=lambda i: i * 0.004))
    assert "the file states 500 Hz, which is taken; by its clock it has 250 Hz" in record.warnings
    agreeing = read_recording(table(tmp_path, counts(), "# fs=250\n" + HEAD, index=lambda i: i * 0.004))
    assert not any("clock" in warning for warning in agreeing.warnings)


@pytest.mark.parametrize(("separator", "comma"), [(";", False), ("\t", False), (" ", False), (";", True), ("\t", True)])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_separators_and_decimal_commas(tmp_path, separator, comma, ends):
    rows = counts() / 1000 + 0.0005
    heading = separator.join(["t", "I", "II", "V1"]) + ends
    path = table(tmp_path, rows, heading, separator, comma, ends=ends, index=lambda i: i * 0.002)
    record = read_recording(path, Given(step_mv=1.0))
    assert same(record, rows, 1.0)
    assert record.fs_hz == 500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    rows = counts()
    record = read_recording(
        table(tmp_path, rows, HEAD.replace("uV", "µV"), encoding=encoding, index=lambda i: i * 0.002)
    )
    assert same(record, rows)


WATCH = (
    'Name,Jane Doe\nDate of Birth,"1980-01-01"\nRecorded Date,2020-05-15 09:50:55 +0200\nClassification,Sinus Rhythm\n'
    'Symptoms,\nSoftware Version,1.90\nDevice,"Watch6,1"\nSample Rate,{rate}\n\n\nLead,Lead I\nUnit,{unit}\n\n'
)


@pytest.mark.parametrize(
    ("rate", "hz", "comma"), [("512.4 hertz", 512.4, False), ("512 hertz", 512, False), ("512,4 Hertz", 512.4, True)]
)
@pytest.mark.parametrize("unit", ["µV", "uV"])
def test_the_apple_watch(tmp_path, rate, hz, comma, unit):
    rows = np.random.default_rng(0).normal(0, 300, (1, 6000)).round(3)
    path = table(tmp_path, rows, WATCH.format(rate=rate, unit=unit), comma=comma)
    record = read_recording(path)
    assert same(record, rows, leads=("I",))
    assert (record.fs_hz, record.age, record.recorded_at) == (hz, "40", "2020-05-15 09:50:55")
    assert record.device_statements == ("Sinus Rhythm",)
    assert record.guesses == ()
    assert "Jane" not in repr(record)


def twelve(samples=5000):
    rows = counts(12, samples) // 4
    rows[2] = rows[1] - rows[0]
    rows[3], rows[4], rows[5] = -(rows[0] + rows[1]) // 2, (rows[1] + rows[2]) // 2, (rows[0] - rows[2]) // 2
    return rows


def test_without_a_word_all_is_guessed_and_said_so(tmp_path):
    record = read_recording(table(tmp_path, twelve(), index=lambda i: i))
    assert record.fs_hz == 500
    assert len(record.guesses) == 3
    assert set(record.guesses) <= set(record.warnings)


def test_limb_leads_in_another_order_are_told_by_their_sums(tmp_path):
    rows = twelve()
    record = read_recording(table(tmp_path, rows, index=lambda i: i))
    assert same(record, rows[4:6], leads=("aVF", "aVL"))


def test_what_a_person_says_goes_first_and_leaves_no_guess(tmp_path):
    rows = twelve(777)
    given = parse(["fs=250", "unit=4.88uV", "leads=" + ",".join(LEADS_12)])
    record = read_recording(table(tmp_path, rows, index=lambda i: i), given)
    assert same(record, rows, 4.88e-3, LEADS_12)
    assert (record.fs_hz, record.guesses) == (250, ())


@pytest.mark.parametrize("setting", ["fs=fast", "fs=0", "unit=mmHg", "unit=", "leads=", "colour=red", "fs"])
def test_a_setting_that_is_none_is_refused(setting):
    with pytest.raises(CesslError, match="is no setting"):
        parse([setting])


def test_a_rate_that_cannot_be_guessed_is_asked_for(tmp_path):
    path = table(tmp_path, twelve(4321), index=lambda i: i)
    assert "does not state its sampling rate" in refusal(path)


def test_other_numbers_of_leads_than_columns_are_refused(tmp_path):
    path = table(tmp_path, twelve(), index=lambda i: i)
    with pytest.raises(CesslError, match="12 columns of samples, and 2 leads"):
        read_recording(path, Given(leads=("I", "II")))


def test_columns_of_16000_are_missing_and_those_computed_from_them_too(tmp_path):
    rows = twelve()
    rows[0], rows[1] = -16000, -15980
    rows[2], rows[3], rows[4], rows[5] = 20, 15990, -7980, -8010
    record = read_recording(table(tmp_path, rows, index=lambda i: i))
    gone = [lead for lead, row in zip(record.leads, record.signal_mv, strict=True) if np.isnan(row).all()]
    assert gone == ["I", "II", "III", "aVR", "aVL", "aVF"]


def test_cells_without_a_value_are_gaps(tmp_path):
    lines = [f"{i},{i % 7},{'' if i in (3, 4) else i % 5},{'NaN' if i == 9 else 1}" for i in range(5000)]
    path = tmp_path / "g.csv"
    path.write_text("sample,I (mV),II (mV),V1 (mV)\n" + "\n".join(lines))
    record = read_recording(path)
    assert np.flatnonzero(np.isnan(record.signal_mv[record.leads.index("II")])).tolist() == [3, 4]
    assert np.flatnonzero(np.isnan(record.signal_mv[record.leads.index("V1")])).tolist() == [9]


def test_one_lead_a_line_is_read_too(tmp_path):
    rows = twelve()
    path = tmp_path / "w.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    assert same(read_recording(path), rows[:2], leads=("I", "II"))


@pytest.mark.parametrize(
    "text",
    [
        "ecg_id,patient_id,age\n" + "\n".join(f"{i},{i},50" for i in range(50)),
        "a,b\nx,y\n" * 30,
        "just words\n" * 30,
        "1,2\n3,4\n",
        "\n".join(f"{i},word" for i in range(50)),
    ],
)
def test_other_texts_are_no_recordings(tmp_path, text):
    (tmp_path / "labels.csv").write_text(text)
    assert find_recordings([tmp_path]) == []


def test_rows_of_other_lengths_further_on_are_refused(tmp_path):
    path = table(tmp_path, counts(), HEAD, index=lambda i: i * 0.002)
    path.write_text(path.read_text() + "1,2\n1,2,3,4,5,6\n")
    assert "its rows differ in length" in refusal(path)


@pytest.mark.parametrize("name", ["1005639.txt", "1007823.txt"])
def test_real_files_with_a_signal(cessl_data, name):
    path = cessl_data / "formats" / "csv" / name
    record = read_recording(path)
    rows = np.loadtxt(path, delimiter=",").T[1:]
    assert (record.fs_hz, record.duration_s, record.leads) == (500, 10, LEADS_12)
    assert same(record, rows, leads=("I", "II", "III", "aVR", "aVF", "aVL", *LEADS_12[6:]))


@pytest.mark.parametrize("name", ["1002603.txt", "1006637.txt"])
def test_real_files_without_one(cessl_data, name):
    record = read_recording(cessl_data / "formats" / "csv" / name)
    assert np.isnan(record.signal_mv).all()
    assert "no lead has a signal" in record.warnings
