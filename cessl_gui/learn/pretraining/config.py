"""What a pre-training run is made of, read from a TOML file (the shipped one: resources/backbones/tiny-5.toml)."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import read_bounded, why
from cessl_gui.learn.network.backbone import BLOCKS, SIZES
from cessl_gui.learn.pretraining.augment import Changes
from cessl_gui.learn.pretraining.data import Split
from cessl_gui.learn.pretraining.sources import KINDS, Ecg, Kind

LARGEST_CONFIG = 1 << 20  # bytes


class BadConfig(CesslError):
    """A pre-training configuration has a fault."""


@dataclass(frozen=True)
class Source:
    """kind: one of `Config.kinds`. path: folder or file, from the configuration's `data` folder.

    often : how many times an epoch meets each of its ECGs
    """

    kind: str
    path: str
    often: int = 1


@dataclass(frozen=True)
class Config:
    """All choices of a run. Paths in the file are seen from the file.

    start        : weights file of a backbone of this size to go on from, None to draw fresh weights
    frozen_blocks: encoder blocks, from the input on, that stay as `start` has them
    teachers     : weights files of backbones whose mean answer is learned beside readers' words, of each ECG
    away         : sources that train nothing: other hospitals, to measure and calibrate by
    measured     : how much a target counts that the program measures itself, beside a reader's; 0: there are none
    auxiliary    : whether targets help to train that are not shipped. Their outputs are fresh: a short run from `start`
                   spoils by them what it starts from
    fewest       : positives (and negatives) in the training ECGs that a statement needs
    rate         : highest learning rate of the one cycle
    averaging    : decay of the moving average of the weights, per step
    patience     : validations without a better one before it stops
    save_every_s : a killed run loses at most this much
    card         : data, licences, limits, command: words for the model card
    """

    name: str
    size: str
    sources: tuple[Source, ...]
    kinds: Mapping[str, Kind]
    data: Path
    out: Path
    cache: Path
    start: Path | None = None
    frozen_blocks: int = 0
    teachers: tuple[Path, ...] = ()
    away: tuple[Source, ...] = ()
    seed: int = 0
    measured: float = 0.0
    auxiliary: bool = True
    fewest: int = 20
    epochs: int = 16
    batch: int = 64
    rate: float = 3e-3
    weight_decay: float = 0.05
    clip: float = 1.0
    averaging: float = 0.995
    validate_every: int = 1
    patience: int = 20
    save_every_s: float = 60.0
    threads: int | None = None
    device: str = "auto"
    split: Split = field(default_factory=Split)
    changes: Changes = field(default_factory=Changes)
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def weights(self) -> Path:
        return self.out / f"{self.name}.safetensors"

    @property
    def learned(self) -> dict[str, Any]:
        """Every choice that changes what is learned; not what it starts from."""
        outward = (
            "kinds",
            "data",
            "out",
            "cache",
            "card",
            "name",
            "save_every_s",
            "threads",
            "device",
            "start",
            "teachers",
            "away",
        )
        learned = asdict(replace(self, kinds={}))
        for name in outward:
            del learned[name]
        return learned

    @property
    def digest(self) -> str:
        """Changes with every choice that changes what is learned: a saved state is never continued as another run."""
        learned = self.learned
        if self.start is not None:
            learned["start"] = hashlib.sha256(self.start.read_bytes()).hexdigest()
        if self.teachers:
            learned["teachers"] = [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.teachers]
        return hashlib.sha256(json.dumps(learned, sort_keys=True).encode()).hexdigest()[:12]

    def ecgs(self) -> Iterator[Ecg]:
        return self._of(self.sources)

    def away_ecgs(self) -> Iterator[Ecg]:
        return self._of(self.away)

    def _of(self, sources: tuple[Source, ...]) -> Iterator[Ecg]:
        for source in sources:
            for ecg in self.kinds[source.kind](self.data / source.path):
                yield replace(ecg, often=source.often)


def read_config(path: Path, kinds: Mapping[str, Kind] = KINDS) -> Config:
    """Read and check a configuration. CESSL_DATA, where set, takes the place of its `data` folder.

    kinds  : what a source can be
    raises : BadConfig in a sentence
    """
    try:
        table = tomllib.loads(read_bounded(path, LARGEST_CONFIG).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else "it is no text in UTF-8"
        raise BadConfig(f"{path} cannot be read ({reason}).", "Name a TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path.name} is not valid TOML: {error}.") from error
    _check_types({k: v for k, v in table.items() if k not in ("source", "away", "kinds", "sources")}, Config, path.name)
    if {"kinds", "sources"} & table.keys():
        raise BadConfig(f"{path.name} has no kinds or sources.", "Write [[source]] with kind and path.")
    for name in ("source", "away"):
        if not isinstance(table.get(name, []), list):
            raise BadConfig(f"{path.name}: {name} must be a list of tables.", f"Write [[{name}]], in double brackets.")
    folder = path.resolve().parent
    sources = tuple(_checked(Source, s, "source") for s in table.pop("source", []))
    away = tuple(_checked(Source, s, "away") for s in table.pop("away", []))
    for source in (*sources, *away):
        if source.kind not in kinds:
            raise BadConfig(f"There is no kind of source called {source.kind}.", f"Known: {', '.join(kinds)}.")
    if not sources:
        raise BadConfig(f"{path.name} names no sources.", "Add a [[source]] with kind and path.")
    if table.get("size") not in SIZES:
        raise BadConfig(f"{path.name} names no known size.", f"Add size = one of {', '.join(SIZES)}.")
    cache, start, teachers = table.pop("cache", None), table.pop("start", None), table.pop("teachers", [])
    config = _made(
        Config,
        {
            "name": table["size"],
            **table,
            "sources": sources,
            "away": away,
            "kinds": kinds,
            "data": Path(os.environ.get("CESSL_DATA") or folder / table.get("data", ".")),
            "out": folder / table.get("out", "."),
            "cache": folder / cache
            if cache
            else Path(platformdirs.user_cache_dir("cessl-gui", appauthor=False)) / "pretrain",
            "start": folder / start if start else None,
            "teachers": tuple(folder / teacher for teacher in teachers),
            "split": _checked(Split, table.get("split", {}), "split"),
            "changes": _checked(Changes, table.get("changes", {}), "changes"),
        },
        path.name,
    )
    _check_values(config)
    return config


def _check_values(config: Config) -> None:
    """See that values fit that have their right types.

    raises : BadConfig
    """
    if config.start is not None and not config.start.is_file():
        raise BadConfig(f"{config.start} is not there to start from.", "Make it first, or leave `start` out.")
    for teacher in config.teachers:
        if not teacher.is_file():
            raise BadConfig(f"{teacher} is not there to teach.", "Make it first, or leave it out of `teachers`.")
    if config.frozen_blocks and (config.start is None or not 0 < config.frozen_blocks <= BLOCKS):
        raise BadConfig(f"frozen_blocks must be 1 to {BLOCKS}, with a start.", "Name a `start`, or leave it out.")
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", config.name):
        raise BadConfig(f"“{config.name:.80}” cannot be a file name.", "Use letters, digits, points and dashes.")
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,2})?", config.device):
        raise BadConfig(f"There is no device called {config.device:.80}.", "Known: auto, cpu, cuda, mps.")
    try:
        json.dumps(config.card)
    except TypeError as error:
        raise BadConfig("[card] has a value that is neither text nor number.", "Write dates as texts.") from error


_SHARE = (0.0, 1.0)
_AMOUNT = (0.0, 100.0)
# Of each class, the least and the most that a number may be.
_LIMITS: dict[type, dict[str, tuple[float, float]]] = {
    Config: {
        "seed": (0, 2**63 - 1),
        "measured": _AMOUNT,
        "fewest": (1, 10**9),
        "epochs": (1, 10**6),
        "batch": (2, 10**5),
        "rate": (1e-9, 1.0),
        "weight_decay": _AMOUNT,
        "clip": (1e-9, 1e9),
        "averaging": _SHARE,
        "validate_every": (1, 10**6),
        "patience": (1, 10**6),
        "save_every_s": (0.0, 86400.0),
        "threads": (1, 1024),
    },
    Source: {"often": (1, 1000)},
    Split: {"share": _SHARE},
    Changes: {f.name: _AMOUNT if f.name in ("gain", "noise", "wander") else _SHARE for f in fields(Changes)},
}

_IN_WORDS = {
    "str": "a text",
    "Path": "a text",
    "int": "a whole number",
    "int | None": "a whole number",
    "Path | None": "a text",
    "float": "a number",
    "bool": "true or false",
    "tuple[int, ...]": "a list of whole numbers",
    "tuple[Path, ...]": "a list of texts",
}


def _check_types(table: Any, kind: type, where: str) -> None:
    """See that each value of a table has the type of its field and lies within its limits.

    raises : BadConfig
    """
    if not isinstance(table, dict):
        raise BadConfig(f"{where} must be a table.", f"Write [{where}] with names and values below it.")
    wanted = {f.name: str(f.type) for f in fields(kind)}
    for name, value in table.items():
        words = _IN_WORDS.get(wanted.get(name, ""), "a table")
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {
            "a text": isinstance(value, str) and "\0" not in value,
            "a whole number": whole,
            "true or false": isinstance(value, bool),
            "a number": whole or (isinstance(value, float) and math.isfinite(value)),
            "a list of whole numbers": isinstance(value, list) and all(type(v) is int for v in value),
            "a list of texts": isinstance(value, list) and all(isinstance(v, str) and "\0" not in v for v in value),
            "a table": isinstance(value, dict),
        }
        if name in wanted and not fits[words]:
            raise BadConfig(f"{where}: {name} must be {words}, and is {value!r:.60}.", "Change it.")
        least, most = _LIMITS[kind].get(name, (-math.inf, math.inf))
        if name in wanted and words in ("a number", "a whole number") and not least <= value <= most:
            raise BadConfig(f"{where}: {name} must be from {least:g} to {most:g}, and is {value!r:.60}.", "Change it.")


def _made(kind: type, table: dict, where: str) -> Any:
    unknown = set(table) - {f.name for f in fields(kind)}
    if unknown:
        raise BadConfig(f"{where} has no {' or '.join(sorted(unknown))}.", "Check the spelling.")
    try:
        return kind(**table)
    except TypeError as error:
        raise BadConfig(f"{where} is incomplete: {error}.") from error


def _checked(kind: type, table: Any, where: str) -> Any:
    _check_types(table, kind, where)
    return _made(kind, {name: _tuple(value) for name, value in table.items()}, where)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
