"""WFDB recordings: the real ones, those that the wfdb package rejects, and broken ones, each with its sentence."""

import shutil

import numpy as np
import pytest
import wfdb

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.amplitude import doubts
from cessl_gui.ecg.readers.wfdb import wfdb_format, wfdb_samples
from tests.ecg.recordings import noise, refusal, with_record_line, write

# PTB's header states 2,000,000 steps a millivolt; the two others are no ECGs but every format of samples.
DOUBTED = {"s0010_re": ["the date of the recording may begin with the day or the month: none is taken"]} | {
    name: [f"the ECG would be {height} mV high: its unit may be wrong"]
    for name, height in (("S0001", "0.000457"), ("binformats", "170"), ("flacformats", "320"))
}


def test_a_recording_comes_back_in_millivolt_with_its_header(tmp_path):
    path = write(tmp_path, noise(), comments=["Age: 74", "Sex: Female", "Dx: 164889003, 59118001"])
    record = read_recording(path)
    assert np.abs(record.signal_mv - noise()).max() < 1e-3
    assert record.leads == LEADS_12
    assert (record.fs_hz, record.age, record.sex, record.name) == (500.0, "74", "Female", "r1")
    assert record.statements == ("164889003", "59118001")
    assert record.signal_mv.dtype == np.float32


def test_microvolts_become_millivolts_and_what_is_no_voltage_is_left_out_with_a_word(tmp_path):
    signal = np.stack([1000 * noise()[0], 90 + noise()[1]])
    wfdb.wrsamp("mixed", 250, ["uV", "mmHg"], ["II", "ABP"], signal.T, fmt=["16", "16"], write_dir=str(tmp_path))
    record = read_recording(tmp_path / "mixed.hea")
    assert record.leads == ("II",)
    assert np.abs(record.signal_mv[0] - noise()[0]).max() < 1e-3
    assert "ABP" in record.warnings[0]
    assert "mmHg" in record.warnings[0]


def test_missing_samples_are_nan_and_not_minus_32_mv(tmp_path):
    signal = noise()
    signal[3, 100:200] = np.nan
    record = read_recording(write(tmp_path, signal))
    assert np.isnan(record.signal_mv[3, 100:200]).all()
    assert np.isfinite(record.signal_mv[3, 200:]).all()


@pytest.mark.parametrize("leads", [("II",), (*LEADS_12, "vx", "vy", "vz")])
def test_one_lead_and_fifteen_leads_are_read_as_what_they_are(tmp_path, leads):
    record = read_recording(write(tmp_path, noise(len(leads)), leads))
    assert record.leads == leads
    assert set(record.missing) == set(LEADS_12) - set(leads)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("V1", "V1", "v1"), ("V1", "V1 (2)", "V1 (3)")),
        (("V1 (2)", "V1", "V1"), ("V1 (2)", "V1", "V1 (3)")),
    ],
)
def test_channels_of_one_name_are_all_kept(tmp_path, given, wanted):
    path = write(tmp_path, noise(3), ("I", "II", "III"))
    lines = path.read_text().splitlines()
    named = [line.rsplit(" ", 1)[0] + f" {name}" for line, name in zip(lines[1:], given, strict=True)]
    path.write_text("\n".join([lines[0], *named]))
    record = read_recording(path)
    assert sorted(record.leads) == sorted(wanted)
    assert len(record.signal_mv) == 3
    assert any("several channels are named V1" in warning for warning in record.warnings)


def test_the_id_follows_the_content_and_not_the_place(tmp_path):
    path = write(tmp_path, noise())
    other = tmp_path / "elsewhere"
    other.mkdir()
    for file in tmp_path.glob("r1.*"):
        shutil.copy(file, other)
    assert read_recording(other / "r1.hea").id == read_recording(path).id
    assert read_recording(write(other, noise() + 1)).id != read_recording(path).id


def test_a_patient_is_only_a_hash(tmp_path):
    record = read_recording(write(tmp_path, noise(), comments=["Patient ID: Jane Moore"]))
    assert record.patient
    assert "Jane" not in record.patient


