"""Recordings written as EDF+, whose numbers have 8 characters: unit and limits are chosen so that they say the step."""

from __future__ import annotations

import datetime
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.types import Record
from cessl_gui.ecg.writers.steps import LARGEST, MISSING, Counts, counts_of

UNITS = {"uV": 1e3, "mV": 1.0, "nV": 1e6}  # of one mV
CHARACTERS = 8
MOST_SAMPLES = 30_720  # of all leads in a data record, as EDF wants


def write_edf(record: Record, path: Path) -> None:
    """Write 16-bit samples; where a lead has no value, the number below its digital minimum.

    A last data record that is not full is filled up with no values.
    raises : NotWritten for a rate that no data record can state; OSError
    """
    import edfio

    per_record, seconds = _data_record(record)
    padding = -record.signal_mv.shape[1] % per_record
    signals, missing = [], []
    for lead, row in zip(record.leads, record.signal_mv, strict=True):
        counts = counts_of(row)
        unit, digital, limits = _limits(counts)
        stored = np.pad(counts.stored, (0, padding), constant_values=MISSING)
        missing.append(stored == MISSING)
        stored[missing[-1]] = 0
        label = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in lead)[:12]
        signals.append(
            edfio.EdfSignal.from_digital(
                stored,
                float(per_record / Fraction(seconds)),
                label=f"ECG {label}",
                physical_dimension=unit,
                physical_range=limits,
                digital_range=(-digital, digital),
            )
        )
    at = _moment(record.recorded_at)
    sex: Literal["M", "F", "X"] = "M" if record.sex == "Male" else "F" if record.sex == "Female" else "X"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edf = edfio.Edf(
            signals,
            patient=edfio.Patient(code=record.patient or "X", sex=sex),
            recording=edfio.Recording(startdate=at.date() if at else None),
            starttime=at.time() if at else None,
            data_record_duration=float(seconds),
            annotations=[edfio.EdfAnnotation(0, None, line) for line in record.device_statements],
        )
        for signal, where in zip(edf.signals, missing, strict=True):
            # edfio holds no number outside of the limits, where EDF has room for "no value".
            signal.digital.setflags(write=True)
            signal.digital[where] = MISSING
        edf.write(path)


def _moment(recorded_at: str) -> datetime.datetime | None:
    try:
        at = datetime.datetime.fromisoformat(recorded_at)
    except ValueError:
        return None
    return at if 1985 <= at.year <= 2084 else None  # the years that EDF can state


def _data_record(record: Record) -> tuple[int, str]:
    """Samples of each data record and its seconds, exactly, in 8 characters; best, all records are then full.

    raises : NotWritten where there is none
    """
    rate, samples = Fraction(repr(float(record.fs_hz))), record.signal_mv.shape[1]
    most = min(samples, MOST_SAMPLES // len(record.leads))
    divisors = [count for count in range(most, 0, -1) if samples % count == 0]
    # Else those of up to a second, which waste little in the last record, before longer ones.
    second = min(most, int(rate))
    for count in (*divisors, *range(second, 0, -1), *range(second + 1, most + 1)):
        if seconds := _printed(count / rate):
            return count, seconds
    raise NotWritten(f"EDF cannot state {record.fs_hz:g} Hz.", "Choose another format.")


def _printed(number: Fraction) -> str:
    """A number in 8 characters; "" where they do not say it exactly."""
    text = f"{float(number):.{CHARACTERS - 2}f}".rstrip("0").rstrip(".")
    return text if len(text) <= CHARACTERS and Fraction(text) == number else ""


def _limits(counts: Counts) -> tuple[str, int, tuple[float, float]]:
    """Unit, digital maximum, and physical minimum and maximum that say the step of a lead best."""
    digital = np.arange(max(1, counts.largest), LARGEST + 1)
    best = None
    for unit, factor in UNITS.items():
        step, offset = counts.step_mv * factor, counts.offset_mv * factor
        low, high = offset - digital * step, offset + digital * step
        low_said, high_said = _rounded(low), _rounded(high)
        # In steps, at the end of the range.
        errors = np.maximum(np.abs(low_said - low), np.abs(high_said - high)) / step
        place = int(np.argmin(np.where(np.isfinite(errors), np.round(errors, 9), np.inf)))
        if np.isfinite(errors[place]) and (best is None or errors[place] < best[0] - 1e-9):
            # edfio rounds limits outwards, also those that a float64 misses by its last bit only.
            low_in, high_in = float(low_said[place]), float(high_said[place])
            limits = low_in + 1e-10 * abs(low_in), high_in - 1e-10 * abs(high_in)
            best = (errors[place], unit, int(digital[place]), limits)
        if best and best[0] < 1e-9:
            break
    assert best is not None, "one of the units fits every finite range"
    return best[1:]


def _rounded(values: np.ndarray) -> np.ndarray:
    """Numbers to the decimals that 8 characters hold; NaN where they hold not even the whole part."""
    whole = np.floor(np.log10(np.maximum(np.abs(values), 1))).astype(int) + 1
    decimals = CHARACTERS - 1 - whole - (values < 0)
    scale = 10.0 ** np.maximum(decimals, 0)
    rounded = np.rint(values * scale) / scale
    return np.where((decimals >= -1) & (np.abs(rounded) < 10.0 ** (CHARACTERS - (values < 0))), rounded, np.nan)
