"""The fused convolution against torch's own layers one after the other: values, gradients, running statistics."""

import copy

import pytest
import torch

from cessl_gui.learn.network import lora
from cessl_gui.learn.network.backbone import SLOPE, BackboneSpec, CesslNet, ResidualBlock
from cessl_gui.learn.quick import conv_block


@pytest.fixture
def block():
    """The second block of a small network, its branches not zero, its statistics not those of a fresh one."""
    generator = torch.Generator().manual_seed(1)
    spec = BackboneSpec.of_size("tinylight", ("a", "b"))
    net = CesslNet(spec, [4] * spec.adaptable).start(generator)
    block = net.encoder_layers[1]
    with torch.no_grad():
        for name, p in block.named_parameters():
            if "weight" not in name:
                p.normal_(0, 0.3, generator=generator)
        for norm in (block.bn1, block.bn2):
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2, generator=generator)
    lora.freeze_rest(net)
    return block


def layer_by_layer(block: ResidualBlock, x: torch.Tensor) -> torch.Tensor:
    y = torch.nn.functional.leaky_relu(block.bn1(block.conv1(x)), SLOPE)
    y = torch.nn.functional.leaky_relu(block.bn2(block.conv2(y)), SLOPE)
    return y + block.conv3(torch.nn.functional.avg_pool1d(x, 4))


@pytest.mark.parametrize("chunk", [1, conv_block.CHUNK])
@pytest.mark.parametrize("active", [True, False])
def test_training_step(block, chunk, active, monkeypatch):
    monkeypatch.setattr(conv_block, "CHUNK", chunk)
    if not torch.backends.mkl.is_available():
        pytest.skip("this build of torch has no MKL: the layers run one after the other")
    other = copy.deepcopy(block)
    generator = torch.Generator().manual_seed(2)
    x, up = (torch.randn(3, 64, time, generator=generator) for time in (192, 48))
    found = []
    for each, forward in ((block, ResidualBlock.forward), (other, layer_by_layer)):
        for conv in (each.conv1, each.conv2, each.conv3):
            conv.active = active
        given = x.clone().requires_grad_()
        z = forward(each.train(), given)
        z.backward(up)
        found.append({"z": z, "x": given.grad, **{k: p.grad for k, p in each.named_parameters() if p.grad is not None}})
        found[-1] |= dict(each.named_buffers())
    own, theirs = found
    assert own.keys() == theirs.keys()
    for name, value in theirs.items():
        # A bias before batch norm moves nothing: its gradient is 0, theirs the rounding of sums of hundreds.
        slack = 1e-3 if name in ("conv1.conv.bias", "conv2.conv.bias") else 2e-5 * max(1, value.abs().max().item())
        assert (own[name] - value).abs().max() <= slack, name


def test_evaluation_and_what_it_keeps(block):
    x = torch.randn(2, 64, 192, generator=torch.Generator().manual_seed(3))
    block.eval()
    with torch.inference_mode():
        assert torch.allclose(block(x), layer_by_layer(block, x), atol=1e-4)
    plain = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b"))).start(torch.Generator().manual_seed(4)).eval()
    block = plain.encoder_layers[1]
    with torch.inference_mode():
        assert torch.allclose(block(x), layer_by_layer(block, x), atol=1e-4)
        with torch.no_grad():
            block.conv2.conv.weight.mul_(2)  # what was kept must not outlive a change
        assert torch.allclose(block(x), layer_by_layer(block, x), atol=1e-4)


@pytest.mark.parametrize("first", [True, False])
def test_weights_that_learn_get_the_gradients_of_the_layers(block, first):
    """Pre-training: no branch, all weights learn; the first block's input needs no gradient."""
    if not torch.backends.mkl.is_available():
        pytest.skip("this build of torch has no MKL: the layers run one after the other")
    block.requires_grad_(True)
    for conv in (block.conv1, block.conv2, block.conv3):
        conv.active = False
    other = copy.deepcopy(block)
    generator = torch.Generator().manual_seed(2)
    x, up = (torch.randn(3, 64, time, generator=generator) for time in (192, 48))
    found = []
    for each, forward in ((block, ResidualBlock.forward), (other, layer_by_layer)):
        given = x.clone().requires_grad_(not first)
        forward(each.train(), given).backward(up)
        found.append({k: p.grad for k, p in each.named_parameters() if p.grad is not None})
        found[-1] |= {} if first else {"x": given.grad}
    own, theirs = found
    assert own.keys() == theirs.keys()
    assert {"conv1.conv.weight", "conv2.conv.weight", "conv3.conv.weight", "bn1.weight", "bn2.weight"} <= own.keys()
    for name, value in theirs.items():
        slack = 1e-3 if name in ("conv1.conv.bias", "conv2.conv.bias") else 2e-5 * max(1, value.abs().max().item())
        assert (own[name] - value).abs().max() <= slack, name


def test_half_precision_and_statistics_of_several_processes_go_through_torch(block, monkeypatch):
    monkeypatch.setattr(conv_block, "conv_norm_act", lambda *a: pytest.fail("not meant for this"))
    x = torch.randn(2, 64, 192)
    with torch.autocast("cpu", torch.bfloat16):
        block(x)
    block.bn1.__class__ = type("Shared", (torch.nn.BatchNorm1d,), {})
    block(x)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float64])
def test_means_of_four_samples_are_those_of_torch_to_the_bit(kind):
    generator = torch.Generator().manual_seed(5)
    scales = 10 ** torch.empty(2, 3, 96).uniform_(-6, 6, generator=generator)
    x = (scales * torch.randn(2, 3, 96, generator=generator)).to(kind)
    wanted = torch.nn.functional.avg_pool1d(x, 4)
    found = conv_block.averaged(x, 4)
    assert found.dtype == kind
    assert torch.equal(found, wanted)
    assert torch.equal(conv_block.averaged(x.clone().requires_grad_(), 4), wanted)
