"""Numbers for missing samples, ranges and statistics that files state: no voltages, no factors, or else said."""

import h5py
import numpy as np
import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers import read_recording
from tests.ecg.readers.scp_files import record, simple
from tests.ecg.readers.test_edf import edf

COUNTS = np.random.default_rng(0).integers(-900, 900, (2, 700)).astype(np.int16)


def npz(folder, values=COUNTS, **stated):
    np.savez(folder / "s.npz", signal=values, fs=250, leads=["V1", "V2"], unit="uV", **stated)
    return read_recording(folder / "s.npz")


def hdf5(folder, values=COUNTS, fillvalue=None, **stated):
    with h5py.File(folder / "s.h5", "w") as file:
        data = file.create_dataset("ecg", data=values, fillvalue=fillvalue)
        data.attrs.update({"fs": 250, "units": "uV", "leads": "V1 V2", **stated})
    return read_recording(folder / "s.h5")


def table(folder, *lines, values=COUNTS, times=False, heading="V1 (uV),V2 (uV)"):
    rows = [f"{i / 250:.3f}," * times + f"{one},{other}" for i, (one, other) in enumerate(values.T)]
    path = folder / "t.csv"
    path.write_text("\n".join([*lines, "time," * times + heading, *rows]), encoding="utf-8")
    return read_recording(path)


def wfdb(folder, values, per_mv):
    lines = "".join(f"r1.dat 16 {per_mv:g}/mV 16 0 0 0 0 {lead}\n" for lead in ("I", "II"))
    (folder / "r1.hea").write_text(f"r1 2 250 {values.shape[1]}\n{lines}")
    (folder / "r1.dat").write_bytes(values.T.astype("<i2").tobytes())
    return read_recording(folder / "r1.hea")


def edf_of(folder, values, per_mv):
    ends = (-32768, 32767)
    limits = (*(1000 * end / per_mv for end in ends), *ends)
    return read_recording(edf(folder, values, ("ECG I", "ECG II"), limits=limits))


def scp(folder, values, per_mv):
    path = record(folder, simple(values.astype(int), ("I", "II"), round(1e6 / per_mv), order=0))
    return read_recording(path)


def holed(fill, kind=np.int16):
    values = COUNTS.astype(kind)
    values[1, 5:9] = fill
    return values


def missing(record):
    return np.flatnonzero(np.isnan(record.signal_mv[1])).tolist()


@pytest.mark.parametrize("name", ["missing", "null", "pad", "gap", "_FillValue", "missing_value", "dropout_marker"])
@pytest.mark.parametrize("read", [npz, hdf5])
def test_a_number_for_missing_samples_is_none(tmp_path, read, name):
    record = read(tmp_path, holed(-9999), **{name: -9999})
    assert (missing(record), record.guesses) == ([5, 6, 7, 8], ())


@pytest.mark.parametrize("name", ["missing", "Gap", "Fill value", "Fehlwert", "Lücke", "valeur manquante"])
def test_a_table_may_name_it_so(tmp_path, name):
    assert missing(table(tmp_path, "# fs: 250", f"# {name}: -9999", values=holed(-9999))) == [5, 6, 7, 8]


# An end of a type, nines, or 0 far below counts about 2048, four times in a lead; nothing says what they are.
@pytest.mark.parametrize("fill", [-9999, 9999, 99999, 32767, -32768, 2147483647])
@pytest.mark.parametrize("read", [npz, hdf5, table])
def test_a_number_far_from_all_others_that_programs_write_for_none_is_no_voltage(tmp_path, read, fill):
    record = read(tmp_path, "# fs: 250", values=holed(fill, int)) if read is table else read(tmp_path, holed(fill, int))
    assert missing(record) == [5, 6, 7, 8]
    assert any(f"4 samples of V2 left out: {fill:.9g}, far from" in warning for warning in record.warnings)


