"""How long trainings took is kept for the next one, each kind by itself."""

import json

import pytest

from cessl_gui.bridge.models import shelf
from cessl_gui.core.training.training_job import Mode


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "user_data", lambda: tmp_path)
    return tmp_path


def test_each_kind_of_training_keeps_its_own_pace(folder):
    shelf._learn_pace(Mode.OUTPUT, {"Reading ECGs": 0.1})
    shelf._learn_pace(Mode.FAST, {"Training": 2.0})
    assert shelf._learned_paces() == {"output": {"Reading ECGs": 0.1}, "fast": {"Training": 2.0}}


@pytest.mark.parametrize("kept", [{"Reading ECGs": 0.1}, {"fast": {"Training": "long"}}, [1], "{"])
def test_what_tells_no_pace_of_a_kind_is_left_out(folder, kept):
    (folder / "training_pace.json").write_text(kept if kept == "{" else json.dumps(kept))
    assert not any(shelf._learned_paces().values())
