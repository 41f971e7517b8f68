"""The CE-SSL network in its published shape: convolutions, causal transformer, maximum over time, classifier."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.learn.network import device
from cessl_gui.learn.network.lora import Conv, FusedQKV, Linear
from cessl_gui.learn.quick import between, conv_block
from cessl_gui.learn.quick.attention import attend

LEADS, SAMPLES, STEPS = 12, 6144, 96
MOST_POSITIONS = 1000  # rows of a position encoding in a checkpoint; 200 are published, STEPS are used
BLOCKS, STRIDE, KERNEL, HEADS, SLOPE = 3, 4, 9, 16, 0.01


class Size(NamedTuple):
    width: int
    layers: int

    @property
    def counted(self) -> int:
        """The number of "layers" in the paper's rank allocation."""
        return 3 * BLOCKS + 3 * self.layers + 2


SIZES = {
    "tinylight": Size(64, 1),
    "tiny": Size(128, 4),
    "base": Size(256, 8),
    "medium": Size(512, 12),
    "large": Size(768, 12),
}


@dataclass(frozen=True)
class BackboneSpec:
    """Shape of one backbone. statements: the codes its outputs stand for, in order."""

    name: str
    width: int
    layers: int
    statements: tuple[str, ...]

    @classmethod
    def of_size(cls, size: str, statements: Sequence[str], name: str = "") -> BackboneSpec:
        return cls(name or size, *SIZES[size], tuple(statements))

    @property
    def size(self) -> str:
        """The published name of this shape, or "" if it has none."""
        return next((name for name, s in SIZES.items() if s == (self.width, self.layers)), "")

    @property
    def adaptable(self) -> int:
        """How many weights RD-LoRA adapts: the length of a list of ranks."""
        return 3 * BLOCKS + 3 * self.layers + 1


class ResidualBlock(nn.Module):
    """(n, inputs, samples) -> (n, width, samples / 4)"""

    def __init__(self, inputs: int, width: int, ranks: Sequence[int]) -> None:
        super().__init__()
        self.conv1 = Conv(inputs, width, KERNEL, STRIDE, rank=ranks[0])
        self.bn1 = nn.BatchNorm1d(width)
        self.conv2 = Conv(width, width, KERNEL, rank=ranks[1])
        self.bn2 = nn.BatchNorm1d(width)
        self.conv3 = Conv(inputs, width, 1, rank=ranks[2])

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, 2)
        if conv_block.fits(self.conv1, self.bn1, rows):
            y, pooled = conv_block.conv_norm_act_pooled(self.conv1, self.bn1, rows, SLOPE)
            y = conv_block.conv_norm_act(self.conv2, self.bn2, y, SLOPE)
            return conv_block.plus(y, self.conv3, pooled).transpose(1, 2)
        y = F.leaky_relu(self.bn1(between.asking(self.conv1(between.asking(x)))), SLOPE, inplace=True)
        y = F.leaky_relu(self.bn2(between.asking(self.conv2(between.asking(y)))), SLOPE, inplace=True)
        return between.asking(y) + self.conv3(conv_block.averaged(x, STRIDE))


