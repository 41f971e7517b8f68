"""Memory that runs out in a training: smaller batches, the processor, or a sentence."""

from dataclasses import replace

import pytest
import torch

from cessl_gui.core.errors import MemoryShort
from cessl_gui.learn import budget, trainer
from cessl_gui.learn.fit import FitRun
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbone import CesslNet
from tests.learn.adapting import QUICK, backbone, job, run


def small_run() -> FitRun:
    return FitRun(backbone(), ("a",), replace(QUICK["fast"], batch=8), device.choose("cpu"), 0, 2)


@pytest.fixture
def memory(monkeypatch):
    """Fits that fail as `failures` says, the last of them as torch itself does; what was tried is in `tried`."""

    def start(failures: int) -> list[tuple[str, int]]:
        tried, whole = [], trainer.decide

        def decide(setting, *given, **more):
            tried.append((setting.run.processor.device.type, setting.run.settings.batch))
            if len(tried) < failures:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
            if len(tried) == failures:
                torch.empty(1 << 47)
            return whole(setting, *given, **more)

        monkeypatch.setattr(trainer, "decide", decide)
        return tried

    return start


@pytest.mark.usefixtures("two_folds")
def test_out_of_memory_halves_the_batch_once(memory):
    tried = memory(1)
    done = run(job(mode="fast"), batch=8)
    assert tried == [("cpu", 8), ("cpu", 4)]
    assert "halved to 4" in done.meta["why"]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "could not create a primitive",
        "std::bad_alloc",
        "MPS backend out of memory",
    ],
)
def test_other_words_for_memory_that_ran_out_are_understood(monkeypatch, words):
    failures = [RuntimeError(words)]

    def work(run):
        if failures:
            raise failures.pop()

    _, run, said = budget.within_memory(small_run(), 20, work)
    assert "halved to 4" in said
    assert run.settings.batch == 4


def test_out_of_memory_twice_leaves_the_graphics_card():
    tried = []

    def work(run):
        tried.append((run.processor.device.type, run.settings.batch))
        if len(tried) < 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    card = device.Processor(torch.device("cuda"), False, "graphics card")
    _, run, said = budget.within_memory(replace(small_run(), processor=card), 20, work)
    assert tried == [("cuda", 8), ("cuda", 4), ("cpu", 4)]
    assert said.endswith("halved to 4, and then the processor took over")
    assert run.processor.device.type == "cpu"


@pytest.mark.usefixtures("two_folds")
def test_out_of_memory_halves_what_a_batch_really_holds(memory):
    """Of 24 ECGs: batches of 64 hold 24, and of 32 too."""
    tried = memory(1)
    done = run(job(mode="fast"), batch=64)
    assert tried == [("cpu", 64), ("cpu", 12)]
    assert "halved to 12" in done.meta["why"]


def test_memory_that_does_not_suffice_for_a_step_of_every_layer_leaves_them_out(monkeypatch):
    monkeypatch.setattr(CesslNet, "forward", lambda *given, **more: torch.empty(1 << 47))
    ways, why = budget.ways("auto", backbone(), device.choose("cpu"), 300)
    assert [method for method, _ in ways] == ["fast", "fast"]
    assert why == "all layers were not tried, as that would take more memory than there is"
    monkeypatch.setattr(CesslNet, "forward", lambda *given, **more: torch.empty(2) @ torch.empty(3))
    with pytest.raises(RuntimeError, match="size"):
        budget.ways("auto", backbone(), device.choose("cpu"), 300)


def test_too_little_memory_for_anything_is_said(memory):
    memory(2)
    with pytest.raises(MemoryShort, match="smaller starting model"):
        run(job(mode="fast"), batch=16)
