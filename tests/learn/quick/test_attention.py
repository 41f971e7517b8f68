"""Attention for narrow heads gives what torch's own gives, forwards and backwards."""

import pytest
import torch
import torch.nn.functional as F

from cessl_gui.learn.quick import attention


def projected(n: int, size: int) -> torch.Tensor:
    return torch.randn(n, 96, 3 * 16 * size, generator=torch.Generator().manual_seed(size)).requires_grad_()


def parts(qkv: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return qkv.view(len(qkv), 96, 3, 16, -1).permute(2, 0, 3, 1, 4)


@pytest.mark.parametrize("n", [1, attention.RECORDS, attention.RECORDS + 3])
@pytest.mark.parametrize("size", [4, attention.NARROW, 16])
def test_values_and_gradients_are_those_of_torch(n, size):
    ours, theirs = projected(n, size), projected(n, size)
    found = attention.attend(*parts(ours))
    wanted = F.scaled_dot_product_attention(*parts(theirs), is_causal=True).transpose(1, 2).flatten(2)
    upper = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1))
    found.backward(upper)
    wanted.backward(upper)
    assert torch.allclose(found, wanted, atol=1e-5)
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


@pytest.mark.parametrize("time", [1, attention.BLOCK, attention.BLOCK + 5])
def test_any_number_of_steps_is_cut_into_blocks(time):
    ours, theirs = (projected(2, attention.NARROW).detach()[:, :time].requires_grad_() for _ in range(2))
    found, wanted = (
        attend(*one.view(2, time, 3, 16, -1).permute(2, 0, 3, 1, 4))
        for attend, one in ((attention.attend, ours), (plainly, theirs))
    )
    found.square().sum().backward()
    wanted.square().sum().backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


def plainly(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)


def test_no_step_sees_what_comes_after_it():
    one, other = projected(2, attention.NARROW).detach(), projected(2, attention.NARROW).detach()
    other[:, 50:] += 1
    one, other = attention.attend(*parts(one)), attention.attend(*parts(other))
    assert torch.equal(one[:, :50], other[:, :50])
    assert not torch.allclose(one[:, 50:], other[:, 50:])


@pytest.mark.parametrize("time", [1, attention.BLOCK + 5, 96])
def test_half_precision_is_near_and_cut_into_blocks(time, monkeypatch):
    qkv = projected(2, attention.NARROW).detach()[:, :time].view(2, time, 3, 16, -1).permute(2, 0, 3, 1, 4)
    half = attention.attend(*qkv.bfloat16())
    assert torch.allclose(half.float(), attention.attend(*qkv), atol=0.05)
    monkeypatch.setattr(attention, "BLOCK", time)
    assert torch.allclose(half.float(), attention.attend(*qkv.bfloat16()).float(), atol=0.02)
