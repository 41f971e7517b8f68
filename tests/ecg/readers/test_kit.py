"""MFER, Kardia JSON and EDAN archives that we encode, decoded by ecgdatakit and bounded by us."""

import json
import struct
import sys

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_certain, read_recording, search
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.recording import UNPROVED
from tests.ecg.recordings import refusal

CODES = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)  # of MFER, in the order of LEADS_12


def counts(leads=12, samples=900, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (leads, samples)).astype("i2")


def tlv(tag, value):
    size = bytes([len(value)]) if len(value) < 128 else b"\x84" + struct.pack(">I", len(value))
    return bytes([tag]) + size + value


def mfer(folder, rows, preamble=True, step=(0, -6, 5), rate=(1, -3, 2), channels=None, little=False):
    order = "<" if little else ">"
    parts = [tlv(0x40, b"MFR Standard 12 leads ECG".ljust(32))] if preamble else []
    parts += [tlv(1, bytes([little])), tlv(5, struct.pack(order + "I", channels or len(rows)))]
    parts += [tlv(4, struct.pack(order + "I", rows.shape[1])), tlv(6, struct.pack(order + "I", 1)), tlv(10, b"\0")]
    parts += [tlv(tag, struct.pack(order + "BbH", *value)) for tag, value in ((11, rate), (12, step)) if value]
    for i, code in enumerate(CODES[: len(rows)]):
        parts.append(bytes([0x3F, i]) + bytes([4]) + tlv(9, struct.pack(order + "H", code)))
    parts += [tlv(0x82, b"4711"), tlv(0x84, b"\2"), tlv(0x85, struct.pack(order + "HBBBBB", 2019, 5, 6, 7, 8, 9))]
    path = folder / "x.mwf"
    path.write_bytes(b"".join(parts) + tlv(0x1E, rows.astype(order + "i2").tobytes()) + b"\x80")
    return path


def kardia(folder, rows, step_nv=500, hz=300, **more):
    block = {"frequency": hz, "mainsFrequency": 50, "amplitudeResolution": step_nv}
    block["samples"] = {f"lead{name}": row.tolist() for name, row in zip(("I", "II", "III"), rows, strict=False)}
    document = {"recordedAt": "2019-05-06T07:08:09Z", "algorithmDetermination": "afib", "patientID": "4711"}
    document |= {"heartRate": 61.2, "deviceInfo": {"hardwareType": "KardiaMobile"}, "data": {"raw": block}, **more}
    path = folder / "k.json"
    path.write_text(json.dumps(document))
    return path


