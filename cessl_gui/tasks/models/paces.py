"""How long trainings took on this machine, by window or by command: kept for whoever asks before the next one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cessl_gui.core.files import atomic_write
from cessl_gui.core.paths import user_data
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.training.training_job import Mode
from cessl_gui.learn.readiness import takes_time_for


def learned() -> dict[str, dict[str, float]]:
    """What a training is for -> phase -> seconds per ECG of the last such one on this machine."""
    try:
        given = json.loads(_file().read_text(encoding="utf-8"))
        return {str(kind): _phases(of) for kind, of in given.items() if isinstance(of, dict)}
    except (OSError, ValueError, AttributeError):
        return {}


def learn(kind: Mode, measured: Mapping[str, float]) -> None:
    """Keep what a training took that came to its end by itself. measured : phase -> seconds per ECG"""
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(_file()) as unfinished:
            unfinished.write_text(json.dumps({**learned(), kind: dict(measured)}), encoding="utf-8")
    except OSError:
        pass  # the next training tells its time a little later


def learn_of(summary: TrainingSummary, mode: Mode, took: Mapping[str, float]) -> None:
    """The same of a training that has ended. mode : what was asked for; took : phase -> seconds"""
    kind = takes_time_for(mode, summary.n_labelled)
    ecgs = summary.n_labelled + (0 if kind == Mode.OUTPUT else summary.n_unlabelled)
    if took and ecgs and not summary.stopped_early_by_person:
        learn(kind, {phase: seconds / ecgs for phase, seconds in took.items()})


def _file() -> Path:
    return user_data() / "training_pace.json"


def _phases(given: Mapping[str, Any]) -> dict[str, float]:
    return {str(k)[:60]: float(v) for k, v in given.items() if isinstance(v, int | float) and 0 <= v < 3600}
