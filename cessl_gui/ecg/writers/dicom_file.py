"""Recordings written as DICOM waveforms, built anew from what we know: no field of a source is copied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cessl_gui import __version__
from cessl_gui.core.errors import NotWritten
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.lead_codes import LEAD_OF_NUMBER
from cessl_gui.ecg.writers.steps import MISSING, Counts, counts_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

TWELVE_LEAD, GENERAL, AMBULATORY = (f"1.2.840.10008.5.1.4.1.1.9.1.{number}" for number in (1, 2, 3))
# class -> most channels, most samples, lowest and highest rate in Hz (PS3.3 A.34)
LIMITS = {
    TWELVE_LEAD: (13, 16_384, 200, 1000),
    GENERAL: (24, 1 << 32, 200, 1000),
    AMBULATORY: (12, 1 << 32, 50, 1000),
}
NUMBER_OF_LEAD = {lead: number for number, lead in LEAD_OF_NUMBER.items()}
# our name -> code of SCPECG, meaning, unit
FIGURES = {
    "rate": ("5.10.2.1-1", "Ventricular Heart Rate", "{H.B.}/min"),
    "rr": ("5.10.2.1-3", "RR Interval", "ms"),
    "pr": ("5.13.5-7", "PR Interval", "ms"),
    "qrs": ("5.13.5-9", "QRS Duration", "ms"),
    "qt": ("5.13.5-11", "QT Interval", "ms"),
    "qtc": ("5.10.2.5-5", "QTc Interval", "ms"),
    "qtc_bazett": ("5.10.2.5-5", "QTc Bazett", "ms"),
    "qtc_fridericia": ("5.10.2.5-5", "QTc Fridericia", "ms"),
    "p_axis": ("5.10.3-11", "P Axis", "deg"),
    "qrs_axis": ("5.10.3-13", "QRS Axis", "deg"),
    "t_axis": ("5.10.3-15", "T Axis", "deg"),
}
# PS3.15 E.1 and its options, in the codes of PS3.16 CID 7050
PROFILE = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
}


def write_dicom(record: Record, path: Path, deidentified: bool = False) -> None:
    """Write a waveform of 16-bit samples in the narrowest class that takes it; every UID is new.

    deidentified : it says of itself that the patient's identity was removed, and by what
    raises       : NotWritten for a rate or a number of leads that no class takes; OSError
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(_class(record))
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))  # type: ignore[arg-type]  # no file yet; pydicom allows it
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(prefix=None), generate_uid(prefix=None)
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "ECG", 1, 1
    dataset.Manufacturer, dataset.SoftwareVersions = "cessl-gui", __version__
    for empty in ("ReferringPhysicianName", "AccessionNumber", "StudyID", "PatientBirthDate", "PatientName"):
        setattr(dataset, empty, "")
    dataset.PatientID = record.patient
    dataset.PatientSex = {"Male": "M", "Female": "F"}.get(record.sex, "")
    if age := _age(record.age):
        dataset.PatientAge = age
    _say_when(dataset, record.recorded_at)
    dataset.AcquisitionContextSequence = []
    dataset.WaveformSequence = [_group(record)]
    annotations = [*_figures(record.device), *map(_text, record.device_statements)]
    if annotations:
        dataset.WaveformAnnotationSequence = annotations
    if deidentified:
        dataset.PatientName = record.patient
        dataset.PatientIdentityRemoved = "YES"
        dataset.LongitudinalTemporalInformationModified = "MODIFIED"
        dataset.DeidentificationMethod = "Built anew from known fields"
        dataset.DeidentificationMethodCodeSequence = [_code(code, "DCM", words) for code, words in PROFILE.items()]
    dataset.save_as(path, enforce_file_format=True)


def _class(record: Record) -> str:
    leads, samples = record.signal_mv.shape
    for uid, (most_leads, most_samples, low, high) in LIMITS.items():
        if leads <= most_leads and samples <= most_samples and low <= record.fs_hz <= high:
            return uid
    raise NotWritten(
        f"No ECG of DICOM takes {leads} leads at {record.fs_hz:g} Hz: 24 leads at 200 to 1000 Hz, 12 at 50 to 1000 Hz.",
        "Choose another format.",
    )


