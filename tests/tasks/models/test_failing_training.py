"""A training that fails in any phase: a sentence, the old model, all labels, and no half version."""

import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cessl_gui.cli import main
from cessl_gui.core.errors import Cancelled, CesslError, LossNotFinite, MemoryShort, ProjectError
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import State
from cessl_gui.learn import budget, trainer
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import rerunning
from cessl_gui.tasks.models import inputs, modelling, runs, training
from cessl_gui.tasks.recordings import importing
from tests.conftest import full_disk

AF, SR = "164889003", "426783006"


@pytest.fixture
def labelled(project, ward, monkeypatch):
    """Six ECGs with labels, and a base model; the output layer is fitted in few ways."""
    monkeypatch.setattr("cessl_gui.learn.output_layer.PULLS", (1.0,))
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
    "the recordings are looked at": ("cessl_gui.tasks.models.inputs.read_waveform", memory, MemoryShort),
    "the signals are gone": ("cessl_gui.tasks.models.inputs.Inputs.labelled", gone, ProjectError),
    "the signals do not fit": ("cessl_gui.tasks.models.inputs.judged_input", memory, MemoryShort),
    "ECGs are measured": ("cessl_gui.tasks.models.training.model_features", gone, ProjectError),
    "features are computed": ("cessl_gui.learn.fit.FitRun.cache", memory, MemoryShort),
    "the output layer is fitted": ("cessl_gui.learn.choosing.fit", memory, MemoryShort),
    "the folds are drawn again": ("cessl_gui.learn.by_folds._drawn_again", allocator, MemoryShort),
    "the answers are judged": ("cessl_gui.learn.trainer.comparison_of", allocator, MemoryShort),
    "the version is written": ("cessl_gui.store.tables.models.create", lambda *a, **k: full(), ProjectError),
}


BELOW = {
    "unlabelled ECGs are read": ("cessl_gui.learn.fit.FitRun.read_unlabelled", gone, ProjectError),
    "unlabelled ECGs do not fit": ("cessl_gui.learn.fit.FitRun.read_unlabelled", allocator, MemoryShort),
    "the layers are ranked": ("cessl_gui.learn.fit.importances", memory, MemoryShort),
    "CE-SSL is tried on the folds": ("cessl_gui.learn.below.train", allocator, MemoryShort),
    "CE-SSL learns from all": ("cessl_gui.learn.by_folds.train", memory, MemoryShort),
    "its answers are judged": ("cessl_gui.learn.trainer.comparison_of", memory, MemoryShort),
    "its version is written": ("cessl_gui.store.tables.models.create", lambda *a, **k: full(), ProjectError),
}
SHORT = replace(budget.FAST, steps=1, check_every=1, batch=2)


@pytest.fixture
def short(monkeypatch):
    """CE-SSL of one step, tried on two folds."""
    monkeypatch.setattr(budget, "fast", lambda records: [("fast", SHORT)])
    monkeypatch.setattr(trainer, "by_draw", partial(by_draw, count=2, draws=2))


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


@pytest.mark.parametrize("place", BELOW)
def test_a_failure_of_ce_ssl_says_what_is_wrong_and_changes_nothing(labelled, short, monkeypatch, place):
    before = kept(labelled)
    where, failing, kind = BELOW[place]
    monkeypatch.setattr(where, failing)
    with pytest.raises(kind) as caught:
        training.train(labelled, Task(), backbone="tiny", mode="fast", thread_count=1)
    assert caught.value.todo
    assert kept(labelled) == before
    assert runs.last_failed(labelled).reason == caught.value.what


@pytest.mark.parametrize("phase", ["Trying CE-SSL on the folds", "Training"])
def test_a_loss_that_is_no_number_ends_the_training_with_a_sentence(labelled, short, monkeypatch, phase):
    seen = []

    def astray(net, *given):
        return net.head.bias.sum() * (np.nan if seen[-1].phase == phase else 1.0)

    monkeypatch.setattr("cessl_gui.learn.loop.semi_supervised_loss", astray)
    before = kept(labelled)
    with pytest.raises(LossNotFinite, match="no number"):
        training.train(labelled, Task(seen.append), backbone="tiny", mode="fast", thread_count=1)
    assert seen[-1].phase == phase
    assert kept(labelled) == before
    assert runs.last_failed(labelled) is not None


def test_recordings_that_vanish_while_they_are_read_are_named_and_nothing_changes(labelled, ward):
    """Files and signals in the cache go as the phase begins."""
    before = kept(labelled)

    def vanish(progress):
        if progress.phase == "Reading ECGs" and ward.exists():
            shutil.rmtree(ward)
            shutil.rmtree(labelled.folder / "waveforms", ignore_errors=True)

    with pytest.raises(CesslError) as caught:
        training.train(labelled, Task(vanish), backbone="tiny", thread_count=1)
    assert not ward.exists()
    assert "cannot be read any more" in caught.value.what
    assert caught.value.todo
    assert kept(labelled) == before
    assert runs.last_failed(labelled).reason == caught.value.what


