"""The stretches a WFDB recording is made of: one, or its segments, each with a header and data files of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers.wfdb.wfdb_header import NO_FILE, Header, read_header
from cessl_gui.ecg.readers.wfdb.wfdb_samples import DataFile, beside, data_files

DAY, MOST_APART_S = len("2020-05-15"), 1.0
PADDING = 2  # samples at the end of a file that its packed format may add
LARGEST_SIGNAL = 1 << 28  # values: 24 hours of 3 leads at 1000 Hz are 2.6e8


@dataclass(frozen=True)
class Stretch:
    """So many frames from a frame of the recording on, as a header and its data files have them.

    more : sentences about files that hold more
    """

    header: Header
    files: Sequence[DataFile]
    start: int
    frames: int
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stretches:
    """All of a recording.

    headers : of the recording, with the rate that holds for all, of its layout and its segments, each once
    named   : the signals of the layout, in its order
    """

    all: tuple[Stretch, ...]
    headers: tuple[Header, ...]
    frames: int
    named: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def stretches(header: Header) -> Stretches:
    """raises : UnreadableRecording for files that are missing, cut off, or do not fit together"""
    if not header.segments:
        stretch = _stretch(header, 0, header.frames, is_all=True)
        return Stretches((stretch,), (header,), stretch.frames, warnings=stretch.more)
    parts = {name: _part(header, name) for name, _ in header.segments if name != NO_FILE}
    warnings: tuple[str, ...] = ()
    if not header.rate_told and (told := [part for part in parts.values() if part.rate_told]):
        header = replace(header, frame_hz=told[0].frame_hz, rate_told=True)
        warnings = (f"the header gives no sampling rate: that of its segments taken, {header.frame_hz:g} Hz",)
    named: tuple[str, ...] = ()
    joined: list[Stretch] = []
    known: dict[tuple[str, int], Stretch] = {}
    start = 0
    for place, (name, frames) in enumerate(header.segments):
        if frames and name != NO_FILE:
            if (name, frames) not in known:
                known[name, frames] = _segment(header, parts[name], frames)
            of_its_own = known[name, frames]
            joined.append(replace(of_its_own, start=start))
        elif name != NO_FILE and not place:  # a variable layout: its header only names the signals
            named = tuple(signal.name for signal in parts[name].signals)
        start += frames
    warnings += tuple(sentence for stretch in known.values() for sentence in stretch.more)
    if not joined:
        raise UnreadableRecording(f"{header.path.name} has no samples.", "Copy the recording again.")
    if header.frames not in (None, start):
        warnings += (f"the header announces {header.frames:,} samples, its segments hold {start:,}",)
    warnings += _apart(header, joined)
    return Stretches(tuple(joined), (header, *parts.values()), start, named, warnings)


def _apart(header: Header, joined: Sequence[Stretch]) -> tuple[str, ...]:
    """A sentence for the first segment that by its own date begins at another moment than it is shown at."""
    first = {id(one.header): (one.header, one.start) for one in reversed(joined)}  # where a segment stands first
    moments = [(header, 0), *sorted(first.values(), key=lambda moment: moment[1])]
    begins = [
        (part, datetime.fromisoformat(part.recorded_at.at) - timedelta(seconds=start / header.frame_hz))
        for part, start in moments
        if len(part.recorded_at.at) > DAY
    ]
    for part, begun in begins:
        if abs((begun - begins[0][1]).total_seconds()) > MOST_APART_S:
            why = "is not where the segments before it end: drawn without a gap"
            return (f"segment {part.path.name} begins at {part.recorded_at.at} by its header, which {why}",)
    return ()


def _part(header: Header, name: str) -> Header:
    part = read_header(beside(header.path, f"{name}.hea"))
    # A segment made of segments is against the format, and could be a segment of itself.
    if part.segments:
        raise UnreadableRecording(
            f"{part.path.name}, a segment of {header.path.name}, has segments itself.", "Correct it."
        )
    return part


def _segment(header: Header, part: Header, frames: int) -> Stretch:
    if header.rate_told and part.rate_told and part.frame_hz != header.frame_hz:
        raise UnreadableRecording(
            f"{part.path.name}, a segment of {header.path.name}, has a rate of its own: {part.frame_hz:g} Hz and not "
            f"{header.frame_hz:g} Hz.",
            "Correct the headers.",
        )
    if part.frames not in (None, frames):
        raise UnreadableRecording(
            f"{header.path.name} counts {frames:,} samples of its segment {part.path.name}, which counts "
            f"{part.frames:,}.",
            "Correct the headers.",
        )
    return _stretch(part, 0, frames)


def _stretch(header: Header, start: int, frames: int | None, is_all: bool = False) -> Stretch:
    """The signals of one header, with as many frames as it tells, or as its shortest file holds."""
    values = (frames or 1) * sum(signal.per_frame for signal in header.signals)
    if values > LARGEST_SIGNAL:
        raise UnreadableRecording(f"{header.path.name} announces {values:,} values: too long to open.", "Split it.")
    files = data_files(header.path, [signal for signal in header.signals if signal.file != NO_FILE], is_all)
    if not files:
        raise UnreadableRecording(
            f"{header.path.name} only names signals: it is the layout of a recording of several segments.",
            "Open the header that names it.",
        )
    held = {file.path: file.frames() for file in files}
    if frames is None:
        frames = min(held.values(), default=0)
    if not frames:
        raise UnreadableRecording(f"{header.path.name} has no samples.", "Copy the recording again.")
    for path, there in held.items():
        if there < frames:
            _refuse_cut_off(path, there, frames)
    for signal in header.signals:
        if signal.skew >= frames:
            raise UnreadableRecording(
                f"{header.path.name} skews {signal.name or 'a signal'} by {signal.skew:,} samples; it has {frames:,}.",
                "Correct the header.",
            )
    more = tuple(
        f"only the first {100 * frames / there:.3g} % of {path.name} are read: the recording ends there"
        for path, there in held.items()
        if there > frames + PADDING
    )
    return Stretch(header, files, start, frames, more)


def _refuse_cut_off(path: Path, there: int, frames: int) -> None:
    raise UnreadableRecording(
        f"{path.name} is cut off: its header promises {frames:,} samples, it holds {100 * there // frames} % of them.",
        "Copy the recording again.",
    )
