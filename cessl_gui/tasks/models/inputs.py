"""What a training reads of a project's recordings: each is read and judged once; what cannot be used is noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.preprocess import INPUT_SAMPLES
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.modelling import judged_input, model_inputs
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform


class Inputs:
    """The model's inputs of records.

    left_out : records that cannot be read
    no_ecg   : record id -> why it is no ECG that a model can judge
    """

    def __init__(self, project: Project) -> None:
        self.left_out: list[str] = []
        self.no_ecg: dict[str, str] = {}
        self._project = project
        self._kept: dict[str, np.ndarray] = {}

    @property
    def unusable(self) -> frozenset[str]:
        """The records that cannot be used, of those that were looked at."""
        return frozenset({*self.left_out, *self.no_ecg})

    def look_at(self, ids: Sequence[str], task: Task) -> None:
        """Read these, and keep their inputs until they are asked for. raises : Cancelled, asked all through"""
        for count, record_id in enumerate(ids):
            task.check()
            # Without a fraction: the bar would run twice.
            task.report("Reading ECGs", message=f"{count} of {len(ids)}")
            self._kept.update((record_id, x) for x in task.asking(partial(self._usable, [record_id])))

    def labelled(self, ids: Sequence[str]) -> np.ndarray:
        """float32 (n, 12, 6144), all of them. raises : UnreadableRecording, NotAnEcg"""
        waiting = [record_id for record_id in ids if record_id not in self._kept]
        read = dict(zip(waiting, model_inputs(self._project, waiting), strict=True)) if waiting else {}
        return np.stack([read[i] if i in read else self._kept.pop(i) for i in ids])

    def unlabelled(self, ids: Sequence[str]) -> np.ndarray:
        """float32 (n, 12, 6144) of those of them that can be used."""
        return np.array(self._usable(ids), np.float32).reshape(-1, len(LEADS_12), INPUT_SAMPLES)

    def _usable(self, ids: Iterable[str]) -> list[np.ndarray]:
        usable = []
        for record_id in ids:
            if record_id in self._kept:
                usable.append(self._kept.pop(record_id))
            elif record_id not in self.unusable:
                try:
                    x, verdict = judged_input(read_waveform(self._project, record_id, BEGINNING_S))
                except CesslError:
                    self.left_out.append(record_id)
                    continue
                if x is None:
                    self.no_ecg[record_id] = verdict.reason
                else:
                    usable.append(x)
        return usable
