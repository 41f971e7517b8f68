"""Fine-tuning as the program calls it, on small made-up signals and an untrained tinylight."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from cessl_gui.core.errors import Cancelled, MemoryShort, TooFewLabels
from cessl_gui.core.task import Stop
from cessl_gui.core.types import TrainingJob
from cessl_gui.learn import budget, device, trainer
from cessl_gui.learn.backbone import CesslNet
from cessl_gui.learn.fit import FitRun
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.trainer import adapt, labelled_of
from tests.learn.adapting import QUICK, backbone, job, load, run


def test_result_says_what_was_done(result):
    meta = result.meta
    assert result.statements == ("164889003", "270492004")
    assert meta["mode"] == "fast"
    assert meta["ranks"][:6] == [0] * 6
    assert set(meta["ranks"][6:]) <= {8, 16}
    assert set(meta["thresholds"]) == set(result.statements)
    measured = meta["metrics"]
    assert measured["n"] == len(meta["holdout"]) > 0
    assert measured["unknown_before"] == ("270492004",)
    assert meta["curve"][0]["step"] == 0
    assert measured["verdict"]


def test_held_out_patients_are_in_nothing_else(result):
    held = set(result.meta["holdout"])
    patients = job().patients
    assert not {patients[r] for r in held} & {p for r, p in patients.items() if r not in held}


def test_who_taught_the_model_before_is_not_held_out(result):
    first = job()
    held = result.meta["holdout"]
    some = tuple(sorted(set(first.patients.values()))[: len(first.patients) // 2])
    y = np.array([[1.0, 0.0][i % 2] for i in range(len(first.patients))])[:, None]
    patients = [first.patients[r] for r in first.labels]
    for seed in range(5):
        out = held_out(y, patients, 0.2, seed, never=some)
        assert out.any()
        assert not {p for p, held in zip(patients, out, strict=True) if held} & set(some)
    assert not held_out(y, patients, 0.2, 0, never=patients).any()
    for taught, allowed in (
        (set(first.patients.values()) - {first.patients[r] for r in held}, set(held)),
        (first.patients.values(), set(first.labels)),  # nobody else is at hand
    ):
        again = run(replace(first, taught=tuple(taught), seed=1))
        assert again.meta["holdout"]
        assert set(again.meta["holdout"]) <= allowed


@pytest.mark.parametrize("mode", ["fast", "exact"])
def test_same_seed_same_bits_and_global_random_state_untouched(mode):
    torch.manual_seed(11)
    np.random.seed(11)
    torch.set_num_threads(2)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), torch.get_num_threads()
    one, two = run(job(mode=mode), mode), run(job(mode=mode), mode)
    other = run(job(mode=mode, seed=1), mode)
    assert all(np.array_equal(one.tensors[k], two.tensors[k]) for k in one.tensors)
    assert any(not np.array_equal(one.tensors[k], other.tensors.get(k)) for k in one.tensors)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1].tolist(), torch.get_num_threads()) == states[1:]


@pytest.mark.parametrize(("asked", "ours"), [("exact", False), ("auto", True)])
def test_where_all_layers_are_quick_to_train_they_start_from_our_output_layer(monkeypatch, asked, ours):
    """Published is a fresh one, which needs many more labels; it is taken where the published method is asked for."""
    monkeypatch.setattr(budget, "choose_mode", lambda *given: ("exact", "a quick device"))
    monkeypatch.setattr(trainer, "EXACT", QUICK["exact"])
    monkeypatch.setattr(trainer, "ALL_LAYERS", replace(QUICK["exact"], known_head=True, probe=True))
    settings = adapt(job(mode=asked), load, backbone()).meta["settings"]
    assert (settings["known_head"], settings["probe"]) == (ours, ours)


@pytest.mark.parametrize(("seconds", "mode"), [(20.0, "exact"), (150.0, "fast")])
def test_auto_trains_every_layer_where_that_takes_about_a_minute(monkeypatch, seconds, mode):
    monkeypatch.setattr(budget, "_exact_seconds", lambda *given: seconds)
    chosen, why = budget.choose_mode("auto", backbone(), device.choose("cpu"), 50)
    assert chosen == mode
    assert f"about {max(1, round(seconds / 60))} min" in why


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


def test_cancel_answers_within_one_step_and_keep_keeps():
    seen = []

    def stop_at(answer):
        return lambda: answer if any(p.step >= 2 for p in seen) else None

    with pytest.raises(Cancelled):
        run(job(), stop=stop_at(Stop.CANCEL), report=seen.append, check_every=1, steps=50)
    assert max(p.step for p in seen) == 2
    seen.clear()
    kept = run(job(), stop=stop_at(Stop.KEEP), report=seen.append, check_every=1, steps=50)
    assert kept.meta["stopped_early_by_person"]
    assert kept.meta["steps"] == 2


def test_cancel_while_reading():
    with pytest.raises(Cancelled):
        run(job(), stop=lambda: Stop.CANCEL)


PHASES = {  # and how often at least a stop is asked for in each, of batches as `small_batches` makes them
    "Reading ECGs": 5 + 5,  # 20 read, and through the frozen blocks
    "Reading unlabelled ECGs": 2,
    "Fitting the output layer": 4 + 5,  # 15 ECGs, then folds
    "Ranking the layers": 4 + 3 + 1,  # 15 ECGs; the first validation's 5; the first step
    "Training": 1 + 3 + 3,  # the second step, its validation, the last one
    "Comparing the models on the test patients": 1 + 2 + 2,  # read the 4, predict with two models, two statements
}
SMALL = {"batch": 4, "steps": 2, "check_every": 1}


@pytest.fixture
def small_batches(monkeypatch):
    """As where there are many ECGs."""
    for name in ("trainer.READ_AT_ONCE", "fit.READ_AT_ONCE", "probe.EVALUATION_BATCH"):
        monkeypatch.setattr(f"cessl_gui.learn.{name}", 4)
    monkeypatch.setattr("cessl_gui.learn.loop.EVALUATION_BATCH", 2)


def asked_in(phase: str | None, answer: str | None) -> tuple[list[str], object]:
    """The phase of each question for a stop, which is answered from `phase` on; and the result, or Cancelled."""
    seen, asked = [], []

    def stop() -> str | None:
        asked.append(seen[-1].phase)
        return answer if phase in asked else None

    try:
        return asked, run(job(), stop=stop, report=seen.append, **SMALL)
    except Cancelled as cancelled:
        return asked, cancelled


def test_a_stop_is_asked_for_in_every_stretch(small_batches):
    asked, _ = asked_in(None, None)
    assert list(dict.fromkeys(asked)) == list(PHASES)
    assert {phase: asked.count(phase) for phase, least in PHASES.items() if asked.count(phase) < least} == {}


@pytest.mark.parametrize("phase", PHASES)
def test_cancel_is_answered_at_the_first_question(small_batches, phase):
    asked, ended = asked_in(phase, Stop.CANCEL)
    assert isinstance(ended, Cancelled)
    assert asked.count(phase) == 1


@pytest.mark.parametrize("phase", list(PHASES)[:4])
def test_keep_before_the_first_step_keeps_what_training_starts_from(small_batches, phase):
    asked, kept = asked_in(phase, Stop.KEEP)
    assert (kept.meta["stopped_early_by_person"], kept.meta["steps"]) == (True, 0)
    assert kept.meta["ranks"][:6] == [0] * 6
    assert set(kept.meta["ranks"][6:]) <= {8, 16}
    # One batch, the first validation's, no step, and the result's on the validation ECGs.
    assert asked.count("Ranking the layers") == 1 + 3 + 1 + 3
    if phase != "Ranking the layers":  # the output layer was not fitted: the statement it knows is predicted as before
        x, known = load(["r1", "r2", "r3"]), "164889003"
        old, new = Predictor(backbone()), Predictor(backbone(), kept)
        before, after = (p.predict(x)[:, p.statements.index(known)] for p in (old, new))
        assert np.allclose(before, after, atol=1e-6)
        assert asked.count("Fitting the output layer") == 1


def test_progress_has_phases_in_order_and_a_share_that_agrees_with_the_time_left():
    seen, begun = [], time.monotonic()
    run(job(), report=seen.append, steps=8, check_every=1, patience=9)
    took = time.monotonic() - begun
    training = [p for p in seen if p.phase == "Training"]
    for p in training:
        assert p.fraction == p.step / 8
        assert p.seconds_left <= took * (1 - p.fraction) / p.fraction
    assert training[-1].seconds_left == 0
    assert {p.phase for p in seen if p.fraction is not None} == {"Training", "Done"}
    assert [p.message for p in seen if p.phase == "Reading unlabelled ECGs"] == ["0 of 6"]
    assert {"Reading ECGs", "Training", "Done"} <= {p.phase for p in seen}


def test_it_can_run_in_another_thread():
    got = []
    thread = threading.Thread(target=lambda: got.append(run(job())))
    thread.start()
    thread.join(60)
    assert got


@pytest.mark.parametrize("unlabelled", [0, 1])
def test_few_unlabelled(unlabelled):
    assert run(job(unlabelled=unlabelled)).meta["n_unlabelled"] == unlabelled


def test_many_unlabelled_are_drawn_within_a_bound(monkeypatch):
    asked = []
    monkeypatch.setattr("cessl_gui.learn.trainer.UNLABELLED_MOST", 20)

    def counting(ids):
        asked.extend(i for i in ids if i.startswith("u"))
        return load(ids)

    adapt(job(unlabelled=100_000), counting, backbone(), settings=QUICK["fast"], thread_count=1)
    assert len(asked) == 20


def test_flat_and_nan_inputs():
    def bad(ids):
        x = load(ids)
        x[:, 3] = np.nan
        x[:, 5] = 0
        return x

    done = adapt(job(), bad, backbone(), settings=QUICK["fast"], thread_count=1)
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
    done = run(job(labels=labels, statements=("164889003",), unlabelled=3), steps=1)
    assert (done.meta["n_labelled"], done.meta["n_unlabelled"]) == (20, 3 + 4), "they serve as unlabelled ones"


@pytest.fixture
def memory(monkeypatch):
    """Fits that fail as `failures` says, the last of them as torch itself does; what was tried is in `tried`."""

    def start(failures: int) -> list[tuple[str, int]]:
        tried, whole = [], FitRun.fit

        def fit(self, *given):
            tried.append((self.processor.device.type, self.settings.batch))
            if len(tried) < failures:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
            if len(tried) == failures:
                torch.empty(1 << 47)
            return whole(self, *given)

        monkeypatch.setattr(FitRun, "fit", fit)
        return tried

    return start


def test_out_of_memory_halves_the_batch_once(memory):
    tried = memory(1)
    done = run(job(), batch=8)
    assert tried == [("cpu", 8), ("cpu", 4)]
    assert "halved to 4" in done.meta["why"]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "could not create a primitive",
        "std::bad_alloc",
        "MPS backend out of memory",
    ],
)
def test_other_words_for_memory_that_ran_out_are_understood(monkeypatch, words):
    whole, failures = FitRun.fit, [RuntimeError(words)]

    def fit(self, *given):
        if failures:
            raise failures.pop()
        return whole(self, *given)

    monkeypatch.setattr(FitRun, "fit", fit)
    assert "halved to 4" in run(job(), batch=8, steps=1).meta["why"]


def test_out_of_memory_twice_leaves_the_graphics_card(memory, monkeypatch):
    card, choose = device.Processor(torch.device("cuda"), False, "graphics card"), device.choose
    monkeypatch.setattr(device, "choose", lambda wanted: card if wanted == "cuda" else choose(wanted))
    tried = memory(2)
    done = run(replace(job(), device="cuda"), batch=8)
    assert tried == [("cuda", 8), ("cuda", 4), ("cpu", 4)]
    assert "halved to 4, and then the processor took over; processor, " in done.meta["why"]


def test_out_of_memory_halves_what_a_batch_really_holds(memory):
    """Of 24 ECGs 15 are learned from: batches of 64 hold 15, and of 32 too."""
    tried = memory(1)
    done = run(job(), batch=64)
    assert tried == [("cpu", 64), ("cpu", 7)]
    assert "halved to 7" in done.meta["why"]


def test_memory_that_does_not_suffice_for_a_step_of_every_layer_means_fast(monkeypatch):
    monkeypatch.setattr(CesslNet, "forward", lambda *given, **more: torch.empty(1 << 47))
    assert budget.choose_mode("auto", backbone(), device.choose("cpu"), 50) == (
        "fast",
        "fast, as training every layer would take more memory than there is",
    )
    monkeypatch.setattr(CesslNet, "forward", lambda *given, **more: torch.empty(2) @ torch.empty(3))
    with pytest.raises(RuntimeError, match="size"):
        budget.choose_mode("auto", backbone(), device.choose("cpu"), 50)


def test_too_little_memory_for_anything_is_said(memory):
    memory(2)
    with pytest.raises(MemoryShort, match="smaller backbone"):
        run(job(), batch=16)
