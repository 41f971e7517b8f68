"""A base backbone that computes nearly what the shipped tiny does: for a clock, where no pre-trained base is at hand.

Each channel of tiny stands twice in base, and what follows reads the first of the two; four more transformer layers add
nothing. Only layer norm sees a difference, since the second channels have position codes of other frequencies. Its
steps cost what those of any base do; how well a pre-trained base adapts it cannot say.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from cessl_gui.learn.network import backbones
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.network.backbones import Backbone


def grown_base() -> Backbone:
    tiny = backbones.load("tiny")
    net = CesslNet(BackboneSpec.of_size("base", tiny.statements)).eval()
    state = {name: torch.zeros_like(value) for name, value in net.state_dict().items()}
    for name, value in tiny.net.state_dict().items():
        state[name] = _wider(name, value, tiny.spec.width)
    for name in state:
        if "norm" in name and name.endswith("weight") and name not in tiny.net.state_dict():
            state[name].fill_(1.0)
    net.load_state_dict(state)
    return replace(tiny, net=net, name="base grown from tiny", sha256="")


def _wider(name: str, value: Tensor, width: int) -> Tensor:
    if not value.dim():
        return value
    if name.endswith("c_attn.weight"):  # (in, 3 out)
        return torch.cat(
            [_twice(_first(part, 0), 1) * s for part, s in zip(value.split(width, 1), _SCALES, strict=True)], 1
        )
    if name.endswith("c_attn.bias"):
        return torch.cat([_twice(part, 0) * s for part, s in zip(value.split(width), _SCALES, strict=True)])
    if name.endswith("c_proj.weight"):  # (in, out)
        return _twice(_first(value, 0), 1)
    if name.startswith("classifier.1"):
        return _first(value, 1) if value.dim() > 1 else value
    value = _twice(value, 0)
    return _first(value, 1) if value.dim() > 1 and value.shape[1] % width == 0 else value


# A head is twice as wide: its scores are sums of twice as many, divided by sqrt 2 more.
_SCALES = (0.5**0.5, 1.0, 1.0)  # query, key, value


def _twice(value: Tensor, dim: int) -> Tensor:
    """Channels 2 j and 2 j + 1 at 4 j, 4 j + 1 and again at 4 j + 2, 4 j + 3: where position codes are most alike."""
    pairs = value.unflatten(dim, (-1, 2))
    return torch.cat([pairs, pairs], dim + 1).flatten(dim, dim + 1)


def _first(value: Tensor, dim: int) -> Tensor:
    """The same places along an input's channels; only the first of each two is read."""
    pairs = value.unflatten(dim, (-1, 2))
    return torch.cat([pairs, torch.zeros_like(pairs)], dim + 1).flatten(dim, dim + 1)
