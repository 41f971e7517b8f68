"""Fine-tuning as the program calls it, on small made-up signals and an untrained tinylight."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.training.training_job import TrainingJob
from cessl_gui.learn import budget, trainer
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.trainer import adapt, labelled_of
from tests.learn.adapting import QUICK, backbone, job, load, run

pytestmark = pytest.mark.usefixtures("two_folds")


def test_result_says_what_was_done(result):
    meta = result.meta
    assert result.statements == ("164889003", "270492004")
    assert (meta["method"], meta["mode"]) == ("fast", "fast")
    assert meta["ranks"][:6] == [0] * 6
    assert set(meta["ranks"][6:]) <= {8, 16}
    assert set(meta["thresholds"]) == set(result.statements)
    assert meta["metrics"]["unknown_before"] == ("270492004",)
    assert [one["step"] for one in meta["curve"]] == [1, 2]
    assert meta["folds"] == 5
    assert [one["method"] for one in meta["candidates"]] == ["fast", "output layer", "current"]
    assert meta["why"].startswith("CE-SSL. On folds of the 24 labelled ECGs its mean average precision is ")
    assert meta["metrics"]["verdict"]


def test_every_labelled_record_is_answered_out_of_fold_and_patients_lie_in_one_fold(result):
    answers = result.answers
    assert len(answers.ids) == 24
    assert np.isfinite(answers.after).all()
    folds = {}
    for patient, fold in zip(answers.patients, answers.folds.tolist(), strict=True):
        folds.setdefault(patient, set()).add(fold)
    assert {len(of) for of in folds.values()} == {1}
    assert np.isnan(answers.before[:, 1]).all(), "the backbone does not know this statement"


def test_the_output_layer_alone_is_the_backbone_but_for_it():
    done = run(job())
    assert done.meta["method"] == "output layer"
    assert set(done.tensors) == {"classifier.1.weight", "classifier.1.bias"}
    assert set(done.meta["ranks"]) == {0}
    x = load(["r1", "r2"])
    old, new = Predictor(backbone()), Predictor(backbone(), done)
    carried = "426177001"
    before, after = (p.predict(x)[:, p.statements.index(carried)] for p in (old, new))
    assert np.allclose(before, after, atol=1e-6)


def test_as_published_held_out_patients_are_in_nothing_else():
    done = run(job(mode="exact"))
    held, patients = set(done.answers.ids), job().patients
    assert held == set(done.meta["holdout"])
    assert not {patients[r] for r in held} & {p for r, p in patients.items() if r not in held}


def test_as_published_who_taught_the_model_before_is_not_held_out():
    first = job()
    some = tuple(sorted(set(first.patients.values()))[: len(first.patients) // 2])
    y = np.array([[1.0, 0.0][i % 2] for i in range(len(first.patients))])[:, None]
    patients = [first.patients[r] for r in first.labels]
    for seed in range(5):
        out = held_out(y, patients, 0.2, seed, never=some)
        assert out.any()
        assert not {p for p, held in zip(patients, out, strict=True) if held} & set(some)
    assert not held_out(y, patients, 0.2, 0, never=patients).any()


@pytest.mark.parametrize("mode", ["fast", "exact"])
def test_same_seed_same_bits_and_global_random_state_untouched(mode):
    torch.manual_seed(11)
    np.random.seed(11)
    torch.set_num_threads(2)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), torch.get_num_threads()
    one, two, other = (run(job(16, 4, mode, seed=seed), steps=2, check_every=1) for seed in (0, 0, 1))
    assert all(np.array_equal(one.tensors[k], two.tensors[k]) for k in one.tensors)
    assert any(not np.array_equal(one.tensors[k], other.tensors.get(k)) for k in one.tensors)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1].tolist(), torch.get_num_threads()) == states[1:]


def test_the_published_method_starts_from_a_fresh_output_layer():
    settings = run(job(mode="exact")).meta["settings"]
    assert not settings["known_head"]


@pytest.mark.parametrize(
    ("wanted", "seconds", "records", "methods", "words"),
    [
        ("output", 20.0, 900, [], "asked for"),
        ("fast", 900.0, 50, ["fast", "fast"], "asked for"),
        (
            "auto",
            900.0,
            50,
            [],
            "and there are 50. It is tried from 300 on, as your ECGs may differ, and when asked for",
        ),
        ("auto", 900.0, 300, ["fast", "fast"], "all layers were not tried, as training them once takes 15 min"),
        ("auto", 20.0, 50, ["fast", "fast", "exact"], "this device is quick"),
    ],
)
def test_what_is_tried_below_the_output_layer(monkeypatch, wanted, seconds, records, methods, words):
    monkeypatch.setattr(budget, "_exact_seconds", lambda *given: seconds)
    ways, why = budget.ways(wanted, backbone(), device.choose("cpu"), records)
    assert [method for method, _ in ways] == methods
    assert words in why
    assert [settings.moving for _, settings in ways[:2]] == [True, False][: len(ways)]


def test_what_a_device_loads_at_its_first_step_is_not_counted(monkeypatch):
    whole, calls = CesslNet.forward, []

    def slow_at_first(self, *given, **more):
        calls.append(1)
        time.sleep(3.0 if len(calls) == 1 else 0.0)
        return whole(self, *given, **more)

    monkeypatch.setattr(CesslNet, "forward", slow_at_first)
    steps = trainer.EXACT.check_every * (trainer.EXACT.patience + 1)
    assert budget._exact_seconds(backbone(), device.choose("cpu"), 4) / steps < 2.5


def test_the_quickest_device_is_chosen_and_one_that_is_absent_is_said(monkeypatch):
    there = {"cuda": True, "mps": True}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there["cuda"])
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: there["mps"])
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Card 9")
    assert device.choose() == device.Processor(torch.device("cuda"), True, "graphics card Card 9")
    assert device.choose("cpu").device.type == "cpu"
    there["cuda"] = False
    assert device.choose().device.type == "mps"
    assert device.choose("cuda").device.type == "cpu"
    assert device.choose("cuda").reason.startswith("cuda is not available here; processor")
    there["mps"] = False
    assert device.choose().device.type == "cpu"


def test_frozen_blocks_stay_and_only_trained_parts_change(result):
    before, after = backbone().net.state_dict(), result.tensors
    assert all(np.array_equal(before[k].numpy(), v) for k, v in after.items() if k.startswith("encoder_layers.0."))
    assert not any(k.endswith("weight") for k in after if not k.startswith("classifier.1."))


@pytest.mark.parametrize("unlabelled", [0, 1])
def test_few_unlabelled(unlabelled):
    assert run(job(unlabelled=unlabelled, mode="fast")).meta["n_unlabelled"] == unlabelled


def test_many_unlabelled_are_drawn_within_a_bound(monkeypatch):
    asked = []
    monkeypatch.setattr("cessl_gui.learn.trainer.UNLABELLED_MOST", 20)

    def counting(ids):
        asked.extend(i for i in ids if i.startswith("u"))
        return load(ids)

    adapt(job(unlabelled=100_000, mode="fast"), counting, backbone(), settings=QUICK["fast"], thread_count=1)
    assert len(asked) == 20


def test_unlabelled_ecgs_that_cannot_be_used_are_left_out():
    def some(ids):
        return load(ids) if len(ids) > 1 else np.zeros((0, 12, 6144), np.float32)

    asked = job(unlabelled=9, mode="fast")  # the ninth is a part by itself
    found = adapt(asked, load, backbone(), settings=QUICK["fast"], load_unlabelled=some, thread_count=1)
    assert found.meta["n_unlabelled"] == 8


def test_flat_and_nan_inputs():
    def bad(ids):
        x = load(ids)
        x[:, 3] = np.nan
        x[:, 5] = 0
        return x

    done = adapt(job(mode="fast"), bad, backbone(), settings=QUICK["fast"], thread_count=1)
    assert all(np.isfinite(v).all() for v in done.tensors.values())


def test_labels_that_do_not_suffice():
    states = {f"r{i}": {"164889003": "present"} for i in range(10)}
    with pytest.raises(TooFewLabels):
        run(job(labels=states))  # a class without negatives
    states = {"r1": {"1": "present"}, "r2": {"1": "absent"}}
    one_patient = TrainingJob("t", "b", ("1",), states, {"r1": "p", "r2": "p"}, ())
    with pytest.raises(TooFewLabels):
        run(one_patient)
    with pytest.raises(TooFewLabels):
        run(job(labels={}))


def test_rare_and_unassessed_statements_are_skipped_with_a_reason():
    labels = {r: dict(states) for r, states in job().labels.items()}
    labels["r1"]["rare"] = "present"
    done = run(job(labels=labels, statements=("164889003", "rare", "never")))
    assert done.statements == ("164889003",)
    assert "1 of 3 patients present" in done.meta["skipped"]["rare"]
    assert done.meta["skipped"]["never"] == "not assessed in any ECG"


def test_uncertain_is_not_a_label():
    labels = {r: dict(states) for r, states in job().labels.items()}
    for r in list(labels)[:4]:
        labels[r]["164889003"] = "uncertain"
    assert labelled_of(job(labels=labels, statements=("164889003",)))[0].y.shape == (20, 1)
    taken = labelled_of(replace(job(labels=labels, statements=("164889003",)), uncertain="present"))[0]
    assert taken.y.shape == (24, 1)
    assert taken.y.sum() == 12 + 2
    done = run(job(labels=labels, statements=("164889003",), unlabelled=3, mode="fast"), steps=1)
    assert (done.meta["n_labelled"], done.meta["n_unlabelled"]) == (20, 3 + 4), "they serve as unlabelled ones"
