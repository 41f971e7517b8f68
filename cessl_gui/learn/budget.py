"""What this machine can do: which layers can be trained in the time, and a fit within the memory there is."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch

from cessl_gui.core.errors import MemoryShort, memory_ran_out
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.training_job import Method, Mode
from cessl_gui.learn.fit import FitRun
from cessl_gui.learn.loop import ALL_LAYERS, EXACT, FAST, TrainingSettings
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbone import LEADS, SAMPLES
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.readiness import TRIED_FROM

PATIENCE_S = 60  # all layers are tried without being asked for only if one training takes no longer than this
STEPS_EACH, MOST_STEPS = 0.3, 240  # of a fast training, for each labelled ECG and at most

Result = TypeVar("Result")
Way = tuple[Method, TrainingSettings]


def ways(
    wanted: Mode, backbone: Backbone, processor: device.Processor, records: int, task: Task = NOBODY_WAITS
) -> tuple[list[Way], str]:
    """Ways to adapt below the output layer that the folds are to try, and why these, in words.

    records : labelled ones
    raises  : Cancelled
    """
    if wanted == Mode.OUTPUT:
        return [], "only the output layer was asked for"
    if wanted == Mode.FAST:
        return fast(records), "CE-SSL was asked for"
    quick, words = _is_quick(backbone, processor, records, task)
    if quick:
        steps = 200 * -(-records // ALL_LAYERS.batch)  # as published, but for the end by validation patients
        return [*fast(records), (Method.EXACT, replace(ALL_LAYERS, steps=steps))], words
    if records < TRIED_FROM:
        return [], (
            "CE-SSL below the output layer was not tried: with 80 to 640 labelled ECGs, where that was measured, it"
            f" showed no gain, and there are {records}. It is tried from {TRIED_FROM} on, as your ECGs may differ, and"
            " when asked for"
        )
    return fast(records), words


def fast(records: int) -> list[Way]:
    """CE-SSL on all but the first blocks, with both ways to treat batch norm."""
    steps = FAST.check_every * round(min(max(FAST.steps, STEPS_EACH * records), MOST_STEPS) / FAST.check_every)
    settings = replace(FAST, steps=steps)
    return [(Method.FAST, settings), (Method.FAST, replace(settings, moving=False))]


def _is_quick(backbone: Backbone, processor: device.Processor, records: int, task: Task) -> tuple[bool, str]:
    """Whether training every layer, once, takes about a minute at most; and that in words."""
    try:
        seconds = _exact_seconds(backbone, processor, records, task)
    except (RuntimeError, MemoryError) as error:
        if not memory_ran_out(error):
            raise
        return False, "all layers were not tried, as that would take more memory than there is"
    if seconds <= PATIENCE_S:
        return True, "all layers were tried, too, as this device is quick"
    return False, f"all layers were not tried, as training them once takes {max(1, round(seconds / 60))} min or more"


def _exact_seconds(backbone: Backbone, processor: device.Processor, records: int, task: Task = NOBODY_WAITS) -> float:
    """How long training every layer would take at least, of one step, timed; the step before loads what it needs."""
    net = copy.deepcopy(backbone.net).to(processor.device).train()
    for name, p in net.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    size = min(EXACT.batch, records)
    # A graphics card takes as long for a few ECGs as for many; a processor need not be asked for so many.
    n = min(4, size) if processor.device.type == "cpu" else size
    x = torch.zeros(2 * n, LEADS, SAMPLES, device=processor.device)
    for _ in range(2):
        task.check()
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


def within_memory(run: FitRun, size: int, work: Callable[[FitRun], Result]) -> tuple[Result, FitRun, str]:
    """Do the work of a run; where memory runs out with half the batch, and then on the processor.

    size    : the records that a batch can hold at most
    returns : the result, the run that gave it, and what was changed, in words
    raises  : MemoryShort
    """
    size = min(run.settings.batch, size)
    half = replace(run, settings=replace(run.settings, batch=max(2, size // 2)))
    note = f"; memory ran out, so the batch was halved to {half.settings.batch}"
    tries = [(run, ""), (half, note)]
    if run.processor.device.type != "cpu":
        tries.append((replace(half, processor=device.choose("cpu")), f"{note}, and then the processor took over"))
    for smaller, note in tries:
        try:
            return work(smaller), smaller, note
        except (RuntimeError, MemoryError) as error:
            if not memory_ran_out(error):
                raise
    raise MemoryShort
