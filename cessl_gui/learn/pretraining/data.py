"""The ECGs of a pre-training run as arrays: targets in memory, prepared inputs in a file, read record by record."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import MEASURING_VERSION
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg import preprocess
from cessl_gui.ecg.preprocess import INPUT_FS_HZ, INPUT_SAMPLES, to_model_input
from cessl_gui.learn.pretraining import measured
from cessl_gui.learn.pretraining.alone import one_preparing
from cessl_gui.learn.pretraining.sources import Ecg, NoSource

log = logging.getLogger(__name__)

SHAPE = (len(LEADS_12), INPUT_SAMPLES)
BYTES = 2 * SHAPE[0] * SHAPE[1]  # float16: 147 KB an ECG
FLUSH_EVERY = 256
TRAIN, VALIDATION, UNUSED = 0, 1, 2
LOOKED_FOR = 0.01  # readers who state something of fewer ECGs than that do not look for it: its absence says nothing


@dataclass(frozen=True)
class Split:
    """Which ECGs train and which choose. share: of the patients of sources without folds go to validation."""

    train_folds: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    validation_folds: tuple[int, ...] = (9,)
    share: float = 0.0

    def role(self, ecg: Ecg) -> int:
        if ecg.fold is None:
            # A hash, so that a patient stays on his side when sources are added.
            side = zlib.crc32(ecg.patient.encode()) / 2**32
            return VALIDATION if side < self.share else TRAIN
        if ecg.fold in self.validation_folds:
            return VALIDATION
        return TRAIN if ecg.fold in self.train_folds else UNUSED


@dataclass(frozen=True)
class Corpus:
    """All ECGs of a run that could be read.

    labels   : int8 (n, codes): 1, 0 or -1 (not assessed)
    length   : samples of each input before its padding
    rows     : where each one lies in the file
    often    : how many times an epoch of training meets each
    keys     : the same for two files of one ECG
    labelled : whether a reader says anything of it
    """

    codes: tuple[str, ...]
    labels: np.ndarray
    patients: np.ndarray
    role: np.ndarray
    length: np.ndarray
    rows: np.ndarray
    file: Path
    often: np.ndarray
    keys: np.ndarray
    labelled: np.ndarray

    def inputs(self, where: Sequence[int] | np.ndarray) -> np.ndarray:
        """float32 (len(where), 12, 6144), read from the file: only these are in memory"""
        x = np.empty((len(where), *SHAPE), np.float16)
        with self.file.open("rb", buffering=0) as file:
            for i, row in enumerate(self.rows[np.asarray(where, int)]):
                file.seek(int(row) * BYTES)
                file.readinto(x[i].data.cast("B"))
        return x.astype(np.float32)

    def of_role(self, role: int) -> np.ndarray:
        return np.flatnonzero(self.role == role)

    def targets(self, where: np.ndarray, codes: Sequence[str]) -> np.ndarray:
        """float32 (len(where), codes) of 1, 0 and NaN (not assessed, or a code that no source has)"""
        y = np.full((len(where), len(codes)), np.nan, np.float32)
        for i, code in enumerate(codes):
            if code in self.codes:
                label = self.labels[where, self.codes.index(code)]
                y[:, i] = np.where(label < 0, np.nan, label)
        return y


def prepare(
    ecgs: Iterable[Ecg],
    split: Split,
    cache: Path,
    task: Task = NOBODY_WAITS,
    measure: bool = False,
) -> Corpus:
    """Read and preprocess each ECG once, into a file under `cache`: later runs find it, a killed one goes on with it.

    measure : give them the targets of `measured` as well; those that train learn its `TAUGHT` statements

    An ECG that two sources have is taken from the first; the one that has folds decides on which side it stands, also
    where it is listed later. One that cannot be read is left out, with a line in the log.
    raises : NoSource if nothing is left
    """
    by_key: dict[str, Ecg] = {}
    for ecg in ecgs:
        first = by_key.setdefault(ecg.key, ecg)
        if first.fold is None and ecg.fold is not None:
            by_key[ecg.key] = replace(first, patient=ecg.patient, fold=ecg.fold)
    # Only now: an ECG of an unused fold must not come in as its copy from a source without folds.
    kept = [ecg for ecg in by_key.values() if split.role(ecg) != UNUSED]
    folder = cache / _digest(kept, measure)
    folder.mkdir(parents=True, exist_ok=True)
    with one_preparing(folder, task):
        length, found = _fill(kept, folder, task, measure)
    there = np.flatnonzero(length > 0)
    if not len(there):
        raise NoSource("None of the ECGs could be read.", "The log says why, one line for each.")
    said = frozenset().union(*(e.assessed | e.present for e in kept))
    codes = (*sorted(said.union(measured.taught()) if measure else said), *(measured.CODES if measure else ()))
    column = {code: i for i, code in enumerate(codes)}
    labels = np.full((len(kept), len(codes)), -1, np.int8)
    for row, ecg in zip(labels, kept, strict=True):
        row[[column[c] for c in ecg.assessed]] = 0
        row[[column[c] for c in ecg.present]] = 1
    role, labelled = np.array([split.role(e) for e in kept], np.int8), np.any(labels >= 0, axis=1)
    if measure:
        labels[:, -len(measured.CODES) :] = found[:, : len(measured.CODES)]
        collections = np.array([e.key.partition("/")[0] for e in kept], object)
        for code, by_rule in zip(measured.taught(), found[:, len(measured.CODES) :].T, strict=True):
            own = labels[:, column[code]]
            # Those that train alone: figures and calibration rest on what readers said.
            own[:] = np.where((role == TRAIN) & ~_looked_for(own, collections), by_rule, own)
    return Corpus(
        codes,
        labels[there],
        np.array([e.patient for e in kept], object)[there],
        role[there],
        length[there],
        there,
        folder / "inputs.f16",
        np.array([e.often for e in kept], np.int64)[there],
        np.array([e.key for e in kept], object)[there],
        labelled[there],
    )


def _looked_for(said: np.ndarray, collections: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the readers of its collection look for a statement

    said : 1, 0 or -1 (not assessed) of each
    """
    looked = np.zeros(len(said), bool)
    for one in set(collections):
        looked[collections == one] = (said[collections == one] == 1).mean() >= LOOKED_FOR
    return looked


