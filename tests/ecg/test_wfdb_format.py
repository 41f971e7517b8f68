"""WFDB recordings: the real ones, those that the wfdb package rejects, and broken ones, each with its sentence."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import wfdb

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.measurements import QUANTITIES
from cessl_gui.ecg.readers import find_recordings, read_recording, wfdb_format
from cessl_gui.ecg.readers.wfdb_plain import read_plain


def write(folder: Path, signal: np.ndarray, leads=LEADS_12, name="r1", unit="mV", comments=(), fs=500):
    wfdb.wrsamp(
        name,
        fs=fs,
        units=[unit] * len(leads),
        sig_name=list(leads),
        p_signal=signal.T.astype(float),
        fmt=["16"] * len(leads),
        comments=list(comments),
        write_dir=str(folder),
    )
    return folder / f"{name}.hea"


def noise(leads=12, samples=1000):
    return np.random.default_rng(0).normal(0, 0.3, (leads, samples))


def refusal(path) -> str:
    with pytest.raises(UnreadableRecording) as caught:
        read_recording(path)
    assert caught.value.what.endswith(".") and caught.value.todo
    return caught.value.what


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
    assert "ABP" in record.warnings[0] and "mmHg" in record.warnings[0]


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
    assert sorted(record.leads) == sorted(wanted) and len(record.signal_mv) == 3


def test_any_name_of_a_recording_finds_it(tmp_path):
    path = write(tmp_path, noise())
    ids = {read_recording(p).id for p in (path, path.with_suffix(".dat"), path.with_suffix(""))}
    assert len(ids) == 1
    assert find_recordings([tmp_path, path.with_suffix(".dat")]) == [path]


def test_the_id_follows_the_content_and_not_the_place(tmp_path):
    path = write(tmp_path, noise())
    other = tmp_path / "elsewhere"
    other.mkdir()
    for file in tmp_path.glob("r1.*"):
        shutil.copy(file, other)
    assert read_recording(other / "r1.hea").id == read_recording(path).id
    assert read_recording(write(other, noise() + 1)).id != read_recording(path).id


def test_a_patient_is_only_a_hash(tmp_path):
    record = read_recording(write(tmp_path, noise(), comments=["Patient ID: Jane Doe"]))
    assert record.patient and "Jane" not in record.patient


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
    assert "cut off" in refusal(path) and "50 %" in refusal(path)


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


def test_a_file_of_no_known_format(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.7")
    assert "no format" in refusal(path)
    assert "does not exist" in refusal(tmp_path / "nothing.xyz")


def test_every_wfdb_recording_of_the_real_data_is_read(cessl_data):
    paths = find_recordings([cessl_data])
    assert len(paths) >= 1210
    for path in paths[::7]:
        record = read_recording(path)
        assert record.signal_mv.shape[0] == len(record.leads)


def test_real_headers_that_the_wfdb_package_rejects(cessl_data):
    paths = sorted((cessl_data / "challenge" / "g12ec").glob("*.hea"))
    records = [read_recording(path) for path in paths]
    assert len(records) == 25
    assert all(r.leads == LEADS_12 and np.nanstd(r.signal_mv) > 0.01 for r in records)


@pytest.mark.parametrize("name", ["chapman_ningbo/JS00001", "cpsc2018/A0001", "ptb/S0001"])
def test_real_signals_equal_those_of_the_wfdb_package(cessl_data, name):
    path = cessl_data / "challenge" / name
    expected, fields = wfdb.rdsamp(str(path))
    record = read_recording(path.with_suffix(".mat"))
    for i, lead in enumerate(record.leads):
        assert fields["sig_name"][i].casefold() == lead.casefold()
        assert np.allclose(record.signal_mv[i], expected[:, i], rtol=1e-6, atol=1e-6, equal_nan=True)


def with_record_line(path: Path, line: str) -> Path:
    path.write_text("\n".join([line, *path.read_text().splitlines()[1:]]))
    return path


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
        ("x 1 500 10\nx.dat 16+" + "9" * 5000 + " 200/mV 16 0 0 0 0 I\n", "could not be read"),
        ("x 1 500 10\nx.dat 16x" + "9" * 5000 + " 200/mV 16 0 0 0 0 I\n", "could not be read"),
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
    path.write_text(path.read_text().replace(" 16 ", storage).replace("r1 12", "other 12"))  # read from a copy
    wanted = read_recording(path)
    with path.with_suffix(".dat").open("r+b") as file:
        file.truncate(50 << 30)  # sparse
    monkeypatch.setattr(wfdb_format, "BLOCK", 1000)
    record = read_recording(path)
    assert record.id == wanted.id and np.array_equal(record.signal_mv, wanted.signal_mv)


@pytest.mark.parametrize(("first", "storage"), [("r1 12 500", " 16 "), ("r1 12 500 1000", " 516 ")])
def test_a_data_file_of_no_declared_length_is_refused_unread_if_too_large(tmp_path, first, storage, monkeypatch):
    path = with_record_line(write(tmp_path, noise()), first)
    path.write_text(path.read_text().replace(" 16 ", storage))
    with path.with_suffix(".dat").open("r+b") as file:
        file.truncate(50 << 30)
    monkeypatch.setattr(wfdb_format, "_blocks", None)
    assert "too large" in refusal(path)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.hea")
    assert "is not a file" in refusal(tmp_path / "pipe.hea")


def test_links_that_lead_nowhere_are_found_and_folders_are_not(tmp_path):
    (tmp_path / "annexed.hea").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.HEA").symlink_to(tmp_path / "loop.HEA")
    (tmp_path / "folder.hea").mkdir()
    found = find_recordings([tmp_path])
    assert [path.name for path in found] == ["annexed.hea", "loop.HEA"]
    for path in found:
        assert "cannot be opened" in refusal(path)


def test_a_folder_that_cannot_be_opened_is_found_and_said(tmp_path, monkeypatch):
    path = write(tmp_path, noise())
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def scandir(folder):
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert find_recordings([tmp_path]) == [tmp_path / "closed", path]
    assert "closed cannot be opened" in refusal(tmp_path / "closed")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".hea", "y\0z.hea"])
def test_names_that_no_file_can_have(tmp_path, name):
    (path,) = find_recordings([tmp_path / name])
    assert refusal(path)


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_name_that_is_not_utf_8_is_refused_with_a_way_out(tmp_path):
    path = write(tmp_path, noise()).rename(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller.hea"))
    said = refusal(*find_recordings([tmp_path]))
    assert "not UTF-8" in said and "M\\udcfcller.hea" in said and said.encode()
    assert read_recording(path.rename(tmp_path / "Müller.hea")).name == "Müller"


@pytest.mark.parametrize("error", [MemoryError(), IndexError("list index out of range"), ValueError("two\nlines")])
def test_whatever_reading_brings_about_is_that_recordings_fault(tmp_path, monkeypatch, error, caplog):
    def fail(*given):
        raise error

    monkeypatch.setattr(wfdb_format, "_voltages", fail)
    said = refusal(write(tmp_path, noise()))
    assert said == f"r1.hea could not be read ({' '.join(str(error).split()) or 'MemoryError'})."
    assert "Traceback" in caplog.text


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
    assert record.signal_mv.shape == (12, 1000) and np.isnan(record.signal_mv).all()


def test_a_data_file_that_may_not_be_read(tmp_path):
    path = write(tmp_path, noise())
    path.with_suffix(".dat").unlink()
    path.with_suffix(".dat").mkdir()
    assert "missing" in refusal(path)


def test_the_frank_leads_stay_beside_the_twelve(cessl_data):
    record = read_recording(cessl_data / "formats" / "wfdb" / "s0010_re.hea")
    assert record.leads == (*LEADS_12, "vx", "vy", "vz")
    assert (record.fs_hz, record.derived) == (1000.0, ())


def test_plain_recordings_are_the_same_bits_as_those_of_the_wfdb_package(cessl_data):
    paths = [p for name in ("ptbxl", "challenge", "ludb") for p in find_recordings([cessl_data / name])[::41]]
    plain = 0
    for path in paths:
        found = read_plain(path, path.read_text())
        try:
            wanted = wfdb.rdrecord(str(path.with_suffix("")), return_res=32)
        except ValueError:  # a date or a name that the package rejects
            continue
        assert found.p_signal.tobytes() == np.ascontiguousarray(wanted.p_signal).tobytes()
        assert (found.fs, found.sig_name, found.units) == (wanted.fs, wanted.sig_name, wanted.units)
        assert found.comments == wanted.comments
        plain += 1
    assert plain > 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" 16 ", " 80 "),  # another storage
        ("r1.dat", "r2.dat"),  # in one line of several: two files
        ("/mV", ""),  # a unit by default
        (" 0 II", ""),  # fields left out
    ],
)
def test_forms_that_are_left_to_the_wfdb_package(tmp_path, old, new):
    path = write(tmp_path, noise())
    assert read_plain(path, path.read_text()) is not None
    first, *rows = path.read_text().splitlines()
    rows[1] = rows[1].replace(old, new)
    assert read_plain(path, "\n".join([first, *rows])) is None


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


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Ventricular rate: 72", {"rate": 72}),
        ("heart_rate: 71.5 bpm", {"rate": 71.5}),
        ("Rate: 72 /min", {"rate": 72}),
        ("PR interval: 160 ms", {"pr": 160}),
        ("pr = 0.16 s", {"pr": 160}),
        ("QRS-Duration: 90ms", {"qrs": 90}),
        ("qrs: 90", {"qrs": 90}),
        ("QT_interval: 380 MS", {"qt": 380}),
        ("QT: 380", {"qt": 380}),
        ("QTc: 410", {"qtc": 410}),
        ("QTc Bazett: 420 ms", {"qtc_bazett": 420}),
        ("qtc-fridericia: 0.41 s", {"qtc_fridericia": 410}),
        ("P axis: 0", {"p_axis": 0}),
        ("QRS axis: -30 deg", {"qrs_axis": -30}),
        ("T_Axis: +45.5 °", {"t_axis": 45.5}),
        ("<QRS duration>: 90  <T-axis>: 10", {"qrs": 90, "t_axis": 10}),
    ],
)
def test_what_the_device_measured(tmp_path, line, wanted):
    path = write(tmp_path, noise())
    path.write_text(f"{path.read_text()}#{line}\n", encoding="utf-8")
    device = read_recording(path).device
    assert device == pytest.approx(wanted)
    assert device.keys() <= QUANTITIES.keys() | {"qtc"}


@pytest.mark.parametrize(
    "line",
    [
        *("QT: nan", "QT: inf", "QT: 1e3", "QT: long", "QT: 380 or so", "QT: -380", "QT: 380 mV", "QT: 0", "QT: 29999"),
        *("QT: 0.38", "QT: 380 s", "QT: ٣٨٠", "QT: " + "9" * 400, "QT/QTc: 380/410", "QT", "QT 380", "QRS axis: 400"),
        *("Rate: 500 Hz", "Rate: 0", "Rate: 72 ms", "Sampling rate: 72", "QRS axis: normal", "the QT: 380"),
    ],
)
def test_a_comment_that_states_no_plausible_measurement_is_free_text(tmp_path, line):
    path = write(tmp_path, noise())
    path.write_text(f"{path.read_text()}#{line}\n", encoding="utf-8")
    assert read_recording(path).device == {}


def test_a_rate_that_may_be_the_sampling_rate_is_no_heart_rate(tmp_path):
    assert read_recording(write(tmp_path, noise(), comments=["Rate: 250"], fs=250)).device == {}
    assert read_recording(write(tmp_path, noise(), comments=["Heart rate: 250"], fs=250)).device == {"rate": 250}


@pytest.mark.parametrize("name", ["patient id", "Patient_ID", "PATIENT-ID"])
def test_names_of_comments_may_have_spaces_underscores_or_hyphens(tmp_path, name):
    assert read_recording(write(tmp_path, noise(), comments=[f"{name}: 7"])).patient


def test_real_recordings_state_no_device_measurements(cessl_data):
    assert not any(read_recording(path).device for path in find_recordings([cessl_data])[::41])
