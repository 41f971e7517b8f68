"""What we write: our reader, and the usual packages, find the same samples in it."""

import shutil
import subprocess
import warnings
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.writers import SUFFIXES, write
from cessl_gui.ecg.writers.dicom_file import AMBULATORY, GENERAL, TWELVE_LEAD

FORMATS = tuple(SUFFIXES)
STEP = {"muse": 0.00488, "five": 0.005, "fine": 5e-7, "binary": 1 / 204.8, "third": 1 / 306}


def ecg(step="five", fs_hz=500, samples=1200, leads=LEADS_12, seed=0, gap=False):
    counts = np.random.default_rng(seed).integers(-2000, 2000, (len(leads), samples))
    counts[0, :3] = -32_000, 32_000, 0
    signal = (counts * STEP[step]).astype(np.float32)
    if gap:
        signal[1, 30:400] = np.nan
    return Record(
        id="a" * 16,
        name="one",
        source="",
        sha256="b" * 64,
        signal_mv=signal,
        fs_hz=fs_hz,
        leads=tuple(leads),
        patient="c" * 16,
        recorded_at="2015-06-07 08:09:10",
        age="61",
        sex="Female",
        statements=("164889003",),
        device={"rate": 71.0, "rr": 850.0, "pr": 160.0, "qt": 400.0, "qtc": 433.0, "qrs_axis": -1.0},
        device_statements=("Sinus rhythm",),
    )


def written(record, folder, format_, **how):
    path = folder / f"out{SUFFIXES[format_][0]}"
    write(record, path, format_, **how)
    return path


def back(record, folder, format_):
    (path,) = find_recordings([written(record, folder, format_)])
    return read_recording(path)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("step", STEP)
def test_written_then_read_all_numbers_are_the_same(tmp_path, format_, step):
    record = ecg(step, gap=True)
    read = back(record, tmp_path, format_)
    assert (read.leads, read.fs_hz) == (record.leads, record.fs_hz)
    assert np.array_equal(np.isnan(read.signal_mv), np.isnan(record.signal_mv))
    steps = np.rint(record.signal_mv / STEP[step])
    assert np.nanmax(np.abs(read.signal_mv / STEP[step] - steps)) < (0.02 if format_ == "edf" else 0.01)
    assert np.array_equal(np.rint(read.signal_mv / STEP[step]), steps, equal_nan=True)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("fs_hz", "samples"), [(500, 5000), (1000, 1234), (257, 2570), (512.4, 5124), (360, 1001)])
def test_rate_and_length_stay(tmp_path, format_, fs_hz, samples):
    record = ecg(fs_hz=fs_hz, samples=samples)
    read = back(record, tmp_path, format_)
    assert read.fs_hz == pytest.approx(fs_hz, rel=1e-9)
    more = read.signal_mv[:, samples:]
    assert format_ == "edf" or not more.size
    assert np.isnan(more).all()
    assert more.shape[1] <= fs_hz


@pytest.mark.parametrize("format_", ["wfdb", "csv", "edf", "dicom"])
def test_who_and_when_come_back(tmp_path, format_):
    read = back(ecg(), tmp_path, format_)
    assert (read.recorded_at, read.sex) == ("2015-06-07 08:09:10", "Female")
    assert read.age == ("" if format_ == "edf" else "61")  # EDF knows dates of birth only
    assert read.patient


@pytest.mark.parametrize("format_", ["edf", "dicom"])
def test_a_moment_that_is_not_known_is_not_made_up(tmp_path, format_):
    assert back(replace(ecg(), recorded_at=""), tmp_path, format_).recorded_at == ""


@pytest.mark.parametrize("format_", ["wfdb", "dicom"])
def test_what_the_device_measured_comes_back(tmp_path, format_):
    assert back(ecg(), tmp_path, format_).device == ecg().device


def test_the_labels_of_the_file_come_back(tmp_path):
    assert back(ecg(), tmp_path, "wfdb").statements == ("164889003",)


def test_wfdb_reads_the_numbers_and_the_gain_of_the_source(tmp_path):
    import wfdb

    record = ecg("five")
    read = wfdb.rdrecord(str(written(record, tmp_path, "wfdb").with_suffix("")), physical=False)
    assert np.array_equal(read.d_signal.T, np.rint(record.signal_mv / 0.005))
    assert read.adc_gain == [200.0] * 12
    assert str(read.base_date) == "2015-06-07"


@pytest.mark.parametrize("step", STEP)
def test_pyedflib_accepts_it_and_its_limits_say_the_step(tmp_path, step):
    pyedflib = pytest.importorskip("pyedflib")
    record = ecg(step)
    with pyedflib.EdfReader(str(written(record, tmp_path, "edf"))) as file:
        assert file.signals_in_file == 12
        for i in range(12):
            unit = {"uV": 1e-3, "mV": 1, "nV": 1e-6}[file.getPhysicalDimension(i)]
            read = file.readSignal(i) * unit / STEP[step]
            assert np.abs(read - record.signal_mv[i] / STEP[step]).max() < 0.02
        assert file.getSampleFrequencies().tolist() == [500] * 12


def test_edfio_reads_the_statements_as_annotations(tmp_path):
    import edfio

    edf = edfio.read_edf(written(ecg(), tmp_path, "edf"))
    assert [note.text for note in edf.annotations] == ["Sinus rhythm"]