def _say_when(dataset: Dataset, recorded_at: str) -> None:
    date, _, time = recorded_at.partition(" ")
    date, time = date.replace("-", ""), time.replace(":", "").ljust(6, "0") if time else ""
    dataset.StudyDate = dataset.ContentDate = date
    dataset.StudyTime = dataset.ContentTime = time
    dataset.AcquisitionDateTime = date + time


def _age(written: str) -> str:
    """An age as DICOM writes it, 050Y; over 89 as 090Y; "" for what is none."""
    if written in ("over 89", "90+"):
        return "090Y"
    match = re.fullmatch(r"(\d{1,3})(?: (months|weeks|days))?", written)
    return f"{int(match[1]):03}{(match[2] or 'years')[0].upper()}" if match else ""


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    from pydicom.dataset import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning[:64]
    return code


def _group(record: Record) -> Dataset:
    """The multiplex group with all leads."""
    from pydicom.dataset import Dataset
    from pydicom.valuerep import DSfloat

    counts = [counts_of(row) for row in record.signal_mv]
    group = Dataset()
    group.WaveformOriginality, group.MultiplexGroupLabel = "ORIGINAL", "RHYTHM"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = record.signal_mv.shape
    group.SamplingFrequency = DSfloat(record.fs_hz, auto_format=True)
    group.ChannelDefinitionSequence = [
        _channel(lead, each, number) for number, (lead, each) in enumerate(zip(record.leads, counts, strict=True), 1)
    ]
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    if not np.isfinite(record.signal_mv).all():
        group.add_new("WaveformPaddingValue", "OW", MISSING.to_bytes(2, "little", signed=True))
    group.add_new("WaveformData", "OW", np.stack([each.stored for each in counts], axis=1).astype("<i2").tobytes())
    return group


def _channel(lead: str, counts: Counts, number: int) -> Dataset:
    from pydicom.dataset import Dataset
    from pydicom.valuerep import DSfloat

    channel = Dataset()
    channel.WaveformChannelNumber, channel.ChannelLabel = number, lead[:16]
    known = NUMBER_OF_LEAD.get(lead)
    channel.ChannelSourceSequence = [
        _code(f"2:{known}", "MDC", f"Lead {lead}") if known else _code("2:0", "MDC", lead or "Unspecified lead")
    ]
    channel.ChannelSensitivity = DSfloat(1000 * counts.step_mv, auto_format=True)
    channel.ChannelSensitivityUnitsSequence = [_code("uV", "UCUM", "microvolt")]
    channel.ChannelSensitivityCorrectionFactor = 1
    channel.ChannelBaseline = DSfloat(1000 * counts.offset_mv, auto_format=True)
    channel.ChannelTimeSkew, channel.WaveformBitsStored = 0, 16
    return channel


def _figures(device: Mapping[str, float]) -> list[Dataset]:
    """What the device measured, each as a coded annotation of the whole group."""
    from pydicom.dataset import Dataset
    from pydicom.valuerep import DSfloat

    found = []
    for name, value in device.items():
        code, meaning, unit = FIGURES.get(name) or FIGURES["qtc"]
        annotation = Dataset()
        annotation.ReferencedWaveformChannels = [1, 0]
        annotation.AnnotationGroupNumber = 1
        annotation.ConceptNameCodeSequence = [_code(code, "SCPECG", meaning)]
        annotation.MeasurementUnitsCodeSequence = [_code(unit, "UCUM", unit)]
        annotation.NumericValue = DSfloat(value, auto_format=True)
        found.append(annotation)
    return found


def _text(line: str) -> Dataset:
    from pydicom.dataset import Dataset

    annotation = Dataset()
    annotation.ReferencedWaveformChannels = [1, 0]
    annotation.AnnotationGroupNumber = 0
    annotation.UnformattedTextValue = line
    return annotation
