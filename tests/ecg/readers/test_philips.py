"""Philips Sierra XML: files that we encode, XLI and plain, and the real ones beside two other readers."""

import base64
import struct

import numpy as np
import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.xml import xli
from tests.ecg.recordings import refusal

PULSE = np.concatenate([np.zeros(50), np.full(100, 200), np.zeros(50)]).astype(int)


def lzw(data: bytes) -> bytes:
    table, codes, held = {bytes([i]): i for i in range(256)}, [], b""
    for byte in data:
        longer = held + bytes([byte])
        if longer in table:
            held = longer
            continue
        codes.append(table[held])
        if len(table) < 1023:
            table[longer] = len(table)
        held = bytes([byte])
    bits = "".join(f"{code:010b}" for code in [*codes, table[held], 1023])
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def xli_encode(rows) -> bytes:
    blocks = []
    for row in np.asarray(rows, np.int64):
        errors = (2 * row[1:-1] - row[2:] - row[:-2]).astype("<i2").astype(int)  # in 16 bits
        words = np.concatenate([row[:2], errors[1:] + 64, [64]]).astype(">i2").tobytes()
        body = lzw(words[::2] + words[1::2])
        blocks.append(struct.pack("<iHh", len(body), 1, errors[0]) + body)
    return b"".join(blocks)