@pytest.mark.parametrize(
    ("fs_hz", "samples", "leads", "class_"),
    [
        (500, 5000, LEADS_12, TWELVE_LEAD),
        (1000, 16_384, LEADS_12, TWELVE_LEAD),
        (200, 5000, (*LEADS_12, "V7"), TWELVE_LEAD),
        (500, 16_385, LEADS_12, GENERAL),
        (500, 500, (*LEADS_12, "V7", "V8", "V9"), GENERAL),
        (100, 1000, LEADS_12, AMBULATORY),
        (128, 60_000, ("II", "V1"), AMBULATORY),
    ],
)
def test_dicom_takes_the_narrowest_class_that_allows_it(tmp_path, fs_hz, samples, leads, class_):
    import pydicom

    record = ecg(fs_hz=fs_hz, samples=samples, leads=leads)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = pydicom.dcmread(written(record, tmp_path, "dicom"))
        array = dataset.waveform_array(0)
    assert dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == class_
    assert np.abs(array.T / 1000 - record.signal_mv).max() <= 1e-5
    assert float(dataset.WaveformSequence[0].SamplingFrequency) == fs_hz
    assert read_recording(tmp_path / "out.dcm").leads == record.leads


CLASSES = [(500, LEADS_12), (500, ("I", "II")), (200, ("II",))]


@pytest.mark.parametrize(("fs_hz", "leads"), CLASSES)
def test_every_value_of_written_dicom_passes_the_validation_of_pydicom(tmp_path, fs_hz, leads):
    import pydicom
    from pydicom import config

    path = written(ecg(fs_hz=fs_hz, samples=2000, leads=leads), tmp_path, "dicom")
    strict = config.Settings()
    strict.reading_validation_mode = config.RAISE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "settings", strict)
        values = [element.value for element in pydicom.dcmread(path).iterall()]
    assert len(values) > 100


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dciodvfy is absent: pydicom alone judges what we write")
@pytest.mark.parametrize(("fs_hz", "leads"), CLASSES)
def test_dciodvfy_finds_no_error_in_written_dicom(tmp_path, fs_hz, leads):
    path = written(ecg(fs_hz=fs_hz, samples=2000, leads=leads), tmp_path, "dicom")
    said = subprocess.run(["dciodvfy", path], capture_output=True, text=True, timeout=60, check=False).stderr
    assert [line for line in said.splitlines() if line.startswith("Error")] == []


@pytest.mark.parametrize(("fs_hz", "leads"), [(2000, LEADS_12), (40, LEADS_12), (100, (*LEADS_12, "V7"))])
def test_what_no_class_allows_is_refused_and_never_resampled(tmp_path, fs_hz, leads):
    with pytest.raises(NotWritten, match="No ECG of DICOM takes"):
        written(ecg(fs_hz=fs_hz, samples=500, leads=leads), tmp_path, "dicom")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format_", FORMATS)
def test_without_samples_nothing_is_written(tmp_path, format_):
    with pytest.raises(NotWritten, match="no samples"):
        written(replace(ecg(), signal_mv=np.empty((12, 0), np.float32)), tmp_path, format_)
    assert not list(tmp_path.iterdir())


def test_a_table_that_begins_with_no_values_is_known_again(tmp_path):
    signal = ecg(samples=900, leads=("II",)).signal_mv.copy()
    signal[:, :40] = np.nan
    read = back(replace(ecg(leads=("II",)), signal_mv=signal), tmp_path, "csv")
    assert np.array_equal(read.signal_mv, signal, equal_nan=True)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "name", ["formats/scp/test.scp", "formats/muse/example1.xml", "formats/dicom/anonymous_ecg.dcm"]
)
def test_real_recordings_come_back_to_the_formats_resolution(cessl_data, tmp_path, format_, name):
    record = read_recording(cessl_data / name)
    read = back(record, tmp_path, format_)
    assert read.leads == record.leads
    assert np.abs(read.signal_mv - record.signal_mv).max() < 1e-6


@pytest.mark.parametrize("step", STEP)
def test_edf_keeps_the_numbers_of_a_lead_that_uses_all_sixteen_bits(tmp_path, step):
    signal = ecg(step, samples=600).signal_mv.copy()
    signal[0, :2] = np.float32(-32_767 * STEP[step]), np.float32(32_767 * STEP[step])
    read = back(replace(ecg(samples=600), signal_mv=signal), tmp_path, "edf")
    assert np.abs(read.signal_mv - signal).max() / STEP[step] < 0.2
    if step in ("five", "fine"):
        assert np.abs(read.signal_mv - signal).max() / STEP[step] < 0.01


@pytest.mark.parametrize("format_", ["hdf5", "csv", "wfdb", "dicom"])
def test_date_age_and_sex_come_back_and_a_patient_stays_one(tmp_path, format_):
    read = back(ecg(), tmp_path, format_)
    assert (read.recorded_at, read.age, read.sex) == ("2015-06-07 08:09:10", "61", "Female")
    assert read.patient


@pytest.mark.parametrize("age", ["over 89", "18 months"])
def test_other_ages_come_back_from_dicom(tmp_path, age):
    assert back(replace(ecg(), age=age), tmp_path, "dicom").age == age


def test_the_formula_of_a_qtc_comes_back_from_dicom(tmp_path):
    figures = {"qtc_bazett": 440.0, "qtc_fridericia": 425.0}
    assert back(replace(ecg(), device=figures), tmp_path, "dicom").device == figures
