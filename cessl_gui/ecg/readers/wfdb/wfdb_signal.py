"""Stored numbers of a WFDB recording as millivolts: which signals are leads, at which rate, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import PART, parts, release, room
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.leads import derivable, lead_names, standard_first
from cessl_gui.ecg.readers.stand_ins import blank, may_hold_some
from cessl_gui.ecg.readers.wfdb.wfdb_header import NO_FILE, USUAL_GAIN, Header, Signal
from cessl_gui.ecg.readers.wfdb.wfdb_samples import MISSING, DataFile
from cessl_gui.ecg.readers.wfdb.wfdb_segments import LARGEST_SIGNAL, Stretch, Stretches
from cessl_gui.ecg.units import millivolts


@dataclass(frozen=True)
class Channels:
    """The voltages of a recording that are read.

    leads     : names, the standard leads first, derived ones among them
    of_header : for each header, number of a signal -> its lead
    per_frame : samples of each lead in a frame
    """

    leads: tuple[str, ...]
    derived: tuple[str, ...]
    of_header: dict[int, dict[int, str]]
    per_frame: int
    warnings: tuple[str, ...]


def channels(recording: Stretches) -> Channels:
    """All voltages that are sampled at the ECG's own rate: the highest among the leads that have a known name, if any.

    raises : UnreadableRecording if there is no voltage
    """
    headers = list({id(stretch.header): stretch.header for stretch in recording.all}.values())
    everywhere = [signal.name for header in headers for signal in header.signals]
    said: dict[str, None] = {}
    units: dict[str, None] = {}
    voltages: list[tuple[Header, Signal, str]] = []
    for header in headers:
        names, renamed = lead_names([signal.name for signal in header.signals], everywhere)
        said |= dict.fromkeys(renamed)
        for signal, name in zip(header.signals, names, strict=True):
            if signal.file == NO_FILE:
                said[f"channel {name} left out: it has no file"] = None
            elif millivolts(signal.unit) is None:
                said[f"channel {signal.name or name} left out: its unit is {signal.unit}"] = None
                units[signal.unit] = None
            else:
                voltages.append((header, signal, name))
    if not voltages:
        raise UnreadableRecording(
            f"No channel of this recording is a voltage: its units are {', '.join(units)[:80] or 'not given'}.",
            "It may hold no ECG. Its header must give a unit such as mV or uV.",
        )
    per_frame = max(
        [signal.per_frame for _, signal, name in voltages if name in LEADS_12]
        or [signal.per_frame for _, signal, _ in voltages]
    )
    of_header: dict[int, dict[int, str]] = {id(header): {} for header in headers}
    for header, signal, name in voltages:
        if signal.per_frame == per_frame:
            of_header[id(header)][signal.number] = name
        else:
            rates = f"{header.frame_hz * signal.per_frame:g} Hz and not {header.frame_hz * per_frame:g} Hz"
            said[f"channel {name} left out: it is sampled at {rates}"] = None
    said |= dict.fromkeys(_uncalibrated(voltages))
    read = dict.fromkeys(name for header in headers for name in of_header[id(header)].values())
    in_layout, _ = lead_names(recording.named, everywhere)
    said |= dict.fromkeys(f"{name} is in no segment" for name in in_layout if name not in read and recording.named)
    ordered = [name for name in in_layout if name in read] + [name for name in read if name not in in_layout]
    derived = derivable(ordered)
    leads = standard_first([*ordered, *derived])
    return Channels(tuple(leads), tuple(lead for lead in leads if lead in derived), of_header, per_frame, tuple(said))


def _uncalibrated(voltages: list[tuple[Header, Signal, str]]) -> list[str]:
    names = list(dict.fromkeys(name for _, signal, name in voltages if not signal.calibrated))
    gain = f"{USUAL_GAIN:g} steps per unit"
    return [f"{_listed(names)} not calibrated: the header gives no gain, {gain} assumed"] if names else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} leads"


def signal_mv(recording: Stretches, chosen: Channels) -> tuple[np.ndarray, list[str]]:
    """The values of the leads, float32 (leads, samples) in mV, NaN where there is none; and what is in doubt of them.

    raises : UnreadableRecording before memory is taken for a signal that is too long
    """
    samples = recording.frames * chosen.per_frame
    if samples * len(chosen.leads) > LARGEST_SIGNAL:
        raise UnreadableRecording(
            f"The recording has {samples * len(chosen.leads):,} values: too long to open.", "Split it."
        )
    first = recording.all[0]
    whole = first.frames == recording.frames and not any(signal.skew for signal in first.header.signals)
    values = room(len(chosen.leads), samples)
    rows = dict(zip(chosen.leads, values, strict=True))

    for row in () if whole else rows.values():
        row.fill(np.nan)
        release(values)
    changed: dict[str, None] = {}
    for stretch in recording.all:
        names, wanted = _of_stretch(stretch, chosen, rows)
        for file in stretch.files:
            changed |= dict.fromkeys(names[number] for number in fill(file, stretch.frames, wanted))
    _derive(rows, chosen)
    left_out: dict[str, None] = {}
    if any(may_hold_some(values[part]) for part in parts(values)):
        for stretch in recording.all:
            left_out |= dict.fromkeys(_without_stand_ins(stretch.header.signals, *_of_stretch(stretch, chosen, rows)))
        _derive(rows, chosen)
    doubt = f"checksum of {_listed(list(changed))} does not match: the file may have been changed"
    return values, [*left_out, *([doubt] if changed else [])]


def _of_stretch(
    stretch: Stretch, chosen: Channels, rows: Mapping[str, np.ndarray]
) -> tuple[dict[int, str], dict[int, np.ndarray]]:
    """The leads of a stretch and their values, by number of the signal."""
    part = slice(stretch.start * chosen.per_frame, (stretch.start + stretch.frames) * chosen.per_frame)
    names = chosen.of_header[id(stretch.header)]
    return names, {number: rows[name][part] for number, name in names.items()}


def _derive(rows: Mapping[str, np.ndarray], chosen: Channels) -> None:
    """Fill the leads that are computed from others."""
    for lead, ((one, factor), (other, other_factor)) in derivable([n for n in rows if n not in chosen.derived]).items():
        for start in range(0, len(rows[lead]), PART):
            part = slice(start, start + PART)
            rows[lead][part] = factor * rows[one][part] + other_factor * rows[other][part]
            release(rows[lead])


def _without_stand_ins(
    signals: Sequence[Signal], names: Mapping[int, str], rows: Mapping[int, np.ndarray]
) -> Iterator[str]:
    """Take out of a stretch's leads what stands for no sample; what is said of it."""
    read = [signal for signal in signals if signal.number in rows]

    def written(row: int, mv: float) -> tuple[float, float]:
        unit = millivolts(read[row].unit)
        return round(mv * _steps(read[row]) + read[row].baseline), mv / (unit or 1.0)

    said = blank([rows[signal.number] for signal in read], [names[signal.number] for signal in read], written)
    if said:
        yield said