def limb(seed=0, samples=800):
    """Twelve leads whose limb leads belong together."""
    rows = np.random.default_rng(seed).integers(-200, 200, (12, samples)).cumsum(axis=1) // 30
    one, two = rows[:2]
    rows[2] = two - one + np.arange(samples) % 2
    rows[3], rows[4], rows[5] = -((one + two) // 2), (one - rows[2]) // 2, (two + rows[2]) // 2
    return rows


def residues(rows):
    stored = rows.copy()
    one, two, three = rows[:3]
    stored[2] = two - one - three
    stored[3] = -((one + two) // 2) - rows[3]
    stored[4] = (one - three) // 2 - rows[4]
    stored[5] = (two + three) // 2 - rows[5]
    return stored


def philips(folder, data: bytes, more="", version="1.04", statements="", patient="", figures="", names=LEADS_12):
    path = folder / "p.xml"
    labels = f'numberofleads="{len(names)}" leadlabels="{" ".join(names)}"' if names else ""
    path.write_bytes(
        (
            f'<?xml version="1.0" encoding="utf-16"?><restingecgdata xmlns="http://www3.medical.philips.com">'
            f"<documentinfo><documentversion>{version}</documentversion></documentinfo>"
            '<dataacquisition date="2010-01-19" time="15:19:22"><signalcharacteristics><samplingrate>500</samplingrate>'
            "<resolution>5</resolution><acquisitiontype>STD-12</acquisitiontype><bitspersample>16</bitspersample>"
            f"</signalcharacteristics></dataacquisition><generalpatientdata>{patient}</generalpatientdata>"
            f"<interpretations><interpretation><globalmeasurements>{figures}</globalmeasurements>{statements}"
            f'</interpretation></interpretations><parsedwaveforms dataencoding="Base64" {labels} {more}>'
            f"{base64.encodebytes(data).decode()}</parsedwaveforms></restingecgdata>"
        ).encode("utf-16")
    )
    return path


def counts_of(record):
    return np.rint(record.signal_mv / 0.005)


XLI = 'compression="XLI"'


@pytest.mark.parametrize("seed", range(5))
def test_xli_round_trip(seed):
    rows = np.random.default_rng(seed).integers(-30000, 30000, (3, 500)) // (10**seed)
    decoded = xli.decode(xli_encode(rows))
    assert all(np.array_equal(*pair) for pair in zip(decoded, rows, strict=True))


def test_limb_leads_are_residues_under_xli(tmp_path):
    rows = limb()
    record = read_recording(philips(tmp_path, xli_encode(residues(rows)), XLI))
    assert record.leads == LEADS_12
    assert np.array_equal(counts_of(record), rows)


def test_limb_leads_that_are_whole_under_xli_stay_as_they_are(tmp_path):
    rows = limb()
    assert np.array_equal(counts_of(read_recording(philips(tmp_path, xli_encode(rows), XLI))), rows)


@pytest.mark.parametrize("how", ['compression="Uncompressed"', 'compressflag="False" compressmethod="XLI"', ""])
def test_plain_samples_are_read_lead_by_lead(tmp_path, how):
    rows = limb()
    path = philips(tmp_path, rows.astype("<i2").tobytes(), f'{how} durationperchannel="1600"')
    assert np.array_equal(counts_of(read_recording(path)), rows)


@pytest.mark.parametrize(
    ("change", "mv"),
    [
        (("<resolution>", '<resolution units="mV">'), 5.0), (("<resolution>", '<resolution unit="uV">'), 0.005),
        (("<resolution>5", "<resolution>5 5 2"), None), (("<resolution>", '<resolution units="mmHg">'), None),
        (("<bits", "<signalsigned>False</signalsigned><bits"), None),
        (('="1600"', '="800"'), None),  # so that there were twice as many leads
    ],
)  # fmt: skip
def test_what_plain_samples_mean_is_stated_once_or_refused(tmp_path, change, mv):
    rows = limb()
    path = philips(tmp_path, rows.astype("<i2").tobytes(), 'durationperchannel="1600"')
    path.write_text(path.read_text("utf-16").replace(*change, 1), "utf-16")
    if mv is None:
        assert refusal(path)
    else:
        assert np.allclose(read_recording(path).signal_mv, rows * mv)


def test_an_unknown_compression_is_refused_by_name(tmp_path):
    assert "compressed by ZZZ" in refusal(philips(tmp_path, b"1234", 'compression="ZZZ"'))


def test_the_calibration_pulse_is_cut(tmp_path):
    rows = limb()
    stored = residues(np.hstack([rows, np.tile(PULSE, (12, 1))]))
    assert np.array_equal(counts_of(read_recording(philips(tmp_path, xli_encode(stored), XLI))), rows)


def test_without_a_pulse_nothing_is_cut(tmp_path):
    rows = np.hstack([limb(), np.tile(PULSE, (12, 1)) // 2])
    record = read_recording(philips(tmp_path, rows.astype("<i2").tobytes(), 'durationperchannel="2000"'))
    assert record.signal_mv.shape == (12, 1000)


def test_a_lead_that_is_zero_apart_from_the_pulse_is_missing(tmp_path):
    rows = limb()
    rows[8] = 0
    stored = np.hstack([rows, np.tile(PULSE, (12, 1))])
    record = read_recording(philips(tmp_path, stored.astype("<i2").tobytes(), 'durationperchannel="2000"'))
    assert np.isnan(record.signal_mv[8]).all()
    assert "lead V3 holds no signal" in record.warnings


def test_limb_leads_computed_from_a_missing_one_are_missing_too(tmp_path):
    rows = limb()
    rows[0] = 0
    rows[2], rows[3], rows[4], rows[5] = rows[1], -(rows[1] // 2), -(rows[1] // 2), rows[1]
    record = read_recording(philips(tmp_path, rows.astype("<i2").tobytes(), 'durationperchannel="1600"'))
    assert [lead for lead in record.leads if np.isnan(record.signal_mv[record.leads.index(lead)]).all()] == [
        "I", "III", "aVR", "aVL", "aVF",
    ]  # fmt: skip


def test_channels_without_a_name_are_left_out_when_empty(tmp_path):
    rows = np.vstack([limb(), np.zeros((4, 800), int)])
    assert read_recording(philips(tmp_path, xli_encode(rows), XLI)).leads == LEADS_12


def test_leads_without_labels_are_the_standard_ones(tmp_path):
    rows = limb()
    path = philips(tmp_path, rows.astype("<i2").tobytes(), 'durationperchannel="1600"', names=(), version="1.03")
    assert read_recording(path).leads == LEADS_12


def test_figures_that_failed_or_cannot_be_are_not_there(tmp_path):
    figures = (
        "<heartrate>84</heartrate><print>Failed</print><qrsdur>0</qrsdur><qtcf>394</qtcf><tfrontaxis>-7</tfrontaxis>"
    )
    path = philips(tmp_path, xli_encode(limb()), XLI, figures=figures)
    assert read_recording(path).device == {"rate": 84, "qtc_fridericia": 394, "t_axis": -7}


def test_statements_are_read_with_their_reasons_and_without_their_signer(tmp_path):
    statements = (
        "<mdsignatureline>Confirmed by: Dr. X</mdsignatureline><severity>- ABNORMAL ECG -</severity><statement>"
        "<leftstatement>Sinus bradycardia</leftstatement><rightstatement>rate&lt; 50</rightstatement></statement>"
    )
    record = read_recording(philips(tmp_path, xli_encode(limb()), XLI, statements=statements))
    assert record.device_statements == ("Sinus bradycardia (rate< 50)", "ABNORMAL ECG")


def test_the_patient_is_read_and_the_default_age_is_none(tmp_path):
    patient = '<patientid>99</patientid><age defaultage="50"><dateofbirth>1950-03-01</dateofbirth></age><sex>Male</sex>'
    record = read_recording(philips(tmp_path, xli_encode(limb()), XLI, patient=patient))
    assert (record.age, record.sex, record.recorded_at) == ("59", "Male", "2010-01-19 15:19:22")


def test_a_lead_that_is_cut_off_is_refused(tmp_path):
    assert "announces" in refusal(philips(tmp_path, xli_encode(limb())[:-10], XLI))


def test_more_samples_announced_than_held_is_refused(tmp_path):
    path = philips(tmp_path, limb().astype("<i2").tobytes(), 'durationperchannel="99999999999"')
    assert "holds 9,600 in all" in refusal(path)


def test_xli_that_unpacks_to_more_than_any_ecg_is_refused(monkeypatch):
    monkeypatch.setattr(xli, "MOST_BYTES", 1000)
    with pytest.raises(UnreadableRecording, match="longer than any ECG"):
        xli.decode(xli_encode(np.zeros((1, 5000), int)))


REAL = ["129DYPRG.XML", "3191723_ZZDEMOPTONLY_1-04_orig.xml"]


@pytest.mark.parametrize(("name", "rate", "first"), [(REAL[0], 41, "Sinus brady"), (REAL[1], 84, "SINUS RHYTHM")])
def test_real_files(cessl_data, name, rate, first):
    record = read_recording(cessl_data / "formats" / "philips" / name)
    assert (record.fs_hz, record.signal_mv.shape) == (500, (12, 5300))
    assert record.device["rate"] == rate
    assert record.device_statements[0].startswith(first)
    assert record.warnings == ()


@pytest.mark.parametrize("name", REAL)
def test_sierraecg_reads_the_same_counts(cessl_data, name):
    sierraecg = pytest.importorskip("sierraecg")
    path = cessl_data / "formats" / "philips" / name
    record = read_recording(path)
    for lead in sierraecg.read_file(str(path)).leads:
        assert np.array_equal(counts_of(record)[record.leads.index(lead.label)], lead.samples[:5300])
