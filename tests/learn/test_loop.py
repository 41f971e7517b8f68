"""The training loop does what cessl.md says, part by part: each test fails if its part is left out."""

import threading
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks.learning.baselines import METHODS, Split, fixmatch_loss, run_method
from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Progress
from cessl_gui.learn import augment, loop
from cessl_gui.learn.fit import FitRun, Unlabelled
from cessl_gui.learn.loop import EXACT, FAST, Data, logits_of, masked_loss, semi_supervised_loss, train
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.adapted import merged_net
from cessl_gui.learn.network.backbone import SAMPLES, BackboneSpec, CesslNet
from cessl_gui.learn.quick.adamw import AdamW
from tests.learn.adapting import backbone, job, load, run

CODES = ("a", "b", "c")
CPU = device.Processor(torch.device("cpu"), False, "")
HALF = device.Processor(torch.device("cpu"), True, "")


def network(first: int = 0) -> CesslNet:
    """Ready to train, with branches that already say something; the same at each call."""
    generator = torch.Generator().manual_seed(0)
    spec = BackboneSpec.of_size("tinylight", CODES)
    net = CesslNet(spec, [0] * 3 * first + [4] * (spec.adaptable - 3 * first)).start(generator)
    lora.start_branches(net, generator)
    lora.freeze_rest(net)
    for name, value in net.named_parameters():
        if name.endswith("lora_B"):
            value.data.normal_(0, 0.05, generator=generator)
    return net


