"""GE MUSE XML: files that we encode, and the two real ones."""

import base64
import zlib

import numpy as np
import pytest

from cessl_gui.ecg.readers import find_recordings, read_recording
from tests.ecg.recordings import refusal

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def counts(leads=8, samples=1000, seed=0):
    return np.random.default_rng(seed).integers(-300, 300, (leads, samples)).astype("<i2")


def lead_xml(name, row, step=4.88, unit="MICROVOLTS", announced=None, crc=None, size=2, extra=""):
    data = row.astype("<i2").tobytes()
    coded = base64.encodebytes(data).decode()
    return (
        f"<LeadData><LeadSampleCountTotal>{announced or len(row)}</LeadSampleCountTotal>"
        f"<LeadAmplitudeUnitsPerBit>{step}</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>{unit}</LeadAmplitudeUnits>"
        f"<LeadID>{name}</LeadID><LeadSampleSize>{size}</LeadSampleSize>{extra}"
        f"<LeadDataCRC32>{zlib.crc32(data) if crc is None else crc}</LeadDataCRC32>"
        f"<WaveFormData>{coded}</WaveFormData></LeadData>"
    )


def waveform(leads, kind="Rhythm", base=500, exponent=0):
    return (
        f"<Waveform><WaveformType>{kind}</WaveformType><SampleBase>{base}</SampleBase>"
        f"<SampleExponent>{exponent}</SampleExponent>{''.join(leads)}</Waveform>"
    )


def muse(folder, rows=None, names=EIGHT, before="", after="", base=500, exponent=0, name="m.xml", **lead):
    rows = counts(len(names)) if rows is None else rows
    median = waveform([lead_xml(n, r[:60]) for n, r in zip(names, rows, strict=True)], "Median")
    rhythm = waveform([lead_xml(n, r, **lead) for n, r in zip(names, rows, strict=True)], "Rhythm", base, exponent)
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE RestingECG SYSTEM "restecg.dtd">\n'
        f"<RestingECG>{before}{median}{rhythm}{after}</RestingECG>"
    )
    path = folder / name
    path.write_bytes(text.encode("latin-1"))
    return path


def test_the_rhythm_is_read_to_the_bit_and_the_median_beat_left(tmp_path):
    rows = counts()
    record = read_recording(muse(tmp_path, rows))
    kept = [record.leads.index(name) for name in EIGHT]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.00488), rows)


def test_limb_leads_are_derived(tmp_path):
    record = read_recording(muse(tmp_path))
    assert record.derived == ("III", "aVR", "aVL", "aVF")


@pytest.mark.parametrize(("base", "exponent", "hz"), [(500, 0, 500), (250, 0, 250), (1, 3, 1000), (5, 2, 500)])
def test_the_rate_is_base_times_ten_to_the_exponent(tmp_path, base, exponent, hz):
    assert read_recording(muse(tmp_path, base=base, exponent=exponent)).fs_hz == hz


@pytest.mark.parametrize(
    ("unit", "mv"),
    [("MICROVOLTS", 1e-3), ("MILLIVOLTS", 1.0), ("Microvolts", 1e-3), ("µV", 1e-3), ("microvolt", 1e-3)],
)
def test_the_step_is_read_in_its_unit(tmp_path, unit, mv):
    rows = counts()
    record = read_recording(muse(tmp_path, rows, step=2.5, unit=unit))
    assert record.signal_mv[record.leads.index("V3"), 5] == pytest.approx(rows[4, 5] * 2.5 * mv, rel=1e-5)


@pytest.mark.parametrize("step", ["1/200", "5*10^-3", "4.88 2.5"])
def test_a_step_that_is_no_one_number_is_refused(tmp_path, step):
    assert "which is no voltage" in refusal(muse(tmp_path, step=step))


def test_a_lead_that_begins_at_another_time_is_left_out(tmp_path):
    path = muse(tmp_path)
    text = path.read_text("latin-1")
    at = text.rindex("<LeadID>V6</LeadID>")
    path.write_text(f"{text[:at]}<LeadTimeOffset>500</LeadTimeOffset>{text[at:]}", "latin-1")
    record = read_recording(path)
    assert "V6" not in record.leads
    assert "lead V6 left out: it states LeadTimeOffset 500, which is not understood" in record.warnings


def test_two_leads_of_one_name_are_said(tmp_path):
    record = read_recording(muse(tmp_path, names=(*EIGHT[:7], "V5")))
    assert "V5 (2)" in record.leads
    assert "several channels are named V5: the others are shown as V5 (2)" in record.warnings


def test_an_unknown_unit_is_refused_by_name(tmp_path):
    assert "FURLONGS" in refusal(muse(tmp_path, unit="FURLONGS"))


def test_a_checksum_that_differs_is_a_warning(tmp_path):
    assert "checksum of lead V1 does not match: the file may have been changed" in (
        read_recording(muse(tmp_path, crc=12345)).warnings
    )


def test_a_right_checksum_is_no_warning(tmp_path):
    assert read_recording(muse(tmp_path)).warnings == ()


def test_more_samples_announced_than_held_is_refused(tmp_path):
    assert "announces 9,999,999 samples and holds 1,000" in refusal(muse(tmp_path, announced=9_999_999))


