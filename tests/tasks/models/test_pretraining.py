"""A project as a source of pre-training."""

import textwrap

import h5py
import numpy as np
import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.learn.network import backbones
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.pretraining import pretrain

pytestmark = pytest.mark.usefixtures("configured_data_alone", "few_draws")
FAST, SLOW = "427084000", "426177001"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "own.cessl"
    seconds = np.arange(2000) / 250
    with Project.open(folder) as opened:
        for i in range(24):
            beats = (seconds * (2.2 if i % 2 else 0.7)) % 1
            signal = np.exp(-(((beats - 0.5) / 0.02) ** 2)) * np.linspace(0.5, 1.5, 12)[:, None]
            signal = (signal + 0.02 * np.random.default_rng(i).standard_normal((12, 2000))).astype(np.float32)
            record = Record(f"{i:016x}", f"r{i}", f"/r{i}", f"{i:064x}", signal, 250.0, LEADS_12, patient=f"p{i}")
            opened.records.add(record)
            opened.waveforms.write(record)
            state = State.PRESENT if i % 2 else State.ABSENT
            if i < 22:
                opened.labels.set(record.id, FAST, state, reader="ann")
                opened.labels.set(record.id, SLOW, State.UNCERTAIN, reader="ann")
    return folder


@pytest.fixture
def code(tmp_path):
    """A CODE folder of other patients: it vouches for both statements, the project for one."""
    folder, seconds = tmp_path / "code", np.arange(4096) / 400
    folder.mkdir()
    rows, tracings = ["exam_id,patient_id,1dAVb,RBBB,LBBB,SB,ST,AF"], []
    for exam in range(24):
        beats = (seconds * (2.2 if exam % 2 else 0.7)) % 1
        tracings.append(np.exp(-(((beats - 0.5) / 0.02) ** 2))[:, None] * np.linspace(0.5, 1.5, 12))
        rows.append(f"{exam},{exam},False,False,False,{exam % 2 == 0},{exam % 2 == 1},False")
    with h5py.File(folder / "part.hdf5", "w") as h5:
        h5["tracings"], h5["exam_id"] = np.array(tracings, np.float32), np.arange(24)
    (folder / "exams.csv").write_text("\n".join(rows))
    return folder


def config(folder, path="own.cessl", more=""):
    text = f"""
        name = "own"
        size = "tinylight"
        cache = "cache"
        batch = 8
        fewest = 4
        epochs = 1
        threads = 1
        [split]
        share = 0.3
        [[source]]
        kind = "project"
        path = "{path}"
        """
    (folder / "own.toml").write_text(textwrap.dedent(text) + more)
    return folder / "own.toml"


def test_a_project_and_another_source_of_more_statements_train_together(tmp_path, project, code):
    path = config(tmp_path, more=f'[[source]]\nkind = "code"\npath = "{code}"\n')
    card = backbones.read(pretrain(path, Task())).card
    assert set(card["statements"]) == {FAST, SLOW}
    # 22 labelled ECGs of the project and 24 of CODE; an uncertain label neither trains nor counts.
    assert card["training"]["ecgs_trained_on"] + card["training"]["ecgs_validated_on"] == 46
    found = card["figures"]["statements"]
    assert 0 < found[SLOW]["n"] < found[FAST]["n"] == card["figures"]["records"]
    with Project.open(project):  # it was closed again
        pass


def test_excluded_records_of_a_project_stay_out(tmp_path, project, code):
    with Project.open(project) as opened:
        opened.records.set_reading(f"{3:016x}", ReadingState.EXCLUDED, reader="ann")
    path = config(tmp_path, more=f'[[source]]\nkind = "code"\npath = "{code}"\n')
    card = backbones.read(pretrain(path, Task())).card
    assert card["training"]["ecgs_trained_on"] + card["training"]["ecgs_validated_on"] == 45


def test_a_project_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ProjectError):
        pretrain(config(tmp_path, "none.cessl"), Task())
