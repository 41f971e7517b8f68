"""Convolutions of 9 taps over time as matrix products: at stride 1 less than half the time of torch's own convolution.

Time lies before channels, (n, time, channels), so that each tap is a row of a matrix. Without a stride the product is
taken in the frequency domain, tile by tile (overlap-save): 32 samples give 24 outputs for 2.8 times fewer operations.
With one, the windows of every third output do not share a row of the matrix, so no window is copied.
Everything is exact up to the rounding of float32.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

TAPS, PAD = 9, 4
TILE, STEP = 32, 24  # a tile of samples, and the outputs that it gives: TILE - (TAPS - 1)
APART = 3  # outputs so far apart, at stride 4, have windows that do not overlap: 3 * 4 >= 9


def prepared(weight: Tensor, stride: int) -> Tensor:
    """A weight (out, in, 9) as `forward` takes it."""
    return spectrum(weight) if stride == 1 else _taps(weight)


def forward(x: Tensor, ready: Tensor, stride: int, out: Tensor) -> Tensor:
    """Convolution padded by 4: (n, time, in) -> out (n, time / stride, out). ready : `prepared` weight"""
    if stride == 1:
        return _samples(_product(_frequencies(x), ready), out)
    for at, windows in _windows(x, stride):
        torch.bmm(windows, ready.expand(len(x), -1, -1), out=out[:, at::APART])
    return out


def prepared_backward(weight: Tensor, stride: int) -> Tensor:
    """A weight (out, in, 9) as `backward` takes it."""
    if stride == 1:
        return spectrum(weight.flip(2).transpose(0, 1))
    return weight.permute(0, 2, 1).flatten(1)  # (out, 9 in)


def backward(dy: Tensor, ready: Tensor, stride: int, out: Tensor) -> Tensor:
    """Gradient of the input from that of the output: (n, time / stride, out) -> out (n, time, in)"""
    if stride == 1:
        return _samples(_product(_frequencies(dy), ready), out)
    n, steps, _ = dy.shape
    inputs = ready.shape[1] // TAPS
    first, second, last = ready.split([stride * inputs, stride * inputs, inputs], 1)
    # Input 4 i + p meets output i + 1 at tap p, output i at tap 4 + p, and output i - 1 at tap 8 where p is 0.
    dx = torch.bmm(dy, second.expand(n, -1, -1), out=out.view(n, steps, -1))
    dx[:, :-1].baddbmm_(dy[:, 1:], first.expand(n, -1, -1))
    dx[:, 1:, :inputs].baddbmm_(dy[:, :-1], last.expand(n, -1, -1))
    return out


def weight_gradient(x: Tensor, dy: Tensor, stride: int) -> Tensor:
    """Gradient of a weight that learns: x (n, time, in), dy (n, time / stride, out) -> (out, in, 9)"""
    if stride == 1:
        return _taps_gradient_same(_frequencies(x), dy)
    return _taps_gradient_strided(x.reshape(dy.shape[0] * dy.shape[1], -1), dy)


def low_rank(x: Tensor, dy: Tensor, a: Tensor, b: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Gradients of a (r, in, 9) and b (out, r) where the weight is W + b a, without ever forming that of the weight."""
    da, h = (_low_rank_same if stride == 1 else _low_rank_strided)(x, dy @ b, a)
    return da, dy.flatten(0, 1).T @ h.flatten(0, 1)


