"""100 checkpoints for `import-backbone`: damaged, of other shapes, of nonsense, or with a program within."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.errors import CesslError
from cessl_gui.ecg.preprocess import INPUT_SAMPLES
from cessl_gui.learn.network import backbones
from cessl_gui.learn.network.predict import Predictor

RAN = "the program within was run"


class Program:
    """What a stranger's pickle would run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def attack(seed: int, count: int) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally("checkpoints")
    good = {key: value.clone() for key, value in backbones.load("tiny").net.state_dict().items()}
    plain = io.BytesIO()
    torch.save(good, plain)
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            path, mark = Path(folder) / "x.pkl", Path(folder) / "ran"
            kind = list(KINDS)[number % len(KINDS)]
            KINDS[kind](rng, dict(good), plain.getvalue(), path, mark)
            outcome = watched(lambda p=path: _imported(p))
            # Damage that no checksum shows may lie in a weight; what is taken in must be whole and finite.
            tally.take(f"{number} {kind}", outcome, RAN if mark.exists() else (outcome.answer or {}).get("wrong", ""))
    return tally


def _imported(path: Path) -> dict:
    folder = path.parent / "backbones"
    folder.mkdir()
    try:
        info = backbones.import_checkpoint(path, "stranger", folder=folder)
    except CesslError as error:
        left = [file.name for file in folder.iterdir()]
        return {"refused": str(error)} | ({"wrong": f"refused and kept {left}"} if left else {})
    given = torch.load(path, weights_only=True)
    taken = backbones.read(info.path).net.state_dict()
    same = all(torch.equal(taken[key].float(), backbones.rounded(key, given[key]).float()) for key in taken)
    ready = Predictor(backbones.read(info.path))
    p = ready.predict(np.random.default_rng(0).normal(size=(1, 12, INPUT_SAMPLES)).astype(np.float32))
    if not (same and np.isfinite(p).all()):
        return {"wrong": "what was taken in is not what was given, or predicts nothing"}
    return {"read": 1}


Kind = Callable[[np.random.Generator, dict, bytes, Path, Path], None]


def _tensors(change: Callable[[np.random.Generator, dict, str], None]) -> Kind:
    """Change one floating tensor of the state, and save it."""

    def make(rng, state, _plain, path, _mark) -> None:
        keys = [key for key, value in state.items() if value.is_floating_point()]
        change(rng, state, str(rng.choice(keys)))
        torch.save(state, path)

    return make


def _set(make: Callable) -> Kind:
    return _tensors(lambda rng, state, key: state.update({key: make(rng, state[key])}))


def _bytes(change: Callable) -> Kind:
    return lambda rng, _state, plain, path, _mark: path.write_bytes(change(rng, plain))


def _flipped(rng: np.random.Generator, data: bytes, most: int = 2000) -> bytes:
    changed = bytearray(data)
    for at in rng.integers(0, min(len(data), most), 20):
        changed[at] ^= int(rng.integers(1, 256))
    return bytes(changed)


def _with_program(protocol: int) -> Kind:
    def make(_rng, state, _plain, path, mark) -> None:
        torch.save({**state, "extra": Program(mark)}, path, pickle_protocol=protocol)

    return make


def _bare_program(_rng, _state, _plain, path, mark) -> None:
    path.write_bytes(pickle.dumps(Program(mark)))


def _compressed(_rng, _state, plain, path, _mark) -> None:
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))


def _bomb(_rng, state, _plain, path, _mark) -> None:
    state["more"] = torch.zeros(1).expand(1 << 30)
    torch.save(state, path)


def _plain_pickle(_rng, state, _plain, path, _mark) -> None:
    path.write_bytes(pickle.dumps({key: value.numpy() for key, value in state.items()}))


KINDS: dict[str, Kind] = {
    "as published": _set(lambda _, v: v),
    "cut off": _bytes(lambda rng, data: data[: int(rng.integers(len(data)))]),
    "bytes changed at its beginning": _bytes(_flipped),
    "bytes changed anywhere": _bytes(lambda rng, data: _flipped(rng, data, len(data))),
    "bytes changed at its end": _bytes(lambda rng, data: _flipped(rng, data[::-1])[::-1]),
    "noise": _bytes(lambda rng, data: rng.bytes(5000)),
    "nothing": _bytes(lambda rng, data: b""),
    "older format": lambda rng, state, plain, path, mark: torch.save(state, path, _use_new_zipfile_serialization=False),
    "a tensor less": _tensors(lambda rng, state, key: state.pop(key)),
    "a tensor more": _tensors(lambda rng, state, key: state.update({f"{key}.more": state[key]})),
    "another shape": _set(lambda rng, v: torch.cat([v, v])),
    "no elements": _set(lambda rng, v: v[:0]),
    "whole numbers": _set(lambda rng, v: v.long()),
    "complex numbers": _set(lambda rng, v: v.to(torch.complex64)),
    "not a number": _set(lambda rng, v: v * float("nan")),
    "infinite": _set(lambda rng, v: v + float("inf")),
    "beyond half precision": _set(lambda rng, v: v + 1e6),
    "sparse": _set(lambda rng, v: v.to_sparse()),
    "a list for a tensor": _set(lambda rng, v: v.tolist()),
    "a program within": _with_program(2),
    "a program within, protocol 4": _with_program(4),
    "a program alone": _bare_program,
    "compressed": _compressed,
    "gigabytes of one number": _bomb,
    "a pickle of arrays": _plain_pickle,
}