@pytest.fixture(scope="module")
def data() -> Data:
    """Six labelled ECGs, two of them to validate on, some labels not assessed, and three unlabelled."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(6, 12, SAMPLES, generator=generator)
    y = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 0]])
    assessed = torch.ones(6, 3)
    assessed[1, 1] = assessed[2, 0] = 0
    unlabelled = 3 * torch.randn(3, 12, SAMPLES, generator=generator)
    return Data(x[:4], (y * assessed)[:4], assessed[:4], unlabelled, x[4:], y[4:].numpy())


def step(data: Data, settings=EXACT, net: CesslNet | None = None, semi: int = 3, seed: int = 0):
    """The loss of one step and the network after its forward and backward pass."""
    net = net or network()
    generator = torch.Generator().manual_seed(seed)
    rows = torch.arange(4), torch.arange(semi)
    loss = semi_supervised_loss(net, data, *rows, settings, CPU, np.random.default_rng(seed), generator)
    loss.backward()
    return loss, net


def test_what_is_not_assessed_is_in_neither_loss_nor_gradient():
    generator = torch.Generator().manual_seed(0)
    logits, weight = torch.randn(5, 3, generator=generator), torch.ones(5, 3)
    weight[0, 1] = weight[3, 2] = 0
    y = torch.randint(0, 2, (5, 3), generator=generator).float()
    other = torch.where(weight == 0, 1 - y, y)
    z = logits.clone().requires_grad_()
    loss = masked_loss(z, y, weight)
    loss.backward()
    assert masked_loss(logits, other, weight) == loss
    assert torch.equal(z.grad == 0, weight == 0)
    known = weight == 1
    assert loss.item() == pytest.approx(F.binary_cross_entropy_with_logits(logits[known], y[known]).item(), abs=1e-6)
    assert masked_loss(logits, y, torch.zeros(5, 3)) == 0


def test_a_step_is_cutmix_then_weak_changes_then_one_pass_of_both_batches(data):
    """Against the same written out: labelled rows mixed, unlabelled changed, batch norm over all, loss of the first."""
    loss, net = step(data, replace(EXACT, deactivation=0.0))
    rng = np.random.default_rng(0)
    x, target, weight = augment.cutmix(data.x, data.y, data.assessed, rng)
    assert not torch.equal(x, data.x)
    other = augment.weak(data.unlabelled, rng)
    assert not torch.equal(other, data.unlabelled)
    written = network().train()
    logits = written.classifier(written.pool(written.encode(torch.cat([x, other]))[:4]))
    assert loss.item() == pytest.approx(masked_loss(logits, target, weight).item(), abs=1e-5)
    for name, value in written.named_buffers():
        assert torch.allclose(net.get_buffer(name), value, atol=1e-5), name


def test_unlabelled_ecgs_act_through_batch_norm_alone(data):
    (with_them, net), (without, alone) = step(data), step(data, semi=0)
    assert with_them != without
    name = "encoder_layers.0.bn1.running_var"
    assert not torch.allclose(net.get_buffer(name), alone.get_buffer(name), rtol=0.05)
    changed, _ = step(replace(data, y=1 - data.y))
    assert changed != with_them, "labels of the first rows make the loss"


def test_deactivated_branches_are_not_trained_in_that_step(data):
    body = [f"{name}.lora_B" for name, layer in network().named_modules() if isinstance(layer, lora.Adaptable)][:-1]
    _, net = step(data, replace(EXACT, deactivation=1.0))
    assert all(net.get_parameter(name).grad is None for name in body)
    _, net = step(data, replace(EXACT, deactivation=0.0))
    assert all(net.get_parameter(name).grad is not None for name in body)
    off = sum(
        net.get_parameter(name).grad is None
        for seed in range(6)
        for net in [step(data, replace(EXACT, deactivation=0.5), seed=seed)[1]]
        for name in body
    )
    assert 0.3 < off / (6 * len(body)) < 0.7


class Watched(AdamW):
    """Notes the rate and the decay of each step."""

    seen: ClassVar[list[tuple[float, float]]] = []

    def step(self, rate):
        self.seen.append((rate, self._decay))


def easy_loss(net, data, rows, unlabelled_rows, settings, processor, rng, generator):
    return sum(p.sum() for p in net.parameters() if p.requires_grad) * 0.0


@pytest.fixture
def scores(monkeypatch):
    """Validation scores that are handed out one after the other, the last again and again."""

    def give(*values: float) -> None:
        waiting = list(values)
        monkeypatch.setattr(loop, "score", lambda *given: (waiting.pop(0) if len(waiting) > 1 else waiting[0], 0.0))

    return give


def test_the_rate_rises_in_the_first_hundredth_then_falls_to_nothing(data, monkeypatch, scores):
    scores(0.5)
    Watched.seen = []
    monkeypatch.setattr(loop, "AdamW", Watched)
    settings = replace(EXACT, batch=2, steps=400, check_every=500, rate=1e-3, weight_decay=0.03)
    train(network(), data, settings, CPU, 0, loss_of=easy_loss)
    rates = [rate for rate, _ in Watched.seen]
    assert len(rates) == 400
    assert rates[:4] == pytest.approx([0.25e-3, 0.5e-3, 0.75e-3, 1e-3])
    assert max(rates) == pytest.approx(1e-3)
    assert rates[201] == pytest.approx(1e-3 * 199 / 396)
    assert rates[-1] == pytest.approx(1e-3 / 396)
    assert {decay for _, decay in Watched.seen} == {0.03}


def test_it_stops_after_so_many_checks_without_a_better_score(data, scores):
    scores(0.1, 0.2, 0.3, 0.25, 0.3)
    done = train(network(), data, replace(EXACT, steps=100, check_every=2, patience=4), CPU, 0, loss_of=easy_loss)
    assert done.steps == 2 * (2 + 4)
    assert done.best == 0.3
    assert not done.kept_early


def test_the_best_state_is_kept_not_the_last(data, scores):
    scores(0.1, 0.9, 0.3)
    states = []

    def note(progress: Progress) -> None:
        if progress.step:
            states.append({k: v.clone() for k, v in net.state_dict().items()})

    net = network()
    settings = replace(EXACT, batch=2, steps=3, check_every=1, deactivation=0.9)
    train(net, data, settings, CPU, 0, task=Task(note))
    assert len(states) == 3
    kept = net.state_dict()
    assert all(torch.equal(kept[k], v) for k, v in states[0].items())
    assert not all(torch.equal(kept[k], v) for k, v in states[2].items())
    assert all(layer.active for layer in lora.adaptable(net))


def test_without_a_number_of_steps_it_takes_200_epochs(data, scores):
    scores(0.5)
    settings = replace(EXACT, batch=3, check_every=10_000)
    assert train(network(), data, settings, CPU, 0, loss_of=easy_loss).steps == 200 * 2


def test_each_record_comes_once_before_any_comes_again():
    rows = loop._endless(7, 3, np.random.default_rng(0))
    drawn = torch.cat([next(rows) for _ in range(7)]).tolist()
    assert all(sorted(drawn[i : i + 7]) == list(range(7)) for i in (0, 7, 14))


def scaled_by_hand(net: CesslNet, p: float) -> CesslNet:
    """The plain network of W + (1 - p) B A; the classifier's branch is never switched off."""
    plain = CesslNet(net.spec)
    state = {k: v.clone() for k, v in net.state_dict().items() if k in plain.state_dict()}
    for layer, own in zip(lora.adaptable(net), lora.adaptable(plain), strict=True):
        name = next(k for k, v in plain.named_parameters() if v is own.frozen)
        share = 1.0 if name.startswith("classifier") else 1 - p
        state[name] = layer.frozen + share * layer.update().reshape(layer.frozen.shape)
    plain.load_state_dict(state)
    return plain.eval()


