"""Where to compute, in which precision and with how many threads; the choice comes with its reason."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

AGREE = 0.05  # largest difference of a probability at which half precision is taken to give the same result


@dataclass(frozen=True)
class Processor:
    """Where to compute. half: bf16 autocast is quick here. reason: why this one, as text."""

    device: torch.device
    half: bool
    reason: str

    def autocast(self) -> AbstractContextManager:
        return torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext()


def choose(wanted: str = "auto") -> Processor:
    """The quickest device there is, or the wanted one if it is there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    name = next((n for n in ("cuda", "mps", "cpu") if there[n]), "cpu") if wanted == "auto" else wanted
    note = ""
    if not there.get(name.split(":")[0], False):
        name, note = "cpu", f"{wanted} is not available here; "
    if name.startswith("cuda"):
        half = torch.cuda.is_bf16_supported()
        return Processor(torch.device(name), half, f"graphics card {torch.cuda.get_device_name()}")
    if name == "mps":
        return Processor(torch.device(name), False, "Apple graphics processor")
    half = quick_half()
    words = "bf16, which this processor is quick at" if half else "fp32, as this processor has no quick bf16"
    return Processor(torch.device("cpu"), half, f"{note}processor, {words}")


@torch.no_grad()
def checked(processor: Processor, net: nn.Module, x: Tensor) -> Processor:
    """`processor`, without half precision where the probabilities that `net` gives for x differ by more than AGREE."""
    if not processor.half or not len(x):
        return processor
    net = copy.deepcopy(net).to(processor.device).eval()
    whole = torch.sigmoid(net(x.to(processor.device).float()).float())
    with processor.autocast():
        half = torch.sigmoid(net(x.to(processor.device).float()).float())
    furthest = (half - whole).abs().max().item()
    if furthest <= AGREE:
        return processor
    return Processor(
        processor.device, False, f"{processor.reason}, but fp32: probabilities would change by {furthest:.2g}"
    )


def quick_half() -> bool:
    """Whether this processor multiplies bf16 faster than fp32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)


def thread_count(wanted: int | None = None) -> int:
    """With how many threads is computed: the wanted number, else all cores but one, which is left for the window."""
    return wanted or max(1, (os.cpu_count() or 2) - 1)


@contextmanager
def threads(count: int | None = None) -> Iterator[None]:
    """Compute with `count` threads (default: all cores but one, for the window), then restore the number.

    With as many threads as cores each of thousands of small steps would wait for the one whose core another program
    holds: beside three busy programs two threads took 20 times as long as one (masking windows, 2 cores).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(thread_count(count))
    try:
        yield
    finally:
        torch.set_num_threads(before)