@pytest.mark.parametrize("fill", [99.99, 9.999, 999, -999, 999.25])
def test_nor_is_one_in_millivolts(tmp_path, fill):
    values = holed(0, float) / 1000
    values[1, 5:9] = fill
    assert missing(table(tmp_path, "# fs: 250", values=values, heading="V1 (mV),V2 (mV)")) == [5, 6, 7, 8]


def test_nor_is_nought_far_below_all_others(tmp_path):
    values = COUNTS + 2048
    values[1, 5:9] = 0
    assert missing(npz(tmp_path, values)) == [5, 6, 7, 8]


@pytest.mark.parametrize("top", [999, 899, 1000])
def test_a_peak_of_such_a_number_is_one(tmp_path, top):
    """Once, or near the others, it is a voltage."""
    values = holed(top)
    values[0, 7] = 1100
    assert missing(npz(tmp_path, values)) == []
    values[0, 7], values[1, 5:9] = 9999, 0
    assert np.isnan(npz(tmp_path, values).signal_mv[0, 7])


def test_a_value_far_from_all_others_that_no_program_writes_for_none_is_said(tmp_path):
    record = npz(tmp_path, holed(20480))
    assert missing(record) == []
    assert "20.48 mV 4 times, and nothing near it" in record.warnings[0]


# Steps of 1 and 5 uV; 19998 of 5 uV are 99.99 mV.
@pytest.mark.parametrize("fill, per_mv", [(-9999, 1000), (9999, 200), (32767, 1000), (19998, 200), (-32767, 200)])
@pytest.mark.parametrize("read", [wfdb, edf_of, scp])
def test_nor_is_it_where_a_format_lays_down_what_a_step_is(tmp_path, read, fill, per_mv):
    record = read(tmp_path, holed(fill), per_mv)
    assert [np.flatnonzero(np.isnan(record.signal_mv[row])).tolist() for row in (0, 1, 2)] == [[], *[[5, 6, 7, 8]] * 2]
    said = "99.99" if fill == 19998 else f"{fill}"
    assert [f"4 samples of II left out: {said}, far from" in warning for warning in record.warnings] == [True]
    assert np.nanmax(np.abs(record.signal_mv)) < 10


# The end of what can be measured, where a signal is cut off, also at 16 bits; a voltage that no program writes.
@pytest.mark.parametrize("fill, per_mv", [(32767, 2000), (2047, 200), (9998, 1000), (999, 100)])
@pytest.mark.parametrize("read", [wfdb, edf_of, scp])
def test_a_plateau_stays(tmp_path, read, fill, per_mv):
    values = holed(fill) if fill != 999 else np.vstack([COUNTS[0], np.resize([999, 990, 0, -900], COUNTS.shape[1])])
    assert missing(read(tmp_path, values, per_mv)) == []


def test_a_number_that_may_be_a_voltage_or_a_count_is_asked_about(tmp_path):
    record = npz(tmp_path, holed(3), gap=3)
    assert (missing(record), "gap" in record.guesses[0]) == ([], True)


def test_a_number_that_no_sample_has_means_nothing(tmp_path):
    assert npz(tmp_path, missing=-9999).warnings == ()


def test_a_mask_of_the_samples_is_asked_about(tmp_path):
    mask = np.zeros(COUNTS.shape, bool)
    mask[0, :50] = True
    assert "missing" in npz(tmp_path, missing=mask).guesses[0]


def test_what_a_dataset_of_hdf5_is_filled_with_is_missing(tmp_path):
    assert missing(hdf5(tmp_path, holed(-9999), fillvalue=-9999)) == [5, 6, 7, 8]


@pytest.mark.parametrize("stated", [{"valid_range": [-5000, 5000]}, {"valid_min": -5000, "valid_max": 5000}])
def test_samples_beyond_the_valid_range_are_missing(tmp_path, stated):
    record = hdf5(tmp_path, holed(9999), **stated)
    assert (missing(record), record.guesses) == ([5, 6, 7, 8], ())
    assert "4 samples left out: beyond valid_" in record.warnings[0]


