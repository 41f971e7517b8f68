"""Agreement between readings, compared with scikit-learn's kappa and a bootstrap written out."""

import numpy as np
import pytest

from cessl_gui.core.reading.agreement import STATES, cohens_kappa, per_statement
from cessl_gui.core.types import State

AF = "164889003"


def readings(n: int, seed: int = 0) -> tuple[list[State], list[State]]:
    """Two readers who agree more often than chance, with all three states."""
    rng = np.random.default_rng(seed)
    first = rng.choice(3, n, p=(0.6, 0.1, 0.3))
    second = np.where(rng.random(n) < 0.7, first, rng.choice(3, n))
    return [STATES[i] for i in first], [STATES[i] for i in second]


def labels(states: list[State]) -> dict[str, dict[str, State]]:
    return {f"r{i:03d}": {AF: state} for i, state in enumerate(states)}


@pytest.fixture(scope="module")
def sklearn_kappa():
    from sklearn.metrics import cohen_kappa_score

    return cohen_kappa_score


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weighted", [False, True])
def test_kappa_is_that_of_scikit_learn(sklearn_kappa, seed, weighted):
    first, second = readings(120, seed)
    ours = per_statement(labels(first), labels(second), weighted=weighted, draws=10)[AF].kappa
    theirs = sklearn_kappa(first, second, labels=list(STATES), weights="linear" if weighted else None)
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_the_interval_is_that_of_a_bootstrap_over_ecgs(sklearn_kappa):
    first, second = (np.array(states) for states in readings(80))
    rng = np.random.default_rng(7)
    drawn = [rng.integers(0, 80, 80) for _ in range(600)]
    low, high = np.percentile([sklearn_kappa(first[d], second[d], labels=list(STATES)) for d in drawn], (2.5, 97.5))
    ours = per_statement(labels(list(first)), labels(list(second)))[AF]
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.03)


def test_ecgs_of_one_patient_are_drawn_together():
    first, second = readings(60)
    alone = per_statement(labels(first), labels(second))[AF]
    # The same 60 ECGs four times over, of the same 60 patients: nothing more is known.
    many_first, many_second = labels(first * 4), labels(second * 4)
    groups = {record_id: str(i % 60) for i, record_id in enumerate(many_first)}
    repeated = per_statement(many_first, many_second, groups)[AF]
    assert (repeated.low, repeated.high) == pytest.approx((alone.low, alone.high), abs=0.02)


def test_what_one_reader_has_not_assessed_is_not_counted():
    first = {"r1": {AF: State.PRESENT}, "r2": {AF: State.ABSENT}, "r3": {AF: State.ABSENT}}
    second = {"r1": {AF: State.PRESENT}, "r2": {}, "r4": {AF: State.PRESENT}}
    assert per_statement(first, second)[AF].n == 1


def test_a_statement_that_no_ecg_has_twice_is_not_there():
    assert per_statement({"r1": {AF: State.PRESENT}}, {"r2": {AF: State.PRESENT}}) == {}


def test_readers_who_say_one_thing_throughout_have_no_kappa():
    said = labels([State.ABSENT] * 20)
    assert per_statement(said, said)[AF].kappa is None


def test_readers_who_agree_throughout_have_a_kappa_of_one():
    said = labels([State.ABSENT] * 10 + [State.PRESENT] * 10)
    assert per_statement(said, said)[AF].kappa == 1


def test_few_patients_allow_no_interval():
    said = labels([State.ABSENT] * 5 + [State.PRESENT] * 4)
    assert per_statement(said, said)[AF].low is None


def test_the_same_seed_gives_the_same_interval():
    first, second = readings(40)
    one, other = (per_statement(labels(first), labels(second), seed=3)[AF] for _ in range(2))
    assert (one.low, one.high) == (other.low, other.high)


def test_an_empty_table_has_no_kappa():
    assert np.isnan(cohens_kappa(np.zeros((3, 3))))
