"""Training results as values: as every version of the program kept them."""

import json

from cessl_gui.core.training.results import Comparison, StatementComparison, TrainingSummary

AF = "164889003"


def full() -> TrainingSummary:
    statement = StatementComparison(9, 12, 0.7, 0.8, None, 0.6, (0.02, 0.18))
    holdout = {"r1": {AF: (1, 0.2, 0.9)}}
    compared = Comparison(21, 20, {AF: statement}, (AF,), 0.7, 0.8, 0.1, (0.02, 0.18), True, "Better.", (), holdout)
    curve = ({"step": 0, "validation": 0.5}, {"step": 20, "loss": 0.3, "validation": 0.6})
    return TrainingSummary(compared, mode="fast", n_labelled=33, skipped={"x": "too few"}, curve=curve)


def test_a_summary_comes_back_from_json_as_it_was():
    assert TrainingSummary.from_json(json.loads(json.dumps(full().to_json()))) == full()


def test_a_summary_is_kept_flat_as_projects_of_earlier_versions_have_it():
    flat = full().to_json()
    assert flat["per_class"][AF]["auc_after"] == 0.8
    assert flat["mode"] == "fast"


def test_what_an_earlier_version_did_not_keep_has_its_default():
    summary = TrainingSummary.from_json({"n": 3, "per_class": {AF: {"n_positive": 2}}})
    assert summary.comparison.n == 3
    assert summary.comparison.per_class[AF] == StatementComparison(n_positive=2)
    assert summary.comparison.macro_over is None
    assert summary.thresholds_before is None


def test_what_this_version_does_not_know_is_left_out():
    assert TrainingSummary.from_json({"n": 3, "of_a_later_version": 1}).comparison.n == 3


def test_recordings_that_a_training_could_not_use_are_named_with_the_reason():
    gone = TrainingSummary(left_out=("A1",), no_ecg={"A2": "its unit is in doubt", "A3": "flat", "A4": "flat"})
    said = "Not used: A1 (cannot be read), A2 (its unit is in doubt), A3 (flat) and 1 more."
    assert gone.not_used == said
    assert full().not_used == ""


def test_a_base_model_has_no_summary():
    assert TrainingSummary.from_json({}) is None
