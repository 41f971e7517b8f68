"""Causal attention: each step sees itself and what came before. On a processor the quickest way for narrow heads.

torch's fused kernels are made for long sequences and wide heads; ours are 96 steps and 4 to 48 numbers a head.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

NARROW = 8  # numbers a head up to which `_Narrow` is quicker than the fused kernel in fp32
RECORDS = 4  # at once: their scores, 2.4 MB, stay in the processor's cache


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(size)) v without a look ahead: (n, heads, time, size) each -> (n, time, heads * size)"""
    n, heads, time, size = q.shape
    if q.device.type == "cpu" and q.dtype != torch.float32:
        # torch 2.13's fused kernel takes 5 times as long in bf16 (heads of 8: 57 ms against 10, 32 ECGs, 2 cores).
        y = (_shares(*(t.reshape(n * heads, time, size) for t in (q, k))) @ v.reshape(n * heads, time, size)).view_as(q)
    elif q.device.type == "cpu" and size <= NARROW:
        return _Narrow.apply(q, k, v)
    else:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return y.transpose(1, 2).reshape(n, time, heads * size)


class _Narrow(torch.autograd.Function):
    """A few records at a time. Of two products that are each other's transpose the one with more columns is taken.

    The scores are not kept for the backward pass, which makes them again.
    """

    @staticmethod
    def forward(ctx, q, k, v):
        n, heads, time, size = q.shape
        out = q.new_empty(n, time, heads, size)
        for a, b, c, part in _parts(q, k, v, out):
            _put(torch.bmm(_heads(c).mT, _shares(_heads(a), _heads(b)).mT), part)
        ctx.save_for_backward(q, k, v)
        return out.flatten(2)

    @staticmethod
    def backward(ctx, dout):
        q, k, v = ctx.saved_tensors
        n, heads, time, size = q.shape
        gradient = q.new_empty(n, time, 3, heads, size)  # side by side, as `attend` was given them
        upper = dout.reshape(n, time, heads, size).transpose(1, 2)
        for a, b, c, d, part in _parts(q, k, v, upper, gradient):
            a, b, c, d = (_heads(t) for t in (a, b, c, d))
            share = _shares(a, b)
            dscore = torch.ops.aten._softmax_backward_data(torch.bmm(d, c.mT), share, -1, share.dtype)
            dscore *= 1 / math.sqrt(size)
            _put(torch.bmm(b.mT, dscore.mT), part[:, :, 0])
            _put(torch.bmm(a.mT, dscore), part[:, :, 1])
            _put(torch.bmm(d.mT, share), part[:, :, 2])
        return tuple(gradient.permute(2, 0, 3, 1, 4))


def _parts(*tensors: Tensor):
    return zip(*(t.split(RECORDS) for t in tensors), strict=True)


def _shares(q: Tensor, k: Tensor) -> Tensor:
    """(m, time, size) each -> (m, time, time): how much each step takes of each; rows add up to 1"""
    future = _future(q.shape[1], q.dtype)
    return torch.baddbmm(future, q, k.mT, alpha=1 / math.sqrt(q.shape[2])).softmax(-1)


def _heads(x: Tensor) -> Tensor:
    """(n, heads, time, size) -> (n * heads, time, size)"""
    return x.flatten(0, 1).contiguous()


def _put(x: Tensor, where: Tensor) -> None:
    """(n * heads, size, time) into (n, time, heads, size)"""
    n, time, heads, size = where.shape
    where.copy_(x.view(n, heads, size, time).permute(0, 3, 1, 2))


@cache
def _future(time: int, kind: torch.dtype) -> Tensor:
    """(time, time): minus infinity where a step would see what comes after it."""
    with torch.inference_mode(False):
        return torch.full((time, time), float("-inf"), dtype=kind).triu(1)