def test_validation_scores_the_network_that_will_predict(data, monkeypatch):
    net, seen = network(), []
    whole = loop.logits_of
    monkeypatch.setattr(loop, "logits_of", lambda *given: seen.append(whole(*given)) or seen[-1])
    loop.valid_logits(net, data, replace(EXACT, deactivation=0.5), CPU, Task())
    wanted = logits_of(scaled_by_hand(net, 0.5), data.valid_x, CPU)
    assert np.allclose(seen[0], wanted, atol=1e-4)
    assert not np.allclose(seen[0], logits_of(scaled_by_hand(net, 0.0), data.valid_x, CPU), atol=1e-2)


def test_an_adapter_predicts_with_its_share_of_deactivation(result):
    base = backbone()
    tensors = {k: v + 0.3 if k.endswith("lora_B") else v for k, v in result.tensors.items()}
    x = torch.from_numpy(load(["r1", "r2"]))
    found = {}
    for p in (0.0, 0.5):
        adapted = replace(result, tensors=tensors, meta={**result.meta, "deactivation": p})
        found[p] = merged_net(adapted, base)
        name = "transformer_layers.0.fc1.weight"
        a, b = (torch.from_numpy(tensors[name.replace("weight", f"lora_{part}")]) for part in "AB")
        assert torch.allclose(found[p].get_parameter(name), base.net.get_parameter(name) + (1 - p) * b @ a, atol=1e-5)
    assert not np.allclose(*(logits_of(net, x, CPU) for net in found.values()), atol=1e-2)


def fast_run(processor: device.Processor = CPU, **changes) -> tuple[FitRun, CesslNet]:
    chosen = FitRun(backbone(), ("164889003", "270492004"), replace(FAST, **changes), processor, 0, 2)
    return chosen, chosen.plain_net(torch.Generator().manual_seed(0))


def test_of_cached_features_the_unlabelled_were_changed_before(data):
    chosen, net = fast_run()
    unlabelled = Unlabelled(tuple(range(3)), lambda i: data.unlabelled[list(i)].numpy())
    found = chosen.read_unlabelled(net, unlabelled, np.random.default_rng(7))
    changed = augment.weak(data.unlabelled, np.random.default_rng(7))
    assert torch.equal(found, chosen.cache(net, changed))
    assert not torch.allclose(found, chosen.cache(net, data.unlabelled), atol=1e-3)


def test_a_cancel_does_not_wait_until_unlabelled_recordings_of_a_day_are_read():
    chosen, net = fast_run()
    read, task = threading.Event(), Task(stop_requested=lambda: Stop.CANCEL)
    with pytest.raises(Cancelled):
        chosen.read_unlabelled(net, Unlabelled(("a",), lambda ids: read.wait(10)), np.random.default_rng(0), task)
    assert not read.is_set()
    read.set()


def test_frozen_layers_are_not_counted_in_the_rank_allocation(data):
    """tinylight has 14 "layers"; of the 8 that are not frozen floor(0.6 * 8) = 4 get half the rank."""
    chosen, net = fast_run()
    features = replace(data, x=chosen.cache(net, data.x), y=data.y[:, :2], assessed=data.assessed[:, :2], first=2)
    ranks = [layer.rank for layer in lora.adaptable(chosen.with_branches(net, features, torch.Generator()))]
    assert ranks[:6] == [0] * 6
    assert sorted(ranks[6:]) == [8] * 4 + [16] * 3


