"""Philips Sierra XML 1.03 to 1.04.02 (root restingecgdata): XLI or plain 16-bit samples, figures and statements."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.dates import readable
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    Facts,
    checked_size,
    number,
    recording,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.xml import xli
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name
from cessl_gui.ecg.units import millivolts

NAME = "Philips Sierra XML"
NO_ELEMENT = Element("none")
# measurement -> elements that hold it, in the order of preference; 1.03 and 1.04 name them differently
FIGURES = {
    "rate": ("heartrate", "meanventrate"),
    "rr": ("rrint", "meanrrint"),
    "pr": ("print", "meanprint"),
    "qrs": ("qrsdur", "meanqrsdur"),
    "qt": ("qtint", "meanqtint"),
    "qtc": ("qtc", "meanqtc"),
    "qtc_bazett": ("qtcb",),
    "qtc_fridericia": ("qtcf",),
    "p_axis": ("pfrontaxis",),
    "qrs_axis": ("qrsfrontaxis",),
    "t_axis": ("tfrontaxis",),
}
# What some devices append to each lead: a calibration pulse of 1 mV at 5 uV.
CALIBRATION = np.concatenate([np.zeros(50), np.full(100, 200), np.zeros(50)])


def claims(head: bytes, path: Path) -> bool:
    return root_name(head) == "restingecgdata"


def read(path: Path) -> Record:
    """Read the waveforms of a Philips file without the calibration pulse at their end, where there is one.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    waveforms = next(root.iter("parsedwaveforms"), None)
    if waveforms is None:
        raise UnreadableRecording(f"{path.name} holds no waveforms.", "Export it with its waveforms.")
    characteristics = next(root.iter("signalcharacteristics"), NO_ELEMENT)
    fs_hz = _stated(waveforms, characteristics, "samplespersecond", "samplingrate")
    step_uv = _stated(waveforms, characteristics, "resolution", "resolution", "signalresolution")
    units = [characteristics.find(tag) for tag in ("resolution", "signalresolution")]
    unit = next((e.get("unit") or e.get("units") or "" for e in units if e is not None), "")
    if unit and step_uv:
        step_uv *= 1000 * (millivolts(unit) or 0)
    if not fs_hz or not step_uv:
        missing = "resolution" if fs_hz else "sampling rate"
        raise UnreadableRecording(f"{path.name} does not state its {missing}.", "Export it again.")
    bits = _stated(waveforms, characteristics, "bitspersample", "bitspersample") or number(
        waveforms.get("nbitspersample", "16")
    )
    if bits != 16:
        raise UnreadableRecording(f"{path.name} holds samples of {bits:g} bits, not 16.", "Export it again.")
    facts = _facts(root)
    names = _names(waveforms, characteristics, facts.warnings)
    counts = _counts(path, waveforms, characteristics, names, fs_hz)
    counts = _without_calibration(counts)
    offset = _stated(waveforms, characteristics, "signaloffset", "signaloffset") or 0
    counts = [row - offset for row in counts]
    # A device stores all its channels, and nothing but zeros in those without electrodes.
    names += [f"channel {i + 1}" for i in range(len(names), len(counts))]
    leads = [(name, row) for name, row in zip(names, counts, strict=False) if row.any() or name in LEADS_12]
    if not leads:
        raise UnreadableRecording(f"{path.name} holds no lead with a signal.", "Export it with its waveforms.")
    names, counts = ([*part] for part in zip(*leads, strict=True))
    checked_size(path, len(counts), max(map(len, counts)))
    silent = [name for name, row in leads if not row.any()]
    signal = signal_of(counts, names, [step_uv * 1e-3] * len(names), facts.warnings, silent=silent)
    return recording(path, digest, NAME, signal, names, fs_hz, facts)


def _stated(waveforms: Element, characteristics: Element, attribute: str, *elements: str) -> float | None:
    """A number of the waveforms' own attribute, else of the acquisition's."""
    texts = [waveforms.get(attribute, ""), *(characteristics.findtext(name, "") for name in elements)]
    return next((value for value in map(number, texts) if value is not None), None)


def _names(waveforms: Element, characteristics: Element, warnings: list[str]) -> list[str]:
    if labels := waveforms.get("leadlabels", "").split():
        announced = number(waveforms.get("numberofleads", ""))
        return labels[: int(announced)] if announced else labels
    layout = characteristics.findtext("acquisitiontype", "").strip()
    channels = number(characteristics.findtext("numberchannelsallocated", "")) or 12
    if layout.upper() in ("STD-12", "10-WIRE", "12-LEAD"):
        return list(LEADS_12[: int(channels)])
    warnings.append(
        f"the leads are not named (layout {layout[:20] or 'not stated'}); the first 12 are taken as standard"
    )
    return list(LEADS_12[: int(channels)])


