"""Evidence from answers out of fold: what may be claimed, and how often its intervals cover."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.training.evidence import Effect, Evidence, Figure, Scores, StatementEvidence
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import calibration_error, debiased_square, gap_by_chance
from cessl_gui.learn.judging.evidence import average_precision, calibration_curve, comparison_of, evidence
from cessl_gui.learn.judging.intervals import Replicates, jackknife, wilson, within_unit


def answers(y, before, after, *, patients=None, base=None, cut=0.5) -> OutOfFold:
    """One fold. y, before, after : (records,) of one statement, or (records, statements)"""
    y, before, after = (np.asarray(v, float).reshape(len(y), -1) for v in (y, before, after))
    codes = tuple("abcdef"[: y.shape[1]])
    ids = tuple(f"r{i}" for i in range(len(y)))
    cuts = np.full(len(codes), cut)
    folds = np.zeros(len(y))
    if base is not None:
        base = np.asarray(base, float).reshape(len(y), -1)
    return OutOfFold(ids, patients or ids, codes, y, before, after, folds, cuts, cuts[None], base)


def two_models(positives: int, negatives: int, *, gain=0.0, seed=0):
    """Labels and the answers of two models that agree in part; the second one is better by `gain` deviations."""
    rng = np.random.default_rng(seed)
    y = np.r_[np.ones(positives), np.zeros(negatives)]
    shared = 0.8 * rng.standard_normal(len(y))
    old, new = (shared + 0.6 * rng.standard_normal(len(y)) + (1.2 + more) * y for more in (0, gain))
    return y, *(1 / (1 + np.exp(-v + 1)) for v in (old, new))


@pytest.fixture(scope="module")
def repeated() -> list:
    """What 40 studies of two equally good models find, with 8 patients who have the statement."""
    return [evidence(answers(*two_models(8, 40, seed=seed))).statements[0] for seed in range(40)]


@pytest.mark.parametrize("which", ["auc", "average_precision", "f2"])
def test_intervals_of_a_change_cover_no_change_with_eight_positives(repeated, which):
    covered = np.mean([one.changes[which].low <= 0 <= one.changes[which].high for one in repeated])
    assert covered >= 0.88, f"95 % intervals cover in {covered:.0%}"


def test_two_models_of_one_quality_are_seldom_called_different(repeated):
    assert sum(one.effect in (Effect.BETTER, Effect.WORSE) for one in repeated) <= 4


def test_a_clear_gain_is_called_better_and_adoption_is_supported():
    found = evidence(answers(*two_models(30, 90, gain=2)))
    assert found.statements[0].effect == Effect.BETTER
    assert found.adoption_is_supported
    assert found.verdict({"a": "atrial fibrillation"}) == "Better at atrial fibrillation; no loss shown."
    change = found.macro["average_precision"][2]
    assert f"Mean average precision: {change.words()}." in found.basis(), "why adopting is offered first"


@pytest.mark.parametrize(("gain", "count", "told"), [(2, 30, True), (-1.2, 30, False), (2, 5, False)])
def test_of_statements_that_the_model_before_does_not_know_adoption_is_supported_where_one_is_told_from_chance(
    gain, count, told
):
    y, _, new = two_models(count, 90, gain=gain)
    found = evidence(answers(y, np.full(len(y), np.nan), new))
    assert found.unknown_before == ("a",)
    assert found.adoption_is_supported == told
    assert ("Told better than by chance: AF." in found.basis({"a": "AF"})) == told
    new, few = "1 new statement; there is no model before to compare with.", "Your labels are too few to tell."
    assert found.verdict({}) == (new if count > 8 else few)


def test_a_new_statement_supports_no_adoption_beside_one_that_is_known():
    y, old, new = two_models(30, 90)
    before = np.stack([old, np.full(len(y), np.nan)], 1)
    assert not evidence(answers(np.stack([y, y], 1), before, np.stack([old, new], 1))).adoption_is_supported


@pytest.mark.parametrize("moved", [lambda p: 0.3 * p, lambda p: np.round(p, 6)])
def test_where_the_ranking_stays_only_thresholds_and_calibration_are_said_to_have_changed(moved):
    y, old, new = two_models(30, 90)
    found = evidence(answers(y, old, moved(old), cut=0.2))
    assert found.verdict({}) == "The ranking of your ECGs stays; only thresholds and calibration changed."
    assert found.statements[0].words("AF") == "AF: ranked as before, 30 with AF"
    change = found.macro["f2"][2]
    assert f"Mean F2 at the thresholds: {change.words()}." in found.basis()
    assert not found.adoption_is_supported
    assert not evidence(answers(y, old, new)).ranking_stays
    assert not evidence(answers(y, np.full(len(y), np.nan), new)).ranking_stays


def test_a_clear_loss_is_called_worse_and_adoption_is_not_supported():
    y, old, new = two_models(30, 90, gain=2)
    found = evidence(answers(y, new, old))
    assert found.statements[0].effect == Effect.WORSE
    assert not found.adoption_is_supported


@pytest.mark.parametrize(
    ("n", "words"),
    [
        ((7, 60), "some 1 more to tell, 7 with LBBB, 60 without"),
        ((30, 4), "some 4 more without LBBB to tell, 30 with LBBB, 4 without"),
    ],
)
def test_seven_patients_with_or_without_a_statement_tell_nothing_and_more_are_asked_for(n, words):
    one = evidence(answers(*two_models(*n, gain=2))).statements[0]
    assert (one.effect, one.more, one.changes["auc"].low) == (Effect.TOO_FEW, 8 - min(n), None)
    assert one.words("LBBB") == f"LBBB: {words}"


MEANS = {"unclear": (-0.1, 0.1), "better": (0.01, 0.1), "worse": (-0.1, -0.01)}


@pytest.mark.parametrize(
    ("precision", "auc", "of_one", "words"),
    [
        ("worse", "unclear", "unclear", "Worse on the whole; no single statement shows it alone."),
        ("better", "worse", "unclear", "Better on the whole; no single statement shows it alone."),
        ("unclear", "worse", "unclear", "Worse on the whole by AUC; no single statement shows it alone."),
        ("unclear", "unclear", "unclear", "No difference that your labels can show."),
        ("worse", "better", "better", "Better at AF; worse on the whole."),
        ("better", "better", "worse", "Worse at AF; better on the whole."),
        ("unclear", "unclear", "worse", "Worse at AF; no gain shown."),
    ],
)
def test_a_verdict_never_denies_what_the_means_show(precision, auc, of_one, words):
    both = {"average_precision": precision, "auc": auc}
    macro = {name: (Figure(), Figure(), Figure(0.0, *MEANS[kind])) for name, kind in both.items()}
    one = StatementEvidence("a", 11, 88, 11, 88, Scores(), Scores(), {}, Effect(of_one))
    assert Evidence(99, 99, (one,), ("a",), macro).verdict({"a": "AF"}) == words


def test_what_is_unclear_has_its_figures():
    unclear = Figure(-0.008, -0.019, 0.0027)
    one = StatementEvidence("a", 11, 88, 11, 88, None, Scores(), {"auc": unclear}, Effect.UNCLEAR)
    assert one.words("AF") == "AF: no difference shown, −0.01 [−0.02, 0.003], 11 with AF"
    assert replace(one, more=9).words("AF") == "AF: some 9 more to tell, −0.01 [−0.02, 0.003], 11 with AF"


def test_a_bound_next_to_zero_shows_on_which_side_it_lies():
    assert Figure(-0.03, -0.06, -0.0026).words() == "−0.03 [−0.06, −0.003]"
    assert Figure(0.01, -0.00001, 0.02).words() == "+0.01 [0.000, 0.02]"
    assert Figure(0.29, 0.001, 0.63).words(".2f") == "0.29 [0.00, 0.63]"


def test_many_ecgs_of_few_patients_tell_nothing():
    y, old, new = two_models(30, 60, gain=2)
    patients = tuple(f"p{i % 5}" if has else f"q{i}" for i, has in enumerate(y))
    assert evidence(answers(y, old, new, patients=patients)).statements[0].effect == Effect.TOO_FEW


def test_ecgs_of_one_patient_twice_narrow_no_interval():
    y, old, new = two_models(20, 60, gain=0.5)
    once = evidence(answers(y, old, new)).statements[0]
    ids = tuple(f"p{i}" for i in range(len(y)))
    twice = evidence(answers(*(np.tile(v, 2) for v in (y, old, new)), patients=ids + ids)).statements[0]
    assert twice.changes["auc"].half_width == pytest.approx(once.changes["auc"].half_width, rel=0.02)
    assert twice.after.sensitivity == once.after.sensitivity


def test_how_many_more_are_needed_follows_from_the_error():
    unclear = evidence(answers(*two_models(10, 60, gain=0.2, seed=3))).statements[0]
    assert unclear.effect == Effect.UNCLEAR
    half, size = unclear.changes["auc"].half_width, max(abs(unclear.changes["auc"].value), 0.05)
    assert unclear.more == int(np.ceil(10 * ((half / size) ** 2 - 1)))


def test_a_statement_that_the_model_before_did_not_know_is_new_and_enters_no_mean():
    y, _, new = two_models(20, 60)
    found = evidence(answers(np.c_[y, y], np.c_[new, np.full(80, np.nan)], np.c_[new, new]))
    assert found.statements[1].effect == Effect.NEW
    assert found.statements[1].before is None
    assert (found.over, found.unknown_before) == (("a",), ("b",))


def test_not_assessed_is_no_negative():
    y, old, new = two_models(20, 60)
    some = y.copy()
    some[50:] = np.nan
    found = evidence(answers(some, old, new)).statements[0]
    assert found.n_absent == 30
    assert found.after.auc.value == pytest.approx(metrics.auc(y[:50], new[:50]), abs=1e-4)


def test_each_record_is_judged_at_the_threshold_of_its_fold():
    y, old, new = two_models(20, 60)
    given = answers(y, old, new)
    folds = np.arange(80) % 2
    by_fold = OutOfFold(
        given.ids, given.patients, ("a",), given.targets, given.before, given.after, folds, [0.5], [[0.0], [1.0]]
    )
    assert evidence(by_fold).statements[0].after.sensitivity.value == pytest.approx((folds[:20] == 0).mean())


def test_forgetting_is_measured_by_the_base_models_own_statements():
    y, worse, better = two_models(30, 90, gain=2)
    found = evidence(answers(y, worse, worse, base=better))
    assert found.forgotten == ("a",)
    assert "Forgotten: a" in found.basis()


def test_a_curve_of_honest_probabilities_lies_near_what_was_said():
    rng = np.random.default_rng(1)
    p = rng.uniform(size=4000)
    curve = calibration_curve((rng.uniform(size=4000) < p).astype(float), p, np.arange(4000))
    assert max(abs(point.said - point.had.value) for point in curve) < 0.06
    assert all(point.had.low <= point.had.value <= point.had.high for point in curve)


def test_few_records_have_no_curve():
    assert calibration_curve(np.ones(5), np.ones(5), np.arange(5)) == ()


def test_wilsons_interval_is_the_published_one():
    found = wilson(0.9, 10)  # 9 of 10
    assert (found.low, found.high) == pytest.approx((0.5958, 0.9821), abs=1e-3)
    assert wilson(1.0, 20).high == 1.0


def test_a_perfect_model_is_given_no_perfect_interval():
    y = np.r_[np.ones(10), np.zeros(40)]
    found = evidence(answers(y, 0.1 + 0.8 * y, 0.1 + 0.8 * y)).statements[0]
    assert (found.after.auc.value, found.after.auc.high) == (1.0, 1.0)
    assert found.after.auc.low < 0.8
    assert found.effect == Effect.SAME, "it is the same one"


def test_many_patients_are_left_out_in_groups():
    y, old, new = two_models(200, 400, gain=0.5)
    assert evidence(answers(y, old, new)).statements[0].effect == Effect.BETTER


def test_with_equal_probabilities_the_order_of_records_does_not_count():
    y, p = np.array([1.0, 0, 1, 0]), np.array([0.9, 0.5, 0.5, 0.5])
    assert average_precision(y, p) == average_precision(y[::-1], p[::-1]) == pytest.approx((1 + 2 / 4) / 2)


def test_without_ties_the_average_precision_is_the_published_one():
    y, p, _ = two_models(20, 60)
    assert average_precision(y, p) == pytest.approx(metrics.average_precision(y, p))


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled):
        evidence(answers(*two_models(10, 20)), Task(stop_requested=lambda: Stop.CANCEL))


def test_without_any_statement_enough_nothing_is_claimed():
    found = evidence(answers(*two_models(3, 20)))
    assert found.verdict({}) == "Your labels are too few to tell."
    assert not found.adoption_is_supported


def test_what_a_version_keeps_has_the_figures_the_verdict_and_each_answer():
    y, old, new = two_models(30, 90, gain=2)
    given = answers(y, old, new)
    kept, found = comparison_of(given), evidence(given)
    assert "no loss shown. Each of 120 ECGs was judged by models trained without its patient's labels." in kept.verdict
    assert (kept.better, kept.difference) == (True, found.macro["auc"][2].value)
    assert kept.per_class["a"].interval == (found.macro["auc"][2].low, found.macro["auc"][2].high)
    assert kept.holdout["r0"]["a"] == (1, round(float(given.before[0, 0]), 4), round(float(given.after[0, 0]), 4))


def test_no_mean_score_is_given_an_interval_beyond_one():
    interval = within_unit(jackknife(Replicates(0.99, np.array([0.9, 0.99, 1.0, 0.97])), 4))
    assert interval.high == 1.0
    assert interval.low is not None
    assert interval.low < 0.99


@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_the_gap_by_chance_is_that_of_honest_probabilities(spread):
    rng = np.random.default_rng(0)
    p = np.linspace(0.3 - spread, 0.3 + spread, 12)
    gaps = abs((rng.uniform(size=(20_000, 12)) < p).mean(1) - p.mean())
    assert gap_by_chance(p) == pytest.approx(gaps.mean(), rel=0.03)


def test_certain_probabilities_are_off_by_nothing():
    assert gap_by_chance(np.ones(3)) == gap_by_chance(np.zeros(3)) == 0


def test_the_calibration_error_stands_beside_what_chance_makes_of_it():
    after = evidence(answers(*two_models(30, 90))).statements[0].after
    assert 0 < after.calibration_chance < 0.2


@pytest.mark.parametrize("off", [0.0, 0.2])
def test_what_chance_adds_to_the_square_of_the_calibration_error_is_taken_off(off):
    """Of few ECGs the plain error of right probabilities is far from none; the debiased square is none in the mean."""
    rng, squares, plain = np.random.default_rng(0), [], []
    for _ in range(1500):
        p = rng.choice([0.25, 0.55], size=24)
        y = (rng.random(24) < p + off).astype(float)
        squares.append(debiased_square(y, p))
        plain.append(calibration_error(y, p))
    assert np.mean(squares) == pytest.approx(off**2, abs=0.003)
    assert np.mean(plain) > off + 0.005


def test_bins_of_one_ecg_have_no_debiased_square():
    assert np.isnan(debiased_square(np.array([0.0, 1.0]), np.array([0.1, 0.9])))
