"""What is asked between two parts of a convolution, so that who stops a training waits for a part and not for a step.

A step of all layers takes seconds on a processor, nearly all of them in convolutions, which go part by part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

_here = threading.local()  # a backward pass on a processor runs in the thread that asked for it


@contextmanager
def asked(ask: Callable[[], object]) -> Iterator[None]:
    """Meanwhile, in this thread, `ask` is called before each part; what it raises ends the computation."""
    before = getattr(_here, "ask", None)
    _here.ask = ask
    try:
        yield
    finally:
        _here.ask = before


def ask() -> None:
    """Called before each part."""
    wanted = getattr(_here, "ask", None)
    if wanted is not None:
        wanted()


def asking(x: Tensor) -> Tensor:
    """x, asked about here and again where its gradient comes back: for layers that go in one part, as in bf16."""
    return _Asking.apply(x) if getattr(_here, "ask", None) is not None else x


class _Asking(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        ask()
        return x.view_as(x)

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        ask()
        return gradient
