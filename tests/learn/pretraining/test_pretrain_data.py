"""Prepared inputs and targets of a pre-training run."""

import resource
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn.pretraining.data import BYTES, TRAIN, UNUSED, VALIDATION, Split, _digest, prepare
from cessl_gui.learn.pretraining.sources import Ecg, NoSource

READS = []


def read(number, fs_hz=250.0):
    READS.append(number)
    if number == 13:
        raise UnreadableRecording("It is cut off.")
    return np.random.default_rng(number).standard_normal((12, 2000)).astype(np.float32), fs_hz, LEADS_12


def ecg(number, fold=1, present=("a",), assessed=("a", "b"), key=None):
    who = f"p{number // 2}"
    return Ecg(key or f"e{number}", who, fold, frozenset(present), frozenset(assessed), partial(read, number))


def test_inputs_are_the_preprocessed_signals(tmp_path):
    corpus = prepare([ecg(1), ecg(2)], Split(), tmp_path)
    wanted = to_model_input(*read(2))
    np.testing.assert_allclose(corpus.inputs([1])[0], wanted, atol=2e-3)  # kept in half precision
    assert corpus.length.tolist() == [4000, 4000]
    assert corpus.inputs([1, 0, 1]).shape == (3, 12, 6144)


def test_what_is_not_assessed_is_masked(tmp_path):
    ecgs = [ecg(1), ecg(2, present=(), assessed=("b",)), ecg(3, present=("c",), assessed=("c",))]
    corpus = prepare(ecgs, Split(), tmp_path)
    wanted = [[1, 0, np.nan], [np.nan, 0, np.nan], [np.nan, np.nan, 1]]
    np.testing.assert_array_equal(corpus.targets(np.arange(3), ["a", "b", "c"]), wanted)


def test_an_ecg_of_two_sources_counts_once_and_the_first_wins(tmp_path):
    corpus = prepare([ecg(1), ecg(2, present=("b",), key="e1")], Split(), tmp_path)
    assert corpus.labels.tolist() == [[1, 0]]


@pytest.mark.parametrize("first", ["folds", "no folds"])
def test_the_fold_of_an_ecg_holds_for_its_copy_in_a_source_without_folds(tmp_path, first):
    folds = [ecg(2, fold=10), ecg(4, fold=9), ecg(6, fold=1)]
    copies = [replace(ecg(n, fold=None, key=f"e{n}"), patient=f"copy{n}") for n in (2, 4, 6, 8)]
    corpus = prepare(folds + copies if first == "folds" else copies + folds, Split(), tmp_path)
    assert dict(zip(corpus.patients, corpus.role, strict=True)) == {"p2": VALIDATION, "p3": TRAIN, "copy8": TRAIN}


def test_folds_and_patients_decide_the_side(tmp_path):
    split = Split((1, 2), (9,), share=0.5)
    assert [split.role(ecg(0, fold)) for fold in (1, 2, 9, 10)] == [TRAIN, TRAIN, VALIDATION, UNUSED]
    sides = [split.role(ecg(i, None)) for i in range(400)]
    assert sides[::2] == sides[1::2]  # two ECGs of one patient
    assert 0.35 < np.mean(np.array(sides) == VALIDATION) < 0.65
    assert prepare([ecg(1), ecg(2, fold=10)], split, tmp_path).rows.tolist() == [0]


def test_an_unreadable_ecg_is_left_out_and_logged(tmp_path, caplog):
    corpus = prepare([ecg(12), ecg(13), ecg(14)], Split(), tmp_path)
    np.testing.assert_allclose(corpus.inputs([1])[0], to_model_input(*read(14)), atol=2e-3)
    assert "e13 is left out: It is cut off." in caplog.text
    with pytest.raises(NoSource):
        prepare([ecg(13)], Split(), tmp_path)


def test_preparation_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.pretraining.data.FLUSH_EVERY", 4)
    ecgs = [ecg(i) for i in range(20, 30)]

    READS.clear()
    with pytest.raises(Cancelled):
        prepare(ecgs, Split(), tmp_path, Task(stop_requested=lambda: Stop.CANCEL if len(READS) == 6 else None))
    READS.clear()
    corpus = prepare(ecgs, Split(), tmp_path)
    assert READS == [24, 25, 26, 27, 28, 29]  # four were noted as done
    READS.clear()
    assert len(prepare(ecgs, Split(), tmp_path).rows) == 10
    assert READS == []
    np.testing.assert_allclose(corpus.inputs([0])[0], to_model_input(*read(20)), atol=2e-3)


def test_memory_stays_bounded_with_100_000_ecgs(tmp_path):
    n, whole = 100_000, frozenset(str(i) for i in range(40))
    reader = partial(read, 1)
    before = peak_mb()
    ecgs = [Ecg(f"e{i}", f"p{i}", 1 + i % 9, frozenset(), whole, reader) for i in range(n)]
    folder = tmp_path / _digest(ecgs, measure=False)
    folder.mkdir()
    np.save(folder / "lengths.npy", np.full(n, 5000, np.int32))
    with (folder / "inputs.f16").open("wb") as file:
        file.truncate(n * BYTES)  # 15 GB of holes
    corpus = prepare(iter(ecgs), Split(), tmp_path)
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert corpus.inputs(rng.integers(n, size=64)).shape[0] == 64
    assert peak_mb() - before < 400


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
