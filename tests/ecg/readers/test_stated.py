"""Factors, offsets and values for missing samples that a file states are followed, or asked about where in doubt."""

import h5py
import numpy as np
import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.given import Given, hertz
from cessl_gui.ecg.readers.stated import changes_voltages, plain_number

COUNTS = np.random.default_rng(0).integers(-900, 900, (2, 700)).astype(np.int16)


def npz(folder, unit="uV", **stated):
    if unit:
        stated["unit"] = unit
    np.savez(folder / "s.npz", signal=COUNTS, fs=250, leads=["V1", "V2"], **stated)
    return folder / "s.npz"


def hdf5(folder, values=COUNTS, of_group=(), **stated):
    """A dataset with attributes, in a group that has some, too."""
    path = folder / "s.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("ward/ecg", data=values)
        file["ward"].attrs.update(dict(of_group))
        file.attrs.update({"unit": "nV"})
        data.attrs.update({"fs": 250, "units": "uV", "leads": "V1 V2", **stated})
    return path


def test_scale_factor_and_add_offset_are_applied_as_cf_says(tmp_path):
    record = read_recording(hdf5(tmp_path, scale_factor=5.0, add_offset=100.0))
    assert np.allclose(record.signal_mv, (COUNTS * 5.0 + 100) / 1000, atol=1e-5)
    assert record.guesses == ()


def test_each_lead_has_its_own_factor_and_offset(tmp_path):
    record = read_recording(hdf5(tmp_path, scale_factor=[5.0, 2.0], add_offset=[100.0, 0.0]))
    assert np.allclose(record.signal_mv, (COUNTS * [[5], [2]] + [[100], [0]]) / 1000, atol=1e-5)


@pytest.mark.parametrize("unit", ["mV", None])
def test_mv_per_count_is_a_step_in_mv(tmp_path, unit):
    record = read_recording(npz(tmp_path, unit, mv_per_count=0.005))
    assert np.allclose(record.signal_mv, COUNTS * 0.005)
    assert record.guesses == ()


@pytest.mark.parametrize(
    "stated",
    [
        {"scale_mv": 5}, {"scales": [2, 2]}, {"factor": 2}, {"multiplier": 0.001}, {"mv_per_lsb": 0.005},
        {"adcGain": "200 adu/mV"}, {"scale": 0}, {"scale": "1,000"}, {"scale": "5 uV"}, {"scale": np.nan},
        {"scale": 2, "scale_factor": 2}, {"mv_per_count": 0.005}, {"add_offset": "some"}, {"physical_max": 3.3},
        {"gain": np.full(6000, 200.0)},
    ],
)  # fmt: skip
def test_other_words_that_change_voltages_are_asked_about(tmp_path, stated):
    record = read_recording(npz(tmp_path, **stated))
    assert [next(iter(stated)).casefold() in guess for guess in record.guesses] == [True]
    assert np.allclose(record.signal_mv, COUNTS / 1000)
    assert read_recording(npz(tmp_path, **stated), Given(step_mv=0.005)).guesses == ()


@pytest.mark.parametrize("stated", [{"scale": 0.005}, {"scale_factor": 0.005}, {"add_offset": 10.0}])
def test_without_a_unit_a_factor_is_named(tmp_path, stated):
    assert any(next(iter(stated)) in guess for guess in read_recording(npz(tmp_path, None, **stated)).guesses)


@pytest.mark.parametrize("stated", [{"factor": 1}, {"offsets": [0, 0]}, {"t_offset": 350}, {"scaling": "none"}])
def test_what_changes_nothing_is_not_asked_about(tmp_path, stated):
    assert read_recording(npz(tmp_path, **stated)).guesses == ()


def test_the_attributes_of_a_group_go_before_those_of_the_file(tmp_path):
    path = hdf5(tmp_path, of_group={"units": "mV", "multiplier": 3})
    with h5py.File(path, "a") as file:
        del file["ward/ecg"].attrs["units"]
    record = read_recording(path)
    assert np.allclose(record.signal_mv, COUNTS)
    assert ["multiplier" in guess for guess in record.guesses] == [True]


@pytest.mark.parametrize("name", ["_FillValue", "missing_value"])
@pytest.mark.parametrize("kind", ["i2", "i4", "f4"])
def test_a_fill_value_is_a_missing_sample(tmp_path, name, kind):
    values = COUNTS.astype(kind)
    values[1, 5:9] = -9999
    record = read_recording(hdf5(tmp_path, values, scale_factor=2.0, **{name: -9999}))
    assert np.flatnonzero(np.isnan(record.signal_mv).any(axis=0)).tolist() == [5, 6, 7, 8]
    assert np.isfinite(record.signal_mv[0]).all()
    assert np.allclose(record.signal_mv[1, 9:], COUNTS[1, 9:] / 500)
    assert record.warnings == ("4 samples are missing: the file states that -9999 stands for none",)


def test_two_fill_values_are_both_missing(tmp_path):
    values = COUNTS.copy()
    values[0, 3], values[1, 4] = -9999, 9999
    record = read_recording(hdf5(tmp_path, values, _FillValue=-9999, missing_value=[9999]))
    assert np.argwhere(np.isnan(record.signal_mv)).tolist() == [[0, 3], [1, 4]]


def test_a_fill_value_that_no_sample_has_is_not_mentioned(tmp_path):
    assert read_recording(hdf5(tmp_path, _FillValue=-9999)).warnings == ()


