"""HDF5, MATLAB, NPY and NPZ: one recording or many, and what the file does not say."""

import pickle

import h5py
import numpy as np
import pytest
import scipy.io

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.given import Given
from tests.ecg.recordings import refusal

NAMES = " ".join(LEADS_12)


def counts(*shape, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, shape).astype(np.int16)


def stack(folder, values, name="signals", more=(), **attributes):
    path = folder / "s.h5"
    with h5py.File(path, "w") as file:
        file[name] = values
        for key, value in more:
            file[key] = value
        file.attrs.update({"sampling_rate_hz": 500, "unit": "mV", "scale": 0.001, "leads": NAMES, **attributes})
    return path


def same(record, rows, step=1e-3):
    return np.allclose(record.signal_mv, rows * step, atol=1e-6)


@pytest.mark.parametrize("turned", [False, True])
def test_each_recording_of_a_file_is_one(tmp_path, turned):
    values = counts(4, 12, 700)
    path = stack(tmp_path, values.transpose(0, 2, 1) if turned else values, more=[("ecg_id", [7, 8, 9, 10])])
    found = find_recordings([tmp_path])
    assert [p.name for p in found] == ["s.h5#0", "s.h5#1", "s.h5#2", "s.h5#3"]
    records = [read_recording(p) for p in found]
    assert all(same(record, rows) for record, rows in zip(records, values, strict=True))
    assert [record.name for record in records] == ["s_7", "s_8", "s_9", "s_10"]
    assert len({record.id for record in records}) == 4
    assert "holds 4 recordings" in refusal(path)


def test_a_place_beyond_the_last_is_refused(tmp_path):
    stack(tmp_path, counts(4, 12, 700))
    assert "no recording 4" in refusal(tmp_path / "s.h5#4")


def test_one_recording_is_read_as_such(tmp_path):
    rows = counts(12, 700)
    assert same(read_recording(stack(tmp_path, rows)), rows)


@pytest.mark.parametrize(
    ("attributes", "step"), [({"unit": "uV", "scale": 4.88}, 4.88e-3), ({"unit": "V", "scale": 1e-6}, 1e-3)]
)
def test_unit_and_scale_are_followed(tmp_path, attributes, step):
    rows = counts(12, 700)
    assert same(read_recording(stack(tmp_path, rows, **attributes)), rows, step)


def test_a_unit_that_is_no_voltage_is_refused_once_for_the_file(tmp_path):
    path = stack(tmp_path, counts(4, 12, 700), unit="standard deviations")
    assert find_recordings([tmp_path]) == [path]
    assert "'standard deviations', which is no voltage" in refusal(path)


def code(folder, tracings):
    path = folder / "exams_part0.hdf5"
    with h5py.File(path, "w") as file:
        file["tracings"], file["exam_id"] = tracings.astype("f4"), [101, 102]
    (folder / "exams.csv").write_text(
        "exam_id,age,is_male,1dAVb,RBBB,LBBB,SB,ST,AF,patient_id\n"
        "102,61,True,False,True,False,False,True,False,5\n101,40,False,False,False,False,False,False,True,6\n"
    )
    return path


def test_code_files_join_their_labels_and_lose_their_padding(tmp_path):
    tracings = np.zeros((2, 4096, 12))
    tracings[:, 300:3300] = np.random.default_rng(0).normal(0, 0.4, (2, 3000, 12))
    code(tmp_path, tracings)
    record = read_recording(tmp_path / "exams_part0.hdf5#1")
    assert record.statements == ("RBBB", "STach")
    assert (record.name, record.age, record.sex) == ("exams_part0_102", "61", "Male")
    assert (record.fs_hz, record.leads) == (400, LEADS_12)
    assert np.isnan(record.signal_mv[:, :300]).all()
    assert np.isfinite(record.signal_mv[:, 300:3300]).all()
    assert np.isnan(record.signal_mv[:, 3300:]).all()


def test_the_unit_of_a_code_file_is_a_guess(tmp_path):
    path = code(tmp_path, np.random.default_rng(0).normal(0, 0.4, (2, 4096, 12)))
    first = path.with_name(f"{path.name}#0")
    assert [guess[:15] for guess in read_recording(first).guesses] == ["unit not stated"]
    assert read_recording(first, Given(step_mv=0.1)).guesses == ()