@pytest.mark.parametrize("phase", ["Reading ECGs", "Judging the answers out of fold"])
def test_where_the_disk_fills_the_training_says_so_and_the_first_mark_stays(labelled, phase):
    before, stages = kept(labelled), []

    def fill(progress):
        stages.append(progress.phase)
        if stages.count(phase) == 1 and progress.phase == phase:
            stack.enter_context(full_disk())

    with ExitStack() as stack, pytest.raises(CesslError) as caught:
        training.train(labelled, Task(fill), backbone="tiny", thread_count=1)
    assert caught.value.todo
    assert kept(labelled) == before
    assert runs.last_failed(labelled) is not None


@pytest.mark.parametrize("how", [Cancelled, KeyboardInterrupt])
def test_a_cancelled_training_changes_nothing(labelled, how):
    seen, before = [], kept(labelled)

    def stop():
        if not any(p.phase == "Fitting the output layer" for p in seen):
            return None
        if how is KeyboardInterrupt:
            raise how
        return Stop.CANCEL

    with pytest.raises(how):
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
import os, shutil, signal, sys
from dataclasses import replace
from functools import partial
from cessl_gui.core.task import Task
from cessl_gui.learn import budget, output_layer, trainer
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import training

short = replace(budget.FAST, steps=1, check_every=1, batch=2)
budget.fast = lambda records: [("fast", short)]
output_layer.PULLS = (1.0,)
trainer.by_draw = partial(by_draw, count=2, draws=2)
_, folder, mode, *phases = sys.argv

def kill(progress):
    if progress.phase in phases and not os.path.exists(folder + progress.phase):
        shutil.copytree(folder, folder + progress.phase)
    if progress.phase == phases[-1] and progress.fraction is not None:  # of the judging: its end
        os.kill(os.getpid(), signal.SIGKILL)

training.train(Project.open(folder), Task(kill), backbone="tiny", mode=mode, thread_count=1)
"""
PHASES = {
    "fast": (
        *("Reading ECGs", "Measuring", "Computing features", "Fitting the output layer"),
        *("Trying CE-SSL on the folds", "Training", "Judging the answers out of fold"),
    ),
    "output": ("Drawing the folds again",),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("mode", PHASES)
def test_a_training_killed_in_any_phase_leaves_all_as_it_was_and_is_marked(labelled, mode):
    """What the folder holds as a phase begins is what a kill leaves there; the last phase is really killed."""
    before, folder = kept(labelled), labelled.folder
    labelled.close()
    given = [sys.executable, "-W", "ignore", "-c", KILLED_IN, str(folder), mode, *PHASES[mode]]
    ended = subprocess.run(given, check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    for phase in ("", *PHASES[mode]):
        with Project.open(f"{folder}{phase}") as again:
            assert kept(again) == before, phase
            assert runs.last_failed(again).reason == runs.KILLED, phase


def test_a_real_training_is_repeated_bit_for_bit_from_what_was_stored(labelled, short):
    model = training.train(labelled, Task(), backbone="tiny", mode="fast", thread_count=1, seed=3)
    for info in labelled.records.all():
        labelled.labels.set(info.id, AF, State.PRESENT, "dr test")  # since then
    again = rerunning.rerun(labelled, model, Task())
    assert model.summary.method == "fast"
    assert again.words == "Version 1: the same, bit for bit."


def test_a_training_whose_folds_were_drawn_several_times_is_repeated_bit_for_bit(labelled, monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.budget.PATIENCE_S", 0)  # on a quick device all layers would be tried, too
    model = training.train(labelled, Task(), backbone="tiny", thread_count=1)
    assert model.summary.repeats > 1
    assert rerunning.rerun(labelled, model, Task()).is_same


def test_the_list_of_versions_names_a_training_that_failed(labelled, monkeypatch, capsys):
    monkeypatch.setattr(inputs.Inputs, "labelled", gone)
    with pytest.raises(ProjectError):
        training.train(labelled, Task(), backbone="tiny", thread_count=1)
    labelled.close()
    assert main(["models", "list", str(labelled.folder)]) == 0
    assert "failed: The recording is gone. The model and all labels are as they were." in capsys.readouterr().out


def test_a_training_keeps_its_answers_and_its_choices_with_the_version(labelled, monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.budget.PATIENCE_S", 0)  # on a quick device all layers would be tried, too
    model = training.train(labelled, Task(), backbone="tiny", thread_count=1)
    answers, summary = labelled.models.out_of_fold(model.id), model.summary
    assert set(answers.ids) == {info.id for info in labelled.records.all()}
    assert answers.statements == (SR, AF) or set(answers.statements) == {SR, AF}
    assert (summary.method, summary.folds, summary.repeats, summary.threads) == ("output layer", 5, 5, 1)
    assert [one["method"] for one in summary.candidates] == ["output layer", "current"]
    assert summary.parent.startswith("base-tiny")
    assert "there are 6. It is tried from 300 on, as your ECGs may differ, and when asked for" in summary.why
    assert modelling.trained_patients(labelled, model), "nobody is held out in the end"
    again = modelling.own_answers(labelled, model)
    assert again.keys() == set(answers.ids)
    assert again[answers.ids[0]][answers.statements[0]] == pytest.approx(float(answers.after[0, 0]))
