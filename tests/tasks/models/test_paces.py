"""How long trainings took is kept for the next one, each kind by itself."""

import json

import pytest

from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.training.training_job import Mode
from cessl_gui.tasks.models import paces


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paces, "user_data", lambda: tmp_path)
    return tmp_path


def test_each_kind_of_training_keeps_its_own_pace(folder):
    paces.learn(Mode.OUTPUT, {"Reading ECGs": 0.1})
    paces.learn(Mode.FAST, {"Training": 2.0})
    assert paces.learned() == {"output": {"Reading ECGs": 0.1}, "fast": {"Training": 2.0}}


@pytest.mark.parametrize("kept", [{"Reading ECGs": 0.1}, {"fast": {"Training": "long"}}, [1], "{"])
def test_what_tells_no_pace_of_a_kind_is_left_out(folder, kept):
    (folder / "training_pace.json").write_text(kept if kept == "{" else json.dumps(kept))
    assert not any(paces.learned().values())


@pytest.mark.parametrize(
    ("mode", "summary", "kept"),
    [
        (Mode.AUTO, {"n_labelled": 50, "n_unlabelled": 0}, {"output": {"Training": 0.2}}),
        (Mode.FAST, {"n_labelled": 50, "n_unlabelled": 150}, {"fast": {"Training": 0.05}}),
        (Mode.AUTO, {"n_labelled": 50, "stopped_early_by_person": True}, {}),
    ],
)
def test_a_training_by_command_tells_the_next_one_how_long_it_takes(folder, mode, summary, kept):
    paces.learn_of(TrainingSummary(**summary), mode, {"Training": 10.0})
    assert paces.learned() == kept
