"""Normal ECGs at one key each: all committed, no more drawn than has changed.

How quick it is, benchmarks.window.responsiveness measures.
"""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from benchmarks.window.viewer import Paintings
from cessl_gui.bridge.session import Session
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.store.project import Project
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.conftest import PANEL, SR
from tests.ui.windows import gone, press

COUNT, FS_HZ = 25, 250.0
MOST_ASKED = 60  # statements of SQL at a key, beside those that write the labels; 40 when this was written


@pytest.fixture
def many(qapp, tmp_path):
    project = Project.open(tmp_path / "many.cessl")
    signal = np.random.default_rng(0).normal(0, 0.1, (12, round(10 * FS_HZ))).astype(np.float32)
    with project.atomic():
        for i in range(COUNT):
            record = Record(f"r{i:03d}", f"ECG {i:03d}", f"/nowhere/{i}.hea", f"{i:064d}", signal + i, FS_HZ, LEADS_12)
            project.records.add(record)
            project.waveforms.write(record)
    session = Session(project, reader="dr test")
    yield session
    assert session.close()


def test_normals_at_one_key_each(many, qtbot):
    window = MainWindow(many)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.labels.is_on_page, timeout=10_000)
    page = Paintings(window.page.canvas)
    painted: list[int] = []
    asked: list[list[str]] = []
    many.project._database.connection.set_trace_callback(lambda sql: asked[-1].append(sql) if asked else None)
    for _ in range(COUNT):
        # No reader is quicker than the next ECG is read ahead.
        qtbot.waitUntil(lambda: window.labels.is_on_page and "prefetch" not in many.busy, timeout=10_000)
        before = page.count
        asked.append([])
        press(qtbot, window, Qt.Key.Key_N)
        QApplication.processEvents()
        painted.append(page.count - before)
    many.project._database.connection.set_trace_callback(None)
    window.close()
    gone(window)
    assert {info.reading for info in many.project.records.all()} == {ReadingState.CONFIRMED}
    normal = {statement.code: State.ABSENT for statement in PANEL} | {SR: State.PRESENT}
    assert set(map(frozenset, (labels.items() for labels in many.project.labels.all_current().values()))) == {
        frozenset(normal.items())
    }
    assert max(painted[:-1]) == 1  # after the last one there is none to go on to
    labelled = len(normal)  # each is an act, a label, and which of several readers' words is shown
    assert max(map(len, asked)) <= 3 * labelled + MOST_ASKED, "\n".join(max(asked, key=len))
