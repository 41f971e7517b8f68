"""Targets that the program measures itself."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.learn.pretraining.data import Split, prepare
from cessl_gui.learn.pretraining.measured import CODES, MEASURED, TAUGHT, targets, taught
from cessl_gui.learn.pretraining.sources import Ecg

NAMES = (*CODES, *TAUGHT)


def signal_of(kind):
    record = synthetic_record(kind, seed=3)
    return record.signal_mv, record.fs_hz, record.leads


def measured_of(kind, voltages=True):
    return dict(zip(NAMES, targets(*signal_of(kind), voltages), strict=True))


@pytest.mark.parametrize(
    "kind, name, wanted",
    [
        ("sinus tachycardia", "rate > 100", 1),
        ("sinus bradycardia", "rate > 60", 0),
        ("sinus rhythm", "rate > 120", 0),
        ("atrial fibrillation", "RR variation > 0.1", 1),
        ("atrial fibrillation", "no P > 0.5", 1),
        ("sinus rhythm", "no P > 0.5", 0),
        ("left bundle branch block", "qrs > 120", 1),
        ("sinus rhythm", "qrs > 120", 0),
    ],
)
def test_a_figure_beyond_its_bound_is_a_yes(kind, name, wanted):
    assert measured_of(kind)[MEASURED + name] == wanted


def test_standardised_leads_say_nothing_of_axes_and_voltages():
    said = {name for name, answer in measured_of("sinus rhythm", voltages=False).items() if answer >= 0}
    assert not [name for name in said if "axis" in name]
    assert measured_of("sinus rhythm", voltages=False)["STE"] == -1
    assert measured_of("sinus rhythm", voltages=False)["LAD"] == -1


def test_of_no_ecg_nothing_is_said():
    noise = np.random.default_rng(0).standard_normal((12, 5000)).astype(np.float32)
    assert set(targets(noise * 0, 500.0, LEADS_12)) == {-1}
    assert (targets(noise, 500.0, LEADS_12) >= 0).mean() < 0.1


@pytest.mark.parametrize("level, wanted", [(0.3, 1), (0.0, 0)])
def test_raised_st_is_taught_by_its_definition(level, wanted):
    signal, fs_hz, leads = signal_of("sinus rhythm")
    raised = np.array(signal, np.float32)
    for peak in measure(synthetic_record("sinus rhythm", seed=3)).peaks_s:
        start = int((peak + 0.05) * fs_hz)
        raised[:, start : start + int(0.12 * fs_hz)] += level
    assert targets(raised, fs_hz, leads)[NAMES.index("STE")] == wanted


def ecg(kind, fold=1, assessed=(), present=()):
    read = partial(signal_of, kind)
    return Ecg(f"{kind}{fold}", kind, fold, frozenset(present), frozenset(assessed), read)


def test_measured_targets_stand_beside_the_readers_words(tmp_path):
    corpus = prepare(
        [ecg("sinus tachycardia", assessed="ab", present="a"), ecg("sinus rhythm")], Split(), tmp_path, measure=True
    )
    wanted = [[1, 1, 0], [0, np.nan, np.nan]]
    np.testing.assert_array_equal(corpus.targets(np.arange(2), [MEASURED + "rate > 100", "a", "b"]), wanted)
    assert corpus.labelled.tolist() == [True, False]


def test_a_statement_is_taught_to_those_that_train_alone(tmp_path):
    code = vocabulary()["LAD"].code
    ecgs = [
        ecg("sinus rhythm"),
        ecg("sinus rhythm", fold=9),
        ecg("sinus bradycardia", fold=9, assessed=(code,), present=(code,)),
    ]
    corpus = prepare(ecgs, Split(), tmp_path, measure=True)
    np.testing.assert_array_equal(corpus.targets(np.arange(3), [code])[:, 0], [0, np.nan, 1])
    assert code in taught()


def test_readers_who_look_for_a_statement_are_believed_and_not_the_rule(tmp_path):
    code = vocabulary()["LAD"].code
    ecgs = [replace(ecg("sinus rhythm", assessed=(code,), present=(code,)), key=f"ward/{i}") for i in range(2)]
    corpus = prepare([*ecgs, ecg("sinus rhythm")], Split(), tmp_path, measure=True)
    np.testing.assert_array_equal(corpus.targets(np.arange(3), [code])[:, 0], [1, 1, 0])


def test_what_was_measured_is_kept_with_the_inputs(tmp_path, monkeypatch):
    first = prepare([ecg("sinus rhythm")], Split(), tmp_path, measure=True)
    monkeypatch.setattr("cessl_gui.learn.pretraining.measured.targets", None)
    again = prepare([ecg("sinus rhythm")], Split(), tmp_path, measure=True)
    np.testing.assert_array_equal(first.labels, again.labels)


def test_without_it_nothing_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.pretraining.measured.targets", None)
    assert prepare([ecg("sinus rhythm", assessed="a")], Split(), tmp_path).codes == ("a",)