def test_dates_and_record_names_that_the_wfdb_package_rejects(tmp_path):
    path = write(tmp_path, noise(), comments=["Dx: Normal"])
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["other.mat 12 500 1000 05-May-2020 14:50:55", *lines[1:]]))
    with pytest.raises(ValueError):
        wfdb.rdsamp(str(path.with_suffix("")))
    record = read_recording(path)
    assert np.abs(record.signal_mv - noise()).max() < 1e-3
    assert record.statements == ("Normal",)


def test_text_named_hea(tmp_path):
    path = tmp_path / "letter.hea"
    path.write_text("Dear colleague,\nthank you for the referral.\n")
    assert "not a WFDB header" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\x1f\x8b" * 50, b"# only a comment\n"])
def test_rubbish_named_hea(tmp_path, content):
    path = tmp_path / "x.hea"
    path.write_bytes(content)
    assert "not a WFDB header" in refusal(path)


def test_cut_off_data(tmp_path):
    path = write(tmp_path, noise())
    data = path.with_suffix(".dat")
    data.write_bytes(data.read_bytes()[:12000])
    assert "cut off" in refusal(path)
    assert "50 %" in refusal(path)


def test_missing_data(tmp_path):
    path = write(tmp_path, noise())
    path.with_suffix(".dat").unlink()
    assert "missing" in refusal(path)


def test_a_header_cannot_lead_outside_its_folder(tmp_path):
    write(tmp_path, noise(), name="secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    path = write(inner, noise())
    path.write_text(path.read_text().replace("r1.dat", "../secret.dat"))
    assert "outside its own folder" in refusal(path)


def test_an_absurd_length_is_refused_before_memory_is_taken(tmp_path):
    path = write(tmp_path, noise())
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["r1 12 500 1000000000000", *lines[1:]]))
    refusal(path)
    compressed = [line.replace(" 16 ", " 516 ", 1) for line in lines[1:]]
    path.write_text("\n".join(["r1 12 500 1000000000000", *compressed]))
    assert "too long" in refusal(path)


def test_a_header_that_announces_more_signals_than_it_describes(tmp_path):
    path = write(tmp_path, noise())
    path.write_text("\n".join(path.read_text().splitlines()[:5]))
    assert "describes fewer" in refusal(path)


@pytest.mark.parametrize(
    ("folder", "least"), [("ptbxl", 859), ("ptbxl_more", 873), ("challenge", 242), ("ludb", 100), ("formats/wfdb", 8)]
)
def test_every_wfdb_recording_of_the_real_data_is_read(cessl_data, folder, least):
    paths = [path for path in find_recordings([cessl_data / folder]) if path.suffix == ".hea"]
    assert len(paths) >= least
    for path in paths:
        record = read_recording(path)
        assert record.signal_mv.shape[0] == len(record.leads)
        assert [said for said in record.warnings if "MLII" not in said and "NU" not in said] == DOUBTED.get(
            path.stem, []
        )


def test_real_headers_that_the_wfdb_package_rejects(cessl_data):
    paths = sorted((cessl_data / "challenge" / "g12ec").glob("*.hea"))
    records = [read_recording(path) for path in paths]
    assert len(records) == 25
    assert {r.leads for r in records} == {LEADS_12}
    assert min(np.nanstd(r.signal_mv) for r in records) > 0.01


@pytest.mark.parametrize("name", ["chapman_ningbo/JS00001", "cpsc2018/A0001", "ptb/S0001"])
def test_real_signals_equal_those_of_the_wfdb_package(cessl_data, name):
    path = cessl_data / "challenge" / name
    expected, fields = wfdb.rdsamp(str(path))
    record = read_recording(path.with_suffix(".mat"))
    for i, lead in enumerate(record.leads):
        assert fields["sig_name"][i].casefold() == lead.casefold()
        assert np.allclose(record.signal_mv[i], expected[:, i], rtol=1e-6, atol=1e-6, equal_nan=True)


