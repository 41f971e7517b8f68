"""A MATLAB file is read as what its own head says it is, or refused with the kind of file it is."""

import struct
import zlib

import numpy as np
import pytest
import scipy.io

from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.wfdb import wfdb_mat
from tests.ecg.recordings import refusal

ADU = np.random.default_rng(7).integers(-2000, 2000, (12, 700))
LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]


def header(folder, samples=700, storage="16+24", gain="1000", leads=LEADS):
    lines = [f"x.mat {storage} {gain}/mV 16 0 0 0 0 {lead}" for lead in leads]
    (folder / "x.hea").write_text("\n".join([f"x {len(leads)} 500 {samples}", *lines]))
    return folder / "x.hea"


def saved(folder, values, storage="16+24", samples=700, **options):
    scipy.io.savemat(folder / "x.mat", {"val": values} if isinstance(values, np.ndarray) else values, **options)
    return header(folder, samples, storage)


@pytest.mark.parametrize(
    "case", ["as_published_v4", "saved_v5", "saved_v4_double", "saved_v5_compressed", "transposed_v4"]
)
def test_the_shared_cases_hold_the_reference(cessl_data, case):
    folder = cessl_data / "faults" / "mat"
    wanted = read_recording(folder / "reference.hea")
    record = read_recording(folder / f"{case}.hea")
    assert record.leads == wanted.leads
    assert np.abs(record.signal_mv - wanted.signal_mv[:, : record.signal_mv.shape[1]]).max() < 1e-6
    assert record.warnings == ()


@pytest.mark.parametrize("storage", ["16+24", "16", "16+128", "32+24"])
@pytest.mark.parametrize("type_", ["int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("options", [{"format": "4"}, {}, {"do_compression": True}])
@pytest.mark.parametrize("turned", [False, True])
def test_what_python_saves_is_read_truly(tmp_path, storage, type_, options, turned):
    values = ADU.astype(type_)
    record = read_recording(saved(tmp_path, values.T if turned else values, storage, **options))
    assert record.leads == tuple(LEADS)
    assert np.allclose(record.signal_mv, ADU / 1000, atol=1e-6)


def test_unsigned_and_wide_types_of_version_5(tmp_path):
    for type_ in ("uint16", "uint8", "int64", "int8"):
        values = (ADU % 100).astype(type_)
        assert np.allclose(read_recording(saved(tmp_path, values)).signal_mv, values / 1000, atol=1e-6)


def test_fractions_and_missing_values_in_a_matrix_of_doubles(tmp_path):
    values = ADU / 3
    values[4, 10:20] = np.nan
    values[5, 30] = -np.inf
    record = read_recording(saved(tmp_path, values))
    wanted = values / 1000
    wanted[5, 30] = np.nan
    assert np.allclose(record.signal_mv, wanted, atol=1e-6, equal_nan=True)


def test_the_word_for_no_value_stays_one_when_saved_again(tmp_path):
    values = ADU.astype("int16")
    values[3, :50] = -32768
    record = read_recording(saved(tmp_path, values))
    assert np.isnan(record.signal_mv[3, :50]).all()
    assert np.isfinite(record.signal_mv[3, 50:]).all()


def test_a_matrix_among_other_variables_is_found_by_its_name(tmp_path):
    others = {"fs": np.array([[500.0]]), "val": ADU, "words": np.array(["a", "b"], object), "s": {"a": 1}}
    assert np.allclose(read_recording(saved(tmp_path, others)).signal_mv, ADU / 1000, atol=1e-6)
    assert np.allclose(read_recording(saved(tmp_path, {"ecg": ADU})).signal_mv, ADU / 1000, atol=1e-6)


def test_bytes_in_the_other_order(tmp_path):
    values = ADU.astype(">f8")
    head = struct.pack(">5i", 1000, 12, 700, 0, 4) + b"val\0"
    (tmp_path / "x.mat").write_bytes(head + values.tobytes(order="F"))
    assert np.allclose(read_recording(header(tmp_path)).signal_mv, ADU / 1000, atol=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"val": ADU[:11]}, "a MATLAB 5 file with a matrix of 11 by 700; its header describes 12 signals"),
        ({"val": ADU + 1j}, "without a matrix of real numbers"),
        ({"val": np.array(["a"], object)}, "without a matrix of real numbers"),
        ({"a": ADU, "b": ADU}, "without a matrix of real numbers"),
        ({"val": ADU[:, :350]}, "is cut off: its header promises 700 samples, it holds 50 % of them"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused_with_what_it_is(tmp_path, content, words):
    assert words in refusal(saved(tmp_path, content))


def test_a_version_4_matrix_that_ends_before_its_header_does_not_run_into_the_next(tmp_path):
    path = saved(tmp_path, {"val": ADU[:, :350].astype("int16"), "more": ADU.astype("int16")}, format="4")
    assert "it holds 50 % of them" in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MATLAB 7.3 MAT-file" + bytes(600), "MATLAB 7.3"),
        (b"", "damaged"),
        (b"x" * 5000, "damaged"),
        (bytes(5000), "without a matrix"),
        (b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + b"\x0f\0\0\0\xff\0\0\0" + b"x" * 255, "damaged"),
        (b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + b"\x0e\0\0\0\xff\xff\xff\xff", "damaged"),
        (b"MATLAB 5.0".ljust(124) + b"\x00\x01IM", "without a matrix"),
        (struct.pack("<5i", 0, 1 << 30, 1 << 30, 0, 4) + b"val\0", "damaged"),
        (struct.pack("<5i", 0, -1, -1, 0, 4) + b"val\0", "damaged"),
        (struct.pack("<5i", 30, 12, 700, 0, -20), "damaged"),
    ],
)
def test_what_is_no_matlab_file_is_refused(tmp_path, content, words):
    (tmp_path / "x.mat").write_bytes(content)
    assert words in refusal(header(tmp_path))


