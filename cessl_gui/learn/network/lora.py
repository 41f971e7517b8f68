"""The layers that RD-LoRA adapts, each with its low-rank branch in factored form (cessl.md, "Low-rank adaptation").

A branch B A runs beside the frozen weight W and is never multiplied out in training, so no gradient of W's size
exists. `active` is the random deactivation: a branch that is switched off is not computed. Parameter names and shapes
are those of the published checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cessl_gui.learn.quick import between

PART = 32  # ECGs between two questions whether to stop: a layer of `base` takes 0.8 s in bf16 for a batch of 128


class Adaptable(nn.Module):
    """A weight with an optional low-rank branch. rank 0: the plain layer."""

    rank: int
    weight: nn.Parameter  # of those that keep it under this name; see `frozen`
    lora_A: nn.Parameter | None
    lora_B: nn.Parameter | None

    def _branch(self, rank: int, a: tuple[int, int], b: tuple[int, int]) -> None:
        self.rank = rank
        self.active = True
        self.lora_A = nn.Parameter(torch.zeros(a)) if rank else None
        self.lora_B = nn.Parameter(torch.zeros(b)) if rank else None

    @property
    def frozen(self) -> nn.Parameter:
        """The weight that the branch adapts, in its published shape."""
        return self.weight

    @property
    def branch(self) -> tuple[nn.Parameter, nn.Parameter]:
        """A and B, of a weight with a rank."""
        assert self.lora_A is not None and self.lora_B is not None, "a weight of rank 0 has no branch"
        return self.lora_A, self.lora_B

    def update(self, b: Tensor | None = None) -> Tensor:
        """B A, of as many elements as the weight and in their order. b: takes the place of B."""
        lora_a, lora_b = self.branch
        return (lora_b if b is None else b) @ lora_a

    def start(self, generator: torch.Generator) -> None:
        """A fresh branch: A drawn at random, B zero."""
        with torch.no_grad():
            lora_a, lora_b = self.branch
            lora_a.normal_(0, 0.02, generator=generator)
            lora_b.zero_()

    @property
    def on(self) -> bool:
        """Whether the branch takes part in the coming forward pass."""
        return self.rank > 0 and self.active


class Bare(nn.Module):
    """Weight and bias as the published conv keeps them: one level down, under `conv`."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))
        self.bias = nn.Parameter(torch.zeros(shape[0]))


class Conv(Adaptable):
    """Convolution over time, padded by half its width. (n, channels, samples) -> (n, out, samples / stride)"""

    def __init__(self, inputs: int, outputs: int, width: int, stride: int = 1, rank: int = 0) -> None:
        super().__init__()
        self.width, self.stride = width, stride
        self.conv = Bare((outputs, inputs, 1, width))
        self.ready: tuple | None = None  # see `quick.conv_block`
        self._branch(rank, (rank, inputs * width), (outputs, rank))

    @property
    def frozen(self) -> nn.Parameter:
        return self.conv.weight

    @property
    def kernels(self) -> tuple[Tensor | None, Tensor | None]:
        """A as convolution kernels (rank, in, width), and B; None while the branch is switched off."""
        if not self.on:
            return None, None
        lora_a, lora_b = self.branch
        return lora_a.view(self.rank, -1, self.width), lora_b

    def forward(self, x: Tensor) -> Tensor:
        weight, pad = self.conv.weight.squeeze(2), self.width // 2
        bias: Tensor = self.conv.bias
        if weight.requires_grad:  # pre-training, full fine-tuning
            weight = weight + self.update().view_as(weight) if self.on else weight
            return F.conv1d(x, weight, bias, self.stride, pad)
        a, b = self.kernels
        if torch.is_autocast_enabled(x.device.type):
            half = torch.get_autocast_dtype(x.device.type)
            x, weight, bias = x.to(half), weight.to(half), bias.to(half)
            a, b = (None if t is None else t.to(half) for t in (a, b))
        return FrozenConv.apply(x, weight, bias, a, b, self.stride, pad)


