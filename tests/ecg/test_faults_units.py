"""Voltages are mV whatever unit, letters, format or field order a header uses; what is no voltage is named."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.units import millivolts
from tests.ecg.recordings import noise, refusal, write

ADU = np.round(1000 * np.vstack([noise(11), 0 * noise(1) + 0.5])).astype("<i2")  # µV


def per_lead(folder, unit, gain="1(0)", rest="16 0 0 0 0 ", encoding="utf-8", name="x", adu=ADU):
    """A recording of one file a lead, the form that is not the plain one."""
    lines = [f"{name} 12 250 1000"]
    for lead, row in zip(LEADS_12, adu, strict=True):
        row.astype("<i2").tofile(folder / f"{name}_{lead}.dat")
        lines.append(f"{name}_{lead}.dat 16 {gain}/{unit} {rest}{lead}")
    path = folder / f"{name}.hea"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(
    "case", ["per_lead_utf8", "per_lead_latin1", "few_fields", "one_file_latin1", "segments_mv_uv", "word_millivolts"]
)
def test_the_shared_cases_hold_the_reference(cessl_data, case):
    folder = cessl_data / "faults" / "units"
    wanted = read_recording(folder / "reference.hea")
    record = read_recording(folder / f"{case}.hea")
    assert record.leads == wanted.leads
    assert record.fs_hz == wanted.fs_hz
    assert np.allclose(record.signal_mv, wanted.signal_mv, atol=1e-4, equal_nan=True)
    assert record.warnings == ()


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("uV", 1e-3), ("µV", 1e-3), ("μV", 1e-3), ("UV", 1e-3), ("microvolt", 1e-3), ("microvolts", 1e-3),
        ("Micro_Volts", 1e-3), ("mcV", 1e-3), ("nV", 1e-6), ("nanovolts", 1e-6), ("mV", 1.0), ("mv", 1.0),
        ("millivolt", 1.0), ("MILLIVOLTS", 1.0), ("V", 1e3), ("volts", 1e3), ("Volt", 1e3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rest", ["16 0 0 0 0 ", ""])
def test_every_unit_of_voltage_outside_the_plain_form(tmp_path, unit, factor, rest):
    record = read_recording(per_lead(tmp_path, unit, "1e6(0)" if factor > 10 else "1(0)", rest))
    wanted = ADU * factor * (1e-6 if factor > 10 else 1)
    assert np.allclose(record.signal_mv, wanted, rtol=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_the_micro_sign_in_any_encoding(tmp_path, encoding):
    record = read_recording(per_lead(tmp_path, "\u00b5V", encoding=encoding))
    assert np.allclose(record.signal_mv, ADU / 1000, atol=1e-6)


@pytest.mark.parametrize("storage", ["16x1", "16:0", "16+0", "61", "160"])
def test_microvolts_in_the_forms_that_once_went_another_way(tmp_path, storage):
    path = write(tmp_path, noise(), unit="mV")
    raw = np.fromfile(tmp_path / "r1.dat", "<i2")
    raw = raw.astype(">i2") if storage == "61" else (raw.view("<u2") ^ 0x8000) if storage == "160" else raw
    raw.tofile(tmp_path / "r1.dat")
    in_mv = read_recording(path).signal_mv if storage.startswith("16") and storage != "160" else None
    path.write_text(path.read_text().replace(".dat 16 ", f".dat {storage} "))
    assert np.abs(read_recording(path).signal_mv - noise()).max() < 1e-3
    path.write_text(path.read_text().replace("/mV", "/µV"))
    in_uv = read_recording(path).signal_mv
    assert np.abs(1000 * in_uv - noise()).max() < 1e-3
    assert in_mv is None or np.allclose(1000 * in_uv, in_mv, rtol=1e-5)


def test_units_differ_from_signal_to_signal(tmp_path):
    path = per_lead(tmp_path, "uV")
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace("1(0)/uV", "1000(0)/mV")
    lines[3] = lines[3].replace("1(0)/uV", "1000000(0)/V")
    path.write_text("\n".join(lines))
    assert np.allclose(read_recording(path).signal_mv, ADU / 1000, atol=1e-6)


@pytest.mark.parametrize("unit", ["mmHg", "NU", "adu", "mVs", "kV", "V/s"])
def test_what_is_no_voltage_is_named(tmp_path, unit):
    assert millivolts(unit) is None
    assert unit.split("/")[0] in refusal(per_lead(tmp_path, unit))


def test_a_channel_of_an_unknown_unit_is_left_out_and_named_outside_the_plain_form_too(tmp_path):
    path = per_lead(tmp_path, "uV")
    path.write_text(path.read_text().replace("1(0)/uV 16 0 0 0 0 V6", "1(0)/mmHg 16 0 0 0 0 ABP"))
    record = read_recording(path)
    assert record.leads == LEADS_12[:11]
    assert record.warnings == ("channel ABP left out: its unit is mmHg",)


@pytest.mark.parametrize("gain", ["0(0)/mV", "0", "0/mV"])
def test_a_gain_of_zero_is_the_usual_one_and_said_to_be_no_calibration(tmp_path, gain):
    path = write(tmp_path, noise(1), ["II"])
    path.write_text(f"r1 1 500 1000\nr1.dat 16 {gain} 16 0 0 0 0 II\n")
    record = read_recording(path)
    assert np.allclose(record.signal_mv[0], np.fromfile(tmp_path / "r1.dat", "<i2") / 200)
    assert record.warnings[0] == "II not calibrated: the header gives no gain, 200 steps per unit assumed"


def test_a_gain_that_is_left_out_is_said_to_be_no_calibration(tmp_path):
    path = write(tmp_path, noise(1), ["II"])
    path.write_text("r1 1 500 1000\nr1.dat 16 II\n")
    record = read_recording(path)
    assert record.leads == ("II",)
    assert "II not calibrated" in record.warnings[0]


def test_a_rate_that_is_left_out_is_said_to_be_assumed(tmp_path):
    path = write(tmp_path, noise(1), ["II"])
    path.write_text("r1 1\nr1.dat 16 200/mV 16 0 0 0 0 II\n")
    record = read_recording(path)
    assert record.fs_hz == 250.0
    assert record.warnings[0] == "the header gives no sampling rate: 250 Hz assumed"
