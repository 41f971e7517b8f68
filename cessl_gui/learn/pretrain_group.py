"""The processes of one pre-training run: one, or those that torchrun started."""

from __future__ import annotations

import os
from types import TracebackType

import torch
import torch.distributed as dist
from torch import Tensor, nn

WANTS = (None, "keep", "cancel")


class Group:
    """This process among its fellows. A context manager: leaves the group at the end."""

    def __init__(self, rank: int = 0, size: int = 1, local: int = 0) -> None:
        self.rank, self.size, self.local = rank, size, local

    @classmethod
    def join(cls) -> Group:
        """As torchrun's environment says; alone without it."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size > 1 and not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(int(os.environ.get("RANK", "0")), size, int(os.environ.get("LOCAL_RANK", "0")))

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
        cards = next(net.parameters()).is_cuda
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net) if cards else net
        return nn.parallel.DistributedDataParallel(net, [self.local] if cards else None)

    def bare(self, net: nn.Module) -> nn.Module:
        return net.module if isinstance(net, nn.parallel.DistributedDataParallel) else net

    def mean(self, value: Tensor) -> Tensor:
        if self.size > 1:
            value = value.clone()
            dist.all_reduce(value)
            value /= self.size
        return value

    def agree(self, wanted: str | None) -> str | None:
        """What any process wants, all do: one that stopped alone would leave the others waiting."""
        if self.size == 1:
            return wanted
        loudest = torch.tensor(WANTS.index(wanted), device=f"cuda:{self.local}" if torch.cuda.is_available() else "cpu")
        dist.all_reduce(loudest, dist.ReduceOp.MAX)
        return WANTS[int(loudest)]

    def wait(self) -> None:
        if self.size > 1:
            dist.barrier()

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.size > 1:
            dist.destroy_process_group()