def _digest(ecgs: list[Ecg], measure: bool) -> str:
    """Changes with the ECGs, the preprocessing and what is measured, so that no run meets inputs of another kind."""
    origins = json.dumps([(e.key, [str(a) for a in e.read.args if isinstance(a, (str, int, Path))]) for e in ecgs])
    how = Path(preprocess.__file__).read_bytes()
    if measure:
        how += Path(measured.__file__).read_bytes() + str(MEASURING_VERSION).encode()
    return hashlib.sha256(how + origins.encode()).hexdigest()[:16]


def _fill(ecgs: list[Ecg], folder: Path, task: Task, measure: bool) -> tuple[np.ndarray, np.ndarray]:
    """(n,) filled samples of each input, 0: could not be read; and (n, targets) as measured, if they are asked for"""
    width = len(measured.CODES) + len(measured.TAUGHT) if measure else 0
    lengths, targets = folder / "lengths.npy", folder / "measured.npy"
    filled = np.load(lengths) if lengths.is_file() else np.full(len(ecgs), -1, np.int32)
    found = np.load(targets) if measure and lengths.is_file() else np.full((len(ecgs), width), -1, np.int8)
    todo = np.flatnonzero(filled < 0)
    inputs = folder / "inputs.f16"
    with inputs.open("r+b" if inputs.is_file() else "w+b") as file:
        for done, i in enumerate(todo):
            task.check()
            task.report("Preparing the ECGs", done / len(todo))
            try:
                signal, fs_hz, leads = ecgs[i].read()
                x = to_model_input(signal, fs_hz, leads)
            except CesslError as error:
                log.warning("%s is left out: %s", ecgs[i].key, error)
                filled[i] = 0
                continue
            if measure:
                found[i] = measured.targets(signal, fs_hz, leads, ecgs[i].voltages)
            file.seek(int(i) * BYTES)
            file.write(x.astype(np.float16).tobytes())
            filled[i] = min(INPUT_SAMPLES, round(signal.shape[1] * INPUT_FS_HZ / fs_hz))
            if done % FLUSH_EVERY == FLUSH_EVERY - 1:
                _note(file, {targets: found, lengths: filled} if measure else {lengths: filled})
        _note(file, {targets: found, lengths: filled} if measure else {lengths: filled})
    return filled, found


def _note(file, arrays: dict[Path, np.ndarray]) -> None:
    """What the notes call done must be on the disk before them; the last one says how many are done."""
    file.flush()
    os.fsync(file.fileno())
    for path, array in arrays.items():
        new = path.with_suffix(".new.npy")
        np.save(new, array)
        new.replace(path)