def _counts(
    path: Path, waveforms: Element, characteristics: Element, names: list[str], fs_hz: float
) -> list[np.ndarray]:
    if waveforms.get("dataencoding", "Base64").casefold() != "base64":
        raise UnreadableRecording(
            f"{path.name} holds its samples as {waveforms.get('dataencoding', '')[:20]}, which is not read.",
            "Export it again.",
        )
    try:
        data = base64.b64decode(waveforms.text or "")
    except (binascii.Error, ValueError) as error:
        raise UnreadableRecording(f"The samples of {path.name} are damaged.", "Export it again.") from error
    if characteristics.findtext("signalsigned", "").strip().casefold() == "false":
        raise UnreadableRecording(f"{path.name} holds samples without a sign, which are not read.", "Export it again.")
    compression = waveforms.get("compressmethod") or waveforms.get("compression") or "Uncompressed"
    if waveforms.get("compressflag", "True").casefold() == "false":
        compression = "Uncompressed"
    if compression.upper() == "XLI":
        try:
            return _limb_leads(xli.decode(data), names)
        except UnreadableRecording as error:
            raise UnreadableRecording(f"{path.name}: {error.what}", error.todo) from error
    if compression.casefold() not in ("uncompressed", "none"):
        raise UnreadableRecording(
            f"{path.name} is compressed by {compression[:20]}, which is not read.", "Export it uncompressed."
        )
    samples = round((number(waveforms.get("durationperchannel", "")) or 0) / 1000 * fs_hz)
    stored = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int64)
    if samples < 1 or samples * len(names) > len(stored):
        raise UnreadableRecording(
            f"{path.name} announces {len(names)} leads of {samples:,} samples and holds {len(stored):,} in all.",
            "Export it again.",
        )
    held, allocated = len(stored) / samples, number(characteristics.findtext("numberchannelsallocated", ""))
    if held != len(names) and held != allocated and len(stored) % len(names) == 0:
        raise UnreadableRecording(
            f"{path.name} holds {len(stored):,} samples of {len(names)} leads, and states {samples:,} of each.",
            "Export it again.",
        )
    return list(stored[: len(stored) // samples * samples].reshape(-1, samples))


def _limb_leads(counts: list[np.ndarray], names: list[str]) -> list[np.ndarray]:
    """The leads themselves where III, aVR, aVL and aVF are stored as what their computation from I and II leaves.

    Whether they are is seen in III: as a residue it is next to nothing, as a lead it is II - I.
    """
    at = {name: i for i, name in enumerate(names[: len(counts)])}
    limb = ("I", "II", "III", "aVR", "aVL", "aVF")
    if not set(limb[:3]) <= at.keys() or len({len(counts[at[name]]) for name in limb if name in at}) > 1:
        return counts
    one, two, stored = (counts[at[name]] for name in limb[:3])
    if np.abs(stored - (two - one)).mean() < np.abs(stored).mean():
        return counts
    three = two - one - stored
    computed = {"aVR": -((one + two) // 2), "aVL": (one - three) // 2, "aVF": (two + three) // 2}
    whole = [*counts]
    whole[at["III"]] = three
    for name, row in computed.items():
        if name in at:
            # The residue of aVR has the sign of the lead, those of the others the opposite one.
            whole[at[name]] = row - counts[at[name]]
    return whole


def _without_calibration(counts: list[np.ndarray]) -> list[np.ndarray]:
    """Cut what is no ECG: the calibration pulse, where every lead ends in one."""
    length = len(CALIBRATION)
    ended = [len(row) > length and np.array_equal(row[-length:], CALIBRATION) for row in counts]
    return [row[:-length] for row in counts] if counts and all(ended) else counts


def _facts(root: Element) -> Facts:
    acquisition = next(root.iter("dataacquisition"), NO_ELEMENT)
    report = next(root.iter("reportinfo"), NO_ELEMENT)
    patient = next(root.iter("generalpatientdata"), NO_ELEMENT)
    recorded_at = readable(*(f"{part.get('date', '')} {part.get('time', '')}" for part in (acquisition, report)))
    # The one that was made last, by its own date; the first of several at once.
    interpretations = sorted(root.iter("interpretation"), key=lambda i: (i.get("date", ""), i.get("time", "")))
    latest = interpretations[-1] if interpretations else NO_ELEMENT
    sources = [*latest.iter("globalmeasurements"), *latest.iter("interpretationmeasurements")]
    sources += [*root.iter("crossleadmeasurements"), *root.iter("globalmeasurements")]
    figures = {}
    for name, tags in FIGURES.items():
        read = (number(source.findtext(tag, "")) for source in sources for tag in tags)
        figures[name] = next((value for value in read if value is not None), None)
    lines = []
    for statement in latest.findall("statement"):
        left, right = (statement.findtext(tag, "").strip() for tag in ("leftstatement", "rightstatement"))
        lines.append(f"{left} ({right})" if left and right else left or right)
    return Facts(
        patient=patient.findtext("patientid", ""),
        recorded_at=recorded_at,
        age=patient.findtext("age/years", "").strip(),
        birth=patient.findtext("age/dateofbirth", ""),
        sex=sex_word(patient.findtext("sex", "")),
        device_statements=statement_lines([*lines, latest.findtext("severity", "").strip(" -")]),
        device=figures,
    )