def test_a_file_that_unpacks_to_more_than_an_ecg_is_refused_before_memory_is_taken(tmp_path):
    bomb = zlib.compress(struct.pack("<2I", 14, 1 << 31) + bytes(4 * wfdb_mat.LARGEST_FILE // 3))
    start = b"MATLAB 5.0".ljust(124) + b"\x00\x01IM"
    (tmp_path / "x.mat").write_bytes(start + struct.pack("<2I", 15, len(bomb)) + bomb)
    assert "damaged" in refusal(header(tmp_path))


def test_a_real_recording_saved_again_keeps_its_leads(cessl_data, tmp_path):
    source = cessl_data / "challenge" / "cpsc2018" / "A0001"
    wanted = read_recording(source.with_suffix(".hea"))
    scipy.io.savemat(tmp_path / "A0001.mat", {"val": scipy.io.loadmat(f"{source}.mat")["val"]})
    (tmp_path / "A0001.hea").write_bytes(source.with_suffix(".hea").read_bytes())
    record = read_recording(tmp_path / "A0001.hea")
    assert record.leads == wanted.leads
    assert np.array_equal(record.signal_mv, wanted.signal_mv)
    assert record.warnings == ()  # the checksums of the published header agree


def test_all_challenge_recordings_equal_their_matrices_with_the_headers_gains(cessl_data):
    paths = find_recordings([cessl_data / "challenge"])
    assert len(paths) == 242
    for path in paths:
        record = read_recording(path)
        matrix = scipy.io.loadmat(path.with_suffix(".mat"))["val"]
        lines = [line.split() for line in path.read_text().splitlines()[1:13]]
        gains = np.array([float(fields[2].split("/")[0].split("(")[0]) for fields in lines])
        assert [fields[8].casefold() for fields in lines] == [lead.casefold() for lead in record.leads]
        assert np.allclose(record.signal_mv, matrix / gains[:, None], rtol=1e-6)
        # S0001 has a gain 1000 times too large in its header: its height says so, and its checksums agree.
        assert [w for w in record.warnings if path.stem != "S0001"] == []
