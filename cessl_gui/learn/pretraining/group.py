"""The processes of one pre-training run: one, or those that torchrun started."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from cessl_gui.core.task import Stop

T = TypeVar("T")
WANTS = (None, Stop.KEEP, Stop.CANCEL)


class SharedBatchNorm(nn.BatchNorm1d):
    """Batch norm over the batches of all processes, on any device (torch's own runs on graphics cards alone)."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        wide = x.float()
        count = torch.full((1,), wide.shape[0] * wide.shape[2], device=x.device, dtype=torch.float32)
        sums = all_reduce(torch.cat([wide.sum((0, 2)), wide.square().sum((0, 2)), count]))
        mean, square = (sums[:-1] / sums[-1]).chunk(2)
        variance = square - mean.square()
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        with torch.no_grad():
            unbiased = variance * sums[-1] / (sums[-1] - 1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (wide * scale[:, None] + (self.bias - mean * scale)[:, None]).to(x.dtype)


class Group:
    """This process among its fellows. A context manager: leaves the group at the end."""

    def __init__(self, rank: int = 0, size: int = 1, local: int = 0) -> None:
        self.rank, self.size, self.local = rank, size, local

    @classmethod
    def join(cls) -> Group:
        """As torchrun's environment says; alone without it."""
        rank, size, local = (int(os.environ.get(k, d)) for k, d in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0)))
        if size > 1 and not dist.is_initialized():
            if torch.cuda.is_available():
                torch.cuda.set_device(local)
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(rank, size, local)

    @property
    def first(self) -> bool:
        return self.rank == 0

    def device(self, wanted: str) -> str:
        """Each process has its own graphics card."""
        return f"cuda:{self.local}" if self.size > 1 and torch.cuda.is_available() else wanted

    def share(self, net: nn.Module) -> nn.Module:
        """The network with gradients averaged and batch norm over all processes."""
        if self.size == 1:
            return net
        for module in net.modules():
            if type(module) is nn.BatchNorm1d:
                module.__class__ = SharedBatchNorm
        cards = [self.local] if next(net.parameters()).is_cuda else None
        return nn.parallel.DistributedDataParallel(net, cards, broadcast_buffers=False)

    def bare(self, net: nn.Module) -> nn.Module:
        return net.module if isinstance(net, nn.parallel.DistributedDataParallel) else net

    def mean(self, value: Tensor) -> Tensor:
        if self.size > 1:
            value = value.clone()
            dist.all_reduce(value)
            value /= self.size
        return value

    def agree(self, wanted: Stop | None) -> Stop | None:
        """What any process wants, all do: one that stopped alone would leave the others waiting."""
        if self.size == 1:
            return wanted
        loudest = torch.tensor(WANTS.index(wanted), device=f"cuda:{self.local}" if torch.cuda.is_available() else "cpu")
        dist.all_reduce(loudest, dist.ReduceOp.MAX)
        return WANTS[int(loudest)]

    def hand_out(self, value: T | None) -> T:
        """The first process's value, in all."""
        if self.size == 1:
            return cast(T, value)
        values = [value]
        dist.broadcast_object_list(values)
        return cast(T, values[0])

    def wait(self) -> None:
        if self.size > 1:
            dist.barrier()

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.size > 1:
            dist.destroy_process_group()