def test_several_arrays_are_asked_about(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["a"], file["b"] = counts(12, 700), counts(12, 800)
        file.attrs.update({"fs": 500, "unit": "uV", "leads": NAMES})
    assert "several arrays" in refusal(tmp_path / "s.h5")
    assert read_recording(tmp_path / "s.h5", Given(dataset="b")).signal_mv.shape == (12, 800)


def test_links_out_of_the_file_are_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    stack(tmp_path / "in", counts(12, 700))
    with h5py.File(tmp_path / "out.h5", "w") as file:
        file["signals"] = h5py.ExternalLink(str(tmp_path / "in" / "s.h5"), "signals")
    assert "no array of samples" in refusal(tmp_path / "out.h5")


def test_samples_stored_outside_or_virtual_are_not_read(tmp_path):
    (tmp_path / "raw").write_bytes(bytes(2 * 12 * 700))
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file.create_dataset("signals", (12, 700), "i2", external=[(str(tmp_path / "raw"), 0, 2 * 12 * 700)])
    assert "no array of samples" in refusal(tmp_path / "e.h5")


def test_matlab_7_3_is_turned_round(tmp_path):
    rows = counts(12, 700)
    path = tmp_path / "m.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["val"], file["fs"] = rows.T, np.array([[500.0]])
    data = bytearray(path.read_bytes())
    data[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(data)
    record = read_recording(path, Given(step_mv=1e-3, leads=LEADS_12))
    assert same(record, rows)
    assert record.fs_hz == 500


@pytest.mark.parametrize("version", ["4", "5"])
@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_files_are_read(tmp_path, version, compressed):
    rows = counts(12, 700)
    path = tmp_path / "m.mat"
    scipy.io.savemat(path, {"ecg": rows, "fs": 250.0}, format=version, do_compression=compressed and version == "5")
    record = read_recording(path, Given(step_mv=1e-3, leads=LEADS_12))
    assert same(record, rows)
    assert record.fs_hz == 250


def test_a_matlab_file_of_many_recordings(tmp_path):
    values = counts(3, 12, 700)
    scipy.io.savemat(tmp_path / "m.mat", {"ecg": values, "fs": 250.0})
    record = read_recording(tmp_path / "m.mat#2", Given(step_mv=1e-3, leads=LEADS_12))
    assert same(record, values[2])


def test_npy_is_read_with_what_a_person_says(tmp_path):
    rows = counts(700, 12)
    np.save(tmp_path / "a.npy", rows)
    assert same(read_recording(tmp_path / "a.npy", Given(500, 1e-3, LEADS_12)), rows.T)


def test_npz_as_inspect_writes_it_comes_back(tmp_path):
    rows = np.random.default_rng(0).normal(0, 1, (12, 700)).astype("f4")
    np.savez(tmp_path / "a.npz", signal_mv=rows, leads=np.array(LEADS_12), fs_hz=300.0)
    record = read_recording(tmp_path / "a.npz")
    assert np.array_equal(record.signal_mv, rows)
    assert (record.fs_hz, record.leads, record.guesses) == (300, LEADS_12, ())


class _Runs:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
def test_pickles_are_refused_and_not_run(tmp_path, name, capsys):
    (np.save if name == "p.npy" else np.savez)(tmp_path / name, np.array([_Runs()], dtype=object))
    assert "pickled objects" in refusal(tmp_path / name)
    assert capsys.readouterr().out == ""


def test_a_bare_pickle_is_in_no_format(tmp_path):
    (tmp_path / "p.pkl").write_bytes(pickle.dumps(counts(12, 700)))
    assert "no format" in refusal(tmp_path / "p.pkl")


def test_a_head_that_claims_more_than_the_file_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", counts(12, 700))
    data = (tmp_path / "a.npy").read_bytes().replace(b"(12, 700)", b"(12, 7000000000000)")
    (tmp_path / "a.npy").write_bytes(data[:128])
    assert refusal(tmp_path / "a.npy")


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.ecg.readers.tables.array_files.LARGEST_ARRAYS", 1 << 20)
    np.savez_compressed(tmp_path / "b.npz", signal_mv=np.zeros((12, 100_000)))
    assert "unpacks to more" in refusal(tmp_path / "b.npz")


def test_damaged_hdf5_is_refused(tmp_path):
    path = stack(tmp_path, counts(12, 700))
    path.write_bytes(path.read_bytes()[:600])
    assert "damaged HDF5" in refusal(path)


def test_real_files_with_a_unit(cessl_data):
    found = find_recordings([cessl_data / "ptbxl_more" / "raw_500hz.h5"])
    assert len(found) == 413
    with h5py.File(cessl_data / "ptbxl_more" / "raw_500hz.h5") as file:
        assert same(read_recording(cessl_data / "ptbxl_more" / "raw_500hz.h5#5"), file["signals"][5].T)


@pytest.mark.parametrize("name", ["ptbxl/standardised_125hz.h5", "cinc2011/unlabelled_500hz.h5"])
def test_real_files_without_one_are_refused(cessl_data, name):
    assert "which is no voltage" in refusal(cessl_data / name)


def test_each_lead_has_its_own_unit_and_step(tmp_path):
    rows = counts(12, 700)
    units, scales = ["mV"] * 6 + ["uV"] * 6, np.array([0.001] * 6 + [2.0] * 6)
    path = stack(tmp_path, rows, unit=units, scale=scales)
    assert same(read_recording(path), rows, np.array([[1e-3]] * 6 + [[2e-3]] * 6))


def test_other_numbers_of_units_than_of_leads_are_refused(tmp_path):
    assert "3 units" in refusal(stack(tmp_path, counts(12, 700), unit=["mV", "uV", "mV"]))


def test_several_sampling_rates_are_refused(tmp_path):
    assert "2 sampling rates" in refusal(stack(tmp_path, counts(12, 700), sampling_rate_hz=[500] * 11 + [250]))


@pytest.mark.parametrize(
    ("more", "attributes", "words"),
    [
        ([], {"fs": 250}, "2 sampling rates"),
        ([], {"units": "uV"}, "two units"),
        ([], {"lead_names": NAMES[::-1]}, "two names of its leads"),
        ([("time", np.arange(700) / 250)], {}, "500 Hz and an interval of 0.004"),
        ([], {"duration": 10}, "500 Hz and a duration of 10 for 700 samples"),
        ([("t", np.arange(700) % 300 / 500)], {}, "leap or go back"),
        ([("time_s", np.r_[np.arange(350), np.arange(400, 750)] / 500)], {}, "leap or go back"),
        ([], {"start_time": [0.0] * 11 + [0.5]}, "another start_time for each lead"),
        ([], {"LeadOffset": [0.0] * 11 + [0.5]}, "another leadoffset for each lead"),
    ],
)
def test_times_that_contradict_the_rate_or_differ_between_leads_are_refused(tmp_path, more, attributes, words):
    assert words in refusal(stack(tmp_path, counts(12, 700), more=more, **attributes))


@pytest.mark.parametrize("unit", [1, 1000])
def test_times_that_agree_with_the_rate_change_nothing(tmp_path, unit):
    rows = counts(12, 700)
    path = stack(tmp_path, rows, more=[("time", np.arange(700) / 500 * unit)], start_time=5.0, duration=1.4)
    assert same(read_recording(path), rows)


@pytest.mark.parametrize("stated", [{"gain": 200}, {"offset": -5.0}, {"adc_gain": [200] * 12}])
def test_a_gain_or_offset_is_asked_about(tmp_path, stated):
    path = stack(tmp_path, counts(12, 700), **stated)
    assert "not applied" in read_recording(path).guesses[0]
    assert read_recording(path, Given(step_mv=0.005)).guesses == ()


@pytest.mark.parametrize("stated", [{"gain": 1}, {"offset": 0}])
def test_a_gain_or_offset_that_changes_nothing_is_no_doubt(tmp_path, stated):
    assert read_recording(stack(tmp_path, counts(12, 700), **stated)).guesses == ()


def test_leads_may_be_written_as_a_list(tmp_path):
    assert read_recording(stack(tmp_path, counts(12, 700), leads=str(list(LEADS_12)))).leads == LEADS_12
