"""Our AdamW is torch's."""

import pytest
import torch

from cessl_gui.learn.quick.adamw import AdamW

DECAY, STEPS = 0.03, 7


def parameters() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(size, generator=generator)) for size in ((5, 7), (3,), (4, 2))]


@pytest.fixture(scope="module")
def both() -> tuple[list, list]:
    """Parameters after some steps of each; the second one has no gradient in every other step."""
    ours, theirs = parameters(), parameters()
    own, other = AdamW(ours, DECAY), torch.optim.AdamW(theirs, 1e-3, weight_decay=DECAY)
    generator = torch.Generator().manual_seed(1)
    for step in range(STEPS):
        own.forget_gradients()
        other.zero_grad(set_to_none=True)
        for place, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if place != 1 or step % 2:
                a.grad = torch.randn(a.shape, generator=generator)
                b.grad = a.grad.clone()
        rate = other.param_groups[0]["lr"] = 1e-3 * (step + 1)
        own.step(rate)
        other.step()
    return ours, theirs


@pytest.mark.parametrize("place", range(3))
def test_it_moves_each_parameter_as_torchs_own_to_the_bit(both, place):
    ours, theirs = both
    assert torch.equal(ours[place], theirs[place])


def test_a_parameter_without_a_gradient_stays():
    (one, *_) = parameters()
    before = one.detach().clone()
    AdamW([one], DECAY).step(1e-3)
    assert torch.equal(one, before)
