"""The clock to beat: a training step in the published manner, on the same network and weights.

Merged weight W + B A in each forward pass (so a gradient of W's full size), torch's own layers one after the other,
attention spelled out with a mask, fp32, every record through every layer, nothing cached.
"""

from __future__ import annotations

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.learn.network.backbone import HEADS, SLOPE, STRIDE, CausalAttention, CesslNet, ResidualBlock
from cessl_gui.learn.network.lora import Adaptable, Conv, FusedQKV, Linear


def published_manner(net: CesslNet) -> CesslNet:
    """Change how `net` computes, not what: returns the same object."""
    ways = {ResidualBlock: _block, Conv: _conv, Linear: _linear, FusedQKV: _qkv, CausalAttention: _attention}
    for module in net.modules():
        if type(module) in ways:
            module.forward = partial(ways[type(module)], module)
    return net


def _weight(layer: Adaptable) -> Tensor:
    if not (layer.rank and layer.active):
        return layer.frozen
    return layer.frozen + layer.update().reshape(layer.frozen.shape)


def _block(block: ResidualBlock, x: Tensor) -> Tensor:
    y = F.leaky_relu(block.bn1(block.conv1(x)), SLOPE)
    y = F.leaky_relu(block.bn2(block.conv2(y)), SLOPE)
    return y + block.conv3(F.avg_pool1d(x, STRIDE))


def _conv(layer: Conv, x: Tensor) -> Tensor:
    return F.conv1d(x, _weight(layer).squeeze(2), layer.conv.bias, layer.stride, layer.width // 2)


def _linear(layer: Linear, x: Tensor) -> Tensor:
    return F.linear(x, _weight(layer), layer.bias)


def _qkv(layer: FusedQKV, x: Tensor) -> Tensor:
    return F.linear(x, _weight(layer).T, layer.bias)


def _attention(layer: CausalAttention, x: Tensor) -> Tensor:
    n, time, width = x.shape
    q, k, v = layer.c_attn(x).view(n, time, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
    score = q @ k.transpose(-2, -1) / math.sqrt(width // HEADS)
    mask = torch.ones(time, time, dtype=torch.bool).tril()
    y = score.masked_fill(~mask, float("-inf")).softmax(-1) @ v
    return layer.c_proj(y.transpose(1, 2).reshape(n, time, width))
