"""Where the heart beats: QRS complexes found in all leads at once, and the beats that look alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cessl_gui.ecg.butterworth import Kind, sections, zero_phase
from cessl_gui.ecg.preprocess import at_500_hz, bridged
from cessl_gui.ecg.scipy_later import signal as dsp

FS_HZ = 500  # everything is measured at this rate: 2 ms, as the standards for ECG measurement ask
LEAST_FS_HZ = 100.0  # below it the flanks of a QRS complex are a few samples, and its width is guesswork
LONGEST_S = 60.0  # of a longer recording its beginning is measured

QRS_BAND_HZ = (5.0, 25.0)  # most of a QRS complex, little of P, T, wander, muscle and mains
QUICK_BAND_HZ = (15.0, 40.0)  # next to nothing of the tallest T wave, some of the broadest complex
LOW_QRS_MV = 0.02  # a lead whose complexes stay below this in the first of these bands tells nothing
REFRACTORY_S = 0.22  # no two beats are closer: 270 a minute
T_WAVE_S, T_WAVE_SHARE = 0.36, 0.4  # this soon after a beat, something this much smaller is its T wave ...
# ... and something with this much less of the quick band. A broad ectopic beat may be as slow, but comes later.
T_LATEST_S, T_QUICK_SHARE = 0.42, 0.15
CONTRAST = 5.0  # beats stand out from what lies between them; of noise 1 to 2.5, of real ECGs 7 and more
LEAST_CONTRAST = 3.0  # quick broad beats, which leave little between them, are known by being alike ...
SOME, MOSTLY = 5, 0.7  # ... so many at least, and this share of them
BEAT_SHARE = 0.3  # of the usual height of a beat; a smaller hump is none ...
MISSED_SHARE = 0.12  # ... unless it stands in a pause, in which a smaller one is looked for
PAUSE = 1.66  # times the usual interval (Pan and Tompkins, 1985)
HEIGHT_WINDOW_S = 2.0  # at 30 beats a minute there is one in it
# A hump so high beside the usual beat, in all and in what is quick, may be a beat: the smaller one of two that come by
# turns. Of 428 real ECGs such humps stand among the beats that were not counted in 5.
HUMP_SHARE, QUICK_HUMP_SHARE, HUMP_CLEAR_S = 0.12, 0.06, 0.14

# A pacemaker's spike bends this many times as sharply as what lies about it; see delineate.without_spike.
SPIKE_TIMES, SPIKE_LEAST_MV, SPIKE_AROUND_S, SPIKE_S = 10.0, 0.05, 0.03, (0.006, 0.010)
MOST_SPIKES = 0.2  # of the time: what bends so sharply more often is no pacemaker's

PEAK_REACH = int(0.09 * FS_HZ)  # to either side; the peaks of a broad complex lie far apart
R_SHARE = 0.2  # an R wave is at least this high beside the S wave

TEMPLATE_S = 0.10  # to either side of the R peak: the QRS complex, by whose shape beats are compared
ALIKE = 0.85  # correlation with the usual complex
ALIGN_S = 0.020
# A kind of beat at least this share as frequent as the most frequent one, that comes this many times as long after the
# beat before, is the usual one: the other comes early.
RIVAL, LATER = 0.7, 1.15

BEFORE_S, AFTER_S = 0.5, 0.75  # of the R peak: what a beat holds
NEIGHBOUR_S = 0.12  # to either side of the neighbouring R peaks belongs to them
REACHED = 0.5  # share of the beats that a sample of the median beat needs


def prepared(signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """The recording as it is measured: at 500 Hz, gaps bridged, wander taken off.

    signal_mv : (leads, samples), mV, NaN in gaps
    returns   : float64 (leads, samples); high-passed at 0.5 Hz without shift in time, which leaves ST and T in place
    """
    x = at_500_hz(bridged(np.asarray(signal_mv, np.float64)), fs_hz)
    return filtered(x, 0.5, "highpass")


def filtered(x: np.ndarray, hz: float | tuple[float, float], kind: Kind, order: int = 1) -> np.ndarray:
    """Zero-phase Butterworth filter along the last axis at 500 Hz."""
    pad = min(FS_HZ, x.shape[-1] - 1)
    return zero_phase(x, sections(hz, kind, FS_HZ, order), pad)


def find_beats(x: np.ndarray) -> np.ndarray:
    """The R peaks, in samples: where the QRS complexes of all leads together are highest.

    x       : as from prepared()
    returns : empty where nothing stands out as heart beats do
    """
    return beats_and_humps(x)[0]


def beats_and_humps(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As find_beats, and where humps stand, counted or not, that may be beats, in samples."""
    energies = _energies(without_spikes(x))
    if energies is None:
        return np.empty(0, int), np.empty(0, int)
    peaks = _peaks(x, *energies)
    return peaks, _humps(peaks, *energies)


