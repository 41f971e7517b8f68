"""From a recording to what the model reads. Display filters never come this way."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np

from cessl_gui.core.errors import LeadsMissing
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.scipy_later import signal as dsp

INPUT_FS_HZ = 500.0
INPUT_SAMPLES = 6144
BAND_HZ = (1.0, 47.0)
ORDER = 3
NO_SPREAD_MV = 1e-6  # a standard deviation below this is no signal: dividing by it would only amplify rounding
# Mean and deviation are those of the whole recording, as published; of a longer one (Holter) those of its start, so
# that a day-long recording costs no more than a short one.
LONGEST_S = 120.0


def to_model_input(signal_mv: np.ndarray, fs_hz: float, leads: Sequence[str]) -> np.ndarray:
    """Resample, filter and scale one ECG to what a backbone expects.

    signal_mv : (leads, samples), mV, NaN where there is no value
    leads     : a name per row, canonical; rows that are no standard lead are left out
    returns   : float32 (12, 6144) in LEADS_12 order at 500 Hz, each lead standardised, zeros at the end of a short
                record, in a flat lead and in a lead that is absent
    raises    : LeadsMissing if none of the twelve is there
    source    : CE-SSL, arXiv 2406.14377; padding and cutting as in the published code
    """
    rows = {lead: row for row, lead in enumerate(leads) if lead in LEADS_12}
    if not rows:
        raise LeadsMissing("None of the twelve standard leads is in this recording.", "Check its lead names.")
    out = np.zeros((len(LEADS_12), INPUT_SAMPLES), np.float32)
    x = np.asarray(signal_mv[list(rows.values()), : int(LONGEST_S * fs_hz)], np.float64)
    if x.shape[1] == 0:
        return out
    x = _in_band(at_500_hz(bridged(x), fs_hz))
    x = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((x * x).mean(axis=-1, keepdims=True))
    x = x[:, :INPUT_SAMPLES] / np.where(spread > NO_SPREAD_MV, spread, np.inf)
    out[[LEADS_12.index(lead) for lead in rows], : x.shape[1]] = x
    return out


def _in_band(x: np.ndarray) -> np.ndarray:
    """What scipy's filtfilt gives with its default padding, or less where a recording is shorter than that.

    filtfilt itself works out the filter's start anew each time, and copies more: a third of the time.
    """
    b, a, start = _band()
    pad, count = min(3 * len(b), x.shape[1] - 1), x.shape[1]
    longer = np.empty((len(x), count + 2 * pad))
    longer[:, pad : pad + count] = x
    longer[:, :pad] = 2 * x[:, :1] - x[:, pad:0:-1]
    longer[:, pad + count :] = 2 * x[:, -1:] - x[:, -2 : -pad - 2 : -1]
    longer, _ = dsp.lfilter(b, a, longer, zi=start * longer[:, :1])
    longer, _ = dsp.lfilter(b, a, longer[:, ::-1], zi=start * longer[:, -1:])
    return longer[:, ::-1][:, pad : pad + count]


@cache
def _band() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The filter, and its state where the input has long been 1."""
    b, a = dsp.butter(ORDER, BAND_HZ, btype="bandpass", fs=INPUT_FS_HZ)
    return b, a, dsp.lfilter_zi(b, a)


def at_500_hz(x: np.ndarray, fs_hz: float) -> np.ndarray:
    """(leads, samples) at 500 Hz; polyphase, so that nothing above the new Nyquist frequency folds back."""
    if fs_hz == INPUT_FS_HZ:
        return x
    ratio = Fraction(INPUT_FS_HZ / fs_hz).limit_denominator(1000)
    if not ratio:
        return x[:, :0]
    up, down = ratio.as_integer_ratio()
    window = _low_pass(max(up, down)).astype(x.dtype)
    # "line" keeps an offset from ringing at the ends.
    return dsp.resample_poly(x, up, down, axis=-1, padtype="line", window=window)


@cache
def _low_pass(factor: int) -> np.ndarray:
    """resample_poly's own, designed once."""
    return dsp.firwin(20 * factor + 1, 1 / factor, window=("kaiser", 5.0))


def bridged(x: np.ndarray) -> np.ndarray:
    """Gaps bridged by a straight line, so that the filter does not spread NaN; a lead without any value is zero."""
    if np.isfinite(x).all():
        return x
    x = x.copy()
    time = np.arange(x.shape[1])
    for row in x:
        known = np.isfinite(row)
        row[~known] = np.interp(time[~known], time[known], row[known]) if known.any() else 0.0
    return x
