"""Whether samples stand in another order than they were recorded: at each seam all leads jump at once."""

from __future__ import annotations

import numpy as np

ALONE = 3.0  # times the four changes next to it: in a QRS complex these are large, too
OF_MEAN = 0.2  # of the mean change; what is less is noise
# Such changes a second, and their share of all, both needed. Spikes of pacemakers reach 3.2 and 0.5; at low rates,
# where a QRS complex has few samples and seams stand out less, real ECGs reach 0.6 and 0.1.
A_SECOND, SHARE = 5.0, 0.25
LOW_HZ, A_SECOND_LOW, SHARE_LOW = 200.0, 1.5, 0.05


def are_shuffled(x: np.ndarray, fs_hz: float) -> bool:
    """Whether pieces of a few samples are out of order. x : (leads, samples), as recorded; NaN where none is known"""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = x[:, 1:] - x[:, :-1]
        np.multiply(squares, squares, out=squares)
        ones = np.ones(squares.shape[1], squares.dtype)  # a product sums up faster
        of_lead = squares @ ones
        if not np.isfinite(of_lead.sum()):
            squares = np.nan_to_num(squares, nan=0.0, posinf=0.0)
            of_lead = squares @ ones
        moving = of_lead > 0
        changes = np.divide(1, of_lead, where=moving, out=np.zeros_like(of_lead)) @ squares
    near = changes[:-4] + changes[1:-3] + changes[3:-1] + changes[4:]
    middle = changes[2:-2]
    alone = middle[middle > ALONE * near]
    total = float(moving.sum())
    a_second = np.count_nonzero(alone > OF_MEAN * total / max(len(changes), 1)) * fs_hz / max(len(changes), 1)
    most, share = (A_SECOND, SHARE) if fs_hz >= LOW_HZ else (A_SECOND_LOW, SHARE_LOW)
    return bool(a_second > most and alone.sum() > share * total)