class FrozenConv(torch.autograd.Function):
    """Convolution with W + B A where only A, B and the bias learn.

    One convolution with the merged weight runs forward and one backward to the input; the gradients of A and B come
    from r channels. torch's own backward computes W's gradient whenever the bias needs one: half of the backward pass.
    For half precision and graphics cards; in fp32 on a processor `quick.conv_block` takes its place.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, a, b, stride, pad):
        h = None
        if a is not None:
            weight = weight + (b @ a.flatten(1)).view_as(weight)
            h = F.conv1d(x, a, None, stride, pad)
            between.ask()
        ctx.save_for_backward(x, weight, a, b, h)
        ctx.stride, ctx.pad = stride, pad
        return _part_by_part(lambda some: F.conv1d(some, weight, bias, stride, pad), x)

    @staticmethod
    def backward(ctx, dy):
        x, weight, a, b, h = ctx.saved_tensors
        dx = da = db = dbias = None
        if ctx.needs_input_grad[0]:

            def back(dy: Tensor, x: Tensor) -> Tensor:
                found = _conv_backward(dy, x, weight, ctx, [True, False, False])[0]
                assert found is not None, "it is wanted"
                return found

            dx = _part_by_part(back, dy, x)
        between.ask()
        if ctx.needs_input_grad[2]:
            dbias = dy.sum(2).sum(0)  # several times quicker than both at once in bf16
        if a is not None:
            between.ask()
            da = _conv_backward(b.T @ dy, x, a, ctx, [False, True, False])[1]
            between.ask()
            db = (dy @ h.transpose(1, 2)).sum(0)
        return dx, None, dbias, da, db, None, None


def _part_by_part(work: Callable[..., Tensor], *tables: Tensor) -> Tensor:
    """What `work` makes of some ECGs of the tables at a time; on a processor it is asked before each: see `between`."""
    if tables[0].device.type != "cpu":
        return work(*tables)
    if len(tables[0]) <= PART:  # nothing to put together, which would copy it
        between.ask()
        return work(*tables)
    parts = []
    for some in zip(*(table.split(PART) for table in tables), strict=True):
        between.ask()
        parts.append(work(*some))
    return torch.cat(parts)


def _conv_backward(dy: Tensor, x: Tensor, weight: Tensor, ctx, wanted: list[bool]) -> tuple[Tensor | None, ...]:
    return torch.ops.aten.convolution_backward(dy, x, weight, None, [ctx.stride], [ctx.pad], [1], False, [0], 1, wanted)


class Linear(Adaptable):
    """(..., in) -> (..., out)"""

    def __init__(self, inputs: int, outputs: int, rank: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self._branch(rank, (rank, inputs), (outputs, rank))

    def forward(self, x: Tensor) -> Tensor:
        return _linear(self, x, self.weight, self.bias, self.update() if self.on else None)


class FusedQKV(Adaptable):
    """Query, key and value in one product; the weight lies (in, 3 out) as published; three branches of rank r."""

    def __init__(self, width: int, rank: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, 3 * width))
        self.bias = nn.Parameter(torch.zeros(3 * width))
        self._branch(rank, (3 * rank, width), (3 * width, rank))

    def update(self, b: Tensor | None = None) -> Tensor:
        lora_a, lora_b = self.branch
        a = lora_a.view(3, self.rank, -1)
        each = (lora_b if b is None else b).view(3, -1, self.rank)
        return (each @ a).reshape(-1, a.shape[2]).T

    def start(self, generator: torch.Generator) -> None:
        with torch.no_grad():
            lora_a, lora_b = self.branch
            bound = 1 / math.sqrt(lora_a.shape[1])  # Kaiming uniform with a = sqrt 5
            lora_a.uniform_(-bound, bound, generator=generator)
            lora_b.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return _linear(self, x, self.weight.T, self.bias, self.update().T if self.on else None, pairs=3)


class FrozenLinear(torch.autograd.Function):
    """x (W + B A)^T + bias where only A, B and the bias learn; as FrozenConv.

    x : (..., in); pairs : B A is a stack of so many
    """

    @staticmethod
    def forward(ctx, x, weight, update, bias, a, b, pairs):
        rows = x.flatten(0, -2)
        h = F.linear(rows, a)
        # Not the sum with the update, which would be kept for each layer.
        ctx.save_for_backward(rows, weight, a, b, h)
        ctx.pairs = pairs
        y = F.linear(rows, (weight + update).to(x.dtype), bias)
        # What follows in its place would be copied several times, were this a view to autograd.
        return torch.ops.aten._unsafe_view(y, (*x.shape[:-1], len(weight)))

    @staticmethod
    def backward(ctx, dy):
        x, weight, a, b, h = ctx.saved_tensors
        shape, dy = dy.shape[:-1], dy.flatten(0, -2)
        inner, db = _low_rank_gradients(dy, b, h, ctx.pairs)
        dx = (dy @ weight.to(dy.dtype)).addmm_(inner, a).view(*shape, -1) if ctx.needs_input_grad[0] else None
        return dx, None, None, dy.sum(0), inner.T @ x, db, None


def _low_rank_gradients(dy: Tensor, b: Tensor, h: Tensor, pairs: int) -> tuple[Tensor, Tensor]:
    """Gradients of the rows between A and B, (rows, pairs * r), and of B. h : these rows; dy : (rows, out)"""
    if pairs == 1:  # a stack of one takes several times as long
        return dy @ b, dy.T @ h
    split = dy.unflatten(1, (pairs, -1)).transpose(0, 1)  # (pairs, rows, out / pairs)
    inner = (split @ b.unflatten(0, (pairs, -1))).transpose(0, 1).flatten(1)
    db = split.transpose(1, 2) @ h.view(len(h), pairs, -1).transpose(0, 1)
    return inner, db.flatten(0, 1)


def _linear(
    layer: Adaptable, x: Tensor, weight: Tensor, bias: Tensor, update: Tensor | None, *, pairs: int = 1
) -> Tensor:
    """weight, update : (out, in)"""
    if update is None or weight.requires_grad:
        return F.linear(x, weight if update is None else weight + update, bias)
    a: Tensor
    b: Tensor
    a, b = layer.branch
    if torch.is_autocast_enabled(x.device.type):
        half = torch.get_autocast_dtype(x.device.type)
        x, bias, a, b = (t.to(half) for t in (x, bias, a, b))
    return FrozenLinear.apply(x, weight, update.detach(), bias, a, b, pairs)


def adaptable(net: nn.Module) -> list[Adaptable]:
    """The adaptable layers in the order of ranks: conv 1 2 3 per block; qkv, fc1, fc2 per layer; classifier.0."""
    return [m for m in net.modules() if isinstance(m, Adaptable)]


def start_branches(net: nn.Module, generator: torch.Generator) -> None:
    """Fresh low-rank factors in every adapted layer (B = 0: the network computes what it did before)."""
    for layer in adaptable(net):
        if layer.rank:
            layer.start(generator)


def drop_branches(net: nn.Module, p: float, generator: torch.Generator) -> None:
    """Random deactivation for the coming forward pass: each branch but the classifier's is off with probability p."""
    *body, last = adaptable(net)
    on = torch.rand(len(body), generator=generator) >= p
    for layer, kept in zip(body, on.tolist(), strict=True):
        layer.active = kept
    last.active = True


