"""What two models say out of fold: a model is never asked about patients that it has learned from."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.learn.fit import Labelled
from cessl_gui.learn.judging.answers import After, Before, Measured, Shown, out_of_fold, says

CODES = ("a", "b")
LABELLED = Labelled(("r0", "r1", "r2"), np.array(["p0", "p1", "p2"], object), np.array([[1.0, 0], [0, 1], [1, np.nan]]))
AFTER = After(np.full((3, 2), 0.6), np.array([[0.4, 0.4], [0.5, 0.4], [0.4, 0.4]]))
BASE = np.array([[0.2, np.nan]] * 3)
MEASURED = Measured(("rate",), lambda ids: np.array([[float(i[1:])] for i in ids]))
SHOWN = Shown(LABELLED.ids, torch.zeros(3, 12, 6144), MEASURED)


def model(is_base: bool = False, carried: tuple[str, ...] = ("c",)) -> SimpleNamespace:
    """Says 0.7 of `a`, and of `c` what was measured; knows no `b`."""

    def predict(x, measured):
        return np.stack([np.full(len(x), 0.7), measured[:, 0] if measured.shape[1] else np.zeros(len(x))], 1)

    return SimpleNamespace(
        statements=("a", "c"),
        carried=carried,
        predict=predict,
        measured=("rate",),
        is_base=is_base,
        thresholds={"a": 0.3},
        of_backbone={"a": 0.9},
    )


def answers(taught=(), said=None, is_base=False, carried=("c",)):
    before = Before(model(is_base, carried), frozenset(taught), said or {})
    return out_of_fold(LABELLED, CODES, before, AFTER, BASE, shown=SHOWN)


def test_a_model_is_asked_of_those_it_has_not_learned_from():
    found = answers()
    assert found.ids == LABELLED.ids
    assert found.before[:, 0].tolist() == pytest.approx([0.7] * 3)
    assert np.isnan(found.before[:, 1]).all(), "it does not know this statement"
    assert np.array_equal(found.base, BASE.astype(np.float32), equal_nan=True)
    assert found.cuts_before.tolist() == pytest.approx([0.3, 0.5])


def test_of_patients_that_taught_it_its_kept_answers_stand_and_the_others_are_left_out():
    found = answers(taught=("p0", "p1"), said={"r1": {"a": 0.1}})
    assert found.ids == ("r1", "r2")
    assert found.before[:, 0].tolist() == pytest.approx([0.1, 0.7])
    assert found.folds.tolist() == [1, 0]


def test_what_it_carries_on_from_the_backbone_is_known_of_those_who_taught_it_the_rest():
    found = answers(taught=("p0", "p1"), said={"r1": {"b": 0.1}}, carried=("a", "c"))
    assert found.ids == ("r1", "r2")
    assert found.before.tolist() == [pytest.approx([0.7, 0.1]), pytest.approx([0.7, np.nan], nan_ok=True)]


def test_where_all_have_taught_it_and_nothing_is_kept_the_backbone_is_compared():
    found = answers(taught=("p0", "p1", "p2"))
    assert found.ids == LABELLED.ids
    assert found.before[:, 0].tolist() == pytest.approx([0.2] * 3)
    assert found.cuts_before[0] == pytest.approx(0.9)


def test_of_the_backbone_as_it_is_no_second_pass_is_made():
    found = answers(is_base=True)
    assert found.before[:, 0].tolist() == pytest.approx([0.2] * 3)
    assert found.base is None


def test_a_model_reads_its_own_measurements_by_name():
    assert says(model(), ("c",), SHOWN)[:, 0].tolist() == [0.0, 1.0, 2.0]
    unknown = Shown(LABELLED.ids, SHOWN.x, Measured(("other",), lambda ids: np.zeros((len(ids), 1))))
    assert np.isnan(says(model(), ("c",), unknown)).all()


def test_measuring_is_cancelled_between_two_ecgs():
    loaded = []

    def load(ids):
        loaded.extend(ids)
        return np.zeros((len(ids), 1))

    task = Task(stop_requested=lambda: Stop.CANCEL if loaded else None)
    with pytest.raises(Cancelled):
        Measured(("rate",), load).each(("r0", "r1", "r2"), task)
    assert loaded == ["r0"]


def test_records_are_measured_in_their_order():
    assert MEASURED.each(("r2", "r0")).tolist() == [[2.0], [0.0]]


def test_a_cancel_does_not_wait_until_a_recording_of_a_day_is_measured():
    asked, read = iter([None, Stop.CANCEL]), threading.Event()
    with pytest.raises(Cancelled):
        Measured(("rate",), lambda ids: read.wait(10)).each(("r0",), Task(stop_requested=lambda: next(asked)))
    assert not read.is_set()
    read.set()
