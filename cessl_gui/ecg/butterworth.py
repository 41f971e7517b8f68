"""The Butterworth filters that measurements, quality and display share: designed once, run forwards and backwards."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from cessl_gui.ecg.scipy_later import signal as dsp

Kind = Literal["highpass", "lowpass", "bandpass"]


@cache
def sections(hz: float | tuple[float, float], kind: Kind, fs_hz: float, order: int) -> np.ndarray:
    """Second-order sections of a filter, kept: designing it takes longer than filtering ten seconds. Not to be changed.

    SciPy takes no array that is marked as read-only.
    """
    return dsp.butter(order, hz, kind, fs=fs_hz, output="sos")


def zero_phase(x: np.ndarray, designed: np.ndarray, pad: int | None = None) -> np.ndarray:
    """Filter along the last axis forwards and backwards: nothing is shifted in time, and the order counts twice.

    x        : float, finite, longer than `pad`
    designed : from sections(), one or several below each other
    pad      : samples put on at either end; default: SciPy's
    """
    return dsp.sosfiltfilt(designed, x, axis=-1, padlen=pad)
