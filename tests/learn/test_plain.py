"""The clock that the benchmarks beat computes what we compute."""

import numpy as np
import pytest
import torch

from benchmarks.speed.plain import published_manner
from cessl_gui.learn.loop import EXACT, Data, semi_supervised_loss
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.backbone import LEADS, SAMPLES, BackboneSpec, CesslNet


def one_step(change) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of a step on made-up records, with branches that already say something."""
    generator = torch.Generator().manual_seed(0)
    spec = BackboneSpec.of_size("tinylight", ("a", "b", "c"))
    net = CesslNet(spec, [4] * spec.adaptable).start(generator)
    lora.start_branches(net, generator)
    lora.freeze_rest(net)
    for name, value in net.named_parameters():
        if name.endswith("lora_B"):
            value.data.normal_(0, 0.02, generator=generator)
    change(net)
    x, u = (torch.randn(3, LEADS, SAMPLES, generator=generator) for _ in range(2))
    y = torch.randint(0, 2, (3, 3), generator=generator).float()
    data, rows = Data(x, y, torch.ones_like(y), u, x[:0], y[:0].numpy()), torch.arange(3)
    processor = device.Processor(torch.device("cpu"), False, "")
    loss = semi_supervised_loss(net, data, rows, rows, EXACT, processor, np.random.default_rng(0), generator)
    loss.backward()
    return loss.item(), {name: p.grad for name, p in net.named_parameters() if p.grad is not None}


def test_a_plain_step_has_our_loss_and_gradients():
    (loss, ours), (plain, theirs) = one_step(lambda net: net), one_step(published_manner)
    assert loss == pytest.approx(plain, abs=1e-5)
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        largest = theirs[name].abs().max()
        # A bias before a batch norm has no gradient but rounding, hence the last term.
        assert torch.allclose(gradient, theirs[name], atol=1e-3 * float(largest) + 1e-6), name
