"""Backbones as files: a safetensors file in half precision beside a card in JSON. Shipped ones and imported ones."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import pickle
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors_torch
from torch import Tensor

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.files import atomic_write
from cessl_gui.core.paths import resource, user_data
from cessl_gui.learn.network import likeness
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet, load_strictly, spec_of_state
from cessl_gui.learn.network.likeness import Likeness

LARGEST_FILE = 1 << 30  # bytes; the large backbone in float32 is 452 MB
AGAIN = "Copy both files again, or import its checkpoint again."
ROUNDED = torch.float16
NUMBERS = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool}


@dataclass(frozen=True)
class BackboneInfo:
    """A backbone that can be chosen. sha256: of the weights file."""

    name: str
    path: Path
    sha256: str
    card: dict


@dataclass(frozen=True)
class Backbone:
    """A loaded backbone. net: in evaluation mode, float32; treat it as read-only and work on a copy.

    thresholds  : code -> probability at which the statement counts as present
    calibration : code -> (a, b): calibrated logit = a * logit + b
    likeness    : what tells ECGs that are unlike those it has learned from; None where no such file is beside it
    """

    net: CesslNet
    name: str
    sha256: str
    thresholds: dict[str, float] = field(default_factory=dict)
    calibration: dict[str, tuple[float, float]] = field(default_factory=dict)
    card: dict = field(default_factory=dict)
    likeness: Likeness | None = None

    @property
    def spec(self) -> BackboneSpec:
        return self.net.spec

    @property
    def statements(self) -> tuple[str, ...]:
        """The codes its outputs stand for; codes that begin with `class-` stand for nothing known."""
        return self.net.spec.statements


def available() -> list[BackboneInfo]:
    """All backbones that `load` finds, the shipped ones first. A damaged card is left out."""
    infos: dict[str, BackboneInfo] = {}
    for folder in _folders():
        for path in sorted(folder.glob("*.safetensors")):
            card = _card(path)
            if card is not None and path.stem not in infos:
                infos[path.stem] = BackboneInfo(path.stem, path, card.get("weights_sha256", ""), card)
    return list(infos.values())


def load(name: str) -> Backbone:
    """The backbone of that name, its file checked against its card.

    raises : ModelMismatch
    """
    for folder in _folders():
        path = folder / f"{name}.safetensors"
        if path.is_file():
            return read(path)
    names = ", ".join(info.name for info in available()) or "none"
    raise ModelMismatch(f"There is no backbone called {name}.", f"Available: {names}.")


def read(path: Path) -> Backbone:
    """Read a backbone file and the card beside it.

    raises : ModelMismatch if one is missing, damaged or does not belong to the other
    """
    card = _card(path)
    if card is None:
        card_name = path.with_suffix(".json").name
        raise ModelMismatch(f"{path.name} has no readable card beside it.", f"Put its card, {card_name}, there.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if card.get("weights_sha256") != digest:
        raise ModelMismatch(f"{path.name} is not the file that its card describes.", AGAIN)
    try:
        state = safetensors_torch.load(content)
    except SafetensorError as error:
        raise ModelMismatch(f"{path.name} is damaged ({error}).", AGAIN) from error
    spec = spec_of_state(state, path.stem, card.get("statements"))
    state = {k: v for k, v in state.items() if not k.startswith(likeness.EARLIER)}
    net = load_strictly(CesslNet(spec), state, path.name).eval()
    calibration = {code: (float(a), float(b)) for code, (a, b) in card.get("calibration", {}).items()}
    known = likeness.beside(path, digest, spec.width)
    return Backbone(net, path.stem, digest, dict(card.get("thresholds", {})), calibration, card, known)


def save(net: CesslNet, card: dict, folder: Path, name: str, known: Likeness | None = None) -> Path:
    """Write `name`.safetensors (half precision, batch-norm statistics in float32) and `name`.json into `folder`.

    card    : what is known of it (data, licences, figures, ...); name, size and hash are filled in here
    known   : what tells ECGs that are unlike those it has learned from, for `name`.likeness
    returns : path of the weights file
    raises  : NotWritten
    """
    content = safetensors_torch.save({k: rounded(k, v) for k, v in net.state_dict().items()})
    digest, spec = hashlib.sha256(content).hexdigest(), net.spec
    full = {
        "name": name,
        "size": spec.size,
        "width": spec.width,
        "layers": spec.layers,
        "statements": list(spec.statements),
        **card,
        "weights_sha256": digest,
    }
    path = folder / f"{name}.safetensors"
    if known:
        _replace(path.with_suffix(likeness.SUFFIX), known.to_bytes(digest))
    # The weights before the card: a card without its weights would be the worse half.
    _replace(path, content)
    _replace(path.with_suffix(".json"), json.dumps(full, indent=1, ensure_ascii=False).encode())
    return path


def import_checkpoint(
    source: Path, name: str, statements: Sequence[str] | None = None, folder: Path | None = None
) -> BackboneInfo:
    """Take in a published `.pkl` state dict, without ever running code from it; the size is recognised by its shapes.

    statements : what its outputs stand for, where the person knows; else they are ignored and only the body is used
    raises     : ModelMismatch in a sentence
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", name):
        raise ModelMismatch(f"“{name}” cannot be a file name.", "Use letters, digits, points and dashes.")
    if name in {info.name for info in available()}:
        raise ModelMismatch(f"There is a backbone called {name} already.", "Choose another name.")
    state = _state_dict(source)
    spec = spec_of_state(state, name, statements)
    net = load_strictly(CesslNet(spec), state, source.name).eval()
    # As its file will keep it: half precision ends at 65,504.
    load_strictly(CesslNet(spec), {k: rounded(k, v) for k, v in state.items()}, f"In half precision {source.name}")
    card = {
        "data": "unknown: imported from a checkpoint",
        "limits": "Its outputs have no names; it serves as a start for fine-tuning." if statements is None else "",
        "source_file": source.name,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
    }
    path = save(net, card, folder or user_data() / "backbones", name)
    return BackboneInfo(name, path, json.loads(path.with_suffix(".json").read_text())["weights_sha256"], card)