def test_fewer_samples_announced_than_held_is_said(tmp_path):
    warnings = read_recording(muse(tmp_path, announced=900)).warnings
    assert "lead V1 announces 900 samples and holds 1,000: the rest left out" in warnings


def test_a_lead_of_16000_throughout_holds_no_signal(tmp_path):
    rows = counts()
    rows[2] = -16000
    record = read_recording(muse(tmp_path, rows))
    assert np.isnan(record.signal_mv[record.leads.index("V1")]).all()
    assert "lead V1 holds no signal" in record.warnings


def test_the_lowest_16_bit_number_is_no_value(tmp_path):
    rows = counts()
    rows[3, 10:20] = -32768
    record = read_recording(muse(tmp_path, rows))
    assert np.isnan(record.signal_mv[record.leads.index("V2"), 10:20]).all()
    assert np.isfinite(record.signal_mv[record.leads.index("V2"), 20:]).all()


def test_leads_of_other_lengths_end_without_a_value(tmp_path):
    path = muse(tmp_path, [*counts(7), counts(1, 900)[0]])
    record = read_recording(path)
    assert np.isnan(record.signal_mv[record.leads.index("V6"), 900:]).all()
    assert "lead V6 ends before the others" in record.warnings


def test_a_file_with_a_median_beat_only_is_refused(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(f"<RestingECG>{waveform([lead_xml('I', counts(1)[0])], 'Median')}</RestingECG>")
    assert "no rhythm" in refusal(path)


MEASURED = (
    "<RestingECGMeasurements><VentricularRate>48</VentricularRate><PRInterval>{pr}</PRInterval>"
    "<QTInterval>452</QTInterval><QRSDuration>29999</QRSDuration><RAxis>-20</RAxis></RestingECGMeasurements>"
    "<QRSTimesTypes><GlobalRR>{rr}</GlobalRR></QRSTimesTypes>"
)


@pytest.mark.parametrize(("written", "ms"), [(1242, 1242), (621, 1242)])
def test_the_rr_interval_is_milliseconds_or_samples_by_the_rate(tmp_path, written, ms):
    assert read_recording(muse(tmp_path, before=MEASURED.format(pr=138, rr=written))).device["rr"] == ms


def test_figures_that_cannot_be_are_not_there(tmp_path):
    device = read_recording(muse(tmp_path, before=MEASURED.format(pr=0, rr=0))).device
    assert device == {"rate": 48, "qt": 452, "qrs_axis": -20}


def test_statement_lines_end_at_their_flag(tmp_path):
    diagnosis = (
        "<Diagnosis><DiagnosisStatement><StmtText>Sinus</StmtText></DiagnosisStatement>"
        "<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>bradycardia für</StmtText></DiagnosisStatement>"
        "<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>Confirmed by Dr. X (5) on 1/1/2020</StmtText>"
        "</DiagnosisStatement><DiagnosisStatement><StmtText>Otherwise normal ECG</StmtText></DiagnosisStatement>"
        "</Diagnosis>"
    )
    record = read_recording(muse(tmp_path, before=diagnosis))
    assert record.device_statements == ("Sinus bradycardia für", "Otherwise normal ECG")


def test_who_and_when_are_read_and_the_number_kept_as_a_hash_only(tmp_path):
    person = (
        "<PatientDemographics><PatientID>4711</PatientID><PatientAge>61</PatientAge><AgeUnits>YEARS</AgeUnits>"
        "<Gender>FEMALE</Gender></PatientDemographics><TestDemographics><AcquisitionTime>09:05:07</AcquisitionTime>"
        "<AcquisitionDate>05-15-2020</AcquisitionDate></TestDemographics>"
    )
    record = read_recording(muse(tmp_path, before=person))
    assert (record.age, record.sex, record.recorded_at) == ("61", "Female", "2020-05-15 09:05:07")
    assert len(record.patient) == 16
    assert "4711" not in repr(record)


def test_the_format_is_known_by_content_whatever_the_name(tmp_path):
    path = muse(tmp_path, name="m.txt")
    assert find_recordings([tmp_path]) == [path]
    assert read_recording(path).format == "GE MUSE XML"


@pytest.mark.parametrize(("name", "rate", "qt"), [("example1.xml", 48, 452), ("example2.xml", 65, 420)])
def test_real_files(cessl_data, name, rate, qt):
    record = read_recording(cessl_data / "formats" / "muse" / name)
    assert (record.fs_hz, record.duration_s, len(record.leads)) == (500, 10, 12)
    assert (record.device["rate"], record.device["qt"]) == (rate, qt)
    assert record.warnings == ()


@pytest.mark.parametrize("tag", ["LeadOffsetFirstSample", "FirstSampleBaseline"])
def test_an_offset_that_is_not_applied_is_said(tmp_path, tag):
    record = read_recording(muse(tmp_path, extra=f"<{tag}>12</{tag}>"))
    assert f"lead V1 states {tag} 12, which is not applied" in record.warnings
    assert not read_recording(muse(tmp_path, extra=f"<{tag}>0</{tag}>")).warnings
