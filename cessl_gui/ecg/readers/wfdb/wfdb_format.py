"""WFDB recordings: a header (.hea) with data files (.dat, .mat) or segments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import check
from cessl_gui.core.types import Record
from cessl_gui.ecg.dates import When
from cessl_gui.ecg.readers.amplitude import doubts
from cessl_gui.ecg.readers.device import device_measurements
from cessl_gui.ecg.readers.patient_keys import patient_fields
from cessl_gui.ecg.readers.wfdb import wfdb_comments, wfdb_person
from cessl_gui.ecg.readers.wfdb.wfdb_header import RATES_HZ, USUAL_RATE_HZ, bare_name, read_header, segment_names
from cessl_gui.ecg.readers.wfdb.wfdb_samples import DataFile, Stored, opened
from cessl_gui.ecg.readers.wfdb.wfdb_segments import Stretches, stretches
from cessl_gui.ecg.readers.wfdb.wfdb_signal import channels, signal_mv

SUFFIXES = (".hea",)
LARGEST_DATA = 1 << 30  # bytes of all files of a recording that we read
BLOCK = 1 << 20  # bytes read at a time


def claims(path: Path) -> bool:
    """Whether this path names a WFDB recording: its header, or a data file or bare name with a header beside it."""
    return path.suffix.lower() in SUFFIXES or main_file(path).is_file()


def main_file(path: Path) -> Path:
    """The header that belongs to a path."""
    if path.suffix.lower() in SUFFIXES:
        return path
    if path.suffix.lower() in {".dat", ".mat"}:
        return path.with_suffix(".hea")
    return path.with_name(f"{path.name}.hea")


def segments_of(path: Path) -> set[Path]:
    """The headers that a header names as its segments or layout: no recordings of their own."""
    names = map(bare_name, segment_names(path))
    return {path.with_name(f"{name}.hea") for name in names} - {path}


def read(path: Path) -> Record:
    """Read a WFDB recording: all its voltage channels in mV, the derivable limb leads added.

    raises : UnreadableRecording with the reason and what to do
    """
    path = main_file(path)
    header = read_header(path)
    recording = stretches(header)
    header = recording.headers[0]
    chosen = channels(recording)
    fs_hz = header.frame_hz * chosen.per_frame
    if not RATES_HZ[0] <= fs_hz <= RATES_HZ[1]:
        raise UnreadableRecording(
            f"{path.name} gives {fs_hz:g} Hz as its sampling rate, which no ECG has.", "Correct its first line."
        )
    signal, changed = signal_mv(recording, chosen)
    sha256, stored_sha256 = _digests(recording)
    warnings = [*recording.warnings, *chosen.warnings, *changed, *doubts(signal, fs_hz)]
    if not header.rate_told:
        warnings.insert(0, f"the header gives no sampling rate: {USUAL_RATE_HZ:g} Hz assumed")
    comments = _first(h.comments for h in recording.headers) or ()
    fields = wfdb_comments.fields(comments)
    stated = wfdb_comments.statements(fields, comments)
    warnings += wfdb_comments.doubts(fields, stated)
    patient, at, age, sex, not_certain = wfdb_person.of(fields, _recorded_at(recording))
    warnings += not_certain
    return Record(
        id=sha256[:16],
        name=path.stem,
        source=str(path),
        sha256=sha256,
        signal_mv=signal,
        fs_hz=fs_hz,
        leads=chosen.leads,
        derived=chosen.derived,
        **patient_fields(patient),
        recorded_at=at,
        age=age,
        sex=sex,
        statements=stated,
        warnings=tuple(warnings),
        format="WFDB",
        device=device_measurements(fields, fs_hz),
        stored_sha256=stored_sha256,
        files=_files(recording),
    )


def _files(recording: Stretches) -> tuple[str, ...]:
    data = (str(file.path) for stretch in recording.all for file in stretch.files)
    return tuple(dict.fromkeys([*(str(header.path) for header in recording.headers), *data]))


def _recorded_at(recording: Stretches) -> When:
    """The beginning as the recording's header states it, its layout's, or that of a segment that it begins with."""
    later = {id(stretch.header) for stretch in recording.all if stretch.start}
    stated = [header.recorded_at for header in recording.headers if id(header) not in later]
    return _first(found for found in stated if found.at) or _first(found for found in stated if found.doubt) or When("")


def _first(values: Iterator):
    """The first that says something: of the recording's header, else of its segments'."""
    return next((value for value in values if value), None)


def _digests(recording: Stretches) -> tuple[str, str]:
    """SHA-256 of the headers and of what they declare of their data files, and of these data alone."""
    parts: dict[int, list[tuple[DataFile, int]]] = {}
    for stretch in recording.all:
        exact = stretch.header.frames and all(isinstance(file, Stored) for file in stretch.files)
        parts[id(stretch.header)] = [
            (file, file.size(stretch.frames) if exact else file.path.stat().st_size) for file in stretch.files
        ]
    if sum(size for files in parts.values() for _, size in files) > LARGEST_DATA:
        raise UnreadableRecording(
            f"The data of {recording.headers[0].path.name} are too large to open.", "Check its files, or split it."
        )
    digest, stored = hashlib.sha256(), hashlib.sha256()
    for header in recording.headers:
        digest.update(header.data)
        for file, size in parts.get(id(header), ()):
            for block in _blocks(file, size):
                digest.update(block)
                stored.update(block)
                check()
    return digest.hexdigest(), stored.hexdigest()


def _blocks(data: DataFile, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, or all if it has fewer."""
    try:
        with opened(data) as file:
            while block := file.read(min(size, BLOCK)):
                yield block
                size -= len(block)
    except OSError as error:
        raise UnreadableRecording(
            f"{data.path.name} cannot be opened ({error.strerror}).", "Check the file."
        ) from error
