"""DICOM waveforms: files that pydicom writes for us, and the real one."""

import zlib

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import write_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cessl_gui.ecg.readers import find_recordings, read_recording
from tests.ecg.recordings import refusal

TWELVE_LEAD = "1.2.840.10008.5.1.4.1.1.9.1.1"
CODES = {"I": 1, "II": 2, "V1": 3, "V6": 8, "III": 61, "aVR": 62, "V4R": 12}


def coded(code, meaning="", scheme="SCPECG"):
    concept = Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = code, scheme, meaning
    return [concept]


def channel(name, step="1.25", unit="uV", baseline="0", correction="1", source=None):
    found = Dataset()
    found.ChannelSourceSequence = source or coded(f"5.6.3-9-{CODES[name]}")
    if step is not None:
        found.ChannelSensitivity, found.ChannelBaseline = step, baseline
        found.ChannelSensitivityCorrectionFactor = correction
        found.ChannelSensitivityUnitsSequence = coded(unit, scheme="UCUM")
    return found


def group(rows, names=("I", "II", "V1"), label="RHYTHM", originality="ORIGINAL", kind="SS", fs=500, **how):
    types = {"SS": "<i2", "SL": "<i4", "SB": "i1", "US": "<u2", "UB": "u1"}
    found = Dataset()
    if label:
        found.MultiplexGroupLabel = label
    found.WaveformOriginality, found.WaveformSampleInterpretation = originality, kind
    found.NumberOfWaveformChannels, found.NumberOfWaveformSamples = len(rows), len(rows[0])
    found.SamplingFrequency = fs
    found.WaveformBitsAllocated = np.dtype(types[kind]).itemsize * 8
    found.ChannelDefinitionSequence = [channel(name, **how) for name in names]
    found.add_new(0x54001010, "OW", np.asarray(rows).T.astype(types[kind]).tobytes())
    return found


def dicom(folder, *groups, syntax=ExplicitVRLittleEndian, annotations=(), **elements):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = TWELVE_LEAD, "1.2.3"
    dataset.WaveformSequence = list(groups)
    dataset.WaveformAnnotationSequence = list(annotations)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = TWELVE_LEAD, "1.2.3"
    dataset.file_meta.TransferSyntaxUID = syntax
    path = folder / "e.dcm"
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def rows(leads=3, samples=700, seed=0, high=2000):
    return np.random.default_rng(seed).integers(-high, high, (leads, samples))


def values(record, name, step=0.00125):
    return np.rint(record.signal_mv[record.leads.index(name)] / step)


def test_a_round_trip_is_exact(tmp_path):
    counts = rows()
    record = read_recording(dicom(tmp_path, group(counts)))
    assert all(np.array_equal(values(record, name), row) for name, row in zip(("I", "II", "V1"), counts, strict=True))
    assert (record.format, record.fs_hz) == ("DICOM", 500)


@pytest.mark.parametrize(("kind", "high"), [("SL", 200_000), ("SB", 100), ("SS", 30000)])
def test_samples_of_other_widths(tmp_path, kind, high):
    counts = rows(high=high)
    record = read_recording(dicom(tmp_path, group(counts, kind=kind, step="0.01")))
    assert np.allclose(record.signal_mv[record.leads.index("V1")], counts[2] * 1e-5, rtol=1e-5, atol=1e-12)


def test_the_rhythm_is_chosen_by_its_label_and_a_mean_beat_alone_is_refused(tmp_path):
    counts = rows(samples=50)
    beat = group(rows(samples=900, seed=1), label="MEDIAN BEAT")
    assert read_recording(dicom(tmp_path, beat, group(counts))).signal_mv.shape[1] == 50
    assert "no rhythm" in refusal(dicom(tmp_path, beat))


def test_without_labels_the_original_is_chosen(tmp_path):
    beat = group(rows(samples=900, seed=1), label="", originality="DERIVED")
    assert read_recording(dicom(tmp_path, beat, group(rows(samples=50), label=""))).signal_mv.shape[1] == 50