def edan_parts(rows):
    head = bytearray(3672)
    struct.pack_into("<II", head, 4, 1_557_126_489, 1_557_126_489 + rows.shape[1] // 250)
    head[12] = len(rows)
    struct.pack_into("<h", head, 32, 250)
    for i, lead in enumerate(LEADS_12[: len(rows)]):
        head[1796 + 8 * i : 1796 + 8 * i + len(lead)] = lead.encode()
    return bytes(head), (rows.T.astype("i4") + 16384).astype("<u2").tobytes()


def edan_pair(folder, rows, header="patient.hea", data="ecgraw.dat"):
    folder.mkdir()
    for name, held in zip((header, data), edan_parts(rows), strict=True):
        (folder / name).write_bytes(held)
    return folder / header


def edan(folder, rows, name="e.arc"):
    head, data = edan_parts(rows)
    path = folder / name
    path.write_bytes(b"ARC!" + b"patient.hea" + bytes(20) + head + b"ecgraw.dat" + bytes(8) + data)
    return path


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_a_round_trip_of_mfer_is_exact(tmp_path, preamble, little):
    rows = counts()
    record = read_recording(mfer(tmp_path, rows, preamble, little=little))
    assert record.leads == LEADS_12
    assert np.array_equal(np.rint(record.signal_mv / 0.005), rows)
    assert (record.fs_hz, record.sex, record.recorded_at) == (500, "Female", "2019-05-06 07:08:09")
    assert "4711" not in record.patient
    assert UNPROVED in record.warnings
    assert record.guesses == ()


def test_a_rate_of_mfer_is_not_rounded(tmp_path):
    path = mfer(tmp_path, counts(), rate=(0, -1, 5124))
    assert read_recording(path).fs_hz == pytest.approx(512.4)


def test_mfer_of_no_voltage_is_refused(tmp_path):
    assert "no rhythm in a unit of voltage" in refusal(mfer(tmp_path, counts(), step=(1, -3, 5)))


def test_mfer_without_a_step_is_asked_about(tmp_path):
    path = mfer(tmp_path, counts(), step=None)
    assert read_recording(path).guesses[0].startswith("unit not stated")
    assert read_recording(path, Given(step_mv=0.005)).guesses == ()


@pytest.mark.parametrize("little", [True, False])
def test_more_channels_than_an_ecg_has_are_refused(tmp_path, little):
    assert "more channels" in refusal(mfer(tmp_path, counts(), channels=65_536, little=little))


def test_mfer_that_is_cut_off_is_refused(tmp_path):
    path = mfer(tmp_path, counts())
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged MFER" in refusal(path)


def test_a_round_trip_of_kardia_json_is_exact(tmp_path):
    rows = counts(2)
    record = read_recording(kardia(tmp_path, rows))
    assert np.array_equal(np.rint(record.signal_mv[:2] / 0.0005), rows)
    assert (record.fs_hz, record.leads[:2], record.device) == (300, ("I", "II"), {"rate": 61})
    assert record.device_statements == ("afib",)
    assert UNPROVED in record.warnings


def test_figures_of_kardia_json_pass_our_bounds(tmp_path):
    assert read_recording(kardia(tmp_path, counts(1), heartRate=37120)).device == {}


def test_kardia_json_without_a_step_is_asked_about(tmp_path):
    assert read_recording(kardia(tmp_path, counts(1), step_nv=None)).guesses[0].startswith("unit not stated")


@pytest.mark.parametrize("data", [{}, {"raw": {"frequency": 300, "samples": {"leadI": ["x"]}}}, [[]], "raw"])
def test_damaged_kardia_json_is_refused(tmp_path, data):
    assert "damaged Kardia JSON" in refusal(kardia(tmp_path, counts(1), data=data))


def test_nested_json_is_refused(tmp_path):
    path = tmp_path / "k.json"
    path.write_text('{"recordedAt": 1, "patientID": 2, "data": ' + "[" * 200_000)
    assert "damaged Kardia JSON" in refusal(path)


def test_an_edan_archive_states_no_voltage_and_is_asked_about(tmp_path):
    rows = counts(3, 5000)
    path = edan(tmp_path, rows)
    assert any("unit not stated" in guess for guess in read_recording(path).guesses)
    record = read_certain(path, Given(step_mv=0.002))
    kept = [record.leads.index(lead) for lead in ("I", "II", "III")]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.002), rows)
    assert (record.fs_hz, UNPROVED in record.warnings) == (250, True)


@pytest.mark.parametrize("names", [("patient.hea", "ecgraw.dat"), ("PATIENT.HEA", "ECGRAW.DAT")])
def test_a_pair_of_edan_files_is_one_recording_of_a_folder(tmp_path, names):
    rows = counts(3, 5000)
    path = edan_pair(tmp_path / "Holter 7", rows, *names)
    found = search([tmp_path])
    assert (found.recordings, found.passed_over) == ([path], {})
    record = read_certain(path, Given(step_mv=0.002))
    kept = [record.leads.index(lead) for lead in ("I", "II", "III")]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.002), rows)
    assert (record.fs_hz, record.name, len(record.files)) == (250, "Holter 7", 2)


def test_a_pair_of_edan_files_with_other_samples_is_another_recording(tmp_path):
    one, other = (edan_pair(tmp_path / name, counts(3, 5000, seed)) for seed, name in enumerate("ab"))
    assert read_recording(one).id != read_recording(other).id


def test_an_edan_header_without_its_data_says_what_is_missing(tmp_path):
    path = edan_pair(tmp_path / "a", counts(3, 5000))
    path.with_name("ecgraw.dat").unlink()
    assert "ecgraw.dat, the data of patient.hea, is missing" in refusal(path)


def test_a_wfdb_header_may_be_called_patient(tmp_path):
    (tmp_path / "patient.hea").write_text("patient 1 500 4\npatient.dat 16 200/mV 16 0 0 0 0 I\n")
    (tmp_path / "patient.dat").write_bytes(np.array([200, 0, 0, 0], "<i2").tobytes())
    assert read_recording(tmp_path / "patient.hea").signal_mv[0, 0] == 1.0


def test_an_edan_archive_of_another_name_is_refused(tmp_path):
    assert "another name" in refusal(edan(tmp_path, counts(3, 5000), "e.bin"))


@pytest.mark.parametrize("make", [mfer, kardia, edan])
def test_without_ecgdatakit_it_says_what_to_install(tmp_path, monkeypatch, make):
    for name in ("mfer", "alivecor_kardia", "edan_arc"):
        monkeypatch.setitem(sys.modules, f"ecgdatakit.parsing.parsers.{name}", None)
    assert "ecgdatakit, which reads it, is not installed" in refusal(make(tmp_path, counts(3, 5000)))
