"""HL7 aECG: files that we encode, and the real ones."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import find_recordings, read_recording
from tests.ecg.recordings import refusal

HEAD = (
    '<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<effectiveTime><center value="20021122091000"/></effectiveTime>'
)


def counts(leads=3, samples=600, seed=0):
    return np.random.default_rng(seed).integers(-400, 400, (leads, samples))


def lead_xml(name, row, scale=2.5, unit="uV", origin="0", origin_unit="uV"):
    digits = " ".join(map(str, row))
    return (
        f'<component><sequence><code code="MDC_ECG_LEAD_{name}"/><value xsi:type="SLIST_PQ">'
        f'<origin value="{origin}" unit="{origin_unit}"/><scale value="{scale}" unit="{unit}"/>'
        f"<digits>{digits}</digits></value></sequence></component>"
    )


def strip(leads, head='<head value="20021122091000.000"/>', step='value="0.002" unit="s"', kind="TIME_ABSOLUTE"):
    time = (
        f'<component><sequence><code code="{kind}"/><value xsi:type="GLIST_TS">{head}<increment {step}/></value>'
        "</sequence></component>"
    )
    return f"<component><sequenceSet>{time}{''.join(leads)}</sequenceSet></component>"


def series(*strips, code="RHYTHM", more=""):
    return f'<component><series><code code="{code}"/>{"".join(strips)}{more}</series></component>'


def aecg(folder, *parts, before=""):
    path = folder / "a.xml"
    path.write_text(f"<?xml version='1.0' encoding='utf-8'?>{HEAD}{before}{''.join(parts)}</AnnotatedECG>")
    return path


NAMES = ("I", "II", "V1")


def plain(folder, rows, **how):
    return aecg(folder, series(strip([lead_xml(n, r, **how) for n, r in zip(NAMES, rows, strict=True)])))


def test_a_round_trip_is_exact(tmp_path):
    rows = counts()
    record = read_recording(plain(tmp_path, rows))
    kept = [record.leads.index(name) for name in NAMES]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.0025), rows)
    assert record.fs_hz == 500


@pytest.mark.parametrize(
    ("unit", "mv"), [("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6), ("µV", 1e-3), ("V", 1e3), ("microvolt", 1e-3)]
)
def test_scale_and_origin_have_units_of_their_own(tmp_path, unit, mv):
    rows = counts()
    path = plain(tmp_path, rows, scale=0.001 / mv, unit=unit, origin="250", origin_unit="uV")
    record = read_recording(path)
    assert record.signal_mv[record.leads.index("V1"), 7] == pytest.approx(rows[2, 7] * 1e-3 + 0.25, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"unit": "mmHg"}, "its unit is mmHg"),
        ({"scale": 0}, "its scale is 0"),
        ({"scale": "NaN"}, "its scale is NaN"),
        ({"origin": 5, "origin_unit": "s"}, "the unit of its origin is s"),
        ({"origin": "x"}, "its origin is x"),
    ],
)
def test_a_lead_in_no_voltage_is_left_out_by_name_and_the_fault_is_named(tmp_path, given, said):
    rows = counts()
    leads = [lead_xml("I", rows[0]), lead_xml("II", rows[1], **given)]
    record = read_recording(aecg(tmp_path, series(strip(leads))))
    assert record.leads == ("I",)
    assert f"II left out: {said}" in record.warnings


@pytest.mark.parametrize(
    ("step", "hz"), [('value="2" unit="ms"', 500), ('value="0.004" unit="s"', 250), ('value="1000" unit="us"', 1000)]
)
def test_the_increment_has_a_unit(tmp_path, step, hz):
    record = read_recording(aecg(tmp_path, series(strip([lead_xml("II", counts()[0])], step=step))))
    assert record.fs_hz == pytest.approx(hz)


def test_without_an_increment_the_file_is_refused(tmp_path):
    path = aecg(tmp_path, series(strip([lead_xml("II", counts()[0])], step='value="0" unit="s"')))
    assert "time between its samples" in refusal(path)


def test_the_rhythm_is_read_and_not_the_representative_beat(tmp_path):
    beat = f"<derivation><derivedSeries>{strip([lead_xml('II', [9] * 2000)])}</derivedSeries></derivation>"
    record = read_recording(aecg(tmp_path, series(strip([lead_xml("II", counts()[1])]), more=beat)))
    assert record.signal_mv.shape == (1, 600)


def test_a_representative_beat_alone_is_refused(tmp_path):
    path = aecg(tmp_path, series(strip([lead_xml("II", counts()[1])]), code="REPRESENTATIVE_BEAT"))
    assert "only REPRESENTATIVE_BEAT" in refusal(path)


def test_columns_of_a_page_stand_at_their_times(tmp_path):
    rows = counts(2, 500)
    later = '<head value="20021122091001.000"/>'
    path = aecg(tmp_path, series(strip([lead_xml("V1", rows[0])]), strip([lead_xml("V4", rows[1])], head=later)))
    record = read_recording(path)
    assert record.leads == ("V1", "V4")
    assert np.isnan(record.signal_mv[0, 500:]).all()
    assert np.isnan(record.signal_mv[1, :500]).all()
    assert record.signal_mv[1, 500] == pytest.approx(rows[1, 0] * 0.0025, rel=1e-5)


def test_starts_in_two_time_zones_are_one_moment(tmp_path):
    rows, heads = counts(2, 500), ("20021122091000.000+0100", "20021122081000.000+0000")
    parts = [
        strip([lead_xml(name, row)], head=f'<head value="{at}"/>')
        for name, row, at in zip(("V1", "V4"), rows, heads, strict=True)
    ]
    assert read_recording(aecg(tmp_path, series(*parts))).signal_mv.shape == (2, 500)


def test_strips_a_year_apart_are_refused_and_not_allocated(tmp_path):
    later = '<head value="20911122091001.000"/>'
    path = aecg(tmp_path, series(strip([lead_xml("V1", [1])]), strip([lead_xml("V4", [1])], head=later)))
    assert "too long to open" in refusal(path)


def test_digits_that_are_none_are_refused(tmp_path):
    assert "'two' is no number" in refusal(plain(tmp_path, [["1", "two"], ["1", "2"], ["1", "2"]]))


def annotation(code, value="", unit="", name=""):
    return (
        f'<component><annotation><code code="{code}"/><value value="{value}" unit="{unit}" displayName="{name}"/>'
        "</annotation></component>"
    )


def annotated(folder, *annotations, author="<assignedDevice/>"):
    found = f"<subjectOf><annotationSet><author>{author}</author>{''.join(annotations)}</annotationSet></subjectOf>"
    return aecg(folder, series(strip([lead_xml("II", counts()[0])]), more=found))


def test_what_the_device_measured_is_read_beat_by_beat(tmp_path):
    beats = [annotation("MDC_ECG_TIME_PD_PR", v, "ms") for v in (140, 150, 900)]
    path = annotated(tmp_path, *beats, annotation("MDC_ECG_TIME_PD_QT", "0.42", "s"))
    assert read_recording(path).device == {"pr": 150, "qt": pytest.approx(420)}


def test_the_unit_of_an_interval_is_minded(tmp_path):
    path = annotated(tmp_path, annotation("MDC_ECG_TIME_PD_QT", "410000", "us"))
    assert read_recording(path).device == {"qt": pytest.approx(410)}


@pytest.mark.parametrize(
    ("value", "unit", "age"), [("7", "mo", "7 months"), ("49", "a", "49"), ("3", "d", "3 days"), ("3", "moons", "")]
)
def test_an_age_is_in_the_unit_that_it_is_given_in(tmp_path, value, unit, age):
    given = (
        '<x><relatedObservation><code code="21612-7"/>'
        f'<value xsi:type="PQ" value="{value}" unit="{unit}"/></relatedObservation></x>'
    )
    path = aecg(tmp_path, series(strip([lead_xml("II", counts()[0])])), before=given)
    assert read_recording(path).age == age


@pytest.mark.parametrize(
    ("birth", "age", "is_said"), [("19530508", "49", False), ("19560508", "49", True), ("", "49", False)]
)
def test_an_age_that_the_date_of_birth_contradicts_is_said(tmp_path, birth, age, is_said):
    given = (
        f'<x><trialSubject><subjectDemographicPerson><birthTime value="{birth}"/>'
        "</subjectDemographicPerson></trialSubject>"
        f'<relatedObservation><code code="21612-7"/><value value="{age}" unit="a"/></relatedObservation></x>'
    )
    record = read_recording(aecg(tmp_path, series(strip([lead_xml("II", counts()[0])])), before=given))
    assert record.age == age
    words = "the file states an age of 49 and a date of birth that makes 46"
    assert (words in record.warnings) == is_said


def test_figures_that_cannot_be_are_not_there(tmp_path):
    path = annotated(tmp_path, annotation("MDC_ECG_TIME_PD_PR", 0, "ms"), annotation("MDC_ECG_HEART_RATE", 29999))
    assert read_recording(path).device == {}


def test_statements_of_the_device_are_read(tmp_path):
    path = annotated(tmp_path, annotation("MDC_ECG_RHY", name="Sinus Rhythm"))
    assert read_recording(path).device_statements == ("Sinus Rhythm",)


def test_what_a_person_annotated_is_not_the_devices_word(tmp_path):
    path = annotated(tmp_path, annotation("MDC_ECG_RHY", name="AF"), author="<x><assignedPerson/></x>")
    assert read_recording(path).device_statements == ()


def test_the_subject_is_read(tmp_path):
    subject = (
        '<x><trialSubject><id extension="SBJ-7"/><subjectDemographicPerson><name>Clark</name>'
        '<administrativeGenderCode code="F"/><birthTime value="19530508"/>'
        "</subjectDemographicPerson></trialSubject></x>"
    )
    record = read_recording(aecg(tmp_path, series(strip([lead_xml("II", counts()[0])])), before=subject))
    assert (record.age, record.sex, record.recorded_at) == ("49", "Female", "2002-11-22 09:10:00")
    assert "SBJ-7" not in repr(record)
    assert "Clark" not in repr(record)


@pytest.mark.parametrize("name", ["example_aecg.xml", "subject1_0.xml"])
def test_real_files(cessl_data, name):
    record = read_recording(cessl_data / "formats" / "aecg" / name)
    assert (record.fs_hz, record.duration_s, len(record.leads)) == (500, 10, 12)
    assert (record.device["pr"], record.device["qrs_axis"]) == (148, -61)
    assert record.device_statements == ("Sinus Rhythm",)


def test_the_smallest_real_file(cessl_data):
    record = read_recording(cessl_data / "formats" / "aecg" / "minimum_aecg.xml")
    assert record.leads == ("II",)
    assert record.signal_mv.shape == (1, 13)


def test_a_real_file_without_an_ecg_is_refused_with_its_reason(cessl_data):
    path = cessl_data / "formats" / "aecg" / "empty.xml"
    assert "holds no ECG" in refusal(path)
    assert path in find_recordings([path.parent])


def test_what_is_no_number_is_named_with_its_lead(tmp_path):
    path, third = plain(tmp_path, counts()), f" {counts()[1][2]} "
    text = path.read_text()
    at = text.index(third, text.index(" ".join(map(str, counts()[1][:3]))))
    path.write_text(f"{text[:at]} -7-41 {text[at + len(third) :]}")
    assert refusal(path) == "Lead II of a.xml is damaged: '-7-41' is no number."
