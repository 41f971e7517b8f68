"""The signal of SCP-ECG from what is stored of it: differences, decimation between the QRS complexes, reference beats.

All places are indices of the samples of one lead, from 0.
"""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.readers.scp_ecg.scp_sections import Beat, Beats, Lead

AFTER_A_BEAT = 2  # samples that are not smoothed


def integrated(values: np.ndarray, differences: int) -> np.ndarray:
    """Samples from their first or second differences; the first one or two of them are samples themselves."""
    if differences == 1:
        return np.cumsum(values)
    if differences == 2 and len(values) > 1:
        steps = np.cumsum(np.concatenate([[values[1] - values[0]], values[2:]]))
        return np.concatenate([values[:1], values[0] + np.cumsum(steps)])
    return values


def protected_in(lead: Lead, beats: Beats) -> list[tuple[int, int]]:
    """The parts of a lead that are not decimated, as half-open ranges that do not meet."""
    ranges: list[tuple[int, int]] = []
    for first, last in beats.protected:
        start, stop = max(0, first - lead.first), min(lead.samples, last - lead.first + 1)
        if start >= stop:
            continue
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(stop, ranges[-1][1]))
        else:
            ranges.append((start, stop))
    return ranges


def _parts(samples: int, protected: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """A lead from its start to its end: start, stop, whether protected."""
    parts, at = [], 0
    for start, stop in protected:
        parts += [(at, start, False)] * (start > at) + [(start, stop, True)]
        at = stop
    return parts + [(at, samples, False)] * (at < samples)


def stored_samples(samples: int, protected: list[tuple[int, int]], factor: int) -> int:
    """How many values a lead of so many samples has where all but the protected parts are decimated."""
    parts = _parts(samples, protected)
    return sum(stop - start if kept else -(-(stop - start) // factor) for start, stop, kept in parts)


def expanded(values: np.ndarray, samples: int, protected: list[tuple[int, int]], factor: int) -> np.ndarray:
    """A lead at its full rate: straight lines between the values of what was decimated; NaN after the last value.

    A value stands in the middle of the `factor` samples that it was made of.
    """
    missing = stored_samples(samples, protected, factor) - len(values)
    values = np.concatenate([values, np.full(missing, np.nan)])
    full, at = np.empty(samples), 0
    for start, stop, kept in _parts(samples, protected):
        count = stop - start if kept else -(-(stop - start) // factor)
        piece, at = values[at : at + count], at + count
        middles = np.arange(count) * factor + factor // 2
        full[start:stop] = piece if kept else np.interp(np.arange(stop - start), middles, piece)
    return full


def subtracted_beats(beats: Beats) -> list[Beat]:
    """Where the reference beat was subtracted: at the beats of its own type."""
    return [beat for beat in beats.beats if beat.type == 0]


def with_reference_beats(
    residue: np.ndarray,
    beat: np.ndarray,
    lead: Lead,
    beats: Beats,
    steps_nv: tuple[int, int],
    kept: list[tuple[int, int]],
) -> np.ndarray:
    """The signal of a lead, in steps of the reference beat, from the residue that its subtraction left.

    beat     : reference beat of type 0, in its own steps
    steps_nv : of the residue and of the beat
    kept     : parts that were not decimated, and are not smoothed

    A residue in coarser steps than the beat is smoothed outside of the beats, over three samples, as devices do that
    write it so: steps of 20 uV would stand in the baseline.
    """
    signal = residue * (steps_nv[0] / steps_nv[1])
    subtracted = [(b, b.first - lead.first, b.last - lead.first + 1) for b in subtracted_beats(beats)]
    if steps_nv[0] > steps_nv[1] and len(signal) > 2:
        sharp = np.zeros(len(signal), bool)
        sharp[[0, -1]] = True
        for start, stop in [*kept, *((start, stop + AFTER_A_BEAT) for _, start, stop in subtracted)]:
            sharp[max(0, start) : max(0, stop)] = True
        # Sums are exact, the third of one is rounded away from zero.
        sums = np.convolve(signal, np.ones(3), "same")
        signal = np.where(sharp, signal, np.copysign(np.ceil(np.abs(sums) / 3 - 1e-9), sums))
    for of, start, stop in subtracted:
        # The fiducial points lie on each other.
        offset = beats.fiducial - 1 - (of.fiducial - lead.first)
        start, stop = max(0, start, -offset), min(len(signal), stop, len(beat) - offset)
        if start < stop:
            signal[start:stop] += beat[start + offset : stop + offset]
    return signal
