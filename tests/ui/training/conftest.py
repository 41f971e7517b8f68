"""The Model room, with a stand-in for the training."""

import pytest

from cessl_gui.tasks.models import predicting, training
from cessl_gui.ui.parts.tokens import LIGHT
from cessl_gui.ui.training.view import ModelView
from tests.ui.training.training_room import shown
from tests.ui.training_stand_in import StandIn, candidate


@pytest.fixture
def stand_in(monkeypatch):
    stand_in = StandIn()
    monkeypatch.setattr(training, "train", stand_in)
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    yield stand_in
    stand_in.go.set()


@pytest.fixture
def view(session, qtbot, stand_in):
    widget = ModelView(session)
    qtbot.addWidget(widget)
    widget.resize(1302, 744)
    widget.set_theme(LIGHT)
    widget.show()
    yield widget
    stand_in.go.set()
    qtbot.waitUntil(lambda: not session.busy)


@pytest.fixture
def judged(view, session, qtbot):
    """The view on a version that waits and shows no difference."""
    candidate(session)
    return shown(view, qtbot)