class Projection(nn.Module):
    """Linear layer whose weight lies (in, out), as published."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.T, self.bias)


class CausalAttention(nn.Module):
    """(n, time, width) -> same; each step sees itself and what came before."""

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.c_attn = FusedQKV(width, rank)
        self.c_proj = Projection(width)

    def forward(self, x: Tensor) -> Tensor:
        n, time, width = x.shape
        q, k, v = self.c_attn(x).view(n, time, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        return self.c_proj(attend(q, k, v))


class TransformerLayer(nn.Module):
    """Pre-norm attention and two-layer perceptron, each with its residual."""

    def __init__(self, width: int, ranks: Sequence[int]) -> None:
        super().__init__()
        self.self_attention = CausalAttention(width, ranks[0])
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = Linear(width, 4 * width, ranks[1])
        self.fc2 = Linear(4 * width, width, ranks[2])

    def forward(self, x: Tensor) -> Tensor:
        x = between.asking(x)
        x = x + self.self_attention(self.norm1(x))
        return x + self.fc2(F.leaky_relu(self.fc1(self.norm2(x)), SLOPE, inplace=True))


class OutputLinear(nn.Linear):
    """A linear layer that starts at zero."""

    def reset_parameters(self) -> None:
        # nn.Linear would draw from the global random state; torch's skip_init imports sympy, which takes 1.4 s.
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


class CesslNet(nn.Module):
    """The network; its state dict has the published names (without their constant buffers).

    ranks : one per adaptable weight (see `lora.adaptable`), None for the plain backbone
    """

    positions: Tensor

    def __init__(self, spec: BackboneSpec, ranks: Sequence[int] | None = None) -> None:
        super().__init__()
        ranks = list(ranks) if ranks is not None else [0] * spec.adaptable
        if len(ranks) != spec.adaptable:
            raise ModelMismatch(f"{spec.name} has {spec.adaptable} adaptable weights, not {len(ranks)}.")
        self.spec = spec
        self.encoder_layers = nn.ModuleList(
            ResidualBlock(spec.width if i else LEADS, spec.width, ranks[3 * i : 3 * i + 3]) for i in range(BLOCKS)
        )
        first = 3 * BLOCKS
        self.transformer_layers = nn.ModuleList(
            TransformerLayer(spec.width, ranks[first + 3 * j : first + 3 * j + 3]) for j in range(spec.layers)
        )
        head = OutputLinear(spec.width, len(spec.statements))
        self.classifier = nn.Sequential(Linear(spec.width, spec.width, ranks[-1]), head)
        self.register_buffer("positions", sinusoids(STEPS, spec.width), persistent=False)

    def start(self, generator: torch.Generator) -> CesslNet:
        """Draw fresh weights (for pre-training): Kaiming for convolutions and linear layers, biases zero."""
        with torch.no_grad():
            for name, p in self.named_parameters():
                if name.endswith((".lora_A", ".lora_B")):
                    continue
                if p.dim() == 1:
                    p.fill_(1.0 if name.endswith("weight") else 0.0)
                else:
                    fan_in = p.shape[0] if "self_attention" in name else p[0].numel()
                    gain = 2.0 if "conv" in name or "fc1" in name else 1.0
                    p.normal_(0, math.sqrt(gain / fan_in), generator=generator)
        return self

    @property
    def head(self) -> nn.Linear:
        """The output layer: one row per statement."""
        return cast(nn.Linear, self.classifier[1])

    def encode(self, x: Tensor, first: int = 0, last: int = BLOCKS) -> Tensor:
        """Encoder blocks first..last-1. x : (n, 12, 6144), also (n, 12, 1, 6144), or the output of block first-1."""
        if x.dim() == 4:
            x = x.squeeze(2)
        for block in self.encoder_layers[first:last]:
            x = block(x)
        return x

    def transform(self, x: Tensor) -> Tensor:
        """Transformer: encoder output (n, width, 96) -> (n, 96, width)"""
        x = x.transpose(1, 2) + self.positions[: x.shape[-1]]
        for layer in self.transformer_layers:
            x = layer(x)
        return x

    def pool(self, x: Tensor) -> Tensor:
        """Transformer and maximum over time: encoder output (n, width, 96) -> (n, width)"""
        return self.transform(x).amax(1)

    def forward(self, x: Tensor, labelled: int | None = None, first: int = 0) -> Tensor:
        """Logits. After the encoder only the first `labelled` rows go on, so the rest act on batch norm alone."""
        return self.classifier(self.pool(self.encode(x, first)[:labelled]))


def sinusoids(steps: int, width: int) -> Tensor:
    """(steps, width) position encoding: sine in the even columns, cosine in the odd ones."""
    angle = torch.arange(steps).unsqueeze(1) * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([angle.sin(), angle.cos()], 2).reshape(steps, width)


@device.threads(1)
def load_strictly(net: CesslNet, state: Mapping[str, Tensor], name: str = "This file") -> CesslNet:
    """Fill `net` with a state dict in published names; their constant buffers are checked and left out.

    On one thread: two on a busy machine wait for each other at each of its hundred tensors, for seconds.
    raises : ModelMismatch that names missing, surplus or misshapen tensors
    """
    own = net.state_dict()
    given = {k: v for k, v in state.items() if not _constant(k, v, net.spec)}
    faults = [f"{k} is missing" for k in own if k not in given and not k.endswith("num_batches_tracked")]
    faults += [f"{k} is not part of it" for k in given if k not in own]
    faults += [
        f"{k} is {tuple(v.shape)}, not {tuple(own[k].shape)}"
        for k, v in given.items()
        if k in own and v.shape != own[k].shape
    ]
    # Values are looked at only where names and shapes are the network's own: a foreign tensor may be of any size.
    faults = faults or [
        f"{k} has values that are not finite" for k, v in given.items() if not torch.isfinite(v.float()).all()
    ]
    faults = faults or [f"{k} is negative" for k, v in given.items() if k.endswith("running_var") and (v < 0).any()]
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise ModelMismatch(
            f"{name} is not a {net.spec.name} CE-SSL network: {'; '.join(faults[:5])}{more}.",
            "Choose a checkpoint of the published layout.",
        )
    net.load_state_dict({**own, **given}, strict=True)
    return net


def _constant(key: str, value: Tensor, spec: BackboneSpec) -> bool:
    """Whether this is a published buffer that holds no learned value, and has the value that we compute ourselves."""
    if key == "position_encoding.positional_encoding":
        fits = value.dim() == 2 and value.shape[1] == spec.width and STEPS <= len(value) <= MOST_POSITIONS
        return fits and torch.allclose(value.float(), sinusoids(*value.shape), atol=1e-3)
    if key in {f"transformer_layers.{j}.self_attention.bias" for j in range(spec.layers)}:
        fits = value.shape == (1, 1, STEPS, STEPS)
        return fits and torch.equal(value[0, 0] != 0, torch.ones(STEPS, STEPS, device=value.device).tril() != 0)
    return False


def spec_of_state(state: Mapping[str, Tensor], name: str, statements: Sequence[str] | None = None) -> BackboneSpec:
    """Recognise the size of a state dict by its shapes; unnamed outputs are called class-0, class-1, ...

    raises : ModelMismatch
    """
    head = state.get("classifier.1.weight")
    if head is None or head.dim() != 2:
        raise ModelMismatch(f"{name} has no classifier.1.weight.", "Choose a CE-SSL checkpoint.")
    outputs, width = head.shape
    layers = len({k.split(".")[1] for k in state if k.startswith("transformer_layers.")})
    if (width, layers) not in SIZES.values():
        known = ", ".join(f"{n} ({s.width} wide, {s.layers} layers)" for n, s in SIZES.items())
        raise ModelMismatch(f"{name} is {width} wide with {layers} layers, no published size.", f"Known: {known}.")
    statements = tuple(statements) if statements else tuple(f"class-{i}" for i in range(outputs))
    if len(statements) != outputs:
        raise ModelMismatch(f"{name} has {outputs} outputs, but {len(statements)} statements were named.")
    return BackboneSpec(name, width, layers, statements)
