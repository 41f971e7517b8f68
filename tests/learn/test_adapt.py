"""Fine-tuning as the program calls it, on small made-up signals and an untrained tinylight."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from cessl_gui.core.errors import Cancelled, MemoryShort, ModelMismatch, TooFewLabels
from cessl_gui.core.types import TrainingJob
from cessl_gui.learn import adapted as files
from cessl_gui.learn import device, trainer
from cessl_gui.learn.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.fit import Run
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import EXACT, FAST
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.probe import fit_head
from cessl_gui.learn.readiness import why_not_trainable
from cessl_gui.learn.trainer import adapt, labelled_of

QUICK = {"fast": replace(FAST, steps=8, check_every=4), "exact": replace(EXACT, batch=8, steps=4, check_every=2)}


def backbone(statements=("164889003", "426177001")) -> Backbone:
    net = CesslNet(BackboneSpec.of_size("tinylight", statements)).start(torch.Generator().manual_seed(0))
    return Backbone(net.eval(), "untrained", "hash of untrained", {statements[0]: 0.4}, {statements[0]: (1.5, 0.2)})


def signal(name: str) -> np.ndarray:
    """A made-up input; records whose number is odd carry a 5 Hz wave."""
    number = int(name[1:])
    rng = np.random.default_rng(number)
    x = rng.standard_normal((12, 6144), dtype=np.float32)
    if number % 2:
        x += 3 * np.sin(np.arange(6144) / 500 * 2 * np.pi * 5).astype(np.float32)
    return x


def load(ids):
    return np.stack([signal(i) for i in ids])


def job(n=24, unlabelled=6, mode="fast", labels=None, statements=("164889003", "270492004"), seed=0) -> TrainingJob:
    ids = [f"r{i}" for i in range(n)]
    if labels is None:
        states = ("absent", "present")
        labels = {r: {"164889003": states[i % 2], "270492004": states[i % 3 == 0]} for i, r in enumerate(ids)}
    patients = {r: f"p{int(r[1:]) // 2 if int(r[1:]) < 4 else r}" for r in labels}
    others = tuple(f"u{i}" for i in range(1000, 1000 + unlabelled))
    return TrainingJob("train-1", "untrained", statements, labels, patients, others, seed, mode, "cpu")


def run(job, mode="fast", stop=lambda: None, report=lambda p: None, **changes):
    return adapt(job, load, backbone(), report, stop, replace(QUICK[mode], **changes), thread_count=1)


@pytest.fixture(scope="module")
def result():
    return run(job())


def test_result_says_what_was_done(result):
    meta = result.meta
    assert result.statements == ("164889003", "270492004")
    assert meta["mode"] == "fast"
    assert meta["ranks"][:6] == [0] * 6
    assert set(meta["ranks"][6:]) <= {8, 16}
    assert set(meta["thresholds"]) == set(result.statements)
    measured = meta["metrics"]
    assert measured["n"] == len(meta["holdout"]) > 0
    assert measured["unknown_before"] == ["270492004"]
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
        assert out.any() and not {p for p, held in zip(patients, out, strict=True) if held} & set(some)
    assert not held_out(y, patients, 0.2, 0, never=patients).any()
    for taught, allowed in (
        (set(first.patients.values()) - {first.patients[r] for r in held}, set(held)),
        (first.patients.values(), set(first.labels)),  # nobody else is at hand
    ):
        again = run(replace(first, taught=tuple(taught), seed=1))
        assert again.meta["holdout"] and set(again.meta["holdout"]) <= allowed


def test_files_come_back_the_same_and_predict_the_same(result, tmp_path):
    for name, content in files.to_files(result).items():
        (tmp_path / name).write_bytes(content)
    again = files.from_files(tmp_path)
    assert {k: v.tolist() for k, v in again.tensors.items()} == {k: v.tolist() for k, v in result.tensors.items()}
    x = load(["r1", "r2"])
    first, second = Predictor(backbone(), result), Predictor(backbone(), again)
    assert first.statements == ("164889003", "270492004", "426177001")
    assert np.array_equal(first.predict(x), second.predict(x))
    held = next(iter(result.meta["holdout"]))
    p = first.predict(load([held]))[0]
    assert result.meta["holdout"][held]["164889003"][2] == pytest.approx(p[0], abs=2e-2)
    content = bytearray((tmp_path / files.TENSORS).read_bytes())
    content[-1] ^= 1
    (tmp_path / files.TENSORS).write_bytes(content)
    with pytest.raises(ModelMismatch):
        files.from_files(tmp_path)


def test_an_adapter_refuses_another_backbone(result):
    other = Backbone(backbone().net, "untrained", "another hash")
    with pytest.raises(ModelMismatch, match="another version"):
        Predictor(other, result)


def test_a_statement_only_the_backbone_knows_is_predicted_unchanged(result):
    x = load(["r1", "r2", "r3"])
    plain, new = Predictor(backbone()), Predictor(backbone(), result)
    at = {code: i for i, code in enumerate(plain.statements)}
    assert np.allclose(new.predict(x)[:, 2], plain.predict(x)[:, at["426177001"]], atol=1e-6)


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
    monkeypatch.setattr(trainer, "choose_mode", lambda *given: ("exact", "a quick device"))
    monkeypatch.setattr(trainer, "EXACT", QUICK["exact"])
    monkeypatch.setattr(trainer, "ALL_LAYERS", replace(QUICK["exact"], known_head=True, probe=True))
    settings = adapt(job(mode=asked), load, backbone(), lambda p: None, lambda: None).meta["settings"]
    assert (settings["known_head"], settings["probe"]) == (ours, ours)


def test_frozen_blocks_stay_and_only_trained_parts_change(result):
    before, after = backbone().net.state_dict(), result.tensors
    assert all(np.array_equal(before[k].numpy(), v) for k, v in after.items() if k.startswith("encoder_layers.0."))
    assert not any(k.endswith("weight") for k in after if not k.startswith("classifier.1."))


def test_cancel_answers_within_one_step_and_keep_keeps():
    seen = []

    def stop_at(answer):
        return lambda: answer if any(p.step >= 2 for p in seen) else None

    with pytest.raises(Cancelled):
        run(job(), stop=stop_at("cancel"), report=seen.append, check_every=1, steps=50)
    assert max(p.step for p in seen) == 2
    seen.clear()
    kept = run(job(), stop=stop_at("keep"), report=seen.append, check_every=1, steps=50)
    assert kept.meta["stopped_early_by_person"]
    assert kept.meta["steps"] == 2


def test_cancel_while_reading():
    with pytest.raises(Cancelled):
        run(job(), stop=lambda: "cancel")


PHASES = {  # and how often at least a stop is asked for in each, of batches as `small_batches` makes them
    "Reading ECGs": 5 + 5,  # 20 read, and through the frozen blocks
    "Reading unlabelled ECGs": 2,
    "Fitting the output layer": 4 + 5,  # 15 ECGs, then folds
    "Ranking the layers": 4 + 3 + 1,  # 15 ECGs; the first validation's 5; the first step
    "Training": 1 + 3 + 3,  # the second step, its validation, the last one
    "Comparing with the held-out patients": 1 + 2 + 2,  # read the 4, predict with two models, two statements
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
    asked, ended = asked_in(phase, "cancel")
    assert isinstance(ended, Cancelled)
    assert asked.count(phase) == 1


@pytest.mark.parametrize("phase", list(PHASES)[:4])
def test_keep_before_the_first_step_keeps_what_training_starts_from(small_batches, phase):
    asked, kept = asked_in(phase, "keep")
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


def test_progress_has_phases_in_order():
    seen = []
    run(job(), report=seen.append)
    fractions = [p.fraction for p in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {"Reading ECGs", "Training", "Done"} <= {p.phase for p in seen}
    assert all(p.job_id == "train-1" for p in seen)


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

    adapt(job(unlabelled=100_000), counting, backbone(), lambda p: None, lambda: None, QUICK["fast"], thread_count=1)
    assert len(asked) == 20


def test_flat_and_nan_inputs():
    def bad(ids):
        x = load(ids)
        x[:, 3] = np.nan
        x[:, 5] = 0
        return x

    done = adapt(job(), bad, backbone(), lambda p: None, lambda: None, QUICK["fast"], thread_count=1)
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


@pytest.fixture
def memory(monkeypatch):
    """Fits that fail as `failures` says, the last of them as torch itself does; what was tried is in `tried`."""

    def start(failures: int) -> list[tuple[str, int]]:
        tried, whole = [], Run.fit

        def fit(self, *given):
            tried.append((self.place.device.type, self.settings.batch))
            if len(tried) < failures:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
            if len(tried) == failures:
                torch.empty(1 << 47)
            return whole(self, *given)

        monkeypatch.setattr(Run, "fit", fit)
        return tried

    return start


def test_out_of_memory_halves_the_batch_once(memory):
    tried = memory(1)
    done = run(job(), batch=8)
    assert tried == [("cpu", 8), ("cpu", 4)]
    assert "halved to 4" in done.meta["why"]


def test_out_of_memory_twice_leaves_the_graphics_card(memory, monkeypatch):
    card, choose = device.Place(torch.device("cuda"), False, "graphics card"), device.choose
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
    assert trainer.choose_mode("auto", backbone(), device.choose("cpu"), 50) == (
        "fast",
        "fast, as training every layer would take more memory than there is",
    )
    monkeypatch.setattr(CesslNet, "forward", lambda *given, **more: torch.empty(2) @ torch.empty(3))
    with pytest.raises(RuntimeError, match="size"):
        trainer.choose_mode("auto", backbone(), device.choose("cpu"), 50)


def test_too_little_memory_for_anything_is_said(memory):
    memory(2)
    with pytest.raises(MemoryShort, match="smaller backbone"):
        run(job(), batch=16)


def test_readiness_sentences():
    assert "Label some ECGs first" in why_not_trainable({}, {})
    few = {"a": {"x": "present"}, "b": {"x": "absent"}}
    assert why_not_trainable(few, {}) == (
        "Mark one statement present in 2 more and absent in 2 more (of different patients) to train."
    )
    enough = {f"{s}{i}": {"x": s} for s in ("present", "absent") for i in range(3)}
    assert why_not_trainable(enough, {}) is None
    assert why_not_trainable(enough, dict.fromkeys(enough, "same")) is not None


def test_per_lead_is_leaving_out_and_alone(result):
    predictor = Predictor(backbone(), result)
    one = signal("r3")
    full, without, alone = predictor.per_lead(one)
    only_second, no_second = np.zeros_like(one), one.copy()
    only_second[1], no_second[1] = one[1], 0
    assert np.allclose(full, predictor.predict(one[None])[0], atol=1e-2)
    assert np.allclose(alone[1], predictor.predict(only_second[None])[0], atol=1e-2)
    assert np.allclose(without[1], predictor.predict(no_second[None])[0], atol=1e-2)
    assert predictor.predict(np.zeros((0, 12, 6144), np.float32)).shape == (0, 3)


def test_per_window_is_the_whole_network_on_the_masked_signal(result):
    """Computing anew only what a window reaches gives what computing everything gives; with frozen blocks shared."""
    predictor = Predictor(backbone(), result)
    one = signal("r3")
    for lead, start, stop in [(0, 0, 40), (11, 2900, 3156), (5, 5900, 6144)]:
        full, masked = predictor.per_window(one, np.array([start, stop]))
        assert masked.shape == (12, 1, 3)
        bridged = one.copy()
        ends = [max(0, start - 1), min(6143, stop)]
        bridged[lead, start:stop] = np.interp(np.arange(start, stop), ends, one[lead, ends])
        whole, expected = predictor.predict(np.stack([one, bridged]))
        assert np.allclose(full, whole, atol=1e-5)
        assert np.allclose(masked[lead, 0], expected, atol=2e-3 if predictor.place.half else 1e-5)
        assert np.abs(expected - whole).max() > 1e-5


def test_per_window_is_cancelled_between_two_windows(result):
    asked = []

    def stop():
        asked.append(1)
        return "cancel" if len(asked) == 2 else None

    with pytest.raises(Cancelled):
        Predictor(backbone(), result).per_window(signal("r3"), np.arange(0, 1024, 256), stop)
    assert len(asked) == 2


def test_the_output_layer_is_fitted_only_where_that_cross_validates_better():
    """Labels that the output layer itself gives: nothing to learn. Their opposites: much."""
    net = backbone().net
    x = torch.randn(30, 12, 6144, generator=torch.Generator().manual_seed(0))
    place = device.choose("cpu")
    with torch.no_grad():
        features = net.classifier[0](net.pool(net.encode(x)))
        net.classifier[1].weight.mul_(4 / (features @ net.classifier[1].weight.T).std())  # sure of what it says
        net.classifier[1].bias.copy_(-(features @ net.classifier[1].weight.T).mean(0))
        known = (net.classifier[1](features) > 0).float()
    before = net.classifier[1].weight.detach().clone()
    fit_head(net, x, known, torch.ones_like(known), place)
    assert torch.equal(net.classifier[1].weight, before)
    fit_head(net, x, 1 - known, torch.ones_like(known), place)
    assert not torch.equal(net.classifier[1].weight, before)


class Features(torch.nn.Module):
    """Takes its inputs for the features: an output layer that says 0.3 of everything."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classifier = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(width, 1))
        torch.nn.init.zeros_(self.classifier[1].weight)
        torch.nn.init.constant_(self.classifier[1].bias, -0.85)

    def encode(self, x: torch.Tensor, first: int) -> torch.Tensor:
        return x

    def pool(self, x: torch.Tensor) -> torch.Tensor:
        return x


