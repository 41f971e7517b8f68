"""Whether a recording is an ECG at all: asked before a model sees it, and said to the reader where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.limb_leads import contradict, mostly_contradict
from cessl_gui.ecg.measuring.mean_beat import beside_waves, change_between, cut_out, share_between, share_of_waves
from cessl_gui.ecg.measuring.tachycardia import interval_s
from cessl_gui.ecg.out_of_order import are_shuffled
from cessl_gui.ecg.preprocess import INPUT_FS_HZ, INPUT_SAMPLES, bridged
from cessl_gui.ecg.quality import FLAT_MV  # here from lowest to highest in LEAST_S
from cessl_gui.ecg.scipy_later import fft

# Every bound is wide. benchmarks/signal/gate.py counts real ECGs they refuse and other signals they let through.
LOOKED_AT_S = INPUT_SAMPLES / INPUT_FS_HZ  # what the model reads of a recording
LEAST_FS_HZ = 80.0  # a QRS complex reaches up to some 40 Hz
LEAST_S = 2.0  # at 30 beats a minute there is one in it
HUGE_MV = 20.0  # the tallest QRS complexes are about 5 mV; leads scaled to a standard deviation of 1 stay below it too
LIVE_SHARE = 0.5  # of the time for which a lead must have a plausible signal

LARGEST = 1e30  # of what can be reckoned with in float32
COARSE_HZ = 100  # about: enough to see QRS complexes
QRS_BAND_HZ = (5.0, 25.0)
SHARP = 0.15  # height of the QRS complexes in that band, of the whole range: less in sines and pulse waves
HUMP_S = 0.05  # shorter than a QRS complex: between those of 250 a minute there is still a gap
CONTRAST = 13.5  # times as much energy at beats as between them, in the clearest lead; noise reaches less
BEAT_SHARE = 0.3  # of the usual height; a smaller hump is no beat
REFRACTORY_S = 0.25
REACH_S = 0.10  # to either side of a beat's middle
ALIKE, BEATS = 0.7, 5  # correlation of a beat with the quarter most like it; said of so many beats or more
ALIKE_IN_ONE = 0.85  # the same where one lead alone is clear: there noise is more often like itself
ONE_BEAT, LEADS_OF_IT = 0.02, 8  # the same share of the mean beat, beyond its noise; of real ECGs 0.04 and more
ABOUT_S = 0.3  # to either side: T waves look in other directions than QRS complexes do
AT_ONCE_S, AT_ONCE = 0.04, 0.8  # about a beat; share of the clear leads that have half of their usual height there ...
APART_S = 0.07  # ... or the standard deviation of where the leads are highest; both fail in 3 of 499 of CinC 2011
STEP, EDGE = 0.3, 0.45  # of a beat's height: change of the level across it, and from one sample to the next
NEEDLE = 0.45  # of a beat's height: less is left of a spike of one sample once such samples are taken off
ONE_WAVE, MANY = 1e-4, 6  # share of the energy that is not one wave in all leads; of so many leads or more
BETWEEN, BETWEEN_TWO = 0.03, 0.045  # height between the QRS complexes, of theirs; the second of two waves only. ECGs:
BETWEEN_FROM_S = 0.38  # 0.057 and more, where the beats are so far apart; nearer ones leave too little between them
FAR_S = 0.45  # from beat to beat: in faster ones waves run into each other
SLOPING, FEW_WAVES = 0.05, 0.004  # change beside the QRS complexes, of theirs, and share not in two waves: not both
TWO_WAVES, MANY_WAVES = 0.005, 0.25  # share of the mean beat, beyond its noise, that is not in two waves
CONTRADICTION, BETWEEN_LOW = 1e-3, 0.1  # of limb leads; of ECGs below 3e-4. 1 in 20 of them is so low between the QRS
STILL, STILL_SHARE = 1e-3, 0.9  # of a lead's range: change from sample to sample; share of the time with less

CONTRADICTED = "limb leads that contradict each other, as no heart's do, and no sure heartbeats"
OUT_OF_ORDER = "all leads jump at once, several times a second, as where samples are out of order"
NOISE = "no heartbeats stand out, as in noise and in ventricular fibrillation"


@dataclass(frozen=True)
class Verdict:
    """What a model may be told of a recording.

    reason : why it is no ECG that a model can judge, in a few words; "" where it is one
    leads  : those of the twelve with a plausible signal, in the order of LEADS_12
    """

    reason: str
    leads: tuple[str, ...] = ()


def judge(record: Record) -> Verdict:
    """Whether the part of a recording that the model reads is an ECG, and which leads have a signal there."""
    names = [lead for lead in LEADS_12 if lead in record.leads]
    if not names:
        return Verdict("it has none of the twelve standard leads")
    if not record.fs_hz >= LEAST_FS_HZ:
        return Verdict(f"it has {record.fs_hz:g} samples a second, {LEAST_FS_HZ:g} are needed")
    if not record.duration_s >= LEAST_S:
        return Verdict(f"it lasts {record.duration_s:.2g} s, {LEAST_S:g} s are needed")
    x = record.signal_mv[:, : int(LOOKED_AT_S * record.fs_hz)]
    if names != list(record.leads):
        x = x[[record.leads.index(lead) for lead in names]]
    y, fs_hz = _coarse(x, record.fs_hz)
    ranges = _ranges(y, fs_hz)
    live = np.add.reduce((ranges >= FLAT_MV) & (ranges <= HUGE_MV), axis=1) >= LIVE_SHARE * ranges.shape[1]
    if not live.any():
        return Verdict(_why_dead(ranges, np.isfinite(x), record.fs_hz))
    leads = tuple(lead for lead, alive in zip(names, live, strict=True) if alive)
    if len(leads) < len(names):
        x, y = x[live], y[live]
    if are_shuffled(x, record.fs_hz):
        return Verdict(OUT_OF_ORDER, leads)
    recorded = tuple("" if lead in record.derived else lead for lead in leads)
    return Verdict(_why_no_beats(bridged(y), fs_hz, recorded), leads)


def _coarse(x: np.ndarray, fs_hz: float) -> tuple[np.ndarray, float]:
    """Means of neighbouring samples, as many as leave about COARSE_HZ, and that rate. NaN where none is known."""
    step = max(1, int(fs_hz // COARSE_HZ))
    groups = x[:, : x.shape[1] // step * step].reshape(len(x), -1, step)
    with np.errstate(over="ignore", invalid="ignore"):
        y = groups @ np.full(step, 1 / step, np.float32) if step > 1 else x
    if y.max() <= LARGEST and y.min() >= -LARGEST:  # not where a sample is NaN or infinite
        return y, fs_hz / step
    groups = np.clip(groups, -LARGEST, LARGEST)
    known = np.isfinite(groups)
    count = known.sum(axis=2)
    return np.where(known, groups, 0).sum(axis=2) / np.where(count, count, np.nan).astype(np.float32), fs_hz / step


def _stretches(y: np.ndarray, fs_hz: float) -> np.ndarray:
    """(rows, stretches, samples of LEAST_S); what is over at the end is left out."""
    length = min(y.shape[1], int(LEAST_S * fs_hz))
    return y[:, : y.shape[1] // length * length].reshape(len(y), -1, length)


def _ranges(y: np.ndarray, fs_hz: float) -> np.ndarray:
    """(leads, stretches) highest minus lowest; NaN where most values are missing."""
    parts = _stretches(y, fs_hz)
    ranges = parts.max(axis=2) - parts.min(axis=2)
    if np.isfinite(ranges).all():
        return ranges
    known = np.isfinite(parts)
    high, low = np.where(known, parts, -np.inf).max(axis=2), np.where(known, parts, np.inf).min(axis=2)
    return np.where(known.mean(axis=2) >= LIVE_SHARE, high - low, np.nan)


def _why_dead(ranges: np.ndarray, known: np.ndarray, fs_hz: float) -> str:
    """What is wrong with leads of which none has a plausible signal. known : (leads, samples) of the recording"""
    missing, huge, flat = np.isnan(ranges), ranges > HUGE_MV, ranges < FLAT_MV
    if not known.any():
        return "it has no values"
    if missing.mean() >= LIVE_SHARE:
        in_a_lead = known.sum(axis=1)[known.any(axis=1)]
        seconds = f"{np.median(in_a_lead) / fs_hz:.2g} of {known.shape[1] / fs_hz:.2g} s"
        return f"a lead has values for {seconds}, half of the time is needed"
    if flat.sum() < huge.sum():
        return f"voltages of {np.median(ranges[huge]):.2g} mV, which no heart gives: the unit may be wrong"
    highest = ranges[flat].max(initial=0)
    return f"all leads are flat (at most {highest:.1g} mV), or the unit is wrong" if highest else "all leads are flat"


def _why_no_beats(y: np.ndarray, fs_hz: float, recorded: tuple[str, ...]) -> str:
    """What the signal is instead of heartbeats; "" where it is these.

    y        : (leads, samples), without NaN
    recorded : the name of each lead, "" where it is computed from others
    """
    y = y - y[:, :1]
    changes = y[:, 1:] - y[:, :-1]
    still = np.abs(changes, out=changes) <= STILL * (y.max(axis=1) - y.min(axis=1))[:, None]
    if np.count_nonzero(still) >= STILL_SHARE * still.size:
        return "straight lines and jumps, no heartbeats"
    band = _qrs_band(y, fs_hz)
    heights = np.abs(_stretches(band, fs_hz)).max(axis=2)
    parts = _stretches(y, fs_hz)
    sharp = _median(heights / np.maximum(parts.max(axis=2) - parts.min(axis=2), 1e-9))
    band /= np.maximum(_median(heights), 1e-9)[:, None]
    energy = _hump_means(np.clip(band**2, 0, 2.0), fs_hz)  # a spike must not outvote the rest
    usual = _median(_stretches(energy, fs_hz).max(axis=2))
    clear = usual >= CONTRAST * np.maximum(_median_of_many(energy), 1e-6)
    count = np.count_nonzero(clear)
    beats = _beats(energy[clear].sum(axis=0) / count, fs_hz) if (clear & (sharp >= SHARP)).any() else np.empty(0, int)
    if not len(beats):
        if _is_one_wave(band) or not interval_s(y, fs_hz):
            return NOISE
        return CONTRADICTED if mostly_contradict(_stretches(band, fs_hz), recorded, CONTRADICTION) else ""
    around = beats[:, None] + np.arange(-int(REACH_S * fs_hz), int(REACH_S * fs_hz) + 1)
    alike = ALIKE if count > 1 else ALIKE_IN_ONE
    likeness, kind = _likeness(band[clear].take(around, axis=1))
    if len(beats) >= BEATS and likeness < alike:
        return "bursts of which no two are alike, no heartbeats"
    if _is_one_beat(band, beats[kind], fs_hz):
        return "one and the same wave in all leads, no heartbeats"
    if count >= MANY and not _at_once(energy[clear], usual[clear], beats, kind, fs_hz):
        return "each lead has its waves at another moment, no heartbeats"
    reason = _why_no_shapes(y[clear], around, fs_hz)
    return reason or _why_no_heart(cut_out(y, beats[kind], fs_hz), recorded, clear, beats, fs_hz)


def _why_no_shapes(y: np.ndarray, around: np.ndarray, fs_hz: float) -> str:
    """What these are instead of QRS complexes in every lead; "" where they may be some. The first lead mostly tells.

    y : (leads, samples), mV; around : (beats, samples) about each beat
    """
    ends = max(1, int(0.03 * fs_hz))
    if all(_step(x.take(around), ends) > STEP for x in y) and all(_edge(x.take(around)) > EDGE for x in y):
        return "jumps from level to level, no heartbeats"
    if all(_without_needles(x.take(around)) < NEEDLE for x in y):
        return "spikes of single samples, no heartbeats"
    return ""


def _step(beats: np.ndarray, ends: int) -> float:
    """Change of the level across the beats of a lead, of their height."""
    change = np.add.reduce(beats[:, -ends:] - beats[:, :ends], axis=1) / ends
    return float(_median(np.abs(change) / _heights(beats)))


def _edge(beats: np.ndarray) -> float:
    """The largest change from one sample to the next, of their height."""
    return float(_median(np.abs(beats[:, 1:] - beats[:, :-1]).max(axis=1) / _heights(beats)))


def _without_needles(beats: np.ndarray) -> float:
    """What is left of their height without spikes of one sample."""
    a, b, c = beats[:, :-2], beats[:, 1:-1], beats[:, 2:]
    blunt = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))  # the median of three
    return float(_median((blunt.max(axis=1) - blunt.min(axis=1)) / _heights(beats)))


def _heights(beats: np.ndarray) -> np.ndarray:
    return np.maximum(beats.max(axis=1) - beats.min(axis=1), 1e-9)


def _why_no_heart(
    shapes: np.ndarray, recorded: tuple[str, ...], clear: np.ndarray, beats: np.ndarray, fs_hz: float
) -> str:
    """What these are instead of a heart's beats as several leads see them; "" where they may be some.

    shapes   : (leads, beats, samples) as of cut_out, mV
    recorded : the name of each lead, "" where it is computed from others
    """
    mean = np.add.reduce(shapes, axis=1) / shapes.shape[1]  # ndarray.mean takes three times as long
    contradicted = contradict(mean - mean.mean(axis=1, keepdims=True), recorded, CONTRADICTION)
    contradicted = contradicted and mostly_contradict(shapes, recorded, CONTRADICTION)
    count = np.count_nonzero(clear)
    many, of_clear = count >= MANY, shapes if count == len(shapes) else shapes[clear]
    apart_s = float(_median(beats[1:] - beats[:-1])) / fs_hz if len(beats) > 1 else np.inf
    is_sloping = apart_s >= FAR_S and change_between(of_clear, fs_hz, apart_s) > SLOPING
    if is_sloping and beside_waves(shapes - shapes.mean(axis=2, keepdims=True), 2, MANY) < FEW_WAVES:
        return "waves that go up and down throughout, no heartbeats"
    if not many and not contradicted:
        return ""
    between = np.sort(share_between(mean[clear], fs_hz, apart_s))[3 * count // 4]
    beside = np.nan
    if contradicted or between < BETWEEN_TWO:
        beside = beside_waves(shapes - shapes.mean(axis=2, keepdims=True), 2, MANY)
    if contradicted and (between < BETWEEN_LOW or not TWO_WAVES <= beside <= MANY_WAVES):  # NaN too
        return CONTRADICTED
    lowest = BETWEEN_TWO if beside < TWO_WAVES and apart_s >= FAR_S else BETWEEN
    if many and apart_s >= BETWEEN_FROM_S and between < lowest:
        return "waves with nothing between them, no heartbeats"
    return ""


def _qrs_band(y: np.ndarray, fs_hz: float) -> np.ndarray:
    """Each lead's QRS complexes, without shift in time. y : (leads, samples) that begin with 0

    A line from the first to the last sample is taken off: to the transform the end goes on with the beginning.
    """
    count = y.shape[1]
    y = y - y[:, -1:] * _line(count)
    length = fft.next_fast_len(count, real=True)
    spectrum = fft.rfft(y, length)
    spectrum *= _gain(length, fs_hz)
    return fft.irfft(spectrum, length)[:, :count]


@cache
def _line(count: int) -> np.ndarray:
    return np.linspace(0, 1, count, dtype=np.float32)


@cache
def _gain(length: int, fs_hz: float) -> np.ndarray:
    """That of a Butterworth band-pass of second order, forth and back."""
    hz = np.maximum(fft.rfftfreq(length, 1 / fs_hz), 1e-9)
    low, high = QRS_BAND_HZ
    return (1 / (1 + (low / hz) ** 4) / (1 + (hz / high) ** 4)).astype(np.float32)


def _is_one_wave(band: np.ndarray) -> bool:
    """Whether all leads hold the same wave, though leads look at the heart from different sides."""
    if len(band) < MANY:
        return False
    rows = band / np.maximum(np.linalg.norm(band, axis=1, keepdims=True), 1e-9)
    return 1 - share_of_waves(rows, 1) < ONE_WAVE


def _is_one_beat(band: np.ndarray, beats: np.ndarray, fs_hz: float) -> bool:
    """The same, told by the mean of the beats and what lies about them where there are enough."""
    if len(band) < LEADS_OF_IT or len(beats) < BEATS:
        return _is_one_wave(band)
    reach = int(ABOUT_S * fs_hz)
    around = beats[:, None] + np.arange(-reach, reach + 1)
    return beside_waves(band.take(around, axis=1, mode="clip"), 1, MANY) < ONE_BEAT


def _hump_means(x: np.ndarray, fs_hz: float) -> np.ndarray:
    """Mean over HUMP_S about each sample."""
    reach, count = max(1, round(HUMP_S * fs_hz / 2)), x.shape[1]
    longer = np.empty((len(x), count + 2 * reach), x.dtype)
    longer[:, :reach], longer[:, reach:-reach], longer[:, -reach:] = x[:, :1], x, x[:, -1:]
    total = longer.copy()
    for shift in range(1, 2 * reach + 1):  # all rows as one: what runs over their ends is cut off
        total.reshape(-1)[:-shift] += longer.reshape(-1)[shift:]
    return total[:, :count] / (2 * reach + 1)


def _at_once(energy: np.ndarray, usual: np.ndarray, beats: np.ndarray, kind: np.ndarray, fs_hz: float) -> bool:
    """Whether the leads have their beats at the same moment, as QRS complexes are.

    energy, usual : of the clear leads, and the usual height of each
    """
    near, about = (np.arange(-int(s * fs_hz), int(s * fs_hz) + 1) for s in (AT_ONCE_S, ABOUT_S))
    there = _median(energy.take(beats[:, None] + near, axis=1, mode="clip").max(axis=2))
    if np.count_nonzero(there > 0.5 * usual) >= AT_ONCE * len(usual):
        return True
    mean = np.add.reduce(energy.take(beats[kind, None] + about, axis=1, mode="clip"), axis=1) / kind.sum()
    mean /= usual[:, None]
    highest = mean.argmax(axis=1)[mean.max(axis=1) > BEAT_SHARE]
    return not len(highest) or float(highest.std()) <= APART_S * fs_hz


def _median(x: np.ndarray) -> np.ndarray:
    """Over the last axis; np.median takes several times as long for so few values."""
    ordered, count = np.sort(x, axis=-1), x.shape[-1]
    return (ordered[..., (count - 1) // 2] + ordered[..., count // 2]) / 2


def _median_of_many(x: np.ndarray) -> np.ndarray:
    """The same where there are hundreds."""
    half, is_odd = x.shape[-1] // 2, x.shape[-1] % 2
    parted = np.partition(x, half, axis=-1)
    upper = parted[..., half]
    return upper if is_odd else (parted[..., :half].max(axis=-1) + upper) / 2


def _beats(energy: np.ndarray, fs_hz: float) -> np.ndarray:
    """Where the energy has its humps, at least as far from the ends as a beat reaches."""
    usual = _median(_stretches(energy[None], fs_hz).max(axis=2))[0]
    gap, reach = int(REFRACTORY_S * fs_hz), int(REACH_S * fs_hz)
    left, humps = energy[reach : len(energy) - reach].copy(), []
    while left[at := int(left.argmax())] > BEAT_SHARE * usual:
        humps.append(at + reach)
        left[max(0, at - gap) : at + gap + 1] = 0
    return np.sort(np.array(humps, int))


def _likeness(shapes: np.ndarray) -> tuple[float, np.ndarray]:
    """How like each other the beats of the most frequent kind are, 1 at most; which these are, those like its middle.

    shapes : (leads, beats, samples)
    """
    rows = shapes.transpose(1, 0, 2).reshape(shapes.shape[1], -1)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    alike = rows @ rows.T
    ordered, (at, part) = np.sort(alike, axis=1), divmod(0.75 * (len(alike) - 1), 1)
    quarter = ordered[:, int(at)] * (1 - part) + ordered[:, min(int(at) + 1, len(alike) - 1)] * part
    return float(quarter.max()), alike[quarter.argmax()] > ALIKE
