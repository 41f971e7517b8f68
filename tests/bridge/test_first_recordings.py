"""The first recordings of an empty project can be read before the last one is imported."""

import threading

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import State
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import importing
from cessl_gui.tasks.recordings.importing import ImportResult
from tests.bridge.conftest import AF, record


@pytest.fixture
def importing_slowly(qapp, qtbot, tmp_path, monkeypatch):
    """A session whose import has kept two recordings of three, and goes on when the event is set."""
    goes_on = threading.Event()

    def import_paths(project, paths, task, **_):
        for number in range(3):
            if number == 2:
                assert goes_on.wait(20)
            project.records.add(record(number))
            project.waveforms.write(record(number))
            task.steps("Importing", 3).done(number + 1)
        return ImportResult()

    monkeypatch.setattr(importing, "import_paths", import_paths)
    monkeypatch.setattr("cessl_gui.bridge.background.runner.PROGRESS_INTERVAL_S", 0)
    session = Session(Project.open(tmp_path / "empty.cessl"), reader="dr test")
    monkeypatch.setattr(session, "predict_missing", lambda: None)
    session.import_paths([tmp_path])
    qtbot.waitUntil(lambda: session.count > 0, timeout=20_000)
    yield session, goes_on
    goes_on.set()
    qtbot.waitUntil(lambda: not session.busy, timeout=20_000)
    assert session.close()


def test_the_first_recordings_are_listed_while_others_come(importing_slowly):
    session, _ = importing_slowly
    assert "import" in session.busy
    assert session.first_unread() == "r0"


def test_a_label_given_meanwhile_stays_when_the_import_ends(importing_slowly, qtbot):
    session, goes_on = importing_slowly
    qtbot.waitUntil(lambda: "collect" not in session.busy, timeout=20_000)
    session.set_label("r0", AF, State.PRESENT)
    goes_on.set()
    qtbot.waitUntil(lambda: "import" not in session.busy, timeout=20_000)
    assert session.count == 3
    assert session.labels("r0") == {AF: State.PRESENT}