@pytest.mark.parametrize("rate", ["0", "-500", "1e30", "nan", "inf", "#"])
def test_a_rate_that_no_ecg_has(tmp_path, rate):
    assert refusal(with_record_line(write(tmp_path, noise()), f"r1 12 {rate} 1000"))


@pytest.mark.parametrize("line", ["r1 ² 500 1000", "r1 12 500 1²"])
def test_digits_that_are_no_numbers(tmp_path, line):
    path = with_record_line(write(tmp_path, noise()), line)
    try:
        assert read_recording(path).signal_mv.shape == (12, 1000)
    except UnreadableRecording as error:
        assert error.what


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("x 1 500 10\n" + "d" * 300 + ".dat 16 200/mV 16 0 0 0 0 I\n", "File name too long"),
        ("x/" + "9" * 5000 + " 1 500 10\nseg 10\n", "not a WFDB header"),
        ("x/2 2 500\nr1 1000\n~ 1000000000\n", "too long"),
        ("x/1 2 500 10\nr1\n", "not a WFDB header"),
        ("x 1 500 10\nx.dat 16x999999999 200/mV 16 0 0 0 0 I\n", "too long"),
        ("x 1 500 10\nx.dat 16+" + "9" * 5000 + " 200/mV 16 0 0 0 0 I\n", "storage format that cannot be read"),
        ("x 1 500 10\nx.dat 16x" + "9" * 5000 + " 200/mV 16 0 0 0 0 I\n", "storage format that cannot be read"),
    ],
)
def test_numbers_and_names_beyond_all_measure(tmp_path, header, words):
    write(tmp_path, noise(), name="r1")
    (tmp_path / "x.dat").write_bytes(bytes(20))
    (tmp_path / "x.hea").write_text(header)
    assert words in refusal(tmp_path / "x.hea")


def test_a_comment_may_begin_with_a_blank(tmp_path):
    path = write(tmp_path, noise())
    wanted = read_recording(path).signal_mv
    path.write_text(f" #made 1 500 10\n{path.read_text()}")
    assert np.array_equal(read_recording(path).signal_mv, wanted)
    # the wfdb package's form of it, whose record line is then rewritten
    with_date = path.read_text().replace("r1 12 500 1000", "other 12 500 1000 05-May-2020 14:50:55")
    path.write_text(with_date.replace("r1.dat 16 ", "r1.dat 16x1:0 "))
    assert np.array_equal(read_recording(path).signal_mv, wanted)


@pytest.mark.parametrize("storage", [" 16 ", " 16x1:0 "])
def test_of_a_data_file_no_more_is_read_than_its_header_declares(tmp_path, storage, monkeypatch):
    path = write(tmp_path, noise())
    path.write_text(path.read_text().replace(".dat 16 ", f".dat{storage}").replace("r1 12", "other 12"))
    wanted = read_recording(path)
    with path.with_suffix(".dat").open("r+b") as file:
        file.truncate(50 << 30)  # sparse
    monkeypatch.setattr(wfdb_format, "BLOCK", 1000)
    monkeypatch.setattr(wfdb_samples, "BLOCK", 1000)
    record = read_recording(path)
    assert record.id == wanted.id
    assert np.array_equal(record.signal_mv, wanted.signal_mv)
    assert any("% of r1.dat are read" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("first", "storage", "words"),
    [("r1 12 500", " 16 ", "too long"), ("r1 12 500 0", " 212 ", "too long"), ("r1 12 500 1000", " 516 ", "no FLAC")],
)
def test_a_data_file_of_no_declared_length_is_refused_unread_if_too_large(tmp_path, first, storage, words, monkeypatch):
    path = with_record_line(write(tmp_path, noise()), first)
    path.write_text(path.read_text().replace(" 16 ", storage))
    with path.with_suffix(".dat").open("r+b") as file:
        file.truncate(50 << 30)
    monkeypatch.setattr(wfdb_format, "_blocks", None)
    assert words in refusal(path)


