"""Convolution, batch norm and leaky ReLU in one step on a processor: the encoder spends most of its time there.

The same result and the same gradients as the layers one after the other, chunk by chunk, so that what one step writes
is still in the processor's cache when the next one reads it. `convolve` multiplies.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cessl_gui.learn.network.lora import Conv
from cessl_gui.learn.quick import between, convolve

CHUNK = 1 << 20  # numbers of the larger of input and output that go through at once: 4 MB


def fits(conv: Conv, norm: nn.BatchNorm1d, x: Tensor) -> bool:
    """Whether `conv_norm_act` can stand for the layers: fp32 on x86, statistics of this process's batch alone."""
    if x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled("cpu"):
        return False
    if not torch.backends.mkl.is_available() or x.shape[1] % (conv.stride * convolve.STEP):
        return False
    if type(norm) is not nn.BatchNorm1d:
        return False
    return norm.training if torch.is_grad_enabled() else not norm.training


def conv_norm_act(conv: Conv, norm: nn.BatchNorm1d, x: Tensor, slope: float) -> Tensor:
    """leaky_relu(norm(conv(x))): (n, time, in) -> (n, time, out)"""
    return _normed(conv, norm, x, slope)[0]


def conv_norm_act_pooled(conv: Conv, norm: nn.BatchNorm1d, x: Tensor, slope: float) -> tuple[Tensor, Tensor]:
    """leaky_relu(norm(conv(x))), and x averaged over the convolution's stride: (n, time / stride, out), and in

    Together, so that one gradient of x is made and none is added to another of its size.
    """
    found, pooled = _normed(conv, norm, x, slope)
    assert pooled is not None, "a convolution without a stride averages nothing"
    return found, pooled


def plus(y: Tensor, conv: Conv, x: Tensor) -> Tensor:
    """y + conv(x) in the place of y, for a convolution of width 1: (n, time, out), and (n, time, in)"""
    a, b = (conv.lora_A, conv.lora_B) if conv.on else (None, None)
    return _Plus.apply(y, x, conv.conv.weight.flatten(1), conv.conv.bias, a, b)


def _normed(conv: Conv, norm: nn.BatchNorm1d, x: Tensor, slope: float) -> tuple[Tensor, Tensor | None]:
    x = x.contiguous()
    if not norm.training:
        return _evaluated(conv, norm, x, slope), _pooled(x, conv.stride)
    a, b = conv.kernels
    weight = conv.conv.weight.squeeze(2)
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    return _Normed.apply(x, weight, conv.conv.bias, a, b, norm.weight, norm.bias, norm, conv.stride, slope)


def averaged(x: Tensor, stride: int) -> Tensor:
    """F.avg_pool1d(x, stride), to the bit, for a stride of 4; where no gradient is asked for in a third of its time.

    x : (n, channels, time)
    """
    if x.requires_grad or x.device.type != "cpu":
        return F.avg_pool1d(x, stride)
    kind = torch.promote_types(x.dtype, torch.float32)
    first, *others = x.to(kind).unflatten(2, (-1, stride)).unbind(3)
    total = first.clone()
    for other in others:
        total += other
    return total.div_(stride).to(x.dtype)


def _pooled(x: Tensor, stride: int) -> Tensor | None:
    return x.unflatten(1, (-1, stride)).mean(2) if stride > 1 else None


class _Plus(torch.autograd.Function):
    """x : (n, time, in); weight: (out, in)"""

    @staticmethod
    def forward(ctx, y, x, weight, bias, a, b):
        whole = weight if a is None else weight + b @ a
        for part, inputs in _chunks(y, x):
            # Adding the bias by itself: addmm would spread it over a matrix first.
            part.flatten(0, 1).addmm_(inputs.flatten(0, 1), whole.T).add_(bias)
        ctx.mark_dirty(y)
        ctx.save_for_backward(x, weight, a, b)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight, a, b = ctx.saved_tensors
        dx = torch.empty_like(x) if ctx.needs_input_grad[1] else None
        dbias = dy.new_zeros(dy.shape[2])
        dweight = torch.zeros_like(weight) if ctx.needs_input_grad[2] else None
        da, db = (None, None) if a is None else (torch.zeros_like(a), torch.zeros_like(b))
        for upper, inputs, out in _chunks(dy, x, x if dx is None else dx):
            upper, inputs = upper.flatten(0, 1), inputs.flatten(0, 1)
            dbias += upper.sum(0)
            if dweight is not None:
                dweight.addmm_(upper.T, inputs)
            if da is not None and db is not None:
                inner = upper @ b
                da.addmm_(inner.T, inputs)
                db.addmm_(upper.T, inputs @ a.T)
            if dx is not None:
                torch.mm(upper, weight, out=out.flatten(0, 1))
                if da is not None:
                    out.flatten(0, 1).addmm_(inner, a)
        return dy, dx, dweight, dbias, da, db