def _humps(peaks: np.ndarray, energy: np.ndarray, quick: np.ndarray) -> np.ndarray:
    if not len(peaks):
        return peaks
    near = peaks[:, None] + np.arange(-int(0.06 * FS_HZ), int(0.06 * FS_HZ) + 1)
    usual, usual_quick = (np.median(e.take(near, mode="clip").max(axis=1)) for e in (energy, quick))
    humps = dsp.find_peaks(np.sqrt(energy * quick), distance=int(HUMP_CLEAR_S * FS_HZ))[0]
    return humps[(energy[humps] > HUMP_SHARE * usual) & (quick[humps] > QUICK_HUMP_SHARE * usual_quick)]


def without_spikes(x: np.ndarray) -> np.ndarray:
    """The leads with straight lines in the place of a pacemaker's spikes; themselves where there are none."""
    bend = np.sqrt(np.mean(np.diff(x, 2, axis=1) ** 2, axis=0))
    reach, least = int(SPIKE_AROUND_S * FS_HZ), SPIKE_LEAST_MV / SPIKE_TIMES
    sharp = np.flatnonzero(bend > SPIKE_TIMES * least)
    near = np.sort(bend.take(sharp[:, None] + np.arange(-reach, reach + 1), mode="clip"), axis=1)[:, reach]
    sharp = sharp[bend[sharp] > SPIKE_TIMES * np.maximum(near, least)] + 1
    spike = np.zeros(x.shape[1], bool)
    before, after = (round(s * FS_HZ) for s in SPIKE_S)
    for at in sharp:
        spike[max(0, at - before) : at + after + 1] = True
    if not 0 < spike.mean() < MOST_SPIKES:
        return x
    known = np.flatnonzero(~spike)
    clean = x.copy()
    for row in clean:
        row[spike] = np.interp(np.flatnonzero(spike), known, row[known])
    return clean


def _peaks(x: np.ndarray, energy: np.ndarray, quick: np.ndarray) -> np.ndarray:
    """The R peaks, from the two energies of their leads."""
    both = np.sqrt(energy * quick)
    usual, usual_both = _usual_height(energy), _usual_height(both)
    contrast = max(np.median(u) / max(np.median(e), 1e-12) for u, e in ((usual, energy), (usual_both, both)))
    if not contrast > LEAST_CONTRAST:
        return np.empty(0, int)
    heights = dsp.find_peaks(both, distance=int(REFRACTORY_S * FS_HZ))[0]
    high = (energy[heights] > BEAT_SHARE * usual[heights]) | (both[heights] > BEAT_SHARE * usual_both[heights])
    beats = _without_t_waves(heights[high], energy, quick)
    beats = _with_missed(beats, heights, energy, usual)
    peaks = _on_peaks(x, np.array(beats, int))
    return peaks if contrast > CONTRAST or _mostly_alike(x, peaks) else peaks[:0]


def _mostly_alike(x: np.ndarray, beats: np.ndarray) -> bool:
    return len(beats) >= SOME and len(dominant_beats(x, beats)) >= MOSTLY * len(beats)