def test_half_precision_is_used_where_a_place_has_it(data):
    assert torch.get_autocast_dtype("cpu") == torch.bfloat16
    with HALF.autocast():
        assert torch.is_autocast_enabled("cpu")
        assert F.linear(torch.ones(1, 2), torch.ones(3, 2)).dtype == torch.bfloat16
    with CPU.autocast():
        assert not torch.is_autocast_enabled("cpu")
    chosen, net = fast_run(HALF)
    whole, _ = fast_run()
    half, full = chosen.cache(net, data.x), whole.cache(net, data.x)
    assert (half.dtype, full.dtype) == (torch.bfloat16, torch.float32)
    assert 0 < (half.float() - full).abs().max() < 0.05 * full.abs().max()


@pytest.mark.usefixtures("two_folds")
def test_a_training_in_half_precision_agrees_with_one_in_full(monkeypatch):
    """bf16 by force: a processor that is not quick at it computes it all the same."""
    small = {"steps": 1, "check_every": 1, "batch": 4}
    monkeypatch.setattr(device, "quick_half", lambda: False)
    full = run(job(12, 2, mode="exact"), **small)
    monkeypatch.setattr(device, "quick_half", lambda: True)
    half = run(job(12, 2, mode="exact"), **small)
    assert "bf16, which" in half.meta["computed"]
    assert "bf16, which" not in full.meta["computed"]
    assert {v.dtype for v in half.tensors.values()} == {np.dtype(np.float32)}
    assert [name for name, v in half.tensors.items() if not np.isfinite(v).all()] == []
    assert 0 < abs(half.meta["curve"][1]["loss"] / full.meta["curve"][1]["loss"] - 1) < 0.02
    held = half.meta["holdout"]
    assert held.keys() == full.meta["holdout"].keys()
    for record, answers in held.items():
        for code, (_, _, after) in answers.items():
            assert after == pytest.approx(full.meta["holdout"][record][code][2], abs=0.1), (record, code)


def test_half_precision_is_left_where_it_gives_other_results(data, monkeypatch):
    net = backbone().net
    assert device.checked(HALF, net, data.x) is HALF
    assert device.checked(CPU, net, data.x) is CPU
    monkeypatch.setattr(device, "AGREE", 1e-9)
    other = device.checked(HALF, net, data.x)
    assert not other.half
    assert "fp32: probabilities would change by" in other.reason
    assert other.autocast().__class__ is CPU.autocast().__class__


def test_fixmatch_learns_from_sure_pseudo_labels_alone(data):
    def loss(shift: float) -> tuple[float, float]:
        net = network()
        with torch.no_grad():
            net.classifier[1].weight.mul_(1e-3)
            net.classifier[1].bias.fill_(shift)
        rows = torch.arange(4), torch.arange(3)
        settings, generator = replace(EXACT, deactivation=0.0), torch.Generator().manual_seed(0)
        ours = fixmatch_loss(net, data, *rows, settings, CPU, np.random.default_rng(0), generator)
        supervised = semi_supervised_loss(
            network_like(net), data, rows[0], rows[1][:0], settings, CPU, np.random.default_rng(0), generator
        )
        return ours.item(), supervised.item()

    unsure, supervised = loss(0.0)
    assert unsure == pytest.approx(supervised, abs=1e-5)
    sure, supervised = loss(4.0)  # a probability of 0.982: taken for present, at a loss of 0.018 each
    assert sure == pytest.approx(supervised + 0.018, abs=2e-3)


@pytest.mark.parametrize("name", ["CE-SSL fast", "full fine-tuning"])
def test_the_methods_that_are_compared_run(data, name):
    x, y = data.x.repeat(3, 1, 1).numpy(), data.y.repeat(3, 1)[:, :2].numpy()
    part = np.arange(12) % 3
    split = Split(x, y, part == 0, part == 1, part == 2, data.unlabelled.numpy())
    codes = ("164889003", "270492004")
    at_valid, at_test = run_method(METHODS[name], backbone(), codes, split, 0, CPU, steps=1, batch=2, check_every=1)
    assert at_valid.shape == at_test.shape == (4, 2)
    assert ((at_test > 0) & (at_test < 1)).all()


def network_like(net: CesslNet) -> CesslNet:
    other = network()
    other.load_state_dict(net.state_dict())
    return other