def test_without_either_the_longest_is_chosen(tmp_path):
    groups = [group(rows(samples=n), label="", originality="DERIVED") for n in (50, 900, 60)]
    assert read_recording(dicom(tmp_path, *groups)).signal_mv.shape[1] == 900


def test_groups_of_a_page_stand_at_their_times(tmp_path):
    first, second = rows(1, 100), rows(1, 100, 1)
    later = group(second, ("V6",))
    later.MultiplexGroupTimeOffset = "200"
    record = read_recording(dicom(tmp_path, group(first, ("V1",)), later))
    assert record.signal_mv.shape == (2, 200)
    assert np.isnan(values(record, "V6")[:100]).all()
    assert np.array_equal(values(record, "V6")[100:], second[0])


def test_of_two_groups_of_one_lead_at_one_time_the_longer_is_shown_and_that_is_said(tmp_path):
    long, short = rows(1, 300), rows(1, 100, 1)
    record = read_recording(dicom(tmp_path, group(short, ("V1",)), group(long, ("V1",))))
    assert np.array_equal(values(record, "V1"), long[0])
    assert "the file holds lead V1 twice at the same time, not alike: the first is shown" in record.warnings


def test_leads_of_another_rate_are_left_out_by_name(tmp_path):
    record = read_recording(dicom(tmp_path, group(rows(2, 900), ("I", "V1"), fs=1000), group(rows(1, 300), ("V6",))))
    assert (record.fs_hz, record.leads) == (1000, ("I", "V1"))
    assert "leads of another sampling rate left out: V6 (500 Hz)" in record.warnings


@pytest.mark.parametrize(
    ("stated", "value", "said"),
    [
        ("ChannelTimeSkew", "0.004", "lead II states ChannelTimeSkew 0.004, which is not applied"),
        ("ChannelOffset", "0.5", "lead II states ChannelOffset 0.5, which is not applied"),
        ("WaveformBitsStored", 10, "lead II holds values beyond its 10 bits: its voltages may be wrong"),
    ],
)
def test_what_a_channel_states_and_is_not_applied_is_said(tmp_path, stated, value, said):
    found = group(rows())
    setattr(found.ChannelDefinitionSequence[1], stated, value)
    assert said in read_recording(dicom(tmp_path, found)).warnings