def _state_dict(source: Path) -> dict[str, Tensor]:
    """The tensors of a stranger's file: plain ones, which together take about as much memory as the file is long."""
    if not source.is_file():
        raise ModelMismatch(f"{source} is not a file.", "Choose a checkpoint file.")
    if source.stat().st_size > LARGEST_FILE:
        raise ModelMismatch(f"{source.name} is larger than any published backbone (1 GB).", "Choose another file.")
    try:
        if not _as_large_as_it_looks(source):
            raise ModelMismatch(
                f"{source.name} was refused: opened it would take far more memory than on the disk.",
                "Choose a checkpoint as torch.save writes it, not compressed.",
            )
        state = torch.load(source, map_location="cpu", weights_only=True)
    except ModelMismatch:
        raise
    except pickle.UnpicklingError as error:
        raise ModelMismatch(
            f"{source.name} was refused: it holds more than tensors, and opening it could run a program.",
            "Ask its author for a plain state dict.",
        ) from error
    except Exception as error:  # a stranger's file can fail anywhere in the reader
        raise ModelMismatch(f"{source.name} is not a readable checkpoint.", "The file may be cut off.") from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ModelMismatch(f"{source.name} is not a state dict of tensors.", "Choose a CE-SSL checkpoint.")
    odd = [str(k) for k, v in state.items() if not _plain(v)]
    if odd:
        raise ModelMismatch(
            f"{source.name} was refused: {odd[0]} is not a plain array of numbers.", "Choose a CE-SSL checkpoint."
        )
    return {str(k): v for k, v in state.items()}


def _as_large_as_it_looks(source: Path) -> bool:
    """Whether reading takes about as much memory as the file is long."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # The one thing that torch.load allows which makes memory of a mere number.
        if content.find(b"bytearray") >= 0:
            return False
        if content[:4] != b"PK\x03\x04":  # what torch.load goes by; the older format is not compressed
            return True
        with zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
        # The sum, as entries may lie over one another.
        stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        return stored and sum(entry.file_size for entry in entries) <= len(content)


def _plain(value: Tensor) -> bool:
    """Whether each element lies in memory on its own: not sparse, nested, without data, or one value repeated."""
    if value.layout != torch.strided or value.is_nested or value.is_meta or value.dtype not in NUMBERS:
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()


def _folders() -> list[Path]:
    try:
        shipped = [resource("backbones")]
    except FileNotFoundError:
        shipped = []
    return [*shipped, user_data() / "backbones"]


def _card(path: Path) -> dict | None:
    try:
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) else None


def rounded(key: str, value: Tensor) -> Tensor:
    """A tensor of a state dict as its file keeps it."""
    # A running variance can exceed what float16 holds, and there are few of them.
    half = value.is_floating_point() and "running_" not in key
    return (value.detach().to(ROUNDED) if half else value.detach()).contiguous()


def _replace(path: Path, content: bytes) -> None:
    with atomic_write(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
