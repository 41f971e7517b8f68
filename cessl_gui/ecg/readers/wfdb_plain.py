"""The plain form of WFDB: one file of 16-bit samples, as nearly every collection of 12-lead ECGs has it.

Read here in a millisecond; the wfdb package takes ten, most of them for the header's lines. It stays the reader of all
other forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# file format+offset gain(baseline)/unit resolution zero first checksum block lead; what may be left out elsewhere, and
# would need its default, must be there
SIGNAL = re.compile(
    r"(?P<file>\S+)\s+16(?:x1)?(?:\+(?P<offset>[0-9]{1,6}))?"
    r"\s+(?P<gain>[0-9]+\.?[0-9]*)(?:\((?P<baseline>-?[0-9]{1,9})\))?/(?P<unit>\S+)"
    r"\s+[0-9]+\s+(?P<zero>-?[0-9]{1,9})\s+-?[0-9]+\s+-?[0-9]+\s+[0-9]+\s+(?P<lead>\S.*)"
)
MISSING = -(1 << 15)


@dataclass(frozen=True)
class Plain:
    """What `wfdb.Record` calls by the same names. p_signal: float32 (samples, signals) in the units, NaN: missing"""

    fs: float
    sig_name: list[str]
    units: list[str]
    comments: list[str]
    p_signal: np.ndarray


def read_plain(path: Path, text: str) -> Plain | None:
    """The recording of a header that `wfdb_format` has checked; None if its form is another, or a field is odd."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    comments = [line.strip("# \t") for line in lines if line.startswith("#")]
    first, *rows = [line for line in lines if not line.startswith("#")]
    _, count, rate, samples, *_ = [*first.split(), None, None]
    signals = [SIGNAL.fullmatch(row) for row in rows[: int(count)]]
    if not samples or not all(signals) or len({(s["file"], s["offset"]) for s in signals}) > 1:
        return None
    gain = np.array([float(s["gain"]) for s in signals])
    if not gain.all():
        return None
    values, offset = int(samples) * len(signals), int(signals[0]["offset"] or 0)
    stored = np.fromfile(path.parent / signals[0]["file"], "<i2", values, offset=offset).reshape(-1, len(signals))
    # Rounded twice to float32, as the wfdb package does: the same bits.
    signal = stored.astype(np.float32)
    np.subtract(signal, [int(s["baseline"] or s["zero"]) for s in signals], signal)
    np.divide(signal, gain, signal)
    signal[stored == MISSING] = np.nan
    return Plain(
        float(rate.split("/")[0]),
        [s["lead"] for s in signals],
        [s["unit"] for s in signals],
        comments,
        signal,
    )