@pytest.mark.parametrize(("unit", "mv"), [("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6), ("V", 1e3)])
def test_units_baseline_and_correction(tmp_path, unit, mv):
    step = 0.001 / mv
    counts = rows()
    how = {"step": f"{step:.10g}", "unit": unit, "baseline": f"{0.5 / mv:.10g}", "correction": "2"}
    record = read_recording(dicom(tmp_path, group(counts, **how)))
    assert np.allclose(record.signal_mv[record.leads.index("I")], counts[0] * 0.002 + 0.5, rtol=1e-4, atol=1e-5)


def test_a_channel_that_is_no_voltage_is_left_out_by_name(tmp_path):
    found = group(rows())
    found.ChannelDefinitionSequence[2] = channel("V1", unit="mm[Hg]")
    record = read_recording(dicom(tmp_path, found))
    assert "V1" not in record.leads
    assert "channel V1 left out: its unit is mm[Hg]" in record.warnings


def test_channels_without_a_sensitivity_alone_are_refused(tmp_path):
    assert "is a voltage" in refusal(dicom(tmp_path, group(rows(), step=None)))


@pytest.mark.parametrize(
    ("source", "lead"),
    [
        (coded("5.6.3-9-62", "Lead I"), "aVR"),
        (coded("2:61", "whatever", "MDC"), "III"),
        (coded("MDC_ECG_LEAD_V1", "", "MDC"), "V1"),
        (coded("X-1", "Lead V4R (right)"), "V4R"),
        (coded("X-1", "V5"), "V5"),
        (coded("X-1", "Lead -aVR"), "-aVR"),
        (coded("5.6.3-9-2", "Lead II (inverted)"), "Lead II (inverted)"),
        (coded("X-1", "Lead - aVF"), "Lead - aVF"),
    ],
)
def test_leads_are_known_by_code_before_meaning(tmp_path, source, lead):
    found = group(rows(1), ("I",))
    found.ChannelDefinitionSequence[0] = channel("I", source=source)
    assert read_recording(dicom(tmp_path, found)).leads == (lead,)


def test_the_lowest_number_is_no_value(tmp_path):
    counts = rows()
    counts[0, 5] = -32768
    assert np.flatnonzero(np.isnan(values(read_recording(dicom(tmp_path, group(counts))), "I"))).tolist() == [5]


def test_a_padding_value_is_no_value(tmp_path):
    counts = rows()
    counts[1, 7:9] = 12345
    found = group(counts)
    found.add_new(0x5400100A, "OW", np.int16(12345).tobytes())
    record = read_recording(dicom(tmp_path, found))
    assert np.flatnonzero(np.isnan(values(record, "II"))).tolist() == [7, 8]


def test_a_number_far_from_all_others_is_no_value_though_nothing_says_so(tmp_path):
    x = rows()
    x[1, 10:14] = -9999
    record = read_recording(dicom(tmp_path, group(x)))
    assert np.flatnonzero(np.isnan(record.signal_mv[record.leads.index("II")])).tolist() == [10, 11, 12, 13]
    assert "4 samples of II left out: -9999" in record.warnings[0]


def test_a_padding_value_of_nought_is_not_believed(tmp_path):
    counts = rows()
    counts[1, 7:9] = 0
    found = group(counts)
    found.add_new(0x5400100A, "OW", b"\0\0")
    record = read_recording(dicom(tmp_path, found))
    assert np.isfinite(record.signal_mv).all()
    assert any("zeros are kept" in warning for warning in record.warnings)


def annotation(code="", meaning="", value=None, unit="ms", text=""):
    found = Dataset()
    if code or meaning:
        found.ConceptNameCodeSequence = coded(code or "?", meaning)
        found.MeasurementUnitsCodeSequence = coded(unit)
        found.NumericValue = value
    if text:
        found.UnformattedTextValue = text
    return found


def test_figures_are_read_by_code_or_name_and_checked(tmp_path):
    annotations = [
        annotation("5.13.5-7", "PR", "0"),
        annotation("5.13.5-11", "QT", "368"),
        annotation("?", "QRS Duration", "0.09", "s"),
        annotation("5.10.3-13", "QRS Axis", "-30", "ms"),
        annotation("5.10.2.1-3", "RR", "20000"),
    ]
    device = read_recording(dicom(tmp_path, group(rows()), annotations=annotations)).device
    assert device == {"qt": 368, "qrs": pytest.approx(90), "qrs_axis": -30}


def test_statements_are_read_without_their_signer(tmp_path):
    annotations = [annotation(text="Sinus rhythm\r\nNormal ECG"), annotation(text="Reviewed by Dr. X")]
    record = read_recording(dicom(tmp_path, group(rows()), annotations=annotations))
    assert record.device_statements == ("Sinus rhythm", "Normal ECG")


def test_the_patient_is_read(tmp_path):
    who = {
        "PatientID": "4711",
        "PatientSex": "F",
        "PatientBirthDate": "19700102",
        "AcquisitionDateTime": "20200101101112",
    }
    record = read_recording(dicom(tmp_path, group(rows()), **who))
    assert (record.age, record.sex, record.recorded_at) == ("49", "Female", "2020-01-01 10:11:12")


def test_more_samples_announced_than_held_is_refused(tmp_path):
    found = group(rows())
    found.NumberOfWaveformSamples = 90_000
    assert "is cut off" in refusal(dicom(tmp_path, found))


def test_a_count_beyond_all_memory_is_refused(tmp_path):
    found = group(rows())
    found.NumberOfWaveformSamples = 4_000_000_000
    assert "too long to open" in refusal(dicom(tmp_path, found))


def test_big_endian_files_are_read(tmp_path):
    counts = rows()
    found = group(counts)
    found.add_new(0x54001010, "OW", counts.T.astype(">i2").tobytes())
    record = read_recording(dicom(tmp_path, found, syntax=ExplicitVRBigEndian))
    assert np.array_equal(values(record, "II"), counts[1])


def test_deflated_files_are_read(tmp_path):
    counts = rows()
    path = dicom(tmp_path, group(counts), syntax=DeflatedExplicitVRLittleEndian)
    assert np.array_equal(values(read_recording(path), "II"), counts[1])


def test_a_deflated_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.ecg.readers.binary.dicom.LARGEST_FILE", 1 << 20)
    path = dicom(tmp_path, group(rows()), syntax=DeflatedExplicitVRLittleEndian)
    data = path.read_bytes()
    start = 132 + 12 + int.from_bytes(data[140:144], "little")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(data[:start] + b"".join(squeeze.compress(bytes(1 << 24)) for _ in range(2)) + squeeze.flush())
    assert "unpacks to more than we open" in refusal(path)


def test_an_image_is_no_recording_and_named_is_refused(tmp_path):
    path = dicom(tmp_path, group(rows()))
    path.write_bytes(path.read_bytes().replace(b"1.1.9.1.1", b"1.1.2.0.0"))
    assert find_recordings([tmp_path]) == []
    assert "no ECG waveform" in refusal(path)


def test_a_file_without_preamble_is_read(tmp_path):
    path = dicom(tmp_path, group(rows()))
    dataset = pydicom.dcmread(path)
    with path.open("wb") as file:
        bare = pydicom.filebase.DicomFileLike(file)
        bare.is_little_endian, bare.is_implicit_VR = True, True
        dataset.remove_private_tags()
        write_dataset(bare, dataset)
    assert read_recording(path).format == "DICOM"


def test_a_real_file(cessl_data):
    record = read_recording(cessl_data / "formats" / "dicom" / "anonymous_ecg.dcm")
    assert (record.fs_hz, record.duration_s, len(record.leads)) == (1000, 10, 12)
    assert (record.device["pr"], record.device["t_axis"]) == (161, 57)
    assert record.device_statements == ("RITMO SINUSALE", "ECG NORMALE")


@pytest.mark.parametrize("kind", [b"S\xe1", b"L5"])
def test_an_element_of_no_known_kind_is_damage(tmp_path, kind):
    path = dicom(tmp_path, group(np.arange(300).reshape(3, 100)))
    data = path.read_bytes()
    at = data.index(b"\x00\x54\x00\x01SQ")
    path.write_bytes(data[: at + 4] + kind + data[at + 6 :])
    assert "is damaged DICOM" in refusal(path)


def test_a_correction_may_begin_with_its_point(tmp_path):
    held = rows()
    record = read_recording(dicom(tmp_path, group(held, step=".5", correction=".9", baseline=".25")))
    assert np.allclose(record.signal_mv[record.leads.index("V1")], (held[2] * 0.45 + 0.25) / 1000, atol=1e-6)


def test_channels_of_one_name_are_each_there(tmp_path):
    held = rows()
    source = coded("2:0", "Lead II")
    record = read_recording(dicom(tmp_path, group(held, source=source)))
    assert record.leads == ("II", "II (2)", "II (3)")
    assert np.array_equal([values(record, lead) for lead in record.leads], held)


def test_a_lead_that_is_none_of_ours_keeps_its_label(tmp_path):
    data = group(rows())
    for number, one in enumerate(data.ChannelDefinitionSequence, 1):
        one.ChannelSourceSequence, one.ChannelLabel = coded("2:0", f"Electrode {number}"), f"Holter {number}"
    assert read_recording(dicom(tmp_path, data)).leads == ("Holter 1", "Holter 2", "Holter 3")


@pytest.mark.parametrize(
    ("written", "age"), [("018M", "18 months"), ("003W", "3 weeks"), ("054Y", "54"), ("095Y", "over 89"), ("999Y", "")]
)
def test_ages_keep_their_unit(tmp_path, written, age):
    assert read_recording(dicom(tmp_path, group(rows()), PatientAge=written)).age == age