def chance(seed: int, patients: int, each: int = 1) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Features (n, 128), labels (n, 1) and patients, in mixed order; labels that features do not tell."""
    generator = torch.Generator().manual_seed(seed)
    features, labels = torch.randn(patients, 128, generator=generator), torch.rand(patients, 1, generator=generator)
    number = torch.arange(patients).repeat_interleave(each)[torch.randperm(patients * each, generator=generator)]
    x = features[number] + 0.3 * torch.randn(len(number), 128, generator=generator)
    return x, (labels[number] < 0.3).float(), np.array([f"p{i}" for i in number.tolist()], object)


def fitted(x, y, patients, stop=lambda: None) -> bool:
    """Whether the output layer was replaced."""
    net = Features(x.shape[1])
    fit_head(net, x, y, torch.ones_like(y), device.choose("cpu"), 0, patients, stop)
    return bool(net.classifier[1].weight.any())


def test_the_output_layer_is_judged_on_patients_that_it_was_not_fitted_on():
    """Two ECGs of a patient in different folds let by-heart pass for learning."""
    trials = [chance(seed, 20, 2) for seed in range(10)]
    assert sum(fitted(x, y, None) for x, y, _ in trials) >= 8
    assert sum(fitted(*trial) for trial in trials) <= 2


@pytest.mark.parametrize(("patients", "each"), [(4, 1), (4, 5), (0, 1)])
def test_the_output_layer_stays_where_patients_are_too_few_to_judge(patients, each):
    x, _, names = chance(0, patients, each)
    y = (x[:, :1] > 0).float()  # much to learn
    assert not fitted(x, y, names)