def test_a_table_may_state_what_stands_for_a_missing_sample(tmp_path):
    rows = COUNTS.T.tolist()
    rows[3][1] = -9999
    lines = [f"{i},{one},{other}" for i, (one, other) in enumerate(rows)]
    (tmp_path / "t.csv").write_text("# fs: 250\n# Missing value: -9999\nsample,V1 (uV),V2 (uV)\n" + "\n".join(lines))
    record = read_recording(tmp_path / "t.csv")
    assert np.argwhere(np.isnan(record.signal_mv)).tolist() == [[1, 3]]


@pytest.mark.parametrize("line", ["LSB_nV: 2500", "Multiplier: 0.001", "counts per mV: 200", "Gain: 1,000"])
def test_a_factor_above_a_table_is_asked_about(tmp_path, line):
    rows = "\n".join(f"{i},{one},{other}" for i, (one, other) in enumerate(COUNTS.T))
    (tmp_path / "t.csv").write_text(f"# fs: 250\n# {line}\nsample,V1 (uV),V2 (uV)\n{rows}")
    assert [line in guess for guess in read_recording(tmp_path / "t.csv").guesses] == [True]


@pytest.mark.parametrize(
    "word", ["adc_gain", "ADC gain", "scaleFactor", "LSB_nV", "uV_per_bit", "counts/mV", "dc_offset", "rescale_slope"]
)
def test_words_that_change_voltages(word):
    assert changes_voltages(word)


@pytest.mark.parametrize("word", ["t_offset", "time_offset", "rh_factor", "baseline_wander", "units", "signal", "fs"])
def test_words_that_do_not(word):
    assert not changes_voltages(word)


@pytest.mark.parametrize(
    ("text", "number"), [("0,005", 0.005), ("1000,25", 1000.25), ("1e-3", 0.001), ("1,000", None), ("5 uV", None)]
)
def test_a_number_that_may_be_two_is_none(text, number):
    assert plain_number(text) == number


def test_a_rate_beside_another_interval_is_asked_about(tmp_path):
    with pytest.raises(UnreadableRecording, match=r"250 Hz and an interval of 0\.002"):
        read_recording(npz(tmp_path, dt=0.002))
    assert read_recording(npz(tmp_path, dt=0.002), Given(fs_hz=500)).fs_hz == 500


@pytest.mark.parametrize("interval", [0.004, 4.0, 4000])
def test_an_interval_that_fits_the_rate_is_no_doubt(tmp_path, interval):
    assert read_recording(npz(tmp_path, sampling_interval=interval)).fs_hz == 250


def test_a_name_with_a_unit_beside_another_unit_is_asked_about(tmp_path):
    np.savez(tmp_path / "s.npz", signal_mv=COUNTS, fs=250, leads=["V1", "V2"], units="uV")
    with pytest.raises(UnreadableRecording, match="signal_mv and states 'uV'"):
        read_recording(tmp_path / "s.npz")
    assert np.allclose(read_recording(tmp_path / "s.npz", Given(step_mv=0.001)).signal_mv, COUNTS / 1000)


@pytest.mark.parametrize(
    "name",
    [
        "step", "LSB size", "bit_weight", "AmplitudeUnitsPerBit", "to_uV", "divisor", "1/gain", "bias", "preamp_gain",
        "coefficients", "exponent", "polarity", "Verstärkung", "Skalierungsfaktor", "Auflösung", "échelle",
        "résolution", "ganancia", "Nullpunkt", "décalage", "fattore",
    ],
)  # fmt: skip
def test_words_of_other_languages_and_makers_that_change_voltages_are_known(name):
    assert changes_voltages(name)


@pytest.mark.parametrize("name", ["fill-value", "Missing Data Value", "nodata_value", "null_value", "pad_value"])
def test_a_value_for_missing_samples_is_known_by_other_names(tmp_path, name):
    values = COUNTS.astype(np.int32)
    values[:, 100:200] = -9999
    record = read_recording(hdf5(tmp_path, values, **{name: -9999}))
    assert np.isnan(record.signal_mv[:, 100:200]).all()


def two_groups(folder, second):
    with h5py.File(folder / "s.h5", "w") as file:
        for group, name, fs in (("a", "ecg", 500), ("b", second, 250)):
            file[f"{group}/{name}"], file[f"{group}/fs"], file[f"{group}/unit"] = COUNTS, fs, "uV"
            file[f"{group}/leads"] = np.array(["V1", "V2"], "S2")
    return folder / "s.h5"


def test_of_two_groups_with_an_ecg_one_is_asked_for(tmp_path):
    with pytest.raises(UnreadableRecording, match=r"several arrays of this name.*dataset=a/ecg or b/ecg"):
        read_recording(two_groups(tmp_path, "ecg"))


def test_the_rate_beside_another_signal_is_not_the_ecgs(tmp_path):
    assert read_recording(two_groups(tmp_path, "pulse")).fs_hz == 500


def test_the_rate_of_the_chosen_group_is_taken(tmp_path):
    assert read_recording(two_groups(tmp_path, "ecg"), Given(dataset="b/ecg")).fs_hz == 250


@pytest.mark.parametrize("value", [True, 1, "yes", [0, 1]])
def test_that_leads_are_inverted_is_asked_about(tmp_path, value):
    assert "inverted not stated: not applied" in read_recording(hdf5(tmp_path, inverted=value)).guesses[0]


def test_that_no_lead_is_inverted_is_no_question(tmp_path):
    assert read_recording(hdf5(tmp_path, inverted=False)).guesses == ()


@pytest.mark.parametrize("written", ["500 Hz (interpolated to 1000 Hz)", "250 Hz -> 500 Hz"])
def test_of_two_rates_none_is_taken(written):
    assert hertz(written) is None


def test_one_rate_that_is_said_twice_is_one():
    assert hertz("500 Hz (500 Hz)") == 500