def test_a_recording_that_is_a_segment_of_itself(tmp_path):
    path = tmp_path / "loop.hea"
    path.write_text("loop/1 2 500 1000\nloop 1000\n")
    assert "segment" in refusal(path)


def test_compressed_data_that_is_rubbish(tmp_path):
    (tmp_path / "z.dat").write_bytes(b"\x1f\x8b\x08" + bytes(range(256)) * 20)
    (tmp_path / "z.hea").write_text("z 1 500 1000\nz.dat 516 200/mV 16 0 0 0 0 II\n")
    assert "could not be read" in refusal(tmp_path / "z.hea")


def test_a_gain_beyond_all_numbers_leaves_gaps_and_no_infinity(tmp_path):
    path = write(tmp_path, noise(1), ["II"])
    line = path.read_text().splitlines()[1].split()
    line[2] = "1e-300/mV"
    path.write_text("r1 1 500 1000\n" + " ".join(line) + "\n")
    assert not np.isinf(read_recording(path).signal_mv).any()


@pytest.mark.parametrize("length", ["0", ""])
@pytest.mark.parametrize("storage", [" 16 ", " 80 "])
def test_no_samples(tmp_path, length, storage):
    path = with_record_line(write(tmp_path, noise()), f"r1 12 500 {length}")
    path.write_text(path.read_text().replace(" 16 ", storage, 1))
    path.with_suffix(".dat").write_bytes(b"")
    refusal(path)
    path = write(tmp_path, noise(), name="plain")
    path.with_suffix(".dat").write_bytes(b"")
    assert "has no samples" in refusal(with_record_line(path, "plain 12 500 0"))


def test_nothing_but_missing_values(tmp_path):
    path = write(tmp_path, noise())
    path.with_suffix(".dat").write_bytes(np.full(12000, -32768, "<i2").tobytes())
    record = read_recording(path)
    assert record.signal_mv.shape == (12, 1000)
    assert np.isnan(record.signal_mv).all()


def test_a_data_file_that_may_not_be_read(tmp_path):
    path = write(tmp_path, noise())
    path.with_suffix(".dat").unlink()
    path.with_suffix(".dat").mkdir()
    assert "missing" in refusal(path)


def test_the_frank_leads_stay_beside_the_twelve(cessl_data):
    record = read_recording(cessl_data / "formats" / "wfdb" / "s0010_re.hea")
    assert record.leads == (*LEADS_12, "vx", "vy", "vz")
    assert (record.fs_hz, record.derived) == (1000.0, ())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("09:17:34 09/11/1984", "1984-11-09 09:17:34"),
        ("05-May-2020 14:50:55", "2020-05-05 14:50:55"),
        ("9:17:34 09/11/1984", "1984-11-09 09:17:34"),
        ("9:17 09/11/1984", "1984-11-09 09:17"),
        ("9:17:34", ""),
        ("31/02/2020 09:17:34", ""),
        ("", ""),
    ],
)
def test_when_a_recording_was_made(tmp_path, words, wanted):
    path = write(tmp_path, noise())
    assert read_recording(with_record_line(path, f"r1 12 500 1000 {words}")).recorded_at == wanted


@pytest.mark.parametrize("name", ["patient id", "Patient_ID", "PATIENT-ID"])
def test_names_of_comments_may_have_spaces_underscores_or_hyphens(tmp_path, name):
    assert read_recording(write(tmp_path, noise(), comments=[f"{name}: 7"])).patient


@pytest.mark.parametrize("height_mv", [400.0, 0.0004])
def test_an_ecg_of_no_possible_height_is_said_to_be_in_doubt(tmp_path, height_mv):
    record = read_recording(write(tmp_path, noise() * height_mv))
    assert any("its unit may be wrong" in warning for warning in record.warnings)


def test_an_unusual_rate_is_said(tmp_path):
    assert "40 Hz is an unusual sampling rate" in read_recording(write(tmp_path, noise(), fs=40)).warnings


def test_an_ordinary_ecg_with_gaps_is_not_in_doubt():
    signal = noise()
    signal[:, 300:600] = np.nan
    assert doubts(signal, 500) == []
