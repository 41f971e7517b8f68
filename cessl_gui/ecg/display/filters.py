"""Filters for the eye: zero-phase, so that nothing moves in time. They never reach the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cessl_gui.ecg.butterworth import sections, zero_phase
from cessl_gui.ecg.display import baseline, mains
from cessl_gui.ecg.display.baseline import baseline_mv, node_samples
from cessl_gui.ecg.display.mains import hum_mv

HIGH_PASS_HZ = (0.05, 0.5)
LOW_PASS_HZ = (40.0, 100.0, 150.0)
NOTCH_HZ = (50.0, 60.0)
PADDED = 5  # time constants beyond each end
SETTLED = 8  # time constants after which what lies beyond a stretch no longer matters: 0.3 % of it, twice filtered
DIAGNOSTIC_HZ = (0.05, 150.0)  # outside, ST segments and R waves change shape


@dataclass(frozen=True)
class DisplayFilter:
    """What the reader has chosen; None is off."""

    high_pass_hz: float | None = None
    low_pass_hz: float | None = None
    notch_hz: float | None = None

    def possible(self, fs_hz: float) -> DisplayFilter:
        """The part of it that a sampling rate allows: nothing at or above half the rate."""
        below = lambda hz: hz if hz is not None and hz < 0.49 * fs_hz else None  # noqa: E731
        return DisplayFilter(self.high_pass_hz, below(self.low_pass_hz), below(self.notch_hz))

    @property
    def words(self) -> str:
        """ "as recorded", or e.g. "0.5–40 Hz, notch 50 Hz"."""
        low, high = self.high_pass_hz, self.low_pass_hz
        if low and high:
            band = f"{low:g}–{high:g} Hz"
        else:
            band = f"from {low:g} Hz" if low else f"to {high:g} Hz" if high else ""
        notch = f"notch {self.notch_hz:g} Hz" if self.notch_hz else ""
        return ", ".join(filter(None, (band, notch))) or "as recorded"

    @property
    def is_diagnostic(self) -> bool:
        """Whether the band 0.05-150 Hz stays untouched but for the mains."""
        low, high = DIAGNOSTIC_HZ
        return (self.high_pass_hz or 0) <= low and (self.low_pass_hz or np.inf) >= high

    def apply(self, signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
        """The filtered signal, a new array; the one given is never written to.

        signal_mv : (leads, samples), NaN in gaps: gaps stay gaps, and nothing is seen of them beside them
        returns   : float32 of the same shape
        """
        chosen = self.possible(fs_hz)
        if chosen == DisplayFilter():
            return signal_mv
        result = np.array(signal_mv, np.float32)
        if chosen._baseline_hz:
            result -= baseline_mv(result, fs_hz, chosen._baseline_hz).astype(np.float32)
        return chosen._without_line(result, fs_hz)

    def _without_line(self, result: np.ndarray, fs_hz: float) -> np.ndarray:
        """All but the high-pass that takes a line away, in place."""
        if self.notch_hz:
            result -= hum_mv(result, fs_hz, self.notch_hz).astype(np.float32)
        designed = self._sections(fs_hz)
        if designed is not None:
            self._filter_stretches(result, designed, fs_hz)
        return result

    def _filter_stretches(self, signal_mv: np.ndarray, designed: np.ndarray, fs_hz: float) -> None:
        """Each stretch between gaps by itself, in place."""
        # filtfilt needs some samples beyond the edges; a stretch shorter than this stays as it is
        least = 3 * (2 * len(designed) + 1) + 1
        for row in signal_mv:
            good = np.isfinite(row)
            edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
            for start, stop in edges:
                if stop - start > least:
                    pad = min(stop - start - 1, max(least, int(PADDED * self._slowest_s * fs_hz)))
                    row[start:stop] = zero_phase(row[start:stop].astype(np.float64), designed, pad)

    @property
    def _baseline_hz(self) -> float | None:
        """The high-pass where it is one that must leave ST segments where they are."""
        return self.high_pass_hz if self.high_pass_hz and self.high_pass_hz <= DIAGNOSTIC_HZ[0] else None

    @property
    def _slowest_s(self) -> float:
        """The longest time constant of the recursive filters."""
        hz = (None if self._baseline_hz else self.high_pass_hz, self.low_pass_hz)
        return max((1 / (2 * np.pi * each) for each in hz if each), default=0.0)

    @property
    def settling_s(self) -> float:
        """How far around a place the signal has a part in what the filters make of that place.

        Without the line of 0.05 Hz: what is far away has a part in that too, at little cost.
        """
        return SETTLED * self._slowest_s + (mains.settling_s() if self.notch_hz else 0.0)

    def apply_within(self, signal_mv: np.ndarray, fs_hz: float, start: int, stop: int) -> np.ndarray:
        """What apply() makes of the samples start to stop of a recording, from those and as many around as matter.

        returns : float32 (leads, stop - start); from that of the whole recording by less than 0.01 mV, where the
                  recording wanders by some mV
        """
        chosen, samples = self.possible(fs_hz), signal_mv.shape[1]
        near = int(np.ceil(chosen.settling_s * fs_hz))
        first, last = max(0, start - near), min(samples, stop + near)
        result = np.array(signal_mv[:, first:last], np.float32)
        if chosen._baseline_hz:
            far, whole = int(np.ceil(baseline.settling_s(chosen._baseline_hz) * fs_hz)) + near, node_samples(fs_hz)
            begin = max(0, start - far) // whole * whole
            around = signal_mv[:, begin : stop + far]
            line = baseline_mv(around, fs_hz, chosen._baseline_hz, first - begin, last - begin)
            result -= line.astype(np.float32)
        return chosen._without_line(result, fs_hz)[:, start - first : stop - first]

    def _sections(self, fs_hz: float) -> np.ndarray | None:
        designed = []
        if self.high_pass_hz and not self._baseline_hz:
            # Once forwards and once backwards: order 1 becomes 2, at twice the attenuation.
            designed.append(sections(self.high_pass_hz, "highpass", fs_hz, order=1))
        if self.low_pass_hz:
            designed.append(sections(self.low_pass_hz, "lowpass", fs_hz, order=2))
        return np.concatenate(designed) if designed else None