def _low_rank_same(x: Tensor, g: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of a, and what the branch's first half gives: (n, time, r). g : gradient of the latter"""
    seen = _frequencies(x)
    return _taps_gradient_same(seen, g), _samples(_product(seen, spectrum(a)), torch.empty_like(g))


def _taps_gradient_same(seen: Tensor, g: Tensor) -> Tensor:
    """seen : frequencies of the input; g (n, time, r): gradient of the output. Gives (r, in, 9)"""
    rank = g.shape[2]
    padded = F.pad(g.reshape(-1, STEP, rank), (0, 0, 0, TILE - STEP))
    wanted = torch.bmm(_transform().expand(len(padded), -1, -1), padded).view(-1, TILE // 2, 2 * rank)
    product = torch.bmm(seen.permute(1, 2, 0), wanted.transpose(0, 1)).view(TILE // 2, 2, -1, 2, rank)
    rr, ri, ir, ii = product[:, 0, :, 0], product[:, 0, :, 1], product[:, 1, :, 0], product[:, 1, :, 1]
    parts = torch.stack([rr + ii, ir - ri])
    parts[0, 0], parts[1, 0] = rr[0], ii[0]  # the constant and the highest frequency
    return torch.bmm(_inverse()[:, :TAPS], parts.flatten(2)).sum(0).view(TAPS, -1, rank).permute(2, 1, 0)


def _low_rank_strided(x: Tensor, g: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
    """As `_low_rank_same`, at stride 4: output i meets the inputs 4 (i - 1) .. 4 (i + 1) at taps 0 .. 8."""
    n, steps, rank = g.shape
    rows = x.reshape(n * steps, -1)  # (., 4 in)
    taps = F.pad(a, (0, 12 - TAPS)).view(rank, -1, 3, 4).permute(3, 1, 2, 0).reshape(rows.shape[1], 3 * rank)
    past, now, next_ = (rows @ taps).view(n, steps, 3, rank).unbind(2)
    h = now.clone()
    h[:, 1:] += past[:, :-1]
    h[:, :-1] += next_[:, 1:]
    return _taps_gradient_strided(rows, g), h


def _taps_gradient_strided(rows: Tensor, g: Tensor) -> Tensor:
    """rows : input, 4 samples in each; g (n, steps, r): gradient of the output. Gives (r, in, 9)"""
    n, steps, rank = g.shape
    around = torch.stack([F.pad(g[:, 1:], (0, 0, 0, 1)), g, F.pad(g[:, :-1], (0, 0, 1, 0))], 2)  # (n, steps, 3, r)
    gradient = (around.view(n * steps, -1).T @ rows).view(3, rank, 4, -1).permute(1, 3, 0, 2)
    return gradient.reshape(rank, -1, 12)[:, :, :TAPS]


def spectrum(weight: Tensor) -> Tensor:
    """(out, in, 9) -> (16, 2 in, 2 out): per frequency the matrix that takes [real, imaginary] to the same.

    The first holds the constant and the highest frequency, which have no imaginary part.
    """
    out, inputs, taps = weight.shape
    real = (_transform()[:, :taps] @ weight.permute(2, 1, 0).reshape(taps, -1)).view(TILE // 2, 2, inputs, out)
    matrices = weight.new_zeros(TILE // 2, 2, inputs, 2, out)
    matrices[0, 0, :, 0], matrices[0, 1, :, 1] = real[0, 0], real[0, 1]
    # The transform's imaginary part is - sum w sin; a correlation multiplies by the conjugate.
    matrices[1:, 0, :, 0] = matrices[1:, 1, :, 1] = real[1:, 0]
    matrices[1:, 0, :, 1] = -real[1:, 1]
    matrices[1:, 1, :, 0] = real[1:, 1]
    return matrices.view(TILE // 2, 2 * inputs, 2 * out)


def _frequencies(x: Tensor) -> Tensor:
    """(n, time, channels) -> (tiles, 16, 2 channels), tiles of 32 samples that overlap by 8"""
    n, time, channels = x.shape
    tiles = time // STEP
    body = x.view(n, tiles, STEP, channels)
    tile = x.new_empty(n, tiles, TILE, channels)
    tile[:, :, PAD : PAD + STEP] = body
    tile[:, 1:, :PAD] = body[:, :-1, -PAD:]
    tile[:, :-1, -PAD:] = body[:, 1:, :PAD]
    tile[:, 0, :PAD] = tile[:, -1, -PAD:] = 0
    spectra = torch.bmm(_transform().expand(n * tiles, -1, -1), tile.view(n * tiles, TILE, channels))
    return spectra.view(n * tiles, TILE // 2, 2 * channels)


def _product(frequencies: Tensor, weight: Tensor) -> Tensor:
    """(tiles, 16, 2 in) by (16, 2 in, 2 out) -> (16, tiles, 2 out)"""
    return torch.bmm(frequencies.transpose(0, 1), weight)


def _samples(frequencies: Tensor, out: Tensor) -> Tensor:
    """The outputs of each tile, (16, tiles, 2 channels), side by side: out (n, time, channels)"""
    tiles = frequencies.shape[1]
    real, imaginary = frequencies.view(TILE // 2, tiles, 2, -1).permute(2, 1, 0, 3)
    of_real, of_imaginary = (part.expand(tiles, -1, -1) for part in _inverse())
    samples = out.view(tiles, STEP, -1)
    torch.bmm(of_real, real, out=samples)
    samples.baddbmm_(of_imaginary, imaginary)
    return out


def _windows(x: Tensor, stride: int):
    """Per residue of the output's number by APART: it, and views (n, steps / APART, 9 in) of the padded input."""
    n, time, channels = x.shape
    padded = F.pad(x, (0, 0, PAD, PAD))
    shape = n, time // stride // APART, TAPS * channels
    strides = (time + 2 * PAD) * channels, APART * stride * channels, 1
    for at in range(APART):
        yield at, padded.as_strided(shape, strides, at * stride * channels)


def _taps(weight: Tensor) -> Tensor:
    """(out, in, 9) -> (9 in, out)"""
    return weight.permute(2, 1, 0).flatten(0, 1)


@cache
def _transform() -> Tensor:
    """(32, 32): samples -> constant, highest frequency, then real and imaginary part of each frequency between."""
    with torch.inference_mode(False):
        angle = 2 * math.pi / TILE * torch.arange(TILE // 2, dtype=torch.float64)[:, None] * torch.arange(TILE)
        rows = torch.stack([angle.cos(), -angle.sin()], 1)
        rows[0, 1] = (math.pi * torch.arange(TILE, dtype=torch.float64)).cos()
        return rows.flatten(0, 1).float()


@cache
def _inverse() -> Tensor:
    """(2, 24, 16): what undoes `_transform`, for the outputs that a tile gives: of its rows 0, 2, ... and 1, 3, ..."""
    with torch.inference_mode(False):
        weight = torch.full((TILE, 1), 2 / TILE, dtype=torch.float64)
        weight[:2] = 1 / TILE
        return (_transform().double() * weight).T[:STEP].float().view(STEP, -1, 2).permute(2, 0, 1).contiguous()
