"""A session on three records, with an active model that has predicted them."""

import numpy as np
import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import LEADS_12, ModelInfo, Prediction, Record
from cessl_gui.store.project import Project
from tests.leftovers import nothing_left_running as nothing_left_running

AF = "164889003"
PVC = "427172004"


def record(number: int) -> Record:
    signal = np.random.default_rng(number).normal(0, 0.1, (12, 5000)).astype(np.float32)
    return Record(f"r{number}", f"ECG {number}", f"/nowhere/{number}.hea", f"{number:064d}", signal, 500.0, LEADS_12)


@pytest.fixture
def session(qapp, tmp_path):
    project = Project.open(tmp_path / "test.cessl")
    for i in range(3):
        project.records.add(record(i))
        project.waveforms.write(record(i))
    model = ModelInfo(
        "m1", "base", "tiny", "0" * 64, (AF, PVC), {AF: 0.5, PVC: 0.5}, "base model", "base", "2026-01-01"
    )
    project.models.add(model, {})
    project.models.activate("m1")
    project.predictions.write("m1", [Prediction(f"r{i}", "m1", {AF: 0.9, PVC: 0.1}) for i in range(3)])
    session = Session(project, reader="dr test")
    yield session
    assert session.close()
