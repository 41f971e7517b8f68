"""A session on three records, with an active model that has predicted them."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import ModelInfo, Prediction, Record
from cessl_gui.ecg import scipy_later
from cessl_gui.store.project import Project
from tests.leftovers import nothing_left_running as nothing_left_running
from tests.records import make_record, noise_mv

scipy_later.load()  # as in a window that has shown a record: the next ones come at once

AF = "164889003"
PVC = "427172004"


def record(number: int) -> Record:
    return make_record(noise_mv(number), number)


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
