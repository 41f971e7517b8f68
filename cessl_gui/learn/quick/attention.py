"""Causal attention: each step sees itself and what came before. On a processor the quickest way for narrow heads.

torch's fused kernels are made for long sequences and wide heads; ours are 96 steps and 4 to 48 numbers a head.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

NARROW = 8  # numbers a head up to which `_Narrow` is quicker than the fused kernel in fp32
RECORDS, BLOCK = 8, 32  # and steps at once: their scores, 1.6 MB at most, stay in the processor's cache


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(size)) v without a look ahead: (n, heads, time, size) each -> (n, time, heads * size)"""
    n, heads, time, size = q.shape
    if q.device.type == "cpu" and q.dtype != torch.float32:
        # torch 2.13's fused kernel takes 5 times as long in bf16 (heads of 8: 57 ms against 10, 32 ECGs, 2 cores).
        a, b, c = (t.reshape(n * heads, time, size) for t in (q, k, v))
        steps = [_shares(a[:, first:last], b[:, :last]) @ c[:, :last] for first, last in _blocks(time)]
        y = torch.cat(steps, 1).view_as(q)
    elif q.device.type == "cpu" and size <= NARROW:
        return _Narrow.apply(q, k, v)
    else:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return y.transpose(1, 2).reshape(n, time, heads * size)


class _Narrow(torch.autograd.Function):
    """A few records and steps at a time: for the steps of a block only what came before its end is computed.

    Of two products that are each other's transpose the one with more columns is taken. The scores are not kept for the
    backward pass, which makes them again.
    """

    @staticmethod
    def forward(ctx, q, k, v):
        n, heads, time, size = q.shape
        out = q.new_empty(n, time, heads, size)
        for a, b, c, part in _parts(q, k, v, out):
            a, b, c = (_heads(t) for t in (a, b, c))
            y = a.new_empty(len(a), size, time)
            for first, last in _blocks(time):
                share = _shares(a[:, first:last], b[:, :last])
                y[:, :, first:last] = torch.bmm(c[:, :last].mT, share.mT)
            _put(y, part)
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
            dq, dk, dv = a.new_zeros(3, len(a), size, time)
            for first, last in _blocks(time):
                now, past = slice(first, last), slice(last)
                share = _shares(a[:, now], b[:, past])
                dscore = torch.bmm(d[:, now], c[:, past].mT)
                dscore = torch.ops.aten._softmax_backward_data(dscore, share, -1, share.dtype)
                dscore *= 1 / math.sqrt(size)
                dq[:, :, now] = torch.bmm(b[:, past].mT, dscore.mT)
                dk[:, :, past] += torch.bmm(a[:, now].mT, dscore)
                dv[:, :, past] += torch.bmm(d[:, now].mT, share)
            for place, x in enumerate((dq, dk, dv)):
                _put(x, part[:, :, place])
        return tuple(gradient.permute(2, 0, 3, 1, 4))


def _parts(*tensors: Tensor):
    return zip(*(t.split(RECORDS) for t in tensors), strict=True)


def _blocks(time: int) -> Iterator[tuple[int, int]]:
    """First and last step, the latter excluded, of each block."""
    return ((first, min(first + BLOCK, time)) for first in range(0, time, BLOCK))


def _shares(q: Tensor, k: Tensor) -> Tensor:
    """How much the last steps take of each: (m, steps, size), (m, time, size) -> (m, steps, time); rows add up to 1"""
    future = _future(k.shape[1], q.dtype)[-q.shape[1] :]
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
