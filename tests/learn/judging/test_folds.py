"""Folds by patient, each with its share of every statement."""

import numpy as np
import pytest

from cessl_gui.learn.judging.folds import by_patient


def some(n: int = 100, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Labels of a common, a rare and a very rare statement; every fourth patient has two ECGs."""
    rng = np.random.default_rng(seed)
    y = (rng.random((n, 3)) < [0.4, 0.1, 0.0]).astype(float)
    y[:5, 2] = 1
    return y, [f"p{i - 1 if i % 4 == 1 else i}" for i in range(n)]


def test_all_ecgs_of_a_patient_lie_in_one_fold():
    y, patients = some()
    folds = by_patient(y, patients, seed=0)
    assert all(len(set(folds[np.array(patients) == p].tolist())) == 1 for p in patients)


@pytest.mark.parametrize("seed", range(3))
def test_each_fold_has_its_share_of_each_statement(seed):
    y, _ = some(seed=seed)
    patients = [str(i) for i in range(len(y))]
    folds = by_patient(y, patients, seed)
    counts = np.array([(y[folds == k] == 1).sum(0) for k in range(5)])
    assert (counts[:, 2] == 1).all(), "five patients with the rarest statement, one in each fold"
    assert np.ptp(counts[:, 1]) <= 2
    assert np.ptp(np.bincount(folds)) <= 3


def test_few_patients_make_fewer_folds():
    assert set(by_patient(np.ones((6, 1)), list("aabbcc"), seed=0).tolist()) == {0, 1, 2}


def test_the_same_seed_gives_the_same_folds_and_another_one_others():
    y, patients = some()
    first, second, other = (by_patient(y, patients, seed).tolist() for seed in (0, 0, 1))
    assert first == second
    assert first != other
