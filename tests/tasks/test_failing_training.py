"""A training that fails in any phase: a sentence, the old model, all labels, and no half version."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.cli import main
from cessl_gui.core.errors import Cancelled, CesslError, LossNotFinite, MemoryShort, ProjectError
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import State
from cessl_gui.learn import budget
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import rerunning
from cessl_gui.tasks.models import modelling, runs, training
from cessl_gui.tasks.recordings import importing

AF, SR = "164889003", "426783006"


@pytest.fixture
def labelled(project, ward):
    """Six ECGs with labels, a base model, and what must not change."""
    importing.import_paths(project, [ward], Task())
    for number, info in enumerate(project.records.all()):
        project.labels.set(info.id, AF, State.PRESENT if number % 2 else State.ABSENT, "dr test")
        project.labels.set(info.id, SR, State.ABSENT if number % 2 else State.PRESENT, "dr test")
    modelling.base_model(project, "tiny")
    return project


def kept(project) -> tuple:
    models = [(model.id, model.status) for model in project.models.all()]
    files = sorted(str(p.relative_to(project.folder)) for p in (project.folder / "models").rglob("*"))
    return project.labels.all_current(), project.models.active(), models, files


def memory(*given, **more):
    raise MemoryError


def allocator(*given, **more):
    raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")


def gone(*given, **more):
    raise ProjectError("The recording is gone.", "Bring it back.")


PLACES = {
    "the recordings are checked": ("cessl_gui.tasks.models.training._usable", memory, MemoryShort),
    "the signals are gone": ("cessl_gui.tasks.models.training.model_inputs", gone, ProjectError),
    "the signals do not fit": ("cessl_gui.tasks.models.training.model_inputs", memory, MemoryShort),
    "ECGs are measured": ("cessl_gui.tasks.models.training.model_features", gone, ProjectError),
    "features are computed": ("cessl_gui.learn.fit.FitRun.cache", memory, MemoryShort),
    "the output layer is fitted": ("cessl_gui.learn.choosing.fit", memory, MemoryShort),
    "the answers are judged": ("cessl_gui.learn.trainer.comparison_of", allocator, MemoryShort),
    "the version is written": ("cessl_gui.store.tables.models.create", lambda *a, **k: full(), ProjectError),
}


def full():
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("place", PLACES)
def test_a_failure_says_what_is_wrong_and_changes_nothing(labelled, monkeypatch, place):
    before = kept(labelled)
    where, failing, kind = PLACES[place]
    monkeypatch.setattr(where, failing)
    with pytest.raises(kind) as caught:
        training.train(labelled, Task(), backbone="tiny", thread_count=1)
    assert isinstance(caught.value, CesslError)
    assert caught.value.what
    assert caught.value.todo
    assert kept(labelled) == before
    assert runs.last_failed(labelled).reason == caught.value.what


def test_a_loss_that_is_no_number_ends_the_training_with_a_sentence(labelled, monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.loop.masked_loss", lambda logits, *given: logits.sum() * np.nan)
    before = kept(labelled)
    with pytest.raises(LossNotFinite, match="no number"):
        training.train(labelled, Task(), backbone="tiny", mode="fast", thread_count=1)
    assert kept(labelled) == before


def test_a_cancelled_training_changes_nothing(labelled):
    seen, before = [], kept(labelled)

    def stop():
        return Stop.CANCEL if any(p.phase == "Fitting the output layer" for p in seen) else None

    with pytest.raises(Cancelled):
        training.train(labelled, Task(seen.append, stop), backbone="tiny", thread_count=1)
    assert kept(labelled) == before
    assert runs.last_failed(labelled) is None


def test_a_training_counts_as_failed_until_it_ends_so_that_a_killed_one_is_marked(labelled):
    marks = []

    def look(progress):
        marks.append(runs.last_failed(labelled))

    training.train(labelled, Task(look), backbone="tiny", thread_count=1)
    assert {mark and mark.reason for mark in marks} == {runs.KILLED}
    assert runs.last_failed(labelled) is None


KILLED_IN = """
import os, signal, sys
from cessl_gui.core.task import Task
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import training

def kill(progress):
    if progress.phase == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

training.train(Project.open(sys.argv[1]), Task(kill), backbone="tiny", thread_count=1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_training_killed_at_its_end_leaves_all_as_it_was_and_is_marked(labelled):
    before, folder = kept(labelled), labelled.folder
    labelled.close()
    ended = subprocess.run([sys.executable, "-c", KILLED_IN, folder, "Done"], check=False, capture_output=True)
    with Project.open(folder) as again:
        assert ended.returncode == -9, ended.stderr
        assert kept(again) == before
        assert runs.last_failed(again).reason == runs.KILLED


def test_a_real_training_is_repeated_bit_for_bit_from_what_was_stored(labelled, monkeypatch):
    short = replace(budget.FAST, steps=1, check_every=1, batch=2)
    monkeypatch.setattr(budget, "fast", lambda records: [("fast", short)])
    model = training.train(labelled, Task(), backbone="tiny", mode="fast", thread_count=1, seed=3)
    for info in labelled.records.all():
        labelled.labels.set(info.id, AF, State.PRESENT, "dr test")  # since then
    again = rerunning.rerun(labelled, model, Task())
    assert model.summary.method == "fast"
    assert again.words == "Version 1: the same, bit for bit."


def test_the_list_of_versions_names_a_training_that_failed(labelled, monkeypatch, capsys):
    monkeypatch.setattr("cessl_gui.tasks.models.training.model_inputs", gone)
    with pytest.raises(ProjectError):
        training.train(labelled, Task(), backbone="tiny", thread_count=1)
    labelled.close()
    assert main(["models", "list", str(labelled.folder)]) == 0
    assert "failed: The recording is gone. The model and all labels are as they were." in capsys.readouterr().out


def test_a_training_keeps_its_answers_and_its_choices_with_the_version(labelled):
    model = training.train(labelled, Task(), backbone="tiny", thread_count=1)
    answers, summary = labelled.models.out_of_fold(model.id), model.summary
    assert set(answers.ids) == {info.id for info in labelled.records.all()}
    assert answers.statements == (SR, AF) or set(answers.statements) == {SR, AF}
    assert (summary.method, summary.folds, summary.threads) == ("output layer", 5, 1)
    assert [one["method"] for one in summary.candidates] == ["output layer", "current"]
    assert summary.parent.startswith("base-tiny")
    assert "it takes some 300 labelled ECGs to be worth its time, and there are 6" in summary.why
    assert modelling.trained_patients(labelled, model), "nobody is held out in the end"
    again = modelling.own_answers(labelled, model)
    assert again.keys() == set(answers.ids)
    assert again[answers.ids[0]][answers.statements[0]] == pytest.approx(float(answers.after[0, 0]))
