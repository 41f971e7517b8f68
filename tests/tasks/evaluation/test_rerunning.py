"""A run is repeated from what was stored with it (a stand-in trains)."""

import json

import numpy as np
import pytest

from cessl_gui.cli import main
from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.learn import trainer
from cessl_gui.learn.network.adapted import Adapted, learned
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.tasks.evaluation import rerunning
from cessl_gui.tasks.merging_statements import merge
from cessl_gui.tasks.models import training
from cessl_gui.tasks.models.modelling import load_backbone
from cessl_gui.tasks.recordings import importing

AF, SR = "164889003", "426783006"


class StandIn:
    """Gives tensors that follow from the job, the seed and the number of threads, as a training does."""

    def __init__(self, adapter: Adapted):
        self.adapter, self.noise, self.seen = adapter, 0.0, []

    def __call__(self, job, load, backbone, task, *, thread_count=None, **_):
        self.seen.append((job, thread_count))
        tensors = dict(self.adapter.tensors)
        name = "classifier.1.weight"
        tensors[name] = tensors[name] * 0 + job.seed + len(job.labels) + (thread_count or 0) + self.noise
        meta = {**self.adapter.meta, "metrics": {}, "n_labelled": 6, "n_unlabelled": 0, "threads": thread_count}
        return Adapted({k: v.astype(np.float32) for k, v in tensors.items()}, meta)


@pytest.fixture
def stand_in(monkeypatch):
    backbone = load_backbone()
    net = CesslNet(BackboneSpec(backbone.name, backbone.spec.width, backbone.spec.layers, (AF,)))
    meta = {
        "backbone": backbone.name,
        "backbone_sha256": backbone.sha256,
        "statements": [AF],
        "ranks": [0] * (9 + 3 * backbone.spec.layers + 1),
        "deactivation": 0.2,
        "frozen_blocks": 2,
        "thresholds": {AF: 0.5},
    }
    found = StandIn(Adapted(learned(net), meta))
    monkeypatch.setattr(trainer, "adapt", found)
    return found


@pytest.fixture
def run(project, ward, stand_in):
    """A version, trained with seed 7 on three threads."""
    importing.import_paths(project, [ward], Task())
    for number, info in enumerate(project.records.all()):
        project.labels.set(info.id, AF, State.PRESENT if number % 2 else State.ABSENT, "dr a")
    return training.train(project, Task(), seed=7, thread_count=3)


def test_a_rerun_takes_the_labels_of_then_the_seed_and_the_threads(project, run, stand_in):
    first = project.records.all()[0].id
    project.labels.set(first, AF, State.PRESENT, "dr a")  # since then
    result = rerunning.rerun(project, run, Task())
    assert result.words == "Version 1: the same, bit for bit."
    (then, threads), (now, again) = stand_in.seen
    assert now == then
    assert (threads, again) == (3, 3)
    assert len(project.models.all()) == 2, "nothing is kept"


def test_where_bits_differ_it_is_said_what_changed(project, run, stand_in, monkeypatch):
    stand_in.noise = 1e-3
    monkeypatch.setattr(training, "made_with", lambda: {**run.summary.made_with, "torch": "99"})
    result = rerunning.rerun(project, run, Task())
    assert result.differs == ("classifier.1.weight",)
    assert "99 now" in result.words


def test_how_a_statement_is_called_counted_or_shown_since_then_does_not_count(project, run):
    project.settings.word(AF, "name", "Flutter or fibrillation", "dr a")
    project.settings.set("panel", [SR])
    merge(project, AF, SR, "dr a")
    assert rerunning.rerun(project, run, Task()).is_same
    project.models.adopt(run.id)
    assert AF in project.models.active().statements, "a version predicts what it was trained on"


def test_without_an_ecg_that_was_removed_since_it_is_not_repeated(project, run):
    project.remove([project.records.all()[0].id], "dr a", "")
    with pytest.raises(ModelMismatch, match="1 ECG that Version 1 was made from was removed"):
        rerunning.rerun(project, run, Task())


def test_a_base_model_cannot_be_repeated(project, run):
    with pytest.raises(ModelMismatch, match="was not trained here"):
        rerunning.rerun(project, project.models.active(), Task())


def test_by_command(project, run, stand_in, capsys):
    folder = str(project.folder)
    project.close()
    assert main(["rerun", folder, "Version 1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    stand_in.noise = 1.0
    assert main(["rerun", folder, run.id]) == 1
    assert "tensors differ" in capsys.readouterr().out
