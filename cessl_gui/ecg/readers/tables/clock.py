"""The column of a table that counts samples or tells the time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.plural import counted
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.recording import checked_size

TIME_NAME = re.compile(
    r"(time|t|zeit|sec\w*|ms|msec|millis\w*|[uµμ]s|micros\w*|ns|nanos\w*|elapsed\w*|timestamp)(\b|_).*", re.IGNORECASE
)
FINE_CLOCK = re.compile(r"(?<![a-z])([uµμ]s(ec)?|micros\w*|ns(ec)?|nanos\w*)(?![a-z])", re.IGNORECASE)
INDEX_NAME = re.compile(
    r"(|#|index|idx|samples?|sample[ _]?(no|number|index)|nr?|no|counter|i|unnamed: 0)", re.IGNORECASE
)


def without_clock(
    path: Path, values: np.ndarray, names: list[str], warnings: list[str]
) -> tuple[np.ndarray, list[str], float | None]:
    """The columns without one that counts samples or tells the time, and the rate that the time tells.

    Where the time leaps there are no values for as long; of rows with one time the first holds.
    raises : UnreadableRecording where the time goes back
    """
    if len(names) != len(values):
        names = [""] * len(values)
    if len(values) < 2 or values.shape[1] < 3:
        return values, names, None
    values, names = _clock_first(values, names)
    step = np.diff(values[0])
    if TIME_NAME.fullmatch(names[0]) and (step < 0).any():
        raise UnreadableRecording(
            f"The times of {path.name} go back: its rows do not stand in the order of time, or it holds several ECGs.",
            "Sort its rows, or split it.",
        )
    middle = float(np.median(step))
    even = middle > 0 and np.abs(step - middle).max() <= 0.02 * middle + 1e-9
    named = bool(names[0]) and bool(TIME_NAME.fullmatch(names[0]) or INDEX_NAME.fullmatch(names[0]))
    if named and middle == 0 and (step >= 0).all() and step.any():
        warnings.append(f"column {names[0][:40]!r} repeats its times: left out, it tells no sampling rate")
        return values[1:], names[1:], None
    if not even and not (named and middle > 0 and (step >= 0).all()):
        return values, names, None
    if canonical_lead(names[0]) in LEADS_12:
        return values, names, None
    again = _repeats(step, middle)
    if again.any():
        warnings.append(f"{counted(int(again.sum()), 'row')} with the time of the row before left out")
        values = values[:, np.concatenate([[True], ~again])]
        step = np.diff(values[0])
    leaps = _leaps(step, middle)
    mean = float(step[~leaps].mean())
    if leaps.any():
        places = np.concatenate([[0], np.cumsum(np.where(leaps, np.rint(step / mean), 1))]).astype(np.int64)
        checked_size(path, len(values), int(places[-1]) + 1)
        spread = np.full((len(values), places[-1] + 1), np.nan)
        spread[:, places] = values
        lost = spread.shape[1] - values.shape[1]
        warnings.append(f"{lost:,} samples are missing where the time leaps, at {counted(int(leaps.sum()), 'place')}")
        values = spread
    if names[0] and INDEX_NAME.fullmatch(names[0]) and middle == round(middle):
        return values[1:], names[1:], None
    if middle == 1 and not FINE_CLOCK.search(names[0]) and not re.search(r"ms|milli", names[0], re.IGNORECASE):
        return values[1:], names[1:], None
    if finer := FINE_CLOCK.search(names[0]):
        a_second = 1e9 if finer[0].casefold().startswith("n") else 1e6
    elif re.search(r"(?<![a-z])min(utes?)?(?![a-z])", names[0], re.IGNORECASE):
        a_second = 1 / 60
    else:
        in_ms = bool(re.search(r"ms|milli", names[0], re.IGNORECASE)) or (mean > 0.5 and "(s" not in names[0])
        a_second = 1e3 if in_ms else 1.0
    hz = a_second / mean
    return values[1:], names[1:], round(hz) if abs(hz / round(hz) - 1) < 1e-4 else hz


def _clock_first(values: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """The columns with the one that is named as the time at their beginning, where it increases."""
    clock = [i for i, name in enumerate(names) if TIME_NAME.fullmatch(name) and canonical_lead(name) not in LEADS_12]
    if clock[:1] in ([], [0]) or not (np.diff(values[clock[0]]) > 0).all():
        return values, names
    order = [clock[0], *(i for i in range(len(names)) if i != clock[0])]
    return values[order], [names[i] for i in order]


def _repeats(step: np.ndarray, usual: float) -> np.ndarray:
    """Where a row repeats the time of the row before; nowhere with a coarse clock, whose times often stand twice."""
    again = step == 0
    is_even = np.abs(step - usual) <= 0.02 * usual
    return again if is_even.mean() > 0.9 else np.zeros_like(again)


def _leaps(step: np.ndarray, usual: float) -> np.ndarray:
    """Where the time goes on by more than a sample; nowhere where it does so throughout, as a coarse clock's does."""
    is_even = np.abs(step - usual) <= 0.02 * usual
    leaps = step > (1.5 if is_even.mean() > 0.9 else 3.0) * usual
    return leaps if leaps.mean() <= 0.1 else np.zeros_like(leaps)