def test_a_valid_range_in_another_unit_is_asked_about(tmp_path):
    record = hdf5(tmp_path, valid_range=[-5, 5])
    assert (np.isfinite(record.signal_mv).all(), "valid_range" in record.guesses[0]) == (True, True)


TRUE = {"mean": COUNTS.mean(axis=1), "std": COUNTS.std(), "actual_range": [COUNTS.min(), COUNTS.max()], "max_mv": 0.899}


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("read", [npz, hdf5])
def test_a_statistic_of_the_samples_changes_nothing(tmp_path, read, name):
    record = read(tmp_path, **{name: TRUE[name]})
    assert (record.warnings, np.allclose(record.signal_mv, COUNTS / 1000)) == ((), True)


@pytest.mark.parametrize(
    "stated", [{"std": 0.21}, {"mean": [120.0, 80.0]}, {"actual_range": [-3.2, 4.1]}, {"max": 5000}]
)
def test_a_statistic_of_other_samples_is_asked_about(tmp_path, stated):
    record = npz(tmp_path, **stated)
    assert f"meaning of {next(iter(stated))} not stated" in record.guesses[0]


def test_a_statistic_above_a_table_is_compared_too(tmp_path):
    assert "std" in table(tmp_path, "# fs: 250", "# std: 0.21").guesses[0]


@pytest.mark.parametrize("heading", ["Frequency: 50 Hz", "Fréquence: 60 Hz", "Frequenz: 50"])
def test_a_frequency_of_the_mains_is_no_sampling_rate(tmp_path, heading):
    with pytest.raises(UnreadableRecording, match=r"which is not its sampling rate.*--set fs=500"):
        table(tmp_path, f"# {heading}")


@pytest.mark.parametrize("heading", ["Frequency: 50 Hz", "Frequency: 100 Hz"])
def test_a_clock_goes_before_a_frequency(tmp_path, heading):
    assert table(tmp_path, f"# {heading}", times=True).fs_hz == 250


def test_a_frequency_that_the_duration_contradicts_is_no_rate(tmp_path):
    with pytest.raises(UnreadableRecording, match="not its sampling rate"):
        table(tmp_path, "# Frequency: 150 Hz", "# Duration: 2.8 s")


def test_a_frequency_that_nothing_contradicts_is_the_rate(tmp_path):
    record = table(tmp_path, "# Frequency: 250 Hz")
    assert (record.fs_hz, record.guesses) == (250, ())


def test_a_frequency_beside_a_usual_length_is_asked_about(tmp_path):
    values = np.random.default_rng(0).integers(-900, 900, (2, 5000))
    assert "100 Hz" in table(tmp_path, "# Frequency: 100 Hz", values=values).guesses[0]


@pytest.mark.parametrize("heading", ["Fréquence cardiaque: 120", "Frecuencia cardíaca: 120", "Frequency: 120 bpm"])
def test_a_heart_rate_is_no_sampling_rate(tmp_path, heading):
    with pytest.raises(UnreadableRecording, match="does not state its sampling rate"):
        table(tmp_path, f"# {heading}")


@pytest.mark.parametrize(
    "heading",
    [
        "Sampling: 250 Hz",
        "Samples/s: 250",
        "Sampled at: 250 Hz",
        "Taux d'échantillonnage: 250",
        "Tasa de muestreo: 250",
    ],
)
def test_a_word_for_sampling_states_the_rate(tmp_path, heading):
    assert table(tmp_path, f"# {heading}").fs_hz == 250


def test_the_frequency_of_an_array_file_may_be_that_of_the_mains(tmp_path):
    np.savez(tmp_path / "s.npz", signal=COUNTS, frequency=50, leads=["V1", "V2"], unit="uV")
    with pytest.raises(UnreadableRecording, match="not its sampling rate"):
        read_recording(tmp_path / "s.npz")
