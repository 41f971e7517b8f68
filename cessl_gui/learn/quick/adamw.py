"""AdamW as torch has it, to the bit, without the compiler that the first use of torch's own imports for 1.5 s."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

MEAN, SQUARE, EPS = 0.9, 0.999, 1e-8  # torch's own: decay of the mean and of the mean square, and what avoids 0 / 0


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019) of parameters that may lack a gradient at a step.

    A parameter without one, of a branch that was switched off, stays as it is, and its averages too.
    """

    def __init__(self, parameters: Iterable[Tensor], weight_decay: float) -> None:
        self._parameters, self._decay = list(parameters), weight_decay
        self._seen: dict[int, tuple[int, Tensor, Tensor]] = {}  # place -> steps, mean, mean square

    def forget_gradients(self) -> None:
        """Before a backward pass."""
        for p in self._parameters:
            p.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change the parameters by their gradients."""
        for place, p in enumerate(self._parameters):
            if p.grad is None:
                continue
            count, mean, square = self._seen.get(place) or (0, torch.zeros_like(p), torch.zeros_like(p))
            count += 1
            self._seen[place] = count, mean, square
            p.mul_(1 - rate * self._decay)
            mean.lerp_(p.grad, 1 - MEAN)
            square.mul_(SQUARE).addcmul_(p.grad, p.grad, value=1 - SQUARE)
            spread = (square.sqrt() / (1 - SQUARE**count) ** 0.5).add_(EPS)
            p.addcdiv_(mean, spread, value=-rate / (1 - MEAN**count))
