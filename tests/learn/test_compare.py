"""Before and after on held-out patients: what may be claimed, and what must not."""

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.results import NO_INTERVAL
from cessl_gui.core.task import Stop, Task
from cessl_gui.learn import metrics
from cessl_gui.learn.compare import compare
from cessl_gui.learn.fit import Labelled

CODES = ("a", "b")


class Says:
    """A predictor whose answers are given."""

    statements = CODES

    def __init__(self, answers):
        self.answers, self.at = answers, 0

    def predict(self, inputs):
        found = self.answers[self.at : self.at + len(inputs)]
        self.at += len(inputs)
        return found


def labelled(ids, patients, y) -> Labelled:
    return Labelled(tuple(ids), np.array(patients, object), y)


def compared(y, old, new, patients=None, **more):
    ids = [str(i) for i in range(len(y))]
    inputs = np.zeros((len(y), 1), np.float32)
    return compare(labelled(ids, patients or ids, y), CODES, Says(old), Says(new), inputs, seed=0, **more)


def equally_good(positives: tuple[int, int], seed: int):
    """(40, 2) labels with so many positives, and the answers of two models of one quality that agree in part."""
    rng = np.random.default_rng(seed)
    y = np.zeros((40, 2))
    for column, count in enumerate(positives):
        y[:count, column] = 1
    shared = y + rng.standard_normal(y.shape)
    return y, *(shared + 0.7 * rng.standard_normal(y.shape) for _ in range(2))


def test_two_models_of_one_quality_are_seldom_called_different():
    verdicts = [compared(*equally_good((1, 12), seed)) for seed in range(30)]
    assert sum(found.better is not None for found in verdicts) <= 4, "an interval of 95 % errs in about 2 of 30"
    assert all(found.per_class["a"].interval == NO_INTERVAL for found in verdicts), "one positive shows nothing"
    assert all(found.macro_over == ("b",) for found in verdicts)


def test_with_few_positives_everywhere_nothing_is_claimed_and_the_reason_is_said():
    y, old, new = equally_good((3, 7), 0)
    found = compared(y, old, new + 3 * y)
    assert found.interval == NO_INTERVAL
    assert found.better is None
    assert found.macro_over == ("a", "b")
    assert found.macro_auc_after > found.macro_auc_before
    assert found.verdict.startswith("40 ECGs of 40 test patients cannot show whether the new model is better, because ")
    assert found.verdict.endswith("no statement is present in 8 of them and absent in 8: label more.")


def test_a_clear_gain_is_claimed_with_its_basis():
    y, old, new = equally_good((12, 2), 1)
    found = compared(y, old, new + 3 * y)
    assert found.better is True
    assert found.interval[0] > 0
    assert found.verdict.startswith("Better on 40 ECGs of 40 test patients (macro AUC over 1 statement ")


def test_patients_count_and_not_their_ecgs():
    y = np.repeat([[1.0], [0.0]], 20, 0)
    assert metrics.supported(y, [str(i) for i in range(40)]).tolist() == [True]
    assert metrics.supported(y, [str(i // 4) for i in range(40)]).tolist() == [False], "20 positives of 5 patients"
    y[0:16] = np.nan
    assert metrics.supported(y, [str(i) for i in range(40)]).tolist() == [False], "not assessed is neither"


def test_a_model_that_does_not_know_a_statement_has_no_average_precision_of_it():
    y, old, new = equally_good((12, 12), 3)
    before = Says(old)
    before.statements = ("b",)
    ids = [str(i) for i in range(40)]
    found = compare(labelled(ids, ids, y), CODES, before, Says(new), np.zeros((40, 1), np.float32), seed=0)
    assert found.unknown_before == ("a",)
    assert found.per_class["a"].ap_before is None
    assert found.per_class["a"].auc_before == 0.5
    assert found.per_class["b"].ap_before > 0


def test_a_comparison_can_be_cancelled_between_its_parts():
    y, old, new = equally_good((12, 12), 2)
    asked = []

    def stop():
        asked.append(1)
        return Stop.CANCEL if len(asked) == 5 else None

    with pytest.raises(Cancelled):
        compared(y, old, new, task=Task(stop_requested=stop))
    assert len(asked) == 5, "two batches for each model come first"