def fill(file: DataFile, frames: int, rows: dict[int, np.ndarray]) -> list[int]:
    """Write the first frames of a data file's signals into their rows, in mV.

    rows    : number of a signal -> float32 (frames * samples per frame,)
    returns : numbers of the signals whose checksum does not match their samples
    """
    sums = dict.fromkeys(rows, 0)
    exact = True
    scales = _scales(file.signals) if rows.keys() == {signal.number for signal in file.signals} else None
    for start, block in file.blocks(frames):
        exact = exact and block.dtype.kind == "i"
        if scales and block.dtype == np.int16:
            added = _fill_together(block, start, file.signals, scales, rows)
        else:
            added = _fill_each(block, start, file.signals, rows)
        for number, part in added.items():
            sums[number] += part
        release(next(iter(rows.values()), block))
    return [
        signal.number
        for signal in file.signals
        if exact and signal.number in rows and signal.checksum and (sums[signal.number] - signal.checksum) % (1 << 16)
    ]


def _scales(signals: Sequence[Signal]) -> list[tuple[np.float32, np.float32]] | None:
    """Level and steps per mV of each signal, if they can be computed together; None where they differ in more."""
    if any(signal.per_frame != 1 or signal.skew for signal in signals):
        return None
    each = [(signal.baseline, _steps(signal)) for signal in signals]
    if not all(_is_exact(level, steps) for level, steps in dict.fromkeys(each)):
        return None
    return [(np.float32(level), np.float32(steps)) for level, steps in each]


def _fill_together(
    block: np.ndarray,
    start: int,
    signals: Sequence[Signal],
    scales: Sequence[tuple[np.float32, np.float32]],
    rows: dict[int, np.ndarray],
) -> dict[int, int]:
    """Write a block of 16-bit values into the rows of its signals. returns : their sums, modulo 65536, by number"""
    values = np.ascontiguousarray(block.T)
    missing = MISSING.get(signals[0].storage)
    is_whole = missing is None or not (values == missing).any()
    for signal, (level, steps), stored in zip(signals, scales, values, strict=True):
        mv = rows[signal.number][start : start + len(stored)]  # a lead at a time: it stays in the processor's cache
        np.subtract(stored, level, out=mv, dtype=np.float32, casting="unsafe")
        np.divide(mv, steps, out=mv)
        if not is_whole:
            mv[stored == missing] = np.nan
    sums = values.sum(axis=1, dtype=np.int16).tolist()
    return {signal.number: part for signal, part in zip(signals, sums, strict=True)}


def _fill_each(block: np.ndarray, start: int, signals: Sequence[Signal], rows: dict[int, np.ndarray]) -> dict[int, int]:
    """As `_fill_together`, for values of any type, skew and number in a frame; sums where there is a checksum."""
    column, sums = 0, {}
    for signal in signals:
        stored = block[:, column : column + signal.per_frame]
        column += signal.per_frame
        if signal.number not in rows:
            continue
        values = np.ascontiguousarray(stored).reshape(-1)
        if values.dtype.kind == "i" and signal.checksum is not None:
            sums[signal.number] = int(values.sum(dtype=values.dtype))  # modulo 65536 at least
        begin = (start - signal.skew) * signal.per_frame
        values, begin = values[max(0, -begin) :], max(0, begin)
        _millivolts(values, signal, rows[signal.number][begin : begin + len(values)])
    return sums


def _steps(signal: Signal) -> float:
    """Per mV."""
    mv = millivolts(signal.unit)
    assert mv is not None, "a signal in another unit is not read"
    return signal.gain / mv


def _is_exact(level: float, steps: float) -> bool:
    """Whether single precision holds these: then with 16-bit values it gives double precision's result, rounded."""
    with np.errstate(over="ignore"):
        return abs(level) < 1 << 22 and (float(np.float32(level)), float(np.float32(steps))) == (level, steps)


def _millivolts(values: np.ndarray, signal: Signal, out: np.ndarray) -> None:
    """Write stored values as mV."""
    steps = _steps(signal)
    if values.dtype == np.int16 and _is_exact(signal.baseline, steps):
        np.subtract(values, np.float32(signal.baseline), out=out, dtype=np.float32, casting="unsafe")
        np.divide(out, np.float32(steps), out=out)
    else:
        with np.errstate(over="ignore"):
            out[:] = (values - signal.baseline) / steps
        out[~np.isfinite(out)] = np.nan
    if signal.storage in MISSING:
        out[values == MISSING[signal.storage]] = np.nan