def _energies(x: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """How much of a QRS complex there is at each moment, and how much of it is quick.

    Leads count alike, however high they are. What is tall and slow, as the T wave of hyperkalaemia, has none of the
    second; of a broad beat's there is little.
    """
    band = filtered(x, QRS_BAND_HZ, "bandpass", 2)
    good = _heights(band) > LOW_QRS_MV
    if not good.any():
        return None
    return _shares(band[good]), _shares(filtered(x[good], QUICK_BAND_HZ, "bandpass", 2))


def _heights(band: np.ndarray) -> np.ndarray:
    """(leads,) the height of the beats in each lead: the median of the highest in stretches."""
    window = int(HEIGHT_WINDOW_S * FS_HZ)
    starts = range(0, max(1, band.shape[1] - window // 2), window)
    return np.median([np.abs(band[:, i : i + window]).max(axis=1) for i in starts], axis=0)


def _shares(band: np.ndarray) -> np.ndarray:
    """(samples,) the mean square of the leads about each moment, each as a share of the height of its beats."""
    height = np.maximum(_heights(band), 1e-6)
    shares = np.clip(band / height[:, None], -1.5, 1.5)  # a spike in one lead must not outvote the rest
    hann = dsp.windows.hann(int(0.12 * FS_HZ))
    return np.convolve(np.mean(shares**2, axis=0), hann / hann.sum(), "same")


def _usual_height(energy: np.ndarray) -> np.ndarray:
    """The height of beats about each sample: what most of the highest in neighbouring stretches exceed.

    Not their median: a jump of the line is in two stretches, and two jumps would hide the beats about them.
    """
    window = int(HEIGHT_WINDOW_S * FS_HZ)
    starts = np.arange(0, max(1, len(energy) - window // 2), window // 2)
    highest = np.array([energy[s : s + window].max() for s in starts])
    smooth = np.array([np.percentile(highest[max(0, i - 4) : i + 5], 30) for i in range(len(highest))])
    return np.interp(np.arange(len(energy)), starts + window / 2, smooth)


def _without_t_waves(peaks: np.ndarray, energy: np.ndarray, quick: np.ndarray) -> list[int]:
    """Those peaks that are no T wave: soon after a beat, and much smaller or much slower than it."""
    usual = np.median(quick[peaks]) if len(peaks) else 0.0
    kept: list[int] = []
    for peak in peaks:
        since = peak - kept[-1] if kept else peak
        slow = quick[peak] < T_QUICK_SHARE * (quick[kept[-1]] if kept else usual)
        small = kept and energy[peak] < T_WAVE_SHARE * energy[kept[-1]]
        if (slow and since < T_LATEST_S * FS_HZ) or (small and since < T_WAVE_S * FS_HZ):
            continue
        kept.append(int(peak))
    return kept


def _with_missed(beats: list[int], heights: np.ndarray, energy: np.ndarray, usual: np.ndarray) -> list[int]:
    """Also the smaller humps in long pauses."""
    if len(beats) < 3:
        return beats
    rr = np.median(np.diff(beats))
    completed = list(beats)
    for before, after in pairwise(beats):
        if after - before > PAUSE * rr:
            clear = T_WAVE_S * FS_HZ
            inside = [p for p in heights if before + clear < p < after - clear]
            best = max(inside, key=lambda p: energy[p], default=None)
            if best is not None and energy[best] > MISSED_SHARE * usual[best]:
                completed.append(best)
    return sorted(completed)


def _on_peaks(x: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Move each beat to the mean of the leads' own peaks."""
    if not len(beats):
        return beats
    x = filtered(x, 100.0, "lowpass")[np.abs(x).max(axis=1) > LOW_QRS_MV]
    around = beats[:, None] + np.arange(-2 * PEAK_REACH, 2 * PEAK_REACH + 1)
    around = x[:, np.clip(around, 0, x.shape[1] - 1)]  # (leads, beats, samples)
    height = (around - np.median(around, axis=2, keepdims=True))[:, :, PEAK_REACH:-PEAK_REACH]
    # A lead's peak is its R wave where it has one, else the lowest point of its QS.
    has_r = height.max(axis=2) > R_SHARE * -height.min(axis=2)
    peaks = np.where(has_r, height.argmax(axis=2), height.argmin(axis=2)).mean(axis=0)
    return np.unique(np.clip(beats - PEAK_REACH + np.round(peaks).astype(int), 0, x.shape[1] - 1))


def dominant_beats(x: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Those beats whose QRS complexes look like most others: ectopic and paced ones among them are left out.

    Where two kinds are about as frequent (bigeminy), the one that comes later after the beat before, not the premature
    one.

    beats   : R peaks, as from find_beats
    returns : R peaks, moved by up to 20 ms so that the complexes lie upon each other
    """
    reach, slack = int(TEMPLATE_S * FS_HZ), int(ALIGN_S * FS_HZ)
    whole = beats[(beats >= reach + slack) & (beats < x.shape[1] - reach - slack)]
    if not len(whole):
        return whole
    each = shapes(x, whole, reach)
    template = np.median(each[_usual_kind(each, rr_before(whole, beats))], axis=0)
    shifts = np.arange(-slack, slack + 1)
    likeness = np.stack([shapes(x, whole + shift, reach) @ template for shift in shifts])
    likeness /= np.linalg.norm(template) or 1.0
    chosen = likeness.max(axis=0) > ALIKE
    return (whole + shifts[likeness.argmax(axis=0)])[chosen]


def _usual_kind(each: np.ndarray, rr: np.ndarray) -> np.ndarray:
    """Mask of the beats of the patient's usual kind, from all shapes and the interval before each (NaN: unknown)."""
    alike = each @ each.T > ALIKE
    counts = alike.sum(axis=1)
    most = alike[np.argmax(counts)]
    rivals = [kind for kind in alike[counts >= max(2, RIVAL * counts.max())] if not (kind & most).any()]
    latest = max(rivals, key=lambda kind: median_known(rr[kind]), default=most)
    return latest if median_known(rr[latest]) > LATER * median_known(rr[most]) else most


def rr_before(some: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The interval before each of some beats, in samples; NaN where none is before it."""
    before = [beats[beats < r - int(NEIGHBOUR_S * FS_HZ)] for r in some]
    return np.array([r - b[-1] if len(b) else np.nan for r, b in zip(some, before, strict=True)])


def median_known(values: np.ndarray) -> float:
    """Median of what is no NaN; 0 of nothing."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0


def shapes(x: np.ndarray, beats: np.ndarray, reach: int) -> np.ndarray:
    """(beats, leads x samples) complexes without their mean, of length 1: their products are correlations."""
    cut = np.stack([x[:, b - reach : b + reach + 1] for b in beats])
    cut = (cut - cut.mean(axis=2, keepdims=True)).reshape(len(beats), -1)
    return cut / np.maximum(np.linalg.norm(cut, axis=1, keepdims=True), 1e-9)


def median_beat(x: np.ndarray, alike: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The median of the beats that look alike, sample by sample.

    alike   : their R peaks, from dominant_beats
    beats   : all R peaks; what belongs to a neighbouring beat does not count
    returns : float64 (leads, BEFORE + AFTER) with the R peak at BEFORE_S; NaN where fewer than half of the beats reach:
              where now one, now another ends, the median of few has steps
    """
    before, after, clear = (int(s * FS_HZ) for s in (BEFORE_S, AFTER_S, NEIGHBOUR_S))
    padded = np.pad(x, ((0, 0), (before, after)), constant_values=np.nan)
    cut = []
    for r in alike:
        beat = padded[:, r : r + before + after].copy()  # the padding shifts all by `before`
        others = beats[np.abs(beats - r) > clear]
        previous, following = others[others < r], others[others > r]
        if len(previous):
            beat[:, : max(0, before - (r - previous[-1]) + clear)] = np.nan
        if len(following):
            beat[:, before + max(0, following[0] - r - clear) :] = np.nan
        cut.append(beat)
    every = np.array(cut)
    known = np.isfinite(every).all(axis=1).mean(axis=0) >= REACHED
    median = np.full(every.shape[1:], np.nan)
    median[:, known] = np.nanmedian(every[:, :, known], axis=0)
    return median
