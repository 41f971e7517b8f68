"""Answers out of fold as files of a version: arrays as safetensors, names as JSON. Nothing in them is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.training.results import FLOATS, OutOfFold

ARRAYS, NAMES = "out_of_fold.safetensors", "out_of_fold.json"
MOST_BYTES = 64 << 20  # of either file: 100,000 records with 30 statements take 36 MB


def to_files(answers: OutOfFold) -> dict[str, bytes]:
    """File name -> content, for `Models.add` beside the adapter's own files."""
    import safetensors.numpy  # here: the start page does not need it

    arrays = {name: getattr(answers, name) for name in (*FLOATS, "folds") if getattr(answers, name) is not None}
    names = {key: list(getattr(answers, key)) for key in ("ids", "patients", "statements")}
    return {ARRAYS: safetensors.numpy.save(arrays), NAMES: json.dumps(names, ensure_ascii=False).encode()}


def from_folder(folder: Path) -> OutOfFold | None:
    """Read what `to_files` gave, out of a folder whose hashes were checked; None where a version has none.

    raises : ProjectError where the files do not belong together or are too large
    """
    import safetensors.numpy

    paths = folder / ARRAYS, folder / NAMES
    if not any(path.is_file() for path in paths):
        return None
    try:
        if any(path.stat().st_size > MOST_BYTES for path in paths):
            raise ValueError("too large")
        names = json.loads(paths[1].read_text(encoding="utf-8"))
        ids, patients, statements = (tuple(names[key]) for key in ("ids", "patients", "statements"))
        if not all(isinstance(one, str) for one in (*ids, *patients, *statements)):
            raise ValueError("a name is no text")
        arrays: dict[str, Any] = safetensors.numpy.load(paths[0].read_bytes())
        if any(((value < 0) | (value > 1)).any() for name, value in arrays.items() if name in FLOATS):
            raise ValueError("labels, answers and thresholds are not between 0 and 1")
        return OutOfFold(ids=ids, patients=patients, statements=statements, **arrays)
    except Exception as error:  # a damaged or a stranger's file can fail anywhere in the readers
        raise ProjectError(
            f"The evidence of the model in {folder.name} is damaged.", "Its predictions are not concerned. Train again."
        ) from error
