"""De-identified copies hold what is known to name nobody, and nothing else."""

import datetime
import re
from dataclasses import fields, replace

import pydicom
import pytest

from cessl_gui.core.types import Record
from cessl_gui.ecg.deidentify import deidentified
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.writers import SUFFIXES, write
from tests.ecg.test_converted import ecg

SECRET, OTHER = b"s" * 32, b"t" * 32


def identifying(**more):
    return replace(
        ecg(samples=600),
        id="Jane-Doe-ecg",
        name="Jane_Doe_1953",
        source="/home/dr_who/Jane Doe/1.scp",
        sha256="d" * 64,
        statements=("164889003", "seen by Dr. Who"),
        device_statements=("Sinus rhythm", "Call Jane Doe"),
        warnings=("of Jane Doe",),
        guesses=(),
        patient_alike=("e" * 16,),
        patient_bare="f" * 16,
        patient_next=("f" * 16,),
        age="93",
        **more,
    )


@pytest.mark.parametrize("format_", SUFFIXES)
def test_no_file_of_a_copy_names_anybody(tmp_path, format_):
    write(deidentified(identifying(), SECRET), tmp_path / f"x{SUFFIXES[format_][0]}", format_, deidentified=True)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for word in (b"Jane", b"Doe", b"Who", b"c" * 16, b"Sinus"):
        assert word not in held
    (path,) = find_recordings([tmp_path])
    assert not read_recording(path).recorded_at.startswith("2015-06")


def test_every_field_is_decided():
    known = {
        "id", "name", "source", "sha256", "signal_mv", "fs_hz", "leads", "derived", "patient", "recorded_at", "age",
        "sex", "statements", "warnings", "format", "synthetic", "device", "device_statements", "guesses",
        "stored_sha256", "files", "patient_alike", "patient_bare",
        "patient_next",
    }  # fmt: skip
    assert {field.name for field in fields(Record)} == known, "decide whether a copy may carry it"
    copy = deidentified(identifying(), SECRET)
    assert (copy.source, copy.sha256, copy.stored_sha256) == ("", "", "")
    assert (copy.warnings, copy.device_statements, copy.files, copy.patient_alike) == ((), (), (), ())
    assert (copy.patient_bare, copy.patient_next) == ("", None)
    assert copy.statements == ("164889003",)


def test_free_text_comes_along_on_request_only():
    assert deidentified(identifying(), SECRET, free_text=True).device_statements == ("Sinus rhythm", "Call Jane Doe")


@pytest.mark.parametrize(
    ("age", "is_"),
    [("93", "90+"), ("89", "89"), ("90", "90+"), ("over 89", "90+"), ("7 months", "7 months"), ("0", "0"),
     ("born 1953", ""), ("", ""), ("90 years", "90+"), ("61 years", "61")],
)  # fmt: skip
def test_ages_over_89_are_90_and_more(age, is_):
    assert deidentified(replace(identifying(), age=age), SECRET).age == is_


def days(record, secret=SECRET):
    moved = deidentified(record, secret).recorded_at
    return (datetime.datetime.fromisoformat(record.recorded_at) - datetime.datetime.fromisoformat(moved)).days


def test_an_id_written_in_two_ways_has_one_pseudonym():
    one, other = (deidentified(replace(identifying(), patient=key * 16), SECRET) for key in "ab")
    assert (one.patient, one.recorded_at) == (other.patient, other.recorded_at)
    assert deidentified(replace(identifying(), patient=""), SECRET).patient == ""


def test_dates_of_a_patient_move_by_the_same_days():
    first, later = identifying(), replace(identifying(), id="e", sha256="f" * 64, recorded_at="2016-02-29 23:59:59")
    assert days(first) == days(later) >= 30
    assert deidentified(later, SECRET).recorded_at.endswith("23:59:59")
    assert days(first, OTHER) != days(first)
    assert days(replace(first, patient_bare="9" * 16)) != days(first)


@pytest.mark.parametrize(("written", "like"), [("2015-06-07", r"\d{4}-\d\d-\d\d"), ("", ""), ("June 1953", "")])
def test_dates_that_are_none_are_left_out(written, like):
    assert re.fullmatch(like, deidentified(replace(identifying(), recorded_at=written), SECRET).recorded_at)


def test_pseudonyms_hold_for_a_patient_and_a_secret():
    first, other = identifying(), replace(identifying(), patient_bare="9" * 16)
    assert deidentified(first, SECRET).patient == deidentified(first, SECRET).patient
    assert len({deidentified(one, secret).patient for one in (first, other) for secret in (SECRET, OTHER)}) == 4
    assert deidentified(replace(first, patient=""), SECRET).patient == ""


def test_dicom_says_by_what_it_was_made_safe(tmp_path):
    record = deidentified(identifying(), SECRET)
    for name in ("a", "b"):
        write(record, tmp_path / f"{name}.dcm", "dicom", deidentified=True)
    one, other = (pydicom.dcmread(tmp_path / f"{name}.dcm") for name in "ab")
    assert one.PatientIdentityRemoved == "YES"
    codes = {(code.CodingSchemeDesignator, code.CodeValue) for code in one.DeidentificationMethodCodeSequence}
    assert codes == {("DCM", "113100"), ("DCM", "113107"), ("DCM", "113108")}
    assert one.LongitudinalTemporalInformationModified == "MODIFIED"
    assert one.PatientAge == "090Y"
    for uid in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        assert one[uid].value != other[uid].value
    assert "DeviceSerialNumber" not in one
    assert one.PatientBirthDate == ""


def test_a_plain_copy_does_not_say_so(tmp_path):
    write(ecg(samples=600), tmp_path / "a.dcm", "dicom")
    assert "PatientIdentityRemoved" not in pydicom.dcmread(tmp_path / "a.dcm")
