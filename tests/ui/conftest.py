"""A real session on a small project of random signals; a model whose predictions are known; the window on it."""

import numpy as np
import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, ModelInfo, PerLead, PerWindow, Prediction
from cessl_gui.ecg import scipy_later
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import predicting
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.shell.window import MainWindow
from tests.leftovers import nothing_left_running as nothing_left_running
from tests.records import record_of
from tests.ui.windows import gone

scipy_later.load()  # as in a window that has shown a record: the next ones come at once

PANEL = vocabulary().panel
SR, SB, ST = (s.code for s in PANEL[:3])
AF = "164889003"
MODEL_CODES = (SR, SB, AF)
COUNT = 6


def probabilities(number: int) -> dict[str, float]:
    """What the test model says of record `number`: AF falls from record to record, SB rises."""
    return {SR: 0.5, SB: 0.1 * number, AF: round(0.95 - 0.1 * number, 2)}


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Window preferences of tests stay away from the person's own. That it is for research alone was read before."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    preferences().setValue("research_use_read", True)


@pytest.fixture
def project(tmp_path):
    project = Project.open(tmp_path / "reading.cessl")
    for i in range(COUNT):
        record = record_of(i, statements=(AF,) if i == 0 else ())
        project.records.add(record)
        project.waveforms.write(record)
    thresholds = {SR: 0.4, SB: 0.3, AF: 0.6}
    model = ModelInfo(
        "m1",
        "Base model",
        "tiny",
        "0" * 64,
        MODEL_CODES,
        thresholds,
        "backbone tiny, none of your labels",
        "base",
        "2026",
    )
    project.models.add(model, {})
    project.models.activate("m1")
    project.predictions.write("m1", [Prediction(f"r{i}", "m1", probabilities(i)) for i in range(COUNT)])
    return project


@pytest.fixture
def session(qapp, project):
    session = Session(project, reader="dr test")
    yield session
    assert session.close()


def per_lead(_project, record_id, _model, left_out=()):
    k = len(MODEL_CODES)
    full, some = np.linspace(0.2, 0.8, k, dtype=np.float32), np.full((12, k), 0.5, np.float32)
    return PerLead(record_id, "m1", MODEL_CODES, full - 0.1 * len(left_out), some, some, left_out)


def per_window(_project, record_id, _task, _model):
    """AF falls by 30 points without V1 from 2 to 3 s, and rises by 10 without II from 5 to 6 s."""
    k = len(MODEL_CODES)
    full = np.linspace(0.2, 0.8, k, dtype=np.float32)
    masked = np.tile(full, (12, 10, 1))
    masked[LEADS_12.index("V1"), 2, MODEL_CODES.index(AF)] -= 0.3
    masked[LEADS_12.index("II"), 5, MODEL_CODES.index(AF)] += 0.1
    return PerWindow(record_id, "m1", MODEL_CODES, full, np.arange(11.0), masked)


@pytest.fixture
def window(session, qtbot, monkeypatch):
    monkeypatch.setattr(predicting, "per_lead", per_lead)
    monkeypatch.setattr(predicting, "per_window", per_window)
    window = MainWindow(session)
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
        window.activateWindow()
    yield window
    window.close()
    gone(window)
