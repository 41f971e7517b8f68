"""What this machine can do: which layers can be trained in the time, and a fit within the memory there is."""

from __future__ import annotations

import copy
import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import MemoryShort
from cessl_gui.core.task import Task
from cessl_gui.learn import device
from cessl_gui.learn.backbone import LEADS, SAMPLES
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.fit import FitRun, Fitted, Labelled, Unlabelled
from cessl_gui.learn.loop import EXACT

PATIENCE_S = 60  # exact training is chosen automatically only if it takes no longer than this

# How it is said: by torch's allocators on graphics cards, Linux and Windows; by CUDA's libraries; by C++; by oneDNN.
MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "bad_alloc",
    "could not create a",
)


def choose_mode(wanted: str, backbone: Backbone, processor: device.Processor, records: int) -> tuple[str, str]:
    """("exact" or "fast", the reason). By itself exact only where a timed step says that it takes about a minute."""
    if wanted != "auto":
        return wanted, f"{wanted} was asked for"
    try:
        seconds = _exact_seconds(backbone, processor, records)
    except (RuntimeError, MemoryError) as error:
        if not _memory_ran_out(error):
            raise
        return "fast", "fast, as training every layer would take more memory than there is"
    mode = "exact" if seconds <= PATIENCE_S else "fast"
    return mode, f"{mode}, as training every layer would take about {max(1, round(seconds / 60))} min or more"


def _exact_seconds(backbone: Backbone, processor: device.Processor, records: int) -> float:
    """How long training every layer would take at least, of one step, timed; the step before loads what it needs."""
    net = copy.deepcopy(backbone.net).to(processor.device).train()
    for name, p in net.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    size = min(EXACT.batch, records)
    # A graphics card takes as long for a few ECGs as for many; a processor need not be asked for so many.
    n = min(4, size) if processor.device.type == "cpu" else size
    x = torch.zeros(2 * n, LEADS, SAMPLES, device=processor.device)
    for _ in range(2):
        begun = time.perf_counter()
        with processor.autocast():
            net(x, labelled=n).float().sum().backward()
        # Asking for a value waits until it is there.
        gradient = net.head.bias.grad
        assert gradient is not None
        gradient.sum().item()
        seconds = time.perf_counter() - begun
    # At least the patience must pass, with a validation each time.
    return seconds * size / n * EXACT.check_every * (EXACT.patience + 1)


def fit_within_memory(
    run: FitRun, x: Tensor, labelled: Labelled, valid: np.ndarray, unlabelled: Unlabelled, *, task: Task
) -> tuple[Fitted, FitRun, str]:
    """Fit; where memory runs out with half the batch, and then on the processor.

    x ...   : as `FitRun.fit` takes them
    returns : the result, the run that gave it, and what was changed, in words
    raises  : MemoryShort
    """
    size = min(run.settings.batch, int((~valid).sum()))  # what `train` takes at a time
    half = replace(run, settings=replace(run.settings, batch=max(2, size // 2)))
    note = f"; memory ran out, so the batch was halved to {half.settings.batch}"
    tries = [(run, ""), (half, note)]
    if run.processor.device.type != "cpu":
        tries.append((replace(half, processor=device.choose("cpu")), f"{note}, and then the processor took over"))
    for smaller, note in tries:
        try:
            return smaller.fit(x, labelled, valid, unlabelled, task), smaller, note
        except (RuntimeError, MemoryError) as error:
            if not _memory_ran_out(error):
                raise
    raise MemoryShort(
        "This training needs more memory than there is.", "Close other programs, or choose a smaller backbone."
    )


def _memory_ran_out(error: BaseException) -> bool:
    message = str(error).lower()
    return isinstance(error, MemoryError) or any(words in message for words in MEMORY_WORDS)
