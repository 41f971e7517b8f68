"""Pictures of README and manual, of generated ECGs alone: python -m benchmarks.window.manual_pictures FOLDER."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from benchmarks.window.screens import wait
from cessl_gui.bridge.session import Session
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.demo import make_demo
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.shell.window import MainWindow

SIZE = (1366, 740)
SR = "426783006"
ECGS = 60


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = place
        preferences().setValue("research_use_read", True)
        preferences().setValue("theme", "light")
        make_demo(Path(place) / "Demo.cessl", Task(), n=ECGS)
        session = Session(Project.open(Path(place) / "Demo.cessl"), reader="R1")
        window = MainWindow(session)
        window.resize(*SIZE)
        window.show()
        wait(lambda: not session.is_opening, 60)
        session.predict_missing()
        wait(lambda: len(session.predictions()) == ECGS and "predict" not in session.busy, 300)
        _take(window, folder)
        window.close()
    app.processEvents()


def _take(window: MainWindow, folder: Path) -> None:
    session = window._session
    unread = [info.id for info in session.records() if info.reading == ReadingState.NEW]
    said = session.project.predictions.all(session.active_model().id)
    found = [(i, code) for i in unread for code in session.project.labels.header(i) if code != SR]
    sure, code = max(found, key=lambda one: said[one[0]].probabilities.get(one[1], 0.0))
    _open(window, unread[0] if unread[0] != sure else unread[1])
    _shoot(window, folder / "blind.png")
    _open(window, sure)
    session.set_label(sure, code, State.PRESENT)
    session.set_reading(sure, ReadingState.CONFIRMED)
    window.labels.pick(code)
    window.acts["evidence"].trigger()
    wait(lambda: window.influence.per_window is not None, 60)
    _shoot(window, folder / "window.png")
    window.acts["evidence"].trigger()
    marked = next(i for i in unread if i != sure)
    _open(window, marked)
    session.page_marks.add(marked, Annotation("", "", 1.0, 3.2, "II"), SR)
    session.notes.write(marked, "Compare with the ECG of last year.")
    window.read.remarks.open_note()
    _shoot(window, folder / "note.png")
    window.show_room("worklist")
    window.worklist.renew()
    _shoot(window, folder / "worklist.png")


def _open(window: MainWindow, record_id: str) -> None:
    window.open_record(record_id)
    wait(lambda: window.page.sheet.record is not None and window.page.sheet.record.id == record_id, 60)


def _shoot(window: MainWindow, path: Path) -> None:
    ticks: list[int] = []
    wait(lambda: ticks.append(1) or len(ticks) > 200, 60)
    window.toasts._next()
    window.grab().save(str(path))
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
