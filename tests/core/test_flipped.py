"""Answers that a new model gives differently, each model judged at its own thresholds."""

from cessl_gui.core.training.flipped import Flipped, flipped, flipped_out_of_fold
from cessl_gui.core.training.results import OutOfFold

AF, SB = "164889003", "426177001"
HOLDOUT = {
    "r0": {AF: [1, 0.2, 0.9], SB: [0, 0.5, 0.1]},
    "r1": {AF: [0, 0.3, 0.8]},
    "r2": {AF: [1, 0.9, 0.95]},
}


def test_flipped_answers_are_those_that_crossed_their_threshold():
    right, wrong = flipped(HOLDOUT, {AF: 0.5}, {AF: 0.5, SB: 0.5})
    assert right == [Flipped("r0", AF, True, 0.2, 0.9), Flipped("r0", SB, False, 0.5, 0.1)]
    assert wrong == [Flipped("r1", AF, False, 0.3, 0.8)]


def test_an_answer_to_a_statement_that_was_unknown_is_new():
    right, wrong = flipped({"r0": {SB: [0, 0.5, 0.1]}, "r1": {SB: [0, 0.5, 0.9]}}, {}, {SB: 0.5}, [SB])
    assert right == [Flipped("r0", SB, False, None, 0.1)]
    assert wrong == [Flipped("r1", SB, False, None, 0.9)]


def test_each_model_is_judged_at_its_own_threshold():
    right, wrong = flipped({"r0": {AF: [1, 0.4, 0.4]}}, {AF: 0.5}, {AF: 0.3})
    assert [answer.record_id for answer in right] == ["r0"]
    assert wrong == []


def test_out_of_fold_each_answer_is_taken_at_the_threshold_that_judged_it():
    answers = OutOfFold(
        ("r1", "r2", "r3"),
        ("r1", "r2", "r3"),
        ("AF", "new"),
        targets=[[1, 1], [0, 1], [float("nan"), 0]],
        before=[[0.4, float("nan")]] * 3,
        after=[[0.45, 0.9]] * 3,
        folds=[0, 1, 1],
        cuts_before=[0.5, 0.5],
        cuts_after=[[0.4, 0.5], [0.3, 0.5]],
    )
    right, wrong = flipped_out_of_fold(answers)
    assert [(f.record_id, f.code) for f in right] == [("r1", "AF")]
    assert [(f.record_id, f.code) for f in wrong] == [("r2", "AF")], "not assessed and unknown before are no change"
