"""Why a training cannot start, in a sentence."""

from itertools import combinations

import numpy as np
import pytest

from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.readiness import why_not_trainable


def test_readiness_sentences():
    assert "Label some ECGs first" in why_not_trainable({}, {})
    few = {"a": {"x": "present"}, "b": {"x": "absent"}}
    assert why_not_trainable(few, {}) == (
        "Mark one statement present in 2 more and absent in 2 more (of different patients) to train."
    )
    enough = {f"{s}{i}": {"x": s} for s in ("present", "absent") for i in range(3)}
    assert why_not_trainable(enough, {}) is None
    assert why_not_trainable(enough, dict.fromkeys(enough, "same")) is not None


@pytest.mark.parametrize("statements", [1, 2, 4, 6, 10])
def test_what_is_said_to_suffice_can_be_split_twice(statements):
    """Six patients, each statement present in three of them: one is held out, one validates, four are left."""
    patients = np.array([f"p{i}" for i in range(6)])
    sets = [c for c in combinations(range(6), 3) if 0 in c][:statements]
    y = np.array([[1.0 if i in c else 0.0 for c in sets] for i in range(6)])
    labels = {
        p: {str(k): ("absent", "present")[int(v)] for k, v in enumerate(row)}
        for p, row in zip(patients, y, strict=True)
    }
    assert why_not_trainable(labels, {}) is None
    for seed in range(5):
        out = held_out(y, patients, 0.2, seed)
        valid = held_out(y[~out], patients[~out], 0.2, seed + 1)
        assert out.any()
        assert valid.any()
        left = y[~out][~valid]
        assert (left.sum(0) >= 1).all(), "each statement is still there both ways"
        assert (left.sum(0) < len(left)).all(), "each statement is still there both ways"