def all_active(net: nn.Module) -> None:
    for layer in adaptable(net):
        layer.active = True


def keep_statistics(net: nn.Module) -> None:
    """Batch norm of a network in training uses its running statistics, which stay as they are."""
    for module in net.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def merged_state(net: nn.Module, p: float = 0.0) -> dict[str, Tensor]:
    """State dict of the same network without branches: W + (1 - p) B A; classifier.0: W + B A."""
    state = {k: v.detach().clone() for k, v in net.state_dict().items() if not k.endswith((".lora_A", ".lora_B"))}
    layers = [(name, m) for name, m in net.named_modules() if isinstance(m, Adaptable)]
    for name, layer in layers:
        if layer.rank:
            key = f"{name}.conv.weight" if isinstance(layer, Conv) else f"{name}.weight"
            share = 1.0 if name == "classifier.0" else 1.0 - p
            state[key] += share * layer.update().detach().reshape(state[key].shape)
    return state


def trained_parameters(net: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """What adaptation trains: the factors, every bias, and the output layer."""
    for name, parameter in net.named_parameters():
        if name.endswith((".lora_A", ".lora_B", ".bias")) or name.startswith("classifier.1."):
            yield name, parameter


def freeze_rest(net: nn.Module) -> None:
    """Gradients for the trained parameters only."""
    trained = {name for name, _ in trained_parameters(net)}
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name in trained)