class _Normed(torch.autograd.Function):
    """In training; gamma and beta: the norm's weight and bias. Also gives x averaged over the stride."""

    @staticmethod
    def forward(ctx, x, weight, bias, a, b, gamma, beta, norm, stride, slope):
        weight = weight if a is None else weight + (b @ a.flatten(1)).view_as(weight)
        ready, count = convolve.prepared(weight, stride), len(x) * (x.shape[1] // stride)
        y = x.new_empty(len(x), x.shape[1] // stride, len(weight))
        total = x.new_zeros(2, len(weight), dtype=torch.float64)
        for part, out in _chunks(x, y):
            convolve.forward(part, ready, stride, out)
            total += torch.stack([out.sum((0, 1)), out.square().sum((0, 1))])
        mean = total[0] / count
        variance = (total[1] / count - mean.square()).clamp(min=0)
        # The bias shifts the mean alone, which the norm takes away again.
        norm.running_mean.lerp_(mean.float() + bias, norm.momentum)
        norm.running_var.lerp_((variance * (count / max(count - 1, 1))).float(), norm.momentum)
        inverse = (variance + norm.eps).rsqrt()
        scale = (gamma * inverse).float()
        shift = (beta - gamma * inverse * mean).float()
        z = torch.empty_like(y)
        for part, out in _chunks(y, z):
            F.leaky_relu_(torch.addcmul(shift, part, scale, out=out), slope)
        ctx.save_for_backward(x, y, weight, a, b, scale, shift, mean, inverse)
        ctx.stride, ctx.slope = stride, slope
        ctx.set_materialize_grads(False)
        pooled = _pooled(x, stride)
        if pooled is not None and not ctx.needs_input_grad[0]:
            ctx.mark_non_differentiable(pooled)
        return z, pooled

    @staticmethod
    def backward(ctx, dz, dpooled):
        x, y, weight, a, b, scale, shift, mean, inverse = ctx.saved_tensors
        count = y.shape[0] * y.shape[1]

        def before_activation(part: Tensor, upper: Tensor) -> Tensor:
            return torch.ops.aten.leaky_relu_backward(upper, torch.addcmul(shift, part, scale), ctx.slope, False)

        total = y.new_zeros(2, y.shape[2], dtype=torch.float64)
        for part, upper in _chunks(y, dz):
            dn = before_activation(part, upper)
            total += torch.stack([dn.sum((0, 1)), dn.mul_(part).sum((0, 1))])
        dbeta = total[0]
        dgamma = (total[1] - mean * dbeta) * inverse
        # Gradient of the convolution's output: scale * (dn - mean of dn - normalised y * mean of (dn * normalised y)).
        slope = -scale * inverse * dgamma / count
        offset = (-scale * dbeta / count - slope * mean).float()
        slope = slope.float()

        dx = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        ready = convolve.prepared_backward(weight, ctx.stride) if dx is not None else None
        dweight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
        da, db = (None, None) if a is None else (torch.zeros_like(a), torch.zeros_like(b))
        each = y, dz, x, x if dx is None else dx, dz if dpooled is None else dpooled
        for part, upper, inputs, out, beside in _chunks(*each):
            dy = before_activation(part, upper).mul_(scale).addcmul_(part, slope).add_(offset)
            if dweight is not None:
                dweight += convolve.weight_gradient(inputs, dy, ctx.stride)
            if da is not None and db is not None:
                more = convolve.low_rank(inputs, dy, a, b, ctx.stride)
                da, db = da + more[0], db + more[1]
            if ready is not None:
                convolve.backward(dy, ready, ctx.stride, out)
                if dpooled is not None:
                    out.unflatten(1, (-1, ctx.stride)).add_(beside.unsqueeze(2), alpha=1 / ctx.stride)
        return dx, dweight, torch.zeros_like(shift), da, db, dgamma.float(), dbeta.float(), None, None, None


def _evaluated(conv: Conv, norm: nn.BatchNorm1d, x: Tensor, slope: float) -> Tensor:
    """With the norm's running statistics, no gradients."""
    ready = _ready(conv)
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    shift = norm.bias + scale * (conv.conv.bias - norm.running_mean)
    result = x.new_empty(len(x), x.shape[1] // conv.stride, len(scale))
    for part, out in _chunks(x, result):
        y = convolve.forward(part, ready, conv.stride, out)
        F.leaky_relu_(torch.addcmul(shift, y, scale, out=y), slope)
    return result


def _ready(conv: Conv) -> Tensor:
    """The weight as `convolve.forward` takes it; a layer without a branch keeps it, for the next prediction."""
    weight = conv.conv.weight
    if conv.on:
        return convolve.prepared((weight + conv.update().view_as(weight)).squeeze(2), conv.stride)
    state = weight.data_ptr(), weight._version
    if conv.ready is None or conv.ready[0] != state:
        with torch.inference_mode(False), torch.no_grad():
            conv.ready = state, convolve.prepared(weight.detach().squeeze(2), conv.stride)
    return conv.ready[1]


def _chunks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The tensors some records at a time."""
    size = max(1, CHUNK // max(t[0].numel() for t in tensors if len(t)) if len(tensors[0]) else 1)
    for part in zip(*(t.split(size) for t in tensors), strict=True):
        between.ask()
        yield part
